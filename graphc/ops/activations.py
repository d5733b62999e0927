"""Activation functions that are ops: each declared by its expression.

What each computes neither overflows nor cancels, and neither does its derivative: in float32 both are
within a few units in the last place over the whole range (docs/accuracy.md).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from graphc.ir.node import Tensor, builders
from graphc.ops.arithmetic import square
from graphc.ops.declare import Function, declare, sp, step
from graphc.ops.exponential import exp, expm1, sigmoid
from graphc.ops.kinks import abs, maximum, minimum
from graphc.ops.leaf import constant, scalar_of
from graphc.ops.logic import where

threshold = declare(
    "threshold",
    lambda x: sp.Piecewise((1, x >= 0), (0, True)),
    doc="1 where ``x >= 0``, else 0 (W. McCulloch and W. Pitts, 1943); its derivative is 0 everywhere.",
    pullbacks=(lambda ct, out, x: builders["broadcast_to"](constant(0, x.dtype), out.shape),),
    lowered=lambda x: step(x >= 0, x.dtype),
    reference=lambda x: np.where(x >= 0, 1, 0),
    kinks=(((0.0,), (0.0,)), ((-0.0,), (0.0,))),
)
relu6 = declare(
    "relu6",
    lambda x: sp.Min(sp.Max(x, 0), 6),
    doc="``min(max(x, 0), 6)`` (A. Krizhevsky, 2010); its derivative at 0 and at 6 is 0.",
    pullbacks=(lambda ct, out, x: ct * step((out > 0) & (out < 6), x.dtype),),
    lowered=lambda x: minimum(maximum(x, 0), 6),
    reference=lambda x: np.minimum(np.maximum(x, 0), 6),
    nasty=((7.0,), (-7.0,)),
    kinks=(((0.0,), (0.0,)), ((6.0,), (0.0,))),
)


def _leaky(x: Tensor, slope: Tensor) -> Tensor:
    number = scalar_of(slope)
    if number is not None and 0 < number <= 1:
        return maximum(x, slope * x)
    return where(x > 0, x, slope * x)


_leaky_relu: Function = declare(
    "leaky_relu",
    lambda x, y: sp.Piecewise((x, x > 0), (x * y, True)),
    pullbacks=(
        lambda ct, out, x, y: ct * where(x > 0, 1, y),
        lambda ct, out, x, y: ct * minimum(x, 0),
    ),
    lowered=_leaky,
    reference=lambda x, y: np.where(x > 0, x, x * y),
    domain=((-3, 3), (0.1, 2)),
    kinks=(((0.0, 0.25), (0.25, 0.0)), ((-0.0, 0.25), (0.25, 0.0))),
)


def _below(x: Tensor, alpha: Tensor) -> Tensor:
    return alpha * expm1(minimum(x, 0))


_elu: Function = declare(
    "elu",
    lambda x, y: sp.Piecewise((x, x > 0), (y * (sp.exp(x) - 1), True)),
    pullbacks=(
        lambda ct, out, x, y: ct * _elu_slope(x, y),
        lambda ct, out, x, y: ct * expm1(minimum(x, 0)),
    ),
    lowered=lambda x, y: maximum(x, 0) + _below(x, y),
    reference=lambda x, y: np.where(x > 0, x, y * np.expm1(np.minimum(x, 0))),
    domain=((-3, 3), (0.5, 2)),
    nasty=((800.0, 1.0), (-800.0, 1.0)),
    kinks=(((0.0, 2.0), (2.0, 0.0)),),
)


def _elu_slope(x: Tensor, alpha: Any) -> Tensor:
    decay = exp(minimum(x, 0))
    return decay if scalar_of(alpha) == 1 else where(x > 0, 1, alpha * decay)


SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772

selu = declare(
    "selu",
    lambda x: SELU_SCALE * sp.Piecewise((x, x > 0), (SELU_ALPHA * (sp.exp(x) - 1), True)),
    doc="``l x`` above 0, ``l a (exp(x) - 1)`` below (G. Klambauer et al., 2017, eq. 2).",
    pullbacks=(
        lambda ct, out, x: (
            ct * where(x > 0, SELU_SCALE, SELU_SCALE * SELU_ALPHA * exp(minimum(x, 0)))
        ),
    ),
    lowered=lambda x: SELU_SCALE * maximum(x, 0) + SELU_SCALE * SELU_ALPHA * expm1(minimum(x, 0)),
    reference=lambda x: SELU_SCALE * np.where(x > 0, x, SELU_ALPHA * np.expm1(np.minimum(x, 0))),
    nasty=((800.0,), (-800.0,)),
    kinks=(((0.0,), (SELU_SCALE * SELU_ALPHA,)),),
)
softsign = declare(
    "softsign",
    lambda x: x / (1 + sp.Abs(x)),
    doc="``x / (1 + |x|)`` (J. Turian et al., 2009).",
    pullbacks=(lambda ct, out, x: ct * square(1 / (1 + abs(x))),),
    lowered=lambda x: x / (1 + abs(x)),
    reference=lambda x: x / (1 + np.abs(x)),
    nasty=((1e6,), (-1e6,)),
    kinks=(((0.0,), (1.0,)),),  # a second derivative jumps there
)


def _silu_slope(x: Tensor) -> Tensor:
    # Where `x` is beyond 50, sigmoid(-x) times it is nothing beside 1.
    return sigmoid(x) * (1 + minimum(x, _far(x)) * sigmoid(-x))


def _far(x: Tensor) -> int:
    return 11 if x.dtype == "float16" else 50


silu: Function = declare(
    "silu",
    lambda x: x / (1 + sp.exp(-x)),
    doc="``x sigmoid(x)``, also called swish (S. Elfwing et al., 2018; P. Ramachandran et al., 2017).",
    pullbacks=(lambda ct, out, x: ct * _silu_slope(x),),
    lowered=lambda x: x * sigmoid(x),
    reference=lambda x: x * np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x))),
    nasty=((0.0,), (300.0,), (-300.0,)),
)


def _mish_parts(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """``x`` up to where mish(x) is x, ``t = exp(x)``, and ``n = t (t + 2)``, for which
    ``tanh(softplus(x)) = n / (n + 2)``."""
    bounded = minimum(x, 5 if x.dtype == "float16" else 22)
    t = exp(bounded)
    return bounded, t, t * (t + 2)


def _mish(x: Tensor) -> Tensor:
    _, _, n = _mish_parts(x)
    return x * (n / (n + 2))


def _mish_slope(x: Tensor) -> Tensor:
    bounded, t, n = _mish_parts(x)
    return n / (n + 2) + bounded * (4 * t * (1 + t) / square(n + 2))


mish = declare(
    "mish",
    lambda x: x * sp.tanh(sp.log(1 + sp.exp(x))),
    doc="``x tanh(softplus(x))`` (D. Misra, 2019).",
    pullbacks=(lambda ct, out, x: ct * _mish_slope(x),),
    lowered=_mish,
    reference=lambda x: x * np.tanh(np.logaddexp(0, x)),
    nasty=((0.0,), (300.0,), (-300.0,)),
)
hard_sigmoid = declare(
    "hard_sigmoid",
    lambda x: sp.Min(sp.Max(x + 3, 0), 6) / 6,
    doc="``min(max(x + 3, 0), 6) / 6`` (A. Howard et al., 2019); its derivative at -3 and 3 is 0.",
    pullbacks=(lambda ct, out, x: ct * (step((x > -3) & (x < 3), x.dtype) / 6),),
    lowered=lambda x: relu6(x + 3) / 6,
    reference=lambda x: np.clip(x + 3, 0, 6) / 6,
    nasty=((7.0,), (-7.0,)),
    kinks=(((-3.0,), (0.0,)), ((3.0,), (0.0,))),
)
hard_swish = declare(
    "hard_swish",
    lambda x: x * sp.Min(sp.Max(x + 3, 0), 6) / 6,
    doc="``x hard_sigmoid(x)`` (A. Howard et al., 2019); its derivative is 0 at -3 and 1 at 3.",
    pullbacks=(lambda ct, out, x: ct * where(x <= -3, 0, where(x < 3, x / 3 + 0.5, 1)),),
    lowered=lambda x: x * (relu6(x + 3) / 6),
    reference=lambda x: x * np.clip(x + 3, 0, 6) / 6,
    nasty=((7.0,), (-7.0,)),
    kinks=(((-3.0,), (0.0,)), ((3.0,), (1.0,))),
)


def leaky_relu(x: Any, slope: Any = 0.01) -> Tensor:
    """``x`` above 0, ``slope * x`` below (A. Maas et al., 2013); `slope` may be a tensor.

    The derivative at 0 is `slope`.
    """
    return _leaky_relu(x, slope)


def elu(x: Any, alpha: Any = 1.0) -> Tensor:
    """``x`` above 0, ``alpha (exp(x) - 1)`` below (D.-A. Clevert et al., 2016, eq. 15).

    The derivative at 0 is `alpha`.
    """
    return _elu(x, alpha)
