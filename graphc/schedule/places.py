"""Where buffers lie for given sizes: what the emitted function ``_places`` finds, step for step.

Emitted code finds places itself once sizes are known; here the same is done for reports. No two
buffers that are needed in one step overlap, whatever the sizes: each is put down above all that
share a step with it and lie there already.

The next to be put down is one that can lie lowest. Of several (floors within a small part of the
arena count as equal) it is one that is needed when most memory is in use, and of these one that
takes most memory for most steps. Where that misses the lower bound, other orders are tried.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

_Ints: TypeAlias = NDArray[np.int64]

LINE, LARGE = 64, 4096  # bytes: buffers from this size on begin on a cache line
GRAIN = 256  # floors within this part of the arena count as equal
_DONE = np.iinfo(np.int64).max


def alignment(nbytes: int, itemsize: int) -> int:
    """What the place of a buffer is a multiple of, in bytes."""
    return LINE if nbytes >= LARGE else itemsize


def places(
    first: _Ints, last: _Ints, size: _Ints, align: _Ints, given: Sequence[int] | None = None
) -> tuple[_Ints, int]:
    """The byte that each buffer begins at, and the bytes that all take together.

    Args:
        first, last: the steps, from 0, that each is needed from and up to; the first ones ascend.
        size: the bytes of each.
        align: what the place of each is a multiple of.
        given: an order of putting them down, by their first steps, that is tried as well.
    """
    load = np.zeros(int(last.max()) + 2, np.int64)
    np.add.at(load, first, size)
    np.subtract.at(load, last + 1, size)
    load = np.cumsum(load)  # the bytes in use in each step
    most, length = int(load.max()), last - first + 1
    crowd = np.array([load[a : b + 1].max() for a, b in zip(first, last, strict=True)])
    grain = most // GRAIN + 1
    found: list[tuple[_Ints, int]] = []
    for keys in ((size * length, crowd), (length, crowd), (size,), (last, crowd)):
        found.append(_piled(first, last, size, align, np.lexsort(keys)[::-1], grain))
        if found[-1][1] == most:
            return found[-1]
    if given is not None:  # in it, all can lie equally low
        numbers = np.array(given)
        order = np.searchsorted(first, numbers[np.isin(numbers, first)])
        found.append(_piled(first, last, size, align, order, _DONE // 2))
    return min(found, key=lambda result: result[1])


def _piled(
    first: _Ints, last: _Ints, size: _Ints, align: _Ints, order: _Ints, grain: int
) -> tuple[_Ints, int]:
    """Put buffers down one after the other: the first, in that order, that can lie lowest."""
    first, last, size, align = (column[order] for column in (first, last, size, align))
    starts, floor = np.zeros((2, len(order)), np.int64)
    for _ in order:
        k = int((floor // grain).argmin())
        starts[k] = floor[k]
        top = floor[k] + size[k]
        floor[k] = _DONE
        together = (first <= last[k]) & (last >= first[k])
        np.maximum(floor, -(-top // align) * align, out=floor, where=together)
    found = np.empty_like(starts)
    found[order] = starts
    return found, int((starts + size).max())
