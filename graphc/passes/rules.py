"""Rewrite rules as data: a pattern, a replacement, a name, samples that prove it.

A pattern is a tree of :class:`Apply` over variables and constants.  The same tree that finds a
place in a graph builds the example on which the rule is proved, so no rule can be stated without
being checked.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from graphc.errors import RewriteError
from graphc.ir import origin as origins
from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor, make
from graphc.ops.base import REGISTRY
from graphc.ops.leaf import scalar_of

COMMUTATIVE = {"add", "multiply", "maximum", "minimum", "equal", "logical_and", "logical_or"}


@dataclass(frozen=True)
class Any_:
    """Matches any tensor and names it; the same name twice must be the same tensor."""

    name: str


@dataclass(frozen=True)
class Number:
    """Matches a tensor all of whose elements are known to be one number: `value`, or any if None."""

    value: float | None = None
    name: str = ""


@dataclass(frozen=True)
class Apply:
    """Matches the result of an op; `name` gives access to the node (its attributes)."""

    op: str
    operands: tuple[Pattern, ...]
    name: str = ""


Pattern: TypeAlias = Any_ | Number | Apply


def any_(name: str) -> Any_:
    """A variable of a pattern."""
    return Any_(name)


def number(value: float | None = None, name: str = "") -> Number:
    """A known number in a pattern."""
    return Number(value, name)


def op(name: str, *operands: Pattern, as_: str = "") -> Apply:
    """An op in a pattern."""
    return Apply(name, operands, as_)


class Match:
    """What the names of a pattern stand for at one place."""

    def __init__(self) -> None:
        self.tensors: dict[str, Tensor] = {}
        self.nodes: dict[str, Node] = {}
        self.root: Tensor

    def __getattr__(self, name: str) -> Tensor:
        try:
            return self.tensors[name]
        except KeyError:
            raise AttributeError(name) from None

    def value(self, name: str) -> float:
        """The number that a named `Number` matched."""
        number = scalar_of(self.tensors[name])
        assert number is not None
        return number


@dataclass(frozen=True)
class Rule:
    """One rewrite.

    Attributes:
        name: what reports call it.
        pattern: where it applies.
        replace: the new tensor for a match, or None when a side condition fails.
        samples: cases for the proof: values for the pattern's variables and, under the name of an
            `Apply`, the attributes of that node. ``"expect"`` states the value of the replacement
            where the pattern itself overflows.
        exact: whether both sides are equal to the last bit, but for the sign of a zero.
    """

    name: str
    pattern: Apply
    replace: Callable[[Match], Tensor | None]
    samples: tuple[Mapping[str, Any], ...]
    exact: bool = False


@dataclass
class RuleSet:
    """Rules that are applied together until none fires."""

    rules: Sequence[Rule]
    index: dict[str, list[Rule]] = field(init=False)

    def __post_init__(self) -> None:
        self.index = {}
        for rule in self.rules:
            self.index.setdefault(rule.pattern.op, []).append(rule)

    def apply(
        self, graph: Graph, hits: Counter[str], barrier: frozenset[Tensor] = frozenset()
    ) -> Graph:
        """Rewrite a graph to a fixed point; `hits` counts what fired.

        The tensors of `barrier` stay as they are, and patterns do not look through them.

        Raises:
            RewriteError: naming the rules that keep undoing one another.
        """
        for sweep in range(64):
            fired: Counter[str] = Counter()

            def change(
                node: Node, inputs: tuple[Tensor, ...], fired: Counter[str] = fired
            ) -> Sequence[Tensor] | None:
                if barrier and not barrier.isdisjoint(node.outputs):
                    return node.outputs
                if node.op.name not in self.index:
                    return None
                new = make(node.op, inputs, node.attrs)
                result = self._rewrite_root(new.outputs[0], fired, barrier)
                return None if result is new.outputs[0] else (result,)

            graph = rewrite(graph, change)
            if not fired:
                return graph
            hits.update(fired)
            if sweep == 63:
                raise RewriteError(f"rewriting does not end; still firing: {sorted(fired)}")
        return graph

    def _rewrite_root(
        self, tensor: Tensor, fired: Counter[str], barrier: frozenset[Tensor]
    ) -> Tensor:
        for _ in range(100):
            for rule in self.index.get(tensor.node.op.name, ()):
                found = match(rule.pattern, tensor, barrier)
                if found is None:
                    continue
                result = rule.replace(found)
                if result is None or result is tensor:
                    continue
                fired[rule.name] += 1
                if result.type != tensor.type:
                    raise RewriteError(f"rule '{rule.name}' makes {result.type} of {tensor.type}")
                tensor = result
                break
            else:
                return tensor
        raise RewriteError(f"rewriting does not end; still firing: {sorted(fired)}")


def match(pattern: Apply, tensor: Tensor, barrier: frozenset[Tensor] = frozenset()) -> Match | None:
    """Match a pattern at a tensor, trying both orders of commutative ops."""
    found = Match()
    found.root = tensor
    return found if _match(pattern, tensor, found, barrier, root=True) else None


def _match(
    pattern: Pattern, tensor: Tensor, found: Match, barrier: frozenset[Tensor], root: bool = False
) -> bool:
    if isinstance(pattern, Any_):
        bound = found.tensors.setdefault(pattern.name, tensor)
        return bound is tensor
    if isinstance(pattern, Number):
        value = scalar_of(tensor)
        if value is None or (pattern.value is not None and value != pattern.value):
            return False
        if pattern.name:
            found.tensors[pattern.name] = tensor
        return True
    node = tensor.node
    if node.op.name != pattern.op or (tensor in barrier and not root):
        return False
    if len(node.inputs) != len(pattern.operands):
        return False
    orders = [node.inputs]
    if pattern.op in COMMUTATIVE:
        orders.append(node.inputs[::-1])
    for operands in orders:
        tensors, nodes = dict(found.tensors), dict(found.nodes)
        pairs = zip(pattern.operands, operands, strict=True)
        if all(_match(p, t, found, barrier) for p, t in pairs):
            if pattern.name:
                found.nodes[pattern.name] = node
            return True
        found.tensors, found.nodes = tensors, nodes
    return False


def instantiate(
    pattern: Pattern, sample: Mapping[str, Any], tensors: Mapping[str, Tensor]
) -> Tensor:
    """Build a pattern as a graph over given tensors: the left side of a rule's proof."""
    if isinstance(pattern, Any_):
        return tensors[pattern.name]
    if isinstance(pattern, Number):
        return tensors[pattern.name] if pattern.name else tensors[f"number:{pattern.value}"]
    operands = [instantiate(p, sample, tensors) for p in pattern.operands]
    attrs = sample.get(pattern.name, {}) if pattern.name else {}
    return make(REGISTRY[pattern.op], operands, attrs).outputs[0]


def variables(pattern: Pattern) -> Iterable[Any_ | Number]:
    """The leaves of a pattern, left to right."""
    if isinstance(pattern, Apply):
        for operand in pattern.operands:
            yield from variables(operand)
    else:
        yield pattern


def inherit(tensor: Tensor) -> Any:
    """A context in which new nodes have the origin of a tensor's node."""
    return origins.derived_from(tensor.node.origin)
