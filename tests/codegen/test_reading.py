"""How emitted modules read: formulas of vectors, names of columns, the usage in the docstring."""

import re

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim


def regression():
    x, y = gx.input("x", ("N", 3)), gx.input("y", ("N",))
    output = gx.squeeze(nn.Dense(1, name="linear")(x), axis=1).named("output")
    return gx.compile(
        "regression",
        inputs=[x],
        targets=[y],
        loss=losses.squared_error(output, y),
        outputs={"output": output},
        optimizer=optim.SGD(0.1),
    )


def formulas(source: str) -> dict[str, str]:
    """The right side of each formula in a comment, by its left side; where two, the first."""
    found = re.findall(r"# (?:[\w.]+: )?([\w']+) = (.+?)(?:   .*)?$", source, re.M)
    return {name: formula.strip() for name, formula in reversed(found)}


def test_the_product_of_a_matrix_and_a_vector_shows_no_reshapes():
    x, w, v = gx.input("x", ("N", 3)), gx.input("w", (3,)), gx.input("v", ("N",))
    sums = (v @ x).named("sums")
    outputs = [(x @ w + 1.0).named("scores"), sums, gx.exp(sums @ w).named("one")]
    source = gx.function([x, w, v], outputs).source
    found = formulas(source)
    assert found["scores"] == "x w + 1"
    assert found["one"] == "exp(v x w)"
    assert "np.dot(v_reshape, x, out=s.sums_row)" in source


def test_a_reshape_that_orders_elements_anew_is_shown():
    x = gx.input("x", ("N", 4))
    found = formulas(gx.function([x], [gx.exp(gx.reshape(x, (-1, 2, 2))).named("y")]).source)
    assert found["y"].startswith("exp(reshape(x, (")


def test_an_axis_that_is_added_to_broadcast_is_shown():
    x = gx.input("x", ("N",))
    difference = (gx.expand_dims(x, 1) - gx.expand_dims(x, 0)).named("difference")
    assert "reshape" in formulas(gx.function([x], [difference]).source)["difference"]


PARTS = {
    "of a name": (lambda x, y, i: x[1:], "x[1:]"),
    "of a sum": (lambda x, y, i: (x + y)[1:], "(x + y)[1:]"),
    "of a call": (lambda x, y, i: gx.exp(x + y)[:, 0], "exp(x + y)[:, 0]"),
    "of a part": (lambda x, y, i: gx.exp(x)[1:][:, :2], "exp(x)[1:][:, :2]"),
    "by places, of a difference": (lambda x, y, i: gx.take(x - y, i, axis=0), "(x - y)[i]"),
    "by places, of a call": (lambda x, y, i: gx.take(gx.tanh(x), i, axis=0), "tanh(x)[i]"),
    "of columns, by places": (lambda x, y, i: gx.take(x * y, i, axis=1), "(x * y)[:, i]"),
}


@pytest.mark.parametrize("what", PARTS)
def test_a_part_is_in_parentheses_where_it_is_not_clear_of_what(what):
    part, shown = PARTS[what]
    x, y = gx.input("x", ("N", 3)), gx.input("y", ("N", 3))
    i = gx.input("i", ("M",), dtype="int64")
    z = gx.exp(part(x, y, i)).named("z")
    assert formulas(gx.function([x, y, i], [z]).source)["z"] == f"exp({shown})"


def test_the_scope_of_the_whole_program_is_left_out_of_every_name():
    x, y = gx.input("x", ("N", 9, 9, 2)), gx.input("y", ("N", 9, 9, 4))
    model = nn.Sequential([nn.Conv2D(4, 3, padding=1), nn.Conv2D(4, 3, padding=1)], name="around")
    loss = losses.squared_error(model(x), y)
    source = gx.compile("p", inputs=[x], targets=[y], loss=loss, optimizer=optim.SGD(0.1)).source
    assert "out=d.conv_2_W" in source
    assert "s.d_conv_2_W_part" in source
    assert not re.findall(r"\b(?:d_)?around_\w+", source)


def test_several_inputs_and_outputs_stand_below_one_another():
    x, y = gx.input("x", ("N", 3)), gx.input("y", ("N",))
    first = gx.sum(x, axis=1)
    net = gx.compile("two", inputs=[x, y], outputs={"first": first, "second": first + y})
    assert "\nInputs     x   float32 (N, 3)\n           y   float32 (N,)\n" in net.source
    assert "\nOutputs    first   float32 (N,)\n           second   float32 (N,)\n" in net.source


def test_what_is_squeezed_to_a_named_vector_is_called_its_column():
    source = regression().source
    assert "np.dot(x, p.linear_W, out=s.output_column)" in source
    assert "s.output = s.output_column.reshape(n)" in source
    found = formulas(source)
    assert found["loss"] == "mean(square(output_column - y))"
    assert found["d_b"] == "sum over N of d_output"
    assert found["d_W"] == "x^T d_output"


def test_the_docstring_of_a_network_shows_its_calls_and_its_script():
    text = regression().load_module().__doc__
    assert "    loss = m.train_step(x, y)\n    m.predict(x)\n" in text
    assert "python regression.py train data.npz" in text


def test_a_program_shows_its_own_functions_and_promises_no_script():
    x = gx.input("x", ("N",))
    total = gx.state("total", 0.0)
    net = gx.Program(
        "program",
        train_step=gx.function([x], [], updates={total: total + gx.sum(x)}),
        predict=gx.function([x], [x * total]),
    )
    calls = re.findall(r"    m\.(.*)", net.load_module().__doc__)
    assert [" ".join(call.split()) for call in calls] == [
        "train_step(x) # Changes total.",
        "predict(x) # Returns out_1.",
    ]
    assert "script" not in net.source
    assert "def main" not in net.source
    m = net.load()
    m.train_step(np.ones(3, np.float32))
    np.testing.assert_array_equal(m.predict(np.ones(2, np.float32))[0], [3, 3])
