"""Where a line of the `train` section stands, so that a finding about the training can point at it."""

from convdsl.lint.subject import Subject
from convdsl.source import Span
from convdsl.syntax import tree


def setting(subject: Subject, name: str) -> Span | None:
    """Return the place of a setting as it is written; of the section where it is not; None where nothing is trained."""
    for item in subject.file.items:
        if isinstance(item, tree.Train):
            return next((one.span for one in item.settings if one.name == name), item.span)
    return None
