"""One run of the pipeline over the phases of a program: from a graph of each to its plan."""

from __future__ import annotations

from typing import TYPE_CHECKING

from graphc.codegen.program import Phase
from graphc.ir.graph import Graph
from graphc.ir.printer import to_text
from graphc.passes.precision import HALVES
from graphc.schedule.early import early
from graphc.schedule.fuse import fuse
from graphc.schedule.order import schedule
from graphc.schedule.pieces import in_pieces
from graphc.schedule.plan import Plan, plan

# Passes for what a target does not have: a GPU sums as fast as it multiplies by ones, and cuBLAS
# multiplies by a transpose as fast as by a matrix.
DISABLED: dict[str, tuple[str, ...]] = {
    "numpy": (),
    "cupy": ("sums_as_products", "transpose_once"),
}

if TYPE_CHECKING:
    from graphc.network import Options
    from graphc.passes.pipeline import Passes


class Compilation:
    """One run of the pipeline: its options, and what all graphs of a program share."""

    def __init__(self, options: Options) -> None:
        from graphc.passes.pipeline import Passes  # only now: it takes a while to import

        self.options = options
        self.disabled = (*options.disable, *DISABLED[options.target])
        self.passes = Passes(self.disabled, options.dump_after, choices=options.choices())
        self.budget = options.limit()
        self.texts: dict[str, str] = {}  # before what differs between styles
        self.graphs: dict[str, Graph] = {}
        self.plans: dict[str, Plan] = {}

    def phase(self, graph: Graph, doc: str) -> Phase:
        """Take one graph from nodes to a plan, within the budget if there is one."""
        if self.budget is not None:
            graph = self.budget.fitted(graph, self._tried)
        planned, self.texts[graph.name] = self._planned(graph, self.passes)
        self.graphs[graph.name] = planned.schedule.graph
        self.plans[graph.name] = planned
        return Phase(graph.name, doc, planned)

    def _planned(self, graph: Graph, passes: Passes) -> tuple[Plan, str]:
        """The plan of a graph, and its listing before what differs between styles."""
        on_device = self.options.target == "cupy"
        graph = passes.run(graph)
        if self.options.precision in HALVES:
            graph = passes.mix(graph, self.options.precision)
        text = to_text(graph)
        if on_device:
            graph = passes.part(graph)
        elif self.options.style == "planned":
            graph = passes.widen(graph)
        scheduled = schedule(graph, device=on_device)
        if on_device:
            from graphc.schedule.kernels import in_kernels  # of use for that target alone

            scheduled = in_kernels(scheduled)
        elif "early" not in passes.disable:
            scheduled = early(scheduled)
        written = self.options.style == "planned" and not on_device
        if written and "pieces" not in passes.disable:
            scheduled = in_pieces(scheduled)
        enabled = "fuse" not in passes.disable
        groups = fuse(scheduled, enabled and not on_device)
        if passes.dumps("fuse"):
            print(f"# after fuse\n{to_text(graph)}{groups}")
        return plan(scheduled, groups, in_place=enabled), text

    def _tried(self, graph: Graph) -> Plan:
        """The plan of a graph that may not be the one to be emitted."""
        return self._planned(
            graph, type(self.passes)(self.disabled, choices=self.options.choices())
        )[0]

    def check(self) -> None:
        """Refuse options that apply to nothing.

        Raises:
            GraphError: naming the layer or the dimension.
        """
        self.passes.choices.check()
        if self.budget is not None:
            self.budget.check()

    @property
    def kept(self) -> dict[str, str]:
        """What each loop keeps for the way back, where there is a budget."""
        return {} if self.budget is None else self.budget.made
