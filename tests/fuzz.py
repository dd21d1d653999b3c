"""Throws mutated specs at every phase until the time is over: `make fuzz FUZZ_SECONDS=600`.

Whatever the text, nothing may be raised but what the contract names, every finding lies inside the text, and whatever
is found valid is emitted as Python that parses. A failing text is kept in out/fuzz/ and its seed is printed.
"""

import argparse
import ast
import random
import re
import signal
import sys
import time
import traceback
from pathlib import Path

from convdsl import api, compiled, drawing
from convdsl.mistake import MistakeError
from convdsl.render.message import message
from convdsl.source import Source
from convdsl.spec_error import SpecError
from tests.reading_laws import hold

ROOT = Path(__file__).resolve().parent.parent
WORDS = (
    *("convdsl 1", "model", "block", "input", "output", "repeat", "for", "if", "else", "default", "layer", "expect"),
    *("where", "means", "true", "none", "->", "=", ":", "(", ")", "[", "]", "{", "}", ",", "+", "-", "*", "/", "//"),
    *("%", "**", "==", "<=", "in", "and", "not", "H", "W", "N", "x", "y", "0", "1", "2", "3", "1e400", "9" * 50, '"'),
    *("Conv2d", "ReLU", "Concat", "Add", "Flatten", "Linear", "Upsample", "#", "\t", "\n", "\u202e", "\x00", "é", "?"),
)


LONGEST = 20  # seconds for one text; the largest specs of the project take less than one


def _too_long(signum: int, frame: object) -> None:
    raise TimeoutError(f"one text took more than {LONGEST} s")


def specs() -> list[tuple[str, str]]:
    """Return (ending, text) of every spec of the project, valid or not."""
    files = sorted([*ROOT.glob("specs/**/*.cdsl"), *ROOT.glob("specs/**/*.yaml"), *ROOT.glob("tests/bad/*")])
    return [(file.suffix, file.read_text("utf-8", errors="replace")) for file in files if file.is_file()]


def mutated(text: str, chance: random.Random) -> str:
    """Delete, double, swap and insert a few pieces."""
    for _ in range(chance.randint(1, 6)):
        a, b = sorted(chance.randint(0, len(text)) for _ in range(2))
        b = min(b, a + chance.choice((1, 4, 40)))
        match chance.randrange(5):
            case 0:
                text = text[:a] + text[b:]
            case 1:
                text = text[:b] + text[a:b] * chance.choice((1, 2, 30)) + text[b:]
            case 2:
                text = text[:a] + chance.choice(WORDS) + text[a:]
            case 3:
                text = text[:a] + chance.choice(WORDS) + text[b:]
            case _:
                lines = text.split("\n")
                i, j = chance.randrange(len(lines)), chance.randrange(len(lines))
                lines[i], lines[j] = lines[j], lines[i]
                text = "\n".join(lines)
    return text


def example(known: list[tuple[str, str]], seed: int) -> tuple[str, str]:
    """Choose a spec and mutate it, both by the seed; return its ending and the text."""
    chance = random.Random(seed)
    suffix, text = chance.choice(known)
    return suffix, mutated(text, chance)


def try_one(name: str, text: str) -> None:
    """Run every phase that needs no torch.

    Raises AssertionError, or whatever was not to be raised.
    """
    hold(name, text)
    source = Source(name, text)
    analysis = api.analyze(source)
    for found in analysis.diagnostics:
        for label in (found.where, *found.labels):
            assert 0 <= label.span.start <= label.span.end <= len(text), f"{found} lies outside the text"
        assert found.helps or not found.is_error, f"{found.code} has no way out: {found.message}"
        message(found, analysis.sources)
    try:
        api.show(analysis)
        api.report(analysis)
        drawing.draw(analysis)
        ast.parse(compiled.emit(analysis))
    except (SpecError, MistakeError):
        pass


def main() -> int:
    """Fuzz; print each kind of failure once, and return 1 where there is one."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=None, help="try this one text only")
    args = parser.parse_args()
    known = specs()
    signal.signal(signal.SIGALRM, _too_long)
    end = time.monotonic() + args.seconds
    first = random.SystemRandom().randrange(2**40) if args.seed is None else args.seed
    seed, slowest, kinds = first, 0.0, set()
    while time.monotonic() < end:
        suffix, text = example(known, seed)
        began = time.monotonic()
        try:
            signal.alarm(LONGEST)
            try_one(f"fuzz{suffix}", text)
            signal.alarm(0)
        except Exception:
            kept = ROOT / "out" / "fuzz" / f"{seed}{suffix}"
            kept.parent.mkdir(parents=True, exist_ok=True)
            kept.write_text(text, "utf-8", errors="surrogatepass")
            signal.alarm(0)
            # where it was raised and what; a message without a way out is known by its code
            kind = re.sub(r"(E\d{3} [a-z-]+ has no way out).*", r"\1", traceback.format_exc().rsplit("File", 1)[1])[
                :200
            ]
            if kind not in kinds:
                traceback.print_exc(file=sys.stdout)
                print(f"failed: seed {seed}, text in {kept.relative_to(ROOT)}\n", flush=True)
            kinds.add(kind)
        slowest = max(slowest, time.monotonic() - began)
        seed += 1
        if args.seed is not None:
            break
    print(f"{seed - first:,} texts, {len(kinds)} kinds of failure; the slowest took {slowest:.2f} s")
    return 1 if kinds else 0


if __name__ == "__main__":
    sys.exit(main())
