"""Cut a text's tokens into statements and bodies, with their comments, before any grammar rule is tried.

A newline ends a statement outside parentheses, braces nest, `->` and `else` may begin the next line. This is where the
reader finds its feet again after a mistake: nothing that is wrong in one statement reaches the next. It knows words
only as far as they show where a forgotten brace or parenthesis should have been.
"""

from bisect import bisect_right

from convdsl.codes import SYNTAX
from convdsl.diagnostics import Diagnostic, Edit, Help, Label
from convdsl.record import dataclass, field
from convdsl.source import Source, Span
from convdsl.syntax.braces import inline_end, values_end
from convdsl.syntax.limits import MAX_DEPTH
from convdsl.syntax.tokens import Token, comment_text
from convdsl.syntax.tree import BLANK

_PAIRS = {"(": ")", "[": "]"}
_OPENERS = frozenset({"LPAR", "LSQB"})
_CLOSERS = frozenset({"RPAR", "RSQB"})
_BRACKETS = _OPENERS | _CLOSERS
# After one of these a line is not finished, so what begins the next line cannot be a new statement's name.
_UNFINISHED = frozenset(
    {"COMMA", "LPAR", "LSQB", "OPERATOR", "MINUS", "EQUAL", "ARROW", "DOT", "AND", "OR", "NOT", "IN"}
)
_WITH_BODY = frozenset({"REPEAT", "FOR", "IF", "BLOCK", "MODEL", "TRAIN"})
_ITEMS = {"block": ["TYPE"], "model": ["TYPE"], "train": []}
_STATEMENT_WORDS = frozenset({"INPUT", "OUTPUT", "EXPECT", "DEFAULT", "LAYER", "REPEAT", "FOR", "IF"})


@dataclass(slots=True)
class RawStatement:
    """The tokens of one statement (a body is one BODY token), its comments, and what is already known to be wrong."""

    tokens: list[Token] = field(default_factory=list)
    above: list[str] = field(default_factory=list)
    trailing: str | None = None
    header: str | None = None  # the comment behind the first `{`
    blank_before: bool = False
    problem: Diagnostic | None = None


@dataclass(slots=True)
class RawBody:
    """The statements between two braces; `opener` is None for the file itself."""

    opener: Token | None
    number: int
    depth: int
    owner: str = ""  # the first word of the statement that it belongs to
    statements: list[RawStatement] = field(default_factory=list)
    tail: list[str] = field(default_factory=list)
    end: int = 0


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole text: `bodies` in the order in which they end, inner before outer, the file itself last.

    strays: the `}` that close nothing, each with the count of the file's statements before it.
    balanced: every brace has its partner; otherwise it is not known what stands in which body.
    """

    bodies: list[RawBody]
    diagnostics: list[Diagnostic]
    strays: list[tuple[int, Diagnostic]]
    balanced: bool


class Layouter:
    """Walk over the tokens once; the open bodies are a stack, so depth costs no recursion."""

    def __init__(self, source: Source, tokens: list[Token]) -> None:
        self.source = source
        self.tokens = tokens
        self.diagnostics: list[Diagnostic] = []
        self.body = RawBody(None, 0, 0)
        self.count = 1
        self.done: list[RawBody] = []
        self.outer: list[tuple[RawBody, RawStatement]] = []  # bodies that wait for the inner one, and their statement
        self.statement: RawStatement | None = None
        self.parens: list[Token] = []
        self.above: list[str] = []
        self.blank = False
        self.suspect: Token | None = None  # a brace whose partner stands further left than its own line
        self.deep = False
        self.strays: list[tuple[int, Diagnostic]] = []
        self.balanced = True

    def run(self) -> Layout:
        """Return the layout; every token is in it exactly once, but for those that a diagnostic points at."""
        tokens = self.tokens
        index, count = 0, len(tokens)
        fresh_line = True  # nothing but comments yet on this line
        joined = 0  # line ends before this token are space: an arrow or `else` goes on there
        while index < count:
            token = tokens[index]
            kind = token.kind
            if kind == "NL":
                if self.statement is None:
                    if index == 0 or tokens[index - 1].kind == "NL":
                        self._blank_line()
                elif index >= joined:
                    follows = self._next(index)
                    if self._goes_on(follows):
                        joined = follows
                    else:
                        self._end_statement()
                fresh_line = True
            elif kind == "COMMENT":
                self._comment(token, index)
            elif kind == "{":
                index = self._open(index)
                fresh_line = False
            elif kind == "}":
                self._close(token)
                fresh_line = False
            elif self.statement is not None and self.statement.trailing is None and kind not in _BRACKETS:
                self.statement.tokens.append(token)  # what `_add` would do, for nine tokens in ten
                fresh_line = False
            else:
                begins = fresh_line and self.statement is None and self.outer and self._begins_item(index)
                if begins and not self._stands_inside(token):
                    self._close_all(token)
                self._add(token)
                fresh_line = False
            index += 1
        self._end_statement()
        self._close_all(None)
        self.body.tail.extend(self.above)
        self.body.end = len(self.source.text)
        self.done.append(self.body)
        return Layout(self.done, self.diagnostics, self.strays, self.balanced)

    # -------------------------------------------------------------- one token

    def _add(self, token: Token) -> None:
        statement = self.statement
        if statement is None:
            statement = self.statement = RawStatement(above=self.above, blank_before=self.blank)
            if not self.body.statements:
                statement.blank_before = False  # a first statement has nothing to stand apart from
            self.above = []
            self.blank = False
        elif statement.trailing is not None:
            statement.above.append(statement.trailing)
            statement.trailing = None
        statement.tokens.append(token)
        kind = token.kind
        if kind in _OPENERS:
            self.parens.append(token)
            if len(self.parens) + self.body.depth > MAX_DEPTH:
                self._problem(
                    f"brackets and braces nest deeper than {MAX_DEPTH}", token, "split the expression over names"
                )
        elif kind in _CLOSERS:
            if not self.parens:
                way = Help(f"remove it, or open it with `{_opener(token)}`", (Edit(Span(token.start, token.end), ""),))
                self._problem(f"this `{token.text}` closes nothing", token, way)
                return
            opener = self.parens.pop()
            if _PAIRS[opener.text] != token.text:
                closer = _PAIRS[opener.text]
                way = Help(f"write `{closer}`", (Edit(Span(token.start, token.end), closer),))
                opened = Label(Span(opener.start, opener.end), "opened here")
                self._problem(f"`{opener.text}` is closed by `{token.text}`", token, way, opened)

    def _problem(self, message: str, token: Token, way: str | Help, *labels: Label) -> None:
        if self.statement is not None and self.statement.problem is None:
            where = Label(Span(token.start, token.end))
            help_ = Help(way) if isinstance(way, str) else way
            self.statement.problem = Diagnostic(SYNTAX, message, where, labels, helps=(help_,))

    def _comment(self, token: Token, index: int) -> None:
        text = comment_text(token.text)
        statement = self.statement
        if statement is not None:
            if statement.trailing is not None:
                statement.above.append(statement.trailing)
            statement.trailing = text
            return
        behind_brace = index > 0 and self.tokens[index - 1].kind == "{" and not self.body.statements
        owner = self.outer[-1][1] if behind_brace and self.outer else None
        if owner is not None and owner.header is None and all(token.kind != "BODY" for token in owner.tokens):
            owner.header = text
        else:
            self.above.append(text)

    def _blank_line(self) -> None:
        if not self.above:
            self.blank = True
        elif self.above[-1] != BLANK:
            self.above.append(BLANK)

    def _next(self, index: int) -> int:
        """Find the next token that is neither a line end nor a comment."""
        tokens = self.tokens
        index += 1
        while index < len(tokens) and tokens[index].kind in ("NL", "COMMENT"):
            index += 1
        return index

    def _kind(self, index: int) -> str:
        return self.tokens[index].kind if index < len(self.tokens) else "$END"

    def _goes_on(self, follows: int) -> bool:
        """Tell whether the statement at hand goes on at the token `follows`, the first one on a later line."""
        statement = self.statement
        assert statement is not None
        kind = self._kind(follows)
        last = statement.tokens[-1].kind
        if last == "BAD_STRING":
            return False  # its quote took the parenthesis that would have ended the statement
        if not self.parens:
            return (
                kind == "ARROW"
                or (kind == "ELSE" and last == "BODY")
                or (kind == "{" and self._wants_body(statement, follows))
            )
        if kind in ("$END", "}"):
            return False
        after = self._kind(follows + 1)
        if kind in _STATEMENT_WORDS and after in ("NAME", "TYPE") and after not in _CLOSERS:
            return False
        if self._begins_item(follows):
            return False
        if last in _UNFINISHED:
            return True
        return not (kind == "TYPE" and after == "LPAR") and not (kind == "NAME" and after in ("EQUAL", "ARROW"))

    def _wants_body(self, statement: RawStatement, brace: int) -> bool:
        """Tell whether the `{` that begins a later line belongs to the statement at hand, and say so."""
        first, last = statement.tokens[0].kind, statement.tokens[-1]
        at_top = first in ("BLOCK", "MODEL", "TRAIN") and not self.outer
        if last.kind not in ("EQUAL", "ELSE") and (
            last.kind == "BODY" or not (at_top or first in ("REPEAT", "FOR", "IF"))
        ):
            return False
        token = self.tokens[brace]
        where = Span(token.start, token.end)
        between = Span(last.end, token.start)
        edits = () if self.source.excerpt(between).strip() else (Edit(between, " "),)
        way = Help("put it on the line before", edits, safe=bool(edits))
        message = "the `{` of a body stands on the line of its statement"
        self.diagnostics.append(Diagnostic(SYNTAX, message, Label(where), helps=(way,)))
        return True

    def _begins_item(self, index: int) -> bool:
        """Tell whether a top-level item begins here, as no statement of a body does."""
        kind, after = self._kind(index), self._kind(index + 1)
        return (kind in ("BLOCK", "MODEL") and after == "TYPE") or (kind == "TRAIN" and after == "{")

    def _stands_inside(self, token: Token) -> bool:
        """Tell whether an item is indented deeper than the line that opened the body around it."""
        opener = self.body.opener
        assert opener is not None
        return self._indent(self._line_start(token)) > self._indent(self._line_start(opener))

    # ----------------------------------------------------------------- braces

    def _open(self, index: int) -> int:
        """Begin a body at `{`; braces inside parentheses on one line are a wrong list. Returns the last token used."""
        brace = self.tokens[index]
        close = values_end(self.tokens, index, self.statement.tokens if self.statement is not None else ())
        if close and not self.parens:
            last = self.statement.tokens[-1].kind if self.statement is not None else ""
            right = "(...)" if last == "TYPE" else "[...]"
            what = "arguments" if last == "TYPE" else "sizes and numbers"
            self._problem(
                f"braces hold statements, and these are {what}", brace, f"write `{right}` in place of `{{...}}`"
            )
            for token in self.tokens[index:close]:
                self._add(token._replace(kind="BAD_BRACE"))
            self._add(self.tokens[close]._replace(kind="BAD_BRACE"))
            return close
        if self.parens:
            close = inline_end(self.tokens, index)
            heads_body = self.statement is not None and self.statement.tokens[0].kind in _WITH_BODY
            if close and not heads_body:
                self._problem(
                    "braces hold statements, not values", brace, "a list is written `[1, 2]`, a pair `(1, 2)`"
                )
                for token in self.tokens[index:close]:
                    self._add(token._replace(kind="BAD_BRACE"))
                self._add(self.tokens[close]._replace(kind="BAD_BRACE"))
                return close
            self._unclosed()
        statement = self.statement
        if statement is None:
            self._add(brace)
            statement = self.statement
            assert statement is not None
            statement.tokens.clear()
        depth = self.body.depth + 1
        if depth > MAX_DEPTH and not self.deep:
            self.deep = True
            where = Label(Span(brace.start, brace.end))
            way = Help("make a block of the inner statements")
            self.diagnostics.append(Diagnostic(SYNTAX, f"braces nest deeper than {MAX_DEPTH}", where, helps=(way,)))
        owner = statement.tokens[0].text if statement.tokens else ""
        if self.outer and owner in _ITEMS and [token.kind for token in statement.tokens[1:2]] != _ITEMS[owner]:
            owner = ""  # a value of this name
        self.outer.append((self.body, statement))
        self.body = RawBody(brace, self.count, depth, owner)
        self.count += 1
        self.statement = None
        return index

    def _close(self, brace: Token) -> None:
        self._end_statement()
        if not self.outer:
            where = Label(Span(brace.start, brace.end))
            way = Help("remove it, or add the `{` that it belongs to")
            stray = Diagnostic(SYNTAX, "this `}` closes nothing", where, helps=(way,))
            self.strays.append((len(self.body.statements), stray))
            self.balanced = False
            return
        opener = self.body.opener
        assert opener is not None
        line, above = self._line_start(brace), self._line_start(opener)
        if self.suspect is None and line != above and self._indent(line) < self._indent(above):
            self.suspect = opener
        self._finish_body(brace.end)

    def _finish_body(self, end: int) -> None:
        body = self.body
        body.tail.extend(self.above)
        while body.tail and body.tail[-1] == BLANK:
            body.tail.pop()
        body.end = end
        self.above = []
        self.blank = False
        self.done.append(body)
        self.body, self.statement = self.outer.pop()
        opener = body.opener
        assert opener is not None
        self.statement.tokens.append(Token("BODY", "{", opener.start, end, body.number))

    def _close_all(self, before: Token | None) -> None:
        """Close what is still open at the file's end, or before an item that cannot stand in a body: one message."""
        if not self.outer:
            return
        self.balanced = False
        opener = self.suspect or self.body.opener
        assert opener is not None
        labels = () if before is None else (Label(Span(before.start, before.end), "expected `}` before this"),)
        where = Label(Span(opener.start, opener.end))
        help_ = Help("add the missing `}`")
        self.diagnostics.append(Diagnostic(SYNTAX, "this `{` is never closed", where, labels, helps=(help_,)))
        above, self.above = self.above, []
        end = before.start if before is not None else len(self.source.text)
        while self.outer:
            self._finish_body(min(end, len(self.source.text)))
            self._end_statement()
        self.above = above
        self.suspect = None

    def _line_start(self, token: Token) -> int:
        starts = self.source.line_starts
        return starts[bisect_right(starts, token.start) - 1]

    def _indent(self, line_start: int) -> int:
        text, at = self.source.text, line_start
        while text[at] in " \t":  # a token follows on the line
            at += 1
        return at - line_start

    # ------------------------------------------------------------- statements

    def _unclosed(self) -> None:
        """Note the innermost parenthesis that the statement at hand never closes."""
        opener = self.parens[-1]
        way = f"add the missing `{_PAIRS[opener.text]}`"
        if self.statement is not None and not any(t.kind == "BAD_STRING" for t in self.statement.tokens):
            self._problem(f"this `{opener.text}` is never closed", opener, way)
        self.parens.clear()

    def _end_statement(self) -> None:
        statement = self.statement
        if statement is None:
            return
        if self.parens:
            self._unclosed()
        if statement.header is not None:
            if statement.trailing is not None:
                statement.above.append(statement.trailing)
            statement.trailing = statement.header
        self.body.statements.append(statement)
        self.statement = None


def _opener(closer: Token) -> str:
    return "(" if closer.text == ")" else "["
