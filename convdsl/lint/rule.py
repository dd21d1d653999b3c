"""The contract of a rule: what a file under `lint/rules/` says, and all that the linter knows of it.

A rule is a final class with a lasting code, a docstring (What, Why, Fix, Source) that is also what `explain` prints,
small specs that it finds fault with and others that it does not, and one method over a `Subject`.
"""

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import ClassVar

from convdsl.diagnostics import Code, Diagnostic
from convdsl.lint.subject import Subject
from convdsl.record import dataclass

SECTIONS = ("What", "Why", "Fix")

_SECTION = re.compile(r"^(What|Why|Fix|Source): *", re.MULTILINE)


class Rule(ABC):
    """One thing that an expert would say about a network.

    code: its identity for ever. bad: specs in text, where each line with an expected finding ends in `# W301`; good:
    specs in which this rule finds nothing. Both are without their first line, `convdsl 1`, are the rule's tests, and
    stand on its page. thresholds: numbers that a project may override, by name, with their defaults; the value in
    force is `self.threshold(subject, "name")`. short_tells: whether `suspects` may be asked of a network of which turns
    that are equal were left out: so it is where only the layers, their order, shapes and costs count, and nothing adds
    up from turn to turn but sums over `Subject.times` (lint/short.py).
    """

    code: ClassVar[Code]
    bad: ClassVar[tuple[str, ...]]
    good: ClassVar[tuple[str, ...]]
    thresholds: ClassVar[Mapping[str, float]] = MappingProxyType({})
    short_tells: ClassVar[bool] = False

    @abstractmethod
    def check(self, subject: Subject) -> Iterator[Diagnostic]:
        """Find fault with a network whose shapes are all known, each finding made by `subject.finding`."""

    def suspects(self, subject: Subject) -> bool:
        """Tell whether there may be something to find; where it is not sure, yes."""
        return next(iter(self.check(subject)), None) is not None

    def threshold(self, subject: Subject, name: str) -> float:
        """Return the number in force: the project's, or the default."""
        return subject.numbers.get(self.code.name, {}).get(name, self.thresholds[name])


def example(text: str) -> str:
    """Return one of a rule's small specs as a whole file."""
    return f"convdsl 1\n\n{text.strip()}\n"


@dataclass(frozen=True, slots=True)
class Text:
    """A rule's docstring in parts. lead: its first sentence; what, why, fix: prose; sources: one a line."""

    lead: str
    what: str
    why: str
    fix: str
    sources: tuple[str, ...]


def text_of(rule: type[Rule]) -> Text:
    """Read a rule's docstring.

    Raises ValueError where a section is missing.
    """
    lines = (line.strip() for line in (rule.__doc__ or "").strip().split("\n"))
    doc = "\n".join(lines)
    lead, *parts = _SECTION.split(doc)
    found: dict[str, list[str]] = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        found.setdefault(name, []).append(" ".join(body.split()))
    missing = [name for name in (*SECTIONS, "Source") if name not in found]
    if missing or not lead.strip():
        raise ValueError(f"the docstring of {rule.__name__} has no {', '.join(missing) or 'first sentence'}")
    what, why, fix = (" ".join(found[name]) for name in SECTIONS)
    return Text(" ".join(lead.split()), what, why, fix, tuple(found["Source"]))
