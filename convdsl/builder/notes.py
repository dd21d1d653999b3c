"""Comments that wait for the line that they belong to."""

from convdsl.builder import words
from convdsl.builder.refusal import refuse
from convdsl.record import replace
from convdsl.syntax import tree


class Notes:
    """Comment lines and blank lines since the last line; at the end of a body they are its tail."""

    __slots__ = ("above", "blank")

    def __init__(self) -> None:
        self.above: list[str] = []
        self.blank = False

    def note(self, text: str) -> None:
        """Add comment lines."""
        self.above += words.comment(text)

    def gap(self) -> None:
        """Add a blank line: above the comments, or between them."""
        if self.above:
            self.above.append(tree.BLANK)
        else:
            self.blank = True

    def taken(self) -> tree.Comments:
        """Return what waits as the comments of the next line, and wait for nothing."""
        if not self.above and not self.blank:
            return tree.NO_COMMENTS
        out = tree.Comments(tuple(self.above), None, self.blank)
        self.above, self.blank = [], False
        return out

    def beside(self, last: tree.Comments | None, text: str) -> tree.Comments:
        """Return the comments of the last line with one at its end.

        Raises BuilderError where there is no line, it has one already, or a comment follows it.
        """
        if last is None or self.above:
            raise refuse("no line stands here that could end in a comment", "write `aside` right after a line")
        if last.trailing is not None:
            raise refuse("the last line ends in a comment already", "write one `aside`")
        return replace(last, trailing=words.comments("", text).trailing)
