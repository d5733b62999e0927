"""Row kernels: which steps become one, and that it computes what NumPy does, at sizes where threads,
warps, blocks and columns end."""

import re
import shutil
import subprocess

import autograd
import autograd.numpy as anp
import numpy as np
import pytest
import shim
import stand_in
from test_nvcc import joined

import graphc as gx
from graphc import losses, nn, optim

pytestmark = pytest.mark.skipif(shim.COMPILER is None, reason="there is no g++ to run kernels with")


def run(inputs, outputs, arrays):
    """What a function computes on the stand-in, and its source."""
    function = gx.function(inputs, outputs, target="cupy")
    with stand_in.as_cupy():
        return function(*arrays), function.source


def launches(source):
    """How often row kernels are launched, and how many there are."""
    names = [
        line.split(" = ")[0] for line in source.splitlines() if line.endswith(" = _row_kernel(")
    ]
    calls = [line.strip() for line in source.splitlines()]
    return sum(line.startswith(f"{name}(") for line in calls for name in names), len(names)


# ---- formulas, and the same in NumPy ------------------------------------------------------


def softmax(x, np=anp):
    e = np.exp(x - np.max(x, axis=-1, keepdims=True))
    return e / np.sum(e, axis=-1, keepdims=True)


def layer_norm(x, gamma, beta):
    centred = x - anp.mean(x, -1, keepdims=True)
    spread = anp.sqrt(anp.mean(centred**2, -1, keepdims=True) + 1e-5)
    return centred / spread * gamma + beta


def batch_norm(x, gamma, beta):
    centred = x - anp.mean(x, 0)
    return centred / anp.sqrt(anp.mean(centred**2, 0) + 1e-5) * gamma + beta


def rms_norm(x, gamma, beta):
    return x / anp.sqrt(anp.mean(x**2, -1, keepdims=True) + 1e-5) * gamma + beta


def standardized(axis, center=True):
    def build(x, gamma, beta):
        return gx.standardize(x, axis, 1e-5, center=center) * gamma + beta

    return build


FORMULAS = {
    "softmax": (lambda x, g, b: gx.softmax(x * g + b), lambda x, g, b: softmax(x * g + b)),
    "log_softmax": (
        lambda x, g, b: gx.log_softmax(x + g) * b,
        lambda x, g, b: anp.log(softmax(x + g)) * b,
    ),
    "layer_norm": (standardized(-1), layer_norm),
    "batch_norm": (standardized(0), batch_norm),
    "rms_norm": (standardized(-1, center=False), rms_norm),
}
SIZES = {  # of rows: of one thread, of one warp, of several elements a thread, of a block, of registers and without
    "softmax": [2, 16, 17, 32, 33, 1024, 1025, 6000],
    "log_softmax": [10, 1025],
    "layer_norm": [2, 31, 100, 1024, 6000],
    "batch_norm": [2, 33],
    "rms_norm": [10, 100],
}
CASES = [(name, size, "float64") for name, sizes in SIZES.items() for size in sizes]
CASES += [(name, 40, "float32") for name in SIZES]


@pytest.mark.parametrize(("name", "size", "dtype"), CASES)
def test_values_and_gradients_are_those_of_the_formula(name, size, dtype):
    build, formula = FORMULAS[name]
    rng = np.random.default_rng(size)
    arrays = [rng.normal(size=s).astype(dtype) for s in [(5, size), (size,), (size,), (5, size)]]
    xs = [gx.input(n, a.shape, dtype) for n, a in zip("xgbw", arrays, strict=True)]
    y = build(*xs[:3])
    results, source = run(xs, [y, *gx.grad(gx.sum(y * xs[3]), xs[:3])], arrays)
    exact = [a.astype("float64") for a in arrays]
    wanted = [
        formula(*exact[:3]),
        *autograd.grad(lambda *given: anp.sum(formula(*given) * exact[3]), (0, 1, 2))(*exact[:3]),
    ]
    scale = 2e-13 if dtype == "float64" else 1e-4
    for got, want in zip(results, wanted, strict=True):
        assert got.dtype == dtype
        np.testing.assert_allclose(got, want, rtol=scale, atol=scale * max(1, np.abs(want).max()))
    assert launches(source)[0] >= 1
    assert "atomicAdd(&" not in source  # sums have an order


@pytest.mark.parametrize("name", FORMULAS)
def test_half_precision_is_computed_in_float32(name):
    build, formula = FORMULAS[name]
    rng = np.random.default_rng(1)
    shapes = [(9000, 3), (3,), (3,)] if name == "batch_norm" else [(3, 9000), (9000,), (9000,)]
    arrays = [(rng.normal(size=s) + 10 * (k == 0)).astype("float16") for k, s in enumerate(shapes)]
    xs = [gx.input(n, a.shape, "float16") for n, a in zip("xgb", arrays, strict=True)]
    (result,), source = run(xs, [build(*xs)], arrays)
    want = formula(*[a.astype("float64") for a in arrays])  # sums beyond what float16 can hold
    assert result.dtype == "float16"
    np.testing.assert_allclose(result, want, rtol=2e-3, atol=2e-3)
    assert launches(source) == (1, 1)


@pytest.mark.parametrize("rows", [1, 3, 4, 9])
@pytest.mark.parametrize("columns", [1, 7, 8, 9, 40])
def test_the_last_block_may_have_too_few_rows_or_columns(rows, columns):
    rng = np.random.default_rng(rows)
    a = rng.normal(size=(rows, columns, 130))[..., 0].copy()
    x = gx.input("x", ("N", columns), "float64")
    total = gx.sum(x, 0)
    outputs = [x / (1 + total * total)]
    wanted = [a / (1 + a.sum(0) ** 2)]
    if columns > 1:
        outputs.append(gx.softmax(x))
        wanted.append(softmax(a))
    results, source = run([x], outputs, [a])
    for got, want in zip(results, wanted, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-13)
    assert launches(source)[0] == len(outputs)


@pytest.mark.parametrize("length", [1, 5, 127, 128, 129, 700])
def test_rows_of_a_symbolic_length(length):
    a = np.random.default_rng(length).normal(size=(2, 3, length))
    x = gx.input("x", ("N", 3, "T"), "float64")
    results, source = run([x], [gx.softmax(x)], [a])
    np.testing.assert_allclose(results[0], softmax(a), rtol=1e-13)
    assert launches(source) == (1, 1)


# Operands that broadcast against (N, 4, T, 6), rows along the last axis or the last two.
OPERANDS = {
    "rows": ("N", 4, "T", 1),
    "vector": (6,),
    "matrix": ("T", 6),
    "heads": (4, 1, 1),
    "keys": ("N", 1, 1, 6),
    "queries": ("N", 1, "T", 1),
    "ends": ("N", 1, 1, 1),
    "middle": (1, 4, "T", 6),
    "outer": ("N", 4, 1, 6),
    "whole": ("N", 4, "T", 6),
}


@pytest.mark.parametrize("axes", [(3,), (2, 3)])
@pytest.mark.parametrize("name", OPERANDS)
def test_operands_broadcast(name, axes):
    sizes = {"N": 3, "T": 5}
    shape = OPERANDS[name]
    rng = np.random.default_rng(3)
    a = rng.normal(size=(3, 4, 5, 6))
    m = rng.normal(size=[sizes.get(d, d) for d in shape])
    x, mask = gx.input("x", ("N", 4, "T", 6), "float64"), gx.input("mask", shape, "float64")
    y = x + mask
    results, source = run([x, mask], [y - gx.mean(y, axes, keepdims=True)], [a, m])
    b = a + m
    np.testing.assert_allclose(results[0], b - b.mean(axes, keepdims=True), atol=1e-14)
    partly = axes == (2, 3) and name in ("vector", "keys", "queries", "rows", "outer")
    assert launches(source) == (1, 1)
    assert ("ElementwiseKernel" in source) == partly


# ---- cross-entropy ------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(7, 10), (3, 40), (2, 5, 33), (2, 1100)])
def test_cross_entropy_with_its_gradient_is_one_launch(shape):
    rng = np.random.default_rng(8)
    a, labels = rng.normal(size=shape), rng.integers(0, shape[-1], shape[:-1])
    x, y = gx.input("x", ("N", *shape[1:]), "float64"), gx.input("y", ("N", *shape[1:-1]), "int64")
    loss = losses.softmax_cross_entropy(x, y)
    results, source = run([x, y], [loss, *gx.grad(loss, [x])], [a, labels])
    p, hot = softmax(a), np.eye(shape[-1])[labels]
    np.testing.assert_allclose(results[0], -np.log((p * hot).sum(-1)).mean(), rtol=1e-13)
    np.testing.assert_allclose(results[1], (p - hot) / labels.size, atol=1e-15)
    assert launches(source) == (1, 1)


def test_labels_of_other_rows_are_not_those_of_the_kernel():
    """An element is read of another array than the one whose rows the kernel takes."""
    rng = np.random.default_rng(9)
    a, b, labels = rng.normal(size=(4, 6)), rng.normal(size=(4, 6)), np.array([5, 0, 2, 2])
    x, z = gx.input("x", ("N", 6), "float64"), gx.input("z", ("N", 6), "float64")
    y = gx.input("y", ("N",), "int64")
    one, two = gx.pick(z, y), gx.softmax(x)
    results, _ = run([x, z, y], [gx.sum(one), two * gx.expand_dims(one, 1)], [a, b, labels])
    picked = b[np.arange(4), labels]
    np.testing.assert_allclose(results[0], picked.sum(), rtol=1e-13)
    np.testing.assert_allclose(results[1], softmax(a) * picked[:, None], rtol=1e-13)


# ---- what is one kernel -------------------------------------------------------------------


def test_nothing_between_two_steps_runs_elsewhere():
    """The product needs the softmax and is needed by the sum: one kernel can't do both."""
    rng = np.random.default_rng(1)
    a, w = rng.normal(size=(5, 6)), rng.normal(size=(6, 6))
    x, m = gx.input("x", ("N", 6), "float64"), gx.input("m", (6, 6), "float64")
    s = gx.softmax(x)
    t = s + s @ m
    results, source = run([x, m], [t / gx.sum(t, -1, keepdims=True)], [a, w])
    wanted = softmax(a) + softmax(a) @ w
    np.testing.assert_allclose(results[0], wanted / wanted.sum(-1, keepdims=True), rtol=1e-12)
    assert launches(source) == (2, 2)


def test_two_kernels_never_wait_for_one_another():
    """Rows of x need the sums of those of z, and these the sums of those of x."""
    rng = np.random.default_rng(1)
    a, b = rng.normal(size=(5, 6)), rng.normal(size=(5, 7))
    x, z = gx.input("x", ("N", 6), "float64"), gx.input("z", ("N", 7), "float64")

    def both(x, z, np):
        p, q = np.sum(x, -1, keepdims=True), np.sum(z, -1, keepdims=True)
        return x * p + np.exp(x) * q, z * q + np.exp(z) * p

    results, source = run([x, z], list(both(x, z, gx)), [a, b])
    for got, want in zip(results, both(a, b, np), strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-12)
    assert launches(source)[0] == 1


def test_equal_kernels_are_one():
    x = gx.input("x", ("N", 12), "float64")
    w = gx.input("w", (12, 12), "float64")
    y = x
    for _ in range(3):
        y = gx.softmax(y) @ w
    _, source = run([x, w], [y], [np.ones((2, 12)), np.ones((12, 12))])
    assert launches(source) == (3, 1)


def test_what_no_row_needs_again_stays_a_reduction():
    x = gx.input("x", ("N", 12), "float64")
    _, source = run([x], [gx.sum(gx.exp(x), -1)], [np.ones((2, 12))])
    assert launches(source) == (0, 0)
    assert "ReductionKernel" in source


def test_transposes_are_read_by_kernels_that_know_strides():
    a = np.random.default_rng(2).normal(size=(4, 5, 6))
    x = gx.input("x", ("N", 5, 6), "float64")
    results, source = run([x], [gx.softmax(gx.transpose(x, (0, 2, 1)))], [a])
    np.testing.assert_allclose(results[0], softmax(a.transpose(0, 2, 1)), rtol=1e-13)
    assert "ElementwiseKernel" in source


def test_arguments_need_not_lie_side_by_side():
    a = np.asfortranarray(np.random.default_rng(2).normal(size=(4, 5)))
    x = gx.input("x", ("N", 5), "float64")
    function = gx.function([x], [gx.softmax(x)], target="cupy")
    with stand_in.as_cupy():
        (result,) = function(stand_in.ndarray(a))
    np.testing.assert_allclose(result.get(), softmax(a), rtol=1e-13)


@pytest.mark.parametrize("copies", [1, 12, 500])  # a thread, a warp, a block for each row
def test_extremes_and_nan(copies):
    a = np.array([[np.inf, 1.0, 2.0], [-np.inf, 0.0, 1.0], [np.nan, 0.0, 1.0], [1e308, -1e308, 2]])
    a = np.tile(a, copies)
    x = gx.input("x", ("N", 3 * copies), "float64")
    low, high = gx.min(x, -1, keepdims=True), gx.max(x, -1, keepdims=True)
    whole = gx.all(x > 0, -1, keepdims=True)
    some = gx.any(x > 1.5, -1, keepdims=True)
    product = gx.prod(x, -1, keepdims=True)
    outputs = [gx.where(x == high, low, high), gx.where(gx.logical_or(whole, some), product, x)]
    results, source = run([x], outputs, [a])
    with np.errstate(all="ignore"):
        lowest, highest = a.min(-1, keepdims=True), a.max(-1, keepdims=True)
        chosen = (a > 0).all(-1, keepdims=True) | (a > 1.5).any(-1, keepdims=True)
        wanted = [
            np.where(a == highest, lowest, highest),
            np.where(chosen, a.prod(-1, keepdims=True), a),
        ]
    for got, want in zip(results, wanted, strict=True):
        np.testing.assert_array_equal(got, want)
    assert launches(source)[0] >= 1


def test_dropout_in_a_row_is_the_same_on_the_way_back():
    x, w = gx.input("x", ("N", 40), "float64"), gx.input("w", ("N", 40), "float64")
    y = gx.dropout(gx.softmax(x), 0.5)
    rng = np.random.default_rng(3)
    a, b = rng.normal(size=(6, 40)), rng.normal(size=(6, 40))
    function = gx.function([x, w], [y, *gx.grad(gx.sum(y * w), [x])], target="cupy")
    with stand_in.as_cupy():
        dropped, slope = function(a, b)
    s = softmax(a)
    mask = dropped / s
    assert set(np.round(mask.ravel(), 9)) == {0.0, 2.0}
    assert 0.3 < (mask == 0).mean() < 0.7
    ct = b * mask
    np.testing.assert_allclose(slope, s * (ct - (ct * s).sum(-1, keepdims=True)), atol=1e-15)
    assert launches(function.source)[0] >= 1


# ---- random graphs ------------------------------------------------------------------------

UNARY = [(gx.exp, np.exp), (gx.tanh, np.tanh), (gx.square, np.square), (gx.negative, np.negative)]
BINARY = [(gx.add, np.add), (gx.subtract, np.subtract), (gx.multiply, np.multiply)]
REDUCING = [(gx.sum, np.sum), (gx.max, np.max), (gx.min, np.min), (gx.mean, np.mean)]


def random_rows(rng, axis, shape):
    """The same steps over elements and over numbers of rows, for graphc and in NumPy."""
    reduced = tuple(1 if a == axis % len(shape) else n for a, n in enumerate(shape))
    shapes = [shape, shape, reduced, shape[-1:], (1, *shape[1:])]
    arrays = [0.5 * rng.normal(size=s) for s in shapes]
    xs = [gx.input(f"x{k}", s, "float64") for k, s in enumerate(shapes)]
    pool = list(zip(xs, arrays, strict=True))
    for _ in range(14):
        kind = rng.integers(4)
        x, a = pool[rng.integers(len(pool))]
        if kind == 0 and a.shape == shape:
            f, g = REDUCING[rng.integers(len(REDUCING))]
            made = f(x, axis, keepdims=True), g(a, axis, keepdims=True)
        elif kind == 1:
            f, g = UNARY[rng.integers(len(UNARY))]
            made = gx.tanh(f(x)), np.tanh(g(a))
        else:
            f, g = BINARY[rng.integers(len(BINARY))]
            y, b = pool[rng.integers(len(pool))]
            made = f(x, y), g(a, b)
        pool.append(made)
    chosen = [pool[k] for k in rng.choice(np.arange(len(xs), len(pool)), 4, replace=False)]
    return xs, arrays, [*chosen, pool[-1]]


@pytest.mark.parametrize("shape", [(5, 7), (6, 40), (3, 4, 9)])
@pytest.mark.parametrize("seed", range(6))
def test_random_graphs(seed, shape):
    rng = np.random.default_rng([seed, *shape])
    axis = 0 if seed % 3 == 2 else -1
    xs, arrays, pairs = random_rows(rng, axis, shape)
    results, _ = run(xs, [x for x, _ in pairs], arrays)
    for got, (_, want) in zip(results, pairs, strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-11, atol=1e-11)


def test_a_step_of_a_loop_is_one_launch_there_and_one_back():
    rng = np.random.default_rng(5)
    a, b = rng.normal(size=(3, 4, 20)), rng.normal(size=(3, 20))
    x, start = gx.input("x", ("N", "T", 20), "float64"), gx.input("h", ("N", 20), "float64")

    def step(h, xt):
        new = gx.softmax(xt) * h + gx.softmax(h)
        return new, new

    def states(x, h):
        found = []
        for t in range(4):
            h = softmax(x[:, t]) * h + softmax(h)
            found.append(h)
        return anp.stack(found)

    _, ys = gx.scan(step, start, gx.transpose(x, (1, 0, 2)))
    slopes = gx.grad(gx.sum(gx.square(ys)), [x, start])
    results, source = run([x, start], [ys, *slopes], [a, b])
    wanted = autograd.grad(lambda *given: anp.sum(states(*given) ** 2), (0, 1))(a, b)
    for got, want in zip(results, [states(a, b), *wanted], strict=True):
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-14)
    assert launches(source) == (2, 2)


# ---- what nvcc makes of them --------------------------------------------------------------


@pytest.fixture(scope="module")
def kernels():
    """The source of each formula's row kernels, there and back."""
    found = {}
    for size in (16, 100, 1024, 1025, "T"):
        for build, _ in FORMULAS.values():
            dtype = "float16" if size == 100 else "float32"
            shapes = ("N", size), (size,), (size,)
            xs = [gx.input(n, s, dtype) for n, s in zip("xgb", shapes, strict=True)]
            y = build(*xs)
            shim.SOURCES.clear()
            with stand_in.as_cupy():
                network = gx.function(xs, [y, *gx.grad(gx.sum(y * y), xs)], target="cupy").network
                network.load_module()
            found.update(dict.fromkeys(shim.SOURCES))
    return [text for text in found if "long long rows" in text or "long long columns" in text]


@pytest.mark.skipif(shutil.which("nvcc") is None, reason="there is no nvcc to compile kernels with")
@pytest.mark.parametrize("architecture", ["sm_80", "sm_90"])
def test_elements_stay_in_registers(architecture, kernels, tmp_path):
    assert len(kernels) > 20
    file = tmp_path / "rows.cu"
    file.write_text(joined(kernels))
    command = ["nvcc", "-std=c++17", f"-arch={architecture}", "-cubin", "-Xptxas", "-v", "-I"]
    command += [str(shim.HERE), str(file), "-o", str(tmp_path / "rows.cubin")]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    assert made.returncode == 0, made.stderr[:4000]
    assert "warning" not in made.stderr
    stacks = re.findall(r"(\d+) bytes stack frame", made.stderr)
    assert len(stacks) >= len(kernels)
    assert set(stacks) == {"0"}


# ---- a network ----------------------------------------------------------------------------


def test_a_training_step_with_every_norm_is_that_of_numpy():
    rng = np.random.default_rng(4)
    given = rng.normal(size=(9, 12)).astype("float32"), rng.integers(0, 5, 9)

    def compiled(target):
        x, y = gx.input("x", ("N", 12)), gx.input("y", ("N",), "int64")
        layers = [nn.Dense(16), nn.BatchNorm(), nn.Activation("relu"), nn.Dense(16)]
        layers += [nn.LayerNorm(), nn.Dense(16), nn.RMSNorm(), nn.Dense(5)]
        logits = nn.Sequential(layers)(x)
        loss = losses.softmax_cross_entropy(logits, y)
        return gx.compile(
            "norms", inputs=[x], targets=[y], loss=loss, optimizer=optim.SGD(0.1), target=target
        )

    here, there = compiled("numpy"), compiled("cupy")
    host, device = here.load(seed=1), stand_in.instance(there, 1)
    for _ in range(3):
        want = host.train_step(*given)
        with stand_in.as_cupy():
            got = float(device.train_step(*given))
        np.testing.assert_allclose(got, want, rtol=1e-5)
    state = host.state_dict()
    for name, value in device.state_dict().items():
        if not name.startswith("rng"):
            np.testing.assert_allclose(value, state[name], rtol=1e-3, atol=2e-5, err_msg=name)
    assert launches(there.source)[0] >= 7
