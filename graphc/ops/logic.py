"""Comparisons, truth functions, and the choice between two tensors by a condition."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import TypeMismatchError
from graphc.ir import types
from graphc.ir.node import Node, Tensor, builders
from graphc.ir.types import TensorType
from graphc.ops.base import COMPARE, Array, Emitter, Sample, register
from graphc.ops.declare import declare, sp
from graphc.ops.elementwise import Elementwise, apply, cast
from graphc.ops.leaf import constant

# ---- comparisons and logic --------------------------------------------------------------------


def _comparison(name: str, symbol: str, relation: str) -> Callable[..., Tensor]:
    return declare(
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
        dtype = types.dtype_name(None if any(isinstance(n, float) for n in numbers) else "int64")
    return _where(
        _truth(condition),
        *[cast(constant(v, None if isinstance(v, Tensor) else dtype), dtype) for v in (x, y)],
    )


builders["where"] = where
