"""Random variations of images, anew each epoch: shifts, flips, crops, noise.

In: mini-batches, or arrays to cut into them.  Out: an iterable of batches that `fit` accepts, with
the images of each batch varied.  The same seed gives the same batches, epoch by epoch, and a run
that is stopped and resumed sees those that it would have seen.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np

from graphc.errors import DataError
from graphc.runtime.data import Batches, whole_number

__all__ = ["Augment", "Transform", "crop", "flip", "noise", "shift"]

Images: TypeAlias = np.ndarray[Any, Any]
Transform: TypeAlias = Callable[[Images, np.random.Generator], Images]


class Augment:
    """Batches whose images are varied at random; each iteration over it is one epoch.

        images = gx.Augment((X, y), [gx.augment.shift(2), gx.augment.flip()], batch_size=64)
        gx.fit(m, images, epochs=20)

    Args:
        data: a tuple or a dict of arrays that share their first axis, or an iterable of batches that
            can be gone through once an epoch, such as :func:`~graphc.runtime.data.batches` gives.
        transforms: what is done to the images of each batch, in this order: functions
            ``(images, generator) -> images`` of ``(N, H, W, C)`` arrays.
        seed: a whole number; with it and the data every batch is determined.
        image_shape: ``(H, W)`` or ``(H, W, C)`` of images that are given as rows ``(N, H W C)``;
            without it images are ``(N, H, W)`` or ``(N, H, W, C)``.  They keep their form.
        key: which array of a batch holds the images: a position or, of a dict, a name.
        batch_size, shuffle, drop_last: for arrays, as for ``gx.batches``.

    Resuming `fit` in the same bits needs data that are arrays, have ``state_dict`` and
    ``load_state_dict`` as ``gx.batches`` has, or come in the same order each time.

    Raises:
        DataError: bad arguments; when iterated, images of another form, or an epoch's data that
            can't be gone through again.
    """

    def __init__(
        self,
        data: Any,
        transforms: Sequence[Transform],
        seed: int = 0,
        *,
        image_shape: Sequence[int] | None = None,
        key: int | str | None = None,
        batch_size: int = 32,
        shuffle: bool = True,
        drop_last: bool = False,
    ) -> None:
        self.seed = whole_number("seed", seed)
        self.transforms = [transforms] if callable(transforms) else list(transforms)
        for transform in self.transforms:
            if not callable(transform):
                raise DataError(f"Augment: a transform is a function, not {transform!r}")
        if isinstance(data, (tuple, Mapping, np.ndarray)):
            data = Batches(data, batch_size, self.seed, shuffle, drop_last)
        if isinstance(data, (str, Iterator)) or not isinstance(data, Iterable):
            raise DataError(
                f"Augment: {type(data).__name__} can't be gone through once an epoch: give arrays,"
                " a list of batches, or what gx.batches returns"
            )
        self.data: Any = data
        self.image_shape = None if image_shape is None else _image_shape(image_shape)
        self.key = key
        self.epoch = 0

    def __len__(self) -> int:
        """The number of batches in an epoch, if the data know it."""
        return len(self.data)

    def __iter__(self) -> Iterator[Any]:
        epoch, self.epoch = self.epoch, self.epoch + 1
        for number, batch in enumerate(self.data):
            rng = np.random.default_rng([self.seed, epoch, number])
            if isinstance(batch, Mapping):
                key = next(iter(batch)) if self.key is None else self.key
                if key not in batch:
                    raise DataError(f"Augment: a batch has no '{key}': {', '.join(batch)}")
                yield {**batch, key: self._varied(np.asarray(batch[key]), rng)}
            elif isinstance(batch, (tuple, list)):
                place = 0 if self.key is None else self.key
                if not isinstance(place, int) or not -len(batch) <= place < len(batch):
                    raise DataError(f"Augment: a batch of {len(batch)} arrays has no {place!r}")
                parts = list(batch)
                parts[place] = self._varied(np.asarray(parts[place]), rng)
                yield tuple(parts)
            else:
                yield self._varied(np.asarray(batch), rng)

    def _varied(self, given: Images, rng: np.random.Generator) -> Images:
        images = given
        if self.image_shape is not None:
            if given.ndim != 2 or given.shape[1] != int(np.prod(self.image_shape)):
                raise DataError(
                    f"Augment: image_shape={self.image_shape} does not fit rows of shape {given.shape}"
                )
            images = given.reshape(len(given), *self.image_shape)
        if images.ndim not in (3, 4):
            raise DataError(
                f"Augment: images are (N, H, W) or (N, H, W, C), not {given.shape}; "
                "give image_shape= for images as rows"
            )
        channels = images.ndim == 4
        images = images if channels else images[..., None]
        for transform in self.transforms:
            images = transform(images, rng)
        images = images if channels else images[..., 0]
        if self.image_shape is not None:
            images = images.reshape(len(images), -1)
        return np.ascontiguousarray(images)

    def state_dict(self) -> dict[str, Any]:
        """What the next epoch's batches follow from: its number, and the state of the data."""
        inner = self.data.state_dict() if hasattr(self.data, "state_dict") else {}
        return {"epoch": self.epoch, "data": inner}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state of :meth:`state_dict`."""
        self.epoch = int(state["epoch"])
        if state["data"] and hasattr(self.data, "load_state_dict"):
            self.data.load_state_dict(state["data"])


def _image_shape(shape: Sequence[int]) -> tuple[int, ...]:
    sizes = tuple(whole_number("image_shape", size, least=1) for size in shape)
    if len(sizes) not in (2, 3):
        raise DataError(f"image_shape={sizes}; expected (H, W) or (H, W, C)")
    return sizes


def _windows(images: Images, rows: Images, columns: Images, height: int, width: int) -> Images:
    """From each image the window that begins at its own row and column."""
    row = rows[:, None] + np.arange(height)
    column = columns[:, None] + np.arange(width)
    result: Images = images[np.arange(len(images))[:, None, None], row[:, :, None], column[:, None]]
    return result


def shift(pixels: int, fill: float = 0.0) -> Transform:
    """Move each image by up to `pixels` up or down and left or right; what comes in is `fill`.

    Raises DataError when `pixels` is no whole number above 0.
    """
    most = whole_number("pixels", pixels, least=1)

    def transform(images: Images, rng: np.random.Generator) -> Images:
        edges = ((0, 0), (most, most), (most, most), (0, 0))
        wide = np.pad(images, edges, constant_values=fill)
        rows, columns = rng.integers(0, 2 * most + 1, size=(2, len(images)))
        return _windows(wide, rows, columns, *images.shape[1:3])

    return transform


def crop(height: int, width: int) -> Transform:
    """Cut a window of that size out of each image, at a place of its own.

    Raises DataError for sizes that are no whole numbers above 0 and, when images come, for sizes
    above theirs.
    """
    size = whole_number("height", height, least=1), whole_number("width", width, least=1)

    def transform(images: Images, rng: np.random.Generator) -> Images:
        room = [have - want for have, want in zip(images.shape[1:3], size, strict=True)]
        if min(room) < 0:
            raise DataError(f"crop: {size} can't be cut out of images of {images.shape[1:3]}")
        rows, columns = (rng.integers(0, most + 1, size=len(images)) for most in room)
        return _windows(images, rows, columns, *size)

    return transform


def flip(p: float = 0.5, vertical: bool = False) -> Transform:
    """Mirror each image with probability `p`: left and right or, if `vertical`, top and bottom.

    Raises DataError for a `p` outside [0, 1].
    """
    if isinstance(p, bool) or not isinstance(p, (int, float)) or not 0 <= p <= 1:
        raise DataError(f"flip: p={p!r}; a probability lies between 0 and 1")

    def transform(images: Images, rng: np.random.Generator) -> Images:
        chosen = rng.random(len(images)) < p
        mirrored = images[:, ::-1] if vertical else images[:, :, ::-1]
        result: Images = np.where(chosen[:, None, None, None], mirrored, images)
        return result

    return transform


def noise(std: float) -> Transform:
    """Add normally distributed numbers with that standard deviation to every pixel.

    Raises DataError for a `std` below 0 and, when images come, for images that are not floating.
    """
    if isinstance(std, bool) or not isinstance(std, (int, float)) or not 0 <= std < np.inf:
        raise DataError(f"noise: std={std!r}; expected a number from 0 on")

    def transform(images: Images, rng: np.random.Generator) -> Images:
        if images.dtype not in (np.float32, np.float64):
            raise DataError(f"noise: images are {images.dtype}, expected float32 or float64")
        drawn = rng.standard_normal(images.shape, dtype=images.dtype)
        result: Images = images + images.dtype.type(std) * drawn
        return result

    return transform
