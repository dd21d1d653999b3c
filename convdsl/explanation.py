"""What a code means: a rule's own words and specs, or a sentence about what the phases before the linter say."""

import textwrap
from collections.abc import Mapping

from convdsl.diagnostics import Code
from convdsl.lint.ignoring import BAD_IGNORE, DEAD_BASELINE, UNUSED_IGNORE
from convdsl.lint.rule import example, text_of
from convdsl.lint.selection import find, known, rule_of
from convdsl.mistake import MistakeError
from convdsl.nearest import nearest
from convdsl.record import dataclass, field
from convdsl.render.formats.meanings import MEANINGS

_OF_THE_LINTER = {
    UNUSED_IGNORE: ("a comment `# convdsl: ignore[...]` keeps nothing quiet", "remove the comment"),
    BAD_IGNORE: (
        "a comment `# convdsl: ignore[...]` names no rule, gives no reason, or names an error that has to be mended",
        "write `# convdsl: ignore[name] why it does not matter here`",
    ),
    DEAD_BASELINE: (
        "the baseline lists a finding that is not found any more",
        "write the baseline anew: `convdsl check --write-baseline`",
    ),
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """A code in words. lead: a sentence. what, why: "" for codes of the phases. bad, good: whole specs."""

    code: Code
    lead: str
    fix: str
    what: str = ""
    why: str = ""
    sources: tuple[str, ...] = ()
    bad: tuple[str, ...] = ()
    good: tuple[str, ...] = ()
    thresholds: Mapping[str, float] = field(default_factory=dict)


def explain(word: str) -> Explanation:
    """Explain a code, given by its id or its name.

    Raises MistakeError where there is none.
    """
    code = find(word) or find(word.upper()) or find(word.lower())
    if code is None:
        names = [name for one in known().values() for name in (one.id, one.name)]
        near = nearest(word, names)
        way_out = f"did you mean `{near}`" if near else "`convdsl rules --all` lists them"
        raise MistakeError(f"there is no code or rule `{word}`", way_out=way_out)
    return of_code(code)


def of_code(code: Code) -> Explanation:
    """Explain a code that there is."""
    rule = rule_of(code.id)
    if rule is None:
        what, fix = _OF_THE_LINTER.get(code) or MEANINGS[code.id]
        return Explanation(code, f"{what[0].upper()}{what[1:]}.", f"{fix[0].upper()}{fix[1:]}.")
    text = text_of(type(rule))
    bad, good = tuple(map(example, rule.bad)), tuple(map(example, rule.good))
    return Explanation(code, text.lead, text.fix, text.what, text.why, text.sources, bad, good, rule.thresholds)


def printed(one: Explanation, width: int) -> str:
    """Print an explanation for a terminal of so many cells."""
    out = [f"{one.code} ({one.code.severity.value})", "", *textwrap.wrap(one.lead, width), ""]
    for title, text in (("What", one.what), ("Why", one.why), ("Fix", one.fix)):
        out += [*textwrap.wrap(f"{title}: {text}", width), ""] if text else []
    out += [line for source in one.sources for line in textwrap.wrap(f"Source: {source}", width)]
    if one.thresholds:
        out.append("")
        numbers = ", ".join(f"{name} = {number:g}" for name, number in one.thresholds.items())
        out += [f"Numbers: {numbers}", f"         (thresholds.{one.code.name} in [tool.convdsl])"]
    for title, specs in (("Bad", one.bad), ("Good", one.good)):
        for spec in specs:
            out += ["", f"{title}:", "", *(f"    {line}".rstrip() for line in spec.rstrip().split("\n"))]
    return "\n".join(out).strip("\n") + "\n"


def listing(*, everything: bool) -> tuple[Explanation, ...]:
    """Explain every rule of the linter; everything: the codes of the phases too."""
    return tuple(of_code(code) for code in known().values() if everything or rule_of(code.id) is not None)
