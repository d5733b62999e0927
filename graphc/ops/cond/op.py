"""The conditional: two body graphs over the same operands, of which a boolean chooses one.

Operands are the predicate, and what either branch reads; the inputs of both bodies stand for these
in the same order, and their results are those of the node.  A result may belong to one side alone:
a value that the way back through this branch reads.  Where the other branch is taken its memory
is not touched, and nobody reads it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import ShapeError, TypeMismatchError
from graphc.ir import dims, evaluate, types
from graphc.ir.body import bodies_of
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor, builders
from graphc.ir.types import TensorType
from graphc.ops.base import Array, Op, Sample, register
from graphc.ops.bodies import placeholder
from graphc.ops.cond.parts import BOTH, SIDES, Choice
from graphc.ops.leaf import constant


class Cond(Op):
    """Compute one of two branches, as a boolean says."""

    name = "cond"
    encloses = "by one of two branches"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        if not types_ or types_[0] != TensorType("bool", ()):
            raise TypeMismatchError(f"the predicate is one boolean, not {types_[0]}")
        then, otherwise = (attrs[side].graph for side in SIDES)
        for graph in (then, otherwise):
            if len(types_) != 1 + len(graph.inputs):
                raise ShapeError(
                    f"{len(types_) - 1} operands for a body of {len(graph.inputs)} inputs"
                )
            for given, inside in zip(types_[1:], graph.inputs, strict=True):
                if given != inside.type:
                    raise TypeMismatchError(
                        f"'{inside.name}' is {inside.type} inside, given {given}"
                    )
        if not len(then.roots) == len(otherwise.roots) == len(attrs["sides"]):
            raise ShapeError(f"{len(then.roots)} and {len(otherwise.roots)} results")
        for k, (a, b) in enumerate(zip(then.roots, otherwise.roots, strict=True)):
            if a.type != b.type:
                raise ShapeError(f"result {k} is {a.type} in one branch, {b.type} in the other")
        return [t.type for t in then.roots]

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        forward = Choice.of(node)
        backward = Choice(forward.predicate, list(forward.operands))
        backward.names = (f"d_{forward.names[0]}", f"d_{forward.names[1]}")
        wrt = [t for t in forward.placeholders if types.is_float(t.dtype)]
        given: list[Tensor | None] = [None] * len(cotangents)
        for k, ct in enumerate(cotangents):
            if ct is not None:
                given[k] = backward.use(ct, f"d_{node.outputs[k].name or 'out'}")
        pulled: dict[str, dict[Tensor, Tensor | None]] = {}
        for side in SIDES:
            own = [
                ct if node.attrs["sides"][k] in (side, BOTH) else None for k, ct in enumerate(given)
            ]
            found = builders["pull_back"](forward.results[side], own, wrt)
            pulled[side] = dict(zip(wrt, found, strict=True))
        reached = [t for t in wrt if any(pulled[side][t] is not None for side in SIDES)]
        for inside in reached:
            for side in SIDES:
                ct = pulled[side][inside]
                backward.results[side].append(zeros(inside) if ct is None else ct)
            backward.sides.append(BOTH)
        if not reached:
            return [None] * len(node.inputs)
        place = dict(zip(reached, backward.close().outputs, strict=True))
        for inside, result in place.items():
            result.name = result.name or f"d_{inside.name}"
        return [None, *(place.get(inside) for inside in forward.placeholders)]

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        body = attrs["then" if arrays[0] else "otherwise"]
        sizes = dict(body.sizes)
        given = [np.asarray(a) for a in arrays[1:]]
        inputs = dict(zip(body.graph.inputs, given, strict=True))
        return tuple(evaluate.evaluate(body.graph.roots, inputs, sizes=sizes))

    def samples(self) -> Sequence[Sample]:
        rng = np.random.default_rng(31)
        x, y = (placeholder(n, TensorType("float64", (2, 3))) for n in "xy")
        w = placeholder("w", TensorType("float64", (3,)))
        branches = [
            ([x, y], x * y, x / (1 + y * y)),
            ([x, w], x, x + w),
            ([w], w * w * w, constant(np.zeros(3))),
        ]
        found = []
        for given, then, otherwise in branches:
            for taken in (True, False):
                choice = Choice(constant(taken), [(zeros(t), t) for t in given], sides=[BOTH])
                choice.results = {"then": [then], "otherwise": [otherwise]}
                attrs = choice.close().attrs
                arrays = tuple(rng.normal(size=evaluate.concrete(t.shape, {})) for t in given)
                found.append(Sample((np.asarray(taken), *arrays), attrs, retype=False))
        return found

    def contiguous_operands(self, node: Node) -> Sequence[int]:
        return range(1, len(node.inputs))

    def flops(self, node: Node) -> DimLike:
        """Those of the branch that takes more, as far as symbolic sizes can be compared."""
        totals: list[DimLike] = []
        for body in bodies_of(node).values():
            total: DimLike = 0
            for step in body.graph.nodes:
                assert isinstance(step.op, Op)
                total = total + step.op.flops(step)
            totals.append(total)
        return dims.maximum(*totals)

    def math(self, node: Node, args: Sequence[str]) -> str:
        return f"cond({args[0]}, ...)"


def zeros(like: Tensor) -> Tensor:
    """Zeros in the type of a tensor."""
    made: Tensor = builders["broadcast_to"](constant(0, like.dtype), like.shape)
    return made


COND = register(Cond())
