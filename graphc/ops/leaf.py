"""What a graph starts from: inputs, states, constants, dimensions, counting, random draws."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import GraphError, ShapeError, TypeMismatchError
from graphc.ir import dims, types
from graphc.ir.dims import DimLike
from graphc.ir.node import Literal, Node, State, Stream, Tensor, Variable, builders, make
from graphc.ir.types import TensorType
from graphc.ops.base import ATOM, PRODUCT, SUM, UNARY, Array, Emitter, Op, Sample, register


class Input(Op):
    """An argument of a function."""

    name = "input"
    differentiable = False

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        return (attrs["variable"].type,)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        raise GraphError(f"input '{attrs['variable']}' was given no value")

    def samples(self) -> Sequence[Sample]:
        return ()

    def plain(self, e: Emitter) -> str:
        return e.args[0]

    planned = plain


class StateOp(Op):
    """The value of a state before the function changes it."""

    name = "state"
    differentiable = False

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        return (attrs["state"].type,)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        raise GraphError(f"state '{attrs['state']}' was given no value")

    def samples(self) -> Sequence[Sample]:
        return ()

    def plain(self, e: Emitter) -> str:
        return e.args[0]

    planned = plain


class Constant(Op):
    """A fixed array, or a number."""

    name = "constant"
    differentiable = False

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        array = attrs["value"].array
        return (TensorType(types.dtype_name(array.dtype), array.shape),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (attrs["value"].array,)

    def samples(self) -> Sequence[Sample]:
        values = (np.float32(-0.0), np.int64(3), np.array([[1.5, np.inf]]), np.array(True))
        return [Sample((), {"value": Literal(np.asarray(value))}) for value in values]

    def plain(self, e: Emitter) -> str | tuple[str, int]:
        text = e.literal(e.node.attrs["value"].array)
        return text, UNARY if text.startswith("-") else ATOM

    def planned(self, e: Emitter) -> Sequence[str]:
        return [f"np.copyto({e.out}, {e.literal(e.node.attrs['value'].array)})"]

    def math(self, node: Node, args: Sequence[str]) -> str | tuple[str, int]:
        array = node.attrs["value"].array
        if array.ndim:
            return f"constant{array.shape}"
        value = array.item()
        text = str(int(value)) if math.isfinite(value) and value == int(value) else f"{value:.6g}"
        return text, UNARY if text.startswith("-") else ATOM


class Dimension(Op):
    """The size of a symbolic dimension, as a number."""

    name = "dimension"
    differentiable = False

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        return (TensorType(attrs["dtype"], ()),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (np.asarray(dims.evaluate(attrs["dim"], {}), attrs["dtype"]),)

    def samples(self) -> Sequence[Sample]:
        return [Sample((), {"dim": 12, "dtype": "float32"})]

    def plain(self, e: Emitter) -> str | tuple[str, int]:
        value = e.node.attrs["dim"]
        text = e.dim(value)
        called = text.startswith(("max(", "min(")) and text.index(")") == len(text) - 1
        simple = called or text.replace(".", "_").isidentifier() or isinstance(value, int)
        return text, ATOM if simple else SUM

    def planned(self, e: Emitter) -> Sequence[str]:
        return [f"np.copyto({e.out}, {e.dim(e.node.attrs['dim'])})"]

    def math(self, node: Node, args: Sequence[str]) -> str | tuple[str, int]:
        text = str(node.attrs["dim"])
        return text, ATOM if text.isidentifier() else (PRODUCT if "+" not in text else SUM)


class Iota(Op):
    """Counts 0, 1, 2, ... along one axis of a shape."""

    name = "iota"
    differentiable = False

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        types.normal_axis(attrs["axis"], len(attrs["shape"]))
        return (TensorType(attrs["dtype"], attrs["shape"]),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        shape, axis = attrs["shape"], attrs["axis"]
        line = np.arange(shape[axis], dtype=attrs["dtype"])
        return (np.broadcast_to(line.reshape([-1] + [1] * (len(shape) - axis - 1)), shape).copy(),)

    def samples(self) -> Sequence[Sample]:
        return [
            Sample((), {"shape": (5,), "axis": 0, "dtype": "int64"}),
            Sample((), {"shape": (2, 3), "axis": 0, "dtype": "float32"}),
            Sample((), {"shape": (2, 0), "axis": 1, "dtype": "int32"}),
        ]

    def plain(self, e: Emitter) -> str:
        shape, axis = e.node.attrs["shape"], e.node.attrs["axis"]
        line = f"np.arange({e.dim(shape[axis])}, dtype=np.{e.node.attrs['dtype']})"
        if len(shape) == 1:
            return line
        tail = len(shape) - axis - 1
        if tail:
            line = f"{line}.reshape({e.shape([shape[axis]] + [1] * tail)})"
        return f"np.broadcast_to({line}, {e.shape(shape)})"

    def planned(self, e: Emitter) -> Sequence[str]:
        return [f"np.copyto({e.out}, {self.plain(e)})"]


class Random(Op):
    """A draw from a stream of its own: uniform on [0, 1), or standard normal."""

    differentiable = False
    random = True

    def __init__(self, name: str, method: str) -> None:
        self.name = name
        self.method = method

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        if attrs["dtype"] not in ("float32", "float64"):
            raise TypeMismatchError(f"random numbers are float32 or float64, not {attrs['dtype']}")
        return (TensorType(attrs["dtype"], attrs["shape"]),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        draw = getattr(np.random.Generator(np.random.SFC64(0)), self.method)
        return (draw(attrs["shape"], dtype=attrs["dtype"]),)

    def samples(self) -> Sequence[Sample]:
        stream = Stream("sample")
        return [
            Sample((), {"shape": shape, "dtype": dtype, "stream": stream})
            for shape in ((3, 4), (0,), ())
            for dtype in ("float32", "float64")
        ]

    def plain(self, e: Emitter) -> str:
        shape, dtype = e.shape(e.node.attrs["shape"]), e.node.attrs["dtype"]
        return f"{e.rng}.{self.method}({shape}, dtype=np.{dtype})"

    def planned(self, e: Emitter) -> Sequence[str]:
        dtype = e.node.attrs["dtype"]
        return [f"{e.rng}.{self.method}(out={e.out}, dtype=np.{dtype})"]

    def flops(self, node: Node) -> DimLike:
        return node.outputs[0].size

    def math(self, node: Node, args: Sequence[str]) -> str:
        return "random" if self.name == "random_uniform" else "gauss"


INPUT = register(Input())
STATE = register(StateOp())
CONSTANT = register(Constant())
DIMENSION = register(Dimension())
IOTA = register(Iota())
RANDOM_UNIFORM = register(Random("random_uniform", "random"))
RANDOM_NORMAL = register(Random("random_normal", "standard_normal"))


def input(name: str, shape: Any, dtype: Any = None) -> Tensor:
    """Declare an argument.

    Args:
        name: what functions, errors and emitted code call it.
        shape: ints and names of symbolic dimensions, as ``("N", 64)``.
        dtype: the element type; by default float32, or that of `default_dtype`.
    """
    if not isinstance(name, str) or not name:
        raise GraphError(f"an input's name is a text, not {name!r}")
    type_ = TensorType(types.dtype_name(dtype), dims.shape(shape))
    for size in type_.shape:
        if isinstance(size, dims.Dim) and size != dims.symbol(size.symbols[0]):
            raise ShapeError(f"input '{name}': a size is a number or one name, not {size}")
    return make(INPUT, (), {"variable": Variable(name, type_)}).outputs[0].named(name)


def constant(value: Any, dtype: Any = None) -> Tensor:
    """A fixed array or number.

    Python floats and lists of them become float32, or what `default_dtype` says, unless `dtype` is
    given; NumPy arrays keep their type.
    """
    if isinstance(value, Tensor):
        return value
    array = np.asarray(value, None if dtype is None else types.dtype_name(dtype))
    if dtype is None and not isinstance(value, (np.ndarray, np.generic)) and array.dtype == float:
        array = array.astype(types.dtype_name(None))
    types.dtype_name(array.dtype)
    return make(CONSTANT, (), {"value": Literal(array)}).outputs[0]


def state_tensor(state: State) -> Tensor:
    """The tensor that reads a state."""
    return make(STATE, (), {"state": state}).outputs[0].named(state.name)


def dimension(value: DimLike | str, dtype: Any = "int64") -> Tensor:
    """A dimension's size as a number to compute with, such as ``1 / gx.dimension("N")``."""
    size, name = dims.dim(value), types.dtype_name(dtype)
    if isinstance(size, int):
        return constant(size, name)
    return make(DIMENSION, (), {"dim": size, "dtype": name}).outputs[0]


def iota(shape: Any, axis: int = 0, dtype: Any = "int64") -> Tensor:
    """0, 1, 2, ... along `axis` of an array of that shape."""
    size = dims.shape(shape)
    attrs = {
        "shape": size,
        "axis": types.normal_axis(axis, len(size)),
        "dtype": types.dtype_name(dtype),
    }
    return make(IOTA, (), attrs).outputs[0]


def value_of(tensor: Tensor) -> Array | None:
    """The array of a constant tensor, else None."""
    literal = tensor.node.attrs.get("value")
    return literal.array if isinstance(literal, Literal) else None


def scalar_of(tensor: Tensor) -> float | int | bool | None:
    """The number that every element of a tensor is known to be, else None.

    Sees through broadcasts, reshapes and casts to a floating type.
    """
    node = tensor.node
    while node.op.name in ("broadcast_to", "reshape", "copy") or (
        node.op.name == "cast" and types.is_float(tensor.dtype)
    ):
        node = node.inputs[0].node
    value = value_of(node.outputs[0])
    if value is None or value.size == 0:
        return None
    first = value.flat[0]
    if value.ndim and not (value == first).all():
        return None
    number: float | int | bool = first.item()
    return number


def like(value: float, tensor: Tensor) -> Tensor:
    """A number in the element type of a tensor."""
    return constant(value, tensor.dtype)


builders["constant"] = constant
