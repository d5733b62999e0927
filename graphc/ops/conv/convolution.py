"""Convolution and its two transposes, over one spatial axis or several.

As everywhere in deep learning this is the cross-correlation: the kernel is not reversed.  Images are
``(N, *spatial, C)``, weights ``(*kernel, C / groups, O)``.  The three ops are linear in each operand,
and each is what another is differentiated into, so derivatives of every order are among them:

    y = conv(x, w)        dx = conv_input_gradient(dy, w)        dw = conv_weight_gradient(x, dy)

The attribute `algorithm` of a node says how it is computed ("": not chosen yet); what there is to
choose from is in :mod:`graphc.ops.conv.algorithms`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import ShapeError, TypeMismatchError
from graphc.ir import types
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor, make
from graphc.ir.types import TensorType
from graphc.ops.base import Array, Emitter, Op, Sample, register
from graphc.ops.conv import fourier as _fourier  # noqa: F401  they add to the algorithms
from graphc.ops.conv import toeplitz as _toeplitz  # noqa: F401
from graphc.ops.conv import winograd as _winograd  # noqa: F401
from graphc.ops.conv import winograd_columns as _winograd_columns  # noqa: F401
from graphc.ops.conv.algorithms import Algorithm, algorithm_of, geometry
from graphc.ops.conv.geometry import Window


class Convolution(Op):
    """What the three ops share: they differ in which of image, weights and result they are given."""

    plain_helper = ""

    def window(self, node: Node) -> Window:
        """The window that slides over the image."""
        return geometry(node).window

    def algorithm(self, node: Node) -> Algorithm:
        """How a node is computed."""
        return algorithm_of(node)

    def lower(self, node: Node) -> Sequence[Tensor] | None:
        result = self.algorithm(node).lower(node)
        return None if result is None else (result,)

    def scratch(self, node: Node) -> Sequence[TensorType]:
        return [type_ for _, type_ in self.algorithm(node).buffers(node)]

    def scratch_names(self, node: Node) -> Sequence[str]:
        return [name for name, _ in self.algorithm(node).buffers(node)]

    def prepared(self, e: Emitter) -> Sequence[tuple[str, str]]:
        return self.algorithm(e.node).prepared(e)

    def planned(self, e: Emitter) -> Sequence[str]:
        return [self.algorithm(e.node).call(e)]

    def flops(self, node: Node) -> DimLike:
        return geometry(node).flops

    @property
    def helpers(self) -> tuple[str, ...]:
        """The files in ``templates/numpy/helpers`` that printing may need."""
        from graphc.ops.conv.algorithms import helper_names

        return (self.plain_helper, *helper_names(self.name))

    def _steps(self, node: Node) -> list[str]:
        """The steps and groups that are not 1, as arguments."""
        return geometry(node).step_arguments(groups=True)

    def _samples(self) -> list[tuple[Array, Array, dict[str, Any]]]:
        """Images, weights and attributes."""
        rng = np.random.default_rng(41)
        cases: list[tuple[tuple[int, ...], tuple[int, ...], Any, Any, Any, int]] = [
            ((2, 4, 5, 2), (3, 2, 2, 3), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
            ((2, 4, 4, 2), (3, 3, 2, 2), (1, 1), ((1, 1), (1, 1)), (1, 1), 1),
            ((1, 5, 6, 4), (2, 3, 2, 4), (2, 1), ((1, 0), (2, 1)), (1, 2), 2),
            ((2, 3, 3, 2), (1, 1, 2, 3), (1, 1), ((0, 0), (0, 0)), (1, 1), 1),
            ((1, 4, 5, 2), (1, 1, 2, 2), (2, 2), ((0, 0), (0, 0)), (1, 1), 1),
            ((2, 4, 4, 3), (3, 3, 1, 3), (1, 1), ((1, 1), (1, 1)), (1, 1), 3),
            ((1, 5, 4, 2), (2, 3, 1, 4), (2, 1), ((0, 1), (1, 1)), (1, 1), 2),
            ((2, 7, 2), (3, 2, 3), (2,), ((1, 1),), (2,), 1),
            ((1, 3, 4, 3, 1), (2, 2, 2, 1, 2), (1, 2, 1), ((0, 1), (0, 0), (1, 0)), (1, 1, 1), 1),
            ((1, 3, 3, 1), (3, 3, 1, 1), (3, 3), ((3, 3), (3, 3)), (1, 1), 1),
            ((0, 4, 4, 2), (3, 3, 2, 2), (1, 1), ((1, 1), (1, 1)), (1, 1), 1),
        ]
        return [
            (
                rng.normal(size=image),
                rng.normal(size=weights),
                {
                    "strides": strides,
                    "padding": padding,
                    "dilation": dilation,
                    "groups": groups,
                    "algorithm": "",
                },
            )
            for image, weights, strides, padding, dilation, groups in cases
        ]


def check_images(a: TensorType, b: TensorType, what: str) -> None:
    """Refuse operands of two ranks or types, and what has no spatial axis."""
    if a.rank < 3 or a.rank != b.rank:
        raise ShapeError(f"{what} have as many axes, 3 at least; not {a.rank} and {b.rank}")
    if a.dtype != b.dtype or not types.is_float(a.dtype):
        raise TypeMismatchError(f"{what} have one floating type, not {a.dtype} and {b.dtype}")


def check_channels(channels: DimLike, weights: TensorType, groups: int) -> None:
    """Refuse channels and groups that don't fit the weights."""
    inner, filters = weights.shape[-2:]
    if not all(isinstance(size, int) for size in (channels, inner, filters)):
        raise ShapeError(
            f"numbers of channels and filters are known sizes, not {channels}, {inner}, {filters}"
        )
    assert isinstance(inner, int) and isinstance(filters, int)
    if channels != inner * groups:
        each = f" in each of {groups} groups" if groups > 1 else ""
        raise ShapeError(f"the image has {channels} channels and the weights take {inner}{each}")
    if filters % groups:
        raise ShapeError(f"{groups} groups don't divide {filters} filters")


def result_of(operand: TensorType, attrs: Mapping[str, Any]) -> TensorType:
    """The type of an operand in the element type of the result: float32, where an attribute
    `precision` says that the operands are halves."""
    return operand.with_dtype("float32") if "precision" in attrs else operand


def slides(x: Array, window: Window) -> Iterator[tuple[tuple[int, ...], Array]]:
    """For each position in the kernel, a view of the elements of a padded image that it meets."""
    rows = zip(x.shape[1:-1], window.reach, window.strides, strict=True)
    counts = [(size - reach) // stride + 1 for size, reach, stride in rows]
    for position in np.ndindex(*window.kernel):
        steps = zip(position, window.dilation, counts, window.strides, strict=True)
        where = [slice(k * d, k * d + s * (n - 1) + 1, s) for k, d, n, s in steps]
        yield position, x[(slice(None), *where)]


def grouped(x: Array, groups: int) -> Array:
    """The last axis as groups by what is in each."""
    return x.reshape(*x.shape[:-1], groups, x.shape[-1] // groups)


def _padded(x: Array, window: Window) -> Array:
    return np.pad(x, ((0, 0), *window.padding, (0, 0)))


class Conv(Convolution):
    """``y[n, i, o] = sum over k, c of x[n, i s + k d - low, c] w[k, c, o]``."""

    name = "conv"
    plain_helper = "conv"
    requires_contiguous = (1,)

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        x, w = types_
        check_images(x, w, "image and weights")
        check_channels(x.shape[-1], w, attrs["groups"])
        window = Window.of(w.shape[:-2], attrs)
        shape = x.shape[0], *window.output_sizes(x.shape[1:-1]), w.shape[-1]
        return (result_of(x, attrs).with_shape(shape),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (x, w), (ct,) = node.inputs, cotangents
        assert ct is not None
        attrs = {**node.attrs, "algorithm": ""}
        return (
            CONV_INPUT_GRADIENT(ct, w, **attrs, sizes=x.shape[1:-1]),
            CONV_WEIGHT_GRADIENT(x, ct, **attrs, kernel=w.shape[:-2]),
        )

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (x, w), groups = arrays, attrs["groups"]
        window = Window.of(w.shape[:-2], attrs)
        out = np.zeros((len(x), *window.output_sizes(x.shape[1:-1]), groups, w.shape[-1] // groups))
        for position, part in slides(_padded(x, window), window):
            out += np.einsum(
                "...gc,cgo->...go", grouped(part, groups), grouped(w[position], groups)
            )
        return (out.reshape(*out.shape[:-2], w.shape[-1]).astype(x.dtype),)

    def samples(self) -> Sequence[Sample]:
        return [Sample((x, w), attrs) for x, w, attrs in self._samples()]

    def plain(self, e: Emitter) -> str:
        arguments = [*e.args, geometry(e.node).padding_argument(), *self._steps(e.node)]
        return f"_conv({', '.join(arguments)})"

    def math(self, node: Node, args: Sequence[str]) -> str:
        return f"conv({args[0]}, {args[1]})"


class ConvInputGradient(Convolution):
    """What `conv` passes back to its image: each output hands every input that it saw its share.

    Attributes of nodes besides those of `conv`: `sizes`, the spatial sizes of the image.
    """

    name = "conv_input_gradient"
    plain_helper = "conv_input_gradient"
    requires_contiguous = (0, 1)

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        g, w = types_
        check_images(g, w, "cotangent and weights")
        window, inner = Window.of(w.shape[:-2], attrs), w.shape[-2]
        channels = inner * attrs["groups"]
        check_channels(channels, w, attrs["groups"])
        if g.shape[-1] != w.shape[-1]:
            raise ShapeError(f"{g.shape[-1]} channels of the one and {w.shape[-1]} of the other")
        expected = window.output_sizes(attrs["sizes"])
        if g.shape[1:-1] != expected:
            raise ShapeError(f"spatial sizes {g.shape[1:-1]} where the image gives {expected}")
        return (result_of(g, attrs).with_shape((g.shape[0], *attrs["sizes"], channels)),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (g, w), (ct,) = node.inputs, cotangents
        assert ct is not None
        attrs = {k: v for k, v in node.attrs.items() if k != "sizes"} | {"algorithm": ""}
        return (
            CONV(ct, w, **attrs),
            CONV_WEIGHT_GRADIENT(ct, g, **attrs, kernel=w.shape[:-2]),
        )

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (g, w), groups = arrays, attrs["groups"]
        window = Window.of(w.shape[:-2], attrs)
        channels = w.shape[-2] * groups
        padded = np.zeros((len(g), *window.padded_sizes(attrs["sizes"]), channels))
        for position, part in slides(padded, window):
            kernel = grouped(w[position], groups)
            part += np.einsum("...go,cgo->...gc", grouped(g, groups), kernel).reshape(part.shape)
        inside = [slice(low, low + n) for low, n in zip(window.low, attrs["sizes"], strict=True)]
        return (padded[(slice(None), *inside)].astype(g.dtype),)

    def samples(self) -> Sequence[Sample]:
        result = []
        for x, w, attrs in self._samples():
            (g,) = CONV.reference((x, w), attrs)
            result.append(Sample((g, w), {**attrs, "sizes": x.shape[1:-1]}))
        return result

    def plain(self, e: Emitter) -> str:
        g = geometry(e.node)
        sizes = e.shape(e.node.attrs["sizes"])
        arguments = [*e.args, sizes, g.padding_argument(), *self._steps(e.node)]
        return f"_conv_input_gradient({', '.join(arguments)})"

    def math(self, node: Node, args: Sequence[str]) -> str:
        return f"conv^T({args[0]}, {args[1]})"


class ConvWeightGradient(Convolution):
    """What `conv` passes back to its weights: for each element of the kernel, the products of what
    it saw with what came back, summed over all outputs.

    Attributes of nodes besides those of `conv`: `kernel`, the spatial sizes of the weights.
    """

    name = "conv_weight_gradient"
    plain_helper = "conv_weight_gradient"
    requires_contiguous = (1,)

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        x, g = types_
        check_images(x, g, "image and cotangent")
        groups, channels = attrs["groups"], x.shape[-1]
        window = Window.of(attrs["kernel"], attrs)
        if not isinstance(channels, int) or channels % groups:
            raise ShapeError(f"{groups} groups don't divide {channels} channels")
        result = x.with_shape((*window.kernel, channels // groups, g.shape[-1]))
        check_channels(channels, result, groups)
        expected = (x.shape[0], *window.output_sizes(x.shape[1:-1]))
        if g.shape[:-1] != expected:
            raise ShapeError(f"sizes {g.shape[:-1]} where the image gives {expected}")
        return (result_of(result, attrs),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (x, g), (ct,) = node.inputs, cotangents
        assert ct is not None
        attrs = {k: v for k, v in node.attrs.items() if k != "kernel"} | {"algorithm": ""}
        return (
            CONV_INPUT_GRADIENT(g, ct, **attrs, sizes=x.shape[1:-1]),
            CONV(x, ct, **attrs),
        )

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (x, g), groups = arrays, attrs["groups"]
        window = Window.of(attrs["kernel"], attrs)
        shape = (x.shape[-1] // groups, g.shape[-1])
        out = np.zeros((*window.kernel, *shape))
        for position, part in slides(_padded(x, window), window):
            pair = [
                a.reshape(-1, *a.shape[-2:]) for a in (grouped(part, groups), grouped(g, groups))
            ]
            out[position] = np.einsum("mgc,mgo->cgo", *pair).reshape(shape)
        return (out.astype(x.dtype),)

    def samples(self) -> Sequence[Sample]:
        result = []
        for x, w, attrs in self._samples():
            (g,) = CONV.reference((x, w), attrs)
            result.append(Sample((x, g), {**attrs, "kernel": w.shape[:-2]}))
        return result

    def plain(self, e: Emitter) -> str:
        g = geometry(e.node)
        kernel = e.shape(g.window.kernel)
        arguments = [*e.args, kernel, g.padding_argument(), *self._steps(e.node)]
        return f"_conv_weight_gradient({', '.join(arguments)})"

    def math(self, node: Node, args: Sequence[str]) -> str:
        return f"patches({args[0]})^T {args[1]}"


CONV = register(Conv())
CONV_INPUT_GRADIENT = register(ConvInputGradient())
CONV_WEIGHT_GRADIENT = register(ConvWeightGradient())


def apply_conv(x: Tensor, w: Tensor, window: Window, groups: int, algorithm: str = "") -> Tensor:
    """`conv` by a window; see the class for what is raised."""
    attrs = {**window.attrs, "groups": groups, "algorithm": algorithm}
    return make(CONV, (x, w), attrs).outputs[0]


def apply_transpose(
    g: Tensor, w: Tensor, window: Window, groups: int, sizes: Sequence[DimLike], algorithm: str = ""
) -> Tensor:
    """`conv_input_gradient` by a window, for an image of these spatial sizes."""
    attrs = {**window.attrs, "groups": groups, "algorithm": algorithm, "sizes": tuple(sizes)}
    return make(CONV_INPUT_GRADIENT, (g, w), attrs).outputs[0]
