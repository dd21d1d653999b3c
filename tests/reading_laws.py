"""What must hold of reading any text whatever, for all who throw texts at it."""

from convdsl.authoring.canonical import canonical
from convdsl.authoring.convert import converted
from convdsl.authoring.format import formatted, hinders, same
from convdsl.source import Source
from convdsl.syntax.parse import parse

OTHER = {"cdsl": "fuzz.yaml", "yaml": "fuzz.cdsl"}


def hold(name: str, text: str) -> None:
    """Read, format and convert a text.

    Reading never raises; findings lie in the text; what can be read formats into what reads the same, and again into
    itself; the other spelling says the same. Raises AssertionError, or whatever was not to be raised.
    """
    parsed = parse(Source(name, text))
    for found in parsed.diagnostics:
        for label in (found.where, *found.labels):
            assert 0 <= label.span.start <= label.span.end <= len(text), f"{found} lies outside the text"
        assert found.helps or not found.is_error, f"{found.code} has no way out: {found.message}"
    if any(map(hinders, parsed.diagnostics)):
        return
    whole = canonical(parsed.file)
    once = formatted(Source(name, text))
    assert not any("fault" in way.text for found in once.diagnostics for way in found.helps), once.diagnostics
    if once.text is None:
        return
    assert same(canonical(parse(Source(name, once.text)).file), whole), "formatting has changed what is said"
    assert formatted(Source(name, once.text)).text == once.text, "formatting twice is not formatting once"
    twin = converted(Source(name, text), OTHER[name.rsplit(".", 1)[1]])
    assert not any("fault" in way.text for found in twin.diagnostics for way in found.helps), twin.diagnostics
    if twin.text is not None:
        again = parse(Source(OTHER[name.rsplit(".", 1)[1]], twin.text))
        assert same(canonical(again.file), whole), "the other spelling says something else"
