"""What tensors are called in emitted code.

Names come from the user's names; what has none is called after what it becomes or, failing that,
after what it is computed from.  Tensors that hand one buffer on along a chain share a name.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from graphc.codegen.names import Namer, identifier, path
from graphc.ir import dims
from graphc.ir.dims import DimLike
from graphc.ir.node import Node, State, Tensor, toposort
from graphc.ops.base import Op
from graphc.ops.leaf import scalar_of
from graphc.ops.scan import SCAN
from graphc.ops.shape import Reshape
from graphc.schedule.branches import Branch
from graphc.schedule.order import Kind
from graphc.schedule.plan import Plan
from graphc.schedule.steps import Slot, Steps

INDICES = ("t", "k", "j", "i")  # what counts the steps of a loop, of one in its body, ...
RESERVED = (
    *("self", "cp", "np", "math", "os", "SimpleNamespace"),
    *("p", "d", "s", "stats", "memory", "sizes", "result", "key"),
)
_NUMBERS = {0.0: "zeros", 1.0: "ones", -1.0: "minus_ones"}
LONGEST = 30  # characters of a name: a statement with two of them fits in a line
_WORDS = {"add": "plus", "subtract": "minus", "multiply": "times", "divide": "over"}
_SHORT = {
    "greater": "mask",
    "greater_equal": "mask",
    "less": "mask",
    "matmul": "product",
    "sum_of_squares": "norm2",
    "random_uniform": "draw",
    "random_normal": "noise",
    "apply_mask": "masked",
}


class Labels:
    """The names of one family: of its dimensions, arguments, tensors and scratch buffers."""

    def __init__(self, inputs: Iterable[Tensor], plans: Iterable[Plan], prefix: str = "") -> None:
        self.prefix = prefix
        self.namer = Namer(RESERVED, LONGEST)
        self.of: dict[Tensor, str] = {}
        self.dimension: dict[str, str] = {}
        self._base: dict[Tensor, str] = {}
        self._bodies: dict[Node, list[Steps | Branch]] = {}
        self._slopes: set[Tensor] = set()  # derivatives that wait for the backward pass
        inputs, plans = list(inputs), list(plans)
        self.indices = INDICES[: max((_depth(plan) for plan in plans), default=0)]
        for name in self.indices:
            self.namer.reserve(name)
        for tensor in inputs:
            self.of[tensor] = self.namer.fresh(tensor.name)
        declared = dims.symbols([d for t in inputs for d in t.shape])
        for names in [*(plan.symbols() for plan in plans), declared]:
            for name in names:
                if name not in self.dimension:
                    lower = name if name.lower() in self.indices else name.lower()
                    self.dimension[name] = self.namer.fresh(lower)
        self._networks = self._scopes_by_name(plans)
        for plan in plans:
            self._label(plan)

    @property
    def taken(self) -> set[str]:
        """Every name that is handed out."""
        return self.namer.taken

    def strip(self, text: str) -> str:
        """A name without the scope that is common to the whole program."""
        if not self.prefix:
            return text
        lead = "d_" if text.startswith(f"d_{self.prefix}.") else ""
        return lead + text.removeprefix(f"{lead}{self.prefix}.")

    def scope(self, scope: tuple[str, ...]) -> tuple[str, ...]:
        """A scope without the one that is common to the whole program."""
        return scope[1:] if self.prefix and scope[:1] == (self.prefix,) else scope

    def size(self, value: dims.DimLike, prefix: str = "") -> str:
        """A dimension as a Python expression over the variables that hold the sizes."""

        def rename(found: re.Match[str]) -> str:
            name = self.dimension.get(found.group())
            return found.group() if name is None else prefix + name

        return re.sub(r"[A-Za-z_]\w*", rename, str(value))

    def _scopes_by_name(self, plans: Iterable[Plan]) -> dict[str, set[str]]:
        """The networks in which each name occurs: a name in several is not enough."""
        found: dict[str, set[str]] = {}
        for plan in plans:
            for node in (node for p in plan.every for node in p.schedule.order):
                for tensor in node.outputs:
                    if tensor.name and (network := self._network(tensor)):
                        stem = path([self.strip(tensor.name)]).removeprefix("d_")
                        found.setdefault(stem, set()).add(network)
        return found

    def _network(self, tensor: Tensor) -> str:
        """The outermost scope of a tensor that is in a layer of a network."""
        scope = self.scope(tensor.node.origin.scope) if tensor.node.origin else ()
        return identifier(scope[0]) if len(scope) > 1 else ""

    def _qualified(self, name: str, tensor: Tensor) -> str:
        """A name with its network's, where another network has the name too."""
        stem, network = name.removeprefix("d_"), self._network(tensor)
        if not network or len(self._networks.get(stem, ())) < 2:
            return name
        return f"{name[: len(name) - len(stem)]}{network}_{stem}"

    def _label(self, plan: Plan) -> None:
        """Name every tensor of a plan: first those with names of their own, from the end, so that
        a chain that is computed in place is called by what it becomes."""
        hints: dict[Tensor, str] = {}
        schedule = plan.schedule
        self._slopes.update(schedule.waiting)
        for name, tensor in schedule.graph.outputs:
            if not tensor.name and schedule.kind(tensor) is not Kind.STATE:
                hints[tensor] = name
        for state, value in schedule.graph.updates:
            if isinstance(state, Slot):
                hints[value] = state.name
            elif not value.name:
                hints[value] = f"new_{getattr(state, 'vector', self.strip(state.name))}"
        for node in reversed(schedule.order):
            for tensor in node.outputs:
                if tensor.name:
                    hints.setdefault(tensor, tensor.name)
                    if isinstance(node.op, Reshape):
                        hints.update(self._squeezed(tensor, hints))
                    continue
                heir = None if tensor in self._slopes else self._heir(plan, tensor)
                if heir is not None and heir in hints and self._same_place(tensor, heir):
                    hints.setdefault(tensor, hints[heir])
                    if tensor not in plan.place and node.inputs[0].ndim == 2 < tensor.ndim:
                        hints.setdefault(node.inputs[0], f"{hints[heir]}_rows")
        for node, bodies in schedule.inner.items():
            self._bodies[node] = [body for body, _ in bodies]
        chain: dict[tuple[int, str, tuple[DimLike, ...]], str] = {}
        views: dict[Tensor, Tensor] = {}
        for node in schedule.order:
            for tensor in node.outputs:
                if tensor in self.of or schedule.kind(tensor) in (Kind.INPUT, Kind.LITERAL):
                    continue
                hint = hints.get(tensor)
                base = path([self.strip(hint)]) if hint else self._fallback(tensor)
                if not hint and isinstance(node.op, Reshape) and node.inputs[0].ndim < tensor.ndim:
                    heir = self._heir(plan, tensor)
                    if heir is not None and heir not in hints and self._same_place(tensor, heir):
                        views[heir] = tensor  # called like what takes its place
                        continue
                base = self._qualified(base, tensor) if hint else base
                storage = plan.place.get(schedule.laid_out(tensor))
                key = (id(storage), base, tensor.shape)
                if storage is not None and key in chain:
                    self.of[tensor] = chain[key]
                else:
                    self.of[tensor] = self.namer.fresh(base)
                    if storage is not None:
                        chain[key] = self.of[tensor]
                if tensor in views:
                    self.of[views[tensor]] = self.of[tensor]
                self._base[tensor] = base if hint else self._base.get(tensor, base)
        for node, plans in plan.inner.items():
            for body, inner in zip(self._bodies[node], plans, strict=True):
                self._label_body(body, inner)

    def _label_body(self, body: Steps | Branch, plan: Plan) -> None:
        """Name every tensor of a body: what goes to a stack or to a result is called like it."""
        for tensor in body.placeholders:
            self._base[tensor] = self.of[tensor] = identifier(tensor.name)
        for outside, inside in body.pairs:
            if not inside.name and outside in self.of:
                self._base[inside] = self.of[inside] = self.of[outside]
        for slot, root in zip(body.slots, body.roots, strict=True):
            made = root in plan.place and root.node not in plan.inner
            if made and plan.place[root].state is slot:
                self.of[root] = self.of[body.node.outputs[slot.result]]
                self._base[root] = identifier(slot.name)
        self._label(plan)

    @staticmethod
    def _squeezed(tensor: Tensor, hints: Mapping[Tensor, str]) -> dict[Tensor, str]:
        """The name of the row or the column that a vector with a name was made of."""
        (whole,) = tensor.node.inputs
        kinds = {(*tensor.shape, 1): "column", (1, *tensor.shape): "row"}
        kind = kinds.get(whole.shape) if tensor.ndim == 1 else None
        return {} if kind is None or whole in hints else {whole: f"{tensor.name}_{kind}"}

    @staticmethod
    def _heir(plan: Plan, tensor: Tensor) -> Tensor | None:
        """The result that takes over a tensor's buffer, and its shape."""
        storage = plan.place.get(plan.schedule.laid_out(tensor))
        if storage is None:
            return None
        for node in plan.schedule.graph.users.get(tensor, []):
            for out in node.outputs:
                if plan.place.get(out) is storage and out.shape == tensor.shape:
                    return out
        return None

    @staticmethod
    def _same_place(a: Tensor, b: Tensor) -> bool:
        first, second = a.node.origin, b.node.origin
        return (
            first is not None
            and second is not None
            and (first.scope, first.role) == (second.scope, second.role)
        )

    def _fallback(self, tensor: Tensor) -> str:
        """A name made of the first operand's and the op's."""
        node = tensor.node
        state = node.attrs.get("state")
        if isinstance(state, State):
            self._base[tensor] = path([getattr(state, "vector", self.strip(state.name))])
            return self._base[tensor]
        assert isinstance(node.op, Op)
        if node in self._bodies:
            return self._of_body(tensor)
        scope = self.scope(node.origin.scope) if node.origin else ()
        number = None if node.rooted or not tensor.ndim else scalar_of(tensor)
        if number is not None:
            name = _NUMBERS.get(float(number), "filled")
            return name if node.op.name == "copy" else f"{name}_view"
        if not node.rooted and node.op.name == "concat":
            values = [scalar_of(t) for t in node.inputs]
            if len(values) == 2 and None not in values:
                return "_".join(_NUMBERS.get(float(v or 0.0), "filled") for v in values)
        if not node.rooted and node.op.name == "multiply":
            if any(t.node.op.name == "iota" for t in node.inputs):
                return "row_starts"  # where each row begins in the flat array
        operands = [t for t in node.inputs if t.node.rooted] or list(node.inputs)
        first = next((self._base[t] for t in operands if t in self._base), "")
        if not first:
            first = next((self.of[t] for t in operands if t in self.of and t.ndim), "")
        if not first or len(first) > 24:
            first = "_".join(scope)
        self._base[tensor] = first
        if tensor in self._slopes:
            return f"{first}_slope"
        suffix = _WORDS.get(node.op.name, "") and self._second(node.inputs, first)
        suffix = f"{_WORDS[node.op.name]}_{suffix}" if suffix else ""
        if node.op.name == "copy" and node.inputs[0].node.op.name == "broadcast_to":
            suffix = "rows"
        suffix = suffix or _SHORT.get(node.op.name) or _WORDS.get(node.op.name, node.op.name)
        return f"{first}_{suffix}" if first else suffix

    def _of_body(self, result: Tensor) -> str:
        """A name for what a body leaves, after what it computes it from."""
        computed = [
            root
            for body in self._bodies[result.node]
            for slot, root in zip(body.slots, body.roots, strict=True)
            if slot.result == result.index
        ]
        root = next((t for t in computed if t.node.rooted), computed[0])
        for node in toposort([root]):
            for tensor in node.outputs:
                if tensor.name or node.op.name == "input":
                    self._base[tensor] = identifier(tensor.name)
        self._base[result] = self._fallback(root)
        return self._base[result]

    def _second(self, operands: tuple[Tensor, ...], first: str) -> str:
        """What the second operand adds to a name: ``max`` for ``logits - logits_max``."""
        label = self.of.get(operands[1], "")
        rest = label.removeprefix(f"{first}_")
        return rest if rest != label and len(rest) <= 8 else ""


def _depth(plan: Plan) -> int:
    """How many loops lie within one another."""
    return max(
        (
            (node.op is SCAN) + _depth(body)
            for node, bodies in plan.inner.items()
            for body in bodies
        ),
        default=0,
    )
