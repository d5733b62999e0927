"""The table of docs/losses.md: errors of the emitted losses against mpmath, over the range of float32.

A value is compared in units in its last place (ulp) wherever it is well conditioned: where a relative
change of the arguments by 1 changes it by no more than a factor of 4.  Everywhere a result that
float32 can hold twice must be finite.  Derivatives are compared in units of eps * max(1, |derivative|).
"""

import re

import mpmath as mp
import numpy as np
import pytest

import graphc as gx
from graphc import losses as L

EPS = float(np.finfo("f4").eps)
LARGEST = float(np.finfo("f4").max)
SIZES = [0.0, 1e-42, 1e-38, 1e-20, 1e-8, 1e-4, 0.01, 0.3, 0.7, 1.0, 1.5, 3.0, 9.0, 17.0, 30.0, 60.0]
SIZES += [87.0, 89.0, 104.0, 300.0, 1e4]
REALS = np.unique(np.float32([*SIZES, *(-s for s in SIZES)]))
PROBABILITIES = np.float32(
    [1e-43, 1e-38, 1e-30, 1e-12, 1e-8, 1e-4, 0.1, 0.3, 0.5, 0.7, 0.9, 0.999, 1 - 2**-20, 1 - 2**-24]
)
RATES = np.float32([1e-42, 1e-20, 1e-4, 0.3, 0.7, 1.0, 1.5, 3.0, 9.0, 60.0, 300.0, 1e4, 1e20])
BITS = np.float32([0.0, 0.25, 0.5, 1.0])
COUNTS = np.float32([0, 1, 2, 7, 1000])


def log_sigmoid(z):
    return -mp.log1p(mp.exp(-z))


def bce(z, t):
    return -t * log_sigmoid(z) - (1 - t) * log_sigmoid(-z)


def weighted_bce(z, t):
    return -3 * t * log_sigmoid(z) - (1 - t) * log_sigmoid(-z)


def bce_of_probability(p, t):
    return -t * mp.log(p) - (1 - t) * mp.log1p(-p)


def huber(p, t):
    d = abs(p - t)
    return d * d / 2 if d <= 1 else d - mp.mpf(1) / 2


def gaussian(m, t, s):
    return (s + (m - t) ** 2 * mp.exp(-s)) / 2


def none(name, **options):
    return lambda *x: getattr(L, name)(*x, "none", **options)


# The loss: ours, in mpmath, and the points for each argument.
CASES = {
    "squared_error": (none("squared_error"), lambda p, t: (p - t) ** 2, (REALS, REALS)),
    "absolute_error": (none("absolute_error"), lambda p, t: abs(p - t), (REALS, REALS)),
    "huber": (none("huber"), huber, (REALS, REALS)),
    "log_cosh": (none("log_cosh"), lambda p, t: mp.log(mp.cosh(p - t)), (REALS, REALS)),
    "quantile": (
        none("quantile", q=0.25),
        lambda p, t: (t - p) / 4 if t > p else 3 * (p - t) / 4,
        (REALS, REALS),
    ),
    "hinge": (none("hinge"), lambda s, t: max(mp.mpf(0), 1 - t * s), (REALS, np.float32([-1, 1]))),
    "binary_cross_entropy_with_logits": (
        none("binary_cross_entropy_with_logits"),
        bce,
        (REALS, BITS),
    ),
    "the same, pos_weight=3": (
        none("binary_cross_entropy_with_logits", pos_weight=3.0),
        weighted_bce,
        (REALS, BITS),
    ),
    "binary_cross_entropy": (
        none("binary_cross_entropy"),
        bce_of_probability,
        (PROBABILITIES, BITS),
    ),
    "gaussian_nll, log_variance": (
        lambda m, t, s: L.gaussian_nll(m, t, "none", log_variance=s),
        gaussian,
        (REALS[::2], np.float32([0, 1]), REALS),
    ),
    "gaussian_nll, variance": (
        lambda m, t, v: L.gaussian_nll(m, t, "none", variance=v),
        lambda m, t, v: (mp.log(v) + (m - t) ** 2 / v) / 2,
        (REALS[::2], np.float32([0, 1]), RATES[RATES > 1e-6]),
    ),
    "poisson_nll": (none("poisson_nll"), lambda z, t: mp.exp(z) - t * z, (REALS, COUNTS)),
    "poisson_nll, log_input=False": (
        none("poisson_nll", log_input=False),
        lambda r, t: r - t * mp.log(r + mp.mpf("1e-8")),
        (RATES, COUNTS),
    ),
}


# Where a derivative is that of the formula, and not bounded by a convention.
FREE = {
    "binary_cross_entropy": lambda p, t: p > 2e-12 and 1 - p > 2e-12,
    "gaussian_nll, log_variance": lambda m, t, s: s > -175,
}


def measured(name):
    """The errors of value and derivative by the first argument, and the number of points."""
    ours, exact, grids = CASES[name]
    free = FREE.get(name, lambda *point: True)
    arrays = [a.ravel().copy() for a in np.meshgrid(*grids, indexing="ij")]
    xs = [gx.input(f"x{i}", a.shape) for i, a in enumerate(arrays)]
    each = ours(*xs)
    (slope,) = gx.grad(gx.sum(each), [xs[0]])
    with np.errstate(all="ignore"):
        values, slopes = gx.function(xs, [each, slope])(*arrays)
    worst, worst_slope = 0.0, 0.0
    with mp.workdps(150):
        for point, value, slope_found in zip(
            zip(*arrays, strict=True), values, slopes, strict=True
        ):
            at = [mp.mpf(float(v)) for v in point]
            want = exact(*at)
            if abs(want) > LARGEST / 2:
                continue
            assert np.isfinite(value), (name, point)
            shift = mp.mpf("1e-20")
            partials = [
                (exact(*at[:i], v * (1 + shift), *at[i + 1 :]) - want) / (v * shift) if v else 0
                for i, v in enumerate(at)
            ]
            condition = sum(abs(v * d) for v, d in zip(at, partials, strict=True))
            if condition <= 4 * abs(want):
                ulp = float(np.spacing(np.abs(np.float32(want))))
                worst = max(worst, float(abs(mp.mpf(float(value)) - want)) / ulp)
            if not at[0] or abs(partials[0]) > LARGEST / 4 or not free(*point):
                continue
            before = (want - exact(at[0] * (1 - shift), *at[1:])) / (at[0] * shift)
            if abs(before - partials[0]) > mp.mpf("1e-6") * max(1, abs(before)):
                continue  # a kink: its slope is by convention
            assert np.isfinite(slope_found), (name, point)
            error = abs(mp.mpf(float(slope_found)) - partials[0]) / max(1, abs(partials[0]))
            worst_slope = max(worst_slope, float(error) / EPS)
    return worst, worst_slope, len(values)


def stated(repository):
    """The rows of the table: loss -> (value, derivative, points)."""
    text = (repository / "docs" / "losses.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `?([^`|]+)`? \| ([\d.]+) \| ([\d.]+) \| (\d+) \|$", text, re.M)
    return {name.strip(): (float(v), float(d), int(n)) for name, v, d, n in rows}


@pytest.mark.parametrize("name", CASES)
def test_errors_are_no_larger_than_the_documentation_says(repository, name):
    value, slope, points = measured(name)
    said = stated(repository)
    assert name in said, f"| {name} | {value:.2f} | {slope:.2f} | {points} |"
    most_value, most_slope, count = said[name]
    assert value <= most_value and slope <= most_slope, (
        f"| {name} | {value:.2f} | {slope:.2f} | {points} |"
    )
    assert said[name][0] <= 5 and count == points


def test_the_table_has_a_row_for_each_case(repository):
    assert set(stated(repository)) == set(CASES)


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
def test_cross_entropy_is_right_to_a_few_eps_whatever_the_logits(smoothing):
    rng = np.random.default_rng(1)
    rows = rng.choice(REALS, (400, 5)).astype("f4")
    labels = rng.integers(0, 5, 400)
    z, y = gx.input("z", ("N", 5)), gx.input("y", ("N",), "int64")
    loss = L.softmax_cross_entropy(z, y, "none", label_smoothing=smoothing)
    (d_z,) = gx.grad(gx.sum(loss), [z])
    values, slopes = gx.function([z, y], [loss, d_z])(rows, labels)
    with mp.workdps(50):
        for row, label, value, slope in zip(rows, labels, values, slopes, strict=True):
            logits = [mp.mpf(float(v)) for v in row]
            total = mp.log(mp.fsum(mp.exp(v) for v in logits))
            costs = [total - v for v in logits]
            want = (1 - mp.mpf(smoothing)) * costs[label] + mp.mpf(smoothing) * mp.fsum(costs) / 5
            assert abs(mp.mpf(float(value)) - want) <= 4 * EPS * max(1, want)
            for c in range(5):
                hot = (1 - mp.mpf(smoothing)) * (c == label) + mp.mpf(smoothing) / 5
                assert abs(mp.mpf(float(slope[c])) - (mp.exp(-costs[c]) - hot)) <= 2 * EPS
