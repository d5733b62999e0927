"""Mixed precision: half the numbers of products, float32 for all else, and a loss that is scaled."""

import re

import blas
import numpy as np
import pytest
import shim
import stand_in

import graphc as gx
from graphc import losses, nn, optim
from graphc.errors import CompileError

pytestmark = pytest.mark.skipif(shim.COMPILER is None, reason="there is no g++ to run kernels with")

RATE = 0.1


def mlp(
    precision="float16", optimizer=None, factor=1.0, target="cupy", norm=False, name="half_mlp"
):
    x, y = gx.input("x", ("N", 6)), gx.input("y", ("N", 3))
    layers = [nn.Dense(8, activation="tanh"), nn.Dense(3)]
    output = nn.Sequential(layers[:1] + [nn.BatchNorm()] * norm + layers[1:], name="net")(x)
    return gx.compile(
        name,
        inputs=[x],
        targets=[y],
        loss=losses.squared_error(output, y) * factor,
        outputs=output,
        optimizer=optimizer or optim.SGD(RATE),
        target=target,
        precision=precision,
    )


def batch(seed=0, size=5):
    rng = np.random.default_rng(seed)
    return tuple(rng.normal(size=(size, k)).astype("float32") for k in (6, 3))


def half(a):
    return a.astype("float16")


def half_product(a, b):
    """What a product of the paper is: half operands, added up in float32."""
    return half(a).astype("float32") @ half(b).astype("float32")


def reference_step(w, x, y, scale, product):
    """Loss and next parameters of the network above, by hand."""
    h = np.tanh(product(x, w["W1"]) + w["b1"])
    error = product(h, w["W2"]) + w["b2"] - y
    d_output = np.float32(2 / error.size) * error * np.float32(scale)
    d_z = product(d_output, w["W2"].T) * (1 - h * h)
    gradients = {
        "W1": product(x.T, d_z),
        "b1": d_z.sum(0),
        "W2": product(h.T, d_output),
        "b2": d_output.sum(0),
    }
    return (error**2).mean(), {k: w[k] - np.float32(RATE) * g / scale for k, g in gradients.items()}


NAMES = {"W1": "dense_1.W", "b1": "dense_1.b", "W2": "dense_2.W", "b2": "dense_2.b"}


def test_steps_are_those_of_the_paper():
    m = stand_in.instance(mlp(), seed=1)
    w = {k: m.state_dict()[name] for k, name in NAMES.items()}
    for seed in range(4):
        loss, w = reference_step(w, *batch(seed), 2.0**16, half_product)
        assert float(m.train_step(*batch(seed))) == pytest.approx(float(loss), rel=1e-5)
        for key, name in NAMES.items():
            # A sum in another order may round to the half number beside.
            np.testing.assert_allclose(m.state_dict()[name], w[key], rtol=1e-3, atol=3e-5)


@pytest.mark.parametrize("optimizer", [optim.Adam(1e-2), optim.SGD(0.1, momentum=0.9)])
def test_steps_are_near_those_in_float32(optimizer):
    mine, wide = (stand_in.instance(mlp(p, optimizer), seed=2) for p in ("float16", ""))
    for seed in range(6):
        got, want = (float(m.train_step(*batch(seed))) for m in (mine, wide))
        assert got == pytest.approx(want, rel=5e-3)
    assert got != want
    np.testing.assert_allclose(mine.predict(batch()[0]), wide.predict(batch()[0]), atol=0.02)


def test_convolutions_are_near_those_in_float32():
    def network(precision):
        image, y = gx.input("image", ("N", 8, 8, 2)), gx.input("y", ("N",), dtype="int64")
        h = nn.Conv2D(4, 3, activation="relu")(image)
        h = nn.MaxPool2D(2)(h)
        h = nn.Conv2D(6, 3, strides=2, padding="same", activation="relu")(h)
        logits = nn.Dense(3)(nn.Flatten()(h))
        return gx.compile(
            "half_image",
            inputs=[image],
            targets=[y],
            loss=losses.softmax_cross_entropy(logits, y),
            optimizer=optim.SGD(0.1),
            target="cupy",
            precision=precision,
        )

    rng = np.random.default_rng(0)
    image, y = rng.normal(size=(4, 8, 8, 2)).astype("float32"), np.array([0, 1, 2, 0])
    made = network("float16")
    assert "np.float16" in made.source
    mine, wide = (stand_in.instance(n, seed=1) for n in (made, network("")))
    at(mine, 2.0**10)
    for _ in range(3):
        got, want = (float(m.train_step(image, y)) for m in (mine, wide))
        assert got == pytest.approx(want, rel=5e-3)
    for name, gradient in vars(wide.grads).items():
        if isinstance(gradient, stand_in.ndarray):
            scale = np.abs(gradient.get()).max()
            np.testing.assert_allclose(
                vars(mine.grads)[name].get(), gradient.get(), atol=0.02 * scale
            )


def test_products_of_stacks_are_of_halves_too():
    a, b = gx.input("a", ("N", 3, 4)), gx.input("b", ("N", 4, 2))
    stack = gx.compile("stack", inputs=[a, b], outputs=a @ b, target="cupy", precision="float16")
    rng = np.random.default_rng(0)
    arrays = [rng.normal(size=shape).astype("float32") for shape in ((5, 3, 4), (5, 4, 2))]
    blas.CALLS.clear()
    found = stand_in.instance(stack).predict(*arrays)
    assert blas.CALLS == [("float16", "float32", 68, 5)]
    np.testing.assert_allclose(found, half_product(*arrays), rtol=1e-6, atol=1e-6)


def test_results_are_not_rounded_and_do_not_overflow():
    x = gx.input("x", ("N", 4))
    net = gx.compile("large", inputs=[x], outputs=x @ x.T, target="cupy", precision="float16")
    x = np.full((2, 4), 30000, "float32")
    np.testing.assert_array_equal(
        stand_in.instance(net).predict(x), half(x).astype("f") @ half(x).T
    )


def test_an_operand_is_rounded_once_for_all_that_read_it():
    source = mlp().source
    backward = source[source.index("def _backward") : source.index("def _plan_train")]
    for rounded in ("x_cast", "dense_2_W_cast"):
        assert backward.count(f"s.{rounded})") == 1  # a kernel's result
        assert backward.count(f"s.{rounded}") > 1


def test_loops_round_their_weights_before_they_begin():
    def network(precision):
        rng = np.random.default_rng(0)
        u = gx.parameter("U", rng.normal(size=(6, 6)).astype("float32") / 4)
        xs, h0 = gx.input("xs", ("T", "N", 6)), gx.input("h0", ("N", 6))
        last, _ = gx.scan(lambda h, x: (gx.tanh(x + h @ u), None), h0, xs)
        return gx.compile(
            "half_loop",
            inputs=[xs, h0],
            loss=gx.mean(gx.square(last)).named("loss"),
            optimizer=optim.SGD(0.1),
            target="cupy",
            precision=precision,
        )

    made = network("float16")
    backward = made.source[made.source.index("def _backward") :]
    loop = backward[backward.index("for t in range") :]
    assert "_matmul(s.h_cast" in loop[: loop.index("_loss(")]
    assert "_cast(p.U" not in loop[: loop.index("_loss(")]
    assert "_cast(p.U, s.U_cast)" in backward
    rng = np.random.default_rng(1)
    xs, h0 = (rng.normal(size=s).astype("float32") for s in ((5, 3, 6), (3, 6)))
    mine, wide = (stand_in.instance(n, seed=1) for n in (made, network("")))
    for _ in range(4):
        got, want = (float(m.train_step(xs, h0)) for m in (mine, wide))
        assert got == pytest.approx(want, rel=5e-3)


def test_attention_is_near_that_in_float32():
    def network(precision):
        x, y = (gx.input(name, ("N", "T"), dtype="int64") for name in "xy")
        layer = nn.TransformerEncoderLayer(8, 2, None, "relu", 0.0, norm_first=True, causal=True)
        logits = nn.Sequential([nn.Embedding(7, 8), layer, nn.Dense(7)])(x)
        return gx.compile(
            "half_attention",
            inputs=[x],
            targets=[y],
            loss=losses.softmax_cross_entropy(logits, y),
            optimizer=optim.AdamW(1e-2),
            target="cupy",
            precision=precision,
        )

    x, y = np.random.default_rng(1).integers(0, 7, (2, 3, 5))
    mine, wide = (stand_in.instance(network(p), seed=1) for p in ("float16", ""))
    for _ in range(4):
        got, want = (float(m.train_step(x, y)) for m in (mine, wide))
        assert got == pytest.approx(want, rel=5e-3)
    assert scale(mine) == (2.0**16, 4)


def test_results_are_rounded_again_by_one_kernel_each():
    x = gx.input("x", ("N", 2, 4))
    a, b = (gx.parameter(name, np.ones((4, 4), "float32")) for name in "ab")
    flat = gx.reshape(x, (-1, 4))
    outputs = gx.tanh(gx.reshape(flat @ a @ b, (-1, 2, 4)))
    source = gx.compile(
        "chain", inputs=[x], outputs=outputs, target="cupy", precision="float16"
    ).source
    forward = source[source.index("def _forward(") : source.index("def _predict_slots")]
    launched = re.findall(r"^ +(_\w+\()", forward, re.M)
    rounding = ["_cast(", "_b_cast(", "_cast("]  # x; a and b, which are small; x a
    assert sorted(launched) == sorted([*rounding, "_matmul(", "_matmul(", "_tanh("])


# ---- what is kept in float32 ---------------------------------------------------------------


def test_parameters_gather_changes_smaller_than_half_numbers_can_show():
    x = gx.input("x", ("N", 2))
    weight = gx.parameter("weight", np.ones((2, 1), "float32"))
    net = gx.compile(
        "creeping",
        inputs=[x],
        loss=gx.mean(x @ weight),
        optimizer=optim.SGD(1e-4),
        target="cupy",
        precision="float16",
    )
    m = stand_in.instance(net)
    at(m, 2.0**8)
    ones = np.ones((4, 2), "float32")
    m.train_step(ones)
    moved = m.state_dict()["weight"]
    np.testing.assert_allclose(moved, 1 - 1e-4, rtol=1e-7)
    assert (half(moved) == 1).all()  # less than half of the distance between half numbers
    for _ in range(19):
        m.train_step(ones)
    np.testing.assert_allclose(m.state_dict()["weight"], 1 - 20e-4, rtol=1e-6)


def test_gradients_too_small_for_half_numbers_are_there():
    mine, wide = (stand_in.instance(mlp(p, factor=1e-8), seed=1) for p in ("float16", ""))
    for m in (mine, wide):
        m.gradients(*batch())
    want = wide.grads.flat.get()
    assert 0 < np.abs(want).max() < 5.9e-8  # the least half number
    np.testing.assert_allclose(mine.grads.flat.get(), want, atol=0.01 * np.abs(want).max())


# ---- the life of the scale -----------------------------------------------------------------


def at(m, factor, good=0):
    """Give a model's scale a value."""
    state = m.state_dict()
    state["loss_scale"][...], state["loss_scale.good_steps"][...] = factor, good
    m.load_state_dict(state)


def scale(m):
    state = m.state_dict()
    return float(state["loss_scale"]), int(state["loss_scale.good_steps"])


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ((2.0**16, 0), (2.0**16, 1)),
        ((2.0**10, 1998), (2.0**10, 1999)),
        ((2.0**10, 1999), (2.0**11, 0)),
        ((2.0**24, 1999), (2.0**24, 0)),
    ],
)
def test_the_scale_doubles_after_2000_finite_steps(before, after):
    m = stand_in.instance(mlp(factor=1e-4))
    assert scale(m) == (2.0**16, 0)
    at(m, *before)
    m.train_step(*batch())
    assert scale(m) == after


@pytest.mark.parametrize(("before", "after"), [(2.0**16, 2.0**15), (1.0, 1.0)])
@pytest.mark.parametrize("bad", [np.inf, np.nan, 1e30])
def test_a_step_that_is_not_finite_halves_the_scale_and_changes_nothing_else(bad, before, after):
    m = stand_in.instance(mlp(optimizer=optim.Adam(1e-2), norm=True), seed=3)
    for seed in range(3):
        m.train_step(*batch(seed))
    at(m, before, 7)
    kept = m.state_dict()
    x, y = batch()
    x[2, 3] = bad
    m.train_step(x, y)
    assert scale(m) == (after, 0)
    found = m.state_dict()
    for name, value in kept.items():
        if not name.startswith("loss_scale"):
            assert value.tobytes() == found[name].tobytes(), name
    m.train_step(*batch())
    assert scale(m) == (after, 1)
    assert all(np.isfinite(v).all() for v in m.state_dict().values())


def test_a_scale_too_large_comes_down_until_steps_are_finite():
    m, wide = (stand_in.instance(mlp(p), seed=1) for p in ("float16", ""))
    at(m, 2.0**24)
    losses_ = [float(m.train_step(*batch())) for _ in range(20)]
    factor, good = scale(m)
    skipped = round(24 - np.log2(factor))
    assert 0 < skipped < 20 and good == 20 - skipped
    assert len(set(losses_[: skipped + 1])) == 1
    wanted = [float(wide.train_step(*batch())) for _ in range(good)]
    np.testing.assert_allclose(losses_[skipped:], wanted, rtol=5e-3)


# ---- what is said --------------------------------------------------------------------------


def test_the_module_says_its_precision():
    text = "Precision  products of float16 operands, added up in float32; all else float32"
    assert text in mlp().source
    assert "Precision" not in mlp("").source


@pytest.mark.parametrize(
    ("precision", "target", "message"),
    [
        ("float16", "numpy", "target 'numpy' has no precision 'float16'"),
        ("tf32", "numpy", "target 'numpy' has no precision 'tf32'"),
        ("half", "cupy", "no precision 'half'; there are 'float16', 'bfloat16', 'tf32', and ''"),
    ],
)
def test_a_precision_that_there_is_not_is_refused(precision, target, message):
    with pytest.raises(CompileError, match=message):
        mlp(precision, target=target)


def functions():
    """One that takes gradients, and one that does not."""
    x = gx.input("x", ("N", 2))
    weight = gx.parameter("weight", np.ones((2, 1), "float32"))
    y = x @ weight
    gradient = gx.grad(gx.mean(gx.square(y)), [weight])
    step = gx.function([x], [], dict(optim.SGD(0.1).updates([weight], gradient)), target="cupy")
    return step, gx.function([x], {"y": y}, training=False, target="cupy", precision="float16")


def test_gradients_of_a_function_are_refused_for_no_loss_is_scaled():
    step, infer = functions()
    message = r"'step' of 'p' has gradients \(of test_precision.py:\d+\).*precision='bfloat16'"
    with pytest.raises(CompileError, match=message):
        gx.Program("p", step=step, infer=infer, target="cupy", precision="float16")
    alone = gx.function(step.inputs, gx.grad(gx.sum(infer.outputs[0][1]), step.inputs), name="slope",
                        target="cupy", precision="float16")  # fmt: skip
    with pytest.raises(CompileError, match="'slope' has gradients"):
        alone.network  # noqa: B018


def scaled_program(precision):
    """The network above as functions, with a loss that is scaled."""
    x, y = gx.input("x", ("N", 6)), gx.input("y", ("N", 3))
    body = nn.Sequential([nn.Dense(8, activation="tanh"), nn.Dense(3)], name="net")
    output = body(x)
    loss, weights = losses.squared_error(output, y).named("loss"), body.parameters()
    scale = optim.LossScale()
    gradients = scale.unscaled(gx.grad(scale.scaled(loss), weights))
    changed = optim.Adam(1e-2).updates(weights, gradients)
    return gx.Program(
        "scaled",
        target="cupy",
        precision=precision,
        step=gx.function([x, y], {"loss": loss}, scale.updates(gradients, changed)),
        predict=gx.function([x], output, training=False),
    )


def test_functions_that_scale_their_loss_train_as_networks_do():
    network, program = mlp(optimizer=optim.Adam(1e-2)), scaled_program("float16")
    one, other = (stand_in.instance(made, seed=3) for made in (network, program))
    for seed in range(4):
        x, y = batch(seed)
        x[0, 0] = np.inf if seed == 2 else x[0, 0]
        got = float(other.step(x, y)["loss"])
        np.testing.assert_array_equal(got, float(one.train_step(x, y)))
    assert scale(other) == scale(one) == (2.0**15, 1)
    np.testing.assert_array_equal(other.predict(batch()[0]), one.predict(batch()[0]))


def test_functions_without_gradients_are_of_halves():
    blas.CALLS.clear()
    _, infer = functions()
    with stand_in.as_cupy():
        np.testing.assert_array_equal(infer(np.ones((3, 2), "float32"))["y"], np.full((3, 1), 2))
    assert blas.CALLS == [("float16", "float32", 68, 1)]


def test_weights_of_float32_networks_are_taken_with_a_scale():
    wide, m = mlp("", target="numpy").load(seed=1), stand_in.instance(mlp(), seed=2)
    m.load_state_dict({**m.state_dict(), **wide.state_dict()})
    np.testing.assert_allclose(m.predict(batch()[0]), wide.predict(batch()[0]), atol=5e-3)
    assert sorted(set(m.state_dict()) - set(wide.state_dict())) == [
        "loss_scale",
        "loss_scale.good_steps",
    ]
