"""digits_mlp_plain: emitted by graphc 0.1.0, plain style.

It needs NumPy and nothing else.

Inputs     x   float32 (N, 64)
Targets    y   int64 (N,)
Outputs    probs   float32 (N, 10)
Parameters 4,810 in 4 arrays
Optimiser  Adam(0.001)

    from digits_mlp_plain import DigitsMlpPlain

    m = DigitsMlpPlain(seed=0)
    loss = m.train_step(x, y)
    m.predict(x)

As a script (the arrays of data.npz are called as above):

    python digits_mlp_plain.py train data.npz --epochs 10
    python digits_mlp_plain.py predict data.npz
"""

import math
import os
import signal
import threading
from types import SimpleNamespace

import numpy as np


class InputError(ValueError):
    """Arguments or weights that do not fit this network; nothing was changed."""


class DigitsMlpPlain:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "digits_mlp_plain"
    FINGERPRINT = "0338724656d1eb2a"
    INPUTS = {"x": ("float32", ("N", 64))}
    TARGETS = {"y": ("int64", ("N",))}
    OUTPUTS = {"probs": ("float32", ("N", 10))}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "dense_1.W": ("params", "dense_1_W"),
        "dense_1.b": ("params", "dense_1_b"),
        "dense_2.W": ("params", "dense_2_W"),
        "dense_2.b": ("params", "dense_2_b"),
        "dense_1.W.momentum": ("momentum", "dense_1_W"),
        "dense_1.b.momentum": ("momentum", "dense_1_b"),
        "dense_2.W.momentum": ("momentum", "dense_2_W"),
        "dense_2.b.momentum": ("momentum", "dense_2_b"),
        "dense_1.W.squares": ("squares", "dense_1_W"),
        "dense_1.b.squares": ("squares", "dense_1_b"),
        "dense_2.W.squares": ("squares", "dense_2_W"),
        "dense_2.b.squares": ("squares", "dense_2_b"),
        "adam.step": ("state", "adam_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(4810, np.float32),
            {
                "dense_1_W": (64, 64),
                "dense_1_b": (64,),
                "dense_2_W": (64, 10),
                "dense_2_b": (10,),
            },
        )
        self.grads = _Views(_vector(4810, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(4810, np.float32), self.params.shapes)
        self.squares = _Views(_vector(4810, np.float32), self.params.shapes)
        self.state = SimpleNamespace(adam_step=np.zeros((), dtype=np.int64))
        self.rng = SimpleNamespace(digits_dropout_1=_generator(seed, 1))
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        dense_1_noise = rng.standard_normal((64, 64), dtype=np.float32)
        p.dense_1_W[...] = dense_1_noise * 0.17677669
        dense_2_draw = rng.random((64, 10), dtype=np.float32)
        p.dense_2_W[...] = dense_2_draw * 0.5694948 + -0.2847474

    def train_step(self, x, y):
        """One training step on a mini-batch; returns the loss before it.

        x: float32 (N, 64)
        y: int64 (N,)
        """
        self._check_train(x, y)
        loss = self._backward(x, y)
        self._update()
        return loss

    def _check_train(self, x, y):
        """Refuse arguments that do not fit, before anything changes."""
        sizes = {}
        _check("x", x, np.float32, ("N", 64), sizes)
        _check("y", y, np.int64, ("N",), sizes)
        _check_range("y", y, 10)

    def gradients(self, x, y):
        """The gradients of the loss, as training sees it: dropout is on.

        x: float32 (N, 64)
        y: int64 (N,)
        """
        self._check_train(x, y)
        self._backward(x, y)
        d = self.grads
        return {
            "dense_1.W": d.dense_1_W.copy(),
            "dense_1.b": d.dense_1_b.copy(),
            "dense_2.W": d.dense_2_W.copy(),
            "dense_2.b": d.dense_2_b.copy(),
        }

    def _backward(self, x, y):
        """Forward and backward: the loss; the gradients go to self.grads."""
        p, d = self.params, self.grads
        n = x.shape[0]
        # ---- forward -----------------------------------------------------------------
        # dense_1                                                       digits_mlp.py:24
        # z1 = x W + b                                                         (N, 64)
        # h1 = relu(z1)                                                        (N, 64)
        z1 = x @ p.dense_1_W + p.dense_1_b
        h1 = np.maximum(z1, 0.0)

        # dropout_1                                                     digits_mlp.py:25
        # h1_dropped = dropout(h1)                                             (N, 64)
        # dropout_1_mask = random >= 0.2                                       (N, 64)
        dropout_1_draw = self.rng.digits_dropout_1.random((n, 64), dtype=np.float32)
        dropout_1_mask = dropout_1_draw >= 0.2
        h1_dropped = h1 * 1.25 * dropout_1_mask

        # dense_2: logits = h1_dropped W + b                  (N, 10)   digits_mlp.py:26
        logits = h1_dropped @ p.dense_2_W + p.dense_2_b

        # softmax_cross_entropy                                         digits_mlp.py:32
        # loss = mean(-log_softmax(logits)[y])                                      ()
        # logits_exp = exp(logits - max(logits, axis 1))                       (N, 10)
        # logits_sum = sum(exp(logits - max(logits, axis 1)), axis 1)           (N, 1)
        # y_position = row_starts + y                                             (N,)
        logits_minus_max = logits - logits.max(axis=1, keepdims=True)
        logits_exp = np.exp(logits_minus_max)
        logits_sum = logits_exp.sum(axis=1, keepdims=True)
        logits_log = np.log(logits_sum)
        y_position = np.arange(n, dtype=np.int64) * 10 + y
        logits_take = np.take(logits_minus_max, y_position)
        logits_minus_take = logits_log.reshape(n) - logits_take
        loss = logits_minus_take.sum() / n

        # ---- backward ----------------------------------------------------------------
        # logits_over_sum = softmax(logits)                   (N, 10)   digits_mlp.py:31
        logits_over_sum = logits_exp / logits_sum
        minus_ones = np.full((n,), -1.0, dtype=np.float32)

        # softmax_cross_entropy                                         digits_mlp.py:32
        # d_logits = (logits_over_sum - onehot(y)) / N                         (N, 10)
        d_logits = _add_elements(
            np.array(logits_over_sum, order="C"),
            y_position,
            minus_ones,
        )
        d_logits = d_logits / n

        # dense_2                                                       digits_mlp.py:26
        # d_b = sum over N of d_logits                                           (10,)
        # d_W = h1_dropped^T d_logits                                         (64, 10)
        # d_h1_dropped = d_logits W^T                                          (N, 64)
        d_dense_2_b = d_logits.sum(axis=0)
        d_dense_2_W = h1_dropped.T @ d_logits
        d_h1_dropped = d_logits @ p.dense_2_W.T

        # dropout_1: d_h1 = dropout(d_h1_dropped)             (N, 64)   digits_mlp.py:25
        d_h1 = d_h1_dropped * 1.25 * dropout_1_mask

        # dense_1                                                       digits_mlp.py:24
        # d_z1 = d_h1 * (h1 > 0)                                               (N, 64)
        # d_b = sum over N of d_z1                                               (64,)
        # d_W = x^T d_z1                                                      (64, 64)
        d_z1 = d_h1 * (h1 > 0.0)
        d_dense_1_b = d_z1.sum(axis=0)
        d_dense_1_W = x.T @ d_z1

        d.dense_2_b[...] = d_dense_2_b
        d.dense_2_W[...] = d_dense_2_W
        d.dense_1_b[...] = d_dense_1_b
        d.dense_1_W[...] = d_dense_1_W

        return loss

    def _update(self):
        """Change the parameters: Adam(0.001)."""
        p, d = self.params, self.grads
        # ---- update ------------------------------------------------------------------
        # adam: momentum and squares are without the factor 1 - beta    digits_mlp.py:40
        # momentum' = 0.9 * momentum + grads                                   (4810,)
        # squares' = 0.999 * squares + square(grads)                           (4810,)
        # params' = params                                                     (4810,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        new_adam_step = int(self.state.adam_step) + 1
        t = int(self.state.adam_step) + 1.0
        c = math.sqrt((1.0 - 0.999**t) / 0.001)
        alpha_t = 0.001 * c * (0.1 / (1.0 - 0.9**t))
        new_momentum = 0.9 * self.momentum.flat + d.flat
        new_squares = 0.999 * self.squares.flat + np.square(d.flat)
        epsilon_t = 1e-08 * c
        new_momentum_over = new_momentum / (np.sqrt(new_squares) + epsilon_t)
        new_params = p.flat - alpha_t * new_momentum_over

        with _Whole():  # no interruption may leave this half done
            self.state.adam_step[...] = new_adam_step
            p.flat[...] = new_params
            self.momentum.flat[...] = new_momentum
            self.squares.flat[...] = new_squares

    def predict(self, x):
        """The outputs for a batch of inputs.

        x: float32 (N, 64)
        """
        self._check_predict(x)
        probs = self._forward(x)
        return {"probs": probs.copy()}

    def _check_predict(self, x):
        """Refuse arguments that do not fit, before anything changes."""
        sizes = {}
        _check("x", x, np.float32, ("N", 64), sizes)

    def _forward(self, x):
        """The forward pass to the outputs."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # dense_1                                                       digits_mlp.py:24
        # z1 = x W + b                                                         (N, 64)
        # h1 = relu(z1)                                                        (N, 64)
        z1 = x @ p.dense_1_W + p.dense_1_b
        h1 = np.maximum(z1, 0.0)

        # dense_2: logits = h1 W + b                          (N, 10)   digits_mlp.py:26
        logits = h1 @ p.dense_2_W + p.dense_2_b

        # softmax_cross_entropy                                         digits_mlp.py:32
        # logits_exp = exp(logits - max(logits, axis 1))                       (N, 10)
        # logits_sum = sum(exp(logits - max(logits, axis 1)), axis 1)           (N, 1)
        logits_minus_max = logits - logits.max(axis=1, keepdims=True)
        logits_exp = np.exp(logits_minus_max)
        logits_sum = logits_exp.sum(axis=1, keepdims=True)

        # probs = softmax(logits)                             (N, 10)   digits_mlp.py:31
        probs = logits_exp / logits_sum

        return probs

    def loss(self, x, y):
        """The loss on a batch, as in inference: no dropout, nothing changes.

        x: float32 (N, 64)
        y: int64 (N,)
        """
        self._check_loss(x, y)
        return self._forward_loss(x, y)

    def _check_loss(self, x, y):
        """Refuse arguments that do not fit, before anything changes."""
        sizes = {}
        _check("x", x, np.float32, ("N", 64), sizes)
        _check("y", y, np.int64, ("N",), sizes)
        _check_range("y", y, 10)

    def _forward_loss(self, x, y):
        """The forward pass to the loss."""
        p = self.params
        n = x.shape[0]
        # ---- forward -----------------------------------------------------------------
        # dense_1                                                       digits_mlp.py:24
        # z1 = x W + b                                                         (N, 64)
        # h1 = relu(z1)                                                        (N, 64)
        z1 = x @ p.dense_1_W + p.dense_1_b
        h1 = np.maximum(z1, 0.0)

        # dense_2: logits = h1 W + b                          (N, 10)   digits_mlp.py:26
        logits = h1 @ p.dense_2_W + p.dense_2_b

        # softmax_cross_entropy: loss = mean(-log_softmax(logits)[y])           ()   :32
        logits_minus_max = logits - logits.max(axis=1, keepdims=True)
        logits_sum = np.exp(logits_minus_max).sum(axis=1, keepdims=True)
        logits_log = np.log(logits_sum)
        y_position = np.arange(n, dtype=np.int64) * 10 + y
        logits_take = np.take(logits_minus_max, y_position)
        logits_minus_take = logits_log.reshape(n) - logits_take
        loss = logits_minus_take.sum() / n

        return loss

    def state_dict(self):
        """A copy of everything that training changes, by name."""
        state = {}
        for name, (group, attribute) in self.STATES.items():
            state[name] = getattr(getattr(self, group), attribute).copy()
        for name, rng in vars(self.rng).items():
            state[f"rng.{name}"] = _generator_state(rng)
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
        for name, rng in vars(self.rng).items():
            _set_generator_state(rng, arrays[f"rng.{name}"])

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


def _check_range(name, index, size):
    """Refuse indices that are not in 0 .. size - 1."""
    if index.size and (index.min() < 0 or index.max() >= size):
        wrong = index[(index < 0) | (index >= size)].flat[0]
        raise InputError(f"{name}: values must lie in 0 .. {size - 1}, got {wrong}")


def _generator(seed, stream):
    """An independent random stream."""
    return np.random.Generator(np.random.SFC64([seed, stream]))


def _generator_state(rng):
    state = rng.bit_generator.state
    words = [*state["state"]["state"], state["has_uint32"], state["uinteger"]]
    return np.array([int(word) for word in words], dtype=np.uint64)


def _set_generator_state(rng, words):
    state = rng.bit_generator.state
    state["state"]["state"] = words[:4].copy()
    state["has_uint32"], state["uinteger"] = int(words[4]), int(words[5])
    rng.bit_generator.state = state


def _add_elements(array, positions, values):
    """Add values at positions of the flattened array, in place; repeats accumulate."""
    np.add.at(array.reshape(-1), positions.reshape(-1), values.reshape(-1))
    return array


def main():
    """Train or predict from the command line."""
    import argparse

    parser = argparse.ArgumentParser(description="Train this network, or predict.")
    parser.add_argument("action", choices=["train", "predict"])
    parser.add_argument("data", help="an .npz file of inputs and targets")
    parser.add_argument("--weights", default="digits_mlp_plain.npz")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    try:
        _run(options)
    except (InputError, OSError) as error:
        parser.error(str(error))


def _run(options):
    """Do what the command line says."""
    m = DigitsMlpPlain(seed=options.seed)
    if os.path.exists(options.weights):
        m.load(options.weights)
    elif options.action == "predict":
        raise InputError(f"there are no weights at {options.weights}; train first")
    if options.action == "train":
        if options.batch_size < 1:
            raise InputError(f"--batch-size is 1 or more, not {options.batch_size}")
        if options.epochs < 0:
            raise InputError(f"--epochs is 0 or more, not {options.epochs}")
        folder = os.path.dirname(os.path.abspath(options.weights))
        if not os.path.isdir(folder):
            raise InputError(f"there is no folder {folder} for the weights")
        arrays = _read_data(options.data, [*m.INPUTS, *m.TARGETS])
        if len({a.shape[:1] for a in arrays}) > 1 or not arrays[0].size:
            sizes = ", ".join(str(a.shape) for a in arrays)
            raise InputError(f"{options.data}: unequal numbers of examples: {sizes}")
        rng = np.random.default_rng(options.seed)
        for epoch in range(options.epochs):
            order, total = rng.permutation(len(arrays[0])), 0.0
            for start in range(0, len(order), options.batch_size):
                rows = order[start : start + options.batch_size]
                total += float(m.train_step(*[a[rows] for a in arrays])) * len(rows)
            print(f"epoch {epoch + 1:3d}   loss {total / len(order):.4f}")
        m.save(options.weights)
        print(f"weights: {options.weights}")
        return
    result = m.predict(*_read_data(options.data, m.INPUTS))
    target = os.path.splitext(options.data)[0] + "_predictions.npz"
    _write_arrays(target, result)
    print(f"predictions: {target}")


def _read_data(path, names):
    """The arrays of an .npz file that have these names."""
    data = _read_arrays(path)
    missing = [name for name in names if name not in data]
    if missing:
        raise InputError(f"{path}: there is no {missing[0]!r}, only {[*data]}")
    return [data[name] for name in names]


if __name__ == "__main__":
    main()
