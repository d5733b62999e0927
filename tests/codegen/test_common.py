"""What two families have in common is a method of both; long programs stay short."""

import re

import numpy as np
import pytest

import graphc as gx
from graphc import losses, models, nn, optim


def classifier(depth, **options):
    """Layers that are all different, so that no block repeats."""
    x, y = gx.input("x", ("N", 8)), gx.input("y", ("N",), dtype="int64")
    layers = [nn.Dense(8 + k, activation=("tanh", "relu", "sigmoid")[k % 3]) for k in range(depth)]
    logits = nn.Sequential([*layers, nn.Dense(3)])(x)
    return gx.compile(
        "classifier",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs={"probs": gx.softmax(logits)},
        optimizer=optim.SGD(0.1),
        **options,
    )


def transformer(**options):
    """An encoder and a decoder, whose layers repeat in two stacks."""
    source, target, following = (
        gx.input(name, ("N", size), dtype="int64")
        for name, size in (("source", "S"), ("target", "T"), ("following", "T"))
    )
    embedding, out = nn.Embedding(11, 8), nn.Dense(11)
    body = nn.Transformer(8, 2, 16, encoder_depth=4, decoder_depth=4, dropout=0.1)
    logits = out(body(embedding(source), embedding(target)))
    return gx.compile(
        "transformer",
        inputs=[source, target],
        targets=[following],
        loss=losses.softmax_cross_entropy(logits, following),
        outputs=logits,
        optimizer=optim.Adam(1e-3),
        **options,
    )


def resnet(model, size, **options):
    x = gx.input("image", ("N", size, size, 3))
    y = gx.input("label", ("N",), dtype="int64")
    logits = model(x)
    return gx.compile(
        "resnet",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs={"probs": gx.softmax(logits)},
        optimizer=optim.SGD(1e-3, momentum=0.9),
        **options,
    )


def arguments(net, sizes, seed=0):
    rng = np.random.default_rng(seed)
    found = []
    for tensor in (*net.unit.inputs, *net.unit.targets):
        shape = [sizes.get(str(size)) or int(str(size)) for size in tensor.shape]
        drawn = rng.integers(0, 3, shape) if tensor.dtype == "int64" else rng.normal(size=shape)
        found.append(drawn.astype(tensor.dtype))
    return found


def lines(net):
    return net.source.count("\n")


CASES = {
    "classifier": (lambda **o: classifier(12, **o), {"N": 5}),
    "transformer": (transformer, {"N": 3, "S": 4, "T": 6}),
    "resnet": (lambda **o: resnet(models.CifarResNet(32, width=4), 8, **o), {"N": 3}),
}


@pytest.mark.parametrize("name", CASES)
def test_results_are_the_same_to_the_last_bit(name):
    build, sizes = CASES[name]
    short, long = build(), build(outline=False)
    assert lines(short) < lines(long) - 60
    a, b = short.load(seed=1), long.load(seed=1)
    given = arguments(short, sizes)
    inputs = given[: len(short.unit.inputs)]
    for _ in range(2):
        assert a.train_step(*given) == b.train_step(*given)
        assert a.loss(*given) == b.loss(*given)
        found, expected = a.predict(*inputs), b.predict(*inputs)
        for key in expected if isinstance(expected, dict) else (...,):
            np.testing.assert_array_equal(found[key], expected[key])
    for key, value in b.state_dict().items():
        np.testing.assert_array_equal(a.state_dict()[key], value, err_msg=key)


def test_predictions_and_the_loss_share_how_they_begin():
    source = classifier(16).source
    forward = source.split("def _forward(self, s, x):")[1].split("    def ")[0]
    assert [line.strip() for line in forward.splitlines()][3] == "self._common(s, x)"
    loss = source.split("def _forward_loss(self, s, x, y):")[1].split("    def ")[0]
    assert "self._common(s, x)" in loss
    common = source.split("def _common(self, s, x):")[1].split("    def ")[0]
    assert "p.dense_1_W" in common and "p.dense_17_W" in common and "np.log(" not in common
    assert "self._common(s, x)" in source.split("def _backward(self, s, x, y):")[1]


def test_predictions_and_the_loss_share_how_buffers_are_made():
    source = resnet(models.ResNet(18), 64).source
    planned = source.split("def _plan_loss(self, image, label):")[1].split("    def ")[0]
    calls = re.findall(r"self\.(_plan_common\w*)\((.*)\)", planned)
    assert calls
    for name, given in calls:
        shared = source.split(f"def {name}(self, {given}):")[1].split("    def ")[0]
        made = [set(re.findall(r"s\.(\w+) = ", text)) for text in (planned, shared)]
        assert made[0] and made[1] and not made[0] & made[1]


def test_methods_that_have_little_in_common_stay_whole():
    assert "self._common" not in classifier(3).source
    assert "self._common" not in classifier(12, outline=False).source


def test_blocks_are_one_function_where_some_add_in_place():
    """Gradients of a stage's first block lie elsewhere than those of the blocks after it."""
    source = resnet(models.ResNet(34), 64, exact=True).source
    calls = re.findall(r"for k in reversed\(range\((.*)\)\):\n +self\._block_backward\(", source)
    assert len(calls) >= 3
    assert len(re.findall(r"def _block_backward\w*\(", source)) <= 2


def test_headers_of_a_block_hold_for_all_places():
    """Each size in a header of the function is a letter wherever it differs between stages."""
    source = resnet(models.ResNet(34), 64, exact=True).source
    function = source.split("def _block_forward(self")[1].split("    def ")[0]
    legend = function.split("        # A = ")[1].split("\n        # norm")[0]
    assert legend.startswith("16, 8, 4, 2; B = 64, 128, 256, 512")
    shapes = re.findall(r"\(N, (\w+), \w+, (\w+)\)", function)
    assert shapes and set(shapes) == {("A", "B")}


@pytest.mark.parametrize(
    ("depth", "exact", "most"), [(34, True, 3300), (34, False, 3800), (50, False, 4000)]
)
def test_a_deep_residual_network_is_a_file_that_can_be_read(depth, exact, most):
    """With one way to compute convolutions, and with a stage that has its own."""
    assert lines(resnet(models.ResNet(depth), 224, exact=exact)) < most


def test_first_values_that_are_put_together_are_arrays():
    x = gx.input("x", ("N", "T", 4))
    out = nn.Dense(3)(nn.LSTM(5)(x))
    y = gx.input("y", out.shape)
    net = gx.compile(
        "parts",
        inputs=[x],
        targets=[y],
        loss=losses.squared_error(out, y),
        optimizer=optim.SGD(0.1),
    )
    bias = net.load().state_dict()["lstm_1.b"]
    np.testing.assert_array_equal(bias, np.repeat([0, 1, 0, 0], 5))
