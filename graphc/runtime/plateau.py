"""Lowering the learning rate when a figure stops improving.

In: the figures of each epoch. Out: a smaller scale in the model's own state, from which its update
computes the rate; a checkpoint holds it with everything else.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from graphc.errors import DataError
from graphc.runtime.callbacks import Callback
from graphc.runtime.data import whole_number
from graphc.runtime.metrics import direction

if TYPE_CHECKING:
    from graphc.runtime.run import Run


class ReduceOnPlateau(Callback):
    """Multiply the learning rate by a factor when a figure has not improved for some epochs.

    The optimiser's rate must be :func:`~graphc.dsl.schedules.plateau`, which keeps the scale as a
    state of the model (and bounds the rate from below):

        optim.Adam(optim.schedules.plateau(1e-3, floor=1e-6))

    Args:
        factor: what the scale is multiplied by, above 0 and below 1.
        patience: epochs without improvement that are let pass; the rate drops after one more.
        monitor: the column of the history to watch.
        min_delta: how much better counts as an improvement.
        cooldown: epochs after a drop that are not judged.
        mode: "min" or "max" is better, or "auto" to tell from the column's name.
        state: the name of the scale among the model's states, or the end of it.

    Attributes:
        best: the best figure so far, None before the first.
        wait: epochs since then that count.
        cooling: epochs that will not be judged.

    Raises:
        DataError: bad arguments; when the run begins, a column that this run will not have, or a
            model without the state.
    """

    def __init__(
        self,
        factor: float = 0.1,
        patience: int = 10,
        monitor: str = "val_loss",
        min_delta: float = 0.0,
        cooldown: int = 0,
        mode: str = "auto",
        state: str = "learning_rate_scale",
    ) -> None:
        if not 0 < factor < 1:
            raise DataError(f"factor={factor}; expected a number above 0 and below 1")
        if not min_delta >= 0:
            raise DataError(f"min_delta={min_delta}; expected at least 0")
        self.factor = factor
        self.patience = whole_number("patience", patience)
        self.monitor = monitor
        self.min_delta = min_delta
        self.cooldown = whole_number("cooldown", cooldown)
        self.sign = 1.0 if direction(monitor, mode) == "min" else -1.0
        self.state = state
        self._forget()

    def _forget(self) -> None:
        self.best: float | None = None
        self.wait = self.cooling = 0

    def on_begin(self, run: Run) -> None:
        """Check that the run will have the column, and the model the scale."""
        self._forget()
        if self.monitor not in run.columns:
            hint = "give validation=..., or " if self.monitor.startswith("val_") else ""
            raise DataError(
                f"ReduceOnPlateau watches '{self.monitor}', which this run does not have: {hint}"
                f"monitor one of {', '.join(run.columns)}"
            )
        self._scale(run.m.state_dict())

    def _scale(self, states: Mapping[str, np.ndarray]) -> str:
        """The name of the scale."""
        found = [n for n in states if n == self.state or n.endswith(f".{self.state}")]
        if len(found) != 1:
            what = f"several ({', '.join(found)})" if found else "none"
            raise DataError(
                f"ReduceOnPlateau changes the state '{self.state}', of which the model has {what}: "
                "give the optimizer the rate schedules.plateau(...)"
            )
        return found[0]

    def on_epoch_end(self, run: Run) -> None:
        """Judge the epoch, and lower the scale when it is time."""
        value = run.row[self.monitor]
        better = self.best is None or self.sign * (self.best - value) > self.min_delta
        if better and not math.isnan(value):
            self.best, self.wait = value, 0
        else:
            self.wait += 1
        if self.cooling:
            self.cooling -= 1
            self.wait = 0
        if self.wait > self.patience:
            states = run.m.state_dict()
            name = self._scale(states)
            states[name] = np.asarray(states[name] * self.factor)
            run.m.load_state_dict(states)
            self.cooling, self.wait = self.cooldown, 0

    def state_dict(self) -> dict[str, Any]:
        """The best figure, how long ago it was, and how long the next are not judged."""
        return {"best": self.best, "wait": self.wait, "cooling": self.cooling}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue to wait where a run left off."""
        self.best, self.wait, self.cooling = state["best"], state["wait"], state["cooling"]
