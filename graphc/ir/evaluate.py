"""Run a graph by the ops' reference functions: slow, obvious, and the oracle for the rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import DataError
from graphc.ir import dims
from graphc.ir.body import Body
from graphc.ir.node import State, Tensor, toposort


def bind(type_shape: Sequence[dims.DimLike], actual: Sequence[int], sizes: dict[str, int]) -> None:
    """Learn the values of symbolic dimensions from an actual shape.

    Raises:
        DataError: when the shapes do not fit.
    """
    if len(type_shape) != len(actual):
        raise DataError(f"expected {len(type_shape)} axes, got shape {tuple(actual)}")
    for size, number in zip(type_shape, actual, strict=True):
        expected = size if isinstance(size, int) else sizes.setdefault(str(size), number)
        if expected != number:
            raise DataError(f"expected size {size}={expected}, got shape {tuple(actual)}")


def evaluate(
    tensors: Sequence[Tensor],
    inputs: Mapping[Tensor, Any] | None = None,
    states: Mapping[State, Any] | None = None,
    sizes: Mapping[str, int] | None = None,
) -> list[np.ndarray[Any, Any]]:
    """The values of tensors, given those of inputs and states, and of sizes that no input has.

    Raises:
        DataError: when a given array does not have the declared type.
    """
    values: dict[Tensor, np.ndarray[Any, Any]] = {}
    sizes = dict(sizes or {})
    for tensor, value in (inputs or {}).items():
        array = np.asarray(value)
        if array.dtype.name != tensor.dtype:
            raise DataError(f"'{tensor.name}' is {tensor.dtype}, got {array.dtype}")
        bind(tensor.shape, array.shape, sizes)
        values[tensor] = array
    for node in toposort(tensors):
        if node.outputs[0] in values:
            continue
        state = node.attrs.get("state")
        if isinstance(state, State):
            values[node.outputs[0]] = np.asarray((states or {})[state])
            continue
        attrs = {name: concrete(value, sizes) for name, value in node.attrs.items()}
        results = node.op.reference([values[t] for t in node.inputs], attrs)  # type: ignore[attr-defined]
        values.update(zip(node.outputs, results, strict=True))
    return [values[t] for t in tensors]


def concrete(value: Any, sizes: Mapping[str, int]) -> Any:
    """An attribute with every symbolic dimension replaced by its number."""
    if isinstance(value, dims.Dim):
        return dims.evaluate(value, sizes)
    if isinstance(value, tuple):
        return tuple(concrete(item, sizes) for item in value)
    return value.bound(sizes) if isinstance(value, Body) else value
