"""Training or inference: the pass that decides, and what it then need not compute."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor
from graphc.ops.base import Op
from graphc.ops.leaf import constant
from graphc.ops.phases import ONLY_WHEN
from graphc.ops.shape import broadcast_to

# Ops that give zero for a zero: in any one operand, in the first, or if every operand is zero.
_PRODUCTS = frozenset({"multiply", "matmul", "einsum"})
_LINEAR = frozenset(
    {
        *("sum", "mean", "negative", "reshape", "transpose", "broadcast_to", "cast", "cumsum"),
        *("slice", "unslice", "divide", "dropout", "only_when", "updating", "apply_mask"),
        *("spread", "pick", "gather", "take", "scatter_add_along", "stop_gradient"),
    }
)
_JOINS = frozenset({"concat", "stack", "in_training"})


class DeadCotangents:
    """What is zero because the branch that it belongs to is not taken.

    It is known by name of the op that it is linear, so that no infinity of the branch not taken
    meets the zero.
    """

    def __init__(self) -> None:
        self.tensors: set[Tensor] = set()

    def change(self, node: Node, inputs: Sequence[Tensor]) -> Tensor | None:
        """What takes the place of a node one of whose operands is dead; None: the node as it is."""
        dead = [t in self.tensors for t in node.inputs]
        name, out = node.op.name, node.outputs[0]
        if name in ("add", "subtract") and not all(dead):
            live = inputs[dead.index(False)]
            live = live if live.shape == out.shape else broadcast_to(live, out.shape)
            return -live if name == "subtract" and dead[0] else live
        if (
            name in _PRODUCTS
            or (name in _LINEAR and dead[0])
            or (name in _JOINS and all(dead))
            or name in ("add", "subtract")
        ):
            return self.kill(out)
        return None

    def kill(self, tensor: Tensor) -> Tensor:
        """Zeros in place of a tensor that is dead from here on."""
        self.tensors.add(tensor)
        return broadcast_to(constant(0, tensor.dtype), tensor.shape)


def specialise(graph: Graph, hits: Counter[str]) -> Graph:
    """Decide between training and inference: dropout and noise, batch or running statistics."""
    dead = DeadCotangents()

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        op = node.op
        if not isinstance(op, Op):
            return None
        result = op.specialise(inputs, node.attrs, graph.training)
        if result is not None:
            hits[f"{op.name} in {'training' if graph.training else 'inference'}"] += 1
            taken = zip(inputs, node.inputs, strict=True)
            killed = op is ONLY_WHEN and node.attrs["training"] != graph.training
            if killed or any(new is result and old in dead.tensors for new, old in taken):
                dead.tensors.add(node.outputs[0])
            return (result,)
        if dead.tensors and any(t in dead.tensors for t in node.inputs):
            result = dead.change(node, inputs)
            return None if result is None else (result,)
        return None

    return rewrite(graph, change)
