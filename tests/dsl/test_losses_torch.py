"""Every loss against PyTorch in float64: values, first and second derivatives, all reductions."""

import numpy as np
import pytest

import graphc as gx
from graphc import losses as L

torch = pytest.importorskip("torch")
F = torch.nn.functional

N, C = 6, 4
rng = np.random.default_rng(3)
Z = rng.normal(size=(N, C)) * 2
T = rng.normal(size=(N, C))
E = np.where(rng.random((N, C)) > 0.5, 5.0, 0.3) * T
P = rng.uniform(0.05, 0.95, (N, C))
P_ENDS = np.array([[0.0, 1.0, 1e-9, 1 - 1e-9]] * N)
HALF = rng.uniform(0, 1, (N, C))
BITS = (T > 0).astype(float)
ROWS = P / P.sum(1, keepdims=True)
OTHER_ROWS = HALF / HALF.sum(1, keepdims=True)
Y = rng.integers(0, C, N)
Y_IGNORED = np.where(np.arange(N) % 3 == 0, -100, Y)
SIGNS = np.sign(T)
PAIRS = np.sign(T[:, 0])
FAR = np.array([[1e4, -1e4, 0.0, 3.0], [-1e4, -1e4, -1e4, 1e4], *Z[:4] * 300])
CLASS_WEIGHTS = np.array([0.5, 2.0, 0.0, 1.25])
POS_WEIGHTS = np.array([0.5, 2.0, 3.0, 1.25])
COUNTS = rng.integers(0, 6, (N, C)).astype(float)
VARIANCES = np.exp(T)


def on_numbers(name, **options):
    return lambda a, b, **o: getattr(L, name)(a, b, **options, **o)


def theirs(name, **options):
    return lambda a, b, **o: getattr(F, name)(a, b, **options, **o)


def cross(labels, **options):
    """Ours and theirs of softmax cross-entropy for fixed labels."""
    given = dict(options)
    their = {
        "label_smoothing": options.get("label_smoothing", 0.0),
        "weight": torch.tensor(options["class_weights"]) if "class_weights" in options else None,
        "ignore_index": options.get("ignore_index", -100),
    }
    return (
        lambda z, y, **o: L.softmax_cross_entropy(z, y, **given, **o),
        lambda z, y, **o: F.cross_entropy(z, y, **their, **o),
    )


def gaussian(**options):
    return lambda m, t, v, **o: L.gaussian_nll(m, t, variance=v, **options, **o)


def log_gaussian(m, t, s, **options):
    return L.gaussian_nll(m, t, log_variance=s, full=True, **options)


def kl(p, q, reduction):
    kinds = {"mean": "batchmean", "sum": "sum"}
    if reduction == "none":
        return F.kl_div(q.log(), p, reduction="none").sum(-1)
    return F.kl_div(q.log(), p, reduction=kinds[reduction])


def crammer_singer(z, y, reduction):
    hot = F.one_hot(y, C).bool()
    margins = 1 + z.masked_fill(hot, -torch.inf).max(-1).values - z[hot]
    return finish(torch.relu(margins), reduction)


def finish(each, reduction):
    return {"mean": each.mean, "sum": each.sum, "none": lambda: each}[reduction]()


def standard_kl(m, s, reduction):
    normal = torch.distributions.Normal
    each = torch.distributions.kl_divergence(normal(m, (s / 2).exp()), normal(0.0, 1.0))
    return finish(each.sum(-1), reduction)


def pinball(p, t, reduction):
    return finish(torch.where(t > p, 0.3 * (t - p), 0.7 * (p - t)), reduction)


# name: (ours, theirs, the arrays; floating ones are differentiated by unless they are targets of -1, 1).
CASES = {
    "squared error": (L.squared_error, F.mse_loss, (Z, T)),
    "absolute error": (L.absolute_error, F.l1_loss, (Z, T)),
    "absolute error, ties": (L.absolute_error, F.l1_loss, (Z, np.where(BITS, Z, T))),
    "huber": (L.huber, F.huber_loss, (E, T)),
    "huber, delta": (on_numbers("huber", delta=0.4), theirs("huber_loss", delta=0.4), (E, T)),
    "huber, far": (L.huber, F.huber_loss, (FAR, T)),
    "log cosh": (
        L.log_cosh,
        lambda p, t, reduction: finish(torch.log(torch.cosh(p - t)), reduction),
        (E, T),
    ),
    "quantile": (on_numbers("quantile", q=0.3), pinball, (Z, T)),
    "bce with logits": (
        L.binary_cross_entropy_with_logits,
        F.binary_cross_entropy_with_logits,
        (Z, HALF),
    ),
    "bce with logits, far": (
        L.binary_cross_entropy_with_logits,
        F.binary_cross_entropy_with_logits,
        (FAR, BITS),
    ),
    "bce with logits, one positive weight": (
        on_numbers("binary_cross_entropy_with_logits", pos_weight=3.0),
        theirs("binary_cross_entropy_with_logits", pos_weight=torch.tensor(3.0)),
        (Z, HALF),
    ),
    "bce with logits, positive weights": (
        on_numbers("binary_cross_entropy_with_logits", pos_weight=POS_WEIGHTS),
        theirs("binary_cross_entropy_with_logits", pos_weight=torch.tensor(POS_WEIGHTS)),
        (FAR, HALF),
    ),
    "bce": (L.binary_cross_entropy, F.binary_cross_entropy, (P, HALF)),
    "hinge": (
        L.hinge,
        lambda s, t, reduction: finish(torch.relu(1 - t * s), reduction),
        (Z, SIGNS),
    ),
    "multiclass hinge": (L.multiclass_hinge, crammer_singer, (Z, Y)),
    "cross-entropy": (*cross(Y), (Z, Y)),
    "cross-entropy, far": (*cross(Y), (FAR, Y)),
    "cross-entropy, smoothed": (*cross(Y, label_smoothing=0.1), (Z, Y)),
    "cross-entropy, smoothed, far": (*cross(Y, label_smoothing=0.3), (FAR, Y)),
    "cross-entropy, class weights": (*cross(Y, class_weights=CLASS_WEIGHTS), (Z, Y)),
    "cross-entropy, ignored": (*cross(Y, ignore_index=-100), (Z, Y_IGNORED)),
    "cross-entropy, ignored class": (*cross(Y, ignore_index=int(Y[0])), (Z, Y)),
    "cross-entropy, smoothed and ignored": (
        *cross(Y, label_smoothing=0.2, ignore_index=-100),
        (Z, Y_IGNORED),
    ),
    "cross-entropy, all options": (
        *cross(Y, label_smoothing=0.2, ignore_index=-100, class_weights=CLASS_WEIGHTS),
        (Z, Y_IGNORED),
    ),
    "cross-entropy, probabilities": (*cross(ROWS), (Z, ROWS)),
    "cross-entropy, not quite probabilities": (*cross(P), (Z, P)),
    "cross-entropy, probabilities, options": (
        *cross(ROWS, label_smoothing=0.2, class_weights=CLASS_WEIGHTS),
        (FAR, ROWS),
    ),
    "cross-entropy of probabilities": (
        L.cross_entropy,
        lambda p, y, **o: F.nll_loss(p.log(), y, **o),
        (ROWS, Y),
    ),
    "kl divergence": (L.kl_divergence, kl, (ROWS, OTHER_ROWS)),
    "kl divergence of softmaxes": (
        lambda p, q, **o: L.kl_divergence(gx.softmax(p), gx.softmax(q), **o),
        lambda p, q, reduction: kl(p.softmax(-1), q.softmax(-1), reduction),
        (T, Z),
    ),
    "kl from the standard normal": (L.kl_normal, standard_kl, (Z, T)),
    "gaussian": (gaussian(), F.gaussian_nll_loss, (Z, T, VARIANCES)),
    "gaussian, full": (
        gaussian(full=True),
        lambda m, t, v, **o: F.gaussian_nll_loss(m, t, v, full=True, **o),
        (Z, T, VARIANCES),
    ),
    "gaussian, small variances": (
        gaussian(eps=0.5),
        lambda m, t, v, **o: F.gaussian_nll_loss(m, t, v, eps=0.5, **o),
        (Z, T, VARIANCES),
    ),
    "gaussian, logarithms": (
        log_gaussian,
        lambda m, t, s, **o: F.gaussian_nll_loss(m, t, s.exp(), full=True, eps=1e-30, **o),
        (Z, T, E),
    ),
    "poisson": (L.poisson_nll, F.poisson_nll_loss, (Z, COUNTS)),
    "poisson, full": (
        on_numbers("poisson_nll", full=True),
        lambda z, t, **o: F.poisson_nll_loss(z, t.double(), full=True, **o),
        (Z, COUNTS.astype("int64")),
    ),
    "poisson, rates": (
        on_numbers("poisson_nll", log_input=False),
        theirs("poisson_nll_loss", log_input=False),
        (VARIANCES, COUNTS),
    ),
    "cosine": (
        L.cosine_distance,
        lambda a, b, reduction: finish(1 - F.cosine_similarity(a, b, -1), reduction),
        (Z, T),
    ),
    "cosine, long and short": (
        L.cosine_distance,
        lambda a, b, reduction: finish(1 - F.cosine_similarity(a, b, -1, eps=0.0), reduction),
        (Z * 1e6, T * 1e-5),
    ),
    "cosine embedding": (
        on_numbers("cosine_embedding", targets=PAIRS),
        lambda a, b, **o: F.cosine_embedding_loss(a, b, torch.tensor(PAIRS), **o),
        (Z, T),
    ),
    "cosine embedding, margin": (
        on_numbers("cosine_embedding", targets=PAIRS, margin=-0.4),
        lambda a, b, **o: F.cosine_embedding_loss(a, b, torch.tensor(PAIRS), margin=-0.4, **o),
        (Z, T),
    ),
    "triplet": (L.triplet_margin, F.triplet_margin_loss, (Z, T, E)),
    "triplet, swapped": (
        lambda *x, **o: L.triplet_margin(*x, swap=True, margin=2.0, **o),
        lambda *x, **o: F.triplet_margin_loss(*x, swap=True, margin=2.0, **o),
        (Z, T, E[::-1].copy()),
    ),
}
# Where PyTorch's second derivative is of another convention or not there.
ONCE = {"bce", "gaussian, small variances"}


def ours(function, arrays, reduction, seed):
    xs = [gx.input(f"x{i}", a.shape, a.dtype) for i, a in enumerate(arrays)]
    floats = [x for x in xs if x.dtype == "float64"]
    loss = function(*xs, reduction=reduction)
    draw = np.random.default_rng(seed)
    total = gx.sum(loss * draw.normal(size=loss.shape))
    first = gx.grad(total, floats, unconnected="zeros")
    mixed = gx.constant(0.0, "float64")
    for part in first:
        mixed = mixed + gx.sum(part * draw.normal(size=part.shape))
    second = gx.grad(mixed, floats, unconnected="zeros")
    return gx.function(xs, [loss, *first, *second])(*arrays)


def of_torch(function, arrays, reduction, seed):
    xs = [torch.tensor(a, requires_grad=a.dtype == float) for a in arrays]
    floats = [x for x in xs if x.requires_grad]
    loss = function(*xs, reduction=reduction)
    draw = np.random.default_rng(seed)
    total = (loss * torch.tensor(draw.normal(size=tuple(loss.shape)))).sum()
    first = torch.autograd.grad(total, floats, create_graph=True, materialize_grads=True)
    mixed = sum((p * torch.tensor(draw.normal(size=tuple(p.shape)))).sum() for p in first)
    second = [torch.zeros_like(x) for x in floats]
    if mixed.requires_grad:
        second = torch.autograd.grad(mixed, floats, materialize_grads=True)
    return [x.numpy(force=True) for x in (loss, *first, *second)]


@pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
@pytest.mark.parametrize("name", CASES)
def test_values_and_derivatives_are_those_of_pytorch(name, reduction):
    function, their, arrays = CASES[name]
    mine = ours(function, arrays, reduction, 1)
    want = of_torch(their, arrays, reduction, 1)
    floats = (len(mine) - 1) // 2
    last = 1 + floats if name in ONCE else len(mine)
    for got, expected in zip(mine[:last], want[:last], strict=True):
        scale = np.abs(expected).max(initial=1e-300)
        np.testing.assert_allclose(got, expected, rtol=2e-11, atol=2e-12 * scale)


def test_certain_and_wrong_probabilities_cost_what_they_cost_in_pytorch():
    for targets in (np.zeros((N, C)), np.ones((N, C)), BITS):
        mine = ours(L.binary_cross_entropy, (P_ENDS, targets), "none", 2)[0]
        want = of_torch(F.binary_cross_entropy, (P_ENDS, targets), "none", 2)[0]
        np.testing.assert_allclose(mine, want, rtol=1e-12)


@pytest.mark.parametrize(
    "options", [{}, {"label_smoothing": 0.1}, {"class_weights": CLASS_WEIGHTS}]
)
def test_sample_weights_multiply_what_pytorch_leaves_unreduced(options):
    w = rng.uniform(0, 2, N)
    ours_, theirs_ = cross(Y, **options)
    each = theirs_(torch.tensor(Z), torch.tensor(Y), reduction="none").numpy()
    share = w * (CLASS_WEIGHTS[Y] if "class_weights" in options else 1.0)
    z, y = gx.input("z", (N, C), "float64"), gx.input("y", (N,), "int64")
    for reduction, want in [
        ("none", w * each),
        ("sum", (w * each).sum()),
        ("mean", (w * each).sum() / share.sum()),
    ]:
        (got,) = gx.function([z, y], [ours_(z, y, reduction=reduction, weights=w)])(Z, Y)
        np.testing.assert_allclose(got, want, rtol=1e-12)
