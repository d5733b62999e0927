"""What a network is compiled from, checked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphc.dsl.optim import Optimizer
from graphc.errors import GraphError, NameClashError, ShapeError
from graphc.ir import types
from graphc.ir.node import Tensor, operand_line


def check_arguments(
    name: str,
    inputs: tuple[Tensor, ...],
    targets: tuple[Tensor, ...],
    loss: Tensor | None,
    outputs: Any,
    optimizer: Optimizer | None,
) -> None:
    """Refuse what a network can't be compiled from."""
    if not isinstance(name, str) or not name:
        raise GraphError(f"a program needs a name, not {name!r}")
    seen: dict[str, Tensor] = {}
    for tensor in (*inputs, *targets):
        if tensor.node.op.name != "input":
            raise GraphError(f"an argument must be made by gx.input: {operand_line(tensor)}")
        if tensor.name in seen:
            raise NameClashError(
                f"two arguments are called '{tensor.name}': {tensor.node.origin} and "
                f"{seen[tensor.name].node.origin}"
            )
        seen[tensor.name] = tensor
    if loss is None and outputs is None:
        raise GraphError(f"'{name}' computes nothing: give a loss, outputs, or both")
    if loss is None and optimizer is not None:
        raise GraphError(f"'{name}' has an optimizer but no loss to reduce")
    if optimizer is not None and not isinstance(optimizer, Optimizer):
        raise GraphError(f"optimizer must be one of graphc.optim, not {optimizer!r}")
    if loss is None:
        return
    if not isinstance(loss, Tensor):
        raise GraphError(f"the loss must be a tensor, not {loss!r}")
    if loss.ndim or not types.is_float(loss.dtype):
        raise ShapeError(
            f"the loss must be one floating number, such as a mean over the batch: {operand_line(loss)}"
        )


def outputs_by_name(outputs: Any) -> dict[str, Tensor]:
    """What `predict` returns, by name."""
    if outputs is None:
        return {}
    table = outputs if isinstance(outputs, Mapping) else {"output": outputs}
    for key, value in table.items():
        if not isinstance(value, Tensor) or not isinstance(key, str):
            raise GraphError(f"outputs are tensors by name; '{key}' is {value!r}")
    return dict(table)
