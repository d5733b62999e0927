"""What is emitted: methods made of phases, phases with a plan, families that share buffers.

This is the interface between compiling and printing, the same for every target.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from graphc.ir.node import State, Stream, Tensor
from graphc.schedule.flatten import Layout
from graphc.schedule.plan import Plan


@dataclass(frozen=True)
class Phase:
    """A stretch of computation that becomes one private method.

    Attributes:
        name: the method's name without its underscore (``"backward"``).
        doc: what it does, one line.
        plan: its steps with their memory.
    """

    name: str
    doc: str
    plan: Plan


@dataclass(frozen=True)
class Method:
    """A public method: checks its arguments, runs phases, returns results.

    Attributes:
        name: the method's name.
        doc: what it does, one line.
        inputs: its arguments.
        phases: names of the phases that it runs, in order; the last that returns gives the result.
        result: ``"scalar"``, ``"array"``, ``"list"``, ``"dict"``, ``"gradients"`` or ``"none"``.
        outputs: name and tensor of each result.
    """

    name: str
    doc: str
    inputs: tuple[Tensor, ...]
    phases: tuple[str, ...]
    result: str
    outputs: tuple[tuple[str, Tensor], ...]


@dataclass(frozen=True)
class Family:
    """Methods over the same arguments, whose phases share one set of buffers."""

    name: str
    inputs: tuple[Tensor, ...]
    phases: tuple[Phase, ...]
    methods: tuple[Method, ...]


@dataclass(frozen=True)
class Unit:
    """One module to emit.

    Attributes:
        name: the program's name.
        summary: lines for the module's docstring.
        families: what it computes.
        layout: where its states live.
        streams: its random streams with their names, in order.
        inputs, targets, outputs: type descriptions for users, by name.
        fingerprint: a digest of the program: what is computed, not how.
        optimizer: a description, or "".
        precision: what products are computed in, if not in the types of their operands.
        initial: what each state starts from.
        prefix: a scope that all parameters share, left out of names.
    """

    name: str
    families: tuple[Family, ...]
    layout: Layout
    streams: tuple[tuple[Stream, str], ...]
    inputs: tuple[Tensor, ...]
    targets: tuple[Tensor, ...]
    outputs: tuple[tuple[str, Tensor], ...]
    fingerprint: str
    optimizer: str = ""
    summary: tuple[str, ...] = ()
    initial: Mapping[State, Tensor] = field(default_factory=dict)
    prefix: str = ""
    precision: str = ""

    def saved_name(self, state: State) -> str:
        """What a state is called in files and dictionaries."""
        return state.name.removeprefix(f"{self.prefix}.") if self.prefix else state.name
