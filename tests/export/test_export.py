"""A trained model leaves as a file that needs NumPy alone, and predicts the same bits."""

import ast
import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim
from graphc.export import standalone

CASES = [("planned", "inside"), ("planned", "safetensors"), ("plain", "npz"), ("plain", "inside")]

ALONE = """
import sys
sys.modules["graphc"] = None
import numpy as np
from predictor import predict
np.savez("out.npz", **predict(np.load("x.npy")))
"""


def network(style: str = "planned", units: int = 6, name: str = "small") -> gx.Network:
    x = gx.input("x", ("N", 5))
    y = gx.input("y", ("N",), dtype="int64")
    layers = [nn.Dense(units, activation="relu"), nn.Dropout(0.5), nn.Dense(3)]
    logits = nn.Sequential(layers, name="body")(x)
    return gx.compile(
        name,
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs={"probs": gx.softmax(logits)},
        optimizer=optim.Adam(1e-2),
        style=style,
    )


def images(count: int = 9) -> np.ndarray:
    return np.random.default_rng(1).standard_normal((count, 5)).astype(np.float32)


def trained(style: str = "planned", units: int = 6, seed: int = 0):
    m = network(style, units).load(seed=seed)
    for _ in range(3):
        m.train_step(images(), np.arange(9) % 3)
    return m


def run(folder: Path, *command: str) -> subprocess.CompletedProcess:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    return subprocess.run(
        [sys.executable, *command], cwd=folder, env=environment, capture_output=True, text=True
    )


@pytest.mark.parametrize(("style", "place"), CASES)
def test_the_file_predicts_the_same_bits_where_graphc_cannot_be_imported(tmp_path, style, place):
    m = trained(style)
    gx.export(m, tmp_path / "predictor.py", weights=place)
    np.save(tmp_path / "x.npy", images(4))
    done = run(tmp_path, "-c", ALONE)
    assert done.returncode == 0, done.stderr
    got = np.load(tmp_path / "out.npz")["probs"]
    assert got.tobytes() == m.predict(images(4))["probs"].tobytes()


@pytest.mark.parametrize(("style", "place"), CASES)
def test_the_file_imports_numpy_and_the_standard_library_alone(tmp_path, style, place):
    path = gx.export(trained(style), tmp_path / "predictor.py", weights=place)
    modules = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module)
    assert modules <= sys.stdlib_module_names | {"numpy"}


@pytest.mark.parametrize(("style", "place"), CASES)
@pytest.mark.parametrize("width", ["88", "100"])
def test_formatter_and_linter_leave_the_file_alone(tmp_path, style, place, width):
    path = gx.export(trained(style), tmp_path / "predictor.py", weights=place)
    ruff = [sys.executable, "-m", "ruff"]
    formatted = [*ruff, "format", "--isolated", "--check", "--line-length", width, str(path)]
    assert subprocess.run(formatted, capture_output=True).returncode == 0
    rules = ["--isolated", "--select", "E4,E7,E9,F,I"]
    linted = subprocess.run([*ruff, "check", *rules, str(path)], capture_output=True)
    assert linted.returncode == 0, linted.stdout


def test_dropout_and_everything_of_training_are_gone(tmp_path):
    source = gx.export(trained(), tmp_path / "predictor.py").read_text()
    for word in ("dropout", "rng", "grads", "adam", "train", "seed"):
        assert word not in source.partition("def _weights")[0].lower(), word


def test_small_weights_lie_in_the_file_and_large_ones_beside_it(tmp_path):
    small = gx.export(trained(), tmp_path / "small.py")
    assert "_unpack(" in small.read_text()
    gx.export(trained(units=20_000), tmp_path / "large.py")
    assert {p.name for p in tmp_path.iterdir()} == {"small.py", "large.py", "large.safetensors"}


def test_a_safetensors_file_opens_with_the_safetensors_package(tmp_path):
    from safetensors.numpy import load_file

    m = trained()
    gx.export(m, tmp_path / "predictor.py", weights="safetensors")
    found = load_file(tmp_path / "predictor.safetensors")
    state = m.state_dict()
    assert set(found) == {f"dense_{i}.{part}" for i in (1, 2) for part in "Wb"}
    assert all(np.array_equal(state[name], found[name]) for name in found)


@pytest.mark.parametrize("place", ["safetensors", "npz"])
def test_weights_of_another_training_are_refused(tmp_path, place):
    path = gx.export(trained(seed=0), tmp_path / "predictor.py", weights=place)
    gx.export(trained(seed=1), tmp_path / "other.py", weights=place)
    os.replace(tmp_path / f"other.{place}", tmp_path / f"predictor.{place}")
    with pytest.raises(ValueError, match=rf"predictor.{place}.*not those it was exported with"):
        imported(path).predict(images())


@pytest.mark.parametrize("place", ["safetensors", "npz"])
@pytest.mark.parametrize("damage", ["missing", "cut", "altered"])
def test_missing_and_damaged_weights_are_named(tmp_path, place, damage):
    path = gx.export(trained(), tmp_path / "predictor.py", weights=place)
    weights = tmp_path / f"predictor.{place}"
    content = weights.read_bytes()
    weights.unlink()
    if damage != "missing":
        middle = len(content) // 2
        altered = content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]
        weights.write_bytes(altered if damage == "altered" else content[:middle])
    with pytest.raises(ValueError, match=rf"predictor.{place}, the weights of predictor.py"):
        imported(path).predict(images())


def test_weights_altered_inside_the_file_are_refused(tmp_path):
    path = gx.export(trained(), tmp_path / "predictor.py", weights="inside")
    other = gx.export(trained(seed=1), tmp_path / "other.py", weights="inside")
    head, mark, _ = path.read_text().partition("def _weights")
    path.write_text(head + mark + other.read_text().partition("def _weights")[2])
    with pytest.raises(ValueError, match=r"the weights in predictor.py: not those"):
        imported(path).predict(images())


def test_arguments_that_do_not_fit_are_refused(tmp_path):
    module = imported(gx.export(trained(), tmp_path / "predictor.py"))
    with pytest.raises(module.InputError, match=r"x: expected float32 .*got float64"):
        module.predict(images().astype(np.float64))


def test_several_threads_may_predict_at_once(tmp_path):
    m = trained()
    module = imported(gx.export(m, tmp_path / "predictor.py"))
    batches = [images(n) for n in range(1, 9)]
    expected = [m.predict(x)["probs"] for x in batches]
    wrong = []

    def work(x, want):
        for _ in range(50):
            if not np.array_equal(module.predict(x)["probs"], want):
                wrong.append(len(x))

    threads = [threading.Thread(target=work, args=p) for p in zip(batches, expected, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not wrong


def test_importing_the_file_brings_in_nothing_heavy(tmp_path):
    gx.export(trained(units=5500), tmp_path / "predictor.py")  # nearly as much as goes inside
    assert (tmp_path / "predictor.py").stat().st_size > 200_000
    code = (
        "import sys, numpy; before = set(sys.modules); import predictor;"
        " print(*sorted(set(sys.modules) - before))"
    )
    added = run(tmp_path, "-c", code).stdout.split()
    assert not set(added) & {"argparse", "json", "hashlib", "logging", "typing", "zipfile"}


def test_the_file_runs_as_a_script(tmp_path):
    m = trained()
    path = gx.export(m, tmp_path / "predictor.py", weights="safetensors")
    np.savez(tmp_path / "data.npz", x=images(4), y=np.arange(4))
    done = run(tmp_path / "..", str(path), str(tmp_path / "data.npz"))
    assert done.returncode == 0, done.stderr
    got = np.load(tmp_path / "data_predictions.npz")["probs"]
    assert np.array_equal(got, m.predict(images(4))["probs"])


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"z": images()}, "data.npz: x is not a file in the archive"),
        ({"x": images().astype(np.float64)}, "x: expected float32"),
        (None, "No such file"),
    ],
)
def test_the_script_tells_what_is_wrong_with_its_data(tmp_path, arrays, message):
    gx.export(trained(), tmp_path / "predictor.py")
    if arrays is not None:
        np.savez(tmp_path / "data.npz", **arrays)
    done = run(tmp_path, "predictor.py", "data.npz")
    assert done.returncode == 2
    assert message in done.stderr
    assert "Traceback" not in done.stderr


def test_one_function_of_a_program_is_exported_by_the_name_predict(tmp_path):
    x = gx.input("x", (3,))
    w = gx.parameter("w", np.arange(3, dtype=np.float32))
    count = gx.state("count", np.int64(0))
    program = gx.Program(
        "steps",
        predict=gx.function([x], [x * w, gx.sum(x)]),
        change=gx.function([x], [], updates={w: w + x, count: count + 1}),
    )
    m = program.load()
    ones = np.ones(3, dtype=np.float32)
    m.change(ones)
    path = gx.export(m, tmp_path / "predictor.py")
    product, total = imported(path).predict(ones)
    assert product.tolist() == [1, 2, 3]
    assert total == 3
    assert '"count"' not in path.read_text()
    np.savez(tmp_path / "data.npz", x=ones)
    assert run(tmp_path, "predictor.py", "data.npz", "--out", "o.npz").returncode == 0
    assert sorted(np.load(tmp_path / "o.npz")) == ["out_1", "out_2"]


def test_random_draws_go_on_where_the_model_was(tmp_path):
    x = gx.input("x", ("N",))
    noisy = x + gx.normal(x.shape)
    m = gx.Program("noise", predict=gx.function([x], {"y": noisy})).load(seed=5)
    x0 = np.zeros(4, dtype=np.float32)
    m.predict(x0)
    module = imported(gx.export(m, tmp_path / "predictor.py"))
    assert np.array_equal(module.predict(x0)["y"], m.predict(x0)["y"])


def test_values_of_every_kind_are_carried(tmp_path):
    x = gx.input("x", ("N",), dtype="float64")
    w = gx.parameter("w", np.float64(0.1))
    shift = gx.state("file", np.array([3], dtype=np.int32))
    on = gx.state("on", np.array([True]))
    y = gx.where(on, x * w + shift.astype("float64"), x)
    m = gx.compile("mixed", inputs=[x], outputs=y).load()
    for place in ("inside", "safetensors", "npz"):
        module = imported(gx.export(m, tmp_path / place / "predictor.py", weights=place))
        assert module.predict(np.array([1.0]))[0] == 1.0 * 0.1 + 3


@pytest.mark.filterwarnings("error")  # such as for an escape that is none
def test_names_cannot_inject_code(tmp_path):
    nasty = 'x"""\nimport os; os.abort() #\\'
    x = gx.input(nasty, ("N", 2))
    w = gx.parameter(nasty, np.ones((2, 2), dtype=np.float32))
    m = gx.compile(nasty, inputs=[x], outputs={nasty: x @ w}).load()
    for place in ("inside", "safetensors"):
        path = gx.export(m, tmp_path / 'it"s {%x%} \\n.py', weights=place)
        result = imported(path).predict(np.ones((1, 2), dtype=np.float32))
        assert result[nasty].tolist() == [[2, 2]]


def test_exporting_again_replaces_both_files(tmp_path):
    for seed in (0, 1):
        m = trained(seed=seed)
        path = gx.export(m, tmp_path / "predictor.py", weights="npz")
    assert np.array_equal(imported(path).predict(images())["probs"], m.predict(images())["probs"])


def test_the_same_model_gives_the_same_bytes(tmp_path):
    texts = set()
    for place in ("inside", "safetensors", "npz"):
        for _ in range(2):
            path = gx.export(trained(), tmp_path / "predictor.py", weights=place)
            texts.add(path.read_bytes())
            texts.update(p.read_bytes() for p in tmp_path.glob("predictor.[sn]*"))
    assert len(texts) == 5


def failing_write(suffix: str):
    def write(path, content):
        if Path(path).suffix == suffix:
            raise OSError(28, "No space left on device")
        return write_whole(path, content)

    write_whole = standalone.write_whole
    return write


@pytest.mark.parametrize("suffix", [".py", ".safetensors"])
def test_an_export_that_fails_leaves_nothing(tmp_path, monkeypatch, suffix):
    monkeypatch.setattr(standalone, "write_whole", failing_write(suffix))
    with pytest.raises(gx.ExportError, match=r"predictor.py: can't be written: No space left"):
        gx.export(trained(), tmp_path / "predictor.py", weights="safetensors")
    assert list(tmp_path.iterdir()) == []


def test_an_export_that_fails_leaves_the_earlier_one_whole(tmp_path, monkeypatch):
    path = gx.export(trained(seed=0), tmp_path / "predictor.py", weights="inside")
    before = path.read_bytes()
    monkeypatch.setattr(standalone, "write_whole", failing_write(".py"))
    with pytest.raises(gx.ExportError):
        gx.export(trained(seed=1), tmp_path / "predictor.py", weights="inside")
    assert path.read_bytes() == before


def without_predict(tmp_path):
    x, y = gx.input("x", ("N",)), gx.input("y", ("N",))
    loss = losses.squared_error(x * gx.parameter("w", 1.0), y)
    return gx.compile("bare", inputs=[x], targets=[y], loss=loss).load(), tmp_path / "a.py", {}


def file_as_folder(tmp_path):
    (tmp_path / "taken").write_text("")
    return trained(), tmp_path / "taken" / "a.py", {}


def folder_as_file(tmp_path):
    (tmp_path / "a.py").mkdir()
    return trained(), tmp_path / "a.py", {}


BAD = [
    (without_predict, r"'bare' has no predict to export, only .*loss.*: compile it with outputs"),
    (lambda p: (network(), p / "a.py", {}), r"'small' is a network without weights: .*net.load"),
    (lambda p: (object(), p / "a.py", {}), r"a object can't be exported: expected an instance"),
    (lambda p: (type(trained()), p / "a.py", {}), r"the class Small can't be exported"),
    (lambda p: (trained(), p / "a.onnx", {}), r"a.onnx: expected a path that ends in .py, got"),
    (lambda p: (trained(), p / "a", {}), r"a: expected a path that ends in .py, got no suffix"),
    (lambda p: (trained(), p / "a.py", {"weights": "pickle"}), r"weights='pickle'; expected one"),
    (file_as_folder, r"a.py: can't be written"),
    (folder_as_file, r"a.py: can't be written: it is a folder"),
]


@pytest.mark.parametrize(("case", "message"), BAD)
def test_what_cannot_be_exported_is_refused_by_name_and_nothing_is_written(tmp_path, case, message):
    m, path, options = case(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(gx.ExportError, match=message):
        gx.export(m, path, **options)
    assert sorted(tmp_path.rglob("*")) == before


def imported(path: Path):
    import importlib.util

    spec = importlib.util.spec_from_file_location("exported", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
