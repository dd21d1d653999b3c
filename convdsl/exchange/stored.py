"""What lies in a checkpoint of any format: named tensors, in one part or several (`state_dict`, `ema`, `optimizer`)."""

from collections.abc import Mapping

from torch import Tensor

from convdsl.lower.fitting import Shape
from convdsl.mistake import MistakeError
from convdsl.nearest import nearest
from convdsl.record import dataclass

Tensors = Mapping[str, Tensor]

MOST_DEPTH, MOST_PARTS = 8, 1_000  # of dictionaries within dictionaries


@dataclass(frozen=True, slots=True)
class Stored:
    """A checkpoint that was read.

    path: of the file that holds the tensors. format: what wrote it, in words. parts: named tensors by the path of keys
    that leads to them, "" for the top; a path's keys stand between dots. usual: the part that a user means if none is
    named, "" if there is no telling. ordered: tensors come in the order of the layers. others: what else lies in it.
    keras: weights came in Keras's layout and are in PyTorch's now, but for dense layers behind a flattening.
    """

    path: str
    format: str
    parts: Mapping[str, Tensors]
    usual: str = ""
    ordered: bool = True
    others: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    keras: bool = False

    def part(self, name: str) -> Tensors:
        """Return the tensors of a part.

        Raises MistakeError where there is none of that name.
        """
        if name in self.parts:
            return self.parts[name]
        near = nearest(name, self.parts)
        listed = ", ".join(f"`{part}`" for part in list(self.parts)[:10] if part) or "one part without a name"
        raise MistakeError(
            f"`{self.path}` has no part `{name}`",
            way_out=f"did you mean `--part {near}`" if near else f"it has {listed}",
        )


def shapes(tensors: Tensors) -> dict[str, Shape]:
    """Return the shapes of named tensors."""
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def parts_of(content: object) -> tuple[dict[str, Tensors], tuple[str, ...]]:
    """Find the dictionaries of tensors in what a file holds; and the names at the top that lead to none.

    Shared dictionaries are looked at once, so that a few that hold each other many times cost nothing.
    """
    parts: dict[str, Tensors] = {}
    seen: set[int] = set()

    def look(value: object, path: str, depth: int) -> bool:
        if not isinstance(value, Mapping) or depth > MOST_DEPTH or id(value) in seen or len(parts) >= MOST_PARTS:
            return False
        seen.add(id(value))
        named = {key: item for key, item in value.items() if isinstance(key, str)}
        tensors = {key: item for key, item in named.items() if isinstance(item, Tensor)}
        if tensors:
            parts[path] = tensors
        inside = [look(item, f"{path}.{key}" if path else key, depth + 1) for key, item in named.items()]
        return bool(tensors) or any(inside)

    look(content, "", 0)
    top = content.items() if isinstance(content, Mapping) else ()
    others = tuple(
        str(key)
        for key, item in top
        if not isinstance(item, Tensor) and not any(p == key or p.startswith(f"{key}.") for p in parts)
    )
    return parts, others
