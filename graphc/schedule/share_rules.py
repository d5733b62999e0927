"""What each op makes of what its operands are in a part of the batch; see :mod:`graphc.schedule.shares`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from graphc.ir import dims
from graphc.ir.dims import DimLike
from graphc.ir.node import Node
from graphc.schedule.shares import (
    NOTHING,
    ROWS,
    RULES,
    SAME,
    SAME_FOR_ALL,
    TERM,
    ZERO,
    Refused,
    Share,
    Walk,
)

Rule = Callable[[Walk, Node, Sequence[Share]], Share]


def _rule(*names: str) -> Callable[[Rule], Rule]:
    def add(function: Rule) -> Rule:
        RULES.update(dict.fromkeys(names, function))
        return function

    return add


@_rule("state")
def _state(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
    return SAME_FOR_ALL


@_rule("constant")
def _constant(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
    return SAME_FOR_ALL if node.attrs["value"].array.any() else NOTHING


@_rule("dimension")
def _dimension(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
    size, degree = node.attrs["dim"], 0
    while walk.has(size):
        size, degree = dims.exact_quotient(size, walk.size), degree + 1
        if size is None:
            if set(dims.symbols([node.attrs["dim"]])) != {walk.symbol}:
                raise Refused("a size that is not proportional to it is computed with")
            walk.whole.add(node)
            return SAME_FOR_ALL
    return Share(SAME, degree)


@_rule("iota")
def _iota(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
    share = walk.filled(node, SAME_FOR_ALL)
    if share.kind == ROWS and node.attrs["axis"] == share.axis:
        return replace(share, scale=1)
    return share


@_rule("cast", "copy", "apply_mask", "known_labels")
def _elements(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
    return walk.elementwise(node, shares)


@_rule("multiply")
def _multiply(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
    for share, factor in zip(shares, reversed(node.inputs), strict=True):
        if share.scale and factor.node.op.name == "constant" and factor.ndim == 0:
            return replace(share, scale=share.scale * int(factor.node.attrs["value"].array))
        if share.scale and factor.node.op.name == "dimension":
            return replace(share, scale=share.scale * factor.node.attrs["dim"])
    return walk.elementwise(node, shares)


@_rule("position")
def _position(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
    if any(share.kind == TERM for share in shares):
        raise Refused("positions that depend on a sum over the batch")
    if len(shares) == 1:
        return replace(shares[0], scale=shares[0].scale * node.attrs["stride"])
    if shares[0].scale:
        raise Refused("positions of positions")
    return replace(walk.aligned(node, shares), scale=shares[1].scale)


@_rule("reshape")
def _reshape(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
    return walk.located(node, shares[0])


@_rule("transpose")
def _transpose(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
    (share,) = shares
    axes = [axis % node.inputs[0].ndim for axis in node.attrs["axes"]]
    return replace(share, axis=axes.index(share.axis)) if share.kind == ROWS else share


@_rule("broadcast_to")
def _broadcast_to(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
    (share,), (x,), (result,) = shares, node.inputs, node.outputs
    if share.kind == TERM and any(walk.has(size) for size in result.shape):
        raise Refused("a sum over the batch is given back to each example")
    if share.kind == ROWS:
        return replace(share, axis=share.axis + result.ndim - x.ndim)
    return walk.filled(node, share)


@_rule("concat")
def _concat(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
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
def _region(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
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
def _pad(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
    (share,) = shares
    if share.kind == ROWS and node.attrs["widths"][share.axis] != (0, 0):
        raise Refused("'pad' of the batch")
    return share


@_rule("sum", "max", "min", "prod", "any", "all")
def _reduce(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
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
def _line_sum(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
    share, axis = shares[0], 0 if node.op.name == "column_sum" else 1
    if share.kind != ROWS:
        return share
    return Share(TERM, share.degree) if share.axis == axis else replace(share, axis=0)


@_rule("sum_of_squares")
def _squares(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
    kinds = {share.kind for share in shares}
    if TERM in kinds or len(kinds) > 1 or len(shares) > 1:
        raise Refused("'sum_of_squares' of sums over the batch")
    return Share(TERM if ROWS in kinds else shares[0].kind, 2 * shares[0].degree)


@_rule("cumsum")
def _cumsum(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
    (share,) = shares
    if share.kind == ROWS and node.attrs["axis"] % node.inputs[0].ndim == share.axis:
        raise Refused("'cumsum' over the batch")
    return share


@_rule("matmul")
def _matmul(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
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
def _take(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
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
def _scatter(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
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
def _conv(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
    images, weights = shares
    if images.kind != ROWS or images.axis or weights.kind != SAME:
        raise Refused(f"'{node.op.name}' with weights that differ in parts")
    return replace(images, degree=images.degree + weights.degree)


@_rule("conv_weight_gradient")
def _conv_weights(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
    images, given = shares
    if images.kind != ROWS or given.kind != ROWS or images.axis or given.axis:
        raise Refused("'conv_weight_gradient' of other things than batches")
    return Share(TERM, images.degree + given.degree)


@_rule(
    *("max_pool", "max_pool_index", "max_pool_gradient", "max_pool_take"),
    *("sum_pool", "sum_pool_gradient"),
)
def _pool(walk: Walk, node: Node, shares: Sequence[Share]) -> Share:
    if any(share.kind != ROWS or share.axis for share in shares):
        raise Refused(f"'{node.op.name}' of other things than batches")
    return replace(shares[0], degree=sum(share.degree for share in shares))
