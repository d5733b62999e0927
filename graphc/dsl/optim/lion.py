"""Lion: steps of one size, by the sign of an average."""

from __future__ import annotations

from typing import Any, ClassVar, Unpack

from graphc.dsl.optim.base import Descent, Options, Updates, slot
from graphc.ir.node import Tensor
from graphc.ops.catalogue import sign


class Lion(Descent):
    """``p - lr sign(beta1 m + (1 - beta1) g)``, then ``m = beta2 m + (1 - beta2) g`` (X. Chen et al.,
    "Symbolic discovery of optimization algorithms", 2023, algorithm 2).

    Kept is ``M = beta2 M + g`` (``m / (1 - beta2)``), and a sign does not change with a factor above 0:
    ``sign(k M + g)``, ``k = beta1 (1 - beta2) / (1 - beta1)``.  Weight decay is decoupled.

    Args and errors are those of :class:`Descent`; `beta1` and `beta2` lie in [0, 1).
    """

    remark = "momentum is without the factor 1 - beta"
    defaults: ClassVar[Options] = {"decoupled": True}

    def __init__(
        self,
        learning_rate: Any = 1e-4,
        beta1: float = 0.9,
        beta2: float = 0.99,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(learning_rate, **options)
        self._require("beta1", beta1, 0, 1)
        self._require("beta2", beta2, 0, 1)
        self.beta1 = beta1
        self.beta2 = beta2

    def change(
        self, parameter: Tensor, p: Tensor, g: Tensor, shared: dict[str, Any], slots: Updates
    ) -> Tensor:
        """``p - lr sign(k M + g)``."""
        m = slot(parameter, "momentum")
        slots[m] = self.beta2 * m + g
        factor = self.beta1 * (1 - self.beta2) / (1 - self.beta1)
        change: Tensor = shared["rate"] * sign(factor * m + g)
        return p - change
