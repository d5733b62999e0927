"""Functions over shared states: `function` for one, `Program` for several in one module."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from graphc.codegen.compilation import Compilation
from graphc.codegen.method_names import method_names
from graphc.codegen.names import identifier, shortened
from graphc.codegen.program import Family, Method, Unit
from graphc.compiler import (
    all_states,
    check_distinct,
    check_gradients,
    check_reach,
    fingerprint,
    read_tensors,
    streams_of,
)
from graphc.errors import GraphError, NameClashError, TypeMismatchError
from graphc.ir.garbage import seldom_collected
from graphc.ir.graph import Graph
from graphc.ir.node import State, Tensor, state_of
from graphc.network import Network, Options, Report, as_asked
from graphc.ops.elementwise import cast
from graphc.ops.leaf import constant
from graphc.ops.shape import broadcast_to
from graphc.runtime.data import as_declared
from graphc.schedule.flatten import Layout, group_parameters, lay_out, merge
from graphc.schedule.split import split

_OPTIONS = ("style", "target", "algorithms", "exact", "autotune", "budget", "sizes", "precision")
_PHASES = (
    "Forward and backward: the results; the gradients go to self.grads.",
    "Change the states by the gradients.",
)


class Function:
    """A compiled function: call it with arrays, it returns arrays.

    Attributes:
        inputs: its arguments.
        outputs: its results, named ``out_1``, ... where they have no name.
        updates: what states become when it is called.
        options: how it is compiled where it is called by itself, not as a part of a `Program`.
    """

    def __init__(
        self,
        inputs: Sequence[Tensor],
        outputs: Tensor | Sequence[Tensor] | Mapping[str, Tensor],
        updates: Mapping[Tensor, Any] | None,
        training: bool,
        options: Options,
        doc: str = "",
        target: str = "",
    ) -> None:
        self.doc = doc
        self.target = target
        self.inputs = read_tensors("inputs", inputs)
        self.options = options
        self.training = training
        self.result = "dict" if isinstance(outputs, Mapping) else "list"
        if isinstance(outputs, Tensor):
            self.result, outputs = "array", [outputs]
        named = outputs.items() if isinstance(outputs, Mapping) else [("", t) for t in outputs]
        self.outputs: list[tuple[str, Tensor]] = []
        for key, tensor in named:
            tensor = constant(tensor)
            self.outputs.append((key or tensor.name or f"out_{len(self.outputs) + 1}", tensor))
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
    def name(self) -> str:
        """What it and its module are called."""
        return self.options.name

    @property
    def network(self) -> Network:
        """The compiled program behind the function: its source and its report."""
        if self._network is None:
            self._network = compile_functions(self.options, {self.name: self}, flat=False)
        return self._network

    def report(self, **sizes: int) -> Report:
        """FLOPs, memory, rewrites and algorithms, as `Network.report`, for these sizes (``N=128``)."""
        return self.network.report(**sizes)

    @property
    def source(self) -> str:
        """The emitted module."""
        return self.network.source

    def __call__(self, *arrays: Any) -> Any:
        """Compute; arrays must have the declared types, or hold integers where these are declared.

        Returns:
            A list of arrays, a dict if outputs were given by name, an array if there was one
            tensor by itself.

        Raises:
            ValueError: when an argument does not fit; nothing changes then.
        """
        if len(arrays) != len(self.inputs):
            names = ", ".join(t.name for t in self.inputs)
            raise TypeMismatchError(f"{self.name} takes {len(self.inputs)} arguments ({names})")
        if self._instance is None:
            self._instance = self.network.load()
            share_states(self.network, self._instance)
        given = [self._argument(a, t) for a, t in zip(arrays, self.inputs, strict=True)]
        return getattr(self._instance, shortened(identifier(self.name), 30))(*given)

    def _argument(self, value: Any, tensor: Tensor) -> Any:
        """What is handed on for an input: numbers and integers in its type."""
        if isinstance(value, np.ndarray):
            return as_declared(value, tensor.dtype, f"{self.name}: '{tensor.name}'")
        if isinstance(value, (bool, int, float, list)):
            return np.asarray(value, tensor.dtype)
        return value


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
    outputs: Tensor | Sequence[Tensor] | Mapping[str, Tensor] = (),
    updates: Mapping[Tensor, Any] | None = None,
    *,
    training: bool = True,
    style: str = "planned",
    name: str = "function",
    doc: str = "",
    algorithms: Mapping[str, str] | None = None,
    exact: bool = False,
    autotune: bool = False,
    budget: int | str | None = None,
    sizes: Mapping[str, int] | None = None,
    target: str = "",
    precision: str = "",
) -> Function:
    """A callable that computes `outputs` from `inputs` and then changes states.

    States keep their values between calls and between functions: two functions over the same
    parameter see one value.

    Args:
        inputs: tensors made by ``gx.input``.
        outputs: tensors, in a list (the call returns a list) or by name (a dict), or one tensor
            by itself (an array).
        updates: the new value of each state that changes; all are computed from the old values.
        training: whether dropout is active.
        style: ``"planned"`` (no allocation after the first call) or ``"plain"``.
        name: what its module is called.
        doc: what it does, one line for the docstring of the method; by default it says what is
            returned and what changes.
        algorithms, exact, autotune: how convolutions are computed, as for ``gx.compile``.  In a
            `Program` its own arguments count.
        budget: how much memory buffers may take; see ``gx.compile``.
        sizes: the symbolic sizes for which the budget holds.
        target, precision: as for ``gx.compile``, where the function is called by itself; in a
            `Program` its own count.

    Raises:
        GraphError: for an update of something that is no state, or an input that is missing; when it
            is first compiled, for algorithms that it can't be computed by.
        CompileError: for a budget that is no number of bytes; when it is compiled, for one that is
            not enough, or for gradients in float16.
    """
    options = _options(name, target, style, algorithms, exact, autotune, budget, sizes, precision)
    return Function(inputs, outputs, updates, training, options, doc)


def _options(
    name: str,
    target: str,
    style: str,
    algorithms: Mapping[str, str] | None,
    exact: bool,
    autotune: bool,
    budget: int | str | None,
    sizes: Mapping[str, int] | None,
    precision: str,
) -> Options:
    return Options(
        name,
        target,
        style,
        algorithms=as_asked(algorithms),
        exact=exact,
        autotune=autotune,
        budget=budget,
        sizes=tuple((sizes or {}).items()),
        precision=precision,
    )


class Program(Network):
    """Several functions over one set of states, in one module with a method for each.

        d_updates = optim.Adam(name="d_adam").updates(d_weights, gx.grad(d_loss, d_weights))
        g_updates = optim.Adam(name="g_adam").updates(g_weights, gx.grad(g_loss, g_weights))
        net = gx.Program(
            "gan",
            d_step=gx.function([real], {"d_loss": d_loss}, d_updates),
            g_step=gx.function([noise], {"g_loss": g_loss}, g_updates),
            sample=gx.function([noise], {"images": images}, training=False),
        )
        m = net.load(seed=0)
        m.d_step(images)

    States are shared by all functions: parameters, what optimisers keep, random streams.  Optimisers
    over different parameters need different names, for their step counters.  A function with an
    optimiser's updates becomes two phases, as a network's ``train_step`` does: one to the gradients,
    which stay in ``m.grads``, and one that changes the states.

    Args:
        name: the program's name; the emitted class is named after it.
        style: ``"planned"`` (no allocation after the first call) or ``"plain"``.
        target: what the source is for: ``"numpy"``, or ``"cupy"`` for an NVIDIA GPU.
        algorithms, exact, autotune: how convolutions are computed, as for ``gx.compile``; a layer that
            several functions use is computed in the same way in all of them.
        budget: how much memory the buffers of all functions, which they share, may take; see
            ``gx.compile``.
        sizes: the symbolic sizes for which the budget holds.
        precision: of products, as for ``gx.compile``. Nothing scales a loss here: gradients in
            ``"float16"`` need an `optim.LossScale`, and those in ``"bfloat16"`` none.
        functions: what :func:`function` made, by the names that the methods will have.

    Raises:
        GraphError: when there are no functions, or one was not made by ``gx.function``; for an
            algorithm that does not fit, or the name of no layer or of several.
        NameClashError: when two functions would become one method, or take the name of what every
            module has, or two states have one name.
        CompileError: for gradients in float16 of a loss that is not scaled.
    """

    def __init__(
        self,
        name: str,
        /,
        *,
        style: str = "planned",
        target: str = "",
        algorithms: Mapping[str, str] | None = None,
        exact: bool = False,
        autotune: bool = False,
        budget: int | str | None = None,
        sizes: Mapping[str, int] | None = None,
        precision: str = "",
        **functions: Function,
    ) -> None:
        started = time.perf_counter()
        given = style, target, algorithms, exact, autotune, budget, sizes, precision
        for key, option in zip(_OPTIONS, given, strict=True):
            if isinstance(option, Function):
                raise NameClashError(
                    f"program '{name}': a function can't be called '{key}', for that is an option"
                )
        if not functions:
            raise GraphError(f"program '{name}' has no functions")
        for key, value in functions.items():
            if not isinstance(value, Function):
                raise GraphError(
                    f"program '{name}': '{key}' must be made by gx.function, not {value!r}"
                )
            if value.options.budget is not None:
                raise GraphError(
                    f"program '{name}': '{key}' has a budget of its own, but functions of a program "
                    "share their buffers: give it to gx.Program"
                )
        options = _options(
            name, target, style, algorithms, exact, autotune, budget, sizes, precision
        )
        network = compile_functions(options, functions, flat=True)
        super().__init__(
            network.unit,
            network.options,
            network.graphs,
            network.plans,
            network.hits,
            algorithms=network.algorithms,
            loops=network.loops,
        )
        self.source  # noqa: B018  emission is part of compiling
        self.compile_seconds = time.perf_counter() - started


@seldom_collected
def compile_functions(options: Options, functions: Mapping[str, Function], flat: bool) -> Network:
    """Compile functions into one module; without `flat`, each state has an array of its own."""
    run = Compilation(options)
    methods = method_names(options.name, functions)
    whole = {key: item.graph(f"{methods[key]}_body") for key, item in functions.items()}
    for key, graph in whole.items():
        check_gradients(options, f"'{key}' of '{options.name}'" if flat else f"'{key}'", graph)
    run.passes.choices.survey([root for graph in whole.values() for root in graph.roots])
    parts: dict[str, tuple[Graph, ...]] = {key: (graph,) for key, graph in whole.items()}
    order: list[State] = []
    trained: list[State] = []
    if flat:
        parts, order, trained = _split(whole, methods)
    families = []
    for key, item in functions.items():
        method_name = methods[key]
        docs = _PHASES if len(parts[key]) > 1 else (f"The computation of {method_name}.",)
        phases = tuple(run.phase(g, doc) for g, doc in zip(parts[key], docs, strict=True))
        names = tuple(phase.name for phase in phases)
        outputs = tuple(item.outputs)
        method = Method(method_name, _doc(item), item.inputs, names, item.result, outputs)
        families.append(Family(method_name, item.inputs, phases, (method,)))
    run.check()
    states = list(dict.fromkeys([*trained, *all_states(families)]))
    check_distinct(states)
    layout = lay_out(states, order) if flat else Layout((), tuple(states))
    unit = Unit(
        name=options.name,
        families=tuple(families),
        layout=layout,
        streams=streams_of(families),
        inputs=(),
        targets=(),
        outputs=(),
        fingerprint=fingerprint(run, layout),
        precision=options.precision,
        initial={s: s.initial for s in layout.states if s.initial is not None},
    )
    return Network(
        unit,
        run.options,
        run.graphs,
        run.plans,
        run.passes.hits,
        algorithms=run.passes.choices.made,
        loops=run.kept,
    )


def _split(
    whole: Mapping[str, Graph], methods: Mapping[str, str]
) -> tuple[dict[str, tuple[Graph, ...]], list[State], list[State]]:
    """Cut training functions at their gradients, and lay their updates over flat vectors.

    Returns:
        The graphs of each function, the parameters in the order in which they are to lie, and the
        states of the functions that were cut.
    """
    slots: dict[State, State] = {}
    parts = {}
    for key, graph in whole.items():
        names = f"{methods[key]}_backward", f"{methods[key]}_update"
        parts[key] = split(graph, slots, names)
    cut = {key: graphs for key, graphs in parts.items() if len(graphs) > 1}
    groups = {key: group_parameters(update) for key, (_, update) in cut.items()}
    states = list(dict.fromkeys(s for graphs in cut.values() for g in graphs for s in g.states))
    order = list(dict.fromkeys(s for found in groups.values() for group in found for s in group))
    layout = lay_out(states, order)
    for key, (backward, update) in cut.items():
        merged = merge(update, layout, groups[key])
        parts[key] = backward, replace(merged, updates=_by_optimiser(merged.updates))
    order = [s for vector in layout.vectors for s, _ in vector.members if s.trainable]
    return parts, order, states


def _by_optimiser(updates: Sequence[tuple[State, Tensor]]) -> tuple[tuple[State, Tensor], ...]:
    """Updates that were declared in one scope side by side, so that one optimiser runs after the
    other."""
    scopes = [tensor.node.origin.scope if tensor.node.origin else () for _, tensor in updates]
    rank = {scope: i for i, scope in enumerate(dict.fromkeys(scopes))}
    return tuple(
        pair for _, pair in sorted(zip(scopes, updates, strict=True), key=lambda p: rank[p[0]])
    )


def _doc(item: Function) -> str:
    """What a method does, in a line."""
    if item.doc:
        return item.doc
    names = ", ".join(name for name, _ in item.outputs)
    changed = list(dict.fromkeys(s.of or s for s, _ in item.updates))
    if not changed:
        return f"Returns {names}."
    scopes = dict.fromkeys(s.name.rpartition(".")[0].partition(".")[0] or s.name for s in changed)
    change = f"hanges {', '.join(scopes)}."
    return f"Returns {names}; c{change}" if names else f"C{change}"


def share_states(network: Network, instance: Any) -> None:
    """Let a function's instance use the storage that its states have elsewhere."""
    if not network.unit.layout.singles:
        return
    # Where blocks repeat, the states of each place are listed a second time.
    lists = [parts for parts in vars(instance).values() if isinstance(parts, list)]
    groups = [instance.state, *(part for parts in lists for part in parts)]
    for state in network.unit.layout.singles:
        own = getattr(instance.state, instance.STATES[state.name][1])
        if state.storage is None:
            state.storage = own
            continue
        for group in groups:
            for name, array in vars(group).items():
                if array is own:
                    setattr(group, name, state.storage)


def value(state: Tensor) -> np.ndarray[Any, Any]:
    """A copy of what a state holds for functions made by `function`.

    Raises:
        GraphError: when no such function has run yet.
    """
    storage = state_of(state).storage
    if storage is None:
        raise GraphError(f"'{state.name}' has no value before a function that uses it has run")
    return storage.copy()
