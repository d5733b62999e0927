"""Derivatives that the forward pass computes, where that leaves it less to remember.

The derivative of an activation depends on forward values alone: for GELU on its argument, a sigmoid and
what that was made of.  Computed where it is needed, far below, it keeps all of these in memory until
then; computed beside the activation it is one tensor in the place of several, of values that are
still in cache.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from graphc.ir import dims
from graphc.ir.graph import Graph
from graphc.ir.node import Node, Tensor, toposort
from graphc.ir.types import itemsize
from graphc.schedule.fuse import is_elementwise
from graphc.schedule.order import Kind, Schedule

ASSUMED = 32  # what a symbolic size is taken to be where memory is compared


def early(schedule: Schedule) -> Schedule:
    """Move elementwise parts of the backward pass to where their operands are computed, if they leave
    at most half of the bytes to the backward pass that they free."""
    graph = schedule.graph
    if not graph.outputs or not graph.updates:
        return schedule
    forward = set(toposort([t for _, t in graph.outputs]))
    after: dict[Node, list[Node]] = {}  # what follows a node of the forward pass
    moved: set[Node] = set()
    position = {node: i for i, node in enumerate(schedule.order)}
    users = _users(schedule)
    for nodes in _parts(schedule, forward):
        freed = _freed(schedule, nodes, forward, users)
        left = [t for n in nodes for t in n.outputs if _outlives(graph, t, nodes)]
        mask = any(t.dtype == "bool" for t in left)  # cheap, and read best where it is used
        if mask or _bytes(freed) < 2 * _bytes(left):
            continue
        needed = [n for n in toposort([t for n in nodes for t in n.outputs]) if n not in forward]
        needed = [n for n in needed if n not in moved]
        before = {t.node for n in needed for t in n.inputs if t.node in forward}
        before |= {user for t in freed for user in users[t] if user in forward}
        after.setdefault(max(before, key=position.__getitem__), []).extend(needed)
        moved |= set(needed)
    if not moved:
        return schedule
    order: list[Node] = []
    for node in schedule.order:
        if node not in moved:
            order += [node, *after.get(node, ())]
    return replace(schedule, order=tuple(order), early=frozenset(moved))


def _parts(schedule: Schedule, forward: set[Node]) -> list[list[Node]]:
    """The elementwise nodes outside the forward pass that depend on it and on sizes alone, those
    together that read one another or one forward value."""
    of: dict[Node, list[Node]] = {}
    reader: dict[Tensor, Node] = {}
    for node in schedule.order:
        if node in forward or schedule.kinds[node] is not Kind.COMPUTE:
            continue
        computed = [t for t in node.inputs if t.node.rooted]
        known = all(t.node in forward or t.node in of for t in computed)
        if not (computed and known and is_elementwise(node.op)):
            continue
        of[node] = [node]
        for t in computed:
            other = t.node if t.node in of else reader.setdefault(schedule.base[t], node)
            if of[other] is not of[node]:
                of[other].extend(of[node])
                for member in of[node]:
                    of[member] = of[other]
    return list({id(part): part for part in of.values()}.values())


def _users(schedule: Schedule) -> dict[Tensor, set[Node]]:
    """The nodes that read each base tensor, directly or through views."""
    users: dict[Tensor, set[Node]] = {}
    for node in schedule.order:
        if schedule.kinds[node] is not Kind.VIEW:
            for t in node.inputs:
                users.setdefault(schedule.base[t], set()).add(node)
    return users


def _freed(
    schedule: Schedule, nodes: list[Node], forward: set[Node], users: dict[Tensor, set[Node]]
) -> list[Tensor]:
    """The forward values that nothing else in the backward pass reads."""
    roots = {schedule.base[t] for t in schedule.graph.roots}
    own = set(nodes)
    read = dict.fromkeys(schedule.base[t] for n in nodes for t in n.inputs if t.node in forward)
    return [
        t
        for t in read
        if schedule.kind(t) is Kind.COMPUTE and t not in roots and users[t] - forward <= own
    ]


def _outlives(graph: Graph, tensor: Tensor, nodes: list[Node]) -> bool:
    """Whether anything but some nodes reads a tensor."""
    read = any(user not in nodes for user in graph.users.get(tensor, ()))
    return read or any(tensor is root for root in graph.roots)


def _bytes(tensors: Iterable[Tensor]) -> int:
    total = 0
    for t in tensors:
        size = dims.evaluate(t.type.size, dict.fromkeys(dims.symbols([t.type.size]), ASSUMED))
        total += size * itemsize(t.dtype)
    return total
