"""Make `tables.py` from `spec.lark`: `python -m convdsl.syntax.generate`.

Lark computes the LALR automaton; what ships is plain data, so reading a spec imports no Lark (its import alone costs
more than a whole `check` may). A test compares the shipped tables with a fresh run.
"""

import hashlib
import textwrap
from pathlib import Path
from typing import Any

from lark import Lark
from lark import __version__ as lark_version
from lark.grammar import Rule
from lark.lexer import PatternStr
from lark.parsers.lalr_analysis import LALR_Analyzer, Shift

HERE = Path(__file__).parent
STARTS = ("header", "item", "setting", "statement", "expr", "exprs", "kind", "loop")


def generate(grammar: str) -> str:
    """Return the text of `tables.py` for a grammar. Raises lark's GrammarError where the grammar is not LALR(1)."""
    lark = Lark(grammar, parser="lalr", lexer="basic", start=list(STARTS), keep_all_tokens=True)
    rules = sorted(lark.rules, key=_rule_key)
    numbers = {rule: number for number, rule in enumerate(rules)}
    conf = lark.parser.parser_conf
    conf.rules = rules
    analyzer: Any = LALR_Analyzer(conf, strict=True)  # Lark does not annotate its analysis
    analyzer.compute_lalr()
    table = analyzer.parse_table
    order = _order(table)
    states = []
    for state in sorted(order, key=order.__getitem__):
        row = {}
        for symbol, (action, argument) in table.states[state].items():
            row[symbol] = order[argument] if action is Shift else -1 - numbers[argument]
        states.append(dict(sorted(row.items())))
    strings = {t.pattern.value: t.name for t in lark.terminals if isinstance(t.pattern, PatternStr)}
    patterns = {t.name: t.pattern.value for t in lark.terminals if not isinstance(t.pattern, PatternStr)}
    parts = [
        '"""Tables of the LALR automaton of `spec.lark`, made by `python -m convdsl.syntax.generate`: do not edit."""',
        "",
        "# fmt: off",
        f'GRAMMAR = "{hashlib.sha256(grammar.encode()).hexdigest()}"',
        f'LARK = "{lark_version}"',
        "# words and signs, and the terminals that they are",
        f"STRINGS: dict[str, str] = {_literal(dict(sorted(strings.items())))}",
        "# patterns of the other terminals",
        f"PATTERNS: dict[str, str] = {_literal(dict(sorted(patterns.items())))}",
        "# a rule: what it makes, how many values it takes, which action builds the value",
        "RULES: list[tuple[str, int, str]] = [",
        *(f'    ("{rule.origin.name}", {len(rule.expansion)}, "{rule.alias or rule.origin.name}"),' for rule in rules),
        "]",
        "# a state: symbol -> the next state, or -1 - rule where a rule is complete",
        "STATES: list[dict[str, int]] = [",
        *(f"    {_literal(row)}," for row in states),
        "]",
        f"STARTS: dict[str, int] = {_literal({name: order[table.start_states[name]] for name in STARTS})}",
        f"ENDS: dict[str, int] = {_literal({name: order[table.end_states[name]] for name in STARTS})}",
    ]
    return "\n".join(parts) + "\n"


def _order(table: Any) -> dict[int, int]:
    """Number the states in the order of a walk from the starts: Lark's own numbers change from run to run."""
    order: dict[int, int] = {}
    walk = [table.start_states[name] for name in reversed(STARTS)]
    while walk:
        state = walk.pop()
        if state in order:
            continue
        order[state] = len(order)
        row = table.states[state]
        walk.extend(row[symbol][1] for symbol in sorted(row, reverse=True) if row[symbol][0] is Shift)
    return order


def _rule_key(rule: Rule) -> tuple[str, int]:
    return str(rule.origin.name), rule.order


def _literal(value: dict[str, int] | dict[str, str]) -> str:
    items = "".join(f"{key!r}: {item!r}, " for key, item in value.items())
    lines = textwrap.wrap(items, 90, break_long_words=False, break_on_hyphens=False)
    return "{" + "\n        ".join(lines) + "}"


def main() -> None:
    """Write `tables.py` beside the grammar."""
    text = generate((HERE / "spec.lark").read_text(encoding="utf-8"))
    (HERE / "tables.py").write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
