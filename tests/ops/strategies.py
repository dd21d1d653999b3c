"""Random cases of our own operators."""

from hypothesis import strategies as st

from convdsl.op import Op
from convdsl.testing import draw
from convdsl.testing.case import Case

from .fitting import tuning


def cases(cls: type[Op]) -> st.SearchStrategy[Case]:
    """Draw an operator and inputs that may or may not suit each other."""
    return draw.cases(cls, tuning(cls.__name__), tuning)
