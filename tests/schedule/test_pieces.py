"""Pieces of concatenations computed in their places: which are, and that no bit changes."""

import re

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim


def both(outputs, **inputs):
    """A function of some outputs, in both styles: its source, and what it computes."""
    found = []
    for style in ("planned", "plain"):
        given = [gx.input(name, value.shape) for name, value in inputs.items()]
        f = gx.function(given, outputs(*given), name="joined", style=style)
        found.append((f.source, f(*inputs.values())))
    return found


def draw(*shape):
    return np.random.default_rng(1).normal(size=shape).astype("float32")


@pytest.mark.parametrize(
    ("axis", "where"),
    [
        (0, ("[:4]", "[4:8]", "[8:]")),
        (1, ("[:, :3]", "[:, 3:6]", "[:, 6:]")),
        (2, ("[..., :2]", "[..., 2:4]", "[..., 4:]")),
    ],
)
def test_pieces_are_computed_where_they_lie(axis, where):
    x, y = draw(4, 3, 2), draw(4, 3, 2)[::-1].copy()
    (source, value), (copied, expected) = both(
        lambda a, b: gx.concat([gx.exp(a), b, gx.square(a) - b], axis), x=x, y=y
    )
    np.testing.assert_array_equal(value, expected)
    body = source[source.index("def _joined") :]
    first, second, third = (re.escape(text) for text in where)
    assert "np.concatenate(" in copied
    assert "np.concatenate(" not in body
    assert re.search(rf"np.exp\(.*out=s\.\w+{first}\)", body)
    assert re.search(rf"np.copyto\(s\.\w+{second}, y\)", body)
    assert re.search(rf"np.subtract\(.*out=s\.\w+{third}\)", body)


@pytest.mark.parametrize(
    "outputs",
    [
        lambda a, b: gx.concat([(c := gx.exp(a)), c, b], 1),  # twice in one
        lambda a, b: {"joined": gx.concat([(c := gx.exp(a)), b], 1), "own": c},
        lambda a, b: gx.concat([(c := gx.exp(a)), b], 1) * gx.sum(c),
        lambda a, b: gx.concat([gx.exp(a).transpose(), b.transpose()], 0),
        lambda a, b: gx.concat([a @ b.transpose(), a], 1),
    ],
)
def test_what_others_read_too_has_memory_of_its_own(outputs):
    (source, value), (_, expected) = both(outputs, x=draw(3, 2), y=-draw(3, 2))
    values, wanted = (v if isinstance(v, dict) else {"": v} for v in (value, expected))
    for name, each in wanted.items():
        np.testing.assert_array_equal(values[name], each)
    assert "np.concatenate(" in source


def test_an_operand_is_not_overwritten_by_what_is_joined_before_it_is_read():
    """The first piece is written while the operand of the second still is to be read."""
    (_, value), (_, expected) = both(
        lambda a, b: gx.tanh(gx.concat([gx.exp(a + b), gx.square(gx.sin(a) * b)], 0)),
        x=draw(5, 4),
        y=draw(5, 4) + 1,
    )
    np.testing.assert_array_equal(value, expected)


@pytest.mark.parametrize(
    ("axes", "piece"),
    [
        ((0, 2, 1, 3), ".transpose(0, 2, 1, 3)"),
        ((0, 3, 1, 2), ".transpose(0, 2, 3, 1)"),  # BLAS writes columns
        ((2, 3, 0, 1), ""),  # the last axis is of the batch
    ],
)
def test_products_are_written_in_the_order_in_which_they_are_read(axes, piece):
    x, y = draw(2, 3, 4, 5), draw(2, 3, 5, 6)
    (source, value), (_, expected) = both(
        lambda a, b: (a @ b).transpose(axes).reshape((-1,)) * 2.0, x=x, y=y
    )
    np.testing.assert_allclose(value, expected, rtol=1e-5)  # BLAS may add in another order
    assert f"np.matmul(x, y, out=s.{'x_copy' if piece else 'x_product'}{piece})" in source
    assert ("np.copyto(" in source) == (not piece)


def test_attention_copies_no_heads():
    x, y = gx.input("x", ("N", 7, 8)), gx.input("y", ("N", 7, 8))
    loss = losses.squared_error(nn.MultiHeadAttention(8, 2)(x), y)
    found = []
    for disable in ((), ("pieces",)):
        net = gx.compile(
            "heads", inputs=[x], targets=[y], loss=loss, optimizer=optim.SGD(0.1), disable=disable
        )
        data = draw(2, 3, 7, 8)
        m = net.load(seed=3)
        found.append([m.train_step(*data) for _ in range(4)])
        source = net.source[net.source.index("def train_step") :]
        assert ("np.concatenate(" in source) == bool(disable)
        assert (".transpose(0, 2, 3, 1),\n" in source) == (not disable)
    np.testing.assert_allclose(*found, rtol=1e-6)


def recurrent(cell, **options):
    x, y = gx.input("x", ("T", "N", 3)), gx.input("y", ("T", "N", 2))
    z = nn.Dense(2)(cell(4, return_sequences=True)(x))
    loss = losses.squared_error(z, y)
    return gx.compile(
        "recurrent", inputs=[x], targets=[y], loss=loss, optimizer=optim.SGD(0.1), **options
    )


@pytest.mark.parametrize("cell", [nn.LSTM, nn.GRU])
def test_recurrent_layers_learn_the_same_to_the_last_bit(cell):
    rng = np.random.default_rng(2)
    x, y = rng.normal(size=(6, 5, 3)).astype("float32"), rng.normal(size=(6, 5, 2))
    found = []
    for disable in ((), ("pieces",)):
        m = recurrent(cell, disable=disable).load(seed=3)
        found.append([m.train_step(x, y.astype("float32")) for _ in range(4)])
    assert found[0] == found[1]


def test_the_way_back_of_an_lstm_joins_nothing():
    source = recurrent(nn.LSTM).source
    assert "np.concatenate(" not in source[source.index("def train_step") :]
    assert "out=s.d_z[t][:, 12:])" in source
    assert "d_o = d_h_2 * c_tanh[t]" in source  # under its own name in the formulas
    assert re.search(
        r"# d_z\[t\]\[:, :12\] = d_gates \* \(gates\[t\] \* \(1 - gates\[t\]\)\)", source
    )
    assert not re.search(r"# +(\S+) = \[\1\[", source)  # a whole is not told by its own pieces


def test_headers_give_a_formula_for_each_piece_where_one_line_is_too_short():
    x = gx.input("x", ("N", 8))
    y = gx.input("y", ("N", 8))
    a, b = x[:, :4], x[:, 4:]
    parts = [gx.exp(a) * gx.sin(b) + y[:, :4] * a * b, gx.cos(a * b) - gx.square(b) / (a * a + 1.0)]
    source = gx.function([x, y], {"z": gx.concat(parts, 1)}, name="long").source
    assert re.search(r"# z\[:, :4\] = .* {9,}\(N, 4\)\n", source)
    assert re.search(r"# z\[:, 4:\] = cos\(x\[:, :4\] \* x\[:, 4:\]\) - .* +\(N, 4\)\n", source)


def test_pieces_take_no_memory():
    x = gx.input("x", ("N", 8))
    needed = []
    for disable in ((), ("pieces",)):
        joined = gx.concat([gx.exp(x), gx.square(x)], 1)
        net = gx.compile("joined", inputs=[x], outputs=joined, disable=disable)
        needed.append(net.report(N=1024).planned_bytes)
    assert needed[0] == 1024 * 16 * 4
    assert needed[1] == 2 * needed[0]
