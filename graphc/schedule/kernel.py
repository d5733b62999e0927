"""What runs in one launch on a target that has kernels, and which steps can be part of one."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from graphc.ir import types
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor
from graphc.ops.base import Op
from graphc.schedule.fuse import is_elementwise

POINTWISE, REDUCTION, ROWS, COLUMNS = "pointwise", "reduction", "rows", "columns"
REDUCTIONS = ("sum", "prod", "max", "min", "any", "all", "sum_of_squares")
RANDOM = ("random_uniform", "random_normal")
MOST_PARTS = 8  # windows that a kernel writes for one result
# Also one element of the result from one of each operand.
_ALONG = ("copy", "position", "known_labels", "take")


@dataclass(eq=False)
class Kernel:
    """What one launch computes.

    Attributes:
        kind: `POINTWISE`, `REDUCTION`, `ROWS` or `COLUMNS`.
        shape: what it runs over: of the results, or of what is reduced.
        nodes: its steps, in order.
        replayed: what it computes for itself though others do, too: random draws, what depends on
            them alone, standardised arrays.
        axes: of `ROWS` and `COLUMNS`, those that its reductions are over.
    """

    kind: str
    shape: tuple[DimLike, ...]
    nodes: list[Node]
    replayed: list[Node] = field(default_factory=list)
    axes: tuple[int, ...] = ()

    @cached_property
    def members(self) -> frozenset[Node]:
        """All nodes that it computes."""
        return frozenset([*self.replayed, *self.nodes])

    @cached_property
    def steps(self) -> list[Node]:
        """All nodes that it computes, each after those that it reads."""
        done: dict[Node, None] = {}
        for node in (*self.nodes, *self.replayed):
            stack = [node]
            while stack:
                top = stack[-1]
                waiting = [
                    t.node for t in top.inputs if t.node in self.members and t.node not in done
                ]
                if waiting and top not in done:
                    stack += waiting
                else:
                    done[stack.pop()] = None
        return list(done)

    @cached_property
    def inputs(self) -> list[Tensor]:
        """What it reads, each once."""
        found: dict[Tensor, None] = {}
        for node in (*self.replayed, *self.nodes):
            found.update((t, None) for t in node.inputs if t.node not in self.members)
        return list(found)

    @property
    def reduction(self) -> Node | None:
        """The step that reduces."""
        if self.kind != REDUCTION:
            return None
        return next(n for n in self.nodes if n.op.name in REDUCTIONS)

    def may_overwrite(self, operand: Tensor, result: Tensor) -> bool:
        """Whether a result may lie where an operand does: each thread reads what it overwrites."""
        if any(base_of(t) is base_of(operand) for n in self.nodes for t in whole_operands(n)):
            return False
        same = operand.shape == result.shape == self.shape and self.kind != REDUCTION
        if not same or types.itemsize(operand.dtype) != types.itemsize(result.dtype):
            return False
        given = any(t is operand for t in self.inputs)
        return given and all(
            t is operand or base_of(t) is not base_of(operand) for t in self.inputs
        )


def base_of(tensor: Tensor) -> Tensor:
    """What a tensor is a view of: itself, if of nothing."""
    while isinstance(tensor.node.op, Op) and tensor.node.op.view:
        tensor = tensor.node.inputs[0]
    return tensor


def whole_operands(node: Node) -> tuple[Tensor, ...]:
    """The operands of which an element of the result may need any element."""
    if node.op.name != "take":
        return ()
    return node.inputs[:1] if node.attrs["axis"] is None else node.inputs


def is_pointwise(node: Node) -> bool:
    """Whether each element of the result is computed by itself, from what is in memory."""
    if node.op.name in REDUCTIONS and not node.inputs[0].ndim:
        return True  # of one number
    return is_elementwise(node.op) or node.op.name in _ALONG


def joins_parts(node: Node) -> bool:
    """Whether a step puts parts of one shape side by side: what computes them can write them there."""
    parts = node.inputs
    return (
        node.op.name == "concat"
        and 2 <= len(parts) <= MOST_PARTS
        and all(part.shape == parts[0].shape for part in parts)
        and 0 not in parts[0].shape
    )


def role_of(node: Node) -> str:
    """Whether a step belongs to the way there, to the way back, or to neither."""
    return node.origin.role if node.origin is not None else ""
