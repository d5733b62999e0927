"""Cells beyond those that PyTorch has, and dropout in all: against their formulas under HIPS autograd."""

import itertools

import numpy as np
import pytest

import graphc as gx
from graphc import nn
from graphc.errors import GraphError, ShapeError
from graphc.ir.graph import substituted

autograd = pytest.importorskip("autograd")
anp = pytest.importorskip("autograd.numpy")

UNITS, WIDTH, LENGTH, BATCH = 4, 3, 5, 2


def sigmoid(x):
    return 1 / (1 + anp.exp(-x))


def gates(w, count, past, element, k):
    """What the element, the state and the bias add to gate k."""
    at = slice(k * UNITS, (k + 1) * UNITS)
    assert w["W"].shape[1] == count * UNITS
    return anp.dot(element, w["W"][:, at]), anp.dot(past, w["U"][:, at]), w["b"][at]


def lstm(w, x, states, keep_x=1.0, keep_h=1.0):
    """Gers and Schmidhuber (2000): the output gate sees the cells after the step."""
    (h, c), left = states, []
    for element in x:
        z = [sum(gates(w, 4, h * keep_h, element * keep_x, k)) for k in range(4)]
        i = sigmoid(z[0] + w.get("P_i", 0.0) * c)
        f = sigmoid(z[1] + w.get("P_f", 0.0) * c)
        c = f * c + i * anp.tanh(z[3])
        o = sigmoid(z[2] + w.get("P_o", 0.0) * c)
        h = o * anp.tanh(c)
        left.append(h)
    return left, [h, c]


def gru(w, x, states, keep_x=1.0, keep_h=1.0):
    (h,), left = states, []
    for element in x:
        (xr, hr, br), (xz, hz, bz), (xn, hn, bn) = (
            gates(w, 3, h * keep_h, element * keep_x, k) for k in range(3)
        )
        r, z = sigmoid(xr + hr + br), sigmoid(xz + hz + bz)
        n = anp.tanh(xn + bn + r * (hn + w["bn"]))
        h = (1 - z) * n + z * h
        left.append(h)
    return left, [h]


def higher_order(w, x, states, keep_x=1.0, keep_h=1.0):
    """Soltani and Jiang (2016): the states before, the latest first, have a matrix each."""
    past, left = list(states), []
    for element in x:
        z = anp.dot(element * keep_x, w["W"]) + w["b"]
        for k, h in enumerate(past, 1):
            z = z + anp.dot(h * keep_h, w["U" if k == 1 else f"U_{k}"])
        past = [anp.tanh(z), *past[:-1]]
        left.append(past[0])
    return left, past


def second_order(w, x, states, keep_x=1.0, keep_h=1.0):
    """Giles et al. (1992): S_k' = g(sum over i and j of W_ijk S_i I_j)."""
    (h,), left = states, []
    for element in x:
        h = sigmoid(anp.einsum("ni,nj,ijk->nk", h * keep_h, element * keep_x, w["W"]) + w["b"])
        left.append(h)
    return left, [h]


CELLS = {
    "peepholes": (lstm, lambda **o: nn.LSTM(UNITS, peepholes=True, **o), 2),
    "lstm": (lstm, lambda **o: nn.LSTM(UNITS, **o), 2),
    "gru": (gru, lambda **o: nn.GRU(UNITS, **o), 1),
    "rnn": (higher_order, lambda **o: nn.RNN(UNITS, **o), 1),
    "order 2": (higher_order, lambda **o: nn.RNN(UNITS, order=2, **o), 2),
    "order 3": (higher_order, lambda **o: nn.RNN(UNITS, order=3, **o), 3),
    "second order": (second_order, lambda **o: nn.SecondOrderRNN(UNITS, **o), 1),
}
BEYOND_TORCH = ["peepholes", "order 2", "order 3", "second order"]


def both_orders(results, wrt, library):
    """A number of all results, its derivatives, and those of the sum of their squares."""
    total = sum(library.sum(library.sin(t) * (k + 1.0)) for k, t in enumerate(results))
    first = gx.grad(total, wrt)
    return [*first, *gx.grad(sum(gx.sum(g * g) for g in first), wrt)]


def compiled(layer, count, style="planned", batch=BATCH, **options):
    """A function of x, states and weights to results and derivatives of both orders."""
    x = gx.input("x", ("T", "N", WIDTH), "float64")
    starts = [gx.input(f"s{k}", ("N", UNITS), "float64") for k in range(count)]
    outputs, last = layer(x, starts)
    results = [outputs, *(last if count > 1 else [last])]
    parameters = layer.parameters()
    slopes = both_orders(results, [x, *starts, *parameters], gx)
    given = {p: gx.input(p.name.replace(".", "_"), p.shape, "float64") for p in parameters}
    outs = substituted([*results, *slopes], given)
    rng = np.random.default_rng(3)
    data = [rng.normal(size=(LENGTH, batch, WIDTH))]
    data += [rng.normal(size=(batch, UNITS)) for _ in starts]
    weights = {p.name.rpartition(".")[2]: rng.normal(size=p.shape) / 2 for p in parameters}
    f = gx.function([x, *starts, *given.values()], outs, style=style, **options)
    return lambda: f(*data, *weights.values()), data, weights


def by_autograd(formula, data, weights, **masks):
    """What `compiled` gives, by the formula."""
    names, count = list(weights), len(data)

    def results(*args):
        w = dict(zip(names, args[count:], strict=True))
        left, last = formula(w, args[0], args[1:count], **masks)
        return [anp.stack(left), *last]

    def total(*args):
        return sum(anp.sum(anp.sin(t) * (k + 1.0)) for k, t in enumerate(results(*args)))

    args = [*data, *weights.values()]
    every = tuple(range(len(args)))
    slopes = autograd.grad(total, every)
    curved = autograd.grad(lambda *a: sum(anp.sum(g * g) for g in slopes(*a)), every)
    return [*results(*args), *slopes(*args), *curved(*args)]


@pytest.mark.parametrize("style", ["plain", "planned"])
@pytest.mark.parametrize("cell", BEYOND_TORCH)
def test_values_and_derivatives_of_both_orders_are_those_of_the_formula(cell, style):
    formula, make, count = CELLS[cell]
    layer = make(return_sequences=True, return_state=True)
    f, data, weights = compiled(layer, count, style)
    for got, wanted in zip(f(), by_autograd(formula, data, weights), strict=True):
        np.testing.assert_allclose(got, wanted, rtol=1e-8, atol=1e-10)


def test_the_cells_of_the_formulas_have_the_parameters_that_they_say():
    x = gx.input("x", ("T", "N", WIDTH))
    shapes = {}
    for cell in BEYOND_TORCH:
        layer = CELLS[cell][1]()
        layer(x)
        shapes[cell] = {p.name.rpartition(".")[2]: p.shape for p in layer.parameters()}
    square = (UNITS, UNITS)
    peepholes = dict.fromkeys(("P_i", "P_f", "P_o"), (UNITS,))
    four = {"W": (WIDTH, 4 * UNITS), "U": (UNITS, 4 * UNITS), "b": (4 * UNITS,)}
    assert shapes == {
        "peepholes": {**four, **peepholes},
        "order 2": {"W": (WIDTH, UNITS), "U": square, "b": (UNITS,), "U_2": square},
        "order 3": {"W": (WIDTH, UNITS), "U": square, "b": (UNITS,), "U_2": square, "U_3": square},
        "second order": {"W": (UNITS, WIDTH, UNITS), "b": (UNITS,)},
    }


@pytest.mark.parametrize("cell", BEYOND_TORCH)
def test_a_cell_in_a_loop_of_ones_own_is_the_layer(cell):
    _, make, count = CELLS[cell]
    x = gx.input("x", ("T", "N", WIDTH), "float64")
    layer, one = make(return_sequences=True), make(cell=True)
    starts = [gx.broadcast_to(gx.constant(0.3, "float64"), (x.shape[1], UNITS))] * count

    def step(*args):
        new = one(args[-1], args[:-1])
        new = list(new) if count > 1 else [new]
        return new, new[0]

    whole, alone = layer(x, starts), gx.scan(step, starts, x)[1]
    shared = dict(zip(one.parameters(), layer.parameters(), strict=True))
    f = gx.function([x], [whole, *substituted([alone], shared)])
    got = f(np.random.default_rng(0).normal(size=(LENGTH, BATCH, WIDTH)))
    np.testing.assert_allclose(got[0], got[1], rtol=1e-12)


def test_a_second_order_network_is_an_automaton_of_its_weights():
    """Giles et al. (1992), section 3: large weights of either sign make a table of transitions."""
    follows = np.array([[0, 1], [1, 2], [2, 0]])  # the state after a 0 and after a 1: ones modulo 3
    w = np.full((3, 2, 3), -30.0)
    for state, by_bit in enumerate(follows):
        for bit, after in enumerate(by_bit):
            w[state, bit, after] = 30.0
    x = gx.input("x", ("T", "N", 2))
    layer = nn.SecondOrderRNN(3, init=w, use_bias=False, return_sequences=True)
    bits = np.random.default_rng(0).integers(2, size=(20, 7))
    got = gx.function([x], [layer(x)])(np.eye(2, dtype="float32")[bits])[0]
    np.testing.assert_array_equal(got.argmax(axis=2), bits.cumsum(axis=0) % 3)


def test_an_lstm_is_that_of_books_with_one_matrix_a_gate():
    """``W_f [1; h; x]`` and its like: biases, U and W of a gate stacked are its matrix transposed."""
    layer = nn.LSTM(UNITS, return_sequences=True, return_state=True)
    f, (x, h, c), w = compiled(layer, 2)
    stacked = np.concatenate([w["b"][None], w["U"], w["W"]])
    w_i, w_f, w_o, w_g = (matrix.T for matrix in np.split(stacked, 4, axis=1))
    for n in range(BATCH):
        h_n, c_n = h[n], c[n]
        for t in range(LENGTH):
            augmented = np.concatenate([[1.0], h_n, x[t, n]])
            kept = sigmoid(w_f @ augmented) * c_n
            c_n = kept + sigmoid(w_i @ augmented) * np.tanh(w_g @ augmented)
            h_n = sigmoid(w_o @ augmented) * np.tanh(c_n)
            np.testing.assert_allclose(f()[0][t, n], h_n, rtol=1e-9)


# ---- the five shapes -----------------------------------------------------------------------------


def elman(w, x, h):
    """States after each element, ``h = tanh(x W + h U + b)``."""
    left = []
    for element in x:
        h = np.tanh(element @ w["W"] + h @ w["U"] + w["b"])
        left.append(h)
    return left


def test_what_is_read_and_what_is_answered_may_each_be_one_or_a_sequence():
    """The five shapes of recurrent networks, each as the documentation writes it."""
    x, xs = gx.input("x", ("N", WIDTH)), gx.input("xs", ("T", "N", WIDTH))
    ys, h = gx.input("ys", ("S", "N", WIDTH)), gx.input("h", ("N", UNITS))
    options = {"return_sequences": True}
    one_to_one, many_to_one = nn.RNN(UNITS, cell=True, name="a"), nn.RNN(UNITS, name="b")
    one_to_many, in_step = (nn.RNN(UNITS, **options, name=n) for n in "cd")
    encoder, decoder = nn.RNN(UNITS, return_state=True, name="e"), nn.RNN(UNITS, **options)
    _, state = encoder(xs)
    outputs = {
        "one to one": one_to_one(x, h),
        "one to many": one_to_many(xs, h),
        "many to one": many_to_one(xs),
        "many to many": in_step(xs),
        "one after the other": decoder(ys, state),
    }
    net = gx.Program("shapes", f=gx.function([x, xs, ys, h], outputs, training=False))
    m = net.load(seed=2)
    rng = np.random.default_rng(5)
    a, b, c = (rng.normal(size=(*n, BATCH, WIDTH)).astype("float32") for n in ((), (5,), (3,)))
    start, zeros = rng.normal(size=(BATCH, UNITS)).astype("float32"), np.zeros((BATCH, UNITS))
    got = m.f(a, b, c, start)
    saved = m.state_dict()
    cells = (one_to_one, one_to_many, many_to_one, in_step, encoder, decoder)
    w = [
        {p.name.rpartition(".")[2]: saved[p.name].astype(float) for p in cell.parameters()}
        for cell in cells
    ]
    wanted = {
        "one to one": elman(w[0], [a], start)[0],
        "one to many": elman(w[1], b, start),
        "many to one": elman(w[2], b, zeros)[-1],
        "many to many": elman(w[3], b, zeros),
        "one after the other": elman(w[5], c, elman(w[4], b, zeros)[-1]),
    }
    assert [got[name].ndim for name in wanted] == [2, 3, 2, 3, 3]
    for name, value in wanted.items():
        np.testing.assert_allclose(got[name], value, rtol=1e-4, atol=1e-6, err_msg=name)


# ---- one mask a sequence -------------------------------------------------------------------------


@pytest.mark.parametrize("axis", [0, 1])
def test_dropout_takes_the_same_features_at_every_step(axis):
    """A network that only hands on its element shows which were dropped."""
    x = gx.input("x", ("T", "N", WIDTH) if axis == 0 else ("N", "T", WIDTH))
    layer = nn.RNN(
        WIDTH,
        activation=lambda z: z,
        init=np.eye(WIDTH),
        recurrent_init="zeros",
        dropout=0.4,
        return_sequences=True,
        axis=axis,
    )
    f = gx.function([x], [layer(x)], training=True)
    shape = (LENGTH, 400, WIDTH)
    got = f(np.ones(shape if axis == 0 else (400, LENGTH, WIDTH), np.float32))[0]
    got = got if axis == 0 else got.transpose(1, 0, 2)
    np.testing.assert_array_equal(got, np.broadcast_to(got[0], shape))
    np.testing.assert_allclose(np.unique(got), [0, 1 / 0.6], rtol=1e-6)
    assert abs((got[0] == 0).mean() - 0.4) < 4.5 * np.sqrt(0.24 / got[0].size)


def test_recurrent_dropout_takes_the_same_units_at_every_step():
    """A network that only hands on its state multiplies it by one mask again and again."""
    x, h = gx.input("x", ("T", "N", WIDTH)), gx.input("h", ("N", UNITS))
    layer = nn.RNN(
        UNITS,
        activation=lambda z: z,
        init="zeros",
        recurrent_init=np.eye(UNITS),
        recurrent_dropout=0.25,
    )
    f = gx.function([x, h], [layer(x, h)], training=True)
    got = f(np.ones((LENGTH, 300, WIDTH), np.float32), np.ones((300, UNITS), np.float32))[0]
    np.testing.assert_allclose(np.unique(got), [0, 0.75**-LENGTH], rtol=1e-5)
    assert abs((got == 0).mean() - 0.25) < 4.5 * np.sqrt(0.1875 / got.size)


@pytest.mark.parametrize("cell", ["peepholes", "lstm", "gru", "order 2", "second order"])
def test_a_layer_with_dropout_is_the_formula_with_one_of_the_possible_masks(cell):
    """Gal and Ghahramani (2016), eq. 7, with derivatives of both orders."""
    formula, make, count = CELLS[cell]
    layer = make(return_sequences=True, return_state=True, dropout=0.5, recurrent_dropout=0.2)
    f, data, weights = compiled(layer, count, batch=1, training=True)
    masks = [
        (np.array(a) * 2.0, np.array(b) * 1.25)
        for a in itertools.product((0, 1), repeat=WIDTH)
        for b in itertools.product((0, 1), repeat=UNITS)
    ]
    seen = set()
    for _ in range(3):
        got = f()
        fits = [
            k
            for k, (a, b) in enumerate(masks)
            if np.allclose(got[0], np.stack(formula(weights, data[0], data[1:], a, b)[0]), 1e-9)
        ]
        assert fits
        keep_x, keep_h = masks[fits[0]]
        wanted = by_autograd(formula, data, weights, keep_x=keep_x, keep_h=keep_h)
        for value, target in zip(got, wanted, strict=True):
            np.testing.assert_allclose(value, target, rtol=1e-8, atol=1e-10)
        seen.add(fits[0])
    assert len(seen) > 1


@pytest.mark.parametrize("cell", ["lstm", "gru", "rnn"])
def test_dropout_does_nothing_in_functions_that_only_infer(cell):
    formula, make, count = CELLS[cell]
    layer = make(return_sequences=True, return_state=True, dropout=0.5, recurrent_dropout=0.5)
    f, data, weights = compiled(layer, count, training=False)
    left = formula(weights, data[0], data[1:])[0]
    np.testing.assert_allclose(f()[0], left, rtol=1e-9)


def test_the_two_directions_have_masks_and_settings_of_their_own():
    x = gx.input("x", ("T", "N", WIDTH))
    both = nn.Bidirectional(nn.LSTM(UNITS, peepholes=True, dropout=0.5, recurrent_dropout=0.1))
    both(x)
    assert both.backwards.peepholes and both.backwards.dropout == 0.5
    assert both.backwards.recurrent_dropout == 0.1
    assert nn.Bidirectional(nn.RNN(UNITS, order=3)).backwards.order == 3
    assert nn.Bidirectional(nn.SecondOrderRNN(UNITS)).backwards.reverse


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda x: nn.RNN(3, order=0), GraphError, "order is a whole number above 0, not 0"),
        (lambda x: nn.RNN(3, order=2)(x, x[0]), ShapeError, "has 2 states, given 1"),
        (lambda x: nn.LSTM(3, dropout=1.0), GraphError, r"LSTM: dropout .* rate lies in \[0, 1\)"),
        (lambda x: nn.GRU(3, recurrent_dropout=-1), GraphError, "GRU: recurrent_dropout"),
        (lambda x: nn.GRU(3, cell=True, dropout=0.1), GraphError, "a cell makes one step"),
        (lambda x: nn.SecondOrderRNN(3, recurrent_init="zeros"), GraphError, "it has no U"),
        (lambda x: nn.SecondOrderRNN(3, None), GraphError, "an activation is needed"),
        (lambda x: nn.SecondOrderRNN(3, init=np.ones((3, 3)))(x), ShapeError, r"\(3, 3, 3\)"),
    ],
)
def test_misuse_is_explained(make, error, text):
    with pytest.raises(error, match=text) as caught:
        make(gx.input("x", ("T", "N", WIDTH)))
    assert "test_cells.py" in str(caught.value)


def test_a_second_order_network_called_on_another_width_says_so():
    layer = nn.SecondOrderRNN(3)
    layer(gx.input("x", ("T", "N", 2)))
    with pytest.raises(ShapeError, match="takes 2 features, not 5"):
        layer(gx.input("x", ("T", "N", 5)))
