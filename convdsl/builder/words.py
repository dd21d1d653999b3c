"""Names, strings and comments of a spec, checked before they are written: no text breaks out of its place."""

import re

from convdsl.authoring.print_expression import expression
from convdsl.builder.refusal import refuse
from convdsl.syntax import tree
from convdsl.syntax.bad_tokens import unseen
from convdsl.syntax.build_statement import LINE_WORDS
from convdsl.syntax.tables import PATTERNS
from convdsl.syntax.tokens import RESERVED, WORDS

_NAME, _TYPE = re.compile(PATTERNS["NAME"]), re.compile(PATTERNS["TYPE"])
_NEVER = frozenset(word for word, kind in WORDS.items() if kind in RESERVED)


def name(word: str, what: str = "a name") -> str:
    """Return a value's or parameter's name.

    Raises BuilderError where the language has no such name.
    """
    if not isinstance(word, str):
        raise refuse(f"{what} is a string, and this is {word!r}", 'write it in quotes: `"x"`')
    if word in _NEVER:
        raise refuse(f"`{word}` is a word of the language and no name", f"choose another, such as `{word}_1`")
    if not _NAME.fullmatch(word):
        better = re.sub(r"\W+", "_", word[:1].lower() + word[1:], flags=re.ASCII).strip("_")
        better = better if _NAME.fullmatch(better) and better not in _NEVER else "x"
        raise refuse(f"{what} is in lower case, of letters, digits and `_`, and this is {word!r}", f"write `{better}`")
    return word


def bound(word: str) -> str:
    """Return a name that a line may bind.

    Raises BuilderError where the language has no such name, or a statement begins with it.
    """
    if word in LINE_WORDS:
        raise refuse(f"`{word}` begins a statement, so no line can bind it", "choose another name")
    return name(word, "a value's name")


def keyword(word: str) -> str:
    """Return an argument's name, which may be a size symbol: `macs(H=256)`.

    Raises BuilderError where the language has no such name.
    """
    return word if _TYPE.fullmatch(word) else name(word, "an argument's name")


def type_name(word: str, what: str) -> str:
    """Return the name of a layer, block or model.

    Raises BuilderError where it does not begin with a capital.
    """
    if not isinstance(word, str) or not _TYPE.fullmatch(word) or word in ("True", "False", "None"):
        letters = re.sub(r"[^A-Za-z0-9]+", " ", str(word)).title().replace(" ", "").lstrip("0123456789")
        better = letters if _TYPE.fullmatch(letters) else "Net"
        raise refuse(
            f"{what} begins with a capital, of letters, digits and `_`, and this is {word!r}", f"write `{better}`"
        )
    return word


def string(text: str) -> tree.String:
    """Return a string of the language.

    Raises BuilderError for what no string can hold: `"`, line ends, what cannot be seen.
    """
    if '"' in text or "\n" in text or "\r" in text or "\t" in text:
        held = "a double quote" if '"' in text else "a tab" if "\t" in text else "a line end"
        raise refuse(f"a string of the language cannot hold {held}, and this is {text!r}", "leave it out")
    hidden = unseen(text)
    if hidden is not None:
        raise refuse(f"a string holds {hidden}, which cannot be seen", "remove it")
    return tree.String(_printable(text, "a string"))


def comment(text: str) -> tuple[str, ...]:
    """Return the lines of a comment, as they stand behind `# `.

    Raises BuilderError for what a file cannot hold.
    """
    return tuple(_printable(line, "a comment").rstrip() for line in re.split(r"\r\n|[\n\r]", text))


def _printable(text: str, what: str) -> str:
    for char in text:
        code = ord(char)
        if (code < 0x20 and char != "\t") or 0x7F <= code <= 0x9F or 0xD800 <= code <= 0xDFFF or char in _ENDS:
            raise refuse(f"{what} holds U+{code:04X}, which no spec can hold", "remove it")
    return text


_ENDS = "\u2028\u2029\ufeff\ufffe\uffff"  # line ends and marks to some readers of YAML


def comments(above: str = "", trailing: str = "") -> tree.Comments:
    """Return the comments of an item: lines above it, and one at its end."""
    if not above and not trailing:
        return tree.NO_COMMENTS
    end = comment(trailing)
    if len(end) > 1:
        raise refuse("the comment at a line's end is one line", "put the rest above it")
    return tree.Comments(comment(above) if above else (), end[0] if trailing else None)


def said(node: tree.Expr) -> str:
    """Return a value's name as messages show it."""
    return expression(node)
