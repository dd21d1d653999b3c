"""Coverage-guided fuzzing of both readers: `python -m tests.fuzz_atheris --seconds 60 [--spelling yaml]`.

atheris watches which lines a text reaches and keeps those that reach new ones, so it finds what random mutation does
not. It is a tool of developers and not everywhere to be had: without it this says so and ends well.
"""

import argparse
import sys
import tempfile
import traceback
import zlib
from importlib import import_module
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
KEPT = ROOT / "out" / "fuzz"


WATCHED = ("from_text", "from_yaml", "layout", "mistakes", "yaml_layers", "yaml_composer", "yaml_values", "yaml_errors")


def seeds(folder: Path, suffix: str) -> None:
    """Write every spec of the project, good and bad, as the corpus to begin with."""
    files = [*ROOT.glob(f"specs/**/*{suffix}"), *ROOT.glob(f"tests/bad/*{suffix}")]
    for number, file in enumerate(sorted(files)):
        (folder / f"{number}{suffix}").write_bytes(file.read_bytes())


def main() -> int:
    """Fuzz one reader until the time is over; a failing text is kept in out/fuzz/."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--spelling", choices=("text", "yaml"), default="text")
    args = parser.parse_args()
    try:
        import atheris
    except ImportError:
        print(
            "atheris is not installed (`pip install atheris`, where there is a build): only random mutation was tried"
        )
        return 0
    with atheris.instrument_imports(include=["convdsl.syntax", "convdsl.authoring"]):
        # what is imported later would not be watched
        for module in (*(f"syntax.{module}" for module in WATCHED), "authoring.print_text", "authoring.print_yaml"):
            import_module(f"convdsl.{module}")
        from tests.reading_laws import hold
    name = "fuzz.yaml" if args.spelling == "yaml" else "fuzz.cdsl"

    kinds: set[str] = set()

    def one(data: bytes) -> None:
        try:
            hold(name, data.decode("utf-8", errors="replace"))
        except Exception:  # one failure must not hide the others: the run goes on
            trace = traceback.format_exc()
            kind = trace.rsplit("File", 1)[1].split("\n")[0]
            if kind not in kinds:
                kept = KEPT / f"atheris-{zlib.crc32(data)}{Path(name).suffix}"
                kept.write_bytes(data)
                print(f"{trace}failed: text in {kept.relative_to(ROOT)}\n", flush=True)
            kinds.add(kind)

    KEPT.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        seeds(Path(folder), Path(name).suffix)
        limits = [f"-max_total_time={args.seconds}", "-max_len=4096", "-timeout=20", "-print_final_stats=1"]
        atheris.Setup([sys.argv[0], *limits, f"-artifact_prefix={KEPT}/", folder], one)
        atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
