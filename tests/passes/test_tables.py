"""Products of rows taken from a table: computed on the table, with the same values and gradients."""

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim

RULE = "product looked up in the product of a table"
V, D, C = 7, 64, 512


def inputs(rows=V, width=D, columns=C):
    """Indices of two axes, and the table, weight and bias as inputs in float64."""
    ids = gx.input("ids", ("T", "N"), "int64")
    table = gx.input("table", (rows, width), "float64")
    weight, bias = (
        gx.input(n, s, "float64") for n, s in (("W", (width, columns)), ("b", (columns,)))
    )
    return ids, table, weight, bias


def arrays(tensors, count=(5, 3), seed=0):
    rng = np.random.default_rng(seed)
    rows = tensors[1].shape[0]
    return [rng.integers(rows, size=count), *(rng.normal(size=t.shape) for t in tensors[1:])]


def compiled(tensors, outputs, **options):
    """A function of the inputs, and how often the rule fired."""
    f = gx.function(tensors, outputs, training=True, **options)
    return f, f.network.report().rules.get(RULE, 0)


@pytest.mark.parametrize("style", ["plain", "planned"])
@pytest.mark.parametrize(("biased", "width"), [(True, D), (False, D), (True, 300)])
def test_values_and_gradients_are_those_of_the_formula(style, biased, width):
    ids, table, weight, bias = tensors = inputs(width=width)
    x = gx.take(table, ids, 0)
    y = gx.tanh(x @ weight + bias if biased else x @ weight)
    gradients = gx.grad(gx.sum(gx.square(y)), [table, weight, *([bias] if biased else [])])
    f, hits = compiled(tensors, [y, *gradients], style=style)
    assert hits == 1
    at, e, w, b = arrays(tensors)
    e, w = e / 8, w / 8
    got = f(at, e, w, b)
    wanted = np.tanh(e[at] @ w + (b if biased else 0))
    d_z = 2 * wanted * (1 - wanted**2)
    d_e = np.zeros_like(e)
    np.add.at(d_e, at, d_z @ w.T)
    d_w, d_b = np.einsum("tni,tnj->ij", e[at], d_z), d_z.sum(axis=(0, 1))
    for value, target in zip(got, [wanted, d_e, d_w, d_b], strict=False):
        np.testing.assert_allclose(value, target, rtol=1e-11, atol=1e-12)


def test_no_product_over_all_positions_is_left():
    ids, table, weight, bias = tensors = inputs()
    y = gx.tanh(gx.take(table, ids, 0) @ weight + bias)
    f, _ = compiled(tensors, gx.grad(gx.sum(gx.square(y)), [table, weight, bias]))
    products = [n for n in f.network.graphs["function_body"].nodes if n.op.name == "matmul"]
    shapes = [n.outputs[0].shape for n in products if n.outputs[0].shape != (1, C)]
    assert sorted(shapes, key=str) == [(D, C), (V, C), (V, D)]


def as_without(monkeypatch, tensors, outputs, hits):
    """Compare a function to the one that is compiled when no table is small enough."""
    f, found = compiled(tensors, outputs)
    monkeypatch.setattr("graphc.passes.tables.ROWS", 0)
    plain, none = compiled(tensors, outputs)
    assert (found, none) == (hits, 0)
    data = arrays(tensors)
    for a, b in zip(f(*data), plain(*data), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-8)


def test_two_products_of_the_same_rows_keep_their_gradients_apart(monkeypatch):
    ids, table, weight, bias = tensors = inputs()
    x = gx.take(table, ids, 0)
    loss = gx.sum(gx.square(gx.tanh(x @ weight))) + gx.sum(gx.sin(x @ (2.0 * weight + bias)))
    as_without(monkeypatch, tensors, gx.grad(loss, [table, weight, bias]), hits=2)


LEFT_ALONE = {
    "a large table": (300, D, C),
    "a short product": (V, 16, C),
    "narrow rows": (V, 256, 128),
}


@pytest.mark.parametrize("case", LEFT_ALONE)
def test_what_would_not_gain_is_left_alone(case):
    ids, table, weight, bias = tensors = inputs(*LEFT_ALONE[case])
    y = gx.tanh(gx.take(table, ids, 0) @ weight + bias)
    assert compiled(tensors, gx.grad(gx.sum(y), [table, weight]))[1] == 0


def test_without_gradients_and_for_fewer_ids_than_rows_it_is_left_alone():
    ids, table, weight, bias = tensors = inputs()
    y = gx.take(table, ids, 0) @ weight + bias
    assert compiled(tensors, [y])[1] == 0
    few = gx.input("few", (V - 1,), "int64")
    y = gx.tanh(gx.take(table, few, 0) @ weight)
    assert compiled([few, table, weight], gx.grad(gx.sum(y), [table, weight]))[1] == 0


@pytest.mark.parametrize("cell", [nn.LSTM, nn.GRU])
def test_a_network_of_characters_learns_as_without_it(cell):
    ids, y = (gx.input(n, ("T", "N"), "int64") for n in ("ids", "y"))
    model = nn.Sequential(
        [nn.Embedding(V, D), cell(176, return_sequences=True), nn.Dense(V)], name="net"
    )
    loss = losses.softmax_cross_entropy(model(ids), y)
    rng = np.random.default_rng(4)
    data, target = rng.integers(V, size=(2, 6, 4))
    found = []
    for disable in ([], ["look_up_products"]):
        net = gx.compile(
            "net", inputs=[ids], targets=[y], loss=loss, optimizer=optim.Adam(), disable=disable
        )
        assert (RULE in net.report().rules) is (not disable)
        m = net.load(seed=0)
        found.append((m.gradients(data, target), [m.train_step(data, target) for _ in range(5)]))
    for name, value in found[0][0].items():
        np.testing.assert_allclose(value, found[1][0][name], rtol=1e-3, atol=1e-7)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-5)


def test_gradients_of_the_second_order_are_the_same(monkeypatch):
    ids, table, weight, bias = tensors = inputs()
    y = gx.tanh(gx.take(table, ids, 0) @ weight * 0.1 + bias)
    (first,) = gx.grad(gx.sum(gx.square(y)), [bias])
    second = gx.grad(gx.sum(gx.square(first)), [table, weight, bias])
    as_without(monkeypatch, tensors, second, hits=1)


@pytest.mark.parametrize("width", [64, 300])
def test_rows_of_a_table_that_is_used_twice_add_up(monkeypatch, width):
    ids, table, weight, bias = tensors = inputs(width=width)
    x = gx.take(table, ids, 0)
    loss = gx.sum(gx.square(gx.tanh(x @ weight + bias))) + gx.sum(gx.sin(x) ** 2)
    as_without(monkeypatch, tensors, gx.grad(loss, [table, weight, bias]), hits=1)


def test_two_tables_that_get_one_gradient_add_it_up_by_their_own_ids(monkeypatch):
    ids, table, weight, bias = tensors = inputs()
    other, shifted = 2.0 * table[:4] + 1.0, gx.minimum(ids, 3)
    z = gx.take(table, ids, 0) @ weight + gx.take(other, shifted, 0) @ gx.sin(weight) + bias
    loss = gx.sum(gx.square(gx.tanh(0.1 * z)))
    as_without(monkeypatch, tensors, gx.grad(loss, [table, weight, bias]), hits=2)


def test_in_the_steps_of_a_loop_it_is_left_alone():
    """A step has few ids: here each is a step of gradient descent on one row of them."""
    ids, table, weight, _ = inputs()

    def step(w, at):
        y = gx.tanh(gx.take(table, at, 0) @ w)
        return w - 0.1 * gx.grad(gx.sum(gx.square(y)), [w])[0], None

    f, hits = compiled([ids, table, weight], [gx.scan(step, weight, ids)[0]])
    assert hits == 0
    at, e, w = arrays([ids, table, weight])
    (got,) = f(at, e / 8, w)
    for row in at:
        y = np.tanh(e[row] / 8 @ w)
        w = w - 0.1 * (e[row] / 8).T @ (2 * y * (1 - y**2))
    np.testing.assert_allclose(got, w, rtol=1e-10, atol=1e-12)
