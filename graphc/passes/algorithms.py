"""How each convolution is computed: what was asked for, else what is expected to be fastest.

The cost of an algorithm is a formula of its arithmetic and its memory traffic, with symbolic sizes
taken as 32; the algorithms and their formulas are in :mod:`graphc.ops.conv.algorithms`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from graphc.errors import GraphError
from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor, make
from graphc.ops.base import Op
from graphc.ops.conv.algorithms import ALGORITHMS, Algorithm, geometry
from graphc.ops.conv.device import DEVICE_ALGORITHMS

_PARTS = {
    "conv": "",
    "conv_input_gradient": ".input_gradient",
    "conv_weight_gradient": ".weight_gradient",
}


@dataclass
class Choices:
    """What was asked for, and what was chosen.

    Attributes:
        asked: the algorithm for a convolution, by the name of its layer (``"conv_1"``), or for one
            of its gradients (``"conv_1.input_gradient"``, ``"conv_1.weight_gradient"``).
        exact: whether to leave out algorithms whose rounding errors are larger than a sum's.
        on_device: whether a GPU computes them.
        measure: gives the seconds that algorithms take for a node, by name; without it costs are
            estimated.
        made: for each convolution and gradient the algorithm, and what speaks for it.
    """

    asked: Mapping[str, str] = field(default_factory=dict)
    exact: bool = False
    on_device: bool = False
    measure: Callable[[Node, Sequence[Algorithm]], Mapping[str, float]] | None = None
    made: dict[str, str] = field(default_factory=dict)
    used: set[str] = field(default_factory=set)

    @property
    def table(self) -> Mapping[str, Sequence[Algorithm]]:
        """The algorithms of each op."""
        return DEVICE_ALGORITHMS if self.on_device else ALGORITHMS

    def check(self) -> None:
        """Refuse names that no convolution has.

        Raises:
            GraphError: with the names that there are.
        """
        unknown = sorted(set(self.asked) - self.used)
        if unknown:
            raise GraphError(
                f"algorithms: there is no convolution '{unknown[0]}'; there are "
                f"{', '.join(self.made) or 'none'}"
            )

    def run(self, graph: Graph, hits: Counter[str]) -> Graph:
        """Set the attribute `algorithm` of every convolution of a graph."""

        def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
            if node.op.name not in ALGORITHMS:
                return None
            return (self._choose(make(node.op, inputs, node.attrs), node, hits),)

        return rewrite(graph, change)

    def _choose(self, node: Node, old: Node, hits: Counter[str]) -> Tensor:
        names = _names(old)
        asked = node.attrs["algorithm"]
        for name in names:
            if name in self.asked:
                self.used.add(name)
                asked = self.asked[name]
        if asked:
            algorithm, times = self._asked(node, names[0], asked), ""
        else:
            algorithm, times = self._cheapest(node)
        hits[f"{node.op.name} by {algorithm.name}"] += 1
        self.made[names[0]] = f"{algorithm.name}: {algorithm.why(node)}{times}"
        if algorithm.name == "flipped":
            turned = algorithm.lower(node)
            assert turned is not None
            inner, times = self._cheapest(turned.node)
            self.made[names[0]] += f"; {inner.name}: {inner.why(turned.node)}{times}"
            return _with(turned.node, inner)
        return _with(node, algorithm)

    def _asked(self, node: Node, name: str, wanted: str) -> Algorithm:
        table = {a.name: a for a in self.table[node.op.name]}
        if wanted not in table:
            raise GraphError(
                f"algorithms: '{name}' can't be computed by '{wanted}'; there are {', '.join(table)}"
            )
        if not table[wanted].applies(node):
            fit = ", ".join(a.name for a in table.values() if a.applies(node))
            raise GraphError(
                f"algorithms: '{wanted}' does not fit the sizes of '{name}' at {node.origin}; "
                f"these do: {fit}"
            )
        return table[wanted]

    def _cheapest(self, node: Node) -> tuple[Algorithm, str]:
        """The algorithm of least cost, and what was measured."""
        g = geometry(node)
        fit = [a for a in self.table[node.op.name] if a.applies(node)]
        fit = [a for a in fit if a.exact or not self.exact]
        if self.measure is None or len(fit) == 1:
            return min(fit, key=lambda a: a.seconds(g)), ""
        found = self.measure(node, fit)
        order = sorted(fit, key=lambda a: found[a.name])
        times = ", ".join(f"{a.name} {found[a.name] * 1e3:.3g}" for a in order)
        return order[0], f" (measured, in ms: {times})"


def _with(node: Node, algorithm: Algorithm) -> Tensor:
    assert isinstance(node.op, Op)
    return make(node.op, node.inputs, {**node.attrs, "algorithm": algorithm.name}).outputs[0]


def _names(node: Node) -> list[str]:
    """What a convolution can be called: by its scope, with or without what encloses it."""
    scope = node.origin.scope if node.origin else ()
    part = _PARTS[node.op.name]
    names = [".".join(scope[start:]) + part for start in range(len(scope))]
    return list(reversed(names)) or [f"conv{part}"]
