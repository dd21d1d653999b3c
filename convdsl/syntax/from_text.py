"""Read the text spelling of a spec into its tree.

Tokens, then statements and bodies, then each statement by the grammar: a mistake costs its own statement and nothing
else. A statement that cannot be read stays in the tree as a `Flow` without source and calls, whose targets are the
names that it would have bound, so that later phases can keep silent about them.
"""

from typing import Any

from convdsl.codes import MISPLACED, MISSING_HEADER, NEWER_EDITION, NO_MODEL, TOO_LARGE
from convdsl.diagnostics import Code, Diagnostic, Edit, Help, Label
from convdsl.source import Source, Span
from convdsl.syntax import tree
from convdsl.syntax.build_statement import StatementBuilder
from convdsl.syntax.lalr import Unexpected, actions_of, run
from convdsl.syntax.layout import Layouter, RawBody, RawStatement
from convdsl.syntax.limits import MAX_BYTES, MAX_DEPTH, too_deep
from convdsl.syntax.mistakes import bad_token, explain
from convdsl.syntax.parsed import Parsed
from convdsl.syntax.placement import misplaced
from convdsl.syntax.tokens import Token, scan

EDITION = 1
_ITEM_WORDS = frozenset({"FROM", "BLOCK", "MODEL", "TRAIN"})


def parse_text(source: Source) -> Parsed:
    """Read a spec in the text spelling; never raises on its text, and every mistake has a place and a way out."""
    if len(source.text) > MAX_BYTES:
        message = f"the text has {len(source.text):,} characters, more than {MAX_BYTES:,}"
        where = Label(Span(0, min(1, len(source.text))))
        way = Help("write repeated layers with `block`, `repeat` and `for`")
        return Parsed(tree.File(source, None, ()), (Diagnostic(TOO_LARGE, message, where, helps=(way,)),))
    return _Reader(source).read()


class _Reader:
    """Reads one text; what it finds wrong is collected in `diagnostics`."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.builder = StatementBuilder(source.text)
        self.actions = actions_of(self.builder)
        self.diagnostics = self.builder.diagnostics
        self.broken_item = False

    def read(self) -> Parsed:
        layout = Layouter(self.source, scan(self.source.text)).run()
        self.diagnostics.extend(layout.diagnostics)
        *bodies, top = layout.bodies
        for body in bodies:
            self._body(body)
        file = self._file(top)
        unordered = misplaced(file)
        ordered = sorted([*self.diagnostics, *unordered], key=lambda d: (d.where.span.start, d.where.span.end))
        return Parsed(file, tuple(ordered))

    # ----------------------------------------------------------------- bodies

    def _body(self, raw: RawBody) -> None:
        assert raw.opener is not None
        span = Span(raw.opener.start, raw.end)
        if raw.depth > MAX_DEPTH:  # told by the layout, and too deep for whoever walks the tree
            self.builder.bodies[raw.number] = tree.Body((), (), span)
        elif raw.owner == "TRAIN" and raw.depth == 1:
            settings = [self._statement(statement, "setting") for statement in raw.statements]
            found = tuple(setting for setting in settings if isinstance(setting, tree.Setting))
            self.builder.trains[raw.number] = found, tuple(raw.tail)
        else:
            read = [self._statement(statement, "statement") or self._unread(statement) for statement in raw.statements]
            self.builder.bodies[raw.number] = tree.Body(tuple(read), tuple(raw.tail), span)

    def _statement(self, raw: RawStatement, start: str) -> Any:
        """Read one statement by the rule `start`; None where it cannot be read, which was told."""
        tokens = raw.tokens
        builder = self.builder
        builder.span = Span(tokens[0].start, tokens[-1].end)
        builder.comments = _comments(raw)
        builder.broken = False
        builder.joins_by_comma = tokens[0].kind in ("INPUT", "EXPECT")
        problem = bad_token(builder.text, tokens) or raw.problem
        if problem is not None:
            self.diagnostics.append(problem)
            return None
        told = len(self.diagnostics)
        node = run(start, tokens, self.actions)
        if isinstance(node, Unexpected):
            if len(self.diagnostics) == told:
                self.diagnostics.append(explain(builder.text, tokens, node))
            del self.diagnostics[told + 1 :]
            return None
        if len(tokens) > MAX_DEPTH and too_deep(node):
            builder.report(f"expressions nest deeper than {MAX_DEPTH}", builder.span, "split the expression over names")
        return None if builder.broken else node

    def _unread(self, raw: RawStatement) -> tree.Flow:
        """Stand in for a statement that cannot be read: it binds the names that it seems to bind."""
        names: list[tree.Expr] = []
        kinds = [token.kind for token in raw.tokens[:64]]
        if kinds[0] in ("INPUT", "LAYER", "OUTPUT") and len(kinds) > 1 and kinds[1] == "NAME":
            names.append(tree.Name(raw.tokens[1].text, Span(raw.tokens[1].start, raw.tokens[1].end)))
        elif "EQUAL" in kinds and "LPAR" not in kinds[: kinds.index("EQUAL")]:
            left = raw.tokens[: kinds.index("EQUAL")]
            names.extend(tree.Name(t.text, Span(t.start, t.end)) for t in left if t.kind == "NAME")
        span = Span(raw.tokens[0].start, raw.tokens[-1].end)
        return tree.Flow(None, (), tuple(names), comments=_comments(raw), span=span)

    # ------------------------------------------------------------------- file

    def _file(self, top: RawBody) -> tree.File:
        statements = top.statements
        edition: int | None = None
        edition_span = tree.NOWHERE
        comments = tree.NO_COMMENTS
        if statements and statements[0].tokens[0].kind == "CONVDSL":
            header, *statements = statements
            comments = _comments(header)
            edition_span = Span(header.tokens[0].start, header.tokens[-1].end)
            edition = self._edition(header)
            if edition is None and self.diagnostics and self.diagnostics[-1].code is NEWER_EDITION:
                del self.diagnostics[:-1]  # what another edition means is not ours to judge
                return tree.File(self.source, None, (), comments, (), edition_span)
        elif statements or top.tail or not self.source.text.strip():
            self._missing_header(statements)
        items = self._items(statements)
        file = tree.File(self.source, edition, items, comments, tuple(top.tail), edition_span)
        self._models(file, edition_span)
        return file

    def _edition(self, header: RawStatement) -> int | None:
        number = self._statement(header, "header")
        if not isinstance(number, Token):
            return None
        if number.text == str(EDITION):
            return EDITION
        span = Span(number.start, number.end)
        newer = number.text.isdecimal() and len(number.text) < 10 and int(number.text) > EDITION
        if newer:
            self._say(
                NEWER_EDITION,
                f"this spec is written in edition {number.text}, and this convdsl reads edition {EDITION}",
                span,
                Help("install a newer convdsl"),
            )
        else:
            fix = Help(f"write `convdsl {EDITION}`", (Edit(span, str(EDITION)),), safe=True)
            self._say(MISSING_HEADER, f"`{number.text}` is no edition", span, fix)
        return None

    def _missing_header(self, statements: list[RawStatement]) -> None:
        at = 0
        fix = Help(
            f"begin the file with `convdsl {EDITION}`", (Edit(Span(at, at), f"convdsl {EDITION}\n\n"),), safe=True
        )
        first = statements[0].tokens[0] if statements else None
        span = Span(first.start, first.end) if first else Span(0, 0)
        empty = "" if self.source.text.strip() else "the file is empty: "
        self._say(MISSING_HEADER, f"{empty}the first line `convdsl {EDITION}` is missing", span, fix)

    def _items(self, statements: list[RawStatement]) -> tuple[tree.Item, ...]:
        items: list[tree.Item] = []
        misplaced_before = False
        for raw in statements:
            stray = raw.tokens[0].kind not in _ITEM_WORDS and not _seems_item(raw)
            if stray:
                if not misplaced_before:
                    token = raw.tokens[0]
                    way = "put it between the braces of a `model` or `block`"
                    message = f"`{token.text[:40]}` stands outside of every model and block"
                    if token.kind == "CONVDSL":
                        message, way = "`convdsl` is the first line of a file", "move the line to the top"
                    self._say(MISPLACED, message, Span(token.start, token.end), Help(way))
                misplaced_before = True
                continue
            misplaced_before = False
            item = self._statement(raw, "item")
            if isinstance(item, tree.Item):
                items.append(item)
            else:
                self.broken_item = True
        return tuple(items)

    def _models(self, file: tree.File, header: Span) -> None:
        models = [item for item in file.items if isinstance(item, tree.Model)]
        trains = [item for item in file.items if isinstance(item, tree.Train)]
        for kind, found in (("model", [m.span for m in models]), ("train", [t.span for t in trains])):
            for span in found[1:]:
                where = Span(span.start, span.start + len(kind))
                first = Label(Span(found[0].start, found[0].start + len(kind)), "the first")
                self._say(
                    MISPLACED,
                    f"a second `{kind}`, and a file has one",
                    where,
                    Help("move it to a file of its own"),
                    first,
                )
        if not models and not self.broken_item and self.source.text.strip():
            say = "the file has no `model`"
            self._say(NO_MODEL, say, header, Help("add one: `model Name { input x: [N, 3, H, W] ... }`"))

    def _say(self, code: Code, message: str, span: Span, way: Help, *labels: Label) -> None:
        self.diagnostics.append(Diagnostic(code, message, Label(span), labels, helps=(way,)))


def _seems_item(raw: RawStatement) -> bool:
    """Tell whether a line at the top is a misspelt item rather than a statement that lost its model."""
    kinds = [token.kind for token in raw.tokens]
    return kinds[0] == "NAME" and kinds[-1] == "BODY" and "EQUAL" not in kinds[:2]


def _comments(raw: RawStatement) -> tree.Comments:
    if not raw.above and raw.trailing is None and not raw.blank_before:
        return tree.NO_COMMENTS
    return tree.Comments(tuple(raw.above), raw.trailing, raw.blank_before)
