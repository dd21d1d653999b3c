"""What a command has to know of torch.distributed.run, which starts it in several processes at once: who speaks.

It reads the environment and no more; `train/ranks.py` is where processes meet.
"""

import os

from convdsl.mistake import MistakeError


def is_first() -> bool:
    """Tell whether this process speaks and writes for all, as one that is alone does."""
    return os.environ.get("RANK", "0") == "0" or os.environ.get("WORLD_SIZE", "1") == "1"


def seconds(value: float) -> float:
    """Return how long processes wait for each other.

    Raises MistakeError where it is no time.
    """
    if not 0 < value < 1e7:
        raise MistakeError(f"`--timeout {value:g}` is no time to wait", way_out="give seconds, as `--timeout 600`")
    return value
