"""Normalisation layers against torch in float64: values, gradients, statistics, what is emitted."""

import re

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim
from graphc.errors import GraphError, ShapeError

RNG = np.random.default_rng(0)


def features_last(t):
    """The axis that torch has second, last."""
    return t.movedim(1, -1)


def features_second(t):
    return t.movedim(-1, 1)


def torch_layer(pt, kind, width):
    """torch's layer as a function of an array with the features last."""
    d = {"dtype": pt.float64}
    made = {
        "BatchNorm": lambda: pt.nn.BatchNorm1d(width, **d),
        "LayerNorm": lambda: pt.nn.LayerNorm(width, **d),
        "LayerNorm2": lambda: pt.nn.LayerNorm((5, width), **d),
        "RMSNorm": lambda: pt.nn.RMSNorm(width, eps=1e-6, **d),
        "GroupNorm": lambda: pt.nn.GroupNorm(2, width, **d),
        "InstanceNorm": lambda: pt.nn.InstanceNorm1d(width, affine=True, **d),
    }[kind]()
    if kind in ("LayerNorm", "LayerNorm2", "RMSNorm"):
        return made, made
    return made, lambda x: features_last(made(features_second(x)))


CASES = {
    "BatchNorm": (lambda: nn.BatchNorm(), "BatchNorm", (7, 4)),
    "BatchNorm rank 3": (lambda: nn.BatchNorm(), "BatchNorm", (3, 5, 4)),
    "LayerNorm": (lambda: nn.LayerNorm(), "LayerNorm", (7, 4)),
    "LayerNorm rank 3": (lambda: nn.LayerNorm(), "LayerNorm", (3, 5, 4)),
    "LayerNorm of two axes": (lambda: nn.LayerNorm(axis=(1, 2)), "LayerNorm2", (3, 5, 4)),
    "RMSNorm": (lambda: nn.RMSNorm(), "RMSNorm", (7, 4)),
    "GroupNorm": (lambda: nn.GroupNorm(2), "GroupNorm", (7, 4)),
    "GroupNorm rank 3": (lambda: nn.GroupNorm(2), "GroupNorm", (3, 5, 4)),
    "InstanceNorm": (lambda: nn.InstanceNorm(), "InstanceNorm", (3, 5, 4)),
}


def built(make, shape):
    """An input with a symbolic batch, a layer, and the layer applied to it."""
    x = gx.input("x", ("N", *shape[1:]), "float64")
    layer = make()
    return x, layer, layer(x)


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("offset", [0.0, 1e3])
def test_values_and_both_gradients_are_those_of_torch(case, offset):
    pt = pytest.importorskip("torch")
    make, kind, shape = CASES[case]
    x, layer, y = built(make, shape)
    array = offset + RNG.normal(size=shape)
    weight, direction = RNG.normal(size=shape), RNG.normal(size=shape)
    parameters = layer.parameters()
    values = [RNG.normal(size=p.shape) for p in parameters]
    set_values = gx.function([], [], {p: v for p, v in zip(parameters, values, strict=True)})
    set_values()
    w, u = (gx.input(name, x.shape, "float64") for name in "wu")
    total = gx.sum(y * w + gx.square(y))
    (d_x, *rest) = gx.grad(total, [x, *parameters])
    (second,) = gx.grad(gx.sum(d_x * u), [x])
    got = gx.function([x, w, u], [y, d_x, *rest, second])(array, weight, direction)

    theirs, call = torch_layer(pt, kind, shape[-1])
    for p, v in zip(theirs.parameters(), values, strict=True):
        p.data = pt.from_numpy(v.reshape(p.shape))
    tx = pt.from_numpy(array).requires_grad_()
    ty = call(tx)
    loss = (ty * pt.from_numpy(weight) + ty**2).sum()
    td, *tp = pt.autograd.grad(loss, [tx, *theirs.parameters()], create_graph=True)
    (ts,) = pt.autograd.grad((td * pt.from_numpy(direction)).sum(), [tx])
    tolerance = 1e-9 * max(1.0, offset)
    for mine, want in zip(got, [ty, td, *tp, ts], strict=True):
        want = want.detach().numpy().reshape(mine.shape)
        np.testing.assert_allclose(mine, want, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("style", ["planned", "plain"])
def test_running_statistics_and_inference_are_those_of_torch(style):
    pt = pytest.importorskip("torch")
    x, y = gx.input("x", ("N", 3), "float64"), gx.input("y", ("N", 2), "float64")
    w1, w2 = RNG.normal(size=(3, 4)), RNG.normal(size=(4, 2))
    layers = [nn.Dense(4, init=w1), nn.BatchNorm(momentum=0.8), nn.Activation("tanh")]
    out = nn.Sequential([*layers, nn.Dense(2, init=w2)])(x)
    net = gx.compile(
        "net",
        inputs=[x],
        targets=[y],
        loss=losses.squared_error(out, y),
        outputs=out,
        optimizer=optim.SGD(0.1),
        style=style,
    )
    m = net.load()
    model = pt.nn.Sequential(
        pt.nn.Linear(3, 4), pt.nn.BatchNorm1d(4, momentum=0.2), pt.nn.Tanh(), pt.nn.Linear(4, 2)
    ).double()
    model[0].weight.data, model[3].weight.data = pt.from_numpy(w1.T), pt.from_numpy(w2.T)
    model[0].bias.data.zero_()
    model[3].bias.data.zero_()
    sgd = pt.optim.SGD(model.parameters(), lr=0.1)
    for size in (6, 5, 2, 6):
        a, b = RNG.normal(size=(size, 3)) + 2, RNG.normal(size=(size, 2))
        model.train()
        sgd.zero_grad()
        loss = pt.nn.functional.mse_loss(model(pt.from_numpy(a)), pt.from_numpy(b))
        loss.backward()
        before = m.state_dict()
        gradients = m.gradients(a, b)
        m.loss(a, b)
        m.predict(a)
        for name, value in m.state_dict().items():
            np.testing.assert_array_equal(value, before[name])  # only a step changes anything
        np.testing.assert_allclose(
            gradients["dense_1.W"], model[0].weight.grad.numpy().T, atol=1e-12
        )
        sgd.step()
        assert m.train_step(a, b) == pytest.approx(loss.item(), rel=1e-12)
    state = m.state_dict()
    for mine, want in [
        ("batch_norm_1.running_mean", model[1].running_mean),
        ("batch_norm_1.running_var", model[1].running_var),
        ("batch_norm_1.gamma", model[1].weight.data),
        ("dense_1.W", model[0].weight.data.T),
    ]:
        np.testing.assert_allclose(state[mine], want.numpy(), rtol=1e-10, atol=1e-12)
    model.eval()
    a, b = RNG.normal(size=(4, 3)), RNG.normal(size=(4, 2))
    want = model(pt.from_numpy(a))
    np.testing.assert_allclose(m.predict(a), want.detach().numpy(), rtol=1e-10)
    loss = pt.nn.functional.mse_loss(want, pt.from_numpy(b)).item()
    assert m.loss(a, b) == pytest.approx(loss, rel=1e-10)


def test_gradients_of_inference_are_those_of_torch_in_eval_mode():
    pt = pytest.importorskip("torch")
    x, layer, y = built(nn.BatchNorm, (7, 4))
    mean, var = RNG.normal(size=4), RNG.uniform(0.5, 2, 4)
    gx.function([], [], {layer.running_mean: mean, layer.running_var: var})()
    weight = RNG.normal(size=(7, 4))
    w = gx.input("w", x.shape, "float64")
    gradients = gx.grad(gx.sum(gx.square(y) * w), [x, layer.running_mean])
    function = gx.function([x, w], gradients, training=False)
    array = RNG.normal(size=(7, 4))
    theirs = pt.nn.BatchNorm1d(4).double().eval()
    theirs.running_mean = pt.from_numpy(mean)
    theirs.running_var = pt.from_numpy(var)
    tx = pt.from_numpy(array).requires_grad_()
    (theirs(tx) ** 2 * pt.from_numpy(weight)).sum().backward()
    got = function(array, weight)
    np.testing.assert_allclose(got[0], tx.grad.numpy(), rtol=1e-10)
    np.testing.assert_allclose(got[1], -tx.grad.numpy().sum(axis=0), rtol=1e-10)
    assert "mean(" not in function.source  # the branch not taken is not computed


def test_what_depends_on_the_branch_not_taken_has_gradient_zero():
    x = gx.input("x", ("N",), "float64")
    a, b = (gx.parameter(name, np.array([2.0])) for name in "ab")
    y = gx.sum(gx.in_training(x * a, x / b))
    for training, want in ((True, [[6.0], [0.0]]), (False, [[0.0], [-1.5]])):
        function = gx.function([x], gx.grad(y, [a, b]), training=training)
        np.testing.assert_allclose(function(np.array([1.0, 5.0])), want)


def test_an_infinity_of_the_branch_not_taken_does_no_harm():
    x = gx.input("x", (2,), "float64")
    y = gx.sum(gx.in_training(x, 1 / (x - x)))
    np.testing.assert_array_equal(gx.function([x], gx.grad(y, [x]))(np.ones(2)), [[1.0, 1.0]])


def test_updates_of_gives_functions_the_running_statistics():
    x, layer, y = built(lambda: nn.BatchNorm(momentum=0.5), (4, 2))
    array = RNG.normal(size=(4, 2))
    step = gx.function([x], [y], gx.updates_of(y))
    look = gx.function([x], [y])
    look(array)
    step(array)
    step(array)
    np.testing.assert_allclose(gx.value(layer.running_mean), 0.75 * array.mean(axis=0))
    np.testing.assert_allclose(
        gx.value(layer.running_var), 0.25 + 0.75 * array.var(axis=0, ddof=1), rtol=1e-12
    )


def test_a_layer_that_is_called_twice_moves_its_statistics_twice():
    pt = pytest.importorskip("torch")
    a, b = gx.input("a", ("N", 2), "float64"), gx.input("b", ("N", 2), "float64")
    layer = nn.BatchNorm()
    loss = gx.mean(gx.square(layer(a) - layer(b)) + a)
    net = gx.compile("twins", inputs=[a, b], loss=loss, optimizer=optim.SGD(0.1))
    m, (one, two) = net.load(), RNG.normal(size=(2, 5, 2))
    m.train_step(one, two)
    theirs = pt.nn.BatchNorm1d(2).double()
    theirs(pt.from_numpy(one))
    theirs(pt.from_numpy(two))
    for name in ("running_mean", "running_var"):
        np.testing.assert_allclose(
            m.state_dict()[f"batch_norm_1.{name}"], getattr(theirs, name).numpy(), rtol=1e-12
        )


def test_features_may_lie_on_another_axis():
    array = RNG.normal(size=(3, 2, 5))
    x = gx.input("x", ("N", 2, 5), "float64")
    z = gx.input("z", ("N", 5, 2), "float64")
    second, last = nn.BatchNorm(axis=1), nn.BatchNorm()
    y, w = second(x), last(z)
    moved = gx.function([x], [y], gx.updates_of(y))(array)[0]
    plain = gx.function([z], [w], gx.updates_of(w))(array.swapaxes(1, 2).copy())[0]
    np.testing.assert_allclose(moved, plain.swapaxes(1, 2), rtol=1e-12)
    for one, other in zip(second.states(), last.states(), strict=True):
        np.testing.assert_allclose(gx.value(one), gx.value(other), rtol=1e-12)
    known = gx.function([x], [y], training=False)(array)[0]
    same = gx.function([z], [w], training=False)(array.swapaxes(1, 2).copy())[0]
    np.testing.assert_allclose(known, same.swapaxes(1, 2), rtol=1e-12)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", CASES)
def test_constant_features_and_a_batch_of_one_stay_finite(case, dtype):
    make, _, shape = CASES[case]
    x = gx.input("x", ("N", *shape[1:]), dtype)
    y = make()(x)
    updates = gx.updates_of(y)
    function = gx.function([x], [y, *gx.grad(gx.sum(gx.square(y - 1)), [x]), *updates.values()])
    for array in (np.full(shape, 3.0), RNG.normal(size=shape)[:1]):
        assert all(np.isfinite(a).all() for a in function(array.astype(dtype)))
    flat, gradient = function(np.full(shape, 3.0, dtype))[:2]
    if case != "RMSNorm":
        assert not flat.any() and not gradient.any()


def test_a_batch_of_one_gives_beta():
    x, layer, y = built(nn.BatchNorm, (1, 3))
    gx.function([], [], {layer.beta: np.arange(3.0)})()
    out, *_ = gx.function([x], [y], gx.updates_of(y))(np.array([[5.0, -2.0, 1e6]]))
    np.testing.assert_array_equal(out, [[0.0, 1.0, 2.0]])
    np.testing.assert_allclose(gx.value(layer.running_var), 0.9)


def test_a_manual_normalisation_is_stable_far_from_zero():
    x = gx.input("x", ("N", 8), "float64")
    y = (x - x.mean(axis=-1, keepdims=True)) / (gx.var(x, axis=-1, keepdims=True) + 1e-5) ** 0.5
    array = 1e8 + RNG.normal(size=(3, 8))
    layer = nn.LayerNorm(scale=False, center=False)(x)
    weight = gx.constant(RNG.normal(size=8))
    gradients = [gx.grad(gx.sum(t * weight), [x])[0] for t in (y, layer)]
    a, b, c, d = gx.function([x], [y, layer, *gradients])(array)
    np.testing.assert_allclose(a, b, rtol=1e-12, atol=1e-12)
    np.testing.assert_allclose(c, d, rtol=1e-7, atol=1e-7)


# ---- what is emitted ------------------------------------------------------------------------


def emitted(layer, style="planned"):
    x, y = gx.input("x", ("N", 16)), gx.input("y", ("N",), "int64")
    layers = [nn.Dense(64), layer, nn.Activation("relu"), nn.Dense(10)]
    out = nn.Sequential(layers)(x)
    return gx.compile(
        "net",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(out, y),
        outputs=out,
        optimizer=optim.SGD(0.1),
        style=style,
    ).source


def block(source, method, role, scope):
    """The lines of one part of the network in one role of a method."""
    body = re.split(r"\n    def ", source)
    text = next(part for part in body if part.startswith(f"{method}("))
    part = text.split(f"# ---- {role} ")[1].split("# ---- ")[0]
    return next(p for p in part.split("\n\n") if re.search(rf"# {scope}\b", p))


def test_the_backward_of_batch_norm_is_the_compact_formula():
    source = emitted(nn.BatchNorm())
    text = block(source, "_backward", "backward", "batch_norm_1")
    assert "d_z1 = z1_inv_std * gamma" in text
    assert "* (d_z1_norm - d_beta / N - z1_hat * d_gamma / N)" in text
    wide = [line for line in text.splitlines() if re.match(r"\s+np\.(mul|sub|add|div)", line)]
    over_rows = [line for line in wide if "out=s.d_z1" in line or "out=s.z1_hat_times" in line]
    assert len(over_rows) == 5  # d_gamma's product; minus, times, minus, times
    assert text.count("np.dot(s.ones") == 2  # the gradients of beta and gamma, and no other sum


def test_the_backward_of_layer_norm_is_the_compact_formula():
    text = block(emitted(nn.LayerNorm()), "_backward", "backward", "layer_norm_1")
    assert "d_z1 = z1_inv_std * (d_z1_hat - mean(d_z1_hat, axis 1)" in text
    assert "- z1_hat * mean(d_z1_hat * z1_hat, axis 1))" in text
    assert text.count(", s.ones") == 2  # two sums a row


def test_the_forward_says_what_it_computes():
    text = block(emitted(nn.BatchNorm()), "_backward", "forward", "batch_norm_1")
    for line in (
        "z1_mean = mean over N of z1",
        "z1_hat = (z1 - mean) / sqrt(var + 1e-05)",
        "z1_norm = z1_hat * gamma + beta",
    ):
        assert line in text


def test_what_forward_and_backward_share_is_forward():
    for layer in (nn.RMSNorm(), nn.LayerNorm(), nn.BatchNorm()):
        predict = emitted(layer).split("def _forward(")[1].split("\n    def ")[0]
        assert predict.count("# ---- forward") == 1 and "backward" not in predict


def test_the_backward_of_weight_norm_is_equation_3_of_the_paper():
    text = block(emitted(nn.WeightNorm(nn.Dense(64))), "_backward", "backward", "weight_norm_1")
    assert "d_v = weight_norm_1_g_over" in text
    assert "* (d_weight_norm_1_W - v * d_g / weight_norm_1_v_length)" in text


def test_inference_reads_running_statistics_and_computes_none():
    source = emitted(nn.BatchNorm())
    for method in ("_forward", "_forward_loss"):
        text = block(source, method, "forward", "batch_norm_1")
        assert "running_mean" in text and "np.dot" not in text
    assert "running_mean' = 0.9 * running_mean + 0.1 * z1_mean" in source


def test_bad_arguments_are_named_at_the_users_line():
    for make, text in [
        (lambda: nn.BatchNorm(momentum=1.0), r"BatchNorm at .*momentum lies in \[0, 1\)"),
        (lambda: nn.BatchNorm(epsilon=0), "BatchNorm at .*epsilon is a number above 0, not 0"),
        (lambda: nn.GroupNorm(0), "GroupNorm at .*groups is a whole number above 0"),
        (lambda: nn.WeightNorm("dense"), "WeightNorm at .*takes a layer, not 'dense'"),
        (lambda: gx.standardize(np.ones(3), epsilon=-1), "standardize at .*above 0, not -1"),
    ]:
        with pytest.raises(GraphError, match=text) as error:
            make()
        assert "test_normalization.py" in str(error.value)
    x = gx.input("x", ("N", 6))
    for layer, text in [
        (nn.GroupNorm(4), "can't part 6 features in 4"),
        (nn.InstanceNorm(), "at least 3 axes"),
        (nn.LayerNorm(axis=0), "sizes that are numbers"),
        (nn.BatchNorm(axis=2), "out of range"),
    ]:
        with pytest.raises(ShapeError, match=text):
            layer(x)
    layer = nn.LayerNorm()
    layer(x)
    with pytest.raises(ShapeError, match="takes features"):
        layer(gx.input("z", ("N", 5)))


# ---- weight normalisation -------------------------------------------------------------------


def test_weight_norm_is_that_of_torch():
    pt = pytest.importorskip("torch")
    from torch.nn.utils.parametrizations import weight_norm

    w, array = RNG.normal(size=(3, 4)), RNG.normal(size=(5, 3))
    x = gx.input("x", ("N", 3), "float64")
    layer = nn.WeightNorm(nn.Dense(4, init=w, use_bias=False))
    y = layer(x)
    names = [p.name for p in layer.parameters()]
    assert names == ["weight_norm_1.v", "weight_norm_1.g"]
    gradients = gx.grad(gx.sum(gx.square(y)), [x, layer.v, layer.g])
    gradients += gx.grad(gx.sum(gx.square(gradients[1])), [layer.v, layer.g])
    got = gx.function([x], [y, *gradients])(array)
    theirs = pt.nn.Linear(3, 4, bias=False).double()
    theirs.weight.data = pt.from_numpy(w.T.copy())
    weight_norm(theirs, dim=0)
    tx = pt.from_numpy(array).requires_grad_()
    ty = theirs(tx)
    g, v = (getattr(theirs.parametrizations.weight, f"original{i}") for i in (0, 1))
    d_x, d_v, d_g = pt.autograd.grad((ty**2).sum(), [tx, v, g])
    v, g = (pt.from_numpy(a).requires_grad_() for a in (w, np.sqrt((w * w).sum(axis=0))))
    by_hand = (pt.from_numpy(array) @ (v * (g / v.norm(dim=0)))) ** 2  # theirs is of first order
    (first,) = pt.autograd.grad(by_hand.sum(), [v], create_graph=True)
    d_vv, d_vg = pt.autograd.grad((first**2).sum(), [v, g])
    wanted = [ty, d_x, d_v.T, d_g[:, 0], d_vv, d_vg]
    for mine, want in zip(got, wanted, strict=True):
        np.testing.assert_allclose(mine, want.detach().numpy(), rtol=1e-9, atol=1e-9)


def test_tied_weight_norm_has_one_length_and_the_gradient_of_the_paper():
    w, array = RNG.normal(size=(3, 4)), RNG.normal(size=(5, 3))
    x = gx.input("x", ("N", 3), "float64")
    layer = nn.WeightNorm(nn.Dense(4, init=w), tied=True, name="dense")
    y = layer(x)
    assert [(p.name, p.shape) for p in layer.parameters()] == [
        ("dense.b", (4,)),
        ("dense.v", (3, 4)),
        ("dense.g", ()),
    ]
    gradients = gx.grad(gx.sum(gx.square(y)), [layer.v, layer.g])
    value, d_v, d_g = gx.function([x], [y, *gradients])(array)
    np.testing.assert_allclose(value, array @ w, rtol=1e-12)
    norm = np.sqrt((w * w).sum())
    d_w = array.T @ (2 * array @ w)
    want = (d_w * w).sum() / norm  # eq. 3, with g = |v|
    np.testing.assert_allclose(d_g, want, rtol=1e-12)
    np.testing.assert_allclose(d_v, d_w - want / norm * w, rtol=1e-11, atol=1e-11)


def test_a_network_with_weight_norm_trains_and_starts_as_without():
    x, y = gx.input("x", ("N", 3)), gx.input("y", ("N", 1))
    layers = [nn.WeightNorm(nn.Dense(8, activation="tanh")), nn.WeightNorm(nn.Dense(1), tied=True)]
    model = nn.Sequential(layers)
    out = model(x)
    net = gx.compile(
        "net",
        inputs=[x],
        targets=[y],
        loss=losses.squared_error(out, y),
        outputs=out,
        optimizer=optim.SGD(0.1),
    )
    m = net.load(seed=1)
    state = m.state_dict()
    v, g = state["weight_norm_1.v"], state["weight_norm_1.g"]
    np.testing.assert_allclose(g, np.sqrt((v * v).sum(axis=0)), rtol=1e-6)
    a = RNG.normal(size=(32, 3)).astype(np.float32)
    b = np.tanh(a[:, :1] - a[:, 1:2])
    first = m.train_step(a, b)
    for _ in range(200):
        last = m.train_step(a, b)
    assert last < 0.1 * first
    assert [p.ndim for p in model.weights()] == [2, 2]
