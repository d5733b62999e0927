"""The type of a tensor: an element type and a shape of dimensions, with NumPy's rules for both.

Promotion is NumPy 2's: arrays promote as `numpy.result_type` says, Python scalars are weak and
take the array's type.  Broadcasting is NumPy's, over symbolic dimensions: two dimensions fit when
they are the same, or one of them is 1.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphc.errors import ShapeError, TypeMismatchError
from graphc.ir import dims
from graphc.ir.dims import DimLike

DTYPES = (
    "bool",
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "float16",
    "float32",
    "float64",
)
# What only the compiler makes, of which NumPy has no arrays: those that hold its bits.
STORED = {"bfloat16": "uint16"}
_defaults = ["float32"]  # the innermost `default_dtype` last


@contextlib.contextmanager
def default_dtype(dtype: Any) -> Iterator[None]:
    """What is declared inside is of this floating type wherever no other is given: inputs,
    parameters, random draws, Python floats.

        with gx.default_dtype("float64"):
            net = build()  # the same program in double precision

    Args:
        dtype: float32, which is the default outside all of these, or float64.

    Raises:
        TypeMismatchError: for another element type.
    """
    name = dtype_name(dtype)
    if name not in ("float32", "float64"):
        raise TypeMismatchError(f"default_dtype is float32 or float64, not {name}")
    _defaults.append(name)
    try:
        yield
    finally:
        _defaults.pop()


def dtype_name(dtype: Any) -> str:
    """The canonical name of an element type, from a name, a NumPy dtype or a Python type; of None the
    floating type that is the default here.

    Raises:
        TypeMismatchError: for a type that graphc does not compute with (complex, object, text).
    """
    if dtype is None:
        return _defaults[-1]
    try:
        name: str = np.dtype(dtype).name
    except TypeError:
        name = str(dtype)
    if name not in DTYPES:
        raise TypeMismatchError(f"{name} is no element type here: use one of {', '.join(DTYPES)}")
    return name


def is_float(dtype: str) -> bool:
    """Whether the type has derivatives."""
    return "float" in dtype


def is_integer(dtype: str) -> bool:
    """Whether the type can index (bool can't)."""
    return "int" in dtype


def itemsize(dtype: str) -> int:
    """Bytes an element."""
    return np.dtype(stored(dtype)).itemsize


def stored(dtype: str) -> str:
    """The element type of the arrays that hold a type: itself, or whole numbers with its bits."""
    return STORED.get(dtype, dtype)


@dataclass(frozen=True, slots=True)
class TensorType:
    """An element type and a shape."""

    dtype: str
    shape: tuple[DimLike, ...]

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> DimLike:
        """The number of elements."""
        return dims.product(self.shape)

    @property
    def nbytes(self) -> DimLike:
        """The size in bytes."""
        return self.size * itemsize(self.dtype)

    def __str__(self) -> str:
        return f"{self.dtype}{shape_text(self.shape, '[', ']')}"

    def with_shape(self, shape: Iterable[DimLike]) -> TensorType:
        """The same element type in another shape."""
        return TensorType(self.dtype, tuple(shape))

    def with_dtype(self, dtype: str) -> TensorType:
        """The same shape of another element type."""
        return TensorType(dtype, self.shape)


def shape_text(shape: Sequence[DimLike], left: str = "(", right: str = ")") -> str:
    """A shape as people write it: ``(N, 64)``, ``(3,)``, ``()``."""
    inner = ", ".join(map(str, shape))
    comma = "," if len(shape) == 1 and left == "(" else ""
    return f"{left}{inner}{comma}{right}"


def promote(dtypes: Sequence[str], *weak: object) -> str:
    """NumPy 2's result type of arrays of `dtypes` together with Python scalars `weak`."""
    scalars = [value for value in weak if isinstance(value, (bool, int, float))]
    return dtype_name(np.result_type(*map(np.dtype, dtypes), *scalars))


def broadcast(shapes: Sequence[tuple[DimLike, ...]]) -> tuple[DimLike, ...]:
    """NumPy's broadcast of shapes.

    Raises:
        ShapeError: naming the axis (counted from the right) and the two sizes that differ.
    """
    rank = max((len(shape) for shape in shapes), default=0)
    result: list[DimLike] = []
    for axis in range(-rank, 0):
        size: DimLike = 1
        for shape in shapes:
            if len(shape) < -axis or shape[axis] == 1:
                continue
            if size != 1 and size != shape[axis]:
                raise ShapeError(
                    f"axis {axis}: sizes {size} and {shape[axis]} differ and neither is 1"
                )
            size = shape[axis]
        result.append(size)
    return tuple(result)


def normal_axis(axis: int, rank: int, what: str = "axis") -> int:
    """An axis counted from the front.

    Raises:
        ShapeError: when there is no such axis.
    """
    if isinstance(axis, bool) or not hasattr(axis, "__index__"):
        raise TypeMismatchError(f"{what} must be an integer, not {axis!r}")
    axis = axis.__index__()
    if not -rank <= axis < rank:
        raise ShapeError(f"{what} {axis} is out of range for {rank} axes")
    return axis % rank


def normal_axes(axes: int | Iterable[int] | None, rank: int) -> tuple[int, ...]:
    """Several axes counted from the front, sorted; None means all of them.

    Raises:
        ShapeError: for an axis that is out of range or named twice.
    """
    if axes is None:
        return tuple(range(rank))
    several: tuple[Any, ...]
    several = tuple(axes) if isinstance(axes, Iterable) else (axes,)
    result = sorted(normal_axis(axis, rank) for axis in several)
    if len(set(result)) != len(result):
        raise ShapeError(f"an axis is named twice in {several}")
    return tuple(result)
