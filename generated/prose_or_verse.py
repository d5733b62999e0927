"""prose_or_verse: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Inputs     letters   int64 (N, 28)
           there   bool (N, 28)
Targets    verse   float32 (N,)
Outputs    logit   float32 (N,)
Parameters 35,105 in 11 arrays
Optimiser  Adam(one_cycle(0.005, 2000, rise=0.3, start=0.0002, end=2e-08), clip_n...

    from prose_or_verse import ProseOrVerse

    m = ProseOrVerse(seed=0)
    loss = m.train_step(letters, there, verse)
    m.predict(letters, there)

As a script (the arrays of data.npz are called as above):

    python prose_or_verse.py train data.npz --epochs 10
    python prose_or_verse.py predict data.npz
"""

import builtins
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


_processors = _Processors()


class ProseOrVerse:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "prose_or_verse"
    FINGERPRINT = "1ec605becea473c9"
    INPUTS = {"letters": ("int64", ("N", 28)), "there": ("bool", ("N", 28))}
    TARGETS = {"verse": ("float32", ("N",))}
    OUTPUTS = {"logit": ("float32", ("N",))}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "embedding_1.W": ("params", "embedding_1_W"),
        "reader.forwards.W": ("params", "reader_forwards_W"),
        "reader.forwards.b": ("params", "reader_forwards_b"),
        "reader.forwards.U": ("params", "reader_forwards_U"),
        "reader.forwards.bn": ("params", "reader_forwards_bn"),
        "reader.backwards.W": ("params", "reader_backwards_W"),
        "reader.backwards.b": ("params", "reader_backwards_b"),
        "reader.backwards.U": ("params", "reader_backwards_U"),
        "reader.backwards.bn": ("params", "reader_backwards_bn"),
        "decision.W": ("params", "decision_W"),
        "decision.b": ("params", "decision_b"),
        "embedding_1.W.momentum": ("momentum", "embedding_1_W"),
        "reader.forwards.W.momentum": ("momentum", "reader_forwards_W"),
        "reader.forwards.b.momentum": ("momentum", "reader_forwards_b"),
        "reader.forwards.U.momentum": ("momentum", "reader_forwards_U"),
        "reader.forwards.bn.momentum": ("momentum", "reader_forwards_bn"),
        "reader.backwards.W.momentum": ("momentum", "reader_backwards_W"),
        "reader.backwards.b.momentum": ("momentum", "reader_backwards_b"),
        "reader.backwards.U.momentum": ("momentum", "reader_backwards_U"),
        "reader.backwards.bn.momentum": ("momentum", "reader_backwards_bn"),
        "decision.W.momentum": ("momentum", "decision_W"),
        "decision.b.momentum": ("momentum", "decision_b"),
        "embedding_1.W.squares": ("squares", "embedding_1_W"),
        "reader.forwards.W.squares": ("squares", "reader_forwards_W"),
        "reader.forwards.b.squares": ("squares", "reader_forwards_b"),
        "reader.forwards.U.squares": ("squares", "reader_forwards_U"),
        "reader.forwards.bn.squares": ("squares", "reader_forwards_bn"),
        "reader.backwards.W.squares": ("squares", "reader_backwards_W"),
        "reader.backwards.b.squares": ("squares", "reader_backwards_b"),
        "reader.backwards.U.squares": ("squares", "reader_backwards_U"),
        "reader.backwards.bn.squares": ("squares", "reader_backwards_bn"),
        "decision.W.squares": ("squares", "decision_W"),
        "decision.b.squares": ("squares", "decision_b"),
        "adam.step": ("state", "adam_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(35105, np.float32),
            {
                "embedding_1_W": (28, 24),
                "reader_forwards_W": (24, 192),
                "reader_forwards_b": (192,),
                "reader_forwards_U": (64, 192),
                "reader_forwards_bn": (64,),
                "reader_backwards_W": (24, 192),
                "reader_backwards_b": (192,),
                "reader_backwards_U": (64, 192),
                "reader_backwards_bn": (64,),
                "decision_W": (128, 1),
                "decision_b": (1,),
            },
        )
        self.grads = _Views(_vector(35105, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(35105, np.float32), self.params.shapes)
        self.squares = _Views(_vector(35105, np.float32), self.params.shapes)
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
        noise = rng.standard_normal((28, 24), dtype=np.float32)
        p.embedding_1_W[...] = noise * 0.20412415
        reader_forwards_draw = rng.random((24, 64), dtype=np.float32)
        reader_forwards_plus = reader_forwards_draw * 0.52223295 + -0.26111647
        reader_forwards_draw_2 = rng.random((24, 64), dtype=np.float32)
        reader_forwards_times_2 = reader_forwards_draw_2 * 0.52223295
        reader_forwards_plus_2 = reader_forwards_times_2 + -0.26111647
        reader_forwards_draw_3 = rng.random((24, 64), dtype=np.float32)
        reader_forwards_times_3 = reader_forwards_draw_3 * 0.52223295
        reader_forwards_plus_3 = reader_forwards_times_3 + -0.26111647
        new_reader_forwards_W = np.concatenate(
            (reader_forwards_plus, reader_forwards_plus_2, reader_forwards_plus_3),
            axis=1,
        )
        p.reader_forwards_W[...] = new_reader_forwards_W
        reader_forwards_noise = rng.standard_normal((64, 64), dtype=np.float32)
        reader_forwards_noise_2 = rng.standard_normal((64, 64), dtype=np.float32)
        reader_forwards_orthogonal_2 = _orthogonal(reader_forwards_noise_2)
        reader_forwards_noise_3 = rng.standard_normal((64, 64), dtype=np.float32)
        reader_forwards_orthogonal_3 = _orthogonal(reader_forwards_noise_3)
        new_reader_forwards_U = np.concatenate(
            (
                _orthogonal(reader_forwards_noise),
                reader_forwards_orthogonal_2,
                reader_forwards_orthogonal_3,
            ),
            axis=1,
        )
        p.reader_forwards_U[...] = new_reader_forwards_U
        reader_backwards_draw = rng.random((24, 64), dtype=np.float32)
        reader_backwards_plus = reader_backwards_draw * 0.52223295 + -0.26111647
        reader_backwards_draw_2 = rng.random((24, 64), dtype=np.float32)
        reader_backwards_times_2 = reader_backwards_draw_2 * 0.52223295
        reader_backwards_plus_2 = reader_backwards_times_2 + -0.26111647
        reader_backwards_draw_3 = rng.random((24, 64), dtype=np.float32)
        reader_backwards_times_3 = reader_backwards_draw_3 * 0.52223295
        reader_backwards_plus_3 = reader_backwards_times_3 + -0.26111647
        new_reader_backwards_W = np.concatenate(
            (reader_backwards_plus, reader_backwards_plus_2, reader_backwards_plus_3),
            axis=1,
        )
        p.reader_backwards_W[...] = new_reader_backwards_W
        reader_backwards_noise = rng.standard_normal((64, 64), dtype=np.float32)
        reader_backwards_orthogonal = _orthogonal(reader_backwards_noise)
        reader_backwards_noise_2 = rng.standard_normal((64, 64), dtype=np.float32)
        reader_backwards_orthogonal_2 = _orthogonal(reader_backwards_noise_2)
        reader_backwards_noise_3 = rng.standard_normal((64, 64), dtype=np.float32)
        reader_backwards_orthogonal_3 = _orthogonal(reader_backwards_noise_3)
        new_reader_backwards_U = np.concatenate(
            (
                reader_backwards_orthogonal,
                reader_backwards_orthogonal_2,
                reader_backwards_orthogonal_3,
            ),
            axis=1,
        )
        p.reader_backwards_U[...] = new_reader_backwards_U
        decision_draw = rng.random((128, 1), dtype=np.float32)
        p.decision_W[...] = decision_draw * 0.4313311 + -0.21566555

    def train_step(self, letters, there, verse):
        """One training step on a mini-batch; returns the loss before it.

        letters: int64 (N, 28)
        there: bool (N, 28)
        verse: float32 (N,)
        """
        s, loss = self._backward_in_parts(letters, there, verse)
        self._update(s)
        return loss

    def gradients(self, letters, there, verse):
        """The gradients of the loss, as training sees it: dropout is on.

        letters: int64 (N, 28)
        there: bool (N, 28)
        verse: float32 (N,)
        """
        self._backward_in_parts(letters, there, verse)
        d = self.grads
        return {
            "embedding_1.W": d.embedding_1_W.copy(),
            "reader.forwards.W": d.reader_forwards_W.copy(),
            "reader.forwards.b": d.reader_forwards_b.copy(),
            "reader.forwards.U": d.reader_forwards_U.copy(),
            "reader.forwards.bn": d.reader_forwards_bn.copy(),
            "reader.backwards.W": d.reader_backwards_W.copy(),
            "reader.backwards.b": d.reader_backwards_b.copy(),
            "reader.backwards.U": d.reader_backwards_U.copy(),
            "reader.backwards.bn": d.reader_backwards_bn.copy(),
            "decision.W": d.decision_W.copy(),
            "decision.b": d.decision_b.copy(),
        }

    def _backward_in_parts(self, letters, there, verse):
        """_backward, by a process for each part of N if that is large.

        Parts need nothing of each other before they are done.
        The gradients are the means of those of the parts.
        Returns the buffers of the first part, and the results.
        """
        return _in_parts(
            self,
            type(self)._train_slots,
            type(self)._backward,
            [letters, there, verse],
            axes=[0, 0, 0],
            joins=["mean", "mean"],
            least=177,
            keeps=["params"],
        )

    def _backward(self, s, letters, there, verse):
        """Forward and backward: the loss; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # reader.forwards: there_copy = (there^T)         (28, N)   prose_or_verse.py:40
        np.copyto(s.there_copy, there.T)

        # embedding_1                                               prose_or_verse.py:39
        # letters_copy = (letters^T)                                           (28, N)
        # embedding_1_W_take = W[(letters^T)]                              (28, N, 24)
        np.copyto(s.letters_copy, letters.T)
        np.take(
            p.embedding_1_W,
            s.letters_copy,
            axis=0,
            out=s.embedding_1_W_take,
            mode="clip",
        )

        # reader.forwards                                           prose_or_verse.py:40
        # x_in_rows = embedding_1_W_take W + b                           (28 * N, 192)
        # h, step by step                                                  (29, N, 64)
        # n_h, step by step                                                (28, N, 64)
        # gates, step by step                                             (28, N, 128)
        # n_2, step by step                                                (28, N, 64)
        np.dot(s.embedding_1_W_reshape, p.reader_forwards_W, out=s.x_in_rows)
        np.add(s.x_in_rows, p.reader_forwards_b, out=s.x_in_rows)
        s.h[0].fill(0.0)
        for t in range(28):
            # h_in = h[t] U                                                     (N, 192)
            # gates[t] = sigmoid(x_in[t][:, :128] + h_in[:, :128])              (N, 128)
            # n_h[t] = h_in[:, 128:] + bn                                        (N, 64)
            # n_2[t] = tanh(x_in[t][:, 128:] + r * n_h[t])                       (N, 64)
            # h_3 = n_2[t] + z * (h[t] - n_2[t])                                 (N, 64)
            # h[t + 1] = where(reshape(there_copy[t], (N, 1)), h_3, h[t])        (N, 64)
            mask_reshape = s.there_copy[t].reshape(s.n, 1)
            x_in_slice = s.x_in[t][:, 128:]
            x_in_slice_2 = s.x_in[t][:, :128]
            _dot(s.h[t], p.reader_forwards_U, out=s.h_in)
            np.add(x_in_slice_2, s.h_in_slice, out=s.gates[t])
            np.clip(s.gates[t], -np.inf, 88.0, out=s.gates[t])
            np.exp(s.gates[t], out=s.gates[t])
            np.add(1.0, s.gates[t], out=s.gates_plus_3)
            np.divide(s.gates[t], s.gates_plus_3, out=s.gates[t])
            r = s.gates[t][:, :64]
            np.add(s.h_in_slice_2, p.reader_forwards_bn, out=s.n_h[t])
            np.multiply(r, s.n_h[t], out=s.n_2[t])
            np.add(x_in_slice, s.n_2[t], out=s.n_2[t])
            np.tanh(s.n_2[t], out=s.n_2[t])
            z = s.gates[t][:, 64:]
            np.subtract(s.h[t], s.n_2[t], out=s.h_3)
            np.multiply(z, s.h_3, out=s.h_3)
            np.add(s.n_2[t], s.h_3, out=s.h_3)
            np.copyto(s.h[t + 1], s.h[t])
            np.copyto(s.h[t + 1], s.h_3, where=mask_reshape)

        # reader.backwards                                          prose_or_verse.py:40
        # x_in_rows_2 = embedding_1_W_take W + b                         (28 * N, 192)
        # h_2, step by step                                                (29, N, 64)
        # n_h_2, step by step                                              (28, N, 64)
        # gates_2, step by step                                           (28, N, 128)
        # n_3, step by step                                                (28, N, 64)
        np.dot(s.embedding_1_W_reshape, p.reader_backwards_W, out=s.x_in_rows_2)
        np.add(s.x_in_rows_2, p.reader_backwards_b, out=s.x_in_rows_2)
        s.h_2[28].fill(0.0)
        for t in reversed(range(28)):
            # h_in_2 = h_2[t + 1] U                                             (N, 192)
            # gates_2[t] = sigmoid(x_in_2[t][:, :128] + h_in_2[:, :128])        (N, 128)
            # n_h_2[t] = h_in_2[:, 128:] + bn                                    (N, 64)
            # n_3[t] = tanh(x_in_2[t][:, 128:] + r_2 * n_h_2[t])                 (N, 64)
            # h_4 = n_3[t] + z_2 * (h_2[t + 1] - n_3[t])                         (N, 64)
            # h_2[t] = where(reshape(there_copy[t], (N, 1)), h_4, h_2[t + 1])    (N, 64)
            mask_reshape_2 = s.there_copy[t].reshape(s.n, 1)
            x_in_slice_3 = s.x_in_2[t][:, 128:]
            x_in_slice_4 = s.x_in_2[t][:, :128]
            _dot(s.h_2[t + 1], p.reader_backwards_U, out=s.h_in_2)
            np.add(x_in_slice_4, s.h_in_slice_3, out=s.gates_2[t])
            np.clip(s.gates_2[t], -np.inf, 88.0, out=s.gates_2[t])
            np.exp(s.gates_2[t], out=s.gates_2[t])
            np.add(1.0, s.gates_2[t], out=s.gates_plus_4)
            np.divide(s.gates_2[t], s.gates_plus_4, out=s.gates_2[t])
            r_2 = s.gates_2[t][:, :64]
            np.add(s.h_in_slice_4, p.reader_backwards_bn, out=s.n_h_2[t])
            np.multiply(r_2, s.n_h_2[t], out=s.n_3[t])
            np.add(x_in_slice_3, s.n_3[t], out=s.n_3[t])
            np.tanh(s.n_3[t], out=s.n_3[t])
            z_2 = s.gates_2[t][:, 64:]
            np.subtract(s.h_2[t + 1], s.n_3[t], out=s.h_4)
            np.multiply(z_2, s.h_4, out=s.h_4)
            np.add(s.n_3[t], s.h_4, out=s.h_4)
            np.copyto(s.h_2[t], s.h_2[t + 1])
            np.copyto(s.h_2[t], s.h_4, where=mask_reshape_2)

        # reader: forwards_concat = [h[28]; h_2[0]]      (N, 128)   prose_or_verse.py:41
        np.concatenate((s.forwards, s.backwards), axis=1, out=s.forwards_concat)

        # decision: forwards_plus = forwards_concat W + b                   (N, 1)   :42
        np.dot(s.forwards_concat, p.decision_W, out=s.forwards_product)
        np.add(s.forwards_product, p.decision_b, out=s.forwards_plus)

        # binary_cross_entropy: loss = mean(softplus(logit) - logit * verse)    ()   :48
        np.clip(s.logit, 0.0, np.inf, out=s.logit_maximum)
        np.multiply(s.logit, verse, out=s.logit_times)
        np.subtract(s.logit_maximum, s.logit_times, out=s.logit_minus_times)
        np.abs(s.logit, out=s.logit_abs)
        np.negative(s.logit_abs, out=s.logit_negative)
        np.exp(s.logit_negative, out=s.logit_exp)
        np.log1p(s.logit_exp, out=s.logit_log1p)
        np.add(s.logit_minus_times, s.logit_log1p, out=s.logit_plus_log1p)
        s.logit_plus_log1p.sum(out=s.loss)
        np.divide(s.loss, s.n, out=s.loss)

        # ---- backward ----------------------------------------------------------------
        # binary_cross_entropy: d_logit = (sigmoid(logit) - verse) / N        (N,)   :48
        np.clip(s.logit, -np.inf, 88.0, out=s.d_logit)
        np.exp(s.d_logit, out=s.d_logit)
        np.add(1.0, s.d_logit, out=s.d_logit_plus)
        np.divide(s.d_logit, s.d_logit_plus, out=s.d_logit)
        np.subtract(s.d_logit, verse, out=s.d_logit)
        np.divide(s.d_logit, s.n, out=s.d_logit)

        # decision                                                  prose_or_verse.py:42
        # d_b = sum over N of d_logit                                             (1,)
        # d_W = forwards_concat^T d_logit                                     (128, 1)
        # d_logit_product = d_logit W^T                                       (N, 128)
        np.dot(s.ones, s.d_logit_reshape, out=d.decision_b)
        np.dot(s.forwards_concat.T, s.d_logit_reshape, out=d.decision_W)
        np.dot(s.d_logit_reshape, p.decision_W.T, out=s.d_logit_product)

        # reader.backwards                                          prose_or_verse.py:40
        # reader_backwards_U_T = (U^T)                                       (192, 64)
        # d_h, step by step                                                    (N, 64)
        # d_x_in, step by step                                            (28, N, 192)
        # d_h_in, step by step                                            (28, N, 192)
        # d_n_h, step by step                                              (28, N, 64)
        # d_bn = sum over 28 * N of d_n_h                                        (64,)
        # d_U = h_2[1:]^T d_h_in                                             (64, 192)
        # d_b = sum over 28 * N of d_x_in                                       (192,)
        # d_W = embedding_1_W_take^T d_x_in                                  (24, 192)
        np.copyto(s.reader_backwards_U_T, p.reader_backwards_U.T)
        np.copyto(s.d_h, s.d_backwards)
        for t in range(28):
            # d_h_3 = where(reshape(there_copy[t], (N, 1)), d_h[t], 0)           (N, 64)
            # d_n = d_h_3 - mask_where                                           (N, 64)
            # d_r = d_n * (1 - square(n_3[t])) * n_h_2[t]                        (N, 64)
            # d_z = where(mask_reshape_3, d_h[t] * h_minus, 0)                   (N, 64)
            # d_gates = [d_r; d_z]                                              (N, 128)
            # d_x_in[t] = [d_gates_times; d_n * (1 - square(n_3[t]))]           (N, 192)
            # d_n_h[t] = d_n * (1 - square(n_3[t])) * r_3                        (N, 64)
            # d_h_in[t] = [d_gates_times; d_n_h[t]]                             (N, 192)
            # d_h[t + 1] = d_h_4 + d_h_in[t] U^T                                 (N, 64)
            mask_reshape_3 = s.there_copy[t].reshape(s.n, 1)
            np.copyto(s.d_n_h[t], 0.0)
            np.copyto(s.d_n_h[t], s.d_h, where=mask_reshape_3)
            z_3 = s.gates_2[t][:, 64:]
            np.multiply(s.d_h, z_3, out=s.d_h_times)
            np.copyto(s.mask_where, 0.0)
            np.copyto(s.mask_where, s.d_h_times, where=mask_reshape_3)
            np.subtract(s.d_n_h[t], s.mask_where, out=s.d_n_h[t])
            np.square(s.n_3[t], out=s.n_square)
            np.subtract(1.0, s.n_square, out=s.n_minus_square)
            np.multiply(s.d_n_h[t], s.n_minus_square, out=s.d_n_h[t])
            np.multiply(s.d_n_h[t], s.n_h_2[t], out=s.d_gates[:, :64])
            np.subtract(s.h_2[t + 1], s.n_3[t], out=s.h_minus)
            np.multiply(s.d_h, s.h_minus, out=s.d_h_times_2)
            np.copyto(s.d_gates[:, 64:], 0.0)
            np.copyto(s.d_gates[:, 64:], s.d_h_times_2, where=mask_reshape_3)
            np.subtract(1.0, s.gates_2[t], out=s.gates_minus)
            np.multiply(s.gates_2[t], s.gates_minus, out=s.gates_times_minus)
            np.multiply(s.d_gates, s.gates_times_minus, out=s.d_gates_times)
            np.concatenate((s.d_gates_times, s.d_n_h[t]), axis=1, out=s.d_x_in[t])
            r_3 = s.gates_2[t][:, :64]
            np.multiply(s.d_n_h[t], r_3, out=s.d_n_h[t])
            np.concatenate((s.d_gates_times, s.d_n_h[t]), axis=1, out=s.d_h_in[t])
            np.copyto(s.d_h, 0.0, where=mask_reshape_3)
            np.add(s.d_h, s.mask_where, out=s.d_h)
            _dot(s.d_h_in[t], s.reader_backwards_U_T, out=s.d_h_in_product)
            np.add(s.d_h, s.d_h_in_product, out=s.d_h)
        np.dot(s.ones_2, s.d_n_h_reshape, out=d.reader_backwards_bn)
        np.dot(s.h_reshape.T, s.d_h_in_reshape, out=d.reader_backwards_U)
        np.dot(s.ones_2, s.d_x_in_reshape, out=d.reader_backwards_b)
        np.dot(s.embedding_1_W_reshape.T, s.d_x_in_reshape, out=d.reader_backwards_W)

        # reader.forwards                                           prose_or_verse.py:40
        # reader_forwards_U_T = (U^T)                                        (192, 64)
        # d_h_2, step by step                                                  (N, 64)
        # d_x_in_2, step by step                                          (28, N, 192)
        # d_h_in_2, step by step                                          (28, N, 192)
        # d_n_h_2, step by step                                            (28, N, 64)
        # d_bn = sum over 28 * N of d_n_h_2                                      (64,)
        # d_U = h[:28]^T d_h_in_2                                            (64, 192)
        # d_b = sum over 28 * N of d_x_in_2                                     (192,)
        # d_W = embedding_1_W_take^T d_x_in_2                                (24, 192)
        np.copyto(s.reader_forwards_U_T, p.reader_forwards_U.T)
        np.copyto(s.d_h_2, s.d_forwards)
        for t in reversed(range(28)):
            # d_h_5 = where(reshape(there_copy[t], (N, 1)), d_h_2[t + 1], 0)     (N, 64)
            # d_n_2 = d_h_5 - mask_where_2                                       (N, 64)
            # d_r_2 = d_n_2 * (1 - square(n_2[t])) * n_h[t]                      (N, 64)
            # d_z_2 = where(mask_reshape_4, d_h_times_4, 0)                      (N, 64)
            # d_gates_2 = [d_r_2; d_z_2]                                        (N, 128)
            # d_x_in_2[t] = [d_gates_times_2; d_n_2 * (1 - square(n_2[t]))]     (N, 192)
            # d_n_h_2[t] = d_n_2 * (1 - square(n_2[t])) * r_4                    (N, 64)
            # d_h_in_2[t] = [d_gates_times_2; d_n_h_2[t]]                       (N, 192)
            # d_h_2[t] = d_h_6 + d_h_in_2[t] U^T                                 (N, 64)
            mask_reshape_4 = s.there_copy[t].reshape(s.n, 1)
            np.copyto(s.d_n_h_2[t], 0.0)
            np.copyto(s.d_n_h_2[t], s.d_h_2, where=mask_reshape_4)
            z_4 = s.gates[t][:, 64:]
            np.multiply(s.d_h_2, z_4, out=s.d_h_times_3)
            np.copyto(s.mask_where_2, 0.0)
            np.copyto(s.mask_where_2, s.d_h_times_3, where=mask_reshape_4)
            np.subtract(s.d_n_h_2[t], s.mask_where_2, out=s.d_n_h_2[t])
            np.square(s.n_2[t], out=s.n_square_2)
            np.subtract(1.0, s.n_square_2, out=s.n_minus_square_2)
            np.multiply(s.d_n_h_2[t], s.n_minus_square_2, out=s.d_n_h_2[t])
            np.multiply(s.d_n_h_2[t], s.n_h[t], out=s.d_gates_2[:, :64])
            np.subtract(s.h[t], s.n_2[t], out=s.h_minus_2)
            np.multiply(s.d_h_2, s.h_minus_2, out=s.d_h_times_4)
            np.copyto(s.d_gates_2[:, 64:], 0.0)
            np.copyto(s.d_gates_2[:, 64:], s.d_h_times_4, where=mask_reshape_4)
            np.subtract(1.0, s.gates[t], out=s.gates_minus_2)
            np.multiply(s.gates[t], s.gates_minus_2, out=s.gates_times_minus_2)
            np.multiply(s.d_gates_2, s.gates_times_minus_2, out=s.d_gates_times_2)
            np.concatenate((s.d_gates_times_2, s.d_n_h_2[t]), axis=1, out=s.d_x_in_2[t])
            r_4 = s.gates[t][:, :64]
            np.multiply(s.d_n_h_2[t], r_4, out=s.d_n_h_2[t])
            np.concatenate((s.d_gates_times_2, s.d_n_h_2[t]), axis=1, out=s.d_h_in_2[t])
            np.copyto(s.d_h_2, 0.0, where=mask_reshape_4)
            np.add(s.d_h_2, s.mask_where_2, out=s.d_h_2)
            _dot(s.d_h_in_2[t], s.reader_forwards_U_T, out=s.d_h_in_product_2)
            np.add(s.d_h_2, s.d_h_in_product_2, out=s.d_h_2)
        np.dot(s.ones_2, s.d_n_h_reshape_2, out=d.reader_forwards_bn)
        np.dot(s.h_reshape_2.T, s.d_h_in_reshape_2, out=d.reader_forwards_U)
        np.dot(s.ones_2, s.d_x_in_reshape_2, out=d.reader_forwards_b)
        np.dot(s.embedding_1_W_reshape.T, s.d_x_in_reshape_2, out=d.reader_forwards_W)

        # embedding_1                                               prose_or_verse.py:39
        # letters_plus_position = iota + letters_reshape * 24             (28 * N, 24)
        np.multiply(s.letters_reshape, 24, out=s.letters_position)
        np.add(s.iota, s.letters_position, out=s.letters_plus_position)

        # reader.backwards: d_x_rows = d_x_in W^T    (28 * N, 24)   prose_or_verse.py:40
        np.dot(s.d_x_in_reshape, p.reader_backwards_W.T, out=s.d_x_rows)

        # reader.forwards                                           prose_or_verse.py:40
        # d_x_rows_2 = d_x_in_2 W^T                                       (28 * N, 24)
        # d_x_plus_2 = reshape(d_x_rows, (28, N, 24)) + d_x_2              (28, N, 24)
        np.dot(s.d_x_in_reshape_2, p.reader_forwards_W.T, out=s.d_x_rows_2)
        np.add(s.d_x, s.d_x_2, out=s.d_x_plus_2)

        # embedding_1: d_W = scatter_add(0, letters^T, d_x + d_x)         (28, 24)   :39
        d.embedding_1_W.fill(0)
        _add_elements(d.embedding_1_W, s.letters_plus_position, s.d_x_reshape)

        return s.loss[()]

    def _update(self, s):
        """Change the parameters: Adam(one_cycle(0.005, 2000, rise=0.3, start=..."""
        p, d = self.params, self.grads
        adam_step = int(self.state.adam_step)
        # ---- update ------------------------------------------------------------------
        # adam                                                      prose_or_verse.py:50
        #   momentum and squares are without the factor 1 - beta
        # gradient_norm = sqrt(sum of squares of grads)                             ()
        # clip_scale = minimum(1 / (gradient_norm + 1e-06), 1)                      ()
        # momentum' = 0.9 * momentum + grads * clip_scale                     (35105,)
        # squares' = 0.999 * squares + square(grads * clip_scale)             (35105,)
        # params' = params                                                    (35105,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        new_adam_step = adam_step + 1
        adam_step_cast = adam_step
        adam_step_times_minimum = 3.1415927 * min(adam_step_cast / 599.0, 1.0)
        adam_step_minus_cos = 1.0 - math.cos(adam_step_times_minimum)
        rise = 0.0002 + adam_step_minus_cos * 0.0024
        adam_step_minimum_2 = min((adam_step_cast - 599.0) / 1400.0, 1.0)
        adam_step_cos_2 = math.cos(3.1415927 * adam_step_minimum_2)
        adam_step_times_3 = (1.0 - adam_step_cos_2) * -0.00249999
        fall = 0.005 + adam_step_times_3
        learning_rate = rise if (adam_step_cast <= 599.0) else fall
        t_2 = adam_step_cast + 1.0
        c = math.sqrt((1.0 - 0.999**t_2) / 0.001)
        alpha_t = learning_rate * c * (0.1 / (1.0 - 0.9**t_2))
        with _Whole():  # no interruption may leave this half done
            np.multiply(0.9, self.momentum.flat, out=self.momentum.flat)
            np.dot(d.flat, d.flat, out=s.gradient_norm)
            np.sqrt(s.gradient_norm, out=s.gradient_norm)
            np.add(s.gradient_norm, 1e-06, out=s.clip_scale)
            np.divide(1.0, s.clip_scale, out=s.clip_scale)
            np.clip(s.clip_scale, -np.inf, 1.0, out=s.clip_scale)
            np.multiply(d.flat, s.clip_scale, out=s.grads_times)
            np.add(self.momentum.flat, s.grads_times, out=self.momentum.flat)
            np.multiply(0.999, self.squares.flat, out=self.squares.flat)
            np.square(s.grads_times, out=s.grads_square)
            np.add(self.squares.flat, s.grads_square, out=self.squares.flat)
            np.sqrt(self.squares.flat, out=s.new_squares_sqrt)
            epsilon_t = 1e-08 * c
            np.add(s.new_squares_sqrt, epsilon_t, out=s.new_squares_plus)
            np.divide(self.momentum.flat, s.new_squares_plus, out=s.new_momentum_over)
            np.multiply(alpha_t, s.new_momentum_over, out=s.alpha_t_times)
            np.subtract(p.flat, s.alpha_t_times, out=p.flat)
            self.state.adam_step[...] = new_adam_step

    def _train_slots(self, letters, there, verse):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                letters.dtype,
                letters.shape,
                there.dtype,
                there.shape,
                verse.dtype,
                verse.shape,
            )
            return self._train[key]
        except (AttributeError, KeyError, TypeError):
            return self._plan_train(letters, there, verse)

    def _plan_train(self, letters, there, verse):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("letters", letters, np.int64, ("N", 28), sizes)
        _check("there", there, np.bool_, ("N", 28), sizes)
        _check("verse", verse, np.float32, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.there_copy = _Buffer(0, 51, np.bool_, (28, n))
        s.letters_position = s.letters_reshape = _Buffer(1, 52, np.int64, (28 * n, 1))
        s.embedding_1_W_take = _Buffer(2, 51, np.float32, (28, n, 24))
        s.x_in_rows = _Buffer(3, 10, np.float32, (28 * n, 192))
        s.h = _Buffer(4, 51, np.float32, (29, n, 64))
        s.n_h = _Buffer(5, 51, np.float32, (28, n, 64))
        s.gates = _Buffer(6, 51, np.float32, (28, n, 128))
        s.n_2 = _Buffer(7, 51, np.float32, (28, n, 64))
        s.x_in_rows_2 = _Buffer(11, 18, np.float32, (28 * n, 192))
        s.h_2 = _Buffer(12, 39, np.float32, (29, n, 64))
        s.n_h_2 = _Buffer(13, 39, np.float32, (28, n, 64))
        s.gates_2 = _Buffer(14, 39, np.float32, (28, n, 128))
        s.n_3 = _Buffer(15, 39, np.float32, (28, n, 64))
        s.forwards_concat = _Buffer(19, 26, np.float32, (n, 128))
        s.forwards_product = s.forwards_plus = _Buffer(20, 25, np.float32, (n, 1))
        s.logit_maximum = s.logit_minus_times = _Buffer(21, 24, np.float32, (n,))
        s.logit_times = _Buffer(22, 22, np.float32, (n,))
        s.logit_abs = s.logit_negative = s.logit_exp = _Buffer(23, 23, np.float32, (n,))
        s.logit_log1p = s.logit_abs
        s.logit_plus_log1p = s.logit_maximum
        s.loss = _Buffer(24, 54, np.float32, ())
        s.d_logit = _Buffer(25, 27, np.float32, (n,))
        s.d_logit_plus = _Buffer(26, 26, np.float32, (n,))
        s.d_logit_product = _Buffer(27, 51, np.float32, (n, 128))
        s.reader_backwards_U_T = _Buffer(28, 39, np.float32, (192, 64))
        s.d_h = _Buffer(29, 39, np.float32, (n, 64))
        s.d_x_in = _Buffer(30, 53, np.float32, (28, n, 192))
        s.d_h_in = _Buffer(31, 39, np.float32, (28, n, 192))
        s.d_n_h = _Buffer(32, 39, np.float32, (28, n, 64))
        s.reader_forwards_U_T = _Buffer(40, 51, np.float32, (192, 64))
        s.d_h_2 = _Buffer(41, 51, np.float32, (n, 64))
        s.d_x_in_2 = _Buffer(42, 54, np.float32, (28, n, 192))
        s.d_h_in_2 = _Buffer(43, 51, np.float32, (28, n, 192))
        s.d_n_h_2 = _Buffer(44, 51, np.float32, (28, n, 64))
        s.letters_plus_position = _Buffer(52, 54, np.int64, (28 * n, 24))
        s.d_x_plus_2 = s.d_x = _Buffer(53, 54, np.float32, (28, n, 24))
        s.d_x_rows_2 = _Buffer(54, 54, np.float32, (28 * n, 24))
        s.h_in = _Buffer(8, 9, np.float32, (n, 192))
        s.gates_plus_3 = _Buffer(9, 9, np.float32, (n, 128))
        s.h_3 = _Buffer(10, 10, np.float32, (n, 64))
        s.h_in_2 = _Buffer(16, 17, np.float32, (n, 192))
        s.gates_plus_4 = _Buffer(17, 17, np.float32, (n, 128))
        s.h_4 = _Buffer(18, 18, np.float32, (n, 64))
        s.d_h_times = _Buffer(33, 34, np.float32, (n, 64))
        s.mask_where = _Buffer(34, 38, np.float32, (n, 64))
        s.n_square = s.n_minus_square = _Buffer(35, 35, np.float32, (n, 64))
        s.h_minus = s.d_h_times_2 = _Buffer(37, 37, np.float32, (n, 64))
        s.d_gates = s.d_gates_times = _Buffer(36, 38, np.float32, (n, 128))
        s.gates_minus = s.gates_times_minus = _Buffer(38, 38, np.float32, (n, 128))
        s.d_h_in_product = _Buffer(39, 39, np.float32, (n, 64))
        s.d_h_times_3 = _Buffer(45, 46, np.float32, (n, 64))
        s.mask_where_2 = _Buffer(46, 50, np.float32, (n, 64))
        s.n_square_2 = s.n_minus_square_2 = _Buffer(47, 47, np.float32, (n, 64))
        s.h_minus_2 = s.d_h_times_4 = _Buffer(49, 49, np.float32, (n, 64))
        s.d_gates_2 = s.d_gates_times_2 = _Buffer(48, 50, np.float32, (n, 128))
        s.gates_minus_2 = s.gates_times_minus_2 = _Buffer(50, 50, np.float32, (n, 128))
        s.d_h_in_product_2 = _Buffer(51, 51, np.float32, (n, 64))
        s.gradient_norm = s.clip_scale = _Buffer(55, 56, np.float32, ())
        s.grads_times = s.grads_square = _Buffer(56, 56, np.float32, (35105,))
        s.new_squares_sqrt = s.new_squares_plus = _Buffer(57, 57, np.float32, (35105,))
        s.new_momentum_over = s.new_squares_sqrt
        s.alpha_t_times = s.new_squares_sqrt
        self._lay_out(s)
        s.letters_copy = s.letters_position.reshape(28, n)
        s.embedding_1_W_reshape = s.embedding_1_W_take.reshape(28 * n, 24)
        s.x_in = s.x_in_rows.reshape(28, n, 192)
        s.forwards = s.h[28]
        s.x_in_2 = s.x_in_rows_2.reshape(28, n, 192)
        s.backwards = s.h_2[0]
        s.logit = s.forwards_plus[:, 0]
        s.d_logit_reshape = s.d_logit.reshape(n, 1)
        s.ones = np.ones((n,), dtype=np.float32)
        s.d_backwards = s.d_logit_product[:, 64:]
        s.h_slice = s.h_2[1:]
        s.d_n_h_reshape = s.d_n_h.reshape(28 * n, 64)
        s.ones_2 = np.ones((28 * n,), dtype=np.float32)
        s.h_reshape = s.h_slice.reshape(28 * n, 64)
        s.d_h_in_reshape = s.d_h_in.reshape(28 * n, 192)
        s.d_x_in_reshape = s.d_x_in.reshape(28 * n, 192)
        s.d_forwards = s.d_logit_product[:, :64]
        s.h_slice_2 = s.h[:28]
        s.d_n_h_reshape_2 = s.d_n_h_2.reshape(28 * n, 64)
        s.h_reshape_2 = s.h_slice_2.reshape(28 * n, 64)
        s.d_h_in_reshape_2 = s.d_h_in_2.reshape(28 * n, 192)
        s.d_x_in_reshape_2 = s.d_x_in_2.reshape(28 * n, 192)
        s.iota = np.broadcast_to(np.arange(24, dtype=np.int64), (1, 24))
        s.d_x_rows = s.d_x_plus_2.reshape(28 * n, 24)
        s.d_x_2 = s.d_x_rows_2.reshape(28, n, 24)
        s.d_x_reshape = s.d_x_plus_2.reshape(28 * n, 24)
        s.h_in_slice = s.h_in[:, :128]
        s.h_in_slice_2 = s.h_in[:, 128:]
        s.h_in_slice_3 = s.h_in_2[:, :128]
        s.h_in_slice_4 = s.h_in_2[:, 128:]
        key = (
            letters.dtype,
            letters.shape,
            there.dtype,
            there.shape,
            verse.dtype,
            verse.shape,
        )
        self._train[key] = s
        return s

    def predict(self, letters, there):
        """The outputs for a batch of inputs.

        letters: int64 (N, 28)
        there: bool (N, 28)
        """
        s = self._predict_slots(letters, there)
        logit = self._forward(s, letters, there)
        return {"logit": logit.copy()}

    def _forward(self, s, letters, there):
        """The forward pass to the outputs."""
        # what _forward and _forward_loss begin with
        self._common(s, letters, there)

        return s.logit

    def _common(self, s, letters, there):
        """How forward and forward_loss begin."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # reader.forwards: there_copy = (there^T)         (28, N)   prose_or_verse.py:40
        np.copyto(s.there_copy, there.T)

        # embedding_1: embedding_1_W_take = W[(letters^T)]             (28, N, 24)   :39
        np.copyto(s.letters_copy, letters.T)
        np.take(
            p.embedding_1_W,
            s.letters_copy,
            axis=0,
            out=s.embedding_1_W_take,
            mode="clip",
        )

        # reader.forwards                                           prose_or_verse.py:40
        # x_in_rows = embedding_1_W_take W + b                           (28 * N, 192)
        # h, step by step                                                      (N, 64)
        np.dot(s.embedding_1_W_reshape, p.reader_forwards_W, out=s.x_in_rows)
        np.add(s.x_in_rows, p.reader_forwards_b, out=s.x_in_rows)
        s.h.fill(0.0)
        for t in range(28):
            # h_in = h[t] U                                                     (N, 192)
            # gates = sigmoid(x_in[t][:, :128] + h_in[:, :128])                 (N, 128)
            # n_h = h_in[:, 128:] + bn                                           (N, 64)
            # n_2 = tanh(x_in[t][:, 128:] + r * n_h)                             (N, 64)
            # h_3 = n_2 + z * (h[t] - n_2)                                       (N, 64)
            # h[t + 1] = where(reshape(there_copy[t], (N, 1)), h_3, h[t])        (N, 64)
            mask_reshape = s.there_copy[t].reshape(s.n, 1)
            x_in_slice = s.x_in[t][:, 128:]
            x_in_slice_2 = s.x_in[t][:, :128]
            np.dot(s.h, p.reader_forwards_U, out=s.h_in)
            np.add(x_in_slice_2, s.h_in_slice, out=s.gates)
            np.clip(s.gates, -np.inf, 88.0, out=s.gates)
            np.exp(s.gates, out=s.gates)
            np.add(1.0, s.gates, out=s.gates_plus)
            np.divide(s.gates, s.gates_plus, out=s.gates)
            np.add(s.h_in_slice_2, p.reader_forwards_bn, out=s.n_h)
            np.multiply(s.r, s.n_h, out=s.n_2)
            np.add(x_in_slice, s.n_2, out=s.n_2)
            np.tanh(s.n_2, out=s.n_2)
            np.subtract(s.h, s.n_2, out=s.h_minus)
            np.multiply(s.z, s.h_minus, out=s.z_times)
            np.add(s.n_2, s.z_times, out=s.h_3)
            np.copyto(s.h, s.h_3, where=mask_reshape)

        # reader.backwards                                          prose_or_verse.py:40
        # x_in_rows_2 = embedding_1_W_take W + b                         (28 * N, 192)
        # h_2, step by step                                                    (N, 64)
        np.dot(s.embedding_1_W_reshape, p.reader_backwards_W, out=s.x_in_rows_2)
        np.add(s.x_in_rows_2, p.reader_backwards_b, out=s.x_in_rows_2)
        s.h_2.fill(0.0)
        for t in reversed(range(28)):
            # h_in_2 = h_2[t + 1] U                                             (N, 192)
            # gates_2 = sigmoid(x_in_2[t][:, :128] + h_in_2[:, :128])           (N, 128)
            # n_h_2 = h_in_2[:, 128:] + bn                                       (N, 64)
            # n_3 = tanh(x_in_2[t][:, 128:] + r_2 * n_h_2)                       (N, 64)
            # h_4 = n_3 + z_2 * (h_2[t + 1] - n_3)                               (N, 64)
            # h_2[t] = where(reshape(there_copy[t], (N, 1)), h_4, h_2[t + 1])    (N, 64)
            mask_reshape_2 = s.there_copy[t].reshape(s.n, 1)
            x_in_slice_3 = s.x_in_2[t][:, 128:]
            x_in_slice_4 = s.x_in_2[t][:, :128]
            np.dot(s.h_2, p.reader_backwards_U, out=s.h_in_2)
            np.add(x_in_slice_4, s.h_in_slice_3, out=s.gates_2)
            np.clip(s.gates_2, -np.inf, 88.0, out=s.gates_2)
            np.exp(s.gates_2, out=s.gates_2)
            np.add(1.0, s.gates_2, out=s.gates_plus_2)
            np.divide(s.gates_2, s.gates_plus_2, out=s.gates_2)
            np.add(s.h_in_slice_4, p.reader_backwards_bn, out=s.n_h_2)
            np.multiply(s.r_2, s.n_h_2, out=s.n_3)
            np.add(x_in_slice_3, s.n_3, out=s.n_3)
            np.tanh(s.n_3, out=s.n_3)
            np.subtract(s.h_2, s.n_3, out=s.h_minus_2)
            np.multiply(s.z_2, s.h_minus_2, out=s.z_times_2)
            np.add(s.n_3, s.z_times_2, out=s.h_4)
            np.copyto(s.h_2, s.h_4, where=mask_reshape_2)

        # reader: h_concat = [h; h_2]                    (N, 128)   prose_or_verse.py:41
        np.concatenate((s.h, s.h_2), axis=1, out=s.h_concat)

        # decision: h_plus = h_concat W + b                (N, 1)   prose_or_verse.py:42
        np.dot(s.h_concat, p.decision_W, out=s.h_product)
        np.add(s.h_product, p.decision_b, out=s.h_plus)

    def _predict_slots(self, letters, there):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._predict[letters.dtype, letters.shape, there.dtype, there.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_predict(letters, there)

    def _plan_predict(self, letters, there):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("letters", letters, np.int64, ("N", 28), sizes)
        _check("there", there, np.bool_, ("N", 28), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.there_copy = _Buffer(0, 16, np.bool_, (28, n))
        s.letters_copy = _Buffer(1, 2, np.int64, (28, n))
        s.embedding_1_W_take = _Buffer(2, 10, np.float32, (28, n, 24))
        s.x_in_rows = _Buffer(3, 9, np.float32, (28 * n, 192))
        s.h = _Buffer(4, 17, np.float32, (n, 64))
        s.x_in_rows_2 = _Buffer(10, 16, np.float32, (28 * n, 192))
        s.h_2 = _Buffer(11, 17, np.float32, (n, 64))
        s.h_concat = _Buffer(17, 18, np.float32, (n, 128))
        s.h_product = s.h_plus = _Buffer(18, 18, np.float32, (n, 1))
        s.h_in = _Buffer(5, 8, np.float32, (n, 192))
        s.gates = _Buffer(6, 9, np.float32, (n, 128))
        s.gates_plus = _Buffer(7, 7, np.float32, (n, 128))
        s.n_h = s.n_2 = s.h_3 = _Buffer(8, 9, np.float32, (n, 64))
        s.h_minus = s.z_times = _Buffer(9, 9, np.float32, (n, 64))
        s.h_in_2 = _Buffer(12, 15, np.float32, (n, 192))
        s.gates_2 = _Buffer(13, 16, np.float32, (n, 128))
        s.gates_plus_2 = _Buffer(14, 14, np.float32, (n, 128))
        s.n_h_2 = s.n_3 = s.h_4 = _Buffer(15, 16, np.float32, (n, 64))
        s.h_minus_2 = s.z_times_2 = _Buffer(16, 16, np.float32, (n, 64))
        self._lay_out(s)
        s.embedding_1_W_reshape = s.embedding_1_W_take.reshape(28 * n, 24)
        s.x_in = s.x_in_rows.reshape(28, n, 192)
        s.x_in_2 = s.x_in_rows_2.reshape(28, n, 192)
        s.logit = s.h_plus[:, 0]
        s.h_in_slice = s.h_in[:, :128]
        s.r = s.gates[:, :64]
        s.h_in_slice_2 = s.h_in[:, 128:]
        s.z = s.gates[:, 64:]
        s.h_in_slice_3 = s.h_in_2[:, :128]
        s.r_2 = s.gates_2[:, :64]
        s.h_in_slice_4 = s.h_in_2[:, 128:]
        s.z_2 = s.gates_2[:, 64:]
        self._predict[letters.dtype, letters.shape, there.dtype, there.shape] = s
        return s

    def loss(self, letters, there, verse):
        """The loss on a batch, as in inference: no dropout, nothing changes.

        letters: int64 (N, 28)
        there: bool (N, 28)
        verse: float32 (N,)
        """
        s = self._loss_slots(letters, there, verse)
        return self._forward_loss(s, letters, there, verse)

    def _forward_loss(self, s, letters, there, verse):
        """The forward pass to the loss."""
        # what _forward and _forward_loss begin with
        self._common(s, letters, there)

        # binary_cross_entropy: loss = mean(softplus(logit) - logit * verse)    ()   :48
        np.clip(s.logit, 0.0, np.inf, out=s.logit_maximum)
        np.multiply(s.logit, verse, out=s.logit_times)
        np.subtract(s.logit_maximum, s.logit_times, out=s.logit_minus_times)
        np.abs(s.logit, out=s.logit_abs)
        np.negative(s.logit_abs, out=s.logit_negative)
        np.exp(s.logit_negative, out=s.logit_exp)
        np.log1p(s.logit_exp, out=s.logit_log1p)
        np.add(s.logit_minus_times, s.logit_log1p, out=s.logit_plus_log1p)
        s.logit_plus_log1p.sum(out=s.loss)
        np.divide(s.loss, s.n, out=s.loss)

        return s.loss[()]

    def _loss_slots(self, letters, there, verse):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                letters.dtype,
                letters.shape,
                there.dtype,
                there.shape,
                verse.dtype,
                verse.shape,
            )
            return self._loss[key]
        except (AttributeError, KeyError, TypeError):
            return self._plan_loss(letters, there, verse)

    def _plan_loss(self, letters, there, verse):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("letters", letters, np.int64, ("N", 28), sizes)
        _check("there", there, np.bool_, ("N", 28), sizes)
        _check("verse", verse, np.float32, ("N",), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.there_copy = _Buffer(0, 16, np.bool_, (28, n))
        s.letters_copy = _Buffer(1, 2, np.int64, (28, n))
        s.embedding_1_W_take = _Buffer(2, 10, np.float32, (28, n, 24))
        s.x_in_rows = _Buffer(3, 9, np.float32, (28 * n, 192))
        s.h = _Buffer(4, 17, np.float32, (n, 64))
        s.x_in_rows_2 = _Buffer(10, 16, np.float32, (28 * n, 192))
        s.h_2 = _Buffer(11, 17, np.float32, (n, 64))
        s.h_concat = _Buffer(17, 18, np.float32, (n, 128))
        s.h_product = s.h_plus = _Buffer(18, 21, np.float32, (n, 1))
        s.logit_maximum = s.logit_minus_times = _Buffer(19, 22, np.float32, (n,))
        s.logit_times = _Buffer(20, 20, np.float32, (n,))
        s.logit_abs = s.logit_negative = s.logit_exp = _Buffer(21, 21, np.float32, (n,))
        s.logit_log1p = s.logit_abs
        s.logit_plus_log1p = s.logit_maximum
        s.loss = _Buffer(22, 22, np.float32, ())
        s.h_in = _Buffer(5, 8, np.float32, (n, 192))
        s.gates = _Buffer(6, 9, np.float32, (n, 128))
        s.gates_plus = _Buffer(7, 7, np.float32, (n, 128))
        s.n_h = s.n_2 = s.h_3 = _Buffer(8, 9, np.float32, (n, 64))
        s.h_minus = s.z_times = _Buffer(9, 9, np.float32, (n, 64))
        s.h_in_2 = _Buffer(12, 15, np.float32, (n, 192))
        s.gates_2 = _Buffer(13, 16, np.float32, (n, 128))
        s.gates_plus_2 = _Buffer(14, 14, np.float32, (n, 128))
        s.n_h_2 = s.n_3 = s.h_4 = _Buffer(15, 16, np.float32, (n, 64))
        s.h_minus_2 = s.z_times_2 = _Buffer(16, 16, np.float32, (n, 64))
        self._lay_out(s)
        s.embedding_1_W_reshape = s.embedding_1_W_take.reshape(28 * n, 24)
        s.x_in = s.x_in_rows.reshape(28, n, 192)
        s.x_in_2 = s.x_in_rows_2.reshape(28, n, 192)
        s.logit = s.h_plus[:, 0]
        s.h_in_slice = s.h_in[:, :128]
        s.r = s.gates[:, :64]
        s.h_in_slice_2 = s.h_in[:, 128:]
        s.z = s.gates[:, 64:]
        s.h_in_slice_3 = s.h_in_2[:, :128]
        s.r_2 = s.gates_2[:, :64]
        s.h_in_slice_4 = s.h_in_2[:, 128:]
        s.z_2 = s.gates_2[:, 64:]
        key = (
            letters.dtype,
            letters.shape,
            there.dtype,
            there.shape,
            verse.dtype,
            verse.shape,
        )
        self._loss[key] = s
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


def _dot(x, w, out):
    """The product of few rows and a matrix, in tiles of columns.

    BLAS copies a matrix before it multiplies, which takes as long as few rows do. Where
    OpenBLAS has code for AVX-512 it does not below a million multiplications.
    """
    (rows, depth), columns = x.shape, out.shape[1]
    tile = 64 if rows * depth * 64 <= 1_000_000 else 32
    few = 4 <= rows <= 96 and rows * depth * tile <= 1_000_000
    if few and columns % tile == 0 and w.flags.c_contiguous and _has_small_products():
        tiles = out.reshape(rows, -1, tile).transpose(1, 0, 2)
        np.matmul(x, w.reshape(depth, -1, tile).transpose(1, 0, 2), out=tiles)
    else:
        np.dot(x, w, out=out)


@functools.lru_cache(maxsize=1)
def _has_small_products():
    """Whether NumPy's BLAS is OpenBLAS with that code, on a processor that runs it."""
    found = _blas("corename")
    if found:
        found[0].restype = ctypes.c_char_p
    return bool(found) and found[0]() in (b"SkylakeX", b"Cooperlake", b"SapphireRapids")


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
    parser.add_argument("--weights", default="prose_or_verse.npz")
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
    m = ProseOrVerse(seed=options.seed)
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
