"""Print the tree of modules as the body of `__init__`, and the way from `self` to each of them."""

from collections.abc import Iterator

from convdsl.argument import Parameter, signature
from convdsl.lower.hierarchy import Branch, Leaf, Refused
from convdsl.lower.library import helper_source
from convdsl.lower.names import MODULE_ATTRIBUTES, Locals, is_plain, literal, quote
from convdsl.lower.text import Group, lines
from convdsl.op import Op

_DEEPEST = 2  # levels of brackets in one statement; deeper ones are built first, in a local


def declarations(root: Branch) -> Iterator[str]:
    """Yield the lines of `__init__`'s body."""
    names = Locals()
    before: list[str] = []
    if root.is_sequential:
        items = tuple(("", _expression(child, 1, names, before)) for child in root.children.values())
        statements = list(lines(8, "", Group("super().__init__(", items, ")", tall=True)))
        yield from before
        yield from statements
        return
    yield "        super().__init__()"
    for name, child in root.children.items():
        before.clear()
        item = _expression(child, 0, names, before)
        if name in MODULE_ATTRIBUTES:
            statements = list(lines(8, f"self._modules[{quote(name)}] = ", item))
        elif is_plain(name):
            statements = list(lines(8, f"self.{name} = ", item))
        else:
            statements = list(lines(8, "", Group("self.add_module(", (("", quote(name)), ("", item)), ")")))
        yield from before
        yield from statements


def attributes(root: Branch) -> Iterator[str]:
    """Yield the lines that say of a child with layers in it, which type checkers do not see through, that it is one."""
    for name, child in root.children.items():
        if root.is_sequential or not isinstance(child, Branch) or not is_plain(name):
            continue
        if not child.is_sequential or any(isinstance(inner, Branch) for inner in child.children.values()):
            yield f"    {name}: Any  # layers within layers"


def constructor(leaf: Leaf) -> Group:
    """Print the call that makes a layer's module.

    Raises Refused where the operator names something outside torch.nn and the library.
    """
    plan = leaf.plan
    path, _, name = plan.target.rpartition(".")
    if plan.helper:
        known = plan.helper == plan.target and helper_source(plan) is not None
    else:
        known = path == "torch.nn" and name.isidentifier()
    if not known:
        raise Refused(f"`{plan.target}` is no module of torch.nn", leaf.node)
    assert leaf.node.op is not None
    parameters = {parameter.name: parameter for parameter in _parameters(leaf.node.op)}
    items: list[tuple[str, Group | str]] = []
    leading = True
    for word, value in plan.arguments:
        if word == "inplace":  # what the spec wishes; only this phase knows whether the input dies here
            continue
        parameter = parameters.get(word)
        leading = leading and (parameter is None or parameter.required or _is_count(parameter))
        items.append(("" if leading else f"{word}=", literal(value)))
    if leaf.inplace:
        items.append(("inplace=", "True"))
    made = Group(f"{plan.helper or f'nn.{name}'}(", tuple(items), ")")
    return made if plan.wrapper is None else _wrapped(leaf, made, *plan.wrapper)


def _is_count(parameter: Parameter) -> bool:
    """Tell what the lazy twin drops (`in_channels`): a keyword in a spec, and PyTorch's first argument."""
    return parameter.keyword_only and parameter.default is None


def _wrapped(leaf: Leaf, made: Group, function: str, arguments: tuple[tuple[str, object], ...]) -> Group:
    path = function.removeprefix("torch.")
    if not path.startswith("nn.utils.") or not all(part.isidentifier() for part in path.split(".")):
        raise Refused(f"`{function}` is no function of torch.nn.utils", leaf.node)
    items = ((f"{word}=", literal(value)) for word, value in arguments)
    return Group(f"{path}(", (("", made), *items), ")")


def _parameters(op: Op) -> Iterator[Parameter]:
    """Yield an operator's parameters, and those of the layer that it wraps."""
    for parameter in signature(type(op)):
        inner = getattr(op, parameter.name)
        if isinstance(inner, Op):
            yield from _parameters(inner)
        else:
            yield parameter


def access(base: str, branch: Branch, name: str) -> str:
    """Print how to reach a child of a module."""
    if branch.is_sequential:
        return f"{base}[{name}]"
    if is_plain(name):
        return f"{base}.{name}"
    if name in MODULE_ATTRIBUTES:
        return f"{base}._modules[{quote(name)}]"
    return f"getattr({base}, {quote(name)})"


def needs_layers(root: Branch) -> bool:
    """Tell whether a level below the model holds named layers."""
    pending = [child for child in root.children.values() if isinstance(child, Branch)]
    while pending:
        branch = pending.pop()
        if branch.children and not branch.is_sequential:
            return True
        pending.extend(child for child in branch.children.values() if isinstance(child, Branch))
    return False


def _expression(child: Branch | Leaf, depth: int, names: Locals, before: list[str]) -> Group | str:
    if isinstance(child, Leaf):
        return constructor(child)
    named = [(name, _expression(inner, depth + 1, names, before)) for name, inner in child.children.items()]
    if child.is_sequential or not named:
        group = Group("nn.Sequential(", tuple(("", item) for _, item in named), ")", tall=True)
    elif all(is_plain(name) for name, _ in named):
        group = Group("Layers(", tuple((f"{name}=", item) for name, item in named), ")", tall=True)
    else:
        inside = Group("**{", tuple((f"{quote(name)}: ", item) for name, item in named), "}", tall=True)
        group = Group("Layers(", (("", inside),), ")", tall=True)
    if depth < _DEEPEST:
        return group
    name = names.take("_".join(child.path[-2:]))
    before.extend(lines(8, f"{name} = ", group))
    return name
