"""The network that colours photographs, made ready for use: of a checkpoint, fused and laid out for speed, or of ONNX.

PyTorch, and ONNX Runtime where an ONNX file is opened, are imported when a function is called.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from convdsl.lower import emit
from convdsl.lower.fuse import fuse
from convdsl.pipeline import Analysis

if TYPE_CHECKING:
    from convdsl.train.colouring import Colourist
    from convdsl.train.run import Trained


def open_colourist(
    place: Path, analysis: Analysis | None = None, *, device: str = "cpu", threads: int | None = None
) -> "Colourist":
    """Open a trained network: the newest checkpoint of a folder, one checkpoint, or an ONNX file of `export`.

    analysis: of the spec that a checkpoint should belong to. device: of a checkpoint's network; an ONNX file runs on
    the processor. Raises MistakeError where the network cannot be had, or makes no pictures.
    """
    if place.suffix.lower() == ".onnx":
        return open_exported(place, threads)
    from convdsl.train.run import open_trained

    return _ready(open_trained(place, analysis), device)


def open_exported(place: Path, threads: int | None = None) -> "Colourist":
    """Open an ONNX file of `export`, whatever it is called.

    Raises MistakeError where it is none.
    """
    from convdsl.train.onnx_network import open_onnx  # needs ONNX Runtime

    return open_onnx(place, threads)


def _ready(trained: "Trained", device: str) -> "Colourist":
    """Fold norms into the weights before them: two maps are held at a time then, not three."""
    from convdsl.exchange.ready import Layout, ready
    from convdsl.train.colouring import Colourist, by_module

    graph = trained.job.graph
    assert graph is not None  # a job that was made from a spec has it
    chosen, folds = fuse(graph)
    network = ready(
        graph,
        chosen,
        folds,
        source=emit.emit(chosen, trained.job.file, folded=len(folds)),
        weights=trained.network.state_dict(),
        layout=Layout(device, channels_last=True),
    )
    return Colourist(trained.job, by_module(network, channels_last=True))
