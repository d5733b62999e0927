"""Padding with what is there: reflected at the ends, or the last element again."""

from __future__ import annotations

from collections.abc import Sequence

from graphc.errors import GraphError, ShapeError
from graphc.ir.dims import DimLike
from graphc.ir.node import Tensor
from graphc.ops.joining import concat
from graphc.ops.regions import Part, at_least
from graphc.ops.shape import broadcast_to
from graphc.ops.slicing import take_region


def extended(x: Tensor, pairs: Sequence[tuple[DimLike, DimLike]], mode: str) -> Tensor:
    """`x` with so many elements before and after each axis, by mode "reflect" or "edge".

    Raises:
        GraphError: for another mode.
        ShapeError: where there is not enough to reflect.
    """
    if mode not in ("reflect", "edge"):
        raise GraphError(f"pad: mode is 'constant', 'reflect' or 'edge', not {mode!r}")
    for axis, (low, high) in enumerate(pairs):
        size = x.shape[axis]
        for width in (low, high):
            if mode == "reflect" and at_least(width - size, 0):
                raise ShapeError(
                    f"pad: {width} of the {size} elements of axis {axis}, but one, are "
                    "to be reflected"
                )
        if mode == "reflect":
            before, after = (low, low, -1), (size - 2, high, -1)
        else:
            before, after = (0, 1, 1), (size - 1, 1, 1)
        parts = [_part(x, axis, before, low), x, _part(x, axis, after, high)]
        kept = [part for part, width in zip(parts, (low, 1, high), strict=True) if width != 0]
        x = concat(kept, axis) if len(kept) > 1 else x
    return x


def _part(x: Tensor, axis: int, part: Part, width: DimLike) -> Tensor:
    """A region of one axis, repeated to a width."""
    if width == 0:
        return x
    start, count, step = part
    region: list[Part] = [(0, size, 1) for size in x.shape]
    region[axis] = (start, count, 1 if count == 1 else step)
    seen = take_region(x, tuple(region))
    return broadcast_to(seen, (*x.shape[:axis], width, *x.shape[axis + 1 :]))
