"""Lines of equal columns for people, of what was found in a network."""

from collections.abc import Iterable, Sequence


def aligned(rows: Iterable[Sequence[str]]) -> tuple[str, ...]:
    """Align columns: the first to the left, the others to the right."""
    lines = [tuple(row) for row in rows]
    widths = [max(len(line[column]) for line in lines) for column in range(len(lines[0]))]
    out = []
    for line in lines:
        cells = [line[0].ljust(widths[0]), *(cell.rjust(wide) for cell, wide in zip(line[1:], widths[1:], strict=True))]
        out.append("  ".join(cells).rstrip())
    return tuple(out)


def listed(numbers: Sequence[int]) -> str:
    """Write whole numbers in order as people do, runs shortened: `3, 7, 12-19`."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    parts: list[str] = []
    for first, last in runs:
        parts += (
            [str(first)] if first == last else [str(first), str(last)] if last == first + 1 else [f"{first}-{last}"]
        )
    return ", ".join(parts)
