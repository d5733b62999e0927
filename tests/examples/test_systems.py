"""The example systems: each reaches on data it has not seen what its docstring and docs/examples.md
say, against baselines and solutions computed here by other means, and draws its figures."""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest

import graphc as gx

ROOT = Path(__file__).resolve().parents[2]


def example(name: str):
    spec = importlib.util.spec_from_file_location(
        f"system_{name}", ROOT / "examples" / f"{name}.py"
    )
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def figures(text: str) -> dict[str, float]:
    """The number at the end of each line by what stands before it; a share for a percentage."""
    found = re.findall(r"^\s*(.+?):? +(\d[\d.]*)(%| MW)?$", text, re.M)
    return {name: float(number) / (100 if unit == "%" else 1) for name, number, unit in found}


def is_drawn(path: Path) -> bool:
    """Whether a file is a PNG on which something is to be seen."""
    from matplotlib.image import imread

    pixels = imread(path)
    return (
        min(pixels.shape[:2]) >= 400
        and len(np.unique(pixels.reshape(-1, pixels.shape[2]), axis=0)) > 20
    )


@pytest.fixture(autouse=True)
def packages():
    pytest.importorskip("sklearn")
    pytest.importorskip("matplotlib")


def test_logistic_regression_is_right_on_96_percent_and_finds_the_one_minimum(tmp_path, capsys):
    from sklearn.linear_model import LogisticRegression

    module = example("logistic_regression")
    module.main(str(tmp_path))
    assert figures(capsys.readouterr().out)["test accuracy on 171 tumours"] >= 0.96
    assert is_drawn(tmp_path / "weights.png")

    (x, _, t, _), _ = module.load_data()
    m = module.build().load()
    for _ in range(2000):
        m.train_step(x, t)
    best = LogisticRegression(C=1 / (0.01 * len(x)), tol=1e-10, max_iter=10_000).fit(x, t)
    np.testing.assert_allclose(m.params.linear_W[:, 0], best.coef_[0], atol=2e-3)
    np.testing.assert_allclose(m.params.linear_b, best.intercept_, atol=2e-3)


def test_the_perceptron_is_right_on_96_percent(tmp_path, capsys):
    example("perceptron").main(str(tmp_path))
    assert figures(capsys.readouterr().out)["test accuracy on 171 tumours, by the mean"] >= 0.96
    assert is_drawn(tmp_path / "learning.png")


def test_the_perceptron_learns_by_rosenblatts_rule():
    module = example("perceptron")
    x, _, t, _ = module.load_data()
    m = module.build().load()
    w, b, w_sum, b_sum = np.zeros(30), 0.0, np.zeros(30), 0.0
    mistakes = 0
    for image, label in zip(x[:200], t[:200], strict=True):
        answer = 1 if image @ w + b > 0 else 0
        if answer != label:
            mistakes += 1
            w, b = (w + image, b + 1) if label else (w - image, b - 1)
        w_sum, b_sum = w_sum + w, b_sum + b
        mistakes -= int(m.learn(image[None], np.array([label]))["mistakes"])
    assert mistakes == 0
    np.testing.assert_allclose(m.params.w, w, rtol=1e-4, atol=1e-4)
    np.testing.assert_allclose(m.state.w_sum, w_sum, rtol=1e-4, atol=1e-2)
    assert (m.params.b, m.state.b_sum) == (b, b_sum)


def test_two_moons_are_told_apart_where_a_straight_line_fails(tmp_path, capsys):
    example("two_moons").main(str(tmp_path))
    found = figures(capsys.readouterr().out)
    assert found["a straight line"] <= 0.89
    assert found["test accuracy on 500 points"] >= 0.94
    assert is_drawn(tmp_path / "boundary.png")


def test_the_power_plant_is_predicted_to_4_megawatts(data_dir, tmp_path, capsys):
    example("power_plant").main(str(data_dir), str(tmp_path))
    found = figures(capsys.readouterr().out)
    assert found["root mean square error"] <= 4.0
    assert found["root mean square error of a linear fit"] == pytest.approx(4.66, abs=0.01)
    assert is_drawn(tmp_path / "errors.png")


def test_variances_of_the_power_plant_are_calibrated(data_dir, tmp_path, capsys):
    example("gaussian_regression").main(str(data_dir), str(tmp_path))
    found = figures(capsys.readouterr().out)
    assert found["calibration error on 1,914 examples"] <= 0.03
    assert found["calibration error of one variance for all"] >= 0.03
    assert found["root mean square error"] <= 4.3
    assert is_drawn(tmp_path / "calibration.png")


def test_without_the_table_variances_are_those_of_the_patients(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("GRAPHC_DATA", raising=False)
    example("gaussian_regression").main(str(tmp_path / "none"), str(tmp_path))
    assert figures(capsys.readouterr().out)["calibration error on 89 examples"] <= 0.1
    assert is_drawn(tmp_path / "calibration.png")


def test_coverage_counts_targets_inside_the_central_interval():
    module = example("gaussian_regression")
    z = np.random.default_rng(0).standard_normal(100_000)
    scales = np.linspace(1, 9, len(z))
    np.testing.assert_allclose(
        module.coverage(3 + scales * z, 3.0, scales), module.LEVELS, atol=0.005
    )
    half = module.coverage(z, 0.0, np.full_like(z, 2.0))[9]  # of the level 50 %
    assert half == pytest.approx(0.8227, abs=0.005)  # 2 Phi(2 * 0.67449) - 1


def test_forty_layers_learn_with_shortcuts_and_not_without(tmp_path, capsys):
    module = example("deep_residual")
    module.main(str(tmp_path), epochs=12)
    found = figures(capsys.readouterr().out)
    before_2010, glorot, residual = (found[kind] for kind in module.KINDS)
    assert before_2010 <= 0.2
    assert residual >= 0.9
    assert residual >= glorot + 0.02
    assert is_drawn(tmp_path / "gradients.png")


def test_gradients_die_out_by_a_third_a_layer_or_pass_the_shortcuts():
    module = example("deep_residual")
    x, _, y, _ = module.load_data()
    old, glorot, residual = (module.gradient_variances(k, x[:256], y[:256]) for k in module.KINDS)
    # A slope of tanh near 1 leaves the factor fan_out Var(W) = 1/3 (Glorot and Bengio, eq. 6).
    assert (old[0] / old[-1]) ** (1 / 39) == pytest.approx(1 / 3, rel=0.1)
    assert 1e-4 < glorot[0] / glorot[-1] < 1
    assert 1 < residual[0] / residual[-1] < 1e5


def test_noise_is_removed_better_than_by_the_best_linear_filter(tmp_path, capsys, monkeypatch):
    module = example("denoising_autoencoder")
    monkeypatch.setattr(module, "EPOCHS", 60)
    module.main(str(tmp_path))
    found = figures(capsys.readouterr().out)
    assert found["the network"] <= 0.028
    assert found["the best linear filter"] == pytest.approx(0.0305, abs=2e-4)
    assert found["the noisy image itself"] >= 0.08
    assert found["the mean of all images"] >= 0.07
    assert is_drawn(tmp_path / "images.png")


def test_the_autoencoder_sees_new_noise_in_each_step():
    module = example("denoising_autoencoder")
    m = module.build().load(seed=0)
    image = module.load_data()[0][:8]
    assert len({float(m.loss(image)) for _ in range(4)}) == 4
    first, second = m.predict(image)["restored"], m.predict(image)["restored"]
    np.testing.assert_array_equal(first, second)


def test_batch_norm_and_dropout_learn_mnist_to_96_percent(data_dir):
    module = example("mnist_batch_norm")
    train, (x_test, y_test) = module.load_data(str(data_dir))
    m = module.build().load(seed=0)
    gx.fit(m, train, epochs=module.EPOCHS, batch_size=module.BATCH)
    logits = m.predict(x_test)["logits"]
    assert np.mean(logits.argmax(axis=1) == y_test) >= 0.96
    alone = np.concatenate([m.predict(image[None])["logits"] for image in x_test[:20]])
    np.testing.assert_allclose(alone, logits[:20], rtol=1e-3, atol=1e-3)  # no batch's statistics


def test_the_curves_of_mnist_are_drawn(tmp_path):
    module = example("mnist_batch_norm")
    history = gx.History()
    for loss, accuracy in ((0.5, 0.93), (0.2, 0.95), (0.1, 0.96)):
        history.add_epoch({"loss": loss, "val_accuracy": accuracy})
    module.draw({"with": history, "without": history}, tmp_path / "curves.png")
    assert is_drawn(tmp_path / "curves.png")


def test_the_table_of_examples_names_each_with_its_module():
    text = (ROOT / "docs" / "examples.md").read_text()
    names = {path.stem for path in (ROOT / "examples").glob("*.py")} - {"generate"}
    assert set(re.findall(r"\(\.\./examples/(\w+)\.py\)", text)) == names
    assert set(re.findall(r"\(\.\./generated/(\w+)\.py\)", text)) >= names
