"""Passes that are not rules: constant folding, lowering, algorithms, views made whole."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from graphc.errors import RewriteError
from graphc.ir import dims
from graphc.ir.dims import Dim, DimLike
from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, State, Tensor, make
from graphc.ops.base import Op
from graphc.ops.elementwise import Elementwise
from graphc.ops.layout import contiguous, dense, matrices
from graphc.ops.leaf import constant, value_of
from graphc.ops.linalg import COLUMN_SUM, ROW_SUM
from graphc.ops.shape import Reshape, broadcast_to, copy, reshape
from graphc.passes.rules import COMMUTATIVE

FOLD_LIMIT = 4096  # elements; larger results would only bloat the emitted file


def fold(graph: Graph, hits: Counter[str]) -> Graph:
    """Compute what depends on constants alone."""

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        op = node.op
        if not inputs or not isinstance(op, Op) or op.random or op.encloses:
            return None
        values = [value_of(t) for t in inputs]
        if any(v is None for v in values):
            return None
        sizes = [t.type.size for t in node.outputs]
        if not all(isinstance(size, int) and size <= FOLD_LIMIT for size in sizes):
            return None
        if op.name == "broadcast_to":
            return None  # a view costs nothing, and keeps the number visible to the rules
        if any(map(_symbolic, node.attrs.values())):
            return None  # what it computes depends on a size
        hits["constant folded"] += 1
        with np.errstate(all="ignore"):
            results = op.reference([v for v in values if v is not None], node.attrs)
        return [
            constant(np.asarray(r), t.dtype) for r, t in zip(results, node.outputs, strict=True)
        ]

    return rewrite(graph, change)


def _symbolic(value: object) -> bool:
    """Whether an attribute has a size in it that is known at run time only."""
    if isinstance(value, tuple):
        return any(map(_symbolic, value))
    return isinstance(value, Dim)


def lower(graph: Graph, hits: Counter[str]) -> Graph:
    """Replace composite ops by what they are made of, until only primitives are left.

    Raises:
        RewriteError: for an op that keeps lowering to itself.
    """
    for _ in range(32):
        found = False

        def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
            nonlocal found
            op = node.op
            if not isinstance(op, Op):
                return None
            rebuilt = make(op, inputs, node.attrs)
            results = op.lower(rebuilt)
            if results is None:
                return None
            found = True
            hits[f"{op.name} lowered"] += 1
            for result in results:
                given = any(result is t for t in rebuilt.inputs)
                if result.node.rooted and not given:
                    result.whole = result.whole or rebuilt
            return results

        graph = rewrite(graph, change)
        if not found:
            return graph
    raise RewriteError(f"lowering of graph '{graph.name}' does not end")


def share(graph: Graph, hits: Counter[str]) -> Graph:
    """Compute ``a + b`` and ``b + a`` once.  (The same op on the same operands is one node anyway.)"""
    seen: dict[tuple[Op, frozenset[Tensor]], Tensor] = {}

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        if node.op.name not in COMMUTATIVE or not isinstance(node.op, Op):
            return None
        key = (node.op, frozenset(inputs))
        result = seen.setdefault(key, make(node.op, inputs, node.attrs).outputs[0])
        if result.node.inputs[0] is not inputs[0]:
            hits["common subexpression"] += 1
        return (result,)

    return rewrite(graph, change)


ROW_LENGTH = 64  # elements from which a row is summed as a product; those of any length are


def sums_as_products(graph: Graph, hits: Counter[str]) -> Graph:
    """Sum rows or columns as a product with a vector of ones: BLAS starts sooner than a reduction,
    and adds as fast.

    Sums over the leading axes are those of the columns of one matrix, sums over the trailing ones
    those of its rows.
    """

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        x = inputs[0] if inputs else None
        if node.op.name != "sum" or x is None or x.dtype not in ("float32", "float64"):
            return None
        axes = node.attrs["axes"]
        leading = axes == tuple(range(len(axes)))
        trailing = axes == tuple(range(x.ndim - len(axes), x.ndim))
        if not axes or leading == trailing or not (contiguous(x) or (x.ndim == 2 and dense(x))):
            return None
        summed, kept = (
            dims.product(size for axis, size in enumerate(x.shape) if (axis in axes) is inside)
            for inside in (True, False)
        )
        if trailing and isinstance(summed, int) and summed < ROW_LENGTH:
            return None
        matrix = x
        if x.ndim > 2:
            matrix = reshape(x, (summed, kept) if leading else (kept, summed))
        ones = copy(broadcast_to(constant(1, x.dtype), (summed,)))
        hits[f"{'column' if leading else 'row'} sum by a product"] += 1
        result = (COLUMN_SUM if leading else ROW_SUM)(matrix, ones)
        shape = node.outputs[0].shape
        return (result if result.shape == shape else reshape(result, shape),)

    return rewrite(graph, change)


SHORT_ROW = 64  # elements: an elementwise loop over fewer is mostly its beginning
LONG_ROW = 1024


def widen_rows(graph: Graph, hits: Counter[str]) -> Graph:
    """Repeat a vector over the channels of images along their last spatial axis too.

    Elementwise NumPy then works on rows of ``W C`` elements, not of C, which for few channels is
    several times faster; the vector itself is small.
    """

    def wide(t: Tensor, shape: tuple[DimLike, ...]) -> Tensor | None:
        """A vector over the last axis as a matrix over the last two, or None for anything else."""
        width, channels = shape[-2:]
        if t.shape[-1:] != (channels,) or t.type.size != channels:
            return None
        return copy(broadcast_to(reshape(t, (channels,)), (width, channels)))

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        shape = node.outputs[0].shape
        if len(shape) < 3 or not isinstance(node.op, Elementwise):
            return None
        width, channels = shape[-2:]
        if not isinstance(width, int) or not isinstance(channels, int) or width == 1:
            return None
        if not 1 < channels < SHORT_ROW or width * channels > LONG_ROW:
            return None
        wider = [wide(t, shape) for t in inputs]
        if all(w is None for w in wider) or not any(
            t.shape == shape and contiguous(t) for t in inputs
        ):
            return None
        hits["vector repeated along rows of images"] += 1
        operands = [t if w is None else w for t, w in zip(inputs, wider, strict=True)]
        return make(node.op, operands, node.attrs).outputs

    return rewrite(graph, change)


def old_values(graph: Graph, hits: Counter[str]) -> Graph:
    """Copy a state that changes where its old value is a result, or what another state becomes."""
    changing = {state for state, _ in graph.updates}

    def kept(tensor: Tensor, target: State | None = None) -> Tensor:
        node = tensor.node
        while isinstance(node.op, Op) and node.op.view:
            node = node.inputs[0].node
        state = node.attrs.get("state")
        if state not in changing or (state is target and node is tensor.node):
            return tensor
        hits["old value of a state copied"] += 1
        return copy(tensor, fresh=True).named(f"{tensor.name}_old" if tensor.name else "")

    outputs = tuple((name, kept(tensor)) for name, tensor in graph.outputs)
    updates = tuple((state, kept(tensor, state)) for state, tensor in graph.updates)
    return Graph(graph.name, graph.inputs, outputs, updates, graph.training)


def materialise(graph: Graph, hits: Counter[str]) -> Graph:
    """Copy a strided view where an op needs its operand without gaps, and old values of states."""
    graph = old_values(graph, hits)

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        needed = node.op.contiguous_operands(node) if isinstance(node.op, Op) else ()
        gaps = [i for i in needed if not contiguous(inputs[i])]
        if isinstance(node.op, Reshape) and node.op.keeps_strides(node):
            gaps = []
        gaps += [i for i in getattr(node.op, "requires_matrices", ()) if not matrices(inputs[i])]
        if not gaps:
            return None
        hits["copied to be contiguous"] += len(gaps)
        whole = [copy(t) if i in gaps else t for i, t in enumerate(inputs)]
        return make(node.op, whole, node.attrs).outputs

    return rewrite(graph, change)
