"""Whether a phase can be computed on parts of a batch at the same time, and the results added up.

In: the graph of a phase. Out: the axis of the batch in each argument, and for each result whether that
of the batch is the sum of those of its parts, or their mean; or what stands against it.

Every tensor is followed from the arguments on. It may be the same in each part (`SAME`: weights), have the
rows of its part of the batch (`ROWS`), or be a term of a sum over parts (`TERM`: gradients). A loss that is
a mean over N divides by N, which is another number in a part; so each tensor also has a *degree*: a value
of degree -1 is, in a part of n examples, N / n times what it is in the batch. An op without a rule, or
one where examples meet (a variance over the batch), leaves the batch in one piece.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from graphc.ir import dims, types
from graphc.ir.body import body_of
from graphc.ir.dims import DimLike
from graphc.ir.graph import Graph
from graphc.ir.node import Node, Tensor
from graphc.ops.elementwise import Elementwise

SAME, ROWS, TERM, ZERO = "same", "rows", "term", "zero"


@dataclass(frozen=True)
class Share:
    """What a tensor is in a part of the batch.

    Attributes:
        kind: `SAME`, `ROWS`, `TERM`, or `ZERO`, which is all of them.
        degree: the power of N that it is proportional to besides.
        axis: for `ROWS`, where the batch is.
        inner: how many elements of this axis belong to an example and lie side by side: the axis is
            some number, times N, times these. None for what is alike along it.
        scale: for a position in a flattened array, the elements from one row to the next; else 0.
    """

    kind: str
    degree: int = 0
    axis: int = 0
    inner: DimLike | None = None
    scale: DimLike = 0


@dataclass(frozen=True)
class Parts:
    """How a batch is divided, and how results are put together.

    Attributes:
        symbol: the size that is divided.
        axes: the axis of it in each argument; None where an argument is the same for all.
        joins: for each result, and last for the gradients: "mean", "sum", or the axis that has the
            examples of all parts.
    """

    symbol: str
    axes: tuple[int | None, ...]
    joins: tuple[str | int, ...]


class Refused(Exception):
    """The batch stays in one piece; the message says why."""


SAME_FOR_ALL = Share(SAME)
NOTHING = Share(ZERO)


def parts_of(graph: Graph) -> Parts | str:
    """How the batch of a phase can be divided, or why it can't be."""
    reason = "no argument has a batch"
    for symbol in dims.symbols(d for t in graph.inputs for d in t.shape):
        try:
            return _Walk(symbol).parts(graph)
        except Refused as refused:
            reason = reason if reason.startswith("in ") else f"in {symbol}: {refused}"
    return reason


class _Walk:
    """Follows the share of every tensor, for one symbol."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.size = dims.symbol(symbol)

    def parts(self, graph: Graph) -> Parts:
        given = {t: self._argument(t) for t in graph.inputs}
        if not any(share.kind == ROWS for share in given.values()):
            raise Refused("no argument has it as an axis")
        found = self.run(graph, given)
        gradients = {found[t].degree for _, t in graph.updates if found[t].kind == TERM}
        if any(found[t].kind not in (TERM, ZERO) for _, t in graph.updates) or len(gradients) != 1:
            raise Refused("what is kept is no sum over the batch")
        joins = [self._join(f"'{name}'", found[t]) for name, t in graph.outputs]
        joins.append(self._join("a gradient", Share(TERM, *gradients)))
        axes = [given[t].axis if given[t].kind == ROWS else None for t in graph.inputs]
        return Parts(self.symbol, tuple(axes), tuple(joins))

    @staticmethod
    def _join(what: str, share: Share) -> str | int:
        if share.kind == ROWS and not (share.degree or share.scale) and share.inner == 1:
            return share.axis
        if share.kind not in (TERM, ZERO) or share.degree not in (0, -1):
            raise Refused(f"{what} is neither a sum nor a mean over the batch, nor its rows")
        return "mean" if share.degree else "sum"

    def _argument(self, tensor: Tensor) -> Share:
        having = [axis for axis, d in enumerate(tensor.shape) if self.has(d)]
        if not having:
            return SAME_FOR_ALL
        if len(having) > 1 or tensor.shape[having[0]] != self.size:
            raise Refused(f"'{tensor.name}' has it in its shape in another way than as an axis")
        return Share(ROWS, axis=having[0], inner=1)

    def has(self, size: DimLike) -> bool:
        """Whether a size depends on the batch."""
        return self.symbol in dims.symbols([size])

    def run(self, graph: Graph, given: Mapping[Tensor, Share]) -> dict[Tensor, Share]:
        """The share of every tensor of a graph."""
        found = dict(given)
        for node in graph.nodes:
            if node.outputs[0] in found:
                continue
            shares = [found[t] for t in node.inputs]
            for tensor, share in zip(node.outputs, self.apply(node, shares), strict=True):
                found[tensor] = share
        return found

    def apply(self, node: Node, shares: Sequence[Share]) -> list[Share]:
        """The shares of the results of a node."""
        name = node.op.name
        if getattr(node.op, "random", False):
            raise Refused("random numbers are drawn for all of it")
        if name == "scan":
            return self._scan(node, shares)
        if rule := _RULES.get(name):
            return [rule(self, node, shares)]
        if isinstance(node.op, Elementwise):
            return [self.elementwise(node, shares)]
        if not any(self.has(d) for t in (*node.inputs, *node.outputs) for d in t.shape):
            if all(share == SAME_FOR_ALL for share in shares):
                return [SAME_FOR_ALL] * len(node.outputs)
        raise Refused(f"'{name}' may bring examples together")

    # ---- elementwise ----------------------------------------------------------------------

    def elementwise(self, node: Node, shares: Sequence[Share]) -> Share:
        """Functions of elements: any of what is no sum yet, linear ones of terms."""
        joined = self.aligned(node, shares)
        name = node.op.name
        if name in ("multiply", "divide", "apply_mask"):
            return self._product(name, shares, joined)
        if name in ("add", "subtract", "negative", "copy", "cast", "maximum", "minimum", "where"):
            return self._linear(node, shares, joined)
        for share in shares:
            if share.kind == TERM or share.degree or share.scale:
                raise Refused(f"'{name}' of a sum over the batch")
        return joined

    def aligned(self, node: Node, shares: Sequence[Share]) -> Share:
        """Where the rows of a result are: where those of its operands are, and in no other way."""
        rank, found = node.outputs[0].ndim, None
        for share, tensor in zip(shares, node.inputs, strict=True):
            if share.kind != ROWS:
                continue
            moved = Share(ROWS, axis=share.axis + rank - tensor.ndim, inner=share.inner)
            if found is None or found.inner is None:
                found, other = moved, found
            else:
                other = moved
            if other is not None and (
                other.axis != found.axis or other.inner not in (None, found.inner)
            ):
                raise Refused(f"'{node.op.name}' of examples with others")
        return found or (NOTHING if all(s.kind == ZERO for s in shares) else SAME_FOR_ALL)

    def _product(self, name: str, shares: Sequence[Share], joined: Share) -> Share:
        if any(share.kind == ZERO for share in shares):
            return joined if joined.kind == ROWS else NOTHING
        terms = [share for share in shares if share.kind == TERM]
        degree = shares[0].degree + (-1 if name == "divide" else 1) * shares[1].degree
        if any(share.scale for share in shares):
            raise Refused(f"'{name}' of a position")
        if not terms:
            return replace(joined, degree=degree)
        others = [share for share in shares if share.kind != TERM]
        if len(terms) > 1 or others[0].kind != SAME or (name == "divide" and shares[1] is terms[0]):
            raise Refused(f"'{name}' of a sum over the batch with what differs in its parts")
        return Share(TERM, degree)

    def _linear(self, node: Node, shares: Sequence[Share], joined: Share) -> Share:
        name = node.op.name
        values = shares[1:] if name == "where" else shares
        if name == "where" and (shares[0].kind == TERM or shares[0].degree):
            raise Refused("'where' by a sum over the batch")
        values = [share for share in values if share.kind != ZERO]
        if any(share.scale for share in shares) and name not in ("copy", "cast"):
            raise Refused(f"'{name}' of a position")
        if not values:
            return joined if joined.kind == ROWS else NOTHING
        terms = [share for share in values if share.kind == TERM]
        if terms and len(terms) < len(values):
            raise Refused(f"'{name}' of a sum over the batch and what is no such sum")
        if len({share.degree for share in values}) > 1:
            raise Refused(f"'{name}' of what grows with the batch in different ways")
        degree = values[0].degree
        if degree and name == "cast" and not types.is_float(node.outputs[0].dtype):
            raise Refused("'cast' to integers of what grows with the batch")
        if terms:
            if name in ("maximum", "minimum") or (name == "where" and shares[0].kind != SAME):
                raise Refused(f"'{name}' of sums over the batch")
            return Share(TERM, degree)
        return replace(joined, degree=degree, scale=shares[0].scale)

    # ---- shapes ---------------------------------------------------------------------------

    def located(self, node: Node, share: Share) -> Share:
        """The share of a result in which examples stay in the order of rows, of some shape."""
        if share.kind != ROWS:
            return share
        (operand, *_), (result,) = node.inputs, node.outputs
        axis = self.axis_in(result.shape, node)
        if share.inner is None:
            return replace(share, axis=axis)
        after = dims.product([share.inner, *operand.shape[share.axis + 1 :]])
        inner = dims.exact_quotient(after, dims.product(result.shape[axis + 1 :]))
        if inner is None:
            raise Refused(f"'{node.op.name}' cuts examples apart")
        return replace(share, axis=axis, inner=inner)

    def axis_in(self, shape: Sequence[DimLike], node: Node) -> int:
        """The one axis of a shape with the batch in it."""
        having = [axis for axis, size in enumerate(shape) if self.has(size)]
        if len(having) != 1 or dims.exact_quotient(shape[having[0]], self.size) is None:
            raise Refused(f"'{node.op.name}' has the batch in its shape in another way than once")
        return having[0]

    def filled(self, node: Node, share: Share) -> Share:
        """The share of something alike along all axes that it gets."""
        shape = node.outputs[0].shape
        if share.kind != SAME or not any(self.has(size) for size in shape):
            return share
        return Share(ROWS, share.degree, self.axis_in(shape, node), None)

    # ---- loops ----------------------------------------------------------------------------

    def _scan(self, node: Node, shares: Sequence[Share]) -> list[Share]:
        body = body_of(node)
        assert body is not None
        graph, states = body.graph, node.attrs["states"]
        end = states + node.attrs["elements"]
        if self.has(node.attrs["length"]):
            raise Refused("a loop over the batch")
        inside = [
            self._element(share) if states <= k < end else share for k, share in enumerate(shares)
        ]
        for _ in range(states + 2):
            found = self.run(graph, dict(zip(graph.inputs, inside, strict=True)))
            roots = [found[t] for t in graph.roots]
            new = [self._either(a, b) for a, b in zip(inside[:states], roots, strict=False)]
            if new == inside[:states]:
                break
            inside[:states] = new
        else:
            raise Refused("a loop whose states do not settle")
        results = []
        for k, share in enumerate([*inside[:states], *roots[states:]]):
            stacked = k >= states or node.attrs["stacked"][k]
            moved = share.kind == ROWS and stacked
            results.append(replace(share, axis=share.axis + 1) if moved else share)
        return results

    @staticmethod
    def _element(share: Share) -> Share:
        if share.kind != ROWS:
            return share
        if share.axis == 0:
            raise Refused("a loop over the batch")
        return replace(share, axis=share.axis - 1)

    @staticmethod
    def _either(first: Share, then: Share) -> Share:
        """What a state is that begins as one and becomes the other."""
        if first.kind == ZERO or (first.inner is None and replace(then, inner=None) == first):
            return then
        if then.kind == ZERO or (then.inner is None and replace(first, inner=None) == then):
            return first
        if first != then:
            raise Refused("a state of a loop that changes what it is")
        return first


_Rule = Callable[[_Walk, Node, Sequence[Share]], Share]
_RULES: dict[str, _Rule] = {}


def _rule(*names: str) -> Callable[[_Rule], _Rule]:
    def add(function: _Rule) -> _Rule:
        _RULES.update(dict.fromkeys(names, function))
        return function

    return add


@_rule("state")
def _state(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    return SAME_FOR_ALL


@_rule("constant")
def _constant(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    return SAME_FOR_ALL if node.attrs["value"].array.any() else NOTHING


@_rule("dimension")
def _dimension(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    size, degree = node.attrs["dim"], 0
    while walk.has(size):
        size, degree = dims.exact_quotient(size, walk.size), degree + 1
        if size is None:
            raise Refused("a size that is not proportional to it is computed with")
    return Share(SAME, degree)


@_rule("iota")
def _iota(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    share = walk.filled(node, SAME_FOR_ALL)
    if share.kind == ROWS and node.attrs["axis"] == share.axis:
        return replace(share, scale=1)
    return share


@_rule("cast", "copy", "apply_mask")
def _elements(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    return walk.elementwise(node, shares)


@_rule("multiply")
def _multiply(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    for share, factor in zip(shares, reversed(node.inputs), strict=True):
        if share.scale and factor.node.op.name == "constant" and factor.ndim == 0:
            return replace(share, scale=share.scale * int(factor.node.attrs["value"].array))
        if share.scale and factor.node.op.name == "dimension":
            return replace(share, scale=share.scale * factor.node.attrs["dim"])
    return walk.elementwise(node, shares)


@_rule("position")
def _position(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    if any(share.kind == TERM for share in shares):
        raise Refused("positions that depend on a sum over the batch")
    if len(shares) == 1:
        return replace(shares[0], scale=shares[0].scale * node.attrs["stride"])
    if shares[0].scale:
        raise Refused("positions of positions")
    return replace(walk.aligned(node, shares), scale=shares[1].scale)


@_rule("reshape")
def _reshape(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    return walk.located(node, shares[0])


@_rule("transpose")
def _transpose(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    (share,) = shares
    axes = [axis % node.inputs[0].ndim for axis in node.attrs["axes"]]
    return replace(share, axis=axes.index(share.axis)) if share.kind == ROWS else share


@_rule("broadcast_to")
def _broadcast_to(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    (share,), (x,), (result,) = shares, node.inputs, node.outputs
    if share.kind == TERM and any(walk.has(size) for size in result.shape):
        raise Refused("a sum over the batch is given back to each example")
    if share.kind == ROWS:
        return replace(share, axis=share.axis + result.ndim - x.ndim)
    return walk.filled(node, share)


@_rule("concat")
def _concat(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    values = [share for share in shares if share.kind != ZERO]
    if not values:
        return NOTHING
    if len({(s.kind, s.degree, s.scale) for s in values}) > 1:
        raise Refused("'concat' of what differs in its parts with what does not")
    if values[0].kind != ROWS:
        return values[0]
    axis = node.attrs["axis"] % node.outputs[0].ndim
    joined = walk.aligned(node, shares)
    if joined.axis == axis:
        raise Refused("'concat' of batches")
    return replace(joined, degree=values[0].degree, scale=values[0].scale)


@_rule("slice", "unslice")
def _region(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    (share,), region, drop = shares, node.attrs["region"], node.attrs["drop"]
    if share.kind != ROWS:
        return share
    kept = [axis for axis in range(len(region)) if axis not in drop]
    whole = node.inputs[0].shape if node.op.name == "slice" else node.attrs["shape"]
    axis = share.axis if node.op.name == "slice" else kept[share.axis]
    if region[axis] != (0, whole[axis], 1):
        raise Refused(f"'{node.op.name}' of some examples")
    moved = kept.index(axis) if node.op.name == "slice" else axis
    return replace(share, axis=moved)


@_rule("pad")
def _pad(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    (share,) = shares
    if share.kind == ROWS and node.attrs["widths"][share.axis] != (0, 0):
        raise Refused("'pad' of the batch")
    return share


@_rule("sum", "max", "min", "prod", "any", "all")
def _reduce(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    (share,), (x,), name = shares, node.inputs, node.op.name
    axes = [axis % x.ndim for axis in node.attrs["axes"]]
    if name != "sum" and (share.kind == TERM or share.degree):
        raise Refused(f"'{name}' of a sum over the batch")
    if share.scale:
        raise Refused(f"'{name}' of positions")
    if share.kind != ROWS:
        return share
    if share.axis in axes:
        if name != "sum":
            raise Refused(f"'{name}' over the batch")
        return Share(TERM, share.degree)
    before = 0 if node.attrs["keepdims"] else sum(axis < share.axis for axis in axes)
    return replace(share, axis=share.axis - before)


@_rule("column_sum", "row_sum")
def _line_sum(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    share, axis = shares[0], 0 if node.op.name == "column_sum" else 1
    if share.kind != ROWS:
        return share
    return Share(TERM, share.degree) if share.axis == axis else replace(share, axis=0)


@_rule("sum_of_squares")
def _squares(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    kinds = {share.kind for share in shares}
    if TERM in kinds or len(kinds) > 1 or len(shares) > 1:
        raise Refused("'sum_of_squares' of sums over the batch")
    return Share(TERM if ROWS in kinds else shares[0].kind, 2 * shares[0].degree)


@_rule("cumsum")
def _cumsum(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    (share,) = shares
    if share.kind == ROWS and node.attrs["axis"] % node.inputs[0].ndim == share.axis:
        raise Refused("'cumsum' over the batch")
    return share


@_rule("matmul")
def _matmul(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    (left, right), (a, b), (result,) = shares, node.inputs, node.outputs
    degree = left.degree + right.degree
    if ZERO in (left.kind, right.kind):
        return walk.filled(node, NOTHING)
    if TERM in (left.kind, right.kind):
        if {left.kind, right.kind} == {TERM, SAME}:
            return Share(TERM, degree)
        raise Refused("'matmul' of a sum over the batch with what differs in its parts")
    summed = left.kind == ROWS and left.axis == a.ndim - 1
    if summed or (right.kind == ROWS and right.axis == max(b.ndim - 2, 0)):
        across = right.kind == ROWS and right.axis == max(b.ndim - 2, 0)
        if not (summed and across) or not _alike(left.inner, right.inner):
            raise Refused("'matmul' of examples with others")
        return Share(TERM, degree)
    found = []
    if left.kind == ROWS:
        lost = 1 if b.ndim == 1 else 0
        found.append(Share(ROWS, degree, left.axis + result.ndim + lost - a.ndim, left.inner))
    if right.kind == ROWS:
        lost = 1 if a.ndim == 1 else 0
        if right.axis == b.ndim - 1:
            found.append(Share(ROWS, degree, result.ndim - 1, right.inner))
        else:
            axis = right.axis + result.ndim + lost - b.ndim
            found.append(Share(ROWS, degree, axis, right.inner))
    if len({share.axis for share in found}) > 1 or not _alike(*(s.inner for s in found)):
        raise Refused("'matmul' of examples with others")
    return found[0] if found else Share(SAME, degree)


def _alike(*inner: DimLike | None) -> bool:
    """Whether rows lie in the same way."""
    return len({size for size in inner if size is not None}) < 2


@_rule("take")
def _take(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    (values, at), (x, index), axis = shares, node.inputs, node.attrs["axis"]
    if TERM in (values.kind, at.kind) or at.degree:
        raise Refused("'take' from a sum over the batch")
    if values.kind != ROWS and not at.scale:
        if at.kind != ROWS:
            return values
        before = 0 if axis is None else axis % x.ndim
        return replace(at, degree=values.degree, axis=at.axis + before)
    if axis is None and values.kind == ROWS and at.scale and at.inner is not None:
        inner = dims.product([values.inner or 0, *x.shape[values.axis + 1 :]])
        if inner == dims.product([at.inner, at.scale, *index.shape[at.axis + 1 :]]):
            return replace(at, degree=values.degree, scale=0)
    raise Refused("'take' of examples by others")


@_rule("scatter_elements", "scatter_rows")
def _scatter(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    (at, values, *rest), name, shape = shares, node.op.name, node.attrs["shape"]
    base = rest[0] if rest else NOTHING
    alone = not any(walk.has(size) for size in shape)
    if values.kind == TERM and alone and at == SAME_FOR_ALL and base.kind == ZERO:
        return values
    if TERM in (at.kind, values.kind):
        raise Refused(f"'{name}' of a sum over the batch")
    if alone:
        if at.scale or ROWS not in (at.kind, values.kind) or base.kind != ZERO:
            raise Refused(f"'{name}' of examples by their number")
        return Share(TERM, values.degree)
    axis, index = walk.axis_in(shape, node), node.inputs[0]
    if name != "scatter_elements" or not at.scale or at.inner is None:
        raise Refused(f"'{name}' into examples by others")
    inner = dims.exact_quotient(
        dims.product([at.inner, at.scale, *index.shape[at.axis + 1 :]]),
        dims.product(shape[axis + 1 :]),
    )
    found = Share(ROWS, values.degree, axis, inner)
    if base.kind != ZERO and base != found:
        raise Refused(f"'{name}' of examples into others")
    if values.kind == ROWS and (values.axis != at.axis or not _alike(values.inner, at.inner)):
        raise Refused(f"'{name}' of examples into others")
    if inner is None:
        raise Refused(f"'{name}' cuts examples apart")
    return found


@_rule("conv", "conv_input_gradient")
def _conv(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    images, weights = shares
    if images.kind != ROWS or images.axis or weights.kind != SAME:
        raise Refused(f"'{node.op.name}' with weights that differ in parts")
    return replace(images, degree=images.degree + weights.degree)


@_rule("conv_weight_gradient")
def _conv_weights(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    images, given = shares
    if images.kind != ROWS or given.kind != ROWS or images.axis or given.axis:
        raise Refused("'conv_weight_gradient' of other things than batches")
    return Share(TERM, images.degree + given.degree)


@_rule(
    *("max_pool", "max_pool_index", "max_pool_gradient", "max_pool_take"),
    *("sum_pool", "sum_pool_gradient"),
)
def _pool(walk: _Walk, node: Node, shares: Sequence[Share]) -> Share:
    if any(share.kind != ROWS or share.axis for share in shares):
        raise Refused(f"'{node.op.name}' of other things than batches")
    return replace(shares[0], degree=sum(share.degree for share in shares))
