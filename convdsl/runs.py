"""Runs of `convdsl train` as they lie on the disk, read without PyTorch, and several of them beside each other."""

import json
import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from convdsl import history
from convdsl.api import Place
from convdsl.files import write_new
from convdsl.graph.library import Shelf
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis, analyze
from convdsl.record import dataclass
from convdsl.render import run_table
from convdsl.render.draw import PAINTERS, format_of
from convdsl.render.facts import layers
from convdsl.render.run_picture import run_picture
from convdsl.render.run_table import Run, measured
from convdsl.render.theme import THEMES
from convdsl.source import Source

SPEEDS = "speed.jsonl"
PICTURES = (".svg", ".png", ".pdf", ".tex", ".tikz")
NEEDED = {"spec": str, "step": int, "steps": int | None}  # of a checkpoint, without which it is none


@dataclass(frozen=True, slots=True)
class Runs:
    """What `compare` found. broken: folders that hold no run that could be read, and why."""

    runs: tuple[Run, ...]
    broken: Mapping[str, str]

    def __str__(self) -> str:
        return self.text()

    def text(self) -> str:
        """Return the table and what differs between the runs."""
        return run_table.text(self.runs)

    def report(self) -> dict[str, object]:
        """Return it as plain data: version 1 of a contract for other programs (docs/compare.schema.json)."""
        return run_table.report(self.runs, self.broken)

    def draw(self, path: Place | None = None, *, theme: str = "light", force: bool = False) -> str:
        """Return the curves of all runs as SVG.

        path: also write them, as the suffix says. theme: "light", "dark" or "print".
        Raises MistakeError where the file exists and `force` is false, or a package is missing.
        """
        if theme not in THEMES:
            raise ValueError(f"expected one of {', '.join(THEMES)}, not {theme!r}")
        picture = run_picture(self.runs)
        made = PAINTERS["svg"](picture, THEMES[theme])
        assert isinstance(made, str)
        if path is not None:
            kind = format_of(os.fspath(path), PICTURES)
            write_new(os.fspath(path), made if kind == "svg" else PAINTERS[kind](picture, THEMES[theme]), force=force)
        return made

    def _repr_mimebundle_(self, include: object = None, exclude: object = None) -> dict[str, str]:
        """Return what a notebook shows: the table and the picture."""
        return {"text/plain": str(self), "image/svg+xml": self.draw()}


def compare(runs: Place | Iterable[Place]) -> Runs:
    """Read the folders of training runs, finished or still going, and lay them side by side.

    Raises MistakeError where none of them can be read; of several, one that cannot is named in `broken`.
    """
    places = (runs,) if isinstance(runs, str | os.PathLike) else tuple(runs)
    found: list[Run] = []
    broken: dict[str, str] = {}
    named: dict[str, str] = {}
    for one in places:
        named.setdefault(os.path.realpath(one), os.fspath(one))
    for place in named.values():
        try:
            found.append(read_run(place))
        except (OSError, ValueError) as error:
            broken[place] = str(error)
    if not found:
        notes = tuple(f"`{place}`: {reason}" for place, reason in broken.items())
        raise MistakeError("there is no run to show", notes=notes, way_out="name the `--out` folder of `convdsl train`")
    return Runs(tuple(found), broken)


def read_run(place: str) -> Run:
    """Read one run.

    Raises ValueError with a sentence where the folder holds none, OSError where it cannot be read.
    """
    folder = Path(place)
    if not folder.is_dir():
        raise ValueError("there is no such folder" if not folder.exists() else "it is a file, and a run is a folder")
    record, words = folder / history.NAME, _checkpoint(folder)
    if not record.exists() and not words:
        raise ValueError("it holds neither a record nor a checkpoint of `convdsl train`")
    try:
        text = record.read_text("utf-8") if record.exists() else ""
        entries, spoilt = history.parse(text)
    except UnicodeDecodeError:
        raise ValueError(f"its {history.NAME} is no text") from None
    losses = history.series(entries, "loss")
    if not losses and not words:
        raise ValueError(f"its {history.NAME} has no step yet")
    analysis = _analysis(place, words)
    return Run(
        name=place,
        losses=losses,
        checked=measured(entries),
        step=max((losses[-1][0] if losses else 0, words.get("step", 0))),
        steps=words.get("steps"),
        network=analysis.graph.model if analysis is not None and analysis.graph is not None else "",
        parameters=_count(analysis),
        architecture=str(words.get("architecture", "")),
        settings=_settings(words),
        parts=history.parts(entries),
        damage=_damage(spoilt),
        **_speed(folder),
    )


def _damage(spoilt: int) -> str:
    """Say what a record has lost."""
    if spoilt < 2:
        return f"1 line of its {history.NAME} cannot be read and is left out" if spoilt else ""
    return f"{spoilt:,} lines of its {history.NAME} cannot be read and are left out"


def _checkpoint(folder: Path) -> Mapping[str, Any]:
    """Read the words of the newest checkpoint that can be read; none where there is none yet."""
    for path in sorted(folder.glob("checkpoint-[0-9]*[0-9].json"), reverse=True):
        try:
            words = json.loads(path.read_bytes())
        except ValueError:
            continue
        if isinstance(words, dict) and all(isinstance(words.get(key), kind) for key, kind in NEEDED.items()):
            return words
    return {}


def _analysis(place: str, words: Mapping[str, Any]) -> Analysis | None:
    """Read the spec that a checkpoint holds; None where there is none."""
    if not words:
        return None
    texts, ways, parameters = words.get("imported"), words.get("ways"), words.get("parameters")
    shelf = Shelf(
        {str(name): Source(str(name), str(text)) for name, text in texts.items()} if isinstance(texts, dict) else {},
        {(str(way[0]), str(way[1])): str(way[2]) for way in _triples(ways)},
    )
    name = f"{place}:{words.get('file') or 'spec'}"
    return analyze(Source(name, words["spec"]), parameters if isinstance(parameters, dict) else {}, reader=shelf)


def _triples(ways: object) -> Iterator[Sequence[object]]:
    for way in ways if isinstance(ways, list) else ():
        if isinstance(way, list) and len(way) == 3:
            yield way


def _count(analysis: Analysis | None) -> int | None:
    if analysis is None or analysis.graph is None or not analysis.ok:
        return None
    return sum(layer.parameters for layer in layers(analysis.graph))


def _settings(words: Mapping[str, Any]) -> Mapping[str, str]:
    """Return everything that was chosen, by dotted names: `optimizer` is a word, `optimizer.lr` a number of it."""
    if not words:
        return {}
    out = {"architecture": str(words.get("architecture", ""))[:12]}
    out |= {f"param {name}": str(value) for name, value in _mapping(words.get("parameters"))}
    for name, value in _mapping(words.get("recipe")):
        out |= dict(_flat(str(name), value))
    count, mark = words.get("photo_count"), str(words.get("photos", ""))[:12]
    out["photographs"] = f"{count} ({mark})" if count else mark
    out["threads"] = str(words.get("threads", ""))
    return out | {str(name): str(value) for name, value in _mapping(words.get("environment"))}


def _flat(name: str, value: object) -> Iterator[tuple[str, str]]:
    """Take a setting apart: `{"AdamW": {"lr": 0.001}}` is the word AdamW with the number `name.lr`."""
    if isinstance(value, dict) and len(value) == 1 and isinstance(inside := next(iter(value.values())), dict):
        yield name, str(next(iter(value)))
        for inner, item in inside.items():
            yield from _flat(f"{name}.{inner}", item)
    elif isinstance(value, dict):
        for inner, item in value.items():
            yield from _flat(f"{name}.{inner}", item)
    elif value is not None:
        yield name, _said(value)


def _said(value: object) -> str:
    """Print a value as a recipe spells it, a sum of losses too: `[[100.0, {"L1": {}}]]` is `100 * L1()`."""
    if isinstance(value, list) and all(isinstance(item, list) and len(item) == 2 for item in value) and value:
        return " + ".join((f"{_said(weight)} * " if weight != 1 else "") + _said(word) for weight, word in value)
    if isinstance(value, dict) and len(value) == 1 and isinstance(inside := next(iter(value.values())), dict):
        return f"{next(iter(value))}({', '.join(f'{key}={_said(item)}' for key, item in inside.items())})"
    return f"{value:g}" if isinstance(value, float) else json.dumps(value).strip('"')


def _mapping(value: object) -> Iterable[tuple[object, object]]:
    return value.items() if isinstance(value, dict) else ()


def _speed(folder: Path) -> Mapping[str, Any]:
    """Read how long it took, as far as that is known."""
    try:
        entries = history.read((folder / SPEEDS).read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    last = next((entry for entry in reversed(entries) if "step" in entry), {})
    return {
        key: last[key] for key in ("seconds", "images_per_second", "memory") if isinstance(last.get(key), int | float)
    }
