"""The loop: a body graph that is applied once a step, with states from one step to the next.

Operands are what the states are at first, the sequences, and what is the same in every step;
the body's inputs stand for these in the same order, and its results are the new states and what
the step leaves besides.  Results are, for each state, the stack of its values (`length` + 1 of
them: before the first step, and after every step), or only the last one where `stacked` says so;
and for each output the stack of what the steps left.  Element t of every stack belongs to step t,
whichever way the loop runs: running forwards, step t takes the state from element t to t + 1,
and running backwards from t + 1 to t.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import ShapeError, TypeMismatchError
from graphc.ir import evaluate
from graphc.ir.body import body_of
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, Tensor
from graphc.ir.types import TensorType
from graphc.ops.base import Array, Op, Sample, register
from graphc.ops.bodies import placeholder
from graphc.ops.leaf import constant
from graphc.ops.scan.gradient import pull_back
from graphc.ops.scan.loop import Carried, Loop, element_type


class Scan(Op):
    """Apply a body graph once for each element of sequences, carrying states along."""

    name = "scan"
    encloses = "step by step"

    def infer(self, types_: Sequence[TensorType], attrs: Mapping[str, Any]) -> Sequence[TensorType]:
        graph, length = attrs["body"].graph, attrs["length"]
        states, end = attrs["states"], attrs["states"] + attrs["elements"]
        if len(types_) != len(graph.inputs):
            raise ShapeError(f"{len(types_)} operands for a body of {len(graph.inputs)} inputs")
        for k, (given, inside) in enumerate(zip(types_, graph.inputs, strict=True)):
            sequence = states <= k < end
            if sequence and (not given.rank or given.shape[0] != length):
                raise ShapeError(
                    f"'{inside.name}' runs over {given}, which has not the {length} elements of "
                    "the loop"
                )
            if (element_type(given) if sequence else given) != inside.type:
                raise TypeMismatchError(f"'{inside.name}' is {inside.type} inside, given {given}")
        results: list[TensorType] = []
        for k, root in enumerate(graph.roots):
            if k < states and root.type != types_[k]:
                raise ShapeError(f"'{graph.inputs[k].name}' is {types_[k]} and becomes {root.type}")
            if k >= states:
                results.append(root.type.with_shape((length, *root.shape)))
            elif attrs["stacked"][k]:
                results.append(root.type.with_shape((length + 1, *root.shape)))
            else:
                results.append(root.type)
        return results

    def vjp(self, node: Node, cotangents: Sequence[Tensor | None]) -> Sequence[Tensor | None]:
        return pull_back(node, cotangents)

    def reference(self, arrays: Sequence[Array], attrs: Mapping[str, Any]) -> Sequence[Array]:
        body, states = attrs["body"], attrs["states"]
        graph, end = body.graph, attrs["states"] + attrs["elements"]
        length = int(attrs["length"]) if end == states else len(arrays[states])
        sizes = dict(body.sizes)
        for tensor, array in zip(graph.inputs[:states], arrays[:states], strict=True):
            evaluate.bind(tensor.shape, array.shape, sizes)
        values = [np.asarray(a) for a in arrays[:states]]
        history = [values]
        left: list[list[Array]] = []
        steps = range(length)[::-1] if attrs["reverse"] else range(length)
        for t in steps:
            given = [*values, *(a[t] for a in arrays[states:end]), *arrays[end:]]
            inputs = {x: np.asarray(a) for x, a in zip(graph.inputs, given, strict=True)}
            results = evaluate.evaluate(graph.roots, inputs, sizes=sizes)
            values = results[:states]
            history.append(values)
            left.append(results[states:])
        if attrs["reverse"]:
            history, left = history[::-1], left[::-1]
        found = []
        for k, root in enumerate(graph.roots):
            if k < states and not attrs["stacked"][k]:
                found.append(np.asarray(values[k]))
                continue
            rows = [row[k] for row in history] if k < states else [row[k - states] for row in left]
            shape = evaluate.concrete(root.shape, sizes)
            found.append(np.array(rows, root.dtype).reshape(len(rows), *shape))
        return found

    def samples(self) -> Sequence[Sample]:
        rng = np.random.default_rng(29)
        f64 = "float64"
        h = placeholder("h", TensorType(f64, (2, 3)))
        x = placeholder("x", TensorType(f64, (2, 4)))
        w, u = (placeholder("W", TensorType(f64, (n, 3))) for n in (4, 3))
        a, v = placeholder("a", TensorType(f64, ())), placeholder("v", TensorType(f64, ()))

        def sample(length: int, reverse: bool, stacked: bool) -> Sample:
            z = x @ w + h @ u
            new = z / (1 + z * z)
            node = Loop(
                length,
                reverse,
                [Carried(zeros(2, 3), h, new, stacked)],
                [(zeros(length, 2, 4), x)],
                [(zeros(4, 3), w), (zeros(3, 3), u)],
            ).close()
            return drawn(node)

        def drawn(node: Node) -> Sample:
            arrays = tuple(rng.normal(size=evaluate.concrete(t.shape, {})) for t in node.inputs)
            return Sample(arrays, node.attrs, retype=False)

        powers = Loop(4, False, [Carried(zeros(), a, a * v)], [(zeros(4), v)]).close()
        squares = Loop(3, False, elements=[(zeros(3, 2, 4), x)], outputs=[x * x + a])
        squares.constants.append((zeros(), a))
        return [
            sample(3, False, True),
            sample(3, True, True),
            sample(3, False, False),
            sample(1, True, False),
            sample(0, False, True),
            drawn(powers),
            drawn(squares.close()),
        ]

    def contiguous_operands(self, node: Node) -> Sequence[int]:
        return range(node.attrs["states"], len(node.inputs))

    def flops(self, node: Node) -> DimLike:
        body = body_of(node)
        assert body is not None
        total: DimLike = 0
        for step in body.graph.nodes:
            assert isinstance(step.op, Op)
            total = total + step.op.flops(step)
        length: DimLike = node.attrs["length"]
        return length * total


def zeros(*shape: int) -> Tensor:
    """A stand-in for an operand of a sample."""
    return constant(np.zeros(shape))


SCAN = register(Scan())
