"""A graph as ordered steps: what each node is at run time, and when its value is last read."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from typing import TYPE_CHECKING

from graphc.ir.graph import Graph
from graphc.ir.node import Node, State, Tensor
from graphc.ops.base import Op
from graphc.ops.elementwise import Elementwise
from graphc.schedule.steps import Steps, steps_of

if TYPE_CHECKING:
    from graphc.schedule.kernel import Kernel


class Kind(Enum):
    """What a node is at run time."""

    INPUT = "an argument"
    STATE = "a state's storage"
    LITERAL = "a number or small array written into the source"
    HOST = "a Python number, computed from 0-d states, sizes and numbers"
    STATIC = "an array that depends on sizes alone: computed once per batch size"
    VIEW = "a window on another tensor's memory"
    COMPUTE = "an array that a statement computes"
    INNER = "a variable of a kernel, never in memory"


@dataclass(frozen=True)
class Schedule:
    """A graph in the order in which it runs.

    Attributes:
        graph: what is scheduled.
        order: its nodes, each after its inputs.
        kinds: what each node is at run time.
        loops: the body of each loop, and the schedule of it.
        kernels: the kernel of each node that is in one: the nodes of one kernel run at one time.
    """

    graph: Graph
    order: tuple[Node, ...]
    kinds: dict[Node, Kind]
    loops: dict[Node, tuple[Steps, Schedule]] = field(default_factory=dict)
    kernels: dict[Node, Kernel] = field(default_factory=dict)

    @cached_property
    def start(self) -> dict[Node, int]:
        """When each node begins: time counts steps, and a loop takes as long as its body."""
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
            time += max(1, self.loops[node][1].end) if node in self.loops else 1
        return table

    def stop(self, node: Node) -> int:
        """When a node is done."""
        if node in self.loops:
            return self.start[node] + max(1, self.loops[node][1].end) - 1
        return self.start[node]

    @cached_property
    def end(self) -> int:
        """The time after the last step."""
        return self.stop(self.order[-1]) + 1 if self.order else 0

    @cached_property
    def born(self) -> dict[Tensor, int]:
        """When each tensor is first written to."""
        return {t: self.start[node] for node in self.order for t in node.outputs}

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
    def last_read(self) -> dict[Tensor, int]:
        """When a base tensor is last read, directly or through a view; `end` for roots."""
        table = {t: self.stop(node) for node in self.order for t in node.outputs}
        for node in self.order:
            if self.kinds[node] is Kind.VIEW:
                continue
            for tensor in node.inputs:
                table[self.base[tensor]] = self.stop(node)
        for tensor in self.graph.roots:
            table[self.base[tensor]] = self.end
        return table

    def kind(self, tensor: Tensor) -> Kind:
        """What a tensor's node is at run time."""
        return self.kinds[tensor.node]


def schedule(graph: Graph, device: bool = False) -> Schedule:
    """Order a graph: depth first from its outputs, then from its updates in turn.

    On a `device` states are not read by the host: what depends on one is computed where it is.

    With the updates of the last layer first this is the order of a backward pass by hand: each
    layer's gradients are finished, and its activations free, before the layer below begins.
    """
    order = tuple(graph.nodes)
    kinds: dict[Node, Kind] = {}
    for node in order:
        kinds[node] = _classify(node, kinds, device)
    loops: dict[Node, tuple[Steps, Schedule]] = {}
    for node in order:
        if isinstance(node.op, Op) and node.op.loop:
            steps = steps_of(node, graph.training)
            loops[node] = steps, schedule(steps.graph, device)
    return Schedule(graph, order, kinds, loops)


_HOSTED = (Kind.HOST, Kind.LITERAL)


def _classify(node: Node, kinds: dict[Node, Kind], device: bool) -> Kind:
    op = node.op
    assert isinstance(op, Op)
    if op.name == "input":
        return Kind.INPUT
    if op.name == "state":
        return Kind.STATE
    if op.loop:
        return Kind.COMPUTE
    tensor = node.outputs[0]
    if op.name == "constant":
        return Kind.LITERAL if tensor.ndim == 0 else Kind.STATIC
    if op.name == "dimension":
        return Kind.HOST
    if tensor.ndim == 0 and _on_host(node, kinds, device):
        return Kind.HOST
    if not node.rooted and not op.random:
        return Kind.STATIC
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
