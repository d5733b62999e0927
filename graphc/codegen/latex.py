"""The formula of a tensor in LaTeX, in the subset that matplotlib's mathtext also reads."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from graphc.ir.dims import Dim
from graphc.ir.node import Node, Tensor
from graphc.ops.base import ATOM, COMPARE, POWER, PRODUCT, SUM, UNARY, Op
from graphc.ops.leaf import scalar_of

_TEMPLATES: dict[str, tuple[str, int]] = {
    "add": (r"{0} + {1}", SUM),
    "subtract": (r"{0} - {1}", SUM),
    "divide": (r"\frac{{{0}}}{{{1}}}", ATOM),
    "matmul": (r"{0} \, {1}", PRODUCT),
    "apply_mask": (r"{0} \odot {1}", PRODUCT),
    "negative": (r"-{0}", UNARY),
    "exp": (r"e^{{{0}}}", POWER),
    "log": (r"\log {0}", PRODUCT),
    "sqrt": (r"\sqrt{{{0}}}", ATOM),
    "rsqrt": (r"\frac{{1}}{{\sqrt{{{0}}}}}", ATOM),
    "square": (r"{0}^{{2}}", POWER),
    "power": (r"{0}^{{{1}}}", POWER),
    "abs": (r"| {0} |", ATOM),
    "erf": (r"\mathrm{{erf}}({0})", ATOM),
    "sigmoid": (r"\sigma({0})", ATOM),
    "tanh": (r"\tanh({0})", ATOM),
    "maximum": (r"\max({0}, {1})", ATOM),
    "minimum": (r"\min({0}, {1})", ATOM),
    "one_hot": (r"\mathrm{{onehot}}({0})", ATOM),
    "spread": (r"\mathrm{{onehot}}({1}) \odot {0}", PRODUCT),
    "pick": (r"{0}_{{{1}}}", ATOM),
    "sum_of_squares": (r"\| {0} \|^{{2}}", ATOM),
}
_RELATIONS = {
    "greater": ">",
    "greater_equal": r"\geq",
    "less": "<",
    "less_equal": r"\leq",
    "equal": "=",
    "not_equal": r"\neq",
}
_BRACKETED = {"divide", "exp", "sqrt", "rsqrt", "abs", "sigmoid", "tanh", "maximum", "minimum"}
_BRACKETED |= {"sum_of_squares", "one_hot", "erf"}  # the notation itself groups the operands


def latex_name(name: str) -> str:
    """A name as a symbol: ``z1`` as z with index 1, ``dense_1.W`` as W with index dense_1."""
    *path, last = name.split(".")
    found = re.fullmatch(r"([A-Za-z])(\d*)(?:_(\w+))?", last)
    if found is None:
        text, below = rf"\mathrm{{{_escaped(last)}}}", ""
    else:
        text, number, rest = found.groups()
        below = ", ".join(filter(None, [number, rest and rf"\mathrm{{{_escaped(rest)}}}"]))
    if path:
        below = ", ".join(filter(None, [rf"\mathrm{{{_escaped('.'.join(path))}}}", below]))
    return f"{text}_{{{below}}}" if below else text


def _escaped(text: str) -> str:
    return re.sub(r"[^\w.\- ]", "", text).replace("_", r"\_")


def latex_formula(
    tensor: Tensor, name_of: Callable[[Tensor], str], expand: Callable[[Tensor], bool]
) -> str:
    """The formula of a tensor over what it is computed from, in LaTeX.

    Args:
        name_of: the LaTeX of a tensor that is shown by its name.
        expand: whether a tensor is shown by its own formula.
    """
    return _write(tensor, name_of, lambda t: t is tensor or expand(t))[0]


def _write(
    tensor: Tensor, name_of: Callable[[Tensor], str], expand: Callable[[Tensor], bool]
) -> tuple[str, int]:
    node = tensor.whole or tensor.node
    value = None if node.rooted else scalar_of(tensor)
    if value is not None:
        return f"{value:.6g}", UNARY if value < 0 else ATOM
    if node.op.name == "dimension":
        text = str(node.attrs["dim"]).replace("*", r" \, ")
        return text, ATOM if text.isidentifier() else PRODUCT
    if not node.inputs or not expand(tensor):
        return name_of(tensor), ATOM
    return _apply(node, [_write(t, name_of, expand) for t in node.inputs])


def _apply(node: Node, parts: Sequence[tuple[str, int]]) -> tuple[str, int]:
    """An op's notation over operands, each with its precedence."""
    op, texts = node.op, [text for text, _ in parts]
    assert isinstance(op, Op)
    if op.name == "transpose":
        return rf"{_grouped(parts[0], POWER + 1)}^{{\top}}", ATOM
    if op.name in ("reshape", "broadcast_to", "cast", "expand_dims", "squeeze", "copy"):
        return parts[0]  # the same numbers
    if op.name in ("sum", "column_sum"):
        return rf"\sum{_below(node)} {_grouped(parts[0], PRODUCT)}", PRODUCT
    if op.name == "mean":
        return rf"\mathrm{{mean}}({texts[0]})", ATOM
    if op.name in _RELATIONS:
        return rf"\mathbf{{1}}[{texts[0]} {_RELATIONS[op.name]} {texts[1]}]", ATOM
    if op.name == "add_at" and texts[2] == "-1":
        return rf"{texts[0]} - \mathrm{{onehot}}({texts[1]})", SUM
    if op.name == "add_at":
        added = _grouped(parts[2], PRODUCT)
        return rf"{texts[0]} + \mathrm{{onehot}}({texts[1]}) \odot {added}", SUM
    if op.name == "multiply":
        sign = r" \odot " if all(t.ndim for t in node.inputs) else r" \, "
        numbers_first = sorted(zip(node.inputs, parts, strict=True), key=lambda p: p[0].ndim > 0)
        return sign.join(_grouped(part, PRODUCT) for _, part in numbers_first), PRODUCT
    if op.name not in _TEMPLATES:
        name = rf"\mathrm{{{_escaped(op.name)}}}"
        return rf"{name}\left({', '.join(texts)}\right)", ATOM
    template, precedence = _TEMPLATES[op.name]
    if op.name not in _BRACKETED:
        texts = [
            _grouped(part, precedence + bool(position and precedence in (SUM, COMPARE)))
            for position, part in enumerate(parts)
        ]
        if op.name in ("square", "power"):
            texts[0] = _grouped(parts[0], POWER + 1)
    return template.format(*texts), precedence


def _grouped(part: tuple[str, int], precedence: int) -> str:
    text, binding = part
    return rf"\left({text}\right)" if binding < precedence else text


def _below(node: Node) -> str:
    """What a sum runs over, below its sign."""
    axes = node.attrs.get("axes", (0,))
    shape = node.inputs[0].shape
    sizes = [shape[axis] for axis in axes]
    if (len(axes) == len(shape) and len(axes) > 1) or not axes:
        return ""
    names = [
        str(d) if isinstance(d, Dim) else f"axis~{a}" for a, d in zip(axes, sizes, strict=True)
    ]
    return "_{" + ", ".join(rf"\mathrm{{{name}}}".replace("~", r"\ ") for name in names) + "}"
