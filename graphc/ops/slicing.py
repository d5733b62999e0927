"""Basic slicing and its transpose, padding, and the index expressions that users write.

`slice` reads a region of a tensor, `unslice` writes one into zeros; each is the other's derivative.
"""

from __future__ import annotations

import builtins
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import ShapeError, TypeMismatchError
from graphc.ir import dims, types
from graphc.ir.dims import Dim, DimLike
from graphc.ir.node import Node, Tensor, builders, make
from graphc.ir.types import TensorType, shape_text
from graphc.ops.base import Array, Emitter, Op, Sample, register
from graphc.ops.leaf import constant
from graphc.ops.regions import (
    Part,
    Region,
    at_least,
    check_region,
    index_text,
    python_index,
    slice_part,
    subscript,
)


def draw(*shape: int) -> Array:
    """Normal numbers for samples, the same in every process."""
    return np.random.default_rng(19).normal(size=shape)


def atom(text: str) -> str:
    """A formula that can be an operand of anything: in parentheses unless it is a name, a call or a
    part of one."""
    depth = 0
    for char in text:
        depth += (char in "([") - (char in ")]")
        if not depth and not (char.isalnum() or char in "_.)]"):
            return f"({text})"
    return text


class Slice(Op):
    """The elements of a region; axes in `drop`, of size 1 there, are left out of the result."""

    name = "slice"
    view = True
    contiguous_view = False

    def keeps_rows(self, node: Node) -> bool:
        """Whether it takes whole rows one after the other: all of every axis but the first."""
        region, shape = node.attrs["region"], node.inputs[0].shape
        rest = zip(shape[1:], region[1:], strict=True)
        return (
            region[0][2] == 1 and all(part == (0, size, 1) for size, part in rest)
            if region
            else True
        )

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        region, drop = attrs["region"], attrs["drop"]
        check_region(types_[0].shape, region, drop)
        return (types_[0].with_shape(p[1] for axis, p in enumerate(region) if axis not in drop),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (x,), (ct,) = node.inputs, cotangents
        assert ct is not None
        return (unslice(ct, x.shape, node.attrs["region"], node.attrs["drop"]),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (np.asarray(arrays[0][python_index(attrs["region"], attrs["drop"])]),)

    def samples(self) -> Sequence[Sample]:
        x = draw(4, 5)

        def take(region: Region, drop: tuple[int, ...] = (), of: Array = x) -> Sample:
            return Sample((of,), {"region": region, "drop": drop})

        return [
            take(((0, 4, 1), (2, 3, 1))),
            take(((1, 2, 2), (4, 5, -1))),
            take(((3, 2, -2), (3, 1, 1)), (1,)),
            take(((3, 2, -3), (1, 2, 2)), of=np.asfortranarray(x)),
            take(((1, 1, 1), (2, 1, 1)), (0, 1)),
            take(((0, 0, 1), (0, 5, 1))),
            take(((0, 4, 1), (3, 2, -2)), of=x.T[::-1].T),
            take((), of=np.array(2.5)),
        ]

    def plain(self, e: Emitter) -> str:
        attrs, shape = e.node.attrs, e.node.inputs[0].shape
        where = index_text(shape, attrs["region"], attrs["drop"], e.dim)
        if shape and len(attrs["drop"]) == len(shape):
            where = f"{where[:-1]}, ...]"  # x[0] of a vector would be a number, and no view
        return e.arg(0) + where

    def math(self, node: Node, args: Sequence[str]) -> str:
        attrs, shape = node.attrs, node.inputs[0].shape
        return atom(args[0]) + index_text(shape, attrs["region"], attrs["drop"], str)


class Unslice(Op):
    """Zeros of a shape with a region set to the operand: the transpose of `slice`.

    Attributes:
        helpers: names of the files in ``templates/numpy/helpers`` that printing this op may need.
    """

    name = "unslice"
    helpers = ("unslice",)

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        shape, region, drop = attrs["shape"], attrs["region"], attrs["drop"]
        check_region(shape, region, drop)
        expected = tuple(part[1] for axis, part in enumerate(region) if axis not in drop)
        if types_[0].shape != expected:
            raise ShapeError(
                f"shape {shape_text(types_[0].shape)} for a region of {shape_text(expected)}"
            )
        return (types_[0].with_shape(shape),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,) = cotangents
        assert ct is not None
        return (SLICE(ct, region=node.attrs["region"], drop=node.attrs["drop"]),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        result = np.zeros(attrs["shape"], arrays[0].dtype)
        result[python_index(attrs["region"], attrs["drop"])] = arrays[0]
        return (result,)

    def samples(self) -> Sequence[Sample]:
        result = []
        for sample in SLICE.samples():
            (window,) = SLICE.reference(sample.arrays, sample.attrs)
            attrs = {**sample.attrs, "shape": sample.arrays[0].shape}
            result.append(Sample((window,), attrs))
        return result

    def plain(self, e: Emitter) -> str:
        (x,), attrs = e.node.inputs, e.node.attrs
        shape, region, drop = attrs["shape"], attrs["region"], attrs["drop"]
        if 0 in (part[1] for part in region):
            return f"np.zeros({e.shape(shape)}, dtype=np.{_numpy_type(x.dtype)})"
        pairs = list(zip(shape, region, strict=True))
        behind = [size - start - count for size, (start, count, _) in pairs]
        if all(step == 1 for _, _, step in region) and all(at_least(n, 0) for n in behind):
            text = e.arg(0)
            if drop:
                text += subscript(["None" if axis in drop else ":" for axis in range(len(shape))])
            widths = [(part[0], after) for part, after in zip(region, behind, strict=True)]
            bare = all(pair == (0, 0) for pair in widths)
            return text if bare else f"np.pad({text}, {_pairs_text(widths, e.dim)})"
        # A region with steps is written into zeros, which takes a statement: a helper's.
        flips, split, where = index_text(shape, region, drop, e.dim).rpartition("][")
        where = f"np.s_{'[' * bool(split)}{where}"
        text = f"_unslice({e.args[0]}, {e.shape(shape)}, {where})"
        return f"{text}{flips}{']' * bool(split)}"

    def planned(self, e: Emitter) -> Sequence[str]:
        attrs = e.node.attrs
        where = index_text(attrs["shape"], attrs["region"], attrs["drop"], e.dim)
        return [f"{e.out}.fill(0)", f"{e.out}{where} = {e.args[0]}"]

    def math(self, node: Node, args: Sequence[str]) -> str:
        attrs = node.attrs
        where = index_text(attrs["shape"], attrs["region"], attrs["drop"], str)
        return f"zeros with {args[0]} at {where}"


class Pad(Op):
    """Rows of a constant before and after each axis."""

    name = "pad"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        (x,), widths = types_, attrs["widths"]
        if len(widths) != x.rank:
            raise ShapeError(f"{len(widths)} pairs of widths for {x.rank} axes")
        sizes = [low + size + high for size, (low, high) in zip(x.shape, widths, strict=True)]
        return (x.with_shape(sizes),)

    def region(self, node: Node) -> Region:
        """Where the operand lies in the result."""
        pairs = zip(node.inputs[0].shape, node.attrs["widths"], strict=True)
        return tuple((low, size, 1) for size, (low, _) in pairs)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,) = cotangents
        assert ct is not None
        return (take_region(ct, self.region(node)),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        if arrays[0].ndim == 0:
            return (arrays[0].copy(),)
        return (np.pad(arrays[0], attrs["widths"], constant_values=attrs["value"]),)

    def samples(self) -> Sequence[Sample]:
        x = draw(2, 3)
        return [
            Sample((x,), {"widths": ((1, 2), (0, 1)), "value": 0.0}),
            Sample((x.T,), {"widths": ((0, 0), (2, 0)), "value": -1.5}),
            Sample(
                (x[:, :1],),
                {"widths": ((0, 1), (1, 0)), "value": -np.inf},
                smooth=False,
                gradients=(np.ones((2, 1)),),
            ),
            Sample((x[:0],), {"widths": ((1, 1), (0, 0)), "value": 2.0}),
            Sample((x,), {"widths": ((0, 0), (0, 0)), "value": 1.0}),
        ]

    def _value(self, e: Emitter) -> str:
        return e.literal(np.asarray(e.node.attrs["value"], e.node.outputs[0].dtype))

    def plain(self, e: Emitter) -> str:
        zero = str(e.node.attrs["value"]) in ("0", "0.0", "False")  # which -0.0 is not
        extra = "" if zero else f", constant_values={self._value(e)}"
        return f"np.pad({e.args[0]}, {_pairs_text(e.node.attrs['widths'], e.dim)}{extra})"

    def planned(self, e: Emitter) -> Sequence[str]:
        where = index_text(e.node.outputs[0].shape, self.region(e.node), (), e.dim)
        zero = str(e.node.attrs["value"]) in ("0", "0.0", "False")
        value = "0" if zero else self._value(e)
        return [f"{e.out}.fill({value})", f"{e.out}{where} = {e.args[0]}"]

    def math(self, node: Node, args: Sequence[str]) -> str:
        return f"pad({args[0]}, {_pairs_text(node.attrs['widths'], str)})"


def _pairs_text(pairs: Sequence[tuple[DimLike, DimLike]], dim: Callable[[DimLike], str]) -> str:
    inner = ", ".join(f"({dim(low)}, {dim(high)})" for low, high in pairs)
    return f"({inner}{',' if len(pairs) == 1 else ''})"


def _numpy_type(dtype: str) -> str:
    return "bool_" if dtype == "bool" else dtype


SLICE = register(Slice())
UNSLICE = register(Unslice())
PAD = register(Pad())

# ---- functions ----------------------------------------------------------------------------


def _whole(shape: Sequence[DimLike], region: Region) -> bool:
    """Whether a region takes every element, in order or reversed."""
    same = len(shape) == len(region)
    return same and all(n == part[1] for n, part in zip(shape, region, strict=True))


def take_region(x: Tensor, region: Region, drop: tuple[int, ...] = ()) -> Tensor:
    """The elements of a region: ``(start, size, step)`` for each axis; `drop` lists axes of one
    element that are left out of the result.

    Raises:
        ShapeError: when the region is outside of `x`.
    """
    if not drop and _whole(x.shape, region) and all(step == 1 for _, _, step in region):
        return x
    return make(SLICE, (x,), {"region": region, "drop": drop}).outputs[0]


def unslice(x: Tensor, shape: Any, region: Region, drop: tuple[int, ...] = ()) -> Tensor:
    """Zeros of a shape with a region set to `x`: what `take_region` is the derivative of.

    Raises:
        ShapeError: when the region is outside of the shape or is not of the shape of `x`.
    """
    sizes = dims.shape(shape)
    if _whole(sizes, region):  # nothing is left to be zero
        full: Tensor = builders["reshape"](x, sizes) if drop else x
        return take_region(full, region)
    return make(UNSLICE, (x,), {"shape": sizes, "region": region, "drop": drop}).outputs[0]


def flip(x: Any, axis: Any = None) -> Tensor:
    """The elements in reverse order along `axis` (an int, several, or None for all).

    Raises:
        ShapeError: for an axis that does not exist.
    """
    x = constant(x)
    axes = types.normal_axes(axis, x.ndim)
    back = builtins.slice(None, None, -1)
    region = tuple(
        slice_part(size, back if i in axes else builtins.slice(None))
        for i, size in enumerate(x.shape)
    )
    return take_region(x, region)


def pad(x: Any, widths: Any, value: float = 0.0, mode: str = "constant") -> Tensor:
    """Put elements before and after each axis, as ``numpy.pad``.

    Args:
        x: the tensor.
        widths: a number for every side, a pair (before, after) for every axis, or a pair for each
            axis; dimensions and their names are numbers too.
        value: what the new elements are in mode "constant".
        mode: "constant"; "reflect" for the neighbours of the first and the last element in reverse
            order; "edge" for those elements again.

    Raises:
        GraphError: for another mode.
        ShapeError: for widths that are negative or not of the rank of `x`, or where there is not
            enough to reflect.
        TypeMismatchError: for a value that the element type of `x` can't hold.
    """
    x = constant(x)
    pairs = _pairs(widths, x.ndim)
    if mode != "constant":
        from graphc.ops.padding import extended

        return extended(x, pairs, mode)
    fill = np.asarray(value)
    if fill.ndim or not np.can_cast(fill.dtype, x.dtype, "same_kind"):
        raise TypeMismatchError(f"pad: {value!r} is no value for {x.dtype}")
    if all(low == 0 and high == 0 for low, high in pairs):
        return constant(x)
    return make(PAD, (x,), {"widths": pairs, "value": fill.astype(x.dtype).item()}).outputs[0]


def _pairs(widths: Any, rank: int) -> tuple[tuple[DimLike, DimLike], ...]:
    if not isinstance(widths, (list, tuple, np.ndarray)):
        widths = (widths,)
    if any(isinstance(item, (list, tuple, np.ndarray)) for item in widths):
        pairs = [dims.shape(item) for item in widths]
    else:
        pairs = [dims.shape(widths)]
    pairs = [pair * 2 if len(pair) == 1 else pair for pair in pairs]
    if len(pairs) == 1:
        pairs *= rank
    if len(pairs) != rank or any(len(pair) != 2 for pair in pairs):
        raise ShapeError(f"pad: {widths!r} is no number, pair, or list of {rank} pairs")
    return tuple((low, high) for low, high in pairs)


def getitem(x: Any, index: Any) -> Tensor:
    """Part of a tensor, as NumPy indexes: integers, slices with any step, ``...``, None, and one
    integer tensor (which gathers rows; see ``gx.take``).

    Integer bounds are clipped, so ``x[:5]`` of size N has size ``min(5, N)``.  Bounds that are
    dimensions, as in ``x[:, :T]``, are taken to lie within the axis.

    Raises:
        ShapeError: for too many indices, or an integer outside of a known size.
        TypeMismatchError: for a mask (its size would depend on data) or another kind of index.
    """
    x = constant(x)
    items = _expand(index if isinstance(index, tuple) else (index,), x)
    region: list[Part] = []
    drop: list[int] = []
    shape: list[DimLike] = []  # of the result, with the axes that None makes
    gathered: list[tuple[int, Tensor]] = []
    for item in items:
        if item is None:
            shape.append(1)
            continue
        axis, size = len(region), x.shape[len(region)]
        if isinstance(item, builtins.slice):
            region.append(slice_part(size, item))
            shape.append(region[-1][1])
        elif isinstance(item, Tensor):
            gathered.append((len(shape), item))
            region.append((0, size, 1))
            shape.append(size)
        else:
            region.append((_position(item, size, axis), 1, 1))
            drop.append(axis)
    result = take_region(x, tuple(region), tuple(drop))
    if any(item is None for item in items):
        result = builders["reshape"](result, tuple(shape))
    if not gathered:
        return result
    if len(gathered) > 1 or drop:
        raise TypeMismatchError(
            "an index holds one tensor, beside slices only: index in two steps, as x[0][rows]"
        )
    taken: Tensor = builders["take"](result, gathered[0][1], gathered[0][0])
    return taken


def _expand(items: tuple[Any, ...], x: Tensor) -> list[Any]:
    """An index with ``...`` replaced by slices, and one item for every axis."""
    result = [_checked(item) for item in items]
    used = sum(item is not None and item is not Ellipsis for item in result)
    if used > x.ndim:
        raise ShapeError(f"{used} indices for the {x.ndim} axes of {shape_text(x.shape)}")
    dots = [i for i, item in enumerate(result) if item is Ellipsis]
    if len(dots) > 1:
        raise ShapeError("an index has one '...' at most")
    place = dots[0] if dots else len(result)
    return [*result[:place], *[builtins.slice(None)] * (x.ndim - used), *result[place + 1 :]]


def _checked(item: Any) -> Any:
    """One item of an index, arrays as tensors."""
    if item is None or item is Ellipsis or isinstance(item, (builtins.slice, Dim)):
        return item
    if isinstance(item, str):
        return dims.dim(item)
    if isinstance(item, (list, np.ndarray)):
        item = constant(np.asarray(item))
    if isinstance(item, (bool, np.bool_)) or (isinstance(item, Tensor) and item.dtype == "bool"):
        raise TypeMismatchError(
            "a mask can't be an index, since the size of the result would depend on data: "
            "choose with gx.where(mask, x, 0), which keeps the shape"
        )
    if isinstance(item, Tensor):
        if not types.is_integer(item.dtype):
            raise TypeMismatchError(f"an index must be an integer tensor, not {item.dtype}")
        return item
    if not hasattr(item, "__index__"):
        raise TypeMismatchError(
            f"{item!r} is no index: use integers, slices, None, ... or a tensor"
        )
    return item.__index__()


def _position(item: DimLike, size: DimLike, axis: int) -> DimLike:
    position = size + item if at_least(-item, 1) else item
    if at_least(-position, 1) or at_least(position - size, 0):
        raise ShapeError(f"index {item} is out of range for axis {axis} of size {size}")
    return position


builders["getitem"] = getitem
builders["take_region"] = take_region
builders["unslice"] = unslice
builders["flip"] = flip
builders["pad"] = pad
