"""A look inside a network while it trains: weights, activations and gradients, layer by layer.

In: a compiled network, and the moments of a run. Out: records (histograms and figures), plots, a
table, and warnings. The training run is not changed by being watched, to the last bit.
"""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from graphc.errors import DataError
from graphc.runtime.callbacks import Callback
from graphc.runtime.data import as_array, whole_number
from graphc.runtime.diagnose import (
    LIMITS,
    Finding,
    Record,
    TrainingWarning,
    diagnose,
    plateau,
)
from graphc.runtime.probe import KINDS, Arrays, Probe
from graphc.runtime.statistics import Summary, summarise

if TYPE_CHECKING:
    from matplotlib.figure import Figure

    from graphc.network import Network
    from graphc.runtime.run import Run

_PACKAGE = str(Path(__file__).resolve().parents[1]) + os.sep


class Monitor(Callback):
    """Record what goes on inside a network: a callback of :func:`graphc.fit`, and usable by hand.

        monitor = gx.Monitor(net)
        gx.fit(m, data, epochs=20, callbacks=[monitor])
        monitor.plot("gradients", path="gradients.png")

    For each layer (a product with a weight, its bias and its activation) and each parameter it keeps
    histograms, means, spreads, norms, and shares of zeros and of saturated and dead units. They are
    computed by a second program compiled from the same graph, on a fixed sample of the training
    data, as the next step of training would see it (dropout is on, drawn from copies of the random
    streams); parameters, streams and results of the run stay the same to the last bit.

    A `TrainingWarning` is given, once for each layer, for dead ReLUs, saturated units, exploding,
    vanishing and non-finite gradients, and a loss that has stopped to fall.

    Args:
        net: the compiled network.
        every: "epoch", "step", or a number of steps.
        sample: how many examples to look at; for data that come as an iterable, of the last batch.
        what: the kinds to record, of "weights", "preactivations" (before an activation),
            "activations" (after it), and the gradients of the loss by each: "gradients" (by
            parameters), "preactivation_gradients" and "activation_gradients".
        limits: when to warn, over the defaults: {"dead": 0.5, "saturated": 0.5, "norm": 1e4,
            "growth": 100, "vanishing": 1e-3, "plateau": 1e-3, "patience": 10}.
        warn: whether to give Python warnings too; `warnings` holds them in any case.

    Attributes:
        records: what was seen, in order; the first is from before the first step.
        warnings: the findings, each once for a layer.
        values: the arrays of the last record, by kind and name.

    Raises:
        DataError: for arguments that are none of these, or a program without a loss.
    """

    order = 10

    def __init__(
        self,
        net: Network,
        every: str | int = "epoch",
        sample: int = 256,
        what: Sequence[str] = KINDS,
        limits: Mapping[str, float] | None = None,
        warn: bool = True,
    ) -> None:
        if not hasattr(net, "declared"):
            raise DataError(f"Monitor takes what gx.compile returns, not a {type(net).__name__}")
        kinds = (what,) if isinstance(what, str) else tuple(what)
        for kind in kinds:
            if kind not in KINDS:
                raise DataError(
                    f"there is no kind '{kind}' to monitor; there are {', '.join(KINDS)}"
                )
        for name in limits or {}:
            if name not in LIMITS:
                raise DataError(f"there is no limit '{name}'; there are {', '.join(LIMITS)}")
        if isinstance(every, str) and every not in ("epoch", "step"):
            raise DataError(f'every={every!r}; expected "epoch", "step" or a number of steps')
        steps = 1 if every == "step" else every
        self._every = None if steps == "epoch" else whole_number("every", steps, least=1)
        self.sample = whole_number("sample", sample, least=1)
        self.limits = {**LIMITS, **(limits or {})}
        self.warn = warn
        self.probe = Probe(net, kinds)
        self._forget()

    def _forget(self) -> None:
        self.records: list[Record] = []
        self.warnings: list[Finding] = []
        self.values: Arrays = {}

    def record(
        self, m: Any, *arrays: Any, epoch: int = 0, step: int | None = None, loss: float = np.nan
    ) -> Record:
        """Look into a model on a batch.

        Args:
            m: an instance of the network; it is not changed.
            arrays: the inputs and the targets, as `m.train_step` takes them.
            epoch, step, loss: when; kept with the record (by default records are counted).

        Raises:
            DataError: `m` is an instance of another network.
        """
        self.values = self.probe.look(m, [as_array(a) for a in arrays])
        functions = {layer.name: layer.function for layer in self.probe.layers}
        summaries = {
            kind: {
                name: summarise(array, functions[name] if kind == "activations" else "")
                for name, array in some.items()
            }
            for kind, some in self.values.items()
        }
        moment = len(self.records) if step is None else step
        record = Record(epoch, moment, float(loss), summaries)
        weights = [layer.weight for layer in self.probe.layers]
        for finding in diagnose(record, self.records, self.limits, weights):
            self._note(finding)
        self.records.append(record)
        return record

    def _note(self, finding: Finding) -> None:
        if any((f.kind, f.layer) == (finding.kind, finding.layer) for f in self.warnings):
            return
        self.warnings.append(finding)
        if self.warn:
            warnings.warn(finding.message, TrainingWarning, stacklevel=_depth())

    def on_begin(self, run: Run) -> None:
        """Forget an earlier run."""
        self._forget()

    def on_epoch_begin(self, run: Run) -> None:
        """Record the state before the first step."""
        if not self.records:
            self._look(run)

    def on_step(self, run: Run) -> None:
        """Record every so many steps."""
        if self._every and run.history.step_losses.size % self._every == 0:
            self._look(run)

    def on_epoch_end(self, run: Run) -> None:
        """Record the epoch, and judge the loss."""
        if self._every is None:
            self._look(run)
        steps = run.history.step_losses.size
        found = plateau(run.history["loss"], self.limits, run.epoch, steps)
        if found is not None:
            self._note(found)

    def _look(self, run: Run) -> None:
        batch = run.sample(self.sample)
        if batch is not None:
            steps = run.history.step_losses.size
            self.record(run.m, *batch, epoch=run.epoch if steps else 0, step=steps, loss=run.loss)

    def table(self, kind: str | None = None) -> str:
        """The figures of the last record as text.

        Args:
            kind: one kind, or all that were recorded.

        Raises:
            DataError: nothing was recorded, or not this kind.
        """
        record = self._last(kind)
        kinds = [kind] if kind else list(record.summaries)
        every = [name for k in kinds for name in record.summaries[k]]
        width = max(map(len, every))
        lines = [f"epoch {record.epoch}, step {record.step}"]
        for k in kinds:
            some = record.summaries[k]
            columns = [("zero", "zero"), ("saturated", "satur."), ("dead", "dead")]
            shares = [
                c for c in columns if not all(np.isnan(getattr(s, c[0])) for s in some.values())
            ]
            head = "".join(f"{c:>11}" for c in ("mean", "std", "min", "max", "norm"))
            lines += ["", k.replace("_", " ")]
            lines.append(f"  {'':{width}}{head}" + "".join(f"{title:>8}" for _, title in shares))
            for name, s in some.items():
                figures = (s.mean, s.std, s.minimum, s.maximum, s.norm)
                row = "".join(f"{value:>11.3g}" for value in figures)
                row += "".join(_share(getattr(s, c)) for c, _ in shares)
                lines.append(f"  {name:{width}}{row}")
        return "\n".join(lines) + "\n"

    def plot(
        self,
        kind: str = "activations",
        path: str | os.PathLike[str] | None = None,
        names: Sequence[str] | None = None,
    ) -> Figure:
        """Draw how one kind is distributed, layer by layer and over time.

        Above, a histogram for each layer, at the first and the last record; below, the spread by
        layer on a logarithmic axis, and the spread of each layer as training goes on. Gradients that
        vanish or explode are a slope in the panel below left.

        Args:
            kind: what to draw, as in `what`.
            path: where to write the figure too (.png, .svg, .pdf).
            names: which layers or parameters; by default all layers, and all parameters of two axes.

        Raises:
            DataError: nothing was recorded, or not this kind, or not under these names.
            GraphcError: matplotlib is not installed.
        """
        from graphc.runtime.monitor_plot import draw

        record = self._last(kind)
        some = record.summaries[kind]
        if names is None:
            weights = [layer.weight for layer in self.probe.layers]
            names = list(dict.fromkeys(n for n in weights if n in some)) or list(some)
        for name in names:
            if name not in some:
                raise DataError(f"no {kind} were recorded for '{name}', only for {', '.join(some)}")
        return draw(self.records, kind, list(names), path)

    def _last(self, kind: str | None) -> Record:
        if not self.records:
            raise DataError("the monitor has no record yet: train with it, or call record(m, x, y)")
        record = self.records[-1]
        if kind is not None and kind not in record.summaries:
            raise DataError(f"'{kind}' was not recorded, only {', '.join(record.summaries)}")
        return record

    def state_dict(self) -> dict[str, Any]:
        """The records and the warnings."""
        records = [
            {
                "when": [r.epoch, r.step, r.loss],
                "summaries": {
                    kind: [[name, s.to_dict()] for name, s in some.items()]
                    for kind, some in r.summaries.items()
                },
            }
            for r in self.records
        ]
        return {"records": records, "warnings": [vars(f) for f in self.warnings]}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue the records of an earlier run."""
        self.records = [
            Record(
                epoch=r["when"][0],
                step=r["when"][1],
                loss=r["when"][2],
                summaries={
                    kind: {name: Summary.from_dict(s) for name, s in some}
                    for kind, some in r["summaries"].items()
                },
            )
            for r in state["records"]
        ]
        self.warnings = [Finding(**f) for f in state["warnings"]]


def _depth() -> int:
    """How many frames of graphc lie above the user's line, for a warning that shows it."""
    frame, depth = sys._getframe(1), 1
    while frame.f_back is not None and str(frame.f_code.co_filename).startswith(_PACKAGE):
        frame, depth = frame.f_back, depth + 1
    return depth


def _share(value: float) -> str:
    return f"{'-' if np.isnan(value) else f'{value:.1%}':>8}"
