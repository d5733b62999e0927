"""Attention and transformer layers against torch in float64: values, first and second derivatives."""

import numpy as np
import pytest

import graphc as gx
from graphc import nn
from graphc.errors import GraphError, ShapeError, TypeMismatchError

N, T, S, D, HEADS = 2, 5, 7, 8, 2
RNG = np.random.default_rng(0)


def draw(*shape):
    return RNG.normal(size=shape)


def compare(inputs, out, parameters, theirs, their_parameters, their_out, arrays, tolerance=1e-9):
    """Values, gradients of a weighted sum of squares, and the gradients of those."""
    pt = pytest.importorskip("torch")
    floats = [t for t in inputs if t.dtype == "float64"]
    weight = draw(*their_out(*theirs).shape)
    w = gx.input("w", out.shape, "float64")
    first = gx.grad(gx.sum(gx.square(out) * w), [*floats, *parameters])
    second = gx.grad(sum(gx.sum(gx.sin(g)) for g in first[: len(floats)]), [*floats, *parameters])
    got = gx.function([*inputs, w], [out, *first, *second])(*arrays, weight)
    with pt.nn.attention.sdpa_kernel(
        pt.nn.attention.SDPBackend.MATH
    ):  # others lack a 2nd derivative
        result = their_out(*theirs)
    leaves = [t for t in theirs if t.dtype == pt.float64 and t.requires_grad]
    wrt = [*leaves, *their_parameters]
    d1 = pt.autograd.grad((result**2 * pt.from_numpy(weight)).sum(), wrt, create_graph=True)
    d2 = pt.autograd.grad(sum(g.sin().sum() for g in d1[: len(leaves)]), wrt, allow_unused=True)
    wanted = [result, *d1, *d2]
    assert len(got) == len(wanted)
    for mine, want in zip(got, wanted, strict=True):
        want = np.zeros(mine.shape) if want is None else want.detach().numpy()
        np.testing.assert_allclose(mine, want, rtol=tolerance, atol=tolerance)


def leaves(*arrays):
    pt = pytest.importorskip("torch")
    return [
        pt.from_numpy(a).requires_grad_() if a.dtype == np.float64 else pt.from_numpy(a)
        for a in arrays
    ]


MASKS = {
    "no mask": lambda: None,
    "a mask for all": lambda: RNG.random((T, S)) < 0.7,
    "a mask of each head": lambda: RNG.random((N, HEADS, T, S)) < 0.7,
    "added numbers": lambda: draw(HEADS, T, S),
}


@pytest.mark.parametrize("scale", [None, 0.3])
@pytest.mark.parametrize("causal", [False, True])
@pytest.mark.parametrize("case", MASKS)
def test_scaled_dot_product_attention_is_torchs(case, causal, scale):
    pt = pytest.importorskip("torch")
    mask = MASKS[case]()
    if mask is not None and mask.dtype == bool:
        mask[..., 0] = True  # torch's derivative of an empty row is another test's subject
    q, k, v = draw(N, HEADS, T, 4), draw(N, HEADS, S, 4), draw(N, HEADS, S, 3)
    tq, tk, tv = (gx.input(n, a.shape, "float64") for n, a in zip("qkv", (q, k, v), strict=True))
    out = gx.attention(tq, tk, tv, mask, causal=causal, scale=scale)

    def theirs(q, k, v):
        added = pt.zeros(T, S, dtype=pt.float64)
        if causal:
            added = added.masked_fill(pt.ones(T, S).triu(1) > 0, -np.inf)
        if mask is not None:
            given = pt.from_numpy(mask)
            added = added.masked_fill(~given, -np.inf) if mask.dtype == bool else added + given
        return pt.nn.functional.scaled_dot_product_attention(q, k, v, added, scale=scale)

    compare([tq, tk, tv], out, [], leaves(q, k, v), [], theirs, [q, k, v])


def test_a_query_without_any_key_gives_zero_and_passes_no_gradient():
    mask = RNG.random((N, 1, T, S)) < 0.6
    mask[0, 0, 2], mask[1] = False, False
    q, k, v = draw(N, HEADS, T, 4), draw(N, HEADS, S, 4), draw(N, HEADS, S, 3)
    tq, tk, tv = (gx.input(n, a.shape, "float64") for n, a in zip("qkv", (q, k, v), strict=True))
    out, weights = gx.attention(tq, tk, tv, mask), gx.attention_weights(tq, tk, mask)
    grads = gx.grad(gx.sum(gx.square(out)), [tq, tk, tv])
    got, w, *slopes = gx.function([tq, tk, tv], [out, weights, *grads])(q, k, v)
    scores = np.where(mask, np.exp(q @ k.swapaxes(2, 3) / 2), 0)
    total = scores.sum(-1, keepdims=True)
    wanted = np.divide(scores, total, out=np.zeros_like(scores), where=total > 0)
    np.testing.assert_allclose(w, wanted, atol=1e-14)
    np.testing.assert_allclose(got, wanted @ v, atol=1e-14)
    assert not got[0, :, 2].any() and not got[1].any()
    assert all(np.isfinite(s).all() and s[0].any() and not s[1].any() for s in slopes)
    assert not slopes[0][0, :, 2].any()


def attention_pair(pt, k_width=D, v_width=D):
    """torch's layer, and a function that gives ours its weights."""
    theirs = pt.nn.MultiheadAttention(
        D, HEADS, batch_first=True, dtype=pt.float64, kdim=k_width, vdim=v_width
    )
    for p in theirs.parameters():
        p.data = pt.from_numpy(draw(*p.shape) * 0.5)
    return theirs


def packed(theirs):
    """torch's weights by our names: columns, and queries, keys and values side by side."""
    named = dict(theirs.named_parameters())
    if "in_proj_weight" in named:
        qkv = named["in_proj_weight"].T
    else:
        qkv = [named[f"{part}_proj_weight"].T for part in "qkv"]
    return qkv, named["in_proj_bias"], named["out_proj.weight"].T, named["out_proj.bias"]


def given_to(layer, theirs):
    """Set our parameters to torch's, and return torch's tensors in the order of ours."""
    qkv, bias, w_o, b_o = packed(theirs)
    groups, start, columns = list(layer._weights), 0, []
    for group in groups:
        size = D * len(group)
        if isinstance(qkv, list):
            columns.append((qkv["qkv".index(group)], bias[start : start + size]))
        else:
            columns.append((qkv[:, start : start + size], bias[start : start + size]))
        start += size
    table = {"W_o": w_o, "b_o": b_o}
    for group, (w, b) in zip(groups, columns, strict=True):
        table[f"W_{group}"], table[f"b_{group}"] = w, b
    return {p: table[p.name.rpartition(".")[2]] for p in layer.parameters()}


def assign(pairs):
    gx.function([], [], {p: v.detach().numpy().copy() for p, v in pairs.items()})()


CALLS = {
    "self-attention": ("x", D, D),
    "attention to a memory": ("xm", D, D),
    "keys and values of other widths": ("xkv", 6, 3),
}


@pytest.mark.parametrize("masked", [False, True])
@pytest.mark.parametrize("case", CALLS)
def test_multi_head_attention_is_torchs(case, masked):
    pt = pytest.importorskip("torch")
    names, k_width, v_width = CALLS[case]
    keys = T if names == "x" else S
    arrays = [draw(N, T, D), draw(N, keys, k_width), draw(N, keys, v_width)][: len(names)]
    inputs = [
        gx.input(n, ("N", a.shape[1], a.shape[2]), "float64")
        for n, a in zip(names, arrays, strict=True)
    ]
    layer = nn.MultiHeadAttention(D, HEADS)
    key_mask = RNG.random((N, keys)) < 0.7
    key_mask[:, 0] = True
    there = gx.input("there", ("N", keys), "bool")
    out = layer(*inputs, key_mask=there if masked else None)
    theirs = attention_pair(pt, k_width, v_width)
    pairs = given_to(layer, theirs)
    assign(pairs)
    wrt = list(theirs.parameters())

    def call(*x):
        q, k, v = (*x, *x[-1:] * 2)[:3]
        padding = pt.from_numpy(~key_mask) if masked else None
        return theirs(q, k, v, key_padding_mask=padding, need_weights=False)[0]

    f = gx.function([*inputs, *([there] if masked else [])], [out])
    given = [*arrays, *([key_mask] if masked else [])]
    want = call(*leaves(*arrays)).detach().numpy()
    np.testing.assert_allclose(f(*given)[0], want, rtol=1e-10, atol=1e-12)
    grads = gx.grad(gx.sum(gx.square(out)), [*inputs, *pairs])
    got = gx.function([*inputs, *([there] if masked else [])], grads)(*given)
    tensors = leaves(*arrays)
    loss = (call(*tensors) ** 2).sum()
    slopes = pt.autograd.grad(loss, [*tensors, *wrt])
    for mine, theirs_ in zip(got[: len(arrays)], slopes, strict=False):
        np.testing.assert_allclose(mine, theirs_.numpy(), rtol=1e-9, atol=1e-10)
    for p, g in zip(wrt, slopes[len(arrays) :], strict=True):
        p.data = g  # so that the same function puts gradients in our order
    for mine, want in zip(got[len(arrays) :], given_to(layer, theirs).values(), strict=True):
        np.testing.assert_allclose(mine, want.detach().numpy(), rtol=1e-9, atol=1e-10)


def block_pairs(ours, theirs):
    """Our parameters and torch's of a transformer layer."""
    pairs = {}
    cross = hasattr(theirs, "multihead_attn")
    first = ours.self_attention if cross else ours.attention
    pairs |= given_to(first, theirs.self_attn)
    if cross:
        pairs |= given_to(ours.cross_attention, theirs.multihead_attn)
    norms = [("norm_1", "norm1"), ("norm_2", "norm2"), ("norm_3", "norm3")][: 3 if cross else 2]
    for mine, their in norms:
        norm, other = getattr(ours, mine), getattr(theirs, their)
        pairs |= {norm.gamma: other.weight, norm.beta: other.bias}
    for mine, other in (
        (ours.feed_forward.up, theirs.linear1),
        (ours.feed_forward.down, theirs.linear2),
    ):
        pairs |= {mine.W: other.weight.T, mine.b: other.bias}
    return pairs


def shaken(theirs):
    pt = pytest.importorskip("torch")
    for p in theirs.parameters():
        p.data = p.data + pt.from_numpy(0.1 * draw(*p.shape))
    return theirs


@pytest.mark.parametrize("decoder", [False, True])
@pytest.mark.parametrize("norm_first", [False, True])
@pytest.mark.parametrize("activation", ["relu", "gelu"])
def test_transformer_layers_are_torchs_to_second_order(decoder, norm_first, activation):
    pt = pytest.importorskip("torch")
    kind = pt.nn.TransformerDecoderLayer if decoder else pt.nn.TransformerEncoderLayer
    theirs = shaken(
        kind(
            D, HEADS, 12, 0.0, activation, batch_first=True, norm_first=norm_first, dtype=pt.float64
        )
    )
    layer = (nn.TransformerDecoderLayer if decoder else nn.TransformerEncoderLayer)(
        D, HEADS, 12, activation, 0.0, norm_first, causal=True
    )
    arrays = [draw(N, T, D), draw(N, S, D)][: 1 + decoder]
    inputs = [gx.input(n, ("N", t, D), "float64") for n, t in zip("xm", "TS", strict=True)][
        : 1 + decoder
    ]
    out = layer(*inputs)
    pairs = block_pairs(layer, theirs)
    assign(pairs)
    future = pt.nn.Transformer.generate_square_subsequent_mask(T, dtype=pt.float64)

    def call(*x):
        return theirs(*x, tgt_mask=future) if decoder else theirs(*x, src_mask=future)

    parameters = [layer.norm_1.gamma, layer.feed_forward.up.b]
    others = [theirs.norm1.weight, theirs.linear1.bias]
    compare(inputs, out, parameters, leaves(*arrays), others, call, arrays, 1e-8)


@pytest.mark.parametrize("interleaved", [True, False])
def test_rotary_embedding_is_a_complex_rotation(interleaved):
    x = draw(N, T, 6)
    t = gx.input("x", ("N", "T", 6), "float64")
    (got,) = gx.function([t], [gx.rotary(t, start=3, interleaved=interleaved)])(x)
    a, b = (x[..., 0::2], x[..., 1::2]) if interleaved else (x[..., :3], x[..., 3:])
    turn = np.exp(1j * (np.arange(T)[:, None] + 3) * 10000.0 ** (-2 * np.arange(3) / 6))
    z = (a + 1j * b) * turn
    pair = np.stack([z.real, z.imag], -1).reshape(x.shape)
    wanted = pair if interleaved else np.concatenate([z.real, z.imag], -1)
    np.testing.assert_allclose(got, wanted, rtol=1e-13)


def test_sinusoidal_positions_are_the_papers():
    x = gx.input("x", ("N", "T", 6))
    (got,) = gx.function([x], [nn.SinusoidalPositions()(x)])(np.zeros((1, 9, 6), np.float32))
    position, i = np.arange(9)[:, None], np.arange(3)
    wanted = np.empty((9, 6))
    wanted[:, 0::2] = np.sin(position / 10000 ** (2 * i / 6))
    wanted[:, 1::2] = np.cos(position / 10000 ** (2 * i / 6))
    np.testing.assert_allclose(got[0], wanted, atol=1e-6)


@pytest.mark.parametrize("padding", [None, 3])
def test_embedding_and_its_gradient_are_torchs(padding):
    pt = pytest.importorskip("torch")
    table, tokens = draw(6, 4), np.array([[3, 0, 3], [5, 5, 1]])
    if padding is not None:
        table[padding] = 0
    x = gx.input("x", ("N", "T"), "int64")
    layer = nn.Embedding(6, 4, padding_idx=padding, init=table, dtype="float64")
    out = layer(x)
    (d_w,) = gx.grad(gx.sum(gx.sin(out) + gx.square(out)), [layer.W])
    got, slope = gx.function([x], [out, d_w])(tokens)
    theirs = pt.nn.Embedding(6, 4, padding_idx=padding, _weight=pt.from_numpy(table))
    result = theirs(pt.from_numpy(tokens))
    (result.sin() + result**2).sum().backward()
    np.testing.assert_allclose(got, result.detach().numpy(), rtol=1e-14)
    np.testing.assert_allclose(slope, theirs.weight.grad.numpy(), rtol=1e-13)


def test_learned_positions_refuse_a_longer_sequence_before_anything_runs():
    x = gx.input("x", ("N", "T", 3), "float64")
    layer = nn.LearnedPositions(4)
    f = gx.function([x], [layer(x)])
    table = layer.W
    zeros, *_ = f(np.zeros((2, 4, 3)))
    assert zeros.shape == (2, 4, 3) and np.array_equal(zeros[0], gx.value(table))
    with pytest.raises(ValueError, match="T: expected at most 4, got 5"):
        f(np.zeros((2, 5, 3)))


X = gx.input("x", ("N", T, D))
BAD = [
    (lambda: nn.MultiHeadAttention(10, 3), GraphError, "3 heads don't divide 10 units"),
    (lambda: nn.MultiHeadAttention(8, 2, dropout=1.0), GraphError, r"rate lies in \[0, 1\)"),
    (lambda: nn.Embedding(5, 2)(gx.input("t", ("N", 3))), TypeMismatchError, "takes integers"),
    (lambda: nn.Embedding(5, 2, padding_idx=5), GraphError, "padding_idx is a token, 0 to 4"),
    (lambda: nn.Embedding(5, 2).logits(X), ShapeError, "scores 2 features, not 8"),
    (lambda: nn.LearnedPositions(3)(X), ShapeError, "has 3 positions, not 5"),
    (lambda: nn.SinusoidalPositions()(X[:, :, :7]), GraphError, "even and above 0, not 7"),
    (lambda: gx.attention(X, X[:, :, :4], X), ShapeError, "differ in their last size"),
    (lambda: gx.attention(X, X, X[:, :3]), ShapeError, "number of positions"),
    (lambda: gx.attention(X, X, X, np.ones((3, T))), ShapeError, "does not broadcast"),
    (lambda: gx.attention(X, X, X, np.ones((T, T), int)), TypeMismatchError, "mask is int64"),
    (
        lambda: nn.MultiHeadAttention(8, 2)(X, key_mask=gx.input("k", ("N", 4), "bool")),
        ShapeError,
        r"takes a key_mask \(N, 5\), not \(N, 4\)",
    ),
]


@pytest.mark.parametrize(("make", "kind", "text"), BAD)
def test_what_does_not_fit_is_refused_with_what_was_expected(make, kind, text):
    with pytest.raises(kind, match=text):
        make()


def test_a_layer_called_in_another_way_is_refused():
    layer = nn.MultiHeadAttention(8, 2)
    layer(X)
    with pytest.raises(
        GraphError, match="first called with the projections qkv and now with q, kv"
    ):
        layer(X, gx.input("m", ("N", 3, 8)))


@pytest.mark.parametrize("norm_first", [False, True])
def test_a_whole_transformer_is_torchs(norm_first):
    pt = pytest.importorskip("torch")
    theirs = pt.nn.Transformer(
        D, HEADS, 2, 2, 12, 0.0, batch_first=True, norm_first=norm_first, dtype=pt.float64
    )
    if not norm_first:
        theirs.encoder.norm = theirs.decoder.norm = None  # which the paper does not have
    shaken(theirs)
    ours = nn.Transformer(D, HEADS, 12, 2, 2, norm_first, dropout=0.0)
    source, target = draw(N, S, D), draw(N, T, D)
    there = RNG.random((N, S)) < 0.7
    there[:, 0] = True
    x, y = gx.input("x", ("N", "S", D), "float64"), gx.input("y", ("N", "T", D), "float64")
    mask = gx.input("there", ("N", "S"), "bool")
    out = ours(x, y, source_mask=mask)
    pairs = {}
    for mine, other in ((ours.encoder, theirs.encoder), (ours.decoder, theirs.decoder)):
        for layer, their in zip(mine.layers, other.layers, strict=True):
            pairs |= block_pairs(layer, their)
        if norm_first:
            pairs |= {mine.norm.gamma: other.norm.weight, mine.norm.beta: other.norm.bias}
    assign(pairs)
    assert set(pairs) == set(ours.parameters())
    (slope,) = gx.grad(gx.sum(gx.square(out)), [x])
    got, d_x = gx.function([x, y, mask], [out, slope])(source, target, there)
    padding = pt.from_numpy(~there)
    tx, ty = leaves(source, target)
    want = theirs(
        tx,
        ty,
        tgt_mask=pt.nn.Transformer.generate_square_subsequent_mask(T, dtype=pt.float64),
        src_key_padding_mask=padding,
        memory_key_padding_mask=padding,
    )
    np.testing.assert_allclose(got, want.detach().numpy(), rtol=1e-9, atol=1e-10)
    (wanted,) = pt.autograd.grad((want**2).sum(), [tx])
    np.testing.assert_allclose(d_x, wanted.numpy(), rtol=1e-8, atol=1e-9)


def additive(p, q, k):
    hidden = np.tanh((q @ p["W_q"])[:, :, None] + (k @ p["W_k"])[:, None] + p["b"])
    return (hidden * p["v"]).sum(-1)


SCORES = {
    "additive": (lambda: nn.AdditiveAttention(4), additive, 6),
    "dot": (lambda: nn.DotAttention(), lambda p, q, k: np.einsum("nti,nsi->nts", q, k), D),
    "general": (
        lambda: nn.DotAttention(general=True),
        lambda p, q, k: np.einsum("nti,ij,nsj->nts", q, p["W"], k),
        6,
    ),
}


@pytest.mark.parametrize("case", SCORES)
def test_scores_of_bahdanau_and_of_luong_are_the_papers(case):
    make, score, width = SCORES[case]
    q, k, v = draw(N, T, D), draw(N, S, width), draw(N, S, 3)
    there = RNG.random((N, S)) < 0.6
    there[0] = False  # nothing to attend to
    there[1, 2] = True
    inputs = [
        gx.input(n, ("N", *a.shape[1:]), "float64") for n, a in zip("qkv", (q, k, v), strict=True)
    ]
    mask = gx.input("there", ("N", S), "bool")
    layer = make()
    out = layer(*inputs, key_mask=mask)
    values = {p: draw(*p.shape) for p in layer.parameters()}
    gx.function([], [], values)()
    wrt = [*inputs, *values]
    f = gx.function([*inputs, mask], [out, *gx.grad(gx.sum(gx.sin(out)), wrt)])
    got, *slopes = f(q, k, v, there)

    def formula(p, q, k, v):
        e = np.where(there[:, None], np.exp(score(p, q, k)), 0)
        total = e.sum(-1, keepdims=True)
        return np.divide(e, total, out=np.zeros_like(e), where=total > 0) @ v

    named = {p.name.rpartition(".")[2]: a for p, a in values.items()}
    np.testing.assert_allclose(got, formula(named, q, k, v), rtol=1e-12, atol=1e-13)
    h = 1e-6
    arrays = [q, k, v, *named.values()]
    for array, slope in zip(arrays, slopes, strict=True):  # along a random direction
        along = RNG.normal(size=array.shape)
        ends = []
        for sign in (1, -1):
            array += sign * h * along
            ends.append(np.sin(formula(named, q, k, v)).sum())
            array -= sign * h * along
        assert (slope * along).sum() == pytest.approx(
            (ends[0] - ends[1]) / (2 * h), rel=1e-6, abs=1e-8
        )
