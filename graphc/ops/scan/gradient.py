"""Backpropagation through time: the derivative of a loop is a loop that runs the other way.

Step t of it computes step t of the loop again from the state before it, which is in the loop's own
stack, and pulls the cotangent of the new state back to the old one (P. Werbos, "Backpropagation
through time", 1990, eqs. 14-16).  What is computed twice in this is then found by the pass
`share_steps`, which keeps it in a stack instead; the loop itself stays in closed form, so that its
derivative may be taken again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from graphc.ir import types
from graphc.ir.node import Node, Tensor, builders
from graphc.ops.bodies import placeholder
from graphc.ops.leaf import constant
from graphc.ops.scan.loop import Carried, Loop, before, last, part


def pull_back(node: Node, cotangents: Sequence[Tensor | None]) -> list[Tensor | None]:
    """The cotangent of each operand of a `scan`, by a `scan` in the other direction."""
    forward, count = Loop.of(node), node.attrs["states"]
    if not all(node.attrs["stacked"]):
        node, cotangents = _with_stacks(node, cotangents)
        forward = Loop.of(node)
    backward = Loop(forward.length, not forward.reverse, name=f"d_{forward.name}")
    backward.recompute = forward.recompute
    backward.constants = list(forward.constants)
    for k, carried in enumerate(forward.carried):
        backward.elements.append((before(node, k), carried.inside))
    backward.elements += forward.elements
    floats = [k for k, c in enumerate(forward.carried) if types.is_float(c.inside.dtype)]
    pieces = {k: _pieces(cotangents[k], node, k) for k in floats}

    # What comes back to the new states and the outputs of one step.
    given: list[Tensor | None] = [None] * len(forward.roots)
    for k in floats:
        inside = forward.carried[k].inside
        state = placeholder(f"d_{inside.name}", inside.type)
        _, every, final = pieces[k]
        first = _zeros(inside) if final is None else final
        backward.carried.append(Carried(first, state, state))
        given[k] = state if every is None else state + backward.read(every, f"d_{inside.name}_out")
    for j, (output, ct) in enumerate(zip(forward.outputs, cotangents[count:], strict=True)):
        if ct is not None:
            given[count + j] = backward.read(ct, f"d_{output.name or 'out'}")

    # What goes back to the old states, the elements and the constants.
    wrt = [t for t in forward.placeholders if types.is_float(t.dtype)]
    pulled = dict(zip(wrt, builders["pull_back"](forward.roots, given, wrt), strict=True))
    for carried, k in zip(backward.carried, floats, strict=True):
        ct = pulled[forward.carried[k].inside]
        carried.new = _zeros(carried.inside) if ct is None else ct
    outputs = {}
    for _, inside in forward.elements:
        if (ct := pulled.get(inside)) is not None:
            outputs[inside] = len(backward.outputs)
            backward.outputs.append(ct)
    sums = {}
    for tensor, inside in forward.constants:
        if (ct := pulled.get(inside)) is not None:
            total = placeholder(f"d_{inside.name}", inside.type)
            sums[inside] = len(backward.carried)
            backward.carried.append(Carried(_zeros(tensor), total, total + ct))

    made = backward.close()
    _name_results(made, backward, {o: i for i, o in outputs.items()})
    results: list[Tensor | None] = [None] * count
    for position, k in enumerate(floats):
        start = pieces[k][0]
        results[k] = last(made, position) if start is None else last(made, position) + start
    stacks = made.outputs[len(backward.carried) :]
    results += [stacks[outputs[i]] if i in outputs else None for _, i in forward.elements]
    results += [last(made, sums[i]) if i in sums else None for _, i in forward.constants]
    return results


def _name_results(made: Node, backward: Loop, elements: Mapping[int, Tensor]) -> None:
    """Call the cotangent of each thing by its name; the gradient of a sequence is called by what
    one step's part is called."""
    for k, result in enumerate(made.outputs):
        if k < len(backward.carried):
            name = backward.carried[k].inside.name
        else:
            name = f"d_{elements[k - len(backward.carried)].name}"
        result.name = result.name or name


def _zeros(like: Tensor) -> Tensor:
    zeros: Tensor = builders["broadcast_to"](constant(0, like.dtype), like.shape)
    return zeros


def _with_stacks(
    node: Node, cotangents: Sequence[Tensor | None]
) -> tuple[Node, list[Tensor | None]]:
    """The same loop with all of its states' values, and the cotangents of these."""
    loop = Loop.of(node)
    alone = [k for k, c in enumerate(loop.carried) if not c.stacked]
    for k in alone:
        loop.carried[k].stacked = True
    made = loop.close()
    cotangents = list(cotangents)
    for k in alone:
        ct = cotangents[k]
        if ct is not None:
            position = 0 if loop.reverse else loop.length
            region = ((position, 1, 1), *((0, size, 1) for size in ct.shape))
            cotangents[k] = builders["unslice"](ct, made.outputs[k].shape, region, (0,))
    return made, cotangents


def _pieces(
    cotangent: Tensor | None, node: Node, state: int
) -> tuple[Tensor | None, Tensor | None, Tensor | None]:
    """The cotangent of a state's stack as those of its first value, of the values that steps make,
    and of the last one once more; None where it is zero.

    Cotangents come as sums of parts put into zeros, which are taken apart and never built.
    """
    if cotangent is None:
        return None, None, None
    length, reverse = node.attrs["length"], node.attrs["reverse"]
    start, made, end = (length, 0, 0) if reverse else (0, 1, length)
    inner = cotangent.node
    if inner.op.name == "add" and all(t.type == cotangent.type for t in inner.inputs):
        left, right = (_pieces(t, node, state) for t in inner.inputs)
        first, every, final = (
            b if a is None else a if b is None else a + b for a, b in zip(left, right, strict=True)
        )
        return first, every, final
    if inner.op.name == "unslice" and _along_first(inner):
        (low, count, step), value = inner.attrs["region"][0], inner.inputs[0]
        if inner.attrs["drop"] == (0,) and low == start:
            return value, None, None
        if inner.attrs["drop"] == (0,) and low == end:
            return None, None, value
        if not inner.attrs["drop"] and step == 1 and (low, count) == (made, length):
            return None, value, None
    return part(cotangent, start), part(cotangent, made, length), None


def _along_first(node: Node) -> bool:
    """Whether a region takes all of every axis but the first."""
    pairs = zip(node.attrs["shape"][1:], node.attrs["region"][1:], strict=True)
    return all(region == (0, size, 1) for size, region in pairs)
