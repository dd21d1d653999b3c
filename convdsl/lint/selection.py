"""Which findings a project wants to hear of: codes, names or the beginnings of codes, chosen and left out.

What the phases call an error is always said: PyTorch refuses such a network, or the spec contradicts itself. All else,
the errors of rules among it, is judgement, and may be left out.
"""

import re
from collections.abc import Mapping

from convdsl import codes
from convdsl.diagnostics import Code, Severity
from convdsl.lint.catalogue import rules
from convdsl.lint.ignoring import BAD_IGNORE, DEAD_BASELINE, UNUSED_IGNORE
from convdsl.lint.rule import Rule
from convdsl.nearest import nearest
from convdsl.record import dataclass

ALL = "ALL"
_PREFIX = re.compile(r"[EWI]\d{0,3}")


@dataclass(frozen=True, slots=True)
class Selection:
    """Selectors: `W301`, `checkerboard`, `W3`, `W` or `ALL`. select: None for everything.

    Where a code is both chosen and left out, the longer selector wins; among equals it is left out.
    """

    select: tuple[str, ...] | None = None
    ignore: tuple[str, ...] = ()

    def wants(self, code: Code) -> bool:
        """Tell whether findings of a code are to be said."""
        chosen = 0 if self.select is None else max((weight(word, code) for word in self.select), default=-1)
        return chosen > max((weight(word, code) for word in self.ignore), default=-1)


def weight(selector: str, code: Code) -> int:
    """Return how exactly a selector means a code, 0 (ALL) to 5 (code or name); -1 where it does not."""
    if selector == ALL:
        return 0
    if selector in (code.id, code.name):
        return 5
    return len(selector) if _PREFIX.fullmatch(selector) and code.id.startswith(selector) else -1


def known() -> Mapping[str, Code]:
    """Return every code that there is, by its id, in the order of the numbers."""
    phases = [code for code in vars(codes).values() if isinstance(code, Code)]
    found = [*phases, *(rule.code for rule in rules()), UNUSED_IGNORE, BAD_IGNORE, DEAD_BASELINE]
    return {code.id: code for code in sorted(found, key=lambda code: code.id[1:])}


def find(word: str) -> Code | None:
    """Return the code of an id or a name, None where there is none."""
    return next((code for code in known().values() if word in (code.id, code.name)), None)


def complaint(selector: str) -> tuple[str, str] | None:
    """Return what is wrong with a selector and a way out, None where it means something."""
    everything = known()
    if selector == ALL or any(weight(selector, code) > 0 for code in everything.values()):
        return None
    words = [word for code in everything.values() for word in (code.id, code.name)]
    near = nearest(selector, words)
    way = f"did you mean `{near}`" if near else "`convdsl rules` lists them; `W3` means all that begin so"
    return f"there is no rule `{selector}`", way


def is_always_said(selector: str) -> bool:
    """Tell whether a selector means errors of the phases and nothing else: they are said whatever is chosen."""
    rest = [rule.code for rule in rules()] + [UNUSED_IGNORE, BAD_IGNORE, DEAD_BASELINE]
    meant = [code for code in known().values() if weight(selector, code) >= 0]
    return bool(meant) and all(code.severity is Severity.ERROR and code not in rest for code in meant)


def rule_of(word: str) -> Rule | None:
    """Return the rule of a code or a name, None where there is none."""
    return next((rule for rule in rules() if word in (rule.code.id, rule.code.name)), None)
