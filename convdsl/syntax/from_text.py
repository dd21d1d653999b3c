"""Read the text spelling of a spec into its tree.

Tokens, then statements and bodies, then each statement by the grammar: a mistake costs its own statement and nothing
else. A statement that cannot be read stays in the tree as a `Flow` without source and calls, whose targets are the
names that it would have bound, so that later phases can keep silent about them.
"""

from typing import Any

from convdsl.codes import MISPLACED, MISSING_HEADER, NEWER_EDITION, NO_MODEL, TOO_LONG, UNREADABLE
from convdsl.diagnostics import Code, Diagnostic, Edit, Help, Label
from convdsl.source import Source, Span
from convdsl.syntax import tree
from convdsl.syntax.bad_tokens import bad_token
from convdsl.syntax.build_statement import StatementBuilder
from convdsl.syntax.foreign_words import FOREIGN
from convdsl.syntax.lalr import Unexpected, actions_of, run
from convdsl.syntax.layout import Layouter, RawBody, RawStatement
from convdsl.syntax.limits import (
    LONG_STRING,
    LONG_WORD,
    MAX_DEPTH,
    MAX_MISTAKES,
    MAX_NAME,
    MAX_STRING,
    MAX_TOKENS,
    oversize,
    too_deep,
    too_long,
)
from convdsl.syntax.mistakes import explain
from convdsl.syntax.parsed import Parsed
from convdsl.syntax.placement import item_inside, misplaced, misplaced_inside
from convdsl.syntax.site import nearest, short
from convdsl.syntax.templates import LONGEST, FlowMaker, Key, key_of, recipe
from convdsl.syntax.tokens import Token, scan

EDITION = 1
_ITEM_WORDS = frozenset({"FROM", "BLOCK", "MODEL", "TRAIN"})
# what stands behind the word of an item, and behind no value's name
_HEADS = {"FROM": "STRING", "BLOCK": "TYPE", "MODEL": "TYPE", "TRAIN": "BODY", "CONVDSL": "NUMBER"}


def parse_text(source: Source) -> Parsed:
    """Read a spec in the text spelling; never raises on its text, and every mistake has a place and a way out."""
    unfit = oversize(source) or _too_long(source.text)
    if unfit is not None:
        return Parsed(tree.File(source, None, ()), (unfit,))
    if "\n" not in source.text and "\r" in source.text:
        at = source.text.index("\r")
        way = Help("save the file with LF or CRLF line ends")
        said = "the lines of this text end in carriage returns alone"
        return Parsed(
            tree.File(source, None, ()), (Diagnostic(UNREADABLE, said, Label(Span(at, at + 1)), helps=(way,)),)
        )
    return _Reader(source).read()


class _Reader:
    """Reads one text; what it finds wrong is collected in `diagnostics`."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.builder = StatementBuilder(source.text)
        self.actions = actions_of(self.builder)
        self.recipes: dict[Key, FlowMaker] = {}
        self.seen: set[Key] = set()  # a recipe costs more than a line, so it is made at the second one
        self.told = self.builder.told
        self.diagnostics = self.told.found
        self.balanced = True
        self.lost: list[Span] = []  # items that could not be read, lines outside: the model may be among them

    def read(self) -> Parsed:
        layout = Layouter(self.source, scan(self.source.text)).run()
        self.diagnostics.extend(layout.diagnostics)
        self.balanced = layout.balanced
        *bodies, top = layout.bodies
        for body in bodies:
            self._body(body)
        file = self._file(top, layout.strays)
        unordered = misplaced(file) if layout.balanced else ()
        ordered = sorted([*self.diagnostics, *unordered], key=lambda d: (d.where.span.start, d.where.span.end))
        return Parsed(file, tuple(ordered), tuple(self.lost), self.balanced)

    # ----------------------------------------------------------------- bodies

    def _body(self, raw: RawBody) -> None:
        assert raw.opener is not None
        span = Span(raw.opener.start, raw.end)
        if raw.depth > MAX_DEPTH:  # told by the layout, and too deep for whoever walks the tree
            self.builder.bodies[raw.number] = tree.Body((), (), span)
        elif raw.owner == "train" or (raw.depth == 1 and _seems_train(raw.owner)):
            settings = [self._statement(statement, "setting") for statement in raw.statements]
            found = tuple(setting for setting in settings if isinstance(setting, tree.Setting))
            self.builder.trains[raw.number] = found, tuple(raw.tail)
        else:
            inner = raw.depth > 1 and raw.owner not in ("block", "model")
            read = [self._line(statement, inner) for statement in raw.statements]
            self.builder.bodies[raw.number] = tree.Body(tuple(read), tuple(raw.tail), span)

    def _line(self, raw: RawStatement, inside: bool) -> tree.Statement:
        """Read a statement of a body, `inside` another one than a model's or block's own."""
        first = raw.tokens[0]
        if len(raw.tokens) > 1 and raw.tokens[1].kind == _HEADS.get(first.kind):
            self.diagnostics.append(item_inside(first.text, Span(first.start, first.end)))
            self.lost.append(Span(first.start, raw.tokens[-1].end))
            return self._unread(raw)
        statement: tree.Statement | None = self._statement(raw, "statement")
        wrong = misplaced_inside(statement) if inside and statement is not None else None
        if wrong is not None and self.balanced:  # else nobody knows whose body it is
            self.diagnostics.append(wrong)
        return self._unread(raw) if statement is None or wrong is not None else statement

    def _statement(self, raw: RawStatement, start: str) -> Any:
        """Read one statement by the rule `start`; None where it cannot be read, which was told."""
        if len(self.diagnostics) > MAX_MISTAKES:
            return None  # `limited` tells that there are more
        tokens = raw.tokens
        key = key_of(tokens) if start == "statement" and len(tokens) <= LONGEST and raw.problem is None else ()
        known = self.recipes.get(key)
        if known is not None:
            return known(tokens, _comments(raw))
        builder = self.builder
        builder.span = Span(tokens[0].start, tokens[-1].end)
        builder.comments = _comments(raw)
        self.told.broken = False
        builder.joins_by_comma = tokens[0].kind in ("INPUT", "EXPECT")
        problem = bad_token(self.source.text, tokens[:MAX_TOKENS]) or raw.problem
        if problem is None and len(tokens) > MAX_TOKENS:
            message = f"this statement has {len(tokens):,} words and signs, more than {MAX_TOKENS:,}"
            helps = (Help("split it into several lines"),)
            problem = Diagnostic(TOO_LONG, message, Label(Span(tokens[0].start, tokens[0].end)), helps=helps)
        if problem is not None:
            self.diagnostics.append(problem)
            return None
        told = len(self.diagnostics)
        node = run(start, tokens, self.actions)
        if isinstance(node, Unexpected):
            if len(self.diagnostics) == told:
                self.diagnostics.append(explain(self.source.text, tokens, node))
            del self.diagnostics[told + 1 :]
            return None
        if len(tokens) > MAX_DEPTH and too_deep(node):
            self.told.report(
                f"expressions nest deeper than {MAX_DEPTH}", builder.span, "split the expression over names"
            )
        if (
            key
            and len(self.diagnostics) == told
            and isinstance(node, tree.Flow)
            and not isinstance(node.source, tree.Body)
        ):
            if key in self.seen:
                self.recipes[key] = recipe(node, tokens)
            self.seen.add(key)
        return None if self.told.broken else node

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

    def _file(self, top: RawBody, strays: list[tuple[int, Diagnostic]]) -> tree.File:
        statements = top.statements
        foreign = _foreign(self.source.text)
        if foreign is not None:
            self.diagnostics[:] = [foreign]
            return tree.File(self.source, None, ())
        header = next((at for at, raw in enumerate(statements) if _seems_header(raw)), None)
        edition: int | None = None
        edition_span = tree.NOWHERE
        comments = tree.NO_COMMENTS
        if header == 0:
            raw = statements[0]
            comments = _comments(raw)
            edition_span = Span(raw.tokens[0].start, raw.tokens[-1].end)
            edition = self._edition(raw)
            if edition is None and self.diagnostics[-1].code in (NEWER_EDITION, UNREADABLE):
                # what another edition or another spelling means is not ours to judge
                del self.diagnostics[:-1]
                return tree.File(self.source, None, (), comments, (), edition_span)
        elif header is None:
            self._missing_header(statements)
        items = self._items(statements, 1 if header == 0 else 0, strays)
        file = tree.File(self.source, edition, items, comments, tuple(top.tail), edition_span)
        self._models(file, edition_span)
        return file

    def _edition(self, header: RawStatement) -> int | None:
        """Read `convdsl 1`; the last diagnostic says why there is no edition."""
        word, *rest = header.tokens
        span = Span(word.start, header.tokens[-1].end)
        written = self.source.text[rest[0].start : span.end] if rest else ""
        if word.kind == "CONVDSL" and written == str(EDITION):
            return EDITION
        if rest and rest[0].kind == "COLON":
            way = Help("name the file `.yaml`, or write `convdsl 1` and the layers in the text spelling")
            self._say(UNREADABLE, "this is the YAML spelling, in a file whose name does not end in `.yaml`", span, way)
        elif len(rest) == 1 and written.isdecimal() and int(written[:9]) > EDITION:
            message = f"this spec is written in edition {short(rest[0])}, and this convdsl reads edition {EDITION}"
            self._say(NEWER_EDITION, message, span, Help("install a newer convdsl"))
        else:
            line = self.source.text[span.start : span.end]
            better = f"convdsl {EDITION}"
            fix = Help(f"write `{better}`", (Edit(span, better),), safe=word.kind == "CONVDSL")
            self.told.report(
                f"the first line is `{better}`, and here it is `{line[:40]}`", span, fix, code=MISSING_HEADER
            )
        return None

    def _missing_header(self, statements: list[RawStatement]) -> None:
        better = f"convdsl {EDITION}"
        fix = Help(f"begin the file with `{better}`", (Edit(Span(0, 0), f"{better}\n\n"),), safe=True)
        first = statements[0].tokens[0] if statements else None
        span = Span(first.start, first.end) if first else Span(0, 0)
        empty = "" if statements else "nothing is written in the file: "
        self._say(MISSING_HEADER, f"{empty}the first line `{better}` is missing", span, fix)

    def _items(
        self, statements: list[RawStatement], first: int, strays: list[tuple[int, Diagnostic]]
    ) -> tuple[tree.Item, ...]:
        """Read the items; lines that stand outside of every item are told once a run."""
        items: list[tree.Item] = []
        runs_end: set[int] = set()  # where a `}` closes nothing because the lines before it have lost their opener
        for at, raw in enumerate(statements[first:], first):
            if raw.tokens[0].kind in _ITEM_WORDS or (at not in runs_end and _seems_item(raw)):
                item = self._statement(raw, "item")
                if isinstance(item, tree.Item):
                    items.append(item)
                    continue
                last = raw.tokens[-1]
                self.lost.append(Span(raw.tokens[0].start, last.start if last.kind == "BODY" else last.end))
                if last.kind != "BODY":  # the lines below were to be its body
                    runs_end.add(at + 1)
                elif raw.tokens[0].kind == "MODEL":
                    items.append(self._model(raw))
                continue
            if at not in runs_end:
                self._outside(raw, statements[at - 1].tokens[-1] if items else None)
            runs_end.add(at + 1)
            runs_end.discard(at)
        self.diagnostics.extend(stray for at, stray in strays if at not in runs_end)
        return tuple(items)

    def _model(self, raw: RawStatement) -> tree.Model:
        """Stand in for a model whose heading cannot be read: what is in its body can be judged."""
        first, last = raw.tokens[0], raw.tokens[-1]
        name = next((token for token in raw.tokens if token.kind == "TYPE"), first)
        body = self.builder.bodies.get(last.body, tree.Body((), (), Span(last.start, last.end)))
        return tree.Model(
            name.text if name.kind == "TYPE" else "Net",
            (),
            body,
            _comments(raw),
            Span(first.start, last.end),
            Span(name.start, name.end),
        )

    def _outside(self, raw: RawStatement, before: Token | None) -> None:
        token = raw.tokens[0]
        span = Span(token.start, token.end)
        if _seems_header(raw):
            self._say(MISPLACED, "`convdsl` begins a file", span, Help("move the line to the top"))
            return
        self.lost.append(Span(token.start, raw.tokens[-1].end))
        written = "{" if token.kind == "BODY" else token.text[:40]
        end = () if before is None else (Label(Span(before.end - 1, before.end), "the last body ends here"),)
        way = Help("put it between the braces of a `model` or `block`")
        self._say(MISPLACED, f"`{written}` stands outside of every model and block", span, way, *end)

    def _models(self, file: tree.File, header: Span) -> None:
        for kind in (tree.Model, tree.Train):
            found = [item.span for item in file.items if isinstance(item, kind)]
            word = kind.__name__.lower()
            for span in found[1:]:
                first = Label(Span(found[0].start, found[0].start + len(word)), "the first")
                where = Span(span.start, span.start + len(word))
                way = Help("move it to a file of its own, or remove it")
                self._say(MISPLACED, f"this is the second `{word}`, and a file has one", where, way, first)
        kinds = {type(item) for item in file.items}
        is_library = tree.Block in kinds and tree.Train not in kinds
        if not self.lost and tree.Model not in kinds and not is_library and file.edition:
            way = Help("add one: `model Name { input x: [N, 3, H, W] ... }`")
            self._say(NO_MODEL, "the file has no `model`", header, way)

    def _say(self, code: Code, message: str, span: Span, way: Help, *labels: Label) -> None:
        self.diagnostics.append(Diagnostic(code, message, Label(span), labels, helps=(way,)))


def _foreign(text: str) -> Diagnostic | None:
    if text.startswith("convdsl 1"):
        return None  # nothing else begins so
    from convdsl.syntax.foreign_files import foreign_file

    return foreign_file(text)


def _too_long(text: str) -> Diagnostic | None:
    """Find the first name or string that is longer than any that a person writes; comments may be longer."""
    if LONG_WORD.search(text) is None and LONG_STRING.search(text) is None:
        return None
    for token in scan(text):
        size = token.end - token.start
        if token.kind in ("NAME", "TYPE", "BAD_NAME") and size > MAX_NAME:
            return too_long("name", size, MAX_NAME, Span(token.start, token.start + 1))
        if token.kind in ("STRING", "BAD_STRING") and size > MAX_STRING + 2:
            return too_long("string", size - 2, MAX_STRING, Span(token.start, token.start + 1))
    return None


def _seems_header(raw: RawStatement) -> bool:
    """Tell whether a line is `convdsl 1`, or was meant to be: `Convdsl 1`, `convdls 1`."""
    tokens = raw.tokens
    if tokens[0].kind == "CONVDSL":
        return True
    word = tokens[0].text.lower()
    return len(tokens) == 2 and tokens[1].kind == "NUMBER" and len(word) > 4 and set(word) <= set("convdsl")


def _seems_item(raw: RawStatement) -> bool:
    """Tell whether a line at the top is a misspelt item rather than a statement that lost its model."""
    first, kinds = raw.tokens[0], [token.kind for token in raw.tokens]
    if first.kind == "IMPORT" or first.text in FOREIGN:
        return True
    if first.kind not in ("NAME", "TYPE") or len(kinds) < 2 or kinds[1] in ("EQUAL", "ARROW", "LPAR", "COMMA", "DOT"):
        return False
    return kinds[-1] == "BODY" or nearest(first.text, ("block", "model", "train", "from")) is not None


def _seems_train(word: str) -> bool:
    return word == "train" or (word not in ("block", "model") and nearest(word, ("block", "model", "train")) == "train")


def _comments(raw: RawStatement) -> tree.Comments:
    if not raw.above and raw.trailing is None and not raw.blank_before:
        return tree.NO_COMMENTS
    return tree.Comments(tuple(raw.above), raw.trailing, raw.blank_before)
