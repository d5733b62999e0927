"""What a user sees of a training run while it goes on.

In: the :class:`~graphc.runtime.run.Run` after each step and each epoch. Out: a progress bar on
standard error, or plain lines, or nothing. rich is imported when something is shown, not before.
"""

from __future__ import annotations

import math
import sys
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from graphc.runtime.run import Run


class Progress:
    """Shows a run on standard error: a bar on a terminal, elsewhere a line an epoch or nothing.

    Args:
        shown: True to show it, False not to, None to show it only on a terminal.
    """

    interval = 0.1  # seconds between updates: drawing must not cost a short step its time

    def __init__(self, shown: bool | None) -> None:
        self._bar: Any = None
        self._lines: Any = None
        self._next = math.inf
        terminal = sys.stderr is not None and sys.stderr.isatty()
        if shown or (shown is None and terminal):
            from rich.console import Console

            console = Console(stderr=True)
            if console.is_jupyter or (console.is_terminal and not console.is_dumb_terminal):
                self._bar = _bar(console)
            elif shown:
                self._lines = console

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, *error: object) -> None:
        if self._bar is not None:
            self._bar.stop()

    def begin(self, run: Run) -> None:
        """Start to draw."""
        self._began, self._done_before = time.perf_counter(), _epochs_done(run)
        if self._bar is not None:
            self._task = self._bar.add_task("", total=run.epochs, epoch="", figures="", time="")
            self._update(run)
            self._bar.start()

    def step(self, run: Run) -> None:
        """Note one step; draws only now and then."""
        if time.perf_counter() >= self._next:
            self._update(run)

    def epoch(self, run: Run) -> None:
        """Note a finished epoch."""
        self.step(run)
        if self._lines is not None:
            text = f"epoch {run.epoch}/{run.epochs}  {_figures(run)}  {_clock(run.row['seconds'])}"
            self._lines.print(text, soft_wrap=True, highlight=False)

    def end(self, run: Run) -> None:
        """Draw the state in which the run ended."""
        if self._bar is not None:
            self._update(run, ended=True)

    def _update(self, run: Run, ended: bool = False) -> None:
        now = time.perf_counter()
        done, took = _epochs_done(run), now - self._began
        if ended:
            text = f"in {_clock(took)}"
        elif done > self._done_before:
            rest = (run.epochs - done) / (done - self._done_before)
            text = f"{_clock(took * rest)} left"
        else:
            text = ""
        self._bar.update(
            self._task,
            completed=done,
            epoch=f"{run.epoch if run.step else len(run.history)}/{run.epochs}",
            figures=_figures(run),
            time=text,
        )
        self._next = now + self.interval


def _bar(console: Any) -> Any:
    from rich.progress import BarColumn, Progress, TextColumn
    from rich.table import Column

    return Progress(
        TextColumn("epoch {task.fields[epoch]}"),
        BarColumn(bar_width=min(max(console.width - 76, 6), 24)),
        TextColumn("[dim]{task.fields[time]:12}"),
        # A narrow terminal breaks the figures over several lines, and leaves the rest whole.
        TextColumn("{task.fields[figures]}", table_column=Column(no_wrap=False)),
        console=console,
        refresh_per_second=5,
    )


def _epochs_done(run: Run) -> float:
    """Finished epochs and the share of the current one, as far as its length is known."""
    share = run.step / run.steps_per_epoch if run.steps_per_epoch else 0.0
    return len(run.history) + min(share, 1.0)


def _figures(run: Run) -> str:
    row = {**run.row, "loss": run.mean_loss} if run.epoch else {}
    shown = {name: value for name, value in row.items() if name not in ("epoch", "seconds")}
    return "  ".join(f"{name} {value:#.4g}" for name, value in shown.items())


def _clock(seconds: float) -> str:
    if seconds < 10:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"
