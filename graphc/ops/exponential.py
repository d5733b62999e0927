"""Exponentials and logarithms, roots, trigonometry, and the sigmoid's family."""

from __future__ import annotations

import numpy as np

from graphc.ir.node import Tensor
from graphc.ops.arithmetic import square
from graphc.ops.declare import Function, declare, sp
from graphc.ops.kinks import abs, maximum, minimum

exp = declare(
    "exp",
    lambda x: sp.exp(x),
    ufunc="np.exp",
    python="math.exp({0})",
    pullbacks=(lambda ct, out, x: ct * out,),
    reference=np.exp,
    nasty=((-100.0,), (0.0,)),
)
expm1 = declare(
    "expm1",
    lambda x: sp.exp(x) - 1,
    ufunc="np.expm1",
    python="math.expm1({0})",
    pullbacks=(lambda ct, out, x: ct * exp(x),),  # out + 1 cancels far left
    reference=np.expm1,
    nasty=((1e-12,), (-50.0,)),
)
log: Function = declare(
    "log",
    lambda x: sp.log(x),
    ufunc="np.log",
    python="math.log({0})",
    pullbacks=(lambda ct, out, x: ct / x,),
    reference=np.log,
    domain=((0.2, 4),),
    nasty=((1e-3,),),
)
log1p = declare(
    "log1p",
    lambda x: sp.log(1 + x),
    ufunc="np.log1p",
    python="math.log1p({0})",
    pullbacks=(lambda ct, out, x: ct / (1 + x),),
    reference=np.log1p,
    domain=((-0.8, 4),),
    nasty=((1e-12,),),
)
sqrt = declare(
    "sqrt",
    lambda x: sp.sqrt(x),
    ufunc="np.sqrt",
    python="math.sqrt({0})",
    pullbacks=(lambda ct, out, x: ct * 0.5 / out,),
    reference=np.sqrt,
    domain=((0.2, 4),),
)
rsqrt = declare(
    "rsqrt",
    lambda x: 1 / sp.sqrt(x),
    python="1 / math.sqrt({0})",
    pullbacks=(lambda ct, out, x: ct * -0.5 * out / x,),
    lowered=lambda x: 1 / sqrt(x),
    reference=lambda x: 1 / np.sqrt(x),
    domain=((0.2, 4),),
)
sin = declare(
    "sin",
    lambda x: sp.sin(x),
    ufunc="np.sin",
    python="math.sin({0})",
    reference=np.sin,
    nasty=((0.0,),),
)
cos = declare(
    "cos",
    lambda x: sp.cos(x),
    ufunc="np.cos",
    python="math.cos({0})",
    reference=np.cos,
    nasty=((0.0,),),
)
sech_squared: Function = declare(
    "sech_squared",
    lambda x: 4 * sp.exp(-2 * x) / (1 + sp.exp(-2 * x)) ** 2,
    pullbacks=(lambda ct, out, x: -2 * (ct * out * tanh(x)),),
    lowered=lambda x: _sech_squared(exp(-2 * abs(x))),
    reference=lambda x: 1 / np.cosh(np.minimum(np.abs(x), 300)) ** 2,
    nasty=((0.0,), (40.0,), (-40.0,)),
)
"""The derivative of tanh. ``1 - tanh(x)**2`` is the same and cancels where tanh saturates."""

tanh: Function = declare(
    "tanh",
    lambda x: sp.tanh(x),
    ufunc="np.tanh",
    python="math.tanh({0})",
    pullbacks=(lambda ct, out, x: ct * sech_squared(x),),
    reference=np.tanh,
    nasty=((0.0,), (40.0,), (-40.0,)),
)


def _sech_squared(t: Tensor) -> Tensor:
    return 4 * t / square(1 + t)


EXP_LIMIT = {"float16": 11, "float32": 88, "float64": 709}
"""Whole numbers whose exponential is finite; of its reciprocal no normal digit is left."""


def _sigmoid(x: Tensor) -> Tensor:
    """``t / (1 + t)`` with ``t = exp(x)``, and ``1 / (1 + t)`` for ``sigmoid(-x)``: a sigmoid and
    its derivative, ``sigmoid(x) sigmoid(-x)``, share one exponential."""
    if x.node.op.name == "negative":
        return 1 / (1 + exp(minimum(x.node.inputs[0], EXP_LIMIT[x.dtype])))
    t = exp(minimum(x, EXP_LIMIT[x.dtype]))
    return t / (1 + t)


sigmoid: Function = declare(
    "sigmoid",
    lambda x: 1 / (1 + sp.exp(-x)),
    pullbacks=(lambda ct, out, x: ct * (out * sigmoid(-x)),),  # 1 - out cancels far right
    lowered=_sigmoid,
    reference=lambda x: np.exp(np.minimum(x, 0)) / (1 + np.exp(-np.abs(x))),
    nasty=((0.0,), (50.0,), (-50.0,)),
)
softplus = declare(
    "softplus",
    lambda x: sp.log(1 + sp.exp(x)),
    pullbacks=(lambda ct, out, x: ct * sigmoid(x),),
    lowered=lambda x: maximum(x, 0) + log1p(exp(-abs(x))),
    reference=lambda x: np.logaddexp(0, x),
    nasty=((0.0,), (800.0,), (-800.0,)),
)
log_sigmoid = declare(
    "log_sigmoid",
    lambda x: sp.log(1 / (1 + sp.exp(-x))),
    pullbacks=(lambda ct, out, x: ct * sigmoid(-x),),
    lowered=lambda x: minimum(x, 0) - log1p(exp(-abs(x))),
    reference=lambda x: -np.logaddexp(0, -x),
    nasty=((0.0,), (800.0,), (-800.0,)),
)
