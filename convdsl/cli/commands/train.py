"""`convdsl train FILE --photos DIR --out DIR`: checkpoints and a record of the run."""

import argparse
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from convdsl.cli import checkpoint, processes, spec
from convdsl.mistake import MistakeError, ToldElsewhereError
from convdsl.pipeline import Analysis
from convdsl.settings import override, read_assignments
from convdsl.spec_error import SpecError

if TYPE_CHECKING:
    from convdsl.train.job import Job
    from convdsl.train.loop import Outcome

# flag, setting, type, what it says
FLAGS: tuple[tuple[str, str, type, str], ...] = (
    ("epochs", "epochs", int, "passes over the photographs"),
    ("steps", "steps", int, "batches, instead of epochs"),
    ("batch", "batch", int, "crops a step"),
    ("lr", "optimizer.lr", float, "learning rate"),
    ("seed", "seed", int, "everything random follows from it"),
    ("crop", "crop", int, "side of the square that is cut out, in pixels"),
)


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `train`."""
    spec.add_arguments(parser)
    parser.add_argument(
        "--photos", metavar="DIR", type=Path, action="append", required=True, help="photographs: a folder or a file"
    )
    parser.add_argument("--out", metavar="DIR", type=Path, help="where checkpoints and the record go")
    parser.add_argument(
        "--dry-run",
        action="store_true",
        help="try a few steps and say what the run would take: recipe, memory, steps, time; nothing is written",
    )
    parser.add_argument("--resume", action="store_true", help="go on with the run that --out holds")
    parser.add_argument("--force", action="store_true", help="begin again over the run that --out holds")
    for flag, _, kind, purpose in FLAGS:
        parser.add_argument(f"--{flag}", type=kind, metavar="N" if kind is int else "X", help=purpose)
    parser.add_argument(
        "--compile", action="store_true", help="run the network through torch.compile, as compile = true"
    )
    parser.add_argument(
        "--set", metavar="KEY=VALUE", action="append", default=[], help="any setting, as loss=L1() or optimizer.lr=1e-3"
    )
    parser.add_argument(
        "--skip-limit", metavar="SHARE", type=float, default=0.1, help="share of files that may be unusable (0.1)"
    )
    parser.add_argument(
        "--val", metavar="DIR", type=Path, action="append", default=[], help="photographs to measure at each checkpoint"
    )
    parser.add_argument("--val-photos", metavar="N", type=int, default=64, help="of these at most so many (64)")
    parser.add_argument(
        "--samples", metavar="N", type=int, default=4, help="photographs to draw at each checkpoint; 0: none (4)"
    )
    parser.add_argument("--tensorboard", action="store_true", help="write files for TensorBoard too")
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1 … (cpu)")
    parser.add_argument(
        "--timeout", metavar="SECONDS", type=float, default=600.0, help="how long processes wait for each other (600)"
    )
    parser.add_argument("--threads", metavar="N", type=int, help="processor threads; all cores if not given")
    parser.add_argument("--workers", metavar="N", type=int, default=0, help="processes that read photographs (0)")


def run(args: argparse.Namespace) -> int:
    """Train; 129, 130 or 143 after a signal, with everything saved."""
    try:
        return _prepare(args)()
    except ToldElsewhereError:
        return 2


def _prepare(args: argparse.Namespace) -> Callable[[], int]:
    """Read and check everything that is asked for; what is wrong is the same in all processes, and one says it."""
    try:
        return _ready(args)
    except (MistakeError, SpecError) as mistake:
        if processes.is_first():
            raise
        raise ToldElsewhereError(str(mistake)) from mistake


def _ready(args: argparse.Namespace) -> Callable[[], int]:
    if args.out is None and not args.dry_run:
        raise MistakeError(
            "nothing says where checkpoints go", way_out="give a folder, `--out DIR`, or try `--dry-run`"
        )
    if args.dry_run and args.resume:
        raise MistakeError("`--dry-run` begins no run, and `--resume` goes on with one", way_out="give one of them")
    analysis = spec.analysed(args)

    from convdsl.train.thrift import keep, wait_briefly

    wait_briefly()
    if args.resume:
        from convdsl.train.checkpoint import with_kept

        analysis = with_kept(analysis, args.out)
    analysis.require_runnable()
    if processes.is_first():
        spec.report(analysis)
    given = {setting: getattr(args, flag) for flag, setting, _, _ in FLAGS if getattr(args, flag) is not None}
    if args.compile:
        given["compile"] = True
    limit, timeout = checkpoint.share(args), processes.seconds(args.timeout)
    recipe = override(analysis.recipe, {**read_assignments(args.set), **given})

    from convdsl.train.device import prepare
    from convdsl.train.loop import train
    from convdsl.train.observe import Watching
    from convdsl.train.progress import Terminal
    from convdsl.train.run import make_job

    keep()
    device = prepare(args.device, args.threads)
    if args.dry_run:
        job = make_job(analysis, recipe, spec.parameters(args.param))
        return partial(_rehearse, args, analysis, job, device)
    learn = partial(
        train,
        make_job(analysis, recipe, spec.parameters(args.param)),
        args.photos,
        args.out,
        resume=args.resume,
        force=args.force,
        skip_limit=limit,
        device=device,
        timeout=timeout,
        watching=Watching(tuple(args.val), args.val_photos, args.samples, args.tensorboard),
        workers=args.workers,
        watch=Terminal(lines=sys.stderr),
    )
    return partial(_learn, learn)


def _learn(learn: Callable[[], "Outcome"]) -> int:
    from convdsl.train.interrupt import exit_code

    outcome = learn()
    if processes.is_first():
        print(outcome.checkpoint)
    if outcome.signal is None:
        return 0
    if processes.is_first():
        with suppress(OSError):  # who closed the stream has told the run to stop, and its exit code says that
            print(f"stopped after step {outcome.steps}; `--resume` goes on from there", file=sys.stderr)
    return exit_code(outcome.signal)


def _rehearse(args: argparse.Namespace, analysis: Analysis, job: "Job", device: str) -> int:
    if not processes.is_first():
        return 0
    from convdsl.train.progress import Terminal
    from convdsl.train.rehearse import rehearse, table

    assert analysis.graph is not None  # without a model there is no job
    found = rehearse(job, analysis.graph, args.photos, device=device, watch=Terminal(lines=sys.stderr))
    print("\n".join(table(found)))
    return 0
