"""A trained model as one file that predicts with NumPy alone.

In: an instance of an emitted class with its weights. Out: a Python file with the prediction and
what it needs, and nothing of training; the weights are in it, or in a file beside it if they are
many. The code is that of the training module, emitted again for the prediction alone, so its
results are the same to the last bit.
"""

from __future__ import annotations

import ast
import os
import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from graphc.codegen import constants, names, templates
from graphc.codegen.names import class_name, string
from graphc.codegen.numpy.module import Module
from graphc.codegen.program import Family, Method, Unit
from graphc.codegen.writer import Writer
from graphc.compiler import all_states, streams_of
from graphc.errors import ExportError
from graphc.export import weights as packing
from graphc.export.weights import Arrays
from graphc.ir.node import Tensor
from graphc.network import Network
from graphc.runtime.files import write_whole
from graphc.schedule.flatten import lay_out
from graphc.version import __version__

INSIDE_LIMIT = 256 * 1024  # bytes of source; more makes a file that editors open slowly
PLACES = ("inside", "safetensors", "npz")
_TRAINING_ONLY = {
    *("state_dict", "load_state_dict", "save", "load", "main"),
    *("_run", "_read_data", "_read_arrays", "_write_arrays"),
}


def export(m: Any, path: str | os.PathLike[str], *, weights: str | None = None) -> Path:
    """Write a model as a file that predicts without graphc.

    The file needs Python and NumPy. It has a function ``predict`` with the arguments of
    ``m.predict``, and runs as a script: ``python file.py data.npz``. It holds the SHA-256 of the
    weights and refuses all others. On disk it is whole or absent.

    Args:
        m: an instance that ``net.load()`` returned.
        path: where the file goes, ending in ``.py``; missing folders are made.
        weights: ``"inside"`` the file; ``"safetensors"`` or ``"npz"`` for a file of that kind
            beside it, under the same name. By default inside where they take at most 256 KB there,
            else in a ``.safetensors`` file.

    Returns:
        The path of the file.

    Raises:
        ExportError: `m` has no ``predict`` or is none of graphc's, the path does not end in
            ``.py`` or can't be written, or there is no such place for weights.
    """
    target = _checked_path(path)
    if weights is not None and weights not in PLACES:
        raise ExportError(f"weights={weights!r}; expected one of {', '.join(PLACES)}")
    inference = _inference(_network_of(m))
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
            " (an emitted module that was imported from its file runs without graphc already)"
        )
    return network


@dataclass(frozen=True)
class _Inference:
    """A unit cut down to its prediction.

    Attributes:
        unit: the one family that predicts, and the states that it reads.
        style: how it is emitted: as the training module is, so that results are the same.
        method: its ``predict``.
    """

    unit: Unit
    style: str
    method: Method

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
        emitted = _Emitted(Module(unit, self.style, __version__).source(), class_name(unit.name))
        needed = {"os", *(["threading"] if self.style == "planned" else [])}
        if beside is None:
            needed |= {"base64", "zlib"}
        unpacks = beside is not None or "def _unpack(" in emitted.body
        return templates.render(
            "numpy/export.py.j2",
            name=names.doc(unit.name, 60),
            version=__version__,
            class_name=class_name(unit.name),
            summary=_summary(self.method),
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
            planned=self.style == "planned",
            arguments=emitted.arguments,
            doc=emitted.doc + ("\n" if "\n" in emitted.doc else ""),
            head=_head(emitted.arguments),
            call=_call(emitted.arguments, self.style == "planned"),
            streams=[name for _, name in unit.streams],
            inputs_shown=names.doc(", ".join(t.name for t in self.method.inputs), 60),
            one_input=len(self.method.inputs) == 1,
            result=self.method.result,
        )


def _inference(network: Network) -> _Inference:
    unit = network.unit
    found = [(f, m) for f in unit.families for m in f.methods if m.name == "predict"]
    if not found:
        methods = ", ".join(m.name for f in unit.families for m in f.methods)
        raise ExportError(
            f"'{unit.name}' has no predict to export, only {methods}: compile it with outputs=..."
        )
    family, method = found[0]
    phases = tuple(p for p in family.phases if p.name in method.phases)
    family = Family("predict", method.inputs, phases, (method,))
    used = set(all_states([family]))
    ordered = [state for state in unit.layout.states if state in used]
    reduced = replace(
        unit,
        families=(family,),
        layout=lay_out(ordered, [s for s in ordered if s.trainable]),
        streams=tuple(pair for pair in unit.streams if pair in streams_of([family])),
        inputs=method.inputs,
        targets=(),
        outputs=method.outputs,
        optimizer="",
        initial={},
    )
    return _Inference(reduced, network.options.style, method)


class _Emitted:
    """The emitted module taken apart.

    Attributes:
        body: its definitions as they stand, without those that only training needs.
        arguments: the names of ``predict``'s arguments.
        doc: its docstring.
    """

    def __init__(self, source: str, model: str) -> None:
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
                    if name in _TRAINING_ONLY:
                        dropped |= self._range(method)
                    if isinstance(method, ast.FunctionDef) and name == "predict":
                        self.arguments = [a.arg for a in method.args.args[1:]]
                        self.doc = (ast.get_docstring(method) or "").replace("\\", "\\\\")
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
            if bound == ["np"] or not any(re.search(rf"\b{n}\b", self.body) for n in bound):
                continue
            if isinstance(node, ast.ImportFrom):
                froms.append(ast.unparse(node))
            else:
                modules |= set(bound)
        return [*(f"import {name}" for name in sorted(modules)), *sorted(froms)]


def _summary(method: Method) -> list[str]:
    rows = [("Inputs", [(t.name, t) for t in method.inputs]), ("Outputs", list(method.outputs))]
    return [
        names.doc(f"{title if i == 0 else '':<10} {name}   {_described(tensor)}", 84)
        for title, pairs in rows
        for i, (name, tensor) in enumerate(pairs)
    ]


def _described(tensor: Tensor) -> str:
    shape = ", ".join(map(str, tensor.shape))
    return f"{tensor.dtype} ({shape}{',' if tensor.ndim == 1 else ''})"


def _head(arguments: list[str]) -> str:
    w = Writer()
    w.define("predict", arguments)
    return w.text().rstrip("\n")


def _call(arguments: list[str], locked: bool) -> str:
    w = Writer()
    with w.indent():
        if locked:
            with w.indent():
                w.call("return ", "_model.predict", arguments)
        else:
            w.call("return ", "_model.predict", arguments)
    return w.text()
