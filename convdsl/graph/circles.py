"""Which blocks of a file lead back to themselves, found for all of them in one walk: there may be 100,000."""

from collections.abc import Callable, Iterable, Mapping


def circles(names: Iterable[str], mentions: Callable[[str], Iterable[str]]) -> Mapping[str, int]:
    """Number the names so that two have one number where each leads to the other.

    mentions: what a name leads to directly. Source: Kosaraju's algorithm, without recursion.
    """
    inner = {name: tuple(mentions(name)) for name in names}
    outer: dict[str, list[str]] = {name: [] for name in inner}
    for name, found in inner.items():
        for one in found:
            outer[one].append(name)
    out: dict[str, int] = {}
    for first in reversed(_finished(inner)):
        todo = [first]
        while todo:
            name = todo.pop()
            if name not in out:
                out[name] = out[first] if first in out else len(out)
                todo.extend(one for one in outer[name] if one not in out)
    return out


def _finished(inner: Mapping[str, tuple[str, ...]]) -> list[str]:
    """List the names in the order in which a walk in depth leaves them."""
    order: list[str] = []
    seen: set[str] = set()
    for start in inner:
        todo = [(start, False)]
        while todo:
            name, done = todo.pop()
            if done:
                order.append(name)
            elif name not in seen:
                seen.add(name)
                todo.append((name, True))
                todo.extend((one, False) for one in inner[name] if one not in seen)
    return order
