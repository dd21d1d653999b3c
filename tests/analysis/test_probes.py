"""Taps, fields and starts of random networks against the exact influence of every input place in PyTorch."""

from collections.abc import Callable
from fractions import Fraction

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch import Tensor

from convdsl.analysis.geometry import Field, receptive_fields
from convdsl.analysis.taps import Footprints, taps
from convdsl.graph.graph import Value

from .chains import LENGTH, Net, networks

ROUNDING = 1e-12  # PyTorch computes places between pixels in floats


def interior(field: Field, influence: Tensor) -> dict[int, Tensor]:
    """Return the weights of all input places in outputs that no border can have touched, by output place; two periods.

    No layer cuts or pads more than 4 cells, and no network has more than 6 layers.
    """
    margin, out = LENGTH // 3, {}
    for place in range(influence.shape[2]):
        middle = field.start + place * field.jump
        low, high = field.widest.edges(place) or (middle, middle)
        if margin <= low and high < LENGTH - margin and len(out) < 2 * field.widest.phases:
            out[place] = influence[:, 0, place]
    return out


def check_places(net: Net) -> None:
    """Every value's taps are the places of influence, and its field is from the first to the last of them."""
    graph = net.graph()
    fields = receptive_fields(graph)
    for node in graph.nodes[1:]:
        (field,) = fields[node.index] or (None,)
        found = taps(graph, Value(node.index), 0)
        influence = net.values.get(node.name)
        if influence is None or not isinstance(field, Field):
            continue
        assert isinstance(found, Footprints) and not field.approximate
        for place, weights in interior(field, influence).items():
            wanted = (weights > ROUNDING * weights.max()).nonzero().flatten().tolist()
            turn, phase = divmod(place, len(found.phases))
            read = [tap + turn * found.step for tap in found.phases[phase].places]
            assert read == wanted, (net.lines, node.name, place)
            assert field.widest.edges(place) == ((wanted[0], wanted[-1]) if wanted else None)


def check_starts(net: Net) -> None:
    """In a chain, the centre of gravity of the influence is the start of each phase."""
    graph = net.graph()
    (field,) = receptive_fields(graph)[-1] or (None,)
    assert isinstance(field, Field)
    for place, weights in interior(field, net.values[graph.nodes[-1].name]).items():
        turn, phase = divmod(place, field.widest.phases)
        start = field.starts[phase]
        total = float(weights.sum())
        if start is None:
            assert total == 0
            continue
        centre = float(weights @ torch.arange(LENGTH, dtype=weights.dtype)) / total
        assert centre == pytest.approx(float(start + turn * Fraction(field.widest.step)), abs=1e-6), net.lines


def law(count: int, joins: bool, check: Callable[[Net], None]) -> None:
    @settings(max_examples=count, deadline=None, suppress_health_check=list(HealthCheck))
    @given(networks(joins))
    def holds(net: Net) -> None:
        if net.lines:
            check(net)

    holds()


def test_taps_and_fields_of_random_networks_are_the_places_of_influence() -> None:
    law(60, True, check_places)


def test_starts_of_random_chains_are_the_centres_of_influence() -> None:
    law(80, False, check_starts)


@pytest.mark.slow
def test_taps_and_fields_of_thousands_of_networks_are_the_places_of_influence() -> None:
    law(2000, True, check_places)


@pytest.mark.slow
def test_starts_of_thousands_of_chains_are_the_centres_of_influence() -> None:
    law(2000, False, check_starts)
