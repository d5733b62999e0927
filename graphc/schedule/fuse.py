"""Elementwise chains as groups.

A group is a run of elementwise steps over one shape.  In NumPy its intermediates live in place in
one buffer; over flat vectors longer than a block, the whole run is done block by block, so that
the block stays in the processor's cache through all of it.  A target with its own kernels turns
a group into one kernel.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from graphc.ir.node import Node, Tensor
from graphc.ops.base import Op
from graphc.ops.catalogue import ApplyMask
from graphc.ops.elementwise import Cast, Elementwise
from graphc.schedule.order import Kind, Schedule

BLOCK = 65536  # elements: longer blocks leave the cache, shorter ones cost more calls


@dataclass(frozen=True)
class Group:
    """Consecutive elementwise steps over one shape; `blocked` if done block by block."""

    nodes: tuple[Node, ...]
    blocked: bool

    @cached_property
    def members(self) -> frozenset[Node]:
        """The nodes, for membership."""
        return frozenset(self.nodes)


@dataclass(frozen=True)
class Fusion:
    """All groups of a schedule, and the group of each node in one."""

    groups: tuple[Group, ...]

    def __str__(self) -> str:
        return "".join(
            f"  fused: {', '.join(n.op.name for n in g.nodes)}{'  block by block' * g.blocked}\n"
            for g in self.groups
        )

    @cached_property
    def group_of(self) -> dict[Node, Group]:
        """The group of each grouped node."""
        return {node: group for group in self.groups for node in group.nodes}

    def tiled(self, schedule: Schedule, tensor: Tensor) -> bool:
        """Whether a tensor is needed only inside one blocked group: a block of it is enough."""
        group = self.group_of.get(tensor.node)
        if group is None or not group.blocked:
            return False
        users = schedule.graph.users.get(tensor, [])
        return all(user in group.members for user in users) and not any(
            root is tensor for root in schedule.graph.roots
        )


def is_elementwise(op: object) -> bool:
    """Whether each element of the result depends on the same element of the operands alone."""
    return isinstance(op, (Elementwise, ApplyMask, Cast))


def fuse(schedule: Schedule, enabled: bool = True) -> Fusion:
    """Find the groups of a schedule; without `enabled`, there are none."""
    if not enabled:
        return Fusion(())
    runs: list[list[Node]] = []
    current: list[Node] = []
    for node in schedule.order:
        if schedule.kinds[node] is not Kind.COMPUTE:
            continue
        joins = is_elementwise(node.op)
        if current and (not joins or node.outputs[0].shape != current[0].outputs[0].shape):
            runs.append(current)
            current = []
        if joins:
            current.append(node)
    if current:
        runs.append(current)
    return Fusion(tuple(Group(tuple(run), _blocks(schedule, run)) for run in runs if len(run) > 1))


def _blocks(schedule: Schedule, run: list[Node]) -> bool:
    out = run[0].outputs[0]
    if out.ndim != 1 or not isinstance(out.size, int) or out.size < 2 * BLOCK:
        return False
    if any(isinstance(node.op, Op) and node.op.scratch(node) for node in run):
        return False  # further buffers are as long as the whole vector
    operands = [t for node in run for t in node.inputs if t.ndim]
    return all(
        t.shape == out.shape and schedule.kind(t) in (Kind.STATE, Kind.COMPUTE) for t in operands
    )


def inplace_operands(node: Node) -> tuple[int, ...]:
    """The operands that a node may overwrite, if nothing else reads them."""
    op = node.op
    assert isinstance(op, Op)
    out = node.outputs[0]
    return tuple(i for i in op.inplace(node) if node.inputs[i].type == out.type)
