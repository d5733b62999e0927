"""Maps of what a network looks at, against their formulas written with NumPy and finite differences."""

import numpy as np
import pytest

import graphc as gx
from graphc import models, nn
from graphc.models import visual


@pytest.fixture(scope="module")
def tower():
    """A small network that ends in a mean and a dense layer, and its weights, in float64."""
    x = gx.input("x", ("N", 9, 9, 2), dtype="float64")
    labels = gx.input("labels", ("N",), dtype="int64")
    first = nn.Conv2D(4, 3, activation="tanh")
    dense = nn.Dense(3)
    maps = nn.Conv2D(5, 3, strides=2, activation="softplus")(first(x))
    logits = dense(nn.GlobalAvgPool()(maps))
    net = gx.compile(
        "tower",
        inputs=[x, labels],
        outputs={
            "logits": logits,
            "maps": maps,
            "cam": visual.class_activation_maps(maps, dense.W),
            "grad_cam": visual.grad_cam(maps, logits, labels),
            "saliency": visual.saliency(x, logits, labels),
        },
    )
    m = net.load(seed=0)
    rng = np.random.default_rng(0)
    images, classes = rng.normal(size=(4, 9, 9, 2)), np.array([0, 2, 1, 2])
    return m, images, classes, m.predict(images, classes)


def test_class_activation_maps_are_the_sum_of_weighted_features(tower):
    m, _, _, answers = tower
    w = m.state_dict()["dense_1.W"]
    expected = np.zeros((*answers["maps"].shape[:3], 3))
    for c in range(3):
        for k in range(5):
            expected[..., c] += w[k, c] * answers["maps"][..., k]
    np.testing.assert_allclose(answers["cam"], expected, rtol=1e-12)
    bias = m.state_dict()["dense_1.b"]
    np.testing.assert_allclose(answers["cam"].mean((1, 2)) + bias, answers["logits"], rtol=1e-12)


def test_grad_cam_after_a_mean_is_the_positive_part_of_the_class_activation_map(tower):
    """Selvaraju et al., 2017, section 3.1: there alpha_k is w_kc / Z."""
    _, _, classes, answers = tower
    expected = np.maximum(answers["cam"][np.arange(4), :, :, classes], 0) / 9
    np.testing.assert_allclose(answers["grad_cam"], expected, rtol=1e-10, atol=1e-14)


def test_saliency_is_the_largest_slope_over_the_channels(tower):
    m, images, classes, answers = tower
    step = 1e-6
    for row, column in ((0, 0), (4, 4), (8, 3)):
        slopes = []
        for channel in range(2):
            values = []
            for sign in (1, -1):
                moved = images.copy()
                moved[:, row, column, channel] += sign * step
                values.append(m.predict(moved, classes)["logits"][np.arange(4), classes])
            slopes.append((values[0] - values[1]) / (2 * step))
        expected = np.abs(slopes).max(axis=0)
        np.testing.assert_allclose(answers["saliency"][:, row, column], expected, rtol=1e-6)


def test_an_image_rises_to_where_a_unit_responds_most():
    target = np.random.default_rng(1).normal(size=(1, 6, 6, 1)).astype(np.float32)
    found = visual.rise(lambda x: target - x, (1, 6, 6, 1), steps=400, rate=0.02, decay=0.0)
    np.testing.assert_allclose(found, target, atol=0.1)
    again = visual.rise(lambda x: target - x, (1, 6, 6, 1), steps=400, rate=0.02, decay=0.0)
    np.testing.assert_array_equal(found, again)
    with pytest.raises(gx.DataError, match="the slope of"):
        visual.rise(lambda x: x[0], (1, 6, 6, 1))


def test_a_class_score_rises_along_its_own_gradient():
    x = gx.input("x", ("N", 12, 12, 1))
    logits = models.CifarResNet(8, width=4)(x)
    (slope,) = gx.grad(gx.sum(logits[:, 3]), [x])
    m = gx.compile("look", inputs=[x], outputs={"logits": logits, "slope": slope}).load(seed=0)
    start = visual.rise(lambda x: m.predict(x)["slope"], (2, 12, 12, 1), steps=0)
    end = visual.rise(lambda x: m.predict(x)["slope"], (2, 12, 12, 1), steps=20)
    assert (m.predict(end)["logits"][:, 3] > m.predict(start)["logits"][:, 3] + 0.1).all()


def test_filters_stand_side_by_side_each_from_black_to_white():
    weights = np.random.default_rng(0).normal(size=(3, 2, 3, 5))
    picture = visual.filter_grid(weights, columns=4)
    assert picture.shape == (2 * 3 + 1, 4 * 2 + 3, 3)
    for k, (top, left) in enumerate([(0, 0), (0, 3), (0, 6), (0, 9), (4, 0)]):
        one = weights[..., k]
        expected = (one - one.min()) / (one.max() - one.min())
        np.testing.assert_allclose(picture[top : top + 3, left : left + 2], expected, atol=1e-6)
    assert (picture[3] == 1).all()
    assert visual.filter_grid(weights[:, :, :1]).shape == (3, 8 * 3 - 1)
    assert not visual.filter_grid(np.ones((2, 2, 1, 1)), columns=1).any()  # nothing to stretch


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (
            lambda: visual.class_activation_maps(
                gx.input("f", ("N", 2, 2, 4)), gx.input("w", (5, 3))
            ),
            gx.ShapeError,
            "class_activation_maps at .*: features",
        ),
        (lambda: visual.filter_grid(np.zeros((3, 3, 2, 4))), gx.DataError, "filter_grid: weights"),
    ],
)
def test_what_can_not_be_drawn_is_refused(call, error, text):
    with pytest.raises(error, match=text):
        call()
