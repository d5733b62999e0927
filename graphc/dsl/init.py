"""Initialisers: called with a shape and an element type, they give the tensor to start from.

``fan_in`` and ``fan_out`` are the two sizes of a dense weight ``(in, out)``; the axes before the
last two of a larger kernel multiply both.  Layers take an initialiser, its name (``"he_normal"``),
or the values themselves.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from graphc.errors import GraphError, ShapeError
from graphc.ir import dims, types
from graphc.ir import origin as origins
from graphc.ir.dims import DimLike
from graphc.ir.node import Tensor
from graphc.ops import leaf
from graphc.ops import nn as draws
from graphc.ops.shape import broadcast_to

Initialiser: TypeAlias = Callable[[Any, Any], Tensor]


@dataclass(frozen=True)
class constant:
    """Every element is `value`."""

    value: float

    def __call__(self, shape: Any, dtype: Any = "float32") -> Tensor:
        """A tensor of that shape."""
        return broadcast_to(leaf.constant(self.value, dtype), dims.shape(shape))


@dataclass(frozen=True)
class uniform:
    """Independent uniform draws from [low, high): variance ``(high - low)**2 / 12``.

    Called, raises GraphError unless ``low < high``.
    """

    low: float = -0.05
    high: float = 0.05

    def __call__(self, shape: Any, dtype: Any = "float32") -> Tensor:
        """A tensor of that shape, float32 or float64."""
        if not self.low < self.high:
            raise GraphError(
                f"{self} at {origins.current()}: the lower end must be below the upper end"
            )
        return draws.uniform(dims.shape(shape), self.low, self.high, dtype)


@dataclass(frozen=True)
class normal:
    """Independent normal draws of that mean and standard deviation.

    Called, raises GraphError unless ``std > 0``.
    """

    mean: float = 0.0
    std: float = 0.05

    def __call__(self, shape: Any, dtype: Any = "float32") -> Tensor:
        """A tensor of that shape, float32 or float64."""
        if not self.std > 0:
            raise GraphError(f"{self} at {origins.current()}: a standard deviation is above 0")
        return draws.normal(dims.shape(shape), self.mean, self.std, dtype)


@dataclass(frozen=True)
class variance_scaling:
    """Draws of mean 0 and variance ``scale / fan``.

    Attributes:
        scale: the numerator.
        fan: ``"in"``, ``"out"`` or ``"average"``, which is ``(fan_in + fan_out) / 2``.
        law: ``"normal"`` (not truncated), or ``"uniform"`` on ``[-a, a)`` with
            ``a = sqrt(3 * scale / fan)``.

    Called, raises ShapeError for a shape with fewer than two axes or a symbolic size.
    """

    scale: float = 1.0
    fan: str = "in"
    law: str = "normal"

    def __call__(self, shape: Any, dtype: Any = "float32") -> Tensor:
        """A tensor of that shape, float32 or float64."""
        size = dims.shape(shape)
        fan_in, fan_out = fans(size)
        table = {"in": fan_in, "out": fan_out, "average": (fan_in + fan_out) / 2}
        if self.fan not in table or self.law not in ("normal", "uniform") or not self.scale > 0:
            raise GraphError(
                f"{self} at {origins.current()}: scale is above 0, fan 'in', 'out' or 'average', "
                "law 'normal' or 'uniform'"
            )
        variance = self.scale / max(table[self.fan], 1)
        if self.law == "normal":
            return draws.normal(size, 0.0, math.sqrt(variance), dtype)
        bound = math.sqrt(3 * variance)
        return draws.uniform(size, -bound, bound, dtype)


def fans(shape: Sequence[DimLike]) -> tuple[int, int]:
    """``(fan_in, fan_out)`` of a weight ``(..., in, out)``.

    Raises:
        ShapeError: for fewer than two axes, or a symbolic size.
    """
    sizes = [size for size in shape if isinstance(size, int)]
    if len(sizes) < 2 or len(sizes) != len(shape):
        raise ShapeError(
            f"an initialiser at {origins.current()} scales by fan-in and fan-out, so it needs a "
            f"weight of shape (in, out), not {types.shape_text(shape)}; zeros, constant, uniform "
            "and normal fit any shape"
        )
    field = math.prod(sizes[:-2])
    return field * sizes[-2], field * sizes[-1]


zeros = constant(0.0)
"""Every element is 0."""

ones = constant(1.0)
"""Every element is 1."""

glorot_uniform = variance_scaling(1.0, "average", "uniform")
"""Variance ``2 / (fan_in + fan_out)``, uniform with bound ``sqrt(6 / (fan_in + fan_out))``
(X. Glorot and Y. Bengio, "Understanding the difficulty of training deep feedforward neural
networks", 2010, eq. 16): for tanh, sigmoid and linear layers."""

glorot_normal = variance_scaling(1.0, "average", "normal")
"""Variance ``2 / (fan_in + fan_out)``, normal (Glorot and Bengio, 2010, eq. 12)."""

he_uniform = variance_scaling(2.0, "in", "uniform")
"""Variance ``2 / fan_in``, uniform with bound ``sqrt(6 / fan_in)`` (He et al., 2015)."""

he_normal = variance_scaling(2.0, "in", "normal")
"""Variance ``2 / fan_in``, normal (K. He et al., "Delving deep into rectifiers", 2015, eq. 10):
for ReLU and its kind."""

lecun_normal = variance_scaling(1.0, "in", "normal")
"""Variance ``1 / fan_in``, normal (Y. LeCun et al., "Efficient BackProp", 1998, eq. 16): for
SELU."""

NAMED: dict[str, Initialiser] = {
    "zeros": zeros,
    "ones": ones,
    "uniform": uniform(),
    "normal": normal(),
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    "lecun_normal": lecun_normal,
}


def draw(init: Any, shape: Sequence[DimLike], dtype: str, what: str) -> Tensor:
    """What a weight of that shape starts from.

    Args:
        init: an initialiser, its name, or values (an array, lists, a tensor) of that very shape.
        shape: the weight's shape.
        dtype: the weight's element type.
        what: the weight, for errors.

    Raises:
        GraphError: for an unknown name.
        ShapeError: for values of another shape.
    """
    if isinstance(init, str):
        if init not in NAMED:
            raise GraphError(
                f"{what}: no initialiser is called '{init}'; known: {', '.join(NAMED)}"
            )
        init = NAMED[init]
    values = init(tuple(shape), dtype) if callable(init) else leaf.constant(init)
    if not isinstance(values, Tensor) or values.shape != tuple(shape):
        found = types.shape_text(values.shape) if isinstance(values, Tensor) else repr(values)
        raise ShapeError(f"{what}: it has shape {types.shape_text(shape)}, its values {found}")
    return values.astype(dtype)
