"""Our quick `dataclass` behaves as the standard one does."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

from convdsl import record
from convdsl.record import dataclass as quick


def declare(decorate: Callable[..., Any]) -> Any:
    @decorate(frozen=True, slots=True)
    class Point:
        x: int
        y: int = 2
        note: str = dataclasses.field(default="", compare=False)
        tags: tuple[int, ...] = dataclasses.field(default_factory=tuple)
        z: int = dataclasses.field(default=9, kw_only=True)

    return Point


@pytest.mark.parametrize("decorate", [quick, dataclasses.dataclass])
def test_a_record_when_made_compares_hashes_and_prints_as_a_dataclass(decorate: Callable[..., Any]) -> None:
    point = declare(decorate)
    one = point(1, 3, z=4)
    assert one == point(1, 3, "other note", z=4)
    assert hash(one) == hash(point(1, 3, "other note", z=4))
    assert one != point(1, 3)
    assert one != (1, 3)
    assert repr(point(1)).endswith("Point(x=1, y=2, note='', tags=(), z=9)")
    assert dataclasses.replace(one, y=7) == point(1, 7, z=4)
    assert [item.name for item in dataclasses.fields(point)] == ["x", "y", "note", "tags", "z"]
    assert copy.deepcopy(one) == one


@pytest.mark.parametrize("decorate", [quick, dataclasses.dataclass])
def test_a_record_when_frozen_with_slots_takes_no_assignment_and_no_new_name(decorate: Callable[..., Any]) -> None:
    one = declare(decorate)(1)
    with pytest.raises(dataclasses.FrozenInstanceError):
        one.x = 5
    with pytest.raises((AttributeError, TypeError)):
        one.unknown = 5
    assert not hasattr(one, "__dict__")


@pytest.mark.parametrize("decorate", [quick, dataclasses.dataclass])
def test_a_record_when_called_wrongly_refuses(decorate: Callable[..., Any]) -> None:
    point = declare(decorate)
    for arguments, keywords in (((), {}), ((1, 2, "", (), 5), {}), ((1,), {"q": 1})):
        with pytest.raises(TypeError):
            point(*arguments, **keywords)


@quick(slots=True)
class Box:
    content: list[int] = dataclasses.field(default_factory=list)
    size: int = dataclasses.field(init=False, default=0)

    def __post_init__(self) -> None:
        self.size = len(self.content)


@quick(frozen=True)
class Base:
    a: int


@quick(frozen=True, slots=True)
class Derived(Base):
    b: int = 1


def test_a_record_when_not_frozen_changes_and_does_not_hash() -> None:
    one, two = Box(), Box()
    one.content.append(1)
    assert two.content == [] and Box([1, 2]).size == 2
    with pytest.raises(TypeError):
        hash(one)


def test_a_record_when_derived_has_the_fields_of_both() -> None:
    assert Derived(1, 2) == Derived(1, b=2) != Derived(1)
    assert pickle.loads(pickle.dumps(Derived(3))) == Derived(3)
    assert Base(1) != Derived(1)


def test_a_record_when_made_often_is_the_same_by_what_is_compiled_as_before() -> None:
    records = [Box([0] * count) for count in range(2 * record.FEW)]
    assert [one.size for one in records] == list(range(2 * record.FEW))
    assert len({id(one.content) for one in [Box() for _ in records]}) == len(records)
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        declare(quick)(1, contents=[])
    with pytest.raises(TypeError, match="unexpected keyword argument"):
        make: Any = Box
        make(contents=[])


def test_replace_when_a_field_is_not_for_init_refuses_it() -> None:
    assert record.replace(Box([1]), content=[1, 2]) == Box([1, 2])
    with pytest.raises(ValueError, match="size"):
        record.replace(Box([1]), size=4)


@dataclasses.dataclass(frozen=True, slots=True)
class Standard(Base):
    """A standard dataclass over one of ours, as a package may write it, with a field declared by ours."""

    b: int = record.field(default=3, metadata={"unit": "px"})


@quick(frozen=True, slots=True)
class Over(Standard):
    c: int = 5


def test_a_record_when_standard_ones_stand_between_has_all_fields() -> None:
    assert Standard(1) == Standard(1, 3) and Over(1, c=2) == Over(1, 3, 2) != Over(1)
    for kind, names in ((Base, "a"), (Standard, "ab"), (Over, "abc")):
        assert "".join(item.name for item in record.fields(kind)) == names
        assert "".join(item.name for item in dataclasses.fields(kind)) == names
        assert record.is_dataclass(kind) and dataclasses.is_dataclass(kind)
    assert record.fields(Standard)[1].metadata == {"unit": "px"}
    assert [item.default for item in record.fields(Standard)] == [record.MISSING, 3]
    assert dataclasses.replace(Over(1), b=4) == record.replace(Over(1), b=4) == Over(1, 4)
    assert dataclasses.asdict(Derived(1, 2)) == {"a": 1, "b": 2}
    assert not record.is_dataclass(int)
    number: Any = int
    with pytest.raises(TypeError, match="no dataclass"):
        record.fields(number)
    match Derived(1, 2):
        case Derived(a, b):
            assert (a, b) == (1, 2)
