"""The examples on images: a part of their training on real digits gets as far as it should, against
baselines, and their figures are drawn."""

import importlib.util
import re
import sys
from pathlib import Path

import numpy as np
import pytest

import graphc as gx

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(autouse=True)
def packages(monkeypatch):
    pytest.importorskip("matplotlib")
    monkeypatch.syspath_prepend(str(EXAMPLES))  # examples import one another
    before = set(sys.modules)
    yield
    for name in set(sys.modules) - before:
        if (EXAMPLES / f"{name}.py").exists():
            del sys.modules[name]


def example(name: str):
    spec = importlib.util.spec_from_file_location(f"image_{name}", EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def figures(text: str) -> dict[str, float]:
    """The number at the end of each line by what stands before it; a share for a percentage."""
    found = re.findall(r"^\s*(.+?):? +(\d[\d.]*)(%?)$", text, re.M)
    return {name: float(number) / (100 if unit else 1) for name, number, unit in found}


def is_drawn(path: Path) -> bool:
    """Whether a file is a PNG on which something is to be seen."""
    from matplotlib.image import imread

    pixels = imread(path)
    colours = np.unique(pixels.reshape(-1, pixels.shape[2]), axis=0)
    return min(pixels.shape[:2]) >= 400 and len(colours) > 20


def test_lenet_learns_mnist_to_96_percent_in_three_epochs(data_dir):
    from mnist_mlp import load_data

    module = example("lenet")
    train, (x, y) = (module.images(part) for part in load_data(str(data_dir)))
    m = module.build().load(seed=0)
    gx.fit(m, tuple(part[:8000] for part in train), epochs=3, batch_size=64)
    assert np.mean(m.predict(x[:2000])["logits"].argmax(axis=1) == y[:2000]) >= 0.96


def test_a_residual_network_of_20_layers_learns_within_40_steps(data_dir, tmp_path):
    from lenet import images
    from mnist_mlp import load_data

    module = example("mnist_resnet")
    train, test = (images(part) for part in load_data(str(data_dir)))
    data, few = tuple(part[:2560] for part in train), tuple(part[:200] for part in test)
    history, loss = module.train(True, data, few, epochs=1)
    assert len(loss) == 40
    assert np.mean(loss[:3]) > 2
    assert np.mean(loss[-10:]) < 1.2
    assert len(history["val_accuracy"]) == 1
    module.draw({"residual": (history, loss), "plain": (history, loss)}, tmp_path / "curves.png")
    assert is_drawn(tmp_path / "curves.png")


def test_ink_is_found_better_than_by_any_threshold(data_dir, tmp_path, capsys, monkeypatch):
    module = example("mnist_segmentation")
    monkeypatch.setattr(module, "CANVASES", 2000)
    monkeypatch.setattr(module, "EPOCHS", 2)
    module.main(str(data_dir), str(tmp_path))
    found = figures(capsys.readouterr().out)
    assert found["the best threshold, ink"] == pytest.approx(0.794, abs=0.02)
    assert found["the network, ink"] >= 0.82
    assert found["the network, background"] >= 0.98
    assert is_drawn(tmp_path / "segments.png")


def test_overlap_by_class_is_that_of_sets_of_pixels():
    module = example("mnist_segmentation")
    found, true = np.random.default_rng(0).integers(2, size=(2, 5, 8, 8))
    for k, value in enumerate(module.overlaps(found, true)):
        first = set(np.flatnonzero(found.ravel() == k))
        second = set(np.flatnonzero(true.ravel() == k))
        assert value == pytest.approx(len(first & second) / len(first | second))


def test_canvases_have_digits_that_do_not_touch_and_boxes_around_their_ink():
    module = example("mnist_segmentation")
    digits = np.zeros((2, 28, 28, 1), dtype="float32")
    digits[0, 4:20, 6:12] = digits[1, 10:14, 2:26] = 1
    canvases, classes, boxes = module.compose(digits, np.array([3, 8]), 50, seed=0, noise=0.01)
    again = module.compose(digits, np.array([3, 8]), 50, seed=0, noise=0.01)
    np.testing.assert_array_equal(canvases, again[0])
    np.testing.assert_array_equal(classes > 0, canvases[..., 0] > 0.5)
    sizes = {4: (3, 8), 9: (12, 2)}  # width and height of the ink at half size
    for pixels, found in zip(classes, boxes, strict=True):
        there = found[found[:, 2] > 0]
        assert (pixels > 0).sum() == 24 * len(there)  # nothing covers anything
        for cx, cy, width, height in there * module.SIZE:
            left, top = round(cx - width / 2), round(cy - height / 2)
            inside = pixels[top : top + round(height), left : left + round(width)]
            assert (inside == inside[0, 0]).all()
            assert sizes[inside[0, 0]] == (round(width), round(height))


def test_where_a_digit_is_and_which_is_learned_together(data_dir, tmp_path, capsys, monkeypatch):
    module = example("mnist_localisation")
    monkeypatch.setattr(module, "CANVASES", 3000)
    monkeypatch.setattr(module, "EPOCHS", 2)
    module.main(str(data_dir), str(tmp_path))
    found = figures(capsys.readouterr().out)
    assert found["right digit"] >= 0.3
    assert found["mean intersection over union"] >= 0.6
    assert is_drawn(tmp_path / "boxes.png")


def test_digits_of_any_size_and_number_are_found(data_dir, tmp_path, capsys, monkeypatch):
    module = example("digit_detector")
    monkeypatch.setattr(module, "CANVASES", 2000)
    monkeypatch.setattr(module, "EPOCHS", 3)
    module.main(str(data_dir), str(tmp_path))
    found = figures(capsys.readouterr().out)
    each = [found[str(digit)] for digit in range(10)]
    assert found["mean"] == pytest.approx(np.mean(each), abs=1e-3)
    assert found["mean"] >= 0.5  # all of the training: 0.985
    assert is_drawn(tmp_path / "boxes.png")


def test_canvases_for_the_detector_have_boxes_around_digits_of_several_sizes():
    module = example("digit_detector")
    digits = np.zeros((2, 28, 28, 1), dtype="float32")
    digits[0, 4:24, 10:18] = digits[1, 8:20, 4:24] = 1
    canvases, things = module.compose(digits, np.array([3, 8]), 60, seed=4)
    again, _ = module.compose(digits, np.array([3, 8]), 60, seed=4)
    np.testing.assert_array_equal(canvases, again)
    areas = []
    for canvas, (places, labels) in zip(canvases[..., 0], things, strict=True):
        there = np.zeros(canvas.shape, dtype=bool)
        for (x, y, width, height), label in zip(places * module.SIZE, labels, strict=True):
            left, top = round(x - width / 2), round(y - height / 2)
            box = slice(top, top + round(height)), slice(left, left + round(width))
            assert not there[box].any()  # boxes don't overlap
            there[box] = True
            inside = canvas[box][1:-1, 1:-1]  # all ink, but for the noise and blurred edges
            assert inside.mean() == pytest.approx(1, abs=0.1)
            assert (height > width) == (label == 3)
            areas.append(width * height / 160 if label == 3 else width * height / 240)
        assert abs(canvas[~there].mean()) < 0.02
    assert min(areas) < 0.6 and max(areas) > 1.1
    assert {len(labels) for _, labels in things} == {1, 2, 3, 4}


@pytest.mark.parametrize("size", [7, 16, 28, 29, 40])
def test_resampling_keeps_what_is_the_same_everywhere_and_the_middle(size):
    weights = example("digit_detector").resampling(size).astype(float)
    assert weights.shape == (size, 28)
    np.testing.assert_allclose(weights @ np.ones(28), 1, rtol=1e-6)
    middle = weights @ (np.arange(28) + 0.5) / 28
    inner = slice(size // 4, -(size // 4))  # away from borders, where fewer pixels count
    np.testing.assert_allclose(middle[inner], ((np.arange(size) + 0.5) / size)[inner], atol=0.01)


@pytest.mark.parametrize(
    "name", ["mnist_resnet", "mnist_segmentation", "mnist_localisation", "digit_detector"]
)
def test_an_example_without_its_data_says_what_to_give(name, tmp_path):
    with pytest.raises(SystemExit, match="Give the folder that holds"):
        example(name).main(str(tmp_path))
