"""Our quick `dataclass` behaves as the standard one does."""

import copy
import dataclasses
import pickle
from collections.abc import Callable
from typing import Any

import pytest

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
