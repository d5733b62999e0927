"""Loops in stretches: of the states between steps, only those between stretches are kept.

The way back takes the stretches from the last to the first, computes the states of each once more
from the one before it, and then goes back through it (T. Chen et al., "Training deep nets with
sublinear memory cost", 2016): of T steps in stretches of k, T / k + k states are there at once.
What is left over, T mod k steps, is a loop of its own.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from graphc.ir import dims
from graphc.ir.body import Body, bodies_of
from graphc.ir.dims import DimLike
from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor, make
from graphc.ops.bodies import placeholder
from graphc.ops.leaf import constant
from graphc.ops.scan import SCAN
from graphc.ops.scan.loop import Carried, Loop, after, before, last, part
from graphc.ops.shape import broadcast_to, concat, expand_dims, reshape
from graphc.passes.loops.tidy import takes_last

_BACK = "each stretch once more from the states before it, then back through it"
_REST = "the steps that are left over"


@dataclass(frozen=True)
class Pair:
    """A loop, and the loops on the way back through it, if there are any.

    Attributes:
        forward: the loop.
        backward: what reads the states before its steps.
        divisible: whether both can be done in stretches.
        within: the nodes whose bodies they are in, outermost first, each with the name of the body.
    """

    forward: Node
    backward: tuple[Node, ...]
    divisible: bool
    within: tuple[tuple[Node, str], ...] = ()


def pairs_of(graph: Graph) -> list[Pair]:
    """The loops that are not on the way back through others, in the order in which they run, and
    after them those in their bodies and in branches."""
    found = _pairs_beside(graph)
    for node in graph.nodes:
        for name, body in bodies_of(node).items():
            inner = pairs_of(body.graph)
            found += [replace(pair, within=((node, name), *pair.within)) for pair in inner]
    return found


def _pairs_beside(graph: Graph) -> list[Pair]:
    """The loops of a graph without those in bodies."""
    found = []
    roots = set(graph.roots)
    for node in graph.nodes:
        if node.op is not SCAN or not node.attrs["states"]:
            continue
        given = _states_before(node)
        readers = dict.fromkeys(
            user
            for stack in given
            for user in graph.users.get(stack, [])
            if user.op is SCAN and user.attrs["length"] == node.attrs["length"]
        )
        divisible = all(node.attrs["stacked"]) and all(
            _ends_only(graph, b, roots) and b.attrs["reverse"] != node.attrs["reverse"]
            for b in readers
        )
        found.append(Pair(node, tuple(readers), divisible))
    times = Counter(b for pair in found for b in pair.backward)
    return [
        replace(pair, divisible=pair.divisible and all(times[b] == 1 for b in pair.backward))
        for pair in found
        if pair.forward not in times
    ]


def _states_before(node: Node) -> list[Tensor]:
    return [before(node, k) for k, stacked in enumerate(node.attrs["stacked"]) if stacked]


def _ends_only(graph: Graph, node: Node, roots: set[Tensor]) -> bool:
    """Whether of the states of a loop only the last ones are read."""
    return all(
        stack not in roots and all(takes_last(user, stack) for user in graph.users.get(stack, []))
        for k, stack in enumerate(node.outputs[: node.attrs["states"]])
        if node.attrs["stacked"][k]
    )


def with_less_memory(graph: Graph, pairs: Mapping[Pair, int | None]) -> Graph:
    """The same function with other choices of what loops keep.

    Args:
        pairs: the loops to change: the length of stretches, or None where the states before all
            steps are kept and nothing else.
    """
    graph, pairs = _with_less_inside(graph, pairs)
    again = {n for p, k in pairs.items() if k is None for n in (p.forward, *p.backward)}
    cut = {p.forward: _Stretched(graph, p, k) for p, k in pairs.items() if k is not None}
    back = {b: _Back(cut[p.forward], b) for p in pairs for b in p.backward if p.forward in cut}
    ends: dict[Tensor, Tensor] = {}

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        if node.inputs and node.inputs[0] in ends and takes_last(node, node.inputs[0]):
            return (ends[node.inputs[0]],)
        if node in again:
            loop = Loop.of(node, inputs)
            loop.recompute = True
            return loop.close().outputs
        if node not in cut and node not in back:
            return None
        results, finals = (cut[node] if node in cut else back[node]).build(node, inputs)
        ends.update({t: f for t, f in zip(node.outputs, finals, strict=False) if t.type != f.type})
        return results

    return rewrite(graph, change)


def _with_less_inside(
    graph: Graph, pairs: Mapping[Pair, int | None]
) -> tuple[Graph, Mapping[Pair, int | None]]:
    """The graph with the choices that are made for loops in bodies, and the other choices."""
    inside: dict[tuple[Node, str], dict[Pair, int | None]] = {}
    for pair, size in pairs.items():
        if pair.within:
            inner = replace(pair, within=pair.within[1:])
            inside.setdefault(pair.within[0], {})[inner] = size
    if not inside:
        return graph, pairs
    moved: dict[Node, Node] = {}

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        bodies = {
            name: Body(with_less_memory(body.graph, inside[node, name]))
            for name, body in bodies_of(node).items()
            if (node, name) in inside
        }
        moved[node] = make(node.op, inputs, {**node.attrs, **bodies})
        return moved[node].outputs

    graph = rewrite(graph, change)
    beside = {
        replace(p, forward=moved[p.forward], backward=tuple(moved[b] for b in p.backward)): size
        for p, size in pairs.items()
        if not p.within
    }
    return graph, beside


@dataclass(frozen=True)
class Division:
    """Where sequences of a loop are cut.

    Attributes:
        length: the steps of the loop.
        reverse: whether it begins at the last element.
        size: the steps of a stretch.
    """

    length: DimLike
    reverse: bool
    size: int

    @property
    def count(self) -> DimLike:
        """The number of stretches."""
        return dims.floordiv(self.length, self.size)

    @property
    def rest(self) -> DimLike:
        """The number of steps that are left over, which run last."""
        return self.length - self.count * self.size

    def stretches(self, sequence: Tensor) -> Tensor:
        """A sequence as (stretch, step, ...), without the rest."""
        covered = part(sequence, self.rest if self.reverse else 0, self.count * self.size)
        return reshape(covered, (self.count, self.size, *sequence.shape[1:]))

    def remainder(self, sequence: Tensor) -> Tensor:
        """The elements that are left over."""
        return part(sequence, 0 if self.reverse else self.count * self.size, self.rest)

    def joined(self, stretches: Tensor, rest: Tensor | None) -> Tensor:
        """The stack of all steps."""
        covered = reshape(stretches, (self.count * self.size, *stretches.shape[2:]))
        if rest is None:
            return covered
        return concat([rest, covered] if self.reverse else [covered, rest], axis=0)


class _Stretched:
    """A loop in stretches.

    Attributes:
        cuts: where.
        whole: the states that others read at every step.
        loop: the parts of what it takes the place of.
        starts: each state before every stretch.
        rest: the steps that are left over, if there may be any.
    """

    def __init__(self, graph: Graph, pair: Pair, size: int) -> None:
        node = pair.forward
        self.pair = pair
        self.cuts = Division(node.attrs["length"], node.attrs["reverse"], size)
        backward, roots = set(pair.backward), set(graph.roots)
        self.whole: set[int] = set()
        for k, stack in enumerate(node.outputs[: node.attrs["states"]]):
            given = before(node, k)
            for user in graph.users.get(stack, []):
                ours = user is given.node and backward.issuperset(graph.users.get(given, []))
                if not ours and not takes_last(user, stack):
                    self.whole.add(k)
            if stack in roots or given in roots:
                self.whole.add(k)
        self.loop: Loop | None = None
        self.starts: list[Tensor] = []
        self.rest: Node | None = None

    def build(self, node: Node, inputs: tuple[Tensor, ...]) -> tuple[list[Tensor], list[Tensor]]:
        """What takes the place of the results, and the last states."""
        loop, cuts = Loop.of(node, inputs), self.cuts
        self.loop = loop
        kept = "; the states before each stretch are kept" if self.pair.backward else ""
        outer = _outer(loop, cuts, f"{cuts.size} steps at a time{kept}")
        inner = Loop(cuts.size, loop.reverse, name=loop.name, outputs=list(loop.outputs))
        for k, c in enumerate(loop.carried):
            state = placeholder(c.inside.name, c.inside.type)
            inner.carried.append(Carried(state, c.inside, c.new, k in self.whole))
        _give(inner, outer, loop.elements, loop.constants, cuts)
        steps = inner.close()
        count = len(loop.carried)
        for k, (c, within) in enumerate(zip(loop.carried, inner.carried, strict=True)):
            outer.carried.append(Carried(c.first, within.first, last(steps, k)))
        outer.outputs = [*steps.outputs[count:], *(after(steps, k) for k in sorted(self.whole))]
        made = outer.close()
        _name(made, [c.inside for c in loop.carried])
        self.starts = [before(made, k) for k in range(count)]
        finals = [last(made, k) for k in range(count)]
        tails: list[Tensor | None] = [None] * len(outer.outputs)
        if cuts.rest != 0:
            rest = _rest(loop, cuts, loop.elements)
            for c, first in zip(rest.carried, finals, strict=True):
                c.first = first
            self.rest = rest.close()
            _name(self.rest, [c.inside for c in loop.carried])
            finals = [last(self.rest, k) for k in range(count)]
            tails = [*self.rest.outputs[count:], *(after(self.rest, k) for k in sorted(self.whole))]
        stacks = [
            cuts.joined(main, tail) for main, tail in zip(made.outputs[count:], tails, strict=True)
        ]
        whole = dict(zip(sorted(self.whole), stacks[len(loop.outputs) :], strict=True))
        results = []
        for k, c in enumerate(loop.carried):
            if k in whole:
                ends = [expand_dims(c.first, 0), whole[k]]
                results.append(concat(ends[::-1] if loop.reverse else ends, axis=0))
            else:
                results.append(_nothing(node.outputs[k]))
        return [*results, *stacks[: len(loop.outputs)]], finals


class _Back:
    """A loop on the way back through one that is done in stretches."""

    def __init__(self, forward: _Stretched, node: Node) -> None:
        self.forward = forward
        source = forward.pair.forward
        given = {before(source, k): k for k in range(source.attrs["states"])}
        elements = Loop.of(node).elements
        self.read = {inside: given[outside] for outside, inside in elements if outside in given}

    def build(self, node: Node, inputs: tuple[Tensor, ...]) -> tuple[list[Tensor], list[Tensor]]:
        """What takes the place of the results, and the last states."""
        loop, cuts = Loop.of(node, inputs), self.forward.cuts
        source = self.forward.loop
        assert source is not None
        others = [(o, i) for o, i in loop.elements if i not in self.read]
        count = len(loop.carried)
        firsts = [c.first for c in loop.carried]
        tails: list[Tensor | None] = [None] * len(loop.outputs)
        if cuts.rest != 0:
            assert self.forward.rest is not None
            rest = _rest(loop, cuts, others)
            rest.elements += [(before(self.forward.rest, k), i) for i, k in self.read.items()]
            tail = rest.close()
            firsts = [last(tail, k) for k in range(count)]
            tails = list(tail.outputs[count:])

        outer = _outer(loop, cuts, _BACK)
        again = Loop(cuts.size, source.reverse, name=source.name)
        for k, c in enumerate(source.carried):
            start = placeholder(c.inside.name, c.inside.type)
            outer.elements.append((self.forward.starts[k], start))
            again.carried.append(Carried(start, c.inside, c.new))
        _give(again, outer, source.elements, source.constants, cuts)
        steps = again.close()
        inner = Loop(cuts.size, loop.reverse, name=loop.name, outputs=list(loop.outputs))
        for c in loop.carried:
            state = placeholder(c.inside.name, c.inside.type)
            inner.carried.append(Carried(state, c.inside, c.new))
        inner.elements = [(before(steps, k), i) for i, k in self.read.items()]
        _give(inner, outer, others, loop.constants, cuts)
        pulled = inner.close()
        for k, (first, c) in enumerate(zip(firsts, inner.carried, strict=True)):
            outer.carried.append(Carried(first, c.first, last(pulled, k)))
        outer.outputs = list(pulled.outputs[count:])
        made = outer.close()
        _name(made, [c.inside for c in loop.carried])
        finals = [last(made, k) for k in range(count)]
        results = [
            f if f.type == t.type else _nothing(t)
            for t, f in zip(node.outputs, finals, strict=False)
        ]
        stacks = made.outputs[count:]
        joined = [cuts.joined(main, tail) for main, tail in zip(stacks, tails, strict=True)]
        return [*results, *joined], finals


def _outer(loop: Loop, cuts: Division, note: str) -> Loop:
    """A loop over the stretches of another."""
    outer = Loop(cuts.count, loop.reverse, name=f"{loop.name}_stretch", note=note)
    outer.recompute = True
    return outer


def _give(
    inner: Loop,
    outer: Loop,
    elements: Iterable[tuple[Tensor, Tensor]],
    constants: Iterable[tuple[Tensor, Tensor]],
    cuts: Division,
) -> None:
    """Let a loop within a loop over stretches read sequences and constants from outside of both."""
    for outside, inside in elements:
        stretch = outer.read(cuts.stretches(outside), inside.name)
        inner.elements.append((stretch, inside))
    for outside, inside in constants:
        inner.constants.append((outer.use(outside, inside.name), inside))


def _rest(loop: Loop, cuts: Division, elements: Iterable[tuple[Tensor, Tensor]]) -> Loop:
    """The steps of a loop that are left over."""
    rest = Loop(cuts.rest, loop.reverse, name=loop.name, outputs=list(loop.outputs))
    rest.note = _REST
    rest.carried = [Carried(c.first, c.inside, c.new) for c in loop.carried]
    rest.elements = [(cuts.remainder(o), i) for o, i in elements]
    rest.constants = list(loop.constants)
    return rest


def _name(node: Node, states: Sequence[Tensor]) -> None:
    for result, state in zip(node.outputs, states, strict=False):
        result.name = result.name or state.name


def _nothing(like: Tensor) -> Tensor:
    """What takes the place of a result that nobody reads any more."""
    return broadcast_to(constant(0, like.dtype), like.shape)
