"""Residual networks, and the plain ones of the same layers that they were measured against.

K. He, X. Zhang, S. Ren and J. Sun, "Deep residual learning for image recognition", CVPR 2016.
Convolutions have no bias, for batch normalisation follows each.
"""

from __future__ import annotations

from typing import Any, ClassVar, TypeAlias

from graphc.dsl import nn
from graphc.dsl.nn.core import positive
from graphc.errors import GraphError
from graphc.ir import origin as origins
from graphc.ir.node import Tensor
from graphc.models.parts import Classifier, Stack, known
from graphc.ops.slicing import pad

__all__ = ["BasicBlock", "Bottleneck", "CifarResNet", "ResNet"]

Block: TypeAlias = "type[BasicBlock] | type[Bottleneck]"

SHORTCUTS = ("identity", "projection", "padding", "none")


class BasicBlock(nn.Module):
    """Two 3 x 3 convolutions and a shortcut: ``relu(F(x) + shortcut(x))`` (fig. 2, eqs. 1 and 2).

    Args:
        width: the channels of the result.
        stride: that of the first convolution.
        shortcut: "identity" where shapes allow it; "projection", a strided 1 x 1 convolution
            (option B of section 3.3); "padding", the strided input with zeros for the new channels,
            which has no parameters (option A); or "none", a plain network's block.
        name: its name; see :class:`~graphc.nn.Module`.

    Raises GraphError for another shortcut.
    """

    expansion = 1

    def __init__(
        self, width: int, stride: int = 1, shortcut: str = "identity", name: str | None = None
    ) -> None:
        super().__init__(name)
        self.conv_1 = _conv(width, 3, stride)
        self.norm_1 = nn.BatchNorm()
        self.conv_2 = _conv(width, 3)
        self.norm_2 = nn.BatchNorm()
        self.relu = nn.Activation("relu")
        self.plain = known("BasicBlock", "shortcut", shortcut, SHORTCUTS) == "none"
        self.shortcut = _shortcut(shortcut, width, stride)

    def forward(self, x: Tensor) -> Any:
        """Images ``(N, H, W, C)`` to ``(N, H / stride, W / stride, width)``."""
        h = self.relu(self.norm_1(self.conv_1(x)))
        y = self.norm_2(self.conv_2(h))
        return self.relu(y if self.plain else y + self.shortcut(x))


class Bottleneck(nn.Module):
    """1 x 1 to fewer channels, 3 x 3, 1 x 1 to four times as many, and a shortcut (fig. 5, right).

    The 3 x 3 convolution is the strided one, as in torchvision; in the paper it is the first.
    Arguments are those of `BasicBlock`; the result has ``4 width`` channels.
    """

    expansion = 4

    def __init__(
        self, width: int, stride: int = 1, shortcut: str = "identity", name: str | None = None
    ) -> None:
        super().__init__(name)
        self.conv_1 = _conv(width, 1)
        self.norm_1 = nn.BatchNorm()
        self.conv_2 = _conv(width, 3, stride)
        self.norm_2 = nn.BatchNorm()
        self.conv_3 = _conv(4 * width, 1)
        self.norm_3 = nn.BatchNorm()
        self.relu = nn.Activation("relu")
        self.plain = known("Bottleneck", "shortcut", shortcut, SHORTCUTS) == "none"
        self.shortcut = _shortcut(shortcut, 4 * width, stride)

    def forward(self, x: Tensor) -> Any:
        """Images ``(N, H, W, C)`` to ``(N, H / stride, W / stride, 4 width)``."""
        h = self.relu(self.norm_1(self.conv_1(x)))
        h = self.relu(self.norm_2(self.conv_2(h)))
        y = self.norm_3(self.conv_3(h))
        return self.relu(y if self.plain else y + self.shortcut(x))


class _Unchanged(nn.Module):
    """The shortcut of most blocks: `x` itself."""

    def forward(self, x: Tensor) -> Tensor:
        return x


class _Padding(nn.Module):
    """Every `stride`-th pixel of `x`, with zeros for the channels that it lacks."""

    def __init__(self, channels: int, stride: int) -> None:
        super().__init__()
        self.channels, self.stride = channels, stride

    def forward(self, x: Tensor) -> Tensor:
        lacking = self.channels - x.shape[-1]
        channels = (lacking // 2, lacking - lacking // 2)
        return pad(x[:, :: self.stride, :: self.stride], ((0, 0), (0, 0), (0, 0), channels))


def _shortcut(kind: str, channels: int, stride: int) -> nn.Module:
    if kind == "projection":
        projection = _conv(channels, 1, stride, name="projection")
        return Stack([projection, nn.BatchNorm(name="projection_norm")])
    return _Padding(channels, stride) if kind == "padding" else _Unchanged()


def _conv(filters: int, kernel: int, stride: int = 1, name: str | None = None) -> nn.Conv2D:
    """A convolution for batch normalisation to follow; at stride 1 the size stays."""
    return nn.Conv2D(
        filters, kernel, stride, kernel // 2, use_bias=False, init="he_normal", name=name
    )


def _stage(
    number: int, blocks: int, block: Block, width: int, first: str, rest: str
) -> nn.Sequential:
    """Blocks of one width; the first halves the size, but not in the first stage."""
    stride = 1 if number == 1 else 2
    made = [block(width, stride, first, name="block_1")]
    made += [block(width, 1, rest, name=f"block_{k}") for k in range(2, blocks + 1)]
    return nn.Sequential(made, name=f"stage_{number}")


class ResNet(Classifier):
    """The networks of table 1, for images of 224 x 224: a strided 7 x 7 convolution, pooling, four
    stages of blocks, the mean over all pixels, and one dense layer.

    Args:
        depth: 18 or 34 (of `BasicBlock`), 50, 101 or 152 (of `Bottleneck`); weighted layers.
        classes: the number of classes.
        residual: False for the plain network of the same layers.
        name: its scope.

    Raises GraphError for another depth.
    """

    BLOCKS: ClassVar[dict[int, tuple[Block, tuple[int, ...]]]] = {
        18: (BasicBlock, (2, 2, 2, 2)),
        34: (BasicBlock, (3, 4, 6, 3)),
        50: (Bottleneck, (3, 4, 6, 3)),
        101: (Bottleneck, (3, 4, 23, 3)),
        152: (Bottleneck, (3, 8, 36, 3)),
    }

    def __init__(
        self,
        depth: int = 50,
        classes: int = 1000,
        residual: bool = True,
        name: str | None = None,
    ) -> None:
        block, counts = self.BLOCKS[known("ResNet", "depth", depth, self.BLOCKS)]
        features: list[nn.Module] = [
            _conv(64, 7, 2),
            nn.BatchNorm(),
            nn.Activation("relu"),
            nn.MaxPool2D(3, 2, padding=1),
        ]
        for number, count in enumerate(counts, 1):
            changes = number > 1 or block.expansion > 1
            first = "projection" if changes else "identity"
            kinds = (first, "identity") if residual else ("none", "none")
            features.append(_stage(number, count, block, 64 * 2 ** (number - 1), *kinds))
        super().__init__(features, [nn.GlobalAvgPool(), nn.Dense(classes)], name)


class CifarResNet(Classifier):
    """The networks of section 4.2, for small images (32 x 32): a 3 x 3 convolution, three stages of
    ``(depth - 2) / 6`` basic blocks with `width`, ``2 width`` and ``4 width`` channels, the mean over
    all pixels, and one dense layer.  Shortcuts are option A: they have no parameters.

    Args:
        depth: 20, 32, 44, 56, 110 or any other ``6 n + 2``; weighted layers.
        classes: the number of classes.
        residual: False for the plain network of the same layers.
        width: the channels of the first stage.
        name: its scope.

    Raises GraphError for another depth.
    """

    def __init__(
        self,
        depth: int = 20,
        classes: int = 10,
        residual: bool = True,
        width: int = 16,
        name: str | None = None,
    ) -> None:
        if positive("CifarResNet", "depth", depth) % 6 != 2 or depth < 8:
            raise GraphError(
                f"CifarResNet at {origins.current()}: depth is 6 n + 2, such as 20, not {depth}"
            )
        features: list[nn.Module] = [_conv(width, 3), nn.BatchNorm(), nn.Activation("relu")]
        for number in (1, 2, 3):
            first = "padding" if number > 1 else "identity"
            kinds = (first, "identity") if residual else ("none", "none")
            size = width * 2 ** (number - 1)
            features.append(_stage(number, (depth - 2) // 6, BasicBlock, size, *kinds))
        super().__init__(features, [nn.GlobalAvgPool(), nn.Dense(classes)], name)
