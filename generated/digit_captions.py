"""digit_captions: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Parameters 329,485 in 14 arrays

    from digit_captions import DigitCaptions

    m = DigitCaptions(seed=0)
    m.train(picture, target, following)  # Returns loss; changes captioner, adam.
    m.see(picture)                       # Returns features.
    m.step(target, features, h, c)
"""

import contextvars
import ctypes
import functools
import math
import os
import signal
import threading
from contextlib import ContextDecorator, suppress
from queue import SimpleQueue
from types import SimpleNamespace

import numpy as np


class InputError(ValueError):
    """Arguments or weights that do not fit this network; nothing was changed."""


class _Processors(ContextDecorator):
    """As many processors as BLAS has threads, for other work: it takes one meanwhile."""

    def __init__(self):
        self.free, self.owner, self.blas = threading.Lock(), None, None
        self.process = os.getpid()

    def __enter__(self):
        if self.process != os.getpid():  # a fork: who held `free` is not in it
            self.__init__()
        self.blas = self.blas or _blas("num_threads") or [lambda: 1]
        size = self.blas[0]()
        if size > 1 and self.free.acquire(blocking=False):
            self.size, self.owner, self.busy = size, threading.get_ident(), False
            self.blas[1](1)

    def __exit__(self, *error):
        if self.owner == threading.get_ident():
            self.blas[1](self.size)
            self.owner = None
            self.free.release()

    def others(self):
        """How many besides the caller's; none if they are busy or another thread's."""
        mine = self.owner == threading.get_ident() and not self.busy
        return self.size - 1 if mine else 0


_LIBC = ctypes.CDLL(None) if hasattr(os, "sched_setaffinity") else None


def _blas(what):
    """The functions that get and set something of NumPy's BLAS, as far as it has them."""
    library = ctypes.CDLL(np.linalg._umath_linalg.__file__)  # and what it is linked to
    words = [f"openblas_{word}_{what}" for word in ("get", "set")]
    names = [*(f"scipy_{word}64_" for word in words), *words]
    return [getattr(library, name) for name in names if hasattr(library, name)]


class _Team(_Processors):
    """Threads that share large loops, one on each of those processors."""

    def __init__(self):
        super().__init__()
        self.members = []

    def __enter__(self):
        super().__enter__()
        if others := self.others():
            self.members += [_Member() for _ in range(len(self.members), others)]
            # Linux likes to wake threads where the one that calls runs: they keep off there.
            rest = os.sched_getaffinity(0) - {_LIBC.sched_getcpu()} if _LIBC else ()
            for member in self.members if rest else ():
                with suppress(OSError):  # not everybody may
                    os.sched_setaffinity(member.native_id, rest)

    def __exit__(self, *error):
        for member in self.members if self.owner == threading.get_ident() else ():
            member.wait()
        super().__exit__(*error)

    def run(self, works):
        """Each of some functions of nothing, the first one here, at the same time."""
        self.busy, called = True, list(zip(self.members, works[1:]))
        for member, work in called:
            member.done.clear()
            member.given.put((contextvars.copy_context(), work))
        works[0]()
        self.busy = False
        for error in filter(None, [member.wait() for member, _ in called]):
            raise error


class _Member(threading.Thread):
    """A thread of a team, with memory of its own."""

    def __init__(self):
        super().__init__(daemon=True)
        self.given, self.done = SimpleQueue(), threading.Event()
        self.memory, self.error = np.empty(0, dtype=np.uint8), None
        self.done.set()
        self.start()

    def run(self):
        while True:
            context, work = self.given.get()
            try:
                context.run(work)
            except BaseException as error:
                self.error = error
            context = work = None  # which would hold arrays until the next call
            self.done.set()

    def wait(self):
        self.done.wait()
        error, self.error = self.error, None
        return error


_processors = _Team()


class DigitCaptions:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "digit_captions"
    FINGERPRINT = "273887d6e3a83c0b"
    INPUTS = {}
    TARGETS = {}
    OUTPUTS = {}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "captioner.eye.conv_1.W": ("params", "captioner_eye_conv_1_W"),
        "captioner.eye.conv_1.b": ("params", "captioner_eye_conv_1_b"),
        "captioner.eye.conv_2.W": ("params", "captioner_eye_conv_2_W"),
        "captioner.eye.conv_2.b": ("params", "captioner_eye_conv_2_b"),
        "captioner.eye.conv_3.W": ("params", "captioner_eye_conv_3_W"),
        "captioner.eye.conv_3.b": ("params", "captioner_eye_conv_3_b"),
        "captioner.eye.dense_1.W": ("params", "captioner_eye_dense_1_W"),
        "captioner.eye.dense_1.b": ("params", "captioner_eye_dense_1_b"),
        "captioner.words.W": ("params", "captioner_words_W"),
        "captioner.speaker.W": ("params", "captioner_speaker_W"),
        "captioner.speaker.U": ("params", "captioner_speaker_U"),
        "captioner.speaker.b": ("params", "captioner_speaker_b"),
        "captioner.scores.W": ("params", "captioner_scores_W"),
        "captioner.scores.b": ("params", "captioner_scores_b"),
        "captioner.eye.conv_1.W.momentum": ("momentum", "captioner_eye_conv_1_W"),
        "captioner.eye.conv_1.b.momentum": ("momentum", "captioner_eye_conv_1_b"),
        "captioner.eye.conv_2.W.momentum": ("momentum", "captioner_eye_conv_2_W"),
        "captioner.eye.conv_2.b.momentum": ("momentum", "captioner_eye_conv_2_b"),
        "captioner.eye.conv_3.W.momentum": ("momentum", "captioner_eye_conv_3_W"),
        "captioner.eye.conv_3.b.momentum": ("momentum", "captioner_eye_conv_3_b"),
        "captioner.eye.dense_1.W.momentum": ("momentum", "captioner_eye_dense_1_W"),
        "captioner.eye.dense_1.b.momentum": ("momentum", "captioner_eye_dense_1_b"),
        "captioner.words.W.momentum": ("momentum", "captioner_words_W"),
        "captioner.speaker.W.momentum": ("momentum", "captioner_speaker_W"),
        "captioner.speaker.U.momentum": ("momentum", "captioner_speaker_U"),
        "captioner.speaker.b.momentum": ("momentum", "captioner_speaker_b"),
        "captioner.scores.W.momentum": ("momentum", "captioner_scores_W"),
        "captioner.scores.b.momentum": ("momentum", "captioner_scores_b"),
        "captioner.eye.conv_1.W.squares": ("squares", "captioner_eye_conv_1_W"),
        "captioner.eye.conv_1.b.squares": ("squares", "captioner_eye_conv_1_b"),
        "captioner.eye.conv_2.W.squares": ("squares", "captioner_eye_conv_2_W"),
        "captioner.eye.conv_2.b.squares": ("squares", "captioner_eye_conv_2_b"),
        "captioner.eye.conv_3.W.squares": ("squares", "captioner_eye_conv_3_W"),
        "captioner.eye.conv_3.b.squares": ("squares", "captioner_eye_conv_3_b"),
        "captioner.eye.dense_1.W.squares": ("squares", "captioner_eye_dense_1_W"),
        "captioner.eye.dense_1.b.squares": ("squares", "captioner_eye_dense_1_b"),
        "captioner.words.W.squares": ("squares", "captioner_words_W"),
        "captioner.speaker.W.squares": ("squares", "captioner_speaker_W"),
        "captioner.speaker.U.squares": ("squares", "captioner_speaker_U"),
        "captioner.speaker.b.squares": ("squares", "captioner_speaker_b"),
        "captioner.scores.W.squares": ("squares", "captioner_scores_W"),
        "captioner.scores.b.squares": ("squares", "captioner_scores_b"),
        "adam.step": ("state", "adam_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(329485, np.float32),
            {
                "captioner_eye_conv_1_W": (3, 3, 1, 16),
                "captioner_eye_conv_1_b": (16,),
                "captioner_eye_conv_2_W": (3, 3, 16, 32),
                "captioner_eye_conv_2_b": (32,),
                "captioner_eye_conv_3_W": (3, 3, 32, 64),
                "captioner_eye_conv_3_b": (64,),
                "captioner_eye_dense_1_W": (3200, 64),
                "captioner_eye_dense_1_b": (64,),
                "captioner_words_W": (13, 64),
                "captioner_speaker_W": (64, 512),
                "captioner_speaker_U": (128, 512),
                "captioner_speaker_b": (512,),
                "captioner_scores_W": (128, 13),
                "captioner_scores_b": (13,),
            },
        )
        self.grads = _Views(_vector(329485, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(329485, np.float32), self.params.shapes)
        self.squares = _Views(_vector(329485, np.float32), self.params.shapes)
        self.state = SimpleNamespace(adam_step=np.zeros((), dtype=np.int64))
        self.rng = SimpleNamespace(eye_dropout_1=_generator(seed, 1))
        self._arena = np.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._see = {}  # buffers by the arguments' shapes
        self._step = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        captioner_eye_conv_1_noise = rng.standard_normal(
            (3, 3, 1, 16),
            dtype=np.float32,
        )
        p.captioner_eye_conv_1_W[...] = captioner_eye_conv_1_noise * 0.47140452
        captioner_eye_conv_2_noise = rng.standard_normal(
            (3, 3, 16, 32),
            dtype=np.float32,
        )
        p.captioner_eye_conv_2_W[...] = captioner_eye_conv_2_noise * 0.11785113
        captioner_eye_conv_3_noise = rng.standard_normal(
            (3, 3, 32, 64),
            dtype=np.float32,
        )
        p.captioner_eye_conv_3_W[...] = captioner_eye_conv_3_noise * 0.083333336
        captioner_eye_dense_1_draw = rng.random((3200, 64), dtype=np.float32)
        captioner_eye_dense_1_times = captioner_eye_dense_1_draw * 0.08574929
        p.captioner_eye_dense_1_W[...] = captioner_eye_dense_1_times + -0.042874645
        noise = rng.standard_normal((13, 64), dtype=np.float32)
        p.captioner_words_W[...] = noise * 0.125
        captioner_speaker_draw = rng.random((64, 128), dtype=np.float32)
        captioner_speaker_times = captioner_speaker_draw * 0.35355338
        captioner_speaker_plus = captioner_speaker_times + -0.17677669
        captioner_speaker_draw_2 = rng.random((64, 128), dtype=np.float32)
        captioner_speaker_times_2 = captioner_speaker_draw_2 * 0.35355338
        captioner_speaker_plus_2 = captioner_speaker_times_2 + -0.17677669
        captioner_speaker_draw_3 = rng.random((64, 128), dtype=np.float32)
        captioner_speaker_times_3 = captioner_speaker_draw_3 * 0.35355338
        captioner_speaker_plus_3 = captioner_speaker_times_3 + -0.17677669
        captioner_speaker_draw_4 = rng.random((64, 128), dtype=np.float32)
        captioner_speaker_times_4 = captioner_speaker_draw_4 * 0.35355338
        captioner_speaker_plus_4 = captioner_speaker_times_4 + -0.17677669
        new_captioner_speaker_W = np.concatenate(
            (
                captioner_speaker_plus,
                captioner_speaker_plus_2,
                captioner_speaker_plus_3,
                captioner_speaker_plus_4,
            ),
            axis=1,
        )
        p.captioner_speaker_W[...] = new_captioner_speaker_W
        captioner_speaker_noise = rng.standard_normal((128, 128), dtype=np.float32)
        captioner_speaker_orthogonal = _orthogonal(captioner_speaker_noise)
        captioner_speaker_noise_2 = rng.standard_normal((128, 128), dtype=np.float32)
        captioner_speaker_orthogonal_2 = _orthogonal(captioner_speaker_noise_2)
        captioner_speaker_noise_3 = rng.standard_normal((128, 128), dtype=np.float32)
        captioner_speaker_orthogonal_3 = _orthogonal(captioner_speaker_noise_3)
        captioner_speaker_noise_4 = rng.standard_normal((128, 128), dtype=np.float32)
        captioner_speaker_orthogonal_4 = _orthogonal(captioner_speaker_noise_4)
        new_captioner_speaker_U = np.concatenate(
            (
                captioner_speaker_orthogonal,
                captioner_speaker_orthogonal_2,
                captioner_speaker_orthogonal_3,
                captioner_speaker_orthogonal_4,
            ),
            axis=1,
        )
        p.captioner_speaker_U[...] = new_captioner_speaker_U
        captioner_scores_draw = rng.random((128, 13), dtype=np.float32)
        p.captioner_scores_W[...] = captioner_scores_draw * 0.4125685 + -0.20628425
        zeros_view = np.broadcast_to(np.float32(0.0), (128,))
        ones_view = np.broadcast_to(np.float32(1.0), (128,))
        new_captioner_speaker_b = np.concatenate(
            (zeros_view, ones_view, zeros_view, zeros_view),
        )
        p.captioner_speaker_b[...] = new_captioner_speaker_b

    def train(self, picture, target, following):
        """Returns loss; changes captioner, adam.

        picture: float32 (N, 10, 40, 1)
        target: int64 (N, T)
        following: int64 (N, T)
        """
        s = self._train_slots(picture, target, following)
        loss = self._train_backward(s, picture, target, following)
        self._train_update(s)
        return {"loss": loss}

    @_processors  # threads share its loops over images
    def _train_backward(self, s, picture, target, following):
        """Forward and backward: the results; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # captioner.words                                           digit_captions.py:48
        # words = W[(target^T)]                                             (T, N, 64)
        # target_copy = (target^T)                                              (T, N)
        np.copyto(s.target_copy, target.T)
        np.take(p.captioner_words_W, s.target_copy, axis=0, out=s.words, mode="clip")

        # captioner.eye.conv_1                                      digit_captions.py:38
        # z1 = conv(picture, W) + b                                    (N, 10, 40, 16)
        # h1 = relu(z1)                                                (N, 10, 40, 16)
        _conv_toeplitz(
            picture,
            p.captioner_eye_conv_1_W,
            (s.z1_columns, s.z1_band, s.z1_padded),
            out=s.z1,
            low=(1, 1),
        )
        np.copyto(s.captioner_eye_conv_1_b_rows, s.eye_conv_1_b_broadcast_to)
        np.add(s.z1, s.captioner_eye_conv_1_b_rows, out=s.z1)
        np.clip(s.z1, 0.0, np.inf, out=s.h1)

        # captioner.eye.max_pool_1: h1_pooled = max_pool(h1, 2x2)   (N, 5, 20, 16)   :39
        _max_pool_shifts(s.h1, s.h1_pooled_shifts, out=s.h1_pooled)

        # captioner.eye.conv_2                                      digit_captions.py:40
        # z2 = conv(h1_pooled, W) + b                                   (N, 5, 20, 32)
        # h2 = relu(z2)                                                 (N, 5, 20, 32)
        _conv_winograd_columns(
            s.h1_pooled,
            p.captioner_eye_conv_2_W,
            (s.z2_inputs, s.z2_filters, s.z2_products),
            4,
            out=s.z2,
            low=(1, 1),
        )
        np.copyto(s.captioner_eye_conv_2_b_rows, s.eye_conv_2_b_broadcast_to)
        np.add(s.z2, s.captioner_eye_conv_2_b_rows, out=s.z2)
        np.clip(s.z2, 0.0, np.inf, out=s.h2)

        # captioner.eye.max_pool_2: h2_pooled = max_pool(h2, 1x2)   (N, 5, 10, 32)   :41
        _max_pool_shifts(s.h2, s.h2_pooled_shifts, out=s.h2_pooled)

        # captioner.eye.conv_3                                      digit_captions.py:42
        # z3 = conv(h2_pooled, W) + b                                   (N, 5, 10, 64)
        # h3 = relu(z3)                                                 (N, 5, 10, 64)
        _conv_winograd_columns(
            s.h2_pooled,
            p.captioner_eye_conv_3_W,
            (s.z3_inputs, s.z3_filters, s.z3_products),
            4,
            out=s.z3,
            low=(1, 1),
        )
        np.add(s.z3, p.captioner_eye_conv_3_b, out=s.z3)
        np.clip(s.z3, 0.0, np.inf, out=s.h3)

        # captioner.eye.dropout_1                                   digit_captions.py:44
        # h3_flat_dropped = dropout(h3_flat)                                 (N, 3200)
        # captioner_eye_dropout_1_mask = random >= 0.3                       (N, 3200)
        np.multiply(s.h3_flat, 1.4285715, out=s.h3_flat_dropped)
        self.rng.eye_dropout_1.random(
            out=s.captioner_eye_dropout_1_draw,
            dtype=np.float32,
        )
        np.greater_equal(
            s.captioner_eye_dropout_1_draw,
            0.3,
            out=s.captioner_eye_dropout_1_mask,
        )
        np.multiply(
            s.h3_flat_dropped,
            s.captioner_eye_dropout_1_mask,
            out=s.h3_flat_dropped,
        )

        # captioner.eye.dense_1: h4 = h3_flat_dropped W + b                (N, 64)   :45
        np.dot(s.h3_flat_dropped, p.captioner_eye_dense_1_W, out=s.h4)
        np.add(s.h4, p.captioner_eye_dense_1_b, out=s.h4)

        # captioner: words_plus = words + h4           (T, N, 64)   digit_captions.py:54
        np.add(s.words, s.h4, out=s.words_plus)

        # captioner.speaker                                         digit_captions.py:49
        # x_in_rows = words_plus W + b                                    (N * T, 512)
        # h, step by step                                              (T + 1, N, 128)
        # c, step by step                                              (T + 1, N, 128)
        # g, step by step                                                  (T, N, 128)
        # c_tanh, step by step                                             (T, N, 128)
        # gates, step by step                                              (T, N, 384)
        np.dot(s.words_reshape, p.captioner_speaker_W, out=s.x_in_rows)
        np.add(s.x_in_rows, p.captioner_speaker_b, out=s.x_in_rows)
        s.h[0].fill(0.0)
        s.c[0].fill(0.0)
        for t in range(s.T):
            # z = x_in[t] + h[t] U                                              (N, 512)
            # gates[t] = sigmoid(z[:, :384])                                    (N, 384)
            # g[t] = tanh(z[:, 384:])                                           (N, 128)
            # c[t + 1] = f * c[t] + i * g[t]                                    (N, 128)
            # c_tanh[t] = tanh(c[t + 1])                                        (N, 128)
            # h[t + 1] = o * c_tanh[t]                                          (N, 128)
            np.dot(s.h[t], p.captioner_speaker_U, out=s.z)
            np.add(s.x_in[t], s.z, out=s.z)
            np.clip(s.z_slice, -np.inf, 88.0, out=s.gates[t])
            np.exp(s.gates[t], out=s.gates[t])
            np.add(1.0, s.gates[t], out=s.gates_plus_2)
            np.divide(s.gates[t], s.gates_plus_2, out=s.gates[t])
            o = s.gates[t][:, 256:]
            f = s.gates[t][:, 128:256]
            np.multiply(f, s.c[t], out=s.c[t + 1])
            i = s.gates[t][:, :128]
            np.tanh(s.z_slice_2, out=s.g[t])
            np.multiply(i, s.g[t], out=s.i_times)
            np.add(s.c[t + 1], s.i_times, out=s.c[t + 1])
            np.tanh(s.c[t + 1], out=s.c_tanh[t])
            np.multiply(o, s.c_tanh[t], out=s.h[t + 1])

        # captioner.scores: logits = h[1:] W + b       (T, N, 13)   digit_captions.py:50
        np.matmul(s.h_slice, p.captioner_scores_W, out=s.logits)
        np.add(s.logits, p.captioner_scores_b, out=s.logits)

        # softmax_cross_entropy                                     digit_captions.py:70
        # weight = sum((following^T != 0))                                          ()
        # loss = sum(logits_masked) / where(weight == 0, 1, weight)                 ()
        # logits_exp = exp(logits - max(logits, axis 2))                    (T, N, 13)
        # logits_sum = sum(exp(logits - max(logits, axis 2)), axis 2)        (T, N, 1)
        _row_max(s.logits, s.logits_max_starts, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=2, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        np.not_equal(following.T, 0, out=s.following_not_equal)
        np.multiply(following.T, s.following_not_equal, out=s.following_known_labels)
        np.add(s.following_reshape, s.row_starts, out=s.following_position)
        np.take(
            s.logits_minus_max,
            s.following_position,
            out=s.logits_take,
            mode="clip",
        )
        np.subtract(s.logits_reshape, s.logits_reshape_2, out=s.logits_minus)
        np.multiply(s.logits_minus, s.following_not_equal, out=s.logits_masked)
        s.logits_masked.sum(out=s.loss)
        np.copyto(s.following_cast, s.following_not_equal, casting="unsafe")
        s.following_cast.sum(out=s.weight)
        np.equal(s.weight, 0.0, out=s.weight_equal)
        np.copyto(s.weight_where, 1.0, where=s.weight_equal)
        np.divide(s.loss, s.weight_where, out=s.loss)

        # ---- backward ----------------------------------------------------------------
        # softmax_cross_entropy                                     digit_captions.py:70
        # d_logits                                                          (T, N, 13)
        np.divide(s.logits_exp, s.logits_sum, out=s.d_logits)
        _add_elements(s.d_logits, s.following_position, s.minus_ones)
        np.divide(s.following_cast, s.weight_where, out=s.following_over)
        np.multiply(s.d_logits, s.following_reshape_2, out=s.d_logits)

        # captioner.scores                                          digit_captions.py:50
        # d_b = sum over N * T of d_logits                                       (13,)
        # d_W = h[1:]^T d_logits                                             (128, 13)
        # d_logits_rows_product = d_logits W^T                            (N * T, 128)
        np.dot(s.ones, s.d_logits_rows, out=d.captioner_scores_b)
        np.dot(s.h_reshape.T, s.d_logits_rows, out=d.captioner_scores_W)
        np.dot(s.d_logits_rows, p.captioner_scores_W.T, out=s.d_logits_rows_product)

        # captioner.speaker                                         digit_captions.py:49
        # captioner_speaker_U_T = (U^T)                                     (512, 128)
        # d_h, step by step                                                   (N, 128)
        # d_c, step by step                                                   (N, 128)
        # d_z, step by step                                                (T, N, 512)
        # d_b = sum over N * T of d_z                                           (512,)
        # d_U = h[:-1]^T d_z                                                (128, 512)
        # d_W = words_plus^T d_z                                             (64, 512)
        _copy_turned(p.captioner_speaker_U.T, out=s.captioner_speaker_U_T)
        s.d_h.fill(0.0)
        s.d_c.fill(0.0)
        for t in reversed(range(s.T)):
            # d_h_2 = d_h[t + 1] + d_logits_rows_reshape[t]                     (N, 128)
            # d_c_tanh = d_h_2 * o_2                                            (N, 128)
            # d_c_2 = d_c[t + 1] + d_c_tanh * (1 - square(c_tanh[t]))           (N, 128)
            # d_i = d_c_2 * g[t]                                                (N, 128)
            # d_f = d_c_2 * c[t]                                                (N, 128)
            # d_o = d_h_2 * c_tanh[t]                                           (N, 128)
            # d_gates = [d_i; d_f; d_o]                                         (N, 384)
            # d_g = d_c_2 * i_2                                                 (N, 128)
            # d_z[t]                                                            (N, 512)
            # d_z[t][:, :384] = d_gates * (gates[t] * (1 - gates[t]))           (N, 384)
            # d_z[t][:, 384:] = d_g * (1 - square(g[t]))                        (N, 128)
            # d_h[t] = d_z[t] U^T                                               (N, 128)
            # d_c[t] = d_c_2 * f_2                                              (N, 128)
            np.add(s.d_h, s.d_logits_rows_reshape[t], out=s.d_h)
            o_2 = s.gates[t][:, 256:]
            np.multiply(s.d_h, o_2, out=s.d_c_tanh)
            np.square(s.c_tanh[t], out=s.c_tanh_square)
            np.subtract(1.0, s.c_tanh_square, out=s.c_tanh_minus_square)
            np.multiply(s.d_c_tanh, s.c_tanh_minus_square, out=s.d_c_tanh_times)
            np.add(s.d_c, s.d_c_tanh_times, out=s.d_c)
            np.multiply(s.d_c, s.g[t], out=s.d_gates[:, :128])
            np.multiply(s.d_c, s.c[t], out=s.d_gates[:, 128:256])
            np.multiply(s.d_h, s.c_tanh[t], out=s.d_gates[:, 256:])
            np.subtract(1.0, s.gates[t], out=s.gates_minus)
            np.multiply(s.gates[t], s.gates_minus, out=s.gates_times_minus)
            np.multiply(s.d_gates, s.gates_times_minus, out=s.d_z[t][:, :384])
            i_2 = s.gates[t][:, :128]
            np.multiply(s.d_c, i_2, out=s.d_g)
            np.square(s.g[t], out=s.g_square)
            np.subtract(1.0, s.g_square, out=s.g_minus_square)
            np.multiply(s.d_g, s.g_minus_square, out=s.d_z[t][:, 384:])
            np.dot(s.d_z[t], s.captioner_speaker_U_T, out=s.d_h)
            f_2 = s.gates[t][:, 128:256]
            np.multiply(s.d_c, f_2, out=s.d_c)
        np.dot(s.ones, s.d_z_reshape, out=d.captioner_speaker_b)
        np.dot(s.h_reshape_2.T, s.d_z_reshape, out=d.captioner_speaker_U)
        np.dot(s.words_reshape.T, s.d_z_reshape, out=d.captioner_speaker_W)

        # captioner.words                                           digit_captions.py:48
        # target_plus_position = iota_2 + target_reshape * 64              (N * T, 64)
        np.multiply(s.target_reshape, 64, out=s.target_position)
        np.add(s.iota_2, s.target_position, out=s.target_plus_position)

        # captioner.speaker: d_x_rows = d_z W^T       (N * T, 64)   digit_captions.py:49
        np.dot(s.d_z_reshape, p.captioner_speaker_W.T, out=s.d_x_rows)

        # captioner.words: d_W = scatter_add(0, target^T, d_x)            (13, 64)   :48
        d.captioner_words_W.fill(0)
        _add_elements(d.captioner_words_W, s.target_plus_position, s.d_x_rows)

        # captioner                                                 digit_captions.py:54
        # d_x_column_sum = sum over T of d_x_reshape                         (64 * N,)
        np.dot(s.ones_2, s.d_x_reshape, out=s.d_x_column_sum)

        # captioner.eye.dense_1                                     digit_captions.py:45
        # d_b = sum over N of reshape(d_x_column_sum, (N, 64))                   (64,)
        # d_W = h3_flat_dropped^T reshape(d_x_column_sum, (N, 64))          (3200, 64)
        # d_h3_flat_dropped = reshape(d_x_column_sum, (N, 64)) W^T           (N, 3200)
        np.dot(s.ones_3, s.d_h4, out=d.captioner_eye_dense_1_b)
        np.dot(s.h3_flat_dropped.T, s.d_h4, out=d.captioner_eye_dense_1_W)
        np.dot(s.d_h4, p.captioner_eye_dense_1_W.T, out=s.d_h3_flat_dropped)

        # captioner.eye.dropout_1                                   digit_captions.py:44
        # d_h3_flat = dropout(d_h3_flat_dropped)                             (N, 3200)
        np.multiply(s.d_h3_flat_dropped, 1.4285715, out=s.d_h3_flat)
        np.multiply(s.d_h3_flat, s.captioner_eye_dropout_1_mask, out=s.d_h3_flat)

        # captioner.eye.conv_3                                      digit_captions.py:42
        # d_z3 = reshape(d_h3_flat, (N, 5, 10, 64)) * (h3 > 0)          (N, 5, 10, 64)
        # d_b = sum over 50 * N of reshape(d_z3, (50 * N, 64))                   (64,)
        # d_W = patches(h2_pooled)^T d_z3                               (3, 3, 32, 64)
        np.greater(s.h3, 0.0, out=s.h3_mask)
        np.multiply(s.d_h3, s.h3_mask, out=s.d_z3)
        np.dot(s.ones_4, s.d_z3_reshape, out=d.captioner_eye_conv_3_b)
        _conv_weight_winograd_columns(
            s.h2_pooled,
            s.d_z3,
            (
                s.captioner_eye_conv_3_W_inputs,
                s.d_captioner_eye_conv_3_W_given,
                s.d_captioner_eye_conv_3_W_part,
                s.d_captioner_eye_conv_3_W_sums,
                s.d_captioner_eye_conv_3_W_total,
            ),
            4,
            out=d.captioner_eye_conv_3_W,
            low=(1, 1),
        )

        # captioner.eye.max_pool_2                                  digit_captions.py:41
        # h2_max_pool_index = place of the first maximum of h2          (N, 5, 10, 32)
        _max_pool_index_shifts(
            s.h2,
            s.h2_pooled,
            s.h2_max_pool_index_before,
            s.h2_max_pool_index_different,
            s.h2_max_pool_index_shifts,
            out=s.h2_max_pool_index,
        )

        # captioner.eye.conv_3                                      digit_captions.py:42
        # d_h2_pooled = conv(d_z3, eye_conv_3_W_transpose)              (N, 5, 10, 32)
        np.copyto(s.captioner_eye_conv_3_W_copy, s.eye_conv_3_W_transpose)
        _conv_winograd_columns(
            s.d_z3,
            s.captioner_eye_conv_3_W_copy,
            (s.d_h2_pooled_inputs, s.d_h2_pooled_filters, s.d_h2_pooled_products),
            4,
            out=s.d_h2_pooled,
            low=(1, 1),
        )

        # captioner.eye.max_pool_2                                  digit_captions.py:41
        # d_h2 = d_h2_pooled at h2_max_pool_index                       (N, 5, 20, 32)
        _max_pool_gradient_tiles(
            s.h2_max_pool_index,
            s.d_h2_pooled,
            s.d_h2_chosen,
            s.d_h2_shifts,
            out=s.d_h2,
        )

        # captioner.eye.conv_2                                      digit_captions.py:40
        # d_z2 = d_h2 * (h2 > 0)                                        (N, 5, 20, 32)
        # d_b = sum over 100 * N of reshape(d_z2, (100 * N, 32))                 (32,)
        # d_W = patches(h1_pooled)^T d_z2                               (3, 3, 16, 32)
        np.greater(s.h2, 0.0, out=s.h2_mask)
        np.multiply(s.d_h2, s.h2_mask, out=s.d_z2)
        np.dot(s.ones_5, s.d_z2_reshape, out=d.captioner_eye_conv_2_b)
        _conv_weight_winograd_columns(
            s.h1_pooled,
            s.d_z2,
            (
                s.captioner_eye_conv_2_W_inputs,
                s.d_captioner_eye_conv_2_W_given,
                s.d_captioner_eye_conv_2_W_part,
                s.d_captioner_eye_conv_2_W_sums,
                s.d_captioner_eye_conv_2_W_total,
            ),
            4,
            out=d.captioner_eye_conv_2_W,
            low=(1, 1),
        )

        # captioner.eye.max_pool_1                                  digit_captions.py:39
        # h1_max_pool_index = place of the first maximum of h1          (N, 5, 20, 16)
        _max_pool_index_shifts(
            s.h1,
            s.h1_pooled,
            s.h1_max_pool_index_before,
            s.h1_max_pool_index_different,
            s.h1_max_pool_index_shifts,
            out=s.h1_max_pool_index,
        )

        # captioner.eye.conv_2                                      digit_captions.py:40
        # d_h1_pooled = conv(d_z2, eye_conv_2_W_transpose)              (N, 5, 20, 16)
        np.copyto(s.captioner_eye_conv_2_W_copy, s.eye_conv_2_W_transpose)
        _conv_winograd_columns(
            s.d_z2,
            s.captioner_eye_conv_2_W_copy,
            (s.d_h1_pooled_inputs, s.d_h1_pooled_filters, s.d_h1_pooled_products),
            4,
            out=s.d_h1_pooled,
            low=(1, 1),
        )

        # captioner.eye.max_pool_1                                  digit_captions.py:39
        # d_h1 = d_h1_pooled at h1_max_pool_index                      (N, 10, 40, 16)
        _max_pool_gradient_tiles(
            s.h1_max_pool_index,
            s.d_h1_pooled,
            s.d_h1_chosen,
            s.d_h1_shifts,
            out=s.d_h1,
        )

        # captioner.eye.conv_1                                      digit_captions.py:38
        # d_z1 = d_h1 * (h1 > 0)                                       (N, 10, 40, 16)
        # d_b = sum over 400 * N of reshape(d_z1, (400 * N, 16))                 (16,)
        # d_W = patches(picture)^T d_z1                                  (3, 3, 1, 16)
        np.greater(s.h1, 0.0, out=s.h1_mask)
        np.multiply(s.d_h1, s.h1_mask, out=s.d_z1)
        np.dot(s.ones_6, s.d_z1_reshape, out=d.captioner_eye_conv_1_b)
        _conv_weight_toeplitz(
            picture,
            s.d_z1,
            (
                s.captioner_eye_conv_1_W_columns,
                s.d_captioner_eye_conv_1_W_part,
                s.d_captioner_eye_conv_1_W_total,
                s.captioner_eye_conv_1_W_padded,
            ),
            out=d.captioner_eye_conv_1_W,
            low=(1, 1),
        )

        return s.loss[()]

    def _train_update(self, s):
        """Change the states by the gradients."""
        d = self.grads
        adam_step = int(self.state.adam_step)
        # ---- update ------------------------------------------------------------------
        # adam                                                      digit_captions.py:72
        #   momentum and squares are without the factor 1 - beta
        # gradient_norm = sqrt(sum of squares of grads)                             ()
        # clip_scale = minimum(1 / (gradient_norm + 1e-06), 1)                      ()
        # momentum' = 0.9 * momentum + grads * clip_scale                    (329485,)
        # squares' = 0.999 * squares + square(grads * clip_scale)            (329485,)
        # params' = params                                                   (329485,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        new_adam_step = adam_step + 1
        adam_step_cast = adam_step
        adam_step_times_minimum = 3.1415927 * min(adam_step_cast / 749.0, 1.0)
        adam_step_minus_cos = 1.0 - math.cos(adam_step_times_minimum)
        rise = 0.00012 + adam_step_minus_cos * 0.00144
        adam_step_minimum_2 = min((adam_step_cast - 749.0) / 1750.0, 1.0)
        adam_step_cos_2 = math.cos(3.1415927 * adam_step_minimum_2)
        adam_step_times_3 = (1.0 - adam_step_cos_2) * -0.001499994
        fall = 0.003 + adam_step_times_3
        learning_rate = rise if (adam_step_cast <= 749.0) else fall
        t_2 = adam_step_cast + 1.0
        c_3 = math.sqrt((1.0 - 0.999**t_2) / 0.001)
        alpha_t = learning_rate * c_3 * (0.1 / (1.0 - 0.9**t_2))
        with _Whole():  # no interruption may leave this half done
            np.multiply(0.9, self.momentum.flat, out=self.momentum.flat)
            np.dot(d.flat, d.flat, out=s.gradient_norm)
            np.sqrt(s.gradient_norm, out=s.gradient_norm)
            np.add(s.gradient_norm, 1e-06, out=s.clip_scale)
            np.divide(1.0, s.clip_scale, out=s.clip_scale)
            np.clip(s.clip_scale, -np.inf, 1.0, out=s.clip_scale)
            epsilon_t = 1e-08 * c_3
            for grads, scratch, momentum, squares, params in s.adam_blocks:
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
            self.state.adam_step[...] = new_adam_step

    def _train_slots(self, picture, target, following):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                picture.dtype,
                picture.shape,
                target.dtype,
                target.shape,
                following.dtype,
                following.shape,
            )
            s = self._train[key]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_train(picture, target, following)
        _check_range("following", following[following != 0], 13)
        return s

    def _plan_train(self, picture, target, following):
        """Check the arguments and lay out every buffer for their shapes."""
        p, d = self.params, self.grads
        sizes = {}
        _check("picture", picture, np.float32, ("N", 10, 40, 1), sizes)
        _check("target", target, np.int64, ("N", "T"), sizes)
        _check("following", following, np.int64, ("N", "T"), sizes)
        n = sizes["N"]
        T = sizes["T"]
        s = SimpleNamespace(n=n, T=T)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.target_position = s.target_reshape = _Buffer(0, 54, np.int64, (n * T, 1))
        s.words = s.words_plus = _Buffer(1, 53, np.float32, (T, n, 64))
        s.z1 = s.h1 = _Buffer(2, 90, np.float32, (n, 10, 40, 16))
        s.z1_columns = _Buffer(3, 5, np.float32, (624, 10, 8, 3, 7, 1))
        s.z1_band = _Buffer(4, 5, np.float32, (3, 7, 1, 5, 16))
        s.z1_padded = _Buffer(5, 5, np.float32, (624, 12, 42, 1))
        s.captioner_eye_conv_1_b_rows = _Buffer(6, 6, np.float32, (40, 16))
        s.h1_pooled = _Buffer(7, 82, np.float32, (n, 5, 20, 16))
        s.z2 = s.h2 = _Buffer(8, 74, np.float32, (n, 5, 20, 32))
        s.z2_inputs = _Buffer(9, 11, np.float32, (6, 88, 2, 22, 16))
        s.z2_filters = _Buffer(10, 11, np.float32, (6, 48, 32))
        s.z2_products = _Buffer(11, 11, np.float32, (6, 88, 2, 20, 32))
        s.captioner_eye_conv_2_b_rows = _Buffer(12, 12, np.float32, (20, 32))
        s.h2_pooled = _Buffer(13, 66, np.float32, (n, 5, 10, 32))
        s.z3 = s.h3 = _Buffer(14, 58, np.float32, (n, 5, 10, 64))
        s.z3_inputs = _Buffer(15, 17, np.float32, (6, 85, 2, 12, 32))
        s.z3_filters = _Buffer(16, 17, np.float32, (6, 96, 64))
        s.z3_products = _Buffer(17, 17, np.float32, (6, 85, 2, 10, 64))
        s.h3_flat_dropped = _Buffer(18, 56, np.float32, (n, 3200))
        s.captioner_eye_dropout_1_draw = _Buffer(19, 20, np.float32, (n, 3200))
        s.captioner_eye_dropout_1_mask = _Buffer(20, 57, np.bool_, (n, 3200))
        s.h4 = _Buffer(21, 21, np.float32, (n, 64))
        s.x_in_rows = _Buffer(22, 30, np.float32, (n * T, 512))
        s.h = _Buffer(23, 53, np.float32, (T + 1, n, 128))
        s.c = _Buffer(24, 53, np.float32, (T + 1, n, 128))
        s.g = _Buffer(25, 53, np.float32, (T, n, 128))
        s.c_tanh = _Buffer(26, 53, np.float32, (T, n, 128))
        s.gates = _Buffer(27, 53, np.float32, (T, n, 384))
        s.logits = s.logits_minus_max = _Buffer(31, 38, np.float32, (T, n, 13))
        s.logits_max = _Buffer(32, 32, np.float32, (T, n, 1))
        s.logits_exp = s.d_logits = _Buffer(33, 43, np.float32, (T, n, 13))
        s.logits_sum = _Buffer(34, 42, np.float32, (T, n, 1))
        s.logits_minus = s.logits_reshape = _Buffer(35, 39, np.float32, (T, n))
        s.following_not_equal = _Buffer(36, 40, np.bool_, (T, n))
        s.following_position = s.following_reshape = _Buffer(37, 42, np.int64, (n * T,))
        s.logits_take = _Buffer(38, 38, np.float32, (n * T,))
        s.logits_masked = s.logits_minus
        s.loss = _Buffer(39, 94, np.float32, ())
        s.following_cast = s.following_over = _Buffer(40, 42, np.float32, (T, n))
        s.weight = s.weight_where = _Buffer(41, 42, np.float32, ())
        s.weight_equal = _Buffer(42, 42, np.bool_, ())
        s.d_logits_rows_product = _Buffer(43, 53, np.float32, (n * T, 128))
        s.captioner_speaker_U_T = _Buffer(44, 53, np.float32, (512, 128))
        s.d_h = _Buffer(45, 53, np.float32, (n, 128))
        s.d_c = _Buffer(46, 53, np.float32, (n, 128))
        s.d_z = _Buffer(47, 55, np.float32, (T, n, 512))
        s.target_plus_position = _Buffer(54, 55, np.int64, (n * T, 64))
        s.d_x_rows = _Buffer(55, 56, np.float32, (n * T, 64))
        s.d_x_column_sum = _Buffer(56, 57, np.float32, (64 * n,))
        s.d_z3 = s.d_h3 = _Buffer(57, 71, np.float32, (n, 5, 10, 64))
        s.h3_mask = _Buffer(58, 58, np.bool_, (n, 5, 10, 64))
        s.captioner_eye_conv_3_W_inputs = _Buffer(
            59,
            63,
            np.float32,
            (6, 85, 2, 12, 32),
        )
        s.d_captioner_eye_conv_3_W_given = _Buffer(
            60,
            63,
            np.float32,
            (6, 85, 2, 10, 64),
        )
        s.d_captioner_eye_conv_3_W_part = _Buffer(61, 63, np.float32, (7, 6, 96, 64))
        s.d_captioner_eye_conv_3_W_sums = _Buffer(62, 63, np.float32, (6, 96, 64))
        s.d_captioner_eye_conv_3_W_total = _Buffer(63, 63, np.float32, (6, 96, 64))
        s.h2_max_pool_index = _Buffer(64, 73, np.uint8, (n, 5, 10, 32))
        s.h2_max_pool_index_before = _Buffer(65, 66, np.bool_, (n, 5, 10, 32))
        s.h2_max_pool_index_different = _Buffer(66, 66, np.bool_, (n, 5, 10, 32))
        s.captioner_eye_conv_3_W_copy = _Buffer(67, 71, np.float32, (3, 3, 64, 32))
        s.d_h2_pooled = _Buffer(68, 73, np.float32, (n, 5, 10, 32))
        s.d_h2_pooled_inputs = _Buffer(69, 71, np.float32, (6, 80, 2, 12, 64))
        s.d_h2_pooled_filters = _Buffer(70, 71, np.float32, (6, 192, 32))
        s.d_h2_pooled_products = _Buffer(71, 71, np.float32, (6, 80, 2, 10, 32))
        s.d_h2 = s.d_z2 = _Buffer(72, 87, np.float32, (n, 5, 20, 32))
        s.d_h2_chosen = _Buffer(73, 73, np.bool_, (n, 5, 10, 32))
        s.h2_mask = _Buffer(74, 74, np.bool_, (n, 5, 20, 32))
        s.captioner_eye_conv_2_W_inputs = _Buffer(
            75,
            79,
            np.float32,
            (6, 88, 2, 22, 16),
        )
        s.d_captioner_eye_conv_2_W_given = _Buffer(
            76,
            79,
            np.float32,
            (6, 88, 2, 20, 32),
        )
        s.d_captioner_eye_conv_2_W_part = _Buffer(77, 79, np.float32, (20, 6, 48, 32))
        s.d_captioner_eye_conv_2_W_sums = _Buffer(78, 79, np.float32, (6, 48, 32))
        s.d_captioner_eye_conv_2_W_total = _Buffer(79, 79, np.float32, (6, 48, 32))
        s.h1_max_pool_index = _Buffer(80, 89, np.uint8, (n, 5, 20, 16))
        s.h1_max_pool_index_before = _Buffer(81, 82, np.bool_, (n, 5, 20, 16))
        s.h1_max_pool_index_different = _Buffer(82, 82, np.bool_, (n, 5, 20, 16))
        s.captioner_eye_conv_2_W_copy = _Buffer(83, 87, np.float32, (3, 3, 32, 16))
        s.d_h1_pooled = _Buffer(84, 89, np.float32, (n, 5, 20, 16))
        s.d_h1_pooled_inputs = _Buffer(85, 87, np.float32, (6, 85, 2, 22, 32))
        s.d_h1_pooled_filters = _Buffer(86, 87, np.float32, (6, 96, 16))
        s.d_h1_pooled_products = _Buffer(87, 87, np.float32, (6, 85, 2, 20, 16))
        s.d_h1 = s.d_z1 = _Buffer(88, 94, np.float32, (n, 10, 40, 16))
        s.d_h1_chosen = _Buffer(89, 89, np.bool_, (n, 5, 20, 16))
        s.h1_mask = _Buffer(90, 90, np.bool_, (n, 10, 40, 16))
        s.captioner_eye_conv_1_W_columns = _Buffer(
            91,
            94,
            np.float32,
            (624, 10, 8, 3, 7, 1),
        )
        s.d_captioner_eye_conv_1_W_part = _Buffer(92, 94, np.float32, (21, 80))
        s.d_captioner_eye_conv_1_W_total = _Buffer(93, 94, np.float32, (3, 7, 1, 5, 16))
        s.captioner_eye_conv_1_W_padded = _Buffer(94, 94, np.float32, (624, 12, 42, 1))
        s.z = _Buffer(28, 29, np.float32, (n, 512))
        s.gates_plus_2 = _Buffer(29, 29, np.float32, (n, 384))
        s.i_times = _Buffer(30, 30, np.float32, (n, 128))
        s.d_c_tanh = s.d_c_tanh_times = _Buffer(48, 49, np.float32, (n, 128))
        s.c_tanh_square = s.c_tanh_minus_square = _Buffer(49, 49, np.float32, (n, 128))
        s.d_gates = _Buffer(50, 51, np.float32, (n, 384))
        s.gates_minus = s.gates_times_minus = _Buffer(51, 51, np.float32, (n, 384))
        s.d_g = _Buffer(52, 53, np.float32, (n, 128))
        s.g_square = s.g_minus_square = _Buffer(53, 53, np.float32, (n, 128))
        s.gradient_norm = s.clip_scale = _Buffer(95, 96, np.float32, ())
        s.grads_times = _Buffer(96, 96, np.float32, (65536,))
        self._lay_out(s)
        s.target_copy = s.target_position.reshape(T, n)
        s.eye_conv_1_b_broadcast_to = np.broadcast_to(
            p.captioner_eye_conv_1_b,
            (40, 16),
        )
        s.h1_pooled_shifts = _shifts((10, 40), (5, 20), (2, 2), (0, 0), (2, 2))
        s.eye_conv_2_b_broadcast_to = np.broadcast_to(
            p.captioner_eye_conv_2_b,
            (20, 32),
        )
        s.h2_pooled_shifts = _shifts((5, 20), (5, 10), (1, 2), (0, 0), (1, 2))
        s.h3_flat = s.h3.reshape(n, 3200)
        s.words_reshape = s.words_plus.reshape(n * T, 64)
        s.x_in = s.x_in_rows.reshape(T, n, 512)
        s.h_slice = s.h[1:]
        s.logits_max_starts = np.arange(0, 13 * n * T, 13)
        s.logits_log = s.logits_minus.reshape(T, n, 1)
        s.following_known_labels = s.following_position.reshape(T, n)
        s.iota = np.arange(n * T, dtype=np.int64)
        s.row_starts = s.iota * 13
        s.logits_reshape_2 = s.logits_take.reshape(T, n)
        s.minus_ones = np.full((n * T,), -1.0, dtype=np.float32)
        s.following_reshape_2 = s.following_over.reshape(T, n, 1)
        s.d_logits_rows = s.d_logits.reshape(n * T, 13)
        s.ones = np.ones((n * T,), dtype=np.float32)
        s.h_reshape = s.h_slice.reshape(n * T, 128)
        s.d_logits_rows_reshape = s.d_logits_rows_product.reshape(T, n, 128)
        s.d_z_reshape = s.d_z.reshape(n * T, 512)
        s.h_slice_2 = s.h[:-1]
        s.h_reshape_2 = s.h_slice_2.reshape(n * T, 128)
        s.iota_2 = np.broadcast_to(np.arange(64, dtype=np.int64), (1, 64))
        s.d_x = s.d_x_rows.reshape(T, n, 64)
        s.d_x_reshape = s.d_x.reshape(T, 64 * n)
        s.ones_2 = np.ones((T,), dtype=np.float32)
        s.d_h4 = s.d_x_column_sum.reshape(n, 64)
        s.ones_3 = np.ones((n,), dtype=np.float32)
        s.d_h3_flat_dropped = s.d_z3.reshape(n, 3200)
        s.d_h3_flat = s.d_z3.reshape(n, 3200)
        s.d_z3_reshape = s.d_z3.reshape(50 * n, 64)
        s.ones_4 = np.ones((50 * n,), dtype=np.float32)
        s.h2_max_pool_index_shifts = s.h2_pooled_shifts
        s.captioner_eye_conv_3_W_slice = p.captioner_eye_conv_3_W[::-1, ::-1]
        s.eye_conv_3_W_transpose = s.captioner_eye_conv_3_W_slice.transpose(0, 1, 3, 2)
        s.d_h2_shifts = s.h2_pooled_shifts
        s.d_z2_reshape = s.d_z2.reshape(100 * n, 32)
        s.ones_5 = np.ones((100 * n,), dtype=np.float32)
        s.h1_max_pool_index_shifts = s.h1_pooled_shifts
        s.captioner_eye_conv_2_W_slice = p.captioner_eye_conv_2_W[::-1, ::-1]
        s.eye_conv_2_W_transpose = s.captioner_eye_conv_2_W_slice.transpose(0, 1, 3, 2)
        s.d_h1_shifts = s.h1_pooled_shifts
        s.d_z1_reshape = s.d_z1.reshape(400 * n, 16)
        s.ones_6 = np.ones((400 * n,), dtype=np.float32)
        s.z_slice = s.z[:, :384]
        s.z_slice_2 = s.z[:, 384:]
        s.adam_blocks = _blocks(
            d.flat,
            s.grads_times,
            self.momentum.flat,
            self.squares.flat,
            p.flat,
        )
        key = (
            picture.dtype,
            picture.shape,
            target.dtype,
            target.shape,
            following.dtype,
            following.shape,
        )
        self._train[key] = s
        return s

    def see(self, picture):
        """Returns features.

        picture: float32 (N, 10, 40, 1)
        """
        s = self._see_slots(picture)
        features = self._see_body(s, picture)
        return {"features": features.copy()}

    @_processors  # threads share its loops over images
    def _see_body(self, s, picture):
        """The computation of see."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # captioner.eye.conv_1                                      digit_captions.py:38
        # z1 = conv(picture, W) + b                                    (N, 10, 40, 16)
        # h1 = relu(z1)                                                (N, 10, 40, 16)
        _conv_toeplitz(
            picture,
            p.captioner_eye_conv_1_W,
            (s.z1_columns, s.z1_band, s.z1_padded),
            out=s.z1,
            low=(1, 1),
        )
        np.copyto(s.captioner_eye_conv_1_b_rows, s.eye_conv_1_b_broadcast_to)
        np.add(s.z1, s.captioner_eye_conv_1_b_rows, out=s.z1)
        np.clip(s.z1, 0.0, np.inf, out=s.h1)

        # captioner.eye.max_pool_1: h1_pooled = max_pool(h1, 2x2)   (N, 5, 20, 16)   :39
        _max_pool_shifts(s.h1, s.h1_pooled_shifts, out=s.h1_pooled)

        # captioner.eye.conv_2                                      digit_captions.py:40
        # z2 = conv(h1_pooled, W) + b                                   (N, 5, 20, 32)
        # h2 = relu(z2)                                                 (N, 5, 20, 32)
        _conv_winograd_columns(
            s.h1_pooled,
            p.captioner_eye_conv_2_W,
            (s.z2_inputs, s.z2_filters, s.z2_products),
            4,
            out=s.z2,
            low=(1, 1),
        )
        np.copyto(s.captioner_eye_conv_2_b_rows, s.eye_conv_2_b_broadcast_to)
        np.add(s.z2, s.captioner_eye_conv_2_b_rows, out=s.z2)
        np.clip(s.z2, 0.0, np.inf, out=s.h2)

        # captioner.eye.max_pool_2: h2_pooled = max_pool(h2, 1x2)   (N, 5, 10, 32)   :41
        _max_pool_shifts(s.h2, s.h2_pooled_shifts, out=s.h2_pooled)

        # captioner.eye.conv_3                                      digit_captions.py:42
        # z3 = conv(h2_pooled, W) + b                                   (N, 5, 10, 64)
        # h3 = relu(z3)                                                 (N, 5, 10, 64)
        _conv_winograd_columns(
            s.h2_pooled,
            p.captioner_eye_conv_3_W,
            (s.z3_inputs, s.z3_filters, s.z3_products),
            4,
            out=s.z3,
            low=(1, 1),
        )
        np.add(s.z3, p.captioner_eye_conv_3_b, out=s.z3)
        np.clip(s.z3, 0.0, np.inf, out=s.h3)

        # eye.dense_1                                               digit_captions.py:45
        # features = reshape(h3, (N, 3200)) captioner.eye.dense_1.W            (N, 64)
        #     + captioner.eye.dense_1.b
        np.dot(s.h3_flat, p.captioner_eye_dense_1_W, out=s.features)
        np.add(s.features, p.captioner_eye_dense_1_b, out=s.features)

        return s.features

    def _see_slots(self, picture):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._see[picture.dtype, picture.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_see(picture)

    def _plan_see(self, picture):
        """Check the arguments and lay out every buffer for their shapes."""
        p = self.params
        sizes = {}
        _check("picture", picture, np.float32, ("N", 10, 40, 1), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.h1 = _Buffer(0, 5, np.float32, (n, 10, 40, 16))
        s.z1_columns = _Buffer(1, 3, np.float32, (624, 10, 8, 3, 7, 1))
        s.z1_band = _Buffer(2, 3, np.float32, (3, 7, 1, 5, 16))
        s.z1_padded = _Buffer(3, 3, np.float32, (624, 12, 42, 1))
        s.captioner_eye_conv_1_b_rows = _Buffer(4, 4, np.float32, (40, 16))
        s.h1_pooled = _Buffer(5, 9, np.float32, (n, 5, 20, 16))
        s.z2 = s.h2 = _Buffer(6, 11, np.float32, (n, 5, 20, 32))
        s.z2_inputs = _Buffer(7, 9, np.float32, (6, 88, 2, 22, 16))
        s.z2_filters = _Buffer(8, 9, np.float32, (6, 48, 32))
        s.z2_products = _Buffer(9, 9, np.float32, (6, 88, 2, 20, 32))
        s.captioner_eye_conv_2_b_rows = _Buffer(10, 10, np.float32, (20, 32))
        s.h2_pooled = _Buffer(11, 15, np.float32, (n, 5, 10, 32))
        s.z3 = s.h3 = _Buffer(12, 16, np.float32, (n, 5, 10, 64))
        s.z3_inputs = _Buffer(13, 15, np.float32, (6, 85, 2, 12, 32))
        s.z3_filters = _Buffer(14, 15, np.float32, (6, 96, 64))
        s.z3_products = _Buffer(15, 15, np.float32, (6, 85, 2, 10, 64))
        s.features = _Buffer(16, 16, np.float32, (n, 64))
        self._lay_out(s)
        s.eye_conv_1_b_broadcast_to = np.broadcast_to(
            p.captioner_eye_conv_1_b,
            (40, 16),
        )
        s.h1_pooled_shifts = _shifts((10, 40), (5, 20), (2, 2), (0, 0), (2, 2))
        s.eye_conv_2_b_broadcast_to = np.broadcast_to(
            p.captioner_eye_conv_2_b,
            (20, 32),
        )
        s.h2_pooled_shifts = _shifts((5, 20), (5, 10), (1, 2), (0, 0), (1, 2))
        s.h3_flat = s.h3.reshape(n, 3200)
        self._see[picture.dtype, picture.shape] = s
        return s

    def step(self, target, features, h, c):
        """The logits of the next word, and the state after these words.

        target: int64 (N, T)
        features: float32 (N, 64)
        h: float32 (N, 128)
        c: float32 (N, 128)
        """
        s = self._step_slots(target, features, h, c)
        logits, h_2, c_2 = self._step_body(s, target, features, h, c)
        return {"logits": logits.copy(), "h": h_2.copy(), "c": c_2.copy()}

    def _step_body(self, s, target, features, h, c):
        """The computation of step."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # captioner.words: words = W[(target^T)]       (T, N, 64)   digit_captions.py:48
        np.copyto(s.target_copy, target.T)
        np.take(p.captioner_words_W, s.target_copy, axis=0, out=s.words, mode="clip")

        # words_plus = words + features                (T, N, 64)   digit_captions.py:54
        np.add(s.words, features, out=s.words_plus)

        # speaker                                                   digit_captions.py:49
        # x_in_rows = words_plus captioner.speaker.W                      (N * T, 512)
        #     + captioner.speaker.b
        # h_2, step by step                                            (T + 1, N, 128)
        # c_2, step by step                                                   (N, 128)
        np.dot(s.words_reshape, p.captioner_speaker_W, out=s.x_in_rows)
        np.add(s.x_in_rows, p.captioner_speaker_b, out=s.x_in_rows)
        np.copyto(s.h_2[0], h)
        np.copyto(s.c_2, c)
        for t in range(s.T):
            # z = x_in[t] + h_2[t] captioner.speaker.U                          (N, 512)
            # gates = sigmoid(z[:, :384])                                       (N, 384)
            # g = tanh(z[:, 384:])                                              (N, 128)
            # c_2[t + 1] = f * c_2[t] + i * g                                   (N, 128)
            # c_tanh = tanh(c_2[t + 1])                                         (N, 128)
            # h_2[t + 1] = o * c_tanh                                           (N, 128)
            np.dot(s.h_2[t], p.captioner_speaker_U, out=s.z)
            np.add(s.x_in[t], s.z, out=s.z)
            np.clip(s.z_slice, -np.inf, 88.0, out=s.gates)
            np.exp(s.gates, out=s.gates)
            np.add(1.0, s.gates, out=s.gates_plus)
            np.divide(s.gates, s.gates_plus, out=s.gates)
            np.multiply(s.f, s.c_2, out=s.c_2)
            np.tanh(s.z_slice_2, out=s.g)
            np.multiply(s.i, s.g, out=s.i_times)
            np.add(s.c_2, s.i_times, out=s.c_2)
            np.tanh(s.c_2, out=s.h_2[t + 1])
            np.multiply(s.o, s.h_2[t + 1], out=s.h_2[t + 1])

        # scores                                                    digit_captions.py:50
        # h_plus = h_2[1:] captioner.scores.W + captioner.scores.b          (T, N, 13)
        np.matmul(s.h_slice, p.captioner_scores_W, out=s.h_product)
        np.add(s.h_product, p.captioner_scores_b, out=s.h_plus)

        return s.logits, s.h_3, s.c_2

    def _step_slots(self, target, features, h, c):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                target.dtype,
                target.shape,
                features.dtype,
                features.shape,
                h.dtype,
                h.shape,
                c.dtype,
                c.shape,
            )
            return self._step[key]
        except (AttributeError, KeyError, TypeError):
            return self._plan_step(target, features, h, c)

    def _plan_step(self, target, features, h, c):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("target", target, np.int64, ("N", "T"), sizes, empty=("T",))
        _check("features", features, np.float32, ("N", 64), sizes)
        _check("h", h, np.float32, ("N", 128), sizes)
        _check("c", c, np.float32, ("N", 128), sizes)
        n = sizes["N"]
        T = sizes["T"]
        s = SimpleNamespace(n=n, T=T)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.target_copy = _Buffer(0, 1, np.int64, (T, n))
        s.words = s.words_plus = _Buffer(1, 2, np.float32, (T, n, 64))
        s.x_in_rows = _Buffer(2, 8, np.float32, (n * T, 512))
        s.h_2 = _Buffer(3, 9, np.float32, (T + 1, n, 128))
        s.c_2 = _Buffer(4, 9, np.float32, (n, 128))
        s.h_product = s.h_plus = _Buffer(9, 9, np.float32, (T, n, 13))
        s.z = _Buffer(5, 8, np.float32, (n, 512))
        s.gates = _Buffer(6, 8, np.float32, (n, 384))
        s.gates_plus = _Buffer(7, 7, np.float32, (n, 384))
        s.g = s.i_times = _Buffer(8, 8, np.float32, (n, 128))
        self._lay_out(s)
        s.words_reshape = s.words_plus.reshape(n * T, 64)
        s.x_in = s.x_in_rows.reshape(T, n, 512)
        s.h_slice = s.h_2[1:]
        s.logits = s.h_plus[-1]
        s.h_3 = s.h_2[-1]
        s.z_slice = s.z[:, :384]
        s.o = s.gates[:, 256:]
        s.f = s.gates[:, 128:256]
        s.i = s.gates[:, :128]
        s.z_slice_2 = s.z[:, 384:]
        key = (
            target.dtype,
            target.shape,
            features.dtype,
            features.shape,
            h.dtype,
            h.shape,
            c.dtype,
            c.shape,
        )
        self._step[key] = s
        return s

    def _memory(self, nbytes):
        """One arena for all methods; it grows when larger arguments come."""
        if grows := self._arena.size < nbytes + 64:
            self._arena = np.empty(nbytes + 64, dtype=np.uint8)
        for buffers in (self._train, self._see, self._step):
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


def _check(name, value, dtype, shape, sizes, empty=()):
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
        if count == 0 and isinstance(size, str) and size not in empty:
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


def _conv_toeplitz(x, w, rooms, out, low=(), strides=(1, 1, 1), dilation=(1, 1, 1)):
    """Slide a kernel w (*kernel, C, O) over images x (N, *sizes, C), m outputs at a time.

    Along its last axis a convolution is a product with a Toeplitz matrix, which has the
    kernel in every column, each time s further down. `band` is as much of it as gives m
    neighbouring outputs. So there are fewer and longer patches than with one for each
    output (see _conv_im2col), for a product with zeros in it.
    """
    columns, band, padded = rooms
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

    def work(blocks, columns, padded):
        for some in blocks:
            image = _padded(x[some], padded, low)
            patches = _windows(image, (*w.shape[: rank - 1], reach), moves, reads)
            for top in range(0, out.shape[1], rows):
                seen = patches[:, top : top + rows]
                part = columns[: len(seen), : seen.shape[1]]
                np.copyto(part, seen)
                result = out[some, top : top + rows]
                result = result.reshape(-1, m * filters)
                np.matmul(part.reshape(len(result), -1), matrix, out=result)

    _share(work, len(x), images, columns, padded)


def _conv_weight_toeplitz(
    x,
    g,
    rooms,
    out,
    low=(),
    strides=(1, 1, 1),
    dilation=(1, 1, 1),
):
    """What _conv_toeplitz passes back to its weights, given g for its result.

    Patches, transposed, times g give what comes back to the Toeplitz matrix. The kernel
    is in it m times, and gets the sum of what comes back to those places.
    """
    columns, part, total, padded = rooms
    images, rows = columns.shape[:2]
    reach, _, m, filters = total.shape[-4:]
    s, d, rank = strides[-1], dilation[-1], x.ndim - 2
    moves = (*strides[: rank - 1], m * s)
    reads = (*dilation[: rank - 1], 1)
    g = g.reshape(*g.shape[:-2], -1, m * filters)

    def work(blocks, total, columns, part, padded):
        total.fill(0)
        for some in blocks:
            image = _padded(x[some], padded, low)
            patches = _windows(image, (*out.shape[: rank - 1], reach), moves, reads)
            for top in range(0, g.shape[1], rows):
                seen = patches[:, top : top + rows]
                matrix = columns[: len(seen), : seen.shape[1]]
                np.copyto(matrix, seen)
                given = g[some, top : top + rows]
                given = given.reshape(-1, m * filters)
                np.matmul(matrix.reshape(len(given), -1).T, given, out=part)
                total += part.reshape(total.shape)

    for other, *_ in _share(work, len(x), images, total, columns, part, padded):
        total += other
    last = d * (out.shape[-3] - 1)
    out.fill(0)
    for j in range(m):
        out += total[..., j * s : j * s + last + 1 : d, :, j, :]


def _conv_weight_winograd_columns(x, g, rooms, m, out, low=(0, 0)):
    """What _conv_winograd_columns passes back to its weights (r, q, C, O), given g.

    Down each column, m rows of g are slid over the n rows of the image that they came
    from, and give r rows of the kernel, summed over all tiles and columns. That sum is
    taken before transforming back: each of n places of each column is a product of
    matrices, (q C, tiles) by (tiles, O).
    """
    inputs, given, part, sums, total = rooms
    to_inputs, to_given, to_outputs = _cook_toom(len(out), m, x.dtype, axes=1)
    channels, count = out.shape[-2:]
    n = m + len(out) - 1
    images, tiles, width = inputs.shape[1:4]

    def work(blocks, total, inputs, given, part, sums):
        total.fill(0)
        for some in blocks:
            a = _head(inputs, n, len(x[some]), tiles, width * channels)
            _transform_rows(x[some], to_inputs, m, low, out=a)
            a = _side_by_side(a.reshape(n, -1, width, channels), total.shape[1])
            b = _head(given, n, len(x[some]), tiles, a.shape[1] * count)
            _transform_rows(g[some], to_given, m, (0, 0), out=b)
            b = b.reshape(n, -1, a.shape[1], count)
            a, b = a.transpose(1, 0, 3, 2), b.transpose(2, 0, 1, 3)
            for column in range(0, len(a), len(part)):
                these = slice(column, column + len(part))
                np.matmul(a[these], b[these], out=part[: len(a[these])])
                np.sum(part[: len(a[these])], axis=0, out=sums)
                np.add(total, sums, out=total)

    for other, *_ in _share(work, len(x), images, total, inputs, given, part, sums):
        total += other
    np.matmul(to_outputs, total.reshape(n, -1), out=out.reshape(len(out), -1))


def _conv_winograd_columns(x, w, rooms, m, out, low=(0, 0)):
    """Slide a kernel w (r, q, C, O) over images x (N, H, W, C), by Winograd down columns.

    n = m + r - 1 rows of an image give m rows of outputs. Down each column that takes n
    multiplications, not m r, between transformed rows and transformed filters (see
    _cook_toom). Along a row nothing is transformed: q neighbours with their channels lie
    side by side, so that each of n places of each column is a product of matrices,
    (tiles, q C) by (q C, O), of which the left one is read where it lies. Some images
    at a time, which stay in cache.
    """
    inputs, filters, products = rooms
    to_inputs, to_filters, to_outputs = _cook_toom(m, len(w), x.dtype, axes=1)
    channels, count = w.shape[-2:]
    n = m + len(w) - 1
    images, tiles, width = inputs.shape[1:4]
    np.matmul(to_filters, w.reshape(len(w), -1), out=filters.reshape(n, -1))

    def work(blocks, inputs, products):
        for some in blocks:
            a = _head(inputs, n, len(x[some]), tiles, width * channels)
            _transform_rows(x[some], to_inputs, m, low, out=a)
            a = _side_by_side(a.reshape(n, -1, width, channels), filters.shape[1])
            y = _head(products, n, a.shape[2], a.shape[1], count)
            np.matmul(a, filters[:, None], out=y.transpose(0, 2, 1, 3))
            y = y.reshape(n, len(x[some]), tiles, -1).transpose(1, 2, 0, 3)
            whole, rows = out.shape[1] // m, out[some].reshape(len(y), out.shape[1], -1)
            result = rows[:, : whole * m].reshape(len(y), whole, m, rows.shape[2])
            np.matmul(to_outputs, y[:, :whole], out=result)
            if whole < tiles:  # some rows of a tile more
                result = rows[:, whole * m :]
                np.matmul(to_outputs[: result.shape[1]], y[:, whole], out=result)

    _share(work, len(x), images, inputs, products)


@functools.cache
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


def _copy_turned(turned, out):
    """Copy a transposed matrix, as many rows of it at a time as fill a cache line.

    Rows a power of two of bytes apart push one another out of the cache otherwise.
    """
    step = 64 // out.itemsize
    for start in range(0, out.shape[1], step):
        out[:, start : start + step] = turned[:, start : start + step]


def _head(buffer, *shape):
    """The first elements of a buffer, in another shape."""
    size = 1
    for count in shape:
        size *= count
    return buffer.reshape(-1)[:size].reshape(shape)


def _like(rooms, member):
    """Arrays like some others, in memory that one of the threads keeps."""
    sizes = [0 if a is None else -(-a.nbytes // 64) * 64 for a in rooms]
    if member.memory.size < sum(sizes):
        member.memory = _vector(sum(sizes), np.uint8)
    found, start = [], 0
    for a, size in zip(rooms, sizes):
        part = member.memory[start : start + (size and a.nbytes)]
        found.append(part.view(a.dtype).reshape(a.shape) if size else a)
        start += size
    return found


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


def _orthogonal(x):
    """x with orthonormal columns, or rows where there are fewer rows than columns.

    A QR factorisation with a positive diagonal of R, which makes the result unique,
    and uniformly distributed if x is normal (F. Mezzadri, "How to generate random
    matrices from the classical compact groups", 2007).
    """
    tall = x if x.shape[0] >= x.shape[1] else x.T
    q, r = np.linalg.qr(tall)
    q = q * np.where(np.diagonal(r) < 0, -1, 1).astype(x.dtype)
    return q if tall is x else q.T


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


def _row_max(x, starts, out):
    """The largest element of each row: of many short ones, found sooner than by x.max."""
    np.maximum.reduceat(x.reshape(-1), starts, out=out.reshape(-1))


def _share(work, count, images, *rooms):
    """work(blocks, *rooms) by each thread of the team, on slices of `count` images.

    A block is `images` at most. Each thread has rooms of its own, the first those given;
    the others' are returned, to be added up in the same order each time.
    """
    size = sum(room.nbytes for room in rooms if room is not None)
    several = min(count - 1, _processors.others()) if size * count > images << 21 else 0
    others = _processors.members[:several]
    given = [rooms, *(_like(rooms, member) for member in others)]
    works, threads = [], len(given)
    images = min(images, -(-count // threads)) or 1
    for k in range(threads):
        start, stop = count * k // threads, count * (k + 1) // threads
        blocks = [slice(i, min(i + images, stop)) for i in range(start, stop, images)]
        works.append(functools.partial(work, blocks, *given[k]))
    _processors.run(works) if others else works[0]()
    return given[1:]


def _shifts(sizes, outputs, kernel, low=(0,) * 3, strides=(1,) * 3, dilation=(1,) * 3):
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


def _side_by_side(rows, size):
    """Overlapping pieces of rows (n, T, W, C), as a view (n, pieces, T, size).

    One piece begins at each column, and takes as many columns as have `size` elements.
    """
    n, count, width, channels = rows.shape
    shape = (n, width - size // channels + 1, count, size)
    steps = (rows.strides[0], rows.strides[2], rows.strides[1], rows.strides[3])
    return np.ndarray(shape, rows.dtype, rows, strides=steps)


def _transform_rows(x, matrix, m, low, out):
    """A matrix times stretches of the rows of images (N, H, W, C), in out (n, N, T, V C).

    A stretch begins m rows after the one above, the first one low[0] rows above the
    image. What lies beside the image is zero; rows beyond it are left out of products.
    """
    rows = np.ascontiguousarray(x).reshape(*x.shape[:2], -1)
    left, (height, width) = sum(low[1:]) * x.shape[-1], rows.shape[1:]
    out[..., :left] = 0
    out[..., left + width :] = 0
    out, size = out[..., left : left + width].transpose(2, 1, 0, 3), matrix.shape[1]
    first = min(-(-low[0] // m), len(out))  # of the stretches that lie inside
    stop = max((height - size + low[0]) // m + 1, first)
    if stop > first:
        image, row, element = rows.strides
        shape, steps = (len(x), stop - first, size, width), (image, m * row, row)
        start = (first * m - low[0]) * row
        tile = np.ndarray(shape, x.dtype, rows, start, (*steps, element))
        np.matmul(matrix, tile, out=out[first:stop].transpose(1, 0, 2, 3))
    for t in [*range(first), *range(stop, len(out))]:
        top = t * m - low[0]
        start = min(max(top, 0), height)
        end = min(max(top + size, start), height)
        np.matmul(matrix[:, start - top : end - top], rows[:, start:end], out=out[t])


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
