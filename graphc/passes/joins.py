"""Parts of one tensor put together: what the gradient of a tensor that was cut up becomes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor
from graphc.ops.shape import concat


def join_slices(graph: Graph, hits: Counter[str]) -> Graph:
    """``unslice(a) + unslice(b) + ...`` whose regions lie side by side and fill an axis is
    ``concat([a, b, ...])``: one statement in place of zeros and sums.

    A sum is rewritten whole, from its last addition; one that is used for something else too is
    computed for that as well, so it is left alone.
    """
    uses = Counter(t for node in graph.nodes for t in node.inputs) + Counter(graph.roots)

    parts: dict[Tensor, list[Node]] = {}  # of each sum that is made of parts alone
    joined: dict[Node, tuple[list[Node], int]] = {}
    for node in graph.nodes:
        total = node.outputs[0]
        if node.op.name == "unslice":
            parts[total] = [node]
        elif node.op.name == "add" and all(
            t in parts and uses[t] == 1 and t.shape == total.shape for t in node.inputs
        ):
            parts[total] = [piece for t in node.inputs for piece in parts[t]]
            axis = _axis(parts[total])
            if axis is not None:
                pieces = sorted(parts[total], key=lambda piece: piece.attrs["region"][axis][0])
                joined[node] = pieces, axis
    new: dict[Tensor, Tensor] = {}

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        new.update(zip(node.inputs, inputs, strict=True))
        if node not in joined:
            return None
        pieces, axis = joined[node]
        hits["slices joined"] += 1
        return (concat([new[piece.inputs[0]] for piece in pieces], axis),)

    return rewrite(graph, change)


def _axis(pieces: Sequence[Node]) -> int | None:
    """The axis along which regions without steps follow one another from its start to its end."""
    shape = pieces[0].attrs["shape"]
    regions = [piece.attrs["region"] for piece in pieces]
    if any(piece.attrs["drop"] for piece in pieces):
        return None
    whole = [(0, size, 1) for size in shape]
    axes = {a for region in regions for a, part in enumerate(region) if part != whole[a]}
    if len(axes) != 1:
        return None
    (axis,) = axes
    if not all(isinstance(r[axis][0], int) and r[axis][2] == 1 for r in regions):
        return None
    end = 0
    for region in sorted(regions, key=lambda region: region[axis][0]):
        if region[axis][0] != end:
            return None
        end = end + region[axis][1]
    return axis if end == shape[axis] else None
