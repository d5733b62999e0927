"""The demonstration: from a declared network to a file that predicts, on real digits.

In: a folder. Out: in it the emitted training module, the learning curve, the exported inference
file and the test images; on the screen, what happened and what to open next.
"""

from __future__ import annotations

import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

from graphc.errors import GraphcError
from graphc.export import export
from graphc.runtime.callbacks import EarlyStopping
from graphc.runtime.files import write_whole
from graphc.runtime.fit import fit
from graphc.tools.userfile import run_file
from graphc.version import __version__

PROMISE = 0.97  # test accuracy, with the example's own settings

_WITHOUT_GRAPHC = """
import runpy, sys
sys.modules["graphc"] = None  # `import graphc` raises ImportError from here on
sys.argv = sys.argv[1:]
runpy.run_path(sys.argv[0], run_name="__main__")
"""


class DemoError(GraphcError):
    """A demonstration that did not show what it should."""


def example(name: str) -> Path:
    """The file of an example: in the installed package, else in the folder beside it.

    Raises:
        DemoError: the installation lacks the examples.
    """
    package = Path(__file__).resolve().parents[1]
    for folder in (package / "examples", package.parent / "examples"):
        if (folder / f"{name}.py").is_file():
            return folder / f"{name}.py"
    raise DemoError(f"graphc's examples are missing beside {package}: install it again")


def demo(folder: Path, epochs: int | None = None, seed: int = 0) -> float:
    """Train the digits network and leave behind what it came to.

    Args:
        folder: where the files go; it is made where it is missing.
        epochs: the most epochs to train; by default those of the example.
        seed: of the parameters, the dropout and the order of the batches.

    Returns:
        The test accuracy.

    Raises:
        DemoError: with the default epochs the accuracy is below 97 %, or the exported file does
            not give the same predictions.
        GraphcError: scikit-learn or matplotlib is missing.
    """
    _need_matplotlib()
    digits = run_file(example("digits_mlp"))
    data = digits.load_data()
    print(f"graphc {__version__}: handwritten digits, from a declared network to a lone file\n")
    net = digits.build()
    report = net.report()
    print(f"  compiled     in {report.compile_seconds:.2f} s, {report.parameters:,} parameters")

    m, start = net.load(seed), time.perf_counter()
    history = fit(
        m,
        data["train"],
        epochs=digits.EPOCHS if epochs is None else epochs,
        batch_size=32,
        validation=data["valid"],
        metrics="accuracy",
        callbacks=[EarlyStopping(patience=15)],
        rng=seed,
    )
    if history.interrupted:
        raise KeyboardInterrupt
    seconds, count = time.perf_counter() - start, len(data["train"][0])
    print(f"  trained      {len(history)} epochs of {count:,} images in {seconds:.1f} s")

    images, labels = data["test"]
    probs = m.predict(images)["probs"]
    accuracy: float = digits.accuracy(probs, labels)
    print(f"  test         {accuracy:.1%} of {len(labels)} images it has never seen")
    if accuracy < PROMISE and epochs is None:
        raise DemoError(f"the test accuracy is {accuracy:.1%}, but {PROMISE:.0%} was promised")

    module = net.write(folder)
    curve, tests = folder / "learning_curve.png", folder / "digits_test.npz"
    history.plot(curve)
    write_whole(tests, _npz(x=images, y=labels))
    inference = export(m, folder / "digits_mlp_inference.py")
    same = np.array_equal(_predict_alone(inference, tests)["probs"], probs)
    if not same:
        raise DemoError(f"{inference} does not predict what the trained model predicts")
    print(f"  exported     {len(labels)} predictions without graphc: the same to the last bit\n")
    _closing(module, curve, inference, tests)
    return accuracy


def _closing(module: Path, curve: Path, inference: Path, tests: Path) -> None:
    lines = len(module.read_text(encoding="utf-8").splitlines())
    rows = [
        (module, f"open this first: forward, backward and Adam in {lines} lines of NumPy"),
        (inference, "predicts with NumPy alone; the weights are in it"),
        (tests, "the test images x and their labels y"),
        (curve, "loss and accuracy by epoch"),
    ]
    width = max(len(str(path)) for path, _ in rows)
    for path, text in rows:
        print(f"  {path!s:{width}}   {text}")
    print(f"\nPredict without graphc:\n\n  {_python()} {inference} {tests}")
    print(f"\nThe program that all this came from:\n\n  {example('digits_mlp')}")


def _python() -> str:
    """How this interpreter is called from a shell."""
    if os.path.abspath(shutil.which("python") or "") == os.path.abspath(sys.executable):
        return "python"
    try:
        return min(sys.executable, os.path.relpath(sys.executable), key=len)
    except ValueError:  # on another drive
        return sys.executable


def _predict_alone(inference: Path, tests: Path) -> dict[str, Any]:
    """The predictions of an exported file, run in a process that can't import graphc."""
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "predictions.npz"
        names = [str(path.resolve()) for path in (inference, tests)]
        command = [sys.executable, "-c", _WITHOUT_GRAPHC, *names, "--out", str(target)]
        done = subprocess.run(command, capture_output=True, text=True, cwd=scratch, check=False)
        if done.returncode:
            raise DemoError(f"{inference} fails without graphc:\n{done.stderr.strip()}")
        with np.load(target, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}


def _need_matplotlib() -> None:
    try:
        import matplotlib  # noqa: F401
    except ImportError as error:
        raise GraphcError("the demo draws a figure: pip install graphc[examples]") from error


def _npz(**arrays: Any) -> bytes:
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()
