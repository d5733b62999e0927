"""Checkpoints: one file that holds a whole training run, or is absent.

In: a :class:`Snapshot` of a run. Out: a `.safetensors` file with its arrays, and in the file's
metadata the rest as JSON, the program's fingerprint, a format version and a SHA-256 checksum over
all of it. Reading checks everything before it returns anything; nothing is ever unpickled.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from graphc.errors import CheckpointError
from graphc.runtime.files import write_whole

FORMAT = "graphc-checkpoint"
VERSION = 1
_NAME = re.compile(r"checkpoint-(\d+)(?:\+(\d+))?\.safetensors")
_ARRAY = "__array__"  # marks where an array stood in the JSON tree


class DamagedCheckpointError(CheckpointError):
    """A file that is no whole checkpoint: cut short, altered, or something else altogether."""


@dataclass(frozen=True)
class Snapshot:
    """Everything from which a run continues exactly.

    Attributes:
        name: the program's name, for messages.
        fingerprint: the program's fingerprint; only the same program can continue.
        epoch: finished epochs.
        step: finished steps of the next epoch.
        model: the model's state, by name.
        run: the rest: JSON values and arrays, nested in dicts and lists.
    """

    name: str
    fingerprint: str
    epoch: int
    step: int
    model: Mapping[str, np.ndarray]
    run: Mapping[str, Any]


def checkpoint_name(epoch: int, step: int) -> str:
    """The file name for a position: `checkpoint-000003.safetensors` after three epochs,
    `checkpoint-000003+000120.safetensors` after 120 more steps.
    """
    return f"checkpoint-{epoch:06d}{f'+{step:06d}' if step else ''}.safetensors"


def list_checkpoints(folder: str | os.PathLike[str]) -> list[tuple[tuple[int, int], Path]]:
    """The checkpoints in a folder as ((epoch, step), path), earliest first.

    The folder need not exist; other files in it are left out.
    """
    folder = Path(folder)
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if match := _NAME.fullmatch(path.name):
            found.append(((int(match[1]), int(match[2] or 0)), path))
    return sorted(found)


def write_checkpoint(path: str | os.PathLike[str], snapshot: Snapshot) -> Path:
    """Write a snapshot to one file, whole or not at all.

    Raises:
        CheckpointError: a state that can't be stored, such as an array of objects.
        OSError: the file can't be written.
    """
    from safetensors import SafetensorError
    from safetensors.numpy import save

    arrays: dict[str, np.ndarray] = {}
    header = {
        "name": snapshot.name,
        "fingerprint": snapshot.fingerprint,
        "epoch": snapshot.epoch,
        "step": snapshot.step,
        "model": _pack(snapshot.model, "model", arrays),
        "run": _pack(snapshot.run, "run", arrays),
    }
    try:
        text = json.dumps(header)
        metadata = {
            "format": FORMAT,
            "version": str(VERSION),
            "content": text,
            "sha256": _digest(text, arrays),
        }
        content = save(arrays, metadata)
    except (SafetensorError, TypeError, ValueError) as error:
        raise CheckpointError(f"{path}: this run can't be stored: {error}") from error
    return write_whole(path, content)


def read_checkpoint(path: str | os.PathLike[str]) -> Snapshot:
    """Read and check a file of :func:`write_checkpoint`.

    Raises:
        CheckpointError: names the file and what is wrong: it is missing, cut short, altered, no
            checkpoint, or of a newer format.
    """
    from safetensors import SafetensorError, safe_open

    path = Path(path)
    if not path.is_file():
        raise CheckpointError(f"{path}: there is no such file")
    try:
        with safe_open(path, framework="numpy") as file:
            metadata = file.metadata() or {}
            if metadata.get("format") != FORMAT:
                raise DamagedCheckpointError(f"{path}: a safetensors file, but no checkpoint")
            if metadata.get("version") != str(VERSION):
                raise CheckpointError(
                    f"{path}: format version {metadata.get('version')}, but this graphc reads"
                    f" version {VERSION}"
                )
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (SafetensorError, OSError) as error:
        size = path.stat().st_size
        raise DamagedCheckpointError(
            f"{path}: cut short, or no checkpoint ({size} bytes; {error})"
        ) from error
    text = metadata.get("content", "")
    if metadata.get("sha256") != _digest(text, arrays):
        raise DamagedCheckpointError(f"{path}: altered since it was written: its checksum differs")
    header = json.loads(text)
    return Snapshot(
        header["name"],
        header["fingerprint"],
        header["epoch"],
        header["step"],
        _unpack(header["model"], arrays),
        _unpack(header["run"], arrays),
    )


def read_latest(place: str | os.PathLike[str]) -> tuple[Path, Snapshot] | None:
    """The newest whole checkpoint of a folder, or the one file that `place` names.

    In a folder, a damaged checkpoint is passed over, with a warning, for the one before it.

    Returns:
        The file and what it holds; None for a folder that holds no checkpoint or does not exist.

    Raises:
        CheckpointError: a file that can't be used, or a folder in which none is whole.
    """
    place = Path(place)
    if place.is_file() or place.suffix == ".safetensors":
        return place, read_checkpoint(place)
    found = list_checkpoints(place)
    problems = []
    for _, path in reversed(found):
        try:
            snapshot = read_checkpoint(path)
        except DamagedCheckpointError as error:
            problems.append(str(error))
            continue
        for problem in problems:
            warnings.warn(f"{problem}; going back to {path.name}", stacklevel=4)
        return path, snapshot
    if problems:
        raise CheckpointError("no checkpoint is whole:\n" + "\n".join(f"  {p}" for p in problems))
    return None


def _pack(tree: Any, path: str, arrays: dict[str, np.ndarray]) -> Any:
    """The tree with its arrays taken out into `arrays`, each under its path in the tree."""
    if isinstance(tree, Mapping):
        for key in tree:
            if not isinstance(key, str):
                raise CheckpointError(f"{path}: a key of a state must be a string, not {key!r}")
        return {key: _pack(value, f"{path}/{key}", arrays) for key, value in tree.items()}
    if isinstance(tree, (list, tuple)):
        return [_pack(value, f"{path}/{number}", arrays) for number, value in enumerate(tree)]
    if isinstance(tree, (np.ndarray, np.generic)):
        name = path
        while name in arrays:  # "a/b" as one key, and "b" inside "a"
            name += "'"
        # safetensors writes the memory as it lies: a transposed view would come back wrong.
        arrays[name] = np.asarray(tree, dtype=tree.dtype.newbyteorder("="), order="C")
        return {_ARRAY: name}
    return tree


def _unpack(tree: Any, arrays: Mapping[str, np.ndarray]) -> Any:
    if isinstance(tree, dict):
        if tree.keys() == {_ARRAY}:
            return arrays[tree[_ARRAY]]
        return {key: _unpack(value, arrays) for key, value in tree.items()}
    if isinstance(tree, list):
        return [_unpack(value, arrays) for value in tree]
    return tree


def _digest(text: str, arrays: Mapping[str, np.ndarray]) -> str:
    digest = hashlib.sha256(text.encode())
    for name in sorted(arrays):
        array = arrays[name]
        digest.update(f"\0{name}\0{array.dtype.str}\0{array.shape}\0".encode())
        digest.update(array.reshape(-1).view(np.uint8).data)
    return digest.hexdigest()
