"""PyYAML's refusals in the words of this language: what is wrong, where, and the way out.

PyYAML has two parsers (libyaml and Python) with two wordings for one mistake; both are recognised by their common part.
"""

import re

import yaml

from convdsl import codes
from convdsl.diagnostics import Code, Diagnostic, Edit, Help, Label
from convdsl.source import Span
from convdsl.syntax.yaml_recovery import item_column

# YAML 1.1 section 5.1: what may stand in a stream at all.
_UNPRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_SPACES = re.compile(r" *")
_INDENT = re.compile(r"[ \t]*")
_WORD = re.compile(r"[A-Za-z_][\w.]*$")
_GLUED_DASH = re.compile(r"-[A-Za-z_]")
_GLUED_COLON = re.compile(r"([A-Za-z_]\w*):[^\s:]")
_PAIR = re.compile(r":(\s|$)")


def unprintable(text: str) -> Diagnostic | None:
    """Find the first character that YAML does not admit, such as NUL, escape or half a surrogate pair."""
    found = _UNPRINTABLE.search(text)
    if found is None:
        return None
    what = f"the character U+{ord(found.group()):04X} cannot stand in a spec"
    return _diagnostic(what, Span(found.start(), found.end()), "delete it", ((found.span(), ""),))


def explain(error: Exception, text: str, skipped: int, bracket: int | None = None) -> Diagnostic:
    """Turn a refusal of PyYAML into one located diagnostic.

    skipped: characters before those that PyYAML saw (a byte order mark); bracket: the innermost that is open there.
    """
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return _diagnostic("an escape in this file names no character", Span(0, 0), "write the character itself")
    at = min(error.problem_mark.index + skipped, len(text))
    opened = at if error.context_mark is None else min(error.context_mark.index + skipped, len(text))
    place = _Place(text, at, opened)
    if place.at_end and bracket is not None and "quoted" not in (error.context or ""):
        return _flow(_Place(text, at, bracket))
    if bracket is not None and _Place(text, at, bracket).new_part() is not None:
        return _unclosed(_Place(text, at, bracket))
    problem = f"{error.context or ''}: {error.problem or ''}"
    tab = place.tab()
    if tab is not None:
        column = item_column(text, place.line_start) if text.startswith("-", place.line().start) else -1
        spaces = " " * column if column >= 0 else text[place.line_start : tab.end].expandtabs(2)
        edits = (((place.line_start, tab.end), spaces),)
        return _diagnostic("this line is indented with a tab; YAML counts spaces", tab, "indent by spaces", edits)
    for mark, explanation in _EXPLANATIONS:
        if mark in problem:
            return explanation(place)
    return _diagnostic(f"YAML cannot read this: {error.problem}", place.span(), "compare with the lines around it")


def stopped(error: Exception, text: str, skipped: int, told: int) -> tuple[int, int]:
    """Return where PyYAML stopped, and where the mistake begins: where it was told, or where a quote was opened."""
    if not isinstance(error, yaml.MarkedYAMLError) or error.problem_mark is None:
        return told, told
    at = min(error.problem_mark.index + skipped, len(text))
    if error.context_mark is not None and "quoted" in (error.context or ""):
        opened = min(error.context_mark.index + skipped, told)
        return opened, opened
    return at, min(at, told)


class _Place:
    """Where PyYAML stopped (`at`), where what it was reading began (`opened`), and the text around."""

    def __init__(self, text: str, at: int, opened: int) -> None:
        self.text = text
        # At the end of the file the last word is a better place than the empty last line.
        self.at_end = not text[at:].strip()
        self.at = at if not self.at_end else len(text.rstrip())
        self.opened = opened
        self.char = text[self.at : self.at + 1]
        self.line_start = text.rfind("\n", 0, self.at) + 1

    def span(self) -> Span:
        return Span(self.at, min(self.at + 1, len(self.text)))

    def opener(self) -> Span:
        return Span(self.opened, min(self.opened + 1, len(self.text)))

    def before(self) -> str:
        """Return what stands on the line before the place."""
        return self.text[self.line_start : self.at]

    def line(self) -> Span:
        """Cover the words of the line."""
        end = self.text.find("\n", self.at)
        line = self.text[self.line_start : len(self.text) if end < 0 else end]
        start = self.line_start + len(line) - len(line.lstrip())
        return Span(start, max(start, self.line_start + len(line.rstrip())))

    def previous(self) -> Span | None:
        """Cover the words of the last line above that is not blank or a comment."""
        end = self.line_start - 1
        while end > 0:
            start = self.text.rfind("\n", 0, end) + 1
            line = self.text[start:end]
            if line.strip() and not line.lstrip().startswith("#"):
                return Span(start + len(line) - len(line.lstrip()), start + len(line.rstrip()))
            end = start - 1
        return None

    def new_part(self) -> Span | None:
        """Find the first line behind the opener, up to the place, that is indented no deeper than the opener's line."""
        start = self.text.rfind("\n", 0, self.opened) + 1
        deepest = _indent(self.text, start)
        while (start := self.text.find("\n", max(start, self.opened), self.at) + 1) > 0:
            end = self.text.find("\n", start)
            words = self.text[start : end if end >= 0 else None]
            indent = len(words) - len(words.lstrip())
            if words.strip() and words.lstrip()[0] not in "#]}" and indent <= deepest:
                return Span(start + indent, start + len(words.rstrip()))
        return None

    def tab(self) -> Span | None:
        """Cover the tabs that indent the line, if there are any."""
        match = _INDENT.match(self.text, self.line_start)
        indent = match.group() if match is not None else ""
        if "\t" not in indent:
            return None
        start = self.line_start + indent.index("\t")
        return Span(start, start + len(indent[indent.index("\t") :]) - len(indent[indent.index("\t") :].lstrip("\t")))


def _words(line: str) -> str:
    """Return a line without its comment."""
    return line.split(" #", 1)[0].rstrip()


def _column(text: str, at: int) -> int:
    """Count the characters before a place on its line."""
    return at - (text.rfind("\n", 0, at) + 1)


def _indent(text: str, start: int) -> int:
    """Count the spaces at the beginning of a line."""
    spaces = _SPACES.match(text, start)
    return 0 if spaces is None else spaces.end() - start


def _diagnostic(
    message: str,
    span: Span,
    way_out: str,
    edits: tuple[tuple[tuple[int, int], str], ...] = (),
    labels: tuple[Label, ...] = (),
    code: Code = codes.YAML_SYNTAX,
) -> Diagnostic:
    help_ = Help(way_out, tuple(Edit(Span(*at), text) for at, text in edits), safe=bool(edits))
    return Diagnostic(code, message, Label(span), labels, helps=(help_,))


def _quote(place: _Place) -> Diagnostic:
    return _diagnostic("this quote is never closed", place.opener(), f"end the text with `{place.text[place.opened]}`")


def _escape(place: _Place) -> Diagnostic:
    message = "this backslash begins no escape that YAML knows"
    return _diagnostic(message, place.span(), "write the text in single quotes, or without a backslash")


def _start(place: _Place) -> Diagnostic:
    return _diagnostic(f"a value cannot begin with `{place.char}`", place.span(), "put the value in quotes")


def _second_colon(place: _Place) -> Diagnostic:
    before = place.before()
    previous = place.previous()
    glued = _GLUED_COLON.match(before.lstrip(" -"))
    if glued is not None:
        at = place.line_start + len(before) - len(before.lstrip(" -")) + glued.end(1)
        fix = (((at, at + 1), ": "),)
        return _diagnostic("a space is missing behind this `:`", Span(at, at + 1), "write `: `", fix)
    if _PAIR.search(before):
        way_out = "put the inner pair in braces, `name: {Layer: value}`, or on a line of its own"
        return _diagnostic("a second `:` in one pair", place.span(), way_out)
    if previous is not None and not _PAIR.search(_words(place.text[previous.start : previous.end])):
        labels = (Label(place.line()),)
        return _diagnostic(
            "this line has no `:`", previous, "write `name: value`, or `- Layer` for a layer", labels=labels
        )
    above = (Label(previous, "the line above"),) if previous is not None else ()
    message = "this line is indented deeper than the one above it, which already has its value"
    return _diagnostic(message, place.line(), "indent both alike", labels=above)


def _no_colon(place: _Place) -> Diagnostic:
    start = _Place(place.text, place.opened, place.opened)
    line = start.line()
    if _GLUED_DASH.match(place.text, line.start):
        fix = (((line.start, line.start + 1), "- "),)
        return _diagnostic("a space is missing behind this `-`", Span(line.start, line.start + 1), "write `- `", fix)
    above = start.previous()
    beside = above is not None and _column(place.text, above.start) == _column(place.text, line.start)
    if beside and above is not None and place.text.startswith("- ", above.start):
        fix = (((line.start, line.start), "- "),)
        return _diagnostic("a `- ` is missing before this item", line, "write `- `", fix)
    return _diagnostic("this line has no `:`", start.line(), "write `name: value`, or `- Layer` for a layer")


def _key(place: _Place) -> Diagnostic:
    previous = place.previous()
    line = place.line()
    if previous is not None:
        above = _words(place.text[previous.start : previous.end])
        glued = _GLUED_DASH.match(above)
        if glued is not None:
            fix = (((previous.start, previous.start + 1), "- "),)
            return _diagnostic(
                "a space is missing behind this `-`", Span(previous.start, previous.start + 1), "write `- `", fix
            )
        indent, deep = _column(place.text, previous.start), _column(place.text, line.start)
        if deep > indent and not _PAIR.search(above):
            way_out = "write `- Layer: {name: value}`, or the name and `:` above the lines that belong to it"
            labels = (Label(line),)
            return _diagnostic("this line has no `:`, and the next one is deeper", previous, way_out, labels=labels)
        if deep == indent and above.startswith("- ") and place.text[line.start] != "-":
            fix = (((line.start, line.start), "- "),)
            return _diagnostic("a `- ` is missing before this item", line, "write `- `", fix)
    if place.char in ("}", "]", ","):
        return _diagnostic(f"nothing is open that this `{place.char}` could belong to", place.span(), "delete it")
    if place.before().strip() not in ("", "-"):
        return _diagnostic("this stands behind a value that has ended", place.span(), "put the whole value in quotes")
    labels = (Label(place.opener(), "the lines it should agree with begin here"),)
    message = "this line is indented unlike the lines above it"
    return _diagnostic(message, place.line(), "indent the parts of one map or list alike", labels=labels)


def _flow(place: _Place) -> Diagnostic:
    bracket = place.text[place.opened : place.opened + 1]
    closing = {"[": "]", "{": "}"}.get(bracket, bracket)
    if place.at_end:
        return _diagnostic(f"this `{bracket}` is never closed", place.opener(), f"add the missing `{closing}`")
    mark = place.before().rstrip(" ,")
    if mark.endswith("?"):
        return _hole(_Place(place.text, place.line_start + len(mark) - 1, place.opened))
    word = _WORD.search(place.before())
    end = place.text.find("]", place.at)
    if place.char == "[" and word is not None and end >= 0 and "\n" not in place.text[place.at : end]:
        start = place.line_start + word.start()
        name = place.text[start : end + 1]
        message = f"YAML ends this name at the bracket, after `{word.group()}`"
        return _diagnostic(message, Span(start, end + 1), f'quote it: `"{name}"`', (((start, end + 1), f'"{name}"'),))
    labels = (Label(place.opener(), "opened here"),)
    if "\n" in place.text[place.opened : place.at] and place.char == ":":
        return _unclosed(place)
    if place.char in ("[", "{") and place.before().strip():
        return _diagnostic(
            f"a value cannot go on with `{place.char}`", place.span(), "put the whole value in quotes", labels=labels
        )
    if place.char in ("]", "}") and place.char != closing:
        fix = ((place.span().start, place.span().end), closing)
        said = f"`{bracket}` is closed by `{place.char}`"
        return _diagnostic(said, place.span(), f"write `{closing}`", (fix,), labels)
    message = f"a comma or `{closing}` belongs before this"
    return _diagnostic(message, place.span(), "separate the parts by commas", labels=labels)


def _unclosed(place: _Place) -> Diagnostic:
    bracket = place.text[place.opened]
    closing = {"[": "]", "{": "}"}.get(bracket, bracket)
    labels = (Label(place.new_part() or place.line(), "a new part of the spec"),)
    return _diagnostic(
        f"this `{bracket}` is never closed", place.opener(), f"add the missing `{closing}`", labels=labels
    )


def _content(place: _Place) -> Diagnostic:
    if place.char == ",":
        return _diagnostic("nothing stands before this comma", place.span(), "delete it, or write the missing value")
    if place.char in ("]", "}"):
        message = f"this `{place.char}` closes what another bracket opened"
        return _diagnostic(message, place.span(), "pair the brackets")
    if place.char == "?":
        return _hole(place)
    return _diagnostic(f"a value cannot begin with `{place.char}` here", place.span(), "put the value in quotes")


def _hole(place: _Place) -> Diagnostic:
    found = place.span()
    edits = (((found.start, found.end), '"?"'),)
    return _diagnostic("YAML has a use of its own for `?`", found, 'quote it: `"?"`', edits)


def _dash(place: _Place) -> Diagnostic:
    way_out = "begin a new line with it, or write the list in brackets: `[a, b]`"
    return _diagnostic("an item's `- ` cannot stand behind a `:`", place.span(), way_out)


def _reference(place: _Place) -> Diagnostic:
    opener = place.text[place.opened : place.opened + 1]
    message = f"a value that begins with `{opener}` is a reference for YAML, which the language does not have"
    return _diagnostic(message, place.opener(), "put the value in quotes", code=codes.YAML_FEATURE)


def _tag(place: _Place) -> Diagnostic:
    message = "tags and directives are not part of the language"
    return _diagnostic(message, place.opener(), "leave it out, or put the value in quotes", code=codes.YAML_FEATURE)


def _document(place: _Place) -> Diagnostic:
    if place.char in ("}", "]"):
        return _key(place)
    return _diagnostic("this stands outside the spec's map", place.line(), "write `key: value`, as the other lines")


_EXPLANATIONS = (
    ("while scanning an alias", _reference),
    ("while scanning an anchor", _reference),
    ("tag", _tag),
    ("directive", _tag),
    ("found unexpected end of stream", _quote),
    ("document separator", _quote),
    ("escape", _escape),
    ("hexadecimal", _escape),
    ("Unicode character", _escape),
    ("cannot start any token", _start),
    ("mapping values are not allowed", _second_colon),
    ("expected ':'", _no_colon),
    ("sequence entries are not allowed", _dash),
    ("document start", _document),
    ("',' or", _flow),
    ("mapping keys are not allowed", _hole),
    ("node content", _content),
    ("block mapping", _key),
    ("block collection", _key),
    ("block sequence", _key),
)
