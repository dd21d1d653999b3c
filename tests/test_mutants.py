"""The tool behind `make mutants` sees what it should: each kind of change, in place, and nothing that is only read."""

import ast
import sys
from functools import cache, cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from .mutants.mutations import mutants
from .mutants.report import listing, page
from .mutants.runner import KILLED, SURVIVED, Trial
from .mutants.swap import swap


def changes(text: str) -> set[str]:
    return {f"{mutant.before} -> {mutant.after}" for mutant in mutants(ast.parse(text))}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("x = a < b", {"a < b -> a <= b"}),
        ("x = a and b", {"a and b -> a or b", "a and b -> a", "a and b -> b"}),
        ("x = not a", {"not a -> a"}),
        ("x = a[3]", {"a[3] -> a[4]", "a[3] -> a[2]"}),
        ("x = f(safe=True)", {"safe=True -> safe=False"}),
        ("x = a // b", {"a // b -> a * b"}),
        ("x = [c for c in y if c.odd]", {"for c in y if c.odd -> for c in y"}),
        ("def f():\n    return [a]", {"return [a] -> return []"}),
        ("def f():\n    return []", set()),
        ("def f():\n    yield a", {"yield a -> pass"}),
        ("x = a if b else c", {"a if b else c -> a if True else c", "a if b else c -> a if False else c"}),
        ("x = max(a)", {"max(a) -> min(a)"}),
        ('x = f(label="a" * 2, notes=(1,), strict=True)', set()),
        ('x = Help(f"{a + 1}", edits, safe=True)', {"safe=True -> safe=False"}),
        ('def f(x: Literal[1] = 3) -> "A":\n    """Text."""', {"3 -> 4", "3 -> 2"}),
    ],
)
def test_mutants_when_a_text_is_read_are_these(text: str, expected: set[str]) -> None:
    assert changes(text) == expected


def test_mutants_when_of_a_default_are_not_tied_to_the_lines_that_run() -> None:
    found = mutants(ast.parse("def f(x=3):\n    return 5"))
    assert {(mutant.before, len(mutant.lines)) for mutant in found} == {("3", 0), ("return 5", 1)}


def test_mutants_when_listed_leave_the_tree_as_it_was() -> None:
    path = Path(sys.modules[mutants.__module__].__file__ or "")
    tree = ast.parse(path.read_text("utf-8"))
    before = ast.dump(tree)
    assert len(list(mutants(tree))) > 50
    assert ast.dump(tree) == before


MODULE = """
from functools import cache, cached_property
from convdsl.record import dataclass
LIMIT = 3
def plain(x): return x < LIMIT
def named(x=5, *, y=7): return x, y
@cache
def kept(x): return x + 1
class Thing:
    share = 0.5
    def method(self): return [1]
    @property
    def asked(self): return 1
    @cached_property
    def once(self): return 1
@dataclass(frozen=True, slots=True)
class Record:
    size: int
    whole: bool = False
    more: bool = True
    def values(self): return (self.size, self.whole, self.more)
"""


@pytest.mark.parametrize(
    ("change", "ask", "before", "after"),
    [
        ("x < LIMIT -> x <= LIMIT", lambda m: m.plain(3), False, True),
        ("LIMIT = 3 -> LIMIT = 4", lambda m: m.plain(3), False, True),
        ("5 -> 6", lambda m: m.named(), (5, 7), (6, 7)),
        ("7 -> 8", lambda m: m.named(), (5, 7), (5, 8)),
        ("x + 1 -> x - 1", lambda m: m.kept(3), 4, 2),
        ("share = 0.5 -> share = 1.0", lambda m: m.Thing.share, 0.5, 1.0),
        ("return [1] -> return []", lambda m: m.Thing().method(), [1], []),
        ("False -> True", lambda m: m.Record(3).values(), (3, False, True), (3, True, True)),
        ("True -> False", lambda m: [m.Record(3) for _ in range(99)][98].values(), (3, False, True), (3, False, False)),
        ("return 1 -> return 2", lambda m: (m.Thing().asked, m.Thing().once), (1, 1), None),
    ],
)
def test_swap_when_a_module_is_changed_reaches_those_who_hold_its_parts(
    change: str, ask: Any, before: object, after: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    module, holder = ModuleType("mutated"), ModuleType("holder")
    module.__file__ = "mutated.py"
    monkeypatch.setitem(sys.modules, "mutated", module)
    monkeypatch.setitem(sys.modules, "holder", holder)
    exec(compile(MODULE, "mutated.py", "exec"), vars(module))
    vars(holder).update({name: value for name, value in vars(module).items() if not name.startswith("__")})
    assert (type(module.kept), cached_property) == (type(cache(len)), type(vars(module.Thing)["once"]))
    assert ask(holder) == before
    module.kept.cache_clear()
    tree = ast.parse(MODULE)
    next(mutant for mutant in mutants(tree) if f"{mutant.before} -> {mutant.after}" == change).apply()
    swap(module, tree)
    assert ask(holder) == after if after is not None else ask(holder) in ((2, 1), (1, 2))


def test_page_when_a_change_lives_gives_its_reason() -> None:
    trials = [Trial("a.py", 0, 7, "x < 1", "x <= 1", SURVIVED), Trial("a.py", 1, 8, "y", "z", KILLED)]
    reasons = {("a.py", "x < 1", "x <= 1"): "x is never 1"}
    text = page(trials, reasons)
    assert "| a.py | 2 | 1 (50.0 %) | 1 | 1 |" in text
    assert "| a.py:7 | `x < 1` to `x <= 1` | x is never 1 |" in text
    assert "a.py:7: x < 1 -> x <= 1: x is never 1" in listing(trials, reasons)
