"""The headers of blocks: for each part of the network its maths, shapes, and the user's line."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Iterator
from functools import cached_property

from graphc.codegen.formula import formula
from graphc.codegen.labels import Labels
from graphc.codegen.names import identifier
from graphc.codegen.writer import Writer
from graphc.ir import types
from graphc.ir.graph import Graph
from graphc.ir.node import Node, State, Tensor, toposort
from graphc.ops.base import Op
from graphc.schedule.flatten import GRADIENTS, Segment
from graphc.schedule.order import Kind, Schedule

ENTERED = ("", ("",))  # the block before the first one below the head of a loop, or of a guard


class Headers(ABC):
    """The blocks of a phase, and the comments above them.

    A block is a run of statements of one role (forward, backward, update) in one scope.
    """

    def __init__(self, schedule: Schedule, labels: Labels, writer: Writer) -> None:
        self.schedule = schedule
        self.graph: Graph = schedule.graph
        self.labels = labels
        self.w = writer
        self.block: tuple[str, tuple[str, ...]] | None = None
        self.starts: list[tuple[int, tuple[str, tuple[str, ...]] | None]] = []  # lines of blocks
        self.roles = self._find_roles()
        self.members = self._blocks()

    @abstractmethod
    def text(self, tensor: Tensor) -> tuple[str, int]:
        """A tensor as an operand, with its precedence."""

    def _blocks(self) -> dict[Node, int]:
        """The number of the block that each statement belongs to."""
        numbers: dict[Node, int] = {}
        current, number = None, 0
        for node in self.schedule.order:
            if self.schedule.kinds[node] not in (Kind.COMPUTE, Kind.HOST, Kind.INNER):
                continue
            place = self._place(node)
            if place is None:
                place = current
            elif place != current:
                current, number = place, number + 1
            numbers[node] = number
        return numbers

    def _find_roles(self) -> dict[Node, str]:
        """The role of each node: what the outputs need is forward, whoever asked for it first, and
        what runs beside it; of the rest, what is not part of an update is backward."""
        roles = {n: n.origin.role for n in self.schedule.order if n.origin is not None}
        if self.graph.outputs and self.graph.updates and "backward" in roles.values():
            forward = set(toposort([t for _, t in self.graph.outputs]))
            for node, role in roles.items():
                if node in forward or node in self.schedule.early:
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
        self.begin(place[0])
        self.block = place
        self.starts.append((self.w.count, place))
        self._block_header(node, place)

    def begin(self, role: str) -> None:
        """Print what stands before a block."""
        if self.block == ENTERED:
            pass  # the first block of a loop begins right below its head
        elif self.block is None or self.block[0] != role:
            if self.block is not None:
                self.w.blank()
            self.w.header(role)
        else:
            self.w.blank()

    def _block_header(self, node: Node, place: tuple[str, tuple[str, ...]]) -> None:
        assert node.origin is not None
        number = self.members[node]
        scope = place[1]
        title, where = self._heading(node, place)
        leaving = self._shown(self._leaving(number), place[0])
        remark = node.origin.remark if leaving else ""
        lead = f"{title}: " if title else ""
        line = where[where.rfind(":") :] if where else ""  # where there is no room for the file
        if (
            len(leaving) == 1
            and not remark
            and any(
                self._formula_line(lead, leaving[0], number, scope, place_, False)
                for place_ in dict.fromkeys([where, line])
            )
        ):
            return
        if title or where:
            room = self.w.room() - 2
            beside = f"{title}: {remark}" if remark else title
            if remark and len(beside) + 3 + len(where) > room:
                beside = title
            gap = max(room - len(beside) - len(where), 3)
            self.w.comment(f"{beside}{'':{gap if beside else 0}}{where}")
            if remark and beside == title:
                self.w.comment(remark, indent=2)
        for tensor in leaving:
            self._formula_line("  " if title else "", tensor, number, scope, "", True)

    def _shown(self, leaving: list[Tensor], role: str) -> list[Tensor]:
        """Which of the tensors that leave a block its header shows: those with names, then others;
        of an update, what the flat vectors become before what single states do."""
        named = [t for t in leaving if t.name]
        others = [t for t in leaving if not t.name]
        if role != "update":
            return [*named, *others[: max(4 - len(named), 0)]]
        flat = [t for t in others if any(isinstance(s, Segment) for s in self._becomes.get(t, ()))]
        single = [t for t in others if t not in set(flat)]
        return [*named, *flat, *single[: max(4 - len(flat), 0)]]

    def _heading(self, node: Node, place: tuple[str, tuple[str, ...]]) -> tuple[str, str]:
        """What a header says first: the part of the network, and the user's line."""
        assert node.origin is not None
        return ".".join(place[1]), str(node.origin) if node.origin.file else ""

    def _formula_line(
        self,
        lead: str,
        tensor: Tensor,
        number: int,
        scope: tuple[str, ...],
        where: str,
        certain: bool,
    ) -> bool:
        """One line of a header, the shape to the right; unless `certain`, only if it fits whole.

        What is too long calls its parts by their names, and takes two lines where these are not
        enough.  An update takes two lines before that: its parts are values of a moment, and what
        it makes of a state is what is looked for.
        """
        width = self.w.room() - 2
        if isinstance(tensor.node.op, Op) and tensor.node.op.encloses:
            return self._body_line(lead, self.display(tensor, scope), tensor, certain)
        right = types.shape_text(tensor.shape) + (f"   {where}" if where else "")
        name = self.display(tensor, scope)
        called = self._called(tensor, name)
        pieces = [t for t in tensor.node.inputs if t.node in self.schedule.pieces and not t.name]

        def mentions(body: str) -> bool:
            whole = self._mentions(body, tensor, name)
            return whole or any(self.display(piece, scope) in body for piece in pieces)

        def shown(length: int) -> str:
            return formula(
                tensor,
                lambda t: self.display(t, scope),
                lambda t: self._expands(t, number) or self.display(t, scope) in called,
                length,
            )

        def in_one_line(body: str) -> bool:
            text = f"{lead}{name} = {body}"
            fits = len(text) + 3 + len(right) <= width
            if fits:
                self.w.comment(f"{text}{right:>{width - len(text)}}")
            return fits

        def in_two_lines(body: str) -> bool:
            text = f"{lead}{name} = {body}"
            return not mentions(body) and self._in_two_lines(text, right, width)

        if certain and self.block is not None and self.block[0] == "update":
            whole = shown(2 * width)
            if (not mentions(whole) and in_one_line(whole)) or in_two_lines(whole):
                return True
        for length in (60, 30, 16, 0) if certain else (60,):
            body = shown(length)
            if (certain or pieces) and mentions(body):
                break  # a part of it would be called by the name of the whole
            if in_one_line(body):
                return True
        if certain and not pieces and in_two_lines(shown(width)):
            return True
        if certain:
            self.w.comment(f"{lead}{name}{right:>{max(width - len(lead + name), len(right) + 3)}}")
            for piece in pieces:
                self._formula_line(lead, piece, number, scope, "", True)
        return certain

    def _called(self, tensor: Tensor, name: str) -> list[str]:
        """What a tensor is called in formulas and in statements."""
        return sorted({name, self.labels.of.get(tensor, name)})

    def _mentions(self, body: str, tensor: Tensor, name: str) -> bool:
        """Whether a formula has a tensor, by what it is called in formulas or in statements."""
        called = self._called(tensor, name)
        if not any(word in body for word in called):
            return False  # most often; patterns take long to compile
        return bool(re.search(rf"(?<![\w.])({'|'.join(map(re.escape, called))})(?!\w)", body))

    def _body_line(self, lead: str, name: str, tensor: Tensor, certain: bool) -> bool:
        """A line for what a loop or a branch computes, whose formulas are inside."""
        if certain:
            assert isinstance(tensor.node.op, Op)
            text = f"{lead}{name}, {tensor.node.op.encloses}"
            right = types.shape_text(tensor.shape)
            self.w.comment(f"{text}{right:>{self.w.room() - 2 - len(text)}}")
        return certain

    def _in_two_lines(self, text: str, right: str, width: int) -> bool:
        """A formula broken before an operator, if two lines are enough: outside of parentheses if
        it can be, and before a sum rather than in a product."""
        room = width - len(right) - 3
        bare = re.sub(r"\[[^]]*\]", lambda index: "_" * len(index.group()), text)
        cuts = [
            (text.count("(", 0, found.start()) - text.count(")", 0, found.start()), found)
            for found in re.finditer(r" [-+*/] ", bare)
            if found.end() <= room and len(text) - found.start() + 4 <= width
        ]
        if not cuts:
            return False
        cut = min(cuts, key=lambda c: (c[0], c[1].group() in (" * ", " / "), -c[1].start()))[
            1
        ].start()
        self.w.comment(f"{text[:cut]}{right:>{width - cut}}")
        self.w.comment(text[cut + 1 :], indent=4)
        return True

    def _expands(self, tensor: Tensor, number: int) -> bool:
        """Whether a formula in a block shows what a tensor is computed from."""
        kind = self.schedule.kinds.get(tensor.node)
        if tensor.node in self.schedule.inner:
            return False
        if kind is Kind.VIEW:
            return True
        inside = kind in (None, Kind.HOST) or self.members.get(tensor.node) == number
        told = self.roles.get(tensor.node) == "update" and tensor in self._becomes
        return inside and not tensor.name and not told

    @cached_property
    def _statements_of(self) -> dict[int, list[Node]]:
        """The statements of each block."""
        found: dict[int, list[Node]] = {}
        for node in self.schedule.order:
            if node in self.members and self.schedule.kinds[node] is not Kind.HOST:
                found.setdefault(self.members[node], []).append(node)
        return found

    @cached_property
    def _roots(self) -> set[Tensor]:
        return set(self.graph.roots)

    @cached_property
    def _becomes(self) -> dict[Tensor, list[State]]:
        """The states that each tensor is a new value of."""
        found: dict[Tensor, list[State]] = {}
        for target, value in self.graph.updates:
            found.setdefault(value, []).append(target)
        return found

    def _leaving(self, number: int) -> list[Tensor]:
        """What a block computes for others."""
        roots = self._roots
        result = []
        for node in self._statements_of.get(number, ()):
            for tensor in node.outputs:
                users = [u for u in self._real_users(tensor)]
                outside = any(self.members.get(u, number) != number for u in users)
                if outside or tensor in roots or not users or tensor.name:
                    result.append(tensor)
        return result

    def _real_users(self, tensor: Tensor) -> Iterator[Node]:
        stack = [tensor]
        while stack:
            for user in self.graph.users.get(stack.pop(), []):
                if self.schedule.kinds[user] is Kind.VIEW:
                    stack.append(user.outputs[0])
                else:
                    yield user

    def display(self, tensor: Tensor, scope: tuple[str, ...]) -> str:
        """What a tensor is called in a formula."""
        state = tensor.node.attrs.get("state")
        if isinstance(state, State):
            return self.state_label(state, scope)
        for target in self._becomes.get(tensor, ()):
            if not tensor.name or target.slot == GRADIENTS:
                return self.display_update(target, scope)
        if self.schedule.kinds.get(tensor.node) is Kind.LITERAL:
            return self.text(tensor)[0]
        if (piece := self.schedule.pieces.get(tensor.node)) is not None and not tensor.name:
            return self.display(piece.whole.outputs[0], scope) + piece.where
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
