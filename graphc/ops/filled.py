"""Arrays of one value: a number broadcast to a shape, which takes no memory."""

from __future__ import annotations

from typing import Any

from graphc.errors import ShapeError
from graphc.ir import types
from graphc.ir.node import Tensor
from graphc.ops.elementwise import cast
from graphc.ops.leaf import constant
from graphc.ops.shape import broadcast_to


def full(shape: Any, value: Any, dtype: Any = None) -> Tensor:
    """An array with `value` everywhere, as ``numpy.full``.

    Args:
        shape: its sizes, numbers or names: ``(x.shape[0], 8)``, ``("N", 8)``.
        value: a number, or a tensor without axes.
        dtype: by default the value's; a Python float is float32.

    Raises:
        ShapeError: for a value with axes.
    """
    number = isinstance(value, (bool, int, float))
    tensor = constant(value, dtype if number else None)
    if tensor.ndim:
        raise ShapeError(
            f"full takes one number, not {types.shape_text(tensor.shape)}: broadcast_to repeats "
            "an array"
        )
    return broadcast_to(tensor if dtype is None else cast(tensor, dtype), shape)


def zeros(shape: Any, dtype: Any = "float32") -> Tensor:
    """Zeros of a shape, whose sizes may be names: ``gx.zeros((x.shape[0], 8))``."""
    return full(shape, 0, dtype)


def ones(shape: Any, dtype: Any = "float32") -> Tensor:
    """Ones of a shape, whose sizes may be names."""
    return full(shape, 1, dtype)


def full_like(x: Any, value: Any, dtype: Any = None) -> Tensor:
    """`value` everywhere, in the shape (and the type, unless `dtype` is given) of `x`.

    Raises:
        ShapeError: for a value with axes.
    """
    x = constant(x)
    return full(x.shape, value, dtype or x.dtype)


def zeros_like(x: Any, dtype: Any = None) -> Tensor:
    """Zeros in the shape (and the type, unless `dtype` is given) of `x`."""
    return full_like(x, 0, dtype)


def ones_like(x: Any, dtype: Any = None) -> Tensor:
    """Ones in the shape (and the type, unless `dtype` is given) of `x`."""
    return full_like(x, 1, dtype)
