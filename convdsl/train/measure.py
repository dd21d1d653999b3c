"""Measure a trained network on photographs, whatever it makes: pictures, or the scores of classes."""

from collections.abc import Sequence
from pathlib import Path

from convdsl.train.album import SQUARE
from convdsl.train.classify import Classified, classify
from convdsl.train.evaluate import Evaluation, evaluate
from convdsl.train.hints import require_hints
from convdsl.train.job import annealed
from convdsl.train.loop import MEAN_PICTURE
from convdsl.train.progress import Watch
from convdsl.train.run import Trained


def measure(
    trained: Trained,
    places: Sequence[Path],
    *,
    side: int | None = None,
    skip_limit: float = 0.1,
    hint_points: int = 0,
    temperature: float | None = None,
    watch: Watch | None = None,
) -> Evaluation | Classified:
    """Compare what a network says with the photographs, a classifier with their folders.

    side: of the squares, in pixels; without it 96, and for classifiers and autoencoders the crop of training.
    hint_points: patches of true colour given of each photograph. temperature: at which colours are taken of bins, in
    place of the recipe's. Raises MistakeError where there is nothing to measure on, a photograph is of no class, or the
    network takes no hints or makes no bins.
    """
    job, network, facts = annealed(trained.job, temperature), trained.network, trained.checkpoint.facts
    if hint_points:
        require_hints(job)
    if job.classes:
        side = side or facts.recipe.crop
        return classify(job, network, places, facts.classes, side=side, skip_limit=skip_limit, watch=watch)
    return evaluate(
        job,
        network,
        places,
        facts.mean_ab,
        side=side or (facts.recipe.crop if job.repeats else SQUARE),
        skip_limit=skip_limit,
        mean_picture=trained.checkpoint.path.parent / MEAN_PICTURE if job.repeats else None,
        points=hint_points,
        watch=watch,
    )
