"""Ops that networks are made of: softmax, dropout, random draws, gradients stopped or replaced."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import DifferentiationError, GraphError, ShapeError, TypeMismatchError
from graphc.ir import dims, types
from graphc.ir import origin as origins
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Stream, Tensor, Variable, builders, make
from graphc.ir.types import TensorType
from graphc.ops import reduce
from graphc.ops.base import Array, Emitter, Op, Sample, register
from graphc.ops.catalogue import APPLY_MASK, exp, log
from graphc.ops.elementwise import cast
from graphc.ops.leaf import RANDOM_NORMAL, RANDOM_UNIFORM, constant, like


def shifted(x: Tensor, axis: int) -> tuple[Tensor, Tensor, Tensor]:
    """``x - max``, its exponential and the sum of that: what the softmax family shares."""
    top = reduce.max(x, axis=axis, keepdims=True)
    centred = x - top
    powers = exp(centred)
    return centred, powers, reduce.sum(powers, axis=axis, keepdims=True)


class Softmax(Op):
    """``exp(x) / sum(exp(x))`` along an axis, computed on ``x - max(x)``."""

    name = "softmax"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        types.normal_axis(attrs["axis"], types_[0].rank)
        if not types.is_float(types_[0].dtype):
            raise TypeMismatchError(f"a floating type is expected, not {types_[0].dtype}")
        return (types_[0],)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,), y = cotangents, node.outputs[0]
        assert ct is not None
        return (y * (ct - reduce.sum(ct * y, axis=node.attrs["axis"], keepdims=True)),)

    def lower(self, node: Node) -> Sequence[Tensor] | None:
        _, powers, total = shifted(node.inputs[0], node.attrs["axis"])
        return (powers / total,)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (x,), axis = arrays, attrs["axis"]
        if x.size == 0:
            return (x.copy(),)
        powers = np.exp(x - x.max(axis=axis, keepdims=True))
        return (powers / powers.sum(axis=axis, keepdims=True),)

    def samples(self) -> Sequence[Sample]:
        rng = np.random.default_rng(2)
        x = rng.normal(size=(3, 4))
        return [
            Sample((x,), {"axis": 1}),
            Sample((x[:, ::2],), {"axis": 0}),
            Sample((x * 0 + 1000.0,), {"axis": 1}),
            Sample((np.array([[-800.0, 0.0, 30.0]]),), {"axis": 1}),
            Sample((x[:0],), {"axis": 1}),
            Sample((rng.normal(size=(2, 1, 3)),), {"axis": 1}),
        ]

    def flops(self, node: Node) -> DimLike:
        return 5 * node.outputs[0].size


class LogSoftmax(Softmax):
    """``log(softmax(x))`` along an axis, computed on ``x - max(x)``."""

    name = "log_softmax"

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,), axis = cotangents, node.attrs["axis"]
        assert ct is not None
        total = reduce.sum(ct, axis=axis, keepdims=True)
        return (ct - softmax(node.inputs[0], axis) * total,)

    def lower(self, node: Node) -> Sequence[Tensor] | None:
        centred, _, total = shifted(node.inputs[0], node.attrs["axis"])
        return (centred - log(total),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (x,), axis = arrays, attrs["axis"]
        if x.size == 0:
            return (x.copy(),)
        centred = x - x.max(axis=axis, keepdims=True)
        return (centred - np.log(np.exp(centred).sum(axis=axis, keepdims=True)),)


SOFTMAX = register(Softmax())
LOG_SOFTMAX = register(LogSoftmax())


def softmax(x: Any, axis: int = -1) -> Tensor:
    """Positive numbers that sum to 1 along `axis`, in the shape of `x`."""
    x = constant(x)
    return make(SOFTMAX, (x,), {"axis": types.normal_axis(axis, x.ndim)}).outputs[0]


def log_softmax(x: Any, axis: int = -1) -> Tensor:
    """The logarithm of `softmax`, without overflow or underflow."""
    x = constant(x)
    return make(LOG_SOFTMAX, (x,), {"axis": types.normal_axis(axis, x.ndim)}).outputs[0]


class SumOfSquares(Op):
    """The sum of the squares of all elements of all operands: a squared global norm."""

    name = "sum_of_squares"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        if not types_ or len({t.dtype for t in types_}) != 1:
            raise TypeMismatchError("operands of one floating type are expected")
        return (TensorType(types_[0].dtype, ()),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,) = cotangents
        assert ct is not None
        return [ct * (2 * x) for x in node.inputs]

    def lower(self, node: Node) -> Sequence[Tensor] | None:
        if len(node.inputs) == 1 and node.inputs[0].ndim == 1:
            return None  # a flat vector: one inner product
        if len(node.inputs) == 1:
            flat = builders["reshape"](node.inputs[0], (node.inputs[0].size,))
            return (self(flat),)
        total = self(node.inputs[0])
        for x in node.inputs[1:]:
            total = total + self(x)
        return (total,)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (np.asarray(sum((a * a).sum() for a in arrays), arrays[0].dtype),)

    def samples(self) -> Sequence[Sample]:
        rng = np.random.default_rng(4)
        return [
            Sample((rng.normal(size=(3, 4)), rng.normal(size=(2,)))),
            Sample((rng.normal(size=(5,)),)),
            Sample((np.zeros((0, 2)),)),
        ]

    def plain(self, e: Emitter) -> str:
        return f"np.dot({e.args[0]}, {e.args[0]})"

    def planned(self, e: Emitter) -> Sequence[str]:
        return [f"np.dot({e.args[0]}, {e.args[0]}, out={e.out})"]

    def flops(self, node: Node) -> DimLike:
        return 2 * sum_sizes(node.inputs)

    def math(self, node: Node, args: Sequence[str]) -> str:
        return f"sum of squares of {', '.join(args)}"


def sum_sizes(tensors: Sequence[Tensor]) -> DimLike:
    """The number of elements of several tensors together."""
    total: DimLike = 0
    for tensor in tensors:
        total = total + tensor.size
    return total


SUM_OF_SQUARES = register(SumOfSquares())


def sum_of_squares(tensors: Sequence[Tensor]) -> Tensor:
    """The sum of the squares of all elements of several tensors, as a scalar."""
    return make(SUM_OF_SQUARES, tuple(tensors)).outputs[0]


def uniform(shape: Any, low: float = 0.0, high: float = 1.0, dtype: Any = None) -> Tensor:
    """Numbers drawn uniformly from [low, high), anew at each call, from a stream of their own."""
    draw = _draw(RANDOM_UNIFORM, "uniform", shape, dtype)
    draw = draw if high - low == 1.0 else draw * (high - low)
    return draw if low == 0.0 else draw + low


def normal(shape: Any, mean: float = 0.0, std: float = 1.0, dtype: Any = None) -> Tensor:
    """Normally distributed numbers, anew at each call, from a stream of their own."""
    draw = _draw(RANDOM_NORMAL, "normal", shape, dtype)
    draw = draw if std == 1.0 else draw * std
    return draw if mean == 0.0 else draw + mean


def bernoulli(p: float, shape: Any, dtype: Any = None) -> Tensor:
    """1 with probability `p`, else 0, anew at each call, from a stream of their own."""
    if not 0 <= p <= 1:
        raise GraphError(f"a probability lies between 0 and 1, not {p}")
    return cast(_draw(RANDOM_UNIFORM, "bernoulli", shape, "float32") < p, dtype)


def _draw(op: Op, kind: str, shape: Any, dtype: Any, stream: Stream | None = None) -> Tensor:
    if stream is None:
        stream = Stream(".".join(origins.current_scope()) or kind)
    attrs = {"shape": dims.shape(shape), "dtype": types.dtype_name(dtype), "stream": stream}
    return make(op, (), attrs).outputs[0]


class Dropout(Op):
    """In training each element is zeroed with probability `rate` and the rest is scaled by
    ``1 / (1 - rate)``; elsewhere the identity (N. Srivastava et al., 2014, the inverted form)."""

    name = "dropout"
    random = True

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        if not types.is_float(types_[0].dtype):
            raise TypeMismatchError(f"a floating type is expected, not {types_[0].dtype}")
        return (types_[0],)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,) = cotangents
        assert ct is not None
        return (make(self, (ct,), node.attrs).outputs[0],)  # the same stream: the same mask

    def specialise(
        self, inputs: Sequence[Tensor], attrs: Mapping[str, Any], training: bool
    ) -> Tensor | None:
        return None if training else inputs[0]

    def lower(self, node: Node) -> Sequence[Tensor] | None:
        x, rate = node.inputs[0], node.attrs["rate"]
        draw = _draw(RANDOM_UNIFORM, "", x.shape, "float32", node.attrs["stream"])
        return (APPLY_MASK(x * like(1 / (1 - rate), x), draw >= rate),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (arrays[0],)

    def samples(self) -> Sequence[Sample]:
        attrs = {"rate": 0.5, "stream": Stream("sample")}
        return [Sample((np.ones((3, 4)),), attrs), Sample((np.ones((0, 4)),), attrs)]


DROPOUT = register(Dropout())


def dropout(x: Any, rate: float) -> Tensor:
    """Zero each element with probability `rate` while training and scale the rest by
    ``1 / (1 - rate)``; the identity in functions that only infer.

    Raises:
        GraphError: for a rate outside [0, 1).
    """
    if not 0 <= rate < 1:
        raise GraphError(f"a dropout rate lies in [0, 1), not {rate}")
    tensor = constant(x)
    if rate == 0:
        return tensor
    stream = Stream(".".join(origins.current_scope()) or "dropout")
    return make(DROPOUT, (tensor,), {"rate": float(rate), "stream": stream}).outputs[0]


class StopGradient(Op):
    """The identity, through which no derivative passes."""

    name = "stop_gradient"
    differentiable = False

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        return (types_[0],)

    def lower(self, node: Node) -> Sequence[Tensor] | None:
        return node.inputs[:1]

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (arrays[0],)

    def samples(self) -> Sequence[Sample]:
        return [Sample((np.ones((2, 3)),), smooth=False)]


class CustomGradient(Op):
    """A computed tensor with a derivative given by the user; operands are the tensor, then what the
    derivative is taken by."""

    name = "custom_gradient"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        return (types_[0],)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,), inputs = cotangents, node.inputs[1:]
        result = node.attrs["backward"].function(ct)
        parts = list(result) if isinstance(result, (tuple, list)) else [result]
        if len(parts) != len(inputs):
            raise DifferentiationError(
                f"the backward function at {node.origin} gives {len(parts)} cotangents for "
                f"{len(inputs)} inputs"
            )
        for part, x in zip(parts, inputs, strict=True):
            if part is not None and part.shape != x.shape:
                raise ShapeError(
                    f"the backward function at {node.origin} gives {part.type} for an input of {x.type}"
                )
        return [None, *parts]

    def lower(self, node: Node) -> Sequence[Tensor] | None:
        return node.inputs[:1]

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (arrays[0],)

    def samples(self) -> Sequence[Sample]:
        x = np.array([1.0, -2.0])
        attrs = {"backward": Backward(lambda ct: 3.0 * ct)}
        return [Sample((x, x), attrs, smooth=False, gradients=(None, np.array([3.0, 3.0])))]


class Backward(Variable):
    """A user's backward function as an attribute of a node."""

    def __init__(self, function: Callable[[Tensor], Any]) -> None:
        super().__init__("backward")
        self.function = function


STOP_GRADIENT = register(StopGradient())
CUSTOM_GRADIENT = register(CustomGradient())


def stop_gradient(x: Any) -> Tensor:
    """The same values, held constant by differentiation."""
    return make(STOP_GRADIENT, (constant(x),)).outputs[0]


def custom_gradient(
    function: Callable[..., tuple[Tensor, Callable[[Tensor], Any]]],
) -> Callable[..., Tensor]:
    """Give a function its own derivative.

    The function returns its result and ``backward(ct)``, which returns the cotangent of each
    argument (None where it is zero):

        @gx.custom_gradient
        def straight_through(x):
            return gx.sign(x), lambda ct: ct

    Raises:
        GraphError: when the function does not return such a pair.
    """

    def wrapped(*arguments: Any) -> Tensor:
        inputs = [constant(a) for a in arguments]
        pair = function(*inputs)
        if not (isinstance(pair, tuple) and len(pair) == 2 and callable(pair[1])):
            raise GraphError(
                f"custom_gradient: {function.__name__} must return (result, backward function)"
            )
        attrs = {"backward": Backward(pair[1])}
        return make(CUSTOM_GRADIENT, (constant(pair[0]), *inputs), attrs).outputs[0]

    wrapped.__name__ = function.__name__
    wrapped.__doc__ = function.__doc__
    return wrapped


builders.update(softmax=softmax, log_softmax=log_softmax)
