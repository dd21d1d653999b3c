"""`convdsl export FILE --onnx net.onnx --torch-export net.pt2`: the network for other programs."""

import argparse
import sys

from convdsl import compiled
from convdsl.cli import spec


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `export`."""
    spec.add_arguments(parser)
    parser.add_argument("--onnx", metavar="FILE", help="write ONNX, for ONNX Runtime and others; needs convdsl[onnx]")
    parser.add_argument("--torch-export", metavar="FILE", help="write a program for torch.export.load (.pt2)")
    parser.add_argument(
        "--weights", metavar="FILE", help="safetensors, or the --out folder of `train`; fresh ones if not given"
    )
    parser.add_argument("--seed", metavar="N", type=int, default=0, help="of fresh weights (0)")
    parser.add_argument(
        "--size",
        metavar="HxW",
        help="the only size to export, 256x256 or H=256,W=128; all that can be said if not given",
    )
    parser.add_argument("--fuse", action="store_true", help="fold norms into the weights of the layers before them")
    parser.add_argument("--force", action="store_true", help="overwrite the files if they are there")


def run(args: argparse.Namespace) -> int:
    """Export a spec that can run, try the files, write them, and say what they take."""
    analysis = spec.analysed(args)
    found = compiled.export(
        analysis,
        onnx=args.onnx,
        torch_export=args.torch_export,
        weights=args.weights,
        size=args.size,
        fuse=args.fuse,
        seed=args.seed,
        force=args.force,
    )
    for one, path in zip(found, (path for path in (args.onnx, args.torch_export) if path is not None), strict=True):
        print(f"written: {path} ({one.kind}, {len(one.content):,} bytes)", file=sys.stderr)
        for line in one.lines():
            print(f"  {line}", file=sys.stderr)
    if args.weights is None:
        print(f"weights: fresh ones of seed {args.seed}; `--weights FILE` takes trained ones", file=sys.stderr)
    return spec.report(analysis)
