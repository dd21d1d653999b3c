"""Where tensors live and how many threads compute: asked for by name, refused in one sentence."""

import torch

from convdsl.mistake import MistakeError


def prepare(device: str, threads: int | None = None) -> str:
    """Check a device's name and set the number of threads for this process.

    Raises MistakeError where there is no such device here, or no such number of threads.
    """
    if threads is not None:
        if threads < 1:
            raise MistakeError(f"{threads} threads cannot compute", way_out="give `--threads` at least 1")
        torch.set_num_threads(threads)
    try:
        torch.zeros(1, device=torch.device(device))
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).split("\n")[0]
        message = f"there is no device `{device}` here"
        raise MistakeError(message, notes=(reason,), way_out="`--device cpu` is always there") from error
    return device
