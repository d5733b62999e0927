"""Optimisers: parameters and gradients in, what every state becomes out, as ordinary nodes.

Numbers that depend only on the step (rates, bias corrections) are scalars of their own, each
multiplied once into the vectors; and every parameter's update is the same expression, so that all
of them can be computed as one flat vector.
"""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from graphc.dsl import schedules
from graphc.dsl.variables import state
from graphc.errors import GraphError, TypeMismatchError, describe
from graphc.ir import origin as origins
from graphc.ir import types
from graphc.ir.node import State, Tensor, operand_line, state_of
from graphc.ops.catalogue import minimum, sqrt, square
from graphc.ops.leaf import constant, state_tensor
from graphc.ops.nn import sum_of_squares
from graphc.ops.shape import broadcast_to

Updates = dict[Tensor, Tensor]


class Optimizer:
    """The base of optimisers: checks, learning rate, clipping and decay.

    A subclass defines `scalars`, what all parameters of one element type share, and `change`, the
    update of one parameter.  An optimiser holds no values: each call of `updates` makes states of
    its own.

    Args:
        learning_rate: a number, or a schedule: a function from the number of updates done so far (a
            floating tensor of shape ``()``) to a rate; see :mod:`graphc.dsl.schedules`.
        weight_decay: the factor of the penalty on weights.
        clip_norm: gradients whose joint Euclidean norm is above this are scaled down to it, by
            ``min(1, c / (norm + 1e-6))`` (R. Pascanu et al., "On the difficulty of training
            recurrent neural networks", 2013, algorithm 1).
        decay_biases: whether parameters with fewer than two axes decay too.
        name: the scope of its nodes and the start of its own states' names, as ``adam.step``.

    Raises:
        GraphError: for a number out of range.
    """

    counts_steps = False

    def __init__(
        self,
        learning_rate: Any,
        weight_decay: float,
        clip_norm: float | None,
        decay_biases: bool,
        name: str,
    ) -> None:
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.clip_norm = clip_norm
        self.decay_biases = decay_biases
        self.name = name
        self._origin = origins.current()
        if not callable(learning_rate):
            self._require("learning_rate", learning_rate, 0, math.inf, open_below=True)
        self._require("weight_decay", weight_decay, 0, math.inf)
        if clip_norm is not None:
            self._require("clip_norm", clip_norm, 0, math.inf, open_below=True)

    def __repr__(self) -> str:
        shown = [repr(self.learning_rate)]
        for key, part in inspect.signature(type(self)).parameters.items():
            value = getattr(self, key, part.default)
            if key not in ("learning_rate", "name") and value != part.default:
                shown.append(f"{key}={value!r}")
        return f"{type(self).__name__}({', '.join(shown)})"

    def _require(
        self, what: str, value: Any, low: float, high: float, open_below: bool = False
    ) -> None:
        number = isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
        if not number or not (low < value if open_below else low <= value) or not value < high:
            top = "" if high == math.inf else f" and below {high}"
            raise GraphError(
                f"{type(self).__name__} at {origins.current()}: {what} is a number "
                f"{'above' if open_below else 'from'} {low}{top}, not {value!r}"
            )

    def updates(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor]) -> Updates:
        """What one step makes of every state it changes.

        Args:
            parameters: tensors of trainable states, as `nn.Module.parameters` lists them.
            gradients: the loss's derivative by each, in its shape and element type.

        Returns:
            The new value of each parameter, then of each value kept beside it, then of the step
            counter if there is one; the keys are tensors of states.

        Raises:
            GraphError: when a parameter is none, or is there twice, or gradients are missing.
            TypeMismatchError: when a gradient does not have the type of its parameter.
        """
        self._check(parameters, gradients)
        place = replace(self._origin, scope=(*origins.current_scope(), self.name))
        with origins.scope(self.name), origins.role("update"), origins.derived_from(place):
            return self._updates(list(parameters), list(gradients))

    def _updates(self, parameters: list[Tensor], gradients: list[Tensor]) -> Updates:
        if self.clip_norm is not None:
            gradients = clipped(gradients, self.clip_norm)
        step = None
        if self.counts_steps or callable(self.learning_rate):
            step = state("step", np.int64(0))
        shared: dict[str, dict[str, Any]] = {}
        first: Updates = {}
        slots: Updates = {}
        for parameter, gradient in zip(parameters, gradients, strict=True):
            if parameter.dtype not in shared:
                shared[parameter.dtype] = self._scalars(step, parameter.dtype)
            decays = self.weight_decay > 0 and (self.decay_biases or parameter.ndim >= 2)
            first[parameter] = self.change(
                parameter, gradient, decays, shared[parameter.dtype], slots
            )
        result = {**first, **slots}
        if step is not None:
            result[step] = step + 1
        return result

    def _scalars(self, step: Tensor | None, dtype: str) -> dict[str, Any]:
        done = None if step is None else step.astype(dtype)
        if callable(self.learning_rate):
            assert done is not None
            rate = schedules.rate_at(self.learning_rate, done)
            if rate.node.rooted and not rate.name:
                rate.named("learning_rate")
        else:
            rate = self.learning_rate
        return self.scalars(rate, done)

    def scalars(self, rate: Any, done: Tensor | None) -> dict[str, Any]:
        """The numbers that all parameters share.

        Args:
            rate: the learning rate of this step, a number or a tensor ``()``.
            done: the number of updates done before, a floating tensor ``()``, if it is counted.
        """
        return {"rate": rate}

    def change(
        self, p: Tensor, g: Tensor, decays: bool, shared: dict[str, Any], slots: Updates
    ) -> Tensor:
        """The new value of one parameter; those of values kept beside it go into `slots`."""
        raise NotImplementedError

    def _check(self, parameters: Sequence[Tensor], gradients: Sequence[Tensor]) -> None:
        what = f"{type(self).__name__} at {self._origin}"
        if not parameters:
            raise GraphError(f"{what}: there are no parameters to update")
        if len(parameters) != len(gradients):
            raise GraphError(f"{what}: {len(parameters)} parameters but {len(gradients)} gradients")
        seen: set[State] = set()
        for parameter, gradient in zip(parameters, gradients, strict=True):
            parameter_state = state_of(parameter)
            if not parameter_state.trainable:
                raise GraphError(f"{what}: not trainable: {operand_line(parameter)}")
            if parameter_state in seen:
                raise GraphError(f"{what}: there twice: {operand_line(parameter)}")
            seen.add(parameter_state)
            if gradient.type != parameter.type:
                raise TypeMismatchError(
                    describe(
                        f"{what}: a gradient has another type than its parameter",
                        map(operand_line, (parameter, gradient)),
                    )
                )


def clipped(gradients: Sequence[Tensor], norm: float) -> list[Tensor]:
    """Gradients scaled by ``min(1, norm / (their joint Euclidean norm + 1e-6))``.

    The direction of the whole is kept; the constant is that of `torch.nn.utils.clip_grad_norm_`.
    """
    wide = types.promote([g.dtype for g in gradients])
    total = sqrt(sum_of_squares([g.astype(wide) for g in gradients])).named("gradient_norm")
    scale = minimum(norm / (total + 1e-6), 1).named("clip_scale")
    return [g * scale.astype(g.dtype) for g in gradients]


def slot(parameter: Tensor, name: str) -> Tensor:
    """A value kept beside a parameter, in its type, that starts from zeros."""
    owner = state_of(parameter)
    zeros = broadcast_to(constant(0, parameter.dtype), parameter.shape)
    return state_tensor(State(f"{owner.name}.{name}", owner.type, zeros, slot=name, of=owner))


class SGD(Optimizer):
    """Gradient descent: ``p - lr g``, with momentum ``m' = mu m + g`` and ``p - lr m'``.

    Momentum is B. Polyak's (1964); `nesterov` looks ahead, ``p - lr (g + mu m')`` (I. Sutskever et
    al., "On the importance of initialization and momentum in deep learning", 2013, in the form
    that needs no second point).  Weight decay is the L2 penalty: ``g + weight_decay p``.

    Args and errors are those of :class:`Optimizer`; `momentum` lies in [0, 1), and `nesterov` needs
    one above 0.
    """

    def __init__(
        self,
        learning_rate: Any,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
        decay_biases: bool = True,
        name: str = "sgd",
    ) -> None:
        super().__init__(learning_rate, weight_decay, clip_norm, decay_biases, name)
        self._require("momentum", momentum, 0, 1)
        if nesterov and not momentum:
            raise GraphError(f"SGD at {origins.current()}: nesterov needs a momentum above 0")
        self.momentum = momentum
        self.nesterov = nesterov

    def change(
        self, p: Tensor, g: Tensor, decays: bool, shared: dict[str, Any], slots: Updates
    ) -> Tensor:
        """``p - lr g``, or by the velocity."""
        if decays:
            g = g + self.weight_decay * p
        if self.momentum:
            m = slot(p, "momentum")
            slots[m] = velocity = self.momentum * m + g
            g = g + self.momentum * velocity if self.nesterov else velocity
        rate: Tensor | float = shared["rate"]
        return p - rate * g


class Adam(Optimizer):
    """Adam (D. Kingma and J. Ba, "Adam: a method for stochastic optimization", 2015).

    Algorithm 1 in the efficient order of section 2, with the factors ``1 - beta`` taken out of the
    moving averages and into the step, which saves two passes over all parameters.  What is kept is
    ``M = beta1 M + g`` (``m / (1 - beta1)`` of the paper) and ``V = beta2 V + g**2`` (``v / (1 - beta2)``);
    with ``c = sqrt((1 - beta2**t) / (1 - beta2))`` the step ``p - alpha_t M / (sqrt(V) + epsilon c)``,
    ``alpha_t = lr c (1 - beta1) / (1 - beta1**t)``, equals ``p - lr m_hat / (sqrt(v_hat) + epsilon)``
    exactly.  Weight decay is the L2 penalty, ``g + weight_decay p``; see :class:`AdamW` for the other
    kind.

    Args and errors are those of :class:`Optimizer`; `beta1` and `beta2` lie in [0, 1), `epsilon` is
    above 0.
    """

    counts_steps = True
    decoupled = False

    def __init__(
        self,
        learning_rate: Any = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.0,
        clip_norm: float | None = None,
        decay_biases: bool = True,
        name: str = "adam",
    ) -> None:
        super().__init__(learning_rate, weight_decay, clip_norm, decay_biases, name)
        self._require("beta1", beta1, 0, 1)
        self._require("beta2", beta2, 0, 1)
        self._require("epsilon", epsilon, 0, math.inf, open_below=True)
        self.beta1 = beta1
        self.beta2 = beta2
        self.epsilon = epsilon

    def scalars(self, rate: Any, done: Tensor | None) -> dict[str, Any]:
        """The step size and epsilon with the bias corrections in them, and what decay leaves."""
        assert done is not None
        t = (done + 1).named("t")
        correction = sqrt((1 - self.beta2**t) / (1 - self.beta2)).named("c")
        average = (1 - self.beta1) / (1 - self.beta1**t)
        return {
            "alpha": (rate * correction * average).named("alpha_t"),
            "epsilon": (self.epsilon * correction).named("epsilon_t"),
            "keep": 1 - rate * self.weight_decay,
        }

    def change(
        self, p: Tensor, g: Tensor, decays: bool, shared: dict[str, Any], slots: Updates
    ) -> Tensor:
        """``p - alpha_t M / (sqrt(V) + epsilon_t)``."""
        if decays and not self.decoupled:
            g = g + self.weight_decay * p
        m, v = slot(p, "momentum"), slot(p, "squares")
        slots[m] = momentum = self.beta1 * m + g
        slots[v] = squares = self.beta2 * v + square(g)
        if decays and self.decoupled:
            p = shared["keep"] * p
        change: Tensor = shared["alpha"] * (momentum / (sqrt(squares) + shared["epsilon"]))
        return p - change


class AdamW(Adam):
    """Adam with decoupled weight decay: ``p (1 - lr weight_decay)`` before Adam's step, and no
    penalty in the gradient (I. Loshchilov and F. Hutter, "Decoupled weight decay regularization",
    2019, algorithm 2 with the rate as the schedule multiplier).

    Args and errors are those of :class:`Adam`; biases do not decay unless asked.
    """

    decoupled = True

    def __init__(
        self,
        learning_rate: Any = 1e-3,
        beta1: float = 0.9,
        beta2: float = 0.999,
        epsilon: float = 1e-8,
        weight_decay: float = 0.01,
        clip_norm: float | None = None,
        decay_biases: bool = False,
        name: str = "adamw",
    ) -> None:
        super().__init__(
            learning_rate, beta1, beta2, epsilon, weight_decay, clip_norm, decay_biases, name
        )
