"""Does the emitted code compute what the graph says?

In: a compiled program. Out: for each method and style the largest difference from the ops' own
reference functions, on random arguments: of the results and of every state afterwards.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphc.codegen.program import Family, Method, Phase
from graphc.ir import evaluate
from graphc.ir.node import State, Stream, Tensor
from graphc.network import STYLES, Network
from graphc.schedule.flatten import GRADIENTS, TRANSIENT, Segment
from graphc.tools.samples import draw
from graphc.tools.userfile import restyled

Array = np.ndarray[Any, Any]
TOLERANCE = {"float16": 2e-2, "float32": 2e-4, "float64": 1e-9}


@dataclass(frozen=True)
class Finding:
    """One method in one style, compared with the reference.

    Attributes:
        method: the method's name.
        style: how it was emitted.
        error: the largest difference over results and states, as a share of the largest value.
        worst: what differs most: ``result 'loss'`` or ``state 'dense_1.W'``.
        passed: whether everything is within the tolerance of its element type.
    """

    method: str
    style: str
    error: float
    worst: str
    passed: bool


class Reference:
    """A program that is run by the reference functions of its ops."""

    def __init__(self, network: Network, m: Any) -> None:
        self.unit = network.unit
        saved = m.state_dict()
        self.flat: dict[str, Array] = {}
        self.values: dict[State, Array] = {}
        for vector in self.unit.layout.vectors:
            flat = self.flat[vector.name] = np.zeros(vector.size, vector.dtype)
            for state, start in vector.members:
                shape = evaluate.concrete(state.type.shape, {})
                self.values[state] = flat[start : start + math.prod(shape)].reshape(shape)
        for state in self.unit.layout.singles:
            self.values[state] = np.zeros(evaluate.concrete(state.type.shape, {}), state.type.dtype)
        for state, value in self.values.items():
            if self.unit.saved_name(state) in saved:
                value[...] = saved[self.unit.saved_name(state)]
        self.rng: dict[Stream, np.random.Generator] = {
            stream: copy.deepcopy(getattr(m.rng, name)) for stream, name in self.unit.streams
        }

    def run(self, family: Family, method: Method, arrays: Sequence[Array]) -> dict[str, Array]:
        """The results of a method by name; states change as they do in the emitted code."""
        phases = {phase.name: phase for phase in family.phases}
        results: dict[str, Array] = {}
        for name in method.phases:
            results |= self._phase(phases[name], dict(zip(family.inputs, arrays, strict=True)))
        if method.result == "gradients":
            vectors = [v for v in self.unit.layout.vectors if v.name.startswith(GRADIENTS)]
            members = [state for vector in vectors for state, _ in vector.members]
            return {self.unit.saved_name(s.of): self.values[s] for s in members if s.of is not None}
        return results

    def states(self) -> dict[str, Array]:
        """Every state that is saved, by name."""
        return {
            self.unit.saved_name(state): value
            for state, value in self.values.items()
            if state.slot not in TRANSIENT
        }

    def _phase(self, phase: Phase, arguments: Mapping[Tensor, Array]) -> dict[str, Array]:
        graph = phase.plan.schedule.graph
        given = dict(arguments)
        sizes: dict[str, int] = {}
        for tensor, array in given.items():
            evaluate.bind(tensor.shape, array.shape, sizes)
        for node in phase.plan.schedule.order:
            if "stream" in node.attrs:
                shape = evaluate.concrete(node.attrs["shape"], sizes)
                sample = getattr(self.rng[node.attrs["stream"]], node.op.method)  # type: ignore[attr-defined]
                given[node.outputs[0]] = np.asarray(sample(shape, dtype=node.attrs["dtype"]))
        states = {state: self._storage(state).copy() for state in graph.states}
        values = evaluate.evaluate(graph.roots, given, states)
        count = len(graph.outputs)
        for (state, _), value in zip(graph.updates, values[count:], strict=True):
            self._storage(state)[...] = value
        names = [name for name, _ in graph.outputs]
        return dict(zip(names, values[:count], strict=True))

    def _storage(self, state: State) -> Array:
        if isinstance(state, Segment):
            return self.flat[state.vector][state.start : state.stop]
        return self.values[state]


def check(network: Network, sizes: Mapping[str, int], seed: int = 0) -> list[Finding]:
    """Compare every method in every style with the reference, each from the first state.

    Args:
        network: the program.
        sizes: a number for each symbolic dimension.
        seed: of the arguments, the parameters and the random streams.
    """
    findings = []
    for style in STYLES:
        emitted = restyled(network, style)
        for family in network.unit.families:
            arrays = draw(family, sizes, np.random.default_rng(seed))
            for method in family.methods:
                m = emitted.load(seed)
                reference = Reference(network, m)
                with np.errstate(all="ignore"):
                    expected = reference.run(family, method, [a.copy() for a in arrays])
                    got = _named(method, getattr(m, method.name)(*arrays))
                pairs = {f"result '{n}'": (got[n], v) for n, v in expected.items() if n in got}
                state = m.state_dict()
                pairs |= {f"state '{n}'": (state[n], v) for n, v in reference.states().items()}
                findings.append(_finding(method.name, style, pairs))
    return findings


def _named(method: Method, result: Any) -> dict[str, Array]:
    if isinstance(result, dict):
        return result
    results = result if method.result == "list" else [result]
    names = [name for name, _ in method.outputs]
    return dict(zip(names, results, strict=False)) if method.result != "none" else {}


def _finding(method: str, style: str, pairs: Mapping[str, tuple[Any, Array]]) -> Finding:
    worst, error, passed = "", -1.0, True
    for name, (got, expected) in pairs.items():
        difference = _difference(np.asarray(got), np.asarray(expected))
        passed = passed and difference <= TOLERANCE.get(np.asarray(expected).dtype.name, 0.0)
        if difference > error:
            worst, error = name, difference
    return Finding(method, style, max(error, 0.0), worst, passed)


def _difference(got: Array, expected: Array) -> float:
    """The largest difference as a share of the largest value; infinite for another type."""
    if got.shape != expected.shape or got.dtype != expected.dtype:
        return float("inf")
    if expected.dtype.kind != "f":
        return 0.0 if np.array_equal(got, expected) else float("inf")
    same = (got == expected) | (np.isnan(got) & np.isnan(expected))
    if same.all():
        return 0.0
    a, b = got[~same].astype(float), expected[~same].astype(float)
    if not (np.isfinite(a).all() and np.isfinite(b).all()):
        return float("inf")
    finite = np.abs(expected[np.isfinite(expected)]).astype(float)
    return float(np.abs(a - b).max() / max(finite.max(), 1e-3))
