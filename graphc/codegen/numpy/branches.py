"""Conditionals as source: ``if``, the statements of one branch, ``else``, those of the other."""

from __future__ import annotations

from typing import TypeVar

from graphc.codegen import constants
from graphc.codegen.numpy.body import Body
from graphc.codegen.numpy.inner import InnerBody, PlainInner, PlannedInner
from graphc.codegen.numpy.plain import PlainBody
from graphc.codegen.numpy.planned import PlannedBody
from graphc.ir.node import Node, Tensor
from graphc.ops.base import ATOM
from graphc.ops.cond.parts import BOTH
from graphc.ops.leaf import scalar_of
from graphc.schedule.branches import Branch
from graphc.schedule.order import Kind


class BranchBody(InnerBody):
    """What the branches of both styles share.

    Attributes:
        branch: which of the two it is.
    """

    def __init__(self, outer: Body, node: Node, position: int) -> None:
        branch, _ = outer.schedule.inner[node][position]
        assert isinstance(branch, Branch)
        self.branch = branch
        super().__init__(outer, node, outer.plan.inner[node][position])

    def _name_all(self) -> None:
        for outside, inside in self.branch.pairs:
            self.name_constant(outside, inside)
        for slot, value in zip(self.branch.slots, self.branch.roots, strict=True):
            result = self.node.outputs[slot.result]
            self.slots[slot] = self.stack(slot.result)
            if self.schedule.kind(value) is Kind.COMPUTE:
                self.shown[value] = self.outer.display(result, self.place[1] if self.place else ())


class PlannedBranch(BranchBody, PlannedInner):
    """A branch, into planned buffers."""

    def _commit(self) -> None:
        left = []
        for state, value in self.plan.commits:
            number = scalar_of(value)
            if number is None:
                left.append((state, value))
                continue
            text = constants.scalar(number, value.dtype)
            self.w.call("", f"{self.state_text(state)}.fill", [text])
        for state, value in left:
            with self.printing(value.node):
                self.w.store(self.state_text(state), self.text(value)[0])


class PlainBranch(BranchBody, PlainInner):
    """A branch, as expressions."""

    def stack(self, result: int) -> str:
        """Where a result goes: to its place outside at once if only one branch computes it, for
        after the conditional it may not be there."""
        tensor = self.node.outputs[result]
        if self.node.attrs["sides"][result] != BOTH and isinstance(self.outer, PlainInner):
            for slot, value in self.outer.graph.updates:
                if value is tensor:
                    self.outer.texts[tensor] = self.outer.slots[slot], ATOM
                    return self.outer.slots[slot]
        return super().stack(result)

    def target(self, tensor: Tensor) -> str:
        first = next((slot for slot, value in self.graph.updates if value is tensor), None)
        if first is not None and tensor.node not in self.schedule.inner:
            return self.slots[first]
        return super().target(tensor)

    def text(self, tensor: Tensor) -> tuple[str, int]:
        found = super().text(tensor)
        kind = self.schedule.kinds.get(tensor.node)
        printed = kind in (Kind.COMPUTE, Kind.VIEW, Kind.STATIC, Kind.HOST)
        return (self.target(tensor), ATOM) if printed and tensor not in self.texts else found

    def _commit(self) -> None:
        for slot, value in self.graph.updates:
            number = scalar_of(value)
            if number is not None and value.ndim:
                self.w.assign(self.slots[slot], self._full(value, number))
                continue
            text = self.text(value)[0]
            if value.ndim and self.schedule.base[value].node.op.name == "input":
                text = f"np.array({text})"  # a copy: what it reads outside may change
            if text != self.slots[slot]:
                self.w.assign(self.slots[slot], text)

    def _name(self, tensor: Tensor) -> bool:
        return tensor.node.op.name != "input" and super()._name(tensor)


_Kind = TypeVar("_Kind", PlannedBranch, PlainBranch)


def write_branches(outer: PlannedBody | PlainBody, kind: type[_Kind], node: Node) -> list[_Kind]:
    """Print a conditional; the bodies of its branches."""
    w = outer.w
    predicate = outer.condition(node.inputs[0])
    bodies = [kind(outer, node, position) for position in range(2)]
    then, otherwise = bodies
    if not then.branch.slots:
        w.line(f"if not {predicate}:")
    else:
        w.line(f"if {predicate}:")
        with w.indent():
            then.write()
        if otherwise.branch.slots:
            w.line("else:")
    if otherwise.branch.slots:
        with w.indent():
            otherwise.write()
    return bodies
