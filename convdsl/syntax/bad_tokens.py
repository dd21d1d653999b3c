"""Say what is wrong with a piece of text that is no token of the language: a character, a number, a quote.

Whatever cannot be seen on the screen is named by its code point.
"""

import unicodedata
from collections.abc import Sequence

from convdsl.codes import SYNTAX
from convdsl.diagnostics import Diagnostic, Edit, Help, Label
from convdsl.source import Span
from convdsl.syntax.tokens import PATTERN_OF_NUMBER, Token

_SIGNS: dict[str, tuple[str, str]] = {  # what is wrong: what is meant, and why
    ":=": ("=", "a name is bound with `=`"),
    "=>": ("->", "values flow along `->`"),
    "→": ("->", "values flow along `->`"),
    "&&": ("and", "conditions are joined by words"),
    "||": ("or", "conditions are joined by words"),
    "&": ("and", "conditions are joined by words"),
    "|": ("or", "conditions are joined by words"),
    "!": ("not", "conditions are turned round by a word"),
    "^": ("**", "a power is written `**`"),
    "×": ("*", "a product is written `*`"),
    "·": ("*", "a product is written `*`"),
    "÷": ("/", "a quotient is written `/`"),
    "−": ("-", "this is the typographic minus, U+2212"),
    "–": ("-", "this is a dash, U+2013"),
    "—": ("-", "this is a dash, U+2014"),
    "≤": ("<=", "comparisons are written in ASCII"),
    "≥": (">=", "comparisons are written in ASCII"),
    "≠": ("!=", "comparisons are written in ASCII"),
    "，": (",", "this is the full-width comma, U+FF0C"),
    "（": ("(", "this is the full-width parenthesis, U+FF08"),
    "）": (")", "this is the full-width parenthesis, U+FF09"),
    "：": (":", "this is the full-width colon, U+FF1A"),
}
_WAYS: dict[str, str] = {  # a sign that nothing replaces, and the way out
    "...": "write the layers that it stands for; `repeat` and `for` save lines",
    "…": "write the layers that it stands for; `repeat` and `for` save lines",
    "+=": "bind a new name: `y = x + z`",
    "-=": "bind a new name: `y = x - z`",
    "\\": "a line goes on inside parentheses, or where the next one begins with `->`",
    "@": "layers and blocks need no decorator",
    "$": "names are written without a sign",
    "'": 'strings stand in double quotes: `"same"`',
}
_BYTES = ("K", "M", "G")
UNITS = {  # of other habits, as they are written here
    **{f"{prefix}{byte}": f"{prefix}iB" for prefix in _BYTES for byte in ("B", "iB")},
    **{letter: prefix for prefix in _BYTES for letter in (prefix, prefix.lower())},
    "kB": "KiB",
    "B": "G",
}
_UNSEEN = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp", "Zs"})


def bad_token(text: str, tokens: Sequence[Token]) -> Diagnostic | None:
    """Explain the first token that is no terminal of the language."""
    for index, token in enumerate(tokens):
        kind = token.kind
        if not kind.startswith("BAD_") or kind == "BAD_BRACE":
            continue
        comment = next((t for t in tokens[:index] if t.text == "//"), None)
        if comment is not None:
            return foreign_comment(comment)
        match kind:
            case "BAD_NUMBER":
                return _number(text, tokens, index)
            case "BAD_NAME":
                plain = unicodedata.normalize("NFKC", token.text)
                if plain.isascii() and (PATTERN_OF_NUMBER.fullmatch(plain) or plain.isidentifier()):
                    said = f"`{_seen(token.text)}` is written in full-width characters"
                    return _say(said, token, f"write `{plain}`", plain)
                return _say(f"`{_seen(token.text)}` is no name", token, "names are made of a-z, A-Z, 0-9 and `_`")
            case "BAD_QUOTED":
                better = f'"{token.text[1:-1]}"'
                return _say("strings stand in double quotes", token, f"write `{_seen(better)}`", better)
            case "BAD_STRING":
                return _say("this string never ends", token, 'add the closing `"`; a string stands on one line')
            case _:
                return _sign(tokens, index)
    return None


def foreign_comment(token: Token) -> Diagnostic:
    """Explain `//` where a comment seems to begin."""
    return _say("a comment begins with `#`", token, "write `#`", "#")


def unseen(text: str) -> str | None:
    """Name the first character that is not visible where it stands: `U+202E RIGHT-TO-LEFT OVERRIDE`."""
    if text.isprintable():
        return None
    for char in text:
        if char not in " \t\n" and unicodedata.category(char) in _UNSEEN:
            return _name(char)
    return None


def _sign(tokens: Sequence[Token], index: int) -> Diagnostic:
    token = tokens[index]
    sign = token.text
    if sign == "|" and index + 1 < len(tokens) and tokens[index + 1].text == ">":
        wide = token._replace(end=tokens[index + 1].end)
        return _say("`|>` is no sign of the language: values flow along `->`", wide, "write `->`", "->")
    if sign == "!":
        better = "not " if text_follows(tokens, index) else "not"
        return _say(
            "`!` is no sign of the language: conditions are turned round by a word", token, "write `not`", better
        )
    if sign == ";" and tokens[0].kind == "FOR":
        return _say("a loop runs over a range or a list", token, "write `for i in range(n) { ... }`")
    if sign == ";" and index == 0:
        return foreign_comment(token)
    if sign == ";":
        kinds = [t.kind for t in tokens[:index]]
        if kinds.count("LPAR") + kinds.count("LSQB") > kinds.count("RPAR") + kinds.count("RSQB"):
            return _say("values in brackets are parted by commas, not by `;`", token, "write a comma", ",")
        if index == len(tokens) - 1:
            return _say("a statement ends with its line, without `;`", token, "remove the `;`", "")
        return _say("a statement ends with its line, without `;`", token, "begin a new line here")
    if sign in _SIGNS:
        better, why = _SIGNS[sign]
        safe = sign != "×"  # `3×3` is a window as often as a product
        return _say(f"`{sign}` is no sign of the language: {why}", token, f"write `{better}`", better, safe=safe)
    if sign in _WAYS:
        return _say(f"`{sign}` is no sign of the language", token, _WAYS[sign])
    hidden = unseen(sign)
    if hidden is not None:
        if unicodedata.category(sign) == "Zs":
            return _say(f"{hidden} stands where a plain space should", token, "write a plain space", " ")
        if sign == "\r":
            return _say(
                "a carriage return without a line feed ends no line", token, "save the file with LF line ends", "\n"
            )
        return _say(f"the text holds {hidden}, which cannot be seen", token, "remove it", "")
    return _say(f"`{sign}` is no sign of the language", token, "remove it")


def text_follows(tokens: Sequence[Token], index: int) -> bool:
    """Tell whether the next token touches this one."""
    return index + 1 < len(tokens) and tokens[index + 1].start == tokens[index].end


def _number(text: str, tokens: Sequence[Token], index: int) -> Diagnostic:
    token = tokens[index]
    written = token.text
    before = tokens[index - 1] if index else None
    if before is not None and before.kind in ("NAME", "TYPE") and index > 1 and tokens[index - 2].kind == "AS":
        key = f'"{text[before.start : token.end]}"'
        wide = token._replace(start=before.start)
        return _say("a key stands in quotes", wide, f"write `as {key}`", key)
    if before is None and index + 1 < len(tokens) and tokens[index + 1].kind == "EQUAL":
        return _say(f"`{written[:40]}` is no name", token, "a name begins with a letter or `_`")
    low, dots, high = written.partition("..")
    if dots and low.isdecimal() and high.isdecimal():
        better = f"range({low}, {high})"  # not safe: in some languages the last number is one of the range
        return _say(f"`{written[:40]}` is no range", token, f"write `{better}`", better, safe=False)
    low, cross, high = written.partition("x")
    if cross and low.isdecimal() and high.isdecimal() and low.strip("0"):
        return _say("a pair stands in parentheses", token, f"write `({low}, {high})`", f"({low}, {high})")
    digits = unicodedata.normalize("NFKC", written)
    if digits != written and PATTERN_OF_NUMBER.fullmatch(digits):
        return _say(f"`{written[:40]}` is written in full-width digits", token, f"write `{digits}`", digits)
    count = written.rstrip("ABGKMbgkmi")
    if PATTERN_OF_NUMBER.fullmatch(count) and written[len(count) :] in UNITS:
        better = count + UNITS[written[len(count) :]]
        safe = not better.endswith("iB")  # 1 MB is 1,000,000 bytes to some
        return _say(f"`{written[:40]}` is no number", token, f"write `{better}`", better, safe=safe)
    if written.startswith("."):
        if token.start and (text[token.start - 1].isalnum() or text[token.start - 1] in "_)]"):
            return _say(f"`{written}` names no part of a value", token, "parts are read by their names: `features.e1`")
        better = "0" + written
    elif written.endswith("."):
        better = written + "0"
    elif written[:-1].isdecimal() and written[-1] in "kmg":
        better = written.upper()
    else:
        better = written.strip("_").replace("__", "_")
    if better != written and PATTERN_OF_NUMBER.fullmatch(better):
        return _say(f"`{written}` is no number", token, f"write `{better}`", better)
    return _say(f"`{written[:40]}` is no number", token, "numbers look like 3, 0.5, 1e-3, 3_643_514, 1.7G or 200MiB")


def _seen(text: str) -> str:
    """Spell a text so that every character of it can be seen."""
    return "".join(char if char.isprintable() else f"U+{ord(char):04X}" for char in text[:40])


def _name(char: str) -> str:
    return f"U+{ord(char):04X} {unicodedata.name(char, '')}".rstrip()


def _say(message: str, token: Token, way: str, better: str | None = None, *, safe: bool = True) -> Diagnostic:
    span = Span(token.start, token.end)
    edits = () if better is None else (Edit(span, better),)
    return Diagnostic(SYNTAX, message, Label(span), helps=(Help(way, edits, safe=safe and bool(edits)),))
