"""What training, evaluating and colouring need to know of a spec: a few plain values, and how to make the network."""

from collections.abc import Callable, Mapping
from dataclasses import field
from itertools import chain
from math import log

import torch
from torch import nn

from convdsl.graph.graph import Graph
from convdsl.graph.library import Shelf
from convdsl.meaning import Meaning
from convdsl.mistake import MistakeError
from convdsl.recipe import Recipe
from convdsl.record import dataclass, replace
from convdsl.settings import override
from convdsl.train import shuffle
from convdsl.train.adversary import Judge
from convdsl.train.picture import require_colours

SLENDER = 8  # a picture more slender than 8 to 1 is seen stretched, for its long side has no end


@dataclass(frozen=True, slots=True)
class HintInputs:
    """The inputs by which a person gives a network colours: their names, and what the colours mean.

    mask: says where they are given; "" where the network has no such input.
    """

    hint: str
    mask: str
    meaning: Meaning


@dataclass(frozen=True, slots=True)
class Job:
    """A network with one input picture, and one output: a picture, or the scores of classes.

    build: makes it, with fresh weights. legal: whether it runs at (height, width). accepted: the same in words.
    classes: how many scores it gives, 0 where its output is a picture.
    """

    build: Callable[[], nn.Module]
    source: Meaning
    target: Meaning
    legal: Callable[[int, int], bool]
    accepted: str
    spec: str
    architecture: str
    recipe: Recipe
    parameters: Mapping[str, object] = field(default_factory=dict)  # of the model, as the user gave them
    file: str = ""  # the spec's file name, whose ending says how it is spelt
    imported: Shelf = field(default_factory=Shelf)  # the files that the spec imports
    classes: int = 0
    judge: Judge | None = None  # the discriminator, where the loss is adversarial
    hints: HintInputs | None = None  # of a network that takes colours from a person
    graph: Graph | None = None  # of the spec; None in tests of what needs no spec

    def __post_init__(self) -> None:
        require_colours(self.source, self.target)

    @property
    def needs_colour(self) -> bool:
        """Tell whether nothing could be learned from gray photographs."""
        return not self.classes and self.target.channels != ("L",)

    @property
    def repeats(self) -> bool:
        """Tell whether the network draws again what it sees: an autoencoder."""
        return not self.classes and self.source.channels == self.target.channels

    def fresh(self) -> nn.Module:
        """Make the network with the weights that the recipe's seed gives, leaving torch's generator as it was."""
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(shuffle.torch_seed(self.recipe.seed, shuffle.WEIGHTS))
            return self.build()


def annealed(job: Job, temperature: float | None) -> Job:
    """Let colours be taken of the scores of bins at another temperature; None: at that of the recipe.

    Raises MistakeError where the network makes no bins, or the recipe could not have that temperature.
    """
    if temperature is None:
        return job
    if not job.target.is_bins:
        says = "which class a photograph is of" if job.classes else "colours"
        message = f"the network says {says}, and no scores of bins that a temperature could sharpen"
        raise MistakeError(message, way_out="leave the temperature out; it is for outputs that mean `ab_bins`")
    return replace(job, recipe=override(job.recipe, {"temperature": temperature}))


def nearest_legal(job: Job, height: int, width: int, reach: int = 512) -> tuple[int, int]:
    """Find a legal size near (height, width): at or above it on both axes if there is one, else below.

    reach: pixels to look in each direction. Raises MistakeError where there is none.
    """
    for rows, columns in (
        (range(height, height + reach), range(width, width + reach)),
        (range(height, max(0, height - reach), -1), range(width, max(0, width - reach), -1)),
        (range(height, max(0, height - reach), -1), range(width, width + reach)),
        (range(height, height + reach), range(width, max(0, width - reach), -1)),
    ):
        for h in rows:
            for w in columns:
                if job.legal(h, w):
                    return h, w
    message = f"the network takes no size near {height}x{width}"
    raise MistakeError(message, notes=(f"accepted: {job.accepted}",), way_out="ask for another size with `--size`")


def working_size(job: Job, height: int, width: int, short: int) -> tuple[int, int]:
    """Choose the legal size at which a picture of (height, width) is seen: its short side at least `short`, its
    proportions kept as well as they can be, and no larger than that takes.

    Raises MistakeError where the network takes no size near.
    """
    scale = short / min(height, width)
    h, w = (min(SLENDER * short, max(1, round(side * scale))) for side in (height, width))
    legal = ((a, b) for a in range(h, h + h // 2 + 1) for b in range(w, w + w // 2 + 1) if job.legal(a, b))
    # a stretch of 1 % weighs as much as 4 % more pixels
    best = min(legal, key=lambda size: abs(log(size[0] * w / (size[1] * h))) + log(size[0] * size[1]) / 4, default=None)
    return best if best is not None else nearest_legal(job, h, w)


def legal_square(job: Job, side: int) -> int:
    """Find the smallest legal square of at least `side` pixels, or the largest below.

    Raises MistakeError where there is none.
    """
    for candidate in chain(range(side, 4 * side + 512), range(side - 1, 0, -1)):
        if job.legal(candidate, candidate):
            return candidate
    message = f"the network takes no square near {side}x{side}"
    raise MistakeError(message, notes=(f"accepted: {job.accepted}",), way_out="training and evaluation cut squares")


def require_legal(job: Job, crop: int) -> None:
    """Refuse a crop that the network does not take.

    Raises MistakeError with the nearest one that it does take.
    """
    if job.legal(crop, crop):
        return
    near = legal_square(job, crop)
    message = f"the network does not take crops of {crop}x{crop}"
    raise MistakeError(message, notes=(f"accepted: {job.accepted}",), way_out=f"`--crop {near}` is one that it takes")
