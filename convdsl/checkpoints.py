"""Any checkpoint by its path, those of `convdsl train` among them: the one way by which weights come in."""

from pathlib import Path
from typing import TYPE_CHECKING

from convdsl.mistake import MistakeError
from convdsl.pipeline import Analysis
from convdsl.recipe import Recipe

if TYPE_CHECKING:
    from convdsl.exchange.stored import Stored


def read_checkpoint(path: str) -> "Stored":
    """Read a checkpoint: the folder or a file of a run of `convdsl train`, safetensors, PyTorch, Keras.

    Raises MistakeError where there is none, where it is broken, and where it cannot be read without running code.
    """
    if is_run(path):
        return _run(Path(path))
    from convdsl.exchange import checkpoint_file

    return checkpoint_file.read_checkpoint(path)


def is_run(path: str) -> bool:
    """Tell whether a path is a folder, or one of the two files of a checkpoint of `convdsl train`."""
    place = Path(path)
    half = place.name.startswith("checkpoint-") and place.with_suffix(".json").exists()  # tensors beside their JSON
    return place.is_dir() or place.suffix == ".json" or half


def spec_of(path: str) -> Analysis | None:
    """Return the spec that a run was trained with, None for checkpoints of others.

    Raises MistakeError where the run cannot be read.
    """
    if not is_run(path):
        return None
    from convdsl.train import checkpoint

    return checkpoint.analysis_of(checkpoint.load(Path(path)))


def recipe_of(path: str) -> Recipe | None:
    """Return the recipe by which a run was trained, None for checkpoints of others.

    Raises MistakeError where the run cannot be read.
    """
    if not is_run(path):
        return None
    from convdsl.train import checkpoint

    return checkpoint.load(Path(path)).facts.recipe


def _run(place: Path) -> "Stored":
    """Read the newest checkpoint of a run; the running mean of its weights is what it is used with, if there is one."""
    from convdsl.exchange.stored import Stored
    from convdsl.train import checkpoint

    if place.is_dir() and not checkpoint.exists(place):
        message = f"the folder `{place}` holds no checkpoint of `convdsl train`"
        raise MistakeError(message, way_out=f"name a file in it: `{place / 'model.pt'}`")
    found = checkpoint.load(place)
    state = found.state
    parts = {"model": state.model, "ema": state.ema}
    return Stored(
        str(found.path.with_suffix(".safetensors")),
        "convdsl",
        {name: tensors for name, tensors in parts.items() if tensors},
        usual="ema" if state.ema else "model",
        ordered=False,
        others=(f"the optimizer's {len(state.optimizer)} tensors",) if state.optimizer else (),
        notes=tuple(f"passed over: {damaged}" for damaged in found.damaged),
    )
