"""A graph inside a node: what a loop repeats, or one branch of two.

A :class:`Body` is an attribute, so nodes that hold equal bodies over the same operands are one
node.  Bodies are equal when they compute the same thing from their inputs, whatever these are
called.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from graphc.ir.graph import Graph
from graphc.ir.node import Node, Tensor, attribute_key


@dataclass(frozen=True, eq=False)
class Body:
    """A graph that a node applies to its operands, in the order of the graph's inputs.

    Attributes:
        graph: what is computed; it reads its inputs alone, and changes no state.
        sizes: the numbers behind symbolic dimensions, where they are known.
    """

    graph: Graph
    sizes: Mapping[str, int] = field(default_factory=dict)

    @cached_property
    def _key(self) -> tuple[Any, ...]:
        number: dict[Tensor, int] = {t: i for i, t in enumerate(self.graph.inputs)}
        steps = []
        for node in self.graph.nodes:
            if node.outputs[0] in number:
                continue
            attrs = tuple((k, attribute_key(v)) for k, v in sorted(node.attrs.items()))
            steps.append((node.op, tuple(number[t] for t in node.inputs), attrs))
            for tensor in node.outputs:
                number[tensor] = len(number)
        types = tuple(t.type for t in self.graph.inputs)
        return types, tuple(steps), tuple(number[t] for t in self.graph.roots)

    def __hash__(self) -> int:
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Body) and self._key == other._key

    def __repr__(self) -> str:
        return f"<{self.graph.name}>"

    def bound(self, sizes: Mapping[str, int]) -> Body:
        """The same graph, for given sizes."""
        return Body(self.graph, sizes)


def body_of(node: Node) -> Body | None:
    """The body that a node holds, if it is a loop."""
    body = node.attrs.get("body")
    return body if isinstance(body, Body) else None


def bodies_of(node: Node) -> dict[str, Body]:
    """All bodies that a node holds, by the names of the attributes: one of a loop, two of a
    conditional."""
    return {name: value for name, value in node.attrs.items() if isinstance(value, Body)}


def nodes_within(nodes: list[Node] | tuple[Node, ...]) -> Iterator[Node]:
    """Nodes in order, each followed by the nodes of its bodies, if it has any."""
    for node in nodes:
        yield node
        for body in bodies_of(node).values():
            yield from nodes_within(body.graph.nodes)
