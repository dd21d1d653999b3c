"""The flags of the configuration, and the configuration that holds for each file of a command line."""

import argparse
from pathlib import Path

from convdsl.config import Config
from convdsl.configfile import find_config, load_config


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare where the configuration comes from."""
    either = parser.add_mutually_exclusive_group()
    either.add_argument(
        "--config", metavar="FILE", help="read this configuration for all files, not the nearest above each of them"
    )
    either.add_argument("--isolated", action="store_true", help="read no configuration")


class Configs:
    """Finds the configuration of each file, and reads each one once."""

    def __init__(self, args: argparse.Namespace) -> None:
        """Bind to a command line.

        Raises MistakeError where it names a file that cannot be read or has mistakes.
        """
        self._fixed = Config() if args.isolated else load_config(args.config) if args.config else None
        self._found: dict[str, Config] = {}

    def of(self, path: str) -> Config:
        """Return the configuration that holds for a file, which need not be there.

        Raises MistakeError where it has mistakes.
        """
        if self._fixed is not None:
            return self._fixed
        folder = str(Path(path).parent)
        if folder not in self._found:
            self._found[folder] = find_config(folder)
        return self._found[folder]
