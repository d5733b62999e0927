"""What tests/gpu checks on a GPU, on the stand-in for CuPy."""

import sys
from contextlib import contextmanager
from pathlib import Path

import pytest
import shim
import stand_in

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "gpu"))

import checks

pytestmark = pytest.mark.skipif(shim.COMPILER is None, reason="there is no g++ to run kernels with")


@pytest.fixture
def cp():
    with stand_in.as_cupy():
        import cupy

        yield cupy


@pytest.mark.parametrize("check", checks.CHECKS)
def test_modules(check, cp):
    check(cp)


def test_weights_go_from_one_target_to_the_other(cp, tmp_path):
    checks.weights_go_from_one_target_to_the_other(cp, tmp_path)


@pytest.mark.parametrize("good", range(3))  # the arena, and where a graph reads x and y
def test_without_memory_the_model_is_intact(cp, good, monkeypatch):
    @contextmanager
    def short_of_memory(m):
        left = [good]

        def empty(*args, **kwargs):
            if not left[0]:
                raise MemoryError("out of memory")
            left[0] -= 1
            return stand_in.empty(*args, **kwargs)

        with monkeypatch.context() as patch:
            patch.setattr(sys.modules[type(m).__module__].cp, "empty", empty)
            yield MemoryError

    checks.without_memory_the_model_is_intact(cp, short_of_memory, 40)
