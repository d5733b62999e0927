"""The classifiers before residual networks: layers one after the other."""

from __future__ import annotations

from typing import ClassVar

from graphc.dsl import nn
from graphc.models.parts import Classifier, known

__all__ = ["VGG", "AlexNet", "LeNet", "ZFNet"]


class LeNet(Classifier):
    """LeNet-5 for images of 28 x 28 (Y. LeCun et al., "Gradient-based learning applied to document
    recognition", 1998, fig. 2), with ReLU and max pooling as is usual today.

    Args:
        classes: the number of classes.
        name: its scope.
    """

    def __init__(self, classes: int = 10, name: str | None = None) -> None:
        features = [
            nn.Conv2D(6, 5, padding="same", activation="relu"),
            nn.MaxPool2D(2),
            nn.Conv2D(16, 5, activation="relu"),
            nn.MaxPool2D(2),
        ]
        head = [
            nn.Flatten(),
            nn.Dense(120, activation="relu"),
            nn.Dense(84, activation="relu"),
            nn.Dense(classes),
        ]
        super().__init__(features, head, name)


class AlexNet(Classifier):
    """For images of 227 x 227 (A. Krizhevsky, I. Sutskever and G. Hinton, "ImageNet classification
    with deep convolutional neural networks", 2012, fig. 2; the figure's 224 is a known slip).

    Responses are normalised and pooled in overlapping windows (sections 3.3 and 3.4); half of the
    units of the dense layers are dropped in training (section 4.2).

    Args:
        classes: the number of classes.
        groups: 2, as in the paper, where the second, fourth and fifth convolution are split between
            two GPUs; 1 for one that isn't.
        name: its scope.

    Raises GraphError for other groups.
    """

    def __init__(self, classes: int = 1000, groups: int = 2, name: str | None = None) -> None:
        known("AlexNet", "groups", groups, (1, 2))
        features = [
            nn.Conv2D(96, 11, strides=4, activation="relu"),
            _response_norm(),
            nn.MaxPool2D(3, 2),
            nn.Conv2D(256, 5, padding=2, groups=groups, activation="relu"),
            _response_norm(),
            nn.MaxPool2D(3, 2),
            nn.Conv2D(384, 3, padding=1, activation="relu"),
            nn.Conv2D(384, 3, padding=1, groups=groups, activation="relu"),
            nn.Conv2D(256, 3, padding=1, groups=groups, activation="relu"),
            nn.MaxPool2D(3, 2),
        ]
        super().__init__(features, _dropped_head(classes), name)


class ZFNet(Classifier):
    """For images of 224 x 224 (M. Zeiler and R. Fergus, "Visualizing and understanding convolutional
    networks", 2014, fig. 3): AlexNet with smaller, denser windows in the first two layers.

    Args:
        classes: the number of classes.
        name: its scope.
    """

    def __init__(self, classes: int = 1000, name: str | None = None) -> None:
        features = [
            nn.Conv2D(96, 7, strides=2, padding=1, activation="relu"),
            nn.MaxPool2D(3, 2, padding=((0, 1), (0, 1))),
            _response_norm(),
            nn.Conv2D(256, 5, strides=2, activation="relu"),
            nn.MaxPool2D(3, 2, padding=((0, 1), (0, 1))),
            _response_norm(),
            nn.Conv2D(384, 3, padding=1, activation="relu"),
            nn.Conv2D(384, 3, padding=1, activation="relu"),
            nn.Conv2D(256, 3, padding=1, activation="relu"),
            nn.MaxPool2D(3, 2),
        ]
        super().__init__(features, _dropped_head(classes), name)


class VGG(Classifier):
    """For images of 224 x 224 (K. Simonyan and A. Zisserman, "Very deep convolutional networks for
    large-scale image recognition", 2015, table 1): 3 x 3 convolutions, and pooling that halves.

    Args:
        depth: 11, 13, 16 or 19, the configurations A, B, D and E; weighted layers.
        classes: the number of classes.
        name: its scope.

    Raises GraphError for another depth.
    """

    CONVOLUTIONS: ClassVar[dict[int, tuple[int, ...]]] = {
        11: (1, 1, 2, 2, 2),
        13: (2, 2, 2, 2, 2),
        16: (2, 2, 3, 3, 3),
        19: (2, 2, 4, 4, 4),
    }

    def __init__(self, depth: int = 16, classes: int = 1000, name: str | None = None) -> None:
        counts = self.CONVOLUTIONS[known("VGG", "depth", depth, self.CONVOLUTIONS)]
        features: list[nn.Module] = []
        for stage, (count, filters) in enumerate(
            zip(counts, (64, 128, 256, 512, 512), strict=True)
        ):
            for k in range(count):
                conv = nn.Conv2D(
                    filters, 3, padding=1, activation="relu", name=f"conv_{stage + 1}_{k + 1}"
                )
                features.append(conv)
            features.append(nn.MaxPool2D(2))
        super().__init__(features, _dropped_head(classes), name)


def _response_norm() -> nn.LocalResponseNorm:
    """n = 5, k = 2, alpha = 1e-4, beta = 0.75 (Krizhevsky et al., section 3.3, where alpha is not
    divided by n)."""
    return nn.LocalResponseNorm(5, alpha=5e-4, beta=0.75, k=2.0)


def _dropped_head(classes: int) -> list[nn.Module]:
    """Two dense layers of 4096, each dropping half of its units in training, and one for the classes."""
    return [
        nn.Flatten(),
        nn.Dense(4096, activation="relu"),
        nn.Dropout(0.5),
        nn.Dense(4096, activation="relu"),
        nn.Dropout(0.5),
        nn.Dense(classes),
    ]
