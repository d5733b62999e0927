"""The body of a phase in NumPy: statements in order, in blocks headed by their maths.

`PlainBody` prints expressions and lets NumPy allocate; `PlannedBody` prints the same statements
with ``out=`` into planned buffers.  Both share how operands, headers and updates are written.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from graphc.codegen import constants
from graphc.codegen.formula import formula
from graphc.codegen.labels import Labels
from graphc.codegen.names import identifier, string
from graphc.codegen.program import Phase
from graphc.codegen.writer import LineTooLong, Writer
from graphc.errors import CompileError
from graphc.ir import types
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, State, Stream, Tensor, toposort
from graphc.ops.base import ATOM, POWER, PRODUCT, SUM, TERNARY, Array, Op
from graphc.ops.elementwise import Elementwise
from graphc.ops.leaf import scalar_of
from graphc.schedule.flatten import GRADIENTS, Segment
from graphc.schedule.fuse import Group
from graphc.schedule.order import Kind

INLINE = 34  # a longer expression gets a line of its own

_PYTHON_PRECEDENCE = {
    "{0} + {1}": SUM,
    "{0} - {1}": SUM,
    "{0} * {1}": PRODUCT,
    "{0} / {1}": PRODUCT,
    "{0} ** {1}": POWER,
    "{0} ** 2": POWER,
}


@dataclass
class Names:
    """How emitted code refers to what outlives a call.

    Attributes:
        state: the expression for each state's array (``p.dense_1_W``).
        stream: the expression for each random stream's generator.
        constant: the name of each large constant.
    """

    state: dict[State, str]
    stream: dict[Stream, str]
    constant: dict[int, str]


class Body:
    """What the two styles share: operands as text, block headers."""

    style = ""

    def __init__(
        self,
        phase: Phase,
        labels: Labels,
        names: Names,
        writer: Writer,
        check_nan: bool = False,
    ) -> None:
        self.phase = phase
        self.check_nan = check_nan
        self.plan = phase.plan
        self.schedule = phase.plan.schedule
        self.graph = self.schedule.graph
        self.labels = labels
        self.names = names
        self.w = writer
        self.texts: dict[Tensor, tuple[str, int]] = {}  # expressions in place of names
        self.block: tuple[str, tuple[str, ...]] | None = None
        self.roles = self._find_roles()
        self.members = self._blocks()
        self.helpers: set[str] = set()

    # ---- operands ---------------------------------------------------------------------------

    def dim(self, value: DimLike) -> str:
        """A dimension as an expression over the sizes of the arguments."""
        return self.labels.size(value, self.sizes)

    sizes = ""  # what comes before the name of a dimension

    def watch(self, node: Node, text: str) -> None:
        """With ``check="nan"``: stop at the first statement that makes a NaN, and say which."""
        if not self.check_nan or not types.is_float(node.outputs[0].dtype):
            return
        scope = ".".join(self.labels.scope(node.origin.scope)) if node.origin else ""
        what = f"{node.op.name} of {scope}" if scope else node.op.name
        place = string(f"{what} at {node.origin or 'no line of yours'}")
        self.w.call("", "_refuse_nan", [text, string(self.labels.of[node.outputs[0]]), place])

    def shape(self, shape: Sequence[DimLike]) -> str:
        """A shape as a tuple."""
        inner = ", ".join(self.dim(d) for d in shape)
        return f"({inner},)" if len(shape) == 1 else f"({inner})"

    def literal(self, value: Array) -> str:
        """A constant as an expression."""
        if value.ndim == 0:
            return constants.scalar(value, value.dtype.name)
        name = self.names.constant.get(id(value))
        return name or constants.array(value, limit=value.size) or ""

    def text(self, tensor: Tensor) -> tuple[str, int]:
        """A tensor as an operand, with its precedence."""
        if tensor in self.texts:
            return self.texts[tensor]
        kind = self.schedule.kind(tensor)
        if kind is Kind.LITERAL:
            return self._own(tensor.node)
        if kind is Kind.STATE:
            return self.state_text(tensor.node.attrs["state"]), ATOM
        return self.labels.of[tensor], ATOM

    def state_text(self, state: State) -> str:
        """The array that holds a state."""
        return self.names.state[state]

    def _own(self, node: Node) -> tuple[str, int]:
        """A node's plain expression."""
        assert isinstance(node.op, Op)
        self.helpers.update(getattr(node.op, "helpers", ()))
        filled = None if node.op.name != "copy" or node.rooted else scalar_of(node.outputs[0])
        if filled is not None:
            return self._full(node.outputs[0], filled), ATOM
        result = node.op.plain(_Emit(self, node))
        text, precedence = result if isinstance(result, tuple) else (result, ATOM)
        return hug_powers(text), precedence

    def _full(self, tensor: Tensor, value: float) -> str:
        """An array that is one number everywhere."""
        shape, dtype = self.shape(tensor.shape), tensor.dtype.replace("bool", "bool_")
        if value in (0, 1) and tensor.dtype != "bool":
            return f"np.{'ones' if value else 'zeros'}({shape}, dtype=np.{dtype})"
        return f"np.full({shape}, {constants.scalar(value, tensor.dtype)}, dtype=np.{dtype})"

    def operand(self, node: Node, tensor: Tensor) -> tuple[str, int]:
        """A tensor as an operand of a node: a number keeps its element type where the op does
        not take it from another operand."""
        text, binding = self.text(tensor)
        kind = self.schedule.kinds.get(tensor.node)
        if tensor.ndim or kind not in (Kind.LITERAL, Kind.HOST):
            return text, binding
        if isinstance(node.op, Elementwise):
            numbers = [t for t in node.inputs if t.dtype != "bool" and self._is_number(t)]
            floats = [t for t in node.inputs if t.dtype != "bool"]
            if len(numbers) < len(floats) or tensor.dtype == "bool":
                return text, binding
        dtype = tensor.dtype.replace("bool", "bool_")
        return f"np.{dtype}({text})", ATOM

    def _is_number(self, tensor: Tensor) -> bool:
        return self.schedule.kinds.get(tensor.node) in (Kind.LITERAL, Kind.HOST)

    def host(self, node: Node) -> tuple[str, int]:
        """A host node as a Python expression over floats and ints."""
        op = node.op
        assert isinstance(op, Op)
        if op.name == "dimension":
            return self._own(node)
        parts = [self.text(t) for t in node.inputs]
        if op.name == "cast":
            if types.is_float(node.outputs[0].dtype):
                return parts[0]  # Python divides and multiplies ints and floats alike
            return f"int({parts[0][0]})", ATOM
        assert isinstance(op, Elementwise) and op.python is not None
        template = op.python
        precedence = _PYTHON_PRECEDENCE.get(template, ATOM if "(" in template else TERNARY)
        called = "(" in template and precedence is ATOM
        texts = []
        for position, (text, binding) in enumerate(parts):
            weak = binding < precedence or (position and binding == precedence)
            weak = weak if template in _PYTHON_PRECEDENCE else binding < ATOM
            texts.append(f"({text})" if weak and not called else text)
        return hug_powers(template.format(*texts)), precedence

    # ---- headers ----------------------------------------------------------------------------

    def _blocks(self) -> dict[Node, int]:
        """The number of the block that each statement belongs to."""
        numbers: dict[Node, int] = {}
        current, number = None, 0
        for node in self.schedule.order:
            if self.schedule.kinds[node] not in (Kind.COMPUTE, Kind.HOST):
                continue
            place = self._place(node)
            if place is None:
                place = current
            elif place != current:
                current, number = place, number + 1
            numbers[node] = number
        return numbers

    def _find_roles(self) -> dict[Node, str]:
        """The role of each node: what the outputs need is forward, whoever asked for it first;
        of the rest, what is not part of an update is backward."""
        roles = {n: n.origin.role for n in self.schedule.order if n.origin is not None}
        if self.graph.outputs and self.graph.updates and "backward" in roles.values():
            forward = set(toposort([t for _, t in self.graph.outputs]))
            for node, role in roles.items():
                if node in forward:
                    roles[node] = "forward"
                elif role == "forward":
                    roles[node] = "backward"
        return roles

    def _place(self, node: Node) -> tuple[str, tuple[str, ...]] | None:
        if node.origin is None:
            return None
        return self.roles[node], self.labels.scope(node.origin.scope)

    def enter(self, node: Node) -> None:
        """Print the headers that are due before a node's statement."""
        place = self._place(node)
        if place is None or place == self.block or node not in self.members:
            return
        if self.block is None or self.block[0] != place[0]:
            if self.block is not None:
                self.w.blank()
            self.w.header(place[0])
        else:
            self.w.blank()
        self.block = place
        self._block_header(node, place)

    def _block_header(self, node: Node, place: tuple[str, tuple[str, ...]]) -> None:
        assert node.origin is not None
        number = self.members[node]
        scope = place[1]
        title = ".".join(scope)
        where = str(node.origin) if node.origin.file else ""
        leaving = sorted(self._leaving(number), key=lambda t: not t.name)[:4]
        if len(leaving) == 1 and self._formula_line(
            f"{title}: " if title else "", leaving[0], number, scope, where, False
        ):
            return
        if title or where:
            gap = max(self.w.room() - 2 - len(title) - len(where), 3)
            self.w.comment(f"{title}{'':{gap if title else 0}}{where}")
        for tensor in leaving:
            self._formula_line("  " if title else "", tensor, number, scope, "", True)

    def _formula_line(
        self,
        lead: str,
        tensor: Tensor,
        number: int,
        scope: tuple[str, ...],
        where: str,
        certain: bool,
    ) -> bool:
        """One line of a header, the shape to the right; unless `certain`, only if it fits whole."""
        width = self.w.room() - 2
        right = types.shape_text(tensor.shape) + (f"   {where}" if where else "")
        name = self.display(tensor, scope)
        for length in (60, 30, 16, 0) if certain else (60,):
            body = formula(
                tensor,
                lambda t: self.display(t, scope),
                lambda t: self._expands(t, number),
                length,
            )
            text = f"{lead}{name} = {body}"
            if len(text) + 3 + len(right) <= width:
                self.w.comment(f"{text}{right:>{width - len(text)}}")
                return True
        if certain:
            self.w.comment(f"{lead}{name}{right:>{max(width - len(lead + name), len(right) + 3)}}")
        return certain

    def _expands(self, tensor: Tensor, number: int) -> bool:
        """Whether a formula in a block shows what a tensor is computed from."""
        kind = self.schedule.kinds.get(tensor.node)
        if kind is Kind.VIEW:
            return True
        inside = kind in (None, Kind.HOST) or self.members.get(tensor.node) == number
        return inside and not tensor.name

    def _leaving(self, number: int) -> list[Tensor]:
        """What a block computes for others."""
        roots = {id(t) for t in self.graph.roots}
        result = []
        for node in self.schedule.order:
            if self.members.get(node) != number or self.schedule.kinds[node] is Kind.HOST:
                continue
            for tensor in node.outputs:
                users = [u for u in self._real_users(tensor)]
                outside = any(self.members.get(u, number) != number for u in users)
                if outside or id(tensor) in roots or not users or tensor.name:
                    result.append(tensor)
        return result

    def _real_users(self, tensor: Tensor) -> Iterator[Node]:
        for user in self.graph.users.get(tensor, []):
            if self.schedule.kinds[user] is Kind.VIEW:
                yield from self._real_users(user.outputs[0])
            else:
                yield user

    def display(self, tensor: Tensor, scope: tuple[str, ...]) -> str:
        """What a tensor is called in a formula."""
        state = tensor.node.attrs.get("state")
        if isinstance(state, State):
            return self.state_label(state, scope)
        for target, value in self.graph.updates:
            if value is tensor and (not tensor.name or target.slot == GRADIENTS):
                return self.display_update(target, scope)
        if self.schedule.kinds.get(tensor.node) is Kind.LITERAL:
            return self.text(tensor)[0]
        return self.labels.of.get(tensor) or (identifier(tensor.name) if tensor.name else "")

    def display_update(self, state: State, scope: tuple[str, ...]) -> str:
        """What the new value of a state is called in a formula."""
        if state.slot == GRADIENTS and state.of is not None:
            return f"d_{identifier(self.state_label(state.of, scope))}"
        return f"{self.state_label(state, scope)}'"

    def state_label(self, state: State, scope: tuple[str, ...]) -> str:
        """A state's name in a formula, without the scope that it is shown in."""
        if isinstance(state, Segment):
            return state.vector
        return self.labels.strip(state.name).removeprefix(".".join((*scope, "")))

    def too_long(self, error: LineTooLong, node: Node) -> CompileError:
        """The error for a statement that can't be printed."""
        return CompileError(f"{node.op.name} at {node.origin} prints too long a line: {error}")


class _Emit:
    """One node as its op sees it; see `graphc.ops.base.Emitter`."""

    def __init__(self, body: Body, node: Node, out: str = "", scratch: Sequence[str] = ()) -> None:
        self._body = body
        self.node = node
        self.out = out
        self.scratch = list(scratch)

    @property
    def args(self) -> list[str]:
        return [self._body.operand(self.node, t)[0] for t in self.node.inputs]

    def arg(self, position: int, precedence: int = ATOM) -> str:
        text, binding = self._body.operand(self.node, self.node.inputs[position])
        return f"({text})" if binding < precedence else text

    def dim(self, value: DimLike) -> str:
        return self._body.dim(value)

    def shape(self, shape: Sequence[DimLike]) -> str:
        return self._body.shape(shape)

    def literal(self, value: Array) -> str:
        return self._body.literal(value)

    @property
    def rng(self) -> str:
        return self._body.names.stream[self.node.attrs["stream"]]


class PlainBody(Body):
    """Pure expressions: a name for everything that has one, one idea a line."""

    style = "plain"

    def write(self) -> None:
        """Print the statements and the updates."""
        for node in self.schedule.order:
            kind = self.schedule.kinds[node]
            if kind in (Kind.INPUT, Kind.LITERAL):
                continue
            if kind is Kind.STATE:
                self._read_state(node)
                continue
            self._statement(node, kind)
        self._commit()

    def _read_state(self, node: Node) -> None:
        state = node.attrs["state"]
        if state.type.shape == ():
            convert = "float" if types.is_float(state.type.dtype) else "int"
            self.texts[node.outputs[0]] = (f"{convert}({self.state_text(state)})", ATOM)

    def _statement(self, node: Node, kind: Kind) -> None:
        tensor = node.outputs[0]
        text, precedence = self.host(node) if kind is Kind.HOST else self._own(node)
        if self._inlines(tensor, text, kind):
            self.texts[tensor] = (text, precedence)
            return
        self.enter(node)
        try:
            self.w.assign_in_steps(self.labels.of[tensor], text)
        except LineTooLong as error:
            raise self.too_long(error, node) from error
        if kind is Kind.COMPUTE:
            self.watch(node, self.labels.of[tensor])

    def _inlines(self, tensor: Tensor, text: str, kind: Kind) -> bool:
        users = self.graph.users.get(tensor, [])
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
        if self.block is not None:
            self.w.blank()
        for state, value in self.graph.updates:
            text = self.text(value)[0]
            self.w.assign(f"{self.state_text(state)}[...]", text)


class PlannedBody(Body):
    """Statements into planned buffers; elementwise runs in place, long ones block by block."""

    style = "planned"

    sizes = "s."

    def write(self) -> None:
        """Print the statements and the updates."""
        self._defined_groups: set[Group] = set()
        self._run_groups: set[Group] = set()
        guarded = self._first_mutation()
        nodes = [n for n in self.schedule.order]
        position = 0
        while position < len(nodes) and nodes[position] is not guarded:
            self._node(nodes[position])
            position += 1
        if guarded is None:
            self._commit()
            return
        self.enter(guarded)
        group = self._group(guarded)
        if group is not None:
            self._define_change(group)
        self.w.line("with _Whole():  # no interruption may leave this half done")
        with self.w.indent():
            for node in nodes[position:]:
                self._node(node)
            self._commit()

    def _first_mutation(self) -> Node | None:
        """Where states begin to change, if that takes more than one statement.

        Gradients are no lasting state; a single in-place statement is whole by itself.
        """
        lasting = [s for s, _ in self.graph.updates if s.slot != GRADIENTS]
        if not lasting:
            return None
        writers = []
        for node in self.schedule.order:
            storage = self.plan.place.get(node.outputs[0])
            if (
                storage is not None
                and storage.state in lasting
                and self.schedule.kinds[node] is Kind.COMPUTE
            ):
                writers.append(node)
        commits = len(self.plan.commits)
        if len(writers) + commits <= 1 and not any(self._group(n) for n in writers):
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
        elif kind is Kind.COMPUTE:
            self._compute(node)

    def _read_by_host(self, tensor: Tensor) -> bool:
        users = self.graph.users.get(tensor, [])
        return any(self.schedule.kinds[u] is Kind.HOST for u in users)

    def _host(self, node: Node) -> None:
        tensor = node.outputs[0]
        if tensor in self.texts:
            return
        text, precedence = self.host(node)
        users = self.graph.users.get(tensor, [])
        root = any(r is tensor for r in self.graph.roots)
        if (len(users) == 1 and len(text) <= INLINE and not tensor.name and not root) or (
            node.op.name == "dimension"
        ):
            self.texts[tensor] = (text, precedence)
            return
        self.enter(node)
        try:
            self.w.assign_in_steps(self.labels.of[tensor], text)
        except LineTooLong as error:
            raise self.too_long(error, node) from error
        self.texts[tensor] = (self.labels.of[tensor], ATOM)

    def _view(self, node: Node) -> None:
        tensor = node.outputs[0]
        text, precedence = self._own(node)
        base = self.schedule.base[tensor]
        own = text.endswith(".T") and node.inputs[0].ndim == 2
        simple = own and self.text(node.inputs[0])[1] is ATOM and text.count("(") == 0
        if simple:
            self.texts[tensor] = (text, precedence)
        elif self.schedule.kind(base) is Kind.INPUT:
            self.enter(node)
            self.w.assign(self.labels.of[tensor], text)
            self.texts[tensor] = (self.labels.of[tensor], ATOM)
        else:
            self.texts[tensor] = (f"s.{self.labels.of[tensor]}", ATOM)

    def place_text(self, tensor: Tensor) -> str:
        """The buffer that a computed tensor is written to."""
        storage = self.plan.place[tensor]
        if storage.state is not None:
            return self.state_text(storage.state)
        return f"s.{self.labels.of[tensor]}"

    def _compute(self, node: Node) -> None:
        group = self._group(node)
        if group is not None:
            self._blocked(group)
            return
        self.enter(node)
        out = self.place_text(node.outputs[0])
        self._statements(node, out)
        self.watch(node, out)
        self.texts[node.outputs[0]] = (out, ATOM)

    def _statements(self, node: Node, out: str) -> None:
        op = node.op
        assert isinstance(op, Op)
        scratch = [f"s.{self.scratch_label(node, k)}" for k in range(len(self.plan.scratch.get(node, ())))]
        self.helpers.update(getattr(op, "helpers", ()))
        emit = _Emit(self, node, out, scratch)
        if not isinstance(op, Elementwise) or op.ufunc == "np.where":
            self._call_by_result(node, out)
        try:
            for text in op.planned(emit):
                prefix, _, expression = _split_assignment(text)
                if not self._pointless(text):
                    self.w.statement(prefix, expression)
        except LineTooLong as error:
            raise self.too_long(error, node) from error

    def _call_by_result(self, node: Node, out: str) -> None:
        """Call an operand that lies where the result does by the result's name."""
        place = self.plan.place
        for tensor in node.inputs:
            if tensor in place and place[tensor] is place[node.outputs[0]]:
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
        return f"{self.labels.of[node.outputs[0]]}_scratch_{position + 1}"

    def _blocked(self, group: Group) -> None:
        """A whole group as a function of a block, run over all blocks; printed at its first node."""
        if group in self._run_groups:
            return
        self._run_groups.add(group)
        self._define_change(group)
        self.w.line(f"_in_parallel({self._change(group)}, s.{self.block_label(group)})")

    def _change(self, group: Group) -> str:
        return f"change_{self.block_label(group)}"

    def _define_change(self, group: Group) -> None:
        """The function that changes one block, unless it is there already."""
        if group in self._defined_groups:
            return
        self._defined_groups.add(group)
        self.enter(group.nodes[0])
        self._hosts_between(group)
        variables, _ = self.block_variables(group)
        if not self.w.opens_block():
            self.w.blank()
        self.w.define(self._change(group), list(dict.fromkeys(variables.values())))
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
        self.w.blank()

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
        scratch: dict[int, str] = {}  # pieces at one offset are one array
        for node in group.nodes:
            for tensor in (*node.inputs, *node.outputs):
                if not tensor.ndim or self._key(tensor) in variables:
                    continue
                storage = self.plan.place.get(tensor)
                state = tensor.node.attrs.get("state") if storage is None else storage.state
                if isinstance(state, State):
                    name = identifier(getattr(state, "vector", self.labels.strip(state.name)))
                elif storage is not None and storage.type != tensor.type:
                    count = len(scratch) + 1
                    name = f"scratch_{count}" if count > 1 else "scratch"
                    name = scratch.setdefault(storage.offset, name)
                else:
                    name = self.labels.of[tensor]
                if name not in variables.values():
                    sample[self._key(tensor)] = tensor
                variables[self._key(tensor)] = name
        return variables, sample

    def _commit(self) -> None:
        if not self.plan.commits:
            return
        for state, value in self.plan.commits:
            text = self.text(value)[0]
            self.w.line(f"{self.state_text(state)}[...] = {text}")


def hug_powers(text: str) -> str:
    """Write ``a ** b`` as formatters do: ``a**b`` where both operands are simple."""
    return re.sub(r"(?<![\w.)\]])(-?[\w.]+) \*\* (-?[\w.]+)(?![\w.(\[])", r"\1**\2", text)


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
