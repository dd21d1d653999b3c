"""Layers by order and shape: paired where one answer is possible, told where not."""

from convdsl.lower.lineup import line_up

CONV, NORM = {"weight": (8, 8, 3, 3), "bias": (8,)}, {"weight": (8,), "bias": (8,), "running_mean": (8,)}


def layers(**named: dict[str, tuple[int, ...]]) -> dict[str, tuple[int, ...]]:
    return {f"{name}.{leaf}": shape for name, leaves in named.items() for leaf, shape in leaves.items()}


def test_lineup_when_the_layers_are_the_same_in_order_pairs_all() -> None:
    found = line_up(layers(a=CONV, b=NORM, c=CONV), layers(x=CONV, y=NORM, z=CONV), ordered=True)
    assert found.in_order and found.whole
    assert found.names["c.weight"] == "z.weight" and found.names["b.running_mean"] == "y.running_mean"


def test_lineup_when_the_file_keeps_no_order_pairs_what_occurs_once() -> None:
    found = line_up(layers(a=CONV, b=NORM, c=CONV), layers(x=CONV, y=NORM, z=CONV), ordered=False)
    assert found.names == {f"b.{leaf}": f"y.{leaf}" for leaf in NORM}
    assert found.ambiguous == ((("a", "c"), ("x", "z")),)


def test_lineup_when_one_layer_is_more_does_not_shift_the_others() -> None:
    small = {"weight": (2, 8, 1, 1)}
    found = line_up(layers(a=CONV, b=CONV, c=small), layers(x=CONV, z=small), ordered=True)
    assert found.names == {"c.weight": "z.weight"}
    assert found.ambiguous == ((("a", "b"), ("x",)),)


def test_lineup_when_only_the_numbering_is_shifted_goes_by_order_not_by_name() -> None:
    """In the file's `1` is the network's `2`: the name `1.weight` fits, and is another layer's."""
    found = line_up(
        {f"{i}.weight": (4, 4) for i in (0, 1, 2)}, {f"{i}.weight": (4, 4) for i in (0, 2, 1)}, ordered=True
    )
    assert found.names == {"0.weight": "0.weight", "1.weight": "2.weight", "2.weight": "1.weight"}


def test_lineup_when_the_file_is_sorted_by_name_takes_bias_and_weight_by_their_names() -> None:
    found = line_up({"a.bias": (8,), "a.weight": (8,)}, {"n.weight": (8,), "n.bias": (8,)}, ordered=False)
    assert found.names == {"a.bias": "n.bias", "a.weight": "n.weight"}


def test_lineup_when_the_names_of_weights_are_foreign_goes_by_their_order() -> None:
    found = line_up({"a.w": (8, 3), "a.b": (8,)}, {"n.weight": (8, 3), "n.bias": (8,)}, ordered=True)
    assert found.names == {"a.w": "n.weight", "a.b": "n.bias"}


def test_lineup_when_a_weight_would_become_a_bias_says_that_it_is_not_known() -> None:
    found = line_up({"a.weight": (8,)}, {"n.bias": (8,)}, ordered=True)
    assert found.names == {} and not found.whole
    assert found.ambiguous == ((("a",), ("n",)),)
