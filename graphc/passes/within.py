"""Passes inside loops and branches: a pass over a graph is a pass over the bodies in it too."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from graphc.ir.body import Body, bodies_of
from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor, make

Pass: TypeAlias = Callable[[Graph, Counter[str]], Graph]


def within(transform: Pass, graph: Graph, hits: Counter[str]) -> Graph:
    """Apply a pass to a graph, and to every body in it."""
    graph = transform(graph, hits)
    if not any(bodies_of(node) for node in graph.nodes):
        return graph

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        bodies = bodies_of(node)
        if not bodies:
            return None
        inner = {
            name: Body(within(transform, replace(body.graph, training=graph.training), hits))
            for name, body in bodies.items()
        }
        return make(node.op, inputs, {**node.attrs, **inner}).outputs

    return rewrite(graph, change)
