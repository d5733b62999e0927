"""Averages of the parameters over the steps of training, and what a network gives with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.dsl.optim.base import Optimizer, Updates
from graphc.dsl.variables import state
from graphc.errors import GraphError
from graphc.ir import origin as origins
from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, State, Tensor, state_of
from graphc.ops.catalogue import equal, where
from graphc.ops.leaf import constant, state_tensor


class EMA(Optimizer):
    """Another optimiser, and an exponential moving average of every parameter it changes.

        ema = optim.EMA(optim.Adam(1e-3), decay=0.999)
        net = gx.compile(..., optimizer=ema, outputs={"probs": ema.averaged(probs)})

    After each update ``a = a + k (p - a)`` with ``k = 1 - decay``, and ``k = 1`` at the first: the average
    starts from the first updated parameters (B. Polyak and A. Juditsky, "Acceleration of stochastic
    approximation by averaging", 1992, with a memory that fades).  With `debias`,
    ``k = (1 - decay) / (1 - decay**t)`` at update ``t``: each of the parameters so far counts by its age
    alone, so that the first has no weight beyond its share (D. Kingma and J. Ba, 2015, section 3).
    Before training the averages are the initial parameters.

    The averages are states, ``<parameter>.average``, and belong to this object.

    Args:
        optimizer: what changes the parameters.
        decay: how much of the average each update keeps, in [0, 1).
        debias: see above.
        name: the scope of its nodes and the start of the name of its own state, ``ema.step``.

    Raises:
        GraphError: when `optimizer` is none, or `decay` is out of range.
    """

    def __init__(
        self, optimizer: Optimizer, decay: float = 0.999, debias: bool = False, name: str = "ema"
    ) -> None:
        super().__init__(name)
        if not isinstance(optimizer, Optimizer):
            raise GraphError(
                f"EMA at {origins.current()}: it averages what one of graphc.optim changes, "
                f"not {optimizer!r}"
            )
        self._require("decay", decay, 0, 1)
        self.optimizer = optimizer
        self.decay = decay
        self.debias = debias
        self._averages: dict[State, State] = {}

    def takes(self, parameter: Tensor) -> bool:
        """As the optimiser inside."""
        return self.optimizer.takes(parameter)

    def select(self, parameters: Sequence[Tensor]) -> list[Tensor]:
        """As the optimiser inside."""
        return self.optimizer.select(parameters)

    def average(self, parameter: Tensor) -> Tensor:
        """The tensor that reads a parameter's average.

        Raises:
            GraphError: when it is no parameter that the optimiser changes.
        """
        owner = state_of(parameter)
        if not owner.trainable or not self.takes(parameter):
            raise GraphError(
                f"EMA at {origins.current()}: '{owner.name}' has no average, "
                f"for {self.optimizer!r} does not change it"
            )
        if owner not in self._averages:
            self._averages[owner] = State(
                f"{owner.name}.average", owner.type, owner.initial, slot="average", of=owner
            )
        return state_tensor(self._averages[owner])

    def averaged(self, outputs: Any) -> Any:
        """Outputs as the averaged parameters give them; other states (running statistics) stay.

        Args:
            outputs: a tensor, or tensors in a dict or a list.

        Returns:
            The same with the average of each parameter in its place.

        Raises:
            GraphError: when no tensor is given, or none depends on a parameter that is averaged.
        """
        if isinstance(outputs, Tensor):
            return self.averaged([outputs])[0]
        table = dict(outputs) if isinstance(outputs, Mapping) else dict(enumerate(outputs))
        for value in table.values():
            if not isinstance(value, Tensor):
                raise GraphError(
                    f"EMA at {origins.current()}: averaged takes tensors, not {value!r}"
                )
        found = []

        def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
            owner = node.attrs.get("state")
            if not isinstance(owner, State) or not owner.trainable:
                return None
            if not self.takes(node.outputs[0]):
                return None
            found.append(owner)
            return (self.average(node.outputs[0]),)

        graph = Graph("averaged", (), tuple((str(key), value) for key, value in table.items()))
        replaced = [tensor for _, tensor in rewrite(graph, change).outputs]
        if not found:
            raise GraphError(
                f"EMA at {origins.current()}: no output depends on a parameter that is averaged"
            )
        if isinstance(outputs, Mapping):
            return dict(zip(table, replaced, strict=True))
        return replaced

    def updates(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor]) -> Updates:
        """The updates of the optimiser inside, then those of the averages."""
        result = self.optimizer.updates(parameters, gradients)
        with self.placed():
            step = state("step", np.int64(0))
            rates: dict[str, Tensor] = {}
            for parameter in parameters:
                if parameter not in result:
                    continue
                rate = rates.get(parameter.dtype)
                if rate is None:
                    rate = rates[parameter.dtype] = self._rate(step, parameter.dtype)
                average = self.average(parameter)
                result[average] = average + rate * (result[parameter] - average)
            result[step] = step + 1
        return result

    def _rate(self, step: Tensor, dtype: str) -> Tensor:
        """How far the averages go towards the parameters."""
        new = constant(1 - self.decay, dtype)
        if self.debias:
            rate = new / (1 - self.decay ** (step.astype(dtype) + 1))
        else:
            rate = where(equal(step, 0), 1.0, new)
        return rate.named("ema_rate")
