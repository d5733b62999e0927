"""Pooling: the largest, or the sum, of what a window sees of each channel.

`max_pool` sends its cotangent to the first largest element of each window, in row-major order, as
PyTorch does.  `max_pool_index` finds the place of that element; given it, `max_pool_gradient` and
`max_pool_take` are linear and each other's transposes, so derivatives of every order are among them.
So are `sum_pool` and `sum_pool_gradient`.  Padding is never the largest, and adds nothing.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import ShapeError, TypeMismatchError
from graphc.ir import types
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor, make
from graphc.ir.types import TensorType
from graphc.ops.base import Array, Emitter, Op, Sample, register
from graphc.ops.conv.algorithms import shifts_text
from graphc.ops.conv.convolution import slides
from graphc.ops.conv.geometry import Window


def _stack(x: Array, window: Window, fill: float) -> Array:
    """What each element of the window meets, one after the other along a new first axis."""
    padded = np.pad(x, ((0, 0), *window.padding, (0, 0)), constant_values=fill)
    return np.stack([part for _, part in slides(padded, window)])


def _spread(parts: Array, window: Window, sizes: Sequence[int]) -> Array:
    """The transpose of `_stack`: parts added up in an image of these sizes."""
    full = (parts.shape[1], *window.padded_sizes(sizes), parts.shape[-1])
    padded = np.zeros(full, parts.dtype)
    for part, (_, place) in zip(parts, slides(padded, window), strict=True):
        place += part
    inside = [slice(low, low + n) for low, n in zip(window.low, sizes, strict=True)]
    return padded[(slice(None), *inside)]


class Pool(Op):
    """What the pooling ops share.  Attributes of nodes: `kernel`, `strides`, `padding`, `dilation`."""

    @property
    def helpers(self) -> tuple[str, ...]:
        """The files in ``templates/numpy/helpers`` that printing may need."""
        return (self.name, f"{self.name}_shifts", "shifts")

    def window(self, attrs: Mapping[str, Any]) -> Window:
        """The window that slides over the image."""
        return Window.of(attrs["kernel"], attrs)

    def pooled(self, x: TensorType, attrs: Mapping[str, Any]) -> TensorType:
        """The type of what is made of an image."""
        if x.rank < 3:
            raise ShapeError(f"images are (N, *sizes, C): 3 axes at least, not {x.rank}")
        if not types.is_float(x.dtype):
            raise TypeMismatchError(f"floating numbers are expected, not {x.dtype}")
        window = self.window(attrs)
        for (low, high), reach in zip(window.padding, window.reach, strict=True):
            if max(low, high) >= reach:
                raise ShapeError(f"padding {(low, high)} holds windows of {reach} with no input")
        return x.with_shape((x.shape[0], *window.output_sizes(x.shape[1:-1]), x.shape[-1]))

    def arguments(self, e: Emitter) -> list[str]:
        """The window as the plain helpers take it."""
        window = self.window(e.node.attrs)
        found = [e.shape(window.kernel), f"padding={window.padding}"]
        for name, steps in (("strides", window.strides), ("dilation", window.dilation)):
            if set(steps) != {1}:
                found.append(f"{name}={steps}")
        return found

    def image_and_result(self, node: Node) -> tuple[TensorType, TensorType]:
        """The types of the image and of what is made of it."""
        return node.inputs[0].type, node.outputs[0].type

    def prepared(self, e: Emitter) -> Sequence[tuple[str, str]]:
        image, result = self.image_and_result(e.node)
        window = self.window(e.node.attrs)
        return [("shifts", shifts_text(e, window, image.shape[1:-1], result.shape[1:-1]))]

    def plain(self, e: Emitter) -> str:
        return f"_{self.name}({', '.join([*e.args, *self.arguments(e)])})"

    def planned(self, e: Emitter) -> Sequence[str]:
        parts = [*e.args, *e.scratch, *e.prepared, f"out={e.out}"]
        return [f"_{self.name}_shifts({', '.join(parts)})"]

    def flops(self, node: Node) -> DimLike:
        _, result = self.image_and_result(node)
        return result.size * self.window(node.attrs).positions

    def _cases(self) -> list[tuple[Array, dict[str, Any]]]:
        rng = np.random.default_rng(43)
        cases: list[tuple[tuple[int, ...], Any, Any, Any, Any]] = [
            ((2, 4, 6, 3), (2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1)),
            ((1, 5, 5, 2), (3, 3), (2, 2), ((1, 1), (1, 1)), (1, 1)),
            ((2, 5, 4, 1), (2, 3), (1, 1), ((0, 1), (2, 0)), (1, 1)),
            ((1, 7, 2), (3,), (2,), ((1, 0),), (2,)),
            ((1, 3, 4, 3, 2), (2, 2, 2), (1, 2, 1), ((0, 0),) * 3, (1, 1, 1)),
            ((1, 5, 3, 2), (2, 1), (3, 2), ((0, 0), (0, 0)), (1, 1)),
            ((0, 4, 4, 2), (2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1)),
        ]
        return [
            (
                rng.normal(size=image),
                {"kernel": kernel, "strides": strides, "padding": padding, "dilation": dilation},
            )
            for image, kernel, strides, padding, dilation in cases
        ]


class MaxPool(Pool):
    """The largest of what the window sees."""

    name = "max_pool"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        return (self.pooled(types_[0], attrs),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,) = cotangents
        assert ct is not None
        (x,), y = node.inputs, node.outputs[0]
        index = MAX_POOL_INDEX(x, y, **node.attrs)
        return (MAX_POOL_GRADIENT(index, ct, **node.attrs, sizes=x.shape[1:-1]),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (_stack(arrays[0], self.window(attrs), -np.inf).max(axis=0),)

    def samples(self) -> Sequence[Sample]:
        ties = np.array([1.0, 2.0, 2.0, 0.0, 0.0, 0.0]).reshape(1, 6, 1)
        attrs = {"kernel": (3,), "strides": (3,), "padding": ((0, 0),), "dilation": (1,)}
        first = np.array([0.0, 1.0, 0.0, 1.0, 0.0, 0.0]).reshape(1, 6, 1)
        return [
            *(Sample((x,), attrs) for x, attrs in self._cases()),
            Sample((ties,), attrs, smooth=False, gradients=(first,)),
            Sample((np.full((1, 6, 1), -np.inf),), attrs, smooth=False),
        ]

    def math(self, node: Node, args: Sequence[str]) -> str:
        return f"max_pool({args[0]}, {sizes_text(node.attrs['kernel'])})"


class MaxPoolIndex(Pool):
    """The place of the first largest element in each window: the number of elements before it.

    Operands: the image, and what `max_pool` makes of it.  In a window that has a NaN no element is
    the largest, and its index is the number of all.
    """

    name = "max_pool_index"
    differentiable = False

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        x, y = types_
        pooled = self.pooled(x, attrs)
        if y != pooled:
            raise ShapeError(f"{y} is given for what is pooled to {pooled}")
        return (TensorType(_index_type(self.window(attrs)), pooled.shape),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (x, y), window = arrays, self.window(attrs)
        parts = _stack(x, window, np.nan)
        index = np.where((parts == y).any(axis=0), (parts == y).argmax(axis=0), len(parts))
        return (index.astype(_index_type(window)),)

    def samples(self) -> Sequence[Sample]:
        cases = [(s.arrays[0], s.attrs) for s in MAX_POOL.samples()]
        broken = cases[0][0].copy()
        broken[0, 1, 1] = np.nan
        pairs = [*cases, (broken, cases[0][1])]
        return [
            Sample((x, *MAX_POOL.reference((x,), attrs)), attrs, smooth=False) for x, attrs in pairs
        ]

    def scratch(self, node: Node) -> Sequence[TensorType]:
        mask = TensorType("bool", node.outputs[0].shape)
        return [mask, mask]

    def scratch_names(self, node: Node) -> Sequence[str]:
        return ("before", "different")

    def math(self, node: Node, args: Sequence[str]) -> str:
        return f"place of the first maximum of {args[0]}"


class MaxPoolGradient(Pool):
    """An image with the cotangent of each output at the place of its window that is given.

    Operands: the places, and the cotangent.  Attributes of nodes: also `sizes`, those of the image.
    """

    name = "max_pool_gradient"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        index, ct = types_
        image = ct.with_shape((ct.shape[0], *attrs["sizes"], ct.shape[-1]))
        pooled = self.pooled(image, attrs)
        if ct != pooled or index.shape != pooled.shape or not types.is_integer(index.dtype):
            raise ShapeError(f"{index} and {ct} are given for what is pooled to {pooled}")
        return (image,)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,), attrs = cotangents, {k: v for k, v in node.attrs.items() if k != "sizes"}
        assert ct is not None
        return None, MAX_POOL_TAKE(node.inputs[0], ct, **attrs)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (index, ct), window = arrays, self.window(attrs)
        places = np.arange(window.positions).reshape(-1, *(1,) * ct.ndim)
        return (_spread((index == places) * ct, window, attrs["sizes"]),)

    def samples(self) -> Sequence[Sample]:
        rng = np.random.default_rng(44)
        result = []
        for x, attrs in self._cases():
            index = MAX_POOL_INDEX.reference((x, *MAX_POOL.reference((x,), attrs)), attrs)
            ct = np.asarray(rng.normal(size=index[0].shape))
            result.append(Sample((*index, ct), {**attrs, "sizes": x.shape[1:-1]}))
        return result

    def image_and_result(self, node: Node) -> tuple[TensorType, TensorType]:
        return node.outputs[0].type, node.inputs[1].type

    def arguments(self, e: Emitter) -> list[str]:
        return [e.shape(e.node.attrs["sizes"]), *super().arguments(e)]

    @property
    def helpers(self) -> tuple[str, ...]:
        """The files in ``templates/numpy/helpers`` that printing may need."""
        return (*super().helpers, f"{self.name}_tiles")

    def scratch(self, node: Node) -> Sequence[TensorType]:
        ct = node.inputs[1].type
        part = [] if self.window(node.attrs).tiles else [ct]
        return [TensorType("bool", ct.shape), *part]

    def scratch_names(self, node: Node) -> Sequence[str]:
        return ("chosen", "part")[: len(self.scratch(node))]

    def planned(self, e: Emitter) -> Sequence[str]:
        (call,) = super().planned(e)
        tiles = self.window(e.node.attrs).tiles
        return [call.replace("_shifts(", "_tiles(", 1) if tiles else call]

    def math(self, node: Node, args: Sequence[str]) -> str:
        return f"{args[1]} at {args[0]}"


class MaxPoolTake(Pool):
    """The element of an image at the place of each window that is given: operands are the places,
    and the image."""

    name = "max_pool_take"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        index, x = types_
        pooled = self.pooled(x, attrs)
        if index.shape != pooled.shape or not types.is_integer(index.dtype):
            raise ShapeError(f"{index} is given for places in what is pooled to {pooled}")
        return (pooled,)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (index, x), (ct,) = node.inputs, cotangents
        assert ct is not None
        return None, MAX_POOL_GRADIENT(index, ct, **node.attrs, sizes=x.shape[1:-1])

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (index, x), window = arrays, self.window(attrs)
        parts = _stack(x, window, 0.0)
        nothing = np.zeros_like(parts[:1])  # where a window has no largest element
        where = index[None].astype("int64")
        return (np.take_along_axis(np.concatenate([parts, nothing]), where, axis=0)[0],)

    def samples(self) -> Sequence[Sample]:
        rng = np.random.default_rng(45)
        result = []
        for x, attrs in self._cases():
            index = MAX_POOL_INDEX.reference((x, *MAX_POOL.reference((x,), attrs)), attrs)
            result.append(Sample((*index, np.asarray(rng.normal(size=x.shape))), attrs))
        return result

    def image_and_result(self, node: Node) -> tuple[TensorType, TensorType]:
        return node.inputs[1].type, node.outputs[0].type

    def scratch(self, node: Node) -> Sequence[TensorType]:
        y = node.outputs[0].type
        return [TensorType("bool", y.shape), y]

    def scratch_names(self, node: Node) -> Sequence[str]:
        return ("chosen", "part")

    def math(self, node: Node, args: Sequence[str]) -> str:
        return f"{args[1]} at {args[0]}"


class SumPool(Pool):
    """The sum of what the window sees."""

    name = "sum_pool"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        return (self.pooled(types_[0], attrs),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (x,), (ct,) = node.inputs, cotangents
        assert ct is not None
        return (SUM_POOL_GRADIENT(ct, **node.attrs, sizes=x.shape[1:-1]),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (_stack(arrays[0], self.window(attrs), 0.0).sum(axis=0),)

    def samples(self) -> Sequence[Sample]:
        return [Sample((x,), attrs) for x, attrs in self._cases()]

    def math(self, node: Node, args: Sequence[str]) -> str:
        return f"sum_pool({args[0]}, {sizes_text(node.attrs['kernel'])})"


class SumPoolGradient(Pool):
    """An image to which each cotangent is added wherever its window was.

    Attributes of nodes: also `sizes`, those of the image.
    """

    name = "sum_pool_gradient"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        (ct,) = types_
        image = ct.with_shape((ct.shape[0], *attrs["sizes"], ct.shape[-1]))
        pooled = self.pooled(image, attrs)
        if ct != pooled:
            raise ShapeError(f"{ct} is given for what is pooled to {pooled}")
        return (image,)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,), attrs = cotangents, {k: v for k, v in node.attrs.items() if k != "sizes"}
        assert ct is not None
        return (SUM_POOL(ct, **attrs),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (ct,), window = arrays, self.window(attrs)
        parts = np.broadcast_to(ct, (window.positions, *ct.shape))
        return (_spread(parts, window, attrs["sizes"]),)

    def samples(self) -> Sequence[Sample]:
        rng, result = np.random.default_rng(46), []
        for x, attrs in self._cases():
            (y,) = SUM_POOL.reference((x,), attrs)
            case = {**attrs, "sizes": x.shape[1:-1]}
            result.append(Sample((np.asarray(rng.normal(size=y.shape)),), case))
        return result

    def image_and_result(self, node: Node) -> tuple[TensorType, TensorType]:
        return node.outputs[0].type, node.inputs[0].type

    def arguments(self, e: Emitter) -> list[str]:
        return [e.shape(e.node.attrs["sizes"]), *super().arguments(e)]

    def math(self, node: Node, args: Sequence[str]) -> str:
        return f"sum_pool^T({args[0]}, {sizes_text(node.attrs['kernel'])})"


def _index_type(window: Window) -> str:
    return "uint8" if window.positions < 256 else "int32"


def sizes_text(kernel: Sequence[int]) -> str:
    """A kernel as a formula shows it: ``2x2``."""
    return "x".join(map(str, kernel))


MAX_POOL = register(MaxPool())
MAX_POOL_INDEX = register(MaxPoolIndex())
MAX_POOL_GRADIENT = register(MaxPoolGradient())
MAX_POOL_TAKE = register(MaxPoolTake())
SUM_POOL = register(SumPool())
SUM_POOL_GRADIENT = register(SumPoolGradient())


def apply_max_pool(x: Tensor, window: Window) -> Tensor:
    """`max_pool` by a window; see the class for what is raised."""
    return make(MAX_POOL, (x,), {"kernel": window.kernel, **window.attrs}).outputs[0]


def apply_sum_pool(x: Tensor, window: Window) -> Tensor:
    """`sum_pool` by a window; see the class for what is raised."""
    return make(SUM_POOL, (x,), {"kernel": window.kernel, **window.attrs}).outputs[0]
