"""Padding layers against numpy.pad, both data formats, and what they pass back."""

import numpy as np
import pytest

import graphc as gx
from graphc import nn

MODES = {"ZeroPad": "constant", "ReflectPad": "reflect", "EdgePad": "edge"}
WIDTHS = {
    "one number": (1, ((1, 1), (1, 1))),
    "a number for each axis": ((2, 1), ((2, 2), (1, 1))),
    "pairs": (((0, 2), (3, 1)), ((0, 2), (3, 1))),
}


@pytest.mark.parametrize("style", ["planned", "plain"])
@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("widths", WIDTHS)
@pytest.mark.parametrize("layer", MODES)
def test_padding_layers_are_numpys_pad(layer, widths, data_format, style):
    given, pairs = WIDTHS[widths]
    values = np.random.default_rng(0).normal(size=(2, 4, 5, 4))
    x = gx.input("x", values.shape, "float64")
    last = data_format == "channels_last"
    around = ((0, 0), *pairs, (0, 0)) if last else ((0, 0), (0, 0), *pairs)
    expected = np.pad(values, around, mode=MODES[layer])
    y = getattr(nn, layer)(given, data_format=data_format)(x)
    cotangent = np.random.default_rng(1).normal(size=expected.shape)
    (back,) = gx.grad(y, [x], cotangent=gx.constant(cotangent))
    found, by_x = gx.function([x], [y, back], style=style)(values)
    np.testing.assert_array_equal(found, expected)
    places = np.pad(
        np.arange(values.size).reshape(values.shape),
        around,
        mode=MODES[layer],
        **({"constant_values": values.size} if layer == "ZeroPad" else {}),
    )
    total = np.bincount(places.ravel(), cotangent.ravel(), values.size + 1)[: values.size]
    np.testing.assert_allclose(by_x.ravel(), total)
