"""Reverse-mode differentiation: a scalar's gradient as an explicit backward graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

from graphc.errors import DifferentiationError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Node, Tensor, builders, operand_line, toposort
from graphc.ops.leaf import constant
from graphc.ops.shape import broadcast_to


def grad(
    loss: Tensor,
    wrt: Sequence[Tensor],
    *,
    cotangent: Tensor | None = None,
    unconnected: Literal["error", "zeros"] = "error",
) -> list[Tensor]:
    """The gradient of a scalar with respect to each tensor of `wrt`, as new nodes.

    The result is an ordinary graph: it can be printed, compiled, and differentiated again.  What
    `loss` is computed by is first brought into numerically stable form, except across the tensors
    of `wrt`, so ``log(softmax(x))`` has the gradient of `log_softmax`.

    Args:
        loss: a floating scalar, or any floating tensor if `cotangent` is given.
        wrt: floating tensors: parameters, inputs or anything computed on the way.
        cotangent: the derivative of some scalar by `loss`, in the shape of `loss` (default: 1).
        unconnected: for a tensor that `loss` does not depend on, raise or give zeros.

    Returns:
        One tensor for each of `wrt`, in its shape and element type.

    Raises:
        DifferentiationError: when `loss` is no floating scalar, or something in `wrt` is an integer
            or (unless zeros are asked for) unconnected; all such are listed.
    """
    from graphc.passes.stabilise import stable_form

    _check(loss, wrt, cotangent)
    (stable,) = stable_form([loss], barrier=wrt)
    table = _cotangents([stable], [cotangent], wrt)
    lost = [t for t in wrt if t not in table]
    if lost and unconnected == "error":
        lines = "\n".join(f"  {operand_line(t)}" for t in lost)
        raise DifferentiationError(
            f"the loss does not depend on these (unconnected='zeros' gives zeros):\n{lines}"
        )
    results = []
    for tensor in wrt:
        result = table.get(tensor)
        if result is None:
            result = broadcast_to(constant(0, tensor.dtype), tensor.shape)
        _name(tensor, result)
        results.append(result)
    return results


def pull_back(
    results: Sequence[Tensor], cotangents: Sequence[Tensor | None], wrt: Sequence[Tensor]
) -> list[Tensor | None]:
    """The cotangent of each tensor of `wrt` (None: zero), given those of several results."""
    from graphc.passes.stabilise import stable_form

    pairs = [(r, ct) for r, ct in zip(results, cotangents, strict=True) if ct is not None]
    stable = stable_form([r for r, _ in pairs], barrier=wrt)
    table = _cotangents(stable, [ct for _, ct in pairs], wrt)
    for tensor in wrt:
        _name(tensor, table.get(tensor))
    return [table.get(t) for t in wrt]


builders["pull_back"] = pull_back


def _check(loss: Tensor, wrt: Sequence[Tensor], cotangent: Tensor | None) -> None:
    if not isinstance(loss, Tensor):
        raise DifferentiationError(f"the loss must be a tensor, not {type(loss).__name__}")
    if isinstance(wrt, Tensor):
        raise DifferentiationError("wrt is a list of tensors: write wrt=[x]")
    if not types.is_float(loss.dtype):
        raise DifferentiationError(
            f"a derivative needs a floating loss, not {loss.dtype}: {operand_line(loss)}"
        )
    if cotangent is None and loss.shape != ():
        raise DifferentiationError(
            f"the loss has shape {types.shape_text(loss.shape)}; reduce it to a scalar with gx.mean or "
            f"gx.sum, or give a cotangent: {operand_line(loss)}"
        )
    if cotangent is not None and cotangent.type != loss.type:
        raise DifferentiationError(f"the cotangent is {cotangent.type} but the loss {loss.type}")
    wrong = [t for t in wrt if not isinstance(t, Tensor) or not types.is_float(t.dtype)]
    if wrong:
        lines = "\n".join(
            f"  {operand_line(t)}" if isinstance(t, Tensor) else f"  {t!r} is no tensor"
            for t in wrong
        )
        raise DifferentiationError(f"only floating tensors have derivatives:\n{lines}")


def _reached(results: Sequence[Tensor], wrt: Sequence[Tensor]) -> tuple[list[Node], set[Node]]:
    """The nodes of `results` in order, and those among them that depend on something in `wrt`."""
    order = toposort(results)
    active = {t.node for t in wrt}
    for node in order:
        if any(t.node in active for t in node.inputs):
            active.add(node)
    return order, active


def _cotangents(
    results: Sequence[Tensor], cotangents: Sequence[Tensor | None], wrt: Sequence[Tensor]
) -> dict[Tensor, Tensor]:
    """The cotangent of every tensor between `wrt` and `results`, from those of these (None: 1)."""
    order, active = _reached(results, wrt)
    table: dict[Tensor, Tensor] = {}
    for result, cotangent in zip(results, cotangents, strict=True):
        if result.node not in active:
            continue
        with origins.role("backward"), origins.derived_from(result.node.origin):
            ct = constant(1, result.dtype) if cotangent is None else cotangent
            table[result] = table[result] + ct if result in table else ct
    for node in reversed(order):
        if node not in active or not node.inputs:
            continue
        given = [table.get(t) for t in node.outputs]
        if all(ct is None for ct in given):
            continue
        for tensor, value in zip(node.outputs, given, strict=True):
            _name(tensor, value)
        with origins.derivative_of(node):
            _pull_back(node, given, active, table)
    return table


def _name(tensor: Tensor, cotangent: Tensor | None) -> None:
    """Call the whole cotangent of ``h`` ``d_h``."""
    if cotangent is not None and tensor.name and cotangent.node.rooted and not cotangent.name:
        cotangent.named(f"d_{tensor.name}")


def _pull_back(
    node: Node, given: list[Tensor | None], active: set[Node], table: dict[Tensor, Tensor]
) -> None:
    """Add what one node passes to the cotangents of its operands."""
    if not getattr(node.op, "differentiable", True):
        return
    results = node.op.vjp(node, given)  # type: ignore[attr-defined]
    for operand, result in zip(node.inputs, results, strict=True):
        if result is None or operand.node not in active:
            continue
        if result.type != operand.type:
            raise DifferentiationError(
                f"the vjp of {node.op.name} gives {result.type} for an operand of {operand.type}"
            )
        if operand in table:
            with origins.derivative_of(operand):
                _mark(result, node)
                result = table[operand] + result
        _mark(result, operand if operand in table else node)
        table[operand] = result


def _mark(result: Tensor, rule: Node | Tensor) -> None:
    """Note that a node made by differentiation is a gradient, not a step on the way to one."""
    origin = result.node.origin
    if origin is not None and origin.rule is rule and not origin.cotangent:
        result.node.origin = replace(origin, cotangent=True)
