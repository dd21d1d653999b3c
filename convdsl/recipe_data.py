"""A recipe as text, the lines of a `train` section, and as JSON in checkpoints; and back."""

from collections.abc import Mapping
from typing import Any

from convdsl.argument import signature
from convdsl.calls import Named, Weighted, call_from_data, call_to_data, plain, show
from convdsl.recipe import CHOICES, Recipe, require


def to_text(recipe: Recipe) -> tuple[str, ...]:
    """Print a recipe as the lines of a `train` section, settings that are `none` left out."""
    lines = []
    for parameter in signature(Recipe):
        value: Any = getattr(recipe, parameter.name)
        if value is not None:
            lines.append(f"{parameter.name} = {show(plain(value) if parameter.name in CHOICES else value)}")
    return tuple(lines)


def to_data(recipe: Recipe) -> dict[str, Any]:
    """Turn a recipe into JSON's types, spelled as in YAML: `{"optimizer": {"AdamW": {"lr": 0.001}}, ...}`.

    A sum of losses is a list of what each is multiplied by and the loss: `[[100.0, {"L1": {}}], [0.5, {"MSE": {}}]]`.
    """
    out: dict[str, Any] = {}
    for parameter in signature(Recipe):
        value: Any = getattr(recipe, parameter.name)
        if parameter.name in CHOICES:
            made = plain(value)
            if isinstance(made, Weighted):
                value = [[weight, call_to_data(call)] for weight, call in made.terms]
            else:
                value = call_to_data(made)
        elif isinstance(value, Named):
            value = call_to_data(value)
        out[parameter.name] = list(value) if isinstance(value, tuple) else value
    return out


def from_data(data: Mapping[str, Any]) -> Recipe:
    """Turn what `to_data` made back into the recipe.

    Raises RecipeError where it is not a recipe.
    """
    settings: dict[str, object] = {}
    for key, value in data.items():
        if isinstance(value, Mapping):
            settings[key] = call_from_data(value)
        elif key in CHOICES and isinstance(value, list):
            settings[key] = Weighted(tuple((float(weight), call_from_data(call)) for weight, call in value))
        elif value is not None:
            settings[key] = tuple(value) if isinstance(value, list) else value
    return require(settings)
