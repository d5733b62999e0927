"""Whether a phase can be computed on parts of a batch at the same time, and the results added up.

In: the graph of a phase. Out: the axis of the batch in each argument, and for each result whether that
of the batch is the sum of those of its parts, or their mean; or what stands against it.

Every tensor is followed from the arguments on. It may be the same in each part (`SAME`: weights), have the
rows of its part of the batch (`ROWS`), or be a term of a sum over parts (`TERM`: gradients). A loss that is
a mean over N divides by N, which is another number in a part; so each tensor also has a *degree*: a value
of degree -1 is, in a part of n examples, N / n times what it is in the batch.

Where an op needs a sum over the batch that is finished (a root of a variance, a mean taken from each
example), the parts *meet*: they wait for each other and add up, and go on with what is the same in
all. An op without a rule leaves the batch in one piece.

Elementwise ops, shapes and loops are here, what other ops do in :mod:`graphc.schedule.share_rules`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from graphc.ir import dims, types
from graphc.ir.body import body_of
from graphc.ir.dims import DimLike
from graphc.ir.graph import Graph
from graphc.ir.node import Node, Tensor
from graphc.ops.elementwise import Elementwise

SAME, ROWS, TERM, ZERO = "same", "rows", "term", "zero"
MEETING = 1 << 16  # elements: what processes tell each other while they wait


@dataclass(frozen=True)
class Share:
    """What a tensor is in a part of the batch.

    Attributes:
        kind: `SAME`, `ROWS`, `TERM`, or `ZERO`, which is all of them.
        degree: the power of N that it is proportional to besides.
        axis: for `ROWS`, where the batch is.
        inner: how many elements of this axis belong to an example and lie side by side: the axis is
            some number, times N, times these. None for what is alike along it.
        scale: for a position in a flattened array, the elements from one row to the next; else 0.
    """

    kind: str
    degree: int = 0
    axis: int = 0
    inner: DimLike | None = None
    scale: DimLike = 0


@dataclass(frozen=True)
class Parts:
    """How a batch is divided, and how results are put together.

    Attributes:
        symbol: the size that is divided.
        axes: the axis of it in each argument; None where an argument is the same for all.
        joins: for each result, and last for the gradients: "mean", "sum", or the axis that has the
            examples of all parts.
        meetings: what the parts add up before they go on, and how: "mean" or "sum".
        whole: the sizes that are those of the batch in a part as well.
    """

    symbol: str
    axes: tuple[int | None, ...]
    joins: tuple[str | int, ...]
    meetings: Mapping[Tensor, str] = field(default_factory=dict)
    whole: frozenset[Node] = frozenset()


class Refused(Exception):
    """The batch stays in one piece; the message says why."""


SAME_FOR_ALL = Share(SAME)
NOTHING = Share(ZERO)

# What an op makes of the shares of its operands, by the op's name; filled in by share_rules.
RULES: dict[str, Callable[[Walk, Node, Sequence[Share]], Share]] = {}


def parts_of(graph: Graph) -> Parts | str:
    """How the batch of a phase can be divided, or why it can't be."""
    from graphc.schedule import share_rules  # noqa: F401  which fills in RULES

    reason = "no argument has a batch"
    for symbol in dims.symbols(d for t in graph.inputs for d in t.shape):
        try:
            return Walk(symbol).parts(graph)
        except Refused as refused:
            reason = reason if reason.startswith("in ") else f"in {symbol}: {refused}"
    return reason


class Walk:
    """Follows the share of every tensor, for one symbol."""

    def __init__(self, symbol: str) -> None:
        self.symbol = symbol
        self.size = dims.symbol(symbol)
        self.meetings: dict[Tensor, str] = {}
        self.whole: set[Node] = set()

    def parts(self, graph: Graph) -> Parts:
        """How the batch of a graph is divided; raises `Refused` where it can't be."""
        given = {t: self._argument(t) for t in graph.inputs}
        if not any(share.kind == ROWS for share in given.values()):
            raise Refused("no argument has it as an axis")
        found = self.run(graph, given, meeting=True)
        kept = {found[t] for _, t in graph.updates}
        gradients = {share.degree for share in kept if share.kind == TERM}
        # What is the same in all parts is the mean of itself, but not the sum.
        usual = {SAME_FOR_ALL, NOTHING, *(Share(TERM, degree) for degree in gradients)}
        if len(gradients) != 1 or kept - usual or (SAME_FOR_ALL in kept and gradients != {-1}):
            raise Refused("what is kept is no sum over the batch")
        joins = [self._join(f"'{name}'", found[t]) for name, t in graph.outputs]
        joins.append(self._join("a gradient", Share(TERM, *gradients)))
        axes = [given[t].axis if given[t].kind == ROWS else None for t in graph.inputs]
        whole = frozenset(self.whole)
        if not whole <= set(graph.nodes):
            raise Refused("a loop computes with it")
        return Parts(self.symbol, tuple(axes), tuple(joins), self.meetings, whole)

    @staticmethod
    def _join(what: str, share: Share) -> str | int:
        if share.kind == ROWS and not (share.degree or share.scale) and share.inner == 1:
            return share.axis
        if share == SAME_FOR_ALL:
            return "mean"
        if share.kind not in (TERM, ZERO) or share.degree not in (0, -1):
            raise Refused(f"{what} is neither a sum nor a mean over the batch, nor its rows")
        return "mean" if share.degree else "sum"

    def _argument(self, tensor: Tensor) -> Share:
        having = [axis for axis, d in enumerate(tensor.shape) if self.has(d)]
        if not having:
            return SAME_FOR_ALL
        if len(having) > 1 or tensor.shape[having[0]] != self.size:
            raise Refused(f"'{tensor.name}' has it in its shape in another way than as an axis")
        return Share(ROWS, axis=having[0], inner=1)

    def has(self, size: DimLike) -> bool:
        """Whether a size depends on the batch."""
        return self.symbol in dims.symbols([size])

    def run(
        self, graph: Graph, given: Mapping[Tensor, Share], meeting: bool = False
    ) -> dict[Tensor, Share]:
        """The share of every tensor of a graph, in which parts may meet or not."""
        found = dict(given)
        nodes = [node for node in graph.nodes if node.outputs[0] not in given]
        place = {node: k for k, node in enumerate(nodes)}
        k = 0
        while k < len(nodes):
            node = nodes[k]
            shares = [found[t] for t in node.inputs]
            k += 1
            try:
                results = self.apply(node, shares)
            except Refused:
                met = self._meeting(node, found) if meeting else None
                if met is None:
                    raise
                k = place[met.node]
                continue
            for tensor, share in zip(node.outputs, results, strict=True):
                having = [axis for axis, size in enumerate(tensor.shape) if self.has(size)]
                if share.kind != ZERO and having != [share.axis] * (share.kind == ROWS):
                    raise Refused(f"'{node.op.name}' has it in its shape in another way than once")
                if tensor in self.meetings:
                    share = SAME_FOR_ALL
                found[tensor] = share
        return found

    def _meeting(self, node: Node, found: Mapping[Tensor, Share]) -> Tensor | None:
        """A term of a sum that an op can't do with: where the parts are to meet for it, if they can.

        That is as early as it is a mean, so that all that is made of it is the same in all parts,
        or else where it is a sum.
        """
        for operand in reversed(node.inputs):  # what is divided by before what is divided
            chain: list[Tensor] = []
            tensor: Tensor | None = operand
            while tensor is not None and found[tensor].kind == TERM:
                if len(tensor.node.outputs) == 1 and not getattr(tensor.node.op, "view", False):
                    chain.append(tensor)
                before = [t for t in tensor.node.inputs if found[t].kind == TERM]
                tensor = before[0] if len(before) == 1 else None
            for degree, how in ((-1, "mean"), (0, "sum")):
                means = [t for t in chain if found[t].degree == degree]
                size = dims.product(means[-1].shape) if means else 0
                if means and isinstance(size, int) and size <= MEETING:
                    self.meetings[means[-1]] = how
                    return means[-1]
        return None

    def apply(self, node: Node, shares: Sequence[Share]) -> list[Share]:
        """The shares of the results of a node."""
        name = node.op.name
        if getattr(node.op, "random", False):
            raise Refused("random numbers are drawn for all of it")
        if name == "scan":
            return self._scan(node, shares)
        if rule := RULES.get(name):
            return [rule(self, node, shares)]
        if isinstance(node.op, Elementwise):
            return [self.filled(node, self.elementwise(node, shares))]
        if not any(self.has(d) for t in (*node.inputs, *node.outputs) for d in t.shape):
            if all(share == SAME_FOR_ALL for share in shares):
                return [SAME_FOR_ALL] * len(node.outputs)
        raise Refused(f"'{name}' may bring examples together")

    # ---- elementwise ----------------------------------------------------------------------

    def elementwise(self, node: Node, shares: Sequence[Share]) -> Share:
        """Functions of elements: any of what is no sum yet, linear ones of terms."""
        joined = self.aligned(node, shares)
        name = node.op.name
        if name in ("multiply", "divide", "apply_mask"):
            return self._product(name, shares, joined)
        if name in ("add", "subtract", "negative", "copy", "cast", "maximum", "minimum", "where"):
            return self._linear(node, shares, joined)
        for share in shares:
            if share.kind == TERM or share.degree or share.scale:
                raise Refused(f"'{name}' of a sum over the batch")
        return joined

    def aligned(self, node: Node, shares: Sequence[Share]) -> Share:
        """Where the rows of a result are: where those of its operands are, and in no other way."""
        rank, found = node.outputs[0].ndim, None
        for share, tensor in zip(shares, node.inputs, strict=True):
            if share.kind != ROWS:
                continue
            moved = Share(ROWS, axis=share.axis + rank - tensor.ndim, inner=share.inner)
            if found is None or found.inner is None:
                found, other = moved, found
            else:
                other = moved
            if other is not None and (
                other.axis != found.axis or other.inner not in (None, found.inner)
            ):
                raise Refused(f"'{node.op.name}' of examples with others")
        return found or SAME_FOR_ALL

    def _product(self, name: str, shares: Sequence[Share], joined: Share) -> Share:
        if any(share.kind == ZERO for share in shares):
            return joined if joined.kind == ROWS else NOTHING
        terms = [share for share in shares if share.kind == TERM]
        degree = shares[0].degree + (-1 if name == "divide" else 1) * shares[1].degree
        if any(share.scale for share in shares):
            raise Refused(f"'{name}' of a position")
        if not terms:
            return replace(joined, degree=degree)
        others = [share for share in shares if share.kind != TERM]
        if len(terms) > 1 or others[0].kind != SAME or (name == "divide" and shares[1] is terms[0]):
            raise Refused(f"'{name}' of a sum over the batch with what differs in its parts")
        return Share(TERM, degree)

    def _linear(self, node: Node, shares: Sequence[Share], joined: Share) -> Share:
        name = node.op.name
        values = shares[1:] if name == "where" else shares
        if name == "where" and (shares[0].kind == TERM or shares[0].degree):
            raise Refused("'where' by a sum over the batch")
        values = [share for share in values if share.kind != ZERO]
        if any(share.scale for share in shares) and name not in ("copy", "cast"):
            raise Refused(f"'{name}' of a position")
        if not values:
            return joined if joined.kind == ROWS else NOTHING
        terms = [share for share in values if share.kind == TERM]
        if terms and len(terms) < len(values):
            # What is the same in all parts is the mean of itself: a penalty beside a mean.
            if any(share not in (SAME_FOR_ALL, Share(TERM, -1)) for share in values):
                raise Refused(f"'{name}' of a sum over the batch and what is no such sum")
            values = terms
        if len({share.degree for share in values}) > 1:
            raise Refused(f"'{name}' of what grows with the batch in different ways")
        degree = values[0].degree
        if degree and name == "cast" and not types.is_float(node.outputs[0].dtype):
            raise Refused("'cast' to integers of what grows with the batch")
        if terms:
            if name in ("maximum", "minimum") or (name == "where" and shares[0].kind != SAME):
                raise Refused(f"'{name}' of sums over the batch")
            return Share(TERM, degree)
        return replace(joined, degree=degree, scale=shares[0].scale)

    # ---- shapes ---------------------------------------------------------------------------

    def located(self, node: Node, share: Share) -> Share:
        """The share of a result in which examples stay in the order of rows, of some shape."""
        if share.kind != ROWS:
            return share
        (operand, *_), (result,) = node.inputs, node.outputs
        axis = self.axis_in(result.shape, node)
        if share.inner is None:
            return replace(share, axis=axis)
        after = dims.product([share.inner, *operand.shape[share.axis + 1 :]])
        inner = dims.exact_quotient(after, dims.product(result.shape[axis + 1 :]))
        if inner is None:
            raise Refused(f"'{node.op.name}' cuts examples apart")
        return replace(share, axis=axis, inner=inner)

    def axis_in(self, shape: Sequence[DimLike], node: Node) -> int:
        """The one axis of a shape with the batch in it."""
        having = [axis for axis, size in enumerate(shape) if self.has(size)]
        if len(having) != 1 or dims.exact_quotient(shape[having[0]], self.size) is None:
            raise Refused(f"'{node.op.name}' has the batch in its shape in another way than once")
        return having[0]

    def filled(self, node: Node, share: Share) -> Share:
        """The share of something alike along all axes that it gets."""
        shape = node.outputs[0].shape
        if share.kind != SAME or not any(self.has(size) for size in shape):
            return share
        return Share(ROWS, share.degree, self.axis_in(shape, node), None)

    # ---- loops ----------------------------------------------------------------------------

    def _scan(self, node: Node, shares: Sequence[Share]) -> list[Share]:
        body = body_of(node)
        assert body is not None
        graph, states = body.graph, node.attrs["states"]
        end = states + node.attrs["elements"]
        if self.has(node.attrs["length"]):
            raise Refused("a loop over the batch")
        inside = [
            self._element(share) if states <= k < end else share for k, share in enumerate(shares)
        ]
        for _ in range(states + 2):
            found = self.run(graph, dict(zip(graph.inputs, inside, strict=True)))
            roots = [found[t] for t in graph.roots]
            new = [self._either(a, b) for a, b in zip(inside[:states], roots, strict=False)]
            if new == inside[:states]:
                break
            inside[:states] = new
        else:
            raise Refused("a loop whose states do not settle")
        results = []
        for k, share in enumerate([*inside[:states], *roots[states:]]):
            stacked = k >= states or node.attrs["stacked"][k]
            moved = share.kind == ROWS and stacked
            results.append(replace(share, axis=share.axis + 1) if moved else share)
        return results

    @staticmethod
    def _element(share: Share) -> Share:
        if share.kind != ROWS:
            return share
        if share.axis == 0:
            raise Refused("a loop over the batch")
        return replace(share, axis=share.axis - 1)

    @staticmethod
    def _either(first: Share, then: Share) -> Share:
        """What a state is that begins as one and becomes the other."""
        if first.kind == ZERO or (first.inner is None and replace(then, inner=None) == first):
            return then
        if then.kind == ZERO or (then.inner is None and replace(first, inner=None) == then):
            return first
        if first != then:
            raise Refused("a state of a loop that changes what it is")
        return first
