"""Scalar calculus by SymPy: an elementwise op's expression, its derivatives, and both as nodes.

This is the only place where SymPy meets tensors.  SymPy differentiates; what it returns is first
put in terms of functions that stay accurate in floating point (sigmoid, softplus, log1p, expm1),
then turned into nodes.  SymPy is imported when the first derivative is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from graphc.errors import GraphError
from graphc.ir.node import Tensor, builders

if TYPE_CHECKING:
    import sympy

NAMES = ("x", "y", "z", "u", "v", "w")


def symbols(count: int) -> tuple[sympy.Symbol, ...]:
    """The real symbols that stand for the operands of an op."""
    import sympy as sp

    return tuple(sp.Symbol(name, real=True) for name in NAMES[:count])


@lru_cache(maxsize=1)
def functions() -> dict[str, Any]:
    """SymPy functions for what floating point needs a name for, with their derivatives."""
    import sympy as sp

    class sigmoid(sp.Function):  # type: ignore[misc]
        def fdiff(self, argindex: int = 1) -> Any:
            return self * (1 - self)

    class softplus(sp.Function):  # type: ignore[misc]
        def fdiff(self, argindex: int = 1) -> Any:
            return sigmoid(self.args[0])

    class log1p(sp.Function):  # type: ignore[misc]
        def fdiff(self, argindex: int = 1) -> Any:
            return 1 / (1 + self.args[0])

    class expm1(sp.Function):  # type: ignore[misc]
        def fdiff(self, argindex: int = 1) -> Any:
            return self + 1

    return {"sigmoid": sigmoid, "softplus": softplus, "log1p": log1p, "expm1": expm1}


def stabilise(expression: sympy.Expr) -> sympy.Expr:
    """Write an expression with the functions that don't overflow or cancel.

    ``1/(1 + e^-a)`` and ``e^a/(1 + e^a)`` become sigmoid(a), ``log(1 + e^a)`` softplus(a),
    ``log(1 + a)`` log1p(a), ``e^a - 1`` expm1(a); equal for real a.
    """
    import sympy as sp

    f = functions()
    a = sp.Wild("a")
    expression = sp.sympify(expression)
    before = None
    while before != expression:
        before = expression
        expression = expression.replace(sp.log(1 + sp.exp(a)), f["softplus"](a))
        expression = expression.replace(lambda part: part.is_Pow, _one_over_one_plus_exp)
        expression = expression.replace(lambda part: part.is_Mul, _exp_times_sigmoid)
    expression = expression.replace(
        lambda part: isinstance(part, sp.log) and part.args[0].is_Add and 1 in part.args[0].args,
        lambda part: f["log1p"](part.args[0] - 1),
    )
    return expression.replace(
        lambda part: (
            part.is_Add and -1 in part.args and any(isinstance(t, sp.exp) for t in part.args)
        ),
        lambda part: _with_expm1(part, f["expm1"]),
    )


def _one_over_one_plus_exp(power: sympy.Expr) -> sympy.Expr:
    """``(1 + e^a)^-n`` as ``sigmoid(-a)^n``."""
    import sympy as sp

    base, exponent = power.args
    inside = base - 1
    if not (exponent.is_Integer and exponent.is_negative and isinstance(inside, sp.exp)):
        return power
    return functions()["sigmoid"](-inside.args[0]) ** -exponent


def _exp_times_sigmoid(product: sympy.Expr) -> sympy.Expr:
    """``e^a sigmoid(-a)`` as ``sigmoid(a)``."""
    import sympy as sp

    sigmoid = functions()["sigmoid"]
    for factor in product.args:
        base, exponent = factor.as_base_exp()
        if isinstance(base, sigmoid) and exponent.is_Integer and exponent.is_positive:
            growing = sp.exp(-base.args[0])
            if growing in product.args:
                rest = [part for part in product.args if part not in (factor, growing)]
                return sp.Mul(*rest, base ** (exponent - 1), sigmoid(-base.args[0]))
    return product


def _with_expm1(total: sympy.Expr, expm1: Any) -> sympy.Expr:
    import sympy as sp

    first = next(term for term in total.args if isinstance(term, sp.exp))
    return total - first + 1 + expm1(first.args[0])


def derivative(expression: sympy.Expr, by: sympy.Symbol) -> sympy.Expr:
    """The derivative of a stabilised expression, with functions defined by cases differentiated
    case by case and 0 taken at kinks."""
    import sympy as sp

    result = sp.diff(stabilise(expression), by)
    result = result.replace(sp.Heaviside, lambda t, *_: sp.Piecewise((1, t > 0), (0, True)))
    return stabilise(result.replace(sp.DiracDelta, lambda *_: sp.Integer(0)))


_CALLS = {
    "exp": "exp",
    "log": "log",
    "tanh": "tanh",
    "sin": "sin",
    "cos": "cos",
    "Abs": "abs",
    "sign": "sign",
    "erf": "erf",
    "floor": "floor",
    "sigmoid": "sigmoid",
    "softplus": "softplus",
    "log1p": "log1p",
    "expm1": "expm1",
}
_RELATIONS = {
    "StrictGreaterThan": "greater",
    "GreaterThan": "greater_equal",
    "StrictLessThan": "less",
    "LessThan": "less_equal",
    "Equality": "equal",
    "Unequality": "not_equal",
    "And": "logical_and",
    "Or": "logical_or",
    "Not": "logical_not",
}


def to_tensor(expression: sympy.Expr, operands: Mapping[sympy.Symbol, Tensor]) -> Any:
    """A SymPy expression as tensors (or a Python number where it is constant).

    Raises:
        GraphError: for a function that graphc has no op for.
    """
    import sympy as sp

    def branch(part: sympy.Basic) -> Any:
        value = walk(part)
        if isinstance(value, Tensor) or dtype is None:
            return value
        return builders["constant"](value, dtype)  # two numbers alone would choose a type

    dtype = next((t.dtype for t in operands.values()), None)

    def walk(part: sympy.Basic) -> Any:
        if part in operands:
            return operands[part]
        if part.is_Number or part.is_NumberSymbol:
            return int(part) if part.is_Integer else float(part)
        if part is sp.true or part is sp.false:
            return bool(part)
        kind = type(part).__name__
        if part.is_Add:
            return _combine_sum(part, walk)
        if part.is_Mul:
            return _combine_product(part, walk)
        if part.is_Pow:
            return _power(part, walk)
        if kind in ("tan", "sinh", "cosh"):
            rewritten = part.rewrite(sp.cos) if kind == "tan" else part.rewrite(sp.exp)
            return walk(sp.sin(part.args[0]) / sp.cos(part.args[0]) if kind == "tan" else rewritten)
        if isinstance(part, (sp.Max, sp.Min)):
            name = "maximum" if isinstance(part, sp.Max) else "minimum"
            values = [walk(a) for a in sorted(part.args, key=sp.default_sort_key, reverse=True)]
            return _fold(name, values)
        if isinstance(part, sp.Piecewise):
            *cases, (last, _) = part.args
            result = branch(last)
            for value, condition in reversed(cases):
                result = builders["where"](walk(condition), branch(value), result)
            return result
        if kind in _RELATIONS:
            return _fold(_RELATIONS[kind], [walk(a) for a in part.args])
        if kind in _CALLS:
            return builders[_CALLS[kind]](*[walk(a) for a in part.args])
        raise GraphError(
            f"elementwise expressions can't use {kind}: {part}; "
            f"use arithmetic, Piecewise, Max, Min and {', '.join(sorted(_CALLS))}"
        )

    return walk(expression)


def _fold(name: str, values: Sequence[Any]) -> Any:
    if len(values) == 1:
        return builders[name](values[0])
    result = values[0]
    for value in values[1:]:
        result = builders[name](result, value)
    return result


def _combine_sum(total: sympy.Expr, walk: Callable[[Any], Any]) -> Any:
    import sympy as sp

    terms = sorted(total.args, key=sp.default_sort_key)
    plus = [t for t in terms if not t.could_extract_minus_sign()]
    minus = [t for t in terms if t.could_extract_minus_sign()]
    result = None
    for term in plus:
        value = walk(term)
        result = value if result is None else result + value
    for term in minus:
        value = walk(-term)
        result = -value if result is None else result - value
    return result


def _combine_product(product: sympy.Expr, walk: Callable[[Any], Any]) -> Any:
    import sympy as sp

    above: list[Any] = []
    below: list[Any] = []
    for factor in sorted(product.args, key=sp.default_sort_key):
        negative = factor.is_Pow and factor.exp.is_Number and factor.exp.is_negative
        (below if negative else above).append(1 / factor if negative else factor)
    result = None
    for factor in above:
        value = walk(factor)
        result = value if result is None else result * value
    for factor in below:
        value = walk(factor)
        result = (1 if result is None else result) / value
    return result


def _power(power: sympy.Expr, walk: Callable[[Any], Any]) -> Any:
    import sympy as sp

    base, exponent = power.base, power.exp
    if base == sp.E:
        return builders["exp"](walk(exponent))
    value = walk(base)
    if exponent == -1:
        return 1 / value
    if exponent.is_Number and exponent.is_negative:
        return 1 / walk(base**-exponent)
    if exponent == sp.Rational(1, 2):
        return builders["sqrt"](value) if isinstance(value, Tensor) else value**0.5
    return value ** walk(exponent)
