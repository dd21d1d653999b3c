"""A baseline: the findings that a project lives with for now, by file, code and layer, never by line.

A finding whose layers are all in it is not said. An entry that nothing answers to any more is an error, so that the
list can only shrink.
"""

from collections.abc import Iterable, Iterator, Mapping

from convdsl.diagnostics import Diagnostic, Help, Label
from convdsl.lint.ignoring import DEAD_BASELINE
from convdsl.mistake import MistakeError
from convdsl.record import dataclass
from convdsl.source import Span

VERSION = 1


@dataclass(frozen=True, slots=True, order=True)
class Entry:
    """One layer's finding; layer: its name, "" for a finding about no layer. file: from the baseline's folder."""

    file: str
    code: str
    layer: str


def entries_of(file: str, findings: Iterable[Diagnostic]) -> Iterator[Entry]:
    """Yield the entries that findings of one file would have."""
    for finding in findings:
        for layer in finding.layers or ("",):
            yield Entry(file, finding.code.id, layer)


def is_known(file: str, finding: Diagnostic, entries: frozenset[Entry]) -> bool:
    """Tell whether all that a finding is about is in the baseline."""
    return all(entry in entries for entry in entries_of(file, (finding,)))


def dead(file: str, findings: Iterable[Diagnostic], entries: frozenset[Entry]) -> Iterator[Diagnostic]:
    """Say which entries of a file nothing answers to."""
    left = sorted({entry for entry in entries if entry.file == file} - set(entries_of(file, findings)))
    for entry in left:
        at = f" of `{entry.layer}`" if entry.layer else ""
        yield Diagnostic(
            DEAD_BASELINE,
            f"the baseline lists {entry.code}{at}, and nothing of the kind is found any more",
            Label(Span(0, 0)),
            helps=(Help("write the baseline anew: `--write-baseline`"),),
        )


def read(text: str, name: str) -> frozenset[Entry]:
    """Read a baseline file.

    Raises MistakeError where it is none.
    """
    import json  # most runs have no baseline

    way_out = "write one with `convdsl check --write-baseline`"
    try:
        data = json.loads(text)
    except ValueError as error:
        raise MistakeError(f"`{name}` is no JSON: {error}", way_out=way_out) from error
    if not isinstance(data, Mapping) or data.get("version") != VERSION or not isinstance(data.get("findings"), list):
        raise MistakeError(f"`{name}` is no baseline of version {VERSION}", way_out=way_out)
    found = set()
    for item in data["findings"]:
        values = [item.get(key) if isinstance(item, Mapping) else None for key in ("file", "code", "layer")]
        file, code, layer = values
        if not (isinstance(file, str) and isinstance(code, str) and isinstance(layer, str)):
            raise MistakeError(f"`{name}` holds an entry that is none: {item}", way_out=way_out)
        found.add(Entry(file, code, layer))
    return frozenset(found)


def written(entries: Iterable[Entry]) -> str:
    """Print a baseline file: sorted, one entry a line, so that changes read well."""
    import json  # as above

    lines = [
        json.dumps({"file": entry.file, "code": entry.code, "layer": entry.layer}, ensure_ascii=False)
        for entry in sorted(set(entries))
    ]
    inside = ",\n".join(f"    {line}" for line in lines)
    return f'{{\n  "version": {VERSION},\n  "findings": [{f"{chr(10)}{inside}{chr(10)}  " if lines else ""}]\n}}\n'
