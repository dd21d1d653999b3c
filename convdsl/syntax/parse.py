"""Read a spec in either spelling: the way from bytes to a tree."""

from convdsl.codes import TOO_LARGE, UNREADABLE
from convdsl.diagnostics import Code, Diagnostic, Help, Label
from convdsl.source import Source, Span
from convdsl.syntax.limits import MAX_BYTES
from convdsl.syntax.parsed import Parsed

__all__ = ["Parsed", "decode", "is_yaml", "parse"]

_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def parse(source: Source) -> Parsed:
    """Read a spec: YAML where the name ends in `.yaml` or `.yml`, else text. Never raises on its text."""
    # Each reader is imported when a spec needs it: PyYAML and its tables cost a text spec nothing.
    if is_yaml(source):
        from convdsl.syntax.from_yaml import parse_yaml

        return parse_yaml(source)
    from convdsl.syntax.from_text import parse_text

    return parse_text(source)


def is_yaml(source: Source) -> bool:
    """Tell whether a spec's name says that it is YAML."""
    return source.name.lower().endswith((".yaml", ".yml"))


def decode(name: str, data: bytes, size: int | None = None) -> tuple[Source, tuple[Diagnostic, ...]]:
    """Turn a file's bytes into text; where that fails the text is empty and one diagnostic says why.

    size: of the whole file in bytes, 0 if unknown, where `data` is only its beginning.
    UTF-8, with or without a byte order mark. Binary files, other encodings, empty and huge files are refused.
    """
    if len(data) > MAX_BYTES:
        whole = len(data) if size is None else size
        has = f"{whole:,} bytes, more than {MAX_BYTES:,}" if whole else f"more than {MAX_BYTES:,} bytes"
        message = f"the file has {has}"
        return _refused(name, message, "write repeated layers with `block`, `repeat` and `for`", TOO_LARGE)
    if not data.strip():
        return _refused(name, "the file is empty", "begin it with `convdsl 1` and a `model`")
    if data[:2] in _MARKS:
        return _refused(name, f"the file is encoded in {_MARKS[data[:2]]}, not in UTF-8", "save it as UTF-8")
    if (at := data.find(b"\0")) >= 0:
        return _refused(name, f"the file is binary: byte {at} is zero", "name a spec, a text file in UTF-8")
    try:
        return Source(name, data.decode("utf-8-sig")), ()
    except UnicodeDecodeError as error:
        at, bad = error.start, data[error.start]
        line = data.count(b"\n", 0, at) + 1
        message = f"byte {at} of the file, 0x{bad:02x} in line {line}, is not UTF-8"
        return _refused(name, message, "save it as UTF-8; an older editor may have written Latin-1")


def _refused(name: str, message: str, way: str, code: Code = UNREADABLE) -> tuple[Source, tuple[Diagnostic, ...]]:
    return Source(name, ""), (Diagnostic(code, message, Label(Span(0, 0)), helps=(Help(way),)),)
