"""Recurrent layers against PyTorch's with the same weights, and against their formulas."""

import numpy as np
import pytest

import graphc as gx
from graphc import nn
from graphc.errors import GraphError, ShapeError, TypeMismatchError
from graphc.ir.graph import substituted

UNITS, WIDTH, LENGTH, BATCH = 5, 3, 6, 4

# Each of torch's gates, which lie in its order, among ours.
ORDER = {"RNN": [0], "LSTM": [0, 1, 3, 2], "GRU": [0, 1, 2]}


def weights_for(torch_layer, kind, part=""):
    """Our weights, by name, that compute what torch's layer does."""
    get = {n: p.detach().numpy() for n, p in torch_layer.named_parameters()}
    w, u, b, c = (
        np.split(get[f"{name}_l0{part}"], len(ORDER[kind]))
        for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    )
    order = [ORDER[kind].index(k) for k in range(len(w))]
    found = {
        "W": np.concatenate([w[k].T for k in order], axis=1),
        "U": np.concatenate([u[k].T for k in order], axis=1),
        "b": np.concatenate([b[k] + c[k] for k in order]),
    }
    if kind == "GRU":
        found["b"][2 * UNITS :] = b[2]
        found["bn"] = c[2]
    return found


def layers(kind, torch, **options):
    """Torch's layer in double precision, and ours."""
    torch.manual_seed(4)
    theirs = getattr(torch.nn, kind)(WIDTH, UNITS, dtype=torch.float64)
    return theirs, getattr(nn, kind)(UNITS, return_sequences=True, return_state=True, **options)


def flat(values):
    return [t for v in values for t in (v if isinstance(v, (list, tuple)) else [v])]


@pytest.mark.parametrize("style", ["plain", "planned"])
@pytest.mark.parametrize("kind", ORDER)
def test_values_and_derivatives_of_both_orders_are_those_of_torch(kind, style):
    torch = pytest.importorskip("torch")
    theirs, mine = layers(kind, torch)
    x = gx.input("x", ("T", "N", WIDTH), "float64")
    count = 2 if kind == "LSTM" else 1
    starts = [gx.input(f"s{k}", ("N", UNITS), "float64") for k in range(count)]
    outputs, last = mine(x, starts)
    results = flat([outputs, last])
    total = sum((gx.sum(gx.sin(t) * (k + 1.0)) for k, t in enumerate(results)), gx.constant(0.0))
    wrt = [x, *starts, *mine.parameters()]
    first = gx.grad(total, wrt)
    second = gx.grad(sum((gx.sum(g * g) for g in first), gx.constant(0.0, "float64")), wrt)
    table = weights_for(theirs, kind)
    given = {p: gx.input(p.name.replace(".", "_"), p.shape, "float64") for p in mine.parameters()}
    outs = substituted([*results, *first, *second], given)
    rng = np.random.default_rng(0)
    data = [rng.normal(size=(LENGTH, BATCH, WIDTH))]
    data += [rng.normal(size=(BATCH, UNITS)) for _ in starts]
    arrays = [table[p.name.rpartition(".")[2]] for p in mine.parameters()]
    got = gx.function([x, *starts, *given.values()], outs, style=style)(*data, *arrays)

    leaves = [torch.tensor(a, requires_grad=True) for a in data]
    begin = [s[None] for s in leaves[1:]]
    ys, end = theirs(leaves[0], tuple(begin) if count == 2 else begin[0])
    end = [s[0] for s in (end if count == 2 else [end])]
    wanted = [ys, *end]
    number = sum(torch.sum(torch.sin(t) * (k + 1.0)) for k, t in enumerate(wanted))
    names = ["weight_ih_l0", "weight_hh_l0", "bias_ih_l0", "bias_hh_l0"]
    params = [getattr(theirs, n) for n in names]
    slopes = torch.autograd.grad(number, [*leaves, *params], create_graph=True)
    # Our weights lie in another order and one bias stands for two: the same sums of squares count
    # each gradient of a bias once, a GRU's candidate apart.
    squares = sum((g * g).sum() for g in slopes[: len(leaves) + 3])
    if kind == "GRU":
        squares = squares + (slopes[-1][2 * UNITS :] ** 2).sum()
    curved = torch.autograd.grad(squares, leaves)
    for a, b in zip(got, [t.detach().numpy() for t in wanted], strict=False):
        np.testing.assert_allclose(a, b, rtol=1e-10, atol=1e-12)
    start = len(wanted)
    for a, b in zip(
        got[start:], [s.numpy(force=True) for s in slopes[: len(leaves)]], strict=False
    ):
        np.testing.assert_allclose(a, b, rtol=1e-9, atol=1e-11)
    mine_slopes = dict(zip(given, got[start + len(leaves) : start + len(wrt)], strict=True))
    for p, value in mine_slopes.items():
        name = p.name.rpartition(".")[2]
        np.testing.assert_allclose(
            value, as_ours(slopes[len(leaves) :], kind)[name], rtol=1e-9, atol=1e-11
        )
    for a, b in zip(got[start + len(wrt) :], curved, strict=False):
        np.testing.assert_allclose(a, b.numpy(), rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("kind", ORDER)
def test_a_cell_in_a_loop_of_ones_own_is_that_of_torch(kind):
    torch = pytest.importorskip("torch")
    torch.manual_seed(4)
    theirs = getattr(torch.nn, f"{kind}Cell")(WIDTH, UNITS, dtype=torch.float64)
    cell = getattr(nn, kind)(UNITS, cell=True)
    x = gx.input("x", ("T", "N", WIDTH), "float64")
    count = 2 if kind == "LSTM" else 1

    def step(*args):
        *states, element = args
        # What is read depends on the state: no layer over the sequence computes this.
        new = cell(element * gx.mean(states[0], axis=1, keepdims=True), states)
        new = list(new) if count == 2 else [new]
        return new, new[0]

    starts = [gx.broadcast_to(gx.constant(0.5, "float64"), (x.shape[1], UNITS))] * count
    _, h = gx.scan(step, starts, x)
    loss = gx.sum(gx.sin(h))
    parameters = cell.parameters()
    torch_named = type("Named", (), {})()
    torch_named.named_parameters = lambda: [(f"{n}_l0", p) for n, p in theirs.named_parameters()]
    table = weights_for(torch_named, kind)
    given = {p: gx.input(p.name.replace(".", "_"), p.shape, "float64") for p in parameters}
    outs = substituted([h, *gx.grad(loss, [x, *parameters])], given)
    data = np.random.default_rng(0).normal(size=(LENGTH, BATCH, WIDTH))
    arrays = [table[p.name.rpartition(".")[2]] for p in parameters]
    got = gx.function([x, *given.values()], outs)(data, *arrays)

    leaf = torch.tensor(data, requires_grad=True)
    states = [torch.full((BATCH, UNITS), 0.5, dtype=torch.float64)] * count
    left = []
    for element in leaf:
        read = element * states[0].mean(dim=1, keepdim=True)
        found = theirs(read, tuple(states) if count == 2 else states[0])
        states = list(found) if count == 2 else [found]
        left.append(states[0])
    wanted = torch.stack(left)
    names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
    slopes = torch.autograd.grad(
        torch.sin(wanted).sum(), [leaf, *(getattr(theirs, n) for n in names)]
    )
    expected = as_ours(slopes[1:], kind)
    np.testing.assert_allclose(got[0], wanted.detach().numpy(), rtol=1e-10, atol=1e-12)
    np.testing.assert_allclose(got[1], slopes[0].numpy(), rtol=1e-9, atol=1e-11)
    for p, value in zip(parameters, got[2:], strict=True):
        np.testing.assert_allclose(
            value, expected[p.name.rpartition(".")[2]], rtol=1e-9, atol=1e-11
        )


def as_ours(slopes, kind):
    """Torch's gradients of its weights, laid out as ours."""
    w, u, b, c = (np.split(s.numpy(force=True), len(ORDER[kind])) for s in slopes)
    order = [ORDER[kind].index(k) for k in range(len(w))]
    return {
        "W": np.concatenate([w[k].T for k in order], axis=1),
        "U": np.concatenate([u[k].T for k in order], axis=1),
        "b": np.concatenate([b[k] for k in order]),
        "bn": c[-1],
    }


@pytest.mark.parametrize("kind", ORDER)
def test_a_reversed_layer_is_the_layer_on_the_reversed_sequence(kind):
    x = gx.input("x", ("T", "N", WIDTH))
    forwards = getattr(nn, kind)(UNITS, return_sequences=True)
    backwards = getattr(nn, kind)(UNITS, return_sequences=True, reverse=True)
    f, b = forwards(x), backwards(gx.flip(x, 0))
    shared = dict(zip(backwards.parameters(), forwards.parameters(), strict=True))
    (b,) = substituted([b], shared)
    got = gx.function([x], [f, b])(draw(LENGTH, BATCH, WIDTH))
    np.testing.assert_allclose(got[0], got[1][::-1], rtol=1e-5, atol=1e-6)


def draw(*shape):
    return np.random.default_rng(1).normal(size=shape).astype("float32")


@pytest.mark.parametrize("kind", ORDER)
def test_two_directions_lie_side_by_side(kind):
    x = gx.input("x", ("T", "N", WIDTH))
    both = nn.Bidirectional(getattr(nn, kind)(UNITS, return_sequences=True), name="both")
    y = both(x)
    assert both.parameters()[0].name == "both.forwards.W"
    alone = [layer(x) for layer in (both.forwards, both.backwards)]
    got = gx.function([x], [y, *alone])(draw(LENGTH, BATCH, WIDTH))
    np.testing.assert_allclose(got[0], np.concatenate(got[1:], axis=-1), rtol=1e-6)
    assert both.backwards.reverse and not both.forwards.reverse


def test_layers_on_top_of_one_another_over_batch_first_sequences():
    x = gx.input("x", ("N", "T", WIDTH))
    model = nn.Sequential(
        [nn.GRU(4, return_sequences=True, axis=1), nn.LSTM(UNITS, axis=1), nn.Dense(2)], name="net"
    )
    y = model(x)
    assert y.shape == (gx.dim("N"), 2)
    assert [p.name for p in model.parameters()] == [
        *("net.gru_1.W", "net.gru_1.U", "net.gru_1.b", "net.gru_1.bn"),
        *("net.lstm_1.W", "net.lstm_1.U", "net.lstm_1.b", "net.dense_1.W", "net.dense_1.b"),
    ]
    f = gx.function([x], [y])
    values = draw(BATCH, LENGTH, WIDTH)
    alone = [f(values[[n]])[0][0] for n in range(BATCH)]
    np.testing.assert_allclose(f(values)[0], alone, rtol=1e-5, atol=1e-6)


def test_a_mask_makes_padded_sequences_end_where_they_do():
    x = gx.input("x", ("T", "N", WIDTH))
    mask = gx.input("mask", ("T", "N"), "bool")
    layer = nn.LSTM(UNITS)
    f = gx.function([x, mask], [layer(x, mask=mask)])
    values = draw(LENGTH, BATCH, WIDTH)
    lengths = np.array([6, 1, 3, 5])
    got = f(values, np.arange(LENGTH)[:, None] < lengths)[0]
    for n, length in enumerate(lengths):
        alone = f(values[:length, [n]], np.ones((length, 1), bool))[0]
        np.testing.assert_allclose(got[n], alone[0], rtol=1e-5, atol=1e-6)


def test_states_that_are_returned_continue_a_sequence():
    x = gx.input("x", ("T", "N", WIDTH))
    state = tuple(gx.input(s, ("N", UNITS)) for s in "hc")
    layer = nn.LSTM(UNITS, return_state=True)
    y, (h, c) = layer(x, state)
    f = gx.function([x, *state], [y, h, c])
    values, zeros = draw(LENGTH, BATCH, WIDTH), np.zeros((BATCH, UNITS), "float32")
    whole = f(values, zeros, zeros)
    _, h, c = f(values[:2], zeros, zeros)
    for a, b in zip(f(values[2:], h, c), whole, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_first_values_are_drawn_gate_by_gate_and_an_lstm_remembers():
    x = gx.input("x", ("T", "N", WIDTH))
    m = gx.compile("net", inputs=[x], outputs=nn.LSTM(UNITS)(x)).load(seed=0)
    state = {name.removeprefix("lstm_1."): array for name, array in m.state_dict().items()}
    np.testing.assert_array_equal(state["b"], np.repeat([0, 1, 0, 0], UNITS))
    for gate in np.split(state["U"], 4, axis=1):
        np.testing.assert_allclose(gate.T @ gate, np.eye(UNITS), atol=1e-6)
    limit = np.sqrt(6 / (WIDTH + UNITS))
    assert 0.7 * limit < np.abs(state["W"]).max() <= limit


def test_an_embedding_reads_rows_and_its_gradient_adds_to_them():
    ids = gx.input("ids", ("T", "N"), "int64")
    table = nn.Embedding(7, 3, init=np.arange(21.0).reshape(7, 3), dtype="float64")
    y = table(ids)
    (slope,) = gx.grad(gx.sum(gx.square(y)), [table.W])
    got = gx.function([ids], [y, slope])(np.array([[1, 6], [1, 0]]))
    rows = np.arange(21.0).reshape(7, 3)
    np.testing.assert_array_equal(got[0], rows[[[1, 6], [1, 0]]])
    np.testing.assert_array_equal(got[1], 2 * rows * np.array([1, 2, 0, 0, 0, 0, 1])[:, None])


def test_an_embedding_inside_a_loop_learns_and_refuses_ids_out_of_range():
    ids = gx.input("ids", ("T", 2), "int64")
    w = gx.parameter("w", np.arange(8.0).reshape(4, 2))
    h0 = gx.constant(np.zeros((2, 2)))
    total, _ = gx.scan(lambda h, i: (h * 2.0 + gx.take(w, i, 0), None), h0, ids)
    slope = gx.grad(gx.sum(total), [w])
    f = gx.function([ids], [total, *slope])
    got = f(np.array([[0, 1], [3, 3]]))
    np.testing.assert_array_equal(got[0], [[6, 9], [10, 13]])
    np.testing.assert_array_equal(got[1], [[2, 2], [2, 2], [0, 0], [2, 2]])
    with pytest.raises(ValueError, match="ids"):
        f(np.array([[0, 1], [3, 4]]))


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda x: nn.LSTM(0), GraphError, "units is a whole number above 0"),
        (lambda x: nn.GRU(3, axis=2), GraphError, "axis of time is 0 or 1, not 2"),
        (lambda x: nn.RNN(3, activation=None), GraphError, "an activation is needed"),
        (lambda x: nn.LSTM(3)(x[0]), ShapeError, r"takes a sequence \(T, N, features\)"),
        (lambda x: nn.GRU(3)(x, x), ShapeError, r"has states of shape \(N, 3\)"),
        (lambda x: nn.Bidirectional(nn.Dense(3)), GraphError, "it takes a recurrent layer"),
        (lambda x: nn.GRU(3, cell=True)(x), ShapeError, r"takes vectors \(N, features\)"),
        (lambda x: nn.LSTM(3, reverse=True, cell=True), GraphError, "a cell makes one step"),
        (lambda x: nn.Bidirectional(nn.GRU(3, cell=True)), GraphError, "a cell makes one step"),
        (
            lambda x: nn.GRU(3, cell=True)(x[0], mask=gx.input("m", ("N",), "bool")),
            GraphError,
            "a mask is for gx.scan",
        ),
        (lambda x: nn.Embedding(3, 2)(x), TypeMismatchError, "takes integers"),
    ],
)
def test_misuse_is_explained(make, error, text):
    with pytest.raises(error, match=text) as caught:
        make(gx.input("x", ("T", "N", WIDTH)))
    assert "test_recurrent.py" in str(caught.value)


def test_a_layer_called_on_another_width_says_so():
    layer = nn.GRU(3)
    layer(gx.input("x", ("T", "N", 2)))
    with pytest.raises(ShapeError, match="takes 2 features, not 5"):
        layer(gx.input("x", ("T", "N", 5)))
