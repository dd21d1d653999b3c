"""From the guards of a network to the exact set of sizes at which it runs.

Guards of one symbol meet in one ultimately periodic set for each symbol; products tie symbols together in rectangles
(docs/sizes.md, T2 and T3). Every guard keeps its origin, whatever the caller gave, so that failures can be explained.
"""

from collections.abc import Hashable, Iterable, Mapping

from convdsl.analysis import rectangles as rect
from convdsl.analysis.guards import holds, meet, symbols_of, weight
from convdsl.analysis.rectangles import Rectangle
from convdsl.op import AnyAtLeast, AtLeast, Equal, Guard, NotLess, ProductEquals
from convdsl.record import dataclass
from convdsl.sizes import Size
from convdsl.sizeset import SizeSet, everything, interval, nothing

FEW = 5  # rectangles that are printed besides the first

Pairs = tuple[tuple[Guard, Hashable], ...]


@dataclass(frozen=True, slots=True)
class Blame:
    """The first guard that left nothing, or only finitely many sizes because a join agrees nowhere else.

    symbol: the axis that it emptied or made finite; "" where it is about no symbol or about several.
    left: what that axis held before and after the guard.
    """

    guard: Guard
    origin: Hashable
    symbol: str
    before: SizeSet
    after: SizeSet

    @property
    def leaves_nothing(self) -> bool:
        """Tell whether no size is left (else finitely many are)."""
        return self.after.is_empty


@dataclass(frozen=True, slots=True)
class Accepted:
    """The sizes at which every guard holds.

    axes: for each symbol its sizes; with `joint` the projections: a size is in it if and only if sizes of the other
    symbols make it legal. joint: the rectangles in one of which the sizes have to lie besides; None if the axes are
    independent. free: each symbol's sizes before the rectangles. pairs: the distinct guards with their origins.
    unsplit: products of more rectangles than are looked at, of which axes, joint and free know nothing.
    """

    axes: Mapping[str, SizeSet]
    joint: tuple[Rectangle, ...] | None
    free: Mapping[str, SizeSet]
    pairs: Pairs
    possible: bool = True  # False: a guard about constants fails, whatever the sizes
    unsplit: tuple[ProductEquals, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Tell whether no sizes are accepted."""
        return not self.possible or any(axis.is_empty for axis in self.axes.values())

    def contains(self, sizes: Mapping[str, int]) -> bool:
        """Tell whether every guard holds at these sizes (one for each symbol)."""
        if not self.possible or not all(axis.contains(sizes[symbol]) for symbol, axis in self.axes.items()):
            return False
        if not all(holds(guard, sizes) for guard in self.unsplit):
            return False
        return self.joint is None or any(rect.inside(rectangle, sizes) for rectangle in self.joint)

    def nearest(self, sizes: Mapping[str, int]) -> tuple[dict[str, int], ...]:
        """Return up to two legal choices close to these sizes, the closest first."""
        if self.is_empty:
            return ()
        spans = self.joint if self.joint is not None else (dict.fromkeys(self.axes, (1, None)),)
        found: list[dict[str, int]] = []
        for span in spans:
            for side in (0, 1):
                choice = {symbol: self._close(symbol, sizes[symbol], span, side) for symbol in self.axes}
                if choice not in found:
                    found.append(choice)
        found.sort(key=lambda choice: sum(abs(choice[symbol] - sizes[symbol]) for symbol in choice))
        return tuple(found[:2])

    def _close(self, symbol: str, size: int, span: Rectangle, side: int) -> int:
        low, high = span.get(symbol, (1, None))
        axis = self.free[symbol] if symbol in span else self.axes[symbol]
        pair = axis.nearest(max(low, size if high is None else min(size, high)))
        fits = [x for x in (pair[side], pair[1 - side]) if x is not None and x >= low and (high is None or x <= high)]
        return fits[0]

    def first_failure(self, sizes: Mapping[str, int]) -> list[Hashable]:
        """Return the origins of the guards that fail at these sizes, in the order of the guards."""
        failing: dict[Guard, Hashable] = {}
        for guard, origin in self.pairs:
            if not holds(guard, sizes):
                failing.setdefault(guard, origin)
        return list(failing.values())

    def blame(self) -> Blame | None:
        """Find the first guard after which nothing was left, or only finitely many sizes for want of agreement."""
        state = _State(self.axes)
        for guard, origin in self.pairs:
            symbols = symbols_of(guard)
            before = {symbol: state.axes.get(symbol, everything()) for symbol in symbols}
            state.apply(guard)
            if not symbols or len(symbols) > 1:
                if not state.possible or (state.joint is not None and not state.joined()):
                    return Blame(guard, origin, "", everything(), nothing())
                continue
            (symbol,) = symbols
            after = state.axes[symbol]
            lost = not before[symbol].is_empty and after.is_empty
            pinned = isinstance(guard, Equal) and not before[symbol].is_finite and after.is_finite
            if lost or pinned or (state.joint is not None and not state.joined()):
                return Blame(guard, origin, symbol, before[symbol], after if lost or pinned else nothing())
        return None

    def where(self) -> str:
        """Print as one line that can stand after `where`, without what follows from the rest; "" for everything."""
        if not self.possible:
            return ", ".join(f"{symbol} < 1" for symbol in self.axes)
        beside = self._beside_rectangles()
        terms = [axis.where(symbol, brief=True) for symbol, axis in beside.items()]
        if self.joint is not None:
            terms.append(" or ".join(rect.text(rectangle, beside) for rectangle in self.joint))
        return ", ".join(term for term in terms if term)

    def text(self) -> tuple[str, ...]:
        """Print for people: each product that was not split, each symbol, each rectangle (not more than a few)."""
        if not self.possible:
            return ("no size",)
        beside = self._beside_rectangles()
        lines = [axis.text(symbol) for symbol, axis in beside.items()]
        if self.joint is not None:
            first, *others = (rect.text(rectangle, beside) for rectangle in self.joint)
            lines += [first, *(f"or {other}" for other in others[:FEW])]
            if len(others) > FEW:
                lines.append(f"or in {len(others) - FEW} more rectangles")
        return (*(f"{guard.product} == {guard.total}" for guard in self.unsplit), *lines)

    def _beside_rectangles(self) -> dict[str, SizeSet]:
        """Return the axes of which the rectangles do not say all there is to say."""
        if self.joint is None:
            return dict(self.axes)
        out: dict[str, SizeSet] = {}
        for symbol, axis in self.free.items():
            spans = {rectangle.get(symbol, (1, None)) for rectangle in self.joint}
            if not all(interval(low, high).is_subset(axis) for low, high in spans):
                out[symbol] = axis
        return out

    def as_json(self) -> dict[str, object]:
        """Return `legal_sizes` of the JSON contract: one entry for each symbol, and `joint`."""
        out: dict[str, object] = {}
        for symbol, axis in self.axes.items():
            axis = axis if self.possible else nothing()
            out[symbol] = {
                "text": axis.text(symbol),
                "finite": list(axis.finite),
                "from": axis.start,
                "period": axis.period,
                "residues": list(axis.residues),
            }
        joint = self.joint
        out["joint"] = None if joint is None else [{s: list(span) for s, span in one.items()} for one in joint]
        return out


def accepted(pairs: Iterable[tuple[Guard, Hashable]], symbols: Iterable[str] = ()) -> Accepted:
    """Meet all guards.

    pairs: guards with their origins, in the order in which they are to be blamed. symbols: those that get an axis even
    if no guard speaks of them, first and in this order.
    """
    distinct = _distinct(list(pairs))
    state = _State(symbols)
    lows: dict[str, int] = {}
    later: list[tuple[int, int, Guard]] = []
    for order, (guard, _) in enumerate(distinct):
        if isinstance(guard, AtLeast) and guard.size.symbol is not None:
            low = guard.size.least(guard.minimum)
            if low is not None:
                lows[guard.size.symbol] = max(low, lows.get(guard.size.symbol, 1))
                continue
        # joins of short period first: they leave few residues, on which those of long period are quickly decided
        later.append((weight(guard), order, guard))
    for symbol, low in lows.items():
        state.apply(AtLeast(Size(symbol), low))
    for _, _, guard in sorted(later, key=lambda item: item[:2]):
        state.apply(guard)
    return state.result(distinct)


def _distinct(pairs: list[tuple[Guard, Hashable]]) -> Pairs:
    """Drop repeated and empty guards; a guard that was seen keeps its first origin.

    Deep networks repeat a few guards thousands of times, about a few sizes that are mostly the same objects, so
    identity is tried before equality.
    """
    seen: set[object] = set()
    out: list[tuple[Guard, Hashable]] = []
    for guard, origin in pairs:
        key: object
        if isinstance(guard, AtLeast):
            key = id(guard.size), guard.minimum
        elif isinstance(guard, Equal | NotLess) and (guard.left is guard.right or guard.left == guard.right):
            continue
        else:
            key = guard
        if key not in seen:
            seen.add(key)
            out.append((guard, origin))
    return tuple(out)


class _State:
    """The sets so far, while guards are applied one after another."""

    def __init__(self, symbols: Iterable[str]) -> None:
        self.axes: dict[str, SizeSet] = dict.fromkeys(symbols, everything())
        self.joint: tuple[Rectangle, ...] | None = None
        self.possible = True
        self.unsplit: list[ProductEquals] = []
        self.met: dict[tuple[object, ...], SizeSet] = {}

    def apply(self, guard: Guard) -> None:
        """Keep only the sizes at which the guard holds."""
        symbols = symbols_of(guard)
        for symbol in symbols:
            self.axes.setdefault(symbol, everything())
        if not symbols:
            self.possible = self.possible and holds(guard, {})
        elif isinstance(guard, ProductEquals) and rect.ways(guard) > rect.MOST:
            self.unsplit.append(guard)
        elif len(symbols) > 1 and isinstance(guard, ProductEquals | AnyAtLeast):
            found = rect.rectangles(guard)
            self.joint = found if self.joint is None else rect.meet(self.joint, found)
        elif len(symbols) > 1:
            self.possible = False  # a relation between two symbols: operators refuse it, a swapped promise can ask it
        else:
            self.axes[symbols[0]] = self.meet(self.axes[symbols[0]], guard)

    def meet(self, axis: SizeSet, guard: Guard) -> SizeSet:
        """Keep the sizes of one axis at which the guard holds.

        Height and width are nearly always asked the same, one after the other: what differs in the name of the symbol
        alone is found once.
        """
        if not isinstance(guard, Equal | NotLess):
            return meet(axis, guard)
        left, right = guard.left, guard.right
        if not isinstance(left.base, str) or left.base != right.base:
            return meet(axis, guard)
        case = type(guard), axis, left.chain, right.chain
        if case not in self.met:
            self.met[case] = meet(axis, guard)
        return self.met[case]

    def joined(self) -> tuple[Rectangle, ...]:
        """Return the rectangles that hold members of every axis."""
        tight = (rect.tighten(rectangle, self.axes) for rectangle in self.joint or ())
        return rect.widest(rectangle for rectangle in tight if rectangle is not None)

    def result(self, pairs: Pairs) -> Accepted:
        """Project the rectangles and freeze."""
        unsplit = tuple(self.unsplit)
        if self.joint is None:
            return Accepted(dict(self.axes), None, dict(self.axes), pairs, self.possible, unsplit)
        alive = self.joined()
        axes = dict(self.axes)
        for symbol in sorted({symbol for rectangle in self.joint for symbol in rectangle}):
            axes[symbol] = rect.project(alive, symbol, axes[symbol])
        if not alive:
            kinds = ProductEquals | AnyAtLeast
            tied = {symbol for guard, _ in pairs if isinstance(guard, kinds) for symbol in symbols_of(guard)}
            axes = {symbol: nothing() if symbol in tied else axis for symbol, axis in axes.items()}
        if len(alive) <= 1:
            return Accepted(axes, None, axes, pairs, self.possible, unsplit)
        return Accepted(axes, alive, dict(self.axes), pairs, self.possible, unsplit)
