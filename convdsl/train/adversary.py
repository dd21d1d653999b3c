"""The judge of adversarial training: a second network that learns to tell photographs from what the first one makes.

Goodfellow et al. 2014 (arXiv:1406.2661), in the order in which Isola et al. 2017 train it (arXiv:1611.07004, section 3
and their code): the judge takes a step on a batch, then the generator takes one against it. Shape legend: N pictures,
C channels, H and W pixels, 3 colour channels; scores have any shape behind N.
"""

from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager

import torch
from torch import Tensor, nn
from torch.nn import functional

from convdsl import optimization as words
from convdsl.analysis import judged
from convdsl.meaning import Meaning
from convdsl.recipe import Recipe
from convdsl.record import dataclass, replace
from convdsl.train import optimize, shuffle
from convdsl.train.picture import encode
from convdsl.train.ranks import ALONE, Ranks


@dataclass(frozen=True, slots=True)
class Judge:
    """What training needs to know of a discriminator.

    build: makes it, with fresh weights; its scores are above 0 where it takes a picture for a photograph (above 1/2
    with `lsgan`). source: what its input means. architecture: the hash of its network. plan: for sums of its memory;
    nothing in it in tests of what needs no spec.
    """

    build: Callable[[], nn.Module]
    source: Meaning
    architecture: str = ""
    plan: judged.Judge = judged.Judge()

    def fresh(self, seed: int) -> nn.Module:
        """Make the network with the weights that a recipe's seed gives, leaving torch's generator as it was."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(shuffle.torch_seed(seed, shuffle.JUDGE))
            return self.build()


@dataclass(frozen=True, slots=True)
class Verdict:
    """How the judge did on a batch before it learned from it: its loss, and which share of its scores was right."""

    loss: Tensor
    on_photographs: Tensor
    on_made: Tensor

    @property
    def parts(self) -> Mapping[str, Tensor]:
        """Give it as it stands in the run's record."""
        return {"discriminator": self.loss, "right_on_real": self.on_photographs, "right_on_fake": self.on_made}


class Adversary:
    """Holds what changes of the judge while training: its weights and its optimizer."""

    def __init__(
        self,
        judge: Judge,
        network: nn.Module,
        recipe: Recipe,
        autocast: Callable[[], AbstractContextManager[object]],
    ) -> None:
        """Bind to a judge. network: as it made it, on the device of the run. autocast: in what precision it runs."""
        adversarial = words.adversarial(recipe.loss)
        assert adversarial is not None
        self.kind, self.source, self.network, self._autocast = adversarial.kind, judge.source, network, autocast
        self.clip, self.edge = recipe.clip, 0.5 if adversarial.kind == "lsgan" else 0.0
        self.peak = recipe.optimizer.lr if recipe.discriminator_lr is None else recipe.discriminator_lr
        self.network.train()
        self.optimizer = optimize.optimizer(replace(recipe.optimizer, lr=self.peak), network.parameters())

    def learn(
        self,
        made_N3HW: Tensor,
        photographs_N3HW: Tensor,
        rate: float,
        *,
        wait: bool = True,
        ranks: Ranks = ALONE,
        weight: float = 1.0,
    ) -> Verdict:
        """Take one step on pictures in Lab, the made ones first; where its loss is not finite nothing is learned.

        The loss is half the sum of both, as in pix2pix (section 3.3: it slows the judge down). wait: until the loss is
        known; else the optimizer, a fused one, asks the GPU. weight: of these pictures among those of all processes,
        which learn together.
        """
        for group in self.optimizer.param_groups:
            group["lr"] = rate
        self.optimizer.zero_grad(set_to_none=True)
        fake, real = self.scores(made_N3HW.detach()), self.scores(photographs_N3HW)
        loss = (self._miss(fake, photographs=False) + self._miss(real, photographs=True)) * 0.5
        found = (loss, self._share(real > self.edge, loss), self._share(fake <= self.edge, loss))
        verdict = Verdict(*ranks.mean_there(found, weight))
        if wait and not bool(verdict.loss.isfinite()):
            return verdict
        torch.autograd.backward(loss)
        ranks.average(self.network.parameters(), weight)
        if self.clip:
            nn.utils.clip_grad_norm_(self.network.parameters(), self.clip)
        if not wait:
            vars(self.optimizer)["found_inf"] = verdict.loss.isfinite().logical_not().to(torch.float32)
        self.optimizer.step()
        return verdict

    def against(self, made_N3HW: Tensor) -> Tensor:
        """Compute what the generator makes small, a scalar: how far the judge is from taking its pictures for real.

        The gradient leads into the pictures, and not into the judge.
        """
        with _held(self.network):
            return self._miss(self.scores(made_N3HW), photographs=True)

    def state(self) -> tuple[dict[str, Tensor], dict[str, Tensor]]:
        """Give its weights and what its optimizer keeps of them, by their names."""
        return self.network.state_dict(), optimize.remembered(self.optimizer, self.network)

    def restore(self, weights: Mapping[str, Tensor], held: Mapping[str, Tensor]) -> None:
        """Go back to a saved state."""
        self.network.load_state_dict(dict(weights))
        optimize.remember(self.optimizer, self.network, held)

    def scores(self, lab_N3HW: Tensor) -> Tensor:
        """Show pictures to the judge, as its input means them."""
        shown = encode(self.source, lab_N3HW).contiguous(memory_format=torch.channels_last)
        with self._autocast():
            scores: Tensor = self.network(shown)
        return scores.to(lab_N3HW.dtype)

    @staticmethod
    def _share(right: Tensor, like: Tensor) -> Tensor:
        return right.to(like.dtype).mean()

    def _miss(self, scores: Tensor, *, photographs: bool) -> Tensor:
        wanted = torch.full_like(scores, float(photographs))
        if self.kind == "lsgan":  # Mao et al. 2017 (arXiv:1611.04076), equation 9: a = 0, b = c = 1
            return functional.mse_loss(scores, wanted)
        return functional.binary_cross_entropy_with_logits(scores, wanted)


@contextmanager
def _held(network: nn.Module) -> Iterator[None]:
    """Keep gradients out of a network's weights."""
    learned = [parameter for parameter in network.parameters() if parameter.requires_grad]
    for parameter in learned:
        parameter.requires_grad_(False)
    try:
        yield
    finally:
        for parameter in learned:
            parameter.requires_grad_(True)
