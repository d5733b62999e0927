"""A user's data, checked against the program that they are to train.

In: arrays, an iterable of batches, or a function that returns one. Out: batches as tuples of
arrays, in the order of the program's inputs and targets.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from graphc.errors import DataError, meant
from graphc.runtime.data import Batch, Batches, as_array, as_declared, common_length

if TYPE_CHECKING:
    from graphc.runtime.run import Model, Spec


class Feed:
    """The batches of a program's inputs and targets, from whatever a user gave as data.

    Args:
        m: the model; its INPUTS and TARGETS say what a batch holds.
        data: arrays (tuple or dict), an iterable of batches, or a function that returns one.
        batching: keyword arguments of :class:`Batches`, for arrays.
        epochs: how often the data will be gone through.
        role: what the data are, for error messages.

    Raises:
        DataError: anything that would stop the first step.
    """

    def __init__(
        self, m: Model, data: Any, batching: Mapping[str, Any], epochs: int, role: str = "data"
    ) -> None:
        self.spec: Spec = {**m.INPUTS, **m.TARGETS}
        self.role = role
        self.loader: Batches | None = None
        self.source = data
        if isinstance(data, (tuple, Mapping, np.ndarray)):
            arrays = self._as_tuple(data, role)
            common_length(arrays, tuple(self.spec), "" if role == "data" else f"{role}: ")
            self.loader = Batches(arrays, **batching)
            self._check_arrays(self.loader)
        elif isinstance(data, str) or not (hasattr(data, "__iter__") or callable(data)):
            raise DataError(
                f"{role} is a {type(data).__name__}; expected a tuple or a dict of arrays, an"
                " iterable of batches, or a function that returns one"
            )
        elif epochs > 1 and isinstance(data, Iterator):
            raise DataError(
                f"{role} is a one-shot iterator ({type(data).__name__}), empty after the first of"
                f" {epochs} epochs: give a list, an object with __iter__, or a function that"
                " returns a new iterator, such as lambda: make_batches()"
            )

    @property
    def steps(self) -> int | None:
        """The number of batches an epoch, where it is known."""
        if self.loader is not None:
            return len(self.loader)
        return len(self.source) if hasattr(self.source, "__len__") else None

    @property
    def settings(self) -> dict[str, Any]:
        """What decides how arrays are cut; empty for an iterable."""
        if self.loader is None:
            return {}
        names = ("examples", "batch_size", "shuffle", "drop_last")
        return {name: getattr(self.loader, name) for name in names}

    def epoch(self, skip: int = 0) -> Iterator[Batch]:
        """The batches of one epoch, without its first `skip`; the first one is checked."""
        if self.loader is not None:
            yield from self.loader.tuples(skip)
            return
        source = self.source if hasattr(self.source, "__iter__") else self.source()
        for number, batch in enumerate(source):
            if number < skip:
                continue
            arrays = self._as_tuple(batch, f"batch {number + 1} of {self.role}")
            if number == skip:
                check_arrays(self.spec, arrays, f"batch {number + 1} of {self.role}: ")
            yield arrays

    def state_dict(self) -> dict[str, Any]:
        """The state of the loader, from which the next epoch's batches follow."""
        loader = self.loader if self.loader is not None else self.source
        return loader.state_dict() if hasattr(loader, "state_dict") else {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state of :meth:`state_dict`."""
        loader = self.loader if self.loader is not None else self.source
        if state and hasattr(loader, "load_state_dict"):
            loader.load_state_dict(state)

    def _as_tuple(self, batch: Any, where: str) -> Batch:
        if isinstance(batch, Mapping):
            check_names(self.spec, batch, where)
            return self._declared([batch[name] for name in self.spec], where)
        expected = f"{len(self.spec)} ({', '.join(self.spec)})"
        if isinstance(batch, np.ndarray):
            batch = (batch,)
        if not isinstance(batch, (tuple, list)):
            raise DataError(
                f"{where} is a {type(batch).__name__}; expected a tuple or a dict of {expected}"
            )
        if len(batch) != len(self.spec):
            hint = " (for arrays give a tuple, such as (X, y))" if where != self.role else ""
            raise DataError(f"{where} has {len(batch)} arrays, expected {expected}{hint}")
        return self._declared(batch, where)

    def _declared(self, batch: Sequence[Any], where: str) -> Batch:
        """Arrays of what a batch holds, its integers in the declared types."""
        prefix = "" if where == "data" else f"{where}: "
        return tuple(
            as_declared(as_array(part), dtype, f"{prefix}'{name}'")
            for part, (name, (dtype, _)) in zip(batch, self.spec.items(), strict=True)
        )

    def _check_arrays(self, loader: Batches) -> None:
        """Check the whole arrays by the first and the last batch that they will give."""
        where = "" if self.role == "data" else f"{self.role}: "
        last = 0 if loader.drop_last else loader.examples % loader.batch_size
        for size in (min(loader.batch_size, loader.examples), last):
            if size:
                check_arrays(self.spec, loader.arrays, where, size)


def check_arrays(
    spec: Spec, arrays: Sequence[np.ndarray], where: str = "", rows: int | None = None
) -> None:
    """Refuse arrays whose dtype or shape is not what a program declares.

    Args:
        spec: by name, the dtype and the shape, whose symbolic dimensions are strings.
        arrays: one for each name, in order.
        where: what to put before the name in a message.
        rows: the size of a batch, where `arrays` are whole and will be cut.

    Raises:
        DataError: names the array, what it is and what it should be.
    """
    cut = "" if rows is None else f", in batches of {rows}"
    sizes: dict[str, tuple[int, str]] = {}
    for (name, (dtype, shape)), array in zip(spec.items(), arrays, strict=True):
        if array.dtype != np.dtype(dtype):
            actual_dtype = array.dtype.str if array.dtype.name == dtype else array.dtype.name
            raise DataError(
                f"{where}'{name}' is {actual_dtype}, expected {dtype}: convert it with"
                f" .astype('{dtype}')"
            )
        expected = f"({', '.join(map(str, shape))}{',' if len(shape) == 1 else ''})"
        actual = array.shape if rows is None else (rows, *array.shape[1:])
        problem = f"{where}'{name}' has shape {array.shape}{cut}; expected {expected}"
        if array.ndim != len(shape):
            raise DataError(problem)
        for size, dim in zip(actual, shape, strict=True):
            if isinstance(dim, int) and size != dim:
                raise DataError(problem)
            if isinstance(dim, str) and dim.isidentifier():
                first, owner = sizes.setdefault(dim, (size, name))
                if size != first:
                    raise DataError(f"{problem} with {dim} = {first}, as in '{owner}'")


def check_names(spec: Spec, given: Mapping[str, Any], where: str) -> None:
    """Refuse a dict whose keys are not exactly the names of a program's arrays.

    Raises:
        DataError: names what is unknown or missing.
    """
    for name in given:
        if name not in spec:
            hint = meant(name, spec)
            raise DataError(f"{where} has '{name}', expected {', '.join(spec)}{hint}")
    missing = [name for name in spec if name not in given]
    if missing:
        raise DataError(f"{where} lacks '{missing[0]}'; expected {', '.join(spec)}")
