"""The language's rules, from text to nodes, keys and messages."""

import pytest

from convdsl.graph.elaborate import elaborate
from convdsl.graph.graph import Graph
from convdsl.pipeline import Analysis, analyze
from convdsl.source import Source
from convdsl.syntax.parse import parse


def spec(
    body: str, blocks: str = "", input_: str = "input x: [N, 3, H, W]", output: str = "output y: [N, C, H, W]"
) -> str:
    return f"convdsl 1\n{blocks}\nmodel Net {{\n{input_}\n{body}\n{output}\n}}\n"


def run(text: str) -> Analysis:
    return analyze(Source("net.cdsl", text))


def graph_of(text: str) -> Graph:
    """Elaborate alone: promises about sizes are another phase's."""
    graph, found = elaborate(parse(Source("net.cdsl", text)).file)
    assert not found, [item.message for item in found]
    assert graph is not None
    return graph


def keys(text: str) -> list[str]:
    return [node.key for node in graph_of(text).nodes if node.key is not None]


def codes(text: str) -> list[tuple[str, str]]:
    """Every finding as (code, the text that it points at)."""
    source = Source("net.cdsl", text)
    return [(item.code.id, source.excerpt(item.where.span)) for item in analyze(source).diagnostics]


# ------------------------------------------------------------------ rule 12: keys


def test_unnamed_layers_when_in_a_row_have_the_keys_of_a_sequential() -> None:
    # nn.Sequential(Conv2d, BatchNorm2d, ReLU, Conv2d): 0, 1, 2, 3
    text = spec("Conv2d(8, 3, padding=1) -> BatchNorm2d() -> ReLU()\ny = Conv2d(2, 1)", output="output y: [N, 2, H, W]")
    assert keys(text) == ["0", "1", "2", "y"]


def test_naming_a_layer_when_others_follow_does_not_renumber_them() -> None:
    text = spec("Conv2d(8, 1)\nmiddle = Conv2d(8, 1)\nConv2d(8, 1)\ny = ReLU()", output="output y: [N, 8, H, W]")
    assert keys(text) == ["0", "middle", "2", "y"]


def test_joins_when_between_layers_take_no_position() -> None:
    text = spec("a = Conv2d(8, 1)\nConcat(a, x)\nConv2d(8, 1)\ny = Conv2d(1, 1)", output="output y: [N, 1, H, W]")
    assert keys(text) == ["a", "1", "y"]


def test_a_line_with_two_layer_calls_when_named_is_a_group() -> None:
    text = spec("conv1 = Conv2d(8, 3, padding=1) -> ReLU()\ny = Conv2d(2, 1)", output="output y: [N, 2, H, W]")
    assert keys(text) == ["conv1.0", "conv1.1", "y"]


def test_a_line_with_one_layer_call_when_joins_stand_around_it_is_a_named_call() -> None:
    text = spec("y = Concat(x, x) -> Conv2d(2, 1) -> Mul(110)", output="output y: [N, 2, H, W]")
    assert keys(text) == ["y"]


def test_an_operator_at_the_head_when_around_one_call_names_the_call() -> None:
    assert keys(spec("Conv2d(2, 1)\ny = Tanh() * 110", output="output y: [N, 2, H, W]")) == ["0", "y"]


@pytest.mark.parametrize("head", ["a", "Conv2d(3, 1)", "a + x"])
def test_an_arrow_into_a_join_when_it_names_inputs_hands_its_value_over(head: str) -> None:
    graph = graph_of(spec(f"a = Conv2d(3, 1)\n{head} -> Concat(a)\ny = Conv2d(2, 1)", output="output y: [N, 2, H, W]"))
    (concat,) = (node for node in graph.nodes if node.name == "concat")
    assert [str(graph.shape(value)) for value in concat.inputs] == ["[N, 3, H, W]", "[N, 3, H, W]"]


def test_a_named_sum_when_shown_has_the_name_that_its_join_would_have() -> None:
    body = "a = Conv2d(3, 1)\nb = Conv2d(3, 1)\n{}\ny = Conv2d(2, 1)"
    sign, join, three = (
        graph_of(spec(body.format(line), output="output y: [N, 2, H, W]"))
        for line in ("s = a + b", "s = Add(a, b)", "s = a + b + x")
    )
    assert [node.name for node in sign.nodes] == [node.name for node in join.nodes] == ["x", "a", "b", "s", "y"]
    assert [node.name for node in three.nodes] == ["x", "a", "b", "add", "s", "y"]


def test_a_block_call_when_named_prefixes_what_is_inside() -> None:
    blocks = "block Down(c: int) {\nConv2d(c, 3, padding=1)\nact = ReLU()\n}"
    text = spec("e1 = Down(4)\ny = Down(2)", blocks, output="output y: [N, 2, H, W]")
    assert keys(text) == ["e1.0", "e1.act", "y.0", "y.act"]


def test_a_block_call_when_unnamed_has_its_position_as_prefix() -> None:
    blocks = "block Down(c: int) { Conv2d(c, 3, padding=1) -> ReLU() }"
    text = spec("Conv2d(4, 1)\nDown(4)\ny = Conv2d(2, 1)", blocks, output="output y: [N, 2, H, W]")
    assert keys(text) == ["0", "1.0", "1.1", "y"]


def test_a_group_when_read_from_outside_shows_its_names() -> None:
    text = spec(
        "features = {\ne1 = Conv2d(4, 1)\nConv2d(4, 1)\n}\ny = Concat(features, features.e1) -> Conv2d(1, 1)",
        output="output y: [N, 1, H, W]",
    )
    assert keys(text) == ["features.e1", "features.1", "y"]


def test_an_unnamed_body_when_nested_takes_one_position() -> None:
    text = spec("{\nConv2d(4, 1)\nConv2d(4, 1)\n}\ny = Conv2d(1, 1)", output="output y: [N, 1, H, W]")
    assert keys(text) == ["0.0", "0.1", "y"]


def test_loops_when_unrolled_count_positions_on() -> None:
    text = spec("repeat 2 { Conv2d(4, 1) -> ReLU() }\ny = Conv2d(1, 1)", output="output y: [N, 1, H, W]")
    assert keys(text) == ["0", "1", "2", "3", "y"]


def test_an_indexed_name_when_bound_in_a_loop_has_the_index_in_its_key() -> None:
    body = """
    for i in range(3) {
      enc[i] = Conv2d(4 * (i + 1), 1)
    }
    Concat(enc[0], enc[1], enc[1 + 1])
    y = Conv2d(1, 1)
    """
    graph = graph_of(spec(body, output="output y: [N, 1, H, W]"))
    assert [node.key for node in graph.nodes][1:4] == ["enc.0", "enc.1", "enc.2"]


def test_as_when_it_has_dots_and_a_turn_sets_the_key() -> None:
    body = 'for i in range(2) { Conv2d(4, 1) as "block.{2 * i + 1}" }\ny = Conv2d(1, 1) as "output"'
    assert keys(spec(body, output="output y: [N, 1, H, W]")) == ["block.1", "block.3", "output"]


def test_as_when_it_doubles_a_key_is_refused() -> None:
    body = 'Conv2d(4, 1) as "a"\na = Conv2d(4, 1)\ny = Conv2d(1, 1)'
    assert codes(spec(body, output="output y: [N, 1, H, W]")) == [("E127", "Conv2d(4, 1)")]


def test_as_when_it_is_code_is_refused() -> None:
    assert [c for c, _ in codes(spec('y = Conv2d(1, 1) as "a; import os"', output="output y: [N, 1, H, W]"))] == [
        "E128"
    ]


# ------------------------------------------------------------- rules 3, 7 and 8


def test_a_block_when_it_has_inputs_binds_their_channels_as_ints() -> None:
    blocks = """
block Mix(c: int) {
  input a: [N, A, H, W]
  input b: [N, B, H, W]
  Concat(a, b)
  if A > B { Conv2d(A + B, 1) } else { Conv2d(c, 1) }
}
"""
    graph = graph_of(spec("a = Conv2d(5, 1)\ny = (a, x) -> Mix(9)", blocks, output="output y: [N, 8, H, W]"))
    assert str(graph.nodes[-1].shapes[0]) == "[N, 8, H, W]"  # 5 > 3: A + B = 8


def test_a_block_when_it_has_an_output_shows_it_and_nothing_else() -> None:
    lines = "input x: [N, C, H, W]\ninner = Conv2d(4, 1)\nskip = Conv2d(5, 1)\nConv2d(6, 1)\noutput skip: [N, 5, H, W]"
    blocks = f"block E {{\n{lines}\n}}"
    good = spec("e = E()\ny = Concat(e, e.skip)", blocks, output="output y: [N, 11, H, W]")
    assert str(graph_of(good).nodes[-1].shapes[0]) == "[N, 11, H, W]"  # 6 + 5
    bad = spec("e = E()\ny = Concat(e, e.inner)", blocks, output="output y: [N, 10, H, W]")
    assert codes(bad) == [("E102", "e.inner")]


def test_a_layer_parameter_when_nested_makes_a_nested_network() -> None:
    blocks = """
block Level(channels: int, inside: layer) {
  input x: [N, C, H, W]
  model = {
    Conv2d(channels, 4, stride=2, padding=1)
    inside()
    ConvTranspose2d(C, 4, stride=2, padding=1)
  }
  Concat(x, model)
}
"""
    body = "y = Level(8, inside=Level(16, inside=Identity()))"
    graph = graph_of(spec(body, blocks, output="output y: [N, 6, H, W]"))
    assert [node.key for node in graph.nodes if node.key] == [
        "y.model.0",
        "y.model.1.model.0",
        "y.model.1.model.1",
        "y.model.1.model.2",
        "y.model.2",
    ]
    # the inner level leaves 8 + 8 channels at H // 2, the outer transposed convolution 3, and the join 3 + 3
    assert str(graph.nodes[-1].shapes[0]) == "[N, 6, H, W]"


def test_a_block_when_it_mentions_itself_is_refused() -> None:
    blocks = "block A { B() }\nblock B { A() }"
    assert ("E118", "B") in codes(spec("y = A()", blocks, output="output y: [N, 3, H, W]"))


def test_defaults_when_nested_add_up_and_end_with_their_braces() -> None:
    body = """
    default Conv2d(padding=1, kernel_size=3)
    {
      default Conv2d(bias=false)
      Conv2d(4)
    }
    y = Conv2d(2)
    """
    graph = graph_of(spec(body, output="output y: [N, 2, H, W]"))
    inner, outer = (node.op for node in graph.nodes if node.op is not None)
    assert (inner.bias, inner.padding) == (False, (1, 1))
    assert (outer.bias, outer.padding) == (True, (1, 1))


def test_defaults_when_a_block_is_called_do_not_reach_into_it() -> None:
    blocks = "block B { Conv2d(4, 1) }"
    graph = graph_of(spec("default Conv2d(bias=false)\ny = B()", blocks, output="output y: [N, 4, H, W]"))
    assert graph.nodes[1].op.bias is True


def test_a_declared_layer_when_applied_twice_owns_its_weights_once() -> None:
    body = "layer head = Conv2d(3, 3, padding=1)\na = x -> head()\nb = a -> head()\ny = Add(a, b)"
    graph = graph_of(spec(body, output="output y: [N, 3, H, W]"))
    assert [(node.key, node.owner) for node in graph.nodes if node.key] == [("head", True), ("head", False)]


def test_a_declared_layer_when_its_weights_do_not_fit_is_refused() -> None:
    body = "layer head = Conv2d(4, 3, padding=1)\na = x -> head()\ny = head()"
    assert [c for c, _ in codes(spec(body, output="output y: [N, 4, H, W]"))] == ["E205"]


def test_a_declared_layer_when_never_applied_keeps_its_weights_if_its_channels_are_stated() -> None:
    body = "layer extra = Conv2d(5, 1, in_channels=7)\ny = Conv2d(4, 1)"
    assert [node.key for node in graph_of(spec(body, output="output y: [N, 4, H, W]")).spare] == ["extra"]
    body = "layer extra = { Conv2d(5, 1, in_channels=7) -> ReLU()\nConv2d(6, 1) }\ny = Conv2d(4, 1)"
    assert [node.key for node in graph_of(spec(body, output="output y: [N, 4, H, W]")).spare] == [
        "extra.0",
        "extra.1",
        "extra.2",
    ]
    body = "layer extra = Conv2d(5, 1)\ny = Conv2d(4, 1)"
    assert codes(spec(body, output="output y: [N, 4, H, W]")) == [("E104", "extra")]


def test_a_dead_run_when_it_reaches_no_output_is_reported_once_at_its_last_node() -> None:
    body = "a = Conv2d(4, 1)\nb = a -> Conv2d(4, 3) -> ReLU()\ny = a -> Conv2d(2, 1)"
    assert codes(spec(body, output="output y: [N, 2, H, W]")) == [("E104", "ReLU()")]


def test_an_unread_input_when_there_are_two_is_an_error() -> None:
    text = spec(
        "y = x -> Conv2d(2, 1)",
        input_="input x: [N, 3, H, W]\ninput mask: [N, 1, H, W]",
        output="output y: [N, 2, H, W]",
    )
    assert codes(text) == [("E105", "mask")]


def test_nothing_flows_when_there_are_two_inputs() -> None:
    text = spec(
        "y = Conv2d(2, 1)", input_="input x: [N, 3, H, W]\ninput mask: [N, 1, H, W]", output="output y: [N, 2, H, W]"
    )
    assert codes(text) == [("E125", "Conv2d(2, 1)")]


def test_an_alias_when_read_is_the_same_value() -> None:
    graph = graph_of(spec("a = Conv2d(3, 1)\nb = a\ny = Add(b, x)", output="output y: [N, 3, H, W]"))
    assert [value.node for value in graph.nodes[-1].inputs] == [1, 0]


def test_several_names_when_chunk_gives_several_values() -> None:
    graph = graph_of(spec("Conv2d(6, 1)\na, b = Chunk(2)\ny = Mul(a, b)", output="output y: [N, 3, H, W]"))
    assert [value.output for value in graph.nodes[-1].inputs] == [0, 1]


def test_a_plain_name_when_bound_with_weights_in_two_turns_is_an_error() -> None:
    body = "for i in range(2) { a = Conv2d(4, 1) }\ny = Conv2d(2, 1)"
    assert codes(spec(body, output="output y: [N, 2, H, W]")) == [("E123", "a")]


def test_a_plain_name_when_bound_without_weights_in_two_turns_is_the_last_turns() -> None:
    body = "for i in range(2) { a = ReLU() }\ny = a -> Conv2d(2, 1)"
    graph = graph_of(spec(body, output="output y: [N, 2, H, W]"))
    assert [value.node for value in graph.nodes[-1].inputs] == [2]


def test_a_name_when_only_one_side_of_an_if_binds_it_cannot_be_read() -> None:
    text = spec("if deep { a = Conv2d(4, 1) }\ny = Concat(x, a)", output="output y: [N, 7, H, W]")
    text = text.replace("model Net", "model Net(deep: bool = true)")
    assert codes(text) == [("E122", "a")]


def test_an_if_when_not_taken_leaves_the_flow() -> None:
    text = spec("Conv2d(4, 1)\nif deep { Conv2d(8, 1) }\ny = ReLU()", output="output y: [N, 4, H, W]")
    graph = graph_of(text.replace("model Net", "model Net(deep: bool = false)"))
    assert str(graph.nodes[-1].shapes[0]) == "[N, 4, H, W]"


# ------------------------------------------------------------------- arguments


@pytest.mark.parametrize(
    ("line", "code", "place"),
    [
        ("y = Conv2d(2, 3, pading=1)", "E111", "pading"),
        ("y = Conv2d(2)", "E112", "Conv2d(2)"),
        ("y = Conv2d(2, 3, bias=1)", "E113", "1"),
        ("y = Conv2d(2, widht)", "E102", "widht"),
        ("y = Conv2d(2, H)", "E120", "H"),
        ("y = Conv2d(2, 3 / 2)", "E121", "3 / 2"),
        ("y = Conv2d(2, 1, 1, 0, 1, 1, true, zeros, 9)", "E115", "9"),
        ("y = Conv2D(2, 1)", "E110", "Conv2D"),
        ("y = conv2d(2, 1)", "E110", "conv2d"),
        ("y = Conv2d(2, 1, in_channels=4)", "E205", "4"),
        ("y = Concat(x, q)", "E102", "q"),
        ("y = Conv2d(2, 1, groups=2)", "E209", "2"),
        ("y = Linear(4)", "", ""),
    ],
)
def test_a_mistake_in_an_argument_is_reported_at_the_argument(line: str, code: str, place: str) -> None:
    found = codes(spec(line, output="output y: [N, 2, H, W]"))
    if code:
        assert found == [(code, place)]
    else:
        assert len(found) == 1


def test_a_parameter_when_its_kind_is_unknown_or_its_name_doubled_is_reported_where_it_is_declared() -> None:
    blocks = "block B(c: intint, d: int = 1, d: int = 2) { Conv2d(c, 1) }"
    assert codes(spec("y = B(2)", blocks, output="output y: [N, 2, H, W]")) == [
        ("E113", "intint"),
        ("E101", "d: int = 2"),
    ]


def test_one_mistake_when_much_follows_is_one_message() -> None:
    body = "a = Conv2d(4, 3, pading=1)\nb = ReLU()\nc = Concat(a, b)\ny = Conv2d(2, 1)"
    assert [c for c, _ in codes(spec(body, output="output y: [N, 2, H, W]"))] == ["E111"]


def test_two_mistakes_when_independent_are_two_messages() -> None:
    body = "a = Conv2d(4, 3, pading=1)\nb = x -> Relu()\ny = Concat(a, b)"
    assert [c for c, _ in codes(spec(body, output="output y: [N, 2, H, W]"))] == ["E111", "E110"]


def test_a_mistake_in_a_block_when_called_often_is_one_message_with_the_call() -> None:
    blocks = "block B(c: int) { Conv2d(c, 3, pading=1) }"
    source = Source("net.cdsl", spec("B(4)\nB(5)\ny = B(2)", blocks, output="output y: [N, 2, H, W]"))
    found = analyze(source).diagnostics
    assert [item.code.id for item in found] == ["E111"]
    assert [source.excerpt(label.span) for label in found[0].labels] == ["B(4)"]


# -------------------------------------------------------------- meaning and identity


def test_means_when_affine_gives_scale_and_offset() -> None:
    text = spec(
        "y = Conv2d(2, 1)",
        input_="input x: [N, 1, H, W] means (L - 50) / 50",
        output="output y: [N, 2, H, W] means ab / 110",
    )
    graph = graph_of(text)
    assert graph.inputs[0].meaning is not None and graph.outputs[0].meaning is not None
    assert (graph.inputs[0].meaning.scale, graph.inputs[0].meaning.offset) == ((1 / 50,), (-1.0,))
    assert graph.outputs[0].meaning.channels == ("a", "b")


def test_means_when_a_list_gives_one_number_a_channel() -> None:
    means = "(RGB - [0.485, 0.456, 0.406]) / [0.229, 0.224, 0.225]"
    graph = graph_of(
        spec("y = Conv2d(2, 1)", input_=f"input x: [N, 3, H, W] means {means}", output="output y: [N, 2, H, W]")
    )
    meaning = graph.inputs[0].meaning
    assert meaning is not None
    assert meaning.scale == pytest.approx((1 / 0.229, 1 / 0.224, 1 / 0.225))
    assert meaning.offset == pytest.approx((-0.485 / 0.229, -0.456 / 0.224, -0.406 / 0.225))


@pytest.mark.parametrize(
    ("means", "code"), [("RGB", "E601"), ("L * L", "E602"), ("Lb", "E602"), ("ab", "E601"), ("3", "E602")]
)
def test_means_when_it_cannot_be_is_an_error(means: str, code: str) -> None:
    text = spec("y = Conv2d(2, 1)", input_=f"input x: [N, 1, H, W] means {means}", output="output y: [N, 2, H, W]")
    assert [c for c, _ in codes(text)] == [code]


def test_the_hash_when_only_spelling_comments_and_training_differ_is_the_same() -> None:
    one = run(spec("y = Conv2d(2, 3, padding=1)", output="output y: [N, 2, H, W]"))
    two = run(spec("# a comment\ny = Conv2d(2, 3, 1, 1)", output="output y: [N, 2, H, W]") + "train { epochs = 3 }\n")
    other = run(spec("y = Conv2d(2, 3, padding=(1, 1), bias=false)", output="output y: [N, 2, H, W]"))
    assert one.architecture_hash == two.architecture_hash != other.architecture_hash


def test_a_model_parameter_when_given_from_outside_replaces_the_default() -> None:
    text = spec("y = Conv2d(width, 1)", output="output y: [N, width, H, W]").replace(
        "model Net", "model Net(width: int = 2)"
    )
    assert analyze(Source("n", text), {"width": 7}).ok
    assert not analyze(Source("n", text), {"width": "seven"}).ok
    assert not analyze(Source("n", text), {"wide": 7}).ok


@pytest.mark.parametrize(
    ("call", "message", "help"),
    [
        ("SpectralNorm(x)", "`layer` is a layer of torch.nn, this is the word `x`", "the value comes before it"),
        (
            "Filter2d(gauss)",
            "`kernel` of `Filter2d`: expected box, binomial, sobel_x, sobel_y, laplacian, sharpen or rows of numbers, "
            "such as ((0, 1), (1, 0)), found the word `gauss`",
            "the window: a name, or rows of numbers",
        ),
    ],
)
def test_word_in_place_of_a_layer_or_of_rows_says_what_stands_there(call: str, message: str, help: str) -> None:
    text = f"convdsl 1\nmodel A {{\n  input x: [N, 3, H, W]\n  y = {call}\n  output y: [N, 3, H, W]\n}}\n"
    (found,) = analyze(Source("a.cdsl", text)).diagnostics
    assert found.message == message
    assert help in found.helps[0].text


def test_several_names_of_a_layer_with_a_mistake_are_no_second_mistake() -> None:
    text = spec(
        "maxima, places = MaxPool2d(64, return_indices=true)\ny = (maxima, places) -> MaxUnpool2d(64)",
        input_="input x: [N, 3, 32, 32]",
        output="output y: [N, 3, 32, 32]",
    )
    assert codes(text) == [("E216", "64")]
