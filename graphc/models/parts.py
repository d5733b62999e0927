"""What the models share: a classifier is features of an image and a head that judges them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from graphc.dsl import nn
from graphc.errors import GraphError
from graphc.ir import origin as origins
from graphc.ir.node import Tensor


class Stack(nn.Sequential):
    """Layers one after the other that belong to the module around them: no scope of their own."""

    _unscoped = True


class Classifier(nn.Module):
    """``head(features(x))``: images ``(N, H, W, C)`` to logits ``(N, classes)``.

    After a call, ``model.features(x)`` is the very tensor inside the network (the same application
    is the same node), for anything that wants to look at it.

    Attributes:
        features: images to feature maps ``(N, h, w, channels)``.
        head: feature maps to logits.
    """

    features: nn.Module
    head: nn.Module

    def __init__(
        self, features: Sequence[nn.Module], head: Sequence[nn.Module], name: str | None
    ) -> None:
        super().__init__(name)
        self.features = Stack(features)
        self.head = Stack(head)

    def forward(self, x: Tensor) -> Any:
        """Logits of images."""
        return self.head(self.features(x))


def known(what: str, argument: str, value: Any, choices: Collection[Any]) -> Any:
    """A choice that exists; raises GraphError with those that do."""
    if isinstance(value, bool) or value not in choices:
        raise GraphError(
            f"{what} at {origins.current()}: {argument} is one of "
            f"{', '.join(map(repr, choices))}, not {value!r}"
        )
    return value
