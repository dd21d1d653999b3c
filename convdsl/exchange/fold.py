"""Fold the numbers of norms into the weights before them: what `lower/fuse.py` decided, done to tensors.

A norm that remembers is scale * x + shift for each channel, with scale = weight / sqrt(running_var + eps) and
shift = bias - running_mean * scale; so its layer's weight is multiplied by scale, and its bias becomes
bias * scale + shift. Source: Jacob et al. 2018, section 3.2 (arXiv:1712.05877).
"""

from collections.abc import Iterable, Mapping

import torch
from torch import Tensor

from convdsl.lower.fuse import Fold


def fold(state: Mapping[str, Tensor], folds: Iterable[Fold], wanted: Iterable[str]) -> dict[str, Tensor]:
    """Return the tensors of the fused network, from those of the network by its `state_dict` names.

    wanted: the names of the fused network's tensors. Returns them in float64, so that they are rounded once, when the
    network takes them.
    """
    exact = {key: value.double() if value.is_floating_point() else value for key, value in state.items()}
    for one in folds:
        scale = 1 / (exact[f"{one.norm}.running_var"] + one.eps).sqrt()
        if f"{one.norm}.weight" in exact:  # not where it was told `affine=False`
            scale = scale * exact[f"{one.norm}.weight"]
        none = torch.zeros_like(scale)
        shift = exact.get(f"{one.norm}.bias", none) - exact[f"{one.norm}.running_mean"] * scale
        weight = exact[f"{one.layer}.weight"]
        parts = weight.reshape(one.how.groups, -1, *weight.shape[1:])
        shape = [1] * parts.dim()
        shape[0], shape[one.how.axis] = one.how.groups, -1
        exact[f"{one.layer}.weight"] = (parts * scale.view(shape)).flatten(0, 1)
        exact[f"{one.layer}.bias"] = exact.get(f"{one.layer}.bias", none) * scale + shift
    return {key: exact[key] for key in wanted}
