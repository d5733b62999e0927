"""Rules for quotients and logarithms of sums of exponentials: sigmoids, hyperbolic functions and
their logarithms, as people write them out.

``exp`` overflows from 89 on in float32.  A sum ``e^a + e^b`` is ``e^(b + softplus(a - b))``, which
does not, and of which quotients and logarithms are taken without it.
"""

from __future__ import annotations

import math

import numpy as np

from graphc.ir import types
from graphc.ir.node import Tensor
from graphc.ops.catalogue import abs, exp, sigmoid, softplus, square, tanh
from graphc.passes.rules import Match, Rule, any_, number, op

x, y, a, b = any_("x"), any_("y"), any_("a"), any_("b")
_X = {"x": np.array([[0.5, -2.0, 0.1]])}
_XY = {**_X, "y": np.array([[3.0, -1.5, 2.0]])}
_FAR = {"x": np.array([[-800.0, 800.0, 0.0]])}
_FAR_Y = {**_FAR, "y": np.array([[3.0, -1.5, 2.0]])}
_AB = {"a": np.array([[0.5, -2.0, 0.1]]), "b": np.array([[-0.5, 1.0, 3.0]])}
_FAR_AB = {"a": np.array([[-800.0, 800.0, 0.0]]), "b": np.array([[800.0, -800.0, 0.0]])}
_FAR_Y_AB = {**_FAR_AB, "y": np.array([[3.0, -1.5, 2.0]])}

_ONE_MORE = op("add", number(1), op("exp", x))
_SUM = op("add", op("exp", a), op("exp", b))


def minus(tensor: Tensor) -> Tensor:
    """``-tensor``, and what was negated where it is a negation."""
    return tensor.node.inputs[0] if tensor.node.op.name == "negative" else -tensor


def _half_difference(m: Match) -> Tensor:
    """``(a - b) / 2``, which is a where b is -a."""
    if m.b is minus(m.a):
        return m.a
    return 0.5 * (m.a - m.b)


def _difference(m: Match) -> Tensor:
    return 2 * m.a if m.b is minus(m.a) else m.a - m.b


def _log_sum(m: Match) -> Tensor:
    """``log(e^a + e^b)``."""
    return m.b + softplus(_difference(m))


def _over_sum(m: Match, power: int = 1) -> Tensor:
    """``y c^n / (e^a + e^b)^n``, with c where the pattern has it."""
    scale = m.value("c") ** power if "c" in m.tensors else 1
    quotient = m.y * exp(-power * _log_sum(m)) if power > 1 else m.y * exp(-_log_sum(m))
    return quotient if scale == 1 else scale * quotient


def _log_mean(m: Match) -> Tensor | None:
    return _log_sum(m) - math.log(m.value("c")) if m.value("c") > 0 else None


def _absolute(m: Match) -> Tensor | None:
    return abs(m.x) if types.is_float(m.x.dtype) else None


_HALVED = {"c": 2.0}

RULES: list[Rule] = [
    Rule(
        "1 / exp(x)",
        op("divide", number(1), op("exp", x)),
        lambda m: exp(minus(m.x)),
        (_X,),
    ),
    Rule(
        "exp(x) / (1 + exp(x))",
        op("divide", op("exp", x), _ONE_MORE),
        lambda m: sigmoid(m.x),
        (_X, {**_FAR, "expect": np.array([[0.0, 1.0, 0.5]])}),
    ),
    Rule(
        "1 / (1 + exp(x))",
        op("divide", number(1), _ONE_MORE),
        lambda m: sigmoid(minus(m.x)),
        (_X, {**_FAR, "expect": np.array([[1.0, 0.0, 0.5]])}),
    ),
    Rule(
        "(1 - exp(x)) / (1 + exp(x))",
        op("divide", op("subtract", number(1), op("exp", x)), _ONE_MORE),
        lambda m: tanh(-0.5 * m.x),
        (_X, {**_FAR, "expect": np.array([[1.0, -1.0, 0.0]])}),
    ),
    Rule(
        "(exp(x) - 1) / (1 + exp(x))",
        op("divide", op("expm1", x), _ONE_MORE),
        lambda m: tanh(0.5 * m.x),
        (_X, {**_FAR, "expect": np.array([[-1.0, 1.0, 0.0]])}),
    ),
    Rule(
        "y exp(x) / (1 + exp(x))",
        op("divide", op("multiply", y, op("exp", x)), _ONE_MORE),
        lambda m: m.y * sigmoid(m.x),
        (_XY, {**_FAR_Y, "expect": np.array([[0.0, -1.5, 1.0]])}),
    ),
    Rule(
        "y / (1 + exp(x))",
        op("divide", y, _ONE_MORE),
        lambda m: m.y * sigmoid(minus(m.x)),
        (_XY, {**_FAR_Y, "expect": np.array([[3.0, 0.0, 1.0]])}),
    ),
    Rule(
        "exp(x) / (1 + exp(x))^2",
        op("divide", op("exp", x), op("square", _ONE_MORE)),
        lambda m: sigmoid(m.x) * sigmoid(minus(m.x)),
        (_X, {**_FAR, "expect": np.array([[0.0, 0.0, 0.25]])}),
    ),
    Rule(
        "y / (1 + exp(x))^2",
        op("divide", y, op("square", _ONE_MORE)),
        lambda m: m.y * square(sigmoid(minus(m.x))),
        (_XY, {**_FAR_Y, "expect": np.array([[3.0, 0.0, 0.5]])}),
    ),
    Rule(
        "2 sigmoid(x) - 1",
        op("subtract", op("multiply", number(2), op("sigmoid", x)), number(1)),
        lambda m: tanh(0.5 * m.x),
        (_X,),
    ),
    Rule(
        "1 - 2 sigmoid(x)",
        op("subtract", number(1), op("multiply", number(2), op("sigmoid", x))),
        lambda m: tanh(-0.5 * m.x),
        (_X,),
    ),
    Rule(
        "exp(a) / (exp(a) + exp(b))",
        op("divide", op("exp", a), _SUM),
        lambda m: sigmoid(_difference(m)),
        (_AB, {**_FAR_AB, "expect": np.array([[0.0, 1.0, 0.5]])}),
    ),
    Rule(
        "(exp(a) - exp(b)) / (exp(a) + exp(b))",
        op("divide", op("subtract", op("exp", a), op("exp", b)), _SUM),
        lambda m: tanh(_half_difference(m)),
        (_AB, {**_FAR_AB, "expect": np.array([[-1.0, 1.0, 0.0]])}),
    ),
    Rule(
        "y / (exp(a) + exp(b))",
        op("divide", y, _SUM),
        _over_sum,
        ({**_AB, "y": _XY["y"]}, {**_FAR_Y_AB, "expect": np.array([[0.0, 0.0, 1.0]])}),
    ),
    Rule(
        "y / ((exp(a) + exp(b)) / c)",
        op("divide", y, op("divide", _SUM, number(name="c"))),
        _over_sum,
        (
            {**_AB, **_HALVED, "y": _XY["y"]},
            {**_FAR_Y_AB, **_HALVED, "expect": np.array([[0.0, 0.0, 2.0]])},
        ),
    ),
    Rule(
        "y / (exp(a) + exp(b))^2",
        op("divide", y, op("square", _SUM)),
        lambda m: _over_sum(m, 2),
        ({**_AB, "y": _XY["y"]}, {**_FAR_Y_AB, "expect": np.array([[0.0, 0.0, 0.5]])}),
    ),
    Rule(
        "y / ((exp(a) + exp(b)) / c)^2",
        op("divide", y, op("square", op("divide", _SUM, number(name="c")))),
        lambda m: _over_sum(m, 2),
        (
            {**_AB, **_HALVED, "y": _XY["y"]},
            {**_FAR_Y_AB, **_HALVED, "expect": np.array([[0.0, 0.0, 2.0]])},
        ),
    ),
    Rule(
        "log(exp(a) + exp(b))",
        op("log", _SUM),
        _log_sum,
        (_AB, {**_FAR_AB, "expect": np.array([[800.0, 800.0, math.log(2)]])}),
    ),
    Rule(
        "log((exp(a) + exp(b)) / c)",
        op("log", op("divide", _SUM, number(name="c"))),
        _log_mean,
        (
            {**_AB, **_HALVED},
            {
                **_FAR_AB,
                **_HALVED,
                "expect": np.array([[800.0, 800.0, 0.0]]) - [[math.log(2)] * 2 + [0.0]],
            },
        ),
    ),
    Rule(
        "sqrt(x^2)",
        op("sqrt", op("square", x)),
        _absolute,
        (_X,),
    ),
]
