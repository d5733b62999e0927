"""A probe: a second program that computes what a network keeps to itself.

In: a compiled network. Out: a program over the same parameters whose results are the pre-activation
and the activation of each layer, and the gradients by these and by the parameters. The network's own
module is not changed, and neither is an instance of it: the probe has parameters and random streams
of its own, which are set to those of the instance before each use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from graphc.autodiff import grad
from graphc.errors import DataError
from graphc.functions import Program, function
from graphc.ir.node import Node, State, Tensor, state_of, toposort
from graphc.network import Network
from graphc.ops.elementwise import Elementwise

KINDS = (
    "weights",
    "preactivations",
    "activations",
    "gradients",
    "preactivation_gradients",
    "activation_gradients",
)
Arrays = dict[str, dict[str, np.ndarray]]  # by kind, then by the name of a layer or a parameter

_SAME_NUMBERS = ("transpose", "reshape", "cast", "broadcast_to", "expand_dims", "squeeze")


@dataclass(frozen=True)
class Layer:
    """A weight in use: what it makes of its input, before and after the activation.

    Attributes:
        name: the layer's name: the weight's without its last part.
        weight: the weight's name.
        z: the product with the weight, and the bias.
        h: what leaves the layer (`z` itself where there is no activation).
        function: the op that makes `h` of `z`, "" where that is not one op.
    """

    name: str
    weight: str
    z: Tensor
    h: Tensor
    function: str


def layers_of(network: Network) -> list[Layer]:
    """The layers of a network, in the order in which they compute.

    A layer is a product (matrix product, einsum, convolution) with a trained weight of two axes or
    more; its activation is what leaves the scope of the product, or else the one function of one
    operand that is applied to `z`.
    """
    declared = network.declared
    assert declared is not None and declared.loss is not None
    order = toposort([declared.loss])
    users: dict[Tensor, list[Node]] = {}
    for node in order:
        for tensor in node.inputs:
            users.setdefault(tensor, []).append(node)
    trained = {state_of(t) for t in declared.trained}
    found: list[Layer] = []
    taken: set[str] = set()
    for node in order:
        weight = _weight(node, trained)
        if weight is None:
            continue
        z = _with_bias(node.outputs[0], users)
        h = _activation(z, order, users)
        full = network.unit.saved_name(weight)
        choices = [full.rpartition(".")[0] or full, full]
        choices += [f"{full} ({k})" for k in range(2, 2 + len(found))]
        name = next(choice for choice in choices if choice not in taken)
        taken.add(name)
        alone = h is not z and len(h.node.inputs) == 1 and h.node.inputs[0] is z
        applied = h.node.op.name if alone else ""
        found.append(Layer(name, full, z, h, applied))
    return found


def _weight(node: Node, trained: set[State]) -> State | None:
    if node.op.name not in ("matmul", "einsum") and "conv" not in node.op.name:
        return None
    for tensor in node.inputs:
        state = _source(tensor).node.attrs.get("state")
        if isinstance(state, State) and state in trained and len(state.type.shape) > 1:
            return state
    return None


def _source(tensor: Tensor) -> Tensor:
    while tensor.node.op.name in _SAME_NUMBERS:
        tensor = tensor.node.inputs[0]
    return tensor


def _with_bias(z: Tensor, users: Mapping[Tensor, Sequence[Node]]) -> Tensor:
    following = users.get(z, ())
    if len(following) != 1 or following[0].op.name != "add":
        return z
    other = [t for t in following[0].inputs if t is not z]
    bias = [t for t in other if isinstance(_source(t).node.attrs.get("state"), State)]
    return following[0].outputs[0] if bias else z


def _activation(z: Tensor, order: Sequence[Node], users: Mapping[Tensor, Sequence[Node]]) -> Tensor:
    """What becomes of `z` within its layer."""
    reached, depending = {z.node}, []
    for node in order:
        if node not in reached and any(t.node in reached for t in node.inputs):
            reached.add(node)
            depending.append(node)
    if z.name[:1] == "z" and z.name[1:].isdigit():
        for node in depending:
            if node.outputs[0].name == f"h{z.name[1:]}":
                return node.outputs[0]
    scope = z.node.origin.scope if z.node.origin else ()
    if scope:
        inside = [n for n in depending if n.origin is not None and n.origin.scope == scope]
        return inside[-1].outputs[0] if inside else z
    following = users.get(z, ())
    op = following[0].op if len(following) == 1 else None
    return following[0].outputs[0] if isinstance(op, Elementwise) and op.arity == 1 else z


class Probe:
    """The probe of a network.

    Attributes:
        layers: the layers that it looks into.

    Raises:
        DataError: for a program without a loss, or without parameters that it trains.
    """

    def __init__(self, network: Network, kinds: Sequence[str] = KINDS) -> None:
        declared = network.declared
        if declared is None or declared.loss is None or not declared.trained:
            raise DataError(
                f"'{network.name}' has no loss and trained parameters to monitor: give what"
                " gx.compile returns for a network with a loss"
            )
        self.network = network
        self.layers = layers_of(network)
        self.parameters = [network.unit.saved_name(state_of(t)) for t in declared.trained]
        self.kinds = tuple(kinds)
        results, table = self._results(declared.loss, declared.trained)
        self._table = table
        self._program: Any = None
        if results:
            computed = function(declared.arguments, results)
            program = Program(f"{network.name} probe", probe=computed)
            self._program = program.load()
            self._states = self._shared(program)

    def _results(
        self, loss: Tensor, trained: Sequence[Tensor]
    ) -> tuple[dict[str, Tensor], dict[str, dict[str, str]]]:
        """The tensors to compute by key, and the key of each kind and name."""
        wanted: dict[str, dict[str, Tensor]] = {
            "preactivations": {layer.name: layer.z for layer in self.layers},
            "activations": {layer.name: layer.h for layer in self.layers},
        }
        by: dict[str, dict[str, Tensor]] = {
            "gradients": dict(zip(self.parameters, trained, strict=True)),
            "preactivation_gradients": wanted["preactivations"],
            "activation_gradients": wanted["activations"],
        }
        every = list(
            dict.fromkeys(
                t for kind, some in by.items() if kind in self.kinds for t in some.values()
            )
        )
        slopes = dict(zip(every, grad(loss, every, unconnected="zeros"), strict=True))
        for kind, some in by.items():
            if kind in self.kinds:
                wanted[kind] = {name: slopes[t] for name, t in some.items()}
        keys: dict[Tensor, str] = {}
        table: dict[str, dict[str, str]] = {}
        for kind in (k for k in KINDS if k in self.kinds and k in wanted):
            for name, tensor in wanted[kind].items():
                key = keys.setdefault(tensor, f"{kind} {name}")
                table.setdefault(kind, {})[name] = key
        return {key: tensor for tensor, key in keys.items()}, table

    def _shared(self, program: Network) -> dict[str, str]:
        """What each state of the probe is called in the network's own dictionary."""
        mine, theirs = program.unit, self.network.unit
        table = {
            mine.saved_name(state): theirs.saved_name(state)
            for state in mine.layout.states
            if state in theirs.layout.states
        }
        names = dict(theirs.streams)
        for stream, name in mine.streams:
            if stream in names:
                table[f"rng.{name}"] = f"rng.{names[stream]}"
        return table

    def look(self, m: Any, arrays: Sequence[np.ndarray]) -> Arrays:
        """Compute everything for a batch, as the next step of training would see it.

        Args:
            m: an instance of the network, which is not changed; dropout is drawn from copies of
                its random streams.
            arrays: the inputs and the targets, in order.

        Raises:
            DataError: `m` is an instance of another network.
        """
        if getattr(m, "FINGERPRINT", None) != self.network.unit.fingerprint:
            raise DataError(
                f"the probe of '{self.network.name}' was given an instance of"
                f" {getattr(m, 'NAME', type(m).__name__)!r}"
            )
        state = m.state_dict()
        found: Arrays = {}
        if "weights" in self.kinds:
            found["weights"] = {name: state[name] for name in self.parameters}
        if self._program is not None:
            own = self._program.state_dict()
            own.update({mine: state[theirs] for mine, theirs in self._states.items()})
            self._program.load_state_dict(own)
            with np.errstate(all="ignore"):
                results = self._program.probe(*arrays)
            for kind, keys in self._table.items():
                found[kind] = {name: results[key] for name, key in keys.items()}
        return found
