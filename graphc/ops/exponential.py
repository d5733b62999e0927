"""Exponentials and logarithms, roots, trigonometry, and the sigmoid's family."""

from __future__ import annotations

import numpy as np

from graphc.ops.arithmetic import square
from graphc.ops.declare import Function, declare, sp
from graphc.ops.kinks import abs, maximum

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
    pullbacks=(lambda ct, out, x: ct * (out + 1),),
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
tanh = declare(
    "tanh",
    lambda x: sp.tanh(x),
    ufunc="np.tanh",
    python="math.tanh({0})",
    pullbacks=(lambda ct, out, x: ct * (1 - square(out)),),
    reference=np.tanh,
    nasty=((0.0,), (40.0,), (-40.0,)),
)
sigmoid = declare(
    "sigmoid",
    lambda x: 1 / (1 + sp.exp(-x)),
    pullbacks=(lambda ct, out, x: ct * (out * (1 - out)),),
    lowered=lambda x: 0.5 * tanh(0.5 * x) + 0.5,
    reference=lambda x: np.where(
        x >= 0, 1 / (1 + np.exp(-np.abs(x))), 1 - 1 / (1 + np.exp(-np.abs(x)))
    ),
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
    lowered=lambda x: -softplus(-x),
    reference=lambda x: -np.logaddexp(0, -x),
    nasty=((0.0,), (800.0,), (-800.0,)),
)
