"""`convdsl colorize PHOTO… --checkpoint RUN --out DIR`: photographs in colour."""

import argparse
import sys
from pathlib import Path
from typing import Literal

from convdsl.cli import checkpoint, processes, spec
from convdsl.mistake import MistakeError
from convdsl.render.cells import visible

FORMATS = ("png", "jpeg", "webp", "tiff")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `colorize`."""
    parser.add_argument(
        "photos",
        metavar="PHOTO",
        type=Path,
        nargs="+",
        help="files, folders, patterns ('old/**/*.tif') or - for standard input; gray or in colour",
    )
    checkpoint.add_arguments(parser, required=False)
    parser.add_argument("--onnx", metavar="FILE", type=Path, help="in place of a checkpoint: what `export` wrote")
    parser.add_argument(
        "--out", metavar="PLACE", type=Path, help="where results go: a folder, a file for one photograph, or -"
    )
    parser.add_argument(
        "--suffix", metavar="TEXT", default="", help="put before the ending of names; without --out beside the photos"
    )
    parser.add_argument("--format", choices=FORMATS, help="of the results; that of the photograph if not given")
    parser.add_argument("--quality", metavar="N", type=int, default=95, help="of JPEG and WebP, 1 to 100 (95)")
    parser.add_argument(
        "--depth", metavar="BITS", type=int, choices=(8, 16), default=8, help="of a channel: 8, or 16 as PNG (8)"
    )
    parser.add_argument(
        "--size",
        metavar="N|full",
        type=_size,
        help="short side that the network sees, in pixels, or full: the photo as it is; the training's if not given",
    )
    parser.add_argument(
        "--tile",
        metavar="SIDE",
        type=_side,
        nargs="?",
        const=True,
        default=False,
        help="show the photograph as it is, in tiles: the same colours in little memory",
    )
    parser.add_argument(
        "--hints",
        metavar="FILE",
        type=Path,
        help="colours for one photograph: a picture of its size, transparent where there is none",
    )
    parser.add_argument(
        "--hint",
        metavar="X,Y,#RRGGBB",
        action="append",
        default=[],
        help="a colour at a pixel of the photograph, from its upper left; may be given again",
    )
    checkpoint.add_temperature(parser)
    parser.add_argument(
        "--compare", action="store_true", help="also write gray, result and original side by side, NAME.compare"
    )
    parser.add_argument(
        "--recursive", action=argparse.BooleanOptionalAction, default=True, help="search folders in folders too (yes)"
    )
    parser.add_argument("--force", action="store_true", help="overwrite what is there")
    parser.add_argument(
        "--skip-existing", action="store_true", help="leave photographs alone whose result is there: go on"
    )
    parser.add_argument("--device", default="cpu", help="cpu, cuda, cuda:1 … (cpu)")
    parser.add_argument("--threads", metavar="N", type=int, help="processor threads; all cores if not given")


def _size(text: str) -> int | Literal["full"]:
    if text == "full":
        return "full"
    return _number(text, "a number of pixels, or full")


def _side(text: str) -> int:
    return _number(text, "a number of pixels; photographs go before it, or after another option")


def _number(text: str, wanted: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"`{text}` is not {wanted}")
    return int(text)


def run(args: argparse.Namespace) -> int:
    """Colour; 2 if any file could not be read, the others being done."""
    if not processes.is_first():
        return 0  # under torch.distributed.run one process does it all
    if (args.onnx is None) == (args.checkpoint is None):
        message = "nothing says which network colours" if args.onnx is None else "`--onnx` and `--checkpoint` are two"
        raise MistakeError(message, way_out="give one of them: `--checkpoint RUN` or `--onnx FILE`")
    if str(args.out) == "-" and sys.stdout.isatty():
        raise MistakeError("a picture is nothing to read on a terminal", way_out="lead it into a file: `> photo.png`")

    from convdsl.train.thrift import give_back_early, wait_briefly

    wait_briefly()

    from convdsl.colourist import open_colourist, open_exported
    from convdsl.train.device import prepare
    from convdsl.train.hints import read_hints
    from convdsl.train.places import STREAM, Naming
    from convdsl.train.predict import Wish, colorize_files
    from convdsl.train.progress import Terminal

    give_back_early()
    device = prepare(args.device, args.threads)
    wish = Wish(
        Naming(args.out, args.suffix, args.format or "", args.compare),
        short=None if args.size == "full" else args.size,
        full=args.size == "full",
        tiled=args.tile is not False,
        side=0 if args.tile is True else int(args.tile),
        quality=args.quality,
        depth=args.depth,
        recursive=args.recursive,
        force=args.force,
        skip_existing=args.skip_existing,
        hints=read_hints(args.hints, args.hint),
        temperature=args.temperature,
    )
    if args.onnx is not None:
        colourist = open_exported(args.onnx, args.threads)
    else:
        analysis = spec.analysed(args).require_runnable() if args.file else None
        colourist = open_colourist(args.checkpoint, analysis, device=device, threads=args.threads)
    done = colorize_files(colourist, args.photos, wish, watch=Terminal(lines=sys.stderr))
    for path in done.written:
        if path != STREAM:
            print(visible(str(path)) if sys.stdout.isatty() else path)
    if done.skipped:
        count = len(done.written) + len(done.skipped)
        print(f"error: {len(done.skipped)} of {count} files were left out", file=sys.stderr)
    return 2 if done.skipped else 0
