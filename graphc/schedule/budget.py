"""A budget for buffers: what loops keep for the way back is chosen so that the plan fits.

Each loop that gradients go back through keeps what `share_steps` finds best; or the states before
all steps alone, and computes the rest again; or the states before stretches of steps alone, about
the square root of the length of them (`passes/loops/stretches.py`); so does each loop in the body of
another, or in a branch.  The choice is made by planning
each phase for given sizes and counting bytes, so that it takes fusion, reuse and alignment as they
are: first one that fits is found, loop by loop, and then every loop in turn is given back as much as
fits.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from graphc.errors import CompileError, GraphError
from graphc.ir import dims
from graphc.ir.graph import Graph
from graphc.passes.loops.stretches import Pair, pairs_of, with_less_memory
from graphc.schedule.plan import Plan

USUAL = 64  # what symbolic sizes are taken to be where nothing is said
SHORTEST = 4  # steps: a loop of fewer is not cut into stretches

_UNITS = {"B": 1, "KB": 10**3, "MB": 10**6, "GB": 10**9, "KIB": 2**10, "MIB": 2**20, "GIB": 2**30}

_Choice = Mapping[Pair, int | None]  # for each loop that does not keep all: see `with_less_memory`


def parse_bytes(budget: int | str) -> int:
    """A number of bytes: an int, or a text such as ``"64MB"`` (10^6 bytes) or ``"64 MiB"`` (2^20).

    Raises:
        CompileError: for anything else, or less than one byte.
    """
    found = None
    if isinstance(budget, str):
        match = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([A-Za-z]+)\s*", budget)
        if match and match[2].upper() in _UNITS:
            found = int(float(match[1]) * _UNITS[match[2].upper()])
    elif isinstance(budget, int) and not isinstance(budget, bool):
        found = budget
    if found is None or found < 1:
        raise CompileError(
            f"a budget is a number of bytes or a text such as '64MB' or '1.5 GiB', not {budget!r}"
        )
    return found


@dataclass
class Budget:
    """How many bytes the buffers of a program may take.

    Attributes:
        nbytes: that number.
        sizes: at which values of symbolic sizes; `USUAL` where not given.
        made: what was chosen for each loop, and why.
        known: the symbolic sizes that have been met.
    """

    nbytes: int
    sizes: Mapping[str, int]
    made: dict[str, str] = field(default_factory=dict)
    known: set[str] = field(default_factory=set)

    @classmethod
    def of(cls, budget: int | str | None, sizes: Mapping[str, int] | None) -> Budget | None:
        """What a user asked for.

        Raises:
            CompileError: for a budget that is no number of bytes, or sizes without a budget.
        """
        if budget is None:
            if sizes:
                raise CompileError("sizes= says for which sizes a budget holds, but there is none")
            return None
        for name, value in (sizes or {}).items():
            if not isinstance(value, int) or isinstance(value, bool) or value < 1:
                raise CompileError(f"sizes: {name} is a number from 1 up, not {value!r}")
        return cls(parse_bytes(budget), dict(sizes or {}))

    def fitted(self, graph: Graph, plan: Callable[[Graph], Plan]) -> Graph:
        """The same function, planned within the budget.

        Args:
            graph: one phase, as it was declared.
            plan: all passes and the plan.

        Raises:
            CompileError: when no choice is enough, with the least that was found.
        """
        search = _Search(self, graph, plan)
        stored = search.bytes({})
        choice: dict[Pair, int | None] = {}
        if stored > self.nbytes:
            choice = search.least()
            if search.bytes(choice) > self.nbytes:
                raise CompileError(
                    f"'{graph.name}' needs at least {_count(search.bytes(choice))} of buffers"
                    f"{search.where()}, more than the budget of {_count(self.nbytes)}"
                    + (f" ({_count(stored)} without one)" if search.pairs else "")
                )
            choice = search.relaxed(choice)
        for pair in search.pairs:
            what = self._told(pair, choice, stored, search)
            name = f"{graph.name}, {_name(pair)}"
            count = sum(key.startswith(name) for key in self.made)
            self.made[f"{name} ({count + 1})" if count else name] = what
        return with_less_memory(graph, choice) if choice else graph

    def check(self) -> None:
        """Refuse sizes that nothing has.

        Raises:
            GraphError: naming one.
        """
        unknown = sorted(set(self.sizes) - self.known)
        if unknown:
            raise GraphError(
                f"sizes: no dimension is called {unknown[0]}; there are "
                f"{', '.join(sorted(self.known)) or 'none'}"
            )

    def _told(self, pair: Pair, choice: _Choice, stored: int, search: _Search) -> str:
        total = f"{_count(search.bytes(choice))} planned{search.where()}"
        if pair not in choice:
            return f"keeps what the way back needs: {total}"
        size = choice[pair]
        how = (
            "keeps the states alone and computes each step again"
            if size is None
            else f"keeps the states before stretches of {size} steps and computes each stretch again"
            if pair.backward
            else f"runs over stretches of {size} steps"
        )
        return f"{how}: {total}, {_count(stored)} if it were all kept"


class _Search:
    """The choices for one phase, and what each takes."""

    def __init__(self, budget: Budget, graph: Graph, plan: Callable[[Graph], Plan]) -> None:
        self.budget = budget
        self.graph = graph
        self.plan = plan
        self.pairs = pairs_of(graph)
        self.sizes: dict[str, int] = {}
        self._bytes: dict[tuple[tuple[Pair, int | None], ...], int] = {}

    def bytes(self, choice: _Choice) -> int:
        """What is planned for a choice."""
        key = tuple((pair, choice[pair]) for pair in self.pairs if pair in choice)
        if key not in self._bytes:
            graph = with_less_memory(self.graph, choice) if choice else self.graph
            plan = self.plan(graph)
            if not choice:
                self.budget.known.update(plan.symbols())
                self.sizes = {s: self.budget.sizes.get(s, USUAL) for s in plan.symbols()}
            self._bytes[key] = plan.planned_bytes(self.sizes)
        return self._bytes[key]

    def least(self) -> dict[Pair, int | None]:
        """A choice that fits, or else the one that takes the least memory: from the better one of
        states alone and of stretches everywhere on, loop by loop."""
        states: dict[Pair, int | None] = {pair: None for pair in self.pairs if pair.backward}
        if self._fits(states):
            return states
        longest = {p: sizes[0] for p in self.pairs if (sizes := self._stretches(p))}
        best = min([states, {**states, **longest}], key=self.bytes)
        for pair in self.pairs:
            whole = {p: size for p, size in best.items() if p is not pair}
            whole = {**whole, pair: None} if pair.backward else whole
            best = min([best, whole], key=self.bytes)
            for size in self._stretches(pair):
                if self._fits(best):
                    return best
                cut = {**best, pair: size}
                if self.bytes(cut) > self.bytes(best):
                    break  # shorter stretches would not help either
                best = cut
        return min([{}, best], key=self.bytes)

    def _fits(self, choice: _Choice) -> bool:
        return self.bytes(choice) <= self.budget.nbytes

    def relaxed(self, choice: dict[Pair, int | None]) -> dict[Pair, int | None]:
        """A choice that fits, with every loop in turn keeping as much as it may."""
        for pair in self.pairs:
            without = {p: size for p, size in choice.items() if p is not pair}
            freer = [without, *([{**choice, pair: None}] if pair.backward else [])]
            freer += [{**choice, pair: size} for size in self._stretches(pair)]  # longer ones first
            choice = next(filter(self._fits, freer), choice)
        return choice

    def _stretches(self, pair: Pair) -> list[int]:
        """The lengths of stretches that are worth a try, the longest first: about the square root
        of the number of steps; less where a step keeps more for its way back than its states."""
        length = pair.forward.attrs["length"]
        steps = dims.evaluate(length, self.sizes)
        if not pair.divisible or steps < SHORTEST:
            return []
        root = math.isqrt(steps)
        sizes = {root >> k for k in range(root.bit_length() - 1)}
        if isinstance(length, int):  # without a rest, if it can be
            even = [k for k in range(2, steps) if steps % k == 0]
            near = {k: min(even, key=lambda e: abs(math.log(e / k)), default=k) for k in sizes}
            sizes = {e if k / 2 <= e <= 2 * k else k for k, e in near.items()}
        return sorted(sizes, reverse=True)

    def where(self) -> str:
        """The sizes, for a message."""
        return f" at {', '.join(f'{k}={v}' for k, v in self.sizes.items())}" if self.sizes else ""


def _name(pair: Pair) -> str:
    """A loop by the part of the network that it is in, the user's line, and the body around it."""
    origin = pair.forward.origin
    name = ".".join(origin.scope) if origin else ""
    name = name or pair.forward.attrs["body"].graph.name
    name = f"{name} at {origin}" if origin else name
    for node, body in pair.within[-1:]:
        name += f", within {node.attrs[body].graph.name}"
    return name


def _count(number: int) -> str:
    return f"{number:,} bytes"
