"""Layers and rules of another package, tests/plugin_example: found by their entry points, installed for real in a slow
test; the laws of convdsl.testing hold for them, and see what is wrong with others.
"""

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import final

import pytest

from convdsl.argument import Invalid, arg
from convdsl.diagnostics import Code, Diagnostic, Help, Severity
from convdsl.lint.rule import Rule
from convdsl.lint.subject import Subject
from convdsl.op import Expression, Interval, Module, Op
from convdsl.shape import Shape
from convdsl.testing import check_op, check_rule

ROOT = Path(__file__).parent.parent
EXAMPLE = ROOT / "tests" / "plugin_example"
POINTS = """[convdsl.ops]
LayerScale = convdsl_example.layer_scale:LayerScale

[convdsl.lints]
late-layer-scale = convdsl_example.late_layer_scale:LateLayerScale
"""
SPEC = """convdsl 1
model Scaled {
  input x: [N, 8, H, W]
  a = LayerScale(init=0.5)
  y = BatchNorm2d()
  output y: [N, 8, H, W]
}
"""


def run(python: str, *words: str, folder: Path, path: tuple[Path, ...] = (), code: int = 0) -> str:
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONPATH"}
    if path:
        environment["PYTHONPATH"] = os.pathsep.join(map(str, path))
    done = subprocess.run(
        [python, *words], cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done.stdout + done.stderr


def lay_out(folder: Path, points: str = POINTS) -> tuple[Path, ...]:
    """Lay the package's metadata out as an installer does; return where Python has to look."""
    (folder / "scaled.cdsl").write_text(SPEC, "utf-8")
    info = folder / "convdsl_example-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: convdsl-example\nVersion: 1.0\n", "utf-8")
    (info / "entry_points.txt").write_text(points, "utf-8")
    return ROOT, EXAMPLE, folder


def test_layer_of_another_package_when_installed_is_checked_counted_and_emitted(tmp_path: Path) -> None:
    path = lay_out(tmp_path)
    found = run(sys.executable, "-m", "convdsl", "check", "scaled.cdsl", folder=tmp_path, path=path)
    assert "warning[W951 late-layer-scale] the scale of `a` is taken away by `y`" in found
    table = run(sys.executable, "-m", "convdsl", "show", "scaled.cdsl", folder=tmp_path, path=path)
    assert "24 parameters" in table  # 8 numbers of LayerScale, 2 x 8 of BatchNorm2d
    emitted = run(sys.executable, "-m", "convdsl", "emit", "scaled.cdsl", folder=tmp_path, path=path)
    assert "class convdsl_example__LayerScale(nn.Module):" in emitted
    assert "convdsl_example__LayerScale(8, init=0.5)" in emitted or "convdsl_example__LayerScale(8, 0.5)" in emitted
    assert "import convdsl" not in emitted
    schema = run(sys.executable, "-m", "convdsl", "schema", folder=tmp_path, path=path)
    assert '"LayerScale"' in schema


def test_layer_of_another_package_when_misspelt_is_suggested(tmp_path: Path) -> None:
    path = lay_out(tmp_path)
    (tmp_path / "slip.cdsl").write_text(SPEC.replace("LayerScale", "LayerScal"), "utf-8")
    assert "LayerScale" in run(
        *(sys.executable, "-m", "convdsl", "check", "slip.cdsl"), folder=tmp_path, path=path, code=1
    )


def test_layer_of_another_package_when_it_is_not_there_is_unknown_without_a_traceback(tmp_path: Path) -> None:
    lay_out(tmp_path)
    for points, said in (
        ("", "unknown layer `LayerScale`"),
        ("[convdsl.ops]\nLayerScale = nowhere:LayerScale\n", "the package `convdsl-example` cannot give the layer"),
        ("[convdsl.ops]\nLayerScale = textwrap:dedent\n", "the package `convdsl-example` gives no layer by the name"),
    ):
        (tmp_path / "convdsl_example-1.0.dist-info" / "entry_points.txt").write_text(points, "utf-8")
        words = (sys.executable, "-m", "convdsl", "check", "scaled.cdsl")
        found = run(*words, folder=tmp_path, path=(ROOT, tmp_path), code=2 if points else 1)
        assert said in found
        assert "Traceback" not in found


@pytest.mark.parametrize(
    ("points", "said"),
    [
        ("late = nowhere:Late", "cannot give the rule `late`"),
        ("late = textwrap:dedent", "gives no rule by the name of `late`"),
        ("late = convdsl.lint.rules.checkerboard:Checkerboard", "brings a rule W301 checkerboard, and there is"),
    ],
)
def test_rule_of_another_package_when_it_cannot_be_had_is_said_without_a_traceback(
    points: str, said: str, tmp_path: Path
) -> None:
    path = lay_out(tmp_path, f"[convdsl.lints]\n{points}\n")
    found = run(sys.executable, "-m", "convdsl", "rules", folder=tmp_path, path=path, code=2)
    assert said in found
    assert "Traceback" not in found


@pytest.mark.slow
def test_package_when_it_is_installed_for_real_keeps_the_laws_and_is_used(tmp_path: Path) -> None:
    """pip builds and installs it into an environment that borrows this one's packages, without a network."""
    made = tmp_path / "environment"
    run(sys.executable, "-m", "venv", "--without-pip", str(made), folder=tmp_path)
    python = str(made / "bin" / "python")
    borrowed = f"{ROOT}\n{sysconfig.get_path('purelib')}\n"
    inside = Path(run(python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))", folder=tmp_path).strip())
    (inside / "borrowed.pth").write_text(borrowed, "utf-8")
    source = shutil.copytree(EXAMPLE, tmp_path / "source", ignore=shutil.ignore_patterns("__pycache__"))
    install = ("-m", "pip", "--python", python, "install", "--no-index", "--no-deps", "--no-build-isolation")
    run(sys.executable, *install, "--disable-pip-version-check", str(source), folder=tmp_path)
    (tmp_path / "scaled.cdsl").write_text(SPEC, "utf-8")
    assert "W951" in run(python, "-m", "convdsl", "check", "scaled.cdsl", folder=tmp_path)
    laws = run(python, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(source / "tests"), folder=tmp_path)
    assert "2 passed" in laws


# ------------------------------------------------------------------ the laws can fail


class Halved(Op):
    """Begin of the operators below, which are all but right."""

    __slots__ = ()

    def shape(self, *inputs: Shape) -> Shape:
        if inputs[0].rank != 4:
            raise Invalid("", f"an image has 4 axes, and the input has {inputs[0].rank}")
        return inputs[0]

    def call(self, *inputs: Shape) -> Module | Expression:
        return Expression("{0} / 2")


@final
@dataclass(frozen=True, slots=True)
class Right(Halved):
    """Halve every number.

    Source: arithmetic.
    Example: [N, 8, H, W] -> Right() -> [N, 8, H, W]
    """

    by: int = arg("nothing", default=1, min=1)

    def values(self, *inputs: Interval) -> Interval:
        return Interval(inputs[0].low / 2, inputs[0].high / 2)


def wrong(name: str, **methods: object) -> type[Op]:
    """Make an operator that is right but for some methods."""
    doc = (Right.__doc__ or "").replace("Right", name)
    words = {"__doc__": doc, "__slots__": (), "__annotations__": {}, **methods}
    return final(dataclass(frozen=True)(type(name, (Halved,), words)))


def of_shape(self: Op, *inputs: Shape) -> Shape:
    return Halved.shape(self, *inputs).with_channels(1)


def test_check_op_when_an_operator_is_right_says_nothing() -> None:
    check_op(Right, examples=10)


@pytest.mark.parametrize(
    ("methods", "said"),
    [
        ({"weights": lambda self, *inputs: {"weight": (8,)}}, "torch's state is [], we say"),
        ({"values": lambda self, *inputs: Interval(0.0, 0.1)}, "and there is"),
        ({"macs": lambda self, *inputs: 7}, "7 MACs, torch counts 0 FLOPs"),
        ({"call": lambda self, *inputs: Expression("{0}")}, "lies in an input's memory"),
        ({"call": lambda self, *inputs: Expression("{0}[:, :0]")}, "torch gives"),
        ({"call": lambda self, *inputs: Expression("{0} @ torch.zeros(77)")}, "torch refuses"),
        ({"call": lambda self, *inputs: Expression("{0}.sigmoid()")}, "`saves_output` is False"),
        ({"__doc__": "Halve.\n\nSource: arithmetic.\n"}, "its docstring has an example"),
        ({"__doc__": "Halve.\n\nExample: [N, 8, H, W] -> Wrong() -> [N, 8, H, W]"}, "its docstring names a source"),
    ],
)
def test_check_op_when_an_operator_is_wrong_says_where(methods: dict[str, object], said: str) -> None:
    with pytest.raises(AssertionError) as caught:
        check_op(wrong("Wrong", **methods), examples=10)
    assert said in str(caught.value)


BAD = """
model Net {
  input x: [N, 8, H, W]
  y = ReLU()  # W952
  output y: [N, 8, H, W]
}
"""


class Every(Rule):
    """A layer is there.

    What: a layer of this name.

    Why: for the test.

    Fix: none.

    Source: arithmetic.
    """

    code = Code("W952", "every", Severity.WARNING)
    bad = (BAD,)
    good = (BAD.replace("ReLU", "Tanh"),)
    wanted = "ReLU"
    message = "a layer"
    helps: tuple[Help, ...] = (Help("leave it out"),)

    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        for node, op in subject.layers:
            if self.wanted in type(op).__name__:
                yield subject.finding(self.code, node, self.message, helps=self.helps)


def test_check_rule_when_a_rule_is_right_says_nothing() -> None:
    check_rule(Every)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"wanted": "Tanh"}, "a good spec is found fault with"),
        ({"wanted": "Softmax"}, "found in lines [], marked are [5]"),
        ({"message": "A layer"}, "begins with a capital"),
        ({"message": "a layer."}, "ends in a full stop"),
        ({"helps": ()}, "a finding has a way out"),
        ({"good": ()}, "there have to be bad specs and good ones"),
        ({"bad": (BAD.replace("# W952", ""),)}, "no line is marked"),
        ({"__doc__": "A layer is there."}, "has no What, Why, Fix, Source"),
    ],
)
def test_check_rule_when_a_rule_is_wrong_says_where(change: dict[str, object], said: str) -> None:
    kind = type("Wrong", (Every,), {"__doc__": Every.__doc__, **change})
    with pytest.raises((AssertionError, ValueError)) as caught:
        check_rule(kind)
    assert said in str(caught.value)
