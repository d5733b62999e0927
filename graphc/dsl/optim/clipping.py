"""Gradient clipping: by the joint norm, or element by element."""

from __future__ import annotations

from collections.abc import Sequence

from graphc.ir import types
from graphc.ir.node import Tensor
from graphc.ops.catalogue import clip, minimum, sqrt
from graphc.ops.nn import sum_of_squares


def clipped(gradients: Sequence[Tensor], norm: float) -> list[Tensor]:
    """Gradients scaled by ``min(1, norm / (their joint Euclidean norm + 1e-6))``.

    The direction of the whole is kept; the constant is that of `torch.nn.utils.clip_grad_norm_`.
    """
    wide = types.promote([g.dtype for g in gradients])
    total = sqrt(sum_of_squares([g.astype(wide) for g in gradients])).named("gradient_norm")
    scale = minimum(norm / (total + 1e-6), 1).named("clip_scale")
    return [g * scale.astype(g.dtype) for g in gradients]


def clipped_by_value(gradients: Sequence[Tensor], value: float) -> list[Tensor]:
    """Gradients with every element brought into ``[-value, value]``."""
    return [clip(g, -value, value) for g in gradients]
