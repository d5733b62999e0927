"""``gx.cond``: one of two branches, as a boolean says."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from graphc.errors import GraphError, ShapeError, TypeMismatchError, describe
from graphc.ir import origin as origins
from graphc.ir.body import Body, bodies_of
from graphc.ir.graph import Graph
from graphc.ir.node import Node, Tensor, builders, make, operand_line, toposort
from graphc.ir.region import Region
from graphc.ops.base import Op
from graphc.ops.cond.parts import BOTH, SIDES, Choice
from graphc.ops.leaf import constant
from graphc.ops.nn import DROPOUT
from graphc.ops.phases import UPDATING, in_training

_CALLED = {"then": "true_branch", "otherwise": "false_branch"}


def cond(
    predicate: Any,
    true_branch: Callable[..., Any],
    false_branch: Callable[..., Any],
    *operands: Any,
) -> Any:
    """The results of one of two functions, as a boolean says; the other one is not computed.

        y = gx.cond(gx.any(x < 0), lambda x: gx.exp(x) - 1, lambda x: x, x)

    Both functions are called once, when the network is declared, and become the two branches of
    an ``if``.  They may use any tensors from outside.  Derivatives are those of the branch that is
    taken, in an ``if`` of their own; what it does not read has derivative zero.  Unlike with
    ``gx.where``, which chooses element by element, the branch not taken costs nothing, and nothing
    infinite comes out of it.  What a branch draws at random (``gx.dropout``, ``gx.normal``) is drawn
    whichever is taken, so that a stream does not depend on the predicate.

    Args:
        predicate: one boolean tensor without axes, such as ``gx.any(x > 0)`` gives; for a Python
            bool the choice is made at once, after the same checks.
        true_branch: called with the operands; gives a tensor, several in a list, tuple or dict, or
            None.
        false_branch: gives the same for the other case: as many tensors, of the same types.  A
            Python number takes the type that the other branch gives.
        operands: what the functions are called with.

    Returns:
        The results of the branch that is taken, laid out as the functions return them.

    Raises:
        TypeMismatchError: when the predicate is not one boolean, or a result has not the same
            element type in both branches.
        ShapeError: when a result has not the same shape in both.
        GraphError: when a branch is no function, they return different structures, or one changes
            a state of the program.
    """
    where = f"cond at {origins.current()}"
    chosen = _checked_predicate(where, predicate)
    given = [constant(t) for t in operands]
    branches = zip(SIDES, (true_branch, false_branch), strict=True)
    traced = [_Traced(where, side, branch, given) for side, branch in branches]
    _match(where, *traced)
    if not isinstance(chosen, Tensor):
        taken = traced[0] if chosen else traced[1]
        return taken.layout(taken.results)
    if not traced[0].results:
        return traced[0].layout([])
    choice = Choice(chosen, names=(traced[0].name, traced[1].name))
    for one in traced:
        choice.results[one.side] = one.enclosed(choice)
    choice.sides = [BOTH] * len(traced[0].results)
    results = choice.close().outputs
    for result, *roots in zip(results, *(one.results for one in traced), strict=True):
        result.name = result.name or next((t.name for t in roots if t.name), "")
    return traced[0].layout(list(results))


def _checked_predicate(where: str, predicate: Any) -> Tensor | bool:
    if isinstance(predicate, (bool, np.bool_)):
        return bool(predicate)
    if isinstance(predicate, Tensor) and predicate.dtype == "bool" and not predicate.ndim:
        return predicate
    shown = operand_line(predicate) if isinstance(predicate, Tensor) else repr(predicate)
    raise TypeMismatchError(
        f"{where}: the predicate is one boolean, such as gx.any(x > 0) gives, not {shown}"
        + ("; gx.where chooses element by element" if isinstance(predicate, Tensor) else "")
    )


class _Traced:
    """What a branch was found to compute.

    Attributes:
        side: which branch it is.
        results: its results, over tensors of the surrounding graph; Python numbers as they are.
        keys: what tells its structure from another.
        layout: puts results into it.
    """

    def __init__(
        self, where: str, side: str, branch: Callable[..., Any], operands: list[Tensor]
    ) -> None:
        if not callable(branch):
            raise GraphError(
                f"{where}: {_CALLED[side]} is a function that computes its results, not "
                f"{type(branch).__name__}; gx.where chooses between tensors"
            )
        self.side = side
        self.name = getattr(branch, "__name__", side).strip("<>").replace("lambda", side)
        with Region() as self.region:
            found = branch(*operands)
        self.keys: Any
        self.layout: Callable[[list[Tensor]], Any]
        if found is None:
            self.keys, values, self.layout = "None", [], lambda results: None
        elif isinstance(found, Mapping):
            keys = list(found)
            self.keys, values = ("dict", *sorted(keys, key=str)), [found[k] for k in keys]
            self.order = keys
            self.layout = lambda results: dict(zip(keys, results, strict=True))
        elif isinstance(found, (list, tuple)):
            kind = type(found)
            self.keys, values = (kind.__name__, len(found)), list(found)
            named = hasattr(found, "_fields")
            self.layout = lambda results: kind(*results) if named else kind(results)
        else:
            self.keys, values, self.layout = "a tensor", [found], lambda results: results[0]
        self.results = [_result(where, side, v) for v in values]
        self.names = [str(k) for k in found] if isinstance(found, Mapping) else []
        for node in toposort([t for t in self.results if isinstance(t, Tensor)]):
            if node in self.region.nodes and node.op is UPDATING:
                raise GraphError(
                    f"{where}: {_CALLED[side]} changes the state '{node.inputs[1].name}' "
                    f"({node.origin}), but a branch is a function of what it is given: let it return "
                    "the new value (the old one in the other branch), and update by the result"
                )

    def enclosed(self, choice: Choice) -> list[Tensor]:
        """Its results in a body of its own: what it captures comes in as operands."""
        with Region() as lowered:
            drawn = _draws_outside(self.results, self.region)
        inside = self.region.nodes | lowered.nodes
        roots = [drawn.get(t, t) for t in self.results]
        table: dict[Tensor, Tensor] = {}
        for tensor in (t for node in toposort(roots) if node in inside for t in node.inputs):
            if tensor.node not in inside and tensor.node.rooted:
                table[tensor] = choice.use(tensor)
        for tensor in roots:
            if tensor.node not in inside and tensor.node.rooted:
                table[tensor] = choice.use(tensor)
        return _made_again(roots, table)


def _result(where: str, side: str, value: Any) -> Any:
    if isinstance(value, (bool, int, float)):
        return value
    if isinstance(value, Tensor) or hasattr(value, "dtype"):
        return constant(value)
    raise GraphError(
        f"{where}: {_CALLED[side]} returns tensors, not {type(value).__name__}: {value!r}"
    )


def _match(where: str, then: _Traced, otherwise: _Traced) -> None:
    """Refuse branches that differ in what they return; numbers become what the other one gives."""
    if then.keys != otherwise.keys:
        raise GraphError(
            f"{where}: both branches return the same structure, but true_branch returns "
            f"{_shown(then.keys)} and false_branch {_shown(otherwise.keys)}"
        )
    if then.names != otherwise.names:  # a dict in another order
        order = [otherwise.names.index(name) for name in then.names]
        otherwise.results = [otherwise.results[k] for k in order]
        otherwise.layout = then.layout
    for k, (a, b) in enumerate(zip(then.results, otherwise.results, strict=True)):
        if not isinstance(a, Tensor):
            a = then.results[k] = _typed(a, b)
        if not isinstance(b, Tensor):
            b = otherwise.results[k] = _typed(b, a)
        if a.type == b.type:
            continue
        what = f"'{then.names[k]}'" if then.names else f"{k + 1} of {len(then.results)}"
        what = "the result" if len(then.results) == 1 and not then.names else f"result {what}"
        kind = ShapeError if a.shape != b.shape else TypeMismatchError
        raise kind(
            describe(
                f"{where}: {what} is {a.type} in true_branch but {b.type} in false_branch; both "
                "are to give one type",
                [operand_line(a), operand_line(b)],
            )
        )


def _shown(keys: Any) -> str:
    if isinstance(keys, str):
        return keys
    if keys[0] == "dict":
        return f"a dict of {', '.join(map(repr, keys[1:])) or 'nothing'}"
    return f"a {keys[0]} of {keys[1]}"


def _typed(number: Any, other: Any) -> Tensor:
    """A Python number as the result of a branch, in the type of the other branch's."""
    if not isinstance(other, Tensor):
        return constant(number)
    wide: Tensor = builders["broadcast_to"](constant(number, other.dtype), other.shape)
    return wide


def _draws_outside(results: list[Tensor], region: Region) -> dict[Tensor, Tensor]:
    """Results whose masks are drawn by nodes without operands, which stay outside."""
    table: dict[Tensor, Tensor] = {}
    for node in toposort(results):
        if node not in region.nodes:
            continue
        inputs = [table.get(t, t) for t in node.inputs]
        if node.op is DROPOUT:
            op = node.op
            assert isinstance(op, Op)
            with origins.derived_from(node.origin):
                (dropped,) = op.lower(make(op, inputs, node.attrs)) or ()
                table[node.outputs[0]] = in_training(dropped, inputs[0])
        elif any(a is not b for a, b in zip(inputs, node.inputs, strict=True)):
            with origins.derived_from(node.origin):
                made = make(node.op, inputs, node.attrs)
            _hand_on(node, made, table)
    return table


def _made_again(roots: list[Tensor], table: Mapping[Tensor, Tensor]) -> list[Tensor]:
    """The same expressions over other tensors, where equal applications are again one node."""
    mapping = dict(table)
    for node in toposort(roots, stop=list(table)):
        if not node.inputs or not node.rooted or all(t in mapping for t in node.outputs):
            continue
        attrs = dict(node.attrs)
        for name, body in bodies_of(node).items():
            graph = body.graph
            fresh = _made_again(list(graph.roots), {})
            outputs = zip((key for key, _ in graph.outputs), fresh, strict=True)
            attrs[name] = Body(Graph(graph.name, graph.inputs, tuple(outputs)))
        with origins.derived_from(node.origin):
            made = make(node.op, [mapping.get(t, t) for t in node.inputs], attrs)
        _hand_on(node, made, mapping)
    return [mapping.get(t, t) for t in roots]


def _hand_on(old: Node, new: Node, mapping: dict[Tensor, Tensor]) -> None:
    """Let a node take the place of another, with its names."""
    for before, after in zip(old.outputs, new.outputs, strict=True):
        after.name = after.name or before.name
        mapping.setdefault(before, after)
