"""wavenet: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Parameters 50,369 in 44 arrays

    from wavenet import Wavenet

    m = Wavenet(seed=0)
    m.train(images)       # Returns loss; changes wavenet, adamw.
    m.likelihood(images)  # Returns likelihood.
    m.predict(images)     # The probability that each pixel is black, given those bef...
"""

import contextvars
import ctypes
import functools
import math
import os
import re
import signal
import threading
from contextlib import ContextDecorator, suppress
from queue import SimpleQueue
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
adamw.step=
"""
_PARAMS = """
wavenet.first.W=1,32 1..6: wavenet.layers_#. filters.W=2,32,64 residual.W=32,32
  skip.W=32,64 ; wavenet. last.W=32,64 hidden.W=64,64 score.W=64,1 first.b=32
  layers_1.filters.b=64 layers_1.residual.b=32 layers_1.skip.b=64 ; 2..6:
  wavenet.layers_#. filters.b=64 residual.b=32 ; wavenet.hidden.b=64 wavenet.score.b=1
  2..6:  wavenet.layers_#.skip.b=64 ; wavenet.last.b=64
"""


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


# In what the buffers of the places of a block differ: the moments that need them, and sizes.
_TRAIN_LAYERS = _rows("""
t 15..59/11   u 137..89/-12   v 128..92/-12 83   a 66 68 72 80 96   b 2 4 8 16 32
""")
_LIKELIHOOD_LAYERS = _rows("t 12..44/8   a 66 68 72 80 96   b 2 4 8 16 32")


class Wavenet:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "wavenet"
    FINGERPRINT = "440e25ade59139b0"
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
        self.params = _Views(_vector(50369, np.float32), _shapes(_PARAMS))
        self.grads = _Views(_vector(50369, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(50369, np.float32), self.params.shapes)
        self.squares = _Views(_vector(50369, np.float32), self.params.shapes)
        self.state = SimpleNamespace(**_zeros(np.int64, _STATES_INT64))
        self.rng = SimpleNamespace(
            **_generators(seed, _series("wavenet_layers_#", "1..6")),
        )
        places = _series("wavenet_layers_#", "2..6")
        self.params.layers = _parts(self.params, places)
        self._layers_rng = _named(self.rng, layers=_series("wavenet_layers_#", "2..6"))
        self.grads.layers = _parts(self.grads, places)
        self._arena = np.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._likelihood = {}  # buffers by the arguments' shapes
        self._predict = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        names = _ending(p.shapes, "_W", "wavenet_hidden_W", "wavenet_score_W")
        every_a = """
        0.8528029 0.35355338,0.61237246,0.5*5 0.35355338 0.61237246 0.5x2
        """
        every_b = """
        0.42640144 0.17677669,0.30618623,0.25*5 0.17677669 0.30618623 0.25x2
        """
        for name, a, b in zip(names, _numbers(every_a), _numbers(every_b), strict=True):
            array = getattr(p, name)
            draw = rng.random(array.shape, dtype=np.float32)
            array[...] = draw * a + -b
        wavenet_hidden_noise = rng.standard_normal((64, 64), dtype=np.float32)
        p.wavenet_hidden_W[...] = wavenet_hidden_noise * 0.17677669
        wavenet_score_draw = rng.random((64, 1), dtype=np.float32)
        p.wavenet_score_W[...] = wavenet_score_draw * 0.6076436 + -0.3038218

    def train(self, images):
        """Returns loss; changes wavenet, adamw.

        images: float32 (N, 64)
        """
        s = self._train_slots(images)
        loss = self._train_backward(s, images)
        self._train_update(s)
        return {"loss": loss}

    @_processors  # threads share its loops over images
    def _train_backward(self, s, images):
        """Forward and backward: the results; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # images_minus = 2 * images - 1                          (N, 64)   wavenet.py:74
        np.multiply(2.0, images, out=s.images_times)
        np.subtract(s.images_times, 1.0, out=s.images_minus)

        # wavenet                                                          wavenet.py:60
        # images_pad = pad(images_minus[:, :63], ((0, 0), (1, 0)))             (N, 64)
        s.images_pad.fill(0)
        s.images_pad[:, 1:] = s.images_slice

        # wavenet.first: h1 = images_pad W + b               (N, 64, 32)   wavenet.py:51
        np.dot(s.images_reshape, p.wavenet_first_W, out=s.h1_rows)
        np.add(s.h1, p.wavenet_first_b, out=s.h1)

        # wavenet.layers_1.filters: h2 = conv(h1, W) + b     (N, 64, 64)   wavenet.py:35
        _conv_im2col(
            s.h1,
            p.wavenet_layers_1_filters_W,
            (s.h2_columns, s.h2_padded),
            out=s.h2,
            low=(1,),
        )
        np.add(s.h2, p.wavenet_layers_1_filters_b, out=s.h2)

        # wavenet.layers_1                                                 wavenet.py:42
        # h2_tanh = tanh(h2[:, :, :32])                                    (N, 64, 32)
        # h2_plus_exp = 1 + exp(minimum(h2[:, :, 32:], 88))                (N, 64, 32)
        # h2_over_plus_exp = sigmoid(h2[:, :, 32:])                        (N, 64, 32)
        # wavenet_layers_1_mask = random >= 0.1                            (N, 64, 32)
        np.tanh(s.h2_slice, out=s.h2_tanh)
        np.clip(s.h2_slice_2, -np.inf, 88.0, out=s.h2_minimum)
        np.exp(s.h2_minimum, out=s.h2_exp)
        np.add(1.0, s.h2_exp, out=s.h2_plus_exp)
        np.divide(s.h2_exp, s.h2_plus_exp, out=s.h2_over_plus_exp)
        np.multiply(s.h2_tanh, s.h2_over_plus_exp, out=s.h2_times)
        np.multiply(s.h2_times, 1.1111112, out=s.h2_times)
        self.rng.wavenet_layers_1.random(out=s.wavenet_layers_1_draw, dtype=np.float32)
        np.greater_equal(s.wavenet_layers_1_draw, 0.1, out=s.wavenet_layers_1_mask)
        np.multiply(s.h2_times, s.wavenet_layers_1_mask, out=s.h2_masked)

        # wavenet.layers_1.skip                                            wavenet.py:37
        # h4 = dropout(tanh(h2[:, :, :32])                                 (N, 64, 64)
        #     * sigmoid(h2[:, :, 32:])) W + b
        np.dot(s.h2_reshape, p.wavenet_layers_1_skip_W, out=s.h4_rows)
        np.add(s.h4, p.wavenet_layers_1_skip_b, out=s.h4)

        # wavenet.layers_1.residual                                        wavenet.py:36
        # h3 = dropout(tanh(h2[:, :, :32])                                 (N, 64, 32)
        #     * sigmoid(h2[:, :, 32:])) W + b
        np.dot(s.h2_reshape, p.wavenet_layers_1_residual_W, out=s.h3_rows)
        np.add(s.h3, p.wavenet_layers_1_residual_b, out=s.h3)

        # wavenet.layers_1: h1_plus = h1 + h3                (N, 64, 32)   wavenet.py:43
        np.add(s.h1, s.h3, out=s.h1_plus)

        # wavenet.layers_2
        self._layers_forward(s.layers[0], p.layers[0], self._layers_rng[0])

        # wavenet: h4_plus = h4 + h7                         (N, 64, 64)   wavenet.py:65
        np.add(s.h4, s.h7, out=s.h4_plus)

        # wavenet.layers_2                                                 wavenet.py:36
        self._layers_forward_3(s.layers[0], p.layers[0])

        # wavenet.layers_3
        self._layers_forward(s.layers[1], p.layers[1], self._layers_rng[1])

        # wavenet: h4_plus = h4 + h7 + h10                   (N, 64, 64)   wavenet.py:65
        np.add(s.h4_plus, s.h10, out=s.h4_plus)

        # wavenet.layers_3                                                 wavenet.py:36
        self._layers_forward_3(s.layers[1], p.layers[1])

        # wavenet.layers_4
        self._layers_forward(s.layers[2], p.layers[2], self._layers_rng[2])

        # wavenet: h4_plus = h4 + h7 + h10 + h13             (N, 64, 64)   wavenet.py:65
        np.add(s.h4_plus, s.h13, out=s.h4_plus)

        # wavenet.layers_4                                                 wavenet.py:36
        self._layers_forward_3(s.layers[2], p.layers[2])

        # wavenet.layers_5
        self._layers_forward(s.layers[3], p.layers[3], self._layers_rng[3])

        # wavenet: h4_plus = h4 + h7 + h10 + h13 + h16       (N, 64, 64)   wavenet.py:65
        np.add(s.h4_plus, s.h16, out=s.h4_plus)

        # wavenet.layers_5                                                 wavenet.py:36
        self._layers_forward_3(s.layers[3], p.layers[3])

        # wavenet.layers_6
        self._layers_forward(s.layers[4], p.layers[4], self._layers_rng[4])

        # wavenet: h4_plus = h4 + h7 + h10 + h13 + h16 + h19           (N, 64, 64)   :65
        np.add(s.h4_plus, s.h19, out=s.h4_plus)

        # wavenet.layers_6                                                 wavenet.py:36
        self._layers_forward_3(s.layers[4], p.layers[4])

        # wavenet.last                                                     wavenet.py:53
        # h20 = (h1 + h3 + h6 + h9 + h12 + h15 + h18) W + b                (N, 64, 64)
        np.dot(s.h1_reshape, p.wavenet_last_W, out=s.h20_rows)
        np.add(s.h20, p.wavenet_last_b, out=s.h20)

        # wavenet                                                          wavenet.py:66
        # h4_maximum = relu(h4 + h7 + h10 + h13 + h16 + h19 + h20)         (N, 64, 64)
        np.add(s.h4_plus, s.h20, out=s.h4_plus)
        np.clip(s.h4_plus, 0.0, np.inf, out=s.h4_maximum)

        # wavenet.hidden                                                   wavenet.py:54
        # z21 = relu(h4 + h7 + h10 + h13 + h16 + h19 + h20) W + b          (N, 64, 64)
        # h21 = relu(z21)                                                  (N, 64, 64)
        np.dot(s.h4_reshape, p.wavenet_hidden_W, out=s.z21_rows)
        np.add(s.z21, p.wavenet_hidden_b, out=s.z21)
        np.clip(s.z21, 0.0, np.inf, out=s.h21)

        # wavenet.score: h22 = h21 W + b                      (N, 64, 1)   wavenet.py:55
        np.dot(s.h21_rows, p.wavenet_score_W, out=s.h22_rows)
        np.add(s.h22, p.wavenet_score_b, out=s.h22)

        # binary_cross_entropy                                             wavenet.py:75
        # logits_plus_log1p = softplus(logits) - logits * images               (N, 64)
        np.clip(s.logits, 0.0, np.inf, out=s.logits_maximum)
        np.multiply(s.logits, images, out=s.logits_times)
        np.subtract(s.logits_maximum, s.logits_times, out=s.logits_minus_times)
        np.abs(s.logits, out=s.logits_abs)
        np.negative(s.logits_abs, out=s.logits_negative)
        np.exp(s.logits_negative, out=s.logits_exp)
        np.log1p(s.logits_exp, out=s.logits_log1p)
        np.add(s.logits_minus_times, s.logits_log1p, out=s.logits_plus_log1p)

        # wavenet.py:76
        # nats = sum over 64 of logits_plus_log1p                                   (N,)
        # loss = mean(-nats)                                                          ()
        # loss = -mean(-nats)                                                         ()
        np.dot(s.logits_plus_log1p, s.ones, out=s.nats)
        s.nats.sum(out=s.loss)
        np.negative(s.loss, out=s.loss)
        np.divide(s.loss, s.n, out=s.loss)
        np.negative(s.loss, out=s.loss)

        # ---- backward ----------------------------------------------------------------
        # binary_cross_entropy: d_logits = -1 / N * images       (N, 64)   wavenet.py:75
        np.multiply(-1.0 / s.n, images, out=s.d_logits)

        # logits_over = sigmoid(logits)                          (N, 64)   wavenet.py:88
        np.clip(s.logits, -np.inf, 88.0, out=s.logits_minimum)
        np.exp(s.logits_minimum, out=s.logits_exp_2)
        np.add(1.0, s.logits_exp_2, out=s.logits_plus_exp_2)
        np.divide(s.logits_exp_2, s.logits_plus_exp_2, out=s.logits_over)

        # binary_cross_entropy                                             wavenet.py:75
        # d_logits = -1 / N * images + -(-1 / N) * logits_over                 (N, 64)
        np.multiply(-(-1.0 / s.n), s.logits_over, out=s.logits_times_over)
        np.add(s.d_logits, s.logits_times_over, out=s.d_logits)

        # wavenet.score                                                    wavenet.py:55
        # d_b = sum over 64 * N of reshape(d_logits, (N, 64, 1))                  (1,)
        # d_W = h21^T reshape(d_logits, (64 * N, 1))                           (64, 1)
        # d_h22_rows_product = reshape(d_logits, (64 * N, 1)) W^T         (64 * N, 64)
        np.dot(s.ones_2, s.d_h22_reshape, out=d.wavenet_score_b)
        np.dot(s.h21_rows.T, s.d_h22_rows, out=d.wavenet_score_W)
        np.dot(s.d_h22_rows, p.wavenet_score_W.T, out=s.d_h22_rows_product)

        # wavenet.hidden                                                   wavenet.py:54
        # d_z21 = d_logits wavenet.score.W^T * (h21 > 0)                   (N, 64, 64)
        # d_b = sum over 64 * N of d_z21                                         (64,)
        # d_W = h4_maximum^T d_z21                                            (64, 64)
        # d_z21_rows_product = d_z21 W^T                                  (64 * N, 64)
        np.greater(s.h21, 0.0, out=s.h21_mask)
        np.multiply(s.d_h21, s.h21_mask, out=s.d_z21)
        np.dot(s.ones_2, s.d_z21_rows, out=d.wavenet_hidden_b)
        np.dot(s.h4_reshape.T, s.d_z21_rows, out=d.wavenet_hidden_W)
        np.dot(s.d_z21_rows, p.wavenet_hidden_W.T, out=s.d_z21_rows_product)

        # wavenet: d_h20 = d_z21 hidden.W^T * (h4_maximum > 0)         (N, 64, 64)   :66
        np.greater(s.h4_maximum, 0.0, out=s.h4_mask)
        np.multiply(s.d_z21_rows_reshape, s.h4_mask, out=s.d_h20)

        # wavenet.last                                                     wavenet.py:53
        # d_b = sum over 64 * N of d_h20                                         (64,)
        # d_W = h1_plus_6^T d_h20                                             (32, 64)
        np.dot(s.ones_2, s.d_h20_rows, out=d.wavenet_last_b)
        np.dot(s.h1_reshape.T, s.d_h20_rows, out=d.wavenet_last_W)

        # wavenet.layers_6.skip: d_W = h17_masked^T d_h20       (32, 64)   wavenet.py:37
        np.dot(s.h17_reshape.T, s.d_h20_rows, out=d.wavenet_layers_6_skip_W)

        # wavenet.last: d_h18_rows = d_h20 W^T              (64 * N, 32)   wavenet.py:53
        np.dot(s.d_h20_rows, p.wavenet_last_W.T, out=s.d_h18_rows)

        # wavenet.layers_6                                                 wavenet.py:36
        self._layers_backward_2(s.layers[4], p.layers[4], d.layers[4])

        # wavenet.layers_5.skip: d_W = h14_masked^T d_h20       (32, 64)   wavenet.py:37
        np.dot(s.h14_reshape.T, s.d_h20_rows, out=d.wavenet_layers_5_skip_W)

        # wavenet.layers_6                                                 wavenet.py:35
        self._layers_backward(s.layers[4])

        # wavenet.layers_5                                                 wavenet.py:36
        self._layers_backward_2(s.layers[3], p.layers[3], d.layers[3])

        # wavenet.layers_4.skip: d_W = h11_masked^T d_h20       (32, 64)   wavenet.py:37
        np.dot(s.h11_reshape.T, s.d_h20_rows, out=d.wavenet_layers_4_skip_W)

        # wavenet.layers_5                                                 wavenet.py:35
        self._layers_backward(s.layers[3])

        # wavenet.layers_4                                                 wavenet.py:36
        self._layers_backward_2(s.layers[2], p.layers[2], d.layers[2])

        # wavenet.layers_3.skip: d_W = h8_masked^T d_h20        (32, 64)   wavenet.py:37
        np.dot(s.h8_reshape.T, s.d_h20_rows, out=d.wavenet_layers_3_skip_W)

        # wavenet.layers_4                                                 wavenet.py:35
        self._layers_backward(s.layers[2])

        # wavenet.layers_3                                                 wavenet.py:36
        self._layers_backward_2(s.layers[1], p.layers[1], d.layers[1])

        # wavenet.layers_2.skip: d_W = h5_masked^T d_h20        (32, 64)   wavenet.py:37
        np.dot(s.h5_reshape.T, s.d_h20_rows, out=d.wavenet_layers_2_skip_W)

        # wavenet.layers_3                                                 wavenet.py:35
        self._layers_backward(s.layers[1])

        # wavenet.layers_2                                                 wavenet.py:36
        self._layers_backward_2(s.layers[0], p.layers[0], d.layers[0])

        # wavenet.layers_1.skip: d_W = h2_masked^T d_h20        (32, 64)   wavenet.py:37
        np.dot(s.h2_reshape.T, s.d_h20_rows, out=d.wavenet_layers_1_skip_W)

        # wavenet.layers_2                                                 wavenet.py:35
        self._layers_backward(s.layers[0])

        # wavenet.layers_1.residual                                        wavenet.py:36
        # d_b = sum over 64 * N of d_h3                                          (32,)
        # d_W = h2_masked^T d_h3                                              (32, 32)
        # d_h3_rows_product = d_h3 W^T                                    (64 * N, 32)
        np.dot(s.ones_2, s.d_h3_rows, out=d.wavenet_layers_1_residual_b)
        np.dot(s.h2_reshape.T, s.d_h3_rows, out=d.wavenet_layers_1_residual_W)
        np.dot(s.d_h3_rows, p.wavenet_layers_1_residual_W.T, out=s.d_h3_rows_product)

        # wavenet.layers_1.skip                                            wavenet.py:37
        # d_h3_rows_plus = d_h3_rows_reshape + d_h20 W^T                   (N, 64, 32)
        np.dot(s.d_h20_rows, p.wavenet_layers_1_skip_W.T, out=s.d_h20_rows_product_6)
        np.add(s.d_h3_rows_reshape, s.d_h20_rows_reshape_6, out=s.d_h3_rows_plus)

        # wavenet.layers_1                                                 wavenet.py:42
        # d_h2                                                             (N, 64, 64)
        # d_h2[..., :32] = d_h3_rows_times_2 * (1 - square(h2_tanh))       (N, 64, 32)
        # d_h2[..., 32:] = d_h3_rows_masked * h2_tanh * h2_times_2         (N, 64, 32)
        np.multiply(s.d_h3_rows_plus, 1.1111112, out=s.d_h3_rows_times)
        np.multiply(s.d_h3_rows_times, s.wavenet_layers_1_mask, out=s.d_h3_rows_masked)
        np.multiply(s.d_h3_rows_masked, s.h2_over_plus_exp, out=s.d_h3_rows_times_2)
        np.square(s.h2_tanh, out=s.h2_square)
        np.subtract(1.0, s.h2_square, out=s.h2_minus_square)
        np.multiply(s.d_h3_rows_times_2, s.h2_minus_square, out=s.d_h2[..., :32])
        np.multiply(s.d_h3_rows_masked, s.h2_tanh, out=s.d_h3_rows_times)
        np.divide(1.0, s.h2_plus_exp, out=s.h2_over_plus_exp_2)
        np.multiply(s.h2_over_plus_exp, s.h2_over_plus_exp_2, out=s.h2_times_2)
        np.multiply(s.d_h3_rows_times, s.h2_times_2, out=s.d_h2[..., 32:])

        # wavenet.layers_1.filters                                         wavenet.py:35
        # d_b = sum over 64 * N of d_h2                                          (64,)
        # d_W = patches(h1)^T d_h2                                         (2, 32, 64)
        # d_h1 = d_h3 + conv(d_h2, transpose(W[::-1], (0, 2, 1)))          (N, 64, 32)
        np.dot(s.ones_2, s.d_h2_reshape, out=d.wavenet_layers_1_filters_b)
        _conv_weight_im2col(
            s.h1,
            s.d_h2,
            (
                s.layers_1_filters_W_columns,
                s.layers_1_filters_W_part,
                s.layers_1_filters_W_padded,
            ),
            out=d.wavenet_layers_1_filters_W,
            low=(1,),
        )
        np.copyto(s.wavenet_layers_1_filters_copy, s.layers_1_filters_transpose)
        _conv_im2col(
            s.d_h2,
            s.wavenet_layers_1_filters_copy,
            (s.d_h2_conv_columns, s.d_h2_conv_padded),
            out=s.d_h2_conv,
            low=(0,),
        )
        np.add(s.d_h3, s.d_h2_conv, out=s.d_h1)

        # wavenet.first                                                    wavenet.py:51
        # d_b = sum over 64 * N of d_h1                                          (32,)
        # d_W = reshape(images_pad, (64 * N, 1))^T d_h1                        (1, 32)
        np.dot(s.ones_2, s.d_h1_rows, out=d.wavenet_first_b)
        np.dot(s.images_reshape.T, s.d_h1_rows, out=d.wavenet_first_W)
        d.wavenet_layers_6_skip_b[...] = d.wavenet_last_b
        d.wavenet_layers_5_skip_b[...] = d.wavenet_last_b
        d.wavenet_layers_4_skip_b[...] = d.wavenet_last_b
        d.wavenet_layers_3_skip_b[...] = d.wavenet_last_b
        d.wavenet_layers_2_skip_b[...] = d.wavenet_last_b
        d.wavenet_layers_1_skip_b[...] = d.wavenet_last_b

        return s.loss[()]

    def _train_update(self, s):
        """Change the states by the gradients."""
        p, d = self.params, self.grads
        params = p.flat[0:49248]
        momentum = self.momentum.flat[0:49248]
        grads = d.flat[0:49248]
        squares = self.squares.flat[0:49248]
        params_2 = p.flat[49248:49985]
        momentum_2 = self.momentum.flat[49248:49985]
        grads_2 = d.flat[49248:49985]
        squares_2 = self.squares.flat[49248:49985]
        adamw_step = int(self.state.adamw_step)
        # ---- update ------------------------------------------------------------------
        # adamw: momentum and squares are without the factor 1 - beta      wavenet.py:79
        # gradient_norm                                                             ()
        # clip_scale = minimum(5 / (gradient_norm + 1e-06), 1)                      ()
        # momentum' = 0.9 * momentum + grads * clip_scale                     (49248,)
        # squares' = 0.999 * squares + square(grads * clip_scale)             (49248,)
        # params' = (1 - learning_rate * 0.05) * params                       (49248,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        # momentum' = 0.9 * momentum + grads * clip_scale                       (737,)
        # squares' = 0.999 * squares + square(grads * clip_scale)               (737,)
        # params' = params                                                      (737,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        adamw_step_cast = adamw_step
        adamw_step_times_minimum = 3.1415927 * min(adamw_step_cast / 539.0, 1.0)
        adamw_step_minus_cos = 1.0 - math.cos(adamw_step_times_minimum)
        rise = 0.0002 + adamw_step_minus_cos * 0.0024
        adamw_step_minimum_2 = min((adamw_step_cast - 539.0) / 1260.0, 1.0)
        adamw_step_cos_2 = math.cos(3.1415927 * adamw_step_minimum_2)
        adamw_step_times_3 = (1.0 - adamw_step_cos_2) * -0.00249999
        fall = 0.005 + adamw_step_times_3
        learning_rate = rise if (adamw_step_cast <= 539.0) else fall
        t = adamw_step_cast + 1.0
        c = math.sqrt((1.0 - 0.999**t) / 0.001)
        alpha_t = learning_rate * c * (0.1 / (1.0 - 0.9**t))
        with _Whole():  # no interruption may leave this half done
            np.multiply(
                0.9,
                self.momentum.wavenet_layers_2_skip_b,
                out=self.momentum.wavenet_layers_2_skip_b,
            )
            np.dot(
                s.wavenet_first_W_grad_reshape,
                s.wavenet_first_W_grad_reshape,
                out=s.gradient_norm,
            )
            np.dot(
                d.wavenet_first_b,
                d.wavenet_first_b,
                out=s.wavenet_first_b_grad_norm2,
            )
            np.add(s.gradient_norm, s.wavenet_first_b_grad_norm2, out=s.gradient_norm)
            np.dot(s.adamw_reshape, s.adamw_reshape, out=s.adamw_norm2)
            np.add(s.gradient_norm, s.adamw_norm2, out=s.gradient_norm)
            np.dot(
                d.wavenet_layers_1_filters_b,
                d.wavenet_layers_1_filters_b,
                out=s.adamw_norm2_2,
            )
            np.add(s.gradient_norm, s.adamw_norm2_2, out=s.gradient_norm)
            np.dot(s.adamw_reshape_2, s.adamw_reshape_2, out=s.adamw_norm2_3)
            np.add(s.gradient_norm, s.adamw_norm2_3, out=s.gradient_norm)
            np.dot(
                d.wavenet_layers_1_residual_b,
                d.wavenet_layers_1_residual_b,
                out=s.adamw_norm2_4,
            )
            np.add(s.gradient_norm, s.adamw_norm2_4, out=s.gradient_norm)
            np.dot(s.adamw_reshape_3, s.adamw_reshape_3, out=s.adamw_norm2_5)
            np.add(s.gradient_norm, s.adamw_norm2_5, out=s.gradient_norm)
            np.dot(
                d.wavenet_layers_1_skip_b,
                d.wavenet_layers_1_skip_b,
                out=s.adamw_norm2_6,
            )
            np.add(s.gradient_norm, s.adamw_norm2_6, out=s.gradient_norm)
            np.dot(s.adamw_reshape_4, s.adamw_reshape_4, out=s.adamw_norm2_7)
            np.add(s.gradient_norm, s.adamw_norm2_7, out=s.gradient_norm)
            np.dot(
                d.wavenet_layers_2_filters_b,
                d.wavenet_layers_2_filters_b,
                out=s.adamw_norm2_8,
            )
            np.add(s.gradient_norm, s.adamw_norm2_8, out=s.gradient_norm)
            np.dot(s.adamw_reshape_5, s.adamw_reshape_5, out=s.adamw_norm2_9)
            np.add(s.gradient_norm, s.adamw_norm2_9, out=s.gradient_norm)
            np.dot(
                d.wavenet_layers_2_residual_b,
                d.wavenet_layers_2_residual_b,
                out=s.adamw_norm2_10,
            )
            np.add(s.gradient_norm, s.adamw_norm2_10, out=s.gradient_norm)
            np.dot(s.adamw_reshape_6, s.adamw_reshape_6, out=s.adamw_norm2_11)
            np.add(s.gradient_norm, s.adamw_norm2_11, out=s.gradient_norm)
            np.add(s.gradient_norm, s.adamw_norm2_6, out=s.gradient_norm)
            np.dot(s.adamw_reshape_7, s.adamw_reshape_7, out=s.adamw_norm2_12)
            np.add(s.gradient_norm, s.adamw_norm2_12, out=s.gradient_norm)
            np.dot(
                d.wavenet_layers_3_filters_b,
                d.wavenet_layers_3_filters_b,
                out=s.adamw_norm2_13,
            )
            np.add(s.gradient_norm, s.adamw_norm2_13, out=s.gradient_norm)
            np.dot(s.adamw_reshape_8, s.adamw_reshape_8, out=s.adamw_norm2_14)
            np.add(s.gradient_norm, s.adamw_norm2_14, out=s.gradient_norm)
            np.dot(
                d.wavenet_layers_3_residual_b,
                d.wavenet_layers_3_residual_b,
                out=s.adamw_norm2_15,
            )
            np.add(s.gradient_norm, s.adamw_norm2_15, out=s.gradient_norm)
            np.dot(s.adamw_reshape_9, s.adamw_reshape_9, out=s.adamw_norm2_16)
            np.add(s.gradient_norm, s.adamw_norm2_16, out=s.gradient_norm)
            np.add(s.gradient_norm, s.adamw_norm2_6, out=s.gradient_norm)
            np.dot(s.adamw_reshape_10, s.adamw_reshape_10, out=s.adamw_norm2_17)
            np.add(s.gradient_norm, s.adamw_norm2_17, out=s.gradient_norm)
            np.dot(
                d.wavenet_layers_4_filters_b,
                d.wavenet_layers_4_filters_b,
                out=s.adamw_norm2_18,
            )
            np.add(s.gradient_norm, s.adamw_norm2_18, out=s.gradient_norm)
            np.dot(s.adamw_reshape_11, s.adamw_reshape_11, out=s.adamw_norm2_19)
            np.add(s.gradient_norm, s.adamw_norm2_19, out=s.gradient_norm)
            np.dot(
                d.wavenet_layers_4_residual_b,
                d.wavenet_layers_4_residual_b,
                out=s.adamw_norm2_20,
            )
            np.add(s.gradient_norm, s.adamw_norm2_20, out=s.gradient_norm)
            np.dot(s.adamw_reshape_12, s.adamw_reshape_12, out=s.adamw_norm2_21)
            np.add(s.gradient_norm, s.adamw_norm2_21, out=s.gradient_norm)
            np.add(s.gradient_norm, s.adamw_norm2_6, out=s.gradient_norm)
            np.dot(s.adamw_reshape_13, s.adamw_reshape_13, out=s.adamw_norm2_22)
            np.add(s.gradient_norm, s.adamw_norm2_22, out=s.gradient_norm)
            np.dot(
                d.wavenet_layers_5_filters_b,
                d.wavenet_layers_5_filters_b,
                out=s.adamw_norm2_23,
            )
            np.add(s.gradient_norm, s.adamw_norm2_23, out=s.gradient_norm)
            np.dot(s.adamw_reshape_14, s.adamw_reshape_14, out=s.adamw_norm2_24)
            np.add(s.gradient_norm, s.adamw_norm2_24, out=s.gradient_norm)
            np.dot(
                d.wavenet_layers_5_residual_b,
                d.wavenet_layers_5_residual_b,
                out=s.adamw_norm2_25,
            )
            np.add(s.gradient_norm, s.adamw_norm2_25, out=s.gradient_norm)
            np.dot(s.adamw_reshape_15, s.adamw_reshape_15, out=s.adamw_norm2_26)
            np.add(s.gradient_norm, s.adamw_norm2_26, out=s.gradient_norm)
            np.add(s.gradient_norm, s.adamw_norm2_6, out=s.gradient_norm)
            np.dot(s.adamw_reshape_16, s.adamw_reshape_16, out=s.adamw_norm2_27)
            np.add(s.gradient_norm, s.adamw_norm2_27, out=s.gradient_norm)
            np.dot(
                d.wavenet_layers_6_filters_b,
                d.wavenet_layers_6_filters_b,
                out=s.adamw_norm2_28,
            )
            np.add(s.gradient_norm, s.adamw_norm2_28, out=s.gradient_norm)
            np.dot(s.adamw_reshape_17, s.adamw_reshape_17, out=s.adamw_norm2_29)
            np.add(s.gradient_norm, s.adamw_norm2_29, out=s.gradient_norm)
            np.dot(
                d.wavenet_layers_6_residual_b,
                d.wavenet_layers_6_residual_b,
                out=s.adamw_norm2_30,
            )
            np.add(s.gradient_norm, s.adamw_norm2_30, out=s.gradient_norm)
            np.dot(s.adamw_reshape_18, s.adamw_reshape_18, out=s.adamw_norm2_31)
            np.add(s.gradient_norm, s.adamw_norm2_31, out=s.gradient_norm)
            np.add(s.gradient_norm, s.adamw_norm2_6, out=s.gradient_norm)
            np.dot(
                s.wavenet_last_W_grad_reshape,
                s.wavenet_last_W_grad_reshape,
                out=s.wavenet_last_W_grad_norm2,
            )
            np.add(s.gradient_norm, s.wavenet_last_W_grad_norm2, out=s.gradient_norm)
            np.add(s.gradient_norm, s.adamw_norm2_6, out=s.gradient_norm)
            np.dot(
                s.wavenet_hidden_W_grad_reshape,
                s.wavenet_hidden_W_grad_reshape,
                out=s.wavenet_hidden_W_grad_norm2,
            )
            np.add(s.gradient_norm, s.wavenet_hidden_W_grad_norm2, out=s.gradient_norm)
            np.dot(
                d.wavenet_hidden_b,
                d.wavenet_hidden_b,
                out=s.wavenet_hidden_b_grad_norm2,
            )
            np.add(s.gradient_norm, s.wavenet_hidden_b_grad_norm2, out=s.gradient_norm)
            np.dot(
                s.wavenet_score_W_grad_reshape,
                s.wavenet_score_W_grad_reshape,
                out=s.wavenet_score_W_grad_norm2,
            )
            np.add(s.gradient_norm, s.wavenet_score_W_grad_norm2, out=s.gradient_norm)
            np.dot(
                d.wavenet_score_b,
                d.wavenet_score_b,
                out=s.wavenet_score_b_grad_norm2,
            )
            np.add(s.gradient_norm, s.wavenet_score_b_grad_norm2, out=s.gradient_norm)
            np.sqrt(s.gradient_norm, out=s.gradient_norm)
            np.add(s.gradient_norm, 1e-06, out=s.clip_scale)
            np.divide(5.0, s.clip_scale, out=s.clip_scale)
            np.clip(s.clip_scale, -np.inf, 1.0, out=s.clip_scale)
            np.multiply(d.wavenet_layers_1_skip_b, s.clip_scale, out=s.adamw_times)
            np.add(
                self.momentum.wavenet_layers_2_skip_b,
                s.adamw_times,
                out=self.momentum.wavenet_layers_2_skip_b,
            )
            np.multiply(
                0.999,
                self.squares.wavenet_layers_2_skip_b,
                out=self.squares.wavenet_layers_2_skip_b,
            )
            np.square(s.adamw_times, out=s.adamw_square)
            np.add(
                self.squares.wavenet_layers_2_skip_b,
                s.adamw_square,
                out=self.squares.wavenet_layers_2_skip_b,
            )
            np.sqrt(self.squares.wavenet_layers_2_skip_b, out=s.adamw_sqrt)
            epsilon_t = 1e-08 * c
            np.add(s.adamw_sqrt, epsilon_t, out=s.adamw_plus)
            np.divide(
                self.momentum.wavenet_layers_2_skip_b,
                s.adamw_plus,
                out=s.adamw_over_plus,
            )
            np.multiply(alpha_t, s.adamw_over_plus, out=s.alpha_t_times)
            np.subtract(
                p.wavenet_layers_2_skip_b,
                s.alpha_t_times,
                out=p.wavenet_layers_2_skip_b,
            )
            np.multiply(
                0.9,
                self.momentum.wavenet_layers_3_skip_b,
                out=self.momentum.wavenet_layers_3_skip_b,
            )
            np.add(
                self.momentum.wavenet_layers_3_skip_b,
                s.adamw_times,
                out=self.momentum.wavenet_layers_3_skip_b,
            )
            np.multiply(
                0.999,
                self.squares.wavenet_layers_3_skip_b,
                out=self.squares.wavenet_layers_3_skip_b,
            )
            np.add(
                self.squares.wavenet_layers_3_skip_b,
                s.adamw_square,
                out=self.squares.wavenet_layers_3_skip_b,
            )
            np.sqrt(self.squares.wavenet_layers_3_skip_b, out=s.adamw_sqrt_2)
            np.add(s.adamw_sqrt_2, epsilon_t, out=s.adamw_plus_2)
            np.divide(
                self.momentum.wavenet_layers_3_skip_b,
                s.adamw_plus_2,
                out=s.adamw_over_plus_2,
            )
            np.multiply(alpha_t, s.adamw_over_plus_2, out=s.alpha_t_times_2)
            np.subtract(
                p.wavenet_layers_3_skip_b,
                s.alpha_t_times_2,
                out=p.wavenet_layers_3_skip_b,
            )
            np.multiply(
                0.9,
                self.momentum.wavenet_layers_4_skip_b,
                out=self.momentum.wavenet_layers_4_skip_b,
            )
            np.add(
                self.momentum.wavenet_layers_4_skip_b,
                s.adamw_times,
                out=self.momentum.wavenet_layers_4_skip_b,
            )
            np.multiply(
                0.999,
                self.squares.wavenet_layers_4_skip_b,
                out=self.squares.wavenet_layers_4_skip_b,
            )
            np.add(
                self.squares.wavenet_layers_4_skip_b,
                s.adamw_square,
                out=self.squares.wavenet_layers_4_skip_b,
            )
            np.sqrt(self.squares.wavenet_layers_4_skip_b, out=s.adamw_sqrt_3)
            np.add(s.adamw_sqrt_3, epsilon_t, out=s.adamw_plus_3)
            np.divide(
                self.momentum.wavenet_layers_4_skip_b,
                s.adamw_plus_3,
                out=s.adamw_over_plus_3,
            )
            np.multiply(alpha_t, s.adamw_over_plus_3, out=s.alpha_t_times_3)
            np.subtract(
                p.wavenet_layers_4_skip_b,
                s.alpha_t_times_3,
                out=p.wavenet_layers_4_skip_b,
            )
            np.multiply(
                0.9,
                self.momentum.wavenet_layers_5_skip_b,
                out=self.momentum.wavenet_layers_5_skip_b,
            )
            np.add(
                self.momentum.wavenet_layers_5_skip_b,
                s.adamw_times,
                out=self.momentum.wavenet_layers_5_skip_b,
            )
            np.multiply(
                0.999,
                self.squares.wavenet_layers_5_skip_b,
                out=self.squares.wavenet_layers_5_skip_b,
            )
            np.add(
                self.squares.wavenet_layers_5_skip_b,
                s.adamw_square,
                out=self.squares.wavenet_layers_5_skip_b,
            )
            np.sqrt(self.squares.wavenet_layers_5_skip_b, out=s.adamw_sqrt_4)
            np.add(s.adamw_sqrt_4, epsilon_t, out=s.adamw_plus_4)
            np.divide(
                self.momentum.wavenet_layers_5_skip_b,
                s.adamw_plus_4,
                out=s.adamw_over_plus_4,
            )
            np.multiply(alpha_t, s.adamw_over_plus_4, out=s.alpha_t_times_4)
            np.subtract(
                p.wavenet_layers_5_skip_b,
                s.alpha_t_times_4,
                out=p.wavenet_layers_5_skip_b,
            )
            np.multiply(
                0.9,
                self.momentum.wavenet_layers_6_skip_b,
                out=self.momentum.wavenet_layers_6_skip_b,
            )
            np.add(
                self.momentum.wavenet_layers_6_skip_b,
                s.adamw_times,
                out=self.momentum.wavenet_layers_6_skip_b,
            )
            np.multiply(
                0.999,
                self.squares.wavenet_layers_6_skip_b,
                out=self.squares.wavenet_layers_6_skip_b,
            )
            np.add(
                self.squares.wavenet_layers_6_skip_b,
                s.adamw_square,
                out=self.squares.wavenet_layers_6_skip_b,
            )
            np.sqrt(self.squares.wavenet_layers_6_skip_b, out=s.adamw_sqrt_5)
            np.add(s.adamw_sqrt_5, epsilon_t, out=s.adamw_plus_5)
            np.divide(
                self.momentum.wavenet_layers_6_skip_b,
                s.adamw_plus_5,
                out=s.adamw_over_plus_5,
            )
            np.multiply(alpha_t, s.adamw_over_plus_5, out=s.alpha_t_times_5)
            np.subtract(
                p.wavenet_layers_6_skip_b,
                s.alpha_t_times_5,
                out=p.wavenet_layers_6_skip_b,
            )
            np.multiply(
                0.9,
                self.momentum.wavenet_last_b,
                out=self.momentum.wavenet_last_b,
            )
            np.add(
                self.momentum.wavenet_last_b,
                s.adamw_times,
                out=self.momentum.wavenet_last_b,
            )
            np.multiply(
                0.999,
                self.squares.wavenet_last_b,
                out=self.squares.wavenet_last_b,
            )
            np.add(
                self.squares.wavenet_last_b,
                s.adamw_square,
                out=self.squares.wavenet_last_b,
            )
            np.sqrt(self.squares.wavenet_last_b, out=s.adamw_sqrt_6)
            np.add(s.adamw_sqrt_6, epsilon_t, out=s.adamw_plus_6)
            np.divide(
                self.momentum.wavenet_last_b,
                s.adamw_plus_6,
                out=s.adamw_over_plus_6,
            )
            np.multiply(alpha_t, s.adamw_over_plus_6, out=s.alpha_t_times_6)
            np.subtract(p.wavenet_last_b, s.alpha_t_times_6, out=p.wavenet_last_b)
            new_adamw_step = adamw_step + 1
            np.multiply(1.0 - learning_rate * 0.05, params, out=params)
            np.multiply(0.9, momentum, out=momentum)
            np.multiply(grads, s.clip_scale, out=s.grads_times)
            np.add(momentum, s.grads_times, out=momentum)
            np.multiply(0.999, squares, out=squares)
            np.square(s.grads_times, out=s.grads_square)
            np.add(squares, s.grads_square, out=squares)
            np.sqrt(squares, out=s.new_squares_sqrt)
            np.add(s.new_squares_sqrt, epsilon_t, out=s.new_squares_plus)
            np.divide(momentum, s.new_squares_plus, out=s.new_momentum_over)
            np.multiply(alpha_t, s.new_momentum_over, out=s.alpha_t_times_7)
            np.subtract(params, s.alpha_t_times_7, out=params)
            np.multiply(0.9, momentum_2, out=momentum_2)
            np.multiply(grads_2, s.clip_scale, out=s.grads_times_2)
            np.add(momentum_2, s.grads_times_2, out=momentum_2)
            np.multiply(0.999, squares_2, out=squares_2)
            np.square(s.grads_times_2, out=s.grads_square_2)
            np.add(squares_2, s.grads_square_2, out=squares_2)
            np.sqrt(squares_2, out=s.new_squares_sqrt_2)
            np.add(s.new_squares_sqrt_2, epsilon_t, out=s.new_squares_plus_2)
            np.divide(momentum_2, s.new_squares_plus_2, out=s.new_momentum_over_2)
            np.multiply(alpha_t, s.new_momentum_over_2, out=s.alpha_t_times_8)
            np.subtract(params_2, s.alpha_t_times_8, out=params_2)
            self.state.adamw_step[...] = new_adamw_step

    def _train_slots(self, images):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._train[images.dtype, images.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_train(images)

    def _plan_train(self, images):
        """Check the arguments and lay out every buffer for their shapes."""
        p, d = self.params, self.grads
        sizes = {}
        _check("images", images, np.float32, ("N", 64), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        bool_ = _buffers(np.bool_)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.images_times = s.images_minus = float32(0, 1, (n, 64))
        s.images_pad = float32(1, 156, (n, 64))
        s.h1 = float32(2, 152, (n, 64, 32))
        s.h2 = float32(3, 7, (n, 64, 64))
        s.h2_columns = float32(4, 5, (256, 64, 2, 32))
        s.h2_padded = float32(5, 5, (256, 65, 32))
        s.h2_tanh = float32(6, 149, (n, 64, 32))
        s.h2_minimum = s.h2_exp = s.h2_over_plus_exp = float32(7, 149, (n, 64, 32))
        s.h2_plus_exp = s.h2_over_plus_exp_2 = float32(8, 149, (n, 64, 32))
        s.h2_times = s.h2_masked = float32(9, 144, (n, 64, 32))
        s.wavenet_layers_1_draw = float32(10, 11, (n, 64, 32))
        s.wavenet_layers_1_mask = bool_(11, 146, (n, 64, 32))
        s.h4 = s.h4_plus = s.h4_maximum = float32(12, 83, (n, 64, 64))
        s.h3 = s.h1_plus = float32(13, 140, (n, 64, 32))
        s.h5_masked = float32(20, 132, (n, 64, 32))
        s.h7 = float32(23, 23, (n, 64, 64))
        s.h8_masked = float32(31, 120, (n, 64, 32))
        s.h10 = float32(34, 34, (n, 64, 64))
        s.h11_masked = float32(42, 108, (n, 64, 32))
        s.h13 = float32(45, 45, (n, 64, 64))
        s.h14_masked = float32(53, 96, (n, 64, 32))
        s.h16 = float32(56, 56, (n, 64, 64))
        s.h17_masked = float32(64, 84, (n, 64, 32))
        s.h19 = float32(67, 67, (n, 64, 64))
        s.h1_plus_6 = float32(68, 83, (n, 64, 32))
        s.h20 = float32(69, 69, (n, 64, 64))
        s.z21 = s.h21 = float32(70, 81, (n, 64, 64))
        s.h22 = float32(71, 78, (n, 64, 1))
        s.logits_maximum = s.logits_minus_times = float32(72, 75, (n, 64))
        s.logits_times = float32(73, 73, (n, 64))
        s.logits_abs = s.logits_negative = s.logits_exp = float32(74, 74, (n, 64))
        s.logits_log1p = s.logits_abs
        s.logits_plus_log1p = s.logits_maximum
        s.nats = float32(75, 76, (n,))
        s.loss = float32(76, 156, ())
        s.d_logits = float32(77, 80, (n, 64))
        s.logits_minimum = s.logits_exp_2 = s.logits_over = float32(78, 79, (n, 64))
        s.logits_plus_exp_2 = float32(79, 79, (n, 64))
        s.logits_times_over = s.logits_minimum
        s.d_z21 = s.d_h21 = float32(80, 82, (n, 64, 64))
        s.h21_mask = bool_(81, 81, (n, 64, 64))
        s.d_h20 = s.d_z21_rows_reshape = float32(82, 146, (n, 64, 64))
        s.h4_mask = bool_(83, 83, (n, 64, 64))
        s.d_h15 = s.d_h3 = s.d_h1 = float32(84, 156, (n, 64, 32))
        s.d_h3_rows_plus = s.d_h3_rows_reshape = float32(145, 149, (n, 64, 32))
        s.d_h20_rows_product_6 = float32(146, 146, (64 * n, 32))
        s.d_h3_rows_times = s.d_h3_rows_plus
        s.d_h3_rows_masked = s.d_h3_rows_plus
        s.d_h3_rows_times_2 = float32(147, 149, (n, 64, 32))
        s.h2_square = s.h2_minus_square = float32(148, 149, (n, 64, 32))
        s.h2_times_2 = s.h2_minimum
        s.d_h2 = float32(149, 156, (n, 64, 64))
        s.layers_1_filters_W_columns = float32(150, 152, (256, 64, 2, 32))
        s.layers_1_filters_W_part = float32(151, 152, (64, 64))
        s.layers_1_filters_W_padded = float32(152, 152, (256, 65, 32))
        s.wavenet_layers_1_filters_copy = float32(153, 156, (2, 64, 32))
        s.d_h2_conv = float32(154, 156, (n, 64, 32))
        s.d_h2_conv_columns = float32(155, 156, (128, 64, 2, 64))
        s.d_h2_conv_padded = float32(156, 156, (128, 65, 64))
        s.gradient_norm = s.clip_scale = float32(157, 205, ())
        s.wavenet_first_b_grad_norm2 = float32(158, 158, ())
        s.adamw_norm2 = float32(159, 159, ())
        s.adamw_norm2_2 = float32(160, 160, ())
        s.adamw_norm2_3 = float32(161, 161, ())
        s.adamw_norm2_4 = float32(162, 162, ())
        s.adamw_norm2_5 = float32(163, 163, ())
        s.adamw_norm2_6 = float32(164, 190, ())
        s.adamw_norm2_7 = float32(165, 165, ())
        s.adamw_norm2_8 = float32(166, 166, ())
        s.adamw_norm2_9 = float32(167, 167, ())
        s.adamw_norm2_10 = float32(168, 168, ())
        s.adamw_norm2_11 = float32(169, 169, ())
        s.adamw_norm2_12 = float32(170, 170, ())
        s.adamw_norm2_13 = float32(171, 171, ())
        s.adamw_norm2_14 = float32(172, 172, ())
        s.adamw_norm2_15 = float32(173, 173, ())
        s.adamw_norm2_16 = float32(174, 174, ())
        s.adamw_norm2_17 = float32(175, 175, ())
        s.adamw_norm2_18 = float32(176, 176, ())
        s.adamw_norm2_19 = float32(177, 177, ())
        s.adamw_norm2_20 = float32(178, 178, ())
        s.adamw_norm2_21 = float32(179, 179, ())
        s.adamw_norm2_22 = float32(180, 180, ())
        s.adamw_norm2_23 = float32(181, 181, ())
        s.adamw_norm2_24 = float32(182, 182, ())
        s.adamw_norm2_25 = float32(183, 183, ())
        s.adamw_norm2_26 = float32(184, 184, ())
        s.adamw_norm2_27 = float32(185, 185, ())
        s.adamw_norm2_28 = float32(186, 186, ())
        s.adamw_norm2_29 = float32(187, 187, ())
        s.adamw_norm2_30 = float32(188, 188, ())
        s.adamw_norm2_31 = float32(189, 189, ())
        s.wavenet_last_W_grad_norm2 = float32(190, 190, ())
        s.wavenet_hidden_W_grad_norm2 = float32(191, 191, ())
        s.wavenet_hidden_b_grad_norm2 = float32(192, 192, ())
        s.wavenet_score_W_grad_norm2 = float32(193, 193, ())
        s.wavenet_score_b_grad_norm2 = float32(194, 194, ())
        s.adamw_times = float32(195, 201, (64,))
        s.adamw_square = float32(196, 201, (64,))
        s.adamw_sqrt = s.adamw_plus = s.adamw_over_plus = float32(197, 197, (64,))
        s.alpha_t_times = s.adamw_sqrt
        s.adamw_sqrt_2 = s.adamw_plus_2 = s.adamw_over_plus_2 = float32(198, 198, (64,))
        s.alpha_t_times_2 = s.adamw_sqrt_2
        s.adamw_sqrt_3 = s.adamw_plus_3 = s.adamw_over_plus_3 = float32(199, 199, (64,))
        s.alpha_t_times_3 = s.adamw_sqrt_3
        s.adamw_sqrt_4 = s.adamw_plus_4 = s.adamw_over_plus_4 = float32(200, 200, (64,))
        s.alpha_t_times_4 = s.adamw_sqrt_4
        s.adamw_sqrt_5 = s.adamw_plus_5 = s.adamw_over_plus_5 = float32(201, 201, (64,))
        s.alpha_t_times_5 = s.adamw_sqrt_5
        s.adamw_sqrt_6 = s.adamw_plus_6 = s.adamw_over_plus_6 = float32(202, 202, (64,))
        s.alpha_t_times_6 = s.adamw_sqrt_6
        s.grads_times = s.grads_square = float32(203, 203, (49248,))
        s.new_squares_sqrt = s.new_squares_plus = float32(204, 204, (49248,))
        s.new_momentum_over = s.new_squares_sqrt
        s.alpha_t_times_7 = s.new_squares_sqrt
        s.grads_times_2 = s.grads_square_2 = float32(205, 205, (737,))
        s.new_squares_sqrt_2 = s.new_squares_plus_2 = float32(206, 206, (737,))
        s.new_momentum_over_2 = s.new_squares_sqrt_2
        s.alpha_t_times_8 = s.new_squares_sqrt_2
        s.layers = [SimpleNamespace() for _ in range(5)]
        for b, at in zip(s.layers, _TRAIN_LAYERS, strict=True):
            b.h_columns = float32(at.t, at.t + 1, (256, 64, 2, 32))
            b.h_padded = float32(at.t + 1, at.t + 1, (256, at.a, 32))
            b.h = float32(at.t - 1, at.t + 3, (n, 64, 64))
            b.h_tanh = float32(at.t + 2, at.u, (n, 64, 32))
            b.h_minimum = b.h_exp = b.h_times_2 = float32(at.t + 3, at.u, (n, 64, 32))
            b.h_plus_exp = b.h_over_plus_exp_2 = float32(at.t + 4, at.u, (n, 64, 32))
            b.h_over_plus_exp = b.h_minimum
            b.h_times = b.h_masked = float32(at.t + 5, at.u - 5, (n, 64, 32))
            b.draw = float32(at.t + 6, at.t + 7, (n, 64, 32))
            b.mask = bool_(at.t + 7, at.u - 3, (n, 64, 32))
            b.h_2 = float32(at.t + 8, at.t + 8, (n, 64, 64))
            b.filters_copy = float32(at.u + 4, at.u + 7, (2, 64, 32))
            b.h_square = b.h_minus_square = float32(at.u - 1, at.u, (n, 64, 32))
            b.filters_W_columns = float32(at.u + 1, at.u + 3, (256, 64, 2, 32))
            b.filters_W_part = float32(at.u + 2, at.u + 3, (64, 64))
            b.filters_W_padded = float32(at.u + 3, at.u + 3, (256, at.a, 32))
            b.h1_plus = float32(at.t - 2, at.u + 3, (n, 64, 32))
            b.h_3 = b.h1_plus_2 = float32(at.t + 9, at.v, (n, 64, 32))
            b.d_h = float32(at.u, at.u + 7, (n, 64, 64))
            b.d_h_conv_columns = float32(at.u + 6, at.u + 7, (128, 64, 2, 64))
            b.d_h_conv_padded = float32(at.u + 7, at.u + 7, (128, at.a, 64))
            b.d_h_conv = float32(at.u + 5, at.u + 7, (n, 64, 32))
            b.d_h_3 = b.d_h_2 = b.d_h_4 = float32(84, 156, (n, 64, 32))
            b.d_h_rows_plus = b.d_h_rows_reshape = float32(at.u - 4, at.u, (n, 64, 32))
            b.d_h20_rows_product = float32(at.u - 3, at.u - 3, (64 * n, 32))
            b.d_h_rows_times = b.d_h_rows_plus
            b.d_h_rows_masked = b.d_h_rows_plus
            b.d_h_rows_times_2 = float32(at.u - 2, at.u, (n, 64, 32))
        self._lay_out(s)
        s.images_slice = s.images_minus[:, :63]
        s.images_reshape = s.images_pad.reshape(64 * n, 1)
        s.h1_rows = s.h1.reshape(64 * n, 32)
        s.h2_slice = s.h2[:, :, :32]
        s.h2_slice_2 = s.h2[:, :, 32:]
        s.h2_reshape = s.h2_masked.reshape(64 * n, 32)
        s.h4_rows = s.h4.reshape(64 * n, 64)
        s.h3_rows = s.h3.reshape(64 * n, 32)
        s.h5_reshape = s.h5_masked.reshape(64 * n, 32)
        s.h8_reshape = s.h8_masked.reshape(64 * n, 32)
        s.h11_reshape = s.h11_masked.reshape(64 * n, 32)
        s.h14_reshape = s.h14_masked.reshape(64 * n, 32)
        s.h17_reshape = s.h17_masked.reshape(64 * n, 32)
        s.h1_reshape = s.h1_plus_6.reshape(64 * n, 32)
        s.h20_rows = s.h20.reshape(64 * n, 64)
        s.h4_reshape = s.h4_maximum.reshape(64 * n, 64)
        s.z21_rows = s.z21.reshape(64 * n, 64)
        s.h21_rows = s.h21.reshape(64 * n, 64)
        s.h22_rows = s.h22.reshape(64 * n, 1)
        s.logits = s.h22[:, :, 0]
        s.ones = np.ones((64,), dtype=np.float32)
        s.d_h22 = s.d_logits.reshape(n, 64, 1)
        s.d_h22_reshape = s.d_h22.reshape(64 * n, 1)
        s.ones_2 = np.ones((64 * n,), dtype=np.float32)
        s.d_h22_rows = s.d_logits.reshape(64 * n, 1)
        s.d_h22_rows_product = s.d_z21.reshape(64 * n, 64)
        s.d_z21_rows = s.d_z21.reshape(64 * n, 64)
        s.d_z21_rows_product = s.d_h20.reshape(64 * n, 64)
        s.d_h20_rows = s.d_h20.reshape(64 * n, 64)
        s.d_h18_rows = s.d_h15.reshape(64 * n, 32)
        s.d_h3_rows = s.d_h3.reshape(64 * n, 32)
        s.d_h3_rows_product = s.d_h3_rows_plus.reshape(64 * n, 32)
        s.d_h20_rows_reshape_6 = s.d_h20_rows_product_6.reshape(n, 64, 32)
        s.d_h2_reshape = s.d_h2.reshape(64 * n, 64)
        s.wavenet_layers_1_filters_slice = p.wavenet_layers_1_filters_W[::-1]
        s.layers_1_filters_transpose = s.wavenet_layers_1_filters_slice.transpose(
            0,
            2,
            1,
        )
        s.d_h1_rows = s.d_h1.reshape(64 * n, 32)
        s.wavenet_first_W_grad_reshape = d.wavenet_first_W.reshape(32)
        s.adamw_reshape = d.wavenet_layers_1_filters_W.reshape(4096)
        s.adamw_reshape_2 = d.wavenet_layers_1_residual_W.reshape(1024)
        s.adamw_reshape_3 = d.wavenet_layers_1_skip_W.reshape(2048)
        s.adamw_reshape_4 = d.wavenet_layers_2_filters_W.reshape(4096)
        s.adamw_reshape_5 = d.wavenet_layers_2_residual_W.reshape(1024)
        s.adamw_reshape_6 = d.wavenet_layers_2_skip_W.reshape(2048)
        s.adamw_reshape_7 = d.wavenet_layers_3_filters_W.reshape(4096)
        s.adamw_reshape_8 = d.wavenet_layers_3_residual_W.reshape(1024)
        s.adamw_reshape_9 = d.wavenet_layers_3_skip_W.reshape(2048)
        s.adamw_reshape_10 = d.wavenet_layers_4_filters_W.reshape(4096)
        s.adamw_reshape_11 = d.wavenet_layers_4_residual_W.reshape(1024)
        s.adamw_reshape_12 = d.wavenet_layers_4_skip_W.reshape(2048)
        s.adamw_reshape_13 = d.wavenet_layers_5_filters_W.reshape(4096)
        s.adamw_reshape_14 = d.wavenet_layers_5_residual_W.reshape(1024)
        s.adamw_reshape_15 = d.wavenet_layers_5_skip_W.reshape(2048)
        s.adamw_reshape_16 = d.wavenet_layers_6_filters_W.reshape(4096)
        s.adamw_reshape_17 = d.wavenet_layers_6_residual_W.reshape(1024)
        s.adamw_reshape_18 = d.wavenet_layers_6_skip_W.reshape(2048)
        s.wavenet_last_W_grad_reshape = d.wavenet_last_W.reshape(2048)
        s.wavenet_hidden_W_grad_reshape = d.wavenet_hidden_W.reshape(4096)
        s.wavenet_score_W_grad_reshape = d.wavenet_score_W.reshape(64)
        for b in s.layers:
            b.ones_2 = s.ones_2
            b.d_h20_rows = s.d_h20_rows
        for k in range(5):
            b, at = s.layers[k], _TRAIN_LAYERS[k]
            b.h_slice = b.h[:, :, :32]
            b.h_slice_2 = b.h[:, :, 32:]
            b.h_reshape = b.h_masked.reshape(64 * n, 32)
            b.h_rows = b.h_2.reshape(64 * n, 64)
            b.filters_slice = p.layers[k].filters_W[::-1]
            b.filters_transpose = b.filters_slice.transpose(0, 2, 1)
            b.h_rows_2 = b.h_3.reshape(64 * n, 32)
            b.d_h_rows = b.d_h_3.reshape(64 * n, 32)
            b.d_h_rows_2 = b.d_h_4.reshape(64 * n, 32)
            b.d_h_rows_product = b.d_h_rows_plus.reshape(64 * n, 32)
            b.d_h20_rows_reshape = b.d_h20_rows_product.reshape(n, 64, 32)
            b.d_h_reshape = b.d_h.reshape(64 * n, 64)
            b.size = at.b
        self._train[images.dtype, images.shape] = s
        return s

    def likelihood(self, images):
        """Returns likelihood.

        images: float32 (N, 64)
        """
        s = self._likelihood_slots(images)
        likelihood = self._likelihood_body(s, images)
        return {"likelihood": likelihood.copy()}

    @_processors  # threads share its loops over images
    def _likelihood_body(self, s, images):
        """The computation of likelihood."""
        # what _likelihood_body and _predict_body begin with
        self._common(s, images)

        # binary_cross_entropy                                             wavenet.py:75
        # logits_plus_log1p = softplus(logits) - logits * images               (N, 64)
        np.clip(s.logits, 0.0, np.inf, out=s.logits_maximum)
        np.multiply(s.logits, images, out=s.logits_times)
        np.subtract(s.logits_maximum, s.logits_times, out=s.logits_minus_times)
        np.abs(s.logits, out=s.logits_abs)
        np.negative(s.logits_abs, out=s.logits_negative)
        np.exp(s.logits_negative, out=s.logits_exp)
        np.log1p(s.logits_exp, out=s.logits_log1p)
        np.add(s.logits_minus_times, s.logits_log1p, out=s.logits_plus_log1p)

        # wavenet.py:76
        # nats = sum over 64 of logits_plus_log1p                                   (N,)
        # likelihood = -nats                                                        (N,)
        np.dot(s.logits_plus_log1p, s.ones, out=s.nats)
        np.negative(s.nats, out=s.likelihood)

        return s.likelihood

    def _common(self, s, images):
        """How likelihood_body and predict_body begin."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # images_minus = 2 * images - 1                          (N, 64)   wavenet.py:74
        np.multiply(2.0, images, out=s.images_times)
        np.subtract(s.images_times, 1.0, out=s.images_minus)

        # wavenet                                                          wavenet.py:60
        # images_pad = pad(images_minus[:, :63], ((0, 0), (1, 0)))             (N, 64)
        s.images_pad.fill(0)
        s.images_pad[:, 1:] = s.images_slice

        # wavenet.first: h1 = images_pad W + b               (N, 64, 32)   wavenet.py:51
        np.dot(s.images_reshape, p.wavenet_first_W, out=s.h1_rows)
        np.add(s.h1, p.wavenet_first_b, out=s.h1)

        # wavenet.layers_1.filters: h2 = conv(h1, W) + b     (N, 64, 64)   wavenet.py:35
        _conv_im2col(
            s.h1,
            p.wavenet_layers_1_filters_W,
            (s.h2_columns, s.h2_padded),
            out=s.h2,
            low=(1,),
        )
        np.add(s.h2, p.wavenet_layers_1_filters_b, out=s.h2)

        # wavenet.layers_1                                                 wavenet.py:42
        # h2_times = tanh(h2[:, :, :32]) * sigmoid(h2[:, :, 32:])          (N, 64, 32)
        np.tanh(s.h2_slice, out=s.h2_tanh)
        np.clip(s.h2_slice_2, -np.inf, 88.0, out=s.h2_minimum)
        np.exp(s.h2_minimum, out=s.h2_exp)
        np.add(1.0, s.h2_exp, out=s.h2_plus_exp)
        np.divide(s.h2_exp, s.h2_plus_exp, out=s.h2_over_plus_exp)
        np.multiply(s.h2_tanh, s.h2_over_plus_exp, out=s.h2_times)

        # wavenet.layers_1.skip                                            wavenet.py:37
        # h4 = tanh(h2[:, :, :32]) * sigmoid(h2[:, :, 32:]) W + b          (N, 64, 64)
        np.dot(s.h2_reshape, p.wavenet_layers_1_skip_W, out=s.h4_rows)
        np.add(s.h4, p.wavenet_layers_1_skip_b, out=s.h4)

        # wavenet.layers_1.residual                                        wavenet.py:36
        # h3 = tanh(h2[:, :, :32]) * sigmoid(h2[:, :, 32:]) W + b          (N, 64, 32)
        np.dot(s.h2_reshape, p.wavenet_layers_1_residual_W, out=s.h3_rows)
        np.add(s.h3, p.wavenet_layers_1_residual_b, out=s.h3)

        # wavenet.layers_1: h1_plus = h1 + h3                (N, 64, 32)   wavenet.py:43
        np.add(s.h1, s.h3, out=s.h1_plus)

        # wavenet.layers_2
        self._layers_forward_2(s.layers[0], p.layers[0])

        # wavenet: h4_plus = h4 + h7                         (N, 64, 64)   wavenet.py:65
        np.add(s.h4, s.h7, out=s.h4_plus)

        # wavenet.layers_2                                                 wavenet.py:36
        self._layers_forward_3(s.layers[0], p.layers[0])

        # wavenet.layers_3
        self._layers_forward_2(s.layers[1], p.layers[1])

        # wavenet: h4_plus = h4 + h7 + h10                   (N, 64, 64)   wavenet.py:65
        np.add(s.h4_plus, s.h10, out=s.h4_plus)

        # wavenet.layers_3                                                 wavenet.py:36
        self._layers_forward_3(s.layers[1], p.layers[1])

        # wavenet.layers_4
        self._layers_forward_2(s.layers[2], p.layers[2])

        # wavenet: h4_plus = h4 + h7 + h10 + h13             (N, 64, 64)   wavenet.py:65
        np.add(s.h4_plus, s.h13, out=s.h4_plus)

        # wavenet.layers_4                                                 wavenet.py:36
        self._layers_forward_3(s.layers[2], p.layers[2])

        # wavenet.layers_5
        self._layers_forward_2(s.layers[3], p.layers[3])

        # wavenet: h4_plus = h4 + h7 + h10 + h13 + h16       (N, 64, 64)   wavenet.py:65
        np.add(s.h4_plus, s.h16, out=s.h4_plus)

        # wavenet.layers_5                                                 wavenet.py:36
        self._layers_forward_3(s.layers[3], p.layers[3])

        # wavenet.layers_6
        self._layers_forward_2(s.layers[4], p.layers[4])

        # wavenet: h4_plus = h4 + h7 + h10 + h13 + h16 + h19           (N, 64, 64)   :65
        np.add(s.h4_plus, s.h19, out=s.h4_plus)

        # wavenet.layers_6                                                 wavenet.py:36
        self._layers_forward_3(s.layers[4], p.layers[4])

        # wavenet.last                                                     wavenet.py:53
        # h20 = (h1 + h3 + h6 + h9 + h12 + h15 + h18) W + b                (N, 64, 64)
        np.dot(s.h1_reshape, p.wavenet_last_W, out=s.h20_rows)
        np.add(s.h20, p.wavenet_last_b, out=s.h20)

        # wavenet                                                          wavenet.py:66
        # h4_maximum = relu(h4 + h7 + h10 + h13 + h16 + h19 + h20)         (N, 64, 64)
        np.add(s.h4_plus, s.h20, out=s.h4_plus)
        np.clip(s.h4_plus, 0.0, np.inf, out=s.h4_maximum)

        # wavenet.hidden                                                   wavenet.py:54
        # z21 = relu(h4 + h7 + h10 + h13 + h16 + h19 + h20) W + b          (N, 64, 64)
        # h21 = relu(z21)                                                  (N, 64, 64)
        np.dot(s.h4_reshape, p.wavenet_hidden_W, out=s.z21_rows)
        np.add(s.z21, p.wavenet_hidden_b, out=s.z21)
        np.clip(s.z21, 0.0, np.inf, out=s.h21)

        # wavenet.score: h22 = h21 W + b                      (N, 64, 1)   wavenet.py:55
        np.dot(s.h21_rows, p.wavenet_score_W, out=s.h22_rows)
        np.add(s.h22, p.wavenet_score_b, out=s.h22)

    def _likelihood_slots(self, images):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._likelihood[images.dtype, images.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_likelihood(images)

    def _plan_likelihood(self, images):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("images", images, np.float32, ("N", 64), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        # The moments that each buffer is needed from and up to, its type, its shape.
        self._plan_common(s, n, float32)
        s.h22 = float32(53, 56, (n, 64, 1))
        s.logits_maximum = s.logits_minus_times = float32(54, 57, (n, 64))
        s.logits_times = float32(55, 55, (n, 64))
        s.logits_abs = s.logits_negative = s.logits_exp = float32(56, 56, (n, 64))
        s.logits_log1p = s.logits_abs
        s.logits_plus_log1p = s.logits_maximum
        s.nats = s.likelihood = float32(57, 57, (n,))
        self._lay_out(s)
        self._plan_common_2(s, n)
        s.ones = np.ones((64,), dtype=np.float32)
        self._likelihood[images.dtype, images.shape] = s
        return s

    def _plan_common(self, s, n, float32):
        """The buffers that likelihood and predict have alike."""
        s.images_times = s.images_minus = float32(0, 1, (n, 64))
        s.images_pad = float32(1, 2, (n, 64))
        s.h1 = s.h1_plus = float32(2, 51, (n, 64, 32))
        s.h2 = float32(3, 7, (n, 64, 64))
        s.h2_columns = float32(4, 5, (256, 64, 2, 32))
        s.h2_padded = float32(5, 5, (256, 65, 32))
        s.h2_tanh = s.h2_times = float32(6, 10, (n, 64, 32))
        s.h2_minimum = s.h2_exp = s.h2_over_plus_exp = float32(7, 8, (n, 64, 32))
        s.h2_plus_exp = float32(8, 8, (n, 64, 32))
        s.h4 = s.h4_plus = s.h4_maximum = float32(9, 52, (n, 64, 64))
        s.h3 = float32(10, 10, (n, 64, 32))
        s.h7 = float32(17, 17, (n, 64, 64))
        s.h10 = float32(25, 25, (n, 64, 64))
        s.h13 = float32(33, 33, (n, 64, 64))
        s.h16 = float32(41, 41, (n, 64, 64))
        s.h19 = float32(49, 49, (n, 64, 64))
        s.h20 = float32(51, 51, (n, 64, 64))
        s.z21 = s.h21 = float32(52, 53, (n, 64, 64))
        s.layers = [SimpleNamespace() for _ in range(5)]
        for b in s.layers:
            b.h1_plus = s.h1_plus
            b.h1_plus_2 = s.h1_plus
        for b, at in zip(s.layers, _LIKELIHOOD_LAYERS, strict=True):
            b.h_columns = float32(at.t, at.t + 1, (256, 64, 2, 32))
            b.h_padded = float32(at.t + 1, at.t + 1, (256, at.a, 32))
            b.h = float32(at.t - 1, at.t + 3, (n, 64, 64))
            b.h_tanh = b.h_times = float32(at.t + 2, at.t + 6, (n, 64, 32))
            b.h_minimum = b.h_exp = float32(at.t + 3, at.t + 4, (n, 64, 32))
            b.h_plus_exp = float32(at.t + 4, at.t + 4, (n, 64, 32))
            b.h_over_plus_exp = b.h_minimum
            b.h_2 = float32(at.t + 5, at.t + 5, (n, 64, 64))
            b.h_3 = float32(at.t + 6, at.t + 6, (n, 64, 32))

    def _plan_common_2(self, s, n):
        """The views that likelihood and predict have alike."""
        s.images_slice = s.images_minus[:, :63]
        s.images_reshape = s.images_pad.reshape(64 * n, 1)
        s.h1_rows = s.h1.reshape(64 * n, 32)
        s.h2_slice = s.h2[:, :, :32]
        s.h2_slice_2 = s.h2[:, :, 32:]
        s.h2_reshape = s.h2_times.reshape(64 * n, 32)
        s.h4_rows = s.h4.reshape(64 * n, 64)
        s.h3_rows = s.h3.reshape(64 * n, 32)
        s.h1_reshape = s.h1_plus.reshape(64 * n, 32)
        s.h20_rows = s.h20.reshape(64 * n, 64)
        s.h4_reshape = s.h4_maximum.reshape(64 * n, 64)
        s.z21_rows = s.z21.reshape(64 * n, 64)
        s.h21_rows = s.h21.reshape(64 * n, 64)
        s.h22_rows = s.h22.reshape(64 * n, 1)
        s.logits = s.h22[:, :, 0]
        for b, at in zip(s.layers, _LIKELIHOOD_LAYERS, strict=True):
            b.h_slice = b.h[:, :, :32]
            b.h_slice_2 = b.h[:, :, 32:]
            b.h_reshape = b.h_times.reshape(64 * n, 32)
            b.h_rows = b.h_2.reshape(64 * n, 64)
            b.h_rows_2 = b.h_3.reshape(64 * n, 32)
            b.size = at.b

    def predict(self, images):
        """The probability that each pixel is black, given those before it.

        images: float32 (N, 64)
        """
        s = self._predict_slots(images)
        black = self._predict_body(s, images)
        return {"black": black.copy()}

    @_processors  # threads share its loops over images
    def _predict_body(self, s, images):
        """The computation of predict."""
        # what _likelihood_body and _predict_body begin with
        self._common(s, images)

        # black = sigmoid(logits)                                (N, 64)   wavenet.py:88
        np.clip(s.logits, -np.inf, 88.0, out=s.black)
        np.exp(s.black, out=s.black)
        np.add(1.0, s.black, out=s.black_plus)
        np.divide(s.black, s.black_plus, out=s.black)

        return s.black

    def _predict_slots(self, images):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._predict[images.dtype, images.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_predict(images)

    def _plan_predict(self, images):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("images", images, np.float32, ("N", 64), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        # The moments that each buffer is needed from and up to, its type, its shape.
        self._plan_common(s, n, float32)
        s.h22 = float32(53, 54, (n, 64, 1))
        s.black = float32(54, 55, (n, 64))
        s.black_plus = float32(55, 55, (n, 64))
        self._lay_out(s)
        self._plan_common_2(s, n)
        self._predict[images.dtype, images.shape] = s
        return s

    def _layers_forward_3(self, s, p):
        """Forward, one of 5: wavenet.layers_2 to wavenet.layers_6."""
        # residual                                                         wavenet.py:36
        # h_3 = tanh(h[:, :, :32]) * sigmoid(h[:, :, 32:]) W + b             (N, 64, 32)
        np.dot(s.h_reshape, p.residual_W, out=s.h_rows_2)
        np.add(s.h_3, p.residual_b, out=s.h_3)

        # layers                                                           wavenet.py:43
        # h1_plus_2 = h1_plus + h_3                                          (N, 64, 32)
        np.add(s.h1_plus, s.h_3, out=s.h1_plus_2)

    def _layers_forward_2(self, s, p):
        """Forward, one of 5: wavenet.layers_2 to wavenet.layers_6."""
        # filters: h = conv(h1_plus, W) + b                            (N, 64, 64)   :35
        _conv_im2col(
            s.h1_plus,
            p.filters_W,
            (s.h_columns, s.h_padded),
            out=s.h,
            low=(s.size,),
            dilation=(s.size,),
        )
        np.add(s.h, p.filters_b, out=s.h)

        # layers                                                           wavenet.py:42
        # h_times = tanh(h[:, :, :32]) * sigmoid(h[:, :, 32:])               (N, 64, 32)
        np.tanh(s.h_slice, out=s.h_tanh)
        np.clip(s.h_slice_2, -np.inf, 88.0, out=s.h_minimum)
        np.exp(s.h_minimum, out=s.h_exp)
        np.add(1.0, s.h_exp, out=s.h_plus_exp)
        np.divide(s.h_exp, s.h_plus_exp, out=s.h_over_plus_exp)
        np.multiply(s.h_tanh, s.h_over_plus_exp, out=s.h_times)

        # skip                                                             wavenet.py:37
        # h_2 = tanh(h[:, :, :32]) * sigmoid(h[:, :, 32:]) W + b             (N, 64, 64)
        np.dot(s.h_reshape, p.skip_W, out=s.h_rows)
        np.add(s.h_2, p.skip_b, out=s.h_2)

    def _layers_backward_2(self, s, p, d):
        """Backward, one of 5: wavenet.layers_2 to wavenet.layers_6."""
        # residual                                                         wavenet.py:36
        # d_b = sum over 64 * N of d_h_3                                           (32,)
        # d_W = h_masked^T d_h_3                                                (32, 32)
        # d_h_rows_product = d_h_3 W^T                                      (64 * N, 32)
        np.dot(s.ones_2, s.d_h_rows, out=d.residual_b)
        np.dot(s.h_reshape.T, s.d_h_rows_2, out=d.residual_W)
        np.dot(s.d_h_rows_2, p.residual_W.T, out=s.d_h_rows_product)

        # skip                                                             wavenet.py:37
        # d_h_rows_plus = d_h_rows_reshape + d_h20 W^T                       (N, 64, 32)
        np.dot(s.d_h20_rows, p.skip_W.T, out=s.d_h20_rows_product)
        np.add(s.d_h_rows_reshape, s.d_h20_rows_reshape, out=s.d_h_rows_plus)

        # layers                                                           wavenet.py:42
        # d_h                                                                (N, 64, 64)
        # d_h[..., :32] = d_h_rows_times_2 * (1 - square(h_tanh))            (N, 64, 32)
        # d_h[..., 32:] = d_h_rows_masked * h_tanh * h_times_2               (N, 64, 32)
        np.multiply(s.d_h_rows_plus, 1.1111112, out=s.d_h_rows_times)
        np.multiply(s.d_h_rows_times, s.mask, out=s.d_h_rows_masked)
        np.multiply(s.d_h_rows_masked, s.h_over_plus_exp, out=s.d_h_rows_times_2)
        np.square(s.h_tanh, out=s.h_square)
        np.subtract(1.0, s.h_square, out=s.h_minus_square)
        np.multiply(s.d_h_rows_times_2, s.h_minus_square, out=s.d_h[..., :32])
        np.multiply(s.d_h_rows_masked, s.h_tanh, out=s.d_h_rows_times)
        np.divide(1.0, s.h_plus_exp, out=s.h_over_plus_exp_2)
        np.multiply(s.h_over_plus_exp, s.h_over_plus_exp_2, out=s.h_times_2)
        np.multiply(s.d_h_rows_times, s.h_times_2, out=s.d_h[..., 32:])

        # filters                                                          wavenet.py:35
        # d_b = sum over 64 * N of d_h                                             (64,)
        # d_W = patches(h1_plus)^T d_h                                       (2, 32, 64)
        np.dot(s.ones_2, s.d_h_reshape, out=d.filters_b)
        _conv_weight_im2col(
            s.h1_plus,
            s.d_h,
            (s.filters_W_columns, s.filters_W_part, s.filters_W_padded),
            out=d.filters_W,
            low=(s.size,),
            dilation=(s.size,),
        )

    def _layers_backward(self, s):
        """Backward, one of 5: wavenet.layers_2 to wavenet.layers_6."""
        # filters                                                          wavenet.py:35
        # d_h_2 = d_h_3 + conv(d_h, transpose(W[::-1], (0, 2, 1)))           (N, 64, 32)
        np.copyto(s.filters_copy, s.filters_transpose)
        _conv_im2col(
            s.d_h,
            s.filters_copy,
            (s.d_h_conv_columns, s.d_h_conv_padded),
            out=s.d_h_conv,
            low=(0,),
            dilation=(s.size,),
        )
        np.add(s.d_h_3, s.d_h_conv, out=s.d_h_2)

    def _layers_forward(self, s, p, rng):
        """Forward, one of 5: wavenet.layers_2 to wavenet.layers_6."""
        # filters: h = conv(h1_plus, W) + b                            (N, 64, 64)   :35
        _conv_im2col(
            s.h1_plus,
            p.filters_W,
            (s.h_columns, s.h_padded),
            out=s.h,
            low=(s.size,),
            dilation=(s.size,),
        )
        np.add(s.h, p.filters_b, out=s.h)

        # layers                                                           wavenet.py:42
        # h_tanh = tanh(h[:, :, :32])                                        (N, 64, 32)
        # h_plus_exp = 1 + exp(minimum(h[:, :, 32:], 88))                    (N, 64, 32)
        # h_over_plus_exp = sigmoid(h[:, :, 32:])                            (N, 64, 32)
        # mask = random >= 0.1                                               (N, 64, 32)
        np.tanh(s.h_slice, out=s.h_tanh)
        np.clip(s.h_slice_2, -np.inf, 88.0, out=s.h_minimum)
        np.exp(s.h_minimum, out=s.h_exp)
        np.add(1.0, s.h_exp, out=s.h_plus_exp)
        np.divide(s.h_exp, s.h_plus_exp, out=s.h_over_plus_exp)
        np.multiply(s.h_tanh, s.h_over_plus_exp, out=s.h_times)
        np.multiply(s.h_times, 1.1111112, out=s.h_times)
        rng.layers.random(out=s.draw, dtype=np.float32)
        np.greater_equal(s.draw, 0.1, out=s.mask)
        np.multiply(s.h_times, s.mask, out=s.h_masked)

        # skip                                                             wavenet.py:37
        # h_2 = dropout(tanh(h[:, :, :32])                                   (N, 64, 64)
        #     * sigmoid(h[:, :, 32:])) W + b
        np.dot(s.h_reshape, p.skip_W, out=s.h_rows)
        np.add(s.h_2, p.skip_b, out=s.h_2)

    def _memory(self, nbytes):
        """One arena for all methods; it grows when larger arguments come."""
        if grows := self._arena.size < nbytes + 64:
            self._arena = np.empty(nbytes + 64, dtype=np.uint8)
        for buffers in (self._train, self._likelihood, self._predict):
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


def _buffers(dtype):
    """A function for buffers of that type."""

    def buffer(first, last, shape):
        return _Buffer(first, last, dtype, shape)

    return buffer


def _conv_im2col(x, w, rooms, out, low=(), strides=(1, 1, 1), dilation=(1, 1, 1)):
    """Slide a kernel w (*kernel, C / groups, O) over images x (N, *sizes, C).

    out[n, i, o] = sum over k and c of x[n, i s + k d - low, c] w[k, c, o]. Patches become
    the rows of a matrix, filters are the columns of another: the result is the product.
    `columns` has room for so many images, or rows of one, as stay in cache.
    """
    columns, padded = rooms
    (images, rows), kernel = columns.shape[:2], w.shape[:-2]
    inner, filters = w.shape[-2:]
    groups = x.shape[-1] // inner
    w = w.reshape(-1, groups, filters // groups)

    def work(blocks, columns, padded):
        for some in blocks:
            image = _padded(x[some], padded, low)
            patches = _windows(image, kernel, strides, dilation)
            for top in range(0, out.shape[1], rows):
                seen = patches[:, top : top + rows]
                matrix = columns[: len(seen), : seen.shape[1]]
                result = out[some, top : top + rows]
                result = result.reshape(-1, groups, filters // groups)
                for k in range(groups):
                    np.copyto(matrix, seen[..., k * inner : (k + 1) * inner])
                    flat = matrix.reshape(len(result), -1)
                    np.matmul(flat, w[:, k], out=result[:, k])

    _share(work, len(x), images, columns, padded)


def _conv_weight_im2col(x, g, rooms, out, low=(), strides=(1,) * 3, dilation=(1,) * 3):
    """What a convolution of images x passes back to its weights, given g for its result.

    dw[k, c, o] = sum over n and i of x[n, i s + k d - low, c] g[n, i, o]: the matrix
    whose rows are the patches of the images, transposed, times g.
    """
    columns, part, padded = rooms
    (images, rows), kernel = columns.shape[:2], out.shape[:-2]
    inner, filters = out.shape[-2:]
    groups = x.shape[-1] // inner
    total = out.reshape(-1, groups, filters // groups)

    def work(blocks, total, columns, part, padded):
        total.fill(0)
        for some in blocks:
            image = _padded(x[some], padded, low)
            patches = _windows(image, kernel, strides, dilation)
            for top in range(0, g.shape[1], rows):
                seen = patches[:, top : top + rows]
                matrix = columns[: len(seen), : seen.shape[1]]
                given = g[some, top : top + rows]
                given = given.reshape(-1, groups, filters // groups)
                for k in range(groups):
                    np.copyto(matrix, seen[..., k * inner : (k + 1) * inner])
                    flat = matrix.reshape(len(given), -1)
                    np.matmul(flat.T, given[:, k], out=part)
                    total[:, k] += part

    for other, *_ in _share(work, len(x), images, total, columns, part, padded):
        total += other


def _ending(names, end, *others):
    """The names that end so, but for some others."""
    return [name for name in names if name.endswith(end) and name not in others]


def _generators(seed, names):
    """Independent random streams, by name."""
    return {name: _generator(seed, k) for k, name in enumerate(names, 1)}


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
