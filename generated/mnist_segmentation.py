"""mnist_segmentation: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Inputs     x   float32 (N, 32, 32, 1)
Targets    y   int64 (N, 32, 32)
Outputs    classes   int64 (N, 32, 32)
Parameters 29,490 in 36 arrays
Optimiser  SGD(cosine(0.1, 1000, floor=0.0001), momentum=0.9)

    from mnist_segmentation import MnistSegmentation

    m = MnistSegmentation(seed=0)
    loss = m.train_step(x, y)
    m.predict(x)

As a script (the arrays of data.npz are called as above):

    python mnist_segmentation.py train data.npz --epochs 10
    python mnist_segmentation.py predict data.npz
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
1,2: down_1.batch_norm_#. running_{mean,var}=8 ; 1,2: down_2.batch_norm_#.
  running_{mean,var}=16 ; 1,2: bottom.batch_norm_#. running_{mean,var}=32 ; 1,2:
  up_2.batch_norm_#. running_{mean,var}=16 ; 1,2: up_1.batch_norm_#.
  running_{mean,var}=8 ;
"""
_STATES_INT64 = """
sgd.step=
"""
_PARAMS = """
down_1. conv_1.W=3,3,1,8 batch_norm_1.{gamma,beta}=8 conv_2.W=3,3,8,8
  batch_norm_2.{gamma,beta}=8 ; down_2. conv_1.W=3,3,8,16 batch_norm_1.{gamma,beta}=16
  conv_2.W=3,3,16,16 batch_norm_2.{gamma,beta}=16 ; bottom. conv_1.W=3,3,16,32
  batch_norm_1.{gamma,beta}=32 conv_2.W=3,3,32,32 batch_norm_2.{gamma,beta}=32 ;
  enlarge_2.W=2,2,16,32 enlarge_2.b=16 up_2. conv_1.W=3,3,32,16
  batch_norm_1.{gamma,beta}=16 conv_2.W=3,3,16,16 batch_norm_2.{gamma,beta}=16 ;
  enlarge_1.W=2,2,8,16 enlarge_1.b=8 up_1. conv_1.W=3,3,16,8 batch_norm_1.{gamma,beta}=8
  conv_2.W=3,3,8,8 batch_norm_2.{gamma,beta}=8 ; classify.W=1,1,8,2 classify.b=2
"""
_STATS = """
1,2: z#_{mean,unbiased_var}=8 ; 3,4: z#_{mean,unbiased_var}=16 ; 5,6:
  z#_{mean,unbiased_var}=32 ; 8,9: z#_{mean,unbiased_var}=16 ; 11,12:
  z#_{mean,unbiased_var}=8 ;
"""


# Blocks inside of others: for each name, the number of what is called so in each place.
_DOWN_CONV = """
conv_1 1x2 3..7/2
conv_2 2x2 4..8/2
"""
_DOWN_BATCH_NORM = """
batch_norm_1 2x2 4..8/2
batch_norm_2 3x2 5..9/2
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
t 9 22 32 45 55 71 81 97 107   u 301 276 262 237 223 196 185 158 147
v 12 24 35 47 58 73 84 99 110   w 290 268 251 229 212 191 174 153 136
x 282x2 243x2 204 181 166 143 129   y 312x2 281x2 242 244 201 283 163
a 32 16x2 8x2 16x2 32x2   b 8x2 16x2 32x2 16x2 8   c 41 109 80 210 151 52 80 27 41
d 8 4x2 2x2 4x2 8x2   e 34 18x2 10x2 18x2 34x2   f 24x2 48x2 96x2 48x2 24
g 8 16x2 32x2 16x2 8x2   h 41x2 80x2 151 54 80 27 41   i 24x2 48x2 96 48x2 24x2
""")
_TRAIN_BATCH_NORM = _rows("""
t 0 11 23 34 46 57 72 83 98 109   u 307 290 268 251 229 212 191 174 153 136
v 297 282 258 243 219 204 181 166 143 129   w 312 300 281 261 242 222 201 184 163 146
a 1024x2 256x2 64x2 256x2 1024x2   b 32x2 16x2 8x2 16x2 32x2   c 8x2 16x2 32x2 16x2 8x2
""")
_TRAIN_ENLARGE = _rows("""
t 66 92   u 206 168   a 8 16   b 32 16   c 256 128   d 16 8   e 16 32
""")
_TRAIN_DOWN = _rows("""
t 43x2 66..118/26   u 245x2 206..130/-38   v 313..329/4   a 16x2 8 16 32
b 8 16 32 16 8
""")
_PREDICT_CONV = _rows("""
t 0 16 17 33 34 53 54 73 74   u 11 20 28 37 45 57 65 77 85   a 32 16x2 8x2 16x2 32x2
v 73 28 53 45 51 65 71 85 90   b 8x2 16x2 32x2 16x2 8   c 41 109 80 210 151 52 80 27 41
d 8 4x2 2x2 4x2 8x2   e 34 18x2 10x2 18x2 34x2   f 24x2 48x2 96x2 48x2 24
g 8 16x2 32x2 16x2 8x2
""")
_PREDICT_BATCH_NORM = _rows("""
t 0 8 17 25 34 42 54 62 74 82   u 11 73 28 53 45 51 65 71 85 90
a 32x2 16x2 8x2 16x2 32x2   b 8x2 16x2 32x2 16x2 8x2
""")
_PREDICT_ENLARGE = _rows("t 42 62   a 8 16   b 32 16   c 256 128   d 16 8   e 16 32")
_PREDICT_DOWN = _rows("""
t 25x2 42..82/20   u 53x2 51 71 90   a 16x2 8 16 32   b 16x2 32 16 8
""")


class MnistSegmentation:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "mnist_segmentation"
    FINGERPRINT = "9dadefdd154d9939"
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
        places = [
            *_series("down_#_conv_#", "1 2x2", "2 1 2"),
            *_series("bottom_conv_#", "1 2"),
            *_series("up_#_conv_#", "2x2 1x2", "1,2*2"),
        ]
        self.params.conv = _parts(self.params, places)
        self.grads.conv = _parts(self.grads, places)
        places = _before(self.params.shapes, "_beta")
        self.stats.batch_norm = _named(
            self.stats,
            z_mean=_series("z#_mean", "1..6 8 9 11 12"),
            z_unbiased_var=_series("z#_unbiased_var", "1..6 8 9 11 12"),
        )
        self.grads.batch_norm = _parts(self.grads, places)
        self.params.batch_norm = _parts(self.params, places)
        self._batch_norm_state = _parts(self.state, places)
        self.params.enlarge = _parts(self.params, _series("enlarge_#", "2 1"))
        self.params.down = [SimpleNamespace() for _ in range(5)]
        _join(self.params.down, self.params.conv, _DOWN_CONV)
        _join(self.params.down, self.params.batch_norm, _DOWN_BATCH_NORM)
        self.stats.down = _named(
            self.stats,
            z1_mean=_series("z#_mean", "1..5/2 8 11"),
            z1_unbiased_var=_series("z#_unbiased_var", "1..5/2 8 11"),
            z2_mean=_series("z#_mean", "2..6/2 9 12"),
            z2_unbiased_var=_series("z#_unbiased_var", "2..6/2 9 12"),
        )
        _join(self.stats.down, self.stats.batch_norm, _DOWN_BATCH_NORM)
        self._down_state = _parts(
            self.state,
            [*_series("down_#", "1 2"), "bottom", *_series("up_#", "2 1")],
        )
        _join(self._down_state, self._batch_norm_state, _DOWN_BATCH_NORM)
        self._arena = np.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._predict = {}  # buffers by the arguments' shapes
        self._loss = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        names = _ending(p.shapes, "_W", "classify_W")
        every_a = """
        0.47140452 0.16666667x2 0.11785113x2 0.083333336 0.17677669 0.083333336
          0.11785113 0.25 0.11785113 0.16666667
        """
        for name, a in zip(names, _numbers(every_a), strict=True):
            array = getattr(p, name)
            noise = rng.standard_normal(array.shape, dtype=np.float32)
            array[...] = noise * a
        for name in _ending(p.shapes, "_gamma"):
            array = getattr(p, name)
            array[...] = 1.0
        classify_draw = rng.random((1, 1, 8, 2), dtype=np.float32)
        p.classify_W[...] = classify_draw * 1.5491934 + -0.7745967
        for name in _ending(vars(self.state), "_running_var"):
            array = getattr(self.state, name)
            array[...] = 1.0

    def train_step(self, x, y):
        """One training step on a mini-batch; returns the loss before it.

        x: float32 (N, 32, 32, 1)
        y: int64 (N, 32, 32)
        """
        s, loss = self._backward_in_parts(x, y)
        self._update(s)
        return loss

    def gradients(self, x, y):
        """The gradients of the loss, as training sees it: dropout is on.

        x: float32 (N, 32, 32, 1)
        y: int64 (N, 32, 32)
        """
        self._backward_in_parts(x, y)
        d = self.grads
        return {
            name: getattr(d, attribute).copy()
            for name, (group, attribute) in self.STATES.items()
            if group == "params"
        }

    def _backward_in_parts(self, x, y):
        """_backward, by a process for each part of N if that is large.

        Parts meet where they need sums over all of it (see _meet).
        The gradients are the means of those of the parts.
        Returns the buffers of the first part, and the results.
        """
        return _in_parts(
            self,
            type(self)._train_slots,
            type(self)._backward,
            [x, y],
            axes=[0, 0],
            joins=["mean", "mean"],
            least=25,
            keeps=["params"],
        )

    @_processors  # threads share its loops over images
    def _backward(self, s, x, y):
        """Forward and backward: the loss; the gradients go to self.grads."""
        p, d, stats = self.params, self.grads, self.stats
        # ---- forward -----------------------------------------------------------------
        # down_1.conv_1: z1 = conv(x, W)       (N, 32, 32, 8)   mnist_segmentation.py:38
        _conv_winograd_columns(
            x,
            p.down_1_conv_1_W,
            (s.z1_inputs, s.z1_filters, s.z1_products),
            4,
            out=s.z1,
            low=(1, 1),
        )

        # down_1.batch_norm_1                                   mnist_segmentation.py:38
        self._batch_norm_forward(s.batch_norm[0], stats.batch_norm[0])

        # down_1.relu_1: h1 = relu(z1_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # down_1.conv_2                                         mnist_segmentation.py:38
        self._conv_forward(s.conv[0], p.conv[0])

        # down_1.batch_norm_2                                   mnist_segmentation.py:38
        self._batch_norm_forward(s.batch_norm[1], stats.batch_norm[1])

        # down_1.relu_2: h2 = relu(z2_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.clip(s.z2_norm, 0.0, np.inf, out=s.h2)

        # pool: h2_pooled = max_pool(h2, 2x2)                       (N, 16, 16, 8)   :38
        _max_pool_shifts(s.h2, s.h2_pooled_shifts, out=s.h2_pooled)

        # down_2
        self._down_forward(s.down[1], p.down[1], stats.down[1])

        # pool: h4_pooled = max_pool(h4, 2x2)   (N, 8, 8, 16)   mnist_segmentation.py:38
        _max_pool_shifts(s.h4, s.h4_pooled_shifts, out=s.h4_pooled)

        # bottom
        self._down_forward(s.down[2], p.down[2], stats.down[2])

        # enlarge_2                                             mnist_segmentation.py:38
        self._enlarge_forward(s.enlarge[0], p.enlarge[0])

        # h4_concat = [h4; h7]                (N, 16, 16, 32)   mnist_segmentation.py:38
        np.copyto(s.h4_concat[..., :16], s.h4)

        # up_2
        self._down_forward(s.down[3], p.down[3], stats.down[3])

        # enlarge_1                                             mnist_segmentation.py:38
        self._enlarge_forward(s.enlarge[1], p.enlarge[1])

        # h2_concat = [h2; h10]               (N, 32, 32, 16)   mnist_segmentation.py:38
        np.copyto(s.h2_concat[..., :8], s.h2)

        # up_1
        self._down_forward(s.down[4], p.down[4], stats.down[4])

        # classify: logits = conv(h12, W) + b                       (N, 32, 32, 2)   :38
        np.dot(s.h12_reshape, s.classify_W_reshape, out=s.logits_rows)
        np.copyto(s.classify_b_rows, s.classify_b_broadcast_to)
        np.add(s.logits, s.classify_b_rows, out=s.logits)

        # softmax_cross_entropy                                 mnist_segmentation.py:45
        # loss = mean(-log_softmax(logits)[y])                                      ()
        # logits_exp = exp(logits - max(logits, axis 3))                (N, 32, 32, 2)
        # logits_sum = sum(exp(logits - max(logits, axis 3)), axis 3)   (N, 32, 32, 1)
        # y_position = row_starts + reshape(y, (1024 * N,))                (1024 * N,)
        _row_max(s.logits, s.logits_max_starts, out=s.logits_max)
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
        # h12_product = reshape(h12, (1024 * N, 8))^T d_logits_reshape          (8, 2)
        # d_logits_product = reshape(d_logits, (1024 * N, 2)) W^T        (1024 * N, 8)
        np.dot(s.ones, s.d_logits_reshape, out=d.classify_b)
        np.dot(s.h12_reshape.T, s.d_logits_reshape, out=s.h12_product)
        np.dot(s.d_logits_reshape, s.classify_W_reshape.T, out=s.d_logits_product)

        # up_1.relu_2                                           mnist_segmentation.py:38
        # d_z12_norm = conv^T(d_logits, classify.W) * (h12 > 0)         (N, 32, 32, 8)
        np.greater(s.h12, 0.0, out=s.h12_mask)
        np.multiply(s.d_h12, s.h12_mask, out=s.d_z12_norm)

        # up_1.batch_norm_2                                     mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[9], p.batch_norm[9], d.batch_norm[9])

        # up_1.conv_2                                           mnist_segmentation.py:38
        self._conv_backward(s.conv[8], d.conv[8])

        # up_1.relu_1: d_z11_norm = d_h11 * (h11 > 0)               (N, 32, 32, 8)   :38
        np.greater(s.h11, 0.0, out=s.h11_mask)
        np.multiply(s.d_h11, s.h11_mask, out=s.d_z11_norm)

        # up_1.batch_norm_1                                     mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[8], p.batch_norm[8], d.batch_norm[8])

        # up_1.conv_1                                           mnist_segmentation.py:38
        self._conv_backward(s.conv[7], d.conv[7])

        # enlarge_1                                             mnist_segmentation.py:38
        # d_b = sum(d_z11_conv[:, :, :, 8:], axes 0, 1, 2)                        (8,)
        # d_W = patches(d_z11_conv[:, :, :, 8:])^T h9                    (2, 2, 8, 16)
        # d_h9 = conv(d_z11_conv[:, :, :, 8:], W)                      (N, 16, 16, 16)
        s.d_h10.sum(axis=(0, 1, 2), out=d.enlarge_1_b)
        _conv_weight_im2col(
            s.d_h10,
            s.h9,
            (s.d_enlarge_1_W_columns, s.d_enlarge_1_W_part, None),
            out=d.enlarge_1_W,
            strides=(2, 2),
        )
        _conv_im2col(
            s.d_h10,
            p.enlarge_1_W,
            (s.d_h9_columns, None),
            out=s.d_h9,
            strides=(2, 2),
        )

        # up_2.relu_2: d_z9_norm = d_h9 * (h9 > 0)                 (N, 16, 16, 16)   :38
        np.greater(s.h9, 0.0, out=s.h9_mask)
        np.multiply(s.d_h9, s.h9_mask, out=s.d_z9_norm)

        # up_2.batch_norm_2                                     mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[7], p.batch_norm[7], d.batch_norm[7])

        # up_2.conv_2                                           mnist_segmentation.py:38
        self._conv_backward(s.conv[6], d.conv[6])

        # up_2.relu_1: d_z8_norm = d_h8 * (h8 > 0)                 (N, 16, 16, 16)   :38
        np.greater(s.h8, 0.0, out=s.h8_mask)
        np.multiply(s.d_h8, s.h8_mask, out=s.d_z8_norm)

        # up_2.batch_norm_1                                     mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[6], p.batch_norm[6], d.batch_norm[6])

        # up_2.conv_1                                           mnist_segmentation.py:38
        self._conv_backward(s.conv[5], d.conv[5])

        # enlarge_2                                             mnist_segmentation.py:38
        # d_b = sum(d_z8_conv[:, :, :, 16:], axes 0, 1, 2)                       (16,)
        # d_W = patches(d_z8_conv[:, :, :, 16:])^T h6                   (2, 2, 16, 32)
        # d_h6 = conv(d_z8_conv[:, :, :, 16:], W)                        (N, 8, 8, 32)
        s.d_h7.sum(axis=(0, 1, 2), out=d.enlarge_2_b)
        _conv_weight_im2col(
            s.d_h7,
            s.h6,
            (s.d_enlarge_2_W_columns, s.d_enlarge_2_W_part, None),
            out=d.enlarge_2_W,
            strides=(2, 2),
        )
        _conv_im2col(
            s.d_h7,
            p.enlarge_2_W,
            (s.d_h6_columns, None),
            out=s.d_h6,
            strides=(2, 2),
        )

        # bottom.relu_2: d_z6_norm = d_h6 * (h6 > 0)                 (N, 8, 8, 32)   :38
        np.greater(s.h6, 0.0, out=s.h6_mask)
        np.multiply(s.d_h6, s.h6_mask, out=s.d_z6_norm)

        # bottom.batch_norm_2                                   mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[5], p.batch_norm[5], d.batch_norm[5])

        # bottom.conv_2                                         mnist_segmentation.py:38
        self._conv_backward(s.conv[4], d.conv[4])

        # bottom.relu_1: d_z5_norm = d_h5 * (h5 > 0)                 (N, 8, 8, 32)   :38
        np.greater(s.h5, 0.0, out=s.h5_mask)
        np.multiply(s.d_h5, s.h5_mask, out=s.d_z5_norm)

        # bottom.batch_norm_1                                   mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[4], p.batch_norm[4], d.batch_norm[4])

        # bottom.conv_1: d_W = patches(h4_pooled)^T d_z5            (3, 3, 16, 32)   :38
        _conv_weight_winograd_columns(
            s.h4_pooled,
            s.d_z5,
            (
                s.d_bottom_conv_1_W_inputs,
                s.d_bottom_conv_1_W_given,
                s.d_bottom_conv_1_W_part,
                s.d_bottom_conv_1_W_sums,
                s.d_bottom_conv_1_W_total,
            ),
            4,
            out=d.bottom_conv_1_W,
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
        # d_h4_pooled = conv(d_z5, bottom_conv_1_W_transpose)            (N, 8, 8, 16)
        np.copyto(s.bottom_conv_1_W_copy, s.bottom_conv_1_W_transpose)
        _conv_winograd_columns(
            s.d_z5,
            s.bottom_conv_1_W_copy,
            (s.d_h4_pooled_inputs, s.d_h4_pooled_filters, s.d_h4_pooled_products),
            4,
            out=s.d_h4_pooled,
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

        # down_2.relu_2: d_z4_norm = d_h4 * (h4 > 0)               (N, 16, 16, 16)   :38
        np.greater(s.h4, 0.0, out=s.h4_mask)
        np.multiply(s.d_h4, s.h4_mask, out=s.d_z4_norm)

        # down_2.batch_norm_2                                   mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[3], p.batch_norm[3], d.batch_norm[3])

        # down_2.conv_2                                         mnist_segmentation.py:38
        self._conv_backward(s.conv[2], d.conv[2])

        # down_2.relu_1: d_z3_norm = d_h3 * (h3 > 0)               (N, 16, 16, 16)   :38
        np.greater(s.h3, 0.0, out=s.h3_mask)
        np.multiply(s.d_h3, s.h3_mask, out=s.d_z3_norm)

        # down_2.batch_norm_1                                   mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[2], p.batch_norm[2], d.batch_norm[2])

        # down_2.conv_1: d_W = patches(h2_pooled)^T d_z3             (3, 3, 8, 16)   :38
        _conv_weight_winograd_columns(
            s.h2_pooled,
            s.d_z3,
            (
                s.d_down_2_conv_1_W_inputs,
                s.d_down_2_conv_1_W_given,
                s.d_down_2_conv_1_W_part,
                s.d_down_2_conv_1_W_sums,
                s.d_down_2_conv_1_W_total,
            ),
            4,
            out=d.down_2_conv_1_W,
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
        # d_h2_pooled = conv(d_z3, down_2_conv_1_W_transpose)           (N, 16, 16, 8)
        np.copyto(s.down_2_conv_1_W_copy, s.down_2_conv_1_W_transpose)
        _conv_winograd_columns(
            s.d_z3,
            s.down_2_conv_1_W_copy,
            (s.d_h2_pooled_inputs, s.d_h2_pooled_filters, s.d_h2_pooled_products),
            4,
            out=s.d_h2_pooled,
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

        # down_1.relu_2: d_z2_norm = d_h2 * (h2 > 0)                (N, 32, 32, 8)   :38
        np.greater(s.h2, 0.0, out=s.h2_mask)
        np.multiply(s.d_h2, s.h2_mask, out=s.d_z2_norm)

        # down_1.batch_norm_2                                   mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[1], p.batch_norm[1], d.batch_norm[1])

        # down_1.conv_2                                         mnist_segmentation.py:38
        self._conv_backward(s.conv[0], d.conv[0])

        # down_1.relu_1: d_z1_norm = d_h1 * (h1 > 0)                (N, 32, 32, 8)   :38
        np.greater(s.h1, 0.0, out=s.h1_mask)
        np.multiply(s.d_h1, s.h1_mask, out=s.d_z1_norm)

        # down_1.batch_norm_1                                   mnist_segmentation.py:38
        self._batch_norm_backward(s.batch_norm[0], p.batch_norm[0], d.batch_norm[0])

        # down_1.conv_1: d_W = patches(x)^T d_z1                      (3, 3, 1, 8)   :38
        _conv_weight_winograd_columns(
            x,
            s.d_z1,
            (
                s.d_down_1_conv_1_W_inputs,
                s.d_down_1_conv_1_W_given,
                s.d_down_1_conv_1_W_part,
                s.d_down_1_conv_1_W_sums,
                s.d_down_1_conv_1_W_total,
            ),
            4,
            out=d.down_1_conv_1_W,
            low=(1, 1),
        )
        plus = 1.0 + 1.0 / (1024 * self._examples - 1)

        # ---- statistics --------------------------------------------------------------
        # down_1.batch_norm_1                                   mnist_segmentation.py:38
        # z1_unbiased_var = z1_var * (1 + 1 / (1024 * N - 1))                     (8,)
        np.multiply(stats.z1_unbiased_var, plus, out=stats.z1_unbiased_var)

        # down_1.batch_norm_2                                   mnist_segmentation.py:38
        # z2_unbiased_var = z2_var * (1 + 1 / (1024 * N - 1))                     (8,)
        np.multiply(stats.z2_unbiased_var, plus, out=stats.z2_unbiased_var)
        plus_2 = 1.0 + 1.0 / (256 * self._examples - 1)

        # down_2.batch_norm_1                                   mnist_segmentation.py:38
        # z3_unbiased_var = z3_var * (1 + 1 / (256 * N - 1))                     (16,)
        np.multiply(stats.z3_unbiased_var, plus_2, out=stats.z3_unbiased_var)

        # down_2.batch_norm_2                                   mnist_segmentation.py:38
        # z4_unbiased_var = z4_var * (1 + 1 / (256 * N - 1))                     (16,)
        np.multiply(stats.z4_unbiased_var, plus_2, out=stats.z4_unbiased_var)
        plus_3 = 1.0 + 1.0 / (64 * self._examples - 1)

        # bottom.batch_norm_1                                   mnist_segmentation.py:38
        # z5_unbiased_var = z5_var * (1 + 1 / (64 * N - 1))                      (32,)
        np.multiply(stats.z5_unbiased_var, plus_3, out=stats.z5_unbiased_var)

        # bottom.batch_norm_2                                   mnist_segmentation.py:38
        # z6_unbiased_var = z6_var * (1 + 1 / (64 * N - 1))                      (32,)
        np.multiply(stats.z6_unbiased_var, plus_3, out=stats.z6_unbiased_var)

        # up_2.batch_norm_1                                     mnist_segmentation.py:38
        # z8_unbiased_var = z8_var * (1 + 1 / (256 * N - 1))                     (16,)
        np.multiply(stats.z8_unbiased_var, plus_2, out=stats.z8_unbiased_var)

        # up_2.batch_norm_2                                     mnist_segmentation.py:38
        # z9_unbiased_var = z9_var * (1 + 1 / (256 * N - 1))                     (16,)
        np.multiply(stats.z9_unbiased_var, plus_2, out=stats.z9_unbiased_var)

        # up_1.batch_norm_1                                     mnist_segmentation.py:38
        # z11_unbiased_var = z11_var * (1 + 1 / (1024 * N - 1))                   (8,)
        np.multiply(stats.z11_unbiased_var, plus, out=stats.z11_unbiased_var)

        # up_1.batch_norm_2                                     mnist_segmentation.py:38
        # z12_unbiased_var = z12_var * (1 + 1 / (1024 * N - 1))                   (8,)
        np.multiply(stats.z12_unbiased_var, plus, out=stats.z12_unbiased_var)

        return s.loss[()]

    def _update(self, s):
        """Change the parameters: SGD(cosine(0.1, 1000, floor=0.0001), momentu..."""
        p, d, stats = self.params, self.grads, self.stats
        sgd_step = int(self.state.sgd_step)
        # ---- update ------------------------------------------------------------------
        # sgd                                                   mnist_segmentation.py:47
        new_sgd_step = sgd_step + 1

        # ---- statistics --------------------------------------------------------------
        with _Whole():  # no interruption may leave this half done
            # down_1 to up_1                                    mnist_segmentation.py:38
            for k in range(5):
                self._down_statistics(s.down[k], stats.down[k], self._down_state[k])

            # ---- update --------------------------------------------------------------
            # sgd                                               mnist_segmentation.py:47
            # momentum' = 0.9 * momentum + grads                              (29490,)
            # params' = params - learning_rate * momentum'                    (29490,)
            sgd_step_times = min(sgd_step, 1000.0) * 0.0031415927
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
        bool_ = _buffers(np.bool_)
        uint8 = _buffers(np.uint8)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = float32(0, 307, (n, 32, 32, 8))
        s.z1_inputs = float32(1, 3, (6, 75, 8, 34, 1))
        s.z1_filters = float32(2, 3, (6, 3, 8))
        s.z1_products = float32(3, 3, (6, 75, 8, 32, 8))
        s.z1_norm = s.h1 = float32(9, 301, (n, 32, 32, 8))
        s.z2_norm = s.h2 = float32(20, 284, (n, 32, 32, 8))
        s.h2_pooled = float32(22, 276, (n, 16, 16, 8))
        s.h3 = float32(32, 262, (n, 16, 16, 16))
        s.h4 = float32(43, 245, (n, 16, 16, 16))
        s.h4_pooled = float32(45, 237, (n, 8, 8, 16))
        s.h5 = float32(55, 223, (n, 8, 8, 32))
        s.h6 = float32(66, 206, (n, 8, 8, 32))
        s.h4_concat = float32(71, 196, (n, 16, 16, 32))
        s.h8 = float32(81, 185, (n, 16, 16, 16))
        s.h9 = float32(92, 168, (n, 16, 16, 16))
        s.h2_concat = float32(97, 158, (n, 32, 32, 16))
        s.h11 = float32(107, 147, (n, 32, 32, 8))
        s.h12 = float32(118, 130, (n, 32, 32, 8))
        s.logits = s.logits_minus_max = float32(120, 127, (n, 32, 32, 2))
        s.classify_b_rows = float32(121, 121, (32, 2))
        s.logits_max = float32(122, 122, (n, 32, 32, 1))
        s.logits_exp = s.d_logits = float32(123, 129, (n, 32, 32, 2))
        s.logits_sum = float32(124, 128, (n, 32, 32, 1))
        s.logits_minus = s.logits_reshape = float32(125, 128, (n, 32, 32))
        s.y_position = _Buffer(126, 128, np.int64, (1024 * n,))
        s.logits_take = float32(127, 127, (1024 * n,))
        s.loss = float32(128, 312, ())
        s.d_z12_norm = s.d_h12 = float32(129, 146, (n, 32, 32, 8))
        s.h12_mask = bool_(130, 130, (n, 32, 32, 8))
        s.d_h11 = s.d_z11_norm = float32(143, 163, (n, 32, 32, 8))
        s.h11_mask = bool_(147, 147, (n, 32, 32, 8))
        s.d_z11_conv = float32(160, 283, (n, 32, 32, 16))
        s.d_enlarge_1_W_columns = float32(164, 165, (128, 16, 16, 2, 2, 8))
        s.d_enlarge_1_W_part = float32(165, 165, (32, 16))
        s.d_h9 = s.d_z9_norm = float32(166, 184, (n, 16, 16, 16))
        s.d_h9_columns = float32(167, 167, (128, 16, 16, 2, 2, 8))
        s.h9_mask = bool_(168, 168, (n, 16, 16, 16))
        s.d_h8 = s.d_z8_norm = float32(181, 201, (n, 16, 16, 16))
        s.h8_mask = bool_(185, 185, (n, 16, 16, 16))
        s.d_z8_conv = float32(198, 244, (n, 16, 16, 32))
        s.d_enlarge_2_W_columns = float32(202, 203, (256, 8, 8, 2, 2, 16))
        s.d_enlarge_2_W_part = float32(203, 203, (64, 32))
        s.d_h6 = s.d_z6_norm = float32(204, 222, (n, 8, 8, 32))
        s.d_h6_columns = float32(205, 205, (256, 8, 8, 2, 2, 16))
        s.h6_mask = bool_(206, 206, (n, 8, 8, 32))
        s.d_h5 = s.d_z5_norm = s.d_z5 = float32(219, 242, (n, 8, 8, 32))
        s.h5_mask = bool_(223, 223, (n, 8, 8, 32))
        s.d_bottom_conv_1_W_inputs = float32(230, 234, (6, 210, 2, 10, 16))
        s.d_bottom_conv_1_W_given = float32(231, 234, (6, 210, 2, 8, 32))
        s.d_bottom_conv_1_W_part = float32(232, 234, (8, 6, 48, 32))
        s.d_bottom_conv_1_W_sums = float32(233, 234, (6, 48, 32))
        s.d_bottom_conv_1_W_total = float32(234, 234, (6, 48, 32))
        s.h4_max_pool_index = uint8(235, 244, (n, 8, 8, 16))
        s.h4_max_pool_index_before = bool_(236, 237, (n, 8, 8, 16))
        s.h4_max_pool_index_different = bool_(237, 237, (n, 8, 8, 16))
        s.bottom_conv_1_W_copy = float32(238, 242, (3, 3, 32, 16))
        s.d_h4_pooled = float32(239, 244, (n, 8, 8, 16))
        s.d_h4_pooled_inputs = float32(240, 242, (6, 195, 2, 10, 32))
        s.d_h4_pooled_filters = float32(241, 242, (6, 96, 16))
        s.d_h4_pooled_products = float32(242, 242, (6, 195, 2, 8, 16))
        s.d_h4 = s.d_z4_norm = float32(243, 261, (n, 16, 16, 16))
        s.d_h4_chosen = bool_(244, 244, (n, 8, 8, 16))
        s.h4_mask = bool_(245, 245, (n, 16, 16, 16))
        s.d_h3 = s.d_z3_norm = s.d_z3 = float32(258, 281, (n, 16, 16, 16))
        s.h3_mask = bool_(262, 262, (n, 16, 16, 16))
        s.d_down_2_conv_1_W_inputs = float32(269, 273, (6, 109, 4, 18, 8))
        s.d_down_2_conv_1_W_given = float32(270, 273, (6, 109, 4, 16, 16))
        s.d_down_2_conv_1_W_part = float32(271, 273, (16, 6, 24, 16))
        s.d_down_2_conv_1_W_sums = float32(272, 273, (6, 24, 16))
        s.d_down_2_conv_1_W_total = float32(273, 273, (6, 24, 16))
        s.h2_max_pool_index = uint8(274, 283, (n, 16, 16, 8))
        s.h2_max_pool_index_before = bool_(275, 276, (n, 16, 16, 8))
        s.h2_max_pool_index_different = bool_(276, 276, (n, 16, 16, 8))
        s.down_2_conv_1_W_copy = float32(277, 281, (3, 3, 16, 8))
        s.d_h2_pooled = float32(278, 283, (n, 16, 16, 8))
        s.d_h2_pooled_inputs = float32(279, 281, (6, 105, 4, 18, 16))
        s.d_h2_pooled_filters = float32(280, 281, (6, 48, 8))
        s.d_h2_pooled_products = float32(281, 281, (6, 105, 4, 16, 8))
        s.d_h2 = s.d_z2_norm = float32(282, 300, (n, 32, 32, 8))
        s.d_h2_chosen = bool_(283, 283, (n, 16, 16, 8))
        s.h2_mask = bool_(284, 284, (n, 32, 32, 8))
        s.d_h1 = s.d_z1_norm = s.d_z1 = float32(297, 312, (n, 32, 32, 8))
        s.h1_mask = bool_(301, 301, (n, 32, 32, 8))
        s.d_down_1_conv_1_W_inputs = float32(308, 312, (6, 75, 8, 34, 1))
        s.d_down_1_conv_1_W_given = float32(309, 312, (6, 75, 8, 32, 8))
        s.d_down_1_conv_1_W_part = float32(310, 312, (32, 6, 3, 8))
        s.d_down_1_conv_1_W_sums = float32(311, 312, (6, 3, 8))
        s.d_down_1_conv_1_W_total = float32(312, 312, (6, 3, 8))
        s.learning_rate_times = float32(333, 333, (29490,))
        s.conv = [SimpleNamespace() for _ in range(9)]
        for b, at in zip(s.conv, _TRAIN_CONV, strict=True):
            b.h = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.z_inputs = float32(at.v, at.v + 2, (6, at.c, at.d, at.e, at.b))
            b.z_filters = float32(at.v + 1, at.v + 2, (6, at.f, at.g))
            b.z_products = float32(at.v + 2, at.v + 2, (6, at.c, at.d, at.a, at.g))
            b.z = float32(at.v - 1, at.w, (n, at.a, at.a, at.g))
        for k in _numbers("0..4/2 5..8"):
            b, at = s.conv[k], _TRAIN_CONV[k]
            b.W_copy = float32(at.w + 6, at.w + 10, (3, 3, at.g, at.b))
            b.d_z = float32(at.x, at.w + 10, (n, at.a, at.a, at.g))
            b.d_W_inputs = float32(at.w + 1, at.w + 5, (6, at.c, at.d, at.e, at.b))
            b.d_W_given = float32(at.w + 2, at.w + 5, (6, at.c, at.d, at.a, at.g))
            b.d_W_part = float32(at.w + 3, at.w + 5, (at.a, 6, at.f, at.g))
            b.d_W_sums = float32(at.w + 4, at.w + 5, (6, at.f, at.g))
            b.d_W_total = float32(at.w + 5, at.w + 5, (6, at.f, at.g))
            b.d_h_inputs = float32(at.w + 8, at.w + 10, (6, at.h, at.d, at.e, at.g))
            b.d_h_filters = float32(at.w + 9, at.w + 10, (6, at.i, at.b))
            b.d_h_products = float32(at.w + 10, at.w + 10, (6, at.h, at.d, at.a, at.b))
            b.d_h = float32(at.w + 7, at.y, (n, at.a, at.a, at.b))
        s.batch_norm = [SimpleNamespace(n=s.n) for _ in range(10)]
        for b, at in zip(s.batch_norm, _TRAIN_BATCH_NORM, strict=True):
            b.z = b.z_hat = b.z_hat_2 = float32(at.t, at.u, (n, at.b, at.b, at.c))
            b.z_mean_rows = float32(at.t + 4, at.t + 4, (at.b, at.c))
            b.z_hat_square = float32(at.t + 5, at.t + 5, (n, at.b, at.b, at.c))
            b.z_inv_std = b.z_inv_std_times = float32(at.t + 6, at.u - 4, (at.c,))
            b.z_inv_std_rows = float32(at.t + 7, at.t + 7, (at.b, at.c))
            b.rows = float32(at.t + 8, at.t + 9, (at.b, at.c))
            b.z_norm = float32(at.t + 9, at.u - 6, (n, at.b, at.b, at.c))
            b.beta_rows = float32(at.t + 10, at.t + 10, (at.b, at.c))
            b.z_inv_std_rows_2 = float32(at.u - 4, at.u, (at.b, at.c))
            b.over = float32(at.u - 3, at.u - 2, (at.c,))
            b.rows_2 = float32(at.u - 2, at.u - 2, (at.b, at.c))
            b.over_2 = float32(at.u - 1, at.u, (at.c,))
            b.rows_3 = float32(at.u, at.u, (at.b, at.c))
            b.z_hat_times = b.z
            b.d_z_norm = b.d_z = float32(at.v, at.w, (n, at.b, at.b, at.c))
            b.d_z_norm_times = float32(at.u - 5, at.u - 5, (n, at.b, at.b, at.c))
        s.enlarge = [SimpleNamespace() for _ in range(2)]
        for b, at in zip(s.enlarge, _TRAIN_ENLARGE, strict=True):
            b.h = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.h_conv_input_gradient_columns = float32(
                at.t + 3,
                at.t + 3,
                (at.c, at.a, at.a, 2, 2, at.d),
            )
            b.h_conv_input_gradient = float32(at.t + 2, at.t + 5, (n, at.e, at.e, at.d))
            b.b_rows = float32(at.t + 4, at.t + 5, (at.e, at.d))
            b.h1_concat = float32(at.t + 5, at.u - 10, (n, at.e, at.e, at.b))
        s.down = [SimpleNamespace() for _ in range(5)]
        for k in range(1, 5):
            b, at = s.down[k], _TRAIN_DOWN[k]
            b.h = float32(at.t, at.u, (n, at.a, at.a, at.b))
        for b, at in zip(s.down, _TRAIN_DOWN, strict=True):
            b.z1_mean_times_2 = float32(at.v, at.v, (at.b,))
            b.z1_unbiased_var_times_2 = float32(at.v + 1, at.v + 1, (at.b,))
            b.z2_mean_times_2 = float32(at.v + 2, at.v + 2, (at.b,))
            b.z2_unbiased_var_times_2 = float32(at.v + 3, at.v + 3, (at.b,))
        self._lay_out(s)
        s.ones = np.ones((1024 * n,), dtype=np.float32)
        s.h2_pooled_shifts = _shifts((32, 32), (16, 16), (2, 2), (0, 0), (2, 2))
        s.h4_pooled_shifts = _shifts((16, 16), (8, 8), (2, 2), (0, 0), (2, 2))
        s.h12_reshape = s.h12.reshape(1024 * n, 8)
        s.classify_W_reshape = p.classify_W.reshape(8, 2)
        s.logits_rows = s.logits.reshape(1024 * n, 2)
        s.classify_b_broadcast_to = np.broadcast_to(p.classify_b, (32, 2))
        s.logits_max_starts = np.arange(0, 2048 * n, 2)
        s.logits_log = s.logits_minus.reshape(n, 32, 32, 1)
        s.iota = np.arange(1024 * n, dtype=np.int64)
        s.row_starts = s.iota * 2
        s.logits_reshape_2 = s.logits_take.reshape(n, 32, 32)
        s.minus_ones = np.full((1024 * n,), -1.0, dtype=np.float32)
        s.d_logits_reshape = s.d_logits.reshape(1024 * n, 2)
        s.h12_product = d.classify_W.reshape(8, 2)
        s.d_logits_product = s.d_z12_norm.reshape(1024 * n, 8)
        s.d_h10 = s.d_z11_conv[:, :, :, 8:]
        s.d_h7 = s.d_z8_conv[:, :, :, 16:]
        s.d_z8_slice = s.d_z8_conv[:, :, :, :16]
        s.h4_max_pool_index_shifts = s.h4_pooled_shifts
        s.bottom_conv_1_W_slice = p.bottom_conv_1_W[::-1, ::-1]
        s.bottom_conv_1_W_transpose = s.bottom_conv_1_W_slice.transpose(0, 1, 3, 2)
        s.d_h4_shifts = s.h4_pooled_shifts
        s.d_z11_slice = s.d_z11_conv[:, :, :, :8]
        s.h2_max_pool_index_shifts = s.h2_pooled_shifts
        s.down_2_conv_1_W_slice = p.down_2_conv_1_W[::-1, ::-1]
        s.down_2_conv_1_W_transpose = s.down_2_conv_1_W_slice.transpose(0, 1, 3, 2)
        s.d_h2_shifts = s.h2_pooled_shifts
        for k in _numbers("0..4/2 5..8"):
            b = s.conv[k]
            b.W_slice = p.conv[k].W[::-1, ::-1]
            b.W_transpose = b.W_slice.transpose(0, 1, 3, 2)
        for k in range(10):
            b, at = s.batch_norm[k], _TRAIN_BATCH_NORM[k]
            b.ones = np.ones((at.a * n,), dtype=np.float32)
            b.z_reshape = b.z.reshape(at.a * n, at.c)
            b.z_mean_broadcast_to = np.broadcast_to(
                stats.batch_norm[k].z_mean,
                (at.b, at.c),
            )
            b.z_hat_reshape = b.z_hat_square.reshape(at.a * n, at.c)
            b.z_inv_std_broadcast_to = np.broadcast_to(b.z_inv_std, (at.b, at.c))
            b.broadcast_to = np.broadcast_to(p.batch_norm[k].gamma, (at.b, at.c))
            b.beta_broadcast_to = np.broadcast_to(p.batch_norm[k].beta, (at.b, at.c))
            b.z_inv_std_broadcast_to_2 = np.broadcast_to(
                b.z_inv_std_times,
                (at.b, at.c),
            )
            b.broadcast_to_2 = np.broadcast_to(b.over, (at.b, at.c))
            b.broadcast_to_3 = np.broadcast_to(b.over_2, (at.b, at.c))
            b.d_z_norm_reshape = b.d_z_norm.reshape(at.a * n, at.c)
            b.d_z_norm_reshape_2 = b.d_z_norm_times.reshape(at.a * n, at.c)
            b.size = at.a
        for k in range(2):
            b, at = s.enlarge[k], _TRAIN_ENLARGE[k]
            b.b_broadcast_to = np.broadcast_to(p.enlarge[k].b, (at.e, at.d))
            b.size = at.d
        _join(s.down, s.conv, _DOWN_CONV)
        _join(s.down, s.batch_norm, _DOWN_BATCH_NORM)
        self._train[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def predict(self, x):
        """The outputs for a batch of inputs.

        x: float32 (N, 32, 32, 1)
        """
        s = self._predict_slots(x)
        classes = self._forward(s, x)
        return {"classes": classes.copy()}

    @_processors  # threads share its loops over images
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
        _conv_winograd_columns(
            x,
            p.down_1_conv_1_W,
            (s.z1_inputs, s.z1_filters, s.z1_products),
            4,
            out=s.z1,
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

        # down_1.conv_2                                         mnist_segmentation.py:38
        self._conv_forward(s.conv[0], p.conv[0])

        # down_1.batch_norm_2                                   mnist_segmentation.py:38
        self._batch_norm_inference(
            s.batch_norm[1],
            p.batch_norm[1],
            self._batch_norm_state[1],
        )

        # down_1.relu_2: h2 = relu(z2_norm)    (N, 32, 32, 8)   mnist_segmentation.py:38
        np.clip(s.z2_norm, 0.0, np.inf, out=s.h2)

        # pool: h2_pooled = max_pool(h2, 2x2)                       (N, 16, 16, 8)   :38
        _max_pool_shifts(s.h2, s.h2_pooled_shifts, out=s.h2_pooled)

        # down_2
        self._down_inference(s.down[1], p.down[1], self._down_state[1])

        # pool: h4_pooled = max_pool(h4, 2x2)   (N, 8, 8, 16)   mnist_segmentation.py:38
        _max_pool_shifts(s.h4, s.h4_pooled_shifts, out=s.h4_pooled)

        # bottom
        self._down_inference(s.down[2], p.down[2], self._down_state[2])

        # enlarge_2                                             mnist_segmentation.py:38
        self._enlarge_forward(s.enlarge[0], p.enlarge[0])

        # h4_concat = [h4; h7]                (N, 16, 16, 32)   mnist_segmentation.py:38
        np.copyto(s.h4_concat[..., :16], s.h4)

        # up_2
        self._down_inference(s.down[3], p.down[3], self._down_state[3])

        # enlarge_1                                             mnist_segmentation.py:38
        self._enlarge_forward(s.enlarge[1], p.enlarge[1])

        # h2_concat = [h2; h10]               (N, 32, 32, 16)   mnist_segmentation.py:38
        np.copyto(s.h2_concat[..., :8], s.h2)

        # up_1
        self._down_inference(s.down[4], p.down[4], self._down_state[4])

        # classify: logits = conv(h12, W) + b                       (N, 32, 32, 2)   :38
        np.dot(s.h12_reshape, s.classify_W_reshape, out=s.logits_rows)
        np.copyto(s.classify_b_rows, s.classify_b_broadcast_to)
        np.add(s.logits, s.classify_b_rows, out=s.logits)

    def _predict_slots(self, x):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._predict[x.dtype, x.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_predict(x)

    def _plan_predict(self, x):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.float32, ("N", 32, 32, 1), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        # The moments that each buffer is needed from and up to, its type, its shape.
        self._plan_common(s, n, float32)
        s.logits = float32(90, 92, (n, 32, 32, 2))
        s.classes = _Buffer(92, 92, np.int64, (n, 32, 32))
        self._lay_out(s)
        self._plan_common_2(s, n)
        self._predict[x.dtype, x.shape] = s
        return s

    def _plan_common(self, s, n, float32):
        """The buffers that predict and loss have alike."""
        s.z1 = s.z1_norm = s.h1 = float32(0, 11, (n, 32, 32, 8))
        s.z1_inputs = float32(1, 3, (6, 75, 8, 34, 1))
        s.z1_filters = float32(2, 3, (6, 3, 8))
        s.z1_products = float32(3, 3, (6, 75, 8, 32, 8))
        s.z2_norm = s.h2 = float32(8, 73, (n, 32, 32, 8))
        s.h2_pooled = float32(16, 20, (n, 16, 16, 8))
        s.h4 = float32(25, 53, (n, 16, 16, 16))
        s.h4_pooled = float32(33, 37, (n, 8, 8, 16))
        s.h4_concat = float32(53, 57, (n, 16, 16, 32))
        s.h2_concat = float32(73, 77, (n, 32, 32, 16))
        s.h12 = float32(82, 90, (n, 32, 32, 8))
        s.classify_b_rows = float32(91, 91, (32, 2))
        s.conv = [SimpleNamespace() for _ in range(9)]
        for b, at in zip(s.conv, _PREDICT_CONV, strict=True):
            b.h = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.z_inputs = float32(at.u - 2, at.u, (6, at.c, at.d, at.e, at.b))
            b.z_filters = float32(at.u - 1, at.u, (6, at.f, at.g))
            b.z_products = float32(at.u, at.u, (6, at.c, at.d, at.a, at.g))
            b.z = float32(at.u - 3, at.v, (n, at.a, at.a, at.g))
        s.batch_norm = [SimpleNamespace() for _ in range(10)]
        for b, at in zip(s.batch_norm, _PREDICT_BATCH_NORM, strict=True):
            b.z = b.z_norm = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.z_inv_std = b.times = float32(at.t + 5, at.t + 6, (at.b,))
            b.rows = float32(at.t + 4, at.t + 4, (at.a, at.b))
            b.beta_rows = float32(at.t + 7, at.t + 7, (at.a, at.b))
            b.rows_2 = float32(at.t + 6, at.t + 6, (at.a, at.b))
        s.enlarge = [SimpleNamespace() for _ in range(2)]
        for b, at in zip(s.enlarge, _PREDICT_ENLARGE, strict=True):
            b.h = float32(at.t, at.t + 9, (n, at.a, at.a, at.b))
            b.h_conv_input_gradient_columns = float32(
                at.t + 9,
                at.t + 9,
                (at.c, at.a, at.a, 2, 2, at.d),
            )
            b.h_conv_input_gradient = float32(
                at.t + 8,
                at.t + 11,
                (n, at.e, at.e, at.d),
            )
            b.b_rows = float32(at.t + 10, at.t + 11, (at.e, at.d))
            b.h1_concat = float32(at.t + 11, at.t + 15, (n, at.e, at.e, at.b))
        s.down = [SimpleNamespace() for _ in range(5)]
        for k in range(1, 5):
            b, at = s.down[k], _PREDICT_DOWN[k]
            b.h = float32(at.t, at.u, (n, at.a, at.a, at.b))

    def _plan_common_2(self, s, n):
        """The views that predict and loss have alike."""
        p = self.params
        s.h2_pooled_shifts = _shifts((32, 32), (16, 16), (2, 2), (0, 0), (2, 2))
        s.h4_pooled_shifts = _shifts((16, 16), (8, 8), (2, 2), (0, 0), (2, 2))
        s.h12_reshape = s.h12.reshape(1024 * n, 8)
        s.classify_W_reshape = p.classify_W.reshape(8, 2)
        s.logits_rows = s.logits.reshape(1024 * n, 2)
        s.classify_b_broadcast_to = np.broadcast_to(p.classify_b, (32, 2))
        for k in range(10):
            b, at = s.batch_norm[k], _PREDICT_BATCH_NORM[k]
            b.broadcast_to = np.broadcast_to(
                self._batch_norm_state[k].running_mean,
                (at.a, at.b),
            )
            b.beta_broadcast_to = np.broadcast_to(p.batch_norm[k].beta, (at.a, at.b))
            b.broadcast_to_2 = np.broadcast_to(b.times, (at.a, at.b))
        for k in range(2):
            b, at = s.enlarge[k], _PREDICT_ENLARGE[k]
            b.b_broadcast_to = np.broadcast_to(p.enlarge[k].b, (at.e, at.d))
            b.size = at.d
        _join(s.down, s.conv, _DOWN_CONV)
        _join(s.down, s.batch_norm, _DOWN_BATCH_NORM)

    def loss(self, x, y):
        """The loss on a batch, as in inference: no dropout, nothing changes.

        x: float32 (N, 32, 32, 1)
        y: int64 (N, 32, 32)
        """
        s = self._loss_slots(x, y)
        return self._forward_loss(s, x, y)

    @_processors  # threads share its loops over images
    def _forward_loss(self, s, x, y):
        """The forward pass to the loss."""
        # what _forward and _forward_loss begin with
        self._common(s, x)

        # softmax_cross_entropy: loss = mean(-log_softmax(logits)[y])           ()   :45
        _row_max(s.logits, s.logits_max_starts, out=s.logits_max)
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
        # The moments that each buffer is needed from and up to, its type, its shape.
        self._plan_common(s, n, float32)
        s.logits = s.logits_minus_max = float32(90, 96, (n, 32, 32, 2))
        s.logits_max = float32(92, 92, (n, 32, 32, 1))
        s.logits_exp = float32(93, 94, (n, 32, 32, 2))
        s.logits_minus = s.logits_reshape = float32(94, 97, (n, 32, 32))
        s.y_position = _Buffer(95, 96, np.int64, (1024 * n,))
        s.logits_take = float32(96, 96, (1024 * n,))
        s.loss = float32(97, 97, ())
        self._lay_out(s)
        self._plan_common_2(s, n)
        s.logits_max_starts = np.arange(0, 2048 * n, 2)
        s.logits_sum = s.logits_minus.reshape(n, 32, 32, 1)
        s.logits_log = s.logits_minus.reshape(n, 32, 32, 1)
        s.iota = np.arange(1024 * n, dtype=np.int64)
        s.row_starts = s.iota * 2
        s.logits_reshape_2 = s.logits_take.reshape(n, 32, 32)
        self._loss[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def _down_inference(self, s, p, state):
        """Forward, one of 4: down_2 to up_1."""
        # A = 16, 8, 32; B = 16, 32, 8
        # conv_1: z = conv(h_pooled, W)                               (N, A, A, B)   :38
        self._conv_forward(s.conv_1, p.conv_1)

        # batch_norm_1                                          mnist_segmentation.py:38
        self._batch_norm_inference(s.batch_norm_1, p.batch_norm_1, state.batch_norm_1)

        # relu_1: conv_2.h = relu(batch_norm_1.z_norm)                      (N, A, A, B)
        np.clip(s.batch_norm_1.z_norm, 0.0, np.inf, out=s.conv_2.h)

        # conv_2: z = conv(conv_2.h, W)          (N, A, A, B)   mnist_segmentation.py:38
        self._conv_forward(s.conv_2, p.conv_2)

        # batch_norm_2                                          mnist_segmentation.py:38
        self._batch_norm_inference(s.batch_norm_2, p.batch_norm_2, state.batch_norm_2)

        # relu_2: h = relu(batch_norm_2.z_norm)                             (N, A, A, B)
        np.clip(s.batch_norm_2.z_norm, 0.0, np.inf, out=s.h)

    def _down_statistics(self, s, stats, state):
        """Statistics, one of 5: down_1 to up_1."""
        # A = 8, 16, 32
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

    def _down_forward(self, s, p, stats):
        """Forward, one of 4: down_2 to up_1."""
        # A = 16, 8, 32; B = 16, 32, 8
        # conv_1: z1 = conv(h_pooled, W)                              (N, A, A, B)   :38
        self._conv_forward(s.conv_1, p.conv_1)

        # batch_norm_1                                          mnist_segmentation.py:38
        self._batch_norm_forward(s.batch_norm_1, stats.batch_norm_1)

        # relu_1: conv_2.h = relu(batch_norm_1.z_norm)                      (N, A, A, B)
        np.clip(s.batch_norm_1.z_norm, 0.0, np.inf, out=s.conv_2.h)

        # conv_2: z2 = conv(conv_2.h, W)         (N, A, A, B)   mnist_segmentation.py:38
        self._conv_forward(s.conv_2, p.conv_2)

        # batch_norm_2                                          mnist_segmentation.py:38
        self._batch_norm_forward(s.batch_norm_2, stats.batch_norm_2)

        # relu_2: h = relu(batch_norm_2.z_norm)                             (N, A, A, B)
        np.clip(s.batch_norm_2.z_norm, 0.0, np.inf, out=s.h)

    def _enlarge_forward(self, s, p):
        """Forward, one of 2: enlarge_2 to enlarge_1."""
        # A = 16, 32; B = 16, 8
        # enlarge: h = conv^T(h, W) + b          (N, A, A, B)   mnist_segmentation.py:38
        _conv_col2im(
            s.h,
            p.W,
            (s.h_conv_input_gradient_columns, None),
            out=s.h_conv_input_gradient,
            strides=(2, 2),
        )
        np.copyto(s.b_rows, s.b_broadcast_to)
        np.add(s.h_conv_input_gradient, s.b_rows, out=s.h1_concat[..., s.size :])

    def _batch_norm_inference(self, s, p, state):
        """Forward, one of 10: down_1.batch_norm_1 to up_1.batch_norm_2."""
        # A = 16, 8; B = 16, 32
        # batch_norm                                            mnist_segmentation.py:38
        # z_inv_std = 1 / sqrt(running_var + 1e-05)                                 (A,)
        # z_norm = (z - running_mean) * (gamma * z_inv_std)                 (N, B, B, A)
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

    def _batch_norm_backward(self, s, p, d):
        """Backward, one of 10: down_1.batch_norm_1 to up_1.batch_norm_2."""
        # A = 1024, 256, 64; B = 8, 16, 32; C = 32, 16, 8
        # batch_norm                                            mnist_segmentation.py:38
        # d_beta = sum over A * N of reshape(d_z_norm, (A * N, B))                  (B,)
        # d_gamma = sum over A * N of d_z_norm_reshape_2                            (B,)
        # d_z = (z_inv_std * gamma)                                         (N, C, C, B)
        #     * (d_z_norm - (d_beta / (A * N)) - z_hat_2 * (d_gamma / (A * N)))
        np.dot(s.ones, s.d_z_norm_reshape, out=d.beta)
        np.multiply(s.d_z_norm, s.z_hat_2, out=s.d_z_norm_times)
        np.dot(s.ones, s.d_z_norm_reshape_2, out=d.gamma)
        np.multiply(s.z_inv_std, p.gamma, out=s.z_inv_std_times)
        np.copyto(s.z_inv_std_rows_2, s.z_inv_std_broadcast_to_2)
        _meet(self, "mean", d.beta, d.gamma)
        np.divide(d.beta, s.size * s.n, out=s.over)
        np.copyto(s.rows_2, s.broadcast_to_2)
        np.subtract(s.d_z_norm, s.rows_2, out=s.d_z)
        np.divide(d.gamma, s.size * s.n, out=s.over_2)
        np.copyto(s.rows_3, s.broadcast_to_3)
        np.multiply(s.z_hat_2, s.rows_3, out=s.z_hat_times)
        np.subtract(s.d_z, s.z_hat_times, out=s.d_z)
        np.multiply(s.z_inv_std_rows_2, s.d_z, out=s.d_z)

    def _batch_norm_forward(self, s, stats):
        """Forward, one of 10: down_1.batch_norm_1 to up_1.batch_norm_2."""
        # A = 8, 16, 32; B = 32, 16, 8
        # batch_norm                                            mnist_segmentation.py:38
        # z_mean = mean(z, axes 0, 1, 2)                                            (A,)
        # z_var = mean(square(z - z_mean), axes 0, 1, 2)                            (A,)
        # z_inv_std = 1 / sqrt(z_var + 1e-05)                                       (A,)
        # z_hat_2 = (z - mean) / sqrt(var + 1e-05)                          (N, B, B, A)
        # z_norm = z_hat_2 * gamma + beta                                   (N, B, B, A)
        np.dot(s.ones, s.z_reshape, out=stats.z_mean)
        np.divide(stats.z_mean, s.size * s.n, out=stats.z_mean)
        _meet(self, "mean", stats.z_mean)
        np.copyto(s.z_mean_rows, s.z_mean_broadcast_to)
        np.subtract(s.z, s.z_mean_rows, out=s.z_hat)
        np.square(s.z_hat, out=s.z_hat_square)
        np.dot(s.ones, s.z_hat_reshape, out=stats.z_unbiased_var)
        np.divide(stats.z_unbiased_var, s.size * s.n, out=stats.z_unbiased_var)
        _meet(self, "mean", stats.z_unbiased_var)
        np.add(stats.z_unbiased_var, 1e-05, out=s.z_inv_std)
        np.sqrt(s.z_inv_std, out=s.z_inv_std)
        np.divide(1.0, s.z_inv_std, out=s.z_inv_std)
        np.copyto(s.z_inv_std_rows, s.z_inv_std_broadcast_to)
        np.multiply(s.z_hat, s.z_inv_std_rows, out=s.z_hat_2)
        np.copyto(s.rows, s.broadcast_to)
        np.multiply(s.z_hat_2, s.rows, out=s.z_norm)
        np.copyto(s.beta_rows, s.beta_broadcast_to)
        np.add(s.z_norm, s.beta_rows, out=s.z_norm)

    def _conv_backward(self, s, d):
        """Backward, one of 7: down_1.conv_2 to up_1.conv_2."""
        # A = 8, 16, 32; B = 32, 16, 8
        # conv                                                  mnist_segmentation.py:38
        # d_W = patches(h)^T d_z                                            (3, 3, A, A)
        # d_h = conv(d_z, transpose(W[::-1, ::-1], (0, 1, 3, 2)))           (N, B, B, A)
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
        """Forward, one of 9: down_1.conv_2 to up_1.conv_2."""
        # A = 32, 16, 8; B = 8, 16, 32
        # conv: z = conv(h, W)                   (N, A, A, B)   mnist_segmentation.py:38
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


def _join(blocks, inner, table):
    """Give each block its places of `inner`, under the names of a table of their numbers."""
    for block, row in zip(blocks, _rows(table), strict=True):
        for name, number in vars(row).items():
            setattr(block, name, inner[number])


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
