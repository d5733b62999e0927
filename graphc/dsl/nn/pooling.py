"""Layers without weights over images: pooling, resizing, padding, normalised responses.

Images are ``(N, *sizes, C)``, or ``(N, C, *sizes)`` with ``data_format="channels_first"``.
"""

from __future__ import annotations

from typing import Any

from graphc.dsl.nn.convolution import ImageLayer
from graphc.dsl.nn.core import positive
from graphc.errors import ShapeError
from graphc.ir import origin as origins
from graphc.ir.node import Tensor
from graphc.ops.conv import pool_functions as pools
from graphc.ops.conv import resize
from graphc.ops.slicing import pad

__all__ = [
    "AdaptiveAvgPool2D",
    "AdaptiveMaxPool2D",
    "AvgPool1D",
    "AvgPool2D",
    "AvgPool3D",
    "EdgePad",
    "GlobalAvgPool",
    "GlobalMaxPool",
    "LocalResponseNorm",
    "MaxPool1D",
    "MaxPool2D",
    "MaxPool3D",
    "PixelShuffle",
    "ReflectPad",
    "Upsample",
    "ZeroPad",
]


class _Unweighted(ImageLayer):
    """A layer that does one thing to images; `word` is what its result is called after."""

    word = ""

    def _apply(self, x: Tensor) -> Tensor:
        raise NotImplementedError

    def forward(self, x: Tensor) -> Tensor:
        """The images, changed; see the class."""
        with self._here():
            seen = self._images(x)
            y = self._apply(seen)
            y = self._back(y) if y.ndim == seen.ndim else y
        self._labels.after(x, y, self.word)
        return y


class _Pool(_Unweighted):
    """A window's size and steps."""

    word = "pooled"

    def __init__(
        self,
        kernel: Any = 2,
        strides: Any = None,
        padding: Any = "valid",
        data_format: str = "channels_last",
        name: str | None = None,
    ) -> None:
        super().__init__(data_format, name)
        self.kernel = self._per_axis("kernel", kernel)
        self.strides = self.kernel if strides is None else self._per_axis("strides", strides)
        self.padding = padding


class _MaxPool(_Pool):
    """Max pooling over any number of spatial axes."""

    def _kind(self) -> str:
        return "max_pool"

    def _apply(self, x: Tensor) -> Tensor:
        return pools.max_pool(x, self.kernel, self.strides, self.padding)


class MaxPool1D(_MaxPool):
    """Max pooling over one axis, images ``(N, T, C)``; the arguments, and what is raised,
    are those of `MaxPool2D`.
    """

    rank = 1


class MaxPool2D(_MaxPool):
    """The largest of what a window sees of each channel; see ``gx.max_pool``.

    Args:
        kernel: the window's size, a number or one for each spatial axis.
        strides: the distance of neighbouring windows (default: `kernel`).
        padding: "valid", "same", a number or pairs; padding is never the largest.
        data_format: "channels_last" or "channels_first".
        name: its name; see :class:`Module`.

    Raises:
        GraphError: for another data format.
        ShapeError, TypeMismatchError: for sizes that do not fit, with the arithmetic.
    """

    rank = 2


class MaxPool3D(_MaxPool):
    """Max pooling over three axes, images ``(N, D, H, W, C)``; the arguments, and what is raised,
    are those of `MaxPool2D`.
    """

    rank = 3


class _AvgPool(_Pool):
    """Average pooling over any number of spatial axes."""

    def __init__(
        self,
        kernel: Any = 2,
        strides: Any = None,
        padding: Any = "valid",
        count_include_pad: bool = True,
        data_format: str = "channels_last",
        name: str | None = None,
    ) -> None:
        super().__init__(kernel, strides, padding, data_format, name)
        self.count_include_pad = count_include_pad

    def _kind(self) -> str:
        return "avg_pool"

    def _apply(self, x: Tensor) -> Tensor:
        return pools.avg_pool(x, self.kernel, self.strides, self.padding, self.count_include_pad)


class AvgPool1D(_AvgPool):
    """Average pooling over one axis, images ``(N, T, C)``; the arguments, and what is raised,
    are those of `AvgPool2D`.
    """

    rank = 1


class AvgPool2D(_AvgPool):
    """The mean of what a window sees of each channel; see ``gx.avg_pool``.

    Args:
        kernel: the window's size, a number or one for each spatial axis.
        strides: the distance of neighbouring windows (default: `kernel`).
        padding: "valid", "same", a number or pairs.
        count_include_pad: whether padding counts as zeros; else the mean is of the inputs alone.
        data_format: "channels_last" or "channels_first".
        name: its name; see :class:`Module`.

    Raises:
        GraphError: for another data format.
        ShapeError, TypeMismatchError: for sizes that do not fit, with the arithmetic.
    """

    rank = 2


class AvgPool3D(_AvgPool):
    """Average pooling over three axes, images ``(N, D, H, W, C)``; the arguments, and what is raised,
    are those of `AvgPool2D`.
    """

    rank = 3


class _Global(_Unweighted):
    word = "pooled"

    def __init__(
        self,
        keepdims: bool = False,
        data_format: str = "channels_last",
        name: str | None = None,
    ) -> None:
        super().__init__(data_format, name)
        self.keepdims = keepdims


class GlobalAvgPool(_Global):
    """The mean of each channel over all spatial axes: ``(N, C)``; with axes of size 1 if `keepdims`."""

    def _apply(self, x: Tensor) -> Tensor:
        return pools.global_avg_pool(x, self.keepdims)


class GlobalMaxPool(_Global):
    """The largest of each channel over all spatial axes: ``(N, C)``; with axes of 1 if `keepdims`."""

    def _apply(self, x: Tensor) -> Tensor:
        return pools.global_max_pool(x, self.keepdims)


class _Adaptive(_Unweighted):
    rank = 2
    word = "pooled"

    def __init__(
        self, outputs: Any, data_format: str = "channels_last", name: str | None = None
    ) -> None:
        super().__init__(data_format, name)
        self.outputs = self._per_axis("outputs", outputs)


class AdaptiveAvgPool2D(_Adaptive):
    """Means over `outputs` windows along each axis, whatever its size; see ``gx.adaptive_avg_pool``."""

    def _kind(self) -> str:
        return "adaptive_avg_pool"

    def _apply(self, x: Tensor) -> Tensor:
        return pools.adaptive_avg_pool(x, self.outputs)


class AdaptiveMaxPool2D(_Adaptive):
    """The largest over `outputs` windows along each axis; see ``gx.adaptive_max_pool``."""

    def _kind(self) -> str:
        return "adaptive_max_pool"

    def _apply(self, x: Tensor) -> Tensor:
        return pools.adaptive_max_pool(x, self.outputs)


class LocalResponseNorm(_Unweighted):
    """Each response divided by those of the channels around it; see ``gx.local_response_norm``."""

    word = "normed"

    def __init__(
        self,
        size: int = 5,
        alpha: float = 1e-4,
        beta: float = 0.75,
        k: float = 1.0,
        data_format: str = "channels_last",
        name: str | None = None,
    ) -> None:
        super().__init__(data_format, name)
        self.size = positive("LocalResponseNorm", "size", size)
        self.alpha, self.beta, self.k = alpha, beta, k

    def _apply(self, x: Tensor) -> Tensor:
        return resize.local_response_norm(x, self.size, self.alpha, self.beta, self.k)


class Upsample(_Unweighted):
    """Images enlarged by whole factors, mode "nearest" or "bilinear"; see ``gx.upsample``."""

    word = "enlarged"

    def __init__(
        self,
        scale: Any = 2,
        mode: str = "nearest",
        align_corners: bool = False,
        data_format: str = "channels_last",
        name: str | None = None,
    ) -> None:
        super().__init__(data_format, name)
        self.scale, self.mode, self.align_corners = scale, mode, align_corners

    def _apply(self, x: Tensor) -> Tensor:
        return resize.upsample(x, self.scale, mode=self.mode, align_corners=self.align_corners)


class PixelShuffle(_Unweighted):
    """Channels laid out as squares of pixels; see ``gx.pixel_shuffle``."""

    rank = 2
    word = "shuffled"

    def __init__(
        self, factor: int, data_format: str = "channels_last", name: str | None = None
    ) -> None:
        super().__init__(data_format, name)
        self.factor = positive("PixelShuffle", "factor", factor)

    def _apply(self, x: Tensor) -> Tensor:
        return resize.pixel_shuffle(x, self.factor)


class _Pad(_Unweighted):
    """New elements around images; `mode` says which."""

    word = "padded"
    mode = "constant"

    def __init__(
        self, widths: Any, data_format: str = "channels_last", name: str | None = None
    ) -> None:
        super().__init__(data_format, name)
        self.widths = widths

    def _apply(self, x: Tensor) -> Tensor:
        rank = x.ndim - 2
        widths = self.widths if isinstance(self.widths, (tuple, list)) else (self.widths,) * rank
        if len(widths) != rank:
            raise ShapeError(
                f"{type(self).__name__} at {origins.current()}: {self.widths!r} has {len(widths)} "
                f"entries for {rank} spatial axes"
            )
        pairs = [w if isinstance(w, (tuple, list)) else (w, w) for w in widths]
        return pad(x, ((0, 0), *pairs, (0, 0)), mode=self.mode)


class ZeroPad(_Pad):
    """Zeros around images.

    Args:
        widths: a number for all sides, or for each spatial axis a number or a pair (before, after).
        data_format: "channels_last" or "channels_first".
        name: its name; see :class:`Module`.

    Raises:
        GraphError: for another data format.
        ShapeError: for widths that are negative or of another number of axes.
    """


class ReflectPad(_Pad):
    """The neighbours of the outermost pixels in reverse order, around images; the arguments are
    those of `ZeroPad`, and a width of the image's size or more is a ShapeError.
    """

    mode = "reflect"


class EdgePad(_Pad):
    """The outermost pixels again, around images; the arguments are those of `ZeroPad`."""

    mode = "edge"
