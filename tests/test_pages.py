"""README.md and docs/: what was made by running convdsl is what running it makes now, and nothing points nowhere."""

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from xml.etree import ElementTree

import pytest

import convdsl
from convdsl.authoring.canonical import canonical
from convdsl.authoring.print_yaml import print_yaml
from convdsl.ops import catalogue
from convdsl.pipeline import analyze
from convdsl.source import Source
from convdsl.syntax.parse import parse
from docs import op_example, op_pages, pages
from tests.test_architecture import FLOORS

ROOT = Path(__file__).parent.parent
WRITTEN = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), *ROOT.glob("specs/**/*.md")])


@pytest.mark.parametrize("name", pages.PARTS)
def test_page_when_made_anew_is_the_same(name: str) -> None:
    """Stale: run `make readme` and read the difference."""
    text = (ROOT / name).read_text("utf-8")
    assert pages.renew(text, pages.PARTS[name]) == text


@pytest.mark.parametrize("name", pages.PICTURES)
def test_picture_when_made_anew_is_the_same(name: str) -> None:
    assert (ROOT / name).read_text("utf-8") == pages.PICTURES[name]()


@cache
def layers() -> dict[str, str]:
    return dict(op_pages.pages())


def test_pages_of_layers_are_those_of_the_catalogue_and_no_more() -> None:
    made = set(layers())
    assert made == {f"docs/ops/{name}.md" for name in ("index", *catalogue.names())}
    assert made == {str(path.relative_to(ROOT)) for path in ROOT.glob("docs/ops/*.md")}


def test_pages_of_layers_when_made_anew_are_the_same() -> None:
    assert [name for name, text in layers().items() if (ROOT / name).read_text("utf-8") != text] == []


def test_pictures_of_layers_when_made_anew_are_the_same_and_no_more() -> None:
    made = dict(op_pages.pictures())
    assert set(made) == {str(path.relative_to(ROOT)) for path in ROOT.glob("docs/ops/images/*")}
    assert [name for name, text in made.items() if (ROOT / name).read_text("utf-8") != text] == []


@pytest.mark.parametrize("path", sorted(ROOT.glob("docs/ops/images/*")), ids=lambda path: path.stem)
def test_picture_of_a_layer_is_small_has_words_for_readers_and_lies_on_its_page(path: Path) -> None:
    text = path.read_text("utf-8")
    root = ElementTree.fromstring(text)
    assert len(text) < 30_000  # four steps of a window over a volume are the most
    assert root.get("role") == "img"
    assert all(root.findtext(f"{{http://www.w3.org/2000/svg}}{word}") for word in ("title", "desc"))
    page = ROOT / "docs/ops" / f"{path.stem.split('-')[0]}.md"
    assert f"](images/{path.name})" in page.read_text("utf-8")


@pytest.mark.parametrize("name", catalogue.names())
def test_example_of_a_layers_page_is_right_in_both_spellings(name: str) -> None:
    spec = op_example.page(name).spec
    twin = Source("example.yaml", print_yaml(canonical(parse(Source("example.cdsl", spec)).file)))
    page = (ROOT / f"docs/ops/{name}.md").read_text("utf-8")
    assert f"```cdsl\n{spec}```" in page
    assert f"```yaml\n{twin.text}```" in page
    for source in (Source("example.cdsl", spec), twin):
        assert [found for found in analyze(source).diagnostics if found.is_error] == []


def test_page_of_the_filter_says_where_it_differs_from_an_average_pool() -> None:
    page = (ROOT / "docs/ops/Filter2d.md").read_text("utf-8")
    assert "They differ where AvgPool2d has `count_include_pad=false`" in page


def test_renew_when_a_part_is_stale_replaces_it() -> None:
    page = "a\n<!-- made by make readme: x -->\nold\n<!-- end -->\nb\n"
    assert pages.renew(page, {"x": lambda: "new"}) == page.replace("old", "new")


@pytest.mark.parametrize("makers", [{}, {"x": str, "y": str}])
def test_renew_when_places_and_makers_differ_refuses(makers: dict[str, type[str]]) -> None:
    with pytest.raises(ValueError, match="places"):
        pages.renew("<!-- made by make readme: x -->\n<!-- end -->\n", makers)


def links() -> Iterator[tuple[str, str]]:
    for page in WRITTEN:
        prose = re.sub(r"^```.*?^```", "", page.read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        for target in re.findall(r"\]\(([^)#\s]+)", prose):
            if "://" not in target:
                yield str(page.relative_to(ROOT)), target


@pytest.mark.parametrize(("page", "target"), list(links()))
def test_link_when_it_is_inside_the_project_leads_somewhere(page: str, target: str) -> None:
    assert ((ROOT / page).parent / target).exists()


def test_architecture_page_when_read_names_what_stands_on_each_floor() -> None:
    rows = dict(re.findall(r"^\| (\d+) \| (.*) \|$", (ROOT / "docs/architecture.md").read_text("utf-8"), re.MULTILINE))
    for number, entries in FLOORS.items():
        there = [entry for entry in entries if (ROOT / "convdsl" / entry).exists() and any_code(entry)]
        assert [entry for entry in there if f"`{entry}`" not in rows[str(number)]] == []


def any_code(entry: str) -> bool:
    """Tell whether a folder holds more than its face."""
    path = ROOT / "convdsl" / entry
    return path.is_file() or any(file.name != "__init__.py" for file in path.rglob("*.py"))


def python_examples() -> Iterator[str]:
    for page in ("README.md", "docs/index.md", "docs/builder.md"):
        yield from re.findall(r"^```python\n(.*?)^```", (ROOT / page).read_text("utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("example", list(python_examples()))
def test_example_when_run_works(
    example: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(ROOT)
    exec(compile(example, "example", "exec"), {})


def test_version_when_told_is_the_packages_own() -> None:
    assert tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"] == convdsl.__version__


def test_constraints_when_read_pin_every_requirement_to_a_version_that_is_allowed() -> None:
    from packaging.requirements import Requirement

    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "constraints.txt").read_text().splitlines()
    pins = dict(line.lower().split("==") for line in lines if line and not line.startswith("#"))
    extras = project["optional-dependencies"]
    for text in [*project["dependencies"], *(one for extra in extras.values() for one in extra)]:
        wanted = Requirement(text)
        if wanted.name != "convdsl":
            assert wanted.specifier.contains(pins[wanted.name.lower()]), text
