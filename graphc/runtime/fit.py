"""The training loop.

In: a model (an instance of an emitted class) and data. Out: the model, trained in place, and the
:class:`~graphc.runtime.history.History` of how it went. All arguments and data are checked before
the first step. A run that is stopped and resumed ends in the same bits as one that is not.
"""

from __future__ import annotations

import contextlib
import math
import os
import signal
import threading
import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from graphc.errors import CheckpointError, DataError, TypeMismatchError
from graphc.runtime.callbacks import Callback, Checkpoint
from graphc.runtime.checkpoint import Snapshot, read_latest
from graphc.runtime.data import Batch, Seed, whole_number
from graphc.runtime.feed import Feed
from graphc.runtime.history import History
from graphc.runtime.metrics import Metric, Tally, resolve
from graphc.runtime.progress import Progress
from graphc.runtime.run import Model, Run


def fit(
    m: Model,
    data: Any,
    *,
    epochs: int,
    batch_size: int = 32,
    validation: Any = None,
    callbacks: Iterable[Callback] = (),
    metrics: Any = (),
    train_metrics: bool = False,
    shuffle: bool = True,
    rng: Seed = 0,
    drop_last: bool = False,
    resume: bool | str | os.PathLike[str] | None = None,
    progress: bool | None = None,
) -> History:
    """Train a model in place.

    Ctrl-C ends the run after the current step: callbacks wind up (a Checkpoint saves, best weights
    are restored), the history so far is returned with `history.interrupted` set, and a warning
    says so. A second Ctrl-C raises KeyboardInterrupt at once, even within a step.

    Args:
        m: an instance of an emitted class (`net.load()`).
        data: arrays with one entry an example, inputs first and then targets, as a tuple or as a
            dict by name; or an iterable of batches (tuples or dicts) that is iterated anew each
            epoch; or a function without arguments that returns such an iterable.  Integers may be
            of any width: they are converted to the declared type, once where arrays are given.
        epochs: how often to go through the data, a resumed run's earlier epochs included.
        batch_size: examples a step, for arrays; the last batch may be smaller.
        validation: data of the same kinds; their mean loss is "val_loss" in the history.
        callbacks: see :mod:`graphc.runtime.callbacks`.
        metrics: names ("accuracy", "mse", "mae", "rmse") or functions `(outputs, targets) ->
            float`, or a dict that names them; of `m.predict` on the validation data.
        train_metrics: measure the metrics after each epoch on the training data too, which must be
            arrays; then the history has them under their own names ("accuracy" beside
            "val_accuracy").
        shuffle: draw a new order each epoch, for arrays.
        rng: a seed or a generator for the shuffling.
        drop_last: leave out a smaller last batch, for arrays.
        resume: continue from the newest checkpoint: True for the folder of the Checkpoint
            callback, or a folder or a file. An empty folder of the Checkpoint callback begins a new
            run, so that one script serves for both. The result is that of a run that was never
            stopped, provided that data given as an iterable come in the same order again, or have
            `state_dict` and `load_state_dict`, as :func:`~graphc.runtime.data.batches` has.
        progress: True shows a bar (off a terminal, a line an epoch) and False nothing; by default
            a bar is shown where standard error is a terminal.

    Returns:
        The history, a resumed run's earlier epochs included.

    Raises:
        DataError: data that do not fit the program, or bad arguments; before the first step.
        CheckpointError: nothing to resume from, or a checkpoint of another program.
        TypeMismatchError: `m` is no model, or a callback is none.
    """
    _check_model(m)
    epochs = whole_number("epochs", epochs)
    batching = {"batch_size": batch_size, "rng": rng, "shuffle": shuffle, "drop_last": drop_last}
    feed = Feed(m, data, batching, epochs)
    check, measures = _validation(m, validation, metrics, batch_size, epochs)
    if train_metrics and (feed.loader is None or not measures):
        raise DataError(
            "train_metrics=True needs training data that are arrays, and metrics to measure on them"
        )
    again = Feed(m, data, {**batching, "shuffle": False}, epochs) if train_metrics else None
    run = Run(m, feed, check, epochs)
    run.columns = ["loss", *(measures if again else ()), "seconds"]
    run.columns[-1:-1] = [f"val_{name}" for name in ("loss", *measures) if check]
    run.callbacks = _ordered(callbacks)
    snapshot = _snapshot(m, resume, run.callbacks)
    if snapshot is not None:
        run.restore(snapshot)
    for callback in run.callbacks:
        callback.on_begin(run)
    if snapshot is not None:
        m.load_state_dict(snapshot.model)
        run.restore_callbacks(snapshot.run["callbacks"])
    with _interrupts(run), Progress(progress) as bar:
        bar.begin(run)
        while len(run.history) < epochs and not run.stopping:
            _train_epoch(run, feed, bar)
            if not run.stopping:
                _end_epoch(run, again, check, measures, bar)
        for callback in reversed(run.callbacks):
            callback.on_end(run)
        bar.end(run)
    run.history.stop_reason, run.history.interrupted = run.stop_reason, run.interrupted
    if run.interrupted:
        done, step = run.position
        place = f"{step} steps into epoch {done + 1}" if step else f"after epoch {done}"
        run.history.stop_reason = f"Ctrl-C {place}"
        warnings.warn(
            f"fit was interrupted {place} and returns the history so far (Ctrl-C twice raises"
            " KeyboardInterrupt)",
            stacklevel=2,
        )
    return run.history


def evaluate(m: Model, data: Any, *, batch_size: int = 32, metrics: Any = ()) -> dict[str, float]:
    """Measure a model on data, without training it.

    Args:
        m: an instance of an emitted class.
        data: as `validation` of :func:`fit`.
        batch_size: examples at once, for arrays.
        metrics: as those of :func:`fit`.

    Returns:
        "loss", the mean over examples, and each metric by name.

    Raises:
        DataError: data or metrics that do not fit the program.
    """
    _check_model(m)
    feed, measures = _validation(m, data, metrics, batch_size, epochs=1)
    if feed is None:
        raise DataError("evaluate needs data")
    figures = _measure(m, feed, measures)
    assert figures is not None
    return figures


def _train_epoch(run: Run, feed: Feed, bar: Progress) -> None:
    """Take the steps of one epoch, or what is left of it."""
    m, skip = run.m, run.step
    hooks = [c.on_step for c in run.callbacks if _overrides(c, "on_step")]
    run.begin_epoch()
    try:
        if skip == 0:
            for callback in run.callbacks:
                callback.on_epoch_begin(run)
            if run.stopping:
                return
        for batch in feed.epoch(skip):
            loss = float(m.train_step(*batch))
            run.batch = batch
            run.note_step(loss, _examples(batch))
            for hook in hooks:
                hook(run)
            if not math.isfinite(loss):
                _warn_once(run)
            bar.step(run)
            if run.stopping:
                return
    except Exception as error:
        error.add_note(f"(in fit: epoch {run.epoch}, after {run.step} steps of it)")
        raise
    if run.step == 0:
        raise DataError(
            f"epoch {run.epoch} had no batches; an iterator is empty after it has been gone"
            " through: give a list, or a function that returns a new iterator"
        )


def _warn_once(run: Run) -> None:
    if not (run.warned or run.stopping):
        run.warned = True
        warnings.warn(
            f"the loss is {run.loss} at epoch {run.epoch}, step {run.step}; the callback"
            " TerminateOnNaN ends a run there",
            stacklevel=4,
        )


def _end_epoch(
    run: Run, again: Feed | None, check: Feed | None, measures: Mapping[str, Any], bar: Progress
) -> None:
    """Validate, note the epoch's figures and tell the callbacks.

    `again` are the training data, where the metrics are measured on them too.
    """
    figures: dict[str, float] = {}
    if again is not None:
        tally = Tally(measures)
        for batch in again.epoch():
            if run.interrupted:
                return
            _predict_into(tally, run.m, batch)
        figures |= tally.result()
    if check is not None:
        measured = _measure(run.m, check, measures, lambda: run.interrupted)
        if measured is None:
            return
        figures |= {f"val_{name}": value for name, value in measured.items()}
    run.end_epoch(figures)
    for callback in run.callbacks:
        callback.on_epoch_end(run)
    bar.epoch(run)


def _measure(
    m: Model,
    feed: Feed,
    measures: Mapping[str, Any],
    cancelled: Callable[[], bool] = lambda: False,
) -> dict[str, float] | None:
    """The mean loss and the metrics over one pass of the data; None where it was cancelled."""
    tally = Tally(measures)
    total, seen = 0.0, 0
    for batch in feed.epoch():
        if cancelled():
            return None
        examples = _examples(batch)
        total += float(m.loss(*batch)) * examples
        seen += examples
        _predict_into(tally, m, batch)
    if not seen:
        raise DataError(f"{feed.role} had no batches")
    return {"loss": total / seen, **tally.result()}


def _predict_into(tally: Tally, m: Model, batch: Batch) -> None:
    if tally.metrics and batch:
        inputs, targets = batch[: len(m.INPUTS)], batch[len(m.INPUTS) :]
        tally.add(m.predict(*inputs), dict(zip(m.TARGETS, targets, strict=True)))


def _validation(
    m: Model, validation: Any, metrics: Any, batch_size: int, epochs: int
) -> tuple[Feed | None, dict[str, Any]]:
    """The validation data and the metrics, tried on the first batch."""
    measures = resolve(metrics)
    if validation is None:
        if measures:
            raise DataError(
                f"metrics ({', '.join(measures)}) are measured on validation data: give"
                " validation=..."
            )
        return None, measures
    feed = Feed(
        m, validation, {"batch_size": batch_size, "shuffle": False}, epochs, "validation data"
    )
    if "loss" in measures:
        raise DataError("a metric can't be named 'loss'")
    if not isinstance(validation, Iterator):  # its first batch couldn't be put back
        tally = Tally({k: v for k, v in measures.items() if isinstance(v, Metric)})
        before = feed.state_dict()
        _predict_into(tally, m, next(feed.epoch(), ()))
        feed.load_state_dict(before)
    return feed, measures


def _ordered(callbacks: Any) -> list[Callback]:
    several = [callbacks] if isinstance(callbacks, Callback) else list(callbacks)
    for callback in several:
        if not isinstance(callback, Callback):
            name = getattr(callback, "__name__", type(callback).__name__)
            raise TypeMismatchError(f"{name} is no Callback object; was it meant to be called?")
    return sorted(several, key=lambda callback: callback.order)


def _snapshot(m: Model, resume: Any, callbacks: Sequence[Callback]) -> Snapshot | None:
    """The checkpoint to continue from; None for a run that begins."""
    if resume is None or resume is False:
        return None
    folders = [c.folder for c in callbacks if isinstance(c, Checkpoint)]
    if resume is True and not folders:
        raise DataError("resume=True needs a Checkpoint callback; or name a folder: resume='run/'")
    place = folders[0] if resume is True else Path(resume)
    found = read_latest(place)
    if found is None:
        if place.resolve() in [folder.resolve() for folder in folders]:
            return None
        raise CheckpointError(f"{place}: there is no checkpoint to resume from")
    path, snapshot = found
    if snapshot.fingerprint != m.FINGERPRINT:
        raise CheckpointError(
            f"{path}: a checkpoint of another program: '{snapshot.name}' with fingerprint"
            f" {snapshot.fingerprint[:12]}, not '{m.NAME}' with {m.FINGERPRINT[:12]}"
        )
    return snapshot


def _check_model(m: Any) -> None:
    needed = ("train_step", "loss", "predict", "state_dict", "load_state_dict", "INPUTS", "TARGETS")
    missing = [name for name in needed if not hasattr(m, name)]
    if missing or isinstance(m, type):
        kind = f"the class {m.__name__}" if isinstance(m, type) else f"a {type(m).__name__}"
        lacks = f"; it has no {', '.join(missing)}" if missing else ""
        raise TypeMismatchError(
            f"{kind} can't be trained: expected an instance of an emitted class, such as"
            f" net.load() returns{lacks}"
        )


def _examples(batch: Batch) -> int:
    return next((len(array) for array in batch if array.ndim), 1)


def _overrides(callback: Callback, moment: str) -> bool:
    return moment in vars(callback) or getattr(type(callback), moment) is not getattr(
        Callback, moment
    )


@contextlib.contextmanager
def _interrupts(run: Run) -> Iterator[None]:
    """Let the first Ctrl-C end the run between two steps, and only the second interrupt one."""

    def note(signum: int, frame: Any) -> None:
        if run.interrupted:
            raise KeyboardInterrupt
        run.interrupted = True

    ours = (
        threading.current_thread() is threading.main_thread()
        and signal.getsignal(signal.SIGINT) is signal.default_int_handler
    )
    if ours:
        signal.signal(signal.SIGINT, note)
    try:
        yield
    finally:
        if ours:
            signal.signal(signal.SIGINT, signal.default_int_handler)
