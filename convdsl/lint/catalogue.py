"""Which rules there are: every file under `rules/`, found by listing the folder, and those of installed packages.

A rule `checkerboard` lives in `rules/checkerboard.py`, a class under `@final`. Rules of other packages come through the
entry points `convdsl.lints`, each named as its rule.
"""

import io
import os
import sys
from functools import cache
from importlib import import_module

from convdsl.lint.rule import Rule

_FOLDER = f"{__file__.rpartition(os.sep)[0]}{os.sep}rules"


@cache
def rules() -> tuple[Rule, ...]:
    """Return one rule of each kind, by their numbers."""
    found = {rule.code.id: rule for rule in (*_own(), *_plugins())}
    return tuple(sorted(found.values(), key=lambda rule: rule.code.id[1:]))


def _own() -> list[Rule]:
    stems = sorted(entry.name[:-3] for entry in os.scandir(_FOLDER) if entry.name.endswith(".py"))
    out: list[Rule] = []
    for stem in stems:
        if stem == "__init__":
            continue
        kinds = vars(import_module(f"convdsl.lint.rules.{stem}")).values()
        own = [kind for kind in kinds if isinstance(kind, type) and issubclass(kind, Rule) and _is_final(kind)]
        out.extend(kind() for kind in own)
    return out


def _is_final(kind: type) -> bool:
    return bool(vars(kind).get("__final__", False))


def _plugins() -> list[Rule]:
    if not any(map(_mentions_rules, sys.path)):
        return []
    from importlib.metadata import entry_points  # 15 ms, and only where a package brings rules

    loaded = [point.load() for point in entry_points(group="convdsl.lints")]
    return [kind() for kind in loaded if isinstance(kind, type) and issubclass(kind, Rule)]


def _mentions_rules(folder: str) -> bool:
    """Tell whether a package that is installed in a folder brings rules: importlib.metadata takes 15 ms to say so."""
    try:
        names = [entry.path for entry in os.scandir(folder) if entry.name.endswith((".dist-info", ".egg-info"))]
    except OSError:
        return False
    return any(b"[convdsl.lints]" in _bytes(f"{name}{os.sep}entry_points.txt") for name in names)


def _bytes(path: str) -> bytes:
    try:
        with io.FileIO(path) as file:
            return file.readall()
    except OSError:
        return b""
