"""What the tests of convolution share: random geometries, and PyTorch's layout."""

from types import SimpleNamespace

import numpy as np


def draw(rng, most, least=1):
    return int(rng.integers(least, most + 1))


def random_case(seed):
    """A random geometry with its arrays: rank, kernel, strides, padding, dilation, groups."""
    rng = np.random.default_rng(seed)
    rank = int(rng.choice([1, 2, 2, 2, 3]))
    groups = draw(rng, 3)
    inner = draw(rng, 2) if groups > 1 else draw(rng, 4)
    filters = groups * draw(rng, 3)
    kernel = tuple(draw(rng, 3 if rank == 3 else 4) for _ in range(rank))
    strides = tuple(draw(rng, 3) for _ in range(rank))
    dilation = tuple(draw(rng, 2) for _ in range(rank))
    if seed % 3 == 0:  # what most networks have
        strides, dilation = (1,) * rank, (1,) * rank
    padding = tuple(draw(rng, 2, least=0) for _ in range(rank))
    sizes = []
    for k, d, p in zip(kernel, dilation, padding, strict=True):
        reach = d * (k - 1) + 1
        sizes.append(max(reach - 2 * p, 1) + draw(rng, 4, least=0))
    batch, channels = draw(rng, 3), inner * groups
    x = rng.normal(size=(batch, *sizes, channels))
    w = rng.normal(size=(*kernel, inner, filters))
    return SimpleNamespace(
        rank=rank, x=x, w=w, strides=strides, padding=padding, dilation=dilation, groups=groups,
        rng=rng,
    )  # fmt: skip


def first(array):
    """Images with their channels first, as PyTorch has them."""
    return np.moveaxis(array, -1, 1)


def last(array):
    return np.moveaxis(array, 1, -1)


def weights_first(w):
    """Weights as PyTorch has them: filters, channels, kernel."""
    return np.moveaxis(w, (-1, -2), (0, 1))


def weights_last(w):
    return np.moveaxis(w, (0, 1), (-1, -2))
