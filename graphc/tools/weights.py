"""Trained weights back into a model, from whichever file training left them in."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from graphc.errors import CheckpointError, DataError
from graphc.runtime.checkpoint import read_latest
from graphc.runtime.datasets import read_npz


def load_weights(m: Any, place: Path) -> None:
    """Load a model's state.

    Args:
        m: an instance of an emitted class.
        place: an `.npz` that ``m.save`` wrote, a checkpoint, or a folder with checkpoints.

    Raises:
        DataError: the file is missing or damaged, or holds another network's state.
        CheckpointError: there is no whole checkpoint, or it is another program's.
    """
    if place.suffix == ".npz":
        state = read_npz(place)
    else:
        found = read_latest(place)
        if found is None:
            raise CheckpointError(f"{place}: there is neither a checkpoint nor a folder of them")
        path, snapshot = found
        if snapshot.fingerprint != m.FINGERPRINT:
            raise CheckpointError(f"{path}: a checkpoint of another program, '{snapshot.name}'")
        state = dict(snapshot.model)
    try:
        m.load_state_dict(state)
    except ValueError as error:
        raise DataError(f"{place}: the weights of another network: {error}") from error
