"""The version of this package, where both the face and the command line can read it without importing metadata."""

VERSION = "0.1.0"
