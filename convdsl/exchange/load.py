"""Loading: a checkpoint into a module, and a checkpoint into a safetensors file with the network's own names."""

from collections.abc import Mapping
from pathlib import Path

import safetensors.torch
import torch
from torch import Tensor, nn

from convdsl.exchange.stored import Stored, shapes
from convdsl.exchange.weights import Match, match, match_graph
from convdsl.exchange.weights_report import text
from convdsl.graph.graph import Graph
from convdsl.lower.renaming import ARROW, Row, read_row, read_table
from convdsl.mistake import MistakeError

MOST_TABLE = 64 * 2**20  # bytes


def load_into(
    module: nn.Module,
    graph: Graph | None,
    stored: Stored,
    *,
    part: str = "",
    rows: tuple[Row, ...] = (),
    by: str = "names",
    strict: bool = True,
) -> Match:
    """Load a checkpoint into a module and return how it fitted. graph: of its spec, None where there is none.

    strict: every tensor has to fit; else those that do are loaded and the others stay as they are.
    Raises MistakeError; the module is then as it was.
    """
    state = module.state_dict()
    if graph is not None:
        found = match_graph(stored, graph, part=part, rows=rows, by=by)
    elif stored.keras:
        message = f"`{stored.path}` is a file of Keras, and what a dense layer in it means only the spec can tell"
        raise MistakeError(message, way_out="give the spec in place of the module")
    else:
        found = match(stored, shapes(state), part=part, rows=rows, by=by)
    if strict:
        require_fit(found, type(module).__name__)
    module.load_state_dict(found.state(None if strict else state), strict=True)
    return found


def require_fit(found: Match, network: str) -> None:
    """Refuse a checkpoint that does not fit.

    Raises MistakeError, whose notes say what does not.
    """
    if not found.ok:
        raise MistakeError(
            f"`{found.stored.path}` does not fit `{network}`",
            notes=tuple(line for line in text(found, network) if not line.startswith("  = help")),
            way_out=f"rename them: `{found.offer}`" if found.offer else "rename them: docs/weights.md",
        )


def to_safetensors(state: Mapping[str, Tensor], architecture: str) -> bytes:
    """Write tensors as a safetensors file. architecture: the hash of the spec's architecture, for whoever reads it."""
    own = {name: _alone(tensor) for name, tensor in state.items()}
    return safetensors.torch.save(own, {"format": "pt", "architecture": architecture})


def _alone(tensor: Tensor) -> Tensor:
    """Return a tensor that lies in one piece in memory of its own, as safetensors wants it."""
    if tensor.is_contiguous() and tensor.untyped_storage().nbytes() == tensor.nbytes:
        return tensor
    return tensor.clone(memory_format=torch.contiguous_format)


def rows_of(given: tuple[str, ...]) -> tuple[Row, ...]:
    """Read rename tables: the path of a file each, or one row, which has an arrow in it.

    Raises MistakeError.
    """
    rows: list[Row] = []
    for one in given:
        if ARROW in one:
            rows.append(read_row(one.strip(), f"`{one}`"))
            continue
        try:
            with Path(one).open("rb") as file:
                body = file.read(MOST_TABLE + 1)
            if len(body) > MOST_TABLE:
                raise MistakeError(
                    f"`{one}` is larger than a rename table may be", way_out="use patterns: `module.* -> *`"
                )
            rows += read_table(body.decode("utf-8"), one)
        except OSError as error:
            message = f"the rename table `{one}` cannot be read: {(error.strerror or str(error)).lower()}"
            raise MistakeError(message, way_out="check the name, or write a row: `module.* -> *`") from error
        except UnicodeDecodeError as error:
            raise MistakeError(f"the rename table `{one}` is no text in UTF-8", way_out="write `old -> new`") from error
    return tuple(rows)
