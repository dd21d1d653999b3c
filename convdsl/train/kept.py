"""Which checkpoints lie in a folder, by the names of their files alone."""

import re
from pathlib import Path

_NAME = re.compile(r"checkpoint-(\d{8,})")


def saved(folder: Path, suffix: str = ".json") -> list[Path]:
    """List the checkpoints of a folder by their JSON files, or their tensors, in the order of their steps; a copy that
    somebody has given another name is nobody's but theirs."""
    found = folder.glob(f"checkpoint-*{suffix}") if folder.is_dir() else ()
    return sorted((path for path in found if _NAME.fullmatch(path.stem)), key=step_of)


def step_of(path: Path) -> int:
    """Return the number of steps after which a file was saved; -1 where its name does not say it."""
    named = _NAME.fullmatch(path.stem)
    return int(named[1]) if named else -1


def halves(folder: Path, step: int) -> tuple[Path, ...]:
    """List the tensors after a step that have no JSON file beside them."""
    found = (path for path in saved(folder, ".safetensors") if step_of(path) > step)
    return tuple(path for path in found if not path.with_suffix(".json").exists())
