"""The shipped tables are Lark's own for the shipped grammar, and the small driver does with them what Lark does."""

import hashlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import lark
import pytest
from lark.lexer import Lexer

from convdsl.syntax import tables
from convdsl.syntax.build_statement import StatementBuilder
from convdsl.syntax.generate import STARTS, generate
from convdsl.syntax.lalr import Unexpected, actions_of, run
from convdsl.syntax.tokens import RESERVED, scan

GRAMMAR = (Path(tables.__file__).parent / "spec.lark").read_text(encoding="utf-8")
SHIPPED = Path(tables.__file__).read_text(encoding="utf-8")


def test_tables_when_generated_again_are_those_that_ship() -> None:
    assert hashlib.sha256(GRAMMAR.encode()).hexdigest() == tables.GRAMMAR
    fresh = generate(GRAMMAR)
    if lark.__version__ == tables.LARK:
        assert fresh == SHIPPED
    else:  # another Lark may number states as it likes; its name is the only line that must differ
        assert fresh.replace(lark.__version__, tables.LARK, 1) == SHIPPED


class _Given(Lexer):
    """Hands Lark the tokens of our scanner; words that the grammar reads as names are told by hand below."""

    def __init__(self, _: object) -> None:
        pass

    def lex(self, tokens: Any) -> Iterator[lark.Token]:
        for token in tokens:
            yield lark.Token(token.kind, token.text, token.start)


LINES = {
    'x = y -> Conv2d(8, 3, padding=(1, 2)) as "a" : [N, C, H // 2, W]': True,
    "a, b = Chunk(2)": True,
    "enc[i + 1].skip + 2 * x -> ReLU()": True,
    "input x: [N, 3, H, W] = 0 means L / 100 where H % 8 == 0, W > 3": True,
    "output x: [N, 3]": True,
    "expect parameters <= 1M, macs(H=256) < 3": True,
    "default Conv2d(padding=1)": True,
    "layer h = Conv2d(3, 3) -> ReLU()": True,
    "x = = y": False,
    "x y": False,
    "Conv2d(3": False,
    "x -> ": False,
    "input x [N]": False,
    "F(a b)": False,
    "": False,
}


@pytest.mark.parametrize("line", LINES)
def test_driver_when_run_accepts_what_lark_accepts(line: str) -> None:
    parser = lark.Lark(GRAMMAR, parser="lalr", lexer=_Given, start=list(STARTS))
    tokens: Any = scan(line)
    ours = run("statement", tokens, actions_of(StatementBuilder(line)))
    try:
        parser.parse(tokens, start="statement")
        theirs = True
    except lark.UnexpectedInput:
        theirs = False
    assert (not isinstance(ours, Unexpected)) is theirs is LINES[line]


def test_words_when_reserved_are_words_of_the_grammar() -> None:
    assert set(tables.STRINGS.values()) >= RESERVED


def test_reader_when_imported_leaves_lark_and_yaml_alone(tmp_path: Path) -> None:
    import subprocess
    import sys

    code = "import sys; from convdsl.syntax.parse import parse; from convdsl.source import Source\n"
    code += "parse(Source('a.cdsl', 'convdsl 1'))\n"
    code += "print(sorted(m for m in sys.modules if m.split('.')[0] in ('lark', 'yaml', 'torch', 'numpy', 'difflib')))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
