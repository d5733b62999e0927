"""What the bodies of loops and branches share: they are printed by a body of the surrounding style,
and what they compute goes to *slots*, results of the node that holds them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

from graphc.codegen.numpy.body import Body
from graphc.codegen.numpy.headers import ENTERED
from graphc.codegen.numpy.plain import PlainBody
from graphc.codegen.numpy.planned import PlannedBody
from graphc.codegen.program import Phase
from graphc.ir.node import Node, State, Tensor
from graphc.ops.base import ATOM
from graphc.schedule.order import Kind
from graphc.schedule.plan import Plan
from graphc.schedule.steps import Slot


class InnerBody(Body):
    """The body of a node, with names for what it reads and leaves outside.

    Attributes:
        outer: the body around it.
        node: the loop or conditional.
        shown: what formulas call what it reads and leaves.
        slots: where each result goes, as an expression.
    """

    def __init__(self, outer: Body, node: Node, plan: Plan) -> None:
        self.outer = outer
        self.node = node
        phase = Phase(outer.phase.name, "", plan)
        super().__init__(phase, outer.labels, outer.names, outer.w, outer.check_nan)
        self.helpers = outer.helpers
        self.shown: dict[Tensor, str] = {}
        self.slots: dict[State, str] = {}
        self.place = outer.block
        self.block = ENTERED
        self._name_all()

    @abstractmethod
    def _name_all(self) -> None:
        """Find expressions for everything that comes from outside or goes there."""

    @abstractmethod
    def stack(self, result: int) -> str:
        """The array of one of the node's results, as an expression."""

    def name_constant(self, outside: Tensor, inside: Tensor) -> None:
        """Call a tensor what it is called outside."""
        scope = self.place[1] if self.place else ()
        self.texts[inside] = self.outer.text(outside)
        turned = outside.node.inputs[0].node if outside.node.op.name == "copy" else outside.node
        matrix = turned.inputs[0] if turned.op.name == "transpose" else outside
        name = self.outer.display(matrix, scope)
        self.shown[inside] = name if matrix is outside else f"{name}^T"

    def state_text(self, state: State) -> str:
        return self.slots[state] if isinstance(state, Slot) else self.outer.state_text(state)

    def display(self, tensor: Tensor, scope: tuple[str, ...]) -> str:
        return self.shown.get(tensor) or super().display(tensor, scope)

    def _find_roles(self) -> dict[Node, str]:
        role = self.outer.roles.get(self.node, "forward")
        return {n: role for n in self.schedule.order if n.origin is not None}

    def _heading(self, node: Node, place: tuple[str, tuple[str, ...]]) -> tuple[str, str]:
        return ("", "") if place == self.place else super()._heading(node, place)


class PlannedInner(InnerBody, PlannedBody):
    """A body whose results go to planned buffers."""

    @property
    def divided(self) -> bool:
        assert isinstance(self.outer, PlannedBody)
        return self.outer.divided

    def _first_mutation(self) -> Node | None:
        return None  # what surrounds it guards the whole of it

    def stack(self, result: int) -> str:
        assert isinstance(self.outer, PlannedBody)
        return self.outer.place_text(self.node.outputs[result])


class PlainInner(InnerBody, PlainBody):
    """A body whose results go to variables, or to elements of stacks."""

    guards = False

    def stack(self, result: int) -> str:
        return self.labels.of[self.node.outputs[result]]

    def target(self, tensor: Tensor) -> str:
        storage = self.plan.place.get(tensor)
        slot = storage.state if storage is not None else None
        final = any(value is tensor for state, value in self.graph.updates if state is slot)
        if isinstance(slot, Slot) and final and tensor.node not in self.schedule.inner:
            return self.slots[slot]
        return super().target(tensor)

    def text(self, tensor: Tensor) -> tuple[str, int]:
        kind = self.schedule.kinds.get(tensor.node)
        if kind is Kind.COMPUTE and tensor not in self.texts:
            return self.target(tensor), ATOM
        return super().text(tensor)

    def _store(self, updates: Sequence[tuple[State, Tensor]]) -> None:
        rows = [(self.state_text(state), self.text(value)[0]) for state, value in updates]
        for target, text in rows:
            if target != text:
                self.w.assign(target, text)
