"""A loop taken apart: what its steps carry, read and leave, each with its place in the body.

Passes and derivatives open a node with :meth:`Loop.of`, change the parts, and put them together
again with :meth:`Loop.close`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from graphc.ir.body import Body, body_of
from graphc.ir.dims import DimLike
from graphc.ir.graph import Graph
from graphc.ir.node import Node, Tensor, builders, make
from graphc.ir.types import TensorType
from graphc.ops.base import REGISTRY
from graphc.ops.bodies import called, substitute


def element_type(sequence: TensorType) -> TensorType:
    """The type of one step's part of a sequence."""
    return sequence.with_shape(sequence.shape[1:])


@dataclass(eq=False)
class Carried:
    """A state: what it is at first, what the body calls it, and what a step makes of it.

    Attributes:
        stacked: whether the loop's result is the value before and after every step; else only the
            last one.
    """

    first: Tensor
    inside: Tensor
    new: Tensor
    stacked: bool = True


@dataclass(eq=False)
class Loop:
    """The parts of a `scan`.

    Attributes:
        carried: its states.
        elements: its sequences, each with what the body calls one step's part.
        constants: what is the same in every step, each with what the body calls it.
        outputs: what each step leaves besides its states.
        length: the number of steps.
        reverse: whether the last element comes first.
        recompute: whether the way back computes each step again, to keep fewer stacks.
        note: what emitted code says above the loop.
        name: what the loop is called in printed graphs.
    """

    length: DimLike
    reverse: bool
    carried: list[Carried] = field(default_factory=list)
    elements: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    constants: list[tuple[Tensor, Tensor]] = field(default_factory=list)
    outputs: list[Tensor] = field(default_factory=list)
    recompute: bool = False
    name: str = "step"
    note: str = ""

    @classmethod
    def of(cls, node: Node, inputs: Sequence[Tensor] | None = None) -> Loop:
        """The parts of a node; `inputs` are its operands if others are to take their place."""
        body = body_of(node)
        assert body is not None
        given = tuple(inputs or node.inputs)
        inside, roots = body.graph.inputs, body.graph.roots
        a, b = node.attrs["states"], node.attrs["states"] + node.attrs["elements"]
        stacked = node.attrs["stacked"]
        return cls(
            node.attrs["length"],
            node.attrs["reverse"],
            [Carried(given[i], inside[i], roots[i], stacked[i]) for i in range(a)],
            list(zip(given[a:b], inside[a:b], strict=True)),
            list(zip(given[b:], inside[b:], strict=True)),
            list(roots[a:]),
            node.attrs["recompute"],
            body.graph.name,
            node.attrs.get("note", ""),
        )

    @property
    def roots(self) -> list[Tensor]:
        """What each step computes: new states, then outputs."""
        return [*(c.new for c in self.carried), *self.outputs]

    @property
    def placeholders(self) -> list[Tensor]:
        """The inputs of the body."""
        pairs = (*self.elements, *self.constants)
        return [*(c.inside for c in self.carried), *(inside for _, inside in pairs)]

    def read(self, sequence: Tensor, name: str = "") -> Tensor:
        """What the body calls a step's part of a sequence, which the loop now reads if it did not."""
        return called(self.elements, sequence, name, element_type(sequence.type))

    def use(self, tensor: Tensor, name: str = "") -> Tensor:
        """What the body calls a tensor that is the same in every step."""
        return called(self.constants, tensor, name or tensor.name or "c")

    def replace(self, table: Mapping[Tensor, Tensor]) -> None:
        """Compute with other tensors in the body in place of some."""
        if table:
            self.become(substitute(self.roots, table))

    def become(self, roots: Sequence[Tensor]) -> None:
        """Compute other new states and outputs."""
        for state, root in zip(self.carried, roots, strict=False):
            state.new = root
        self.outputs = list(roots[len(self.carried) :])

    def close(self) -> Node:
        """The node."""
        named = [(c.inside.name, c.new) for c in self.carried]
        named += [(t.name or f"out_{k}", t) for k, t in enumerate(self.outputs, 1)]
        graph = Graph(self.name, tuple(self.placeholders), tuple(named))
        attrs: dict[str, Any] = {
            "body": Body(graph),
            "states": len(self.carried),
            "elements": len(self.elements),
            "length": self.length,
            "reverse": self.reverse,
            "recompute": self.recompute,
            "stacked": tuple(c.stacked for c in self.carried),
        }
        if self.note:
            attrs["note"] = self.note
        given = [c.first for c in self.carried]
        given += [outside for outside, _ in (*self.elements, *self.constants)]
        return make(REGISTRY["scan"], given, attrs)


# ---- parts of stacks ----------------------------------------------------------------------


def part(stack: Tensor, start: DimLike, count: DimLike | None = None) -> Tensor:
    """`count` elements of a stack from `start` on; without a count, that one element."""
    region = (
        (start, 1 if count is None else count, 1),
        *((0, size, 1) for size in stack.shape[1:]),
    )
    taken: Tensor = builders["take_region"](stack, region, (0,) if count is None else ())
    return taken


def before(node: Node, state: int) -> Tensor:
    """A state before each step, in the order of the sequences."""
    return part(node.outputs[state], int(node.attrs["reverse"]), node.attrs["length"])


def after(node: Node, state: int) -> Tensor:
    """A state after each step, in the order of the sequences."""
    return part(node.outputs[state], int(not node.attrs["reverse"]), node.attrs["length"])


def last(node: Node, state: int) -> Tensor:
    """What a state is in the end."""
    if not node.attrs["stacked"][state]:
        return node.outputs[state]
    return part(node.outputs[state], 0 if node.attrs["reverse"] else node.attrs["length"])
