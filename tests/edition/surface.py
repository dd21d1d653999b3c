"""What edition 1 of the language has, as plain data: the surface that later work may add to and never change.

`python -m tests.edition.surface` adds what is new to edition1.json. It never removes or changes what stands there: that
would be another edition, which comes with an upgrade (convdsl/authoring/upgrade.py).
"""

import contextlib
import json
import re
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from convdsl.argument import signature
from convdsl.authoring.schema import schema
from convdsl.graph.evaluate import Env, evaluate
from convdsl.graph.library import KIND_NAMES
from convdsl.graph.problem import Problem
from convdsl.meaning import COLOUR_WORDS
from convdsl.ops import catalogue
from convdsl.recipe import CHOICES, Recipe
from convdsl.source import Span
from convdsl.syntax.expression import parse_fragment
from convdsl.syntax.tables import STRINGS

FILE = Path(__file__).with_name("edition1.json")


def parameters(cls: type) -> list[list[Any]]:
    """List a signature: name, kind, words, default (or "required"), in order; a keyword-only one says so."""
    out: list[list[Any]] = []
    for declared in signature(cls):
        default = "required" if declared.required else plain(declared.default)
        item: list[Any] = [declared.name, declared.kind.name, default]
        out.append([*item, "keyword"] if declared.keyword_only else item)
    return out


def plain(value: object) -> Any:
    """Turn a default into JSON's types."""
    if isinstance(value, tuple):
        return [plain(item) for item in value]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return type(value).__name__


def surface() -> dict[str, Any]:
    """Return what the program has now."""
    return {
        "operators": {name: parameters(found) for name in catalogue.names() if (found := catalogue.find(name))},
        "settings": parameters(Recipe),
        "choices": {setting: {kind.__name__: parameters(kind) for kind in kinds} for setting, kinds in CHOICES.items()},
        "words": sorted(word for word in STRINGS if word.isalpha()),
        "signs": sorted(word for word in STRINGS if not word.isalpha()),
        "kinds": list(KIND_NAMES),
        "functions": functions(),
        "colours": list(COLOUR_WORDS),
        "yaml": sorted(schema()["properties"]),
        "yaml items": sorted(name for name in schema()["$defs"]["item"]["then"]["properties"] if name.islower()),
    }


def changes(frozen: Mapping[str, Any], now: Mapping[str, Any]) -> Iterator[str]:
    """Say what of the frozen surface is gone or different; what is new is no change."""
    for part, old in frozen.items():
        if part not in now:
            yield f"{part} is gone"
        elif isinstance(old, Mapping):
            yield from (f"{part}: {found}" for found in changes(old, now[part]))
        elif part in ("words", "signs", "kinds", "functions", "colours", "yaml", "yaml items"):
            yield from (f"{part}: `{word}` is gone" for word in old if word not in now[part])
        else:
            yield from (f"{part}: {found}" for found in moved(old, now[part]))


def moved(old: Sequence[Sequence[Any]], now: Sequence[Sequence[Any]]) -> Iterator[str]:
    """Compare two signatures: old positional parameters keep their places, and a new one has a default."""
    by_name = {item[0]: item for item in now}
    for item in old:
        if item[0] not in by_name:
            yield f"`{item[0]}` is gone"
        elif not pieces(item[1]) <= pieces(by_name[item[0]][1]):
            yield f"`{item[0]}` took {item[1]} and takes {by_name[item[0]][1]}"
        elif item[2:] != by_name[item[0]][2:]:
            yield f"`{item[0]}` was {item[2:]} and is {by_name[item[0]][2:]}"
    places = [item[0] for item in old if len(item) == 3]
    if [item[0] for item in now if len(item) == 3][: len(places)] != places:
        yield f"the order of {places} is {[item[0] for item in now]}"
    known = {item[0] for item in old}
    yield from (f"`{item[0]}` is new and required" for item in now if item[0] not in known and item[2] == "required")


def pieces(kind: str) -> set[str]:
    """Cut the name of a kind into what it allows: `same`, `int`, `(int, int)`."""
    return set(re.split(r" \| | or (?![^(]*\))", kind))


def functions() -> list[str]:
    """Return those of the functions of expressions that really work."""
    tries = {"max": "max(1, 2)", "min": "min(1, 2)", "range": "range(3)", "reversed": "reversed([1, 2])"}
    working: list[str] = []
    for name, text in tries.items():
        expr, _ = parse_fragment(text, "expr", Span)
        with contextlib.suppress(Problem):
            evaluate(expr, Env())
            working.append(name)
    return working


def grown(frozen: Mapping[str, Any], now: Mapping[str, Any]) -> dict[str, Any]:
    """Return the frozen surface with what is new; what stands in it stays."""
    out = dict(frozen)
    for part, new in now.items():
        old = frozen.get(part)
        if old is None:
            out[part] = new
        elif isinstance(old, Mapping):
            out[part] = grown(old, new)
        else:
            known = [item[0] if isinstance(item, list) else item for item in old]
            fresh = [item for item in new if (item[0] if isinstance(item, list) else item) not in known]
            out[part] = [*old, *fresh]
    return out


def main() -> int:
    """Add what is new; refuse where something has changed."""
    frozen = json.loads(FILE.read_text("utf-8")) if FILE.exists() else {}
    now = json.loads(json.dumps(surface()))
    broken = list(changes(frozen, now))
    print("\n".join(broken))
    if not broken:
        FILE.write_text(printed(grown(frozen, now)), "utf-8")
    return 1 if broken else 0


def printed(data: Mapping[str, Any]) -> str:
    """Print it with one operator or parameter a line, to be read and compared by people."""

    def value(part: Any, depth: int) -> str:
        space = "  " * depth
        if isinstance(part, Mapping):
            lines = [f"{space}  {json.dumps(key)}: {value(part[key], depth + 1)}" for key in part]
            return "{\n" + ",\n".join(lines) + f"\n{space}}}"
        if part and isinstance(part, list) and isinstance(part[0], list):
            lines = [f"{space}  {json.dumps(item, ensure_ascii=False)}" for item in part]
            return "[\n" + ",\n".join(lines) + f"\n{space}]"
        return json.dumps(part, ensure_ascii=False)

    return value(data, 0) + "\n"


if __name__ == "__main__":
    sys.exit(main())
