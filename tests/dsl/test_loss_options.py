"""Losses: sample weights, ignored labels, kinks, vectors of zeros, certain predictions, refusals."""

import numpy as np
import pytest
from sklearn import metrics

import graphc as gx
from graphc import losses as L
from graphc.errors import GraphError, ShapeError, TypeMismatchError

rng = np.random.default_rng(5)
N, C = 7, 4
Z, T = rng.normal(size=(N, C)) * 2, rng.normal(size=(N, C))
Y = rng.permutation(np.arange(N) % C)
W = rng.uniform(0.1, 2.0, N)


def double(name, *shape):
    return gx.input(name, shape, "float64")


def ints(name, *shape):
    return gx.input(name, shape, "int64")


def run(loss, given):
    (value,) = gx.function(list(given), [loss])(*given.values())
    return value


def slopes(loss, wrt, given):
    """The value and the derivatives of the sum of a loss."""
    results = [loss, *gx.grad(gx.sum(loss), wrt, unconnected="zeros")]
    return gx.function(list(given), results)(*given.values())


# ---- sample weights against scikit-learn ----------------------------------------------------


def one_hot_probabilities():
    powers = np.exp(Z - Z.max(1, keepdims=True))
    return powers / powers.sum(1, keepdims=True)


WEIGHTED = {
    "squared error": (L.squared_error, lambda w: metrics.mean_squared_error(T, Z, sample_weight=w)),
    "absolute error": (
        L.absolute_error,
        lambda w: metrics.mean_absolute_error(T, Z, sample_weight=w),
    ),
    "quantile": (
        lambda z, t, **o: L.quantile(z, t, q=0.2, **o),
        lambda w: metrics.mean_pinball_loss(T, Z, sample_weight=w, alpha=0.2),
    ),
}


@pytest.mark.parametrize("weights", [None, W, np.where(np.arange(N) % 2, 0.0, W)])
@pytest.mark.parametrize("name", WEIGHTED)
def test_weighted_means_are_those_of_scikit_learn(name, weights):
    ours, theirs = WEIGHTED[name]
    z, t = double("z", N, C), double("t", N, C)
    got = run(ours(z, t, weights=weights), {z: Z, t: T})
    assert got == pytest.approx(theirs(weights), rel=1e-13)


@pytest.mark.parametrize("weights", [None, W])
def test_classification_losses_are_those_of_scikit_learn(weights):
    z, y = double("z", N, C), ints("y", N)
    given, classes = {z: Z, y: Y}, list(range(C))
    want = metrics.log_loss(Y, one_hot_probabilities(), sample_weight=weights, labels=classes)
    assert run(L.softmax_cross_entropy(z, y, weights=weights), given) == pytest.approx(want)
    want = metrics.hinge_loss(Y, Z, sample_weight=weights, labels=classes)
    assert run(L.multiclass_hinge(z, y, weights=weights), given) == pytest.approx(want, rel=1e-13)
    s, t = double("s", N), double("t", N)
    given = {s: Z[:, 0], t: np.sign(T[:, 0])}
    want = metrics.hinge_loss(np.sign(T[:, 0]), Z[:, 0], sample_weight=weights)
    assert run(L.hinge(s, t, weights=weights), given) == pytest.approx(want, rel=1e-13)


def test_weights_are_inputs_too_and_have_derivatives():
    z, t, w = double("z", "N", C), double("t", "N", C), double("w", "N")
    loss = L.squared_error(z, t, weights=w)
    _, d_z, d_w = slopes(loss, [z, w], {z: Z, t: T, w: W})
    each = ((Z - T) ** 2).mean(1)
    np.testing.assert_allclose(d_z, W[:, None] * 2 * (Z - T) / C / W.sum(), rtol=1e-12)
    mean = (W * each).sum() / W.sum()
    np.testing.assert_allclose(d_w, (each - mean) / W.sum(), rtol=1e-12)


def test_weights_may_be_given_for_each_element_and_change_no_type():
    z, t = gx.input("z", (N, C)), gx.input("t", (N, C))
    weights = np.abs(T)
    loss = L.squared_error(z, t, weights=weights)
    assert loss.dtype == "float32"
    got = run(loss, {z: Z.astype("f4"), t: T.astype("f4")})
    assert got == pytest.approx((weights * (Z - T) ** 2).sum() / weights.sum(), rel=1e-6)
    half = L.squared_error(z, t, "half_sum", np.ones(N))
    assert run(half, {z: Z.astype("f4"), t: T.astype("f4")}) == pytest.approx(
        ((Z - T) ** 2).sum() / 2, rel=1e-6
    )


# ---- the mean over nothing ------------------------------------------------------------------


@pytest.mark.parametrize("smoothing", [0.0, 0.1])
@pytest.mark.parametrize("reduction", ["mean", "sum"])
def test_a_batch_of_ignored_labels_costs_nothing_and_moves_nothing(reduction, smoothing):
    z, y = double("z", "N", C), ints("y", "N")
    loss = L.softmax_cross_entropy(z, y, reduction, ignore_index=-1, label_smoothing=smoothing)
    value, d_z = slopes(loss, [z], {z: Z, y: np.full(N, -1)})
    assert value == 0
    np.testing.assert_array_equal(d_z, np.zeros((N, C)))


def test_weights_of_zero_cost_nothing_and_move_nothing():
    z, t, w = double("z", "N", C), double("t", "N", C), double("w", "N")
    for loss in (L.huber(z, t, weights=w), L.cosine_distance(z, t, weights=w)):
        value, d_z = slopes(loss, [z], {z: Z, t: T, w: np.zeros(N)})
        assert value == 0
        np.testing.assert_array_equal(d_z, np.zeros((N, C)))


def test_ignored_rows_are_left_out_whatever_the_other_options_are():
    z, y = double("z", N, C), ints("y", N)
    z_kept, y_kept = double("z", 3, C), ints("y", 3)
    kept = np.array([1, 2, 5])
    labels = np.full(N, 255)
    labels[kept] = Y[kept]
    for options in ({}, {"label_smoothing": 0.3}, {"class_weights": [1.0, 2.0, 3.0, 4.0]}):
        loss = L.softmax_cross_entropy(z, y, weights=W, ignore_index=255, **options)
        fewer = L.softmax_cross_entropy(z_kept, y_kept, weights=W[kept], **options)
        value, d_z = slopes(loss, [z], {z: Z, y: labels})
        want, d_kept = slopes(fewer, [z_kept], {z_kept: Z[kept], y_kept: Y[kept]})
        assert value == pytest.approx(want, rel=1e-13)
        np.testing.assert_allclose(d_z[kept], d_kept, rtol=1e-12, atol=1e-16)
        assert not np.delete(d_z, kept, 0).any()


@pytest.mark.parametrize("style", ["plain", "planned"])
def test_a_label_that_is_neither_a_class_nor_ignored_is_refused(style):
    z, y = double("z", "N", C), ints("y", "N")
    loss = L.softmax_cross_entropy(z, y, ignore_index=-100)
    f = gx.function([z, y], [loss], style=style)
    labels = np.where(np.arange(N) == 3, -100, Y)
    assert np.isfinite(f(Z, labels)[0])
    for wrong in (C, -1):
        with pytest.raises(ValueError, match=rf"y: values must lie in 0 .. 3, got {wrong}"):
            f(Z, np.where(np.arange(N) == 2, wrong, labels))


def test_sequences_with_any_number_of_classes_take_weights_of_examples():
    z, y, w = gx.input("z", ("N", "T", "C"), "float64"), ints("y", "N", "T"), double("w", "N")
    scores, labels = rng.normal(size=(3, 5, C)), rng.integers(0, C, (3, 5))
    labels[1, 2:] = -1
    weights = np.array([0.5, 2.0, 1.0])
    logs = scores - np.log(np.exp(scores).sum(-1, keepdims=True))
    each = -0.9 * np.take_along_axis(logs, labels[..., None] % C, -1)[..., 0] - 0.1 * logs.mean(-1)
    share = weights[:, None] * (labels >= 0)
    loss = L.softmax_cross_entropy(z, y, weights=w, label_smoothing=0.1, ignore_index=-1)
    value, d_z = slopes(loss, [z], {z: scores, y: labels, w: weights})
    assert value == pytest.approx((share * each).sum() / share.sum(), rel=1e-12)
    hot = 0.9 * (np.arange(C) == labels[..., None]) + 0.1 / C
    want = (np.exp(logs) - hot) * share[..., None] / share.sum()
    np.testing.assert_allclose(d_z, want, atol=1e-15)


def test_a_divergence_of_mixed_types_sees_softmaxes():
    p, q = gx.input("p", ("N", 2)), double("q", "N", 2)
    far = np.array([[300.0, -300.0]])
    loss = L.kl_divergence(gx.softmax(p), gx.softmax(q), "none")
    assert loss.dtype == "float64"
    (found,) = gx.function([p, q], [loss])(far.astype("f4"), -far)
    assert found == 600


# ---- kinks, zeros, certainty ----------------------------------------------------------------


def test_derivatives_at_kinks():
    p, t = double("p", "N"), double("t", "N")

    def at(loss, prediction, target):
        return float(
            slopes(loss(p, t, "sum"), [p], {p: np.array([prediction]), t: np.array([target])})[1][0]
        )

    assert at(L.absolute_error, 2.0, 2.0) == 0
    assert at(L.quantile, 2.0, 2.0) == 0
    assert at(L.hinge, 1.0, 1.0) == 0 and at(L.hinge, -1.0, -1.0) == 0
    assert at(L.huber, 3.0, 2.0) == 1 and at(L.huber, 1.0, 2.0) == -1
    assert at(L.huber, 2.0, 2.0) == 0


def test_the_kink_of_the_multiclass_hinge_and_its_ties():
    z, y = double("z", "N", 3), ints("y", "N")
    scores = np.array([[1.0, 0.0, -5.0], [2.0, 2.0, 0.5]])
    value, d_z = slopes(L.multiclass_hinge(z, y, "none"), [z], {z: scores, y: np.array([0, 2])})
    np.testing.assert_array_equal(value, [0.0, 2.5])
    np.testing.assert_array_equal(d_z, [[0, 0, 0], [0.5, 0.5, -1]])


def test_vectors_of_zeros_have_similarity_and_derivative_zero():
    a, b = double("a", "N", 3), double("b", "N", 3)
    zeros, ones = np.zeros((2, 3)), np.ones((2, 3))
    for first, second in ((zeros, ones), (ones, zeros), (zeros, zeros)):
        value, d_a, d_b = slopes(L.cosine_distance(a, b, "none"), [a, b], {a: first, b: second})
        np.testing.assert_array_equal(value, [1.0, 1.0])
        for slope, vectors in ((d_a, first), (d_b, second)):
            assert np.isfinite(slope).all()
            assert vectors.any() or not slope.any()


def test_a_distance_of_zero_has_no_slope():
    a, p, n = (double(name, "N", 3) for name in "apn")
    loss = L.triplet_margin(a, p, n, "none", eps=0.0)
    same = np.ones((1, 3))
    value, *d = slopes(loss, [a, p, n], {a: same, p: same, n: same})
    assert value == 1.0 and not np.any(d)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64"])
def test_certain_and_wrong_probabilities_have_finite_costs_and_slopes(dtype):
    p, y = gx.input("p", (2, 2), dtype), ints("y", 2)
    wrong = np.array([[0, 1], [1, 0]], dtype)
    given = {p: wrong, y: np.array([0, 1])}
    value, d_p = slopes(L.cross_entropy(p, y, "none"), [p], given)
    np.testing.assert_array_equal(value, [100, 100])
    assert np.isfinite(d_p).all() and (d_p <= 0).all()
    q = gx.input("q", (2, 2), dtype)
    given = {p: wrong, q: wrong[::-1].copy()}
    for loss in (L.kl_divergence(p, q, "none"), L.binary_cross_entropy(p, q, "none")):
        assert all(np.isfinite(v).all() for v in slopes(loss, [p, q], given))


def test_the_divergence_of_a_distribution_from_itself_is_zero():
    p = double("p", "N", 3)
    rows = np.array([[0.0, 1.0, 0.0], [0.25, 0.25, 0.5]])
    assert not run(L.kl_divergence(p, p, "none"), {p: rows}).any()


def test_a_huge_logarithm_of_a_variance_keeps_a_perfect_mean_finite():
    m, t, s = (gx.input(name, ("N",)) for name in "mts")
    loss = L.gaussian_nll(m, t, "none", log_variance=s)
    one = np.ones(1, "f4")
    for log_variance in (-1e4, -200.0, 200.0, 1e4):
        value, *d = slopes(loss, [m, s], {m: one, t: one, s: np.float32([log_variance])})
        assert value == log_variance / 2
        np.testing.assert_allclose(d, [[0.0], [0.5]])


def test_cross_entropy_sees_a_softmax():
    z, y = double("z", "N", C), ints("y", "N")
    assert L.cross_entropy(gx.softmax(z), y, "none") is L.softmax_cross_entropy(z, y, "none")
    across = L.cross_entropy(gx.softmax(z, axis=0), y, "none")
    powers = np.exp(Z) / np.exp(Z).sum(0)
    np.testing.assert_allclose(run(across, {z: Z, y: Y}), -np.log(powers)[np.arange(N), Y])


@pytest.mark.parametrize(
    "options",
    [
        {"weights": W},
        {"class_weights": [1.0, 2.0, 3.0, 4.0]},
        {"ignore_index": -100},
        {"label_smoothing": 0.1},
        {"label_smoothing": 0.1, "ignore_index": -100},
    ],
)
def test_the_emitted_backward_is_softmax_minus_one_hot_whatever_the_options(options):
    z, y = double("z", N, C), ints("y", N)
    (d_z,) = gx.grad(L.softmax_cross_entropy(z * 1.0, y, **options), [z])
    source = gx.function([z, y], [d_z]).source
    body = source[source.index("def _function_body") :]
    body = body[: body.index("return")]
    assert "_add_elements(" in body and "matches" not in body
    rows_of_classes = [line for line in body.splitlines() if "sum(axis=1" in line]
    assert len(rows_of_classes) == 1  # that of the softmax


# ---- refusals -------------------------------------------------------------------------------

z4, y1, w1 = gx.input("z", ("N", C)), ints("y", "N"), gx.input("w", ("N",))
p4, column, flags = gx.input("p", ("N", C)), gx.input("c", ("N", 1)), gx.input("f", ("N",), "bool")
score = gx.input("s", ("N",))
small = gx.input("u", ("N",), "uint8")


@pytest.mark.parametrize(
    ("call", "error", "words"),
    [
        (
            lambda: L.squared_error(z4, p4, weights=column),
            ShapeError,
            ["(N, 1)", "squeeze(weights"],
        ),
        (lambda: L.huber(z4, p4, weights=np.ones(C)), ShapeError, ["(N, 4)", "(4,)"]),
        (lambda: L.squared_error(z4, p4, weights=W), ShapeError, ["(7,)", "gx.input"]),
        (lambda: L.huber(z4, p4, weights="all"), TypeMismatchError, ["weights", "numbers"]),
        (lambda: L.softmax_cross_entropy(z4, y1, weights=p4), ShapeError, ["(N,)", "(N, 4)"]),
        (lambda: L.squared_error(z4, p4, weights=-1.0), GraphError, ["not negative"]),
        (lambda: L.huber(z4, p4, delta=0), GraphError, ["delta", "above 0"]),
        (lambda: L.huber(z4, p4, delta="1"), GraphError, ["delta", "'1'"]),
        (lambda: L.huber(z4, p4, delta=np.inf), GraphError, ["finite"]),
        (lambda: L.quantile(z4, p4, q=1.0), GraphError, ["q is in [0, 1)", "1.0"]),
        (lambda: L.quantile(z4, p4, q=0), GraphError, ["between 0 and 1"]),
        (
            lambda: L.softmax_cross_entropy(z4, y1, label_smoothing=1.0),
            GraphError,
            ["label_smoothing", "[0, 1)"],
        ),
        (
            lambda: L.softmax_cross_entropy(z4, y1, label_smoothing=-0.1),
            GraphError,
            ["label_smoothing", "-0.1"],
        ),
        (
            lambda: L.softmax_cross_entropy(z4, y1, class_weights=[1.0, 2.0]),
            ShapeError,
            ["4 classes", "(4,)", "(2,)"],
        ),
        (
            lambda: L.softmax_cross_entropy(z4, y1, class_weights=[1.0, 2.0, -1.0, 1.0]),
            GraphError,
            ["not negative"],
        ),
        (
            lambda: L.softmax_cross_entropy(z4, p4, ignore_index=0),
            TypeMismatchError,
            ["class numbers", "weights of 0"],
        ),
        (lambda: L.softmax_cross_entropy(z4, y1, ignore_index=0.5), GraphError, ["whole number"]),
        (
            lambda: L.softmax_cross_entropy(z4, small, ignore_index=-100),
            GraphError,
            ["uint8", "-100"],
        ),
        (lambda: L.cross_entropy(z4, flags), TypeMismatchError, ["bool"]),
        (lambda: L.cross_entropy(column, y1), ShapeError, ["binary_cross_entropy"]),
        (
            lambda: L.binary_cross_entropy_with_logits(z4, p4, pos_weight=[1.0, 2.0]),
            ShapeError,
            ["pos_weight", "(4,)", "(2,)"],
        ),
        (
            lambda: L.binary_cross_entropy_with_logits(z4, p4, pos_weight=0.0),
            GraphError,
            ["above 0"],
        ),
        (lambda: L.hinge(score, flags), TypeMismatchError, ["-1 and 1", "gx.where"]),
        (lambda: L.hinge(score, 0), GraphError, ["2 * targets - 1"]),
        (lambda: L.hinge(score, column), ShapeError, ["squeeze(target"]),
        (lambda: L.multiclass_hinge(z4, p4), TypeMismatchError, ["class numbers", "float32"]),
        (lambda: L.multiclass_hinge(column, y1), ShapeError, ["use hinge"]),
        (lambda: L.gaussian_nll(z4, p4), GraphError, ["variance=", "log_variance="]),
        (
            lambda: L.gaussian_nll(z4, p4, variance=p4, log_variance=p4),
            GraphError,
            ["either", "log_variance="],
        ),
        (lambda: L.gaussian_nll(z4, p4, variance=column), ShapeError, ["variance", "(N, 1)"]),
        (lambda: L.gaussian_nll(z4, p4, variance=p4, eps=0), GraphError, ["eps"]),
        (lambda: L.kl_divergence(z4, column), ShapeError, ["(N, 4)", "same classes"]),
        (lambda: L.kl_divergence(y1, z4), TypeMismatchError, ["p must be floating"]),
        (lambda: L.kl_normal(z4, column), ShapeError, ["log_variance"]),
        (lambda: L.cosine_distance(z4, column), ShapeError, ["vectors along the last axis"]),
        (lambda: L.cosine_embedding(z4, p4, column), ShapeError, ["each vector", "(N,)"]),
        (lambda: L.cosine_embedding(z4, p4, 1, margin=2.0), GraphError, ["margin"]),
        (lambda: L.triplet_margin(z4, p4, column), ShapeError, ["the negative", "(N, 1)"]),
        (lambda: L.triplet_margin(z4, p4, p4, margin=0), GraphError, ["margin", "above 0"]),
        (lambda: L.log_cosh(z4, p4, "average"), GraphError, ["'average'", "mean, sum, none"]),
        (lambda: L.poisson_nll(y1, y1), TypeMismatchError, ["the rate", "int64"]),
    ],
)
def test_what_losses_refuse(call, error, words):
    with pytest.raises(error) as caught:
        call()
    for word in [*words, "test_loss_options.py:"]:
        assert word in str(caught.value)
