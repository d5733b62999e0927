"""char_rnn: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Parameters 360,804 in 6 arrays

    from char_rnn import CharRnn

    m = CharRnn(seed=0)
    m.train(x, y, h, c)     # Returns loss, h, c; changes char_rnn, scores, adam.
    m.evaluate(x, y, h, c)  # Returns loss, h, c.
    m.step(x, h, c)
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


class CharRnn:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "char_rnn"
    FINGERPRINT = "3c56ecc63a987250"
    INPUTS = {}
    TARGETS = {}
    OUTPUTS = {}

    # What is saved, and where it lives: name -> (group, attribute).
    STATES = {
        "char_rnn.characters.W": ("params", "char_rnn_characters_W"),
        "char_rnn.memory.W": ("params", "char_rnn_memory_W"),
        "char_rnn.memory.U": ("params", "char_rnn_memory_U"),
        "char_rnn.memory.b": ("params", "char_rnn_memory_b"),
        "scores.W": ("params", "scores_W"),
        "scores.b": ("params", "scores_b"),
        "char_rnn.characters.W.momentum": ("momentum", "char_rnn_characters_W"),
        "char_rnn.memory.W.momentum": ("momentum", "char_rnn_memory_W"),
        "char_rnn.memory.U.momentum": ("momentum", "char_rnn_memory_U"),
        "char_rnn.memory.b.momentum": ("momentum", "char_rnn_memory_b"),
        "scores.W.momentum": ("momentum", "scores_W"),
        "scores.b.momentum": ("momentum", "scores_b"),
        "char_rnn.characters.W.squares": ("squares", "char_rnn_characters_W"),
        "char_rnn.memory.W.squares": ("squares", "char_rnn_memory_W"),
        "char_rnn.memory.U.squares": ("squares", "char_rnn_memory_U"),
        "char_rnn.memory.b.squares": ("squares", "char_rnn_memory_b"),
        "scores.W.squares": ("squares", "scores_W"),
        "scores.b.squares": ("squares", "scores_b"),
        "adam.step": ("state", "adam_step"),
    }

    def __init__(self, seed=0):
        self.params = _Views(
            _vector(360804, np.float32),
            {
                "char_rnn_characters_W": (100, 64),
                "char_rnn_memory_W": (64, 1024),
                "char_rnn_memory_U": (256, 1024),
                "char_rnn_memory_b": (1024,),
                "scores_W": (256, 100),
                "scores_b": (100,),
            },
        )
        self.grads = _Views(_vector(360804, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(360804, np.float32), self.params.shapes)
        self.squares = _Views(_vector(360804, np.float32), self.params.shapes)
        self.state = SimpleNamespace(adam_step=np.zeros((), dtype=np.int64))
        self._arena = np.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._evaluate = {}  # buffers by the arguments' shapes
        self._step = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        noise = rng.standard_normal((100, 64), dtype=np.float32)
        p.char_rnn_characters_W[...] = noise * 0.125
        char_rnn_memory_draw = rng.random((64, 256), dtype=np.float32)
        char_rnn_memory_plus = char_rnn_memory_draw * 0.2738613 + -0.13693064
        char_rnn_memory_draw_2 = rng.random((64, 256), dtype=np.float32)
        char_rnn_memory_plus_2 = char_rnn_memory_draw_2 * 0.2738613 + -0.13693064
        char_rnn_memory_draw_3 = rng.random((64, 256), dtype=np.float32)
        char_rnn_memory_plus_3 = char_rnn_memory_draw_3 * 0.2738613 + -0.13693064
        char_rnn_memory_draw_4 = rng.random((64, 256), dtype=np.float32)
        char_rnn_memory_plus_4 = char_rnn_memory_draw_4 * 0.2738613 + -0.13693064
        new_char_rnn_memory_W = np.concatenate(
            (
                char_rnn_memory_plus,
                char_rnn_memory_plus_2,
                char_rnn_memory_plus_3,
                char_rnn_memory_plus_4,
            ),
            axis=1,
        )
        p.char_rnn_memory_W[...] = new_char_rnn_memory_W
        char_rnn_memory_noise = rng.standard_normal((256, 256), dtype=np.float32)
        char_rnn_memory_noise_2 = rng.standard_normal((256, 256), dtype=np.float32)
        char_rnn_memory_orthogonal_2 = _orthogonal(char_rnn_memory_noise_2)
        char_rnn_memory_noise_3 = rng.standard_normal((256, 256), dtype=np.float32)
        char_rnn_memory_orthogonal_3 = _orthogonal(char_rnn_memory_noise_3)
        char_rnn_memory_noise_4 = rng.standard_normal((256, 256), dtype=np.float32)
        char_rnn_memory_orthogonal_4 = _orthogonal(char_rnn_memory_noise_4)
        new_char_rnn_memory_U = np.concatenate(
            (
                _orthogonal(char_rnn_memory_noise),
                char_rnn_memory_orthogonal_2,
                char_rnn_memory_orthogonal_3,
                char_rnn_memory_orthogonal_4,
            ),
            axis=1,
        )
        p.char_rnn_memory_U[...] = new_char_rnn_memory_U
        scores_draw = rng.random((256, 100), dtype=np.float32)
        p.scores_W[...] = scores_draw * 0.2596454 + -0.1298227
        zeros_view = np.broadcast_to(np.float32(0.0), (256,))
        ones_view = np.broadcast_to(np.float32(1.0), (256,))
        new_char_rnn_memory_b = np.concatenate(
            (zeros_view, ones_view, zeros_view, zeros_view),
        )
        p.char_rnn_memory_b[...] = new_char_rnn_memory_b

    def train(self, x, y, h, c):
        """Returns loss, h, c; changes char_rnn, scores, adam.

        x: int64 (N, T)
        y: int64 (N, T)
        h: float32 (N, 256)
        c: float32 (N, 256)
        """
        s, (loss, h_2, c_2) = self._train_backward_in_parts(x, y, h, c)
        h_2 = h_2.copy()
        c_2 = c_2.copy()
        self._train_update(s)
        return {"loss": loss, "h": h_2, "c": c_2}

    def _train_backward_in_parts(self, x, y, h, c):
        """_train_backward, by a process for each part of N if that is large.

        Parts need nothing of each other before they are done.
        The gradients are the means of those of the parts.
        Returns the buffers of the first part, and the results.
        """
        return _in_parts(
            self,
            type(self)._train_slots,
            type(self)._train_backward,
            [x, y, h, c],
            axes=[0, 0, 0, 0],
            joins=["mean", 0, 0, "mean"],
            least=6,
            keeps=["params"],
        )

    def _train_backward(self, s, x, y, h, c):
        """Forward and backward: the results; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # char_rnn.memory                                                 char_rnn.py:38
        # x_in_table = char_rnn.characters.W W + b                         (100, 1024)
        # x_in_rows = x_in_table[reshape((x^T), (N * T,))]               (N * T, 1024)
        # h_2, step by step                                            (T + 1, N, 256)
        # c_2, step by step                                            (T + 1, N, 256)
        # g, step by step                                                  (T, N, 256)
        # c_tanh, step by step                                             (T, N, 256)
        # gates, step by step                                              (T, N, 768)
        np.dot(p.char_rnn_characters_W, p.char_rnn_memory_W, out=s.x_in_table)
        np.add(s.x_in_table, p.char_rnn_memory_b, out=s.x_in_table)
        np.copyto(s.x_copy, x.T)
        np.take(s.x_in_table, s.x_reshape, axis=0, out=s.x_in_rows, mode="clip")
        np.copyto(s.h_2[0], h)
        np.copyto(s.c_2[0], c)
        for t in range(s.T):
            # z = x_in[t] + h_2[t] U                                           (N, 1024)
            # gates[t] = sigmoid(z[:, :768])                                    (N, 768)
            # g[t] = tanh(z[:, 768:])                                           (N, 256)
            # c_2[t + 1] = f * c_2[t] + i * g[t]                                (N, 256)
            # c_tanh[t] = tanh(c_2[t + 1])                                      (N, 256)
            # h_2[t + 1] = o * c_tanh[t]                                        (N, 256)
            _dot(s.h_2[t], p.char_rnn_memory_U, out=s.z)
            np.add(s.x_in[t], s.z, out=s.z)
            np.clip(s.z_slice, -np.inf, 88.0, out=s.gates[t])
            np.exp(s.gates[t], out=s.gates[t])
            np.add(1.0, s.gates[t], out=s.gates_plus_2)
            np.divide(s.gates[t], s.gates_plus_2, out=s.gates[t])
            o = s.gates[t][:, 512:]
            f = s.gates[t][:, 256:512]
            np.multiply(f, s.c_2[t], out=s.c_2[t + 1])
            i = s.gates[t][:, :256]
            np.tanh(s.z_slice_2, out=s.g[t])
            np.multiply(i, s.g[t], out=s.i_times)
            np.add(s.c_2[t + 1], s.i_times, out=s.c_2[t + 1])
            np.tanh(s.c_2[t + 1], out=s.c_tanh[t])
            np.multiply(o, s.c_tanh[t], out=s.h_2[t + 1])

        # scores: logits = h_2[1:] W + b                    (T, N, 100)   char_rnn.py:39
        np.matmul(s.h_slice, p.scores_W, out=s.logits)
        np.add(s.logits, p.scores_b, out=s.logits)

        # softmax_cross_entropy                                           char_rnn.py:57
        # loss = mean(-log_softmax(logits)[y^T])                                    ()
        # logits_exp = exp(logits - max(logits, axis 2))                   (T, N, 100)
        # logits_row_sum = sum over 100 of logits_reshape                     (N * T,)
        # y_position = row_starts + reshape((y^T), (N * T,))                  (N * T,)
        _row_max(s.logits, s.logits_max_starts, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        np.dot(s.logits_reshape, s.ones, out=s.logits_row_sum)
        np.log(s.logits_reshape_2, out=s.logits_log)
        np.copyto(s.y_copy, y.T)
        np.add(s.y_reshape, s.row_starts, out=s.y_position)
        np.take(s.logits_minus_max, s.y_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape_3, s.logits_reshape_4, out=s.logits_minus)
        s.logits_minus.sum(out=s.loss)
        np.divide(s.loss, s.n * s.T, out=s.loss)

        # ---- backward ----------------------------------------------------------------
        # softmax_cross_entropy                                           char_rnn.py:57
        # d_logits = (softmax(logits) - onehot(y^T)) / (N * T)             (T, N, 100)
        np.divide(s.logits_exp, s.logits_reshape_2, out=s.d_logits)
        _add_elements(s.d_logits, s.y_position, s.minus_ones)
        np.divide(s.d_logits, s.n * s.T, out=s.d_logits)

        # scores                                                          char_rnn.py:39
        # d_b = sum over N * T of d_logits                                      (100,)
        # d_W = h_2[1:]^T d_logits                                          (256, 100)
        # d_logits_rows_product = d_logits W^T                            (N * T, 256)
        np.dot(s.ones_2, s.d_logits_rows, out=d.scores_b)
        np.dot(s.h_reshape.T, s.d_logits_rows, out=d.scores_W)
        np.dot(s.d_logits_rows, p.scores_W.T, out=s.d_logits_rows_product)

        # char_rnn.memory                                                 char_rnn.py:38
        # char_rnn_memory_U_T = (U^T)                                      (1024, 256)
        # d_h, step by step                                                   (N, 256)
        # d_c, step by step                                                   (N, 256)
        # d_z, step by step                                               (T, N, 1024)
        # d_z_by_row = scatter(d_z_reshape at x_reshape)                   (100, 1024)
        # d_b = sum over 100 of d_z_by_row                                     (1024,)
        # d_U = h_2[:-1]^T d_z                                             (256, 1024)
        # d_W = char_rnn.characters.W^T d_z_by_row                          (64, 1024)
        _copy_turned(p.char_rnn_memory_U.T, out=s.char_rnn_memory_U_T)
        s.d_h.fill(0.0)
        s.d_c.fill(0.0)
        for t in reversed(range(s.T)):
            # d_h_2 = d_h[t + 1] + d_logits_rows_reshape[t]                     (N, 256)
            # d_c_tanh = d_h_2 * o_2                                            (N, 256)
            # d_c_2 = d_c[t + 1] + d_c_tanh * (1 - square(c_tanh[t]))           (N, 256)
            # d_i = d_c_2 * g[t]                                                (N, 256)
            # d_f = d_c_2 * c_2[t]                                              (N, 256)
            # d_o = d_h_2 * c_tanh[t]                                           (N, 256)
            # d_gates = [d_i; d_f; d_o]                                         (N, 768)
            # d_g = d_c_2 * i_2                                                 (N, 256)
            # d_z[t]                                                           (N, 1024)
            # d_z[t][:, :768] = d_gates * (gates[t] * (1 - gates[t]))           (N, 768)
            # d_z[t][:, 768:] = d_g * (1 - square(g[t]))                        (N, 256)
            # d_h[t] = d_z[t] U^T                                               (N, 256)
            # d_c[t] = d_c_2 * f_2                                              (N, 256)
            np.add(s.d_h, s.d_logits_rows_reshape[t], out=s.d_h)
            o_2 = s.gates[t][:, 512:]
            np.multiply(s.d_h, o_2, out=s.d_c_tanh)
            np.square(s.c_tanh[t], out=s.c_tanh_square)
            np.subtract(1.0, s.c_tanh_square, out=s.c_tanh_minus_square)
            np.multiply(s.d_c_tanh, s.c_tanh_minus_square, out=s.d_c_tanh_times)
            np.add(s.d_c, s.d_c_tanh_times, out=s.d_c)
            np.multiply(s.d_c, s.g[t], out=s.d_gates[:, :256])
            np.multiply(s.d_c, s.c_2[t], out=s.d_gates[:, 256:512])
            np.multiply(s.d_h, s.c_tanh[t], out=s.d_gates[:, 512:])
            np.subtract(1.0, s.gates[t], out=s.gates_minus)
            np.multiply(s.gates[t], s.gates_minus, out=s.gates_times_minus)
            np.multiply(s.d_gates, s.gates_times_minus, out=s.d_z[t][:, :768])
            i_2 = s.gates[t][:, :256]
            np.multiply(s.d_c, i_2, out=s.d_g)
            np.square(s.g[t], out=s.g_square)
            np.subtract(1.0, s.g_square, out=s.g_minus_square)
            np.multiply(s.d_g, s.g_minus_square, out=s.d_z[t][:, 768:])
            _dot(s.d_z[t], s.char_rnn_memory_U_T, out=s.d_h)
            f_2 = s.gates[t][:, 256:512]
            np.multiply(s.d_c, f_2, out=s.d_c)
        s.d_z_by_row.fill(0)
        _add_rows(s.d_z_by_row, s.x_reshape, s.d_z_reshape)
        np.dot(s.ones, s.d_z_by_row, out=d.char_rnn_memory_b)
        np.dot(s.h_reshape_2.T, s.d_z_reshape, out=d.char_rnn_memory_U)
        np.dot(p.char_rnn_characters_W.T, s.d_z_by_row, out=d.char_rnn_memory_W)

        # char_rnn.characters: d_W = d_z_by_row char_rnn.memory.W^T      (100, 64)   :37
        np.dot(s.d_z_by_row, p.char_rnn_memory_W.T, out=d.char_rnn_characters_W)

        return s.loss[()], s.h_3, s.c_3

    def _train_update(self, s):
        """Change the states by the gradients."""
        d = self.grads
        adam_step = int(self.state.adam_step)
        # ---- update ------------------------------------------------------------------
        # adam: momentum and squares are without the factor 1 - beta      char_rnn.py:59
        # gradient_norm = sqrt(sum of squares of grads)                             ()
        # clip_scale = minimum(1 / (gradient_norm + 1e-06), 1)                      ()
        # momentum' = 0.9 * momentum + grads * clip_scale                    (360804,)
        # squares' = 0.999 * squares + square(grads * clip_scale)            (360804,)
        # params' = params                                                   (360804,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        new_adam_step = adam_step + 1
        adam_step_cast = adam_step
        adam_step_times_minimum = 3.1415927 * min(adam_step_cast / 899.0, 1.0)
        adam_step_minus_cos = 1.0 - math.cos(adam_step_times_minimum)
        rise = 0.0004 + adam_step_minus_cos * 0.0048
        adam_step_minimum_2 = min((adam_step_cast - 899.0) / 2100.0, 1.0)
        adam_step_cos_2 = math.cos(3.1415927 * adam_step_minimum_2)
        adam_step_times_3 = (1.0 - adam_step_cos_2) * -0.00499998
        fall = 0.01 + adam_step_times_3
        learning_rate = rise if (adam_step_cast <= 899.0) else fall
        t_2 = adam_step_cast + 1.0
        c_5 = math.sqrt((1.0 - 0.999**t_2) / 0.001)
        alpha_t = learning_rate * c_5 * (0.1 / (1.0 - 0.9**t_2))
        with _Whole():  # no interruption may leave this half done
            np.multiply(0.9, self.momentum.flat, out=self.momentum.flat)
            np.dot(d.flat, d.flat, out=s.gradient_norm)
            np.sqrt(s.gradient_norm, out=s.gradient_norm)
            np.add(s.gradient_norm, 1e-06, out=s.clip_scale)
            np.divide(1.0, s.clip_scale, out=s.clip_scale)
            np.clip(s.clip_scale, -np.inf, 1.0, out=s.clip_scale)
            epsilon_t = 1e-08 * c_5
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

    def _train_slots(self, x, y, h, c):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                x.dtype,
                x.shape,
                y.dtype,
                y.shape,
                h.dtype,
                h.shape,
                c.dtype,
                c.shape,
            )
            return self._train[key]
        except (AttributeError, KeyError, TypeError):
            return self._plan_train(x, y, h, c)

    def _plan_train(self, x, y, h, c):
        """Check the arguments and lay out every buffer for their shapes."""
        p, d = self.params, self.grads
        sizes = {}
        _check("x", x, np.int64, ("N", "T"), sizes)
        _check("y", y, np.int64, ("N", "T"), sizes)
        _check("h", h, np.float32, ("N", 256), sizes)
        _check("c", c, np.float32, ("N", 256), sizes)
        n = sizes["N"]
        T = sizes["T"]
        s = SimpleNamespace(n=n, T=T)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.x_in_table = _Buffer(0, 2, np.float32, (100, 1024))
        s.x_copy = _Buffer(1, 30, np.int64, (T, n))
        s.x_in_rows = _Buffer(2, 10, np.float32, (n * T, 1024))
        s.h_2 = _Buffer(3, 30, np.float32, (T + 1, n, 256))
        s.c_2 = _Buffer(4, 30, np.float32, (T + 1, n, 256))
        s.g = _Buffer(5, 29, np.float32, (T, n, 256))
        s.c_tanh = _Buffer(6, 29, np.float32, (T, n, 256))
        s.gates = _Buffer(7, 29, np.float32, (T, n, 768))
        s.logits = s.logits_minus_max = _Buffer(11, 17, np.float32, (T, n, 100))
        s.logits_max = _Buffer(12, 12, np.float32, (T, n, 1))
        s.logits_exp = s.d_logits = _Buffer(13, 19, np.float32, (T, n, 100))
        s.logits_row_sum = _Buffer(14, 18, np.float32, (n * T,))
        s.logits_minus = s.logits_reshape_3 = _Buffer(15, 18, np.float32, (T, n))
        s.y_position = s.y_reshape = _Buffer(16, 18, np.int64, (n * T,))
        s.logits_take = _Buffer(17, 17, np.float32, (n * T,))
        s.loss = _Buffer(18, 30, np.float32, ())
        s.d_logits_rows_product = _Buffer(19, 29, np.float32, (n * T, 256))
        s.char_rnn_memory_U_T = _Buffer(20, 29, np.float32, (1024, 256))
        s.d_h = _Buffer(21, 29, np.float32, (n, 256))
        s.d_c = _Buffer(22, 29, np.float32, (n, 256))
        s.d_z = _Buffer(23, 30, np.float32, (T, n, 1024))
        s.d_z_by_row = _Buffer(30, 30, np.float32, (100, 1024))
        s.z = _Buffer(8, 9, np.float32, (n, 1024))
        s.gates_plus_2 = _Buffer(9, 9, np.float32, (n, 768))
        s.i_times = _Buffer(10, 10, np.float32, (n, 256))
        s.d_c_tanh = s.d_c_tanh_times = _Buffer(24, 25, np.float32, (n, 256))
        s.c_tanh_square = s.c_tanh_minus_square = _Buffer(25, 25, np.float32, (n, 256))
        s.d_gates = _Buffer(26, 27, np.float32, (n, 768))
        s.gates_minus = s.gates_times_minus = _Buffer(27, 27, np.float32, (n, 768))
        s.d_g = _Buffer(28, 29, np.float32, (n, 256))
        s.g_square = s.g_minus_square = _Buffer(29, 29, np.float32, (n, 256))
        s.gradient_norm = s.clip_scale = _Buffer(31, 32, np.float32, ())
        s.grads_times = _Buffer(32, 32, np.float32, (65536,))
        self._lay_out(s)
        s.x_reshape = s.x_copy.reshape(n * T)
        s.x_in = s.x_in_rows.reshape(T, n, 1024)
        s.h_slice = s.h_2[1:]
        s.logits_max_starts = np.arange(0, 100 * n * T, 100)
        s.logits_reshape = s.logits_exp.reshape(n * T, 100)
        s.ones = np.ones((100,), dtype=np.float32)
        s.logits_reshape_2 = s.logits_row_sum.reshape(T, n, 1)
        s.logits_log = s.logits_minus.reshape(T, n, 1)
        s.y_copy = s.y_position.reshape(T, n)
        s.iota = np.arange(n * T, dtype=np.int64)
        s.row_starts = s.iota * 100
        s.logits_reshape_4 = s.logits_take.reshape(T, n)
        s.h_3 = s.h_2[-1]
        s.c_3 = s.c_2[-1]
        s.minus_ones = np.full((n * T,), -1.0, dtype=np.float32)
        s.d_logits_rows = s.d_logits.reshape(n * T, 100)
        s.ones_2 = np.ones((n * T,), dtype=np.float32)
        s.h_reshape = s.h_slice.reshape(n * T, 256)
        s.d_logits_rows_reshape = s.d_logits_rows_product.reshape(T, n, 256)
        s.d_z_reshape = s.d_z.reshape(n * T, 1024)
        s.h_slice_2 = s.h_2[:-1]
        s.h_reshape_2 = s.h_slice_2.reshape(n * T, 256)
        s.z_slice = s.z[:, :768]
        s.z_slice_2 = s.z[:, 768:]
        s.adam_blocks = _blocks(
            d.flat,
            s.grads_times,
            self.momentum.flat,
            self.squares.flat,
            p.flat,
        )
        key = (x.dtype, x.shape, y.dtype, y.shape, h.dtype, h.shape, c.dtype, c.shape)
        self._train[key] = s
        return s

    def evaluate(self, x, y, h, c):
        """Returns loss, h, c.

        x: int64 (N, T)
        y: int64 (N, T)
        h: float32 (N, 256)
        c: float32 (N, 256)
        """
        s = self._evaluate_slots(x, y, h, c)
        loss, h_2, c_2 = self._evaluate_body(s, x, y, h, c)
        return {"loss": loss, "h": h_2.copy(), "c": c_2.copy()}

    def _evaluate_body(self, s, x, y, h, c):
        """The computation of evaluate."""
        p = self.params
        # what _evaluate_body and _step_body begin with
        self._common(s, x, h, c)

        # scores: logits = h_2[1:] W + b                    (T, N, 100)   char_rnn.py:39
        np.matmul(s.h_slice, p.scores_W, out=s.logits)
        np.add(s.logits, p.scores_b, out=s.logits)

        # softmax_cross_entropy: loss = mean(-log_softmax(logits)[y^T])         ()   :57
        _row_max(s.logits, s.logits_max_starts, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        np.dot(s.logits_reshape, s.ones, out=s.logits_row_sum)
        np.log(s.logits_log, out=s.logits_log)
        np.copyto(s.y_copy, y.T)
        np.add(s.y_reshape, s.row_starts, out=s.y_position)
        np.take(s.logits_minus_max, s.y_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape_2, s.logits_reshape_3, out=s.logits_minus)
        s.logits_minus.sum(out=s.loss)
        np.divide(s.loss, s.n * s.T, out=s.loss)

        return s.loss[()], s.h_3, s.c_2

    def _common(self, s, x, h, c):
        """How evaluate_body and step_body begin."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # char_rnn.memory: x_copy = (x^T)                        (T, N)   char_rnn.py:38
        np.copyto(s.x_copy, x.T)

        # char_rnn.characters: characters = W[x_copy]        (T, N, 64)   char_rnn.py:37
        np.take(
            p.char_rnn_characters_W,
            s.x_copy,
            axis=0,
            out=s.characters,
            mode="clip",
        )

        # char_rnn.memory                                                 char_rnn.py:38
        # x_in_rows = characters W + b                                   (N * T, 1024)
        # h_2, step by step                                            (T + 1, N, 256)
        # c_2, step by step                                                   (N, 256)
        np.dot(s.characters_reshape, p.char_rnn_memory_W, out=s.x_in_rows)
        np.add(s.x_in_rows, p.char_rnn_memory_b, out=s.x_in_rows)
        np.copyto(s.h_2[0], h)
        np.copyto(s.c_2, c)
        for t in range(s.T):
            # z = x_in[t] + h_2[t] U                                           (N, 1024)
            # gates = sigmoid(z[:, :768])                                       (N, 768)
            # g = tanh(z[:, 768:])                                              (N, 256)
            # c_2[t + 1] = f * c_2[t] + i * g                                   (N, 256)
            # c_tanh = tanh(c_2[t + 1])                                         (N, 256)
            # h_2[t + 1] = o * c_tanh                                           (N, 256)
            np.dot(s.h_2[t], p.char_rnn_memory_U, out=s.z)
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

    def _evaluate_slots(self, x, y, h, c):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                x.dtype,
                x.shape,
                y.dtype,
                y.shape,
                h.dtype,
                h.shape,
                c.dtype,
                c.shape,
            )
            return self._evaluate[key]
        except (AttributeError, KeyError, TypeError):
            return self._plan_evaluate(x, y, h, c)

    def _plan_evaluate(self, x, y, h, c):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.int64, ("N", "T"), sizes)
        _check("y", y, np.int64, ("N", "T"), sizes)
        _check("h", h, np.float32, ("N", 256), sizes)
        _check("c", c, np.float32, ("N", 256), sizes)
        n = sizes["N"]
        T = sizes["T"]
        s = SimpleNamespace(n=n, T=T)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.x_copy = _Buffer(0, 1, np.int64, (T, n))
        s.characters = _Buffer(1, 2, np.float32, (T, n, 64))
        s.x_in_rows = _Buffer(2, 8, np.float32, (n * T, 1024))
        s.h_2 = _Buffer(3, 15, np.float32, (T + 1, n, 256))
        s.c_2 = _Buffer(4, 15, np.float32, (n, 256))
        s.logits = s.logits_minus_max = _Buffer(9, 14, np.float32, (T, n, 100))
        s.logits_max = _Buffer(10, 10, np.float32, (T, n, 1))
        s.logits_exp = _Buffer(11, 12, np.float32, (T, n, 100))
        s.logits_minus = s.logits_reshape_2 = _Buffer(12, 15, np.float32, (T, n))
        s.y_position = s.y_reshape = _Buffer(13, 14, np.int64, (n * T,))
        s.logits_take = _Buffer(14, 14, np.float32, (n * T,))
        s.loss = _Buffer(15, 15, np.float32, ())
        s.z = _Buffer(5, 8, np.float32, (n, 1024))
        s.gates = _Buffer(6, 8, np.float32, (n, 768))
        s.gates_plus = _Buffer(7, 7, np.float32, (n, 768))
        s.g = s.i_times = _Buffer(8, 8, np.float32, (n, 256))
        self._lay_out(s)
        s.characters_reshape = s.characters.reshape(n * T, 64)
        s.x_in = s.x_in_rows.reshape(T, n, 1024)
        s.h_slice = s.h_2[1:]
        s.logits_max_starts = np.arange(0, 100 * n * T, 100)
        s.logits_reshape = s.logits_exp.reshape(n * T, 100)
        s.ones = np.ones((100,), dtype=np.float32)
        s.logits_row_sum = s.logits_minus.reshape(n * T)
        s.logits_log = s.logits_row_sum.reshape(T, n, 1)
        s.y_copy = s.y_position.reshape(T, n)
        s.iota = np.arange(n * T, dtype=np.int64)
        s.row_starts = s.iota * 100
        s.logits_reshape_3 = s.logits_take.reshape(T, n)
        s.h_3 = s.h_2[-1]
        s.z_slice = s.z[:, :768]
        s.o = s.gates[:, 512:]
        s.f = s.gates[:, 256:512]
        s.i = s.gates[:, :256]
        s.z_slice_2 = s.z[:, 768:]
        key = (x.dtype, x.shape, y.dtype, y.shape, h.dtype, h.shape, c.dtype, c.shape)
        self._evaluate[key] = s
        return s

    def step(self, x, h, c):
        """The logits of what follows, and the state after these characters.

        x: int64 (N, T)
        h: float32 (N, 256)
        c: float32 (N, 256)
        """
        s = self._step_slots(x, h, c)
        logits, h_2, c_2 = self._step_body(s, x, h, c)
        return {"logits": logits.copy(), "h": h_2.copy(), "c": c_2.copy()}

    def _step_body(self, s, x, h, c):
        """The computation of step."""
        p = self.params
        # what _evaluate_body and _step_body begin with
        self._common(s, x, h, c)

        # scores: logits = h_2[1:][-1] W + b                   (N, 100)   char_rnn.py:39
        np.dot(s.h_slice_2, p.scores_W, out=s.logits)
        np.add(s.logits, p.scores_b, out=s.logits)

        return s.logits, s.h_3, s.c_2

    def _step_slots(self, x, h, c):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            return self._step[x.dtype, x.shape, h.dtype, h.shape, c.dtype, c.shape]
        except (AttributeError, KeyError, TypeError):
            return self._plan_step(x, h, c)

    def _plan_step(self, x, h, c):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.int64, ("N", "T"), sizes, empty=("T",))
        _check("h", h, np.float32, ("N", 256), sizes)
        _check("c", c, np.float32, ("N", 256), sizes)
        n = sizes["N"]
        T = sizes["T"]
        s = SimpleNamespace(n=n, T=T)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.x_copy = _Buffer(0, 1, np.int64, (T, n))
        s.characters = _Buffer(1, 2, np.float32, (T, n, 64))
        s.x_in_rows = _Buffer(2, 8, np.float32, (n * T, 1024))
        s.h_2 = _Buffer(3, 9, np.float32, (T + 1, n, 256))
        s.c_2 = _Buffer(4, 9, np.float32, (n, 256))
        s.logits = _Buffer(9, 9, np.float32, (n, 100))
        s.z = _Buffer(5, 8, np.float32, (n, 1024))
        s.gates = _Buffer(6, 8, np.float32, (n, 768))
        s.gates_plus = _Buffer(7, 7, np.float32, (n, 768))
        s.g = s.i_times = _Buffer(8, 8, np.float32, (n, 256))
        self._lay_out(s)
        s.characters_reshape = s.characters.reshape(n * T, 64)
        s.x_in = s.x_in_rows.reshape(T, n, 1024)
        s.h_slice = s.h_2[1:]
        s.h_slice_2 = s.h_slice[-1]
        s.h_3 = s.h_2[-1]
        s.z_slice = s.z[:, :768]
        s.o = s.gates[:, 512:]
        s.f = s.gates[:, 256:512]
        s.i = s.gates[:, :256]
        s.z_slice_2 = s.z[:, 768:]
        self._step[x.dtype, x.shape, h.dtype, h.shape, c.dtype, c.shape] = s
        return s

    def _memory(self, nbytes):
        """One arena for all methods; it grows when larger arguments come."""
        if grows := self._arena.size < nbytes + 64:
            self._arena = np.empty(nbytes + 64, dtype=np.uint8)
        for buffers in (self._train, self._evaluate, self._step):
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


def _add_rows(matrix, indices, rows):
    """Add rows to the rows of a matrix at indices, in place; repeats accumulate.

    For long rows this loop is faster than np.add.at. Of few rows it makes windows once.
    """
    targets = list(matrix) if len(matrix) < len(rows) else matrix
    for index, row in zip(indices.tolist(), rows):
        target = targets[index]
        target += row
    return matrix


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
