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
batch_norm_1. running_{mean,var}=8 ; 1..3: stage_1. ~block_#.norm_1.running_mean=8
  block_#.norm_1.running_var=8 ~block_#.norm_2.running_mean=8
  block_#.norm_2.running_var=8 ; 1..3: stage_2.block_#.
  norm_1.running_mean/block_#_norm_1_running_mean_2=16 norm_1.running_var=16
  norm_2.running_mean/block_#_norm_2_running_mean_2=16 norm_2.running_var=16 ; 1..3:
  stage_3.block_#. norm_1.running_mean/block_#_norm_1_running_mean_3=32
  norm_1.running_var=32 norm_2.running_mean/block_#_norm_2_running_mean_3=32
  norm_2.running_var=32 ;
"""
_STATES_INT64 = """
sgd.step=
"""
_PARAMS = """
conv_1.W=3,3,1,8 batch_norm_1. {gamma,beta}=8 ; 1..3: stage_1.block_#. conv_1.W=3,3,8,8
  norm_1.{gamma,beta}=8 conv_2.W=3,3,8,8 norm_2.{gamma,beta}=8 ;
  stage_2.block_1.conv_1.W=3,3,8,16 1,2: stage_2.block_#.norm_1.{gamma,beta}=16
  stage_2.block_#.conv_2.W=3,3,16,16 stage_2.block_#.norm_2.{gamma,beta}=16
  stage_2.block_#+1.conv_1.W=3,3,16,16 ; stage_2.block_3. norm_1.{gamma,beta}=16
  conv_2.W=3,3,16,16 norm_2.{gamma,beta}=16 ; stage_3.block_1.conv_1.W=3,3,16,32 1,2:
  stage_3.block_#.norm_1.{gamma,beta}=32 stage_3.block_#.conv_2.W=3,3,32,32
  stage_3.block_#.norm_2.{gamma,beta}=32 stage_3.block_#+1.conv_1.W=3,3,32,32 ;
  stage_3.block_3. norm_1.{gamma,beta}=32 conv_2.W=3,3,32,32 norm_2.{gamma,beta}=32 ;
  dense_1.W=32,10 dense_1.b=10
"""
_STATS = """
1..7: z#_{mean,unbiased_var}=8 ; 8..13: z#_{mean,unbiased_var}=16 ; 14..19:
  z#_{mean,unbiased_var}=32 ;
"""


# Blocks inside of others: for each name, the number of what is called so in each place.
_BLOCK_CONV = """
conv_1 0 2 4x2 7 9x2 12 14
conv_2 1 3 5x2 8 10x2 13 15
"""
_BLOCK_NORM = """
norm_1 1 3 5x2 9 11x2 15 17
norm_2 2 4 6x2 10 12x2 16 18
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
t 9..64/11 86 97 109..131/11 152 163 175..197/11   a 28x6 14x5 7x5   b 8x6 16x5 32x5
u 531 514 496 479 461 444 411 393 376 358 341 309 291 274 256 239   c 53x6 91x5 170x5
v 12..67/11 89 101..134/11 155 167..200/11   d 7x6 4x5 2x5   e 30x6 16x5 9x5
w 510 501 475 466 440 431 398 372 363 337 328 296 270 261 235 226   f 24x6 48x5 96x5
x 530..460/-35x2 425 392x2 357x2 322 290x2 255x2
""")
_TRAIN_NORM = _rows("""
t 0..88/11 100..144/11 154 166..199/11   v 4..92/11 104..137/11 147 158 170..203/11
u 537..503/-17 485 468 450 433 417 400 382 365 347 330 315 298 280 263 245 228
w 533 516 498 481 463 446 428 413 395 378 360 343 325 311 293 276 258 241 223
x 531 514 496 479 461 444 426 411 393 376 358 341 323 309 291 274 256 239 220
y 543..579/2   z 422|510-35x3 422 407-35|319x3 305-35|221x3   a 784x7 196x6 49x6
t_2 542|530-35x4 422|392-35x3 319 290 319 255 319   b 28x7 14x6 7x6   c 8x7 16x6 32x6
t_3 422 510 501 475 466 440 431 407 398 372 363 337 328 305 296 270 261 235 226
t_4 542 530 513 495 478 460 443 425 410 392 375 357 340 322 308 290 273 255 238
""")
_TRAIN_BLOCK = _rows("""
t 31 53 75x2 120 142x2 186 208   u 496 461 426x2 358 323x2 256 220   w 422x4 319x3 221x2
v 496 461 426x2 358 323x2 256 221   x 542x4 422x3 319x2   a 28x4 14x3 7x2
b 8x4 16x3 32x2
""")
_PREDICT_CONV = _rows("""
t 0..40/8 56 64 73..89/8 105 112 121..137/8   v 9..49/8 65 74..98/8 113 122..146/8
u 23 19 39 35 55 51 67 88 84 104 100 115 136 132 152 148   a 28x6 14x5 7x5
w 19 39 35 55 51 72 88 84 104 100 120 136 132 152 148 153   b 8x6 16x5 32x5
c 53x6 91x5 170x5   d 7x6 4x5 2x5   e 30x6 16x5 9x5   f 24x6 48x5 96x5
""")
_PREDICT_NORM = _rows("""
t 0..64/8 73..105/8 112 121..145/8   v 5..69/8 78..102/8 109 117 126..150/8
u 23 19 39 35 55 51 72 67 88 84 104 100 120 115 136 132 152 148 153   a 28x7 14x6 7x6
b 8x7 16x6 32x6
""")
_PREDICT_BLOCK = _rows("""
t 16 32 48x2 81 97x2 129 145   u 39 55 72x2 104 120x2 152 153   a 28x4 14x3 7x2
b 8x4 16x3 32x2
""")


class MnistResnet:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "mnist_resnet"
    FINGERPRINT = "eb6bd0fbcb46b607"
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
        places = _series(
            "stage_#_block_#_conv_#",
            "1x6 2x5 3x5",
            "1..3x2 1,2x2,3x2*2",
            "1,2*2 1,2x2,1,2*2 1 2",
        )
        self.params.conv = _parts(self.params, places)
        self.grads.conv = _parts(self.grads, places)
        places = _before(self.params.shapes, "_beta")
        self.stats.norm = _named(
            self.stats,
            z_mean=_series("z#_mean", "1..19"),
            z_unbiased_var=_series("z#_unbiased_var", "1..19"),
        )
        self.grads.norm = _parts(self.grads, places)
        self.params.norm = _parts(self.params, places)
        self._norm_state = _named(
            self.state,
            running_mean=[
                "batch_norm_1_running_mean",
                *_series("block_#_norm_#_running_mean", "1..3x2", "1,2*3"),
                *_series(
                    "block_#_norm_#_running_mean_#",
                    "1..3x2*2",
                    "1,2*6",
                    "2x6 3x6",
                ),
            ],
            running_var=[
                "batch_norm_1_running_var",
                *_series(
                    "stage_#_block_#_norm_#_running_var",
                    "1..3x6",
                    "1..3x2*3",
                    "1,2*9",
                ),
            ],
        )
        self.params.block = [SimpleNamespace() for _ in range(9)]
        _join(self.params.block, self.params.conv, _BLOCK_CONV)
        _join(self.params.block, self.params.norm, _BLOCK_NORM)
        self.stats.block = _named(
            self.stats,
            z_unbiased_var=[
                *_series("z#_unbiased_var", "2 4"),
                "",
                *_series("z#_unbiased_var", "8 10"),
                "",
                *_series("z#_unbiased_var", "14..18/2"),
            ],
            z_unbiased_var_2=[
                *_series("z#_unbiased_var", "3 5"),
                "",
                *_series("z#_unbiased_var", "9 11"),
                "",
                *_series("z#_unbiased_var", "15..19/2"),
            ],
        )
        _join(self.stats.block, self.stats.norm, _BLOCK_NORM)
        self.grads.block = [SimpleNamespace() for _ in range(9)]
        _join(self.grads.block, self.grads.norm, _BLOCK_NORM)
        _join(self.grads.block, self.grads.conv, _BLOCK_CONV)
        self._block_state = [SimpleNamespace() for _ in range(9)]
        _join(self._block_state, self._norm_state, _BLOCK_NORM)
        self._arena = np.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._predict = {}  # buffers by the arguments' shapes
        self._loss = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        names = _ending(p.shapes, "_W", "dense_1_W")
        every_a = """
        0.47140452 0.16666667x7 0.11785113x6 0.083333336x5
        """
        for name, a in zip(names, _numbers(every_a), strict=True):
            array = getattr(p, name)
            noise = rng.standard_normal(array.shape, dtype=np.float32)
            array[...] = noise * a
        for name in _ending(p.shapes, "_gamma"):
            array = getattr(p, name)
            array[...] = 1.0
        dense_1_draw = rng.random((32, 10), dtype=np.float32)
        p.dense_1_W[...] = dense_1_draw * 0.75592893 + -0.37796447
        for name in _ending(vars(self.state), "_running_var"):
            array = getattr(self.state, name)
            array[...] = 1.0

    def train_step(self, x, y):
        """One training step on a mini-batch; returns the loss before it.

        x: float32 (N, 28, 28, 1)
        y: int64 (N,)
        """
        s, loss = self._backward_in_parts(x, y)
        self._update(s)
        return loss

    def gradients(self, x, y):
        """The gradients of the loss, as training sees it: dropout is on.

        x: float32 (N, 28, 28, 1)
        y: int64 (N,)
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
            least=36,
            keeps=["params"],
        )

    @_processors  # threads share its loops over images
    def _backward(self, s, x, y):
        """Forward and backward: the loss; the gradients go to self.grads."""
        p, d, stats = self.params, self.grads, self.stats
        # ---- forward -----------------------------------------------------------------
        # conv_1: z1 = conv(x, W)                    (N, 28, 28, 8)   mnist_resnet.py:37
        _conv_winograd_columns(
            x,
            p.conv_1_W,
            (s.z1_inputs, s.z1_filters, s.z1_products),
            4,
            out=s.z1,
            low=(1, 1),
        )

        # batch_norm_1                                                mnist_resnet.py:37
        self._norm_forward(s.norm[0], stats.norm[0])

        # relu_1: h1 = relu(z1_norm)                 (N, 28, 28, 8)   mnist_resnet.py:37
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # stage_1.block_1 to stage_1.block_3                          mnist_resnet.py:37
        for k in range(3):
            self._block_forward(s.block[k], p.block[k], stats.block[k])

        # stage_2.block_1.conv_1: z8 = conv(stage_1_relu_3, W)     (N, 14, 14, 16)   :37
        _conv_toeplitz(
            s.stage_1_relu_3,
            p.stage_2_block_1_conv_1_W,
            (s.z8_columns, s.z8_band, s.z8_padded),
            out=s.z8,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_2.block_1.norm_1                                      mnist_resnet.py:37
        self._norm_forward(s.norm[7], stats.norm[7])

        # stage_2.block_1.relu: h8 = relu(z8_norm)                 (N, 14, 14, 16)   :37
        np.clip(s.z8_norm, 0.0, np.inf, out=s.h8)

        # stage_2.block_1.conv_2
        self._conv_forward(s.conv[6], p.conv[6])

        # stage_2.block_1.norm_2                                      mnist_resnet.py:37
        self._norm_forward(s.norm[8], stats.norm[8])

        # stage_2.block_1.shortcut                                    mnist_resnet.py:37
        # stage_2_shortcut                                             (N, 14, 14, 16)
        s.stage_2_shortcut.fill(0)
        s.stage_2_shortcut[:, :, :, 4:12] = s.stage_1_relu_slice

        # stage_2.block_1: h9_plus = h9 + stage_2_shortcut         (N, 14, 14, 16)   :37
        np.add(s.h9, s.stage_2_shortcut, out=s.h9_plus)

        # stage_2.block_1.relu                                        mnist_resnet.py:37
        # stage_2_relu = relu(h9 + shortcut)                           (N, 14, 14, 16)
        np.clip(s.h9_plus, 0.0, np.inf, out=s.stage_2_relu)

        # stage_2.block_2 to stage_2.block_3
        for k in range(4, 6):
            self._block_forward(s.block[k], p.block[k], stats.block[k])

        # stage_3.block_1.conv_1: z14 = conv(stage_2_relu_3, W)      (N, 7, 7, 32)   :37
        _conv_im2col(
            s.stage_2_relu_3,
            p.stage_3_block_1_conv_1_W,
            (s.z14_columns, s.z14_padded),
            out=s.z14,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_3.block_1.norm_1                                      mnist_resnet.py:37
        self._norm_forward(s.norm[13], stats.norm[13])

        # stage_3.block_1.relu: h14 = relu(z14_norm)                 (N, 7, 7, 32)   :37
        np.clip(s.z14_norm, 0.0, np.inf, out=s.h14)

        # stage_3.block_1.conv_2
        self._conv_forward(s.conv[11], p.conv[11])

        # stage_3.block_1.norm_2                                      mnist_resnet.py:37
        self._norm_forward(s.norm[14], stats.norm[14])

        # stage_3.block_1.shortcut                                    mnist_resnet.py:37
        # stage_3_shortcut                                               (N, 7, 7, 32)
        s.stage_3_shortcut.fill(0)
        s.stage_3_shortcut[:, :, :, 8:24] = s.stage_2_relu_slice

        # stage_3.block_1: h15_plus = h15 + stage_3_shortcut         (N, 7, 7, 32)   :37
        np.add(s.h15, s.stage_3_shortcut, out=s.h15_plus)

        # stage_3.block_1.relu                                        mnist_resnet.py:37
        # stage_3_relu = relu(h15 + shortcut)                            (N, 7, 7, 32)
        np.clip(s.h15_plus, 0.0, np.inf, out=s.stage_3_relu)

        # stage_3.block_2 to stage_3.block_3
        for k in range(7, 9):
            self._block_forward(s.block[k], p.block[k], stats.block[k])

        # global_avg_pool_1: relu_pooled = mean(relu, axes 1, 2)           (N, 32)   :37
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

        # global_avg_pool_1: d_relu_pooled_over = d_relu_pooled / 49       (N, 32)   :37
        np.divide(s.d_relu_pooled, 49.0, out=s.d_relu_pooled_over)

        # stage_3.block_3 to stage_3.block_2                          mnist_resnet.py:37
        for k in reversed(range(7, 9)):
            self._block_backward(s.block[k], p.block[k], d.block[k])

        # stage_3.block_1.relu                                        mnist_resnet.py:37
        # d_stage_3_shortcut = d_stage_3_relu * (stage_3_relu > 0)       (N, 7, 7, 32)
        np.greater(s.stage_3_relu, 0.0, out=s.stage_3_relu_mask_3)
        np.multiply(s.d_stage_3_relu, s.stage_3_relu_mask_3, out=s.d_stage_3_shortcut)

        # stage_3.block_1.norm_2                                      mnist_resnet.py:37
        self._norm_backward(s.norm[14], p.norm[14], d.norm[14])

        # stage_3.block_1.conv_2                                      mnist_resnet.py:37
        self._conv_backward(s.conv[11], d.conv[11])

        # stage_3.block_1.relu: d_z14_norm = d_h14 * (h14 > 0)       (N, 7, 7, 32)   :37
        np.greater(s.h14, 0.0, out=s.h14_mask)
        np.multiply(s.d_h14, s.h14_mask, out=s.d_z14_norm)

        # stage_3.block_1.norm_1                                      mnist_resnet.py:37
        self._norm_backward(s.norm[13], p.norm[13], d.norm[13])

        # stage_3.block_1.conv_1                                      mnist_resnet.py:37
        # d_W = patches(stage_2_relu_3)^T d_z14                         (3, 3, 16, 32)
        _conv_weight_im2col(
            s.stage_2_relu_3,
            s.d_z14,
            (
                s.block_1_conv_1_W_columns,
                s.stage_3_block_1_conv_1_W_part,
                s.block_1_conv_1_W_padded,
            ),
            out=d.stage_3_block_1_conv_1_W,
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
            (s.conv_input_gradient_columns, s.z14_conv_input_gradient_padded),
            out=s.d_z14_conv_input_gradient,
            low=(1, 1),
            strides=(2, 2),
        )
        np.add(
            s.d_stage_3_shortcut_unslice,
            s.d_z14_conv_input_gradient,
            out=s.d_stage_3_relu_2,
        )

        # stage_2.block_3 to stage_2.block_2                          mnist_resnet.py:37
        for k in reversed(range(4, 6)):
            self._block_backward(s.block[k], p.block[k], d.block[k])

        # stage_2.block_1.relu                                        mnist_resnet.py:37
        # d_stage_2_shortcut = d_stage_2_relu * (stage_2_relu > 0)     (N, 14, 14, 16)
        np.greater(s.stage_2_relu, 0.0, out=s.stage_2_relu_mask_3)
        np.multiply(s.d_stage_2_relu, s.stage_2_relu_mask_3, out=s.d_stage_2_shortcut)

        # stage_2.block_1.norm_2                                      mnist_resnet.py:37
        self._norm_backward(s.norm[8], p.norm[8], d.norm[8])

        # stage_2.block_1.conv_2                                      mnist_resnet.py:37
        self._conv_backward(s.conv[6], d.conv[6])

        # stage_2.block_1.relu: d_z8_norm = d_h8 * (h8 > 0)        (N, 14, 14, 16)   :37
        np.greater(s.h8, 0.0, out=s.h8_mask)
        np.multiply(s.d_h8, s.h8_mask, out=s.d_z8_norm)

        # stage_2.block_1.norm_1                                      mnist_resnet.py:37
        self._norm_backward(s.norm[7], p.norm[7], d.norm[7])

        # stage_2.block_1.conv_1                                      mnist_resnet.py:37
        # d_W = patches(stage_1_relu_3)^T d_z8                           (3, 3, 8, 16)
        _conv_weight_toeplitz(
            s.stage_1_relu_3,
            s.d_z8,
            (
                s.block_1_conv_1_W_columns_2,
                s.stage_2_block_1_conv_1_W_part,
                s.stage_2_block_1_conv_1_W_total,
                s.block_1_conv_1_W_padded_2,
            ),
            out=d.stage_2_block_1_conv_1_W,
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
            (s.z8_conv_input_gradient_columns, s.z8_conv_input_gradient_padded),
            out=s.d_z8_conv_input_gradient,
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
        self._norm_backward(s.norm[0], p.norm[0], d.norm[0])

        # conv_1: d_W = patches(x)^T d_z1              (3, 3, 1, 8)   mnist_resnet.py:37
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
        plus = 1.0 + 1.0 / (784 * self._examples - 1)

        # ---- statistics --------------------------------------------------------------
        # batch_norm_1: z1_unbiased_var = z1_var * (1 + 1 / (784 * N - 1))    (8,)   :37
        np.multiply(stats.z1_unbiased_var, plus, out=stats.z1_unbiased_var)

        # stage_1.block_1 to stage_1.block_2                          mnist_resnet.py:37
        for k in range(2):
            self._block_statistics(stats.block[k], plus)

        # stage_1.block_3.norm_1                                      mnist_resnet.py:37
        # z6_unbiased_var = z6_var * (1 + 1 / (784 * N - 1))                      (8,)
        np.multiply(stats.z6_unbiased_var, plus, out=stats.z6_unbiased_var)

        # stage_1.block_3.norm_2                                      mnist_resnet.py:37
        # z7_unbiased_var = z7_var * (1 + 1 / (784 * N - 1))                      (8,)
        np.multiply(stats.z7_unbiased_var, plus, out=stats.z7_unbiased_var)
        plus_2 = 1.0 + 1.0 / (196 * self._examples - 1)

        # stage_2.block_1 to stage_2.block_2                          mnist_resnet.py:37
        for k in range(3, 5):
            self._block_statistics(stats.block[k], plus_2)

        # stage_2.block_3.norm_1                                      mnist_resnet.py:37
        # z12_unbiased_var = z12_var * (1 + 1 / (196 * N - 1))                   (16,)
        np.multiply(stats.z12_unbiased_var, plus_2, out=stats.z12_unbiased_var)

        # stage_2.block_3.norm_2                                      mnist_resnet.py:37
        # z13_unbiased_var = z13_var * (1 + 1 / (196 * N - 1))                   (16,)
        np.multiply(stats.z13_unbiased_var, plus_2, out=stats.z13_unbiased_var)
        plus_3 = 1.0 + 1.0 / (49 * self._examples - 1)

        # stage_3.block_1 to stage_3.block_3                          mnist_resnet.py:37
        for k in range(6, 9):
            self._block_statistics(stats.block[k], plus_3)

        return s.loss[()]

    def _update(self, s):
        """Change the parameters: SGD(cosine(0.1, 500, floor=0.0001), momentum..."""
        p, d, stats = self.params, self.grads, self.stats
        sgd_step = int(self.state.sgd_step)
        # ---- update ------------------------------------------------------------------
        # sgd                                                         mnist_resnet.py:46
        new_sgd_step = sgd_step + 1

        # ---- statistics --------------------------------------------------------------
        with _Whole():  # no interruption may leave this half done
            # batch_norm_1 to stage_3.block_3.norm_2                  mnist_resnet.py:37
            for k in range(19):
                self._norm_statistics(s.norm[k], stats.norm[k], self._norm_state[k])

            # ---- update --------------------------------------------------------------
            # sgd                                                     mnist_resnet.py:46
            # momentum' = 0.9 * momentum + grads                              (67906,)
            # params' = params - learning_rate * momentum'                    (67906,)
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
        bool_ = _buffers(np.bool_)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = float32(0, 537, (n, 28, 28, 8))
        s.z1_inputs = float32(1, 3, (6, 98, 7, 30, 1))
        s.z1_filters = float32(2, 3, (6, 3, 8))
        s.z1_products = float32(3, 3, (6, 98, 7, 28, 8))
        s.z1_norm = s.h1 = float32(9, 531, (n, 28, 28, 8))
        s.stage_1_relu_3 = float32(75, 426, (n, 28, 28, 8))
        s.z8 = float32(77, 417, (n, 14, 14, 16))
        s.z8_columns = float32(78, 80, (89, 14, 7, 3, 5, 8))
        s.z8_band = float32(79, 80, (3, 5, 8, 2, 16))
        s.z8_padded = float32(80, 80, (89, 30, 30, 8))
        s.z8_norm = s.h8 = float32(86, 411, (n, 14, 14, 16))
        s.h9 = s.h9_plus = s.stage_2_relu = float32(97, 393, (n, 14, 14, 16))
        s.stage_2_shortcut = float32(99, 99, (n, 14, 14, 16))
        s.stage_2_relu_3 = float32(142, 323, (n, 14, 14, 16))
        s.z14 = float32(144, 315, (n, 7, 7, 32))
        s.z14_columns = float32(145, 146, (148, 7, 7, 3, 3, 16))
        s.z14_padded = float32(146, 146, (148, 16, 16, 16))
        s.z14_norm = s.h14 = float32(152, 309, (n, 7, 7, 32))
        s.h15 = s.h15_plus = s.stage_3_relu = float32(163, 291, (n, 7, 7, 32))
        s.stage_3_shortcut = float32(165, 165, (n, 7, 7, 32))
        s.stage_3_relu_3 = float32(208, 220, (n, 7, 7, 32))
        s.relu_pooled = float32(210, 218, (n, 32))
        s.logits = s.logits_minus_max = float32(211, 217, (n, 10))
        s.logits_max = float32(212, 212, (n, 1))
        s.logits_exp = s.d_logits = float32(213, 219, (n, 10))
        s.logits_sum = float32(214, 218, (n, 1))
        s.logits_minus_take = s.logits_reshape = float32(215, 218, (n,))
        s.y_position = _Buffer(216, 218, np.int64, (n,))
        s.logits_take = float32(217, 217, (n,))
        s.loss = float32(218, 542, ())
        s.d_relu_pooled = s.d_relu_pooled_over = float32(219, 221, (n, 32))
        s.d_stage_3_relu = s.d_stage_3_shortcut = float32(221, 319, (n, 7, 7, 32))
        s.stage_3_relu_mask_3 = bool_(291, 291, (n, 7, 7, 32))
        s.d_h14 = s.d_z14_norm = s.d_z14 = float32(305, 322, (n, 7, 7, 32))
        s.h14_mask = bool_(309, 309, (n, 7, 7, 32))
        s.block_1_conv_1_W_columns = float32(316, 318, (148, 7, 7, 3, 3, 16))
        s.stage_3_block_1_conv_1_W_part = float32(317, 318, (144, 32))
        s.block_1_conv_1_W_padded = float32(318, 318, (148, 16, 16, 16))
        s.d_stage_3_shortcut_unslice = float32(319, 422, (n, 14, 14, 16))
        s.d_z14_conv_input_gradient = float32(320, 322, (n, 14, 14, 16))
        s.conv_input_gradient_columns = float32(321, 322, (148, 7, 7, 3, 3, 16))
        s.z14_conv_input_gradient_padded = float32(322, 322, (148, 16, 16, 16))
        s.d_stage_3_relu_2 = s.d_stage_3_shortcut_unslice
        s.d_stage_2_relu = s.d_stage_3_shortcut_unslice
        s.stage_2_relu_mask_3 = bool_(393, 393, (n, 14, 14, 16))
        s.d_stage_2_shortcut = s.d_stage_3_shortcut_unslice
        s.d_h8 = s.d_z8_norm = s.d_z8 = float32(407, 425, (n, 14, 14, 16))
        s.h8_mask = bool_(411, 411, (n, 14, 14, 16))
        s.block_1_conv_1_W_columns_2 = float32(418, 421, (89, 14, 7, 3, 5, 8))
        s.stage_2_block_1_conv_1_W_part = float32(419, 421, (120, 32))
        s.stage_2_block_1_conv_1_W_total = float32(420, 421, (3, 5, 8, 2, 16))
        s.block_1_conv_1_W_padded_2 = float32(421, 421, (89, 30, 30, 8))
        s.d_stage_2_shortcut_unslice = s.d_h1 = float32(422, 542, (n, 28, 28, 8))
        s.d_z8_conv_input_gradient = float32(423, 425, (n, 28, 28, 8))
        s.z8_conv_input_gradient_columns = float32(424, 425, (74, 14, 14, 3, 3, 8))
        s.z8_conv_input_gradient_padded = float32(425, 425, (74, 30, 30, 8))
        s.d_stage_2_relu_2 = s.d_stage_2_shortcut_unslice
        s.h1_mask = bool_(531, 531, (n, 28, 28, 8))
        s.d_z1_norm = s.d_stage_2_shortcut_unslice
        s.d_z1 = s.d_stage_2_shortcut_unslice
        s.d_conv_1_W_inputs = float32(538, 542, (6, 98, 7, 30, 1))
        s.d_conv_1_W_given = float32(539, 542, (6, 98, 7, 28, 8))
        s.d_conv_1_W_part = float32(540, 542, (28, 6, 3, 8))
        s.d_conv_1_W_sums = float32(541, 542, (6, 3, 8))
        s.d_conv_1_W_total = float32(542, 542, (6, 3, 8))
        s.learning_rate_times = float32(581, 581, (67906,))
        s.conv = [SimpleNamespace() for _ in range(16)]
        for b, at in zip(s.conv, _TRAIN_CONV, strict=True):
            b.h = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.z_inputs = float32(at.v, at.v + 2, (6, at.c, at.d, at.e, at.b))
            b.z_filters = float32(at.v + 1, at.v + 2, (6, at.f, at.b))
            b.z_products = float32(at.v + 2, at.v + 2, (6, at.c, at.d, at.a, at.b))
            b.z = float32(at.v - 1, at.u - 11, (n, at.a, at.a, at.b))
            b.W_inputs = float32(at.u - 10, at.u - 6, (6, at.c, at.d, at.e, at.b))
            b.W_given = float32(at.u - 9, at.u - 6, (6, at.c, at.d, at.a, at.b))
            b.W_part = float32(at.u - 8, at.u - 6, (at.a, 6, at.f, at.b))
            b.W_sums = float32(at.u - 7, at.u - 6, (6, at.f, at.b))
            b.W_total = float32(at.u - 6, at.u - 6, (6, at.f, at.b))
            b.W_copy = float32(at.u - 5, at.u - 1, (3, 3, at.b, at.b))
            b.d_z = float32(at.w, at.u - 1, (n, at.a, at.a, at.b))
            b.d_h_inputs = float32(at.u - 3, at.u - 1, (6, at.c, at.d, at.e, at.b))
            b.d_h_filters = float32(at.u - 2, at.u - 1, (6, at.f, at.b))
            b.d_h_products = float32(at.u - 1, at.u - 1, (6, at.c, at.d, at.a, at.b))
            b.d_h = float32(at.u - 4, at.x, (n, at.a, at.a, at.b))
        s.norm = [SimpleNamespace(n=s.n) for _ in range(19)]
        for b, at in zip(s.norm, _TRAIN_NORM, strict=True):
            b.z = b.z_hat = b.z_hat_2 = float32(at.t, at.u, (n, at.b, at.b, at.c))
            b.z_mean_rows = float32(at.v, at.v, (at.b, at.c))
            b.z_hat_square = float32(at.v + 1, at.v + 1, (n, at.b, at.b, at.c))
            b.z_inv_std = b.z_inv_std_times = float32(at.v + 2, at.w, (at.c,))
            b.z_inv_std_rows = float32(at.v + 3, at.v + 3, (at.b, at.c))
            b.rows = float32(at.v + 4, at.v + 5, (at.b, at.c))
            b.z_norm = float32(at.v + 5, at.x, (n, at.b, at.b, at.c))
            b.rows_2 = float32(at.v + 6, at.v + 6, (at.b, at.c))
            b.z_inv_std_rows_2 = float32(at.w, at.u, (at.b, at.c))
            b.over = float32(at.w + 1, at.w + 2, (at.c,))
            b.rows_3 = float32(at.w + 2, at.u - 2, (at.b, at.c))
            b.over_2 = float32(at.u - 1, at.u, (at.c,))
            b.rows_4 = float32(at.u, at.u, (at.b, at.c))
            b.z_hat_times = b.z
            b.z_mean_times_2 = float32(at.y, at.y, (at.c,))
            b.z_unbiased_var_times_2 = float32(at.y + 1, at.y + 1, (at.c,))
            b.d_z_norm = float32(at.z, at.t_2, (n, at.b, at.b, at.c))
            b.d_z_norm_times = float32(at.w - 1, at.w - 1, (n, at.b, at.b, at.c))
            b.d_z = float32(at.t_3, at.t_4, (n, at.b, at.b, at.c))
        s.block = [SimpleNamespace() for _ in range(9)]
        for k in _numbers("0..2 4 5 7 8"):
            b, at = s.block[k], _TRAIN_BLOCK[k]
            b.h_plus = b.stage_relu = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.stage_relu_mask = bool_(at.u, at.v, (n, at.a, at.a, at.b))
            b.h_mask = bool_(at.v + 18, at.v + 18, (n, at.a, at.a, at.b))
            b.d_stage_relu_2 = float32(at.w, at.x, (n, at.a, at.a, at.b))
        for k in _numbers("0..2 4 5 7"):
            b, at = s.block[k], _TRAIN_BLOCK[k]
            b.d_stage_relu = float32(at.w, at.x, (n, at.a, at.a, at.b))
        self._lay_out(s)
        s.stage_1_relu_slice = s.stage_1_relu_3[:, ::2, ::2]
        s.stage_2_relu_slice = s.stage_2_relu_3[:, ::2, ::2]
        s.logits_log = s.logits_minus_take.reshape(n, 1)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 10
        s.minus_ones = np.full((n,), -1.0, dtype=np.float32)
        s.ones_4 = np.ones((n,), dtype=np.float32)
        s.d_stage_3_shortcut_slice = s.d_stage_3_shortcut[:, :, :, 8:24]
        s.d_stage_2_shortcut_slice = s.d_stage_2_shortcut[:, :, :, 4:12]
        for k in range(16):
            b = s.conv[k]
            b.W_slice = p.conv[k].W[::-1, ::-1]
            b.W_transpose = b.W_slice.transpose(0, 1, 3, 2)
        for k in range(19):
            b, at = s.norm[k], _TRAIN_NORM[k]
            b.ones = np.ones((at.a * n,), dtype=np.float32)
            b.z_reshape = b.z.reshape(at.a * n, at.c)
            b.z_mean_broadcast_to = np.broadcast_to(stats.norm[k].z_mean, (at.b, at.c))
            b.z_hat_reshape = b.z_hat_square.reshape(at.a * n, at.c)
            b.z_inv_std_broadcast_to = np.broadcast_to(b.z_inv_std, (at.b, at.c))
            b.broadcast_to = np.broadcast_to(p.norm[k].gamma, (at.b, at.c))
            b.broadcast_to_2 = np.broadcast_to(p.norm[k].beta, (at.b, at.c))
            b.z_inv_std_broadcast_to_2 = np.broadcast_to(
                b.z_inv_std_times,
                (at.b, at.c),
            )
            b.broadcast_to_3 = np.broadcast_to(b.over, (at.b, at.c))
            b.broadcast_to_4 = np.broadcast_to(b.over_2, (at.b, at.c))
            b.d_z_norm_reshape = b.d_z_norm.reshape(at.a * n, at.c)
            b.d_z_norm_reshape_2 = b.d_z_norm_times.reshape(at.a * n, at.c)
            b.size = at.a
        b = s.block[8]
        b.d_stage_relu = s.d_relu_pooled_over.reshape(n, 1, 1, 32)
        _join(s.block, s.conv, _BLOCK_CONV)
        _join(s.block, s.norm, _BLOCK_NORM)
        self._train[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def predict(self, x):
        """The outputs for a batch of inputs.

        x: float32 (N, 28, 28, 1)
        """
        s = self._predict_slots(x)
        logits = self._forward(s, x)
        return {"logits": logits.copy()}

    @_processors  # threads share its loops over images
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
            (s.z1_inputs, s.z1_filters, s.z1_products),
            4,
            out=s.z1,
            low=(1, 1),
        )

        # batch_norm_1                                                mnist_resnet.py:37
        self._norm_inference(s.norm[0], p.norm[0], self._norm_state[0])

        # relu_1: h1 = relu(z1_norm)                 (N, 28, 28, 8)   mnist_resnet.py:37
        np.clip(s.z1_norm, 0.0, np.inf, out=s.h1)

        # stage_1.block_1 to stage_1.block_3                          mnist_resnet.py:37
        for k in range(3):
            self._block_inference(s.block[k], p.block[k], self._block_state[k])

        # stage_2.block_1.conv_1: z8 = conv(stage_1_relu_3, W)     (N, 14, 14, 16)   :37
        _conv_toeplitz(
            s.stage_1_relu_3,
            p.stage_2_block_1_conv_1_W,
            (s.z8_columns, s.z8_band, s.z8_padded),
            out=s.z8,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_2.block_1.norm_1                                      mnist_resnet.py:37
        self._norm_inference(s.norm[7], p.norm[7], self._norm_state[7])

        # stage_2.block_1.relu: h8 = relu(z8_norm)                 (N, 14, 14, 16)   :37
        np.clip(s.z8_norm, 0.0, np.inf, out=s.h8)

        # stage_2.block_1.conv_2
        self._conv_forward(s.conv[6], p.conv[6])

        # stage_2.block_1.norm_2                                      mnist_resnet.py:37
        self._norm_inference(s.norm[8], p.norm[8], self._norm_state[8])

        # stage_2.block_1.shortcut                                    mnist_resnet.py:37
        # stage_2_shortcut                                             (N, 14, 14, 16)
        s.stage_2_shortcut.fill(0)
        s.stage_2_shortcut[:, :, :, 4:12] = s.stage_1_relu_slice

        # stage_2.block_1: h9_plus = h9 + stage_2_shortcut         (N, 14, 14, 16)   :37
        np.add(s.h9, s.stage_2_shortcut, out=s.h9_plus)

        # stage_2.block_1.relu                                        mnist_resnet.py:37
        # stage_2_relu = relu(h9 + shortcut)                           (N, 14, 14, 16)
        np.clip(s.h9_plus, 0.0, np.inf, out=s.stage_2_relu)

        # stage_2.block_2 to stage_2.block_3
        for k in range(4, 6):
            self._block_inference(s.block[k], p.block[k], self._block_state[k])

        # stage_3.block_1.conv_1: z14 = conv(stage_2_relu_3, W)      (N, 7, 7, 32)   :37
        _conv_im2col(
            s.stage_2_relu_3,
            p.stage_3_block_1_conv_1_W,
            (s.z14_columns, s.z14_padded),
            out=s.z14,
            low=(1, 1),
            strides=(2, 2),
        )

        # stage_3.block_1.norm_1                                      mnist_resnet.py:37
        self._norm_inference(s.norm[13], p.norm[13], self._norm_state[13])

        # stage_3.block_1.relu: h14 = relu(z14_norm)                 (N, 7, 7, 32)   :37
        np.clip(s.z14_norm, 0.0, np.inf, out=s.h14)

        # stage_3.block_1.conv_2
        self._conv_forward(s.conv[11], p.conv[11])

        # stage_3.block_1.norm_2                                      mnist_resnet.py:37
        self._norm_inference(s.norm[14], p.norm[14], self._norm_state[14])

        # stage_3.block_1.shortcut                                    mnist_resnet.py:37
        # stage_3_shortcut                                               (N, 7, 7, 32)
        s.stage_3_shortcut.fill(0)
        s.stage_3_shortcut[:, :, :, 8:24] = s.stage_2_relu_slice

        # stage_3.block_1: h15_plus = h15 + stage_3_shortcut         (N, 7, 7, 32)   :37
        np.add(s.h15, s.stage_3_shortcut, out=s.h15_plus)

        # stage_3.block_1.relu                                        mnist_resnet.py:37
        # stage_3_relu = relu(h15 + shortcut)                            (N, 7, 7, 32)
        np.clip(s.h15_plus, 0.0, np.inf, out=s.stage_3_relu)

        # stage_3.block_2 to stage_3.block_3
        for k in range(7, 9):
            self._block_inference(s.block[k], p.block[k], self._block_state[k])

        # global_avg_pool_1: relu_pooled = mean(relu, axes 1, 2)           (N, 32)   :37
        s.stage_3_relu_3.sum(axis=(1, 2), out=s.relu_pooled)
        np.divide(s.relu_pooled, 49.0, out=s.relu_pooled)

        # dense_1: logits = relu_pooled W + b               (N, 10)   mnist_resnet.py:37
        np.dot(s.relu_pooled, p.dense_1_W, out=s.logits)
        np.add(s.logits, p.dense_1_b, out=s.logits)

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
        _check("x", x, np.float32, ("N", 28, 28, 1), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        # The moments that each buffer is needed from and up to, its type, its shape.
        self._plan_common(s, n, float32)
        s.logits = float32(154, 154, (n, 10))
        self._lay_out(s)
        s.stage_1_relu_slice = s.stage_1_relu_3[:, ::2, ::2]
        s.stage_2_relu_slice = s.stage_2_relu_3[:, ::2, ::2]
        for k in range(19):
            b, at = s.norm[k], _PREDICT_NORM[k]
            b.broadcast_to = np.broadcast_to(
                self._norm_state[k].running_mean,
                (at.a, at.b),
            )
            b.broadcast_to_2 = np.broadcast_to(b.times, (at.a, at.b))
            b.broadcast_to_3 = np.broadcast_to(p.norm[k].beta, (at.a, at.b))
        _join(s.block, s.conv, _BLOCK_CONV)
        _join(s.block, s.norm, _BLOCK_NORM)
        self._predict[x.dtype, x.shape] = s
        return s

    def _plan_common(self, s, n, float32):
        """The buffers that predict and loss have alike."""
        s.z1 = s.z1_norm = s.h1 = float32(0, 23, (n, 28, 28, 8))
        s.z1_inputs = float32(1, 3, (6, 98, 7, 30, 1))
        s.z1_filters = float32(2, 3, (6, 3, 8))
        s.z1_products = float32(3, 3, (6, 98, 7, 28, 8))
        s.stage_1_relu_3 = float32(48, 72, (n, 28, 28, 8))
        s.z8 = s.z8_norm = s.h8 = float32(56, 67, (n, 14, 14, 16))
        s.z8_columns = float32(57, 59, (89, 14, 7, 3, 5, 8))
        s.z8_band = float32(58, 59, (3, 5, 8, 2, 16))
        s.z8_padded = float32(59, 59, (89, 30, 30, 8))
        s.h9 = s.h9_plus = s.stage_2_relu = float32(64, 88, (n, 14, 14, 16))
        s.stage_2_shortcut = float32(72, 72, (n, 14, 14, 16))
        s.stage_2_relu_3 = float32(97, 120, (n, 14, 14, 16))
        s.z14 = s.z14_norm = s.h14 = float32(105, 115, (n, 7, 7, 32))
        s.z14_columns = float32(106, 107, (148, 7, 7, 3, 3, 16))
        s.z14_padded = float32(107, 107, (148, 16, 16, 16))
        s.h15 = s.h15_plus = s.stage_3_relu = float32(112, 136, (n, 7, 7, 32))
        s.stage_3_shortcut = float32(120, 120, (n, 7, 7, 32))
        s.stage_3_relu_3 = float32(145, 153, (n, 7, 7, 32))
        s.relu_pooled = float32(153, 154, (n, 32))
        s.conv = [SimpleNamespace() for _ in range(16)]
        for b, at in zip(s.conv, _PREDICT_CONV, strict=True):
            b.h = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.z_inputs = float32(at.v, at.v + 2, (6, at.c, at.d, at.e, at.b))
            b.z_filters = float32(at.v + 1, at.v + 2, (6, at.f, at.b))
            b.z_products = float32(at.v + 2, at.v + 2, (6, at.c, at.d, at.a, at.b))
            b.z = float32(at.v - 1, at.w, (n, at.a, at.a, at.b))
        s.norm = [SimpleNamespace() for _ in range(19)]
        for b, at in zip(s.norm, _PREDICT_NORM, strict=True):
            b.z = b.z_norm = float32(at.t, at.u, (n, at.a, at.a, at.b))
            b.z_inv_std = b.times = float32(at.v, at.v + 1, (at.b,))
            b.rows = float32(at.v - 1, at.v - 1, (at.a, at.b))
            b.rows_2 = float32(at.v + 1, at.v + 1, (at.a, at.b))
            b.rows_3 = float32(at.v + 2, at.v + 2, (at.a, at.b))
        s.block = [SimpleNamespace() for _ in range(9)]
        for k in _numbers("0..2 4 5 7 8"):
            b, at = s.block[k], _PREDICT_BLOCK[k]
            b.h_plus = b.stage_relu = float32(at.t, at.u, (n, at.a, at.a, at.b))

    def loss(self, x, y):
        """The loss on a batch, as in inference: no dropout, nothing changes.

        x: float32 (N, 28, 28, 1)
        y: int64 (N,)
        """
        s = self._loss_slots(x, y)
        return self._forward_loss(s, x, y)

    @_processors  # threads share its loops over images
    def _forward_loss(self, s, x, y):
        """The forward pass to the loss."""
        # what _forward and _forward_loss begin with
        self._common(s, x)

        # softmax_cross_entropy: loss = mean(-log_softmax(logits)[y])           ()   :44
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
        p = self.params
        sizes = {}
        _check("x", x, np.float32, ("N", 28, 28, 1), sizes)
        _check("y", y, np.int64, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        # The moments that each buffer is needed from and up to, its type, its shape.
        self._plan_common(s, n, float32)
        s.logits = s.logits_minus_max = float32(154, 159, (n, 10))
        s.logits_max = float32(155, 155, (n, 1))
        s.logits_exp = float32(156, 157, (n, 10))
        s.logits_minus_take = s.logits_reshape = float32(157, 160, (n,))
        s.y_position = _Buffer(158, 159, np.int64, (n,))
        s.logits_take = float32(159, 159, (n,))
        s.loss = float32(160, 160, ())
        self._lay_out(s)
        s.stage_1_relu_slice = s.stage_1_relu_3[:, ::2, ::2]
        s.stage_2_relu_slice = s.stage_2_relu_3[:, ::2, ::2]
        s.logits_sum = s.logits_minus_take.reshape(n, 1)
        s.logits_log = s.logits_minus_take.reshape(n, 1)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 10
        for k in range(19):
            b, at = s.norm[k], _PREDICT_NORM[k]
            b.broadcast_to = np.broadcast_to(
                self._norm_state[k].running_mean,
                (at.a, at.b),
            )
            b.broadcast_to_2 = np.broadcast_to(b.times, (at.a, at.b))
            b.broadcast_to_3 = np.broadcast_to(p.norm[k].beta, (at.a, at.b))
        _join(s.block, s.conv, _BLOCK_CONV)
        _join(s.block, s.norm, _BLOCK_NORM)
        self._loss[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def _block_inference(self, s, p, state):
        """Forward, one of 7: stage_1.block_1 to stage_3.block_3."""
        # A = 28, 14, 7; B = 8, 16, 32
        # conv_1: z = conv(conv_1.h, W)                               (N, A, A, B)   :37
        self._conv_forward(s.conv_1, p.conv_1)

        # norm_1                                                      mnist_resnet.py:37
        self._norm_inference(s.norm_1, p.norm_1, state.norm_1)

        # relu: conv_2.h = relu(norm_1.z_norm)                        (N, A, A, B)   :37
        np.clip(s.norm_1.z_norm, 0.0, np.inf, out=s.conv_2.h)

        # conv_2: z = conv(conv_2.h, W)                               (N, A, A, B)   :37
        self._conv_forward(s.conv_2, p.conv_2)

        # norm_2                                                      mnist_resnet.py:37
        self._norm_inference(s.norm_2, p.norm_2, state.norm_2)

        # block: h_plus = norm_2.z_norm + conv_1.h                    (N, A, A, B)   :37
        np.add(s.norm_2.z_norm, s.conv_1.h, out=s.h_plus)

        # relu                                                                       :37
        # stage_relu = relu(norm_2.z_norm + relu)                           (N, A, A, B)
        np.clip(s.h_plus, 0.0, np.inf, out=s.stage_relu)

    def _block_statistics(self, stats, plus):
        """Statistics, one of 7: stage_1.block_1 to stage_3.block_3."""
        # A = 784, 196, 49; B = 8, 16, 32
        # norm_1                                                      mnist_resnet.py:37
        # z_unbiased_var = z_var * (1 + 1 / (A * N - 1))                            (B,)
        np.multiply(stats.z_unbiased_var, plus, out=stats.z_unbiased_var)

        # norm_2                                                      mnist_resnet.py:37
        # z_unbiased_var_2 = z_var * (1 + 1 / (A * N - 1))                          (B,)
        np.multiply(stats.z_unbiased_var_2, plus, out=stats.z_unbiased_var_2)

    def _block_backward(self, s, p, d):
        """Backward, one of 7: stage_1.block_1 to stage_3.block_3."""
        # A = 7, 14, 28; B = 32, 16, 8
        # relu                                                        mnist_resnet.py:37
        # norm_2.d_z_norm = d_stage_relu * (stage_relu > 0)                 (N, A, A, B)
        np.greater(s.stage_relu, 0.0, out=s.stage_relu_mask)
        np.multiply(s.d_stage_relu, s.stage_relu_mask, out=s.norm_2.d_z_norm)

        # norm_2                                                      mnist_resnet.py:37
        self._norm_backward(s.norm_2, p.norm_2, d.norm_2)

        # conv_2                                                      mnist_resnet.py:37
        self._conv_backward(s.conv_2, d.conv_2)

        # relu: norm_1.d_z_norm = conv_2.d_h * (conv_2.h > 0)         (N, A, A, B)   :37
        np.greater(s.conv_2.h, 0.0, out=s.h_mask)
        np.multiply(s.conv_2.d_h, s.h_mask, out=s.norm_1.d_z_norm)

        # norm_1                                                      mnist_resnet.py:37
        self._norm_backward(s.norm_1, p.norm_1, d.norm_1)

        # conv_1                                                      mnist_resnet.py:37
        self._conv_backward(s.conv_1, d.conv_1)
        np.add(s.norm_2.d_z_norm, s.conv_1.d_h, out=s.d_stage_relu_2)

    def _block_forward(self, s, p, stats):
        """Forward, one of 7: stage_1.block_1 to stage_3.block_3."""
        # A = 28, 14, 7; B = 8, 16, 32
        # conv_1: z = conv(conv_1.h, W)                               (N, A, A, B)   :37
        self._conv_forward(s.conv_1, p.conv_1)

        # norm_1                                                      mnist_resnet.py:37
        self._norm_forward(s.norm_1, stats.norm_1)

        # relu: conv_2.h = relu(norm_1.z_norm)                        (N, A, A, B)   :37
        np.clip(s.norm_1.z_norm, 0.0, np.inf, out=s.conv_2.h)

        # conv_2: z = conv(conv_2.h, W)                               (N, A, A, B)   :37
        self._conv_forward(s.conv_2, p.conv_2)

        # norm_2                                                      mnist_resnet.py:37
        self._norm_forward(s.norm_2, stats.norm_2)

        # block: h_plus = norm_2.z_norm + conv_1.h                    (N, A, A, B)   :37
        np.add(s.norm_2.z_norm, s.conv_1.h, out=s.h_plus)

        # relu                                                                       :37
        # stage_relu = relu(norm_2.z_norm + relu)                           (N, A, A, B)
        np.clip(s.h_plus, 0.0, np.inf, out=s.stage_relu)

    def _norm_inference(self, s, p, state):
        """Forward, one of 19: batch_norm_1 to stage_3.block_3.norm_2."""
        # A = 8, 16, 32; B = 28, 14, 7
        # norm                                                        mnist_resnet.py:37
        # z_inv_std = 1 / sqrt(running_var + 1e-05)                                 (A,)
        # z_norm = (z - running_mean) * (gamma * z_inv_std) + beta          (N, B, B, A)
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

    def _norm_statistics(self, s, stats, state):
        """Statistics, one of 19: batch_norm_1 to stage_3.block_3.norm_2."""
        # A = 8, 16, 32
        # norm                                                        mnist_resnet.py:37
        # running_mean' = 0.9 * running_mean + 0.1 * z_mean                         (A,)
        # running_var' = 0.9 * running_var + 0.1 * z_unbiased_var                   (A,)
        np.multiply(0.9, state.running_mean, out=state.running_mean)
        np.multiply(0.1, stats.z_mean, out=s.z_mean_times_2)
        np.add(state.running_mean, s.z_mean_times_2, out=state.running_mean)
        np.multiply(0.9, state.running_var, out=state.running_var)
        np.multiply(0.1, stats.z_unbiased_var, out=s.z_unbiased_var_times_2)
        np.add(state.running_var, s.z_unbiased_var_times_2, out=state.running_var)

    def _norm_backward(self, s, p, d):
        """Backward, one of 19: batch_norm_1 to stage_3.block_3.norm_2."""
        # A = 49, 196, 784; B = 32, 16, 8; C = 7, 14, 28
        # norm                                                        mnist_resnet.py:37
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
        np.copyto(s.rows_3, s.broadcast_to_3)
        np.subtract(s.d_z_norm, s.rows_3, out=s.d_z)
        np.divide(d.gamma, s.size * s.n, out=s.over_2)
        np.copyto(s.rows_4, s.broadcast_to_4)
        np.multiply(s.z_hat_2, s.rows_4, out=s.z_hat_times)
        np.subtract(s.d_z, s.z_hat_times, out=s.d_z)
        np.multiply(s.z_inv_std_rows_2, s.d_z, out=s.d_z)

    def _norm_forward(self, s, stats):
        """Forward, one of 19: batch_norm_1 to stage_3.block_3.norm_2."""
        # A = 8, 16, 32; B = 28, 14, 7
        # norm                                                        mnist_resnet.py:37
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
        np.copyto(s.rows_2, s.broadcast_to_2)
        np.add(s.z_norm, s.rows_2, out=s.z_norm)

    def _conv_backward(self, s, d):
        """Backward, one of 16: stage_1.block_1.conv_1 to stage_3.block_3.conv_2."""
        # A = 32, 16, 8; B = 7, 14, 28
        # conv                                                        mnist_resnet.py:37
        # d_W = patches(h)^T d_z                                            (3, 3, A, A)
        # d_h = conv(d_z, transpose(W[::-1, ::-1], (0, 1, 3, 2)))           (N, B, B, A)
        _conv_weight_winograd_columns(
            s.h,
            s.d_z,
            (s.W_inputs, s.W_given, s.W_part, s.W_sums, s.W_total),
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
        """Forward, one of 16: stage_1.block_1.conv_1 to stage_3.block_3.conv_2."""
        # A = 28, 14, 7; B = 8, 16, 32
        # conv: z = conv(h, W)                                        (N, A, A, B)   :37
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
