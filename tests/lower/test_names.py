"""Names, quoting and layout: text of a spec stays text."""

import ast

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl.lower.names import MODULE_ATTRIBUTES, Locals, class_name, is_plain, literal, prose, quote
from convdsl.lower.text import Group, lines


def test_module_attributes_are_those_of_this_pytorch() -> None:
    assert {name for name in dir(torch.nn.Module()) if not name.startswith("_")} <= MODULE_ATTRIBUTES


@settings(deadline=None, max_examples=60)
@given(st.text())
def test_law_quote_reads_back(text: str) -> None:
    assert ast.literal_eval(quote(text)) == text


@settings(deadline=None, max_examples=60)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
        lambda inner: st.lists(inner, max_size=3).map(tuple),
    )
)
def test_law_literal_reads_back(value: object) -> None:
    assert ast.literal_eval(literal(value)) == value


@settings(deadline=None, max_examples=60)
@given(st.text())
def test_law_prose_stays_inside_comments_and_docstrings(text: str) -> None:
    source = f'"""{prose(text)}."""\nx = 1  # {prose(text)}\n'
    tree = ast.parse(source)
    assert [type(node) for node in tree.body] == [ast.Expr, ast.Assign]


@settings(deadline=None, max_examples=60)
@given(
    st.lists(st.text() | st.sampled_from(["x", "self", "class", "print", "e1.2", "5", "match", "torch"]), max_size=9)
)
def test_law_locals_are_different_identifiers(names: list[str]) -> None:
    hand = Locals(("x",))
    taken = [hand.take(name) for name in names]
    assert len({*taken, "x"}) == len(taken) + 1
    for name in taken:
        ast.parse(f"def f({name}):\n    {name} = 1\n    del {name}")
        assert name not in ("self", "torch", "print")


@settings(deadline=None, max_examples=60)
@given(st.text())
def test_law_class_name_is_an_identifier_of_its_own(text: str) -> None:
    name = class_name(text)
    ast.parse(f"class {name}: pass")
    assert name not in ("Tensor", "Layers", "F", "nn", "torch", "None", "Exception")


@settings(deadline=None, max_examples=60)
@given(st.text(min_size=1))
def test_law_plain_names_are_attributes(text: str) -> None:
    if is_plain(text):
        module = torch.nn.Module()
        scope: dict[str, object] = {"module": module, "layer": torch.nn.Identity()}
        exec(f"module.{text} = layer", scope)
        assert list(module._modules) == [text]


def test_lines_break_brackets_that_are_too_long() -> None:
    group = Group("f(", tuple(("", f"argument_{i}") for i in range(12)), ")")
    assert list(lines(0, "y = ", Group("f(", (("", "a"), ("b=", "c")), ")"))) == ["y = f(a, b=c)"]
    out = list(lines(4, "y = ", group))
    assert out[0] == "    y = f("
    assert out[1] == "        argument_0,"
    assert out[-1] == "    )"
    text = "torch.cat((" + ", ".join(f"argument_{i}" for i in range(12)) + "), 1)"
    ast.parse("\n".join(lines(0, "y = ", text)))
    assert max(map(len, lines(0, "y = ", text))) <= 100
