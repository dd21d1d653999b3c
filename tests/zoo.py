"""The networks of the zoo and what is known of each: tests/zoo.toml, read."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parent.parent
SPELLINGS = (".cdsl", ".yaml")


@dataclass(frozen=True, slots=True)
class Known:
    """One network, as the head of tests/zoo.toml says.

    accepted, promised: the heights, "one size" where the spec fixes it. heavy: too large for the fast tests.
    """

    parameters: int
    keys: int
    gmac: str
    size: list[int]
    output: list[int]
    accepted: str
    weights: dict[str, list[int]]
    promised: str = "one size"
    runs: list[int] = field(default_factory=list)
    fails: list[int] = field(default_factory=list)
    heavy: bool = False
    unbuildable: bool = False

    @property
    def asked(self) -> dict[str, int] | None:
        """The size as `show` and `report` take it: None where the spec has no size symbols."""
        return None if self.accepted == "one size" else dict(zip(("H", "W"), self.size, strict=True))


ZOO = {name: Known(**known) for name, known in tomllib.loads((ROOT / "tests/zoo.toml").read_text("utf-8")).items()}


def path(name: str, spelling: str = ".cdsl") -> Path:
    """Return the file of a network in one of its spellings."""
    return ROOT / "specs" / (name + spelling)
