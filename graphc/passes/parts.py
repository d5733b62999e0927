"""Elementwise steps over the parts of a tensor in place of steps over all of it.

The gates of a recurrent cell are computed side by side, cut up, and their gradients put together
again: ``sigmoid(z)[:, :h]`` is ``sigmoid(z[:, :h])``, and ``[a; b] * c`` is ``[a * c[:h]; b * c[h:]]``.
Over one shape all of a cell's steps are one kernel on a GPU, which reads and writes windows.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from graphc.ir.dims import DimLike
from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor, make
from graphc.ops.elementwise import Elementwise
from graphc.ops.joining import concat
from graphc.ops.slicing import take_region
from graphc.passes.within import within

Window = tuple[int, DimLike, DimLike]  # an axis, where a part begins on it, its size


def in_parts(graph: Graph, hits: Counter[str]) -> Graph:
    """Compute what the steps of loops cut up, or put together, part by part."""

    def transform(part: Graph, hits: Counter[str]) -> Graph:
        return part if part is graph else _Parts(part, hits).run()

    return within(transform, graph, hits)


class _Parts:
    """The rewriting of one graph."""

    def __init__(self, graph: Graph, hits: Counter[str]) -> None:
        self.graph, self.hits = graph, hits
        self.cuts = {t: found for t in graph.roots if (found := self._cuts(t))}
        self.joined: dict[Tensor, tuple[Tensor, ...]] = {}
        self.known: dict[tuple[Tensor, Window], Tensor] = {}
        self.whole: dict[Tensor, bool] = {}

    def run(self) -> Graph:
        for node in reversed(list(self.graph.nodes)):
            for tensor in node.outputs:
                self.whole[tensor] = self._whole(tensor)
        return rewrite(self.graph, self._change)

    # ---- what is needed whole -------------------------------------------------------------

    def _cuts(self, tensor: Tensor) -> list[Window]:
        """The windows that are taken of an elementwise tensor, where they are all of it."""
        if not isinstance(tensor.node.op, Elementwise):
            return []
        users = self.graph.users.get(tensor, [])
        found = {w for user in users if (w := _window(user)) is not None}
        if len({(axis, size) for axis, _, size in found}) != 1:
            return []
        axis, _, size = next(iter(found))
        count = len(found)
        windows = [(axis, k * size, size) for k in range(count)]
        return windows if found == set(windows) and tensor.shape[axis] == count * size else []

    def _whole(self, tensor: Tensor) -> bool:
        """Whether anybody reads a tensor as it is, once all that can be is computed in parts."""
        if any(root is tensor for root in self.graph.roots) and tensor not in self.cuts:
            return True
        for user in self.graph.users.get(tensor, []):
            if _window(user) is not None:
                continue
            elementwise = isinstance(user.op, Elementwise)
            if not elementwise or (self.whole[user.outputs[0]] and not self._joins(user)):
                return True
        return False

    @staticmethod
    def _joins(node: Node) -> bool:
        """Whether a step is computed in parts because one of its operands is made of such."""
        return isinstance(node.op, Elementwise) and any(
            t.node.op.name == "concat" and t.shape == node.outputs[0].shape for t in node.inputs
        )

    # ---- what takes its place -------------------------------------------------------------

    def _change(self, node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        (out, *others) = node.outputs
        if others:
            return None
        window = _window(node)
        if window is not None and not self.whole[node.inputs[0]]:
            return (self._part(inputs[0], window),)
        if node.op.name == "concat":
            return (self._flat(inputs, node.attrs["axis"]),)
        if not isinstance(node.op, Elementwise):
            return None
        if out in self.cuts:
            made = make(node.op, inputs, node.attrs).outputs[0]
            made.whole = made.whole or out.whole
            windows = self.cuts[out]
            self.hits["computed in parts"] += 1
            parts = [self._part(made, w) for w in windows]
            for part, w in zip(parts, windows, strict=True):
                self.known[made, w] = part
            return (self._kept(made, parts, windows[0][0]),)
        return self._over_parts(node, inputs)

    def _kept(self, made: Tensor, parts: list[Tensor], axis: int) -> Tensor:
        """The parts of a tensor put together, and known by the windows on that."""
        whole = self._flat(parts, axis)
        whole.whole = whole.node  # in formulas too
        start: DimLike = 0
        for part in parts:
            self.known[whole, (axis, start, part.shape[axis])] = part
            start = start + part.shape[axis]
        return whole

    def _flat(self, parts: Sequence[Tensor], axis: int) -> Tensor:
        """Parts side by side, those of parts too."""
        found: list[Tensor] = []
        for part in parts:
            node = part.node
            inner = node.op.name == "concat" and node.attrs["axis"] == axis
            found += node.inputs if inner else [part]
        return concat(found, axis)

    def _over_parts(self, node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        """A step over operands that are made of parts of one size, over each of these."""
        shape = node.outputs[0].shape
        made = next((t for t in inputs if t.node.op.name == "concat" and t.shape == shape), None)
        if made is None:
            return None
        axis, pieces = made.node.attrs["axis"], made.node.inputs
        size = pieces[0].shape[axis]
        if any(piece.shape[axis] != size for piece in pieces):
            return None
        self.hits["computed in parts"] += 1
        results = []
        for k in range(len(pieces)):
            operands = [self._part(t, (axis, k * size, size), len(shape)) for t in inputs]
            results.append(make(node.op, operands, node.attrs).outputs[0])
        return (concat(results, axis),)

    def _part(self, tensor: Tensor, window: Window, rank: int = 0) -> Tensor:
        """A window on a tensor, of what it is made of where that is elementwise."""
        axis, start, size = window
        axis -= max(rank - tensor.ndim, 0)  # it broadcasts
        if axis < 0 or tensor.shape[axis] == 1:
            return tensor
        window = axis, start, size
        if (tensor, window) not in self.known:
            self.known[tensor, window] = self._made(tensor, window)
        return self.known[tensor, window]

    def _made(self, tensor: Tensor, window: Window) -> Tensor:
        axis, start, size = window
        node = tensor.node
        inner = _window(node)
        if inner is not None and inner[0] == axis:
            return self._part(node.inputs[0], (axis, inner[1] + start, size))
        if node.op.name == "concat" and node.attrs["axis"] == axis:
            begin: DimLike = 0
            for piece in node.inputs:
                if begin == start and piece.shape[axis] == size:
                    return piece
                begin = begin + piece.shape[axis]
        if isinstance(node.op, Elementwise) and node.rooted:
            parts = [self._part(t, window, tensor.ndim) for t in node.inputs]
            made = make(node.op, parts, node.attrs).outputs[0]
            made.whole = made.whole or self._composite(tensor, window)
            return made
        region = tuple(
            (start, size, 1) if a == axis else (0, n, 1) for a, n in enumerate(tensor.shape)
        )
        return take_region(tensor, region)

    def _composite(self, tensor: Tensor, window: Window) -> Node | None:
        """What a part of a lowered tensor is called in formulas."""
        whole = tensor.whole
        if whole is None or not isinstance(whole.op, Elementwise):
            return None
        return make(
            whole.op, [self._part(t, window, tensor.ndim) for t in whole.inputs], whole.attrs
        )


def _window(node: Node) -> Window | None:
    """What a slice takes along one axis, in steps of 1; None for anything else."""
    if node.op.name != "slice" or node.attrs["drop"]:
        return None
    shape, region = node.inputs[0].shape, node.attrs["region"]
    cut = [a for a, part in enumerate(region) if part != (0, shape[a], 1)]
    if len(cut) != 1 or region[cut[0]][2] != 1:
        return None
    return cut[0], region[cut[0]][0], region[cut[0]][1]
