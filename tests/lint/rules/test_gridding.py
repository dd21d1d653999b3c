"""W306 and W318: which cells dilated windows leave out, by the gradients of PyTorch."""

import pytest
import torch
from torch import nn

from convdsl.diagnostics import Diagnostic
from convdsl.lint.rules.gridding import Gridding
from convdsl.lint.rules.unread_centre import UnreadCentre
from convdsl.lint.run import findings
from convdsl.pipeline import analyze
from convdsl.review import subject_of
from convdsl.source import Source


def found(layers: str, promise: str = "H, W") -> list[Diagnostic]:
    text = f"convdsl 1\n\nmodel Net {{\n  input x: [N, 1, H, W]\n{layers}\n  output y: [N, 1, {promise}]\n}}\n"
    analysis = analyze(Source("spec.cdsl", text))
    assert analysis.ok, [item.message for item in analysis.diagnostics]
    subject = subject_of(analysis)
    assert subject is not None
    return findings(subject, [Gridding(), UnreadCentre()])


def read_by_middle(*layers: nn.Module) -> torch.Tensor:
    """Return the window of cells that the middle output's gradient reaches, True where it is not zero."""
    for layer in layers:
        for weight in layer.parameters():
            nn.init.ones_(weight)
    x = torch.zeros(1, 1, 41, 41, requires_grad=True)
    y = nn.Sequential(*layers)(x)
    y[0, 0, y.shape[2] // 2, y.shape[3] // 2].backward()
    assert x.grad is not None
    reached = x.grad[0, 0] != 0
    rows, columns = reached.any(1).nonzero().flatten(), reached.any(0).nonzero().flatten()
    return reached[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


@pytest.mark.parametrize("dilations", [(2,), (2, 2), (2, 3), (2, 2, 2), (4, 2)])
@pytest.mark.parametrize("kernel", [3, 5])
def test_gridding_when_windows_are_stacked_counts_the_cells_that_gradients_reach(
    dilations: tuple[int, ...], kernel: int
) -> None:
    half = kernel // 2
    layers = [f"Conv2d(1, {kernel}, padding={half * rate}, dilation={rate})" for rate in dilations]
    (finding,) = found("  " + "\n  ".join([*layers[:-1], f"y = {layers[-1]}"]))
    window = read_by_middle(*(nn.Conv2d(1, 1, kernel, padding=half * rate, dilation=rate) for rate in dilations))
    assert f"read {int(window.sum())} of the {window.numel()} cells" in finding.message


@pytest.mark.parametrize(("before", "behind"), [("Conv2d(1, 3, padding=1)", "ReLU()"), ("ReLU()", "Conv2d(1, 2)")])
def test_gridding_when_a_plain_window_stands_before_or_behind_finds_nothing(before: str, behind: str) -> None:
    promise = "H - 1, W - 1" if "2)" in behind else "H, W"
    assert not found(f"  {before}\n  Conv2d(1, 3, padding=2, dilation=2)\n  y = {behind}", promise)
    pad = 1 if "3" in before else 0
    plain = nn.Conv2d(1, 1, 3, padding=1) if pad else nn.Conv2d(1, 1, 2)
    assert bool(read_by_middle(plain, nn.Conv2d(1, 1, 3, padding=2, dilation=2)).all())


def test_gridding_when_a_plain_window_is_narrower_than_the_holes_says_which_is_wide_enough() -> None:
    # dilation 4 leaves holes of 3 cells, of which 2 taps fill one: 4 taps would do, and 5 is odd
    (finding,) = found("  Conv2d(1, 2)\n  y = Conv2d(1, 3, padding=4, dilation=4)", "H - 1, W - 1")
    # taps at -4, 0, 4 and one further each: 6 of 10 along an axis
    assert "read 36 of the 100 cells" in finding.message
    assert "a window of 3 or more" in finding.helps[0].text  # what is left are holes of 2
    (finding,) = found("  y = Conv2d(1, 3, padding=4, dilation=4)")
    assert "a window of 5 or more" in finding.helps[0].text


def test_gridding_when_neighbours_share_no_cell_says_so_and_only_then() -> None:
    (finding,) = found("  y = Conv2d(1, 3, padding=2, dilation=2)")  # -2, 0, 2 and -1, 1, 3
    assert "two neighbours along the height or width read no cell in common" in finding.notes
    (finding,) = found("  Conv2d(1, 2)\n  y = Conv2d(1, 3, padding=4, dilation=4)", "H - 1, W - 1")  # 0, 1 and 1, 2
    assert not any("in common" in note for note in finding.notes)


def test_gridding_when_a_window_is_wider_than_any_picture_is_not_followed() -> None:
    assert found("  y = Conv2d(1, 3, padding=2000000, dilation=2000000)") == []


@pytest.mark.parametrize(("kernel", "dilation"), [(4, 2), (2, 2), (2, 3), (6, 4)])
def test_unread_centre_when_a_window_is_even_and_dilated_is_what_the_gradient_shows(kernel: int, dilation: int) -> None:
    extent = dilation * (kernel - 1)
    layers = f"  Conv2d(1, {dilation})\n  y = Conv2d(1, {kernel}, dilation={dilation})"
    shrunk = extent + dilation - 1
    named = [one.code.name for one in found(layers, f"H - {shrunk}, W - {shrunk}")]
    window = read_by_middle(nn.Conv2d(1, 1, kernel, dilation=dilation))
    assert named == ["unread-centre"]  # a window as wide as the dilation fills the holes
    assert window.shape[0] == extent + 1
    assert not window[extent // 2, 0]
    assert not window[(extent + 1) // 2, 0]


def test_unread_centre_when_it_reads_says_where() -> None:
    # dilation 2 over 4 taps: 0, 2, 4, 6 around 3
    assert any(
        "-3, -1, +1, +3" in note for one in found("  y = Conv2d(1, 4, padding=3, dilation=2)") for note in one.notes
    )
