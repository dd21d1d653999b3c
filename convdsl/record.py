"""`dataclass`, quick to define: what the standard one makes for every class, made for a class when it is first used.

`check` is a short process with a hundred small classes, and defining them the standard way is most of its time: six
functions are compiled for each, for classes that most runs never touch. Here `__init__` is compiled at the first
instance, and the rest is shared. For type checkers and for `dataclasses.fields` and `replace` it is the standard one.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass
else:
    import dataclasses
    from operator import attrgetter

    _MISSING = dataclasses.MISSING

    def dataclass(cls=None, /, *, frozen=False, slots=False, eq=True, order=False):
        """Make a class a dataclass: `@dataclass`, or `@dataclass(frozen=True, slots=True)`."""
        if cls is None:
            return lambda real: _make(real, frozen, slots, eq, order)
        return _make(cls, frozen, slots, eq, order)

    def _make(cls, frozen, slots, eq, order):
        cls = dataclasses.dataclass(init=False, repr=False, eq=False)(cls)
        if slots:
            cls = _with_slots(cls)

        def stand_in(self, *args, **kwargs):
            if "__init__" in vars(cls) and vars(cls)["__init__"] is stand_in:
                cls.__init__ = _init(cls, frozen)
            cls.__init__(self, *args, **kwargs)

        if "__init__" not in vars(cls):
            cls.__init__ = stand_in
        if "__repr__" not in vars(cls):
            cls.__repr__ = _repr
        if frozen:
            cls.__setattr__, cls.__delattr__ = _refuse, _refuse
        if eq and "__eq__" not in vars(cls):
            cls.__eq__ = _eq
            cls.__hash__ = _hash if frozen else None
        if order:
            cls.__lt__ = _lt
        return cls

    def _with_slots(cls):
        """Make the class again with slots for its own fields."""
        inherited = {name for base in cls.__mro__[1:] for name in getattr(base, "__slots__", ())}
        names = [field.name for field in dataclasses.fields(cls)]
        space = {key: value for key, value in vars(cls).items() if key not in ("__dict__", "__weakref__")}
        for name in names:
            space.pop(name, None)
        space["__slots__"] = tuple(name for name in names if name not in inherited)
        made = type(cls)(cls.__name__, cls.__bases__, space)
        made.__qualname__ = cls.__qualname__
        made.__getstate__, made.__setstate__ = _getstate, _setstate
        return made

    def _init(cls, frozen):
        """Compile `__init__` from the names and defaults of the fields (ours: no user's text comes near)."""
        space = {"_set": object.__setattr__, "_MISSING": _MISSING}
        head, keywords, body = [], [], []
        for field in cls.__dataclass_fields__.values():
            if field._field_type is not dataclasses._FIELD:
                continue
            name, made = field.name, field.default_factory is not _MISSING
            value = name
            if made:
                space[f"_make_{name}"] = field.default_factory
                value = f"_make_{name}() if {name} is _MISSING else {name}"
            elif field.default is not _MISSING:
                space[f"_default_{name}"] = field.default
            if field.init:
                default = "=_MISSING" if made else f"=_default_{name}" if field.default is not _MISSING else ""
                (keywords if field.kw_only else head).append(name + default)
            elif made or field.default is not _MISSING:
                value = f"_make_{name}()" if made else f"_default_{name}"
            else:
                continue
            body.append(f"_set(self, {name!r}, {value})" if frozen else f"self.{name} = {value}")
        if hasattr(cls, "__post_init__"):
            body.append("self.__post_init__()")
        parts = ["self", *head, *(["*", *keywords] if keywords else [])]
        exec(f"def __init__({', '.join(parts)}):\n " + "\n ".join(body or ["pass"]), space)
        init = space["__init__"]
        init.__qualname__ = f"{cls.__qualname__}.__init__"
        return init

    _KEYS = {}  # class -> what reads the fields that are compared, or that are printed

    def _key(cls, what):
        found = _KEYS.get((cls, what))
        if found is None:
            names = [f.name for f in dataclasses.fields(cls) if getattr(f, what)]
            found = attrgetter(*names) if names else lambda self: ()
            _KEYS[cls, what] = found
        return found

    def _eq(self, other):
        cls = self.__class__
        read = _key(cls, "compare")

        def quick(self, other):
            return read(self) == read(other) if other.__class__ is self.__class__ else NotImplemented

        if vars(cls).get("__eq__") is _eq:
            cls.__eq__ = quick
        return quick(self, other)

    def _lt(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        read = _key(self.__class__, "compare")
        return read(self) < read(other)

    def _hash(self):
        cls = self.__class__
        read = _key(cls, "compare")

        def quick(self):
            return hash(read(self))

        if vars(cls).get("__hash__") is _hash:
            cls.__hash__ = quick
        return quick(self)

    def _repr(self):
        shown = (f"{f.name}={getattr(self, f.name)!r}" for f in dataclasses.fields(self) if f.repr)
        return f"{self.__class__.__qualname__}({', '.join(shown)})"

    def _refuse(self, name, *value):
        raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")

    def _getstate(self):
        return [getattr(self, f.name) for f in dataclasses.fields(self)]

    def _setstate(self, state):
        for field, value in zip(dataclasses.fields(self), state, strict=True):
            object.__setattr__(self, field.name, value)


__all__ = ["dataclass"]
