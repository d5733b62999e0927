"""A product with rows of a small table is looked up in the product with the table.

``take(E, ids) W`` is ``take(E W, ids)``: of what an embedding hands to a dense or a recurrent layer, one
product of a few rows takes the place of one of all positions.  On the way back, gradients of positions
with one id are added before they are multiplied: with ``S = scatter_add(d_z, ids)``, ``d_W`` is
``E^T S``, ``d_E`` is ``S W^T``, and the bias's gradient is the sum of the rows of ``S``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field

from graphc.ir.dims import DimLike
from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor
from graphc.ops.flat import ROW, scatter_wide, take
from graphc.ops.leaf import constant
from graphc.ops.linalg import matmul, swap
from graphc.ops.reduce import sum
from graphc.ops.shape import broadcast_to, reshape

ROWS = 256  # of a table; it is multiplied whole, also where there are fewer ids than rows
WORK = 1 << 15  # of one row's product, from which it is worth more than adding up a row


@dataclass
class _Lookup:
    """A product with rows of a table, and what belongs to it on the way back.

    Attributes:
        table: the table ``E``, shape ``(V, D)``.
        ids: which rows, integers of any shape.
        weight: what they are multiplied by, ``W`` of shape ``(D, C)``.
        product: the product, shape ``(M, C)``.
        biased: the product with its bias, where nothing else reads the product.
        cotangent: what comes back to it, ``d_z`` of shape ``(M, C)``.
        backward: the gradients by nodes: of "W", of "E", of "b".
    """

    table: Tensor
    ids: Tensor
    weight: Tensor
    product: Node
    biased: Node | None = None
    cotangent: Tensor | None = None
    backward: dict[Node, str] = field(default_factory=dict)


def look_up_products(graph: Graph, hits: Counter[str]) -> Graph:
    """Multiply small tables instead of rows taken from them, where gradients are computed too."""
    lookups = _found(graph)
    forward = {lookup.biased or lookup.product: lookup for lookup in lookups}
    backward = {node: lookup for lookup in lookups for node in lookup.backward}
    new: dict[Tensor, Tensor] = {}
    sums: dict[tuple[Tensor, Tensor, DimLike], Tensor] = {}

    def summed(lookup: _Lookup) -> Tensor:
        """The cotangents of positions with one id, added: shape ``(V, C)``."""
        ids, cotangent = lookup.ids, lookup.cotangent
        rows, columns = lookup.table.shape[0], lookup.weight.shape[1]
        assert cotangent is not None and isinstance(columns, int)
        key = (cotangent, ids, rows)
        if key not in sums:
            zeros = broadcast_to(constant(0, lookup.table.dtype), (rows, columns))
            total = scatter_wide(zeros, new[ids], new[cotangent], columns)
            sums[key] = total.named(f"{_whole(cotangent).name or 'd_z'}_by_row")
        return sums[key]

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        new.update(zip(node.inputs, inputs, strict=True))
        if node in forward:
            lookup = forward[node]
            hits["product looked up in the product of a table"] += 1
            every = matmul(new[lookup.table], new[lookup.weight])
            if lookup.biased is not None:
                every = every + new[_bias(node, lookup.product)]
            name = node.outputs[0].name.removesuffix("_rows") or "product"
            every = every.named(f"{name}_table")
            return (take(every, reshape(new[lookup.ids], (lookup.ids.size,)), 0),)
        if node in backward:
            lookup = backward[node]
            what = lookup.backward[node]
            if what == "b":
                return (sum(summed(lookup), axis=0),)
            if what == "W":
                return (matmul(swap(new[lookup.table]), summed(lookup)),)
            gradient = matmul(summed(lookup), swap(new[lookup.weight]))
            gradient.whole = gradient.node  # formulas are not to call it scatter_add
            return (gradient,)
        return None

    return rewrite(graph, change) if lookups else graph


def _found(graph: Graph) -> list[_Lookup]:
    """The products of a graph that are worth it."""
    readers: dict[Tensor, list[Node]] = {}
    for node in graph.nodes:
        for tensor in dict.fromkeys(node.inputs):
            readers.setdefault(tensor, []).append(node)
    roots = set(graph.roots)
    found = []
    for node in graph.nodes:
        lookup = _lookup(node)
        if lookup is None:
            continue
        gradients = _by_weight(lookup, readers)
        if len(gradients) != 1:
            continue
        lookup.backward[gradients[0]] = "W"
        lookup.cotangent = gradients[0].inputs[1]
        product = node.outputs[0]
        (only, *others) = readers.get(product, [node])
        if not others and product not in roots and only.op.name == "add":
            lookup.biased = only if _bias(only, node).shape == product.shape[1:] else None
        _way_back(lookup, readers)
        found.append(lookup)
    return found


def _lookup(node: Node) -> _Lookup | None:
    """A product of rows that were taken from a table of numbers in size."""
    if node.op.name != "matmul" or any(t.ndim != 2 for t in node.inputs):
        return None
    rows, weight = node.inputs
    taken = _whole(rows)
    if taken.node.op.name != "take" or taken.node.attrs["axis"] != 0:
        return None
    table, ids = taken.node.inputs
    sizes = [size for size in (*table.shape, weight.shape[1]) if isinstance(size, int)]
    if table.ndim != 2 or len(sizes) != 3 or rows.shape[1] != table.shape[1]:
        return None
    count, width, columns = sizes
    few = isinstance(ids.size, int) and ids.size < count
    if few or count > ROWS or columns <= ROW or width * columns < WORK:
        return None
    return _Lookup(table, ids, weight, node)


def _by_weight(lookup: _Lookup, readers: dict[Tensor, list[Node]]) -> list[Node]:
    """The products that are the gradient of the weight; of several, those whose cotangent goes on
    through the weight."""
    rows, product = lookup.product.inputs[0], lookup.product.outputs[0]
    found = [
        gradient
        for node in readers[rows]
        if _turned(node, rows)
        for gradient in readers.get(node.outputs[0], [])
        if gradient.op.name == "matmul"
        and gradient.inputs[0] is node.outputs[0]
        and gradient.inputs[1].type == product.type
    ]
    if len(found) == 1:
        return found
    return [
        gradient
        for gradient in found
        if any(_through(n, gradient.inputs[1], lookup) for n in readers[gradient.inputs[1]])
    ]


def _through(node: Node, cotangent: Tensor, lookup: _Lookup) -> bool:
    """Whether a product passes a cotangent back through the weight."""
    return (
        node.op.name == "matmul"
        and node.inputs[0] is cotangent
        and _turned(node.inputs[1].node, lookup.weight)
    )


def _way_back(lookup: _Lookup, readers: dict[Tensor, list[Node]]) -> None:
    """Find the gradients of the bias and of the table."""
    assert lookup.cotangent is not None
    for node in readers[lookup.cotangent]:
        if node.op.name == "sum" and node.attrs["axes"] == (0,) and not node.attrs["keepdims"]:
            lookup.backward[node] = "b"
        elif _through(node, lookup.cotangent, lookup):
            gradient = _added(node.outputs[0], lookup, readers)
            if gradient is not None:
                lookup.backward[gradient] = "E"


def _added(d_rows: Tensor, lookup: _Lookup, readers: dict[Tensor, list[Node]]) -> Node | None:
    """The node that adds the gradients of rows to those of the table, and nothing else."""
    nodes = readers.get(d_rows, [])
    while len(nodes) == 1 and nodes[0].op.name == "reshape":
        d_rows = nodes[0].outputs[0]
        nodes = readers.get(d_rows, [])
    if len(nodes) != 1 or len(nodes[0].inputs) != 2 or nodes[0].inputs[1] is not d_rows:
        return None
    (node,) = nodes
    if node.outputs[0].type != lookup.table.type:
        return None
    where = node.inputs[0]
    if node.op.name == "scatter_elements":
        starts = [t for t in where.node.inputs if t.node.op.name == "position"]
        steps = [t for t in where.node.inputs if t.node.op.name == "iota"]
        width = lookup.table.shape[1]
        if where.node.op.name != "add" or len(starts) != 1 or len(steps) != 1:
            return None
        if starts[0].node.attrs["stride"] != width or steps[0].shape != (1, width):
            return None
        where = starts[0].node.inputs[0]
    elif node.op.name != "scatter_rows":
        return None
    return node if _whole(where) is _whole(lookup.ids) else None


def _bias(total: Node, product: Node) -> Tensor:
    """What a sum adds to a product."""
    a, b = total.inputs
    return b if a is product.outputs[0] else a


def _whole(tensor: Tensor) -> Tensor:
    """A tensor before its elements were laid out in another shape."""
    while tensor.node.op.name == "reshape":
        (tensor,) = tensor.node.inputs
    return tensor


def _turned(node: Node, matrix: Tensor) -> bool:
    return node.op.name == "transpose" and node.inputs[0] is matrix and matrix.ndim == 2
