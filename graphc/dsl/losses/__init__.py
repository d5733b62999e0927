"""Losses: tensors in, usually one number out.

Every loss first has one value for each element (regression, binary targets) or each example (a row
of scores or a vector), and then a ``reduction``:

- ``"mean"``: the mean of the values;
- ``"sum"``: their sum;
- ``"none"``: the values themselves.

``weights`` says how much each example counts.  Its shape is that of the values, or of their
leading axes (``(N,)`` for values ``(N, C)``); it is not negative.  Then ``"none"`` is
``w * l``, ``"sum"`` is ``sum(w * l)`` and ``"mean"`` is ``sum(w * l) / sum(w)``, the weighted mean, as
scikit-learn has it.  Class weights and ignored labels are weights too, as in PyTorch.  The mean over
nothing (all weights 0, all labels ignored) is 0, with derivatives 0; PyTorch gives NaN.

Shapes must agree: NumPy would broadcast ``(N, 1)`` against ``(N,)`` to ``(N, N)``, which is never meant.
"""

from graphc.dsl.losses.binary import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    hinge,
)
from graphc.dsl.losses.classification import (
    cross_entropy,
    multiclass_hinge,
    softmax_cross_entropy,
)
from graphc.dsl.losses.distance import (
    cosine_distance,
    cosine_embedding,
    triplet_margin,
)
from graphc.dsl.losses.likelihood import (
    gaussian_nll,
    kl_divergence,
    kl_normal,
    poisson_nll,
)
from graphc.dsl.losses.regression import (
    absolute_error,
    huber,
    log_cosh,
    quantile,
    squared_error,
)

__all__ = [
    "absolute_error",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_distance",
    "cosine_embedding",
    "cross_entropy",
    "gaussian_nll",
    "hinge",
    "huber",
    "kl_divergence",
    "kl_normal",
    "log_cosh",
    "multiclass_hinge",
    "poisson_nll",
    "quantile",
    "softmax_cross_entropy",
    "squared_error",
    "triplet_margin",
]
