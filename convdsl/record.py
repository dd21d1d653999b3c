"""`dataclass` and its kin, quick to define: what the standard one makes at once is made when it is first used.

`check` is a short process with a hundred small classes, and defining them the standard way is most of its time: six
functions are compiled for each, for classes that most runs never touch, by a module that imports the inspection of
source code. Here `__init__` is compiled at the first instance, and the rest is shared. For type checkers these are the
standard ones, and `dataclasses.fields`, `replace` and the like take the classes for their own.
"""

from typing import TYPE_CHECKING

FEW = 16  # instances that together cost less than to compile what makes one

if TYPE_CHECKING:
    from dataclasses import MISSING, dataclass, field, fields, is_dataclass, replace
else:
    import sys
    from operator import attrgetter
    from types import MappingProxyType, MemberDescriptorType
    from typing import ClassVar

    class _Missing:
        """No default."""

    MISSING = _Missing()
    _PLAIN = MappingProxyType({})  # the metadata of a field without any

    class _Field:
        """A field as it is declared, by the names of the standard one."""

        __slots__ = ("compare", "default", "default_factory", "init", "kw_only", "metadata", "name", "repr", "type")

        def __init__(
            self, default, default_factory=MISSING, init=True, repr=True, compare=True, kw_only=False, metadata=_PLAIN
        ):
            self.default, self.default_factory, self.metadata = default, default_factory, metadata
            self.init, self.repr, self.compare, self.kw_only = init, repr, compare, kw_only
            self.name, self.type = "", None

    def field(
        *, default=MISSING, default_factory=MISSING, init=True, repr=True, compare=True, kw_only=False, metadata=None
    ):
        """Declare a field with more than a default.

        Where the standard module is imported, it is a standard field: the class may stand under its decorator.
        """
        own = _Field(default, default_factory, init, repr, compare, kw_only, _PLAIN if metadata is None else metadata)
        return _to_standard(own) if "dataclasses" in sys.modules else own

    def fields(record):
        """Return the fields of a dataclass or of an instance."""
        kind = record if isinstance(record, type) else type(record)
        found = _FIELDS.get(kind)
        if found is None:
            made = next((base for base in kind.__mro__ if "__dataclass_fields__" in vars(base)), None)
            if made is None:
                raise TypeError(f"{kind.__name__} is no dataclass")
            found = _FIELDS[kind] = tuple(_inherited((made,)).values())
        return found

    _FIELDS = {}  # class -> its fields

    def is_dataclass(thing):
        """Tell whether a class is a dataclass, or a value an instance of one."""
        kind = thing if isinstance(thing, type) else type(thing)
        return any("__dataclass_fields__" in vars(base) for base in kind.__mro__)

    def replace(record, /, **changes):
        """Return a copy with other values of some fields."""
        for item in fields(record):
            if item.init:
                changes.setdefault(item.name, getattr(record, item.name))
            elif item.name in changes:
                raise ValueError(f"field {item.name} is not set by __init__")
        return record.__class__(**changes)

    def dataclass(cls=None, /, *, frozen=False, slots=False, eq=True, order=False):
        """Make a class a dataclass: `@dataclass`, or `@dataclass(frozen=True, slots=True)`."""
        if cls is None:
            return lambda real: _make(real, frozen, slots, eq, order)
        return _make(cls, frozen, slots, eq, order)

    def _make(cls, frozen, slots, eq, order):
        cls.__record_fields__ = _inherited(cls.__mro__[1:]) | _declared(cls)
        cls.__dataclass_fields__ = _StandardFields()
        cls.__dataclass_params__ = _StandardParams(frozen)
        if "__match_args__" not in vars(cls):
            items = cls.__record_fields__.values()
            cls.__match_args__ = tuple(item.name for item in items if item.init and not item.kw_only)
        if slots:
            cls = _with_slots(cls)

        made = 0

        def stand_in(self, *args, **kwargs):
            nonlocal made
            made += 1
            if made <= FEW and _is_filled(self, fields(cls), args, kwargs):
                return
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

    def _inherited(bases):
        """Return the fields of classes, those of the last first; one may be a standard dataclass."""
        found = {}
        for base in reversed(bases):
            if "__record_fields__" in vars(base):
                found |= base.__record_fields__
            elif "__dataclass_fields__" in vars(base):
                found |= {item.name: _of_standard(item, item.name) for item in _standard().fields(base)}
        return found

    def _declared(cls):
        """Return the fields of a class's own body, and leave there the defaults that are plain values."""
        found = {}
        for name, kind in vars(cls).get("__annotations__", {}).items():
            if kind is ClassVar or getattr(kind, "__origin__", None) is ClassVar:
                continue
            value = vars(cls).get(name, MISSING)
            if isinstance(value, _Field):
                item = value
            elif "dataclasses" in sys.modules and isinstance(value, _standard().Field):
                item = _of_standard(value, name)
            else:
                item = _Field(value)
            if item.default is not MISSING:
                setattr(cls, name, item.default)
            elif value is not MISSING:
                delattr(cls, name)
            item.name, item.type = name, kind
            found[name] = item
        return found

    def _standard():
        """Import the standard module: only its own classes and functions ask for it."""
        import dataclasses

        return dataclasses

    def _of_standard(item, name):
        """Return a field of `dataclasses` as one of ours."""
        none = _standard().MISSING
        default, factory = (MISSING if part is none else part for part in (item.default, item.default_factory))
        kw_only = False if item.kw_only is none else item.kw_only
        own = _Field(default, factory, item.init, item.repr, item.compare, kw_only, item.metadata)
        own.name, own.type = name, item.type
        return own

    def _to_standard(own):
        """Return one of our fields as one of `dataclasses`."""
        parts = ("default", "default_factory", "init", "repr", "compare", "kw_only", "metadata")
        said = {part: getattr(own, part) for part in parts}
        return _standard().field(**{part: value for part, value in said.items() if value is not MISSING})

    class _StandardFields:
        """The fields as `dataclasses` looks for them, made when it does."""

        def __get__(self, instance, cls):
            found = {}
            for own in fields(cls):
                item = found[own.name] = _to_standard(own)
                item.name, item.type, item._field_type = own.name, own.type, _standard()._FIELD
            return found

    class _StandardParams:
        """What `dataclasses` asks of a base, made when it does."""

        def __init__(self, frozen):
            self.frozen = frozen

        def __get__(self, instance, cls):
            return _standard().dataclass(frozen=self.frozen)(type("Alike", (), {})).__dataclass_params__

    def _with_slots(cls):
        """Make the class again with slots for its own fields."""
        inherited = {name for base in cls.__mro__[1:] for name in getattr(base, "__slots__", ())}
        names = list(cls.__record_fields__)
        space = {key: value for key, value in vars(cls).items() if key not in ("__dict__", "__weakref__")}
        for name in names:
            space.pop(name, None)
        space["__slots__"] = tuple(name for name in names if name not in inherited)
        made = type(cls)(cls.__name__, cls.__bases__, space)
        made.__qualname__ = cls.__qualname__
        made.__getstate__, made.__setstate__ = _getstate, _setstate
        return made

    def _is_filled(record, items, args, kwargs):
        """Set the fields of an instance; False where the arguments do not fit, which a compiled `__init__` refuses."""
        names = [item.name for item in items if item.init and not item.kw_only]
        given = dict(zip(names, args, strict=False))
        if len(args) > len(names) or not given.keys().isdisjoint(kwargs):
            return False
        given |= kwargs
        values = []
        for item in items:
            if item.init and item.name in given:
                values.append((item.name, given.pop(item.name)))
            elif item.default_factory is not MISSING:
                values.append((item.name, item.default_factory()))
            elif item.default is not MISSING:
                values.append((item.name, item.default))
            elif item.init:
                return False
        if given:
            return False
        for name, value in values:
            object.__setattr__(record, name, value)
        if hasattr(record, "__post_init__"):
            record.__post_init__()
        return True

    def _init(cls, frozen):
        """Compile `__init__` from the names and defaults of the fields (ours: no user's text comes near)."""
        space = {"_set": object.__setattr__, "_MISSING": MISSING}
        head, keywords, body = [], [], []
        for item in fields(cls):
            name, made = item.name, item.default_factory is not MISSING
            value = name
            if made:
                space[f"_make_{name}"] = item.default_factory
                value = f"_make_{name}() if {name} is _MISSING else {name}"
            elif item.default is not MISSING:
                space[f"_default_{name}"] = item.default
            if item.init:
                default = "=_MISSING" if made else f"=_default_{name}" if item.default is not MISSING else ""
                (keywords if item.kw_only else head).append(name + default)
            elif made or item.default is not MISSING:
                value = f"_make_{name}()" if made else f"_default_{name}"
            else:
                continue
            if not frozen:
                body.append(f"self.{name} = {value}")
            elif type(slot := getattr(cls, name, None)) is MemberDescriptorType:
                space[f"_set_{name}"] = slot.__set__  # in half the time of `object.__setattr__`
                body.append(f"_set_{name}(self, {value})")
            else:
                body.append(f"_set(self, {name!r}, {value})")
        if hasattr(cls, "__post_init__"):
            body.append("self.__post_init__()")
        parts = ["self", *head, *(["*", *keywords] if keywords else [])]
        exec(f"def __init__({', '.join(parts)}):\n " + "\n ".join(body or ["pass"]), space)
        init = space["__init__"]
        init.__qualname__ = f"{cls.__qualname__}.__init__"
        return init

    _KEYS = {}  # class -> what reads the fields that are compared

    def _key(cls):
        found = _KEYS.get(cls)
        if found is None:
            names = [item.name for item in fields(cls) if item.compare]
            found = _KEYS[cls] = attrgetter(*names) if names else lambda self: ()
        return found

    def _eq(self, other):
        cls = self.__class__
        read = _key(cls)

        def quick(self, other):
            return read(self) == read(other) if other.__class__ is self.__class__ else NotImplemented

        if vars(cls).get("__eq__") is _eq:
            cls.__eq__ = quick
        return quick(self, other)

    def _lt(self, other):
        if other.__class__ is not self.__class__:
            return NotImplemented
        read = _key(self.__class__)
        return read(self) < read(other)

    def _hash(self):
        cls = self.__class__
        read = _key(cls)

        def quick(self):
            return hash(read(self))

        if vars(cls).get("__hash__") is _hash:
            cls.__hash__ = quick
        return quick(self)

    def _repr(self):
        shown = (f"{item.name}={getattr(self, item.name)!r}" for item in fields(self) if item.repr)
        return f"{self.__class__.__qualname__}({', '.join(shown)})"

    def _refuse(self, name, *value):
        raise _standard().FrozenInstanceError(f"cannot assign to field {name!r}")

    def _getstate(self):
        return [getattr(self, name) for name in self.__record_fields__]

    def _setstate(self, state):
        for name, value in zip(self.__record_fields__, state, strict=True):
            object.__setattr__(self, name, value)


__all__ = ["MISSING", "dataclass", "field", "fields", "is_dataclass", "replace"]
