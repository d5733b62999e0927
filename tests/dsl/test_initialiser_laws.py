"""Initialisers against the papers' formulas: laws, bounds, fans, orthogonality, streams; PyTorch's
calculations where it is installed."""

import math

import mpmath as mp
import numpy as np
import pytest

import graphc as gx
from graphc import init, nn
from graphc.errors import DifferentiationError, GraphError, ShapeError, TypeMismatchError


def drawn(*initialisers, shape=(4, 3), dtype="float64", seed=0):
    """What an emitted module starts from."""
    weights = [gx.parameter(f"W{i}", one(shape, dtype)) for i, one in enumerate(initialisers)]
    program = gx.Program("drawn", f=gx.function([], [gx.sum(w) for w in weights], name="f"))
    state = program.load(seed=seed).state_dict()
    return [state[f"W{i}"] for i in range(len(initialisers))]


def distance(values, distribution):
    """The Kolmogorov-Smirnov statistic times the root of the count: above 1.95 with probability
    0.001 (N. Smirnov, 1948)."""
    ordered = np.sort(values.ravel())
    exact = np.array([distribution(v) for v in ordered])
    steps = np.arange(len(ordered) + 1) / len(ordered)
    return np.sqrt(len(ordered)) * max((steps[1:] - exact).max(), (exact - steps[:-1]).max())


def phi(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


def uniform_law(bound):
    return lambda v: (v + bound) / (2 * bound)


def normal_law(std):
    return lambda v: phi(v / std)


def truncated_law(std):
    before = std / 0.87962566103423978
    return lambda v: (phi(v / before) - phi(-2)) / (phi(2) - phi(-2))


IN, OUT = 40, 60


@pytest.mark.parametrize(
    ("initialiser", "law", "std"),
    [
        (init.uniform(-0.1, 0.1), uniform_law(0.1), 0.1 / math.sqrt(3)),
        (init.normal(0.0, 0.3), normal_law(0.3), 0.3),
        (init.truncated_normal(0.0, 0.3), truncated_law(0.3), 0.3),
        (init.xavier_uniform, uniform_law(math.sqrt(6 / 100)), math.sqrt(2 / 100)),
        (init.xavier_normal, normal_law(math.sqrt(2 / 100)), math.sqrt(2 / 100)),
        (init.xavier(5 / 3), uniform_law(5 / 3 * math.sqrt(6 / 100)), 5 / 3 * math.sqrt(2 / 100)),
        (init.kaiming_uniform, uniform_law(math.sqrt(6 / 40)), math.sqrt(2 / 40)),
        (init.kaiming_normal, normal_law(math.sqrt(2 / 40)), math.sqrt(2 / 40)),
        (init.he(0.2, "out"), normal_law(math.sqrt(2 / 1.04 / 60)), math.sqrt(2 / 1.04 / 60)),
        (init.lecun_uniform, uniform_law(math.sqrt(3 / 40)), math.sqrt(1 / 40)),
        (init.lecun_normal, normal_law(math.sqrt(1 / 40)), math.sqrt(1 / 40)),
        (
            init.variance_scaling(2.0, "in", "truncated_normal"),
            truncated_law(math.sqrt(2 / 40)),
            math.sqrt(2 / 40),
        ),
    ],
)
def test_draws_follow_the_law_of_the_paper(initialiser, law, std):
    for dtype in ("float32", "float64"):
        (values,) = drawn(initialiser, shape=(IN, OUT), dtype=dtype)
        assert values.dtype == dtype
        assert distance(values, law) < 1.95
        assert np.std(values) == pytest.approx(std, rel=0.06)
        assert abs(np.mean(values)) < 4 * std / math.sqrt(values.size)


def test_truncated_draws_keep_to_their_bounds_and_standard_deviation():
    (values,) = drawn(init.truncated_normal(1.0, 0.5), shape=(400, 500))
    bound = 2 * 0.5 / 0.87962566103423978
    assert 0.99 * bound < np.abs(values - 1).max() <= bound
    assert np.std(values) == pytest.approx(0.5, rel=5e-3)
    assert np.mean(values) == pytest.approx(1.0, abs=5e-3)
    kurtosis = ((values - 1) ** 4).mean() / 0.5**4
    z = mp.quad(lambda x: x**4 * mp.npdf(x), [-2, 2]) / mp.quad(mp.npdf, [-2, 2])
    assert kurtosis == pytest.approx(float(z) / 0.87962566103423978**4, rel=0.02)


def test_truncated_quantiles_are_right_to_a_few_units_in_the_last_place():
    from graphc.ops.draws import TRUNCATED_GAUSS

    rng = np.random.default_rng(3)
    for dtype, error in (("float32", 4e-7), ("float64", 8e-16)):
        u = gx.input("u", ("N",), dtype)
        points = np.array([0.0, 0.5, 0.5 + 2**-20, 1 - 2**-24, *rng.random(300)], dtype)
        (found,) = gx.function([u], [TRUNCATED_GAUSS(u)])(points)
        with mp.workdps(40):
            edge = mp.erf(mp.sqrt(2))
            for point, value in zip(points, found, strict=True):
                want = mp.sqrt(2) * mp.erfinv(edge * (2 * mp.mpf(float(point)) - 1))
                assert abs(mp.mpf(float(value)) - want) <= error * abs(want)
        assert np.abs(found).max() <= 2


@pytest.mark.parametrize("shape", [(5, 5), (7, 3), (3, 7), (1, 4), (4, 1), (3, 3, 2, 5)])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_orthogonal_matrices_are_orthogonal(shape, dtype):
    (w,) = drawn(init.orthogonal(1.5), shape=shape, dtype=dtype)
    matrix = w.reshape(-1, shape[-1]) / 1.5
    if matrix.shape[0] < matrix.shape[1]:
        matrix = matrix.T
    tolerance = 2e-6 if dtype == "float32" else 1e-14
    np.testing.assert_allclose(matrix.T @ matrix, np.eye(matrix.shape[1]), atol=tolerance)


def test_orthogonal_kernels_with_out_and_in_first():
    (w,) = drawn(init.orthogonal(layout="oi"), shape=(4, 2, 3, 3))
    rows = w.reshape(4, -1)
    np.testing.assert_allclose(rows @ rows.T, np.eye(4), atol=1e-14)


def test_orthogonal_matrices_are_uniformly_distributed():
    # The first entry of a uniformly distributed rotation of the plane is the cosine of a uniform
    # angle; without the signs of R it would never be below 0.
    many = drawn(*[init.orthogonal()] * 300, shape=(2, 2))
    first = np.array([w[0, 0] for w in many])
    assert distance(first, lambda v: 1 - math.acos(v) / math.pi) < 1.95
    assert {round(np.linalg.det(w)) for w in many} == {-1, 1}


def test_an_identity_need_not_be_square():
    for shape in ((3, 3), (2, 4), (4, 2)):
        (w,) = drawn(init.identity(2.0), shape=shape, dtype="float32")
        np.testing.assert_array_equal(w, 2 * np.eye(*shape, dtype="f4"))


@pytest.mark.parametrize(
    ("shape", "layout", "expected"),
    [
        ((5, 7), "io", (5, 7)),
        ((3, 3, 16, 32), "io", (144, 288)),
        ((32, 16, 3, 3), "oi", (144, 288)),
        ((7, 5), "oi", (5, 7)),
        ((3, 4, 1, 8), "io", (12, 96)),
        ((1000, 64), "embedding", (64, 1000)),
        ((5, 2, 3, 4, 6), "io", (120, 180)),
    ],
)
def test_fans(shape, layout, expected):
    assert init.fans(shape, layout) == expected


def test_layers_pass_on_the_layout_of_their_weights():
    given = init.draw("he_normal", (300, 2, 10, 10), "float64", "W", layout="oi")
    (values,) = gx.evaluate([given])
    assert np.var(values) == pytest.approx(2 / 200, rel=0.05)
    own = init.draw(init.he(layout="oi"), (300, 200), "float64", "W", layout="oi")
    (values,) = gx.evaluate([own])
    assert np.var(values) == pytest.approx(2 / 200, rel=0.05)


@pytest.mark.parametrize(
    "name", ["orthogonal", "truncated_normal", "xavier_uniform", "lecun_uniform"]
)
def test_layers_know_initialisers_by_name(name):
    x = gx.input("x", ("N", 6))
    net = gx.compile("named", inputs=[x], outputs={"y": nn.Dense(4, init=name)(x)})
    first, again, other = (net.load(seed=s).state_dict()["dense_1.W"] for s in (0, 0, 1))
    np.testing.assert_array_equal(first, again)
    assert (first != other).all()


def test_two_draws_are_independent():
    for one in (init.truncated_normal(), init.orthogonal(), init.xavier_uniform, init.normal()):
        a, b = drawn(one, one, shape=(50, 50))
        assert abs(np.corrcoef(a.ravel(), b.ravel())[0, 1]) < 4 / 50


@pytest.mark.parametrize("shape", [(5, 7), (16, 8, 3, 3), (16, 1, 5)])
def test_fans_and_bounds_are_those_of_pytorch(shape):
    torch = pytest.importorskip("torch")
    assert init.fans(shape, "oi") == torch.nn.init._calculate_fan_in_and_fan_out(torch.empty(shape))
    for law in ("uniform", "normal"):
        ours = init.he(0.3, "out", law, "oi")
        std = math.sqrt(ours.scale / init.fans(shape, "oi")[1])
        gain = torch.nn.init.calculate_gain("leaky_relu", 0.3)
        assert std == pytest.approx(gain / math.sqrt(init.fans(shape, "oi")[1]), rel=1e-14)
    for name in ("linear", "sigmoid", "tanh", "relu", "selu"):
        assert init.gain(name) == pytest.approx(torch.nn.init.calculate_gain(name), rel=1e-14)
    assert init.gain("leaky_relu", 0.3) == pytest.approx(gain, rel=1e-14)


W = gx.input("w", (3, 3), "float64")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (lambda: init.orthogonal()((5,)), ShapeError, ["(in, out)", "(5,)"]),
        (lambda: init.orthogonal(0.0)((5, 5)), GraphError, ["gain", "above 0"]),
        (lambda: init.orthogonal()((5, 5), "float16"), TypeMismatchError, ["float16"]),
        (lambda: init.orthogonal(layout="HWIO")((5, 5)), GraphError, ["'HWIO'", "io, oi"]),
        (lambda: init.identity()((2, 3, 3)), ShapeError, ["matrix", "(2, 3, 3)"]),
        (lambda: init.truncated_normal(0.0, -1.0)((2,)), GraphError, ["deviation"]),
        (lambda: init.variance_scaling(law="cauchy")((2, 2)), GraphError, ["'truncated_normal'"]),
        (lambda: init.fans((3, 2, 1), "embedding"), ShapeError, ["(vocabulary, width)"]),
        (lambda: init.fans((3,), "oi"), ShapeError, ["(out, in, ...)"]),
        (lambda: init.gain("swish"), GraphError, ["'swish'", "leaky_relu"]),
        (
            lambda: gx.grad(gx.sum(gx.ops.draws.ORTHOGONAL(W)), [W]),
            DifferentiationError,
            ["orthogonal", "stop_gradient", "w: float64"],
        ),
    ],
)
def test_what_initialisers_refuse(call, error, words):
    with pytest.raises(error) as caught:
        call()
    for word in words:
        assert word in str(caught.value)
