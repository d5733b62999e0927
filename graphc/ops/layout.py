"""How a tensor lies in memory: whether a view of it has gaps, and whether BLAS can read it.

What is computed lies in rows without gaps; a view keeps or loses that.  Arguments of functions are
taken to lie in rows: NumPy copies those that do not.
"""

from __future__ import annotations

from graphc.ir.node import Tensor
from graphc.ops.base import Op


def contiguous(tensor: Tensor) -> bool:
    """Whether a tensor lies in memory without gaps, in row order."""
    node = tensor.node
    while isinstance(node.op, Op) and node.op.view:
        if not node.op.keeps_rows(node):
            return False
        node = node.inputs[0].node
    return True


def dense(tensor: Tensor) -> bool:
    """Whether a matrix is contiguous, or the transpose of one that is."""
    node = tensor.node
    return contiguous(node.inputs[0] if node.op.name == "transpose" else tensor)


def matrices(tensor: Tensor) -> bool:
    """Whether the last two axes are a matrix that BLAS reads as it lies: the elements of its rows,
    or of its columns, are neighbours, and the others follow at equal distances."""
    distances = _distances(tensor)[-2:]
    return 1 in distances and 0 not in distances


def _distances(tensor: Tensor) -> list[int]:
    """For each axis 1 where elements are neighbours, 2 where they lie further apart, 0 where they
    lie backwards or in one place."""
    views = []
    while isinstance(tensor.node.op, Op) and tensor.node.op.view:
        views.append(tensor.node)
        tensor = tensor.node.inputs[0]
    result = _rows(tensor)
    for node in reversed(views):
        before, after = node.inputs[0], node.outputs[0]
        if node.op.name == "transpose":
            result = [result[axis] for axis in node.attrs["axes"]]
        elif node.op.name == "slice":
            steps = [step for _, _, step in node.attrs["region"]]
            result = [
                0 if step < 0 else distance if step == 1 else 2 * (distance > 0)
                for axis, (distance, step) in enumerate(zip(result, steps, strict=True))
                if axis not in node.attrs["drop"]
            ]
        elif node.op.name == "broadcast_to":
            new = after.ndim - before.ndim
            result = [
                result[axis - new] if axis >= new and before.shape[axis - new] == size else 0
                for axis, size in enumerate(after.shape)
            ]
        elif contiguous(before):
            result = _rows(after)
        else:  # a reshape that only adds and drops axes of size 1
            kept = iter([d for d, size in zip(result, before.shape, strict=True) if size != 1])
            result = [2 if size == 1 else next(kept) for size in after.shape]
    return result


def _rows(tensor: Tensor) -> list[int]:
    return [2] * (tensor.ndim - 1) + [1] * min(tensor.ndim, 1)
