"""Put a changed source file in the place of a module that is loaded, so that all who hold its parts see the change.

Functions keep their identity and get other code; constants are replaced wherever they went under their own name.
"""

import ast
import dataclasses
import sys
from functools import cached_property
from types import FunctionType, MappingProxyType, ModuleType
from typing import Any

PLAIN = (int, float, str, tuple, frozenset, dict, MappingProxyType)


def swap(module: ModuleType, tree: ast.Module) -> None:
    """Make a module what a changed tree says; what the module's own code raises comes through."""
    fresh = {"__name__": module.__name__, "__file__": module.__file__}
    exec(compile(tree, str(module.__file__), "exec"), fresh)
    for name, new in fresh.items():
        old = vars(module).get(name)
        if not _renew(old, new, module.__name__) and _differs(old, new):
            for other in list(sys.modules.values()):
                if other is not None and vars(other).get(name, _NOTHING) is old:
                    setattr(other, name, new)


_NOTHING = object()


def _differs(old: object, new: object) -> bool:
    return isinstance(new, PLAIN) and type(old) is type(new) and old != new


def _renew(old: object, new: object, module: str) -> bool:
    """Change an object in place; return whether it is of a kind that can be."""
    if isinstance(old, FunctionType) and isinstance(new, FunctionType):
        if old.__module__ == module and old.__code__ != new.__code__:
            old.__code__ = new.__code__
        if _differs(old.__defaults__, new.__defaults__):
            old.__defaults__ = new.__defaults__
        if _differs(old.__kwdefaults__, new.__kwdefaults__):
            old.__kwdefaults__ = new.__kwdefaults__
        return True
    for inside in ("__wrapped__", "__func__", "fget", "func"):
        kinds = (property, cached_property, classmethod, staticmethod)
        if type(old) is type(new) and (isinstance(old, kinds) or hasattr(old, "cache_clear")) and hasattr(old, inside):
            return _renew(getattr(old, inside), getattr(new, inside), module)
    if isinstance(old, type) and isinstance(new, type):
        if old.__module__ == module:
            _renew_defaults(old, new)
            for name, value in vars(new).items():
                mine = vars(old).get(name)
                if not name.startswith("__") or isinstance(mine, FunctionType):
                    _renew(mine, value, module) or (_differs(mine, value) and setattr(old, name, value))
        return True
    if dataclasses.is_dataclass(old) and type(old).__module__ == module and type(old).__name__ == type(new).__name__:
        for field in dataclasses.fields(old):
            value = getattr(new, field.name)
            if _differs(getattr(old, field.name), value):
                object.__setattr__(old, field.name, value)
        return True
    return False


def _renew_defaults(old: Any, new: type) -> None:
    """Give the fields of a record (convdsl/record.py) their new defaults, also where `__init__` is compiled."""
    fields = vars(old).get("__record_fields__", {})
    given = {name: field.default for name, field in vars(new).get("__record_fields__", {}).items()}
    changed = {name: given[name] for name in fields if name in given and _differs(fields[name].default, given[name])}
    for name, default in changed.items():
        fields[name].default = default
    init = old.__init__
    if changed and init.__defaults__:
        names = init.__code__.co_varnames[: init.__code__.co_argcount][-len(init.__defaults__) :]
        pairs = zip(names, init.__defaults__, strict=True)
        init.__defaults__ = tuple(changed.get(name, was) for name, was in pairs)
