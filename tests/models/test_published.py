"""The models are those of the papers: numbers of parameters, and the sizes that layers give.

"torchvision" are the counts of its documentation (torchvision.models, "num_params"); "Caffe" those of the
models that the Berkeley group distributed.  Weights, biases, gains and offsets count; running
statistics don't.
"""

import numpy as np
import pytest

import graphc as gx
from graphc import losses, models, optim
from graphc.ir.node import toposort

COUNTS = [
    # The paper says 60,000; this is 6 * 26 + 16 * 151 + 120 * 401 + 84 * 121 + 10 * 85, with every
    # map of the second convolution seeing all of the first.
    (lambda: models.LeNet(), 28, 1, 61_706),
    (
        lambda: models.AlexNet(),
        227,
        3,
        60_965_224,
    ),  # Caffe, two groups as in the paper ("60 million")
    (lambda: models.AlexNet(groups=1), 227, 3, 62_378_344),
    (lambda: models.ZFNet(), 224, 3, 62_357_608),
    (lambda: models.VGG(11), 224, 3, 132_863_336),  # torchvision; the paper's table 2: 133 million
    (lambda: models.VGG(13), 224, 3, 133_047_848),
    (lambda: models.VGG(16), 224, 3, 138_357_544),
    (lambda: models.VGG(19), 224, 3, 143_667_240),
    (lambda: models.GoogLeNet(), 224, 3, 6_998_552),  # Caffe, without the auxiliary classifiers
    (lambda: models.GoogLeNet(auxiliary=True), 224, 3, 13_378_280),  # and with them
    (lambda: models.ResNet(18), 224, 3, 11_689_512),  # torchvision
    (lambda: models.ResNet(34), 224, 3, 21_797_672),
    (lambda: models.ResNet(50), 224, 3, 25_557_032),
    (lambda: models.ResNet(101), 224, 3, 44_549_160),
    (lambda: models.ResNet(152), 224, 3, 60_192_808),
    (lambda: models.CifarResNet(20), 32, 3, 269_722),  # the paper's table 6: 0.27 million
    (lambda: models.CifarResNet(20, residual=False), 32, 3, 269_722),  # shortcuts have no weights
    (lambda: models.CifarResNet(32), 32, 3, 464_154),  # 0.46
    (lambda: models.CifarResNet(44), 32, 3, 658_586),  # 0.66
    (lambda: models.CifarResNet(56), 32, 3, 853_018),  # 0.85
    (lambda: models.CifarResNet(110), 32, 3, 1_727_962),  # 1.7
    (lambda: models.UNet(2, padding="valid"), 572, 1, 31_030_658),
    # Z. Zhou et al., "UNet++", 2018, table 3: 7.76 million with half as many channels.
    (lambda: models.UNet(1, width=32), 96, 1, 7_759_521),
]


def logits_of(model, size, channels, dtype="float32"):
    x = gx.input("x", ("N", size, size, channels), dtype=dtype)
    return x, model(x)


@pytest.mark.parametrize(("make", "size", "channels", "count"), COUNTS)
def test_a_model_has_as_many_parameters_as_published(make, size, channels, count):
    model = make()
    logits_of(model, size, channels)
    assert sum(p.size for p in model.parameters()) == count


@pytest.mark.parametrize(("depth", "removed"), [(18, 173_824), (34, 173_824)])
def test_a_plain_network_lacks_the_projections_alone(depth, removed):
    residual, plain = models.ResNet(depth), models.ResNet(depth, residual=False)
    counts = []
    for model in (residual, plain):
        logits_of(model, 224, 3)
        counts.append(sum(p.size for p in model.parameters()))
    # Three projections: 64 to 128, 128 to 256, 256 to 512 channels, with gains and offsets.
    assert removed == sum(a * 2 * a + 4 * a for a in (64, 128, 256))
    assert counts[0] - counts[1] == removed


# What convolutions, pooling and dense layers give, (height, channels), repetitions once.
SIZES = [
    # Krizhevsky et al., 2012, fig. 2 and section 3.5.
    (
        lambda: models.AlexNet(),
        227,
        [(55, 96), (27, 96), (27, 256), (13, 256), (13, 384), (13, 256), (6, 256), 4096, 1000],
    ),
    # Zeiler and Fergus, 2014, fig. 3.
    (
        lambda: models.ZFNet(),
        224,
        [(110, 96), (55, 96), (26, 256), (13, 256), (13, 384), (13, 256), (6, 256), 4096, 1000],
    ),
    # Simonyan and Zisserman, 2015, table 1, column D.
    (
        lambda: models.VGG(16),
        224,
        [
            *[(224, 64), (112, 64), (112, 128), (56, 128), (56, 256), (28, 256), (28, 512)],
            *[(14, 512), (7, 512), 4096, 1000],
        ],
    ),
    # He et al., 2016, table 1.
    (
        lambda: models.ResNet(34),
        224,
        [(112, 64), (56, 64), (28, 128), (14, 256), (7, 512), 1000],
    ),
]


def sizes_of(logits):
    """The sizes that layers with weights and pooling give, in order, repetitions once."""
    found = []
    for node in toposort([logits]):
        if node.op.name in ("conv", "max_pool") or (
            node.op.name == "matmul" and node.outputs[0].ndim == 2
        ):
            shape = node.outputs[0].shape
            size = (shape[1], shape[3]) if len(shape) == 4 else shape[1]
            if not found or found[-1] != size:
                found.append(size)
    return found


@pytest.mark.parametrize(("make", "size", "expected"), SIZES)
def test_layers_give_the_sizes_of_the_paper(make, size, expected):
    found = sizes_of(logits_of(make(), size, 3)[1])
    if "ResNet" in repr(make()):  # projections come beside the second convolution of a block
        found = list(dict.fromkeys(found))
    assert found == expected


def test_bottlenecks_give_the_sizes_of_the_paper():
    model = models.ResNet(152)
    x, _ = logits_of(model, 224, 3)
    assert model.features(x).shape[1:] == (7, 7, 2048)
    stages = [layer for layer in model.features.layers if "stage" in layer.name]
    assert [len(stage.layers) for stage in stages] == [3, 8, 36, 3]


def test_inception_modules_give_the_sizes_of_the_paper():
    """Szegedy et al., 2015, table 1, column "output size"."""
    model = models.GoogLeNet()
    _, logits = logits_of(model, 224, 3)
    found = {
        ".".join(node.origin.scope): node.outputs[0].shape[1:]
        for node in toposort([logits])
        if node.op.name == "concat"
    }
    expected = {
        **{"3a": (28, 28, 256), "3b": (28, 28, 480), "4a": (14, 14, 512), "4b": (14, 14, 512)},
        **{"4c": (14, 14, 512), "4d": (14, 14, 528), "4e": (14, 14, 832), "5a": (7, 7, 832)},
        "5b": (7, 7, 1024),
    }
    assert found == {f"inception_{key}": shape for key, shape in expected.items()}


def test_a_u_net_gives_the_sizes_of_the_paper():
    """Ronneberger et al., 2015, fig. 1: 572 x 572 to 388 x 388, over 28 x 28 with 1024 channels."""
    _, logits = logits_of(models.UNet(2, padding="valid"), 572, 1)
    assert logits.shape[1:] == (388, 388, 2)
    convolutions = [n for n in toposort([logits]) if n.op.name.startswith("conv")]
    assert len(convolutions) == 23  # "in total the network has 23 convolutional layers"
    assert (28, 28, 1024) in {n.outputs[0].shape[1:] for n in convolutions}


def test_what_a_model_computes_inside_is_found_again_by_calling_its_features():
    model = models.ResNet(18)
    x, logits = logits_of(model, 64, 3)
    assert model.features(x).node in toposort([logits])


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: models.ResNet(35), "ResNet at .*: depth is one of 18, 34, 50, 101, 152, not 35"),
        (lambda: models.VGG(True), "VGG at .*: depth is one of 11, 13, 16, 19, not True"),
        (lambda: models.AlexNet(groups=3), "AlexNet at .*: groups is one of 1, 2, not 3"),
        (lambda: models.BasicBlock(8, shortcut="b"), "BasicBlock at .*: shortcut is one of"),
        (lambda: models.UNet(2, padding="full"), "UNet at .*: padding is one of 'same', 'valid'"),
        (lambda: models.UNet(2, width=0), "UNet at .*: width is a whole number above 0"),
        (lambda: models.CifarResNet(21), "CifarResNet at .*: depth is 6 n \\+ 2"),
        (lambda: models.SingleShot([], [4], 2), "SingleShot at .*: 0 stages need as many"),
    ],
)
def test_a_model_that_does_not_exist_is_refused(make, text):
    with pytest.raises(gx.GraphcError, match=text):
        make()


def test_images_that_can_not_be_halved_are_refused():
    with pytest.raises(gx.ShapeError, match=r"UNet .*: it pools images of 3 x 3"):
        logits_of(models.UNet(2, width=2, depth=3), 12, 1)


COMPILED = [
    (lambda: models.AlexNet(), 67, 3),
    (lambda: models.ZFNet(), 64, 3),
    (lambda: models.VGG(16), 32, 3),
    (lambda: models.GoogLeNet(), 32, 3),
    (lambda: models.ResNet(18), 32, 3),
    (lambda: models.CifarResNet(20), 8, 3),
    (lambda: models.UNet(2, width=4), 32, 1),
]


@pytest.mark.parametrize(("make", "size", "channels"), COMPILED)
def test_a_model_compiles_and_takes_a_step(make, size, channels):
    x, logits = logits_of(make(), size, channels)
    y = gx.input("y", logits.shape[:-1], dtype="int64")
    net = gx.compile(
        "model",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs=logits,
        optimizer=optim.SGD(1e-3),
    )
    m = net.load(seed=0)
    rng = np.random.default_rng(0)
    images = rng.normal(size=(2, size, size, channels)).astype("float32")
    labels = rng.integers(logits.shape[-1], size=m.predict(images).shape[:-1])
    before = float(m.loss(images, labels))
    assert np.isfinite(before)
    m.train_step(images, labels)
    assert float(m.loss(images, labels)) != before


@pytest.mark.parametrize(
    ("make", "size"), [(lambda: models.ResNet(18), 224), (lambda: models.ZFNet(), 224)]
)
def test_a_step_at_full_size_reduces_the_loss_within_little_memory(make, size):
    x, logits = logits_of(make(), size, 3)
    y = gx.input("y", ("N",), dtype="int64")
    loss = losses.softmax_cross_entropy(logits, y)
    net = gx.compile("full", inputs=[x], targets=[y], loss=loss, optimizer=optim.SGD(1e-4))
    report = net.report(N=2)
    assert report.planned_bytes < 1.05 * report.lower_bound_bytes < 0.2 * 2**30
    m = net.load(seed=0)
    images = np.random.default_rng(0).normal(size=(2, size, size, 3)).astype("float32")
    labels = np.array([3, 7])
    steps = [float(m.train_step(images, labels)) for _ in range(3)]
    assert steps[0] > steps[1] > steps[2] > 0
