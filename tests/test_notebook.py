"""In a notebook: networks show their drawing and table, mistakes their message; parameters are keywords.

The shell is IPython's own, which every notebook runs; what a cell prints and displays is read from it.
"""

import re
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import pytest

import convdsl
from tests.builder.programs import Colorizer

InteractiveShell = pytest.importorskip("IPython.core.interactiveshell").InteractiveShell
capture_output = pytest.importorskip("IPython.utils.capture").capture_output

ROOT = Path(__file__).parent.parent
UNET = ROOT / "specs" / "unet.cdsl"
NET = """\
convdsl 1
model Net(width: int = 2, depth: int = 1, seed: int = 1) {
  input x: [N, 1, H, W]
  repeat depth { Conv2d(width, 1) }
  y = Conv2d(width, 1)
  output y: [N, width, H, W]
}
"""
WRONG = NET.replace("y = Conv2d", "y = Conv2D")


@pytest.fixture(name="shell", scope="module")
def _shell() -> Iterator[InteractiveShell]:
    from traitlets.config import Config

    config = Config()
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "nocolor"
    shell = InteractiveShell.instance(config=config)
    yield shell
    InteractiveShell.clear_instance()


def cell(shell: InteractiveShell, code: str) -> str:
    """Run a cell and return what it prints, on either stream."""
    with capture_output() as captured:
        shell.run_cell(code)
    return captured.stdout + captured.stderr


def bundle(shell: InteractiveShell, value: object) -> dict[str, str]:
    """Return what IPython shows of a value, by media type."""
    data, _ = shell.display_formatter.format(value)
    return data


def ids(svg: str) -> list[str]:
    return [item.attrib["id"] for item in ElementTree.fromstring(svg).iter() if "id" in item.attrib]


def test_network_in_a_cell_shows_its_drawing_and_its_table(shell: InteractiveShell) -> None:
    shown = bundle(shell, convdsl.load(UNET))
    assert shown["text/plain"] == convdsl.show(UNET)
    assert shown["image/svg+xml"] == convdsl.draw(UNET)


def test_model_that_a_program_wrote_shows_the_same(shell: InteractiveShell) -> None:
    shown = bundle(shell, Colorizer)
    assert "Conv2d" in shown["text/plain"]
    assert shown["image/svg+xml"].startswith("<svg")


def test_drawings_of_several_networks_in_one_page_share_no_id_and_a_second_run_is_the_same(
    shell: InteractiveShell,
) -> None:
    pictures = [bundle(shell, convdsl.load(NET, width=width))["image/svg+xml"] for width in (2, 3)]
    names = [name for picture in pictures for name in ids(picture)]
    assert len(names) == len(set(names)) > 4
    assert bundle(shell, convdsl.load(NET, width=2))["image/svg+xml"] == pictures[0]
    for picture in pictures:
        (labels,) = re.findall(r'aria-labelledby="([^"]*)"', picture)
        assert set(labels.split()) <= set(ids(picture))


def test_network_when_broken_shows_its_mistakes_below_the_table(shell: InteractiveShell) -> None:
    shown = bundle(shell, convdsl.load(UNET.read_text("utf-8").replace("(16, 2", "(16, 3")))
    assert "error[E204 join-size]" in shown["text/plain"]
    assert "^^^" in shown["text/plain"]
    assert "image/svg+xml" in shown


def test_text_without_a_model_shows_what_was_found(shell: InteractiveShell) -> None:
    shown = bundle(shell, convdsl.load("convdsl 1\nmodell M { }\n"))
    assert "error[" in shown["text/plain"]
    assert "image/svg+xml" not in shown


def test_mistake_in_a_spec_prints_the_diagnostic_and_no_traceback(shell: InteractiveShell) -> None:
    printed = cell(shell, f"import convdsl\nconvdsl.emit({WRONG!r})")
    assert "<text>:5:7: error[E110 unknown-layer] unknown layer `Conv2D`" in printed
    assert "5 |   y = Conv2D(width, 1)" in printed
    assert "  |       ^^^^^^" in printed
    assert "Traceback" not in printed
    assert "runnable" not in printed


def test_mistake_of_another_kind_prints_its_sentence_and_way_out(shell: InteractiveShell) -> None:
    printed = cell(shell, f"import convdsl\nconvdsl.show({str(UNET)!r}, '6x8')")
    assert "error: the network does not run at H = 6, W = 8" in printed
    assert "help: the nearest that it accepts" in printed
    assert "Traceback" not in printed


def test_fault_of_the_program_itself_keeps_its_traceback(shell: InteractiveShell) -> None:
    assert "Traceback" in cell(shell, "1 / 0")


def test_comparison_in_a_cell_shows_text_and_picture(shell: InteractiveShell) -> None:
    shown = bundle(shell, convdsl.diff(NET, NET.replace("width: int = 2", "width: int = 4")))
    assert "out_channels 2 → 4" in shown["text/plain"]
    assert shown["image/svg+xml"].startswith("<svg")


# ------------------------------------------------------------------ parameters


def test_parameters_when_given_as_keywords_are_the_models() -> None:
    """Two convolutions of width 5, on 1 channel and on 5: 5 + 5 and 25 + 5 parameters."""
    module = convdsl.build(NET, width=5)
    assert sum(weights.numel() for weights in module.parameters()) == 5 + 5 + 25 + 5
    assert "40 parameters" in convdsl.show(NET, width=5)
    assert "40 parameters" in convdsl.draw(NET, width=5)
    assert "nn.Conv2d(5, 5, 1)" in convdsl.emit(NET, width=5)


def test_keyword_when_the_model_has_no_such_parameter_is_refused() -> None:
    with pytest.raises(convdsl.SpecError, match="has no parameter `widht`"):
        convdsl.build(NET, widht=5)


@pytest.mark.parametrize(
    ("function", "keywords"),
    [(convdsl.draw, {"depth": 1}), (convdsl.show, {"depth": 1}), (convdsl.build, {"seed": 3})],
)
def test_keyword_when_it_is_an_option_and_a_parameter_is_refused_but_beside_an_analysis(
    function: object, keywords: dict[str, int]
) -> None:
    assert callable(function)
    with pytest.raises(convdsl.MistakeError, match=r"is an option of .* and a parameter of the model `Net`") as raised:
        function(NET, **keywords)
    assert "by `load`" in raised.value.way_out
    assert function(convdsl.load(NET, **keywords), **keywords) is not None
