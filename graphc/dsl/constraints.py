"""Constraints: what a parameter is brought to after each update.

A constraint is a function of the parameter and of its new value; the result is what the parameter
becomes.  Unless said otherwise it leaves parameters with fewer than two axes alone: biases, gains.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np

from graphc.errors import GraphError
from graphc.ir import origin as origins
from graphc.ir.node import Tensor
from graphc.ops import reduce
from graphc.ops.catalogue import maximum, sqrt, square

__all__ = ["Constraint", "max_norm", "non_negative", "unit_norm"]

Constraint: TypeAlias = Callable[[Tensor, Tensor], Tensor]


def _positive(what: str, value: Any) -> float:
    number = isinstance(value, (int, float)) and not isinstance(value, bool)
    if not number or not 0 < value < math.inf:
        raise GraphError(f"{what} at {origins.current()}: it takes a number above 0, not {value!r}")
    return float(value)


def _lengths(value: Tensor) -> Tensor:
    """The Euclidean length of the weights that come into each unit: over all axes but the last."""
    axes = tuple(range(value.ndim - 1))
    return sqrt(reduce.sum(square(value), axis=axes))


class max_norm:
    """Units whose incoming weights are longer than `c` get weights of that length, in the same
    direction (N. Srivastava et al., "Dropout", 2014, section 5.1).

    Weights are ``(..., in, units)``: the length is over all axes but the last.  A length of 0 stays.

    Raises GraphError when `c` is not above 0.
    """

    def __init__(self, c: float) -> None:
        self.c = _positive("max_norm", c)

    def __call__(self, parameter: Tensor, value: Tensor) -> Tensor:
        """The new value, with no unit's weights longer than `c`."""
        if parameter.ndim < 2:
            return value
        return value * (self.c / maximum(_lengths(value), self.c))

    def __repr__(self) -> str:
        return f"max_norm({self.c:g})"


class unit_norm:
    """Every unit's incoming weights get length 1; weights that are all 0 stay 0."""

    def __call__(self, parameter: Tensor, value: Tensor) -> Tensor:
        """The new value, every unit's weights of length 1."""
        if parameter.ndim < 2:
            return value
        return value / maximum(_lengths(value), float(np.finfo(value.dtype).tiny))

    def __repr__(self) -> str:
        return "unit_norm()"


class non_negative:
    """Negative elements become 0; of weights only, unless `biases`."""

    def __init__(self, biases: bool = False) -> None:
        self.biases = bool(biases)

    def __call__(self, parameter: Tensor, value: Tensor) -> Tensor:
        """The new value, without negative elements."""
        return maximum(value, 0) if self.biases or parameter.ndim >= 2 else value

    def __repr__(self) -> str:
        return f"non_negative({'biases=True' if self.biases else ''})"
