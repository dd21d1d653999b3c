"""Find the user's network by its name: `package.module:Class`, or `folder/net.py:Class`. That runs its Python."""

import importlib
import importlib.util
import sys
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType

from torch import nn

from convdsl.mistake import MistakeError
from convdsl.nearest import nearest


def find_module(name: str, arguments: Mapping[str, object]) -> nn.Module:
    """Return the network: the class or function called with the arguments, or a module that is there already.

    Raises MistakeError where there is none, or making it fails.
    """
    place, colon, attribute = name.rpartition(":")
    if not colon or not place or not attribute:
        raise MistakeError(f"`{name}` names no network", way_out="write `package.module:Class` or `net.py:Class`")
    found: object = _imported(place)
    for part in attribute.split("."):
        if not hasattr(found, part):
            known = [word for word in vars(found) if not word.startswith("_")] if hasattr(found, "__dict__") else []
            guess = nearest(part, known)
            classes = [word for word in known if isinstance(getattr(found, word), type | nn.Module)]
            listed = ", ".join(f"`{word}`" for word in classes if _is_network(getattr(found, word)))
            way_out = f"did you mean `{guess}`?" if guess else f"its networks: {listed}" if listed else ""
            raise MistakeError(f"`{place}` has no `{part}`", way_out=way_out)
        found = getattr(found, part)
    if isinstance(found, nn.Module):
        return found
    if not callable(found):
        raise MistakeError(
            f"`{name}` is a {type(found).__name__}", way_out="name a class, or a function that makes one"
        )
    try:
        made = found(**arguments)
    except (TypeError, ValueError, RuntimeError, LookupError, AttributeError, OSError, ImportError) as problem:
        said = f"`{attribute}({', '.join(f'{word}={value!r}' for word, value in arguments.items())})` fails"
        way_out = "give what it needs by `--param NAME=VALUE`, or name a function that makes the network"
        raise MistakeError(f"{said}: {type(problem).__name__}: {problem}", way_out=way_out) from problem
    if not isinstance(made, nn.Module):
        raise MistakeError(f"`{name}` gives a {type(made).__name__}, and no `torch.nn.Module`")
    return made


def _is_network(found: object) -> bool:
    return isinstance(found, nn.Module) or (isinstance(found, type) and issubclass(found, nn.Module))


def _imported(place: str) -> ModuleType:
    try:
        if not place.endswith(".py"):
            _see(Path.cwd())
            return importlib.import_module(place)
        path = Path(place).resolve()
        if not path.is_file():
            raise MistakeError(f"there is no file `{place}`", way_out="name a Python file, or an installed module")
        _see(path.parent)
        spec = importlib.util.spec_from_file_location(path.stem, path)
        assert spec is not None and spec.loader is not None
        module = importlib.util.module_from_spec(spec)
        sys.modules[path.stem] = module  # tracers look a class's module up
        spec.loader.exec_module(module)
    except (ImportError, SyntaxError, OSError, NameError, TypeError, ValueError, AttributeError) as problem:
        said = f"importing `{place}` fails: {type(problem).__name__}: {problem}"
        raise MistakeError(said, way_out="run where `python` could import it: its packages installed") from problem
    return module


def _see(folder: Path) -> None:
    """Let imports beside the user's file be found, as they are when Python runs it."""
    if str(folder) not in sys.path:
        sys.path.insert(0, str(folder))
