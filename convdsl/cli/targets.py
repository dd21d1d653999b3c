"""The specs that a command line means: the files that it names, and those in the folders that it names, each once."""

import os
from collections.abc import Sequence
from pathlib import Path

from convdsl.cli.configured import Configs
from convdsl.cli.spec import STDIN
from convdsl.configfile import relative
from convdsl.files import specs_below
from convdsl.mistake import MistakeError

HELP = "a spec, or a folder: its .cdsl files and the YAML files that are specs; - is standard input"


def targets(given: Sequence[str], configs: Configs) -> list[str]:
    """List the files, in the order in which they were named; in folders those that no configuration excludes.

    Raises MistakeError where a folder has no spec in it, or may not be read.
    """

    def excluded(path: str) -> bool:
        config = configs.of(path)
        return config.excludes(relative(config, path)) if config.exclude else False

    found: dict[str, str] = {}
    for path in given:
        inside = [path]
        if path != STDIN and Path(path).is_dir():
            inside = specs_below(path, excluded)
            if not inside:
                raise _nothing(path)
        for one in inside:
            found.setdefault(one if one == STDIN else os.path.realpath(one), one)
    return list(found.values())


def _nothing(folder: str) -> MistakeError:
    if specs_below(folder):
        message = f"the configuration excludes every spec in the folder `{folder}`"
        return MistakeError(message, way_out="name files, which are never excluded, or give `--isolated`")
    return MistakeError(f"there is no spec in the folder `{folder}`", way_out="a spec's name ends in `.cdsl`")
