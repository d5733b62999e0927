"""Normalisation fitted on data: against its formulas, and in the exported file."""

import subprocess
import sys

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim
from graphc.errors import DataError, GraphError, ShapeError

RNG = np.random.default_rng(0)


def applied(layer, array, dtype="float64"):
    x = gx.input("x", ("N", *array.shape[1:]), array.dtype.name)
    y = layer(x)
    return gx.function([x], [y, layer.inverse(y)])(array)


def test_standard_gives_mean_zero_and_deviation_one():
    data = RNG.normal([5, -300, 0.01], [2, 50, 1e-4], size=(200, 3))
    y, back = applied(nn.Normalization.fit(data, dtype="float64"), data)
    np.testing.assert_allclose(y, (data - data.mean(0)) / data.std(0), rtol=1e-12)
    np.testing.assert_allclose(back, data, rtol=1e-12)


@pytest.mark.parametrize(("low", "high"), [(0, 1), (-1, 1), (2.5, 10)])
def test_range_gives_the_range(low, high):
    data = RNG.normal(3, 20, size=(50, 4))
    layer = nn.Normalization.fit(data, kind="range", range=(low, high), dtype="float64")
    y, back = applied(layer, data)
    np.testing.assert_allclose(y.min(0), low, atol=1e-12)
    np.testing.assert_allclose(y.max(0), high, atol=1e-12)
    np.testing.assert_allclose(back, data, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize(("kind", "want"), [("standard", 0.0), ("range", -1.0)])
@pytest.mark.parametrize("value", [0.1, 0.0, -1e9])
def test_constant_columns_become_one_number(kind, want, value):
    data = np.full((7, 2), value)
    data[:, 1] = np.arange(7)
    layer = nn.Normalization.fit(data, kind=kind, range=(-1, 1), dtype="float64")
    y, back = applied(layer, data)
    np.testing.assert_allclose(y[:, 0], want, atol=1e-6)
    np.testing.assert_allclose(back, data, atol=1e-6)


def test_images_have_statistics_by_channel_or_altogether_and_may_be_integers():
    images = RNG.integers(0, 256, size=(10, 4, 4, 3), dtype=np.uint8)
    y, _ = applied(nn.Normalization.fit(images), images)
    assert y.dtype == np.float32
    np.testing.assert_allclose(y.mean((0, 1, 2)), 0, atol=1e-5)
    y, _ = applied(nn.Normalization.fit(images, axis=None), images)
    np.testing.assert_allclose([y.mean(), y.std()], [0, 1], atol=1e-5)
    first, _ = applied(nn.Normalization.fit(images, axis=1), images)
    np.testing.assert_allclose(first.mean((0, 2, 3)), 0, atol=1e-5)


SCRIPT = """
import sys, numpy as np
sys.modules["graphc"] = None
import model
data = np.load("data.npz")
out = model.predict(data["x"])
np.save("out.npy", out["price"] if isinstance(out, dict) else out)
"""


@pytest.mark.parametrize("weights", ["inside", "safetensors"])
def test_the_exported_file_takes_raw_data_and_answers_in_the_units_of_the_targets(
    tmp_path, weights
):
    x_train = RNG.normal([1e3, -4, 0.2], [300, 0.1, 0.05], size=(256, 3)).astype(np.float32)
    y_train = (2e4 + x_train @ np.array([7.0, -900.0, 3e3], np.float32))[:, None]
    norm_x = nn.Normalization.fit(x_train, name="norm_x")
    norm_y = nn.Normalization.fit(y_train, kind="range", range=(-1, 1), name="norm_y")
    x, y = gx.input("x", ("N", 3)), gx.input("y", ("N", 1))
    out = nn.Sequential([norm_x, nn.Dense(8), nn.BatchNorm(), nn.Dense(1)])(x)
    net = gx.compile(
        "prices",
        inputs=[x],
        targets=[y],
        loss=losses.squared_error(out, norm_y(y)),
        outputs={"price": norm_y.inverse(out)},
        optimizer=optim.Adam(0.05),
    )
    m = net.load(seed=0)
    before = m.state_dict()
    gx.fit(m, (x_train, y_train), epochs=15, progress=False)
    state = m.state_dict()
    for name in ("norm_x.offset", "norm_x.scale", "norm_y.offset", "norm_y.scale"):
        np.testing.assert_array_equal(state[name], before[name])
    want = m.predict(x_train)["price"]
    assert np.abs(want - y_train).mean() < 0.2 * y_train.std()  # in the units of y
    gx.export(m, tmp_path / "model.py", weights=weights)
    np.savez(tmp_path / "data.npz", x=x_train)
    (tmp_path / "script.py").write_text(SCRIPT)
    subprocess.run(
        [
            sys.executable,
            "-I",
            "-c",
            "import sys; sys.path.insert(0, '.'); exec(open('script.py').read())",
        ],
        cwd=tmp_path,
        check=True,
    )
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), want)


def test_what_was_fitted_comes_back_with_the_saved_state(tmp_path):
    def build(data):
        x = gx.input("x", ("N", 2))
        out = nn.Normalization.fit(data)(x)
        return gx.compile("n", inputs=[x], outputs=out).load()

    data = RNG.normal(4, 3, size=(20, 2)).astype(np.float32)
    m, other = build(data), build(data * 2)
    other.load_state_dict(m.state_dict())
    np.testing.assert_array_equal(other.predict(data), m.predict(data))


def test_bad_data_and_arguments_are_named():
    fit = nn.Normalization.fit
    for make, kind, text in [
        (lambda: fit(np.zeros((0, 3))), DataError, "fit at .*not float64"),
        (lambda: fit(np.array([["a"]])), DataError, "takes an array of numbers"),
        (lambda: fit(np.array([[1.0, np.nan]])), DataError, "not finite in feature 1"),
        (lambda: fit(np.ones((3, 2)), kind="robust"), GraphError, "kind is .*'robust'"),
        (lambda: fit(np.ones((3, 2)), kind="range", range=(1, 1)), GraphError, "the range goes"),
        (lambda: fit(np.ones((3, 2)), axis=0), ShapeError, "axis 0 is that of the examples"),
        (lambda: nn.Normalization(np.ones(2), np.array([1, 0])), GraphError, "scale is not 0"),
        (lambda: nn.Normalization(np.ones(2), np.ones(3)), GraphError, "differ"),
    ]:
        with pytest.raises(kind, match=text) as error:
            make()
        assert "test_data_normalization.py" in str(error.value)
    with pytest.raises(ShapeError, match=r"was fitted on features \(2,\)"):
        fit(np.ones((3, 2)))(gx.input("x", ("N", 5)))
