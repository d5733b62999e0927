"""number_alignment: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Parameters 174,881 in 20 arrays

    from number_alignment import NumberAlignment

    m = NumberAlignment(seed=0)
    m.train(source, target, following)  # Returns loss; changes aligner, adam.
    m.read(source)                      # Returns memory, there.
    m.step(target, h, memory, there)
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


class NumberAlignment:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "number_alignment"
    FINGERPRINT = "ad571f990a4cf5d9"
    INPUTS = {}
    TARGETS = {}
    OUTPUTS = {}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "aligner.digits.W": ("params", "aligner_digits_W"),
        "aligner.reader.forwards.W": ("params", "aligner_reader_forwards_W"),
        "aligner.reader.forwards.U": ("params", "aligner_reader_forwards_U"),
        "aligner.reader.forwards.b": ("params", "aligner_reader_forwards_b"),
        "aligner.reader.forwards.bn": ("params", "aligner_reader_forwards_bn"),
        "aligner.reader.backwards.W": ("params", "aligner_reader_backwards_W"),
        "aligner.reader.backwards.U": ("params", "aligner_reader_backwards_U"),
        "aligner.reader.backwards.b": ("params", "aligner_reader_backwards_b"),
        "aligner.reader.backwards.bn": ("params", "aligner_reader_backwards_bn"),
        "aligner.words.W": ("params", "aligner_words_W"),
        "aligner.writer.W": ("params", "aligner_writer_W"),
        "aligner.writer.U": ("params", "aligner_writer_U"),
        "aligner.writer.b": ("params", "aligner_writer_b"),
        "aligner.writer.bn": ("params", "aligner_writer_bn"),
        "aligner.attention.W_q": ("params", "aligner_attention_W_q"),
        "aligner.attention.W_k": ("params", "aligner_attention_W_k"),
        "aligner.attention.b": ("params", "aligner_attention_b"),
        "aligner.attention.v": ("params", "aligner_attention_v"),
        "aligner.scores.W": ("params", "aligner_scores_W"),
        "aligner.scores.b": ("params", "aligner_scores_b"),
        "aligner.digits.W.momentum": ("momentum", "aligner_digits_W"),
        "aligner.reader.forwards.W.momentum": ("momentum", "aligner_reader_forwards_W"),
        "aligner.reader.forwards.U.momentum": ("momentum", "aligner_reader_forwards_U"),
        "aligner.reader.forwards.b.momentum": ("momentum", "aligner_reader_forwards_b"),
        "aligner.reader.forwards.bn.momentum": (
            "momentum",
            "aligner_reader_forwards_bn",
        ),
        "aligner.reader.backwards.W.momentum": (
            "momentum",
            "aligner_reader_backwards_W",
        ),
        "aligner.reader.backwards.U.momentum": (
            "momentum",
            "aligner_reader_backwards_U",
        ),
        "aligner.reader.backwards.b.momentum": (
            "momentum",
            "aligner_reader_backwards_b",
        ),
        "aligner.reader.backwards.bn.momentum": (
            "momentum",
            "aligner_reader_backwards_bn",
        ),
        "aligner.words.W.momentum": ("momentum", "aligner_words_W"),
        "aligner.writer.W.momentum": ("momentum", "aligner_writer_W"),
        "aligner.writer.U.momentum": ("momentum", "aligner_writer_U"),
        "aligner.writer.b.momentum": ("momentum", "aligner_writer_b"),
        "aligner.writer.bn.momentum": ("momentum", "aligner_writer_bn"),
        "aligner.attention.W_q.momentum": ("momentum", "aligner_attention_W_q"),
        "aligner.attention.W_k.momentum": ("momentum", "aligner_attention_W_k"),
        "aligner.attention.b.momentum": ("momentum", "aligner_attention_b"),
        "aligner.attention.v.momentum": ("momentum", "aligner_attention_v"),
        "aligner.scores.W.momentum": ("momentum", "aligner_scores_W"),
        "aligner.scores.b.momentum": ("momentum", "aligner_scores_b"),
        "aligner.digits.W.squares": ("squares", "aligner_digits_W"),
        "aligner.reader.forwards.W.squares": ("squares", "aligner_reader_forwards_W"),
        "aligner.reader.forwards.U.squares": ("squares", "aligner_reader_forwards_U"),
        "aligner.reader.forwards.b.squares": ("squares", "aligner_reader_forwards_b"),
        "aligner.reader.forwards.bn.squares": ("squares", "aligner_reader_forwards_bn"),
        "aligner.reader.backwards.W.squares": ("squares", "aligner_reader_backwards_W"),
        "aligner.reader.backwards.U.squares": ("squares", "aligner_reader_backwards_U"),
        "aligner.reader.backwards.b.squares": ("squares", "aligner_reader_backwards_b"),
        "aligner.reader.backwards.bn.squares": (
            "squares",
            "aligner_reader_backwards_bn",
        ),
        "aligner.words.W.squares": ("squares", "aligner_words_W"),
        "aligner.writer.W.squares": ("squares", "aligner_writer_W"),
        "aligner.writer.U.squares": ("squares", "aligner_writer_U"),
        "aligner.writer.b.squares": ("squares", "aligner_writer_b"),
        "aligner.writer.bn.squares": ("squares", "aligner_writer_bn"),
        "aligner.attention.W_q.squares": ("squares", "aligner_attention_W_q"),
        "aligner.attention.W_k.squares": ("squares", "aligner_attention_W_k"),
        "aligner.attention.b.squares": ("squares", "aligner_attention_b"),
        "aligner.attention.v.squares": ("squares", "aligner_attention_v"),
        "aligner.scores.W.squares": ("squares", "aligner_scores_W"),
        "aligner.scores.b.squares": ("squares", "aligner_scores_b"),
        "adam.step": ("state", "adam_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(174881, np.float32),
            {
                "aligner_digits_W": (11, 32),
                "aligner_reader_forwards_W": (32, 192),
                "aligner_reader_forwards_U": (64, 192),
                "aligner_reader_forwards_b": (192,),
                "aligner_reader_forwards_bn": (64,),
                "aligner_reader_backwards_W": (32, 192),
                "aligner_reader_backwards_U": (64, 192),
                "aligner_reader_backwards_b": (192,),
                "aligner_reader_backwards_bn": (64,),
                "aligner_words_W": (33, 32),
                "aligner_writer_W": (160, 384),
                "aligner_writer_U": (128, 384),
                "aligner_writer_b": (384,),
                "aligner_writer_bn": (128,),
                "aligner_attention_W_q": (128, 64),
                "aligner_attention_W_k": (128, 64),
                "aligner_attention_b": (64,),
                "aligner_attention_v": (64,),
                "aligner_scores_W": (256, 33),
                "aligner_scores_b": (33,),
            },
        )
        self.grads = _Views(_vector(174881, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(174881, np.float32), self.params.shapes)
        self.squares = _Views(_vector(174881, np.float32), self.params.shapes)
        self.state = SimpleNamespace(adam_step=np.zeros((), dtype=np.int64))
        self._arena = np.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._read = {}  # buffers by the arguments' shapes
        self._step = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        noise = rng.standard_normal((11, 32), dtype=np.float32)
        p.aligner_digits_W[...] = noise * 0.17677669
        aligner_reader_forwards_draw = rng.random((32, 64), dtype=np.float32)
        aligner_reader_forwards_plus = aligner_reader_forwards_draw * 0.5 + -0.25
        aligner_reader_forwards_draw_2 = rng.random((32, 64), dtype=np.float32)
        reader_forwards_times_2 = aligner_reader_forwards_draw_2 * 0.5
        aligner_reader_forwards_draw_3 = rng.random((32, 64), dtype=np.float32)
        reader_forwards_times_3 = aligner_reader_forwards_draw_3 * 0.5
        new_aligner_reader_forwards_W = np.concatenate(
            (
                aligner_reader_forwards_plus,
                reader_forwards_times_2 + -0.25,
                reader_forwards_times_3 + -0.25,
            ),
            axis=1,
        )
        p.aligner_reader_forwards_W[...] = new_aligner_reader_forwards_W
        aligner_reader_forwards_noise = rng.standard_normal((64, 64), dtype=np.float32)
        reader_forwards_orthogonal = _orthogonal(aligner_reader_forwards_noise)
        reader_forwards_noise_2 = rng.standard_normal((64, 64), dtype=np.float32)
        reader_forwards_orthogonal_2 = _orthogonal(reader_forwards_noise_2)
        reader_forwards_noise_3 = rng.standard_normal((64, 64), dtype=np.float32)
        reader_forwards_orthogonal_3 = _orthogonal(reader_forwards_noise_3)
        new_aligner_reader_forwards_U = np.concatenate(
            (
                reader_forwards_orthogonal,
                reader_forwards_orthogonal_2,
                reader_forwards_orthogonal_3,
            ),
            axis=1,
        )
        p.aligner_reader_forwards_U[...] = new_aligner_reader_forwards_U
        aligner_reader_backwards_draw = rng.random((32, 64), dtype=np.float32)
        aligner_reader_backwards_times = aligner_reader_backwards_draw * 0.5
        aligner_reader_backwards_plus = aligner_reader_backwards_times + -0.25
        reader_backwards_draw_2 = rng.random((32, 64), dtype=np.float32)
        reader_backwards_plus_2 = reader_backwards_draw_2 * 0.5 + -0.25
        reader_backwards_draw_3 = rng.random((32, 64), dtype=np.float32)
        reader_backwards_plus_3 = reader_backwards_draw_3 * 0.5 + -0.25
        new_aligner_reader_backwards_W = np.concatenate(
            (
                aligner_reader_backwards_plus,
                reader_backwards_plus_2,
                reader_backwards_plus_3,
            ),
            axis=1,
        )
        p.aligner_reader_backwards_W[...] = new_aligner_reader_backwards_W
        aligner_reader_backwards_noise = rng.standard_normal((64, 64), dtype=np.float32)
        reader_backwards_orthogonal = _orthogonal(aligner_reader_backwards_noise)
        reader_backwards_noise_2 = rng.standard_normal((64, 64), dtype=np.float32)
        reader_backwards_orthogonal_2 = _orthogonal(reader_backwards_noise_2)
        reader_backwards_noise_3 = rng.standard_normal((64, 64), dtype=np.float32)
        reader_backwards_orthogonal_3 = _orthogonal(reader_backwards_noise_3)
        new_aligner_reader_backwards_U = np.concatenate(
            (
                reader_backwards_orthogonal,
                reader_backwards_orthogonal_2,
                reader_backwards_orthogonal_3,
            ),
            axis=1,
        )
        p.aligner_reader_backwards_U[...] = new_aligner_reader_backwards_U
        noise_2 = rng.standard_normal((33, 32), dtype=np.float32)
        p.aligner_words_W[...] = noise_2 * 0.17677669
        aligner_writer_draw = rng.random((160, 128), dtype=np.float32)
        aligner_writer_plus = aligner_writer_draw * 0.28867513 + -0.14433756
        aligner_writer_draw_2 = rng.random((160, 128), dtype=np.float32)
        aligner_writer_plus_2 = aligner_writer_draw_2 * 0.28867513 + -0.14433756
        aligner_writer_draw_3 = rng.random((160, 128), dtype=np.float32)
        aligner_writer_plus_3 = aligner_writer_draw_3 * 0.28867513 + -0.14433756
        new_aligner_writer_W = np.concatenate(
            (aligner_writer_plus, aligner_writer_plus_2, aligner_writer_plus_3),
            axis=1,
        )
        p.aligner_writer_W[...] = new_aligner_writer_W
        aligner_writer_noise = rng.standard_normal((128, 128), dtype=np.float32)
        aligner_writer_noise_2 = rng.standard_normal((128, 128), dtype=np.float32)
        aligner_writer_orthogonal_2 = _orthogonal(aligner_writer_noise_2)
        aligner_writer_noise_3 = rng.standard_normal((128, 128), dtype=np.float32)
        aligner_writer_orthogonal_3 = _orthogonal(aligner_writer_noise_3)
        new_aligner_writer_U = np.concatenate(
            (
                _orthogonal(aligner_writer_noise),
                aligner_writer_orthogonal_2,
                aligner_writer_orthogonal_3,
            ),
            axis=1,
        )
        p.aligner_writer_U[...] = new_aligner_writer_U
        aligner_attention_draw = rng.random((128, 64), dtype=np.float32)
        aligner_attention_times = aligner_attention_draw * 0.35355338
        p.aligner_attention_W_q[...] = aligner_attention_times + -0.17677669
        aligner_attention_draw_2 = rng.random((128, 64), dtype=np.float32)
        aligner_attention_times_2 = aligner_attention_draw_2 * 0.35355338
        p.aligner_attention_W_k[...] = aligner_attention_times_2 + -0.17677669
        aligner_attention_draw_3 = rng.random((64, 1), dtype=np.float32)
        aligner_attention_times_3 = aligner_attention_draw_3 * 0.6076436
        aligner_attention_plus = aligner_attention_times_3 + -0.3038218
        p.aligner_attention_v[...] = aligner_attention_plus.reshape(64)
        aligner_scores_draw = rng.random((256, 33), dtype=np.float32)
        p.aligner_scores_W[...] = aligner_scores_draw * 0.28817526 + -0.14408763

    def train(self, source, target, following):
        """Returns loss; changes aligner, adam.

        source: int64 (N, 5)
        target: int64 (N, T)
        following: int64 (N, T)
        """
        s, loss = self._train_backward_in_parts(source, target, following)
        self._train_update(s)
        return {"loss": loss}

    def _train_backward_in_parts(self, source, target, following):
        """_train_backward, by a process for each part of N if that is large.

        Parts meet where they need sums over all of it (see _meet).
        The gradients are the sums of those of the parts.
        Returns the buffers of the first part, and the results.
        """
        return _in_parts(
            self,
            type(self)._train_slots,
            type(self)._train_backward,
            [source, target, following],
            axes=[0, 0, 0],
            joins=["sum", "sum"],
            least=50,
            keeps=["params"],
        )

    def _train_backward(self, s, source, target, following):
        """Forward and backward: the results; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # aligner.words                                           number_alignment.py:34
        # words = W[(target^T)]                                             (T, N, 32)
        # target_copy = (target^T)                                              (T, N)
        np.copyto(s.target_copy, target.T)
        np.take(p.aligner_words_W, s.target_copy, axis=0, out=s.words, mode="clip")

        # aligner: source_mask = source > 0              (N, 5)   number_alignment.py:41
        np.greater(source, 0, out=s.source_mask)

        # aligner.reader.forwards: source_copy = (source_mask^T)            (5, N)   :33
        np.copyto(s.source_copy, s.source_mask.T)

        # aligner.digits                                          number_alignment.py:32
        # digits = W[(source^T)]                                            (5, N, 32)
        # source_copy_2 = (source^T)                                            (5, N)
        np.copyto(s.source_copy_2, source.T)
        np.take(p.aligner_digits_W, s.source_copy_2, axis=0, out=s.digits, mode="clip")

        # aligner.reader.forwards                                 number_alignment.py:33
        # x_in_rows = digits W + b                                        (5 * N, 192)
        # h, step by step                                                   (6, N, 64)
        # forwards, step by step                                            (5, N, 64)
        # n_h, step by step                                                 (5, N, 64)
        # gates, step by step                                              (5, N, 128)
        # n_2, step by step                                                 (5, N, 64)
        np.dot(s.digits_reshape, p.aligner_reader_forwards_W, out=s.x_in_rows)
        np.add(s.x_in_rows, p.aligner_reader_forwards_b, out=s.x_in_rows)
        s.h[0].fill(0.0)
        for t in range(5):
            # h_in = h[t] U                                                     (N, 192)
            # gates[t] = sigmoid(x_in[t][:, :128] + h_in[:, :128])              (N, 128)
            # n_h[t] = h_in[:, 128:] + bn                                        (N, 64)
            # n_2[t] = tanh(x_in[t][:, 128:] + r * n_h[t])                       (N, 64)
            # h_4 = n_2[t] + z * (h[t] - n_2[t])                                 (N, 64)
            # h[t + 1] = where(reshape(source_copy[t], (N, 1)), h_4, h[t])       (N, 64)
            mask_reshape = s.source_copy[t].reshape(s.n, 1)
            x_in_slice = s.x_in[t][:, 128:]
            x_in_slice_2 = s.x_in[t][:, :128]
            _dot(s.h[t], p.aligner_reader_forwards_U, out=s.h_in)
            np.add(x_in_slice_2, s.h_in_slice, out=s.gates[t])
            np.clip(s.gates[t], -np.inf, 88.0, out=s.gates[t])
            np.exp(s.gates[t], out=s.gates[t])
            np.add(1.0, s.gates[t], out=s.gates_plus_4)
            np.divide(s.gates[t], s.gates_plus_4, out=s.gates[t])
            r = s.gates[t][:, :64]
            np.add(s.h_in_slice_2, p.aligner_reader_forwards_bn, out=s.n_h[t])
            np.multiply(r, s.n_h[t], out=s.n_2[t])
            np.add(x_in_slice, s.n_2[t], out=s.n_2[t])
            np.tanh(s.n_2[t], out=s.n_2[t])
            z = s.gates[t][:, 64:]
            np.subtract(s.h[t], s.n_2[t], out=s.h_4)
            np.multiply(z, s.h_4, out=s.h_4)
            np.add(s.n_2[t], s.h_4, out=s.h_4)
            np.copyto(s.h[t + 1], s.h[t])
            np.copyto(s.h[t + 1], s.h_4, where=mask_reshape)
            np.copyto(s.forwards[t], 0.0)
            np.copyto(s.forwards[t], s.h_4, where=mask_reshape)

        # aligner.reader.backwards                                number_alignment.py:33
        # x_in_rows_2 = digits W + b                                      (5 * N, 192)
        # h_2, step by step                                                 (6, N, 64)
        # backwards, step by step                                           (5, N, 64)
        # n_h_2, step by step                                               (5, N, 64)
        # gates_2, step by step                                            (5, N, 128)
        # n_3, step by step                                                 (5, N, 64)
        np.dot(s.digits_reshape, p.aligner_reader_backwards_W, out=s.x_in_rows_2)
        np.add(s.x_in_rows_2, p.aligner_reader_backwards_b, out=s.x_in_rows_2)
        s.h_2[5].fill(0.0)
        for t in reversed(range(5)):
            # h_in_2 = h_2[t + 1] U                                             (N, 192)
            # gates_2[t] = sigmoid(x_in_2[t][:, :128] + h_in_2[:, :128])        (N, 128)
            # n_h_2[t] = h_in_2[:, 128:] + bn                                    (N, 64)
            # n_3[t] = tanh(x_in_2[t][:, 128:] + r_2 * n_h_2[t])                 (N, 64)
            # h_5 = n_3[t] + z_2 * (h_2[t + 1] - n_3[t])                         (N, 64)
            # h_2[t] = where(reshape(source_copy[t], (N, 1)), h_5, h_2[t + 1])   (N, 64)
            mask_reshape_2 = s.source_copy[t].reshape(s.n, 1)
            x_in_slice_3 = s.x_in_2[t][:, 128:]
            x_in_slice_4 = s.x_in_2[t][:, :128]
            _dot(s.h_2[t + 1], p.aligner_reader_backwards_U, out=s.h_in_2)
            np.add(x_in_slice_4, s.h_in_slice_3, out=s.gates_2[t])
            np.clip(s.gates_2[t], -np.inf, 88.0, out=s.gates_2[t])
            np.exp(s.gates_2[t], out=s.gates_2[t])
            np.add(1.0, s.gates_2[t], out=s.gates_plus_5)
            np.divide(s.gates_2[t], s.gates_plus_5, out=s.gates_2[t])
            r_2 = s.gates_2[t][:, :64]
            np.add(s.h_in_slice_4, p.aligner_reader_backwards_bn, out=s.n_h_2[t])
            np.multiply(r_2, s.n_h_2[t], out=s.n_3[t])
            np.add(x_in_slice_3, s.n_3[t], out=s.n_3[t])
            np.tanh(s.n_3[t], out=s.n_3[t])
            z_2 = s.gates_2[t][:, 64:]
            np.subtract(s.h_2[t + 1], s.n_3[t], out=s.h_5)
            np.multiply(z_2, s.h_5, out=s.h_5)
            np.add(s.n_3[t], s.h_5, out=s.h_5)
            np.copyto(s.h_2[t], s.h_2[t + 1])
            np.copyto(s.h_2[t], s.h_5, where=mask_reshape_2)
            np.copyto(s.backwards[t], 0.0)
            np.copyto(s.backwards[t], s.h_5, where=mask_reshape_2)

        # aligner.reader: reader = [forwards; backwards]               (5, N, 128)   :42
        np.concatenate((s.forwards, s.backwards), axis=2, out=s.reader)

        # aligner.attention                                       number_alignment.py:36
        # memory_plus = transpose(reader, (1, 0, 2)) W_k + b                (N, 5, 64)
        # source_where = where(source_reshape, 0, -1.70141e+38)              (N, 1, 5)
        # source_cast = (any(reshape(source_mask, (N, 1, 5)), axis 2))       (N, 1, 1)
        np.matmul(s.memory_2, p.aligner_attention_W_k, out=s.memory_product)
        np.add(s.memory_product, p.aligner_attention_b, out=s.memory_plus)
        np.copyto(s.source_where, np.float32(-1.7014117e38))
        np.copyto(s.source_where, np.float32(0.0), where=s.source_reshape)
        s.source_reshape.any(axis=2, keepdims=True, out=s.source_any)
        np.copyto(s.source_cast, s.source_any, casting="unsafe")

        # aligner                                                 number_alignment.py:58
        # h_3, step by step                                            (T + 1, N, 128)
        # h_seen, step by step                                             (T, N, 256)
        # n_h_3, step by step                                              (T, N, 128)
        # gates_3, step by step                                            (T, N, 256)
        # n_4, step by step                                                (T, N, 128)
        np.copyto(s.memory_copy, s.memory_2)
        s.h_3[0].fill(0.0)
        for t in range(s.T):
            # aligner.attention                                   number_alignment.py:36
            # aligner_attention_tanh[t] = tanh(out)                      (N, 1, 5, 64)
            # aligner_attention_over[t]                                      (N, 1, 5)
            # out_product_2 = out_times reader^T                           (N, 1, 128)
            _dot(s.h_3[t], p.aligner_attention_W_q, out=s.h_product)
            np.add(s.h_reshape_4, s.memory_reshape, out=s.aligner_attention_tanh[t])
            np.tanh(s.aligner_attention_tanh[t], out=s.aligner_attention_tanh[t])
            out_reshape = s.aligner_attention_tanh[t].reshape(5 * s.n, 64)
            np.dot(out_reshape, s.aligner_attention_v_reshape, out=s.out_product)
            np.add(s.out_plus, s.source_where, out=s.out_plus)
            _row_max(s.out_plus, s.out_max_starts, out=s.out_max)
            np.subtract(s.out_plus, s.out_max, out=s.out_minus_max)
            np.exp(s.out_minus_max, out=s.out_exp)
            s.out_exp.sum(axis=2, keepdims=True, out=s.out_sum)
            np.divide(s.out_exp, s.out_sum, out=s.aligner_attention_over[t])
            np.multiply(s.aligner_attention_over[t], s.source_cast, out=s.out_times)
            np.matmul(s.out_times, s.memory_copy, out=s.out_product_2)

            # word_concat[t] = [words[t]; seen]                                 (N, 160)
            np.concatenate((s.words[t], s.seen), axis=1, out=s.word_concat[t])

            # aligner.writer                                      number_alignment.py:35
            # x_in_3 = word_concat[t] writer.W + writer.b                     (N, 384)
            # h_in_3 = h_3[t] writer.U                                        (N, 384)
            # gates_3[t] = sigmoid(x_in[:, :256] + h_in[:, :256])             (N, 256)
            # n_h_3[t] = h_in_3[:, 256:] + writer.bn                          (N, 128)
            # n_4[t] = tanh(x_in_3[:, 256:] + r_3 * n_h_3[t])                 (N, 128)
            # h_3[t + 1] = n_4[t] + z_3 * (h_3[t] - n_4[t])                   (N, 128)
            _dot(s.word_concat[t], p.aligner_writer_W, out=s.x_in_3)
            np.add(s.x_in_3, p.aligner_writer_b, out=s.x_in_3)
            _dot(s.h_3[t], p.aligner_writer_U, out=s.h_in_3)
            np.add(s.x_in_slice_6, s.h_in_slice_5, out=s.gates_3[t])
            np.clip(s.gates_3[t], -np.inf, 88.0, out=s.gates_3[t])
            np.exp(s.gates_3[t], out=s.gates_3[t])
            np.add(1.0, s.gates_3[t], out=s.gates_plus_6)
            np.divide(s.gates_3[t], s.gates_plus_6, out=s.gates_3[t])
            r_3 = s.gates_3[t][:, :128]
            np.add(s.h_in_slice_6, p.aligner_writer_bn, out=s.n_h_3[t])
            np.multiply(r_3, s.n_h_3[t], out=s.n_4[t])
            np.add(s.x_in_slice_5, s.n_4[t], out=s.n_4[t])
            np.tanh(s.n_4[t], out=s.n_4[t])
            z_3 = s.gates_3[t][:, 128:]
            np.subtract(s.h_3[t], s.n_4[t], out=s.h_3[t + 1])
            np.multiply(z_3, s.h_3[t + 1], out=s.h_3[t + 1])
            np.add(s.n_4[t], s.h_3[t + 1], out=s.h_3[t + 1])

            # h_seen[t] = [h_3[t + 1]; seen]                                    (N, 256)
            np.concatenate((s.h_3[t + 1], s.seen), axis=1, out=s.h_seen[t])

        # aligner.scores: logits = h_seen W + b      (T, N, 33)   number_alignment.py:37
        np.dot(s.h_seen_rows, p.aligner_scores_W, out=s.logits_rows)
        np.add(s.logits, p.aligner_scores_b, out=s.logits)

        # softmax_cross_entropy                                   number_alignment.py:74
        # weight = sum((following^T != 0))                                          ()
        # loss = sum(logits_masked) / where(weight == 0, 1, weight)                 ()
        # logits_exp = exp(logits - max(logits, axis 2))                    (T, N, 33)
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
        _meet(self, "sum", s.weight)
        np.equal(s.weight, 0.0, out=s.weight_equal)
        np.copyto(s.weight_where, 1.0, where=s.weight_equal)
        np.divide(s.loss, s.weight_where, out=s.loss)

        # ---- backward ----------------------------------------------------------------
        # softmax_cross_entropy                                   number_alignment.py:74
        # d_logits                                                          (T, N, 33)
        np.divide(s.logits_exp, s.logits_sum, out=s.d_logits)
        _add_elements(s.d_logits, s.following_position, s.minus_ones)
        np.divide(s.following_cast, s.weight_where, out=s.following_over)
        np.multiply(s.d_logits, s.following_reshape_2, out=s.d_logits)

        # aligner.scores                                          number_alignment.py:37
        # d_b = sum over N * T of d_logits                                       (33,)
        # d_W = h_seen^T d_logits                                            (256, 33)
        # d_logits_rows_product = d_logits W^T                            (N * T, 256)
        np.dot(s.ones, s.d_logits_rows, out=d.aligner_scores_b)
        np.dot(s.h_seen_rows.T, s.d_logits_rows, out=d.aligner_scores_W)
        np.dot(s.d_logits_rows, p.aligner_scores_W.T, out=s.d_logits_rows_product)

        # aligner                                                 number_alignment.py:58
        # aligner_writer_U_T = (writer.U^T)                                 (384, 128)
        # aligner_writer_W_T = (writer.W^T)                                 (384, 160)
        # c_T = (reshape(attention.v, (64, 1))^T)                              (1, 64)
        # aligner_attention_W_q_T = (attention.W_q^T)                        (64, 128)
        # d_h, step by step                                                   (N, 128)
        # d_c, step by step                                              (N, 1, 5, 64)
        # d_memory, step by step                                           (N, 5, 128)
        # d_word, step by step                                              (T, N, 32)
        # d_x_in, step by step                                             (T, N, 384)
        # d_h_in, step by step                                             (T, N, 384)
        # d_n_h, step by step                                              (T, N, 128)
        # d_aligner_attention_v_column = value_reshape^T d_c_reshape           (64, 1)
        _copy_turned(p.aligner_writer_U.T, out=s.aligner_writer_U_T)
        _copy_turned(p.aligner_writer_W.T, out=s.aligner_writer_W_T)
        np.copyto(s.c_T, s.aligner_attention_v_reshape.T)
        np.copyto(s.aligner_attention_W_q_T, p.aligner_attention_W_q.T)
        s.d_h.fill(0.0)
        s.d_c.fill(0.0)
        s.d_memory.fill(0.0)
        for t in reversed(range(s.T)):
            # d_h_4 = d_h[t + 1] + d_h_seen[t][:, :128]                         (N, 128)
            d_h_seen_slice = s.d_h_seen[t][:, :128]
            np.add(s.d_h, d_h_seen_slice, out=s.d_h)
            z_4 = s.gates_3[t][:, 128:]

            # aligner.writer                                      number_alignment.py:35
            # d_n = d_h_4 - d_h_4 * z_4                                       (N, 128)
            # d_r = d_n * (1 - square(n_4[t])) * n_h_3[t]                     (N, 128)
            # d_z = d_h_4 * (h_3[t] - n_4[t])                                 (N, 128)
            # d_gates = [d_r; d_z]                                            (N, 256)
            # d_x_in[t] = [d_gates_times; d_n * (1 - square(n_4[t]))]         (N, 384)
            np.multiply(s.d_h, z_4, out=s.d_h_times)
            np.subtract(s.d_h, s.d_h_times, out=s.d_n_h[t])
            np.square(s.n_4[t], out=s.n_square)
            np.subtract(1.0, s.n_square, out=s.n_minus_square)
            np.multiply(s.d_n_h[t], s.n_minus_square, out=s.d_n_h[t])
            np.multiply(s.d_n_h[t], s.n_h_3[t], out=s.d_gates[:, :128])
            np.subtract(s.h_3[t], s.n_4[t], out=s.h_minus)
            np.multiply(s.d_h, s.h_minus, out=s.d_gates[:, 128:])
            np.subtract(1.0, s.gates_3[t], out=s.gates_minus)
            np.multiply(s.gates_3[t], s.gates_minus, out=s.gates_times_minus)
            np.multiply(s.d_gates, s.gates_times_minus, out=s.d_gates_times)
            np.concatenate((s.d_gates_times, s.d_n_h[t]), axis=1, out=s.d_x_in[t])
            _dot(s.d_x_in[t], s.aligner_writer_W_T, out=s.d_x_in_product)
            d_h_seen_slice_2 = s.d_h_seen[t][:, 128:]

            # d_seen = d_h_seen[t][:, 128:] + d_x_in_product[:, 32:]            (N, 128)
            np.add(d_h_seen_slice_2, s.d_x_in_slice, out=s.d_seen)
            memory_transpose = s.memory_copy.transpose(0, 2, 1)

            # aligner.attention                                   number_alignment.py:36
            # d_c_2                                                          (N, 1, 5)
            # d_c_3 = d_c aligner_attention_v_reshape^T                  (N, 1, 5, 64)
            #     * (1 - square(aligner_attention_tanh[t]))
            # d_c_sum_2 = sum(d_c_3, axis 2)                                (N, 1, 64)
            np.matmul(s.d_seen_reshape, memory_transpose, out=s.d_c_2)
            np.multiply(s.d_c_2, s.source_cast, out=s.d_c_2)
            np.multiply(s.d_c_2, s.aligner_attention_over[t], out=s.d_c_times)
            s.d_c_times.sum(axis=2, keepdims=True, out=s.d_c_sum)
            np.subtract(s.d_c_2, s.d_c_sum, out=s.d_c_2)
            np.multiply(s.aligner_attention_over[t], s.d_c_2, out=s.d_c_2)
            _dot(s.out_2, s.c_T, out=s.d_c_rows)
            np.square(s.aligner_attention_tanh[t], out=s.aligner_attention_tanh_square)
            np.subtract(
                1.0,
                s.aligner_attention_tanh_square,
                out=s.attention_tanh_minus_square,
            )
            np.multiply(s.d_c_3, s.attention_tanh_minus_square, out=s.d_c_3)
            s.d_c_3.sum(axis=2, out=s.d_c_sum_2)
            out_4 = s.aligner_attention_tanh[t].reshape(5 * s.n, 64)
            r_4 = s.gates_3[t][:, :128]

            # aligner.writer                                      number_alignment.py:35
            # d_n_h[t] = d_n_h_4 * r_4                                        (N, 128)
            # d_h_in[t] = [d_gates_times; d_n_h[t]]                           (N, 384)
            # d_h_plus = d_h_times + d_h_in[t] writer.U^T                     (N, 128)
            np.multiply(s.d_n_h[t], r_4, out=s.d_n_h[t])
            np.concatenate((s.d_gates_times, s.d_n_h[t]), axis=1, out=s.d_h_in[t])
            _dot(s.d_h_in[t], s.aligner_writer_U_T, out=s.d_h_in_product)
            np.add(s.d_h_times, s.d_h_in_product, out=s.d_h_plus)

            # aligner.attention                                   number_alignment.py:36
            # out_product_3 = d_c_sum_2 attention.W_q^T                       (N, 128)
            _dot(s.out_3, s.aligner_attention_W_q_T, out=s.d_h)

            # d_h[t] = d_h_plus + out_product_3                                 (N, 128)
            # d_c[t] = d_c[t + 1] + d_c_3                                  (N, 1, 5, 64)
            np.add(s.d_h_plus, s.d_h, out=s.d_h)
            np.add(s.d_c, s.d_c_3, out=s.d_c)

            # aligner.attention                                   number_alignment.py:36
            # d_memory_2 = attention_over_transpose d_seen                 (N, 5, 128)
            np.multiply(
                s.aligner_attention_over[t],
                s.source_cast,
                out=s.aligner_attention_over_times,
            )
            np.matmul(s.attention_over_transpose, s.d_seen_reshape, out=s.d_memory_2)

            # d_memory[t] = d_memory[t + 1] + d_memory_2                     (N, 5, 128)
            np.add(s.d_memory, s.d_memory_2, out=s.d_memory)
            s.d_word[t][...] = s.d_word_2
            s.aligner_attention_reshape[t][...] = s.out_3
            s.value_reshape[t][...] = out_4
            s.d_c_reshape[t][...] = s.out_2
        np.dot(
            s.value_reshape_reshape.T,
            s.d_c_reshape_reshape,
            out=s.d_aligner_attention_v_column,
        )

        # aligner.attention                                       number_alignment.py:36
        # d_b = sum over 5 * N of d_c                                            (64,)
        # d_W_k = memory_copy^T reshape(d_c, (5 * N, 64))                    (128, 64)
        np.dot(s.ones_2, s.d_c_reshape_3, out=d.aligner_attention_b)
        np.dot(s.memory_rows.T, s.d_c_reshape_3, out=d.aligner_attention_W_k)

        # aligner                                                 number_alignment.py:58
        # d_attention_W_q = h_3[:-1]^T aligner_attention_reshape             (128, 64)
        # d_writer_bn = sum over N * T of d_n_h                                 (128,)
        # d_writer_b = sum over N * T of d_x_in                                 (384,)
        # d_writer_U = h_3[:-1]^T d_h_in                                    (128, 384)
        # d_writer_W = word_concat^T d_x_in                                 (160, 384)
        np.dot(s.h_reshape.T, s.aligner_reshape, out=d.aligner_attention_W_q)
        np.dot(s.ones, s.d_n_h_reshape, out=d.aligner_writer_bn)
        np.dot(s.ones, s.d_x_in_reshape, out=d.aligner_writer_b)
        np.dot(s.h_reshape.T, s.d_h_in_reshape, out=d.aligner_writer_U)
        np.dot(s.word_concat_reshape.T, s.d_x_in_reshape, out=d.aligner_writer_W)

        # aligner.words: d_W = scatter_add(0, target^T, d_word)           (33, 32)   :34
        np.multiply(s.target_reshape, 32, out=s.target_position)
        np.add(s.iota_2, s.target_position, out=s.target_plus_position)
        d.aligner_words_W.fill(0)
        _add_elements(d.aligner_words_W, s.target_plus_position, s.d_word_reshape)

        # aligner.attention: d_memory = d_memory + d_c W_k^T           (N, 5, 128)   :36
        np.dot(s.d_c_reshape_3, p.aligner_attention_W_k.T, out=s.d_c_product)
        np.add(s.d_memory, s.d_c_reshape_4, out=s.d_memory)

        # aligner.reader.backwards                                number_alignment.py:33
        # aligner_reader_backwards_U_T = (U^T)                               (192, 64)
        # d_h_2, step by step                                                  (N, 64)
        # d_x_in_2, step by step                                           (5, N, 192)
        # d_h_in_2, step by step                                           (5, N, 192)
        # d_n_h_2, step by step                                             (5, N, 64)
        # d_bn = sum over 5 * N of d_n_h_2                                       (64,)
        # d_b = sum over 5 * N of d_x_in_2                                      (192,)
        # d_U = h_2[1:]^T d_h_in_2                                           (64, 192)
        # d_W = digits^T d_x_in_2                                            (32, 192)
        np.copyto(s.d_backwards_copy, s.d_backwards)
        np.copyto(s.aligner_reader_backwards_U_T, p.aligner_reader_backwards_U.T)
        s.d_h_2.fill(0.0)
        for t in range(5):
            # d_h_5                                                              (N, 64)
            # d_n_2 = d_h_5 - d_h_5 * z_5                                        (N, 64)
            # d_r_2 = d_n_2 * (1 - square(n_3[t])) * n_h_2[t]                    (N, 64)
            # d_z_2 = d_h_5 * (h_2[t + 1] - n_3[t])                              (N, 64)
            # d_gates_2 = [d_r_2; d_z_2]                                        (N, 128)
            # d_x_in_2[t] = [d_gates_times_2; d_n_2 * (1 - square(n_3[t]))]     (N, 192)
            # d_n_h_2[t] = d_n_2 * (1 - square(n_3[t])) * r_5                    (N, 64)
            # d_h_in_2[t] = [d_gates_times_2; d_n_h_2[t]]                       (N, 192)
            # d_h_2[t + 1] = d_h_6 + d_h_in_2[t] U^T                             (N, 64)
            mask_reshape_3 = s.source_copy[t].reshape(s.n, 1)
            np.copyto(s.d_h_5, 0.0)
            np.copyto(s.d_h_5, s.d_backwards_copy[t], where=mask_reshape_3)
            np.copyto(s.mask_where, 0.0)
            np.copyto(s.mask_where, s.d_h_2, where=mask_reshape_3)
            np.add(s.d_h_5, s.mask_where, out=s.d_h_5)
            z_5 = s.gates_2[t][:, 64:]
            np.multiply(s.d_h_5, z_5, out=s.d_h_times_2)
            np.subtract(s.d_h_5, s.d_h_times_2, out=s.d_n_h_2[t])
            np.square(s.n_3[t], out=s.n_square_2)
            np.subtract(1.0, s.n_square_2, out=s.n_minus_square_2)
            np.multiply(s.d_n_h_2[t], s.n_minus_square_2, out=s.d_n_h_2[t])
            np.multiply(s.d_n_h_2[t], s.n_h_2[t], out=s.d_gates_2[:, :64])
            np.subtract(s.h_2[t + 1], s.n_3[t], out=s.h_minus_2)
            np.multiply(s.d_h_5, s.h_minus_2, out=s.d_gates_2[:, 64:])
            np.subtract(1.0, s.gates_2[t], out=s.gates_minus_2)
            np.multiply(s.gates_2[t], s.gates_minus_2, out=s.gates_times_minus_2)
            np.multiply(s.d_gates_2, s.gates_times_minus_2, out=s.d_gates_times_2)
            np.concatenate((s.d_gates_times_2, s.d_n_h_2[t]), axis=1, out=s.d_x_in_2[t])
            r_5 = s.gates_2[t][:, :64]
            np.multiply(s.d_n_h_2[t], r_5, out=s.d_n_h_2[t])
            np.concatenate((s.d_gates_times_2, s.d_n_h_2[t]), axis=1, out=s.d_h_in_2[t])
            np.copyto(s.d_h_2, 0.0, where=mask_reshape_3)
            np.add(s.d_h_2, s.d_h_times_2, out=s.d_h_2)
            _dot(s.d_h_in_2[t], s.aligner_reader_backwards_U_T, out=s.d_h_in_product_2)
            np.add(s.d_h_2, s.d_h_in_product_2, out=s.d_h_2)
        np.dot(s.ones_2, s.d_n_h_reshape_2, out=d.aligner_reader_backwards_bn)
        np.dot(s.ones_2, s.d_x_in_reshape_2, out=d.aligner_reader_backwards_b)
        np.dot(s.h_reshape_2.T, s.d_h_in_reshape_2, out=d.aligner_reader_backwards_U)
        np.dot(s.digits_reshape.T, s.d_x_in_reshape_2, out=d.aligner_reader_backwards_W)

        # aligner.reader.forwards                                 number_alignment.py:33
        # aligner_reader_forwards_U_T = (U^T)                                (192, 64)
        # d_h_3, step by step                                                  (N, 64)
        # d_x_in_3, step by step                                           (5, N, 192)
        # d_h_in_3, step by step                                           (5, N, 192)
        # d_n_h_3, step by step                                             (5, N, 64)
        # d_bn = sum over 5 * N of d_n_h_3                                       (64,)
        # d_b = sum over 5 * N of d_x_in_3                                      (192,)
        # d_U = h[:5]^T d_h_in_3                                             (64, 192)
        # d_W = digits^T d_x_in_3                                            (32, 192)
        np.copyto(s.d_forwards_copy, s.d_forwards)
        np.copyto(s.aligner_reader_forwards_U_T, p.aligner_reader_forwards_U.T)
        s.d_h_3.fill(0.0)
        for t in reversed(range(5)):
            # d_h_7                                                              (N, 64)
            # d_n_3 = d_h_7 - d_h_7 * z_6                                        (N, 64)
            # d_r_3 = d_n_3 * (1 - square(n_2[t])) * n_h[t]                      (N, 64)
            # d_z_3 = d_h_7 * (h[t] - n_2[t])                                    (N, 64)
            # d_gates_3 = [d_r_3; d_z_3]                                        (N, 128)
            # d_x_in_3[t] = [d_gates_times_3; d_n_3 * (1 - square(n_2[t]))]     (N, 192)
            # d_n_h_3[t] = d_n_3 * (1 - square(n_2[t])) * r_6                    (N, 64)
            # d_h_in_3[t] = [d_gates_times_3; d_n_h_3[t]]                       (N, 192)
            # d_h_3[t] = d_h_8 + d_h_in_3[t] U^T                                 (N, 64)
            mask_reshape_4 = s.source_copy[t].reshape(s.n, 1)
            np.copyto(s.d_h_7, 0.0)
            np.copyto(s.d_h_7, s.d_forwards_copy[t], where=mask_reshape_4)
            np.copyto(s.mask_where_2, 0.0)
            np.copyto(s.mask_where_2, s.d_h_3, where=mask_reshape_4)
            np.add(s.d_h_7, s.mask_where_2, out=s.d_h_7)
            z_6 = s.gates[t][:, 64:]
            np.multiply(s.d_h_7, z_6, out=s.d_h_times_3)
            np.subtract(s.d_h_7, s.d_h_times_3, out=s.d_n_h_3[t])
            np.square(s.n_2[t], out=s.n_square_3)
            np.subtract(1.0, s.n_square_3, out=s.n_minus_square_3)
            np.multiply(s.d_n_h_3[t], s.n_minus_square_3, out=s.d_n_h_3[t])
            np.multiply(s.d_n_h_3[t], s.n_h[t], out=s.d_gates_3[:, :64])
            np.subtract(s.h[t], s.n_2[t], out=s.h_minus_3)
            np.multiply(s.d_h_7, s.h_minus_3, out=s.d_gates_3[:, 64:])
            np.subtract(1.0, s.gates[t], out=s.gates_minus_3)
            np.multiply(s.gates[t], s.gates_minus_3, out=s.gates_times_minus_3)
            np.multiply(s.d_gates_3, s.gates_times_minus_3, out=s.d_gates_times_3)
            np.concatenate((s.d_gates_times_3, s.d_n_h_3[t]), axis=1, out=s.d_x_in_3[t])
            r_6 = s.gates[t][:, :64]
            np.multiply(s.d_n_h_3[t], r_6, out=s.d_n_h_3[t])
            np.concatenate((s.d_gates_times_3, s.d_n_h_3[t]), axis=1, out=s.d_h_in_3[t])
            np.copyto(s.d_h_3, 0.0, where=mask_reshape_4)
            np.add(s.d_h_3, s.d_h_times_3, out=s.d_h_3)
            _dot(s.d_h_in_3[t], s.aligner_reader_forwards_U_T, out=s.d_h_in_product_3)
            np.add(s.d_h_3, s.d_h_in_product_3, out=s.d_h_3)
        np.dot(s.ones_2, s.d_n_h_reshape_3, out=d.aligner_reader_forwards_bn)
        np.dot(s.ones_2, s.d_x_in_reshape_3, out=d.aligner_reader_forwards_b)
        np.dot(s.h_reshape_3.T, s.d_h_in_reshape_3, out=d.aligner_reader_forwards_U)
        np.dot(s.digits_reshape.T, s.d_x_in_reshape_3, out=d.aligner_reader_forwards_W)

        # aligner.digits                                          number_alignment.py:32
        # source_plus_position = iota_2 + source_reshape_2 * 32            (5 * N, 32)
        np.multiply(s.source_reshape_2, 32, out=s.source_position)
        np.add(s.iota_2, s.source_position, out=s.source_plus_position)

        # aligner.reader.backwards: d_x_rows = d_x_in_2 W^T            (5 * N, 32)   :33
        np.dot(s.d_x_in_reshape_2, p.aligner_reader_backwards_W.T, out=s.d_x_rows)

        # aligner.reader.forwards                                 number_alignment.py:33
        # d_x_rows_2 = d_x_in_3 W^T                                        (5 * N, 32)
        # d_digits = reshape(d_x_rows, (5, N, 32)) + d_x_2                  (5, N, 32)
        np.dot(s.d_x_in_reshape_3, p.aligner_reader_forwards_W.T, out=s.d_x_rows_2)
        np.add(s.d_x, s.d_x_2, out=s.d_digits)

        # aligner.digits: d_W = scatter_add(0, source^T, d_digits)        (11, 32)   :32
        d.aligner_digits_W.fill(0)
        _add_elements(d.aligner_digits_W, s.source_plus_position, s.d_digits_reshape)

        return s.loss[()]

    def _train_update(self, s):
        """Change the states by the gradients."""
        d = self.grads
        adam_step = int(self.state.adam_step)
        # ---- update ------------------------------------------------------------------
        # adam                                                    number_alignment.py:76
        #   momentum and squares are without the factor 1 - beta
        # gradient_norm = sqrt(sum of squares of grads)                             ()
        # clip_scale = minimum(1 / (gradient_norm + 1e-06), 1)                      ()
        # momentum' = 0.9 * momentum + grads * clip_scale                    (174881,)
        # squares' = 0.999 * squares + square(grads * clip_scale)            (174881,)
        # params' = params                                                   (174881,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        new_adam_step = adam_step + 1
        adam_step_cast = adam_step
        adam_step_times_minimum = 3.1415927 * min(adam_step_cast / 359.0, 1.0)
        adam_step_minus_cos = 1.0 - math.cos(adam_step_times_minimum)
        rise = 0.0002 + adam_step_minus_cos * 0.0024
        adam_step_minimum_2 = min((adam_step_cast - 359.0) / 840.0, 1.0)
        adam_step_cos_2 = math.cos(3.1415927 * adam_step_minimum_2)
        adam_step_times_3 = (1.0 - adam_step_cos_2) * -0.00249999
        fall = 0.005 + adam_step_times_3
        learning_rate = rise if (adam_step_cast <= 359.0) else fall
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
            epsilon_t = 1e-08 * c
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

    def _train_slots(self, source, target, following):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                source.dtype,
                source.shape,
                target.dtype,
                target.shape,
                following.dtype,
                following.shape,
            )
            s = self._train[key]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_train(source, target, following)
        _check_range("following", following[following != 0], 33)
        return s

    def _plan_train(self, source, target, following):
        """Check the arguments and lay out every buffer for their shapes."""
        p, d = self.params, self.grads
        sizes = {}
        _check("source", source, np.int64, ("N", 5), sizes)
        _check("target", target, np.int64, ("N", "T"), sizes)
        _check("following", following, np.int64, ("N", "T"), sizes)
        n = sizes["N"]
        T = sizes["T"]
        s = SimpleNamespace(n=n, T=T)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.target_position = s.target_reshape = _Buffer(0, 90, np.int64, (n * T, 1))
        s.words = _Buffer(1, 46, np.float32, (T, n, 32))
        s.source_mask = _Buffer(2, 27, np.bool_, (n, 5))
        s.source_copy = _Buffer(3, 119, np.bool_, (5, n))
        s.source_position = s.source_reshape_2 = _Buffer(4, 120, np.int64, (5 * n, 1))
        s.digits = _Buffer(5, 119, np.float32, (5, n, 32))
        s.x_in_rows = _Buffer(6, 14, np.float32, (5 * n, 192))
        s.h = _Buffer(7, 119, np.float32, (6, n, 64))
        s.forwards = _Buffer(8, 24, np.float32, (5, n, 64))
        s.n_h = _Buffer(9, 119, np.float32, (5, n, 64))
        s.gates = _Buffer(10, 119, np.float32, (5, n, 128))
        s.n_2 = _Buffer(11, 119, np.float32, (5, n, 64))
        s.x_in_rows_2 = _Buffer(15, 23, np.float32, (5 * n, 192))
        s.h_2 = _Buffer(16, 105, np.float32, (6, n, 64))
        s.backwards = _Buffer(17, 24, np.float32, (5, n, 64))
        s.n_h_2 = _Buffer(18, 105, np.float32, (5, n, 64))
        s.gates_2 = _Buffer(19, 105, np.float32, (5, n, 128))
        s.n_3 = _Buffer(20, 105, np.float32, (5, n, 64))
        s.reader = _Buffer(24, 29, np.float32, (5, n, 128))
        s.memory_product = s.memory_plus = _Buffer(25, 46, np.float32, (n, 5, 64))
        s.source_where = _Buffer(26, 46, np.float32, (n, 1, 5))
        s.source_any = _Buffer(27, 28, np.bool_, (n, 1, 1))
        s.source_cast = _Buffer(28, 89, np.float32, (n, 1, 1))
        s.memory_copy = _Buffer(29, 89, np.float32, (n, 5, 128))
        s.h_3 = _Buffer(30, 89, np.float32, (T + 1, n, 128))
        s.h_seen = _Buffer(31, 58, np.float32, (T, n, 256))
        s.n_h_3 = _Buffer(32, 89, np.float32, (T, n, 128))
        s.aligner_attention_over = _Buffer(33, 89, np.float32, (T, n, 1, 5))
        s.gates_3 = _Buffer(34, 89, np.float32, (T, n, 256))
        s.n_4 = _Buffer(35, 89, np.float32, (T, n, 128))
        s.word_concat = _Buffer(36, 89, np.float32, (T, n, 160))
        s.aligner_attention_tanh = _Buffer(37, 89, np.float32, (T, n, 1, 5, 64))
        s.logits = s.logits_minus_max = _Buffer(47, 54, np.float32, (T, n, 33))
        s.logits_max = _Buffer(48, 48, np.float32, (T, n, 1))
        s.logits_exp = s.d_logits = _Buffer(49, 59, np.float32, (T, n, 33))
        s.logits_sum = _Buffer(50, 58, np.float32, (T, n, 1))
        s.logits_minus = s.logits_reshape = _Buffer(51, 55, np.float32, (T, n))
        s.following_not_equal = _Buffer(52, 56, np.bool_, (T, n))
        s.following_position = s.following_reshape = _Buffer(53, 58, np.int64, (n * T,))
        s.logits_take = _Buffer(54, 54, np.float32, (n * T,))
        s.logits_masked = s.logits_minus
        s.loss = _Buffer(55, 122, np.float32, ())
        s.following_cast = s.following_over = _Buffer(56, 58, np.float32, (T, n))
        s.weight = s.weight_where = _Buffer(57, 58, np.float32, ())
        s.weight_equal = _Buffer(58, 58, np.bool_, ())
        s.d_logits_rows_product = _Buffer(59, 89, np.float32, (n * T, 256))
        s.aligner_writer_U_T = _Buffer(60, 89, np.float32, (384, 128))
        s.aligner_writer_W_T = _Buffer(61, 89, np.float32, (384, 160))
        s.c_T = _Buffer(62, 89, np.float32, (1, 64))
        s.aligner_attention_W_q_T = _Buffer(63, 89, np.float32, (64, 128))
        s.d_h = _Buffer(64, 89, np.float32, (n, 128))
        s.d_c = _Buffer(65, 91, np.float32, (n, 1, 5, 64))
        s.d_memory = _Buffer(66, 106, np.float32, (n, 5, 128))
        s.d_word = _Buffer(67, 90, np.float32, (T, n, 32))
        s.aligner_attention_reshape = _Buffer(68, 89, np.float32, (T, n, 64))
        s.value_reshape = _Buffer(69, 89, np.float32, (T, 5 * n, 64))
        s.d_c_reshape = _Buffer(70, 89, np.float32, (T, 5 * n, 1))
        s.d_x_in = _Buffer(71, 89, np.float32, (T, n, 384))
        s.d_h_in = _Buffer(72, 89, np.float32, (T, n, 384))
        s.d_n_h = _Buffer(73, 89, np.float32, (T, n, 128))
        s.target_plus_position = _Buffer(90, 90, np.int64, (n * T, 32))
        s.d_c_product = _Buffer(91, 91, np.float32, (5 * n, 128))
        s.d_backwards_copy = _Buffer(92, 105, np.float32, (5, n, 64))
        s.aligner_reader_backwards_U_T = _Buffer(93, 105, np.float32, (192, 64))
        s.d_h_2 = _Buffer(94, 105, np.float32, (n, 64))
        s.d_x_in_2 = _Buffer(95, 121, np.float32, (5, n, 192))
        s.d_h_in_2 = _Buffer(96, 105, np.float32, (5, n, 192))
        s.d_n_h_2 = _Buffer(97, 105, np.float32, (5, n, 64))
        s.d_forwards_copy = _Buffer(106, 119, np.float32, (5, n, 64))
        s.aligner_reader_forwards_U_T = _Buffer(107, 119, np.float32, (192, 64))
        s.d_h_3 = _Buffer(108, 119, np.float32, (n, 64))
        s.d_x_in_3 = _Buffer(109, 122, np.float32, (5, n, 192))
        s.d_h_in_3 = _Buffer(110, 119, np.float32, (5, n, 192))
        s.d_n_h_3 = _Buffer(111, 119, np.float32, (5, n, 64))
        s.source_plus_position = _Buffer(120, 122, np.int64, (5 * n, 32))
        s.d_digits = s.d_x = _Buffer(121, 122, np.float32, (5, n, 32))
        s.d_x_rows_2 = _Buffer(122, 122, np.float32, (5 * n, 32))
        s.h_in = _Buffer(12, 13, np.float32, (n, 192))
        s.gates_plus_4 = _Buffer(13, 13, np.float32, (n, 128))
        s.h_4 = _Buffer(14, 14, np.float32, (n, 64))
        s.h_in_2 = _Buffer(21, 22, np.float32, (n, 192))
        s.gates_plus_5 = _Buffer(22, 22, np.float32, (n, 128))
        s.h_5 = _Buffer(23, 23, np.float32, (n, 64))
        s.h_product = _Buffer(38, 38, np.float32, (n, 64))
        s.out_plus = s.out_minus_max = _Buffer(39, 41, np.float32, (n, 1, 5))
        s.out_max = _Buffer(40, 40, np.float32, (n, 1, 1))
        s.out_exp = s.out_plus
        s.out_sum = _Buffer(41, 41, np.float32, (n, 1, 1))
        s.out_times = _Buffer(42, 43, np.float32, (n, 1, 5))
        s.out_product_2 = _Buffer(43, 46, np.float32, (n, 1, 128))
        s.x_in_3 = _Buffer(44, 46, np.float32, (n, 384))
        s.h_in_3 = _Buffer(45, 46, np.float32, (n, 384))
        s.gates_plus_6 = _Buffer(46, 46, np.float32, (n, 256))
        s.d_h_times = s.d_h_plus = _Buffer(74, 87, np.float32, (n, 128))
        s.n_square = s.n_minus_square = _Buffer(75, 75, np.float32, (n, 128))
        s.h_minus = _Buffer(77, 77, np.float32, (n, 128))
        s.d_gates = s.d_gates_times = _Buffer(76, 86, np.float32, (n, 256))
        s.gates_minus = s.gates_times_minus = _Buffer(78, 78, np.float32, (n, 256))
        s.d_x_in_product = _Buffer(79, 89, np.float32, (n, 160))
        s.d_seen = _Buffer(80, 89, np.float32, (n, 128))
        s.d_c_2 = _Buffer(81, 89, np.float32, (n, 1, 5))
        s.d_c_times = _Buffer(82, 83, np.float32, (n, 1, 5))
        s.d_c_sum = _Buffer(83, 83, np.float32, (n, 1, 1))
        s.d_c_3 = _Buffer(84, 87, np.float32, (n, 1, 5, 64))
        s.aligner_attention_tanh_square = _Buffer(85, 85, np.float32, (n, 1, 5, 64))
        s.attention_tanh_minus_square = s.aligner_attention_tanh_square
        s.d_c_sum_2 = _Buffer(86, 89, np.float32, (n, 1, 64))
        s.d_h_in_product = _Buffer(87, 87, np.float32, (n, 128))
        s.aligner_attention_over_times = _Buffer(88, 89, np.float32, (n, 1, 5))
        s.d_memory_2 = _Buffer(89, 89, np.float32, (n, 5, 128))
        s.d_h_5 = _Buffer(98, 103, np.float32, (n, 64))
        s.mask_where = _Buffer(99, 99, np.float32, (n, 64))
        s.d_h_times_2 = _Buffer(100, 104, np.float32, (n, 64))
        s.n_square_2 = s.n_minus_square_2 = _Buffer(101, 101, np.float32, (n, 64))
        s.h_minus_2 = _Buffer(103, 103, np.float32, (n, 64))
        s.d_gates_2 = s.d_gates_times_2 = _Buffer(102, 104, np.float32, (n, 128))
        s.gates_minus_2 = _Buffer(104, 104, np.float32, (n, 128))
        s.gates_times_minus_2 = s.gates_minus_2
        s.d_h_in_product_2 = _Buffer(105, 105, np.float32, (n, 64))
        s.d_h_7 = _Buffer(112, 117, np.float32, (n, 64))
        s.mask_where_2 = _Buffer(113, 113, np.float32, (n, 64))
        s.d_h_times_3 = _Buffer(114, 118, np.float32, (n, 64))
        s.n_square_3 = s.n_minus_square_3 = _Buffer(115, 115, np.float32, (n, 64))
        s.h_minus_3 = _Buffer(117, 117, np.float32, (n, 64))
        s.d_gates_3 = s.d_gates_times_3 = _Buffer(116, 118, np.float32, (n, 128))
        s.gates_minus_3 = _Buffer(118, 118, np.float32, (n, 128))
        s.gates_times_minus_3 = s.gates_minus_3
        s.d_h_in_product_3 = _Buffer(119, 119, np.float32, (n, 64))
        s.gradient_norm = s.clip_scale = _Buffer(123, 124, np.float32, ())
        s.grads_times = _Buffer(124, 124, np.float32, (65536,))
        self._lay_out(s)
        s.target_copy = s.target_position.reshape(T, n)
        s.source_copy_2 = s.source_position.reshape(5, n)
        s.digits_reshape = s.digits.reshape(5 * n, 32)
        s.x_in = s.x_in_rows.reshape(5, n, 192)
        s.x_in_2 = s.x_in_rows_2.reshape(5, n, 192)
        s.memory_2 = s.reader.transpose(1, 0, 2)
        s.memory_reshape = s.memory_plus.reshape(n, 1, 5, 64)
        s.aligner_attention_v_reshape = p.aligner_attention_v.reshape(64, 1)
        s.source_reshape = s.source_mask.reshape(n, 1, 5)
        s.h_seen_rows = s.h_seen.reshape(n * T, 256)
        s.logits_rows = s.logits.reshape(n * T, 33)
        s.logits_max_starts = np.arange(0, 33 * n * T, 33)
        s.logits_log = s.logits_minus.reshape(T, n, 1)
        s.following_known_labels = s.following_position.reshape(T, n)
        s.iota = np.arange(n * T, dtype=np.int64)
        s.row_starts = s.iota * 33
        s.logits_reshape_2 = s.logits_take.reshape(T, n)
        s.minus_ones = np.full((n * T,), -1.0, dtype=np.float32)
        s.following_reshape_2 = s.following_over.reshape(T, n, 1)
        s.d_logits_rows = s.d_logits.reshape(n * T, 33)
        s.ones = np.ones((n * T,), dtype=np.float32)
        s.h_slice = s.h_3[:-1]
        s.d_h_seen = s.d_logits_rows_product.reshape(T, n, 256)
        s.value_reshape_reshape = s.value_reshape.reshape(5 * n * T, 64)
        s.d_c_reshape_reshape = s.d_c_reshape.reshape(5 * n * T, 1)
        s.d_aligner_attention_v_column = d.aligner_attention_v.reshape(64, 1)
        s.d_c_reshape_2 = s.d_c.reshape(n, 5, 64)
        s.d_c_reshape_3 = s.d_c_reshape_2.reshape(5 * n, 64)
        s.ones_2 = np.ones((5 * n,), dtype=np.float32)
        s.memory_rows = s.memory_copy.reshape(5 * n, 128)
        s.h_reshape = s.h_slice.reshape(n * T, 128)
        s.aligner_reshape = s.aligner_attention_reshape.reshape(n * T, 64)
        s.d_n_h_reshape = s.d_n_h.reshape(n * T, 128)
        s.d_x_in_reshape = s.d_x_in.reshape(n * T, 384)
        s.d_h_in_reshape = s.d_h_in.reshape(n * T, 384)
        s.word_concat_reshape = s.word_concat.reshape(n * T, 160)
        s.iota_2 = np.broadcast_to(np.arange(32, dtype=np.int64), (1, 32))
        s.d_word_reshape = s.d_word.reshape(n * T, 32)
        s.h_slice_2 = s.h_2[1:]
        s.d_c_reshape_4 = s.d_c_product.reshape(n, 5, 128)
        s.d_reader = s.d_memory.transpose(1, 0, 2)
        s.d_backwards = s.d_reader[:, :, 64:]
        s.d_n_h_reshape_2 = s.d_n_h_2.reshape(5 * n, 64)
        s.d_x_in_reshape_2 = s.d_x_in_2.reshape(5 * n, 192)
        s.h_reshape_2 = s.h_slice_2.reshape(5 * n, 64)
        s.d_h_in_reshape_2 = s.d_h_in_2.reshape(5 * n, 192)
        s.h_slice_3 = s.h[:5]
        s.d_forwards = s.d_reader[:, :, :64]
        s.d_n_h_reshape_3 = s.d_n_h_3.reshape(5 * n, 64)
        s.d_x_in_reshape_3 = s.d_x_in_3.reshape(5 * n, 192)
        s.h_reshape_3 = s.h_slice_3.reshape(5 * n, 64)
        s.d_h_in_reshape_3 = s.d_h_in_3.reshape(5 * n, 192)
        s.d_x_rows = s.d_digits.reshape(5 * n, 32)
        s.d_x_2 = s.d_x_rows_2.reshape(5, n, 32)
        s.d_digits_reshape = s.d_digits.reshape(5 * n, 32)
        s.h_in_slice = s.h_in[:, :128]
        s.h_in_slice_2 = s.h_in[:, 128:]
        s.h_in_slice_3 = s.h_in_2[:, :128]
        s.h_in_slice_4 = s.h_in_2[:, 128:]
        s.h_reshape_4 = s.h_product.reshape(n, 1, 1, 64)
        s.out_product = s.out_plus.reshape(5 * n, 1)
        s.out_max_starts = np.arange(0, 5 * n, 5)
        s.seen = s.out_product_2[:, 0]
        s.x_in_slice_5 = s.x_in_3[:, 256:]
        s.x_in_slice_6 = s.x_in_3[:, :256]
        s.h_in_slice_5 = s.h_in_3[:, :256]
        s.h_in_slice_6 = s.h_in_3[:, 256:]
        s.d_word_2 = s.d_x_in_product[:, :32]
        s.d_x_in_slice = s.d_x_in_product[:, 32:]
        s.d_seen_reshape = s.d_seen.reshape(n, 1, 128)
        s.out_2 = s.d_c_2.reshape(5 * n, 1)
        s.d_c_rows = s.d_c_3.reshape(5 * n, 64)
        s.out_3 = s.d_c_sum_2.reshape(n, 64)
        s.attention_over_transpose = s.aligner_attention_over_times.transpose(0, 2, 1)
        s.adam_blocks = _blocks(
            d.flat,
            s.grads_times,
            self.momentum.flat,
            self.squares.flat,
            p.flat,
        )
        key = (
            source.dtype,
            source.shape,
            target.dtype,
            target.shape,
            following.dtype,
            following.shape,
        )
        self._train[key] = s
        return s

    def read(self, source):
        """Returns memory, there.

        source: int64 (N, 5)
        """
        s = self._read_slots(source)
        memory_2, there = self._read_body(s, source)
        return {"memory": memory_2.copy(), "there": there.copy()}

    def _read_body(self, s, source):
        """The computation of read."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # aligner: there = source > 0                    (N, 5)   number_alignment.py:41
        np.greater(source, 0, out=s.there)

        # aligner.reader.forwards: there_copy = (there^T)                   (5, N)   :33
        np.copyto(s.there_copy, s.there.T)

        # aligner.digits: digits = W[(source^T)]     (5, N, 32)   number_alignment.py:32
        np.copyto(s.source_copy, source.T)
        np.take(p.aligner_digits_W, s.source_copy, axis=0, out=s.digits, mode="clip")

        # aligner.reader.forwards                                 number_alignment.py:33
        # x_in_rows = digits W + b                                        (5 * N, 192)
        # h, step by step                                                      (N, 64)
        # forwards, step by step                                            (5, N, 64)
        np.dot(s.digits_reshape, p.aligner_reader_forwards_W, out=s.x_in_rows)
        np.add(s.x_in_rows, p.aligner_reader_forwards_b, out=s.x_in_rows)
        s.h.fill(0.0)
        for t in range(5):
            # h_in = h[t] U                                                     (N, 192)
            # gates = sigmoid(x_in[t][:, :128] + h_in[:, :128])                 (N, 128)
            # n_h = h_in[:, 128:] + bn                                           (N, 64)
            # n_2 = tanh(x_in[t][:, 128:] + r * n_h)                             (N, 64)
            # h_3 = n_2 + z * (h[t] - n_2)                                       (N, 64)
            # h[t + 1] = where(reshape(there_copy[t], (N, 1)), h_3, h[t])        (N, 64)
            mask_reshape = s.there_copy[t].reshape(s.n, 1)
            x_in_slice = s.x_in[t][:, 128:]
            x_in_slice_2 = s.x_in[t][:, :128]
            np.dot(s.h, p.aligner_reader_forwards_U, out=s.h_in)
            np.add(x_in_slice_2, s.h_in_slice, out=s.gates)
            np.clip(s.gates, -np.inf, 88.0, out=s.gates)
            np.exp(s.gates, out=s.gates)
            np.add(1.0, s.gates, out=s.gates_plus)
            np.divide(s.gates, s.gates_plus, out=s.gates)
            np.add(s.h_in_slice_2, p.aligner_reader_forwards_bn, out=s.n_h)
            np.multiply(s.r, s.n_h, out=s.n_2)
            np.add(x_in_slice, s.n_2, out=s.n_2)
            np.tanh(s.n_2, out=s.n_2)
            np.subtract(s.h, s.n_2, out=s.h_minus)
            np.multiply(s.z, s.h_minus, out=s.z_times)
            np.add(s.n_2, s.z_times, out=s.h_3)
            np.copyto(s.forwards[t], 0.0)
            np.copyto(s.forwards[t], s.h_3, where=mask_reshape)
            np.copyto(s.h, s.h_3, where=mask_reshape)

        # aligner.reader.backwards                                number_alignment.py:33
        # x_in_rows_2 = digits W + b                                      (5 * N, 192)
        # h_2, step by step                                                    (N, 64)
        # backwards, step by step                                           (5, N, 64)
        np.dot(s.digits_reshape, p.aligner_reader_backwards_W, out=s.x_in_rows_2)
        np.add(s.x_in_rows_2, p.aligner_reader_backwards_b, out=s.x_in_rows_2)
        s.h_2.fill(0.0)
        for t in reversed(range(5)):
            # h_in_2 = h_2[t + 1] U                                             (N, 192)
            # gates_2 = sigmoid(x_in_2[t][:, :128] + h_in_2[:, :128])           (N, 128)
            # n_h_2 = h_in_2[:, 128:] + bn                                       (N, 64)
            # n_3 = tanh(x_in_2[t][:, 128:] + r_2 * n_h_2)                       (N, 64)
            # h_4 = n_3 + z_2 * (h_2[t + 1] - n_3)                               (N, 64)
            # h_2[t] = where(reshape(there_copy[t], (N, 1)), h_4, h_2[t + 1])    (N, 64)
            mask_reshape_2 = s.there_copy[t].reshape(s.n, 1)
            x_in_slice_3 = s.x_in_2[t][:, 128:]
            x_in_slice_4 = s.x_in_2[t][:, :128]
            np.dot(s.h_2, p.aligner_reader_backwards_U, out=s.h_in_2)
            np.add(x_in_slice_4, s.h_in_slice_3, out=s.gates_2)
            np.clip(s.gates_2, -np.inf, 88.0, out=s.gates_2)
            np.exp(s.gates_2, out=s.gates_2)
            np.add(1.0, s.gates_2, out=s.gates_plus_2)
            np.divide(s.gates_2, s.gates_plus_2, out=s.gates_2)
            np.add(s.h_in_slice_4, p.aligner_reader_backwards_bn, out=s.n_h_2)
            np.multiply(s.r_2, s.n_h_2, out=s.n_3)
            np.add(x_in_slice_3, s.n_3, out=s.n_3)
            np.tanh(s.n_3, out=s.n_3)
            np.subtract(s.h_2, s.n_3, out=s.h_minus_2)
            np.multiply(s.z_2, s.h_minus_2, out=s.z_times_2)
            np.add(s.n_3, s.z_times_2, out=s.h_4)
            np.copyto(s.backwards[t], 0.0)
            np.copyto(s.backwards[t], s.h_4, where=mask_reshape_2)
            np.copyto(s.h_2, s.h_4, where=mask_reshape_2)

        # aligner.reader: reader = [forwards; backwards]               (5, N, 128)   :42
        np.concatenate((s.forwards, s.backwards), axis=2, out=s.reader)

        return s.memory_2, s.there

    def _read_slots(self, source):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._read[source.dtype, source.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_read(source)

    def _plan_read(self, source):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("source", source, np.int64, ("N", 5), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.there = _Buffer(0, 20, np.bool_, (n, 5))
        s.there_copy = _Buffer(1, 19, np.bool_, (5, n))
        s.source_copy = _Buffer(2, 3, np.int64, (5, n))
        s.digits = _Buffer(3, 12, np.float32, (5, n, 32))
        s.x_in_rows = _Buffer(4, 11, np.float32, (5 * n, 192))
        s.h = _Buffer(5, 11, np.float32, (n, 64))
        s.forwards = _Buffer(6, 20, np.float32, (5, n, 64))
        s.x_in_rows_2 = _Buffer(12, 19, np.float32, (5 * n, 192))
        s.h_2 = _Buffer(13, 19, np.float32, (n, 64))
        s.backwards = _Buffer(14, 20, np.float32, (5, n, 64))
        s.reader = _Buffer(20, 20, np.float32, (5, n, 128))
        s.h_in = _Buffer(7, 10, np.float32, (n, 192))
        s.gates = _Buffer(8, 11, np.float32, (n, 128))
        s.gates_plus = _Buffer(9, 9, np.float32, (n, 128))
        s.n_h = s.n_2 = s.h_3 = _Buffer(10, 11, np.float32, (n, 64))
        s.h_minus = s.z_times = _Buffer(11, 11, np.float32, (n, 64))
        s.h_in_2 = _Buffer(15, 18, np.float32, (n, 192))
        s.gates_2 = _Buffer(16, 19, np.float32, (n, 128))
        s.gates_plus_2 = _Buffer(17, 17, np.float32, (n, 128))
        s.n_h_2 = s.n_3 = s.h_4 = _Buffer(18, 19, np.float32, (n, 64))
        s.h_minus_2 = s.z_times_2 = _Buffer(19, 19, np.float32, (n, 64))
        self._lay_out(s)
        s.digits_reshape = s.digits.reshape(5 * n, 32)
        s.x_in = s.x_in_rows.reshape(5, n, 192)
        s.x_in_2 = s.x_in_rows_2.reshape(5, n, 192)
        s.memory_2 = s.reader.transpose(1, 0, 2)
        s.h_in_slice = s.h_in[:, :128]
        s.r = s.gates[:, :64]
        s.h_in_slice_2 = s.h_in[:, 128:]
        s.z = s.gates[:, 64:]
        s.h_in_slice_3 = s.h_in_2[:, :128]
        s.r_2 = s.gates_2[:, :64]
        s.h_in_slice_4 = s.h_in_2[:, 128:]
        s.z_2 = s.gates_2[:, 64:]
        self._read[source.dtype, source.shape] = s
        return s

    def step(self, target, h, memory_2, there):
        """The logits of the next word, the state, and the weights of the digits...

        target: int64 (N, T)
        h: float32 (N, 128)
        memory: float32 (N, 5, 128)
        there: bool (N, 5)
        """
        s = self._step_slots(target, h, memory_2, there)
        logits, h_2, weights = self._step_body(s, target, h, memory_2, there)
        return {"logits": logits.copy(), "h": h_2.copy(), "weights": weights.copy()}

    def _step_body(self, s, target, h, memory_2, there):
        """The computation of step."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # aligner.words: words = W[(target^T)]       (T, N, 32)   number_alignment.py:34
        np.copyto(s.target_copy, target.T)
        np.take(p.aligner_words_W, s.target_copy, axis=0, out=s.words, mode="clip")
        memory_rows = memory_2.reshape(5 * s.n, 128)

        # attention                                               number_alignment.py:36
        # memory_rows_plus = memory_2 aligner.attention.W_k                 (N, 5, 64)
        #     + aligner.attention.b
        # there_where = where(reshape(there, (N, 1, 5)), 0, -1.70141e+38)    (N, 1, 5)
        # there_cast = (any(reshape(there, (N, 1, 5)), axis 2))              (N, 1, 1)
        np.dot(memory_rows, p.aligner_attention_W_k, out=s.memory_rows_product)
        np.add(s.memory_rows_plus, p.aligner_attention_b, out=s.memory_rows_plus)
        there_reshape = there.reshape(s.n, 1, 5)
        np.copyto(s.there_where, np.float32(-1.7014117e38))
        np.copyto(s.there_where, np.float32(0.0), where=there_reshape)
        there_reshape.any(axis=2, keepdims=True, out=s.there_any)
        np.copyto(s.there_cast, s.there_any, casting="unsafe")

        # number_alignment.py:58
        # h_2, step by step                                                     (N, 128)
        # h_seen, step by step                                               (T, N, 256)
        # weights, step by step                                                (T, N, 5)
        np.copyto(s.h_2, h)
        for t in range(s.T):
            # attention                                           number_alignment.py:36
            # h_product_3 = h_over_sum * there_cast memory_2               (N, 1, 128)
            np.dot(s.h_2, p.aligner_attention_W_q, out=s.h_product)
            np.add(s.h_reshape, s.memory_rows_reshape, out=s.h_plus)
            np.tanh(s.h_plus, out=s.h_tanh)
            np.dot(s.h_reshape_2, s.aligner_attention_v_reshape, out=s.h_product_2)
            np.add(s.h_plus_2, s.there_where, out=s.h_plus_2)
            _row_max(s.h_plus_2, s.h_max_starts, out=s.h_max)
            np.subtract(s.h_plus_2, s.h_max, out=s.h_minus_max)
            np.exp(s.h_minus_max, out=s.h_exp)
            s.h_exp.sum(axis=2, keepdims=True, out=s.h_sum)
            np.divide(s.h_exp, s.h_sum, out=s.h_over_sum)
            np.multiply(s.h_over_sum, s.there_cast, out=s.h_times)
            np.matmul(s.h_times, memory_2, out=s.h_product_3)

            # word_concat = [words[t]; seen]                                    (N, 160)
            np.concatenate((s.words[t], s.seen), axis=1, out=s.word_concat)

            # writer                                              number_alignment.py:35
            # x_in = word_concat aligner.writer.W + aligner.writer.b          (N, 384)
            # h_in = h_2[t] aligner.writer.U                                  (N, 384)
            # gates = sigmoid(x_in[:, :256] + h_in[:, :256])                  (N, 256)
            # n_h = h_in[:, 256:] + aligner.writer.bn                         (N, 128)
            # n_2 = tanh(x_in[:, 256:] + r * n_h)                             (N, 128)
            # h_2[t + 1] = n_2 + z * (h_2[t] - n_2)                           (N, 128)
            np.dot(s.word_concat, p.aligner_writer_W, out=s.x_in)
            np.add(s.x_in, p.aligner_writer_b, out=s.x_in)
            np.dot(s.h_2, p.aligner_writer_U, out=s.h_in)
            np.add(s.x_in_slice_2, s.h_in_slice, out=s.gates)
            np.clip(s.gates, -np.inf, 88.0, out=s.gates)
            np.exp(s.gates, out=s.gates)
            np.add(1.0, s.gates, out=s.gates_plus)
            np.divide(s.gates, s.gates_plus, out=s.gates)
            np.add(s.h_in_slice_2, p.aligner_writer_bn, out=s.n_h)
            np.multiply(s.r, s.n_h, out=s.n_2)
            np.add(s.x_in_slice, s.n_2, out=s.n_2)
            np.tanh(s.n_2, out=s.n_2)
            np.subtract(s.h_2, s.n_2, out=s.h_2)
            np.multiply(s.z, s.h_2, out=s.h_2)
            np.add(s.n_2, s.h_2, out=s.h_2)

            # h_seen[t] = [h_2[t + 1]; seen]                                    (N, 256)
            np.concatenate((s.h_2, s.seen), axis=1, out=s.h_seen[t])
            s.weights[t][...] = s.weights_3

        # scores                                                  number_alignment.py:37
        # h_seen_rows_plus = h_seen aligner.scores.W + aligner.scores.b     (T, N, 33)
        np.dot(s.h_seen_rows, p.aligner_scores_W, out=s.h_seen_rows_product)
        np.add(s.h_seen_rows_plus, p.aligner_scores_b, out=s.h_seen_rows_plus)

        return s.logits, s.h_2, s.weights_2

    def _step_slots(self, target, h, memory_2, there):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                target.dtype,
                target.shape,
                h.dtype,
                h.shape,
                memory_2.dtype,
                memory_2.shape,
                there.dtype,
                there.shape,
            )
            return self._step[key]
        except (AttributeError, KeyError, TypeError):
            return self._plan_step(target, h, memory_2, there)

    def _plan_step(self, target, h, memory_2, there):
        """Check the arguments and lay out every buffer for their shapes."""
        p = self.params
        sizes = {}
        _check("target", target, np.int64, ("N", "T"), sizes, empty=("T",))
        _check("h", h, np.float32, ("N", 128), sizes)
        _check("memory", memory_2, np.float32, ("N", 5, 128), sizes)
        _check("there", there, np.bool_, ("N", 5), sizes)
        n = sizes["N"]
        T = sizes["T"]
        s = SimpleNamespace(n=n, T=T)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.target_copy = _Buffer(0, 1, np.int64, (T, n))
        s.words = _Buffer(1, 20, np.float32, (T, n, 32))
        s.memory_rows_plus = _Buffer(2, 20, np.float32, (n, 5, 64))
        s.there_where = _Buffer(3, 20, np.float32, (n, 1, 5))
        s.there_any = _Buffer(4, 5, np.bool_, (n, 1, 1))
        s.there_cast = _Buffer(5, 20, np.float32, (n, 1, 1))
        s.h_2 = _Buffer(6, 21, np.float32, (n, 128))
        s.h_seen = _Buffer(7, 21, np.float32, (T, n, 256))
        s.weights = _Buffer(8, 21, np.float32, (T, n, 5))
        s.h_seen_rows_plus = _Buffer(21, 21, np.float32, (T, n, 33))
        s.h_product = _Buffer(9, 10, np.float32, (n, 64))
        s.h_plus = s.h_tanh = _Buffer(10, 11, np.float32, (n, 1, 5, 64))
        s.h_plus_2 = s.h_minus_max = s.h_exp = _Buffer(11, 20, np.float32, (n, 1, 5))
        s.h_max = _Buffer(12, 12, np.float32, (n, 1, 1))
        s.h_sum = _Buffer(13, 13, np.float32, (n, 1, 1))
        s.h_over_sum = s.h_plus_2
        s.h_times = s.h_plus_2
        s.h_product_3 = _Buffer(14, 20, np.float32, (n, 1, 128))
        s.word_concat = _Buffer(15, 16, np.float32, (n, 160))
        s.x_in = _Buffer(16, 20, np.float32, (n, 384))
        s.h_in = _Buffer(17, 20, np.float32, (n, 384))
        s.gates = _Buffer(18, 20, np.float32, (n, 256))
        s.gates_plus = _Buffer(19, 19, np.float32, (n, 256))
        s.n_h = s.n_2 = _Buffer(20, 20, np.float32, (n, 128))
        self._lay_out(s)
        s.memory_rows_product = s.memory_rows_plus.reshape(5 * n, 64)
        s.memory_rows_reshape = s.memory_rows_plus.reshape(n, 1, 5, 64)
        s.aligner_attention_v_reshape = p.aligner_attention_v.reshape(64, 1)
        s.h_seen_rows = s.h_seen.reshape(n * T, 256)
        s.h_seen_rows_product = s.h_seen_rows_plus.reshape(n * T, 33)
        s.logits = s.h_seen_rows_plus[-1]
        s.weights_2 = s.weights.transpose(1, 0, 2)
        s.h_reshape = s.h_product.reshape(n, 1, 1, 64)
        s.h_reshape_2 = s.h_tanh.reshape(5 * n, 64)
        s.h_product_2 = s.h_plus_2.reshape(5 * n, 1)
        s.h_max_starts = np.arange(0, 5 * n, 5)
        s.seen = s.h_product_3[:, 0]
        s.x_in_slice = s.x_in[:, 256:]
        s.x_in_slice_2 = s.x_in[:, :256]
        s.h_in_slice = s.h_in[:, :256]
        s.r = s.gates[:, :128]
        s.h_in_slice_2 = s.h_in[:, 256:]
        s.z = s.gates[:, 128:]
        s.weights_3 = s.h_times[:, 0]
        key = (
            target.dtype,
            target.shape,
            h.dtype,
            h.shape,
            memory_2.dtype,
            memory_2.shape,
            there.dtype,
            there.shape,
        )
        self._step[key] = s
        return s

    def _memory(self, nbytes):
        """One arena for all methods; it grows when larger arguments come."""
        if grows := self._arena.size < nbytes + 64:
            self._arena = np.empty(nbytes + 64, dtype=np.uint8)
        for buffers in (self._train, self._read, self._step):
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


def _add_elements(array, positions, values):
    """Add values at positions of the flattened array, in place; repeats accumulate."""
    np.add.at(array.reshape(-1), positions.reshape(-1), values.reshape(-1))
    return array


def _copy_turned(turned, out):
    """Copy a transposed matrix, as many rows of it at a time as fill a cache line.

    Rows a power of two of bytes apart push one another out of the cache otherwise.
    """
    step = 64 // out.itemsize
    for start in range(0, out.shape[1], step):
        out[:, start : start + step] = turned[:, start : start + step]


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


def _row_max(x, starts, out):
    """The largest element of each row: of many short ones, found sooner than by x.max."""
    np.maximum.reduceat(x.reshape(-1), starts, out=out.reshape(-1))


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
