"""Functions over shared states: `function` for one, `Program` for several in one module."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from graphc.codegen.names import identifier, shortened
from graphc.codegen.program import Family, Method, Unit
from graphc.compiler import (
    Compilation,
    all_states,
    check_distinct,
    check_reach,
    fingerprint,
    read_tensors,
    streams_of,
)
from graphc.errors import GraphError, NameClashError, TypeMismatchError
from graphc.ir.graph import Graph
from graphc.ir.node import State, Tensor, state_of
from graphc.network import Network, Options
from graphc.ops.elementwise import cast
from graphc.ops.leaf import constant
from graphc.ops.shape import broadcast_to
from graphc.schedule.flatten import Layout, lay_out

# What every module has besides the functions.
_TAKEN = [
    "NAME",
    "FINGERPRINT",
    "INPUTS",
    "TARGETS",
    "OUTPUTS",
    "STATES",
    "state",
    "rng",
    "seed",
    "params",
    "grads",
    "initialise",
    "state_dict",
    "load_state_dict",
    "save",
    "load",
    "_arena",
    "_memory",
]


class Function:
    """A compiled function: call it with arrays, it returns a list of arrays.

    Attributes:
        inputs: its arguments.
        outputs: its results, named ``out_1``, ... where they have no name.
        updates: what states become when it is called.
    """

    def __init__(
        self,
        inputs: Sequence[Tensor],
        outputs: Sequence[Tensor] | Mapping[str, Tensor],
        updates: Mapping[Tensor, Any] | None,
        training: bool,
        style: str,
        name: str,
    ) -> None:
        self.inputs = read_tensors("inputs", inputs)
        self.style = style
        self.name = name
        self.training = training
        if isinstance(outputs, Tensor):
            raise GraphError("outputs is a list of tensors: write [loss]")
        named = outputs.items() if isinstance(outputs, Mapping) else [("", t) for t in outputs]
        self.outputs: list[tuple[str, Tensor]] = []
        for key, tensor in named:
            tensor = constant(tensor)
            self.outputs.append((key or tensor.name or f"out_{len(self.outputs) + 1}", tensor))
        self.as_dict = isinstance(outputs, Mapping)
        self.updates = [_update(target, value) for target, value in (updates or {}).items()]
        seen: set[str] = set()
        for tensor in self.inputs:
            if tensor.node.op.name != "input":
                raise GraphError(f"an argument must be made by gx.input, not {tensor!r}")
            if tensor.name in seen:
                raise NameClashError(f"two arguments are called '{tensor.name}'")
            seen.add(tensor.name)
        self._instance: Any = None
        self._network: Network | None = None

    def graph(self, name: str) -> Graph:
        """The function as a graph."""
        graph = Graph(name, self.inputs, tuple(self.outputs), tuple(self.updates), self.training)
        check_reach(graph, f"'{name}'")
        return graph

    @property
    def network(self) -> Network:
        """The compiled program behind the function: its source and its report."""
        if self._network is None:
            self._network = compile_functions(self.name, {self.name: self}, self.style, flat=False)
        return self._network

    @property
    def source(self) -> str:
        """The emitted module."""
        return self.network.source

    def __call__(self, *arrays: Any) -> Any:
        """Compute; arrays must have the declared types.

        Returns:
            A list of arrays (a dict if outputs were given by name).

        Raises:
            ValueError: when an argument does not fit; nothing changes then.
        """
        if len(arrays) != len(self.inputs):
            names = ", ".join(t.name for t in self.inputs)
            raise TypeMismatchError(f"{self.name} takes {len(self.inputs)} arguments ({names})")
        if self._instance is None:
            self._instance = self.network.load()
            share_states(self.network, self._instance)
        given = [
            np.asarray(a, t.dtype) if isinstance(a, (bool, int, float, list)) else a
            for a, t in zip(arrays, self.inputs, strict=True)
        ]
        return getattr(self._instance, shortened(identifier(self.name), 30))(*given)


def _update(target: Tensor, value: Any) -> tuple[State, Tensor]:
    if not isinstance(target, Tensor):
        raise GraphError(f"updates map states to new values; {target!r} is no state")
    state = state_of(target)
    numbers = isinstance(value, (bool, int, float))
    tensor = constant(value, state.type.dtype if numbers else None)
    if tensor.dtype != state.type.dtype:
        raise TypeMismatchError(
            f"state '{state.name}' ({state.origin}) is {state.type.dtype} but its update is "
            f"{tensor.dtype}; use .astype"
        )
    if tensor.shape != state.type.shape:
        if tensor.ndim:
            raise GraphError(
                f"state '{state.name}' ({state.origin}) is {state.type} but its update is {tensor.type}"
            )
        tensor = broadcast_to(cast(tensor, state.type.dtype), state.type.shape)
    return state, tensor


def function(
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor] | Mapping[str, Tensor] = (),
    updates: Mapping[Tensor, Any] | None = None,
    *,
    training: bool = True,
    style: str = "planned",
    name: str = "function",
) -> Function:
    """A callable that computes `outputs` from `inputs` and then changes states.

    States keep their values between calls and between functions: two functions over the same
    parameter see one value.

    Args:
        inputs: tensors made by ``gx.input``.
        outputs: tensors, in a list (the call returns a list) or by name (a dict).
        updates: the new value of each state that changes; all are computed from the old values.
        training: whether dropout is active.

    Raises:
        GraphError: for an update of something that is no state, or an input that is missing.
    """
    return Function(inputs, outputs, updates, training, style, name)


class Program(Network):
    """Several functions over one shared state, in one module with a method for each.

    net = gx.Program("gan", d_step=gx.function([x], [d_loss], updates=...), ...)
    m = net.load(seed=0)
    m.d_step(x)
    """

    def __init__(self, name: str, /, *, style: str = "planned", **functions: Function) -> None:
        if not functions:
            raise GraphError(f"program '{name}' has no functions")
        for key, value in functions.items():
            if not isinstance(value, Function):
                raise GraphError(
                    f"program '{name}': '{key}' must be made by gx.function, not {value!r}"
                )
        network = compile_functions(name, functions, style, flat=True)
        super().__init__(
            network.unit,
            network.options,
            network.graphs,
            network.plans,
            network.hits,
            network.compile_seconds,
            network.algorithms,
        )


def compile_functions(
    name: str, functions: Mapping[str, Function], style: str, flat: bool
) -> Network:
    """Compile functions into one module; without `flat`, each state has an array of its own."""
    run = Compilation(Options(name, "numpy", style))
    methods = _method_names(name, functions)
    families = []
    for key, item in functions.items():
        method_name = methods[key]
        graph = item.graph(f"{method_name}_body")
        phase = run.phase(graph, f"The computation of {method_name}.")
        names = ", ".join(n for n, _ in item.outputs)
        doc = f"Returns {names}." if names else "Changes the state."
        kind = "dict" if item.as_dict else "list"
        method = Method(method_name, doc, item.inputs, (phase.name,), kind, tuple(item.outputs))
        families.append(Family(method_name, item.inputs, (phase,), (method,)))
    states = all_states(families)
    check_distinct(states)
    layout = lay_out(states) if flat else Layout((), tuple(dict.fromkeys(states)))
    unit = Unit(
        name=name,
        families=tuple(families),
        layout=layout,
        streams=streams_of(families),
        inputs=(),
        targets=(),
        outputs=(),
        fingerprint=fingerprint(run, layout),
        initial={s: s.initial for s in layout.states if s.initial is not None},
    )
    return Network(
        unit,
        run.options,
        run.graphs,
        run.plans,
        run.passes.hits,
        algorithms=run.passes.choices.made,
    )


def _method_names(program: str, functions: Mapping[str, Function]) -> dict[str, str]:
    """The method that each function becomes.

    Raises:
        NameClashError: when two would be one, or one is what the module has already.
    """
    owners = dict.fromkeys(_TAKEN, "the module itself")
    table = {}
    for key in functions:
        method = shortened(identifier(key), 30)
        parts = f"{method} _{method} _{method}_body _{method}_slots _plan_{method} _check_{method}"
        for part in parts.split():
            if part in owners:
                raise NameClashError(
                    f"program '{program}': a function can't be called '{key}' here, for "
                    f"{owners[part]} has a '{part}' too"
                )
            owners[part] = f"'{key}'"
        table[key] = method
    return table


def share_states(network: Network, instance: Any) -> None:
    """Let a function's instance use the storage that its states have elsewhere."""
    for state in network.unit.layout.singles:
        attribute = instance.STATES[state.name][1]
        if state.storage is None:
            state.storage = getattr(instance.state, attribute)
        else:
            setattr(instance.state, attribute, state.storage)


def value(state: Tensor) -> np.ndarray[Any, Any]:
    """A copy of what a state holds for functions made by `function`.

    Raises:
        GraphError: when no such function has run yet.
    """
    storage = state_of(state).storage
    if storage is None:
        raise GraphError(f"'{state.name}' has no value before a function that uses it has run")
    return storage.copy()
