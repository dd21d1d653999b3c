"""One network being trained, step after step: its weights, their running mean, the optimizer. No files, no clock.

A step is a function of the state before it and of (seed, step): dropout too is drawn from them. Shape legend: N crops,
C channels, H and W pixels, 3 colour channels.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from math import isfinite
from pathlib import Path

import torch
from torch import Tensor, nn

from convdsl.record import dataclass
from convdsl.train import losses, optimize, shuffle
from convdsl.train.album import Batch
from convdsl.train.checkpoint import State
from convdsl.train.job import Job
from convdsl.train.picture import encode, to_lab


@dataclass(frozen=True, slots=True)
class Learned:
    """What one step found: the loss, and the terms of a sum by their names, as they are before they are weighted.

    parts is empty where the recipe names one loss and no sum.
    """

    loss: float
    parts: Mapping[str, float]

    @property
    def finite(self) -> bool:
        """Tell whether it is a number that can be learned from."""
        return isfinite(self.loss)


class Engine:
    """Holds what changes while training."""

    def __init__(self, job: Job, steps: int, device: torch.device) -> None:
        self.job, self.steps, self.device = job, steps, device
        self.done = 0
        self.network = _channels_last(job.fresh().to(device))
        self.network.train()
        self.optimizer = optimize.optimizer(job.recipe.optimizer, self.network.parameters())
        self.precision = choose_precision(job.recipe.precision, device)
        mean = self.network.state_dict() if job.recipe.ema else {}
        self.mean = {key: value.clone() for key, value in mean.items()}

    def lr(self) -> float:
        """Give the learning rate of the next step."""
        recipe = self.job.recipe
        return optimize.learning_rate(recipe.schedule, recipe.optimizer.lr, self.done, self.steps)

    def tensors(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Turn crops into what the network gets and what it should say: colours, or the indices of classes (N)."""
        lab = to_lab(batch.pixels.to(self.device))
        seen = expose(lab, batch.exposed.to(self.device) * self.job.recipe.exposure)
        wanted = pale(lab, self.job.recipe.restraint)
        source = encode(self.job.source, seen).contiguous(memory_format=torch.channels_last)
        if batch.labels is not None:
            return source, batch.labels.to(self.device)
        return source, encode(self.job.target, wanted).contiguous(memory_format=torch.channels_last)

    def step(self, batch: Batch) -> Learned:
        """Learn from one batch and say what was found; where the loss is not finite nothing is learned."""
        recipe, rate = self.job.recipe, self.lr()
        source_NCHW, target = self.tensors(batch)
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        torch.manual_seed(shuffle.torch_seed(recipe.seed, shuffle.DROPOUT, self.done))
        self.optimizer.zero_grad(set_to_none=True)
        with self._autocast():
            prediction = self.network(source_NCHW)
        found = losses.add_up(recipe.loss, lambda word: losses.measure(word, prediction.float(), target))
        learned = Learned(found.loss.item(), {name: part.item() for name, part in found.parts.items()})
        if not learned.finite:
            return learned
        torch.autograd.backward(found.loss)
        if recipe.clip:
            nn.utils.clip_grad_norm_(self.network.parameters(), recipe.clip)
        self.optimizer.step()
        self._follow()
        self.done += 1
        return learned

    def state(self) -> State:
        """Give the state as it is now; the tensors are the engine's own."""
        held = {
            f"{name}/{key}": value
            for name, parameter in self.network.named_parameters()
            for key, value in self.optimizer.state[parameter].items()
            if isinstance(value, Tensor)
        }
        return State(self.done, self.network.state_dict(), self.mean, held)

    def restore(self, state: State) -> None:
        """Go back to a saved state, in the memory layout that the weights have here: fused optimizers rely on it."""
        self.network.load_state_dict(dict(state.model))
        for key, value in state.ema.items():
            self.mean[key].copy_(value)
        parameters = dict(self.network.named_parameters())
        for key, value in state.optimizer.items():
            name, _, what = key.rpartition("/")
            parameter = parameters[name]
            room = torch.empty_like(parameter) if value.shape == parameter.shape else torch.empty_like(value)
            self.optimizer.state[parameter][what] = room.detach().copy_(value)
        self.done = state.step

    def healthy(self) -> bool:
        """Tell whether every weight is a finite number."""
        return all(bool(value.isfinite().all()) for value in self.network.state_dict().values())

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the running mean; it starts fast, so that the first weights do not linger."""
        decay = min(self.job.recipe.ema, (1 + self.done) / (10 + self.done))
        for key, value in self.network.state_dict().items() if self.mean else ():
            if value.is_floating_point():
                self.mean[key].lerp_(value, 1.0 - decay)
            else:
                self.mean[key].copy_(value)

    def _autocast(self) -> AbstractContextManager[object]:
        if self.precision == "fp32":
            return nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)


def expose(lab_N3HW: Tensor, power_N: Tensor) -> Tensor:
    """Bend the lightness, 0 and 100 staying where they are: L becomes 100 (L / 100) ^ exp(power)."""
    if not bool(power_N.any()):
        return lab_N3HW
    lightness = (lab_N3HW[:, :1] / 100).clamp(0, 1) ** power_N.exp().view(-1, 1, 1, 1)
    return torch.cat((100 * lightness, lab_N3HW[:, 1:]), dim=1)


def pale(lab_N3HW: Tensor, restraint: float) -> Tensor:
    """Take the share `restraint` of the chroma away.

    What is learned from few photographs is too sure of itself. Where a prediction p misses the truth t, the mean of
    (k p - t)^2 is least at k = <p, t> / <p, p>, which is below 1 for new photographs though it is 1 for learned ones.
    """
    if not restraint:
        return lab_N3HW
    return torch.cat((lab_N3HW[:, :1], (1 - restraint) * lab_N3HW[:, 1:]), dim=1)


def _channels_last(network: nn.Module) -> nn.Module:
    """Lay the windows out as the convolutions of all processors like them best."""
    for parameter in network.parameters():
        if parameter.dim() == 4:
            parameter.data = parameter.data.contiguous(memory_format=torch.channels_last)
    return network


def choose_precision(wish: str, device: torch.device) -> str:
    """Turn `auto` into bf16 where the processor has units for it, else fp32: without them bf16 is the slower one."""
    if wish != "auto":
        return wish
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported() else "fp32"
    return "bf16" if {"avx512_bf16", "amx_bf16"} & _processor_flags() else "fp32"


def _processor_flags(source: Path = Path("/proc/cpuinfo")) -> set[str]:
    """Read what the processor can do; empty where the system does not say."""
    try:
        lines = source.read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return next((set(line.split()) for line in lines if line.startswith("flags")), set())
