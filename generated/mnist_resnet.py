"""mnist_resnet: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Inputs     x   float32 (N, 28, 28, 1)
Targets    y   int64 (N,)
Outputs    logits   float32 (N, 10)
Parameters 67,906 in 59 arrays
Optimiser  SGD(cosine(0.1, 500, floor=0.0001), momentum=0.9)

    from mnist_resnet import MnistResnet

    m = MnistResnet(seed=0)
    loss = m.train_step(x, y)
    m.predict(x)

As a script (the arrays of data.npz are called as above):

    python mnist_resnet.py train data.npz --epochs 10
    python mnist_resnet.py predict data.npz
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
batch_norm_1.running_mean=8 batch_norm_1.running_var=8 1..3:
    stage_1.~block_#.norm_1.running_mean=8 stage_1.block_#.norm_1.running_var=8
    stage_1.~block_#.norm_2.running_mean=8 stage_1.block_#.norm_2.running_var=8 ; 1..3:
    stage_2.block_#.norm_1.running_mean/block_#_norm_1_running_mean_2=16
    stage_2.block_#.norm_1.running_var=16
    stage_2.block_#.norm_2.running_mean/block_#_norm_2_running_mean_2=16
    stage_2.block_#.norm_2.running_var=16 ; 1..3:
    stage_3.block_#.norm_1.running_mean/block_#_norm_1_running_mean_3=32
    stage_3.block_#.norm_1.running_var=32
    stage_3.block_#.norm_2.running_mean/block_#_norm_2_running_mean_3=32
    stage_3.block_#.norm_2.running_var=32 ;
"""
_STATES_INT64 = """
sgd.step=
"""
_PARAMS = """
conv_1.W=3,3,1,8 batch_norm_1.gamma=8 batch_norm_1.beta=8 1..3:
    stage_1.block_#.conv_1.W=3,3,8,8 stage_1.block_#.norm_1.gamma=8
    stage_1.block_#.norm_1.beta=8 stage_1.block_#.conv_2.W=3,3,8,8
    stage_1.block_#.norm_2.gamma=8 stage_1.block_#.norm_2.beta=8 ;
    stage_2.block_1.conv_1.W=3,3,8,16 1,2: stage_2.block_#.norm_1.gamma=16
    stage_2.block_#.norm_1.beta=16 stage_2.block_#.conv_2.W=3,3,16,16
    stage_2.block_#.norm_2.gamma=16 stage_2.block_#.norm_2.beta=16
    stage_2.block_#+1.conv_1.W=3,3,16,16 ; stage_2.block_3.norm_1.gamma=16
    stage_2.block_3.norm_1.beta=16 stage_2.block_3.conv_2.W=3,3,16,16
    stage_2.block_3.norm_2.gamma=16 stage_2.block_3.norm_2.beta=16
    stage_3.block_1.conv_1.W=3,3,16,32 1,2: stage_3.block_#.norm_1.gamma=32
    stage_3.block_#.norm_1.beta=32 stage_3.block_#.conv_2.W=3,3,32,32
    stage_3.block_#.norm_2.gamma=32 stage_3.block_#.norm_2.beta=32
    stage_3.block_#+1.conv_1.W=3,3,32,32 ; stage_3.block_3.norm_1.gamma=32
    stage_3.block_3.norm_1.beta=32 stage_3.block_3.conv_2.W=3,3,32,32
    stage_3.block_3.norm_2.gamma=32 stage_3.block_3.norm_2.beta=32 dense_1.W=32,10
    dense_1.b=10
"""
_STATS = """
1..7: z#_mean=8 z#_unbiased_var=8 ; 8..13: z#_mean=16 z#_unbiased_var=16 ; 14..19:
    z#_mean=32 z#_unbiased_var=32 ;
"""


class MnistResnet:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "mnist_resnet"
    FINGERPRINT = "9ecfe1f591c14453"
    INPUTS = {"x": ("float32", ("N", 28, 28, 1))}
    TARGETS = {"y": ("int64", ("N",))}
    OUTPUTS = {"logits": ("float32", ("N", 10))}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        **_states("params", _PARAMS),
        **_states("momentum", _PARAMS, ".momentum"),
        **_states("state", _STATES_FLOAT32),
        **_states("state", _STATES_INT64),
    }

    def __init__(self, seed=0):
        self.params = _Views(_vector(67906, np.float32), _shapes(_PARAMS))
        self.grads = _Views(_vector(67906, np.float32), self.params.shapes)
        self.stats = _Views(_vector(688, np.float32), _shapes(_STATS))
        self.momentum = _Views(_vector(67906, np.float32), self.params.shapes)
        self.state = SimpleNamespace(
            **_zeros(np.float32, _STATES_FLOAT32),
            **_zeros(np.int64, _STATES_INT64),
        )
        self.grads.conv_2 = _parts(
            self.grads,
            _series("stage_3_block_#_conv_2", "1..3"),
        )
        self.params.conv_2 = _parts(
            self.params,
            _series("stage_3_block_#_conv_2", "1..3"),
        )
        self.params.block = _parts(
            self.params,
            _series("stage_#_block_#", "1x3 2x2", "1..3 2 3"),
        )
        self.stats.block = _named(
            self.stats,
            z1_mean=_series("z#_mean", "2..6/2 10 12"),
            z1_unbiased_var=_series("z#_unbiased_var", "2..6/2 10 12"),
            z2_mean=_series("z#_mean", "3..7/2 11 13"),
            z2_unbiased_var=_series("z#_unbiased_var", "3..7/2 11 13"),
        )
        self.grads.block = _parts(
            self.grads,
            _series("stage_#_block_#", "1x3 2x2", "1..3 2 3"),
        )
        self._block_state = _named(
            self.state,
            norm_1_running_var=_series(
                "stage_#_block_#_norm_1_running_var",
                "1x3 2x2",
                "1..3 2 3",
            ),
            norm_2_running_var=_series(
                "stage_#_block_#_norm_2_running_var",
                "1x3 2x2",
                "1..3 2 3",
            ),
            norm_1_running_mean=[
                *_series("block_#_norm_1_running_mean", "1..3"),
                *_series("block_#_norm_1_running_mean_2", "2 3"),
            ],
            norm_2_running_mean=[
                *_series("block_#_norm_2_running_mean", "1..3"),
                *_series("block_#_norm_2_running_mean_2", "2 3"),
            ],
        )
        self.stats.norm = _named(
            self.stats,
            z_mean=_series("z#_mean", "2..19"),
            z_unbiased_var=_series("z#_unbiased_var", "2..19"),
        )
        self.grads.norm = _parts(
            self.grads,
            _series("stage_#_block_#_norm_#", "1..3x6", "1..3x2*3", "1,2*9"),
        )
        self.params.norm = _parts(
            self.params,
            _series("stage_#_block_#_norm_#", "1..3x6", "1..3x2*3", "1,2*9"),
        )
        self._norm_state = _named(
            self.state,
            block_norm_running_mean=[
                *_series("block_#_norm_#_running_mean", "1..3x2", "1,2*3"),
                *_series(
                    "block_#_norm_#_running_mean_#",
                    "1..3x2*2",
                    "1,2*6",
                    "2x6 3x6",
                ),
            ],
            running_var=_series(
                "stage_#_block_#_norm_#_running_var",
                "1..3x6",
                "1..3x2*3",
                "1,2*9",
            ),
        )
        self.params.block_2 = _parts(self.params, _series("stage_3_block_#", "2 3"))
        self.stats.block_2 = _named(
            self.stats,
            z1_mean=_series("z#_mean", "16 18"),
            z1_unbiased_var=_series("z#_unbiased_var", "16 18"),
            z2_mean=_series("z#_mean", "17 19"),
            z2_unbiased_var=_series("z#_unbiased_var", "17 19"),
        )
        self._block_2_state = _named(
            self.state,
            norm_1_running_var=_series("stage_3_block_#_norm_1_running_var", "2 3"),
            norm_2_running_var=_series("stage_3_block_#_norm_2_running_var", "2 3"),
            block_norm_1_running_mean_3=_series("block_#_norm_1_running_mean_3", "2 3"),
            block_norm_2_running_mean_3=_series("block_#_norm_2_running_mean_3", "2 3"),
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
            "conv_1_W",
            *_series("stage_#_block_#_conv_#_W", "1..3x6", "1..3x2*3", "1,2*9"),
        ]
        every_a = """
        0.47140452 0.16666667x7 0.11785113x6 0.083333336x5
        """
        for name, a in zip(names, _numbers(every_a), strict=True):
            array = getattr(p, name)
            noise = rng.standard_normal(array.shape, dtype=np.float32)
            array[...] = noise * a
        names = [
            "batch_norm_1_gamma",
            *_series("stage_#_block_#_norm_#_gamma", "1..3x6", "1..3x2*3", "1,2*9"),
        ]
        for name in names:
            array = getattr(p, name)
            array[...] = 1.0
        dense_1_draw = rng.random((32, 10), dtype=np.float32)
        p.dense_1_W[...] = dense_1_draw * 0.75592893 + -0.37796447
        names = [
            "batch_norm_1_running_var",
            *_series(
                "stage_#_block_#_norm_#_running_var",
                "1..3x6",
                "1..3x2*3",
                "1,2*9",
            ),
        ]
        for name in names:
            array = getattr(self.state, name)
            array[...] = 1.0

    def train_step(self, x, y):
        """One training step on a mini-batch; returns the loss before it.

        x: float32 (N, 28, 28, 1)
        y: int64 (N,)
        """
        s = self._train_slots(x, y)
        loss = self._backward(s, x, y)
        self._update(s)
        return loss

    def gradients(self, x, y):
        """The gradients of the loss, as training sees it: dropout is on.

        x: float32 (N, 28, 28, 1)
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
        p, d, stats = self.params, self.grads, self.stats
        # ---- forward -----------------------------------------------------------------
        # conv_1: z1 = conv(x, W)                    (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_toeplitz(
            x,
            p.conv_1_W,
            s.z1_columns,
            s.z1_band,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # batch_norm_1                                                mnist_resnet.py:37
        # z1_mean = mean(z1, axes 0, 1, 2)                                        (8,)
        # z1_var = mean(square(z1 - z1_mean), axes 0, 1, 2)                       (8,)
        # z1_inv_std = 1 / sqrt(z1_var + 1e-05)                                   (8,)
        # z1_hat = (z1 - mean) / sqrt(var + 1e-05)                      (N, 28, 28, 8)
        # z1_norm = z1_hat * gamma + beta                               (N, 28, 28, 8)
        np.dot(s.ones, s.z1_reshape, out=stats.z1_mean)
        np.divide(stats.z1_mean, 784 * s.n, out=stats.z1_mean)
        np.copyto(s.z1_mean_rows, s.z1_mean_broadcast_to)
        np.subtract(s.z1, s.z1_mean_rows, out=s.z1_minus)
        np.square(s.z1_minus, out=s.z1_square)
        np.dot(s.ones, s.z1_reshape_2, out=stats.z1_unbiased_var)
        np.divide(stats.z1_unbiased_var, 784 * s.n, out=stats.z1_unbiased_var)
        np.add(stats.z1_unbiased_var, 1e-05, out=s.z1_inv_std)
        np.sqrt(s.z1_inv_std, out=s.z1_inv_std)
        np.divide(1.0, s.z1_inv_std, out=s.z1_inv_std)
        np.copyto(s.z1_inv_std_rows, s.z1_inv_std_broadcast_to)
        np.multiply(s.z1_minus, s.z1_inv_std_rows, out=s.z1_hat)
        np.copyto(s.batch_norm_1_gamma_rows, s.norm_1_gamma_broadcast_to)
        np.multiply(s.z1_hat, s.batch_norm_1_gamma_rows, out=s.z1_norm)
        np.copyto(s.batch_norm_1_beta_rows, s.batch_norm_1_beta_broadcast_to)
        np.add(s.z1_norm, s.batch_norm_1_beta_rows, out=s.z1_norm)

        # relu_1: h1 = relu(z1_norm)                 (N, 28, 28, 8)   mnist_resnet.py:37
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # stage_1.block_1 to stage_1.block_3                          mnist_resnet.py:37
        for k in range(3):
            self._block_forward(s.block[k], p.block[k], stats.block[k])

        # stage_2.block_1.conv_1                                      mnist_resnet.py:37
        # z8 = conv(stage_1_relu_3, W)                                 (N, 14, 14, 16)
        _conv_toeplitz(
            s.stage_1_relu_3,
            p.stage_2_block_1_conv_1_W,
            s.z8_columns,
            s.z8_band,
            out=s.z8,
            padded=s.z8_padded,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_2.block_1.norm_1                                      mnist_resnet.py:37
        self._norm_forward(s.norm[6], stats.norm[6])

        # stage_2.block_1.relu                                        mnist_resnet.py:37
        # h8 = relu(z8_norm)                                           (N, 14, 14, 16)
        np.clip(s.z8_norm, 0.0, np.inf, out=s.h8)

        # stage_2.block_1.conv_2                                      mnist_resnet.py:37
        # z9 = conv(h8, W)                                             (N, 14, 14, 16)
        _conv_toeplitz(
            s.h8,
            p.stage_2_block_1_conv_2_W,
            s.z9_columns,
            s.z9_band,
            out=s.z9,
            padded=s.z9_padded,
            low=(1, 1),
        )

        # stage_2.block_1.norm_2                                      mnist_resnet.py:37
        self._norm_forward(s.norm[7], stats.norm[7])

        # stage_2.block_1.shortcut                                    mnist_resnet.py:37
        # stage_2_shortcut                                             (N, 14, 14, 16)
        s.stage_2_shortcut.fill(0)
        s.stage_2_shortcut[:, :, :, 4:12] = s.stage_1_relu_slice

        # stage_2.block_1                                             mnist_resnet.py:37
        # h9_plus = h9 + stage_2_shortcut                              (N, 14, 14, 16)
        np.add(s.h9, s.stage_2_shortcut, out=s.h9_plus)

        # stage_2.block_1.relu                                        mnist_resnet.py:37
        # stage_2_relu = relu(h9 + shortcut)                           (N, 14, 14, 16)
        np.clip(s.h9_plus, 0.0, np.inf, out=s.stage_2_relu)

        # stage_2.block_2 to stage_2.block_3                          mnist_resnet.py:37
        for k in range(3, 5):
            self._block_forward(s.block[k], p.block[k], stats.block[k])

        # stage_3.block_1.conv_1                                      mnist_resnet.py:37
        # z14 = conv(stage_2_relu_3, W)                                  (N, 7, 7, 32)
        _conv_im2col(
            s.stage_2_relu_3,
            p.stage_3_block_1_conv_1_W,
            s.z14_columns,
            out=s.z14,
            padded=s.z14_padded,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_3.block_1.norm_1                                      mnist_resnet.py:37
        self._norm_forward(s.norm[12], stats.norm[12])

        # stage_3.block_1.relu                                        mnist_resnet.py:37
        # h14 = relu(z14_norm)                                           (N, 7, 7, 32)
        np.clip(s.z14_norm, 0.0, np.inf, out=s.h14)

        # stage_3.block_1.conv_2                                      mnist_resnet.py:37
        # z15 = conv(h14, W)                                             (N, 7, 7, 32)
        _conv_im2col(
            s.h14,
            p.stage_3_block_1_conv_2_W,
            s.z15_columns,
            out=s.z15,
            padded=s.z15_padded,
            low=(1, 1),
        )

        # stage_3.block_1.norm_2                                      mnist_resnet.py:37
        self._norm_forward(s.norm[13], stats.norm[13])

        # stage_3.block_1.shortcut                                    mnist_resnet.py:37
        # stage_3_shortcut                                               (N, 7, 7, 32)
        s.stage_3_shortcut.fill(0)
        s.stage_3_shortcut[:, :, :, 8:24] = s.stage_2_relu_slice

        # stage_3.block_1                                             mnist_resnet.py:37
        # h15_plus = h15 + stage_3_shortcut                              (N, 7, 7, 32)
        np.add(s.h15, s.stage_3_shortcut, out=s.h15_plus)

        # stage_3.block_1.relu                                        mnist_resnet.py:37
        # stage_3_relu = relu(h15 + shortcut)                            (N, 7, 7, 32)
        np.clip(s.h15_plus, 0.0, np.inf, out=s.stage_3_relu)

        # stage_3.block_2 to stage_3.block_3                          mnist_resnet.py:37
        for k in range(2):
            self._block_2_forward(s.block_2[k], p.block_2[k], stats.block_2[k])

        # global_avg_pool_1                                           mnist_resnet.py:37
        # relu_pooled = mean(relu, axes 1, 2)                                  (N, 32)
        s.stage_3_relu_3.sum(axis=(1, 2), out=s.relu_pooled)
        np.divide(s.relu_pooled, 49.0, out=s.relu_pooled)

        # dense_1: logits = relu_pooled W + b               (N, 10)   mnist_resnet.py:37
        np.dot(s.relu_pooled, p.dense_1_W, out=s.logits)
        np.add(s.logits, p.dense_1_b, out=s.logits)

        # softmax_cross_entropy                                       mnist_resnet.py:44
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
        # softmax_cross_entropy                                       mnist_resnet.py:44
        # d_logits = (softmax(logits) - onehot(y)) / N                         (N, 10)
        np.divide(s.logits_exp, s.logits_sum, out=s.d_logits)
        _add_elements(s.d_logits, s.y_position, s.minus_ones)
        np.divide(s.d_logits, s.n, out=s.d_logits)

        # dense_1                                                     mnist_resnet.py:37
        # d_b = sum over N of d_logits                                           (10,)
        # d_W = relu_pooled^T d_logits                                        (32, 10)
        # d_relu_pooled = d_logits W^T                                         (N, 32)
        np.dot(s.ones_4, s.d_logits, out=d.dense_1_b)
        np.dot(s.relu_pooled.T, s.d_logits, out=d.dense_1_W)
        np.dot(s.d_logits, p.dense_1_W.T, out=s.d_relu_pooled)

        # global_avg_pool_1                                           mnist_resnet.py:37
        # d_relu_pooled_over = d_relu_pooled / 49                              (N, 32)
        np.divide(s.d_relu_pooled, 49.0, out=s.d_relu_pooled_over)

        # stage_3.block_3.relu                                        mnist_resnet.py:37
        # d_h19 = d_relu_pooled_reshape * (stage_3_relu_3 > 0)           (N, 7, 7, 32)
        np.greater(s.stage_3_relu_3, 0.0, out=s.stage_3_relu_mask)
        np.multiply(s.d_relu_pooled_reshape, s.stage_3_relu_mask, out=s.d_h19)

        # stage_3.block_3.norm_2                                      mnist_resnet.py:37
        self._norm_backward(s.norm[17], p.norm[17], d.norm[17])

        # stage_3.block_3.conv_2                                      mnist_resnet.py:37
        self._conv_2_backward(s.conv_2[2], d.conv_2[2])

        # stage_3.block_3.relu                                        mnist_resnet.py:37
        # d_z18_norm = d_h18 * (h18 > 0)                                 (N, 7, 7, 32)
        np.greater(s.h18, 0.0, out=s.h18_mask)
        np.multiply(s.d_h18, s.h18_mask, out=s.d_z18_norm)

        # stage_3.block_3.norm_1                                      mnist_resnet.py:37
        self._norm_backward(s.norm[16], p.norm[16], d.norm[16])

        # stage_3.block_3.conv_1                                      mnist_resnet.py:37
        # d_W = patches(stage_3_relu_2)^T d_z18                         (3, 3, 32, 32)
        # d_stage_3_relu = d_h19 + d_z18_conv                            (N, 7, 7, 32)
        _conv_weight_im2col(
            s.stage_3_relu_2,
            s.d_z18,
            s.block_3_conv_1_W_columns,
            s.stage_3_block_3_conv_1_W_part,
            out=d.stage_3_block_3_conv_1_W,
            padded=s.block_3_conv_1_W_padded,
            low=(1, 1),
        )
        np.copyto(s.stage_3_block_3_conv_1_W_copy, s.block_3_conv_1_W_reshape_2)
        _conv_im2col(
            s.d_z18,
            s.stage_3_block_3_conv_1_W_copy,
            s.d_z18_conv_columns,
            out=s.d_z18_conv,
            padded=s.d_z18_conv_padded,
            low=(1, 1),
        )
        np.add(s.d_h19, s.d_z18_conv, out=s.d_stage_3_relu)

        # stage_3.block_2.relu                                        mnist_resnet.py:37
        # d_h17 = d_stage_3_relu * (stage_3_relu_2 > 0)                  (N, 7, 7, 32)
        np.greater(s.stage_3_relu_2, 0.0, out=s.stage_3_relu_mask_2)
        np.multiply(s.d_stage_3_relu, s.stage_3_relu_mask_2, out=s.d_h17)

        # stage_3.block_2.norm_2                                      mnist_resnet.py:37
        self._norm_backward(s.norm[15], p.norm[15], d.norm[15])

        # stage_3.block_2.conv_2                                      mnist_resnet.py:37
        self._conv_2_backward(s.conv_2[1], d.conv_2[1])

        # stage_3.block_2.relu                                        mnist_resnet.py:37
        # d_z16_norm = d_h16 * (h16 > 0)                                 (N, 7, 7, 32)
        np.greater(s.h16, 0.0, out=s.h16_mask)
        np.multiply(s.d_h16, s.h16_mask, out=s.d_z16_norm)

        # stage_3.block_2.norm_1                                      mnist_resnet.py:37
        self._norm_backward(s.norm[14], p.norm[14], d.norm[14])

        # stage_3.block_2.conv_1                                      mnist_resnet.py:37
        # d_W = patches(stage_3_relu)^T d_z16                           (3, 3, 32, 32)
        # d_stage_3_relu = d_h17 + d_z16_conv                            (N, 7, 7, 32)
        _conv_weight_im2col(
            s.stage_3_relu,
            s.d_z16,
            s.block_2_conv_1_W_columns,
            s.stage_3_block_2_conv_1_W_part,
            out=d.stage_3_block_2_conv_1_W,
            padded=s.block_2_conv_1_W_padded,
            low=(1, 1),
        )
        np.copyto(s.stage_3_block_2_conv_1_W_copy, s.block_2_conv_1_W_reshape_2)
        _conv_im2col(
            s.d_z16,
            s.stage_3_block_2_conv_1_W_copy,
            s.d_z16_conv_columns,
            out=s.d_z16_conv,
            padded=s.d_z16_conv_padded,
            low=(1, 1),
        )
        np.add(s.d_h17, s.d_z16_conv, out=s.d_stage_3_relu)

        # stage_3.block_1.relu                                        mnist_resnet.py:37
        # d_stage_3_shortcut = d_stage_3_relu * (stage_3_relu > 0)       (N, 7, 7, 32)
        np.greater(s.stage_3_relu, 0.0, out=s.stage_3_relu_mask_3)
        np.multiply(s.d_stage_3_relu, s.stage_3_relu_mask_3, out=s.d_stage_3_shortcut)

        # stage_3.block_1.norm_2                                      mnist_resnet.py:37
        self._norm_backward(s.norm[13], p.norm[13], d.norm[13])

        # stage_3.block_1.conv_2                                      mnist_resnet.py:37
        self._conv_2_backward(s.conv_2[0], d.conv_2[0])

        # stage_3.block_1.relu                                        mnist_resnet.py:37
        # d_z14_norm = d_h14 * (h14 > 0)                                 (N, 7, 7, 32)
        np.greater(s.h14, 0.0, out=s.h14_mask)
        np.multiply(s.d_h14, s.h14_mask, out=s.d_z14_norm)

        # stage_3.block_1.norm_1                                      mnist_resnet.py:37
        self._norm_backward(s.norm[12], p.norm[12], d.norm[12])

        # stage_3.block_1.conv_1                                      mnist_resnet.py:37
        # d_W = patches(stage_2_relu_3)^T d_z14                         (3, 3, 16, 32)
        _conv_weight_im2col(
            s.stage_2_relu_3,
            s.d_z14,
            s.block_1_conv_1_W_columns,
            s.stage_3_block_1_conv_1_W_part,
            out=d.stage_3_block_1_conv_1_W,
            padded=s.block_1_conv_1_W_padded,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_3.block_1.shortcut                                    mnist_resnet.py:37
        # d_stage_3_shortcut_unslice                                   (N, 14, 14, 16)
        s.d_stage_3_shortcut_unslice.fill(0)
        s.d_stage_3_shortcut_unslice[:, ::2, ::2] = s.d_stage_3_shortcut_slice

        # stage_3.block_1.conv_1                                      mnist_resnet.py:37
        # d_stage_3_relu_2 = d_stage_3_shortcut_unslice                (N, 14, 14, 16)
        #     + conv^T(d_z14, W)
        _conv_col2im(
            s.d_z14,
            p.stage_3_block_1_conv_1_W,
            s.conv_input_gradient_columns,
            out=s.d_z14_conv_input_gradient,
            padded=s.z14_conv_input_gradient_padded,
            low=(1, 1),
            strides=(2, 2),
        )
        np.add(
            s.d_stage_3_shortcut_unslice,
            s.d_z14_conv_input_gradient,
            out=s.d_stage_3_relu_2,
        )

        # stage_2.block_3 to stage_2.block_2                          mnist_resnet.py:37
        for k in reversed(range(3, 5)):
            self._block_backward(s.block[k], p.block[k], d.block[k])

        # stage_2.block_1.relu                                        mnist_resnet.py:37
        # d_stage_2_shortcut = d_stage_2_relu * (stage_2_relu > 0)     (N, 14, 14, 16)
        np.greater(s.stage_2_relu, 0.0, out=s.stage_2_relu_mask_3)
        np.multiply(s.d_stage_2_relu, s.stage_2_relu_mask_3, out=s.d_stage_2_shortcut)

        # stage_2.block_1.norm_2                                      mnist_resnet.py:37
        self._norm_backward(s.norm[7], p.norm[7], d.norm[7])

        # stage_2.block_1.conv_2                                      mnist_resnet.py:37
        # d_W = patches(h8)^T d_z9                                      (3, 3, 16, 16)
        # d_h8 = conv(d_z9, block_1_conv_2_W_reshape_4)                (N, 14, 14, 16)
        _conv_weight_toeplitz(
            s.h8,
            s.d_z9,
            s.block_1_conv_2_W_columns_2,
            s.stage_2_block_1_conv_2_W_part,
            s.stage_2_block_1_conv_2_W_total,
            out=d.stage_2_block_1_conv_2_W,
            padded=s.block_1_conv_2_W_padded_2,
            low=(1, 1),
        )
        np.copyto(s.stage_2_block_1_conv_2_W_copy, s.block_1_conv_2_W_reshape_4)
        _conv_toeplitz(
            s.d_z9,
            s.stage_2_block_1_conv_2_W_copy,
            s.d_h8_columns,
            s.d_h8_band,
            out=s.d_h8,
            padded=s.d_h8_padded,
            low=(1, 1),
        )

        # stage_2.block_1.relu                                        mnist_resnet.py:37
        # d_z8_norm = d_h8 * (h8 > 0)                                  (N, 14, 14, 16)
        np.greater(s.h8, 0.0, out=s.h8_mask)
        np.multiply(s.d_h8, s.h8_mask, out=s.d_z8_norm)

        # stage_2.block_1.norm_1                                      mnist_resnet.py:37
        self._norm_backward(s.norm[6], p.norm[6], d.norm[6])

        # stage_2.block_1.conv_1                                      mnist_resnet.py:37
        # d_W = patches(stage_1_relu_3)^T d_z8                           (3, 3, 8, 16)
        _conv_weight_toeplitz(
            s.stage_1_relu_3,
            s.d_z8,
            s.block_1_conv_1_W_columns_2,
            s.stage_2_block_1_conv_1_W_part,
            s.stage_2_block_1_conv_1_W_total,
            out=d.stage_2_block_1_conv_1_W,
            padded=s.block_1_conv_1_W_padded_2,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_2.block_1.shortcut                                    mnist_resnet.py:37
        # d_stage_2_shortcut_unslice                                    (N, 28, 28, 8)
        s.d_stage_2_shortcut_unslice.fill(0)
        s.d_stage_2_shortcut_unslice[:, ::2, ::2] = s.d_stage_2_shortcut_slice

        # stage_2.block_1.conv_1                                      mnist_resnet.py:37
        # d_stage_2_relu_2 = d_stage_2_shortcut_unslice                 (N, 28, 28, 8)
        #     + conv^T(d_z8, W)
        _conv_col2im(
            s.d_z8,
            p.stage_2_block_1_conv_1_W,
            s.z8_conv_input_gradient_columns,
            out=s.d_z8_conv_input_gradient,
            padded=s.z8_conv_input_gradient_padded,
            low=(1, 1),
            strides=(2, 2),
        )
        np.add(
            s.d_stage_2_shortcut_unslice,
            s.d_z8_conv_input_gradient,
            out=s.d_stage_2_relu_2,
        )

        # stage_1.block_3 to stage_1.block_1                          mnist_resnet.py:37
        for k in reversed(range(3)):
            self._block_backward(s.block[k], p.block[k], d.block[k])

        # relu_1: d_z1_norm = d_h1 * (h1 > 0)        (N, 28, 28, 8)   mnist_resnet.py:37
        np.greater(s.h1, 0.0, out=s.h1_mask)
        np.multiply(s.d_h1, s.h1_mask, out=s.d_z1_norm)

        # batch_norm_1                                                mnist_resnet.py:37
        # d_beta = sum over 784 * N of reshape(d_z1_norm, (784 * N, 8))           (8,)
        # d_gamma = sum over 784 * N of d_z1_norm_reshape_2                       (8,)
        # d_z1 = ((z1_inv_std * gamma)) * (d_z1_norm                    (N, 28, 28, 8)
        #     - ((d_beta / (784 * N))) - z1_hat * ((d_gamma / (784 * N))))
        np.dot(s.ones, s.d_z1_norm_reshape, out=d.batch_norm_1_beta)
        np.multiply(s.d_z1_norm, s.z1_hat, out=s.d_z1_norm_times)
        np.dot(s.ones, s.d_z1_norm_reshape_2, out=d.batch_norm_1_gamma)
        np.multiply(s.z1_inv_std, p.batch_norm_1_gamma, out=s.z1_inv_std_times)
        np.copyto(s.z1_inv_std_rows_2, s.z1_inv_std_broadcast_to_2)
        np.divide(d.batch_norm_1_beta, 784 * s.n, out=s.d_batch_norm_1_beta_over)
        np.copyto(s.d_batch_norm_1_beta_rows, s.norm_1_beta_broadcast_to_2)
        np.subtract(s.d_z1_norm, s.d_batch_norm_1_beta_rows, out=s.d_z1)
        np.divide(d.batch_norm_1_gamma, 784 * s.n, out=s.d_batch_norm_1_gamma_over)
        np.copyto(s.d_batch_norm_1_gamma_rows, s.norm_1_gamma_broadcast_to_2)
        np.multiply(s.z1_hat, s.d_batch_norm_1_gamma_rows, out=s.z1_hat_times)
        np.subtract(s.d_z1, s.z1_hat_times, out=s.d_z1)
        np.multiply(s.z1_inv_std_rows_2, s.d_z1, out=s.d_z1)

        # conv_1: d_W = patches(x)^T d_z1              (3, 3, 1, 8)   mnist_resnet.py:37
        _conv_weight_toeplitz(
            x,
            s.d_z1,
            s.d_conv_1_W_columns,
            s.d_conv_1_W_part,
            s.d_conv_1_W_total,
            out=d.conv_1_W,
            padded=s.d_conv_1_W_padded,
            low=(1, 1),
        )

        # ---- statistics --------------------------------------------------------------
        # batch_norm_1                                                mnist_resnet.py:37
        # z1_unbiased_var = z1_var * (784 * N / (784 * N - 1))                    (8,)
        np.multiply(
            stats.z1_unbiased_var,
            (784 * s.n) / (784 * s.n - 1),
            out=stats.z1_unbiased_var,
        )

        # stage_1.block_1.norm_1 to stage_3.block_3.norm_2            mnist_resnet.py:37
        for k in range(18):
            self._norm_statistics(s.norm[k], stats.norm[k])

        return s.loss[()]

    def _update(self, s):
        """Change the parameters: SGD(cosine(0.1, 500, floor=0.0001), momentum..."""
        p, d, stats = self.params, self.grads, self.stats
        sgd_step = int(self.state.sgd_step)
        # ---- update ------------------------------------------------------------------
        # sgd                                                         mnist_resnet.py:46
        new_sgd_step = sgd_step + 1

        # ---- statistics --------------------------------------------------------------
        # batch_norm_1                                                mnist_resnet.py:37
        # running_mean' = 0.9 * running_mean + 0.1 * z1_mean                      (8,)
        # running_var' = 0.9 * running_var + 0.1 * z1_unbiased_var                (8,)
        with _Whole():  # no interruption may leave this half done
            np.multiply(
                0.9,
                self.state.batch_norm_1_running_mean,
                out=self.state.batch_norm_1_running_mean,
            )
            np.multiply(0.1, stats.z1_mean, out=s.z1_mean_times_2)
            np.add(
                self.state.batch_norm_1_running_mean,
                s.z1_mean_times_2,
                out=self.state.batch_norm_1_running_mean,
            )
            np.multiply(
                0.9,
                self.state.batch_norm_1_running_var,
                out=self.state.batch_norm_1_running_var,
            )
            np.multiply(0.1, stats.z1_unbiased_var, out=s.z1_unbiased_var_times_2)
            np.add(
                self.state.batch_norm_1_running_var,
                s.z1_unbiased_var_times_2,
                out=self.state.batch_norm_1_running_var,
            )

            # stage_1.block_1.norm_1 to stage_3.block_3.norm_2        mnist_resnet.py:37
            for k in range(18):
                self._norm_statistics_2(s.norm[k], stats.norm[k], self._norm_state[k])

            # ---- update --------------------------------------------------------------
            # sgd                                                     mnist_resnet.py:46
            # momentum' = 0.9 * momentum + grads                              (67906,)
            # params' = params - learning_rate * (0.9 * momentum + grads)     (67906,)
            sgd_step_times = min(sgd_step, 500.0) * 0.0062831854
            sgd_step_times_plus_cos = 0.04995 * (1.0 + math.cos(sgd_step_times))
            learning_rate = 1e-04 + sgd_step_times_plus_cos
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
        _check_range("y", y, 10)
        return s

    def _plan_train(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        p, stats = self.params, self.stats
        sizes = {}
        _check("x", x, np.float32, ("N", 28, 28, 1), sizes)
        _check("y", y, np.int64, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        int64 = _buffers(np.int64)
        bool_ = _buffers(np.bool_)
        table = """
        t 12..56/22 101 123
        t_2 490..424/-33 359 326
        t_3 9..53/22 97 120
        t_4 397x3 299x2
        t_5 510x3 397x2
        a 37x3 55x2
        b 28x3 14x2
        c 6x3 4x2
        d 8x3 16x2
        e 4x3 2x2
        f 30x3 16x2
        g 784x3 196x2
        h 144x3 192x2
        """
        rows_2 = _rows(table)
        table = """
        t 77x7 88x5 144 154 165..195/10
        t_2 392x7 376x5 295 281 266 252 237 223
        t_3 81x7 92x5 147 157 168..198/10
        t_4 388x7 371x5 291 276 262 247 233 218
        t_5 513..547/2
        t_6 382x7 299x5 286 216 257 216 228 216
        t_7 400x7 397x5 302 299 273 299 244 299
        t_8 382x7 374x5 286 279 257 250 228 221
        t_9 400x7 385x5 302 288 273 259 244 230
        a 196x12 49x6
        b 14x12 7x6
        c 16x12 32x6
        d 8x6 16x6 32x6
        e 784x6 196x6 49x6
        """
        rows_3 = _rows(table)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = float32(0, 506, (n, 28, 28, 8))
        s.z1_columns = float32(1, 3, (346, 28, 4, 3, 9, 1))
        s.z1_band = float32(2, 3, (3, 9, 1, 7, 8))
        s.z1_padded = float32(3, 3, (346, 30, 30, 1))
        s.z1_mean_rows = float32(4, 4, (28, 8))
        s.z1_minus = s.z1
        s.z1_square = float32(5, 5, (n, 28, 28, 8))
        s.z1_inv_std = float32(6, 502, (8,))
        s.z1_inv_std_rows = float32(7, 7, (28, 8))
        s.z1_hat = s.z1
        s.batch_norm_1_gamma_rows = float32(8, 9, (28, 8))
        s.z1_norm = float32(9, 500, (n, 28, 28, 8))
        s.batch_norm_1_beta_rows = float32(10, 10, (28, 8))
        s.h1 = s.z1_norm
        s.stage_1_relu_3 = float32(75, 401, (n, 28, 28, 8))
        s.z8 = float32(77, 392, (n, 14, 14, 16))
        s.z8_columns = float32(78, 80, (89, 14, 7, 3, 5, 8))
        s.z8_band = float32(79, 80, (3, 5, 8, 2, 16))
        s.z8_padded = float32(80, 80, (89, 30, 30, 8))
        s.z8_norm = float32(86, 386, (n, 14, 14, 16))
        s.h8 = s.z8_norm
        s.z9 = float32(88, 376, (n, 14, 14, 16))
        s.z9_columns = float32(89, 91, (55, 14, 7, 3, 4, 16))
        s.z9_band = float32(90, 91, (3, 4, 16, 2, 16))
        s.z9_padded = float32(91, 91, (55, 16, 16, 16))
        s.h9 = float32(97, 369, (n, 14, 14, 16))
        s.stage_2_shortcut = float32(99, 99, (n, 14, 14, 16))
        s.h9_plus = s.h9
        s.stage_2_relu = s.h9
        s.stage_2_relu_3 = float32(142, 303, (n, 14, 14, 16))
        s.z14 = float32(144, 295, (n, 7, 7, 32))
        s.z14_columns = float32(145, 146, (148, 7, 7, 3, 3, 16))
        s.z14_padded = float32(146, 146, (148, 16, 16, 16))
        s.z14_norm = float32(152, 289, (n, 7, 7, 32))
        s.h14 = s.z14_norm
        s.z15 = float32(154, 281, (n, 7, 7, 32))
        s.z15_columns = float32(155, 156, (74, 7, 7, 3, 3, 32))
        s.z15_padded = float32(156, 156, (74, 9, 9, 32))
        s.h15 = float32(162, 274, (n, 7, 7, 32))
        s.stage_3_shortcut = float32(164, 164, (n, 7, 7, 32))
        s.h15_plus = s.h15
        s.stage_3_relu = s.h15
        s.h16 = float32(173, 260, (n, 7, 7, 32))
        s.stage_3_relu_2 = float32(183, 245, (n, 7, 7, 32))
        s.h18 = float32(193, 231, (n, 7, 7, 32))
        s.stage_3_relu_3 = float32(203, 215, (n, 7, 7, 32))
        s.relu_pooled = float32(205, 213, (n, 32))
        s.logits = float32(206, 212, (n, 10))
        s.logits_max = float32(207, 207, (n, 1))
        s.logits_minus_max = s.logits
        s.logits_exp = float32(208, 214, (n, 10))
        s.logits_sum = float32(209, 213, (n, 1))
        s.logits_log = float32(210, 212, (n, 1))
        s.y_position = int64(211, 213, (n,))
        s.logits_take = float32(212, 213, (n,))
        s.logits_minus_take = s.logits_take
        s.loss = float32(213, 510, ())
        s.d_logits = s.logits_exp
        s.d_relu_pooled = float32(214, 216, (n, 32))
        s.d_relu_pooled_over = s.d_relu_pooled
        s.stage_3_relu_mask = bool_(215, 216, (n, 7, 7, 32))
        s.d_h19 = float32(216, 299, (n, 7, 7, 32))
        s.d_h18 = float32(228, 244, (n, 7, 7, 32))
        s.h18_mask = bool_(231, 231, (n, 7, 7, 32))
        s.d_z18_norm = s.d_h18
        s.d_z18 = s.d_h18
        s.block_3_conv_1_W_columns = float32(238, 240, (74, 7, 7, 3, 3, 32))
        s.stage_3_block_3_conv_1_W_part = float32(239, 240, (288, 32))
        s.block_3_conv_1_W_padded = float32(240, 240, (74, 9, 9, 32))
        s.stage_3_block_3_conv_1_W_copy = float32(241, 244, (3, 3, 32, 32))
        s.d_z18_conv = float32(242, 244, (n, 7, 7, 32))
        s.d_z18_conv_columns = float32(243, 244, (74, 7, 7, 3, 3, 32))
        s.d_z18_conv_padded = float32(244, 244, (74, 9, 9, 32))
        s.d_stage_3_relu = s.d_h19
        s.stage_3_relu_mask_2 = bool_(245, 245, (n, 7, 7, 32))
        s.d_h17 = s.d_h19
        s.d_h16 = float32(257, 273, (n, 7, 7, 32))
        s.h16_mask = bool_(260, 260, (n, 7, 7, 32))
        s.d_z16_norm = s.d_h16
        s.d_z16 = s.d_h16
        s.block_2_conv_1_W_columns = float32(267, 269, (74, 7, 7, 3, 3, 32))
        s.stage_3_block_2_conv_1_W_part = float32(268, 269, (288, 32))
        s.block_2_conv_1_W_padded = float32(269, 269, (74, 9, 9, 32))
        s.stage_3_block_2_conv_1_W_copy = float32(270, 273, (3, 3, 32, 32))
        s.d_z16_conv = float32(271, 273, (n, 7, 7, 32))
        s.d_z16_conv_columns = float32(272, 273, (74, 7, 7, 3, 3, 32))
        s.d_z16_conv_padded = float32(273, 273, (74, 9, 9, 32))
        s.stage_3_relu_mask_3 = bool_(274, 274, (n, 7, 7, 32))
        s.d_stage_3_shortcut = s.d_h19
        s.d_h14 = float32(286, 302, (n, 7, 7, 32))
        s.h14_mask = bool_(289, 289, (n, 7, 7, 32))
        s.d_z14_norm = s.d_h14
        s.d_z14 = s.d_h14
        s.block_1_conv_1_W_columns = float32(296, 298, (148, 7, 7, 3, 3, 16))
        s.stage_3_block_1_conv_1_W_part = float32(297, 298, (144, 32))
        s.block_1_conv_1_W_padded = float32(298, 298, (148, 16, 16, 16))
        s.d_stage_3_shortcut_unslice = float32(299, 397, (n, 14, 14, 16))
        s.d_z14_conv_input_gradient = float32(300, 302, (n, 14, 14, 16))
        s.conv_input_gradient_columns = float32(301, 302, (148, 7, 7, 3, 3, 16))
        s.z14_conv_input_gradient_padded = float32(302, 302, (148, 16, 16, 16))
        s.d_stage_3_relu_2 = s.d_stage_3_shortcut_unslice
        s.d_stage_2_relu = s.d_stage_3_shortcut_unslice
        s.stage_2_relu_mask_3 = bool_(369, 369, (n, 14, 14, 16))
        s.d_stage_2_shortcut = s.d_stage_3_shortcut_unslice
        s.d_z9 = float32(374, 385, (n, 14, 14, 16))
        s.block_1_conv_2_W_columns_2 = float32(377, 380, (55, 14, 7, 3, 4, 16))
        s.stage_2_block_1_conv_2_W_part = float32(378, 380, (192, 32))
        s.stage_2_block_1_conv_2_W_total = float32(379, 380, (3, 4, 16, 2, 16))
        s.block_1_conv_2_W_padded_2 = float32(380, 380, (55, 16, 16, 16))
        s.stage_2_block_1_conv_2_W_copy = float32(381, 385, (3, 3, 16, 16))
        s.d_h8 = float32(382, 400, (n, 14, 14, 16))
        s.d_h8_columns = float32(383, 385, (55, 14, 7, 3, 4, 16))
        s.d_h8_band = float32(384, 385, (3, 4, 16, 2, 16))
        s.d_h8_padded = float32(385, 385, (55, 16, 16, 16))
        s.h8_mask = bool_(386, 386, (n, 14, 14, 16))
        s.d_z8_norm = s.d_h8
        s.d_z8 = s.d_h8
        s.block_1_conv_1_W_columns_2 = float32(393, 396, (89, 14, 7, 3, 5, 8))
        s.stage_2_block_1_conv_1_W_part = float32(394, 396, (120, 32))
        s.stage_2_block_1_conv_1_W_total = float32(395, 396, (3, 5, 8, 2, 16))
        s.block_1_conv_1_W_padded_2 = float32(396, 396, (89, 30, 30, 8))
        s.d_stage_2_shortcut_unslice = float32(397, 510, (n, 28, 28, 8))
        s.d_z8_conv_input_gradient = float32(398, 400, (n, 28, 28, 8))
        s.z8_conv_input_gradient_columns = float32(399, 400, (74, 14, 14, 3, 3, 8))
        s.z8_conv_input_gradient_padded = float32(400, 400, (74, 30, 30, 8))
        s.d_stage_2_relu_2 = s.d_stage_2_shortcut_unslice
        s.d_h1 = s.d_stage_2_shortcut_unslice
        s.h1_mask = bool_(500, 500, (n, 28, 28, 8))
        s.d_z1_norm = s.d_stage_2_shortcut_unslice
        s.d_z1_norm_times = float32(501, 501, (n, 28, 28, 8))
        s.z1_inv_std_times = s.z1_inv_std
        s.z1_inv_std_rows_2 = float32(502, 506, (28, 8))
        s.d_batch_norm_1_beta_over = float32(503, 504, (8,))
        s.d_batch_norm_1_beta_rows = float32(504, 504, (28, 8))
        s.d_z1 = s.d_stage_2_shortcut_unslice
        s.d_batch_norm_1_gamma_over = float32(505, 506, (8,))
        s.d_batch_norm_1_gamma_rows = float32(506, 506, (28, 8))
        s.z1_hat_times = s.z1
        s.d_conv_1_W_columns = float32(507, 510, (346, 28, 4, 3, 9, 1))
        s.d_conv_1_W_part = float32(508, 510, (27, 56))
        s.d_conv_1_W_total = float32(509, 510, (3, 9, 1, 7, 8))
        s.d_conv_1_W_padded = float32(510, 510, (346, 30, 30, 1))
        s.z1_mean_times_2 = float32(511, 511, (8,))
        s.z1_unbiased_var_times_2 = float32(512, 512, (8,))
        s.learning_rate_times = float32(549, 549, (67906,))
        table = """
        t 152 173 193
        t_2 289..231/-29
        """
        rows = _rows(table)
        s.conv_2 = [SimpleNamespace() for _ in range(3)]
        for k in range(3):
            b, at = s.conv_2[k], rows[k]
            b.h = float32(at.t, at.t_2, (n, 7, 7, 32))
            b.block_conv_2_W_columns = float32(
                at.t_2 - 7,
                at.t_2 - 5,
                (74, 7, 7, 3, 3, 32),
            )
            b.W_part = float32(at.t_2 - 6, at.t_2 - 5, (288, 32))
            b.block_conv_2_W_padded = float32(at.t_2 - 5, at.t_2 - 5, (74, 9, 9, 32))
            b.W_copy = float32(at.t_2 - 4, at.t_2 - 1, (3, 3, 32, 32))
            b.d_z = float32(at.t_2 - 10, at.t_2 - 1, (n, 7, 7, 32))
            b.d_h_columns = float32(at.t_2 - 2, at.t_2 - 1, (74, 7, 7, 3, 3, 32))
            b.d_h = float32(at.t_2 - 3, at.t_2 + 13, (n, 7, 7, 32))
            b.d_h_padded = float32(at.t_2 - 1, at.t_2 - 1, (74, 9, 9, 32))
        s.block = [SimpleNamespace(n=s.n) for _ in range(5)]
        for k in range(5):
            b, at = s.block[k], rows_2[k]
            b.z1_columns = float32(at.t, at.t + 2, (at.a, at.b, 7, 3, at.c, at.d))
            b.z1_band = float32(at.t + 1, at.t + 2, (3, at.c, at.d, at.e, at.d))
            b.z1 = float32(at.t - 1, at.t_2, (n, at.b, at.b, at.d))
            b.z1_padded = float32(at.t + 2, at.t + 2, (at.a, at.f, at.f, at.d))
            b.z1_mean_rows = float32(at.t + 3, at.t + 3, (at.b, at.d))
            b.z1_hat = b.z1
            b.z1_hat_square = float32(at.t + 4, at.t + 4, (n, at.b, at.b, at.d))
            b.z1_inv_std = float32(at.t + 5, at.t_2 - 4, (at.d,))
            b.z1_inv_std_rows = float32(at.t + 6, at.t + 6, (at.b, at.d))
            b.norm_1_rows = float32(at.t + 7, at.t + 8, (at.b, at.d))
            b.z1_norm = float32(at.t + 8, at.t_2 - 6, (n, at.b, at.b, at.d))
            b.norm_1_rows_2 = float32(at.t + 9, at.t + 9, (at.b, at.d))
            b.h1 = b.z1_norm
            b.z2_columns = float32(at.t + 11, at.t + 13, (at.a, at.b, 7, 3, at.c, at.d))
            b.z2_band = float32(at.t + 12, at.t + 13, (3, at.c, at.d, at.e, at.d))
            b.z2 = float32(at.t + 10, at.t_2 - 16, (n, at.b, at.b, at.d))
            b.z2_padded = float32(at.t + 13, at.t + 13, (at.a, at.f, at.f, at.d))
            b.z2_mean_rows = float32(at.t + 14, at.t + 14, (at.b, at.d))
            b.z2_hat = b.z2
            b.z2_hat_square = float32(at.t + 15, at.t + 15, (n, at.b, at.b, at.d))
            b.z2_inv_std = float32(at.t + 16, at.t_2 - 21, (at.d,))
            b.z2_inv_std_rows = float32(at.t + 17, at.t + 17, (at.b, at.d))
            b.norm_2_rows = float32(at.t + 18, at.t + 19, (at.b, at.d))
            b.h2 = float32(at.t + 19, at.t_2 - 23, (n, at.b, at.b, at.d))
            b.norm_2_rows_2 = float32(at.t + 20, at.t + 20, (at.b, at.d))
            b.h2_plus = b.h2
            b.stage_relu = b.h2
            b.stage_relu_mask = bool_(at.t_2 - 23, at.t_2 - 23, (n, at.b, at.b, at.d))
            b.z2_inv_std_times = b.z2_inv_std
            b.z2_inv_std_rows_2 = float32(at.t_2 - 21, at.t_2 - 16, (at.b, at.d))
            b.norm_2_over = float32(at.t_2 - 20, at.t_2 - 19, (at.d,))
            b.norm_2_rows_3 = float32(at.t_2 - 19, at.t_2 - 18, (at.b, at.d))
            b.norm_2_over_2 = float32(at.t_2 - 17, at.t_2 - 16, (at.d,))
            b.norm_2_rows_4 = float32(at.t_2 - 16, at.t_2 - 16, (at.b, at.d))
            b.z2_hat_times = b.z2
            b.conv_2_W_columns = float32(
                at.t_2 - 15,
                at.t_2 - 12,
                (at.a, at.b, 7, 3, at.c, at.d),
            )
            b.conv_2_W_part = float32(at.t_2 - 14, at.t_2 - 12, (at.h, 32))
            b.conv_2_W_total = float32(
                at.t_2 - 13,
                at.t_2 - 12,
                (3, at.c, at.d, at.e, at.d),
            )
            b.conv_2_W_padded = float32(
                at.t_2 - 12,
                at.t_2 - 12,
                (at.a, at.f, at.f, at.d),
            )
            b.conv_2_W_copy = float32(at.t_2 - 11, at.t_2 - 7, (3, 3, at.d, at.d))
            b.h1_mask = bool_(at.t_2 - 6, at.t_2 - 6, (n, at.b, at.b, at.d))
            b.z1_inv_std_times = b.z1_inv_std
            b.z1_inv_std_rows_2 = float32(at.t_2 - 4, at.t_2, (at.b, at.d))
            b.norm_1_over = float32(at.t_2 - 3, at.t_2 - 2, (at.d,))
            b.norm_1_rows_3 = float32(at.t_2 - 2, at.t_2 - 2, (at.b, at.d))
            b.norm_1_over_2 = float32(at.t_2 - 1, at.t_2, (at.d,))
            b.norm_1_rows_4 = float32(at.t_2, at.t_2, (at.b, at.d))
            b.z1_hat_times = b.z1
            b.conv_1_W_columns = float32(
                at.t_2 + 1,
                at.t_2 + 4,
                (at.a, at.b, 7, 3, at.c, at.d),
            )
            b.conv_1_W_part = float32(at.t_2 + 2, at.t_2 + 4, (at.h, 32))
            b.conv_1_W_total = float32(
                at.t_2 + 3,
                at.t_2 + 4,
                (3, at.c, at.d, at.e, at.d),
            )
            b.conv_1_W_padded = float32(
                at.t_2 + 4,
                at.t_2 + 4,
                (at.a, at.f, at.f, at.d),
            )
            b.conv_1_W_copy = float32(at.t_2 + 5, at.t_2 + 9, (3, 3, at.d, at.d))
            b.stage_relu_in = float32(at.t_3, at.t_2 + 10, (n, at.b, at.b, at.d))
            b.d_stage_relu = float32(at.t_4, at.t_5, (n, at.b, at.b, at.d))
            b.d_h2 = b.d_stage_relu
            b.d_h2_times = float32(at.t_2 - 22, at.t_2 - 22, (n, at.b, at.b, at.d))
            b.d_z2 = float32(at.t_2 - 18, at.t_2 - 7, (n, at.b, at.b, at.d))
            b.d_h1_columns = float32(
                at.t_2 - 9,
                at.t_2 - 7,
                (at.a, at.b, 7, 3, at.c, at.d),
            )
            b.d_h1_band = float32(at.t_2 - 8, at.t_2 - 7, (3, at.c, at.d, at.e, at.d))
            b.d_h1 = float32(at.t_2 - 10, at.t_2 + 9, (n, at.b, at.b, at.d))
            b.d_h1_padded = float32(at.t_2 - 7, at.t_2 - 7, (at.a, at.f, at.f, at.d))
            b.d_z1_norm = b.d_h1
            b.d_z1_norm_times = float32(at.t_2 - 5, at.t_2 - 5, (n, at.b, at.b, at.d))
            b.d_z1 = b.d_h1
            b.d_z1_conv_columns = float32(
                at.t_2 + 7,
                at.t_2 + 9,
                (at.a, at.b, 7, 3, at.c, at.d),
            )
            b.d_z1_conv_band = float32(
                at.t_2 + 8,
                at.t_2 + 9,
                (3, at.c, at.d, at.e, at.d),
            )
            b.d_z1_conv = float32(at.t_2 + 6, at.t_2 + 9, (n, at.b, at.b, at.d))
            b.d_z1_conv_padded = float32(
                at.t_2 + 9,
                at.t_2 + 9,
                (at.a, at.f, at.f, at.d),
            )
            b.d_stage_relu_2 = b.d_stage_relu
        s.norm = [SimpleNamespace(n=s.n) for _ in range(18)]
        for k in _numbers("6 7 12..17"):
            b, at = s.norm[k], rows_3[k]
            b.z = float32(at.t, at.t_2, (n, at.b, at.b, at.c))
            b.z_hat = b.z
            b.z_inv_std = float32(at.t_3 + 2, at.t_4, (at.c,))
            b.z_inv_std_times = b.z_inv_std
            b.z_inv_std_rows_2 = float32(at.t_4, at.t_2, (at.b, at.c))
            b.over = float32(at.t_4 + 1, at.t_4 + 2, (at.c,))
            b.rows_3 = float32(at.t_4 + 2, at.t_2 - 2, (at.b, at.c))
            b.over_2 = float32(at.t_2 - 1, at.t_2, (at.c,))
            b.rows_4 = float32(at.t_2, at.t_2, (at.b, at.c))
            b.z_hat_times = b.z
            b.d_z_norm = float32(at.t_6, at.t_7, (n, at.b, at.b, at.c))
            b.d_z_norm_times = float32(at.t_4 - 1, at.t_4 - 1, (n, at.b, at.b, at.c))
            b.d_z = float32(at.t_8, at.t_9, (n, at.b, at.b, at.c))
        for k in _numbers("6 7 12 13"):
            b, at = s.norm[k], rows_3[k]
            b.z_mean_rows = float32(at.t_3, at.t_3, (at.b, at.c))
            b.z_hat_square = float32(at.t_3 + 1, at.t_3 + 1, (n, at.b, at.b, at.c))
            b.z_inv_std_rows = float32(at.t_3 + 3, at.t_3 + 3, (at.b, at.c))
            b.rows = float32(at.t_3 + 4, at.t_3 + 5, (at.b, at.c))
            b.z_norm = float32(at.t_3 + 5, at.t_4 - 2, (n, at.b, at.b, at.c))
            b.rows_2 = float32(at.t_3 + 6, at.t_3 + 6, (at.b, at.c))
        for k in range(18):
            b, at = s.norm[k], rows_3[k]
            b.z_mean_times_2 = float32(at.t_5, at.t_5, (at.d,))
            b.z_unbiased_var_times_2 = float32(at.t_5 + 1, at.t_5 + 1, (at.d,))
        table = """
        t 166 186
        t_2 266 237
        t_3 245 215
        t_4 162 183
        """
        rows_4 = _rows(table)
        s.block_2 = [SimpleNamespace(n=s.n) for _ in range(2)]
        for k in range(2):
            b, at = s.block_2[k], rows_4[k]
            b.z1_columns = float32(at.t, at.t + 1, (74, 7, 7, 3, 3, 32))
            b.z1 = float32(at.t - 1, at.t_2, (n, 7, 7, 32))
            b.z1_padded = float32(at.t + 1, at.t + 1, (74, 9, 9, 32))
            b.z1_mean_rows = float32(at.t + 2, at.t + 2, (7, 32))
            b.z1_hat = b.z1
            b.z1_hat_square = float32(at.t + 3, at.t + 3, (n, 7, 7, 32))
            b.z1_inv_std = float32(at.t + 4, at.t_2 - 4, (32,))
            b.z1_inv_std_rows = float32(at.t + 5, at.t + 5, (7, 32))
            b.norm_1_rows = float32(at.t + 6, at.t + 7, (7, 32))
            b.z1_norm = float32(at.t + 7, at.t_2 - 6, (n, 7, 7, 32))
            b.norm_1_rows_2 = float32(at.t + 8, at.t + 8, (7, 32))
            b.h1 = b.z1_norm
            b.z2_columns = float32(at.t + 10, at.t + 11, (74, 7, 7, 3, 3, 32))
            b.z2 = float32(at.t + 9, at.t_2 - 14, (n, 7, 7, 32))
            b.z2_padded = float32(at.t + 11, at.t + 11, (74, 9, 9, 32))
            b.z2_mean_rows = float32(at.t + 12, at.t + 12, (7, 32))
            b.z2_hat = b.z2
            b.z2_hat_square = float32(at.t + 13, at.t + 13, (n, 7, 7, 32))
            b.z2_inv_std = float32(at.t + 14, at.t_2 - 19, (32,))
            b.z2_inv_std_rows = float32(at.t + 15, at.t + 15, (7, 32))
            b.norm_2_rows = float32(at.t + 16, at.t + 17, (7, 32))
            b.h2 = float32(at.t + 17, at.t_3, (n, 7, 7, 32))
            b.norm_2_rows_2 = float32(at.t + 18, at.t + 18, (7, 32))
            b.h2_plus = b.h2
            b.stage_3_relu = b.h2
            b.stage_3_relu_in = float32(at.t_4, at.t_2 + 8, (n, 7, 7, 32))
        self._lay_out(s)
        s.z1_reshape = s.z1.reshape(784 * n, 8)
        s.ones = np.ones((784 * n,), dtype=np.float32)
        s.z1_mean_broadcast_to = np.broadcast_to(stats.z1_mean, (28, 8))
        s.z1_reshape_2 = s.z1_square.reshape(784 * n, 8)
        s.z1_inv_std_broadcast_to = np.broadcast_to(s.z1_inv_std, (28, 8))
        s.norm_1_gamma_broadcast_to = np.broadcast_to(p.batch_norm_1_gamma, (28, 8))
        s.batch_norm_1_beta_broadcast_to = np.broadcast_to(p.batch_norm_1_beta, (28, 8))
        s.stage_1_relu_slice = s.stage_1_relu_3[:, ::2, ::2]
        s.ones_3 = np.ones((49 * n,), dtype=np.float32)
        s.stage_2_relu_slice = s.stage_2_relu_3[:, ::2, ::2]
        s.logits_reshape = s.logits_log.reshape(n)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 10
        s.minus_ones = np.full((n,), -1.0, dtype=np.float32)
        s.ones_4 = np.ones((n,), dtype=np.float32)
        s.d_relu_pooled_reshape = s.d_relu_pooled_over.reshape(n, 1, 1, 32)
        s.block_3_conv_1_W_reshape = p.stage_3_block_3_conv_1_W.reshape(3, 3, 32, 1, 32)
        s.stage_3_block_3_conv_1_W_slice = s.block_3_conv_1_W_reshape[::-1, ::-1]
        s.block_3_conv_1_W_transpose = s.stage_3_block_3_conv_1_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_3_conv_1_W_reshape_2 = s.block_3_conv_1_W_transpose.reshape(
            3,
            3,
            32,
            32,
        )
        s.block_2_conv_1_W_reshape = p.stage_3_block_2_conv_1_W.reshape(3, 3, 32, 1, 32)
        s.stage_3_block_2_conv_1_W_slice = s.block_2_conv_1_W_reshape[::-1, ::-1]
        s.block_2_conv_1_W_transpose = s.stage_3_block_2_conv_1_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_2_conv_1_W_reshape_2 = s.block_2_conv_1_W_transpose.reshape(
            3,
            3,
            32,
            32,
        )
        s.d_stage_3_shortcut_slice = s.d_stage_3_shortcut[:, :, :, 8:24]
        s.block_1_conv_2_W_reshape_3 = p.stage_2_block_1_conv_2_W.reshape(
            3,
            3,
            16,
            1,
            16,
        )
        s.stage_2_block_1_conv_2_W_slice = s.block_1_conv_2_W_reshape_3[::-1, ::-1]
        s.block_1_conv_2_W_transpose_2 = s.stage_2_block_1_conv_2_W_slice.transpose(
            0,
            1,
            4,
            3,
            2,
        )
        s.block_1_conv_2_W_reshape_4 = s.block_1_conv_2_W_transpose_2.reshape(
            3,
            3,
            16,
            16,
        )
        s.d_stage_2_shortcut_slice = s.d_stage_2_shortcut[:, :, :, 4:12]
        s.d_z1_norm_reshape = s.d_z1_norm.reshape(784 * n, 8)
        s.d_z1_norm_reshape_2 = s.d_z1_norm_times.reshape(784 * n, 8)
        s.z1_inv_std_broadcast_to_2 = np.broadcast_to(s.z1_inv_std_times, (28, 8))
        s.norm_1_beta_broadcast_to_2 = np.broadcast_to(
            s.d_batch_norm_1_beta_over,
            (28, 8),
        )
        s.norm_1_gamma_broadcast_to_2 = np.broadcast_to(
            s.d_batch_norm_1_gamma_over,
            (28, 8),
        )
        for k in range(3):
            b = s.conv_2[k]
            b.block_conv_2_W_reshape = p.conv_2[k].W.reshape(3, 3, 32, 1, 32)
            b.W_slice = b.block_conv_2_W_reshape[::-1, ::-1]
            b.block_conv_2_W_transpose = b.W_slice.transpose(0, 1, 4, 3, 2)
            b.block_conv_2_W_reshape_2 = b.block_conv_2_W_transpose.reshape(
                3,
                3,
                32,
                32,
            )
        for k in range(5):
            b, at = s.block[k], rows_2[k]
            b.ones = np.ones((at.g * n,), dtype=np.float32)
            b.z1_reshape = b.z1.reshape(at.g * n, at.d)
            b.z1_mean_broadcast_to = np.broadcast_to(
                stats.block[k].z1_mean,
                (at.b, at.d),
            )
            b.z1_hat_reshape = b.z1_hat_square.reshape(at.g * n, at.d)
            b.z1_inv_std_broadcast_to = np.broadcast_to(b.z1_inv_std, (at.b, at.d))
            b.norm_1_broadcast_to = np.broadcast_to(
                p.block[k].norm_1_gamma,
                (at.b, at.d),
            )
            b.norm_1_broadcast_to_2 = np.broadcast_to(
                p.block[k].norm_1_beta,
                (at.b, at.d),
            )
            b.z2_reshape = b.z2.reshape(at.g * n, at.d)
            b.z2_mean_broadcast_to = np.broadcast_to(
                stats.block[k].z2_mean,
                (at.b, at.d),
            )
            b.z2_hat_reshape = b.z2_hat_square.reshape(at.g * n, at.d)
            b.z2_inv_std_broadcast_to = np.broadcast_to(b.z2_inv_std, (at.b, at.d))
            b.norm_2_broadcast_to = np.broadcast_to(
                p.block[k].norm_2_gamma,
                (at.b, at.d),
            )
            b.norm_2_broadcast_to_2 = np.broadcast_to(
                p.block[k].norm_2_beta,
                (at.b, at.d),
            )
            b.z2_inv_std_broadcast_to_2 = np.broadcast_to(
                b.z2_inv_std_times,
                (at.b, at.d),
            )
            b.norm_2_broadcast_to_3 = np.broadcast_to(b.norm_2_over, (at.b, at.d))
            b.norm_2_broadcast_to_4 = np.broadcast_to(b.norm_2_over_2, (at.b, at.d))
            b.conv_2_W_reshape_2 = p.block[k].conv_2_W.reshape(3, 3, at.d, 1, at.d)
            b.conv_2_W_slice = b.conv_2_W_reshape_2[::-1, ::-1]
            b.conv_2_W_transpose = b.conv_2_W_slice.transpose(0, 1, 4, 3, 2)
            b.conv_2_W_reshape = b.conv_2_W_transpose.reshape(3, 3, at.d, at.d)
            b.z1_inv_std_broadcast_to_2 = np.broadcast_to(
                b.z1_inv_std_times,
                (at.b, at.d),
            )
            b.norm_1_broadcast_to_3 = np.broadcast_to(b.norm_1_over, (at.b, at.d))
            b.norm_1_broadcast_to_4 = np.broadcast_to(b.norm_1_over_2, (at.b, at.d))
            b.conv_1_W_reshape_2 = p.block[k].conv_1_W.reshape(3, 3, at.d, 1, at.d)
            b.conv_1_W_slice = b.conv_1_W_reshape_2[::-1, ::-1]
            b.conv_1_W_transpose = b.conv_1_W_slice.transpose(0, 1, 4, 3, 2)
            b.conv_1_W_reshape = b.conv_1_W_transpose.reshape(3, 3, at.d, at.d)
            b.d_h2_reshape = b.d_h2.reshape(at.g * n, at.d)
            b.d_h2_reshape_2 = b.d_h2_times.reshape(at.g * n, at.d)
            b.d_z1_norm_reshape = b.d_z1_norm.reshape(at.g * n, at.d)
            b.d_z1_norm_reshape_2 = b.d_z1_norm_times.reshape(at.g * n, at.d)
            b.size = at.g
        for k in _numbers("6 7 12..17"):
            b, at = s.norm[k], rows_3[k]
            b.ones = np.ones((at.a * n,), dtype=np.float32)
            b.z_inv_std_broadcast_to_2 = np.broadcast_to(
                b.z_inv_std_times,
                (at.b, at.c),
            )
            b.block_norm_broadcast_to = np.broadcast_to(b.over, (at.b, at.c))
            b.block_norm_broadcast_to_2 = np.broadcast_to(b.over_2, (at.b, at.c))
            b.d_z_norm_reshape = b.d_z_norm.reshape(at.a * n, at.c)
            b.d_z_norm_reshape_2 = b.d_z_norm_times.reshape(at.a * n, at.c)
        for k in _numbers("6 7 12 13"):
            b, at = s.norm[k], rows_3[k]
            b.z_reshape = b.z.reshape(at.a * n, at.c)
            b.z_mean_broadcast_to = np.broadcast_to(stats.norm[k].z_mean, (at.b, at.c))
            b.z_hat_reshape = b.z_hat_square.reshape(at.a * n, at.c)
            b.z_inv_std_broadcast_to = np.broadcast_to(b.z_inv_std, (at.b, at.c))
            b.block_1_norm_broadcast_to = np.broadcast_to(p.norm[k].gamma, (at.b, at.c))
            b.block_1_norm_broadcast_to_2 = np.broadcast_to(
                p.norm[k].beta,
                (at.b, at.c),
            )
        for k in range(18):
            b, at = s.norm[k], rows_3[k]
            b.size = at.e
        for k in range(2):
            b = s.block_2[k]
            b.ones_3 = s.ones_3
        for k in range(2):
            b = s.block_2[k]
            b.z1_reshape = b.z1.reshape(49 * n, 32)
            b.z1_mean_broadcast_to = np.broadcast_to(stats.block_2[k].z1_mean, (7, 32))
            b.z1_hat_reshape = b.z1_hat_square.reshape(49 * n, 32)
            b.z1_inv_std_broadcast_to = np.broadcast_to(b.z1_inv_std, (7, 32))
            b.block_norm_1_broadcast_to_5 = np.broadcast_to(
                p.block_2[k].norm_1_gamma,
                (7, 32),
            )
            b.block_norm_1_broadcast_to_6 = np.broadcast_to(
                p.block_2[k].norm_1_beta,
                (7, 32),
            )
            b.z2_reshape = b.z2.reshape(49 * n, 32)
            b.z2_mean_broadcast_to = np.broadcast_to(stats.block_2[k].z2_mean, (7, 32))
            b.z2_hat_reshape = b.z2_hat_square.reshape(49 * n, 32)
            b.z2_inv_std_broadcast_to = np.broadcast_to(b.z2_inv_std, (7, 32))
            b.block_norm_2_broadcast_to_5 = np.broadcast_to(
                p.block_2[k].norm_2_gamma,
                (7, 32),
            )
            b.block_norm_2_broadcast_to_6 = np.broadcast_to(
                p.block_2[k].norm_2_beta,
                (7, 32),
            )
        self._train[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def predict(self, x):
        """The outputs for a batch of inputs.

        x: float32 (N, 28, 28, 1)
        """
        s = self._predict_slots(x)
        logits = self._forward(s, x)
        return {"logits": logits.copy()}

    def _forward(self, s, x):
        """The forward pass to the outputs."""
        # what _forward and _forward_loss begin with
        self._common(s, x)

        return s.logits

    def _common(self, s, x):
        """How forward and forward_loss begin."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # conv_1: z1 = conv(x, W)                    (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_toeplitz(
            x,
            p.conv_1_W,
            s.z1_columns,
            s.z1_band,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # batch_norm_1                                                mnist_resnet.py:37
        # z1_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # z1_norm = (z1 - running_mean) * ((gamma * z1_inv_std))        (N, 28, 28, 8)
        #     + beta
        np.copyto(s.batch_norm_1_rows, s.batch_norm_1_broadcast_to)
        np.subtract(s.z1, s.batch_norm_1_rows, out=s.z1_norm)
        np.add(self.state.batch_norm_1_running_var, 1e-05, out=s.z1_inv_std)
        np.sqrt(s.z1_inv_std, out=s.z1_inv_std)
        np.divide(1.0, s.z1_inv_std, out=s.z1_inv_std)
        np.multiply(p.batch_norm_1_gamma, s.z1_inv_std, out=s.batch_norm_1_gamma_times)
        np.copyto(s.batch_norm_1_gamma_rows, s.norm_1_gamma_broadcast_to)
        np.multiply(s.z1_norm, s.batch_norm_1_gamma_rows, out=s.z1_norm)
        np.copyto(s.batch_norm_1_beta_rows, s.batch_norm_1_beta_broadcast_to)
        np.add(s.z1_norm, s.batch_norm_1_beta_rows, out=s.z1_norm)

        # relu_1: h1 = relu(z1_norm)                 (N, 28, 28, 8)   mnist_resnet.py:37
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # stage_1.block_1 to stage_1.block_3                          mnist_resnet.py:37
        for k in range(3):
            self._block_inference(s.block[k], p.block[k], self._block_state[k])

        # stage_2.block_1.conv_1                                      mnist_resnet.py:37
        # z8 = conv(stage_1_relu_3, W)                                 (N, 14, 14, 16)
        _conv_toeplitz(
            s.stage_1_relu_3,
            p.stage_2_block_1_conv_1_W,
            s.z8_columns,
            s.z8_band,
            out=s.z8,
            padded=s.z8_padded,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_2.block_1.norm_1                                      mnist_resnet.py:37
        self._norm_inference(s.norm[6], p.norm[6], self._norm_state[6])

        # stage_2.block_1.relu                                        mnist_resnet.py:37
        # h8 = relu(z8_norm)                                           (N, 14, 14, 16)
        np.clip(s.z8_norm, 0.0, np.inf, out=s.h8)

        # stage_2.block_1.conv_2                                      mnist_resnet.py:37
        # z9 = conv(h8, W)                                             (N, 14, 14, 16)
        _conv_toeplitz(
            s.h8,
            p.stage_2_block_1_conv_2_W,
            s.z9_columns,
            s.z9_band,
            out=s.z9,
            padded=s.z9_padded,
            low=(1, 1),
        )

        # stage_2.block_1.norm_2                                      mnist_resnet.py:37
        self._norm_inference(s.norm[7], p.norm[7], self._norm_state[7])

        # stage_2.block_1.shortcut                                    mnist_resnet.py:37
        # stage_2_shortcut                                             (N, 14, 14, 16)
        s.stage_2_shortcut.fill(0)
        s.stage_2_shortcut[:, :, :, 4:12] = s.stage_1_relu_slice

        # stage_2.block_1                                             mnist_resnet.py:37
        # h9_plus = h9 + stage_2_shortcut                              (N, 14, 14, 16)
        np.add(s.h9, s.stage_2_shortcut, out=s.h9_plus)

        # stage_2.block_1.relu                                        mnist_resnet.py:37
        # stage_2_relu = relu(h9 + shortcut)                           (N, 14, 14, 16)
        np.clip(s.h9_plus, 0.0, np.inf, out=s.stage_2_relu)

        # stage_2.block_2 to stage_2.block_3                          mnist_resnet.py:37
        for k in range(3, 5):
            self._block_inference(s.block[k], p.block[k], self._block_state[k])

        # stage_3.block_1.conv_1                                      mnist_resnet.py:37
        # z14 = conv(stage_2_relu_3, W)                                  (N, 7, 7, 32)
        _conv_im2col(
            s.stage_2_relu_3,
            p.stage_3_block_1_conv_1_W,
            s.z14_columns,
            out=s.z14,
            padded=s.z14_padded,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_3.block_1.norm_1                                      mnist_resnet.py:37
        self._norm_inference(s.norm[12], p.norm[12], self._norm_state[12])

        # stage_3.block_1.relu                                        mnist_resnet.py:37
        # h14 = relu(z14_norm)                                           (N, 7, 7, 32)
        np.clip(s.z14_norm, 0.0, np.inf, out=s.h14)

        # stage_3.block_1.conv_2                                      mnist_resnet.py:37
        # z15 = conv(h14, W)                                             (N, 7, 7, 32)
        _conv_im2col(
            s.h14,
            p.stage_3_block_1_conv_2_W,
            s.z15_columns,
            out=s.z15,
            padded=s.z15_padded,
            low=(1, 1),
        )

        # stage_3.block_1.norm_2                                      mnist_resnet.py:37
        self._norm_inference(s.norm[13], p.norm[13], self._norm_state[13])

        # stage_3.block_1.shortcut                                    mnist_resnet.py:37
        # stage_3_shortcut                                               (N, 7, 7, 32)
        s.stage_3_shortcut.fill(0)
        s.stage_3_shortcut[:, :, :, 8:24] = s.stage_2_relu_slice

        # stage_3.block_1                                             mnist_resnet.py:37
        # h15_plus = h15 + stage_3_shortcut                              (N, 7, 7, 32)
        np.add(s.h15, s.stage_3_shortcut, out=s.h15_plus)

        # stage_3.block_1.relu                                        mnist_resnet.py:37
        # stage_3_relu = relu(h15 + shortcut)                            (N, 7, 7, 32)
        np.clip(s.h15_plus, 0.0, np.inf, out=s.stage_3_relu)

        # stage_3.block_2 to stage_3.block_3                          mnist_resnet.py:37
        for k in range(2):
            self._block_2_inference(s.block_2[k], p.block_2[k], self._block_2_state[k])

        # global_avg_pool_1                                           mnist_resnet.py:37
        # relu_pooled = mean(relu, axes 1, 2)                                  (N, 32)
        s.stage_3_relu_3.sum(axis=(1, 2), out=s.relu_pooled)
        np.divide(s.relu_pooled, 49.0, out=s.relu_pooled)

        # dense_1: logits = relu_pooled W + b               (N, 10)   mnist_resnet.py:37
        np.dot(s.relu_pooled, p.dense_1_W, out=s.logits)
        np.add(s.logits, p.dense_1_b, out=s.logits)

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
        _check("x", x, np.float32, ("N", 28, 28, 1), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        table = """
        t 9..41/16 74 90
        t_2 39 55 72 104 119
        t_3 0..32/16 64 81
        a 37x3 55x2
        b 28x3 14x2
        c 6x3 4x2
        d 8x3 16x2
        e 4x3 2x2
        f 30x3 16x2
        """
        rows_2 = _rows(table)
        table = """
        t 56x7 64x5 105 112x5
        t_2 67x7 88x5 114 133x5
        t_3 61x7 69x5 109 116x5
        a 14x12 7x6
        b 16x12 32x6
        """
        rows_3 = _rows(table)
        # The moments that each buffer is needed from and up to, its type, its shape.
        self._plan_common(s, n, float32, table, rows_2, rows_3)
        s.logits = float32(149, 149, (n, 10))
        self._lay_out(s)
        self._plan_common_2(s, rows_2, rows_3)
        self._predict[x.dtype, x.shape] = s
        return s

    def _plan_common(self, s, n, float32, table, rows_2, rows_3):
        """The buffers that predict and loss have alike."""
        s.z1 = float32(0, 23, (n, 28, 28, 8))
        s.z1_columns = float32(1, 3, (346, 28, 4, 3, 9, 1))
        s.z1_band = float32(2, 3, (3, 9, 1, 7, 8))
        s.z1_padded = float32(3, 3, (346, 30, 30, 1))
        s.batch_norm_1_rows = float32(4, 4, (28, 8))
        s.z1_norm = s.z1
        s.z1_inv_std = float32(5, 6, (8,))
        s.batch_norm_1_gamma_times = s.z1_inv_std
        s.batch_norm_1_gamma_rows = float32(6, 6, (28, 8))
        s.batch_norm_1_beta_rows = float32(7, 7, (28, 8))
        s.h1 = s.z1
        s.stage_1_relu_3 = float32(48, 72, (n, 28, 28, 8))
        s.z8 = float32(56, 67, (n, 14, 14, 16))
        s.z8_columns = float32(57, 59, (89, 14, 7, 3, 5, 8))
        s.z8_band = float32(58, 59, (3, 5, 8, 2, 16))
        s.z8_padded = float32(59, 59, (89, 30, 30, 8))
        s.z8_norm = s.z8
        s.h8 = s.z8
        s.z9 = float32(64, 88, (n, 14, 14, 16))
        s.z9_columns = float32(65, 67, (55, 14, 7, 3, 4, 16))
        s.z9_band = float32(66, 67, (3, 4, 16, 2, 16))
        s.z9_padded = float32(67, 67, (55, 16, 16, 16))
        s.h9 = s.z9
        s.stage_2_shortcut = float32(72, 72, (n, 14, 14, 16))
        s.h9_plus = s.z9
        s.stage_2_relu = s.z9
        s.stage_2_relu_3 = float32(97, 119, (n, 14, 14, 16))
        s.z14 = float32(105, 114, (n, 7, 7, 32))
        s.z14_columns = float32(106, 107, (148, 7, 7, 3, 3, 16))
        s.z14_padded = float32(107, 107, (148, 16, 16, 16))
        s.z14_norm = s.z14
        s.h14 = s.z14
        s.z15 = float32(112, 133, (n, 7, 7, 32))
        s.z15_columns = float32(113, 114, (74, 7, 7, 3, 3, 32))
        s.z15_padded = float32(114, 114, (74, 9, 9, 32))
        s.h15 = s.z15
        s.stage_3_shortcut = float32(119, 119, (n, 7, 7, 32))
        s.h15_plus = s.z15
        s.stage_3_relu = s.z15
        s.stage_3_relu_3 = float32(141, 148, (n, 7, 7, 32))
        s.relu_pooled = float32(148, 149, (n, 32))
        s.block = [SimpleNamespace() for _ in range(5)]
        for k in range(5):
            b, at = s.block[k], rows_2[k]
            b.z1_columns = float32(at.t, at.t + 2, (at.a, at.b, 7, 3, at.c, at.d))
            b.z1_band = float32(at.t + 1, at.t + 2, (3, at.c, at.d, at.e, at.d))
            b.z1 = float32(at.t - 1, at.t + 10, (n, at.b, at.b, at.d))
            b.z1_padded = float32(at.t + 2, at.t + 2, (at.a, at.f, at.f, at.d))
            b.z1_inv_std = float32(at.t + 4, at.t + 5, (at.d,))
            b.norm_1_rows = float32(at.t + 3, at.t + 3, (at.b, at.d))
            b.z1_norm = b.z1
            b.norm_1_rows_2 = float32(at.t + 5, at.t + 5, (at.b, at.d))
            b.norm_1_times = b.z1_inv_std
            b.h1 = b.z1
            b.z2_columns = float32(at.t + 8, at.t + 10, (at.a, at.b, 7, 3, at.c, at.d))
            b.z2_band = float32(at.t + 9, at.t + 10, (3, at.c, at.d, at.e, at.d))
            b.z2 = float32(at.t + 7, at.t_2, (n, at.b, at.b, at.d))
            b.z2_padded = float32(at.t + 10, at.t + 10, (at.a, at.f, at.f, at.d))
            b.z2_inv_std = float32(at.t + 12, at.t + 13, (at.d,))
            b.norm_2_rows = float32(at.t + 11, at.t + 11, (at.b, at.d))
            b.h2 = b.z2
            b.norm_2_rows_2 = float32(at.t + 13, at.t + 13, (at.b, at.d))
            b.norm_2_times = b.z2_inv_std
            b.h2_plus = b.z2
            b.stage_relu = b.z2
            b.norm_2_rows_3 = float32(at.t + 14, at.t + 14, (at.b, at.d))
            b.norm_1_rows_3 = float32(at.t + 6, at.t + 6, (at.b, at.d))
            b.stage_relu_in = float32(at.t_3, at.t + 14, (n, at.b, at.b, at.d))
        s.norm = [SimpleNamespace() for _ in range(18)]
        for k in _numbers("6 7 12 13"):
            b, at = s.norm[k], rows_3[k]
            b.z = float32(at.t, at.t_2, (n, at.a, at.a, at.b))
            b.z_inv_std = float32(at.t_3, at.t_3 + 1, (at.b,))
            b.rows = float32(at.t_3 - 1, at.t_3 - 1, (at.a, at.b))
            b.z_norm = b.z
            b.rows_2 = float32(at.t_3 + 1, at.t_3 + 1, (at.a, at.b))
            b.times = b.z_inv_std
            b.rows_3 = float32(at.t_3 + 2, at.t_3 + 2, (at.a, at.b))
        table = """
        t 121 135
        t_2 147 148
        t_3 112 127
        """
        rows_4 = _rows(table)
        s.block_2 = [SimpleNamespace() for _ in range(2)]
        for k in range(2):
            b, at = s.block_2[k], rows_4[k]
            b.z1_columns = float32(at.t, at.t + 1, (74, 7, 7, 3, 3, 32))
            b.z1 = float32(at.t - 1, at.t + 8, (n, 7, 7, 32))
            b.z1_padded = float32(at.t + 1, at.t + 1, (74, 9, 9, 32))
            b.z1_inv_std = float32(at.t + 3, at.t + 4, (32,))
            b.norm_1_rows = float32(at.t + 2, at.t + 2, (7, 32))
            b.z1_norm = b.z1
            b.norm_1_rows_2 = float32(at.t + 4, at.t + 4, (7, 32))
            b.h1 = b.z1
            b.z2_columns = float32(at.t + 7, at.t + 8, (74, 7, 7, 3, 3, 32))
            b.z2 = float32(at.t + 6, at.t_2, (n, 7, 7, 32))
            b.z2_padded = float32(at.t + 8, at.t + 8, (74, 9, 9, 32))
            b.z2_inv_std = float32(at.t + 10, at.t + 11, (32,))
            b.norm_2_rows = float32(at.t + 9, at.t + 9, (7, 32))
            b.h2 = b.z2
            b.norm_2_rows_2 = float32(at.t + 11, at.t + 11, (7, 32))
            b.h2_plus = b.z2
            b.stage_3_relu = b.z2
            b.norm_1_times = b.z1_inv_std
            b.norm_1_rows_3 = float32(at.t + 5, at.t + 5, (7, 32))
            b.norm_2_times = b.z2_inv_std
            b.norm_2_rows_3 = float32(at.t + 12, at.t + 12, (7, 32))
            b.stage_3_relu_in = float32(at.t_3, at.t + 12, (n, 7, 7, 32))

    def _plan_common_2(self, s, rows_2, rows_3):
        """The views that predict and loss have alike."""
        p = self.params
        s.batch_norm_1_broadcast_to = np.broadcast_to(
            self.state.batch_norm_1_running_mean,
            (28, 8),
        )
        s.norm_1_gamma_broadcast_to = np.broadcast_to(
            s.batch_norm_1_gamma_times,
            (28, 8),
        )
        s.batch_norm_1_beta_broadcast_to = np.broadcast_to(p.batch_norm_1_beta, (28, 8))
        s.stage_1_relu_slice = s.stage_1_relu_3[:, ::2, ::2]
        s.stage_2_relu_slice = s.stage_2_relu_3[:, ::2, ::2]
        for k in range(5):
            b, at = s.block[k], rows_2[k]
            b.norm_1_broadcast_to = np.broadcast_to(
                self._block_state[k].norm_1_running_mean,
                (at.b, at.d),
            )
            b.norm_1_broadcast_to_2 = np.broadcast_to(b.norm_1_times, (at.b, at.d))
            b.norm_2_broadcast_to = np.broadcast_to(
                self._block_state[k].norm_2_running_mean,
                (at.b, at.d),
            )
            b.norm_2_broadcast_to_2 = np.broadcast_to(b.norm_2_times, (at.b, at.d))
            b.norm_2_broadcast_to_3 = np.broadcast_to(
                p.block[k].norm_2_beta,
                (at.b, at.d),
            )
            b.norm_1_broadcast_to_3 = np.broadcast_to(
                p.block[k].norm_1_beta,
                (at.b, at.d),
            )
        for k in _numbers("6 7 12 13"):
            b, at = s.norm[k], rows_3[k]
            b.block_1_norm_broadcast_to = np.broadcast_to(
                self._norm_state[k].block_norm_running_mean,
                (at.a, at.b),
            )
            b.block_1_norm_broadcast_to_2 = np.broadcast_to(b.times, (at.a, at.b))
            b.block_1_norm_broadcast_to_3 = np.broadcast_to(
                p.norm[k].beta,
                (at.a, at.b),
            )
        for k in range(2):
            b = s.block_2[k]
            b.block_norm_1_broadcast_to_7 = np.broadcast_to(
                self._block_2_state[k].block_norm_1_running_mean_3,
                (7, 32),
            )
            b.block_norm_1_broadcast_to_8 = np.broadcast_to(b.norm_1_times, (7, 32))
            b.block_norm_1_broadcast_to_9 = np.broadcast_to(
                p.block_2[k].norm_1_beta,
                (7, 32),
            )
            b.block_norm_2_broadcast_to_7 = np.broadcast_to(
                self._block_2_state[k].block_norm_2_running_mean_3,
                (7, 32),
            )
            b.block_norm_2_broadcast_to_8 = np.broadcast_to(b.norm_2_times, (7, 32))
            b.block_norm_2_broadcast_to_9 = np.broadcast_to(
                p.block_2[k].norm_2_beta,
                (7, 32),
            )

    def loss(self, x, y):
        """The loss on a batch, as in inference: no dropout, nothing changes.

        x: float32 (N, 28, 28, 1)
        y: int64 (N,)
        """
        s = self._loss_slots(x, y)
        return self._forward_loss(s, x, y)

    def _forward_loss(self, s, x, y):
        """The forward pass to the loss."""
        # what _forward and _forward_loss begin with
        self._common(s, x)

        # softmax_cross_entropy                                       mnist_resnet.py:44
        # loss = mean(-log_softmax(logits)[y])                                      ()
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
        _check("x", x, np.float32, ("N", 28, 28, 1), sizes)
        _check("y", y, np.int64, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        int64 = _buffers(np.int64)
        table = """
        t 9..41/16 74 90
        t_2 39 55 72 104 119
        t_3 0..32/16 64 81
        a 37x3 55x2
        b 28x3 14x2
        c 6x3 4x2
        d 8x3 16x2
        e 4x3 2x2
        f 30x3 16x2
        """
        rows_2 = _rows(table)
        table = """
        t 56x7 64x5 105 112x5
        t_2 67x7 88x5 114 133x5
        t_3 61x7 69x5 109 116x5
        a 14x12 7x6
        b 16x12 32x6
        """
        rows_3 = _rows(table)
        # The moments that each buffer is needed from and up to, its type, its shape.
        self._plan_common(s, n, float32, table, rows_2, rows_3)
        s.logits = float32(149, 154, (n, 10))
        s.logits_max = float32(150, 150, (n, 1))
        s.logits_minus_max = s.logits
        s.logits_exp = float32(151, 152, (n, 10))
        s.logits_sum = float32(152, 154, (n, 1))
        s.logits_log = s.logits_sum
        s.y_position = int64(153, 154, (n,))
        s.logits_take = float32(154, 155, (n,))
        s.logits_minus_take = s.logits_take
        s.loss = float32(155, 155, ())
        self._lay_out(s)
        self._plan_common_2(s, rows_2, rows_3)
        s.logits_reshape = s.logits_log.reshape(n)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 10
        self._loss[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def _conv_2_backward(self, s, d):
        """Backward, one of 3: stage_3.block_1.conv_2 to stage_3.block_3.conv_2."""
        # conv_2                                                      mnist_resnet.py:37
        # d_W = patches(h)^T d_z                                          (3, 3, 32, 32)
        # d_h = conv(d_z, block_conv_2_W_reshape_2)                        (N, 7, 7, 32)
        _conv_weight_im2col(
            s.h,
            s.d_z,
            s.block_conv_2_W_columns,
            s.W_part,
            out=d.W,
            padded=s.block_conv_2_W_padded,
            low=(1, 1),
        )
        np.copyto(s.W_copy, s.block_conv_2_W_reshape_2)
        _conv_im2col(
            s.d_z,
            s.W_copy,
            s.d_h_columns,
            out=s.d_h,
            padded=s.d_h_padded,
            low=(1, 1),
        )

    def _block_forward(self, s, p, stats):
        """Forward, one of 5: stage_1.block_1 to stage_2.block_3."""
        # A = 28, 14; B = 8, 16
        # conv_1                                                      mnist_resnet.py:37
        # z1 = conv(stage_relu_in, W)                                       (N, A, A, B)
        _conv_toeplitz(
            s.stage_relu_in,
            p.conv_1_W,
            s.z1_columns,
            s.z1_band,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # norm_1                                                      mnist_resnet.py:37
        # z1_mean = mean(z1, axes 0, 1, 2)                                          (B,)
        # z1_var = mean(square(z1 - z1_mean), axes 0, 1, 2)                         (B,)
        # z1_inv_std = 1 / sqrt(z1_var + 1e-05)                                     (B,)
        # z1_hat = (z1 - mean) / sqrt(var + 1e-05)                          (N, A, A, B)
        # z1_norm = z1_hat * gamma + beta                                   (N, A, A, B)
        np.dot(s.ones, s.z1_reshape, out=stats.z1_mean)
        np.divide(stats.z1_mean, s.size * s.n, out=stats.z1_mean)
        np.copyto(s.z1_mean_rows, s.z1_mean_broadcast_to)
        np.subtract(s.z1, s.z1_mean_rows, out=s.z1_hat)
        np.square(s.z1_hat, out=s.z1_hat_square)
        np.dot(s.ones, s.z1_hat_reshape, out=stats.z1_unbiased_var)
        np.divide(stats.z1_unbiased_var, s.size * s.n, out=stats.z1_unbiased_var)
        np.add(stats.z1_unbiased_var, 1e-05, out=s.z1_inv_std)
        np.sqrt(s.z1_inv_std, out=s.z1_inv_std)
        np.divide(1.0, s.z1_inv_std, out=s.z1_inv_std)
        np.copyto(s.z1_inv_std_rows, s.z1_inv_std_broadcast_to)
        np.multiply(s.z1_hat, s.z1_inv_std_rows, out=s.z1_hat)
        np.copyto(s.norm_1_rows, s.norm_1_broadcast_to)
        np.multiply(s.z1_hat, s.norm_1_rows, out=s.z1_norm)
        np.copyto(s.norm_1_rows_2, s.norm_1_broadcast_to_2)
        np.add(s.z1_norm, s.norm_1_rows_2, out=s.z1_norm)

        # relu                                                        mnist_resnet.py:37
        # h1 = relu(z1_norm)                                                (N, A, A, B)
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # conv_2                                                      mnist_resnet.py:37
        # z2 = conv(h1, W)                                                  (N, A, A, B)
        _conv_toeplitz(
            s.h1,
            p.conv_2_W,
            s.z2_columns,
            s.z2_band,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # norm_2                                                      mnist_resnet.py:37
        # z2_mean = mean(z2, axes 0, 1, 2)                                          (B,)
        # z2_var = mean(square(z2 - z2_mean), axes 0, 1, 2)                         (B,)
        # z2_inv_std = 1 / sqrt(z2_var + 1e-05)                                     (B,)
        # z2_hat = (z2 - mean) / sqrt(var + 1e-05)                          (N, A, A, B)
        # h2 = z2_hat * gamma + beta                                        (N, A, A, B)
        np.dot(s.ones, s.z2_reshape, out=stats.z2_mean)
        np.divide(stats.z2_mean, s.size * s.n, out=stats.z2_mean)
        np.copyto(s.z2_mean_rows, s.z2_mean_broadcast_to)
        np.subtract(s.z2, s.z2_mean_rows, out=s.z2_hat)
        np.square(s.z2_hat, out=s.z2_hat_square)
        np.dot(s.ones, s.z2_hat_reshape, out=stats.z2_unbiased_var)
        np.divide(stats.z2_unbiased_var, s.size * s.n, out=stats.z2_unbiased_var)
        np.add(stats.z2_unbiased_var, 1e-05, out=s.z2_inv_std)
        np.sqrt(s.z2_inv_std, out=s.z2_inv_std)
        np.divide(1.0, s.z2_inv_std, out=s.z2_inv_std)
        np.copyto(s.z2_inv_std_rows, s.z2_inv_std_broadcast_to)
        np.multiply(s.z2_hat, s.z2_inv_std_rows, out=s.z2_hat)
        np.copyto(s.norm_2_rows, s.norm_2_broadcast_to)
        np.multiply(s.z2_hat, s.norm_2_rows, out=s.h2)
        np.copyto(s.norm_2_rows_2, s.norm_2_broadcast_to_2)
        np.add(s.h2, s.norm_2_rows_2, out=s.h2)

        # block                                                       mnist_resnet.py:37
        # h2_plus = h2 + stage_relu_in                                      (N, A, A, B)
        np.add(s.h2, s.stage_relu_in, out=s.h2_plus)

        # relu                                                        mnist_resnet.py:37
        # stage_relu = relu(h2 + relu)                                      (N, A, A, B)
        np.clip(s.h2_plus, 0.0, np.inf, out=s.stage_relu)

    def _block_backward(self, s, p, d):
        """Backward, one of 5: stage_1.block_1 to stage_2.block_3."""
        # A = 14, 28; B = 16, 8; C = 196, 784
        # relu                                                        mnist_resnet.py:37
        # d_h2 = d_stage_relu * (stage_relu > 0)                            (N, A, A, B)
        np.greater(s.stage_relu, 0.0, out=s.stage_relu_mask)
        np.multiply(s.d_stage_relu, s.stage_relu_mask, out=s.d_h2)

        # norm_2                                                      mnist_resnet.py:37
        # d_beta = sum over 784 * N of reshape(d_h2, (784 * N, 8))                  (B,)
        # d_gamma = sum over 784 * N of reshape(d_h2 * z2_hat, (784 * N, 8))        (B,)
        # d_z2 = ((z2_inv_std * gamma)) * (d_h2                             (N, A, A, B)
        #     - ((d_beta / (784 * N))) - z2_hat * ((d_gamma / (784 * N))))
        np.dot(s.ones, s.d_h2_reshape, out=d.norm_2_beta)
        np.multiply(s.d_h2, s.z2_hat, out=s.d_h2_times)
        np.dot(s.ones, s.d_h2_reshape_2, out=d.norm_2_gamma)
        np.multiply(s.z2_inv_std, p.norm_2_gamma, out=s.z2_inv_std_times)
        np.copyto(s.z2_inv_std_rows_2, s.z2_inv_std_broadcast_to_2)
        np.divide(d.norm_2_beta, s.size * s.n, out=s.norm_2_over)
        np.copyto(s.norm_2_rows_3, s.norm_2_broadcast_to_3)
        np.subtract(s.d_h2, s.norm_2_rows_3, out=s.d_z2)
        np.divide(d.norm_2_gamma, s.size * s.n, out=s.norm_2_over_2)
        np.copyto(s.norm_2_rows_4, s.norm_2_broadcast_to_4)
        np.multiply(s.z2_hat, s.norm_2_rows_4, out=s.z2_hat_times)
        np.subtract(s.d_z2, s.z2_hat_times, out=s.d_z2)
        np.multiply(s.z2_inv_std_rows_2, s.d_z2, out=s.d_z2)

        # conv_2                                                      mnist_resnet.py:37
        # d_W = patches(h1)^T d_z2                                          (3, 3, B, B)
        # d_h1 = conv(d_z2, conv_2_W_reshape)                               (N, A, A, B)
        _conv_weight_toeplitz(
            s.h1,
            s.d_z2,
            s.conv_2_W_columns,
            s.conv_2_W_part,
            s.conv_2_W_total,
            out=d.conv_2_W,
            padded=s.conv_2_W_padded,
            low=(1, 1),
        )
        np.copyto(s.conv_2_W_copy, s.conv_2_W_reshape)
        _conv_toeplitz(
            s.d_z2,
            s.conv_2_W_copy,
            s.d_h1_columns,
            s.d_h1_band,
            out=s.d_h1,
            padded=s.d_h1_padded,
            low=(1, 1),
        )

        # relu                                                        mnist_resnet.py:37
        # d_z1_norm = d_h1 * (h1 > 0)                                       (N, A, A, B)
        np.greater(s.h1, 0.0, out=s.h1_mask)
        np.multiply(s.d_h1, s.h1_mask, out=s.d_z1_norm)

        # norm_1                                                      mnist_resnet.py:37
        # d_beta = sum over C * N of reshape(d_z1_norm, (C * N, B))                 (B,)
        # d_gamma = sum over C * N of d_z1_norm_reshape_2                           (B,)
        # d_z1 = ((z1_inv_std * gamma)) * (d_z1_norm                        (N, A, A, B)
        #     - ((d_beta / (C * N))) - z1_hat * ((d_gamma / (C * N))))
        np.dot(s.ones, s.d_z1_norm_reshape, out=d.norm_1_beta)
        np.multiply(s.d_z1_norm, s.z1_hat, out=s.d_z1_norm_times)
        np.dot(s.ones, s.d_z1_norm_reshape_2, out=d.norm_1_gamma)
        np.multiply(s.z1_inv_std, p.norm_1_gamma, out=s.z1_inv_std_times)
        np.copyto(s.z1_inv_std_rows_2, s.z1_inv_std_broadcast_to_2)
        np.divide(d.norm_1_beta, s.size * s.n, out=s.norm_1_over)
        np.copyto(s.norm_1_rows_3, s.norm_1_broadcast_to_3)
        np.subtract(s.d_z1_norm, s.norm_1_rows_3, out=s.d_z1)
        np.divide(d.norm_1_gamma, s.size * s.n, out=s.norm_1_over_2)
        np.copyto(s.norm_1_rows_4, s.norm_1_broadcast_to_4)
        np.multiply(s.z1_hat, s.norm_1_rows_4, out=s.z1_hat_times)
        np.subtract(s.d_z1, s.z1_hat_times, out=s.d_z1)
        np.multiply(s.z1_inv_std_rows_2, s.d_z1, out=s.d_z1)

        # conv_1                                                      mnist_resnet.py:37
        # d_W = patches(stage_relu_in)^T d_z1                               (3, 3, B, B)
        # d_stage_relu_2 = d_h2 + d_z1_conv                                 (N, A, A, B)
        _conv_weight_toeplitz(
            s.stage_relu_in,
            s.d_z1,
            s.conv_1_W_columns,
            s.conv_1_W_part,
            s.conv_1_W_total,
            out=d.conv_1_W,
            padded=s.conv_1_W_padded,
            low=(1, 1),
        )
        np.copyto(s.conv_1_W_copy, s.conv_1_W_reshape)
        _conv_toeplitz(
            s.d_z1,
            s.conv_1_W_copy,
            s.d_z1_conv_columns,
            s.d_z1_conv_band,
            out=s.d_z1_conv,
            padded=s.d_z1_conv_padded,
            low=(1, 1),
        )
        np.add(s.d_h2, s.d_z1_conv, out=s.d_stage_relu_2)

    def _block_inference(self, s, p, state):
        """Forward, one of 5: stage_1.block_1 to stage_2.block_3."""
        # A = 28, 14; B = 8, 16
        # conv_1                                                      mnist_resnet.py:37
        # z1 = conv(stage_relu_in, W)                                       (N, A, A, B)
        _conv_toeplitz(
            s.stage_relu_in,
            p.conv_1_W,
            s.z1_columns,
            s.z1_band,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # norm_1                                                      mnist_resnet.py:37
        # z1_inv_std = 1 / sqrt(running_var + 1e-05)                                (B,)
        # z1_norm = (z1 - running_mean) * ((gamma * z1_inv_std))            (N, A, A, B)
        #     + beta
        np.copyto(s.norm_1_rows, s.norm_1_broadcast_to)
        np.subtract(s.z1, s.norm_1_rows, out=s.z1_norm)
        np.add(state.norm_1_running_var, 1e-05, out=s.z1_inv_std)
        np.sqrt(s.z1_inv_std, out=s.z1_inv_std)
        np.divide(1.0, s.z1_inv_std, out=s.z1_inv_std)
        np.multiply(p.norm_1_gamma, s.z1_inv_std, out=s.norm_1_times)
        np.copyto(s.norm_1_rows_2, s.norm_1_broadcast_to_2)
        np.multiply(s.z1_norm, s.norm_1_rows_2, out=s.z1_norm)
        np.copyto(s.norm_1_rows_3, s.norm_1_broadcast_to_3)
        np.add(s.z1_norm, s.norm_1_rows_3, out=s.z1_norm)

        # relu                                                        mnist_resnet.py:37
        # h1 = relu(z1_norm)                                                (N, A, A, B)
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # conv_2                                                      mnist_resnet.py:37
        # z2 = conv(h1, W)                                                  (N, A, A, B)
        _conv_toeplitz(
            s.h1,
            p.conv_2_W,
            s.z2_columns,
            s.z2_band,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # norm_2                                                      mnist_resnet.py:37
        # z2_inv_std = 1 / sqrt(running_var + 1e-05)                                (B,)
        # h2 = (z2 - running_mean) * ((gamma * z2_inv_std)) + beta          (N, A, A, B)
        np.copyto(s.norm_2_rows, s.norm_2_broadcast_to)
        np.subtract(s.z2, s.norm_2_rows, out=s.h2)
        np.add(state.norm_2_running_var, 1e-05, out=s.z2_inv_std)
        np.sqrt(s.z2_inv_std, out=s.z2_inv_std)
        np.divide(1.0, s.z2_inv_std, out=s.z2_inv_std)
        np.multiply(p.norm_2_gamma, s.z2_inv_std, out=s.norm_2_times)
        np.copyto(s.norm_2_rows_2, s.norm_2_broadcast_to_2)
        np.multiply(s.h2, s.norm_2_rows_2, out=s.h2)
        np.copyto(s.norm_2_rows_3, s.norm_2_broadcast_to_3)
        np.add(s.h2, s.norm_2_rows_3, out=s.h2)

        # block                                                       mnist_resnet.py:37
        # h2_plus = h2 + stage_relu_in                                      (N, A, A, B)
        np.add(s.h2, s.stage_relu_in, out=s.h2_plus)

        # relu                                                        mnist_resnet.py:37
        # stage_relu = relu(h2 + relu)                                      (N, A, A, B)
        np.clip(s.h2_plus, 0.0, np.inf, out=s.stage_relu)

    def _norm_forward(self, s, stats):
        """Forward, one of 4: stage_2.block_1.norm_1 to stage_3.block_1.norm_2."""
        # A = 16, 32; B = 14, 7
        # norm                                                        mnist_resnet.py:37
        # z_mean = mean(z, axes 0, 1, 2)                                            (A,)
        # z_var = mean(square(z - z_mean), axes 0, 1, 2)                            (A,)
        # z_inv_std = 1 / sqrt(z_var + 1e-05)                                       (A,)
        # z_hat = (z - mean) / sqrt(var + 1e-05)                            (N, B, B, A)
        # z_norm = z_hat * gamma + beta                                     (N, B, B, A)
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
        np.multiply(s.z_hat, s.z_inv_std_rows, out=s.z_hat)
        np.copyto(s.rows, s.block_1_norm_broadcast_to)
        np.multiply(s.z_hat, s.rows, out=s.z_norm)
        np.copyto(s.rows_2, s.block_1_norm_broadcast_to_2)
        np.add(s.z_norm, s.rows_2, out=s.z_norm)

    def _norm_backward(self, s, p, d):
        """Backward, one of 8: stage_2.block_1.norm_1 to stage_3.block_3.norm_2."""
        # A = 49, 196; B = 32, 16; C = 7, 14
        # norm                                                        mnist_resnet.py:37
        # d_beta = sum over A * N of reshape(d_z_norm, (A * N, B))                  (B,)
        # d_gamma = sum over A * N of d_z_norm_reshape_2                            (B,)
        # d_z = ((z_inv_std * gamma)) * (d_z_norm                           (N, C, C, B)
        #     - ((d_beta / (A * N))) - z_hat * ((d_gamma / (A * N))))
        np.dot(s.ones, s.d_z_norm_reshape, out=d.beta)
        np.multiply(s.d_z_norm, s.z_hat, out=s.d_z_norm_times)
        np.dot(s.ones, s.d_z_norm_reshape_2, out=d.gamma)
        np.multiply(s.z_inv_std, p.gamma, out=s.z_inv_std_times)
        np.copyto(s.z_inv_std_rows_2, s.z_inv_std_broadcast_to_2)
        np.divide(d.beta, s.size * s.n, out=s.over)
        np.copyto(s.rows_3, s.block_norm_broadcast_to)
        np.subtract(s.d_z_norm, s.rows_3, out=s.d_z)
        np.divide(d.gamma, s.size * s.n, out=s.over_2)
        np.copyto(s.rows_4, s.block_norm_broadcast_to_2)
        np.multiply(s.z_hat, s.rows_4, out=s.z_hat_times)
        np.subtract(s.d_z, s.z_hat_times, out=s.d_z)
        np.multiply(s.z_inv_std_rows_2, s.d_z, out=s.d_z)

    def _norm_statistics(self, s, stats):
        """Statistics, one of 18: stage_1.block_1.norm_1 to stage_3.block_3.norm_2."""
        # A = 784, 196, 49; B = 8, 16, 32
        # norm                                                        mnist_resnet.py:37
        # z_unbiased_var = z_var * (A * N / (A * N - 1))                            (B,)
        np.multiply(
            stats.z_unbiased_var,
            (s.size * s.n) / (s.size * s.n - 1),
            out=stats.z_unbiased_var,
        )

    def _norm_statistics_2(self, s, stats, state):
        """Statistics, one of 18: stage_1.block_1.norm_1 to stage_3.block_3.norm_2."""
        # A = 8, 16, 32
        # norm                                                        mnist_resnet.py:37
        # running_mean' = 0.9 * running_mean + 0.1 * z_mean                         (A,)
        # running_var' = 0.9 * running_var + 0.1 * z_unbiased_var                   (A,)
        np.multiply(
            0.9,
            state.block_norm_running_mean,
            out=state.block_norm_running_mean,
        )
        np.multiply(0.1, stats.z_mean, out=s.z_mean_times_2)
        np.add(
            state.block_norm_running_mean,
            s.z_mean_times_2,
            out=state.block_norm_running_mean,
        )
        np.multiply(0.9, state.running_var, out=state.running_var)
        np.multiply(0.1, stats.z_unbiased_var, out=s.z_unbiased_var_times_2)
        np.add(state.running_var, s.z_unbiased_var_times_2, out=state.running_var)

    def _norm_inference(self, s, p, state):
        """Forward, one of 4: stage_2.block_1.norm_1 to stage_3.block_1.norm_2."""
        # A = 16, 32; B = 14, 7
        # norm                                                        mnist_resnet.py:37
        # z_inv_std = 1 / sqrt(running_var + 1e-05)                                 (A,)
        # z_norm = (z - running_mean) * ((gamma * z_inv_std))               (N, B, B, A)
        #     + beta
        np.copyto(s.rows, s.block_1_norm_broadcast_to)
        np.subtract(s.z, s.rows, out=s.z_norm)
        np.add(state.running_var, 1e-05, out=s.z_inv_std)
        np.sqrt(s.z_inv_std, out=s.z_inv_std)
        np.divide(1.0, s.z_inv_std, out=s.z_inv_std)
        np.multiply(p.gamma, s.z_inv_std, out=s.times)
        np.copyto(s.rows_2, s.block_1_norm_broadcast_to_2)
        np.multiply(s.z_norm, s.rows_2, out=s.z_norm)
        np.copyto(s.rows_3, s.block_1_norm_broadcast_to_3)
        np.add(s.z_norm, s.rows_3, out=s.z_norm)

    def _block_2_forward(self, s, p, stats):
        """Forward, one of 2: stage_3.block_2 to stage_3.block_3."""
        # conv_1                                                      mnist_resnet.py:37
        # z1 = conv(stage_3_relu_in, W)                                    (N, 7, 7, 32)
        _conv_im2col(
            s.stage_3_relu_in,
            p.conv_1_W,
            s.z1_columns,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # norm_1                                                      mnist_resnet.py:37
        # z1_mean = mean(z1, axes 0, 1, 2)                                         (32,)
        # z1_var = mean(square(z1 - z1_mean), axes 0, 1, 2)                        (32,)
        # z1_inv_std = 1 / sqrt(z1_var + 1e-05)                                    (32,)
        # z1_hat = (z1 - mean) / sqrt(var + 1e-05)                         (N, 7, 7, 32)
        # z1_norm = z1_hat * gamma + beta                                  (N, 7, 7, 32)
        np.dot(s.ones_3, s.z1_reshape, out=stats.z1_mean)
        np.divide(stats.z1_mean, 49 * s.n, out=stats.z1_mean)
        np.copyto(s.z1_mean_rows, s.z1_mean_broadcast_to)
        np.subtract(s.z1, s.z1_mean_rows, out=s.z1_hat)
        np.square(s.z1_hat, out=s.z1_hat_square)
        np.dot(s.ones_3, s.z1_hat_reshape, out=stats.z1_unbiased_var)
        np.divide(stats.z1_unbiased_var, 49 * s.n, out=stats.z1_unbiased_var)
        np.add(stats.z1_unbiased_var, 1e-05, out=s.z1_inv_std)
        np.sqrt(s.z1_inv_std, out=s.z1_inv_std)
        np.divide(1.0, s.z1_inv_std, out=s.z1_inv_std)
        np.copyto(s.z1_inv_std_rows, s.z1_inv_std_broadcast_to)
        np.multiply(s.z1_hat, s.z1_inv_std_rows, out=s.z1_hat)
        np.copyto(s.norm_1_rows, s.block_norm_1_broadcast_to_5)
        np.multiply(s.z1_hat, s.norm_1_rows, out=s.z1_norm)
        np.copyto(s.norm_1_rows_2, s.block_norm_1_broadcast_to_6)
        np.add(s.z1_norm, s.norm_1_rows_2, out=s.z1_norm)

        # relu                                                        mnist_resnet.py:37
        # h1 = relu(z1_norm)                                               (N, 7, 7, 32)
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # conv_2                                                      mnist_resnet.py:37
        # z2 = conv(h1, W)                                                 (N, 7, 7, 32)
        _conv_im2col(
            s.h1,
            p.conv_2_W,
            s.z2_columns,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # norm_2                                                      mnist_resnet.py:37
        # z2_mean = mean(z2, axes 0, 1, 2)                                         (32,)
        # z2_var = mean(square(z2 - z2_mean), axes 0, 1, 2)                        (32,)
        # z2_inv_std = 1 / sqrt(z2_var + 1e-05)                                    (32,)
        # z2_hat = (z2 - mean) / sqrt(var + 1e-05)                         (N, 7, 7, 32)
        # h2 = z2_hat * gamma + beta                                       (N, 7, 7, 32)
        np.dot(s.ones_3, s.z2_reshape, out=stats.z2_mean)
        np.divide(stats.z2_mean, 49 * s.n, out=stats.z2_mean)
        np.copyto(s.z2_mean_rows, s.z2_mean_broadcast_to)
        np.subtract(s.z2, s.z2_mean_rows, out=s.z2_hat)
        np.square(s.z2_hat, out=s.z2_hat_square)
        np.dot(s.ones_3, s.z2_hat_reshape, out=stats.z2_unbiased_var)
        np.divide(stats.z2_unbiased_var, 49 * s.n, out=stats.z2_unbiased_var)
        np.add(stats.z2_unbiased_var, 1e-05, out=s.z2_inv_std)
        np.sqrt(s.z2_inv_std, out=s.z2_inv_std)
        np.divide(1.0, s.z2_inv_std, out=s.z2_inv_std)
        np.copyto(s.z2_inv_std_rows, s.z2_inv_std_broadcast_to)
        np.multiply(s.z2_hat, s.z2_inv_std_rows, out=s.z2_hat)
        np.copyto(s.norm_2_rows, s.block_norm_2_broadcast_to_5)
        np.multiply(s.z2_hat, s.norm_2_rows, out=s.h2)
        np.copyto(s.norm_2_rows_2, s.block_norm_2_broadcast_to_6)
        np.add(s.h2, s.norm_2_rows_2, out=s.h2)

        # block_2                                                     mnist_resnet.py:37
        # h2_plus = h2 + stage_3_relu_in                                   (N, 7, 7, 32)
        np.add(s.h2, s.stage_3_relu_in, out=s.h2_plus)

        # relu                                                        mnist_resnet.py:37
        # stage_3_relu = relu(h2 + relu)                                   (N, 7, 7, 32)
        np.clip(s.h2_plus, 0.0, np.inf, out=s.stage_3_relu)

    def _block_2_inference(self, s, p, state):
        """Forward, one of 2: stage_3.block_2 to stage_3.block_3."""
        # conv_1                                                      mnist_resnet.py:37
        # z1 = conv(stage_3_relu_in, W)                                    (N, 7, 7, 32)
        _conv_im2col(
            s.stage_3_relu_in,
            p.conv_1_W,
            s.z1_columns,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # norm_1                                                      mnist_resnet.py:37
        # z1_inv_std = 1 / sqrt(running_var + 1e-05)                               (32,)
        # z1_norm = (z1 - running_mean) * ((gamma * z1_inv_std))           (N, 7, 7, 32)
        #     + beta
        np.copyto(s.norm_1_rows, s.block_norm_1_broadcast_to_7)
        np.subtract(s.z1, s.norm_1_rows, out=s.z1_norm)
        np.add(state.norm_1_running_var, 1e-05, out=s.z1_inv_std)
        np.sqrt(s.z1_inv_std, out=s.z1_inv_std)
        np.divide(1.0, s.z1_inv_std, out=s.z1_inv_std)
        np.multiply(p.norm_1_gamma, s.z1_inv_std, out=s.norm_1_times)
        np.copyto(s.norm_1_rows_2, s.block_norm_1_broadcast_to_8)
        np.multiply(s.z1_norm, s.norm_1_rows_2, out=s.z1_norm)
        np.copyto(s.norm_1_rows_3, s.block_norm_1_broadcast_to_9)
        np.add(s.z1_norm, s.norm_1_rows_3, out=s.z1_norm)

        # relu                                                        mnist_resnet.py:37
        # h1 = relu(z1_norm)                                               (N, 7, 7, 32)
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # conv_2                                                      mnist_resnet.py:37
        # z2 = conv(h1, W)                                                 (N, 7, 7, 32)
        _conv_im2col(
            s.h1,
            p.conv_2_W,
            s.z2_columns,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # norm_2                                                      mnist_resnet.py:37
        # z2_inv_std = 1 / sqrt(running_var + 1e-05)                               (32,)
        # h2 = (z2 - running_mean) * ((gamma * z2_inv_std)) + beta         (N, 7, 7, 32)
        np.copyto(s.norm_2_rows, s.block_norm_2_broadcast_to_7)
        np.subtract(s.z2, s.norm_2_rows, out=s.h2)
        np.add(state.norm_2_running_var, 1e-05, out=s.z2_inv_std)
        np.sqrt(s.z2_inv_std, out=s.z2_inv_std)
        np.divide(1.0, s.z2_inv_std, out=s.z2_inv_std)
        np.multiply(p.norm_2_gamma, s.z2_inv_std, out=s.norm_2_times)
        np.copyto(s.norm_2_rows_2, s.block_norm_2_broadcast_to_8)
        np.multiply(s.h2, s.norm_2_rows_2, out=s.h2)
        np.copyto(s.norm_2_rows_3, s.block_norm_2_broadcast_to_9)
        np.add(s.h2, s.norm_2_rows_3, out=s.h2)

        # block_2                                                     mnist_resnet.py:37
        # h2_plus = h2 + stage_3_relu_in                                   (N, 7, 7, 32)
        np.add(s.h2, s.stage_3_relu_in, out=s.h2_plus)

        # relu                                                        mnist_resnet.py:37
        # stage_3_relu = relu(h2 + relu)                                   (N, 7, 7, 32)
        np.clip(s.h2_plus, 0.0, np.inf, out=s.stage_3_relu)

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
    parser.add_argument("--weights", default="mnist_resnet.npz")
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
    m = MnistResnet(seed=options.seed)
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
