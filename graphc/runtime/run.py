"""A training run in progress: the model, the position, the figures so far.

In: each step's loss and each epoch's figures, from the loop in :mod:`graphc.runtime.fit`. Out: what
callbacks read, and a :class:`~graphc.runtime.checkpoint.Snapshot` from which the run continues.
"""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

import numpy as np

from graphc.errors import CheckpointError
from graphc.runtime.checkpoint import Snapshot
from graphc.runtime.data import Batch
from graphc.runtime.feed import Feed
from graphc.runtime.history import History

if TYPE_CHECKING:
    from graphc.runtime.callbacks import Callback

Spec = Mapping[str, tuple[str, tuple[int | str, ...]]]  # by name: dtype and shape


class Model(Protocol):
    """What training needs of a model: the interface of every emitted class.

    INPUTS, TARGETS and OUTPUTS map names to (dtype, shape), symbolic dimensions being strings.
    """

    NAME: str
    INPUTS: Spec
    TARGETS: Spec
    OUTPUTS: Spec
    FINGERPRINT: str

    def predict(self, *inputs: Any) -> Any:
        """A dict of arrays by name, or one array."""

    def train_step(self, *arrays: Any) -> Any:
        """Take one step on inputs and targets; returns the loss before it."""

    def loss(self, *arrays: Any) -> Any:
        """The loss on inputs and targets."""

    def state_dict(self) -> dict[str, np.ndarray]:
        """Copies of everything that changes in training."""

    def load_state_dict(self, state: Any) -> None:
        """Take over such a state, whole or not at all."""


class Run:
    """A training run in progress, as callbacks see it.

    Attributes:
        m: the model.
        history: the figures so far; its length is the number of finished epochs.
        epochs: how many epochs were asked for.
        columns: the names that each epoch's row will have.
        steps_per_epoch: None until it is known.
        epoch: the number of the current epoch, from 1.
        step: steps of the current epoch that are done; 0 between epochs.
        loss: the loss of the last step.
        row: the figures of the last finished epoch.
        batch: the arrays of the last step; None before the first.
        resumed: whether the run continues a checkpoint.
        interrupted: whether Ctrl-C was pressed.
        stop_reason: why the run will stop, or None.
        warned: whether the user has been told of a loss that is not finite.
    """

    def __init__(self, m: Model, feed: Feed, check: Feed | None, epochs: int) -> None:
        self.m = m
        self.history = History()
        self.epochs = epochs
        self.columns: list[str] = []
        self.callbacks: list[Callback] = []
        self.steps_per_epoch = feed.steps
        self.epoch = self.step = 0
        self.loss = math.nan
        self.row: dict[str, float] = {}
        self.batch: Batch | None = None
        self.resumed = self.interrupted = False
        self.stop_reason: str | None = None
        self.warned = False
        self._feed, self._check = feed, check
        self._loss_sum, self._seen = 0.0, 0
        self._started = self._seconds_before = 0.0
        self._loader: Mapping[str, Any] = {}

    @property
    def position(self) -> tuple[int, int]:
        """Finished epochs, and finished steps of the next one."""
        return len(self.history), self.step

    @property
    def mean_loss(self) -> float:
        """The mean training loss of the current epoch so far, or of the last one between epochs."""
        return self._loss_sum / self._seen if self._seen else self.row.get("loss", math.nan)

    @property
    def stopping(self) -> bool:
        """Whether the run will end after the current step."""
        return self.interrupted or self.stop_reason is not None

    def stop(self, reason: str) -> None:
        """End the run after the current step, without an error."""
        self.stop_reason = self.stop_reason or reason

    def sample(self, count: int) -> Batch | None:
        """Some of the training data: always the same examples, drawn from all of them, where the
        data are arrays; else the first of the last batch, None before there is one."""
        loader = self._feed.loader
        if loader is None:
            return None if self.batch is None else tuple(array[:count] for array in self.batch)
        rows = np.sort(np.random.default_rng(0).permutation(loader.examples)[:count])
        return tuple(array.take(rows, axis=0) for array in loader.arrays)

    def begin_epoch(self) -> None:
        """Note what the coming epoch's batches follow from."""
        self.epoch = len(self.history) + 1
        self._loader = self._feed.state_dict()
        self._started = time.perf_counter() - self._seconds_before
        self._seconds_before = 0.0

    def note_step(self, loss: float, examples: int) -> None:
        """Note one step."""
        self.loss = loss
        self.step += 1
        self._loss_sum += loss * examples
        self._seen += examples
        self.history.add_step(loss)

    def end_epoch(self, figures: Mapping[str, float]) -> None:
        """Note the epoch's figures, and be between epochs."""
        seconds = time.perf_counter() - self._started
        self.row = {"loss": self.mean_loss, **figures, "seconds": seconds}
        self.history.add_epoch(self.row)
        self.row = self.history.row(self.epoch)
        self.steps_per_epoch = self.step
        self.step, self._loss_sum, self._seen = 0, 0.0, 0
        self._loader = self._feed.state_dict()

    def snapshot(self) -> Snapshot:
        """Everything from which the run continues exactly."""
        run = {
            "history": self.history.state_dict(),
            "loader": self._loader,
            "validation": self._check.state_dict() if self._check else {},
            "settings": self._feed.settings,
            "loss": self.loss,
            "loss_sum": self._loss_sum,
            "examples": self._seen,
            "seconds": time.perf_counter() - self._started if self.step else 0.0,
            "callbacks": [[type(c).__name__, c.state_dict()] for c in self.callbacks],
        }
        m = self.m
        return Snapshot(m.NAME, m.FINGERPRINT, *self.position, m.state_dict(), run)

    def restore(self, snapshot: Snapshot) -> None:
        """Go to where a snapshot was taken, but for the model's and the callbacks' states.

        Raises:
            CheckpointError: the snapshot lies within an epoch of other batches than these.
        """
        changed = _changes(snapshot.run["settings"], self._feed.settings)
        if changed and snapshot.step:
            raise CheckpointError(f"can't resume within an epoch of other batches ({changed})")
        if changed:
            warnings.warn(f"the run goes on with other batches ({changed})", stacklevel=3)
        self._feed.load_state_dict(snapshot.run["loader"])
        if self._check:
            self._check.load_state_dict(snapshot.run["validation"])
        self.resumed = True
        self.history.load_state_dict(snapshot.run["history"])
        self.row = self.history.row(len(self.history)) if len(self.history) else {}
        self.epoch, self.step = snapshot.epoch, snapshot.step
        self.loss = snapshot.run["loss"]
        self._loss_sum, self._seen = snapshot.run["loss_sum"], snapshot.run["examples"]
        self._seconds_before = snapshot.run["seconds"]
        self._loader = snapshot.run["loader"]

    def restore_callbacks(self, saved: Iterable[Sequence[Any]]) -> None:
        """Give each callback the state of the one of its class in the same place."""
        states = [(name, state) for name, state in saved]
        for callback in self.callbacks:
            for number, (name, state) in enumerate(states):
                if name == type(callback).__name__:
                    callback.load_state_dict(state)
                    del states[number]
                    break


def _changes(then: Mapping[str, Any], now: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} was {then.get(name)}, is {now.get(name)}"
        for name in {**then, **now}
        if then.get(name) != now.get(name)
    )
