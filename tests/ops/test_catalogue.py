"""The catalogue: finding operators by name, cheaply, and what is meant by a name that is not there."""

import subprocess
import sys
from inspect import signature as python_signature
from pathlib import Path

import pytest
from torch import nn

from convdsl.argument import OPERANDS, signature
from convdsl.op import Op
from convdsl.ops import catalogue

WANTED = (  # the operators that a spec of edition 1 could not do without
    *("Conv2d", "ConvTranspose2d", "MaxPool2d", "AvgPool2d", "AdaptiveAvgPool2d", "BatchNorm2d", "Linear", "Identity"),
    *("ReLU", "ReLU6", "LeakyReLU", "Sigmoid", "Tanh", "Softmax", "Dropout", "Dropout2d", "Upsample", "Pad", "Crop"),
    *("Slice", "Concat", "Add", "Sub", "Mul", "Div", "Flatten", "Unflatten"),
)

# arguments of torch.nn that we leave out: what the lazy twin drops, what has no meaning in a spec
_LEFT_OUT = {
    "in_channels",
    "num_features",
    "in_features",
    "in1_features",
    "in2_features",
    "num_channels",
    "device",
    "dtype",
    "output_ratio",
    "min_value",
    "max_value",
    "_random_samples",
    "like",  # PyTorch: an argument of forward
}


@pytest.mark.parametrize("name", WANTED)
def test_find_for_the_operators_of_edition_1_returns_a_class_of_that_name(name: str) -> None:
    found = catalogue.find(name)
    assert found is not None
    assert found.__name__ == name
    assert issubclass(found, Op)


@pytest.mark.parametrize("name", ["conv2d", "Window", "Arithmetic", "Convolution", "Catalogue", "", "..", "os", "Op"])
def test_find_for_what_is_no_operator_returns_none(name: str) -> None:
    assert catalogue.find(name) is None


def test_names_are_all_found() -> None:
    assert all(catalogue.find(name) is not None for name in catalogue.names())


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("conv2d", "Conv2d"),
        ("Conv2D", "Conv2d"),
        ("Con2d", "Conv2d"),
        ("Conv2DTranspose", "ConvTranspose2d"),
        ("Dense", "Linear"),
        ("MaxPooling2D", "MaxPool2d"),
        ("UpSampling2D", "Upsample"),
        ("LeakyRelu", "LeakyReLU"),
        ("Relu", "ReLU"),
        ("concat", "Concat"),
        ("Concatenate", "Concat"),
        ("cat", "Concat"),
        ("BatchNormalization", "BatchNorm2d"),
        ("BatchNorm", "BatchNorm2d"),
        ("GlobalAveragePooling2D", "AdaptiveAvgPool2d(1)"),
        ("max_pool2d", "MaxPool2d"),
        ("Sigmoud", "Sigmoid"),
        ("Swish", "SiLU"),
        ("LayerNormalization", "LayerNorm"),
        ("DepthToSpace", "PixelShuffle"),
        ("MaxUnpooling2D", "MaxUnpool2d"),
        ("PReLu", "PReLU"),
        ("Quux", None),
        ("", None),
    ],
)
def test_suggest_for_a_slip_or_another_framework_names_ours(written: str, meant: str | None) -> None:
    assert catalogue.suggest(written) == meant


def test_suggestions_exist() -> None:
    assert all(catalogue.find(meant.partition("(")[0]) for meant in catalogue._ELSEWHERE.values())


def test_find_loads_only_the_operators_that_are_named() -> None:
    code = (
        "import sys; from convdsl.ops import catalogue; catalogue.find('Conv2d'); "
        "print(*sorted(m for m in sys.modules if m.startswith('convdsl.ops.') or m in ('torch', 'numpy', 'inspect')))"
    )
    root = Path(__file__).parents[2]
    loaded = subprocess.run([sys.executable, "-c", code], cwd=root, capture_output=True, text=True, check=True).stdout
    assert "convdsl.ops.conv2d" in loaded
    for other in ("torch", "numpy", "convdsl.ops.linear", "convdsl.ops.relu", "convdsl.ops.conv3d"):
        assert other not in loaded.split()


@pytest.mark.parametrize("name", [name for name in catalogue.names() if hasattr(nn, name)])
def test_signature_is_that_of_torch_without_what_the_lazy_twin_drops(name: str) -> None:
    known = python_signature(getattr(nn, name)).parameters.values()
    theirs = [p for p in known if p.name not in _LEFT_OUT and p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD)]
    ours = [p for p in signature(catalogue.find(name)) if p.name not in _LEFT_OUT]
    known = {p.name: p for p in ours}
    assert set(known) == {p.name for p in theirs}
    for parameter in theirs:
        mine = known[parameter.name]
        if name in ("Softmax", "Softmin", "LogSoftmax") or "Fractional" in name:
            continue  # PyTorch's default is a guess with a warning, or leaves the choice to another argument
        if parameter.default is parameter.empty:
            assert mine.required
        else:
            assert mine.default == mine.read(parameter.default), parameter.name
    # positions agree up to the first that is left out on the way
    positional = [p.name for p in ours if not p.keyword_only]
    assert positional == [p.name for p in theirs][: len(positional)]


@pytest.mark.parametrize("name", catalogue.names())
def test_defaults_of_every_operator_are_in_normal_form_and_in_range(name: str) -> None:
    for parameter in signature(catalogue.find(name)):
        assert parameter.doc
        if not parameter.required and parameter.kind is not OPERANDS:
            assert parameter.read(parameter.default) == parameter.default
