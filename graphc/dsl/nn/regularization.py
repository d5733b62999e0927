"""Layers that change what they are given while training only: dropout and noise."""

from __future__ import annotations

from graphc.dsl.nn.core import Layer
from graphc.errors import GraphError
from graphc.ir import origin as origins
from graphc.ir.node import Tensor
from graphc.ops import nn as ops


class Dropout(Layer):
    """While training, each element is 0 with probability `rate` and the rest is scaled by
    ``1 / (1 - rate)``; in functions that only infer, nothing happens (N. Srivastava et al., 2014).

    Raises GraphError for a rate outside [0, 1).
    """

    def __init__(self, rate: float, name: str | None = None) -> None:
        super().__init__(name)
        if isinstance(rate, bool) or not isinstance(rate, (int, float)) or not 0 <= rate < 1:
            raise GraphError(
                f"Dropout at {origins.current()}: rate lies in [0, 1), not at {rate!r}"
            )
        self.rate = float(rate)

    def forward(self, x: Tensor) -> Tensor:
        """Some elements of `x`, scaled; see the class."""
        x = self._input(x)
        with self._here():
            y = ops.dropout(x, self.rate)
        self._labels.after(x, y, "dropped")
        return y
