"""Steps over the root of a sum or an average of squared gradients: Adagrad, RMSProp, Adadelta."""

from __future__ import annotations

import math
from typing import Any, Unpack

from graphc.dsl.optim.base import Descent, Options, Updates, slot
from graphc.ir.node import Tensor
from graphc.ops.catalogue import maximum, sqrt, square


class Adagrad(Descent):
    """``S = S + g**2``, ``p - lr g / (sqrt(S) + epsilon)`` (J. Duchi, E. Hazan and Y. Singer, "Adaptive
    subgradient methods for online learning and stochastic optimization", 2011, with diagonal
    matrices: figure 1).

    Args and errors are those of :class:`Descent`; `initial` is what the sum of squares starts from;
    `epsilon` is above 0.
    """

    def __init__(
        self,
        learning_rate: Any = 1e-2,
        epsilon: float = 1e-10,
        initial: float = 0.0,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(learning_rate, **options)
        self._require("epsilon", epsilon, 0, math.inf, open_below=True)
        self._require("initial", initial, 0, math.inf)
        self.epsilon = epsilon
        self.initial = initial

    def change(
        self, parameter: Tensor, p: Tensor, g: Tensor, shared: dict[str, Any], slots: Updates
    ) -> Tensor:
        """``p - lr g / (sqrt(S) + epsilon)``."""
        s = slot(parameter, "squares", self.initial)
        slots[s] = squares = s + square(g)
        change: Tensor = shared["rate"] * (g / (sqrt(squares) + self.epsilon))
        return p - change


class RMSProp(Descent):
    """``v = rho v + (1 - rho) g**2``, ``p - lr g / (sqrt(v) + epsilon)`` (T. Tieleman and G. Hinton,
    "Lecture 6.5: rmsprop", 2012).

    With `centered`, ``v`` less the square of the gradients' own average: their variance (A. Graves,
    "Generating sequences with recurrent neural networks", 2013, eq. 38-41).  With `momentum`,
    ``b = mu b + g / (sqrt(v) + epsilon)`` and ``p - lr b``.  Kept is ``V = rho V + g**2``
    (``v / (1 - rho)``), and of the average ``A = rho A + g``; the factors are in the rate and in epsilon.

    Args and errors are those of :class:`Descent`; `rho` and `momentum` lie in [0, 1), `epsilon` is
    above 0.
    """

    remark = "what is kept is without the factor 1 - rho"

    def __init__(
        self,
        learning_rate: Any = 1e-2,
        rho: float = 0.99,
        epsilon: float = 1e-8,
        momentum: float = 0.0,
        centered: bool = False,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(learning_rate, **options)
        self._require("rho", rho, 0, 1)
        self._require("epsilon", epsilon, 0, math.inf, open_below=True)
        self._require("momentum", momentum, 0, 1)
        self.rho = rho
        self.epsilon = epsilon
        self.momentum = momentum
        self.centered = centered

    def scalars(self, rate: Any, done: Tensor | None, **counters: Tensor) -> dict[str, Any]:
        """The rate and epsilon over the root of ``1 - rho``."""
        root = math.sqrt(1 - self.rho)
        return {"rate": rate / root, "epsilon": self.epsilon / root}

    def change(
        self, parameter: Tensor, p: Tensor, g: Tensor, shared: dict[str, Any], slots: Updates
    ) -> Tensor:
        """``p - lr g / (sqrt(v) + epsilon)``, or by the velocity."""
        v = slot(parameter, "squares")
        slots[v] = squares = self.rho * v + square(g)
        if self.centered:
            a = slot(parameter, "means")
            slots[a] = average = self.rho * a + g
            # A variance, but rounding can leave it below 0.
            squares = maximum(squares - (1 - self.rho) * square(average), 0)
        step = g / (sqrt(squares) + shared["epsilon"])
        if self.momentum:
            m = slot(parameter, "momentum")
            slots[m] = step = self.momentum * m + step
        change: Tensor = shared["rate"] * step
        return p - change


class Adadelta(Descent):
    """Steps in the units of the parameters (M. Zeiler, "ADADELTA: an adaptive learning rate method",
    2012, algorithm 1): ``delta = g sqrt(d + epsilon) / sqrt(v + epsilon)``, ``p - lr delta``, with
    ``v = rho v + (1 - rho) g**2`` and ``d = rho d + (1 - rho) delta**2``.

    Kept are ``V = v / (1 - rho)`` and ``D = d / (1 - rho)``: the factors cancel, but for that of epsilon,
    and one root does for two.

    Args and errors are those of :class:`Descent`; `rho` lies in [0, 1), `epsilon` is above 0.
    """

    remark = "squares and steps are without the factor 1 - rho"

    def __init__(
        self,
        learning_rate: Any = 1.0,
        rho: float = 0.9,
        epsilon: float = 1e-6,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(learning_rate, **options)
        self._require("rho", rho, 0, 1)
        self._require("epsilon", epsilon, 0, math.inf, open_below=True)
        self.rho = rho
        self.epsilon = epsilon

    def change(
        self, parameter: Tensor, p: Tensor, g: Tensor, shared: dict[str, Any], slots: Updates
    ) -> Tensor:
        """``p - lr delta``."""
        epsilon = self.epsilon / (1 - self.rho)
        v, d = slot(parameter, "squares"), slot(parameter, "steps")
        slots[v] = squares = self.rho * v + square(g)
        delta = sqrt((d + epsilon) / (squares + epsilon)) * g
        slots[d] = self.rho * d + square(delta)
        rate: Tensor | float = shared["rate"]
        return p - rate * delta
