"""Products with boolean masks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import TypeMismatchError
from graphc.ir import types
from graphc.ir.node import Node, Tensor
from graphc.ir.types import TensorType
from graphc.ops.base import PRODUCT, UNARY, Array, Emitter, Op, Sample, register
from graphc.ops.elementwise import unbroadcast


class ApplyMask(Op):
    """A tensor times a boolean mask: the value where it is True, zero elsewhere.

    What ``x * cast(mask)`` becomes; NumPy multiplies floats by booleans in one pass.
    """

    name = "apply_mask"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        x, mask = types_
        if mask.dtype != "bool":
            raise TypeMismatchError(f"the mask must be bool, not {mask.dtype}")
        return (x.with_shape(types.broadcast([x.shape, mask.shape])),)

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        x, mask = node.inputs
        (ct,) = cotangents
        assert ct is not None
        return unbroadcast(self(ct, mask), x.type), None

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        return (arrays[0] * arrays[1].astype(arrays[0].dtype),)

    def samples(self) -> Sequence[Sample]:
        rng = np.random.default_rng(5)
        x = rng.normal(size=(3, 4))
        masks = (x > 0, x[:1] > 0, x[0] > 0)
        return [
            *(Sample((x, mask)) for mask in masks),
            Sample((x[0], masks[2])),
            Sample((x[:1], masks[0])),
            Sample((x[:, :1], masks[0])),
            Sample((x[:0], masks[0][:0])),
        ]

    def plain(self, e: Emitter) -> tuple[str, int]:
        return f"{e.arg(0, PRODUCT)} * {e.arg(1, UNARY)}", PRODUCT

    def planned(self, e: Emitter) -> Sequence[str]:
        if e.node.outputs[0].ndim > 1 and e.node.inputs[1].ndim != 1:
            return [f"np.multiply({e.args[0]}, {e.args[1]}, out={e.out})"]
        # NumPy would convert a copy of a mask that is a vector, but not one that is a matrix.
        texts = [e.arg(i) + "[None]" * (t.ndim == 1) for i, t in enumerate(e.node.inputs)]
        row = "[None]" * (e.node.outputs[0].ndim == 1)
        return [f"np.multiply({', '.join(texts)}, out={e.out}{row})"]

    def inplace(self, node: Node) -> Sequence[int]:
        return (0,) if node.inputs[0].shape == node.outputs[0].shape else ()

    def flops(self, node: Node) -> Any:
        return node.outputs[0].size

    def math(self, node: Node, args: Sequence[str]) -> tuple[str, int]:
        return f"{args[0]} * {args[1]}", PRODUCT


APPLY_MASK = register(ApplyMask())
