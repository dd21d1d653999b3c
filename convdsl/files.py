"""Files in and out: a spec's bytes become a source or a diagnostic, and nothing is ever overwritten unasked.

The lowest place that touches a disk; what a path means (a dash, a folder of photos) is decided above.
"""

import os
import re
import stat
from collections.abc import Callable
from pathlib import Path

from convdsl import codes
from convdsl.diagnostics import Diagnostic, Help, Label
from convdsl.mistake import MistakeError
from convdsl.source import Source, Span
from convdsl.syntax.limits import MAX_BYTES
from convdsl.syntax.parse import decode

Read = tuple[Source, tuple[Diagnostic, ...]]


def read_spec(path: str) -> Read:
    """Read a spec from a file; what cannot be read is an empty source with the one diagnostic that says why."""
    try:
        with Path(path).open("rb") as file:
            data = file.read(MAX_BYTES + 1)  # one more tells the reader that it is too much; a device never ends
            known = os.fstat(file.fileno())
    except (OSError, ValueError) as error:
        return Source(path, ""), (_unreadable(path, error),)
    return decode(path, data, known.st_size if stat.S_ISREG(known.st_mode) else 0)


def specs_below(folder: str, excluded: Callable[[str], bool] = lambda path: False) -> list[str]:
    """Return the specs in a folder and its folders, in order of their names: each `.cdsl`, and YAML that is a spec.

    excluded: tells of a file or folder whether it is passed over. Links, hidden folders and those of installed packages
    are left out, so that nothing is found that is not the person's. Raises MistakeError where the folder may not be
    read.
    """
    found: list[str] = []

    def unreadable(error: OSError) -> None:
        if error.filename == folder:
            raise MistakeError(f"`{folder}` cannot be read: {_reason(error)}", way_out="name another") from error

    for place, folders, names in os.walk(folder, onerror=unreadable):
        kept = (name for name in folders if not name.startswith(".") and name not in _FOREIGN)
        inside = sorted(name for name in kept if not (Path(place) / name / "pyvenv.cfg").exists())
        folders[:] = [name for name in inside if not excluded(str(Path(place) / name))]
        for name in sorted(names):
            path = Path(place) / name
            if not name.endswith((".cdsl", ".yaml", ".yml")) or path.is_symlink() or not path.is_file():
                continue
            if not excluded(str(path)) and (name.endswith(".cdsl") or _is_yaml_spec(path)):
                found.append(str(path))
    return found


_FOREIGN = frozenset({"node_modules", "site-packages", "__pycache__"})
_SPEC = re.compile(rb"""^["']?convdsl["']?[ \t]*:""", re.MULTILINE)


def _is_yaml_spec(path: Path) -> bool:
    """Tell whether a YAML file has the key `convdsl` at its top level; most YAML in a folder is somebody else's."""
    try:
        with path.open("rb") as file:
            head = file.read(65_536)
    except OSError:
        return False
    return _SPEC.search(head.removeprefix(b"\xef\xbb\xbf")) is not None


def is_unreadable(diagnostic: Diagnostic) -> bool:
    """Tell a file that could not be read (exit code 2) from a spec with a mistake (exit code 1)."""
    return diagnostic.code in (codes.UNREADABLE, codes.TOO_LARGE)


def write_new(path: str, data: str | bytes, *, force: bool) -> None:
    """Write a file whole or not at all: beside its target first, then moved into place.

    A file that already holds just these bytes is left alone.
    Raises MistakeError where another file stands there and `force` is false, and where the place cannot be written.
    """
    content = data.encode() if isinstance(data, str) else data
    target = Path(os.path.realpath(path))  # through a link, so that the link stays one
    try:
        if target.is_dir():
            raise MistakeError(f"`{path}` is a folder", way_out=f"name a file in it: `{Path(path) / 'NAME'}`")
        if target.exists() and not target.is_file():  # a device or a pipe: nothing to replace
            target.write_bytes(content)
            return
        if target.exists() and not force:
            if target.read_bytes() == content:
                return
            raise MistakeError(f"`{path}` exists and holds something else", way_out="`--force` overwrites it")
        _replace(target, content)
    except FileNotFoundError as error:
        if target.parent.is_dir():  # one in which nobody can make files
            raise MistakeError(f"`{path}` cannot be written", way_out="choose another place") from error
        way_out = f"make it: `mkdir -p {target.parent}`"
        raise MistakeError(f"there is no folder `{Path(path).parent}` for `{path}`", way_out=way_out) from error
    except (OSError, ValueError) as error:
        raise MistakeError(f"`{path}` cannot be written: {_reason(error)}", way_out="choose another place") from error


def rewrite(path: str, text: str) -> None:
    """Put a new text into a file that is there, whole or not at all; it keeps its mode, and a link stays one.

    Raises MistakeError where it may not be written.
    """
    target = Path(os.path.realpath(path))
    if not os.access(target, os.W_OK):
        raise MistakeError(f"`{path}` may not be written by you", way_out=f"ask for the right: `chmod +w {path}`")
    try:
        _replace(target, text.encode(), stat.S_IMODE(target.stat().st_mode))
    except (OSError, ValueError) as error:
        raise MistakeError(f"`{path}` cannot be written: {_reason(error)}", way_out="look at its folder") from error


def _replace(target: Path, content: bytes, mode: int | None = None) -> None:
    beside = target.with_name(f".{target.name[:100]}.{os.getpid()}.part")
    try:
        with beside.open("xb") as file:
            if mode is not None:
                beside.chmod(mode)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    finally:
        beside.unlink(missing_ok=True)


def _reason(error: OSError | ValueError) -> str:
    text = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
    return text[:1].lower() + text[1:]


def _unreadable(path: str, error: OSError | ValueError) -> Diagnostic:
    message, way_out = describe_failure(path, error)
    return Diagnostic(codes.UNREADABLE, message, Label(Span(0, 0)), helps=(Help(way_out),))


def describe_failure(path: str, error: OSError | ValueError) -> tuple[str, str]:
    """Say why a spec cannot be read, and the way out."""
    if isinstance(error, FileNotFoundError):
        message = f"there is no file `{path}`"
        near = neighbours(Path(path))
        way_out = "check the name and the folder that you are in"
        if near:
            way_out = f"did you mean `{Path(path).parent / near[0]}`"
    elif isinstance(error, IsADirectoryError):
        message = f"`{path}` is a folder, and a spec is a file"
        specs = sorted(str(file) for kind in ("*.cdsl", "*.yaml", "*.yml") for file in Path(path).glob(kind))
        way_out = f"name a spec in it, such as `{specs[0]}`" if specs else "name a file that ends in `.cdsl` or `.yaml`"
    elif isinstance(error, PermissionError):
        message = f"`{path}` may not be read by you"
        way_out = f"ask for the right to read it: `chmod +r {path}`"
    else:
        message = f"`{path}` cannot be read: {_reason(error)}"
        way_out = "check the name, and that it is a plain file"
    return message, way_out


def neighbours(path: Path) -> list[str]:
    """Find the names of specs that are like a missing one's, beside it: another ending first, then a misspelling."""
    from difflib import get_close_matches  # only a mistake pays for it

    try:
        names = sorted(near.name for near in path.parent.iterdir() if near.suffix in (".cdsl", ".yaml", ".yml"))
    except OSError:
        return []
    same = [name for name in names if name.startswith(f"{path.name}.") or Path(name).stem == path.stem]
    return [*same, *get_close_matches(path.name, names, 1, 0.7)]
