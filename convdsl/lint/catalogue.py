"""Which rules there are: every file under `rules/`, found by listing the folder, and those of installed packages.

A rule `checkerboard` lives in `rules/checkerboard.py`, a class under `@final`. Rules of other packages come through the
entry points `convdsl.lints`, each named as its rule, with codes that no other rule has.
"""

import io
import os
import sys
from functools import cache
from importlib import import_module
from typing import TYPE_CHECKING

from convdsl.lint.rule import Rule
from convdsl.mistake import MistakeError

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "convdsl.lints"

_FOLDER = f"{__file__.rpartition(os.sep)[0]}{os.sep}rules"


@cache
def rules() -> tuple[Rule, ...]:
    """Return one rule of each kind, by their numbers."""
    found = _own()
    for rule, package in _plugins():
        other = next(
            (one for one in found if one.code.id[1:] == rule.code.id[1:] or one.code.name == rule.code.name), None
        )
        if other is not None:
            way_out = f"remove the package, or ask its authors for another code than {rule.code}"
            raise MistakeError(f"{package} brings a rule {rule.code}, and there is {other.code}", way_out=way_out)
        found.append(rule)
    return tuple(sorted(found, key=lambda rule: rule.code.id[1:]))


def _own() -> list[Rule]:
    stems = sorted(entry.name[:-3] for entry in os.scandir(_FOLDER) if entry.name.endswith(".py"))
    out: list[Rule] = []
    for stem in stems:
        if stem == "__init__":
            continue
        kinds = vars(import_module(f"convdsl.lint.rules.{stem}")).values()
        own = [kind for kind in kinds if isinstance(kind, type) and _is_final(kind) and issubclass(kind, Rule)]
        out.extend(kind() for kind in own)
    return out


def _is_final(kind: type) -> bool:
    return bool(vars(kind).get("__final__", False))


def _plugins() -> list[tuple[Rule, str]]:
    """Return the rules of other packages, each with its package, in words."""
    if not any(map(_mentions_rules, sys.path)):
        return []
    from importlib.metadata import entry_points  # 15 ms, and only where a package brings rules

    return [_loaded(point) for point in entry_points(group=GROUP)]


def _loaded(point: "EntryPoint") -> tuple[Rule, str]:
    """Import a rule of another package."""
    package = f"the package `{point.dist.name}`" if point.dist is not None else "a package"
    way_out = f"install it anew, or remove it: its entry point is `{point.name} = {point.value}` of `{GROUP}`"
    try:
        found = point.load()
    except (ImportError, AttributeError) as error:
        raise MistakeError(f"{package} cannot give the rule `{point.name}`: {error}", way_out=way_out) from error
    if not (isinstance(found, type) and issubclass(found, Rule)):
        raise MistakeError(f"{package} gives no rule by the name of `{point.name}`", way_out=way_out)
    return found(), package


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
