"""Convolutions as other ops: products of matrices, and the reversed kernel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from graphc.ir import dims
from graphc.ir.node import Node, Tensor, builders, make
from graphc.ops.base import REGISTRY
from graphc.ops.conv.geometry import Window
from graphc.ops.linalg import matmul, swap
from graphc.ops.regions import Region
from graphc.ops.shape import flip, reshape, take_region, unslice


def _rows(x: Tensor) -> Tensor:
    """A matrix with a row for each place of each image."""
    return reshape(x, (dims.product(x.shape[:-1]), x.shape[-1]))


def _seen(x: Tensor, g: Tensor, window: Window) -> Region:
    """The places of an image that a kernel of one element looks at."""
    middle = zip(g.shape[1:-1], window.strides, strict=True)
    return ((0, x.shape[0], 1), *((0, n, s) for n, s in middle), (0, x.shape[-1], 1))


def product(node: Node, window: Window) -> Tensor:
    """`conv` with a kernel of one element."""
    (x, w), y = node.inputs, node.outputs[0]
    seen = take_region(x, _seen(x, y, window))
    return reshape(matmul(_rows(seen), _rows(w)), y.shape)


def product_input_gradient(node: Node, window: Window) -> Tensor:
    """`conv_input_gradient` with a kernel of one element."""
    (g, w), x = node.inputs, node.outputs[0]
    back = reshape(matmul(_rows(g), swap(_rows(w))), (*g.shape[:-1], x.shape[-1]))
    return unslice(back, x.shape, _seen(x, g, window))


def product_weight_gradient(node: Node, window: Window) -> Tensor:
    """`conv_weight_gradient` with a kernel of one element."""
    x, g = node.inputs
    seen = take_region(x, _seen(x, g, window))
    return reshape(matmul(swap(_rows(seen)), _rows(g)), node.outputs[0].shape)


def turned(window: Window) -> Window:
    """The window that slides over the cotangent of `conv` with strides of 1, to give its image's."""
    pairs = zip(window.padding, window.reach, strict=True)
    padding = tuple((reach - 1 - low, reach - 1 - high) for (low, high), reach in pairs)
    return replace(window, padding=padding)


def flipped(node: Node, window: Window) -> Tensor:
    """`conv_input_gradient` with strides of 1 as `conv`."""
    g, w = node.inputs
    groups, rank = node.attrs["groups"], window.rank
    inner, filters = w.shape[-2:]
    assert isinstance(filters, int)
    axes = tuple(range(rank))
    if groups == 1:
        weights = builders["transpose"](flip(w, axes), (*axes, rank + 1, rank))
    else:
        parts = reshape(w, (*window.kernel, inner, groups, filters // groups))
        parts = builders["transpose"](flip(parts, axes), (*axes, rank + 2, rank + 1, rank))
        weights = reshape(parts, (*window.kernel, filters // groups, groups * inner))
    attrs: dict[str, Any] = {**turned(window).attrs, "groups": groups, "algorithm": ""}
    return make(REGISTRY["conv"], (g, weights), attrs).outputs[0]
