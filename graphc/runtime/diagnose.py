"""Signs of a training run that goes wrong, read off the figures of a monitor.

In: what was recorded so far. Out: findings, each with the layer, the figure, and what to try.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from graphc.runtime.statistics import Summary

LIMITS: dict[str, float] = {
    "dead": 0.5,  # share of a layer's units
    "saturated": 0.5,  # share of a layer's activations
    "norm": 1e4,  # of all gradients together
    "growth": 100.0,  # of that norm, over the median so far
    "vanishing": 1e-3,  # gradients of the first layer over those of the last
    "plateau": 1e-3,  # relative improvement of the loss within the patience
    "patience": 10.0,  # epochs
}


class TrainingWarning(UserWarning):
    """A sign that training goes wrong; raised by :class:`~graphc.runtime.monitor.Monitor`."""


@dataclass(frozen=True)
class Record:
    """What was seen at one moment.

    Attributes:
        epoch: finished epochs, or the number of the epoch under way.
        step: steps of training before it.
        loss: the loss of the last step, NaN before the first.
        summaries: by kind, then by the name of a layer or a parameter.
    """

    epoch: int
    step: int
    loss: float
    summaries: dict[str, dict[str, Summary]] = field(repr=False)


@dataclass(frozen=True)
class Finding:
    """One warning.

    Attributes:
        kind: "dead", "saturated", "exploding", "vanishing", "not finite" or "plateau".
        layer: the layer or parameter; "" for the loss.
        figure: the figure that was found.
        epoch, step: when.
        message: all of this in a sentence, and what to try.
    """

    kind: str
    layer: str
    figure: float
    epoch: int
    step: int
    message: str


_Make = Callable[[str, str, float, str], Finding]


def diagnose(
    record: Record,
    earlier: Sequence[Record],
    limits: Mapping[str, float],
    weights: Sequence[str],
) -> Iterator[Finding]:
    """The findings at one moment.

    Args:
        record: what was seen.
        earlier: what was seen before.
        limits: as `LIMITS`.
        weights: the names of the layers' weights, first layer first.
    """

    def finding(kind: str, layer: str, figure: float, text: str) -> Finding:
        when = f"epoch {record.epoch}, step {record.step}"
        return Finding(kind, layer, figure, record.epoch, record.step, f"{text} ({when})")

    for layer, found in record.summaries.get("activations", {}).items():
        if found.dead > limits["dead"]:
            text = (
                f"{layer}: {found.dead:.0%} of the ReLU units give 0 for every example; try a"
                " smaller learning rate, leaky_relu, or smaller initial biases and weights"
            )
            yield finding("dead", layer, found.dead, text)
        if found.saturated > limits["saturated"]:
            text = (
                f"{layer}: {found.saturated:.0%} of the activations are saturated; try smaller"
                " initial weights (glorot_uniform), scaled inputs, or a smaller learning rate"
            )
            yield finding("saturated", layer, found.saturated, text)
    for kind, some in record.summaries.items():
        for name, found in some.items():
            if found.nonfinite:
                text = (
                    f"{name}: {found.nonfinite:.0%} of the {kind.replace('_', ' ')} are NaN or"
                    " infinite; try a smaller learning rate or clipping; gx.compile(...,"
                    ' check="nan") names the line that makes the first NaN'
                )
                yield finding("not finite", name, found.nonfinite, text)
                break
    yield from _exploding(record, earlier, limits, finding)
    yield from _vanishing(record, limits, weights, finding)


def _exploding(
    record: Record, earlier: Sequence[Record], limits: Mapping[str, float], finding: _Make
) -> Iterator[Finding]:
    gradients = record.summaries.get("gradients", {})
    norm = gradient_norm(record)
    if not gradients or not math.isfinite(norm):
        return
    before = [n for n in map(gradient_norm, earlier) if math.isfinite(n) and n > 0]
    usual = float(np.median(before)) if before else math.nan
    worst = max(gradients, key=lambda name: gradients[name].norm)
    grown = norm > limits["growth"] * usual and norm > 1
    if norm > limits["norm"] or grown:
        rise = f", {norm / usual:.3g} times the median so far" if grown else ""
        text = (
            f"{worst}: the gradients explode: their norm is {norm:.3g}{rise}, the largest part here"
            f" ({gradients[worst].norm:.3g}); try a smaller learning rate, clipping by norm, or"
            " targets of unit scale"
        )
        yield finding("exploding", worst, norm, text)


def _vanishing(
    record: Record, limits: Mapping[str, float], weights: Sequence[str], finding: _Make
) -> Iterator[Finding]:
    gradients = record.summaries.get("gradients", {})
    present = [name for name in weights if name in gradients]
    if len(present) < 3:
        return
    first, last = gradients[present[0]].rms, gradients[present[-1]].rms
    if last > 0 and first / last < limits["vanishing"]:
        text = (
            f"{present[0]}: the gradients vanish: they are {first / last:.2g} times those of"
            f" {present[-1]} (root mean squares {first:.2g} and {last:.2g}); try relu, residual"
            " connections, normalisation, or he_normal weights"
        )
        yield finding("vanishing", present[0], first / last, text)


def plateau(
    losses: Sequence[float], limits: Mapping[str, float], epoch: int, step: int
) -> Finding | None:
    """A loss that has stopped to fall.

    Args:
        losses: the training loss of each epoch so far.
        limits: as `LIMITS`.
        epoch, step: now.
    """
    patience = int(limits["patience"])
    if len(losses) <= patience:
        return None
    before, since = min(losses[:-patience]), min(losses[-patience:])
    gain = (before - since) / max(abs(before), 1e-300)
    if not math.isfinite(gain) or gain >= limits["plateau"]:
        return None
    text = (
        f"the training loss is on a plateau: {since:.4g} within the last {patience} epochs, {before:.4g}"
        f" before; try another learning rate or a schedule, or stop here (epoch {epoch}, step {step})"
    )
    return Finding("plateau", "", gain, epoch, step, text)


def gradient_norm(record: Record) -> float:
    """The L2 norm of all gradients by parameters together; NaN where none were recorded."""
    norms = [s.norm for s in record.summaries.get("gradients", {}).values()]
    return math.sqrt(sum(n * n for n in norms)) if norms else math.nan
