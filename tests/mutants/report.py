"""What came of the mutants, for a terminal and for docs/mutants.md; why some may live is in reasons.toml."""

import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path

from .runner import KILLED, Trial

REASONS = Path(__file__).with_name("reasons.toml")
Key = tuple[str, str, str]
Reasons = Mapping[Key, str]


def key(trial: Trial) -> Key:
    """Identify a mutant by its file and its words, which stay when lines move."""
    return trial.path, trial.before, trial.after


def read_reasons() -> Reasons:
    """Read why survivors survive."""
    data = tomllib.loads(REASONS.read_text("utf-8"))
    return {(path, *words.split(" -> ")): reason for path, rows in data.items() for words, reason in rows.items()}


def listing(trials: Sequence[Trial], reasons: Reasons) -> str:
    """List the survivors, those without a reason last, and count."""
    left = [trial for trial in trials if trial.outcome != KILLED]
    lines = [
        f"{trial.path}:{trial.line}: {trial.before} -> {trial.after}: {reasons.get(key(trial), trial.outcome.upper())}"
        for trial in sorted(left, key=lambda trial: key(trial) not in reasons)
    ]
    killed = len(trials) - len(left)
    known = sum(key(trial) in reasons for trial in left)
    return "\n".join(
        [
            *lines,
            f"{len(trials)} mutants, {killed} killed ({_share(killed, len(trials))}); "
            f"of {len(left)} that live {known} have a reason",
        ]
    )


def _share(part: int, whole: int) -> str:
    return f"{100 * part / max(whole, 1):.1f} %"


def page(trials: Sequence[Trial], reasons: Reasons) -> str:
    """Write docs/mutants.md."""
    out = [
        "# What the tests see",
        "",
        "`make mutants` makes thousands of small wrong changes to the linter's rules and to the analyses under them,",
        "one at a time: `<` becomes `<=`, a number one more, a condition is dropped, a list comes back empty. A change",
        "that no test notices is a gap in the tests, or makes no difference. This page is written by it; words of",
        "messages are not changed. Reasons stand in `tests/mutants/reasons.toml`.",
        "",
        "| file | mutants | killed | live | of them with a reason |",
        "|-|-|-|-|-|",
    ]
    paths = list(dict.fromkeys(trial.path for trial in trials))
    rows = [(path, [trial for trial in trials if trial.path == path]) for path in paths]
    for name, group in [*rows, ("all", list(trials))]:
        live = [trial for trial in group if trial.outcome != KILLED]
        killed = len(group) - len(live)
        known = sum(key(trial) in reasons for trial in live)
        out.append(f"| {name} | {len(group)} | {killed} ({_share(killed, len(group))}) | {len(live)} | {known} |")
    out += ["", "## Those that live", "", "| place | change | reason |", "|-|-|-|"]
    out += [
        f"| {trial.path}:{trial.line} | {_code(trial.before)} to {_code(trial.after)} "
        f"| {reasons.get(key(trial), trial.outcome)} |"
        for trial in trials
        if trial.outcome != KILLED
    ]
    return "\n".join(out) + "\n"


def _code(text: str) -> str:
    return "`" + text.replace("|", "\\|") + "`"
