"""Run what `emit` printed: the module that is trained is the file that can be read.

The only place of the project that executes source, and only source that `emit` wrote: names of a spec reach it as
checked identifiers or quoted strings.
"""

import hashlib
import linecache
import os
import sys
from pathlib import Path
from types import ModuleType

import torch
from torch import nn

from convdsl.graph.graph import Graph
from convdsl.lower.emit import emit
from convdsl.lower.hierarchy import Refused
from convdsl.lower.keys import state
from convdsl.lower.names import class_name


class TooLarge(Refused):
    """A network whose weights do not fit into memory."""


def build(
    graph: Graph,
    *,
    device: torch.device | str | None = None,
    dtype: torch.dtype | None = None,
    seed: int | None = None,
    max_bytes: int | None = None,
    source: str = "",
) -> nn.Module:
    """Make the PyTorch module of a graph, in training mode, with PyTorch's initial weights.

    seed: of the initial weights; the global generator is left as it was. None draws from the global generator.
    max_bytes: what the weights may take; None stands for the memory of this machine.
    source: what `emit` printed for this graph; "" prints it anew, without the spec's name and legal sizes.
    Raises TooLarge before anything is allocated, Refused where the graph cannot become a module.
    """
    tensors = state(graph)
    needed = tensors.bytes(max(4, dtype.itemsize if dtype is not None else 4))  # they are made in float32
    limit = memory_limit() if max_bytes is None else max_bytes
    if needed > limit and torch.device(device or "cpu").type != "meta":
        raise TooLarge(
            f"`{graph.model}` has {tensors.parameters:,} weights, which need {needed:,} bytes ({_readable(needed)}), "
            f"and {limit:,} bytes ({_readable(limit)}) are there"
        )
    cls = load(source or emit(graph), graph.model)
    with torch.random.fork_rng(devices=[], enabled=seed is not None):
        if seed is not None:
            torch.manual_seed(seed)
        if torch.device(device or "cpu").type == "meta":
            with torch.device("meta"):
                network = cls()
        else:
            network = cls()
    return network.to(device=device, dtype=dtype)


def load(source: str, model: str) -> type[nn.Module]:
    """Execute emitted source and return its class.

    The same source is executed once: its module is registered under a name made from its hash, so that instances can
    be copied and pickled, and its lines are registered so that a traceback shows them.
    """
    name = class_name(model)
    digest = hashlib.sha256(source.encode()).hexdigest()[:12]
    qualified = f"convdsl_built_{name}_{digest}"
    module = sys.modules.get(qualified)
    if module is None:
        file = f"<convdsl {name} {digest}>"
        linecache.cache[file] = (len(source), None, source.splitlines(keepends=True), file)
        module = ModuleType(qualified)
        module.__file__ = file
        exec(compile(source, file, "exec"), module.__dict__)
        sys.modules[qualified] = module
    found = getattr(module, name)
    assert isinstance(found, type) and issubclass(found, nn.Module)
    return found


def memory_limit() -> int:
    """Return the bytes of memory that this process may use: the machine's, or its container's where that is less."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        text = Path("/sys/fs/cgroup/memory.max").read_text().strip()
    except OSError:
        return physical
    return min(physical, int(text)) if text.isdigit() else physical


def _readable(count: int) -> str:
    for unit, size in (("GiB", 2**30), ("MiB", 2**20), ("KiB", 2**10)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} bytes"
