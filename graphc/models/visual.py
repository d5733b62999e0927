"""Looking into a trained network: what it looks at, what its filters see, what a unit responds to.

The maps are tensors: name them among the outputs of ``gx.compile``, and ``predict`` gives them with
the weights that were trained.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from graphc.autodiff import grad
from graphc.errors import DataError, ShapeError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Tensor
from graphc.ops import reduce
from graphc.ops.catalogue import abs as absolute
from graphc.ops.catalogue import relu
from graphc.ops.index import pick
from graphc.ops.linalg import matmul

__all__ = ["class_activation_maps", "filter_grid", "grad_cam", "rise", "saliency"]

Array = np.ndarray[Any, Any]


def class_activation_maps(features: Tensor, weights: Tensor) -> Tensor:
    """How much each place speaks for each class, where a network ends in the mean over all places and
    one dense layer: ``M_c = sum over k of w_kc f_k`` (B. Zhou et al., "Learning deep features for
    discriminative localization", 2016, eq. 2).  The mean over all places is the logit without its
    bias.

    Args:
        features: the last feature maps, ``(N, h, w, channels)``.
        weights: those of the dense layer, ``(channels, classes)``.

    Returns:
        ``(N, h, w, classes)``.

    Raises ShapeError when the channels differ.
    """
    if features.ndim != 4 or weights.ndim != 2 or features.shape[-1] != weights.shape[0]:
        raise ShapeError(
            f"class_activation_maps at {origins.current()}: features (N, h, w, channels) and weights "
            f"(channels, classes) are expected, not {types.shape_text(features.shape)} and "
            f"{types.shape_text(weights.shape)}"
        )
    return matmul(features, weights)


def grad_cam(features: Tensor, logits: Tensor, labels: Tensor) -> Tensor:
    """Where the evidence for a class is, in any network: the feature maps, weighted by the mean of the
    logit's derivative by each, and what is positive of that (R. Selvaraju et al., "Grad-CAM", 2017,
    eqs. 1 and 2).

    Args:
        features: feature maps inside the network, ``(N, h, w, channels)``.
        logits: ``(N, classes)``.
        labels: the class that is asked for in each image, ``(N,)`` integers.

    Returns:
        ``(N, h, w)``.

    Raises:
        ShapeError, TypeMismatchError: when labels don't fit.
        DifferentiationError: when the logits don't depend on the features.
    """
    (slopes,) = grad(reduce.sum(pick(logits, labels)), [features])
    alpha = reduce.mean(slopes, axis=(1, 2), keepdims=True)
    return relu(reduce.sum(alpha * features, axis=-1))


def saliency(x: Tensor, logits: Tensor, labels: Tensor) -> Tensor:
    """How much each pixel matters for a class: the largest absolute derivative of the logit over the
    pixel's channels (K. Simonyan, A. Vedaldi and A. Zisserman, "Deep inside convolutional networks",
    2014, section 3.1).

    Arguments and errors are those of :func:`grad_cam`, with images ``(N, H, W, C)`` for features.

    Returns:
        ``(N, H, W)``.
    """
    (slopes,) = grad(reduce.sum(pick(logits, labels)), [x])
    return reduce.max(absolute(slopes), axis=-1)


def rise(
    slope: Callable[[Array], Array],
    shape: tuple[int, ...],
    steps: int = 100,
    rate: float = 0.1,
    decay: float = 0.01,
    seed: int = 0,
) -> Array:
    """An image to which something in a network responds strongly, by gradient ascent from noise
    (D. Erhan et al., "Visualizing higher-layer features of a deep network", 2009; with the decay of
    Simonyan et al., 2014, eq. 1).

    Args:
        slope: the derivative of the response by images, an array of their shape: what ``predict``
            gives for the output ``gx.grad(gx.sum(logits[:, 3]), [x])[0]``.
        shape: that of the images, ``(N, H, W, C)``.
        steps: how often the image moves.
        rate: how far: the derivative is divided by its root mean square.
        decay: the part of the image that is taken away at each step.
        seed: of the noise.

    Returns:
        The images, float32.

    Raises DataError when `slope` gives another shape.
    """
    image = np.random.default_rng(seed).normal(0, 0.01, shape).astype(np.float32)
    for _ in range(steps):
        gradient = np.asarray(slope(image))
        if gradient.shape != image.shape:
            raise DataError(f"rise: the slope of {shape} images has shape {gradient.shape}")
        size = np.sqrt(np.mean(np.square(gradient))) + np.float32(1e-8)
        image = (1 - np.float32(decay)) * image + np.float32(rate) * gradient / size
    return image


def filter_grid(weights: Any, columns: int = 8, gap: int = 1) -> Array:
    """The filters of a first layer as one picture, each stretched from its least value to its
    largest (as A. Krizhevsky et al., 2012, fig. 3).

    Args:
        weights: ``(h, w, channels, filters)`` with 1 or 3 channels.
        columns: how many stand side by side.
        gap: the white pixels between them.

    Returns:
        ``(H, W)`` or, of three channels, ``(H, W, 3)``, float32 from 0 to 1.

    Raises DataError for weights of another shape.
    """
    array = np.asarray(weights, dtype=np.float32)
    if array.ndim != 4 or array.shape[2] not in (1, 3):
        raise DataError(
            f"filter_grid: weights are (h, w, 1 or 3 channels, filters), not {array.shape}"
        )
    height, width, channels, count = array.shape
    rows = -(-count // columns)
    picture = np.ones(
        (rows * (height + gap) - gap, columns * (width + gap) - gap, channels), dtype=np.float32
    )
    for k in range(count):
        top, left = k // columns * (height + gap), k % columns * (width + gap)
        one = array[..., k] - array[..., k].min()
        picture[top : top + height, left : left + width] = one / (one.max() or 1)
    return picture[..., 0] if channels == 1 else picture
