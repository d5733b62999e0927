"""What is kept of an array of weights, activations or gradients: a histogram and a few figures.

In: arrays. Out: a :class:`Summary` of each, which is small, and which a checkpoint can hold.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

BINS = 40
_SATURATED = {"tanh": (-0.99, 0.99), "sigmoid": (0.01, 0.99)}


@dataclass(frozen=True, eq=False)
class Summary:
    """Figures of one array; those that have no meaning for it are NaN.

    Attributes:
        count: the number of elements.
        mean, std, minimum, maximum: over the finite elements.
        rms: the root of the mean square of the finite elements.
        norm: the L2 norm over all elements, infinite or NaN where one is not finite.
        zero: the share of elements that are exactly 0.
        nonfinite: the share of elements that are NaN or infinite.
        saturated: of a tanh or sigmoid, the share beyond 0.99 of the range towards either end.
        dead: of a ReLU, the share of units (the last axis) that are 0 for every example.
        counts: elements in each bin, (BINS,) int64.
        edges: the edges of the bins, (BINS + 1,) float64.
    """

    count: int
    mean: float
    std: float
    minimum: float
    maximum: float
    rms: float
    norm: float
    zero: float
    nonfinite: float
    saturated: float
    dead: float
    counts: np.ndarray
    edges: np.ndarray

    def to_dict(self) -> dict[str, Any]:
        """The figures by name, for a checkpoint."""
        return asdict(self)

    @classmethod
    def from_dict(cls, figures: Mapping[str, Any]) -> Summary:
        """The summary of such figures."""
        return cls(**figures)


def summarise(array: np.ndarray, function: str = "") -> Summary:
    """The summary of an array.

    Args:
        array: of any shape, floating; the last axis counts units.
        function: the activation that it came out of: "relu", "tanh", "sigmoid", or another.
    """
    values = np.asarray(array, dtype=np.float64)
    finite = values[np.isfinite(values)]
    some = finite if finite.size else np.zeros(1)
    with np.errstate(all="ignore"):
        norm = float(np.sqrt(np.square(values).sum()))
        low, high = float(some.min()), float(some.max())
        counts, edges = np.histogram(finite, bins=BINS, range=_range(low, high))
        figures = {
            "mean": float(some.mean()),
            "std": float(some.std()),
            "rms": float(np.sqrt(np.square(some).mean())),
        }
    dead = saturated = float("nan")
    if "relu" in function and values.ndim:
        dead = float((values == 0).all(axis=tuple(range(values.ndim - 1))).mean())
    if function in _SATURATED:
        low_end, high_end = _SATURATED[function]
        saturated = float(((values < low_end) | (values > high_end)).mean())
    return Summary(
        count=values.size,
        minimum=low,
        maximum=high,
        norm=norm,
        zero=float((values == 0).mean()),
        nonfinite=1 - finite.size / max(values.size, 1),
        saturated=saturated,
        dead=dead,
        counts=counts.astype(np.int64),
        edges=edges,
        **figures,
    )


def _range(low: float, high: float) -> tuple[float, float]:
    """The ends of the histogram; a single value gets a bin of some width around it."""
    if high - low > 1e-12 * max(abs(low), abs(high)):
        return low, high
    margin = max(abs(low), 1e-12) * 0.5
    return low - margin, high + margin
