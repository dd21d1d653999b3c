"""What a program does wrong is said at its line, and no text of a program breaks out of its place in the spec."""

import inspect
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import convdsl
from convdsl import Body, Layer, MistakeError, block, expr, layers, library, model
from convdsl.authoring.canonical import canonical
from convdsl.builder.refusal import BuilderError
from convdsl.layers import Add, Chunk, Conv2d, ReLU
from convdsl.source import Source
from convdsl.syntax.parse import parse


@block
def Deep(b: Body, width: int = 8, norm: Layer = ReLU) -> None:
    b(Conv2d(width, 1))


def other_body() -> Any:
    kept: list[Any] = []

    @model
    def Other(m: Body, depth: int = 2) -> None:
        m.x = ReLU()
        kept.extend([m, m.x, expr("1") * depth])

    return kept


Program = Callable[[Any], object]
x: Any = None  # the type checker is not asked here: these are mistakes
MISTAKES: list[tuple[Program, str, str]] = [
    (lambda m: setattr(m, "X", ReLU()), "is in lower case", "write `x`"),
    (lambda m: setattr(m, "repeat", ReLU()), "`m.repeat` is a word of the builder", "choose another name"),
    (lambda m: m.__setitem__("repeat", ReLU()), "`repeat` begins a statement", "choose another name"),
    (lambda m: m.__setitem__("else", ReLU()), "`else` is a word of the language", "else_1"),
    (lambda m: m.__setitem__("a b", ReLU()), "is in lower case", "write `a_b`"),
    (lambda m: m.__setitem__("enc[0]", ReLU()), "is in lower case", "write `enc_0`"),
    (lambda m: m.__setitem__("é", ReLU()), "is in lower case", "write"),
    (lambda m: setattr(m.features, "e1", ReLU()), "has no dot", "m.e1"),
    (lambda m: setattr(m, "y", 3), "a line is made of layers and values", "Python's own variables"),
    (lambda m: setattr(m, "y", ReLU), "a line is made of layers and values", "ReLU()"),
    (lambda m: m(m.a), "`a` alone does nothing", "apply a layer"),
    (lambda m: m(m.a >> ReLU), "`ReLU` needs parentheses", "write `ReLU()`"),
    (lambda m: m(m.a >> m.b), "after `>>` stands a layer call", "write"),
    (lambda m: m(ReLU()(m.a)), "takes its values from the left", "m.x >> Conv2d"),
    (lambda m: m(Add(m.a, m.b >> ReLU())), "an argument is a value's name or a layer", "name it first"),
    (lambda m: m((ReLU() >> ReLU()) + m.a), "operators stand at the head of a line", "name this value first"),
    (lambda m: m((m.a | "[N, 1]") >> ReLU()), "a promise ends its line", "begin a new line"),
    (lambda m: m(m.a | "[N, 1]" | "[N, 1]"), "a promise already", "one shape"),
    (lambda m: m((m.a, 3) >> ReLU()), "before `>>` stands a value", "(m.a, m.b)"),
    (lambda m: m(ReLU().as_("a").as_("b")), "a layer has one key", "once"),
    (lambda m: m.inputs("x"), "`inputs` is a value", "m.layer"),
    (lambda m: [*Chunk(2)], "cannot be taken apart", 'm["a", "b"]'),
    (lambda m: ReLU(), "this layer was made and is in no line", "write it"),
    (lambda m: m.a + m.b, "this layer was made and is in no line", "write it"),
    (lambda m: m.repeat(2), "this opens a body", "`with`"),
    (lambda m: m.layer("head"), "this declared layer has no layers", "with"),
    (lambda m: m.layer("head", m.a >> ReLU()), "no value flows into it", "m.x >> head()"),
    (lambda m: m(Conv2d(m.layer("h", ReLU()), 3)), "`h` is a declared layer and no argument", "apply it"),
    (lambda m: m.else_(), "stands right after its `if`", "m.if_"),
    (lambda m: m(Conv2d(float("nan"), 3)), "no number `nan`", "finite"),
    (lambda m: m(Conv2d(float("-inf"), 3)), "no number `-inf`", "finite"),
    (lambda m: m(Conv2d(10**50, 3)), "more digits", "shorter"),
    (lambda m: m(Conv2d({1}, 3)), "a spec cannot hold {1}", "give a number"),
    (lambda m: m(Conv2d(8, 3, padding_mode='a"b')), "cannot hold a double quote", "leave it out"),
    (lambda m: m(Conv2d(8, 3, padding_mode="a\nb")), "cannot hold a line end", "leave it out"),
    (lambda m: m(Conv2d(8, 3, padding_mode="a\u202eb")), "U+202E", "remove it"),
    (lambda m: m(Conv2d(8, 3, **{"a b": 1})), "an argument's name", "a_b"),
    (lambda m: m.note("a\x00b"), "U+0000", "remove it"),
    (lambda m: m.aside("a"), "no line stands here", "right after a line"),
    (lambda m: m.input("x", "[N, 1"), "", ""),
    (lambda m: m.input("x", "[N, 1]\n}"), "a comment or a line end", "m.note"),
    (lambda m: m.input("x", "[N, 1] where H > 2"), "", ""),
    (lambda m: m.input("x", "[N, 1]", means="L # 3"), "a comment or a line end", "m.note"),
    (lambda m: m.input("x", "[N, 1]", means=""), "nothing between the quotes", "language"),
    (lambda m: m.input("x", 3), "a shape is a string or a list", "[N, 3, H, W]"),
    (lambda m: m.input("x", "[N, 1]", where="4 <= H <= 8"), "comparisons do not chain", "4 <= H and H <= 8"),
    (lambda m: m.expect(), "expects nothing", "parameters <= 1M"),
    (lambda m: m.default(m.x, padding=1), "a default is for a layer's type", "m.default"),
    (lambda m: other_body()[0](ReLU()), "the model `Other` is finished", "inside its function"),
    (
        lambda m: m(other_body()[1] >> ReLU()),
        "a name of the model `Other` is not seen in the model `M`",
        "hand it over",
    ),
    (lambda m: m(Conv2d(other_body()[2], 1)), "a name of the model `Other` is not seen", "hand it over"),
    (lambda m: block(lambda b: None), "a block's name begins with a capital", "write"),
    (lambda m: Deep(8), "this layer was made and is in no line", "write it"),
]


@pytest.mark.parametrize(("program", "message", "way_out"), MISTAKES)
def test_mistake_when_made_is_said_at_the_programs_line(program: Program, message: str, way_out: str) -> None:
    def write(m: Body) -> None:
        program(m)

    with pytest.raises(BuilderError) as caught:
        model(name="M")(write)
    first = inspect.getsourcelines(program)[1]
    assert caught.value.message.startswith("test_mistakes.py:")
    # the lambda's own line, or that of `program(m)` where a body's end finds the mistake
    assert first <= int(caught.value.message.split(":")[1]) <= inspect.getsourcelines(write)[1] + 4
    assert message in caught.value.message
    assert caught.value.way_out and way_out in caught.value.way_out


def test_parameter_when_python_would_decide_by_it_is_a_type_error() -> None:
    def deciding(decide: Callable[[Any], object]) -> str:
        with pytest.raises(TypeError) as caught:

            @block
            def Wrong(b: Body, width: int) -> None:
                decide(width)

        return str(caught.value)

    assert "`width` is known when the network is made, and cannot be decided by in Python" in deciding(bool)
    assert "`width > 64`" in deciding(lambda width: not width > 64)
    assert "cannot be counted with" in deciding(range)
    assert "cannot be walked through" in deciding(list)
    assert "cannot become a number" in deciding(int)
    assert "cannot become a number" in deciding(float)
    assert "cannot be a key" in deciding(lambda width: {width})
    assert "is in lower case" in deciding(lambda width: f"e{width}" and Body.__getitem__(_body(), f"e{width}"))


def _body() -> Any:
    from convdsl.builder.piece import Scope
    from convdsl.builder.writer import Writer

    return Body(Writer(Scope("model `M`")))


def test_body_when_another_is_being_written_takes_no_line() -> None:
    with pytest.raises(BuilderError, match="this line is for the model `Outer`"):

        @model
        def Outer(m: Body) -> None:
            @block
            def Inner(b: Body) -> None:
                m(ReLU())


def test_signature_when_it_is_no_blocks_is_refused() -> None:
    def untyped(b: Body, width) -> None:
        pass

    def listed(b: Body, width: list[int]) -> None:
        pass

    def any_number(b: Body, *widths: int) -> None:
        pass

    for function, message in ((untyped, "is without a type"), (listed, "`list`"), (any_number, "have names")):
        with pytest.raises(BuilderError, match=message):
            block(name="Wrong")(function)


def test_blocks_when_two_have_one_name_are_refused_and_equal_ones_are_one() -> None:
    def made(width: int) -> Any:
        @block(name="Same")
        def same(b: Body) -> None:
            b(Conv2d(width, 1))

        return same

    with pytest.raises(BuilderError, match="two blocks are called `Same`"):
        library(made(1), made(2))
    assert library(made(1), made(1)).to_text().count("block") == 1


def test_layer_when_it_is_misspelt_is_suggested() -> None:
    with pytest.raises(BuilderError, match="there is no layer `Conv2D`") as caught:
        layers.Conv2D()
    assert caught.value.way_out == "write `Conv2d`"


def test_finding_when_a_program_wrote_the_line_names_the_programs_line() -> None:
    @model
    def Net(m: Body) -> None:
        m.input("image", "[N, 3, H, W]")
        m.y = Conv2d(8, 3, paddign=1)
        m.output("y", "[N, 8, H, W]")

    first = inspect.getsourcelines(test_finding_when_a_program_wrote_the_line_names_the_programs_line)[1]
    (found,) = [item for item in convdsl.check(Net) if item.is_error]
    assert "paddign" in found.message
    assert f"written at test_mistakes.py:{first + 4}" in found.notes
    source = convdsl.load(Net).source
    assert source.name == "<python>"
    assert source.excerpt(found.where.span) == "paddign"


def test_errors_when_caught_are_mistakes_and_type_errors() -> None:
    assert issubclass(BuilderError, MistakeError) and issubclass(BuilderError, TypeError)


anything = st.text(max_size=12) | st.text("\"#\n\r{}[]:=\\' \tab", max_size=8)


@settings(max_examples=150, deadline=None)
@given(anything, anything, anything, anything, st.sampled_from(["text", "yaml"]))
def test_law_text_of_a_program_when_printed_and_read_is_the_same_tree(
    comment: str, beside: str, key: str, word: str, spelling: str
) -> None:
    def write(m: Body) -> None:
        m.note(comment)
        m.y = Conv2d(8, 3, padding_mode=word).as_(key)
        m.aside(beside)
        m.note(comment)

    try:
        net = model(name="M", header=comment, aside=beside)(write)
    except BuilderError:
        return
    text, name = (net.to_text(), "a.cdsl") if spelling == "text" else (net.to_yaml(), "a.yaml")
    assert canonical(parse(Source(name, text)).file) == net.tree()
