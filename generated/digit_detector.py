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
_STATES_FLOAT32 = """
stage_1. batch_norm_1.running_{mean,var}=16 batch_norm_2.running_{mean,var}=32 ; 3..5:
  stage_1.batch_norm_#. running_{mean,var}=64 ; 1,2: stage_2.batch_norm_#.
  running_{mean,var}=96 ;
"""
_STATES_INT64 = """
adam.step=
"""
_PARAMS = """
stage_1. conv_1.W=5,5,1,16 batch_norm_1.{gamma,beta}=16 conv_2.W=3,3,16,32
  batch_norm_2.{gamma,beta}=32 conv_3.W=3,3,32,64 ; 3,4:
  stage_1.batch_norm_#.{gamma,beta}=64 stage_1.conv_#+1.W=3,3,64,64 ;
  stage_1.batch_norm_5. {gamma,beta}=64 ; score_1.W=3,3,64,33 score_1.b=33 stage_2.
  conv_1.W=3,3,64,96 batch_norm_1.{gamma,beta}=96 conv_2.W=3,3,96,96
  batch_norm_2.{gamma,beta}=96 ; score_2.W=3,3,96,33 score_2.b=33 move_1.W=3,3,64,12
  move_1.b=12 move_2.W=3,3,96,12 move_2.b=12
"""
_STATS = """
z1_mean=16 z1_unbiased_var=16 z2_mean=32 z2_unbiased_var=32 3..5:
  z#_{mean,unbiased_var}=64 ; 8,9: z#_{mean,unbiased_var}=96 ;
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
_TRAIN_CONV = _rows("""
t 20 41   u 200 162   v 23 48   w 193 139   a 24 12   b 32 64   c 25 50   d 12 6
e 26 14   f 64 96
""")
_TRAIN_CONV_2 = _rows("""
t 9 27 34 52   u 217 190 176 136   v 12 29 36 54   w 197 172 150 113   x 227 199 189 156
a 24 12x2 6   b 16 64x2 96   c 24 35x2 65   d 6 3x2 2   e 26 14x2 8   f 48 192x2 288
g 32 64x2 96   h 24 3x2 1   i 23 35x2 65   j 96 192x2 288
""")
_TRAIN_BATCH_NORM = _rows("""
t 0..22/11 28 35 47 53   u 223 206 193..165/-14 139 125   v 6 17 26..40/7 51 58
w 219 202 193..165/-14 139 125   x 9 20..41/7 52 59   y 217 200 190..162/-14 136 122
z 220 203 192..164/-14 138 124   t_2 221 204 192..164/-14 138 124   t_3 228..240/2
t_4 213 197 186 172 150 132 113   t_5 227 216 199 189 175 156 135   a 576x2 144x3 36x2
b 24x2 12x3 6x2   c 16 32 64x3 96x2
""")
_TRAIN_SCORE = _rows("""
t 41,59*2   u 162,122*2   v 43 61 76 81   w 65x2 85x2   x 157 117 149 112   a 12,6*2
y 143 106..94/-6   z 161 121 175 135   b 64,96*2   c 45 90 56 104   d 3,2*2   e 14,8*2
f 192,288*2   g 33x2 12x2   h 432,108*2   i 11x2 4x2   j 6 4 12 6   k 47 104 62 130
l 99x2 36x2
""")
_PREDICT_CONV = _rows("""
t 8 25   u 18 55   v 17 36   a 24 12   b 32 64   c 25 50   d 12 6   e 26 14   f 64 96
""")
_PREDICT_CONV_2 = _rows("""
t 0 16 20 35   u 11 23 28 42   v 18 28 55 60   a 24 12x2 6   b 16 64x2 96   c 24 35x2 65
d 6 3x2 2   e 26 14x2 8   f 48 192x2 288   g 32 64x2 96
""")
_PREDICT_BATCH_NORM = _rows("""
t 0..16/8 20 25 35 39   u 11 18..28/5 55 42 60   v 5 13 19..29/5 38 43   a 24x2 12x3 6x2
w 6 14..29/5 38 43   b 16 32 64x3 96x2
""")
_PREDICT_SCORE = _rows("""
t 25,39*2   u 55,60*2   v 31 45 53 58   w 49x2 62x2   a 12,6*2   b 64,96*2   d 3,2*2
c 45 90 56 104   e 14,8*2   f 192,288*2   g 33x2 12x2
""")
_LOSS_CONV = _rows("""
t 8 25   u 18 58   v 17 36   a 24 12   b 32 64   c 25 50   d 12 6   e 26 14   f 64 96
""")
_LOSS_CONV_2 = _rows("""
t 0 16 20 35   u 11 23 28 42   v 18 28 58 63   a 24 12x2 6   b 16 64x2 96   c 24 35x2 65
d 6 3x2 2   e 26 14x2 8   f 48 192x2 288   g 32 64x2 96
""")
_LOSS_BATCH_NORM = _rows("""
t 0..16/8 20 25 35 39   u 11 18..28/5 58 42 63   v 5 13 19..29/5 38 43   a 24x2 12x3 6x2
w 6 14..29/5 38 43   b 16 32 64x3 96x2
""")
_LOSS_SCORE = _rows("""
t 25,39*2   u 58,63*2   v 31 45 56 61   w 49x2 65x2   a 12,6*2   b 64,96*2   d 3,2*2
c 45 90 56 104   e 14,8*2   f 192,288*2   g 33x2 12x2
""")


class DigitDetector:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "digit_detector"
    FINGERPRINT = "8d1580edc7895156"
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
        places = _series("stage_#_conv_#", "1x3 2", "2 4 5 2")
        self.params.conv_2 = _parts(self.params, places)
        self.grads.conv_2 = _parts(self.grads, places)
        places = _before(self.params.shapes, "_beta")
        self.stats.batch_norm = _named(
            self.stats,
            z_mean=_series("z#_mean", "1..5 8 9"),
            z_unbiased_var=_series("z#_unbiased_var", "1..5 8 9"),
        )
        self.grads.batch_norm = _parts(self.grads, places)
        self.params.batch_norm = _parts(self.params, places)
        self._batch_norm_state = _parts(self.state, places)
        places = _before(self.params.shapes, "_b")
        self.params.score = _parts(self.params, places)
        self.grads.score = _parts(self.grads, places)
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
        for name in _ending(p.shapes, "_gamma"):
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
        for name in _ending(vars(self.state), "_running_var"):
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

    @_processors  # threads share its loops over images
    def _backward(self, s, x, labels, targets):
        """Forward and backward: the loss; the gradients go to self.grads."""
        p, d, stats = self.params, self.grads, self.stats
        # ---- forward -----------------------------------------------------------------
        # stage_1.conv_1: z1 = conv(x, W)         (N, 24, 24, 16)   digit_detector.py:48
        _conv_toeplitz(
            x,
            p.stage_1_conv_1_W,
            (s.z1_columns, s.z1_band, s.z1_padded),
            out=s.z1,
            low=(2, 2),
            strides=(2, 2),
        )

        # stage_1.batch_norm_1                                      digit_detector.py:51
        self._batch_norm_forward(s.batch_norm[0], stats.batch_norm[0])

        # stage_1.relu_1: h1 = relu(z1_norm)      (N, 24, 24, 16)   digit_detector.py:51
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # stage_1.conv_2                                            digit_detector.py:48
        self._conv_2_forward(s.conv_2[0], p.conv_2[0])

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
        self._conv_2_forward(s.conv_2[1], p.conv_2[1])

        # stage_1.batch_norm_4                                      digit_detector.py:51
        self._batch_norm_forward_2(
            s.batch_norm[3],
            p.batch_norm[3],
            stats.batch_norm[3],
        )

        # stage_1.relu_4: h4 = relu(z4_norm)      (N, 12, 12, 64)   digit_detector.py:51
        np.clip(s.z4_norm, 0.0, np.inf, out=s.h4)

        # stage_1.conv_5                                            digit_detector.py:48
        self._conv_2_forward(s.conv_2[2], p.conv_2[2])

        # stage_1.batch_norm_5                                      digit_detector.py:51
        self._batch_norm_forward_2(
            s.batch_norm[4],
            p.batch_norm[4],
            stats.batch_norm[4],
        )

        # stage_1.relu_5: h5 = relu(z5_norm)      (N, 12, 12, 64)   digit_detector.py:51
        np.clip(s.z5_norm, 0.0, np.inf, out=s.h5)

        # score_1                                                   digit_detector.py:63
        self._score_forward(s.score[0], p.score[0])

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
        self._conv_2_forward(s.conv_2[3], p.conv_2[3])

        # stage_2.batch_norm_2                                      digit_detector.py:51
        self._batch_norm_forward_2(
            s.batch_norm[6],
            p.batch_norm[6],
            stats.batch_norm[6],
        )

        # stage_2.relu_2: h9 = relu(z9_norm)        (N, 6, 6, 96)   digit_detector.py:51
        np.clip(s.z9_norm, 0.0, np.inf, out=s.h9)

        # score_2                                                   digit_detector.py:63
        self._score_forward(s.score[1], p.score[1])

        # digit_detector.py:64
        # logits = [h6_reshape; h10_reshape]                                (N, 540, 11)
        np.concatenate((s.h6_reshape, s.h10_reshape), axis=1, out=s.logits)

        # softmax_cross_entropy                                     digit_detector.py:71
        # labels_position = row_starts + reshape(labels, (540 * N,))        (540 * N,)
        # logits_take = (logits - max(logits, axis 2))[labels_position]     (540 * N,)
        # logits_exp = exp(logits - max(logits, axis 2))                  (N, 540, 11)
        # logits_sum = sum(exp(logits - max(logits, axis 2)), axis 2)      (N, 540, 1)
        _row_max(s.logits, s.logits_max_starts, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        labels_reshape = labels.reshape(540 * s.n)
        np.add(labels_reshape, s.row_starts, out=s.labels_position)
        np.take(s.logits_minus_max, s.labels_position, out=s.logits_take, mode="clip")
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=2, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        np.subtract(s.logits_reshape, s.surprise, out=s.logits_minus)

        # digit_detector.py:71
        # sure = exp(logits_minus)                                              (N, 540)
        # sure_minus = 1 - sure                                                 (N, 540)
        # sure_square = square(1 - sure)                                        (N, 540)
        np.exp(s.logits_minus, out=s.sure)
        np.subtract(1.0, s.sure, out=s.sure_minus)
        np.square(s.sure_minus, out=s.sure_square)

        # softmax_cross_entropy                                     digit_detector.py:71
        # surprise = logits_log - (logits - max(logits, axis 2))[labels]      (N, 540)
        np.subtract(s.surprise, s.logits_reshape, out=s.surprise)

        # focal = sure_square * surprise                 (N, 540)   digit_detector.py:71
        np.multiply(s.sure_square, s.surprise, out=s.focal)

        # move_1 to move_2                                          digit_detector.py:63
        for k in range(2, 4):
            self._score_forward(s.score[k], p.score[k])

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
        # d_moved = things / count                                              (N, 540)
        # d_sure = -(surprise / count * (2 * sure_minus))                       (N, 540)
        s.error_times_minus.sum(axis=2, out=s.moved)
        np.not_equal(labels, 0, out=s.labels_not_equal)
        np.multiply(s.moved, s.labels_not_equal, out=s.moved_masked)
        np.add(s.focal, s.moved_masked, out=s.focal_plus)
        s.focal_plus.sum(out=s.loss)
        np.copyto(s.things, s.labels_not_equal, casting="unsafe")
        s.things.sum(out=s.count)
        np.clip(s.count, 1.0, np.inf, out=s.count)
        np.divide(s.loss, s.count, out=s.loss)
        np.multiply(2.0, s.sure_minus, out=s.sure_times_minus)
        np.divide(s.things, s.count, out=s.d_moved)
        np.divide(s.surprise, s.count, out=s.d_sure)
        np.multiply(s.d_sure, s.sure_times_minus, out=s.d_sure)
        np.negative(s.d_sure, out=s.d_sure)
        np.multiply(s.d_sure, s.sure, out=s.d_sure_times)
        np.divide(s.sure_square, s.count, out=s.sure_over)

        # softmax_cross_entropy                                     digit_detector.py:71
        # d_sure_slope = d_sure_times - sure_over                             (N, 540)
        np.subtract(s.d_sure_times, s.sure_over, out=s.d_sure_slope)

        # ---- backward ----------------------------------------------------------------
        # huber                                                     digit_detector.py:71
        # d_error = reshape(d_moved, (N, 540, 1)) * clip(error, -1, 1)     (N, 540, 4)
        np.clip(s.error, -1.0, 1.0, out=s.d_error)
        np.multiply(s.d_moved_reshape, s.d_error, out=s.d_error)

        # d_error_copy = d_error[:, 432:]             (N, 108, 4)   digit_detector.py:64
        np.copyto(s.d_error_copy, s.d_error_slice)

        # move_2                                                    digit_detector.py:63
        self._score_backward(s.score[3], d.score[3])

        # d_error_copy_2 = d_error[:, :432]           (N, 432, 4)   digit_detector.py:64
        np.copyto(s.d_error_copy_2, s.d_error_slice_2)

        # move_1                                                    digit_detector.py:63
        self._score_backward(s.score[2], d.score[2])

        # logits_over_sum = softmax(logits)          (N, 540, 11)   digit_detector.py:72
        np.divide(s.logits_exp, s.logits_sum, out=s.logits_over_sum)

        # softmax_cross_entropy                                     digit_detector.py:71
        # d_logits = (softmax(logits) - onehot(labels))                   (N, 540, 11)
        #     * -reshape(d_sure_slope, (N, 540, 1))
        _add_elements(s.d_logits, s.labels_position, s.minus_ones)
        np.negative(s.d_sure_negative, out=s.d_sure_negative)
        np.multiply(s.d_logits, s.d_sure_negative, out=s.d_logits)

        # d_logits_copy = d_logits[:, 432:]          (N, 108, 11)   digit_detector.py:64
        np.copyto(s.d_logits_copy, s.d_logits_slice)

        # score_2                                                   digit_detector.py:63
        self._score_backward(s.score[1], d.score[1])

        # move_2                                                    digit_detector.py:63
        self._score_backward_2(s.score[3])

        # score_2                                                   digit_detector.py:63
        self._score_backward_2(s.score[1])
        np.add(s.d_h11_conv, s.d_h10_conv, out=s.d_h9)

        # stage_2.relu_2: d_z9_norm = d_h9 * (h9 > 0)                (N, 6, 6, 96)   :51
        np.greater(s.h9, 0.0, out=s.h9_mask)
        np.multiply(s.d_h9, s.h9_mask, out=s.d_z9_norm)

        # stage_2.batch_norm_2                                      digit_detector.py:51
        self._batch_norm_backward_2(s.batch_norm[6], p.batch_norm[6], d.batch_norm[6])

        # stage_2.conv_2                                            digit_detector.py:48
        self._conv_2_backward(s.conv_2[3], d.conv_2[3])

        # stage_2.relu_1: d_z8_norm = d_h8 * (h8 > 0)                (N, 6, 6, 96)   :51
        np.greater(s.h8, 0.0, out=s.h8_mask)
        np.multiply(s.d_h8, s.h8_mask, out=s.d_z8_norm)

        # stage_2.batch_norm_1                                      digit_detector.py:51
        self._batch_norm_backward_2(s.batch_norm[5], p.batch_norm[5], d.batch_norm[5])

        # stage_2.conv_1: d_W = patches(h5)^T d_z8                  (3, 3, 64, 96)   :48
        _conv_weight_im2col(
            s.h5,
            s.d_z8,
            (
                s.d_stage_2_conv_1_W_columns,
                s.d_stage_2_conv_1_W_part,
                s.d_stage_2_conv_1_W_padded,
            ),
            out=d.stage_2_conv_1_W,
            low=(1, 1),
            strides=(2, 2),
        )

        # d_logits_copy_2 = d_logits[:, :432]        (N, 432, 11)   digit_detector.py:64
        np.copyto(s.d_logits_copy_2, s.d_logits_slice_2)

        # score_1                                                   digit_detector.py:63
        self._score_backward(s.score[0], d.score[0])

        # move_1                                                    digit_detector.py:63
        self._score_backward_2(s.score[2])

        # stage_2.conv_1                                            digit_detector.py:48
        # d_h7_plus = d_h7_conv + conv^T(d_z8, W)                      (N, 12, 12, 64)
        _conv_col2im(
            s.d_z8,
            p.stage_2_conv_1_W,
            (s.z8_conv_input_gradient_columns, s.z8_conv_input_gradient_padded),
            out=s.d_z8_conv_input_gradient,
            low=(1, 1),
            strides=(2, 2),
        )
        np.add(s.d_h7_conv, s.d_z8_conv_input_gradient, out=s.d_h7_plus)

        # score_1                                                   digit_detector.py:63
        self._score_backward_2(s.score[0])
        np.add(s.d_h7_plus, s.d_h6_conv, out=s.d_h5)

        # stage_1.relu_5: d_z5_norm = d_h5 * (h5 > 0)              (N, 12, 12, 64)   :51
        np.greater(s.h5, 0.0, out=s.h5_mask)
        np.multiply(s.d_h5, s.h5_mask, out=s.d_z5_norm)

        # stage_1.batch_norm_5                                      digit_detector.py:51
        self._batch_norm_backward_2(s.batch_norm[4], p.batch_norm[4], d.batch_norm[4])

        # stage_1.conv_5                                            digit_detector.py:48
        self._conv_2_backward(s.conv_2[2], d.conv_2[2])

        # stage_1.relu_4: d_z4_norm = d_h4 * (h4 > 0)              (N, 12, 12, 64)   :51
        np.greater(s.h4, 0.0, out=s.h4_mask)
        np.multiply(s.d_h4, s.h4_mask, out=s.d_z4_norm)

        # stage_1.batch_norm_4                                      digit_detector.py:51
        self._batch_norm_backward_2(s.batch_norm[3], p.batch_norm[3], d.batch_norm[3])

        # stage_1.conv_4                                            digit_detector.py:48
        self._conv_2_backward(s.conv_2[1], d.conv_2[1])

        # stage_1.relu_3: d_z3_norm = d_h3 * (h3 > 0)              (N, 12, 12, 64)   :51
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
            (
                s.d_stage_1_conv_3_W_columns,
                s.d_stage_1_conv_3_W_part,
                s.d_stage_1_conv_3_W_padded,
            ),
            out=d.stage_1_conv_3_W,
            low=(1, 1),
            strides=(2, 2),
        )
        _conv_col2im(
            s.d_z3,
            p.stage_1_conv_3_W,
            (s.d_h2_columns, s.d_h2_padded),
            out=s.d_h2,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_1.relu_2: d_z2_norm = d_h2 * (h2 > 0)              (N, 24, 24, 32)   :51
        np.greater(s.h2, 0.0, out=s.h2_mask)
        np.multiply(s.d_h2, s.h2_mask, out=s.d_z2_norm)

        # stage_1.batch_norm_2                                      digit_detector.py:51
        self._batch_norm_backward(s.batch_norm[1], p.batch_norm[1], d.batch_norm[1])

        # stage_1.conv_2                                            digit_detector.py:48
        self._conv_2_backward(s.conv_2[0], d.conv_2[0])

        # stage_1.relu_1: d_z1_norm = d_h1 * (h1 > 0)              (N, 24, 24, 16)   :51
        np.greater(s.h1, 0.0, out=s.h1_mask)
        np.multiply(s.d_h1, s.h1_mask, out=s.d_z1_norm)

        # stage_1.batch_norm_1                                      digit_detector.py:51
        self._batch_norm_backward(s.batch_norm[0], p.batch_norm[0], d.batch_norm[0])

        # stage_1.conv_1: d_W = patches(x)^T d_z1   (5, 5, 1, 16)   digit_detector.py:48
        _conv_weight_toeplitz(
            x,
            s.d_z1,
            (
                s.d_stage_1_conv_1_W_columns,
                s.d_stage_1_conv_1_W_part,
                s.d_stage_1_conv_1_W_total,
                s.d_stage_1_conv_1_W_padded,
            ),
            out=d.stage_1_conv_1_W,
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
        with _Whole():  # no interruption may leave this half done
            # stage_1.batch_norm_1 to stage_2.batch_norm_2          digit_detector.py:51
            for k in range(7):
                self._batch_norm_statistics_2(
                    s.batch_norm[k],
                    stats.batch_norm[k],
                    self._batch_norm_state[k],
                )

            # ---- update --------------------------------------------------------------
            # adam                                                  digit_detector.py:73
            #   momentum and squares are without the factor 1 - beta
            # momentum' = 0.9 * momentum + grads                             (301162,)
            # squares' = 0.999 * squares + square(grads)                     (301162,)
            # params' = params                                               (301162,)
            #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
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
        float32 = _buffers(np.float32)
        bool_ = _buffers(np.bool_)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = float32(0, 223, (n, 24, 24, 16))
        s.z1_columns = float32(1, 3, (132, 24, 6, 5, 11, 1))
        s.z1_band = float32(2, 3, (5, 11, 1, 4, 16))
        s.z1_padded = float32(3, 3, (132, 52, 52, 1))
        s.z1_norm = s.h1 = float32(9, 217, (n, 24, 24, 16))
        s.z2_norm = s.h2 = float32(20, 200, (n, 24, 24, 32))
        s.z3_norm = s.h3 = float32(27, 190, (n, 12, 12, 64))
        s.z4_norm = s.h4 = float32(34, 176, (n, 12, 12, 64))
        s.z5_norm = s.h5 = float32(41, 162, (n, 12, 12, 64))
        s.h6 = float32(42, 65, (n, 12, 12, 33))
        s.z8_norm = s.h8 = float32(52, 136, (n, 6, 6, 96))
        s.z9_norm = s.h9 = float32(59, 122, (n, 6, 6, 96))
        s.h10 = float32(60, 65, (n, 6, 6, 33))
        s.logits = s.logits_minus_max = s.logits_exp = float32(65, 143, (n, 540, 11))
        s.logits_max = float32(66, 66, (n, 540, 1))
        s.labels_position = _Buffer(67, 105, np.int64, (540 * n,))
        s.logits_take = float32(68, 73, (540 * n,))
        s.logits_sum = float32(69, 105, (n, 540, 1))
        s.logits_log = s.d_sure_negative = float32(70, 105, (n, 540, 1))
        s.logits_minus = s.sure = float32(71, 93, (n, 540))
        s.sure_minus = s.sure_times_minus = float32(72, 93, (n, 540))
        s.sure_square = s.sure_over = float32(73, 93, (n, 540))
        s.focal = s.focal_plus = float32(74, 91, (n, 540))
        s.h7 = float32(75, 85, (n, 12, 12, 12))
        s.h11 = float32(80, 85, (n, 6, 6, 12))
        s.prediction = s.error = s.d_error = float32(85, 100, (n, 540, 4))
        s.error_abs = s.error_minus = float32(86, 88, (n, 540, 4))
        s.error_minimum = s.error_times_minus = float32(87, 89, (n, 540, 4))
        s.error_times_minimum = float32(88, 88, (n, 540, 4))
        s.moved = s.moved_masked = float32(89, 90, (n, 540))
        s.labels_not_equal = bool_(90, 92, (n, 540))
        s.loss = float32(91, 227, ())
        s.things = s.d_moved = float32(92, 93, (n, 540))
        s.count = float32(93, 93, ())
        s.d_error_copy = float32(94, 116, (n, 108, 4))
        s.d_error_copy_2 = float32(100, 153, (n, 432, 4))
        s.logits_over_sum = s.logits
        s.d_logits = s.logits
        s.d_logits_copy = float32(106, 121, (n, 108, 11))
        s.d_h11_conv = s.d_h9 = s.d_z9_norm = float32(113, 135, (n, 6, 6, 96))
        s.d_h10_conv = float32(118, 121, (n, 6, 6, 96))
        s.h9_mask = bool_(122, 122, (n, 6, 6, 96))
        s.d_h8 = s.d_z8_norm = s.d_z8 = float32(132, 156, (n, 6, 6, 96))
        s.h8_mask = bool_(136, 136, (n, 6, 6, 96))
        s.d_stage_2_conv_1_W_columns = float32(140, 142, (50, 6, 6, 3, 3, 64))
        s.d_stage_2_conv_1_W_part = float32(141, 142, (576, 96))
        s.d_stage_2_conv_1_W_padded = float32(142, 142, (50, 14, 14, 64))
        s.d_logits_copy_2 = float32(143, 161, (n, 432, 11))
        s.d_h7_conv = s.d_h7_plus = s.d_h5 = float32(150, 175, (n, 12, 12, 64))
        s.d_z8_conv_input_gradient = float32(154, 156, (n, 12, 12, 64))
        s.z8_conv_input_gradient_columns = float32(155, 156, (50, 6, 6, 3, 3, 64))
        s.z8_conv_input_gradient_padded = float32(156, 156, (50, 14, 14, 64))
        s.d_h6_conv = float32(158, 161, (n, 12, 12, 64))
        s.h5_mask = bool_(162, 162, (n, 12, 12, 64))
        s.d_z5_norm = s.d_h7_conv
        s.d_h4 = s.d_z4_norm = float32(172, 189, (n, 12, 12, 64))
        s.h4_mask = bool_(176, 176, (n, 12, 12, 64))
        s.d_h3 = s.d_z3_norm = s.d_z3 = float32(186, 199, (n, 12, 12, 64))
        s.h3_mask = bool_(190, 190, (n, 12, 12, 64))
        s.d_stage_1_conv_3_W_columns = float32(194, 196, (25, 12, 12, 3, 3, 32))
        s.d_stage_1_conv_3_W_part = float32(195, 196, (288, 64))
        s.d_stage_1_conv_3_W_padded = float32(196, 196, (25, 26, 26, 32))
        s.d_h2 = s.d_z2_norm = float32(197, 216, (n, 24, 24, 32))
        s.d_h2_columns = float32(198, 199, (25, 12, 12, 3, 3, 32))
        s.d_h2_padded = float32(199, 199, (25, 26, 26, 32))
        s.h2_mask = bool_(200, 200, (n, 24, 24, 32))
        s.d_h1 = s.d_z1_norm = s.d_z1 = float32(213, 227, (n, 24, 24, 16))
        s.h1_mask = bool_(217, 217, (n, 24, 24, 16))
        s.d_stage_1_conv_1_W_columns = float32(224, 227, (132, 24, 6, 5, 11, 1))
        s.d_stage_1_conv_1_W_part = float32(225, 227, (55, 64))
        s.d_stage_1_conv_1_W_total = float32(226, 227, (5, 11, 1, 4, 16))
        s.d_stage_1_conv_1_W_padded = float32(227, 227, (132, 52, 52, 1))
        s.grads_square = float32(242, 242, (65536,))
        s.conv = [SimpleNamespace() for _ in range(2)]
        for b, at in zip(s.conv, _TRAIN_CONV, strict=True):
            b.h = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.z_columns = float32(at.v, at.v + 1, (at.c, at.d, at.d, 3, 3, at.b))
            b.z_padded = float32(at.v + 1, at.v + 1, (at.c, at.e, at.e, at.b))
            b.z = float32(at.v - 1, at.w, (n, at.d, at.d, at.f))
        s.conv_2 = [SimpleNamespace() for _ in range(4)]
        for b, at in zip(s.conv_2, _TRAIN_CONV_2, strict=True):
            b.h = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.z_inputs = float32(at.v, at.v + 2, (6, at.c, at.d, at.e, at.b))
            b.z_filters = float32(at.v + 1, at.v + 2, (6, at.f, at.g))
            b.z_products = float32(at.v + 2, at.v + 2, (6, at.c, at.d, at.a, at.g))
            b.z = float32(at.v - 1, at.u - 11, (n, at.a, at.a, at.g))
            b.W_copy = float32(at.u - 5, at.u - 1, (3, 3, at.g, at.b))
            b.d_z = float32(at.w, at.u - 1, (n, at.a, at.a, at.g))
            b.d_W_inputs = float32(at.u - 10, at.u - 6, (6, at.c, at.d, at.e, at.b))
            b.d_W_given = float32(at.u - 9, at.u - 6, (6, at.c, at.d, at.a, at.g))
            b.d_W_part = float32(at.u - 8, at.u - 6, (at.h, 6, at.f, at.g))
            b.d_W_sums = float32(at.u - 7, at.u - 6, (6, at.f, at.g))
            b.d_W_total = float32(at.u - 6, at.u - 6, (6, at.f, at.g))
            b.d_h_inputs = float32(at.u - 3, at.u - 1, (6, at.i, at.d, at.e, at.g))
            b.d_h_filters = float32(at.u - 2, at.u - 1, (6, at.j, at.b))
            b.d_h_products = float32(at.u - 1, at.u - 1, (6, at.i, at.d, at.a, at.b))
            b.d_h = float32(at.u - 4, at.x, (n, at.a, at.a, at.b))
        s.batch_norm = [SimpleNamespace(n=s.n) for _ in range(7)]
        for b, at in zip(s.batch_norm, _TRAIN_BATCH_NORM, strict=True):
            b.z = b.z_hat = b.z_hat_times = float32(at.t, at.u, (n, at.b, at.b, at.c))
            b.z_inv_std = b.z_inv_std_times = float32(at.v, at.w, (at.c,))
            b.z_norm = float32(at.x, at.y, (n, at.b, at.b, at.c))
            b.over = float32(at.z, at.t_2, (at.c,))
            b.over_2 = float32(at.t_2 + 1, at.u, (at.c,))
            b.z_mean_times_2 = float32(at.t_3, at.t_3, (at.c,))
            b.z_unbiased_var_times_2 = float32(at.t_3 + 1, at.t_3 + 1, (at.c,))
            b.d_z_norm = b.d_z = float32(at.t_4, at.t_5, (n, at.b, at.b, at.c))
            b.d_z_norm_times = float32(at.y + 1, at.y + 1, (n, at.b, at.b, at.c))
        for k in range(2):
            b, at = s.batch_norm[k], _TRAIN_BATCH_NORM[k]
            b.z_mean_rows = float32(at.t + 4, at.t + 4, (24, at.c))
            b.z1_minus = float32(at.t, at.u, (n, 24, 24, at.c))
            b.z1_square = float32(at.t + 5, at.t + 5, (n, 24, 24, at.c))
            b.z_inv_std_rows = float32(at.t + 7, at.t + 7, (24, at.c))
            b.rows = float32(at.t + 8, at.t + 9, (24, at.c))
            b.rows_2 = float32(at.t + 10, at.t + 10, (24, at.c))
            b.z_inv_std_rows_2 = float32(at.u - 4, at.u, (24, at.c))
            b.rows_3 = float32(at.u - 2, at.u - 2, (24, at.c))
            b.rows_4 = float32(at.u, at.u, (24, at.c))
        for k in range(2, 7):
            b, at = s.batch_norm[k], _TRAIN_BATCH_NORM[k]
            b.z_hat_square = float32(at.v - 1, at.v - 1, (n, at.b, at.b, at.c))
        s.score = [SimpleNamespace() for _ in range(4)]
        for b, at in zip(s.score, _TRAIN_SCORE, strict=True):
            b.h1 = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.h_inputs = float32(at.v, at.v + 2, (6, at.c, at.d, at.e, at.b))
            b.h_filters = float32(at.v + 1, at.v + 2, (6, at.f, at.g))
            b.h_products = float32(at.v + 2, at.v + 2, (6, at.c, at.d, at.a, at.g))
            b.h = float32(at.v - 1, at.w, (n, at.a, at.a, at.g))
            b.b_rows = float32(at.v + 3, at.v + 3, (at.a, at.g))
            b.W_copy = float32(at.x, at.x + 4, (3, 3, at.g, at.b))
            b.d_logits_copy_2 = float32(at.y, at.x + 4, (n, at.h, at.i))
            b.d_W_inputs = float32(at.y + 1, at.y + 5, (6, at.c, at.d, at.e, at.b))
            b.d_W_given = float32(at.y + 2, at.y + 5, (6, at.c, at.d, at.a, at.g))
            b.d_W_part = float32(at.y + 3, at.y + 5, (at.j, 6, at.f, at.g))
            b.d_W_sums = float32(at.y + 4, at.y + 5, (6, at.f, at.g))
            b.d_W_total = float32(at.y + 5, at.y + 5, (6, at.f, at.g))
            b.d_h_conv_inputs = float32(at.x + 2, at.x + 4, (6, at.k, at.d, at.e, at.g))
            b.d_h_conv_filters = float32(at.x + 3, at.x + 4, (6, at.l, at.b))
            b.d_h_conv_products = float32(
                at.x + 4,
                at.x + 4,
                (6, at.k, at.d, at.a, at.b),
            )
            b.d_h_conv = float32(at.x + 1, at.z, (n, at.a, at.a, at.b))
        self._lay_out(s)
        s.h6_reshape = s.h6.reshape(n, 432, 11)
        s.h10_reshape = s.h10.reshape(n, 108, 11)
        s.logits_max_starts = np.arange(0, 5940 * n, 11)
        s.iota = np.arange(540 * n, dtype=np.int64)
        s.row_starts = s.iota * 11
        s.logits_reshape = s.logits_take.reshape(n, 540)
        s.surprise = s.logits_log.reshape(n, 540)
        s.h7_reshape = s.h7.reshape(n, 432, 4)
        s.h11_reshape = s.h11.reshape(n, 108, 4)
        s.d_sure = s.logits_log.reshape(n, 540)
        s.d_sure_times = s.logits_log.reshape(n, 540)
        s.d_sure_slope = s.logits_log.reshape(n, 540)
        s.d_moved_reshape = s.d_moved.reshape(n, 540, 1)
        s.d_error_slice = s.d_error[:, 432:]
        s.d_error_slice_2 = s.d_error[:, :432]
        s.minus_ones = np.full((540 * n,), -1.0, dtype=np.float32)
        s.d_logits_slice = s.d_logits[:, 432:]
        s.d_logits_slice_2 = s.d_logits[:, :432]
        s.adam_blocks = _blocks(
            self.momentum.flat,
            d.flat,
            self.squares.flat,
            s.grads_square,
            p.flat,
        )
        for k in range(4):
            b = s.conv_2[k]
            b.W_slice = p.conv_2[k].W[::-1, ::-1]
            b.W_transpose = b.W_slice.transpose(0, 1, 3, 2)
        for b, at in zip(s.batch_norm, _TRAIN_BATCH_NORM, strict=True):
            b.ones = np.ones((at.a * n,), dtype=np.float32)
            b.z_reshape = b.z.reshape(at.a * n, at.c)
            b.d_z_norm_reshape = b.d_z_norm.reshape(at.a * n, at.c)
            b.d_z_norm_reshape_2 = b.d_z_norm_times.reshape(at.a * n, at.c)
            b.size = at.a
        for k in range(2):
            b, at = s.batch_norm[k], _TRAIN_BATCH_NORM[k]
            b.z_mean_broadcast_to = np.broadcast_to(
                stats.batch_norm[k].z_mean,
                (24, at.c),
            )
            b.z1_reshape_2 = b.z1_square.reshape(576 * n, at.c)
            b.z_inv_std_broadcast_to = np.broadcast_to(b.z_inv_std, (24, at.c))
            b.broadcast_to = np.broadcast_to(p.batch_norm[k].gamma, (24, at.c))
            b.broadcast_to_2 = np.broadcast_to(p.batch_norm[k].beta, (24, at.c))
            b.z_inv_std_broadcast_to_2 = np.broadcast_to(b.z_inv_std_times, (24, at.c))
            b.broadcast_to_3 = np.broadcast_to(b.over, (24, at.c))
            b.broadcast_to_4 = np.broadcast_to(b.over_2, (24, at.c))
        for k in range(2, 7):
            b, at = s.batch_norm[k], _TRAIN_BATCH_NORM[k]
            b.z_hat_reshape = b.z_hat_square.reshape(at.a * n, at.c)
        for k in range(4):
            b, at = s.score[k], _TRAIN_SCORE[k]
            b.b_broadcast_to = np.broadcast_to(p.score[k].b, (at.a, at.g))
            b.W_slice = p.score[k].W[::-1, ::-1]
            b.W_transpose = b.W_slice.transpose(0, 1, 3, 2)
            b.d_h = b.d_logits_copy_2.reshape(n, at.a, at.a, at.g)
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

    @_processors  # threads share its loops over images
    def _forward(self, s, x):
        """The forward pass to the outputs."""
        p = self.params
        # what _forward and _forward_loss begin with
        self._common(s, x)

        # softmax_cross_entropy                                     digit_detector.py:71
        # logits_exp = exp(logits - max(logits, axis 2))                  (N, 540, 11)
        # logits_sum = sum(exp(logits - max(logits, axis 2)), axis 2)      (N, 540, 1)
        _row_max(s.logits, s.logits_max_starts, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=2, keepdims=True, out=s.logits_sum)

        # probabilities = softmax(logits)            (N, 540, 11)   digit_detector.py:72
        np.divide(s.logits_exp, s.logits_sum, out=s.probabilities)

        # move_1 to move_2                                          digit_detector.py:63
        for k in range(2, 4):
            self._score_forward(s.score[k], p.score[k])

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
            (s.z1_columns, s.z1_band, s.z1_padded),
            out=s.z1,
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

        # stage_1.conv_2                                            digit_detector.py:48
        self._conv_2_forward(s.conv_2[0], p.conv_2[0])

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
        self._conv_2_forward(s.conv_2[1], p.conv_2[1])

        # stage_1.batch_norm_4                                      digit_detector.py:51
        self._batch_norm_inference_2(
            s.batch_norm[3],
            p.batch_norm[3],
            self._batch_norm_state[3],
        )

        # stage_1.relu_4: h4 = relu(z4_norm)      (N, 12, 12, 64)   digit_detector.py:51
        np.clip(s.z4_norm, 0.0, np.inf, out=s.h4)

        # stage_1.conv_5                                            digit_detector.py:48
        self._conv_2_forward(s.conv_2[2], p.conv_2[2])

        # stage_1.batch_norm_5                                      digit_detector.py:51
        self._batch_norm_inference_2(
            s.batch_norm[4],
            p.batch_norm[4],
            self._batch_norm_state[4],
        )

        # stage_1.relu_5: h5 = relu(z5_norm)      (N, 12, 12, 64)   digit_detector.py:51
        np.clip(s.z5_norm, 0.0, np.inf, out=s.h5)

        # score_1                                                   digit_detector.py:63
        self._score_forward(s.score[0], p.score[0])

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
        self._conv_2_forward(s.conv_2[3], p.conv_2[3])

        # stage_2.batch_norm_2                                      digit_detector.py:51
        self._batch_norm_inference_2(
            s.batch_norm[6],
            p.batch_norm[6],
            self._batch_norm_state[6],
        )

        # stage_2.relu_2: h9 = relu(z9_norm)        (N, 6, 6, 96)   digit_detector.py:51
        np.clip(s.z9_norm, 0.0, np.inf, out=s.h9)

        # score_2                                                   digit_detector.py:63
        self._score_forward(s.score[1], p.score[1])

        # digit_detector.py:64
        # logits = [h6_reshape; h10_reshape]                                (N, 540, 11)
        np.concatenate((s.h6_reshape, s.h10_reshape), axis=1, out=s.logits)

    def _predict_slots(self, x):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._predict[x.dtype, x.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_predict(x)

    def _plan_predict(self, x):
        """Check the arguments and lay out every buffer for their shapes."""
        p = self.params
        sizes = {}
        _check("x", x, np.float32, ("N", 48, 48, 1), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.z1_norm = s.h1 = float32(0, 11, (n, 24, 24, 16))
        s.z1_columns = float32(1, 3, (132, 24, 6, 5, 11, 1))
        s.z1_band = float32(2, 3, (5, 11, 1, 4, 16))
        s.z1_padded = float32(3, 3, (132, 52, 52, 1))
        s.z2_norm = s.h2 = float32(8, 18, (n, 24, 24, 32))
        s.z3_norm = s.h3 = float32(16, 23, (n, 12, 12, 64))
        s.z4_norm = s.h4 = float32(20, 28, (n, 12, 12, 64))
        s.z5_norm = s.h5 = float32(25, 55, (n, 12, 12, 64))
        s.h6 = float32(30, 49, (n, 12, 12, 33))
        s.z8_norm = s.h8 = float32(35, 42, (n, 6, 6, 96))
        s.z9_norm = s.h9 = float32(39, 60, (n, 6, 6, 96))
        s.h10 = float32(44, 49, (n, 6, 6, 33))
        s.logits = s.logits_minus_max = s.logits_exp = float32(49, 62, (n, 540, 11))
        s.logits_max = float32(50, 50, (n, 540, 1))
        s.logits_sum = float32(51, 51, (n, 540, 1))
        s.probabilities = s.logits
        s.h7 = float32(52, 62, (n, 12, 12, 12))
        s.h11 = float32(57, 62, (n, 6, 6, 12))
        s.prediction = float32(62, 62, (n, 540, 4))
        s.conv = [SimpleNamespace() for _ in range(2)]
        for b, at in zip(s.conv, _PREDICT_CONV, strict=True):
            b.h = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.z_columns = float32(at.v, at.v + 1, (at.c, at.d, at.d, 3, 3, at.b))
            b.z_padded = float32(at.v + 1, at.v + 1, (at.c, at.e, at.e, at.b))
            b.z = float32(at.v - 1, at.v + 6, (n, at.d, at.d, at.f))
        s.conv_2 = [SimpleNamespace() for _ in range(4)]
        for b, at in zip(s.conv_2, _PREDICT_CONV_2, strict=True):
            b.h = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.z_inputs = float32(at.u - 2, at.u, (6, at.c, at.d, at.e, at.b))
            b.z_filters = float32(at.u - 1, at.u, (6, at.f, at.g))
            b.z_products = float32(at.u, at.u, (6, at.c, at.d, at.a, at.g))
            b.z = float32(at.u - 3, at.v, (n, at.a, at.a, at.g))
        s.batch_norm = [SimpleNamespace() for _ in range(7)]
        for b, at in zip(s.batch_norm, _PREDICT_BATCH_NORM, strict=True):
            b.z = b.z_norm = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.z_inv_std = b.times = float32(at.v, at.w, (at.b,))
        for k in range(2):
            b, at = s.batch_norm[k], _PREDICT_BATCH_NORM[k]
            b.rows = float32(at.t + 4, at.t + 4, (24, at.b))
            b.rows_2 = float32(at.t + 6, at.t + 6, (24, at.b))
            b.rows_3 = float32(at.t + 7, at.t + 7, (24, at.b))
        s.score = [SimpleNamespace() for _ in range(4)]
        for b, at in zip(s.score, _PREDICT_SCORE, strict=True):
            b.h1 = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.h_inputs = float32(at.v, at.v + 2, (6, at.c, at.d, at.e, at.b))
            b.h_filters = float32(at.v + 1, at.v + 2, (6, at.f, at.g))
            b.h_products = float32(at.v + 2, at.v + 2, (6, at.c, at.d, at.a, at.g))
            b.h = float32(at.v - 1, at.w, (n, at.a, at.a, at.g))
            b.b_rows = float32(at.v + 3, at.v + 3, (at.a, at.g))
        self._lay_out(s)
        s.h6_reshape = s.h6.reshape(n, 432, 11)
        s.h10_reshape = s.h10.reshape(n, 108, 11)
        s.logits_max_starts = np.arange(0, 5940 * n, 11)
        s.h7_reshape = s.h7.reshape(n, 432, 4)
        s.h11_reshape = s.h11.reshape(n, 108, 4)
        for k in range(2):
            b, at = s.batch_norm[k], _PREDICT_BATCH_NORM[k]
            b.broadcast_to = np.broadcast_to(
                self._batch_norm_state[k].running_mean,
                (24, at.b),
            )
            b.broadcast_to_2 = np.broadcast_to(b.times, (24, at.b))
            b.broadcast_to_3 = np.broadcast_to(p.batch_norm[k].beta, (24, at.b))
        for k in range(4):
            b, at = s.score[k], _PREDICT_SCORE[k]
            b.b_broadcast_to = np.broadcast_to(p.score[k].b, (at.a, at.g))
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

    @_processors  # threads share its loops over images
    def _forward_loss(self, s, x, labels, targets):
        """The forward pass to the loss."""
        p = self.params
        # what _forward and _forward_loss begin with
        self._common(s, x)

        # softmax_cross_entropy                                     digit_detector.py:71
        # logits_take = (logits - max(logits, axis 2))[labels_position]     (540 * N,)
        # logits_log = log(sum(logits_exp, axis 2))                        (N, 540, 1)
        # logits_minus = log_softmax(logits)[labels]                          (N, 540)
        _row_max(s.logits, s.logits_max_starts, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        labels_reshape = labels.reshape(540 * s.n)
        np.add(labels_reshape, s.row_starts, out=s.labels_position)
        np.take(s.logits_minus_max, s.labels_position, out=s.logits_take, mode="clip")
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=2, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        np.subtract(s.logits_reshape, s.surprise, out=s.logits_minus)

        # digit_detector.py:71
        # sure = exp(logits_minus)                                              (N, 540)
        # focal = square(1 - sure)                                              (N, 540)
        np.exp(s.logits_minus, out=s.sure)
        np.subtract(1.0, s.sure, out=s.focal)
        np.square(s.focal, out=s.focal)

        # softmax_cross_entropy                                     digit_detector.py:71
        # surprise = logits_log - (logits - max(logits, axis 2))[labels]      (N, 540)
        np.subtract(s.surprise, s.logits_reshape, out=s.surprise)

        # focal = square(1 - sure) * surprise            (N, 540)   digit_detector.py:71
        np.multiply(s.focal, s.surprise, out=s.focal)

        # move_1 to move_2                                          digit_detector.py:63
        for k in range(2, 4):
            self._score_forward(s.score[k], p.score[k])

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
        float32 = _buffers(np.float32)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.z1_norm = s.h1 = float32(0, 11, (n, 24, 24, 16))
        s.z1_columns = float32(1, 3, (132, 24, 6, 5, 11, 1))
        s.z1_band = float32(2, 3, (5, 11, 1, 4, 16))
        s.z1_padded = float32(3, 3, (132, 52, 52, 1))
        s.z2_norm = s.h2 = float32(8, 18, (n, 24, 24, 32))
        s.z3_norm = s.h3 = float32(16, 23, (n, 12, 12, 64))
        s.z4_norm = s.h4 = float32(20, 28, (n, 12, 12, 64))
        s.z5_norm = s.h5 = float32(25, 58, (n, 12, 12, 64))
        s.h6 = float32(30, 49, (n, 12, 12, 33))
        s.z8_norm = s.h8 = float32(35, 42, (n, 6, 6, 96))
        s.z9_norm = s.h9 = float32(39, 63, (n, 6, 6, 96))
        s.h10 = float32(44, 49, (n, 6, 6, 33))
        s.logits = s.logits_minus_max = s.logits_exp = float32(49, 53, (n, 540, 11))
        s.logits_max = float32(50, 50, (n, 540, 1))
        s.labels_position = _Buffer(51, 52, np.int64, (540 * n,))
        s.logits_take = float32(52, 54, (540 * n,))
        s.surprise = float32(53, 54, (n, 540))
        s.logits_minus = s.sure = s.focal = s.focal_plus = float32(54, 70, (n, 540))
        s.h7 = float32(55, 65, (n, 12, 12, 12))
        s.h11 = float32(60, 65, (n, 6, 6, 12))
        s.prediction = s.error = s.error_abs = float32(65, 67, (n, 540, 4))
        s.error_minimum = s.error_times_minus = float32(66, 68, (n, 540, 4))
        s.error_times_minimum = float32(67, 67, (n, 540, 4))
        s.error_minus = s.prediction
        s.moved = s.moved_masked = float32(68, 69, (n, 540))
        s.labels_not_equal = _Buffer(69, 71, np.bool_, (n, 540))
        s.loss = float32(70, 72, ())
        s.things = float32(71, 72, (n, 540))
        s.count = float32(72, 72, ())
        s.conv = [SimpleNamespace() for _ in range(2)]
        for b, at in zip(s.conv, _LOSS_CONV, strict=True):
            b.h = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.z_columns = float32(at.v, at.v + 1, (at.c, at.d, at.d, 3, 3, at.b))
            b.z_padded = float32(at.v + 1, at.v + 1, (at.c, at.e, at.e, at.b))
            b.z = float32(at.v - 1, at.v + 6, (n, at.d, at.d, at.f))
        s.conv_2 = [SimpleNamespace() for _ in range(4)]
        for b, at in zip(s.conv_2, _LOSS_CONV_2, strict=True):
            b.h = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.z_inputs = float32(at.u - 2, at.u, (6, at.c, at.d, at.e, at.b))
            b.z_filters = float32(at.u - 1, at.u, (6, at.f, at.g))
            b.z_products = float32(at.u, at.u, (6, at.c, at.d, at.a, at.g))
            b.z = float32(at.u - 3, at.v, (n, at.a, at.a, at.g))
        s.batch_norm = [SimpleNamespace() for _ in range(7)]
        for b, at in zip(s.batch_norm, _LOSS_BATCH_NORM, strict=True):
            b.z = b.z_norm = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.z_inv_std = b.times = float32(at.v, at.w, (at.b,))
        for k in range(2):
            b, at = s.batch_norm[k], _LOSS_BATCH_NORM[k]
            b.rows = float32(at.t + 4, at.t + 4, (24, at.b))
            b.rows_2 = float32(at.t + 6, at.t + 6, (24, at.b))
            b.rows_3 = float32(at.t + 7, at.t + 7, (24, at.b))
        s.score = [SimpleNamespace() for _ in range(4)]
        for b, at in zip(s.score, _LOSS_SCORE, strict=True):
            b.h1 = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.h_inputs = float32(at.v, at.v + 2, (6, at.c, at.d, at.e, at.b))
            b.h_filters = float32(at.v + 1, at.v + 2, (6, at.f, at.g))
            b.h_products = float32(at.v + 2, at.v + 2, (6, at.c, at.d, at.a, at.g))
            b.h = float32(at.v - 1, at.w, (n, at.a, at.a, at.g))
            b.b_rows = float32(at.v + 3, at.v + 3, (at.a, at.g))
        self._lay_out(s)
        s.h6_reshape = s.h6.reshape(n, 432, 11)
        s.h10_reshape = s.h10.reshape(n, 108, 11)
        s.logits_max_starts = np.arange(0, 5940 * n, 11)
        s.iota = np.arange(540 * n, dtype=np.int64)
        s.row_starts = s.iota * 11
        s.logits_reshape = s.logits_take.reshape(n, 540)
        s.logits_sum = s.surprise.reshape(n, 540, 1)
        s.logits_log = s.surprise.reshape(n, 540, 1)
        s.h7_reshape = s.h7.reshape(n, 432, 4)
        s.h11_reshape = s.h11.reshape(n, 108, 4)
        for k in range(2):
            b, at = s.batch_norm[k], _LOSS_BATCH_NORM[k]
            b.broadcast_to = np.broadcast_to(
                self._batch_norm_state[k].running_mean,
                (24, at.b),
            )
            b.broadcast_to_2 = np.broadcast_to(b.times, (24, at.b))
            b.broadcast_to_3 = np.broadcast_to(p.batch_norm[k].beta, (24, at.b))
        for k in range(4):
            b, at = s.score[k], _LOSS_SCORE[k]
            b.b_broadcast_to = np.broadcast_to(p.score[k].b, (at.a, at.g))
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

    def _score_backward_2(self, s):
        """Backward, one of 4: score_1 to move_2."""
        # A = 6, 12; B = 96, 64
        # score                                                     digit_detector.py:63
        # d_h_conv = conv(d_h, W_transpose)                                 (N, A, A, B)
        np.copyto(s.W_copy, s.W_transpose)
        _conv_winograd_columns(
            s.d_h,
            s.W_copy,
            (s.d_h_conv_inputs, s.d_h_conv_filters, s.d_h_conv_products),
            4,
            out=s.d_h_conv,
            low=(1, 1),
        )

    def _score_backward(self, s, d):
        """Backward, one of 4: score_1 to move_2."""
        # A = 12, 33
        # score                                                     digit_detector.py:63
        # d_b = sum(reshape(d_error_copy, (N, 6, 6, A)), axes 0, 1, 2)              (A,)
        # d_W = patches(h1)^T reshape(d_error_copy, (N, 6, 6, A))          (3, 3, 96, A)
        s.d_h.sum(axis=(0, 1, 2), out=d.b)
        _conv_weight_winograd_columns(
            s.h1,
            s.d_h,
            (s.d_W_inputs, s.d_W_given, s.d_W_part, s.d_W_sums, s.d_W_total),
            4,
            out=d.W,
            low=(1, 1),
        )

    def _score_forward(self, s, p):
        """Forward, one of 4: score_1 to move_2."""
        # A = 12, 6; B = 33, 12
        # score: h = conv(h1, W) + b                 (N, A, A, B)   digit_detector.py:63
        _conv_winograd_columns(
            s.h1,
            p.W,
            (s.h_inputs, s.h_filters, s.h_products),
            4,
            out=s.h,
            low=(1, 1),
        )
        np.copyto(s.b_rows, s.b_broadcast_to)
        np.add(s.h, s.b_rows, out=s.h)

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

    def _batch_norm_statistics_2(self, s, stats, state):
        """Statistics, one of 7: stage_1.batch_norm_1 to stage_2.batch_norm_2."""
        # A = 16, 32, 64, 96
        # batch_norm                                                digit_detector.py:51
        # running_mean' = 0.9 * running_mean + 0.1 * z_mean                         (A,)
        # running_var' = 0.9 * running_var + 0.1 * z_unbiased_var                   (A,)
        np.multiply(0.9, state.running_mean, out=state.running_mean)
        np.multiply(0.1, stats.z_mean, out=s.z_mean_times_2)
        np.add(state.running_mean, s.z_mean_times_2, out=state.running_mean)
        np.multiply(0.9, state.running_var, out=state.running_var)
        np.multiply(0.1, stats.z_unbiased_var, out=s.z_unbiased_var_times_2)
        np.add(state.running_var, s.z_unbiased_var_times_2, out=state.running_var)

    def _batch_norm_statistics(self, s, stats):
        """Statistics, one of 7: stage_1.batch_norm_1 to stage_2.batch_norm_2."""
        # A = 576, 144, 36; B = 16, 32, 64, 96
        # batch_norm                                                digit_detector.py:51
        # z_unbiased_var = z_var * (1 + 1 / (A * N - 1))                            (B,)
        np.multiply(
            stats.z_unbiased_var,
            1.0 + 1.0 / (s.size * s.n - 1),
            out=stats.z_unbiased_var,
        )

    def _batch_norm_backward_2(self, s, p, d):
        """Backward, one of 5: stage_1.batch_norm_3 to stage_2.batch_norm_2."""
        # A = 36, 144; B = 96, 64; C = 6, 12
        # batch_norm                                                digit_detector.py:51
        # d_beta = sum over A * N of reshape(d_z_norm, (A * N, B))                  (B,)
        # d_gamma = sum over A * N of d_z_norm_reshape_2                            (B,)
        # d_z = z_inv_std * gamma                                           (N, C, C, B)
        #     * (d_z_norm - d_beta / (A * N) - z_hat * d_gamma / (A * N))
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

    def _batch_norm_backward(self, s, p, d):
        """Backward, one of 2: stage_1.batch_norm_1 to stage_1.batch_norm_2."""
        # A = 32, 16
        # batch_norm                                                digit_detector.py:51
        # d_beta = sum over 576 * N of reshape(d_z_norm, (576 * N, A))              (A,)
        # d_gamma = sum over 576 * N of d_z_norm_reshape_2                          (A,)
        # d_z = (z_inv_std * gamma)                                       (N, 24, 24, A)
        #     * (d_z_norm - (d_beta / (576 * N)) - z_hat * (d_gamma / (576 * N)))
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

    def _conv_2_backward(self, s, d):
        """Backward, one of 4: stage_1.conv_2 to stage_2.conv_2."""
        # A = 96, 64, 16; B = 96, 64, 32; C = 6, 12, 24
        # conv_2                                                    digit_detector.py:48
        # d_W = patches(h)^T d_z                                            (3, 3, A, B)
        # d_h = conv(d_z, transpose(W[::-1, ::-1], (0, 1, 3, 2)))           (N, C, C, A)
        _conv_weight_winograd_columns(
            s.h,
            s.d_z,
            (s.d_W_inputs, s.d_W_given, s.d_W_part, s.d_W_sums, s.d_W_total),
            4,
            out=d.W,
            low=(1, 1),
        )
        np.copyto(s.W_copy, s.W_transpose)
        _conv_winograd_columns(
            s.d_z,
            s.W_copy,
            (s.d_h_inputs, s.d_h_filters, s.d_h_products),
            4,
            out=s.d_h,
            low=(1, 1),
        )

    def _conv_2_forward(self, s, p):
        """Forward, one of 4: stage_1.conv_2 to stage_2.conv_2."""
        # A = 24, 12, 6; B = 32, 64, 96
        # conv_2: z = conv(h, W)                     (N, A, A, B)   digit_detector.py:48
        _conv_winograd_columns(
            s.h,
            p.W,
            (s.z_inputs, s.z_filters, s.z_products),
            4,
            out=s.z,
            low=(1, 1),
        )

    def _conv_forward(self, s, p):
        """Forward, one of 2: stage_1.conv_3 to stage_2.conv_1."""
        # A = 12, 6; B = 64, 96
        # conv: z = conv(h, W)                       (N, A, A, B)   digit_detector.py:48
        _conv_im2col(
            s.h,
            p.W,
            (s.z_columns, s.z_padded),
            out=s.z,
            low=(1, 1),
            strides=(2, 2),
        )

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


def _before(names, end, *others):
    """What stands before that end in the names that have it, but for some others."""
    return [name.removesuffix(end) for name in _ending(names, end, *others)]


def _buffers(dtype):
    """A function for buffers of that type."""

    def buffer(first, last, shape):
        return _Buffer(first, last, dtype, shape)

    return buffer


def _conv_col2im(g, w, rooms, out, low=(), strides=(1, 1, 1), dilation=(1, 1, 1)):
    """What a convolution passes back to its images, given g for its result.

    dx[n, i s + k d - low, c] += sum over o of g[n, i, o] w[k, c, o]: one product gives
    what comes back to every patch, and patches are added up where they overlap.
    """
    columns, padded = rooms
    images, kernel, (inner, filters) = len(columns), w.shape[:-2], w.shape[-2:]
    groups = out.shape[-1] // inner
    w = w.reshape(-1, groups, filters // groups)
    inside = [slice(a, a + n) for a, n in zip(low, out.shape[1:-1])]

    def work(blocks, columns, padded):
        for some in blocks:
            given = g[some]
            total = out[some] if padded is None else padded[: len(given)]
            total.fill(0)
            matrix = columns[: len(given)]
            given = given.reshape(-1, groups, filters // groups)
            for k in range(groups):
                np.matmul(given[:, k], w[:, k].T, out=matrix.reshape(len(given), -1))
                channels = total[..., k * inner : (k + 1) * inner]
                for position, part in _slides(channels, kernel, strides, dilation):
                    part += matrix[(..., *position, slice(None))]
            if padded is not None:
                out[some] = total[(slice(None), *inside)]

    _share(work, len(g), images, columns, padded)


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


def _ending(names, end, *others):
    """The names that end so, but for some others."""
    return [name for name in names if name.endswith(end) and name not in others]


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


def _row_max(x, starts, out):
    """The largest element of each row: of many short ones, found sooner than by x.max."""
    np.maximum.reduceat(x.reshape(-1), starts, out=out.reshape(-1))


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


def _side_by_side(rows, size):
    """Overlapping pieces of rows (n, T, W, C), as a view (n, pieces, T, size).

    One piece begins at each column, and takes as many columns as have `size` elements.
    """
    n, count, width, channels = rows.shape
    shape = (n, width - size // channels + 1, count, size)
    steps = (rows.strides[0], rows.strides[2], rows.strides[1], rows.strides[3])
    return np.ndarray(shape, rows.dtype, rows, strides=steps)


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
