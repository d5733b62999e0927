"""perceptron: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Parameters 31 in 2 arrays

    from perceptron import Perceptron

    m = Perceptron(seed=0)
    m.learn(x, t)      # Returns mistakes; changes w, b, w_sum, b_sum.
    m.predict_last(x)  # Returns answer.
    m.predict(x)       # Returns out_1.
"""

import os
import signal
import threading
from types import SimpleNamespace

import numpy as np


class InputError(ValueError):
    """Arguments or weights that do not fit this network; nothing was changed."""


class Perceptron:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "perceptron"
    FINGERPRINT = "549f6ee9001770d4"
    INPUTS = {}
    TARGETS = {}
    OUTPUTS = {}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "w": ("params", "w"),
        "b": ("params", "b"),
        "w_sum": ("state", "w_sum"),
        "b_sum": ("state", "b_sum"),
    }

    def __init__(self, seed=0):
        self.params = _Views(_vector(31, np.float32), {"w": (30,), "b": ()})
        self.state = SimpleNamespace(
            w_sum=np.zeros((30,), dtype=np.float32),
            b_sum=np.zeros((), dtype=np.float32),
        )
        self._arena = np.empty(0, dtype=np.uint8)
        self._learn = {}  # buffers by the arguments' shapes
        self._predict_last = {}  # buffers by the arguments' shapes
        self._predict = {}  # buffers by the arguments' shapes

    def learn(self, x, t):
        """Returns mistakes; changes w, b, w_sum, b_sum.

        x: float32 (N, 30)
        t: float32 (N,)
        """
        s = self._learn_slots(x, t)
        mistakes = self._learn_body(s, x, t)
        return {"mistakes": mistakes}

    def _learn_body(self, s, x, t):
        """The computation of learn."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # perceptron.py:35
        # z = x w + b                                                               (N,)
        # answer = where(z > 0, 1, 0)                                               (N,)
        # error = t - answer                                                        (N,)
        # new_w = w + error x                                                      (30,)
        # new_b = b + sum(error)                                                      ()
        np.dot(x, s.w_reshape, out=s.w_product)
        np.add(s.z, p.b, out=s.z)
        np.greater(s.z, 0.0, out=s.z_mask)
        np.copyto(s.answer, np.float32(0.0))
        np.copyto(s.answer, np.float32(1.0), where=s.z_mask)
        np.subtract(t, s.answer, out=s.error)
        np.abs(s.error, out=s.error_abs)
        s.error_abs.sum(out=s.mistakes)
        np.dot(s.error_reshape, x, out=s.error_product)
        with _Whole():  # no interruption may leave this half done
            np.add(p.w, s.error_reshape_2, out=p.w)
            s.error.sum(out=s.new_b)
            np.add(p.b, s.new_b, out=s.new_b)
            np.add(self.state.w_sum, p.w, out=self.state.w_sum)
            np.add(self.state.b_sum, s.new_b, out=s.new_b_sum)
            p.b[...] = s.new_b
            self.state.b_sum[...] = s.new_b_sum

        return s.mistakes[()]

    def _learn_slots(self, x, t):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._learn[x.dtype, x.shape, t.dtype, t.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_learn(x, t)

    def _plan_learn(self, x, t):
        """Check the arguments and lay out every buffer for their shapes."""
        p = self.params
        sizes = {}
        _check("x", x, np.float32, ("N", 30), sizes)
        _check("t", t, np.float32, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z = _Buffer(0, 1, np.float32, (n,))
        s.z_mask = _Buffer(1, 2, np.bool_, (n,))
        s.answer = s.error = _Buffer(2, 6, np.float32, (n,))
        s.error_abs = _Buffer(3, 4, np.float32, (n,))
        s.mistakes = _Buffer(4, 7, np.float32, ())
        s.error_product = _Buffer(5, 5, np.float32, (1, 30))
        s.new_b = _Buffer(6, 7, np.float32, ())
        s.new_b_sum = _Buffer(7, 7, np.float32, ())
        self._lay_out(s)
        s.w_reshape = p.w.reshape(30, 1)
        s.w_product = s.z.reshape(n, 1)
        s.error_reshape = s.error.reshape(1, n)
        s.error_reshape_2 = s.error_product.reshape(30)
        self._learn[x.dtype, x.shape, t.dtype, t.shape] = s
        return s

    def predict_last(self, x):
        """Returns answer.

        x: float32 (N, 30)
        """
        s = self._predict_last_slots(x)
        return [self._predict_last_body(s, x).copy()]

    def _predict_last_body(self, s, x):
        """The computation of predict_last."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # perceptron.py:35
        # z = x w + b                                                               (N,)
        # answer = where(z > 0, 1, 0)                                               (N,)
        np.dot(x, s.w_reshape, out=s.w_product)
        np.add(s.z, p.b, out=s.z)
        np.greater(s.z, 0.0, out=s.z_mask)
        np.copyto(s.answer, np.float32(0.0))
        np.copyto(s.answer, np.float32(1.0), where=s.z_mask)

        return s.answer

    def _predict_last_slots(self, x):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._predict_last[x.dtype, x.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_predict_last(x)

    def _plan_predict_last(self, x):
        """Check the arguments and lay out every buffer for their shapes."""
        p = self.params
        sizes = {}
        _check("x", x, np.float32, ("N", 30), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z = _Buffer(0, 1, np.float32, (n,))
        s.z_mask = _Buffer(1, 2, np.bool_, (n,))
        s.answer = _Buffer(2, 2, np.float32, (n,))
        self._lay_out(s)
        s.w_reshape = p.w.reshape(30, 1)
        s.w_product = s.z.reshape(n, 1)
        self._predict_last[x.dtype, x.shape] = s
        return s

    def predict(self, x):
        """Returns out_1.

        x: float32 (N, 30)
        """
        s = self._predict_slots(x)
        return [self._predict_body(s, x).copy()]

    def _predict_body(self, s, x):
        """The computation of predict."""
        # ---- forward -----------------------------------------------------------------
        # out_1 = x w_sum + b_sum > 0                            (N,)   perceptron.py:49
        np.dot(x, s.w_sum_reshape, out=s.w_sum_product)
        np.add(s.w_sum_reshape_2, self.state.b_sum, out=s.w_sum_plus)
        np.greater(s.w_sum_plus, 0.0, out=s.out_1)

        return s.out_1

    def _predict_slots(self, x):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._predict[x.dtype, x.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_predict(x)

    def _plan_predict(self, x):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.float32, ("N", 30), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.w_sum_plus = s.w_sum_reshape_2 = _Buffer(0, 1, np.float32, (n,))
        s.out_1 = _Buffer(1, 1, np.bool_, (n,))
        self._lay_out(s)
        s.w_sum_reshape = self.state.w_sum.reshape(30, 1)
        s.w_sum_product = s.w_sum_plus.reshape(n, 1)
        self._predict[x.dtype, x.shape] = s
        return s

    def _memory(self, nbytes):
        """One arena for all methods; it grows when larger arguments come."""
        if grows := self._arena.size < nbytes + 64:
            self._arena = np.empty(nbytes + 64, dtype=np.uint8)
        for buffers in (self._learn, self._predict_last, self._predict):
            if grows or len(buffers) >= 16:  # forget old shapes
                buffers.clear()
        return self._arena[-self._arena.ctypes.data % 64 :]

    def _lay_out(self, slots, order=None):
        """Make arrays of all buffers, which take turns in one piece of memory."""
        owners = [slots]
        for value in vars(slots).values():
            if isinstance(value, list):
                owners.extend(value)
        values = [value for owner in owners for value in vars(owner).values()]
        found = {value.first: value for value in values if isinstance(value, _Buffer)}
        buffers = [found[first] for first in sorted(found)]
        starts, nbytes = _places(buffers, order)
        memory = self._memory(nbytes)
        pairs = zip(buffers, starts, strict=True)
        arrays = {b.first: b.array(memory, start) for b, start in pairs}
        for owner in owners:
            for name, value in vars(owner).items():
                if isinstance(value, _Buffer):
                    setattr(owner, name, arrays[value.first])

    def state_dict(self):
        """A copy of everything that training changes, by name."""
        state = {}
        for name, (group, attribute) in self.STATES.items():
            state[name] = getattr(getattr(self, group), attribute).copy()
        return state

    def load_state_dict(self, state):
        """Take every value of `state`, or raise InputError and change nothing."""
        mine, arrays = self.state_dict(), {}
        if not hasattr(state, "items"):
            raise InputError(f"expected arrays by name, got {type(state).__name__}")
        missing = sorted(set(mine) - set(state))
        unknown = sorted(set(state) - set(mine), key=str)
        if missing or unknown:
            raise InputError(f"{self.NAME}: missing {missing}, unknown {unknown}")
        for name, value in state.items():
            want = _show(mine[name].dtype, mine[name].shape)
            try:
                arrays[name] = np.asarray(value)
            except ValueError as error:
                raise InputError(f"{name}: expected {want}: {error}") from None
            have = _show(arrays[name].dtype, arrays[name].shape)
            if have != want:
                raise InputError(f"{name}: expected {want}, got {have}")
        for name, (group, attribute) in self.STATES.items():
            getattr(getattr(self, group), attribute)[...] = arrays[name]

    __setstate__ = load_state_dict

    def __reduce__(self):  # copies and pickles take the state; buffers are made again
        return type(self), (), self.state_dict()

    def save(self, path):
        """Write the state to an .npz file, whole or not at all."""
        part = f"{os.fspath(path)}.part"
        try:
            with open(part, "wb") as file:
                _write_arrays(file, self.state_dict())
                file.flush()
                os.fsync(file.fileno())
            os.replace(part, path)
        except BaseException:
            if os.path.exists(part):
                os.remove(part)
            raise

    def load(self, path):
        """Read the state from an .npz file; InputError if damaged or another's."""
        arrays = _read_arrays(path)
        try:
            self.load_state_dict(arrays)
        except InputError as error:
            raise InputError(f"{os.fspath(path)}: {error}") from None


def _vector(size, dtype):
    """Zeros that begin on a cache line, which vector instructions are faster on."""
    nbytes = size * np.dtype(dtype).itemsize
    memory = np.zeros(nbytes + 64, dtype=np.uint8)
    start = -memory.ctypes.data % 64
    return memory[start : start + nbytes].view(dtype)


class _Views:
    """One flat array with a named window on it for each part of it."""

    def __init__(self, flat, shapes):
        self.flat = flat
        self.shapes = shapes
        start = 0
        for name, shape in shapes.items():
            stop = start + int(np.prod(shape, dtype=int))
            setattr(self, name, flat[start:stop].reshape(shape))
            start = stop


class _Whole:
    """Holds Ctrl-C back, and warnings down, until a change of state is complete."""

    def __enter__(self):
        self.pending = None
        self.main = threading.current_thread() is threading.main_thread()
        if self.main:
            self.handler = signal.signal(signal.SIGINT, self._note)
        self.quiet = np.errstate(all="ignore")
        self.quiet.__enter__()

    def _note(self, number, frame):
        self.pending = number, frame

    def __exit__(self, *error):
        self.quiet.__exit__(*error)
        if self.main:
            signal.signal(signal.SIGINT, self.handler or signal.SIG_DFL)
            if self.pending and callable(self.handler):
                self.handler(*self.pending)


def _write_arrays(file, arrays):
    """Write an .npz file; np.savez takes some names for its own arguments."""
    import zipfile

    with zipfile.ZipFile(file, "w") as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as entry:
                np.lib.format.write_array(entry, np.asarray(array), allow_pickle=False)


def _read_arrays(path):
    """The arrays of an .npz file by name; InputError if it is none, or damaged."""
    try:
        with np.load(path, allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except OSError:
        raise
    except Exception as error:
        where = os.fspath(path)
        raise InputError(f"{where}: no whole .npz file of arrays ({error})") from None


def _show(dtype, shape):
    return f"{dtype.name if dtype.isnative else dtype.str} of shape {tuple(shape)}"


def _check(name, value, dtype, shape, sizes):
    """Refuse an argument of another type; learn the symbolic sizes."""
    dtype = np.dtype(dtype)
    want = f"{name}: expected {dtype} of shape ({', '.join(map(str, shape))})"
    if not isinstance(value, np.ndarray):
        raise InputError(f"{want}, got {type(value).__name__}; use np.asarray")
    have = f"{want}, got {_show(value.dtype, value.shape)}"
    if value.dtype != dtype:
        raise InputError(f"{have}; use .astype(np.{dtype})")
    if value.ndim != len(shape):
        raise InputError(have)
    for axis, size in enumerate(shape):
        count = value.shape[axis]
        expected = sizes.setdefault(size, count) if isinstance(size, str) else size
        if count != expected:
            raise InputError(f"{have}: axis {axis} has {count}, not {expected}")
        if count == 0 and isinstance(size, str):
            raise InputError(f"{have}: {size} must be at least 1")


class _Buffer:
    """An array to be, needed from moment `first` to moment `last`, both included.

    Each moment begins with another buffer: what has the same `first` is the same.
    """

    def __init__(self, first, last, dtype, shape):
        self.first, self.last = first, last
        self.dtype, self.shape = np.dtype(dtype), shape
        self.nbytes = int(np.prod(shape, dtype=int)) * self.dtype.itemsize
        # Large arrays begin on a cache line, which vector instructions are faster on.
        self.alignment = 64 if self.nbytes >= 4096 else self.dtype.itemsize

    def array(self, memory, start):
        """The array in its place."""
        return memory[start : start + self.nbytes].view(self.dtype).reshape(self.shape)


def _piled(first, last, size, alignment, order, grain):
    """Put buffers down: each time the first in that order that can lie lowest.

    Places that are no further apart than a grain count as equally low.
    """
    first, last, size = first[order], last[order], size[order]
    alignment, done = alignment[order], np.iinfo(np.int64).max
    starts, floor = np.zeros((2, len(order)), dtype=np.int64)
    for _ in order:
        k = (floor // grain).argmin()
        starts[k] = floor[k]
        top = floor[k] + size[k]
        floor[k] = done
        together = (first <= last[k]) & (last >= first[k])
        np.maximum(floor, -(-top // alignment) * alignment, out=floor, where=together)
    places = np.empty_like(starts)
    places[order] = starts
    return places, int((starts + size).max())


def _places(buffers, given):
    """The byte that each buffer begins at, and the bytes that all take together.

    Buffers are put down one after the other, each above those that it shares a moment
    with. The next is one that can lie lowest; of several, one of the fullest moment.
    """
    rows = [(b.first, b.last, b.nbytes, b.alignment) for b in buffers]
    first, last, size, alignment = np.array(rows, dtype=np.int64).T
    load = np.zeros(last.max() + 2, dtype=np.int64)
    np.add.at(load, first, size)
    np.subtract.at(load, last + 1, size)
    load = np.cumsum(load)  # the bytes needed at each moment
    least, length = load.max(), last - first + 1
    spans = zip(first, last, strict=True)
    fullest = np.array([load[start : stop + 1].max() for start, stop in spans])
    found = []
    for keys in ((size * length, fullest), (length, fullest), (size,), (last, fullest)):
        order, grain = np.lexsort(keys)[::-1], least // 256 + 1
        found.append(_piled(first, last, size, alignment, order, grain))
        if found[-1][1] == least:
            return found[-1]
    if given is not None:  # was searched for: put down in that order, however high
        given = np.array(given)
        order = np.searchsorted(first, given[np.isin(given, first)])
        grain = np.iinfo(np.int64).max // 2
        found.append(_piled(first, last, size, alignment, order, grain))
    return min(found, key=lambda result: result[1])
