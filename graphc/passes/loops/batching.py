"""Products of all steps at once: what no state depends on is computed for whole sequences.

``x[t] W`` of every step is one product before the loop, a product that no later step needs is one
after it, and a sum of products over the steps, ``dW += x[t]^T dz[t]``, is one product of the stacks.
One large product keeps the processor busy where many small ones do not.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from graphc.ir import dims
from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor, make, toposort
from graphc.ops.catalogue import ApplyMask
from graphc.ops.elementwise import Cast, Elementwise
from graphc.ops.leaf import scalar_of
from graphc.ops.linalg import matmul, swap
from graphc.ops.reduce import sum as reduce_sum
from graphc.ops.scan import SCAN
from graphc.ops.scan.loop import Loop
from graphc.ops.shape import reshape, transpose


@dataclass
class Batched:
    """Tensors of a loop's body for all steps at once.

    Attributes:
        stacks: the stack of each tensor that has one outside.
        constants: what each tensor that is the same in every step is outside.
        rows: the matrix whose rows are those of all steps, of each tensor that is computed as one.
    """

    length: dims.DimLike
    stacks: dict[Tensor, Tensor] = field(default_factory=dict)
    constants: dict[Tensor, Tensor] = field(default_factory=dict)
    rows: dict[Tensor, Tensor] = field(default_factory=dict)

    @classmethod
    def of(cls, loop: Loop) -> Batched:
        """What a loop reads."""
        stacks = {inside: outside for outside, inside in loop.elements}
        return cls(loop.length, stacks, {inside: outside for outside, inside in loop.constants})

    def can(self, node: Node) -> bool:
        """Whether a node can be computed for all steps, given its operands for all steps."""
        if isinstance(node.op, (Elementwise, ApplyMask, Cast)):
            return True
        if node.op.name == "matmul":
            a, b = node.inputs
            return a.ndim == b.ndim == 2 and self.steady(b)
        return node.op.name == "reshape"

    def steady(self, tensor: Tensor) -> bool:
        """Whether a tensor is the same in every step."""
        if tensor.node.op.name == "transpose":
            return self.steady(tensor.node.inputs[0])
        return tensor in self.constants or not tensor.node.rooted

    def constant(self, tensor: Tensor) -> Tensor:
        """A tensor that is the same in every step, outside."""
        if tensor in self.constants:
            return self.constants[tensor]
        if tensor.node.op.name == "transpose" and tensor.node.rooted:
            inner = self.constant(tensor.node.inputs[0])
            return transpose(inner, tensor.node.attrs["axes"])
        return tensor

    def all(self, tensor: Tensor) -> Tensor:
        """The stack of a tensor: one that exists, or computed from those of its operands."""
        for node in toposort([tensor], stop=self.stacks):
            out = node.outputs[0]
            if out not in self.stacks and not self.steady(out):
                self.stacks[out] = self._apply(node)
                if out.name:
                    self.stacks[out].name = self.stacks[out].name or out.name
        return self.stacks[tensor]

    def _apply(self, node: Node) -> Tensor:
        out = node.outputs[0]
        if node.op.name == "matmul":
            a, w = self.stacks[node.inputs[0]], self.constant(node.inputs[1])
            return self._of_rows(out, matmul(_rows(a), w))
        if node.op.name == "reshape":
            return reshape(self.stacks[node.inputs[0]], (self.length, *out.shape))
        if all(t.ndim < 2 if self.steady(t) else t in self.rows for t in node.inputs):
            parts = [self.constant(t) if self.steady(t) else self.rows[t] for t in node.inputs]
            return self._of_rows(out, make(node.op, parts, node.attrs).outputs[0])
        operands = []
        for tensor in node.inputs:
            if self.steady(tensor):
                operands.append(self.constant(tensor))
                continue
            stack = self.stacks[tensor]
            ones = (1,) * (out.ndim - tensor.ndim)
            operands.append(reshape(stack, (self.length, *ones, *tensor.shape)))
        return make(node.op, operands, node.attrs).outputs[0]

    def _of_rows(self, out: Tensor, rows: Tensor) -> Tensor:
        """The stack of a tensor whose rows for all steps are known."""
        self.rows[out] = rows
        if out.name:
            rows.name = rows.name or f"{out.name}_rows"
        return reshape(rows, (self.length, *out.shape))


def _rows(stack: Tensor) -> Tensor:
    """A stack of matrices as one matrix."""
    return reshape(stack, (stack.shape[0] * stack.shape[1], stack.shape[2]))


def batch_loops(graph: Graph, hits: Counter[str]) -> Graph:
    """Take products that no state depends on, or that only a sum depends on, out of loops."""
    if not any(node.op is SCAN for node in graph.nodes):
        return graph

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        if node.op is not SCAN:
            return None
        loop = Loop.of(node, inputs)
        count = len(loop.carried)
        back = node.origin is not None and node.origin.role == "backward"
        if not (back and loop.recompute):  # else what is to be computed step by step gets a stack
            _before(loop, hits)
        late = _after(loop, hits)
        sums = _sums(loop, hits)
        names = {k: t.name for k, t in enumerate(node.outputs)}
        loop.carried = [c for k, c in enumerate(loop.carried) if k not in sums]
        made = loop.close()
        outputs = made.outputs[len(loop.carried) :]
        stacks = Batched.of(loop)
        stacks.stacks.update(zip(loop.outputs, outputs, strict=True))
        for tensor, stack in zip(loop.outputs, outputs, strict=True):
            stack.name = stack.name or tensor.name
        found: list[Tensor] = []
        kept = iter(made.outputs[: len(loop.carried)])
        for k in range(len(node.outputs)):
            if k in sums:
                found.append(sums[k].total(stacks))
            elif k < count:
                found.append(next(kept))
            else:
                found.append(stacks.all(late[k - count]))
            found[-1].name = found[-1].name or names[k]
        return found

    return rewrite(graph, change)


def _before(loop: Loop, hits: Counter[str]) -> None:
    """Compute before the loop what depends on the sequences alone and has a product in it."""
    every = Batched.of(loop)
    ready = {inside.node for _, inside in loop.elements}
    heavy: set[Node] = set()
    order = toposort(loop.roots)
    for node in order:
        operands = [t for t in node.inputs if not every.steady(t)]
        if operands and all(t.node in ready for t in operands) and every.can(node):
            ready.add(node)
            if node.op.name == "matmul" or any(t.node in heavy for t in operands):
                heavy.add(node)
    read = [t for n in order if n not in heavy for t in n.inputs] + loop.roots
    table = {}
    for tensor in dict.fromkeys(t for t in read if t.node in heavy):
        hits["product of every step before the loop"] += 1
        stack = every.all(tensor)
        stack.name = stack.name or _product_name(tensor)
        table[tensor] = loop.read(stack)
    loop.replace(table)


def _product_name(tensor: Tensor) -> str:
    """What the product of an element with a matrix is called: ``x_W``."""
    names = [t.name.rpartition(".")[2] for t in tensor.node.inputs]
    return "_".join(names) if tensor.node.op.name == "matmul" and all(names) else ""


def _after(loop: Loop, hits: Counter[str]) -> list[Tensor]:
    """Leave to be computed after the loop what no state depends on and has a product in it; the
    outputs as they were, over those that the loop now has."""
    every = Batched.of(loop)
    asked = list(loop.outputs)
    feeding = set(toposort([c.new for c in loop.carried]))
    outputs: dict[Tensor, None] = {}
    for output in asked:
        later: set[Node] = set()
        heavy = False
        waiting = [output]
        frontier: list[Tensor] = []
        while waiting:
            tensor = waiting.pop()
            node = tensor.node
            if every.steady(tensor) or node in later:
                continue
            if node in feeding or not node.inputs or not every.can(node):
                frontier.append(tensor)
                continue
            later.add(node)
            heavy |= node.op.name == "matmul"
            waiting += node.inputs
        if not heavy:
            outputs[output] = None
            continue
        hits["product of every step after the loop"] += 1
        given = {inside for _, inside in loop.elements}
        outputs.update((t, None) for t in reversed(frontier) if t not in given)
    loop.outputs = list(outputs)
    return asked


@dataclass
class Sum:
    """A sum over the steps, as one computation on stacks.

    Attributes:
        first: what it starts from.
        terms: what is summed in every step.
    """

    first: Tensor
    terms: list[Tensor]

    def total(self, stacks: Batched) -> Tensor:
        """The sum."""
        total: Tensor | None = None
        for term in self.terms:
            value = _total(term, stacks)
            total = value if total is None else total + value
        assert total is not None
        return total if scalar_of(self.first) == 0 else self.first + total


def _sums(loop: Loop, hits: Counter[str]) -> dict[int, Sum]:
    """The states that only sum products up, or sums over rows; what these need becomes outputs."""
    every = Batched.of(loop)
    readers: dict[Tensor, list[Node]] = {}
    for node in toposort(loop.roots):
        for tensor in node.inputs:
            readers.setdefault(tensor, []).append(node)
    found: dict[int, Sum] = {}
    for k, carried in enumerate(loop.carried):
        new = carried.new
        alone = len(readers.get(carried.inside, [])) == 1 and not readers.get(new)
        shown = any(t is new or t is carried.inside for t in loop.outputs)
        if carried.stacked or not alone or shown:
            continue
        terms = _terms(new, carried.inside)
        needed = [t for term in terms for t in _operands(term)]
        if not terms or not all(_operands(term) for term in terms):
            continue
        found[k] = Sum(carried.first, terms)
        hits["sum of products over the steps as one product"] += 1
        known = {*every.stacks, *loop.outputs}
        loop.outputs += [t for t in dict.fromkeys(needed) if t not in known]
    return found


def _terms(new: Tensor, state: Tensor) -> list[Tensor]:
    """What is added to a state in every step; nothing if it is more than added to."""
    if new.node.op.name != "add" or new.type != state.type:
        return []
    a, b = new.node.inputs
    rest, inner = (a, b) if b is state else (b, a)
    if inner is state:
        return [rest]
    for rest, inner in ((a, b), (b, a)):
        if terms := _terms(inner, state):
            return [*terms, rest]
    return []


def _operands(term: Tensor) -> list[Tensor]:
    """The tensors of each step whose stacks give the sum of a term over the steps; none if there is
    no better way than to add the terms up one by one."""
    node = term.node
    if node.op.name == "reshape":
        return _operands(node.inputs[0])
    if node.op.name == "add" and all(t.type == term.type for t in node.inputs):
        parts = [_operands(t) for t in node.inputs]
        return [t for part in parts for t in part] if all(parts) else []
    if node.op.name == "matmul" and node.inputs[0].node.op.name == "transpose":
        a, b = node.inputs[0].node.inputs[0], node.inputs[1]
        return [a, b] if a.ndim == b.ndim == 2 else []
    if node.op.name == "sum" and not node.attrs["keepdims"]:
        return [node.inputs[0]]
    return []


def _total(term: Tensor, stacks: Batched) -> Tensor:
    """The sum of a term over all steps."""
    node = term.node
    if node.op.name == "reshape":
        return reshape(_total(node.inputs[0], stacks), term.shape)
    if node.op.name == "add":
        return _total(node.inputs[0], stacks) + _total(node.inputs[1], stacks)
    if node.op.name == "matmul":
        a, b = (stacks.all(t) for t in _operands(term))
        return matmul(swap(_rows(a)), _rows(b))
    axes = (0, *(axis + 1 for axis in node.attrs["axes"]))
    stack = stacks.all(node.inputs[0])
    if axes == tuple(range(len(axes))):  # of the leading axes: one matrix, whose columns are summed
        rows = dims.product(stack.shape[: len(axes)])
        stack, axes = reshape(stack, (rows, *stack.shape[len(axes) :])), (0,)
    return reduce_sum(stack, axis=axes)
