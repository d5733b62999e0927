"""Loss scaling: gradients kept in the range of float16, and steps without finite ones left out.

P. Micikevicius et al., "Mixed precision training" (2018), section 3.2: the loss is multiplied by a
factor before it is differentiated, and its gradients are divided by it.  The factor grows while all is
well and shrinks when a gradient overflows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from graphc.dsl.variables import state
from graphc.ir import origin as origins
from graphc.ir.node import Tensor
from graphc.ops.catalogue import maximum, minimum
from graphc.ops.elementwise import cast
from graphc.ops.logic import where
from graphc.ops.nn import sum_of_squares

START, LEAST, MOST = 2.0**16, 1.0, 2.0**24
PATIENCE = 2000  # finite steps after which the factor doubles
_LARGEST = float(np.finfo(np.float32).max)


@dataclass(frozen=True)
class LossScale:
    """A factor of the loss, as a state; `good` counts the finite steps since it changed."""

    factor: Tensor
    good: Tensor

    @classmethod
    def declared(cls) -> LossScale:
        """New states ``loss_scale`` and ``loss_scale.good_steps``."""
        with origins.role("update"):
            return cls(
                state("loss_scale", np.float32(START)), state("loss_scale.good_steps", np.int32(0))
            )

    def scaled(self, loss: Tensor) -> Tensor:
        """The loss that is differentiated."""
        return (loss * cast(self.factor, loss.dtype)).named("scaled_loss")

    def unscaled(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """Its gradients, as those of the loss itself."""
        found = []
        for gradient in gradients:
            with origins.derived_from(gradient.node.origin):
                found.append(gradient / cast(self.factor, gradient.dtype))
        return found

    def updates(
        self, gradients: Sequence[Tensor], changed: Mapping[Tensor, Tensor]
    ) -> dict[Tensor, Tensor]:
        """Updates that keep every old value, to the last bit, where a gradient is not finite.

        Gradients count as finite where the sum of their squares is, in float32.

        Args:
            gradients: of this step, unscaled.
            changed: what a step makes of each state.
        """
        with origins.role("update"):
            total = sum_of_squares([cast(g, "float32") for g in gradients])
            finite = (total <= _LARGEST).named("finite")  # neither infinite nor NaN
            kept = {old: where(finite, new, old) for old, new in changed.items()}
            full = self.good + 1 >= PATIENCE
            larger = where(full, minimum(self.factor * 2, MOST), self.factor)
            kept[self.factor] = where(finite, larger, maximum(self.factor * 0.5, LEAST))
            kept[self.good] = where(finite & ~full, self.good + 1, 0)
        return kept
