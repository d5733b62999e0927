"""lenet: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Inputs     x   float32 (N, 28, 28, 1)
Targets    y   int64 (N,)
Outputs    logits   float32 (N, 10)
Parameters 61,706 in 10 arrays
Optimiser  Adam(cosine(0.002, 1875, floor=1e-05))

    from lenet import Lenet

    m = Lenet(seed=0)
    loss = m.train_step(x, y)
    m.predict(x)

As a script (the arrays of data.npz are called as above):

    python lenet.py train data.npz --epochs 10
    python lenet.py predict data.npz
"""

import builtins
import contextvars
import ctypes
import functools
import math
import mmap
import os
import pickle
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


class Lenet:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "lenet"
    FINGERPRINT = "c5b2e9ffb853a9a4"
    INPUTS = {"x": ("float32", ("N", 28, 28, 1))}
    TARGETS = {"y": ("int64", ("N",))}
    OUTPUTS = {"logits": ("float32", ("N", 10))}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "conv_1.W": ("params", "conv_1_W"),
        "conv_1.b": ("params", "conv_1_b"),
        "conv_2.W": ("params", "conv_2_W"),
        "conv_2.b": ("params", "conv_2_b"),
        "dense_1.W": ("params", "dense_1_W"),
        "dense_1.b": ("params", "dense_1_b"),
        "dense_2.W": ("params", "dense_2_W"),
        "dense_2.b": ("params", "dense_2_b"),
        "dense_3.W": ("params", "dense_3_W"),
        "dense_3.b": ("params", "dense_3_b"),
        "conv_1.W.momentum": ("momentum", "conv_1_W"),
        "conv_1.b.momentum": ("momentum", "conv_1_b"),
        "conv_2.W.momentum": ("momentum", "conv_2_W"),
        "conv_2.b.momentum": ("momentum", "conv_2_b"),
        "dense_1.W.momentum": ("momentum", "dense_1_W"),
        "dense_1.b.momentum": ("momentum", "dense_1_b"),
        "dense_2.W.momentum": ("momentum", "dense_2_W"),
        "dense_2.b.momentum": ("momentum", "dense_2_b"),
        "dense_3.W.momentum": ("momentum", "dense_3_W"),
        "dense_3.b.momentum": ("momentum", "dense_3_b"),
        "conv_1.W.squares": ("squares", "conv_1_W"),
        "conv_1.b.squares": ("squares", "conv_1_b"),
        "conv_2.W.squares": ("squares", "conv_2_W"),
        "conv_2.b.squares": ("squares", "conv_2_b"),
        "dense_1.W.squares": ("squares", "dense_1_W"),
        "dense_1.b.squares": ("squares", "dense_1_b"),
        "dense_2.W.squares": ("squares", "dense_2_W"),
        "dense_2.b.squares": ("squares", "dense_2_b"),
        "dense_3.W.squares": ("squares", "dense_3_W"),
        "dense_3.b.squares": ("squares", "dense_3_b"),
        "adam.step": ("state", "adam_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(61706, np.float32),
            {
                "conv_1_W": (5, 5, 1, 6),
                "conv_1_b": (6,),
                "conv_2_W": (5, 5, 6, 16),
                "conv_2_b": (16,),
                "dense_1_W": (400, 120),
                "dense_1_b": (120,),
                "dense_2_W": (120, 84),
                "dense_2_b": (84,),
                "dense_3_W": (84, 10),
                "dense_3_b": (10,),
            },
        )
        self.grads = _Views(_vector(61706, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(61706, np.float32), self.params.shapes)
        self.squares = _Views(_vector(61706, np.float32), self.params.shapes)
        self.state = SimpleNamespace(adam_step=np.zeros((), dtype=np.int64))
        self._arena = np.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._predict = {}  # buffers by the arguments' shapes
        self._loss = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        conv_1_noise = rng.standard_normal((5, 5, 1, 6), dtype=np.float32)
        p.conv_1_W[...] = conv_1_noise * 0.28284273
        conv_2_noise = rng.standard_normal((5, 5, 6, 16), dtype=np.float32)
        p.conv_2_W[...] = conv_2_noise * 0.11547005
        dense_1_noise = rng.standard_normal((400, 120), dtype=np.float32)
        p.dense_1_W[...] = dense_1_noise * 0.07071068
        dense_2_noise = rng.standard_normal((120, 84), dtype=np.float32)
        p.dense_2_W[...] = dense_2_noise * 0.12909944
        dense_3_draw = rng.random((84, 10), dtype=np.float32)
        p.dense_3_W[...] = dense_3_draw * 0.50529116 + -0.25264558

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
            "conv_1.W": d.conv_1_W.copy(),
            "conv_1.b": d.conv_1_b.copy(),
            "conv_2.W": d.conv_2_W.copy(),
            "conv_2.b": d.conv_2_b.copy(),
            "dense_1.W": d.dense_1_W.copy(),
            "dense_1.b": d.dense_1_b.copy(),
            "dense_2.W": d.dense_2_W.copy(),
            "dense_2.b": d.dense_2_b.copy(),
            "dense_3.W": d.dense_3_W.copy(),
            "dense_3.b": d.dense_3_b.copy(),
        }

    def _backward_in_parts(self, x, y):
        """_backward, by a process for each part of N if that is large.

        Parts need nothing of each other before they are done.
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
            least=29,
            keeps=["params"],
        )

    @_processors  # threads share its loops over images
    def _backward(self, s, x, y):
        """Forward and backward: the loss; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # what _backward, _forward and _forward_loss begin with
        self._common(s, x)

        # softmax_cross_entropy                                              lenet.py:48
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
        # softmax_cross_entropy                                              lenet.py:48
        # d_logits = (softmax(logits) - onehot(y)) / N                         (N, 10)
        np.divide(s.logits_exp, s.logits_sum, out=s.d_logits)
        _add_elements(s.d_logits, s.y_position, s.minus_ones)
        np.divide(s.d_logits, s.n, out=s.d_logits)

        # dense_3                                                            lenet.py:43
        # d_b = sum over N of d_logits                                           (10,)
        # d_W = h4^T d_logits                                                 (84, 10)
        # d_h4 = d_logits W^T                                                  (N, 84)
        np.dot(s.ones, s.d_logits, out=d.dense_3_b)
        np.dot(s.h4.T, s.d_logits, out=d.dense_3_W)
        np.dot(s.d_logits, p.dense_3_W.T, out=s.d_h4)

        # dense_2                                                            lenet.py:42
        # d_z4 = d_h4 * (h4 > 0)                                               (N, 84)
        # d_b = sum over N of d_z4                                               (84,)
        # d_W = h3^T d_z4                                                    (120, 84)
        # d_h3 = d_z4 W^T                                                     (N, 120)
        np.greater(s.h4, 0.0, out=s.h4_mask)
        np.multiply(s.d_h4, s.h4_mask, out=s.d_z4)
        np.dot(s.ones, s.d_z4, out=d.dense_2_b)
        np.dot(s.h3.T, s.d_z4, out=d.dense_2_W)
        np.dot(s.d_z4, p.dense_2_W.T, out=s.d_h3)

        # dense_1                                                            lenet.py:41
        # d_z3 = d_h3 * (h3 > 0)                                              (N, 120)
        # d_b = sum over N of d_z3                                              (120,)
        # d_W = reshape(h2_pooled, (N, 400))^T d_z3                         (400, 120)
        np.greater(s.h3, 0.0, out=s.h3_mask)
        np.multiply(s.d_h3, s.h3_mask, out=s.d_z3)
        np.dot(s.ones, s.d_z3, out=d.dense_1_b)
        np.dot(s.h2_pooled_flat.T, s.d_z3, out=d.dense_1_W)

        # max_pool_2                                                         lenet.py:39
        # h2_max_pool_index = place of the first maximum of h2           (N, 5, 5, 16)
        _max_pool_index_shifts(
            s.h2,
            s.h2_pooled,
            s.h2_max_pool_index_before,
            s.h2_max_pool_index_different,
            s.h2_max_pool_index_shifts,
            out=s.h2_max_pool_index,
        )

        # dense_1: d_h2_pooled_flat = d_z3 W^T                    (N, 400)   lenet.py:41
        np.dot(s.d_z3, p.dense_1_W.T, out=s.d_h2_pooled_flat)

        # max_pool_2                                                         lenet.py:39
        # d_h2 = d_h2_pooled at h2_max_pool_index                      (N, 10, 10, 16)
        _max_pool_gradient_tiles(
            s.h2_max_pool_index,
            s.d_h2_pooled,
            s.d_h2_chosen,
            s.d_h2_shifts,
            out=s.d_h2,
        )

        # conv_2                                                             lenet.py:38
        # d_z2 = d_h2 * (h2 > 0)                                       (N, 10, 10, 16)
        # d_b = sum over 100 * N of reshape(d_z2, (100 * N, 16))                 (16,)
        # d_W = patches(h1_pooled)^T d_z2                                (5, 5, 6, 16)
        np.greater(s.h2, 0.0, out=s.h2_mask)
        np.multiply(s.d_h2, s.h2_mask, out=s.d_z2)
        np.dot(s.ones_2, s.d_z2_reshape, out=d.conv_2_b)
        _conv_weight_winograd_columns(
            s.h1_pooled,
            s.d_z2,
            (
                s.d_conv_2_W_inputs,
                s.d_conv_2_W_given,
                s.d_conv_2_W_part,
                s.d_conv_2_W_sums,
                s.d_conv_2_W_total,
            ),
            4,
            out=d.conv_2_W,
        )

        # max_pool_1                                                         lenet.py:37
        # h1_max_pool_index = place of the first maximum of h1          (N, 14, 14, 6)
        _max_pool_index_shifts(
            s.h1,
            s.h1_pooled,
            s.h1_max_pool_index_before,
            s.h1_max_pool_index_different,
            s.h1_max_pool_index_shifts,
            out=s.h1_max_pool_index,
        )

        # conv_2                                                             lenet.py:38
        # d_h1_pooled = conv(d_z2, conv_2_W_transpose)                  (N, 14, 14, 6)
        np.copyto(s.conv_2_W_copy, s.conv_2_W_transpose)
        _conv_winograd_columns(
            s.d_z2,
            s.conv_2_W_copy,
            (s.d_h1_pooled_inputs, s.d_h1_pooled_filters, s.d_h1_pooled_products),
            4,
            out=s.d_h1_pooled,
            low=(4, 4),
        )

        # max_pool_1: d_h1 = d_h1_pooled at h1_max_pool_index       (N, 28, 28, 6)   :37
        _max_pool_gradient_tiles(
            s.h1_max_pool_index,
            s.d_h1_pooled,
            s.d_h1_chosen,
            s.d_h1_shifts,
            out=s.d_h1,
        )

        # conv_1                                                             lenet.py:36
        # d_z1 = d_h1 * (h1 > 0)                                        (N, 28, 28, 6)
        # d_b = sum over 784 * N of reshape(d_z1, (784 * N, 6))                   (6,)
        # d_W = patches(x)^T d_z1                                         (5, 5, 1, 6)
        np.greater(s.h1, 0.0, out=s.h1_mask)
        np.multiply(s.d_h1, s.h1_mask, out=s.d_z1)
        np.dot(s.ones_3, s.d_z1_reshape, out=d.conv_1_b)
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
            low=(2, 2),
        )

        return s.loss[()]

    def _common(self, s, x):
        """How backward and forward and forward_loss begin."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # conv_1                                                             lenet.py:36
        # z1 = conv(x, W) + b                                           (N, 28, 28, 6)
        # h1 = relu(z1)                                                 (N, 28, 28, 6)
        _conv_winograd_columns(
            x,
            p.conv_1_W,
            (s.z1_inputs, s.z1_filters, s.z1_products),
            4,
            out=s.z1,
            low=(2, 2),
        )
        np.copyto(s.conv_1_b_rows, s.conv_1_b_broadcast_to)
        np.add(s.z1, s.conv_1_b_rows, out=s.z1)
        np.clip(s.z1, 0.0, np.inf, out=s.h1)

        # max_pool_1: h1_pooled = max_pool(h1, 2x2)         (N, 14, 14, 6)   lenet.py:37
        _max_pool_shifts(s.h1, s.h1_pooled_shifts, out=s.h1_pooled)

        # conv_2                                                             lenet.py:38
        # z2 = conv(h1_pooled, W) + b                                  (N, 10, 10, 16)
        # h2 = relu(z2)                                                (N, 10, 10, 16)
        _conv_winograd_columns(
            s.h1_pooled,
            p.conv_2_W,
            (s.z2_inputs, s.z2_filters, s.z2_products),
            4,
            out=s.z2,
        )
        np.copyto(s.conv_2_b_rows, s.conv_2_b_broadcast_to)
        np.add(s.z2, s.conv_2_b_rows, out=s.z2)
        np.clip(s.z2, 0.0, np.inf, out=s.h2)

        # max_pool_2: h2_pooled = max_pool(h2, 2x2)          (N, 5, 5, 16)   lenet.py:39
        _max_pool_shifts(s.h2, s.h2_pooled_shifts, out=s.h2_pooled)

        # dense_1                                                            lenet.py:41
        # z3 = reshape(h2_pooled, (N, 400)) W + b                             (N, 120)
        # h3 = relu(z3)                                                       (N, 120)
        np.dot(s.h2_pooled_flat, p.dense_1_W, out=s.z3)
        np.add(s.z3, p.dense_1_b, out=s.z3)
        np.clip(s.z3, 0.0, np.inf, out=s.h3)

        # dense_2                                                            lenet.py:42
        # z4 = h3 W + b                                                        (N, 84)
        # h4 = relu(z4)                                                        (N, 84)
        np.dot(s.h3, p.dense_2_W, out=s.z4)
        np.add(s.z4, p.dense_2_b, out=s.z4)
        np.clip(s.z4, 0.0, np.inf, out=s.h4)

        # dense_3: logits = h4 W + b                               (N, 10)   lenet.py:43
        np.dot(s.h4, p.dense_3_W, out=s.logits)
        np.add(s.logits, p.dense_3_b, out=s.logits)

    def _update(self, s):
        """Change the parameters: Adam(cosine(0.002, 1875, floor=1e-05))."""
        p, d = self.params, self.grads
        adam_step = int(self.state.adam_step)
        # ---- update ------------------------------------------------------------------
        # adam: momentum and squares are without the factor 1 - beta         lenet.py:56
        # momentum' = 0.9 * momentum + grads                                  (61706,)
        # squares' = 0.999 * squares + square(grads)                          (61706,)
        # params' = params                                                    (61706,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        new_adam_step = adam_step + 1
        adam_step_cast = adam_step
        adam_step_times = min(adam_step_cast, 1875.0) * 0.0016755161
        adam_step_times_plus_cos = 0.000995 * (1.0 + math.cos(adam_step_times))
        learning_rate = 1e-05 + adam_step_times_plus_cos
        t = adam_step_cast + 1.0
        c = math.sqrt((1.0 - 0.999**t) / 0.001)
        alpha_t = learning_rate * c * (0.1 / (1.0 - 0.9**t))
        with _Whole():  # no interruption may leave this half done
            np.multiply(0.9, self.momentum.flat, out=self.momentum.flat)
            np.add(self.momentum.flat, d.flat, out=self.momentum.flat)
            np.multiply(0.999, self.squares.flat, out=self.squares.flat)
            np.square(d.flat, out=s.grads_square)
            np.add(self.squares.flat, s.grads_square, out=self.squares.flat)
            np.sqrt(self.squares.flat, out=s.new_squares_sqrt)
            epsilon_t = 1e-08 * c
            np.add(s.new_squares_sqrt, epsilon_t, out=s.new_squares_plus)
            np.divide(self.momentum.flat, s.new_squares_plus, out=s.new_momentum_over)
            np.multiply(alpha_t, s.new_momentum_over, out=s.alpha_t_times)
            np.subtract(p.flat, s.alpha_t_times, out=p.flat)
            self.state.adam_step[...] = new_adam_step

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
        p = self.params
        sizes = {}
        _check("x", x, np.float32, ("N", 28, 28, 1), sizes)
        _check("y", y, np.int64, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.h1 = _Buffer(0, 48, np.float32, (n, 28, 28, 6))
        s.z1_inputs = _Buffer(1, 3, np.float32, (8, 93, 7, 32, 1))
        s.z1_filters = _Buffer(2, 3, np.float32, (8, 5, 6))
        s.z1_products = _Buffer(3, 3, np.float32, (8, 93, 7, 28, 6))
        s.conv_1_b_rows = _Buffer(4, 4, np.float32, (28, 6))
        s.h1_pooled = _Buffer(5, 40, np.float32, (n, 14, 14, 6))
        s.z2 = s.h2 = _Buffer(6, 32, np.float32, (n, 10, 10, 16))
        s.z2_inputs = _Buffer(7, 9, np.float32, (8, 179, 3, 14, 6))
        s.z2_filters = _Buffer(8, 9, np.float32, (8, 30, 16))
        s.z2_products = _Buffer(9, 9, np.float32, (8, 179, 3, 10, 16))
        s.conv_2_b_rows = _Buffer(10, 10, np.float32, (10, 16))
        s.h2_pooled = _Buffer(11, 28, np.float32, (n, 5, 5, 16))
        s.z3 = s.h3 = _Buffer(12, 25, np.float32, (n, 120))
        s.z4 = s.h4 = _Buffer(13, 23, np.float32, (n, 84))
        s.logits = s.logits_minus_max = _Buffer(14, 20, np.float32, (n, 10))
        s.logits_max = _Buffer(15, 15, np.float32, (n, 1))
        s.logits_exp = s.d_logits = _Buffer(16, 22, np.float32, (n, 10))
        s.logits_sum = _Buffer(17, 21, np.float32, (n, 1))
        s.logits_minus_take = s.logits_reshape = _Buffer(18, 21, np.float32, (n,))
        s.y_position = _Buffer(19, 21, np.int64, (n,))
        s.logits_take = _Buffer(20, 20, np.float32, (n,))
        s.loss = _Buffer(21, 53, np.float32, ())
        s.d_h4 = s.d_z4 = _Buffer(22, 24, np.float32, (n, 84))
        s.h4_mask = _Buffer(23, 23, np.bool_, (n, 84))
        s.d_h3 = s.d_z3 = _Buffer(24, 29, np.float32, (n, 120))
        s.h3_mask = _Buffer(25, 25, np.bool_, (n, 120))
        s.h2_max_pool_index = _Buffer(26, 31, np.uint8, (n, 5, 5, 16))
        s.h2_max_pool_index_before = _Buffer(27, 28, np.bool_, (n, 5, 5, 16))
        s.h2_max_pool_index_different = _Buffer(28, 28, np.bool_, (n, 5, 5, 16))
        s.d_h2_pooled_flat = _Buffer(29, 31, np.float32, (n, 400))
        s.d_h2 = s.d_z2 = _Buffer(30, 45, np.float32, (n, 10, 10, 16))
        s.d_h2_chosen = _Buffer(31, 31, np.bool_, (n, 5, 5, 16))
        s.h2_mask = _Buffer(32, 32, np.bool_, (n, 10, 10, 16))
        s.d_conv_2_W_inputs = _Buffer(33, 37, np.float32, (8, 179, 3, 14, 6))
        s.d_conv_2_W_given = _Buffer(34, 37, np.float32, (8, 179, 3, 10, 16))
        s.d_conv_2_W_part = _Buffer(35, 37, np.float32, (10, 8, 30, 16))
        s.d_conv_2_W_sums = _Buffer(36, 37, np.float32, (8, 30, 16))
        s.d_conv_2_W_total = _Buffer(37, 37, np.float32, (8, 30, 16))
        s.h1_max_pool_index = _Buffer(38, 47, np.uint8, (n, 14, 14, 6))
        s.h1_max_pool_index_before = _Buffer(39, 40, np.bool_, (n, 14, 14, 6))
        s.h1_max_pool_index_different = _Buffer(40, 40, np.bool_, (n, 14, 14, 6))
        s.conv_2_W_copy = _Buffer(41, 45, np.float32, (5, 5, 16, 6))
        s.d_h1_pooled = _Buffer(42, 47, np.float32, (n, 14, 14, 6))
        s.d_h1_pooled_inputs = _Buffer(43, 45, np.float32, (8, 88, 4, 18, 16))
        s.d_h1_pooled_filters = _Buffer(44, 45, np.float32, (8, 80, 6))
        s.d_h1_pooled_products = _Buffer(45, 45, np.float32, (8, 88, 4, 14, 6))
        s.d_h1 = s.d_z1 = _Buffer(46, 53, np.float32, (n, 28, 28, 6))
        s.d_h1_chosen = _Buffer(47, 47, np.bool_, (n, 14, 14, 6))
        s.h1_mask = _Buffer(48, 48, np.bool_, (n, 28, 28, 6))
        s.d_conv_1_W_inputs = _Buffer(49, 53, np.float32, (8, 93, 7, 32, 1))
        s.d_conv_1_W_given = _Buffer(50, 53, np.float32, (8, 93, 7, 28, 6))
        s.d_conv_1_W_part = _Buffer(51, 53, np.float32, (28, 8, 5, 6))
        s.d_conv_1_W_sums = _Buffer(52, 53, np.float32, (8, 5, 6))
        s.d_conv_1_W_total = _Buffer(53, 53, np.float32, (8, 5, 6))
        s.grads_square = _Buffer(54, 54, np.float32, (61706,))
        s.new_squares_sqrt = s.new_squares_plus = _Buffer(55, 55, np.float32, (61706,))
        s.new_momentum_over = s.new_squares_sqrt
        s.alpha_t_times = s.new_squares_sqrt
        self._lay_out(s)
        s.conv_1_b_broadcast_to = np.broadcast_to(p.conv_1_b, (28, 6))
        s.h1_pooled_shifts = _shifts((28, 28), (14, 14), (2, 2), (0, 0), (2, 2))
        s.conv_2_b_broadcast_to = np.broadcast_to(p.conv_2_b, (10, 16))
        s.h2_pooled_shifts = _shifts((10, 10), (5, 5), (2, 2), (0, 0), (2, 2))
        s.h2_pooled_flat = s.h2_pooled.reshape(n, 400)
        s.logits_log = s.logits_minus_take.reshape(n, 1)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 10
        s.minus_ones = np.full((n,), -1.0, dtype=np.float32)
        s.ones = np.ones((n,), dtype=np.float32)
        s.h2_max_pool_index_shifts = s.h2_pooled_shifts
        s.d_h2_pooled = s.d_h2_pooled_flat.reshape(n, 5, 5, 16)
        s.d_h2_shifts = s.h2_pooled_shifts
        s.d_z2_reshape = s.d_z2.reshape(100 * n, 16)
        s.ones_2 = np.ones((100 * n,), dtype=np.float32)
        s.h1_max_pool_index_shifts = s.h1_pooled_shifts
        s.conv_2_W_slice = p.conv_2_W[::-1, ::-1]
        s.conv_2_W_transpose = s.conv_2_W_slice.transpose(0, 1, 3, 2)
        s.d_h1_shifts = s.h1_pooled_shifts
        s.d_z1_reshape = s.d_z1.reshape(784 * n, 6)
        s.ones_3 = np.ones((784 * n,), dtype=np.float32)
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
        # what _backward, _forward and _forward_loss begin with
        self._common(s, x)

        return s.logits

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
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.h1 = _Buffer(0, 5, np.float32, (n, 28, 28, 6))
        s.z1_inputs = _Buffer(1, 3, np.float32, (8, 93, 7, 32, 1))
        s.z1_filters = _Buffer(2, 3, np.float32, (8, 5, 6))
        s.z1_products = _Buffer(3, 3, np.float32, (8, 93, 7, 28, 6))
        s.conv_1_b_rows = _Buffer(4, 4, np.float32, (28, 6))
        s.h1_pooled = _Buffer(5, 9, np.float32, (n, 14, 14, 6))
        s.z2 = s.h2 = _Buffer(6, 11, np.float32, (n, 10, 10, 16))
        s.z2_inputs = _Buffer(7, 9, np.float32, (8, 179, 3, 14, 6))
        s.z2_filters = _Buffer(8, 9, np.float32, (8, 30, 16))
        s.z2_products = _Buffer(9, 9, np.float32, (8, 179, 3, 10, 16))
        s.conv_2_b_rows = _Buffer(10, 10, np.float32, (10, 16))
        s.h2_pooled = _Buffer(11, 12, np.float32, (n, 5, 5, 16))
        s.z3 = s.h3 = _Buffer(12, 13, np.float32, (n, 120))
        s.z4 = s.h4 = _Buffer(13, 14, np.float32, (n, 84))
        s.logits = _Buffer(14, 14, np.float32, (n, 10))
        self._lay_out(s)
        s.conv_1_b_broadcast_to = np.broadcast_to(p.conv_1_b, (28, 6))
        s.h1_pooled_shifts = _shifts((28, 28), (14, 14), (2, 2), (0, 0), (2, 2))
        s.conv_2_b_broadcast_to = np.broadcast_to(p.conv_2_b, (10, 16))
        s.h2_pooled_shifts = _shifts((10, 10), (5, 5), (2, 2), (0, 0), (2, 2))
        s.h2_pooled_flat = s.h2_pooled.reshape(n, 400)
        self._predict[x.dtype, x.shape] = s
        return s

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
        # what _backward, _forward and _forward_loss begin with
        self._common(s, x)

        # softmax_cross_entropy: loss = mean(-log_softmax(logits)[y])   ()   lenet.py:48
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
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.z1 = s.h1 = _Buffer(0, 5, np.float32, (n, 28, 28, 6))
        s.z1_inputs = _Buffer(1, 3, np.float32, (8, 93, 7, 32, 1))
        s.z1_filters = _Buffer(2, 3, np.float32, (8, 5, 6))
        s.z1_products = _Buffer(3, 3, np.float32, (8, 93, 7, 28, 6))
        s.conv_1_b_rows = _Buffer(4, 4, np.float32, (28, 6))
        s.h1_pooled = _Buffer(5, 9, np.float32, (n, 14, 14, 6))
        s.z2 = s.h2 = _Buffer(6, 11, np.float32, (n, 10, 10, 16))
        s.z2_inputs = _Buffer(7, 9, np.float32, (8, 179, 3, 14, 6))
        s.z2_filters = _Buffer(8, 9, np.float32, (8, 30, 16))
        s.z2_products = _Buffer(9, 9, np.float32, (8, 179, 3, 10, 16))
        s.conv_2_b_rows = _Buffer(10, 10, np.float32, (10, 16))
        s.h2_pooled = _Buffer(11, 12, np.float32, (n, 5, 5, 16))
        s.z3 = s.h3 = _Buffer(12, 13, np.float32, (n, 120))
        s.z4 = s.h4 = _Buffer(13, 14, np.float32, (n, 84))
        s.logits = s.logits_minus_max = _Buffer(14, 19, np.float32, (n, 10))
        s.logits_max = _Buffer(15, 15, np.float32, (n, 1))
        s.logits_exp = _Buffer(16, 17, np.float32, (n, 10))
        s.logits_minus_take = s.logits_reshape = _Buffer(17, 20, np.float32, (n,))
        s.y_position = _Buffer(18, 19, np.int64, (n,))
        s.logits_take = _Buffer(19, 19, np.float32, (n,))
        s.loss = _Buffer(20, 20, np.float32, ())
        self._lay_out(s)
        s.conv_1_b_broadcast_to = np.broadcast_to(p.conv_1_b, (28, 6))
        s.h1_pooled_shifts = _shifts((28, 28), (14, 14), (2, 2), (0, 0), (2, 2))
        s.conv_2_b_broadcast_to = np.broadcast_to(p.conv_2_b, (10, 16))
        s.h2_pooled_shifts = _shifts((10, 10), (5, 5), (2, 2), (0, 0), (2, 2))
        s.h2_pooled_flat = s.h2_pooled.reshape(n, 400)
        s.logits_sum = s.logits_minus_take.reshape(n, 1)
        s.logits_log = s.logits_minus_take.reshape(n, 1)
        s.iota = np.arange(n, dtype=np.int64)
        s.row_starts = s.iota * 10
        self._loss[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

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


def _head(buffer, *shape):
    """The first elements of a buffer, in another shape."""
    size = 1
    for count in shape:
        size *= count
    return buffer.reshape(-1)[:size].reshape(shape)


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


def main():
    """Train or predict from the command line."""
    import argparse

    parser = argparse.ArgumentParser(description="Train this network, or predict.")
    parser.add_argument("action", choices=["train", "predict"])
    parser.add_argument("data", help="an .npz file of inputs and targets")
    parser.add_argument("--weights", default="lenet.npz")
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
    m = Lenet(seed=options.seed)
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
