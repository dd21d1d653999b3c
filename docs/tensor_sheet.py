"""A tensor [N, C, spatial axes] laid out as plates: which axis runs across, which down."""

from collections.abc import Sequence

from convdsl.render.arithmetic.cell import Cell
from convdsl.render.arithmetic.plates import Face, Sheet


def sheet(name: str, shape: tuple[int, ...], cells: Sequence[Cell]) -> Sheet:
    """Lay a tensor out: images in rows, channels in columns; the slices of a volume in columns, channels in rows."""
    caption = f"{name} [{', '.join(map(str, shape))}]"
    if len(shape) == 2:
        return Sheet(caption, ((Face(shape[1], tuple(cells)),),))
    images, channels = [f"image {n}" for n in range(shape[0])], [f"channel {c}" for c in range(shape[1])]
    if len(shape) == 3:
        rows, columns = [""], images
    elif len(shape) == 4:
        rows, columns = images, channels
    else:
        rows = channels if len(images) == 1 else [f"{image}, {channel}" for image in images for channel in channels]
        columns = [f"depth {d}" for d in range(shape[2])]
    across = len(columns)
    each = len(cells) // (across * len(rows))
    faces = [
        Face(shape[-1], tuple(cells[i * each : (i + 1) * each]), columns[i] if i < across > 1 else "")
        for i in range(across * len(rows))
    ]
    found = tuple(tuple(faces[start : start + across]) for start in range(0, len(faces), across))
    return Sheet(caption, found, tuple(rows) if len(rows) > 1 else ())
