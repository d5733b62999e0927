"""Differentiation by the rules of a calculus course, each with its name.

`sympy.diff` gives the result and no reasons; here are the reasons. In: a SymPy expression and a
symbol. Out: the derivative, and the rules in the order in which a person would apply them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from graphc.errors import GraphError

if TYPE_CHECKING:
    import sympy


@dataclass(frozen=True)
class Rule:
    """One application of a rule of differentiation.

    Attributes:
        name: the rule: ``"constant"``, ``"sum"``, ``"quotient"``, ``"chain, (e^u)' = e^u"``, ...
        of: what is differentiated.
        gives: what the rule makes of it, with the derivatives that remain as ``d[...]``.
        latex_of: `of` as LaTeX.
        latex_gives: `gives` as LaTeX.
    """

    name: str
    of: str
    gives: str
    latex_of: str
    latex_gives: str

    @property
    def latex_name(self) -> str:
        """The rule as LaTeX: its name as text, the entry of the table as a formula."""
        name, _, entry = self.name.partition(", ")
        return rf"\text{{{name}}}" + (rf"\quad {entry}" if entry else "")


# What stands in a table of derivatives: the function, f(u) and f'(u) as they are read.
_TABLE = {
    "exp": "(e^u)' = e^u",
    "log": "(log u)' = 1/u",
    "tanh": "(tanh u)' = 1 - tanh(u)^2",
    "sinh": "(sinh u)' = cosh u",
    "cosh": "(cosh u)' = sinh u",
    "sin": "(sin u)' = cos u",
    "cos": "(cos u)' = -sin u",
    "tan": "(tan u)' = 1 + tan(u)^2",
    "erf": "(erf u)' = 2/sqrt(pi) e^{-u^2}",
    "Abs": "|u|' = sign(u)",
    "sign": "sign(u)' = 0",
    "floor": "floor(u)' = 0",
}


def differentiate(expression: sympy.Expr, by: sympy.Symbol) -> tuple[sympy.Expr, list[Rule]]:
    """The derivative of an expression, and the rules that give it, outermost first.

    Equal parts are differentiated once. Steps (sign, floor) have derivative 0; functions by cases
    (Max, Min, Piecewise) are differentiated case by case.

    Raises:
        GraphError: for a function that the table of derivatives does not have.
    """
    writer = _Writer(by)
    return writer.walk(expression), writer.rules


class _Writer:
    def __init__(self, by: sympy.Symbol) -> None:
        self.by = by
        self.rules: list[Rule] = []
        self.known: dict[Any, Any] = {}

    def walk(self, part: Any) -> Any:
        """The derivative of a part; the rules are noted, this one before those inside."""
        if part in self.known:
            return self.known[part]
        result = self._apply(part)
        self.known[part] = result
        return result

    def note(self, name: str, part: Any, gives: Any) -> None:
        """Add a rule; `gives` may hold derivatives that are not computed yet."""
        import sympy as sp

        of, after = sp.sympify(part), sp.sympify(gives)
        self.rules.append(Rule(name, str(of), _text(after), sp.latex(of), sp.latex(after)))

    def later(self, part: Any) -> Any:
        """A derivative that is still to be computed."""
        import sympy as sp

        return sp.Derivative(part, self.by, evaluate=False)

    def _apply(self, part: Any) -> Any:
        import sympy as sp

        if not part.has(self.by):
            self.note("constant", part, 0)
            return sp.Integer(0)
        if part == self.by:
            self.note("identity", part, 1)
            return sp.Integer(1)
        if part.is_Add:
            self.note("sum", part, sp.Add(*map(self.later, part.args), evaluate=False))
            return sp.Add(*[self.walk(term) for term in part.args])
        if isinstance(part, (sp.Max, sp.Min)):
            cases = _cases(part)
            self.note("by cases", part, cases)
            return self.walk(cases)
        if isinstance(part, sp.Piecewise):
            later = [(self.later(value), condition) for value, condition in part.args]
            self.note("case by case", part, sp.Piecewise(*later, evaluate=False))
            return sp.Piecewise(*[(self.walk(value), c) for value, c in part.args])
        numerator, denominator = sp.fraction(part, exact=True)
        if denominator.has(self.by):
            return self._quotient(part, numerator, denominator)
        if part.is_Mul:
            return self._product(part)
        if part.is_Pow and part.base != sp.E and not part.exp.has(self.by):
            return self._power(part)
        return self._chain(part)

    def _quotient(self, part: Any, u: Any, v: Any) -> Any:
        import sympy as sp

        if part.is_Pow and not part.exp.has(self.by) and u == 1 and v.is_Pow:
            return self._power(part)
        top = _sum(_product(self.later(u), v), _product(-1, u, self.later(v)))
        self.note("quotient", part, sp.Mul(top, sp.Pow(v, -2, evaluate=False), evaluate=False))
        return (self.walk(u) * v - u * self.walk(v)) / v**2

    def _product(self, part: Any) -> Any:
        constants = [f for f in part.args if not f.has(self.by)]
        factors = [f for f in part.args if f.has(self.by)]
        u = factors[0]
        if constants:
            c, rest = part.func(*constants), part.func(*factors)
            self.note("constant factor", part, _product(c, self.later(rest)))
            return c * self.walk(rest)
        v = part.func(*factors[1:])
        self.note("product", part, _sum(_product(self.later(u), v), _product(u, self.later(v))))
        return self.walk(u) * v + u * self.walk(v)

    def _power(self, part: Any) -> Any:
        base, n = part.base, part.exp
        factor = n * base ** (n - 1)
        if base == self.by:
            self.note("power, (x^n)' = n x^{n-1}", part, factor)
            return factor
        self.note("power and chain", part, _product(factor, self.later(base)))
        return factor * self.walk(base)

    def _chain(self, part: Any) -> Any:
        import sympy as sp

        if part.is_Pow and part.base != sp.E:  # u^v = e^(v log u)
            rewritten = sp.exp(part.exp * sp.log(part.base), evaluate=False)
            self.note("by definition, u^v = e^{v log u}", part, self.later(rewritten))
            return self.walk(rewritten).subs(rewritten, part)
        inner = part.exp if part.is_Pow else part.args[0]
        kind = "exp" if part.is_Pow else type(part).__name__
        if kind not in _TABLE:
            raise GraphError(f"the table of derivatives has no {kind}: {part}")
        u = sp.Dummy("u", real=True)
        outer = sp.exp(u) if kind == "exp" else part.func(u)
        slope = sp.Integer(0) if kind in ("sign", "floor") else sp.diff(outer, u)
        slope = slope.subs(u, inner)
        if inner == self.by:
            self.note(f"table, {_TABLE[kind]}", part, slope)
            return slope
        self.note(f"chain, {_TABLE[kind]}", part, _product(slope, self.later(inner)))
        return slope * self.walk(inner)


def _cases(part: Any) -> Any:
    """A maximum or minimum of two values as a function by cases."""
    import sympy as sp

    first, *others = sorted(part.args, key=lambda a: (a.is_number, sp.default_sort_key(a)))
    second = part.func(*others)
    wins = first > second if isinstance(part, sp.Max) else first < second
    return sp.Piecewise((first, wins), (second, True))


def _product(*factors: Any) -> Any:
    import sympy as sp

    kept = [sp.sympify(f) for f in factors if f != 1]
    return sp.Mul(*kept, evaluate=False) if len(kept) > 1 else sp.Mul(*kept)


def _sum(*terms: Any) -> Any:
    import sympy as sp

    return sp.Add(*terms, evaluate=False)


def _text(expression: Any) -> str:
    """An expression as text, with ``d[...]`` for the derivatives that remain."""
    import sympy as sp
    from sympy.printing.str import StrPrinter

    class Printer(StrPrinter):  # type: ignore[misc]
        def _print_Derivative(self, part: Any) -> str:
            return f"d[{self._print(part.expr)}]"

    return str(Printer().doprint(sp.sympify(expression)))
