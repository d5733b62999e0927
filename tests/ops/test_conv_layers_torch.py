"""Layers over images in both data formats, with their gradients, against PyTorch's modules."""

import numpy as np
import pytest
from conv_cases import last, weights_first, weights_last

import graphc as gx
from graphc import nn

torch = pytest.importorskip("torch")
pt = torch.nn
# layer, PyTorch's module, channels, spatial sizes
LAYERS = {
    "Conv1D": (
        lambda **k: nn.Conv1D(6, 3, 2, 1, groups=2, **k),
        lambda: pt.Conv1d(4, 6, 3, 2, 1, groups=2),
        4,
        (9,),
    ),
    "Conv2D": (
        lambda **k: nn.Conv2D(5, (3, 2), (2, 1), (1, 0), (1, 2), **k),
        lambda: pt.Conv2d(3, 5, (3, 2), (2, 1), (1, 0), (1, 2)),
        3,
        (7, 8),
    ),
    "Conv3D": (
        lambda **k: nn.Conv3D(3, 2, 1, 1, **k),
        lambda: pt.Conv3d(2, 3, 2, 1, 1),
        2,
        (3, 4, 3),
    ),
    "DepthwiseConv2D": (
        lambda **k: nn.DepthwiseConv2D(3, 2, padding=1, **k),
        lambda: pt.Conv2d(3, 6, 3, padding=1, groups=3),
        3,
        (5, 6),
    ),
    "ConvTranspose1D": (
        lambda **k: nn.ConvTranspose1D(4, 3, 2, 1, output_padding=1, **k),
        lambda: pt.ConvTranspose1d(3, 4, 3, 2, 1, output_padding=1),
        3,
        (5,),
    ),
    "ConvTranspose2D": (
        lambda **k: nn.ConvTranspose2D(4, 3, 2, 1, groups=2, **k),
        lambda: pt.ConvTranspose2d(6, 4, 3, 2, 1, groups=2),
        6,
        (4, 5),
    ),
    "ConvTranspose3D": (
        lambda **k: nn.ConvTranspose3D(2, 2, 2, **k),
        lambda: pt.ConvTranspose3d(3, 2, 2, 2),
        3,
        (2, 3, 2),
    ),
    "MaxPool2D": (
        lambda **k: nn.MaxPool2D(3, 2, 1, **k),
        lambda: pt.MaxPool2d(3, 2, 1),
        3,
        (7, 6),
    ),
    "AvgPool3D": (
        lambda **k: nn.AvgPool3D(2, 1, **k),
        lambda: pt.AvgPool3d(2, 1),
        2,
        (3, 4, 3),
    ),
}


@pytest.mark.parametrize("style", ["planned", "plain"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("name", LAYERS)
def test_layers_agree_with_pytorch(name, data_format, style):
    make, make_peer, channels, sizes = LAYERS[name]
    rng = np.random.default_rng(0)
    peer = make_peer().double()
    images = rng.normal(size=(2, channels, *sizes))
    seen = torch.tensor(images, requires_grad=True)
    result = peer(seen)
    cotangent = rng.normal(size=tuple(result.shape))
    result.backward(torch.tensor(cotangent))

    weights = [p.detach().numpy() for p in peer.parameters()]
    given = {"init": weights_last(weights[0]), "bias_init": weights[1]} if weights else {}
    as_ours = last if data_format == "channels_last" else (lambda a: a)
    values = np.ascontiguousarray(as_ours(images))
    x = gx.input("x", values.shape, "float64")
    layer = make(data_format=data_format, name="layer", **given)
    y = layer(x)
    wrt = [x, *layer.parameters()]
    back = gx.grad(y, wrt, cotangent=gx.constant(np.ascontiguousarray(as_ours(cotangent))))
    found = gx.function([x], [y, *back], style=style)(values)

    np.testing.assert_allclose(found[0], as_ours(result.detach().numpy()), atol=1e-12)
    np.testing.assert_allclose(found[1], as_ours(seen.grad.numpy()), atol=1e-12)
    if weights:
        by_w, by_b = (p.grad.numpy() for p in peer.parameters())
        np.testing.assert_allclose(weights_first(found[2]), by_w, atol=1e-12)
        np.testing.assert_allclose(found[3], by_b, atol=1e-12)
