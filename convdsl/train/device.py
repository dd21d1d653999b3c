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
    message, way_out = f"there is no device `{device}` here", "`--device cpu` is always there"
    try:
        place = torch.device(device)
    except RuntimeError as error:  # PyTorch lists two dozen names that it reserves
        raise MistakeError(message, way_out=f"{way_out}; NVIDIA's are `cuda`, `cuda:1`, Apple's `mps`") from error
    try:
        torch.zeros(1, device=place)
    except (RuntimeError, AssertionError, NotImplementedError) as error:
        reason = str(error).split("\n")[0]
        raise MistakeError(message, notes=(reason,), way_out=way_out) from error
    return device
