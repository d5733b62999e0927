"""Random arguments for a program: arrays of the declared types, with indices in range."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from graphc.codegen.numpy.binding import index_ranges
from graphc.codegen.program import Family
from graphc.errors import DataError
from graphc.ir import dims, types
from graphc.ir.node import Tensor
from graphc.network import Network

_LABELS = 10  # integers lie below this where nothing says how large they may be


def sizes_for(network: Network, chosen: Mapping[str, int], default: int) -> dict[str, int]:
    """A number for each symbolic dimension of a program's arguments.

    Raises:
        DataError: a dimension was chosen that there is not.
    """
    symbols = dims.symbols([d for f in network.unit.families for t in f.inputs for d in t.shape])
    for name in chosen:
        if name not in symbols:
            known = ", ".join(symbols) or "none"
            raise DataError(f"'{network.name}' has no dimension '{name}', only: {known}")
    return {name: chosen.get(name, default) for name in symbols}


def parse_sizes(texts: Iterable[str]) -> dict[str, int]:
    """Sizes written as ``N=128``.

    Raises:
        DataError: for anything else.
    """
    sizes = {}
    for text in texts:
        name, equals, number = text.partition("=")
        if not equals or not number.strip().isdecimal() or int(number) < 1:
            raise DataError(f"a size is written as N=128, not as {text!r}")
        sizes[name.strip()] = int(number)
    return sizes


def draw(
    family: Family, sizes: Mapping[str, int], rng: np.random.Generator
) -> list[np.ndarray[Any, Any]]:
    """Arguments for the methods of a family: floats are standard normal."""
    highest: dict[Tensor, int] = {}
    for tensor, size, _ in index_ranges(family):
        bound = dims.evaluate(size, sizes)
        highest[tensor] = min(bound, highest.get(tensor, bound))
    return [_array(tensor, sizes, highest.get(tensor, _LABELS), rng) for tensor in family.inputs]


def _array(
    tensor: Tensor, sizes: Mapping[str, int], below: int, rng: np.random.Generator
) -> np.ndarray[Any, Any]:
    shape = tuple(dims.evaluate(size, sizes) for size in tensor.shape)
    if types.is_float(tensor.dtype):
        return rng.standard_normal(shape).astype(tensor.dtype)
    return rng.integers(0, 2 if tensor.dtype == "bool" else below, shape).astype(tensor.dtype)
