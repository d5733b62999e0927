"""A U-Net: what each pixel of an image belongs to.

O. Ronneberger, P. Fischer and T. Brox, "U-Net: convolutional networks for biomedical image
segmentation", MICCAI 2015.
"""

from __future__ import annotations

from typing import Any

from graphc.dsl import nn
from graphc.dsl.nn.core import positive
from graphc.errors import ShapeError
from graphc.ir import origin as origins
from graphc.ir.node import Tensor
from graphc.models.parts import known
from graphc.ops.shape import concat

__all__ = ["UNet"]


class UNet(nn.Module):
    """Images ``(N, H, W, C)`` to logits of each pixel ``(N, h, w, classes)`` (fig. 1).

    On the way down `depth` times two 3 x 3 convolutions and 2 x 2 max pooling, each level with twice
    the channels of the one above; on the way up a transposed 2 x 2 convolution with stride 2, beside
    it the images of that level from the way down, and two convolutions; at the end one of 1 x 1.

    Args:
        classes: the number of classes.
        width: the channels of the first level.
        depth: how often sizes are halved.
        padding: "same" keeps the sizes, which ``2**depth`` must divide; "valid" as in the paper
            (572 x 572 to 388 x 388), where what comes from the way down is cropped.
        normalised: whether batch normalisation follows each 3 x 3 convolution, in place of a bias;
            not in the paper.
        name: its scope.

    Raises:
        GraphError: for sizes that are no whole numbers above 0, or another padding.
        ShapeError: when called on images whose size can't be halved so often.
    """

    def __init__(
        self,
        classes: int = 2,
        width: int = 64,
        depth: int = 4,
        padding: str = "same",
        normalised: bool = False,
        name: str | None = None,
    ) -> None:
        super().__init__(name)
        positive("UNet", "classes", classes)
        positive("UNet", "width", width)
        positive("UNet", "depth", depth)
        known("UNet", "padding", padding, ("same", "valid"))

        def pair(filters: int, name: str) -> nn.Sequential:
            """Two 3 x 3 convolutions with ReLU."""
            layers: list[nn.Module] = []
            for _ in range(2):
                conv = nn.Conv2D(
                    filters, 3, padding=padding, use_bias=not normalised, init="he_normal"
                )
                layers += [conv, nn.BatchNorm()] if normalised else [conv]
                layers.append(nn.Activation("relu"))
            return nn.Sequential(layers, name=name)

        widths = [width * 2**level for level in range(depth)]
        self.pool = nn.MaxPool2D(2)
        self.down = [pair(w, f"down_{level}") for level, w in enumerate(widths, 1)]
        self.bottom = pair(width * 2**depth, "bottom")
        self.enlarge = [
            nn.ConvTranspose2D(w, 2, 2, init="he_normal", name=f"enlarge_{level}")
            for level, w in enumerate(widths, 1)
        ]
        self.up = [pair(w, f"up_{level}") for level, w in enumerate(widths, 1)]
        self.classify = nn.Conv2D(classes, 1)

    def forward(self, x: Tensor) -> Any:
        """Logits of each pixel."""
        kept = []
        for pair in self.down:
            kept.append(pair(x))
            x = self.pool(self._even(kept[-1]))
        y = self.bottom(x)
        for beside, enlarge, pair in reversed(list(zip(kept, self.enlarge, self.up, strict=True))):
            y = enlarge(y)
            y = pair(concat([_cropped(beside, y), y], axis=-1))
        return self.classify(y)

    def _even(self, x: Tensor) -> Tensor:
        for size in x.shape[1:3]:
            if isinstance(size, int) and size % 2:
                raise ShapeError(
                    f"{self._label} at {origins.current()}: it pools images of {x.shape[1]} x "
                    f"{x.shape[2]}, and halves must come out whole; give it images of another size"
                )
        return x


def _cropped(x: Tensor, like: Tensor) -> Tensor:
    """The middle of `x`, in the size of `like`."""
    starts = [(big - small) // 2 for big, small in zip(x.shape[1:3], like.shape[1:3], strict=True)]
    if not any(starts):
        return x
    (top, left), (height, width) = starts, like.shape[1:3]
    return x[:, top : top + height, left : left + width]
