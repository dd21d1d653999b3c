"""Limits from outside a spec: whom they concern, what is said where one is broken, what is no limit."""

import pytest

from convdsl import codes
from convdsl.analysis.limits import Limit, check_limits, concerns, read_limits
from convdsl.diagnostics import Diagnostic
from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis, analyze
from convdsl.source import Source
from convdsl.syntax import tree

# c: 8 * 1 * 9 + 8 = 80 weights, y: 2 * 8 + 2 = 18; sum 98
NET = """convdsl 1
model Net {
  input x: INPUT
  c = Conv2d(8, 3, padding=1)
  y = Conv2d(2, 1)
  output y: OUTPUT
}
"""


def network(sizes: str = "H, W", *, rank: str = "2d") -> Analysis:
    text = (
        NET.replace("INPUT", f"[N, 1, {sizes}]").replace("OUTPUT", f"[N, 2, {sizes}]").replace("Conv2d", f"Conv{rank}")
    )
    analysis = analyze(Source("net.cdsl", text))
    assert analysis.ok, analysis.diagnostics
    return analysis


def judged(analysis: Analysis, text: str) -> tuple[tuple[Diagnostic, ...], tuple[Limit, ...]]:
    assert analysis.graph is not None and analysis.legal is not None
    model = next(item for item in analysis.file.items if isinstance(item, tree.Model))
    return check_limits(
        analysis.graph, analysis.legal, analysis.recipe, read_limits(text, "pyproject.toml:3"), model.name_span
    )


@pytest.mark.parametrize(
    ("limit", "pictures", "fixed", "sequences"),
    [
        ("parameters <= 5M", True, True, True),
        ("receptive_field >= 3", True, True, True),
        ("buffers == 0", True, True, True),
        ("macs(H=256, W=256) <= 2G", True, False, False),
        ("2G >= macs(H=256, W=256)", True, False, False),
        ("macs(W=256, H=256, N=8) <= 20G", True, False, False),
        ("memory(N=1, H=256, W=256) <= 1GiB", True, False, False),
        ("macs(H=256) <= 2G", False, False, False),
        ("macs <= 2G", False, True, False),
        ("memory <= 1GiB", False, True, False),
        ("macs(L=1000) <= 1M", False, False, True),
    ],
)
def test_concerns_when_asked_is_true_of_networks_with_just_these_sizes(
    limit: str, pictures: bool, fixed: bool, sequences: bool
) -> None:
    (one,) = read_limits(limit, "--expect")
    kinds = (network(), network("224, 224"), network("L", rank="1d"))
    assert [concerns(one, kind.legal) for kind in kinds if kind.legal is not None] == [pictures, fixed, sequences]
    for kind, concerned in zip(kinds, (pictures, fixed, sequences), strict=True):
        found, others = judged(kind, limit)
        assert (found, len(others)) == ((), 0 if concerned else 1)  # all of these hold where they are asked


def test_check_limits_when_one_is_broken_blames_layers_and_says_where_the_limit_is_from() -> None:
    analysis = network()
    (found,), others = judged(analysis, "parameters <= 90, receptive_field >= 3")
    assert (found.code, found.message) == (codes.EXPECTATION, "the parameters are 98, at most 90 were expected")
    assert analysis.source.excerpt(found.where.span) == "Net"
    labels = {analysis.source.excerpt(label.span): label.text for label in found.labels}
    assert labels == {"Conv2d(8, 3, padding=1)": "80", "Conv2d(2, 1)": "18"}
    assert found.notes == ("98 = 80 `c` + 18 `y`", "limit: `parameters <= 90`, from pyproject.toml:3")
    assert others == ()


def test_check_limits_when_a_limit_is_misjudged_changes_nothing_in_the_spec() -> None:
    """The expectation's own edits are of the limit's text, which is not the spec's."""
    (found,), _ = judged(network(), "parameters == 90")
    assert found.helps and all(way.edits == () for way in found.helps)


def test_check_limits_when_the_size_is_not_accepted_is_an_error_with_the_way_out() -> None:
    """u is 2 * (H // 2), which is H for even H only."""
    text = NET.replace(
        "  y = Conv2d(2, 1)\n", "  MaxPool2d(2)\n  u = Upsample(scale_factor=2)\n  u + c\n  y = Conv2d(2, 1)\n"
    )
    analysis = analyze(Source("net.cdsl", text.replace("INPUT", "[N, 1, H, W]").replace("OUTPUT", "[N, 2, H, W]")))
    (found,), others = judged(analysis, "macs(H=255, W=256) <= 2G")
    assert (found.code, others) == (codes.SIZE_ILLEGAL, ())
    assert found.message == "H=255, W=256 is not accepted by the network, and the limit cannot be measured"
    assert "`per-file-expect`" in found.helps[-1].text
    assert found.notes[-1] == "limit: `macs(H=255, W=256) <= 2G`, from pyproject.toml:3"


def test_read_limits_when_parted_by_commas_gives_each_its_text() -> None:
    found = read_limits("parameters <= 1M, macs(H=2, W=2) <= 3", "--expect")
    assert [one.text for one in found] == ["parameters <= 1M", "macs(H=2, W=2) <= 3"]


@pytest.mark.parametrize(
    ("text", "message", "way_out"),
    [
        ("", "nothing is expected by ``", "write a limit"),
        ("parametrs <= 1M", "`parametrs` is no quantity of a network", "did you mean `parameters`"),
        ("flops(H=2, W=2) <= 1M", "`flops` is no quantity of a network", "1 MAC is 2 FLOPs"),
        ("parameters", "an expectation compares a quantity with a number", "such as"),
        ("parameters <= buffers", "a quantity is compared with a number", "such as"),
        ("parameters <= 1M, macs", "an expectation compares a quantity with a number", "such as"),
        ("parameters(H=2) <= 3", "`parameters` takes no sizes", "write `parameters`"),
        ("macs(H=2", "the line ends too early", "expected"),
        ("parameters <=", "a value is missing after `<=`", ""),
    ],
)
def test_read_limits_when_it_is_none_names_place_and_way_out(text: str, message: str, way_out: str) -> None:
    with pytest.raises(MistakeError) as caught:
        read_limits(text, "pyproject.toml:7")
    assert caught.value.message.startswith("pyproject.toml:7: ")
    assert message in caught.value.message
    assert way_out in caught.value.way_out
