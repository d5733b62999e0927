"""The branches of a conditional, each as steps of its own, whose results go to the node's."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from graphc.ir.graph import Graph
from graphc.ir.node import Node, State, Tensor
from graphc.ops.bodies import placeholder, substitute
from graphc.ops.cond.parts import BOTH, SIDES, Choice
from graphc.schedule.steps import Slot


@dataclass(frozen=True)
class Branch:
    """One branch, with placeholders of its own.

    Attributes:
        node: the conditional.
        pairs: what the branch reads outside, and what it calls it.
        graph: what it computes; its updates are of slots.
        slots: one for each result that the branch computes.
    """

    node: Node
    pairs: tuple[tuple[Tensor, Tensor], ...]
    graph: Graph
    slots: tuple[Slot, ...]

    @property
    def roots(self) -> list[Tensor]:
        """What it computes, in the order of its slots."""
        return [value for _, value in self.graph.updates]

    @property
    def placeholders(self) -> list[Tensor]:
        """What it calls the tensors that it reads."""
        return [inside for _, inside in self.pairs]

    @property
    def old(self) -> Mapping[State, Tensor]:
        """The tensors that read states which stay in their place: none."""
        return {}


def branches_of(node: Node, training: bool) -> tuple[Branch, ...]:
    """The branches of a conditional; nothing in them is shared with one another."""
    choice = Choice.of(node)
    found = []
    for side, name in zip(SIDES, choice.names, strict=True):
        fresh = {t: placeholder(t.name, t.type) for t in choice.placeholders}
        results = substitute(choice.results[side], fresh)
        slots, updates = [], []
        for k, root in enumerate(results):
            if choice.sides[k] in (side, BOTH):
                slot = Slot(k, root, node.outputs[k].name or root.name or "out", None)
                slots.append(slot)
                updates.append((slot, root))
        pairs = tuple((outside, fresh[inside]) for outside, inside in choice.operands)
        inputs = tuple(inside for _, inside in pairs)
        graph = Graph(name, inputs, (), tuple(updates), training)
        found.append(Branch(node, pairs, graph, tuple(slots)))
    return tuple(found)
