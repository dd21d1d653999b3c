"""Small networks to look into, from their specs, with weights that a test may set."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from convdsl.pipeline import analyze
from convdsl.source import Source
from convdsl.train.inspecting.subject import Subject, open_spec

GRAY = "input gray: [N, 1, H, W] means L / 100"


def subject(*lines: str, source: str = GRAY, output: str) -> Subject:
    body = "".join(f"  {line}\n" for line in (source, *lines, f"output {output}"))
    return open_spec(analyze(Source("net.cdsl", f"convdsl 1\nmodel Net {{\n{body}}}\n")).require_runnable())


@torch.no_grad()
def put(network: Subject, key: str, numbers: object) -> None:
    """Set a weight by its name in `state_dict`."""
    tensor = network.module.state_dict()[key]
    tensor.copy_(torch.tensor(numbers, dtype=tensor.dtype).expand_as(tensor))


def photo(folder: Path, height: int, width: int, colours: Sequence[int] = ()) -> Path:
    """Write a photograph: noise, or one colour."""
    path = folder / f"{height}x{width}.png"
    noise = np.random.default_rng(1).integers(0, 256, (height, width, 3), np.uint8)
    Image.fromarray(np.broadcast_to(np.array(colours, np.uint8), noise.shape) if colours else noise).save(path)
    return path


def free_spec(*lines: str) -> str:
    """Write a spec whose output may have any size, for what need not be trained."""
    body = "".join(f"  {line}\n" for line in (*lines, "y = Conv2d(2, 1)"))
    text = f"convdsl 1\nmodel Net {{\n  input x: [N, 1, H, W]\n{body}"
    nodes = analyze(Source("net.cdsl", f"{text}}}\n")).graph
    assert nodes is not None and nodes.nodes[-1].shapes is not None
    return f"{text}  output y: {nodes.nodes[-1].shapes[0]}\n}}\n"
