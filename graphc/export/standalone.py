"""A trained model as one file that predicts with NumPy alone, or with CuPy on a GPU.

In: an instance of an emitted class with its weights. Out: a Python file with the prediction, or
some functions of a program, and what they need, and nothing of training; the weights are in it, or
in a file beside it if they are many. The code is that of the training module, emitted again for
these functions alone, so its results are the same to the last bit.
"""

from __future__ import annotations

import ast
import os
import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graphc.codegen import constants, names, templates
from graphc.codegen.names import class_name, string
from graphc.codegen.program import Family, Method, Unit
from graphc.codegen.writer import Writer, mapping
from graphc.compiler import all_states, streams_of
from graphc.errors import DataError, ExportError
from graphc.export import weights as packing
from graphc.export.weights import Arrays
from graphc.ir.node import Tensor
from graphc.network import Network
from graphc.passes.precision import DESCRIPTIONS
from graphc.runtime.files import write_whole
from graphc.runtime.sampler import carried_source, described
from graphc.schedule.flatten import lay_out
from graphc.version import __version__

INSIDE_LIMIT = 256 * 1024  # bytes of source; more makes a file that editors open slowly
PLACES = ("inside", "safetensors", "npz")
_TRAINING_ONLY = {
    *("state_dict", "load_state_dict", "save", "load", "main", "__setstate__", "__reduce__"),
    *("_run", "_read_data", "_read_arrays", "_write_arrays"),
}


def exported(
    m: Any,
    path: str | os.PathLike[str],
    functions: str | Iterable[str] | None,
    weights: str | None,
    sampler: str | None,
) -> Path:
    """Write a model as a file that predicts without graphc; see `graphc.export.export`."""
    target = _checked_path(path)
    if weights is not None and weights not in PLACES:
        raise ExportError(f"weights={weights!r}; expected one of {', '.join(PLACES)}")
    if sampler is not None and functions is None:
        functions = sampler
    inference = _inference(_network_of(m), functions)
    if sampler is not None:
        inference = replace(inference, step=_step(inference, sampler))
    arrays = inference.arrays(m)
    if weights is None and sum(array.nbytes for array in arrays.values()) > 4 * INSIDE_LIMIT:
        weights = "safetensors"  # without packing what can't come out small enough
    packed = ""
    if weights in (None, "inside"):
        model = class_name(inference.unit.name)
        packed = packing.pack_function(arrays, model, inference.streams)
    if weights is None:
        weights = "inside" if len(packed) <= INSIDE_LIMIT else "safetensors"
    try:
        if weights == "inside":
            write_whole(target, inference.source(target, arrays, None, packed).encode())
        else:
            write = packing.to_npz if weights == "npz" else packing.to_safetensors
            beside = target.with_suffix(f".{weights}")
            source = inference.source(target, arrays, beside, "").encode()
            _write_both(target, source, beside, write(arrays))
    except OSError as error:
        raise ExportError(f"{target}: can't be written: {error.strerror or error}") from error
    return target


def _write_both(target: Path, source: bytes, beside: Path, content: bytes) -> None:
    """Write the weights, then the code: no code is ever without its weights."""
    fresh = not beside.exists()
    write_whole(beside, content)
    try:
        write_whole(target, source)
    except OSError:
        if fresh:
            beside.unlink()
        raise


def _checked_path(path: str | os.PathLike[str]) -> Path:
    target = Path(path)
    if target.suffix != ".py":
        shown = f"'{target.suffix}'" if target.suffix else "no suffix"
        raise ExportError(f"{target}: expected a path that ends in .py, got {shown}")
    if target.is_dir():
        raise ExportError(f"{target}: can't be written: it is a folder")
    return target


def _network_of(m: Any) -> Network:
    if isinstance(m, Network):
        raise ExportError(
            f"'{m.name}' is a network without weights: export an instance, m = net.load()"
        )
    network = getattr(m, "network", None)
    if isinstance(m, type) or not isinstance(network, Network) or not hasattr(m, "STATES"):
        kind = f"the class {m.__name__}" if isinstance(m, type) else f"a {type(m).__name__}"
        raise ExportError(
            f"{kind} can't be exported: expected an instance that net.load() returned"
            " (an emitted module that was imported from its file runs without graphc already; of an"
            " instance that was unpickled, load_state_dict what its state_dict gives)"
        )
    return network


@dataclass(frozen=True)
class _Inference:
    """A unit cut down to its prediction.

    Attributes:
        unit: the families that predict, and the states that they read.
        network: what it is cut from; it is emitted alike, so that results are the same.
        methods: its ``predict``, or the functions asked for.
        step: the one that the file samples from, if it samples.
    """

    unit: Unit
    network: Network
    methods: tuple[Method, ...]
    step: Method | None = None

    @property
    def streams(self) -> list[str]:
        """The names under which the states of random streams are saved."""
        return [f"rng.{name}" for _, name in self.unit.streams]

    def arrays(self, m: Any) -> Arrays:
        """The values that a prediction reads, by the names under which they are saved."""
        values = m.state_dict()
        kept = [self.unit.saved_name(state) for state in self.unit.layout.states]
        kept += self.streams
        return {name: values[name] for name in kept}

    def source(self, target: Path, arrays: Arrays, beside: Path | None, packed: str) -> str:
        """The file's text."""
        unit = self.unit
        methods = {method.name: method for method in self.methods}
        emitted = _Emitted(self.network.emit(unit), class_name(unit.name), methods)
        locked = self.network.options.style == "planned"
        on_device = self.network.options.target == "cupy"
        needed = {"os", *(["threading"] if locked else [])}
        if beside is None:
            needed |= {"base64", "zlib"}
        unpacks = beside is not None or "def _unpack(" in emitted.body
        only = self.methods[0]
        text = templates.render(
            "shared/export.py.j2",
            name=names.doc(unit.name, 60),
            version=__version__,
            class_name=class_name(unit.name),
            what="predictions" if only.name == "predict" else names.doc(_listed(methods), 50),
            summary=[*_summary(self.methods), *_precision(unit)],
            file_name=names.doc(target.name, 60),
            module=target.stem if target.stem.isidentifier() and target.stem.isascii() else "",
            imports=emitted.imports(needed),
            sha256=packing.digest(arrays),
            beside=string(beside.name) if beside else "",
            beside_shown=names.doc(beside.name, 60) if beside else "",
            dtypes=packing.dtype_table(arrays) if beside and beside.suffix != ".npz" else "",
            body=emitted.body,
            unpack="" if unpacks else constants.UNPACK_SOURCE,
            packed="" if beside else packed,
            planned=locked,
            on_device=on_device,
            functions=[
                {
                    "name": name,
                    "arguments": emitted.arguments[name],
                    "doc": emitted.doc[name] + ("\n" if "\n" in emitted.doc[name] else ""),
                    "head": _head(name, emitted.arguments[name]),
                    "call": _call(name, emitted.arguments[name], locked),
                }
                for name in methods
            ],
            table=_table(self.methods) if len(methods) > 1 else "",
            streams=[name for _, name in unit.streams],
            inputs_shown=names.doc(", ".join(t.name for t in only.inputs), 60),
            one_input=len(only.inputs) == 1,
            result=only.result,
            sampler=_sampler(self.step) if self.step else "",
        )
        _refuse_shadows(unit.name, methods, text)
        return text


def _step(inference: _Inference, name: str) -> Method:
    """The function that a file samples from; raises ExportError for one that it can't."""
    methods = {method.name: method for method in inference.methods}
    if name not in methods:
        raise ExportError(f"sampler='{name}' is not among the functions: {', '.join(methods)}")
    try:
        described(methods[name])
    except DataError as error:
        raise ExportError(f"sampler='{name}': {error}") from None
    return methods[name]


def _sampler(method: Method) -> str:
    """The source of the sampler, and of the functions that use it."""
    arguments, results = described(method)
    w = Writer()
    rows = []
    for name, dtype, shape in arguments:
        sizes = ", ".join(string(d) if isinstance(d, str) else str(d) for d in shape)
        sizes = f"({sizes}{',' if len(shape) == 1 else ''})"
        rows.append(("", f"({string(name)}, {string(dtype)}, {sizes})"))
    mapping(w, "_ARGUMENTS = [", rows, "]")
    mapping(w, "_RESULTS = [", [("", string(name)) for name in results], "]")
    return templates.render(
        "shared/sampler.py.j2", source=carried_source(), tables=w.text(), step=method.name
    )


def _refuse_shadows(program: str, methods: Collection[str], text: str) -> None:
    """Refuse a function whose name the file needs for something else."""
    bound: list[str] = []
    for node in ast.parse(text).body:
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
            bound.append(node.name)
        elif isinstance(node, (ast.Import, ast.ImportFrom)):
            bound += [alias.asname or alias.name for alias in node.names]
        elif isinstance(node, ast.Assign):
            bound += [target.id for target in node.targets if isinstance(target, ast.Name)]
    for name in methods:
        if bound.count(name) > 1:
            raise ExportError(
                f"'{program}': '{name}' can't be exported, for the file has a '{name}' of its own: "
                "give the function another name"
            )


def _inference(network: Network, functions: str | Iterable[str] | None) -> _Inference:
    unit = network.unit
    families = [
        Family(f.name, m.inputs, tuple(p for p in f.phases if p.name in m.phases), (m,))
        for f, m in _chosen(unit, functions)
    ]
    methods = tuple(m for f in families for m in f.methods)
    used = set(all_states(families))
    ordered = [state for state in unit.layout.states if state in used]
    one = methods[0] if len(methods) == 1 else None
    reduced = replace(
        unit,
        families=tuple(families),
        layout=lay_out(ordered, [s for s in ordered if s.trainable]),
        streams=tuple(pair for pair in unit.streams if pair[0] in dict(streams_of(families))),
        inputs=one.inputs if one else (),
        targets=(),
        outputs=one.outputs if one else (),
        optimizer="",
        initial={},
    )
    return _Inference(reduced, network, methods)


def _chosen(unit: Unit, functions: str | Iterable[str] | None) -> list[tuple[Family, Method]]:
    """The methods to export, each with its family."""
    every = {m.name: (f, m) for f in unit.families for m in f.methods}
    changing = {
        m.name
        for f, m in every.values()
        if any(p.plan.schedule.graph.updates for p in f.phases if p.name in m.phases)
    }
    known = ", ".join(every)
    if functions is None:
        trained_as_one = unit.inputs or "predict" in every
        wanted = ["predict"] if trained_as_one else [name for name in every if name not in changing]
        if any(name not in every for name in wanted) or not wanted:
            what = "no predict to export" if trained_as_one else "nothing to export"
            why = (
                "compile it with outputs=..." if trained_as_one else "every function changes states"
            )
            raise ExportError(f"'{unit.name}' has {what}, only {known}: {why}")
    else:
        wanted = list(dict.fromkeys([functions] if isinstance(functions, str) else functions))
        if not wanted:
            raise ExportError(f"'{unit.name}': functions is empty; there are {known}")
    for name in wanted:
        if name not in every:
            raise ExportError(f"'{unit.name}' has no '{name}' to export, only {known}")
        if name in changing:
            raise ExportError(f"'{unit.name}': '{name}' changes states and can't be exported")
    return [every[name] for name in wanted]


class _Emitted:
    """The emitted module taken apart.

    Attributes:
        body: its definitions as they stand, without those that only training needs.
        arguments: the names of each function's arguments.
        doc: the docstring of each.
    """

    def __init__(self, source: str, model: str, functions: Collection[str]) -> None:
        self.arguments: dict[str, list[str]] = {}
        self.doc: dict[str, str] = {}
        tree, self._lines = ast.parse(source), source.splitlines()
        self._imports = [n for n in tree.body if isinstance(n, (ast.Import, ast.ImportFrom))]
        last = self._imports[-1].end_lineno or 0
        dropped: set[int] = set()
        for node in tree.body:
            if isinstance(node, ast.If) or getattr(node, "name", "") in _TRAINING_ONLY:
                dropped |= self._range(node)
            if isinstance(node, ast.ClassDef) and node.name == model:
                for method in node.body:
                    name = getattr(method, "name", "")
                    if isinstance(method, ast.Assign):
                        name = ast.unparse(method.targets[0])
                    if name in _TRAINING_ONLY:
                        dropped |= self._range(method)
                    if isinstance(method, ast.FunctionDef) and name in functions:
                        self.arguments[name] = [a.arg for a in method.args.args[1:]]
                        self.doc[name] = (ast.get_docstring(method) or "").replace("\\", "\\\\")
        kept = [line for i, line in enumerate(self._lines, 1) if i > last and i not in dropped]
        body = re.sub(r"\n{4,}", "\n\n\n", "\n".join(kept)).strip("\n")
        if body.count("seed") == 1:  # nothing random is left
            body = body.replace("def __init__(self, seed=0):", "def __init__(self):")
        self.body = body

    def _range(self, node: ast.AST) -> set[int]:
        """The lines of a definition and the blank ones before it."""
        start, stop = getattr(node, "lineno", 0), getattr(node, "end_lineno", 0)
        while not self._lines[start - 2].strip():
            start -= 1
        return set(range(start, stop + 1))

    def imports(self, needed: set[str]) -> list[str]:
        """The import statements of the standard library, in order."""
        modules, froms = set(needed), []
        for node in self._imports:
            bound = [alias.asname or alias.name for alias in node.names]
            if bound in (["np"], ["cp"]) or not any(
                re.search(rf"\b{n}\b", self.body) for n in bound
            ):
                continue
            if isinstance(node, ast.ImportFrom):
                froms.append(ast.unparse(node))
            else:
                modules |= set(bound)
        return [*(f"import {name}" for name in sorted(modules)), *sorted(froms)]


def _listed(words: Iterable[str]) -> str:
    *most, last = words
    return f"{', '.join(most)} and {last}" if most else last


def _summary(methods: Sequence[Method]) -> list[str]:
    if len(methods) > 1:
        return [names.doc(f"{m.name:<10} {_signature(m)}", 84) for m in methods]
    (method,) = methods
    rows = [("Inputs", [(t.name, t) for t in method.inputs]), ("Outputs", list(method.outputs))]
    return [
        f"{title if i == 0 else '':<10} " + names.doc(f"{name}   {_described(tensor)}", 73)
        for title, pairs in rows
        for i, (name, tensor) in enumerate(pairs)
    ]


def _precision(unit: Unit) -> list[str]:
    """The line on mixed precision, if there is any."""
    return [names.doc(f"Precision  {DESCRIPTIONS[unit.precision]}", 84)] if unit.precision else []


def _signature(method: Method) -> str:
    taken = ", ".join(f"{t.name} {_described(t)}" for t in method.inputs)
    made = ", ".join(f"{name} {_described(t)}" for name, t in method.outputs)
    return f"{taken} -> {made}" if taken else f"-> {made}"


def _table(methods: Sequence[Method]) -> str:
    """The arguments and the results of each function, by name."""
    w = Writer()
    rows = []
    for method in methods:
        inputs = ", ".join(string(t.name) for t in method.inputs)
        outputs = ", ".join(string(name) for name, _ in method.outputs)
        rows.append((string(method.name), f"([{inputs}], [{outputs}])"))
    mapping(w, "FUNCTIONS = {", rows, "}")
    return w.text().rstrip("\n")


def _described(tensor: Tensor) -> str:
    shape = ", ".join(map(str, tensor.shape))
    return f"{tensor.dtype} ({shape}{',' if tensor.ndim == 1 else ''})"


def _head(name: str, arguments: list[str]) -> str:
    w = Writer()
    w.define(name, arguments)
    return w.text().rstrip("\n")


def _call(name: str, arguments: list[str], locked: bool) -> str:
    w = Writer()
    with w.indent():
        if locked:
            with w.indent():
                w.call("return ", f"_model.{name}", arguments)
        else:
            w.call("return ", f"_model.{name}", arguments)
    return w.text()
