"""What is wrong with the settings of a recipe, and where: problems without a place in a text, which others know."""

from convdsl.record import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """A setting that cannot be.

    path: ("betch",) for the setting, ("optimizer", "lr") for an argument in it, a position as its digits; `term(1)`
    leads into the second term of a sum, ("loss", term(1), "beta").
    unknown: something is named that does not exist: the setting or argument itself if `at_name`, else its value.
    """

    path: tuple[str, ...]
    message: str
    help: str = ""
    unknown: bool = False
    at_name: bool = False


class RecipeError(Exception):
    """A recipe was required to be right and is not; carries the problems."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        self.problems = problems
        super().__init__("\n".join(problem.message for problem in problems))


def term(number: int) -> str:
    """Name a term of a sum, from 0, in a problem's path: no argument is called so."""
    return f"+{number}"
