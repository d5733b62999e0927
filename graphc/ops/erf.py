"""The error function and the normal distribution function: NumPy has neither, so emitted modules
carry functions of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphc.errors import GraphError
from graphc.ir import origin as origins
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor, builders
from graphc.ir.types import TensorType
from graphc.ops.base import Emitter, register
from graphc.ops.catalogue import abs, clip, declare, exp, minimum, sp, square
from graphc.ops.declare import Function
from graphc.ops.elementwise import Elementwise, apply


class Pasted(Elementwise):
    """An elementwise op that is computed by a function pasted into the emitted module.

    Attributes:
        helpers: names of the files in ``templates/numpy/helpers`` that printing this op needs.
    """

    def __init__(self, name: str, *rest: Any, **parts: Any) -> None:
        super().__init__(name, *rest, **parts)
        self.helpers = (name,)

    def lower(self, node: Node) -> Sequence[Tensor] | None:
        return None

    def plain(self, e: Emitter) -> str:
        return f"_{self.name}({e.args[0]})"

    def planned(self, e: Emitter) -> Sequence[str]:
        u, v = e.scratch
        return [f"_{self.name}({e.args[0]}, out={e.out}, u={u}, v={v})"]

    def scratch(self, node: Node) -> Sequence[TensorType]:
        return [node.outputs[0].type] * 2

    def flops(self, node: Node) -> DimLike:
        return 20 * node.outputs[0].size


class NormalCdf(Pasted):
    """The normal distribution function; it reads its operand twice."""

    def inplace(self, node: Node) -> Sequence[int]:
        return ()


def _bounded(x: Tensor) -> Tensor:
    """``|x|`` up to where ``exp(-x**2 / 2)`` is 0, so that the square does not overflow."""
    return minimum(abs(x), 100)


ERF = Pasted(
    "erf",
    lambda x: sp.erf(x),
    python="math.erf({0})",
    pullbacks=(lambda ct, out, x: ct * (2 / math.sqrt(math.pi) * exp(-square(_bounded(x)))),),
    reference=np.vectorize(math.erf, otypes=[float]),
    domain=((-3, 3),),
    nasty=((0.0,), (-0.0,), (1e-9,), (7.0,), (-30.0,)),
)
register(ERF)


def erf(x: Any) -> Tensor:
    """The error function of each element, in the shape of `x`; integers become floating.

    The largest relative error is 3e-7 in float32 and 6e-16 in float64.  Its derivative is
    ``2 / sqrt(pi) * exp(-x**2)`` (Abramowitz and Stegun, 7.1.1).
    """
    return apply(ERF, x)


builders["erf"] = erf


def _density(x: Tensor) -> Tensor:
    return 1 / math.sqrt(2 * math.pi) * exp(-0.5 * square(_bounded(x)))


NORMAL_CDF = NormalCdf(
    "normal_cdf",
    lambda x: (1 + sp.erf(x / sp.sqrt(2))) / 2,
    python="(0.5 * math.erfc({0} * -(0.5 ** 0.5)))",
    pullbacks=(lambda ct, out, x: ct * _density(x),),
    reference=np.vectorize(lambda x: 0.5 * math.erfc(-x * 0.5**0.5), otypes=[float]),
    domain=((-3, 3),),
    nasty=((0.0,), (-0.0,), (1e-9,), (7.0,), (-30.0,), (30.0,)),
)
register(NORMAL_CDF)


def normal_cdf(x: Any) -> Tensor:
    """The standard normal distribution function of each element, ``(1 + erf(x / sqrt(2))) / 2``
    (Abramowitz and Stegun, 26.2.29), in the shape of `x`; integers become floating.

    The left tail keeps its relative accuracy. The derivative is ``exp(-x**2 / 2) / sqrt(2 pi)``.
    """
    return apply(NORMAL_CDF, x)


builders["normal_cdf"] = normal_cdf


def _gelu_slope(x: Tensor) -> Tensor:
    return normal_cdf(x) + x * _density(x)


_GELU: Function = declare(
    "gelu",
    lambda x: x * (1 + sp.erf(x / sp.sqrt(2))) / 2,
    pullbacks=(lambda ct, out, x: ct * _gelu_slope(x),),
    lowered=lambda x: x * normal_cdf(x),
    reference=np.vectorize(lambda x: x * 0.5 * math.erfc(-x * 0.5**0.5), otypes=[float]),
    nasty=((0.0,), (30.0,), (-30.0,)),
)


def _gelu_tanh_expression(x: Any) -> Any:
    return x / 2 * (1 + sp.tanh(sp.sqrt(2 / sp.pi) * (x + sp.Rational(44715, 10**6) * x**3)))


_GELU_TANH: Function = declare(
    "gelu_tanh",
    _gelu_tanh_expression,
    pullbacks=(lambda ct, out, x: ct * _GELU_TANH_SLOPE(x),),
    lowered=lambda x: x * _gelu_tanh_gate(x)[2],
    reference=lambda x: 0.5 * x * (1 + np.tanh((2 / np.pi) ** 0.5 * (x + 0.044715 * x**3))),
    nasty=((0.0,), (12.0,), (-12.0,)),
)


_RATE, _CUBIC = 2 * math.sqrt(2 / math.pi), 2 * math.sqrt(2 / math.pi) * 0.044715


def _gelu_tanh_gate(x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """x bounded to where nothing overflows (beyond, the gate is 0 or 1); then, with the u for which
    the gate ``(1 + tanh(c)) / 2`` is sigmoid(u), ``1 + exp(u)`` and the gate."""
    bounded = clip(x, -30, 10)
    powers = exp(bounded * (_RATE + _CUBIC * square(bounded)))
    total = 1 + powers
    return bounded, total, powers / total


def _gelu_tanh_slope(x: Tensor) -> Tensor:
    bounded, total, gate = _gelu_tanh_gate(x)
    steep = bounded * (_RATE + 3 * _CUBIC * square(bounded))  # the derivative of u times x
    return gate * (1 + steep / total)


def _gelu_tanh_curvature(x: Tensor) -> Tensor:
    bounded, total, gate = _gelu_tanh_gate(x)
    s = square(bounded)
    rate, steep = _RATE + 3 * _CUBIC * s, bounded * (_RATE + 3 * _CUBIC * s)
    falling = gate / total
    return falling * (rate * (1 + steep / total - steep * gate) + _RATE + 9 * _CUBIC * s)


_GELU_TANH_SLOPE: Function = declare(
    "gelu_tanh_slope",
    lambda x: sp.diff(_gelu_tanh_expression(x), x),
    doc="The derivative of `gelu` with the approximation by tanh, as the forward pass has it.",
    pullbacks=(lambda ct, out, x: ct * _gelu_tanh_curvature(x),),
    lowered=_gelu_tanh_slope,
    nasty=((0.0,), (12.0,), (-12.0,)),
)


def gelu(x: Any, approximate: str = "none") -> Tensor:
    """``x Phi(x)`` with the normal distribution function (D. Hendrycks and K. Gimpel, 2016).

    Args:
        x: a tensor; integers become floating.
        approximate: ``"none"``, or ``"tanh"`` for the paper's
            ``x (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))) / 2``.

    Raises:
        GraphError: for another `approximate`.
    """
    if approximate not in ("none", "tanh"):
        raise GraphError(
            f"gelu at {origins.current()}: approximate is 'none' or 'tanh', not {approximate!r}"
        )
    return _GELU(x) if approximate == "none" else _GELU_TANH(x)
