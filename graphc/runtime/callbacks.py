"""Callbacks: what happens between the steps of a training run.

In: the :class:`~graphc.runtime.run.Run`, at five moments. Out: files, a request to stop, restored
weights. A callback whose decisions depend on the past keeps that past in `state_dict`, so that a
resumed run decides as the run that was never stopped.
"""

from __future__ import annotations

import csv
import io
import math
import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graphc.errors import DataError
from graphc.runtime.checkpoint import checkpoint_name, list_checkpoints, write_checkpoint
from graphc.runtime.data import whole_number
from graphc.runtime.files import remove_leftovers, write_whole
from graphc.runtime.metrics import direction

if TYPE_CHECKING:
    from graphc.runtime.run import Run


class Callback:
    """Base of all callbacks; override the moments that matter.

    Callbacks are called in the order given, sorted by `order`; `on_end` in the reverse order, so
    that a checkpoint is taken after the others have seen an epoch, and before they wind up.
    """

    order = 0

    def on_begin(self, run: Run) -> None:
        """Before the first step: check arguments, forget an earlier run."""

    def on_epoch_begin(self, run: Run) -> None:
        """Before each epoch; `run.epoch` is its number, from 1."""

    def on_step(self, run: Run) -> None:
        """After each step; `run.loss` is its loss, `run.step` its number in the epoch, from 1."""

    def on_epoch_end(self, run: Run) -> None:
        """After each epoch and its validation; `run.row` has its figures."""

    def on_end(self, run: Run) -> None:
        """After the last epoch, a stop or Ctrl-C; not after an error."""

    def state_dict(self) -> dict[str, Any]:
        """What a resumed run needs: JSON values and arrays, nested in dicts and lists."""
        return {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Take over such a state; called after `on_begin` when a run is resumed."""


class EarlyStopping(Callback):
    """Stop when a figure has not improved for some epochs.

    Args:
        monitor: the column of the history to watch.
        patience: epochs without improvement before the run stops.
        min_delta: how much better counts as an improvement.
        mode: "min" or "max" is better, or "auto" to tell from the column's name.
        restore_best: put back the whole state of the best epoch when the run ends, however it
            ends.

    Attributes:
        best: the best figure so far, None before the first.
        best_epoch: its epoch, from 1.
        wait: epochs since then.

    Raises:
        DataError: bad arguments; when the run begins, a column that this run will not have.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        patience: int = 5,
        min_delta: float = 0.0,
        mode: str = "auto",
        restore_best: bool = True,
    ) -> None:
        self.monitor = monitor
        self.patience = whole_number("patience", patience)
        if not min_delta >= 0:
            raise DataError(f"min_delta={min_delta}; expected at least 0")
        self.min_delta = min_delta
        self.sign = 1.0 if direction(monitor, mode) == "min" else -1.0
        self.restore_best = restore_best
        self._forget()

    def _forget(self) -> None:
        self.best: float | None = None
        self.best_epoch = 0
        self.wait = 0
        self._best_state: dict[str, np.ndarray] | None = None

    def on_begin(self, run: Run) -> None:
        """Check that the run will have the column."""
        self._forget()
        if self.monitor not in run.columns:
            hint = "give validation=..., or " if self.monitor.startswith("val_") else ""
            raise DataError(
                f"EarlyStopping watches '{self.monitor}', which this run does not have: {hint}"
                f"monitor one of {', '.join(run.columns)}"
            )

    def on_epoch_begin(self, run: Run) -> None:
        """Stop at once where a resumed run had already stopped."""
        self._stop_if_over(run)

    def on_epoch_end(self, run: Run) -> None:
        """Judge the epoch."""
        value = run.row[self.monitor]
        if self.best is None or self.sign * (self.best - value) > self.min_delta:
            if math.isnan(value):
                return
            self.best, self.best_epoch, self.wait = value, run.epoch, 0
            if self.restore_best:
                self._best_state = run.m.state_dict()
        else:
            self.wait += 1
            self._stop_if_over(run)

    def on_end(self, run: Run) -> None:
        """Restore the best epoch's state."""
        if self._best_state is not None:
            run.m.load_state_dict(self._best_state)

    def _stop_if_over(self, run: Run) -> None:
        if self.wait and self.wait >= self.patience:
            run.stop(
                f"{self.monitor} has not improved for {self.wait} epochs; the best was"
                f" {self.best:.4g} at epoch {self.best_epoch}"
            )

    def state_dict(self) -> dict[str, Any]:
        """The best figure and its weights, and how long ago it was."""
        return {
            "best": self.best,
            "best_epoch": self.best_epoch,
            "wait": self.wait,
            "best_state": self._best_state,
        }

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue to wait where a run left off."""
        self.best, self.best_epoch = state["best"], state["best_epoch"]
        self.wait, self._best_state = state["wait"], state["best_state"]


class Checkpoint(Callback):
    """Save the whole run to a folder, so that `fit(..., resume=True)` continues it exactly.

    Each checkpoint is one file, whole or absent whenever the process is killed. One is also taken
    when the run ends or Ctrl-C stops it within an epoch. A state after a loss that is not a finite
    number is not saved, so that it does not drive out the good ones.

    A new run in the folder of an earlier one replaces the earlier checkpoints, with a warning,
    when it saves its first.

    Args:
        folder: where the files go; it is made.
        every: epochs between checkpoints.
        keep: how many of the newest to keep; with at least 2 there is one to go back to if the
            newest is damaged.
        every_steps: also save each time an epoch has come this many steps further.

    Raises:
        DataError: a number below 1.
    """

    order = 100

    def __init__(
        self,
        folder: str | os.PathLike[str],
        every: int = 1,
        keep: int = 2,
        *,
        every_steps: int | None = None,
    ) -> None:
        self.folder = Path(folder)
        self.every = whole_number("every", every, least=1)
        self.keep = whole_number("keep", keep, least=1)
        self.every_steps = every_steps
        if every_steps is not None:
            whole_number("every_steps", every_steps, least=1)
        self._saved: tuple[int, int] | None = None
        self._stale: list[Path] = []

    def on_begin(self, run: Run) -> None:
        """Make the folder and clear what a killed run left half-written."""
        self.folder.mkdir(parents=True, exist_ok=True)
        remove_leftovers(self.folder)
        found = list_checkpoints(self.folder)
        self._saved = run.position if run.resumed else None
        later = (0, 0) if not run.resumed else run.position
        self._stale = [path for position, path in found if position > later]
        if self._stale and not run.resumed:
            warnings.warn(
                f"{self.folder} holds checkpoints of an earlier run; this run will replace them"
                " (resume=True continues the earlier run instead)",
                stacklevel=3,
            )

    def on_step(self, run: Run) -> None:
        """Save within an epoch where that was asked for."""
        if self.every_steps and run.step % self.every_steps == 0:
            self.save(run)

    def on_epoch_end(self, run: Run) -> None:
        """Save after every so many epochs."""
        if run.epoch % self.every == 0:
            self.save(run)

    def on_end(self, run: Run) -> None:
        """Save where the run ends."""
        if run.position not in ((0, 0), self._saved):
            self.save(run)

    def save(self, run: Run) -> Path | None:
        """Write a checkpoint of the run as it is; None after a loss that is not finite."""
        if not math.isfinite(run.loss):
            return None
        while self._stale:
            self._stale.pop().unlink(missing_ok=True)
        path = write_checkpoint(self.folder / checkpoint_name(*run.position), run.snapshot())
        self._saved = run.position
        for _, old in list_checkpoints(self.folder)[: -self.keep]:
            old.unlink(missing_ok=True)
        return path


class TerminateOnNaN(Callback):
    """Stop at the first step whose loss is NaN or infinite; the reason names epoch and step."""

    def on_step(self, run: Run) -> None:
        """Judge the step."""
        if not math.isfinite(run.loss):
            run.stop(f"the loss was {run.loss} at epoch {run.epoch}, step {run.step}")


class LambdaCallback(Callback):
    """Call functions `(run) -> None` at the moments of the same names."""

    def __init__(
        self,
        *,
        on_begin: Callable[[Run], Any] | None = None,
        on_epoch_begin: Callable[[Run], Any] | None = None,
        on_step: Callable[[Run], Any] | None = None,
        on_epoch_end: Callable[[Run], Any] | None = None,
        on_end: Callable[[Run], Any] | None = None,
    ) -> None:
        given = dict(
            on_begin=on_begin,
            on_epoch_begin=on_epoch_begin,
            on_step=on_step,
            on_epoch_end=on_epoch_end,
            on_end=on_end,
        )
        for name, function in given.items():
            if function is not None:
                setattr(self, name, function)


class CSVLogger(Callback):
    """Write one line an epoch to a CSV file, as the run goes: `epoch`, then the columns.

    A resumed run drops the lines after its checkpoint and continues the file.

    Args:
        path: the file, which is replaced.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._names: list[str] = []

    def on_begin(self, run: Run) -> None:
        """Write the header, and the epochs so far."""
        self._names = ["epoch", *run.columns]
        write_whole(self.path, _csv([self._names, *map(self._line, run.history.rows())]))

    def on_epoch_end(self, run: Run) -> None:
        """Add the epoch's line."""
        with open(self.path, "ab") as file:
            file.write(_csv([self._line(run.row)]))

    def _line(self, row: Mapping[str, float]) -> list[float]:
        return [row.get(name, math.nan) for name in self._names]


def _csv(lines: Any) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()
