"""Functions that emitted files carry with them: source text by name, using only torch and F."""

from collections.abc import Mapping

HELPERS: Mapping[str, str] = {}
