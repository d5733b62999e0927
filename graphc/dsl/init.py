"""Initialisers: called with a shape and an element type, they give the tensor to start from.

Layers take an initialiser, its name (``"he_normal"``), or the values themselves.  Which axes of a
weight count as ``fan_in`` and ``fan_out`` is its `layout`; see :func:`fans`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from graphc.errors import GraphError, ShapeError, meant
from graphc.ir import dims, types
from graphc.ir import origin as origins
from graphc.ir.dims import DimLike
from graphc.ir.node import Tensor
from graphc.ops import leaf
from graphc.ops import nn as draws
from graphc.ops.catalogue import equal
from graphc.ops.draws import ORTHOGONAL, TRUNCATED_GAUSS, TRUNCATED_STD
from graphc.ops.elementwise import cast
from graphc.ops.shape import broadcast_to, expand_dims, reshape, transpose

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
class truncated_normal:
    """Independent draws of that mean and standard deviation from a normal distribution whose tails
    are cut off: no draw is farther from the mean than twice the standard deviation that the
    distribution had before, which is ``std / 0.8796``.

    0.8796 is the standard deviation of the standard normal distribution cut off at -2 and 2,
    ``sqrt(1 - 4 phi(2) / (Phi(2) - Phi(-2)))`` (N. Johnson, S. Kotz and N. Balakrishnan,
    "Continuous univariate distributions", 1994, eq. 13.135).  The draws are quantiles of uniform
    ones; nothing is rejected.

    Called, raises GraphError unless ``std > 0``.
    """

    mean: float = 0.0
    std: float = 0.05

    def __call__(self, shape: Any, dtype: Any = "float32") -> Tensor:
        """A tensor of that shape, float32 or float64."""
        if not self.std > 0:
            raise GraphError(f"{self} at {origins.current()}: a standard deviation is above 0")
        drawn = _truncated(dims.shape(shape), self.std, dtype)
        return drawn if self.mean == 0.0 else drawn + self.mean


def _truncated(shape: tuple[DimLike, ...], std: float, dtype: Any) -> Tensor:
    return TRUNCATED_GAUSS(draws.uniform(shape, dtype=dtype)) * (std / TRUNCATED_STD)


@dataclass(frozen=True)
class variance_scaling:
    """Draws of mean 0 and variance ``scale / fan``.

    Attributes:
        scale: the numerator.
        fan: ``"in"``, ``"out"`` or ``"average"``, which is ``(fan_in + fan_out) / 2``.
        law: ``"normal"``, ``"truncated_normal"`` (see the class of that name), or ``"uniform"`` on
            ``[-a, a)`` with ``a = sqrt(3 * scale / fan)``.
        layout: which axes are which; see :func:`fans`.

    Called, raises ShapeError for a shape with fewer than two axes or a symbolic size.
    """

    scale: float = 1.0
    fan: str = "in"
    law: str = "normal"
    layout: str = "io"

    def __call__(self, shape: Any, dtype: Any = "float32") -> Tensor:
        """A tensor of that shape, float32 or float64."""
        size = dims.shape(shape)
        fan_in, fan_out = fans(size, self.layout)
        table = {"in": fan_in, "out": fan_out, "average": (fan_in + fan_out) / 2}
        laws = ("normal", "truncated_normal", "uniform")
        if self.fan not in table or self.law not in laws or not self.scale > 0:
            raise GraphError(
                f"{self} at {origins.current()}: scale is above 0, fan 'in', 'out' or 'average', "
                "law 'normal', 'truncated_normal' or 'uniform'"
            )
        variance = self.scale / max(table[self.fan], 1)
        if self.law == "normal":
            return draws.normal(size, 0.0, math.sqrt(variance), dtype)
        if self.law == "truncated_normal":
            return _truncated(size, math.sqrt(variance), dtype)
        bound = math.sqrt(3 * variance)
        return draws.uniform(size, -bound, bound, dtype)


@dataclass(frozen=True)
class orthogonal:
    """`gain` times a random matrix with orthonormal columns, or rows where there are fewer of these,
    every such matrix being as likely as any other (A. Saxe et al., "Exact solutions to the
    nonlinear dynamics of learning in deep linear neural networks", 2014).

    A kernel is taken as the matrix of its outgoing axis and all others.

    Attributes:
        gain: the factor, above 0.
        layout: which axis is the outgoing one; see :func:`fans`.

    Called, raises ShapeError for a shape with fewer than two axes or a symbolic size, GraphError
    for a gain that is not above 0.
    """

    gain: float = 1.0
    layout: str = "io"

    def __call__(self, shape: Any, dtype: Any = "float32") -> Tensor:
        """A tensor of that shape, float32 or float64."""
        size = dims.shape(shape)
        fans(size, self.layout)  # for its checks
        if not self.gain > 0:
            raise GraphError(f"{self} at {origins.current()}: the gain is above 0")
        first = self.layout != "io"
        out = size[0] if first else size[-1]
        rest = dims.product(size[1:] if first else size[:-1])
        matrix = ORTHOGONAL(draws.normal((rest, out), dtype=dtype))
        if self.gain != 1.0:
            matrix = matrix * self.gain
        return reshape(transpose(matrix) if first else matrix, size)


@dataclass(frozen=True)
class identity:
    """`gain` on the diagonal of a matrix, 0 elsewhere; the matrix need not be square.

    Called, raises ShapeError for a shape that is no matrix.
    """

    gain: float = 1.0

    def __call__(self, shape: Any, dtype: Any = "float32") -> Tensor:
        """A tensor of that shape."""
        size = dims.shape(shape)
        if len(size) != 2:
            raise ShapeError(
                f"{self} at {origins.current()}: an identity is a matrix, (in, out), not "
                f"{types.shape_text(size)}"
            )
        rows, columns = leaf.iota(size[:1]), leaf.iota(size[1:])
        eye = cast(equal(expand_dims(rows, 1), columns), dtype)
        return eye if self.gain == 1.0 else eye * self.gain


LAYOUTS = ("io", "oi", "embedding")


def fans(shape: Sequence[DimLike], layout: str = "io") -> tuple[int, int]:
    """``(fan_in, fan_out)`` of a weight: how many products each result is a sum of, and how many
    results each operand goes into.

    Args:
        shape: at least two axes, all of them numbers.
        layout: ``"io"``: the last two axes are in and out, ``(in, out)`` or ``(height, width, in, out)``;
            ``"oi"``: the first two are out and in, ``(out, in, height, width)``; the other axes
            are the receptive field, which multiplies both.  In a grouped convolution the axis "in" has
            the size of one group, as it must, and fan_out counts all groups, as in PyTorch.
            ``"embedding"``: a table ``(vocabulary, width)``, of which rows are read and not summed:
            ``fan_in`` is the width and ``fan_out`` the size of the vocabulary, as in PyTorch.

    Raises:
        ShapeError: for fewer than two axes, a symbolic size, or a table of more than two axes.
        GraphError: for an unknown layout.
    """
    if layout not in LAYOUTS:
        raise GraphError(
            f"an initialiser at {origins.current()}: a layout is one of {', '.join(LAYOUTS)}, "
            f"not {layout!r}"
        )
    sizes = [size for size in shape if isinstance(size, int)]
    if len(sizes) < 2 or len(sizes) != len(shape) or (layout == "embedding" and len(sizes) > 2):
        form = {"io": "(in, out)", "oi": "(out, in, ...)"}.get(layout, "(vocabulary, width)")
        raise ShapeError(
            f"an initialiser at {origins.current()} scales by fan-in and fan-out, so it needs a "
            f"weight of shape {form}, not {types.shape_text(shape)}; zeros, constant, uniform "
            "and normal fit any shape"
        )
    if layout == "io":
        field = math.prod(sizes[:-2])
        return field * sizes[-2], field * sizes[-1]
    field = math.prod(sizes[2:])
    return field * sizes[1], field * sizes[0]


def gain(function: str, slope: float = 0.01) -> float:
    """What weights before an activation function are multiplied by to keep the variance, as in
    ``torch.nn.init.calculate_gain``: 1, 5/3 for tanh, ``sqrt(2)`` for ReLU,
    ``sqrt(2 / (1 + slope**2))`` for leaky ReLU (He et al., 2015, eq. 15), 3/4 for SELU.

    Raises:
        GraphError: for a function without such a number.
    """
    table = {
        "linear": 1.0,
        "sigmoid": 1.0,
        "tanh": 5 / 3,
        "relu": math.sqrt(2.0),
        "leaky_relu": math.sqrt(2.0 / (1 + slope**2)),
        "selu": 0.75,
    }
    if function not in table:
        raise GraphError(
            f"gain at {origins.current()}: no gain is known for {function!r}, only for "
            f"{', '.join(table)}"
        )
    return table[function]


def xavier(gain: float = 1.0, law: str = "uniform", layout: str = "io") -> variance_scaling:
    """Variance ``2 gain**2 / (fan_in + fan_out)`` (Glorot and Bengio, 2010)."""
    return variance_scaling(gain**2, "average", law, layout)


def he(
    slope: float = 0.0, fan: str = "in", law: str = "normal", layout: str = "io"
) -> variance_scaling:
    """Variance ``2 / ((1 + slope**2) fan)`` (He et al., 2015, eqs. 10, 14 and 15): for a leaky ReLU
    of that slope; with ``fan="out"`` it keeps the variance of gradients instead of values."""
    return variance_scaling(2.0 / (1 + slope**2), fan, law, layout)


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

lecun_uniform = variance_scaling(1.0, "in", "uniform")
"""Variance ``1 / fan_in``, uniform with bound ``sqrt(3 / fan_in)`` (LeCun et al., 1998)."""

xavier_uniform, xavier_normal = glorot_uniform, glorot_normal
kaiming_uniform, kaiming_normal = he_uniform, he_normal

NAMED: dict[str, Initialiser] = {
    "zeros": zeros,
    "ones": ones,
    "uniform": uniform(),
    "normal": normal(),
    "truncated_normal": truncated_normal(),
    "glorot_uniform": glorot_uniform,
    "glorot_normal": glorot_normal,
    "xavier_uniform": xavier_uniform,
    "xavier_normal": xavier_normal,
    "he_uniform": he_uniform,
    "he_normal": he_normal,
    "kaiming_uniform": kaiming_uniform,
    "kaiming_normal": kaiming_normal,
    "lecun_uniform": lecun_uniform,
    "lecun_normal": lecun_normal,
    "orthogonal": orthogonal(),
    "identity": identity(),
}


def draw(init: Any, shape: Sequence[DimLike], dtype: str, what: str, layout: str = "io") -> Tensor:
    """What a weight of that shape starts from.

    Args:
        init: an initialiser, its name, or values (an array, lists, a tensor) of that very shape.
        shape: the weight's shape.
        dtype: the weight's element type.
        what: the weight, for errors.
        layout: of the weight, for initialisers that have one and were not given another.

    Raises:
        GraphError: for an unknown name.
        ShapeError: for values of another shape.
    """
    if isinstance(init, str):
        if init not in NAMED:
            raise GraphError(
                f"{what}: no initialiser is called '{init}'; known: {', '.join(NAMED)}"
                f"{meant(init, NAMED)}"
            )
        init = NAMED[init]
    if isinstance(init, (variance_scaling, orthogonal)) and init.layout == "io":
        init = replace(init, layout=layout)
    values = init(tuple(shape), dtype) if callable(init) else leaf.constant(init)
    if not isinstance(values, Tensor) or values.shape != tuple(shape):
        found = types.shape_text(values.shape) if isinstance(values, Tensor) else repr(values)
        raise ShapeError(f"{what}: it has shape {types.shape_text(shape)}, its values {found}")
    return values.astype(dtype)
