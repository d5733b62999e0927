"""A graph: what one function computes, from which inputs, and what its states become.

A :class:`Graph` is a set of roots over interned nodes; a pass makes a new graph from one.
:func:`verify` checks what every pass must keep.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from operator import is_
from typing import TYPE_CHECKING

from graphc.errors import RewriteError
from graphc.ir import origin as origins
from graphc.ir.node import Node, State, Tensor, make, toposort

if TYPE_CHECKING:
    import networkx


@dataclass(frozen=True)
class Graph:
    """One function as roots over the node graph.

    Attributes:
        name: the function's name.
        inputs: the input tensors, in the order of the arguments.
        outputs: name and tensor of each result.
        updates: each state that changes, with what it becomes.
        training: whether dropout and its kind are active.
    """

    name: str
    inputs: tuple[Tensor, ...]
    outputs: tuple[tuple[str, Tensor], ...]
    updates: tuple[tuple[State, Tensor], ...] = ()
    training: bool = False

    @property
    def roots(self) -> tuple[Tensor, ...]:
        """Everything that must be computed: outputs, then the new values of states."""
        return tuple(t for _, t in self.outputs) + tuple(t for _, t in self.updates)

    @cached_property
    def nodes(self) -> list[Node]:
        """All nodes, each after its inputs."""
        return toposort(self.roots)

    @cached_property
    def users(self) -> dict[Tensor, list[Node]]:
        """The nodes that read each tensor (a node that reads it twice is there twice)."""
        table: dict[Tensor, list[Node]] = {}
        for node in self.nodes:
            for tensor in node.inputs:
                table.setdefault(tensor, []).append(node)
        return table

    @cached_property
    def states(self) -> tuple[State, ...]:
        """Every state that is read or written, in order of first use."""
        found: dict[State, None] = {}
        for node in self.nodes:
            if isinstance(state := node.attrs.get("state"), State):
                found[state] = None
        for state, _ in self.updates:
            found[state] = None
        return tuple(found)

    def with_roots(self, mapping: Mapping[Tensor, Tensor]) -> Graph:
        """The same function with roots replaced where `mapping` names them."""
        return replace(
            self,
            outputs=tuple((name, mapping.get(t, t)) for name, t in self.outputs),
            updates=tuple((state, mapping.get(t, t)) for state, t in self.updates),
        )

    def to_networkx(self) -> networkx.MultiDiGraph:
        """The graph for analysis: nodes ``0..n`` in order with `op`, `types`, `name`, `scope`,
        `origin`, and the graph of its `body` where it is a loop, of `then` and `otherwise` where it
        is a conditional; an edge for each operand with its `position` and the `result` it reads."""
        import networkx as nx

        result = nx.MultiDiGraph(name=self.name)
        number = {node: i for i, node in enumerate(self.nodes)}
        for node, i in number.items():
            result.add_node(
                i,
                op=node.op.name,
                types=[str(t.type) for t in node.outputs],
                name=node.outputs[0].name,
                scope=".".join(node.origin.scope) if node.origin else "",
                origin=str(node.origin or ""),
            )
            for key, inner in _enclosed(node).items():
                result.nodes[i][key] = inner.to_networkx()
            for position, tensor in enumerate(node.inputs):
                result.add_edge(number[tensor.node], i, position=position, result=tensor.index)
        return result


def _enclosed(node: Node) -> dict[str, Graph]:
    """The graphs inside a node, by the names of its attributes."""
    held = {name: getattr(value, "graph", None) for name, value in node.attrs.items()}
    return {name: graph for name, graph in held.items() if isinstance(graph, Graph)}


def rewrite(
    graph: Graph, change: Callable[[Node, tuple[Tensor, ...]], Iterable[Tensor] | None]
) -> Graph:
    """Rebuild a graph from its inputs up.

    `change(node, inputs)` is given each node with its inputs already rebuilt, and returns the
    tensors that take the place of its results, or None to keep the op.  New nodes inherit the
    origin of the old one, new tensors its name.
    """
    mapping: dict[Tensor, Tensor] = {}
    for node in graph.nodes:
        inputs = tuple([mapping[t] for t in node.inputs])
        with origins.derived_from(node.origin):
            results = change(node, inputs)
            if results is None:
                same = all(map(is_, inputs, node.inputs))
                results = (node if same else make(node.op, inputs, node.attrs)).outputs
        for old, new in zip(node.outputs, results, strict=True):
            if old is new:
                mapping[old] = new
                continue
            if old.type != new.type:
                raise RewriteError(
                    f"a rewrite of {node.op.name} at {node.origin} changes its type "
                    f"from {old.type} to {new.type}"
                )
            if new.node.rooted or not old.node.rooted:  # else other programs may share it
                new.name = new.name or old.name
                new.whole = new.whole or old.whole
            mapping[old] = new
    return graph.with_roots(mapping)


def substituted(roots: Sequence[Tensor], replacements: Mapping[Tensor, Tensor]) -> list[Tensor]:
    """The same expressions with some tensors replaced, in one walk over all of them.

    Args:
        roots: the expressions.
        replacements: what takes the place of a tensor, in its type.
    """
    mapping = dict(replacements)
    for node in toposort(roots):
        inputs = tuple([mapping.get(t, t) for t in node.inputs])
        if all(map(is_, inputs, node.inputs)):
            continue
        with origins.derived_from(node.origin):
            made = make(node.op, inputs, node.attrs)
        for old, new in zip(node.outputs, made.outputs, strict=True):
            new.name = new.name or old.name
            new.whole = new.whole or old.whole
            mapping.setdefault(old, new)
    return [mapping.get(t, t) for t in roots]


def verify(graph: Graph, after: str = "construction") -> None:
    """Check what every graph must satisfy.

    Raises:
        RewriteError: naming the node and the pass after which it was found wrong.
    """

    def fail(what: str) -> None:
        raise RewriteError(f"graph '{graph.name}' is invalid after {after}: {what}")

    seen: set[Node] = set()
    given = {t.node for t in graph.inputs}
    for node in graph.nodes:
        for tensor in node.inputs:
            if tensor.node not in seen:
                fail(f"{node.op.name} at {node.origin} reads a result that comes later")
        seen.add(node)
        if node.op.name == "input" and node not in given:
            fail(f"it reads the input '{node.attrs['variable']}', which is not among its arguments")
        if node.verified:  # nodes do not change, nor do the graphs inside
            continue
        inferred = tuple(node.op.infer([t.type for t in node.inputs], node.attrs))
        if inferred != tuple(t.type for t in node.outputs):
            fail(f"{node.op.name} at {node.origin} has types {node.outputs}, not {inferred}")
        for inner in _enclosed(node).values():
            verify(inner, after)
        node.verified = True
    written: set[State] = set()
    for state, value in graph.updates:
        if state in written:
            fail(f"state '{state.name}' is updated twice")
        if value.type != state.type:
            fail(f"state '{state.name}' is {state.type} but becomes {value.type}")
        written.add(state)
