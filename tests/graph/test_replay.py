"""Expansions that are played again make the graph that the statements would have made, node for node."""

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from convdsl import codes
from convdsl.diagnostics import Diagnostic
from convdsl.graph import budget, nodes, replay
from convdsl.graph.elaborate import elaborate
from convdsl.graph.graph import Graph, Value
from convdsl.graph.plan import Place, Recording
from convdsl.graph.replay import Replay
from convdsl.source import Source
from convdsl.syntax.parse import parse

ROOT = Path(__file__).parent.parent.parent
SPECS = sorted(path for folder in ("specs", "tests/bad") for path in (ROOT / folder).rglob("*.cdsl"))
HEAD = "input x: [N, 8, H, W]"
BLOCK = """
block Residual(norm: layer = BatchNorm2d()) {
  input x: [N, C, H, W] where H >= 2
  main = Conv2d(C, 3, padding=1) -> norm() -> ReLU()
  main + x -> ReLU()
}
block Two(k: int) {
  input x: [N, C, H, W]
  a = Conv2d(C, k, padding=k // 2) : [N, C, H - k + 1 + 2 * (k // 2), W - k + 1 + 2 * (k // 2)]
  repeat 2 { Residual() }
  b = { Conv2d(4, 1) -> ReLU() }
  c = { Add(a, a) }
  p, q = Chunk(2)
  Concat(p, q)
  output a: [N, C, H, W]
  output b: [N, 4, H, W]
}
"""
PLAYED = {
    "blocks in a row": "Residual() -> Residual() -> Residual()\n  y = ReLU()",
    "a loop of blocks": "repeat 5 { Residual() }\n  y = ReLU()",
    "a loop of layers": "repeat 4 { Conv2d(8, 3, padding=1) -> ReLU() }\n  y = ReLU()",
    "a value from outside": "s = Conv2d(8, 1)\n  repeat 4 {\n    Conv2d(8, 1) -> Add(s)\n  }\n  y = ReLU()",
    "joins with equal names": "repeat 4 {\n    Conv2d(8, 1) * 2\n    Mul(3)\n  }\n  y = ReLU()",
    "loops in loops": "repeat 3 { repeat 3 { Residual() } \n Conv2d(8, 1) }\n  y = ReLU()",
    "groups in loops": "repeat 4 { { a = Conv2d(8, 1) -> ReLU()\n b = Conv2d(8, 1) } }\n  y = ReLU()",
    "ifs in loops": "repeat 4 { if 1 < 2 { Residual() } else { ReLU() } }\n  y = ReLU()",
    "a loop in a group": "g = { repeat 4 { Residual() } }\n  y = ReLU()",
    "keys by hand": 'for i in range(4) { Residual() as "stage.{i}" }\n  y = ReLU()',
    "names with indices": "for i in range(4) { r[i] = Residual() }\n  y = Add(r[0], r[3])",
    "layers as arguments": (
        "for i in range(3) { Residual(norm=GroupNorm(2)) }\n  repeat 3 { Residual(GroupNorm(4)) }\n  y = ReLU()"
    ),
    "defaults": "default Residual(norm=GroupNorm(2))\n  repeat 3 { Residual() }\n  y = ReLU()",
}
OTHER = {
    "names that are taken": "mul = ReLU()\n  mul_2 = ReLU()\n  repeat 4 { Conv2d(8, 1) * 2 }\n  y = ReLU()",
    "outputs of blocks": (
        "for i in range(3) {\n    t[i] = x -> Two(3)\n"
        "    u[i] = Add(t[i].a, t[i].a)\n    v[i] = Add(t[i].b, t[i].b)\n  }\n"
        "  y = Concat(u[0], u[1], u[2], v[0], v[1], v[2], t[0], t[1], t[2])"
    ),
    "another shape each turn": "repeat 3 { Conv2d(8, 3) }\n  y = ReLU()",
    "a turn that reads the turn before": "repeat 4 { z = ReLU() }\n  y = z -> ReLU()",
    "declared layers": "layer shared = Conv2d(8, 1)\n  repeat 4 { shared() -> Residual() }\n  y = ReLU()",
    "one key for all turns": 'repeat 4 { Conv2d(8, 1) as "same" }\n  y = ReLU()',
    "a key that a position has": 'Conv2d(8, 1) as "3"\n  repeat 4 { Conv2d(8, 1) }\n  y = ReLU()',
    "a mistake in a turn": "repeat 4 { Conv2d(8, 1) -> Conv2d(kernel=3) }\n  y = ReLU()",
    "a mistake in a block": "repeat 4 { Residual(norm=GroupNorm(3)) }\n  y = ReLU()",
    "a line that cannot be read": "repeat 4 { Residual() ) }\n  y = ReLU()",
    "a number to be solved": (
        "repeat 4 { Residual() }\n  z = Conv2d(8, 3, padding=?) : [N, 8, H, W]\n  repeat 4 { Residual() }\n  y = ReLU()"
    ),
}


def spec(body: str) -> Source:
    return Source("m.cdsl", f"convdsl 1\n{BLOCK}\nmodel M {{\n  {HEAD}\n  {body}\n  output y: [N, 8, H, W]\n}}\n")


Made = tuple[Graph | None, tuple[Diagnostic, ...]]


def both(source: Source, monkeypatch: pytest.MonkeyPatch) -> tuple[Made, Made, int]:
    """Elaborate with and without playing, and count how often something was played."""
    file = parse(source).file
    played: list[bool] = []
    play = Replay.play

    def counted(run: Replay, kept: Recording, place: Place, entering: tuple[Value, ...]) -> tuple[Value, ...] | None:
        pool = play(run, kept, place, entering)
        played.append(pool is not None)
        return pool

    with monkeypatch.context() as patch:
        patch.setattr(Replay, "play", counted)
        quick = elaborate(file)
        patch.setattr(Replay, "play", lambda *_: None)
        slow = elaborate(file)
    return quick, slow, sum(played)


@pytest.mark.parametrize("body", PLAYED.values(), ids=PLAYED)
def test_expansion_played_again_is_the_graph_of_the_statements(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    quick, slow, played = both(spec(body), monkeypatch)
    assert played
    assert not slow[1]
    assert quick == slow


@pytest.mark.parametrize("body", OTHER.values(), ids=OTHER)
def test_expansion_that_may_differ_says_and_makes_the_same(body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    quick, slow, _ = both(spec(body), monkeypatch)
    assert quick == slow


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_spec_played_is_the_graph_of_the_statements(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    quick, slow, _ = both(Source(path.name, path.read_text("utf-8")), monkeypatch)
    assert quick == slow


LINES = (
    "Residual()",
    "Conv2d(8, 3, padding=1) -> ReLU()",
    "Conv2d(4, 1)",
    "ReLU()",
    "Residual(GroupNorm(2))",
    "Add(x)",
    "Mul(2)",
    "MaxPool2d(2)",
    "{ a = Conv2d(8, 1) -> ReLU()\n a + x }",
    "v = ReLU()",
    "Add(v)",
    'Conv2d(8, 1) as "3"',
    "repeat 2 { Residual() }",
    "if 1 < 2 { Residual() }",
    "Two(3)",
)
bodies = st.recursive(
    st.lists(st.sampled_from(LINES), min_size=1, max_size=4),
    lambda inner: st.lists(st.tuples(st.integers(0, 5), inner).map(lambda part: looped(*part)), min_size=1, max_size=3),
    max_leaves=6,
)


def looped(turns: int, body: list[str]) -> str:
    text = "\n".join(body)
    return (
        f"for i{abs(hash(text)) % 997} in range({turns}) {{\n{text}\n}}"
        if turns == 5
        else f"repeat {turns} {{\n{text}\n}}"
    )


@pytest.mark.parametrize(("limit", "most"), [("MOST_NODES", 30), ("MOST_TURNS_IN_ALL", 8), ("MOST_STEPS", 200)])
def test_limit_passed_while_playing_is_refused_as_ever(limit: str, most: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replay, limit, most)
    monkeypatch.setattr(budget if limit == "MOST_STEPS" else nodes, limit, most)
    body = "for i in range(3) { r[i] = Residual()\n repeat 9 { Residual() -> ReLU() } }\n  y = ReLU()"
    quick, slow, played = both(spec(body), monkeypatch)
    assert played
    assert [item.code for item in slow[1]] == [codes.TOO_MANY_LAYERS]
    assert quick == slow


@settings(deadline=None)
@given(body=bodies)
def test_law_any_loops_make_and_say_what_their_statements_do(body: list[str]) -> None:
    with pytest.MonkeyPatch.context() as monkeypatch:
        quick, slow, _ = both(spec("\n".join((*body, "y = Conv2d(8, 1)"))), monkeypatch)
    assert quick == slow
