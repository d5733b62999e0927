"""A graph as ordered steps: what each node is at run time, and when its value is last read."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from graphc.ir import types
from graphc.ir.graph import Graph
from graphc.ir.node import Node, State, Tensor
from graphc.ops.base import Op
from graphc.ops.cond import COND
from graphc.ops.elementwise import Elementwise
from graphc.ops.scan import SCAN
from graphc.ops.shape import Reshape
from graphc.schedule.branches import Branch, branches_of
from graphc.schedule.steps import Steps, steps_of

if TYPE_CHECKING:
    from graphc.schedule.kernel import Kernel
    from graphc.schedule.pieces import Piece


class Kind(Enum):
    """What a node is at run time."""

    INPUT = "an argument"
    STATE = "a state's storage"
    LITERAL = "a number or small array written into the source"
    HOST = "a Python number, computed from 0-d states, sizes and numbers"
    STATIC = "an array that depends on sizes alone: computed once per batch size"
    VIEW = "a window on another tensor's memory"
    COMPUTE = "an array that a statement computes"
    INNER = "a variable of a kernel, or a piece of an array: never in memory of its own"


@dataclass(frozen=True)
class Schedule:
    """A graph in the order in which it runs.

    Attributes:
        graph: what is scheduled.
        order: its nodes, each after its inputs.
        kinds: what each node is at run time.
        inner: the bodies that nodes hold, each with its schedule: the steps of a loop, or both
            branches of a conditional, which are laid out as if one came after the other.
        early: nodes of the backward pass that run in the forward one.
        kernels: the kernel of each node that is in one: the nodes of one kernel run at one time.
        pieces: where results lie that are pieces of others.
    """

    graph: Graph
    order: tuple[Node, ...]
    kinds: dict[Node, Kind]
    inner: dict[Node, tuple[tuple[Steps | Branch, Schedule], ...]] = field(default_factory=dict)
    early: frozenset[Node] = frozenset()
    kernels: dict[Node, Kernel] = field(default_factory=dict)
    pieces: dict[Node, Piece] = field(default_factory=dict)

    @cached_property
    def start(self) -> dict[Node, int]:
        """When each node begins: time counts steps, and a loop takes as long as its body,
        a conditional as long as both branches."""
        table: dict[Node, int] = {}
        begun: dict[Kernel, int] = {}
        time = 0
        for node in self.order:
            if (kernel := self.kernels.get(node)) is not None:
                if kernel in begun:
                    table[node] = begun[kernel]
                    continue
                begun[kernel] = time
            table[node] = time
            time += self.duration(node)
        return table

    def stop(self, node: Node) -> int:
        """When a node is done."""
        return self.start[node] + self.duration(node) - 1

    def duration(self, node: Node) -> int:
        """How long a node takes."""
        bodies = self.inner.get(node, ())
        return max(1, sum(inner.end + 1 for _, inner in bodies) - 1)

    @cached_property
    def end(self) -> int:
        """The time after the last step."""
        return self.stop(self.order[-1]) + 1 if self.order else 0

    @cached_property
    def born(self) -> dict[Tensor, int]:
        """When each tensor is first written to."""
        first = dict(self.start)
        for node, piece in self.pieces.items():
            first[piece.whole] = min(first[piece.whole], first[node])
        return {t: first[node] for node in self.order for t in node.outputs}

    @cached_property
    def base(self) -> dict[Tensor, Tensor]:
        """The tensor whose memory each tensor uses: itself, or what it is a view of."""
        table: dict[Tensor, Tensor] = {}
        for node in self.order:
            for tensor in node.outputs:
                view = self.kinds[node] is Kind.VIEW
                table[tensor] = table[node.inputs[0]] if view else tensor
        return table

    @cached_property
    def waiting(self) -> tuple[Tensor, ...]:
        """What nodes that run early leave to the others."""
        users = self.graph.users
        return tuple(
            t
            for node in self.order
            if node in self.early
            for t in node.outputs
            if any(user not in self.early for user in users.get(t, ()))
        )

    @cached_property
    def last_read(self) -> dict[Tensor, int]:
        """When a base tensor is last read, directly or through a view; `end` for roots."""
        table = {t: self.stop(node) for node in self.order for t in node.outputs}
        for node in self.order:
            if self.kinds[node] is Kind.VIEW:
                continue
            for tensor in node.inputs:
                table[self.base[tensor]] = self.stop(node)
        for kernel in dict.fromkeys(self.kernels.values()):
            time = self.start[kernel.nodes[0]]
            for tensor in kernel.inputs:  # those of what it computes again, too
                base = self.base[tensor]
                table[base] = max(table[base], time)
        for tensor in self.graph.roots:
            table[self.base[tensor]] = self.end
        return table

    def laid_out(self, tensor: Tensor) -> Tensor:
        """What has the elements of a tensor in the same order: itself, or what it is a reshape of."""
        while self.kinds[tensor.node] is Kind.VIEW and isinstance(tensor.node.op, Reshape):
            (tensor,) = tensor.node.inputs
        return tensor

    def kind(self, tensor: Tensor) -> Kind:
        """What a tensor's node is at run time."""
        return self.kinds[tensor.node]


def schedule(graph: Graph, numbers: Collection[Tensor] = (), device: bool = False) -> Schedule:
    """Order a graph: depth first from its outputs, then from its updates in turn.

    Inputs among `numbers` are Python numbers, computed around the body that the graph is.
    On a `device` states are not read by the host: what depends on one is computed where it is.

    With the updates of the last layer first this is the order of a backward pass by hand: each
    layer's gradients are finished, and its activations free, before the layer below begins.
    """
    order = tuple(graph.nodes)
    given = set(numbers)
    kinds: dict[Node, Kind] = {}
    for node in order:
        number = node.outputs[0] in given
        kinds[node] = Kind.HOST if number else _classify(node, kinds, device)
    inner: dict[Node, tuple[tuple[Steps | Branch, Schedule], ...]] = {}
    for node in order:
        bodies: tuple[Steps | Branch, ...] = ()
        if node.op is SCAN:
            bodies = (steps_of(node, graph.training),)
        elif node.op is COND:
            bodies = branches_of(node, graph.training)
        if bodies:
            inner[node] = tuple(
                (body, schedule(body.graph, _numbers(body.pairs, kinds, device), device))
                for body in bodies
            )
    return Schedule(graph, order, kinds, inner)


def _numbers(
    pairs: Iterable[tuple[Tensor, Tensor]], kinds: Mapping[Node, Kind], device: bool
) -> list[Tensor]:
    """What a body calls the numbers that the host computes around it."""
    hosted = _HOSTED if device else (*_HOSTED, Kind.STATE)
    return [
        inside for outside, inside in pairs if outside.ndim == 0 and kinds[outside.node] in hosted
    ]


_HOSTED = (Kind.HOST, Kind.LITERAL)


def _classify(node: Node, kinds: dict[Node, Kind], device: bool) -> Kind:
    op = node.op
    assert isinstance(op, Op)
    if op.name == "input":
        return Kind.INPUT
    if op.name == "state":
        return Kind.STATE
    if op.encloses:
        return Kind.COMPUTE
    tensor = node.outputs[0]
    if op.name == "constant":
        return Kind.LITERAL if tensor.ndim == 0 else Kind.STATIC
    if op.name == "dimension":
        return Kind.HOST
    if tensor.ndim == 0 and _on_host(node, kinds, device):
        return Kind.HOST
    if not node.rooted and not op.random and tensor.dtype not in types.STORED:
        return Kind.STATIC  # what NumPy has no arrays of is computed by a kernel
    return Kind.VIEW if op.view else Kind.COMPUTE


def _on_host(node: Node, kinds: dict[Node, Kind], device: bool) -> bool:
    """Whether a scalar can be computed with Python numbers."""
    op = node.op
    if op.name == "cast":
        supported = True
    else:
        supported = isinstance(op, Elementwise) and op.python is not None
    return supported and all(
        kinds[t.node] in _HOSTED or (kinds[t.node] is Kind.STATE and t.ndim == 0 and not device)
        for t in node.inputs
    )


def state_inputs(schedule: Schedule) -> dict[State, Tensor]:
    """The tensor that reads each state, where it is read."""
    return {
        node.attrs["state"]: node.outputs[0]
        for node in schedule.order
        if schedule.kinds[node] is Kind.STATE
    }
