"""Convolution and pooling in float64 against PyTorch, on random geometries."""

import numpy as np
import pytest
from conv_cases import first, last, random_case, weights_first, weights_last

import graphc as gx
from graphc.ir.evaluate import evaluate

torch = pytest.importorskip("torch")
F = torch.nn.functional
CASES = 300
CLOSE = {"rtol": 1e-10, "atol": 1e-11}


def leaf(array):
    return torch.tensor(np.ascontiguousarray(array), requires_grad=True)


def compiled(inputs, outputs, arrays, style):
    return gx.function(inputs, outputs, style=style)(*arrays)


def of_torch(function, arrays):
    """The result, both gradients of a weighted sum, and those of a number made of them."""
    leaves = [leaf(a) for a in arrays]
    y = function(*leaves)
    rng = np.random.default_rng(3)
    total = (y * torch.tensor(rng.normal(size=tuple(y.shape)))).sum() + (y**2).sum()
    grads = torch.autograd.grad(total, leaves, create_graph=True)
    along = sum((g * torch.tensor(rng.normal(size=tuple(g.shape)))).sum() for g in grads)
    second = torch.autograd.grad(along, leaves, allow_unused=True)
    return [t.detach().numpy() if t is not None else None for t in (y, *grads, *second)]


def of_graphc(function, arrays, shapes_first, back):
    """The same, with weights in PyTorch's layouts; a list of tensors and the inputs."""
    inputs = [gx.input(f"x{i}", a.shape, "float64") for i, a in enumerate(arrays)]
    y = function(*inputs)
    rng = np.random.default_rng(3)
    weight = back[0](rng.normal(size=np.moveaxis(np.empty(y.shape), -1, 1).shape))
    total = gx.sum(y * weight) + gx.sum(gx.square(y))
    grads = gx.grad(total, inputs)
    along = gx.constant(0.0, "float64")
    for k, g in enumerate(grads):
        along = along + gx.sum(g * back[k](rng.normal(size=shapes_first[k])))
    second = gx.grad(along, inputs, unconnected="zeros")
    return inputs, [y, *grads, *second]


def compare(mine, theirs, back):
    for k, (got, want) in enumerate(zip(mine, theirs, strict=True)):
        which = 0 if k == 0 else (k - 1) % len(back)
        if want is not None:
            np.testing.assert_allclose(got, back[which](want), **CLOSE)


@pytest.mark.parametrize("seed", range(CASES))
def test_convolution_and_its_derivatives_of_two_orders(seed):
    case = random_case(seed)
    function = (F.conv1d, F.conv2d, F.conv3d)[case.rank - 1]
    given = (case.strides, case.padding, case.dilation, case.groups)
    pair = (first(case.x), weights_first(case.w))
    theirs = of_torch(lambda x, w: function(x, w, None, *given), pair)
    back = (last, weights_last)
    inputs, outputs = of_graphc(
        lambda x, w: gx.conv(x, w, *given), (case.x, case.w), [a.shape for a in pair], back
    )
    arrays = (case.x, case.w)
    if seed % 6:  # compiling takes longer than the reference evaluator
        mine = evaluate(outputs, dict(zip(inputs, arrays, strict=True)))
    else:
        mine = compiled(inputs, outputs, arrays, ("planned", "plain")[seed % 12 // 6])
    compare(mine, theirs, back)


@pytest.mark.parametrize("seed", range(0, 60))
def test_transposed_convolution(seed):
    case = random_case(1000 + seed)
    rank, groups = case.rank, case.groups
    filters = case.w.shape[-1]
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(2, *rng.integers(2, 5, size=rank), filters))
    extra = tuple(int(rng.integers(0, s)) for s in case.strides)
    padding = tuple(
        min(p, d * (k - 1) // 2)
        for p, d, k in zip(case.padding, case.dilation, case.w.shape[:rank], strict=True)
    )
    function = (F.conv_transpose1d, F.conv_transpose2d, F.conv_transpose3d)[rank - 1]
    pair = (first(x), weights_first(case.w))
    theirs = of_torch(
        lambda a, w: function(a, w, None, case.strides, padding, extra, groups, case.dilation), pair
    )
    back = (last, weights_last)
    inputs, outputs = of_graphc(
        lambda a, w: gx.conv_transpose(
            a, w, case.strides, padding, case.dilation, groups, output_padding=extra
        ),
        (x, case.w),
        [a.shape for a in pair],
        back,
    )
    mine = compiled(inputs, outputs, (x, case.w), "planned")
    compare(mine, theirs, back)


@pytest.mark.parametrize("kind", ["max", "avg", "avg_inside"])
@pytest.mark.parametrize("seed", range(0, 30))
def test_pooling(seed, kind):
    case = random_case(2000 + seed)
    rank = case.rank
    kernel = case.w.shape[:rank]
    padding = tuple(min(p, k // 2) for p, k in zip(case.padding, kernel, strict=True))
    dilation = case.dilation if kind == "max" else (1,) * rank
    table = {
        "max": (F.max_pool1d, F.max_pool2d, F.max_pool3d),
        "avg": (F.avg_pool1d, F.avg_pool2d, F.avg_pool3d),
    }
    function = table[kind[:3]][rank - 1]
    sizes = [
        max(n, d * (k - 1) + 1)
        for n, k, d in zip(case.x.shape[1:-1], kernel, dilation, strict=True)
    ]
    x = case.rng.normal(size=(len(case.x), *sizes, case.x.shape[-1]))

    def of_peer(a):
        if kind == "max":
            return function(a, kernel, case.strides, padding, dilation)
        return function(a, kernel, case.strides, padding, False, kind == "avg")

    def of_ours(a):
        if kind == "max":
            return gx.max_pool(a, kernel, case.strides, padding, dilation)
        return gx.avg_pool(a, kernel, case.strides, padding, kind == "avg")

    theirs = of_torch(of_peer, (first(x),))
    inputs, outputs = of_graphc(of_ours, (x,), [first(x).shape], (last,))
    compare(compiled(inputs, outputs, (x,), ("planned", "plain")[seed % 2]), theirs, (last,))


def test_ties_in_max_pooling_go_where_pytorch_sends_them():
    x = np.random.default_rng(0).integers(0, 3, size=(2, 9, 8, 3)).astype(float)
    theirs = of_torch(lambda a: F.max_pool2d(a, 3, 2, 1), (first(x),))
    inputs, outputs = of_graphc(lambda a: gx.max_pool(a, 3, 2, 1), (x,), [first(x).shape], (last,))
    for style in ("planned", "plain"):
        compare(compiled(inputs, outputs, (x,), style), theirs, (last,))


OTHERS = {
    "adaptive_avg_pool": (
        lambda x: F.adaptive_avg_pool2d(x, (3, 2)),
        lambda x: gx.adaptive_avg_pool(x, (3, 2)),
    ),
    "adaptive_avg_pool, whole": (
        lambda x: F.adaptive_avg_pool2d(x, (7, 1)),
        lambda x: gx.adaptive_avg_pool(x, (7, 1)),
    ),
    "adaptive_max_pool": (
        lambda x: F.adaptive_max_pool2d(x, (3, 4)),
        lambda x: gx.adaptive_max_pool(x, (3, 4)),
    ),
    "adaptive_max_pool, whole": (
        lambda x: F.adaptive_max_pool2d(x, (1, 3)),
        lambda x: gx.adaptive_max_pool(x, (1, 3)),
    ),
    "global_avg_pool": (
        lambda x: x.mean((2, 3), keepdim=True),
        lambda x: gx.global_avg_pool(x, keepdims=True),
    ),
    "global_max_pool": (
        lambda x: x.amax((2, 3), keepdim=True),
        lambda x: gx.global_max_pool(x, keepdims=True),
    ),
    "local_response_norm": (
        lambda x: F.local_response_norm(x, 3, 0.1, 0.6, 1.5),
        lambda x: gx.local_response_norm(x, 3, 0.1, 0.6, 1.5),
    ),
    "local_response_norm, even": (
        lambda x: F.local_response_norm(x, 4, 0.3),
        lambda x: gx.local_response_norm(x, 4, 0.3),
    ),
    "nearest": (
        lambda x: F.interpolate(x, scale_factor=(2, 3), mode="nearest"),
        lambda x: gx.upsample(x, (2, 3)),
    ),
    "bilinear": (
        lambda x: F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=False),
        lambda x: gx.upsample(x, 2, mode="bilinear"),
    ),
    "bilinear, corners": (
        lambda x: F.interpolate(x, size=(11, 6), mode="bilinear", align_corners=True),
        lambda x: gx.upsample(x, size=(11, 6), mode="bilinear", align_corners=True),
    ),
    "bilinear, smaller": (
        lambda x: F.interpolate(x, size=(5, 4), mode="bilinear", align_corners=False),
        lambda x: gx.upsample(x, size=(5, 4), mode="bilinear"),
    ),
    "pixel_shuffle": (lambda x: F.pixel_shuffle(x, 2), lambda x: gx.pixel_shuffle(x, 2)),
    "reflect": (
        lambda x: F.pad(x, (2, 1, 0, 3), mode="reflect"),
        lambda x: gx.pad(x, ((0, 0), (0, 3), (2, 1), (0, 0)), mode="reflect"),
    ),
    "edge": (
        lambda x: F.pad(x, (2, 1, 0, 3), mode="replicate"),
        lambda x: gx.pad(x, ((0, 0), (0, 3), (2, 1), (0, 0)), mode="edge"),
    ),
}


@pytest.mark.parametrize("style", ["planned", "plain"])
@pytest.mark.parametrize("name", OTHERS)
def test_what_is_made_of_simpler_ops(name, style):
    of_peer, of_ours = OTHERS[name]
    x = np.random.default_rng(1).normal(size=(2, 7, 6, 8))
    theirs = of_torch(of_peer, (first(x),))
    inputs, outputs = of_graphc(of_ours, (x,), [first(x).shape], (last,))
    compare(compiled(inputs, outputs, (x,), style), theirs, (last,))


def test_same_padding_is_that_of_pytorch_where_strides_are_one():
    rng = np.random.default_rng(5)
    x, w = rng.normal(size=(2, 7, 9, 3)), rng.normal(size=(4, 3, 3, 2))
    want = F.conv2d(leaf(first(x)), leaf(weights_first(w)), padding="same").detach().numpy()
    a, b = gx.input("x", ("N", "H", "W", 3), "float64"), gx.input("w", w.shape, "float64")
    (got,) = gx.function([a, b], [gx.conv(a, b, padding="same")])(x, w)
    np.testing.assert_allclose(got, last(want), **CLOSE)
