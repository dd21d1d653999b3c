"""Refusals about channel counts that several operators share."""

from math import isqrt

from convdsl.argument import Invalid

_SEARCHED = 10_000  # divisors beyond are not looked for: a spec may say any number


def require_channels(argument: str, claimed: int | None, actual: int) -> int:
    """Return the input's channels, compared with what the spec claims of them.

    Raises Invalid.
    """
    if claimed is not None and claimed != actual:
        raise Invalid(
            argument,
            f"the input has {actual} channels, not {claimed}",
            f"write {argument}={actual}, or leave it out",
            "E205",
        )
    return actual


def require_groups(groups: int, channels: int, noun: str, argument: str = "groups") -> None:
    """Refuse groups that do not divide the channels.

    Raises Invalid.
    """
    if channels % groups:
        raise Invalid(
            argument,
            f"{channels} {noun} do not split into {groups} groups",
            f"{argument} must divide {channels}: {divisors(channels)}",
            "E209",
        )


def divisors(number: int) -> str:
    """List the divisors of a number in words, the middle left out where there are many: `1, 2, 3 or 6`."""
    small = min(isqrt(number), _SEARCHED)
    found = [d for d in range(1, small + 1) if number % d == 0]
    found = sorted({*found, *(number // d for d in found)})
    if small == _SEARCHED:
        return ", ".join(str(d) for d in found[:8] if d <= _SEARCHED) + f" … {number}"
    if len(found) == 1:
        return str(found[0])
    if len(found) > 10:
        return ", ".join(str(d) for d in found[:8]) + f" … {found[-1]}"
    return ", ".join(str(d) for d in found[:-1]) + f" or {found[-1]}"
