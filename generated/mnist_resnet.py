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
    FINGERPRINT = "fef6d94086fcdd69"
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
        self.params.conv_2 = _parts(
            self.params,
            _series("stage_#_block_#_conv_2", "2x3 3x3", "1..3*2"),
        )
        self.grads.conv_2 = _parts(
            self.grads,
            _series("stage_#_block_#_conv_2", "2x3 3x3", "1..3*2"),
        )
        self.grads.conv_1 = _parts(
            self.grads,
            _series("stage_#_block_#_conv_1", "2x2 3x2", "2,3*2"),
        )
        self.params.conv_1 = _parts(
            self.params,
            _series("stage_#_block_#_conv_1", "2x2 3x2", "2,3*2"),
        )
        self.grads.conv_2_2 = _parts(
            self.grads,
            _series("stage_1_block_#_conv_2", "1..3"),
        )
        self.params.conv_2_2 = _parts(
            self.params,
            _series("stage_1_block_#_conv_2", "1..3"),
        )
        self.grads.conv_1_2 = _parts(
            self.grads,
            _series("stage_1_block_#_conv_1", "1..3"),
        )
        self.params.conv_1_2 = _parts(
            self.params,
            _series("stage_1_block_#_conv_1", "1..3"),
        )
        self.params.block = _parts(self.params, _series("stage_1_block_#", "1..3"))
        self.stats.block = _named(
            self.stats,
            z1_mean=_series("z#_mean", "2..6/2"),
            z1_unbiased_var=_series("z#_unbiased_var", "2..6/2"),
            z2_mean=_series("z#_mean", "3..7/2"),
            z2_unbiased_var=_series("z#_unbiased_var", "3..7/2"),
        )
        self._block_state = _named(
            self.state,
            norm_1_running_var=_series("stage_1_block_#_norm_1_running_var", "1..3"),
            norm_2_running_var=_series("stage_1_block_#_norm_2_running_var", "1..3"),
            norm_1_running_mean=_series("block_#_norm_1_running_mean", "1..3"),
            norm_2_running_mean=_series("block_#_norm_2_running_mean", "1..3"),
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
        self.params.block_2 = _parts(
            self.params,
            _series("stage_#_block_#", "2x2 3x2", "2,3*2"),
        )
        self.stats.block_2 = _named(
            self.stats,
            z1_mean=_series("z#_mean", "10 12 16 18"),
            z1_unbiased_var=_series("z#_unbiased_var", "10 12 16 18"),
            z2_mean=_series("z#_mean", "11 13 17 19"),
            z2_unbiased_var=_series("z#_unbiased_var", "11 13 17 19"),
        )
        self._block_2_state = _named(
            self.state,
            norm_1_running_var=_series(
                "stage_#_block_#_norm_1_running_var",
                "2x2 3x2",
                "2,3*2",
            ),
            norm_2_running_var=_series(
                "stage_#_block_#_norm_2_running_var",
                "2x2 3x2",
                "2,3*2",
            ),
            block_norm_1_running_mean=_series(
                "block_#_norm_1_running_mean_#",
                "2,3*2",
                "2x2 3x2",
            ),
            block_norm_2_running_mean=_series(
                "block_#_norm_2_running_mean_#",
                "2,3*2",
                "2x2 3x2",
            ),
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
        _conv_winograd_columns(
            x,
            p.conv_1_W,
            s.z1_inputs,
            s.z1_filters,
            s.z1_products,
            s.z1_transforms,
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
        self._conv_2_forward(s.conv_2[0], p.conv_2[0])

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
        for k in range(2):
            self._block_2_forward(s.block_2[k], p.block_2[k], stats.block_2[k])

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
        self._conv_2_forward(s.conv_2[3], p.conv_2[3])

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
        for k in range(2, 4):
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
        self._conv_2_backward(s.conv_2[5], d.conv_2[5])

        # stage_3.block_3.relu                                        mnist_resnet.py:37
        # d_z18_norm = d_h18 * (h18 > 0)                                 (N, 7, 7, 32)
        np.greater(s.h18, 0.0, out=s.h18_mask)
        np.multiply(s.d_h18, s.h18_mask, out=s.d_z18_norm)

        # stage_3.block_3.norm_1                                      mnist_resnet.py:37
        self._norm_backward(s.norm[16], p.norm[16], d.norm[16])

        # stage_3.block_3.conv_1                                      mnist_resnet.py:37
        self._conv_1_backward(s.conv_1[3], d.conv_1[3])

        # stage_3.block_2.relu                                        mnist_resnet.py:37
        # d_h17 = d_stage_3_relu * (stage_3_relu_2 > 0)                  (N, 7, 7, 32)
        np.greater(s.stage_3_relu_2, 0.0, out=s.stage_3_relu_mask_2)
        np.multiply(s.d_stage_3_relu, s.stage_3_relu_mask_2, out=s.d_h17)

        # stage_3.block_2.norm_2                                      mnist_resnet.py:37
        self._norm_backward(s.norm[15], p.norm[15], d.norm[15])

        # stage_3.block_2.conv_2                                      mnist_resnet.py:37
        self._conv_2_backward(s.conv_2[4], d.conv_2[4])

        # stage_3.block_2.relu                                        mnist_resnet.py:37
        # d_z16_norm = d_h16 * (h16 > 0)                                 (N, 7, 7, 32)
        np.greater(s.h16, 0.0, out=s.h16_mask)
        np.multiply(s.d_h16, s.h16_mask, out=s.d_z16_norm)

        # stage_3.block_2.norm_1                                      mnist_resnet.py:37
        self._norm_backward(s.norm[14], p.norm[14], d.norm[14])

        # stage_3.block_2.conv_1                                      mnist_resnet.py:37
        self._conv_1_backward(s.conv_1[2], d.conv_1[2])

        # stage_3.block_1.relu                                        mnist_resnet.py:37
        # d_stage_3_shortcut = d_stage_3_relu * (stage_3_relu > 0)       (N, 7, 7, 32)
        np.greater(s.stage_3_relu, 0.0, out=s.stage_3_relu_mask_3)
        np.multiply(s.d_stage_3_relu, s.stage_3_relu_mask_3, out=s.d_stage_3_shortcut)

        # stage_3.block_1.norm_2                                      mnist_resnet.py:37
        self._norm_backward(s.norm[13], p.norm[13], d.norm[13])

        # stage_3.block_1.conv_2                                      mnist_resnet.py:37
        self._conv_2_backward(s.conv_2[3], d.conv_2[3])

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

        # stage_2.block_3.relu                                        mnist_resnet.py:37
        # d_h13 = d_stage_3_relu_2 * (stage_2_relu_3 > 0)              (N, 14, 14, 16)
        np.greater(s.stage_2_relu_3, 0.0, out=s.stage_2_relu_mask)
        np.multiply(s.d_stage_3_relu_2, s.stage_2_relu_mask, out=s.d_h13)

        # stage_2.block_3.norm_2                                      mnist_resnet.py:37
        self._norm_backward(s.norm[11], p.norm[11], d.norm[11])

        # stage_2.block_3.conv_2                                      mnist_resnet.py:37
        self._conv_2_backward(s.conv_2[2], d.conv_2[2])

        # stage_2.block_3.relu                                        mnist_resnet.py:37
        # d_z12_norm = d_h12 * (h12 > 0)                               (N, 14, 14, 16)
        np.greater(s.h12, 0.0, out=s.h12_mask)
        np.multiply(s.d_h12, s.h12_mask, out=s.d_z12_norm)

        # stage_2.block_3.norm_1                                      mnist_resnet.py:37
        self._norm_backward(s.norm[10], p.norm[10], d.norm[10])

        # stage_2.block_3.conv_1                                      mnist_resnet.py:37
        self._conv_1_backward(s.conv_1[1], d.conv_1[1])

        # stage_2.block_2.relu                                        mnist_resnet.py:37
        # d_h11 = d_stage_2_relu * (stage_2_relu_2 > 0)                (N, 14, 14, 16)
        np.greater(s.stage_2_relu_2, 0.0, out=s.stage_2_relu_mask_2)
        np.multiply(s.d_stage_2_relu, s.stage_2_relu_mask_2, out=s.d_h11)

        # stage_2.block_2.norm_2                                      mnist_resnet.py:37
        self._norm_backward(s.norm[9], p.norm[9], d.norm[9])

        # stage_2.block_2.conv_2                                      mnist_resnet.py:37
        self._conv_2_backward(s.conv_2[1], d.conv_2[1])

        # stage_2.block_2.relu                                        mnist_resnet.py:37
        # d_z10_norm = d_h10 * (h10 > 0)                               (N, 14, 14, 16)
        np.greater(s.h10, 0.0, out=s.h10_mask)
        np.multiply(s.d_h10, s.h10_mask, out=s.d_z10_norm)

        # stage_2.block_2.norm_1                                      mnist_resnet.py:37
        self._norm_backward(s.norm[8], p.norm[8], d.norm[8])

        # stage_2.block_2.conv_1                                      mnist_resnet.py:37
        self._conv_1_backward(s.conv_1[0], d.conv_1[0])

        # stage_2.block_1.relu                                        mnist_resnet.py:37
        # d_stage_2_shortcut = d_stage_2_relu * (stage_2_relu > 0)     (N, 14, 14, 16)
        np.greater(s.stage_2_relu, 0.0, out=s.stage_2_relu_mask_3)
        np.multiply(s.d_stage_2_relu, s.stage_2_relu_mask_3, out=s.d_stage_2_shortcut)

        # stage_2.block_1.norm_2                                      mnist_resnet.py:37
        self._norm_backward(s.norm[7], p.norm[7], d.norm[7])

        # stage_2.block_1.conv_2                                      mnist_resnet.py:37
        self._conv_2_backward(s.conv_2[0], d.conv_2[0])

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

        # stage_1.block_3.relu                                        mnist_resnet.py:37
        # d_h7 = d_stage_2_relu_2 * (stage_1_relu_3 > 0)                (N, 28, 28, 8)
        np.greater(s.stage_1_relu_3, 0.0, out=s.stage_1_relu_mask)
        np.multiply(s.d_stage_2_relu_2, s.stage_1_relu_mask, out=s.d_h7)

        # stage_1.block_3.norm_2                                      mnist_resnet.py:37
        self._norm_backward(s.norm[5], p.norm[5], d.norm[5])

        # stage_1.block_3.conv_2                                      mnist_resnet.py:37
        self._conv_2_2_backward(s.conv_2_2[2], d.conv_2_2[2])

        # stage_1.block_3.relu                                        mnist_resnet.py:37
        # d_z6_norm = d_h6 * (h6 > 0)                                   (N, 28, 28, 8)
        np.greater(s.h6, 0.0, out=s.h6_mask)
        np.multiply(s.d_h6, s.h6_mask, out=s.d_z6_norm)

        # stage_1.block_3.norm_1                                      mnist_resnet.py:37
        self._norm_backward(s.norm[4], p.norm[4], d.norm[4])

        # stage_1.block_3.conv_1                                      mnist_resnet.py:37
        self._conv_1_2_backward(s.conv_1_2[2], d.conv_1_2[2])

        # stage_1.block_2.relu                                        mnist_resnet.py:37
        # d_h5 = d_stage_1_relu * (stage_1_relu_2 > 0)                  (N, 28, 28, 8)
        np.greater(s.stage_1_relu_2, 0.0, out=s.stage_1_relu_mask_2)
        np.multiply(s.d_stage_1_relu, s.stage_1_relu_mask_2, out=s.d_h5)

        # stage_1.block_2.norm_2                                      mnist_resnet.py:37
        self._norm_backward(s.norm[3], p.norm[3], d.norm[3])

        # stage_1.block_2.conv_2                                      mnist_resnet.py:37
        self._conv_2_2_backward(s.conv_2_2[1], d.conv_2_2[1])

        # stage_1.block_2.relu                                        mnist_resnet.py:37
        # d_z4_norm = d_h4 * (h4 > 0)                                   (N, 28, 28, 8)
        np.greater(s.h4, 0.0, out=s.h4_mask)
        np.multiply(s.d_h4, s.h4_mask, out=s.d_z4_norm)

        # stage_1.block_2.norm_1                                      mnist_resnet.py:37
        self._norm_backward(s.norm[2], p.norm[2], d.norm[2])

        # stage_1.block_2.conv_1                                      mnist_resnet.py:37
        self._conv_1_2_backward(s.conv_1_2[1], d.conv_1_2[1])

        # stage_1.block_1.relu                                        mnist_resnet.py:37
        # d_h3 = d_stage_1_relu * (stage_1_relu > 0)                    (N, 28, 28, 8)
        np.greater(s.stage_1_relu, 0.0, out=s.stage_1_relu_mask_3)
        np.multiply(s.d_stage_1_relu, s.stage_1_relu_mask_3, out=s.d_h3)

        # stage_1.block_1.norm_2                                      mnist_resnet.py:37
        self._norm_backward(s.norm[1], p.norm[1], d.norm[1])

        # stage_1.block_1.conv_2                                      mnist_resnet.py:37
        self._conv_2_2_backward(s.conv_2_2[0], d.conv_2_2[0])

        # stage_1.block_1.relu                                        mnist_resnet.py:37
        # d_z2_norm = d_h2 * (h2 > 0)                                   (N, 28, 28, 8)
        np.greater(s.h2, 0.0, out=s.h2_mask)
        np.multiply(s.d_h2, s.h2_mask, out=s.d_z2_norm)

        # stage_1.block_1.norm_1                                      mnist_resnet.py:37
        self._norm_backward(s.norm[0], p.norm[0], d.norm[0])

        # stage_1.block_1.conv_1                                      mnist_resnet.py:37
        self._conv_1_2_backward(s.conv_1_2[0], d.conv_1_2[0])

        # relu_1: d_z1_norm = d_h1 * (h1 > 0)        (N, 28, 28, 8)   mnist_resnet.py:37
        np.greater(s.h1, 0.0, out=s.h1_mask)
        np.multiply(s.d_h1, s.h1_mask, out=s.d_z1_norm)

        # batch_norm_1                                                mnist_resnet.py:37
        # d_beta = sum over 784 * N of reshape(d_z1_norm, (784 * N, 8))           (8,)
        # d_gamma = sum over 784 * N of d_z1_norm_reshape_2                       (8,)
        # d_z1 = (z1_inv_std * gamma) * (d_z1_norm                      (N, 28, 28, 8)
        #     - (d_beta / (784 * N)) - z1_hat * (d_gamma / (784 * N)))
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
        _conv_weight_winograd_columns(
            x,
            s.d_z1,
            s.d_conv_1_W_inputs,
            s.d_conv_1_W_given,
            s.d_conv_1_W_part,
            s.d_conv_1_W_sums,
            s.d_conv_1_W_total,
            s.d_conv_1_W_transforms,
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
        t 93 120 146 169 196 222
        t_2 478..392/-43 356..270/-43
        t_3 492 455..369/-43 333 290
        a 14x3 7x3
        b 16x3 32x3
        c 91x3 170x3
        d 4x3 2x3
        e 16x3 9x3
        f 48x3 96x3
        g 18x3 10x3
        h 16x3 8x3
        i 182x3 341x3
        """
        rows = _rows(table)
        table = """
        t 106 133 182 209
        t_2 456 413 334 291
        t_3 366x2 248x2
        t_4 489x2 366x2
        a 14x2 7x2
        b 16x2 32x2
        c 182x2 341x2
        d 4x2 2x2
        e 16x2 9x2
        f 48x2 96x2
        g 18x2 10x2
        h 16x2 8x2
        i 91x2 170x2
        """
        rows_2 = _rows(table)
        table = """
        t 12..84/12 95 109..161/13 171 185..224/13
        t_2 597 578 558 539 519 500 484 463 441 420 398 377 362 341 319 298 276 255
        t_3 17..77/12 88 101 115..154/13 164 177 191..230/13
        t_4 593 573 554 534 515 495 480 458 437 415 394 372 358 336 315 293 272 250
        t_5 625..659/2
        t_6 586 489 547 489 508 489 472 366 429 366 386 366 350 248 307 248 264 248
        t_7 609 622 570 622 531 622 492 489 455 489 412 489 369 366 333 366 290 366
        t_8 586 576 547 537 508 498 472 461 429 418 386 375 350 339 307 296 264 253
        t_9 609 590 570 551 531 512 492 477 455 434 412 391 369 355 333 312 290 269
        a 784x6 196x6 49x6
        b 28x6 14x6 7x6
        c 8x6 16x6 32x6
        d 196x12 49x6
        e 16x12 32x6
        f 14x12 7x6
        """
        rows_6 = _rows(table)
        table = """
        t 110 136 186 212
        t_2 441 398 319 276
        t_3 413 370 291 247
        t_4 106 133 182 209
        a 91x2 170x2
        b 4x2 2x2
        c 16x2 9x2
        d 16x2 32x2
        e 48x2 96x2
        f 14x2 7x2
        g 18x2 10x2
        h 16x2 8x2
        i 196x2 49x2
        """
        rows_7 = _rows(table)
        s.z1 = float32(0, 616, (n, 28, 28, 8))
        s.z1_inputs = float32(1, 4, (6, 98, 7, 30, 1))
        s.z1_filters = float32(2, 4, (6, 3, 8))
        s.z1_products = float32(3, 4, (6, 98, 7, 28, 8))
        s.z1_padded = float32(4, 4, (98, 30, 30, 1))
        s.z1_mean_rows = float32(5, 5, (28, 8))
        s.z1_minus = s.z1
        s.z1_square = float32(6, 6, (n, 28, 28, 8))
        s.z1_inv_std = float32(7, 612, (8,))
        s.z1_inv_std_rows = float32(8, 8, (28, 8))
        s.z1_hat = s.z1
        s.batch_norm_1_gamma_rows = float32(9, 10, (28, 8))
        s.z1_norm = float32(10, 610, (n, 28, 28, 8))
        s.batch_norm_1_beta_rows = float32(11, 11, (28, 8))
        s.h1 = s.z1_norm
        s.h2 = float32(22, 591, (n, 28, 28, 8))
        s.stage_1_relu = float32(34, 571, (n, 28, 28, 8))
        s.h4 = float32(46, 552, (n, 28, 28, 8))
        s.stage_1_relu_2 = float32(58, 532, (n, 28, 28, 8))
        s.h6 = float32(70, 513, (n, 28, 28, 8))
        s.stage_1_relu_3 = float32(82, 493, (n, 28, 28, 8))
        s.z8 = float32(84, 484, (n, 14, 14, 16))
        s.z8_columns = float32(85, 87, (89, 14, 7, 3, 5, 8))
        s.z8_band = float32(86, 87, (3, 5, 8, 2, 16))
        s.z8_padded = float32(87, 87, (89, 30, 30, 8))
        s.z8_norm = float32(93, 478, (n, 14, 14, 16))
        s.h8 = s.z8_norm
        s.h9 = float32(106, 456, (n, 14, 14, 16))
        s.stage_2_shortcut = float32(108, 108, (n, 14, 14, 16))
        s.h9_plus = s.h9
        s.stage_2_relu = s.h9
        s.h10 = float32(120, 435, (n, 14, 14, 16))
        s.stage_2_relu_2 = float32(133, 413, (n, 14, 14, 16))
        s.h12 = float32(146, 392, (n, 14, 14, 16))
        s.stage_2_relu_3 = float32(159, 370, (n, 14, 14, 16))
        s.z14 = float32(161, 362, (n, 7, 7, 32))
        s.z14_columns = float32(162, 163, (148, 7, 7, 3, 3, 16))
        s.z14_padded = float32(163, 163, (148, 16, 16, 16))
        s.z14_norm = float32(169, 356, (n, 7, 7, 32))
        s.h14 = s.z14_norm
        s.h15 = float32(182, 334, (n, 7, 7, 32))
        s.stage_3_shortcut = float32(184, 184, (n, 7, 7, 32))
        s.h15_plus = s.h15
        s.stage_3_relu = s.h15
        s.h16 = float32(196, 313, (n, 7, 7, 32))
        s.stage_3_relu_2 = float32(209, 291, (n, 7, 7, 32))
        s.h18 = float32(222, 270, (n, 7, 7, 32))
        s.stage_3_relu_3 = float32(235, 247, (n, 7, 7, 32))
        s.relu_pooled = float32(237, 245, (n, 32))
        s.logits = float32(238, 244, (n, 10))
        s.logits_max = float32(239, 239, (n, 1))
        s.logits_minus_max = s.logits
        s.logits_exp = float32(240, 246, (n, 10))
        s.logits_sum = float32(241, 245, (n, 1))
        s.logits_log = float32(242, 244, (n, 1))
        s.y_position = int64(243, 245, (n,))
        s.logits_take = float32(244, 245, (n,))
        s.logits_minus_take = s.logits_take
        s.loss = float32(245, 622, ())
        s.d_logits = s.logits_exp
        s.d_relu_pooled = float32(246, 248, (n, 32))
        s.d_relu_pooled_over = s.d_relu_pooled
        s.stage_3_relu_mask = bool_(247, 248, (n, 7, 7, 32))
        s.d_h19 = float32(248, 366, (n, 7, 7, 32))
        s.d_h18 = float32(264, 290, (n, 7, 7, 32))
        s.h18_mask = bool_(270, 270, (n, 7, 7, 32))
        s.d_z18_norm = s.d_h18
        s.d_stage_3_relu = s.d_h19
        s.stage_3_relu_mask_2 = bool_(291, 291, (n, 7, 7, 32))
        s.d_h17 = s.d_h19
        s.d_h16 = float32(307, 333, (n, 7, 7, 32))
        s.h16_mask = bool_(313, 313, (n, 7, 7, 32))
        s.d_z16_norm = s.d_h16
        s.stage_3_relu_mask_3 = bool_(334, 334, (n, 7, 7, 32))
        s.d_stage_3_shortcut = s.d_h19
        s.d_h14 = float32(350, 369, (n, 7, 7, 32))
        s.h14_mask = bool_(356, 356, (n, 7, 7, 32))
        s.d_z14_norm = s.d_h14
        s.d_z14 = s.d_h14
        s.block_1_conv_1_W_columns = float32(363, 365, (148, 7, 7, 3, 3, 16))
        s.stage_3_block_1_conv_1_W_part = float32(364, 365, (144, 32))
        s.block_1_conv_1_W_padded = float32(365, 365, (148, 16, 16, 16))
        s.d_stage_3_shortcut_unslice = float32(366, 489, (n, 14, 14, 16))
        s.d_z14_conv_input_gradient = float32(367, 369, (n, 14, 14, 16))
        s.conv_input_gradient_columns = float32(368, 369, (148, 7, 7, 3, 3, 16))
        s.z14_conv_input_gradient_padded = float32(369, 369, (148, 16, 16, 16))
        s.d_stage_3_relu_2 = s.d_stage_3_shortcut_unslice
        s.stage_2_relu_mask = bool_(370, 370, (n, 14, 14, 16))
        s.d_h13 = s.d_stage_3_shortcut_unslice
        s.d_h12 = float32(386, 412, (n, 14, 14, 16))
        s.h12_mask = bool_(392, 392, (n, 14, 14, 16))
        s.d_z12_norm = s.d_h12
        s.d_stage_2_relu = s.d_stage_3_shortcut_unslice
        s.stage_2_relu_mask_2 = bool_(413, 413, (n, 14, 14, 16))
        s.d_h11 = s.d_stage_3_shortcut_unslice
        s.d_h10 = float32(429, 455, (n, 14, 14, 16))
        s.h10_mask = bool_(435, 435, (n, 14, 14, 16))
        s.d_z10_norm = s.d_h10
        s.stage_2_relu_mask_3 = bool_(456, 456, (n, 14, 14, 16))
        s.d_stage_2_shortcut = s.d_stage_3_shortcut_unslice
        s.d_h8 = float32(472, 492, (n, 14, 14, 16))
        s.h8_mask = bool_(478, 478, (n, 14, 14, 16))
        s.d_z8_norm = s.d_h8
        s.d_z8 = s.d_h8
        s.block_1_conv_1_W_columns_2 = float32(485, 488, (89, 14, 7, 3, 5, 8))
        s.stage_2_block_1_conv_1_W_part = float32(486, 488, (120, 32))
        s.stage_2_block_1_conv_1_W_total = float32(487, 488, (3, 5, 8, 2, 16))
        s.block_1_conv_1_W_padded_2 = float32(488, 488, (89, 30, 30, 8))
        s.d_stage_2_shortcut_unslice = float32(489, 622, (n, 28, 28, 8))
        s.d_z8_conv_input_gradient = float32(490, 492, (n, 28, 28, 8))
        s.z8_conv_input_gradient_columns = float32(491, 492, (74, 14, 14, 3, 3, 8))
        s.z8_conv_input_gradient_padded = float32(492, 492, (74, 30, 30, 8))
        s.d_stage_2_relu_2 = s.d_stage_2_shortcut_unslice
        s.stage_1_relu_mask = bool_(493, 493, (n, 28, 28, 8))
        s.d_h7 = s.d_stage_2_shortcut_unslice
        s.d_h6 = float32(508, 531, (n, 28, 28, 8))
        s.h6_mask = bool_(513, 513, (n, 28, 28, 8))
        s.d_z6_norm = s.d_h6
        s.d_stage_1_relu = s.d_stage_2_shortcut_unslice
        s.stage_1_relu_mask_2 = bool_(532, 532, (n, 28, 28, 8))
        s.d_h5 = s.d_stage_2_shortcut_unslice
        s.d_h4 = float32(547, 570, (n, 28, 28, 8))
        s.h4_mask = bool_(552, 552, (n, 28, 28, 8))
        s.d_z4_norm = s.d_h4
        s.stage_1_relu_mask_3 = bool_(571, 571, (n, 28, 28, 8))
        s.d_h3 = s.d_stage_2_shortcut_unslice
        s.d_h2 = float32(586, 609, (n, 28, 28, 8))
        s.h2_mask = bool_(591, 591, (n, 28, 28, 8))
        s.d_z2_norm = s.d_h2
        s.d_h1 = s.d_stage_2_shortcut_unslice
        s.h1_mask = bool_(610, 610, (n, 28, 28, 8))
        s.d_z1_norm = s.d_stage_2_shortcut_unslice
        s.d_z1_norm_times = float32(611, 611, (n, 28, 28, 8))
        s.z1_inv_std_times = s.z1_inv_std
        s.z1_inv_std_rows_2 = float32(612, 616, (28, 8))
        s.d_batch_norm_1_beta_over = float32(613, 614, (8,))
        s.d_batch_norm_1_beta_rows = float32(614, 614, (28, 8))
        s.d_z1 = s.d_stage_2_shortcut_unslice
        s.d_batch_norm_1_gamma_over = float32(615, 616, (8,))
        s.d_batch_norm_1_gamma_rows = float32(616, 616, (28, 8))
        s.z1_hat_times = s.z1
        s.d_conv_1_W_inputs = float32(617, 622, (6, 196, 7, 30, 1))
        s.d_conv_1_W_given = float32(618, 622, (6, 196, 7, 28, 8))
        s.d_conv_1_W_part = float32(619, 622, (28, 6, 3, 8))
        s.d_conv_1_W_sums = float32(620, 622, (6, 3, 8))
        s.d_conv_1_W_total = float32(621, 622, (6, 3, 8))
        s.d_conv_1_W_padded = float32(622, 622, (196, 30, 30, 1))
        s.z1_mean_times_2 = float32(623, 623, (8,))
        s.z1_unbiased_var_times_2 = float32(624, 624, (8,))
        s.learning_rate_times = float32(661, 661, (67906,))
        s.conv_2 = [SimpleNamespace() for _ in range(6)]
        for k in range(6):
            b, at = s.conv_2[k], rows[k]
            b.h = float32(at.t, at.t_2, (n, at.a, at.a, at.b))
            b.z = float32(at.t + 2, at.t_2 - 15, (n, at.a, at.a, at.b))
            b.block_conv_2_W_inputs = float32(
                at.t_2 - 14,
                at.t_2 - 8,
                (6, at.i, at.d, at.e, at.b),
            )
            b.W_given = float32(at.t_2 - 13, at.t_2 - 8, (6, at.i, at.d, at.a, at.b))
            b.W_part = float32(at.t_2 - 12, at.t_2 - 8, (at.a, 6, at.f, at.b))
            b.W_sums = float32(at.t_2 - 11, at.t_2 - 8, (6, at.f, at.b))
            b.W_total = float32(at.t_2 - 10, at.t_2 - 8, (6, at.f, at.b))
            b.block_conv_2_W_padded = float32(
                at.t_2 - 9,
                at.t_2 - 8,
                (at.i, at.g, at.e, at.b),
            )
            b.W_whole = float32(at.t_2 - 8, at.t_2 - 8, (at.i, at.h, at.a, at.b))
            b.W_copy = float32(at.t_2 - 7, at.t_2 - 1, (3, 3, at.b, at.b))
            b.d_z = float32(at.t_2 - 17, at.t_2 - 1, (n, at.a, at.a, at.b))
            b.d_h_inputs = float32(at.t_2 - 5, at.t_2 - 1, (6, at.c, at.d, at.e, at.b))
            b.d_h_filters = float32(at.t_2 - 4, at.t_2 - 1, (6, at.f, at.b))
            b.d_h_products = float32(
                at.t_2 - 3,
                at.t_2 - 1,
                (6, at.c, at.d, at.a, at.b),
            )
            b.d_h = float32(at.t_2 - 6, at.t_3, (n, at.a, at.a, at.b))
            b.d_h_padded = float32(at.t_2 - 2, at.t_2 - 1, (at.c, at.g, at.e, at.b))
            b.d_h_whole = float32(at.t_2 - 1, at.t_2 - 1, (at.c, at.h, at.a, at.b))
        for k in _numbers("0 3"):
            b, at = s.conv_2[k], rows[k]
            b.z_inputs = float32(at.t + 3, at.t + 7, (6, at.c, at.d, at.e, at.b))
            b.z_filters = float32(at.t + 4, at.t + 7, (6, at.f, at.b))
            b.z_products = float32(at.t + 5, at.t + 7, (6, at.c, at.d, at.a, at.b))
            b.z_padded = float32(at.t + 6, at.t + 7, (at.c, at.g, at.e, at.b))
            b.z_whole = float32(at.t + 7, at.t + 7, (at.c, at.h, at.a, at.b))
        s.conv_1 = [SimpleNamespace() for _ in range(4)]
        for k in range(4):
            b, at = s.conv_1[k], rows_2[k]
            b.stage_relu_2 = float32(at.t, at.t_2, (n, at.a, at.a, at.b))
            b.block_conv_1_W_inputs = float32(
                at.t_2 - 14,
                at.t_2 - 8,
                (6, at.c, at.d, at.e, at.b),
            )
            b.W_given = float32(at.t_2 - 13, at.t_2 - 8, (6, at.c, at.d, at.a, at.b))
            b.W_part = float32(at.t_2 - 12, at.t_2 - 8, (at.a, 6, at.f, at.b))
            b.W_sums = float32(at.t_2 - 11, at.t_2 - 8, (6, at.f, at.b))
            b.W_total = float32(at.t_2 - 10, at.t_2 - 8, (6, at.f, at.b))
            b.block_conv_1_W_padded = float32(
                at.t_2 - 9,
                at.t_2 - 8,
                (at.c, at.g, at.e, at.b),
            )
            b.W_whole = float32(at.t_2 - 8, at.t_2 - 8, (at.c, at.h, at.a, at.b))
            b.W_copy = float32(at.t_2 - 7, at.t_2 - 1, (3, 3, at.b, at.b))
            b.d_z = float32(at.t_2 - 27, at.t_2 - 1, (n, at.a, at.a, at.b))
            b.d_z_conv_inputs = float32(
                at.t_2 - 5,
                at.t_2 - 1,
                (6, at.i, at.d, at.e, at.b),
            )
            b.d_z_conv_filters = float32(at.t_2 - 4, at.t_2 - 1, (6, at.f, at.b))
            b.d_z_conv_products = float32(
                at.t_2 - 3,
                at.t_2 - 1,
                (6, at.i, at.d, at.a, at.b),
            )
            b.d_z_conv = float32(at.t_2 - 6, at.t_2 - 1, (n, at.a, at.a, at.b))
            b.d_z_conv_padded = float32(
                at.t_2 - 2,
                at.t_2 - 1,
                (at.i, at.g, at.e, at.b),
            )
            b.d_z_conv_whole = float32(at.t_2 - 1, at.t_2 - 1, (at.i, at.h, at.a, at.b))
            b.d_h = float32(at.t_3, at.t_4, (n, at.a, at.a, at.b))
            b.d_stage_relu = b.d_h
        table = """
        t 22..70/24
        t_2 591..513/-39
        """
        rows_3 = _rows(table)
        s.conv_2_2 = [SimpleNamespace() for _ in range(3)]
        for k in range(3):
            b, at = s.conv_2_2[k], rows_3[k]
            b.h = float32(at.t, at.t_2, (n, 28, 28, 8))
            b.block_conv_2_W_inputs_3 = float32(
                at.t_2 - 12,
                at.t_2 - 7,
                (6, 107, 7, 30, 8),
            )
            b.W_given = float32(at.t_2 - 11, at.t_2 - 7, (6, 107, 7, 28, 8))
            b.W_part = float32(at.t_2 - 10, at.t_2 - 7, (28, 6, 24, 8))
            b.W_sums = float32(at.t_2 - 9, at.t_2 - 7, (6, 24, 8))
            b.W_total = float32(at.t_2 - 8, at.t_2 - 7, (6, 24, 8))
            b.block_conv_2_W_padded_3 = float32(
                at.t_2 - 7,
                at.t_2 - 7,
                (107, 30, 30, 8),
            )
            b.W_copy = float32(at.t_2 - 6, at.t_2 - 1, (3, 3, 8, 8))
            b.d_z = float32(at.t_2 - 15, at.t_2 - 1, (n, 28, 28, 8))
            b.d_h_inputs = float32(at.t_2 - 4, at.t_2 - 1, (6, 53, 7, 30, 8))
            b.d_h_filters = float32(at.t_2 - 3, at.t_2 - 1, (6, 24, 8))
            b.d_h_products = float32(at.t_2 - 2, at.t_2 - 1, (6, 53, 7, 28, 8))
            b.d_h = float32(at.t_2 - 5, at.t_2 + 18, (n, 28, 28, 8))
            b.d_h_padded = float32(at.t_2 - 1, at.t_2 - 1, (53, 30, 30, 8))
        table = """
        t 10..58/24
        t_2 610..532/-39
        """
        rows_4 = _rows(table)
        s.conv_1_2 = [SimpleNamespace() for _ in range(3)]
        for k in range(3):
            b, at = s.conv_1_2[k], rows_4[k]
            b.stage_1_relu_2 = float32(at.t, at.t_2, (n, 28, 28, 8))
            b.block_conv_1_W_inputs_3 = float32(
                at.t_2 - 12,
                at.t_2 - 7,
                (6, 107, 7, 30, 8),
            )
            b.W_given = float32(at.t_2 - 11, at.t_2 - 7, (6, 107, 7, 28, 8))
            b.W_part = float32(at.t_2 - 10, at.t_2 - 7, (28, 6, 24, 8))
            b.W_sums = float32(at.t_2 - 9, at.t_2 - 7, (6, 24, 8))
            b.W_total = float32(at.t_2 - 8, at.t_2 - 7, (6, 24, 8))
            b.block_conv_1_W_padded_3 = float32(
                at.t_2 - 7,
                at.t_2 - 7,
                (107, 30, 30, 8),
            )
            b.W_copy = float32(at.t_2 - 6, at.t_2 - 1, (3, 3, 8, 8))
            b.d_z = float32(at.t_2 - 24, at.t_2 - 1, (n, 28, 28, 8))
            b.d_z_conv_inputs = float32(at.t_2 - 4, at.t_2 - 1, (6, 53, 7, 30, 8))
            b.d_z_conv_filters = float32(at.t_2 - 3, at.t_2 - 1, (6, 24, 8))
            b.d_z_conv_products = float32(at.t_2 - 2, at.t_2 - 1, (6, 53, 7, 28, 8))
            b.d_z_conv = float32(at.t_2 - 5, at.t_2 - 1, (n, 28, 28, 8))
            b.d_z_conv_padded = float32(at.t_2 - 1, at.t_2 - 1, (53, 30, 30, 8))
            b.d_h = float32(489, 622, (n, 28, 28, 8))
            b.d_stage_1_relu = b.d_h
        table = """
        t 13..61/24
        t_2 597..519/-39
        """
        rows_5 = _rows(table)
        s.block = [SimpleNamespace(n=s.n) for _ in range(3)]
        for k in range(3):
            b, at = s.block[k], rows_5[k]
            b.z1_inputs = float32(at.t, at.t + 3, (6, 53, 7, 30, 8))
            b.z1_filters = float32(at.t + 1, at.t + 3, (6, 24, 8))
            b.z1_products = float32(at.t + 2, at.t + 3, (6, 53, 7, 28, 8))
            b.z1 = float32(at.t - 1, at.t_2, (n, 28, 28, 8))
            b.z1_padded = float32(at.t + 3, at.t + 3, (53, 30, 30, 8))
            b.z1_mean_rows = float32(at.t + 4, at.t + 4, (28, 8))
            b.z1_hat = b.z1
            b.z1_hat_square = float32(at.t + 5, at.t + 5, (n, 28, 28, 8))
            b.z1_inv_std = float32(at.t + 6, at.t_2 - 4, (8,))
            b.z1_inv_std_rows = float32(at.t + 7, at.t + 7, (28, 8))
            b.norm_1_rows = float32(at.t + 8, at.t + 9, (28, 8))
            b.z1_norm = float32(at.t + 9, at.t_2 - 6, (n, 28, 28, 8))
            b.norm_1_rows_2 = float32(at.t + 10, at.t + 10, (28, 8))
            b.h1 = b.z1_norm
            b.z2_inputs = float32(at.t + 12, at.t + 15, (6, 53, 7, 30, 8))
            b.z2_filters = float32(at.t + 13, at.t + 15, (6, 24, 8))
            b.z2_products = float32(at.t + 14, at.t + 15, (6, 53, 7, 28, 8))
            b.z2 = float32(at.t + 11, at.t_2 - 19, (n, 28, 28, 8))
            b.z2_padded = float32(at.t + 15, at.t + 15, (53, 30, 30, 8))
            b.z2_mean_rows = float32(at.t + 16, at.t + 16, (28, 8))
            b.z2_hat = b.z2
            b.z2_hat_square = float32(at.t + 17, at.t + 17, (n, 28, 28, 8))
            b.z2_inv_std = float32(at.t + 18, at.t_2 - 24, (8,))
            b.z2_inv_std_rows = float32(at.t + 19, at.t + 19, (28, 8))
            b.norm_2_rows = float32(at.t + 20, at.t + 21, (28, 8))
            b.h2 = float32(at.t + 21, at.t_2 - 26, (n, 28, 28, 8))
            b.norm_2_rows_2 = float32(at.t + 22, at.t + 22, (28, 8))
            b.h2_plus = b.h2
            b.stage_1_relu = b.h2
            b.stage_1_relu_in = float32(at.t - 3, at.t_2 + 13, (n, 28, 28, 8))
        s.norm = [SimpleNamespace(n=s.n) for _ in range(18)]
        for k in range(18):
            b, at = s.norm[k], rows_6[k]
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
            b.z_mean_times_2 = float32(at.t_5, at.t_5, (at.c,))
            b.z_unbiased_var_times_2 = float32(at.t_5 + 1, at.t_5 + 1, (at.c,))
            b.d_z_norm = float32(at.t_6, at.t_7, (n, at.b, at.b, at.c))
            b.d_z_norm_times = float32(at.t_4 - 1, at.t_4 - 1, (n, at.b, at.b, at.c))
            b.d_z = float32(at.t_8, at.t_9, (n, at.b, at.b, at.c))
        for k in _numbers("6 7 12 13"):
            b, at = s.norm[k], rows_6[k]
            b.z_mean_rows = float32(at.t_3, at.t_3, (at.f, at.e))
            b.z_hat_square = float32(at.t_3 + 1, at.t_3 + 1, (n, at.f, at.f, at.e))
            b.z_inv_std_rows = float32(at.t_3 + 3, at.t_3 + 3, (at.f, at.e))
            b.rows = float32(at.t_3 + 4, at.t_3 + 5, (at.f, at.e))
            b.z_norm = float32(at.t_3 + 5, at.t_4 - 2, (n, at.f, at.f, at.e))
            b.rows_2 = float32(at.t_3 + 6, at.t_3 + 6, (at.f, at.e))
        s.block_2 = [SimpleNamespace(n=s.n) for _ in range(4)]
        for k in range(4):
            b, at = s.block_2[k], rows_7[k]
            b.z1_inputs = float32(at.t, at.t + 4, (6, at.a, at.b, at.c, at.d))
            b.z1_filters = float32(at.t + 1, at.t + 4, (6, at.e, at.d))
            b.z1_products = float32(at.t + 2, at.t + 4, (6, at.a, at.b, at.f, at.d))
            b.z1 = float32(at.t - 1, at.t_2, (n, at.f, at.f, at.d))
            b.z1_padded = float32(at.t + 3, at.t + 4, (at.a, at.g, at.c, at.d))
            b.z1_whole = float32(at.t + 4, at.t + 4, (at.a, at.h, at.f, at.d))
            b.z1_mean_rows = float32(at.t + 5, at.t + 5, (at.f, at.d))
            b.z1_hat = b.z1
            b.z1_hat_square = float32(at.t + 6, at.t + 6, (n, at.f, at.f, at.d))
            b.z1_inv_std = float32(at.t + 7, at.t_2 - 4, (at.d,))
            b.z1_inv_std_rows = float32(at.t + 8, at.t + 8, (at.f, at.d))
            b.norm_1_rows = float32(at.t + 9, at.t + 10, (at.f, at.d))
            b.z1_norm = float32(at.t + 10, at.t_2 - 6, (n, at.f, at.f, at.d))
            b.norm_1_rows_2 = float32(at.t + 11, at.t + 11, (at.f, at.d))
            b.h1 = b.z1_norm
            b.z2_inputs = float32(at.t + 13, at.t + 17, (6, at.a, at.b, at.c, at.d))
            b.z2_filters = float32(at.t + 14, at.t + 17, (6, at.e, at.d))
            b.z2_products = float32(at.t + 15, at.t + 17, (6, at.a, at.b, at.f, at.d))
            b.z2 = float32(at.t + 12, at.t_2 - 21, (n, at.f, at.f, at.d))
            b.z2_padded = float32(at.t + 16, at.t + 17, (at.a, at.g, at.c, at.d))
            b.z2_whole = float32(at.t + 17, at.t + 17, (at.a, at.h, at.f, at.d))
            b.z2_mean_rows = float32(at.t + 18, at.t + 18, (at.f, at.d))
            b.z2_hat = b.z2
            b.z2_hat_square = float32(at.t + 19, at.t + 19, (n, at.f, at.f, at.d))
            b.z2_inv_std = float32(at.t + 20, at.t_2 - 26, (at.d,))
            b.z2_inv_std_rows = float32(at.t + 21, at.t + 21, (at.f, at.d))
            b.norm_2_rows = float32(at.t + 22, at.t + 23, (at.f, at.d))
            b.h2 = float32(at.t + 23, at.t_3, (n, at.f, at.f, at.d))
            b.norm_2_rows_2 = float32(at.t + 24, at.t + 24, (at.f, at.d))
            b.h2_plus = b.h2
            b.stage_relu = b.h2
            b.stage_relu_in = float32(at.t_4, at.t_2 + 15, (n, at.f, at.f, at.d))
        self._lay_out(s)
        s.z1_transforms = _cook_toom(4, 3, np.float32, axes=1)
        s.z1_reshape = s.z1.reshape(784 * n, 8)
        s.ones = np.ones((784 * n,), dtype=np.float32)
        s.z1_mean_broadcast_to = np.broadcast_to(stats.z1_mean, (28, 8))
        s.z1_reshape_2 = s.z1_square.reshape(784 * n, 8)
        s.z1_inv_std_broadcast_to = np.broadcast_to(s.z1_inv_std, (28, 8))
        s.norm_1_gamma_broadcast_to = np.broadcast_to(p.batch_norm_1_gamma, (28, 8))
        s.batch_norm_1_beta_broadcast_to = np.broadcast_to(p.batch_norm_1_beta, (28, 8))
        s.stage_1_relu_slice = s.stage_1_relu_3[:, ::2, ::2]
        s.stage_2_relu_slice = s.stage_2_relu_3[:, ::2, ::2]
        s.logits_reshape = s.logits_log.reshape(n)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 10
        s.minus_ones = np.full((n,), -1.0, dtype=np.float32)
        s.ones_4 = np.ones((n,), dtype=np.float32)
        s.d_relu_pooled_reshape = s.d_relu_pooled_over.reshape(n, 1, 1, 32)
        s.d_stage_3_shortcut_slice = s.d_stage_3_shortcut[:, :, :, 8:24]
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
        s.d_conv_1_W_transforms = _cook_toom(3, 4, np.float32, axes=1)
        for k in _numbers("0 3"):
            b = s.conv_2[k]
            b.z_transforms = _cook_toom(4, 3, np.float32, axes=1)
        for k in range(6):
            b, at = s.conv_2[k], rows[k]
            b.block_conv_2_W_transforms = _cook_toom(3, 4, np.float32, axes=1)
            b.block_conv_2_W_reshape_3 = p.conv_2[k].W.reshape(3, 3, at.b, 1, at.b)
            b.W_slice = b.block_conv_2_W_reshape_3[::-1, ::-1]
            b.block_conv_2_W_transpose_2 = b.W_slice.transpose(0, 1, 4, 3, 2)
            b.block_conv_2_W_reshape = b.block_conv_2_W_transpose_2.reshape(
                3,
                3,
                at.b,
                at.b,
            )
            b.d_h_transforms = _cook_toom(4, 3, np.float32, axes=1)
        for k in range(4):
            b, at = s.conv_1[k], rows_2[k]
            b.block_conv_1_W_transforms = _cook_toom(3, 4, np.float32, axes=1)
            b.block_conv_1_W_reshape_3 = p.conv_1[k].W.reshape(3, 3, at.b, 1, at.b)
            b.W_slice = b.block_conv_1_W_reshape_3[::-1, ::-1]
            b.block_conv_1_W_transpose_2 = b.W_slice.transpose(0, 1, 4, 3, 2)
            b.block_conv_1_W_reshape = b.block_conv_1_W_transpose_2.reshape(
                3,
                3,
                at.b,
                at.b,
            )
            b.d_z_conv_transforms = _cook_toom(4, 3, np.float32, axes=1)
        for k in range(3):
            b = s.conv_2_2[k]
            b.block_conv_2_W_transforms_3 = _cook_toom(3, 4, np.float32, axes=1)
            b.block_conv_2_W_reshape_5 = p.conv_2_2[k].W.reshape(3, 3, 8, 1, 8)
            b.W_slice = b.block_conv_2_W_reshape_5[::-1, ::-1]
            b.block_conv_2_W_transpose_3 = b.W_slice.transpose(0, 1, 4, 3, 2)
            b.block_conv_2_W_reshape_6 = b.block_conv_2_W_transpose_3.reshape(
                3,
                3,
                8,
                8,
            )
            b.d_h_transforms = _cook_toom(4, 3, np.float32, axes=1)
        for k in range(3):
            b = s.conv_1_2[k]
            b.block_conv_1_W_transforms_3 = _cook_toom(3, 4, np.float32, axes=1)
            b.block_conv_1_W_reshape_5 = p.conv_1_2[k].W.reshape(3, 3, 8, 1, 8)
            b.W_slice = b.block_conv_1_W_reshape_5[::-1, ::-1]
            b.block_conv_1_W_transpose_3 = b.W_slice.transpose(0, 1, 4, 3, 2)
            b.block_conv_1_W_reshape = b.block_conv_1_W_transpose_3.reshape(3, 3, 8, 8)
            b.d_z_conv_transforms = _cook_toom(4, 3, np.float32, axes=1)
        for k in range(3):
            b = s.block[k]
            b.ones = s.ones
        for k in range(3):
            b = s.block[k]
            b.z1_transforms = _cook_toom(4, 3, np.float32, axes=1)
            b.z1_reshape = b.z1.reshape(784 * n, 8)
            b.z1_mean_broadcast_to = np.broadcast_to(stats.block[k].z1_mean, (28, 8))
            b.z1_hat_reshape = b.z1_hat_square.reshape(784 * n, 8)
            b.z1_inv_std_broadcast_to = np.broadcast_to(b.z1_inv_std, (28, 8))
            b.norm_1_broadcast_to = np.broadcast_to(p.block[k].norm_1_gamma, (28, 8))
            b.norm_1_broadcast_to_2 = np.broadcast_to(p.block[k].norm_1_beta, (28, 8))
            b.z2_transforms = _cook_toom(4, 3, np.float32, axes=1)
            b.z2_reshape = b.z2.reshape(784 * n, 8)
            b.z2_mean_broadcast_to = np.broadcast_to(stats.block[k].z2_mean, (28, 8))
            b.z2_hat_reshape = b.z2_hat_square.reshape(784 * n, 8)
            b.z2_inv_std_broadcast_to = np.broadcast_to(b.z2_inv_std, (28, 8))
            b.norm_2_broadcast_to = np.broadcast_to(p.block[k].norm_2_gamma, (28, 8))
            b.norm_2_broadcast_to_2 = np.broadcast_to(p.block[k].norm_2_beta, (28, 8))
        for k in range(18):
            b, at = s.norm[k], rows_6[k]
            b.ones = np.ones((at.a * n,), dtype=np.float32)
            b.z_inv_std_broadcast_to_2 = np.broadcast_to(
                b.z_inv_std_times,
                (at.b, at.c),
            )
            b.block_norm_broadcast_to = np.broadcast_to(b.over, (at.b, at.c))
            b.block_norm_broadcast_to_2 = np.broadcast_to(b.over_2, (at.b, at.c))
            b.d_z_norm_reshape = b.d_z_norm.reshape(at.a * n, at.c)
            b.d_z_norm_reshape_2 = b.d_z_norm_times.reshape(at.a * n, at.c)
            b.size = at.a
        for k in _numbers("6 7 12 13"):
            b, at = s.norm[k], rows_6[k]
            b.z_reshape = b.z.reshape(at.d * n, at.e)
            b.z_mean_broadcast_to = np.broadcast_to(stats.norm[k].z_mean, (at.f, at.e))
            b.z_hat_reshape = b.z_hat_square.reshape(at.d * n, at.e)
            b.z_inv_std_broadcast_to = np.broadcast_to(b.z_inv_std, (at.f, at.e))
            b.block_1_norm_broadcast_to = np.broadcast_to(p.norm[k].gamma, (at.f, at.e))
            b.block_1_norm_broadcast_to_2 = np.broadcast_to(
                p.norm[k].beta,
                (at.f, at.e),
            )
        for k in range(4):
            b, at = s.block_2[k], rows_7[k]
            b.z1_transforms = _cook_toom(4, 3, np.float32, axes=1)
            b.ones = np.ones((at.i * n,), dtype=np.float32)
            b.z1_reshape = b.z1.reshape(at.i * n, at.d)
            b.z1_mean_broadcast_to = np.broadcast_to(
                stats.block_2[k].z1_mean,
                (at.f, at.d),
            )
            b.z1_hat_reshape = b.z1_hat_square.reshape(at.i * n, at.d)
            b.z1_inv_std_broadcast_to = np.broadcast_to(b.z1_inv_std, (at.f, at.d))
            b.block_norm_1_broadcast_to = np.broadcast_to(
                p.block_2[k].norm_1_gamma,
                (at.f, at.d),
            )
            b.block_norm_1_broadcast_to_2 = np.broadcast_to(
                p.block_2[k].norm_1_beta,
                (at.f, at.d),
            )
            b.z2_transforms = _cook_toom(4, 3, np.float32, axes=1)
            b.z2_reshape = b.z2.reshape(at.i * n, at.d)
            b.z2_mean_broadcast_to = np.broadcast_to(
                stats.block_2[k].z2_mean,
                (at.f, at.d),
            )
            b.z2_hat_reshape = b.z2_hat_square.reshape(at.i * n, at.d)
            b.z2_inv_std_broadcast_to = np.broadcast_to(b.z2_inv_std, (at.f, at.d))
            b.block_norm_2_broadcast_to = np.broadcast_to(
                p.block_2[k].norm_2_gamma,
                (at.f, at.d),
            )
            b.block_norm_2_broadcast_to_2 = np.broadcast_to(
                p.block_2[k].norm_2_beta,
                (at.f, at.d),
            )
            b.size = at.i
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
        _conv_winograd_columns(
            x,
            p.conv_1_W,
            s.z1_inputs,
            s.z1_filters,
            s.z1_products,
            s.z1_transforms,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # batch_norm_1                                                mnist_resnet.py:37
        # z1_inv_std = 1 / sqrt(running_var + 1e-05)                              (8,)
        # z1_norm = (z1 - running_mean) * (gamma * z1_inv_std) + beta   (N, 28, 28, 8)
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
        self._conv_2_forward(s.conv_2[0], p.conv_2[0])

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
        for k in range(2):
            self._block_2_inference(s.block_2[k], p.block_2[k], self._block_2_state[k])

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
        self._conv_2_forward(s.conv_2[3], p.conv_2[3])

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
        for k in range(2, 4):
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
        t 63x7 71x5 122 129x5
        t_2 76x7 101x5 134 159x5
        t_3 68x7 78x5 126 136x5
        a 14x12 7x6
        b 16x12 32x6
        """
        rows_6 = _rows(table)
        table = """
        t 83 103 141 161
        t_2 121 139 179 180
        t_3 71 92 129 150
        a 91x2 170x2
        b 4x2 2x2
        c 16x2 9x2
        d 16x2 32x2
        e 48x2 96x2
        f 14x2 7x2
        g 18x2 10x2
        h 16x2 8x2
        """
        rows_7 = _rows(table)
        self._plan_common(s, n, float32, table, rows_6, rows_7)
        s.logits = float32(181, 181, (n, 10))
        self._lay_out(s)
        self._plan_common_2(s, rows_6, rows_7)
        self._predict[x.dtype, x.shape] = s
        return s

    def _plan_common(self, s, n, float32, table, rows_6, rows_7):
        """The buffers that predict and loss have alike."""
        s.z1 = float32(0, 26, (n, 28, 28, 8))
        s.z1_inputs = float32(1, 4, (6, 98, 7, 30, 1))
        s.z1_filters = float32(2, 4, (6, 3, 8))
        s.z1_products = float32(3, 4, (6, 98, 7, 28, 8))
        s.z1_padded = float32(4, 4, (98, 30, 30, 1))
        s.batch_norm_1_rows = float32(5, 5, (28, 8))
        s.z1_norm = s.z1
        s.z1_inv_std = float32(6, 7, (8,))
        s.batch_norm_1_gamma_times = s.z1_inv_std
        s.batch_norm_1_gamma_rows = float32(7, 7, (28, 8))
        s.batch_norm_1_beta_rows = float32(8, 8, (28, 8))
        s.h1 = s.z1
        s.stage_1_relu_3 = float32(54, 81, (n, 28, 28, 8))
        s.z8 = float32(63, 76, (n, 14, 14, 16))
        s.z8_columns = float32(64, 66, (89, 14, 7, 3, 5, 8))
        s.z8_band = float32(65, 66, (3, 5, 8, 2, 16))
        s.z8_padded = float32(66, 66, (89, 30, 30, 8))
        s.z8_norm = s.z8
        s.h8 = s.z8
        s.h9 = float32(71, 101, (n, 14, 14, 16))
        s.stage_2_shortcut = float32(81, 81, (n, 14, 14, 16))
        s.h9_plus = s.h9
        s.stage_2_relu = s.h9
        s.stage_2_relu_3 = float32(112, 139, (n, 14, 14, 16))
        s.z14 = float32(122, 134, (n, 7, 7, 32))
        s.z14_columns = float32(123, 124, (148, 7, 7, 3, 3, 16))
        s.z14_padded = float32(124, 124, (148, 16, 16, 16))
        s.z14_norm = s.z14
        s.h14 = s.z14
        s.h15 = float32(129, 159, (n, 7, 7, 32))
        s.stage_3_shortcut = float32(139, 139, (n, 7, 7, 32))
        s.h15_plus = s.h15
        s.stage_3_relu = s.h15
        s.stage_3_relu_3 = float32(170, 180, (n, 7, 7, 32))
        s.relu_pooled = float32(180, 181, (n, 32))
        table = """
        t 63x3 122x3
        t_2 76x3 134x3
        a 14x3 7x3
        b 16x3 32x3
        c 91x3 170x3
        d 4x3 2x3
        e 16x3 9x3
        f 48x3 96x3
        g 18x3 10x3
        h 16x3 8x3
        """
        rows = _rows(table)
        s.conv_2 = [SimpleNamespace() for _ in range(6)]
        for k in _numbers("0 3"):
            b, at = s.conv_2[k], rows[k]
            b.h = float32(at.t, at.t_2, (n, at.a, at.a, at.b))
            b.z_inputs = float32(at.t_2 - 4, at.t_2, (6, at.c, at.d, at.e, at.b))
            b.z_filters = float32(at.t_2 - 3, at.t_2, (6, at.f, at.b))
            b.z_products = float32(at.t_2 - 2, at.t_2, (6, at.c, at.d, at.a, at.b))
            b.z = float32(at.t_2 - 5, at.t_2 + 25, (n, at.a, at.a, at.b))
            b.z_padded = float32(at.t_2 - 1, at.t_2, (at.c, at.g, at.e, at.b))
            b.z_whole = float32(at.t_2, at.t_2, (at.c, at.h, at.a, at.b))
        table = """
        t 10..46/18
        t_2 44 62 81
        """
        rows_5 = _rows(table)
        s.block = [SimpleNamespace() for _ in range(3)]
        for k in range(3):
            b, at = s.block[k], rows_5[k]
            b.z1_inputs = float32(at.t, at.t + 3, (6, 53, 7, 30, 8))
            b.z1_filters = float32(at.t + 1, at.t + 3, (6, 24, 8))
            b.z1_products = float32(at.t + 2, at.t + 3, (6, 53, 7, 28, 8))
            b.z1 = float32(at.t - 1, at.t + 12, (n, 28, 28, 8))
            b.z1_padded = float32(at.t + 3, at.t + 3, (53, 30, 30, 8))
            b.z1_inv_std = float32(at.t + 5, at.t + 6, (8,))
            b.norm_1_rows = float32(at.t + 4, at.t + 4, (28, 8))
            b.z1_norm = b.z1
            b.norm_1_rows_2 = float32(at.t + 6, at.t + 6, (28, 8))
            b.norm_1_times = b.z1_inv_std
            b.h1 = b.z1
            b.z2_inputs = float32(at.t + 9, at.t + 12, (6, 53, 7, 30, 8))
            b.z2_filters = float32(at.t + 10, at.t + 12, (6, 24, 8))
            b.z2_products = float32(at.t + 11, at.t + 12, (6, 53, 7, 28, 8))
            b.z2 = float32(at.t + 8, at.t_2, (n, 28, 28, 8))
            b.z2_padded = float32(at.t + 12, at.t + 12, (53, 30, 30, 8))
            b.z2_inv_std = float32(at.t + 14, at.t + 15, (8,))
            b.norm_2_rows = float32(at.t + 13, at.t + 13, (28, 8))
            b.h2 = b.z2
            b.norm_2_rows_2 = float32(at.t + 15, at.t + 15, (28, 8))
            b.norm_2_times = b.z2_inv_std
            b.h2_plus = b.z2
            b.stage_1_relu = b.z2
            b.norm_1_rows_3 = float32(at.t + 7, at.t + 7, (28, 8))
            b.norm_2_rows_3 = float32(at.t + 16, at.t + 16, (28, 8))
            b.stage_1_relu_in = float32(at.t - 10, at.t + 16, (n, 28, 28, 8))
        s.norm = [SimpleNamespace() for _ in range(18)]
        for k in _numbers("6 7 12 13"):
            b, at = s.norm[k], rows_6[k]
            b.z = float32(at.t, at.t_2, (n, at.a, at.a, at.b))
            b.z_inv_std = float32(at.t_3, at.t_3 + 1, (at.b,))
            b.rows = float32(at.t_3 - 1, at.t_3 - 1, (at.a, at.b))
            b.z_norm = b.z
            b.rows_2 = float32(at.t_3 + 1, at.t_3 + 1, (at.a, at.b))
            b.times = b.z_inv_std
            b.rows_3 = float32(at.t_3 + 2, at.t_3 + 2, (at.a, at.b))
        s.block_2 = [SimpleNamespace() for _ in range(4)]
        for k in range(4):
            b, at = s.block_2[k], rows_7[k]
            b.z1_inputs = float32(at.t, at.t + 4, (6, at.a, at.b, at.c, at.d))
            b.z1_filters = float32(at.t + 1, at.t + 4, (6, at.e, at.d))
            b.z1_products = float32(at.t + 2, at.t + 4, (6, at.a, at.b, at.f, at.d))
            b.z1 = float32(at.t - 1, at.t + 14, (n, at.f, at.f, at.d))
            b.z1_padded = float32(at.t + 3, at.t + 4, (at.a, at.g, at.c, at.d))
            b.z1_whole = float32(at.t + 4, at.t + 4, (at.a, at.h, at.f, at.d))
            b.z1_inv_std = float32(at.t + 6, at.t + 7, (at.d,))
            b.norm_1_rows = float32(at.t + 5, at.t + 5, (at.f, at.d))
            b.z1_norm = b.z1
            b.norm_1_rows_2 = float32(at.t + 7, at.t + 7, (at.f, at.d))
            b.norm_1_times = b.z1_inv_std
            b.h1 = b.z1
            b.z2_inputs = float32(at.t + 10, at.t + 14, (6, at.a, at.b, at.c, at.d))
            b.z2_filters = float32(at.t + 11, at.t + 14, (6, at.e, at.d))
            b.z2_products = float32(at.t + 12, at.t + 14, (6, at.a, at.b, at.f, at.d))
            b.z2 = float32(at.t + 9, at.t_2, (n, at.f, at.f, at.d))
            b.z2_padded = float32(at.t + 13, at.t + 14, (at.a, at.g, at.c, at.d))
            b.z2_whole = float32(at.t + 14, at.t + 14, (at.a, at.h, at.f, at.d))
            b.z2_inv_std = float32(at.t + 16, at.t + 17, (at.d,))
            b.norm_2_rows = float32(at.t + 15, at.t + 15, (at.f, at.d))
            b.h2 = b.z2
            b.norm_2_rows_2 = float32(at.t + 17, at.t + 17, (at.f, at.d))
            b.norm_2_times = b.z2_inv_std
            b.h2_plus = b.z2
            b.stage_relu = b.z2
            b.norm_1_rows_3 = float32(at.t + 8, at.t + 8, (at.f, at.d))
            b.norm_2_rows_3 = float32(at.t + 18, at.t + 18, (at.f, at.d))
            b.stage_relu_in = float32(at.t_3, at.t + 18, (n, at.f, at.f, at.d))

    def _plan_common_2(self, s, rows_6, rows_7):
        """The views that predict and loss have alike."""
        p = self.params
        s.z1_transforms = _cook_toom(4, 3, np.float32, axes=1)
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
        for k in _numbers("0 3"):
            b = s.conv_2[k]
            b.z_transforms = _cook_toom(4, 3, np.float32, axes=1)
        for k in range(3):
            b = s.block[k]
            b.z1_transforms = _cook_toom(4, 3, np.float32, axes=1)
            b.norm_1_broadcast_to = np.broadcast_to(
                self._block_state[k].norm_1_running_mean,
                (28, 8),
            )
            b.norm_1_broadcast_to_2 = np.broadcast_to(b.norm_1_times, (28, 8))
            b.z2_transforms = _cook_toom(4, 3, np.float32, axes=1)
            b.norm_2_broadcast_to = np.broadcast_to(
                self._block_state[k].norm_2_running_mean,
                (28, 8),
            )
            b.norm_2_broadcast_to_2 = np.broadcast_to(b.norm_2_times, (28, 8))
            b.norm_1_broadcast_to_3 = np.broadcast_to(p.block[k].norm_1_beta, (28, 8))
            b.norm_2_broadcast_to_3 = np.broadcast_to(p.block[k].norm_2_beta, (28, 8))
        for k in _numbers("6 7 12 13"):
            b, at = s.norm[k], rows_6[k]
            b.block_1_norm_broadcast_to = np.broadcast_to(
                self._norm_state[k].block_norm_running_mean,
                (at.a, at.b),
            )
            b.block_1_norm_broadcast_to_2 = np.broadcast_to(b.times, (at.a, at.b))
            b.block_1_norm_broadcast_to_3 = np.broadcast_to(
                p.norm[k].beta,
                (at.a, at.b),
            )
        for k in range(4):
            b, at = s.block_2[k], rows_7[k]
            b.z1_transforms = _cook_toom(4, 3, np.float32, axes=1)
            b.block_norm_1_broadcast_to = np.broadcast_to(
                self._block_2_state[k].block_norm_1_running_mean,
                (at.f, at.d),
            )
            b.block_norm_1_broadcast_to_2 = np.broadcast_to(
                b.norm_1_times,
                (at.f, at.d),
            )
            b.z2_transforms = _cook_toom(4, 3, np.float32, axes=1)
            b.block_norm_2_broadcast_to = np.broadcast_to(
                self._block_2_state[k].block_norm_2_running_mean,
                (at.f, at.d),
            )
            b.block_norm_2_broadcast_to_2 = np.broadcast_to(
                b.norm_2_times,
                (at.f, at.d),
            )
            b.block_norm_1_broadcast_to_3 = np.broadcast_to(
                p.block_2[k].norm_1_beta,
                (at.f, at.d),
            )
            b.block_norm_2_broadcast_to_3 = np.broadcast_to(
                p.block_2[k].norm_2_beta,
                (at.f, at.d),
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
        t 63x7 71x5 122 129x5
        t_2 76x7 101x5 134 159x5
        t_3 68x7 78x5 126 136x5
        a 14x12 7x6
        b 16x12 32x6
        """
        rows_6 = _rows(table)
        table = """
        t 83 103 141 161
        t_2 121 139 179 180
        t_3 71 92 129 150
        a 91x2 170x2
        b 4x2 2x2
        c 16x2 9x2
        d 16x2 32x2
        e 48x2 96x2
        f 14x2 7x2
        g 18x2 10x2
        h 16x2 8x2
        """
        rows_7 = _rows(table)
        self._plan_common(s, n, float32, table, rows_6, rows_7)
        s.logits = float32(181, 186, (n, 10))
        s.logits_max = float32(182, 182, (n, 1))
        s.logits_minus_max = s.logits
        s.logits_exp = float32(183, 184, (n, 10))
        s.logits_sum = float32(184, 186, (n, 1))
        s.logits_log = s.logits_sum
        s.y_position = int64(185, 186, (n,))
        s.logits_take = float32(186, 187, (n,))
        s.logits_minus_take = s.logits_take
        s.loss = float32(187, 187, ())
        self._lay_out(s)
        self._plan_common_2(s, rows_6, rows_7)
        s.logits_reshape = s.logits_log.reshape(n)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 10
        self._loss[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def _conv_2_forward(self, s, p):
        """Forward, one of 2: stage_2.block_1.conv_2 to stage_3.block_1.conv_2."""
        # A = 14, 7; B = 16, 32
        # conv_2                                                      mnist_resnet.py:37
        # z = conv(h, W)                                                    (N, A, A, B)
        _conv_winograd_columns(
            s.h,
            p.W,
            s.z_inputs,
            s.z_filters,
            s.z_products,
            s.z_transforms,
            out=s.z,
            padded=s.z_padded,
            whole=s.z_whole,
            low=(1, 1),
        )

    def _conv_2_backward(self, s, d):
        """Backward, one of 6: stage_2.block_1.conv_2 to stage_3.block_3.conv_2."""
        # A = 32, 16; B = 7, 14
        # conv_2                                                      mnist_resnet.py:37
        # d_W = patches(h)^T d_z                                            (3, 3, A, A)
        # d_h = conv(d_z, block_conv_2_W_reshape)                           (N, B, B, A)
        _conv_weight_winograd_columns(
            s.h,
            s.d_z,
            s.block_conv_2_W_inputs,
            s.W_given,
            s.W_part,
            s.W_sums,
            s.W_total,
            s.block_conv_2_W_transforms,
            out=d.W,
            padded=s.block_conv_2_W_padded,
            whole=s.W_whole,
            low=(1, 1),
        )
        np.copyto(s.W_copy, s.block_conv_2_W_reshape)
        _conv_winograd_columns(
            s.d_z,
            s.W_copy,
            s.d_h_inputs,
            s.d_h_filters,
            s.d_h_products,
            s.d_h_transforms,
            out=s.d_h,
            padded=s.d_h_padded,
            whole=s.d_h_whole,
            low=(1, 1),
        )

    def _conv_1_backward(self, s, d):
        """Backward, one of 4: stage_2.block_2.conv_1 to stage_3.block_3.conv_1."""
        # A = 32, 16; B = 7, 14
        # conv_1                                                      mnist_resnet.py:37
        # d_W = patches(stage_relu_2)^T d_z                                 (3, 3, A, A)
        # d_stage_relu = d_h + d_z_conv                                     (N, B, B, A)
        _conv_weight_winograd_columns(
            s.stage_relu_2,
            s.d_z,
            s.block_conv_1_W_inputs,
            s.W_given,
            s.W_part,
            s.W_sums,
            s.W_total,
            s.block_conv_1_W_transforms,
            out=d.W,
            padded=s.block_conv_1_W_padded,
            whole=s.W_whole,
            low=(1, 1),
        )
        np.copyto(s.W_copy, s.block_conv_1_W_reshape)
        _conv_winograd_columns(
            s.d_z,
            s.W_copy,
            s.d_z_conv_inputs,
            s.d_z_conv_filters,
            s.d_z_conv_products,
            s.d_z_conv_transforms,
            out=s.d_z_conv,
            padded=s.d_z_conv_padded,
            whole=s.d_z_conv_whole,
            low=(1, 1),
        )
        np.add(s.d_h, s.d_z_conv, out=s.d_stage_relu)

    def _conv_2_2_backward(self, s, d):
        """Backward, one of 3: stage_1.block_1.conv_2 to stage_1.block_3.conv_2."""
        # conv_2_2                                                    mnist_resnet.py:37
        # d_W = patches(h)^T d_z                                            (3, 3, 8, 8)
        # d_h = conv(d_z, block_conv_2_W_reshape_6)                       (N, 28, 28, 8)
        _conv_weight_winograd_columns(
            s.h,
            s.d_z,
            s.block_conv_2_W_inputs_3,
            s.W_given,
            s.W_part,
            s.W_sums,
            s.W_total,
            s.block_conv_2_W_transforms_3,
            out=d.W,
            padded=s.block_conv_2_W_padded_3,
            low=(1, 1),
        )
        np.copyto(s.W_copy, s.block_conv_2_W_reshape_6)
        _conv_winograd_columns(
            s.d_z,
            s.W_copy,
            s.d_h_inputs,
            s.d_h_filters,
            s.d_h_products,
            s.d_h_transforms,
            out=s.d_h,
            padded=s.d_h_padded,
            low=(1, 1),
        )

    def _conv_1_2_backward(self, s, d):
        """Backward, one of 3: stage_1.block_1.conv_1 to stage_1.block_3.conv_1."""
        # conv_1_2                                                    mnist_resnet.py:37
        # d_W = patches(stage_1_relu_2)^T d_z                               (3, 3, 8, 8)
        # d_stage_1_relu = d_h + d_z_conv                                 (N, 28, 28, 8)
        _conv_weight_winograd_columns(
            s.stage_1_relu_2,
            s.d_z,
            s.block_conv_1_W_inputs_3,
            s.W_given,
            s.W_part,
            s.W_sums,
            s.W_total,
            s.block_conv_1_W_transforms_3,
            out=d.W,
            padded=s.block_conv_1_W_padded_3,
            low=(1, 1),
        )
        np.copyto(s.W_copy, s.block_conv_1_W_reshape)
        _conv_winograd_columns(
            s.d_z,
            s.W_copy,
            s.d_z_conv_inputs,
            s.d_z_conv_filters,
            s.d_z_conv_products,
            s.d_z_conv_transforms,
            out=s.d_z_conv,
            padded=s.d_z_conv_padded,
            low=(1, 1),
        )
        np.add(s.d_h, s.d_z_conv, out=s.d_stage_1_relu)

    def _block_forward(self, s, p, stats):
        """Forward, one of 3: stage_1.block_1 to stage_1.block_3."""
        # conv_1                                                      mnist_resnet.py:37
        # z1 = conv(stage_1_relu_in, W)                                   (N, 28, 28, 8)
        _conv_winograd_columns(
            s.stage_1_relu_in,
            p.conv_1_W,
            s.z1_inputs,
            s.z1_filters,
            s.z1_products,
            s.z1_transforms,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # norm_1                                                      mnist_resnet.py:37
        # z1_mean = mean(z1, axes 0, 1, 2)                                          (8,)
        # z1_var = mean(square(z1 - z1_mean), axes 0, 1, 2)                         (8,)
        # z1_inv_std = 1 / sqrt(z1_var + 1e-05)                                     (8,)
        # z1_hat = (z1 - mean) / sqrt(var + 1e-05)                        (N, 28, 28, 8)
        # z1_norm = z1_hat * gamma + beta                                 (N, 28, 28, 8)
        np.dot(s.ones, s.z1_reshape, out=stats.z1_mean)
        np.divide(stats.z1_mean, 784 * s.n, out=stats.z1_mean)
        np.copyto(s.z1_mean_rows, s.z1_mean_broadcast_to)
        np.subtract(s.z1, s.z1_mean_rows, out=s.z1_hat)
        np.square(s.z1_hat, out=s.z1_hat_square)
        np.dot(s.ones, s.z1_hat_reshape, out=stats.z1_unbiased_var)
        np.divide(stats.z1_unbiased_var, 784 * s.n, out=stats.z1_unbiased_var)
        np.add(stats.z1_unbiased_var, 1e-05, out=s.z1_inv_std)
        np.sqrt(s.z1_inv_std, out=s.z1_inv_std)
        np.divide(1.0, s.z1_inv_std, out=s.z1_inv_std)
        np.copyto(s.z1_inv_std_rows, s.z1_inv_std_broadcast_to)
        np.multiply(s.z1_hat, s.z1_inv_std_rows, out=s.z1_hat)
        np.copyto(s.norm_1_rows, s.norm_1_broadcast_to)
        np.multiply(s.z1_hat, s.norm_1_rows, out=s.z1_norm)
        np.copyto(s.norm_1_rows_2, s.norm_1_broadcast_to_2)
        np.add(s.z1_norm, s.norm_1_rows_2, out=s.z1_norm)

        # relu: h1 = relu(z1_norm)                   (N, 28, 28, 8)   mnist_resnet.py:37
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # conv_2: z2 = conv(h1, W)                   (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_winograd_columns(
            s.h1,
            p.conv_2_W,
            s.z2_inputs,
            s.z2_filters,
            s.z2_products,
            s.z2_transforms,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # norm_2                                                      mnist_resnet.py:37
        # z2_mean = mean(z2, axes 0, 1, 2)                                          (8,)
        # z2_var = mean(square(z2 - z2_mean), axes 0, 1, 2)                         (8,)
        # z2_inv_std = 1 / sqrt(z2_var + 1e-05)                                     (8,)
        # z2_hat = (z2 - mean) / sqrt(var + 1e-05)                        (N, 28, 28, 8)
        # h2 = z2_hat * gamma + beta                                      (N, 28, 28, 8)
        np.dot(s.ones, s.z2_reshape, out=stats.z2_mean)
        np.divide(stats.z2_mean, 784 * s.n, out=stats.z2_mean)
        np.copyto(s.z2_mean_rows, s.z2_mean_broadcast_to)
        np.subtract(s.z2, s.z2_mean_rows, out=s.z2_hat)
        np.square(s.z2_hat, out=s.z2_hat_square)
        np.dot(s.ones, s.z2_hat_reshape, out=stats.z2_unbiased_var)
        np.divide(stats.z2_unbiased_var, 784 * s.n, out=stats.z2_unbiased_var)
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
        # h2_plus = h2 + stage_1_relu_in                                  (N, 28, 28, 8)
        np.add(s.h2, s.stage_1_relu_in, out=s.h2_plus)

        # relu                                                        mnist_resnet.py:37
        # stage_1_relu = relu(h2 + relu)                                  (N, 28, 28, 8)
        np.clip(s.h2_plus, 0.0, np.inf, out=s.stage_1_relu)

    def _block_inference(self, s, p, state):
        """Forward, one of 3: stage_1.block_1 to stage_1.block_3."""
        # conv_1                                                      mnist_resnet.py:37
        # z1 = conv(stage_1_relu_in, W)                                   (N, 28, 28, 8)
        _conv_winograd_columns(
            s.stage_1_relu_in,
            p.conv_1_W,
            s.z1_inputs,
            s.z1_filters,
            s.z1_products,
            s.z1_transforms,
            out=s.z1,
            padded=s.z1_padded,
            low=(1, 1),
        )

        # norm_1                                                      mnist_resnet.py:37
        # z1_inv_std = 1 / sqrt(running_var + 1e-05)                                (8,)
        # z1_norm = (z1 - running_mean) * (gamma * z1_inv_std) + beta     (N, 28, 28, 8)
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

        # relu: h1 = relu(z1_norm)                   (N, 28, 28, 8)   mnist_resnet.py:37
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # conv_2: z2 = conv(h1, W)                   (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_winograd_columns(
            s.h1,
            p.conv_2_W,
            s.z2_inputs,
            s.z2_filters,
            s.z2_products,
            s.z2_transforms,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # norm_2                                                      mnist_resnet.py:37
        # z2_inv_std = 1 / sqrt(running_var + 1e-05)                                (8,)
        # h2 = (z2 - running_mean) * (gamma * z2_inv_std) + beta          (N, 28, 28, 8)
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
        # h2_plus = h2 + stage_1_relu_in                                  (N, 28, 28, 8)
        np.add(s.h2, s.stage_1_relu_in, out=s.h2_plus)

        # relu                                                        mnist_resnet.py:37
        # stage_1_relu = relu(h2 + relu)                                  (N, 28, 28, 8)
        np.clip(s.h2_plus, 0.0, np.inf, out=s.stage_1_relu)

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
        """Backward, one of 18: stage_1.block_1.norm_1 to stage_3.block_3.norm_2."""
        # A = 49, 196, 784; B = 32, 16, 8; C = 7, 14, 28
        # norm                                                        mnist_resnet.py:37
        # d_beta = sum over A * N of reshape(d_z_norm, (A * N, B))                  (B,)
        # d_gamma = sum over A * N of d_z_norm_reshape_2                            (B,)
        # d_z = (z_inv_std * gamma) * (d_z_norm                             (N, C, C, B)
        #     - (d_beta / (A * N)) - z_hat * (d_gamma / (A * N)))
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
        # z_norm = (z - running_mean) * (gamma * z_inv_std)                 (N, B, B, A)
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
        """Forward, one of 4: stage_2.block_2 to stage_3.block_3."""
        # A = 14, 7; B = 16, 32
        # conv_1                                                      mnist_resnet.py:37
        # z1 = conv(stage_relu_in, W)                                       (N, A, A, B)
        _conv_winograd_columns(
            s.stage_relu_in,
            p.conv_1_W,
            s.z1_inputs,
            s.z1_filters,
            s.z1_products,
            s.z1_transforms,
            out=s.z1,
            padded=s.z1_padded,
            whole=s.z1_whole,
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
        np.copyto(s.norm_1_rows, s.block_norm_1_broadcast_to)
        np.multiply(s.z1_hat, s.norm_1_rows, out=s.z1_norm)
        np.copyto(s.norm_1_rows_2, s.block_norm_1_broadcast_to_2)
        np.add(s.z1_norm, s.norm_1_rows_2, out=s.z1_norm)

        # relu                                                        mnist_resnet.py:37
        # h1 = relu(z1_norm)                                                (N, A, A, B)
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # conv_2                                                      mnist_resnet.py:37
        # z2 = conv(h1, W)                                                  (N, A, A, B)
        _conv_winograd_columns(
            s.h1,
            p.conv_2_W,
            s.z2_inputs,
            s.z2_filters,
            s.z2_products,
            s.z2_transforms,
            out=s.z2,
            padded=s.z2_padded,
            whole=s.z2_whole,
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
        np.copyto(s.norm_2_rows, s.block_norm_2_broadcast_to)
        np.multiply(s.z2_hat, s.norm_2_rows, out=s.h2)
        np.copyto(s.norm_2_rows_2, s.block_norm_2_broadcast_to_2)
        np.add(s.h2, s.norm_2_rows_2, out=s.h2)

        # block_2                                                     mnist_resnet.py:37
        # h2_plus = h2 + stage_relu_in                                      (N, A, A, B)
        np.add(s.h2, s.stage_relu_in, out=s.h2_plus)

        # relu                                                        mnist_resnet.py:37
        # stage_relu = relu(h2 + relu)                                      (N, A, A, B)
        np.clip(s.h2_plus, 0.0, np.inf, out=s.stage_relu)

    def _block_2_inference(self, s, p, state):
        """Forward, one of 4: stage_2.block_2 to stage_3.block_3."""
        # A = 14, 7; B = 16, 32
        # conv_1                                                      mnist_resnet.py:37
        # z1 = conv(stage_relu_in, W)                                       (N, A, A, B)
        _conv_winograd_columns(
            s.stage_relu_in,
            p.conv_1_W,
            s.z1_inputs,
            s.z1_filters,
            s.z1_products,
            s.z1_transforms,
            out=s.z1,
            padded=s.z1_padded,
            whole=s.z1_whole,
            low=(1, 1),
        )

        # norm_1                                                      mnist_resnet.py:37
        # z1_inv_std = 1 / sqrt(running_var + 1e-05)                                (B,)
        # z1_norm = (z1 - running_mean) * (gamma * z1_inv_std)              (N, A, A, B)
        #     + beta
        np.copyto(s.norm_1_rows, s.block_norm_1_broadcast_to)
        np.subtract(s.z1, s.norm_1_rows, out=s.z1_norm)
        np.add(state.norm_1_running_var, 1e-05, out=s.z1_inv_std)
        np.sqrt(s.z1_inv_std, out=s.z1_inv_std)
        np.divide(1.0, s.z1_inv_std, out=s.z1_inv_std)
        np.multiply(p.norm_1_gamma, s.z1_inv_std, out=s.norm_1_times)
        np.copyto(s.norm_1_rows_2, s.block_norm_1_broadcast_to_2)
        np.multiply(s.z1_norm, s.norm_1_rows_2, out=s.z1_norm)
        np.copyto(s.norm_1_rows_3, s.block_norm_1_broadcast_to_3)
        np.add(s.z1_norm, s.norm_1_rows_3, out=s.z1_norm)

        # relu                                                        mnist_resnet.py:37
        # h1 = relu(z1_norm)                                                (N, A, A, B)
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # conv_2                                                      mnist_resnet.py:37
        # z2 = conv(h1, W)                                                  (N, A, A, B)
        _conv_winograd_columns(
            s.h1,
            p.conv_2_W,
            s.z2_inputs,
            s.z2_filters,
            s.z2_products,
            s.z2_transforms,
            out=s.z2,
            padded=s.z2_padded,
            whole=s.z2_whole,
            low=(1, 1),
        )

        # norm_2                                                      mnist_resnet.py:37
        # z2_inv_std = 1 / sqrt(running_var + 1e-05)                                (B,)
        # h2 = (z2 - running_mean) * (gamma * z2_inv_std) + beta            (N, A, A, B)
        np.copyto(s.norm_2_rows, s.block_norm_2_broadcast_to)
        np.subtract(s.z2, s.norm_2_rows, out=s.h2)
        np.add(state.norm_2_running_var, 1e-05, out=s.z2_inv_std)
        np.sqrt(s.z2_inv_std, out=s.z2_inv_std)
        np.divide(1.0, s.z2_inv_std, out=s.z2_inv_std)
        np.multiply(p.norm_2_gamma, s.z2_inv_std, out=s.norm_2_times)
        np.copyto(s.norm_2_rows_2, s.block_norm_2_broadcast_to_2)
        np.multiply(s.h2, s.norm_2_rows_2, out=s.h2)
        np.copyto(s.norm_2_rows_3, s.block_norm_2_broadcast_to_3)
        np.add(s.h2, s.norm_2_rows_3, out=s.h2)

        # block_2                                                     mnist_resnet.py:37
        # h2_plus = h2 + stage_relu_in                                      (N, A, A, B)
        np.add(s.h2, s.stage_relu_in, out=s.h2_plus)

        # relu                                                        mnist_resnet.py:37
        # stage_relu = relu(h2 + relu)                                      (N, A, A, B)
        np.clip(s.h2_plus, 0.0, np.inf, out=s.stage_relu)

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

    def _lay_out(self, s, order=None):
        """Make arrays of all buffers; those that no step needs together may share memory."""
        owners = [s]
        for value in vars(s).values():
            if isinstance(value, list):
                owners.extend(value)
        values = [value for owner in owners for value in vars(owner).values()]
        found = {value.first: value for value in values if isinstance(value, _Buffer)}
        buffers = [found[first] for first in sorted(found)]
        starts, nbytes = _places(buffers, order)
        memory = self._memory(nbytes)
        arrays = {b.first: b.array(memory, start) for b, start in zip(buffers, starts)}
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
    """An array to be, needed from step `first` to step `last`.

    Each step begins with another buffer: what has the same first step is the same buffer.
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


def _conv_weight_winograd_columns(
    x,
    g,
    inputs,
    given,
    part,
    sums,
    total,
    transforms,
    out,
    padded=None,
    whole=None,
    low=(),
):
    """What _conv_winograd_columns passes back to its weights (r, q, C, O), given g.

    Down each column, m rows of g are slid over the n rows of the image that they came
    from, and give r rows of the kernel, summed over all tiles and columns. That sum is
    taken before transforming back: each of n places of each column is a product of
    matrices, (q C, tiles) by (tiles, O).
    """
    to_inputs, to_given, to_outputs = transforms
    channels, count = out.shape[-2:]
    n, m = to_given.shape
    images, tiles, width = inputs.shape[1:4]
    total.fill(0)
    for start in range(0, len(x), images):
        image = _padded(x[start : start + images], padded, low)
        rows = image.reshape(len(image), -1, width * channels)
        a = _head(inputs, n, len(image), tiles, width * channels)
        tile = _windows(rows, (n,), (m,), (1,))
        np.matmul(to_inputs, tile, out=a.transpose(1, 2, 0, 3))
        a = _side_by_side(a.reshape(n, -1, width, channels), total.shape[1])
        tile = _padded(g[start : start + images], whole, (0,) * len(low))
        tile = tile.reshape(len(image), tiles, m, -1)
        b = _head(given, n, len(image), tiles, tile.shape[-1])
        np.matmul(to_given, tile, out=b.transpose(1, 2, 0, 3))
        b = b.reshape(n, -1, a.shape[1], count)
        a, b = a.transpose(1, 0, 3, 2), b.transpose(2, 0, 1, 3)
        for column in range(0, len(a), len(part)):
            some = slice(column, column + len(part))
            np.matmul(a[some], b[some], out=part[: len(a[some])])
            np.sum(part[: len(a[some])], axis=0, out=sums)
            np.add(total, sums, out=total)
    np.matmul(to_outputs, total.reshape(n, -1), out=out.reshape(len(out), -1))


def _conv_winograd_columns(
    x,
    w,
    inputs,
    filters,
    products,
    transforms,
    out,
    padded=None,
    whole=None,
    low=(),
):
    """Slide a kernel w (r, q, C, O) over images x (N, H, W, C), by Winograd down columns.

    n = m + r - 1 rows of an image give m rows of outputs. Down each column that takes n
    multiplications, not m r, between transformed rows and transformed filters (see
    _cook_toom). Along a row nothing is transformed: q neighbours with their channels lie
    side by side, so that each of n places of each column is a product of matrices,
    (tiles, q C) by (q C, O), of which the left one is read where it lies.
    """
    to_inputs, to_filters, to_outputs = transforms
    channels, count = w.shape[-2:]
    n, m = len(to_inputs), len(to_outputs)
    images, tiles, width = inputs.shape[1:4]
    np.matmul(to_filters, w.reshape(len(w), -1), out=filters.reshape(n, -1))
    for start in range(0, len(x), images):
        image = _padded(x[start : start + images], padded, low)
        rows = image.reshape(len(image), -1, width * channels)
        a = _head(inputs, n, len(image), tiles, width * channels)
        tile = _windows(rows, (n,), (m,), (1,))
        np.matmul(to_inputs, tile, out=a.transpose(1, 2, 0, 3))
        a = _side_by_side(a.reshape(n, -1, width, channels), filters.shape[1])
        y = _head(products, n, len(image) * tiles, a.shape[1], count)
        np.matmul(a, filters[:, None], out=y.transpose(0, 2, 1, 3))
        result = out[start : start + images] if whole is None else whole[: len(image)]
        y = y.reshape(n, len(image), tiles, -1).transpose(1, 2, 0, 3)
        np.matmul(to_outputs, y, out=result.reshape(len(image), tiles, m, -1))
        if whole is not None:
            out[start : start + images] = result[:, : out.shape[1]]


def _cook_toom(outputs, taps, dtype, axes):
    """Matrices by which a filter takes n = outputs + taps - 1 products, not outputs * taps.

    The product of two polynomials is found from their values at n points, the last at
    infinity: s = V_n^-1 ((V_taps g) * (V_outputs h)), where V_k takes k coefficients to
    values. Transposed, that is what a filter g makes of n inputs d:

        y = V_outputs^T ((V_taps g) * (V_n^-T d))

    Here for inputs, for filters and for outputs; over two axes as products with one
    matrix each, Kronecker's square (S. Winograd, 1980; A. Lavin and S. Gray, 2016).
    """
    n = outputs + taps - 1
    points = np.array([0.0, 1.0, -1.0, 0.5, -2.0, 2.0, -0.5])[: n - 1]

    def values(count):
        finite = points[:, None] ** np.arange(count)
        return np.vstack([finite, np.eye(count)[-1:]])

    matrices = np.linalg.inv(values(n)).T, values(taps), values(outputs).T
    squares = [np.kron(matrix, matrix) for matrix in matrices]
    return [a.astype(dtype) for a in (squares if axes == 2 else matrices)]


def _head(buffer, *shape):
    """The first elements of a buffer, in another shape."""
    size = 1
    for count in shape:
        size *= count
    return buffer.reshape(-1)[:size].reshape(shape)


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
    out, inside = out[: len(x)], (slice(None),)
    for start, size in zip(low, x.shape[1:-1]):
        stop = start + size
        out[(*inside, slice(start))] = 0
        out[(*inside, slice(stop, None))] = 0
        inside = (*inside, slice(start, stop))
    out[inside] = x
    return out


def _parts(group, prefixes):
    """For each prefix, what has a name that begins so, under the rest of its name."""
    parts = []
    for start in [f"{prefix}_" for prefix in prefixes]:
        found = {n: v for n, v in vars(group).items() if n.startswith(start)}
        parts.append(SimpleNamespace(**{n[len(start) :]: v for n, v in found.items()}))
    return parts


def _piled(first, last, size, alignment, order, grain):
    """Put buffers down: always the first in that order, but for a grain, that can lie lowest."""
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

    Buffers are put down one after the other, each above those already there that share a step
    with it. The next is one that can lie lowest; of several, one needed in the fullest step.
    """
    rows = [(b.first, b.last, b.nbytes, b.alignment) for b in buffers]
    first, last, size, alignment = np.array(rows, dtype=np.int64).T
    load = np.zeros(last.max() + 2, dtype=np.int64)
    np.add.at(load, first, size)
    np.subtract.at(load, last + 1, size)
    load = np.cumsum(load)  # the bytes needed in each step: there is no way with less
    least, length = load.max(), last - first + 1
    fullest = np.array([load[a : b + 1].max() for a, b in zip(first, last)])
    found = []
    for keys in ((size * length, fullest), (length, fullest), (size,)):
        order, grain = np.lexsort(keys)[::-1], least // 256 + 1
        found.append(_piled(first, last, size, alignment, order, grain))
        if found[-1][1] == least:
            return found[-1]
    if given is not None:  # was searched for; in it, all can lie equally low
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


def _side_by_side(rows, size):
    """Overlapping pieces of rows (n, T, W, C), as a view (n, pieces, T, size).

    One piece begins at each column, and takes as many columns as have `size` elements.
    """
    n, count, width, channels = rows.shape
    pieces = width - size // channels + 1
    steps = (rows.strides[0], rows.strides[2], rows.strides[1], rows.strides[3])
    return np.lib.stride_tricks.as_strided(
        rows, (n, pieces, count, size), steps, writeable=False
    )


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
