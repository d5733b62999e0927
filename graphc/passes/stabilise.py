"""Numerical stability as rewriting: what is written naively is computed safely.

The rules know the composite ops (softmax, sigmoid, logsumexp) as wholes, so they run before
those are lowered, and before differentiation: the derivative of a stable form is stable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

import numpy as np

from graphc.ir.graph import Graph
from graphc.ir.node import Tensor
from graphc.ops.catalogue import abs as absolute
from graphc.ops.catalogue import (
    exp,
    expm1,
    log,
    log1p,
    log_sigmoid,
    relu,
    sigmoid,
    softplus,
    where,
)
from graphc.ops.elementwise import cast
from graphc.ops.index import add_at, pick
from graphc.ops.nn import log_softmax, shifted, softmax
from graphc.ops.reduce import logsumexp
from graphc.ops.shape import expand_dims, squeeze
from graphc.passes import exponentials
from graphc.passes.rules import Match, Rule, RuleSet, any_, number, op
from graphc.passes.simplify import before_broadcast

x, y, c, a = any_("x"), any_("y"), any_("c"), any_("a")
_X = {"x": np.array([[0.5, -2.0, 0.1]])}
_ROWS = np.array([[0.5, -2.0, 0.1], [3.0, 1.0, -1.0]])
_FAR = np.array([[-800.0, 800.0, 0.0]])
_CHOICE = {"c": np.array([[True, False, True]]), "a": _ROWS, "y": np.array([[2.0, 3.0, 4.0]])}


def _log_sum_exp(m: Match) -> Tensor:
    attrs = m.nodes["sum"].attrs
    return logsumexp(m.x, axis=attrs["axes"], keepdims=attrs["keepdims"])


def _softmax(m: Match) -> Tensor | None:
    attrs = m.nodes["sum"].attrs
    if len(attrs["axes"]) != 1 or not attrs["keepdims"]:
        return None
    return softmax(m.x, axis=attrs["axes"][0])


_SUM = {"sum": {"axes": (1,), "keepdims": True}}
_ZERO = number(0)

RULES: list[Rule] = [
    Rule(
        "log(softmax)",
        op("log", op("softmax", x, as_="softmax")),
        lambda m: log_softmax(m.x, m.nodes["softmax"].attrs["axis"]),
        (
            {"x": _ROWS, "softmax": {"axis": 1}},
            {"x": _FAR, "softmax": {"axis": 1}, "expect": np.array([[-1600.0, 0.0, -800.0]])},
        ),
    ),
    Rule(
        "log(sigmoid)",
        op("log", op("sigmoid", x)),
        lambda m: log_sigmoid(m.x),
        (_X, {"x": _FAR, "expect": np.array([[-800.0, 0.0, np.log(0.5)]])}),
    ),
    Rule(
        "log(1 - sigmoid)",
        op("log", op("subtract", number(1), op("sigmoid", x))),
        lambda m: log_sigmoid(-m.x),
        (_X, {"x": _FAR, "expect": np.array([[0.0, -800.0, np.log(0.5)]])}),
    ),
    Rule(
        "log(1 + exp)",
        op("log", op("add", number(1), op("exp", x))),
        lambda m: softplus(m.x),
        (_X, {"x": _FAR, "expect": np.array([[0.0, 800.0, np.log(2)]])}),
    ),
    Rule(
        "log1p(exp)",
        op("log1p", op("exp", x)),
        lambda m: softplus(m.x),
        (_X, {"x": _FAR, "expect": np.array([[0.0, 800.0, np.log(2)]])}),
    ),
    Rule(
        "log(1 + x)",
        op("log", op("add", number(1), x)),
        lambda m: log1p(m.x),
        ({"x": np.array([0.5, 2.0])}, {"x": np.array([1e-20]), "expect": np.array([1e-20])}),
    ),
    Rule(
        "exp(x) - 1",
        op("subtract", op("exp", x), number(1)),
        lambda m: expm1(m.x),
        (_X, {"x": np.array([1e-20]), "expect": np.array([1e-20])}),
    ),
    Rule("log(exp)", op("log", op("exp", x)), lambda m: m.x, (_X, {"x": _FAR, "expect": _FAR})),
    Rule(
        "log(sum(exp))",
        op("log", op("sum", op("exp", x), as_="sum")),
        _log_sum_exp,
        ({"x": _ROWS, **_SUM}, {"x": _FAR, **_SUM, "expect": np.array([[800.0]])}),
    ),
    Rule(
        "exp / sum(exp)",
        op("divide", op("exp", x), op("sum", op("exp", x), as_="sum")),
        _softmax,
        ({"x": _ROWS, **_SUM}, {"x": _FAR, **_SUM, "expect": np.array([[0.0, 1.0, 0.0]])}),
    ),
    *exponentials.RULES,
    # The gradient trap of `where`: a zero cotangent times an infinite slope is NaN, so the
    # product moves inside, where the branch not taken is never looked at.
    Rule(
        "where(c, a, 0) * y",
        op("multiply", op("where", c, a, _ZERO), y),
        lambda m: where(m.c, m.a * m.y, 0),
        (
            _CHOICE,
            {
                **_CHOICE,
                "y": np.array([[2.0, np.inf, 4.0]]),
                "expect": np.array([[1.0, 0, 0.4], [6, 0, -4]]),
            },
        ),
    ),
    Rule(
        "where(c, 0, a) * y",
        op("multiply", op("where", c, _ZERO, a), y),
        lambda m: where(m.c, 0, m.a * m.y),
        (_CHOICE,),
    ),
    Rule(
        "where(c, a, 0) / y",
        op("divide", op("where", c, a, _ZERO), y),
        lambda m: where(m.c, m.a / m.y, 0),
        (
            _CHOICE,
            {
                **_CHOICE,
                "y": np.array([[2.0, 0.0, 4.0]]),
                "expect": np.array([[0.25, 0, 0.025], [1.5, 0, -0.25]]),
            },
        ),
    ),
    Rule(
        "where(c, 0, a) / y",
        op("divide", op("where", c, _ZERO, a), y),
        lambda m: where(m.c, 0, m.a / m.y),
        (_CHOICE,),
    ),
    Rule(
        "-where(c, a, 0)",
        op("negative", op("where", c, a, _ZERO)),
        lambda m: where(m.c, -m.a, 0),
        (_CHOICE,),
    ),
    Rule(
        "-where(c, 0, a)",
        op("negative", op("where", c, _ZERO, a)),
        lambda m: where(m.c, 0, -m.a),
        (_CHOICE,),
    ),
    Rule(
        "cast of where(c, a, 0)",
        op("cast", op("where", c, a, _ZERO), as_="cast"),
        lambda m: where(m.c, cast(m.a, m.root.dtype), 0),
        ({**_CHOICE, "cast": {"dtype": "float32"}},),
        exact=True,
    ),
    Rule(
        "cast of where(c, 0, a)",
        op("cast", op("where", c, _ZERO, a), as_="cast"),
        lambda m: where(m.c, 0, cast(m.a, m.root.dtype)),
        ({**_CHOICE, "cast": {"dtype": "float32"}},),
        exact=True,
    ),
]


def _cross_entropy(m: Match) -> Tensor | None:
    logits, node = m.z, m.nodes["log_softmax"]
    if node.attrs["axis"] != logits.ndim - 1:
        return None
    centred, _, total = shifted(logits, logits.ndim - 1)
    result = pick(centred, m.y) - squeeze(log(total), logits.ndim - 1)
    result.whole = m.root.node  # formulas go on calling it log_softmax(z)[y]
    return result


def _sum_of_spread(m: Match) -> Tensor | None:
    attrs = m.nodes["sum"].attrs
    if attrs["axes"] != (m.v.ndim,):
        return None
    return expand_dims(m.v, m.v.ndim) if attrs["keepdims"] else m.v


def _weighted_minus_one_hot(m: Match) -> Tensor | None:
    rows, column = m.root.shape, m.nodes["column"].outputs[0]
    if column.shape != (*rows[:-1], 1) or m.s.shape != rows:
        return None
    negated = m.v.node.op.name == "negative"
    weight = expand_dims(m.v.node.inputs[0], -1) if negated else -column
    return add_at(m.s, m.y, -1) * weight


def _binary_cross_entropy(m: Match) -> Tensor:
    # In softplus(z) - z t the small part of a large softplus would be lost.
    result = relu(m.z) - m.z * m.t + log1p(exp(-absolute(m.z)))
    result.whole = m.root.node
    return result


def _minus_one_hot(m: Match) -> Tensor | None:
    scale = before_broadcast(m.v)
    if scale.ndim or before_broadcast(m.w) is not scale or m.s.shape != m.root.shape:
        return None
    difference = add_at(m.s, m.y, -1)
    return difference * -scale


# Only for functions that are compiled, not before differentiation: the whole `log_softmax` has
# the better derivative (softmax minus one-hot).
CROSS_ENTROPY: list[Rule] = [
    Rule(
        "softmax cross-entropy",
        op("pick", op("log_softmax", any_("z"), as_="log_softmax"), y),
        _cross_entropy,
        ({"z": _ROWS, "y": np.array([2, 0]), "log_softmax": {"axis": 1}},),
    ),
    Rule(
        "sum of one entry a row",
        op("sum", op("spread", any_("v"), y, as_="spread"), as_="sum"),
        _sum_of_spread,
        ({"v": np.array([0.5, -2.0]), "y": np.array([2, 0]), "spread": {"depth": 3}, **_SUM},),
        exact=True,
    ),
    Rule(
        "softmax minus one-hot",
        op(
            "subtract",
            op("spread", op("broadcast_to", any_("v"), as_="rows"), y, as_="spread"),
            op("multiply", any_("s"), any_("w")),
        ),
        _minus_one_hot,
        (
            {
                "v": np.array(-0.5),
                "w": "v",
                "y": np.array([2, 0]),
                "s": _ROWS,
                "spread": {"depth": 3},
                "rows": {"shape": (2,)},
            },
        ),
    ),
    Rule(
        "weighted softmax minus one-hot",
        op(
            "subtract",
            op("spread", any_("v"), y, as_="spread"),
            op("multiply", any_("s"), op("reshape", any_("v"), as_="column")),
        ),
        _weighted_minus_one_hot,
        (
            {
                "v": np.array([-0.5, 2.0]),
                "y": np.array([2, 0]),
                "s": _ROWS,
                "spread": {"depth": 3},
                "column": {"shape": (2, 1)},
            },
        ),
    ),
    Rule(
        "binary cross-entropy",
        op("subtract", op("softplus", any_("z")), op("multiply", any_("z"), any_("t"))),
        _binary_cross_entropy,
        (
            {"z": _ROWS, "t": np.array([[0.0, 1.0, 0.3], [1.0, 0.0, 1.0]])},
            {"z": np.array([40.0]), "t": np.array([1.0]), "expect": np.array([np.exp(-40.0)])},
        ),
    ),
    Rule(
        "(sigmoid - target) / c",
        op("subtract", op("divide", op("sigmoid", x), c), op("divide", y, c)),
        lambda m: (sigmoid(m.x) - m.y) / m.c if m.c.ndim == 0 else None,
        ({**_X, "y": np.array([[0.0, 1.0, 0.3]]), "c": 6.0},),
    ),
    Rule(
        "(sigmoid - target) * weight",
        op("subtract", op("multiply", c, op("sigmoid", x)), op("multiply", c, y)),
        lambda m: m.c * (sigmoid(m.x) - m.y),
        ({**_X, "y": np.array([[0.0, 1.0, 0.3]]), "c": np.array([[2.0, 0.5, 0.0]])},),
    ),
    Rule(
        "softplus(z) - z",
        op("subtract", op("softplus", any_("z")), any_("z")),
        lambda m: softplus(-m.z),
        ({"z": _ROWS}, {"z": np.array([40.0]), "expect": np.array([np.exp(-40.0)])}),
    ),
]

_BEFORE_GRADIENT = RuleSet(RULES)


def stable_form(tensors: Sequence[Tensor], barrier: Sequence[Tensor] = ()) -> list[Tensor]:
    """What `tensors` compute, in stable form; the tensors of `barrier` stay as they are."""
    graph = Graph("stable_form", (), tuple((str(i), t) for i, t in enumerate(tensors)))
    stable = _BEFORE_GRADIENT.apply(graph, Counter(), frozenset(barrier))
    return [tensor for _, tensor in stable.outputs]
