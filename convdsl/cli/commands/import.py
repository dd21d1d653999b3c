"""`convdsl import module:Class --input 1x1x256x256 -o net.cdsl`, `convdsl import net.onnx`: a network as a spec."""

import argparse
import re
import sys
from typing import TYPE_CHECKING

from convdsl.cli import spec
from convdsl.cli.output import add_arguments, deliver
from convdsl.files import write_new
from convdsl.importing import refusals, refused
from convdsl.mistake import MistakeError
from convdsl.source import Source
from convdsl.syntax.parse import is_yaml

if TYPE_CHECKING:
    from convdsl.exchange.imported import Imported

ERRORS = 1


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `import`."""
    parser.add_argument(
        "network", metavar="NETWORK", help="package.module:Class or net.py:Class, whose Python is run; or net.onnx"
    )
    parser.add_argument(
        "--input",
        metavar="SIZES",
        action="append",
        default=[],
        help="the sizes of a tensor that it takes, as 1x3x224x224; once for each, in order",
    )
    parser.add_argument(
        "--param", metavar="NAME=VALUE", action="append", default=[], help="hand an argument to the class, as width=16"
    )
    parser.add_argument("--flat", action="store_true", help="write no blocks and groups, one layer a line")
    parser.add_argument("--weights", metavar="FILE", help="of an ONNX file: write its weights as safetensors")
    add_arguments(parser, "the spec to write; standard output if none")


def run(args: argparse.Namespace) -> int:
    """Write the spec, or list what no layer does, and write nothing."""
    from convdsl.exchange.imported import Inexpressible

    try:
        made = _onnx(args) if args.network.lower().endswith(".onnx") else _module(args)
    except Inexpressible as found:
        for line in (*refusals(found.found), f"{refused(len(found.found))}, and nothing is written"):
            print(line, file=sys.stderr)
        return ERRORS
    deliver(_spelt(made, args.output), args)
    for line in _facts(made):
        print(line, file=sys.stderr)
    return 0


def _module(args: argparse.Namespace) -> "Imported":
    sizes = [sizes_of(text) for text in args.input]
    if not sizes:
        raise MistakeError("how large its input is has to be said", way_out="such as `--input 1x3x224x224`")
    if args.weights is not None:
        way_out = "save the module's `state_dict`: the spec has its names"
        raise MistakeError("`--weights` is for ONNX files", way_out=way_out)
    parameters = spec.parameters(args.param)
    print(f"note: this runs the Python of {args.network}: what it imports, its class, its forward", file=sys.stderr)
    from convdsl.exchange.find import find_module
    from convdsl.exchange.imported import import_module

    return import_module(find_module(args.network, parameters), sizes, fold=not args.flat)


def _onnx(args: argparse.Namespace) -> "Imported":
    if args.input or args.param:
        raise MistakeError("an ONNX file says itself what it takes", way_out="leave `--input` and `--param` out")
    from convdsl.exchange.imported_onnx import import_onnx

    made, weights = import_onnx(args.network, fold=not args.flat)
    if args.weights is not None:
        write_new(args.weights, weights, force=args.force)
        print(f"written: {args.weights}", file=sys.stderr)
    return made


def sizes_of(text: str) -> tuple[int, ...]:
    """Read `1x3x224x224`.

    Raises MistakeError for anything else.
    """
    if not re.fullmatch(r"[1-9][0-9]{0,6}(x[1-9][0-9]{0,6}){1,4}", text):
        way_out = "write batch, channels, height and width, such as `--input 1x3x224x224`"
        raise MistakeError(f"`--input {text}` is no size of a tensor", way_out=way_out)
    return tuple(map(int, text.split("x")))


def _spelt(made: "Imported", output: str) -> str:
    if not is_yaml(Source(output, "")):
        return made.text
    from convdsl import api

    return api.convert(made.analysis, "yaml")


def _facts(made: "Imported") -> list[str]:
    from convdsl.lower.keys import state

    graph = made.analysis.graph
    assert graph is not None and made.analysis.accepted is not None
    count = state(graph).parameters
    out = [f"read by {made.by}: {len(graph.nodes) - len(graph.inputs)} layers, {count:,} parameters"]
    if made.is_fixed:
        out.append("the size of its input is fixed: the network runs at no other")
    elif made.analysis.accepted.axes:
        out.append(f"accepted: {'; '.join(made.analysis.accepted.text())}")
    for trial in made.trials:
        where = " and ".join("x".join(map(str, sizes)) for sizes in trial.sizes)
        said = "equal" if trial.difference == 0 else f"equal to {trial.difference:.1g} of the largest number"
        out.append(f"with its weights, at {where}: outputs {said}")
    return out
