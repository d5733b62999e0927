"""Activation functions by name: what ``nn.Dense(64, activation="relu")`` finds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from graphc.errors import GraphError
from graphc.ir import origin as origins
from graphc.ir.node import Tensor, builders
from graphc.ops.catalogue import expm1, maximum, minimum, sigmoid, where
from graphc.ops.erf import erf


def leaky_relu(x: Tensor) -> Tensor:
    """``max(x, 0.01 x)`` (A. Maas et al., 2013)."""
    return maximum(x, 0.01 * x)


def elu(x: Tensor) -> Tensor:
    """``x`` above 0, ``exp(x) - 1`` below (D.-A. Clevert et al., 2016, with alpha 1)."""
    return where(x > 0, x, expm1(minimum(x, 0)))


def selu(x: Tensor) -> Tensor:
    """``l x`` above 0, ``l a (exp(x) - 1)`` below (G. Klambauer et al., 2017, eq. 2)."""
    scale, alpha = 1.0507009873554805, 1.6732632423543772
    return scale * where(x > 0, x, alpha * expm1(minimum(x, 0)))


def gelu(x: Tensor) -> Tensor:
    """``x Phi(x)`` with the normal distribution function (D. Hendrycks and K. Gimpel, 2016)."""
    return 0.5 * x * (1 + erf(x * 0.5**0.5))


def silu(x: Tensor) -> Tensor:
    """``x sigmoid(x)``, also called swish (P. Ramachandran et al., 2017)."""
    return x * sigmoid(x)


_PLAIN = ("relu", "sigmoid", "tanh", "softplus", "softmax", "log_softmax")
_OWN = (leaky_relu, elu, selu, gelu, silu)
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    **{name: builders[name] for name in _PLAIN},
    **{function.__name__: function for function in _OWN},
    "swish": silu,
    "linear": lambda x: x,
}
RELU_LIKE = ("relu", "leaky_relu", "elu", "gelu", "silu", "swish")


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
        )
    return ACTIVATIONS[activation]
