"""The planned style: statements into planned buffers; elementwise runs in place, and long ones
block by block."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from graphc.codegen.labels import Labels
from graphc.codegen.names import identifier, string
from graphc.codegen.numpy.body import Body, Emit, Names
from graphc.codegen.numpy.headers import ENTERED
from graphc.codegen.numpy.plain import INLINE
from graphc.codegen.program import Phase
from graphc.codegen.writer import LineTooLong, Writer
from graphc.ir import types
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, State, Tensor
from graphc.ops.base import ATOM, Op
from graphc.ops.cond import COND
from graphc.schedule.flatten import TRANSIENT
from graphc.schedule.fuse import Group, is_elementwise
from graphc.schedule.order import Kind
from graphc.schedule.pieces import stretches
from graphc.schedule.plan import Storage
from graphc.schedule.shares import Parts
from graphc.schedule.steps import Slot

if TYPE_CHECKING:
    from graphc.codegen.numpy.loops import PlannedSteps


class PlannedBody(Body):
    """Statements into planned buffers; elementwise runs in place, long ones block by block."""

    style = "planned"

    sizes = "s."

    def __init__(
        self,
        phase: Phase,
        labels: Labels,
        names: Names,
        writer: Writer,
        check_nan: bool = False,
    ) -> None:
        super().__init__(phase, labels, names, writer, check_nan)
        self._own_labels: dict[tuple[Node, str], str] = {}
        self._printed: set[Group] = set()
        self._sized = self._of_sizes()
        self.inner: list[PlannedBody] = []  # loops and branches, once they are printed
        self.parts: Parts | None = None  # of the batch, where it is divided
        self._unmet: list[Node] = []  # what parts still are to add up

    @property
    def divided(self) -> bool:
        """Whether this is computed on parts of a batch."""
        return self.parts is not None

    def divide(self, parts: Parts) -> None:
        """Print for parts of a batch, which meet and know the size of all of it."""
        self.parts = parts

    def dim(self, value: DimLike, node: Node | None = None) -> str:
        """A dimension; that of the batch, not of a part, for some nodes."""
        text = super().dim(value, node)
        if self.parts is None or node not in self.parts.whole:
            return text
        own = self.sizes + self.labels.dimension[self.parts.symbol]
        return re.sub(rf"\b{re.escape(own)}\b", "self._examples", text)

    def write(self) -> None:
        """Print the statements and the updates."""
        guarded = self._first_mutation()
        nodes = [n for n in self.schedule.order]
        position = 0
        while position < len(nodes) and nodes[position] is not guarded:
            self._node(nodes[position])
            position += 1
        if guarded is None:
            self._commit()
            return
        group = self._group(guarded)
        place = self._place(guarded)
        if group is not None:
            self.enter(guarded)
            self._hosts_between(group)
        elif place not in (None, self.block):
            self.begin(place[0])
            self.block = ENTERED
        self.w.line("with _Whole():  # no interruption may leave this half done")
        with self.w.indent():
            for node in nodes[position:]:
                self._node(node)
            self._commit()

    def _first_mutation(self) -> Node | None:
        """Where states begin to change, if that takes more than one statement.

        Gradients are no lasting state; a single in-place statement is whole by itself.
        """
        lasting = [s for s, _ in self.graph.updates if s.slot not in TRANSIENT]
        if not lasting:
            return None
        writers = []
        for node in self.schedule.order:
            stores = [self.plan.place.get(t) for t in node.outputs]
            if (
                any(storage is not None and storage.state in lasting for storage in stores)
                and self.schedule.kinds[node] is Kind.COMPUTE
            ):
                writers.append(node)
        commits = len(self.plan.commits)
        several = any(self._group(n) or n in self.schedule.inner for n in writers)
        if len(writers) + commits <= 1 and not several:
            return None
        if not writers:
            return None if commits <= 1 else self.schedule.order[-1]
        first = writers[0]
        group = self._group(first)
        return group.nodes[0] if group else first

    def _group(self, node: Node) -> Group | None:
        group = self.plan.fusion.group_of.get(node)
        return group if group is not None and group.blocked else None

    def _node(self, node: Node) -> None:
        kind = self.schedule.kinds[node]
        tensor = node.outputs[0]
        if kind is Kind.STATE:
            state = node.attrs["state"]
            if state.type.shape == () and self._read_by_host(tensor):
                convert = "float" if types.is_float(state.type.dtype) else "int"
                self.w.assign(self.labels.of[tensor], f"{convert}({self.state_text(state)})")
                self.texts[tensor] = (self.labels.of[tensor], ATOM)
        elif kind is Kind.STATIC:
            self.texts.setdefault(tensor, (f"s.{self.labels.of[tensor]}", ATOM))
        elif kind is Kind.HOST:
            self._host(node)
        elif kind is Kind.VIEW:
            self._view(node)
        elif kind is Kind.COMPUTE or node in self.schedule.pieces:
            self._compute(node)

    def _read_by_host(self, tensor: Tensor) -> bool:
        users = self.graph.users.get(tensor, [])
        return any(self.schedule.kinds[u] is Kind.HOST or u in self.schedule.inner for u in users)

    def _host(self, node: Node) -> None:
        tensor = node.outputs[0]
        if tensor in self.texts:
            return
        text, precedence = self.host(node)
        users = self.graph.users.get(tensor, [])
        root = any(r is tensor for r in self.graph.roots)
        inline = len(users) == 1 or node in self._sized  # alike blocks name no variables for these
        if (inline and len(text) <= INLINE and not tensor.name and not root) or (
            node.op.name == "dimension"
        ):
            self.texts[tensor] = (text, precedence)
            return
        self.enter(node)
        try:
            with self.printing(node):
                self.w.assign_in_steps(self.labels.of[tensor], text, self.labels.namer.fresh)
        except LineTooLong as error:
            raise self.too_long(error, node) from error
        self.texts[tensor] = (self.labels.of[tensor], ATOM)

    def _of_sizes(self) -> set[Node]:
        """The numbers that depend on sizes alone."""
        found: set[Node] = set()
        kinds = self.schedule.kinds
        for node in self.schedule.order:
            if (
                kinds[node] is Kind.HOST
                and node.op.name != "input"
                and all(t.node in found or kinds.get(t.node) is Kind.LITERAL for t in node.inputs)
            ):
                found.add(node)
        return found

    def _view(self, node: Node) -> None:
        tensor = node.outputs[0]
        text, precedence = self.own(node)
        base = self.schedule.base[tensor]
        own = text.endswith(".T") and node.inputs[0].ndim == 2
        simple = own and self.text(node.inputs[0])[1] is ATOM and text.count("(") == 0
        if simple:
            self.texts[tensor] = (text, precedence)
        elif self.moves(base):
            self.enter(node)
            with self.printing(node):
                self.w.assign(self.labels.of[tensor], text)
            self.texts[tensor] = (self.labels.of[tensor], ATOM)
        else:
            self.texts[tensor] = (f"s.{self.labels.of[tensor]}", ATOM)

    def moves(self, base: Tensor) -> bool:
        """Whether a tensor is elsewhere in every call, or in every step: an argument, an element of a
        stack, or a number."""
        storage = self.plan.place.get(base)
        slot = storage.state if storage is not None else None
        kind = self.schedule.kind(base)
        number = kind is Kind.HOST and base.node not in self._sized
        return kind is Kind.INPUT or number or (isinstance(slot, Slot) and slot.stacked)

    def reshapes(self, tensor: Tensor) -> bool:
        """Whether a tensor lies in a state, or in a piece of the arena, that has another shape."""
        storage = self.plan.place[tensor]
        if (state := storage.state) is not None:
            return tensor.ndim > 0 and tensor.shape != state.type.shape
        return storage.reshapes(tensor)

    def place_text(self, tensor: Tensor) -> str:
        """The buffer that a computed tensor is written to."""
        if (piece := self.schedule.pieces.get(tensor.node)) is not None:
            return self.place_text(piece.whole.outputs[0]) + piece.where
        storage = self.plan.place[tensor]
        if storage.state is not None and not self.reshapes(tensor):
            return self.state_text(storage.state)
        return f"s.{self.labels.of[tensor]}"

    def keeps(self, storage: Storage) -> bool:
        """Whether a storage has memory of its own, which later phases do not use."""
        return False

    def _compute(self, node: Node) -> None:
        group = self._group(node)
        self._meet(before=node if group is None and node not in self.schedule.inner else None)
        if node in self.schedule.inner:
            self._bodies(node)
            return
        if group is not None:
            self._blocked(group)
            return
        self.enter(node)
        out = self.place_text(node.outputs[0])
        self._statements(node, out)
        self.watch(node, out)
        self.texts[node.outputs[0]] = (out, ATOM)
        if self.parts is not None and node.outputs[0] in self.parts.meetings:
            self._unmet.append(node)

    def loop_body(self, node: Node) -> PlannedSteps:
        """What prints a loop."""
        from graphc.codegen.numpy.loops import PlannedSteps

        return PlannedSteps(self, node)

    def branches(self, node: Node) -> Sequence[PlannedBody]:
        """Print a conditional; the bodies of its branches."""
        from graphc.codegen.numpy.branches import PlannedBranch, write_branches

        return write_branches(self, PlannedBranch, node)

    def _bodies(self, node: Node) -> None:
        """Print a loop or a conditional."""
        self.enter(node)
        with self.printing(node):
            if node.op is COND:
                self.inner += self.branches(node)
            else:
                body = self.loop_body(node)
                self.inner.append(body)
                body.write()
                self.starts += body.starts
        self.starts.append((self.w.count, self.block))
        for tensor in node.outputs:
            self.texts[tensor] = (self.place_text(tensor), ATOM)

    def _statements(self, node: Node, out: str) -> None:
        op = node.op
        assert isinstance(op, Op)
        scratch = [
            f"s.{self.scratch_label(node, k)}" for k in range(len(self.plan.scratch.get(node, ())))
        ]
        self.helpers.update(getattr(op, "helpers", ()))
        emit = Emit(self, node, out, scratch, [f"s.{name}" for name, _ in self.prepared(node)])
        if not is_elementwise(op) or op.name == "where":  # these write before they read all
            self._call_by_result(node, out)
        try:
            with self.printing(node):
                pieces = any(self._is_piece(t) for t in node.inputs)
                for text in self._copies(node, out) if pieces else op.planned(emit):
                    prefix, _, expression = _split_assignment(text)
                    if not self._pointless(text):
                        self.w.statement(prefix, expression)
        except LineTooLong as error:
            raise self.too_long(error, node) from error

    def _copies(self, node: Node, out: str) -> Iterator[str]:
        """Copy those operands of a concatenation that are not computed into it."""
        for k, tensor in enumerate(node.inputs):
            if not self._is_piece(tensor):
                yield f"np.copyto({out}{stretches(node)[k]}, {self.operand(node, tensor)[0]})"

    def _is_piece(self, operand: Tensor) -> bool:
        """Whether an operand is computed where it is read from."""
        return self.schedule.kind(operand) is Kind.INNER

    def _meet(self, before: Node | None = None) -> None:
        """Add up what the parts of a batch have computed, once a node needs all of it, or is in
        another part of the network."""
        if self.parts is None or not self._unmet:
            return
        unmet, first = [node.outputs[0] for node in self._unmet], self._unmet[0]
        if before is not None and _scope(before) == _scope(first):
            base = self.schedule.base
            if {base.get(t, t) for t in before.inputs}.isdisjoint(unmet):
                return
        self.helpers.add("meet")
        for how in dict.fromkeys(self.parts.meetings[t] for t in unmet):
            these = [t for t in unmet if self.parts.meetings[t] == how]
            with self.printing(first):
                self.w.call("", "_meet", ["self", string(how), *[self.text(t)[0] for t in these]])
        self._unmet = []

    def _call_by_result(self, node: Node, out: str) -> None:
        """Call an operand that lies where the result does by the result's name."""
        place = self.plan.place
        for tensor in node.inputs:
            if tensor in place and place[tensor] is place.get(node.outputs[0]):
                self.texts[tensor] = (out, ATOM)

    @staticmethod
    def _pointless(text: str) -> bool:
        """Whether a statement copies a buffer onto itself, as in-place ops may ask for."""
        if not text.startswith("np.copyto(") or not text.endswith(")"):
            return False
        parts = text[len("np.copyto(") : -1].split(", ")
        return len(parts) == 2 and parts[0] == parts[1]

    def scratch_label(self, node: Node, position: int) -> str:
        """The name of a scratch buffer."""
        op = node.op
        assert isinstance(op, Op)
        return self._own_label(node, op.scratch_names(node)[position])

    def prepared(self, node: Node) -> list[tuple[str, str]]:
        """The name and the expression of what a node's statements find ready."""
        op = node.op
        assert isinstance(op, Op)
        return [(self._own_label(node, name), text) for name, text in op.prepared(Emit(self, node))]

    def _own_label(self, node: Node, name: str) -> str:
        """A name for something of a node's own, after the node's result."""
        key = (node, name)
        if key not in self._own_labels:
            base = f"{self.labels.of[node.outputs[0]]}_{name}"
            self._own_labels[key] = self.labels.namer.fresh(base)
        return self._own_labels[key]

    def _blocked(self, group: Group) -> None:
        """A whole group as one loop over blocks; printed at its first node."""
        if group in self._printed:
            return
        self._printed.add(group)
        self.enter(group.nodes[0])
        self._hosts_between(group)
        variables, _ = self.block_variables(group)
        self.w.loop(list(dict.fromkeys(variables.values())), f"s.{self.block_label(group)}")
        outer = dict(self.texts)
        with self.w.indent():
            for key, name in variables.items():
                for tensor in self._at(key, group):
                    self.texts[tensor] = (name, ATOM)
            for node in group.nodes:
                out = variables[self._key(node.outputs[0])]
                self._statements(node, out)
                self.texts[node.outputs[0]] = (out, ATOM)
        self.texts = {**self.texts, **outer}

    def _hosts_between(self, group: Group) -> None:
        """Compute the numbers that a loop needs before it begins."""
        order = self.schedule.order
        first, last = order.index(group.nodes[0]), order.index(group.nodes[-1])
        for node in order[first:last]:
            if self.schedule.kinds[node] in (Kind.HOST, Kind.STATE, Kind.STATIC):
                self._node(node)

    def block_label(self, group: Group) -> str:
        """The name of the list of blocks of a group: after the part of the network it is of."""
        blocked = [g for g in self.plan.fusion.groups if g.blocked]
        origin = group.nodes[0].origin
        name = identifier("_".join(origin.scope) if origin else "all")
        return f"{name}_blocks" + (f"_{blocked.index(group) + 1}" if len(blocked) > 1 else "")

    def _key(self, tensor: Tensor) -> int:
        storage = self.plan.place.get(tensor)
        return id(storage) if storage is not None else id(tensor)

    def _at(self, key: int, group: Group) -> Iterator[Tensor]:
        for node in group.nodes:
            for tensor in (*node.inputs, *node.outputs):
                if self._key(tensor) == key:
                    yield tensor

    def block_variables(self, group: Group) -> tuple[dict[int, str], dict[int, Tensor]]:
        """The loop variable for each array that a blocked group touches, and a tensor in it."""
        variables: dict[int, str] = {}
        sample: dict[int, Tensor] = {}
        scratch = 0
        for node in group.nodes:
            for tensor in (*node.inputs, *node.outputs):
                if not tensor.ndim or self._key(tensor) in variables:
                    continue
                storage = self.plan.place.get(tensor)
                state = tensor.node.attrs.get("state") if storage is None else storage.state
                if isinstance(state, State):
                    name = identifier(getattr(state, "vector", self.labels.strip(state.name)))
                elif storage is not None and not storage.holds(tensor):
                    scratch += 1
                    name = f"scratch_{scratch}" if scratch > 1 else "scratch"
                else:
                    name = self.labels.of[tensor]
                if name not in variables.values():
                    sample[self._key(tensor)] = tensor
                variables[self._key(tensor)] = name
        return variables, sample

    def _commit(self) -> None:
        self._meet()
        if not self.plan.commits:
            return
        self.starts.append((self.w.count, None))
        for state, value in self.plan.commits:
            with self.printing(value.node):
                self.w.store(self.state_text(state), self.text(value)[0])


def _scope(node: Node) -> tuple[str, ...]:
    return node.origin.scope if node.origin else ()


def _split_assignment(text: str) -> tuple[str, str, str]:
    """``(prefix, sign, expression)`` of a statement: ``x[...] = y`` has a prefix, a call has none."""
    depth = 0
    for i, char in enumerate(text):
        depth += char in "([{"
        depth -= char in ")]}"
        if depth == 0 and text[i : i + 3] == " = ":
            return text[: i + 3], "=", text[i + 3 :]
        if depth == 0 and text[i : i + 4] in (" += ", " -= ", " *= ", " /= "):
            return text[: i + 4], text[i + 1 : i + 3], text[i + 4 :]
    return "", "", text
