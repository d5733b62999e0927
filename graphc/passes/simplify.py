"""Algebraic simplification: identities that hold for every value, NaN and infinities included.

Rules that hold only over the reals (``0 * x`` is 0, ``x / x`` is 1) are absent on purpose.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np

from graphc.ir import types
from graphc.ir.body import body_of, nodes_within
from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor, make
from graphc.ops.catalogue import APPLY_MASK, sigmoid, square, tanh
from graphc.ops.elementwise import Cast, Elementwise
from graphc.ops.leaf import constant, like
from graphc.ops.nn import sum_of_squares
from graphc.ops.shape import broadcast_to, concat, reshape, transpose, unslice
from graphc.passes.rules import Match, Rule, any_, number, op
from graphc.passes.within import within

_X = {"x": np.array([[0.5, -2.0, 0.0]])}
_XY = {"x": np.array([[0.5, -2.0, 0.0]]), "y": np.array([[1.5], [-0.25]])}
x, y, z = any_("x"), any_("y"), any_("z")


def _fit(tensor: Tensor, m: Match) -> Tensor:
    """A tensor in the shape of what it replaces."""
    return tensor if tensor.shape == m.root.shape else broadcast_to(tensor, m.root.shape)


def _mask(m: Match) -> Tensor | None:
    mask = m.m
    if mask.dtype != "bool" or m.root.shape not in (m.x.shape, mask.shape):
        return None
    return APPLY_MASK(m.x, mask)


def _number(m: Match, name: str) -> Any:
    """The number that a `Number` matched, in the element type of the result."""
    return np.asarray(m.value(name), m.root.dtype)


def _negated_factor(m: Match) -> Tensor:
    return _fit(m.x * constant(np.negative(_number(m, "c"))), m)


def _merge_factors(m: Match) -> Tensor | None:
    a, b = _number(m, "a"), _number(m, "b")
    with np.errstate(all="ignore"):  # integers wrap around, as the products one by one do
        product = np.multiply(a, b)
    if types.is_float(m.root.dtype) and a != 0 and b != 0:
        limits = np.finfo(m.root.dtype)
        if not limits.tiny <= np.abs(product) <= limits.max:
            return None  # ``x a b`` may well be in range where ``a b`` is not
    return _fit(m.x * constant(product), m)


def _sum(m: Match) -> Tensor | None:
    """The sum of `x` alone; not of integers, which may wrap around before they are added up."""
    if not types.is_float(m.x.dtype):
        return None
    return make(m.nodes["sum"].op, (m.x,), m.nodes["sum"].attrs).outputs[0]


def _out_of_sum(m: Match) -> Tensor | None:
    if m.c.ndim or m.root.ndim or m.x.ndim == 0:
        return None  # over one axis of several it would only hide a name
    total = _sum(m)
    return None if total is None else total * m.c


def _negated_sum(m: Match) -> Tensor | None:
    total = _sum(m)
    return None if total is None else -total


def _out_of_sum_below(m: Match) -> Tensor | None:
    if m.c.ndim or m.root.ndim or m.x.ndim == 0:
        return None  # over one axis of several it would only hide a name
    total = _sum(m)
    return None if total is None else total / m.c


def _square_sum(m: Match) -> Tensor | None:
    if m.root.ndim or m.x.ndim == 0 or not types.is_float(m.x.dtype):
        return None
    return sum_of_squares([reshape(m.x, (m.x.size,))])


def _one_factor(m: Match) -> Tensor | None:
    if m.d.ndim or m.x.shape != m.root.shape or m.x.ndim == 0:
        return None
    return m.x * (like(m.value("c"), m.x) / m.d)


def _transposed_twice(m: Match) -> Tensor:
    outer, inner = m.nodes["outer"].attrs["axes"], m.nodes["inner"].attrs["axes"]
    axes = tuple(inner[axis] for axis in outer)
    return m.x if axes == tuple(range(len(axes))) else transpose(m.x, axes)


def _same_shape(m: Match) -> Tensor | None:
    return m.x if m.x.shape == m.root.shape else None


def _side_by_side(m: Match) -> Tensor | None:
    """Two parts of one whole that touch, as one part."""
    a, b = m.nodes["a"].attrs, m.nodes["b"].attrs
    if a["shape"] != b["shape"] or a["drop"] or b["drop"]:
        return None
    pairs = list(zip(a["region"], b["region"], strict=True))
    axes = [axis for axis, (p, q) in enumerate(pairs) if p != q]
    if len(axes) != 1 or any(step != 1 for pair in pairs for _, _, step in pair):
        return None
    axis = axes[0]
    first, second, x, y = a["region"], b["region"], m.x, m.y
    if second[axis][0] + second[axis][1] == first[axis][0]:
        first, second, x, y = second, first, y, x
    start, size, _ = first[axis]
    if start + size != second[axis][0]:
        return None
    region = tuple(
        (start, size + second[axis][1], 1) if i == axis else part for i, part in enumerate(first)
    )
    parts = [part for t in (x, y) for part in _parts(t, axis)]
    return unslice(concat(parts, axis), a["shape"], region)


def _parts(tensor: Tensor, axis: int) -> Sequence[Tensor]:
    """What a tensor is concatenated of along an axis."""
    node = tensor.node
    return node.inputs if node.op.name == "concat" and node.attrs["axis"] == axis else (tensor,)


_SUM = {"sum": {"axes": (0, 1), "keepdims": False}, "x": np.arange(6.0).reshape(2, 3)}

RULES: list[Rule] = [
    Rule("x + 0 = x", op("add", x, number(0)), lambda m: _fit(m.x, m), (_X,), exact=True),
    Rule("x - 0 = x", op("subtract", x, number(0)), lambda m: _fit(m.x, m), (_X,), exact=True),
    Rule("0 - x = -x", op("subtract", number(0), x), lambda m: _fit(-m.x, m), (_X,), exact=True),
    Rule("x * 1 = x", op("multiply", x, number(1)), lambda m: _fit(m.x, m), (_X,), exact=True),
    Rule("x / 1 = x", op("divide", x, number(1)), lambda m: _fit(m.x, m), (_X,), exact=True),
    Rule("x * -1 = -x", op("multiply", x, number(-1)), lambda m: _fit(-m.x, m), (_X,), exact=True),
    Rule("-(-x) = x", op("negative", op("negative", x)), lambda m: m.x, (_X,), exact=True),
    Rule(
        "x + -y = x - y", op("add", x, op("negative", y)), lambda m: m.x - m.y, (_XY,), exact=True
    ),
    Rule(
        "x - -y = x + y",
        op("subtract", x, op("negative", y)),
        lambda m: m.x + m.y,
        (_XY,),
        exact=True,
    ),
    Rule(
        "-(x - y) = y - x",
        op("negative", op("subtract", x, y)),
        lambda m: m.y - m.x,
        (_XY,),
        exact=True,
    ),
    Rule(
        "-x * -y = x * y",
        op("multiply", op("negative", x), op("negative", y)),
        lambda m: m.x * m.y,
        (_XY,),
        exact=True,
    ),
    Rule(
        "-x * c = x * -c",
        op("multiply", op("negative", x), number(name="c")),
        _negated_factor,
        ({**_X, "c": 2.5},),
        exact=True,
    ),
    Rule(
        "-(x * c) = x * -c",
        op("negative", op("multiply", x, number(name="c"))),
        _negated_factor,
        ({**_X, "c": 2.5},),
        exact=True,
    ),
    Rule(
        "x a b = x (a b)",
        op("multiply", op("multiply", x, number(name="a")), number(name="b")),
        _merge_factors,
        ({**_X, "a": 2.5, "b": -0.3},),
    ),
    Rule(
        "x * (1 / c) = x / c",
        op("multiply", x, op("divide", number(1), any_("c"))),
        lambda m: m.x / m.c if m.c.ndim == 0 else None,
        ({**_X, "c": 3.0},),
    ),
    Rule(
        "x * -(1 / c) = -(x / c)",
        op("multiply", x, op("negative", op("divide", number(1), any_("c")))),
        lambda m: -(m.x / m.c) if m.c.ndim == 0 else None,
        ({**_X, "c": 3.0},),
    ),
    Rule(
        "x * mask by the mask",
        op("multiply", x, op("cast", any_("m"), as_="cast")),
        _mask,
        ({**_X, "m": np.array([[True, False, True]]), "cast": {"dtype": "float64"}},),
        exact=True,
    ),
    Rule(
        "sum(x c) = c sum(x)",
        op("sum", op("multiply", x, any_("c")), as_="sum"),
        _out_of_sum,
        ({**_SUM, "c": 0.5},),
    ),
    Rule(
        "sum(x / c) = sum(x) / c",
        op("sum", op("divide", x, any_("c")), as_="sum"),
        _out_of_sum_below,
        ({**_SUM, "c": 3.0},),
    ),
    Rule(
        "sum(-x) = -sum(x)",
        op("sum", op("negative", x), as_="sum"),
        _negated_sum,
        (_SUM,),
        exact=True,
    ),
    Rule(
        "sum of squares",
        op("sum", op("square", x), as_="sum"),
        _square_sum,
        (_SUM,),
    ),
    Rule(
        "x c / d = x (c / d)",
        op("divide", op("multiply", x, number(name="c")), any_("d")),
        _one_factor,
        ({**_X, "c": 2.0, "d": 3.0},),
    ),
    Rule(
        "parts of zeros side by side",
        op("add", op("unslice", x, as_="a"), op("unslice", y, as_="b")),
        _side_by_side,
        (
            {
                "x": np.arange(6.0).reshape(2, 3),
                "y": np.ones((2, 1)),
                "a": {"shape": (2, 5), "region": ((0, 2, 1), (1, 3, 1)), "drop": ()},
                "b": {"shape": (2, 5), "region": ((0, 2, 1), (0, 1, 1)), "drop": ()},
            },
        ),
        exact=True,
    ),
    Rule(
        "transpose twice",
        op("transpose", op("transpose", x, as_="inner"), as_="outer"),
        _transposed_twice,
        (
            {
                "x": np.arange(6.0).reshape(1, 2, 3),
                "inner": {"axes": (1, 2, 0)},
                "outer": {"axes": (2, 0, 1)},
            },
        ),
        exact=True,
    ),
    Rule(
        "reshape twice",
        op("reshape", op("reshape", x, as_="inner"), as_="outer"),
        lambda m: reshape(m.x, m.root.shape),
        ({"x": np.arange(6.0), "inner": {"shape": (2, 3)}, "outer": {"shape": (3, 2)}},),
        exact=True,
    ),
    Rule(
        "reshape to the same shape",
        op("reshape", x, as_="outer"),
        _same_shape,
        ({"x": np.arange(6.0), "outer": {"shape": (6,)}},),
        exact=True,
    ),
    Rule(
        "broadcast to the same shape",
        op("broadcast_to", x, as_="outer"),
        _same_shape,
        ({"x": np.arange(6.0), "outer": {"shape": (6,)}},),
        exact=True,
    ),
    Rule(
        "broadcast twice",
        op("broadcast_to", op("broadcast_to", x, as_="inner"), as_="outer"),
        lambda m: broadcast_to(m.x, m.root.shape),
        ({"x": np.arange(3.0), "inner": {"shape": (2, 3)}, "outer": {"shape": (4, 2, 3)}},),
        exact=True,
    ),
]


def reuse_tanh(graph: Graph, hits: Counter[str]) -> Graph:
    """The derivative of a tanh that is computed anyway, from its value: ``1 - tanh(x)**2``.

    Two steps instead of eight; the way back through a loop has the value from the loop.  Where tanh
    saturates the difference keeps one unit in the last place of 1, not the relative accuracy of
    `sech_squared`, which is left where it stands alone.
    """
    known = {n.inputs[0] for n in nodes_within(graph.nodes) if n.op.name == "tanh"}

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        if node.op.name != "sech_squared" or node.inputs[0] not in known:
            return None
        hits["derivative of tanh from its value"] += 1
        return (1 - square(tanh(inputs[0])),)

    return within(lambda part, _: rewrite(part, change), graph, hits)


def reuse_sigmoid(graph: Graph, hits: Counter[str]) -> Graph:
    """On the way back through a loop, ``sigmoid(-x)`` as ``1 - sigmoid(x)``.

    One stack is kept instead of two, and the difference is exact to one unit in the last place of
    1, as for `reuse_tanh`.
    """
    loops = [body.graph for n in graph.nodes if (body := body_of(n)) is not None]
    inside = [n for part in loops for n in nodes_within(part.nodes)]
    known = {n.inputs[0] for n in inside if n.op.name == "sigmoid"}

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        if node.op.name != "sigmoid" or node.inputs[0].node.op.name != "negative":
            return None
        if node.inputs[0].node.inputs[0] not in known:
            return None
        hits["derivative of sigmoid from its value"] += 1
        return (1 - sigmoid(inputs[0].node.inputs[0]),)

    return within(lambda part, _: rewrite(part, change), graph, hits)


def unbroadcast_scalars(graph: Graph, hits: Counter[str]) -> Graph:
    """Let elementwise ops broadcast by themselves, and compute on scalars before broadcasting.

    ``broadcast(c) * x`` is ``c * x``; ``f(broadcast(c))`` is ``broadcast(f(c))``; a reshape or a
    transpose of a broadcast scalar is a broadcast of it.
    """

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        out = node.outputs[0]
        if node.op.name in ("reshape", "transpose", "slice", "broadcast_to"):
            inner = before_broadcast(inputs[0])
            if inner is inputs[0] or inner.ndim or out.ndim == 0:
                return None
            hits["scalar broadcast once"] += 1
            return (broadcast_to(inner, out.shape),)
        if not isinstance(node.op, (Elementwise, Cast)):
            return None
        bare = [before_broadcast(t) for t in inputs]
        if all(a is b for a, b in zip(bare, inputs, strict=True)):
            return None
        result = make(node.op, bare, node.attrs).outputs[0]
        if result.shape == out.shape:
            hits["broadcast by the op itself"] += 1
            return (result,)
        if result.ndim == 0:
            hits["computed before broadcasting"] += 1
            return (broadcast_to(result, out.shape),)
        return None

    return rewrite(graph, change)


def before_broadcast(tensor: Tensor) -> Tensor:
    """What a tensor is a broadcast of, or itself."""
    while tensor.node.op.name == "broadcast_to":
        tensor = tensor.node.inputs[0]
    if tensor.node.op.name == "reshape":
        inner = before_broadcast(tensor.node.inputs[0])
        return tensor if inner.ndim else inner
    return tensor
