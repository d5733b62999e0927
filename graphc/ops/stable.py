"""Forms of scalar expressions that neither overflow nor cancel, by SymPy.

In: an expression as a user wrote it. Out: the same, equal for real operands, by functions that
floating point computes well: sigmoid, softplus, log1p, expm1, tanh.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import sympy


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

    ``1/(1 + e^-a)``, ``e^a/(1 + e^a)`` and ``e^a/(e^a + e^b)`` become sigmoids, differences over sums
    of exponentials tanh, ``log(1 + e^a)`` softplus(a), ``log(1 + a)`` log1p(a), ``e^a - 1`` expm1(a),
    ``e^a + e^b`` in a logarithm or a denominator ``e^(b + softplus(a - b))``.
    """
    import sympy as sp

    f = functions()
    a = sp.Wild("a")
    expression = sp.sympify(expression).replace(sp.cosh, lambda t: (sp.exp(t) + sp.exp(-t)) / 2)
    expression = expression.replace(sp.sinh, lambda t: (sp.exp(t) - sp.exp(-t)) / 2)
    expression = expression.replace(lambda part: part.is_Mul, _quotient_of_sums)
    before = None
    while before != expression:
        before = expression
        expression = expression.replace(sp.log(1 + sp.exp(a)), f["softplus"](a))
        expression = expression.replace(lambda part: part.is_Pow, _one_over_one_plus_exp)
        expression = expression.replace(lambda part: part.is_Mul, _exp_times_sigmoid)
        expression = expression.replace(lambda part: isinstance(part, sp.log), _log_of_sum)
        expression = expression.replace(lambda part: part.is_Pow, _power_of_sum)
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


def _two_exponentials(total: sympy.Expr) -> Any:
    """``(c, a), (d, b)`` of ``c e^a + d e^b``, or None; a number is a multiple of e^0."""
    import sympy as sp

    if not total.is_Add or len(total.args) != 2:
        return None
    found = []
    for term in sorted(total.args, key=sp.default_sort_key, reverse=True):
        factor, rest = term.as_coeff_Mul()
        if not (rest == 1 or isinstance(rest, sp.exp)):
            return None
        found.append((factor, sp.Integer(0) if rest == 1 else rest.args[0]))
    return found


def _log_sum(total: sympy.Expr) -> Any:
    """``log(c e^a + d e^b)`` for positive c and d, or None."""
    import sympy as sp

    terms = _two_exponentials(total)
    if terms is None:
        return None
    (c, a), (d, b) = terms
    if not (c > 0 and d > 0):
        return None
    return b + sp.log(d) + functions()["softplus"](a - b + sp.log(c / d))


def _quotient_of_sums(product: sympy.Expr) -> sympy.Expr:
    """``(e^a - e^b)/(e^a + e^b)`` as tanh, ``e^a/(e^a + e^b)`` as a sigmoid; common factors go."""
    import sympy as sp

    for below in product.args:
        if not (below.is_Pow and below.exp == -1):
            continue
        terms = _two_exponentials(below.base)
        if terms is None or terms[0][0] != terms[1][0]:
            continue
        (c, a), (_, b) = terms
        for above in product.args:
            rest = sp.Mul(*[part for part in product.args if part not in (above, below)])
            over = _two_exponentials(above)
            if over is not None and {t for _, t in over} == {a, b}:
                signs = {t: factor for factor, t in over}
                if signs[a] == -signs[b]:
                    return rest * signs[a] / c * sp.tanh((a - b) / 2)
            if isinstance(above, sp.exp) and above.args[0] in (a, b):
                gap = a - b if above.args[0] == a else b - a
                return rest / c * functions()["sigmoid"](gap)
    return product


def _log_of_sum(logarithm: sympy.Expr) -> sympy.Expr:
    """The logarithm of a sum of two exponentials, of a sigmoid, of one minus a sigmoid."""
    import sympy as sp

    inside = logarithm.args[0]
    sigmoid, softplus = functions()["sigmoid"], functions()["softplus"]
    if isinstance(inside, sigmoid):
        return -softplus(-inside.args[0])
    if isinstance(1 - inside, sigmoid):
        return -softplus((1 - inside).args[0])
    if inside.is_Add and inside.has(sp.exp):
        found = _log_sum(inside)
        return logarithm if found is None else found
    return logarithm


def _power_of_sum(power: sympy.Expr) -> sympy.Expr:
    """``(c e^a + d e^b)^-n`` by the logarithm of the sum."""
    import sympy as sp

    base, exponent = power.args
    if not (exponent.is_Number and exponent.is_negative and base.has(sp.exp)):
        return power
    found = _log_sum(base)
    return power if found is None else sp.exp(exponent * found)
