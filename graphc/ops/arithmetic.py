"""Arithmetic: sums, products, quotients, powers."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphc.ir import types
from graphc.ir.node import Tensor, builders
from graphc.ops.base import POWER, PRODUCT, SUM, UNARY
from graphc.ops.declare import Function, declare, sp
from graphc.ops.leaf import constant

add = declare(
    "add",
    lambda x, y: x + y,
    ufunc="np.add",
    infix=("+", SUM),
    python="{0} + {1}",
    pullbacks=(lambda ct, out, x, y: ct, lambda ct, out, x, y: ct),
    reference=np.add,
    result="same",
)
subtract = declare(
    "subtract",
    lambda x, y: x - y,
    ufunc="np.subtract",
    infix=("-", SUM),
    python="{0} - {1}",
    pullbacks=(lambda ct, out, x, y: ct, lambda ct, out, x, y: -ct),
    reference=lambda x, y: x - y,
    result="same",
)
multiply = declare(
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
divide = declare(
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
negative = declare(
    "negative",
    lambda x: -x,
    ufunc="np.negative",
    infix=("-", UNARY),
    python="-{0}",
    pullbacks=(lambda ct, out, x: -ct,),
    reference=np.negative,
    result="same",
)
floor_divide = declare(
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
remainder = declare(
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


def _power_by_exponent(ct: Tensor, out: Tensor, x: Tensor) -> Tensor:
    where, log = builders["where"], builders["log"]
    product: Tensor = ct * where(x > 0, out * log(where(x > 0, x, 1)), 0)
    return product


_power: Function = declare(
    "power",
    lambda x, y: x**y,
    ufunc="np.power",
    infix=("**", POWER),
    python="{0} ** {1}",
    pullbacks=(
        lambda ct, out, x, y: ct * (y * _power(x, y - 1)),
        lambda ct, out, x, y: _power_by_exponent(ct, out, x),
    ),
    reference=np.power,
    result="same",
    domain=((0.2, 3), (-2, 3)),
    nasty=((1.0, 0.0),),
)
square = declare(
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
            root: Tensor = builders["sqrt"](x)
            return root
    return _power(x, y)


builders["power"] = power
