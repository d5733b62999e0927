"""Data brought to a common scale inside the network, so that its file takes data as they come."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from graphc.dsl.nn.core import Layer
from graphc.dsl.variables import state
from graphc.errors import DataError, GraphError, ShapeError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Tensor
from graphc.ops.elementwise import cast


class Normalization(Layer):
    """``(x - offset) / scale`` with numbers that were fitted on training data.

        norm = nn.Normalization.fit(X_train)
        out = nn.Sequential([norm, nn.Dense(64, "relu"), nn.Dense(1)])(x)

    `offset` and `scale` are states that training leaves alone: they are saved with the parameters
    and are in every exported file, which then takes raw data.  For targets train on
    ``norm_y(y)`` and return ``norm_y.inverse(out)``, which is in the units of `y`.

    Args:
        offset: numbers, in a shape that broadcasts over `x`: ``(features,)`` or ``()``.
        scale: the same, none of them 0.
        name: its name; see :class:`Module`.
        dtype: the element type of the result.

    Raises:
        GraphError: for numbers that are not finite, or a scale of 0.
        ShapeError: when called on another number of features.
    """

    def __init__(self, offset: Any, scale: Any, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(name)
        self.dtype = types.dtype_name(dtype)
        offset, scale = np.asarray(offset, self.dtype), np.asarray(scale, self.dtype)
        what = f"Normalization at {origins.current()}"
        if offset.shape != scale.shape:
            raise GraphError(f"{what}: offset {offset.shape} and scale {scale.shape} differ")
        if not (np.isfinite(offset).all() and np.isfinite(scale).all() and (scale != 0).all()):
            raise GraphError(
                f"{what}: offset and scale are finite in {self.dtype}, and scale is not 0"
            )
        self.offset = state("offset", offset)
        self.scale = state("scale", scale)
        self._inverting = False

    @classmethod
    def fit(
        cls,
        data: Any,
        kind: str = "standard",
        range: Sequence[float] = (0.0, 1.0),
        axis: int | None = -1,
        name: str | None = None,
        dtype: Any = None,
    ) -> Normalization:
        """The layer for some data, whose numbers are computed in double precision.

        Args:
            data: examples ``(N, ..., features)``, or ``(N,)``.
            kind: ``"standard"`` brings each feature to mean 0 and standard deviation 1 (divided by
                the number of values); ``"range"`` brings its least and largest value to `range`.
            range: low and high, for that kind.
            axis: the axis of the features; None takes all numbers together, as does ``(N,)``.
            name: its name.
            dtype: the element type of the result.

        A feature that is constant becomes 0, or `low`: it is divided by 1.

        Raises:
            DataError: for data without examples or with numbers that are not finite.
            GraphError: for another kind, or a range that is empty.
            ShapeError: for an axis that does not exist or is that of the examples.
        """
        what = f"Normalization.fit at {origins.current()}"
        values = np.asarray(data)
        if values.ndim == 0 or values.size == 0 or values.dtype.kind not in "biuf":
            raise DataError(
                f"{what}: it takes an array of numbers (N, ..., features), not {values.dtype} "
                f"{values.shape}"
            )
        if kind not in ("standard", "range"):
            raise GraphError(f"{what}: kind is 'standard' or 'range', not {kind!r}")
        low, high = (float(v) for v in range)
        if not -np.inf < low < high < np.inf:
            raise GraphError(f"{what}: the range goes from a low to a higher number, not {range!r}")
        values = values.astype(np.float64)
        axes: tuple[int, ...] | None = None
        shape: tuple[int, ...] = ()
        if axis is not None and values.ndim > 1:
            feature = types.normal_axis(axis, values.ndim)
            if feature == 0:
                raise ShapeError(f"{what}: axis 0 is that of the examples")
            axes = tuple(a for a, _ in enumerate(values.shape) if a != feature)
            shape = (values.shape[feature], *[1] * (values.ndim - 1 - feature))
        wrong = ~np.isfinite(values).all(axis=axes)
        if wrong.any():
            where = f" in feature {int(np.flatnonzero(wrong)[0])}" if axes else ""
            raise DataError(f"{what}: there are numbers that are not finite{where}")
        least, most = values.min(axis=axes), values.max(axis=axes)
        constant = least == most  # a mean of equal numbers may be off by a rounding
        if kind == "standard":
            offset = np.where(constant, most, values.mean(axis=axes))
            scale = np.where(constant, 1.0, values.std(axis=axes))
        else:
            scale = np.where(constant, 1.0, (most - least) / (high - low))
            offset = least - low * scale
        return cls(offset.reshape(shape), scale.reshape(shape), name, dtype)

    def forward(self, x: Tensor) -> Tensor:
        """``(x - offset) / scale``; of integers too."""
        x = self._input(x, floating=False)
        try:
            if types.broadcast([x.shape, self.offset.shape]) != x.shape:
                raise ShapeError("")
        except ShapeError:
            fitted = types.shape_text(self.offset.shape)
            raise self._error(ShapeError, f"was fitted on features {fitted}", x) from None
        with self._here():
            x = cast(x, self.dtype)
            if self._inverting:
                y = x * self.scale + self.offset
            else:
                y = (x - self.offset) / self.scale
        self._labels.after(x, y, "denormalized" if self._inverting else "normalized")
        return y

    def inverse(self, y: Tensor) -> Tensor:
        """``y scale + offset``: a normalised tensor in the units of the data."""
        self._inverting = True
        try:
            result: Tensor = self(y)
        finally:
            self._inverting = False
        return result
