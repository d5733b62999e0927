"""L-BFGS: the direction of Newton's method, from the last few changes of the gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from graphc.dsl.optim.base import Optimizer, Updates, rate_of
from graphc.dsl.variables import state
from graphc.errors import GraphError
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import Tensor
from graphc.ops.catalogue import abs as magnitude
from graphc.ops.catalogue import equal, greater, maximum, where
from graphc.ops.joining import concat
from graphc.ops.leaf import constant
from graphc.ops.linalg import matmul
from graphc.ops.reduce import sum as total
from graphc.ops.shape import broadcast_to, reshape

LEAST_CURVATURE = 1e-10


class LBFGS(Optimizer):
    """Limited-memory BFGS on the whole batch (J. Nocedal, "Updating quasi-Newton matrices with limited
    storage", 1980; the two-loop recursion is algorithm 7.4 of J. Nocedal and S. Wright, "Numerical
    optimization", 2006).

    One step is one iteration, ``p + lr d`` without a line search.  ``d = -H g``, where ``H`` is built
    from the last `history` pairs of a step ``s`` and the change ``y`` of the gradient along it, and
    from ``(s.y / y.y) I`` of the newest.  A pair is kept if ``s.y > 1e-10``.  The first step is
    ``-lr g min(1, 1 / sum|g|)``.

    The gradients must be of one function: give every step the same, whole data.

    Args:
        learning_rate: a number or a schedule.
        history: how many pairs are kept, each twice the size of the parameters.
        name: the scope of its nodes and the start of its states' names.

    Raises:
        GraphError: for a number out of range.
    """

    def __init__(self, learning_rate: Any = 1.0, history: int = 10, name: str = "lbfgs") -> None:
        super().__init__(name)
        self._check_rate(learning_rate)
        if not isinstance(history, int) or isinstance(history, bool) or history < 1:
            raise GraphError(
                f"LBFGS at {origins.current()}: history is a whole number above 0, not {history!r}"
            )
        self.learning_rate = learning_rate
        self.history = history

    def step(self, parameters: list[Tensor], gradients: list[Tensor]) -> Updates:
        """The new values of parameters, pairs, last step and last gradient."""
        dtype = types.promote([p.dtype for p in parameters])
        g = _joined([x.astype(dtype) for x in gradients]).named("gradient")
        size, m = g.shape[0], self.history
        count = state("step", np.int64(0))
        last_g = state("last_gradient", _zeros((size,), dtype))
        last_s = state("last_step", _zeros((size,), dtype))
        scale = state("scale", constant(1.0, dtype))
        old = [state(name, _zeros((m, size), dtype)) for name in ("steps", "changes")]
        old_rho = state("curvatures", _zeros((m,), dtype))

        y = (g - last_g).named("new_y")
        ys = matmul(y, last_s).named("y_s")
        curved = greater(ys, LEAST_CURVATURE).named("curved")
        safe = where(curved, ys, 1.0)
        new_scale = where(curved, safe / where(curved, matmul(y, y).named("y_y"), 1.0), scale)
        steps, changes = (
            where(curved, concat([rows[1:], reshape(new, (1, size))]), rows)
            for rows, new in zip(old, (last_s, y), strict=True)
        )
        rho = where(curved, concat([old_rho[1:], reshape(1 / safe, (1,))]), old_rho)

        d = self._direction(g, steps, changes, rho, new_scale)
        done = count.astype(dtype)
        rate = rate_of(self.learning_rate, done)
        first = 1 / maximum(total(magnitude(g)), 1.0)
        s = (rate * where(equal(count, 0), first, 1.0) * d).named("new_s")

        result: Updates = {}
        position: Any = 0
        for p in parameters:
            part = reshape(s[position : position + p.size], p.shape)
            result[p] = p + part.astype(p.dtype)
            position = position + p.size
        kept = {old[0]: steps, old[1]: changes, old_rho: rho, scale: new_scale}
        return {**result, **kept, last_s: s, last_g: g, count: count + 1}

    def _direction(
        self, g: Tensor, steps: Tensor, changes: Tensor, rho: Tensor, scale: Tensor
    ) -> Tensor:
        """``-H g`` by the two loops; rows without a pair are zeros and change nothing."""
        pairs = []
        for i in range(self.history):
            s, y = steps[i].named(f"s_{i + 1}"), changes[i].named(f"y_{i + 1}")
            pairs.append((s, y, rho[i].named(f"rho_{i + 1}")))
        q = -g
        shares: list[Tensor] = []
        for i, (s, y, r) in reversed(list(enumerate(pairs, 1))):
            shares.append((r * matmul(s, q).named(f"s_{i}_q")).named(f"a_{i}"))
            q = q - shares[-1] * y
        d = scale * q
        for i, (s, y, r) in enumerate(pairs, 1):
            b = (r * matmul(y, d).named(f"y_{i}_d")).named(f"b_{i}")
            d = d + (shares.pop() - b).named(f"ab_{i}") * s
        return d.named("direction")


def _joined(tensors: list[Tensor]) -> Tensor:
    flat = [reshape(t, (t.size,)) for t in tensors]
    return flat[0] if len(flat) == 1 else concat(flat)


def _zeros(shape: tuple[Any, ...], dtype: str) -> Tensor:
    return broadcast_to(constant(0, dtype), shape)
