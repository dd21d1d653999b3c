"""The pictures of docs/series.md and docs/gallery.md: each is what one command line draws.

`python -m docs.figures` draws all of them anew; `make figures` is that.
"""

import contextlib
import io
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from convdsl.cli.main import main as convdsl
from convdsl.record import dataclass

ROOT = Path(__file__).resolve().parent.parent


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture on a page.

    path: where it lies, from the root of the project. command: what draws it, `draw net.cdsl --style figure`, but for
    the name of the file. shown: what it shows, for readers who do not see it.
    """

    path: str
    command: str
    shown: str

    def draw(self) -> str:
        """Run the command in this process, and return what it writes."""
        with TemporaryDirectory() as folder, contextlib.chdir(ROOT), contextlib.redirect_stderr(io.StringIO()):
            file = Path(folder) / Path(self.path).name
            with contextlib.redirect_stdout(io.StringIO()):
                convdsl([*self.command.split(), "-o", str(file)])
            return file.read_text("utf-8")

    def told(self) -> str:
        """Write the command as a reader types it."""
        return f"`convdsl {self.command} -o {Path(self.path).name}`"

    def embedded(self) -> str:
        """Write the command, and the picture below it, for a page in docs/."""
        return f"{self.told()}\n\n![{self.shown}]({self.path.removeprefix('docs/')})"


def main() -> int:
    """Draw every figure."""
    from docs import gallery_page, series_page

    for figure in (*series_page.FIGURES.values(), *gallery_page.FIGURES.values()):
        path = ROOT / figure.path
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(figure.draw(), "utf-8")
        print(f"drawn: {figure.path}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
