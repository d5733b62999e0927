"""Rows: what reductions over the same axes run over, and labels, which choose one element of each."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from graphc.ir import dims
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor
from graphc.ops.leaf import value_of
from graphc.schedule.kernel import REDUCTIONS, Kernel


@dataclass(frozen=True)
class Rows:
    """What a row kernel runs over.

    Attributes:
        shape: of what is reduced.
        axes: which axes are: the last ones, or the first of two.
    """

    shape: tuple[DimLike, ...]
    axes: tuple[int, ...]

    @property
    def columns(self) -> bool:
        """Whether its rows are columns: elements that do not lie side by side."""
        return self.axes[0] == 0

    @cached_property
    def kept(self) -> tuple[DimLike, ...]:
        """The sizes of the axes that are not reduced."""
        return tuple(d for axis, d in enumerate(self.shape) if axis not in self.axes)

    @cached_property
    def count(self) -> DimLike:
        """How many rows there are."""
        return dims.product(self.kept)

    @cached_property
    def size(self) -> DimLike:
        """How many elements a row has."""
        return dims.product(self.shape[axis] for axis in self.axes)

    @cached_property
    def with_axes(self) -> tuple[DimLike, ...]:
        """The shape of a number for each row that broadcasts against the elements."""
        return tuple(1 if axis in self.axes else d for axis, d in enumerate(self.shape))

    def is_number(self, shape: tuple[DimLike, ...]) -> bool:
        """Whether a shape holds one number for each row, in their order."""
        return shape in (self.with_axes, self.kept, (self.count,))

    def reads(self, shape: tuple[DimLike, ...], target: tuple[DimLike, ...]) -> bool:
        """Whether an array can be read, for a result of shape `target`, by row and place in it."""
        if target != self.shape:
            return True
        given = aligned(shape, target)
        inner = [given[axis] == target[axis] for axis in self.axes if target[axis] != 1]
        return all(inner) or not any(inner)


def aligned(shape: tuple[DimLike, ...], target: tuple[DimLike, ...]) -> tuple[DimLike, ...]:
    """A shape with as many axes as what it broadcasts to."""
    return (*(1,) * (len(target) - len(shape)), *shape)


def rows_of(kernel: Kernel) -> Rows:
    """What a row kernel runs over."""
    return Rows(kernel.shape, kernel.axes)


def reduced(node: Node) -> Rows | None:
    """What a reduction by a row kernel would run over; None for one that is no such.

    Columns are those of a matrix: the rows of an image's channels are as many as its pixels, and a
    kernel that takes few of them at a time would leave most of the device idle.
    """
    axes = node.attrs.get("axes")
    shape = node.inputs[0].shape
    if node.op.name not in REDUCTIONS or not axes or len(axes) == len(shape):
        return None
    last = axes == tuple(range(len(shape) - len(axes), len(shape)))
    if not (last or (axes == (0,) and len(shape) == 2)):
        return None
    found = Rows(shape, tuple(axes))
    return None if 0 in shape or found.size == 1 else found


# ---- labels -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Label:
    """One element of each row, chosen by an index.

    Attributes:
        indices: its place, for each row.
        size: of the rows.
    """

    indices: Tensor
    size: DimLike

    def fits(self, rows: Rows) -> bool:
        """Whether it chooses in these rows."""
        return not rows.columns and self.size == rows.size and self.indices.shape == (rows.count,)


def label_of(node: Node) -> Label | None:
    """How a node reads or changes one element of each row, if it does: by positions that are those of
    the rows' first elements and an index."""
    if node.op.name == "take" and node.attrs["axis"] is None:
        positions = node.inputs[1]
    elif node.op.name == "scatter_elements":
        positions = node.inputs[0]
    else:
        return None
    made = positions.node
    if made.op.name != "position" or len(made.inputs) != 2 or positions.ndim != 1:
        return None
    indices, start = made.inputs
    size = made.attrs["size"]
    if start.node.op.name != "multiply" or made.attrs["stride"] != 1:
        return None
    for line, step in (start.node.inputs, start.node.inputs[::-1]):
        counted = line.node.op.name == "iota" and line.shape == positions.shape
        if counted and size_of(step) == size and indices.shape == positions.shape:
            return Label(indices, size)
    return None


def size_of(tensor: Tensor) -> DimLike | None:
    """The size that a tensor is."""
    if tensor.node.op.name == "dimension":
        size: DimLike = tensor.node.attrs["dim"]
        return size
    value = value_of(tensor)
    return int(value) if value is not None and value.ndim == 0 else None
