"""Loops as source: the head, what the states are at first, and the statements of one step.

A step's body is printed by a body of the surrounding style, whose arguments are elements of
stacks, `h[t]`, and whose results go to others, `h[t + 1]`.
"""

from __future__ import annotations

import re
from abc import abstractmethod

from graphc.codegen import constants
from graphc.codegen.numpy.body import Body, bare
from graphc.codegen.numpy.inner import InnerBody, PlainInner, PlannedInner
from graphc.codegen.numpy.plain import PlainBody
from graphc.codegen.numpy.planned import PlannedBody
from graphc.codegen.numpy.storage import numpy_name
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor
from graphc.ops.base import ATOM
from graphc.ops.leaf import scalar_of
from graphc.schedule.order import Kind
from graphc.schedule.steps import Steps

FEWEST_COLUMNS = 32  # that `_dot` takes at once


def element(stack: str, index: str, shift: DimLike, rank: int) -> str:
    """An element of a stack as an expression; of a stack of numbers, a window on it."""
    sign = "-" if isinstance(shift, int) and shift < 0 else "+"
    place = index if shift == 0 else f"{index} {sign} {str(shift).lstrip('-')}"
    return f"{stack}[{place}]" if rank else f"{stack}[{place}, ...]"


def window(sequence: Tensor) -> tuple[Tensor, DimLike]:
    """The stack that a sequence is a stretch of, and where it starts in it."""
    node = sequence.node
    if node.op.name != "slice" or node.attrs["drop"]:
        return sequence, 0
    (start, _, step), *rest = node.attrs["region"]
    whole = all(part == (0, size, 1) for part, size in zip(rest, sequence.shape[1:], strict=True))
    if step != 1 or not whole or not isinstance(start, int):
        return sequence, 0
    stack, shift = window(node.inputs[0])
    return stack, start + shift


class StepBody(InnerBody):
    """What the bodies of steps share: names for what changes from step to step.

    Attributes:
        steps: the loop.
        index: the variable that counts its steps.
    """

    def __init__(self, outer: Body, node: Node) -> None:
        steps, _ = outer.schedule.inner[node][0]
        assert isinstance(steps, Steps)
        self.steps = steps
        self.index = outer.labels.indices[_depth(outer)]
        super().__init__(outer, node, outer.plan.inner[node][0])

    def _name_all(self) -> None:
        self._name_states()
        self._name_operands()

    def write(self) -> None:
        """Print the whole loop."""
        self.outer.enter(self.node)
        loop = self.steps.loop
        self._begin()
        if loop.note:
            self.w.comment(loop.note)
        steps = f"range({bare(self.outer.dim(loop.length))})"
        steps = f"reversed({steps})" if loop.reverse else steps
        self.w.line(f"for {self.index} in {steps}:")
        start = self.w.count
        with self.w.indent():
            for step in self.schedule.order:
                self.enter(step)
                if step in self.members:
                    break  # its header comes before the windows that it looks through
            self._steps()
            if self.w.only_comments(start):
                self.w.line("pass")

    @abstractmethod
    def _steps(self) -> None:
        """Print the statements of one step."""

    def _leave(self, node: Node) -> None:
        """Leave the loop once nothing changes any more."""
        goes_on = self.steps.goes_on
        if goes_on is not None and node is goes_on.node:
            self.w.line(f"if not {self.text(goes_on)[0]}:")
            with self.w.indent():
                self.w.line("break")

    @abstractmethod
    def _begin(self) -> None:
        """Print what the states are before the first step."""

    def _name_states(self) -> None:
        loop, labels = self.steps.loop, self.labels
        old, new = (1, 0) if loop.reverse else (0, 1)
        for k, (slot, value) in enumerate(zip(self.steps.slots, self.steps.roots, strict=True)):
            stack, label = self.stack(k), labels.of[self.node.outputs[k]]
            rank = value.ndim
            state = k < len(loop.carried)
            shift = new if state else 0
            self.slots[slot] = element(stack, self.index, shift, rank) if slot.stacked else stack
            self.shown[value] = element(label, self.index, shift, 1)
            if state:
                inside = loop.carried[k].inside
                read = element(stack, self.index, old, rank) if slot.stacked else stack
                self.texts[inside] = read, ATOM
                self.shown[inside] = element(label, self.index, old, 1)

    def _name_operands(self) -> None:
        scope = self.place[1] if self.place else ()
        for sequence, inside in self.steps.loop.elements:
            stack, shift = window(sequence)
            text = self.outer.text(stack)[0]
            self.texts[inside] = element(text, self.index, shift, inside.ndim), ATOM
            name = self.outer.display(stack, scope)
            self.shown[inside] = element(name or text, self.index, shift, 1)
        for tensor, inside in self.steps.loop.constants:
            self.name_constant(tensor, inside)

    def _mentions(self, body: str, tensor: Tensor, name: str) -> bool:
        found = re.search(rf"(?<![\w.]){re.escape(name)}(?![\w[])", body)  # h is not h[t]
        return found is not None

    def _expands(self, tensor: Tensor, number: int) -> bool:
        view = self.schedule.kinds.get(tensor.node) is Kind.VIEW
        return super()._expands(tensor, number) and not (view and bool(tensor.name))


def _depth(body: object) -> int:
    depth = 0
    while isinstance(body, InnerBody):
        depth += isinstance(body, StepBody)
        body = body.outer
    return depth


class PlannedSteps(StepBody, PlannedInner):
    """The steps of a loop, into planned buffers."""

    def _compute(self, node: Node) -> None:
        super()._compute(node)
        self._leave(node)

    def _steps(self) -> None:
        PlannedBody.write(self)

    def dot(self, node: Node) -> str:
        """In a part of a batch each step multiplies few rows, and BLAS takes one thread."""
        columns = node.outputs[0].shape[-1]
        if not self.divided or not isinstance(columns, int) or columns % FEWEST_COLUMNS:
            return super().dot(node)
        self.helpers.add("dot")
        return "_dot"

    def _begin(self) -> None:
        loop = self.steps.loop
        first = self.dim(loop.length) if loop.reverse else "0"
        for k, carried in enumerate(loop.carried):
            target = self.stack(k)
            if carried.stacked:
                target += f"[{first}]" if carried.first.ndim else f"[{first}, ...]"
            number = scalar_of(carried.first)
            if number is not None:
                value = constants.scalar(number, carried.first.dtype)
                self.w.call("", f"{target}.fill", [value])
            elif (text := self.outer.text(carried.first)[0]) != target:
                self.w.call("", self.arrays("np.copyto"), [target, text])


class PlainSteps(StepBody, PlainInner):
    """The steps of a loop, as expressions."""

    def _statement(self, node: Node, kind: Kind) -> None:
        super()._statement(node, kind)
        self._leave(node)

    def _inlines(self, tensor: Tensor, text: str, kind: Kind) -> bool:
        return tensor is not self.steps.goes_on and super()._inlines(tensor, text, kind)

    def _steps(self) -> None:
        PlainBody.write(self)

    def _begin(self) -> None:
        loop = self.steps.loop
        first = self.dim(loop.length) if loop.reverse else "0"
        for k, result in enumerate(self.node.outputs):
            carried = loop.carried[k] if k < len(loop.carried) else None
            if carried is None or carried.stacked:
                dtype = numpy_name(result.dtype)
                shape = self.outer.shape(result.shape)
                self.w.assign(self.stack(k), f"np.empty({shape}, dtype=np.{dtype})")
            if carried is not None:
                number = scalar_of(carried.first) if carried.stacked else None
                text = self.outer.text(carried.first)[0] if number is None else str(number)
                self.w.assign(self.stack(k) + f"[{first}]" * carried.stacked, text)

    def _name(self, tensor: Tensor) -> bool:
        if tensor.node.op.name != "input":
            return super()._name(tensor)
        text, _ = self.texts[tensor]
        if not text.endswith("]"):
            return False
        name = self.labels.namer.fresh(f"{self.labels.of[tensor]}_{self.index}")
        self.w.assign(name, text)
        self.texts[tensor] = name, ATOM
        return True
