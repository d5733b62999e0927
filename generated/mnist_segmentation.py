"""mnist_segmentation: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Inputs     x   float32 (N, 32, 32, 1)
Targets    y   int64 (N, 32, 32)
Outputs    classes   int64 (N, 32, 32)
Parameters 29,490 in 36 arrays
Optimiser  SGD(cosine(0.1, 375, floor=0.0001), momentum=0.9)

    from mnist_segmentation import MnistSegmentation

    m = MnistSegmentation(seed=0)
    loss = m.train_step(x, y)
    m.predict(x)

As a script (the arrays of data.npz are called as above):

    python mnist_segmentation.py train data.npz --epochs 10
    python mnist_segmentation.py predict data.npz
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

    `6..12/3` stands for 6 9 12, `7x3` for 7 7 7, and `1,5..7*2` for 1 5 6 7 1 5 6 7.
    """
    numbers = []
    for word in text.split():
        items, _, times = word.partition("*")
        found = []
        for item in items.split(","):
            item, _, each = item.partition("x")
            first, steps, last = item.partition("..")
            values = [int(first) if first.isdigit() else float(first)]
            if steps:
                last, _, step = last.partition("/")
                step = int(step or 1)
                values = range(values[0], int(last) + step // abs(step), step)
            found.extend(value for value in values for _ in range(int(each or 1)))
        numbers.extend(found * int(times or 1))
    return numbers


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
    words, numbers, repeated = [], None, []
    for word in table.split():
        if word.endswith(":"):
            numbers, repeated = _numbers(word[:-1]), []
        elif word == ";":
            words.extend(_counted(w, number) for number in numbers for w in repeated)
            numbers = None
        elif numbers is None:
            words.append(word)
        else:
            repeated.append(word)
    return words


# Names and shapes of states in the order in which they lie. The attribute is called like the
# state, or like its name after `~`; otherwise it is after a stroke. `2..8: a_# b_#+1 ;` is
# a_2 b_3 a_3 b_4 and so on.
_STATES_FLOAT32 = """
1,2: down_1.batch_norm_#.running_mean=8 down_1.batch_norm_#.running_var=8 ; 1,2:
    down_2.batch_norm_#.running_mean=16 down_2.batch_norm_#.running_var=16 ; 1,2:
    bottom.batch_norm_#.running_mean=32 bottom.batch_norm_#.running_var=32 ; 1,2:
    up_2.batch_norm_#.running_mean=16 up_2.batch_norm_#.running_var=16 ; 1,2:
    up_1.batch_norm_#.running_mean=8 up_1.batch_norm_#.running_var=8 ;
"""
_STATES_INT64 = """
sgd.step=
"""
_PARAMS = """
down_1.conv_1.W=3,3,1,8 down_1.batch_norm_1.gamma=8 down_1.batch_norm_1.beta=8
    down_1.conv_2.W=3,3,8,8 down_1.batch_norm_2.gamma=8 down_1.batch_norm_2.beta=8
    down_2.conv_1.W=3,3,8,16 down_2.batch_norm_1.gamma=16 down_2.batch_norm_1.beta=16
    down_2.conv_2.W=3,3,16,16 down_2.batch_norm_2.gamma=16 down_2.batch_norm_2.beta=16
    bottom.conv_1.W=3,3,16,32 bottom.batch_norm_1.gamma=32 bottom.batch_norm_1.beta=32
    bottom.conv_2.W=3,3,32,32 bottom.batch_norm_2.gamma=32 bottom.batch_norm_2.beta=32
    enlarge_2.W=2,2,16,32 enlarge_2.b=16 up_2.conv_1.W=3,3,32,16
    up_2.batch_norm_1.gamma=16 up_2.batch_norm_1.beta=16 up_2.conv_2.W=3,3,16,16
    up_2.batch_norm_2.gamma=16 up_2.batch_norm_2.beta=16 enlarge_1.W=2,2,8,16
    enlarge_1.b=8 up_1.conv_1.W=3,3,16,8 up_1.batch_norm_1.gamma=8
    up_1.batch_norm_1.beta=8 up_1.conv_2.W=3,3,8,8 up_1.batch_norm_2.gamma=8
    up_1.batch_norm_2.beta=8 classify.W=1,1,8,2 classify.b=2
"""
_STATS = """
1,2: z#_mean=8 z#_unbiased_var=8 ; 3,4: z#_mean=16 z#_unbiased_var=16 ; 5,6: z#_mean=32
    z#_unbiased_var=32 ; 8,9: z#_mean=16 z#_unbiased_var=16 ; 11,12: z#_mean=8
    z#_unbiased_var=8 ;
"""


class MnistSegmentation:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "mnist_segmentation"
    FINGERPRINT = "405bf77a640e810e"
    INPUTS = {"x": ("float32", ("N", 32, 32, 1))}
    TARGETS = {"y": ("int64", ("N", 32, 32))}
    OUTPUTS = {"classes": ("int64", ("N", 32, 32))}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        **_states("params", _PARAMS),
        **_states("momentum", _PARAMS, ".momentum"),
        **_states("state", _STATES_FLOAT32),
        **_states("state", _STATES_INT64),
    }

    def __init__(self, seed=0):
        self.params = _Views(_vector(29490, np.float32), _shapes(_PARAMS))
        self.grads = _Views(_vector(29490, np.float32), self.params.shapes)
        self.stats = _Views(_vector(320, np.float32), _shapes(_STATS))
        self.momentum = _Views(_vector(29490, np.float32), self.params.shapes)
        self.state = SimpleNamespace(
            **_zeros(np.float32, _STATES_FLOAT32),
            **_zeros(np.int64, _STATES_INT64),
        )
        self.params.conv = _parts(self.params, _series("bottom_conv_#", "1 2"))
        self.grads.conv_2 = _parts(
            self.grads,
            [
                *_series("down_#_conv_2", "1 2"),
                *_series("up_#_conv_#", "2x2 1x2", "1,2*2"),
            ],
        )
        self.params.conv_2 = _parts(
            self.params,
            [
                *_series("down_#_conv_2", "1 2"),
                *_series("up_#_conv_#", "2x2 1x2", "1,2*2"),
            ],
        )
        self.stats.batch_norm = _named(
            self.stats,
            z_mean=[
                *_series("z#_mean", "1 2"),
                "",
                "",
                *_series("z#_mean", "5 6"),
                *[""] * 4,
            ],
            z_unbiased_var=[
                *_series("z#_unbiased_var", "1 2"),
                "",
                "",
                *_series("z#_unbiased_var", "5 6"),
                *[""] * 4,
            ],
        )
        self.grads.batch_norm = _parts(
            self.grads,
            [
                *_series("down_#_batch_norm_#", "1x2 2x2", "1,2*2"),
                *_series("bottom_batch_norm_#", "1 2"),
                *_series("up_#_batch_norm_#", "2x2 1x2", "1,2*2"),
            ],
        )
        self.params.batch_norm = _parts(
            self.params,
            [
                *_series("down_#_batch_norm_#", "1x2 2x2", "1,2*2"),
                *_series("bottom_batch_norm_#", "1 2"),
                *_series("up_#_batch_norm_#", "2x2 1x2", "1,2*2"),
            ],
        )
        self._batch_norm_state = _parts(
            self.state,
            [
                *_series("down_#_batch_norm_#", "1x2 2x2", "1,2*2"),
                *_series("bottom_batch_norm_#", "1 2"),
                *_series("up_#_batch_norm_#", "2x2 1x2", "1,2*2"),
            ],
        )
        self.params.down = _parts(
            self.params,
            [*_series("down_#", "1 2"), "bottom", *_series("up_#", "2 1")],
        )
        self.stats.down = _named(
            self.stats,
            z1_mean=["", *_series("z#_mean", "3 5..11/3")],
            z1_unbiased_var=_series("z#_unbiased_var", "1..5/2 8 11"),
            z2_mean=["", *_series("z#_mean", "4 6..12/3")],
            z2_unbiased_var=_series("z#_unbiased_var", "2..6/2 9 12"),
        )
        self._down_state = _parts(
            self.state,
            [*_series("down_#", "1 2"), "bottom", *_series("up_#", "2 1")],
        )
        self._arena = np.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._predict = {}  # buffers by the arguments' shapes
        self._loss = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        names = [
            *_series("down_#_conv_#_W", "1x2 2x2", "1,2*2"),
            *_series("bottom_conv_#_W", "1 2"),
            "enlarge_2_W",
            *_series("up_2_conv_#_W", "1 2"),
            "enlarge_1_W",
            *_series("up_1_conv_#_W", "1 2"),
        ]
        every_a = """
        0.47140452 0.16666667x2 0.11785113x2 0.083333336 0.17677669 0.083333336
            0.11785113 0.25 0.11785113 0.16666667
        """
        for name, a in zip(names, _numbers(every_a), strict=True):
            array = getattr(p, name)
            noise = rng.standard_normal(array.shape, dtype=np.float32)
            array[...] = noise * a
        names = [
            *_series("down_#_batch_norm_#_gamma", "1x2 2x2", "1,2*2"),
            *_series("bottom_batch_norm_#_gamma", "1 2"),
            *_series("up_#_batch_norm_#_gamma", "2x2 1x2", "1,2*2"),
        ]
        for name in names:
            array = getattr(p, name)
            array[...] = 1.0
        classify_draw = rng.random((1, 1, 8, 2), dtype=np.float32)
        p.classify_W[...] = classify_draw * 1.5491934 + -0.7745967
        names = [
            *_series("down_#_batch_norm_#_running_var", "1x2 2x2", "1,2*2"),
            *_series("bottom_batch_norm_#_running_var", "1 2"),
            *_series("up_#_batch_norm_#_running_var", "2x2 1x2", "1,2*2"),
        ]
        for name in names:
            array = getattr(self.state, name)
            array[...] = 1.0

    def train_step(self, x, y):
        """One training step on a mini-batch; returns the loss before it.

        x: float32 (N, 32, 32, 1)
        y: int64 (N, 32, 32)
        """
        s = self._train_slots(x, y)
        loss = self._backward(s, x, y)
        self._update(s)
        return loss

    def gradients(self, x, y):
        """The gradients of the loss, as training sees it: dropout is on.

        x: float32 (N, 32, 32, 1)
        y: int64 (N, 32, 32)
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
        p, d, stats = self.params, self.grads, self.stats
        # ---- forward -----------------------------------------------------------------
        # down_1.conv_1: z1 = conv(x, W)       (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_toeplitz(
            x,
            p.down_1_conv_1_W,
            s.z1_columns,
            s.z1_band,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # down_1.batch_norm_1                                   mnist_segmentation.py:38
        self._batch_norm_forward(s.batch_norm[0], stats.batch_norm[0])

        # down_1.relu_1: h1 = relu(z1_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # down_1.conv_2: z2 = conv(h1, W)      (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_toeplitz(
            s.h1,
            p.down_1_conv_2_W,
            s.z2_columns,
            s.z2_band,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # down_1.batch_norm_2                                   mnist_segmentation.py:38
        self._batch_norm_forward(s.batch_norm[1], stats.batch_norm[1])

        # down_1.relu_2: h2 = relu(z2_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.clip(s.z2_norm, 0.0, np.inf, out=s.h2)

        # pool                                                  mnist_segmentation.py:38
        # h2_pooled = max_pool(h2, 2x2)                                 (N, 16, 16, 8)
        _max_pool_shifts(s.h2, s.h2_pooled_shifts, out=s.h2_pooled)

        # down_2                                                mnist_segmentation.py:38
        self._down_forward(s.down[1], p.down[1], stats.down[1])

        # pool: h4_pooled = max_pool(h4, 2x2)   (N, 8, 8, 16)   mnist_segmentation.py:38
        _max_pool_shifts(s.h4, s.h4_pooled_shifts, out=s.h4_pooled)

        # bottom.conv_1                                         mnist_segmentation.py:38
        self._conv_forward(s.conv[0], p.conv[0])

        # bottom.batch_norm_1                                   mnist_segmentation.py:38
        self._batch_norm_forward(s.batch_norm[4], stats.batch_norm[4])

        # bottom.relu_1: h5 = relu(z5_norm)     (N, 8, 8, 32)   mnist_segmentation.py:38
        np.clip(s.z5_norm, 0.0, np.inf, out=s.h5)

        # bottom.conv_2                                         mnist_segmentation.py:38
        self._conv_forward(s.conv[1], p.conv[1])

        # bottom.batch_norm_2                                   mnist_segmentation.py:38
        self._batch_norm_forward(s.batch_norm[5], stats.batch_norm[5])

        # bottom.relu_2: h6 = relu(z6_norm)     (N, 8, 8, 32)   mnist_segmentation.py:38
        np.clip(s.z6_norm, 0.0, np.inf, out=s.h6)

        # enlarge_2: h7 = conv^T(h6, W) + b   (N, 16, 16, 16)   mnist_segmentation.py:38
        _conv_col2im(s.h6, p.enlarge_2_W, s.h7_columns, out=s.h7, strides=(2, 2))
        np.copyto(s.enlarge_2_b_rows, s.enlarge_2_b_broadcast_to)
        np.add(s.h7, s.enlarge_2_b_rows, out=s.h7)

        # h4_concat = [h4; h7]                (N, 16, 16, 32)   mnist_segmentation.py:38
        np.concatenate((s.h4, s.h7), axis=3, out=s.h4_concat)

        # up_2                                                  mnist_segmentation.py:38
        self._down_forward(s.down[3], p.down[3], stats.down[3])

        # enlarge_1: h10 = conv^T(h9, W) + b   (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_col2im(s.h9, p.enlarge_1_W, s.h10_columns, out=s.h10, strides=(2, 2))
        np.copyto(s.enlarge_1_b_rows, s.enlarge_1_b_broadcast_to)
        np.add(s.h10, s.enlarge_1_b_rows, out=s.h10)

        # h2_concat = [h2; h10]               (N, 32, 32, 16)   mnist_segmentation.py:38
        np.concatenate((s.h2, s.h10), axis=3, out=s.h2_concat)

        # up_1                                                  mnist_segmentation.py:38
        self._down_forward(s.down[4], p.down[4], stats.down[4])

        # classify                                              mnist_segmentation.py:38
        # logits = conv(h12, W) + b                                     (N, 32, 32, 2)
        np.dot(s.h12_reshape, s.classify_W_reshape, out=s.h12_product)
        np.copyto(s.classify_b_rows, s.classify_b_broadcast_to)
        np.add(s.h12_reshape_2, s.classify_b_rows, out=s.logits)

        # softmax_cross_entropy                                 mnist_segmentation.py:45
        # loss = mean(-log_softmax(logits)[y])                                      ()
        # logits_exp = exp(logits - max(logits, axis 3))                (N, 32, 32, 2)
        # logits_sum = sum(exp(logits - max(logits, axis 3)), axis 3)   (N, 32, 32, 1)
        # y_position = row_starts + reshape(y, (1024 * N,))                (1024 * N,)
        s.logits.max(axis=3, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=3, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        y_reshape = y.reshape(1024 * s.n)
        np.add(y_reshape, s.row_starts, out=s.y_position)
        np.take(s.logits_minus_max, s.y_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape, s.logits_reshape_2, out=s.logits_minus)
        s.logits_minus.sum(out=s.loss)
        np.divide(s.loss, 1024 * s.n, out=s.loss)

        # ---- backward ----------------------------------------------------------------
        # softmax_cross_entropy                                 mnist_segmentation.py:45
        # d_logits = (softmax(logits) - onehot(y)) / (1024 * N)         (N, 32, 32, 2)
        np.divide(s.logits_exp, s.logits_sum, out=s.d_logits)
        _add_elements(s.d_logits, s.y_position, s.minus_ones)
        np.divide(s.d_logits, 1024 * s.n, out=s.d_logits)

        # classify                                              mnist_segmentation.py:38
        # d_b = sum over 1024 * N of reshape(d_logits, (1024 * N, 2))             (2,)
        # h12_product_2 = h12_transpose d_logits_reshape                        (8, 2)
        # d_logits_product = reshape(d_logits, (1024 * N, 2)) W^T        (1024 * N, 8)
        np.dot(s.ones, s.d_logits_reshape, out=d.classify_b)
        np.dot(s.h12_reshape.T, s.d_logits_reshape, out=s.h12_product_2)
        np.dot(s.d_logits_reshape, s.classify_W_reshape.T, out=s.d_logits_product)

        # up_1.relu_2                                           mnist_segmentation.py:38
        # d_z12_norm = conv^T(d_logits, classify.W) * (h12 > 0)         (N, 32, 32, 8)
        np.greater(s.h12, 0.0, out=s.h12_mask)
        np.multiply(s.d_h12, s.h12_mask, out=s.d_z12_norm)

        # up_1.batch_norm_2                                     mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[9], p.batch_norm[9], d.batch_norm[9])

        # up_1.conv_2                                           mnist_segmentation.py:38
        self._conv_2_backward(s.conv_2[5], d.conv_2[5])

        # up_1.relu_1                                           mnist_segmentation.py:38
        # d_z11_norm = d_h11 * (h11 > 0)                                (N, 32, 32, 8)
        np.greater(s.h11, 0.0, out=s.h11_mask)
        np.multiply(s.d_h11, s.h11_mask, out=s.d_z11_norm)

        # up_1.batch_norm_1                                     mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[8], p.batch_norm[8], d.batch_norm[8])

        # up_1.conv_1                                           mnist_segmentation.py:38
        self._conv_2_backward(s.conv_2[4], d.conv_2[4])

        # enlarge_1                                             mnist_segmentation.py:38
        # d_b = sum(d_z11_conv[:, :, :, 8:], axes 0, 1, 2)                        (8,)
        # d_W = patches(d_z11_conv[:, :, :, 8:])^T h9                    (2, 2, 8, 16)
        # d_h9 = conv(d_z11_conv[:, :, :, 8:], W)                      (N, 16, 16, 16)
        s.d_h10.sum(axis=(0, 1, 2), out=d.enlarge_1_b)
        _conv_weight_im2col(
            s.d_h10,
            s.h9,
            s.d_enlarge_1_W_columns,
            s.d_enlarge_1_W_part,
            out=d.enlarge_1_W,
            strides=(2, 2),
        )
        _conv_im2col(s.d_h10, p.enlarge_1_W, s.d_h9_columns, out=s.d_h9, strides=(2, 2))

        # up_2.relu_2                                           mnist_segmentation.py:38
        # d_z9_norm = d_h9 * (h9 > 0)                                  (N, 16, 16, 16)
        np.greater(s.h9, 0.0, out=s.h9_mask)
        np.multiply(s.d_h9, s.h9_mask, out=s.d_z9_norm)

        # up_2.batch_norm_2                                     mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[7], p.batch_norm[7], d.batch_norm[7])

        # up_2.conv_2                                           mnist_segmentation.py:38
        self._conv_2_backward(s.conv_2[3], d.conv_2[3])

        # up_2.relu_1                                           mnist_segmentation.py:38
        # d_z8_norm = d_h8 * (h8 > 0)                                  (N, 16, 16, 16)
        np.greater(s.h8, 0.0, out=s.h8_mask)
        np.multiply(s.d_h8, s.h8_mask, out=s.d_z8_norm)

        # up_2.batch_norm_1                                     mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[6], p.batch_norm[6], d.batch_norm[6])

        # up_2.conv_1                                           mnist_segmentation.py:38
        self._conv_2_backward(s.conv_2[2], d.conv_2[2])

        # enlarge_2                                             mnist_segmentation.py:38
        # d_b = sum(d_z8_conv[:, :, :, 16:], axes 0, 1, 2)                       (16,)
        # d_W = patches(d_z8_conv[:, :, :, 16:])^T h6                   (2, 2, 16, 32)
        # d_h6 = conv(d_z8_conv[:, :, :, 16:], W)                        (N, 8, 8, 32)
        s.d_h7.sum(axis=(0, 1, 2), out=d.enlarge_2_b)
        _conv_weight_im2col(
            s.d_h7,
            s.h6,
            s.d_enlarge_2_W_columns,
            s.d_enlarge_2_W_part,
            out=d.enlarge_2_W,
            strides=(2, 2),
        )
        _conv_im2col(s.d_h7, p.enlarge_2_W, s.d_h6_columns, out=s.d_h6, strides=(2, 2))

        # bottom.relu_2                                         mnist_segmentation.py:38
        # d_z6_norm = d_h6 * (h6 > 0)                                    (N, 8, 8, 32)
        np.greater(s.h6, 0.0, out=s.h6_mask)
        np.multiply(s.d_h6, s.h6_mask, out=s.d_z6_norm)

        # bottom.batch_norm_2                                   mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[5], p.batch_norm[5], d.batch_norm[5])

        # bottom.conv_2                                         mnist_segmentation.py:38
        # d_W = patches(h5)^T d_z6                                      (3, 3, 32, 32)
        # d_h5 = conv(d_z6, bottom_conv_2_W_reshape_2)                   (N, 8, 8, 32)
        _conv_weight_im2col(
            s.h5,
            s.d_z6,
            s.d_bottom_conv_2_W_columns,
            s.d_bottom_conv_2_W_part,
            out=d.bottom_conv_2_W,
            padded=s.d_bottom_conv_2_W_padded,
            low=(1, 1),
        )
        np.copyto(s.bottom_conv_2_W_copy, s.bottom_conv_2_W_reshape_2)
        _conv_im2col(
            s.d_z6,
            s.bottom_conv_2_W_copy,
            s.d_h5_columns,
            out=s.d_h5,
            padded=s.d_h5_padded,
            low=(1, 1),
        )

        # bottom.relu_1                                         mnist_segmentation.py:38
        # d_z5_norm = d_h5 * (h5 > 0)                                    (N, 8, 8, 32)
        np.greater(s.h5, 0.0, out=s.h5_mask)
        np.multiply(s.d_h5, s.h5_mask, out=s.d_z5_norm)

        # bottom.batch_norm_1                                   mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[4], p.batch_norm[4], d.batch_norm[4])

        # bottom.conv_1                                         mnist_segmentation.py:38
        # d_W = patches(h4_pooled)^T d_z5                               (3, 3, 16, 32)
        _conv_weight_im2col(
            s.h4_pooled,
            s.d_z5,
            s.d_bottom_conv_1_W_columns,
            s.d_bottom_conv_1_W_part,
            out=d.bottom_conv_1_W,
            padded=s.d_bottom_conv_1_W_padded,
            low=(1, 1),
        )

        # pool                                                  mnist_segmentation.py:38
        # h4_max_pool_index = place of the first maximum of h4           (N, 8, 8, 16)
        _max_pool_index_shifts(
            s.h4,
            s.h4_pooled,
            s.h4_max_pool_index_before,
            s.h4_max_pool_index_different,
            s.h4_max_pool_index_shifts,
            out=s.h4_max_pool_index,
        )

        # bottom.conv_1                                         mnist_segmentation.py:38
        # d_h4_pooled = conv(d_z5, bottom_conv_1_W_reshape_2)            (N, 8, 8, 16)
        np.copyto(s.bottom_conv_1_W_copy, s.bottom_conv_1_W_reshape_2)
        _conv_toeplitz(
            s.d_z5,
            s.bottom_conv_1_W_copy,
            s.d_h4_pooled_columns,
            s.d_h4_pooled_band,
            out=s.d_h4_pooled,
            padded=s.d_h4_pooled_padded,
            low=(1, 1),
        )

        # pool                                                  mnist_segmentation.py:38
        # d_h4 = d_z8_conv[:, :, :, :16]                               (N, 16, 16, 16)
        #     + d_h4_pooled at h4_max_pool_index
        _max_pool_gradient_tiles(
            s.h4_max_pool_index,
            s.d_h4_pooled,
            s.d_h4_chosen,
            s.d_h4_shifts,
            out=s.d_h4,
        )
        np.add(s.d_z8_slice, s.d_h4, out=s.d_h4)

        # down_2.relu_2                                         mnist_segmentation.py:38
        # d_z4_norm = d_h4 * (h4 > 0)                                  (N, 16, 16, 16)
        np.greater(s.h4, 0.0, out=s.h4_mask)
        np.multiply(s.d_h4, s.h4_mask, out=s.d_z4_norm)

        # down_2.batch_norm_2                                   mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[3], p.batch_norm[3], d.batch_norm[3])

        # down_2.conv_2                                         mnist_segmentation.py:38
        self._conv_2_backward(s.conv_2[1], d.conv_2[1])

        # down_2.relu_1                                         mnist_segmentation.py:38
        # d_z3_norm = d_h3 * (h3 > 0)                                  (N, 16, 16, 16)
        np.greater(s.h3, 0.0, out=s.h3_mask)
        np.multiply(s.d_h3, s.h3_mask, out=s.d_z3_norm)

        # down_2.batch_norm_1                                   mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[2], p.batch_norm[2], d.batch_norm[2])

        # down_2.conv_1                                         mnist_segmentation.py:38
        # d_W = patches(h2_pooled)^T d_z3                                (3, 3, 8, 16)
        _conv_weight_toeplitz(
            s.h2_pooled,
            s.d_z3,
            s.d_down_2_conv_1_W_columns,
            s.d_down_2_conv_1_W_part,
            s.d_down_2_conv_1_W_total,
            out=d.down_2_conv_1_W,
            padded=s.d_down_2_conv_1_W_padded,
            low=(1, 1),
        )

        # pool                                                  mnist_segmentation.py:38
        # h2_max_pool_index = place of the first maximum of h2          (N, 16, 16, 8)
        _max_pool_index_shifts(
            s.h2,
            s.h2_pooled,
            s.h2_max_pool_index_before,
            s.h2_max_pool_index_different,
            s.h2_max_pool_index_shifts,
            out=s.h2_max_pool_index,
        )

        # down_2.conv_1                                         mnist_segmentation.py:38
        # d_h2_pooled = conv(d_z3, down_2_conv_1_W_reshape_2)           (N, 16, 16, 8)
        np.copyto(s.down_2_conv_1_W_copy, s.down_2_conv_1_W_reshape_2)
        _conv_toeplitz(
            s.d_z3,
            s.down_2_conv_1_W_copy,
            s.d_h2_pooled_columns,
            s.d_h2_pooled_band,
            out=s.d_h2_pooled,
            padded=s.d_h2_pooled_padded,
            low=(1, 1),
        )

        # pool                                                  mnist_segmentation.py:38
        # d_h2 = d_z11_conv[:, :, :, :8]                                (N, 32, 32, 8)
        #     + d_h2_pooled at h2_max_pool_index
        _max_pool_gradient_tiles(
            s.h2_max_pool_index,
            s.d_h2_pooled,
            s.d_h2_chosen,
            s.d_h2_shifts,
            out=s.d_h2,
        )
        np.add(s.d_z11_slice, s.d_h2, out=s.d_h2)

        # down_1.relu_2                                         mnist_segmentation.py:38
        # d_z2_norm = d_h2 * (h2 > 0)                                   (N, 32, 32, 8)
        np.greater(s.h2, 0.0, out=s.h2_mask)
        np.multiply(s.d_h2, s.h2_mask, out=s.d_z2_norm)

        # down_1.batch_norm_2                                   mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[1], p.batch_norm[1], d.batch_norm[1])

        # down_1.conv_2                                         mnist_segmentation.py:38
        self._conv_2_backward(s.conv_2[0], d.conv_2[0])

        # down_1.relu_1                                         mnist_segmentation.py:38
        # d_z1_norm = d_h1 * (h1 > 0)                                   (N, 32, 32, 8)
        np.greater(s.h1, 0.0, out=s.h1_mask)
        np.multiply(s.d_h1, s.h1_mask, out=s.d_z1_norm)

        # down_1.batch_norm_1                                   mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[0], p.batch_norm[0], d.batch_norm[0])

        # down_1.conv_1                                         mnist_segmentation.py:38
        # d_W = patches(x)^T d_z1                                         (3, 3, 1, 8)
        _conv_weight_toeplitz(
            x,
            s.d_z1,
            s.d_down_1_conv_1_W_columns,
            s.d_down_1_conv_1_W_part,
            s.d_down_1_conv_1_W_total,
            out=d.down_1_conv_1_W,
            padded=s.d_down_1_conv_1_W_padded,
            low=(1, 1),
        )

        # ---- statistics --------------------------------------------------------------
        # down_1 to up_1                                        mnist_segmentation.py:38
        for k in range(5):
            self._down_statistics(s.down[k], stats.down[k])

        return s.loss[()]

    def _update(self, s):
        """Change the parameters: SGD(cosine(0.1, 375, floor=0.0001), momentum..."""
        p, d, stats = self.params, self.grads, self.stats
        sgd_step = int(self.state.sgd_step)
        # ---- update ------------------------------------------------------------------
        # sgd                                                   mnist_segmentation.py:47
        new_sgd_step = sgd_step + 1

        # ---- statistics --------------------------------------------------------------
        # down_1.batch_norm_1                                   mnist_segmentation.py:38
        # running_mean' = 0.9 * running_mean + 0.1 * z1_mean                      (8,)
        # running_var' = 0.9 * running_var + 0.1 * z1_unbiased_var                (8,)
        with _Whole():  # no interruption may leave this half done
            np.multiply(
                0.9,
                self.state.down_1_batch_norm_1_running_mean,
                out=self.state.down_1_batch_norm_1_running_mean,
            )
            np.multiply(0.1, stats.z1_mean, out=s.z1_mean_times_2)
            np.add(
                self.state.down_1_batch_norm_1_running_mean,
                s.z1_mean_times_2,
                out=self.state.down_1_batch_norm_1_running_mean,
            )
            np.multiply(
                0.9,
                self.state.down_1_batch_norm_1_running_var,
                out=self.state.down_1_batch_norm_1_running_var,
            )
            np.multiply(0.1, stats.z1_unbiased_var, out=s.z1_unbiased_var_times_2)
            np.add(
                self.state.down_1_batch_norm_1_running_var,
                s.z1_unbiased_var_times_2,
                out=self.state.down_1_batch_norm_1_running_var,
            )

            # down_1.batch_norm_2                               mnist_segmentation.py:38
            # running_mean' = 0.9 * running_mean + 0.1 * z2_mean                  (8,)
            # running_var' = 0.9 * running_var + 0.1 * z2_unbiased_var            (8,)
            np.multiply(
                0.9,
                self.state.down_1_batch_norm_2_running_mean,
                out=self.state.down_1_batch_norm_2_running_mean,
            )
            np.multiply(0.1, stats.z2_mean, out=s.z2_mean_times_2)
            np.add(
                self.state.down_1_batch_norm_2_running_mean,
                s.z2_mean_times_2,
                out=self.state.down_1_batch_norm_2_running_mean,
            )
            np.multiply(
                0.9,
                self.state.down_1_batch_norm_2_running_var,
                out=self.state.down_1_batch_norm_2_running_var,
            )
            np.multiply(0.1, stats.z2_unbiased_var, out=s.z2_unbiased_var_times_2)
            np.add(
                self.state.down_1_batch_norm_2_running_var,
                s.z2_unbiased_var_times_2,
                out=self.state.down_1_batch_norm_2_running_var,
            )

            # down_2 to up_1                                    mnist_segmentation.py:38
            for k in range(1, 5):
                self._down_statistics_2(s.down[k], stats.down[k], self._down_state[k])

            # ---- update --------------------------------------------------------------
            # sgd                                               mnist_segmentation.py:47
            # momentum' = 0.9 * momentum + grads                              (29490,)
            # params' = params - learning_rate * (0.9 * momentum + grads)     (29490,)
            sgd_step_cos = math.cos(min(sgd_step, 375.0) * 0.00837758)
            learning_rate = 1e-04 + 0.04995 * (1.0 + sgd_step_cos)
            np.multiply(0.9, self.momentum.flat, out=self.momentum.flat)
            np.add(self.momentum.flat, d.flat, out=self.momentum.flat)
            np.multiply(learning_rate, self.momentum.flat, out=s.learning_rate_times)
            np.subtract(p.flat, s.learning_rate_times, out=p.flat)
            self.state.sgd_step[...] = new_sgd_step

    def _train_slots(self, x, y):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._train[x.dtype, x.shape, y.dtype, y.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_train(x, y)
        _check_range("y", y, 2)
        return s

    def _plan_train(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        p, d, stats = self.params, self.grads, self.stats
        sizes = {}
        _check("x", x, np.float32, ("N", 32, 32, 1), sizes)
        _check("y", y, np.int64, ("N", 32, 32), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        int64 = _buffers(np.int64)
        bool_ = _buffers(np.bool_)
        uint8 = _buffers(np.uint8)
        table = """
        t 9 32 69 79 95 105
        t_2 290 253 193 183 157 147
        t_3 285 248 194 178 158 142
        t_4 272 235 179 165 143 131
        t_5 300 271 236 198 273 162
        a 32 16x3 32x2
        b 8 16 32 16x2 8
        c 8 16x3 8x2
        d 28 42 21 42 14 28
        e 6 4x3 6x2
        f 144 192 384 192 288 144
        g 4 2x3 4x2
        h 34 18x3 34x2
        i 28 42x3 21 28
        j 8x4 16 8
        k 6 4x4 6
        l 4 2x4 4
        """
        rows_2 = _rows(table)
        table = """
        t 0 11 23 34 46 56 70 81 96 107
        t_2 296 280 259 243 223 209 189 173 153 137
        t_3 4 15 27..49/11 59 74 85 100 111
        t_4 290 274 253 237 217 203 183 167 147 130
        t_5 286 272 249 235 214 201 179 165 143 131
        t_6 300 289 271 252..198/-18 182 162 146
        a 1024x2 256x2 64x2 256x2 1024x2
        b 32x2 16x2 8x2 16x2 32x2
        c 8x2 16x2 32x2 16x2 8x2
        d 1024x4 64x6
        e 8x4 32x6
        f 32x4 8x6
        """
        rows_3 = _rows(table)
        table = """
        t 22x3 69 95
        t_2 266x3 193 157
        t_3 259x3 189 153
        t_4 237x3 167 130
        t_5 305x2 309..317/4
        a 16x4 32
        b 8x3 32 16
        c 85x3 21 14
        d 4x4 6
        e 2x4 4
        f 16x4 8
        g 18x4 34
        h 256x4 1024
        i 42x4 28
        j 16x2 32 16 8
        k 1024 256 64 256 1024
        """
        rows_4 = _rows(table)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = float32(0, 296, (n, 32, 32, 8))
        s.z1_columns = float32(1, 3, (273, 32, 4, 3, 10, 1))
        s.z1_band = float32(2, 3, (3, 10, 1, 8, 8))
        s.z1_padded = float32(3, 3, (273, 34, 34, 1))
        s.z1_norm = float32(9, 290, (n, 32, 32, 8))
        s.h1 = s.z1_norm
        s.z2 = float32(11, 280, (n, 32, 32, 8))
        s.z2_columns = float32(12, 14, (28, 32, 8, 3, 6, 8))
        s.z2_band = float32(13, 14, (3, 6, 8, 4, 8))
        s.z2_padded = float32(14, 14, (28, 34, 34, 8))
        s.z2_norm = float32(20, 274, (n, 32, 32, 8))
        s.h2 = s.z2_norm
        s.h2_pooled = float32(22, 266, (n, 16, 16, 8))
        s.h3 = float32(32, 253, (n, 16, 16, 16))
        s.h4 = float32(43, 237, (n, 16, 16, 16))
        s.h4_pooled = float32(45, 229, (n, 8, 8, 16))
        s.z5_norm = float32(54, 217, (n, 8, 8, 32))
        s.h5 = s.z5_norm
        s.z6_norm = float32(64, 203, (n, 8, 8, 32))
        s.h6 = s.z6_norm
        s.h7 = float32(66, 69, (n, 16, 16, 16))
        s.h7_columns = float32(67, 67, (256, 8, 8, 2, 2, 16))
        s.enlarge_2_b_rows = float32(68, 68, (16, 16))
        s.h4_concat = float32(69, 193, (n, 16, 16, 32))
        s.h8 = float32(79, 183, (n, 16, 16, 16))
        s.h9 = float32(90, 167, (n, 16, 16, 16))
        s.h10 = float32(92, 95, (n, 32, 32, 8))
        s.h10_columns = float32(93, 93, (128, 16, 16, 2, 2, 8))
        s.enlarge_1_b_rows = float32(94, 94, (32, 8))
        s.h2_concat = float32(95, 157, (n, 32, 32, 16))
        s.h11 = float32(105, 147, (n, 32, 32, 8))
        s.h12 = float32(116, 130, (n, 32, 32, 8))
        s.h12_product = float32(118, 120, (1024 * n, 2))
        s.classify_b_rows = float32(119, 120, (32, 2))
        s.logits = float32(120, 126, (n, 32, 32, 2))
        s.logits_max = float32(121, 121, (n, 32, 32, 1))
        s.logits_minus_max = s.logits
        s.logits_exp = float32(122, 129, (n, 32, 32, 2))
        s.logits_sum = float32(123, 128, (n, 32, 32, 1))
        s.logits_log = float32(124, 127, (n, 32, 32, 1))
        s.y_position = int64(125, 128, (1024 * n,))
        s.logits_take = float32(126, 127, (1024 * n,))
        s.logits_minus = float32(127, 128, (n, 32, 32))
        s.loss = float32(128, 300, ())
        s.d_logits = s.logits_exp
        s.d_logits_product = float32(129, 131, (1024 * n, 8))
        s.h12_mask = bool_(130, 131, (n, 32, 32, 8))
        s.d_z12_norm = float32(131, 146, (n, 32, 32, 8))
        s.d_h11 = float32(143, 162, (n, 32, 32, 8))
        s.h11_mask = bool_(147, 147, (n, 32, 32, 8))
        s.d_z11_norm = s.d_h11
        s.d_z11_conv = float32(159, 273, (n, 32, 32, 16))
        s.d_enlarge_1_W_columns = float32(163, 164, (128, 16, 16, 2, 2, 8))
        s.d_enlarge_1_W_part = float32(164, 164, (32, 16))
        s.d_h9 = float32(165, 182, (n, 16, 16, 16))
        s.d_h9_columns = float32(166, 166, (128, 16, 16, 2, 2, 8))
        s.h9_mask = bool_(167, 167, (n, 16, 16, 16))
        s.d_z9_norm = s.d_h9
        s.d_h8 = float32(179, 198, (n, 16, 16, 16))
        s.h8_mask = bool_(183, 183, (n, 16, 16, 16))
        s.d_z8_norm = s.d_h8
        s.d_z8_conv = float32(195, 236, (n, 16, 16, 32))
        s.d_enlarge_2_W_columns = float32(199, 200, (256, 8, 8, 2, 2, 16))
        s.d_enlarge_2_W_part = float32(200, 200, (64, 32))
        s.d_h6 = float32(201, 216, (n, 8, 8, 32))
        s.d_h6_columns = float32(202, 202, (256, 8, 8, 2, 2, 16))
        s.h6_mask = bool_(203, 203, (n, 8, 8, 32))
        s.d_z6_norm = s.d_h6
        s.d_z6 = s.d_h6
        s.d_bottom_conv_2_W_columns = float32(210, 212, (56, 8, 8, 3, 3, 32))
        s.d_bottom_conv_2_W_part = float32(211, 212, (288, 32))
        s.d_bottom_conv_2_W_padded = float32(212, 212, (56, 10, 10, 32))
        s.bottom_conv_2_W_copy = float32(213, 216, (3, 3, 32, 32))
        s.d_h5 = float32(214, 234, (n, 8, 8, 32))
        s.d_h5_columns = float32(215, 216, (56, 8, 8, 3, 3, 32))
        s.d_h5_padded = float32(216, 216, (56, 10, 10, 32))
        s.h5_mask = bool_(217, 217, (n, 8, 8, 32))
        s.d_z5_norm = s.d_h5
        s.d_z5 = s.d_h5
        s.d_bottom_conv_1_W_columns = float32(224, 226, (113, 8, 8, 3, 3, 16))
        s.d_bottom_conv_1_W_part = float32(225, 226, (144, 32))
        s.d_bottom_conv_1_W_padded = float32(226, 226, (113, 10, 10, 16))
        s.h4_max_pool_index = uint8(227, 236, (n, 8, 8, 16))
        s.h4_max_pool_index_before = bool_(228, 229, (n, 8, 8, 16))
        s.h4_max_pool_index_different = bool_(229, 229, (n, 8, 8, 16))
        s.bottom_conv_1_W_copy = float32(230, 234, (3, 3, 32, 16))
        s.d_h4_pooled = float32(231, 236, (n, 8, 8, 16))
        s.d_h4_pooled_columns = float32(232, 234, (85, 8, 4, 3, 4, 32))
        s.d_h4_pooled_band = float32(233, 234, (3, 4, 32, 2, 16))
        s.d_h4_pooled_padded = float32(234, 234, (85, 10, 10, 32))
        s.d_h4 = float32(235, 252, (n, 16, 16, 16))
        s.d_h4_chosen = bool_(236, 236, (n, 8, 8, 16))
        s.h4_mask = bool_(237, 237, (n, 16, 16, 16))
        s.d_z4_norm = s.d_h4
        s.d_h3 = float32(249, 271, (n, 16, 16, 16))
        s.h3_mask = bool_(253, 253, (n, 16, 16, 16))
        s.d_z3_norm = s.d_h3
        s.d_z3 = s.d_h3
        s.d_down_2_conv_1_W_columns = float32(260, 263, (85, 16, 8, 3, 4, 8))
        s.d_down_2_conv_1_W_part = float32(261, 263, (96, 32))
        s.d_down_2_conv_1_W_total = float32(262, 263, (3, 4, 8, 2, 16))
        s.d_down_2_conv_1_W_padded = float32(263, 263, (85, 18, 18, 8))
        s.h2_max_pool_index = uint8(264, 273, (n, 16, 16, 8))
        s.h2_max_pool_index_before = bool_(265, 266, (n, 16, 16, 8))
        s.h2_max_pool_index_different = bool_(266, 266, (n, 16, 16, 8))
        s.down_2_conv_1_W_copy = float32(267, 271, (3, 3, 16, 8))
        s.d_h2_pooled = float32(268, 273, (n, 16, 16, 8))
        s.d_h2_pooled_columns = float32(269, 271, (42, 16, 8, 3, 4, 16))
        s.d_h2_pooled_band = float32(270, 271, (3, 4, 16, 2, 8))
        s.d_h2_pooled_padded = float32(271, 271, (42, 18, 18, 16))
        s.d_h2 = float32(272, 289, (n, 32, 32, 8))
        s.d_h2_chosen = bool_(273, 273, (n, 16, 16, 8))
        s.h2_mask = bool_(274, 274, (n, 32, 32, 8))
        s.d_z2_norm = s.d_h2
        s.d_h1 = float32(286, 300, (n, 32, 32, 8))
        s.h1_mask = bool_(290, 290, (n, 32, 32, 8))
        s.d_z1_norm = s.d_h1
        s.d_z1 = s.d_h1
        s.d_down_1_conv_1_W_columns = float32(297, 300, (273, 32, 4, 3, 10, 1))
        s.d_down_1_conv_1_W_part = float32(298, 300, (30, 64))
        s.d_down_1_conv_1_W_total = float32(299, 300, (3, 10, 1, 8, 8))
        s.d_down_1_conv_1_W_padded = float32(300, 300, (273, 34, 34, 1))
        s.z1_mean_times_2 = float32(301, 301, (8,))
        s.z1_unbiased_var_times_2 = float32(302, 302, (8,))
        s.z2_mean_times_2 = float32(303, 303, (8,))
        s.z2_unbiased_var_times_2 = float32(304, 304, (8,))
        s.learning_rate_times = float32(321, 321, (29490,))
        table = """
        t 45 54
        t_2 229 217
        t_3 47 57
        t_4 223 209
        a 16 32
        b 113 56
        """
        rows = _rows(table)
        s.conv = [SimpleNamespace() for _ in range(2)]
        for k in range(2):
            b, at = s.conv[k], rows[k]
            b.h4_pooled = float32(at.t, at.t_2, (n, 8, 8, at.a))
            b.z_columns = float32(at.t_3, at.t_3 + 1, (at.b, 8, 8, 3, 3, at.a))
            b.z = float32(at.t_3 - 1, at.t_4, (n, 8, 8, 32))
            b.z_padded = float32(at.t_3 + 1, at.t_3 + 1, (at.b, 10, 10, at.a))
        s.conv_2 = [SimpleNamespace() for _ in range(6)]
        for k in range(6):
            b, at = s.conv_2[k], rows_2[k]
            b.h = float32(at.t, at.t_2, (n, at.a, at.a, at.b))
            b.W_copy = float32(at.t_3, at.t_3 + 4, (3, 3, at.c, at.b))
            b.d_z = float32(at.t_4, at.t_3 + 4, (n, at.a, at.a, at.c))
            b.d_W_columns = float32(
                at.t_3 - 4,
                at.t_3 - 1,
                (at.d, at.a, 8, 3, at.e, at.b),
            )
            b.d_W_part = float32(at.t_3 - 3, at.t_3 - 1, (at.f, 32))
            b.d_W_total = float32(at.t_3 - 2, at.t_3 - 1, (3, at.e, at.b, at.g, at.c))
            b.d_W_padded = float32(at.t_3 - 1, at.t_3 - 1, (at.d, at.h, at.h, at.b))
            b.d_h_columns = float32(
                at.t_3 + 2,
                at.t_3 + 4,
                (at.i, at.a, at.j, 3, at.k, at.c),
            )
            b.d_h_band = float32(at.t_3 + 3, at.t_3 + 4, (3, at.k, at.c, at.l, at.b))
            b.d_h = float32(at.t_3 + 1, at.t_5, (n, at.a, at.a, at.b))
            b.d_h_padded = float32(at.t_3 + 4, at.t_3 + 4, (at.i, at.h, at.h, at.c))
        s.batch_norm = [SimpleNamespace(n=s.n) for _ in range(10)]
        for k in range(10):
            b, at = s.batch_norm[k], rows_3[k]
            b.z = float32(at.t, at.t_2, (n, at.b, at.b, at.c))
            b.z_inv_std = float32(at.t_3 + 2, at.t_2 - 4, (at.c,))
            b.z_hat_2 = b.z
            b.z_norm = float32(at.t_3 + 5, at.t_4, (n, at.b, at.b, at.c))
            b.z_inv_std_times = b.z_inv_std
            b.z_inv_std_rows_2 = float32(at.t_2 - 4, at.t_2, (at.b, at.c))
            b.over = float32(at.t_2 - 3, at.t_2 - 2, (at.c,))
            b.rows_2 = float32(at.t_2 - 2, at.t_2 - 2, (at.b, at.c))
            b.over_2 = float32(at.t_2 - 1, at.t_2, (at.c,))
            b.rows_3 = float32(at.t_2, at.t_2, (at.b, at.c))
            b.z_hat_times = b.z
            b.d_z_norm = float32(at.t_5, at.t_6, (n, at.b, at.b, at.c))
            b.d_z_norm_times = float32(at.t_2 - 5, at.t_2 - 5, (n, at.b, at.b, at.c))
            b.d_z = b.d_z_norm
        for k in _numbers("0 1 4 5"):
            b, at = s.batch_norm[k], rows_3[k]
            b.z_mean_rows = float32(at.t_3, at.t_3, (at.f, at.e))
            b.z_hat = float32(at.t, at.t_2, (n, at.f, at.f, at.e))
            b.z_hat_square = float32(at.t_3 + 1, at.t_3 + 1, (n, at.f, at.f, at.e))
            b.z_inv_std_rows = float32(at.t_3 + 3, at.t_3 + 3, (at.f, at.e))
            b.rows = float32(at.t_3 + 4, at.t_3 + 5, (at.f, at.e))
            b.beta_rows = float32(at.t_3 + 6, at.t_3 + 6, (at.f, at.e))
        s.down = [SimpleNamespace(n=s.n) for _ in range(5)]
        for k in _numbers("1 3 4"):
            b, at = s.down[k], rows_4[k]
            b.h1_concat = float32(at.t, at.t_2, (n, at.a, at.a, at.b))
            b.z1_columns = float32(at.t + 2, at.t + 4, (at.c, at.a, 8, 3, at.d, at.b))
            b.z1_band = float32(at.t + 3, at.t + 4, (3, at.d, at.b, at.e, at.f))
            b.z1 = float32(at.t + 1, at.t_3, (n, at.a, at.a, at.f))
            b.z1_padded = float32(at.t + 4, at.t + 4, (at.c, at.g, at.g, at.b))
            b.z1_mean_rows = float32(at.t + 5, at.t + 5, (at.a, at.f))
            b.z1_hat = b.z1
            b.z1_hat_square = float32(at.t + 6, at.t + 6, (n, at.a, at.a, at.f))
            b.z1_inv_std = float32(at.t + 7, at.t_3 - 4, (at.f,))
            b.z1_inv_std_rows = float32(at.t + 8, at.t + 8, (at.a, at.f))
            b.batch_norm_1_gamma_rows = float32(at.t + 9, at.t + 10, (at.a, at.f))
            b.z1_norm = float32(at.t + 10, at.t_3 - 6, (n, at.a, at.a, at.f))
            b.batch_norm_1_beta_rows = float32(at.t + 11, at.t + 11, (at.a, at.f))
            b.h = b.z1_norm
            b.z2_columns = float32(at.t + 13, at.t + 15, (at.i, at.a, 8, 3, at.d, at.f))
            b.z2_band = float32(at.t + 14, at.t + 15, (3, at.d, at.f, at.e, at.f))
            b.z2 = float32(at.t + 12, at.t_3 - 16, (n, at.a, at.a, at.f))
            b.z2_padded = float32(at.t + 15, at.t + 15, (at.i, at.g, at.g, at.f))
            b.z2_mean_rows = float32(at.t + 16, at.t + 16, (at.a, at.f))
            b.z2_hat = b.z2
            b.z2_hat_square = float32(at.t + 17, at.t + 17, (n, at.a, at.a, at.f))
            b.z2_inv_std = float32(at.t + 18, at.t_3 - 20, (at.f,))
            b.z2_inv_std_rows = float32(at.t + 19, at.t + 19, (at.a, at.f))
            b.batch_norm_2_gamma_rows = float32(at.t + 20, at.t + 21, (at.a, at.f))
            b.z2_norm = float32(at.t + 21, at.t_4, (n, at.a, at.a, at.f))
            b.batch_norm_2_beta_rows = float32(at.t + 22, at.t + 22, (at.a, at.f))
            b.h_2 = b.z2_norm
        for k in range(1, 5):
            b, at = s.down[k], rows_4[k]
            b.z1_mean_times_2 = float32(at.t_5, at.t_5, (at.j,))
            b.z1_unbiased_var_times_2 = float32(at.t_5 + 1, at.t_5 + 1, (at.j,))
            b.z2_mean_times_2 = float32(at.t_5 + 2, at.t_5 + 2, (at.j,))
            b.z2_unbiased_var_times_2 = float32(at.t_5 + 3, at.t_5 + 3, (at.j,))
        self._lay_out(s)
        s.ones = np.ones((1024 * n,), dtype=np.float32)
        s.h2_pooled_shifts = _shifts((32, 32), (16, 16), (2, 2), strides=(2, 2))
        s.h4_pooled_shifts = _shifts((16, 16), (8, 8), (2, 2), strides=(2, 2))
        s.enlarge_2_b_broadcast_to = np.broadcast_to(p.enlarge_2_b, (16, 16))
        s.enlarge_1_b_broadcast_to = np.broadcast_to(p.enlarge_1_b, (32, 8))
        s.h12_reshape = s.h12.reshape(1024 * n, 8)
        s.classify_W_reshape = p.classify_W.reshape(8, 2)
        s.h12_reshape_2 = s.h12_product.reshape(n, 32, 32, 2)
        s.classify_b_broadcast_to = np.broadcast_to(p.classify_b, (32, 2))
        s.logits_reshape = s.logits_log.reshape(n, 32, 32)
        s.iota = np.arange(1024 * n, dtype=np.int64)
        s.row_starts = s.iota * 2
        s.logits_reshape_2 = s.logits_take.reshape(n, 32, 32)
        s.minus_ones = np.full((1024 * n,), -1.0, dtype=np.float32)
        s.d_logits_reshape = s.d_logits.reshape(1024 * n, 2)
        s.h12_product_2 = d.classify_W.reshape(8, 2)
        s.d_h12 = s.d_logits_product.reshape(n, 32, 32, 8)
        s.d_h10 = s.d_z11_conv[:, :, :, 8:]
        s.d_h7 = s.d_z8_conv[:, :, :, 16:]
        s.bottom_conv_2_W_reshape = p.bottom_conv_2_W.reshape(3, 3, 32, 1, 32)
        s.bottom_conv_2_W_slice = s.bottom_conv_2_W_reshape[::-1, ::-1]
        s.bottom_conv_2_W_transpose = s.bottom_conv_2_W_slice.transpose(0, 1, 4, 3, 2)
        s.bottom_conv_2_W_reshape_2 = s.bottom_conv_2_W_transpose.reshape(3, 3, 32, 32)
        s.d_z8_slice = s.d_z8_conv[:, :, :, :16]
        s.h4_max_pool_index_shifts = _shifts((16, 16), (8, 8), (2, 2), strides=(2, 2))
        s.bottom_conv_1_W_reshape = p.bottom_conv_1_W.reshape(3, 3, 16, 1, 32)
        s.bottom_conv_1_W_slice = s.bottom_conv_1_W_reshape[::-1, ::-1]
        s.bottom_conv_1_W_transpose = s.bottom_conv_1_W_slice.transpose(0, 1, 4, 3, 2)
        s.bottom_conv_1_W_reshape_2 = s.bottom_conv_1_W_transpose.reshape(3, 3, 32, 16)
        s.d_h4_shifts = _shifts((16, 16), (8, 8), (2, 2), strides=(2, 2))
        s.d_z11_slice = s.d_z11_conv[:, :, :, :8]
        s.h2_max_pool_index_shifts = _shifts((32, 32), (16, 16), (2, 2), strides=(2, 2))
        s.down_2_conv_1_W_reshape = p.down_2_conv_1_W.reshape(3, 3, 8, 1, 16)
        s.down_2_conv_1_W_slice = s.down_2_conv_1_W_reshape[::-1, ::-1]
        s.down_2_conv_1_W_transpose = s.down_2_conv_1_W_slice.transpose(0, 1, 4, 3, 2)
        s.down_2_conv_1_W_reshape_2 = s.down_2_conv_1_W_transpose.reshape(3, 3, 16, 8)
        s.d_h2_shifts = _shifts((32, 32), (16, 16), (2, 2), strides=(2, 2))
        for k in range(6):
            b, at = s.conv_2[k], rows_2[k]
            b.W_reshape = p.conv_2[k].W.reshape(3, 3, at.b, 1, at.c)
            b.W_slice = b.W_reshape[::-1, ::-1]
            b.W_transpose = b.W_slice.transpose(0, 1, 4, 3, 2)
            b.W_reshape_2 = b.W_transpose.reshape(3, 3, at.c, at.b)
        for k in range(10):
            b, at = s.batch_norm[k], rows_3[k]
            b.ones = np.ones((at.a * n,), dtype=np.float32)
            b.z_inv_std_broadcast_to_2 = np.broadcast_to(
                b.z_inv_std_times,
                (at.b, at.c),
            )
            b.broadcast_to_2 = np.broadcast_to(b.over, (at.b, at.c))
            b.broadcast_to_3 = np.broadcast_to(b.over_2, (at.b, at.c))
            b.d_z_norm_reshape = b.d_z_norm.reshape(at.a * n, at.c)
            b.d_z_norm_reshape_2 = b.d_z_norm_times.reshape(at.a * n, at.c)
            b.size = at.a
        for k in _numbers("0 1 4 5"):
            b, at = s.batch_norm[k], rows_3[k]
            b.z_reshape = b.z.reshape(at.d * n, at.e)
            b.z_mean_broadcast_to = np.broadcast_to(
                stats.batch_norm[k].z_mean,
                (at.f, at.e),
            )
            b.z_hat_reshape = b.z_hat_square.reshape(at.d * n, at.e)
            b.z_inv_std_broadcast_to = np.broadcast_to(b.z_inv_std, (at.f, at.e))
            b.broadcast_to = np.broadcast_to(p.batch_norm[k].gamma, (at.f, at.e))
            b.beta_broadcast_to = np.broadcast_to(p.batch_norm[k].beta, (at.f, at.e))
        for k in _numbers("1 3 4"):
            b, at = s.down[k], rows_4[k]
            b.ones_2 = np.ones((at.h * n,), dtype=np.float32)
            b.z1_reshape = b.z1.reshape(at.h * n, at.f)
            b.z1_mean_broadcast_to = np.broadcast_to(
                stats.down[k].z1_mean,
                (at.a, at.f),
            )
            b.z1_hat_reshape = b.z1_hat_square.reshape(at.h * n, at.f)
            b.z1_inv_std_broadcast_to = np.broadcast_to(b.z1_inv_std, (at.a, at.f))
            b.batch_norm_1_broadcast_to_2 = np.broadcast_to(
                p.down[k].batch_norm_1_gamma,
                (at.a, at.f),
            )
            b.norm_1_beta_broadcast_to = np.broadcast_to(
                p.down[k].batch_norm_1_beta,
                (at.a, at.f),
            )
            b.z2_reshape = b.z2.reshape(at.h * n, at.f)
            b.z2_mean_broadcast_to = np.broadcast_to(
                stats.down[k].z2_mean,
                (at.a, at.f),
            )
            b.z2_hat_reshape = b.z2_hat_square.reshape(at.h * n, at.f)
            b.z2_inv_std_broadcast_to = np.broadcast_to(b.z2_inv_std, (at.a, at.f))
            b.batch_norm_2_broadcast_to_2 = np.broadcast_to(
                p.down[k].batch_norm_2_gamma,
                (at.a, at.f),
            )
            b.norm_2_beta_broadcast_to = np.broadcast_to(
                p.down[k].batch_norm_2_beta,
                (at.a, at.f),
            )
        for k in range(5):
            b, at = s.down[k], rows_4[k]
            b.size = at.k
        self._train[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def predict(self, x):
        """The outputs for a batch of inputs.

        x: float32 (N, 32, 32, 1)
        """
        s = self._predict_slots(x)
        classes = self._forward(s, x)
        return {"classes": classes.copy()}

    def _forward(self, s, x):
        """The forward pass to the outputs."""
        # what _forward and _forward_loss begin with
        self._common(s, x)

        # classes = argmax(logits, axis 3)        (N, 32, 32)   mnist_segmentation.py:46
        s.logits.argmax(axis=3, out=s.classes)

        return s.classes

    def _common(self, s, x):
        """How forward and forward_loss begin."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # down_1.conv_1: z1 = conv(x, W)       (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_toeplitz(
            x,
            p.down_1_conv_1_W,
            s.z1_columns,
            s.z1_band,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # down_1.batch_norm_1                                   mnist_segmentation.py:38
        self._batch_norm_inference(
            s.batch_norm[0],
            p.batch_norm[0],
            self._batch_norm_state[0],
        )

        # down_1.relu_1: h1 = relu(z1_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # down_1.conv_2: z2 = conv(h1, W)      (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_toeplitz(
            s.h1,
            p.down_1_conv_2_W,
            s.z2_columns,
            s.z2_band,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # down_1.batch_norm_2                                   mnist_segmentation.py:38
        self._batch_norm_inference(
            s.batch_norm[1],
            p.batch_norm[1],
            self._batch_norm_state[1],
        )

        # down_1.relu_2: h2 = relu(z2_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.clip(s.z2_norm, 0.0, np.inf, out=s.h2)

        # pool                                                  mnist_segmentation.py:38
        # h2_pooled = max_pool(h2, 2x2)                                 (N, 16, 16, 8)
        _max_pool_shifts(s.h2, s.h2_pooled_shifts, out=s.h2_pooled)

        # down_2                                                mnist_segmentation.py:38
        self._down_inference(s.down[1], p.down[1], self._down_state[1])

        # pool: h4_pooled = max_pool(h4, 2x2)   (N, 8, 8, 16)   mnist_segmentation.py:38
        _max_pool_shifts(s.h4, s.h4_pooled_shifts, out=s.h4_pooled)

        # bottom.conv_1                                         mnist_segmentation.py:38
        self._conv_forward(s.conv[0], p.conv[0])

        # bottom.batch_norm_1                                   mnist_segmentation.py:38
        self._batch_norm_inference(
            s.batch_norm[4],
            p.batch_norm[4],
            self._batch_norm_state[4],
        )

        # bottom.relu_1: h5 = relu(z5_norm)     (N, 8, 8, 32)   mnist_segmentation.py:38
        np.clip(s.z5_norm, 0.0, np.inf, out=s.h5)

        # bottom.conv_2                                         mnist_segmentation.py:38
        self._conv_forward(s.conv[1], p.conv[1])

        # bottom.batch_norm_2                                   mnist_segmentation.py:38
        self._batch_norm_inference(
            s.batch_norm[5],
            p.batch_norm[5],
            self._batch_norm_state[5],
        )

        # bottom.relu_2: h6 = relu(z6_norm)     (N, 8, 8, 32)   mnist_segmentation.py:38
        np.clip(s.z6_norm, 0.0, np.inf, out=s.h6)

        # enlarge_2: h7 = conv^T(h6, W) + b   (N, 16, 16, 16)   mnist_segmentation.py:38
        _conv_col2im(s.h6, p.enlarge_2_W, s.h7_columns, out=s.h7, strides=(2, 2))
        np.copyto(s.enlarge_2_b_rows, s.enlarge_2_b_broadcast_to)
        np.add(s.h7, s.enlarge_2_b_rows, out=s.h7)

        # h4_concat = [h4; h7]                (N, 16, 16, 32)   mnist_segmentation.py:38
        np.concatenate((s.h4, s.h7), axis=3, out=s.h4_concat)

        # up_2                                                  mnist_segmentation.py:38
        self._down_inference(s.down[3], p.down[3], self._down_state[3])

        # enlarge_1: h10 = conv^T(h9, W) + b   (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_col2im(s.h9, p.enlarge_1_W, s.h10_columns, out=s.h10, strides=(2, 2))
        np.copyto(s.enlarge_1_b_rows, s.enlarge_1_b_broadcast_to)
        np.add(s.h10, s.enlarge_1_b_rows, out=s.h10)

        # h2_concat = [h2; h10]               (N, 32, 32, 16)   mnist_segmentation.py:38
        np.concatenate((s.h2, s.h10), axis=3, out=s.h2_concat)

        # up_1                                                  mnist_segmentation.py:38
        self._down_inference(s.down[4], p.down[4], self._down_state[4])

        # classify                                              mnist_segmentation.py:38
        # logits = conv(h12, W) + b                                     (N, 32, 32, 2)
        np.dot(s.h12_reshape, s.classify_W_reshape, out=s.h12_product)
        np.copyto(s.classify_b_rows, s.classify_b_broadcast_to)
        np.add(s.h12_reshape_2, s.classify_b_rows, out=s.logits)

    def _predict_slots(self, x):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._predict[x.dtype, x.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_predict(x)
        return s

    def _plan_predict(self, x):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.float32, ("N", 32, 32, 1), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        int64 = _buffers(np.int64)
        table = """
        t 0 8x3 34 41x5
        t_2 11 71x3 43 49x5
        t_3 5 13x3 38 45x5
        a 32x4 8x6
        b 8x4 32x6
        """
        rows_3 = _rows(table)
        table = """
        t 16x3 51 71
        t_2 51x3 69 88
        a 16x4 32
        b 8x3 32 16
        c 85x3 21 14
        d 4x4 6
        e 2x4 4
        f 16x4 8
        g 18x4 34
        h 42x4 28
        """
        rows_4 = _rows(table)
        # The moments that each buffer is needed from and up to, its type, its shape.
        self._plan_common(s, n, float32, table, rows_3, rows_4)
        s.logits = float32(90, 91, (n, 32, 32, 2))
        s.classes = int64(91, 91, (n, 32, 32))
        self._lay_out(s)
        self._plan_common_2(s, n, rows_3, rows_4)
        self._predict[x.dtype, x.shape] = s
        return s

    def _plan_common(self, s, n, float32, table, rows_3, rows_4):
        """The buffers that predict and loss have alike."""
        s.z1 = float32(0, 11, (n, 32, 32, 8))
        s.z1_columns = float32(1, 3, (273, 32, 4, 3, 10, 1))
        s.z1_band = float32(2, 3, (3, 10, 1, 8, 8))
        s.z1_padded = float32(3, 3, (273, 34, 34, 1))
        s.z1_norm = s.z1
        s.h1 = s.z1
        s.z2 = float32(8, 71, (n, 32, 32, 8))
        s.z2_columns = float32(9, 11, (28, 32, 8, 3, 6, 8))
        s.z2_band = float32(10, 11, (3, 6, 8, 4, 8))
        s.z2_padded = float32(11, 11, (28, 34, 34, 8))
        s.z2_norm = s.z2
        s.h2 = s.z2
        s.h2_pooled = float32(16, 20, (n, 16, 16, 8))
        s.h4 = float32(25, 51, (n, 16, 16, 16))
        s.h4_pooled = float32(33, 36, (n, 8, 8, 16))
        s.z5_norm = float32(34, 43, (n, 8, 8, 32))
        s.h5 = s.z5_norm
        s.z6_norm = float32(41, 49, (n, 8, 8, 32))
        s.h6 = s.z6_norm
        s.h7 = float32(48, 51, (n, 16, 16, 16))
        s.h7_columns = float32(49, 49, (256, 8, 8, 2, 2, 16))
        s.enlarge_2_b_rows = float32(50, 50, (16, 16))
        s.h4_concat = float32(51, 55, (n, 16, 16, 32))
        s.h9 = float32(60, 69, (n, 16, 16, 16))
        s.h10 = float32(68, 71, (n, 32, 32, 8))
        s.h10_columns = float32(69, 69, (128, 16, 16, 2, 2, 8))
        s.enlarge_1_b_rows = float32(70, 70, (32, 8))
        s.h2_concat = float32(71, 75, (n, 32, 32, 16))
        s.h12 = float32(80, 88, (n, 32, 32, 8))
        s.h12_product = float32(88, 90, (1024 * n, 2))
        s.classify_b_rows = float32(89, 90, (32, 2))
        table = """
        t 33 34
        t_2 36 43
        t_3 43 49
        a 16 32
        b 113 56
        """
        rows = _rows(table)
        s.conv = [SimpleNamespace() for _ in range(2)]
        for k in range(2):
            b, at = s.conv[k], rows[k]
            b.h4_pooled = float32(at.t, at.t_2, (n, 8, 8, at.a))
            b.z_columns = float32(at.t_2 - 1, at.t_2, (at.b, 8, 8, 3, 3, at.a))
            b.z = float32(at.t_2 - 2, at.t_3, (n, 8, 8, 32))
            b.z_padded = float32(at.t_2, at.t_2, (at.b, 10, 10, at.a))
        s.batch_norm = [SimpleNamespace() for _ in range(10)]
        for k in _numbers("0 1 4 5"):
            b, at = s.batch_norm[k], rows_3[k]
            b.z = float32(at.t, at.t_2, (n, at.a, at.a, at.b))
            b.z_inv_std = float32(at.t_3, at.t_3 + 1, (at.b,))
            b.rows = float32(at.t_3 - 1, at.t_3 - 1, (at.a, at.b))
            b.z_norm = b.z
            b.beta_rows = float32(at.t_3 + 2, at.t_3 + 2, (at.a, at.b))
            b.rows_2 = float32(at.t_3 + 1, at.t_3 + 1, (at.a, at.b))
            b.times = b.z_inv_std
        s.down = [SimpleNamespace() for _ in range(5)]
        for k in _numbers("1 3 4"):
            b, at = s.down[k], rows_4[k]
            b.h1_concat = float32(at.t, at.t + 4, (n, at.a, at.a, at.b))
            b.z1_columns = float32(at.t + 2, at.t + 4, (at.c, at.a, 8, 3, at.d, at.b))
            b.z1_band = float32(at.t + 3, at.t + 4, (3, at.d, at.b, at.e, at.f))
            b.z1 = float32(at.t + 1, at.t + 12, (n, at.a, at.a, at.f))
            b.z1_padded = float32(at.t + 4, at.t + 4, (at.c, at.g, at.g, at.b))
            b.z1_inv_std = float32(at.t + 6, at.t + 7, (at.f,))
            b.batch_norm_1_gamma_rows = float32(at.t + 7, at.t + 7, (at.a, at.f))
            b.z1_norm = b.z1
            b.batch_norm_1_beta_rows = float32(at.t + 8, at.t + 8, (at.a, at.f))
            b.h = b.z1
            b.z2_columns = float32(at.t + 10, at.t + 12, (at.h, at.a, 8, 3, at.d, at.f))
            b.z2_band = float32(at.t + 11, at.t + 12, (3, at.d, at.f, at.e, at.f))
            b.z2 = float32(at.t + 9, at.t_2, (n, at.a, at.a, at.f))
            b.z2_padded = float32(at.t + 12, at.t + 12, (at.h, at.g, at.g, at.f))
            b.z2_inv_std = float32(at.t + 14, at.t + 15, (at.f,))
            b.batch_norm_2_gamma_rows = float32(at.t + 15, at.t + 15, (at.a, at.f))
            b.z2_norm = b.z2
            b.batch_norm_2_beta_rows = float32(at.t + 16, at.t + 16, (at.a, at.f))
            b.h_2 = b.z2
            b.batch_norm_1_rows = float32(at.t + 5, at.t + 5, (at.a, at.f))
            b.batch_norm_1_gamma_times = b.z1_inv_std
            b.batch_norm_2_rows = float32(at.t + 13, at.t + 13, (at.a, at.f))
            b.batch_norm_2_gamma_times = b.z2_inv_std

    def _plan_common_2(self, s, n, rows_3, rows_4):
        """The views that predict and loss have alike."""
        p = self.params
        s.h2_pooled_shifts = _shifts((32, 32), (16, 16), (2, 2), strides=(2, 2))
        s.h4_pooled_shifts = _shifts((16, 16), (8, 8), (2, 2), strides=(2, 2))
        s.enlarge_2_b_broadcast_to = np.broadcast_to(p.enlarge_2_b, (16, 16))
        s.enlarge_1_b_broadcast_to = np.broadcast_to(p.enlarge_1_b, (32, 8))
        s.h12_reshape = s.h12.reshape(1024 * n, 8)
        s.classify_W_reshape = p.classify_W.reshape(8, 2)
        s.h12_reshape_2 = s.h12_product.reshape(n, 32, 32, 2)
        s.classify_b_broadcast_to = np.broadcast_to(p.classify_b, (32, 2))
        for k in _numbers("0 1 4 5"):
            b, at = s.batch_norm[k], rows_3[k]
            b.broadcast_to = np.broadcast_to(
                self._batch_norm_state[k].running_mean,
                (at.a, at.b),
            )
            b.beta_broadcast_to = np.broadcast_to(p.batch_norm[k].beta, (at.a, at.b))
            b.broadcast_to_2 = np.broadcast_to(b.times, (at.a, at.b))
        for k in _numbers("1 3 4"):
            b, at = s.down[k], rows_4[k]
            b.norm_1_beta_broadcast_to = np.broadcast_to(
                p.down[k].batch_norm_1_beta,
                (at.a, at.f),
            )
            b.norm_2_beta_broadcast_to = np.broadcast_to(
                p.down[k].batch_norm_2_beta,
                (at.a, at.f),
            )
            b.up_batch_norm_1_broadcast_to = np.broadcast_to(
                self._down_state[k].batch_norm_1_running_mean,
                (at.a, at.f),
            )
            b.batch_norm_1_broadcast_to_4 = np.broadcast_to(
                b.batch_norm_1_gamma_times,
                (at.a, at.f),
            )
            b.up_batch_norm_2_broadcast_to = np.broadcast_to(
                self._down_state[k].batch_norm_2_running_mean,
                (at.a, at.f),
            )
            b.batch_norm_2_broadcast_to_4 = np.broadcast_to(
                b.batch_norm_2_gamma_times,
                (at.a, at.f),
            )

    def loss(self, x, y):
        """The loss on a batch, as in inference: no dropout, nothing changes.

        x: float32 (N, 32, 32, 1)
        y: int64 (N, 32, 32)
        """
        s = self._loss_slots(x, y)
        return self._forward_loss(s, x, y)

    def _forward_loss(self, s, x, y):
        """The forward pass to the loss."""
        # what _forward and _forward_loss begin with
        self._common(s, x)

        # softmax_cross_entropy                                 mnist_segmentation.py:45
        # loss = mean(-log_softmax(logits)[y])                                      ()
        s.logits.max(axis=3, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=3, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        y_reshape = y.reshape(1024 * s.n)
        np.add(y_reshape, s.row_starts, out=s.y_position)
        np.take(s.logits_minus_max, s.y_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape, s.logits_reshape_2, out=s.logits_minus)
        s.logits_minus.sum(out=s.loss)
        np.divide(s.loss, 1024 * s.n, out=s.loss)

        return s.loss[()]

    def _loss_slots(self, x, y):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._loss[x.dtype, x.shape, y.dtype, y.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_loss(x, y)
        _check_range("y", y, 2)
        return s

    def _plan_loss(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.float32, ("N", 32, 32, 1), sizes)
        _check("y", y, np.int64, ("N", 32, 32), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        int64 = _buffers(np.int64)
        table = """
        t 0 8x3 34 41x5
        t_2 11 71x3 43 49x5
        t_3 5 13x3 38 45x5
        a 32x4 8x6
        b 8x4 32x6
        """
        rows_3 = _rows(table)
        table = """
        t 16x3 51 71
        t_2 51x3 69 88
        a 16x4 32
        b 8x3 32 16
        c 85x3 21 14
        d 4x4 6
        e 2x4 4
        f 16x4 8
        g 18x4 34
        h 42x4 28
        """
        rows_4 = _rows(table)
        # The moments that each buffer is needed from and up to, its type, its shape.
        self._plan_common(s, n, float32, table, rows_3, rows_4)
        s.logits = float32(90, 95, (n, 32, 32, 2))
        s.logits_max = float32(91, 91, (n, 32, 32, 1))
        s.logits_minus_max = s.logits
        s.logits_exp = float32(92, 93, (n, 32, 32, 2))
        s.logits_sum = float32(93, 96, (n, 32, 32, 1))
        s.logits_log = s.logits_sum
        s.y_position = int64(94, 95, (1024 * n,))
        s.logits_take = float32(95, 96, (1024 * n,))
        s.logits_minus = float32(96, 97, (n, 32, 32))
        s.loss = float32(97, 97, ())
        self._lay_out(s)
        self._plan_common_2(s, n, rows_3, rows_4)
        s.logits_reshape = s.logits_log.reshape(n, 32, 32)
        s.iota = np.arange(1024 * n, dtype=np.int64)
        s.row_starts = s.iota * 2
        s.logits_reshape_2 = s.logits_take.reshape(n, 32, 32)
        self._loss[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def _conv_forward(self, s, p):
        """Forward, one of 2: bottom.conv_1 to bottom.conv_2."""
        # conv                                                  mnist_segmentation.py:38
        # z = conv(h4_pooled, W)                                           (N, 8, 8, 32)
        _conv_im2col(
            s.h4_pooled,
            p.W,
            s.z_columns,
            out=s.z,
            padded=s.z_padded,
            low=(1, 1),
        )

    def _conv_2_backward(self, s, d):
        """Backward, one of 6: down_1.conv_2 to up_1.conv_2."""
        # A = 8, 16, 32; B = 8, 16; C = 32, 16
        # conv_2                                                mnist_segmentation.py:38
        # d_W = patches(h)^T d_z                                            (3, 3, A, B)
        # d_h = conv(d_z, W_reshape_2)                                      (N, C, C, A)
        _conv_weight_toeplitz(
            s.h,
            s.d_z,
            s.d_W_columns,
            s.d_W_part,
            s.d_W_total,
            out=d.W,
            padded=s.d_W_padded,
            low=(1, 1),
        )
        np.copyto(s.W_copy, s.W_reshape_2)
        _conv_toeplitz(
            s.d_z,
            s.W_copy,
            s.d_h_columns,
            s.d_h_band,
            out=s.d_h,
            padded=s.d_h_padded,
            low=(1, 1),
        )

    def _batch_norm_forward(self, s, stats):
        """Forward, one of 4: down_1.batch_norm_1 to bottom.batch_norm_2."""
        # A = 8, 32; B = 32, 8
        # batch_norm                                            mnist_segmentation.py:38
        # z_mean = mean(z, axes 0, 1, 2)                                            (A,)
        # z_var = mean(square(z - z_mean), axes 0, 1, 2)                            (A,)
        # z_inv_std = 1 / sqrt(z_var + 1e-05)                                       (A,)
        # z_hat_2 = (z - mean) / sqrt(var + 1e-05)                          (N, B, B, A)
        # z_norm = z_hat_2 * gamma + beta                                   (N, B, B, A)
        np.dot(s.ones, s.z_reshape, out=stats.z_mean)
        np.divide(stats.z_mean, s.size * s.n, out=stats.z_mean)
        np.copyto(s.z_mean_rows, s.z_mean_broadcast_to)
        np.subtract(s.z, s.z_mean_rows, out=s.z_hat)
        np.square(s.z_hat, out=s.z_hat_square)
        np.dot(s.ones, s.z_hat_reshape, out=stats.z_unbiased_var)
        np.divide(stats.z_unbiased_var, s.size * s.n, out=stats.z_unbiased_var)
        np.add(stats.z_unbiased_var, 1e-05, out=s.z_inv_std)
        np.sqrt(s.z_inv_std, out=s.z_inv_std)
        np.divide(1.0, s.z_inv_std, out=s.z_inv_std)
        np.copyto(s.z_inv_std_rows, s.z_inv_std_broadcast_to)
        np.multiply(s.z_hat, s.z_inv_std_rows, out=s.z_hat_2)
        np.copyto(s.rows, s.broadcast_to)
        np.multiply(s.z_hat_2, s.rows, out=s.z_norm)
        np.copyto(s.beta_rows, s.beta_broadcast_to)
        np.add(s.z_norm, s.beta_rows, out=s.z_norm)

    def _batch_norm_backward(self, s, p, d):
        """Backward, one of 10: down_1.batch_norm_1 to up_1.batch_norm_2."""
        # A = 1024, 256, 64; B = 8, 16, 32; C = 32, 16, 8
        # batch_norm                                            mnist_segmentation.py:38
        # d_beta = sum over A * N of reshape(d_z_norm, (A * N, B))                  (B,)
        # d_gamma = sum over A * N of d_z_norm_reshape_2                            (B,)
        # d_z = ((z_inv_std * gamma)) * (d_z_norm                           (N, C, C, B)
        #     - ((d_beta / (A * N))) - z_hat_2 * ((d_gamma / (A * N))))
        np.dot(s.ones, s.d_z_norm_reshape, out=d.beta)
        np.multiply(s.d_z_norm, s.z_hat_2, out=s.d_z_norm_times)
        np.dot(s.ones, s.d_z_norm_reshape_2, out=d.gamma)
        np.multiply(s.z_inv_std, p.gamma, out=s.z_inv_std_times)
        np.copyto(s.z_inv_std_rows_2, s.z_inv_std_broadcast_to_2)
        np.divide(d.beta, s.size * s.n, out=s.over)
        np.copyto(s.rows_2, s.broadcast_to_2)
        np.subtract(s.d_z_norm, s.rows_2, out=s.d_z)
        np.divide(d.gamma, s.size * s.n, out=s.over_2)
        np.copyto(s.rows_3, s.broadcast_to_3)
        np.multiply(s.z_hat_2, s.rows_3, out=s.z_hat_times)
        np.subtract(s.d_z, s.z_hat_times, out=s.d_z)
        np.multiply(s.z_inv_std_rows_2, s.d_z, out=s.d_z)

    def _batch_norm_inference(self, s, p, state):
        """Forward, one of 4: down_1.batch_norm_1 to bottom.batch_norm_2."""
        # A = 8, 32; B = 32, 8
        # batch_norm                                            mnist_segmentation.py:38
        # z_inv_std = 1 / sqrt(running_var + 1e-05)                                 (A,)
        # z_norm = (z - running_mean) * ((gamma * z_inv_std))               (N, B, B, A)
        #     + beta
        np.copyto(s.rows, s.broadcast_to)
        np.subtract(s.z, s.rows, out=s.z_norm)
        np.add(state.running_var, 1e-05, out=s.z_inv_std)
        np.sqrt(s.z_inv_std, out=s.z_inv_std)
        np.divide(1.0, s.z_inv_std, out=s.z_inv_std)
        np.multiply(p.gamma, s.z_inv_std, out=s.times)
        np.copyto(s.rows_2, s.broadcast_to_2)
        np.multiply(s.z_norm, s.rows_2, out=s.z_norm)
        np.copyto(s.beta_rows, s.beta_broadcast_to)
        np.add(s.z_norm, s.beta_rows, out=s.z_norm)

    def _down_forward(self, s, p, stats):
        """Forward, one of 3: down_2 to up_1."""
        # A = 16, 32; B = 16, 8
        # conv_1                                                mnist_segmentation.py:38
        # z1 = conv(h1_concat, W)                                           (N, A, A, B)
        _conv_toeplitz(
            s.h1_concat,
            p.conv_1_W,
            s.z1_columns,
            s.z1_band,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # batch_norm_1                                          mnist_segmentation.py:38
        # z1_mean = mean(z1, axes 0, 1, 2)                                          (B,)
        # z1_var = mean(square(z1 - z1_mean), axes 0, 1, 2)                         (B,)
        # z1_inv_std = 1 / sqrt(z1_var + 1e-05)                                     (B,)
        # z1_hat = (z1 - mean) / sqrt(var + 1e-05)                          (N, A, A, B)
        # z1_norm = z1_hat * gamma + beta                                   (N, A, A, B)
        np.dot(s.ones_2, s.z1_reshape, out=stats.z1_mean)
        np.divide(stats.z1_mean, s.size * s.n, out=stats.z1_mean)
        np.copyto(s.z1_mean_rows, s.z1_mean_broadcast_to)
        np.subtract(s.z1, s.z1_mean_rows, out=s.z1_hat)
        np.square(s.z1_hat, out=s.z1_hat_square)
        np.dot(s.ones_2, s.z1_hat_reshape, out=stats.z1_unbiased_var)
        np.divide(stats.z1_unbiased_var, s.size * s.n, out=stats.z1_unbiased_var)
        np.add(stats.z1_unbiased_var, 1e-05, out=s.z1_inv_std)
        np.sqrt(s.z1_inv_std, out=s.z1_inv_std)
        np.divide(1.0, s.z1_inv_std, out=s.z1_inv_std)
        np.copyto(s.z1_inv_std_rows, s.z1_inv_std_broadcast_to)
        np.multiply(s.z1_hat, s.z1_inv_std_rows, out=s.z1_hat)
        np.copyto(s.batch_norm_1_gamma_rows, s.batch_norm_1_broadcast_to_2)
        np.multiply(s.z1_hat, s.batch_norm_1_gamma_rows, out=s.z1_norm)
        np.copyto(s.batch_norm_1_beta_rows, s.norm_1_beta_broadcast_to)
        np.add(s.z1_norm, s.batch_norm_1_beta_rows, out=s.z1_norm)

        # relu_1: h = relu(z1_norm)              (N, A, A, B)   mnist_segmentation.py:38
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h)

        # conv_2: z2 = conv(h, W)                (N, A, A, B)   mnist_segmentation.py:38
        _conv_toeplitz(
            s.h,
            p.conv_2_W,
            s.z2_columns,
            s.z2_band,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # batch_norm_2                                          mnist_segmentation.py:38
        # z2_mean = mean(z2, axes 0, 1, 2)                                          (B,)
        # z2_var = mean(square(z2 - z2_mean), axes 0, 1, 2)                         (B,)
        # z2_inv_std = 1 / sqrt(z2_var + 1e-05)                                     (B,)
        # z2_hat = (z2 - mean) / sqrt(var + 1e-05)                          (N, A, A, B)
        # z2_norm = z2_hat * gamma + beta                                   (N, A, A, B)
        np.dot(s.ones_2, s.z2_reshape, out=stats.z2_mean)
        np.divide(stats.z2_mean, s.size * s.n, out=stats.z2_mean)
        np.copyto(s.z2_mean_rows, s.z2_mean_broadcast_to)
        np.subtract(s.z2, s.z2_mean_rows, out=s.z2_hat)
        np.square(s.z2_hat, out=s.z2_hat_square)
        np.dot(s.ones_2, s.z2_hat_reshape, out=stats.z2_unbiased_var)
        np.divide(stats.z2_unbiased_var, s.size * s.n, out=stats.z2_unbiased_var)
        np.add(stats.z2_unbiased_var, 1e-05, out=s.z2_inv_std)
        np.sqrt(s.z2_inv_std, out=s.z2_inv_std)
        np.divide(1.0, s.z2_inv_std, out=s.z2_inv_std)
        np.copyto(s.z2_inv_std_rows, s.z2_inv_std_broadcast_to)
        np.multiply(s.z2_hat, s.z2_inv_std_rows, out=s.z2_hat)
        np.copyto(s.batch_norm_2_gamma_rows, s.batch_norm_2_broadcast_to_2)
        np.multiply(s.z2_hat, s.batch_norm_2_gamma_rows, out=s.z2_norm)
        np.copyto(s.batch_norm_2_beta_rows, s.norm_2_beta_broadcast_to)
        np.add(s.z2_norm, s.batch_norm_2_beta_rows, out=s.z2_norm)

        # relu_2: h_2 = relu(z2_norm)            (N, A, A, B)   mnist_segmentation.py:38
        np.clip(s.z2_norm, 0.0, np.inf, out=s.h_2)

    def _down_statistics(self, s, stats):
        """Statistics, one of 5: down_1 to up_1."""
        # A = 1024, 256, 64; B = 8, 16, 32
        # batch_norm_1                                          mnist_segmentation.py:38
        # z1_unbiased_var = z1_var * (A * N / (A * N - 1))                          (B,)
        np.multiply(
            stats.z1_unbiased_var,
            (s.size * s.n) / (s.size * s.n - 1),
            out=stats.z1_unbiased_var,
        )

        # batch_norm_2                                          mnist_segmentation.py:38
        # z2_unbiased_var = z2_var * (A * N / (A * N - 1))                          (B,)
        np.multiply(
            stats.z2_unbiased_var,
            (s.size * s.n) / (s.size * s.n - 1),
            out=stats.z2_unbiased_var,
        )

    def _down_statistics_2(self, s, stats, state):
        """Statistics, one of 4: down_2 to up_1."""
        # A = 16, 32, 8
        # batch_norm_1                                          mnist_segmentation.py:38
        # running_mean' = 0.9 * running_mean + 0.1 * z1_mean                        (A,)
        # running_var' = 0.9 * running_var + 0.1 * z1_unbiased_var                  (A,)
        np.multiply(
            0.9,
            state.batch_norm_1_running_mean,
            out=state.batch_norm_1_running_mean,
        )
        np.multiply(0.1, stats.z1_mean, out=s.z1_mean_times_2)
        np.add(
            state.batch_norm_1_running_mean,
            s.z1_mean_times_2,
            out=state.batch_norm_1_running_mean,
        )
        np.multiply(
            0.9,
            state.batch_norm_1_running_var,
            out=state.batch_norm_1_running_var,
        )
        np.multiply(0.1, stats.z1_unbiased_var, out=s.z1_unbiased_var_times_2)
        np.add(
            state.batch_norm_1_running_var,
            s.z1_unbiased_var_times_2,
            out=state.batch_norm_1_running_var,
        )

        # batch_norm_2                                          mnist_segmentation.py:38
        # running_mean' = 0.9 * running_mean + 0.1 * z2_mean                        (A,)
        # running_var' = 0.9 * running_var + 0.1 * z2_unbiased_var                  (A,)
        np.multiply(
            0.9,
            state.batch_norm_2_running_mean,
            out=state.batch_norm_2_running_mean,
        )
        np.multiply(0.1, stats.z2_mean, out=s.z2_mean_times_2)
        np.add(
            state.batch_norm_2_running_mean,
            s.z2_mean_times_2,
            out=state.batch_norm_2_running_mean,
        )
        np.multiply(
            0.9,
            state.batch_norm_2_running_var,
            out=state.batch_norm_2_running_var,
        )
        np.multiply(0.1, stats.z2_unbiased_var, out=s.z2_unbiased_var_times_2)
        np.add(
            state.batch_norm_2_running_var,
            s.z2_unbiased_var_times_2,
            out=state.batch_norm_2_running_var,
        )

    def _down_inference(self, s, p, state):
        """Forward, one of 3: down_2 to up_1."""
        # A = 16, 32; B = 16, 8
        # conv_1                                                mnist_segmentation.py:38
        # z1 = conv(h1_concat, W)                                           (N, A, A, B)
        _conv_toeplitz(
            s.h1_concat,
            p.conv_1_W,
            s.z1_columns,
            s.z1_band,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # batch_norm_1                                          mnist_segmentation.py:38
        # z1_inv_std = 1 / sqrt(running_var + 1e-05)                                (A,)
        # z1_norm = (z1 - running_mean) * ((gamma * z1_inv_std))            (N, A, A, A)
        #     + beta
        np.copyto(s.batch_norm_1_rows, s.up_batch_norm_1_broadcast_to)
        np.subtract(s.z1, s.batch_norm_1_rows, out=s.z1_norm)
        np.add(state.batch_norm_1_running_var, 1e-05, out=s.z1_inv_std)
        np.sqrt(s.z1_inv_std, out=s.z1_inv_std)
        np.divide(1.0, s.z1_inv_std, out=s.z1_inv_std)
        np.multiply(p.batch_norm_1_gamma, s.z1_inv_std, out=s.batch_norm_1_gamma_times)
        np.copyto(s.batch_norm_1_gamma_rows, s.batch_norm_1_broadcast_to_4)
        np.multiply(s.z1_norm, s.batch_norm_1_gamma_rows, out=s.z1_norm)
        np.copyto(s.batch_norm_1_beta_rows, s.norm_1_beta_broadcast_to)
        np.add(s.z1_norm, s.batch_norm_1_beta_rows, out=s.z1_norm)

        # relu_1: h = relu(z1_norm)              (N, A, A, B)   mnist_segmentation.py:38
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h)

        # conv_2: z2 = conv(h, W)                (N, A, A, B)   mnist_segmentation.py:38
        _conv_toeplitz(
            s.h,
            p.conv_2_W,
            s.z2_columns,
            s.z2_band,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # batch_norm_2                                          mnist_segmentation.py:38
        # z2_inv_std = 1 / sqrt(running_var + 1e-05)                                (A,)
        # z2_norm = (z2 - running_mean) * ((gamma * z2_inv_std))            (N, A, A, A)
        #     + beta
        np.copyto(s.batch_norm_2_rows, s.up_batch_norm_2_broadcast_to)
        np.subtract(s.z2, s.batch_norm_2_rows, out=s.z2_norm)
        np.add(state.batch_norm_2_running_var, 1e-05, out=s.z2_inv_std)
        np.sqrt(s.z2_inv_std, out=s.z2_inv_std)
        np.divide(1.0, s.z2_inv_std, out=s.z2_inv_std)
        np.multiply(p.batch_norm_2_gamma, s.z2_inv_std, out=s.batch_norm_2_gamma_times)
        np.copyto(s.batch_norm_2_gamma_rows, s.batch_norm_2_broadcast_to_4)
        np.multiply(s.z2_norm, s.batch_norm_2_gamma_rows, out=s.z2_norm)
        np.copyto(s.batch_norm_2_beta_rows, s.norm_2_beta_broadcast_to)
        np.add(s.z2_norm, s.batch_norm_2_beta_rows, out=s.z2_norm)

        # relu_2: h_2 = relu(z2_norm)            (N, A, A, B)   mnist_segmentation.py:38
        np.clip(s.z2_norm, 0.0, np.inf, out=s.h_2)

    def _memory(self, nbytes):
        """One arena for all methods; it grows when larger arguments come."""
        if self._arena.size < nbytes + 64:
            self._arena = np.empty(nbytes + 64, dtype=np.uint8)
            self._train.clear()
            self._predict.clear()
            self._loss.clear()
        if len(self._train) >= 16:  # forget old shapes
            self._train.clear()
        if len(self._predict) >= 16:  # forget old shapes
            self._predict.clear()
        if len(self._loss) >= 16:  # forget old shapes
            self._loss.clear()
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
    dtype = np.dtype(dtype)
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


def _conv_col2im(
    g,
    w,
    columns,
    out,
    padded=None,
    low=(),
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
    groups=1,
):
    """What a convolution passes back to its images, given g for its result.

    dx[n, i s + k d - low, c] += sum over o of g[n, i, o] w[k, c, o]: one product gives
    what comes back to every patch, and patches are added up where they overlap.
    """
    images, kernel, (inner, filters) = len(columns), w.shape[:-2], w.shape[-2:]
    w = w.reshape(-1, groups, filters // groups)
    inside = [slice(a, a + n) for a, n in zip(low, out.shape[1:-1])]
    for start in range(0, len(g), images):
        given = g[start : start + images]
        total = out[start : start + images] if padded is None else padded[: len(given)]
        total.fill(0)
        matrix = columns[: len(given)]
        given = given.reshape(-1, groups, filters // groups)
        for k in range(groups):
            np.matmul(given[:, k], w[:, k].T, out=matrix.reshape(len(given), -1))
            channels = total[..., k * inner : (k + 1) * inner]
            for position, part in _slides(channels, kernel, strides, dilation):
                part += matrix[(..., *position, slice(None))]
        if padded is not None:
            out[start : start + images] = total[(slice(None), *inside)]


def _conv_im2col(
    x,
    w,
    columns,
    out,
    padded=None,
    low=(),
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
):
    """Slide a kernel w (*kernel, C / groups, O) over images x (N, *sizes, C).

    out[n, i, o] = sum over k and c of x[n, i s + k d - low, c] w[k, c, o]. Each patch
    of an image becomes a row of a matrix, each filter is a column of another, and the
    product of the two is the result. `columns` has room for so many images, or so many
    rows of one, as stay in the processor's cache.
    """
    (images, rows), kernel = columns.shape[:2], w.shape[:-2]
    inner, filters = w.shape[-2:]
    groups = x.shape[-1] // inner
    w = w.reshape(-1, groups, filters // groups)
    for start in range(0, len(x), images):
        image = _padded(x[start : start + images], padded, low)
        patches = _windows(image, kernel, strides, dilation)
        for top in range(0, out.shape[1], rows):
            seen = patches[:, top : top + rows]
            matrix = columns[: len(seen), : seen.shape[1]]
            result = out[start : start + images, top : top + rows]
            result = result.reshape(-1, groups, filters // groups)
            for k in range(groups):
                np.copyto(matrix, seen[..., k * inner : (k + 1) * inner])
                flat = matrix.reshape(len(result), -1)
                np.matmul(flat, w[:, k], out=result[:, k])


def _conv_toeplitz(
    x,
    w,
    columns,
    band,
    out,
    padded=None,
    low=(),
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
):
    """Slide a kernel w (*kernel, C, O) over images x (N, *sizes, C), m outputs at a time.

    Along its last axis a convolution is a product with a Toeplitz matrix, which has the
    kernel in every column, each time s further down. `band` is as much of it as gives m
    neighbouring outputs. So there are fewer and longer patches than with one for each
    output (see _conv_im2col), for a product with zeros in it.
    """
    images, rows = columns.shape[:2]
    reach, _, m, filters = band.shape[-4:]
    s, d, rank = strides[-1], dilation[-1], x.ndim - 2
    band.fill(0)
    last = d * (w.shape[-3] - 1)
    for j in range(m):
        band[..., j * s : j * s + last + 1 : d, :, j, :] = w
    moves = (*strides[: rank - 1], m * s)
    reads = (*dilation[: rank - 1], 1)
    matrix = band.reshape(-1, m * filters)
    out = out.reshape(*out.shape[:-2], -1, m * filters)
    for start in range(0, len(x), images):
        image = _padded(x[start : start + images], padded, low)
        patches = _windows(image, (*w.shape[: rank - 1], reach), moves, reads)
        for top in range(0, out.shape[1], rows):
            seen = patches[:, top : top + rows]
            part = columns[: len(seen), : seen.shape[1]]
            np.copyto(part, seen)
            result = out[start : start + images, top : top + rows]
            result = result.reshape(-1, m * filters)
            np.matmul(part.reshape(len(result), -1), matrix, out=result)


def _conv_weight_im2col(
    x,
    g,
    columns,
    part,
    out,
    padded=None,
    low=(),
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
    groups=1,
):
    """What a convolution of images x passes back to its weights, given g for its result.

    dw[k, c, o] = sum over n and i of x[n, i s + k d - low, c] g[n, i, o]: the matrix
    whose rows are the patches of the images, transposed, times g. `columns` has room
    for so many images, or rows of one, as stay in cache; `part` is their product.
    """
    (images, rows), kernel = columns.shape[:2], out.shape[:-2]
    inner, filters = out.shape[-2:]
    total = out.reshape(-1, groups, filters // groups)
    total.fill(0)
    for start in range(0, len(x), images):
        image = _padded(x[start : start + images], padded, low)
        patches = _windows(image, kernel, strides, dilation)
        for top in range(0, g.shape[1], rows):
            seen = patches[:, top : top + rows]
            matrix = columns[: len(seen), : seen.shape[1]]
            given = g[start : start + images, top : top + rows]
            given = given.reshape(-1, groups, filters // groups)
            for k in range(groups):
                np.copyto(matrix, seen[..., k * inner : (k + 1) * inner])
                flat = matrix.reshape(len(given), -1)
                np.matmul(flat.T, given[:, k], out=part)
                total[:, k] += part


def _conv_weight_toeplitz(
    x,
    g,
    columns,
    part,
    total,
    out,
    padded=None,
    low=(),
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
):
    """What _conv_toeplitz passes back to its weights, given g for its result.

    Patches, transposed, times g give what comes back to the Toeplitz matrix. The kernel
    is in it m times, and gets the sum of what comes back to those places.
    """
    images, rows = columns.shape[:2]
    reach, _, m, filters = total.shape[-4:]
    s, d, rank = strides[-1], dilation[-1], x.ndim - 2
    moves = (*strides[: rank - 1], m * s)
    reads = (*dilation[: rank - 1], 1)
    g = g.reshape(*g.shape[:-2], -1, m * filters)
    total.fill(0)
    for start in range(0, len(x), images):
        image = _padded(x[start : start + images], padded, low)
        patches = _windows(image, (*out.shape[: rank - 1], reach), moves, reads)
        for top in range(0, g.shape[1], rows):
            seen = patches[:, top : top + rows]
            matrix = columns[: len(seen), : seen.shape[1]]
            np.copyto(matrix, seen)
            given = g[start : start + images, top : top + rows]
            given = given.reshape(-1, m * filters)
            np.matmul(matrix.reshape(len(given), -1).T, given, out=part)
            total += part.reshape(total.shape)
    last = d * (out.shape[-3] - 1)
    out.fill(0)
    for j in range(m):
        out += total[..., j * s : j * s + last + 1 : d, :, j, :]


def _max_pool_gradient_tiles(index, g, chosen, shifts, out):
    """What max pooling passes back: g at the place of the largest of each window.

    Windows do not overlap: each element of the image is in one of them at most.
    """
    out.fill(0)
    for place, (_, outs, ins) in enumerate(shifts):
        np.equal(index[outs], place, out=chosen[outs])
        np.multiply(g[outs], chosen[outs], out=out[ins])


def _max_pool_index_shifts(x, y, before, different, shifts, out):
    """The place of the first largest element in each window: how many come before it.

    y is what the windows are pooled to; a NaN is equal to nothing.
    """
    out.fill(0)
    before.fill(True)
    for _, outs, ins in shifts:
        np.not_equal(x[ins], y[outs], out=different[outs])
        np.logical_and(before[outs], different[outs], out=before[outs])
        np.add(out, before.view(np.uint8), out=out)


def _max_pool_shifts(x, shifts, out):
    """The largest of what a window sees: for each place in it, the images shifted so."""
    out.fill(-np.inf)
    for _, outs, ins in shifts:
        np.maximum(out[outs], x[ins], out=out[outs])


def _named(group, **names):
    """For each place, what has the names that stand in it, under names of its own."""
    parts = [SimpleNamespace() for _ in next(iter(names.values()))]
    for own, series in names.items():
        for part, name in zip(parts, series, strict=True):
            if name:
                setattr(part, own, getattr(group, name))
    return parts


def _padded(x, out, low):
    """Images with zeros around them, in out; as they are if out is None."""
    if out is None:
        return x
    out = out[: len(x)]
    out.fill(0)
    inside = [slice(a, a + n) for a, n in zip(low, x.shape[1:-1])]
    out[(slice(None), *inside)] = x
    return out


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
    for keys in ((size * length, fullest), (length, fullest), (size,)):
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


def _shifts(
    sizes,
    outputs,
    kernel,
    low=(0, 0, 0),
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
):
    """For each position in a kernel, the outputs that read inputs there, and those inputs.

    Output i reads input i s + k d - low; where that is padding, it is left out.
    """
    found = []
    for position in np.ndindex(*kernel):
        outs, ins = [slice(None)], [slice(None)]
        for k, n, m, a, s, d in zip(position, sizes, outputs, low, strides, dilation):
            offset = k * d - a
            first = min(max(-(offset // s), 0), m)
            count = max(min((n - 1 - offset) // s + 1, m) - first, 0)
            start = max(first * s + offset, 0)
            outs.append(slice(first, first + count))
            ins.append(slice(start, start + count * s, s))
        found.append((position, tuple(outs), tuple(ins)))
    return found


def _slides(x, kernel, strides=(1, 1, 1), dilation=(1, 1, 1)):
    """For each position in a kernel, a view of what it meets as the kernel slides over x."""
    parts = []
    for position in np.ndindex(*kernel):
        where = [slice(None)]
        for n, k, m, s, d in zip(x.shape[1:-1], position, kernel, strides, dilation):
            count = (n - d * (m - 1) - 1) // s + 1
            where.append(slice(k * d, k * d + s * (count - 1) + 1, s))
        parts.append((position, x[tuple(where)]))
    return parts


def _windows(x, kernel, strides, dilation):
    """All patches of x under a sliding kernel, as a view (N, *outputs, *kernel, C)."""
    outputs, moves, reads = [], [], []
    rows = zip(x.shape[1:-1], x.strides[1:-1], kernel, strides, dilation)
    for size, step, k, s, d in rows:
        outputs.append((size - d * (k - 1) - 1) // s + 1)
        moves.append(step * s)
        reads.append(step * d)
    shape = (len(x), *outputs, *kernel, x.shape[-1])
    steps = (x.strides[0], *moves, *reads, x.strides[-1])
    return np.lib.stride_tricks.as_strided(x, shape, steps, writeable=False)


def _zeros(dtype, table):
    """Zeros of that type, by attribute."""
    shapes = _shapes(table)
    return {name: np.zeros(shape, dtype=dtype) for name, shape in shapes.items()}


def main():
    """Train or predict from the command line."""
    import argparse

    parser = argparse.ArgumentParser(description="Train this network, or predict.")
    actions = ["train", "predict"]
    parser.add_argument("action", choices=actions)
    parser.add_argument("data", help="an .npz file of inputs and targets")
    parser.add_argument("--weights", default="mnist_segmentation.npz")
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
    m = MnistSegmentation(seed=options.seed)
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
    result = result if isinstance(result, dict) else {"output": result}
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
