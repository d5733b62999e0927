"""A compiled program as text: its source, its report, its graphs.

In: a program and what to show. Out: text.
"""

from __future__ import annotations

from collections.abc import Mapping

from graphc.errors import GraphError
from graphc.ir.drawing import to_svg
from graphc.ir.printer import to_dot, to_text
from graphc.network import Network

VIEWS = ("source", "report", "graph", "dot", "svg")


def view(network: Network, what: str, phase: str | None, sizes: Mapping[str, int]) -> str:
    """One view of a program.

    Args:
        network: the program.
        what: one of `VIEWS`.
        phase: for graphs: which one; None for all of them, or for the only one.
        sizes: for the report: numbers for symbolic dimensions.

    Raises:
        GraphError: for a view or a phase that there is not, or a drawing of several graphs.
    """
    if what not in VIEWS:
        raise GraphError(f"there is no view '{what}'; the views are {', '.join(VIEWS)}")
    if phase is not None and phase not in network.graphs:
        known = ", ".join(network.graphs)
        raise GraphError(f"'{network.name}' has no phase '{phase}'; the phases are {known}")
    if what == "source":
        return network.source
    if what == "report":
        return str(network.report(**sizes))
    graphs = [graph for name, graph in network.graphs.items() if phase in (None, name)]
    if what == "graph":
        return "\n".join(map(to_text, graphs))
    if len(graphs) > 1:
        known = ", ".join(network.graphs)
        raise GraphError(f"a drawing shows one graph: choose a --phase of {known}")
    return to_dot(graphs[0]) if what == "dot" else to_svg(graphs[0])
