"""How much memory a run takes."""

import sys

import torch


def peak(device: torch.device) -> int:
    """Return the most bytes that this process has held: of the GPU's memory where it computes there, 0 if unknown."""
    if device.type == "cuda":
        return torch.cuda.max_memory_allocated(device)
    try:
        import resource  # Windows has none
    except ImportError:
        return 0
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return most if sys.platform == "darwin" else 1024 * most
