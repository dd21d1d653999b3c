"""An exported network as a file of torch.export (`.pt2`) in memory, and read back to be tried."""

import io
from collections.abc import Mapping, Sequence

import torch
from torch import Tensor
from torch.export import ExportedProgram

from convdsl.exchange.agreement import Run
from convdsl.exchange.trace import quiet

RUNTIME = f"PyTorch {torch.__version__}"


def to_program(program: ExportedProgram, words: Mapping[str, str]) -> bytes:
    """Write an exported program. words: kept beside it, as `extra_files` of `torch.export.load`."""
    out = io.BytesIO()
    with quiet():
        torch.export.save(program, out, extra_files=dict(words))
    return out.getvalue()


def runner(content: bytes) -> Run:
    """Return what runs the file, read back."""
    with quiet():
        network = torch.export.load(io.BytesIO(content)).module()

    def run(given: tuple[Tensor, ...]) -> Sequence[Tensor]:
        with torch.no_grad():
            found = network(*given)
        return found if isinstance(found, tuple | list) else [found]

    return run
