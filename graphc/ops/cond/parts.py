"""A conditional taken apart: its predicate, what the branches read, and what each makes of it.

Passes and derivatives open a node with :meth:`Choice.of`, change the parts, and put them together
again with :meth:`Choice.close`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphc.ir.body import Body, bodies_of
from graphc.ir.graph import Graph
from graphc.ir.node import Node, Tensor, make
from graphc.ops.base import REGISTRY
from graphc.ops.bodies import called, substitute

SIDES = ("then", "otherwise")
BOTH = "both"


@dataclass(eq=False)
class Choice:
    """The parts of a `cond`.

    Attributes:
        predicate: the boolean that says which branch is computed.
        operands: what the branches read, each with what both call it.
        results: what each branch computes, by its side.
        sides: for each result the side that computes it; nobody reads the result of a single side
            where the other branch is taken.
        names: what the branches are called in printed graphs.
    """

    predicate: Tensor
    operands: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    results: dict[str, list[Tensor]] = field(default_factory=lambda: {s: [] for s in SIDES})
    sides: list[str] = field(default_factory=list)
    names: tuple[str, str] = SIDES

    @classmethod
    def of(cls, node: Node, inputs: Sequence[Tensor] | None = None) -> Choice:
        """The parts of a node; `inputs` are its operands if others are to take their place."""
        predicate, *given = inputs or node.inputs
        then, otherwise = (bodies_of(node)[side].graph for side in SIDES)
        return cls(
            predicate,
            list(zip(given, then.inputs, strict=True)),
            {"then": list(then.roots), "otherwise": list(otherwise.roots)},
            list(node.attrs["sides"]),
            (then.name, otherwise.name),
        )

    @property
    def roots(self) -> list[Tensor]:
        """What the branches compute, those of the first branch first."""
        return [t for side in SIDES for t in self.results[side]]

    @property
    def placeholders(self) -> list[Tensor]:
        """The inputs of both bodies."""
        return [inside for _, inside in self.operands]

    def use(self, tensor: Tensor, name: str = "") -> Tensor:
        """What the branches call a tensor of the surrounding graph."""
        return called(self.operands, tensor, name)

    def replace(self, table: Mapping[Tensor, Tensor]) -> None:
        """Compute with other tensors in the bodies in place of some."""
        if table:
            new = iter(substitute(self.roots, table))
            self.results = {side: [next(new) for _ in self.results[side]] for side in SIDES}

    def close(self) -> Node:
        """The node."""
        attrs: dict[str, Any] = {"sides": tuple(self.sides)}
        for side, name in zip(SIDES, self.names, strict=True):
            named = [(t.name or f"out_{k}", t) for k, t in enumerate(self.results[side], 1)]
            attrs[side] = Body(Graph(name, tuple(self.placeholders), tuple(named)))
        return make(REGISTRY["cond"], [self.predicate, *(t for t, _ in self.operands)], attrs)
