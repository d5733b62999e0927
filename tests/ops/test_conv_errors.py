"""Geometry that can't be is refused where it is declared, with the arithmetic."""

import re

import pytest

import graphc as gx
from graphc import nn


def t(*shape, dtype="float32"):
    return gx.input("x", shape, dtype)


def again():
    layer = nn.Conv2D(3, 3)
    layer(t("N", 5, 5, 4))
    return layer(t("N", 5, 5, 3))


IMAGE = ("N", 6, 6, 4)
W = (3, 3, 4, 4)
BAD = {
    "a kernel larger than the image": (
        lambda: gx.conv(t("N", 4, 5, 3), t(5, 3, 3, 2)),
        "axis 1: the kernel does not fit in the padded image: (4 + 0 + 0 - 1*(5-1) - 1)//1 + 1 = 0",
    ),
    "a kernel too far apart": (
        lambda: gx.conv(t("N", 9, 6, 1), t(3, 3, 1, 1), 2, ((0, 0), (1, 0)), dilation=(1, 4)),
        "axis 2: the kernel does not fit in the padded image: (6 + 1 + 0 - 4*(3-1) - 1)//2 + 1 = 0",
    ),
    "channels": (
        lambda: gx.conv(t("N", 6, 6, 3), t(3, 3, 2, 4)),
        "the image has 3 channels and the weights take 2",
    ),
    "channels in groups": (
        lambda: gx.conv(t(*IMAGE), t(3, 3, 4, 4), groups=2),
        "the image has 4 channels and the weights take 4 in each of 2 groups",
    ),
    "filters in groups": (
        lambda: gx.conv(t(*IMAGE), t(3, 3, 2, 3), groups=2),
        "2 groups don't divide 3 filters",
    ),
    "no stride": (
        lambda: gx.conv(t(*IMAGE), t(*W), strides=0),
        "strides is a whole number above 0",
    ),
    "too many strides": (
        lambda: gx.conv(t(*IMAGE), t(*W), strides=(1, 1, 1)),
        "strides has 3 entries for 2 spatial axes: (1, 1, 1)",
    ),
    "padding below 0": (
        lambda: gx.conv(t(*IMAGE), t(*W), padding=-1),
        "padding is a whole number from 0 on",
    ),
    "padding by half": (lambda: gx.conv(t(*IMAGE), t(*W), padding=1.5), "not 1.5"),
    "padding by a word": (
        lambda: gx.conv(t(*IMAGE), t(*W), padding="full"),
        "padding is 'valid', 'same', a number or pairs, not 'full'",
    ),
    "ranks": (lambda: gx.conv(t("N", 6, 4), t(*W)), "not (N, 6, 4) and (3, 3, 4, 4)"),
    "integers": (
        lambda: gx.conv(t(*IMAGE, dtype="int64"), t(*W, dtype="int64")),
        "floating numbers are expected, not int64",
    ),
    "a kernel of any size": (lambda: gx.conv(t(*IMAGE), t("K", 3, 4, 4)), "not (K, 3)"),
    "same, of any size": (
        lambda: gx.conv(t("N", "H", 6, 4), t(*W), 2, "same"),
        "padding 'same' with stride 2 depends on the size of axis 1, which is H: give pairs",
    ),
    "a transpose that is cut off whole": (
        lambda: gx.conv_transpose(t("N", 1, 1, 4), t(2, 2, 3, 4), padding=1),
        "the padding leaves nothing: (1 - 1)*1 + 1*(2-1) + 1 - 1 - 1 = 0",
    ),
    "more output padding than strides leave open": (
        lambda: gx.conv_transpose(t("N", 3, 3, 4), t(2, 2, 3, 4), strides=2, output_padding=2),
        "output_padding is below the stride, 2, not 2",
    ),
    "channels of a transpose": (
        lambda: gx.conv_transpose(t("N", 3, 3, 5), t(2, 2, 3, 4)),
        "5 channels of the one and 4 of the other",
    ),
    "a pool larger than the image": (
        lambda: gx.max_pool(t("N", 3, 3, 5), 4),
        "(3 + 0 + 0 - 1*(4-1) - 1)//4 + 1 = 0",
    ),
    "a pool of padding alone": (
        lambda: gx.max_pool(t("N", 3, 3, 5), 2, padding=2),
        "padding (2, 2) holds windows of 2 with no input",
    ),
    "a layer on other ranks": (
        lambda: nn.Conv2D(3, 3)(t("N", 5, 3)),
        "expects (N, *sizes, C) with 2 spatial axes, not (N, 5, 3)",
    ),
    "a layer, channels first, on other ranks": (
        lambda: nn.Conv2D(3, 3, data_format="channels_first")(t("N", 5, 3)),
        "expects (N, C, *sizes) with 2 spatial axes, not (N, 5, 3)",
    ),
    "a layer's kernel": (
        lambda: nn.Conv2D(3, (3, 3, 3)),
        "kernel has 3 entries for 2 spatial axes",
    ),
    "a layer's groups": (
        lambda: nn.Conv2D(3, 3, groups=2)(t("N", 5, 5, 4)),
        "2 groups don't divide 4 channels and 3 filters",
    ),
    "a layer larger than the image": (
        lambda: nn.Conv2D(3, 7)(t("N", 5, 5, 4)),
        "(5 + 0 + 0 - 1*(7-1) - 1)//1 + 1 = -1",
    ),
    "a layer on other channels than before": (
        again,
        "the image has 3 channels and the weights take 4",
    ),
    "a layer's data format": (
        lambda: nn.Conv2D(3, 3, data_format="NCHW"),
        "data_format is 'channels_last' or 'channels_first', not 'NCHW'",
    ),
    "widths for other axes": (
        lambda: nn.ReflectPad((1, 2, 3))(t("N", 5, 5, 4)),
        "(1, 2, 3) has 3 entries for 2 spatial axes",
    ),
    "widths below 0": (lambda: nn.ZeroPad(-1)(t("N", 5, 5, 4)), "-1"),
    "nothing left to reflect": (lambda: nn.ReflectPad(5)(t("N", 5, 5, 4)), "5"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_geometry_is_refused_with_the_arithmetic_and_the_line(name):
    declare, message = BAD[name]
    kinds = (gx.ShapeError, gx.TypeMismatchError, gx.GraphError)
    with pytest.raises(kinds, match=re.escape(message)) as caught:
        declare()
    assert "test_conv_errors.py:" in str(caught.value)
