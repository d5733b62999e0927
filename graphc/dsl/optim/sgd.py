"""Gradient descent, with momentum or without."""

from __future__ import annotations

from typing import Any, Unpack

from graphc.dsl.optim.base import Descent, Options, Updates, slot
from graphc.errors import GraphError
from graphc.ir import origin as origins
from graphc.ir.node import Tensor


class SGD(Descent):
    """Gradient descent: ``p - lr g``, with momentum ``m' = mu m + g`` and ``p - lr m'``.

    Momentum is B. Polyak's (1964); `nesterov` looks ahead, ``p - lr (g + mu m')`` (I. Sutskever et
    al., "On the importance of initialization and momentum in deep learning", 2013, in the form
    that needs no second point).  Whether it is batch, mini-batch or on-line descent is a matter of
    how many examples a step is given.

    Args and errors are those of :class:`Descent`; `momentum` lies in [0, 1), and `nesterov` needs
    one above 0.
    """

    def __init__(
        self,
        learning_rate: Any,
        momentum: float = 0.0,
        nesterov: bool = False,
        **options: Unpack[Options],
    ) -> None:
        super().__init__(learning_rate, **options)
        self._require("momentum", momentum, 0, 1)
        if nesterov and not momentum:
            raise GraphError(f"SGD at {origins.current()}: nesterov needs a momentum above 0")
        self.momentum = momentum
        self.nesterov = nesterov

    def change(
        self, parameter: Tensor, p: Tensor, g: Tensor, shared: dict[str, Any], slots: Updates
    ) -> Tensor:
        """``p - lr g``, or by the velocity."""
        if self.momentum:
            m = slot(parameter, "momentum")
            slots[m] = velocity = self.momentum * m + g
            g = g + self.momentum * velocity if self.nesterov else velocity
        rate: Tensor | float = shared["rate"]
        return p - rate * g
