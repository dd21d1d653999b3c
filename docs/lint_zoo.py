"""The page docs/lints/zoo.md: which rules find something in the networks of specs/, and why they are right there.

What is found is made by running the linter; why it is right is written by hand, in docs/lint_reasons.toml. A firing
without a reason and a reason without a firing are mistakes, which `tests/test_lint_zoo.py` tells.
"""

import tomllib
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from convdsl import api
from convdsl.diagnostics import Code
from convdsl.lint.catalogue import rules
from convdsl.lint.run import findings
from convdsl.record import dataclass
from convdsl.review import subject_of

PAGE = "docs/lints/zoo.md"
_ROOT = Path(__file__).resolve().parent.parent
REASONS = _ROOT / "docs/lint_reasons.toml"

_HEAD = """# What the linter finds in the zoo

Every finding in the networks of [specs/](../../specs/README.md), most of them published and many of them famous. A rule
that fires on a network that works has to be right there all the same: the last column says why. `check` exits with 1
only where a finding is an error; a project that keeps one of these networks as it was published says so in a comment,
`# convdsl: ignore[name] reason`.

| code | name | network | findings | the first says | why it is right there |
|-|-|-|-:|-|-|"""


@dataclass(frozen=True, slots=True)
class Firing:
    """All that one rule finds in one network. first: the message of the first finding, in the order of the text."""

    code: Code
    network: str
    count: int
    first: str


def firings() -> Iterator[Firing]:
    """Run every rule on every network of the zoo; by rule, then by network."""
    names = sorted(path.relative_to(_ROOT / "specs").as_posix() for path in _ROOT.glob("specs/**/*.cdsl"))
    subjects = {name.removesuffix(".cdsl"): subject_of(api.load(_ROOT / "specs" / name)) for name in names}
    for rule in rules():
        for name, subject in subjects.items():
            assert subject is not None, f"the layers of {name} are not known"
            found = findings(subject, [rule])
            if found:
                yield Firing(rule.code, name, len(found), found[0].message)


def reasons() -> dict[tuple[str, str], str]:
    """Read the reasons, by the rule's name and the network.

    Raises ValueError where a network has two.
    """
    out: dict[tuple[str, str], str] = {}
    for rule, told in tomllib.loads(REASONS.read_text("utf-8")).items():
        for one in told:
            for network in one["networks"]:
                if (rule, network) in out:
                    raise ValueError(f"{REASONS.name} has two reasons of {rule} for {network}")
                out[rule, network] = one["why"]
    return out


def page() -> str:
    """Make the page; a reason that several networks share stands at the first of them."""
    why = reasons()
    out = [_HEAD]
    for code, group in groupby(firings(), key=lambda firing: firing.code):
        before = ""
        for one in group:
            reason = why.get((code.name, one.network), "")
            shown = "the same" if reason and reason == before else reason
            link = f"[{one.network}](../../specs/{one.network}.cdsl)"
            cells = (code.id, f"[{code.name}]({code.name}.md)", link, str(one.count), _cell(one.first), shown)
            out.append(f"| {' | '.join(cells)} |")
            before = reason
    return "\n".join(out) + "\n"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
