"""Penalties, constraints, noise, and connections around layers."""

import numpy as np
import pytest

import graphc as gx
from graphc import constraints, losses, nn, optim, penalties
from graphc.errors import GraphError, ShapeError, TypeMismatchError

RNG = np.random.default_rng(0)


# ---- penalties ------------------------------------------------------------------------------

W = [RNG.normal(size=(3, 4)), RNG.normal(size=(4, 2))]
PENALTIES = {
    "l1": (lambda p: penalties.l1(p, 0.3), lambda w: 0.3 * abs(w), lambda w: 0.3 * np.sign(w)),
    "l2": (lambda p: penalties.l2(p, 0.3), lambda w: 0.15 * w * w, lambda w: 0.3 * w),
    "elastic_net": (
        lambda p: penalties.elastic_net(p, 0.3, ratio=0.2),
        lambda w: 0.3 * (0.2 * abs(w) + 0.4 * w * w),
        lambda w: 0.3 * (0.2 * np.sign(w) + 0.8 * w),
    ),
}


@pytest.mark.parametrize("name", PENALTIES)
def test_penalties_and_their_gradients_are_the_formulas(name):
    make, value, slope = PENALTIES[name]
    parameters = [gx.parameter(f"w{i}", w) for i, w in enumerate(W)]
    total = make(parameters)
    got, *gradients = gx.function([], [total, *gx.grad(total, parameters)])()
    np.testing.assert_allclose(got, sum(value(w).sum() for w in W), rtol=1e-12)
    for mine, w in zip(gradients, W, strict=True):
        np.testing.assert_allclose(mine, slope(w), rtol=1e-12)


def test_weights_are_penalised_and_biases_and_gains_are_not():
    x, y = gx.input("x", ("N", 3)), gx.input("y", ("N", 2))
    model = nn.Sequential([nn.Dense(4), nn.LayerNorm(), nn.Dense(2)])
    out = model(x)
    assert [w.name for w in model.weights()] == ["dense_1.W", "dense_2.W"]
    loss = losses.squared_error(out, y) + penalties.l2(model.weights(), 0.1)
    nets = [
        gx.compile("n", inputs=[x], targets=[y], loss=t)
        for t in (loss, losses.squared_error(out, y))
    ]
    a, b = (RNG.normal(size=(5, n)).astype(np.float32) for n in (3, 2))
    models = [net.load(seed=3) for net in nets]
    with_penalty, without = (m.gradients(a, b) for m in models)
    for name, value in models[0].state_dict().items():
        want = without[name] + (0.1 * value if name.endswith("W") else 0)
        np.testing.assert_allclose(with_penalty[name], want, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("make", [penalties.l1, penalties.l2, penalties.elastic_net])
def test_bad_penalties_are_named(make):
    p = gx.parameter("w", np.ones((2, 2)))
    for arguments, kind, text in [
        (([], 0.1), GraphError, "nothing to penalise"),
        (([p], -1), GraphError, "factor is a number from 0 on, not -1"),
        (([1.0], 0.1), TypeMismatchError, "takes floating tensors, not 1.0"),
        (("w", 0.1), TypeMismatchError, "takes tensors in a list"),
    ]:
        with pytest.raises(kind, match=f"{make.__name__} at .*{text}"):
            make(*arguments)
    with pytest.raises(GraphError, match=r"ratio lies in \[0, 1\]"):
        penalties.elastic_net([p], 0.1, ratio=2)


# ---- constraints ----------------------------------------------------------------------------


def constrained(constraint, value):
    p = gx.parameter("w", np.zeros_like(value))
    new = gx.input("new", value.shape, value.dtype)
    return gx.function([new], [constraint(p, new)])(value)[0]


def test_max_norm_is_that_of_torch():
    pt = pytest.importorskip("torch")
    w = RNG.normal(size=(6, 5)) * np.array([0.01, 0.5, 1, 2, 0.0])
    got = constrained(constraints.max_norm(1.5), w)
    want = pt.renorm(pt.from_numpy(w), p=2, dim=1, maxnorm=1.5).numpy()
    np.testing.assert_allclose(got, want, rtol=1e-6)
    assert np.sqrt((got**2).sum(0)).max() <= 1.5 * (1 + 1e-12)
    np.testing.assert_array_equal(got[:, [0, 4]], w[:, [0, 4]])


def test_unit_norm_and_non_negative_are_their_formulas():
    w = RNG.normal(size=(6, 5)).astype(np.float32)
    w[:, 2] = 0
    lengths = np.sqrt((w**2).sum(0))
    got = constrained(constraints.unit_norm(), w)
    np.testing.assert_allclose(got, w / np.where(lengths == 0, 1, lengths), rtol=1e-6)
    np.testing.assert_array_equal(constrained(constraints.non_negative(), w), np.maximum(w, 0))


def test_constraints_leave_vectors_alone():
    b = RNG.normal(size=5) * 100
    for made in (constraints.max_norm(1), constraints.unit_norm(), constraints.non_negative()):
        np.testing.assert_array_equal(constrained(made, b), b)
    got = constrained(constraints.non_negative(biases=True), b)
    np.testing.assert_array_equal(got, np.maximum(b, 0))


def test_a_constraint_holds_in_a_step_written_by_hand():
    x = gx.input("x", ("N", 3), "float64")
    w = gx.parameter("w", RNG.normal(size=(3, 2)))
    loss = -gx.sum(gx.square(x @ w))
    (d_w,) = gx.grad(loss, [w])
    step = gx.function([x], [loss], {w: constraints.max_norm(0.5)(w, w - 0.1 * d_w)})
    for _ in range(5):
        step(RNG.normal(size=(8, 3)))
    np.testing.assert_allclose(np.sqrt((gx.value(w) ** 2).sum(0)), 0.5, rtol=1e-12)
    with pytest.raises(GraphError, match=r"max_norm at .*above 0, not 0"):
        constraints.max_norm(0)


# ---- noise ----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layer", "mean", "std"),
    [
        (lambda: nn.GaussianNoise(0.3), 2.0, 0.3),
        (lambda: nn.GaussianDropout(0.2), 2.0, 2.0 * np.sqrt(0.2 / 0.8)),
        (lambda: nn.Dropout(0.2), 2.0, 2.0 * np.sqrt(0.2 / 0.8)),
    ],
)
def test_noise_has_its_mean_and_deviation_in_training_and_is_absent_elsewhere(layer, mean, std):
    x = gx.input("x", ("N", 100), "float64")
    y = layer()(x)
    array = np.full((400, 100), 2.0)
    train, infer = gx.function([x], [y]), gx.function([x], [y], training=False)
    (first,), (second,) = train(array), train(array)
    assert not np.array_equal(first, second)
    assert first.mean() == pytest.approx(mean, abs=5 * std / 200)
    assert first.std() == pytest.approx(std, rel=0.02)
    np.testing.assert_array_equal(infer(array)[0], array)
    assert "rng" not in infer.source.split("def _function_body")[1].split("\n    def ")[0]


def test_the_gradient_of_multiplied_noise_is_the_noise():
    x = gx.input("x", ("N", 4), "float64")
    y = nn.GaussianDropout(0.5)(x)
    got, slope = gx.function([x], [y, *gx.grad(gx.sum(y), [x])])(np.full((5, 4), 3.0))
    np.testing.assert_allclose(got, 3 * slope, rtol=1e-12)


def test_dropout_of_the_inputs_says_so():
    x, y = gx.input("x", ("N", 6)), gx.input("y", ("N", 2))
    out = nn.Sequential([nn.Dropout(0.2), nn.Dense(2)])(x)
    loss = losses.squared_error(out, y)
    net = gx.compile("n", inputs=[x], targets=[y], loss=loss, outputs=out, optimizer=optim.SGD(0.1))
    train, infer = (
        net.source.split(f"def {m}(")[1].split("\n    def ")[0] for m in ("_backward", "_forward")
    )
    assert "# dropout_1: x_dropped = dropout(x)" in train and "x_dropped W + b" in train
    assert "drop" not in infer


def test_bad_noise_is_named():
    for make, text in [
        (lambda: nn.GaussianNoise(-1), "GaussianNoise at .*std is a number from 0 on, not -1"),
        (lambda: nn.GaussianDropout(1.0), r"GaussianDropout at .*rate lies in \[0, 1\)"),
    ]:
        with pytest.raises(GraphError, match=text):
            make()


# ---- connections ----------------------------------------------------------------------------


def run(module, array):
    x = gx.input("x", ("N", *array.shape[1:]), "float64")
    y = module(x)
    return gx.function([x], [y])(array)[0]


def test_connections_are_their_formulas():
    array, w, v = RNG.normal(size=(5, 3)), RNG.normal(size=(3, 4)), RNG.normal(size=(3, 4))

    def dense(values):
        return nn.Dense(4, init=values, use_bias=False)

    np.testing.assert_allclose(run(nn.Residual(dense(w), dense(v)), array), array @ w + array @ v)
    joined = np.concatenate([array, array @ w], axis=1)
    np.testing.assert_allclose(run(nn.SkipConcat(dense(w)), array), joined)
    both = np.concatenate([array @ w, np.tanh(array)], axis=1)
    np.testing.assert_allclose(run(nn.Concat([dense(w), nn.Activation("tanh")]), array), both)
    stacked = np.concatenate([array @ w, array @ v], axis=0)
    np.testing.assert_allclose(run(nn.Concat([dense(w), dense(v)], axis=0), array), stacked)


def test_connections_have_readable_names_and_train():
    x, y = gx.input("x", ("N", 3)), gx.input("y", ("N", 1))
    model = nn.Sequential(
        [
            nn.SkipConcat(nn.Sequential([nn.Dense(4), nn.BatchNorm(), nn.Activation("relu")])),
            nn.Residual(nn.Dense(5), shortcut=nn.Dense(5, use_bias=False)),
            nn.Dense(1),
        ]
    )
    out = model(x)
    assert [p.name for p in model.weights()] == [
        "skip_concat_1.dense_1.W",
        "residual_1.dense_1.W",
        "residual_1.shortcut.W",
        "dense_1.W",
    ]
    loss = losses.squared_error(out, y)
    m = gx.compile("n", inputs=[x], targets=[y], loss=loss, optimizer=optim.SGD(0.05)).load(seed=0)
    a = RNG.normal(size=(64, 3)).astype(np.float32)
    first = m.train_step(a, a[:, :1] * a[:, 1:2])
    for _ in range(300):
        last = m.train_step(a, a[:, :1] * a[:, 1:2])
    assert last < 0.3 * first


def test_bad_connections_are_named():
    x = gx.input("x", ("N", 3))
    for make, kind, text in [
        (lambda: nn.Residual(nn.Dense(4))(x), ShapeError, r"adds \(N, 3\) to \(N, 4\).*shortcut="),
        (lambda: nn.Residual(nn.Dense(3), shortcut=3), GraphError, "takes a module, not 3"),
        (lambda: nn.Concat([]), GraphError, "Concat at .*has no modules"),
        (lambda: nn.Concat(nn.Dense(3)), GraphError, "Concat at .*takes a list of modules"),
        (lambda: nn.SkipConcat(3), GraphError, "SkipConcat at .*takes a module, not 3"),
    ]:
        with pytest.raises(kind, match=f"(?s){text}"):
            make()
