"""Methods that run a phase on parts of the batch, where processes share a batch that is large enough."""

from __future__ import annotations

from collections.abc import Sequence

from graphc.codegen import names
from graphc.codegen.labels import Labels
from graphc.codegen.program import Family
from graphc.codegen.writer import Writer
from graphc.schedule.division import Division


def method(family: Family, division: Division, labels: Labels, keeps: Sequence[str]) -> str:
    """The method that runs the first phase of a family on parts.

    Args:
        family: the family.
        division: how its batch is divided.
        labels: the names of its arguments.
        keeps: the attributes with the states that phases on parts read.
    """
    name, arguments = family.phases[0].name, [labels.of[t] for t in family.inputs]
    parts = division.parts
    w = Writer()
    with w.indent():
        w.define(f"_{name}_in_parts", ["self", *arguments])
        with w.indent():
            size = names.doc(parts.symbol, 20)
            w.line(f'"""_{name}, by a process for each part of {size} if that is large.')
            w.blank()
            means = parts.joins[-1] == "mean"
            if parts.meetings:
                w.line("Parts meet where they need sums over all of it (see _meet).")
            else:
                w.line("Parts need nothing of each other before they are done.")
            joined = "means" if means else "sums"
            w.line(f"The gradients are the {joined} of those of the parts.")
            w.line("Returns the buffers of the first part, and the results.")
            w.line('"""')
            w.call(
                "return ",
                "_in_parts",
                [
                    "self",
                    f"type(self)._{family.name}_slots",
                    f"type(self)._{name}",
                    f"[{', '.join(arguments)}]",
                    f"axes={list(parts.axes)}",
                    f"joins={list(parts.joins)}".replace("'", '"'),
                    f"least={division.least}",
                    f"keeps={list(keeps)}".replace("'", '"'),
                ],
            )
    return w.text()
