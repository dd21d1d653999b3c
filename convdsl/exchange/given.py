"""Weights that a user hands over, for a network that they have to fit exactly."""

from collections.abc import Mapping
from pathlib import Path

from torch import Tensor

from convdsl.graph.graph import Graph
from convdsl.lower.keys import state_keys
from convdsl.mistake import MistakeError

_FEW = 5  # of each kind of misfit that are listed


def read_tensors(place: Path) -> Mapping[str, Tensor]:
    """Return the named tensors of a safetensors file.

    Raises MistakeError where there is no such file, or it holds no tensors.
    """
    import safetensors.torch  # here, for a network with fresh weights needs PyTorch only

    try:
        return safetensors.torch.load_file(place)
    except FileNotFoundError as error:
        raise MistakeError(f"there is no file `{place}`", way_out="check the name and the folder") from error
    except (safetensors.SafetensorError, OSError, ValueError) as error:
        way_out = "give a safetensors file, or the --out folder of `train`"
        raise MistakeError(f"`{place}` holds no tensors that could be read: {error}", way_out=way_out) from error


def require_fit(graph: Graph, state: Mapping[str, Tensor], place: str) -> None:
    """Hold names and shapes against those of the network. place: of the file, "" where there is none.

    Raises MistakeError with what is missing, what is too much, and what has another shape.
    """
    wanted = state_keys(graph)
    notes = [f"missing: `{key}`" for key in wanted if key not in state][:_FEW]
    notes += [f"not in the network: `{key}`" for key in state if key not in wanted][:_FEW]
    shapes = {key: tuple(state[key].shape) for key in wanted if key in state}
    notes += [
        f"`{key}` is {shapes[key]}, and the network has {wanted[key]}" for key in shapes if shapes[key] != wanted[key]
    ][:_FEW]
    if notes:
        named = f"the weights in `{place}`" if place else "the weights"
        way_out = "`convdsl show --keys` lists the names and shapes of the network"
        raise MistakeError(f"{named} do not fit `{graph.model}`", notes=tuple(notes), way_out=way_out)
