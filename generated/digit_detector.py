"""digit_detector: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Inputs     x   float32 (N, 48, 48, 1)
Targets    labels   int64 (N, 540)
           targets   float32 (N, 540, 4)
Outputs    probabilities   float32 (N, 540, 11)
           offsets   float32 (N, 540, 4)
Parameters 301,162 in 29 arrays
Optimiser  Adam(cosine(0.003, 1250, floor=1e-05), epsilon=0.0001)

    from digit_detector import DigitDetector

    m = DigitDetector(seed=0)
    loss = m.train_step(x, labels, targets)
    m.predict(x)

As a script (the arrays of data.npz are called as above):

    python digit_detector.py train data.npz --epochs 10
    python digit_detector.py predict data.npz
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
stage_1.batch_norm_1.running_mean=16 stage_1.batch_norm_1.running_var=16
    stage_1.batch_norm_2.running_mean=32 stage_1.batch_norm_2.running_var=32 3..5:
    stage_1.batch_norm_#.running_mean=64 stage_1.batch_norm_#.running_var=64 ; 1,2:
    stage_2.batch_norm_#.running_mean=96 stage_2.batch_norm_#.running_var=96 ;
"""
_STATES_INT64 = """
adam.step=
"""
_PARAMS = """
stage_1.conv_1.W=5,5,1,16 stage_1.batch_norm_1.gamma=16 stage_1.batch_norm_1.beta=16
    stage_1.conv_2.W=3,3,16,32 stage_1.batch_norm_2.gamma=32
    stage_1.batch_norm_2.beta=32 stage_1.conv_3.W=3,3,32,64 3,4:
    stage_1.batch_norm_#.gamma=64 stage_1.batch_norm_#.beta=64
    stage_1.conv_#+1.W=3,3,64,64 ; stage_1.batch_norm_5.gamma=64
    stage_1.batch_norm_5.beta=64 score_1.W=3,3,64,33 score_1.b=33
    stage_2.conv_1.W=3,3,64,96 stage_2.batch_norm_1.gamma=96
    stage_2.batch_norm_1.beta=96 stage_2.conv_2.W=3,3,96,96
    stage_2.batch_norm_2.gamma=96 stage_2.batch_norm_2.beta=96 score_2.W=3,3,96,33
    score_2.b=33 move_1.W=3,3,64,12 move_1.b=12 move_2.W=3,3,96,12 move_2.b=12
"""
_STATS = """
z1_mean=16 z1_unbiased_var=16 z2_mean=32 z2_unbiased_var=32 3..5: z#_mean=64
    z#_unbiased_var=64 ; 8,9: z#_mean=96 z#_unbiased_var=96 ;
"""


class DigitDetector:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "digit_detector"
    FINGERPRINT = "de2dd2c320fcb719"
    INPUTS = {"x": ("float32", ("N", 48, 48, 1))}
    TARGETS = {"labels": ("int64", ("N", 540)), "targets": ("float32", ("N", 540, 4))}
    OUTPUTS = {
        "probabilities": ("float32", ("N", 540, 11)),
        "offsets": ("float32", ("N", 540, 4)),
    }

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        **_states("params", _PARAMS),
        **_states("momentum", _PARAMS, ".momentum"),
        **_states("squares", _PARAMS, ".squares"),
        **_states("state", _STATES_FLOAT32),
        **_states("state", _STATES_INT64),
    }

    def __init__(self, seed=0):
        self.params = _Views(_vector(301162, np.float32), _shapes(_PARAMS))
        self.grads = _Views(_vector(301162, np.float32), self.params.shapes)
        self.stats = _Views(_vector(864, np.float32), _shapes(_STATS))
        self.momentum = _Views(_vector(301162, np.float32), self.params.shapes)
        self.squares = _Views(_vector(301162, np.float32), self.params.shapes)
        self.state = SimpleNamespace(
            **_zeros(np.float32, _STATES_FLOAT32),
            **_zeros(np.int64, _STATES_INT64),
        )
        self.params.conv = _parts(self.params, _series("stage_#_conv_#", "1 2", "3 1"))
        self.params.move = _parts(self.params, _series("move_#", "1 2"))
        self.params.conv_2 = _parts(
            self.params,
            _series("stage_#_conv_#", "1x2 2", "4 5 2"),
        )
        self.grads.conv_2 = _parts(
            self.grads,
            _series("stage_#_conv_#", "1x2 2", "4 5 2"),
        )
        self.stats.batch_norm = _named(
            self.stats,
            z_mean=_series("z#_mean", "1..5 8 9"),
            z_unbiased_var=_series("z#_unbiased_var", "1..5 8 9"),
        )
        self.grads.batch_norm = _parts(
            self.grads,
            _series("stage_#_batch_norm_#", "1x5 2x2", "1..5 1 2"),
        )
        self.params.batch_norm = _parts(
            self.params,
            _series("stage_#_batch_norm_#", "1x5 2x2", "1..5 1 2"),
        )
        self._batch_norm_state = _parts(
            self.state,
            _series("stage_#_batch_norm_#", "1x5 2x2", "1..5 1 2"),
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
        names = _series("stage_1_conv_#_W", "1..5")
        every_a = """
        0.28284273 0.11785113 0.083333336 0.058925565x2
        """
        for name, a in zip(names, _numbers(every_a), strict=True):
            array = getattr(p, name)
            noise = rng.standard_normal(array.shape, dtype=np.float32)
            array[...] = noise * a
        names = _series("stage_#_batch_norm_#_gamma", "1x5 2x2", "1..5 1 2")
        for name in names:
            array = getattr(p, name)
            array[...] = 1.0
        score_1_draw = rng.random((3, 3, 64, 33), dtype=np.float32)
        p.score_1_W[...] = score_1_draw * 0.16580534 + -0.08290267
        stage_2_conv_1_noise = rng.standard_normal((3, 3, 64, 96), dtype=np.float32)
        p.stage_2_conv_1_W[...] = stage_2_conv_1_noise * 0.058925565
        stage_2_conv_2_noise = rng.standard_normal((3, 3, 96, 96), dtype=np.float32)
        p.stage_2_conv_2_W[...] = stage_2_conv_2_noise * 0.048112523
        score_2_draw = rng.random((3, 3, 96, 33), dtype=np.float32)
        p.score_2_W[...] = score_2_draw * 0.14377703 + -0.071888514
        move_1_draw = rng.random((3, 3, 64, 12), dtype=np.float32)
        p.move_1_W[...] = move_1_draw * 0.18731716 + -0.09365858
        move_2_draw = rng.random((3, 3, 96, 12), dtype=np.float32)
        p.move_2_W[...] = move_2_draw * 0.15713485 + -0.07856742
        names = _series("stage_#_batch_norm_#_running_var", "1x5 2x2", "1..5 1 2")
        for name in names:
            array = getattr(self.state, name)
            array[...] = 1.0

    def train_step(self, x, labels, targets):
        """One training step on a mini-batch; returns the loss before it.

        x: float32 (N, 48, 48, 1)
        labels: int64 (N, 540)
        targets: float32 (N, 540, 4)
        """
        s = self._train_slots(x, labels, targets)
        loss = self._backward(s, x, labels, targets)
        self._update(s)
        return loss

    def gradients(self, x, labels, targets):
        """The gradients of the loss, as training sees it: dropout is on.

        x: float32 (N, 48, 48, 1)
        labels: int64 (N, 540)
        targets: float32 (N, 540, 4)
        """
        s = self._train_slots(x, labels, targets)
        self._backward(s, x, labels, targets)
        d = self.grads
        return {
            name: getattr(d, attribute).copy()
            for name, (group, attribute) in self.STATES.items()
            if group == "params"
        }

    def _backward(self, s, x, labels, targets):
        """Forward and backward: the loss; the gradients go to self.grads."""
        p, d, stats = self.params, self.grads, self.stats
        # ---- forward -----------------------------------------------------------------
        # stage_1.conv_1: z1 = conv(x, W)         (N, 24, 24, 16)   digit_detector.py:48
        _conv_toeplitz(
            x,
            p.stage_1_conv_1_W,
            s.z1_columns,
            s.z1_band,
            out=s.z1,
            padded=s.z1_padded,
            low=(2, 2),
            strides=(2, 2),
        )

        # stage_1.batch_norm_1                                      digit_detector.py:51
        self._batch_norm_forward(s.batch_norm[0], stats.batch_norm[0])

        # stage_1.relu_1: h1 = relu(z1_norm)      (N, 24, 24, 16)   digit_detector.py:51
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # stage_1.conv_2: z2 = conv(h1, W)        (N, 24, 24, 32)   digit_detector.py:48
        _conv_toeplitz(
            s.h1,
            p.stage_1_conv_2_W,
            s.z2_columns,
            s.z2_band,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # stage_1.batch_norm_2                                      digit_detector.py:51
        self._batch_norm_forward(s.batch_norm[1], stats.batch_norm[1])

        # stage_1.relu_2: h2 = relu(z2_norm)      (N, 24, 24, 32)   digit_detector.py:51
        np.clip(s.z2_norm, 0.0, np.inf, out=s.h2)

        # stage_1.conv_3                                            digit_detector.py:48
        self._conv_forward(s.conv[0], p.conv[0])

        # stage_1.batch_norm_3                                      digit_detector.py:51
        self._batch_norm_forward_2(
            s.batch_norm[2],
            p.batch_norm[2],
            stats.batch_norm[2],
        )

        # stage_1.relu_3: h3 = relu(z3_norm)      (N, 12, 12, 64)   digit_detector.py:51
        np.clip(s.z3_norm, 0.0, np.inf, out=s.h3)

        # stage_1.conv_4                                            digit_detector.py:48
        self._conv_2_forward(s.conv_2[0], p.conv_2[0])

        # stage_1.batch_norm_4                                      digit_detector.py:51
        self._batch_norm_forward_2(
            s.batch_norm[3],
            p.batch_norm[3],
            stats.batch_norm[3],
        )

        # stage_1.relu_4: h4 = relu(z4_norm)      (N, 12, 12, 64)   digit_detector.py:51
        np.clip(s.z4_norm, 0.0, np.inf, out=s.h4)

        # stage_1.conv_5                                            digit_detector.py:48
        self._conv_2_forward(s.conv_2[1], p.conv_2[1])

        # stage_1.batch_norm_5                                      digit_detector.py:51
        self._batch_norm_forward_2(
            s.batch_norm[4],
            p.batch_norm[4],
            stats.batch_norm[4],
        )

        # stage_1.relu_5: h5 = relu(z5_norm)      (N, 12, 12, 64)   digit_detector.py:51
        np.clip(s.z5_norm, 0.0, np.inf, out=s.h5)

        # score_1: h6 = conv(h5, W) + b           (N, 12, 12, 33)   digit_detector.py:63
        _conv_winograd(
            s.h5,
            p.score_1_W,
            s.h6_tiles,
            s.h6_inputs,
            s.h6_filters,
            s.h6_products,
            s.h6_outputs,
            s.h6_transforms,
            out=s.h6,
            padded=s.h6_padded,
            low=(1, 1),
        )
        np.copyto(s.score_1_b_rows, s.score_1_b_broadcast_to)
        np.add(s.h6, s.score_1_b_rows, out=s.h6)

        # stage_2.conv_1                                            digit_detector.py:48
        self._conv_forward(s.conv[1], p.conv[1])

        # stage_2.batch_norm_1                                      digit_detector.py:51
        self._batch_norm_forward_2(
            s.batch_norm[5],
            p.batch_norm[5],
            stats.batch_norm[5],
        )

        # stage_2.relu_1: h8 = relu(z8_norm)        (N, 6, 6, 96)   digit_detector.py:51
        np.clip(s.z8_norm, 0.0, np.inf, out=s.h8)

        # stage_2.conv_2                                            digit_detector.py:48
        self._conv_2_forward(s.conv_2[2], p.conv_2[2])

        # stage_2.batch_norm_2                                      digit_detector.py:51
        self._batch_norm_forward_2(
            s.batch_norm[6],
            p.batch_norm[6],
            stats.batch_norm[6],
        )

        # stage_2.relu_2: h9 = relu(z9_norm)        (N, 6, 6, 96)   digit_detector.py:51
        np.clip(s.z9_norm, 0.0, np.inf, out=s.h9)

        # score_2: h10 = conv(h9, W) + b            (N, 6, 6, 33)   digit_detector.py:63
        _conv_im2col(
            s.h9,
            p.score_2_W,
            s.h10_columns,
            out=s.h10,
            padded=s.h10_padded,
            low=(1, 1),
        )
        np.copyto(s.score_2_b_rows, s.score_2_b_broadcast_to)
        np.add(s.h10, s.score_2_b_rows, out=s.h10)

        # digit_detector.py:64
        # logits = [h6_reshape; h10_reshape]                                (N, 540, 11)
        np.concatenate((s.h6_reshape, s.h10_reshape), axis=1, out=s.logits)

        # softmax_cross_entropy                                     digit_detector.py:71
        # labels_position = row_starts + reshape(labels, (540 * N,))        (540 * N,)
        # logits_take = (logits - max(logits, axis 2))[labels_position]     (540 * N,)
        # logits_exp = exp(logits - max(logits, axis 2))                  (N, 540, 11)
        # logits_sum = sum(exp(logits - max(logits, axis 2)), axis 2)      (N, 540, 1)
        s.logits.max(axis=2, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        labels_reshape = labels.reshape(540 * s.n)
        np.add(labels_reshape, s.row_starts, out=s.labels_position)
        np.take(s.logits_minus_max, s.labels_position, out=s.logits_take, mode="clip")
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=2, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        np.subtract(s.logits_reshape, s.logits_reshape_2, out=s.logits_minus)

        # digit_detector.py:71
        # sure = exp(logits_minus)                                              (N, 540)
        # sure_minus = 1 - sure                                                 (N, 540)
        # sure_square = square(1 - sure)                                        (N, 540)
        np.exp(s.logits_minus, out=s.sure)
        np.subtract(1.0, s.sure, out=s.sure_minus)
        np.square(s.sure_minus, out=s.sure_square)

        # softmax_cross_entropy                                     digit_detector.py:71
        # surprise = logits_log - (logits - max(logits, axis 2))[labels]      (N, 540)
        np.subtract(s.logits_reshape_2, s.logits_reshape, out=s.surprise)

        # focal = sure_square * surprise                 (N, 540)   digit_detector.py:71
        np.multiply(s.sure_square, s.surprise, out=s.focal)

        # move_1 to move_2                                          digit_detector.py:63
        for k in range(2):
            self._move_forward(s.move[k], p.move[k])

        # digit_detector.py:64
        # prediction = [h7_reshape; h11_reshape]                             (N, 540, 4)
        np.concatenate((s.h7_reshape, s.h11_reshape), axis=1, out=s.prediction)

        # huber                                                     digit_detector.py:71
        # error = prediction - targets                                     (N, 540, 4)
        # error_times_minus = minimum(abs(error), 1) * error_minus         (N, 540, 4)
        np.subtract(s.prediction, targets, out=s.error)
        np.abs(s.error, out=s.error_abs)
        np.clip(s.error_abs, -np.inf, 1.0, out=s.error_minimum)
        np.multiply(0.5, s.error_minimum, out=s.error_times_minimum)
        np.subtract(s.error_abs, s.error_times_minimum, out=s.error_minus)
        np.multiply(s.error_minimum, s.error_minus, out=s.error_times_minus)

        # digit_detector.py:71
        # moved = sum(error_times_minus, axis 2)                                (N, 540)
        # things = (labels != 0)                                                (N, 540)
        # count = maximum(sum(things), 1)                                             ()
        # loss = sum(focal + moved * (labels != 0)) / count                           ()
        s.error_times_minus.sum(axis=2, out=s.moved)
        np.not_equal(labels, 0, out=s.labels_not_equal)
        np.multiply(s.moved, s.labels_not_equal, out=s.moved_masked)
        np.add(s.focal, s.moved_masked, out=s.focal_plus)
        s.focal_plus.sum(out=s.loss)
        np.copyto(s.things, s.labels_not_equal, casting="unsafe")
        s.things.sum(out=s.count)
        np.clip(s.count, 1.0, np.inf, out=s.count)
        np.divide(s.loss, s.count, out=s.loss)

        # ---- backward ----------------------------------------------------------------
        # d_moved = things / count                       (N, 540)   digit_detector.py:71
        np.divide(s.things, s.count, out=s.d_moved)

        # huber                                                     digit_detector.py:71
        # d_error = reshape(d_moved, (N, 540, 1)) * clip(error, -1, 1)     (N, 540, 4)
        np.clip(s.error, -1.0, 1.0, out=s.d_error)
        np.multiply(s.d_moved_reshape, s.d_error, out=s.d_error)

        # d_error_copy = d_error[:, 432:]             (N, 108, 4)   digit_detector.py:64
        np.copyto(s.d_error_copy, s.d_error_slice)

        # move_2                                                    digit_detector.py:63
        # d_b = sum(reshape(d_error_copy, (N, 6, 6, 12)), axes 0, 1, 2)          (12,)
        # d_W = patches(h9)^T reshape(d_error_copy, (N, 6, 6, 12))      (3, 3, 96, 12)
        s.d_h11.sum(axis=(0, 1, 2), out=d.move_2_b)
        _conv_weight_toeplitz(
            s.h9,
            s.d_h11,
            s.d_move_2_W_columns,
            s.d_move_2_W_part,
            s.d_move_2_W_total,
            out=d.move_2_W,
            padded=s.d_move_2_W_padded,
            low=(1, 1),
        )

        # d_error_copy_2 = d_error[:, :432]           (N, 432, 4)   digit_detector.py:64
        np.copyto(s.d_error_copy_2, s.d_error_slice_2)

        # move_1                                                    digit_detector.py:63
        # d_b = sum(reshape(d_error_copy_2, (N, 12, 12, 12)), axes 0, 1, 2)      (12,)
        # d_W = patches(h5)^T d_h7                                      (3, 3, 64, 12)
        s.d_h7.sum(axis=(0, 1, 2), out=d.move_1_b)
        _conv_weight_toeplitz(
            s.h5,
            s.d_h7,
            s.d_move_1_W_columns,
            s.d_move_1_W_part,
            s.d_move_1_W_total,
            out=d.move_1_W,
            padded=s.d_move_1_W_padded,
            low=(1, 1),
        )

        # logits_over_sum = softmax(logits)          (N, 540, 11)   digit_detector.py:72
        np.divide(s.logits_exp, s.logits_sum, out=s.logits_over_sum)

        # softmax_cross_entropy                                     digit_detector.py:71
        # d_logits = softmax(logits) - onehot(labels)                     (N, 540, 11)
        _add_elements(s.d_logits, s.labels_position, s.minus_ones)

        # digit_detector.py:71
        # d_sure = -(surprise / count * (2 * sure_minus))                       (N, 540)
        # d_sure_times = d_sure * sure                                          (N, 540)
        # sure_over = sure_square / count                                       (N, 540)
        np.divide(s.surprise, s.count, out=s.d_sure)
        np.multiply(2.0, s.sure_minus, out=s.sure_times_minus)
        np.multiply(s.d_sure, s.sure_times_minus, out=s.d_sure)
        np.negative(s.d_sure, out=s.d_sure)
        np.multiply(s.d_sure, s.sure, out=s.d_sure_times)
        np.divide(s.sure_square, s.count, out=s.sure_over)

        # softmax_cross_entropy                                     digit_detector.py:71
        # d_logits = (softmax(logits) - onehot(labels))                   (N, 540, 11)
        #     * -reshape(d_sure_times - sure_over, (N, 540, 1))
        np.subtract(s.d_sure_times, s.sure_over, out=s.d_sure_minus)
        np.negative(s.d_sure_reshape, out=s.d_sure_negative)
        np.multiply(s.d_logits, s.d_sure_negative, out=s.d_logits)

        # d_logits_copy = d_logits[:, 432:]          (N, 108, 11)   digit_detector.py:64
        np.copyto(s.d_logits_copy, s.d_logits_slice)

        # score_2                                                   digit_detector.py:63
        # d_b = sum(reshape(d_logits_copy, (N, 6, 6, 33)), axes 0, 1, 2)         (33,)
        # d_W = patches(h9)^T reshape(d_logits_copy, (N, 6, 6, 33))     (3, 3, 96, 33)
        s.d_h10.sum(axis=(0, 1, 2), out=d.score_2_b)
        _conv_weight_im2col(
            s.h9,
            s.d_h10,
            s.d_score_2_W_columns,
            s.d_score_2_W_part,
            out=d.score_2_W,
            padded=s.d_score_2_W_padded,
            low=(1, 1),
        )

        # move_2                                                    digit_detector.py:63
        # d_h11_conv = conv(d_h11, move_2_W_reshape_2)                   (N, 6, 6, 96)
        np.copyto(s.move_2_W_copy, s.move_2_W_reshape_2)
        _conv_im2col(
            s.d_h11,
            s.move_2_W_copy,
            s.d_h11_conv_columns,
            out=s.d_h11_conv,
            padded=s.d_h11_conv_padded,
            low=(1, 1),
        )

        # score_2: d_h9 = d_h11_conv + d_h10_conv   (N, 6, 6, 96)   digit_detector.py:63
        np.copyto(s.score_2_W_copy, s.score_2_W_reshape_2)
        _conv_im2col(
            s.d_h10,
            s.score_2_W_copy,
            s.d_h10_conv_columns,
            out=s.d_h10_conv,
            padded=s.d_h10_conv_padded,
            low=(1, 1),
        )
        np.add(s.d_h11_conv, s.d_h10_conv, out=s.d_h9)

        # stage_2.relu_2                                            digit_detector.py:51
        # d_z9_norm = d_h9 * (h9 > 0)                                    (N, 6, 6, 96)
        np.greater(s.h9, 0.0, out=s.h9_mask)
        np.multiply(s.d_h9, s.h9_mask, out=s.d_z9_norm)

        # stage_2.batch_norm_2                                      digit_detector.py:51
        self._batch_norm_backward_2(s.batch_norm[6], p.batch_norm[6], d.batch_norm[6])

        # stage_2.conv_2                                            digit_detector.py:48
        self._conv_2_backward(s.conv_2[2], d.conv_2[2])

        # stage_2.relu_1                                            digit_detector.py:51
        # d_z8_norm = d_h8 * (h8 > 0)                                    (N, 6, 6, 96)
        np.greater(s.h8, 0.0, out=s.h8_mask)
        np.multiply(s.d_h8, s.h8_mask, out=s.d_z8_norm)

        # stage_2.batch_norm_1                                      digit_detector.py:51
        self._batch_norm_backward_2(s.batch_norm[5], p.batch_norm[5], d.batch_norm[5])

        # stage_2.conv_1                                            digit_detector.py:48
        # d_W = patches(h5)^T d_z8                                      (3, 3, 64, 96)
        _conv_weight_im2col(
            s.h5,
            s.d_z8,
            s.d_stage_2_conv_1_W_columns,
            s.d_stage_2_conv_1_W_part,
            out=d.stage_2_conv_1_W,
            padded=s.d_stage_2_conv_1_W_padded,
            low=(1, 1),
            strides=(2, 2),
        )

        # d_logits_copy_2 = d_logits[:, :432]        (N, 432, 11)   digit_detector.py:64
        np.copyto(s.d_logits_copy_2, s.d_logits_slice_2)

        # score_1                                                   digit_detector.py:63
        # d_b = sum(reshape(d_logits_copy_2, (N, 12, 12, 33)), axes 0, 1, 2)     (33,)
        # d_W = patches(h5)^T d_h6                                      (3, 3, 64, 33)
        s.d_h6.sum(axis=(0, 1, 2), out=d.score_1_b)
        _conv_weight_winograd(
            s.h5,
            s.d_h6,
            s.d_score_1_W_tiles,
            s.d_score_1_W_inputs,
            s.d_score_1_W_given,
            s.d_score_1_W_back,
            s.d_score_1_W_products,
            s.d_score_1_W_part,
            s.d_score_1_W_around,
            s.d_score_1_W_transforms,
            out=d.score_1_W,
            padded=s.d_score_1_W_padded,
            low=(1, 1),
        )

        # move_1                                                    digit_detector.py:63
        # d_h7_conv = conv(d_h7, move_1_W_reshape_2)                   (N, 12, 12, 64)
        np.copyto(s.move_1_W_copy, s.move_1_W_reshape_2)
        _conv_im2col(
            s.d_h7,
            s.move_1_W_copy,
            s.d_h7_conv_columns,
            out=s.d_h7_conv,
            padded=s.d_h7_conv_padded,
            low=(1, 1),
        )

        # stage_2.conv_1                                            digit_detector.py:48
        # d_h7_plus = d_h7_conv + conv^T(d_z8, W)                      (N, 12, 12, 64)
        _conv_col2im(
            s.d_z8,
            p.stage_2_conv_1_W,
            s.z8_conv_input_gradient_columns,
            out=s.d_z8_conv_input_gradient,
            padded=s.z8_conv_input_gradient_padded,
            low=(1, 1),
            strides=(2, 2),
        )
        np.add(s.d_h7_conv, s.d_z8_conv_input_gradient, out=s.d_h7_plus)

        # score_1: d_h5 = d_h7_plus + d_h6_conv   (N, 12, 12, 64)   digit_detector.py:63
        np.copyto(s.score_1_W_copy, s.score_1_W_reshape_2)
        _conv_winograd(
            s.d_h6,
            s.score_1_W_copy,
            s.d_h6_conv_tiles,
            s.d_h6_conv_inputs,
            s.d_h6_conv_filters,
            s.d_h6_conv_products,
            s.d_h6_conv_outputs,
            s.d_h6_conv_transforms,
            out=s.d_h6_conv,
            padded=s.d_h6_conv_padded,
            low=(1, 1),
        )
        np.add(s.d_h7_plus, s.d_h6_conv, out=s.d_h5)

        # stage_1.relu_5                                            digit_detector.py:51
        # d_z5_norm = d_h5 * (h5 > 0)                                  (N, 12, 12, 64)
        np.greater(s.h5, 0.0, out=s.h5_mask)
        np.multiply(s.d_h5, s.h5_mask, out=s.d_z5_norm)

        # stage_1.batch_norm_5                                      digit_detector.py:51
        self._batch_norm_backward_2(s.batch_norm[4], p.batch_norm[4], d.batch_norm[4])

        # stage_1.conv_5                                            digit_detector.py:48
        self._conv_2_backward(s.conv_2[1], d.conv_2[1])

        # stage_1.relu_4                                            digit_detector.py:51
        # d_z4_norm = d_h4 * (h4 > 0)                                  (N, 12, 12, 64)
        np.greater(s.h4, 0.0, out=s.h4_mask)
        np.multiply(s.d_h4, s.h4_mask, out=s.d_z4_norm)

        # stage_1.batch_norm_4                                      digit_detector.py:51
        self._batch_norm_backward_2(s.batch_norm[3], p.batch_norm[3], d.batch_norm[3])

        # stage_1.conv_4                                            digit_detector.py:48
        self._conv_2_backward(s.conv_2[0], d.conv_2[0])

        # stage_1.relu_3                                            digit_detector.py:51
        # d_z3_norm = d_h3 * (h3 > 0)                                  (N, 12, 12, 64)
        np.greater(s.h3, 0.0, out=s.h3_mask)
        np.multiply(s.d_h3, s.h3_mask, out=s.d_z3_norm)

        # stage_1.batch_norm_3                                      digit_detector.py:51
        self._batch_norm_backward_2(s.batch_norm[2], p.batch_norm[2], d.batch_norm[2])

        # stage_1.conv_3                                            digit_detector.py:48
        # d_W = patches(h2)^T d_z3                                      (3, 3, 32, 64)
        # d_h2 = conv^T(d_z3, W)                                       (N, 24, 24, 32)
        _conv_weight_im2col(
            s.h2,
            s.d_z3,
            s.d_stage_1_conv_3_W_columns,
            s.d_stage_1_conv_3_W_part,
            out=d.stage_1_conv_3_W,
            padded=s.d_stage_1_conv_3_W_padded,
            low=(1, 1),
            strides=(2, 2),
        )
        _conv_col2im(
            s.d_z3,
            p.stage_1_conv_3_W,
            s.d_h2_columns,
            out=s.d_h2,
            padded=s.d_h2_padded,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_1.relu_2                                            digit_detector.py:51
        # d_z2_norm = d_h2 * (h2 > 0)                                  (N, 24, 24, 32)
        np.greater(s.h2, 0.0, out=s.h2_mask)
        np.multiply(s.d_h2, s.h2_mask, out=s.d_z2_norm)

        # stage_1.batch_norm_2                                      digit_detector.py:51
        self._batch_norm_backward(s.batch_norm[1], p.batch_norm[1], d.batch_norm[1])

        # stage_1.conv_2                                            digit_detector.py:48
        # d_W = patches(h1)^T d_z2                                      (3, 3, 16, 32)
        # d_h1 = conv(d_z2, stage_1_conv_2_W_reshape_2)                (N, 24, 24, 16)
        _conv_weight_toeplitz(
            s.h1,
            s.d_z2,
            s.d_stage_1_conv_2_W_columns,
            s.d_stage_1_conv_2_W_part,
            s.d_stage_1_conv_2_W_total,
            out=d.stage_1_conv_2_W,
            padded=s.d_stage_1_conv_2_W_padded,
            low=(1, 1),
        )
        np.copyto(s.stage_1_conv_2_W_copy, s.stage_1_conv_2_W_reshape_2)
        _conv_toeplitz(
            s.d_z2,
            s.stage_1_conv_2_W_copy,
            s.d_h1_columns,
            s.d_h1_band,
            out=s.d_h1,
            padded=s.d_h1_padded,
            low=(1, 1),
        )

        # stage_1.relu_1                                            digit_detector.py:51
        # d_z1_norm = d_h1 * (h1 > 0)                                  (N, 24, 24, 16)
        np.greater(s.h1, 0.0, out=s.h1_mask)
        np.multiply(s.d_h1, s.h1_mask, out=s.d_z1_norm)

        # stage_1.batch_norm_1                                      digit_detector.py:51
        self._batch_norm_backward(s.batch_norm[0], p.batch_norm[0], d.batch_norm[0])

        # stage_1.conv_1: d_W = patches(x)^T d_z1   (5, 5, 1, 16)   digit_detector.py:48
        _conv_weight_toeplitz(
            x,
            s.d_z1,
            s.d_stage_1_conv_1_W_columns,
            s.d_stage_1_conv_1_W_part,
            s.d_stage_1_conv_1_W_total,
            out=d.stage_1_conv_1_W,
            padded=s.d_stage_1_conv_1_W_padded,
            low=(2, 2),
            strides=(2, 2),
        )

        # ---- statistics --------------------------------------------------------------
        # stage_1.batch_norm_1 to stage_2.batch_norm_2              digit_detector.py:51
        for k in range(7):
            self._batch_norm_statistics(s.batch_norm[k], stats.batch_norm[k])

        return s.loss[()]

    def _update(self, s):
        """Change the parameters: Adam(cosine(0.003, 1250, floor=1e-05), epsil..."""
        stats = self.stats
        adam_step = int(self.state.adam_step)
        # ---- update ------------------------------------------------------------------
        # adam                                                      digit_detector.py:73
        new_adam_step = adam_step + 1

        # ---- statistics --------------------------------------------------------------
        # stage_1.batch_norm_1                                      digit_detector.py:51
        # running_mean' = 0.9 * running_mean + 0.1 * z1_mean                     (16,)
        # running_var' = 0.9 * running_var + 0.1 * z1_unbiased_var               (16,)
        with _Whole():  # no interruption may leave this half done
            np.multiply(
                0.9,
                self.state.stage_1_batch_norm_1_running_mean,
                out=self.state.stage_1_batch_norm_1_running_mean,
            )
            np.multiply(0.1, stats.z1_mean, out=s.z1_mean_times_2)
            np.add(
                self.state.stage_1_batch_norm_1_running_mean,
                s.z1_mean_times_2,
                out=self.state.stage_1_batch_norm_1_running_mean,
            )
            np.multiply(
                0.9,
                self.state.stage_1_batch_norm_1_running_var,
                out=self.state.stage_1_batch_norm_1_running_var,
            )
            np.multiply(0.1, stats.z1_unbiased_var, out=s.z1_unbiased_var_times_2)
            np.add(
                self.state.stage_1_batch_norm_1_running_var,
                s.z1_unbiased_var_times_2,
                out=self.state.stage_1_batch_norm_1_running_var,
            )

            # stage_1.batch_norm_2 to stage_2.batch_norm_2          digit_detector.py:51
            for k in range(1, 7):
                self._batch_norm_statistics_2(
                    s.batch_norm[k],
                    stats.batch_norm[k],
                    self._batch_norm_state[k],
                )

            # ---- update --------------------------------------------------------------
            # adam                                                  digit_detector.py:73
            # momentum' = 0.9 * momentum + grads                             (301162,)
            # squares' = 0.999 * squares + square(grads)                     (301162,)
            # params' = params - alpha_t * new_momentum_over                 (301162,)
            adam_step_cast = adam_step
            adam_step_times = min(adam_step_cast, 1250.0) * 0.002513274
            adam_step_times_plus_cos = 0.001495 * (1.0 + math.cos(adam_step_times))
            learning_rate = 1e-05 + adam_step_times_plus_cos
            t = adam_step_cast + 1.0
            c = math.sqrt((1.0 - 0.999**t) / 0.001)
            alpha_t = learning_rate * c * (0.1 / (1.0 - 0.9**t))
            epsilon_t = 1e-04 * c
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

    def _train_slots(self, x, labels, targets):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                x.dtype,
                x.shape,
                labels.dtype,
                labels.shape,
                targets.dtype,
                targets.shape,
            )
            s = self._train[key]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_train(x, labels, targets)
        _check_range("labels", labels, 11)
        return s

    def _plan_train(self, x, labels, targets):
        """Check the arguments and lay out every buffer for their shapes."""
        p, d, stats = self.params, self.grads, self.stats
        sizes = {}
        _check("x", x, np.float32, ("N", 48, 48, 1), sizes)
        _check("labels", labels, np.int64, ("N", 540), sizes)
        _check("targets", targets, np.float32, ("N", 540, 4), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        memory = self._memory(max(573440 * n + 13480656, 262144))
        float32 = _arrays_in(memory, np.float32)
        int64 = _arrays_in(memory, np.int64)
        bool_ = _arrays_in(memory, np.bool_)
        s.z1 = float32(0, (n, 24, 24, 16))
        s.z1_columns = float32(573440 * n, (132, 24, 6, 5, 11, 1))
        s.z1_band = float32(573440 * n + 5609472, (5, 11, 1, 4, 16))
        s.z1_padded = float32(573440 * n + 4181760, (132, 52, 52, 1))
        s.z1_norm = float32(36864 * n, (n, 24, 24, 16))
        s.h1 = float32(36864 * n, (n, 24, 24, 16))
        s.z2 = float32(73728 * n, (n, 24, 24, 32))
        s.z2_columns = float32(573440 * n + 64, (18, 24, 12, 3, 4, 16))
        s.z2_band = float32(573440 * n + 4760128, (3, 4, 16, 2, 32))
        s.z2_padded = float32(573440 * n + 3981376, (18, 26, 26, 16))
        s.z2_norm = float32(147456 * n, (n, 24, 24, 32))
        s.h2 = float32(147456 * n, (n, 24, 24, 32))
        s.z3_norm = float32(258048 * n, (n, 12, 12, 64))
        s.h3 = float32(258048 * n, (n, 12, 12, 64))
        s.z4_norm = float32(331776 * n, (n, 12, 12, 64))
        s.h4 = float32(331776 * n, (n, 12, 12, 64))
        s.z5_norm = float32(405504 * n, (n, 12, 12, 64))
        s.h5 = float32(405504 * n, (n, 12, 12, 64))
        s.h6 = float32(521472 * n, (n, 12, 12, 33))
        s.h6_tiles = float32(573440 * n + 960, (6, 6, 40, 3, 3, 64))
        s.h6_inputs = float32(573440 * n + 3318720, (36, 23040))
        s.h6_filters = float32(573440 * n + 11114560, (36, 2112))
        s.h6_products = float32(573440 * n + 8643520, (36, 11880))
        s.h6_outputs = float32(573440 * n + 10354240, (4, 4, 40, 3, 3, 33))
        s.h6_padded = float32(573440 * n + 6636480, (40, 14, 14, 64))
        s.h6_transforms = _cook_toom(4, 3, np.float32)
        s.score_1_b_broadcast_to = np.broadcast_to(p.score_1_b, (12, 33))
        s.score_1_b_rows = float32(573440 * n + 960, (12, 33))
        s.h6_reshape = s.h6.reshape(n, 432, 11)
        s.z8_norm = float32(480000 * n, (n, 6, 6, 96))
        s.h8 = float32(480000 * n, (n, 6, 6, 96))
        s.z9_norm = float32(507648 * n, (n, 6, 6, 96))
        s.h9 = float32(507648 * n, (n, 6, 6, 96))
        s.h10 = float32(540480 * n, (n, 6, 6, 33))
        s.h10_columns = float32(573440 * n + 1728, (33, 6, 6, 3, 3, 96))
        s.h10_padded = float32(573440 * n + 4107456, (33, 8, 8, 96))
        s.score_2_b_broadcast_to = np.broadcast_to(p.score_2_b, (6, 33))
        s.score_2_b_rows = float32(573440 * n + 1728, (6, 33))
        s.h10_reshape = s.h10.reshape(n, 108, 11)
        s.logits = float32(456192 * n, (n, 540, 11))
        s.logits_max = float32(521472 * n, (n, 540, 1))
        s.logits_minus_max = float32(456192 * n, (n, 540, 11))
        s.iota = np.arange(540 * n, dtype=np.int64)
        s.row_starts = s.iota * 11
        s.labels_position = int64(523648 * n, (540 * n,))
        s.logits_take = float32(536704 * n, (540 * n,))
        s.logits_reshape = s.logits_take.reshape(n, 540)
        s.logits_exp = float32(456192 * n, (n, 540, 11))
        s.logits_sum = float32(528000 * n, (n, 540, 1))
        s.logits_log = float32(538880 * n, (n, 540, 1))
        s.logits_reshape_2 = s.logits_log.reshape(n, 540)
        s.logits_minus = float32(530176 * n, (n, 540))
        s.sure = float32(530176 * n, (n, 540))
        s.sure_minus = float32(532352 * n, (n, 540))
        s.sure_square = float32(534528 * n, (n, 540))
        s.surprise = float32(521472 * n, (n, 540))
        s.focal = float32(545344 * n, (n, 540))
        s.h7 = float32(547520 * n, (n, 12, 12, 12))
        s.h7_reshape = s.h7.reshape(n, 432, 4)
        s.h11 = float32(554432 * n, (n, 6, 6, 12))
        s.h11_reshape = s.h11.reshape(n, 108, 4)
        s.prediction = float32(536704 * n, (n, 540, 4))
        s.error = float32(536704 * n, (n, 540, 4))
        s.error_abs = float32(556160 * n, (n, 540, 4))
        s.error_minimum = float32(547520 * n, (n, 540, 4))
        s.error_times_minimum = float32(564800 * n, (n, 540, 4))
        s.error_minus = float32(556160 * n, (n, 540, 4))
        s.error_times_minus = float32(547520 * n, (n, 540, 4))
        s.moved = float32(556160 * n, (n, 540))
        s.labels_not_equal = bool_(547520 * n, (n, 540))
        s.moved_masked = float32(556160 * n, (n, 540))
        s.focal_plus = float32(545344 * n, (n, 540))
        s.loss = float32(573440 * n + 13480640, ())
        s.things = float32(545344 * n, (n, 540))
        s.count = float32(573440 * n + 13480640 + 8, ())
        s.d_moved = float32(545344 * n, (n, 540))
        s.d_moved_reshape = s.d_moved.reshape(n, 540, 1)
        s.d_error = float32(536704 * n, (n, 540, 4))
        s.d_error_slice = s.d_error[:, 432:]
        s.d_error_copy = float32(560832 * n, (n, 108, 4))
        s.d_h11 = s.d_error_copy.reshape(n, 6, 6, 12)
        s.d_move_2_W_columns = float32(573440 * n + 1728, (50, 6, 3, 3, 4, 96))
        s.d_move_2_W_part = float32(573440 * n + 5377728, (1152, 24))
        s.d_move_2_W_total = float32(573440 * n + 5488320, (3, 4, 96, 2, 12))
        s.d_move_2_W_padded = float32(573440 * n + 4148928, (50, 8, 8, 96))
        s.d_error_slice_2 = s.d_error[:, :432]
        s.d_error_copy_2 = float32(553920 * n, (n, 432, 4))
        s.d_h7 = s.d_error_copy_2.reshape(n, 12, 12, 12)
        s.d_move_1_W_columns = float32(573440 * n + 1728, (18, 12, 6, 3, 4, 64))
        s.d_move_1_W_part = float32(573440 * n + 4886208, (768, 24))
        s.d_move_1_W_total = float32(573440 * n + 4959936, (3, 4, 64, 2, 12))
        s.d_move_1_W_padded = float32(573440 * n + 3983040, (18, 14, 14, 64))
        s.minus_ones = np.full((540 * n,), -1.0, dtype=np.float32)
        s.logits_over_sum = float32(456192 * n, (n, 540, 11))
        s.d_logits = float32(456192 * n, (n, 540, 11))
        s.d_sure = float32(521472 * n, (n, 540))
        s.sure_times_minus = float32(532352 * n, (n, 540))
        s.d_sure_times = float32(521472 * n, (n, 540))
        s.sure_over = float32(534528 * n, (n, 540))
        s.d_sure_minus = float32(521472 * n, (n, 540))
        s.d_sure_reshape = s.d_sure_minus.reshape(n, 540, 1)
        s.d_sure_negative = float32(523648 * n, (n, 540, 1))
        s.d_logits_slice = s.d_logits[:, 432:]
        s.d_logits_copy = float32(521472 * n, (n, 108, 11))
        s.d_h10 = s.d_logits_copy.reshape(n, 6, 6, 33)
        s.d_score_2_W_columns = float32(573440 * n + 1728, (33, 6, 6, 3, 3, 96))
        s.d_score_2_W_part = float32(573440 * n + 4918464, (864, 33))
        s.d_score_2_W_padded = float32(573440 * n + 4107456, (33, 8, 8, 96))
        s.move_2_W_reshape = p.move_2_W.reshape(3, 3, 96, 1, 12)
        s.move_2_W_slice = s.move_2_W_reshape[::-1, ::-1]
        s.move_2_W_transpose = s.move_2_W_slice.transpose(0, 1, 4, 3, 2)
        s.move_2_W_reshape_2 = s.move_2_W_transpose.reshape(3, 3, 12, 96)
        s.move_2_W_copy = float32(573440 * n + 5011584, (3, 3, 12, 96))
        s.d_h11_conv = float32(540096 * n, (n, 6, 6, 96))
        s.d_h11_conv_columns = float32(573440 * n + 1728, (269, 6, 6, 3, 3, 12))
        s.d_h11_conv_padded = float32(573440 * n + 4185216, (269, 8, 8, 12))
        s.score_2_W_reshape = p.score_2_W.reshape(3, 3, 96, 1, 33)
        s.score_2_W_slice = s.score_2_W_reshape[::-1, ::-1]
        s.score_2_W_transpose = s.score_2_W_slice.transpose(0, 1, 4, 3, 2)
        s.score_2_W_reshape_2 = s.score_2_W_transpose.reshape(3, 3, 33, 96)
        s.score_2_W_copy = float32(573440 * n + 5020928, (3, 3, 33, 96))
        s.d_h10_conv = float32(526272 * n, (n, 6, 6, 96))
        s.d_h10_conv_columns = float32(573440 * n + 1728, (98, 6, 6, 3, 3, 33))
        s.d_h10_conv_padded = float32(573440 * n + 4193024, (98, 8, 8, 33))
        s.d_h9 = float32(540096 * n, (n, 6, 6, 96))
        s.h9_mask = bool_(521472 * n, (n, 6, 6, 96))
        s.d_z9_norm = float32(540096 * n, (n, 6, 6, 96))
        s.d_h8 = float32(516096 * n, (n, 6, 6, 96))
        s.h8_mask = bool_(493824 * n, (n, 6, 6, 96))
        s.d_z8_norm = float32(516096 * n, (n, 6, 6, 96))
        s.d_z8 = float32(516096 * n, (n, 6, 6, 96))
        s.d_stage_2_conv_1_W_columns = float32(573440 * n + 960, (50, 6, 6, 3, 3, 64))
        s.d_stage_2_conv_1_W_part = float32(573440 * n + 6656960, (576, 96))
        s.d_stage_2_conv_1_W_padded = float32(573440 * n + 4148160, (50, 14, 14, 64))
        s.d_logits_slice_2 = s.d_logits[:, :432]
        s.d_logits_copy_2 = float32(529920 * n, (n, 432, 11))
        s.d_h6 = s.d_logits_copy_2.reshape(n, 12, 12, 33)
        s.d_score_1_W_tiles = float32(573440 * n + 960, (6, 6, 40, 3, 3, 64))
        s.d_score_1_W_inputs = float32(573440 * n + 3318720, (36, 23040))
        s.d_score_1_W_given = float32(573440 * n + 10354240, (4, 4, 40, 3, 3, 33))
        s.d_score_1_W_back = float32(573440 * n + 8643520, (36, 11880))
        s.d_score_1_W_products = float32(573440 * n + 11874880, (36, 64, 33))
        s.d_score_1_W_part = float32(573440 * n + 12179008, (36, 64, 33))
        s.d_score_1_W_around = float32(573440 * n + 11114560, (40, 12, 12, 33))
        s.d_score_1_W_padded = float32(573440 * n + 6636480, (40, 14, 14, 64))
        s.d_score_1_W_transforms = _cook_toom(3, 4, np.float32)
        s.move_1_W_reshape = p.move_1_W.reshape(3, 3, 64, 1, 12)
        s.move_1_W_slice = s.move_1_W_reshape[::-1, ::-1]
        s.move_1_W_transpose = s.move_1_W_slice.transpose(0, 1, 4, 3, 2)
        s.move_1_W_reshape_2 = s.move_1_W_transpose.reshape(3, 3, 12, 64)
        s.move_1_W_copy = float32(573440 * n + 4799232, (3, 3, 12, 64))
        s.d_h7_conv = float32(442368 * n, (n, 12, 12, 64))
        s.d_h7_conv_columns = float32(573440 * n + 960, (67, 12, 12, 3, 3, 12))
        s.d_h7_conv_padded = float32(573440 * n + 4168896, (67, 14, 14, 12))
        s.d_z8_conv_input_gradient = float32(479232 * n, (n, 12, 12, 64))
        s.z8_conv_input_gradient_columns = float32(
            573440 * n + 960,
            (50, 6, 6, 3, 3, 64),
        )
        s.z8_conv_input_gradient_padded = float32(
            573440 * n + 4148160,
            (50, 14, 14, 64),
        )
        s.d_h7_plus = float32(442368 * n, (n, 12, 12, 64))
        s.score_1_W_reshape = p.score_1_W.reshape(3, 3, 64, 1, 33)
        s.score_1_W_slice = s.score_1_W_reshape[::-1, ::-1]
        s.score_1_W_transpose = s.score_1_W_slice.transpose(0, 1, 4, 3, 2)
        s.score_1_W_reshape_2 = s.score_1_W_transpose.reshape(3, 3, 33, 64)
        s.score_1_W_copy = float32(573440 * n + 11634816, (3, 3, 33, 64))
        s.d_h6_conv = float32(479232 * n, (n, 12, 12, 64))
        s.d_h6_conv_tiles = float32(573440 * n + 4065216, (6, 6, 49, 3, 3, 33))
        s.d_h6_conv_inputs = float32(573440 * n + 6160896, (36, 14553))
        s.d_h6_conv_filters = float32(573440 * n + 11330688, (36, 2112))
        s.d_h6_conv_products = float32(573440 * n + 960, (36, 28224))
        s.d_h6_conv_outputs = float32(573440 * n + 8256576, (4, 4, 49, 3, 3, 64))
        s.d_h6_conv_padded = float32(573440 * n + 10062912, (49, 14, 14, 33))
        s.d_h6_conv_transforms = _cook_toom(4, 3, np.float32)
        s.d_h5 = float32(442368 * n, (n, 12, 12, 64))
        s.h5_mask = bool_(479232 * n, (n, 12, 12, 64))
        s.d_z5_norm = float32(442368 * n, (n, 12, 12, 64))
        s.d_h4 = float32(368640 * n, (n, 12, 12, 64))
        s.h4_mask = bool_(405504 * n, (n, 12, 12, 64))
        s.d_z4_norm = float32(368640 * n, (n, 12, 12, 64))
        s.d_h3 = float32(294912 * n, (n, 12, 12, 64))
        s.h3_mask = bool_(331776 * n, (n, 12, 12, 64))
        s.d_z3_norm = float32(294912 * n, (n, 12, 12, 64))
        s.d_z3 = float32(294912 * n, (n, 12, 12, 64))
        s.d_stage_1_conv_3_W_columns = float32(573440 * n + 192, (25, 12, 12, 3, 3, 32))
        s.d_stage_1_conv_3_W_part = float32(573440 * n + 6310592, (288, 64))
        s.d_stage_1_conv_3_W_padded = float32(573440 * n + 4147392, (25, 26, 26, 32))
        s.d_h2 = float32(221184 * n, (n, 24, 24, 32))
        s.d_h2_columns = float32(573440 * n + 192, (25, 12, 12, 3, 3, 32))
        s.d_h2_padded = float32(573440 * n + 4147392, (25, 26, 26, 32))
        s.h2_mask = bool_(294912 * n, (n, 24, 24, 32))
        s.d_z2_norm = float32(221184 * n, (n, 24, 24, 32))
        s.d_z2 = float32(221184 * n, (n, 24, 24, 32))
        s.d_stage_1_conv_2_W_columns = float32(573440 * n + 64, (18, 24, 12, 3, 4, 16))
        s.d_stage_1_conv_2_W_part = float32(573440 * n + 4760128, (192, 64))
        s.d_stage_1_conv_2_W_total = float32(573440 * n + 4809280, (3, 4, 16, 2, 32))
        s.d_stage_1_conv_2_W_padded = float32(573440 * n + 3981376, (18, 26, 26, 16))
        s.stage_1_conv_2_W_reshape = p.stage_1_conv_2_W.reshape(3, 3, 16, 1, 32)
        s.stage_1_conv_2_W_slice = s.stage_1_conv_2_W_reshape[::-1, ::-1]
        s.stage_1_conv_2_W_transpose = s.stage_1_conv_2_W_slice.transpose(0, 1, 4, 3, 2)
        s.stage_1_conv_2_W_reshape_2 = s.stage_1_conv_2_W_transpose.reshape(
            3,
            3,
            32,
            16,
        )
        s.stage_1_conv_2_W_copy = float32(573440 * n + 4809280, (3, 3, 32, 16))
        s.d_h1 = float32(73728 * n, (n, 24, 24, 16))
        s.d_h1_columns = float32(573440 * n + 64, (9, 24, 12, 3, 4, 32))
        s.d_h1_band = float32(573440 * n + 4760128, (3, 4, 32, 2, 16))
        s.d_h1_padded = float32(573440 * n + 3981376, (9, 26, 26, 32))
        s.h1_mask = bool_(110592 * n, (n, 24, 24, 16))
        s.d_z1_norm = float32(73728 * n, (n, 24, 24, 16))
        s.d_z1 = float32(73728 * n, (n, 24, 24, 16))
        s.d_stage_1_conv_1_W_columns = float32(573440 * n, (132, 24, 6, 5, 11, 1))
        s.d_stage_1_conv_1_W_part = float32(573440 * n + 5609472, (55, 64))
        s.d_stage_1_conv_1_W_total = float32(573440 * n + 5623552, (5, 11, 1, 4, 16))
        s.d_stage_1_conv_1_W_padded = float32(573440 * n + 4181760, (132, 52, 52, 1))
        s.z1_mean_times_2 = float32(0, (16,))
        s.z1_unbiased_var_times_2 = float32(0, (16,))
        s.grads_square = float32(0, (65536,))
        s.adam_blocks = _blocks(
            301162,
            self.momentum.flat,
            d.flat,
            self.squares.flat,
            s.grads_square,
            p.flat,
        )
        table = """
        h 147456 405504
        a 24 12
        b 32 64
        z_columns 192 960
        c 25 50
        d 12 6
        z 221184 442368
        e 64 96
        z_padded 4147392 4148160
        f 26 14
        """
        rows = _rows(table)
        s.conv = [SimpleNamespace() for _ in range(2)]
        for k in range(2):
            b, at = s.conv[k], rows[k]
            b.h = float32(at.h * n, (n, at.a, at.a, at.b))
            b.z_columns = float32(
                573440 * n + at.z_columns,
                (at.c, at.d, at.d, 3, 3, at.b),
            )
            b.z = float32(at.z * n, (n, at.d, at.d, at.e))
            b.z_padded = float32(573440 * n + at.z_padded, (at.c, at.f, at.f, at.b))
        table = """
        h1 405504 507648
        a 12 6
        b 64 96
        h3_columns 18 50
        c 6 3
        h3_band 4886208 5377728
        h3 547520 554432
        h3_padded 3983040 4148928
        d 14 8
        """
        rows = _rows(table)
        s.move = [SimpleNamespace() for _ in range(2)]
        for k in range(2):
            b, at = s.move[k], rows[k]
            b.h1 = float32(at.h1 * n, (n, at.a, at.a, at.b))
            b.h3_columns = float32(
                573440 * n + 1728,
                (at.h3_columns, at.a, at.c, 3, 4, at.b),
            )
            b.h3_band = float32(573440 * n + at.h3_band, (3, 4, at.b, 2, 12))
            b.h3 = float32(at.h3 * n, (n, at.a, at.a, 12))
            b.h3_padded = float32(
                573440 * n + at.h3_padded,
                (at.h3_columns, at.d, at.d, at.b),
            )
            b.b_rows = float32(573440 * n + 1728, (at.a, 12))
            b.b_broadcast_to = np.broadcast_to(p.move[k].b, (at.a, 12))
        table = """
        h 258048 331776 480000
        a 12x2 6
        b 64x2 96
        z_tiles 448 704 1344
        c 6x2 4
        d 33x2 50
        z_inputs 2737600 2737856 2766144
        e 36x2 16
        f 19008x2 43200
        z_filters 11084224 11084480 10215744
        g 4096x2 9216
        z_products 5474752 5475008 5530944
        z_outputs 9867712 9867968 9524544
        h_2 4x2 2
        z 294912 368640 493824
        z_padded 8211904 8212160 8295744
        i 14x2 8
        W_copy 11674048 11674304 10805568
        d_z 368640 442368 540096
        d_W_products 12300736 12300992 10906944
        d_W_part 12890560 12890816 11496768
        d_h 294912 368640 516096
        """
        rows = _rows(table)
        s.conv_2 = [SimpleNamespace() for _ in range(3)]
        for k in range(3):
            b, at = s.conv_2[k], rows[k]
            b.h = float32(at.h * n, (n, at.a, at.a, at.b))
            b.z_tiles = float32(573440 * n + at.z_tiles, (at.c, at.c, at.d, 3, 3, at.b))
            b.z_inputs = float32(573440 * n + at.z_inputs, (at.e, at.f))
            b.z_filters = float32(573440 * n + at.z_filters, (at.e, at.g))
            b.z_products = float32(573440 * n + at.z_products, (at.e, at.f))
            b.z_outputs = float32(
                573440 * n + at.z_outputs,
                (at.h_2, at.h_2, at.d, 3, 3, at.b),
            )
            b.z_transforms = _cook_toom(at.h_2, 3, np.float32)
            b.z = float32(at.z * n, (n, at.a, at.a, at.b))
            b.z_padded = float32(573440 * n + at.z_padded, (at.d, at.i, at.i, at.b))
            b.W_copy = float32(573440 * n + at.W_copy, (3, 3, at.b, at.b))
            b.W_reshape = p.conv_2[k].W.reshape(3, 3, at.b, 1, at.b)
            b.W_slice = b.W_reshape[::-1, ::-1]
            b.W_transpose = b.W_slice.transpose(0, 1, 4, 3, 2)
            b.W_reshape_2 = b.W_transpose.reshape(3, 3, at.b, at.b)
            b.d_z = float32(at.d_z * n, (n, at.a, at.a, at.b))
            b.d_W_tiles = float32(
                573440 * n + at.z_tiles,
                (at.c, at.c, at.d, 3, 3, at.b),
            )
            b.d_W_inputs = float32(573440 * n + at.z_inputs, (at.e, at.f))
            b.d_W_given = float32(
                573440 * n + at.z_outputs,
                (at.h_2, at.h_2, at.d, 3, 3, at.b),
            )
            b.d_W_back = float32(573440 * n + at.z_products, (at.e, at.f))
            b.d_W_products = float32(573440 * n + at.d_W_products, (at.e, at.b, at.b))
            b.d_W_part = float32(573440 * n + at.d_W_part, (at.e, at.b, at.b))
            b.d_W_around = float32(573440 * n + at.z_filters, (at.d, at.a, at.a, at.b))
            b.d_W_transforms = _cook_toom(3, at.h_2, np.float32)
            b.d_W_padded = float32(573440 * n + at.z_padded, (at.d, at.i, at.i, at.b))
            b.d_h_tiles = float32(
                573440 * n + at.z_tiles,
                (at.c, at.c, at.d, 3, 3, at.b),
            )
            b.d_h_inputs = float32(573440 * n + at.z_inputs, (at.e, at.f))
            b.d_h_filters = float32(573440 * n + at.z_filters, (at.e, at.g))
            b.d_h_products = float32(573440 * n + at.z_products, (at.e, at.f))
            b.d_h_outputs = float32(
                573440 * n + at.z_outputs,
                (at.h_2, at.h_2, at.d, 3, 3, at.b),
            )
            b.d_h_transforms = _cook_toom(at.h_2, 3, np.float32)
            b.d_h = float32(at.d_h * n, (n, at.a, at.a, at.b))
            b.d_h_padded = float32(573440 * n + at.z_padded, (at.d, at.i, at.i, at.b))
        table = """
        a 576x2 144x3 36x2
        z 0 73728 221184..442368/73728 493824
        b 24x2 12x3 6x2
        c 16 32 64x3 96x2
        z_mean_rows 0 64x6
        d 16 32x6
        z1_minus 0 73728x6
        z1_square 36864 147456x6
        z_inv_std 0 64 192..960/256 1344
        z_inv_std_rows 64 192x6
        z_norm 36864..258048/110592 331776 405504 480000 507648
        z_inv_std_rows_2 1536 3136x6
        over 3072 6208 448..960/256 1344 1728
        z_hat_square 258048x3 331776 405504 456192x2
        e 12x5 6x2
        f 64x5 96x2
        g 144x5 36x2
        z_mean_times_2 32x2 64x3 96x2
        d_z_norm 73728 221184..516096/73728 540096
        """
        rows = _rows(table)
        s.batch_norm = [SimpleNamespace(n=s.n) for _ in range(7)]
        for k in range(7):
            b, at = s.batch_norm[k], rows[k]
            b.ones = np.ones((at.a * n,), dtype=np.float32)
            b.z = float32(at.z * n, (n, at.b, at.b, at.c))
            b.z_reshape = b.z.reshape(at.a * n, at.c)
            b.z_inv_std = float32(573440 * n + at.z_inv_std, (at.c,))
            b.z_hat = float32(at.z * n, (n, at.b, at.b, at.c))
            b.z_norm = float32(at.z_norm * n, (n, at.b, at.b, at.c))
            b.z_inv_std_times = float32(573440 * n + at.z_inv_std, (at.c,))
            b.over = float32(573440 * n + at.over, (at.c,))
            b.over_2 = float32(573440 * n + at.over, (at.c,))
            b.z_hat_times = float32(at.z * n, (n, at.b, at.b, at.c))
            b.d_z_norm = float32(at.d_z_norm * n, (n, at.b, at.b, at.c))
            b.d_z_norm_reshape = b.d_z_norm.reshape(at.a * n, at.c)
            b.d_z_norm_times = float32(at.z_norm * n, (n, at.b, at.b, at.c))
            b.d_z_norm_reshape_2 = b.d_z_norm_times.reshape(at.a * n, at.c)
            b.d_z = float32(at.d_z_norm * n, (n, at.b, at.b, at.c))
            b.size = at.a
        for k in range(2):
            b, at = s.batch_norm[k], rows[k]
            b.z_mean_rows = float32(573440 * n + at.z_mean_rows, (24, at.d))
            b.z_mean_broadcast_to = np.broadcast_to(
                stats.batch_norm[k].z_mean,
                (24, at.d),
            )
            b.z1_minus = float32(at.z1_minus * n, (n, 24, 24, at.d))
            b.z1_square = float32(at.z1_square * n, (n, 24, 24, at.d))
            b.z1_reshape_2 = b.z1_square.reshape(576 * n, at.d)
            b.z_inv_std_rows = float32(573440 * n + at.z_inv_std_rows, (24, at.d))
            b.z_inv_std_broadcast_to = np.broadcast_to(b.z_inv_std, (24, at.d))
            b.rows = float32(573440 * n + at.z_inv_std_rows, (24, at.d))
            b.broadcast_to = np.broadcast_to(p.batch_norm[k].gamma, (24, at.d))
            b.rows_2 = float32(573440 * n + at.z_inv_std_rows, (24, at.d))
            b.broadcast_to_2 = np.broadcast_to(p.batch_norm[k].beta, (24, at.d))
            b.z_inv_std_rows_2 = float32(573440 * n + at.z_inv_std_rows_2, (24, at.d))
            b.z_inv_std_broadcast_to_2 = np.broadcast_to(b.z_inv_std_times, (24, at.d))
            b.rows_3 = float32(573440 * n + at.z_mean_rows, (24, at.d))
            b.broadcast_to_3 = np.broadcast_to(b.over, (24, at.d))
            b.rows_4 = float32(573440 * n + at.z_mean_rows, (24, at.d))
            b.broadcast_to_4 = np.broadcast_to(b.over_2, (24, at.d))
        for k in range(2, 7):
            b, at = s.batch_norm[k], rows[k]
            b.z_hat_square = float32(at.z_hat_square * n, (n, at.e, at.e, at.f))
            b.z_hat_reshape = b.z_hat_square.reshape(at.g * n, at.f)
        for k in range(1, 7):
            b, at = s.batch_norm[k], rows[k]
            b.z_mean_times_2 = float32(0, (at.z_mean_times_2,))
            b.z_unbiased_var_times_2 = float32(0, (at.z_mean_times_2,))
        key = (
            x.dtype,
            x.shape,
            labels.dtype,
            labels.shape,
            targets.dtype,
            targets.shape,
        )
        self._train[key] = s
        return s

    def predict(self, x):
        """The outputs for a batch of inputs.

        x: float32 (N, 48, 48, 1)
        """
        s = self._predict_slots(x)
        probabilities, offsets = self._forward(s, x)
        return {"probabilities": probabilities.copy(), "offsets": offsets.copy()}

    def _forward(self, s, x):
        """The forward pass to the outputs."""
        p = self.params
        # what _forward and _forward_loss begin with
        self._common(s, x)

        # softmax_cross_entropy                                     digit_detector.py:71
        # logits_exp = exp(logits - max(logits, axis 2))                  (N, 540, 11)
        # logits_sum = sum(exp(logits - max(logits, axis 2)), axis 2)      (N, 540, 1)
        s.logits.max(axis=2, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=2, keepdims=True, out=s.logits_sum)

        # probabilities = softmax(logits)            (N, 540, 11)   digit_detector.py:72
        np.divide(s.logits_exp, s.logits_sum, out=s.probabilities)

        # move_1 to move_2                                          digit_detector.py:63
        for k in range(2):
            self._move_forward(s.move[k], p.move[k])

        # digit_detector.py:64
        # prediction = [h7_reshape; h11_reshape]                             (N, 540, 4)
        np.concatenate((s.h7_reshape, s.h11_reshape), axis=1, out=s.prediction)

        return s.probabilities, s.prediction

    def _common(self, s, x):
        """How forward and forward_loss begin."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # stage_1.conv_1: z1 = conv(x, W)         (N, 24, 24, 16)   digit_detector.py:48
        _conv_toeplitz(
            x,
            p.stage_1_conv_1_W,
            s.z1_columns,
            s.z1_band,
            out=s.z1,
            padded=s.z1_padded,
            low=(2, 2),
            strides=(2, 2),
        )

        # stage_1.batch_norm_1                                      digit_detector.py:51
        self._batch_norm_inference(
            s.batch_norm[0],
            p.batch_norm[0],
            self._batch_norm_state[0],
        )

        # stage_1.relu_1: h1 = relu(z1_norm)      (N, 24, 24, 16)   digit_detector.py:51
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # stage_1.conv_2: z2 = conv(h1, W)        (N, 24, 24, 32)   digit_detector.py:48
        _conv_toeplitz(
            s.h1,
            p.stage_1_conv_2_W,
            s.z2_columns,
            s.z2_band,
            out=s.z2,
            padded=s.z2_padded,
            low=(1, 1),
        )

        # stage_1.batch_norm_2                                      digit_detector.py:51
        self._batch_norm_inference(
            s.batch_norm[1],
            p.batch_norm[1],
            self._batch_norm_state[1],
        )

        # stage_1.relu_2: h2 = relu(z2_norm)      (N, 24, 24, 32)   digit_detector.py:51
        np.clip(s.z2_norm, 0.0, np.inf, out=s.h2)

        # stage_1.conv_3                                            digit_detector.py:48
        self._conv_forward(s.conv[0], p.conv[0])

        # stage_1.batch_norm_3                                      digit_detector.py:51
        self._batch_norm_inference_2(
            s.batch_norm[2],
            p.batch_norm[2],
            self._batch_norm_state[2],
        )

        # stage_1.relu_3: h3 = relu(z3_norm)      (N, 12, 12, 64)   digit_detector.py:51
        np.clip(s.z3_norm, 0.0, np.inf, out=s.h3)

        # stage_1.conv_4                                            digit_detector.py:48
        self._conv_2_forward(s.conv_2[0], p.conv_2[0])

        # stage_1.batch_norm_4                                      digit_detector.py:51
        self._batch_norm_inference_2(
            s.batch_norm[3],
            p.batch_norm[3],
            self._batch_norm_state[3],
        )

        # stage_1.relu_4: h4 = relu(z4_norm)      (N, 12, 12, 64)   digit_detector.py:51
        np.clip(s.z4_norm, 0.0, np.inf, out=s.h4)

        # stage_1.conv_5                                            digit_detector.py:48
        self._conv_2_forward(s.conv_2[1], p.conv_2[1])

        # stage_1.batch_norm_5                                      digit_detector.py:51
        self._batch_norm_inference_2(
            s.batch_norm[4],
            p.batch_norm[4],
            self._batch_norm_state[4],
        )

        # stage_1.relu_5: h5 = relu(z5_norm)      (N, 12, 12, 64)   digit_detector.py:51
        np.clip(s.z5_norm, 0.0, np.inf, out=s.h5)

        # score_1: h6 = conv(h5, W) + b           (N, 12, 12, 33)   digit_detector.py:63
        _conv_winograd(
            s.h5,
            p.score_1_W,
            s.h6_tiles,
            s.h6_inputs,
            s.h6_filters,
            s.h6_products,
            s.h6_outputs,
            s.h6_transforms,
            out=s.h6,
            padded=s.h6_padded,
            low=(1, 1),
        )
        np.copyto(s.score_1_b_rows, s.score_1_b_broadcast_to)
        np.add(s.h6, s.score_1_b_rows, out=s.h6)

        # stage_2.conv_1                                            digit_detector.py:48
        self._conv_forward(s.conv[1], p.conv[1])

        # stage_2.batch_norm_1                                      digit_detector.py:51
        self._batch_norm_inference_2(
            s.batch_norm[5],
            p.batch_norm[5],
            self._batch_norm_state[5],
        )

        # stage_2.relu_1: h8 = relu(z8_norm)        (N, 6, 6, 96)   digit_detector.py:51
        np.clip(s.z8_norm, 0.0, np.inf, out=s.h8)

        # stage_2.conv_2                                            digit_detector.py:48
        self._conv_2_forward(s.conv_2[2], p.conv_2[2])

        # stage_2.batch_norm_2                                      digit_detector.py:51
        self._batch_norm_inference_2(
            s.batch_norm[6],
            p.batch_norm[6],
            self._batch_norm_state[6],
        )

        # stage_2.relu_2: h9 = relu(z9_norm)        (N, 6, 6, 96)   digit_detector.py:51
        np.clip(s.z9_norm, 0.0, np.inf, out=s.h9)

        # score_2: h10 = conv(h9, W) + b            (N, 6, 6, 33)   digit_detector.py:63
        _conv_im2col(
            s.h9,
            p.score_2_W,
            s.h10_columns,
            out=s.h10,
            padded=s.h10_padded,
            low=(1, 1),
        )
        np.copyto(s.score_2_b_rows, s.score_2_b_broadcast_to)
        np.add(s.h10, s.score_2_b_rows, out=s.h10)

        # digit_detector.py:64
        # logits = [h6_reshape; h10_reshape]                                (N, 540, 11)
        np.concatenate((s.h6_reshape, s.h10_reshape), axis=1, out=s.logits)

    def _predict_slots(self, x):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._predict[x.dtype, x.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_predict(x)
        return s

    def _plan_predict(self, x):
        """Check the arguments and lay out every buffer for their shapes."""
        p = self.params
        sizes = {}
        _check("x", x, np.float32, ("N", 48, 48, 1), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        units = -(-n // 16) * 16  # aligned
        end = 110592 * units + 11673600
        memory = self._memory(end)
        float32 = _arrays_in(memory, np.float32)
        s.z1 = float32(73728 * units, (n, 24, 24, 16))
        s.z1_columns = float32(110592 * units, (132, 24, 6, 5, 11, 1))
        s.z1_band = float32(110592 * units + 5609472, (5, 11, 1, 4, 16))
        s.z1_padded = float32(110592 * units + 4181760, (132, 52, 52, 1))
        s.z1_norm = float32(73728 * units, (n, 24, 24, 16))
        s.h1 = float32(73728 * units, (n, 24, 24, 16))
        s.z2 = float32(0, (n, 24, 24, 32))
        s.z2_columns = float32(110592 * units, (18, 24, 12, 3, 4, 16))
        s.z2_band = float32(110592 * units + 4760064, (3, 4, 16, 2, 32))
        s.z2_padded = float32(110592 * units + 3981312, (18, 26, 26, 16))
        s.z2_norm = float32(0, (n, 24, 24, 32))
        s.h2 = float32(0, (n, 24, 24, 32))
        s.z3_norm = float32(73728 * units, (n, 12, 12, 64))
        s.h3 = float32(73728 * units, (n, 12, 12, 64))
        s.z4_norm = float32(36864 * units, (n, 12, 12, 64))
        s.h4 = float32(36864 * units, (n, 12, 12, 64))
        s.z5_norm = float32(0, (n, 12, 12, 64))
        s.h5 = float32(0, (n, 12, 12, 64))
        s.h6 = float32(74448 * units, (n, 12, 12, 33))
        s.h6_tiles = float32(110592 * units, (6, 6, 40, 3, 3, 64))
        s.h6_inputs = float32(110592 * units + 3317760, (36, 23040))
        s.h6_filters = float32(110592 * units + 11113600, (36, 2112))
        s.h6_products = float32(110592 * units + 8642560, (36, 11880))
        s.h6_outputs = float32(110592 * units + 10353280, (4, 4, 40, 3, 3, 33))
        s.h6_padded = float32(110592 * units + 6635520, (40, 14, 14, 64))
        s.h6_transforms = _cook_toom(4, 3, np.float32)
        s.score_1_b_broadcast_to = np.broadcast_to(p.score_1_b, (12, 33))
        s.score_1_b_rows = float32(110592 * units, (12, 33))
        s.h6_reshape = s.h6.reshape(n, 432, 11)
        s.z8_norm = float32(36864 * units, (n, 6, 6, 96))
        s.h8 = float32(36864 * units, (n, 6, 6, 96))
        s.z9_norm = float32(60624 * units, (n, 6, 6, 96))
        s.h9 = float32(60624 * units, (n, 6, 6, 96))
        s.h10 = float32(93456 * units, (n, 6, 6, 33))
        s.h10_columns = float32(110592 * units, (33, 6, 6, 3, 3, 96))
        s.h10_padded = float32(110592 * units + 4105728, (33, 8, 8, 96))
        s.score_2_b_broadcast_to = np.broadcast_to(p.score_2_b, (6, 33))
        s.score_2_b_rows = float32(110592 * units, (6, 33))
        s.h10_reshape = s.h10.reshape(n, 108, 11)
        s.logits = float32(36864 * units, (n, 540, 11))
        s.logits_max = float32(74448 * units, (n, 540, 1))
        s.logits_minus_max = float32(36864 * units, (n, 540, 11))
        s.logits_exp = float32(36864 * units, (n, 540, 11))
        s.logits_sum = float32(74448 * units, (n, 540, 1))
        s.probabilities = float32(36864 * units, (n, 540, 11))
        s.h7 = float32(74448 * units, (n, 12, 12, 12))
        s.h7_reshape = s.h7.reshape(n, 432, 4)
        s.h11 = float32(0, (n, 6, 6, 12))
        s.h11_reshape = s.h11.reshape(n, 108, 4)
        s.prediction = float32(1728 * units, (n, 540, 4))
        table = """
        h 24 12
        a 32 64
        z_columns 25 50
        b 12 6
        z 73728 36864
        c 64 96
        z_padded 26 14
        """
        rows = _rows(table)
        s.conv = [SimpleNamespace() for _ in range(2)]
        for k in range(2):
            b, at = s.conv[k], rows[k]
            b.h = float32(0, (n, at.h, at.h, at.a))
            b.z_columns = float32(
                110592 * units,
                (at.z_columns, at.b, at.b, 3, 3, at.a),
            )
            b.z = float32(at.z * units, (n, at.b, at.b, at.c))
            b.z_padded = float32(
                110592 * units + 4147200,
                (at.z_columns, at.z_padded, at.z_padded, at.a),
            )
        table = """
        h1 0 60624
        a 12 6
        b 64 96
        h3_columns 18 50
        c 6 3
        h3_band 4884480 5376000
        h3 74448 0
        h3_padded 3981312 4147200
        d 14 8
        """
        rows = _rows(table)
        s.move = [SimpleNamespace() for _ in range(2)]
        for k in range(2):
            b, at = s.move[k], rows[k]
            b.h1 = float32(at.h1 * units, (n, at.a, at.a, at.b))
            b.h3_columns = float32(
                110592 * units,
                (at.h3_columns, at.a, at.c, 3, 4, at.b),
            )
            b.h3_band = float32(110592 * units + at.h3_band, (3, 4, at.b, 2, 12))
            b.h3 = float32(at.h3 * units, (n, at.a, at.a, 12))
            b.h3_padded = float32(
                110592 * units + at.h3_padded,
                (at.h3_columns, at.d, at.d, at.b),
            )
            b.b_rows = float32(110592 * units, (at.a, 12))
            b.b_broadcast_to = np.broadcast_to(p.move[k].b, (at.a, 12))
        table = """
        h 73728 36864x2
        a 12x2 6
        b 64x2 96
        z_tiles 6x2 4
        c 33x2 50
        z_inputs 2737152x2 2764800
        d 36x2 16
        e 19008x2 43200
        z_filters 11083776x2 10214400
        f 4096x2 9216
        z_products 5474304x2 5529600
        z_outputs 9867264x2 9523200
        g 4x2 2
        z 36864 0 60624
        z_padded 8211456x2 8294400
        h_2 14x2 8
        """
        rows = _rows(table)
        s.conv_2 = [SimpleNamespace() for _ in range(3)]
        for k in range(3):
            b, at = s.conv_2[k], rows[k]
            b.h = float32(at.h * units, (n, at.a, at.a, at.b))
            b.z_tiles = float32(
                110592 * units,
                (at.z_tiles, at.z_tiles, at.c, 3, 3, at.b),
            )
            b.z_inputs = float32(110592 * units + at.z_inputs, (at.d, at.e))
            b.z_filters = float32(110592 * units + at.z_filters, (at.d, at.f))
            b.z_products = float32(110592 * units + at.z_products, (at.d, at.e))
            b.z_outputs = float32(
                110592 * units + at.z_outputs,
                (at.g, at.g, at.c, 3, 3, at.b),
            )
            b.z_transforms = _cook_toom(at.g, 3, np.float32)
            b.z = float32(at.z * units, (n, at.a, at.a, at.b))
            b.z_padded = float32(
                110592 * units + at.z_padded,
                (at.c, at.h_2, at.h_2, at.b),
            )
        table = """
        z 73728 0 73728..0/-36864 36864 60624
        a 24x2 12x3 6x2
        b 16 32 64x3 96x2
        z_inv_std 1536 3072 0x5
        rows 16 32x6
        """
        rows = _rows(table)
        s.batch_norm = [SimpleNamespace() for _ in range(7)]
        for k in range(7):
            b, at = s.batch_norm[k], rows[k]
            b.z = float32(at.z * units, (n, at.a, at.a, at.b))
            b.z_inv_std = float32(110592 * units + at.z_inv_std, (at.b,))
            b.z_norm = float32(at.z * units, (n, at.a, at.a, at.b))
            b.times = float32(110592 * units + at.z_inv_std, (at.b,))
        for k in range(2):
            b, at = s.batch_norm[k], rows[k]
            b.rows = float32(110592 * units, (24, at.rows))
            b.broadcast_to = np.broadcast_to(
                self._batch_norm_state[k].running_mean,
                (24, at.rows),
            )
            b.rows_2 = float32(110592 * units, (24, at.rows))
            b.broadcast_to_2 = np.broadcast_to(b.times, (24, at.rows))
            b.rows_3 = float32(110592 * units, (24, at.rows))
            b.broadcast_to_3 = np.broadcast_to(p.batch_norm[k].beta, (24, at.rows))
        self._predict[x.dtype, x.shape] = s
        return s

    def loss(self, x, labels, targets):
        """The loss on a batch, as in inference: no dropout, nothing changes.

        x: float32 (N, 48, 48, 1)
        labels: int64 (N, 540)
        targets: float32 (N, 540, 4)
        """
        s = self._loss_slots(x, labels, targets)
        return self._forward_loss(s, x, labels, targets)

    def _forward_loss(self, s, x, labels, targets):
        """The forward pass to the loss."""
        p = self.params
        # what _forward and _forward_loss begin with
        self._common(s, x)

        # softmax_cross_entropy                                     digit_detector.py:71
        # logits_take = (logits - max(logits, axis 2))[labels_position]     (540 * N,)
        # logits_log = log(sum(logits_exp, axis 2))                        (N, 540, 1)
        # logits_minus = log_softmax(logits)[labels]                          (N, 540)
        s.logits.max(axis=2, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        labels_reshape = labels.reshape(540 * s.n)
        np.add(labels_reshape, s.row_starts, out=s.labels_position)
        np.take(s.logits_minus_max, s.labels_position, out=s.logits_take, mode="clip")
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=2, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        np.subtract(s.logits_reshape, s.logits_reshape_2, out=s.logits_minus)

        # digit_detector.py:71
        # sure = exp(logits_minus)                                              (N, 540)
        # focal = square(1 - sure)                                              (N, 540)
        np.exp(s.logits_minus, out=s.sure)
        np.subtract(1.0, s.sure, out=s.focal)
        np.square(s.focal, out=s.focal)

        # softmax_cross_entropy                                     digit_detector.py:71
        # surprise = logits_log - (logits - max(logits, axis 2))[labels]      (N, 540)
        np.subtract(s.logits_reshape_2, s.logits_reshape, out=s.surprise)

        # focal = square(1 - sure) * surprise            (N, 540)   digit_detector.py:71
        np.multiply(s.focal, s.surprise, out=s.focal)

        # move_1 to move_2                                          digit_detector.py:63
        for k in range(2):
            self._move_forward(s.move[k], p.move[k])

        # digit_detector.py:64
        # prediction = [h7_reshape; h11_reshape]                             (N, 540, 4)
        np.concatenate((s.h7_reshape, s.h11_reshape), axis=1, out=s.prediction)

        # huber                                                     digit_detector.py:71
        # error = prediction - targets                                     (N, 540, 4)
        # error_times_minus = minimum(abs(error), 1) * error_minus         (N, 540, 4)
        np.subtract(s.prediction, targets, out=s.error)
        np.abs(s.error, out=s.error_abs)
        np.clip(s.error_abs, -np.inf, 1.0, out=s.error_minimum)
        np.multiply(0.5, s.error_minimum, out=s.error_times_minimum)
        np.subtract(s.error_abs, s.error_times_minimum, out=s.error_minus)
        np.multiply(s.error_minimum, s.error_minus, out=s.error_times_minus)

        # digit_detector.py:71
        # moved = sum(error_times_minus, axis 2)                                (N, 540)
        # things = (labels != 0)                                                (N, 540)
        # count = maximum(sum(things), 1)                                             ()
        # loss = sum(focal + moved * (labels != 0)) / count                           ()
        s.error_times_minus.sum(axis=2, out=s.moved)
        np.not_equal(labels, 0, out=s.labels_not_equal)
        np.multiply(s.moved, s.labels_not_equal, out=s.moved_masked)
        np.add(s.focal, s.moved_masked, out=s.focal_plus)
        s.focal_plus.sum(out=s.loss)
        np.copyto(s.things, s.labels_not_equal, casting="unsafe")
        s.things.sum(out=s.count)
        np.clip(s.count, 1.0, np.inf, out=s.count)
        np.divide(s.loss, s.count, out=s.loss)

        return s.loss[()]

    def _loss_slots(self, x, labels, targets):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                x.dtype,
                x.shape,
                labels.dtype,
                labels.shape,
                targets.dtype,
                targets.shape,
            )
            s = self._loss[key]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_loss(x, labels, targets)
        _check_range("labels", labels, 11)
        return s

    def _plan_loss(self, x, labels, targets):
        """Check the arguments and lay out every buffer for their shapes."""
        p = self.params
        sizes = {}
        _check("x", x, np.float32, ("N", 48, 48, 1), sizes)
        _check("labels", labels, np.int64, ("N", 540), sizes)
        _check("targets", targets, np.float32, ("N", 540, 4), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        units = -(-n // 16) * 16  # aligned
        end = 110592 * units + 11673616
        memory = self._memory(end)
        end_2 = 110592 * units + 11673600
        float32 = _arrays_in(memory, np.float32)
        int64 = _arrays_in(memory, np.int64)
        bool_ = _arrays_in(memory, np.bool_)
        s.z1 = float32(73728 * units, (n, 24, 24, 16))
        s.z1_columns = float32(110592 * units, (132, 24, 6, 5, 11, 1))
        s.z1_band = float32(110592 * units + 5609472, (5, 11, 1, 4, 16))
        s.z1_padded = float32(110592 * units + 4181760, (132, 52, 52, 1))
        s.z1_norm = float32(73728 * units, (n, 24, 24, 16))
        s.h1 = float32(73728 * units, (n, 24, 24, 16))
        s.z2 = float32(0, (n, 24, 24, 32))
        s.z2_columns = float32(110592 * units, (18, 24, 12, 3, 4, 16))
        s.z2_band = float32(110592 * units + 4760064, (3, 4, 16, 2, 32))
        s.z2_padded = float32(110592 * units + 3981312, (18, 26, 26, 16))
        s.z2_norm = float32(0, (n, 24, 24, 32))
        s.h2 = float32(0, (n, 24, 24, 32))
        s.z3_norm = float32(73728 * units, (n, 12, 12, 64))
        s.h3 = float32(73728 * units, (n, 12, 12, 64))
        s.z4_norm = float32(36864 * units, (n, 12, 12, 64))
        s.h4 = float32(36864 * units, (n, 12, 12, 64))
        s.z5_norm = float32(0, (n, 12, 12, 64))
        s.h5 = float32(0, (n, 12, 12, 64))
        s.h6 = float32(74448 * units, (n, 12, 12, 33))
        s.h6_tiles = float32(110592 * units, (6, 6, 40, 3, 3, 64))
        s.h6_inputs = float32(110592 * units + 3317760, (36, 23040))
        s.h6_filters = float32(110592 * units + 11113600, (36, 2112))
        s.h6_products = float32(110592 * units + 8642560, (36, 11880))
        s.h6_outputs = float32(110592 * units + 10353280, (4, 4, 40, 3, 3, 33))
        s.h6_padded = float32(110592 * units + 6635520, (40, 14, 14, 64))
        s.h6_transforms = _cook_toom(4, 3, np.float32)
        s.score_1_b_broadcast_to = np.broadcast_to(p.score_1_b, (12, 33))
        s.score_1_b_rows = float32(110592 * units, (12, 33))
        s.h6_reshape = s.h6.reshape(n, 432, 11)
        s.z8_norm = float32(50688 * units, (n, 6, 6, 96))
        s.h8 = float32(50688 * units, (n, 6, 6, 96))
        s.z9_norm = float32(36864 * units, (n, 6, 6, 96))
        s.h9 = float32(36864 * units, (n, 6, 6, 96))
        s.h10 = float32(93456 * units, (n, 6, 6, 33))
        s.h10_columns = float32(110592 * units, (33, 6, 6, 3, 3, 96))
        s.h10_padded = float32(110592 * units + 4105728, (33, 8, 8, 96))
        s.score_2_b_broadcast_to = np.broadcast_to(p.score_2_b, (6, 33))
        s.score_2_b_rows = float32(110592 * units, (6, 33))
        s.h10_reshape = s.h10.reshape(n, 108, 11)
        s.logits = float32(50688 * units, (n, 540, 11))
        s.logits_max = float32(74448 * units, (n, 540, 1))
        s.logits_minus_max = float32(50688 * units, (n, 540, 11))
        s.iota = np.arange(540 * n, dtype=np.int64)
        s.row_starts = s.iota * 11
        s.labels_position = int64(76608 * units, (540 * n,))
        s.logits_take = float32(74448 * units, (540 * n,))
        s.logits_reshape = s.logits_take.reshape(n, 540)
        s.logits_exp = float32(50688 * units, (n, 540, 11))
        s.logits_sum = float32(76608 * units, (n, 540, 1))
        s.logits_log = float32(76608 * units, (n, 540, 1))
        s.logits_reshape_2 = s.logits_log.reshape(n, 540)
        s.logits_minus = float32(50688 * units, (n, 540))
        s.sure = float32(50688 * units, (n, 540))
        s.focal = float32(50688 * units, (n, 540))
        s.surprise = float32(52848 * units, (n, 540))
        s.h7 = float32(52848 * units, (n, 12, 12, 12))
        s.h7_reshape = s.h7.reshape(n, 432, 4)
        s.h11 = float32(8640 * units, (n, 6, 6, 12))
        s.h11_reshape = s.h11.reshape(n, 108, 4)
        s.prediction = float32(0, (n, 540, 4))
        s.error = float32(0, (n, 540, 4))
        s.error_abs = float32(0, (n, 540, 4))
        s.error_minimum = float32(8640 * units, (n, 540, 4))
        s.error_times_minimum = float32(17280 * units, (n, 540, 4))
        s.error_minus = float32(0, (n, 540, 4))
        s.error_times_minus = float32(8640 * units, (n, 540, 4))
        s.moved = float32(0, (n, 540))
        s.labels_not_equal = bool_(2160 * units, (n, 540))
        s.moved_masked = float32(0, (n, 540))
        s.focal_plus = float32(50688 * units, (n, 540))
        s.loss = float32(end_2, ())
        s.things = float32(0, (n, 540))
        s.count = float32(end_2 + 8, ())
        table = """
        h 24 12
        a 32 64
        z_columns 25 50
        b 12 6
        z 73728 50688
        c 64 96
        z_padded 26 14
        """
        rows = _rows(table)
        s.conv = [SimpleNamespace() for _ in range(2)]
        for k in range(2):
            b, at = s.conv[k], rows[k]
            b.h = float32(0, (n, at.h, at.h, at.a))
            b.z_columns = float32(
                110592 * units,
                (at.z_columns, at.b, at.b, 3, 3, at.a),
            )
            b.z = float32(at.z * units, (n, at.b, at.b, at.c))
            b.z_padded = float32(
                110592 * units + 4147200,
                (at.z_columns, at.z_padded, at.z_padded, at.a),
            )
        table = """
        h1 0 36864
        a 12 6
        b 64 96
        h3_columns 18 50
        c 6 3
        h3_band 4884480 5376000
        h3 52848 8640
        h3_padded 3981312 4147200
        d 14 8
        """
        rows = _rows(table)
        s.move = [SimpleNamespace() for _ in range(2)]
        for k in range(2):
            b, at = s.move[k], rows[k]
            b.h1 = float32(at.h1 * units, (n, at.a, at.a, at.b))
            b.h3_columns = float32(
                110592 * units,
                (at.h3_columns, at.a, at.c, 3, 4, at.b),
            )
            b.h3_band = float32(110592 * units + at.h3_band, (3, 4, at.b, 2, 12))
            b.h3 = float32(at.h3 * units, (n, at.a, at.a, 12))
            b.h3_padded = float32(
                110592 * units + at.h3_padded,
                (at.h3_columns, at.d, at.d, at.b),
            )
            b.b_rows = float32(110592 * units, (at.a, 12))
            b.b_broadcast_to = np.broadcast_to(p.move[k].b, (at.a, 12))
        table = """
        h 73728 36864 50688
        a 12x2 6
        b 64x2 96
        z_tiles 6x2 4
        c 33x2 50
        z_inputs 2737152x2 2764800
        d 36x2 16
        e 19008x2 43200
        z_filters 11083776x2 10214400
        f 4096x2 9216
        z_products 5474304x2 5529600
        z_outputs 9867264x2 9523200
        g 4x2 2
        z 36864 0 36864
        z_padded 8211456x2 8294400
        h_2 14x2 8
        """
        rows = _rows(table)
        s.conv_2 = [SimpleNamespace() for _ in range(3)]
        for k in range(3):
            b, at = s.conv_2[k], rows[k]
            b.h = float32(at.h * units, (n, at.a, at.a, at.b))
            b.z_tiles = float32(
                110592 * units,
                (at.z_tiles, at.z_tiles, at.c, 3, 3, at.b),
            )
            b.z_inputs = float32(110592 * units + at.z_inputs, (at.d, at.e))
            b.z_filters = float32(110592 * units + at.z_filters, (at.d, at.f))
            b.z_products = float32(110592 * units + at.z_products, (at.d, at.e))
            b.z_outputs = float32(
                110592 * units + at.z_outputs,
                (at.g, at.g, at.c, 3, 3, at.b),
            )
            b.z_transforms = _cook_toom(at.g, 3, np.float32)
            b.z = float32(at.z * units, (n, at.a, at.a, at.b))
            b.z_padded = float32(
                110592 * units + at.z_padded,
                (at.c, at.h_2, at.h_2, at.b),
            )
        table = """
        z 73728 0 73728..0/-36864 50688 36864
        a 24x2 12x3 6x2
        b 16 32 64x3 96x2
        z_inv_std 1536 3072 0x5
        rows 16 32x6
        """
        rows = _rows(table)
        s.batch_norm = [SimpleNamespace() for _ in range(7)]
        for k in range(7):
            b, at = s.batch_norm[k], rows[k]
            b.z = float32(at.z * units, (n, at.a, at.a, at.b))
            b.z_inv_std = float32(110592 * units + at.z_inv_std, (at.b,))
            b.z_norm = float32(at.z * units, (n, at.a, at.a, at.b))
            b.times = float32(110592 * units + at.z_inv_std, (at.b,))
        for k in range(2):
            b, at = s.batch_norm[k], rows[k]
            b.rows = float32(110592 * units, (24, at.rows))
            b.broadcast_to = np.broadcast_to(
                self._batch_norm_state[k].running_mean,
                (24, at.rows),
            )
            b.rows_2 = float32(110592 * units, (24, at.rows))
            b.broadcast_to_2 = np.broadcast_to(b.times, (24, at.rows))
            b.rows_3 = float32(110592 * units, (24, at.rows))
            b.broadcast_to_3 = np.broadcast_to(p.batch_norm[k].beta, (24, at.rows))
        key = (
            x.dtype,
            x.shape,
            labels.dtype,
            labels.shape,
            targets.dtype,
            targets.shape,
        )
        self._loss[key] = s
        return s

    def _conv_forward(self, s, p):
        """Forward, one of 2: stage_1.conv_3 to stage_2.conv_1."""
        # A = 12, 6; B = 64, 96
        # conv: z = conv(h, W)                       (N, A, A, B)   digit_detector.py:48
        _conv_im2col(
            s.h,
            p.W,
            s.z_columns,
            out=s.z,
            padded=s.z_padded,
            low=(1, 1),
            strides=(2, 2),
        )

    def _move_forward(self, s, p):
        """Forward, one of 2: move_1 to move_2."""
        # A = 12, 6
        # move: h3 = conv(h1, W) + b                (N, A, A, 12)   digit_detector.py:63
        _conv_toeplitz(
            s.h1,
            p.W,
            s.h3_columns,
            s.h3_band,
            out=s.h3,
            padded=s.h3_padded,
            low=(1, 1),
        )
        np.copyto(s.b_rows, s.b_broadcast_to)
        np.add(s.h3, s.b_rows, out=s.h3)

    def _conv_2_forward(self, s, p):
        """Forward, one of 3: stage_1.conv_4 to stage_2.conv_2."""
        # A = 12, 6; B = 64, 96
        # conv_2: z = conv(h, W)                     (N, A, A, B)   digit_detector.py:48
        _conv_winograd(
            s.h,
            p.W,
            s.z_tiles,
            s.z_inputs,
            s.z_filters,
            s.z_products,
            s.z_outputs,
            s.z_transforms,
            out=s.z,
            padded=s.z_padded,
            low=(1, 1),
        )

    def _conv_2_backward(self, s, d):
        """Backward, one of 3: stage_1.conv_4 to stage_2.conv_2."""
        # A = 96, 64; B = 6, 12
        # conv_2                                                    digit_detector.py:48
        # d_W = patches(h)^T d_z                                            (3, 3, A, A)
        # d_h = conv(d_z, W_reshape_2)                                      (N, B, B, A)
        _conv_weight_winograd(
            s.h,
            s.d_z,
            s.d_W_tiles,
            s.d_W_inputs,
            s.d_W_given,
            s.d_W_back,
            s.d_W_products,
            s.d_W_part,
            s.d_W_around,
            s.d_W_transforms,
            out=d.W,
            padded=s.d_W_padded,
            low=(1, 1),
        )
        np.copyto(s.W_copy, s.W_reshape_2)
        _conv_winograd(
            s.d_z,
            s.W_copy,
            s.d_h_tiles,
            s.d_h_inputs,
            s.d_h_filters,
            s.d_h_products,
            s.d_h_outputs,
            s.d_h_transforms,
            out=s.d_h,
            padded=s.d_h_padded,
            low=(1, 1),
        )

    def _batch_norm_forward(self, s, stats):
        """Forward, one of 2: stage_1.batch_norm_1 to stage_1.batch_norm_2."""
        # A = 16, 32
        # batch_norm                                                digit_detector.py:51
        # z_mean = mean(z, axes 0, 1, 2)                                            (A,)
        # z_var = mean(square(z - z_mean), axes 0, 1, 2)                            (A,)
        # z_inv_std = 1 / sqrt(z_var + 1e-05)                                       (A,)
        # z_hat = (z - mean) / sqrt(var + 1e-05)                          (N, 24, 24, A)
        # z_norm = z_hat * gamma + beta                                   (N, 24, 24, A)
        np.dot(s.ones, s.z_reshape, out=stats.z_mean)
        np.divide(stats.z_mean, 576 * s.n, out=stats.z_mean)
        np.copyto(s.z_mean_rows, s.z_mean_broadcast_to)
        np.subtract(s.z, s.z_mean_rows, out=s.z1_minus)
        np.square(s.z1_minus, out=s.z1_square)
        np.dot(s.ones, s.z1_reshape_2, out=stats.z_unbiased_var)
        np.divide(stats.z_unbiased_var, 576 * s.n, out=stats.z_unbiased_var)
        np.add(stats.z_unbiased_var, 1e-05, out=s.z_inv_std)
        np.sqrt(s.z_inv_std, out=s.z_inv_std)
        np.divide(1.0, s.z_inv_std, out=s.z_inv_std)
        np.copyto(s.z_inv_std_rows, s.z_inv_std_broadcast_to)
        np.multiply(s.z1_minus, s.z_inv_std_rows, out=s.z_hat)
        np.copyto(s.rows, s.broadcast_to)
        np.multiply(s.z_hat, s.rows, out=s.z_norm)
        np.copyto(s.rows_2, s.broadcast_to_2)
        np.add(s.z_norm, s.rows_2, out=s.z_norm)

    def _batch_norm_backward(self, s, p, d):
        """Backward, one of 2: stage_1.batch_norm_1 to stage_1.batch_norm_2."""
        # A = 32, 16
        # batch_norm                                                digit_detector.py:51
        # d_beta = sum over 576 * N of reshape(d_z_norm, (576 * N, A))              (A,)
        # d_gamma = sum over 576 * N of d_z_norm_reshape_2                          (A,)
        # d_z = (z_inv_std * gamma) * (d_z_norm                           (N, 24, 24, A)
        #     - (d_beta / (576 * N)) - z_hat * (d_gamma / (576 * N)))
        np.dot(s.ones, s.d_z_norm_reshape, out=d.beta)
        np.multiply(s.d_z_norm, s.z_hat, out=s.d_z_norm_times)
        np.dot(s.ones, s.d_z_norm_reshape_2, out=d.gamma)
        np.multiply(s.z_inv_std, p.gamma, out=s.z_inv_std_times)
        np.copyto(s.z_inv_std_rows_2, s.z_inv_std_broadcast_to_2)
        np.divide(d.beta, 576 * s.n, out=s.over)
        np.copyto(s.rows_3, s.broadcast_to_3)
        np.subtract(s.d_z_norm, s.rows_3, out=s.d_z)
        np.divide(d.gamma, 576 * s.n, out=s.over_2)
        np.copyto(s.rows_4, s.broadcast_to_4)
        np.multiply(s.z_hat, s.rows_4, out=s.z_hat_times)
        np.subtract(s.d_z, s.z_hat_times, out=s.d_z)
        np.multiply(s.z_inv_std_rows_2, s.d_z, out=s.d_z)

    def _batch_norm_forward_2(self, s, p, stats):
        """Forward, one of 5: stage_1.batch_norm_3 to stage_2.batch_norm_2."""
        # A = 64, 96; B = 12, 6
        # batch_norm                                                digit_detector.py:51
        # z_mean = mean(z, axes 0, 1, 2)                                            (A,)
        # z_var = mean(square(z - z_mean), axes 0, 1, 2)                            (A,)
        # z_inv_std = 1 / sqrt(z_var + 1e-05)                                       (A,)
        # z_hat = (z - mean) / sqrt(var + 1e-05)                            (N, B, B, A)
        # z_norm = z_hat * gamma + beta                                     (N, B, B, A)
        np.dot(s.ones, s.z_reshape, out=stats.z_mean)
        np.divide(stats.z_mean, s.size * s.n, out=stats.z_mean)
        np.subtract(s.z, stats.z_mean, out=s.z_hat)
        np.square(s.z_hat, out=s.z_hat_square)
        np.dot(s.ones, s.z_hat_reshape, out=stats.z_unbiased_var)
        np.divide(stats.z_unbiased_var, s.size * s.n, out=stats.z_unbiased_var)
        np.add(stats.z_unbiased_var, 1e-05, out=s.z_inv_std)
        np.sqrt(s.z_inv_std, out=s.z_inv_std)
        np.divide(1.0, s.z_inv_std, out=s.z_inv_std)
        np.multiply(s.z_hat, s.z_inv_std, out=s.z_hat)
        np.multiply(s.z_hat, p.gamma, out=s.z_norm)
        np.add(s.z_norm, p.beta, out=s.z_norm)

    def _batch_norm_backward_2(self, s, p, d):
        """Backward, one of 5: stage_1.batch_norm_3 to stage_2.batch_norm_2."""
        # A = 36, 144; B = 96, 64; C = 6, 12
        # batch_norm                                                digit_detector.py:51
        # d_beta = sum over A * N of reshape(d_z_norm, (A * N, B))                  (B,)
        # d_gamma = sum over A * N of d_z_norm_reshape_2                            (B,)
        # d_z = z_inv_std * gamma * (d_z_norm                               (N, C, C, B)
        #     - d_beta / (A * N) - z_hat * (d_gamma / (A * N)))
        np.dot(s.ones, s.d_z_norm_reshape, out=d.beta)
        np.multiply(s.d_z_norm, s.z_hat, out=s.d_z_norm_times)
        np.dot(s.ones, s.d_z_norm_reshape_2, out=d.gamma)
        np.multiply(s.z_inv_std, p.gamma, out=s.z_inv_std_times)
        np.divide(d.beta, s.size * s.n, out=s.over)
        np.subtract(s.d_z_norm, s.over, out=s.d_z)
        np.divide(d.gamma, s.size * s.n, out=s.over_2)
        np.multiply(s.z_hat, s.over_2, out=s.z_hat_times)
        np.subtract(s.d_z, s.z_hat_times, out=s.d_z)
        np.multiply(s.z_inv_std_times, s.d_z, out=s.d_z)

    def _batch_norm_statistics(self, s, stats):
        """Statistics, one of 7: stage_1.batch_norm_1 to stage_2.batch_norm_2."""
        # A = 576, 144, 36; B = 16, 32, 64, 96
        # batch_norm                                                digit_detector.py:51
        # z_unbiased_var = z_var * (A * N / (A * N - 1))                            (B,)
        np.multiply(
            stats.z_unbiased_var,
            (s.size * s.n) / (s.size * s.n - 1),
            out=stats.z_unbiased_var,
        )

    def _batch_norm_statistics_2(self, s, stats, state):
        """Statistics, one of 6: stage_1.batch_norm_2 to stage_2.batch_norm_2."""
        # A = 32, 64, 96
        # batch_norm                                                digit_detector.py:51
        # running_mean' = 0.9 * running_mean + 0.1 * z_mean                         (A,)
        # running_var' = 0.9 * running_var + 0.1 * z_unbiased_var                   (A,)
        np.multiply(0.9, state.running_mean, out=state.running_mean)
        np.multiply(0.1, stats.z_mean, out=s.z_mean_times_2)
        np.add(state.running_mean, s.z_mean_times_2, out=state.running_mean)
        np.multiply(0.9, state.running_var, out=state.running_var)
        np.multiply(0.1, stats.z_unbiased_var, out=s.z_unbiased_var_times_2)
        np.add(state.running_var, s.z_unbiased_var_times_2, out=state.running_var)

    def _batch_norm_inference(self, s, p, state):
        """Forward, one of 2: stage_1.batch_norm_1 to stage_1.batch_norm_2."""
        # A = 16, 32
        # batch_norm                                                digit_detector.py:51
        # z_inv_std = 1 / sqrt(running_var + 1e-05)                                 (A,)
        # z_norm = (z - running_mean) * (gamma * z_inv_std)               (N, 24, 24, A)
        #     + beta
        np.copyto(s.rows, s.broadcast_to)
        np.subtract(s.z, s.rows, out=s.z_norm)
        np.add(state.running_var, 1e-05, out=s.z_inv_std)
        np.sqrt(s.z_inv_std, out=s.z_inv_std)
        np.divide(1.0, s.z_inv_std, out=s.z_inv_std)
        np.multiply(p.gamma, s.z_inv_std, out=s.times)
        np.copyto(s.rows_2, s.broadcast_to_2)
        np.multiply(s.z_norm, s.rows_2, out=s.z_norm)
        np.copyto(s.rows_3, s.broadcast_to_3)
        np.add(s.z_norm, s.rows_3, out=s.z_norm)

    def _batch_norm_inference_2(self, s, p, state):
        """Forward, one of 5: stage_1.batch_norm_3 to stage_2.batch_norm_2."""
        # batch_norm                                                digit_detector.py:51
        # z_inv_std = 1 / sqrt(running_var + 1e-05)                                (64,)
        # z_norm = (z - running_mean) * (gamma * z_inv_std)              (N, 12, 12, 64)
        #     + beta
        np.subtract(s.z, state.running_mean, out=s.z_norm)
        np.add(state.running_var, 1e-05, out=s.z_inv_std)
        np.sqrt(s.z_inv_std, out=s.z_inv_std)
        np.divide(1.0, s.z_inv_std, out=s.z_inv_std)
        np.multiply(p.gamma, s.z_inv_std, out=s.times)
        np.multiply(s.z_norm, s.times, out=s.z_norm)
        np.add(s.z_norm, p.beta, out=s.z_norm)

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


def _window(memory, start, dtype, shape):
    """An array of that type in the arena, from byte `start` on."""
    size = int(np.prod(shape, dtype=int)) * np.dtype(dtype).itemsize
    return memory[start : start + size].view(dtype).reshape(shape)


_BLOCK = 65536  # elements: what stays in cache through all statements of a loop


def _blocks(size, *arrays):
    """Stretches of flat arrays side by side; a shorter array is scratch for each."""
    stretches = []
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


def _arrays_in(memory, dtype):
    """A function for arrays of that type in the arena, from a byte on."""

    def window(start, shape):
        return _window(memory, start, dtype, shape)

    return window


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


def _conv_weight_winograd(
    x,
    g,
    tiles,
    inputs,
    given,
    back,
    products,
    part,
    around,
    transforms,
    out,
    padded,
    low,
):
    """What _conv_winograd passes back to its weights (r, r, C, O), given g.

    Each m x m tile of g is slid over the n x n tile of the image that it came from, and
    gives r x r numbers, summed over all tiles. That sum is taken before transforming
    back: each of n^2 places is a product of matrices, (C, tiles) by (tiles, O).
    """
    to_inputs, to_filters, to_outputs = transforms
    channels, count = out.shape[-2:]
    n, m = tiles.shape[0], given.shape[0]
    images, rows, columns = tiles.shape[2:5]
    products.fill(0)
    for start in range(0, len(x), images):
        image = _padded(x[start : start + images], padded, low)
        seen = _windows(image, (n, n), (m, m), (1, 1)).transpose(3, 4, 0, 1, 2, 5)
        places = len(image) * rows * columns
        tile = _head(tiles, *seen.shape)
        np.copyto(tile, seen)
        a = _head(inputs, n * n, places * channels)
        np.matmul(to_inputs, tile.reshape(n * n, -1), out=a)
        whole = _padded(g[start : start + images], around, (0, 0))
        seen = _windows(whole, (m, m), (m, m), (1, 1)).transpose(3, 4, 0, 1, 2, 5)
        tile = _head(given, *seen.shape)
        np.copyto(tile, seen)
        b = _head(back, n * n, places * count)
        np.matmul(to_filters, tile.reshape(m * m, -1), out=b)
        a, b = a.reshape(n * n, places, channels), b.reshape(n * n, places, count)
        np.matmul(a.transpose(0, 2, 1), b, out=part)
        products += part
    flat = products.reshape(n * n, -1)
    np.matmul(to_outputs, flat, out=out.reshape(-1, channels * count))


def _conv_winograd(
    x,
    w,
    tiles,
    inputs,
    filters,
    products,
    outputs,
    transforms,
    out,
    padded,
    low,
):
    """Slide a kernel w (r, r, C, O) over images x (N, H, W, C), by Winograd's algorithm.

    The image is cut into overlapping n x n tiles, each of which gives m x m outputs,
    n = m + r - 1. Tiles and filters are transformed (see _cook_toom); then each of n^2
    places is a product of matrices, (tiles, C) by (C, O), with n^2 multiplications for
    m^2 outputs instead of (m r)^2; and the results are transformed back. Some images
    at a time, which stay in cache.
    """
    to_inputs, to_filters, to_outputs = transforms
    channels, count = w.shape[-2:]
    n, m = tiles.shape[0], outputs.shape[0]
    images, rows, columns = tiles.shape[2:5]
    np.matmul(to_filters, w.reshape(-1, channels * count), out=filters)
    for start in range(0, len(x), images):
        image = _padded(x[start : start + images], padded, low)
        seen = _windows(image, (n, n), (m, m), (1, 1)).transpose(3, 4, 0, 1, 2, 5)
        places = len(image) * rows * columns
        tile = _head(tiles, *seen.shape)
        np.copyto(tile, seen)
        a = _head(inputs, n * n, places * channels)
        np.matmul(to_inputs, tile.reshape(n * n, -1), out=a)
        b = _head(products, n * n, places, count)
        a = a.reshape(n * n, places, channels)
        w = filters.reshape(n * n, channels, count)
        np.matmul(a, w, out=b)
        y = _head(outputs, m * m, places * count)
        np.matmul(to_outputs, b.reshape(n * n, -1), out=y)
        y = y.reshape(m, m, len(image), rows, columns, count)
        for i, j in np.ndindex(m, m):
            target = out[start : start + images, i::m, j::m]
            target[...] = y[i, j, :, : target.shape[1], : target.shape[2]]


def _cook_toom(outputs, taps, dtype):
    """Matrices by which a filter takes n = outputs + taps - 1 products, not outputs * taps.

    The product of two polynomials is found from their values at n points, the last at
    infinity: s = V_n^-1 ((V_taps g) * (V_outputs h)), where V_k takes k coefficients to
    values. Transposed, that is what a filter g makes of n inputs d:

        y = V_outputs^T ((V_taps g) * (V_n^-T d))

    Here for squares, as products with one matrix each (Kronecker's): for inputs, for
    filters and for outputs (S. Winograd, 1980; A. Lavin and S. Gray, 2016).
    """
    n = outputs + taps - 1
    points = np.array([0.0, 1.0, -1.0, 0.5, -2.0, 2.0, -0.5])[: n - 1]

    def values(count):
        finite = points[:, None] ** np.arange(count)
        return np.vstack([finite, np.eye(count)[-1:]])

    matrices = np.linalg.inv(values(n)).T, values(taps), values(outputs).T
    return [np.kron(matrix, matrix).astype(dtype) for matrix in matrices]


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
    parser.add_argument("--weights", default="digit_detector.npz")
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
    m = DigitDetector(seed=options.seed)
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
