"""Loops: values and derivatives against the same steps written out and against autograd."""

import autograd
import autograd.numpy as anp
import numpy as np
import pytest

import graphc as gx
from graphc.errors import GraphError, ShapeError, TypeMismatchError
from graphc.ir.evaluate import evaluate

pytestmark = pytest.mark.filterwarnings("ignore:Output seems independent:UserWarning")

STYLES = ("plain", "planned")
RNG = np.random.default_rng(3)
W, U, V = (RNG.normal(size=shape) * 0.6 for shape in ((2, 3), (3, 3), (3, 2)))
B = RNG.normal(size=3)


def double(name, *shape):
    return gx.input(name, shape, "float64")


def elman(h, x, w, u, b, np):
    h = np.tanh(x @ w + h @ u + b)
    return (h,), h


def two_states(h, c, x, w, u, b, np):
    c = c * np.exp(-((h @ u) ** 2)) + x @ w
    h = np.tanh(c + b) * h
    return (h, c), c * h


def unused_element(h, x, w, u, b, np):
    h = np.tanh(h @ u) + b * h
    return (h,), h @ w.T


def output_alone(h, x, w, u, b, np):
    return (h,), np.exp(x @ w) @ u


def swapped(h, c, x, w, u, b, np):
    return (c, h), np.tanh(h @ u) + x @ w


CASES = {
    "elman": (elman, 1),
    "two states": (two_states, 2),
    "unused element": (unused_element, 1),
    "output alone": (output_alone, 1),
    "swapped states": (swapped, 2),
}


def written_out(step, states, xs, weights, reverse):
    """A loop in Python over autograd's arrays: the last states and the outputs, in order."""
    outputs = []
    for x in xs[::-1] if reverse else xs:
        states, y = step(*states, x, *weights, anp)
        outputs.append(y)
    return states, anp.stack(outputs[::-1] if reverse else outputs)


def value_of(results):
    states, ys = results
    total = anp.sum(ys * anp.sin(anp.arange(ys.size).reshape(ys.shape)))
    return total + sum(anp.sum(anp.cos(s) * (k + 1.0)) for k, s in enumerate(states))


class _Graph:
    """The functions that the steps use, on tensors."""

    tanh, exp = staticmethod(gx.tanh), staticmethod(gx.exp)


def looped(step, count, reverse):
    """The same by gx.scan, over inputs: these, and the number that is differentiated."""
    xs = double("xs", "T", "N", 2)
    starts = [double(f"s{k}", "N", 3) for k in range(count)]
    weights = [double("w", 2, 3), double("u", 3, 3), double("b", 3)]
    finals, ys = gx.scan(
        lambda *given: step(*given, *weights, _Graph), tuple(starts), xs, reverse=reverse
    )
    marks = double("marks", *ys.shape)
    total = gx.sum(ys * marks)
    for k, s in enumerate(finals):
        total = total + gx.sum(gx.cos(s) * (k + 1.0))
    return [*starts, xs, *weights], marks, total


def arrays(count, length):
    rng = np.random.default_rng(5)
    shapes = [(4, 3)] * count + [(length, 4, 2)]
    return [*(rng.normal(size=s) * 0.7 for s in shapes), W, U, B]


def marks_for(step, given, count, reverse):
    ys = written_out(step, given[:count], given[count], given[count + 1 :], reverse)[1]
    return np.sin(np.arange(ys.size).reshape(ys.shape))


def number(step, count, reverse):
    """The same number, of arrays."""
    return lambda *given: value_of(
        written_out(step, given[:count], given[count], given[count + 1 :], reverse)
    )


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("reverse", [False, True], ids=["forwards", "backwards"])
@pytest.mark.parametrize("name", CASES)
def test_values_and_gradients_are_those_of_the_steps_written_out(name, reverse, style):
    step, count = CASES[name]
    inputs, marks, total = looped(step, count, reverse)
    gradients = gx.grad(total, inputs, unconnected="zeros")
    f = gx.function([*inputs, marks], [total, *gradients], style=style)
    want = number(step, count, reverse)
    for length in (1, 2, 5):  # one module for all lengths
        given = arrays(count, length)
        got = f(*given, marks_for(step, given, count, reverse))
        np.testing.assert_allclose(got[0], want(*given), rtol=1e-12)
        for k, mine in enumerate(got[1:]):
            theirs = autograd.grad(want, k)(*given)
            np.testing.assert_allclose(mine, theirs, rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("name", CASES)
def test_second_derivatives_are_those_of_the_steps_written_out(name, style):
    step, count = CASES[name]
    inputs, marks, total = looped(step, count, False)
    directions = [double(f"v{k}", *x.shape) for k, x in enumerate(inputs)]
    products = gx.hvp(total, inputs, directions)
    f = gx.function([*inputs, marks, *directions], products, style=style)
    given = arrays(count, 4)
    rng = np.random.default_rng(8)
    along = [rng.normal(size=a.shape) for a in given]
    got = f(*given, marks_for(step, given, count, False), *along)
    want = number(step, count, False)

    def slope(*moved):
        return sum(anp.sum(autograd.grad(want, k)(*moved) * v) for k, v in enumerate(along))

    for k, mine in enumerate(got):
        theirs = autograd.grad(slope, k)(*given)
        np.testing.assert_allclose(mine, theirs, rtol=1e-9, atol=1e-11)


def test_forward_mode_agrees_with_differences():
    inputs, marks, total = looped(two_states, 2, False)
    given = arrays(2, 3)
    marked = marks_for(two_states, given, 2, False)
    along = [np.random.default_rng(9).normal(size=a.shape) for a in given]
    tangents = [
        gx.constant(v) if v.shape == x.shape else double(f"v{k}", *x.shape)
        for k, (v, x) in enumerate(zip(along, inputs, strict=True))
    ]
    (slope,) = gx.jvp([total], inputs, tangents)
    values = dict(zip(inputs, given, strict=True)) | {marks: marked}
    values |= {t: v for t, v in zip(tangents, along, strict=True) if t.node.op.name == "input"}
    (mine,) = evaluate([slope], values)
    want, step = number(two_states, 2, False), 1e-6
    up, down = (
        want(*(a + sign * step * v for a, v in zip(given, along, strict=True))) for sign in (1, -1)
    )
    np.testing.assert_allclose(mine, (up - down) / (2 * step), rtol=1e-7)


@pytest.mark.parametrize("style", STYLES)
def test_a_loop_of_no_steps_leaves_the_states_and_nothing_else(style):
    h, xs, w = double("h", 2), double("xs", 0, 2), double("w", 2)
    final, ys = gx.scan(lambda h, x: (h * w + x, h * x), h, xs)
    gradients = gx.grad(gx.sum(final**2) + gx.sum(ys), [h, xs, w])
    got = gx.function([h, xs, w], [final, ys, *gradients], style=style)(
        np.array([2.0, 3.0]), np.zeros((0, 2)), np.ones(2)
    )
    np.testing.assert_array_equal(got[0], [2, 3])
    np.testing.assert_array_equal(got[2], [4, 6])
    np.testing.assert_array_equal(got[4], [0, 0])
    assert got[1].shape == got[3].shape == (0, 2)


@pytest.mark.parametrize("style", STYLES)
def test_a_loop_over_numbers_without_sequences(style):
    ratio = double("ratio")

    def step(total, term):
        return (total + term, term * ratio), total

    (total, _), partial = gx.scan(step, (ratio * 0, ratio * 0 + 1), length=40)
    slope = gx.grad(total, [ratio])
    got = gx.function([ratio], [total, partial, *slope], style=style)(0.5)
    np.testing.assert_allclose(got[0], 2, rtol=1e-11)
    np.testing.assert_allclose(got[1][:4], [0, 1, 1.5, 1.75])
    np.testing.assert_allclose(got[2], 4, rtol=1e-9)


@pytest.mark.parametrize("style", STYLES)
def test_a_loop_inside_a_loop(style):
    xs, h0, w = double("xs", "T", "K", 3), double("h0", 3), double("w", 3, 3)

    def outer(h, rows):
        inner, seen = gx.scan(lambda g, row: (gx.tanh(g @ w + row * h), g * h), h, rows)
        return inner, gx.sum(seen, axis=0)

    final, ys = gx.scan(outer, h0, xs)
    total = gx.sum(final) + gx.sum(ys * ys)
    gradients = gx.grad(total, [xs, h0, w])
    curvature = gx.grad(gx.sum(gradients[2] ** 2), [w])
    f = gx.function([xs, h0, w], [total, *gradients, *curvature], style=style)

    def want(xs, h0, w):
        h, total = h0, 0.0
        for rows in xs:
            g, seen = h, 0.0
            for row in rows:
                seen = seen + g * h
                g = anp.tanh(g @ w + row * h)
            h, total = g, total + anp.sum(seen * seen)
        return total + anp.sum(h)

    given = [RNG.normal(size=(3, 2, 3)), RNG.normal(size=3), U]
    got = f(*given)
    np.testing.assert_allclose(got[0], want(*given), rtol=1e-12)
    for k in range(3):
        np.testing.assert_allclose(got[k + 1], autograd.grad(want, k)(*given), rtol=1e-9)
    slope = autograd.grad(lambda w: anp.sum(autograd.grad(want, 2)(*given[:2], w) ** 2))
    np.testing.assert_allclose(got[4], slope(U), rtol=1e-8)


def test_results_are_laid_out_as_the_step_returns_them():
    h, xs, mark = double("h", 2), double("xs", 3, 2), double("mark", 3)
    final, left = gx.scan(
        lambda h, x, m: (h + x, {"sum": h + x, "old": h, "x": x, "m": m * 2}), h, [xs, mark]
    )
    assert list(left) == ["sum", "old", "x", "m"]
    values = [np.array([1.0, 2.0]), np.arange(6.0).reshape(3, 2), np.arange(3.0)]
    got = gx.function([h, xs, mark], [final, *left.values()])(*values)
    sums = values[0] + np.cumsum(values[1], axis=0)
    np.testing.assert_array_equal(got[0], sums[-1])
    np.testing.assert_array_equal(got[1], sums)
    np.testing.assert_array_equal(got[2], [values[0], *sums[:-1]])
    np.testing.assert_array_equal(got[3], values[1])
    np.testing.assert_array_equal(got[4], [0, 2, 4])
    finals, nothing = gx.scan(lambda h, x: ([h + x], None), [h], xs)
    assert isinstance(finals, list) and nothing is None


def test_sequences_along_another_axis():
    h, xs = double("h", 4), double("xs", 4, 3)
    final, ys = gx.scan(lambda h, x: (h * x, h + x), h, xs, axis=1)
    values = [RNG.normal(size=4), RNG.normal(size=(4, 3))]
    got = gx.function([h, xs], [final, ys])(*values)
    before = np.cumprod(np.column_stack([values[0], values[1]]), axis=1)
    np.testing.assert_allclose(got[0], before[:, -1])
    np.testing.assert_allclose(got[1], before[:, :-1] + values[1])


def test_where_a_mask_is_false_states_stay_and_outputs_are_zero():
    h, xs = double("h", "N", 2), double("xs", "T", "N", 2)
    mask = gx.input("mask", ("T", "N"), "bool")
    final, ys = gx.scan(lambda h, x: (gx.tanh(h + x), gx.exp(h + x)), h, xs, mask=mask)
    gradients = gx.grad(gx.sum(final) + gx.sum(ys), [h, xs])
    f = gx.function([h, xs, mask], [final, ys, *gradients])
    lengths = [3, 1]
    values = [RNG.normal(size=(2, 2)), RNG.normal(size=(3, 2, 2))]
    given = np.arange(3)[:, None] < np.array(lengths)
    got = f(*values, given)
    for n, length in enumerate(lengths):  # each sequence by itself, without what is padded
        alone = f(values[0][[n]], values[1][:length, [n]], np.ones((length, 1), bool))
        np.testing.assert_allclose(got[0][n], alone[0][0])
        np.testing.assert_allclose(got[1][:length, n], alone[1][:, 0])
        np.testing.assert_allclose(got[2][n], alone[2][0])
        np.testing.assert_allclose(got[3][:length, n], alone[3][:, 0])
        assert not got[1][length:, n].any() and not got[3][length:, n].any()


@pytest.mark.parametrize("reverse", [False, True])
def test_truncated_derivatives_are_those_of_stretches_by_themselves(reverse):
    h, xs, w = double("h", 3), double("xs", "T", 3), double("w", 3, 3)

    def step(h, x):
        h = gx.tanh(h @ w + x)
        return h, h

    _, ys = gx.scan(step, h, xs, reverse=reverse, truncate=2)
    (mine,) = gx.grad(gx.sum(ys * ys), [w])

    def want(w):
        state, total = start, 0.0
        for t, x in enumerate(data[::-1] if reverse else data):
            if t % 2 == 0:  # the state as a number: no derivative passes
                state = getattr(state, "_value", state)
            state = anp.tanh(state @ w + x)
            total = total + anp.sum(state * state)
        return total

    start, data = RNG.normal(size=3), RNG.normal(size=(5, 3))
    got = gx.function([h, xs, w], [mine])(start, data, U)[0]
    np.testing.assert_allclose(got, autograd.grad(want)(U), rtol=1e-10)


def test_what_a_step_draws_is_new_in_every_step_and_the_same_on_the_way_back():
    xs = double("xs", "T", 50)
    h = gx.constant(np.ones(50))
    final, kept = gx.scan(lambda h, x: (gx.dropout(h * x, 0.5), gx.dropout(h * x, 0.5)), h, xs)
    (slope,) = gx.grad(gx.sum(kept), [xs])
    ones = np.ones((2, 50))
    _, masks, slopes = gx.function([xs], [final, kept, slope])(ones)
    assert set(np.unique(masks)) <= {0.0, 2.0, 4.0} and (masks[0] != masks[1]).any()
    np.testing.assert_array_equal(slopes[1], masks[1])
    assert (gx.function([xs], [final], training=False)(ones)[0] == 1).all()


def test_noise_that_depends_on_nothing_is_new_in_every_step():
    _, seen = gx.scan(
        lambda h: (h, gx.normal((100,), dtype="float64")), gx.constant(0.0, "float64"), length=2
    )
    first, second = gx.function([], [seen])()[0]
    assert (first != second).all()
    outside = gx.normal((100,), dtype="float64")
    _, seen = gx.scan(lambda h: (h, outside), gx.constant(0.0, "float64"), length=2)
    first, second = gx.function([], [seen])()[0]
    np.testing.assert_array_equal(first, second)


def test_integer_states_count_and_have_no_derivative():
    xs = double("xs", "T")
    (count, total), _ = gx.scan(
        lambda n, s, x: ((n + 1, s + x * n.astype("float64")), None),
        (gx.constant(1), gx.constant(0.0, "float64")),
        xs,
    )
    (slope,) = gx.grad(total, [xs])
    got = gx.function([xs], [count, total, slope])(np.array([1.0, 1.0, 2.0]))
    assert got[0] == 4 and got[1] == 9
    np.testing.assert_array_equal(got[2], [1, 2, 3])


def test_equal_loops_are_one_node_and_different_ones_are_not():
    h, xs = double("h", 2), double("xs", "T", 2)
    first = gx.scan(lambda h, x: (h + x, None), h, xs)[0]
    again = gx.scan(lambda a, b: (a + b, None), h, xs)[0]
    other = gx.scan(lambda h, x: (h * x, None), h, xs)[0]
    assert first is again and first is not other
    assert gx.scan(lambda h, x: (h + x, None), h, xs, reverse=True)[0] is not first


def test_a_loop_prints_its_body():
    h, xs = double("h", 2), double("xs", "T", 2)

    def decay(h, x):
        return h * 0.5 + x, None

    final, _ = gx.scan(decay, h, xs)
    text = gx.to_text(gx.Graph("f", (h, xs), (("final", final),)))
    assert "scan(%h, %xs, body=<decay>, states=1, elements=1, length=T" in text
    assert "    graph decay(%h: float64[2], %x: float64[2])" in text
    assert "      return h = %" in text


def test_drawings_and_networkx_show_the_body():
    h, xs = double("h", 2), double("xs", "T", 2)
    final, _ = gx.scan(lambda h, x: (gx.tanh(h + x), None), h, xs)
    graph = gx.Graph("f", (h, xs), (("final", final),))
    dot = gx.to_dot(graph)
    assert 'style=dashed; label="lambda, in every step"' in dot
    assert dot.count("{") == dot.count("}") and "tanh" in dot
    nodes = dict(graph.to_networkx().nodes(data=True))
    (body,) = [n["body"] for n in nodes.values() if "body" in n]
    assert [n["op"] for _, n in body.nodes(data=True)] == ["input", "input", "add", "tanh"]
    svg = gx.to_svg(graph)
    assert "scan" in svg and "tanh" in svg and "lambda, in every step" in svg


def misuse(kind):
    h, xs = gx.input("h", ("N", 3)), gx.input("xs", ("T", "N", 3))
    total = gx.state("total", 0.0)
    wide = gx.input("wide", (3, 5))
    calls = {
        "shape": lambda: gx.scan(lambda h, x: (h @ wide, None), h, xs),
        "type": lambda: gx.scan(lambda h, x: (h.astype("float64"), None), h, xs),
        "count": lambda: gx.scan(lambda h, x: ([h, x], None), h, xs),
        "one thing": lambda: gx.scan(lambda h, x: h + x, h, xs),
        "no tensor": lambda: gx.scan(lambda h, x: (h, "text"), h, xs),
        "lengths": lambda: gx.scan(lambda h, x, y: (h, None), h, [xs, gx.input("y", ("M",))]),
        "length": lambda: gx.scan(lambda h: (h, None), h),
        "scalar": lambda: gx.scan(lambda h, x: (h, None), h, gx.input("x", ())),
        "mask": lambda: gx.scan(lambda h, x: (h, None), h, xs, mask=xs),
        "truncate": lambda: gx.scan(lambda h, x: (h, None), h, xs, truncate=0),
        "update": lambda: gx.scan(
            lambda h, x: (gx.updating(h + x, total, gx.sum(h + x)), None), h, xs
        ),
    }
    return calls[kind]


@pytest.mark.parametrize(
    ("kind", "error", "text"),
    [
        ("shape", ShapeError, r"state 'h' is float32\[N, 3\] but becomes float32\[N, 5\]"),
        ("type", TypeMismatchError, r"state 'h' is float32\[N, 3\] but becomes float64"),
        ("count", GraphError, r"there are 1 states \(h\), but the step returns 2"),
        ("one thing", GraphError, "a step returns two things"),
        ("no tensor", GraphError, "a step leaves tensors, not str: 'text'"),
        ("lengths", ShapeError, r"the sequences differ in length(.|\n)*'?xs'?(.|\n)*y"),
        ("length", GraphError, "say length="),
        ("scalar", ShapeError, "a sequence needs an axis"),
        ("mask", TypeMismatchError, "the mask is to be bool"),
        ("truncate", GraphError, "truncate is a number of steps from 1 up, not 0"),
        ("update", GraphError, "the step changes the state 'total'"),
    ],
)
def test_misuse_is_explained_at_the_users_line(kind, error, text):
    with pytest.raises(error, match=text) as caught:
        misuse(kind)()
    assert "test_scan.py" in str(caught.value)
