"""How the bodies of loops and of branches are built: what stands in them for tensors of the graph
around, and the same expressions over other tensors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from graphc.ir import origin as origins
from graphc.ir.node import Tensor, Variable, make, toposort
from graphc.ir.types import TensorType
from graphc.ops.leaf import INPUT


def placeholder(name: str, type: TensorType) -> Tensor:
    """An input of a body."""
    return make(INPUT, (), {"variable": Variable(name, type)}).outputs[0].named(name)


def called(
    operands: list[tuple[Tensor, Tensor]],
    tensor: Tensor,
    name: str = "",
    type: TensorType | None = None,
) -> Tensor:
    """What a body calls a tensor of the surrounding graph, which it reads from now on.

    Args:
        operands: what the body reads, each with what it is called inside; extended by what is new.
        tensor: what is read.
        name: what a new placeholder is called (default: as the tensor).
        type: its type, where it stands for a part of the tensor.
    """
    for given, inside in operands:
        if given is tensor:
            return inside
    inside = placeholder(name or tensor.name or "x", type or tensor.type)
    operands.append((tensor, inside))
    return inside


def substitute(roots: Iterable[Tensor], table: Mapping[Tensor, Tensor]) -> list[Tensor]:
    """The same expressions computed from other tensors in place of some."""
    roots = list(roots)
    mapping = dict(table)
    whole = [t for t in mapping if all(other in mapping for other in t.node.outputs)]
    for node in toposort(roots, stop=whole):
        if all(t in mapping for t in node.outputs):
            continue
        inputs = tuple(mapping.get(t, t) for t in node.inputs)
        if all(a is b for a, b in zip(inputs, node.inputs, strict=True)):
            continue
        with origins.derived_from(node.origin):
            made = make(node.op, inputs, node.attrs)
        for old, new in zip(node.outputs, made.outputs, strict=True):
            new.name = new.name or old.name
            if new.whole is None and old.whole is not None:
                operands = [mapping.get(t, t) for t in old.whole.inputs]
                new.whole = make(old.whole.op, operands, old.whole.attrs)
            mapping.setdefault(old, new)
    return [mapping.get(t, t) for t in roots]
