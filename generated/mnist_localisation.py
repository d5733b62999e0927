"""mnist_localisation: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Inputs     x   float32 (N, 32, 32, 1)
Targets    digit   int64 (N,)
           box   float32 (N, 4)
Outputs    logits   float32 (N, 10)
           box   float32 (N, 4)
           evidence   float32 (N, 16, 16)
Parameters 51,834 in 20 arrays
Optimiser  Adam(cosine(0.003, 1000, floor=1e-05), epsilon=0.0001)

    from mnist_localisation import MnistLocalisation

    m = MnistLocalisation(seed=0)
    loss = m.train_step(x, digit, box)
    m.predict(x)

As a script (the arrays of data.npz are called as above):

    python mnist_localisation.py train data.npz --epochs 10
    python mnist_localisation.py predict data.npz
"""

import builtins
import contextvars
import ctypes
import functools
import math
import mmap
import os
import pickle
import re
import select
import signal
import threading
import warnings
import weakref
from contextlib import ContextDecorator, nullcontext, suppress
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
batch_norm_1. running_{mean,var}=16 ; 2..4: batch_norm_#. running_{mean,var}=32 ;
  batch_norm_5. running_{mean,var}=64 ;
"""
_STATES_INT64 = """
adam.step=
"""
_PARAMS = """
conv_1.W=3,3,1,16 batch_norm_1. {gamma,beta}=16 ; conv_2.W=3,3,16,32 2,3:
  batch_norm_#.{gamma,beta}=32 conv_#+1.W=3,3,32,32 ; batch_norm_4. {gamma,beta}=32 ;
  conv_5.W=3,3,32,64 batch_norm_5. {gamma,beta}=64 ; what. dense_1.W=64,128
  dense_1.b=128 dense_2.W=128,10 dense_2.b=10 ; edges.W=1,1,64,4
"""
_STATS = """
z1_mean=16 z1_unbiased_var=16 2..4: z#_{mean,unbiased_var}=32 ; z5_mean=64
  z5_unbiased_var=64
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


class _Worker:
    """A forked process that computes parts of batches with a model as it was then.

    There, what the model keeps and its gradients lie in memory that both processes see.
    """

    def __init__(self, model, keeps):
        self.kept = []
        for group in (vars(getattr(model, name)) for name in keeps):
            self.kept += [group["flat"]] if "flat" in group else group.values()
        self.seen = [_seen_by_both(a) for a in self.kept]
        self.gradients = _seen_by_both(model.grads.flat)
        self.parent, (self.line, other) = os.getpid(), _lines()
        try:
            with warnings.catch_warnings():  # of forks beside threads: a worker waits for none
                warnings.simplefilter("ignore", DeprecationWarning)
                self.child = os.fork()
        except OSError:
            self.line.close()
            raise
        finally:
            if self.parent == os.getpid():
                other.close()
        if not self.child:
            try:
                self.line.close()
                _move(model, [*zip(self.kept, self.seen), (model.grads.flat, self.gradients)])
                self.kept.clear()
                self.work(model, other)
            finally:
                os._exit(0)
        self.end = weakref.finalize(self, _end, self.child, self.parent, self.line)

    def is_alive(self):
        """Whether it is a process of this one that still runs."""
        if self.parent != os.getpid():
            return False
        with suppress(ChildProcessError):
            return os.waitpid(self.child, os.WNOHANG)[0] == 0
        return False

    def start(self, *task):
        """Let it compute a part, as `work` takes it, with the parameters of now."""
        for seen, a in zip(self.seen, self.kept):
            np.copyto(seen, a)
        self.line.say(task)

    def work(self, model, line):
        """Compute part after part, in the process, until the one that forked is gone."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # the other process ends this one
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
        _processors.__init__()
        _blas("num_threads")[1](1)
        for buffers in vars(model).values():
            if isinstance(buffers, dict):
                buffers.clear()
        model._arena = np.empty(0, dtype=np.uint8)
        while True:
            while not line.soon() and not line.ready.poll(10_000):
                if os.getppid() != self.parent:
                    return
            task = pickle.load(line.listen())
            try:
                batch, weight, slots, phase, model._examples, join, errors = task
                model._part = weight, [], line
                with np.errstate(**errors):
                    s = getattr(model, slots)(*batch)
                    result = getattr(model, phase)(s, *batch)
                if join == "mean":
                    np.multiply(self.gradients, weight, out=self.gradients)
                line.say(result)
            except BaseException as error:
                kinds = [kind.__name__ for kind in type(error).__mro__]
                line.say((kinds, str(error)), sign=b"-")


class _Line:
    """What another process says and is told, in turns."""

    def __init__(self, read, tell):
        self.read, self.tell = os.fdopen(read, "rb"), os.fdopen(tell, "wb")
        self.ready = select.poll()
        self.ready.register(read, select.POLLIN)

    def say(self, value, sign=b"+"):
        """Tell the other process something, or bytes as they are."""
        data = value if isinstance(value, bytes) else pickle.dumps(value, protocol=5)
        self.tell.write(sign + data)
        self.tell.flush()

    def soon(self):
        """Whether the other process says something within 2 ms, for which this one stays awake.

        To be woken can take half of that, and as much of the other's time.
        """
        return any(self.ready.poll(0) for _ in range(4000))

    def listen(self):
        """The file to read what the other process says; what it has raised is raised."""
        self.soon()
        sign = self.read.read(1)
        if sign == b"-":
            kinds, text = pickle.load(self.read)
            known = {**vars(builtins), **globals()}
            raise next(known[kind] for kind in kinds if kind in known)(text)
        if not sign:
            raise RuntimeError("a process that had a part of the batch is gone")
        return self.read

    def close(self):
        """Say and listen no more."""
        self.read.close()
        self.tell.close()


def _lines():
    """The two ends of a line between two processes."""
    (read, tell), (other_read, other_tell) = os.pipe(), os.pipe()
    return _Line(read, other_tell), _Line(other_read, tell)


def _seen_by_both(array):
    """Memory for such an array, which a forked process sees too."""
    memory = mmap.mmap(-1, array.nbytes or 1)
    return np.frombuffer(memory, array.dtype, array.size).reshape(array.shape)


def _move(group, moves):
    """Let arrays in a group, and in those in it, that lie in some memory lie in other memory."""
    for name, a in vars(group).items():
        if isinstance(a, np.ndarray):
            for old, new in moves:
                if np.may_share_memory(a, old):
                    start = a.ctypes.data - old.ctypes.data
                    setattr(group, name, np.ndarray(a.shape, a.dtype, new, start, a.strides))
        for part in a if isinstance(a, list) else [a]:
            if isinstance(part, (SimpleNamespace, _Views)):
                _move(part, moves)


def _end(child, parent, line):
    """End a process that this one has forked."""
    with suppress(OSError):
        if parent == os.getpid() and os.waitpid(child, os.WNOHANG)[0] == 0:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
    with suppress(OSError):
        line.close()


_processors = _Team()


# In what the buffers of the places of a block differ: the moments that need them, and sizes.
_TRAIN_CONV = _rows("""
t 19..41/11   u 149..115/-17   v 128 111 95   w 161 148 131   a 40x2 27   b 32x2 64
c 14x2 7   d 40x2 26   e 96x2 192
""")
_TRAIN_BATCH_NORM = _rows("""
t 0 11 21 32x2   u 168 155 138 121x2   v 4 14 25 36x2   w 174..182/2   a 1024 256x4
x 159 145 128 111x2   y 173 161 148 131x2   b 32 16x4   c 16 32x3 64
""")
_PREDICT_CONV = _rows("t 8 15 23   u 18..34/8   v 26 34 63   a 40x2 27   b 32x2 64")
_PREDICT_BATCH_NORM = _rows("""
t 0 8 15 23x2   u 10..26/8 34x2   v 5 12 20 28x2   a 32 16x4   b 16 32x4
""")
_LOSS_CONV = _rows("t 8 15 23   u 18..34/8   v 26 34 45   a 40x2 27   b 32x2 64")


class MnistLocalisation:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "mnist_localisation"
    FINGERPRINT = "92596e716306e2cf"
    INPUTS = {"x": ("float32", ("N", 32, 32, 1))}
    TARGETS = {"digit": ("int64", ("N",)), "box": ("float32", ("N", 4))}
    OUTPUTS = {
        "logits": ("float32", ("N", 10)),
        "box": ("float32", ("N", 4)),
        "evidence": ("float32", ("N", 16, 16)),
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
        self.params = _Views(_vector(51834, np.float32), _shapes(_PARAMS))
        self.grads = _Views(_vector(51834, np.float32), self.params.shapes)
        self.stats = _Views(_vector(352, np.float32), _shapes(_STATS))
        self.momentum = _Views(_vector(51834, np.float32), self.params.shapes)
        self.squares = _Views(_vector(51834, np.float32), self.params.shapes)
        self.state = SimpleNamespace(
            **_zeros(np.float32, _STATES_FLOAT32),
            **_zeros(np.int64, _STATES_INT64),
        )
        places = _series("conv_#", "3..5")
        self.params.conv = _parts(self.params, places)
        self.grads.conv = _parts(self.grads, places)
        places = _series("batch_norm_#", "1..5")
        self.stats.batch_norm = _named(
            self.stats,
            z_mean=_series("z#_mean", "1..5"),
            z_unbiased_var=_series("z#_unbiased_var", "1..5"),
        )
        self.grads.batch_norm = _parts(self.grads, places)
        self.params.batch_norm = _parts(self.params, places)
        self._batch_norm_state = _parts(self.state, places)
        self._arena = np.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._predict = {}  # buffers by the arguments' shapes
        self._loss = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        names = _ending(p.shapes, "_W", "what_dense_2_W", "edges_W")
        every_a = """
        0.47140452 0.11785113 0.083333336x3 0.17677669
        """
        for name, a in zip(names, _numbers(every_a), strict=True):
            array = getattr(p, name)
            noise = rng.standard_normal(array.shape, dtype=np.float32)
            array[...] = noise * a
        for name in _ending(p.shapes, "_gamma"):
            array = getattr(p, name)
            array[...] = 1.0
        what_dense_2_draw = rng.random((128, 10), dtype=np.float32)
        p.what_dense_2_W[...] = what_dense_2_draw * 0.4170288 + -0.2085144
        edges_draw = rng.random((1, 1, 64, 4), dtype=np.float32)
        p.edges_W[...] = edges_draw * 0.59408855 + -0.29704428
        for name in _ending(vars(self.state), "_running_var"):
            array = getattr(self.state, name)
            array[...] = 1.0

    def train_step(self, x, digit, box):
        """One training step on a mini-batch; returns the loss before it.

        x: float32 (N, 32, 32, 1)
        digit: int64 (N,)
        box: float32 (N, 4)
        """
        s, loss = self._backward_in_parts(x, digit, box)
        self._update(s)
        return loss

    def gradients(self, x, digit, box):
        """The gradients of the loss, as training sees it: dropout is on.

        x: float32 (N, 32, 32, 1)
        digit: int64 (N,)
        box: float32 (N, 4)
        """
        self._backward_in_parts(x, digit, box)
        d = self.grads
        return {
            name: getattr(d, attribute).copy()
            for name, (group, attribute) in self.STATES.items()
            if group == "params"
        }

    def _backward_in_parts(self, x, digit, box):
        """_backward, by a process for each part of N if that is large.

        Parts meet where they need sums over all of it (see _meet).
        The gradients are the means of those of the parts.
        Returns the buffers of the first part, and the results.
        """
        return _in_parts(
            self,
            type(self)._train_slots,
            type(self)._backward,
            [x, digit, box],
            axes=[0, 0, 0],
            joins=["mean", "mean"],
            least=9,
            keeps=["params"],
        )

    @_processors  # threads share its loops over images
    def _backward(self, s, x, digit, box):
        """Forward and backward: the loss; the gradients go to self.grads."""
        p, d, stats = self.params, self.grads, self.stats
        # ---- forward -----------------------------------------------------------------
        # conv_1: z1 = conv(x, W)             (N, 32, 32, 16)   mnist_localisation.py:39
        _conv_winograd_columns(
            x,
            p.conv_1_W,
            (s.z1_inputs, s.z1_filters, s.z1_products),
            4,
            out=s.z1,
            low=(1, 1),
        )

        # batch_norm_1                                          mnist_localisation.py:40
        self._batch_norm_forward(s.batch_norm[0], stats.batch_norm[0])

        # relu_1: h1 = relu(z1_norm)          (N, 32, 32, 16)   mnist_localisation.py:40
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # conv_2: z2 = conv(h1, W)            (N, 16, 16, 32)   mnist_localisation.py:39
        _conv_im2col(
            s.h1,
            p.conv_2_W,
            (s.z2_columns, s.z2_padded),
            out=s.z2,
            low=(1, 1),
            strides=(2, 2),
        )

        # batch_norm_2                                          mnist_localisation.py:40
        self._batch_norm_forward(s.batch_norm[1], stats.batch_norm[1])

        # relu_2: h2 = relu(z2_norm)          (N, 16, 16, 32)   mnist_localisation.py:40
        np.clip(s.z2_norm, 0.0, np.inf, out=s.h2)

        # conv_3                                                mnist_localisation.py:39
        self._conv_forward(s.conv[0], p.conv[0])

        # batch_norm_3                                          mnist_localisation.py:40
        self._batch_norm_forward(s.batch_norm[2], stats.batch_norm[2])

        # relu_3: h3 = relu(z3_norm)          (N, 16, 16, 32)   mnist_localisation.py:40
        np.clip(s.z3_norm, 0.0, np.inf, out=s.h3)

        # conv_4                                                mnist_localisation.py:39
        self._conv_forward(s.conv[1], p.conv[1])

        # batch_norm_4                                          mnist_localisation.py:40
        self._batch_norm_forward(s.batch_norm[3], stats.batch_norm[3])

        # relu_4: h4 = relu(z4_norm)          (N, 16, 16, 32)   mnist_localisation.py:40
        np.clip(s.z4_norm, 0.0, np.inf, out=s.h4)

        # conv_5                                                mnist_localisation.py:39
        self._conv_forward(s.conv[2], p.conv[2])

        # batch_norm_5                                          mnist_localisation.py:40
        # z5_mean = mean(z5, axes 0, 1, 2)                                       (64,)
        # z5_var = mean(square(z5 - z5_mean), axes 0, 1, 2)                      (64,)
        # z5_inv_std = 1 / sqrt(z5_var + 1e-05)                                  (64,)
        # z5_hat = (z5 - mean) / sqrt(var + 1e-05)                     (N, 16, 16, 64)
        # z5_norm = z5_hat * gamma + beta                              (N, 16, 16, 64)
        np.dot(s.ones_2, s.z5_reshape, out=stats.z5_mean)
        np.divide(stats.z5_mean, 256 * s.n, out=stats.z5_mean)
        _meet(self, "mean", stats.z5_mean)
        np.subtract(s.z5, stats.z5_mean, out=s.z5_hat)
        np.square(s.z5_hat, out=s.z5_hat_square)
        np.dot(s.ones_2, s.z5_hat_reshape, out=stats.z5_unbiased_var)
        np.divide(stats.z5_unbiased_var, 256 * s.n, out=stats.z5_unbiased_var)
        _meet(self, "mean", stats.z5_unbiased_var)
        np.add(stats.z5_unbiased_var, 1e-05, out=s.z5_inv_std)
        np.sqrt(s.z5_inv_std, out=s.z5_inv_std)
        np.divide(1.0, s.z5_inv_std, out=s.z5_inv_std)
        np.multiply(s.z5_hat, s.z5_inv_std, out=s.z5_hat)
        np.multiply(s.z5_hat, p.batch_norm_5_gamma, out=s.z5_norm)
        np.add(s.z5_norm, p.batch_norm_5_beta, out=s.z5_norm)

        # relu_5: h5 = relu(z5_norm)          (N, 16, 16, 64)   mnist_localisation.py:40
        np.clip(s.z5_norm, 0.0, np.inf, out=s.h5)

        # what.global_max_pool_1: h5_pooled = max(h5, axes 1, 2)           (N, 64)   :41
        s.h5.max(axis=(1, 2), out=s.h5_pooled)

        # what.dense_1                                          mnist_localisation.py:41
        # z7 = h5_pooled W + b                                                (N, 128)
        # h7 = relu(z7)                                                       (N, 128)
        np.dot(s.h5_pooled, p.what_dense_1_W, out=s.z7)
        np.add(s.z7, p.what_dense_1_b, out=s.z7)
        np.clip(s.z7, 0.0, np.inf, out=s.h7)

        # what.dense_2: logits = h7 W + b             (N, 10)   mnist_localisation.py:41
        np.dot(s.h7, p.what_dense_2_W, out=s.logits)
        np.add(s.logits, p.what_dense_2_b, out=s.logits)

        # softmax_cross_entropy                                 mnist_localisation.py:43
        # loss = mean(-log_softmax(logits)[digit])                                  ()
        # logits_exp = exp(logits - max(logits, axis 1))                       (N, 10)
        # logits_sum = sum(exp(logits - max(logits, axis 1)), axis 1)           (N, 1)
        # digit_position = row_starts + digit                                     (N,)
        s.logits.max(axis=1, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=1, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        np.add(digit, s.row_starts, out=s.digit_position)
        np.take(s.logits_minus_max, s.digit_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape, s.logits_take, out=s.logits_minus_take)
        s.logits_minus_take.sum(out=s.loss)
        np.divide(s.loss, s.n, out=s.loss)

        # edges: h5_product = reshape(h5, (256 * N, 64)) W            (256 * N, 4)   :41
        np.dot(s.h5_reshape, s.edges_W_reshape, out=s.h5_product)

        # mnist_localisation.py:42
        # h6_over_sum = softmax(reshape(h6[:, :, :, :2], (N, 256, 2)))       (N, 256, 2)
        # h6_over_sum_3 = softmax(reshape(h6[:, :, :, 2:], (N, 256, 2)))     (N, 256, 2)
        # h6_concat = [h6_reshape_2; h6_reshape_4; h6_reshape_5; h6_reshape_6]    (N, 4)
        np.copyto(s.h6_copy, s.h6_slice)
        s.h6_reshape.max(axis=1, keepdims=True, out=s.h6_max)
        np.subtract(s.h6_reshape, s.h6_max, out=s.h6_minus_max)
        np.exp(s.h6_minus_max, out=s.h6_exp)
        s.h6_exp.sum(axis=1, keepdims=True, out=s.h6_sum)
        np.divide(s.h6_exp, s.h6_sum, out=s.h6_over_sum)
        np.multiply(s.h6_over_sum, s.iota_2_reshape, out=s.h6_times)
        s.h6_times.sum(axis=1, out=s.h6_sum_2)
        np.add(s.h6_slice_2, s.h6_slice_3, out=s.h6_plus_slice_3)
        np.divide(s.h6_plus_slice_3, 2.0, out=s.h6_over)
        np.copyto(s.h6_copy_2, s.h6_slice_4)
        s.h6_reshape_3.max(axis=1, keepdims=True, out=s.h6_max_2)
        np.subtract(s.h6_reshape_3, s.h6_max_2, out=s.h6_minus_max_2)
        np.exp(s.h6_minus_max_2, out=s.h6_exp_2)
        s.h6_exp_2.sum(axis=1, keepdims=True, out=s.h6_sum_3)
        np.divide(s.h6_exp_2, s.h6_sum_3, out=s.h6_over_sum_3)
        np.multiply(s.h6_over_sum_3, s.iota_3_reshape, out=s.h6_times_2)
        s.h6_times_2.sum(axis=1, out=s.h6_sum_4)
        np.add(s.h6_slice_5, s.h6_slice_6, out=s.h6_plus_slice_6)
        np.divide(s.h6_plus_slice_6, 2.0, out=s.h6_over_2)
        np.subtract(s.h6_slice_3, s.h6_slice_2, out=s.h6_minus_slice_2)
        np.subtract(s.h6_slice_6, s.h6_slice_5, out=s.h6_minus_slice_5)
        np.concatenate(
            (s.h6_reshape_2, s.h6_reshape_4, s.h6_reshape_5, s.h6_reshape_6),
            axis=1,
            out=s.h6_concat,
        )

        # absolute_error                                        mnist_localisation.py:43
        # loss_2                                                                    ()
        # h6_minus = h6_concat - box                                            (N, 4)
        np.subtract(s.h6_concat, box, out=s.h6_minus)
        np.abs(s.h6_minus, out=s.h6_abs)
        s.h6_abs.sum(out=s.loss_2)
        np.divide(s.loss_2, 4 * s.n, out=s.loss_2)

        # loss = mean(-log_softmax(logits)[digit]) + 20 * loss_2                ()   :43
        np.multiply(20.0, s.loss_2, out=s.loss_times_2)
        np.add(s.loss, s.loss_times_2, out=s.loss)

        # ---- backward ----------------------------------------------------------------
        # absolute_error: h6_times_sign = 20 / (4 * N) * sign(h6_minus)     (N, 4)   :43
        np.sign(s.h6_minus, out=s.h6_sign)
        np.multiply(20.0 / (4 * s.n), s.h6_sign, out=s.h6_times_sign)

        # d_h6 = [h6_reshape_10; h6_reshape_14]                     (N, 16, 16, 4)   :42
        np.divide(s.h6_reshape_8, 2.0, out=s.h6_over_3)
        np.add(s.h6_reshape_7, s.h6_over_3, out=s.h6_plus_over_3)
        s.h6_unslice.fill(0)
        s.h6_unslice[:, 1] = s.h6_plus_over_3
        np.subtract(s.h6_over_3, s.h6_reshape_7, out=s.h6_minus_2)
        s.h6_unslice_2.fill(0)
        s.h6_unslice_2[:, 0] = s.h6_minus_2
        np.add(s.h6_unslice, s.h6_unslice_2, out=s.h6_plus)
        np.multiply(s.h6_reshape_9, s.iota_2_reshape, out=s.h6_times_3)
        np.multiply(s.h6_times_3, s.h6_over_sum, out=s.h6_times_over_sum)
        s.h6_times_over_sum.sum(axis=1, keepdims=True, out=s.h6_sum_5)
        np.subtract(s.h6_times_3, s.h6_sum_5, out=s.h6_minus_sum_5)
        np.multiply(s.h6_over_sum, s.h6_minus_sum_5, out=s.h6_times_4)
        np.divide(s.h6_reshape_12, 2.0, out=s.h6_over_4)
        np.add(s.h6_reshape_11, s.h6_over_4, out=s.h6_plus_over_4)
        s.h6_unslice_3.fill(0)
        s.h6_unslice_3[:, 1] = s.h6_plus_over_4
        np.subtract(s.h6_over_4, s.h6_reshape_11, out=s.h6_minus_3)
        s.h6_unslice_4.fill(0)
        s.h6_unslice_4[:, 0] = s.h6_minus_3
        np.add(s.h6_unslice_3, s.h6_unslice_4, out=s.h6_plus_2)
        np.multiply(s.h6_reshape_13, s.iota_3_reshape, out=s.h6_times_5)
        np.multiply(s.h6_times_5, s.h6_over_sum_3, out=s.h6_times_6)
        s.h6_times_6.sum(axis=1, keepdims=True, out=s.h6_sum_6)
        np.subtract(s.h6_times_5, s.h6_sum_6, out=s.h6_minus_sum_6)
        np.multiply(s.h6_over_sum_3, s.h6_minus_sum_6, out=s.h6_times_7)
        np.concatenate((s.h6_reshape_10, s.h6_reshape_14), axis=3, out=s.d_h6)

        # edges                                                 mnist_localisation.py:41
        # h5_product_2 = h5_reshape^T d_h6_reshape                             (64, 4)
        np.dot(s.h5_reshape.T, s.d_h6_reshape, out=s.h5_product_2)

        # softmax_cross_entropy                                 mnist_localisation.py:43
        # d_logits = (softmax(logits) - onehot(digit)) / N                     (N, 10)
        np.divide(s.logits_exp, s.logits_sum, out=s.d_logits)
        _add_elements(s.d_logits, s.digit_position, s.minus_ones)
        np.divide(s.d_logits, s.n, out=s.d_logits)

        # what.dense_2                                          mnist_localisation.py:41
        # d_b = sum over N of d_logits                                           (10,)
        # d_W = h7^T d_logits                                                (128, 10)
        # d_h7 = d_logits W^T                                                 (N, 128)
        np.dot(s.ones_3, s.d_logits, out=d.what_dense_2_b)
        np.dot(s.h7.T, s.d_logits, out=d.what_dense_2_W)
        np.dot(s.d_logits, p.what_dense_2_W.T, out=s.d_h7)

        # what.dense_1                                          mnist_localisation.py:41
        # d_z7 = d_h7 * (h7 > 0)                                              (N, 128)
        # d_b = sum over N of d_z7                                              (128,)
        # d_W = h5_pooled^T d_z7                                             (64, 128)
        np.greater(s.h7, 0.0, out=s.h7_mask)
        np.multiply(s.d_h7, s.h7_mask, out=s.d_z7)
        np.dot(s.ones_3, s.d_z7, out=d.what_dense_1_b)
        np.dot(s.h5_pooled.T, s.d_z7, out=d.what_dense_1_W)

        # edges: d_h6_product = reshape(d_h6, (256 * N, 4)) W^T      (256 * N, 64)   :41
        np.dot(s.d_h6_reshape, s.edges_W_reshape.T, out=s.d_h6_product)

        # what.dense_1: d_h5_pooled = d_z7 W^T        (N, 64)   mnist_localisation.py:41
        np.dot(s.d_z7, p.what_dense_1_W.T, out=s.d_h5_pooled)

        # what.global_max_pool_1                                mnist_localisation.py:41
        # d_h5 = conv^T(d_h6, edges.W) + d_h5_pooled_masked            (N, 16, 16, 64)
        np.equal(s.h5, s.h5_pooled_reshape, out=s.h5_equal)
        np.copyto(s.h5_cast, s.h5_equal, casting="unsafe")
        s.h5_cast.sum(axis=(1, 2), keepdims=True, out=s.h5_sum)
        np.divide(s.d_h5_pooled_over, s.h5_sum, out=s.d_h5_pooled_over)
        np.multiply(s.d_h5_pooled_over, s.h5_equal, out=s.d_h5_pooled_masked)
        np.add(s.d_h6_reshape_2, s.d_h5_pooled_masked, out=s.d_h5)

        # relu_5: d_z5_norm = d_h5 * (h5 > 0)                      (N, 16, 16, 64)   :40
        np.greater(s.h5, 0.0, out=s.h5_mask)
        np.multiply(s.d_h5, s.h5_mask, out=s.d_z5_norm)

        # batch_norm_5                                          mnist_localisation.py:40
        # d_beta = sum over 256 * N of reshape(d_z5_norm, (256 * N, 64))         (64,)
        # d_gamma = sum over 256 * N of d_z5_norm_reshape_2                      (64,)
        # d_z5 = z5_inv_std * gamma                                    (N, 16, 16, 64)
        #     * (d_z5_norm - d_beta / (256 * N) - z5_hat * d_gamma / (256 * N))
        np.dot(s.ones_2, s.d_z5_norm_reshape, out=d.batch_norm_5_beta)
        np.multiply(s.d_z5_norm, s.z5_hat, out=s.d_z5_norm_times)
        np.dot(s.ones_2, s.d_z5_norm_reshape_2, out=d.batch_norm_5_gamma)
        np.multiply(s.z5_inv_std, p.batch_norm_5_gamma, out=s.z5_inv_std_times)
        _meet(self, "mean", d.batch_norm_5_beta, d.batch_norm_5_gamma)
        np.divide(d.batch_norm_5_beta, 256 * s.n, out=s.d_batch_norm_5_beta_over)
        np.subtract(s.d_z5_norm, s.d_batch_norm_5_beta_over, out=s.d_z5)
        np.divide(d.batch_norm_5_gamma, 256 * s.n, out=s.d_batch_norm_5_gamma_over)
        np.multiply(s.z5_hat, s.d_batch_norm_5_gamma_over, out=s.z5_hat_times)
        np.subtract(s.d_z5, s.z5_hat_times, out=s.d_z5)
        np.multiply(s.z5_inv_std_times, s.d_z5, out=s.d_z5)

        # conv_5                                                mnist_localisation.py:39
        self._conv_backward(s.conv[2], d.conv[2])

        # relu_4: d_z4_norm = d_h4 * (h4 > 0)                      (N, 16, 16, 32)   :40
        np.greater(s.h4, 0.0, out=s.h4_mask)
        np.multiply(s.d_h4, s.h4_mask, out=s.d_z4_norm)

        # batch_norm_4                                          mnist_localisation.py:40
        self._batch_norm_backward(s.batch_norm[3], p.batch_norm[3], d.batch_norm[3])

        # conv_4                                                mnist_localisation.py:39
        self._conv_backward(s.conv[1], d.conv[1])

        # relu_3: d_z3_norm = d_h3 * (h3 > 0)                      (N, 16, 16, 32)   :40
        np.greater(s.h3, 0.0, out=s.h3_mask)
        np.multiply(s.d_h3, s.h3_mask, out=s.d_z3_norm)

        # batch_norm_3                                          mnist_localisation.py:40
        self._batch_norm_backward(s.batch_norm[2], p.batch_norm[2], d.batch_norm[2])

        # conv_3                                                mnist_localisation.py:39
        self._conv_backward(s.conv[0], d.conv[0])

        # relu_2: d_z2_norm = d_h2 * (h2 > 0)                      (N, 16, 16, 32)   :40
        np.greater(s.h2, 0.0, out=s.h2_mask)
        np.multiply(s.d_h2, s.h2_mask, out=s.d_z2_norm)

        # batch_norm_2                                          mnist_localisation.py:40
        self._batch_norm_backward(s.batch_norm[1], p.batch_norm[1], d.batch_norm[1])

        # conv_2                                                mnist_localisation.py:39
        # d_W = patches(h1)^T d_z2                                      (3, 3, 16, 32)
        # d_h1 = conv^T(d_z2, W)                                       (N, 32, 32, 16)
        _conv_weight_im2col(
            s.h1,
            s.d_z2,
            (s.d_conv_2_W_columns, s.d_conv_2_W_part, s.d_conv_2_W_padded),
            out=d.conv_2_W,
            low=(1, 1),
            strides=(2, 2),
        )
        _conv_col2im(
            s.d_z2,
            p.conv_2_W,
            (s.d_h1_columns, s.d_h1_padded),
            out=s.d_h1,
            low=(1, 1),
            strides=(2, 2),
        )

        # relu_1: d_z1_norm = d_h1 * (h1 > 0)                      (N, 32, 32, 16)   :40
        np.greater(s.h1, 0.0, out=s.h1_mask)
        np.multiply(s.d_h1, s.h1_mask, out=s.d_z1_norm)

        # batch_norm_1                                          mnist_localisation.py:40
        self._batch_norm_backward(s.batch_norm[0], p.batch_norm[0], d.batch_norm[0])

        # conv_1: d_W = patches(x)^T d_z1       (3, 3, 1, 16)   mnist_localisation.py:39
        _conv_weight_winograd_columns(
            x,
            s.d_z1,
            (
                s.d_conv_1_W_inputs,
                s.d_conv_1_W_given,
                s.d_conv_1_W_part,
                s.d_conv_1_W_sums,
                s.d_conv_1_W_total,
            ),
            4,
            out=d.conv_1_W,
            low=(1, 1),
        )
        plus = 1.0 + 1.0 / (1024 * self._examples - 1)

        # ---- statistics --------------------------------------------------------------
        # batch_norm_1                                          mnist_localisation.py:40
        # z1_unbiased_var = z1_var * (1 + 1 / (1024 * N - 1))                    (16,)
        np.multiply(stats.z1_unbiased_var, plus, out=stats.z1_unbiased_var)
        plus_2 = 1.0 + 1.0 / (256 * self._examples - 1)

        # batch_norm_2: z2_unbiased_var = z2_var * (1 + 1 / (256 * N - 1))   (32,)   :40
        np.multiply(stats.z2_unbiased_var, plus_2, out=stats.z2_unbiased_var)

        # batch_norm_3: z3_unbiased_var = z3_var * (1 + 1 / (256 * N - 1))   (32,)   :40
        np.multiply(stats.z3_unbiased_var, plus_2, out=stats.z3_unbiased_var)

        # batch_norm_4: z4_unbiased_var = z4_var * (1 + 1 / (256 * N - 1))   (32,)   :40
        np.multiply(stats.z4_unbiased_var, plus_2, out=stats.z4_unbiased_var)

        # batch_norm_5: z5_unbiased_var = z5_var * (1 + 1 / (256 * N - 1))   (64,)   :40
        np.multiply(stats.z5_unbiased_var, plus_2, out=stats.z5_unbiased_var)

        return s.loss[()]

    def _update(self, s):
        """Change the parameters: Adam(cosine(0.003, 1000, floor=1e-05), epsil..."""
        p, d, stats = self.params, self.grads, self.stats
        adam_step = int(self.state.adam_step)
        # ---- update ------------------------------------------------------------------
        # adam                                                  mnist_localisation.py:53
        new_adam_step = adam_step + 1

        # ---- statistics --------------------------------------------------------------
        with _Whole():  # no interruption may leave this half done
            # batch_norm_1 to batch_norm_5                      mnist_localisation.py:40
            for k in range(5):
                self._batch_norm_statistics(
                    s.batch_norm[k],
                    stats.batch_norm[k],
                    self._batch_norm_state[k],
                )

            # ---- update --------------------------------------------------------------
            # adam                                              mnist_localisation.py:53
            #   momentum and squares are without the factor 1 - beta
            # momentum' = 0.9 * momentum + grads                              (51834,)
            # squares' = 0.999 * squares + square(grads)                      (51834,)
            # params' = params                                                (51834,)
            #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
            adam_step_cast = adam_step
            adam_step_times = min(adam_step_cast, 1000.0) * 0.0031415927
            adam_step_times_plus_cos = 0.001495 * (1.0 + math.cos(adam_step_times))
            learning_rate = 1e-05 + adam_step_times_plus_cos
            t = adam_step_cast + 1.0
            c = math.sqrt((1.0 - 0.999**t) / 0.001)
            alpha_t = learning_rate * c * (0.1 / (1.0 - 0.9**t))
            np.multiply(0.9, self.momentum.flat, out=self.momentum.flat)
            np.add(self.momentum.flat, d.flat, out=self.momentum.flat)
            np.multiply(0.999, self.squares.flat, out=self.squares.flat)
            np.square(d.flat, out=s.grads_square)
            np.add(self.squares.flat, s.grads_square, out=self.squares.flat)
            np.sqrt(self.squares.flat, out=s.new_squares_sqrt)
            epsilon_t = 1e-04 * c
            np.add(s.new_squares_sqrt, epsilon_t, out=s.new_squares_plus)
            np.divide(self.momentum.flat, s.new_squares_plus, out=s.new_momentum_over)
            np.multiply(alpha_t, s.new_momentum_over, out=s.alpha_t_times)
            np.subtract(p.flat, s.alpha_t_times, out=p.flat)
            self.state.adam_step[...] = new_adam_step

    def _train_slots(self, x, digit, box):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (x.dtype, x.shape, digit.dtype, digit.shape, box.dtype, box.shape)
            s = self._train[key]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_train(x, digit, box)
        _check_range("digit", digit, 10)
        return s

    def _plan_train(self, x, digit, box):
        """Check the arguments and lay out every buffer for their shapes."""
        p, d, stats = self.params, self.grads, self.stats
        sizes = {}
        _check("x", x, np.float32, ("N", 32, 32, 1), sizes)
        _check("digit", digit, np.int64, ("N",), sizes)
        _check("box", box, np.float32, ("N", 4), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        bool_ = _buffers(np.bool_)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = float32(0, 168, (n, 32, 32, 16))
        s.z1_inputs = float32(1, 3, (6, 40, 8, 34, 1))
        s.z1_filters = float32(2, 3, (6, 3, 16))
        s.z1_products = float32(3, 3, (6, 40, 8, 32, 16))
        s.z1_norm = s.h1 = float32(9, 162, (n, 32, 32, 16))
        s.z2 = float32(11, 155, (n, 16, 16, 32))
        s.z2_columns = float32(12, 13, (28, 16, 16, 3, 3, 16))
        s.z2_padded = float32(13, 13, (28, 34, 34, 16))
        s.z2_norm = s.h2 = float32(19, 149, (n, 16, 16, 32))
        s.z3_norm = s.h3 = float32(30, 132, (n, 16, 16, 32))
        s.z4_norm = s.h4 = float32(41, 115, (n, 16, 16, 32))
        s.z5 = s.z5_hat = s.z5_hat_times = float32(43, 104, (n, 16, 16, 64))
        s.z5_hat_square = float32(47, 47, (n, 16, 16, 64))
        s.z5_inv_std = s.z5_inv_std_times = float32(48, 104, (64,))
        s.z5_norm = s.h5 = float32(49, 101, (n, 16, 16, 64))
        s.h5_pooled = float32(50, 97, (n, 64))
        s.z7 = s.h7 = float32(51, 94, (n, 128))
        s.logits = s.logits_minus_max = float32(52, 58, (n, 10))
        s.logits_max = float32(53, 53, (n, 1))
        s.logits_exp = s.d_logits = float32(54, 93, (n, 10))
        s.logits_sum = float32(55, 92, (n, 1))
        s.logits_minus_take = s.logits_reshape = float32(56, 59, (n,))
        s.digit_position = _Buffer(57, 92, np.int64, (n,))
        s.logits_take = float32(58, 58, (n,))
        s.loss = float32(59, 173, ())
        s.h5_product = float32(60, 67, (256 * n, 4))
        s.h6_minus_max = s.h6_reshape = s.h6_exp = float32(61, 92, (n, 256, 2))
        s.h6_max = float32(62, 62, (n, 1, 2))
        s.h6_sum = float32(63, 63, (n, 1, 2))
        s.h6_over_sum = s.h6_minus_max
        s.h6_times = float32(64, 65, (n, 256, 2))
        s.h6_sum_2 = float32(65, 73, (n, 2))
        s.h6_plus_slice_3 = s.h6_over = float32(66, 75, (n,))
        s.h6_minus_max_2 = s.h6_reshape_3 = s.h6_exp_2 = float32(67, 92, (n, 256, 2))
        s.h6_max_2 = float32(68, 68, (n, 1, 2))
        s.h6_sum_3 = float32(69, 69, (n, 1, 2))
        s.h6_over_sum_3 = s.h6_minus_max_2
        s.h6_times_2 = float32(70, 71, (n, 256, 2))
        s.h6_sum_4 = float32(71, 74, (n, 2))
        s.h6_plus_slice_6 = s.h6_over_2 = float32(72, 75, (n,))
        s.h6_minus_slice_2 = float32(73, 75, (n,))
        s.h6_minus_slice_5 = float32(74, 75, (n,))
        s.h6_concat = s.h6_minus = s.h6_sign = s.h6_times_sign = float32(75, 87, (n, 4))
        s.h6_abs = float32(76, 77, (n, 4))
        s.loss_2 = s.loss_times_2 = float32(77, 77, ())
        s.h6_over_3 = s.h6_minus_2 = float32(78, 81, (n,))
        s.h6_plus_over_3 = float32(79, 80, (n,))
        s.h6_unslice = s.h6_plus = float32(80, 82, (n, 2))
        s.h6_unslice_2 = float32(81, 81, (n, 2))
        s.h6_times_3 = s.h6_minus_sum_5 = float32(82, 84, (n, 256, 2))
        s.h6_times_over_sum = float32(83, 84, (n, 256, 2))
        s.h6_sum_5 = float32(84, 84, (n, 1, 2))
        s.h6_times_4 = s.h6_minus_max
        s.h6_over_4 = s.h6_minus_3 = float32(85, 88, (n,))
        s.h6_plus_over_4 = float32(86, 87, (n,))
        s.h6_unslice_3 = s.h6_plus_2 = float32(87, 89, (n, 2))
        s.h6_unslice_4 = float32(88, 88, (n, 2))
        s.h6_times_5 = s.h6_minus_sum_6 = float32(89, 91, (n, 256, 2))
        s.h6_times_6 = float32(90, 91, (n, 256, 2))
        s.h6_sum_6 = float32(91, 91, (n, 1, 2))
        s.h6_times_7 = s.h6_minus_max_2
        s.d_h6 = float32(92, 95, (n, 16, 16, 4))
        s.d_h7 = s.d_z7 = float32(93, 96, (n, 128))
        s.h7_mask = bool_(94, 94, (n, 128))
        s.d_h5 = s.d_h6_reshape_2 = s.d_z5_norm = float32(95, 114, (n, 16, 16, 64))
        s.d_h5_pooled_over = float32(96, 100, (n, 1, 1, 64))
        s.h5_equal = bool_(97, 100, (n, 16, 16, 64))
        s.h5_cast = float32(98, 99, (n, 16, 16, 64))
        s.h5_sum = float32(99, 99, (n, 1, 1, 64))
        s.d_h5_pooled_masked = float32(100, 100, (n, 16, 16, 64))
        s.h5_mask = bool_(101, 101, (n, 16, 16, 64))
        s.d_z5_norm_times = float32(102, 102, (n, 16, 16, 64))
        s.d_batch_norm_5_beta_over = float32(103, 103, (64,))
        s.d_z5 = s.d_h5
        s.d_batch_norm_5_gamma_over = float32(104, 104, (64,))
        s.d_h4 = s.d_z4_norm = float32(111, 131, (n, 16, 16, 32))
        s.h4_mask = bool_(115, 115, (n, 16, 16, 32))
        s.d_h3 = s.d_z3_norm = float32(128, 148, (n, 16, 16, 32))
        s.h3_mask = bool_(132, 132, (n, 16, 16, 32))
        s.d_h2 = s.d_z2_norm = s.d_z2 = float32(145, 161, (n, 16, 16, 32))
        s.h2_mask = bool_(149, 149, (n, 16, 16, 32))
        s.d_conv_2_W_columns = float32(156, 158, (28, 16, 16, 3, 3, 16))
        s.d_conv_2_W_part = float32(157, 158, (144, 32))
        s.d_conv_2_W_padded = float32(158, 158, (28, 34, 34, 16))
        s.d_h1 = s.d_z1_norm = s.d_z1 = float32(159, 173, (n, 32, 32, 16))
        s.d_h1_columns = float32(160, 161, (28, 16, 16, 3, 3, 16))
        s.d_h1_padded = float32(161, 161, (28, 34, 34, 16))
        s.h1_mask = bool_(162, 162, (n, 32, 32, 16))
        s.d_conv_1_W_inputs = float32(169, 173, (6, 40, 8, 34, 1))
        s.d_conv_1_W_given = float32(170, 173, (6, 40, 8, 32, 16))
        s.d_conv_1_W_part = float32(171, 173, (32, 6, 3, 16))
        s.d_conv_1_W_sums = float32(172, 173, (6, 3, 16))
        s.d_conv_1_W_total = float32(173, 173, (6, 3, 16))
        s.grads_square = float32(184, 184, (51834,))
        s.new_squares_sqrt = s.new_squares_plus = float32(185, 185, (51834,))
        s.new_momentum_over = s.new_squares_sqrt
        s.alpha_t_times = s.new_squares_sqrt
        s.conv = [SimpleNamespace() for _ in range(3)]
        for b, at in zip(s.conv, _TRAIN_CONV, strict=True):
            b.h = float32(at.t, at.u, (n, 16, 16, 32))
            b.z_inputs = float32(at.t + 3, at.t + 5, (6, at.a, 4, 18, 32))
            b.z_filters = float32(at.t + 4, at.t + 5, (6, 96, at.b))
            b.z_products = float32(at.t + 5, at.t + 5, (6, at.a, 4, 16, at.b))
            b.z = float32(at.t + 2, at.u - 11, (n, 16, 16, at.b))
            b.W_copy = float32(at.u - 5, at.u - 1, (3, 3, at.b, 32))
            b.d_z = float32(at.v, at.u - 1, (n, 16, 16, at.b))
            b.d_W_inputs = float32(at.u - 10, at.u - 6, (6, at.a, 4, 18, 32))
            b.d_W_given = float32(at.u - 9, at.u - 6, (6, at.a, 4, 16, at.b))
            b.d_W_part = float32(at.u - 8, at.u - 6, (at.c, 6, 96, at.b))
            b.d_W_sums = float32(at.u - 7, at.u - 6, (6, 96, at.b))
            b.d_W_total = float32(at.u - 6, at.u - 6, (6, 96, at.b))
            b.d_h_inputs = float32(at.u - 3, at.u - 1, (6, at.d, 4, 18, at.b))
            b.d_h_filters = float32(at.u - 2, at.u - 1, (6, at.e, 32))
            b.d_h_products = float32(at.u - 1, at.u - 1, (6, at.d, 4, 16, 32))
            b.d_h = float32(at.u - 4, at.w, (n, 16, 16, 32))
        s.batch_norm = [SimpleNamespace(n=s.n) for _ in range(5)]
        for k in range(4):
            b, at = s.batch_norm[k], _TRAIN_BATCH_NORM[k]
            b.z = b.z_hat = b.z_hat_2 = float32(at.t, at.u, (n, at.b, at.b, at.c))
            b.z_mean_rows = float32(at.v, at.v, (at.b, at.c))
            b.z_hat_square = float32(at.v + 1, at.v + 1, (n, at.b, at.b, at.c))
            b.z_inv_std = b.z_inv_std_times = float32(at.v + 2, at.u - 4, (at.c,))
            b.z_inv_std_rows = float32(at.v + 3, at.v + 3, (at.b, at.c))
            b.gamma_rows = float32(at.v + 4, at.v + 5, (at.b, at.c))
            b.z_norm = float32(at.v + 5, at.u - 6, (n, at.b, at.b, at.c))
            b.beta_rows = float32(at.v + 6, at.v + 6, (at.b, at.c))
            b.z_inv_std_rows_2 = float32(at.u - 4, at.u, (at.b, at.c))
            b.d_beta_over = float32(at.u - 3, at.u - 2, (at.c,))
            b.d_gamma_over = float32(at.u - 1, at.u, (at.c,))
            b.z_hat_times = b.z
            b.d_z_norm = b.d_z = float32(at.x, at.y, (n, at.b, at.b, at.c))
            b.d_z_norm_times = float32(at.u - 5, at.u - 5, (n, at.b, at.b, at.c))
            b.d_beta_rows = float32(at.u - 2, at.u - 2, (at.b, at.c))
            b.d_gamma_rows = float32(at.u, at.u, (at.b, at.c))
        for b, at in zip(s.batch_norm, _TRAIN_BATCH_NORM, strict=True):
            b.z_mean_times_2 = float32(at.w, at.w, (at.c,))
            b.z_unbiased_var_times_2 = float32(at.w + 1, at.w + 1, (at.c,))
        self._lay_out(s)
        self._plan_common(s, n)
        s.ones_2 = np.ones((256 * n,), dtype=np.float32)
        s.z5_reshape = s.z5.reshape(256 * n, 64)
        s.z5_hat_reshape = s.z5_hat_square.reshape(256 * n, 64)
        s.h6_slice_7 = s.h6_times_sign[:, 2:3]
        s.h6_reshape_7 = s.h6_slice_7.reshape(n)
        s.h6_slice_8 = s.h6_times_sign[:, :1]
        s.h6_reshape_8 = s.h6_slice_8.reshape(n)
        s.h6_reshape_9 = s.h6_plus.reshape(n, 1, 2)
        s.h6_reshape_10 = s.h6_times_4.reshape(n, 16, 16, 2)
        s.h6_slice_9 = s.h6_times_sign[:, 3:]
        s.h6_reshape_11 = s.h6_slice_9.reshape(n)
        s.h6_slice_10 = s.h6_times_sign[:, 1:2]
        s.h6_reshape_12 = s.h6_slice_10.reshape(n)
        s.h6_reshape_13 = s.h6_plus_2.reshape(n, 1, 2)
        s.h6_reshape_14 = s.h6_times_7.reshape(n, 16, 16, 2)
        s.d_h6_reshape = s.d_h6.reshape(256 * n, 4)
        s.h5_product_2 = d.edges_W.reshape(64, 4)
        s.minus_ones = np.full((n,), -1.0, dtype=np.float32)
        s.ones_3 = np.ones((n,), dtype=np.float32)
        s.d_h6_product = s.d_h5.reshape(256 * n, 64)
        s.d_h5_pooled = s.d_h5_pooled_over.reshape(n, 64)
        s.h5_pooled_reshape = s.h5_pooled.reshape(n, 1, 1, 64)
        s.d_z5_norm_reshape = s.d_z5_norm.reshape(256 * n, 64)
        s.d_z5_norm_reshape_2 = s.d_z5_norm_times.reshape(256 * n, 64)
        for k in range(3):
            b = s.conv[k]
            b.W_slice = p.conv[k].W[::-1, ::-1]
            b.W_transpose = b.W_slice.transpose(0, 1, 3, 2)
        for k in range(4):
            b, at = s.batch_norm[k], _TRAIN_BATCH_NORM[k]
            b.ones_2 = np.ones((at.a * n,), dtype=np.float32)
            b.z_reshape = b.z.reshape(at.a * n, at.c)
            b.z_mean_broadcast_to = np.broadcast_to(
                stats.batch_norm[k].z_mean,
                (at.b, at.c),
            )
            b.z_hat_reshape = b.z_hat_square.reshape(at.a * n, at.c)
            b.z_inv_std_broadcast_to = np.broadcast_to(b.z_inv_std, (at.b, at.c))
            b.gamma_broadcast_to = np.broadcast_to(p.batch_norm[k].gamma, (at.b, at.c))
            b.beta_broadcast_to = np.broadcast_to(p.batch_norm[k].beta, (at.b, at.c))
            b.z_inv_std_broadcast_to_2 = np.broadcast_to(
                b.z_inv_std_times,
                (at.b, at.c),
            )
            b.beta_broadcast_to_2 = np.broadcast_to(b.d_beta_over, (at.b, at.c))
            b.gamma_broadcast_to_2 = np.broadcast_to(b.d_gamma_over, (at.b, at.c))
            b.d_z_norm_reshape = b.d_z_norm.reshape(at.a * n, at.c)
            b.d_z_norm_reshape_2 = b.d_z_norm_times.reshape(at.a * n, at.c)
            b.size = at.a
        key = (x.dtype, x.shape, digit.dtype, digit.shape, box.dtype, box.shape)
        self._train[key] = s
        return s

    def _plan_common(self, s, n):
        """The views that train and loss have alike."""
        p = self.params
        s.logits_log = s.logits_minus_take.reshape(n, 1)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 10
        s.h5_reshape = s.h5.reshape(256 * n, 64)
        s.edges_W_reshape = p.edges_W.reshape(64, 4)
        s.h6 = s.h5_product.reshape(n, 16, 16, 4)
        s.h6_slice = s.h6[:, :, :, :2]
        s.h6_copy = s.h6_minus_max.reshape(n, 16, 16, 2)
        s.iota_2 = np.broadcast_to(np.arange(16, dtype=np.int64), (16, 16))
        s.iota_2_cast = s.iota_2.astype(np.float32)
        s.iota_2_plus = s.iota_2_cast + 0.5
        s.iota_2_over = s.iota_2_plus / 16.0
        s.iota_2_reshape = s.iota_2_over.reshape(256, 1)
        s.h6_slice_2 = s.h6_sum_2[:, 0]
        s.h6_slice_3 = s.h6_sum_2[:, 1]
        s.h6_reshape_2 = s.h6_over.reshape(n, 1)
        s.h6_slice_4 = s.h6[:, :, :, 2:]
        s.h6_copy_2 = s.h6_minus_max_2.reshape(n, 16, 16, 2)
        s.iota_3 = np.broadcast_to(
            np.arange(16, dtype=np.int64).reshape((16, 1)),
            (16, 16),
        )
        s.iota_3_cast = s.iota_3.astype(np.float32)
        s.iota_3_plus = s.iota_3_cast + 0.5
        s.iota_3_over = s.iota_3_plus / 16.0
        s.iota_3_reshape = s.iota_3_over.reshape(256, 1)
        s.h6_slice_5 = s.h6_sum_4[:, 0]
        s.h6_slice_6 = s.h6_sum_4[:, 1]
        s.h6_reshape_4 = s.h6_over_2.reshape(n, 1)
        s.h6_reshape_5 = s.h6_minus_slice_2.reshape(n, 1)
        s.h6_reshape_6 = s.h6_minus_slice_5.reshape(n, 1)

    def predict(self, x):
        """The outputs for a batch of inputs.

        x: float32 (N, 32, 32, 1)
        """
        s = self._predict_slots(x)
        logits, box, evidence = self._forward(s, x)
        return {"logits": logits.copy(), "box": box.copy(), "evidence": evidence.copy()}

    @_processors  # threads share its loops over images
    def _forward(self, s, x):
        """The forward pass to the outputs."""
        p = self.params
        # what _forward and _forward_loss begin with
        self._common(s, x)

        # edges: h5_product = reshape(h5, (256 * N, 64)) W            (256 * N, 4)   :41
        np.dot(s.h5_reshape, s.edges_W_reshape, out=s.h5_product)

        # mnist_localisation.py:42
        # box = [h6_reshape_2; h6_reshape_4; h6_reshape_5; h6_reshape_6]          (N, 4)
        # logits_argmax = argmax(logits, axis 1)                                    (N,)
        np.copyto(s.h6_copy, s.h6_slice)
        s.h6_reshape.max(axis=1, keepdims=True, out=s.h6_max)
        np.subtract(s.h6_reshape, s.h6_max, out=s.h6_minus_max)
        np.exp(s.h6_minus_max, out=s.h6_exp)
        s.h6_exp.sum(axis=1, keepdims=True, out=s.h6_sum)
        np.divide(s.h6_exp, s.h6_sum, out=s.h6_over_sum)
        np.multiply(s.h6_over_sum, s.iota_reshape, out=s.h6_times)
        s.h6_times.sum(axis=1, out=s.h6_sum_2)
        np.add(s.h6_slice_2, s.h6_slice_3, out=s.h6_plus_slice_3)
        np.divide(s.h6_plus_slice_3, 2.0, out=s.h6_over)
        np.copyto(s.h6_copy_2, s.h6_slice_4)
        s.h6_reshape_3.max(axis=1, keepdims=True, out=s.h6_max_2)
        np.subtract(s.h6_reshape_3, s.h6_max_2, out=s.h6_minus_max_2)
        np.exp(s.h6_minus_max_2, out=s.h6_exp_2)
        s.h6_exp_2.sum(axis=1, keepdims=True, out=s.h6_sum_3)
        np.divide(s.h6_exp_2, s.h6_sum_3, out=s.h6_over_sum_3)
        np.multiply(s.h6_over_sum_3, s.iota_2_reshape, out=s.h6_times_2)
        s.h6_times_2.sum(axis=1, out=s.h6_sum_4)
        np.add(s.h6_slice_5, s.h6_slice_6, out=s.h6_plus_slice_6)
        np.divide(s.h6_plus_slice_6, 2.0, out=s.h6_over_2)
        np.subtract(s.h6_slice_3, s.h6_slice_2, out=s.h6_minus_slice_2)
        np.subtract(s.h6_slice_6, s.h6_slice_5, out=s.h6_minus_slice_5)
        np.concatenate(
            (s.h6_reshape_2, s.h6_reshape_4, s.h6_reshape_5, s.h6_reshape_6),
            axis=1,
            out=s.box,
        )
        s.logits.argmax(axis=1, out=s.logits_argmax)

        # ---- backward ----------------------------------------------------------------
        # d_logits = 0 + onehot(argmax(logits, axis 1)) * 1                (N, 10)   :44
        np.add(s.logits_position, s.row_starts, out=s.logits_position)
        s.d_logits.fill(0)
        _add_elements(s.d_logits, s.logits_position, s.ones)

        # what.dense_2: d_h7 = d_logits W^T          (N, 128)   mnist_localisation.py:41
        np.dot(s.d_logits, p.what_dense_2_W.T, out=s.d_h7)

        # what.dense_1                                          mnist_localisation.py:41
        # d_z7 = d_h7 * (h7 > 0)                                              (N, 128)
        # d_h5_pooled = d_z7 W^T                                               (N, 64)
        np.greater(s.h7, 0.0, out=s.h7_mask)
        np.multiply(s.d_h7, s.h7_mask, out=s.d_z7)
        np.dot(s.d_z7, p.what_dense_1_W.T, out=s.d_h5_pooled)

        # what.global_max_pool_1                                mnist_localisation.py:41
        # d_h5 = d_h5_pooled_over * h5_equal                           (N, 16, 16, 64)
        np.equal(s.h5, s.h5_pooled_reshape, out=s.h5_equal)
        np.copyto(s.h5_cast, s.h5_equal, casting="unsafe")
        s.h5_cast.sum(axis=(1, 2), keepdims=True, out=s.h5_sum)
        np.divide(s.d_h5_pooled_over, s.h5_sum, out=s.d_h5_pooled_over)
        np.multiply(s.d_h5_pooled_over, s.h5_equal, out=s.d_h5)

        # ---- forward -----------------------------------------------------------------
        # evidence = relu(sum(mean(d_h5, axes 1, 2) * h5, axis 3))     (N, 16, 16)   :44
        s.d_h5.sum(axis=(1, 2), keepdims=True, out=s.d_h5_sum)
        np.divide(s.d_h5_sum, 256.0, out=s.d_h5_over)
        np.multiply(s.d_h5_over, s.h5, out=s.d_h5_times)
        np.dot(s.d_h5_reshape, s.ones_2, out=s.d_h5_row_sum)
        np.clip(s.evidence, 0.0, np.inf, out=s.evidence)

        return s.logits, s.box, s.evidence

    def _common(self, s, x):
        """How forward and forward_loss begin."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # conv_1: z1 = conv(x, W)             (N, 32, 32, 16)   mnist_localisation.py:39
        _conv_winograd_columns(
            x,
            p.conv_1_W,
            (s.z1_inputs, s.z1_filters, s.z1_products),
            4,
            out=s.z1,
            low=(1, 1),
        )

        # batch_norm_1                                          mnist_localisation.py:40
        self._batch_norm_inference(
            s.batch_norm[0],
            p.batch_norm[0],
            self._batch_norm_state[0],
        )

        # relu_1: h1 = relu(z1_norm)          (N, 32, 32, 16)   mnist_localisation.py:40
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # conv_2: z2 = conv(h1, W)            (N, 16, 16, 32)   mnist_localisation.py:39
        _conv_im2col(
            s.h1,
            p.conv_2_W,
            (s.z2_columns, s.z2_padded),
            out=s.z2,
            low=(1, 1),
            strides=(2, 2),
        )

        # batch_norm_2                                          mnist_localisation.py:40
        self._batch_norm_inference(
            s.batch_norm[1],
            p.batch_norm[1],
            self._batch_norm_state[1],
        )

        # relu_2: h2 = relu(z2_norm)          (N, 16, 16, 32)   mnist_localisation.py:40
        np.clip(s.z2_norm, 0.0, np.inf, out=s.h2)

        # conv_3                                                mnist_localisation.py:39
        self._conv_forward(s.conv[0], p.conv[0])

        # batch_norm_3                                          mnist_localisation.py:40
        self._batch_norm_inference(
            s.batch_norm[2],
            p.batch_norm[2],
            self._batch_norm_state[2],
        )

        # relu_3: h3 = relu(z3_norm)          (N, 16, 16, 32)   mnist_localisation.py:40
        np.clip(s.z3_norm, 0.0, np.inf, out=s.h3)

        # conv_4                                                mnist_localisation.py:39
        self._conv_forward(s.conv[1], p.conv[1])

        # batch_norm_4                                          mnist_localisation.py:40
        self._batch_norm_inference(
            s.batch_norm[3],
            p.batch_norm[3],
            self._batch_norm_state[3],
        )

        # relu_4: h4 = relu(z4_norm)          (N, 16, 16, 32)   mnist_localisation.py:40
        np.clip(s.z4_norm, 0.0, np.inf, out=s.h4)

        # conv_5                                                mnist_localisation.py:39
        self._conv_forward(s.conv[2], p.conv[2])

        # batch_norm_5                                          mnist_localisation.py:40
        # z5_inv_std = 1 / sqrt(running_var + 1e-05)                             (64,)
        # z5_norm = (z5 - running_mean) * (gamma * z5_inv_std)         (N, 16, 16, 64)
        #     + beta
        np.subtract(s.z5, self.state.batch_norm_5_running_mean, out=s.z5_norm)
        np.add(self.state.batch_norm_5_running_var, 1e-05, out=s.z5_inv_std)
        np.sqrt(s.z5_inv_std, out=s.z5_inv_std)
        np.divide(1.0, s.z5_inv_std, out=s.z5_inv_std)
        np.multiply(p.batch_norm_5_gamma, s.z5_inv_std, out=s.batch_norm_5_gamma_times)
        np.multiply(s.z5_norm, s.batch_norm_5_gamma_times, out=s.z5_norm)
        np.add(s.z5_norm, p.batch_norm_5_beta, out=s.z5_norm)

        # relu_5: h5 = relu(z5_norm)          (N, 16, 16, 64)   mnist_localisation.py:40
        np.clip(s.z5_norm, 0.0, np.inf, out=s.h5)

        # what.global_max_pool_1: h5_pooled = max(h5, axes 1, 2)           (N, 64)   :41
        s.h5.max(axis=(1, 2), out=s.h5_pooled)

        # what.dense_1                                          mnist_localisation.py:41
        # z7 = h5_pooled W + b                                                (N, 128)
        # h7 = relu(z7)                                                       (N, 128)
        np.dot(s.h5_pooled, p.what_dense_1_W, out=s.z7)
        np.add(s.z7, p.what_dense_1_b, out=s.z7)
        np.clip(s.z7, 0.0, np.inf, out=s.h7)

        # what.dense_2: logits = h7 W + b             (N, 10)   mnist_localisation.py:41
        np.dot(s.h7, p.what_dense_2_W, out=s.logits)
        np.add(s.logits, p.what_dense_2_b, out=s.logits)

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
        _check("x", x, np.float32, ("N", 32, 32, 1), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        bool_ = _buffers(np.bool_)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.z1_norm = s.h1 = float32(0, 10, (n, 32, 32, 16))
        s.z1_inputs = float32(1, 3, (6, 40, 8, 34, 1))
        s.z1_filters = float32(2, 3, (6, 3, 16))
        s.z1_products = float32(3, 3, (6, 40, 8, 32, 16))
        s.z2 = s.z2_norm = s.h2 = float32(8, 18, (n, 16, 16, 32))
        s.z2_columns = float32(9, 10, (28, 16, 16, 3, 3, 16))
        s.z2_padded = float32(10, 10, (28, 34, 34, 16))
        s.z3_norm = s.h3 = float32(15, 26, (n, 16, 16, 32))
        s.z4_norm = s.h4 = float32(23, 34, (n, 16, 16, 32))
        s.z5 = s.z5_norm = s.h5 = s.d_h5_times = float32(31, 63, (n, 16, 16, 64))
        s.z5_inv_std = s.batch_norm_5_gamma_times = float32(35, 35, (64,))
        s.h5_pooled = float32(36, 58, (n, 64))
        s.z7 = s.h7 = float32(37, 56, (n, 128))
        s.logits = float32(38, 63, (n, 10))
        s.h5_product = float32(39, 45, (256 * n, 4))
        s.h6_minus_max = s.h6_reshape = s.h6_exp = float32(40, 43, (n, 256, 2))
        s.h6_max = float32(41, 41, (n, 1, 2))
        s.h6_sum = float32(42, 42, (n, 1, 2))
        s.h6_over_sum = s.h6_minus_max
        s.h6_times = s.h6_minus_max
        s.h6_sum_2 = float32(43, 50, (n, 2))
        s.h6_plus_slice_3 = s.h6_over = float32(44, 52, (n,))
        s.h6_minus_max_2 = s.h6_reshape_3 = s.h6_exp_2 = float32(45, 48, (n, 256, 2))
        s.h6_max_2 = float32(46, 46, (n, 1, 2))
        s.h6_sum_3 = float32(47, 47, (n, 1, 2))
        s.h6_over_sum_3 = s.h6_minus_max_2
        s.h6_times_2 = s.h6_minus_max_2
        s.h6_sum_4 = float32(48, 51, (n, 2))
        s.h6_plus_slice_6 = s.h6_over_2 = float32(49, 52, (n,))
        s.h6_minus_slice_2 = float32(50, 52, (n,))
        s.h6_minus_slice_5 = float32(51, 52, (n,))
        s.box = float32(52, 63, (n, 4))
        s.logits_argmax = s.logits_position = _Buffer(53, 54, np.int64, (n,))
        s.d_logits = float32(54, 55, (n, 10))
        s.d_h7 = s.d_z7 = float32(55, 57, (n, 128))
        s.h7_mask = bool_(56, 56, (n, 128))
        s.d_h5_pooled_over = float32(57, 61, (n, 1, 1, 64))
        s.h5_equal = bool_(58, 61, (n, 16, 16, 64))
        s.h5_cast = float32(59, 60, (n, 16, 16, 64))
        s.h5_sum = float32(60, 60, (n, 1, 1, 64))
        s.d_h5 = float32(61, 62, (n, 16, 16, 64))
        s.d_h5_sum = s.d_h5_over = float32(62, 62, (n, 1, 1, 64))
        s.evidence = float32(63, 63, (n, 16, 16))
        s.conv = [SimpleNamespace() for _ in range(3)]
        for b, at in zip(s.conv, _PREDICT_CONV, strict=True):
            b.h = float32(at.t, at.u, (n, 16, 16, 32))
            b.z_inputs = float32(at.u - 2, at.u, (6, at.a, 4, 18, 32))
            b.z_filters = float32(at.u - 1, at.u, (6, 96, at.b))
            b.z_products = float32(at.u, at.u, (6, at.a, 4, 16, at.b))
            b.z = float32(at.u - 3, at.v, (n, 16, 16, at.b))
        s.batch_norm = [SimpleNamespace() for _ in range(5)]
        for k in range(4):
            b, at = s.batch_norm[k], _PREDICT_BATCH_NORM[k]
            b.z = b.z_norm = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.z_inv_std = b.gamma_times = float32(at.v, at.v + 1, (at.b,))
            b.gamma_rows = float32(at.v + 1, at.v + 1, (at.a, at.b))
            b.beta_rows = float32(at.v + 2, at.v + 2, (at.a, at.b))
            b.rows = float32(at.v - 1, at.v - 1, (at.a, at.b))
        self._lay_out(s)
        s.h5_reshape = s.h5.reshape(256 * n, 64)
        s.edges_W_reshape = p.edges_W.reshape(64, 4)
        s.h6 = s.h5_product.reshape(n, 16, 16, 4)
        s.h6_slice = s.h6[:, :, :, :2]
        s.h6_copy = s.h6_minus_max.reshape(n, 16, 16, 2)
        s.iota = np.broadcast_to(np.arange(16, dtype=np.int64), (16, 16))
        s.iota_cast = s.iota.astype(np.float32)
        s.iota_plus = s.iota_cast + 0.5
        s.iota_over = s.iota_plus / 16.0
        s.iota_reshape = s.iota_over.reshape(256, 1)
        s.h6_slice_2 = s.h6_sum_2[:, 0]
        s.h6_slice_3 = s.h6_sum_2[:, 1]
        s.h6_reshape_2 = s.h6_over.reshape(n, 1)
        s.h6_slice_4 = s.h6[:, :, :, 2:]
        s.h6_copy_2 = s.h6_minus_max_2.reshape(n, 16, 16, 2)
        s.iota_2 = np.broadcast_to(
            np.arange(16, dtype=np.int64).reshape((16, 1)),
            (16, 16),
        )
        s.iota_2_cast = s.iota_2.astype(np.float32)
        s.iota_2_plus = s.iota_2_cast + 0.5
        s.iota_2_over = s.iota_2_plus / 16.0
        s.iota_2_reshape = s.iota_2_over.reshape(256, 1)
        s.h6_slice_5 = s.h6_sum_4[:, 0]
        s.h6_slice_6 = s.h6_sum_4[:, 1]
        s.h6_reshape_4 = s.h6_over_2.reshape(n, 1)
        s.h6_reshape_5 = s.h6_minus_slice_2.reshape(n, 1)
        s.h6_reshape_6 = s.h6_minus_slice_5.reshape(n, 1)
        s.iota_3 = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota_3 * 10
        s.ones = np.ones((n,), dtype=np.float32)
        s.d_h5_pooled = s.d_h5_pooled_over.reshape(n, 64)
        s.h5_pooled_reshape = s.h5_pooled.reshape(n, 1, 1, 64)
        s.d_h5_reshape = s.d_h5_times.reshape(256 * n, 64)
        s.ones_2 = np.ones((64,), dtype=np.float32)
        s.d_h5_row_sum = s.evidence.reshape(256 * n)
        for k in range(4):
            b, at = s.batch_norm[k], _PREDICT_BATCH_NORM[k]
            b.gamma_broadcast_to = np.broadcast_to(b.gamma_times, (at.a, at.b))
            b.beta_broadcast_to = np.broadcast_to(p.batch_norm[k].beta, (at.a, at.b))
            b.broadcast_to = np.broadcast_to(
                self._batch_norm_state[k].running_mean,
                (at.a, at.b),
            )
        self._predict[x.dtype, x.shape] = s
        return s

    def loss(self, x, digit, box):
        """The loss on a batch, as in inference: no dropout, nothing changes.

        x: float32 (N, 32, 32, 1)
        digit: int64 (N,)
        box: float32 (N, 4)
        """
        s = self._loss_slots(x, digit, box)
        return self._forward_loss(s, x, digit, box)

    @_processors  # threads share its loops over images
    def _forward_loss(self, s, x, digit, box):
        """The forward pass to the loss."""
        # what _forward and _forward_loss begin with
        self._common(s, x)

        # softmax_cross_entropy: loss = mean(-log_softmax(logits)[digit])       ()   :43
        s.logits.max(axis=1, keepdims=True, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=1, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        np.add(digit, s.row_starts, out=s.digit_position)
        np.take(s.logits_minus_max, s.digit_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape, s.logits_take, out=s.logits_minus_take)
        s.logits_minus_take.sum(out=s.loss)
        np.divide(s.loss, s.n, out=s.loss)

        # edges: h5_product = reshape(h5, (256 * N, 64)) W            (256 * N, 4)   :41
        np.dot(s.h5_reshape, s.edges_W_reshape, out=s.h5_product)

        # mnist_localisation.py:42
        # h6_concat = [h6_reshape_2; h6_reshape_4; h6_reshape_5; h6_reshape_6]    (N, 4)
        np.copyto(s.h6_copy, s.h6_slice)
        s.h6_reshape.max(axis=1, keepdims=True, out=s.h6_max)
        np.subtract(s.h6_reshape, s.h6_max, out=s.h6_minus_max)
        np.exp(s.h6_minus_max, out=s.h6_exp)
        s.h6_exp.sum(axis=1, keepdims=True, out=s.h6_sum)
        np.divide(s.h6_exp, s.h6_sum, out=s.h6_over_sum)
        np.multiply(s.h6_over_sum, s.iota_2_reshape, out=s.h6_times)
        s.h6_times.sum(axis=1, out=s.h6_sum_2)
        np.add(s.h6_slice_2, s.h6_slice_3, out=s.h6_plus_slice_3)
        np.divide(s.h6_plus_slice_3, 2.0, out=s.h6_over)
        np.copyto(s.h6_copy_2, s.h6_slice_4)
        s.h6_reshape_3.max(axis=1, keepdims=True, out=s.h6_max_2)
        np.subtract(s.h6_reshape_3, s.h6_max_2, out=s.h6_minus_max_2)
        np.exp(s.h6_minus_max_2, out=s.h6_exp_2)
        s.h6_exp_2.sum(axis=1, keepdims=True, out=s.h6_sum_3)
        np.divide(s.h6_exp_2, s.h6_sum_3, out=s.h6_over_sum_3)
        np.multiply(s.h6_over_sum_3, s.iota_3_reshape, out=s.h6_times_2)
        s.h6_times_2.sum(axis=1, out=s.h6_sum_4)
        np.add(s.h6_slice_5, s.h6_slice_6, out=s.h6_plus_slice_6)
        np.divide(s.h6_plus_slice_6, 2.0, out=s.h6_over_2)
        np.subtract(s.h6_slice_3, s.h6_slice_2, out=s.h6_minus_slice_2)
        np.subtract(s.h6_slice_6, s.h6_slice_5, out=s.h6_minus_slice_5)
        np.concatenate(
            (s.h6_reshape_2, s.h6_reshape_4, s.h6_reshape_5, s.h6_reshape_6),
            axis=1,
            out=s.h6_concat,
        )

        # absolute_error                                        mnist_localisation.py:43
        # loss_2                                                                    ()
        np.subtract(s.h6_concat, box, out=s.h6_minus)
        np.abs(s.h6_minus, out=s.h6_abs)
        s.h6_abs.sum(out=s.loss_2)
        np.divide(s.loss_2, 4 * s.n, out=s.loss_2)

        # loss = mean(-log_softmax(logits)[digit]) + 20 * loss_2                ()   :43
        np.multiply(20.0, s.loss_2, out=s.loss_times_2)
        np.add(s.loss, s.loss_times_2, out=s.loss)

        return s.loss[()]

    def _loss_slots(self, x, digit, box):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (x.dtype, x.shape, digit.dtype, digit.shape, box.dtype, box.shape)
            s = self._loss[key]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_loss(x, digit, box)
        _check_range("digit", digit, 10)
        return s

    def _plan_loss(self, x, digit, box):
        """Check the arguments and lay out every buffer for their shapes."""
        p = self.params
        sizes = {}
        _check("x", x, np.float32, ("N", 32, 32, 1), sizes)
        _check("digit", digit, np.int64, ("N",), sizes)
        _check("box", box, np.float32, ("N", 4), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.z1_norm = s.h1 = float32(0, 10, (n, 32, 32, 16))
        s.z1_inputs = float32(1, 3, (6, 40, 8, 34, 1))
        s.z1_filters = float32(2, 3, (6, 3, 16))
        s.z1_products = float32(3, 3, (6, 40, 8, 32, 16))
        s.z2 = s.z2_norm = s.h2 = float32(8, 18, (n, 16, 16, 32))
        s.z2_columns = float32(9, 10, (28, 16, 16, 3, 3, 16))
        s.z2_padded = float32(10, 10, (28, 34, 34, 16))
        s.z3_norm = s.h3 = float32(15, 26, (n, 16, 16, 32))
        s.z4_norm = s.h4 = float32(23, 34, (n, 16, 16, 32))
        s.z5 = s.z5_norm = s.h5 = float32(31, 45, (n, 16, 16, 64))
        s.z5_inv_std = s.batch_norm_5_gamma_times = float32(35, 35, (64,))
        s.h5_pooled = float32(36, 37, (n, 64))
        s.z7 = s.h7 = float32(37, 38, (n, 128))
        s.logits = s.logits_minus_max = float32(38, 43, (n, 10))
        s.logits_max = float32(39, 39, (n, 1))
        s.logits_exp = float32(40, 41, (n, 10))
        s.logits_minus_take = s.logits_reshape = float32(41, 44, (n,))
        s.digit_position = _Buffer(42, 43, np.int64, (n,))
        s.logits_take = float32(43, 43, (n,))
        s.loss = float32(44, 59, ())
        s.h5_product = float32(45, 51, (256 * n, 4))
        s.h6_minus_max = s.h6_reshape = s.h6_exp = float32(46, 49, (n, 256, 2))
        s.h6_max = float32(47, 47, (n, 1, 2))
        s.h6_sum = float32(48, 48, (n, 1, 2))
        s.h6_over_sum = s.h6_minus_max
        s.h6_times = s.h6_minus_max
        s.h6_sum_2 = float32(49, 56, (n, 2))
        s.h6_plus_slice_3 = s.h6_over = float32(50, 58, (n,))
        s.h6_minus_max_2 = s.h6_reshape_3 = s.h6_exp_2 = float32(51, 54, (n, 256, 2))
        s.h6_max_2 = float32(52, 52, (n, 1, 2))
        s.h6_sum_3 = float32(53, 53, (n, 1, 2))
        s.h6_over_sum_3 = s.h6_minus_max_2
        s.h6_times_2 = s.h6_minus_max_2
        s.h6_sum_4 = float32(54, 57, (n, 2))
        s.h6_plus_slice_6 = s.h6_over_2 = float32(55, 58, (n,))
        s.h6_minus_slice_2 = float32(56, 58, (n,))
        s.h6_minus_slice_5 = float32(57, 58, (n,))
        s.h6_concat = s.h6_minus = s.h6_abs = float32(58, 59, (n, 4))
        s.loss_2 = s.loss_times_2 = float32(59, 59, ())
        s.conv = [SimpleNamespace() for _ in range(3)]
        for b, at in zip(s.conv, _LOSS_CONV, strict=True):
            b.h = float32(at.t, at.u, (n, 16, 16, 32))
            b.z_inputs = float32(at.u - 2, at.u, (6, at.a, 4, 18, 32))
            b.z_filters = float32(at.u - 1, at.u, (6, 96, at.b))
            b.z_products = float32(at.u, at.u, (6, at.a, 4, 16, at.b))
            b.z = float32(at.u - 3, at.v, (n, 16, 16, at.b))
        s.batch_norm = [SimpleNamespace() for _ in range(5)]
        for k in range(4):
            b, at = s.batch_norm[k], _PREDICT_BATCH_NORM[k]
            b.z = b.z_norm = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.z_inv_std = b.gamma_times = float32(at.v, at.v + 1, (at.b,))
            b.gamma_rows = float32(at.v + 1, at.v + 1, (at.a, at.b))
            b.beta_rows = float32(at.v + 2, at.v + 2, (at.a, at.b))
            b.rows = float32(at.v - 1, at.v - 1, (at.a, at.b))
        self._lay_out(s)
        self._plan_common(s, n)
        s.logits_sum = s.logits_minus_take.reshape(n, 1)
        for k in range(4):
            b, at = s.batch_norm[k], _PREDICT_BATCH_NORM[k]
            b.gamma_broadcast_to = np.broadcast_to(b.gamma_times, (at.a, at.b))
            b.beta_broadcast_to = np.broadcast_to(p.batch_norm[k].beta, (at.a, at.b))
            b.broadcast_to = np.broadcast_to(
                self._batch_norm_state[k].running_mean,
                (at.a, at.b),
            )
        key = (x.dtype, x.shape, digit.dtype, digit.shape, box.dtype, box.shape)
        self._loss[key] = s
        return s

    def _batch_norm_inference(self, s, p, state):
        """Forward, one of 4: batch_norm_1 to batch_norm_4."""
        # A = 16, 32; B = 32, 16
        # batch_norm                                            mnist_localisation.py:40
        # z_inv_std = 1 / sqrt(running_var + 1e-05)                                 (A,)
        # z_norm = (z - running_mean) * (gamma * z_inv_std)                 (N, B, B, A)
        #     + beta
        np.copyto(s.rows, s.broadcast_to)
        np.subtract(s.z, s.rows, out=s.z_norm)
        np.add(state.running_var, 1e-05, out=s.z_inv_std)
        np.sqrt(s.z_inv_std, out=s.z_inv_std)
        np.divide(1.0, s.z_inv_std, out=s.z_inv_std)
        np.multiply(p.gamma, s.z_inv_std, out=s.gamma_times)
        np.copyto(s.gamma_rows, s.gamma_broadcast_to)
        np.multiply(s.z_norm, s.gamma_rows, out=s.z_norm)
        np.copyto(s.beta_rows, s.beta_broadcast_to)
        np.add(s.z_norm, s.beta_rows, out=s.z_norm)

    def _batch_norm_statistics(self, s, stats, state):
        """Statistics, one of 5: batch_norm_1 to batch_norm_5."""
        # A = 16, 32, 64
        # batch_norm                                            mnist_localisation.py:40
        # running_mean' = 0.9 * running_mean + 0.1 * z_mean                         (A,)
        # running_var' = 0.9 * running_var + 0.1 * z_unbiased_var                   (A,)
        np.multiply(0.9, state.running_mean, out=state.running_mean)
        np.multiply(0.1, stats.z_mean, out=s.z_mean_times_2)
        np.add(state.running_mean, s.z_mean_times_2, out=state.running_mean)
        np.multiply(0.9, state.running_var, out=state.running_var)
        np.multiply(0.1, stats.z_unbiased_var, out=s.z_unbiased_var_times_2)
        np.add(state.running_var, s.z_unbiased_var_times_2, out=state.running_var)

    def _batch_norm_backward(self, s, p, d):
        """Backward, one of 4: batch_norm_1 to batch_norm_4."""
        # A = 256, 1024; B = 32, 16; C = 16, 32
        # batch_norm                                            mnist_localisation.py:40
        # d_beta = sum over A * N of reshape(d_z_norm, (A * N, B))                  (B,)
        # d_gamma = sum over A * N of d_z_norm_reshape_2                            (B,)
        # d_z = (z_inv_std * gamma)                                         (N, C, C, B)
        #     * (d_z_norm - (d_beta / (A * N)) - z_hat_2 * (d_gamma / (A * N)))
        np.dot(s.ones_2, s.d_z_norm_reshape, out=d.beta)
        np.multiply(s.d_z_norm, s.z_hat_2, out=s.d_z_norm_times)
        np.dot(s.ones_2, s.d_z_norm_reshape_2, out=d.gamma)
        np.multiply(s.z_inv_std, p.gamma, out=s.z_inv_std_times)
        np.copyto(s.z_inv_std_rows_2, s.z_inv_std_broadcast_to_2)
        _meet(self, "mean", d.beta, d.gamma)
        np.divide(d.beta, s.size * s.n, out=s.d_beta_over)
        np.copyto(s.d_beta_rows, s.beta_broadcast_to_2)
        np.subtract(s.d_z_norm, s.d_beta_rows, out=s.d_z)
        np.divide(d.gamma, s.size * s.n, out=s.d_gamma_over)
        np.copyto(s.d_gamma_rows, s.gamma_broadcast_to_2)
        np.multiply(s.z_hat_2, s.d_gamma_rows, out=s.z_hat_times)
        np.subtract(s.d_z, s.z_hat_times, out=s.d_z)
        np.multiply(s.z_inv_std_rows_2, s.d_z, out=s.d_z)

    def _batch_norm_forward(self, s, stats):
        """Forward, one of 4: batch_norm_1 to batch_norm_4."""
        # A = 32, 16; B = 16, 32
        # batch_norm                                            mnist_localisation.py:40
        # z_mean = mean(z, axes 0, 1, 2)                                            (A,)
        # z_var = mean(square(z - z_mean), axes 0, 1, 2)                            (A,)
        # z_inv_std = 1 / sqrt(z_var + 1e-05)                                       (A,)
        # z_hat_2 = (z - mean) / sqrt(var + 1e-05)                          (N, B, B, A)
        # z_norm = z_hat_2 * gamma + beta                                   (N, B, B, A)
        np.dot(s.ones_2, s.z_reshape, out=stats.z_mean)
        np.divide(stats.z_mean, s.size * s.n, out=stats.z_mean)
        _meet(self, "mean", stats.z_mean)
        np.copyto(s.z_mean_rows, s.z_mean_broadcast_to)
        np.subtract(s.z, s.z_mean_rows, out=s.z_hat)
        np.square(s.z_hat, out=s.z_hat_square)
        np.dot(s.ones_2, s.z_hat_reshape, out=stats.z_unbiased_var)
        np.divide(stats.z_unbiased_var, s.size * s.n, out=stats.z_unbiased_var)
        _meet(self, "mean", stats.z_unbiased_var)
        np.add(stats.z_unbiased_var, 1e-05, out=s.z_inv_std)
        np.sqrt(s.z_inv_std, out=s.z_inv_std)
        np.divide(1.0, s.z_inv_std, out=s.z_inv_std)
        np.copyto(s.z_inv_std_rows, s.z_inv_std_broadcast_to)
        np.multiply(s.z_hat, s.z_inv_std_rows, out=s.z_hat_2)
        np.copyto(s.gamma_rows, s.gamma_broadcast_to)
        np.multiply(s.z_hat_2, s.gamma_rows, out=s.z_norm)
        np.copyto(s.beta_rows, s.beta_broadcast_to)
        np.add(s.z_norm, s.beta_rows, out=s.z_norm)

    def _conv_backward(self, s, d):
        """Backward, one of 3: conv_3 to conv_5."""
        # A = 64, 32
        # conv                                                  mnist_localisation.py:39
        # d_W = patches(h)^T d_z                                           (3, 3, 32, A)
        # d_h = conv(d_z, transpose(W[::-1, ::-1], (0, 1, 3, 2)))        (N, 16, 16, 32)
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

    def _conv_forward(self, s, p):
        """Forward, one of 3: conv_3 to conv_5."""
        # A = 32, 64
        # conv: z = conv(h, W)                 (N, 16, 16, A)   mnist_localisation.py:39
        _conv_winograd_columns(
            s.h,
            p.W,
            (s.z_inputs, s.z_filters, s.z_products),
            4,
            out=s.z,
            low=(1, 1),
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


def _heard(line, arrays):
    """The arrays, like some here, that another process says."""
    data, start = line.listen().read(sum(a.nbytes for a in arrays)), 0
    for a in arrays:
        yield np.frombuffer(data, a.dtype, a.size, start).reshape(a.shape)
        start += a.nbytes


def _in_parts(model, slots, phase, batch, axes, joins, least, keeps):
    """A phase on parts of a batch, each by a process; the slots of the first, and the results.

    `axes` are those of the examples in the arguments, and `joins` is what the results of
    the batch are, and last its gradients: the "mean" of those of the parts (weighted by
    their examples), their "sum", or along an axis the rows of one after the other. A
    process gets `least` examples at least, else the batch stays in one piece. What is
    kept in the groups `keeps` is what the phase reads.
    """
    counts = {np.shape(a)[k : k + 1] for a, k in zip(batch, axes) if k is not None}
    arrays = all(isinstance(a, np.ndarray) for a in batch)
    count = sum(*counts) if arrays and len(counts) == 1 else 0
    with _processors if count >= 2 * least else nullcontext():
        others = _processors.others() if count >= 2 * least else 0
        workers = _workers(model, min(others, count // least - 1), keeps)
        model._examples = count
        if not workers:
            s = slots(model, *batch)
            return s, phase(model, s, *batch)
        number = len(workers) + 1
        rows = [slice(count * k // number, count * (k + 1) // number) for k in range(number)]
        weights = [(part.stop - part.start) / count for part in rows]
        pieces = [[] for _ in rows]
        for a, axis in zip(batch, axes):
            before = (slice(None),) * (axis or 0)
            for piece, part in zip(pieces, rows):
                piece.append(a if axis is None else a[(*before, part)])
        s, own = slots(model, *pieces[0]), getattr(phase, "__wrapped__", phase)
        _processors.busy = True
        try:
            alike = slots.__name__, phase.__name__, count, joins[-1], np.geterr()
            for worker, piece, weight in zip(workers, pieces[1:], weights[1:]):
                worker.start(piece, weight, *alike)
            model._part = weights[0], workers, None
            results, gradients = [own(model, s, *pieces[0])], model.grads.flat
            if joins[-1] == "mean":
                np.multiply(gradients, weights[0], out=gradients)
            results += [pickle.load(worker.line.listen()) for worker in workers]
        except BaseException:  # they would be somewhere within their parts
            for worker in model.__dict__.pop("_workers"):
                worker.end()
            raise
        finally:
            model._part, _processors.busy = None, False
        for worker in workers:
            np.add(gradients, worker.gradients, out=gradients)
    several = len(joins) > 2
    columns = zip(*results) if several else [results]
    joined = [_joined(column, how, weights) for column, how in zip(columns, joins)]
    return s, tuple(joined) if several else joined[0]


def _joined(values, how, weights):
    """A result of a batch from those of its parts; see _in_parts."""
    if how == "mean":
        values = [value * weight for value, weight in zip(values, weights)]
    return sum(values) if how in ("mean", "sum") else np.concatenate(values, axis=how)


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


def _meet(model, join, *arrays):
    """Make arrays the sums over all parts of a batch, or their means, weighted by examples.

    The process that has the first part adds up in order, and tells the others. Where the
    batch is in one piece, they are that already.
    """
    if part := vars(model).get("_part"):
        weight, workers, line = part
        for a in arrays if join == "mean" else ():
            np.multiply(a, weight, out=a)
        for worker in workers:
            for a, term in zip(arrays, _heard(worker.line, arrays)):
                np.add(a, term, out=a)
        for other in [line] if line else [worker.line for worker in workers]:
            other.say(b"".join(a.tobytes() for a in arrays))
        if line:
            for a, total in zip(arrays, _heard(line, arrays)):
                np.copyto(a, total)


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


def _workers(model, count, keeps):
    """Processes of a model that compute besides this one, as many as there can be."""
    if count < 1 or not _LIBC:  # forks are safe beside the libraries of Linux alone
        return []
    workers = [w for w in vars(model).get("_workers", ()) if w.is_alive()]
    model._workers = workers
    with suppress(OSError):
        while len(workers) < count:
            workers.append(_Worker(model, keeps))
    return workers[:count]


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
    parser.add_argument("--weights", default="mnist_localisation.npz")
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
    m = MnistLocalisation(seed=options.seed)
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
