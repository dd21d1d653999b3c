"""How much work a spec may ask for while its loops and blocks are unrolled: it may come from the internet.

Layers and turns are counted where they are made (`nodes.py`); this counts statements, for those that make none take
time too, each by the length of what has to be evaluated again at every turn.
"""

from convdsl import codes
from convdsl.graph.problem import Problem
from convdsl.source import Span
from convdsl.syntax import tree

MOST_STEPS = 1_000_000  # a network of 100,000 layers, each a line of its own, takes about 200,000
MOST_AXES = 64  # of a tensor, as PyTorch has it
LONGEST_KEY = 1000  # of a weight; 100,000 of them have to fit into memory
STEPS_OF_A_BLOCK = 20  # entering one costs as much as so many short statements
LINE = 100  # letters: an ordinary statement is one step
LETTERS_A_STEP = 8  # of what is longer: each may be a number of a list


class Budget:
    """What has been spent; `exhausted` says that nothing more is to be done or said."""

    def __init__(self) -> None:
        self.steps = 0
        self.exhausted = False

    def step(self, statement: tree.Statement) -> None:
        """Count a statement that is about to run.

        Raises Problem where a spec would take too long.
        """
        self.steps += 1 + max(0, letters(statement) - LINE) // LETTERS_A_STEP
        if self.steps > MOST_STEPS:
            raise Problem(
                codes.TOO_MANY_LAYERS,
                "unrolling the loops and blocks takes too many steps",
                statement.span,
                f"the limit of {MOST_STEPS:,} statements is reached here",
                helps=("repeat less often, or call fewer blocks within blocks",),
            )


def letters(statement: tree.Statement) -> int:
    """Measure what is evaluated each time that a statement runs: without the bodies, which are counted themselves."""
    match statement:
        case tree.Flow(source=tree.Body()):
            return 0
        case tree.If():
            span = statement.condition.span
        case tree.Repeat():
            span = statement.count.span
        case tree.For():
            span = statement.iterable.span
        case _:
            span = statement.span
    return span.end - span.start


def check_key(key: str, span: Span) -> None:
    """Refuse a key of weights, or the beginning of keys, that no program can want to print.

    Raises Problem.
    """
    if len(key) > LONGEST_KEY:
        raise Problem(
            codes.KEY_INVALID,
            f"the key of these weights has {len(key):,} characters, more than {LONGEST_KEY:,}",
            span,
            helps=("give shorter names to the lines and groups around them",),
        )


def check_axes(axes: int, span: Span) -> None:
    """Refuse a value of more axes than a tensor can have.

    Raises Problem.
    """
    if axes > MOST_AXES:
        raise Problem(
            codes.RANK,
            f"a value of {axes:,} axes, and a tensor of PyTorch has at most {MOST_AXES}",
            span,
            helps=("put several axes into one",),
        )
