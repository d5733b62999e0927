"""GoogLeNet, the first network of inception modules.

C. Szegedy et al., "Going deeper with convolutions", CVPR 2015.  Convolutions have a bias and a ReLU,
there is no batch normalisation, and pooling rounds sizes up, as in the authors' Caffe model.
"""

from __future__ import annotations

from typing import Any

from graphc.dsl import nn
from graphc.ir.node import Tensor
from graphc.models.parts import Stack
from graphc.ops.shape import concat

__all__ = ["GoogLeNet", "Inception"]

# Table 1: the name of each module, with its filters of 1 x 1; of 3 x 3 after a reduction; of 5 x 5
# after a reduction; and of the 1 x 1 after pooling.
MODULES = {
    "3a": (64, (96, 128), (16, 32), 32),
    "3b": (128, (128, 192), (32, 96), 64),
    "4a": (192, (96, 208), (16, 48), 64),
    "4b": (160, (112, 224), (24, 64), 64),
    "4c": (128, (128, 256), (24, 64), 64),
    "4d": (112, (144, 288), (32, 64), 64),
    "4e": (256, (160, 320), (32, 128), 128),
    "5a": (256, (160, 320), (32, 128), 128),
    "5b": (384, (192, 384), (48, 128), 128),
}


class Inception(nn.Module):
    """Windows of several sizes side by side, each after a 1 x 1 convolution to fewer channels
    (fig. 2b).

    Args:
        ones: the filters of 1 x 1.
        threes: the filters of the 1 x 1 reduction, and of 3 x 3 after it.
        fives: the same for 5 x 5.
        pooled: the filters of 1 x 1 after 3 x 3 pooling.
        name: its name; see :class:`~graphc.nn.Module`.
    """

    def __init__(
        self,
        ones: int,
        threes: tuple[int, int],
        fives: tuple[int, int],
        pooled: int,
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        self.ones = _conv(ones, 1)
        self.reduce_3 = _conv(threes[0], 1)
        self.threes = _conv(threes[1], 3)
        self.reduce_5 = _conv(fives[0], 1)
        self.fives = _conv(fives[1], 5)
        self.pool = nn.MaxPool2D(3, 1, padding=1)
        self.project = _conv(pooled, 1)

    def forward(self, x: Tensor) -> Any:
        """Images ``(N, H, W, C)`` to ``(N, H, W, ones + threes + fives + pooled)``."""
        branches = [
            self.ones(x),
            self.threes(self.reduce_3(x)),
            self.fives(self.reduce_5(x)),
            self.project(self.pool(x)),
        ]
        return concat(branches, axis=-1)


class GoogLeNet(nn.Module):
    """Nine inception modules, the mean over all pixels and one dense layer, for images of 224 x 224
    (table 1).

    Args:
        classes: the number of classes.
        auxiliary: whether two further classifiers judge the modules 4a and 4d; then a call gives
            ``(logits, first, second)``, and the paper trains on the sum of the three losses, those
            of the further two times 0.3.
        name: its scope.
    """

    def __init__(
        self, classes: int = 1000, auxiliary: bool = False, name: str | None = None
    ) -> None:
        super().__init__(name)
        self.stem = Stack(
            [
                _conv(64, 7, 2, name="conv_1"),
                _halved(),
                nn.LocalResponseNorm(5),
                _conv(64, 1, name="reduce_2"),
                _conv(192, 3, name="conv_2"),
                nn.LocalResponseNorm(5),
                _halved(),
            ]
        )
        made = {key: Inception(*sizes, name=f"inception_{key}") for key, sizes in MODULES.items()}
        self.to_4a = Stack([made["3a"], made["3b"], _halved(), made["4a"]])
        self.to_4d = Stack([made["4b"], made["4c"], made["4d"]])
        self.to_5b = Stack([made["4e"], _halved(), made["5a"], made["5b"]])
        self.head = Stack([nn.GlobalAvgPool(), nn.Dropout(0.4), nn.Dense(classes)])
        self.auxiliary = [_auxiliary(classes, number) for number in (1, 2) if auxiliary]

    def features(self, x: Tensor) -> Any:
        """Images ``(N, 224, 224, 3)`` to feature maps ``(N, 7, 7, 1024)``."""
        return self.to_5b(self.to_4d(self.to_4a(self.stem(x))))

    def forward(self, x: Tensor) -> Any:
        """Logits of images, or those of all three classifiers."""
        first = self.to_4a(self.stem(x))
        second = self.to_4d(first)
        logits = self.head(self.to_5b(second))
        if not self.auxiliary:
            return logits
        return logits, self.auxiliary[0](first), self.auxiliary[1](second)


def _conv(filters: int, kernel: int, stride: int = 1, name: str | None = None) -> nn.Conv2D:
    return nn.Conv2D(filters, kernel, stride, kernel // 2, activation="relu", name=name)


def _halved() -> nn.MaxPool2D:
    """Pooling 3 x 3 with stride 2 that rounds up: 112 to 56."""
    return nn.MaxPool2D(3, 2, padding=((0, 1), (0, 1)))


def _auxiliary(classes: int, number: int) -> nn.Sequential:
    """The classifier in the middle (section 5)."""
    layers: list[nn.Module] = [
        nn.AvgPool2D(5, 3),
        _conv(128, 1),
        nn.Flatten(),
        nn.Dense(1024, activation="relu"),
        nn.Dropout(0.7),
        nn.Dense(classes),
    ]
    return nn.Sequential(layers, name=f"auxiliary_{number}")
