"""The pictures of a monitor: distributions by layer, and their spread over training.

In: records, and what to draw of them. Out: a matplotlib figure.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graphc.errors import GraphcError
from graphc.runtime.diagnose import Record
from graphc.runtime.files import write_whole
from graphc.runtime.statistics import Summary

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST = 12  # histograms in one figure
_COLUMNS = 4
_MANY = 0.05  # a larger share of zeros is told, not drawn
_FIRST, _LAST = "#555555", "#0072B2"  # grey and blue are told apart by everyone
_UNITS = {
    "weights": "weight",
    "preactivations": "pre-activation z",
    "activations": "activation h",
    "gradients": "gradient by the parameter",
    "preactivation_gradients": "gradient by z",
    "activation_gradients": "gradient by h",
}


def draw(
    records: Sequence[Record],
    kind: str,
    names: Sequence[str],
    path: str | os.PathLike[str] | None,
) -> Figure:
    """The figure of one kind; see :meth:`~graphc.runtime.monitor.Monitor.plot`."""
    try:
        from matplotlib.backends.backend_agg import FigureCanvasAgg
        from matplotlib.figure import Figure
    except ImportError as error:
        raise GraphcError("plotting needs matplotlib: pip install graphc[plot]") from error
    shown = _spread(names, MOST)
    columns = min(_COLUMNS, len(shown))
    rows = math.ceil(len(shown) / columns)
    figure = Figure(figsize=(11, 2.3 * rows + 3.6), layout="constrained")
    FigureCanvasAgg(figure)  # pyplot is left alone: no window, no global state
    parts: Any = figure.subfigures(2, 1, height_ratios=(2.3 * rows, 3.4))
    above, below = parts
    some = "" if len(shown) == len(names) else f" ({len(shown)} of {len(names)} shown)"
    when = f"step {records[-1].step}, epoch {records[-1].epoch}"
    figure.suptitle(f"{kind.replace('_', ' ').capitalize()} by layer at {when}{some}")
    panels = above.subplots(rows, columns, squeeze=False)
    for axes, name in zip(panels.flat, shown, strict=False):
        _histogram(axes, records, kind, name)
    for axes in list(panels.flat)[len(shown) :]:
        axes.set_visible(False)
    above.supxlabel(_UNITS[kind], fontsize="medium")
    above.supylabel("density (peak = 1)", fontsize="medium")
    if len(records) > 1:
        handles, labels = panels[0][0].get_legend_handles_labels()
        above.legend(handles, labels, loc="outside upper right", ncols=2, frameon=False)
    left, right = below.subplots(1, 2)
    _by_layer(left, records, kind, names)
    _over_time(right, records, kind, names)
    if path is not None:
        form = Path(path).suffix.lstrip(".") or "png"
        write_whole(path, lambda file: figure.savefig(file, format=form, dpi=150))
    return figure


def _spread(names: Sequence[str], most: int) -> list[str]:
    """At most so many of the names, evenly from the first to the last."""
    if len(names) <= most:
        return list(names)
    return [names[round(i * (len(names) - 1) / (most - 1))] for i in range(most)]


def _histogram(axes: Any, records: Sequence[Record], kind: str, name: str) -> None:
    moments = [(records[0], _FIRST, "first"), (records[-1], _LAST, "last")]
    for record, color, label in moments[-1:] if len(records) == 1 else moments:
        found = record.summaries[kind][name]
        density = _density(found)
        text = f"{label} (step {record.step})"
        over = 3 if label == "first" else 2  # an outline shows on what is filled
        axes.stairs(density, found.edges, color=color, fill=over == 2, zorder=over, label=text)
    last = records[-1].summaries[kind][name]
    axes.set_title(name, fontsize="medium")
    note = [f"std {last.std:.2g}"]
    note += [f"{last.zero:.0%} zero, left out"] if last.zero > _MANY else []
    note += [f"{last.dead:.0%} dead"] if last.dead > 0 else []
    note += [f"{last.saturated:.0%} saturated"] if last.saturated > 0 else []
    note += [f"{last.nonfinite:.0%} not finite"] if last.nonfinite > 0 else []
    axes.text(
        0.97, 0.93, "\n".join(note), transform=axes.transAxes, ha="right", va="top", fontsize=8
    )
    axes.locator_params(axis="x", nbins=3)
    axes.xaxis.set_major_formatter("{x:.2g}")  # no common factor in the way of the next panel
    axes.set_yticks([])
    axes.set_ylim(0, 1.4)
    _plain(axes)


def _density(found: Summary) -> np.ndarray:
    """The histogram over its bins, the highest 1; zeros are left out where they are many, as after
    a ReLU: all other bins would be flat beside them."""
    counts = found.counts.astype(np.float64)
    if found.zero > _MANY and found.edges[0] <= 0 <= found.edges[-1]:
        here = int(np.clip(np.searchsorted(found.edges, 0.0, "right") - 1, 0, len(counts) - 1))
        counts[here] = max(counts[here] - round(found.zero * found.count), 0)
    density: np.ndarray = counts / np.diff(found.edges)
    density /= max(density.max(), 1e-300)
    return density


def _by_layer(axes: Any, records: Sequence[Record], kind: str, names: Sequence[str]) -> None:
    positions = np.arange(len(names))
    moments = [(records[0], _FIRST, "o--", "first"), (records[-1], _LAST, "s-", "last")]
    for record, color, style, label in moments[-1:] if len(records) == 1 else moments:
        values = [_positive(record.summaries[kind][name]) for name in names]
        axes.plot(positions, values, style, color=color, label=label)
    axes.set_xticks(positions, names, rotation=30 if len(names) > 4 else 0, ha="center")
    if len(names) > 4:
        for label in axes.get_xticklabels():
            label.set_horizontalalignment("right")
    axes.set_title("Spread by layer, first layer on the left", fontsize="medium")
    _log(axes, f"std of the {kind.replace('_', ' ')}")
    if len(records) > 1:
        axes.legend(frameon=False)


def _over_time(axes: Any, records: Sequence[Record], kind: str, names: Sequence[str]) -> None:
    from matplotlib import colormaps

    colors = colormaps["viridis"](np.linspace(0, 0.9, max(len(names), 2)))
    steps = [record.step for record in records]
    mark = "o" if len(records) < 3 else ""
    for name, color in zip(names, colors, strict=False):
        values = [_positive(record.summaries[kind][name]) for record in records]
        axes.plot(steps, values, color=color, marker=mark, label=name)
    axes.set_title("Spread as training goes on", fontsize="medium")
    axes.set_xlabel("step")
    _log(axes, f"std of the {kind.replace('_', ' ')}")
    columns = 1 if len(names) <= 8 else 2
    axes.legend(
        frameon=False, fontsize="small", ncols=columns, loc="center left", bbox_to_anchor=(1, 0.5)
    )


def _positive(found: Summary) -> float:
    """The spread where a logarithm can show it."""
    return found.std if found.std > 0 else math.nan


def _log(axes: Any, label: str) -> None:
    values = [v for line in axes.lines for v in line.get_ydata() if np.isfinite(v)]
    if values:
        axes.set_yscale("log")
        low, high = min(values), max(values)
        axes.set_ylim(low / 1.5, high * 1.5)
        if high * 1.5 / (low / 1.5) < 100:
            from matplotlib.ticker import LogLocator, NullFormatter, StrMethodFormatter

            axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0)))
            axes.yaxis.set_major_formatter(StrMethodFormatter("{x:.3g}"))
            axes.yaxis.set_minor_formatter(NullFormatter())
    axes.set_ylabel(label)
    axes.grid(alpha=0.25)
    _plain(axes)


def _plain(axes: Any) -> None:
    axes.spines[["top", "right"]].set_visible(False)
