"""Derivations of elementwise functions: each rule's line, and the whole, against sympy.diff."""

import re
import subprocess
import sys

import pytest
import sympy as sp
from sympy.parsing.sympy_parser import parse_expr

import graphc as gx
from graphc.dsl.activations import ACTIVATIONS
from graphc.errors import GraphError
from graphc.ops.base import REGISTRY
from graphc.ops.elementwise import Elementwise
from graphc.tools.derivation import explain

NAMES = [
    name
    for name, op in REGISTRY.items()
    if isinstance(op, Elementwise) and op.differentiable and op.arity < 3
]
POINTS = (0.31, 0.77, 1.3, 2.2)


def numbers(expression, by):
    values = {s: 0.6 for s in expression.free_symbols - {by}}
    return [complex(expression.subs({**values, by: point}).evalf(20)) for point in POINTS]


@pytest.mark.parametrize("name", NAMES)
def test_the_rules_give_the_derivative_that_sympy_gives(name):
    found = explain(name)
    want = sp.diff(found.expression, found.by)
    want = want.replace(sp.Heaviside, lambda t, *_: sp.Piecewise((1, t > 0), (0, True)))
    want = want.replace(sp.DiracDelta, lambda *_: sp.Integer(0))
    want = want.doit().subs(sp.Derivative(sp.floor(found.by), found.by), 0)
    if not want.has(sp.Derivative, sp.Subs):
        assert numbers(found.raw, found.by) == pytest.approx(numbers(want, found.by), rel=1e-12)
    assert numbers(found.derivative, found.by) == pytest.approx(
        numbers(found.raw, found.by), rel=1e-12
    )
    if found.by_value:
        scope = {found.name: lambda at: found.expression.subs(found.by, at),
                 "sigmoid": lambda at: 1 / (1 + sp.exp(-at)), str(found.by): found.by}  # fmt: skip
        form = parse_expr(found.by_value, scope)
        assert numbers(form, found.by) == pytest.approx(numbers(found.raw, found.by), rel=1e-12)


@pytest.mark.parametrize("name", ["sigmoid", "silu", "mish", "gelu_tanh", "softsign", "rsqrt"])
def test_every_line_is_true_by_itself(name):
    found = explain(name)
    scope = {str(s): s for s in found.expression.free_symbols}
    for rule in found.rules:
        of = parse_expr(rule.of, scope)
        gives = parse_expr(re.sub(r"\bd\[", "D[", rule.gives).replace("D[", "D(").replace("]", ")"),
                           {**scope, "D": lambda part: sp.diff(part, found.by)})  # fmt: skip
        assert numbers(gives, found.by) == pytest.approx(
            numbers(sp.diff(of, found.by), found.by), rel=1e-12
        ), rule


BY_VALUE = {
    "sigmoid": "sigmoid(x)*(1 - sigmoid(x))",
    "logistic": "sigmoid(x)*(1 - sigmoid(x))",
    "tanh": "1 - tanh(x)**2",
    "exp": "exp(x)",
    "softplus": "sigmoid(x)",
    "log_sigmoid": "sigmoid(-x)",
    "sqrt": "1/(2*sqrt(x))",
}


@pytest.mark.parametrize("name", BY_VALUE)
def test_derivatives_are_given_by_the_value_as_in_textbooks(name):
    assert explain(name).by_value == BY_VALUE[name]


def test_the_sigmoid_is_derived_by_quotient_chain_and_table():
    found = explain("sigmoid")
    names = [rule.name for rule in found.rules]
    assert names == [
        "quotient",
        "constant",
        "sum",
        "chain, (e^u)' = e^u",
        "constant factor",
        "identity",
    ]
    assert "1/(1 + exp(-x))" in found.text and "np.exp(np.minimum(x, 88.0))" in found.text
    assert str(found) == found.text


def test_kinks_state_their_convention():
    assert explain("relu").conventions[0] == (0.0, 0.0)
    assert "at x = 3 the derivative is 1" in explain(gx.hard_swish).text


def test_functions_names_and_ops_of_users_are_taken():
    assert explain(gx.tanh) is explain("tanh")
    assert explain(gx.gelu) is explain("gelu")
    mine = gx.elementwise("bump", lambda x: sp.exp(-(x**2)))
    found = gx.explain(mine)
    assert found.derivative == -2 * found.by * sp.exp(-(found.by**2))
    assert "np.exp" in found.text


def test_operands_keep_the_names_of_the_expression():
    found = explain(gx.elementwise("scaled", lambda t, rate: sp.tanh(rate * t)))
    assert found.head == "scaled(t, rate)" and "rate" in str(found.derivative)


def test_latex_is_balanced_and_shown_by_notebooks():
    for name in ("sigmoid", "hard_swish", "gelu_tanh"):
        text = explain(name)._repr_latex_()
        assert text.startswith("$$\\begin{aligned}") and text.endswith("\\end{aligned}$$")
        assert text.count("{") == text.count("}")
        assert text.count("\\left") == text.count("\\right")


@pytest.mark.parametrize("bad", ["nothing", "softmax", "less", 3, len])
def test_what_is_no_elementwise_function_is_refused(bad):
    with pytest.raises(GraphError, match=r"explain at test_derivation\.py:\d+"):
        explain(bad)


def test_importing_graphc_does_not_import_sympy():
    code = "import sys, graphc; assert 'sympy' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_document_shows_what_explain_prints(repository):
    text = (repository / "docs" / "activations.md").read_text(encoding="utf-8")
    printed = "\n".join(line.rstrip() for line in explain("sigmoid").text.splitlines())
    assert f'>>> print(gx.explain("sigmoid"))\n{printed}\n```' in text


def test_the_document_has_a_row_for_every_activation(repository):
    text = (repository / "docs" / "activations.md").read_text(encoding="utf-8")
    rows = set(re.findall(r"^\| `([\w.]+)` \|", text, re.MULTILINE))
    assert rows >= set(ACTIVATIONS) - {"linear", "logistic", "swish"} | {"nn.PReLU", "nn.Maxout"}
