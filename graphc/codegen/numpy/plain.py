"""The plain style: pure NumPy expressions, a name for everything that has one."""

from __future__ import annotations

import re
from collections.abc import Sequence

from graphc.codegen.labels import Labels
from graphc.codegen.numpy.body import Body, Emit, Names
from graphc.codegen.program import Phase
from graphc.codegen.writer import LineTooLong, Writer
from graphc.ir import types
from graphc.ir.node import Node, State, Tensor
from graphc.ops.base import ATOM, Op
from graphc.ops.cond import COND
from graphc.schedule.flatten import TRANSIENT
from graphc.schedule.order import Kind

INLINE = 34  # a longer expression gets a line of its own


class PlainBody(Body):
    """Pure expressions: a name for everything that has one, one idea a line."""

    style = "plain"

    guards = True  # whether several changes are made as one

    def __init__(
        self,
        phase: Phase,
        labels: Labels,
        names: Names,
        writer: Writer,
        check_nan: bool = False,
    ) -> None:
        super().__init__(phase, labels, names, writer, check_nan)
        self.later: set[Node] = set()  # static arrays that nothing has used yet
        self.done: set[Node] = set()  # nodes whose text is known
        self.waiting: dict[Tensor, None] = {}  # expressions that are yet to be used

    def write(self) -> None:
        for node in self.schedule.order:
            kind = self.schedule.kinds[node]
            if kind in (Kind.INPUT, Kind.LITERAL) or node.op.name == "input":
                continue
            if kind is Kind.STATE:
                self._read_state(node)
                continue
            if kind is Kind.STATIC:
                self.later.add(node)
            else:
                self._statement(node, kind)
        self._commit()

    def text(self, tensor: Tensor) -> tuple[str, int]:
        if tensor.node in self.later:  # first use: the planned style alone may have needed it
            self.later.remove(tensor.node)
            self._statement(tensor.node, Kind.STATIC)
        return super().text(tensor)

    def _read_state(self, node: Node) -> None:
        state = node.attrs["state"]
        if state.type.shape == ():
            convert = "float" if types.is_float(state.type.dtype) else "int"
            self.texts[node.outputs[0]] = (f"{convert}({self.state_text(state)})", ATOM)

    def _bodies(self, node: Node) -> None:
        """Print a loop or a conditional."""
        from graphc.codegen.numpy.branches import PlainBranch, write_branches
        from graphc.codegen.numpy.loops import PlainSteps

        self.enter(node)
        with self.printing(node):
            if node.op is COND:
                write_branches(self, PlainBranch, node)
            else:
                PlainSteps(self, node).write()
        self._use(node)

    def target(self, tensor: Tensor) -> str:
        """What a tensor is assigned to."""
        return self.labels.of[tensor]

    def _statement(self, node: Node, kind: Kind) -> None:
        if node in self.schedule.inner:
            self._bodies(node)
            return
        tensor = node.outputs[0]
        text, precedence = self.host(node) if kind is Kind.HOST else self.own(node)
        self._use(node)
        if self._inlines(tensor, text, kind):
            self.texts[tensor] = (text, precedence)
            self.waiting[tensor] = None
            return
        self._save_from(self.target(tensor))
        self.enter(node)
        try:
            with self.printing(node):
                self._assign(node, text, kind)
        except LineTooLong as error:
            raise self.too_long(error, node) from error
        if kind is Kind.COMPUTE:
            self.watch(node, self.target(tensor))

    def _use(self, node: Node) -> None:
        """Take note that the operands of a node have been printed, alone or in its expression."""
        self.done.add(node)
        for tensor in node.inputs:
            if all(user in self.done for user in self.graph.users[tensor]):
                self.waiting.pop(tensor, None)

    def _assign(self, node: Node, text: str, kind: Kind) -> None:
        """Print a node's statement; where it has no form that fits, its operands before it."""
        label = self.target(node.outputs[0])
        try:
            self.w.assign_in_steps(label, text)
            return
        except LineTooLong:
            named = [t for t in node.inputs if self._name(t)]
        try:
            again = self.host(node) if kind is Kind.HOST else self.own(node)
            self.w.assign_in_steps(label, again[0] if named else text)
        except LineTooLong:
            assert isinstance(node.op, Op)
            call = node.op.call(Emit(self, node)) if kind is not Kind.HOST else None
            if call is None:
                raise
            self.w.call(f"{label} = ", *call)

    def _name(self, tensor: Tensor) -> bool:
        """Compute now what was to be printed as part of an expression."""
        text, own = self.texts.get(tensor, ("", ATOM))[0], self.labels.of.get(tensor, "")
        if not text or not own or text == own:
            return False
        self.texts[tensor] = (own, ATOM)
        self.waiting.pop(tensor, None)
        self._save_from(own)
        with self.printing(tensor.node):
            self.w.assign_in_steps(own, text)
        return True

    def _save_from(self, label: str) -> None:
        """Compute now what waits to be used in an expression and reads a name that is about to
        get another value."""
        for tensor in list(self.waiting):
            if re.search(rf"(?<![\w.]){re.escape(label)}(?!\w)", self.texts[tensor][0]):
                self._name(tensor)

    def _inlines(self, tensor: Tensor, text: str, kind: Kind) -> bool:
        users = self.graph.users.get(tensor, [])
        if any(user in self.schedule.inner for user in users) and tensor.ndim:
            return False  # it would be computed again in every step
        if tensor.node.op.name == "dimension" and users:
            return True
        if len(users) != 1 or any(root is tensor for root in self.graph.roots):
            return kind is Kind.VIEW and len(text) <= INLINE and tensor.ndim > 0 and bool(users)
        if getattr(tensor.node.op, "random", False) or len(text) > INLINE:
            return False
        if kind in (Kind.VIEW, Kind.STATIC):
            return True
        if self.check_nan:
            return False
        same = self.members.get(users[0]) == self.members.get(tensor.node)
        return same and not tensor.name and len(tensor.node.outputs) == 1

    def _commit(self) -> None:
        targets = [s for s, _ in self.graph.updates]
        if not targets:
            return
        self.starts.append((self.w.count, None))
        if self.block is not None:
            self.w.blank()
        if not self.guards or sum(state.slot not in TRANSIENT for state in targets) < 2:
            self._store(self.graph.updates)
            return
        self.w.line("with _Whole():  # no interruption may leave this half done")
        with self.w.indent():
            self._store(self.graph.updates)

    def _store(self, updates: Sequence[tuple[State, Tensor]]) -> None:
        rows = [(self.state_text(state), self.text(value)[0]) for state, value in updates]
        for (target, text), (_, value) in zip(rows, updates, strict=True):
            with self.printing(value.node):
                self.w.store(target, text)
