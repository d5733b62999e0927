"""A compiled program: its source, its report, and the module loaded from it."""

from __future__ import annotations

import types as pytypes
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from graphc.codegen.names import class_name, module_name
from graphc.codegen.program import Unit
from graphc.errors import CompileError, GraphError
from graphc.ir import dims
from graphc.ir.garbage import seldom_collected
from graphc.ir.graph import Graph
from graphc.ir.node import Node, Tensor
from graphc.ops.base import Op
from graphc.passes.algorithms import Choices
from graphc.passes.precision import PRECISIONS
from graphc.runtime.files import write_whole
from graphc.runtime.loading import import_source, loaded_class
from graphc.schedule.budget import Budget
from graphc.schedule.division import NO_GRADIENTS, Division, division_of
from graphc.schedule.plan import Plan, arena
from graphc.tuning import Tuner
from graphc.version import __version__

if TYPE_CHECKING:
    from graphc.codegen.numpy.body import Body
    from graphc.codegen.numpy.module import Module
    from graphc.tools.explain import Explanation

TARGETS = ("numpy", "cupy")
STYLES = ("planned", "plain")
CHECKS = ("", "nan")


_target: ContextVar[str] = ContextVar("target", default="numpy")


@contextmanager
def targeting(target: str) -> Iterator[None]:
    """Within it, what is compiled without a target of its own is for this one: a user's file
    builds for a GPU unchanged.

    Raises:
        CompileError: for a target that there is not.
    """
    Options("target", target)
    token = _target.set(target)
    try:
        yield
    finally:
        _target.reset(token)


@dataclass(frozen=True)
class Options:
    """How a program is compiled; without a target it is that of the surrounding `targeting`.

    Raises:
        CompileError: for a target or a style that there is not, or a switch that is no bool.
    """

    name: str
    target: str = ""
    style: str = "planned"
    disable: tuple[str, ...] = ()
    dump_after: tuple[str, ...] = ()
    check: str = ""
    algorithms: tuple[tuple[str, str], ...] = ()
    exact: bool = False
    autotune: bool = False
    outline: bool = True
    budget: int | str | None = None
    sizes: tuple[tuple[str, int], ...] = ()
    precision: str = ""

    def limit(self) -> Budget | None:
        """How much memory buffers may take."""
        return Budget.of(self.budget, dict(self.sizes))

    def choices(self) -> Choices:
        """How convolutions are to be computed."""
        measure = Tuner().seconds if self.autotune else None
        on_device = self.target == "cupy"
        exact = self.exact or bool(self.precision)  # of rounded operands transforms would lose more
        return Choices(dict(self.algorithms), exact, on_device, measure)

    def __post_init__(self) -> None:
        if not self.target:
            object.__setattr__(self, "target", _target.get())
        if self.target not in TARGETS:
            raise CompileError(
                f"there is no target '{self.target}'; the targets are {', '.join(TARGETS)}"
            )
        if self.style not in STYLES:
            raise CompileError(
                f"there is no style '{self.style}'; the styles are {', '.join(STYLES)}"
            )
        if self.check not in CHECKS:
            raise CompileError(f"there is no check '{self.check}'; there is 'nan'")
        self.limit()
        for switch in ("exact", "autotune", "outline"):
            value = getattr(self, switch)
            if not isinstance(value, bool):
                raise CompileError(f"{switch} is True or False, not {value!r}")
        self._check_precision()
        if self.target == "cupy":
            self._check_cupy()

    def _check_precision(self) -> None:
        """Refuse a precision that there is not, or that the target does not have."""
        if self.precision not in PRECISIONS:
            known = ", ".join(repr(name) for name in PRECISIONS if name)
            raise CompileError(
                f"there is no precision '{self.precision}'; there are {known}, and '' for the types "
                "of the operands"
            )
        if self.precision and self.target != "cupy":
            raise CompileError(
                f"target '{self.target}' has no precision '{self.precision}': on a CPU it is slower "
                "than float32; use target='cupy'"
            )

    def _check_cupy(self) -> None:
        """Refuse what modules for a GPU do not have."""
        if self.style != "planned":
            raise CompileError(
                f"target 'cupy' has the style 'planned' alone, not '{self.style}': there are no "
                "buffers to leave out of kernels; read target='numpy', style='plain'"
            )
        if self.check:
            raise CompileError(
                "target 'cupy' can't check='nan': the steps of a kernel leave nothing to look at; "
                "use target='numpy', whose numbers are the same"
            )
        if self.autotune:
            raise CompileError("target 'cupy' can't autotune=True: that measures NumPy")


def as_asked(algorithms: Mapping[str, str] | None) -> tuple[tuple[str, str], ...]:
    """What is asked for by the argument `algorithms`, in pairs.

    Raises:
        CompileError: for anything but names by names.
    """
    if algorithms is None:
        return ()
    known = isinstance(algorithms, Mapping)
    pairs = tuple(algorithms.items()) if known else ()
    if not known or not all(isinstance(name, str) for pair in pairs for name in pair):
        raise CompileError(
            f'algorithms are by the names of layers, as {{"conv_1": "im2col"}}, not {algorithms!r}'
        )
    return pairs


@dataclass(frozen=True)
class PhaseReport:
    """The figures of one phase, for the sizes asked for."""

    name: str
    steps: int
    flops: int
    planned_bytes: int
    lower_bound_bytes: int


@dataclass(frozen=True)
class Report:
    """What compiling found out; printing it gives a table.

    Attributes:
        name: the program's name.
        sizes: the value assumed for each symbolic dimension.
        parameters: the number of trainable numbers.
        flops: floating-point operations of a training step (of all phases, without an optimiser);
            a product of (M, K) by (K, N) counts 2MKN, elementwise ops one an element.
        planned_bytes: the size of the arena: all buffers that computing needs.
        lower_bound_bytes: the most bytes that are live at once.
        state_bytes: parameters, gradients, moments and other states.
        rules: how often each rewrite fired.
        phases: the same figures for each phase.
        compile_seconds: from declaration to source.
        algorithms: for each convolution and each gradient of one, how it is computed, and why.
        loops: with a budget, what each loop keeps for the way back, and why.
        threads: for each family of methods that computes gradients, what threads or processes
            share besides products of matrices, or why nothing.
    """

    name: str
    sizes: Mapping[str, int]
    parameters: int
    flops: int
    planned_bytes: int
    lower_bound_bytes: int
    state_bytes: int
    rules: Mapping[str, int]
    phases: tuple[PhaseReport, ...]
    compile_seconds: float
    algorithms: Mapping[str, str] = field(default_factory=dict)
    loops: Mapping[str, str] = field(default_factory=dict)
    threads: Mapping[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        sizes = ", ".join(f"{k}={v}" for k, v in self.sizes.items()) or "fixed sizes"
        ratio = self.planned_bytes / max(self.lower_bound_bytes, 1)
        lines = [
            f"{self.name}   ({sizes})",
            f"  parameters      {self.parameters:>14,}",
            f"  FLOPs a step    {self.flops:>14,}",
            f"  states          {self.state_bytes:>14,} bytes",
            f"  planned buffers {self.planned_bytes:>14,} bytes",
            f"  lower bound     {self.lower_bound_bytes:>14,} bytes   (planned is {ratio:.3f} times that)",
            f"  compiled in     {self.compile_seconds:>14.3f} s",
            "",
            f"  {'phase':<16}{'steps':>8}{'FLOPs':>16}{'planned':>12}{'lower bound':>14}",
        ]
        lines += [
            f"  {p.name:<16}{p.steps:>8}{p.flops:>16,}{p.planned_bytes:>12,}{p.lower_bound_bytes:>14,}"
            for p in self.phases
        ]
        if self.algorithms:
            lines += ["", "  convolutions"]
            lines += [f"  {name}   {how}" for name, how in self.algorithms.items()]
        if self.loops:
            lines += ["", "  loops"]
            lines += [f"  {name}   {how}" for name, how in self.loops.items()]
        if self.threads:
            lines += ["", "  threads"]
            lines += [f"  {name}   {how}" for name, how in self.threads.items()]
        lines += ["", "  rewrites"]
        lines += [f"  {count:>6}  {rule}" for rule, count in sorted(self.rules.items())]
        return "\n".join(lines)


@dataclass(frozen=True)
class Declared:
    """What a network was declared as, before any pass.

    Attributes:
        arguments: the inputs, then the targets.
        loss: the scalar that training reduces, if there is one.
        trained: the parameters that training changes.
    """

    arguments: tuple[Tensor, ...]
    loss: Tensor | None
    trained: tuple[Tensor, ...]


@dataclass
class Network:
    """A compiled program.

    Attributes:
        unit: what is emitted.
        options: how it was compiled.
        graphs: the optimised graph of each phase, for printing and drawing.
        plans: the schedule and memory of each phase.
        declared: the loss as it was declared; None for programs of functions.
    """

    unit: Unit
    options: Options
    graphs: dict[str, Graph]
    plans: dict[str, Plan]
    hits: Counter[str]
    compile_seconds: float = field(default=0.0)
    algorithms: Mapping[str, str] = field(default_factory=dict)
    declared: Declared | None = None
    loops: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """The program's name."""
        return self.unit.name

    def __repr__(self) -> str:
        return f"<Network '{self.name}', {self.options.target} {self.options.style}>"

    @property
    def source(self) -> str:
        """The emitted module."""
        return self._emission[0]

    @cached_property
    @seldom_collected
    def _emission(self) -> tuple[str, Module]:
        """The source, and what printed it."""
        options = self.options
        made = self._module(self.unit, bool(options.check), options.outline)
        return made.source(), made

    def _module(self, unit: Unit, check_nan: bool = False, outline: bool = True) -> Module:
        """What prints a unit for this network's target, in its style."""
        from graphc.codegen.cupy.module import DeviceModule
        from graphc.codegen.numpy.module import Module

        kind = DeviceModule if self.options.target == "cupy" else Module
        return kind(unit, self.options.style, __version__, check_nan, outline)

    def emit(self, unit: Unit) -> str:
        """The module of a part of this network, for its target and in its style."""
        return self._module(unit).source()

    def explain(self, name: str) -> Explanation:
        """The derivation of a gradient, step by step, with the emitted lines that compute it.

        Args:
            name: a parameter (``"dense_1.W"``), or a tensor on the way to one (``"h1"``).

        Raises:
            GraphError: when there is no backward pass, or no such gradient in it.
        """
        from graphc.tools.explain import explain

        return explain(self, name)

    def printed(self, phase: str) -> tuple[Body, dict[Node, list[int]]]:
        """What printed a phase, and the numbers of the source lines that each node is printed on.

        Nodes of a block that repeats are printed in a function, on the same lines for each place.
        """
        source, module = self._emission
        return module.printed[phase].body, module.printed[phase].lines(source)

    def report(self, **sizes: int) -> Report:
        """Parameters, FLOPs, memory and rewrites.

        Args:
            sizes: values for symbolic dimensions, as ``N=128``; 64 where not given.
        """
        symbols = dims.symbols(
            [
                d
                for p in self.plans.values()
                for n in p.schedule.order
                for t in n.outputs
                for d in t.shape
            ]
        )
        unknown = sorted(set(sizes) - set(symbols))
        if unknown:
            raise GraphError(
                f"no dimension is called {unknown[0]}; there are {', '.join(symbols) or 'none'}"
            )
        given = {name: sizes.get(name, 64) for name in symbols}
        phases = tuple(_phase_report(name, plan, given) for name, plan in self.plans.items())
        trained = [p for p in phases if p.name in ("backward", "update")]
        counted = trained or list(phases)
        trainable = [s for s in self.unit.layout.states if s.trainable]
        return Report(
            name=self.name,
            sizes=given,
            parameters=sum(dims.evaluate(s.type.size, {}) for s in trainable),
            flops=sum(p.flops for p in counted),
            planned_bytes=max(
                arena([phase.plan for phase in family.phases], given)[1]
                for family in self.unit.families
            ),
            lower_bound_bytes=max(p.lower_bound_bytes for p in phases),
            state_bytes=sum(dims.evaluate(s.type.nbytes, {}) for s in self.unit.layout.states),
            rules=dict(self.hits),
            phases=phases,
            compile_seconds=self.compile_seconds,
            algorithms=self.algorithms,
            loops=self.loops,
            threads=self._threads(),
        )

    def _threads(self) -> dict[str, str]:
        """What threads or processes share in each family of methods that computes gradients."""
        if (self.options.target, self.options.style) != ("numpy", "planned") or self.options.check:
            return {}
        found = {}
        for family in self.unit.families:
            plans = [phase.plan for phase in family.phases]
            how = division_of(plans, family.inputs, self.unit.layout)
            if isinstance(how, Division):
                found[family.name] = (
                    f"parts of a batch, {how.least} of {how.parts.symbol} or more each"
                )
            elif how != NO_GRADIENTS:
                found[family.name] = f"a batch stays whole: {how}"
        return found

    def write(self, path: str | Path = ".") -> Path:
        """Write the module, whole or not at all; returns where it is.

        Args:
            path: a folder, in which the file is ``<name>.py``, or a path that ends in ``.py``.
        """
        path = Path(path)
        if path.suffix != ".py" or path.is_dir():
            path /= f"{module_name(self.name)}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, self.source.encode())
        return path

    def load_module(self) -> pytypes.ModuleType:
        """The emitted module, imported from memory; tracebacks show its lines."""
        return import_source(self.source, module_name(self.name))

    def load(self, seed: int = 0) -> Any:
        """A fresh instance of the emitted class.

        It can be copied (``copy.deepcopy``) and pickled: its state travels, as `state_dict` gives it,
        and buffers are made again.  A pickle needs graphc where it is read, and has no `network` in
        another process; for files that last, use ``m.save``.

        Args:
            seed: of the parameters' first values and of all random streams.
        """
        name, kind = module_name(self.name), class_name(self.name)
        instance: Any = loaded_class(self.source, name, kind, self)(seed=seed)
        instance.network = self
        return instance


def _phase_report(name: str, plan: Plan, sizes: Mapping[str, int]) -> PhaseReport:
    flops = 0
    steps = 0
    for node in plan.schedule.order:
        assert isinstance(node.op, Op)
        if plan.schedule.kinds[node].name == "COMPUTE":
            steps += 1
            flops += dims.evaluate(node.op.flops(node), sizes)
    return PhaseReport(name, steps, flops, plan.planned_bytes(sizes), plan.lower_bound_bytes(sizes))
