"""Indexing by data: `take`, gathering and scattering, one entry a row, one-hot.

Indices are integers from 0 to the size - 1.  Negative ones do not count from the end: they are
refused, as everything out of range is, before a function runs (`index_range` of each op tells a
compiler what to check where data enter).
"""

from graphc.ops.flat import take
from graphc.ops.labels import add_at, one_hot, pick, spread
from graphc.ops.scatter import gather, scatter_add, scatter_add_along

__all__ = [
    "add_at",
    "gather",
    "one_hot",
    "pick",
    "scatter_add",
    "scatter_add_along",
    "spread",
    "take",
]
