"""Metrics: figures of how well predictions match targets.

In: arrays of predictions and of targets. Out: one float. The built-in ones are means over elements,
so :class:`Tally` adds them up batch by batch and holds no predictions; any other function
`(outputs, targets) -> float` is called once, on the predictions for the whole validation set.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from graphc.errors import DataError, meant

Arrays = np.ndarray | Mapping[str, np.ndarray]
Function = Callable[[Any, Any], float]

_RISING = {"accuracy", "acc", "auc", "f1", "precision", "recall", "r2", "score"}
_FALLING = {"loss", "mse", "mae", "rmse", "error", "perplexity", "seconds"}


@dataclass(frozen=True)
class Metric:
    """A mean over elements: `finish(mean(elements(output, target)))`.

    Call it with two arrays, or with dicts of arrays by name, as `m.predict` returns them.
    """

    name: str
    elements: Callable[[np.ndarray, np.ndarray], np.ndarray]
    finish: Callable[[float], float] = float
    output: str | None = None
    target: str | None = None

    def __call__(self, outputs: Arrays, targets: Arrays) -> float:
        """The metric of arrays that fit in memory.

        Raises:
            DataError: shapes that do not fit, or several arrays and no word of which is meant.
        """
        tally = Tally({self.name: self})
        tally.add(outputs, targets)
        return tally.result()[self.name]

    def of(
        self, output: str | None = None, target: str | None = None, name: str | None = None
    ) -> Metric:
        """The same metric of one output and one target, for programs that have several.

        Args:
            output: the output's name; None where there is only one.
            target: the target's name; None where there is only one.
            name: the name of its column in the history; by default `output_metric`.
        """
        name = name or (f"{output}_{self.name}" if output else self.name)
        return replace(self, name=name, output=output, target=target)

    def pick(self, outputs: Arrays, targets: Arrays) -> tuple[np.ndarray, np.ndarray]:
        """The output and the target that this metric compares.

        Raises:
            DataError: there are several and none was named, or none has that name.
        """
        return (
            self._one(outputs, self.output, "output"),
            self._one(targets, self.target, "target"),
        )

    def _one(self, arrays: Arrays, name: str | None, kind: str) -> np.ndarray:
        if not isinstance(arrays, Mapping):
            return np.asarray(arrays)
        if name is not None and name in arrays:
            return np.asarray(arrays[name])
        names = ", ".join(arrays) or "none"
        if name is not None:
            raise DataError(f"metric '{self.name}': there is no {kind} '{name}', only {names}")
        if not arrays:
            raise DataError(f"metric '{self.name}': the program has no {kind} to compare")
        if len(arrays) > 1:
            raise DataError(
                f"metric '{self.name}': the program has {len(arrays)} {kind}s ({names}); say which"
                f" one: metrics.{self.name}.of({kind}='{next(iter(arrays))}')"
            )
        return np.asarray(next(iter(arrays.values())))


def _correct(output: np.ndarray, target: np.ndarray) -> np.ndarray:
    if output.dtype.kind in "iub" and output.shape == target.shape:
        return np.asarray(output == target)
    classes = output.shape[-1] if output.ndim else 1
    if classes > 1 and output.shape[:-1] == target.shape and target.dtype.kind in "iub":
        return np.asarray(output.argmax(-1) == target)
    if classes > 1 and output.ndim > 1 and output.shape == target.shape:
        if not (np.isin(target, (0, 1)).all() and (target.sum(-1) == 1).all()):
            raise DataError(
                f"accuracy: targets of shape {target.shape} are not one-hot; for several labels an"
                " example give a function of your own: (outputs, targets) -> float"
            )
        return np.asarray(output.argmax(-1) == target.argmax(-1))
    if output.size == target.size and target.shape in (output.shape, output.shape[:-1]):
        if ((output < 0) | (output > 1)).any():
            raise DataError(
                "accuracy: one output an example is read as a probability, but it reaches"
                f" {output.flat[np.argmax(np.abs(output - 0.5))]:.4g}: make the output"
                " gx.sigmoid(logits), or give a function of your own"
            )
        return np.asarray((output > 0.5).reshape(target.shape) == target)
    raise DataError(
        f"accuracy: outputs {_brief(output)} and targets {_brief(target)} do not fit; expected"
        " (N, classes) and integer class numbers (N,), or the same shape"
    )


def _difference(output: np.ndarray, target: np.ndarray) -> np.ndarray:
    if output.shape != target.shape:
        raise DataError(
            f"outputs {_brief(output)} and targets {_brief(target)} differ in shape;"
            " their difference would broadcast: reshape one to the other"
        )
    return np.asarray(output.astype(np.float64) - target)


accuracy = Metric("accuracy", _correct)
"""The share of correct predictions, 0 to 1.

Takes outputs (..., classes) with integer class numbers (...) or one-hot targets (..., classes),
where the largest output is the prediction; or one probability an example, (N,) or (N, 1), with
targets 0 or 1, where above 0.5 means 1."""

mse = Metric("mse", lambda output, target: np.square(_difference(output, target)))
"""The mean squared error; outputs and targets have one shape. In squared units of the target."""

mae = Metric("mae", lambda output, target: np.abs(_difference(output, target)))
"""The mean absolute error; outputs and targets have one shape. In units of the target."""

rmse = replace(mse, name="rmse", finish=math.sqrt)
"""The square root of the mean squared error. In units of the target."""

NAMED = {metric.name: metric for metric in (accuracy, mse, mae, rmse)}


class Tally:
    """Metrics of a data set that is seen a batch at a time."""

    def __init__(self, metrics: Mapping[str, Metric | Function]) -> None:
        self.metrics = metrics
        self._sums = dict.fromkeys(metrics, 0.0)
        self._counts = dict.fromkeys(metrics, 0)
        self._kept: list[tuple[Arrays, Arrays]] = []

    def add(self, outputs: Arrays, targets: Arrays) -> None:
        """Take in one batch: arrays, or dicts of arrays by name.

        Raises:
            DataError: shapes or names that a built-in metric can't use.
        """
        for name, metric in self.metrics.items():
            if isinstance(metric, Metric):
                elements = metric.elements(*metric.pick(outputs, targets))
                self._sums[name] += float(np.sum(elements, dtype=np.float64))
                self._counts[name] += elements.size
        if not all(isinstance(metric, Metric) for metric in self.metrics.values()):
            self._kept.append((_copied(outputs), _copied(targets)))

    def result(self) -> dict[str, float]:
        """Each metric over everything that was added.

        Raises:
            DataError: a function returned something other than one number.
        """
        outputs = _joined([batch for batch, _ in self._kept])
        targets = _joined([batch for _, batch in self._kept])
        figures = {}
        for name, metric in self.metrics.items():
            if isinstance(metric, Metric):
                count = self._counts[name]
                figures[name] = metric.finish(self._sums[name] / count) if count else math.nan
            else:
                figures[name] = _number(name, metric(outputs, targets))
        return figures


def resolve(
    metrics: str | Metric | Function | Iterable[str | Metric | Function] | Mapping[str, Any],
) -> dict[str, Metric | Function]:
    """The metrics that a user gave, by the names of their columns.

    Args:
        metrics: names (`"accuracy"`), metrics and functions `(outputs, targets) -> float`, one or
            several; or a dict that names them. A function is given arrays, or dicts of arrays by
            name where the program has several outputs or targets.

    Raises:
        DataError: an unknown name, something that is no function, or one name twice.
    """
    if isinstance(metrics, Mapping):
        pairs = [(str(name), _one_metric(metric)) for name, metric in metrics.items()]
    else:
        several = [metrics] if isinstance(metrics, str) or callable(metrics) else list(metrics)
        pairs = [(_name_of(metric), metric) for metric in map(_one_metric, several)]
    resolved: dict[str, Metric | Function] = {}
    for name, metric in pairs:
        if name in resolved:
            raise DataError(f"two metrics are named '{name}'; a dict names them: {{'a': ...}}")
        resolved[name] = metric
    return resolved


def direction(monitor: str, mode: str = "auto") -> str:
    """Whether a better value is lower ("min") or higher ("max").

    Args:
        monitor: a column of the history, such as "val_loss".
        mode: "min", "max", or "auto" to tell from the name.

    Raises:
        DataError: an unknown mode, or a name that does not tell.
    """
    if mode in ("min", "max"):
        return mode
    if mode != "auto":
        raise DataError(f"mode is {mode!r}; expected 'min', 'max' or 'auto'")
    kind = monitor.rsplit("_", 1)[-1].lower()
    if kind in _FALLING:
        return "min"
    if kind in _RISING:
        return "max"
    raise DataError(f"can't tell whether '{monitor}' should rise or fall: give mode='min' or 'max'")


def _one_metric(metric: Metric | Function | str) -> Metric | Function:
    if isinstance(metric, str):
        if metric not in NAMED:
            raise DataError(
                f"unknown metric '{metric}'; known: {', '.join(NAMED)}, or a function"
                f"{meant(metric, NAMED)}"
            )
        return NAMED[metric]
    if not callable(metric):
        raise DataError(f"a metric is a name or a function, not {type(metric).__name__}")
    return metric


def _name_of(metric: Any) -> str:
    name = getattr(metric, "name", None) or getattr(metric, "__name__", type(metric).__name__)
    return str(name).strip("<>")


def _number(name: str, value: Any) -> float:
    if np.size(value) != 1:
        raise DataError(f"metric '{name}' returned shape {np.shape(value)}; expected one number")
    return float(np.asarray(value).reshape(()))


def _copied(arrays: Arrays) -> Arrays:
    # predict may return the same buffer for every batch.
    if isinstance(arrays, Mapping):
        return {name: np.array(array, ndmin=1) for name, array in arrays.items()}
    return np.array(arrays, ndmin=1)


def _joined(batches: list[Any]) -> Any:
    if not batches or not isinstance(batches[0], Mapping):
        return _concatenated(batches) if batches else None
    joined = {name: _concatenated([batch[name] for batch in batches]) for name in batches[0]}
    return joined if len(joined) != 1 else next(iter(joined.values()))


def _concatenated(parts: list[np.ndarray]) -> np.ndarray:
    if len({part.shape[1:] for part in parts}) > 1:
        raise DataError(
            "a metric function sees the whole validation set at once, but its batches have"
            f" different shapes: {', '.join(sorted({str(part.shape) for part in parts}))}"
        )
    return np.concatenate(parts)


def _brief(array: np.ndarray) -> str:
    return f"{array.dtype}{list(array.shape)}"
