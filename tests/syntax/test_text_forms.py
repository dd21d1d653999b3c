"""Each form of the text spelling, and the tree that the language gives it (design/language.md, rules 1 to 12)."""

import pytest

from convdsl.source import Source
from convdsl.syntax import tree as t
from convdsl.syntax.from_text import parse_text


def read(text: str) -> t.File:
    """Read a text in which nothing is wrong."""
    parsed = parse_text(Source("spec.cdsl", text))
    assert [(d.message, parsed.file.source.excerpt(d.where.span)) for d in parsed.diagnostics] == []
    return parsed.file


def statements(lines: str) -> tuple[t.Statement, ...]:
    """Read lines as the body of a block, where nothing is said of their order."""
    (block, _) = read(f"convdsl 1\nblock B {{\n{lines}\n}}\nmodel M {{ output y: [N] }}\n").items
    assert isinstance(block, t.Block)
    return block.body.statements


def statement(lines: str) -> t.Statement:
    (only,) = statements(lines)
    return only


def num(text: str) -> t.Number:
    value = float(text) if "." in text or "e" in text else int(text)
    return t.Number(value, text)


def call(callee: str, *positional: t.Expr | str, key: str | None = None, **named: t.Expr | str) -> t.Call:
    arguments = [t.Argument(None, value(v)) for v in positional]
    arguments += [t.Argument(name, value(v)) for name, v in named.items()]
    return t.Call(callee, tuple(arguments), None if key is None else t.String(key))


def value(of: t.Expr | str) -> t.Expr:
    if not isinstance(of, str):
        return of
    return num(of) if of[0].isdigit() else t.Name(of)


def shape(*axes: t.Expr | str) -> t.ShapeExpr:
    return t.ShapeExpr(tuple(value(axis) for axis in axes))


def op(left: t.Expr | str, operator: str, right: t.Expr | str) -> t.Binary:
    return t.Binary(operator, value(left), value(right))


def body(*inside: t.Statement) -> t.Body:
    return t.Body(inside)


X, RELU, TANH = t.Name("x"), call("ReLU"), call("Tanh")
CONV = call("Conv2d", "8", "3")
NCHW = shape("N", "C", "H", "W")
FLOWS = {
    "Conv2d(8, 3)": t.Flow(CONV),
    "Conv2d(8, 3,)": t.Flow(CONV),
    "Conv2d(\n  8,  # channels\n  3\n)": t.Flow(CONV, comments=t.Comments(("channels",))),
    "Conv2d(8, 3) -> ReLU()": t.Flow(CONV, (RELU,)),
    "Conv2d(8, 3)\n  -> ReLU()\n  -> Tanh()": t.Flow(CONV, (RELU, TANH)),
    "x -> ReLU()": t.Flow(X, (RELU,)),
    "x -> head()": t.Flow(X, (call("head"),)),
    "(d3, e.skip) -> Up(64)": t.Flow(t.Values((t.Name("d3"), t.Attribute(t.Name("e"), "skip"))), (call("Up", "64"),)),
    "y = x": t.Flow(X, (), (t.Name("y"),)),
    "a, b = Chunk(2)": t.Flow(call("Chunk", "2"), (), (t.Name("a"), t.Name("b"))),
    "enc[i] = Down(8)": t.Flow(call("Down", "8"), (), (t.Index(t.Name("enc"), t.Name("i")),)),
    "enc[i + 1][0] -> ReLU()": t.Flow(
        t.Index(t.Index(t.Name("enc"), op("i", "+", "1")), num("0")),
        (RELU,),
    ),
    "main + short -> ReLU()": t.Flow(op("main", "+", "short"), (RELU,)),
    "Tanh() * 110": t.Flow(t.Binary("*", TANH, num("110"))),
    "y = 2 * x - head()": t.Flow(op(op("2", "*", "x"), "-", call("head")), (), (t.Name("y"),)),
    "-x -> ReLU()": t.Flow(t.Unary("-", X), (RELU,)),
    "(a + b) * 0.5 -> ReLU()": t.Flow(op(op("a", "+", "b"), "*", "0.5"), (RELU,)),
    "e1 = Down(8) : [N, C, H / 2, W // 2]": t.Flow(
        call("Down", "8"), (), (t.Name("e1"),), promise=shape("N", "C", op("H", "/", "2"), op("W", "//", "2"))
    ),
    'ab = Conv2d(8, 3) as "output"': t.Flow(call("Conv2d", "8", "3", key="output"), (), (t.Name("ab"),)),
    'Conv2d(8, 3) as "block.{i}" -> ReLU()': t.Flow(call("Conv2d", "8", "3", key="block.{i}"), (RELU,)),
    "{ ReLU() }": t.Flow(body(t.Flow(RELU))),
    '{ ReLU() } as "block.3"': t.Flow(body(t.Flow(RELU)), key=t.String("block.3")),
    "conv = {\n  Conv2d(8, 3)\n  ReLU()\n}": t.Flow(body(t.Flow(CONV), t.Flow(RELU)), (), (t.Name("conv"),)),
    'f = { ReLU() } as "g" : [N, C, H, W]': t.Flow(
        body(t.Flow(RELU)), (), (t.Name("f"),), key=t.String("g"), promise=NCHW
    ),
    "Norm(norm=GroupNorm(32), act=ReLU, size=C)": t.Flow(
        call("Norm", norm=call("GroupNorm", "32"), act=t.Call("ReLU", (), None, False), size="C")
    ),
    "Up(features.output, means, where)": t.Flow(
        call("Up", t.Attribute(t.Name("features"), "output"), t.Name("means"), t.Name("where"))
    ),
    "model = ReLU()": t.Flow(RELU, (), (t.Name("model"),)),
    "train = { ReLU() }": t.Flow(body(t.Flow(RELU)), (), (t.Name("train"),)),
}


@pytest.mark.parametrize("line", FLOWS)
def test_flow_in_each_form_is_read(line: str) -> None:
    assert statement(line) == FLOWS[line]


STATEMENTS = {
    "input x: [N, C, H, W]": t.Input("x", NCHW),
    "input mask: [N, 1, H, W] = 0": t.Input("mask", shape("N", "1", "H", "W"), num("0")),
    "input gray: [N, 1, H, W] means (L - 50) / 50 where H % 8 == 0, W >= 8": t.Input(
        "gray",
        shape("N", "1", "H", "W"),
        None,
        op(op("L", "-", "50"), "/", "50"),
        (op(op("H", "%", "8"), "==", "0"), op("W", ">=", "8")),
    ),
    "input x: [N] where H >= 2 and W >= 2 or H == 1": t.Input(
        "x", shape("N"), None, None, (op(op(op("H", ">=", "2"), "and", op("W", ">=", "2")), "or", op("H", "==", "1")),)
    ),
    "input x: [N] where H >= 2 and W >= 2": t.Input(
        "x", shape("N"), None, None, (op("H", ">=", "2"), op("W", ">=", "2"))
    ),
    "input rgb: [N, 3] means (RGB - [0.5, 0.25]) / [1, 2]": t.Input(
        "rgb",
        shape("N", "3"),
        None,
        op(
            op("RGB", "-", t.Sequence((num("0.5"), num("0.25")), "[")),
            "/",
            t.Sequence((num("1"), num("2")), "["),
        ),
    ),
    "output ab: [N, 2, H, W] means ab / 110": t.Output("ab", shape("N", "2", "H", "W"), op("ab", "/", "110")),
    "output skip: [N, C, H, W]": t.Output("skip", NCHW),
    "default Conv2d(padding=1, bias=false)": t.Default(call("Conv2d", padding="1", bias=t.Boolean(False))),
    "layer head = Conv2d(8, 3)": t.LayerDeclaration("head", (CONV,)),
    "layer head = Conv2d(8, 3) -> ReLU()": t.LayerDeclaration("head", (CONV, RELU)),
    "layer head = { ReLU() }": t.LayerDeclaration("head", (), body(t.Flow(RELU))),
    "repeat n { ReLU() }": t.Repeat(t.Name("n"), body(t.Flow(RELU))),
    "for i in range(n) { ReLU() }": t.For(
        "i", t.Function("range", (t.Argument(None, t.Name("n")),)), body(t.Flow(RELU))
    ),
    "for d in [1, 2, 4] { ReLU() }": t.For("d", t.Sequence((num("1"), num("2"), num("4"))), body(t.Flow(RELU))),
    "for i in reversed(range(2)) { }": t.For(
        "i",
        t.Function("reversed", (t.Argument(None, t.Function("range", (t.Argument(None, num("2")),))),)),
        body(),
    ),
    "if c { ReLU() }": t.If(t.Name("c"), body(t.Flow(RELU))),
    "if c { ReLU() } else { Tanh() }": t.If(t.Name("c"), body(t.Flow(RELU)), body(t.Flow(TANH))),
    "if C > 3 {\n ReLU()\n}\nelse if d {\n Tanh()\n}\nelse { }": t.If(
        op("C", ">", "3"), body(t.Flow(RELU)), body(t.If(t.Name("d"), body(t.Flow(TANH)), body()))
    ),
}


@pytest.mark.parametrize("line", STATEMENTS)
def test_statement_in_each_form_is_read(line: str) -> None:
    assert statement(line) == STATEMENTS[line]


# Precedence is Python's (docs.python.org/3/reference/expressions.html#operator-precedence), without its chains.
EXPRESSIONS = {
    "a + b * c": op("a", "+", op("b", "*", "c")),
    "a - b - c": op(op("a", "-", "b"), "-", "c"),
    "(a + b) * c": op(op("a", "+", "b"), "*", "c"),
    "-a ** 2": t.Unary("-", op("a", "**", "2")),
    "2 ** -a": op("2", "**", t.Unary("-", t.Name("a"))),
    "2 ** -a * 3": op(op("2", "**", t.Unary("-", t.Name("a"))), "*", "3"),
    "a ** b ** c": op("a", "**", op("b", "**", "c")),
    "a // b % c": op(op("a", "//", "b"), "%", "c"),
    "not a == b": t.Unary("not", op("a", "==", "b")),
    "not a and b": op(t.Unary("not", t.Name("a")), "and", "b"),
    "a or b and c": op("a", "or", op("b", "and", "c")),
    "a in [1, 2]": op("a", "in", t.Sequence((num("1"), num("2")))),
    "a + 1 < b * 2": op(op("a", "+", "1"), "<", op("b", "*", "2")),
    "- - a": t.Unary("-", t.Unary("-", t.Name("a"))),
    "min(a, b=3)": t.Function("min", (t.Argument(None, t.Name("a")), t.Argument("b", num("3")))),
    "(3, 5)": t.Sequence((num("3"), num("5"))),
    "(3,)": t.Sequence((num("3"),)),
    "(3)": num("3"),
    "[]": t.Sequence(()),
    "same": t.Name("same"),
    '"same"': t.String("same"),
    "true": t.Boolean(True),
    "none": t.Nothing(),
    "?": t.Hole(),
    "1e-3": t.Number(0.001, "1e-3"),
    "3_643_514": t.Number(3643514, "3_643_514"),
    "1.7G": t.Number(1_700_000_000, "1.7G"),
    "200MiB": t.Number(200 * 2**20, "200MiB"),
    "0.5K": t.Number(500, "0.5K"),
    "0.0001K": t.Number(0.1, "0.0001K"),
}


@pytest.mark.parametrize("text", EXPRESSIONS)
def test_expression_when_read_binds_like_python(text: str) -> None:
    flow = statement(f"F(p={text})")
    assert isinstance(flow, t.Flow)
    assert isinstance(flow.source, t.Call)
    assert flow.source.arguments[0].value == EXPRESSIONS[text]


def test_file_with_every_item_is_read() -> None:
    file = read(
        'convdsl 1\nfrom "b.cdsl" import Down, Up\nblock A(c: int, norm: layer = GroupNorm(32)) { ReLU() }\n'
        "block B() { ReLU() }\nmodel M { output y: [N] }\n"
        "train {\n  loss = SmoothL1(beta=0.1)\n  optimizer = AdamW\n}\n"
    )
    parameters = (t.Parameter("c", "int"), t.Parameter("norm", "layer", call("GroupNorm", "32")))
    assert file.edition == 1
    assert file.items == (
        t.Import(t.String("b.cdsl"), ("Down", "Up")),
        t.Block("A", parameters, body(t.Flow(RELU))),
        t.Block("B", (), body(t.Flow(RELU))),
        t.Model("M", (), body(t.Output("y", shape("N")))),
        t.Train(
            (
                t.Setting("loss", call("SmoothL1", beta="0.1")),
                t.Setting("optimizer", t.Call("AdamW", (), None, False)),
            )
        ),
    )


def test_comments_when_read_stay_with_their_statements() -> None:
    text = """# the file's

# second
convdsl 1  # edition

# above M
model M {  # behind M
  # first
  ReLU()  # trailing

  # lone

  Tanh(
    # inside
  )
  if c {  # behind if
    # only this
  } else {  # behind else
    ReLU()
  }  # behind the end
  # tail of M
}
# tail
"""
    file = read(text)
    (model,) = file.items
    assert isinstance(model, t.Model)
    relu, tanh, if_ = model.body.statements
    assert file.comments == t.Comments(("the file's", t.BLANK, "second"), "edition")
    assert model.comments == t.Comments(("above M",), "behind M", True)
    assert relu.comments == t.Comments(("first",), "trailing")
    assert tanh.comments == t.Comments(("lone", t.BLANK, "inside"), None, True)
    assert isinstance(if_, t.If)
    assert if_.comments == t.Comments(("behind the end",), "behind if")
    assert if_.body.tail == ("only this",)
    assert if_.orelse is not None
    assert if_.orelse.statements[0].comments == t.Comments(("behind else",))
    assert model.body.tail == ("tail of M",)
    assert file.tail == ("tail",)


def test_comment_without_words_when_read_is_no_blank_line() -> None:
    (model,) = read("convdsl 1\n# title\n#\n# more\n\nmodel M {}\n").items
    assert model.comments.above == ("title", "", "more", t.BLANK)


def test_crlf_and_tabs_when_read_change_nothing() -> None:
    text = "convdsl 1\n\nmodel M {\n  input x: [N]  # c\n  y = ReLU()\n\n  output y: [N]\n}\n"
    assert read(text.replace("\n", "\r\n").replace("  ", "\t")) == read(text)


def test_byte_order_mark_when_left_in_the_text_is_skipped() -> None:
    text = "convdsl 1\nmodel M { output y: [N] }\n"
    assert read("\ufeff" + text) == read(text)


def test_spans_when_read_cover_their_words() -> None:
    text = "convdsl 1\nmodel Net(w: int = 8) {\n  input x: [N, 3]\n"
    text += "  y = x -> Conv2d(2 * (w + 1), 3)  # c\n  output y: [N, 2]\n}\n"
    file = read(text)
    cut = file.source.excerpt
    (model,) = file.items
    assert isinstance(model, t.Model)
    input_, flow, _ = model.body.statements
    assert isinstance(flow, t.Flow)
    assert isinstance(input_, t.Input)
    (conv,) = flow.calls
    assert cut(file.edition_span) == "convdsl 1"
    assert cut(model.name_span) == "Net"
    assert cut(model.parameters[0].span) == "w: int = 8"
    assert cut(model.parameters[0].kind_span) == "int"
    assert cut(input_.span) == "input x: [N, 3]"
    assert cut(input_.shape.span) == "[N, 3]"
    assert cut(flow.span) == "y = x -> Conv2d(2 * (w + 1), 3)"
    assert cut(conv.span) == "Conv2d(2 * (w + 1), 3)"
    assert cut(conv.name_span) == "Conv2d"
    assert cut(conv.arguments[0].span) == "2 * (w + 1)"
    assert cut(model.body.span) == text[text.index("{") : text.rindex("}") + 1]
