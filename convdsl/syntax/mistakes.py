"""Say what is wrong with a statement that no rule takes, and what to write instead.

The parser gives the token at which the text stops making sense and what could stand there. The usual mistakes are told
from the tokens around it, each by a sentence of its own; the rest get what was expected.
"""

from collections.abc import Callable, Sequence

from convdsl.diagnostics import Diagnostic, Edit
from convdsl.source import Span
from convdsl.syntax.bad_tokens import UNITS, foreign_comment
from convdsl.syntax.foreign_words import FOREIGN
from convdsl.syntax.heading_mistakes import heading, line_word, missing_body, misspelt, parameters
from convdsl.syntax.lalr import Unexpected
from convdsl.syntax.site import (
    ITEM_KINDS,
    LINE_KINDS,
    OPERAND_ENDS,
    OPERAND_STARTS,
    OPERATORS,
    Site,
    listed,
    short,
    span_of,
)
from convdsl.syntax.tokens import RESERVED, Token

_WORDS = {  # how a terminal is called in a message; in the order in which they are listed
    "NAME": "a name",
    "TYPE": "a type",
    "NUMBER": "a number",
    "STRING": "a string in quotes",
    "BODY": "`{`",
    "COLON": "`:`",
    "EQUAL": "`=`",
    "ARROW": "`->`",
    "COMMA": "`,`",
    "RPAR": "`)`",
    "RSQB": "`]`",
    "LPAR": "`(`",
    "IN": "`in`",
    "IMPORT": "`import`",
    "AS": "`as`",
    "$END": "the end of the line",
}

NO_WAY = "begin a new line here, or remove it"  # where nothing better is known
Rule = Callable[[Site], Diagnostic | None]


def explain(text: str, tokens: Sequence[Token], problem: Unexpected) -> Diagnostic:
    """Explain why no rule takes `tokens[problem.index]`."""
    site = Site(text, tokens, problem.index, problem.expected)
    for rule in _RULES:
        found = rule(site)
        if found is not None:
            return found
    return _otherwise(site)


def _comment(site: Site) -> Diagnostic | None:
    """`// words`, `/* words`, `-- words`, `% words`: comments of other languages."""
    depth = 0
    for token, after in zip(site.tokens, [*site.tokens[1:], None], strict=True):
        depth += (token.kind in ("LPAR", "LSQB")) - (token.kind in ("RPAR", "RSQB"))
        slashes = token.text == "//" or (token.text == "/" and after is not None and after.text in ("*", "**"))
        dashes = token.text == "-" and after is not None and after.text == "-" and after.start == token.end
        if (slashes or dashes) and not depth and token.start <= (site.token or site.tokens[-1]).end:
            end = token.end if token.text == "//" or after is None else after.end
            return foreign_comment(token._replace(end=end))
    if site.first.text == "%":
        return foreign_comment(site.first)
    return None


def _foreign(site: Site) -> Diagnostic | None:
    """`def`, `elif`, `lambda`: words of other languages, at the line's start or where the text stops making sense."""
    for token in (site.token, site.first):
        if token is not None and token.text in FOREIGN and (token is site.first or site.index <= 3):
            return site.say(f"`{token.text}` is no word of the language", FOREIGN[token.text], at=token)
    if site.token is not None and site.token.kind == "NAME" and site.token.text in FOREIGN:
        return site.say(f"`{site.token.text}` is no word of the language", FOREIGN[site.token.text])
    return None


def _reserved(site: Site) -> Diagnostic | None:
    """`in = Conv2d(...)`: words of expressions are no names."""
    token = site.token
    if token is None or token.kind not in RESERVED or "NAME" not in site.expected:
        return None
    if token.kind == "ELSE":
        return site.say("this `else` follows no `if`", "write `if condition { ... } else { ... }`")
    return site.say(f"`{token.text}` is a word of the language and cannot be a name", "choose another name")


def _path(site: Site) -> Diagnostic | None:
    """`nn.Conv2d(...)`, `torch.nn.Conv2d(...)`: types have no path."""
    token, before = site.token, site.before
    if token is None or before is None or token.kind != "TYPE" or before.kind != "DOT":
        return None
    start = site.index - 1
    while start > 0 and site.tokens[start].kind == "DOT" and site.tokens[start - 1].kind == "NAME":
        start -= 2
    fix = Edit(Span(site.tokens[start + 1].start, token.start), "")
    return site.say("a layer's type has no path before it", f"write `{token.text}`", fix, safe=True)


def _in_parentheses(site: Site) -> Diagnostic | None:
    """A colon for `=`, a missing comma, two commas: what goes wrong between parentheses."""
    token, before, opener = site.token, site.before, site.opener()
    if token is None or before is None or opener is None:
        return None
    if token.kind == "COLON":
        if before.kind == "NAME" and opener.kind == "LPAR":
            fix = Edit(site.around(), "=")
            return site.say("an argument is given with `=`", "write `=` in place of `:`", fix, safe=True)
        return site.say(
            "a `:` has no place between brackets", "a shape promise stands at the line's end: `Layer() : [...]`"
        )
    if token.kind == "IF":
        way = "write `if c { ... } else { ... }` around lines; `if` is decided before they are read"
        return site.say("a value has no `if` in it", way)
    if token.kind == "COMMA" and before.kind in ("COMMA", "LPAR", "LSQB"):
        return site.say(
            "a value is missing before this comma", "write it, or remove the comma", Edit(span_of(token), "")
        )
    if opener.kind == "LSQB" and token.kind == "COMMA" and "RSQB" in site.expected:
        at = site.tokens.index(opener)
        if at and site.tokens[at - 1].kind == "TYPE":
            name = site.tokens[at - 1].text
            return site.say(f"the arguments of `{name}` stand in parentheses", f"write `{name}(...)`", at=opener)
    if token.text == "x" and before.kind == "NUMBER" and site.kind(1) == "NUMBER":
        pair = f"({before.text}, {site.tokens[site.index + 1].text})"
        fix = Edit(Span(before.start, site.tokens[site.index + 1].end), pair)
        return site.say("a pair stands in parentheses", f"write `{pair}`", fix, at=before)
    if before.kind in OPERAND_ENDS and (token.kind in OPERAND_STARTS or token.kind in ("LPAR", "LSQB")):
        comma = Edit(Span(before.end, before.end), ",")
        if site.kind(-2) == "EQUAL" and before.kind == token.kind == "NUMBER":
            pair = f"({before.text}, {token.text})"
            fix = Edit(Span(before.start, token.end), pair)
            return site.say(f"a comma is missing before `{token.text}`", f"a pair is written `{pair}`", fix)
        return site.say(f"a comma is missing before `{short(token)}`", "write a comma", comma)
    if token.kind == "EQUAL":
        return site.say("only a name stands before `=`", "write `name=value`; a comparison is `==`")
    return None


def _in_line(site: Site) -> Diagnostic | None:
    """What goes wrong in a flow outside of parentheses: arrows, chains, names, bodies."""
    token, before, kind, first = site.token, site.before, site.kind(), site.first
    if site.opener() is not None:
        return None
    if kind == "COMMA" and site.index == len(site.tokens) - 1:
        return site.say("a line ends without a comma", "remove the comma", Edit(site.around(), ""))
    if site.token is not None and site.token.text == ">" and before is not None and before.text in ("-", ">"):
        fix = Edit(Span(before.start, site.token.end), "->")
        return site.say("values flow along `->`", "write `->`", fix, at=before)
    if kind == "ARROW" and before is None:
        return site.say("nothing flows into this `->`", "begin with a value's name or a layer")
    if kind == "ARROW" and before is not None and site.kind(-1) in ("COMMA", "ARROW", "EQUAL"):
        return site.say("a value is missing before this `->`", "write it, or remove the sign")
    if kind == "ARROW" and first.kind in LINE_KINDS:
        return site.say(f"nothing flows out of an `{first.text}` line", "begin with a value's name: `x -> Layer()`")
    if kind in ("ARROW", "EQUAL") and any(t.kind == "COLON" for t in site.tokens[: site.index]):
        if site.tokens[1].kind == "COLON":
            fix = Edit(span_of(site.tokens[1]), "=")
            return site.say("a name is bound with `=`", "write `=` in place of `:`", fix, at=site.tokens[1])
        return site.say("a shape promise ends its line", "write it last: `y = x -> Layer() : [N, 8, H, W]`")
    if token is None and before is not None:
        return _line_end(site, before)
    if token is None or before is None:
        return None
    if kind == "EQUAL" and site.kind(1) == "LSQB" and before.kind == "RPAR":
        return site.say("a promised shape stands after `:`", "write `:` in place of `=`", Edit(site.around(), " : "))
    if kind == "EQUAL" and any(t.kind == "ARROW" for t in site.tokens[: site.index]):
        return site.say("a name is bound at the beginning of its line", "write `name = x -> Layer()`")
    if kind == "EQUAL" and any(t.kind == "EQUAL" for t in site.tokens[: site.index]):
        return site.say("a line binds once", "write one `=`, and another line for another name")
    if site.kind(-1) == "BODY" and first.kind == "IF" and token.text.startswith("el"):
        return site.say(
            f"`{short(token)}` is no word of the language", "did you mean `else`", Edit(span_of(token), "else")
        )
    if kind == "BODY" and first.kind not in LINE_KINDS | ITEM_KINDS:
        way = "name the value on a line before, and begin the body on a line of its own"
        return site.say("this body belongs to nothing", f"{way}: `name = {{ ... }}`")
    if before.kind == "AS" and kind in ("NAME", "TYPE"):
        fix = Edit(span_of(token), f'"{token.text}"')
        return site.say("a key stands in quotes", f'write `as "{token.text}"`', fix, safe=True)
    if site.expected == {"EQUAL"}:
        if kind == "COLON" or token.text == "==":
            fix = Edit(site.around(), " = ")
            return site.say("a setting is given with `=`", f"write `=` in place of `{token.text}`", fix, safe=True)
        fix = Edit(Span(before.end, before.end), " =")
        return site.say(f"`=` is missing after `{short(before)}`", "write `name = value`", fix, at=before)
    if first.kind == "FROM" and kind == "NAME" and "TYPE" in site.expected:
        better = token.text[:1].upper() + token.text[1:]
        fix = Edit(span_of(token), better)
        return site.say("a block's name begins with a capital letter", f"write `{better}`", fix)
    if before.kind == "FROM" and kind in ("NAME", "TYPE"):
        return site.say("a file's name stands in quotes", 'write `from "blocks.cdsl" import Down`')
    if before.kind == "TYPE" and first.kind in ("INPUT", "EXPECT") and kind == "NAME":
        return site.say(f"`{short(token)}` is no comparison", "conditions are written like `H % 8 == 0, H >= 64`")
    if before.kind == "TYPE" and kind in ("NUMBER", "STRING", "NAME", "TRUE", "FALSE") and "LPAR" in site.expected:
        stops = {"BODY"} if first.kind in ITEM_KINDS else {"BODY", "ARROW", "COLON"}
        end = next((t.start for t in site.tokens[site.index :] if t.kind in stops), site.tokens[-1].end)
        inside = site.text[token.start : end].rstrip()
        fix = Edit(Span(before.end, token.start + len(inside)), f"({inside})")
        return site.say(
            f"the arguments of `{before.text}` stand in parentheses", f"write `{before.text}({inside})`", fix
        )
    if before.kind == "NUMBER" and kind in ("NAME", "TYPE") and token.text in UNITS:
        better = before.text + UNITS[token.text]
        fix = Edit(Span(before.start, token.end), better)
        return site.say("a unit stands at its number", f"write `{better}`", fix)
    if before.kind in OPERAND_ENDS | {"BODY"} and kind in OPERAND_STARTS | {"BODY"} | LINE_KINDS:
        if before.kind == "RPAR" and kind in ("TYPE", "NAME") and site.kind(1) == "LPAR":
            fix = Edit(Span(before.end, token.start), " -> ")
            return site.say("`->` is missing between two layers", "join them with `->`, or begin a new line", fix)
        return site.say(f"`{short(token)}` does not go on with this statement", "begin a new line here")
    return None


def _line_end(site: Site, before: Token) -> Diagnostic | None:
    if before.kind == "COMMA":
        return site.say("a line ends without a comma", "remove the comma", Edit(span_of(before), ""), at=before)
    if before.kind == "ARROW":
        way = "put the `->` at the beginning of the next line, before the layer"
        return site.say("nothing follows this `->`", way, at=before)
    if before.kind in OPERATORS or before.kind == "COLON":
        way = "finish the line; between parentheses it may go on in the next one"
        return site.say(f"a value is missing after `{before.text}`", way, at=before)
    if site.expected >= {"COMMA", "EQUAL"}:
        return site.say(
            "values in a row need a layer or names",
            "write `(a, b) -> Layer()` to hand them over, `A() -> B()` for a chain, or `a, b = Layer(...)`",
        )
    return None


def _operators(site: Site) -> Diagnostic | None:
    """A sign where a value was expected, a bracket that comes too early."""
    token, before, kind = site.token, site.before, site.kind()
    if token is None or "NUMBER" not in site.expected:
        return None
    after = f" after `{short(before)}`" if before is not None else ""
    if kind in ("RPAR", "RSQB") and before is not None:
        return site.say(f"a value is missing{after}", "write it, or remove the sign before it", at=before)
    if kind in OPERATORS or kind in ("ARROW", "COLON", "DOT"):
        return site.say(f"a value is missing before `{token.text}`", "write it, or remove the sign")
    return None


_RULES: tuple[Rule, ...] = (
    _comment,
    _foreign,
    line_word,
    misspelt,
    _reserved,
    missing_body,
    heading,
    parameters,
    _path,
    _in_parentheses,
    _in_line,
    _operators,
)


def _otherwise(site: Site) -> Diagnostic:
    """Say what was expected."""
    expected = site.expected
    words = [word for kind, word in _WORDS.items() if kind in expected]
    if "NUMBER" in expected and "NAME" in expected:  # whatever can begin an expression
        words = [
            "a value",
            *(word for kind, word in _WORDS.items() if kind in expected and kind in ("BODY", "RPAR", "RSQB")),
        ]
    way = f"expected {listed(words)}" if words else NO_WAY
    if site.token is None:
        return site.say("the line ends too early", way)
    return site.say(f"`{short(site.token)}` cannot stand here", way)
