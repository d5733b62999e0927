"""What initial values are made of beyond uniform and normal draws, by functions that emitted
modules carry: truncated normal quantiles, and orthogonal matrices."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import NormalDist
from typing import Any

import numpy as np

from graphc.errors import DifferentiationError, ShapeError, TypeMismatchError
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor, operand_line
from graphc.ir.types import TensorType
from graphc.ops.base import Array, Emitter, Op, Sample, register
from graphc.ops.catalogue import sp
from graphc.ops.erf import Pasted

# The standard deviation of the standard normal distribution cut off at -2 and 2:
# sqrt(1 - 4 phi(2) / (Phi(2) - Phi(-2))).
TRUNCATED_STD = 0.8796256610342398

_NORMAL = NormalDist()


def _quantile(u: float) -> float:
    low, high = _NORMAL.cdf(-2.0), _NORMAL.cdf(2.0)
    return min(max(_NORMAL.inv_cdf(low + u * (high - low)), -2.0), 2.0)


class Orthogonal(Op):
    """A matrix with orthonormal columns made of another, or rows where there are fewer of these.

    Not planned into buffers: LAPACK has its own, and this is for values that are drawn once.
    """

    name = "orthogonal"
    helpers = ("orthogonal",)

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        (x,) = types_
        if x.rank != 2:
            raise ShapeError(f"a matrix is expected, not {x}")
        if x.dtype not in ("float32", "float64"):
            raise TypeMismatchError(f"float32 or float64 is expected, not {x.dtype}")
        return (x,)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        raise DifferentiationError(
            f"the orthogonal matrix at {node.origin} is for initial values and has no derivative; "
            f"gx.stop_gradient holds it constant: {operand_line(node.inputs[0])}"
        )

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        (x,) = arrays
        q, r = np.linalg.qr(x if x.shape[0] >= x.shape[1] else x.T)
        q = q * np.where(r.diagonal() < 0, -1, 1).astype(x.dtype)
        return (q if x.shape[0] >= x.shape[1] else np.ascontiguousarray(q.T),)

    def samples(self) -> Sequence[Sample]:
        x = np.random.default_rng(41).normal(size=(5, 5))
        return [Sample((x[:n, :m],), smooth=False) for n, m in ((5, 5), (5, 2), (2, 4), (1, 1))]

    def plain(self, e: Emitter) -> str:
        return f"_orthogonal({e.args[0]})"

    def planned(self, e: Emitter) -> Sequence[str]:
        return [f"np.copyto({e.out}, _orthogonal({e.args[0]}))"]

    def flops(self, node: Node) -> DimLike:
        rows, columns = node.outputs[0].shape
        return 4 * rows * columns * columns


# The quantiles of the standard normal distribution cut off at -2 and 2.
TRUNCATED_GAUSS = Pasted(
    "truncated_gauss",
    lambda x: sp.sqrt(2) * sp.erfinv(sp.erf(sp.sqrt(2)) * (2 * x - 1)),
    reference=np.vectorize(_quantile, otypes=[float]),
    differentiable=False,
    domain=((0, 1),),
)
register(TRUNCATED_GAUSS)
ORTHOGONAL = register(Orthogonal())
