"""The history of a training run: what `fit` returns, callbacks read and checkpoints keep.

In: the loss of each step and one row of figures an epoch. Out: columns, a learning-curve figure,
a CSV file, the best epoch.
"""

from __future__ import annotations

import csv
import io
import math
import os
from array import array
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graphc.errors import DataError, GraphcError
from graphc.runtime.files import write_whole
from graphc.runtime.metrics import direction

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


class History:
    """Figures of a training run, by epoch and by step.

    Attributes:
        columns: by name, one float an epoch: "loss" (the mean over the epoch's training examples,
            each measured before the step that it led to), "<metric>" where the metrics are measured
            on the training data too, "val_loss" and "val_<metric>" where there are validation
            data, and "seconds".
        stop_reason: why the run ended before its last epoch; None where it did not.
        interrupted: whether it was ended by Ctrl-C.
    """

    def __init__(self) -> None:
        self.columns: dict[str, list[float]] = {}
        self.stop_reason: str | None = None
        self.interrupted = False
        self._steps = array("d")  # a list of floats would take four times the memory

    @property
    def step_losses(self) -> np.ndarray:
        """The loss of every step so far, (steps,) float64, unfinished epochs included."""
        return np.array(self._steps)

    @property
    def epochs(self) -> list[int]:
        """The numbers of the finished epochs, from 1."""
        return list(range(1, len(self) + 1))

    def __len__(self) -> int:
        """The number of finished epochs."""
        return len(next(iter(self.columns.values()), ()))

    def __getitem__(self, column: str) -> list[float]:
        if column not in self.columns:
            names = ", ".join(self.columns) or "none yet"
            raise DataError(f"the history has no column '{column}', only: {names}")
        return self.columns[column]

    def __contains__(self, column: str) -> bool:
        return column in self.columns

    def row(self, epoch: int) -> dict[str, float]:
        """The figures of one epoch (from 1), "epoch" among them."""
        return {"epoch": epoch, **{name: c[epoch - 1] for name, c in self.columns.items()}}

    def rows(self) -> Iterator[dict[str, float]]:
        """The figures of each epoch in turn."""
        return map(self.row, self.epochs)

    def best(self, monitor: str = "val_loss", mode: str = "auto") -> dict[str, float]:
        """The figures of the best epoch, "epoch" (from 1) among them; the earliest of equals.

        Args:
            monitor: the column to judge by.
            mode: "min", "max", or "auto" to tell from the column's name.

        Raises:
            DataError: there is no such column, or no epoch with a number in it.
        """
        values = np.array(self[monitor])
        if np.isnan(values).all():
            raise DataError(f"no epoch has a '{monitor}' that is a number")
        rising = direction(monitor, mode) == "max"
        return self.row(int(np.nanargmax(values) if rising else np.nanargmin(values)) + 1)

    def add_step(self, loss: float) -> None:
        """Note the loss of one step."""
        self._steps.append(loss)

    def add_epoch(self, row: Mapping[str, float]) -> None:
        """Note one epoch's figures. Columns that were not there before start with NaN."""
        length = len(self)
        for name in {**self.columns, **row}:
            column = self.columns.setdefault(name, [math.nan] * length)
            column.append(float(row.get(name, math.nan)))

    def to_csv(self, path: str | os.PathLike[str]) -> Path:
        """Write one line an epoch: `epoch` and the columns; numbers read back exactly."""
        text = io.StringIO(newline="")
        writer = csv.writer(text)
        writer.writerow(["epoch", *self.columns])
        writer.writerows(row.values() for row in self.rows())
        return write_whole(path, text.getvalue().encode())

    def plot(self, path: str | os.PathLike[str] | None = None, *, log: bool = False) -> Figure:
        """Draw the learning curves: the objective, and each metric in a panel of its own; solid for
        the training data, dashed for the validation data, whose best epoch is marked.

        Args:
            path: where to write the figure too (.png, .svg, .pdf).
            log: whether the losses are on a logarithmic axis (if all of them are above 0).

        Returns:
            The matplotlib figure.

        Raises:
            DataError: no epoch was finished.
            GraphcError: matplotlib is not installed.
        """
        if not len(self):
            raise DataError("there is nothing to plot: no epoch was finished")
        try:
            from matplotlib.backends.backend_agg import FigureCanvasAgg
            from matplotlib.figure import Figure
            from matplotlib.ticker import MaxNLocator
        except ImportError as error:
            raise GraphcError("plotting needs matplotlib: pip install graphc[plot]") from error
        kinds = dict.fromkeys(n.removeprefix("val_") for n in self.columns if n != "seconds")
        columns = min(len(kinds), 3)
        rows = -(-len(kinds) // columns)
        size = (6 if columns == 1 else 5 * columns, 4 * rows)
        figure = Figure(figsize=size, layout="constrained")
        FigureCanvasAgg(figure)  # pyplot is left alone: no window, no global state
        panels = list(figure.subplots(rows, columns, squeeze=False).flat)
        for axes, kind in zip(panels, kinds, strict=False):
            self._draw(axes, kind)
            axes.xaxis.set_major_locator(MaxNLocator(integer=True, min_n_ticks=1))
        for axes in panels[len(kinds) :]:
            axes.remove()
        losses = [v for n in ("loss", "val_loss") for v in self.columns.get(n, ())]
        if log and all(value > 0 for value in losses):
            panels[0].set_yscale("log")
        if path is not None:
            kind = Path(path).suffix.lstrip(".") or "png"
            write_whole(path, lambda file: figure.savefig(file, format=kind, dpi=150))
        return figure

    def _draw(self, axes: Axes, kind: str) -> None:
        mark = "o" if len(self) == 1 else ""  # a line through one point is invisible
        for name, data, color, style in (
            (kind, "training", "#0072B2", "-"),
            (f"val_{kind}", "validation", "#D55E00", "--"),
        ):
            if name not in self.columns:
                continue
            if (best := self._best_or_none(name)) and data == "validation":
                axes.plot(best["epoch"], best[name], marker="o", color=color)
                data += f" (best {best[name]:.4g}, epoch {best['epoch']})"
            axes.plot(self.epochs, self[name], style, color=color, marker=mark, label=data)
        title = "objective" if kind == "loss" else kind.replace("_", " ")
        axes.set_title(title, fontsize="medium")
        axes.set_xlabel("epoch")
        axes.set_ylabel(kind.replace("_", " "))
        axes.grid(alpha=0.25)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)

    def _best_or_none(self, name: str) -> dict[str, float] | None:
        try:
            return self.best(name)
        except DataError:  # all NaN, or a user's own metric: neither direction is known as better
            return None

    def state_dict(self) -> dict[str, Any]:
        """Everything but why the run ended, for a checkpoint."""
        return {"columns": {k: list(v) for k, v in self.columns.items()}, "steps": self.step_losses}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Become the history that a state of :meth:`state_dict` describes."""
        self.columns = {name: [float(v) for v in c] for name, c in state["columns"].items()}
        self._steps = array("d", np.asarray(state["steps"], dtype=np.float64).tobytes())

    def __repr__(self) -> str:
        seconds = sum(self.columns.get("seconds", ()))
        head = f"History: {_count(len(self), 'epoch')}, {_count(len(self._steps), 'step')}"
        lines = [f"{head}, {seconds:.3g} s"]
        names = [name for name in self.columns if name != "seconds"]
        if names:
            width = max(map(len, names))
            lines.append(f"  {'':{width}}  {'first':>10} {'last':>10} {'best':>10}  at epoch")
        for name in names:
            values = self.columns[name]
            line = f"  {name:{width}}  {values[0]:>#10.4g} {values[-1]:>#10.4g}"
            if best := self._best_or_none(name):
                line += f" {best[name]:>#10.4g}  {best['epoch']:>8}"
            lines.append(line)
        if self.stop_reason:
            lines.append(f"  stopped: {self.stop_reason}")
        return "\n".join(lines)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
