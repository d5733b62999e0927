"""gpt: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Parameters 818,944 in 52 arrays

    from gpt import Gpt

    m = Gpt(seed=0)
    m.train(x, y)     # Returns loss; changes gpt, adamw.
    m.evaluate(x, y)  # Returns loss.
    m.step(...)       # The logits of what follows, and the cache with these posi...
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
_STATES_INT64 = """
adamw.step=
"""
_PARAMS = """
gpt.characters.W=100,128 1..4: gpt.blocks_#.attention.W_qkv=128,384
    gpt.blocks_#.attention.W_o=128,128 gpt.blocks_#.feed_forward.up.W=128,512
    gpt.blocks_#.feed_forward.down.W=512,128 ; gpt.scores.W=128,100 1..4:
    gpt.blocks_#.attention.b_qkv=384 gpt.blocks_#.attention.b_o=128
    gpt.blocks_#.norm_1.gamma=128 gpt.blocks_#.norm_1.beta=128
    gpt.blocks_#.feed_forward.up.b=512 gpt.blocks_#.feed_forward.down.b=128
    gpt.blocks_#.norm_2.gamma=128 gpt.blocks_#.norm_2.beta=128 ; gpt.norm.gamma=128
    gpt.norm.beta=128
"""


class Gpt:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "gpt"
    FINGERPRINT = "03ba33ce14708fc3"
    INPUTS = {}
    TARGETS = {}
    OUTPUTS = {}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        **_states("params", _PARAMS),
        **_states("momentum", _PARAMS, ".momentum"),
        **_states("squares", _PARAMS, ".squares"),
        **_states("state", _STATES_INT64),
    }

    def __init__(self, seed=0):
        self.params = _Views(_vector(818944, np.float32), _shapes(_PARAMS))
        self.grads = _Views(_vector(818944, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(818944, np.float32), self.params.shapes)
        self.squares = _Views(_vector(818944, np.float32), self.params.shapes)
        self.state = SimpleNamespace(**_zeros(np.int64, _STATES_INT64))
        self.params.norm = _parts(self.params, _series("gpt_blocks_1_norm_#", "1 2"))
        self.params.blocks = _parts(self.params, _series("gpt_blocks_#", "1..4"))
        self.grads.blocks = _parts(self.grads, _series("gpt_blocks_#", "1..4"))
        self._arena = np.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._evaluate = {}  # buffers by the arguments' shapes
        self._step = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        noise = rng.standard_normal((100, 128), dtype=np.float32)
        p.gpt_characters_W[...] = noise * 0.02
        gpt_blocks_1_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_1_attention_times = gpt_blocks_1_attention_draw * 0.30618623
        gpt_blocks_1_attention_plus = gpt_blocks_1_attention_times + -0.15309311
        gpt_blocks_1_attention_draw_2 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_1_attention_times_2 = gpt_blocks_1_attention_draw_2 * 0.30618623
        gpt_blocks_1_attention_plus_2 = gpt_blocks_1_attention_times_2 + -0.15309311
        gpt_blocks_1_attention_draw_3 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_1_attention_times_3 = gpt_blocks_1_attention_draw_3 * 0.30618623
        gpt_blocks_1_attention_plus_3 = gpt_blocks_1_attention_times_3 + -0.15309311
        gpt_blocks_1_attention_W_qkv = np.concatenate(
            (
                gpt_blocks_1_attention_plus,
                gpt_blocks_1_attention_plus_2,
                gpt_blocks_1_attention_plus_3,
            ),
            axis=1,
        )
        p.gpt_blocks_1_attention_W_qkv[...] = gpt_blocks_1_attention_W_qkv
        gpt_blocks_1_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_1_attention_times = gpt_blocks_1_attention_draw * 0.30618623
        p.gpt_blocks_1_attention_W_o[...] = gpt_blocks_1_attention_times + -0.15309311
        blocks_1_feed_forward_up_draw = rng.random((128, 512), dtype=np.float32)
        blocks_1_feed_forward_up_times = blocks_1_feed_forward_up_draw * 0.19364917
        gpt_blocks_1_feed_forward_up_W = blocks_1_feed_forward_up_times + -0.09682459
        p.gpt_blocks_1_feed_forward_up_W[...] = gpt_blocks_1_feed_forward_up_W
        feed_forward_down_draw = rng.random((512, 128), dtype=np.float32)
        feed_forward_down_times = feed_forward_down_draw * 0.19364917
        p.gpt_blocks_1_feed_forward_down_W[...] = feed_forward_down_times + -0.09682459
        gpt_blocks_2_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_2_attention_times = gpt_blocks_2_attention_draw * 0.30618623
        gpt_blocks_2_attention_plus = gpt_blocks_2_attention_times + -0.15309311
        gpt_blocks_2_attention_draw_2 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_2_attention_times_2 = gpt_blocks_2_attention_draw_2 * 0.30618623
        gpt_blocks_2_attention_plus_2 = gpt_blocks_2_attention_times_2 + -0.15309311
        gpt_blocks_2_attention_draw_3 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_2_attention_times_3 = gpt_blocks_2_attention_draw_3 * 0.30618623
        gpt_blocks_2_attention_plus_3 = gpt_blocks_2_attention_times_3 + -0.15309311
        gpt_blocks_2_attention_W_qkv = np.concatenate(
            (
                gpt_blocks_2_attention_plus,
                gpt_blocks_2_attention_plus_2,
                gpt_blocks_2_attention_plus_3,
            ),
            axis=1,
        )
        p.gpt_blocks_2_attention_W_qkv[...] = gpt_blocks_2_attention_W_qkv
        gpt_blocks_2_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_2_attention_times = gpt_blocks_2_attention_draw * 0.30618623
        p.gpt_blocks_2_attention_W_o[...] = gpt_blocks_2_attention_times + -0.15309311
        blocks_2_feed_forward_up_draw = rng.random((128, 512), dtype=np.float32)
        blocks_2_feed_forward_up_times = blocks_2_feed_forward_up_draw * 0.19364917
        gpt_blocks_2_feed_forward_up_W = blocks_2_feed_forward_up_times + -0.09682459
        p.gpt_blocks_2_feed_forward_up_W[...] = gpt_blocks_2_feed_forward_up_W
        feed_forward_down_draw = rng.random((512, 128), dtype=np.float32)
        feed_forward_down_times = feed_forward_down_draw * 0.19364917
        p.gpt_blocks_2_feed_forward_down_W[...] = feed_forward_down_times + -0.09682459
        gpt_blocks_3_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_3_attention_times = gpt_blocks_3_attention_draw * 0.30618623
        gpt_blocks_3_attention_plus = gpt_blocks_3_attention_times + -0.15309311
        gpt_blocks_3_attention_draw_2 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_3_attention_times_2 = gpt_blocks_3_attention_draw_2 * 0.30618623
        gpt_blocks_3_attention_plus_2 = gpt_blocks_3_attention_times_2 + -0.15309311
        gpt_blocks_3_attention_draw_3 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_3_attention_times_3 = gpt_blocks_3_attention_draw_3 * 0.30618623
        gpt_blocks_3_attention_plus_3 = gpt_blocks_3_attention_times_3 + -0.15309311
        gpt_blocks_3_attention_W_qkv = np.concatenate(
            (
                gpt_blocks_3_attention_plus,
                gpt_blocks_3_attention_plus_2,
                gpt_blocks_3_attention_plus_3,
            ),
            axis=1,
        )
        p.gpt_blocks_3_attention_W_qkv[...] = gpt_blocks_3_attention_W_qkv
        gpt_blocks_3_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_3_attention_times = gpt_blocks_3_attention_draw * 0.30618623
        p.gpt_blocks_3_attention_W_o[...] = gpt_blocks_3_attention_times + -0.15309311
        blocks_3_feed_forward_up_draw = rng.random((128, 512), dtype=np.float32)
        blocks_3_feed_forward_up_times = blocks_3_feed_forward_up_draw * 0.19364917
        gpt_blocks_3_feed_forward_up_W = blocks_3_feed_forward_up_times + -0.09682459
        p.gpt_blocks_3_feed_forward_up_W[...] = gpt_blocks_3_feed_forward_up_W
        feed_forward_down_draw = rng.random((512, 128), dtype=np.float32)
        feed_forward_down_times = feed_forward_down_draw * 0.19364917
        p.gpt_blocks_3_feed_forward_down_W[...] = feed_forward_down_times + -0.09682459
        gpt_blocks_4_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_4_attention_times = gpt_blocks_4_attention_draw * 0.30618623
        gpt_blocks_4_attention_plus = gpt_blocks_4_attention_times + -0.15309311
        gpt_blocks_4_attention_draw_2 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_4_attention_times_2 = gpt_blocks_4_attention_draw_2 * 0.30618623
        gpt_blocks_4_attention_plus_2 = gpt_blocks_4_attention_times_2 + -0.15309311
        gpt_blocks_4_attention_draw_3 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_4_attention_times_3 = gpt_blocks_4_attention_draw_3 * 0.30618623
        gpt_blocks_4_attention_plus_3 = gpt_blocks_4_attention_times_3 + -0.15309311
        gpt_blocks_4_attention_W_qkv = np.concatenate(
            (
                gpt_blocks_4_attention_plus,
                gpt_blocks_4_attention_plus_2,
                gpt_blocks_4_attention_plus_3,
            ),
            axis=1,
        )
        p.gpt_blocks_4_attention_W_qkv[...] = gpt_blocks_4_attention_W_qkv
        gpt_blocks_4_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_4_attention_times = gpt_blocks_4_attention_draw * 0.30618623
        p.gpt_blocks_4_attention_W_o[...] = gpt_blocks_4_attention_times + -0.15309311
        blocks_4_feed_forward_up_draw = rng.random((128, 512), dtype=np.float32)
        blocks_4_feed_forward_up_times = blocks_4_feed_forward_up_draw * 0.19364917
        gpt_blocks_4_feed_forward_up_W = blocks_4_feed_forward_up_times + -0.09682459
        p.gpt_blocks_4_feed_forward_up_W[...] = gpt_blocks_4_feed_forward_up_W
        feed_forward_down_draw = rng.random((512, 128), dtype=np.float32)
        feed_forward_down_times = feed_forward_down_draw * 0.19364917
        p.gpt_blocks_4_feed_forward_down_W[...] = feed_forward_down_times + -0.09682459
        gpt_scores_noise = rng.standard_normal((128, 100), dtype=np.float32)
        p.gpt_scores_W[...] = gpt_scores_noise * 0.02
        names = [
            *_series("gpt_blocks_#_norm_#_gamma", "1..4x2", "1,2*4"),
            "gpt_norm_gamma",
        ]
        for name in names:
            array = getattr(p, name)
            array[...] = 1.0

    def train(self, x, y):
        """Returns loss; changes gpt, adamw.

        x: int64 (N, T)
        y: int64 (N, T)
        """
        s = self._train_slots(x, y)
        loss = self._train_backward(s, x, y)
        self._train_update(s)
        return {"loss": loss}

    def _train_backward(self, s, x, y):
        """Forward and backward: the results; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # gpt.characters: characters = W[x]                      (N, T, 128)   gpt.py:38
        np.take(p.gpt_characters_W, x, axis=0, out=s.characters, mode="clip")

        # gpt.blocks_1 to gpt.blocks_4                                         gpt.py:40
        for k in range(4):
            self._blocks_forward(s.blocks[k], p.blocks[k])

        # gpt.norm                                                             gpt.py:51
        # blocks_4_mean = mean(blocks_4, axis 2)                             (N, T, 1)
        # blocks_4_var = mean(square(blocks_4 - blocks_4_mean), axis 2)      (N, T, 1)
        # blocks_4_inv_std = 1 / sqrt(blocks_4_var + 1e-05)                  (N, T, 1)
        # blocks_4_hat = (blocks_4 - mean) / sqrt(var + 1e-05)             (N, T, 128)
        # blocks_4_norm = blocks_4_hat * gamma + beta                      (N, T, 128)
        np.dot(s.blocks_4_reshape_5, s.ones, out=s.blocks_4_row_sum_3)
        np.divide(s.blocks_4_reshape_6, 128.0, out=s.blocks_4_mean)
        np.subtract(s.blocks_4, s.blocks_4_mean, out=s.blocks_4_hat)
        np.square(s.blocks_4_hat, out=s.blocks_4_hat_square)
        np.dot(s.blocks_4_hat_reshape, s.ones, out=s.blocks_4_hat_row_sum)
        np.divide(s.blocks_4_hat_reshape_2, 128.0, out=s.blocks_4_var)
        np.add(s.blocks_4_var, 1e-05, out=s.blocks_4_inv_std)
        np.sqrt(s.blocks_4_inv_std, out=s.blocks_4_inv_std)
        np.divide(1.0, s.blocks_4_inv_std, out=s.blocks_4_inv_std)
        np.multiply(s.blocks_4_hat, s.blocks_4_inv_std, out=s.blocks_4_hat)
        np.multiply(s.blocks_4_hat, p.gpt_norm_gamma, out=s.blocks_4_norm)
        np.add(s.blocks_4_norm, p.gpt_norm_beta, out=s.blocks_4_norm)

        # gpt.scores                                                           gpt.py:52
        # blocks_4_norm_rows_product = blocks_4_norm W                    (N * T, 100)
        np.dot(s.blocks_4_norm_rows, p.gpt_scores_W, out=s.blocks_4_norm_rows_product)

        # softmax_cross_entropy                                                gpt.py:67
        # loss = mean(-log_softmax(logits)[y])                                      ()
        # logits_exp = exp(logits_minus_max)                               (N, T, 100)
        # logits_row_sum = sum over 100 of logits_reshape                     (N * T,)
        # y_position = row_starts_2 + reshape(y, (N * T,))                    (N * T,)
        s.logits.max(axis=2, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        np.dot(s.logits_reshape, s.ones_2, out=s.logits_row_sum)
        np.log(s.logits_reshape_2, out=s.logits_log)
        y_reshape = y.reshape(s.n * s.t)
        np.add(y_reshape, s.row_starts_2, out=s.y_position)
        np.take(s.logits_minus_max, s.y_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape_3, s.logits_reshape_4, out=s.logits_minus)
        s.logits_minus.sum(out=s.loss)
        np.divide(s.loss, s.n * s.t, out=s.loss)

        # ---- backward ----------------------------------------------------------------
        # softmax_cross_entropy                                                gpt.py:67
        # d_logits = (softmax(logits) - onehot(y)) / (N * T)               (N, T, 100)
        np.divide(s.logits_exp, s.logits_reshape_2, out=s.d_logits)
        _add_elements(s.d_logits, s.y_position, s.minus_ones)
        np.divide(s.d_logits, s.n * s.t, out=s.d_logits)

        # gpt.scores                                                           gpt.py:52
        # d_W = blocks_4_norm^T d_logits                                    (128, 100)
        # d_logits_rows_product = d_logits W^T                            (N * T, 128)
        np.dot(s.blocks_4_norm_rows.T, s.d_logits_rows, out=d.gpt_scores_W)
        np.dot(s.d_logits_rows, p.gpt_scores_W.T, out=s.d_logits_rows_product)

        # gpt.norm                                                             gpt.py:51
        # d_beta = sum over N * T of d_logits (gpt.scores.W)^T                  (128,)
        # d_gamma = sum over N * T of d_blocks_4_norm_times                     (128,)
        # d_blocks_4_hat = d_logits (gpt.scores.W)^T * gamma               (N, T, 128)
        # d_blocks_4                                                       (N, T, 128)
        np.dot(s.ones_3, s.d_blocks_4_norm_reshape, out=d.gpt_norm_beta)
        np.multiply(s.d_blocks_4_norm, s.blocks_4_hat, out=s.d_blocks_4_norm_times)
        np.dot(s.ones_3, s.d_blocks_4_norm_reshape_2, out=d.gpt_norm_gamma)
        np.multiply(s.d_blocks_4_norm, p.gpt_norm_gamma, out=s.d_blocks_4_hat)
        np.dot(s.d_blocks_4_hat_reshape, s.ones, out=s.d_blocks_4_hat_row_sum)
        np.divide(s.d_blocks_4_hat_reshape_2, 128.0, out=s.d_blocks_4_hat_over)
        np.subtract(s.d_blocks_4_hat, s.d_blocks_4_hat_over, out=s.d_blocks_4)
        np.multiply(s.d_blocks_4_hat, s.blocks_4_hat, out=s.d_blocks_4_hat_times)
        np.dot(s.d_blocks_4_hat_reshape_3, s.ones, out=s.d_blocks_4_hat_row_sum_2)
        np.divide(s.d_blocks_4_hat_reshape_4, 128.0, out=s.d_blocks_4_hat_over_2)
        np.multiply(s.blocks_4_hat, s.d_blocks_4_hat_over_2, out=s.blocks_4_hat_times)
        np.subtract(s.d_blocks_4, s.blocks_4_hat_times, out=s.d_blocks_4)
        np.multiply(s.blocks_4_inv_std, s.d_blocks_4, out=s.d_blocks_4)

        # gpt.blocks_4 to gpt.blocks_2                                         gpt.py:40
        for k in reversed(range(1, 4)):
            self._blocks_backward(s.blocks[k], p.blocks[k], d.blocks[k])

        # gpt.blocks_1.feed_forward.down                                       gpt.py:40
        # d_blocks_1_rows_product = d_blocks_1 W^T                        (N * T, 512)
        np.dot(
            s.d_blocks_1_rows,
            p.gpt_blocks_1_feed_forward_down_W.T,
            out=s.d_blocks_1_rows_product,
        )

        # gpt.blocks_1.feed_forward.up                                         gpt.py:40
        # d_z1 = d_h1 * gelu_tanh_slope(z1)                                (N, T, 512)
        # d_z1_rows_product = d_z1 W^T                                    (N * T, 128)
        np.multiply(0.21406445, s.z1_clip, out=s.z1_times_clip)
        np.multiply(s.z1_clip, s.z1_times_clip, out=s.z1_times)
        np.add(1.5957692, s.z1_times, out=s.z1_plus_times)
        np.multiply(s.z1_clip, s.z1_plus_times, out=s.z1_times_2)
        np.divide(s.z1_times_2, s.z1_plus_exp, out=s.z1_over_plus_exp_2)
        np.add(1.0, s.z1_over_plus_exp_2, out=s.z1_plus_2)
        np.multiply(s.z1_over_plus_exp, s.z1_plus_2, out=s.d_z1)
        np.multiply(s.d_h1, s.d_z1, out=s.d_z1)
        np.dot(s.d_z1_rows, p.gpt_blocks_1_feed_forward_up_W.T, out=s.d_z1_rows_product)

        # gpt.blocks_1.norm_2                                                  gpt.py:40
        # d_beta = sum over N * T of d_z1 (gpt.blocks_1.feed_forward.up.W)^T    (128,)
        # d_gamma = sum over N * T of d_norm_2_4 * blocks_1_times               (128,)
        np.dot(s.ones_3, s.d_norm_2_reshape_19, out=d.gpt_blocks_1_norm_2_beta)
        np.multiply(s.d_norm_2_4, s.blocks_1_times, out=s.d_norm_2_times_7)
        np.dot(s.ones_3, s.d_norm_2_reshape_20, out=d.gpt_blocks_1_norm_2_gamma)

        # gpt.blocks_1.feed_forward.down                                       gpt.py:40
        # d_b = sum over N * T of d_blocks_1                                    (128,)
        # d_W = h1^T d_blocks_1                                             (512, 128)
        np.dot(s.ones_3, s.d_blocks_1_rows, out=d.gpt_blocks_1_feed_forward_down_b)
        np.dot(s.h1_rows.T, s.d_blocks_1_rows, out=d.gpt_blocks_1_feed_forward_down_W)

        # gpt.blocks_1.feed_forward.up                                         gpt.py:40
        # d_b = sum over N * T of d_z1                                          (512,)
        # d_W = norm_2^T d_z1                                               (128, 512)
        np.dot(s.ones_3, s.d_z1_rows, out=d.gpt_blocks_1_feed_forward_up_b)
        np.dot(s.norm_2_rows.T, s.d_z1_rows, out=d.gpt_blocks_1_feed_forward_up_W)

        # gpt.blocks_1.norm_2                                                  gpt.py:40
        self._norm_backward(s.norm[1], p.norm[1])

        # gpt.blocks_1.attention                                               gpt.py:40
        # d_weights_4 = d_attended_4 qkv_transpose_4                      (N, 4, T, T)
        # d_scores_4 = weights * (d_weights_4 - d_weights_sum_4)          (N, 4, T, T)
        # d_q_4 = [d_scores_plus_times_18; d_scores_plus_times_20]       (N, 4, T, 32)
        # d_k_4 = [q_plus_times_34; q_plus_times_36]                     (N, 4, T, 32)
        # d_v_4 = transpose(weights, (0, 1, 3, 2)) d_attended_4          (N, 4, T, 32)
        np.dot(
            s.d_attention_rows_4,
            p.gpt_blocks_1_attention_W_o.T,
            out=s.d_attention_rows_product_4,
        )
        np.matmul(s.d_attended_4, s.qkv_transpose_4, out=s.d_weights_4)
        np.multiply(s.d_weights_4, s.weights, out=s.d_weights_times_4)
        s.d_weights_times_4.sum(axis=3, keepdims=True, out=s.d_weights_sum_4)
        np.subtract(s.d_weights_4, s.d_weights_sum_4, out=s.d_scores_4)
        np.multiply(s.weights, s.d_scores_4, out=s.d_scores_4)
        np.matmul(s.d_scores_4, s.k_concat, out=s.d_scores_product_4)
        np.multiply(s.d_scores_product_4, 0.17677669, out=s.d_scores_times_16)
        np.multiply(s.d_scores_slice_7, s.iota_sin, out=s.d_scores_times_17)
        np.multiply(s.d_scores_slice_8, s.iota_cos, out=s.d_scores_times_18)
        np.add(s.d_scores_times_17, s.d_scores_times_18, out=s.d_scores_plus_times_18)
        np.multiply(s.d_scores_slice_7, s.iota_cos, out=s.d_scores_times_19)
        np.negative(s.d_scores_slice_8, out=s.d_scores_negative_4)
        np.multiply(s.d_scores_negative_4, s.iota_sin, out=s.d_scores_times_20)
        np.add(s.d_scores_times_19, s.d_scores_times_20, out=s.d_scores_plus_times_20)
        np.concatenate(
            (s.d_scores_plus_times_18, s.d_scores_plus_times_20),
            axis=3,
            out=s.d_q_4,
        )
        np.matmul(s.q_transpose_7, s.d_scores_4, out=s.q_product_4)
        np.multiply(s.q_slice_15, s.iota_sin, out=s.q_times_33)
        np.multiply(s.q_slice_16, s.iota_cos, out=s.q_times_34)
        np.add(s.q_times_33, s.q_times_34, out=s.q_plus_times_34)
        np.multiply(s.q_slice_15, s.iota_cos, out=s.q_times_35)
        np.negative(s.q_slice_16, out=s.q_negative_4)
        np.multiply(s.q_negative_4, s.iota_sin, out=s.q_times_36)
        np.add(s.q_times_35, s.q_times_36, out=s.q_plus_times_36)
        np.concatenate((s.q_plus_times_34, s.q_plus_times_36), axis=3, out=s.d_k_4)
        np.matmul(s.weights_transpose_4, s.d_attended_4, out=s.d_v_4)
        np.concatenate(
            (s.d_q_transpose_4, s.d_k_transpose_4, s.d_v_transpose_4),
            axis=2,
            out=s.d_q_concat_4,
        )
        np.dot(
            s.d_qkv_rows_4,
            p.gpt_blocks_1_attention_W_qkv.T,
            out=s.d_qkv_rows_product_4,
        )

        # gpt.blocks_1.norm_1                                                  gpt.py:40
        # d_beta = sum over N * T of d_qkv (gpt.blocks_1.attention.W_qkv)^T     (128,)
        # d_gamma = sum over N * T of d_characters_norm_times                   (128,)
        np.dot(s.ones_3, s.d_characters_norm_reshape, out=d.gpt_blocks_1_norm_1_beta)
        np.multiply(
            s.d_characters_norm,
            s.characters_hat,
            out=s.d_characters_norm_times,
        )
        np.dot(s.ones_3, s.d_characters_norm_reshape_2, out=d.gpt_blocks_1_norm_1_gamma)

        # gpt.blocks_1.attention                                               gpt.py:40
        # d_b_o = sum over N * T of d_attention                                 (128,)
        # d_W_o = (reshape(attended_copy, (N * T, 128)))^T d_attention      (128, 128)
        # d_b_qkv = sum over N * T of reshape(d_q_concat_4, (N, T, 384))        (384,)
        # d_W_qkv = characters_norm^T reshape(d_q_concat_4, (N * T, 384))   (128, 384)
        np.dot(s.ones_3, s.d_attention_rows_4, out=d.gpt_blocks_1_attention_b_o)
        np.dot(s.heads_rows.T, s.d_attention_rows_4, out=d.gpt_blocks_1_attention_W_o)
        np.dot(s.ones_3, s.d_qkv_reshape_4, out=d.gpt_blocks_1_attention_b_qkv)
        np.dot(
            s.characters_norm_rows.T,
            s.d_qkv_rows_4,
            out=d.gpt_blocks_1_attention_W_qkv,
        )
        x_reshape = x.reshape(s.n * s.t, 1)

        # gpt.characters                                                       gpt.py:38
        # x_plus_position = iota_6 + reshape(x, (N * T, 1)) * 128         (N * T, 128)
        np.multiply(x_reshape, 128, out=s.x_position)
        np.add(s.iota_6, s.x_position, out=s.x_plus_position)

        # gpt.blocks_1.norm_1                                                  gpt.py:40
        self._norm_backward(s.norm[0], p.norm[0])

        # gpt.characters: d_W = scatter_add(0, x, d_characters)   (100, 128)   gpt.py:38
        d.gpt_characters_W.fill(0)
        _add_elements(d.gpt_characters_W, s.x_plus_position, s.d_characters_reshape)

        return s.loss[()]

    def _train_update(self, s):
        """Change the states by the gradients."""
        p, d = self.params, self.grads
        adamw_step = int(self.state.adamw_step)
        # ---- update ------------------------------------------------------------------
        # adamw                                                                gpt.py:70
        # gradient_norm = sqrt(sum of squares of grads)                             ()
        # clip_scale = minimum(1 / (gradient_norm + 1e-06), 1)                      ()
        # momentum' = 0.9 * momentum + grads * clip_scale                    (812032,)
        # squares' = 0.999 * squares + square(grads * clip_scale)            (812032,)
        new_adamw_step = adamw_step + 1
        adamw_step_cast = adamw_step
        adamw_step_times_minimum = 3.1415927 * min(adamw_step_cast / 449.0, 1.0)
        adamw_step_minus_cos = 1.0 - math.cos(adamw_step_times_minimum)
        rise = 8e-05 + adamw_step_minus_cos * 0.00096
        adamw_step_minimum_2 = min((adamw_step_cast - 449.0) / 1050.0, 1.0)
        adamw_step_cos_2 = math.cos(3.1415927 * adamw_step_minimum_2)
        adamw_step_times_3 = (1.0 - adamw_step_cos_2) * -0.000999996
        fall = 0.002 + adamw_step_times_3
        learning_rate = rise if (adamw_step_cast <= 449.0) else fall
        t_2 = adamw_step_cast + 1.0
        c = math.sqrt((1.0 - 0.999**t_2) / 0.001)
        alpha_t = learning_rate * c * (0.1 / (1.0 - 0.9**t_2))
        with _Whole():  # no interruption may leave this half done
            for params, momentum in s.adamw_blocks_1:
                np.multiply(1.0 - learning_rate * 0.1, params, out=params)
                np.multiply(0.9, momentum, out=momentum)
            np.dot(d.flat, d.flat, out=s.gradient_norm)
            np.sqrt(s.gradient_norm, out=s.gradient_norm)
            np.add(s.gradient_norm, 1e-06, out=s.clip_scale)
            np.divide(1.0, s.clip_scale, out=s.clip_scale)
            np.clip(s.clip_scale, -np.inf, 1.0, out=s.clip_scale)
            epsilon_t = 1e-08 * c
            for grads, scratch, momentum, squares, params in s.adamw_blocks_2:
                np.multiply(grads, s.clip_scale, out=scratch)
                np.add(momentum, scratch, out=momentum)
                np.multiply(0.999, squares, out=squares)
                np.square(scratch, out=scratch)
                np.add(squares, scratch, out=squares)
                np.sqrt(squares, out=scratch)
                np.add(scratch, epsilon_t, out=scratch)
                np.divide(momentum, scratch, out=scratch)
                np.multiply(alpha_t, scratch, out=scratch)
                np.subtract(params, scratch, out=params)
            np.multiply(
                0.9,
                self.momentum.flat[812032:818944],
                out=self.momentum.flat[812032:818944],
            )
            np.multiply(d.flat[812032:818944], s.clip_scale, out=s.grads_times_2)
            np.add(
                self.momentum.flat[812032:818944],
                s.grads_times_2,
                out=self.momentum.flat[812032:818944],
            )
            np.multiply(
                0.999,
                self.squares.flat[812032:818944],
                out=self.squares.flat[812032:818944],
            )
            np.square(s.grads_times_2, out=s.grads_square_2)
            np.add(
                self.squares.flat[812032:818944],
                s.grads_square_2,
                out=self.squares.flat[812032:818944],
            )
            np.sqrt(self.squares.flat[812032:818944], out=s.new_squares_sqrt_2)
            np.add(s.new_squares_sqrt_2, epsilon_t, out=s.new_squares_plus_2)
            np.divide(
                self.momentum.flat[812032:818944],
                s.new_squares_plus_2,
                out=s.new_momentum_over_2,
            )
            np.multiply(alpha_t, s.new_momentum_over_2, out=s.alpha_t_times_2)
            np.subtract(
                p.flat[812032:818944],
                s.alpha_t_times_2,
                out=p.flat[812032:818944],
            )
            self.state.adamw_step[...] = new_adamw_step

    def _train_slots(self, x, y):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._train[x.dtype, x.shape, y.dtype, y.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_train(x, y)
        _check_range("x", x, 100)
        _check_range("y", y, 100)
        return s

    def _plan_train(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        p, d = self.params, self.grads
        sizes = {}
        _check("x", x, np.int64, ("N", "T"), sizes)
        _check("y", y, np.int64, ("N", "T"), sizes)
        n = sizes["N"]
        t = sizes["T"]
        s = SimpleNamespace(n=n, t=t)
        units = -(-(n * t) // 16) * 16  # aligned
        units_2 = -(-(n * t * t) // 16) * 16  # aligned
        end = 57888 * units + 96 * units_2 + 8
        memory = self._memory(max(end, 262152))
        end_2 = 57888 * units + 96 * units_2
        float32 = _arrays_in(memory, np.float32)
        int64 = _arrays_in(memory, np.int64)
        s.characters = float32(27668 * units, (n, t, 128))
        s.ones = np.ones((128,), dtype=np.float32)
        s.characters_hat = float32(0, (n, t, 128))
        s.characters_norm = float32(516 * units, (n, t, 128))
        s.characters_norm_rows = s.characters_norm.reshape(n * t, 128)
        s.qkv = float32(2564 * units, (n, t, 384))
        s.qkv_reshape = s.qkv.reshape(n, t, 12, 32)
        s.iota = np.arange(t, dtype=np.int64)
        s.iota_cast = s.iota.astype(np.float32)
        s.iota_reshape = s.iota_cast.reshape(t, 1)
        s.iota_2 = np.arange(16, dtype=np.float32)
        s.row_starts = s.iota_2 * -0.5756463
        s.row_starts_exp = np.exp(s.row_starts)
        s.iota_times = s.iota_reshape * s.row_starts_exp
        s.iota_cos = np.cos(s.iota_times)
        s.iota_sin = np.sin(s.iota_times)
        s.q_times_5 = float32(1028 * units, (n, 4, t, 32))
        s.k_concat = float32(2052 * units, (n, 4, t, 32))
        s.iota_3 = np.broadcast_to(np.arange(t, dtype=np.int64).reshape((t, 1)), (t, 1))
        s.iota_4 = np.broadcast_to(np.arange(t, dtype=np.int64), (1, t))
        s.iota_3_mask = s.iota_3 >= s.iota_4
        s.iota_3_where = np.where(s.iota_3_mask, np.float32(0.0), np.float32(-np.inf))
        s.weights = float32(57888 * units, (n, 4, t, t))
        s.qkv_slice_3 = s.qkv_reshape[:, :, 8:]
        s.attended_copy = float32(1540 * units, (n, t, 4, 32))
        s.heads_rows = s.attended_copy.reshape(n * t, 128)
        s.blocks_1_times = float32(4100 * units, (n, t, 128))
        s.norm_2 = float32(6664 * units, (n, t, 128))
        s.norm_2_rows = s.norm_2.reshape(n * t, 128)
        s.z1_clip = float32(9224 * units, (n, t, 512))
        s.z1_plus_exp = float32(11272 * units, (n, t, 512))
        s.z1_over_plus_exp = float32(7176 * units, (n, t, 512))
        s.h1 = float32(4616 * units, (n, t, 512))
        s.h1_rows = s.h1.reshape(n * t, 512)
        s.blocks_4 = float32(27668 * units, (n, t, 128))
        s.blocks_4_reshape_5 = s.blocks_4.reshape(n * t, 128)
        s.blocks_4_row_sum_3 = float32(28180 * units, (n * t,))
        s.blocks_4_reshape_6 = s.blocks_4_row_sum_3.reshape(n, t, 1)
        s.blocks_4_mean = float32(28184 * units, (n, t, 1))
        s.blocks_4_hat = float32(27668 * units, (n, t, 128))
        s.blocks_4_hat_square = float32(28180 * units, (n, t, 128))
        s.blocks_4_hat_reshape = s.blocks_4_hat_square.reshape(n * t, 128)
        s.blocks_4_hat_row_sum = float32(28692 * units, (n * t,))
        s.blocks_4_hat_reshape_2 = s.blocks_4_hat_row_sum.reshape(n, t, 1)
        s.blocks_4_var = float32(28180 * units, (n, t, 1))
        s.blocks_4_inv_std = float32(28180 * units, (n, t, 1))
        s.blocks_4_norm = float32(28184 * units, (n, t, 128))
        s.blocks_4_norm_rows = s.blocks_4_norm.reshape(n * t, 128)
        s.blocks_4_norm_rows_product = float32(29096 * units, (n * t, 100))
        s.logits = s.blocks_4_norm_rows_product.reshape(n, t, 100)
        s.logits_max = float32(29496 * units, (n, t, 1))
        s.logits_minus_max = float32(28696 * units, (n, t, 100))
        s.logits_exp = float32(29208 * units, (n, t, 100))
        s.logits_reshape = s.logits_exp.reshape(n * t, 100)
        s.ones_2 = np.ones((100,), dtype=np.float32)
        s.logits_row_sum = float32(29104 * units, (n * t,))
        s.logits_reshape_2 = s.logits_row_sum.reshape(n, t, 1)
        s.logits_log = float32(29108 * units, (n, t, 1))
        s.logits_reshape_3 = s.logits_log.reshape(n, t)
        s.iota_5 = np.arange(n * t, dtype=np.int64)
        s.row_starts_2 = s.iota_5 * 100
        s.y_position = int64(29096 * units, (n * t,))
        s.logits_take = float32(29112 * units, (n * t,))
        s.logits_reshape_4 = s.logits_take.reshape(n, t)
        s.logits_minus = float32(28696 * units, (n, t))
        s.loss = float32(end_2, ())
        s.minus_ones = np.full((n * t,), -1.0, dtype=np.float32)
        s.d_logits = float32(29208 * units, (n, t, 100))
        s.d_logits_rows = s.d_logits.reshape(n * t, 100)
        s.d_logits_rows_product = float32(28696 * units, (n * t, 128))
        s.d_blocks_4_norm = s.d_logits_rows_product.reshape(n, t, 128)
        s.d_blocks_4_norm_reshape = s.d_blocks_4_norm.reshape(n * t, 128)
        s.ones_3 = np.ones((n * t,), dtype=np.float32)
        s.d_blocks_4_norm_times = float32(28184 * units, (n, t, 128))
        s.d_blocks_4_norm_reshape_2 = s.d_blocks_4_norm_times.reshape(n * t, 128)
        s.d_blocks_4_hat = float32(28184 * units, (n, t, 128))
        s.d_blocks_4_hat_reshape = s.d_blocks_4_hat.reshape(n * t, 128)
        s.d_blocks_4_hat_row_sum = float32(28700 * units, (n * t,))
        s.d_blocks_4_hat_reshape_2 = s.d_blocks_4_hat_row_sum.reshape(n, t, 1)
        s.d_blocks_4_hat_over = float32(28696 * units, (n, t, 1))
        s.d_blocks_4 = float32(31764 * units, (n, t, 128))
        s.d_blocks_4_hat_times = float32(28184 * units, (n, t, 128))
        s.d_blocks_4_hat_reshape_3 = s.d_blocks_4_hat_times.reshape(n * t, 128)
        s.d_blocks_4_hat_row_sum_2 = float32(28696 * units, (n * t,))
        s.d_blocks_4_hat_reshape_4 = s.d_blocks_4_hat_row_sum_2.reshape(n, t, 1)
        s.d_blocks_4_hat_over_2 = float32(28184 * units, (n, t, 1))
        s.blocks_4_hat_times = float32(27668 * units, (n, t, 128))
        s.d_attention = float32(31764 * units, (n, t, 128))
        s.d_blocks_1 = float32(31764 * units, (n, t, 128))
        s.d_blocks_1_rows = s.d_blocks_1.reshape(n * t, 128)
        s.d_blocks_1_rows_product = float32(13320 * units, (n * t, 512))
        s.d_h1 = s.d_blocks_1_rows_product.reshape(n, t, 512)
        s.z1_times_clip = float32(15368 * units, (n, t, 512))
        s.z1_times = float32(15368 * units, (n, t, 512))
        s.z1_plus_times = float32(15368 * units, (n, t, 512))
        s.z1_times_2 = float32(9224 * units, (n, t, 512))
        s.z1_over_plus_exp_2 = float32(9224 * units, (n, t, 512))
        s.z1_plus_2 = float32(9224 * units, (n, t, 512))
        s.d_z1 = float32(7176 * units, (n, t, 512))
        s.d_z1_rows = s.d_z1.reshape(n * t, 512)
        s.d_z1_rows_product = float32(9224 * units, (n * t, 128))
        s.d_norm_2_4 = s.d_z1_rows_product.reshape(n, t, 128)
        s.d_norm_2_reshape_19 = s.d_norm_2_4.reshape(n * t, 128)
        s.d_norm_2_times_7 = float32(9736 * units, (n, t, 128))
        s.d_norm_2_reshape_20 = s.d_norm_2_times_7.reshape(n * t, 128)
        s.d_attention_rows_4 = s.d_attention.reshape(n * t, 128)
        s.d_attention_rows_product_4 = float32(4100 * units, (n * t, 128))
        s.d_attention_rows_reshape_4 = s.d_attention_rows_product_4.reshape(n, t, 4, 32)
        s.d_attended_4 = s.d_attention_rows_reshape_4.transpose(0, 2, 1, 3)
        s.qkv_transpose_4 = s.qkv_slice_3.transpose(0, 2, 3, 1)
        s.d_weights_4 = float32(57888 * units + 16 * units_2, (n, 4, t, t))
        s.d_weights_times_4 = float32(57888 * units + 32 * units_2, (n, 4, t, t))
        s.d_weights_sum_4 = float32(2564 * units, (n, 4, t, 1))
        s.d_scores_4 = float32(57888 * units + 16 * units_2, (n, 4, t, t))
        s.d_scores_product_4 = float32(2564 * units, (n, 4, t, 32))
        s.d_scores_times_16 = float32(2564 * units, (n, 4, t, 32))
        s.d_scores_slice_7 = s.d_scores_times_16[:, :, :, 16:]
        s.d_scores_times_17 = float32(3076 * units, (n, 4, t, 16))
        s.d_scores_slice_8 = s.d_scores_times_16[:, :, :, :16]
        s.d_scores_times_18 = float32(2052 * units, (n, 4, t, 16))
        s.d_scores_plus_times_18 = float32(3076 * units, (n, 4, t, 16))
        s.d_scores_times_19 = float32(3332 * units, (n, 4, t, 16))
        s.d_scores_negative_4 = float32(2052 * units, (n, 4, t, 16))
        s.d_scores_times_20 = float32(2052 * units, (n, 4, t, 16))
        s.d_scores_plus_times_20 = float32(3332 * units, (n, 4, t, 16))
        s.d_q_4 = float32(2052 * units, (n, 4, t, 32))
        s.d_q_transpose_4 = s.d_q_4.transpose(0, 2, 1, 3)
        s.q_transpose_7 = s.q_times_5.transpose(0, 1, 3, 2)
        s.q_product_4 = float32(2564 * units, (n, 4, 32, t))
        s.q_transpose_8 = s.q_product_4.transpose(0, 1, 3, 2)
        s.q_slice_15 = s.q_transpose_8[:, :, :, 16:]
        s.q_times_33 = float32(3076 * units, (n, 4, t, 16))
        s.q_slice_16 = s.q_transpose_8[:, :, :, :16]
        s.q_times_34 = float32(1028 * units, (n, 4, t, 16))
        s.q_plus_times_34 = float32(3076 * units, (n, 4, t, 16))
        s.q_times_35 = float32(3332 * units, (n, 4, t, 16))
        s.q_negative_4 = float32(1028 * units, (n, 4, t, 16))
        s.q_times_36 = float32(1028 * units, (n, 4, t, 16))
        s.q_plus_times_36 = float32(3332 * units, (n, 4, t, 16))
        s.d_k_4 = float32(1028 * units, (n, 4, t, 32))
        s.d_k_transpose_4 = s.d_k_4.transpose(0, 2, 1, 3)
        s.weights_transpose_4 = s.weights.transpose(0, 1, 3, 2)
        s.d_v_4 = float32(4612 * units, (n, 4, t, 32))
        s.d_v_transpose_4 = s.d_v_4.transpose(0, 2, 1, 3)
        s.d_q_concat_4 = float32(2564 * units, (n, t, 12, 32))
        s.d_qkv_rows_4 = s.d_q_concat_4.reshape(n * t, 384)
        s.d_qkv_rows_product_4 = float32(2052 * units, (n * t, 128))
        s.d_characters_norm = s.d_qkv_rows_product_4.reshape(n, t, 128)
        s.d_characters_norm_reshape = s.d_characters_norm.reshape(n * t, 128)
        s.d_characters_norm_times = float32(1028 * units, (n, t, 128))
        s.d_characters_norm_reshape_2 = s.d_characters_norm_times.reshape(n * t, 128)
        s.d_qkv_4 = s.d_q_concat_4.reshape(n, t, 384)
        s.d_qkv_reshape_4 = s.d_qkv_4.reshape(n * t, 384)
        s.iota_6 = np.broadcast_to(np.arange(128, dtype=np.int64), (1, 128))
        s.x_position = int64(1540 * units, (n * t, 1))
        s.x_plus_position = int64(516 * units, (n * t, 128))
        s.d_characters = float32(31764 * units, (n, t, 128))
        s.d_characters_reshape = s.d_characters.reshape(n * t, 128)
        s.gradient_norm = float32(262144, ())
        s.clip_scale = float32(262144, ())
        s.grads_times = float32(0, (65536,))
        s.grads_times_2 = float32(0, (6912,))
        s.grads_square_2 = float32(0, (6912,))
        s.new_squares_sqrt_2 = float32(0, (6912,))
        s.new_squares_plus_2 = float32(0, (6912,))
        s.new_momentum_over_2 = float32(0, (6912,))
        s.alpha_t_times_2 = float32(0, (6912,))
        s.adamw_blocks_1 = _blocks(
            812032,
            p.flat[0:812032],
            self.momentum.flat[0:812032],
        )
        s.adamw_blocks_2 = _blocks(
            812032,
            d.flat[0:812032],
            s.grads_times,
            self.momentum.flat[0:812032],
            self.squares.flat[0:812032],
            p.flat[0:812032],
        )
        table = """
        blocks_1_times 0 4100
        over_sqrt 512 4612
        value_2_2 2052 5128
        product_4 2052 9224
        d_2_times_8 1540 4616
        d_2_over_7 2564 5640
        """
        rows = _rows(table)
        s.norm = [SimpleNamespace(ones=s.ones) for _ in range(2)]
        for k_5 in range(2):
            b, at = s.norm[k_5], rows[k_5]
            b.blocks_1_times = float32(at.blocks_1_times * units, (n, t, 128))
            b.blocks_1_times_2 = float32(at.blocks_1_times * units, (n, t, 128))
            b.blocks_1_over_sqrt = float32(at.over_sqrt * units, (n, t, 1))
            b.blocks_1_times_2_2 = float32(at.value_2_2 * units, (n, t, 128))
            b.d_qkv_rows_product_4 = float32(at.product_4 * units, (n * t, 128))
            b.d_2_4 = b.d_qkv_rows_product_4.reshape(n, t, 128)
            b.d_2_times_8 = float32(at.d_2_times_8 * units, (n, t, 128))
            b.d_2_reshape_21 = b.d_2_times_8.reshape(n * t, 128)
            b.d_2_row_sum_7 = float32(at.value_2_2 * units, (n * t,))
            b.d_2_reshape_22 = b.d_2_row_sum_7.reshape(n, t, 1)
            b.d_2_over_7 = float32(at.d_2_over_7 * units, (n, t, 1))
            b.d_2_minus_over_7 = float32(at.value_2_2 * units, (n, t, 128))
            b.d_2_times_8_2 = float32(at.d_2_times_8 * units, (n, t, 128))
            b.d_2_reshape_23 = b.d_2_times_8_2.reshape(n * t, 128)
            b.d_2_row_sum_8 = float32(at.d_2_over_7 * units, (n * t,))
            b.d_2_reshape_24 = b.d_2_row_sum_8.reshape(n, t, 1)
            b.d_2_over_8 = float32(at.d_2_times_8 * units, (n, t, 1))
            b.d_2_minus_4 = float32(at.value_2_2 * units, (n, t, 128))
            b.d_blocks_1 = float32(31764 * units, (n, t, 128))
            b.d_attention = float32(31764 * units, (n, t, 128))
        table = """
        row_sum 0..26640/13320 28184
        mean 512..27152/13320 28180
        hat 0..26640/13320 44568
        hat_square 512..27152/13320 28184
        hat_row_sum 1024..27664/13320 28180
        var 512..27152/13320 45080
        norm 516..27156/13320 45084
        rows_product 1028 14348 28180x2
        qkv 2564 15884 33300 46620
        q_times 1540 14860 28180x2
        q_times_2 1028 14348 28436x2
        q_times_3 1796 15116 28436x2
        q_times_4 1028 14348 28692x2
        q_concat 1028 14348 32276 45596
        k_times_4 2052 15372 28692x2
        k_concat 2052 15372 34836 48156
        scores 0..48/16
        attended 4100 17420 28180x2
        attended_copy 1540 14860 32788 46108
        attention 4612 17932 28692x2
        row_sum_2 4100 17420 28184x2
        over 4612 17932 28180x2
        minus_over 4100 17420 35348 48668
        square 4612 17932 28184x2
        row_sum_2_2 5124 18444 28180x2
        over_2 4612 17932 35860 49180
        norm_2 6664 19984 37912 51232
        rows_product_2 7176 20496 28180x2
        z 4616 17936 35864 49184
        z_clip 9224 22544 40472 51744
        z_square 7176 20496 38424 29716
        z_plus_exp 11272 24592 42520 53792
        h1_rows_product 13320 26640 28180x2
        h2 13832 27152 28692x2
        z_times_clip 28688x2 29716 55840
        z_times_2 22544x2 40472 51744
        times_2 18448x2 28180x2
        q_product 15884x2 28180x2
        q_times_6 16396x2 28692x2
        q_times_7 14348x2 28948x2
        q_times_8 16652x2 28948x2
        q_negative 14348x2 29716x2
        hat_times 13320x2 26640 44568
        inv_std_times 14348x2 27668 28180
        d_rows_product 26640x2 27668x2
        d_z 20496x2 38424 29716
        d_z_rows_product 22544x2 28180x2
        d_norm_2_times 23056x2 27668x2
        d_norm_2_times_2 17936x2 27668x2
        d_norm_2_over 18960x2 28692x2
        rows_product_3 17420x2 27668x2
        d_weights 32x2 48 64
        d_weights_times 48x2 64 80
        d_scores_times_3 15372x2 28948x2
        scores_negative 15372x2 29204x2
        d_v 17932x2 30228x2
        d_q_concat 15884x2 27668x2
        rows_product_4 14348x2 29204x2
        d_norm_times 15372x2 29716x2
        d_hat 13836x2 27156 27668
        d_hat_over 14860x2 28180 28692
        """
        rows = _rows(table)
        s.blocks = [SimpleNamespace() for _ in range(4)]
        for k_5 in range(4):
            b = s.blocks[k_5]
            b.ones = s.ones
            b.iota_cos = s.iota_cos
            b.iota_sin = s.iota_sin
            b.iota_3_where = s.iota_3_where
            b.ones_3 = s.ones_3
            b.d_attention = s.d_attention
        for k_5 in range(4):
            b, at = s.blocks[k_5], rows[k_5]
            b.blocks_in = float32(27668 * units, (n, t, 128))
            b.reshape = b.blocks_in.reshape(n * t, 128)
            b.row_sum = float32(at.row_sum * units, (n * t,))
            b.reshape_2 = b.row_sum.reshape(n, t, 1)
            b.mean = float32(at.mean * units, (n, t, 1))
            b.hat = float32(at.hat * units, (n, t, 128))
            b.hat_square = float32(at.hat_square * units, (n, t, 128))
            b.hat_reshape = b.hat_square.reshape(n * t, 128)
            b.hat_row_sum = float32(at.hat_row_sum * units, (n * t,))
            b.hat_reshape_2 = b.hat_row_sum.reshape(n, t, 1)
            b.var = float32(at.var * units, (n, t, 1))
            b.inv_std = float32(at.var * units, (n, t, 1))
            b.norm = float32(at.norm * units, (n, t, 128))
            b.norm_rows = b.norm.reshape(n * t, 128)
            b.norm_rows_product = float32(at.rows_product * units, (n * t, 384))
            b.norm_rows_reshape = b.norm_rows_product.reshape(n, t, 384)
            b.qkv = float32(at.qkv * units, (n, t, 384))
            b.qkv_reshape = b.qkv.reshape(n, t, 12, 32)
            b.qkv_slice_2 = b.qkv_reshape[:, :, :4]
            b.q = b.qkv_slice_2.transpose(0, 2, 1, 3)
            b.q_slice = b.q[:, :, :, :16]
            b.q_times = float32(at.q_times * units, (n, 4, t, 16))
            b.q_slice_2 = b.q[:, :, :, 16:]
            b.q_times_2 = float32(at.q_times_2 * units, (n, 4, t, 16))
            b.q_minus_times = float32(at.q_times * units, (n, 4, t, 16))
            b.q_times_3 = float32(at.q_times_3 * units, (n, 4, t, 16))
            b.q_times_4 = float32(at.q_times_4 * units, (n, 4, t, 16))
            b.q_plus_times = float32(at.q_times_3 * units, (n, 4, t, 16))
            b.q_concat = float32(at.q_concat * units, (n, 4, t, 32))
            b.q_times_5 = float32(at.q_concat * units, (n, 4, t, 32))
            b.qkv_slice_3 = b.qkv_reshape[:, :, 4:8]
            b.k = b.qkv_slice_3.transpose(0, 2, 1, 3)
            b.k_slice = b.k[:, :, :, :16]
            b.k_times = float32(at.q_times * units, (n, 4, t, 16))
            b.k_slice_2 = b.k[:, :, :, 16:]
            b.k_times_2 = float32(at.q_times_3 * units, (n, 4, t, 16))
            b.k_minus_times = float32(at.q_times * units, (n, 4, t, 16))
            b.k_times_3 = float32(at.q_times_3 * units, (n, 4, t, 16))
            b.k_times_4 = float32(at.k_times_4 * units, (n, 4, t, 16))
            b.k_plus_times = float32(at.q_times_3 * units, (n, 4, t, 16))
            b.k_concat = float32(at.k_concat * units, (n, 4, t, 32))
            b.k_transpose = b.k_concat.transpose(0, 1, 3, 2)
            b.scores = float32(57888 * units + at.scores * units_2, (n, 4, t, t))
            b.weights = float32(57888 * units + at.scores * units_2, (n, 4, t, t))
            b.weights_max = float32(at.q_times * units, (n, 4, t, 1))
            b.weights_sum = float32(at.q_times * units, (n, 4, t, 1))
            b.qkv_slice = b.qkv_reshape[:, :, 8:]
            b.v = b.qkv_slice.transpose(0, 2, 1, 3)
            b.attended = float32(at.attended * units, (n, 4, t, 32))
            b.attended_copy = float32(at.attended_copy * units, (n, t, 4, 32))
            b.attended_transpose = b.attended.transpose(0, 2, 1, 3)
            b.heads_rows = b.attended_copy.reshape(n * t, 128)
            b.heads_rows_product = float32(at.attended * units, (n * t, 128))
            b.heads_rows_reshape = b.heads_rows_product.reshape(n, t, 128)
            b.attention = float32(at.attention * units, (n, t, 128))
            b.blocks = float32(27668 * units, (n, t, 128))
            b.reshape_3 = b.blocks.reshape(n * t, 128)
            b.row_sum_2 = float32(at.row_sum_2 * units, (n * t,))
            b.reshape_2_2 = b.row_sum_2.reshape(n, t, 1)
            b.over = float32(at.over * units, (n, t, 1))
            b.minus_over = float32(at.minus_over * units, (n, t, 128))
            b.square = float32(at.square * units, (n, t, 128))
            b.reshape_3_2 = b.square.reshape(n * t, 128)
            b.row_sum_2_2 = float32(at.row_sum_2_2 * units, (n * t,))
            b.reshape_4 = b.row_sum_2_2.reshape(n, t, 1)
            b.over_2 = float32(at.over_2 * units, (n, t, 1))
            b.plus = float32(at.over_2 * units, (n, t, 1))
            b.sqrt = float32(at.over_2 * units, (n, t, 1))
            b.over_sqrt = float32(at.over_2 * units, (n, t, 1))
            b.times = float32(at.minus_over * units, (n, t, 128))
            b.norm_2 = float32(at.norm_2 * units, (n, t, 128))
            b.norm_2_rows = b.norm_2.reshape(n * t, 128)
            b.norm_2_rows_product = float32(at.rows_product_2 * units, (n * t, 512))
            b.norm_2_rows_reshape = b.norm_2_rows_product.reshape(n, t, 512)
            b.z = float32(at.z * units, (n, t, 512))
            b.z_clip = float32(at.z_clip * units, (n, t, 512))
            b.z_square = float32(at.z_square * units, (n, t, 512))
            b.z_times_square = float32(at.z_square * units, (n, t, 512))
            b.z_plus = float32(at.z_square * units, (n, t, 512))
            b.z_times_plus = float32(at.z_square * units, (n, t, 512))
            b.z_exp = float32(at.z_square * units, (n, t, 512))
            b.z_plus_exp = float32(at.z_plus_exp * units, (n, t, 512))
            b.z_over_plus_exp = float32(at.z_square * units, (n, t, 512))
            b.h1 = float32(at.z * units, (n, t, 512))
            b.h1_rows = b.h1.reshape(n * t, 512)
            b.h1_rows_product = float32(at.h1_rows_product * units, (n * t, 128))
            b.h1_rows_reshape = b.h1_rows_product.reshape(n, t, 128)
            b.h2 = float32(at.h2 * units, (n, t, 128))
        for k_5 in range(1, 4):
            b, at = s.blocks[k_5], rows[k_5]
            b.z_times_clip = float32(at.z_times_clip * units, (n, t, 512))
            b.z_times = float32(at.z_times_clip * units, (n, t, 512))
            b.z_plus_times = float32(at.z_times_clip * units, (n, t, 512))
            b.z_times_2 = float32(at.z_times_2 * units, (n, t, 512))
            b.z_over_plus_exp_2 = float32(at.z_times_2 * units, (n, t, 512))
            b.z_plus_2 = float32(at.z_times_2 * units, (n, t, 512))
            b.times_2 = float32(at.times_2 * units, (n, t, 128))
            b.qkv_transpose = b.qkv_slice.transpose(0, 2, 3, 1)
            b.q_transpose = b.q_times_5.transpose(0, 1, 3, 2)
            b.q_product = float32(at.q_product * units, (n, 4, 32, t))
            b.q_transpose_2 = b.q_product.transpose(0, 1, 3, 2)
            b.q_slice_3 = b.q_transpose_2[:, :, :, 16:]
            b.q_times_6 = float32(at.q_times_6 * units, (n, 4, t, 16))
            b.q_slice_4 = b.q_transpose_2[:, :, :, :16]
            b.q_times_7 = float32(at.q_times_7 * units, (n, 4, t, 16))
            b.q_plus_times_2 = float32(at.q_times_6 * units, (n, 4, t, 16))
            b.q_times_8 = float32(at.q_times_8 * units, (n, 4, t, 16))
            b.q_negative = float32(at.q_negative * units, (n, 4, t, 16))
            b.q_times_9 = float32(at.q_negative * units, (n, 4, t, 16))
            b.q_plus_times_3 = float32(at.q_times_8 * units, (n, 4, t, 16))
            b.weights_transpose = b.weights.transpose(0, 1, 3, 2)
            b.hat_times = float32(at.hat_times * units, (n, t, 128))
            b.inv_std_times = float32(at.inv_std_times * units, (n, t, 128))
            b.d_blocks = float32(31764 * units, (n, t, 128))
            b.d_rows = b.d_blocks.reshape(n * t, 128)
            b.d_rows_product = float32(at.d_rows_product * units, (n * t, 512))
            b.d_z = float32(at.d_z * units, (n, t, 512))
            b.d_h1 = b.d_rows_product.reshape(n, t, 512)
            b.d_z_rows = b.d_z.reshape(n * t, 512)
            b.d_z_rows_product = float32(at.d_z_rows_product * units, (n * t, 128))
            b.d_norm_2 = b.d_z_rows_product.reshape(n, t, 128)
            b.d_norm_2_reshape = b.d_norm_2.reshape(n * t, 128)
            b.d_norm_2_times = float32(at.d_norm_2_times * units, (n, t, 128))
            b.d_norm_2_reshape_2 = b.d_norm_2_times.reshape(n * t, 128)
            b.d_norm_2_times_2 = float32(at.d_norm_2_times_2 * units, (n, t, 128))
            b.d_norm_2_reshape_3 = b.d_norm_2_times_2.reshape(n * t, 128)
            b.d_norm_2_row_sum = float32(at.times_2 * units, (n * t,))
            b.d_norm_2_reshape_4 = b.d_norm_2_row_sum.reshape(n, t, 1)
            b.d_norm_2_over = float32(at.d_norm_2_over * units, (n, t, 1))
            b.d_norm_2_minus_over = float32(at.times_2 * units, (n, t, 128))
            b.d_norm_2_reshape_5 = b.d_norm_2_times_2.reshape(n * t, 128)
            b.d_norm_2_row_sum_2 = float32(at.d_norm_2_over * units, (n * t,))
            b.d_norm_2_reshape_6 = b.d_norm_2_row_sum_2.reshape(n, t, 1)
            b.d_norm_2_over_2 = float32(at.d_norm_2_times_2 * units, (n, t, 1))
            b.d_norm_2_minus = float32(at.times_2 * units, (n, t, 128))
            b.d_attention_rows = s.d_attention.reshape(n * t, 128)
            b.d_attention_rows_product = float32(
                at.rows_product_3 * units,
                (n * t, 128),
            )
            b.d_attention_rows_reshape = b.d_attention_rows_product.reshape(n, t, 4, 32)
            b.d_attended = b.d_attention_rows_reshape.transpose(0, 2, 1, 3)
            b.d_weights = float32(57888 * units + at.d_weights * units_2, (n, 4, t, t))
            b.d_weights_times = float32(
                57888 * units + at.d_weights_times * units_2,
                (n, 4, t, t),
            )
            b.d_weights_sum = float32(at.q_product * units, (n, 4, t, 1))
            b.d_scores = float32(57888 * units + at.d_weights * units_2, (n, 4, t, t))
            b.d_scores_product = float32(at.q_product * units, (n, 4, t, 32))
            b.d_scores_times = float32(at.q_product * units, (n, 4, t, 32))
            b.d_scores_slice = b.d_scores_times[:, :, :, 16:]
            b.d_scores_times_2 = float32(at.q_times_6 * units, (n, 4, t, 16))
            b.d_scores_slice_2 = b.d_scores_times[:, :, :, :16]
            b.d_scores_times_3 = float32(at.d_scores_times_3 * units, (n, 4, t, 16))
            b.d_scores_plus_times = float32(at.q_times_6 * units, (n, 4, t, 16))
            b.d_scores_times_4 = float32(at.q_times_8 * units, (n, 4, t, 16))
            b.d_scores_negative = float32(at.scores_negative * units, (n, 4, t, 16))
            b.d_scores_times_5 = float32(at.scores_negative * units, (n, 4, t, 16))
            b.d_scores_plus_times_2 = float32(at.q_times_8 * units, (n, 4, t, 16))
            b.d_q = float32(at.scores_negative * units, (n, 4, t, 32))
            b.d_k = float32(at.q_negative * units, (n, 4, t, 32))
            b.d_v = float32(at.d_v * units, (n, 4, t, 32))
            b.d_q_transpose = b.d_q.transpose(0, 2, 1, 3)
            b.d_k_transpose = b.d_k.transpose(0, 2, 1, 3)
            b.d_v_transpose = b.d_v.transpose(0, 2, 1, 3)
            b.d_q_concat = float32(at.d_q_concat * units, (n, t, 12, 32))
            b.d_qkv_rows = b.d_q_concat.reshape(n * t, 384)
            b.d_qkv_rows_product = float32(at.rows_product_4 * units, (n * t, 128))
            b.d_norm = b.d_qkv_rows_product.reshape(n, t, 128)
            b.d_norm_reshape = b.d_norm.reshape(n * t, 128)
            b.d_norm_times = float32(at.d_norm_times * units, (n, t, 128))
            b.d_norm_reshape_2 = b.d_norm_times.reshape(n * t, 128)
            b.d_qkv = b.d_q_concat.reshape(n, t, 384)
            b.d_qkv_reshape = b.d_qkv.reshape(n * t, 384)
            b.d_hat = float32(at.d_hat * units, (n, t, 128))
            b.d_hat_reshape = b.d_hat.reshape(n * t, 128)
            b.d_hat_row_sum = float32(at.inv_std_times * units, (n * t,))
            b.d_hat_reshape_2 = b.d_hat_row_sum.reshape(n, t, 1)
            b.d_hat_over = float32(at.d_hat_over * units, (n, t, 1))
            b.d_hat_minus_over = float32(at.inv_std_times * units, (n, t, 128))
            b.d_hat_times = float32(at.d_hat * units, (n, t, 128))
            b.d_hat_reshape_3 = b.d_hat_times.reshape(n * t, 128)
            b.d_hat_row_sum_2 = float32(at.d_hat_over * units, (n * t,))
            b.d_hat_reshape_4 = b.d_hat_row_sum_2.reshape(n, t, 1)
            b.d_hat_over_2 = float32(at.d_hat * units, (n, t, 1))
            b.d_hat_minus = float32(at.inv_std_times * units, (n, t, 128))
            b.d_blocks_in = float32(31764 * units, (n, t, 128))
        self._train[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def evaluate(self, x, y):
        """Returns loss.

        x: int64 (N, T)
        y: int64 (N, T)
        """
        s = self._evaluate_slots(x, y)
        loss = self._evaluate_body(s, x, y)
        return {"loss": loss}

    def _evaluate_body(self, s, x, y):
        """The computation of evaluate."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # gpt.characters: characters = W[x]                      (N, T, 128)   gpt.py:38
        np.take(p.gpt_characters_W, x, axis=0, out=s.characters, mode="clip")

        # gpt.blocks_1 to gpt.blocks_4                                         gpt.py:40
        for k in range(4):
            self._blocks_forward(s.blocks[k], p.blocks[k])

        # gpt.norm                                                             gpt.py:51
        # blocks_4_mean = mean(blocks_4, axis 2)                             (N, T, 1)
        # blocks_4_var = mean(square(blocks_4 - blocks_4_mean), axis 2)      (N, T, 1)
        # blocks_4_inv_std = 1 / sqrt(blocks_4_var + 1e-05)                  (N, T, 1)
        # blocks_4_hat = (blocks_4 - mean) / sqrt(var + 1e-05)             (N, T, 128)
        # blocks_4_norm = blocks_4_hat * gamma + beta                      (N, T, 128)
        np.dot(s.blocks_4_reshape_3, s.ones, out=s.blocks_4_row_sum_2)
        np.divide(s.blocks_4_reshape_4, 128.0, out=s.blocks_4_mean)
        np.subtract(s.blocks_4, s.blocks_4_mean, out=s.blocks_4_hat)
        np.square(s.blocks_4_hat, out=s.blocks_4_hat_square)
        np.dot(s.blocks_4_hat_reshape, s.ones, out=s.blocks_4_hat_row_sum)
        np.divide(s.blocks_4_hat_reshape_2, 128.0, out=s.blocks_4_var)
        np.add(s.blocks_4_var, 1e-05, out=s.blocks_4_inv_std)
        np.sqrt(s.blocks_4_inv_std, out=s.blocks_4_inv_std)
        np.divide(1.0, s.blocks_4_inv_std, out=s.blocks_4_inv_std)
        np.multiply(s.blocks_4_hat, s.blocks_4_inv_std, out=s.blocks_4_hat)
        np.multiply(s.blocks_4_hat, p.gpt_norm_gamma, out=s.blocks_4_norm)
        np.add(s.blocks_4_norm, p.gpt_norm_beta, out=s.blocks_4_norm)

        # gpt.scores                                                           gpt.py:52
        # blocks_4_norm_rows_product = blocks_4_norm W                    (N * T, 100)
        np.dot(s.blocks_4_norm_rows, p.gpt_scores_W, out=s.blocks_4_norm_rows_product)

        # softmax_cross_entropy: loss = mean(-log_softmax(logits)[y])     ()   gpt.py:67
        s.logits.max(axis=2, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        np.dot(s.logits_reshape, s.ones_2, out=s.logits_row_sum)
        np.log(s.logits_reshape_2, out=s.logits_log)
        y_reshape = y.reshape(s.n * s.t)
        np.add(y_reshape, s.row_starts_2, out=s.y_position)
        np.take(s.logits_minus_max, s.y_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape_3, s.logits_reshape_4, out=s.logits_minus)
        s.logits_minus.sum(out=s.loss)
        np.divide(s.loss, s.n * s.t, out=s.loss)

        return s.loss[()]

    def _evaluate_slots(self, x, y):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._evaluate[x.dtype, x.shape, y.dtype, y.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_evaluate(x, y)
        _check_range("x", x, 100)
        _check_range("y", y, 100)
        return s

    def _plan_evaluate(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.int64, ("N", "T"), sizes)
        _check("y", y, np.int64, ("N", "T"), sizes)
        n = sizes["N"]
        t = sizes["T"]
        s = SimpleNamespace(n=n, t=t)
        units = -(-(n * t) // 16) * 16  # aligned
        units_2 = -(-(n * t * t) // 16) * 16  # aligned
        end = 6656 * units + 16 * units_2 + 8
        memory = self._memory(end)
        end_2 = 6656 * units + 16 * units_2
        float32 = _arrays_in(memory, np.float32)
        int64 = _arrays_in(memory, np.int64)
        s.characters = float32(0, (n, t, 128))
        s.ones = np.ones((128,), dtype=np.float32)
        s.iota = np.arange(t, dtype=np.int64)
        s.iota_cast = s.iota.astype(np.float32)
        s.iota_reshape = s.iota_cast.reshape(t, 1)
        s.iota_2 = np.arange(16, dtype=np.float32)
        s.row_starts = s.iota_2 * -0.5756463
        s.row_starts_exp = np.exp(s.row_starts)
        s.iota_times = s.iota_reshape * s.row_starts_exp
        s.iota_cos = np.cos(s.iota_times)
        s.iota_sin = np.sin(s.iota_times)
        s.iota_3 = np.broadcast_to(np.arange(t, dtype=np.int64).reshape((t, 1)), (t, 1))
        s.iota_4 = np.broadcast_to(np.arange(t, dtype=np.int64), (1, t))
        s.iota_3_mask = s.iota_3 >= s.iota_4
        s.iota_3_where = np.where(s.iota_3_mask, np.float32(0.0), np.float32(-np.inf))
        s.blocks_4 = float32(0, (n, t, 128))
        s.blocks_4_reshape_3 = s.blocks_4.reshape(n * t, 128)
        s.blocks_4_row_sum_2 = float32(512 * units, (n * t,))
        s.blocks_4_reshape_4 = s.blocks_4_row_sum_2.reshape(n, t, 1)
        s.blocks_4_mean = float32(516 * units, (n, t, 1))
        s.blocks_4_hat = float32(0, (n, t, 128))
        s.blocks_4_hat_square = float32(516 * units, (n, t, 128))
        s.blocks_4_hat_reshape = s.blocks_4_hat_square.reshape(n * t, 128)
        s.blocks_4_hat_row_sum = float32(512 * units, (n * t,))
        s.blocks_4_hat_reshape_2 = s.blocks_4_hat_row_sum.reshape(n, t, 1)
        s.blocks_4_var = float32(516 * units, (n, t, 1))
        s.blocks_4_inv_std = float32(516 * units, (n, t, 1))
        s.blocks_4_norm = float32(0, (n, t, 128))
        s.blocks_4_norm_rows = s.blocks_4_norm.reshape(n * t, 128)
        s.blocks_4_norm_rows_product = float32(512 * units, (n * t, 100))
        s.logits = s.blocks_4_norm_rows_product.reshape(n, t, 100)
        s.logits_max = float32(400 * units, (n, t, 1))
        s.logits_minus_max = float32(0, (n, t, 100))
        s.logits_exp = float32(400 * units, (n, t, 100))
        s.logits_reshape = s.logits_exp.reshape(n * t, 100)
        s.ones_2 = np.ones((100,), dtype=np.float32)
        s.logits_row_sum = float32(800 * units, (n * t,))
        s.logits_reshape_2 = s.logits_row_sum.reshape(n, t, 1)
        s.logits_log = float32(400 * units, (n, t, 1))
        s.logits_reshape_3 = s.logits_log.reshape(n, t)
        s.iota_5 = np.arange(n * t, dtype=np.int64)
        s.row_starts_2 = s.iota_5 * 100
        s.y_position = int64(408 * units, (n * t,))
        s.logits_take = float32(404 * units, (n * t,))
        s.logits_reshape_4 = s.logits_take.reshape(n, t)
        s.logits_minus = float32(0, (n, t))
        s.loss = float32(end_2, ())
        s.blocks = [SimpleNamespace() for _ in range(4)]
        for k_5 in range(4):
            b = s.blocks[k_5]
            b.ones = s.ones
            b.iota_cos = s.iota_cos
            b.iota_sin = s.iota_sin
            b.iota_3_where = s.iota_3_where
        for k_5 in range(4):
            b = s.blocks[k_5]
            b.blocks_in = float32(0, (n, t, 128))
            b.reshape = b.blocks_in.reshape(n * t, 128)
            b.row_sum = float32(512 * units, (n * t,))
            b.reshape_2 = b.row_sum.reshape(n, t, 1)
            b.mean = float32(1024 * units, (n, t, 1))
            b.hat = float32(512 * units, (n, t, 128))
            b.hat_square = float32(1028 * units, (n, t, 128))
            b.hat_reshape = b.hat_square.reshape(n * t, 128)
            b.hat_row_sum = float32(1024 * units, (n * t,))
            b.hat_reshape_2 = b.hat_row_sum.reshape(n, t, 1)
            b.var = float32(1028 * units, (n, t, 1))
            b.inv_std = float32(1028 * units, (n, t, 1))
            b.norm = float32(512 * units, (n, t, 128))
            b.norm_rows = b.norm.reshape(n * t, 128)
            b.norm_rows_product = float32(2048 * units, (n * t, 384))
            b.norm_rows_reshape = b.norm_rows_product.reshape(n, t, 384)
            b.qkv = float32(512 * units, (n, t, 384))
            b.qkv_reshape = b.qkv.reshape(n, t, 12, 32)
            b.qkv_slice_2 = b.qkv_reshape[:, :, :4]
            b.q = b.qkv_slice_2.transpose(0, 2, 1, 3)
            b.q_slice = b.q[:, :, :, :16]
            b.q_times = float32(2560 * units, (n, 4, t, 16))
            b.q_slice_2 = b.q[:, :, :, 16:]
            b.q_times_2 = float32(2048 * units, (n, 4, t, 16))
            b.q_minus_times = float32(2560 * units, (n, 4, t, 16))
            b.q_times_3 = float32(2816 * units, (n, 4, t, 16))
            b.q_times_4 = float32(2048 * units, (n, 4, t, 16))
            b.q_plus_times = float32(2816 * units, (n, 4, t, 16))
            b.q_concat = float32(2048 * units, (n, 4, t, 32))
            b.q_times_5 = float32(2048 * units, (n, 4, t, 32))
            b.qkv_slice_3 = b.qkv_reshape[:, :, 4:8]
            b.k = b.qkv_slice_3.transpose(0, 2, 1, 3)
            b.k_slice = b.k[:, :, :, :16]
            b.k_times = float32(2560 * units, (n, 4, t, 16))
            b.k_slice_2 = b.k[:, :, :, 16:]
            b.k_times_2 = float32(2816 * units, (n, 4, t, 16))
            b.k_minus_times = float32(2560 * units, (n, 4, t, 16))
            b.k_times_3 = float32(2816 * units, (n, 4, t, 16))
            b.k_times_4 = float32(3072 * units, (n, 4, t, 16))
            b.k_plus_times = float32(2816 * units, (n, 4, t, 16))
            b.k_concat = float32(3072 * units, (n, 4, t, 32))
            b.k_transpose = b.k_concat.transpose(0, 1, 3, 2)
            b.scores = float32(6656 * units, (n, 4, t, t))
            b.weights = float32(6656 * units, (n, 4, t, t))
            b.weights_max = float32(2048 * units, (n, 4, t, 1))
            b.weights_sum = float32(2048 * units, (n, 4, t, 1))
            b.qkv_slice = b.qkv_reshape[:, :, 8:]
            b.v = b.qkv_slice.transpose(0, 2, 1, 3)
            b.attended = float32(2048 * units, (n, 4, t, 32))
            b.attended_copy = float32(512 * units, (n, t, 4, 32))
            b.attended_transpose = b.attended.transpose(0, 2, 1, 3)
            b.heads_rows = b.attended_copy.reshape(n * t, 128)
            b.heads_rows_product = float32(1024 * units, (n * t, 128))
            b.heads_rows_reshape = b.heads_rows_product.reshape(n, t, 128)
            b.attention = float32(512 * units, (n, t, 128))
            b.blocks = float32(0, (n, t, 128))
            b.reshape_3 = b.blocks.reshape(n * t, 128)
            b.row_sum_2 = float32(512 * units, (n * t,))
            b.reshape_2_2 = b.row_sum_2.reshape(n, t, 1)
            b.over = float32(1024 * units, (n, t, 1))
            b.minus_over = float32(512 * units, (n, t, 128))
            b.square = float32(1028 * units, (n, t, 128))
            b.reshape_3_2 = b.square.reshape(n * t, 128)
            b.row_sum_2_2 = float32(1024 * units, (n * t,))
            b.reshape_4 = b.row_sum_2_2.reshape(n, t, 1)
            b.over_2 = float32(1028 * units, (n, t, 1))
            b.plus = float32(1028 * units, (n, t, 1))
            b.sqrt = float32(1028 * units, (n, t, 1))
            b.over_sqrt = float32(1028 * units, (n, t, 1))
            b.times = float32(512 * units, (n, t, 128))
            b.norm_2 = float32(512 * units, (n, t, 128))
            b.norm_2_rows = b.minus_over.reshape(n * t, 128)
            b.norm_2_rows_product = float32(2560 * units, (n * t, 512))
            b.norm_2_rows_reshape = b.norm_2_rows_product.reshape(n, t, 512)
            b.z = float32(512 * units, (n, t, 512))
            b.z_clip = float32(2560 * units, (n, t, 512))
            b.z_square = float32(4608 * units, (n, t, 512))
            b.z_times_square = float32(4608 * units, (n, t, 512))
            b.z_plus = float32(4608 * units, (n, t, 512))
            b.z_times_plus = float32(2560 * units, (n, t, 512))
            b.z_exp = float32(2560 * units, (n, t, 512))
            b.z_plus_exp = float32(4608 * units, (n, t, 512))
            b.z_over_plus_exp = float32(2560 * units, (n, t, 512))
            b.h1 = float32(512 * units, (n, t, 512))
            b.h1_rows = b.h1.reshape(n * t, 512)
            b.h1_rows_product = float32(2560 * units, (n * t, 128))
            b.h1_rows_reshape = b.h1_rows_product.reshape(n, t, 128)
            b.h2 = float32(512 * units, (n, t, 128))
        self._evaluate[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def step(
        self,
        x,
        start,
        keys_1,
        values_1,
        keys_2,
        values_2,
        keys_3,
        values_3,
        keys_4,
        values_4,
    ):
        """The logits of what follows, and the cache with these positions in it.

        x: int64 (N, T)
        start: int64 ()
        keys_1: float32 (N, 4, 128, 32)
        values_1: float32 (N, 4, 128, 32)
        keys_2: float32 (N, 4, 128, 32)
        values_2: float32 (N, 4, 128, 32)
        keys_3: float32 (N, 4, 128, 32)
        values_3: float32 (N, 4, 128, 32)
        keys_4: float32 (N, 4, 128, 32)
        values_4: float32 (N, 4, 128, 32)
        """
        s = self._step_slots(
            x,
            start,
            keys_1,
            values_1,
            keys_2,
            values_2,
            keys_3,
            values_3,
            keys_4,
            values_4,
        )
        out = self._step_body(
            s,
            x,
            start,
            keys_1,
            values_1,
            keys_2,
            values_2,
            keys_3,
            values_3,
            keys_4,
            values_4,
        )
        return {
            "logits": out[0].copy(),
            "keys_1": out[1].copy(),
            "values_1": out[2].copy(),
            "keys_2": out[3].copy(),
            "values_2": out[4].copy(),
            "keys_3": out[5].copy(),
            "values_3": out[6].copy(),
            "keys_4": out[7].copy(),
            "values_4": out[8].copy(),
        }

    def _step_body(
        self,
        s,
        x,
        start,
        keys_1,
        values_1,
        keys_2,
        values_2,
        keys_3,
        values_3,
        keys_4,
        values_4,
    ):
        """The computation of step."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # gpt.characters: characters = W[x]                      (N, T, 128)   gpt.py:38
        np.take(p.gpt_characters_W, x, axis=0, out=s.characters, mode="clip")

        # gpt.blocks_1.norm_1                                                  gpt.py:40
        self._norm_forward(s.norm[0], p.norm[0])

        # gpt.blocks_1.attention                                               gpt.py:40
        # qkv = characters_norm W_qkv + b_qkv                              (N, T, 384)
        # scores = q_concat * 0.176777 keys_1_transpose                 (N, 4, T, 128)
        # weights = softmax(scores + gpt_blocks_1_attention_where)      (N, 4, T, 128)
        # attended = weights values_1_2                                  (N, 4, T, 32)
        # attention = heads W_o + b_o                                      (N, T, 128)
        np.dot(
            s.characters_norm_rows,
            p.gpt_blocks_1_attention_W_qkv,
            out=s.characters_norm_rows_product,
        )
        np.add(
            s.characters_norm_rows_reshape,
            p.gpt_blocks_1_attention_b_qkv,
            out=s.qkv,
        )
        np.add(s.iota, start, out=s.gpt_blocks_1_attention_plus)
        np.copyto(
            s.gpt_blocks_1_attention_cast,
            s.gpt_blocks_1_attention_plus,
            casting="unsafe",
        )
        np.multiply(
            s.gpt_blocks_1_attention_reshape,
            s.row_starts_exp,
            out=s.gpt_blocks_1_attention_times,
        )
        np.cos(s.gpt_blocks_1_attention_times, out=s.gpt_blocks_1_attention_cos)
        np.multiply(s.q_slice, s.gpt_blocks_1_attention_cos, out=s.q_times)
        np.sin(s.gpt_blocks_1_attention_times, out=s.gpt_blocks_1_attention_sin)
        np.multiply(s.q_slice_2, s.gpt_blocks_1_attention_sin, out=s.q_times_2)
        np.subtract(s.q_times, s.q_times_2, out=s.q_minus_times_2)
        np.multiply(s.q_slice_2, s.gpt_blocks_1_attention_cos, out=s.q_times_3)
        np.multiply(s.q_slice, s.gpt_blocks_1_attention_sin, out=s.q_times_4)
        np.add(s.q_times_3, s.q_times_4, out=s.q_plus_times_4)
        np.concatenate((s.q_minus_times_2, s.q_plus_times_4), axis=3, out=s.q_concat)
        np.multiply(s.q_concat, 0.17677669, out=s.q_times_5)
        np.multiply(start, 1, out=s.blocks_1_attention_position)
        np.greater_equal(
            s.iota_3,
            s.blocks_1_attention_position,
            out=s.gpt_blocks_1_attention_mask,
        )
        np.add(s.blocks_1_attention_position, s.t, out=s.gpt_blocks_1_attention_plus_2)
        np.less(
            s.iota_3,
            s.gpt_blocks_1_attention_plus_2,
            out=s.gpt_blocks_1_attention_mask_2,
        )
        np.logical_and(
            s.gpt_blocks_1_attention_mask,
            s.gpt_blocks_1_attention_mask_2,
            out=s.blocks_1_attention_logical_and,
        )
        np.multiply(s.k_slice, s.gpt_blocks_1_attention_cos, out=s.k_times)
        np.multiply(s.k_slice_2, s.gpt_blocks_1_attention_sin, out=s.k_times_2)
        np.subtract(s.k_times, s.k_times_2, out=s.k_minus_times_2)
        np.multiply(s.k_slice_2, s.gpt_blocks_1_attention_cos, out=s.k_times_3)
        np.multiply(s.k_slice, s.gpt_blocks_1_attention_sin, out=s.k_times_4)
        np.add(s.k_times_3, s.k_times_4, out=s.k_plus_times_4)
        np.concatenate((s.k_minus_times_2, s.k_plus_times_4), axis=3, out=s.k_concat)
        np.subtract(
            s.iota_3,
            s.blocks_1_attention_position,
            out=s.gpt_blocks_1_attention_minus,
        )
        np.maximum(
            s.gpt_blocks_1_attention_minus,
            0,
            out=s.gpt_blocks_1_attention_maximum,
        )
        np.minimum(
            s.gpt_blocks_1_attention_maximum,
            s.t - 1,
            out=s.gpt_blocks_1_attention_minimum,
        )
        np.take(
            s.k_concat,
            s.gpt_blocks_1_attention_minimum,
            axis=2,
            out=s.k_take,
            mode="clip",
        )
        np.copyto(s.keys_1_2, keys_1)
        np.copyto(s.keys_1_2, s.k_take, where=s.blocks_1_attention_reshape_2)
        np.matmul(s.q_times_5, s.keys_1_transpose, out=s.scores)
        np.add(
            s.blocks_1_attention_position,
            s.iota,
            out=s.gpt_blocks_1_attention_plus_3,
        )
        np.greater_equal(
            s.blocks_1_attention_reshape_3,
            s.iota_3,
            out=s.gpt_blocks_1_attention_mask_3,
        )
        np.copyto(s.gpt_blocks_1_attention_where, np.float32(-1.7014117e38))
        np.copyto(
            s.gpt_blocks_1_attention_where,
            np.float32(0.0),
            where=s.gpt_blocks_1_attention_mask_3,
        )
        np.add(s.scores, s.gpt_blocks_1_attention_where, out=s.weights)
        s.weights.max(axis=3, keepdims=True, out=s.weights_max)
        np.subtract(s.weights, s.weights_max, out=s.weights)
        np.exp(s.weights, out=s.weights)
        np.dot(s.weights_reshape, s.ones, out=s.weights_row_sum)
        np.divide(s.weights, s.weights_reshape_2, out=s.weights)
        np.copyto(s.v_copy, s.v)
        np.take(
            s.v_copy,
            s.gpt_blocks_1_attention_minimum,
            axis=2,
            out=s.v_take,
            mode="clip",
        )
        np.copyto(s.values_1_2, values_1)
        np.copyto(s.values_1_2, s.v_take, where=s.blocks_1_attention_reshape_2)
        np.matmul(s.weights, s.values_1_2, out=s.attended)
        s.gpt_blocks_1_attention_mask_3.any(
            axis=1,
            keepdims=True,
            out=s.gpt_blocks_1_attention_any,
        )
        np.multiply(s.attended, s.gpt_blocks_1_attention_any, out=s.attended_masked)
        np.copyto(s.attended_copy, s.attended_transpose)
        np.dot(s.heads_rows, p.gpt_blocks_1_attention_W_o, out=s.heads_rows_product)
        np.add(s.heads_rows_reshape, p.gpt_blocks_1_attention_b_o, out=s.attention)

        # gpt.blocks_1: blocks_1 = characters + attention        (N, T, 128)   gpt.py:40
        np.add(s.characters, s.attention, out=s.blocks_1)

        # gpt.blocks_1.norm_2                                                  gpt.py:40
        self._norm_forward(s.norm[1], p.norm[1])

        # gpt.blocks_1.feed_forward.up                                         gpt.py:40
        # z1 = norm_2 W + b                                                (N, T, 512)
        # h1 = gelu_tanh(z1)                                               (N, T, 512)
        np.dot(
            s.norm_2_rows,
            p.gpt_blocks_1_feed_forward_up_W,
            out=s.norm_2_rows_product,
        )
        np.add(s.norm_2_rows_reshape, p.gpt_blocks_1_feed_forward_up_b, out=s.z1)
        np.clip(s.z1, -30.0, 10.0, out=s.z1_clip)
        np.square(s.z1_clip, out=s.z1_square)
        np.multiply(0.071354814, s.z1_square, out=s.z1_times_square)
        np.add(1.5957692, s.z1_times_square, out=s.z1_plus)
        np.multiply(s.z1_clip, s.z1_plus, out=s.z1_times_plus)
        np.exp(s.z1_times_plus, out=s.z1_exp)
        np.add(1.0, s.z1_exp, out=s.z1_plus_exp)
        np.divide(s.z1_exp, s.z1_plus_exp, out=s.z1_over_plus_exp)
        np.multiply(s.z1, s.z1_over_plus_exp, out=s.h1)

        # gpt.blocks_1.feed_forward.down: h2 = h1 W + b          (N, T, 128)   gpt.py:40
        np.dot(s.h1_rows, p.gpt_blocks_1_feed_forward_down_W, out=s.h1_rows_product)
        np.add(s.h1_rows_reshape, p.gpt_blocks_1_feed_forward_down_b, out=s.h2)

        # gpt.blocks_1: blocks_1 = characters + attention + h2   (N, T, 128)   gpt.py:40
        np.add(s.blocks_1, s.h2, out=s.blocks_1)

        # gpt.blocks_2                                                         gpt.py:40
        self._blocks_forward_2(s.blocks[1], p.blocks[1], keys_2, values_2)

        # gpt.blocks_3                                                         gpt.py:40
        self._blocks_forward_2(s.blocks[2], p.blocks[2], keys_3, values_3)

        # gpt.blocks_4                                                         gpt.py:40
        self._blocks_forward_2(s.blocks[3], p.blocks[3], keys_4, values_4)

        # gpt.norm                                                             gpt.py:51
        # blocks_4_mean = mean(blocks_4, axis 2)                             (N, T, 1)
        # blocks_4_var = mean(square(blocks_4 - blocks_4_mean), axis 2)      (N, T, 1)
        # blocks_4_inv_std = 1 / sqrt(blocks_4_var + 1e-05)                  (N, T, 1)
        # blocks_4_hat = (blocks_4 - mean) / sqrt(var + 1e-05)             (N, T, 128)
        # blocks_4_norm = blocks_4_hat * gamma + beta                      (N, T, 128)
        np.dot(s.blocks_4_reshape_3, s.ones, out=s.blocks_4_row_sum_2)
        np.divide(s.blocks_4_reshape_4, 128.0, out=s.blocks_4_mean)
        np.subtract(s.blocks_4, s.blocks_4_mean, out=s.blocks_4_hat)
        np.square(s.blocks_4_hat, out=s.blocks_4_hat_square)
        np.dot(s.blocks_4_hat_reshape, s.ones, out=s.blocks_4_hat_row_sum)
        np.divide(s.blocks_4_hat_reshape_2, 128.0, out=s.blocks_4_var)
        np.add(s.blocks_4_var, 1e-05, out=s.blocks_4_inv_std)
        np.sqrt(s.blocks_4_inv_std, out=s.blocks_4_inv_std)
        np.divide(1.0, s.blocks_4_inv_std, out=s.blocks_4_inv_std)
        np.multiply(s.blocks_4_hat, s.blocks_4_inv_std, out=s.blocks_4_hat)
        np.multiply(s.blocks_4_hat, p.gpt_norm_gamma, out=s.blocks_4_norm)
        np.add(s.blocks_4_norm, p.gpt_norm_beta, out=s.blocks_4_norm)

        # gpt.scores                                                           gpt.py:52
        # blocks_4_norm_rows_product = blocks_4_norm W                    (N * T, 100)
        np.dot(s.blocks_4_norm_rows, p.gpt_scores_W, out=s.blocks_4_norm_rows_product)

        return (
            s.logits,
            s.keys_1_2,
            s.values_1_2,
            s.keys_2_2,
            s.values_2_2,
            s.keys_3_2,
            s.values_3_2,
            s.keys_4_2,
            s.values_4_2,
        )

    def _step_slots(
        self,
        x,
        start,
        keys_1,
        values_1,
        keys_2,
        values_2,
        keys_3,
        values_3,
        keys_4,
        values_4,
    ):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                x.dtype,
                x.shape,
                start.dtype,
                start.shape,
                keys_1.dtype,
                keys_1.shape,
                values_1.dtype,
                values_1.shape,
                keys_2.dtype,
                keys_2.shape,
                values_2.dtype,
                values_2.shape,
                keys_3.dtype,
                keys_3.shape,
                values_3.dtype,
                values_3.shape,
                keys_4.dtype,
                keys_4.shape,
                values_4.dtype,
                values_4.shape,
            )
            s = self._step[key]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_step(
                x,
                start,
                keys_1,
                values_1,
                keys_2,
                values_2,
                keys_3,
                values_3,
                keys_4,
                values_4,
            )
        _check_range("x", x, 100)
        _check_range("start", start, -s.t + 129)
        return s

    def _plan_step(
        self,
        x,
        start,
        keys_1,
        values_1,
        keys_2,
        values_2,
        keys_3,
        values_3,
        keys_4,
        values_4,
    ):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.int64, ("N", "T"), sizes)
        _check("start", start, np.int64, (), sizes)
        _check("keys_1", keys_1, np.float32, ("N", 4, 128, 32), sizes)
        _check("values_1", values_1, np.float32, ("N", 4, 128, 32), sizes)
        _check("keys_2", keys_2, np.float32, ("N", 4, 128, 32), sizes)
        _check("values_2", values_2, np.float32, ("N", 4, 128, 32), sizes)
        _check("keys_3", keys_3, np.float32, ("N", 4, 128, 32), sizes)
        _check("values_3", values_3, np.float32, ("N", 4, 128, 32), sizes)
        _check("keys_4", keys_4, np.float32, ("N", 4, 128, 32), sizes)
        _check("values_4", values_4, np.float32, ("N", 4, 128, 32), sizes)
        n = sizes["N"]
        t = sizes["T"]
        s = SimpleNamespace(n=n, t=t)
        units = -(-(n * t) // 16) * 16  # aligned
        units_2 = -(-t // 16) * 16  # aligned
        end = 6656 * units + 772 * units_2 + 589824 * n + 1168
        memory = self._memory(end)
        end_2 = 6656 * units + 772 * units_2 + 589824 * n + 1152
        end_3 = 6656 * units + 772 * units_2 + 589824 * n
        end_4 = 6656 * units + 772 * units_2
        float32 = _arrays_in(memory, np.float32)
        int64 = _arrays_in(memory, np.int64)
        bool_ = _arrays_in(memory, np.bool_)
        s.characters = float32(0, (n, t, 128))
        s.ones = np.ones((128,), dtype=np.float32)
        s.characters_norm = float32(512 * units, (n, t, 128))
        s.characters_norm_rows = s.characters_norm.reshape(n * t, 128)
        s.characters_norm_rows_product = float32(2048 * units, (n * t, 384))
        s.characters_norm_rows_reshape = s.characters_norm_rows_product.reshape(
            n,
            t,
            384,
        )
        s.qkv = float32(512 * units, (n, t, 384))
        s.qkv_reshape = s.qkv.reshape(n, t, 12, 32)
        s.qkv_slice = s.qkv_reshape[:, :, :4]
        s.q = s.qkv_slice.transpose(0, 2, 1, 3)
        s.q_slice = s.q[:, :, :, :16]
        s.iota = np.arange(t, dtype=np.int64)
        s.gpt_blocks_1_attention_plus = int64(6656 * units, (t,))
        s.gpt_blocks_1_attention_cast = float32(6656 * units + 64 * units_2, (t,))
        s.gpt_blocks_1_attention_reshape = s.gpt_blocks_1_attention_cast.reshape(t, 1)
        s.iota_2 = np.arange(16, dtype=np.float32)
        s.row_starts = s.iota_2 * -0.5756463
        s.row_starts_exp = np.exp(s.row_starts)
        s.gpt_blocks_1_attention_times = float32(6656 * units, (t, 16))
        s.gpt_blocks_1_attention_cos = float32(6656 * units + 192 * units_2, (t, 16))
        s.q_times = float32(2048 * units, (n, 4, t, 16))
        s.q_slice_2 = s.q[:, :, :, 16:]
        s.gpt_blocks_1_attention_sin = float32(6656 * units, (t, 16))
        s.q_times_2 = float32(2304 * units, (n, 4, t, 16))
        s.q_minus_times_2 = float32(2048 * units, (n, 4, t, 16))
        s.q_times_3 = float32(2304 * units, (n, 4, t, 16))
        s.q_times_4 = float32(2560 * units, (n, 4, t, 16))
        s.q_plus_times_4 = float32(2304 * units, (n, 4, t, 16))
        s.q_concat = float32(4096 * units, (n, 4, t, 32))
        s.q_times_5 = float32(4096 * units, (n, 4, t, 32))
        s.iota_3 = np.arange(128, dtype=np.int64)
        s.blocks_1_attention_position = int64(end_2, ())
        s.gpt_blocks_1_attention_mask = bool_(end_3, (128,))
        s.gpt_blocks_1_attention_plus_2 = int64(end_2 + 8, ())
        s.gpt_blocks_1_attention_mask_2 = bool_(end_3 + 128, (128,))
        s.blocks_1_attention_logical_and = bool_(end_3, (128,))
        s.blocks_1_attention_reshape_2 = s.blocks_1_attention_logical_and.reshape(
            128,
            1,
        )
        s.qkv_slice_2 = s.qkv_reshape[:, :, 4:8]
        s.k = s.qkv_slice_2.transpose(0, 2, 1, 3)
        s.k_slice = s.k[:, :, :, :16]
        s.k_times = float32(2048 * units, (n, 4, t, 16))
        s.k_slice_2 = s.k[:, :, :, 16:]
        s.k_times_2 = float32(2304 * units, (n, 4, t, 16))
        s.k_minus_times_2 = float32(2048 * units, (n, 4, t, 16))
        s.k_times_3 = float32(2304 * units, (n, 4, t, 16))
        s.k_times_4 = float32(2560 * units, (n, 4, t, 16))
        s.k_plus_times_4 = float32(2304 * units, (n, 4, t, 16))
        s.k_concat = float32(2560 * units, (n, 4, t, 32))
        s.gpt_blocks_1_attention_minus = int64(end_3 + 128, (128,))
        s.gpt_blocks_1_attention_maximum = int64(end_3 + 128, (128,))
        s.gpt_blocks_1_attention_minimum = int64(end_3 + 128, (128,))
        s.k_take = float32(end_4 + 65536 * n, (n, 4, 128, 32))
        s.keys_1_2 = float32(end_4, (n, 4, 128, 32))
        s.keys_1_transpose = s.keys_1_2.transpose(0, 1, 3, 2)
        s.scores = float32(2048 * units, (n, 4, t, 128))
        s.gpt_blocks_1_attention_plus_3 = int64(6656 * units + 256 * units_2, (t,))
        s.blocks_1_attention_reshape_3 = s.gpt_blocks_1_attention_plus_3.reshape(t, 1)
        s.gpt_blocks_1_attention_mask_3 = bool_(6656 * units + 64 * units_2, (t, 128))
        s.gpt_blocks_1_attention_where = float32(6656 * units + 256 * units_2, (t, 128))
        s.weights = float32(2048 * units, (n, 4, t, 128))
        s.weights_max = float32(4096 * units, (n, 4, t, 1))
        s.weights_reshape = s.weights.reshape(4 * n * t, 128)
        s.weights_row_sum = float32(4096 * units, (4 * n * t,))
        s.weights_reshape_2 = s.weights_row_sum.reshape(n, 4, t, 1)
        s.qkv_slice_3 = s.qkv_reshape[:, :, 8:]
        s.v = s.qkv_slice_3.transpose(0, 2, 1, 3)
        s.v_copy = float32(4096 * units, (n, 4, t, 32))
        s.v_take = float32(end_4 + 131072 * n, (n, 4, 128, 32))
        s.values_1_2 = float32(end_4 + 65536 * n, (n, 4, 128, 32))
        s.attended = float32(512 * units, (n, 4, t, 32))
        s.gpt_blocks_1_attention_any = bool_(6656 * units + 768 * units_2, (t, 1))
        s.attended_masked = float32(512 * units, (n, 4, t, 32))
        s.attended_transpose = s.attended_masked.transpose(0, 2, 1, 3)
        s.attended_copy = float32(1024 * units, (n, t, 4, 32))
        s.heads_rows = s.attended_copy.reshape(n * t, 128)
        s.heads_rows_product = float32(512 * units, (n * t, 128))
        s.heads_rows_reshape = s.heads_rows_product.reshape(n, t, 128)
        s.attention = float32(1024 * units, (n, t, 128))
        s.blocks_1 = float32(0, (n, t, 128))
        s.norm_2 = float32(512 * units, (n, t, 128))
        s.norm_2_rows = s.norm_2.reshape(n * t, 128)
        s.norm_2_rows_product = float32(2560 * units, (n * t, 512))
        s.norm_2_rows_reshape = s.norm_2_rows_product.reshape(n, t, 512)
        s.z1 = float32(512 * units, (n, t, 512))
        s.z1_clip = float32(2560 * units, (n, t, 512))
        s.z1_square = float32(4608 * units, (n, t, 512))
        s.z1_times_square = float32(4608 * units, (n, t, 512))
        s.z1_plus = float32(4608 * units, (n, t, 512))
        s.z1_times_plus = float32(2560 * units, (n, t, 512))
        s.z1_exp = float32(2560 * units, (n, t, 512))
        s.z1_plus_exp = float32(4608 * units, (n, t, 512))
        s.z1_over_plus_exp = float32(2560 * units, (n, t, 512))
        s.h1 = float32(512 * units, (n, t, 512))
        s.h1_rows = s.h1.reshape(n * t, 512)
        s.h1_rows_product = float32(2560 * units, (n * t, 128))
        s.h1_rows_reshape = s.h1_rows_product.reshape(n, t, 128)
        s.h2 = float32(512 * units, (n, t, 128))
        s.keys_2_2 = float32(end_4 + 131072 * n, (n, 4, 128, 32))
        s.values_2_2 = float32(end_4 + 196608 * n, (n, 4, 128, 32))
        s.keys_3_2 = float32(end_4 + 262144 * n, (n, 4, 128, 32))
        s.values_3_2 = float32(end_4 + 327680 * n, (n, 4, 128, 32))
        s.keys_4_2 = float32(end_4 + 393216 * n, (n, 4, 128, 32))
        s.values_4_2 = float32(end_4 + 524288 * n, (n, 4, 128, 32))
        s.blocks_4 = float32(0, (n, t, 128))
        s.blocks_4_reshape_3 = s.blocks_4.reshape(n * t, 128)
        s.blocks_4_row_sum_2 = float32(512 * units, (n * t,))
        s.blocks_4_reshape_4 = s.blocks_4_row_sum_2.reshape(n, t, 1)
        s.blocks_4_mean = float32(516 * units, (n, t, 1))
        s.blocks_4_hat = float32(0, (n, t, 128))
        s.blocks_4_hat_square = float32(516 * units, (n, t, 128))
        s.blocks_4_hat_reshape = s.blocks_4_hat_square.reshape(n * t, 128)
        s.blocks_4_hat_row_sum = float32(512 * units, (n * t,))
        s.blocks_4_hat_reshape_2 = s.blocks_4_hat_row_sum.reshape(n, t, 1)
        s.blocks_4_var = float32(516 * units, (n, t, 1))
        s.blocks_4_inv_std = float32(516 * units, (n, t, 1))
        s.blocks_4_norm = float32(0, (n, t, 128))
        s.blocks_4_norm_rows = s.blocks_4_norm.reshape(n * t, 128)
        s.blocks_4_norm_rows_product = float32(512 * units, (n * t, 100))
        s.blocks_4_norm_rows_reshape = s.blocks_4_norm_rows_product.reshape(n, t, 100)
        s.logits = s.blocks_4_norm_rows_reshape[:, -1]
        s.norm = [SimpleNamespace(ones=s.ones) for _ in range(2)]
        for k_5 in range(2):
            b = s.norm[k_5]
            b.characters = float32(0, (n, t, 128))
            b.characters_reshape = b.characters.reshape(n * t, 128)
            b.characters_row_sum = float32(512 * units, (n * t,))
            b.characters_reshape_2 = b.characters_row_sum.reshape(n, t, 1)
            b.characters_mean = float32(1024 * units, (n, t, 1))
            b.characters_hat = float32(512 * units, (n, t, 128))
            b.characters_hat_square = float32(1028 * units, (n, t, 128))
            b.characters_hat_reshape = b.characters_hat_square.reshape(n * t, 128)
            b.characters_hat_row_sum = float32(1024 * units, (n * t,))
            b.characters_hat_reshape_2 = b.characters_hat_row_sum.reshape(n, t, 1)
            b.characters_var = float32(1028 * units, (n, t, 1))
            b.characters_inv_std = float32(1028 * units, (n, t, 1))
            b.characters_inv_std_2 = float32(1028 * units, (n, t, 1))
            b.characters_inv_std_3 = float32(1028 * units, (n, t, 1))
            b.characters_norm = float32(512 * units, (n, t, 128))
        table = """
        k_take 196608x2 327680 458752
        keys_2 131072x2 262144 393216
        v_take 262144x2 393216 458752
        values_2 196608x2 327680 524288
        """
        rows = _rows(table)
        s.blocks = [SimpleNamespace() for _ in range(4)]
        for k_5 in range(4):
            b = s.blocks[k_5]
            b.ones = s.ones
            b.gpt_blocks_1_attention_cos = s.gpt_blocks_1_attention_cos
            b.gpt_blocks_1_attention_sin = s.gpt_blocks_1_attention_sin
            b.gpt_blocks_1_attention_minimum = s.gpt_blocks_1_attention_minimum
            b.blocks_1_attention_reshape_2 = s.blocks_1_attention_reshape_2
            b.gpt_blocks_1_attention_where = s.gpt_blocks_1_attention_where
            b.gpt_blocks_1_attention_any = s.gpt_blocks_1_attention_any
        for k_5 in range(1, 4):
            b, at = s.blocks[k_5], rows[k_5]
            b.blocks = float32(0, (n, t, 128))
            b.reshape = b.blocks.reshape(n * t, 128)
            b.row_sum = float32(512 * units, (n * t,))
            b.reshape_2 = b.row_sum.reshape(n, t, 1)
            b.mean = float32(1024 * units, (n, t, 1))
            b.hat = float32(512 * units, (n, t, 128))
            b.hat_square = float32(1028 * units, (n, t, 128))
            b.hat_reshape = b.hat_square.reshape(n * t, 128)
            b.hat_row_sum = float32(1024 * units, (n * t,))
            b.hat_reshape_2 = b.hat_row_sum.reshape(n, t, 1)
            b.var = float32(1028 * units, (n, t, 1))
            b.inv_std = float32(1028 * units, (n, t, 1))
            b.norm = float32(512 * units, (n, t, 128))
            b.norm_rows = b.norm.reshape(n * t, 128)
            b.norm_rows_product = float32(2048 * units, (n * t, 384))
            b.norm_rows_reshape = b.norm_rows_product.reshape(n, t, 384)
            b.qkv = float32(512 * units, (n, t, 384))
            b.qkv_reshape = b.qkv.reshape(n, t, 12, 32)
            b.qkv_slice_2 = b.qkv_reshape[:, :, :4]
            b.q = b.qkv_slice_2.transpose(0, 2, 1, 3)
            b.q_slice = b.q[:, :, :, :16]
            b.q_times = float32(2048 * units, (n, 4, t, 16))
            b.q_slice_2 = b.q[:, :, :, 16:]
            b.q_times_2 = float32(2304 * units, (n, 4, t, 16))
            b.q_minus_times = float32(2048 * units, (n, 4, t, 16))
            b.q_times_3 = float32(2304 * units, (n, 4, t, 16))
            b.q_times_4 = float32(2560 * units, (n, 4, t, 16))
            b.q_plus_times = float32(2304 * units, (n, 4, t, 16))
            b.q_concat = float32(4096 * units, (n, 4, t, 32))
            b.q_times_5 = float32(4096 * units, (n, 4, t, 32))
            b.qkv_slice_3 = b.qkv_reshape[:, :, 4:8]
            b.k = b.qkv_slice_3.transpose(0, 2, 1, 3)
            b.k_slice = b.k[:, :, :, :16]
            b.k_times = float32(2048 * units, (n, 4, t, 16))
            b.k_slice_2 = b.k[:, :, :, 16:]
            b.k_times_2 = float32(2304 * units, (n, 4, t, 16))
            b.k_minus_times = float32(2048 * units, (n, 4, t, 16))
            b.k_times_3 = float32(2304 * units, (n, 4, t, 16))
            b.k_times_4 = float32(2560 * units, (n, 4, t, 16))
            b.k_plus_times = float32(2304 * units, (n, 4, t, 16))
            b.k_concat = float32(2560 * units, (n, 4, t, 32))
            b.scores = float32(2048 * units, (n, 4, t, 128))
            b.weights = float32(2048 * units, (n, 4, t, 128))
            b.weights_max = float32(4096 * units, (n, 4, t, 1))
            b.qkv_slice = b.qkv_reshape[:, :, 8:]
            b.v = b.qkv_slice.transpose(0, 2, 1, 3)
            b.attended = float32(512 * units, (n, 4, t, 32))
            b.attended_copy = float32(1024 * units, (n, t, 4, 32))
            b.attended_masked = float32(512 * units, (n, 4, t, 32))
            b.attended_transpose = b.attended_masked.transpose(0, 2, 1, 3)
            b.heads_rows = b.attended_copy.reshape(n * t, 128)
            b.heads_rows_product = float32(512 * units, (n * t, 128))
            b.heads_rows_reshape = b.heads_rows_product.reshape(n, t, 128)
            b.attention = float32(1024 * units, (n, t, 128))
            b.blocks_in = float32(0, (n, t, 128))
            b.reshape_3 = b.blocks_in.reshape(n * t, 128)
            b.row_sum_2 = float32(512 * units, (n * t,))
            b.over = float32(1024 * units, (n, t, 1))
            b.reshape_4 = b.row_sum_2.reshape(n, t, 1)
            b.norm_2 = float32(512 * units, (n, t, 128))
            b.norm_2_rows = b.norm_2.reshape(n * t, 128)
            b.norm_2_rows_product = float32(2560 * units, (n * t, 512))
            b.norm_2_rows_reshape = b.norm_2_rows_product.reshape(n, t, 512)
            b.z = float32(512 * units, (n, t, 512))
            b.z_clip = float32(2560 * units, (n, t, 512))
            b.z_square = float32(4608 * units, (n, t, 512))
            b.z_times_square = float32(4608 * units, (n, t, 512))
            b.z_plus = float32(4608 * units, (n, t, 512))
            b.z_times_plus = float32(2560 * units, (n, t, 512))
            b.z_exp = float32(2560 * units, (n, t, 512))
            b.z_plus_exp = float32(4608 * units, (n, t, 512))
            b.z_over_plus_exp = float32(2560 * units, (n, t, 512))
            b.h1 = float32(512 * units, (n, t, 512))
            b.h1_rows = b.h1.reshape(n * t, 512)
            b.h1_rows_product = float32(2560 * units, (n * t, 128))
            b.h1_rows_reshape = b.h1_rows_product.reshape(n, t, 128)
            b.h2 = float32(512 * units, (n, t, 128))
            b.k_take = float32(end_4 + at.k_take * n, (n, 4, 128, 32))
            b.keys_2 = float32(end_4 + at.keys_2 * n, (n, 4, 128, 32))
            b.keys_transpose = b.keys_2.transpose(0, 1, 3, 2)
            b.weights_reshape = b.weights.reshape(4 * n * t, 128)
            b.weights_row_sum = float32(4096 * units, (4 * n * t,))
            b.weights_reshape_2 = b.weights_row_sum.reshape(n, 4, t, 1)
            b.v_copy = float32(4096 * units, (n, 4, t, 32))
            b.v_take = float32(end_4 + at.v_take * n, (n, 4, 128, 32))
            b.values_2 = float32(end_4 + at.values_2 * n, (n, 4, 128, 32))
            b.norm_2_square = float32(1028 * units, (n, t, 128))
            b.norm_2_reshape = b.norm_2_square.reshape(n * t, 128)
            b.norm_2_row_sum = float32(1024 * units, (n * t,))
            b.norm_2_reshape_2 = b.norm_2_row_sum.reshape(n, t, 1)
            b.norm_2_over = float32(1028 * units, (n, t, 1))
            b.norm_2_plus = float32(1028 * units, (n, t, 1))
            b.norm_2_sqrt = float32(1028 * units, (n, t, 1))
            b.norm_2_over_sqrt = float32(1028 * units, (n, t, 1))
        key = (
            x.dtype,
            x.shape,
            start.dtype,
            start.shape,
            keys_1.dtype,
            keys_1.shape,
            values_1.dtype,
            values_1.shape,
            keys_2.dtype,
            keys_2.shape,
            values_2.dtype,
            values_2.shape,
            keys_3.dtype,
            keys_3.shape,
            values_3.dtype,
            values_3.shape,
            keys_4.dtype,
            keys_4.shape,
            values_4.dtype,
            values_4.shape,
        )
        self._step[key] = s
        return s

    def _norm_backward(self, s, p):
        """Backward, one of 2: gpt.blocks_1.norm_1 to gpt.blocks_1.norm_2."""
        # norm                                                                 gpt.py:40
        # d_attention = d_blocks_1 + blocks_1_times_2_2                      (N, T, 128)
        np.multiply(s.d_2_4, p.gamma, out=s.d_2_times_8)
        np.dot(s.d_2_reshape_21, s.ones, out=s.d_2_row_sum_7)
        np.divide(s.d_2_reshape_22, 128.0, out=s.d_2_over_7)
        np.subtract(s.d_2_times_8, s.d_2_over_7, out=s.d_2_minus_over_7)
        np.multiply(s.d_2_times_8, s.blocks_1_times, out=s.d_2_times_8_2)
        np.dot(s.d_2_reshape_23, s.ones, out=s.d_2_row_sum_8)
        np.divide(s.d_2_reshape_24, 128.0, out=s.d_2_over_8)
        np.multiply(s.blocks_1_times, s.d_2_over_8, out=s.blocks_1_times_2)
        np.subtract(s.d_2_minus_over_7, s.blocks_1_times_2, out=s.d_2_minus_4)
        np.multiply(s.blocks_1_over_sqrt, s.d_2_minus_4, out=s.blocks_1_times_2_2)
        np.add(s.d_blocks_1, s.blocks_1_times_2_2, out=s.d_attention)

    def _norm_forward(self, s, p):
        """Forward, one of 2: gpt.blocks_1.norm_1 to gpt.blocks_1.norm_2."""
        # norm                                                                 gpt.py:40
        # characters_mean = mean(characters, axis 2)                           (N, T, 1)
        # characters_var = mean(square(characters                              (N, T, 1)
        #     - characters_mean), axis 2)
        # characters_inv_std = 1 / sqrt(characters_var + 1e-05)                (N, T, 1)
        # characters_hat = (characters - mean) / sqrt(var + 1e-05)           (N, T, 128)
        # characters_norm = characters_hat * gamma + beta                    (N, T, 128)
        np.dot(s.characters_reshape, s.ones, out=s.characters_row_sum)
        np.divide(s.characters_reshape_2, 128.0, out=s.characters_mean)
        np.subtract(s.characters, s.characters_mean, out=s.characters_hat)
        np.square(s.characters_hat, out=s.characters_hat_square)
        np.dot(s.characters_hat_reshape, s.ones, out=s.characters_hat_row_sum)
        np.divide(s.characters_hat_reshape_2, 128.0, out=s.characters_var)
        np.add(s.characters_var, 1e-05, out=s.characters_inv_std)
        np.sqrt(s.characters_inv_std, out=s.characters_inv_std_2)
        np.divide(1.0, s.characters_inv_std_2, out=s.characters_inv_std_3)
        np.multiply(s.characters_hat, s.characters_inv_std_3, out=s.characters_hat)
        np.multiply(s.characters_hat, p.gamma, out=s.characters_norm)
        np.add(s.characters_norm, p.beta, out=s.characters_norm)

    def _blocks_forward(self, s, p):
        """Forward, one of 4: gpt.blocks_1 to gpt.blocks_4."""
        # norm_1                                                               gpt.py:40
        # mean = mean(blocks_in, axis 2)                                       (N, T, 1)
        # var = mean(square(blocks_in - mean), axis 2)                         (N, T, 1)
        # inv_std = 1 / sqrt(var + 1e-05)                                      (N, T, 1)
        # hat = (blocks_in - mean) / sqrt(var + 1e-05)                       (N, T, 128)
        # norm = hat * gamma + beta                                          (N, T, 128)
        np.dot(s.reshape, s.ones, out=s.row_sum)
        np.divide(s.reshape_2, 128.0, out=s.mean)
        np.subtract(s.blocks_in, s.mean, out=s.hat)
        np.square(s.hat, out=s.hat_square)
        np.dot(s.hat_reshape, s.ones, out=s.hat_row_sum)
        np.divide(s.hat_reshape_2, 128.0, out=s.var)
        np.add(s.var, 1e-05, out=s.inv_std)
        np.sqrt(s.inv_std, out=s.inv_std)
        np.divide(1.0, s.inv_std, out=s.inv_std)
        np.multiply(s.hat, s.inv_std, out=s.hat)
        np.multiply(s.hat, p.norm_1_gamma, out=s.norm)
        np.add(s.norm, p.norm_1_beta, out=s.norm)

        # attention                                                            gpt.py:40
        # qkv = norm W_qkv + b_qkv                                           (N, T, 384)
        # scores = q_concat * 0.176777 k_transpose                          (N, 4, T, T)
        # weights = softmax(scores + iota_3_where)                          (N, 4, T, T)
        # attended = weights v                                             (N, 4, T, 32)
        # attention = heads W_o + b_o                                        (N, T, 128)
        np.dot(s.norm_rows, p.attention_W_qkv, out=s.norm_rows_product)
        np.add(s.norm_rows_reshape, p.attention_b_qkv, out=s.qkv)
        np.multiply(s.q_slice, s.iota_cos, out=s.q_times)
        np.multiply(s.q_slice_2, s.iota_sin, out=s.q_times_2)
        np.subtract(s.q_times, s.q_times_2, out=s.q_minus_times)
        np.multiply(s.q_slice_2, s.iota_cos, out=s.q_times_3)
        np.multiply(s.q_slice, s.iota_sin, out=s.q_times_4)
        np.add(s.q_times_3, s.q_times_4, out=s.q_plus_times)
        np.concatenate((s.q_minus_times, s.q_plus_times), axis=3, out=s.q_concat)
        np.multiply(s.q_concat, 0.17677669, out=s.q_times_5)
        np.multiply(s.k_slice, s.iota_cos, out=s.k_times)
        np.multiply(s.k_slice_2, s.iota_sin, out=s.k_times_2)
        np.subtract(s.k_times, s.k_times_2, out=s.k_minus_times)
        np.multiply(s.k_slice_2, s.iota_cos, out=s.k_times_3)
        np.multiply(s.k_slice, s.iota_sin, out=s.k_times_4)
        np.add(s.k_times_3, s.k_times_4, out=s.k_plus_times)
        np.concatenate((s.k_minus_times, s.k_plus_times), axis=3, out=s.k_concat)
        np.matmul(s.q_times_5, s.k_transpose, out=s.scores)
        np.add(s.scores, s.iota_3_where, out=s.weights)
        s.weights.max(axis=3, keepdims=True, out=s.weights_max)
        np.subtract(s.weights, s.weights_max, out=s.weights)
        np.exp(s.weights, out=s.weights)
        s.weights.sum(axis=3, keepdims=True, out=s.weights_sum)
        np.divide(s.weights, s.weights_sum, out=s.weights)
        np.matmul(s.weights, s.v, out=s.attended)
        np.copyto(s.attended_copy, s.attended_transpose)
        np.dot(s.heads_rows, p.attention_W_o, out=s.heads_rows_product)
        np.add(s.heads_rows_reshape, p.attention_b_o, out=s.attention)

        # blocks: blocks = blocks_in + attention                 (N, T, 128)   gpt.py:40
        np.add(s.blocks_in, s.attention, out=s.blocks)

        # norm_2                                                               gpt.py:40
        # norm_2 = times * gamma + beta                                      (N, T, 128)
        # over_sqrt = 1 / sqrt(over_2 + 1e-05)                                 (N, T, 1)
        # times = ((blocks_in + attention) - mean) / sqrt(var                (N, T, 128)
        #     + 1e-05)
        np.dot(s.reshape_3, s.ones, out=s.row_sum_2)
        np.divide(s.reshape_2_2, 128.0, out=s.over)
        np.subtract(s.blocks, s.over, out=s.minus_over)
        np.square(s.minus_over, out=s.square)
        np.dot(s.reshape_3_2, s.ones, out=s.row_sum_2_2)
        np.divide(s.reshape_4, 128.0, out=s.over_2)
        np.add(s.over_2, 1e-05, out=s.plus)
        np.sqrt(s.plus, out=s.sqrt)
        np.divide(1.0, s.sqrt, out=s.over_sqrt)
        np.multiply(s.minus_over, s.over_sqrt, out=s.times)
        np.multiply(s.times, p.norm_2_gamma, out=s.norm_2)
        np.add(s.norm_2, p.norm_2_beta, out=s.norm_2)

        # feed_forward.up                                                      gpt.py:40
        # z = norm_2 W + b                                                   (N, T, 512)
        # h1 = gelu_tanh(z)                                                  (N, T, 512)
        # z_clip = clip(z, -30, 10)                                          (N, T, 512)
        # z_plus_exp = 1 + exp(z_times_plus)                                 (N, T, 512)
        np.dot(s.norm_2_rows, p.feed_forward_up_W, out=s.norm_2_rows_product)
        np.add(s.norm_2_rows_reshape, p.feed_forward_up_b, out=s.z)
        np.clip(s.z, -30.0, 10.0, out=s.z_clip)
        np.square(s.z_clip, out=s.z_square)
        np.multiply(0.071354814, s.z_square, out=s.z_times_square)
        np.add(1.5957692, s.z_times_square, out=s.z_plus)
        np.multiply(s.z_clip, s.z_plus, out=s.z_times_plus)
        np.exp(s.z_times_plus, out=s.z_exp)
        np.add(1.0, s.z_exp, out=s.z_plus_exp)
        np.divide(s.z_exp, s.z_plus_exp, out=s.z_over_plus_exp)
        np.multiply(s.z, s.z_over_plus_exp, out=s.h1)

        # feed_forward.down: h2 = h1 W + b                       (N, T, 128)   gpt.py:40
        np.dot(s.h1_rows, p.feed_forward_down_W, out=s.h1_rows_product)
        np.add(s.h1_rows_reshape, p.feed_forward_down_b, out=s.h2)

        # blocks: blocks = blocks_in + attention + h2            (N, T, 128)   gpt.py:40
        np.add(s.blocks, s.h2, out=s.blocks)

    def _blocks_backward(self, s, p, d):
        """Backward, one of 3: gpt.blocks_2 to gpt.blocks_4."""
        # feed_forward.down                                                    gpt.py:40
        # d_rows_product = d_blocks W^T                                     (N * T, 512)
        np.dot(s.d_rows, p.feed_forward_down_W.T, out=s.d_rows_product)

        # feed_forward.up                                                      gpt.py:40
        # d_z = d_h1 * gelu_tanh_slope(z)                                    (N, T, 512)
        # d_z_rows_product = d_z W^T                                        (N * T, 128)
        np.multiply(0.21406445, s.z_clip, out=s.z_times_clip)
        np.multiply(s.z_clip, s.z_times_clip, out=s.z_times)
        np.add(1.5957692, s.z_times, out=s.z_plus_times)
        np.multiply(s.z_clip, s.z_plus_times, out=s.z_times_2)
        np.divide(s.z_times_2, s.z_plus_exp, out=s.z_over_plus_exp_2)
        np.add(1.0, s.z_over_plus_exp_2, out=s.z_plus_2)
        np.multiply(s.z_over_plus_exp, s.z_plus_2, out=s.d_z)
        np.multiply(s.d_h1, s.d_z, out=s.d_z)
        np.dot(s.d_z_rows, p.feed_forward_up_W.T, out=s.d_z_rows_product)

        # norm_2                                                               gpt.py:40
        # d_beta = sum over N * T of d_z (gpt.blocks.feed_forward.up.W)^T         (128,)
        # d_gamma = sum over N * T of d_norm_2 * times                            (128,)
        np.dot(s.ones_3, s.d_norm_2_reshape, out=d.norm_2_beta)
        np.multiply(s.d_norm_2, s.times, out=s.d_norm_2_times)
        np.dot(s.ones_3, s.d_norm_2_reshape_2, out=d.norm_2_gamma)

        # feed_forward.down                                                    gpt.py:40
        # d_b = sum over N * T of d_blocks                                        (128,)
        # d_W = h1^T d_blocks                                                 (512, 128)
        np.dot(s.ones_3, s.d_rows, out=d.feed_forward_down_b)
        np.dot(s.h1_rows.T, s.d_rows, out=d.feed_forward_down_W)

        # feed_forward.up                                                      gpt.py:40
        # d_b = sum over N * T of d_z                                             (512,)
        # d_W = norm_2^T d_z                                                  (128, 512)
        np.dot(s.ones_3, s.d_z_rows, out=d.feed_forward_up_b)
        np.dot(s.norm_2_rows.T, s.d_z_rows, out=d.feed_forward_up_W)

        # norm_2                                                               gpt.py:40
        # d_attention = d_blocks + times_2                                   (N, T, 128)
        np.multiply(s.d_norm_2, p.norm_2_gamma, out=s.d_norm_2_times_2)
        np.dot(s.d_norm_2_reshape_3, s.ones, out=s.d_norm_2_row_sum)
        np.divide(s.d_norm_2_reshape_4, 128.0, out=s.d_norm_2_over)
        np.subtract(s.d_norm_2_times_2, s.d_norm_2_over, out=s.d_norm_2_minus_over)
        np.multiply(s.d_norm_2_times_2, s.times, out=s.d_norm_2_times_2)
        np.dot(s.d_norm_2_reshape_5, s.ones, out=s.d_norm_2_row_sum_2)
        np.divide(s.d_norm_2_reshape_6, 128.0, out=s.d_norm_2_over_2)
        np.multiply(s.times, s.d_norm_2_over_2, out=s.times)
        np.subtract(s.d_norm_2_minus_over, s.times, out=s.d_norm_2_minus)
        np.multiply(s.over_sqrt, s.d_norm_2_minus, out=s.times_2)
        np.add(s.d_blocks, s.times_2, out=s.d_attention)

        # attention                                                            gpt.py:40
        # d_weights = d_attended qkv_transpose                              (N, 4, T, T)
        # d_scores = weights * (d_weights - d_weights_sum)                  (N, 4, T, T)
        # d_q = [d_scores_plus_times; d_scores_plus_times_2]               (N, 4, T, 32)
        # d_k = [q_plus_times_2; q_plus_times_3]                           (N, 4, T, 32)
        # d_v = transpose(weights, (0, 1, 3, 2)) d_attended                (N, 4, T, 32)
        np.dot(s.d_attention_rows, p.attention_W_o.T, out=s.d_attention_rows_product)
        np.matmul(s.d_attended, s.qkv_transpose, out=s.d_weights)
        np.multiply(s.d_weights, s.weights, out=s.d_weights_times)
        s.d_weights_times.sum(axis=3, keepdims=True, out=s.d_weights_sum)
        np.subtract(s.d_weights, s.d_weights_sum, out=s.d_scores)
        np.multiply(s.weights, s.d_scores, out=s.d_scores)
        np.matmul(s.d_scores, s.k_concat, out=s.d_scores_product)
        np.multiply(s.d_scores_product, 0.17677669, out=s.d_scores_times)
        np.multiply(s.d_scores_slice, s.iota_sin, out=s.d_scores_times_2)
        np.multiply(s.d_scores_slice_2, s.iota_cos, out=s.d_scores_times_3)
        np.add(s.d_scores_times_2, s.d_scores_times_3, out=s.d_scores_plus_times)
        np.multiply(s.d_scores_slice, s.iota_cos, out=s.d_scores_times_4)
        np.negative(s.d_scores_slice_2, out=s.d_scores_negative)
        np.multiply(s.d_scores_negative, s.iota_sin, out=s.d_scores_times_5)
        np.add(s.d_scores_times_4, s.d_scores_times_5, out=s.d_scores_plus_times_2)
        np.concatenate(
            (s.d_scores_plus_times, s.d_scores_plus_times_2),
            axis=3,
            out=s.d_q,
        )
        np.matmul(s.q_transpose, s.d_scores, out=s.q_product)
        np.multiply(s.q_slice_3, s.iota_sin, out=s.q_times_6)
        np.multiply(s.q_slice_4, s.iota_cos, out=s.q_times_7)
        np.add(s.q_times_6, s.q_times_7, out=s.q_plus_times_2)
        np.multiply(s.q_slice_3, s.iota_cos, out=s.q_times_8)
        np.negative(s.q_slice_4, out=s.q_negative)
        np.multiply(s.q_negative, s.iota_sin, out=s.q_times_9)
        np.add(s.q_times_8, s.q_times_9, out=s.q_plus_times_3)
        np.concatenate((s.q_plus_times_2, s.q_plus_times_3), axis=3, out=s.d_k)
        np.matmul(s.weights_transpose, s.d_attended, out=s.d_v)
        np.concatenate(
            (s.d_q_transpose, s.d_k_transpose, s.d_v_transpose),
            axis=2,
            out=s.d_q_concat,
        )
        np.dot(s.d_qkv_rows, p.attention_W_qkv.T, out=s.d_qkv_rows_product)

        # norm_1                                                               gpt.py:40
        # d_beta = sum over N * T of d_qkv (gpt.blocks.attention.W_qkv)^T         (128,)
        # d_gamma = sum over N * T of d_norm * hat                                (128,)
        np.dot(s.ones_3, s.d_norm_reshape, out=d.norm_1_beta)
        np.multiply(s.d_norm, s.hat, out=s.d_norm_times)
        np.dot(s.ones_3, s.d_norm_reshape_2, out=d.norm_1_gamma)

        # attention                                                            gpt.py:40
        # d_b_o = sum over N * T of d_attention                                   (128,)
        # d_W_o = (reshape(attended_copy, (N * T, 128)))^T d_attention        (128, 128)
        # d_b_qkv = sum over N * T of reshape(d_q_concat, (N, T, 384))            (384,)
        # d_W_qkv = norm^T reshape(d_q_concat, (N * T, 384))                  (128, 384)
        np.dot(s.ones_3, s.d_attention_rows, out=d.attention_b_o)
        np.dot(s.heads_rows.T, s.d_attention_rows, out=d.attention_W_o)
        np.dot(s.ones_3, s.d_qkv_reshape, out=d.attention_b_qkv)
        np.dot(s.norm_rows.T, s.d_qkv_rows, out=d.attention_W_qkv)

        # norm_1                                                               gpt.py:40
        # d_hat = d_norm * gamma                                             (N, T, 128)
        # d_blocks_in = d_attention + inv_std_times                          (N, T, 128)
        np.multiply(s.d_norm, p.norm_1_gamma, out=s.d_hat)
        np.dot(s.d_hat_reshape, s.ones, out=s.d_hat_row_sum)
        np.divide(s.d_hat_reshape_2, 128.0, out=s.d_hat_over)
        np.subtract(s.d_hat, s.d_hat_over, out=s.d_hat_minus_over)
        np.multiply(s.d_hat, s.hat, out=s.d_hat_times)
        np.dot(s.d_hat_reshape_3, s.ones, out=s.d_hat_row_sum_2)
        np.divide(s.d_hat_reshape_4, 128.0, out=s.d_hat_over_2)
        np.multiply(s.hat, s.d_hat_over_2, out=s.hat_times)
        np.subtract(s.d_hat_minus_over, s.hat_times, out=s.d_hat_minus)
        np.multiply(s.inv_std, s.d_hat_minus, out=s.inv_std_times)
        np.add(s.d_attention, s.inv_std_times, out=s.d_blocks_in)

    def _blocks_forward_2(self, s, p, keys, values):
        """Forward, one of 3: gpt.blocks_2 to gpt.blocks_4."""
        # norm_1                                                               gpt.py:40
        # mean = mean(blocks_in, axis 2)                                       (N, T, 1)
        # var = mean(square(blocks_in - mean), axis 2)                         (N, T, 1)
        # inv_std = 1 / sqrt(var + 1e-05)                                      (N, T, 1)
        # hat = (blocks_in - mean) / sqrt(var + 1e-05)                       (N, T, 128)
        # norm = hat * gamma + beta                                          (N, T, 128)
        np.dot(s.reshape_3, s.ones, out=s.row_sum_2)
        np.divide(s.reshape_4, 128.0, out=s.mean)
        np.subtract(s.blocks_in, s.mean, out=s.hat)
        np.square(s.hat, out=s.hat_square)
        np.dot(s.hat_reshape, s.ones, out=s.hat_row_sum)
        np.divide(s.hat_reshape_2, 128.0, out=s.var)
        np.add(s.var, 1e-05, out=s.inv_std)
        np.sqrt(s.inv_std, out=s.inv_std)
        np.divide(1.0, s.inv_std, out=s.inv_std)
        np.multiply(s.hat, s.inv_std, out=s.hat)
        np.multiply(s.hat, p.norm_1_gamma, out=s.norm)
        np.add(s.norm, p.norm_1_beta, out=s.norm)

        # attention                                                            gpt.py:40
        # qkv = norm W_qkv + b_qkv                                           (N, T, 384)
        # scores = q_concat * 0.176777 keys_transpose                     (N, 4, T, 128)
        # weights = softmax(scores + gpt_blocks_1_attention_where)        (N, 4, T, 128)
        # attended = weights values_2                                      (N, 4, T, 32)
        # attention = heads W_o + b_o                                        (N, T, 128)
        np.dot(s.norm_rows, p.attention_W_qkv, out=s.norm_rows_product)
        np.add(s.norm_rows_reshape, p.attention_b_qkv, out=s.qkv)
        np.multiply(s.q_slice, s.gpt_blocks_1_attention_cos, out=s.q_times)
        np.multiply(s.q_slice_2, s.gpt_blocks_1_attention_sin, out=s.q_times_2)
        np.subtract(s.q_times, s.q_times_2, out=s.q_minus_times)
        np.multiply(s.q_slice_2, s.gpt_blocks_1_attention_cos, out=s.q_times_3)
        np.multiply(s.q_slice, s.gpt_blocks_1_attention_sin, out=s.q_times_4)
        np.add(s.q_times_3, s.q_times_4, out=s.q_plus_times)
        np.concatenate((s.q_minus_times, s.q_plus_times), axis=3, out=s.q_concat)
        np.multiply(s.q_concat, 0.17677669, out=s.q_times_5)
        np.multiply(s.k_slice, s.gpt_blocks_1_attention_cos, out=s.k_times)
        np.multiply(s.k_slice_2, s.gpt_blocks_1_attention_sin, out=s.k_times_2)
        np.subtract(s.k_times, s.k_times_2, out=s.k_minus_times)
        np.multiply(s.k_slice_2, s.gpt_blocks_1_attention_cos, out=s.k_times_3)
        np.multiply(s.k_slice, s.gpt_blocks_1_attention_sin, out=s.k_times_4)
        np.add(s.k_times_3, s.k_times_4, out=s.k_plus_times)
        np.concatenate((s.k_minus_times, s.k_plus_times), axis=3, out=s.k_concat)
        np.take(
            s.k_concat,
            s.gpt_blocks_1_attention_minimum,
            axis=2,
            out=s.k_take,
            mode="clip",
        )
        np.copyto(s.keys_2, keys)
        np.copyto(s.keys_2, s.k_take, where=s.blocks_1_attention_reshape_2)
        np.matmul(s.q_times_5, s.keys_transpose, out=s.scores)
        np.add(s.scores, s.gpt_blocks_1_attention_where, out=s.weights)
        s.weights.max(axis=3, keepdims=True, out=s.weights_max)
        np.subtract(s.weights, s.weights_max, out=s.weights)
        np.exp(s.weights, out=s.weights)
        np.dot(s.weights_reshape, s.ones, out=s.weights_row_sum)
        np.divide(s.weights, s.weights_reshape_2, out=s.weights)
        np.copyto(s.v_copy, s.v)
        np.take(
            s.v_copy,
            s.gpt_blocks_1_attention_minimum,
            axis=2,
            out=s.v_take,
            mode="clip",
        )
        np.copyto(s.values_2, values)
        np.copyto(s.values_2, s.v_take, where=s.blocks_1_attention_reshape_2)
        np.matmul(s.weights, s.values_2, out=s.attended)
        np.multiply(s.attended, s.gpt_blocks_1_attention_any, out=s.attended_masked)
        np.copyto(s.attended_copy, s.attended_transpose)
        np.dot(s.heads_rows, p.attention_W_o, out=s.heads_rows_product)
        np.add(s.heads_rows_reshape, p.attention_b_o, out=s.attention)

        # blocks: blocks = blocks_in + attention                 (N, T, 128)   gpt.py:40
        np.add(s.blocks_in, s.attention, out=s.blocks)

        # norm_2                                                               gpt.py:40
        # norm_2 = ((blocks_in + attention) - mean) / sqrt(var               (N, T, 128)
        #     + 1e-05) * gamma + beta
        np.dot(s.reshape, s.ones, out=s.row_sum)
        np.divide(s.reshape_2, 128.0, out=s.over)
        np.subtract(s.blocks, s.over, out=s.norm_2)
        np.square(s.norm_2, out=s.norm_2_square)
        np.dot(s.norm_2_reshape, s.ones, out=s.norm_2_row_sum)
        np.divide(s.norm_2_reshape_2, 128.0, out=s.norm_2_over)
        np.add(s.norm_2_over, 1e-05, out=s.norm_2_plus)
        np.sqrt(s.norm_2_plus, out=s.norm_2_sqrt)
        np.divide(1.0, s.norm_2_sqrt, out=s.norm_2_over_sqrt)
        np.multiply(s.norm_2, s.norm_2_over_sqrt, out=s.norm_2)
        np.multiply(s.norm_2, p.norm_2_gamma, out=s.norm_2)
        np.add(s.norm_2, p.norm_2_beta, out=s.norm_2)

        # feed_forward.up                                                      gpt.py:40
        # z = norm_2 W + b                                                   (N, T, 512)
        # h1 = gelu_tanh(z)                                                  (N, T, 512)
        np.dot(s.norm_2_rows, p.feed_forward_up_W, out=s.norm_2_rows_product)
        np.add(s.norm_2_rows_reshape, p.feed_forward_up_b, out=s.z)
        np.clip(s.z, -30.0, 10.0, out=s.z_clip)
        np.square(s.z_clip, out=s.z_square)
        np.multiply(0.071354814, s.z_square, out=s.z_times_square)
        np.add(1.5957692, s.z_times_square, out=s.z_plus)
        np.multiply(s.z_clip, s.z_plus, out=s.z_times_plus)
        np.exp(s.z_times_plus, out=s.z_exp)
        np.add(1.0, s.z_exp, out=s.z_plus_exp)
        np.divide(s.z_exp, s.z_plus_exp, out=s.z_over_plus_exp)
        np.multiply(s.z, s.z_over_plus_exp, out=s.h1)

        # feed_forward.down: h2 = h1 W + b                       (N, T, 128)   gpt.py:40
        np.dot(s.h1_rows, p.feed_forward_down_W, out=s.h1_rows_product)
        np.add(s.h1_rows_reshape, p.feed_forward_down_b, out=s.h2)

        # blocks: blocks = blocks_in + attention + h2            (N, T, 128)   gpt.py:40
        np.add(s.blocks, s.h2, out=s.blocks)

    def _memory(self, nbytes):
        """One arena for all methods; it grows when larger arguments come."""
        if self._arena.size < nbytes + 64:
            self._arena = np.empty(nbytes + 64, dtype=np.uint8)
            self._train.clear()
            self._evaluate.clear()
            self._step.clear()
        if len(self._train) >= 16:  # forget old shapes
            self._train.clear()
        if len(self._evaluate) >= 16:  # forget old shapes
            self._evaluate.clear()
        if len(self._step) >= 16:  # forget old shapes
            self._step.clear()
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


def _zeros(dtype, table):
    """Zeros of that type, by attribute."""
    shapes = _shapes(table)
    return {name: np.zeros(shape, dtype=dtype) for name, shape in shapes.items()}
