"""Flat vectors: all parameters in one array, their gradients in another, each moment in another.

An optimiser declares the same update for every parameter.  Where those updates are the same
elementwise expression, they become one update over a stretch of the flat vectors: one loop
instead of one for each layer, one array to save.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

from graphc.ir import origin as origins
from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, State, Tensor, attribute_key, make, toposort
from graphc.ir.types import TensorType
from graphc.ops.leaf import state_tensor
from graphc.ops.nn import SUM_OF_SQUARES
from graphc.schedule.fuse import is_elementwise

PARAMETERS = "params"
GRADIENTS = "grads"
STATISTICS = "stats"  # what a step keeps of its batch, for states that follow statistics
TRANSIENT = (GRADIENTS, STATISTICS)  # not part of what is saved


class Segment(State):
    """A stretch of a flat vector as one state: elements ``start`` to ``stop`` of `vector`."""

    def __init__(self, vector: str, dtype: str, start: int, stop: int) -> None:
        super().__init__(f"{vector}[{start}:{stop}]", TensorType(dtype, (stop - start,)), None)
        self.vector = vector
        self.start = start
        self.stop = stop


@dataclass(frozen=True)
class Vector:
    """One flat array that holds one kind of value for every parameter.

    Attributes:
        name: ``params``, ``grads``, or the slot's name (``mean``, ``momentum``, ...).
        members: the states in it with their offsets, in order.
    """

    name: str
    dtype: str
    members: tuple[tuple[State, int], ...]

    @property
    def size(self) -> int:
        """The number of elements."""
        return sum(_size(state) for state, _ in self.members)


@dataclass(frozen=True)
class Layout:
    """Where every state lives: in a flat vector, or in an array of its own.

    Attributes:
        vectors: the flat vectors, parameters first.
        singles: all other states (counters, running statistics).
    """

    vectors: tuple[Vector, ...] = ()
    singles: tuple[State, ...] = ()

    @cached_property
    def home(self) -> dict[State, Vector]:
        """The vector of each state that is in one."""
        return {state: vector for vector in self.vectors for state, _ in vector.members}

    @property
    def states(self) -> tuple[State, ...]:
        """All states, in the order in which they are laid out."""
        return tuple(s for v in self.vectors for s, _ in v.members) + self.singles


def _size(state: State) -> int:
    size = state.type.size
    assert isinstance(size, int)
    return size


def lay_out(states: Iterable[State], order: Iterable[State] = ()) -> Layout:
    """Put parameters, and what is kept for each of them, into flat vectors.

    Args:
        states: all states of a program.
        order: the parameters in the order in which they are to lie.
    """
    states = list(dict.fromkeys(states))
    parameters = list(dict.fromkeys([*order, *(s for s in states if s.trainable)]))
    rank = {s: i for i, s in enumerate(parameters)}
    families: dict[tuple[str, str], list[State]] = {}
    singles = []
    for state in states:
        if state.trainable:
            families.setdefault((PARAMETERS, state.type.dtype), []).append(state)
        elif state.of is not None and state.slot:
            families.setdefault((state.slot, state.type.dtype), []).append(state)
        else:
            singles.append(state)
    several = len({dtype for _, dtype in families}) > 1
    vectors = []
    for (name, dtype), members in families.items():
        members.sort(key=lambda s: rank.get(s.of or s, len(rank)))
        offset, placed = 0, []
        for state in members:
            placed.append((state, offset))
            offset += _size(state)
        vectors.append(Vector(f"{name}_{dtype}" if several else name, dtype, tuple(placed)))
    vectors.sort(
        key=lambda v: (not v.name.startswith(PARAMETERS), not v.name.startswith(GRADIENTS))
    )
    return Layout(tuple(vectors), tuple(singles))


@dataclass
class _Signatures:
    """Expressions as keys that are equal where two parameters are updated alike."""

    owner: State
    shared: dict[Tensor, int]
    failed: bool = False
    memo: dict[Node, Any] = field(default_factory=dict)
    leaves: dict[str, Tensor] = field(default_factory=dict)

    def key(self, tensor: Tensor) -> Any:
        node = tensor.node
        if node in self.memo:
            return self.memo[node]
        state = node.attrs.get("state")
        result: Any
        if isinstance(state, State) and (state is self.owner or state.of is self.owner):
            slot = PARAMETERS if state is self.owner else state.slot
            self.leaves[slot] = tensor
            result = ("slot", slot)
        elif tensor.ndim == 0:
            result = ("shared", self.shared.setdefault(tensor, len(self.shared)))
        elif node.op.name == "broadcast_to" and node.inputs[0].ndim == 0:
            result = self.key(node.inputs[0])
        elif is_elementwise(node.op) and tensor.shape == self.owner.type.shape:
            attrs = tuple((k, attribute_key(v)) for k, v in sorted(node.attrs.items()))
            result = (node.op, attrs, tuple(self.key(t) for t in node.inputs))
        else:
            self.failed = True
            result = None
        self.memo[node] = result
        return result


def group_parameters(graph: Graph) -> list[list[State]]:
    """The parameters of an update graph, those with the same update together."""
    shared: dict[Tensor, int] = {}
    groups: dict[Any, list[State]] = {}
    for owner in dict.fromkeys(s.of or s for s, _ in graph.updates if s.trainable or s.of):
        signature = _Signatures(owner, shared)
        own = sorted(
            ((s.slot or PARAMETERS, t) for s, t in graph.updates if s is owner or s.of is owner),
            key=lambda pair: pair[0],
        )
        key: Any = tuple((slot, signature.key(value)) for slot, value in own)
        if signature.failed or owner.type.shape == ():
            key = owner  # on its own
        groups.setdefault((owner.type.dtype, key), []).append(owner)
    return list(groups.values())


def merge(graph: Graph, layout: Layout, groups: list[list[State]]) -> Graph:
    """Replace the updates of each group by one update of a stretch of every flat vector."""
    merged: list[tuple[State, Tensor]] = []
    done: set[State] = set()
    graph = _whole_norms(graph, layout)
    for group in groups:
        result = _merge_group(graph, layout, group)
        if result is not None:
            merged += result
            done |= {s for s, _ in graph.updates if (s.of or s) in set(group)}
    rest = tuple((s, t) for s, t in graph.updates if s not in done)
    candidate = replace(graph, updates=(*rest, *merged))
    covered = {s for s, _ in graph.updates if s in done}
    reads = {n.attrs["state"] for n in candidate.nodes if n.op.name == "state"}
    return graph if covered & reads else candidate  # someone else reads a value that would change


def _stretch(layout: Layout, states: list[State]) -> Segment | None:
    """The stretch of a vector that holds exactly these states, in their order."""
    vector = layout.home.get(states[0])
    if vector is None:
        return None
    offsets = {s: o for s, o in vector.members}
    start = position = offsets[states[0]]
    for state in states:
        if offsets.get(state) != position:
            return None
        position += _size(state)
    return Segment(vector.name, vector.dtype, start, position)


def _merge_group(
    graph: Graph, layout: Layout, group: list[State]
) -> list[tuple[State, Tensor]] | None:
    if not _is_elementwise(graph, group[0]):
        return None  # it needs the parameter's own shape
    families: dict[str, list[State]] = {}
    for owner in group:
        related = [s for s in graph.states if s is owner or s.of is owner]
        for state in related:
            families.setdefault(PARAMETERS if state is owner else state.slot, []).append(state)
    if any(len(members) != len(group) for members in families.values()):
        return None
    flat: dict[str, Segment] = {}
    for slot, members in families.items():
        stretch = _stretch(layout, members)
        if stretch is None:
            return None
        flat[slot] = stretch
    first = group[0]
    leaves = {slot: state_tensor(s).named(s.vector) for slot, s in flat.items()}
    updates = [(s, t) for s, t in graph.updates if s is first or s.of is first]
    mapping: dict[Tensor, Tensor] = {}
    for node in toposort([t for _, t in updates]):
        tensor = node.outputs[0]
        read = node.attrs.get("state")
        if isinstance(read, State) and (read is first or read.of is first):
            mapping[tensor] = leaves[PARAMETERS if read is first else read.slot]
        elif tensor.ndim == 0:
            mapping[tensor] = tensor
        elif node.op.name == "broadcast_to" and node.inputs[0].ndim == 0:
            mapping[tensor] = node.inputs[0]
        else:
            with origins.derived_from(node.origin):
                made = make(node.op, [mapping[t] for t in node.inputs], node.attrs)
            mapping[tensor] = made.outputs[0]
    return [(flat[PARAMETERS if s is first else s.slot], mapping[t]) for s, t in updates]


def _is_elementwise(graph: Graph, owner: State) -> bool:
    signature = _Signatures(owner, {})
    for state, value in graph.updates:
        if state is owner or state.of is owner:
            signature.key(value)
    return not signature.failed


def _whole_norms(graph: Graph, layout: Layout) -> Graph:
    """Take the squared norm of a whole flat vector at once."""

    def change(node: Node, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
        if node.op is not SUM_OF_SQUARES:
            return None
        states = [s for t in inputs if isinstance(s := t.node.attrs.get("state"), State)]
        if len(states) < len(inputs):
            return None
        vector = layout.home.get(states[0])
        if vector is None or {s for s, _ in vector.members} != set(states):
            return None
        whole = Segment(vector.name, vector.dtype, 0, vector.size)
        return make(SUM_OF_SQUARES, (state_tensor(whole).named(whole.vector),)).outputs

    return rewrite(graph, change)
