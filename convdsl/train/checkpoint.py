"""Checkpoints: everything that a run needs to go on as if it had never stopped, and a network needs to be used.

Tensors lie in a safetensors file, the rest in JSON beside it; the JSON holds the tensors' checksum and is written last,
so a pair is either whole or not there, and a checksum of itself. The last two are kept; a damaged one falls back to
the one before.
"""

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import asdict, field
from difflib import unified_diff
from pathlib import Path
from typing import Any

import safetensors
import safetensors.torch
from torch import Tensor

from convdsl.graph.identity import architecture_hash
from convdsl.graph.library import Either, Reader, Shelf
from convdsl.meaning import Meaning
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis, analyze
from convdsl.recipe import Recipe
from convdsl.recipe_data import from_data, to_data
from convdsl.record import dataclass
from convdsl.source import Source
from convdsl.train.kept import halves, saved, step_of
from convdsl.train.unwritten import unwritten
from convdsl.unsettled import RecipeError

VERSION = 1
KEEP = 2
TRAIN = "train one: `convdsl train SPEC --photos DIR --out DIR`"
PARTS = ("model", "ema", "optimizer", "judge", "judge_optimizer")  # of a state, each a group of tensors


@dataclass(frozen=True, slots=True)
class State:
    """What changes while training. Keys are those of `state_dict`; `ema` is empty where the recipe has none.

    optimizer: "<parameter's name>/<tensor>", so that nothing hangs on the order of parameters. judge, judge_optimizer:
    the same of the discriminator, empty where there is none.
    """

    step: int  # steps done
    model: Mapping[str, Tensor]
    ema: Mapping[str, Tensor]
    optimizer: Mapping[str, Tensor]
    judge: Mapping[str, Tensor] = field(default_factory=dict)
    judge_optimizer: Mapping[str, Tensor] = field(default_factory=dict)

    @property
    def weights(self) -> Mapping[str, Tensor]:
        """Return what the network is used with: the running mean where there is one."""
        return self.ema or self.model


@dataclass(frozen=True, slots=True)
class Facts:
    """What stays the same: what was trained, how, on what."""

    spec: str  # the spec's text
    architecture: str  # its hash
    parameters: Mapping[str, Any]  # of the model, as the user gave them
    recipe: Recipe
    source: Meaning
    target: Meaning
    mean_ab: tuple[float, float]  # the training photographs' mean colour
    photos: str  # a hash over the training photographs' names, sizes and classes
    threads: int
    steps: int  # of the whole run
    file: str = ""  # the spec's file name, "" in checkpoints of older versions
    imported: Mapping[str, str] = field(default_factory=dict)  # the texts of the files that it imports, by their names
    classes: tuple[str, ...] = ()  # their names, in the order of the scores
    balance: tuple[float, ...] = ()  # what each bin of ab counts in the loss, () where the output means none
    ways: tuple[tuple[str, str, str], ...] = ()  # (importing file, path written there, name of the file it leads to)
    photo_count: int = 0  # of the training photographs; 0 in checkpoints of older versions
    environment: Mapping[str, str] = field(default_factory=dict)  # precision, device, versions: by their names
    judge: str = ""  # the hash of the discriminator's network, "" where there is none
    contents: str = ""  # a hash over the photographs' bytes, "" in checkpoints of older versions


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """One saved moment of a run, and the newer ones that could not be read.

    halves: tensors of later steps that have no JSON file beside them, as a run leaves that is killed while it writes.
    """

    path: Path
    state: State
    facts: Facts
    damaged: tuple["Damaged", ...] = ()
    halves: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class Damaged:
    """A checkpoint that could not be read, and why."""

    path: Path
    reason: str

    def __str__(self) -> str:
        return f"{self.path}: {self.reason}"


def make_folder(folder: Path) -> None:
    """Make a folder with its parents.

    Raises MistakeError where that cannot be.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = f"cannot be made: {error.strerror or error}"
        if folder.is_file() or folder.is_symlink():
            what = "is a file" if folder.is_file() else "is a link that leads nowhere"
        raise MistakeError(f"`{folder}` {what}", way_out="choose another folder by `--out`") from error


def place(folder: Path, step: int) -> Path:
    """Say where the checkpoint after so many steps has its JSON file."""
    return folder / f"checkpoint-{step:08d}.json"


def save(folder: Path, state: State, facts: Facts) -> Path:
    """Write a checkpoint so that a crash at any moment leaves the earlier ones whole; keep the last two.

    Returns the path of its JSON file. Raises MistakeError where the disk does not take it.
    """
    make_folder(folder)
    try:
        return _save(folder, state, facts)
    except OSError as error:
        raise unwritten(
            f"the checkpoint of step {state.step} in `{folder}`", folder, error, saved=exists(folder)
        ) from error


def _save(folder: Path, state: State, facts: Facts) -> Path:
    tensors = {
        f"{part}/{key}": value.detach().cpu().contiguous()
        for part in PARTS
        for key, value in getattr(state, part).items()
    }
    body = safetensors.torch.save(tensors)
    path = place(folder, state.step)
    write(path.with_suffix(".safetensors"), body)
    words = {
        "version": VERSION,
        "step": state.step,
        "sha256": hashlib.sha256(body).hexdigest(),
        **asdict(facts),
        "recipe": to_data(facts.recipe),
    }
    write(path, (json.dumps({**words, "checksum": _checksum(words)}, indent=1) + "\n").encode())
    keep_last(folder, facts)
    return path


def keep_last(folder: Path, facts: Facts) -> None:
    """Delete all but the newest checkpoint and one before it, also tensors whose JSON file a crash kept from being
    written.

    The one before is the last that the recipe asked for, so that a run which a signal has stopped leaves, once it is
    over, what the unbroken run leaves; where there is none, the last that a signal asked for.
    """
    *others, newest = saved(folder)
    kept = {newest, *sorted(others, key=lambda path: (_regular(step_of(path), facts), step_of(path)))[1 - KEEP :]}
    for old in others:
        if old not in kept:
            old.unlink()  # first, for a JSON file without its tensors would look damaged
    for tensors in saved(folder, ".safetensors"):
        if tensors.with_suffix(".json") not in kept and step_of(tensors) < step_of(newest):
            tensors.unlink()


def _regular(step: int, facts: Facts) -> bool:
    return step == facts.steps or step % facts.recipe.checkpoint_every == 0


def _checksum(words: Mapping[str, Any]) -> str:
    """Hash what a checkpoint's JSON file says, however it is laid out."""
    return hashlib.sha256(json.dumps(words, sort_keys=True).encode()).hexdigest()


def write(path: Path, body: bytes) -> None:
    """Replace a file in one move: it holds the old bytes or all of the new ones, also after a power cut."""
    part = path.with_name(f".{path.name[:40]}.part")  # a name may have 255 bytes, and a character 4
    try:
        with part.open("wb") as file:
            file.write(body)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError:
        with suppress(OSError):
            part.unlink(missing_ok=True)  # what a full disk took of it is room for others
        raise
    if os.name != "posix":
        return  # elsewhere a folder cannot be opened, and a rename is kept without
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def load(place: Path) -> Checkpoint:
    """Read the newest whole checkpoint of a folder, or the one whose JSON or safetensors file is named.

    Raises MistakeError where there is none.
    """
    if place.is_dir():
        candidates = tuple(reversed(saved(place)))
    else:
        named = place.with_suffix(".json")
        candidates = (named,) if named.exists() else ()
    if not candidates:
        notes = tuple(f"{half}: there is no JSON file beside it" for half in halves(place, -1))
        others = [] if place.is_dir() else saved(place.parent)
        way_out = f"the newest one beside it: `{others[-1]}`" if others else TRAIN
        raise MistakeError(f"no checkpoint in `{place}`", notes=notes, way_out=way_out)
    damaged: list[Damaged] = []
    for path in candidates:
        try:
            state, facts = _read(path)
        except OSError as error:
            damaged.append(Damaged(path, f"{Path(error.filename or path).suffix} {error.strerror or error}"))
        except KeyError as error:
            damaged.append(Damaged(path, f"there is no {error} in it"))
        except (ValueError, TypeError, AttributeError, RecipeError, safetensors.SafetensorError) as error:
            damaged.append(Damaged(path, str(error)))
        else:
            rest = halves(place, step_of(path)) if place.is_dir() else ()
            return Checkpoint(path, state, facts, tuple(damaged), rest)
    message = f"no whole checkpoint in `{place}`"
    raise MistakeError(message, notes=tuple(map(str, damaged)), way_out="train again, with `--force`")


def exists(folder: Path) -> bool:
    """Tell whether a folder holds any checkpoint, whole or not."""
    return bool(saved(folder))


def remove(folder: Path) -> None:
    """Delete the checkpoints of a folder, and nothing else in it."""
    for path in saved(folder):
        path.unlink()
        path.with_suffix(".safetensors").unlink(missing_ok=True)


def tidy(folder: Path) -> None:
    """Delete what a run that was killed while it wrote has left half done."""
    with suppress(OSError):
        for part in folder.glob(".checkpoint-*.part"):
            part.unlink()


def settle(loaded: Checkpoint) -> None:
    """Leave in a folder what an unbroken run would have left: damaged checkpoints are renamed, so that only whole ones
    count among the last that are kept, and a deletion that a crash has stopped is done."""
    for path in (one.path for one in loaded.damaged):
        for file in (path, path.with_suffix(".safetensors")):
            with suppress(OSError):  # of a folder that takes no names, whatever comes next says so
                file.replace(file.with_name(f"damaged-{file.name}"))
    with suppress(OSError):
        keep_last(loaded.path.parent, loaded.facts)


def analysis_of(loaded: Checkpoint) -> Analysis:
    """Read the spec that a checkpoint was trained with, its imports too."""
    facts = loaded.facts
    return analysis_of_facts(facts, f"{loaded.path}:{facts.file}" if facts.file else str(loaded.path))


def analysis_of_facts(facts: Facts, name: str = "") -> Analysis:
    """Read the spec of a run; name: what to call it in messages, its file's name if none."""
    name = name or facts.file or "the spec"
    return analyze(Source(name, facts.spec), facts.parameters, reader=_shelf(facts))


def with_kept(analysis: Analysis, place: Path) -> Analysis:
    """Return what is known of a spec that belongs to the run in the folder `place`, or to the checkpoint that is named:
    a file that it imports, or its discriminator, may be gone from the disk and is then the one in the checkpoint.

    Raises MistakeError where no checkpoint is whole.
    """
    if not exists(place) and not place.is_file():
        return analysis
    kept: Reader = _shelf(load(place).facts)
    reader = kept if analysis.reader is None else Either(analysis.reader, kept)
    return analyze(analysis.source, analysis.parameters, reader=reader)


def _shelf(facts: Facts) -> Shelf:
    return Shelf(
        {name: Source(name, text) for name, text in facts.imported.items()},
        {(importer, path): name for importer, path, name in facts.ways},
    )


def require_architecture(
    checkpoint: Checkpoint, spec: str, architecture: str, imported: Mapping[str, str] | None = None
) -> None:
    """Refuse a checkpoint of another network, and show how the two specs differ, with the files that they import.

    Raises MistakeError.
    """
    facts = checkpoint.facts
    if architecture == facts.architecture or architecture == _newer(checkpoint):
        return
    changes = tuple(_changes(facts.spec, spec, "the checkpoint's spec", "this spec"))
    for name in sorted({*facts.imported, *(imported or {})}):
        then, now = facts.imported.get(name, ""), (imported or {}).get(name, "")
        changes += tuple(_changes(then, now, f"the checkpoint's {name}", f"this {name}"))
    message = f"`{checkpoint.path}` holds another network than this spec describes"
    raise MistakeError(
        message,
        notes=changes[:40] or ("the text is the same: it was saved by another version of convdsl",),
        way_out="use the spec that it was trained with, or train this one into another folder",
    )


def _newer(checkpoint: Checkpoint) -> str | None:
    """Return the hash of today for a network that was saved when `(2, 2)` and `2` had two."""
    analysis = analysis_of(checkpoint)
    if analysis.graph is None or architecture_hash(analysis.graph, as_written=True) != checkpoint.facts.architecture:
        return None
    return analysis.architecture_hash


def _changes(old: str, new: str, before: str, after: str) -> Iterator[str]:
    return unified_diff(old.splitlines(), new.splitlines(), before, after, lineterm="", n=0)


def _read(path: Path) -> tuple[State, Facts]:
    words: dict[str, Any] = json.loads(path.read_bytes())
    if words["version"] != VERSION:
        raise ValueError(f"format {words['version']} is not {VERSION}, which this convdsl reads")
    if words.pop("checksum", None) not in (None, _checksum(words)):  # None: of an older version
        raise ValueError("it does not match its own checksum")
    body = path.with_suffix(".safetensors").read_bytes()
    if hashlib.sha256(body).hexdigest() != words["sha256"]:
        raise ValueError("the tensors do not match their checksum")
    groups: dict[str, dict[str, Tensor]] = {part: {} for part in PARTS}
    for key, value in safetensors.torch.load(body).items():
        part, _, name = key.partition("/")
        groups[part][name] = value
    first, second = words["mean_ab"]
    facts = Facts(
        spec=words["spec"],
        architecture=words["architecture"],
        parameters=dict(words["parameters"]),
        recipe=from_data(words["recipe"]),
        source=_meaning(words["source"]),
        target=_meaning(words["target"]),
        mean_ab=(float(first), float(second)),
        photos=words["photos"],
        threads=words["threads"],
        steps=words["steps"],
        file=words.get("file", ""),
        classes=tuple(words.get("classes", ())),
        imported=dict(words.get("imported", {})),
        balance=tuple(words.get("balance", ())),
        ways=tuple((str(importer), str(path), str(name)) for importer, path, name in words.get("ways", ())),
        photo_count=int(words.get("photo_count", 0)),
        environment={str(name): str(value) for name, value in words.get("environment", {}).items()},
        judge=words.get("judge", ""),
        contents=words.get("contents", ""),
    )
    return State(words["step"], **groups), facts


def _meaning(words: Mapping[str, Any]) -> Meaning:
    return Meaning(words["kind"], *(tuple(words[name]) for name in ("channels", "scale", "offset")))
