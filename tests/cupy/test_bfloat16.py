"""Products in bfloat16 and in TF32: what is rounded, what is not, and for which module."""

import blas
import numpy as np
import pytest
import shim
import stand_in
from test_precision import NAMES, batch, mlp, reference_step

import graphc as gx
from graphc import losses, nn, optim
from graphc.codegen.cupy.scalars import PREAMBLES

pytestmark = pytest.mark.skipif(shim.COMPILER is None, reason="there is no g++ to run kernels with")

BOTH = ["bfloat16", "tf32"]
CALLED = {"bfloat16": ("uint16", "float32", 68), "tf32": ("float32", "float32", 77)}
DIGITS = {"bfloat16": 8, "tf32": 11}  # of the significand, the first included


def nearest(x, digits):
    """Numbers rounded to so many binary digits, ties to even, by arithmetic in double precision."""
    mantissa, exponent = np.frexp(np.float64(x))
    return np.ldexp(np.rint(np.ldexp(mantissa, digits)), exponent - digits).astype(np.float32)


def product(precision):
    """What a product is: rounded operands, float32 sums and result."""
    return lambda a, b: nearest(a, DIGITS[precision]) @ nearest(b, DIGITS[precision])


# ---- rounding ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def rounded():
    kernel = stand_in.ElementwiseKernel(
        "float32 x",
        "uint16 out",
        "out = to_bfloat16(x)",
        "rounded",
        preamble=PREAMBLES["to_bfloat16"],
    )

    def call(x):
        out = stand_in.zeros(x.shape, np.uint16)
        kernel(stand_in.asarray(x), out)
        return out.get()

    return call


def test_operands_are_rounded_to_the_nearest_ties_to_even(rounded):
    bits = np.random.default_rng(0).integers(0, 2**32, 40_000, dtype=np.uint64).astype(np.uint32)
    x = bits.view(np.float32)
    normal = x[np.isfinite(x) & (np.abs(x) > 1.2e-38) & (np.abs(x) < 3.3e38)]
    ties = (np.arange(1, 2**15, 7, dtype=np.uint32) << 16 | 0x8000).view(np.float32)
    ties = ties[np.isfinite(ties) & (np.abs(ties) > 1.2e-38) & (np.abs(ties) < 3.3e38)]
    for numbers in (normal, ties):
        np.testing.assert_array_equal(blas.from_bfloat16(rounded(numbers)), nearest(numbers, 8))


@pytest.mark.parametrize(
    ("x", "bits"),
    [
        (1.0, 0x3F80),
        (-0.0, 0x8000),
        (np.inf, 0x7F80),
        (-np.inf, 0xFF80),
        (3.4e38, 0x7F80),  # nearer to 2^128 than to the largest
        (1e-45, 0x0000),  # less than half of the least
        (1e-40, 0x0001),  # which is subnormal, 9.2e-41
        (1.00390625, 0x3F80),  # halfway: to even
        (1.01171875, 0x3F82),
    ],
)
def test_numbers_have_the_bits_of_the_format(rounded, x, bits):
    assert rounded(np.float32([x]))[0] == bits


def test_what_is_no_number_stays_none(rounded):
    nans = np.uint32([0x7FC00000, 0x7F800001, 0xFFFFFFFF]).view(np.float32)
    assert np.isnan(blas.from_bfloat16(rounded(nans))).all()


def test_rounding_is_pytorchs(rounded):
    torch = pytest.importorskip("torch")
    x = np.random.default_rng(1).normal(size=9999).astype("float32")
    want = torch.from_numpy(x).to(torch.bfloat16).view(torch.int16).numpy().view(np.uint16)
    np.testing.assert_array_equal(rounded(x), want)


# ---- training ------------------------------------------------------------------------------


@pytest.mark.parametrize("precision", BOTH)
def test_steps_are_those_computed_by_hand(precision):
    m = stand_in.instance(mlp(precision, name=f"{precision}_mlp"), seed=1)
    w = {k: m.state_dict()[name] for k, name in NAMES.items()}
    blas.CALLS.clear()
    for seed in range(4):
        loss, w = reference_step(w, *batch(seed), 1.0, product(precision))
        assert float(m.train_step(*batch(seed))) == pytest.approx(float(loss), rel=1e-4)
        for key, name in NAMES.items():
            # A sum in another order may be rounded to the number beside.
            tolerance = 2.0 ** -DIGITS[precision]
            np.testing.assert_allclose(m.state_dict()[name], w[key], rtol=tolerance, atol=1e-4)
    assert {call[:3] for call in blas.CALLS} == {CALLED[precision]}


@pytest.mark.parametrize("precision", BOTH)
def test_no_loss_is_scaled_and_weights_are_those_of_float32(precision):
    wide, m = mlp("", target="numpy").load(seed=1), stand_in.instance(mlp(precision), seed=2)
    assert list(m.state_dict()) == list(wide.state_dict())
    m.load_state_dict(wide.state_dict())
    np.testing.assert_allclose(m.predict(batch()[0]), wide.predict(batch()[0]), atol=0.02)


@pytest.mark.parametrize("factor", [1e-30, 1e25])
def test_gradients_have_the_range_of_float32(factor):
    mine, wide = (stand_in.instance(mlp(p, factor=factor), seed=1) for p in ("bfloat16", ""))
    for m in (mine, wide):
        m.gradients(*batch())
    want = wide.grads.flat.get()
    assert 0 < np.abs(want).max() < np.inf
    np.testing.assert_allclose(mine.grads.flat.get(), want, atol=0.02 * np.abs(want).max())


def test_parameters_gather_changes_smaller_than_bfloat16_can_show():
    x = gx.input("x", ("N", 2))
    weight = gx.parameter("weight", np.ones((2, 1), "float32"))
    m = stand_in.instance(
        gx.compile(
            "creeping_bfloat16",
            inputs=[x],
            loss=gx.mean(x @ weight),
            optimizer=optim.SGD(1e-4),
            target="cupy",
            precision="bfloat16",
        )
    )
    for _ in range(20):
        m.train_step(np.ones((4, 2), "float32"))
    np.testing.assert_allclose(m.state_dict()["weight"], 1 - 20e-4, rtol=1e-6)


def images(precision, groups=1, name="image_in_bfloat16"):
    image, y = gx.input("image", ("N", 8, 8, 2)), gx.input("y", ("N",), dtype="int64")
    h = nn.Conv2D(4, 3, activation="relu", groups=groups)(image)
    h = nn.MaxPool2D(2)(h)
    if groups == 1:
        h = nn.Conv2D(6, 3, strides=2, padding="same", activation="relu")(h)
    logits = nn.Dense(3)(nn.Flatten()(h))
    return gx.compile(
        name,
        inputs=[image],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        optimizer=optim.SGD(0.1),
        target="cupy",
        precision=precision,
    )


def words(precision):
    x, y = (gx.input(name, ("N", "T"), dtype="int64") for name in "xy")
    layer = nn.TransformerEncoderLayer(8, 2, None, "relu", 0.0, norm_first=True, causal=True)
    logits = nn.Sequential([nn.Embedding(7, 8), layer, nn.Dense(7)])(x)
    return gx.compile(
        "words_in_bfloat16",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        optimizer=optim.AdamW(1e-2),
        target="cupy",
        precision=precision,
    )


def recurrent(precision):
    rng = np.random.default_rng(0)
    u = gx.parameter("U", rng.normal(size=(6, 6)).astype("float32") / 4)
    xs, h0 = gx.input("xs", ("T", "N", 6)), gx.input("h0", ("N", 6))
    last, _ = gx.scan(lambda h, x: (gx.tanh(x + h @ u), None), h0, xs)
    return gx.compile(
        "loop_in_bfloat16",
        inputs=[xs, h0],
        loss=gx.mean(gx.square(last)).named("loss"),
        optimizer=optim.SGD(0.1),
        target="cupy",
        precision=precision,
    )


def drawn(build):
    rng = np.random.default_rng(2)
    if build is images:
        return rng.normal(size=(4, 8, 8, 2)).astype("float32"), np.array([0, 1, 2, 0])
    if build is words:
        return tuple(rng.integers(0, 7, (2, 3, 5)))
    return tuple(rng.normal(size=s).astype("float32") for s in ((5, 3, 6), (3, 6)))


@pytest.mark.parametrize("build", [images, words, recurrent])
def test_networks_train_as_in_float32_and_every_product_is_rounded(build):
    arrays = drawn(build)
    mine, wide = (stand_in.instance(build(p), seed=1) for p in ("bfloat16", ""))
    blas.CALLS.clear()
    got = [float(mine.train_step(*arrays)) for _ in range(4)]
    assert {call[:3] for call in blas.CALLS} == {CALLED["bfloat16"]}
    want = [float(wide.train_step(*arrays)) for _ in range(4)]
    np.testing.assert_allclose(got, want, rtol=0.02)
    assert got != want
    flat, exact = mine.grads.flat.get(), wide.grads.flat.get()
    np.testing.assert_allclose(flat, exact, atol=0.04 * np.abs(exact).max())


def test_attention_multiplies_stacks_of_halves():
    m = stand_in.instance(words("bfloat16"), seed=1)
    blas.CALLS.clear()
    m.train_step(*drawn(words))
    assert sum(count > 1 for *_, count in blas.CALLS) == 6  # two, and two gradients of each


def test_convolutions_in_groups_stay_in_float32():
    made = images("bfloat16", groups=2)
    grouped = [line for line in made.source.splitlines() if "_grouped_conv" in line]
    assert grouped and not any("cast" in line for line in grouped)


def test_products_of_constants_are_computed_once_and_exactly():
    x = gx.input("x", ("N", 3))
    third = gx.constant(np.full((3, 3), 1 / 3, "float32"))
    network = gx.compile(
        "constants",
        inputs=[x],
        outputs={"a": x @ (third @ third), "b": x @ gx.transpose(third)},
        target="cupy",
        precision="bfloat16",
    )
    blas.CALLS.clear()
    found = stand_in.instance(network).predict(np.eye(3, dtype="float32"))
    np.testing.assert_array_equal(found["a"], nearest(np.full((3, 3), 1 / 3), 8))
    np.testing.assert_array_equal(found["b"], nearest(np.full((3, 3), 1 / 3), 8))
    assert {call[:3] for call in blas.CALLS} == {CALLED["bfloat16"]}


def test_weights_are_rounded_before_loops_begin():
    source = recurrent("bfloat16").source
    backward = source[source.index("def _backward") :]
    loop = backward[backward.index("for t in range") :]
    assert "_matmul(s.h_cast" in loop[: loop.index("_loss(")]
    assert "_cast(p.U" not in loop[: loop.index("_loss(")]
    assert "_cast(p.U, s.U_cast)" in backward


# ---- for which module ----------------------------------------------------------------------


def test_tf32_is_of_one_module_and_changes_no_kernel():
    exact, coarse = mlp(""), mlp("tf32")
    first, second = (n.source.splitlines() for n in (exact, coarse))
    assert [a for a in first if a not in second] == ["    np.dtype(np.float32): (0, 68),"]
    m, other = stand_in.instance(coarse, seed=1), stand_in.instance(exact, seed=1)
    blas.CALLS.clear()
    m.predict(batch()[0]), other.predict(batch()[0])
    assert [call[2] for call in blas.CALLS] == [77, 77, 68, 68]


@pytest.mark.parametrize(
    ("precision", "line"),
    [
        ("bfloat16", "products of bfloat16 operands, added up in float32; all else float32"),
        ("tf32", "products of float32 operands rounded to TF32, added up in float32"),
    ],
)
def test_modules_and_exported_files_say_their_precision(tmp_path, precision, line):
    network = mlp(precision)
    assert f"Precision  {line}" in network.source
    m = stand_in.instance(network, seed=1)
    path = gx.export(m, tmp_path / "half.py")
    assert f"Precision  {line}" in path.read_text()
    scope = {"__name__": "half", "__file__": str(path)}
    with stand_in.as_cupy():
        exec(compile(path.read_text(), str(path), "exec"), scope)
    np.testing.assert_array_equal(scope["predict"](batch()[0]), m.predict(batch()[0]))


@pytest.mark.parametrize("precision", BOTH)
def test_programs_and_functions_have_a_precision(precision):
    x, y = gx.input("x", ("N", 6)), gx.input("y", ("N", 3))
    layer = nn.Dense(3, name="only")
    output = layer(x)
    weights = layer.parameters()
    loss = losses.squared_error(output, y).named("loss")
    updates = optim.SGD(0.1).updates(weights, gx.grad(loss, weights))

    def program(precision):
        return gx.Program(
            f"program_{precision}",
            target="cupy",
            precision=precision,
            step=gx.function([x, y], {"loss": loss}, updates),
            infer=gx.function([x], {"output": output}, training=False),
        )

    mine, wide = (stand_in.instance(program(p), seed=1) for p in (precision, ""))
    blas.CALLS.clear()
    got = [float(mine.step(*batch())["loss"]) for _ in range(3)]
    inferred = mine.infer(batch()[0])["output"]
    assert {call[:3] for call in blas.CALLS} == {CALLED[precision]}
    np.testing.assert_allclose(got, [float(wide.step(*batch())["loss"]) for _ in range(3)], 0.02)
    np.testing.assert_allclose(inferred, wide.infer(batch()[0])["output"], atol=0.05)
    alone = gx.function([x], x @ gx.transpose(x), target="cupy", precision=precision)
    blas.CALLS.clear()
    with stand_in.as_cupy():
        alone(batch()[0])
    assert [call[:3] for call in blas.CALLS] == [CALLED[precision]]
