"""Makes every part of README.md and docs/ that comes from running convdsl, and tells which parts are stale.

A part stands between `<!-- made by make readme: NAME -->` and `<!-- end -->`. `python -m docs.pages` rewrites the parts
and the pictures, `--check` only says which are stale. What takes training or timing (photographs, benchmarks) is read
from the files that `make demo` and `make bench` leave.
"""

import argparse
import re
import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

from docs import (
    cli_page,
    diff_page,
    gallery_page,
    inspecting_page,
    language_page,
    lint_pages,
    op_pages,
    peers_page,
    photographs,
    readme_parts,
    results_page,
    series_page,
    speed_page,
    training_page,
    walk,
    zoo_page,
)

ROOT = Path(__file__).resolve().parent.parent
PARTS: Mapping[str, Mapping[str, Callable[[], str]]] = {
    "README.md": readme_parts.PARTS,
    "docs/cli.md": cli_page.PARTS,
    "docs/architecture.md": walk.PARTS,
    diff_page.PAGE: diff_page.PARTS,
    gallery_page.PAGE: gallery_page.PARTS,
    inspecting_page.PAGE: inspecting_page.PARTS,
    language_page.PAGE: language_page.PARTS,
    peers_page.PAGE: peers_page.PARTS,
    results_page.PAGE: results_page.PARTS,
    series_page.PAGE: series_page.PARTS,
    speed_page.PAGE: speed_page.PARTS,
    training_page.PAGE: training_page.PARTS,
    zoo_page.PAGE: zoo_page.PARTS,
}
PICTURES: Mapping[str, Callable[[], str]] = {
    **readme_parts.PICTURES,
    **diff_page.PICTURES,
    **series_page.PICTURES,
    **gallery_page.PICTURES,
    **peers_page.PICTURES,
    **training_page.PICTURES,
}

_PART = re.compile(r"(?<=<!-- made by make readme: )([\w-]+) -->\n.*?(?=<!-- end -->)", re.DOTALL)


def renew(page: str, makers: Mapping[str, Callable[[], str]]) -> str:
    """Return a page with every part made anew.

    Raises KeyError for a part that nobody makes, ValueError where a part that is made has no place on the page.
    """
    places = [found[1] for found in _PART.finditer(page)]
    if sorted(places) != sorted(makers):
        raise ValueError(f"the page has places for {sorted(places)}, and there are makers for {sorted(makers)}")
    return _PART.sub(lambda found: f"{found[1]} -->\n{makers[found[1]]().strip(chr(10))}\n", page)


def files() -> Iterator[tuple[Path, str]]:
    """Yield every page and picture with what it should hold now."""
    for name, make in PICTURES.items():
        yield ROOT / name, make()
    for name, text in (*op_pages.pages(), *op_pages.pictures()):
        yield ROOT / name, text
    for name, text in lint_pages.pages():
        yield ROOT / name, text
    for name, makers in PARTS.items():
        page = ROOT / name
        text = renew(page.read_text("utf-8"), makers)
        yield page, language_page.renew(text) if name == language_page.PAGE else text


def main() -> int:
    """Rewrite what is stale, or only name it; return 1 where something was stale and has not been rewritten."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing")
    check = parser.parse_args().check
    if not check and not photographs.renew():
        print("kept: the photographs, for out/demo/ holds no run of specs/demo.cdsl as it is; `make demo` makes one")
    stale = [(path, text) for path, text in files() if not path.exists() or path.read_text("utf-8") != text]
    for path, text in stale:
        print(f"{'stale' if check else 'written'}: {path.relative_to(ROOT)}")
        if not check:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
    return 1 if check and stale else 0


if __name__ == "__main__":
    sys.exit(main())
