"""Two networks beside each other as text: a row for each layer that differs, what it all comes to, the keys.

What happened is said by a mark at the row's head, and by colour besides.
"""

from collections.abc import Iterator, Mapping, Sequence

from convdsl.analysis.difference import Difference, Facts, Kind, Pair, Port
from convdsl.record import dataclass
from convdsl.render.cells import BLUE, BOLD, CYAN, DIM, GREEN, RED, YELLOW, cells, paint, shorten, visible
from convdsl.render.facts import Network, bytes_text, call_text, number_text, short_count, window_text
from convdsl.render.shapes import Legal, shape_text
from convdsl.source import Span

MARKS: Mapping[Kind, str] = {
    Kind.SAME: " ",
    Kind.ADDED: "+",
    Kind.REMOVED: "-",
    Kind.CHANGED: "~",
    Kind.RENAMED: ">",
    Kind.FOLLOWS: "^",
}
WORDS: Mapping[Kind, str] = {
    Kind.ADDED: "added",
    Kind.REMOVED: "removed",
    Kind.CHANGED: "changed",
    Kind.RENAMED: "renamed",
    Kind.FOLLOWS: "of another shape, as what they read",
}
COLOURS: Mapping[Kind, str] = {
    Kind.SAME: DIM,
    Kind.ADDED: GREEN,
    Kind.REMOVED: RED,
    Kind.CHANGED: YELLOW,
    Kind.RENAMED: CYAN,
    Kind.FOLLOWS: BLUE,
}
HEADINGS = ("", "name", "layer", "what", "output", "parameters", "MACs", "line")
RIGHT = ("parameters", "MACs")
SHORTEST = 18  # cells to which a column may be cut
CUT = ("output", "name", "layer")  # columns that are cut where the terminal is narrow, in this order
LEFT_OUT = ("MACs", "output")  # columns that are left out where that is not enough
MOST_KEYS = 8  # keys of a kind that are listed


@dataclass(frozen=True, slots=True)
class Sides:
    """The two networks, with the names by which they were asked for."""

    before: Network
    after: Network
    names: tuple[str, str]


def text(found: Difference, sides: Sides, *, width: int = 100, colour: bool = False) -> str:
    """Print a difference; no newline at the end. width: cells of the terminal."""
    out = [
        paint(f"--- {visible(sides.names[0])}  {visible(sides.before.graph.model)}", BOLD, colour),
        paint(f"+++ {visible(sides.names[1])}  {visible(sides.after.graph.model)}", BOLD, colour),
    ]
    if all(pair.kind is Kind.SAME for pair in found.pairs) and not found.ports:
        return "\n".join([*out, verdict(found)])
    out.append("")
    out += _table(found, sides, width, colour)
    ports = [line for port in found.ports for line in _port(port, sides)]
    out += ["", *ports] if ports else []
    out += ["", *_totals(found, sides)]
    keys = list(_keys(found))
    out += ["", *keys] if keys else []
    return "\n".join([*out, "", verdict(found)])


def verdict(found: Difference) -> str:
    """Say in one line what the difference comes to."""
    if found.same:
        return "the same network"
    counts = [f"{MARKS[kind]} {found.count(kind):,} {word}" for kind, word in WORDS.items() if found.count(kind)]
    if found.only_names:
        return f"the same layers; only names and keys differ: {', '.join(counts)}"
    if not counts:
        return "the same layers; " + ("the outputs differ" if found.ports else "only names differ")
    return "layers: " + ", ".join(counts)


def operator(pair: Pair) -> str:
    """Name the operator of a pair: `Conv2d`, `ReLU → LeakyReLU(0.2)`."""
    one, other = pair.before, pair.after
    if one is None or other is None or one.title == other.title:
        lone = one or other
        return "" if lone is None else lone.title
    return f"{_whole(one)} → {_whole(other)}"


def change(pair: Pair, sides: Sides) -> str:
    """Say what makes a pair differ: `stride 1 → 2, reads e1 → e2`; of a lone layer its window."""
    one, other = pair.before, pair.after
    if one is None or other is None:
        lone = one or other
        return "" if lone is None else _call(lone)
    parts = [f"{name} {_value(one, name)} → {_value(other, name)}" for name in pair.arguments]
    if pair.rewired:
        parts.append(f"reads {', '.join(one.reads) or 'nothing'} → {', '.join(other.reads) or 'nothing'}")
    if one.node.owner != other.node.owner:
        parts.append("weights of its own → shared" if one.node.owner else "shared weights → its own")
    if (one.node.fed is None) != (other.node.fed is None):
        parts.append("applied → not applied" if one.node.fed is None else "not applied → applied")
    parts += _declared(one, other, sides)
    return ", ".join(parts)


# ----------------------------------------------------------------------- layers


def _table(found: Difference, sides: Sides, width: int, colour: bool) -> Iterator[str]:
    rows: list[tuple[Kind, tuple[str, ...]] | int] = []
    for pair in found.pairs:
        if pair.kind is not Kind.SAME:
            rows.append((pair.kind, _row(pair, sides, found.sizes is not None)))
        elif rows and isinstance(last := rows[-1], int):
            rows[-1] = last + 1
        else:
            rows.append(1)
    told = [row for row in rows if not isinstance(row, int)]
    columns = [i for i, _ in enumerate(HEADINGS) if any(row[i].strip() for _, row in told)]
    wide = {i: max(cells(HEADINGS[i]), *(cells(row[i]) for _, row in told)) for i in columns}
    for name, cut in (*((name, True) for name in CUT), *((name, False) for name in LEFT_OUT), ("what", True)):
        index = HEADINGS.index(name)
        over = sum(wide.values()) + 2 * (len(wide) - 1) - width
        if over > 0 and index in wide and cut:
            wide[index] = max(min(SHORTEST, wide[index]), wide[index] - over)
        elif over > 0:
            wide.pop(index, None)
    if told:
        yield paint(_line(HEADINGS, wide), BOLD, colour)
    for row in rows:
        if isinstance(row, int):
            yield paint(f"   … {row:,} layer{'s' if row > 1 else ''} unchanged", DIM, colour)
        else:
            yield paint(_line(row[1], wide), COLOURS[row[0]], colour)


def _line(texts: Sequence[str], wide: Mapping[int, int]) -> str:
    parts = []
    for index, room in wide.items():
        shown = shorten(texts[index], room)
        blank = " " * (room - cells(shown))
        parts.append(blank + shown if HEADINGS[index] in RIGHT else shown + blank)
    return "  ".join(parts).rstrip()


def _row(pair: Pair, sides: Sides, counted: bool) -> tuple[str, ...]:
    ends = pair.before, pair.after
    shapes = [_shape(one, side.legal.axes) for one, side in zip(ends, (sides.before, sides.after), strict=True)]
    if shapes[0] == shapes[1] and pair.before and pair.after and pair.before.shapes != pair.after.shapes:
        shapes = [_shape(one, {}) for one in ends]  # as floors: they agree at the sizes of each
    return (
        MARKS[pair.kind],
        visible(_both(*(None if one is None else one.node.name for one in ends))),
        visible(operator(pair)),
        visible(change(pair, sides)),
        _both(*shapes),
        _both(*(_count(one, one.parameters if one else 0) for one in ends)),
        _both(*(_count(one, one.macs if one else None, short=True) for one in ends)) if counted else "",
        _place(pair.after, sides.after) or _place(pair.before, sides.before),
    )


def _both(one: str | None, other: str | None) -> str:
    """Write a value, or how it changed; None: there is none."""
    if one is None or other is None or one == other:
        return (other if one is None else one) or ""
    return f"{one or '-'} → {other or '-'}"


def _count(facts: Facts | None, number: int | None, *, short: bool = False) -> str | None:
    if facts is None:
        return None
    return "?" if number is None else "" if not number else short_count(number) if short else f"{number:,}"


def _shape(facts: Facts | None, legal: Legal) -> str | None:
    if facts is None:
        return None
    return "?" if facts.shapes is None else ", ".join(shape_text(shape, legal, tight=True) for shape in facts.shapes)


def _place(facts: Facts | None, side: Network) -> str:
    """Write the line that a layer comes from, and the line of the outermost block call around it: `4 in 19`."""
    return "" if facts is None else " in ".join(_line_number(span, side) for span in lines_of(facts))


def lines_of(facts: Facts) -> tuple[Span, ...]:
    """Return the places of a layer in the text: its own, and the outermost block call around it."""
    return (facts.node.span, *facts.node.trail[:1])


def _line_number(span: Span, side: Network) -> str:
    source = side.sources[span.file]
    number = str(source.position(span.start).line)
    return f"{visible(source.name)}:{number}" if span.file else number


def _call(facts: Facts) -> str:
    """Write how a layer is called, without its name where it has a window."""
    if facts.node.op is None:
        return ""
    if "kernel_size" in facts.arguments:
        return window_text(facts.arguments)
    told = call_text(facts.node.op)
    return told[len(facts.title) + 1 : -1] if told.startswith(f"{facts.title}(") else ""


def _whole(facts: Facts) -> str:
    inside = _call(facts)
    if "kernel_size" in facts.arguments:
        return f"{facts.title} {inside}"
    return f"{facts.title}({inside})" if inside else facts.title


def _value(facts: Facts, name: str) -> str:
    return number_text(facts.arguments[name]) if name in facts.arguments else "none"


def _declared(one: Facts, other: Facts, sides: Sides) -> Iterator[str]:
    """Say what an input declares otherwise."""
    before, after = _declaration(one, sides.before), _declaration(other, sides.after)
    for what, was in before.items():
        now = after.get(what, "nothing")
        if was != now:
            yield f"{what} {was} → {now}"


def _declaration(facts: Facts, side: Network) -> dict[str, str]:
    for tensor in side.graph.inputs:
        if tensor.node == facts.node.index and facts.node.op is None:
            source = side.sources[facts.node.span.file]
            said = [source.excerpt(part.span) for part in tensor.declaration.where]
            means = tensor.declaration.means
            return {
                "means": "nothing" if means is None else source.excerpt(means.span),
                "where": " and ".join(said) or "nothing",
                "default": "none" if tensor.default is None else f"{tensor.default:g}",
            }
    return {}


def _port(port: Port, sides: Sides) -> Iterator[str]:
    """Say what became of an output."""
    if not port.before or not port.after:
        yield f"{'+' if port.after else '-'} output {visible(port.before or port.after)}"
        return
    parts = []
    if port.means:
        parts.append(f"means {_meaning(port.before, sides.before)} → {_meaning(port.after, sides.after)}")
    if port.rewired:
        parts.append(f"carries {_carried(port.before, sides.before)} → {_carried(port.after, sides.after)}")
    name = _both(visible(port.before), visible(port.after))
    yield f"{'~' if parts else '>'} output {name}{': ' if parts else ''}{', '.join(parts)}"


def _meaning(name: str, side: Network) -> str:
    tensor = next(tensor for tensor in side.graph.outputs if tensor.name == name)
    means = tensor.declaration.means
    return "nothing" if means is None else visible(side.sources[means.span.file].excerpt(means.span))


def _carried(name: str, side: Network) -> str:
    tensor = next(tensor for tensor in side.graph.outputs if tensor.name == name)
    return visible(side.graph.nodes[tensor.value.node].name)


# ------------------------------------------------------------------ the whole


def _totals(found: Difference, sides: Sides) -> Iterator[str]:
    at = "" if not found.sizes else " at " + ", ".join(f"{name} = {size}" for name, size in found.sizes.items())
    rows: list[tuple[str, ...]] = [("", "before", "after", "")]
    for name, word, unit in (
        ("parameters", "parameters", "{:,}"),
        ("buffers", "buffers", "{:,}"),
        ("macs", f"MACs{at}", "{:,}"),
        ("run", "memory to run", ""),
        ("training", "memory to train", ""),
    ):
        one, other = (getattr(side, name) for side in (found.before, found.after))
        if (one is None and other is None) or not (one or other):
            continue
        shown = ["?" if n is None else unit.format(n) if unit else bytes_text(n) for n in (one, other)]
        rows.append((word, *shown, _delta(one, other, unit)))
    wide = [max(cells(row[i]) for row in rows) for i in range(4)]
    for row in rows:
        yield f"{row[0]:<{wide[0]}}  {row[1]:>{wide[1]}}  {row[2]:>{wide[2]}}  {row[3]}".rstrip()
    one, other = ("; ".join(side.legal.text()) or "every size" for side in (sides.before, sides.after))
    yield f"runs at {one}" if one == other else f"ran at {one}\nruns at {other}"


def _delta(one: int | None, other: int | None, unit: str) -> str:
    if one is None or other is None or one == other:
        return "" if one != other else "="
    more = other - one
    amount = f"{abs(more):,}" if unit else bytes_text(abs(more))
    share = f" ({100 * more / one:+.1f} %)" if one else ""
    return f"{'+' if more > 0 else '-'}{amount}{share}"


def _keys(found: Difference) -> Iterator[str]:
    """List the keys that differ: renamed ones by what the change of their names comes to."""
    rules: dict[tuple[str, str], int] = {}
    for old, new in found.keys.renamed:
        rule = _rule(old, new)
        rules[rule] = rules.get(rule, 0) + 1
    renamed = [f"{old or '·'}* → {new or '·'}*  ({count:,})" for (old, new), count in rules.items()]
    reshaped = [
        f"{key}: {'×'.join(map(str, old))} → {'×'.join(map(str, new))}" for key, old, new in found.keys.reshaped
    ]
    for mark, word, lines, count in (
        (">", "renamed", renamed, len(found.keys.renamed)),
        ("+", "new", list(found.keys.added), len(found.keys.added)),
        ("-", "gone", list(found.keys.removed), len(found.keys.removed)),
        ("^", "of another shape", reshaped, len(reshaped)),
    ):
        if lines:
            yield f"{mark} {count:,} key{'s' if count > 1 else ''} {word}"
            yield from (f"    {visible(line)}" for line in lines[:MOST_KEYS])
            if len(lines) > MOST_KEYS:
                yield f"    and {len(lines) - MOST_KEYS:,} more"


def _rule(old: str, new: str) -> tuple[str, str]:
    """Cut what two keys have in common at their ends: `layer1.0.weight`, `body.layer1.0.weight` -> "", `body.`."""
    one, other = old.split("."), new.split(".")
    while one and other and one[-1] == other[-1]:
        one.pop()
        other.pop()
    return ".".join([*one, ""]) if one else "", ".".join([*other, ""]) if other else ""
