"""Scalar calculus by SymPy: an elementwise op's expression, its derivatives, and both as nodes.

This is the only place where SymPy meets tensors.  SymPy differentiates; what it returns is first
put in terms of functions that stay accurate in floating point (sigmoid, softplus, log1p, expm1),
then turned into nodes.  SymPy is imported when the first derivative is asked for.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from graphc.errors import GraphError
from graphc.ir.node import Tensor, builders
from graphc.ops.stable import stabilise

if TYPE_CHECKING:
    import sympy

NAMES = ("x", "y", "z", "u", "v", "w")


def symbols(count: int) -> tuple[sympy.Symbol, ...]:
    """The real symbols that stand for the operands of an op."""
    import sympy as sp

    return tuple(sp.Symbol(name, real=True) for name in NAMES[:count])


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
        if part.is_number and part.is_real:
            return float(part)  # log(2), sqrt(pi)
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
