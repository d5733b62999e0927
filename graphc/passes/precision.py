"""Mixed precision: products and convolutions of float16 operands, all else in float32.

P. Micikevicius et al., "Mixed precision training" (2018): parameters stay float32 (section 3.1) and are
rounded to float16 where a product reads them; what it adds up is float32, its result is rounded
to float16 and widened again, so that reductions, normalisations and losses are float32 (section 3.3).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor, make
from graphc.ops.conv.algorithms import algorithm_of
from graphc.ops.elementwise import cast

HALF = "float16"
DESCRIPTION = "products of float16 operands, added up in float32; all else float32"
_PRODUCTS = ("matmul", "conv", "conv_input_gradient", "conv_weight_gradient")
_VIEWS = ("transpose", "reshape", "expand_dims", "squeeze")


def half_products(graph: Graph, hits: Counter[str]) -> Graph:
    """Round the operands of products to float16, and widen their results.

    A product of stacks of matrices stays float32: CuPy widens those of float16 before it multiplies
    them, which costs more than it saves.
    """
    halves: dict[Tensor, Tensor] = {}

    def half(tensor: Tensor) -> Tensor:
        """The tensor in float16: once for all that read it, and below views, which cost nothing."""
        found = halves.get(tensor)
        if found is None:
            node = tensor.node
            if (narrow := _widened(tensor)) is not None:
                found = narrow
            elif node.op.name in _VIEWS:
                found = make(node.op, [half(node.inputs[0])], node.attrs).outputs[0]
            else:
                found = cast(tensor, HALF)
            halves[tensor] = found
        return found

    def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
        narrow = _widened(inputs[0]) if node.op.name in _VIEWS else None
        if narrow is not None:
            # The view first: then what reads it widens it.
            return [cast(make(node.op, [narrow], node.attrs).outputs[0], "float32")]
        if not _halved(node, inputs):
            return None
        hits["product in float16"] += 1
        made = make(node.op, [half(t) for t in inputs], node.attrs)
        return [cast(made.outputs[0], "float32")]

    return rewrite(graph, change)


def _widened(tensor: Tensor) -> Tensor | None:
    """What a float32 tensor was before it was widened, if it was."""
    node = tensor.node
    if node.op.name != "cast" or tensor.dtype != "float32" or node.inputs[0].dtype != HALF:
        return None
    return node.inputs[0]


def _halved(node: Node, inputs: Sequence[Tensor]) -> bool:
    """Whether an op is a product that is faster in float16."""
    if node.op.name not in _PRODUCTS or any(t.dtype != "float32" for t in inputs):
        return False
    if node.op.name == "matmul":
        return all(t.ndim == 2 for t in inputs)
    return algorithm_of(node).exact  # transforms of rounded operands would lose more
