"""deep_residual: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Inputs     x   float32 (N, 64)
Targets    y   int64 (N,)
Outputs    probs   float32 (N, 10)
Parameters 167,050 in 82 arrays
Optimiser  Adam(0.001)

    from deep_residual import DeepResidual

    m = DeepResidual(seed=0)
    loss = m.train_step(x, y)
    m.predict(x)

As a script (the arrays of data.npz are called as above):

    python deep_residual.py train data.npz --epochs 10
    python deep_residual.py predict data.npz
"""

import math
import os
import re
import signal
import threading
from types import SimpleNamespace

import numpy as np


class InputError(ValueError):
    """Arguments or weights that do not fit this network; nothing was changed."""


def _counted(word, number):
    """A word with a number for `#`, and the number and 2 for `#+2`."""
    return re.sub(r"#(?:\+(\d+))?", lambda mark: str(number + int(mark[1] or 0)), word)


def _numbers(text):
    """The numbers of a text.

    `6..12/3` stands for 6 9 12, `7x3` for 7 7 7, `9-2|8x3` for 9 8 7 8 5 8, and
    `1,5..7*2` for 1 5 6 7 1 5 6 7.
    """
    numbers = []
    for word in text.split():
        items, _, times = word.partition("*")
        found = []
        for item in items.split(","):
            item, _, each = item.partition("x")
            turns = [t.partition("+") for t in item.replace("-", "+-").split("|")]
            if len(turns) > 1:
                for k in range(int(each)):
                    found.extend(int(n) + k * int(step or 0) for n, _, step in turns)
                continue
            first, steps, last = item.partition("..")
            values = [int(first) if first.isdigit() else float(first)]
            if steps:
                last, _, step = last.partition("/")
                step = int(step or 1)
                values = range(values[0], int(last) + step // abs(step), step)
            found.extend(value for value in values for _ in range(int(each or 1)))
        numbers.extend(found * int(times or 1))
    return numbers


def _rows(table):
    """The rows of a table that is written by columns, each a name and its numbers."""
    columns, name = {}, ""
    for word in table.split():
        if word.isidentifier():
            name = word
            columns[name] = []
        else:
            columns[name].extend(_numbers(word))
    rows = zip(*columns.values(), strict=True)
    return [SimpleNamespace(**dict(zip(columns, row, strict=True))) for row in rows]


def _states(group, table, suffix=""):
    """Where each state of a table lives: by its name, the group and the attribute."""
    states = {}
    for word in _words(table):
        name, _, attribute = word.partition("=")[0].partition("/")
        attribute = attribute or name.rpartition("~")[2].replace(".", "_")
        states[name.replace("~", "") + suffix] = group, attribute
    return states


def _words(table):
    """The words of a table, with those that stand for several written out."""
    words, numbers, repeated, lead = [], [], [], ""
    for word in table.split():
        if word.endswith(":"):
            numbers = _numbers(word[:-1])
        elif word.endswith("."):
            lead = word
        elif word == ";":
            for number in numbers or [0]:
                words.extend(_counted(each, number) for each in repeated)
            numbers, repeated, lead = [], [], ""
        elif numbers or lead:
            start, brace, rest = word.rpartition("{")
            several, _, end = rest.partition("}")
            ends = [f"{n}{end}" for n in several.split(",")] if brace else [word]
            repeated.extend(f"{lead}{start}{each}" for each in ends)
        else:
            words.append(word)
    return words


# Names and shapes of states in the order in which they lie. The attribute is called like the
# state, or like its name after `~`; otherwise it is after a stroke. `2..8: a_# b_#+1 ;` is
# a_2 b_3 a_3 b_4 and so on, and `a. b {c,d}=1 ;` is a.b a.c=1 a.d=1.
_STATES_INT64 = """
adam.step=
"""
_PARAMS = """
dense_1.W=64,64 dense_1.b=64 1..39: residual_#.dense_1. W=64,64 b=64 ; dense_2.W=64,10
  dense_2.b=10
"""


# In what the buffers of the places of a block differ: the moments that need them, and sizes.
_TRAIN_RESIDUAL = _rows("t 1..77/2   u 126..88/-1   v 126 124..87/-1")
_PREDICT_RESIDUAL = _rows("t 1..39")


class DeepResidual:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "deep_residual"
    FINGERPRINT = "0d57861dcdd5812a"
    INPUTS = {"x": ("float32", ("N", 64))}
    TARGETS = {"y": ("int64", ("N",))}
    OUTPUTS = {"probs": ("float32", ("N", 10))}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        **_states("params", _PARAMS),
        **_states("momentum", _PARAMS, ".momentum"),
        **_states("squares", _PARAMS, ".squares"),
        **_states("state", _STATES_INT64),
    }

    def __init__(self, seed=0):
        self.params = _Views(_vector(167050, np.float32), _shapes(_PARAMS))
        self.grads = _Views(_vector(167050, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(167050, np.float32), self.params.shapes)
        self.squares = _Views(_vector(167050, np.float32), self.params.shapes)
        self.state = SimpleNamespace(**_zeros(np.int64, _STATES_INT64))
        places = _series("residual_#", "1..39")
        self.params.residual = _parts(self.params, places)
        self.grads.residual = _parts(self.grads, places)
        self._arena = np.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._predict = {}  # buffers by the arguments' shapes
        self._loss = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        names = _ending(p.shapes, "_W")
        every_a = """
        0.4330127x40 0.5694948
        """
        every_b = """
        0.21650635x40 0.2847474
        """
        for name, a, b in zip(names, _numbers(every_a), _numbers(every_b), strict=True):
            array = getattr(p, name)
            draw = rng.random(array.shape, dtype=np.float32)
            array[...] = draw * a + -b

    def train_step(self, x, y):
        """One training step on a mini-batch; returns the loss before it.

        x: float32 (N, 64)
        y: int64 (N,)
        """
        s = self._train_slots(x, y)
        loss = self._backward(s, x, y)
        self._update(s)
        return loss

    def gradients(self, x, y):
        """The gradients of the loss, as training sees it: dropout is on.

        x: float32 (N, 64)
        y: int64 (N,)
        """
        s = self._train_slots(x, y)
        self._backward(s, x, y)
        d = self.grads
        return {
            name: getattr(d, attribute).copy()
            for name, (group, attribute) in self.STATES.items()
            if group == "params"
        }

    def _backward(self, s, x, y):
        """Forward and backward: the loss; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # dense_1                                                    deep_residual.py:45
        # z1 = x W + b                                                         (N, 64)
        # hidden_1 = tanh(z1)                                                  (N, 64)
        np.dot(x, p.dense_1_W, out=s.z1)
        np.add(s.z1, p.dense_1_b, out=s.z1)
        np.tanh(s.z1, out=s.hidden_1)

        # residual_1 to residual_39                                  deep_residual.py:45
        for k in range(39):
            self._residual_forward(s.residual[k], p.residual[k])

        # dense_2: logits = hidden_40 W + b                (N, 10)   deep_residual.py:58
        np.dot(s.hidden_40, p.dense_2_W, out=s.logits)
        np.add(s.logits, p.dense_2_b, out=s.logits)

        # softmax_cross_entropy                                      deep_residual.py:59
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
        # logits_over_sum = softmax(logits)                (N, 10)   deep_residual.py:71
        np.divide(s.logits_exp, s.logits_sum, out=s.logits_over_sum)

        # softmax_cross_entropy                                      deep_residual.py:59
        # d_logits = (logits_over_sum - onehot(y)) / N                         (N, 10)
        _add_elements(s.d_logits, s.y_position, s.minus_ones)
        np.divide(s.d_logits, s.n, out=s.d_logits)

        # dense_2                                                    deep_residual.py:58
        # d_b = sum over N of d_logits                                           (10,)
        # d_W = hidden_40^T d_logits                                          (64, 10)
        # d_hidden_40 = d_logits W^T                                           (N, 64)
        np.dot(s.ones, s.d_logits, out=d.dense_2_b)
        np.dot(s.hidden_40.T, s.d_logits, out=d.dense_2_W)
        np.dot(s.d_logits, p.dense_2_W.T, out=s.d_hidden_40)

        # residual_39 to residual_1                                  deep_residual.py:45
        for k in reversed(range(39)):
            self._residual_backward(s.residual[k], p.residual[k], d.residual[k])

        # dense_1                                                    deep_residual.py:45
        # d_z1_2 = d_hidden_1 * (1 - square(hidden_1))                         (N, 64)
        # d_b = sum over N of d_z1_2                                             (64,)
        # d_W = x^T d_z1_2                                                    (64, 64)
        np.square(s.hidden_1, out=s.hidden_1_square)
        np.subtract(1.0, s.hidden_1_square, out=s.hidden_1_minus_square)
        np.multiply(s.d_hidden_1, s.hidden_1_minus_square, out=s.d_z1_2)
        np.dot(s.ones, s.d_z1_2, out=d.dense_1_b)
        np.dot(x.T, s.d_z1_2, out=d.dense_1_W)

        return s.loss[()]

    def _update(self, s):
        """Change the parameters: Adam(0.001)."""
        adam_step = int(self.state.adam_step)
        # ---- update ------------------------------------------------------------------
        # adam                                                       deep_residual.py:72
        #   momentum and squares are without the factor 1 - beta
        # momentum' = 0.9 * momentum + grads                                 (167050,)
        # squares' = 0.999 * squares + square(grads)                         (167050,)
        # params' = params                                                   (167050,)
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
        _check("x", x, np.float32, ("N", 64), sizes)
        _check("y", y, np.int64, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.hidden_1 = s.hidden_1_square = float32(0, 126, (n, 64))
        s.hidden_40 = float32(78, 86, (n, 64))
        s.logits = s.logits_minus_max = float32(79, 85, (n, 10))
        s.logits_max = float32(80, 80, (n, 1))
        s.logits_exp = s.logits_over_sum = s.d_logits = float32(81, 87, (n, 10))
        s.logits_sum = float32(82, 86, (n, 1))
        s.logits_minus_take = s.logits_reshape = float32(83, 86, (n,))
        s.y_position = _Buffer(84, 86, np.int64, (n,))
        s.logits_take = float32(85, 85, (n,))
        s.loss = float32(86, 126, ())
        s.d_hidden_40 = s.d_hidden_1 = s.d_z1_2 = float32(87, 126, (n, 64))
        s.hidden_1_minus_square = s.z1
        s.grads_square = float32(127, 127, (65536,))
        s.residual = [SimpleNamespace() for _ in range(39)]
        for b, at in zip(s.residual, _TRAIN_RESIDUAL, strict=True):
            b.z = b.h = b.d_z = float32(at.t, at.u, (n, 64))
            b.hidden = float32(at.t + 1, at.u - 2, (n, 64))
            b.hidden_in = float32(at.t - 1, at.v, (n, 64))
            b.d_hidden = b.d_hidden_in = float32(87, 126, (n, 64))
            b.d_z_product = float32(at.u, at.u, (n, 64))
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
        for b in s.residual:
            b.ones = s.ones
        self._train[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def predict(self, x):
        """The outputs for a batch of inputs.

        x: float32 (N, 64)
        """
        s = self._predict_slots(x)
        probs = self._forward(s, x)
        return {"probs": probs.copy()}

    def _forward(self, s, x):
        """The forward pass to the outputs."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # dense_1                                                    deep_residual.py:45
        # z1 = x W + b                                                         (N, 64)
        # hidden_1 = tanh(z1)                                                  (N, 64)
        np.dot(x, p.dense_1_W, out=s.z1)
        np.add(s.z1, p.dense_1_b, out=s.z1)
        np.tanh(s.z1, out=s.hidden_1)

        # residual_1 to residual_39                                  deep_residual.py:45
        for k in range(39):
            self._residual_forward(s.residual[k], p.residual[k])

        # dense_2: logits = hidden_40 W + b                (N, 10)   deep_residual.py:58
        np.dot(s.hidden_40, p.dense_2_W, out=s.logits)
        np.add(s.logits, p.dense_2_b, out=s.logits)

        # softmax_cross_entropy                                      deep_residual.py:59
        # logits_exp = exp(logits - max(logits, axis 1))                       (N, 10)
        # logits_sum = sum(exp(logits - max(logits, axis 1)), axis 1)           (N, 1)
        s.logits.max(axis=1, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=1, keepdims=True, out=s.logits_sum)

        # probs = softmax(logits)                          (N, 10)   deep_residual.py:71
        np.divide(s.logits_exp, s.logits_sum, out=s.probs)

        return s.probs

    def _predict_slots(self, x):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._predict[x.dtype, x.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_predict(x)

    def _plan_predict(self, x):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.float32, ("N", 64), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.hidden_1 = s.hidden_40 = float32(0, 40, (n, 64))
        s.logits = s.logits_minus_max = s.logits_exp = float32(40, 42, (n, 10))
        s.logits_max = float32(41, 41, (n, 1))
        s.logits_sum = float32(42, 42, (n, 1))
        s.probs = s.logits
        s.residual = [SimpleNamespace() for _ in range(39)]
        for b, at in zip(s.residual, _PREDICT_RESIDUAL, strict=True):
            b.z = b.h = float32(at.t, at.t, (n, 64))
            b.hidden = b.hidden_in = float32(0, 40, (n, 64))
        self._lay_out(s)
        self._predict[x.dtype, x.shape] = s
        return s

    def loss(self, x, y):
        """The loss on a batch, as in inference: no dropout, nothing changes.

        x: float32 (N, 64)
        y: int64 (N,)
        """
        s = self._loss_slots(x, y)
        return self._forward_loss(s, x, y)

    def _forward_loss(self, s, x, y):
        """The forward pass to the loss."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # dense_1                                                    deep_residual.py:45
        # z1 = x W + b                                                         (N, 64)
        # hidden_1 = tanh(z1)                                                  (N, 64)
        np.dot(x, p.dense_1_W, out=s.z1)
        np.add(s.z1, p.dense_1_b, out=s.z1)
        np.tanh(s.z1, out=s.hidden_1)

        # residual_1 to residual_39                                  deep_residual.py:45
        for k in range(39):
            self._residual_forward(s.residual[k], p.residual[k])

        # dense_2: logits = hidden_40 W + b                (N, 10)   deep_residual.py:58
        np.dot(s.hidden_40, p.dense_2_W, out=s.logits)
        np.add(s.logits, p.dense_2_b, out=s.logits)

        # softmax_cross_entropy: loss = mean(-log_softmax(logits)[y])           ()   :59
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
        _check("x", x, np.float32, ("N", 64), sizes)
        _check("y", y, np.int64, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.hidden_1 = s.hidden_40 = float32(0, 40, (n, 64))
        s.logits = s.logits_minus_max = float32(40, 45, (n, 10))
        s.logits_max = float32(41, 41, (n, 1))
        s.logits_exp = float32(42, 43, (n, 10))
        s.logits_minus_take = s.logits_reshape = float32(43, 46, (n,))
        s.y_position = _Buffer(44, 45, np.int64, (n,))
        s.logits_take = float32(45, 45, (n,))
        s.loss = float32(46, 46, ())
        s.residual = [SimpleNamespace() for _ in range(39)]
        for b, at in zip(s.residual, _PREDICT_RESIDUAL, strict=True):
            b.z = b.h = float32(at.t, at.t, (n, 64))
            b.hidden = b.hidden_in = float32(0, 40, (n, 64))
        self._lay_out(s)
        s.logits_sum = s.logits_minus_take.reshape(n, 1)
        s.logits_log = s.logits_minus_take.reshape(n, 1)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 10
        self._loss[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def _residual_backward(self, s, p, d):
        """Backward, one of 39: residual_1 to residual_39."""
        # dense_1                                                    deep_residual.py:45
        # d_z = d_hidden * (1 - square(h))                                       (N, 64)
        # d_b = sum over N of d_z                                                  (64,)
        # d_W = hidden_in^T d_z                                                 (64, 64)
        # d_hidden_in = d_hidden + d_z W^T                                       (N, 64)
        np.square(s.h, out=s.d_z)
        np.subtract(1.0, s.d_z, out=s.d_z)
        np.multiply(s.d_hidden, s.d_z, out=s.d_z)
        np.dot(s.ones, s.d_z, out=d.dense_1_b)
        np.dot(s.hidden_in.T, s.d_z, out=d.dense_1_W)
        np.dot(s.d_z, p.dense_1_W.T, out=s.d_z_product)
        np.add(s.d_hidden, s.d_z_product, out=s.d_hidden_in)

    def _residual_forward(self, s, p):
        """Forward, one of 39: residual_1 to residual_39."""
        # dense_1                                                    deep_residual.py:45
        # z = hidden_in W + b                                                    (N, 64)
        # h = tanh(z)                                                            (N, 64)
        np.dot(s.hidden_in, p.dense_1_W, out=s.z)
        np.add(s.z, p.dense_1_b, out=s.z)
        np.tanh(s.z, out=s.h)

        # residual: hidden = hidden_in + h                 (N, 64)   deep_residual.py:47
        np.add(s.hidden_in, s.h, out=s.hidden)

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


def _buffers(dtype):
    """A function for buffers of that type."""

    def buffer(first, last, shape):
        return _Buffer(first, last, dtype, shape)

    return buffer


def _ending(names, end, *others):
    """The names that end so, but for some others."""
    return [name for name in names if name.endswith(end) and name not in others]


def _parts(group, prefixes):
    """For each prefix, what has a name that begins so, under the rest of its name."""
    parts = []
    for start in [f"{prefix}_" for prefix in prefixes]:
        found = {n: v for n, v in vars(group).items() if n.startswith(start)}
        parts.append(SimpleNamespace(**{n[len(start) :]: v for n, v in found.items()}))
    return parts


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


def _series(pattern, *columns):
    """Names that count: the pattern with the numbers of the columns for each `#`."""
    names = []
    first, *rest = pattern.split("#")
    for numbers in zip(*[_numbers(column) for column in columns], strict=True):
        parts = [f"{n}{text}" for n, text in zip(numbers, rest, strict=True)]
        names.append(first + "".join(parts))
    return names


def _shapes(table):
    """The shapes of a table by attribute."""
    shapes = {}
    for word in _words(table):
        names, _, shape = word.partition("=")
        name, _, attribute = names.partition("/")
        sizes = tuple(int(size) for size in shape.split(",") if size)
        shapes[attribute or name.rpartition("~")[2].replace(".", "_")] = sizes
    return shapes


def _zeros(dtype, table):
    """Zeros of that type, by attribute."""
    shapes = _shapes(table)
    return {name: np.zeros(shape, dtype=dtype) for name, shape in shapes.items()}


def main():
    """Train or predict from the command line."""
    import argparse

    parser = argparse.ArgumentParser(description="Train this network, or predict.")
    parser.add_argument("action", choices=["train", "predict"])
    parser.add_argument("data", help="an .npz file of inputs and targets")
    parser.add_argument("--weights", default="deep_residual.npz")
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
    m = DeepResidual(seed=options.seed)
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
