"""What leaves: a trained model as a file that runs without graphc."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any


def export(
    m: Any,
    path: str | os.PathLike[str],
    *,
    functions: str | Iterable[str] | None = None,
    weights: str | None = None,
    sampler: str | None = None,
) -> Path:
    """Write a model as a file that predicts without graphc.

    The file needs Python and NumPy; that of a model for a GPU (``target="cupy"``) needs CuPy and
    a GPU. It has a function ``predict`` with the arguments of
    ``m.predict``, or the functions asked for, and runs as a script: ``python file.py data.npz``
    (of several functions one is named before the data). It holds those states alone that the
    functions read, and their SHA-256, and refuses all others. On disk it is whole or absent.
    The weights of one program are the same, whatever target it was exported from.

    Args:
        m: an instance that ``net.load()`` returned.
        path: where the file goes, ending in ``.py``; missing folders are made.
        functions: the methods to export, by name: one, or several. By default ``predict``; of a
            program without it, every function that changes no states.
        weights: ``"inside"`` the file; ``"safetensors"`` or ``"npz"`` for a file of that kind
            beside it, under the same name. By default inside where they take at most 256 KB there,
            else in a ``.safetensors`` file.
        sampler: a function that takes tokens and gives the logits of what follows (see
            :class:`gx.Sampler`): the file then also has ``generate``, ``beam_search`` and
            ``prefill``, with the arguments of that class's methods.

    Returns:
        The path of the file.

    Raises:
        ExportError: `m` has no such function or is none of graphc's, a function changes states or
            has a name that the file needs, `sampler` names no step function, the path does not end
            in ``.py`` or can't be written, or there is no such place for weights.
    """
    from graphc.export.standalone import exported  # only now: it imports the compiler

    return exported(m, path, functions, weights, sampler)
