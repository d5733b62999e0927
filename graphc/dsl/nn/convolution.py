"""Layers over images and sequences: convolution, pooling, resizing.

Images are ``(N, *sizes, C)``; with ``data_format="channels_first"`` a layer takes and gives
``(N, C, *sizes)``, by transposing at its border (between two such layers the transposes cancel).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphc.dsl import init as inits
from graphc.dsl.activations import RELU_LIKE, activation_of
from graphc.dsl.nn.core import Layer, positive
from graphc.dsl.variables import parameter
from graphc.errors import GraphError, ShapeError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Tensor
from graphc.ops.conv.functions import check_algorithm, conv, conv_transpose
from graphc.ops.conv.geometry import per_axis
from graphc.ops.shape import moveaxis

__all__ = [
    "Conv1D",
    "Conv2D",
    "Conv3D",
    "ConvTranspose1D",
    "ConvTranspose2D",
    "ConvTranspose3D",
    "DepthwiseConv2D",
]

Function = Callable[[Tensor], Tensor]
_FORMATS = ("channels_last", "channels_first")


class ImageLayer(Layer):
    """A layer over images: `rank` spatial axes (any number if 0), channels last or first."""

    rank = 0

    def __init__(self, data_format: str, name: str | None) -> None:
        super().__init__(name)
        if data_format not in _FORMATS:
            raise GraphError(
                f"{type(self).__name__} at {origins.current()}: data_format is "
                f"{' or '.join(map(repr, _FORMATS))}, not {data_format!r}"
            )
        self.channels_first = data_format == "channels_first"

    def _images(self, x: Any) -> Tensor:
        """The images with their channels last."""
        x = self._input(x)
        wanted = "(N, C, *sizes)" if self.channels_first else "(N, *sizes, C)"
        if x.ndim < 3 or (self.rank and x.ndim != self.rank + 2):
            count = f"{self.rank}" if self.rank else "1 or more"
            raise self._error(
                ShapeError,
                f"expects {wanted} with {count} spatial axes, not {types.shape_text(x.shape)}",
                x,
            )
        return moveaxis(x, 1, -1) if self.channels_first else x

    def _back(self, y: Tensor) -> Tensor:
        return moveaxis(y, -1, 1) if self.channels_first else y

    def _per_axis(self, what: str, value: Any, least: int = 1) -> tuple[int, ...]:
        try:
            return per_axis(what, value, self.rank, least)
        except ShapeError as error:
            raise ShapeError(
                f"{type(self).__name__} at {origins.current()}: {error.args[0]}"
            ) from None


class _Weighted(ImageLayer):
    """What convolutions share: weights, a bias for each filter, an activation."""

    W: Tensor | None = None
    b: Tensor | None = None

    def __init__(
        self,
        kernel: Any,
        strides: Any,
        padding: Any,
        dilation: Any,
        activation: str | Function | None,
        use_bias: bool,
        init: Any,
        bias_init: Any,
        data_format: str,
        algorithm: str,
        name: str | None,
    ) -> None:
        super().__init__(data_format, name)
        what = type(self).__name__
        self.kernel = self._per_axis("kernel", kernel)
        self.strides = self._per_axis("strides", strides)
        self.dilation = self._per_axis("dilation", dilation)
        self.padding = padding
        self.activation = activation_of(what, activation)
        function = "" if activation is None else getattr(activation, "__name__", activation)
        by_activation = {"selu": "lecun_normal", **dict.fromkeys(RELU_LIKE, "he_normal")}
        self.init = by_activation.get(str(function), "glorot_uniform") if init is None else init
        self.bias_init = bias_init
        self.use_bias = use_bias
        self.algorithm = algorithm

    def _shape(self, channels: int) -> tuple[int, ...]:
        """The shape of the weights for images with so many channels."""
        raise NotImplementedError

    def _apply(self, x: Tensor, w: Tensor) -> Tensor:
        """The layer without bias and activation."""
        raise NotImplementedError

    def _filters(self, channels: int) -> int:
        raise NotImplementedError

    def _waits(self) -> bool:
        return self.W is None

    def build(self, x: Any) -> None:
        """Declare ``W`` and ``b`` for the channels of `x`."""
        x = self._images(x)
        channels = x.shape[-1]
        if not isinstance(channels, int):
            raise self._error(ShapeError, f"needs a known number of channels, not {channels}", x)
        with self._here():
            what = f"{self._label}: "
            shape = self._shape(channels)
            self.W = parameter("W", inits.draw(self.init, shape, x.dtype, f"{what}W"))
            if self.use_bias:
                size = (self._filters(channels),)
                self.b = parameter("b", inits.draw(self.bias_init, size, x.dtype, f"{what}b"))

    def forward(self, x: Tensor) -> Tensor:
        """``activation(W * x + b)``."""
        with self._here():
            x = self._images(x)
            assert self.W is not None
            z = self._apply(x, self.W)
            z = z if self.b is None else z + self.b
            h = z if self.activation is None else self._activated(self.activation, z)
        self._labels.layer(z, h)
        with self._here():
            return self._back(h)


class _Conv(_Weighted):
    """A convolution over any number of spatial axes."""

    def __init__(
        self,
        filters: int,
        kernel: Any,
        strides: Any = 1,
        padding: Any = "valid",
        dilation: Any = 1,
        groups: int = 1,
        activation: str | Function | None = None,
        use_bias: bool = True,
        init: Any = None,
        bias_init: Any = "zeros",
        data_format: str = "channels_last",
        algorithm: str = "",
        name: str | None = None,
    ) -> None:
        super().__init__(
            kernel,
            strides,
            padding,
            dilation,
            activation,
            use_bias,
            init,
            bias_init,
            data_format,
            check_algorithm(algorithm),
            name,
        )
        self.filters = positive(type(self).__name__, "filters", filters)
        self.groups = positive(type(self).__name__, "groups", groups)

    def _kind(self) -> str:
        return "conv"

    def _filters(self, channels: int) -> int:
        return self.filters

    def _shape(self, channels: int) -> tuple[int, ...]:
        if channels % self.groups or self.filters % self.groups:
            raise ShapeError(
                f"{self._label}: {self.groups} groups don't divide {channels} channels and "
                f"{self.filters} filters"
            )
        return (*self.kernel, channels // self.groups, self.filters)

    def _apply(self, x: Tensor, w: Tensor) -> Tensor:
        return conv(x, w, self.strides, self.padding, self.dilation, self.groups, self.algorithm)


class Conv1D(_Conv):
    """A convolution over one axis, images ``(N, T, C)``; the arguments, and what is raised,
    are those of `Conv2D`.
    """

    rank = 1


class Conv2D(_Conv):
    """``activation(W * x + b)``: filters slid over images (a cross-correlation; see ``gx.conv``).

    ``W`` has shape ``(*kernel, channels / groups, filters)``, ``b`` has ``(filters,)``; both have the
    element type of the first `x`.

    Args:
        filters: the number of channels of the result.
        kernel: the size of each filter, a number or one for each spatial axis.
        strides, padding, dilation, groups: as for ``gx.conv``.
        activation: a name in `ACTIVATIONS`, a function of a tensor, or None.
        use_bias: whether there is a ``b``.
        init: what ``W`` starts from, as for `Dense`; fan-in is that of one output.
        bias_init: the same for ``b``.
        data_format: "channels_last" or "channels_first".
        algorithm: how it is computed; by default what is expected to be fastest.
        name: its name; see :class:`Module`.

    Raises:
        GraphError: for an unknown activation, initialiser, algorithm or data format.
        ShapeError, TypeMismatchError: for sizes that do not fit, with the arithmetic.
    """

    rank = 2


class Conv3D(_Conv):
    """A convolution over three axes, images ``(N, D, H, W, C)``; the arguments, and
    what is raised, are those of `Conv2D`.
    """

    rank = 3


class DepthwiseConv2D(_Weighted):
    """A convolution whose filters see one channel each, `multiplier` of them every channel.

    ``W`` has shape ``(*kernel, 1, channels * multiplier)``.  The other arguments, and what is
    raised, are those of `Conv2D`.
    """

    rank = 2

    def __init__(
        self,
        kernel: Any,
        multiplier: int = 1,
        strides: Any = 1,
        padding: Any = "valid",
        dilation: Any = 1,
        activation: str | Function | None = None,
        use_bias: bool = True,
        init: Any = None,
        bias_init: Any = "zeros",
        data_format: str = "channels_last",
        algorithm: str = "",
        name: str | None = None,
    ) -> None:
        super().__init__(
            kernel,
            strides,
            padding,
            dilation,
            activation,
            use_bias,
            init,
            bias_init,
            data_format,
            check_algorithm(algorithm),
            name,
        )
        self.multiplier = positive("DepthwiseConv2D", "multiplier", multiplier)

    def _kind(self) -> str:
        return "depthwise_conv"

    def _filters(self, channels: int) -> int:
        return channels * self.multiplier

    def _shape(self, channels: int) -> tuple[int, ...]:
        return (*self.kernel, 1, channels * self.multiplier)

    def _apply(self, x: Tensor, w: Tensor) -> Tensor:
        channels = x.shape[-1]
        assert isinstance(channels, int)
        return conv(x, w, self.strides, self.padding, self.dilation, channels, self.algorithm)


class _ConvTranspose(_Weighted):
    """A transposed convolution over any number of spatial axes."""

    def __init__(
        self,
        filters: int,
        kernel: Any,
        strides: Any = 1,
        padding: Any = "valid",
        dilation: Any = 1,
        groups: int = 1,
        output_padding: Any = 0,
        activation: str | Function | None = None,
        use_bias: bool = True,
        init: Any = None,
        bias_init: Any = "zeros",
        data_format: str = "channels_last",
        algorithm: str = "",
        name: str | None = None,
    ) -> None:
        super().__init__(
            kernel,
            strides,
            padding,
            dilation,
            activation,
            use_bias,
            init,
            bias_init,
            data_format,
            check_algorithm(algorithm, "conv_input_gradient"),
            name,
        )
        self.filters = positive(type(self).__name__, "filters", filters)
        self.groups = positive(type(self).__name__, "groups", groups)
        self.output_padding = self._per_axis("output_padding", output_padding, least=0)

    def _kind(self) -> str:
        return "conv_transpose"

    def _filters(self, channels: int) -> int:
        return self.filters

    def _shape(self, channels: int) -> tuple[int, ...]:
        if channels % self.groups or self.filters % self.groups:
            raise ShapeError(
                f"{self._label}: {self.groups} groups don't divide {channels} channels and "
                f"{self.filters} filters"
            )
        return (*self.kernel, self.filters // self.groups, channels)

    def _apply(self, x: Tensor, w: Tensor) -> Tensor:
        return conv_transpose(
            x,
            w,
            self.strides,
            self.padding,
            self.dilation,
            self.groups,
            self.output_padding,
            self.algorithm,
        )


class ConvTranspose1D(_ConvTranspose):
    """A transposed convolution over one axis, images ``(N, T, C)``; the arguments, and what is raised,
    are those of `ConvTranspose2D`.
    """

    rank = 1


class ConvTranspose2D(_ConvTranspose):
    """The transpose of a convolution, with a bias and an activation: it enlarges images by its
    strides (see ``gx.conv_transpose``; also called deconvolution).

    ``W`` has shape ``(*kernel, filters / groups, channels)``.  `output_padding` adds elements at the
    end, of which strides leave the number open.  The other arguments, and what is raised, are those
    of `Conv2D`.
    """

    rank = 2


class ConvTranspose3D(_ConvTranspose):
    """A transposed convolution over three axes, images ``(N, D, H, W, C)``; the arguments, and
    what is raised, are those of `ConvTranspose2D`.
    """

    rank = 3
