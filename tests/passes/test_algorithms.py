"""How convolutions are asked for by name: in nested networks, in functions and in programs of several."""

import numpy as np
import pytest

import graphc as gx
from graphc import losses, models, nn, optim, tuning


def nested(**options):
    """Two blocks with a convolution of the same name, and one outside."""
    x, y = gx.input("x", ("N", 8, 8, 2)), gx.input("y", ("N",), dtype="int64")
    block = [nn.Sequential([nn.Conv2D(4, 3, padding=1) for _ in range(2)]) for _ in range(2)]
    model = nn.Sequential(
        [*block, nn.Conv2D(4, 3), nn.GlobalAvgPool(), nn.Dense(3)], name="net"
    )  # fmt: skip
    loss = losses.softmax_cross_entropy(model(x), y)
    return gx.compile(
        "nested", inputs=[x], targets=[y], loss=loss, optimizer=optim.SGD(0.1), **options
    )


def chosen(item, **sizes):
    """The algorithm of each convolution in a report."""
    return {name: how.split(":")[0] for name, how in item.report(**sizes).algorithms.items()}


def test_names_in_the_report_tell_layers_apart_and_are_as_short_as_can_be():
    names = [name for name in chosen(nested()) if not name.endswith("gradient")]
    assert names == [
        "sequential_1.conv_1",
        "sequential_1.conv_2",
        "sequential_2.conv_1",
        "sequential_2.conv_2",
        "net.conv_1",
    ]
    deep = gx.input("x", ("N", 32, 32, 3))
    logits = models.ResNet(50, classes=10)(deep)
    report = chosen(gx.compile("resnet", inputs=[deep], outputs=logits))
    assert len(report) == 53  # "50" counts 49 of them and the dense layer, and not 4 projections


def test_every_name_in_a_report_is_taken_as_a_name():
    other = {"im2col": "toeplitz", "toeplitz": "im2col", "winograd_2": "im2col"}
    before = chosen(nested())
    for name, algorithm in before.items():
        if algorithm not in other:
            continue
        after = chosen(nested(algorithms={name: other[algorithm]}))
        changed = {key for key in before if before[key] != after[key]}
        assert changed == {name}
        assert after[name] == other[algorithm]


@pytest.mark.parametrize("name", ["sequential_2.conv_1", "net.sequential_2.conv_1"])
@pytest.mark.parametrize("part", ["", ".weight_gradient"])
def test_a_whole_scope_or_enough_of_its_end_says_which(name, part):
    found = chosen(nested(algorithms={name + part: "fft"}))
    assert [key for key, how in found.items() if how == "fft"] == [f"sequential_2.conv_1{part}"]


def test_a_scope_that_is_the_end_of_another_is_the_scope():
    x = gx.input("x", ("N", 8, 8, 2))
    y = nn.Sequential([nn.Conv2D(3, 3)], name="block")(nn.Conv2D(2, 3)(x))
    net = gx.compile("top", inputs=[x], outputs=y, algorithms={"conv_1": "fft"})
    assert chosen(net)["conv_1"] == "fft"
    assert chosen(net)["block.conv_1"] != "fft"


BAD = {
    "of several layers": (
        {"conv_2": "im2col"},
        "'conv_2' may be net.sequential_1.conv_2, net.sequential_2.conv_2: give more of its name",
    ),
    "of several gradients": (
        {"conv_2.weight_gradient": "im2col"},
        "may be net.sequential_1.conv_2.weight_gradient, net.sequential_2.conv_2.weight_gradient:",
    ),
    "of no layer": (
        {"block.conv_1": "im2col"},
        "no convolution 'block.conv_1'; there are sequential_1.conv_1, sequential_1.conv_2, ",
    ),
    "misspelt": (
        {"sequental_1.conv_1": "im2col"},
        "net.conv_1; did you mean 'sequential_1.conv_1'?",
    ),
    "of a part of a word": ({"_1.conv_1": "im2col"}, "there is no convolution '_1.conv_1'; there"),
    "of images that need no gradient": (
        {"sequential_1.conv_1.input_gradient": "col2im"},
        "there is no 'sequential_1.conv_1.input_gradient' to be computed; there are sequential_1",
    ),
    "twice": (
        {"sequential_1.conv_1": "im2col", "net.sequential_1.conv_1": "fft"},
        "'net.sequential_1.conv_1' is asked for twice, by 'im2col' and by 'fft'",
    ),
}


@pytest.mark.parametrize("what", BAD)
def test_a_name_is_refused_that_is(what):
    asked, message = BAD[what]
    with pytest.raises(gx.GraphError) as error:
        nested(algorithms=asked)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"exact": 1}, "exact is True or False, not 1"),
        ({"autotune": "yes"}, "autotune is True or False, not 'yes'"),
        ({"algorithms": "im2col"}, "algorithms are by the names of layers, as"),
        ({"algorithms": {"conv_1": None}}, "algorithms are by the names of layers, as"),
    ],
)
def test_options_of_another_kind_are_refused(options, message):
    x = gx.input("x", ("N", 8, 8, 2))
    y = nn.Conv2D(3, 3)(x)
    makers = [
        lambda: gx.compile("p", inputs=[x], outputs=y, **options),
        lambda: gx.function([x], [y], **options),
        lambda: gx.Program("p", f=gx.function([x], [y]), **options),
    ]
    for make in makers:
        with pytest.raises(gx.CompileError, match=message):
            make()


def pair():
    """Images, a convolution of them, and a gradient by its weights."""
    x = gx.input("x", ("N", 12, 12, 32))
    layer = nn.Conv2D(32, 3, padding="same", name="conv")
    y = layer(x)
    (slope,) = gx.grad(gx.sum(gx.square(y)), [layer.W])
    return x, y, slope


def test_a_layer_used_twice_in_different_ways_shows_both():
    x, small = gx.input("x", ("N", 12, 12, 8)), gx.input("small", ("N", 3, 3, 8))
    layer = nn.Conv2D(64, 3, padding="same", name="conv")
    f = gx.function([x, small], [layer(x), layer(small)])
    assert len(f.report(N=8).algorithms["conv"].split(" / ")) == 2


@pytest.mark.parametrize("algorithm", ["im2col", "toeplitz", "winograd_2", "fft"])
def test_functions_and_programs_can_be_told_the_algorithm(algorithm):
    x, y, slope = pair()
    asked = {"conv": algorithm, "conv.weight_gradient": algorithm}
    f = gx.function([x], {"y": y, "slope": slope}, algorithms=asked)
    assert chosen(f, N=4) == asked
    net = gx.Program(
        "both",
        algorithms=asked,
        look=gx.function([x], {"y": y}),
        slope=gx.function([x], {"slope": slope}),
    )
    assert chosen(net, N=4) == asked
    image = np.random.default_rng(0).normal(size=(4, 12, 12, 32)).astype("float32")
    m = net.load(seed=0)
    plain = gx.Program("both", style="plain", exact=True, look=gx.function([x], {"y": y}))
    same = plain.load(seed=0)
    same.load_state_dict(m.state_dict())
    np.testing.assert_allclose(m.look(image)["y"], same.look(image)["y"], atol=1e-4)


def test_functions_and_programs_can_leave_out_what_rounds_more():
    x, y, slope = pair()
    assert set(chosen(gx.function([x], [y, slope]), N=4).values()) == {"winograd_4x1"}
    f = gx.function([x], [y, slope], exact=True)
    net = gx.Program("exact", exact=True, f=gx.function([x], [y, slope]))
    for item in (f, net):
        assert not {n for n in chosen(item, N=4).values() if n.startswith(("winograd", "fft"))}


def test_functions_and_programs_can_measure(tmp_path, monkeypatch):
    monkeypatch.setenv("GRAPHC_CACHE", str(tmp_path))
    speed = {"toeplitz": 1.0, "fft": 2.0, "im2col": 5.0}
    monkeypatch.setattr(
        tuning, "_measure", lambda node, algorithm, best: speed.get(algorithm.name, 4.0)
    )
    x, y, _ = pair()
    f = gx.function([x], [y], autotune=True)
    net = gx.Program("measured", autotune=True, f=gx.function([x], [y]))
    for item in (f, net):
        how = item.report(N=4).algorithms["conv"]
        assert how.startswith("toeplitz: ") and "measured, in ms: toeplitz 1e+03, fft 2e+03" in how


def test_a_function_refuses_a_name_when_it_is_compiled():
    x, y, _ = pair()
    f = gx.function([x], [y], algorithms={"dense": "im2col"})
    with pytest.raises(gx.GraphError, match="there is no convolution 'dense'; there are conv"):
        f.report(N=4)
    with pytest.raises(gx.GraphError, match="'magic'; there are im2col"):
        gx.Program("p", algorithms={"conv": "magic"}, f=gx.function([x], [y]))
