"""Write docs/sound.md: what the linter says of hundreds of sound networks. `python -m tests.lint.sound_page`."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from convdsl.diagnostics import Diagnostic
from convdsl.pipeline import analyze
from convdsl.review import review
from convdsl.source import Source

from .sound_networks import networks

PAGE = Path(__file__).resolve().parent.parent.parent / "docs" / "sound.md"
COUNT = 480
TITLES = {
    "u_net": "U-Nets",
    "res_net": "ResNets",
    "autoencoder": "autoencoders",
    "dense_autoencoder": "dense autoencoders",
    "colorizer": "colorizers",
}


def reviewed(count: int, seed: int = 0) -> Iterator[tuple[str, str, tuple[Diagnostic, ...]]]:
    """Yield the family, the text and the findings of so many sound networks."""
    for family, text in networks(count, seed):
        yield family, text, review(analyze(Source("net.cdsl", text)))


def page(found: Iterable[tuple[str, str, tuple[Diagnostic, ...]]]) -> str:
    """Write the page: for each rule in how many networks of each family it says something."""
    sizes: dict[str, int] = {}
    rows: dict[tuple[str, str, str], dict[str, int]] = {}
    for family, _, findings in found:
        sizes[family] = sizes.get(family, 0) + 1
        for code in {(item.severity.value, item.code.id, item.code.name) for item in findings}:
            counts = rows.setdefault(code, {})
            counts[family] = counts.get(family, 0) + 1
    out = [
        "# What the linter says of sound networks",
        "",
        f"{sum(sizes.values())} networks, drawn at random and written as careful people write them",
        "(`tests/lint/sound_networks.py`): no error, no warning, which a test holds. Infos are facts to know; here is",
        "in how many networks of each kind they are told. `python -m tests.lint.sound_page` writes this page.",
        "",
        "| | " + " | ".join(f"{title} ({sizes.get(family, 0)})" for family, title in TITLES.items()) + " |",
        "|-|" + "-:|" * len(TITLES),
    ]
    for (severity, id_, name), counts in sorted(rows.items(), key=lambda row: row[0][1][1:]):
        label = f"{id_} {name}" if severity == "info" else f"{id_} {name}: {severity}!"
        out.append(f"| {label} | " + " | ".join(str(counts.get(family, "")) for family in TITLES) + " |")
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(reviewed(COUNT)), "utf-8")
    print(f"written: {PAGE.name}")
