"""What is said of a checkpoint beside a network: in sentences for people, as data for programs."""

from collections.abc import Iterable, Iterator, Sequence
from math import prod

from torch import Tensor

from convdsl.exchange.stored import Stored
from convdsl.exchange.weights import Match
from convdsl.lower.fitting import Shape
from convdsl.lower.renaming import quoted

VERSION = 1
MOST_LINES = 20  # of one list; the counts are always whole
MOST_NEAR = 200  # names of which the nearest is looked for


def text(match: Match, network: str, *, most: int = MOST_LINES) -> list[str]:
    """Say how a checkpoint fits a network. network: what the spec is called; most: lines of one list."""
    fit, stored = match.fit, match.stored
    lines = [
        f"{stored.path}: {stored.format}, {_counted(len(stored.parts[match.part]), 'tensor')}"
        f"{_types(stored.parts[match.part].values())}"
    ]
    lines += [f"note: {note}" for note in match.notes]
    if match.left_out:
        lines += [
            f"left out by the rename table: {_counted(len(match.left_out), 'tensor')}",
            *_names(match.left_out, most),
        ]
    lines += [f"note: {row.place}: `{row.old}` matches no tensor" for row in match.idle[:most]]
    if fit.counters:
        lines.append(
            f"note: {_counted(len(fit.counters), 'counter')} `num_batches_tracked` of norms not in the file, set to 0"
        )
    lines.append(f"{network}: {len(fit.fitting)} of {_counted(len(fit.wanted) - len(fit.counters), 'tensor')} fit")
    explained = 2 * match.offered > len(fit.wanted) or match.in_order or match.lineup is not None
    lines += _problems(match, min(most, 3) if explained else most)  # what one row mends needs no long list
    if match.offer:
        lines.append(f"  = help: {match.offered} fit with `--rename '{match.offer}'`")
    if match.in_order:
        lines.append(
            "  = help: both have the same layers under other names: `--match shape` pairs them, "
            "and `--write-table FILE` writes the names for you to read"
        )
    return lines


def _problems(match: Match, most: int) -> Iterator[str]:
    fit, lineup = match.fit, match.lineup
    if fit.missing:
        yield f"{len(fit.missing)} missing: in the network, not among the weights"
        yield from _listed([(n, fit.wanted[n], _like(fit.near_missing(n))) for n in fit.missing[:most]])
        yield from _rest(fit.missing, most)
    if fit.unexpected:
        yield f"{len(fit.unexpected)} unexpected: among the weights, not in the network"
        yield from _listed([(n, fit.found[n], _like(fit.near_unexpected(n))) for n in fit.unexpected[:most]])
        yield from _rest(fit.unexpected, most)
    if fit.mismatched:
        yield f"{len(fit.mismatched)} of another shape"
        told = [
            (one.name, one.wanted, f"found {shape_text(one.found)}{': ' if one.reason else ''}{one.reason}")
            for one in fit.mismatched[:most]
        ]
        yield from _listed(told)
        yield from _rest(fit.mismatched, most)
    if lineup is not None and lineup.ambiguous:
        yield f"{_counted(len(lineup.ambiguous), 'kind')} of layers that order and shape do not tell apart"
        for theirs, ours in lineup.ambiguous[:MOST_LINES]:
            yield f"  {_some(theirs)} in the file, {_some(ours)} in the network"
        yield from _rest(lineup.ambiguous, MOST_LINES)
        if not match.stored.ordered:
            better = "`.keras`" if match.stored.keras else "`.pt`"
            yield f"  = note: this kind of file does not keep the order of layers; {better} does"
        yield "  = help: `--write-table FILE` writes the names that are certain; add rows `old -> new` for the others"


def data(match: Match) -> dict[str, object]:
    """Return the same for programs: version 1 of a contract."""
    fit = match.fit
    near = {name: fit.near_missing(name) for name in fit.missing[:MOST_NEAR]}
    near |= {name: fit.near_unexpected(name) for name in fit.unexpected[:MOST_NEAR]}
    return {
        "version": VERSION,
        "checkpoint": match.stored.path,
        "format": match.stored.format,
        "part": match.part,
        "fits": match.ok,
        "fitting": len(fit.fitting),
        "missing": [{"name": n, "shape": fit.wanted[n], "near": near.get(n)} for n in fit.missing],
        "unexpected": [{"name": n, "shape": fit.found[n], "near": near.get(n)} for n in fit.unexpected],
        "shapes": [
            {"name": one.name, "wanted": one.wanted, "found": one.found, "reason": one.reason} for one in fit.mismatched
        ],
        "counters": list(fit.counters),
        "left_out": list(match.left_out),
        "renamed": {old: new for old, new in match.names.items() if old != new},
        "ambiguous": [
            {"file": list(theirs), "network": list(ours)}
            for theirs, ours in (match.lineup.ambiguous if match.lineup is not None else ())
        ],
        "rename": match.offer or None,
        "same_layers": match.in_order,
        "notes": list(match.notes),
    }


def stored_text(stored: Stored, part: str = "") -> list[str]:
    """List what lies in a checkpoint: each part, or the named one, with the tensors' names, shapes and types."""
    chosen = {part: stored.part(part)} if part else stored.parts
    lines = [f"{stored.path}: {stored.format}"]
    lines += [f"note: {note}" for note in stored.notes]
    for name, tensors in chosen.items():
        counted = f"{_counted(len(tensors), 'tensor')}, {_counted(_numbers(tensors.values()), 'number')}"
        lines.append(f"{name}: {counted}" if name else counted)
        lines += _listed([(key, tuple(one.shape), _type(one)) for key, one in tensors.items()])
    if stored.others:
        lines.append(
            f"no tensors: {', '.join(stored.others[:MOST_LINES])}{' …' if len(stored.others) > MOST_LINES else ''}"
        )
    return lines


def stored_data(stored: Stored, part: str = "") -> dict[str, object]:
    """Return the same for programs: version 1 of a contract."""
    chosen = {part: stored.part(part)} if part else stored.parts
    return {
        "version": VERSION,
        "checkpoint": stored.path,
        "format": stored.format,
        "parts": {
            name: {key: {"shape": list(one.shape), "dtype": _type(one)} for key, one in tensors.items()}
            for name, tensors in chosen.items()
        },
        "others": list(stored.others),
    }


def shape_text(shape: Shape) -> str:
    """Write a shape as `show --keys` does, a number without axes as `scalar`."""
    return "×".join(map(str, shape)) or "scalar"


def _type(tensor: Tensor) -> str:
    return str(tensor.dtype).removeprefix("torch.")


def _types(tensors: Iterable[Tensor]) -> str:
    kinds = dict.fromkeys(_type(tensor) for tensor in tensors if tensor.ndim)
    return f" of {', '.join(kinds)}" if kinds else ""


def _numbers(tensors: Iterable[Tensor]) -> int:
    return sum(prod(tensor.shape) for tensor in tensors)


def _listed(rows: Sequence[tuple[str, Shape, str]]) -> list[str]:
    """Align names, shapes and what is said of them."""
    names = [quoted(name) if not name.isprintable() else name for name, _, _ in rows]
    shapes = [shape_text(shape) for _, shape, _ in rows]
    wide, wider = max(map(len, names), default=0), max(map(len, shapes), default=0)
    told = zip(names, shapes, rows, strict=True)
    return [f"  {name:{wide}}  {shape:{wider}}  {said}".rstrip() for name, shape, (_, _, said) in told]


def _names(names: Sequence[str], most: int) -> list[str]:
    return [*(f"  {name}" for name in names[:most]), *_rest(names, most)]


def _rest(items: Sequence[object], most: int) -> list[str]:
    return [f"  … and {len(items) - most:,} more"] if len(items) > most else []


def _like(near: str | None) -> str:
    return f"near `{near}`" if near is not None else ""


def _some(names: Sequence[str]) -> str:
    if not names:
        return "none"
    return ", ".join(f"`{name}`" for name in names[:4]) + (f" and {len(names) - 4} more" if len(names) > 4 else "")


def _counted(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"
