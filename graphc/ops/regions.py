"""Regions: the parts of a tensor that slices with steps take, and how they are printed.

A region is a tuple with ``(start, size, step)`` for each axis: the elements ``start``,
``start + step``, ... of which there are `size`.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeAlias

from graphc.errors import ShapeError, TypeMismatchError
from graphc.ir import dims, types
from graphc.ir.dims import Dim, DimLike
from graphc.ir.node import Tensor

Part: TypeAlias = tuple[DimLike, DimLike, int]  # start, size, step
Region: TypeAlias = tuple[Part, ...]


def at_least(value: DimLike, limit: int) -> bool:
    """Whether a dimension is known never to be below `limit`."""
    low = dims.lower_limit(value)
    return low is not None and low >= limit


def count_steps(length: DimLike, step: int) -> DimLike:
    """How many steps a length holds, the last one perhaps not whole."""
    return length if step == 1 else dims.floordiv(length + (step - 1), step)


def _bound(value: Any, size: DimLike) -> DimLike:
    """A bound of a slice with a positive step, counted from the front and clipped."""
    if isinstance(value, Dim):
        return size + value if at_least(-value, 1) else value
    return dims.minimum(value, size) if value >= 0 else size - dims.minimum(-value, size)


def _bound_back(value: Any, size: DimLike) -> DimLike:
    """The same for a negative step, where -1 means before the first element."""
    if isinstance(value, Dim):
        return size + value if at_least(-value, 1) else value
    return dims.minimum(value, size - 1) if value >= 0 else size - dims.minimum(-value, size + 1)


def slice_part(size: DimLike, index: builtins.slice) -> Part:
    """The part of an axis of that size that a Python slice takes.

    Integer bounds are clipped as Python does; bounds that are dimensions are taken to lie within
    the axis, so ``x[:T]`` has size T.
    """
    step = 1 if index.step is None else index.step
    if isinstance(step, (Dim, str)) or not hasattr(step, "__index__") or isinstance(step, bool):
        raise TypeMismatchError(f"the step of a slice is a number, not {step!r}")
    step = step.__index__()
    if step == 0:
        raise ShapeError("the step of a slice can't be 0")
    low, high = _slice_bound(index.start), _slice_bound(index.stop)
    bound = _bound if step > 0 else _bound_back
    start: DimLike = (0 if step > 0 else size - 1) if low is None else bound(low, size)
    stop: DimLike = (size if step > 0 else -1) if high is None else bound(high, size)
    length = stop - start if step > 0 else start - stop
    trusted = low is None or high is None or isinstance(low, Dim) or isinstance(high, Dim)
    if not trusted and (low < 0) == (high < 0) and isinstance(size, Dim):
        trusted = (high - low) * step >= 0  # both count from one end, so they keep their order
        length = length if trusted else 0
    if not trusted and not at_least(length, 0):
        # max(length, 0), written as the complement of a minimum: x[1:-1] and x[2:] then agree.
        length = 0 if at_least(-length, 0) else size - dims.minimum(size, size - length)
    if isinstance(length, int) and length <= 0:
        return (0, 0, 1)
    count = count_steps(length, abs(step))
    return (start, count, 1 if count == 1 else step)


def _slice_bound(value: Any) -> Any:
    if value is None or isinstance(value, Dim):
        return value
    if isinstance(value, str):
        return dims.dim(value)
    if isinstance(value, (bool, Tensor)) or not hasattr(value, "__index__"):
        raise TypeMismatchError(f"a bound of a slice is a number or a dimension, not {value!r}")
    return value.__index__()


def _python_part(start: int, size: int, step: int) -> builtins.slice:
    if size == 0:
        return builtins.slice(0, 0)
    stop = start + size * step
    return builtins.slice(start, stop if stop >= 0 else None, step)


def python_index(region: Iterable[Any], drop: Iterable[int]) -> tuple[Any, ...]:
    """A region of numbers as an index of an array."""
    gone = set(drop)
    return tuple(
        part[0] if axis in gone else _python_part(*part) for axis, part in enumerate(region)
    )


def check_region(shape: Sequence[DimLike], region: Region, drop: Sequence[int]) -> None:
    """Raise ShapeError unless a region lies within a shape, as far as is known."""
    if len(shape) != len(region):
        raise ShapeError(
            f"{len(region)} slices for the {len(shape)} axes of {types.shape_text(shape)}"
        )
    for axis, (size, (start, count, step)) in enumerate(zip(shape, region, strict=True)):
        if step == 0 or (axis in drop and count != 1):
            raise ShapeError(f"axis {axis}: a region of {count} elements with step {step}")
        last = start + (count - 1) * step
        outside = [v for v in (start, last) if at_least(-v, 1) or at_least(v - size, 0)]
        if outside and count != 0:
            raise ShapeError(f"axis {axis}: index {outside[0]} is outside of size {size}")


# ---- printing -----------------------------------------------------------------------------


def _numbers(value: DimLike) -> set[int]:
    """The integers that appear in a dimension."""
    if isinstance(value, int):
        return {value}
    found: set[int] = set()
    for monomial, factor in value.terms:
        if not monomial:
            found.add(factor)
        for atom, _ in monomial:
            if not isinstance(atom, str):
                found |= _numbers(atom[1]) | _numbers(atom[2])
    return found


def _candidates(size: DimLike, part: Part) -> tuple[list[Any], list[Any]]:
    """Bounds by which the part may have been written, the shortest first."""
    start, count, step = part
    end = start + count * step
    if isinstance(size, int) and isinstance(end, int):
        stop = 0 if count == 0 else end - step + (1 if step > 0 else -1)
        return [None, start], [None, *([stop] if stop >= 0 else [])]
    starts = sorted({abs(n) for v in (start, size - start) for n in _numbers(v)})
    base = start if isinstance(start, int) else 0
    near = {n for v in (count, start, end, size - end, size - count) for n in _numbers(v)}
    stops = sorted({abs(n + shift) for n in near for shift in (0, base, -base, 1)})
    ends: list[Any] = [end] if isinstance(end, Dim) and step == 1 else []
    begins: list[Any] = [start] if isinstance(start, Dim) else []
    return (
        [None, *starts, *(-n for n in starts if n), *begins],
        [None, *stops, *(-n for n in stops if n), *ends],
    )


def _part_text(size: DimLike, part: Part, dim: Callable[[DimLike], str]) -> tuple[bool, str]:
    """The shortest Python slice that reads back as the part, and whether the axis is to be
    reversed before it (where a negative step stops at an end whose sign is not known)."""
    start, count, step = part
    tail = "" if step == 1 else f":{step}"
    begins, ends = _candidates(size, part)
    for low in begins:
        for high in ends:
            if slice_part(size, builtins.slice(low, high, step)) == part:
                texts = ["" if v is None else dim(v) for v in (low, high)]
                return False, f"{texts[0]}:{texts[1]}{tail}"
    if step < 0:
        return True, _part_text(size, (size - 1 - start, count, -step), dim)[1]
    return False, f"{dim(start)}:{dim(start + count * step)}{tail}"


def index_text(
    shape: Sequence[DimLike], region: Region, drop: Sequence[int], dim: Callable[[DimLike], str]
) -> str:
    """A region as one or two subscripts: ``[:, 2:5, 0]``; `dim` prints a dimension."""
    texts: list[str] = []
    flips: list[str] = []
    for axis, (size, part) in enumerate(zip(shape, region, strict=True)):
        flipped, text = False, ""
        if axis in drop:
            back = size - part[0]
            text = f"-{back}" if isinstance(size, Dim) and isinstance(back, int) else dim(part[0])
        else:
            flipped, text = _part_text(size, part, dim)
        texts.append(text)
        flips.append("::-1" if flipped else ":")
    first = subscript(flips) if "::-1" in flips else ""
    return first + subscript(texts)


def subscript(texts: list[str]) -> str:
    """Indices in brackets, without the full slices at the end."""
    while len(texts) > 1 and texts[-1] == ":":
        texts = texts[:-1]
    return f"[{', '.join(texts) or '()'}]"
