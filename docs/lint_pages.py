"""The rules' pages, docs/lints/: one for each, made of its docstring, its specs and what `check` says of them."""

import re
from collections.abc import Iterator

from convdsl.diagnostics import Diagnostic
from convdsl.explanation import Explanation, listing
from convdsl.lint.run import findings
from convdsl.lint.selection import rule_of
from convdsl.pipeline import analyze
from convdsl.render.message import message
from convdsl.review import subject_of
from convdsl.source import Source
from docs import lint_zoo

FOLDER = "docs/lints"
GROUPS = {
    "1": "Names and wiring",
    "2": "Sizes",
    "3": "Geometry: what outputs read, and where they lie",
    "4": "Numbers: norms, activations, dropout",
    "5": "Cost and capacity",
    "6": "Colour",
}
_MARK = re.compile(r"  # (?:[EWI]\d{3} ?)+$", re.MULTILINE)


def pages() -> Iterator[tuple[str, str]]:
    """Yield the path and the text of every page: the index, one for each rule, what they find in the zoo."""
    found = listing(everything=False)
    yield f"{FOLDER}/index.md", _index(found)
    for one in found:
        yield f"{FOLDER}/{one.code.name}.md", _page(one)
    yield lint_zoo.PAGE, lint_zoo.page()


def _index(found: tuple[Explanation, ...]) -> str:
    out = [
        "# What the linter looks for",
        "",
        "`convdsl check` proves that a network runs, and then says what an experienced reader would say of it. Each",
        "rule has a lasting code and a name; `--select`, `--ignore` and `convdsl explain` take either, and a comment",
        "`# convdsl: ignore[name] reason` keeps one finding quiet. *Fix* says what a program can do: `safe` keeps what",
        "the network computes (`--fix`), `unsafe` may change it (`--unsafe-fixes`).",
        "",
        "[What the linter finds in the zoo](zoo.md) tells all findings in published networks, each with the reason.",
    ]
    for digit, title in GROUPS.items():
        rows = [one for one in found if one.code.id[1] == digit]
        if rows:
            out += ["", f"## {title}", "", "| code | name | severity | fix | |", "|-|-|-|-|-|"]
            out += [
                f"| {one.code.id} | [{one.code.name}]({one.code.name}.md) | {one.code.severity.value} | {_fix(one)} "
                f"| {one.lead} |"
                for one in rows
            ]
    return "\n".join(out) + "\n"


def _page(one: Explanation) -> str:
    out = [f"# {one.code}", "", f"{one.lead} ({one.code.severity.value})", ""]
    out += [f"**What.** {one.what}", "", f"**Why.** {one.why}", "", f"**Fix.** {one.fix}", ""]
    out += [f"Source: {source}" + "  " for source in one.sources[:-1]]
    out += [f"Source: {one.sources[-1]}"]
    if one.thresholds:
        out += ["", f"Numbers that a project can override, in `[tool.convdsl]` under `thresholds.{one.code.name}`:", ""]
        out += [f"- `{name} = {number:g}`" for name, number in one.thresholds.items()]
    for spec in one.bad:
        out += ["", "## Bad" if spec == one.bad[0] else "", "", "```cdsl", _MARK.sub("", spec).rstrip(), "```", ""]
        out += ["```", _said(one, spec).rstrip(), "```"]
    for spec in one.good:
        out += ["", "## Good" if spec == one.good[0] else "", "", "```cdsl", spec.rstrip(), "```"]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(out)) + "\n"


def _found(one: Explanation, spec: str) -> tuple[Source, list[Diagnostic]]:
    rule = rule_of(one.code.id)
    assert rule is not None
    source = Source("net.cdsl", _MARK.sub("", spec))
    subject = subject_of(analyze(source))
    assert subject is not None, f"a spec of {one.code} is broken"
    return source, findings(subject, [rule])


def _said(one: Explanation, spec: str) -> str:
    source, found = _found(one, spec)
    return "\n\n".join(message(finding, [source], width=100) for finding in found)


def _fix(one: Explanation) -> str:
    """Say what `--fix` can do about the rule's own specs."""
    helps = [help_ for spec in one.bad for finding in _found(one, spec)[1] for help_ in finding.helps if help_.edits]
    if any(help_.safe for help_ in helps):
        return "safe"
    return "unsafe" if helps else ""
