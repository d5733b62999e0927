"""Arrays cut into mini-batches, or split into a training part and a test part.

In: arrays that share their first axis. Out: batches of their rows, or two copies that share no row.
Batches do not copy the data set: a shuffled one is gathered from its rows, an unshuffled one is a
view.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np

from graphc.errors import DataError

Batch = tuple[np.ndarray, ...]
Seed = int | np.random.Generator | None


class Batches:
    """Mini-batches of arrays; each iteration over it is one epoch, newly shuffled.

    Made by :func:`batches`.
    """

    def __init__(
        self,
        arrays: Any,
        batch_size: int,
        rng: Seed = None,
        shuffle: bool = True,
        drop_last: bool = False,
    ) -> None:
        self._names = tuple(arrays) if isinstance(arrays, Mapping) else None
        self._single = not isinstance(arrays, (tuple, list, Mapping))
        parts = arrays.values() if isinstance(arrays, Mapping) else arrays
        self.arrays = tuple(as_array(part) for part in ((parts,) if self._single else parts))
        self.examples = common_length(self.arrays, self._names)
        self.batch_size = whole_number("batch_size", batch_size, least=1)
        if drop_last and self.examples < self.batch_size:
            raise DataError(
                f"drop_last=True leaves no batch: {self.examples} examples,"
                f" batch_size={self.batch_size}"
            )
        self.shuffle = shuffle
        self.drop_last = drop_last
        self.rng = np.random.default_rng(rng)

    def __len__(self) -> int:
        """The number of batches in an epoch."""
        full, rest = divmod(self.examples, self.batch_size)
        return full + (rest > 0 and not self.drop_last)

    def __iter__(self) -> Iterator[Any]:
        for batch in self.tuples():
            if self._names is not None:
                yield dict(zip(self._names, batch, strict=True))
            else:
                yield batch[0] if self._single else batch

    def tuples(self, skip: int = 0) -> Iterator[Batch]:
        """The batches of one epoch as tuples, without its first `skip` batches."""
        size = self.batch_size
        order = self.rng.permutation(self.examples) if self.shuffle else None
        for start in range(skip * size, len(self) * size, size):
            if order is None:
                yield tuple(array[start : start + size] for array in self.arrays)
            else:
                rows = order[start : start + size]
                yield tuple(array.take(rows, axis=0) for array in self.arrays)

    def state_dict(self) -> dict[str, Any]:
        """The generator's state, from which the next epoch's order follows."""
        return {"rng": self.rng.bit_generator.state} if self.shuffle else {}

    def load_state_dict(self, state: Mapping[str, Any]) -> None:
        """Continue from a state of :meth:`state_dict`.

        Raises:
            DataError: the state is that of another kind of generator.
        """
        if not self.shuffle or "rng" not in state:
            return
        saved, own = state["rng"]["bit_generator"], type(self.rng.bit_generator).__name__
        if saved != own:
            raise DataError(f"the saved generator is a {saved}, the one given as rng a {own}")
        self.rng.bit_generator.state = state["rng"]


def batches(
    arrays: Any,
    batch_size: int,
    rng: Seed = None,
    shuffle: bool = True,
    drop_last: bool = False,
) -> Batches:
    """Cut arrays into mini-batches; iterate the result once an epoch.

    Args:
        arrays: a tuple or a dict of arrays that share their first axis, or one array. A batch is
            the same: a tuple, a dict or an array. Unshuffled batches are views.
        batch_size: examples a batch; the last batch of an epoch may be smaller.
        rng: a seed or a generator for the shuffling; None shuffles differently in every process.
        shuffle: draw a new order for each epoch.
        drop_last: leave out a smaller last batch.

    Raises:
        DataError: no examples, lengths that differ, or a batch size below 1.
    """
    return Batches(arrays, batch_size, rng, shuffle, drop_last)


def train_test_split(
    *arrays: Any, test: float | int = 0.2, rng: Seed = 0, stratify: Any = None
) -> list[np.ndarray]:
    """Split arrays at random into a training part and a test part.

    Args:
        arrays: arrays that share their first axis.
        test: the test part: a share (0.2; rounded up to whole examples) or a number of examples.
        rng: a seed or a generator; the same seed gives the same split.
        stratify: class numbers (N,): each class is split in the same proportion.

    Returns:
        Copies, in pairs: `[a_train, a_test, b_train, b_test, ...]`.

    Raises:
        DataError: lengths that differ, an empty part, or a class with fewer than two examples.
    """
    parts = [as_array(array) for array in arrays]
    total = common_length(parts)
    is_share = isinstance(test, (float, np.floating))
    size = int(np.ceil(round(total * test, 9))) if is_share else whole_number("test", test)
    if not 0 < size < total:
        raise DataError(f"test={test} of {total} examples leaves a part empty")
    order = np.random.default_rng(rng).permutation(total)
    if stratify is not None:
        order = _stratified(order, as_array(stratify), size)
    return [part.take(rows, 0) for part in parts for rows in (order[size:], order[:size])]


def _stratified(order: np.ndarray, labels: np.ndarray, size: int) -> np.ndarray:
    """A shuffled order whose first `size` entries hold each class in proportion."""
    if labels.shape != order.shape:
        raise DataError(f"stratify has shape {labels.shape}, expected ({len(order)},)")
    names, counts = np.unique(labels, return_counts=True)
    if counts.min() < 2:
        raise DataError(f"class {names[counts.argmin()]} has one example; it can't be split")
    exact = counts * (size / len(order))
    quota = np.floor(exact).astype(int)
    # Largest remainders first, so that the quotas add up to the size asked for.
    quota[np.argsort(quota - exact, kind="stable")[: size - quota.sum()]] += 1
    labels = labels[order]
    test = np.zeros(len(order), dtype=bool)
    for name, count in zip(names, quota, strict=True):
        test[np.flatnonzero(labels == name)[:count]] = True
    return np.concatenate([order[test], order[~test]])


def common_length(
    arrays: Sequence[np.ndarray], names: Sequence[str] | None = None, where: str = ""
) -> int:
    """The length of the first axis, which all arrays share and which is not zero.

    Raises:
        DataError: names the lengths that differ.
    """
    names = names or [f"array {number + 1}" for number in range(len(arrays))]
    if not arrays:
        raise DataError(f"{where}there are no arrays")
    for name, array in zip(names, arrays, strict=True):
        if array.ndim == 0:
            raise DataError(f"{where}{name} is a single number; expected one entry an example")
    lengths = [len(array) for array in arrays]
    if len(set(lengths)) > 1:
        each = ", ".join(f"{name} has {n}" for name, n in zip(names, lengths, strict=True))
        raise DataError(f"{where}the arrays differ in length: {each}")
    if lengths[0] == 0:
        raise DataError(f"{where}there are no examples: the arrays are empty")
    return lengths[0]


def as_array(value: Any) -> np.ndarray:
    """An array as it is (NumPy's, or one on a GPU), anything else through `numpy.asarray`."""
    on_gpu = hasattr(value, "__cuda_array_interface__")
    array: np.ndarray = value if on_gpu or isinstance(value, np.ndarray) else np.asarray(value)
    return array


def as_declared(array: Any, dtype: str, name: str) -> Any:
    """Integers of any width as the integers that a program declares; anything else as it is.

    Args:
        array: what a user gave.
        dtype: what is declared.
        name: what the array is called in a message.

    Raises:
        DataError: the declared type can't hold a value.
    """
    declared, given = np.dtype(dtype), array.dtype
    if given == declared or given.kind not in "iu" or declared.kind not in "iu":
        return array
    if array.size and not np.can_cast(given, declared):
        limits = np.iinfo(declared)
        for value in (int(array.min()), int(array.max())):
            if not limits.min <= value <= limits.max:
                raise DataError(f"{name} is {given} and has the value {value}, no {dtype}")
    return array.astype(declared)


def whole_number(name: str, value: Any, least: int = 0) -> int:
    """An integer argument that is at least `least`.

    Raises:
        DataError: it is no whole number, or too small.
    """
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        raise DataError(f"{name}={value!r}; expected a whole number")
    if value < least:
        raise DataError(f"{name}={value}; expected at least {least}")
    return int(value)
