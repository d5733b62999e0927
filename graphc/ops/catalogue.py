"""The catalogue of elementwise ops, each declared by its scalar expression.

Conventions at kinks: the derivative of relu, abs and sign at 0 is 0; `maximum` and `minimum`
share the cotangent equally between operands that tie; `clip` passes it on the bounds.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import TypeMismatchError
from graphc.ir import types
from graphc.ir.node import Node, Tensor, builders
from graphc.ir.types import TensorType
from graphc.ops.base import (
    COMPARE,
    POWER,
    PRODUCT,
    SUM,
    UNARY,
    Array,
    Emitter,
    Op,
    Sample,
    register,
)
from graphc.ops.elementwise import Elementwise, apply, cast, unbroadcast
from graphc.ops.leaf import constant


class _LazySympy:
    """SymPy, imported when an expression is first looked at."""

    def __getattr__(self, name: str) -> Any:
        import sympy

        return getattr(sympy, name)


sp: Any = _LazySympy()
Function = Callable[..., Tensor]


def _declare(name: str, expression: Callable[..., Any], **parts: Any) -> Callable[..., Tensor]:
    op = Elementwise(name, expression, **parts)
    register(op)

    def function(*values: Any) -> Tensor:
        if len(values) != op.arity:
            raise TypeMismatchError(f"{name} takes {op.arity} operands, not {len(values)}")
        return apply(op, *values)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = (
        f"Elementwise {name.replace('_', ' ')}, with NumPy's broadcasting and promotion."
    )
    builders[name] = function
    return function


def _step(condition: Tensor, dtype: str) -> Tensor:
    return cast(condition, dtype)


# ---- arithmetic ---------------------------------------------------------------------------

add = _declare(
    "add",
    lambda x, y: x + y,
    ufunc="np.add",
    infix=("+", SUM),
    python="{0} + {1}",
    pullbacks=(lambda ct, out, x, y: ct, lambda ct, out, x, y: ct),
    reference=np.add,
    result="same",
)
subtract = _declare(
    "subtract",
    lambda x, y: x - y,
    ufunc="np.subtract",
    infix=("-", SUM),
    python="{0} - {1}",
    pullbacks=(lambda ct, out, x, y: ct, lambda ct, out, x, y: -ct),
    reference=lambda x, y: x - y,
    result="same",
)
multiply = _declare(
    "multiply",
    lambda x, y: x * y,
    ufunc="np.multiply",
    infix=("*", PRODUCT),
    python="{0} * {1}",
    pullbacks=(lambda ct, out, x, y: ct * y, lambda ct, out, x, y: ct * x),
    reference=np.multiply,
    result="same",
    nasty=((0.0, 0.0), (0.0, 2.0)),
)
divide = _declare(
    "divide",
    lambda x, y: x / y,
    ufunc="np.divide",
    infix=("/", PRODUCT),
    python="{0} / {1}",
    pullbacks=(lambda ct, out, x, y: ct / y, lambda ct, out, x, y: -(ct * out / y)),
    reference=np.divide,
    domain=((-3, 3), (0.5, 3)),
    nasty=((0.0, -2.0),),
)
negative = _declare(
    "negative",
    lambda x: -x,
    ufunc="np.negative",
    infix=("-", UNARY),
    python="-{0}",
    pullbacks=(lambda ct, out, x: -ct,),
    reference=np.negative,
    result="same",
)
floor_divide = _declare(
    "floor_divide",
    lambda x, y: sp.floor(x / y),
    ufunc="np.floor_divide",
    infix=("//", PRODUCT),
    python="{0} // {1}",
    pullbacks=(None, None),
    reference=np.floor_divide,
    result="same",
    domain=((-6, 6), (1, 3)),
)
remainder = _declare(
    "remainder",
    lambda x, y: x - y * sp.floor(x / y),
    ufunc="np.remainder",
    infix=("%", PRODUCT),
    python="{0} % {1}",
    pullbacks=(lambda ct, out, x, y: ct, lambda ct, out, x, y: -(ct * floor_divide(x, y))),
    reference=np.remainder,
    result="same",
    domain=((0.1, 0.9), (1, 3)),
)
_power: Function = _declare(
    "power",
    lambda x, y: x**y,
    ufunc="np.power",
    infix=("**", POWER),
    python="{0} ** {1}",
    pullbacks=(
        lambda ct, out, x, y: ct * (y * _power(x, y - 1)),
        lambda ct, out, x, y: ct * where(x > 0, out * log(where(x > 0, x, 1)), 0),
    ),
    reference=np.power,
    result="same",
    domain=((0.2, 3), (-2, 3)),
    nasty=((1.0, 0.0),),
)
square = _declare(
    "square",
    lambda x: x**2,
    ufunc="np.square",
    python="{0} ** 2",
    pullbacks=(lambda ct, out, x: ct * (2 * x),),
    reference=lambda x: x * x,
    result="same",
    nasty=((0.0,),),
)


def power(x: Any, y: Any) -> Tensor:
    """``x ** y``; whole small powers by multiplication.

    The derivative by `y` is taken as 0 where ``x <= 0``.
    """
    if isinstance(x, Tensor) and isinstance(y, (int, float)) and not isinstance(y, bool):
        if y == 0:
            ones: Tensor = builders["broadcast_to"](constant(1, x.dtype), x.shape)
            return ones
        if y == 1:
            return x
        if y == 2:
            return square(x)
        if y == 0.5 and types.is_float(x.dtype):
            return sqrt(x)
    return _power(x, y)


builders["power"] = power

# ---- exponentials, roots, trigonometry ------------------------------------------------------

exp = _declare(
    "exp",
    lambda x: sp.exp(x),
    ufunc="np.exp",
    python="math.exp({0})",
    pullbacks=(lambda ct, out, x: ct * out,),
    reference=np.exp,
    nasty=((-100.0,), (0.0,)),
)
expm1 = _declare(
    "expm1",
    lambda x: sp.exp(x) - 1,
    ufunc="np.expm1",
    python="math.expm1({0})",
    pullbacks=(lambda ct, out, x: ct * (out + 1),),
    reference=np.expm1,
    nasty=((1e-12,), (-50.0,)),
)
log: Function = _declare(
    "log",
    lambda x: sp.log(x),
    ufunc="np.log",
    python="math.log({0})",
    pullbacks=(lambda ct, out, x: ct / x,),
    reference=np.log,
    domain=((0.2, 4),),
    nasty=((1e-3,),),
)
log1p = _declare(
    "log1p",
    lambda x: sp.log(1 + x),
    ufunc="np.log1p",
    python="math.log1p({0})",
    pullbacks=(lambda ct, out, x: ct / (1 + x),),
    reference=np.log1p,
    domain=((-0.8, 4),),
    nasty=((1e-12,),),
)
sqrt = _declare(
    "sqrt",
    lambda x: sp.sqrt(x),
    ufunc="np.sqrt",
    python="math.sqrt({0})",
    pullbacks=(lambda ct, out, x: ct * 0.5 / out,),
    reference=np.sqrt,
    domain=((0.2, 4),),
)
rsqrt = _declare(
    "rsqrt",
    lambda x: 1 / sp.sqrt(x),
    python="1 / math.sqrt({0})",
    pullbacks=(lambda ct, out, x: ct * -0.5 * out / x,),
    lowered=lambda x: 1 / sqrt(x),
    reference=lambda x: 1 / np.sqrt(x),
    domain=((0.2, 4),),
)
sin = _declare(
    "sin",
    lambda x: sp.sin(x),
    ufunc="np.sin",
    python="math.sin({0})",
    reference=np.sin,
    nasty=((0.0,),),
)
cos = _declare(
    "cos",
    lambda x: sp.cos(x),
    ufunc="np.cos",
    python="math.cos({0})",
    reference=np.cos,
    nasty=((0.0,),),
)
tanh = _declare(
    "tanh",
    lambda x: sp.tanh(x),
    ufunc="np.tanh",
    python="math.tanh({0})",
    pullbacks=(lambda ct, out, x: ct * (1 - square(out)),),
    reference=np.tanh,
    nasty=((0.0,), (40.0,), (-40.0,)),
)
sigmoid = _declare(
    "sigmoid",
    lambda x: 1 / (1 + sp.exp(-x)),
    pullbacks=(lambda ct, out, x: ct * (out * (1 - out)),),
    lowered=lambda x: 0.5 * tanh(0.5 * x) + 0.5,
    reference=lambda x: np.where(
        x >= 0, 1 / (1 + np.exp(-np.abs(x))), 1 - 1 / (1 + np.exp(-np.abs(x)))
    ),
    nasty=((0.0,), (50.0,), (-50.0,)),
)
softplus = _declare(
    "softplus",
    lambda x: sp.log(1 + sp.exp(x)),
    pullbacks=(lambda ct, out, x: ct * sigmoid(x),),
    lowered=lambda x: maximum(x, 0) + log1p(exp(-abs(x))),
    reference=lambda x: np.logaddexp(0, x),
    nasty=((0.0,), (800.0,), (-800.0,)),
)
log_sigmoid = _declare(
    "log_sigmoid",
    lambda x: sp.log(1 / (1 + sp.exp(-x))),
    pullbacks=(lambda ct, out, x: ct * sigmoid(-x),),
    lowered=lambda x: -softplus(-x),
    reference=lambda x: -np.logaddexp(0, -x),
    nasty=((0.0,), (800.0,), (-800.0,)),
)

# ---- kinks --------------------------------------------------------------------------------

relu = _declare(
    "relu",
    lambda x: sp.Max(x, 0),
    pullbacks=(lambda ct, out, x: ct * _step(out > 0, x.dtype),),  # so that x may be overwritten
    lowered=lambda x: maximum(x, 0),
    reference=lambda x: np.maximum(x, 0),
    result="same",
    kinks=(((0.0,), (0.0,)), ((-0.0,), (0.0,))),
)
abs: Function = _declare(
    "abs",
    lambda x: sp.Abs(x),
    ufunc="np.abs",
    python="abs({0})",
    pullbacks=(lambda ct, out, x: ct * sign(x),),
    reference=np.abs,
    result="same",
    kinks=(((0.0,), (0.0,)),),
)
sign: Function = _declare(
    "sign",
    lambda x: sp.sign(x),
    ufunc="np.sign",
    pullbacks=(None,),
    reference=np.sign,
    result="same",
    kinks=(((0.0,), (0.0,)),),
)
floor = _declare(
    "floor",
    lambda x: sp.floor(x),
    ufunc="np.floor",
    python="math.floor({0})",
    pullbacks=(None,),
    reference=np.floor,
    domain=((0.1, 0.9),),
)


def _share(ct: Tensor, wins: Tensor, ties: Tensor) -> Tensor:
    return ct * (_step(wins, ct.dtype) + 0.5 * _step(ties, ct.dtype))


maximum: Function = _declare(
    "maximum",
    lambda x, y: sp.Max(x, y),
    ufunc="np.maximum",
    python="max({0}, {1})",
    pullbacks=(
        lambda ct, out, x, y: _share(ct, x > y, builders["equal"](x, y)),
        lambda ct, out, x, y: _share(ct, y > x, builders["equal"](x, y)),
    ),
    reference=np.maximum,
    result="same",
    kinks=(((1.0, 1.0), (0.5, 0.5)), ((0.0, -0.0), (0.5, 0.5))),
)
minimum = _declare(
    "minimum",
    lambda x, y: sp.Min(x, y),
    ufunc="np.minimum",
    python="min({0}, {1})",
    pullbacks=(
        lambda ct, out, x, y: _share(ct, x < y, builders["equal"](x, y)),
        lambda ct, out, x, y: _share(ct, y < x, builders["equal"](x, y)),
    ),
    reference=np.minimum,
    result="same",
    kinks=(((1.0, 1.0), (0.5, 0.5)),),
)
_clip = _declare(
    "clip",
    lambda x, y, z: sp.Min(sp.Max(x, y), z),
    pullbacks=(
        lambda ct, out, x, y, z: ct * _step((x >= y) & (x <= z), ct.dtype),
        lambda ct, out, x, y, z: ct * _step(x < y, ct.dtype),
        lambda ct, out, x, y, z: ct * _step(x > z, ct.dtype),
    ),
    lowered=lambda x, y, z: minimum(maximum(x, y), z),
    reference=lambda x, y, z: np.minimum(np.maximum(x, y), z),
    result="same",
    domain=((-3, 3), (-1.5, -1), (1, 1.5)),
    kinks=(((1.0, -1.0, 1.0), (1.0, 0.0, 0.0)), ((-1.0, -1.0, 1.0), (1.0, 0.0, 0.0))),
)


def clip(x: Any, low: Any = None, high: Any = None) -> Tensor:
    """Values below `low` become `low`, above `high` become `high`; either may be None.

    The derivative is 1 inside and on the bounds, 0 outside.
    """
    if low is None and high is None:
        return constant(x)
    if low is None or high is None:
        inside = (x >= low) if high is None else (x <= high)
        return where(inside, x, low if high is None else high)
    return _clip(x, low, high)


builders["clip"] = clip

# ---- comparisons and logic --------------------------------------------------------------------


def _comparison(name: str, symbol: str, relation: str) -> Callable[..., Tensor]:
    return _declare(
        name,
        lambda x, y: getattr(sp, relation)(x, y),
        ufunc=f"np.{name}",
        infix=(symbol, COMPARE),
        python=f"{{0}} {symbol} {{1}}",
        reference=getattr(np, name),
        result="bool",
        differentiable=False,
        kinks=(((1.0, 1.0), (0.0, 0.0)),),
    )


equal = _comparison("equal", "==", "Eq")
not_equal = _comparison("not_equal", "!=", "Ne")
less = _comparison("less", "<", "Lt")
less_equal = _comparison("less_equal", "<=", "Le")
greater = _comparison("greater", ">", "Gt")
greater_equal = _comparison("greater_equal", ">=", "Ge")


class Logical(Elementwise):
    """A truth function of booleans; other types count as true where they are not zero."""

    def operand_dtype(self, dtypes: Sequence[str], numbers: Sequence[Any]) -> str:
        return "bool"

    def samples(self) -> Sequence[Sample]:
        values = np.array([True, False, True, False]), np.array([[True], [False]])
        return [
            Sample(values[: self.arity], smooth=False),
            Sample((np.zeros((0,), bool),) * self.arity),
        ]


def _logical(name: str, relation: str, symbol: str, python: str) -> Callable[..., Tensor]:
    arity = 1 if relation == "Not" else 2
    expression = (
        (lambda x: getattr(sp, relation)(x))
        if arity == 1
        else (lambda x, y: getattr(sp, relation)(x, y))
    )
    op = Logical(
        name,
        expression,
        ufunc=f"np.{name}",
        python=python,
        reference=getattr(np, name),
        result="bool",
        differentiable=False,
    )
    register(op)

    def function(*values: Any) -> Tensor:
        return apply(op, *[_truth(v) for v in values])

    function.__name__ = name
    function.__doc__ = f"Elementwise {name.replace('_', ' ')} of truth values."
    builders[name] = function
    return function


def _truth(value: Any) -> Tensor:
    tensor = constant(value)
    return tensor if tensor.dtype == "bool" else not_equal(tensor, 0)


logical_and = _logical("logical_and", "And", "and", "{0} and {1}")
logical_or = _logical("logical_or", "Or", "or", "{0} or {1}")
logical_xor = _logical("logical_xor", "Xor", "!=", "{0} != {1}")
logical_not = _logical("logical_not", "Not", "not", "not {0}")


# ---- choice -------------------------------------------------------------------------------


class Where(Elementwise):
    """Elements of `x` where a condition holds, of `y` elsewhere; the branch not taken never
    reaches the result or a derivative, not even as NaN."""

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        condition, x, y = types_
        if condition.dtype != "bool":
            raise TypeMismatchError(f"the condition must be bool, not {condition.dtype}")
        if x.dtype != y.dtype:
            raise TypeMismatchError(f"the branches have types {x.dtype} and {y.dtype}")
        return (TensorType(x.dtype, types.broadcast([t.shape for t in types_])),)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (np.where(*arrays),)

    def samples(self) -> Sequence[Sample]:
        rng = np.random.default_rng(3)
        c = rng.random((3, 4)) > 0.5
        x, y = rng.normal(size=(3, 4)), rng.normal(size=(4,))
        return [
            Sample((c, x, y)),
            Sample((c[:, :1], y, x)),
            Sample((c[:0], x[:0], y)),
            Sample((np.array(True), np.array(2.0), np.array(3.0))),
        ]

    def planned(self, e: Emitter) -> Sequence[str]:
        condition, x, y = e.args
        return [f"np.copyto({e.out}, {y})", f"np.copyto({e.out}, {x}, where={condition})"]

    def inplace(self, node: Node) -> Sequence[int]:
        # Only the branch not taken may be overwritten: it is copied first.
        return [i for i in super().inplace(node) if i == 2]


_where = Where(
    "where",
    lambda x, y, z: sp.Piecewise((y, x), (z, True)),
    ufunc="np.where",
    python="{1} if {0} else {2}",
    pullbacks=(
        None,
        lambda ct, out, c, x, y: where(c, ct, 0),
        lambda ct, out, c, x, y: where(c, 0, ct),
    ),
    result="same",
)
register(_where)


def where(condition: Any, x: Any, y: Any) -> Tensor:
    """Elements of `x` where `condition` holds, of `y` elsewhere."""
    numbers = [v for v in (x, y) if isinstance(v, (bool, int, float))]
    tensors = [constant(v) for v in (x, y) if not isinstance(v, (bool, int, float))]
    if tensors:
        dtype = types.promote([t.dtype for t in tensors], *numbers)
    else:
        dtype = "float32" if any(isinstance(n, float) for n in numbers) else "int64"
    return _where(
        _truth(condition),
        *[cast(constant(v, None if isinstance(v, Tensor) else dtype), dtype) for v in (x, y)],
    )


builders["where"] = where


class ApplyMask(Op):
    """A tensor times a boolean mask: the value where it is True, zero elsewhere.

    What ``x * cast(mask)`` becomes; NumPy multiplies floats by booleans in one pass.
    """

    name = "apply_mask"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        x, mask = types_
        if mask.dtype != "bool":
            raise TypeMismatchError(f"the mask must be bool, not {mask.dtype}")
        return (x.with_shape(types.broadcast([x.shape, mask.shape])),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        x, mask = node.inputs
        (ct,) = cotangents
        assert ct is not None
        return unbroadcast(self(ct, mask), x.type), None

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (arrays[0] * arrays[1].astype(arrays[0].dtype),)

    def samples(self) -> Sequence[Sample]:
        rng = np.random.default_rng(5)
        x = rng.normal(size=(3, 4))
        masks = (x > 0, x[:1] > 0, x[0] > 0)
        return [
            *(Sample((x, mask)) for mask in masks),
            Sample((x[0], masks[2])),
            Sample((x[:0], masks[0][:0])),
        ]

    def plain(self, e: Emitter) -> tuple[str, int]:
        return f"{e.arg(0, PRODUCT)} * {e.arg(1, UNARY)}", PRODUCT

    def planned(self, e: Emitter) -> Sequence[str]:
        if e.node.outputs[0].ndim > 1 and e.node.inputs[1].ndim != 1:
            return [f"np.multiply({e.args[0]}, {e.args[1]}, out={e.out})"]
        # NumPy would convert a copy of a mask that is a vector, but not one that is a matrix.
        texts = [e.arg(i) + "[None]" * (t.ndim == 1) for i, t in enumerate(e.node.inputs)]
        row = "[None]" * (e.node.outputs[0].ndim == 1)
        return [f"np.multiply({', '.join(texts)}, out={e.out}{row})"]

    def inplace(self, node: Node) -> Sequence[int]:
        return (0,) if node.inputs[0].shape == node.outputs[0].shape else ()

    def flops(self, node: Node) -> Any:
        return node.outputs[0].size

    def math(self, node: Node, args: Sequence[str]) -> tuple[str, int]:
        return f"{args[0]} * {args[1]}", PRODUCT


APPLY_MASK = register(ApplyMask())
