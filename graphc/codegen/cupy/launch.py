"""Kernels of the schedule as definitions, and the calls that launch them."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from graphc.codegen.cupy.code import PLACE, Code, declared, with_names
from graphc.codegen.cupy.definitions import Definition, Definitions, Parameter, parameters, wrapped
from graphc.codegen.cupy.scalars import VARIABLE
from graphc.codegen.formula import formula
from graphc.ir import types
from graphc.ir.node import Node, Tensor
from graphc.schedule.kernel import joins_parts
from graphc.schedule.order import Kind

# What reduces: how two parts are put together, and what changes nothing.
_COMBINE = {
    "sum": ("a + b", "0"),
    "sum_of_squares": ("a + b", "0"),
    "prod": ("a * b", "1"),
    "any": ("a || b", "false"),
    "all": ("a && b", "true"),
    "max": ("a < b || b != b ? b : a", ""),
    "min": ("a > b || b != b ? b : a", ""),
}
_LETTERS = "xyzuvw"
SHORT = 70  # characters of an expression without a function of its own


@dataclass
class Launch:
    """A kernel as it is called.

    Attributes:
        name: the constant that holds the kernel.
        arguments: what it is called with.
    """

    name: str
    arguments: list[str]


def pointwise(
    code: Code,
    place: Callable[[Tensor], str],
    window: Callable[[Tensor, int], str],
    definitions: Definitions,
) -> Launch:
    """An ``ElementwiseKernel`` and its call.

    Args:
        code: the kernel.
        place: the Python expression of a result's memory.
        window: that of one of the parts of a result that is put together.
        definitions: where it is added.
    """
    kernel = code.kernel
    found = [n for n in kernel.nodes if code.schedule.kinds[n] is not Kind.INNER]
    parts = [(n, k) for n in found if joins_parts(n) for k in range(len(n.inputs))]
    results = [n.outputs[0] for n in found if not joins_parts(n)]
    last = results[-1] if results else None
    for node in kernel.steps:
        (out,) = node.outputs
        inner = code.schedule.kinds[node] is Kind.INNER
        if joins_parts(node):
            continue
        if out is last and not code.uses(node):
            code.values[out] = code.expression(node)
        else:
            code.step(node, inner and code.uses(node) == 1)
    given = {f"${place_}$" for place_ in code.place_of_input.values()}
    kept = [*results[:-1], *(n.inputs[k] for n, k in parts)]
    for tensor in kept:
        text, _ = code.read(tensor)
        if text in given or not PLACE.fullmatch(text):
            code.assign(tensor, text)  # before anything is stored: results may lie over operands
    code.outputs = [*(n.inputs[k] for n, k in parts), *results]
    targets = [*(window(n.outputs[0], k) for n, k in parts), *map(place, results)]
    labels = [code.label(n.inputs[k]) or f"{code.label(n.outputs[0])}_{k + 1}" for n, k in parts]
    stores, places = [], []
    for tensor, label in zip(code.outputs, [*labels, *map(code.label, results)], strict=True):
        name = code.place(label)
        places.append(name)
        stores.append(f"{name} = {code.narrow(tensor, code.values[tensor])};")
    # The last is the one that may be computed here, and a result may lie where an operand does.
    stores.insert(0, stores.pop())
    if len(kernel.members) == 1:
        _generalise(code, places)
    return _elementwise(code, stores, places, targets, definitions)


def _generalise(code: Code, results: Sequence[str]) -> None:
    """Call what a kernel of one step reads and computes by letters: any layer may use it."""
    for k, argument in enumerate(code.inputs[: len(_LETTERS)]):
        code.hints[code.place_of_input[id(argument)]] = _LETTERS[k]
    for result in results:
        code.hints[int(result[1:-1])] = "out"


def _elementwise(
    code: Code,
    stores: Sequence[str],
    places: Sequence[str],
    targets: Sequence[str],
    definitions: Definitions,
) -> Launch:
    """The definition of a pointwise kernel, and its call."""
    lines = [*code.lines, *stores]
    outputs = [t.dtype for t in code.outputs]
    key = (
        "ElementwiseKernel",
        tuple((a.dtype, a.raw) for a in code.inputs),
        tuple(outputs),
        tuple(lines),
        tuple(code.place_of_input[id(a)] for a in code.inputs),
    )
    arguments = [*(a.text for a in code.inputs), *targets]
    name = definitions.find(key)
    if name is None:
        names = result_names(code, places)
        inputs = [declared(a, names[code.place_of_input[id(a)]]) for a in code.inputs]
        results = [
            Parameter(t.dtype, with_names(p, names))
            for t, p in zip(code.outputs, places, strict=True)
        ]
        text = "\n".join(part for line in lines for part in wrapped(with_names(line, names)))
        stem = stem_of(code, code.outputs)
        name = definitions.add(
            key,
            stem,
            Definition(
                "ElementwiseKernel",
                tuple(formulas(code, names, places)),
                (
                    ("", parameters(inputs)),
                    ("", parameters(results)),
                    ("", text),
                    ("", stem),
                ),
                tuple(code.preambles),
            ),
        )
    return Launch(name, arguments)


def reduction(code: Code, place: Callable[[Tensor], str], definitions: Definitions) -> Launch:
    """A ``ReductionKernel`` and its call."""
    kernel = code.kernel
    reduce = kernel.reduction
    assert reduce is not None
    at = kernel.nodes.index(reduce)
    before, after = kernel.nodes[:at], kernel.nodes[at + 1 :]
    code.steps([*(n for n in kernel.steps if n in kernel.replayed), *before])
    (x,) = reduce.inputs
    operand, precedence = code.read(x)
    if reduce.op.name == "sum_of_squares":
        if precedence < 9 or "(" in operand:
            operand = code.assign(x, operand)
        operand = f"{operand} * {operand}"
    elif reduce.op.name in ("any", "all") and x.dtype != "bool":
        operand = f"({operand}) != 0" if precedence < 9 else f"{operand} != 0"
    mapped = [*code.lines]
    given = list(code.inputs)
    code.lines = []
    result = kernel.nodes[-1].outputs[0]
    code.outputs = [result]
    code.values[reduce.outputs[0]] = "a", 9
    for node in after:
        code.values[node.outputs[0]] = code.expression(node)
    final = code.values[result]
    name_out = code.place(code.label(result))
    accumulated = _accumulator(reduce)
    start = identity(reduce, accumulated)
    combine = _COMBINE[reduce.op.name][0]
    post = f"{name_out} = {final[0]}"
    attrs = reduce.attrs
    key = (
        "ReductionKernel",
        tuple((a.dtype, a.raw) for a in code.inputs),
        result.dtype,
        tuple(mapped),
        operand,
        post,
        reduce.op.name,
        accumulated,
        tuple(code.place_of_input[id(a)] for a in code.inputs),
    )
    arguments = [a.text for a in code.inputs] + [place(result)]
    axes = attrs.get("axes", tuple(range(x.ndim)))
    if len(axes) < x.ndim:
        arguments.append(f"axis={axes[0] if len(axes) == 1 else axes}")
    if attrs.get("keepdims"):
        arguments.append("keepdims=True")
    name = definitions.find(key)
    if name is None:
        names = result_names(code, [name_out])
        inputs = [declared(a, names[code.place_of_input[id(a)]]) for a in code.inputs]
        stem = stem_of(code, [result])
        map_text = with_names(operand, names)
        functions: tuple[str, ...] = ()
        if mapped or len(map_text) > SHORT:
            own = [p for a, p in zip(given, inputs, strict=False)]
            functions = (_function(f"{stem}_term", own, mapped, operand, names, x),)
            map_text = f"{stem}_term({', '.join(p.name for p in own)})"
        name = definitions.add(
            key,
            stem,
            Definition(
                "ReductionKernel",
                tuple(formulas(code, names, [name_out])),
                (
                    ("", parameters(inputs)),
                    ("", parameters([Parameter(result.dtype, with_names(name_out, names))])),
                    ("", map_text),
                    ("", combine),
                    ("", with_names(post, names)),
                    ("", start),
                    ("", stem),
                    ("reduce_type", accumulated),
                ),
                tuple(code.preambles),
                functions,
            ),
        )
    return Launch(name, arguments)


def _function(
    name: str,
    inputs: Sequence[Parameter],
    lines: Sequence[str],
    result: str,
    names: Sequence[str],
    tensor: Tensor,
) -> str:
    """What is added up, as a function of its own."""
    raw = [f"A{k}" if p.raw else "" for k, p in enumerate(inputs)]
    kinds = [f"const {a}&" if a else VARIABLE[p.dtype] for a, p in zip(raw, inputs, strict=True)]
    given = ", ".join(f"{kind} {p.name}" for kind, p in zip(kinds, inputs, strict=True))
    template = ", ".join(f"typename {a}" for a in raw if a)
    body = [
        part for line in (*lines, f"return {result};") for part in wrapped(with_names(line, names))
    ]
    kind = VARIABLE[tensor.dtype]
    inner = "\n".join(f"  {line}" for line in body)
    head = f"template <{template}>\n" if template else ""
    return f"{head}__device__ {kind} {name}({given}) {{\n{inner}\n}}"


def _accumulator(reduce: Node) -> str:
    dtype = reduce.outputs[0].dtype
    return VARIABLE[dtype]


def identity(reduce: Node, kind: str) -> str:
    """What changes nothing: for extremes, the least or the largest number."""
    name, dtype = reduce.op.name, reduce.outputs[0].dtype
    if name not in ("max", "min"):
        return _COMBINE[name][1]
    if dtype == "bool":
        return "false" if name == "max" else "true"
    if types.is_float(dtype):
        end = "" if dtype == "float64" else "f"
        return f"{'-' if name == 'max' else ''}1.0{end} / 0.0{end}"
    import numpy as np

    bounds = np.iinfo(dtype)
    value = int(bounds.min if name == "max" else bounds.max)
    if value == -(2**63):
        return "-9223372036854775807ll - 1"
    return f"{value}{'ull' if value >= 2**63 else 'll' if abs(value) >= 2**31 else ''}"


def stem_of(code: Code, outputs: Sequence[Tensor]) -> str:
    """What a kernel is called: after its only step, else after its last result."""
    if len(code.kernel.members) == 1:
        return next(iter(code.kernel.members)).op.name
    return re.sub(r"_\d+$", "", code.label(outputs[-1])) or "kernel"


def result_names(code: Code, places: Sequence[str]) -> list[str]:
    """The names of a kernel; what is read and then overwritten is called so."""
    results = {int(p[1:-1]) for p in places}
    wanted = {code.hints[k] for k in results}
    given = {code.place_of_input[id(a)] for a in code.inputs}
    for k, hint in enumerate(code.hints):
        if k not in results and hint in wanted:
            code.hints[k] = f"{hint}_in" if k in given else f"{hint}_value"
    return code.names()


def formulas(code: Code, names: Sequence[str], places: Sequence[str]) -> list[str]:
    """The maths of a kernel's results over its parameters."""
    called = {
        a.tensor: names[code.place_of_input[id(a)]] for a in code.inputs if a.tensor is not None
    }
    results = dict(zip(code.outputs, [with_names(p, names) for p in places], strict=True))

    def name_of(tensor: Tensor) -> str:
        return results.get(tensor) or called.get(tensor) or code.label(tensor)

    def expands(tensor: Tensor) -> bool:
        return tensor not in called and tensor not in results

    members = {t for node in code.kernel.members for t in node.outputs}

    def whole(tensor: Tensor) -> bool:
        made = tensor.whole
        return made is not None and all(
            t in called or t in members or not t.node.rooted for t in made.inputs
        )

    found = []
    for tensor in code.outputs:
        text = formula(tensor, name_of, expands, 60, whole)
        found.append(f"{results[tensor]} = {text}")
    return found
