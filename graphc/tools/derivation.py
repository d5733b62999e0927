"""How the derivative of an elementwise function comes about, rule by rule.

In: a function or its name. Out: a `Derivation`, as text and as LaTeX: the function, each rule of
differentiation with what it was applied to, the result in its simplest form, and the statements
that graphc emits for both. SymPy is imported when one is asked for.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from graphc.autodiff import grad
from graphc.errors import GraphError
from graphc.functions import function as compile_function
from graphc.ir import origin as origins
from graphc.ir.node import Tensor
from graphc.ops import reduce
from graphc.ops.base import REGISTRY
from graphc.ops.elementwise import Elementwise, apply
from graphc.ops.leaf import input as declare
from graphc.tools.calculus import Rule, differentiate

if TYPE_CHECKING:
    import sympy

ALIASES = {"logistic": "sigmoid", "swish": "silu"}


@dataclass(frozen=True)
class Derivation:
    """The derivative of one elementwise function.

    Attributes:
        name: what the function is called.
        by: the symbol it is differentiated by.
        expression: the function, as a SymPy expression.
        rules: the rules that were applied, outermost first.
        raw: the derivative as the rules give it.
        derivative: the same in its simplest form.
        by_value: the derivative in terms of the function itself, "" where that is no shorter:
            ``s (1 - s)`` with ``s = sigmoid(x)``.
        conventions: what is taken where the derivative does not exist: pairs of a point and a value.
        value_code: the NumPy statements for the value.
        derivative_code: the NumPy statements for the derivative.
    """

    name: str
    by: sympy.Symbol
    expression: sympy.Expr
    rules: tuple[Rule, ...]
    raw: sympy.Expr
    derivative: sympy.Expr
    by_value: str = ""
    conventions: tuple[tuple[float, float], ...] = ()
    value_code: tuple[str, ...] = field(default=(), repr=False)
    derivative_code: tuple[str, ...] = field(default=(), repr=False)

    @property
    def head(self) -> str:
        """The function with its arguments: ``sigmoid(x)``."""
        symbols = sorted(map(str, self.expression.free_symbols - {self.by}))
        return f"{self.name}({', '.join([str(self.by), *symbols])})"

    @property
    def text(self) -> str:
        """The derivation as lines of text."""
        lines = [f"{self.head} = {self.expression}", ""]
        width = max((len(rule.name) for rule in self.rules), default=0)
        for number, rule in enumerate(self.rules, 1):
            lines.append(f"{number:3}. {rule.name:{width}}  d/d{self.by} [{rule.of}]")
            lines.append(f"     {'':{width}}    = {rule.gives}")
        lines += ["", f"together    d/d{self.by} {self.head} = {self.raw}"]
        if self.derivative != self.raw:
            lines.append(f"simplified  d/d{self.by} {self.head} = {self.derivative}")
        if self.by_value:
            lines.append(f"by value    d/d{self.by} {self.head} = {self.by_value}")
        for point, slope in self.conventions:
            lines.append(f"convention  at {self.by} = {point:g} the derivative is {slope:.6g}")
        for what, code in (("value", self.value_code), ("derivative", self.derivative_code)):
            if code:
                lines += ["", f"emitted for the {what}, so that nothing overflows or cancels:"]
                lines += [f"    {line}" for line in code]
        return "\n".join(lines)

    @property
    def latex(self) -> str:
        """The derivation as an ``aligned`` environment."""
        import sympy as sp

        name = rf"\operatorname{{{self.name}}}".replace("_", r"\_")
        ratio = rf"\frac{{d}}{{d{sp.latex(self.by)}}}"
        rows = [rf"{name}({sp.latex(self.by)}) &= {sp.latex(self.expression)}"]
        rows += [
            rf"{ratio}\left[{rule.latex_of}\right] &= {rule.latex_gives}"
            rf" && {rule.latex_name}"
            for rule in self.rules
        ]
        rows.append(rf"{name}'({sp.latex(self.by)}) &= {sp.latex(self.derivative)}")
        if self.by_value:
            rows[-1] += rf" = {self.by_value.replace('**', '^').replace('*', ' ')}".replace(
                self.name, name
            )
        return "\\begin{aligned}\n" + " \\\\\n".join(rows) + "\n\\end{aligned}"

    def __str__(self) -> str:
        return self.text

    def _repr_latex_(self) -> str:
        return f"$${self.latex}$$"


def explain(function: str | Callable[..., Tensor]) -> Derivation:
    """How the derivative of an elementwise function comes about.

    Args:
        function: its name (``"sigmoid"``), the function (``gx.tanh``), or what `gx.elementwise` gave.
            One with several operands is differentiated by the first.

    Raises:
        GraphError: when that is no elementwise function, or one without a derivative.
    """
    op = _op_of(function)
    if not op.differentiable or not 1 <= op.arity <= 3:
        raise GraphError(f"explain at {origins.current()}: '{op.name}' has no derivative")
    return _derive(op)


def _op_of(function: Any) -> Elementwise:
    name = function if isinstance(function, str) else getattr(function, "__name__", "")
    op = getattr(function, "op", None) or REGISTRY.get(ALIASES.get(name, name))
    if not isinstance(op, Elementwise):
        known = sorted(
            n for n, o in REGISTRY.items() if isinstance(o, Elementwise) and o.differentiable
        )
        raise GraphError(
            f"explain at {origins.current()}: an elementwise function or its name is expected, not "
            f"{function!r}; known: {', '.join(known)}"
        )
    return op


@lru_cache(maxsize=256)
def _derive(op: Elementwise) -> Derivation:
    import sympy as sp

    names = list(inspect.signature(op.expression).parameters)
    symbols = [sp.Symbol(name, real=True) for name in names]
    by = symbols[0]
    expression = sp.sympify(op.expression(*symbols))
    raw, rules = differentiate(expression, by)
    value_code, derivative_code = _emitted(op, names)
    return Derivation(
        op.name,
        by,
        expression,
        tuple(rules),
        raw,
        _simplest(raw),
        _in_terms_of_value(op.name, expression, raw, by) if op.arity == 1 else "",
        tuple((values[0], slopes[0]) for values, slopes in op.kinks if op.arity == 1),
        value_code,
        derivative_code,
    )


def _simplest(expression: sympy.Expr) -> sympy.Expr:
    """The shortest of a few forms of an expression."""
    import sympy as sp

    forms = [expression, sp.together(expression)]
    if expression.count_ops() < 40:
        forms += [sp.simplify(expression), sp.factor(expression)]
    known = expression.atoms(sp.Function)
    forms = [
        form
        for form in forms
        if {f.func for f in form.atoms(sp.Function)} <= {f.func for f in known}
    ] or [expression]
    return min(forms, key=lambda form: (form.count_ops(), len(str(form))))


def _in_terms_of_value(
    name: str, expression: sympy.Expr, derivative: sympy.Expr, by: sympy.Symbol
) -> str:
    """The derivative in terms of the function, where one of the textbooks' forms holds."""
    import sympy as sp

    head = f"{name}({by})"
    forms = {
        head: expression,
        f"{head}*(1 - {head})": expression * (1 - expression),
        f"1 - {head}**2": 1 - expression**2,
        f"{head} + 1": expression + 1,
        f"1/(2*{head})": 1 / (2 * expression),
        f"-{head}**2": -(expression**2),
        f"sigmoid({by})": 1 / (1 + sp.exp(-by)),
        f"sigmoid(-{by})": 1 / (1 + sp.exp(by)),
    }
    points = [sp.Float(value, 30) for value in ("0.3", "0.7", "1.1", "1.9", "2.3")]
    if expression == derivative or derivative.is_number:
        return head if expression == derivative else ""
    for text, form in forms.items():
        gaps = [(form - derivative).subs(by, point).evalf(25) for point in points]
        if all(gap.is_number and gap.is_real and abs(gap) < 1e-18 for gap in gaps):
            return text
    return ""


def _emitted(op: Elementwise, names: list[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The statements that a module has for the value and for the derivative, in float32."""
    inputs = [declare(name, ("N",)) for name in names]
    value = apply(op, *inputs)
    if value.dtype != inputs[0].dtype:
        return (), ()
    (slope,) = grad(reduce.sum(value), inputs[:1], unconnected="zeros")
    return _statements(inputs, value, op.name), _statements(inputs, slope, f"d_{op.name}")


def _statements(inputs: list[Tensor], result: Tensor, name: str) -> tuple[str, ...]:
    used = [t for t in inputs if t.node in _ancestors(result)]
    source = compile_function(used, {name: result}, style="plain", name="derivation").source
    body = source[source.index('"""The computation of derivation."""') :]
    body = body[: body.index("\n\n    def ")]
    lines = [line.strip() for line in body.splitlines()[1:]]
    return tuple(line for line in lines if line and not line.startswith(("#", "return")))


def _ancestors(tensor: Tensor) -> set[Any]:
    found, waiting = set(), [tensor.node]
    while waiting:
        node = waiting.pop()
        if node not in found:
            found.add(node)
            waiting += [t.node for t in node.inputs]
    return found
