"""What can be wrong with the words that begin a statement and with what stands before its body."""

from convdsl.diagnostics import Diagnostic, Edit
from convdsl.source import Span
from convdsl.syntax.site import ITEM_KINDS, LINE_KINDS, OPERAND_STARTS, Site, nearest, snake, span_of

_WITH_BODY = frozenset({"REPEAT", "FOR", "IF", "BLOCK", "MODEL", "TRAIN"})
_KINDS = ("int", "float", "bool", "str", "layer")
_AFTER = {"INPUT": ": [N, 3, H, W]", "OUTPUT": ": [N, 2, H, W]", "LAYER": " = Conv2d(...)"}


def misspelt(site: Site) -> Diagnostic | None:
    """`ouput ab: ...`, `modle M {`: a line that begins like a statement, by a word that is nearly one of ours."""
    first = site.first
    if first.kind not in ("NAME", "TYPE") or site.index not in (0, 1) or len(site.tokens) < 2:
        return None
    if site.index == 1 and site.kind() not in (*OPERAND_STARTS, "BODY", "LSQB", "COLON", "LPAR"):
        return None
    if site.index == 0 and first.kind == "TYPE" and site.expected == {"NAME"} and site.kind(1) == "EQUAL":
        better = snake(first.text)
        return site.say("the names of settings are lower case", f"write `{better}`", Edit(span_of(first), better))
    near = nearest(first.text, sorted(kind.lower() for kind in (ITEM_KINDS if site.index == 0 else LINE_KINDS)))
    if near is not None:
        edit = Edit(span_of(first), near)
        return site.say(f"`{first.text}` is no word of the language", f"did you mean `{near}`", edit, at=first)
    if site.index == 0:
        way = "a file holds `from`, `block`, `model` and `train`"
        return site.say(f"`{first.text}` begins nothing that stands at the top of a file", way, at=first)
    return None


def line_word(site: Site) -> Diagnostic | None:
    """`output = ...`, `input -> ...`: a value cannot be called by a word that begins statements."""
    first = site.first
    if first.kind not in LINE_KINDS or site.index != 1 or site.kind() not in ("EQUAL", "ARROW", "COMMA", "DOT"):
        return None
    way = "choose another name"
    if site.kind() == "EQUAL" and first.text == "output":
        way = 'choose another name; `ab = Conv2d(2, 3) as "output"` keeps the key of the weights'
    return site.say(f"`{first.text}` begins a statement, so no value of a plain line has this name", way, at=first)


def missing_body(site: Site) -> Diagnostic | None:
    """`for i in range(3):`, `model M:`, `if c` and nothing: bodies stand in braces."""
    first = site.first
    if "BODY" not in site.expected:
        return None
    if site.kind() == "COLON":
        assert site.token is not None
        if site.kind(1) == "BODY":
            return site.say("no `:` stands before a body", "leave it out", Edit(site.around(), " "), safe=True)
        way = "write `{` in place of `:`, and `}` after the last line"
        return site.say("a body stands in braces", way) if not site.opener() else None
    if site.kind() == "$END" and first.kind in _WITH_BODY:
        return site.say(
            f"`{first.text}` needs a body", f"write `{first.text} ... {{ ... }}`, the `{{` on the same line"
        )
    return None


def heading(site: Site) -> Diagnostic | None:
    """What can be wrong before the body of a model, block or loop, and with the names of inputs and outputs."""
    first, kind, token, before = site.first, site.kind(), site.token, site.before
    if site.index == 1 and first.kind in ("BLOCK", "MODEL"):
        if token is not None and kind == "NAME":
            better = "".join(part[:1].upper() + part[1:] for part in token.text.split("_")) or "Net"
            fix = Edit(Span(token.start, token.end), better)
            return site.say(
                f"a {first.text}'s name is a type and begins with a capital letter", f"write `{better}`", fix
            )
        return site.say(f"a `{first.text}` needs a name", f"write `{first.text} Name {{ ... }}`")
    if site.index == 1 and first.kind in ("INPUT", "OUTPUT", "LAYER") and kind != "NAME":
        if token is not None and kind == "TYPE":
            better = snake(token.text)
            fix = Edit(Span(token.start, token.end), better)
            return site.say("the names of values are lower case", f"write `{better}`", fix)
        return site.say(f"`{first.text}` needs a name", f"write `{first.text} name{_AFTER[first.kind]}`")
    if site.index == 2 and first.kind in ("INPUT", "OUTPUT") and token is not None:
        if kind == "EQUAL":
            fix = Edit(site.around(), ": ")
            return site.say("a shape stands after `:`", "write `:` in place of `=`", fix, safe=True)
        if kind == "LSQB" and before is not None:
            fix = Edit(Span(before.end, before.end), ":")
            return site.say("`:` is missing before the shape", f"write `{before.text}: [...]`", fix, safe=True)
    if site.index == 2 and first.kind in ("INPUT", "OUTPUT") and token is None:
        return site.say(f"an {first.text} needs its shape", f"write `{first.text} {site.tokens[1].text}: [N, 3, H, W]`")
    if first.kind == "LAYER" and site.index == 2 and kind == "COLON" and token is not None:
        return site.say("`layer` declares with `=`", "write `layer name = Conv2d(...)`", Edit(site.around(), " = "))
    if first.kind == "FOR" and site.index == 1 and kind == "LPAR":
        return site.say("the head of a loop has no parentheses", "write `for i in range(n) { ... }`")
    if first.kind == "FOR" and site.index == 2 and kind == "COMMA":
        return site.say(
            "a loop has one variable", "of `for pair in [(64, 2), (128, 3)] { ... }` read `pair[0]` and `pair[1]`"
        )
    if first.kind == "FOR" and site.index == 2:
        return site.say("a loop runs over a range or a list", "write `for i in range(n) { ... }`")
    if first.kind == "DEFAULT" and kind == "EQUAL":
        return site.say("a default belongs to a layer", "write `default Conv2d(padding=1)`", at=site.before)
    if first.kind in ("REPEAT", "EXPECT") and site.index == 1:
        way = "`repeat 3 { ... }`" if first.kind == "REPEAT" else "`expect parameters <= 1M`"
        return site.say(f"a value is missing after `{first.text}`", f"write it like {way}", at=first)
    if first.kind in ("INPUT", "OUTPUT") and kind == "COMMA" and not (site.opener() or site.follows("RSQB")):
        return site.say("a shape stands in square brackets", "write it like `[N, 3, H, W]`")
    if first.kind in ("IF", "EXPECT") and kind == "EQUAL" and token is not None and not site.opener():
        return site.say("a comparison is written `==`", "write `==`", Edit(span_of(token), "=="))
    return None


def _kind_of_default(site: Site) -> str:
    """Guess a parameter's kind from the value behind its `=`: `float` for 0.5, `layer` for `ReLU()`."""
    value = site.kind(1) if site.kind() == "EQUAL" else ""
    if value == "NUMBER":
        text = site.tokens[site.index + 1].text
        return "float" if "." in text or "e" in text else "int"
    return {"TRUE": "bool", "FALSE": "bool", "STRING": "str", "TYPE": "layer"}.get(value, "int")


def parameters(site: Site) -> Diagnostic | None:
    """`block Down(channels)`, `(int channels)`, `(channels=32)`, `(channels: Int)`: a parameter states its kind."""
    token, before, kind = site.token, site.before, site.kind()
    if site.first.kind not in ("BLOCK", "MODEL") or token is None or before is None or site.opener() is None:
        return None
    kinds = ", ".join(f"`{word}`" for word in _KINDS)
    if site.expected == {"COLON"}:
        if before.text in _KINDS and kind == "NAME":
            fix = Edit(Span(before.start, token.end), f"{token.text}: {before.text}")
            return site.say("a parameter's name comes first", f"write `{token.text}: {before.text}`", fix, safe=True)
        if kind == "NAME":
            fix = Edit(Span(before.end, before.end), ":")
            return site.say(f"`:` is missing after the parameter `{before.text}`", f"write `{before.text}: int`", fix)
        word = _kind_of_default(site)
        way = f"write `{before.text}: {word}`; the kinds are {kinds}"
        fix = Edit(Span(before.end, before.end), f": {word}")
        if kind == "EQUAL":
            fix = Edit(site.around(), f": {word} = ")
        return site.say(f"the parameter `{before.text}` needs its kind", way, fix, at=before)
    if kind == "TYPE" and before.kind in ("LPAR", "COMMA"):
        better = snake(token.text)
        fix = Edit(span_of(token), better)
        return site.say("a parameter's name is lower case", f"write `{better}`", fix)
    if "EQUAL" in site.expected and before.text in _KINDS and (kind in OPERAND_STARTS or token.text == "=="):
        fix = Edit(site.around(), " = ") if token.text == "==" else Edit(Span(before.end, token.start), " = ")
        return site.say("a parameter's default stands after `=`", f"write `{before.text} = ...`", fix)
    if before.kind == "COLON" and "NAME" in site.expected:
        return site.say(f"`{token.text}` is no kind of parameter", f"the kinds are {kinds}")
    return None
