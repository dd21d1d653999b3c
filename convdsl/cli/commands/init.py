"""`convdsl init [FILE]`: a small spec to start from, and what to do with it."""

import argparse
from pathlib import Path

from convdsl.authoring.start import SCHEMA_FILE, start
from convdsl.files import write_new
from convdsl.mistake import MistakeError

_YAML = (".yaml", ".yml")


def configure(parser: argparse.ArgumentParser) -> None:
    """Declare the arguments of `init`."""
    parser.add_argument("file", metavar="FILE", nargs="?", help="the spec to write: net.cdsl, or net.yaml with --yaml")
    parser.add_argument("--yaml", action="store_true", help="write YAML, and the schema for editors beside it")
    parser.add_argument("--force", action="store_true", help="overwrite files that are there")


def run(args: argparse.Namespace) -> int:
    """Write the spec, in YAML where its name says so or `--yaml` does."""
    name = args.file or ("net.yaml" if args.yaml else "net.cdsl")
    is_yaml = name.lower().endswith(_YAML)
    if args.yaml and not is_yaml:
        raise MistakeError(
            f"`{name}` is no name of a YAML file", way_out=f"name it `{Path(name).with_suffix('.yaml')}`"
        )
    if not is_yaml and not name.lower().endswith(".cdsl"):
        raise MistakeError(f"`{name}` is no name of a spec", way_out=f"name it `{name}.cdsl` or `{name}.yaml`")
    write_new(name, start(name), force=args.force)
    print(f"written: {name}")
    if is_yaml:
        from convdsl.authoring.schema import text  # it asks every operator

        beside = str(Path(name).with_name(SCHEMA_FILE))
        write_new(beside, text(), force=args.force)
        print(f"written: {beside}, the schema by which editors complete and check it")
    picture = Path(name).with_suffix(".svg")
    print(f"\nnext:\n  convdsl check {name}\n  convdsl draw {name} -o {picture}\n  convdsl train {name} --help")
    return 0
