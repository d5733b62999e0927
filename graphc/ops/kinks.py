"""Functions with kinks and steps.

Conventions: the derivative of relu, abs and sign at 0 is 0; `maximum` and `minimum` share the
cotangent equally between operands that tie; `clip` passes it on the bounds.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphc.ir import types
from graphc.ir.node import Node, Tensor, builders
from graphc.ops.base import Emitter, register
from graphc.ops.declare import Function, declare, sp, step
from graphc.ops.elementwise import Elementwise, apply
from graphc.ops.leaf import constant, value_of
from graphc.ops.logic import where

relu = declare(
    "relu",
    lambda x: sp.Max(x, 0),
    pullbacks=(lambda ct, out, x: ct * step(out > 0, x.dtype),),  # so that x may be overwritten
    lowered=lambda x: maximum(x, 0),
    reference=lambda x: np.maximum(x, 0),
    result="same",
    kinks=(((0.0,), (0.0,)), ((-0.0,), (0.0,))),
)
abs: Function = declare(
    "abs",
    lambda x: sp.Abs(x),
    ufunc="np.abs",
    python="abs({0})",
    pullbacks=(lambda ct, out, x: ct * sign(x),),
    reference=np.abs,
    result="same",
    kinks=(((0.0,), (0.0,)),),
)
sign: Function = declare(
    "sign",
    lambda x: sp.sign(x),
    ufunc="np.sign",
    pullbacks=(None,),
    reference=np.sign,
    result="same",
    kinks=(((0.0,), (0.0,)),),
)
floor = declare(
    "floor",
    lambda x: sp.floor(x),
    ufunc="np.floor",
    python="math.floor({0})",
    pullbacks=(None,),
    reference=np.floor,
    domain=((0.1, 0.9),),
)


def _share(ct: Tensor, wins: Tensor, ties: Tensor) -> Tensor:
    return ct * (step(wins, ct.dtype) + 0.5 * step(ties, ct.dtype))


class Extremum(Elementwise):
    """The larger or smaller of two; of an array and a number it is printed as `np.clip`, which NumPy
    computes several times faster."""

    def planned(self, e: Emitter) -> Sequence[str]:
        numbers = [value_of(t) is not None and t.ndim == 0 for t in e.node.inputs]
        if sum(numbers) != 1 or not types.is_float(e.node.outputs[0].dtype):
            return super().planned(e)
        number, x = (e.args[numbers.index(known)] for known in (True, False))
        bounds = f"{number}, np.inf" if self.name == "maximum" else f"-np.inf, {number}"
        return [f"np.clip({x}, {bounds}, out={e.out})"]


maximum: Function = declare(
    "maximum",
    lambda x, y: sp.Max(x, y),
    kind=Extremum,
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
minimum = declare(
    "minimum",
    lambda x, y: sp.Min(x, y),
    kind=Extremum,
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


class Clip(Elementwise):
    """Values between bounds: one call where the bounds are numbers."""

    def lower(self, node: Node) -> Sequence[Tensor] | None:
        x, *bounds = node.inputs
        if x.ndim and all(value_of(t) is not None and t.ndim == 0 for t in bounds):
            return None
        return super().lower(node)

    def plain(self, e: Emitter) -> str:
        return f"np.clip({', '.join(e.args)})"

    def planned(self, e: Emitter) -> Sequence[str]:
        return [f"np.clip({', '.join(e.args)}, out={e.out})"]


_CLIP = Clip(
    "clip",
    lambda x, y, z: sp.Min(sp.Max(x, y), z),
    pullbacks=(
        lambda ct, out, x, y, z: ct * step((x >= y) & (x <= z), ct.dtype),
        lambda ct, out, x, y, z: ct * step(x < y, ct.dtype),
        lambda ct, out, x, y, z: ct * step(x > z, ct.dtype),
    ),
    lowered=lambda x, y, z: minimum(maximum(x, y), z),
    reference=lambda x, y, z: np.minimum(np.maximum(x, y), z),
    result="same",
    domain=((-3, 3), (-1.5, -1), (1, 1.5)),
    kinks=(((1.0, -1.0, 1.0), (1.0, 0.0, 0.0)), ((-1.0, -1.0, 1.0), (1.0, 0.0, 0.0))),
)
register(_CLIP)


def clip(x: Any, low: Any = None, high: Any = None) -> Tensor:
    """Values below `low` become `low`, above `high` become `high`; either may be None.

    The derivative is 1 inside and on the bounds, 0 outside.
    """
    if low is None and high is None:
        return constant(x)
    if low is None or high is None:
        inside = (x >= low) if high is None else (x <= high)
        return where(inside, x, low if high is None else high)
    return apply(_CLIP, x, low, high)


builders["clip"] = clip
