"""The laws that every operator of the catalogue keeps, against PyTorch on CPU (convdsl/testing/op_laws.py)."""

import os

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from torch import Tensor, nn

from convdsl.argument import Invalid
from convdsl.ops import catalogue
from convdsl.testing.case import Case
from convdsl.testing.op_laws import Known, check_laws

from .reference import reference
from .strategies import cases

torch.set_num_threads(1)

NAMES = catalogue.names()
EXAMPLES = int(os.environ.get("CONVDSL_EXAMPLES", "200"))  # `make soak` asks for more, and for fresh ones
SMALL = settings(
    max_examples=30,
    deadline=None,
    derandomize="CONVDSL_EXAMPLES" not in os.environ,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much, HealthCheck.data_too_large],
)

# Where we refuse and PyTorch does not, each with its reason: (operator, argument or code).
STRICTER = {
    ("Add", "E206"): "broadcasting is asked for by name",
    ("Sub", "E206"): "broadcasting is asked for by name",
    ("Mul", "E206"): "broadcasting is asked for by name",
    ("Div", "E206"): "broadcasting is asked for by name",
    ("Div", "operands"): "a division by the number 0 is a slip",
    **{(name, "dim"): "images of a batch are never mixed" for name in ("Concat", "Softmax", "Softmin", "LogSoftmax")},
    **{(name, "dim"): "images of a batch are never mixed" for name in ("GLU", "Mean")},
    ("Permute", "dims"): "images of a batch are never mixed",
    ("PadToMultiple", "value"): "a value that is not used is a slip",
    **{(f"MaxPool{n}d", "dilation"): "a window of padding only corrupts PyTorch's memory" for n in (1, 2, 3)},
    ("MultiheadAttention", "batch_first"): "images of a batch are never mixed",
    ("Rescaling", "E205"): "nothing is repeated unasked",
    ("Crop", "anchor"): "a word that says nothing is a slip",
    ("Softplus", "beta"): "1 / 0",
    ("Flatten", "start_dim"): "images of a batch are never mixed",
    ("Flatten", "end_dim"): "images of a batch are never mixed",
    ("Unflatten", "dim"): "images of a batch are never mixed",
    ("Slice", "dim"): "images of a batch are never mixed",
    ("Chunk", "dim"): "images of a batch are never mixed",
    ("Split", "dim"): "images of a batch are never mixed",
    ("Slice", "start"): "a slice lies inside the image, nothing is clipped",
    ("Slice", "stop"): "a slice lies inside the image, nothing is clipped",
    ("Chunk", "chunks"): "as many parts as were asked for",
    ("Pad", "padding"): "all spatial axes are padded, none is guessed",
    ("Pad", "value"): "a value that is not used is a slip",
    ("Crop", ""): "a crop of nothing is a slip",
    ("Crop", "top"): "a sequence has no top",
    ("Crop", "bottom"): "a sequence has no bottom",
    ("Resize", ""): "like and size exclude each other",
    ("Upsample", "scale_factor"): "a list of one factor for several axes is a slip",
    ("GroupNorm", "E214"): "one image must be enough, and PyTorch counts the batch",
    **{(f"{kind}Norm{n}d", "E214"): "one image must be enough" for kind in ("Batch", "Instance") for n in (1, 2, 3)},
    **{(f"{kind}Norm{n}d", "eps"): "0 / 0" for kind in ("Batch", "Instance") for n in (1, 2, 3)},
    **{(name, "eps"): "0 / 0" for name in ("GroupNorm", "LayerNorm", "RMSNorm")},
    **{(name, "normalized_shape"): "images of a batch are never mixed" for name in ("LayerNorm", "RMSNorm")},
}


def known_of(name: str) -> Known:
    """Return what is known of one of our operators besides what it says."""
    return Known(
        reference,
        stricter=lambda case, refusal: (
            not {(name, refusal.argument), (name, refusal.code)}.isdisjoint(STRICTER) or _may_be_unwritten(case)
        ),
        asks_more=_asks_more,
        rounds="Attention" in name,  # the same products, summed in another order
        counted=_as_products if name == "Bilinear" else None,
    )


def _may_be_unwritten(case: Case) -> bool:
    """Circular padding on one side of what is cut off on the other: PyTorch may return memory nobody has written."""
    padding = getattr(case.op, "padding", None)
    circular = "Pad" in type(case.op).__name__ and getattr(case.op, "mode", "") == "circular"
    return circular and isinstance(padding, tuple) and min(padding) < 0 < max(padding)


def _asks_more(case: Case, refusal: Invalid | None) -> bool:
    """Say where symbols may be refused and numbers not, by a refusal or, without one, by a guard."""
    return _has_guard(case) if refusal is None else _needs_numbers(case, refusal)


def _needs_numbers(case: Case, refusal: Invalid) -> bool:
    name = type(getattr(case.op, "layer", case.op)).__name__
    if name in ("Add", "Sub", "Mul", "Div", "Concat", "Crop"):
        return refusal.code in ("E204", "E205", "E206") or refusal.argument == "dim"  # other symbols, 1 against H
    if name.startswith("BatchNorm") and refusal.code == "E214":
        return True  # a batch of any size may be one image
    if name == "Split" and isinstance(case.op.split_size_or_sections, int):
        return True
    return name in ("Linear", "Bilinear", "Reshape", "Chunk") or "flattened" in refusal.message


def _has_guard(case: Case) -> bool:
    """Chunk divides evenly; small sizes under a MaxPool with blind windows; a norm whose batch may be one image; and
    only a fixed 1 is repeated by broadcasting.
    """
    name = type(case.op).__name__
    return name == "Chunk" or "Norm" in name or name.startswith("MaxPool") or getattr(case.op, "broadcast", False)


def _as_products(module: nn.Bilinear, left: Tensor, right: Tensor) -> Tensor:
    """Compute Bilinear, which PyTorch's counter does not know, as a dense layer over all products of pairs."""
    pairs = (left.unsqueeze(-1) * right.unsqueeze(-2)).flatten(-2)
    return nn.functional.linear(pairs, module.weight.flatten(1), module.bias)


def _law(name: str, examples: int) -> None:
    if name.endswith(("1d", "3d")):
        examples //= 2  # the code is that of the 2d twin
    known = known_of(name)

    @settings(SMALL, max_examples=examples)
    @given(cases(catalogue.find(name)))
    def law(case: Case) -> None:
        check_laws(case, known)

    law()


@pytest.mark.parametrize("name", NAMES)
def test_every_law_agrees_with_torch_at_any_arguments_and_sizes(name: str) -> None:
    _law(name, EXAMPLES)


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_every_law_agrees_with_torch_in_thousands_of_cases(name: str) -> None:
    _law(name, max(EXAMPLES, 1000))
