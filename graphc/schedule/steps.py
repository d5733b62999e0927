"""The body of a loop as steps of its own: what one step reads, and where it leaves its results.

A body is scheduled and planned once, like a function whose arguments are the elements of this step
and whose results are updates of *slots*: the next element of a stack, or a state in its place.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from graphc.ir.graph import Graph
from graphc.ir.node import Node, State, Tensor, toposort
from graphc.ops.base import Op
from graphc.ops.bodies import placeholder, substitute
from graphc.ops.scan.loop import Loop
from graphc.ops.shape import copy


class Slot(State):
    """Where a step leaves a result.

    Attributes:
        result: the position among the loop's results.
        stacked: whether it is an element of a stack, other than that of the step before.
        before: for a state that stays in its place, the tensor that reads it.
    """

    def __init__(self, result: int, tensor: Tensor, name: str, before: Tensor | None) -> None:
        super().__init__(name, tensor.type, None)
        self.result = result
        self.before = before

    @property
    def stacked(self) -> bool:
        """Whether it is another piece of memory in every step."""
        return self.before is None


@dataclass(frozen=True)
class Steps:
    """The body of one loop, with placeholders of its own.

    Attributes:
        node: the loop.
        loop: its parts.
        graph: what a step computes; its updates are of slots, in the order in which they are made.
        slots: one for each result.
    """

    node: Node
    loop: Loop
    graph: Graph
    slots: tuple[Slot, ...]

    @property
    def roots(self) -> list[Tensor]:
        """What a step computes, in the order of the loop's results."""
        values: dict[State, Tensor] = dict(self.graph.updates)
        return [values[slot] for slot in self.slots]

    @property
    def pairs(self) -> list[tuple[Tensor, Tensor]]:
        """What the loop reads outside, and what its body calls that, or one step's part of it."""
        return [*self.loop.elements, *self.loop.constants]

    @property
    def placeholders(self) -> list[Tensor]:
        """The inputs of the body."""
        return self.loop.placeholders

    @cached_property
    def goes_on(self) -> Tensor | None:
        """The boolean from whose first failure on no step changes anything, if there is one.

        Every state becomes another where it holds and else stays; it depends on states alone, and
        nothing is stacked.
        """
        if self.loop.outputs or any(slot.stacked for slot in self.slots):
            return None
        found: Tensor | None = None
        for carried, root in zip(self.loop.carried, self.roots, strict=True):
            node = root.node
            if node.op.name != "where" or node.inputs[2] is not carried.inside:
                return None
            if node.inputs[0].ndim or (found is not None and node.inputs[0] is not found):
                return None
            found = node.inputs[0]
        elements = {inside.node for _, inside in self.loop.elements}
        if found is None or not elements.isdisjoint(toposort([found])):
            return None
        return found

    @property
    def old(self) -> dict[State, Tensor]:
        """The tensor that reads each state that stays in its place."""
        return {slot: slot.before for slot in self.slots if slot.before is not None}


def steps_of(node: Node, training: bool) -> Steps:
    """The steps of a loop; nothing in them is shared with another loop."""
    loop = Loop.of(node)
    fresh = {t: placeholder(t.name, t.type) for t in loop.placeholders}
    roots = substitute(loop.roots, fresh)
    loop.elements = [(outside, fresh[inside]) for outside, inside in loop.elements]
    loop.constants = [(outside, fresh[inside]) for outside, inside in loop.constants]
    for carried in loop.carried:
        carried.inside = fresh[carried.inside]
    kept = [c.inside for c in loop.carried if not c.stacked]
    slots = []
    for k, root in enumerate(roots):
        state = loop.carried[k] if k < len(loop.carried) else None
        name = state.inside.name if state else node.outputs[k].name or root.name or "out"
        before = state.inside if state is not None and not state.stacked else None
        slots.append(Slot(k, root, name, before))
        if before is not None and _reads_in_place(root, kept, before):
            roots[k] = copy(root, fresh=True).named(f"new_{name}")
    updates = sorted(zip(slots, roots, strict=True), key=lambda pair: not pair[0].stacked)
    graph = Graph(loop.name, tuple(loop.placeholders), (), tuple(updates), training)
    return Steps(node, loop, graph, tuple(slots))


def _reads_in_place(root: Tensor, kept: Sequence[Tensor], own: Tensor) -> bool:
    """Whether a new state is the old one of another, or a view of one: it would change with it."""
    base = root
    while isinstance(base.node.op, Op) and base.node.op.view:
        base = base.node.inputs[0]
    return root is not own and any(base is t for t in kept)
