"""Make the nodes of a YAML document from PyYAML's events.

Events, because a composer recurses (50,000 times `[` ends the C one), follows aliases and guesses types. Here depth
and number are bounded before anything is built, and every scalar stays the text that was written. What the language
leaves out of YAML (anchors, aliases, merge keys, tags, several documents) is refused here, with its place.
"""

import re
from collections.abc import Iterator, Mapping

import yaml

from convdsl import codes
from convdsl.diagnostics import Diagnostic, Edit, Help, Label
from convdsl.record import dataclass, field
from convdsl.source import Span
from convdsl.syntax.limits import LONG_WORD, MAX_DEPTH, MAX_MISTAKES, MAX_NAME, MAX_TOKENS, too_long
from convdsl.syntax.yaml_errors import explain, stopped
from convdsl.syntax.yaml_nodes import Broken, Folded, List, Map, Node, Scalar
from convdsl.syntax.yaml_recovery import STAND_IN

MAX_EVENTS = 1_000_000  # a scalar or a bracket each: as many as a text of the largest size can need
MAX_PIECES = 16  # of a value torn at its commas: more would make a list of open parentheses cost its square
_PYTHON = "tag:yaml.org,2002:python"
_WORD = re.compile(r"\w+")
_TAG = re.compile(r"[^\s,\[\]{}]*")

_LOADER = yaml.CSafeLoader if yaml.__with_libyaml__ else yaml.SafeLoader


@dataclass(slots=True)
class _Frame:
    """A collection whose end has not come yet."""

    start: int
    flow: bool
    is_map: bool
    items: list[Node] = field(default_factory=list)
    broken: bool = False


class Composer:
    """The state of one pass over the events."""

    def __init__(self, text: str, stand_ins: Mapping[int, Span], folded: Folded | None = None) -> None:
        self.text = text
        self.stand_ins = stand_ins
        self.known = folded.items if folded is not None else {}
        self.hidden = folded.hidden if folded is not None else 0
        # The C parser drops a byte order mark without counting it; so do we, for both parsers.
        self.skipped = 1 if text.startswith("\ufeff") else 0
        self.failure: tuple[Diagnostic, ...] = ()  # why it is no YAML
        self.stopped = self.opened = 0  # where that shows, and where what was being read began
        self.top: Node | None = None
        self.scalars: list[Span] = []
        self.diagnostics: list[Diagnostic] = []
        self.stack: list[_Frame] = []
        self.last_end = 0
        self.anchors: dict[str, Span] = {}
        self.long = LONG_WORD.search(text) is not None  # perhaps in a comment

    def run(self) -> bool:
        """Read the whole text; False where it is no YAML."""
        line, begun = 0, self.hidden
        try:
            for count, event in enumerate(self.events(), self.hidden):
                if event.start_mark is not None and event.start_mark.line != line:
                    line, begun = event.start_mark.line, count
                if count > MAX_EVENTS or len(self.stack) > MAX_DEPTH or count - begun > MAX_TOKENS:
                    what = (
                        f"over {MAX_EVENTS} values long" if count > MAX_EVENTS else f"more than {MAX_DEPTH} levels deep"
                    )
                    if len(self.stack) <= MAX_DEPTH and count <= MAX_EVENTS:
                        what = f"over {MAX_TOKENS} values long in one line"
                    self.top = None
                    self.too_large(self.span(event), what)
                    return True
                if not self.take(event):
                    return True
        except (yaml.YAMLError, ValueError, OverflowError) as error:  # the last two: impossible escapes, `"\UFFFFFFFF"`
            brackets = [frame.start for frame in self.stack if frame.flow]
            failure = explain(error, self.text, self.skipped, brackets[-1] if brackets else None)
            self.failure = (failure,)
            self.stopped, self.opened = stopped(error, self.text, self.skipped, failure.where.span.start)
            self.opened = min([self.opened, *brackets[:1]])
            return False
        return True

    def events(self) -> Iterator[yaml.Event]:
        """Parse the text into PyYAML's events."""
        loader = _LOADER(self.text[self.skipped :])
        yield from iter(loader.get_event, None)  # what `yaml.parse` does, without looking twice
        loader.dispose()

    def too_large(self, span: Span, what: str) -> None:
        """Refuse a spec that is too deep or has too many values."""
        help_ = Help("repeat layers with `repeat`, `for` and blocks instead of writing them out")
        self.diagnostics.append(Diagnostic(codes.TOO_LARGE, f"this spec is {what}", Label(span), helps=(help_,)))

    def span(self, event: yaml.Event) -> Span:
        """Return an event's place in the file."""
        size = len(self.text)
        first, last = event.start_mark, event.end_mark
        start = min((first.index if first is not None else 0) + self.skipped, size)
        return Span(start, max(start, min((last.index if last is not None else 0) + self.skipped, size)))

    def feature(self, span: Span, message: str, way_out: str, labels: tuple[Label, ...] = ()) -> None:
        """Refuse a part of YAML that the language leaves out."""
        if len(self.diagnostics) > MAX_MISTAKES:
            return  # `limited` tells that there are more
        self.diagnostics.append(Diagnostic(codes.YAML_FEATURE, message, Label(span), labels, helps=(Help(way_out),)))

    def take(self, event: yaml.Event) -> bool:
        """Add one event; False when the document has ended for us."""
        if type(event) is yaml.ScalarEvent and self.take_plain(event):
            return True
        span = self.span(event)
        match event:
            case yaml.ScalarEvent():
                self.decorations(event, span)
                scalar = self.scalar(event, span)
                self.add(Broken(scalar.span) if _is_foreign(event.tag) else scalar)
            case yaml.AliasEvent():
                self.alias(event, span)
            case yaml.SequenceStartEvent() | yaml.MappingStartEvent():
                self.decorations(event, span)
                start = self.after_decorations(event, span)
                is_map = isinstance(event, yaml.MappingStartEvent)
                self.stack.append(_Frame(start, bool(event.flow_style), is_map, broken=_is_foreign(event.tag)))
            case yaml.SequenceEndEvent() | yaml.MappingEndEvent():
                self.close(span)
            case yaml.DocumentStartEvent() if self.top is not None:
                self.feature(span, "a second document begins here", "one file holds one spec: move the rest to its own")
                return False
        return True

    def take_plain(self, event: yaml.ScalarEvent) -> bool:
        """Add a scalar without quotes, folds, anchor and tag: nine events in ten, and so in a shorter way."""
        first, last, text = event.start_mark, event.end_mark, event.value
        if first is None or last is None:
            return False
        start, end = first.index + self.skipped, last.index + self.skipped
        if event.style or end - start != len(text) or event.anchor is not None or event.tag is not None or self.long:
            return False
        if start in self.stand_ins or not self.stack or not self.text.startswith(text, start):
            return False
        span = Span(start, end)
        known = self.known.get(start)
        if known is not None and text == STAND_IN:
            self.scalars.append(span)
            self.last_end = known.span.end
            self.stack[-1].items.append(known)
            return True
        self.scalars.append(span)
        if end > self.last_end:
            self.last_end = end
        self.stack[-1].items.append(Scalar(text, span, "", start))
        return True

    def after_decorations(self, event: yaml.CollectionStartEvent, span: Span) -> int:
        """Find where a collection's own text begins: the mark of a tagged one is at its tag."""
        return span.end - 1 if event.flow_style and span.end > span.start else span.start

    def decorations(self, event: yaml.ScalarEvent | yaml.CollectionStartEvent, span: Span) -> None:
        """Refuse anchors and tags; the value itself is read on."""
        anchor: str | None = event.anchor
        tag: str | None = event.tag
        if anchor is None and tag is None:
            return
        if anchor is not None:
            self.anchors[anchor] = span
            self.feature(
                Span(span.start, min(span.start + 1 + len(anchor), len(self.text))),
                f"an anchor, `&{anchor}`, is not part of the language",
                "write the layers once as a block and call it by name",
            )
        elif tag is not None:
            written = _TAG.match(self.text, span.start)
            end = written.end() if written is not None else span.start
            self.feature(
                Span(span.start, end),
                f"a tag, `{self.text[span.start : end]}`, is not part of the language",
                "leave it out: a value is read by the parameter that it is given to",
            )

    def alias(self, event: yaml.AliasEvent, span: Span) -> None:
        """Refuse an alias; its value is not read."""
        frame = self.stack[-1] if self.stack else None
        merged = frame is not None and frame.is_map and len(frame.items) % 2 == 1 and _is_merge(frame.items[-1])
        if not merged:  # a merge key is refused as a whole
            anchor = self.anchors.get(event.anchor or "")
            labels = (Label(anchor, "the anchor"),) if anchor is not None else ()
            self.feature(
                span,
                f"an alias, `*{event.anchor}`, is not part of the language",
                "write the layers once as a block and call it by name; put a product in quotes",
                labels,
            )
        self.add(Broken(span))

    def scalar(self, event: yaml.ScalarEvent, span: Span) -> Scalar | Broken:
        """Make a scalar with its exact place."""
        style = event.style or ""
        start = span.start
        if event.anchor is not None or event.tag is not None:  # the mark is at the decoration
            start = max(span.start, span.end - len(event.value) - (2 if style in "'\"" and style else 0))
        if style in ("|", ">"):
            end = start + len(self.text[start : span.end].rstrip())
            span = Span(start, max(start, end))
        else:
            span = Span(start, span.end)
        quotes = 1 if style in ("'", '"') else 0
        inside = self.text[span.start + quotes : span.end - quotes]
        first = span.start + quotes if style not in ("|", ">") and inside == event.value else None
        self.scalars.append(span)
        if self.long and (found := LONG_WORD.search(event.value)):
            where = Span(span.start, min(span.start + 1, len(self.text)))
            self.diagnostics.append(too_long("name", _word_length(event.value, found.start()), MAX_NAME, where))
            return Broken(span)
        return Scalar(event.value, span, style, first)

    def add(self, node: Node) -> None:
        """Put a node into the collection that is open."""
        self.last_end = max(self.last_end, node.span.end)
        if node.span.start in self.stand_ins and isinstance(node, Scalar):
            node = Broken(self.stand_ins[node.span.start])
        if self.stack:
            self.stack[-1].items.append(node)
        else:
            self.top = node

    def close(self, span: Span) -> None:
        """End the collection that is open."""
        frame = self.stack.pop()
        # The end mark of a block collection lies at the next token, far below its last word.
        end = span.end if frame.flow else max(frame.start, self.last_end)
        whole = Span(frame.start, max(frame.start, end))
        if frame.broken:
            return self.add(Broken(whole))
        if not frame.is_map:
            items = self.mend_list(frame.items) if frame.flow else frame.items
            return self.add(List(tuple(items), whole, frame.flow))
        pairs = self.keys(frame)
        if pairs is None:
            return self.add(Broken(whole))
        if frame.flow and self.text.find("(", whole.start, whole.end) >= 0:
            pairs = self.mend_map(pairs)
        seen: dict[str, Scalar] = {}
        kept: list[tuple[Scalar, Node]] = []
        duplicates: list[tuple[Scalar, Scalar]] = []
        for key, value in pairs:
            if key.text in seen:
                duplicates.append((key, seen[key.text]))
            else:
                seen[key.text] = key
                kept.append((key, value))
        return self.add(Map(tuple(kept), whole, frame.flow, tuple(duplicates)))

    def keys(self, frame: _Frame) -> list[tuple[Scalar, Node]] | None:
        """Pair keys with values; a merge key or another key that is no scalar leaves nothing to read (None)."""
        pairs: list[tuple[Scalar, Node]] = []
        whole = True
        for key, value in zip(frame.items[::2], frame.items[1::2], strict=False):
            if isinstance(key, Scalar) and not _is_merge(key):
                pairs.append((key, value))
            elif isinstance(key, Scalar):
                self.feature(key.span, "a merge key, `<<`, is not part of the language", "use a block with parameters")
                whole = False
            elif isinstance(key, List) and key.items and all(isinstance(item, Scalar) for item in key.items):
                names = ", ".join(item.text for item in key.items if isinstance(item, Scalar))
                self.torn(key.span, "a list cannot be a key", f"names in quotes: `{_quoted(names)}`", _quoted(names))
                pairs.append((Scalar(names, key.span, '"'), value))
            else:
                whole = False
                if not isinstance(key, Broken):
                    self.torn(key.span, "a list or a map cannot be a key", "a key is a name, or names in quotes", None)
        return pairs if whole else None

    # -- scalars that YAML tears apart at a comma: `{kernel_size: (3, 5)}` is the classic

    def mend_list(self, items: list[Node]) -> list[Node]:
        """Join the items of a list that belong to one value."""
        mended: list[Node] = []
        at = 0
        while at < len(items):
            pieces = [items[at]]
            while _opens(self.text, pieces) and at + len(pieces) < len(items) and _plain(items[at + len(pieces)]):
                pieces.append(items[at + len(pieces)])
                if len(pieces) > MAX_PIECES:
                    break
            whole = self.mended(pieces) if len(pieces) > 1 else None
            mended.append(items[at] if whole is None else whole)
            at += 1 if whole is None else len(pieces)
        return mended

    def mend_map(self, pairs: list[tuple[Scalar, Node]]) -> list[tuple[Scalar, Node]]:
        """Join the values of a map that belong to one value."""
        mended: list[tuple[Scalar, Node]] = []
        at = 0
        while at < len(pairs):
            key, value = pairs[at]
            pieces: list[Node] = [value]
            while _opens(self.text, pieces) and at + len(pieces) < len(pairs) and _lonely(pairs[at + len(pieces)]):
                pieces.append(pairs[at + len(pieces)][0])
                if len(pieces) > MAX_PIECES:
                    break
            whole = self.mended(pieces) if len(pieces) > 1 else None
            mended.append((key, value if whole is None else whole))
            at += 1 if whole is None else len(pieces)
        return mended

    def mended(self, pieces: list[Node]) -> Scalar | None:
        """Join the pieces of a torn scalar and complain; None where the parentheses never close."""
        if _opens(self.text, pieces):
            return None
        span = pieces[0].span.to(pieces[-1].span)
        text = self.text[span.start : span.end]
        fix = (
            f"[{text[1:-1]}]" if text.startswith("(") and text.endswith(")") and text.count("(") == 1 else _quoted(text)
        )
        first = self.text[pieces[0].span.start : pieces[0].span.end]
        self.torn(span, f"YAML ends this value at the comma, after `{first}`", f"write `{fix}`", fix)
        return Scalar(text, span, "", span.start)

    def torn(self, span: Span, message: str, way_out: str, fix: str | None) -> None:
        """Complain about what YAML has torn apart."""
        help_ = Help(way_out, (Edit(span, fix),) if fix is not None else (), safe=fix is not None)
        self.diagnostics.append(Diagnostic(codes.YAML_STRUCTURE, message, Label(span), helps=(help_,)))


def _word_length(text: str, start: int) -> int:
    word = _WORD.match(text, start)
    return 0 if word is None else word.end() - start


def _is_foreign(tag: str | None) -> bool:
    """Tell whether a tag makes a value into something else than YAML's plain words, numbers and lists."""
    return tag is not None and (tag.startswith(_PYTHON) or not tag.startswith("tag:yaml.org,2002:"))


def _is_merge(node: Node) -> bool:
    return isinstance(node, Scalar) and node.text == "<<" and not node.style


def _plain(node: Node) -> bool:
    return isinstance(node, Scalar) and not node.style and not node.is_empty


def _lonely(pair: tuple[Scalar, Node]) -> bool:
    key, value = pair
    return _plain(key) and isinstance(value, Scalar) and value.is_empty


def _opens(text: str, pieces: list[Node]) -> bool:
    """Tell whether parentheses are still open after these pieces."""
    if not _plain(pieces[0]):
        return False
    raw = text[pieces[0].span.start : pieces[-1].span.end]
    return raw.count("(") > raw.count(")")


def _quoted(text: str) -> str:
    return f'"{text}"' if '"' not in text and "\\" not in text else "'" + text.replace("'", "''") + "'"
