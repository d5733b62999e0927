"""Layers that change what they are given while training only: dropout and noise."""

from __future__ import annotations

import math

from graphc.dsl.nn.core import Layer
from graphc.errors import GraphError
from graphc.ir import origin as origins
from graphc.ir.node import Tensor
from graphc.ops import nn as ops
from graphc.ops.phases import in_training


def rate_of(what: str, rate: float) -> float:
    """A rate of dropout as a float; raises GraphError outside [0, 1)."""
    if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate < 1:
        raise GraphError(f"{what} at {origins.current()}: rate lies in [0, 1), not at {rate!r}")
    return float(rate)


class Dropout(Layer):
    """While training, each element is 0 with probability `rate` and the rest is scaled by
    ``1 / (1 - rate)``; in functions that only infer, nothing happens (N. Srivastava et al., 2014).

    Raises GraphError for a rate outside [0, 1).
    """

    def __init__(self, rate: float, name: str | None = None) -> None:
        super().__init__(name)
        self.rate = rate_of("Dropout", rate)

    def forward(self, x: Tensor) -> Tensor:
        """Some elements of `x`, scaled; see the class."""
        x = self._input(x)
        with self._here():
            y = ops.dropout(x, self.rate)
        self._labels.after(x, y, "dropped")
        return y


class GaussianNoise(Layer):
    """While training, ``x + std n`` with `n` normally distributed, anew for each element (C. Bishop,
    "Training with noise is equivalent to Tikhonov regularization", 1995); elsewhere `x`.

    Raises GraphError for a `std` below 0.
    """

    def __init__(self, std: float, name: str | None = None) -> None:
        super().__init__(name)
        number = isinstance(std, (int, float)) and not isinstance(std, bool)
        if not number or not 0 <= std < math.inf:
            raise GraphError(
                f"GaussianNoise at {origins.current()}: std is a number from 0 on, not {std!r}"
            )
        self.std = float(std)

    def forward(self, x: Tensor) -> Tensor:
        """`x` with noise; see the class."""
        x = self._input(x)
        with self._here():
            y = in_training(x + ops.normal(x.shape, std=self.std, dtype=x.dtype), x)
        self._labels.after(x, y, "noisy")
        return y


class GaussianDropout(Layer):
    """While training, each element times a normally distributed number of mean 1 and the variance
    ``rate / (1 - rate)`` of dropout (N. Srivastava et al., 2014, section 10); elsewhere `x`.

    Raises GraphError for a rate outside [0, 1).
    """

    def __init__(self, rate: float, name: str | None = None) -> None:
        super().__init__(name)
        self.rate = rate_of("GaussianDropout", rate)

    def forward(self, x: Tensor) -> Tensor:
        """`x`, scaled at random; see the class."""
        x = self._input(x)
        std = math.sqrt(self.rate / (1 - self.rate))
        with self._here():
            y = in_training(x * ops.normal(x.shape, mean=1.0, std=std, dtype=x.dtype), x)
        self._labels.after(x, y, "scaled")
        return y
