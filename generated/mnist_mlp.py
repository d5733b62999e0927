"""mnist_mlp: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Inputs     x   float32 (N, 784)
Targets    y   int64 (N,)
Outputs    logits   float32 (N, 10)
Parameters 669,706 in 6 arrays
Optimiser  Adam(0.001)

    from mnist_mlp import MnistMlp

    m = MnistMlp(seed=0)
    loss = m.train_step(x, y)
    m.predict(x)

As a script (the arrays of data.npz are called as above):

    python mnist_mlp.py train data.npz --epochs 10
    python mnist_mlp.py predict data.npz
"""

import math
import os
import signal
import threading
from types import SimpleNamespace

import numpy as np


class InputError(ValueError):
    """Arguments or weights that do not fit this network; nothing was changed."""


class MnistMlp:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "mnist_mlp"
    FINGERPRINT = "601aeb2d8db21875"
    INPUTS = {"x": ("float32", ("N", 784))}
    TARGETS = {"y": ("int64", ("N",))}
    OUTPUTS = {"logits": ("float32", ("N", 10))}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "dense_1.W": ("params", "dense_1_W"),
        "dense_1.b": ("params", "dense_1_b"),
        "dense_2.W": ("params", "dense_2_W"),
        "dense_2.b": ("params", "dense_2_b"),
        "dense_3.W": ("params", "dense_3_W"),
        "dense_3.b": ("params", "dense_3_b"),
        "dense_1.W.momentum": ("momentum", "dense_1_W"),
        "dense_1.b.momentum": ("momentum", "dense_1_b"),
        "dense_2.W.momentum": ("momentum", "dense_2_W"),
        "dense_2.b.momentum": ("momentum", "dense_2_b"),
        "dense_3.W.momentum": ("momentum", "dense_3_W"),
        "dense_3.b.momentum": ("momentum", "dense_3_b"),
        "dense_1.W.squares": ("squares", "dense_1_W"),
        "dense_1.b.squares": ("squares", "dense_1_b"),
        "dense_2.W.squares": ("squares", "dense_2_W"),
        "dense_2.b.squares": ("squares", "dense_2_b"),
        "dense_3.W.squares": ("squares", "dense_3_W"),
        "dense_3.b.squares": ("squares", "dense_3_b"),
        "adam.step": ("state", "adam_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(669706, np.float32),
            {
                "dense_1_W": (784, 512),
                "dense_1_b": (512,),
                "dense_2_W": (512, 512),
                "dense_2_b": (512,),
                "dense_3_W": (512, 10),
                "dense_3_b": (10,),
            },
        )
        self.grads = _Views(_vector(669706, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(669706, np.float32), self.params.shapes)
        self.squares = _Views(_vector(669706, np.float32), self.params.shapes)
        self.state = SimpleNamespace(adam_step=np.zeros((), dtype=np.int64))
        self._arena = np.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._predict = {}  # buffers by the arguments' shapes
        self._loss = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        dense_1_noise = rng.standard_normal((784, 512), dtype=np.float32)
        p.dense_1_W[...] = dense_1_noise * 0.050507627
        dense_2_noise = rng.standard_normal((512, 512), dtype=np.float32)
        p.dense_2_W[...] = dense_2_noise * 0.0625
        dense_3_draw = rng.random((512, 10), dtype=np.float32)
        p.dense_3_W[...] = dense_3_draw * 0.21442251 + -0.107211255

    def train_step(self, x, y):
        """One training step on a mini-batch; returns the loss before it.

        x: float32 (N, 784)
        y: int64 (N,)
        """
        s = self._train_slots(x, y)
        loss = self._backward(s, x, y)
        self._update(s)
        return loss

    def gradients(self, x, y):
        """The gradients of the loss, as training sees it: dropout is on.

        x: float32 (N, 784)
        y: int64 (N,)
        """
        s = self._train_slots(x, y)
        self._backward(s, x, y)
        d = self.grads
        return {
            "dense_1.W": d.dense_1_W.copy(),
            "dense_1.b": d.dense_1_b.copy(),
            "dense_2.W": d.dense_2_W.copy(),
            "dense_2.b": d.dense_2_b.copy(),
            "dense_3.W": d.dense_3_W.copy(),
            "dense_3.b": d.dense_3_b.copy(),
        }

    def _backward(self, s, x, y):
        """Forward and backward: the loss; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # dense_1                                                        mnist_mlp.py:30
        # z1 = x W + b                                                        (N, 512)
        # h1 = relu(z1)                                                       (N, 512)
        np.dot(x, p.dense_1_W, out=s.z1)
        np.add(s.z1, p.dense_1_b, out=s.z1)
        np.clip(s.z1, 0.0, np.inf, out=s.h1)

        # dense_2                                                        mnist_mlp.py:31
        # z2 = h1 W + b                                                       (N, 512)
        # h2 = relu(z2)                                                       (N, 512)
        np.dot(s.h1, p.dense_2_W, out=s.z2)
        np.add(s.z2, p.dense_2_b, out=s.z2)
        np.clip(s.z2, 0.0, np.inf, out=s.h2)

        # dense_3: logits = h2 W + b                           (N, 10)   mnist_mlp.py:32
        np.dot(s.h2, p.dense_3_W, out=s.logits)
        np.add(s.logits, p.dense_3_b, out=s.logits)

        # softmax_cross_entropy                                          mnist_mlp.py:37
        # loss = mean(-log_softmax(logits)[y])                                      ()
        # logits_exp = exp(logits - max(logits, axis 1))                       (N, 10)
        # logits_sum = sum(exp(logits - max(logits, axis 1)), axis 1)           (N, 1)
        # y_position = row_starts + y                                             (N,)
        s.logits.max(axis=1, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=1, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        np.add(y, s.row_starts, out=s.y_position)
        np.take(s.logits_minus_max, s.y_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape, s.logits_take, out=s.logits_minus_take)
        s.logits_minus_take.sum(out=s.loss)
        np.divide(s.loss, s.n, out=s.loss)

        # ---- backward ----------------------------------------------------------------
        # softmax_cross_entropy                                          mnist_mlp.py:37
        # d_logits = (softmax(logits) - onehot(y)) / N                         (N, 10)
        np.divide(s.logits_exp, s.logits_sum, out=s.d_logits)
        _add_elements(s.d_logits, s.y_position, s.minus_ones)
        np.divide(s.d_logits, s.n, out=s.d_logits)

        # dense_3                                                        mnist_mlp.py:32
        # d_b = sum over N of d_logits                                           (10,)
        # d_W = h2^T d_logits                                                (512, 10)
        # d_h2 = d_logits W^T                                                 (N, 512)
        np.dot(s.ones, s.d_logits, out=d.dense_3_b)
        np.dot(s.h2.T, s.d_logits, out=d.dense_3_W)
        np.dot(s.d_logits, p.dense_3_W.T, out=s.d_h2)

        # dense_2                                                        mnist_mlp.py:31
        # d_z2 = d_h2 * (h2 > 0)                                              (N, 512)
        # d_b = sum over N of d_z2                                              (512,)
        # d_W = h1^T d_z2                                                   (512, 512)
        # d_h1 = d_z2 W^T                                                     (N, 512)
        np.greater(s.h2, 0.0, out=s.h2_mask)
        np.multiply(s.d_h2, s.h2_mask, out=s.d_z2)
        np.dot(s.ones, s.d_z2, out=d.dense_2_b)
        np.dot(s.h1.T, s.d_z2, out=d.dense_2_W)
        np.dot(s.d_z2, p.dense_2_W.T, out=s.d_h1)

        # dense_1                                                        mnist_mlp.py:30
        # d_z1 = d_h1 * (h1 > 0)                                              (N, 512)
        # d_b = sum over N of d_z1                                              (512,)
        # d_W = x^T d_z1                                                    (784, 512)
        np.greater(s.h1, 0.0, out=s.h1_mask)
        np.multiply(s.d_h1, s.h1_mask, out=s.d_z1)
        np.dot(s.ones, s.d_z1, out=d.dense_1_b)
        np.dot(x.T, s.d_z1, out=d.dense_1_W)

        return s.loss[()]

    def _update(self, s):
        """Change the parameters: Adam(0.001)."""
        adam_step = int(self.state.adam_step)
        # ---- update ------------------------------------------------------------------
        # adam: momentum and squares are without the factor 1 - beta     mnist_mlp.py:45
        # momentum' = 0.9 * momentum + grads                                 (669706,)
        # squares' = 0.999 * squares + square(grads)                         (669706,)
        # params' = params                                                   (669706,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        new_adam_step = adam_step + 1
        t = adam_step + 1.0
        c = math.sqrt((1.0 - 0.999**t) / 0.001)
        alpha_t = 0.001 * c * (0.1 / (1.0 - 0.9**t))
        epsilon_t = 1e-08 * c
        with _Whole():  # no interruption may leave this half done
            for momentum, grads, squares, scratch, params in s.adam_blocks:
                np.multiply(0.9, momentum, out=momentum)
                np.add(momentum, grads, out=momentum)
                np.multiply(0.999, squares, out=squares)
                np.square(grads, out=scratch)
                np.add(squares, scratch, out=squares)
                np.sqrt(squares, out=scratch)
                np.add(scratch, epsilon_t, out=scratch)
                np.divide(momentum, scratch, out=scratch)
                np.multiply(alpha_t, scratch, out=scratch)
                np.subtract(params, scratch, out=params)
            self.state.adam_step[...] = new_adam_step

    def _train_slots(self, x, y):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._train[x.dtype, x.shape, y.dtype, y.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_train(x, y)
        _check_range("y", y, 10)
        return s

    def _plan_train(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        p, d = self.params, self.grads
        sizes = {}
        _check("x", x, np.float32, ("N", 784), sizes)
        _check("y", y, np.int64, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.h1 = _Buffer(0, 13, np.float32, (n, 512))
        s.z2 = s.h2 = _Buffer(1, 11, np.float32, (n, 512))
        s.logits = s.logits_minus_max = _Buffer(2, 8, np.float32, (n, 10))
        s.logits_max = _Buffer(3, 3, np.float32, (n, 1))
        s.logits_exp = s.d_logits = _Buffer(4, 10, np.float32, (n, 10))
        s.logits_sum = _Buffer(5, 9, np.float32, (n, 1))
        s.logits_minus_take = s.logits_reshape = _Buffer(6, 9, np.float32, (n,))
        s.y_position = _Buffer(7, 9, np.int64, (n,))
        s.logits_take = _Buffer(8, 8, np.float32, (n,))
        s.loss = _Buffer(9, 13, np.float32, ())
        s.d_h2 = s.d_z2 = _Buffer(10, 12, np.float32, (n, 512))
        s.h2_mask = _Buffer(11, 11, np.bool_, (n, 512))
        s.d_h1 = s.d_z1 = _Buffer(12, 13, np.float32, (n, 512))
        s.h1_mask = _Buffer(13, 13, np.bool_, (n, 512))
        s.grads_square = _Buffer(14, 14, np.float32, (65536,))
        self._lay_out(s)
        s.logits_log = s.logits_minus_take.reshape(n, 1)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 10
        s.minus_ones = np.full((n,), -1.0, dtype=np.float32)
        s.ones = np.ones((n,), dtype=np.float32)
        s.adam_blocks = _blocks(
            self.momentum.flat,
            d.flat,
            self.squares.flat,
            s.grads_square,
            p.flat,
        )
        self._train[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def predict(self, x):
        """The outputs for a batch of inputs.

        x: float32 (N, 784)
        """
        s = self._predict_slots(x)
        logits = self._forward(s, x)
        return {"logits": logits.copy()}

    def _forward(self, s, x):
        """The forward pass to the outputs."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # dense_1                                                        mnist_mlp.py:30
        # z1 = x W + b                                                        (N, 512)
        # h1 = relu(z1)                                                       (N, 512)
        np.dot(x, p.dense_1_W, out=s.z1)
        np.add(s.z1, p.dense_1_b, out=s.z1)
        np.clip(s.z1, 0.0, np.inf, out=s.h1)

        # dense_2                                                        mnist_mlp.py:31
        # z2 = h1 W + b                                                       (N, 512)
        # h2 = relu(z2)                                                       (N, 512)
        np.dot(s.h1, p.dense_2_W, out=s.z2)
        np.add(s.z2, p.dense_2_b, out=s.z2)
        np.clip(s.z2, 0.0, np.inf, out=s.h2)

        # dense_3: logits = h2 W + b                           (N, 10)   mnist_mlp.py:32
        np.dot(s.h2, p.dense_3_W, out=s.logits)
        np.add(s.logits, p.dense_3_b, out=s.logits)

        return s.logits

    def _predict_slots(self, x):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._predict[x.dtype, x.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_predict(x)

    def _plan_predict(self, x):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.float32, ("N", 784), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.h1 = _Buffer(0, 1, np.float32, (n, 512))
        s.z2 = s.h2 = _Buffer(1, 2, np.float32, (n, 512))
        s.logits = _Buffer(2, 2, np.float32, (n, 10))
        self._lay_out(s)
        self._predict[x.dtype, x.shape] = s
        return s

    def loss(self, x, y):
        """The loss on a batch, as in inference: no dropout, nothing changes.

        x: float32 (N, 784)
        y: int64 (N,)
        """
        s = self._loss_slots(x, y)
        return self._forward_loss(s, x, y)

    def _forward_loss(self, s, x, y):
        """The forward pass to the loss."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # dense_1                                                        mnist_mlp.py:30
        # z1 = x W + b                                                        (N, 512)
        # h1 = relu(z1)                                                       (N, 512)
        np.dot(x, p.dense_1_W, out=s.z1)
        np.add(s.z1, p.dense_1_b, out=s.z1)
        np.clip(s.z1, 0.0, np.inf, out=s.h1)

        # dense_2                                                        mnist_mlp.py:31
        # z2 = h1 W + b                                                       (N, 512)
        # h2 = relu(z2)                                                       (N, 512)
        np.dot(s.h1, p.dense_2_W, out=s.z2)
        np.add(s.z2, p.dense_2_b, out=s.z2)
        np.clip(s.z2, 0.0, np.inf, out=s.h2)

        # dense_3: logits = h2 W + b                           (N, 10)   mnist_mlp.py:32
        np.dot(s.h2, p.dense_3_W, out=s.logits)
        np.add(s.logits, p.dense_3_b, out=s.logits)

        # softmax_cross_entropy: loss = mean(-log_softmax(logits)[y])           ()   :37
        s.logits.max(axis=1, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=1, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        np.add(y, s.row_starts, out=s.y_position)
        np.take(s.logits_minus_max, s.y_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape, s.logits_take, out=s.logits_minus_take)
        s.logits_minus_take.sum(out=s.loss)
        np.divide(s.loss, s.n, out=s.loss)

        return s.loss[()]

    def _loss_slots(self, x, y):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._loss[x.dtype, x.shape, y.dtype, y.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_loss(x, y)
        _check_range("y", y, 10)
        return s

    def _plan_loss(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.float32, ("N", 784), sizes)
        _check("y", y, np.int64, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.h1 = _Buffer(0, 1, np.float32, (n, 512))
        s.z2 = s.h2 = _Buffer(1, 2, np.float32, (n, 512))
        s.logits = s.logits_minus_max = _Buffer(2, 7, np.float32, (n, 10))
        s.logits_max = _Buffer(3, 3, np.float32, (n, 1))
        s.logits_exp = _Buffer(4, 5, np.float32, (n, 10))
        s.logits_minus_take = s.logits_reshape = _Buffer(5, 8, np.float32, (n,))
        s.y_position = _Buffer(6, 7, np.int64, (n,))
        s.logits_take = _Buffer(7, 7, np.float32, (n,))
        s.loss = _Buffer(8, 8, np.float32, ())
        self._lay_out(s)
        s.logits_sum = s.logits_minus_take.reshape(n, 1)
        s.logits_log = s.logits_minus_take.reshape(n, 1)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 10
        self._loss[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def _memory(self, nbytes):
        """One arena for all methods; it grows when larger arguments come."""
        if grows := self._arena.size < nbytes + 64:
            self._arena = np.empty(nbytes + 64, dtype=np.uint8)
        for buffers in (self._train, self._predict, self._loss):
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


def _check_range(name, index, size):
    """Refuse indices that are not in 0 .. size - 1."""
    if index.size and (index.min() < 0 or index.max() >= size):
        wrong = index[(index < 0) | (index >= size)].flat[0]
        raise InputError(f"{name}: values must lie in 0 .. {size - 1}, got {wrong}")


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


_BLOCK = 65536  # elements: what stays in cache through all statements of a loop


def _blocks(*arrays):
    """Stretches of flat arrays side by side; a shorter array is scratch for each."""
    stretches, size = [], max(a.size for a in arrays)
    for start in range(0, size, _BLOCK):
        part = slice(start, min(start + _BLOCK, size))
        short = slice(0, part.stop - start)
        stretches.append([a[part if a.size == size else short] for a in arrays])
    return stretches


def _generator(seed, stream):
    """An independent random stream."""
    return np.random.Generator(np.random.SFC64([seed, stream]))


def _add_elements(array, positions, values):
    """Add values at positions of the flattened array, in place; repeats accumulate."""
    np.add.at(array.reshape(-1), positions.reshape(-1), values.reshape(-1))
    return array


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


def main():
    """Train or predict from the command line."""
    import argparse

    parser = argparse.ArgumentParser(description="Train this network, or predict.")
    parser.add_argument("action", choices=["train", "predict"])
    parser.add_argument("data", help="an .npz file of inputs and targets")
    parser.add_argument("--weights", default="mnist_mlp.npz")
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
    m = MnistMlp(seed=options.seed)
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
