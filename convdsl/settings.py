"""From a `train` section as it is written to a recipe, with a place in the text for everything that is wrong.

Static, as `recipe.py` is; it knows the tree and nothing of graphs or torch.
"""

from collections.abc import Iterable, Iterator, Mapping

from convdsl import codes
from convdsl.calls import Named, Weighted
from convdsl.diagnostics import Diagnostic, Help, Label
from convdsl.meaning import AB_BINS, CLASSES, Meaning, keeps_lightness
from convdsl.mistake import MistakeError
from convdsl.optimization import Adversarial, CrossEntropy, Loss, RebalancedCrossEntropy, Sum, terms_of
from convdsl.recipe import CHOICES, UNREAD, Recipe, read
from convdsl.record import dataclass
from convdsl.source import Source, Span
from convdsl.syntax import tree
from convdsl.syntax.limits import LARGEST
from convdsl.syntax.parse import parse
from convdsl.unsettled import Problem, term

_CONSTANTS = "write a number, a word, a list or a call such as `AdamW(lr=1e-3)`"
_SPELLED = (*CHOICES, "discriminator_model")  # calls, which programs may give as a spec spells them
_PATH = 'write the path of a spec, in quotes: `discriminator = "judge.cdsl"`'


class _NotPlainError(Exception):
    """An expression that is no constant; message: why, "" where there is no more to say. way_out: what to write."""

    def __init__(self, span: Span, message: str = "", way_out: str = _CONSTANTS) -> None:
        super().__init__(message)
        self.span, self.message, self.way_out = span, message, way_out


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a name of a problem's path stands, and where its value does."""

    name: Span
    value: Span


def read_train(section: tree.Train | None, base: Recipe | None = None) -> tuple[Recipe, tuple[Diagnostic, ...]]:
    """Read a spec's `train` section (None: the spec has none) into a recipe and the diagnostics that it deserves.

    base: the values where the section is silent; the defaults if none.
    """
    values: dict[str, object] = {}
    places: dict[tuple[str, ...], _Place] = {}
    found: list[Diagnostic] = []
    for setting in section.settings if section else ():
        if setting.name in values:
            other = Label(places[(setting.name,)].name, "first given here")
            message = f"the setting `{setting.name}` is given twice"
            where = Label(setting.name_span)
            found.append(Diagnostic(codes.DUPLICATE_KEY, message, where, (other,), helps=(Help("give it once"),)))
            continue
        places[(setting.name,)] = _Place(setting.name_span, setting.value.span)
        try:
            values[setting.name] = plain(setting.value)
        except _NotPlainError as error:
            message = error.message or f"the value of `{setting.name}` is not a constant"
            helps = (Help(_PATH if setting.name == "discriminator" else error.way_out),)
            values[setting.name] = UNREAD
            found.append(Diagnostic(codes.INVALID_SETTING, message, Label(error.span), helps=helps))
            continue
        places.update(_inner_places(setting))
    recipe, problems = read(values, base)
    here = section.span if section else tree.NOWHERE
    found.extend(_diagnostic(problem, places, here) for problem in problems)
    return recipe, tuple(found)


def unsuited(meaning: Meaning, loss: Loss | Sum) -> tuple[str, str] | None:
    """Say why a loss cannot compare what the output means with the truth, and the way out; None where it can.

    Of a sum it is the first term that cannot.
    """
    return next(filter(None, (_unsuited(meaning, one.loss) for one in terms_of(loss))), None)


def _unsuited(meaning: Meaning, loss: Loss) -> tuple[str, str] | None:
    if isinstance(loss, Adversarial):
        message = f"`Adversarial` judges pictures, and the output means {meaning.kind}"
        return None if meaning.kind == "colour" else (message, "train it without, and without `discriminator`")
    compares = {CrossEntropy: CLASSES, RebalancedCrossEntropy: AB_BINS}.get(type(loss), "colour")
    if compares == meaning.kind:
        return None
    what = {CLASSES: "scores with a class", AB_BINS: "scores of bins with a colour"}.get(
        compares, "numbers with numbers"
    )
    way_out = {
        CLASSES: "`CrossEntropy()` takes the score of each class",
        AB_BINS: "`RebalancedCrossEntropy()` takes the score of each bin",
    }.get(meaning.kind, "`SmoothL1()`, `Huber()`, `L1()` and `MSE()` compare colours")
    return f"`{type(loss).__name__}` compares {what}, and the output means {meaning}", way_out


def check_loss(meaning: Meaning | None, loss: Loss | Sum, section: tree.Train | None) -> tuple[Diagnostic, ...]:
    """Refuse losses that cannot compare what the output means with the truth; meaning: None where none is said.

    Nothing is said of a loss that the section does not name: it is the usual one.
    """
    named = [setting for setting in section.settings if setting.name == "loss"] if section else []
    if meaning is None or not named:
        return ()
    value, found = named[0].value, []
    calls = tuple(_calls(value))
    for number, one in enumerate(terms_of(loss)):
        wrong = _unsuited(meaning, one.loss)
        if wrong is not None:
            where = Label(calls[number].span if number < len(calls) else value.span)
            found.append(Diagnostic(codes.INVALID_SETTING, wrong[0], where, helps=(Help(wrong[1]),)))
    return tuple(found)


def useless(source: Meaning, target: Meaning, recipe: Recipe) -> Iterator[tuple[str, str, str]]:
    """Say which settings bend what a network cannot be shown bent: the setting, why not, and the way out."""
    if keeps_lightness(source, target) and target.kind != CLASSES:
        return
    for setting, value in (("exposure", recipe.exposure), ("restraint", recipe.restraint)):
        if value:
            message = f"`{setting}` is for networks that colour lightness, and this one means {source} and {target}"
            yield setting, message, f"take it away: `{setting} = 0`"


def check_useless(
    source: Meaning | None, target: Meaning | None, recipe: Recipe, section: tree.Train | None
) -> tuple[Diagnostic, ...]:
    """Refuse settings that cannot be used with what goes in and comes out; None where nothing says what it means."""
    values = {setting.name: setting.value for setting in section.settings} if section else {}
    if source is None or target is None:
        return ()
    return tuple(
        Diagnostic(codes.INVALID_SETTING, message, Label(values[name].span), helps=(Help(way),))
        for name, message, way in useless(source, target, recipe)
        if name in values
    )


def read_assignments(pairs: Iterable[str]) -> dict[str, object]:
    """Read `KEY=VALUE` as a command line has it, the value spelled as in a spec: `loss=SmoothL1(beta=0.1)`.

    Returns plain data for `override`. Raises MistakeError where one is no such pair or comes twice.
    """
    found: dict[str, object] = {}
    for pair in pairs:
        key, equals, text = (part.strip() for part in pair.partition("="))
        way_out = "write `--set KEY=VALUE`, as `--set batch=8` or `--set optimizer.lr=1e-3`"
        if not (key and equals and text):
            raise MistakeError(f"`--set {pair}` sets nothing", way_out=way_out)
        if key in found:
            raise MistakeError(f"the setting `{key}` is given twice", way_out="give it once")
        bare = key == "discriminator" and text != "none" and '"' not in text
        found[key] = text if bare else _constant(key, text)
    return found


def _constant(key: str, text: str) -> object:
    parsed = parse(Source("--set", f"convdsl 1\ntrain {{\n  value = {text}\n}}\n"))
    broken = any(item.is_error and item.code != codes.NO_MODEL for item in parsed.diagnostics)
    sections = [item for item in parsed.file.items if isinstance(item, tree.Train)]
    if not broken and len(sections) == 1 and len(sections[0].settings) == 1 and "\n" not in text:
        try:
            return plain(sections[0].settings[0].value)
        except _NotPlainError as error:
            if error.message:
                raise MistakeError(f"`{key}={text}`: {error.message}", way_out=error.way_out) from error
    raise MistakeError(f"the value of `{key}={text}` is not a constant", way_out=_CONSTANTS)


def override(recipe: Recipe, settings: Mapping[str, object]) -> Recipe:
    """Change a recipe from outside a spec.

    settings: plain data, as `recipe.read` takes it, or a choice as a spec spells it, "SmoothL1(beta=0.1)". Raises
    MistakeError with all that is wrong.
    """
    spelled = {
        key: _constant(key, value) if key in _SPELLED and isinstance(value, str) else value
        for key, value in settings.items()
    }
    changed, problems = read(spelled, recipe)
    if problems:
        notes = tuple(problem.message for problem in problems[1:])
        raise MistakeError(problems[0].message, notes=notes, way_out=problems[0].help)
    return changed


def plain(value: tree.Expr) -> object:
    """Turn a constant expression into int, float, bool, str, None, tuple, Named or Weighted.

    Raises _NotPlainError with the place of what is no constant.
    """
    match value:
        case tree.Number() | tree.String() | tree.Boolean():
            return value.value
        case tree.Nothing():
            return None
        case tree.Name():
            return value.id
        case tree.Sequence():
            return tuple(plain(item) for item in value.items)
        case tree.Unary(operator="-") | tree.Binary(operator="+" | "-" | "*" | "/"):
            return _arithmetic(value) if next(_calls(value), None) is None else _weighted(value)
        case tree.Call(key=None):
            positional = tuple(plain(item.value) for item in value.arguments if item.name is None)
            keywords: dict[str, object] = {}
            for item in value.arguments:
                if item.name in keywords:
                    raise _NotPlainError(item.name_span, f"`{item.name}` is given twice", "give it once")
                if item.name is not None:
                    keywords[item.name] = plain(item.value)
            return Named(value.callee, positional, keywords)
        case _:
            raise _NotPlainError(value.span)


def _arithmetic(value: tree.Unary | tree.Binary) -> int | float:
    operands = (value.operand,) if isinstance(value, tree.Unary) else (value.left, value.right)
    numbers: list[int | float] = []
    for operand in operands:
        number = plain(operand)
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise _NotPlainError(operand.span)
        numbers.append(number)
    if isinstance(value, tree.Binary) and value.operator == "/":
        raise _NotPlainError(value.span)
    if len(numbers) == 1:
        return -numbers[0]
    left, right = numbers
    result = {"+": left + right, "-": left - right, "*": left * right}[value.operator]
    if not abs(result) <= LARGEST:  # infinite, or no number at all, besides
        raise _NotPlainError(value.span)
    return result


def _weighted(value: tree.Expr) -> Weighted:
    """Add up calls, each times its number.

    Raises _NotPlainError where they are joined in another way.
    """
    match value:
        case tree.Unary(operator="-", operand=operand):
            return _times(-1.0, _weighted(operand))
        case tree.Binary(operator="+" | "-" as sign, left=left, right=right):
            return Weighted((*_weighted(left).terms, *_times(1.0 if sign == "+" else -1.0, _weighted(right)).terms))
        case tree.Binary(operator="*" | "/" as sign, left=left, right=right):
            number, calls = (left, right) if next(_calls(left), None) is None else (right, left)
            if next(_calls(number), None) is not None or (sign == "/" and number is left):
                message = "a loss is not divided" if number is left else f"two losses are joined by `{sign}`"
                raise _NotPlainError(
                    value.span, message, "multiply each by a number and add them: `100 * L1() + MSE()`"
                )
            by = plain(number)
            if isinstance(by, bool) or not isinstance(by, int | float) or (sign == "/" and by == 0):
                raise _NotPlainError(number.span)
            return _times(float(by) if sign == "*" else 1 / by, _weighted(calls))
    made = Named(value.id) if isinstance(value, tree.Name) else plain(value)
    if isinstance(made, Named):
        return Weighted(((1.0, made),))
    raise _NotPlainError(value.span, "what is added to a loss is no loss", "a number multiplies one: `0.5 * MSE()`")


def _times(factor: float, calls: Weighted) -> Weighted:
    return Weighted(tuple((factor * weight, call) for weight, call in calls.terms))


def _calls(value: tree.Expr) -> Iterator[tree.Call | tree.Name]:
    """Find the calls that a sum is made of, from left to right; a type's name alone is one without arguments."""
    match value:
        case tree.Call():
            yield value
        case tree.Name(id=name) if name[0].isupper() and len(name) > 1:
            yield value
        case tree.Binary(left=left, right=right):
            yield from _calls(left)
            yield from _calls(right)
        case tree.Unary(operand=operand):
            yield from _calls(operand)


def _inner_places(setting: tree.Setting) -> Iterator[tuple[tuple[str, ...], _Place]]:
    if isinstance(setting.value, tree.Call):
        yield from _argument_places((setting.name,), setting.value)
        return
    for number, call in enumerate(_calls(setting.value)):
        path = (setting.name, term(number))
        yield path, _Place(call.span, call.span)
        if isinstance(call, tree.Call):
            yield from _argument_places(path, call)


def _argument_places(path: tuple[str, ...], call: tree.Call) -> Iterator[tuple[tuple[str, ...], _Place]]:
    position = 0
    for argument in call.arguments:
        if argument.name is None:
            yield (*path, str(position)), _Place(argument.span, argument.value.span)
            position += 1
        else:
            yield (*path, argument.name), _Place(argument.name_span, argument.value.span)


def _diagnostic(problem: Problem, places: Mapping[tuple[str, ...], _Place], section: Span) -> Diagnostic:
    path = problem.path
    while path and path not in places:
        path = path[:-1]
    place = places.get(path, _Place(section, section))
    code = codes.UNKNOWN_SETTING if problem.unknown else codes.INVALID_SETTING
    helps = (Help(problem.help),) if problem.help else ()
    return Diagnostic(code, problem.message, Label(place.name if problem.at_name else place.value), helps=helps)
