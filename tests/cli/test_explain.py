"""net.explain: each step is the gradient it says, and the lines that it cites compute it."""

import re
import sys
from pathlib import Path

import numpy as np
import pytest
import sympy as sp
from typer.testing import CliRunner

import graphc as gx
from graphc import losses, nn, optim
from graphc.cli import app
from graphc.ir.node import State, toposort
from graphc.tools.explain import explain
from graphc.tools.userfile import restyled

ROOT = Path(__file__).resolve().parents[2]
RNG = np.random.default_rng(4)


@pytest.fixture(scope="module")
def digits():
    sys.path.insert(0, str(ROOT / "examples"))
    try:
        import digits_mlp
    finally:
        sys.path.pop(0)
    return digits_mlp.build()


def inputs(width=5, outputs=3, labels=False):
    x = gx.input("x", ("N", width), dtype="float64")
    y = gx.input("y", ("N",), dtype="int64") if labels else gx.input("y", ("N", outputs), "float64")
    return x, y


def classifier():
    x, y = inputs(labels=True)
    model = nn.Sequential([nn.Dense(4, "relu"), nn.Dense(4, "tanh"), nn.Dense(3)], name="net")
    return x, y, losses.softmax_cross_entropy(model(x), y)


def residual():
    x, y = inputs()
    layers = [nn.Dense(4, "gelu"), nn.Residual(nn.Dense(4, "sigmoid")), nn.Dense(3)]
    return x, y, losses.squared_error(nn.Sequential(layers, name="net")(x), y)


def tied():
    """One weight on two paths and in a penalty, and an activation of the user's."""
    x, y = inputs()
    W = gx.parameter("W", RNG.normal(size=(5, 5)))
    V = gx.parameter("V", RNG.normal(size=(5, 3)))
    b = gx.parameter("b", RNG.normal(size=5))
    swish = gx.elementwise("swish_of_explain", lambda v: v / (1 + sp.exp(-v)))
    h = gx.tanh(x @ W + b).named("h")
    return x, y, gx.mean((swish(h @ W + b) @ V - y) ** 2) + 0.01 * gx.sum(W**2)


def binary():
    x, y = inputs()
    hidden = nn.Dense(4, "softplus", name="hidden")(x)
    logits = nn.Dense(3, use_bias=False, name="out")(hidden)
    return x, y, losses.binary_cross_entropy_with_logits(logits, y)


PROGRAMS = {f.__name__: f for f in (classifier, residual, tied, binary)}


@pytest.fixture(scope="module", params=PROGRAMS)
def program(request):
    x, y, loss = PROGRAMS[request.param]()
    net = gx.compile(request.param, inputs=[x], targets=[y], loss=loss, optimizer=optim.SGD(0.1))
    return net, x, y, loss


def every_explanation(net):
    with pytest.raises(gx.GraphError) as caught:
        net.explain("?")
    names = str(caught.value).partition("there are ")[2].partition(" (")[0].split(", ")
    assert len(names) >= len(net.declared.trained)
    return {name: net.explain(name) for name in names}


def test_the_steps_of_the_digits_example_are_those_of_the_textbook(digits):
    found = digits.explain("dense_1.W")
    assert [step.title for step in found.steps] == [
        "softmax cross-entropy",
        "matrix product",
        "dropout",
        "relu",
        "matrix product",
    ]
    assert [step.math for step in found.steps] == [
        "dL/dlogits = (softmax(logits) - onehot(y)) / N",
        "dL/dh1_dropped = dL/dlogits dense_2.W^T",
        "dL/dh1 = dropout(dL/dh1_dropped)",
        "dL/dz1 = dL/dh1 * (h1 > 0)",
        "dL/d(dense_1.W) = x^T dL/dz1",
    ]
    assert found.loss == "mean(-log_softmax(logits)[y])"
    assert found.steps[-1].code == ("np.dot(x.T, s.d_z1, out=d.dense_1_W)",)
    bias = digits.explain("dense_2.b").steps[-1]
    assert (bias.title, bias.math) == (
        "broadcast",
        "dL/d(dense_2.b) = sum over N of dL/dlogits",
    )
    assert digits.explain("h1").steps == found.steps[:3]
    assert digits.explain("digits.dense_1.W").steps == digits.explain("dense_1.W").steps


def test_the_error_that_a_loss_measures_is_written_out():
    x, y, loss = residual()
    net = gx.compile("residual", inputs=[x], targets=[y], loss=loss)
    (first, *_) = net.explain("h1").steps
    assert first.title == "squared error"
    assert first.math.partition(" = ")[2] == "(h2_sum_plus - y) * (2 / (3 * N))"


def test_every_step_with_a_name_is_the_derivative_by_finite_differences(program):
    net, x, y, loss = program
    states = {
        node.attrs["state"]: RNG.normal(size=node.outputs[0].shape)
        for node in toposort([loss])
        if isinstance(node.attrs.get("state"), State)
    }
    integer = y.dtype == "int64"
    given = {
        x: RNG.normal(size=(6, 5)),
        y: RNG.integers(0, 3, 6) if integer else RNG.random((6, 3)),
    }
    known = {t.name: t for node in toposort([loss]) for t in node.outputs if t.name}
    known |= {net.unit.saved_name(t.node.attrs["state"]): t for t in net.declared.trained}
    checked = set()
    for explanation in every_explanation(net).values():
        for step in explanation.steps:
            if step.name not in known or step.name in checked:
                continue
            checked.add(step.name)
            (value,) = gx.evaluate([step.tensor], given, states)
            by = known[step.name]
            (start,) = gx.evaluate([by], given, states)
            slopes = np.zeros_like(start)
            for i in np.ndindex(start.shape):
                there = []
                for sign in (1, -1):
                    moved = start.copy()
                    moved[i] += sign * 1e-6
                    there += gx.evaluate([loss], {**given, by: moved}, states)
                slopes[i] = (there[0] - there[1]) / 2e-6
            np.testing.assert_allclose(value, slopes, rtol=1e-6, atol=1e-8, err_msg=step.name)
    assert len(checked) >= len(net.declared.trained) + 1


@pytest.mark.parametrize("style", ["planned", "plain"])
def test_the_lines_that_are_cited_compute_the_variable_of_the_step(program, style):
    net = restyled(program[0], style)
    source = net.source.splitlines()
    for name, explanation in every_explanation(net).items():
        assert explanation.steps[-1].name == name
        for step in explanation.steps:
            assert [source[n - 1].strip() for n in step.lines] == list(step.code)
            label = net.printed("backward")[0].labels.of[step.tensor]
            parameter = r"\bd\." + re.escape(name.replace(".", "_"))
            pattern = rf"\b{label}\b|{parameter}\b"
            assert any(re.search(pattern, line) for line in step.code), step


def test_each_step_needs_only_what_comes_before_it(program):
    for explanation in every_explanation(program[0]).values():
        names = [
            f"dL/d{s.name}" if s.name.isidentifier() else f"({s.name})" for s in explanation.steps
        ]
        for i, step in enumerate(explanation.steps):
            right = step.math.partition(" = ")[2]
            for later in names[i:]:
                assert not re.search(rf"{re.escape(later)}(?!\w)", right), step


def test_the_equations_are_latex_that_mathtext_reads(program, digits):
    mathtext = pytest.importorskip("matplotlib.mathtext")
    parser = mathtext.MathTextParser("path")
    for net in (program[0], digits):
        for explanation in every_explanation(net).values():
            assert explanation.latex.count("&=") == len(explanation.steps)
            assert explanation._repr_latex_().count("$$") == 2
            for step in explanation.steps:
                assert parser.parse(f"${step.latex}$").width > 0


def test_the_latex_of_the_digits_example(digits):
    assert [step.latex for step in digits.explain("dense_1.W").steps][3:] == [
        r"\frac{\partial L}{\partial z_{1}} = "
        r"\frac{\partial L}{\partial h_{1}} \odot \mathbf{1}[h_{1} > 0]",
        r"\frac{\partial L}{\partial W_{\mathrm{dense\_1}}} = "
        r"x^{\top} \, \frac{\partial L}{\partial z_{1}}",
    ]


def test_paths_are_added_up():
    x, y, loss = tied()
    net = gx.compile("tied", inputs=[x], targets=[y], loss=loss)
    last = net.explain("W").steps[-1]
    assert last.title == "sum of paths"
    assert last.math.count(" + ") == 2


def test_an_activation_of_the_users_is_derived_by_sympy():
    x, y, loss = tied()
    net = gx.compile("tied", inputs=[x], targets=[y], loss=loss)
    (step,) = [s for s in net.explain("b").steps if s.title == "swish of explain"]
    written = step.rule.partition("dL/dy * ")[2]
    v = sp.Symbol("x")
    slope = sp.sympify(written, {"x": v, "sigmoid": lambda u: 1 / (1 + sp.exp(-u))})
    exact = sp.diff(v / (1 + sp.exp(-v)), v)
    assert all(abs(float((slope - exact).subs(v, at))) < 1e-12 for at in (-2, 0.3, 5))


def test_compiling_the_same_tensors_again_changes_no_explanation():
    x, y, loss = classifier()
    first = gx.compile("one", inputs=[x], targets=[y], loss=loss)
    before = first.explain("dense_1.W").text
    gx.grad(gx.sum(gx.square(loss)), wrt=[x])
    second = gx.compile("one", inputs=[x], targets=[y], loss=loss)
    assert first.explain("dense_1.W").text == before == second.explain("dense_1.W").text


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dense1.W", r"no gradient by 'dense1.W': did you mean dense_1\.W or"),
        ("loss", "there are logits, h1_dropped, h1, z1, dense_2.b"),
        (3, "no gradient by '3'"),
    ],
)
def test_an_unknown_name_is_refused_with_close_ones(digits, name, said):
    with pytest.raises(gx.GraphError, match=said):
        digits.explain(name)


def test_a_program_without_a_backward_pass_is_refused():
    x, _ = inputs()
    net = gx.compile("p", inputs=[x], outputs=gx.tanh(x))
    with pytest.raises(gx.GraphError, match="'p' has no backward pass"):
        explain(net, "x")


def test_a_notebook_shows_rules_equations_and_code(digits):
    text = digits.explain("dense_1.b")._repr_markdown_()
    assert text.startswith("**dL/d(dense_1.b)** in `digits_mlp`")
    assert text.count("```python") == text.count("$$") / 2 == 5


def test_the_command_prints_the_derivation_or_its_latex(digits):
    file = str(ROOT / "examples" / "digits_mlp.py")
    text = CliRunner().invoke(app, ["explain", file, "dense_1.W"])
    assert text.exit_code == 0 and text.stdout == digits.explain("dense_1.W").text
    latex = CliRunner().invoke(app, ["explain", file, "h1", "--latex"])
    assert latex.stdout == digits.explain("h1").latex + "\n"
    wrong = CliRunner().invoke(app, ["explain", file, "dense_7.W"])
    assert wrong.exit_code == 1 and "did you mean dense_" in wrong.stderr
