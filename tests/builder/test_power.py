"""The builder says all that text says: a tree spelt as a program, run, is the tree."""

from typing import Any

from hypothesis import Phase, assume, given, settings

from convdsl.authoring.canonical import canonical
from convdsl.source import Source
from convdsl.syntax import tree as t
from tests import strategies_text as made
from tests.builder.spelling import is_constant, program


def run(text: str) -> t.File:
    space: dict[str, Any] = {}
    exec(compile(text, "program.py", "exec"), space)
    tree: t.File = space["spec"].tree()
    return tree


def sayable(file: t.File) -> bool:
    """Tell whether Python has a function for each block, and a line has a value: `1 + 2` alone is none."""
    names = [item.name for item in file.items if isinstance(item, t.Block)]
    names += {name for item in file.items if isinstance(item, t.Import) for name in item.names}
    if len(set(names)) < len(names):
        return False
    for item in file.items:
        if isinstance(item, t.Block | t.Model):
            parameters = [one.name for one in item.parameters]
            if len(set(parameters)) < len(parameters):
                return False
    parts = parts_of(file)
    calls = [[one.name for one in part.arguments if one.name] for part in parts if isinstance(part, t.Call)]
    if any(len(set(names)) < len(names) for names in calls):
        return False  # no Python call gives an argument twice
    return all(not isinstance(part, t.Flow) or not is_constant(part.source) for part in parts)


def parts_of(node: object) -> list[object]:
    if isinstance(node, tuple):
        return [found for part in node for found in parts_of(part)]
    if not hasattr(node, "__dataclass_fields__") or isinstance(node, Source):
        return []
    inner = [found for name in node.__dataclass_fields__ for found in parts_of(getattr(node, name))]
    return [node, *inner]


@settings(max_examples=30, deadline=None, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(made.files)
def test_law_tree_when_spelt_as_a_program_comes_back(file: t.File) -> None:
    file = made.settled(file)
    assume(sayable(file))
    assert run(program(file)) == canonical(file)
