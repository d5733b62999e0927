"""Figures of a training run for TensorBoard, through a writer of the user's.

In: the moments of a run. Out: calls of `add_scalar` and `add_histogram`.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

from graphc.errors import TypeMismatchError
from graphc.runtime.callbacks import Callback

if TYPE_CHECKING:
    from graphc.runtime.monitor import Monitor
    from graphc.runtime.run import Run


class TensorBoard(Callback):
    """Log a run by a `SummaryWriter` of ``tensorboardX`` or of ``torch.utils.tensorboard``.

        from tensorboardX import SummaryWriter
        gx.fit(m, data, epochs=20, callbacks=[gx.TensorBoard(SummaryWriter("runs/1"))])

    The columns of the history go under "epoch/", by epoch, and the loss of each step under
    "step/loss", by step. With a monitor, what it recorded goes under its kinds, by step: a histogram
    of each layer and parameter, and its spread. The writer is flushed when the run ends, and closed
    by whoever made it.

    Args:
        writer: any object with ``add_scalar(tag, value, global_step)`` and
            ``add_histogram(tag, values, global_step)``.
        monitor: a monitor among the callbacks of the same run.
        every: steps between two losses.

    Raises:
        TypeMismatchError: the writer has no such methods.
    """

    order = 20

    def __init__(self, writer: Any, monitor: Monitor | None = None, every: int = 1) -> None:
        for method in ("add_scalar", "add_histogram"):
            if not callable(getattr(writer, method, None)):
                raise TypeMismatchError(
                    f"TensorBoard takes a SummaryWriter; {type(writer).__name__} has no {method}"
                )
        self.writer = writer
        self.monitor = monitor
        self.every = every
        self._logged: Any = None

    def on_begin(self, run: Run) -> None:
        """Forget an earlier run."""
        self._logged = None

    def on_epoch_begin(self, run: Run) -> None:
        """Log what the monitor saw before the first step."""
        self._histograms()

    def on_step(self, run: Run) -> None:
        """Log the loss of the step, and what the monitor saw."""
        steps = run.history.step_losses.size
        if steps % self.every == 0:
            self.writer.add_scalar("step/loss", run.loss, steps)
        self._histograms()

    def on_epoch_end(self, run: Run) -> None:
        """Log the figures of the epoch, and what the monitor saw."""
        for name, value in run.row.items():
            if name != "epoch":
                self.writer.add_scalar(f"epoch/{name}", value, run.epoch)
        self._histograms()

    def on_end(self, run: Run) -> None:
        """Have the writer put everything into its file."""
        if hasattr(self.writer, "flush"):
            self.writer.flush()

    def _histograms(self) -> None:
        records = self.monitor.records if self.monitor is not None else []
        if not records or records[-1] is self._logged:
            return
        assert self.monitor is not None
        record = self._logged = records[-1]
        for kind, some in self.monitor.values.items():
            for name, array in some.items():
                finite = array[np.isfinite(array)]
                if finite.size:
                    self.writer.add_histogram(f"{kind}/{name}", finite, record.step)
                spread = record.summaries[kind][name].std
                if math.isfinite(spread):
                    self.writer.add_scalar(f"{kind}_std/{name}", spread, record.step)
