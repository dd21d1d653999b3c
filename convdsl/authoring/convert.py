"""Print a spec in its other spelling, or say why not.

The same tree, comments and all: what is printed is read again and held against what was read first, so that nothing is
ever lost on the way. Paths of imports stay as they are: either spelling may import the other.
"""

from convdsl import codes
from convdsl.authoring.canonical import canonical
from convdsl.authoring.format import YAML, Formatted, hinders, printed, refused, same
from convdsl.authoring.unsayable import unsayable
from convdsl.source import Source
from convdsl.syntax.limits import MAX_BYTES
from convdsl.syntax.parse import parse


def converted(source: Source, name: str) -> Formatted:
    """Print a spec for a file of that name: YAML where it ends in `.yaml` or `.yml`, else text. Never raises.

    A spec that cannot be read is not converted; mistakes in what it says come along.
    """
    parsed = parse(source)
    broken = tuple(found for found in parsed.diagnostics if hinders(found))
    if broken:
        return Formatted(None, broken)
    whole = canonical(parsed.file)
    unsaid = unsayable(whole) if name.lower().endswith(YAML) else None
    if unsaid is not None:
        return Formatted(None, (unsaid,))
    text = printed(whole, name)
    if len(text) > MAX_BYTES:
        said = f"the converted spec would have {len(text):,} characters, more than {MAX_BYTES:,}"
        return refused(codes.TOO_LARGE, said, "write repeated layers with `block`, `repeat` and `for`")
    again = parse(Source(name, text))
    problems = [found for found in again.diagnostics if hinders(found)]
    too_deep = next((found for found in problems if found.code == codes.TOO_LARGE), None)
    if too_deep is not None:
        return refused(codes.TOO_LARGE, f"converted, {too_deep.message}", "make blocks of the inner layers")
    unseen = next((found for found in problems if found.code == codes.YAML_SYNTAX), None)
    if unseen is not None:  # a control character in a comment
        return refused(codes.FORMAT, f"{unseen.message} in YAML", "delete it")
    if problems or not same(canonical(again.file), whole):
        said = "the converted spec would not say the same, so nothing is written"
        return refused(codes.FORMAT, said, "the fault is convdsl's own: please report it with the spec")
    return Formatted(text)
