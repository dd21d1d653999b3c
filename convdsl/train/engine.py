"""One network being trained, step after step: its weights, their running mean, the optimizer. No files, no clock.

A step is a function of the state before it and of (seed, step): dropout too is drawn from them. Shape legend: N crops,
C channels, H and W pixels, 3 colour channels.
"""

from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from math import isfinite
from pathlib import Path

import torch
from torch import Tensor, nn

from convdsl import optimization as words
from convdsl.lower.modules import lay_channels_last
from convdsl.record import dataclass
from convdsl.train import losses, optimize, shuffle
from convdsl.train.adversary import Adversary
from convdsl.train.album import Batch
from convdsl.train.checkpoint import State
from convdsl.train.compiling import compiled
from convdsl.train.hints import sample
from convdsl.train.job import Job
from convdsl.train.parallel import joint, prepared
from convdsl.train.picture import encode, result, shrink, to_lab, truth
from convdsl.train.pointwise import compiled_pictures
from convdsl.train.ranks import ALONE, Ranks


@dataclass(frozen=True, slots=True)
class Learned:
    """What one step found: the loss, and the terms of a sum by their names, as they are before they are weighted.

    parts is empty where the recipe names one loss and no sum; a discriminator's verdict is among them.
    """

    loss: float
    parts: Mapping[str, float]

    @property
    def finite(self) -> bool:
        """Tell whether it is a number that can be learned from."""
        return isfinite(self.loss)


class Engine:
    """Holds what changes while training."""

    layout = torch.channels_last  # as the convolutions of all processors like it best

    def __init__(
        self, job: Job, steps: int, device: torch.device, balance: Sequence[float] = (), ranks: Ranks = ALONE
    ) -> None:
        """Make a network with fresh weights. balance: what each bin of ab counts; () where they count the same. ranks:
        the processes that train it.
        """
        self.job, self.steps, self.device, self.ranks = job, steps, device, ranks
        self.balance = torch.tensor(balance, device=device) if balance else None
        self.done = 0
        self.precision = choose_precision(job.recipe.precision, device)
        self.dtype = torch.float64 if self.precision == "fp64" else torch.float32  # of weights, colours and loss
        self.network = self._laid_out(prepared(job.fresh(), ranks, device).to(device, self.dtype))
        self.network.train()
        call = joint(self.network, ranks, device)
        graphs = device.type == "cuda" and ranks.world == 1
        self.call = compiled(call, "reduce-overhead" if graphs else None) if job.recipe.compile else call
        self._compiled_pictures = compiled_pictures() if job.recipe.compile else None
        self.optimizer = optimize.optimizer(job.recipe.optimizer, self.network.parameters())
        mean = self.network.state_dict() if job.recipe.ema else {}
        self.mean = {key: value.clone() for key, value in mean.items()}
        self.adversary: Adversary | None = None
        if job.judge is not None:
            judge = self._laid_out(job.judge.fresh(job.recipe.seed).to(device, self.dtype))
            self.adversary = Adversary(job.judge, judge, job.recipe, self._autocast)
        self._moving = self._pairs(True)
        self._counting = self._pairs(False)

    @property
    def arithmetic(self) -> str:
        """Say what the network computes with."""
        exact = self.precision != "fp32" or self.device.type != "cuda"
        words = self.precision if exact else "fp32 with products in TF32"
        return f"{words}, compiled" if self.job.recipe.compile else words

    def lr(self) -> float:
        """Give the learning rate of the next step."""
        recipe = self.job.recipe
        return optimize.learning_rate(recipe.schedule, recipe.optimizer.lr, self.done, self.steps)

    def pictures(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Turn crops into pictures in Lab: as the network sees them, and as it should make them."""
        exposure, restraint = self.job.recipe.exposure, self.job.recipe.restraint
        pixels = batch.pixels.to(self.device, non_blocking=True)
        power = batch.exposed.to(self.device, non_blocking=True) * exposure if exposure else None
        if self._compiled_pictures is not None:
            return self._compiled_pictures(pixels, power, restraint, self.dtype)
        lab = to_lab(pixels, self.dtype)
        return (lab if power is None else expose(lab, power)), pale(lab, restraint)

    def tensors(self, batch: Batch) -> tuple[Tensor, Tensor]:
        """Turn crops into what the network gets and what it should say: colours, or the indices of classes (N)."""
        seen, wanted = self.pictures(batch)
        return self._source(seen), self._target(batch, wanted)

    def _source(self, seen_N3HW: Tensor) -> Tensor:
        return encode(self.job.source, seen_N3HW).contiguous(memory_format=self.layout)

    def _target(self, batch: Batch, wanted_N3HW: Tensor) -> Tensor:
        if batch.labels is not None:
            return batch.labels.to(self.device, non_blocking=True)
        return encode(self.job.target, wanted_N3HW).contiguous(memory_format=self.layout)

    def step(self, batch: Batch) -> Learned:
        """Learn from one batch and say what was found; where the loss is not finite nothing is learned."""
        found, weight = self._forward(batch), self._weight(batch)
        loss, *parts = self.ranks.mean([found.loss.item(), *(part.item() for part in found.parts.values())], weight)
        learned = Learned(loss, dict(zip(found.parts, parts, strict=True)))
        if learned.finite:
            self._learn(found.loss, weight)
        return learned

    @property
    def queues(self) -> bool:
        """Tell whether `launch` can be used: the steps are done by a GPU, and so is the optimizer's."""
        return self.device.type == "cuda" and bool(self.optimizer.defaults.get("fused"))

    def launch(self, batch: Batch) -> losses.Total:
        """Begin a step on a GPU and return what it finds, which is not known yet.

        Where the loss is not finite the step counts as done, and the optimizer, which asks the GPU, leaves the weights
        alone.
        """
        found, weight = self._forward(batch), self._weight(batch)
        loss, *parts = self.ranks.mean_there([found.loss.detach(), *found.parts.values()], weight)
        vars(self.optimizer)["found_inf"] = loss.isfinite().logical_not().to(torch.float32)  # asked by fused ones
        self._learn(found.loss, weight)
        return losses.Total(loss, dict(zip(found.parts, parts, strict=True)))

    def _forward(self, batch: Batch) -> losses.Total:
        recipe = self.job.recipe
        seen, wanted = self.pictures(batch)
        source_NCHW, target = self._source(seen), self._target(batch, wanted)
        first = self.ranks.share(recipe.batch).start
        hints = sample(self.job, wanted, recipe.seed, (self.done,), first=first)
        self.optimizer.zero_grad(set_to_none=True)
        place = (self.done, self.ranks.rank) if self.ranks.rank else (self.done,)  # other crops, other dropout
        torch.manual_seed(shuffle.torch_seed(recipe.seed, shuffle.DROPOUT, *place))
        with self._autocast():
            prediction = self.call(source_NCHW, **hints).to(self.dtype)
        if batch.labels is None:
            target = shrink(target, prediction)
        if self.adversary is not None:
            return self._against(self.adversary, prediction, target, wanted, self._weight(batch))
        return losses.add_up(recipe.loss, lambda word: losses.measure(word, prediction, target, self.balance))

    def _weight(self, batch: Batch) -> float:
        """Return the share of this process's crops in the batch of all."""
        return len(batch) / self.job.recipe.batch

    def _against(
        self, adversary: Adversary, prediction: Tensor, target: Tensor, wanted_N3HW: Tensor, weight: float
    ) -> losses.Total:
        """Let the discriminator learn, then measure the prediction, by it too; not finite where either loss is not."""
        job = self.job
        made = result(job.source, job.target, prediction, wanted_N3HW, job.recipe.temperature)
        rate = optimize.learning_rate(job.recipe.schedule, adversary.peak, self.done, self.steps)
        photographs, wait = truth(job.target, wanted_N3HW), not self.queues
        verdict = adversary.learn(made, photographs, rate, wait=wait, ranks=self.ranks, weight=weight)

        def value(word: words.Loss) -> Tensor:
            if isinstance(word, words.Adversarial):
                return adversary.against(made)
            return losses.measure(word, prediction, target)

        found = losses.add_up(job.recipe.loss, value)
        loss = torch.where(verdict.loss.isfinite(), found.loss, verdict.loss)
        return losses.Total(loss, {**found.parts, **verdict.parts})

    def _learn(self, loss: Tensor, weight: float) -> None:
        """Move the weights. weight: of this process's crops among all; the gradients of all processes are averaged."""
        if self.ranks.world > 1:
            loss = loss * (weight * self.ranks.world)
        rate, clip = self.lr(), self.job.recipe.clip
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        torch.autograd.backward(loss)
        if clip:
            nn.utils.clip_grad_norm_(self.network.parameters(), clip)
        self.optimizer.step()
        self._follow()
        self.done += 1

    def state(self) -> State:
        """Give the state as it is now; the tensors are the engine's own."""
        held = optimize.remembered(self.optimizer, self.network)
        judge, judge_held = self.adversary.state() if self.adversary is not None else ({}, {})
        return State(self.done, self.network.state_dict(), self.mean, held, judge, judge_held)

    def restore(self, state: State) -> None:
        """Go back to a saved state."""
        self.network.load_state_dict(dict(state.model))
        for key, value in state.ema.items():
            self.mean[key].copy_(value)
        optimize.remember(self.optimizer, self.network, state.optimizer)
        if self.adversary is not None:
            self.adversary.restore(state.judge, state.judge_optimizer)
        self.done = state.step

    def healthy(self) -> bool:
        """Tell whether every weight is a finite number, those of the discriminator too."""
        networks = [self.network] if self.adversary is None else [self.network, self.adversary.network]
        weights = [value for one in networks for value in one.state_dict().values()]
        return bool(torch.stack([value.isfinite().all() for value in weights]).all())

    def _pairs(self, floats: bool) -> tuple[list[Tensor], list[Tensor]]:
        """Return running means and the weights that they follow, of numbers or of counts; both are written in place."""
        weights = self.network.state_dict()
        keys = [key for key, value in self.mean.items() if value.is_floating_point() == floats]
        return [self.mean[key] for key in keys], [weights[key] for key in keys]

    @torch.no_grad()
    def _follow(self) -> None:
        """Move the running mean; it starts fast, so that the first weights do not linger."""
        decay = min(self.job.recipe.ema, (1 + self.done) / (10 + self.done))
        if self._moving[0]:
            torch._foreach_lerp_(*self._moving, 1.0 - decay)
        if self._counting[0]:
            torch._foreach_copy_(*self._counting)

    def _laid_out(self, network: nn.Module) -> nn.Module:
        if self.layout == torch.channels_last:
            lay_channels_last(network)
        return network

    def _autocast(self) -> AbstractContextManager[object]:
        if self.precision != "bf16":
            return nullcontext()
        return torch.autocast(self.device.type, dtype=torch.bfloat16)


def expose(lab_N3HW: Tensor, power_N: Tensor) -> Tensor:
    """Bend the lightness, 0 and 100 staying where they are: L becomes 100 (L / 100) ^ exp(power)."""
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


def choose_precision(wish: str, device: torch.device) -> str:
    """Turn `auto` into bf16 where the processor has units for it, else fp32: without them bf16 is the slower one."""
    if wish != "auto":
        return wish
    if device.type == "cuda":
        return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "fp32"
    return "bf16" if {"avx512_bf16", "amx_bf16"} & _processor_flags() else "fp32"


def _processor_flags(source: Path = Path("/proc/cpuinfo")) -> set[str]:
    """Read what the processor can do; empty where the system does not say."""
    try:
        lines = source.read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return next((set(line.split()) for line in lines if line.startswith("flags")), set())
