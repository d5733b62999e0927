"""The plan where one example takes much memory: no batch is rounded up, and what is large is aligned."""

import numpy as np
import pytest

import graphc as gx
from graphc import nn, optim
from graphc.tools.check import check


@pytest.fixture(scope="module")
def network():
    x = gx.input("x", ("N", 64, 64, 3))
    model = nn.Sequential([nn.Conv2D(13, 3, activation="relu"), nn.Conv2D(7, 3, strides=2)])
    loss = gx.mean(gx.square(model(x)))
    return gx.compile("images", inputs=[x], loss=loss, optimizer=optim.SGD(0.1), outputs=model(x))


@pytest.mark.parametrize("size", [17, 40])
def test_a_few_large_images_take_little_more_than_is_live_at_once(network, size):
    report = network.report(N=size)
    assert report.planned_bytes <= 1.01 * report.lower_bound_bytes


@pytest.mark.parametrize("size", [17, 40])
def test_every_large_tensor_starts_at_a_multiple_of_64_bytes(network, size):
    model = network.load()
    model.train_step(np.zeros((size, 64, 64, 3), "float32"))
    (buffers,) = model._train.values()
    large = [a for a in vars(buffers).values() if isinstance(a, np.ndarray) and a.nbytes >= 4096]
    assert len(large) > 5
    assert all(a.ctypes.data % 64 == 0 for a in large if a.base is not None)


def test_it_computes_what_the_reference_does(network):
    findings = check(network, {"N": 3})
    assert findings
    assert all(finding.passed for finding in findings), findings
