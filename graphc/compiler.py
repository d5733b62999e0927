"""From declarations to a module: the whole pipeline, top to bottom.

    graphs -> passes -> schedule -> fusion -> plan -> source

`compile_network` differentiates a loss and makes the usual four methods; `Program` and `function` take
any functions over shared states.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from graphc.autodiff import grad
from graphc.codegen.compilation import Compilation
from graphc.codegen.names import Namer
from graphc.codegen.program import Family, Method, Unit
from graphc.dsl.arguments import check_arguments, outputs_by_name
from graphc.dsl.optim import Optimizer
from graphc.dsl.optim.scaling import LossScale, has_scale
from graphc.errors import CompileError, GraphError, NameClashError
from graphc.ir.garbage import seldom_collected
from graphc.ir.graph import Graph, substituted
from graphc.ir.node import State, Stream, Tensor, operand_line, state_of, toposort
from graphc.network import Declared, Network, Options, as_asked
from graphc.ops.leaf import state_tensor
from graphc.ops.phases import notes_of, updates_of
from graphc.passes.precision import HALF
from graphc.schedule.flatten import (
    GRADIENTS,
    STATISTICS,
    TRANSIENT,
    Layout,
    group_parameters,
    lay_out,
    merge,
)

MANY_STREAMS = 16  # where there are so many, their names say where they are


@seldom_collected
def compile_network(
    name: str,
    *,
    inputs: Sequence[Tensor],
    targets: Sequence[Tensor] = (),
    loss: Tensor | None = None,
    outputs: Tensor | Mapping[str, Tensor] | None = None,
    optimizer: Optimizer | None = None,
    parameters: Sequence[Tensor] | None = None,
    target: str = "",
    style: str = "planned",
    disable: Collection[str] = (),
    dump_after: Collection[str] = (),
    check: str = "",
    algorithms: Mapping[str, str] | None = None,
    exact: bool = False,
    autotune: bool = False,
    outline: bool = True,
    budget: int | str | None = None,
    sizes: Mapping[str, int] | None = None,
    precision: str = "",
) -> Network:
    """Compile a network: its prediction, its loss, its gradients and its training step.

    Args:
        name: the program's name; the emitted class is named after it.
        inputs: what a prediction needs.
        targets: what the loss needs besides.
        loss: a floating scalar, usually a mean over the batch.
        outputs: what `predict` returns: a tensor (an array) or tensors by name (a dict).
        optimizer: how a training step changes the parameters; without it there is no
            `train_step`.
        parameters: what is trained (default: every trainable parameter that the loss uses).
        target: what the source is for: ``"numpy"``, or ``"cupy"`` for an NVIDIA GPU
            (default: NumPy, or that of the surrounding `graphc.network.targeting`).
        style: ``"planned"`` (no allocation after the first step) or ``"plain"`` (pure expressions).
        disable: names of passes to leave out.
        dump_after: names of passes after which to print each graph.
        check: ``"nan"`` makes a module that stops at the first statement that makes a NaN and names
            it with your line; slower, for debugging.
        algorithms: how convolutions are computed, by the names of their layers
            (``{"conv_1": "im2col"}``; where several end alike, with the scopes around them:
            ``"stage_1.block_2.conv_1"``), and their gradients (``"conv_1.input_gradient"``,
            ``"conv_1.weight_gradient"``); `Network.report` says what is chosen otherwise, and why.
        exact: whether to leave out algorithms whose rounding errors are larger than those of sums.
        autotune: whether to measure the algorithms of each convolution on this machine (once: they
            are remembered in ``convolutions.json`` in the cache folder) instead of estimating their
            costs.  What is emitted then depends on the machine.
        outline: whether a block that repeats often is printed once, as a function; results are the
            same. With ``check="nan"`` nothing is, for each statement names its place.
        budget: how much memory buffers may take, in bytes or as a text (``"64MB"``, ``"1.5 GiB"``).
            Where all that the way back through loops needs is more, it is computed again;
            gradients then agree to rounding.  `Network.report` says what is chosen.
        sizes: the symbolic sizes for which the budget holds (``{"T": 10_000}``); 64 where not given.
        precision: of products and convolutions, for ``target="cupy"``: ``"bfloat16"`` for operands
            of that type, with float32 sums, parameters, and everything else; ``"float16"``
            likewise, with a scaled loss; ``"tf32"`` for operands that cuBLAS rounds to TF32.  The
            choice is this module's alone.  By default every op computes in the type of its operands.

    Raises:
        GraphError: when something is missing, named twice, or not among the inputs and targets; for
            an algorithm that does not fit, or the name of no layer or of several.
        ShapeError, DifferentiationError: when the loss can't be differentiated.
        CompileError: when the budget is not enough for any choice; it says what is.
    """
    started = time.perf_counter()
    options = Options(
        name,
        target,
        style,
        as_names(disable),
        as_names(dump_after),
        check,
        as_asked(algorithms),
        exact,
        autotune,
        outline,
        budget,
        tuple((sizes or {}).items()),
        precision,
    )
    inputs, targets = read_tensors("inputs", inputs), read_tensors("targets", targets)
    check_arguments(name, inputs, targets, loss, outputs, optimizer)
    results = outputs_by_name(outputs)
    run = Compilation(options)
    run.passes.choices.survey([*results.values(), *([] if loss is None else [loss])])
    families: list[Family] = []
    states: list[State] = []
    layout = Layout()

    if loss is not None:
        loss = loss if loss.name else loss.named("loss")
        trained = _trained(loss, parameters)
        if optimizer is not None:
            trained = optimizer.select(trained)
            if not trained:
                raise GraphError(
                    f"'{name}' has an optimizer, but its loss depends on no parameter that is "
                    "trained: layers and gx.parameter declare them"
                )
        if trained:
            family, layout, states = _training(run, loss, trained, (*inputs, *targets), optimizer)
            families.append(family)
        graph = Graph("loss", (*inputs, *targets), (("loss", loss),))
        check_reach(graph, "the loss")
        doc = "The loss on a batch, as in inference: no dropout, nothing changes."
        method = Method("loss", doc, graph.inputs, ("forward_loss",), "scalar", graph.outputs)
        phase = run.phase(_renamed(graph, "forward_loss"), "The forward pass to the loss.")
        families.append(Family("loss", graph.inputs, (phase,), (method,)))
    if results:
        graph = Graph("predict", inputs, tuple(results.items()))
        check_reach(graph, "an output")
        if optimizer is not None:
            _check_kept(graph, states)
        kind = "dict" if isinstance(outputs, Mapping) else "array"
        doc = "The outputs for a batch of inputs."
        method = Method("predict", doc, inputs, ("forward",), kind, graph.outputs)
        phase = run.phase(_renamed(graph, "forward"), "The forward pass to the outputs.")
        families.append(Family("predict", inputs, (phase,), (method,)))

    run.check()
    every = list(dict.fromkeys([*states, *all_states(families)]))
    order = [s for v in layout.vectors for s, _ in v.members if s.trainable]
    check_distinct(every)
    layout = lay_out(every, order)
    unit = Unit(
        name=name,
        families=_ordered(families),
        layout=layout,
        streams=streams_of(families),
        inputs=tuple(inputs),
        targets=tuple(targets),
        outputs=tuple(results.items()),
        fingerprint=fingerprint(run, layout),
        optimizer=repr(optimizer) if optimizer is not None else "",
        initial={s: s.initial for s in layout.states if s.initial is not None},
        prefix=common_prefix(layout.states),
        precision=options.precision,
    )
    used = tuple(_trained(loss, parameters)) if loss is not None else ()
    declared = Declared((*inputs, *targets), loss, used)
    network = Network(
        unit,
        options,
        run.graphs,
        run.plans,
        run.passes.hits,
        algorithms=run.passes.choices.made,
        declared=declared,
        loops=run.kept,
    )
    network.source  # noqa: B018  emission is part of compiling
    network.compile_seconds = time.perf_counter() - started
    return network


def _training(
    run: Compilation,
    loss: Tensor,
    trained: list[Tensor],
    arguments: tuple[Tensor, ...],
    optimizer: Optimizer | None,
) -> tuple[Family, Layout, list[State]]:
    """The backward phase and, with an optimiser, the update phase."""
    scale = None
    if run.options.precision == HALF:
        scale = LossScale()
        gradients = scale.unscaled(grad(scale.scaled(loss), trained))
    else:
        gradients = grad(loss, trained)
    owners = [state_of(p) for p in trained]
    slots = [State(f"{o.name}.grad", o.type, None, slot=GRADIENTS, of=o) for o in owners]
    updates: tuple[tuple[State, Tensor], ...] = ()
    kept: list[tuple[State, Tensor]] = []
    if optimizer is not None:
        found = [state_tensor(s) for s in slots]
        changed = optimizer.updates(trained, found)
        moved, kept = _noted(loss)
        changed = {**changed, **moved}
        if scale is not None:
            changed = scale.updates(found, changed)
        updates = tuple((state_of(t), value) for t, value in changed.items())
    update = Graph("update", (), (), updates, training=True)
    groups = group_parameters(update)
    order = [s for group in groups for s in group] or owners
    backward = Graph(
        "backward",
        arguments,
        (("loss", loss),),
        (*reversed(list(zip(slots, gradients, strict=True))), *kept),
        training=True,
    )
    check_reach(backward, "the loss")
    states = list(dict.fromkeys([*backward.states, *update.states]))
    layout = lay_out(states, order)
    phases = [
        run.phase(backward, "Forward and backward: the loss; the gradients go to self.grads.")
    ]
    doc = "The gradients of the loss, as training sees it: dropout is on."
    methods = [Method("gradients", doc, arguments, ("backward",), "gradients", (("loss", loss),))]
    if optimizer is not None:
        phases.append(
            run.phase(merge(update, layout, groups), f"Change the parameters: {optimizer!r}.")
        )
        doc = "One training step on a mini-batch; returns the loss before it."
        methods.insert(
            0,
            Method(
                "train_step", doc, arguments, ("backward", "update"), "scalar", (("loss", loss),)
            ),
        )
    return Family("train", arguments, tuple(phases), tuple(methods)), layout, states


def _noted(loss: Tensor) -> tuple[dict[Tensor, Tensor], list[tuple[State, Tensor]]]:
    """What layers say that a step changes besides parameters: the new values, over what the
    backward phase keeps of the batch; and what that is."""
    table = updates_of(loss)
    kept: dict[Tensor, State] = {}
    for note in notes_of([loss]):
        owner = state_of(note.inputs[1])
        for tensor in note.inputs[3:] or (table[note.inputs[1]],):
            if tensor not in kept:
                number = sum(s.of is owner for s in kept.values())
                name = tensor.name or f"{owner.name}.batch{f'_{number + 1}' if number else ''}"
                kept[tensor] = State(name, tensor.type, None, slot=STATISTICS, of=owner)
    stand_ins = {tensor: state_tensor(state) for tensor, state in kept.items()}
    moved = substituted(list(table.values()), stand_ins)
    return dict(zip(table, moved, strict=True)), [(state, tensor) for tensor, state in kept.items()]


def _trained(loss: Tensor, parameters: Sequence[Tensor] | None) -> list[Tensor]:
    found = []
    for node in toposort([loss]):
        state = node.attrs.get("state")
        if isinstance(state, State) and state.trainable:
            found.append(node.outputs[0])
    if parameters is None:
        return found
    parameters = read_tensors("parameters", parameters)
    known = set(found)
    for tensor in parameters:
        state_of(tensor)
        if tensor not in known:
            raise GraphError(f"the loss does not use this parameter: {operand_line(tensor)}")
    return list(parameters)


def as_names(names: str | Collection[str]) -> tuple[str, ...]:
    """One name or several, as several."""
    return (names,) if isinstance(names, str) else tuple(names)


def read_tensors(what: str, values: Any) -> tuple[Tensor, ...]:
    """A list of tensors, checked."""
    if isinstance(values, Tensor):
        raise GraphError(f"{what} is a list of tensors: write {what}=[{values.name or 'x'}]")
    tensors: tuple[Tensor, ...] = tuple(values)
    for value in tensors:
        if not isinstance(value, Tensor):
            raise GraphError(f"{what} must be tensors, not {type(value).__name__}: {value!r}")
    return tensors


def check_reach(graph: Graph, what: str) -> None:
    """Refuse a graph that reads an input which is not among its arguments."""
    given = {t.node for t in graph.inputs}
    for node in graph.nodes:
        if node.op.name == "input" and node not in given:
            raise GraphError(
                f"{what} needs '{node.outputs[0].name}', which is not among the arguments "
                f"({', '.join(t.name for t in graph.inputs) or 'none'}): {operand_line(node.outputs[0])}"
            )


def check_gradients(options: Options, what: str, graph: Graph) -> None:
    """Refuse gradients in float16 that were taken of a loss which is not scaled."""
    if options.precision != HALF or has_scale(graph):
        return
    for node in graph.nodes:
        if node.origin is not None and node.origin.role == "backward":
            raise CompileError(
                f"{what} has gradients (of {node.origin}) of a loss that is not scaled, and small ones "
                "are zero in float16: use precision='bfloat16', whose range is that of float32, or "
                "gx.optim.LossScale where gx.grad takes them; gx.compile scales its loss by itself"
            )


def _check_kept(graph: Graph, trained: Sequence[State]) -> None:
    """Refuse outputs that read an average, or its like, which training does not keep up."""
    for state in graph.states:
        if state.of is not None and state not in trained:
            raise GraphError(
                f"an output reads '{state.name}', which this program's optimizer does not change: "
                "compile with the optim.EMA that it is of"
            )


def _renamed(graph: Graph, name: str) -> Graph:
    return Graph(name, graph.inputs, graph.outputs, graph.updates, graph.training)


def _ordered(families: list[Family]) -> tuple[Family, ...]:
    rank = {"predict": 1, "train": 0, "loss": 2}
    return tuple(sorted(families, key=lambda f: rank.get(f.name, 3)))


def all_states(families: Sequence[Family]) -> list[State]:
    """Every state that families use, in order of first use."""
    return [
        s
        for family in families
        for phase in family.phases
        for s in phase.plan.schedule.graph.states
        if not hasattr(s, "vector")
    ]


def streams_of(families: Sequence[Family]) -> tuple[tuple[Stream, str], ...]:
    """Every random stream that families use, with a name."""
    found: dict[Stream, None] = {}
    for family in families:
        for phase in family.phases:
            for node in phase.plan.schedule.order:
                stream = node.attrs.get("stream")
                if isinstance(stream, Stream):
                    found[stream] = None
    namer = Namer(max_length=20 if len(found) < MANY_STREAMS else 48)
    return tuple((stream, namer.fresh(stream.name)) for stream in found)


def check_distinct(states: Sequence[State]) -> None:
    """Refuse two states of one name, which could not be told apart when they are saved."""
    seen: dict[str, State] = {}
    for state in dict.fromkeys(s for s in states if s.slot not in TRANSIENT):
        other = seen.setdefault(state.name, state)
        if other is not state:
            raise NameClashError(
                f"two states are called '{state.name}': {state.origin} and {other.origin}; "
                "give them names, or build them in different scopes"
            )


def common_prefix(states: Sequence[State]) -> str:
    """The outermost scope, if all parameters share it and each has another below."""
    scopes = [s.origin.scope for s in states if s.trainable]
    first = {scope[0] if len(scope) > 1 else "" for scope in scopes}
    prefix = first.pop() if len(first) == 1 else ""
    named = all(s.name.startswith(f"{prefix}.") for s in states if s.trainable)
    return prefix if named else ""


def fingerprint(run: Compilation, layout: Layout) -> str:
    """A digest of what is computed and what is saved; names of files and lines do not count."""
    digest = hashlib.sha256()
    for text in run.texts.values():
        lines = [line.split("  # ")[0] for line in text.splitlines()]
        digest.update("\n".join(lines).encode())
    for state in layout.states:
        digest.update(f"{state.name} {state.type}\n".encode())
    return digest.hexdigest()[:16]
