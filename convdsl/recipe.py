"""How a network is trained: the words of a spec's `train` section, their meaning, ranges and defaults.

Plain data, declared by `arg` as operators are, so that `check` can judge a recipe without torch. It knows neither the
tree that it is read from nor how training is done; `train/` turns a Recipe into losses and optimizers.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import inf, isfinite
from typing import Annotated, Any

from convdsl.argument import BOOL, FLOAT, INT, INTS, STR, Kind, Parameter, arg, one_of, optional, signature
from convdsl.calls import Named, Weighted, plain, read_model, show
from convdsl.meaning import AB_BINS, CLASSES, Meaning
from convdsl.nearest import nearest
from convdsl.optimization import (
    LOSSES,
    OPTIMIZERS,
    SCHEDULES,
    SGD,
    AdamW,
    Adversarial,
    Cosine,
    CrossEntropy,
    Loss,
    Optimizer,
    RebalancedCrossEntropy,
    Schedule,
    SmoothL1,
    Sum,
    Term,
    terms_of,
)
from convdsl.record import dataclass, replace
from convdsl.unsettled import Problem, RecipeError, term


def choice(*types: type) -> Kind:
    """Make the kind of a setting that takes one of several records, such as `AdamW(lr=1e-3)`."""
    names = " | ".join(kind.__name__ for kind in types)

    def read(value: object) -> object:
        if isinstance(value, types):
            return value
        raise ValueError(f"expected one of {names.replace(' | ', ', ')}")

    return Kind(names, read)


OF_DISCRIMINATOR = ("discriminator_lr", "discriminator_model")  # what is said of it besides its path
CHOICES: Mapping[str, tuple[type, ...]] = {"loss": LOSSES, "optimizer": OPTIMIZERS, "schedule": SCHEDULES}


def _sizes(value: object) -> object:
    return (INT.read(value),) if isinstance(value, int) else INTS.read(value)


_LOSS, _OPTIMIZER, _SCHEDULE = SmoothL1(), AdamW(), Cosine()

# --------------------------------------------------------------------- recipe


@dataclass(frozen=True, slots=True)
class Recipe:
    """Everything that decides a training run besides the network, the photographs and the number of threads."""

    loss: Loss | Sum = arg(
        "what is made small, on the output tensor: one, or a sum such as `100 * L1() + 0.5 * MSE()`",
        default=_LOSS,
        kind=choice(*LOSSES),
    )
    optimizer: Optimizer = arg("how the weights move", default=_OPTIMIZER, kind=choice(*OPTIMIZERS))
    schedule: Schedule = arg("how the learning rate moves", default=_SCHEDULE, kind=choice(*SCHEDULES))
    epochs: int | None = arg("passes over the photographs; or give `steps`", default=None, kind=optional(INT), min=1)
    steps: int | None = arg("batches; or give `epochs`", default=None, kind=optional(INT), min=1)
    batch: Annotated[int, INT] = arg("crops a step", default=16, min=1)
    crop: Annotated[int, INT] = arg("side of the square that is cut out, in pixels", default=96, min=1)
    sizes: tuple[int, ...] | None = arg(
        "short sides to which a photograph is resized before the cut, one drawn each time; none: crop and 4/3 crop",
        default=None,
        kind=optional(Kind("int or (int, ...)", _sizes)),
        min=1,
    )
    flip: Annotated[bool, BOOL] = arg("mirror every second photograph", default=True)
    exposure: Annotated[float, FLOAT] = arg(
        "the lightness that goes in is bent by a random power, up to exp(exposure) or its inverse; 0: not at all",
        default=0.0,
        min=0,
        max=2,
    )
    restraint: Annotated[float, FLOAT] = arg(
        "share by which the colours to be learned are paler than the photograph's: a wrong guess then costs less",
        default=0.0,
        min=0,
        max=0.9,
    )
    ema: Annotated[float, FLOAT] = arg("decay of the running mean of the weights; 0: none", default=0.0, min=0, max=1)
    clip: Annotated[float, FLOAT] = arg("longest gradient; 0: any", default=0.0, min=0)
    precision: str = arg(
        "fp32, bf16, fp64, or auto: bf16 on processors that have units for it; fp32 on a GPU multiplies in TF32",
        default="auto",
        kind=one_of("auto", "fp32", "bf16", "fp64"),
    )
    seed: Annotated[int, INT] = arg("everything random follows from it", default=0, min=0)
    checkpoint_every: Annotated[int, INT] = arg("steps from one checkpoint to the next", default=500, min=1)
    compile: Annotated[bool, BOOL] = arg(
        "run the network through torch.compile, which first takes minutes", default=False
    )
    temperature: Annotated[float, FLOAT] = arg(
        "how one colour is taken of the scores of bins: 1 is their mean, near 0 the likeliest bin",
        default=0.38,
        min=1e-3,
        max=1,
    )
    discriminator: str | None = arg(
        "the spec of the network that `Adversarial` trains against, a path from this spec",
        default=None,
        kind=optional(STR),
    )
    discriminator_lr: float | None = arg(
        "its learning rate; none: that of the optimizer, which is the same for both otherwise",
        default=None,
        kind=optional(FLOAT),
        min=0,
    )
    discriminator_model: Named | None = arg(
        "its model with values for the model's parameters, such as `Judge(width=32)`; none: their defaults",
        default=None,
        kind=optional(Kind("Model(parameter=value, ...)", read_model)),
    )

    def total_steps(self, photos: int) -> int:
        """Count the steps over so many photographs; without `steps` and `epochs` it is 20 epochs."""
        if self.steps is not None:
            return self.steps
        return max(1, -(-(20 if self.epochs is None else self.epochs) * photos // self.batch))

    def short_sides(self) -> tuple[int, ...]:
        """Return the short sides to resize to, in pixels."""
        return self.sizes if self.sizes is not None else (self.crop, self.crop * 4 // 3)


def usual(meaning: Meaning | None) -> Recipe:
    """Return the defaults of a network whose output means this; None: nothing is said."""
    if meaning is not None and meaning.kind == CLASSES:
        return Recipe(loss=CrossEntropy())
    if meaning is not None and meaning.kind == AB_BINS:
        return Recipe(loss=RebalancedCrossEntropy())
    return Recipe()


# -------------------------------------------------------------------- reading


MOST_PROBLEMS = 100  # nobody reads more, and looking for what was meant takes time


def read(settings: Mapping[str, object], base: Recipe | None = None) -> tuple[Recipe, tuple[Problem, ...]]:
    """Read settings over `base` (the defaults if none) and say everything that is wrong with them.

    settings: plain data (int, float, bool, str, None, tuple, Named, Weighted); a dotted key reaches into a setting,
    `optimizer.lr`; UNREAD stands for what could not be read, of which nothing more is said. Giving `steps` or `epochs`
    takes the other of the base away. What is wrong keeps the base's value.
    """
    recipe = base or Recipe()
    problems: list[Problem] = []
    wrong: set[str] = set()
    parameters = {parameter.name: parameter for parameter in signature(Recipe)}
    for key, value in settings.items():
        if len(problems) > MOST_PROBLEMS:
            break
        outer, _, inner = key.partition(".")
        if outer not in parameters:
            problems.append(_unknown_setting(outer, recipe, parameters))
            continue
        new: object
        if value is UNREAD:
            new = _WRONG
        elif inner:
            new = _inside(recipe, outer, inner, value, problems)
        elif outer in CHOICES:
            new = _choose(outer, value, problems)
        else:
            new = _value(parameters[outer], value, (outer,), problems)
        if new is not _WRONG:
            recipe = _with(recipe, outer, new)
        else:
            wrong.add(outer)
    if recipe.discriminator is None and "discriminator" in settings:  # what belongs to it goes with it
        for name in OF_DISCRIMINATOR:
            recipe = recipe if name in settings else _with(recipe, name, None)
    if settings.get("steps") is not None and settings.get("epochs") is not None:
        problems.append(Problem(("epochs",), "`steps` and `epochs` both say how long to train", "give one of them"))
    short = min(recipe.short_sides())
    if short < recipe.crop:
        problems.append(
            Problem(
                ("sizes" if "sizes" in settings else "crop",),
                f"a crop of {recipe.crop} px does not fit a photograph of short side {short} px",
                f"give `sizes` of at least {recipe.crop}",
            )
        )
    if not wrong & {"loss", "discriminator"}:
        problems.extend(_unpaired(recipe))
    if isinstance(recipe.optimizer, SGD) and recipe.optimizer.nesterov and not recipe.optimizer.momentum:
        message = "`nesterov` looks ahead along the momentum, and `momentum` is 0"
        way = "give one, `SGD(momentum=0.9, nesterov=true)`, or take `nesterov` away"
        problems.append(Problem(("optimizer", "nesterov"), message, way))
    return recipe, tuple(problems)


def _unpaired(recipe: Recipe) -> Iterator[Problem]:
    """Say where one of `Adversarial` and `discriminator` is without the other."""
    places = [number for number, one in enumerate(terms_of(recipe.loss)) if isinstance(one.loss, Adversarial)]
    if len(places) > 1:
        yield Problem(("loss", term(places[1])), "`Adversarial` is there twice", "give it once, times the sum of both")
    if places and recipe.discriminator is None:
        message = "`Adversarial` needs a `discriminator`, a second network"
        yield Problem(("loss", term(places[0])), message, 'name its spec: `discriminator = "judge.cdsl"`')
    elif not places and recipe.discriminator is not None:
        way = "add it, `loss = 100 * L1() + Adversarial()`, or take the discriminator away, `discriminator=none`"
        yield Problem(("discriminator",), "`discriminator` is there, and no `Adversarial` in the loss", way)
    elif not places:
        for name in OF_DISCRIMINATOR:
            if getattr(recipe, name) is not None:
                message = f"`{name}` is there, and no `discriminator`"
                yield Problem((name,), message, f"take it away: `{name}=none`")


def require(settings: Mapping[str, object], base: Recipe | None = None) -> Recipe:
    """Read settings as `read` does.

    Raises RecipeError where anything is wrong.
    """
    recipe, problems = read(settings, base)
    if problems:
        raise RecipeError(problems)
    return recipe


_WRONG = object()
UNREAD = object()


def _with(recipe: Recipe, name: str, value: Any) -> Recipe:
    """Replace one setting; of `steps` and `epochs` the one that is given takes the other's place."""
    new = replace(recipe, **{name: value})
    if name == "steps" and value is not None:
        return replace(new, epochs=None)
    if name == "epochs" and value is not None:
        return replace(new, steps=None)
    return new


def _unknown(path: tuple[str, ...], message: str, near: str | None, known: Iterable[str]) -> Problem:
    listed = ", ".join(f"`{word}`" for word in known)
    way = f"did you mean `{near}`" if near is not None else f"there are {listed}" if listed else "it takes none"
    return Problem(path, message, way, unknown=True, at_name=True)


def _unknown_setting(name: str, recipe: Recipe, known: Iterable[str]) -> Problem:
    from convdsl.meant import setting_meant  # only a mistake pays for it

    kinds = {
        setting: (*(one for one in CHOICES[setting] if isinstance(getattr(recipe, setting), one)), *CHOICES[setting])
        for setting in ("optimizer", "schedule", "loss")
    }
    way = setting_meant(name, tuple(known), kinds)
    return Problem((name,), f"there is no setting `{name}`", way, unknown=True, at_name=True)


def _value(parameter: Parameter, value: object, path: tuple[str, ...], problems: list[Problem]) -> object:
    try:
        out = parameter.read(value)
        if all(isfinite(one) for one in (out if isinstance(out, tuple) else (out,)) if isinstance(one, float)):
            return out
        expected = "expected a finite number"
    except ValueError as error:
        expected = str(error)
    from convdsl.meant import value_meant  # only a mistake pays for it

    problems.append(Problem(path, *value_meant(parameter, value, expected)))
    return _WRONG


def _choose(setting: str, value: object, problems: list[Problem]) -> object:
    if isinstance(value, Weighted) and setting == "loss":
        return _sum(value, problems)
    if isinstance(value, str):
        value = Named(value)
    if not isinstance(value, Named):
        names = ", ".join(f"`{kind.__name__}`" for kind in CHOICES[setting])
        way = "losses are added: `100 * L1() + MSE()`" if isinstance(value, tuple) and setting == "loss" else ""
        problems.append(Problem((setting,), f"`{setting}` is {show(value)}: expected one of {names}", way))
        return _WRONG
    return _call(setting, (setting,), value, problems)


def _sum(value: Weighted, problems: list[Problem]) -> object:
    terms: list[Term] = []
    before = len(problems)
    for number, (weight, call) in enumerate(value.terms):
        path = ("loss", term(number))
        made: Any = _call("loss", path, call, problems)
        if not 0 <= weight < inf:
            message = f"`{call.name}` is multiplied by {show(weight)}: expected at least 0"
            problems.append(Problem(path, message, "what is made small must not be made large by a part of it"))
        terms.append(Term(float(weight), made))
    if len(problems) == before and terms and not any(one.weight for one in terms):
        message = "`loss` is 0 whatever the network makes, for each part of it is multiplied by 0"
        problems.append(Problem(("loss",), message, "multiply one by more"))
    if len(problems) > before or not terms:
        return _WRONG
    return terms[0].loss if len(terms) == 1 and terms[0].weight == 1 else Sum(tuple(terms))


def _call(setting: str, path: tuple[str, ...], value: Named, problems: list[Problem]) -> object:
    known = {kind.__name__: kind for kind in CHOICES[setting]}
    if value.name not in known:
        from convdsl.meant import type_meant  # only a mistake pays for it

        near = type_meant(value.name, known)
        problems.append(replace(_unknown(path, f"there is no {setting} `{value.name}`", near, known), at_name=False))
        return _WRONG
    kind = known[value.name]
    parameters = signature(kind)
    arguments: dict[str, object] = {}
    before = len(problems)
    for position, item in enumerate(value.positional):
        if position >= len(parameters):
            count = f"{len(parameters) or 'no'} argument{'' if len(parameters) == 1 else 's'}"
            message = f"`{value.name}` takes {count}, not {len(value.positional)}"
            way = f"there are {', '.join(f'`{one.name}`' for one in parameters)}" if parameters else "take it away"
            problems.append(Problem((*path, str(position)), message, way))
            break
        arguments[parameters[position].name] = _value(parameters[position], item, (*path, str(position)), problems)
    by_name = {parameter.name: parameter for parameter in parameters}
    for name, item in value.keywords.items():
        if name not in by_name:
            message = f"`{value.name}` has no argument `{name}`"
            problems.append(_unknown((*path, name), message, nearest(name, by_name), by_name))
        elif name in arguments:
            problems.append(Problem((*path, name), f"`{name}` is given twice"))
        else:
            arguments[name] = _value(by_name[name], item, (*path, name), problems)
    missing = [p.name for p in parameters if p.required and p.name not in arguments]
    if missing:
        problems.append(Problem(path, f"`{value.name}` needs `{missing[0]}`", by_name[missing[0]].doc))
    return kind(**arguments) if len(problems) == before else _WRONG


def _inside(recipe: Recipe, outer: str, inner: str, value: object, problems: list[Problem]) -> object:
    if outer == "discriminator_model":
        return _parameter(recipe, inner, value, problems)
    if outer not in CHOICES:
        problems.append(Problem((outer, inner), f"`{outer}` has no arguments", unknown=True, at_name=True))
        return _WRONG
    now: Loss | Sum | Optimizer | Schedule = getattr(recipe, outer)
    if isinstance(now, Sum):
        message = f"`{outer}` is a sum, and `{inner}` could be an argument of any of its terms"
        problems.append(Problem((outer, inner), message, f"give all of it: `{outer} = {show(plain(now))}`"))
        return _WRONG
    kind: type = type(now)
    by_name = {parameter.name: parameter for parameter in signature(kind)}
    if inner not in by_name:
        message = f"`{type(now).__name__}` has no argument `{inner}`"
        problems.append(_unknown((outer, inner), message, nearest(inner, by_name), by_name))
        return _WRONG
    new = _value(by_name[inner], value, (outer, inner), problems)
    return new if new is _WRONG else _changed(now, inner, new)


def _parameter(recipe: Recipe, name: str, value: object, problems: list[Problem]) -> object:
    """Give the discriminator's model a value for one more parameter, or another value."""
    model, setting = recipe.discriminator_model, "discriminator_model"
    if model is None:
        message = f"`{setting}` names no model yet, whose `{name}` this could be"
        way = f"give all of it, as its spec calls the model: `{setting}=Judge({name}={show(value)})`"
        problems.append(Problem((setting, name), message, way))
        return _WRONG
    declared = next(one for one in signature(Recipe) if one.name == setting)
    return _value(declared, replace(model, keywords={**model.keywords, name: value}), (setting,), problems)


def _changed(record: Any, name: str, value: object) -> object:
    return replace(record, **{name: value})
