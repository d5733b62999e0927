"""What is installed works alone: from a wheel, in a folder with no repository around."""

import os
import site
import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def run(*command, cwd: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"}
    done = subprocess.run(
        list(map(str, command)), cwd=cwd, env=environment, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory) -> Path:
    pytest.importorskip("hatchling")
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", folder, cwd=REPOSITORY)
    return next(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory) -> tuple[Path, Path]:
    """The interpreter of an environment that holds the wheel, and a folder elsewhere."""
    folder = tmp_path_factory.mktemp("installed")
    venv.create(folder / "env", with_pip=False)
    scripts = "Scripts" if os.name == "nt" else "bin"
    python = folder / "env" / scripts / "python"
    pip = [sys.executable, "-m", "pip", "--python", python, "install"]
    run(*pip, "--no-deps", "--no-index", "--quiet", wheel, cwd=folder)
    code = "import sysconfig; print(sysconfig.get_paths()['purelib'])"
    own = Path(run(python, "-c", code, cwd=folder).strip())
    # The packages that graphc needs come from this environment, behind the wheel's own.
    others = [sysconfig.get_paths()["purelib"], *site.getsitepackages()]
    (own / "others.pth").write_text("\n".join(dict.fromkeys(others)))
    (folder / "elsewhere").mkdir()
    return python, folder / "elsewhere"


def test_the_wheel_holds_templates_examples_and_the_typing_marker(wheel):
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "graphc/templates/numpy/module.py.j2" in names
    assert "graphc/templates/shared/export.py.j2" in names
    assert "graphc/examples/digits_mlp.py" in names
    assert "graphc/py.typed" in names
    assert not any(name.startswith(("tests/", "generated/")) for name in names)


def test_an_installed_graphc_compiles_and_exports(installed):
    python, elsewhere = installed
    code = (
        "import graphc as gx, numpy as np\n"
        "x = gx.input('x', ('N', 2))\n"
        "w = gx.parameter('w', np.ones((2, 3), dtype=np.float32))\n"
        "m = gx.compile('net', inputs=[x], outputs=x @ w).load()\n"
        "print(gx.__file__)\n"
        "print(gx.export(m, 'net.py'))\n"
    )
    place, exported = run(python, "-c", code, cwd=elsewhere).splitlines()
    assert Path(place).is_relative_to(python.parents[1].resolve())
    assert (elsewhere / exported).is_file()


def test_an_installed_graphc_gives_the_demonstration(installed):
    pytest.importorskip("sklearn")
    pytest.importorskip("matplotlib")
    python, elsewhere = installed
    script = python.parent / "graphc"
    shown = run(script, "demo", "--epochs", "2", "--folder", "demo", cwd=elsewhere)
    assert "the same to the last bit" in shown
    assert (elsewhere / "demo" / "digits_mlp_inference.py").is_file()
    assert run(script, "check", "demo/../model.py", cwd=model_in(elsewhere))


def model_in(folder: Path) -> Path:
    (folder / "model.py").write_text(
        "import graphc as gx\n"
        "x = gx.input('x', ('N', 2))\n"
        "net = gx.compile('net', inputs=[x], outputs=gx.tanh(x))\n"
    )
    return folder
