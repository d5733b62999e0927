"""The rules of differentiation in words: what the derivative of each forward operation is.

In: the forward node that a step of the backward pass comes from. Out: its title and its rule. The
rule of an elementwise op that is not in the table is SymPy's derivative of its expression.
"""

from __future__ import annotations

from collections.abc import Callable

import sympy as sp

from graphc.codegen.formula import formula
from graphc.ir.node import Node, Tensor
from graphc.ops import scalar
from graphc.ops.elementwise import Elementwise

_RULES: dict[str, tuple[str, str]] = {
    "scan": (
        "backpropagation through time",
        "h[t+1] = f(h[t]):  dL/dh[t] = dL/dh[t+1] f'(h[t]), from the last step to the first",
    ),
    "cond": (
        "conditional",
        "y = f(x) if p else g(x):  dL/dx = dL/dy f'(x) if p else dL/dy g'(x)",
    ),
    "matmul": ("matrix product", "C = A B:  dL/dA = dL/dC B^T,  dL/dB = A^T dL/dC"),
    "einsum": ("einsum", "the same sum of products with dL/dC in place of the operand"),
    "add": ("sum", "c = a + b:  dL/da = dL/dc,  dL/db = dL/dc"),
    "subtract": ("difference", "c = a - b:  dL/da = dL/dc,  dL/db = -dL/dc"),
    "negative": ("negation", "y = -x:  dL/dx = -dL/dy"),
    "multiply": ("product", "c = a * b:  dL/da = dL/dc * b,  dL/db = dL/dc * a"),
    "divide": ("quotient", "c = a / b:  dL/da = dL/dc / b,  dL/db = -dL/dc * c / b"),
    "relu": ("relu", "h = relu(z):  dL/dz = dL/dh * [z > 0]"),
    "sigmoid": ("sigmoid", "h = sigmoid(z):  dL/dz = dL/dh * h * (1 - h)"),
    "tanh": ("tanh", "h = tanh(z):  dL/dz = dL/dh * (1 - h^2)"),
    "softplus": ("softplus", "h = log(1 + exp(z)):  dL/dz = dL/dh * sigmoid(z)"),
    "square": ("square", "y = x^2:  dL/dx = dL/dy * 2 x"),
    "exp": ("exponential", "y = exp(x):  dL/dx = dL/dy * y"),
    "log": ("logarithm", "y = log(x):  dL/dx = dL/dy / x"),
    "sqrt": ("square root", "y = sqrt(x):  dL/dx = dL/dy / (2 y)"),
    "power": ("power", "y = x^a:  dL/dx = dL/dy * a x^(a - 1)"),
    "abs": ("absolute value", "y = |x|:  dL/dx = dL/dy * sign(x)"),
    "maximum": ("maximum", "the larger operand gets dL/dy; where both are equal, half each"),
    "minimum": ("minimum", "the smaller operand gets dL/dy; where both are equal, half each"),
    "where": ("choice", "y = a where c else b:  dL/da = dL/dy where c, dL/db = dL/dy elsewhere"),
    "sum": ("sum over axes", "y = sum of x:  dL/dx = dL/dy at every element"),
    "mean": ("mean", "y = mean of n values:  dL/dx = dL/dy / n at every element"),
    "max": ("largest element", "dL/dx = dL/dy where x is the largest, shared among equals"),
    "min": ("smallest element", "dL/dx = dL/dy where x is the smallest, shared among equals"),
    "softmax": ("softmax", "p = softmax(z):  dL/dz = p * (dL/dp - sum(dL/dp * p))"),
    "log_softmax": (
        "log-softmax",
        "l = log_softmax(z):  dL/dz = dL/dl - softmax(z) * sum(dL/dl)",
    ),
    "logsumexp": ("log-sum-exp", "y = log(sum(exp(x))):  dL/dx = dL/dy * softmax(x)"),
    "sum_of_squares": ("sum of squares", "y = sum(x^2):  dL/dx = 2 x dL/dy"),
    "pick": ("entry of a label", "y = x[label]:  dL/dx = onehot(label) * dL/dy"),
    "dropout": (
        "dropout",
        "h' = h * mask / (1 - rate):  dL/dh = dL/dh' * mask / (1 - rate), with the same mask",
    ),
    "transpose": ("transpose", "y = x^T:  dL/dx = (dL/dy)^T"),
    "reshape": ("reshape", "the same numbers in another shape:  dL/dx is dL/dy in the shape of x"),
    "broadcast_to": ("broadcast", "dL/dx sums dL/dy over the axes along which x was repeated"),
    "cast": ("cast", "dL/dx is dL/dy in the element type of x"),
    "take": ("selection", "dL/dx adds each row of dL/dy to the row it was taken from"),
    "gather": ("selection", "dL/dx adds each element of dL/dy to where it was taken from"),
}
_LOSSES = {
    "softmax_cross_entropy": (
        "softmax cross-entropy",
        "l = -log(softmax(z)[y]):  dl/dz = softmax(z) - onehot(y); the mean divides by N",
    ),
    "binary_cross_entropy": (
        "binary cross-entropy",
        "l = -t log p - (1 - t) log(1 - p), p = sigmoid(z):  dl/dz = p - t",
    ),
    "squared_error": ("squared error", "l = (a - t)^2:  dl/da = 2 (a - t)"),
    "absolute_error": ("absolute error", "l = |a - t|:  dl/da = sign(a - t)"),
}
_REDUCTIONS = ("sum", "column_sum")


def title_of(rule: Node | Tensor | None, gradient: Tensor, begins: bool) -> str:
    """What is differentiated in a step.

    Args:
        rule: what the gradient comes from; see `graphc.ir.origin.Origin.rule`.
        gradient: the gradient.
        begins: whether the step needs no gradient before it.
    """
    if isinstance(rule, Tensor):
        return "sum of paths"
    if rule is None:
        return gradient.node.op.name
    loss = _loss(rule) if begins else None
    if loss is not None:
        return loss[0]
    if _is_broadcast(rule, gradient):
        return "broadcast"
    return _RULES[rule.op.name][0] if rule.op.name in _RULES else rule.op.name.replace("_", " ")


def rule_of(rule: Node | Tensor | None, gradient: Tensor, begins: bool) -> str:
    """The rule that a step applies, with the arguments of :func:`title_of`."""
    if isinstance(rule, Tensor):
        return "x is used more than once:  dL/dx adds what comes back from each use"
    if rule is None:
        return "a value of the forward pass that only the gradient needs"
    loss = _loss(rule) if begins else None
    if loss is not None:
        return loss[1]
    if _is_broadcast(rule, gradient):
        return "c = a + b, with b repeated along axes:  dL/db sums dL/dc over these axes"
    if rule.op.name in _RULES:
        return _RULES[rule.op.name][1]
    if isinstance(rule.op, Elementwise):
        return _by_sympy(rule.op)
    return f"the vector-Jacobian product of {rule.op.name}"


def forward_of(rule: Node | Tensor | None, begins: bool, name_of: Callable[[Tensor], str]) -> str:
    """The forward operation that a step differentiates, "" where that is not one.

    Args:
        rule, begins: as for :func:`title_of`.
        name_of: what a forward tensor is called, "" if it has no name.
    """
    if not isinstance(rule, Node) or begins:
        return ""
    result = rule.outputs[0]
    text = formula(result, name_of, lambda t: t is result or not name_of(t), length=40)
    name = name_of(result)
    return f"{name} = {text}" if name else text


def _loss(rule: Node) -> tuple[str, str] | None:
    scope = rule.origin.scope if rule.origin else ()
    return _LOSSES.get(scope[-1]) if scope else None


def _is_broadcast(rule: Node, gradient: Tensor) -> bool:
    return rule.op.name in ("add", "subtract") and gradient.node.op.name in _REDUCTIONS


def _by_sympy(op: Elementwise) -> str:
    """``y = f(x):  dL/dx = dL/dy * (f'(x))``."""
    names = scalar.symbols(op.arity)
    expression = op.expression(*names)
    shown = ", ".join(map(str, names))
    if op.arity > 1:
        return f"y = {op.name}({shown}), its partial derivatives"
    derivative = sp.simplify(scalar.derivative(expression, names[0]))
    return f"y = {op.name}({shown}):  dL/d{shown} = dL/dy * ({derivative})"
