"""The passes in their order: one explicit list, each by name, each can be disabled or dumped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field

from graphc.errors import GraphError
from graphc.ir.graph import Graph, verify
from graphc.ir.printer import to_text
from graphc.passes import joins, lower, simplify, stabilise
from graphc.passes.algorithms import Choices
from graphc.passes.conditionals.sharing import keep_branches, share_branches
from graphc.passes.conditionals.tidy import tidy_branches
from graphc.passes.loops.batching import batch_loops
from graphc.passes.loops.sharing import share_steps
from graphc.passes.loops.tidy import tidy_loops
from graphc.passes.loops.transposing import transpose_once
from graphc.passes.parts import in_parts
from graphc.passes.precision import HalfProducts
from graphc.passes.rules import RuleSet
from graphc.passes.specialise import specialise
from graphc.passes.tables import look_up_products
from graphc.passes.within import Pass, within

_SIMPLIFY = RuleSet(simplify.RULES)
_STABILISE = RuleSet(stabilise.RULES)
_CROSS_ENTROPY = RuleSet(stabilise.CROSS_ENTROPY)

PIPELINE: list[tuple[str, Pass]] = [
    ("specialise", specialise),  # training or inference: dropout, batch statistics
    ("tidy_loops", tidy_loops),  # what of loops nobody reads, or need not be in them
    ("tidy_branches", tidy_branches),  # the same for conditionals
    ("unbroadcast", simplify.unbroadcast_scalars),
    ("fold", lower.fold),  # constants, so that rules see numbers
    ("simplify", _SIMPLIFY.apply),
    ("stabilise", _STABILISE.apply),  # while softmax and its kind are whole
    ("cross_entropy", _CROSS_ENTROPY.apply),  # label and log-sum instead of all log-probabilities
    ("algorithms", Choices().run),  # how convolutions are computed
    ("reuse_tanh", simplify.reuse_tanh),  # 1 - h**2 beside h = tanh(z)
    ("reuse_sigmoid", simplify.reuse_sigmoid),  # 1 - s on the way back through a loop
    ("lower", lower.lower),  # composites become primitives
    ("unbroadcast_lowered", simplify.unbroadcast_scalars),
    ("fold_lowered", lower.fold),
    ("simplify_lowered", _SIMPLIFY.apply),
    ("join_slices", joins.join_slices),  # gradients of what was cut up
    ("share", lower.share),  # common subexpressions
    ("keep_branches", keep_branches),  # of conditionals in steps, for share_steps
    ("share_steps", share_steps),  # between a loop and the way back through it
    ("share_branches", share_branches),  # between a branch and the way back through it
    ("batch_loops", batch_loops),  # products of all steps before and after loops
    ("tidy_batched", tidy_loops),
    ("tidy_shared", tidy_branches),
    ("look_up_products", look_up_products),  # of rows taken from small tables
    ("transpose_once", transpose_once),
    ("simplify_batched", _SIMPLIFY.apply),
    ("sums_as_products", lower.sums_as_products),  # algorithms
    ("materialise", lower.materialise),  # strided views copied where they must be
]

_OUTSIDE_LOOPS = {"look_up_products"}  # in a body a table would be multiplied at every step
# Of one style, or one target.
_LATE: dict[str, Pass] = {"widen_rows": lower.widen_rows, "in_parts": in_parts}

_REQUIRED = {"specialise", "lower", "materialise"}  # without these a graph can't be emitted


@dataclass
class Passes:
    """A run of the pipeline, with its options and what it did.

    Attributes:
        disable: names of passes to leave out.
        dump_after: names of passes after which the graph is printed (``"all"`` for each).
        hits: how often each rule fired, over all graphs.
        choices: how convolutions are to be computed, and are.
    """

    disable: Collection[str] = ()
    dump_after: Collection[str] = ()
    hits: Counter[str] = field(default_factory=Counter)
    choices: Choices = field(default_factory=Choices)

    def __post_init__(self) -> None:
        if isinstance(self.disable, str):
            self.disable = (self.disable,)
        if isinstance(self.dump_after, str):
            self.dump_after = (self.dump_after,)
        names = [*(name for name, _ in PIPELINE), *_LATE, "early", "pieces", "fuse"]
        for name in (*self.disable, *(n for n in self.dump_after if n != "all")):
            if name not in names:
                raise GraphError(f"there is no pass '{name}'; the passes are {', '.join(names)}")
        for name in self.disable:
            if name in _REQUIRED:
                raise GraphError(f"the pass '{name}' can't be disabled: emission depends on it")

    def run(self, graph: Graph) -> Graph:
        """Take a graph through the pipeline, verifying it after each pass."""
        verify(graph)
        for name, transform in PIPELINE:
            if name in self.disable:
                continue
            transform = self.choices.run if name == "algorithms" else transform
            if name in _OUTSIDE_LOOPS:
                graph = transform(graph, self.hits)
            else:
                graph = within(transform, graph, self.hits)
            verify(graph, after=f"pass '{name}'")
            if self.dumps(name):
                print(f"# after {name}\n{to_text(graph)}")
        return graph

    def mix(self, graph: Graph, half: str) -> Graph:
        """Take a graph through the pass of mixed precision, after all others."""
        graph = within(HalfProducts(half), graph, self.hits)
        graph = within(tidy_loops, graph, self.hits)  # weights are rounded before loops
        verify(graph, after="pass 'half_products'")
        if "all" in self.dump_after:
            print(f"# after half_products\n{to_text(graph)}")
        return graph

    def widen(self, graph: Graph) -> Graph:
        """Take a graph of planned style through its own pass, after all others."""
        return self._late("widen_rows", graph)

    def part(self, graph: Graph) -> Graph:
        """Take a graph for a GPU through its own pass, after all others."""
        return self._late("in_parts", graph)

    def _late(self, name: str, graph: Graph) -> Graph:
        if name in self.disable:
            return graph
        graph = _LATE[name](graph, self.hits)
        verify(graph, after=f"pass '{name}'")
        if self.dumps(name):
            print(f"# after {name}\n{to_text(graph)}")
        return graph

    def dumps(self, name: str) -> bool:
        """Whether the graph is to be printed after a pass."""
        return name in self.dump_after or "all" in self.dump_after
