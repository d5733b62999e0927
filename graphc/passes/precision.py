"""Mixed precision: products and convolutions of half operands, all else in float32.

P. Micikevicius et al., "Mixed precision training" (2018): parameters stay float32 (section 3.1) and are
rounded where a product reads them; what it adds up and what it gives is float32, as are reductions,
normalisations and losses (section 3.3).  The halves are float16, or bfloat16 (D. Kalamkar et al., "A study
of bfloat16 for deep learning training", 2019), which has the exponents of float32.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from graphc.ir.graph import Graph, rewrite
from graphc.ir.node import Node, Tensor, make
from graphc.ops.conv.algorithms import algorithm_of
from graphc.ops.elementwise import CAST

HALF = "float16"  # the one of which gradients need a scaled loss
HALVES = (HALF, "bfloat16")
TF32 = "tf32"
PRECISIONS = ("", *HALVES, TF32)
DESCRIPTIONS = {
    "": "",
    **{
        half: f"products of {half} operands, added up in float32; all else float32"
        for half in HALVES
    },
    TF32: "products of float32 operands rounded to TF32, added up in float32",
}
_PRODUCTS = ("matmul", "conv", "conv_input_gradient", "conv_weight_gradient")
_VIEWS = ("transpose", "reshape", "expand_dims", "squeeze")


class HalfProducts:
    """The pass that rounds the operands of products to halves of one kind."""

    def __init__(self, half: str) -> None:
        self.half = half

    def __call__(self, graph: Graph, hits: Counter[str]) -> Graph:
        """Round the operands of float32 products; their results are float32."""
        halves: dict[Tensor, Tensor] = {}

        def rounded(tensor: Tensor) -> Tensor:
            """The tensor as a half: once for all that read it, and below views, which cost nothing."""
            found = halves.get(tensor)
            if found is None:
                node = tensor.node
                if node.op.name == "cast" and node.inputs[0].dtype == self.half:
                    found = node.inputs[0]
                elif node.op.name in _VIEWS:
                    found = make(node.op, [rounded(node.inputs[0])], node.attrs).outputs[0]
                else:
                    found = make(CAST, [tensor], {"dtype": self.half}).outputs[0]
                halves[tensor] = found
            return found

        def change(node: Node, inputs: tuple[Tensor, ...]) -> Sequence[Tensor] | None:
            if not _is_product(node, inputs):
                return None
            hits[f"product in {self.half}"] += 1
            attrs = {**node.attrs, "precision": self.half}
            return make(node.op, [rounded(t) for t in inputs], attrs).outputs

        return rewrite(graph, change)


def _is_product(node: Node, inputs: Sequence[Tensor]) -> bool:
    """Whether an op is a product in float32 that cuBLAS computes at each call; convolutions in groups
    are summed up by threads, which halves would not make faster."""
    if node.op.name not in _PRODUCTS or any(t.dtype != "float32" for t in inputs):
        return False
    if not node.rooted:
        return False  # computed once
    if node.op.name == "matmul":
        return True
    algorithm = algorithm_of(node)  # transforms of rounded operands would lose more
    return algorithm.exact and algorithm.name != "direct"
