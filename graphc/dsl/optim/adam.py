"""Adam and its relatives: a moving average of gradients over one of their size.

All keep their averages without the factors ``1 - beta``, which go into the step: that saves two
passes over all parameters.
"""

from __future__ import annotations

import math
from typing import Any, ClassVar, Unpack

import numpy as np

from graphc.dsl.optim.base import Descent, Options, Updates, slot
from graphc.dsl.variables import state
from graphc.ir.node import Tensor
from graphc.ops.catalogue import abs as magnitude
from graphc.ops.catalogue import maximum, sqrt, square


class Adam(Descent):
    """Adam (D. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015).

    Algorithm 1 in the efficient order of section 2, with the factors ``1 - beta`` taken out of the
    moving averages and into the step.  What is kept is ``M = beta1 M + g`` (``m / (1 - beta1)`` of the
    paper) and ``V = beta2 V + g**2`` (``v / (1 - beta2)``); with
    ``c = sqrt((1 - beta2**t) / (1 - beta2))`` the step ``p - alpha_t M / (sqrt(V) + epsilon c)``,
    ``alpha_t = lr c (1 - beta1) / (1 - beta1**t)``, equals ``p - lr m_hat / (sqrt(v_hat) + epsilon)``
    exactly.  Weight decay is the L2 penalty, ``g + weight_decay p``; see :class:`AdamW` for the other
    kind.

    Args and errors are those of :class:`Descent`; `beta1` and `beta2` lie in [0, 1), `epsilon` is
    above 0.
    """

    counts_steps = True
    remark = "momentum and squares are without the factor 1 - beta"

    def __init__(
        self,
        learning_rate: Any = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(learning_rate, **options)
        self._require("beta1", beta1, 0, 1)
        self._require("beta2", beta2, 0, 1)
        self._require("epsilon", epsilon, 0, math.inf, open_below=True)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon

    def scalars(self, rate: Any, done: Tensor | None, **counters: Tensor) -> dict[str, Any]:
        """The step size and epsilon with the bias corrections in them."""
        assert done is not None
        t = (done + 1).named("t")
        correction = sqrt((1 - self.beta2**t) / (1 - self.beta2)).named("c")
        average = (1 - self.beta1) / (1 - self.beta1**t)
        return {
            "alpha": (rate * correction * average).named("alpha_t"),
            "epsilon": (self.epsilon * correction).named("epsilon_t"),
        }

    def change(
        self, parameter: Tensor, p: Tensor, g: Tensor, shared: dict[str, Any], slots: Updates
    ) -> Tensor:
        """``p - alpha_t M / (sqrt(V) + epsilon_t)``."""
        m = slot(parameter, "momentum")
        slots[m] = momentum = self.beta1 * m + g
        squares = self.squares(parameter, g, slots)
        change: Tensor = shared["alpha"] * (momentum / (sqrt(squares) + shared["epsilon"]))
        return p - change

    def squares(self, parameter: Tensor, g: Tensor, slots: Updates) -> Tensor:
        """What the step is divided by the root of: ``V``."""
        v = slot(parameter, "squares")
        slots[v] = squares = self.beta2 * v + square(g)
        return squares


class AMSGrad(Adam):
    """Adam over the largest ``V`` so far, ``max(L, V)``, so that steps along a direction never grow
    again (S. Reddi, S. Kale and S. Kumar, "On the convergence of Adam and beyond", 2018, algorithm
    2; with the bias corrections of Adam, as usual).

    Args and errors are those of :class:`Adam`.
    """

    def squares(self, parameter: Tensor, g: Tensor, slots: Updates) -> Tensor:
        """The largest ``V`` so far."""
        largest = slot(parameter, "largest")
        slots[largest] = result = maximum(largest, super().squares(parameter, g, slots))
        return result


class AdamW(Adam):
    """Adam with decoupled weight decay: ``p (1 - lr weight_decay)`` before Adam's step, and no
    penalty in the gradient (I. Loshchilov and F. Hutter, "Decoupled weight decay regularization",
    2019, algorithm 2 with the rate as the schedule multiplier).

    Args and errors are those of :class:`Adam`; biases do not decay unless asked.
    """

    defaults: ClassVar[Options] = {"weight_decay": 0.01, "decoupled": True, "decay_biases": False}


class NAdam(Adam):
    """Adam with Nesterov's momentum (T. Dozat, "Incorporating Nesterov momentum into Adam", 2016).

    The momentum grows, ``mu_t = beta1 (1 - 0.96**(t momentum_decay) / 2)``; with ``P`` the product of
    all up to ``mu_t`` the step is ``p - lr m_bar / (sqrt(v_hat) + epsilon)``,
    ``m_bar = (1 - mu_t) g / (1 - P) + mu_{t+1} m / (1 - P mu_{t+1})``.  Kept are ``M`` and ``V`` of
    :class:`Adam`, and ``P``.

    Args and errors are those of :class:`Adam`; `momentum_decay` is from 0.
    """

    def __init__(
        self,
        learning_rate: Any = 2e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        momentum_decay: float = 4e-3,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, epsilon, **options)
        self._require("momentum_decay", momentum_decay, 0, math.inf)
        self.momentum_decay = momentum_decay

    def _mu(self, t: Tensor) -> Tensor:
        momentum: Tensor = self.beta1 * (1 - 0.5 * 0.96 ** (t * self.momentum_decay))
        return momentum

    def counters(self, count: Tensor | None) -> Updates:
        """The product of all momenta, in double precision."""
        assert count is not None
        product = state("mu_product", np.float64(1))
        mu = self._mu(count.astype("float64") + 1).named("mu")
        return {product: product * mu}

    def scalars(self, rate: Any, done: Tensor | None, **counters: Tensor) -> dict[str, Any]:
        """The factors of the gradient and of the momentum in the step."""
        assert done is not None
        t = (done + 1).named("t")
        correction = sqrt((1 - self.beta2**t) / (1 - self.beta2)).named("c")
        mu, following = self._mu(t).named("mu_t"), self._mu(t + 1).named("mu_next")
        product = counters["mu_product"]
        averaged = following * ((1 - self.beta1) / (1 - product * following))
        return {
            "gradient": (rate * correction * ((1 - mu) / (1 - product))).named("alpha_g"),
            "momentum": (rate * correction * averaged).named("alpha_m"),
            "epsilon": (self.epsilon * correction).named("epsilon_t"),
        }

    def change(
        self, parameter: Tensor, p: Tensor, g: Tensor, shared: dict[str, Any], slots: Updates
    ) -> Tensor:
        """``p - (alpha_g g + alpha_m M) / (sqrt(V) + epsilon_t)``."""
        m = slot(parameter, "momentum")
        slots[m] = momentum = self.beta1 * m + g
        root = sqrt(self.squares(parameter, g, slots)) + shared["epsilon"]
        ahead = shared["gradient"] * g + shared["momentum"] * momentum
        new: Tensor = p - ahead / root
        return new


class AdaMax(Adam):
    """Adam with the largest gradient in place of the root of squares (D. Kingma and J. Ba, 2015,
    algorithm 2): ``u = max(beta2 u, |g| + epsilon)``, ``p - lr m_hat / u``.

    The `epsilon` is not the paper's: it keeps the first step finite where a gradient is 0.

    Args and errors are those of :class:`Adam`.
    """

    remark = "momentum is without the factor 1 - beta"

    def __init__(
        self,
        learning_rate: Any = 2e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(learning_rate, beta1, beta2, epsilon, **options)

    def scalars(self, rate: Any, done: Tensor | None, **counters: Tensor) -> dict[str, Any]:
        """The step size with the bias correction in it."""
        assert done is not None
        t = (done + 1).named("t")
        return {"alpha": (rate * ((1 - self.beta1) / (1 - self.beta1**t))).named("alpha_t")}

    def change(
        self, parameter: Tensor, p: Tensor, g: Tensor, shared: dict[str, Any], slots: Updates
    ) -> Tensor:
        """``p - alpha_t M / u``."""
        m, u = slot(parameter, "momentum"), slot(parameter, "largest")
        slots[m] = momentum = self.beta1 * m + g
        slots[u] = largest = maximum(self.beta2 * u, magnitude(g) + self.epsilon)
        change: Tensor = shared["alpha"] * (momentum / largest)
        return p - change
