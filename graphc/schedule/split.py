"""A training function as two graphs: to the gradients, and from them to the parameters.

An optimiser's updates are found by their role; what each of them reads in the shape of its
parameter, besides states, is that parameter's gradient.  Gradients become states of their own, so
that the updates depend on nothing else and can be laid over flat vectors.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from graphc.ir import dims
from graphc.ir.graph import Graph, substituted
from graphc.ir.node import Node, State, Tensor, toposort
from graphc.ops.leaf import state_tensor
from graphc.schedule.flatten import GRADIENTS


def split(graph: Graph, slots: dict[State, State], names: tuple[str, str]) -> tuple[Graph, ...]:
    """Cut a function where its gradients are known.

    Args:
        graph: the function.
        slots: the state that holds each parameter's gradient; new ones are added.
        names: what the two parts are called.

    Returns:
        The part that computes outputs and gradients and the part that changes the states; the
        graph alone where no optimiser's updates are in it, or they can't be told apart.
    """
    gradients = _gradients(graph)
    if not gradients:
        return (graph,)
    held: dict[Tensor, Tensor] = {}
    for owner, gradient in gradients.items():
        slot = State(f"{owner.name}.grad", owner.type, None, slot=GRADIENTS, of=owner)
        held.setdefault(gradient, state_tensor(slots.setdefault(owner, slot)))
    replaced = substituted([t for _, t in graph.updates], held)
    both = zip(graph.updates, replaced, strict=True)
    late = tuple((state, new) for (state, _), new in both if _from_states([new]))
    done = {state for state, _ in late}
    early = tuple((state, value) for state, value in graph.updates if state not in done)
    update = Graph(names[1], (), (), late, graph.training)
    reads = {n.attrs["state"] for n in update.nodes if n.op.name == "state"}
    if not all(owner in done for owner in gradients) or any(s in reads for s, _ in early):
        return (graph,)
    kept = [(slots[owner], gradient) for owner, gradient in reversed(gradients.items())]
    return replace(graph, name=names[0], updates=(*early, *kept)), update


def _gradients(graph: Graph) -> dict[State, Tensor]:
    """The gradient by which an optimiser changes each parameter, where there is exactly one."""
    found: dict[State, Tensor] = {}
    for owner, _ in graph.updates:
        values = [t for s, t in graph.updates if s is owner or s.of is owner]
        if owner.trainable and all(_updates(t.node) for t in values):
            leaves = [t for t in _leaves(values, owner.type.rank) if t.type == owner.type]
            if len(leaves) == 1:
                found[owner] = leaves[0]
    return found


def _updates(node: Node) -> bool:
    return node.origin is not None and node.origin.role == "update"


def _leaves(values: Iterable[Tensor], rank: int) -> list[Tensor]:
    """What an optimiser's arithmetic starts from, but for states, constants, and the numbers that
    all parameters share."""
    leaves: dict[Tensor, None] = {}
    seen: set[Node] = set()
    stack = list(values)
    while stack:
        tensor = stack.pop()
        node = tensor.node
        shared = rank > 0 and not tensor.ndim
        if shared or node in seen or node.op.name == "state" or not node.rooted:
            continue
        seen.add(node)
        if _updates(node):
            stack += node.inputs
        else:
            leaves[tensor] = None
    return list(leaves)


def _from_states(values: list[Tensor]) -> bool:
    """Whether expressions depend on states and constants alone."""
    return not any(
        node.op.name in ("input", "dimension")
        or "stream" in node.attrs
        or dims.symbols([d for t in node.outputs for d in t.shape])
        for node in toposort(values)
    )
