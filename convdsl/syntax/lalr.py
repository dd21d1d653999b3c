"""Run the LALR automaton that Lark made from `spec.lark` over the tokens of one statement.

Thirty lines instead of Lark's runtime, whose import takes longer than checking a network may. It knows neither what the
rules mean nor how a mistake is worded: it returns the place and the state where the text stops making sense.
"""

from collections.abc import Callable, Sequence
from typing import Any

from convdsl.record import dataclass
from convdsl.syntax.tables import RULES, STARTS, STATES
from convdsl.syntax.tokens import RESERVED, WORDS, Token

Action = Callable[..., Any]

_WORDS = frozenset(WORDS.values()) - RESERVED


@dataclass(frozen=True, slots=True)
class Unexpected:
    """The token (by number; one past the last for the end) that no rule can take, and what was expected there."""

    index: int
    expected: frozenset[str]


def actions_of(builder: object) -> list[tuple[str, int, Action]]:
    """Pair each rule with the method of `builder` that has its action's name.

    `same` hands its only value on: it has the size -1, so that `run` need not call anything.
    """
    return [
        (made, -1, tuple) if name == "same" else (made, size, getattr(builder, name.rstrip("_") + "_"))
        for made, size, name in RULES
    ]


def run(start: str, tokens: Sequence[Token], actions: Sequence[tuple[str, int, Action]]) -> Any:
    """Return what the actions built for the whole of `tokens` as a `start`, or an `Unexpected`."""
    states = STATES
    row = states[STARTS[start]]
    rows = [row]
    values: list[Any] = []
    for index, token in enumerate((*tokens, None)):
        kind = "$END" if token is None else token.kind
        while True:
            move = row.get(kind)
            if move is None:
                if kind not in _WORDS or "NAME" not in row:
                    return Unexpected(index, _expected(rows))
                move = row["NAME"]
            if move >= 0:
                row = states[move]
                rows.append(row)
                values.append(token)
                break
            made, size, action = actions[-1 - move]
            if size == 1:
                values[-1] = action(values[-1])
                rows.pop()
            elif size < 0:
                rows.pop()
            elif size:
                values[-size:] = [action(*values[-size:])]
                del rows[-size:]
            else:
                values.append(action())
            row = rows[-1]
            if kind == "$END" and made == start and len(rows) == 1:
                return values[0]
            row = states[row[made]]
            rows.append(row)
    raise AssertionError("the loop ends at $END")


def _expected(rows: list[dict[str, int]]) -> frozenset[str]:
    """Find what could really stand here: an LALR state lists also what only its other contexts could go on with."""
    return frozenset(kind for kind in rows[-1] if (kind.isupper()) and _takes(rows, kind))


def _takes(rows: list[dict[str, int]], kind: str) -> bool:
    states = list(rows)
    while True:
        move = states[-1].get(kind)
        if move is None:
            return False
        if move >= 0:
            return True
        made, size, _ = RULES[-1 - move]
        del states[len(states) - size :]
        follows = states[-1].get(made)
        if follows is None:
            return kind == "$END"
        states.append(STATES[follows])
