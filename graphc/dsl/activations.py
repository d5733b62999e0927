"""Activation functions by name: what ``nn.Dense(64, activation="relu")`` finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphc.errors import GraphError, meant
from graphc.ir import origin as origins
from graphc.ir.node import Tensor, builders
from graphc.ops.activations import elu, leaky_relu
from graphc.ops.erf import gelu
from graphc.ops.nn import log_softmax, softmax

_BY_NAME = (
    "relu",
    "sigmoid",
    "tanh",
    "relu6",
    "selu",
    "softplus",
    "softsign",
    "silu",
    "mish",
    "gelu_tanh",
    "log_sigmoid",
    "erf",
    "hard_sigmoid",
    "hard_swish",
    "threshold",
)
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    **{name: builders[name] for name in _BY_NAME},
    "leaky_relu": leaky_relu,
    "elu": elu,
    "gelu": gelu,
    "softmax": softmax,
    "log_softmax": log_softmax,
    "logistic": builders["sigmoid"],
    "swish": builders["silu"],
    "linear": lambda x: x,
}
RELU_LIKE = (
    "relu",
    "relu6",
    "leaky_relu",
    "elu",
    "gelu",
    "gelu_tanh",
    "silu",
    "swish",
    "mish",
    "hard_swish",
)
"""Activations whose layers start from ``he_normal``: half of what comes in passes."""


def activation_of(what: str, activation: Any) -> Callable[[Tensor], Tensor] | None:
    """The function that `what` is given as `activation`: a name, a function or None.

    Raises:
        GraphError: for an unknown name.
    """
    if activation is None:
        return None
    if callable(activation):
        function: Callable[[Tensor], Tensor] = activation
        return function
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise GraphError(
            f"{what} at {origins.current()}: no activation is called {activation!r}; known: "
            f"{', '.join(ACTIVATIONS)}; or give a function of a tensor"
            f"{meant(activation, ACTIVATIONS)}"
        )
    return ACTIVATIONS[activation]
