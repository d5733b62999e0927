"""Emitted modules on a GPU: graphs, streams, memory, arrays of others."""

from contextlib import contextmanager

import checks
import numpy as np
import pytest
from device import ON_A_GPU

pytestmark = ON_A_GPU


@pytest.fixture
def cp():
    import cupy

    return cupy


@pytest.mark.parametrize("check", checks.CHECKS)
def test_modules(check, cp):
    check(cp)


def test_without_memory_the_model_is_intact(cp):
    @contextmanager
    def short_of_memory(m):
        pool = cp.get_default_memory_pool()
        pool.free_all_blocks()
        pool.set_limit(size=max(1, pool.total_bytes()))
        try:
            yield cp.cuda.memory.OutOfMemoryError
        finally:
            pool.set_limit(size=0)

    checks.without_memory_the_model_is_intact(cp, short_of_memory, 1 << 16)


def test_weights_go_from_one_target_to_the_other(cp, tmp_path):
    checks.weights_go_from_one_target_to_the_other(cp, tmp_path)


def test_an_exported_file_predicts_the_same(cp, tmp_path):
    checks.an_exported_file_predicts_the_same(cp, tmp_path)


def test_arrays_of_torch_are_taken_where_they_are(cp):
    torch = pytest.importorskip("torch")
    if not torch.cuda.is_available():
        pytest.skip("this PyTorch has no CUDA")
    x, y = checks.batch()
    m, other = (checks.network().load(1) for _ in range(2))
    tensors = [torch.from_numpy(a).to("cuda") for a in (x, y)]
    given = [cp.from_dlpack(t) for t in tensors]
    assert given[0].data.ptr == tensors[0].data_ptr()
    assert float(m.train_step(*given)) == float(other.train_step(x, y))
    back = torch.from_dlpack(m.predict(given[0]))
    assert back.device.type == "cuda"
    np.testing.assert_array_equal(back.cpu().numpy(), other.predict(x))
