"""The formula of a tensor, as a person would write it above the lines that compute it."""

from __future__ import annotations

from collections.abc import Callable

from graphc.ir.node import Tensor
from graphc.ops.base import ATOM, PRODUCT, UNARY, Op
from graphc.ops.leaf import scalar_of
from graphc.ops.shape import Reshape, transpose

_PRODUCTS = ("matmul", "column_sum")


def formula(
    tensor: Tensor,
    name_of: Callable[[Tensor], str],
    expand: Callable[[Tensor], bool],
    length: int = 60,
    whole: Callable[[Tensor], bool] = lambda tensor: True,
) -> str:
    """The formula of a tensor over what it is computed from.

    Args:
        name_of: what a tensor is called, "" if it appears in no statement.
        expand: whether a tensor is shown by its own formula (else by its name).
        length: parts that are longer are called by their name.
        whole: whether a tensor is shown as the composite that it was made for.
    """
    return _write(tensor, name_of, lambda t: t is tensor or expand(t), length, 0, whole)[0]


def _write(
    tensor: Tensor,
    name_of: Callable[[Tensor], str],
    expand: Callable[[Tensor], bool],
    length: int,
    depth: int,
    whole: Callable[[Tensor], bool],
) -> tuple[str, int]:
    node = (whole(tensor) and tensor.whole) or tensor.node
    op = node.op
    assert isinstance(op, Op)
    value = None if node.rooted else scalar_of(tensor)
    if op.name == "constant" or value is not None:
        text = name_of(tensor) if value is None else f"{value:.6g}"
        return text, UNARY if text.startswith("-") else ATOM
    leaf = not node.inputs and op.name not in ("dimension", "random_uniform", "random_normal")
    if leaf or (name_of(tensor) and (depth > 12 or not expand(tensor))):
        return name_of(tensor), ATOM
    if isinstance(op, Reshape) and op.squeezes(node):  # the shape beside the formula shows it
        return _write(node.inputs[0], name_of, expand, length, depth + 1, whole)
    inputs = [_operand(t) for t in node.inputs] if op.name in _PRODUCTS else node.inputs
    parts = [_write(t, name_of, expand, length, depth + 1, whole) for t in inputs]
    probe = op.math(node, [text for text, _ in parts])
    precedence = probe[1] if isinstance(probe, tuple) else ATOM
    infix = precedence < ATOM
    args = []
    for position, (t, (text, binding)) in enumerate(zip(inputs, parts, strict=True)):
        if len(text) > length and name_of(t):
            text, binding = name_of(t), ATOM
        tight = infix and (binding < precedence or bool(position and binding == precedence))
        if infix and precedence == PRODUCT and position and binding == PRODUCT:
            tight = op.name != "matmul" and not (op.name == "multiply" and _fraction(t))
        args.append(f"({text})" if tight else text)
    result = op.math(node, args)
    return result if isinstance(result, tuple) else (result, ATOM)


def _fraction(tensor: Tensor) -> bool:
    """Whether ``a * (b / c)`` is better read as ``a * b / c``: a fraction of numbers is a factor."""
    return tensor.node.op.name == "divide" and tensor.node.inputs[0].ndim > 0


def _operand(tensor: Tensor) -> Tensor:
    """What a row, a column or the rows of a stack were made of: in a product, the letter of a
    vector or of a stack says enough."""
    op = tensor.node.op
    if op.name == "transpose" and tensor.ndim == 2:
        (matrix,) = tensor.node.inputs
        return transpose(inner) if (inner := _operand(matrix)) is not matrix else tensor
    if isinstance(op, Reshape) and op.stacks_rows(tensor.node):
        return tensor.node.inputs[0]
    if isinstance(op, Reshape) and op.keeps_strides(tensor.node):
        return _operand(tensor.node.inputs[0])
    return tensor
