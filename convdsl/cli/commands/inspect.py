"""`convdsl inspect SPEC|RUN …`: what a network does with a photograph, and what training has made of it."""

import argparse
import json
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from convdsl.cli import checkpoint, spec
from convdsl.cli.output import deliver
from convdsl.inspection import (
    SUFFIXES,
    Inspected,
    field_of,
    is_run,
    maps_of,
    of_spec,
    shifts_of,
    windows_of,
)
from convdsl.mistake import MistakeError
from convdsl.render.draw import format_of
from convdsl.render.theme import THEMES

if TYPE_CHECKING:
    from convdsl.train.inspecting.subject import Subject

OUTPUT = ""  # in place of a layer's name: what the network says at its end


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `inspect`."""
    parser.add_argument("file", metavar="SPEC|RUN", nargs="?", help="a spec, seen with fresh weights, or a run")
    parser.add_argument("--checkpoint", metavar="RUN", type=Path, help="the --out folder of `train`, or one checkpoint")
    parser.add_argument("--weights", metavar="FILE", type=Path, help="a checkpoint of others that fits the spec")
    asked = parser.add_argument_group("what is looked at, one of").add_mutually_exclusive_group(required=True)
    asked.add_argument("--layer", metavar="NAME", help="the activation maps of a layer for a photograph")
    asked.add_argument("--kernels", metavar="NAME", help="the windows of a layer at the start and after training")
    asked.add_argument(
        "--field", metavar="NAME", nargs="?", const=OUTPUT, help="what moves one output of a layer, or of the network"
    )
    asked.add_argument(
        "--translation", metavar="NAME", nargs="?", const=OUTPUT, help="what shifts of the input do to a layer's output"
    )
    parser.add_argument(
        "-o", "--output", metavar="FILE", help=f"also draw it, by the name one of {', '.join(SUFFIXES)}"
    )
    parser.add_argument("--force", action="store_true", help="overwrite the file if it is there")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="for people, or for programs")
    parser.add_argument(
        "--photo",
        metavar="FILE|DIR",
        type=Path,
        action="append",
        default=[],
        help="the photograph; for --field several, or a folder of them",
    )
    parser.add_argument("--size", metavar="N", type=int, help="pixels of the short side that the network sees")
    parser.add_argument("--channels", metavar="LIST", type=_numbers, default=(), help="those to show, as 3,7,12-19")
    parser.add_argument("--most", metavar="N", type=int, help="show so many channels at most (maps: 64)")
    parser.add_argument("--shared-scale", action="store_true", help="all maps by one scale, so that they compare")
    parser.add_argument("--theme", choices=tuple(THEMES), default="light", help="the picture's colours")
    parser.add_argument("--stdin-filename", default=spec.UNNAMED, help=argparse.SUPPRESS)
    parser.add_argument("--param", metavar="NAME=VALUE", action="append", default=[], help="a parameter of the spec")


def _numbers(text: str) -> tuple[int, ...]:
    if not re.fullmatch("[0-9]{1,6}(-[0-9]{1,6})?(,[0-9]{1,6}(-[0-9]{1,6})?)*", text, re.ASCII):
        raise argparse.ArgumentTypeError(f"`{text}` is no list of channels: write `3,7,12-19`")
    out: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        out += range(int(first), int(last or first) + 1)
    if not out:
        raise argparse.ArgumentTypeError(f"`{text}` has no channel in it: write the smaller number first")
    return tuple(out)


def run(args: argparse.Namespace) -> int:
    """Look, print what was found, and draw it where a file is named."""
    _untangle(args)
    if args.file is None and args.checkpoint is None:
        raise MistakeError("nothing says which network", way_out="name a spec, or a run by `--checkpoint RUN`")
    kind = None if args.output is None else format_of(args.output, SUFFIXES)
    for flag, value in (("--size", args.size), ("--most", args.most)):
        if value is not None:
            checkpoint.positive(flag, value)
    _require_sense(args)

    from convdsl.train.thrift import wait_briefly

    wait_briefly()
    found = _looked(_opened(args), args)
    print(json.dumps(found.data) if args.format == "json" else found)
    if kind is not None:
        deliver(found.painted(kind, args.theme), args)
    return 0


def _untangle(args: argparse.Namespace) -> None:
    """Take what stands behind `--field` or `--translation` for the network where there is no other."""
    for flag in ("field", "translation"):
        value = getattr(args, flag)
        if args.file is None and args.checkpoint is None and value not in (None, OUTPUT) and Path(value).exists():
            args.file = value
            setattr(args, flag, OUTPUT)


def _require_sense(args: argparse.Namespace) -> None:
    if args.layer is not None and len(args.photo) != 1:
        what = "nothing says of which photograph" if not args.photo else "maps are of one photograph"
        raise MistakeError(what, way_out="give one: `--photo FILE`")
    if args.translation is not None and len(args.photo) > 1:
        raise MistakeError("one photograph is shifted", way_out="give one: `--photo FILE`, or none for noise")
    unused = [("--photo", args.kernels is not None and args.photo), ("--size", args.kernels is not None and args.size)]
    unused += [("--shared-scale", args.layer is None and args.shared_scale)]
    shows_channels = args.layer is not None or args.kernels is not None
    unused += [("--channels", not shows_channels and args.channels), ("--most", not shows_channels and args.most)]
    for flag, is_unused in unused:
        if is_unused:
            raise MistakeError(f"`{flag}` says nothing here", way_out="leave it out")


def _opened(args: argparse.Namespace) -> "Subject":
    place = args.checkpoint
    if args.file is not None and args.file != spec.STDIN and is_run(args.file):
        if place is not None:
            raise MistakeError(f"`{args.file}` and `{place}` are two runs", way_out="name one of them")
        place, args.file = Path(args.file), None
    if args.param and args.file is None:
        raise MistakeError("a run has the parameters that it was trained with", way_out="leave `--param` out")
    if args.weights is not None and place is not None:
        raise MistakeError("a run has its own weights", way_out="leave `--weights` out, or name the spec only")
    analysis = spec.analysed(args).require_runnable() if args.file is not None else None
    if place is None and analysis is not None:
        return of_spec(analysis, args.weights)

    from convdsl.train.inspecting.subject import open_run

    assert place is not None  # else there is a spec
    return open_run(place, analysis)


def _looked(subject: "Subject", args: argparse.Namespace) -> Inspected:
    from convdsl.train.progress import Terminal

    watch = Terminal(lines=sys.stderr)
    if args.layer is not None:
        return maps_of(
            subject,
            args.layer,
            args.photo[0],
            size=args.size,
            channels=args.channels,
            most=args.most,
            shared=args.shared_scale,
        )
    if args.kernels is not None:
        return windows_of(subject, args.kernels, channels=args.channels, most=args.most)
    if args.field is not None:
        return field_of(subject, args.field, args.photo, size=args.size, watch=watch)
    photo = args.photo[0] if args.photo else None
    return shifts_of(subject, args.translation, photo, size=args.size, watch=watch)
