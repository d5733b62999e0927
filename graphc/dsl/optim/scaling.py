"""Loss scaling: gradients kept in the range of float16, and steps without finite ones left out.

P. Micikevicius et al., "Mixed precision training" (2018), section 3.2: the loss is multiplied by a
factor before it is differentiated, and its gradients are divided by it.  The factor grows while all is
well and shrinks when a gradient overflows.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from weakref import WeakSet

import numpy as np

from graphc.dsl.variables import state
from graphc.ir import origin as origins
from graphc.ir.graph import Graph
from graphc.ir.node import State, Tensor, state_of
from graphc.ops.catalogue import maximum, minimum
from graphc.ops.elementwise import cast
from graphc.ops.logic import where
from graphc.ops.nn import sum_of_squares

START, LEAST, MOST = 2.0**16, 1.0, 2.0**24
PATIENCE = 2000  # finite steps after which the factor doubles
_LARGEST = float(np.finfo(np.float32).max)


_factors: WeakSet[State] = WeakSet()


class LossScale:
    """A factor of a loss that is differentiated in float16, and the rule by which it changes.

    ``gx.compile(..., precision="float16")`` has one of its own.  In a function of a `gx.Program` it is
    put where the gradients are taken:

        scale = optim.LossScale()
        gradients = scale.unscaled(gx.grad(scale.scaled(loss), weights))
        changed = optim.Adam().updates(weights, gradients)
        step = gx.function([x, y], [loss], scale.updates(gradients, changed))

    It starts at 2**16, doubles after 2000 finite steps (to 2**24 at most), and halves (to 1 at least)
    after a step that is not finite, which changes nothing else.  P. Micikevicius et al., "Mixed precision
    training" (2018), section 3.2.

    Args:
        name: of its state, a float32 scalar; another, ``name.good_steps`` (int32), counts the finite steps
            since it changed.  Of several in a program each needs its own.
    """

    def __init__(self, name: str = "loss_scale") -> None:
        with origins.role("update"):
            self.factor = state(name, np.float32(START))
            self.good = state(f"{name}.good_steps", np.int32(0))
        _factors.add(state_of(self.factor))

    def scaled(self, loss: Tensor) -> Tensor:
        """The loss that is differentiated, of its shape and element type."""
        return (loss * cast(self.factor, loss.dtype)).named("scaled_loss")

    def unscaled(self, gradients: Sequence[Tensor]) -> list[Tensor]:
        """The gradients of the scaled loss, as those of the loss itself."""
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


def has_scale(graph: Graph) -> bool:
    """Whether a loss is scaled in a graph."""
    return any(state in _factors for state in graph.states)
