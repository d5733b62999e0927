"""A model from the GPU leaves as a file that needs CuPy alone, with the weights that NumPy's has."""

import ast
import importlib.util
import os
import subprocess
import sys

import numpy as np
import pytest
import shim
import stand_in
from test_device_modules import batch, mlp
from typer.testing import CliRunner

import graphc as gx
from graphc import nn, optim
from graphc.cli import app

pytestmark = pytest.mark.skipif(shim.COMPILER is None, reason="there is no g++ to run kernels with")

PLACES = ["inside", "safetensors", "npz"]
ALONE = """
import runpy
import sys

sys.modules["graphc"] = None
sys.path[:0] = [{folder!r}, "."]
import numpy as np
import stand_in

with stand_in.as_cupy():
    import predictor

    x = np.load("x.npy")
    np.save("host.npy", predictor.predict(x))
    found = predictor.predict(stand_in.asarray(x))
    assert isinstance(found, stand_in.ndarray)
    np.save("device.npy", found.get())
    np.savez("data.npz", x=x)
    sys.argv = ["predictor.py", "data.npz", "--out", "script.npz"]
    runpy.run_path("predictor.py", run_name="__main__")
"""


def trained(target="cupy", seed=1):
    network = mlp(target, rate=0.2)
    m = stand_in.instance(network, seed) if target == "cupy" else network.load(seed)
    m.train_step(*batch())
    return m


def imported(path):
    """An exported file as a module, over the stand-in."""
    spec = importlib.util.spec_from_file_location("exported", path)
    module = importlib.util.module_from_spec(spec)
    with stand_in.as_cupy():
        spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("place", PLACES)
def test_the_file_predicts_the_same_bits_where_graphc_cannot_be_imported(tmp_path, place):
    m = trained()
    gx.export(m, tmp_path / "predictor.py", weights=place)
    x, _ = batch(7)
    np.save(tmp_path / "x.npy", x)
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, "-c", ALONE.format(folder=str(shim.HERE))],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    want = m.predict(x)
    for name in ("host.npy", "device.npy"):
        np.testing.assert_array_equal(np.load(tmp_path / name), want)
    np.testing.assert_array_equal(np.load(tmp_path / "script.npz")["output"], want)


@pytest.mark.parametrize("place", PLACES)
def test_the_file_imports_cupy_numpy_and_the_standard_library_alone(tmp_path, place):
    source = gx.export(trained(), tmp_path / "predictor.py", weights=place).read_text()
    modules = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            modules.add(node.module)
    assert "cupy" in modules
    assert modules <= sys.stdlib_module_names | {"numpy", "cupy"}
    for word in ("dropout", "rng", "grads", "adam", "train", "seed", "_captured"):
        assert word not in source.partition("def _weights")[0].lower(), word


@pytest.mark.parametrize("width", ["88", "100"])
def test_formatter_and_linter_leave_the_file_alone(tmp_path, width):
    path = gx.export(trained(), tmp_path / "predictor.py", weights="inside")
    ruff = [sys.executable, "-m", "ruff"]
    formatted = [*ruff, "format", "--isolated", "--check", "--line-length", width, str(path)]
    assert subprocess.run(formatted, cwd=tmp_path, capture_output=True).returncode == 0
    rules = ["--isolated", "--select", "E4,E7,E9,F,I"]
    linted = subprocess.run([*ruff, "check", *rules, path], cwd=tmp_path, capture_output=True)
    assert linted.returncode == 0, linted.stdout


@pytest.mark.parametrize("place", ["safetensors", "npz"])
def test_weights_are_those_of_the_export_for_numpy(tmp_path, place):
    there = trained()
    here = mlp("numpy", rate=0.2).load()
    here.load_state_dict(there.state_dict())
    first = gx.export(there, tmp_path / "device.py", weights=place)
    second = gx.export(here, tmp_path / "host.py", weights=place)
    weights = [path.with_suffix(f".{place}").read_bytes() for path in (first, second)]
    assert weights[0] == weights[1]
    x, _ = batch(4)
    on_host = imported(second).predict(x)
    np.testing.assert_allclose(imported(first).predict(x), on_host, atol=1e-6)


MODEL = """
import graphc as gx
from graphc import nn

x = gx.input("x", ("N", 3))
net = gx.compile("little", inputs=[x], outputs=nn.Dense(2)(x), target="cupy", precision="tf32")
"""


def test_the_command_line_exports_for_the_target_of_the_network(tmp_path):
    (tmp_path / "model.py").write_text(MODEL)
    x = gx.input("x", ("N", 3))
    here = gx.compile("little", inputs=[x], outputs=nn.Dense(2)(x)).load(seed=3)
    here.save(tmp_path / "weights.npz")
    names = [str(tmp_path / name) for name in ("model.py", "weights.npz", "predictor.py")]
    with stand_in.as_cupy():
        done = CliRunner().invoke(app, ["export", *names])
    assert done.exit_code == 0, done.output
    rows = np.eye(3, dtype="float32")
    found = imported(tmp_path / "predictor.py").predict(rows)
    np.testing.assert_allclose(found, here.predict(rows), rtol=2e-3)
    assert "TF32" in (tmp_path / "predictor.py").read_text().partition('"""\n')[0]


def test_weights_of_another_training_are_refused(tmp_path):
    path = gx.export(trained(), tmp_path / "predictor.py", weights="npz")
    gx.export(trained(seed=2), tmp_path / "other.py", weights="npz")
    os.replace(tmp_path / "other.npz", tmp_path / "predictor.npz")
    module = imported(path)
    with pytest.raises(ValueError, match=r"predictor.npz.*not those it was exported with"):
        module.predict(batch()[0])


def test_preprocessing_stays_in_the_file(tmp_path):
    image = gx.input("image", ("N", 4, 4, 3), dtype="uint8")
    pixels = image.astype("float32") / 255
    x = (gx.pad(pixels, ((0, 0), (1, 1), (1, 1), (0, 0))) - 0.5) / np.float32([0.2, 0.3, 0.4])
    outputs = {"classes": gx.softmax(nn.Dense(5)(nn.Flatten()(nn.Conv2D(2, 3)(x))))}
    arrays = np.random.default_rng(0).integers(0, 256, (3, 4, 4, 3)).astype("uint8")
    m = stand_in.instance(gx.compile("pixels", inputs=[image], outputs=outputs, target="cupy"), 3)
    found = imported(gx.export(m, tmp_path / "pixels.py")).predict(arrays)["classes"]
    np.testing.assert_array_equal(found, m.predict(arrays)["classes"])
    here = gx.compile("pixels", inputs=[image], outputs=outputs).load(3)
    np.testing.assert_allclose(found, here.predict(arrays)["classes"], atol=1e-6)


def test_random_draws_go_on_where_the_model_was(tmp_path):
    x = gx.input("x", ("N",))
    noisy = x + gx.normal(x.shape)
    program = gx.Program("noise", target="cupy", predict=gx.function([x], {"y": noisy}))
    m = stand_in.instance(program, seed=5)
    x0 = np.zeros(4, dtype=np.float32)
    first = m.predict(x0)["y"]
    module = imported(gx.export(m, tmp_path / "predictor.py"))
    drawn = module.predict(x0)["y"]
    np.testing.assert_array_equal(drawn, m.predict(x0)["y"])
    assert not np.array_equal(drawn, first)


def test_functions_of_a_program_are_exported_with_what_they_read(tmp_path):
    x, z = gx.input("x", ("N", 6)), gx.input("z", ("N", 2))
    encoder, decoder = nn.Dense(2, name="encoder"), nn.Dense(6, name="decoder")
    code = encoder(x)
    loss = gx.mean(gx.square(decoder(code) - x)).named("loss")
    weights = [*encoder.parameters(), *decoder.parameters()]
    program = gx.Program(
        "autoencoder",
        target="cupy",
        step=gx.function([x], [loss], optim.SGD(0.1).updates(weights, gx.grad(loss, weights))),
        encode=gx.function([x], {"code": code}, training=False),
        decode=gx.function([z], [decoder(z), gx.sum(z)], training=False),
    )
    m = stand_in.instance(program, seed=1)
    rows = np.random.default_rng(0).normal(size=(4, 6)).astype("float32")
    m.step(rows)
    path = gx.export(m, tmp_path / "both.py")
    module = imported(path)
    np.testing.assert_array_equal(module.encode(rows)["code"], m.encode(rows)["code"])
    for got, want in zip(module.decode(rows[:, :2]), m.decode(rows[:, :2]), strict=True):
        np.testing.assert_array_equal(got, want)
    one = gx.export(m, tmp_path / "one.py", functions="encode").read_text()
    assert "encoder.W" in one
    assert "decoder.W" not in one and "def step" not in one and "def decode" not in one


def writer(target):
    """A recurrent network that gives the logits of the next token."""
    tokens, h = gx.input("tokens", ("N", "T"), dtype="int64"), gx.input("h", ("N", 5))
    table = gx.parameter("table", np.random.default_rng(1).normal(size=(6, 5)).astype("float32"))
    u = gx.parameter("u", np.random.default_rng(2).normal(size=(5, 5)).astype("float32"))
    xs = gx.transpose(gx.take(table, tokens, axis=0), (1, 0, 2))
    last, _ = gx.scan(lambda state, x: (gx.tanh(x + state @ u), None), h, xs)
    step = gx.function([tokens, h], {"logits": last @ gx.transpose(table), "h": last})
    return gx.Program("writer", target=target, step=step)


def test_a_file_with_a_sampler_draws_the_tokens_that_numpys_draws(tmp_path):
    mine = stand_in.instance(writer("cupy"), seed=0)
    path = gx.export(mine, tmp_path / "device.py", sampler="step")
    other = gx.export(writer("numpy").load(0), tmp_path / "host.py", sampler="step")
    device, host = imported(path), imported(other)
    prompt = np.array([[1, 2], [3, 0]])
    for options in ({"temperature": 0}, {"seed": 4}):
        np.testing.assert_array_equal(
            device.generate(prompt, 6, **options), host.generate(prompt, 6, **options)
        )
    tokens, score = device.beam_search(prompt[0], 5)
    wanted, best = host.beam_search(prompt[0], 5)
    np.testing.assert_array_equal(tokens, wanted)
    assert score == pytest.approx(best, abs=1e-5)
