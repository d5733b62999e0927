"""Training and inference as one graph: what differs between the two, and what a step changes.

`in_training` chooses by the function that is compiled, never at run time; `updating` attaches what
states become to a tensor that passes through.  Both are gone after the pass `specialise`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import GraphError, ShapeError, TypeMismatchError, describe
from graphc.ir import origin as origins
from graphc.ir.graph import substituted
from graphc.ir.node import Node, Tensor, operand_line, state_of, toposort
from graphc.ir.types import TensorType
from graphc.ops.base import Array, Op, Sample, register
from graphc.ops.leaf import constant
from graphc.ops.shape import broadcast_to


class InTraining(Op):
    """The first operand in functions that train, the second in those that only infer."""

    name = "in_training"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        if types_[0] != types_[1]:
            raise ShapeError(f"both are to have one type, not {types_[0]} and {types_[1]}")
        return (types_[0],)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,) = cotangents
        assert ct is not None
        return ONLY_WHEN(ct, training=True), ONLY_WHEN(ct, training=False)

    def specialise(
        self, inputs: Sequence[Tensor], attrs: Mapping[str, Any], training: bool
    ) -> Tensor | None:
        return inputs[0] if training else inputs[1]

    def lower(self, node: Node) -> Sequence[Tensor]:
        return (node.inputs[1],)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (arrays[1],)

    def samples(self) -> Sequence[Sample]:
        x = np.random.default_rng(6).normal(size=(2, 3))
        return [Sample((x, 2 * x + 1)), Sample((x[:0], x[:0]))]


class OnlyWhen(Op):
    """A cotangent that is there in functions of one kind and zero in the others.

    The derivative of `in_training`.  Where it is zero, so is all that is linear in it, and the pass
    `specialise` computes none of it.
    """

    name = "only_when"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        return (types_[0],)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        (ct,) = cotangents
        assert ct is not None
        return (ONLY_WHEN(ct, **node.attrs),)

    def specialise(
        self, inputs: Sequence[Tensor], attrs: Mapping[str, Any], training: bool
    ) -> Tensor | None:
        (x,) = inputs
        same: bool = attrs["training"] == training
        return x if same else broadcast_to(constant(0, x.dtype), x.shape)

    def lower(self, node: Node) -> Sequence[Tensor]:
        result = self.specialise(node.inputs, node.attrs, False)
        assert result is not None
        return (result,)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (np.zeros_like(arrays[0]) if attrs["training"] else arrays[0],)

    def samples(self) -> Sequence[Sample]:
        x = np.random.default_rng(6).normal(size=(2, 3))
        return [Sample((x,), {"training": False}), Sample((x,), {"training": True})]


class Updating(Op):
    """The first operand, with a note: a training step that computes it changes a state.

    Operands are the tensor, the state, its new value, and what a training step keeps of the batch
    so that the new value can be computed after the backward pass.
    """

    name = "updating"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        if types_[1] != types_[2]:
            raise ShapeError(f"the state is {types_[1]} but its new value {types_[2]}")
        return (types_[0],)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        return (cotangents[0], *([None] * (len(node.inputs) - 1)))

    def specialise(
        self, inputs: Sequence[Tensor], attrs: Mapping[str, Any], training: bool
    ) -> Tensor | None:
        return inputs[0]

    def lower(self, node: Node) -> Sequence[Tensor]:
        return node.inputs[:1]

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (arrays[0],)

    def samples(self) -> Sequence[Sample]:
        x = np.random.default_rng(6).normal(size=(2, 3))
        return [Sample((x, x[0], x[1])), Sample((x, x[0], x[1], x[0]))]


IN_TRAINING = register(InTraining())
ONLY_WHEN = register(OnlyWhen())
UPDATING = register(Updating())


def in_training(x: Any, otherwise: Any) -> Tensor:
    """`x` in functions that train, `otherwise` in those that only infer.

    ``train_step`` and ``gradients`` of a compiled network train; ``predict`` and ``loss`` infer;
    ``gx.function`` says which by ``training=``.  What is not chosen is not computed.

    Raises:
        ShapeError: when the two differ in shape.
        TypeMismatchError: when they differ in element type.
    """
    a, b = constant(x), constant(otherwise)
    if a.dtype != b.dtype:
        raise TypeMismatchError(
            describe(
                f"in_training at {origins.current()}: {a.dtype} and {b.dtype} differ; use .astype",
                map(operand_line, (a, b)),
            )
        )
    return IN_TRAINING(a, b)


def updating(x: Tensor, state: Tensor, new_value: Any, keep: Sequence[Tensor] = ()) -> Tensor:
    """`x`, with the note that a training step that computes it sets `state` to `new_value`.

    ``gx.compile`` puts the notes on the way to the loss into ``train_step``; with ``gx.function``
    say ``updates=gx.updates_of(loss)``.  Nothing else that computes `x` changes the state.

    Args:
        x: any tensor.
        state: made by ``gx.state`` or ``gx.parameter``.
        new_value: in the type of the state.
        keep: what `new_value` needs of the batch.  A network's training step keeps these from the
            forward pass and computes the rest after the backward pass (default: `new_value`).

    Raises:
        GraphError: when `state` is none.
        ShapeError, TypeMismatchError: when the new value has another type.
    """
    owner = state_of(state)
    value = constant(new_value, owner.type.dtype if isinstance(new_value, (int, float)) else None)
    if value.dtype != owner.type.dtype:
        raise TypeMismatchError(
            f"updating at {origins.current()}: state '{owner.name}' is {owner.type.dtype} but its "
            f"new value {value.dtype}; use .astype"
        )
    return UPDATING(x, state, value, *keep)


def notes_of(tensors: Sequence[Tensor]) -> list[Node]:
    """The `updating` nodes on the way to tensors, in the order in which they are computed."""
    return [node for node in toposort(tensors) if node.op is UPDATING]


def updates_of(*tensors: Tensor) -> dict[Tensor, Tensor]:
    """What states become when a training function computes `tensors`: running statistics.

    A layer that is called twice changes its state twice, one after the other.

    Returns:
        The new value of each state, for ``gx.function(..., updates=...)``.

    Raises:
        GraphError: when something given is no tensor.
    """
    for tensor in tensors:
        if not isinstance(tensor, Tensor):
            raise GraphError(
                f"updates_of at {origins.current()}: a tensor is expected, not {tensor!r}"
            )
    table: dict[Tensor, Tensor] = {}
    for node in notes_of(tensors):
        _, state, value = node.inputs[:3]
        if state in table:
            (value,) = substituted([value], {state: table[state]})
        table[state] = value
    return table
