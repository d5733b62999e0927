"""Layers: names, scopes, shapes, parameters made late, values, places and errors."""

import math

import numpy as np
import pytest

from graphc.autodiff import grad
from graphc.dsl import init, nn
from graphc.dsl.variables import parameter, state
from graphc.errors import GraphError, NameClashError, ShapeError, TypeMismatchError
from graphc.ir.evaluate import evaluate
from graphc.ir.node import state_of, toposort
from graphc.ir.origin import scope
from graphc.ops.leaf import input as declare


def inputs(width=4, dtype="float32"):
    return declare("x", ("N", width), dtype)


def names(module):
    return [p.name for p in module.parameters()]


def labels(tensor):
    return [t.name for n in toposort([tensor]) for t in n.outputs if t.name and n.inputs]


def digits():
    return nn.Sequential(
        [nn.Dense(8, activation="relu"), nn.Dropout(0.2), nn.Dense(8, "tanh"), nn.Dense(3)],
        name="digits",
    )


class Gated(nn.Module):
    def __init__(self, units):
        self.value = nn.Dense(units)
        self.gate = nn.Dense(units, activation="sigmoid")
        self.scale = parameter("scale", np.ones(units, np.float32))
        self.calls = state("calls", np.int64(0))

    def forward(self, x):
        return self.value(x) * self.gate(x) * self.scale


# ---- names and scopes -----------------------------------------------------------------------


def test_sequential_takes_its_layers_one_by_one_too():
    """As in other libraries: `Sequential(a, b)` is `Sequential([a, b])`."""
    layers = [nn.Dense(4), nn.Dense(2)]
    assert nn.Sequential(*layers, name="net").layers == layers
    assert nn.Sequential(layers[0]).layers == layers[:1]
    assert nn.Sequential(layer for layer in layers).layers == layers


def test_layers_are_numbered_by_kind():
    model = digits()
    model(inputs())
    expected = [f"digits.dense_{k}.{p}" for k in (1, 2, 3) for p in "Wb"]
    assert names(model) == expected
    assert [layer.name for layer in model.layers] == ["dense_1", "dropout_1", "dense_2", "dense_3"]


def test_the_same_network_built_twice_has_the_same_names():
    first, second = digits(), digits()
    a, b = first(inputs()), second(inputs())
    assert names(first) == names(second)
    assert labels(a) == labels(b)
    assert all(p is not q for p, q in zip(first.parameters(), second.parameters(), strict=True))


def test_results_are_called_h_and_the_last_is_left_to_the_user():
    logits = digits()(inputs())
    assert labels(logits) == ["z1", "h1", "h1_dropped", "z2", "h2"]
    assert logits.name == ""


def test_an_activation_of_its_own_makes_z_of_what_was_h():
    y = nn.Sequential(
        [
            nn.Dense(5),
            nn.Activation("relu"),
            nn.Activation("tanh"),
            nn.Dense(2),
            nn.Activation("softmax"),
        ]
    )(inputs())
    assert labels(y) == ["z1", "h1", "h1_tanh", "z2"]


def test_an_unnamed_network_opens_no_scope():
    model = nn.Sequential([nn.Dense(2)])
    model(inputs())
    assert names(model) == ["dense_1.W", "dense_1.b"]


def test_scopes_that_are_open_come_first():
    model = nn.Sequential([nn.Dense(2)], name="net")
    with scope("student"):
        model(inputs())
    assert names(model)[0] == "student.net.dense_1.W"


def test_names_that_are_given_are_kept_and_stepped_around():
    model = nn.Sequential([nn.Dense(2), nn.Dense(2, name="dense_1"), nn.Dense(2, name="out")])
    model(inputs())
    assert [layer.name for layer in model.layers] == ["dense_2", "dense_1", "out"]


def test_nested_networks_count_from_one_and_labels_go_on():
    block = nn.Sequential([nn.Dense(4, "relu"), nn.Dense(4, "relu")])
    model = nn.Sequential([nn.Dense(4), block, nn.Dense(2)])
    y = model(inputs())
    assert names(model)[::2] == [
        "dense_1.W",
        "sequential_1.dense_1.W",
        "sequential_1.dense_2.W",
        "dense_2.W",
    ]
    assert labels(y) == ["h1", "z2", "h2", "z3", "h3"]


def test_attributes_name_the_modules_they_hold():
    model = nn.Sequential([Gated(3), Gated(3), nn.Dense(1)], name="net")
    y = model(inputs())
    parts = ["value.W", "value.b", "gate.W", "gate.b", "scale"]
    expected = [f"net.gated_{k}.{part}" for k in (1, 2) for part in parts]
    assert names(model) == [*expected, "net.dense_1.W", "net.dense_1.b"]
    assert [s.name for s in model.states()] == ["net.gated_1.calls", "net.gated_2.calls"]
    assert "gated_1" in labels(y)


def test_lists_and_dicts_of_modules_are_found():
    class Towers(nn.Module):
        def __init__(self):
            self.heads = [nn.Dense(2), nn.Dense(2)]
            self.by_name = {"left": nn.Dense(2)}
            self._hidden = nn.Dense(2)

        def forward(self, x):
            return [h(x) for h in (*self.heads, self.by_name["left"], self._hidden)]

    model = Towers()
    model(inputs())
    assert names(model)[::2] == ["heads_1.W", "heads_2.W", "by_name_left.W", "hidden.W"]


def test_layers_outside_of_a_network_are_numbered_along_the_way():
    x = inputs()
    h = nn.Dense(5, "relu")(x)
    h = nn.Dropout(0.5)(h)
    y = nn.Dense(2, "tanh")(h)
    states = [n.attrs["state"].name for n in toposort([y]) if n.op.name == "state"]
    assert states == ["dense_1.W", "dense_1.b", "dense_2.W", "dense_2.b"]
    assert "z2" in labels(y) and y.name == ""


def test_modules_made_in_forward_are_numbered_too():
    class Inline(nn.Module):
        def forward(self, x):
            return nn.Dense(2)(x) + nn.Dense(2)(x)

    y = Inline(name="m")(inputs())
    states = [n.attrs["state"].name for n in toposort([y]) if n.op.name == "state"]
    assert states == ["m.dense_1.W", "m.dense_1.b", "m.dense_2.W", "m.dense_2.b"]


def test_an_input_is_never_renamed():
    x = declare("pixels", ("N", 4))
    y = nn.Sequential([nn.Activation("linear"), nn.Dropout(0.5), nn.Dense(2)])(x)
    assert x.name == "pixels"
    assert labels(y) == ["pixels_dropped"]


# ---- parameters -----------------------------------------------------------------------------


def test_parameters_are_made_at_the_first_call_and_kept():
    layer = nn.Dense(3)
    with pytest.raises(GraphError, match=r"no parameters yet.*in_features"):
        layer.parameters()
    layer(inputs(5))
    first = layer.parameters()
    layer(inputs(5))
    assert [p.shape for p in first] == [(5, 3), (3,)]
    assert all(a is b for a, b in zip(first, layer.parameters(), strict=True))


def test_in_features_makes_them_at_once_and_the_name_follows():
    layer = nn.Dense(3, in_features=5)
    assert [p.shape for p in layer.parameters()] == [(5, 3), (3,)]
    model = nn.Sequential([layer], name="net")
    model(inputs(5))
    assert names(model) == ["net.dense_1.W", "net.dense_1.b"]


def test_a_layer_that_is_there_twice_shares_its_parameters():
    layer = nn.Dense(4, "tanh")
    model = nn.Sequential([layer, layer, nn.Dense(1)])
    model(inputs(4))
    assert names(model) == ["dense_1.W", "dense_1.b", "dense_2.W", "dense_2.b"]


def test_parameters_have_the_type_of_the_input():
    model = nn.Sequential([nn.Dense(3), nn.Dense(2)])
    y = model(inputs(dtype="float64"))
    assert {p.dtype for p in model.parameters()} == {"float64"} and y.dtype == "float64"


def test_the_default_initialiser_suits_the_activation():
    assert nn.Dense(3).init == nn.Dense(3, "tanh").init == "glorot_uniform"
    assert nn.Dense(3, "relu").init == nn.Dense(3, nn.ACTIVATIONS["relu"]).init == "he_normal"
    assert nn.Dense(3, "selu").init == "lecun_normal"


def test_build_is_called_once_in_the_module_s_scope():
    class Scale(nn.Module):
        def build(self, x):
            self.factor = parameter("factor", init.ones((x.shape[-1],)))

        def forward(self, x):
            return x * self.factor

    layer = Scale()
    model = nn.Sequential([layer, layer, Scale()])
    model(inputs(6))
    assert names(model) == ["scale_1.factor", "scale_2.factor"]


def test_a_frozen_parameter_is_a_state():
    class Fixed(nn.Module):
        def __init__(self):
            self.W = parameter("W", np.eye(4, dtype=np.float32), trainable=False)

        def forward(self, x):
            return x @ self.W

    assert Fixed().parameters() == [] and len(Fixed().states()) == 1


def test_a_module_without_super_init_can_be_given_a_name():
    module = Gated(2)
    module.name = "door"
    module(inputs())
    assert names(module)[0] == "door.value.W"


# ---- values and shapes ----------------------------------------------------------------------


def test_dense_computes_the_affine_map():
    rng = np.random.default_rng(0)
    w, b, data = rng.normal(size=(4, 3)), rng.normal(size=3), rng.normal(size=(5, 4))
    x = inputs(dtype="float64")
    layer = nn.Dense(3, "sigmoid", init=w, bias_init=b)
    y = layer(x)
    states = {state_of(p): v for p, v in zip(layer.parameters(), (w, b), strict=True)}
    (value,) = evaluate([y], {x: data}, states)
    np.testing.assert_allclose(value, 1 / (1 + np.exp(-(data @ w + b))))
    np.testing.assert_array_equal(evaluate([state_of(layer.W).initial])[0], w)


@pytest.mark.parametrize("shape", [("N", 4), ("N", "T", 4), (2, 3, 5, 4)])
def test_dense_works_on_the_last_axis(shape):
    y = nn.Dense(7)(declare("x", shape))
    assert str(y.shape) == str((*declare("x", shape).shape[:-1], 7))


def test_a_layer_without_bias_has_one_parameter():
    layer = nn.Dense(3, use_bias=False)
    layer(inputs())
    assert [p.name for p in layer.parameters()] == ["dense_1.W"]


def test_flatten_keeps_the_first_axis():
    assert str(nn.Flatten()(declare("x", ("N", 8, 8))).type) == "float32[N, 64]"
    assert str(nn.Flatten()(declare("x", ("N", "T", 8), "int64")).type) == "int64[N, 8 * T]"


def test_residual_adds_what_it_was_given():
    model = nn.Sequential([nn.Dense(4), nn.Residual(nn.Sequential([nn.Dense(9), nn.Dense(4)]))])
    x = inputs()
    y = model(x)
    assert names(model)[2::2] == ["residual_1.dense_1.W", "residual_1.dense_2.W"]
    assert [t.name for t in y.node.inputs] == ["h1", "h3"]
    named = nn.Sequential([nn.Residual(nn.Dense(4)), nn.Dense(1)])(x)
    assert "h1_sum" in labels(named)


def test_dropout_of_rate_zero_is_nothing():
    x = inputs()
    assert nn.Dropout(0)(x) is x


@pytest.mark.parametrize(
    ("name", "formula"),
    [
        ("relu", lambda x: np.maximum(x, 0)),
        ("leaky_relu", lambda x: np.where(x > 0, x, 0.01 * x)),
        ("elu", lambda x: np.where(x > 0, x, np.exp(x) - 1)),
        (
            "selu",
            lambda x: 1.0507009873554805 * np.where(x > 0, x, 1.6732632423543772 * np.expm1(x)),
        ),
        ("silu", lambda x: x / (1 + np.exp(-x))),
        ("swish", lambda x: x / (1 + np.exp(-x))),
        ("gelu", lambda x: x * np.vectorize(lambda t: (1 + math.erf(t / math.sqrt(2))) / 2)(x)),
        ("sigmoid", lambda x: 1 / (1 + np.exp(-x))),
        ("tanh", np.tanh),
        ("softplus", lambda x: np.log(1 + np.exp(x))),
        ("softmax", lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True)),
        ("log_softmax", lambda x: x - np.log(np.exp(x).sum(-1, keepdims=True))),
        ("linear", lambda x: x),
    ],
)
def test_activations_by_name(name, formula):
    x, data = inputs(3, "float64"), np.array([[-2.0, 0.5, 3.0], [0.25, -0.5, 1.0]])
    (value,) = evaluate([nn.Activation(name)(x)], {x: data})
    np.testing.assert_allclose(value, formula(data), rtol=1e-12)


def test_a_network_is_differentiated_by_its_parameters():
    model = digits()
    loss = (model(inputs()) ** 2).mean()
    gradients = grad(loss, model.parameters())
    assert [g.type for g in gradients] == [p.type for p in model.parameters()]


# ---- places ---------------------------------------------------------------------------------


def line_of(marker):
    with open(__file__) as file:
        return next(k for k, text in enumerate(file, 1) if text.rstrip().endswith(f"# {marker}"))


def test_nodes_and_parameters_come_from_the_line_of_their_layer():
    model = nn.Sequential(
        [
            nn.Dense(3, "relu"),  # first layer
            nn.Residual(
                nn.Dense(3),  # inner layer
            ),
        ],
        name="net",
    )
    y = model(inputs())
    lines = {n.origin.scope: n.origin.line for n in toposort([y]) if n.inputs}
    assert lines["net", "dense_1"] == line_of("first layer")
    assert lines["net", "residual_1", "dense_1"] == line_of("inner layer")
    assert state_of(model.parameters()[0]).origin.line == line_of("first layer")


def test_a_module_s_own_nodes_come_from_their_line():
    class Double(nn.Module):
        def forward(self, x):
            return x * 2  # doubled

    y = nn.Sequential([Double()])(inputs())
    assert y.node.origin.line == line_of("doubled")
    assert y.node.origin.scope == ("double_1",)


# ---- errors ---------------------------------------------------------------------------------


class Undefined(nn.Module):
    pass


x4 = declare("x", ("N", 4))
used = nn.Dense(3, in_features=4)


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: nn.Dense(0), GraphError, ["Dense", "units", "0"]),
        (lambda: nn.Dense(-3), GraphError, ["units", "-3"]),
        (lambda: nn.Dense(2.5), GraphError, ["units", "2.5"]),
        (lambda: nn.Dense("64"), GraphError, ["units", "'64'"]),
        (lambda: nn.Dense(3, in_features=0), GraphError, ["in_features"]),
        (
            lambda: nn.Dense(3, "rleu"),
            GraphError,
            ["'rleu'", "relu, sigmoid", "did you mean 'relu'?"],
        ),
        (lambda: nn.Dense(3, 5), GraphError, ["5", "relu"]),
        (lambda: nn.Activation("rleu"), GraphError, ["Activation", "'rleu'"]),
        (lambda: nn.Activation(None), GraphError, ["function"]),
        (lambda: nn.Dropout(1.0), GraphError, ["Dropout", "[0, 1)", "1.0"]),
        (lambda: nn.Dropout(-0.1), GraphError, ["-0.1"]),
        (lambda: nn.Dropout("half"), GraphError, ["'half'"]),
        (lambda: nn.Dense(3, name=""), GraphError, ["name"]),
        (lambda: nn.Sequential([]), GraphError, ["no layers"]),
        (lambda: nn.Sequential(), GraphError, ["no layers"]),
        (lambda: nn.Sequential(nn.Dense(3), "net"), GraphError, ["layer 2", "'net'"]),
        (lambda: nn.Sequential([nn.Dense(3), "relu"]), GraphError, ["layer 2", "'relu'"]),
        (lambda: nn.Sequential([np.tanh]), GraphError, ["layer 1", "nn.Activation"]),
        (lambda: nn.Residual("dense"), GraphError, ["'dense'"]),
        (lambda: Undefined()(x4), GraphError, ["Undefined", "forward"]),
        (lambda: nn.Dense(3)(declare("v", (4,))), ShapeError, ["Dense", "(4,)", "v: float32[4]"]),
        (lambda: nn.Dense(3)(declare("v", ("N", "M"))), ShapeError, ["number", "M"]),
        (
            lambda: nn.Dense(3)(declare("v", ("N", 4), "int64")),
            TypeMismatchError,
            ["int64", "astype"],
        ),
        (lambda: nn.Dense(3)(np.ones((2, 4))), TypeMismatchError, ["ndarray", "gx.input"]),
        (lambda: used(declare("v", ("N", 5))), ShapeError, ["4 features, not 5", "dense_1.W"]),
        (lambda: nn.Dense(3, init="he")(x4), GraphError, ["Dense", "W", "'he'", "he_normal"]),
        (lambda: nn.Dense(3, init=np.ones((3, 4)))(x4), ShapeError, ["(4, 3)", "(3, 4)"]),
        (lambda: nn.Dense(3, lambda x: 5)(x4), TypeMismatchError, ["activation", "5"]),
        (lambda: nn.Flatten()(declare("v", (4,))), ShapeError, ["Flatten", "(4,)"]),
        (lambda: nn.Residual(nn.Dense(3))(x4), ShapeError, ["(N, 4)", "(N, 3)", "4 features"]),
        (
            lambda: nn.Sequential([nn.Dense(3, name="a"), nn.Dense(3, name="a")])(x4),
            NameClashError,
            ["'a'", "name="],
        ),
    ],
)
def test_what_layers_refuse(call, error, words):
    with pytest.raises(error) as caught:
        call()
    for word in [*words, "test_layers.py:"]:
        assert word in str(caught.value)
