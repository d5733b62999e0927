"""The examples: they compile without data, reach what they promise, and `generated/` is theirs."""

import importlib.util
import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import graphc as gx
from graphc.ir import dims

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PACKAGES = str(Path(gx.__file__).resolve().parents[1])
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py") if path.stem != "generate")


def example(name: str):
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


generate = example("generate")


def test_generated_and_what_documents_quote_is_what_is_emitted_now():
    if difference := generate.differences():
        pytest.fail(f"run python examples/generate.py\n{difference[:4000]}", pytrace=False)


def test_every_example_is_generated():
    assert set(NAMES) == set(generate.EXAMPLES)


def test_the_check_fails_for_what_was_edited_or_is_left_over(tmp_path):
    for path, text in generate.expected().items():
        target = tmp_path / path.relative_to(generate.ROOT)
        target.parent.mkdir(exist_ok=True)
        target.write_text(text)
    assert generate.differences(tmp_path) == ""
    (tmp_path / "generated" / "tiny_mlp.py").write_text("edited\n")
    (tmp_path / "generated" / "old.py").write_text("left over\n")
    document = tmp_path / "docs" / "emitted-code.md"
    document.write_text(document.read_text().replace("out=s.h1)", "out=s.other)"))
    found = generate.differences(tmp_path)
    assert all(
        text in found for text in ("-edited", "-left over", "-np.clip(s.z1, 0.0, np.inf, out=s.o")
    )


@pytest.mark.parametrize("name", NAMES)
def test_an_example_emits_the_same_bytes_in_every_process(name):
    code = (
        f"import runpy; print(runpy.run_path({str(EXAMPLES / name)!r} + '.py')['build']().source)"
    )
    texts = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": PACKAGES},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(texts) == 1


@pytest.mark.parametrize("name", NAMES)
def test_an_example_plans_at_most_1_05_times_the_lower_bound(name):
    """For one row, for the batches that examples train on, for twice as much, and in between."""
    net = example(name).build()
    lengths = ({"T": 7}, {"T": 64}) if "T" in net.report().sizes else ({},)
    for length in lengths:
        for size in (1, 8, 32, 50, 64, 100, 128, 256):
            report = net.report(N=size, **length)
            assert report.planned_bytes <= 1.05 * report.lower_bound_bytes, report
            for phase in report.phases:
                assert phase.lower_bound_bytes <= phase.planned_bytes, report
                assert phase.planned_bytes <= 1.05 * phase.lower_bound_bytes, report
    assert arena_of(net, 3) == net.report(N=3).planned_bytes


def arena_of(net, size):
    """The bytes of the arena of an instance all of whose methods were called with such batches."""
    model, sizes = net.load(), net.report(N=size).sizes
    for family in net.unit.families:
        shapes = [[dims.evaluate(d, sizes) for d in t.shape] for t in family.inputs]
        given = [np.zeros(s, t.dtype) for s, t in zip(shapes, family.inputs, strict=True)]
        getattr(model, f"_plan_{family.name}")(*given)
    return model._arena.size - 64  # these let it begin on a cache line


@pytest.mark.parametrize("name", NAMES)
def test_an_example_agrees_with_the_reference_in_double_precision_and_both_styles(name):
    from graphc.tools.check import check

    with gx.default_dtype("float64"):
        network = example(name).build()
    types = [state.type for state in network.unit.layout.states]
    types += [tensor.type for family in network.unit.families for tensor in family.inputs]
    assert {type_.dtype for type_ in types} <= {"float64", "int64", "bool"}
    findings = check(network, {"N": 6, "T": 5})
    assert {finding.style for finding in findings} == {"planned", "plain"}
    assert all(finding.error <= 1e-9 for finding in findings), findings


# In single precision a gradient is another where the input of a ReLU is a rounding error from 0, and where
# it cancels (that of a bias under a softmax) it is rounding, of which Adam makes a whole step.
TRAINING = {"train_step", "train", "gradients", "learn", "d_step", "g_step"}


@pytest.mark.parametrize("name", NAMES)
def test_an_example_agrees_with_the_reference_in_single_precision(name):
    from graphc.tools.check import check

    findings = check(example(name).build(), {"N": 4, "T": 5})
    assert {finding.method for finding in findings} & TRAINING
    bounds = {True: 0.2, False: 1e-5}
    assert all(f.error <= bounds[f.method in TRAINING] for f in findings), findings


def test_the_tiny_network_explains_the_variance_that_it_says(capsys):
    pytest.importorskip("sklearn")
    example("tiny_mlp").main()
    assert float(capsys.readouterr().out.split()[-1]) >= 0.35


def test_mnist_is_learned_from_idx_files(data_dir):
    mnist = example("mnist_mlp")
    (x, y), (x_test, y_test) = mnist.load_data(str(data_dir))
    m = mnist.build().load(seed=0)
    gx.fit(m, (x, y), epochs=2, batch_size=128)
    assert np.mean(m.predict(x_test)["logits"].argmax(axis=1) == y_test) >= 0.9


@pytest.mark.parametrize("name", ["power_plant", "mnist_mlp", "mnist_batch_norm"])
def test_an_example_without_its_data_says_what_to_give(name, tmp_path):
    with pytest.raises(SystemExit, match="Give the folder that holds"):
        example(name).main(str(tmp_path))


def test_the_digits_example_exports_as_it_says(tmp_path, monkeypatch, capsys):
    pytest.importorskip("sklearn")
    monkeypatch.chdir(tmp_path)
    runpy.run_path(str(EXAMPLES / "digits_mlp.py"), run_name="__main__")
    assert "test accuracy: 9" in capsys.readouterr().out
    assert (tmp_path / "digits_mlp_inference.py").is_file()
