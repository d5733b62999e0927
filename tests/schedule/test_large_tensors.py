"""The plan where one example takes much memory: no batch is rounded up, and all stays aligned."""

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
    assert report.planned_bytes <= 1.1 * report.lower_bound_bytes


@pytest.mark.parametrize("size", [17, 40])
def test_every_tensor_starts_at_a_multiple_of_64_bytes(network, size):
    sizes = {"N": size}
    for plan in network.plans.values():
        bases = [0]
        for c in plan.classes:
            bases.append(bases[-1] + c.nbytes(sizes))
        for storage in plan.pieces:
            place = plan.classes[storage.arena]
            if place.alignment == 64:
                assert (bases[storage.arena] + storage.offset * place.count(sizes)) % 64 == 0


def test_it_computes_what_the_reference_does(network):
    findings = check(network, {"N": 3})
    assert findings
    assert all(finding.passed for finding in findings), findings
