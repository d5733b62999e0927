"""How each convolution is computed: what was asked for, else what is expected to be fastest.

The cost of an algorithm is a formula of its arithmetic and its memory traffic, with symbolic sizes
taken as 32; the algorithms and their formulas are in :mod:`graphc.ops.conv.algorithms`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from graphc.errors import GraphError, meant
from graphc.ir.body import nodes_within
from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor, make, toposort
from graphc.ops.base import Op
from graphc.ops.conv.algorithms import ALGORITHMS, Algorithm, geometry
from graphc.ops.conv.device import DEVICE_ALGORITHMS

_PARTS = {
    "conv": "",
    "conv_input_gradient": ".input_gradient",
    "conv_weight_gradient": ".weight_gradient",
}

# Costs that differ by less are alike: an estimate is no better, and layers that are computed in the
# same way are one function in the emitted module.
ALIKE = 1.1


@dataclass
class Choices:
    """What was asked for, and what was chosen.

    Attributes:
        asked: the algorithm for a convolution, by the name of its layer, or for one of its gradients
            (``"conv_1.input_gradient"``, ``"conv_1.weight_gradient"``).  The name is the layer's
            scope (``"stage_1.block_2.conv_1"``), or the end of it if no other layer's is the same.
        exact: whether to leave out algorithms whose rounding errors are larger than a sum's.
        on_device: whether a GPU computes them.
        measure: gives the seconds that algorithms take for a node, by name; without it costs are
            estimated.
    """

    asked: Mapping[str, str] = field(default_factory=dict)
    exact: bool = False
    on_device: bool = False
    measure: Callable[[Node, Sequence[Algorithm]], Mapping[str, float]] | None = None
    _names: dict[str, str] = field(default_factory=dict)
    _wanted: dict[str, str] = field(default_factory=dict)
    _used: set[str] = field(default_factory=set)
    _found: dict[str, dict[str, None]] = field(default_factory=dict)
    _votes: Counter[str] = field(default_factory=Counter)

    @property
    def made(self) -> dict[str, str]:
        """For each convolution and gradient, by the shortest name it can be asked for by, the
        algorithm and what speaks for it; of a layer that is used several times, all that there are."""
        return {name: " / ".join(ways) for name, ways in self._found.items()}

    def survey(self, roots: Iterable[Tensor]) -> None:
        """Find the layers of a program, before any of its graphs is taken through the passes, and
        what is best for each.

        Args:
            roots: everything that the program computes.

        Raises:
            GraphError: when an algorithm is asked for by a name that no layer has, or several.
        """
        nodes = list(nodes_within(toposort(roots)))
        layers = list(dict.fromkeys(_layer(n) for n in nodes if n.op.name in ALGORITHMS))
        for node in nodes if self.measure is None else ():
            if node.op.name in ALGORITHMS:
                g = geometry(node)
                self._votes[min(self._fit(node), key=lambda a: a.seconds(g)).name] += 1
        for layer in layers:
            parts = layer.split(".")
            ends = (".".join(parts[k:]) for k in reversed(range(len(parts))))
            self._names[layer] = next(end for end in ends if _called(end, layers) == [layer])
        for name, algorithm in self.asked.items():
            part = next((p for p in _PARTS.values() if p and name.endswith(p)), "")
            fit = _called(name.removesuffix(part), layers)
            if not fit:
                base, there = name.removesuffix(part), list(self._names.values())
                raise GraphError(
                    f"algorithms: there is no convolution '{base}'; there are "
                    f"{', '.join(there) or 'none'}{meant(base, there)}"
                )
            if len(fit) > 1:
                raise GraphError(
                    f"algorithms: '{name}' may be {', '.join(layer + part for layer in fit)}: "
                    "give more of its name"
                )
            other = self._wanted.setdefault(self._names[fit[0]] + part, algorithm)
            if other != algorithm:
                raise GraphError(
                    f"algorithms: '{name}' is asked for twice, by '{other}' and by '{algorithm}'"
                )

    @property
    def table(self) -> Mapping[str, Sequence[Algorithm]]:
        """The algorithms of each op."""
        return DEVICE_ALGORITHMS if self.on_device else ALGORITHMS

    def check(self) -> None:
        """Refuse what was asked for a gradient that is not computed.

        Raises:
            GraphError: with the names that there are.
        """
        unknown = sorted(set(self._wanted) - self._used)
        if unknown:
            raise GraphError(
                f"algorithms: there is no '{unknown[0]}' to be computed; there are "
                f"{', '.join(self._found)}"
            )

    def run(self, graph: Graph, hits: Counter[str]) -> Graph:
        """Set the attribute `algorithm` of every convolution of a graph."""

        def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
            if node.op.name not in ALGORITHMS:
                return None
            return (self._choose(make(node.op, inputs, node.attrs), node, hits),)

        return rewrite(graph, change)

    def _choose(self, node: Node, old: Node, hits: Counter[str]) -> Tensor:
        layer = _layer(old)
        name = self._names.get(layer, layer) + _PARTS[node.op.name]
        asked = node.attrs["algorithm"]
        if name in self._wanted:
            self._used.add(name)
            asked = self._wanted[name]
        if asked:
            algorithm, times = self._asked(node, name, asked), ""
        else:
            algorithm, times = self._cheapest(node)
        hits[f"{node.op.name} by {algorithm.name}"] += 1
        how, result = f"{algorithm.name}: {algorithm.why(node)}{times}", _with(node, algorithm)
        if algorithm.name == "flipped":
            turned = algorithm.lower(node)
            assert turned is not None
            inner, times = self._cheapest(turned.node)
            how += f"; {inner.name}: {inner.why(turned.node)}{times}"
            result = _with(turned.node, inner)
        self._found.setdefault(name, {})[how] = None
        return result

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

    def _fit(self, node: Node) -> list[Algorithm]:
        """The algorithms that a convolution may be computed by."""
        fit = [a for a in self.table[node.op.name] if a.applies(node)]
        return [a for a in fit if a.exact or not self.exact]

    def _cheapest(self, node: Node) -> tuple[Algorithm, str]:
        """The algorithm of least cost, of those alike the one that is best for most layers; and what
        was measured."""
        fit = self._fit(node)
        if self.measure is None or len(fit) == 1:
            g = geometry(node)
            costs = {a: a.seconds(g) for a in fit}
            least = min(costs.values())
            alike = [a for a in fit if costs[a] <= ALIKE * least]
            return max(alike, key=lambda a: (self._votes[a.name], -costs[a])), ""
        found = self.measure(node, fit)
        order = sorted(fit, key=lambda a: found[a.name])
        times = ", ".join(f"{a.name} {found[a.name] * 1e3:.3g}" for a in order)
        return order[0], f" (measured, in ms: {times})"


def _with(node: Node, algorithm: Algorithm) -> Tensor:
    assert isinstance(node.op, Op)
    name = algorithm.key or algorithm.name
    return make(node.op, node.inputs, {**node.attrs, "algorithm": name}).outputs[0]


def _layer(node: Node) -> str:
    """The scope of a convolution; ``"conv"`` outside all."""
    return ".".join(node.origin.scope if node.origin else ()) or "conv"


def _called(name: str, layers: Sequence[str]) -> list[str]:
    """The layers that a name may mean: the one with that scope, else all whose scopes end so."""
    return [name] if name in layers else [one for one in layers if one.endswith(f".{name}")]
