"""`python -m convdsl` is `convdsl`."""

import sys

from convdsl.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
