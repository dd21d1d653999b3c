"""The configuration of a spec: the nearest `convdsl.toml`, or `pyproject.toml` with `[tool.convdsl]`, above its file.

One file holds, and no other is merged into it, so that what holds can be read in one place.
"""

import os
from pathlib import Path

from convdsl.config import Config, read_config
from convdsl.files import describe_failure
from convdsl.mistake import MistakeError

NAMES = ("convdsl.toml", "pyproject.toml")  # in one folder the first goes before the second
LARGEST = 2**20  # bytes; nobody writes more by hand


def find_config(folder: str) -> Config:
    """Return what is configured for the specs in a folder: the first file from it upwards that speaks of convdsl.

    Raises MistakeError where that file has mistakes.
    """
    place = Path(os.path.realpath(folder))
    for above in (place, *place.parents):
        for name in NAMES:
            if (found := _read(above / name, required=False)) is not None:
                return found
    return Config()


def load_config(path: str) -> Config:
    """Read the configuration in a file that a person named.

    Raises MistakeError where there is none, or it has mistakes.
    """
    if Path(path).is_dir():
        raise MistakeError(f"`{path}` is a folder", way_out=f"name the file in it: `{Path(path) / NAMES[0]}`")
    found = _read(Path(path), required=True)
    if found is None:
        raise MistakeError(f"`{path}` has no table [tool.convdsl]", way_out="write one, or name another file")
    return found


def relative(config: Config, path: str) -> str:
    """Return the path of a file from the configuration's folder, with slashes, as patterns are compared with it."""
    here = Path(path)
    file = Path(os.path.realpath(here.parent)) / here.name  # a link is where it lies, not where it leads
    return os.path.relpath(file, config.folder or ".").replace(os.sep, "/")


def _read(path: Path, *, required: bool) -> Config | None:
    try:
        if not required and not path.is_file():
            return None
        with path.open("rb") as file:
            data = file.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        message, way_out = describe_failure(_shown(path), error)
        raise MistakeError(message, way_out=way_out) from error
    if b"convdsl" not in data and path.name == "pyproject.toml":
        return None  # somebody else's, whatever else is in it: not even read as TOML
    if len(data) > LARGEST:
        raise MistakeError(f"`{_shown(path)}` has more than {LARGEST:,} bytes", way_out="name another with `--config`")
    try:
        text = data.decode("utf-8-sig").replace("\r\n", "\n")
    except UnicodeDecodeError as error:
        message = f"`{_shown(path)}` is not UTF-8: byte {error.start}"
        raise MistakeError(message, way_out="save it as UTF-8") from error
    return read_config(text, _shown(path), os.path.realpath(path.parent))


def _shown(path: Path) -> str:
    """Name a file from where the person is, where that is shorter."""
    near = os.path.relpath(path)
    return near if len(near) <= len(str(path)) else str(path)
