"""The error function: NumPy has none, so emitted modules carry a function of their own."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor, builders
from graphc.ir.types import TensorType
from graphc.ops.base import Emitter, register
from graphc.ops.catalogue import exp, sp, square
from graphc.ops.elementwise import Elementwise, apply


class Erf(Elementwise):
    """An elementwise op that is computed by a function pasted into the emitted module.

    Attributes:
        helpers: names of the files in ``templates/numpy/helpers`` that printing this op needs.
    """

    helpers = ("erf",)

    def lower(self, node: Node) -> Sequence[Tensor] | None:
        return None

    def plain(self, e: Emitter) -> str:
        return f"_erf({e.args[0]})"

    def planned(self, e: Emitter) -> Sequence[str]:
        u, v = e.scratch
        return [f"_erf({e.args[0]}, out={e.out}, u={u}, v={v})"]

    def scratch(self, node: Node) -> Sequence[TensorType]:
        return [node.outputs[0].type] * 2

    def flops(self, node: Node) -> DimLike:
        return 20 * node.outputs[0].size


ERF = Erf(
    "erf",
    lambda x: sp.erf(x),
    python="math.erf({0})",
    pullbacks=(lambda ct, out, x: ct * (2 / math.sqrt(math.pi) * exp(-square(x))),),
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
