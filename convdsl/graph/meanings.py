"""`means` expressions: an affine function of one colour word, `ab_bins` or `classes` (language rule 11)."""

from convdsl import bins, codes
from convdsl.graph.evaluate import Env, Word, bare_name, evaluate, number
from convdsl.graph.problem import Problem, did_you_mean
from convdsl.meaning import AB_BINS, CLASSES, COLOUR_WORDS, MEANING_WORDS, Meaning, ab_bins
from convdsl.record import dataclass
from convdsl.syntax import tree

Numbers = tuple[float, ...]
_WORDS = f"the words are {', '.join(MEANING_WORDS[:-1])} and {MEANING_WORDS[-1]}"


@dataclass(frozen=True, slots=True)
class _Affine:
    """scale * colour + offset, a number a channel; no channels: plain numbers, held in `offset`."""

    channels: tuple[str, ...]
    scale: Numbers
    offset: Numbers


def read_meaning(expr: tree.Expr, channels: int, env: Env) -> Meaning:
    """Read what a tensor of so many channels means.

    Raises Problem where the expression is not affine or does not fit the channels.
    """
    if bare_name(expr) == CLASSES:
        return Meaning(CLASSES)
    if bare_name(expr) == AB_BINS:
        if channels != bins.COUNT:
            raise Problem(
                codes.COLOR_CHANNELS,
                f"{bins.COUNT} bins of ab for a tensor of {channels}",
                expr.span,
                f"means {_count(bins.COUNT)}",
                helps=(f"let the layer make {bins.COUNT} channels, the score of each bin",),
            )
        return ab_bins()
    found = _affine(expr, env)
    if not found.channels:
        raise Problem(
            codes.MEANING,
            "this says nothing about colours",
            expr.span,
            helps=(f"use one of {', '.join(COLOUR_WORDS)}, or `ab_bins`, or `classes`",),
        )
    if len(found.channels) != channels:
        raise Problem(
            codes.COLOR_CHANNELS,
            f"{_count(len(found.channels))} of colour ({', '.join(found.channels)}) for a tensor of {channels}",
            expr.span,
            f"means {_count(len(found.channels))}",
            helps=("let the layer make as many channels as colours are named, or name others: L, a, b, ab, Lab, RGB",),
        )
    if 0.0 in found.scale:
        raise Problem(
            codes.MEANING, "a scale of 0 forgets the colour", expr.span, helps=("multiply by a number other than 0",)
        )
    return Meaning("colour", found.channels, found.scale, found.offset)


def _count(channels: int) -> str:
    return "1 channel" if channels == 1 else f"{channels} channels"


def _affine(expr: tree.Expr, env: Env) -> _Affine:
    name = bare_name(expr)
    if name is not None and name in COLOUR_WORDS:
        words = COLOUR_WORDS[name]
        return _Affine(words, (1.0,) * len(words), (0.0,) * len(words))
    if isinstance(expr, tree.Unary) and expr.operator == "-":
        return _scaled(_affine(expr.operand, env), (-1.0,), expr)
    if isinstance(expr, tree.Binary) and expr.operator in ("+", "-", "*", "/"):
        return _combine(expr, _affine(expr.left, env), _affine(expr.right, env))
    if name in (CLASSES, AB_BINS):
        raise Problem(codes.MEANING, f"`{name}` stands alone", expr.span, helps=(f"write `means {name}`",))
    if name is not None and name not in env.variables:
        hint = did_you_mean(name, MEANING_WORDS, expr.span)
        raise Problem(
            codes.MEANING,
            f"`{name}` is no colour word",
            expr.span,
            helps=(hint or _WORDS,),
        )
    value = evaluate(expr, env)
    if isinstance(value, tuple):
        return _Affine((), (), tuple(_plain(item, expr, env) for item in value))
    return _Affine((), (), (_plain(value, expr, env),))


def _plain(value: object, expr: tree.Expr, env: Env) -> float:
    if isinstance(value, Word):
        raise Problem(
            codes.MEANING,
            f"`{value}` is no colour word",
            expr.span,
            helps=(_WORDS,),
        )
    return float(number(value, expr, env))


def _spread(numbers: Numbers, count: int, expr: tree.Expr) -> Numbers:
    if len(numbers) == 1:
        return numbers * count
    if len(numbers) != count:
        raise Problem(
            codes.COLOR_CHANNELS,
            f"a list of {len(numbers)} for {_count(count)}",
            expr.span,
            "one number a channel",
            helps=("give one number for each channel",),
        )
    return numbers


def _scaled(value: _Affine, factor: Numbers, expr: tree.Expr) -> _Affine:
    count = len(value.channels) or max(len(factor), len(value.offset))
    factors = _spread(factor, count, expr)
    offsets = _spread(value.offset, count, expr)
    return _Affine(
        value.channels,
        tuple(s * f for s, f in zip(value.scale, factors, strict=True)) if value.channels else (),
        tuple(o * f for o, f in zip(offsets, factors, strict=True)),
    )


def _combine(expr: tree.Binary, left: _Affine, right: _Affine) -> _Affine:
    operator = expr.operator
    if left.channels and right.channels:
        raise Problem(
            codes.MEANING,
            "one colour word, once",
            expr.span,
            helps=("write one of L, a, b, ab, Lab and RGB, scaled and shifted, such as `(L - 50) / 50`",),
        )
    if operator == "*":
        return _scaled(left, right.offset, expr) if not right.channels else _scaled(right, left.offset, expr)
    if operator == "/":
        if right.channels:
            raise Problem(
                codes.MEANING,
                "a colour cannot divide: the meaning has to be affine",
                expr.right.span,
                helps=("divide by numbers only",),
            )
        if 0.0 in right.offset:
            raise Problem(codes.ARITHMETIC, "division by zero", expr.right.span, helps=("divide by another number",))
        return _scaled(left, tuple(1.0 / x for x in right.offset), expr)
    other = right if operator == "+" else _scaled(right, (-1.0,), expr)
    coloured, plain = (left, other) if left.channels else (other, left)
    count = len(coloured.channels) or max(len(left.offset), len(other.offset))
    offsets = zip(_spread(coloured.offset, count, expr), _spread(plain.offset, count, expr), strict=True)
    return _Affine(coloured.channels, coloured.scale, tuple(a + b for a, b in offsets))
