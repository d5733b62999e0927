"""Normalisation layers: over the batch, over the features, over groups of them; of weights."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from graphc.dsl.module import Module
from graphc.dsl.nn.core import Layer, positive
from graphc.dsl.variables import parameter, state
from graphc.errors import GraphError, ShapeError
from graphc.ir import dims, types
from graphc.ir import origin as origins
from graphc.ir.dims import DimLike
from graphc.ir.node import Tensor, state_of
from graphc.ops import reduce
from graphc.ops.catalogue import sqrt, square
from graphc.ops.leaf import constant, dimension, state_tensor
from graphc.ops.nn import custom_gradient
from graphc.ops.phases import in_training, updating
from graphc.ops.shape import broadcast_to, reshape
from graphc.ops.standardize import check_epsilon, moments, standardize


class _Normalisation(Layer):
    """What the layers share: a gain ``gamma`` and an offset ``beta`` for what was normalised."""

    gamma: Tensor | None = None
    beta: Tensor | None = None

    def __init__(self, epsilon: float, scale: bool, center: bool, name: str | None) -> None:
        super().__init__(name)
        self.epsilon = check_epsilon(type(self).__name__, epsilon)
        self.scale = bool(scale)
        self.center = bool(center)

    def _waits(self) -> bool:
        return not self._ready and (self.scale or self.center)

    def _declare(self, x: Tensor, shape: Sequence[DimLike]) -> None:
        """Declare gain and offset in a shape that broadcasts over `x`."""
        if not all(isinstance(size, int) for size in shape):
            sizes = types.shape_text(tuple(shape))
            raise self._error(ShapeError, f"needs sizes that are numbers, not {sizes}", x)
        self._shape = tuple(shape)
        if self.scale:
            self.gamma = parameter("gamma", _filled(1, shape, x.dtype))
        if self.center:
            self.beta = parameter("beta", _filled(0, shape, x.dtype))

    def _fits(self, x: Tensor, shape: Sequence[DimLike]) -> None:
        if self._shape != tuple(shape):
            was, now = (types.shape_text(tuple(s)) for s in (self._shape, shape))
            raise self._error(ShapeError, f"takes features {was}, not {now}", x)

    def _affine(self, xhat: Tensor) -> Tensor:
        y = xhat if self.gamma is None else xhat * self.gamma
        return y if self.beta is None else y + self.beta


def _filled(value: float, shape: Sequence[DimLike], dtype: str) -> Tensor:
    return broadcast_to(constant(value, dtype), tuple(shape))


class BatchNorm(_Normalisation):
    """``gamma (x - mean) / sqrt(var + epsilon) + beta`` for each feature (S. Ioffe and C. Szegedy,
    "Batch normalization", 2015, algorithms 1 and 2).

    In training, mean and variance are those of the batch: over all axes but `axis`, the variance
    divided by the number M of values (biased).  A training step then moves the running statistics,

        running = momentum running + (1 - momentum) of the batch

    with the unbiased variance, divided by M - 1, as torch does (whose ``momentum`` is ours taken
    from 1).  Functions that only infer use the running statistics and change nothing; so does
    ``gradients``, which sees the batch's.  With ``gx.function`` give
    ``updates=gx.updates_of(loss)``.

    One value a feature (M = 1) has variance 0: the result is ``beta``, the gradient 0, and 0 is
    what the running variance takes in; torch refuses such a batch.  A constant feature gives
    ``beta`` too.

    States are ``running_mean`` (from 0) and ``running_var`` (from 1), parameters ``gamma`` (from 1)
    and ``beta`` (from 0), all of shape ``(features,)`` and the element type of `x`.

    Args:
        momentum: how much of the running statistics stays at each step, in [0, 1).
        epsilon: added to the variance; above 0.
        scale: whether there is a ``gamma``.
        center: whether there is a ``beta``.
        axis: the axis of the features.
        name: its name; see :class:`Module`.

    Raises:
        GraphError: for a momentum or an epsilon out of range.
        ShapeError: when called on fewer than two axes, an axis that does not exist, or another
            number of features than before.
    """

    running_mean: Tensor
    running_var: Tensor

    def __init__(
        self,
        momentum: float = 0.9,
        epsilon: float = 1e-5,
        scale: bool = True,
        center: bool = True,
        axis: int = -1,
        name: str | None = None,
    ) -> None:
        super().__init__(epsilon, scale, center, name)
        if isinstance(momentum, bool) or not isinstance(momentum, (int, float)):
            momentum = math.nan
        if not 0 <= momentum < 1:
            raise GraphError(
                f"BatchNorm at {origins.current()}: momentum lies in [0, 1): how much of the "
                "running statistics stays (torch counts what goes)"
            )
        self.momentum = float(momentum)
        self.axis = axis

    def _waits(self) -> bool:
        return not self._ready

    def _features(self, x: Tensor) -> tuple[int, tuple[DimLike, ...]]:
        """The axis of the features, and the shape in which a vector of them broadcasts."""
        axis = types.normal_axis(self.axis, x.ndim)
        return axis, (x.shape[axis], *[1] * (x.ndim - 1 - axis))

    def build(self, x: Any) -> None:
        """Declare parameters and running statistics for the features of `x`."""
        x = self._input(x, rank=2)
        axis, _ = self._features(x)
        with self._here():
            self._declare(x, x.shape[axis : axis + 1])
            self.running_mean = state("running_mean", _filled(0, self._shape, x.dtype))
            self.running_var = state("running_var", _filled(1, self._shape, x.dtype))

    def forward(self, x: Tensor) -> Tensor:
        """`x` normalised; see the class."""
        x = self._input(x, rank=2)
        axis, shape = self._features(x)
        self._fits(x, x.shape[axis : axis + 1])
        axes = tuple(a for a in range(x.ndim) if a != axis)
        with self._here():
            gamma, beta, mean, var = (
                None if t is None else reshape(t, shape) if len(shape) > 1 else t
                for t in (self.gamma, self.beta, self.running_mean, self.running_var)
            )
            assert mean is not None and var is not None
            batch = standardize(x, axes, self.epsilon)
            factor = 1 / sqrt(var + self.epsilon)
            known = (x - mean) * (factor if gamma is None else gamma * factor)
            batch = batch if gamma is None else batch * gamma
            if beta is not None:
                batch, known = batch + beta, known + beta
            y = in_training(batch, known)
            with origins.role("statistics"):
                followed = self._statistics(x, axes)
                y = self._follow(y, followed)
        self._labels.normalised(x, y)
        for tensor, name in zip(
            (*followed, factor), ("mean", "unbiased_var", "inv_std"), strict=True
        ):
            self._labels.after(x, tensor, name)
        return y

    def _statistics(self, x: Tensor, axes: tuple[int, ...]) -> tuple[Tensor, Tensor]:
        """The batch's mean and unbiased variance, each ``(features,)``."""
        count = dims.product(x.shape[a] for a in axes)
        mean, var = (
            t if t.shape == self._shape else reshape(t, self._shape) for t in moments(x, axes)
        )
        least = dims.maximum(count - 1, 1)
        return mean, var * (1 + 1 / dimension(least, x.dtype))

    def _follow(self, y: Tensor, statistics: tuple[Tensor, Tensor]) -> Tensor:
        """`y` with the note that a training step moves the running statistics."""
        for running, new in zip((self.running_mean, self.running_var), statistics, strict=True):
            moved = self.momentum * running + (1 - self.momentum) * new
            y = updating(y, running, moved, keep=[new])
        return y


class LayerNorm(_Normalisation):
    """``gamma (x - mean) / sqrt(var + epsilon) + beta`` for each example, mean and variance taken
    over the features (J. Ba, J. Kiros and G. Hinton, "Layer normalization", 2016, eq. 4).

    Training and inference are the same.  ``gamma`` and ``beta`` have the sizes of `axis`.

    Args:
        axis: what is normalised over: an axis or several.
        epsilon, scale, center, name: as for :class:`BatchNorm`.

    Raises:
        GraphError: for an epsilon that is not above 0.
        ShapeError: when called on an axis that does not exist, has no fixed size, or has another
            size than before.
    """

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-5,
        scale: bool = True,
        center: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(epsilon, scale, center, name)
        self.axis = axis

    def _features(self, x: Tensor) -> tuple[tuple[int, ...], tuple[DimLike, ...]]:
        axes = types.normal_axes(self.axis, x.ndim)
        sizes = (s if a in axes else 1 for a, s in enumerate(x.shape))
        return axes, tuple(sizes)[min(axes, default=0) :]

    def build(self, x: Any) -> None:
        """Declare the parameters for the features of `x`."""
        x = self._input(x, rank=2)
        with self._here():
            self._declare(x, self._features(x)[1])

    def _normal(self, x: Tensor, axes: tuple[int, ...]) -> Tensor:
        return standardize(x, axes, self.epsilon)

    def forward(self, x: Tensor) -> Tensor:
        """`x` normalised; see the class."""
        x = self._input(x, rank=2)
        axes, shape = self._features(x)
        self._fits(x, shape)
        with self._here():
            xhat = self._normal(x, axes)
            y = self._affine(xhat)
        self._labels.normalised(x, y)
        if y is not xhat:
            self._labels.after(x, xhat, "hat")
        return y


class RMSNorm(LayerNorm):
    """``gamma x / sqrt(mean(x**2) + epsilon)`` over the features (B. Zhang and R. Sennrich, "Root mean
    square layer normalization", 2019, eq. 4).

    Arguments and errors are those of :class:`LayerNorm`; there is no ``beta``.
    """

    def __init__(
        self,
        axis: int | Sequence[int] = -1,
        epsilon: float = 1e-6,
        scale: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(axis, epsilon, scale, False, name)

    def _kind(self) -> str:
        return "rms_norm"

    def _normal(self, x: Tensor, axes: tuple[int, ...]) -> Tensor:
        return standardize(x, axes, self.epsilon, center=False)


class GroupNorm(_Normalisation):
    """Each example's features in `groups` groups, each brought to mean 0 and variance 1 over its
    features and all axes between the first and the last (Y. Wu and K. He, "Group normalization",
    2018, eqs. 1 and 2); then ``gamma`` and ``beta`` for each feature.

    Features come last: `x` is ``(N, ..., features)``.

    Args:
        groups: how many; they are runs of neighbouring features.
        epsilon, scale, center, name: as for :class:`BatchNorm`.

    Raises:
        GraphError: for `groups` below 1 or an epsilon that is not above 0.
        ShapeError: when called on features that `groups` does not divide, or another number of them
            than before.
    """

    def __init__(
        self,
        groups: int,
        epsilon: float = 1e-5,
        scale: bool = True,
        center: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(epsilon, scale, center, name)
        self.groups = positive(type(self).__name__, "groups", groups)

    def build(self, x: Any) -> None:
        """Declare the parameters for the features of `x`."""
        x = self._input(x, rank=2)
        with self._here():
            self._declare(x, x.shape[-1:])
        width = x.shape[-1]
        assert isinstance(width, int)
        if width % self.groups:
            raise self._error(ShapeError, f"can't part {width} features in {self.groups}", x)

    def forward(self, x: Tensor) -> Tensor:
        """`x` normalised; see the class."""
        x = self._input(x, rank=2)
        self._fits(x, x.shape[-1:])
        width = x.shape[-1]
        assert isinstance(width, int)
        with self._here():
            parts = reshape(x, (*x.shape[:-1], self.groups, width // self.groups))
            axes = (*range(1, x.ndim - 1), x.ndim)
            y = self._affine(reshape(standardize(parts, axes, self.epsilon), x.shape))
        self._labels.normalised(x, y)
        return y


class InstanceNorm(_Normalisation):
    """Each feature of each example brought to mean 0 and variance 1 over the axes between the first
    and the last (D. Ulyanov et al., "Instance normalization", 2016); then ``gamma`` and ``beta``.

    Features come last: `x` is ``(N, ..., features)`` with three axes at least.  Arguments and errors
    are those of :class:`LayerNorm`, without `axis`.
    """

    def __init__(
        self,
        epsilon: float = 1e-5,
        scale: bool = True,
        center: bool = True,
        name: str | None = None,
    ) -> None:
        super().__init__(epsilon, scale, center, name)

    def build(self, x: Any) -> None:
        """Declare the parameters for the features of `x`."""
        x = self._input(x, rank=3)
        with self._here():
            self._declare(x, x.shape[-1:])

    def forward(self, x: Tensor) -> Tensor:
        """`x` normalised; see the class."""
        x = self._input(x, rank=3)
        self._fits(x, x.shape[-1:])
        with self._here():
            y = self._affine(standardize(x, tuple(range(1, x.ndim - 1)), self.epsilon))
        self._labels.normalised(x, y)
        return y


class WeightNorm(Layer):
    """A layer whose weights are ``W = g v / |v|`` (T. Salimans and D. Kingma, "Weight
    normalization", 2016, eq. 2): ``g`` is the length of a unit's weights, ``v`` their direction.

    ``v`` starts from what the layer's ``W`` would start from, and ``g`` from its length, so that the
    layer begins as it would without.  The weights of a unit are those with its index in the last
    axis of ``W``.

    Args:
        layer: a layer with a parameter ``W``, such as :class:`Dense`, that was not called yet.
        tied: one ``g`` for the whole layer, and ``|v|`` the length of all its weights.
        name: its name; see :class:`Module`.

    Raises:
        GraphError: when `layer` is no module, has no ``W``, or was called before.
    """

    v: Tensor
    g: Tensor

    def __init__(self, layer: Module, tied: bool = False, name: str | None = None) -> None:
        super().__init__(name)
        what = f"WeightNorm at {origins.current()}"
        if not isinstance(layer, Module):
            raise GraphError(f"{what}: it takes a layer, not {layer!r}")
        if layer._ready:
            raise GraphError(f"{what}: {layer._label} was called before")
        if not layer.name:
            layer._unscoped = True  # its parameters are this module's: weight_norm_1.v
        self.layer = layer
        self.tied = bool(tied)

    def build(self, x: Any) -> None:
        """Build the layer, and take its ``W`` for ``v``."""
        layer: Any = self.layer
        scope = (*origins.current_scope(), layer.name) if layer.name else origins.current_scope()
        layer._owned.settle(scope)
        if layer.name:
            with origins.scope(layer.name):
                layer.build(x)
        else:
            layer.build(x)
        layer._ready = True
        v = getattr(layer, "W", None)
        if not isinstance(v, Tensor):
            raise self._error(GraphError, f"needs a layer with weights W, not {layer!r}")
        owner = state_of(v)
        owner.name = ".".join((*origins.current_scope(), "v"))
        state_tensor(owner)  # names the tensor again
        assert owner.initial is not None
        with self._here():
            self.v = v
            self.g = parameter("g", sqrt(self._sums(square(owner.initial))))
            layer.W = custom_gradient(self._weights)(self.v, self.g)
            layer.W.named(".".join((*origins.current_scope(), "W")))

    def _sums(self, x: Tensor) -> Tensor:
        """The sum for each unit, or for the whole layer."""
        return reduce.sum(x, axis=None if self.tied else tuple(range(x.ndim - 1)))

    def _weights(self, v: Tensor, g: Tensor) -> tuple[Tensor, Callable[[Tensor], Any]]:
        """``g v / |v|``, and the gradients of eq. 3."""
        length = sqrt(self._sums(square(v))).named(".".join((*origins.current_scope(), "v_length")))
        scale = g / length

        def backward(d_w: Tensor) -> tuple[Tensor, Tensor]:
            d_g = self._sums(d_w * v) / length
            return scale * (d_w - v * (d_g / length)), d_g

        return v * scale, backward

    def forward(self, x: Tensor) -> Tensor:
        """What the layer computes with the normalised weights."""
        result: Tensor = self.layer(x)
        return result
