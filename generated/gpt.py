"""gpt: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Parameters 818,944 in 52 arrays

    from gpt import Gpt

    m = Gpt(seed=0)
    m.train(x, y)     # Returns loss; changes gpt, adamw.
    m.evaluate(x, y)  # Returns loss.
    m.step(...)       # The logits of what follows, and the cache with these posi...
"""

import builtins
import ctypes
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
gpt.characters.W=100,128 1..4: gpt.blocks_#. attention.W_qkv=128,384
  attention.W_o=128,128 feed_forward.up.W=128,512 feed_forward.down.W=512,128 ;
  gpt.scores.W=128,100 1..4: gpt.blocks_#. attention.b_qkv=384 attention.b_o=128
  norm_1.{gamma,beta}=128 feed_forward.up.b=512 feed_forward.down.b=128
  norm_2.{gamma,beta}=128 ; gpt.norm.gamma=128 gpt.norm.beta=128
"""


# Blocks inside of others: for each name, the number of what is called so in each place.
_BLOCKS_NORM = """
norm_2 3..7/2
norm_1 2..6/2
"""
_BLOCKS_ATTENTION_5 = "attention 1..3"


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


# In what the buffers of the places of a block differ: the moments that need them, and sizes.
_TRAIN_NORM = _rows("""
t 1+32|22+32x4 129   u 2+32|23+32x4 129   v 2+32|23+32x4 0   w 259 235-28|229-28x4
x 254-28|232-28x4 140
""")
_TRAIN_FEED_FORWARD = _rows("t 26..122/32   u 232..148/-28")
_TRAIN_ATTENTION_5 = _rows("t 5..101/32   u 254..170/-28   v 259 229..173/-28")
_TRAIN_BLOCKS = _rows("t 62..126/32   u 202..146/-28")
_EVALUATE_NORM = _rows("t 1+29|21+29x4 117   u 2+29|22+29x4 117   v 2+29|22+29x4 0")
_EVALUATE_FEED_FORWARD = _rows("t 22..109/29")
_EVALUATE_ATTENTION_5 = _rows("t 2..89/29")
_STEP_NORM = _rows("""
t 1 40+35|49+35x4   u 2 41 50 76 85 111 120 146 154   v 2 41 50 76 85 111 120 146 0
""")
_STEP_FEED_FORWARD = _rows("t 41..146/35")
_STEP_ATTENTION_5 = _rows("t 50x2 85 120")


class Gpt:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "gpt"
    FINGERPRINT = "7330b3dda2f981fe"
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
        self.params = _Views(_vector(818944, np.float32), _shapes(_PARAMS))
        self.grads = _Views(_vector(818944, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(818944, np.float32), self.params.shapes)
        self.squares = _Views(_vector(818944, np.float32), self.params.shapes)
        self.state = SimpleNamespace(**_zeros(np.int64, _STATES_INT64))
        self.params.norm = _parts(self.params, _before(self.params.shapes, "_beta"))
        self.params.feed_forward = _parts(
            self.params,
            _before(self.params.shapes, "_up_W"),
        )
        self.params.attention_5 = _parts(
            self.params,
            _before(self.params.shapes, "_W_o"),
        )
        places = _series("gpt_blocks_#", "2..4")
        self.params.blocks = _parts(self.params, places)
        _join(self.params.blocks, self.params.norm, _BLOCKS_NORM)
        _join(self.params.blocks, self.params.attention_5, _BLOCKS_ATTENTION_5)
        self.grads.blocks = _parts(self.grads, places)
        self._arena = np.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._evaluate = {}  # buffers by the arguments' shapes
        self._step = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        noise = rng.standard_normal((100, 128), dtype=np.float32)
        p.gpt_characters_W[...] = noise * 0.02
        gpt_blocks_1_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_1_attention_times = gpt_blocks_1_attention_draw * 0.30618623
        gpt_blocks_1_attention_plus = gpt_blocks_1_attention_times + -0.15309311
        gpt_blocks_1_attention_draw_2 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_1_attention_times_2 = gpt_blocks_1_attention_draw_2 * 0.30618623
        gpt_blocks_1_attention_plus_2 = gpt_blocks_1_attention_times_2 + -0.15309311
        gpt_blocks_1_attention_draw_3 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_1_attention_times_3 = gpt_blocks_1_attention_draw_3 * 0.30618623
        gpt_blocks_1_attention_plus_3 = gpt_blocks_1_attention_times_3 + -0.15309311
        gpt_blocks_1_attention_W_qkv = np.concatenate(
            (
                gpt_blocks_1_attention_plus,
                gpt_blocks_1_attention_plus_2,
                gpt_blocks_1_attention_plus_3,
            ),
            axis=1,
        )
        p.gpt_blocks_1_attention_W_qkv[...] = gpt_blocks_1_attention_W_qkv
        gpt_blocks_1_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_1_attention_times = gpt_blocks_1_attention_draw * 0.30618623
        p.gpt_blocks_1_attention_W_o[...] = gpt_blocks_1_attention_times + -0.15309311
        blocks_1_feed_forward_up_draw = rng.random((128, 512), dtype=np.float32)
        blocks_1_feed_forward_up_times = blocks_1_feed_forward_up_draw * 0.19364917
        gpt_blocks_1_feed_forward_up_W = blocks_1_feed_forward_up_times + -0.09682459
        p.gpt_blocks_1_feed_forward_up_W[...] = gpt_blocks_1_feed_forward_up_W
        feed_forward_down_draw = rng.random((512, 128), dtype=np.float32)
        feed_forward_down_times = feed_forward_down_draw * 0.19364917
        p.gpt_blocks_1_feed_forward_down_W[...] = feed_forward_down_times + -0.09682459
        gpt_blocks_2_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_2_attention_times = gpt_blocks_2_attention_draw * 0.30618623
        gpt_blocks_2_attention_plus = gpt_blocks_2_attention_times + -0.15309311
        gpt_blocks_2_attention_draw_2 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_2_attention_times_2 = gpt_blocks_2_attention_draw_2 * 0.30618623
        gpt_blocks_2_attention_plus_2 = gpt_blocks_2_attention_times_2 + -0.15309311
        gpt_blocks_2_attention_draw_3 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_2_attention_times_3 = gpt_blocks_2_attention_draw_3 * 0.30618623
        gpt_blocks_2_attention_plus_3 = gpt_blocks_2_attention_times_3 + -0.15309311
        gpt_blocks_2_attention_W_qkv = np.concatenate(
            (
                gpt_blocks_2_attention_plus,
                gpt_blocks_2_attention_plus_2,
                gpt_blocks_2_attention_plus_3,
            ),
            axis=1,
        )
        p.gpt_blocks_2_attention_W_qkv[...] = gpt_blocks_2_attention_W_qkv
        gpt_blocks_2_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_2_attention_times = gpt_blocks_2_attention_draw * 0.30618623
        p.gpt_blocks_2_attention_W_o[...] = gpt_blocks_2_attention_times + -0.15309311
        blocks_2_feed_forward_up_draw = rng.random((128, 512), dtype=np.float32)
        blocks_2_feed_forward_up_times = blocks_2_feed_forward_up_draw * 0.19364917
        gpt_blocks_2_feed_forward_up_W = blocks_2_feed_forward_up_times + -0.09682459
        p.gpt_blocks_2_feed_forward_up_W[...] = gpt_blocks_2_feed_forward_up_W
        feed_forward_down_draw = rng.random((512, 128), dtype=np.float32)
        feed_forward_down_times = feed_forward_down_draw * 0.19364917
        p.gpt_blocks_2_feed_forward_down_W[...] = feed_forward_down_times + -0.09682459
        gpt_blocks_3_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_3_attention_times = gpt_blocks_3_attention_draw * 0.30618623
        gpt_blocks_3_attention_plus = gpt_blocks_3_attention_times + -0.15309311
        gpt_blocks_3_attention_draw_2 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_3_attention_times_2 = gpt_blocks_3_attention_draw_2 * 0.30618623
        gpt_blocks_3_attention_plus_2 = gpt_blocks_3_attention_times_2 + -0.15309311
        gpt_blocks_3_attention_draw_3 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_3_attention_times_3 = gpt_blocks_3_attention_draw_3 * 0.30618623
        gpt_blocks_3_attention_plus_3 = gpt_blocks_3_attention_times_3 + -0.15309311
        gpt_blocks_3_attention_W_qkv = np.concatenate(
            (
                gpt_blocks_3_attention_plus,
                gpt_blocks_3_attention_plus_2,
                gpt_blocks_3_attention_plus_3,
            ),
            axis=1,
        )
        p.gpt_blocks_3_attention_W_qkv[...] = gpt_blocks_3_attention_W_qkv
        gpt_blocks_3_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_3_attention_times = gpt_blocks_3_attention_draw * 0.30618623
        p.gpt_blocks_3_attention_W_o[...] = gpt_blocks_3_attention_times + -0.15309311
        blocks_3_feed_forward_up_draw = rng.random((128, 512), dtype=np.float32)
        blocks_3_feed_forward_up_times = blocks_3_feed_forward_up_draw * 0.19364917
        gpt_blocks_3_feed_forward_up_W = blocks_3_feed_forward_up_times + -0.09682459
        p.gpt_blocks_3_feed_forward_up_W[...] = gpt_blocks_3_feed_forward_up_W
        feed_forward_down_draw = rng.random((512, 128), dtype=np.float32)
        feed_forward_down_times = feed_forward_down_draw * 0.19364917
        p.gpt_blocks_3_feed_forward_down_W[...] = feed_forward_down_times + -0.09682459
        gpt_blocks_4_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_4_attention_times = gpt_blocks_4_attention_draw * 0.30618623
        gpt_blocks_4_attention_plus = gpt_blocks_4_attention_times + -0.15309311
        gpt_blocks_4_attention_draw_2 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_4_attention_times_2 = gpt_blocks_4_attention_draw_2 * 0.30618623
        gpt_blocks_4_attention_plus_2 = gpt_blocks_4_attention_times_2 + -0.15309311
        gpt_blocks_4_attention_draw_3 = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_4_attention_times_3 = gpt_blocks_4_attention_draw_3 * 0.30618623
        gpt_blocks_4_attention_plus_3 = gpt_blocks_4_attention_times_3 + -0.15309311
        gpt_blocks_4_attention_W_qkv = np.concatenate(
            (
                gpt_blocks_4_attention_plus,
                gpt_blocks_4_attention_plus_2,
                gpt_blocks_4_attention_plus_3,
            ),
            axis=1,
        )
        p.gpt_blocks_4_attention_W_qkv[...] = gpt_blocks_4_attention_W_qkv
        gpt_blocks_4_attention_draw = rng.random((128, 128), dtype=np.float32)
        gpt_blocks_4_attention_times = gpt_blocks_4_attention_draw * 0.30618623
        p.gpt_blocks_4_attention_W_o[...] = gpt_blocks_4_attention_times + -0.15309311
        blocks_4_feed_forward_up_draw = rng.random((128, 512), dtype=np.float32)
        blocks_4_feed_forward_up_times = blocks_4_feed_forward_up_draw * 0.19364917
        gpt_blocks_4_feed_forward_up_W = blocks_4_feed_forward_up_times + -0.09682459
        p.gpt_blocks_4_feed_forward_up_W[...] = gpt_blocks_4_feed_forward_up_W
        feed_forward_down_draw = rng.random((512, 128), dtype=np.float32)
        feed_forward_down_times = feed_forward_down_draw * 0.19364917
        p.gpt_blocks_4_feed_forward_down_W[...] = feed_forward_down_times + -0.09682459
        gpt_scores_noise = rng.standard_normal((128, 100), dtype=np.float32)
        p.gpt_scores_W[...] = gpt_scores_noise * 0.02
        for name in _ending(p.shapes, "_gamma"):
            array = getattr(p, name)
            array[...] = 1.0

    def train(self, x, y):
        """Returns loss; changes gpt, adamw.

        x: int64 (N, T)
        y: int64 (N, T)
        """
        s, loss = self._train_backward_in_parts(x, y)
        self._train_update(s)
        return {"loss": loss}

    def _train_backward_in_parts(self, x, y):
        """_train_backward, by a process for each part of N if that is large.

        Parts need nothing of each other before they are done.
        The gradients are the means of those of the parts.
        Returns the buffers of the first part, and the results.
        """
        return _in_parts(
            self,
            type(self)._train_slots,
            type(self)._train_backward,
            [x, y],
            axes=[0, 0],
            joins=["mean", "mean"],
            least=8,
            keeps=["params"],
        )

    def _train_backward(self, s, x, y):
        """Forward and backward: the results; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # gpt.characters: characters = W[x]                      (N, T, 128)   gpt.py:38
        np.take(p.gpt_characters_W, x, axis=0, out=s.characters, mode="clip")

        # gpt.blocks_1.norm_1                                                  gpt.py:40
        self._norm_forward(s.norm[0], p.norm[0])

        # gpt.blocks_1.attention                                               gpt.py:40
        self._attention_5_forward(s.attention_5[0], p.attention_5[0])

        # gpt.blocks_1: blocks_1 = characters + attention        (N, T, 128)   gpt.py:40
        np.add(s.characters, s.attention, out=s.blocks_1)

        # gpt.blocks_1.norm_2                                                  gpt.py:40
        self._norm_forward(s.norm[1], p.norm[1])

        # gpt.blocks_1.feed_forward                                            gpt.py:40
        self._feed_forward_forward(s.feed_forward[0], p.feed_forward[0])

        # gpt.blocks_1: blocks_1 = characters + attention + h2   (N, T, 128)   gpt.py:40
        np.add(s.blocks_1, s.h2, out=s.blocks_1)

        # gpt.blocks_2.norm_1                                                  gpt.py:40
        self._norm_forward(s.norm[2], p.norm[2])

        # gpt.blocks_2.attention                                               gpt.py:40
        self._attention_5_forward(s.attention_5[1], p.attention_5[1])

        # gpt.blocks_2: blocks_2 = blocks_1 + attention_2        (N, T, 128)   gpt.py:40
        np.add(s.blocks_1, s.attention_2, out=s.blocks_2)

        # gpt.blocks_2.norm_2                                                  gpt.py:40
        self._norm_forward(s.norm[3], p.norm[3])

        # gpt.blocks_2.feed_forward                                            gpt.py:40
        self._feed_forward_forward(s.feed_forward[1], p.feed_forward[1])

        # gpt.blocks_2: blocks_2 = blocks_1 + attention_2 + h4   (N, T, 128)   gpt.py:40
        np.add(s.blocks_2, s.h4, out=s.blocks_2)

        # gpt.blocks_3.norm_1                                                  gpt.py:40
        self._norm_forward(s.norm[4], p.norm[4])

        # gpt.blocks_3.attention                                               gpt.py:40
        self._attention_5_forward(s.attention_5[2], p.attention_5[2])

        # gpt.blocks_3: blocks_3 = blocks_2 + attention_3        (N, T, 128)   gpt.py:40
        np.add(s.blocks_2, s.attention_3, out=s.blocks_3)

        # gpt.blocks_3.norm_2                                                  gpt.py:40
        self._norm_forward(s.norm[5], p.norm[5])

        # gpt.blocks_3.feed_forward                                            gpt.py:40
        self._feed_forward_forward(s.feed_forward[2], p.feed_forward[2])

        # gpt.blocks_3: blocks_3 = blocks_2 + attention_3 + h6   (N, T, 128)   gpt.py:40
        np.add(s.blocks_3, s.h6, out=s.blocks_3)

        # gpt.blocks_4.norm_1                                                  gpt.py:40
        self._norm_forward(s.norm[6], p.norm[6])

        # gpt.blocks_4.attention                                               gpt.py:40
        self._attention_5_forward(s.attention_5[3], p.attention_5[3])

        # gpt.blocks_4: blocks_4 = blocks_3 + attention_4        (N, T, 128)   gpt.py:40
        np.add(s.blocks_3, s.attention_4, out=s.blocks_4)

        # gpt.blocks_4.norm_2                                                  gpt.py:40
        self._norm_forward(s.norm[7], p.norm[7])

        # gpt.blocks_4.feed_forward                                            gpt.py:40
        self._feed_forward_forward(s.feed_forward[3], p.feed_forward[3])

        # gpt.blocks_4: blocks_4 = blocks_3 + attention_4 + h8   (N, T, 128)   gpt.py:40
        np.add(s.blocks_4, s.h8, out=s.blocks_4)

        # gpt.norm                                                             gpt.py:51
        self._norm_forward(s.norm[8], p.norm[8])

        # gpt.scores: blocks_4_norm_rows_product = blocks_4_norm W    (N * T, 100)   :52
        np.dot(s.blocks_4_norm_rows, p.gpt_scores_W, out=s.blocks_4_norm_rows_product)

        # softmax_cross_entropy                                                gpt.py:67
        # loss = mean(-log_softmax(logits)[y])                                      ()
        # logits_exp = exp(logits_minus_max)                               (N, T, 100)
        # logits_row_sum = sum over 100 of logits_reshape                     (N * T,)
        # y_position = row_starts_2 + reshape(y, (N * T,))                    (N * T,)
        _row_max(s.logits, s.logits_max_starts, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        np.dot(s.logits_reshape, s.ones_3, out=s.logits_row_sum)
        np.log(s.logits_reshape_2, out=s.logits_log)
        y_reshape = y.reshape(s.n * s.t)
        np.add(y_reshape, s.row_starts_2, out=s.y_position)
        np.take(s.logits_minus_max, s.y_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape_3, s.logits_reshape_4, out=s.logits_minus)
        s.logits_minus.sum(out=s.loss)
        np.divide(s.loss, s.n * s.t, out=s.loss)

        # ---- backward ----------------------------------------------------------------
        # softmax_cross_entropy                                                gpt.py:67
        # d_logits = (softmax(logits) - onehot(y)) / (N * T)               (N, T, 100)
        np.divide(s.logits_exp, s.logits_reshape_2, out=s.d_logits)
        _add_elements(s.d_logits, s.y_position, s.minus_ones)
        np.divide(s.d_logits, s.n * s.t, out=s.d_logits)

        # gpt.scores                                                           gpt.py:52
        # d_W = blocks_4_norm^T d_logits                                    (128, 100)
        # d_logits_rows_product = d_logits W^T                            (N * T, 128)
        np.dot(s.blocks_4_norm_rows.T, s.d_logits_rows, out=d.gpt_scores_W)
        np.dot(s.d_logits_rows, p.gpt_scores_W.T, out=s.d_logits_rows_product)

        # gpt.norm                                                             gpt.py:51
        # d_beta = sum over N * T of d_logits gpt.scores.W^T                    (128,)
        # d_gamma = sum over N * T of d_logits gpt.scores.W^T * blocks_4_hat    (128,)
        # d_blocks_4_hat = d_logits gpt.scores.W^T * gamma                 (N, T, 128)
        # d_blocks_4                                                       (N, T, 128)
        np.dot(s.ones_4, s.d_blocks_4_norm_reshape, out=d.gpt_norm_beta)
        np.multiply(s.d_blocks_4_norm, s.blocks_4_hat, out=s.d_blocks_4_norm_times)
        np.dot(s.ones_4, s.d_blocks_4_norm_reshape_2, out=d.gpt_norm_gamma)
        np.multiply(s.d_blocks_4_norm, p.gpt_norm_gamma, out=s.d_blocks_4_hat)
        np.dot(s.d_blocks_4_hat_reshape, s.ones, out=s.d_blocks_4_hat_row_sum)
        np.divide(s.d_blocks_4_hat_over, 128.0, out=s.d_blocks_4_hat_over)
        np.subtract(s.d_blocks_4_hat, s.d_blocks_4_hat_over, out=s.d_blocks_4)
        np.multiply(s.d_blocks_4_hat, s.blocks_4_hat, out=s.d_blocks_4_hat_times)
        np.dot(s.d_blocks_4_hat_reshape, s.ones, out=s.d_blocks_4_hat_row_sum_2)
        np.divide(s.d_blocks_4_hat_over_2, 128.0, out=s.d_blocks_4_hat_over_2)
        np.multiply(s.blocks_4_hat, s.d_blocks_4_hat_over_2, out=s.blocks_4_hat_times)
        np.subtract(s.d_blocks_4, s.blocks_4_hat_times, out=s.d_blocks_4)
        np.multiply(s.blocks_4_inv_std, s.d_blocks_4, out=s.d_blocks_4)

        # gpt.blocks_4 to gpt.blocks_2                                         gpt.py:40
        for k in reversed(range(3)):
            self._blocks_backward(s.blocks[k], p.blocks[k], d.blocks[k])

        # gpt.blocks_1.feed_forward.down                                       gpt.py:40
        # d_blocks_1_rows_product = d_blocks_1 W^T                        (N * T, 512)
        np.dot(
            s.d_blocks_1_rows,
            p.gpt_blocks_1_feed_forward_down_W.T,
            out=s.d_blocks_1_rows_product,
        )

        # gpt.blocks_1.feed_forward.up                                         gpt.py:40
        # d_z1 = d_h1 * z1_slope                                           (N, T, 512)
        # d_z1_rows_product = d_z1 W^T                                    (N * T, 128)
        np.multiply(s.d_h1, s.z1_slope, out=s.d_z1)
        np.dot(s.d_z1_rows, p.gpt_blocks_1_feed_forward_up_W.T, out=s.d_z1_rows_product)

        # gpt.blocks_1.norm_2                                                  gpt.py:40
        # d_beta = sum over N * T of d_z1 gpt.blocks_1.feed_forward.up.W^T      (128,)
        # d_gamma = sum over N * T of d_norm_2_4 * blocks_1_times               (128,)
        np.dot(s.ones_4, s.d_norm_2_reshape_7, out=d.gpt_blocks_1_norm_2_beta)
        np.multiply(s.d_norm_2_4, s.blocks_1_times, out=s.d_norm_2_times_7)
        np.dot(s.ones_4, s.d_norm_2_reshape_8, out=d.gpt_blocks_1_norm_2_gamma)

        # gpt.blocks_1.feed_forward.down                                       gpt.py:40
        # d_b = sum over N * T of d_blocks_1                                    (128,)
        # d_W = h1^T d_blocks_1                                             (512, 128)
        np.dot(s.ones_4, s.d_blocks_1_rows, out=d.gpt_blocks_1_feed_forward_down_b)
        np.dot(s.h1_rows.T, s.d_blocks_1_rows, out=d.gpt_blocks_1_feed_forward_down_W)

        # gpt.blocks_1.feed_forward.up                                         gpt.py:40
        # d_b = sum over N * T of d_z1                                          (512,)
        # d_W = norm_2^T d_z1                                               (128, 512)
        np.dot(s.ones_4, s.d_z1_rows, out=d.gpt_blocks_1_feed_forward_up_b)
        np.dot(s.norm_2_rows.T, s.d_z1_rows, out=d.gpt_blocks_1_feed_forward_up_W)

        # gpt.blocks_1.norm_2                                                  gpt.py:40
        self._norm_backward(s.norm[1], p.norm[1])

        # gpt.blocks_1.attention                                               gpt.py:40
        self._attention_5_backward(s.attention_5[0], p.attention_5[0])

        # gpt.blocks_1.norm_1                                                  gpt.py:40
        # d_beta = sum over N * T of d_qkv gpt.blocks_1.attention.W_qkv^T       (128,)
        # d_gamma = sum over N * T of d_characters_norm_times                   (128,)
        np.dot(s.ones_4, s.d_characters_norm_reshape, out=d.gpt_blocks_1_norm_1_beta)
        np.multiply(
            s.d_characters_norm,
            s.characters_hat,
            out=s.d_characters_norm_times,
        )
        np.dot(s.ones_4, s.d_characters_norm_reshape_2, out=d.gpt_blocks_1_norm_1_gamma)

        # gpt.blocks_1.attention                                               gpt.py:40
        # d_b_o = sum over N * T of d_attention                                 (128,)
        # d_W_o = reshape(attended_copy, (N * T, 128))^T d_attention        (128, 128)
        # d_b_qkv = sum over N * T of reshape(d_q_concat_4, (N, T, 384))        (384,)
        # d_W_qkv = characters_norm^T reshape(d_q_concat_4, (N * T, 384))   (128, 384)
        np.dot(s.ones_4, s.d_attention_rows, out=d.gpt_blocks_1_attention_b_o)
        np.dot(s.heads_rows.T, s.d_attention_rows, out=d.gpt_blocks_1_attention_W_o)
        np.dot(s.ones_4, s.d_qkv_reshape_4, out=d.gpt_blocks_1_attention_b_qkv)
        np.dot(
            s.characters_norm_rows.T,
            s.d_qkv_rows_4,
            out=d.gpt_blocks_1_attention_W_qkv,
        )
        x_reshape = x.reshape(s.n * s.t, 1)

        # gpt.characters                                                       gpt.py:38
        # x_plus_position = iota_6 + reshape(x, (N * T, 1)) * 128         (N * T, 128)
        np.multiply(x_reshape, 128, out=s.x_position)
        np.add(s.iota_6, s.x_position, out=s.x_plus_position)

        # gpt.blocks_1.norm_1                                                  gpt.py:40
        self._norm_backward(s.norm[0], p.norm[0])

        # gpt.characters: d_W = scatter_add(0, x, d_characters)   (100, 128)   gpt.py:38
        d.gpt_characters_W.fill(0)
        _add_elements(d.gpt_characters_W, s.x_plus_position, s.d_characters_reshape)

        return s.loss[()]

    def _train_update(self, s):
        """Change the states by the gradients."""
        p, d = self.params, self.grads
        adamw_step = int(self.state.adamw_step)
        # ---- update ------------------------------------------------------------------
        # adamw: momentum and squares are without the factor 1 - beta          gpt.py:70
        # gradient_norm = sqrt(sum of squares of grads)                             ()
        # clip_scale = minimum(1 / (gradient_norm + 1e-06), 1)                      ()
        # momentum' = 0.9 * momentum + grads * clip_scale                    (812032,)
        # squares' = 0.999 * squares + square(grads * clip_scale)            (812032,)
        # params' = (1 - learning_rate * 0.1) * params                       (812032,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        # momentum' = 0.9 * momentum + grads * clip_scale                      (6912,)
        # squares' = 0.999 * squares + square(grads * clip_scale)              (6912,)
        # params' = params                                                     (6912,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        new_adamw_step = adamw_step + 1
        adamw_step_cast = adamw_step
        adamw_step_times_minimum = 3.1415927 * min(adamw_step_cast / 449.0, 1.0)
        adamw_step_minus_cos = 1.0 - math.cos(adamw_step_times_minimum)
        rise = 8e-05 + adamw_step_minus_cos * 0.00096
        adamw_step_minimum_2 = min((adamw_step_cast - 449.0) / 1050.0, 1.0)
        adamw_step_cos_2 = math.cos(3.1415927 * adamw_step_minimum_2)
        adamw_step_times_3 = (1.0 - adamw_step_cos_2) * -0.000999996
        fall = 0.002 + adamw_step_times_3
        learning_rate = rise if (adamw_step_cast <= 449.0) else fall
        t_2 = adamw_step_cast + 1.0
        c = math.sqrt((1.0 - 0.999**t_2) / 0.001)
        alpha_t = learning_rate * c * (0.1 / (1.0 - 0.9**t_2))
        with _Whole():  # no interruption may leave this half done
            for params, momentum in s.adamw_blocks_1:
                np.multiply(1.0 - learning_rate * 0.1, params, out=params)
                np.multiply(0.9, momentum, out=momentum)
            np.dot(d.flat, d.flat, out=s.gradient_norm)
            np.sqrt(s.gradient_norm, out=s.gradient_norm)
            np.add(s.gradient_norm, 1e-06, out=s.clip_scale)
            np.divide(1.0, s.clip_scale, out=s.clip_scale)
            np.clip(s.clip_scale, -np.inf, 1.0, out=s.clip_scale)
            epsilon_t = 1e-08 * c
            for grads, scratch, momentum, squares, params in s.adamw_blocks_2:
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
            np.multiply(
                0.9,
                self.momentum.flat[812032:818944],
                out=self.momentum.flat[812032:818944],
            )
            np.multiply(d.flat[812032:818944], s.clip_scale, out=s.grads_times_2)
            np.add(
                self.momentum.flat[812032:818944],
                s.grads_times_2,
                out=self.momentum.flat[812032:818944],
            )
            np.multiply(
                0.999,
                self.squares.flat[812032:818944],
                out=self.squares.flat[812032:818944],
            )
            np.square(s.grads_times_2, out=s.grads_square_2)
            np.add(
                self.squares.flat[812032:818944],
                s.grads_square_2,
                out=self.squares.flat[812032:818944],
            )
            np.sqrt(self.squares.flat[812032:818944], out=s.new_squares_sqrt_2)
            np.add(s.new_squares_sqrt_2, epsilon_t, out=s.new_squares_plus_2)
            np.divide(
                self.momentum.flat[812032:818944],
                s.new_squares_plus_2,
                out=s.new_momentum_over_2,
            )
            np.multiply(alpha_t, s.new_momentum_over_2, out=s.alpha_t_times_2)
            np.subtract(
                p.flat[812032:818944],
                s.alpha_t_times_2,
                out=p.flat[812032:818944],
            )
            self.state.adamw_step[...] = new_adamw_step

    def _train_slots(self, x, y):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._train[x.dtype, x.shape, y.dtype, y.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_train(x, y)
        _check_range("x", x, 100)
        _check_range("y", y, 100)
        return s

    def _plan_train(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        p, d = self.params, self.grads
        sizes = {}
        _check("x", x, np.int64, ("N", "T"), sizes)
        _check("y", y, np.int64, ("N", "T"), sizes)
        n = sizes["N"]
        t = sizes["T"]
        s = SimpleNamespace(n=n, t=t)
        float32 = _buffers(np.float32)
        int64 = _buffers(np.int64)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.characters = s.blocks_1 = s.blocks_2 = float32(0, 145, (n, t, 128))
        s.characters_hat = float32(2, 259, (n, t, 128))
        s.characters_norm = float32(5, 254, (n, t, 128))
        s.attended_copy = float32(20, 254, (n, t, 4, 32))
        s.attention = float32(21, 21, (n, t, 128))
        s.blocks_1_times = float32(23, 235, (n, t, 128))
        s.norm_2 = float32(26, 232, (n, t, 128))
        s.h1 = float32(27, 232, (n, t, 512))
        s.z1_slope = float32(30, 230, (n, t, 512))
        s.h2 = float32(32, 32, (n, t, 128))
        s.attention_2 = float32(53, 53, (n, t, 128))
        s.h4 = float32(64, 64, (n, t, 128))
        s.attention_3 = float32(85, 85, (n, t, 128))
        s.blocks_3 = s.characters
        s.h6 = float32(96, 96, (n, t, 128))
        s.attention_4 = float32(117, 117, (n, t, 128))
        s.blocks_4 = s.characters
        s.h8 = float32(128, 128, (n, t, 128))
        s.blocks_4_hat = s.characters
        s.blocks_4_inv_std = float32(131, 145, (n, t, 1))
        s.blocks_4_norm = float32(132, 140, (n, t, 128))
        s.logits_minus_max = s.logits = float32(133, 139, (n, t, 100))
        s.logits_max = float32(134, 134, (n, t, 1))
        s.logits_exp = s.d_logits = float32(135, 141, (n, t, 100))
        s.logits_row_sum = float32(136, 140, (n * t,))
        s.logits_minus = s.logits_reshape_3 = float32(137, 140, (n, t))
        s.y_position = int64(138, 140, (n * t,))
        s.logits_take = float32(139, 139, (n * t,))
        s.loss = float32(140, 259, ())
        s.d_blocks_4_hat = s.d_blocks_4_norm = float32(141, 145, (n, t, 128))
        s.d_blocks_4_norm_times = float32(142, 142, (n, t, 128))
        s.d_blocks_4_hat_over = float32(143, 144, (n, t, 1))
        s.d_blocks_4 = s.d_attention = s.d_blocks_1 = float32(144, 259, (n, t, 128))
        s.d_blocks_4_hat_times = s.d_blocks_4_hat
        s.d_blocks_4_hat_over_2 = float32(145, 145, (n, t, 1))
        s.blocks_4_hat_times = s.characters
        s.d_z1 = s.d_h1 = float32(230, 232, (n, t, 512))
        s.d_norm_2_times_8 = s.d_norm_2_4 = float32(231, 235, (n, t, 128))
        s.d_norm_2_times_7 = float32(232, 232, (n, t, 128))
        s.d_q_concat_4 = float32(252, 254, (n, t, 12, 32))
        s.d_characters_norm = float32(253, 259, (n, t, 128))
        s.d_characters_norm_times = float32(254, 254, (n, t, 128))
        s.x_position = int64(255, 256, (n * t, 1))
        s.x_plus_position = int64(256, 259, (n * t, 128))
        s.d_characters = s.d_blocks_4
        s.gradient_norm = s.clip_scale = float32(260, 262, ())
        s.grads_times = float32(261, 261, (65536,))
        s.grads_times_2 = s.grads_square_2 = float32(262, 262, (6912,))
        s.new_squares_sqrt_2 = s.new_squares_plus_2 = float32(263, 263, (6912,))
        s.new_momentum_over_2 = s.new_squares_sqrt_2
        s.alpha_t_times_2 = s.new_squares_sqrt_2
        s.norm = [SimpleNamespace() for _ in range(9)]
        for b, at in zip(s.norm, _TRAIN_NORM, strict=True):
            b.blocks = float32(0, 145, (n, t, 128))
            b.blocks_mean = float32(at.t, at.u, (n, t, 1))
            b.blocks_hat = b.blocks_hat_2 = float32(at.v, at.w, (n, t, 128))
            b.blocks_hat_square = float32(at.u + 1, at.u + 2, (n, t, 128))
            b.blocks_var = b.blocks_inv_std = float32(at.u + 2, at.w, (n, t, 1))
            b.blocks_inv_std_2 = b.blocks_var
            b.blocks_inv_std_3 = b.blocks_var
            b.blocks_norm = float32(at.u + 3, at.x, (n, t, 128))
        for k_5 in range(8):
            b, at = s.norm[k_5], _TRAIN_NORM[k_5]
            b.blocks_times = float32(at.t + 1, at.w, (n, t, 128))
            b.blocks_times_2 = b.d_2_minus_over = float32(at.w - 1, at.w, (n, t, 128))
            b.d_2 = b.d_2_times = b.d_2_2 = float32(at.x - 1, at.w, (n, t, 128))
            b.d_2_over = float32(at.w - 2, at.w - 1, (n, t, 1))
            b.d_2_times_2 = b.d_2
            b.d_2_over_2 = float32(at.w, at.w, (n, t, 1))
            b.d_2_minus = b.blocks_times_2
            b.d_blocks = b.d_attention = float32(144, 259, (n, t, 128))
        s.feed_forward = [SimpleNamespace() for _ in range(4)]
        for b, at in zip(s.feed_forward, _TRAIN_FEED_FORWARD, strict=True):
            b.norm_2 = float32(at.t, at.u, (n, t, 128))
            b.z = b.h1 = float32(at.t + 1, at.u, (n, t, 512))
            b.z_clip = b.z_times_plus_2 = float32(at.t + 2, at.t + 5, (n, t, 512))
            b.z_square = b.z_times_square_2 = float32(at.t + 3, at.t + 5, (n, t, 512))
            b.z_times_square = b.z_plus = float32(at.t + 4, at.u - 2, (n, t, 512))
            b.z_times_plus = b.z_times_square
            b.z_exp = b.z_times_square
            b.z_plus_exp = float32(at.t + 5, at.t + 5, (n, t, 512))
            b.z_over_plus_exp = b.z_times_square
            b.z_plus_2 = b.z_square
            b.z_over_plus_exp_2 = b.z_clip
            b.z_plus_3 = b.z_clip
            b.z_slope = b.z_times_square
            b.h2 = float32(at.t + 6, at.t + 6, (n, t, 128))
        s.attention_5 = [SimpleNamespace() for _ in range(4)]
        for b, at in zip(s.attention_5, _TRAIN_ATTENTION_5, strict=True):
            b.blocks_norm = float32(at.t, at.u, (n, t, 128))
            b.qkv = float32(at.t + 1, at.u - 17, (n, t, 384))
            b.q_times = float32(at.t + 2, at.t + 4, (n, 4, t, 16))
            b.q_times_2 = float32(at.t + 3, at.t + 4, (n, 4, t, 16))
            b.q_concat = b.q_times_5 = float32(at.t + 4, at.u - 8, (n, 4, t, 32))
            b.q_times_3 = float32(at.t + 5, at.t + 6, (n, 4, t, 16))
            b.q_times_4 = float32(at.t + 6, at.t + 6, (n, 4, t, 16))
            b.k_times = float32(at.t + 7, at.t + 9, (n, 4, t, 16))
            b.k_times_2 = float32(at.t + 8, at.t + 9, (n, 4, t, 16))
            b.k_concat = float32(at.t + 9, at.u - 14, (n, 4, t, 32))
            b.k_times_3 = float32(at.t + 10, at.t + 11, (n, 4, t, 16))
            b.k_times_4 = float32(at.t + 11, at.t + 11, (n, 4, t, 16))
            b.scores = b.weights = float32(at.t + 12, at.u - 2, (n, 4, t, t))
            b.weights_max = float32(at.t + 13, at.t + 13, (n, 4, t, 1))
            b.weights_row_sum = float32(at.t + 14, at.t + 14, (4 * n * t,))
            b.attended_copy = float32(at.t + 15, at.u, (n, t, 4, 32))
            b.attention = float32(at.t + 16, at.t + 16, (n, t, 128))
            b.q_product = float32(at.u - 8, at.u - 3, (n, 4, 32, t))
            b.q_times_6 = float32(at.u - 7, at.u - 5, (n, 4, t, 16))
            b.q_times_7 = float32(at.u - 6, at.u - 5, (n, 4, t, 16))
            b.q_times_8 = float32(at.u - 4, at.u - 3, (n, 4, t, 16))
            b.q_negative = b.q_times_9 = float32(at.u - 3, at.u - 3, (n, 4, t, 16))
            b.d_rows_product = float32(at.u - 18, at.u - 2, (n * t, 128))
            b.d_weights = b.d_scores = float32(at.u - 17, at.u - 8, (n, 4, t, t))
            b.d_weights_times = float32(at.u - 16, at.u - 15, (n, 4, t, t))
            b.d_weights_row_sum = float32(at.u - 15, at.u - 15, (4 * n * t,))
            b.d_scores_product = float32(at.u - 14, at.u - 9, (n, 4, t, 32))
            b.d_scores_times = b.d_scores_product
            b.d_scores_times_2 = float32(at.u - 13, at.u - 11, (n, 4, t, 16))
            b.d_scores_times_3 = float32(at.u - 12, at.u - 11, (n, 4, t, 16))
            b.d_q = float32(at.u - 11, at.u - 2, (n, 4, t, 32))
            b.d_scores_times_4 = float32(at.u - 10, at.u - 9, (n, 4, t, 16))
            b.d_scores_negative = float32(at.u - 9, at.u - 9, (n, 4, t, 16))
            b.d_scores_times_5 = b.d_scores_negative
            b.d_k = float32(at.u - 5, at.u - 2, (n, 4, t, 32))
            b.d_q_concat = float32(at.u - 2, at.u, (n, t, 12, 32))
            b.d_blocks_hat = float32(at.u - 1, at.v, (n, t, 128))
        s.blocks = [SimpleNamespace() for _ in range(3)]
        for b, at in zip(s.blocks, _TRAIN_BLOCKS, strict=True):
            b.z_slope = float32(at.t, at.u, (n, t, 512))
            b.h = float32(at.t - 3, at.u + 2, (n, t, 512))
            b.norm_2_2 = float32(at.t - 4, at.u + 2, (n, t, 128))
            b.d_blocks = float32(144, 259, (n, t, 128))
            b.d_z = b.d_h = float32(at.u, at.u + 2, (n, t, 512))
            b.d_norm_2_times_2 = float32(at.u + 1, at.u + 5, (n, t, 128))
            b.d_norm_2_times = float32(at.u + 2, at.u + 2, (n, t, 128))
            b.d_norm = float32(at.u + 23, at.u + 27, (n, t, 128))
            b.d_norm_times = float32(at.u + 24, at.u + 24, (n, t, 128))
            b.d_q_concat = float32(at.u + 22, at.u + 24, (n, t, 12, 32))
        self._lay_out(s)
        self._plan_common(s, n, t)
        s.characters_norm_rows = s.characters_norm.reshape(n * t, 128)
        s.heads_rows = s.attended_copy.reshape(n * t, 128)
        s.norm_2_rows = s.norm_2.reshape(n * t, 128)
        s.h1_rows = s.h1.reshape(n * t, 512)
        s.logits_reshape_2 = s.logits_row_sum.reshape(n, t, 1)
        s.logits_log = s.logits_minus.reshape(n, t, 1)
        s.logits_reshape_4 = s.logits_take.reshape(n, t)
        s.minus_ones = np.full((n * t,), -1.0, dtype=np.float32)
        s.d_logits_rows = s.d_logits.reshape(n * t, 100)
        s.d_logits_rows_product = s.d_blocks_4_hat.reshape(n * t, 128)
        s.d_blocks_4_norm_reshape = s.d_blocks_4_norm.reshape(n * t, 128)
        s.ones_4 = np.ones((n * t,), dtype=np.float32)
        s.d_blocks_4_norm_reshape_2 = s.d_blocks_4_norm_times.reshape(n * t, 128)
        s.d_blocks_4_hat_reshape = s.d_blocks_4_hat.reshape(n * t, 128)
        s.d_blocks_4_hat_row_sum = s.d_blocks_4_hat_over.reshape(n * t)
        s.d_blocks_4_hat_row_sum_2 = s.d_blocks_4_hat_over_2.reshape(n * t)
        s.d_attention_rows = s.d_attention.reshape(n * t, 128)
        s.d_blocks_1_rows = s.d_blocks_1.reshape(n * t, 128)
        s.d_blocks_1_rows_product = s.d_z1.reshape(n * t, 512)
        s.d_z1_rows = s.d_z1.reshape(n * t, 512)
        s.d_z1_rows_product = s.d_norm_2_times_8.reshape(n * t, 128)
        s.d_norm_2_reshape_7 = s.d_norm_2_4.reshape(n * t, 128)
        s.d_norm_2_reshape_8 = s.d_norm_2_times_7.reshape(n * t, 128)
        s.d_qkv_rows_4 = s.d_q_concat_4.reshape(n * t, 384)
        s.d_characters_norm_reshape = s.d_characters_norm.reshape(n * t, 128)
        s.d_characters_norm_reshape_2 = s.d_characters_norm_times.reshape(n * t, 128)
        s.d_qkv_4 = s.d_q_concat_4.reshape(n, t, 384)
        s.d_qkv_reshape_4 = s.d_qkv_4.reshape(n * t, 384)
        s.iota_6 = np.broadcast_to(np.arange(128, dtype=np.int64), (1, 128))
        s.d_characters_reshape = s.d_characters.reshape(n * t, 128)
        s.adamw_blocks_1 = _blocks(p.flat[0:812032], self.momentum.flat[0:812032])
        s.adamw_blocks_2 = _blocks(
            d.flat[0:812032],
            s.grads_times,
            self.momentum.flat[0:812032],
            self.squares.flat[0:812032],
            p.flat[0:812032],
        )
        for b in s.norm:
            b.ones = s.ones
        for b in s.norm:
            b.blocks_reshape = b.blocks.reshape(n * t, 128)
            b.blocks_row_sum = b.blocks_mean.reshape(n * t)
            b.blocks_hat_reshape = b.blocks_hat_square.reshape(n * t, 128)
            b.blocks_hat_row_sum = b.blocks_var.reshape(n * t)
        for k_5 in range(8):
            b = s.norm[k_5]
            b.d_2_reshape = b.d_2_2.reshape(n * t, 128)
            b.d_2_row_sum = b.d_2_over.reshape(n * t)
            b.d_2_row_sum_2 = b.d_2_over_2.reshape(n * t)
        for b in s.attention_5:
            b.iota_cos = s.iota_cos
            b.iota_sin = s.iota_sin
            b.iota_3_where = s.iota_3_where
            b.ones_2 = s.ones_2
            b.d_attention_rows = s.d_attention_rows
        for b in s.attention_5:
            b.blocks_norm_rows = b.blocks_norm.reshape(n * t, 128)
            b.qkv_rows = b.qkv.reshape(n * t, 384)
            b.qkv_reshape = b.qkv.reshape(n, t, 12, 32)
            b.qkv_slice_2 = b.qkv_reshape[:, :, :4]
            b.q = b.qkv_slice_2.transpose(0, 2, 1, 3)
            b.q_slice = b.q[:, :, :, :16]
            b.q_slice_2 = b.q[:, :, :, 16:]
            b.qkv_slice_3 = b.qkv_reshape[:, :, 4:8]
            b.k = b.qkv_slice_3.transpose(0, 2, 1, 3)
            b.k_slice = b.k[:, :, :, :16]
            b.k_slice_2 = b.k[:, :, :, 16:]
            b.k_transpose = b.k_concat.transpose(0, 1, 3, 2)
            b.weights_max_starts = np.arange(0, 4 * n * t * t, t)
            b.weights_reshape = b.weights.reshape(4 * n * t, t)
            b.weights_reshape_2 = b.weights_row_sum.reshape(n, 4, t, 1)
            b.qkv_slice = b.qkv_reshape[:, :, 8:]
            b.v = b.qkv_slice.transpose(0, 2, 1, 3)
            b.heads_rows = b.attended_copy.reshape(n * t, 128)
            b.rows = b.attention.reshape(n * t, 128)
            b.qkv_transpose = b.qkv_slice.transpose(0, 2, 3, 1)
            b.q_transpose = b.q_times_5.transpose(0, 1, 3, 2)
            b.q_transpose_2 = b.q_product.transpose(0, 1, 3, 2)
            b.q_slice_3 = b.q_transpose_2[:, :, :, 16:]
            b.q_slice_4 = b.q_transpose_2[:, :, :, :16]
            b.weights_transpose = b.weights.transpose(0, 1, 3, 2)
            b.d_rows_reshape = b.d_rows_product.reshape(n, t, 4, 32)
            b.d_attended = b.d_rows_reshape.transpose(0, 2, 1, 3)
            b.d_weights_reshape = b.d_weights_times.reshape(4 * n * t, t)
            b.d_weights_reshape_2 = b.d_weights_row_sum.reshape(n, 4, t, 1)
            b.d_scores_slice = b.d_scores_times[:, :, :, 16:]
            b.d_scores_slice_2 = b.d_scores_times[:, :, :, :16]
            b.d_q_transpose = b.d_q.transpose(0, 2, 1, 3)
            b.d_k_transpose = b.d_k.transpose(0, 2, 1, 3)
            b.d_qkv_rows = b.d_q_concat.reshape(n * t, 384)
            b.d_qkv_rows_product = b.d_blocks_hat.reshape(n * t, 128)
        for b in s.blocks:
            b.ones_4 = s.ones_4
        for b in s.blocks:
            b.h_rows = b.h.reshape(n * t, 512)
            b.norm_2_rows = b.norm_2_2.reshape(n * t, 128)
            b.d_rows = b.d_blocks.reshape(n * t, 128)
            b.d_rows_product = b.d_z.reshape(n * t, 512)
            b.d_z_rows = b.d_z.reshape(n * t, 512)
            b.d_z_rows_product = b.d_norm_2_times_2.reshape(n * t, 128)
            b.d_norm_2_reshape = b.d_norm_2_times.reshape(n * t, 128)
            b.d_norm_reshape = b.d_norm.reshape(n * t, 128)
            b.d_norm_reshape_2 = b.d_norm_times.reshape(n * t, 128)
            b.d_qkv = b.d_q_concat.reshape(n, t, 384)
            b.d_qkv_reshape = b.d_qkv.reshape(n * t, 384)
        _join(s.blocks, s.norm, _BLOCKS_NORM)
        _join(s.blocks, s.attention_5, _BLOCKS_ATTENTION_5)
        self._train[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def _plan_common(self, s, n, t):
        """The views that train and evaluate have alike."""
        s.ones = np.ones((128,), dtype=np.float32)
        s.iota = np.arange(t, dtype=np.int64)
        s.iota_cast = s.iota.astype(np.float32)
        s.iota_reshape = s.iota_cast.reshape(t, 1)
        s.iota_2 = np.arange(16, dtype=np.float32)
        s.row_starts = s.iota_2 * -0.5756463
        s.row_starts_exp = np.exp(s.row_starts)
        s.iota_times = s.iota_reshape * s.row_starts_exp
        s.iota_cos = np.cos(s.iota_times)
        s.iota_sin = np.sin(s.iota_times)
        s.iota_3 = np.broadcast_to(np.arange(t, dtype=np.int64).reshape((t, 1)), (t, 1))
        s.iota_4 = np.broadcast_to(np.arange(t, dtype=np.int64), (1, t))
        s.iota_3_mask = s.iota_3 >= s.iota_4
        s.iota_3_where = np.where(s.iota_3_mask, np.float32(0.0), np.float32(-np.inf))
        s.ones_2 = np.ones((t,), dtype=np.float32)
        s.blocks_4_norm_rows = s.blocks_4_norm.reshape(n * t, 128)
        s.blocks_4_norm_rows_product = s.logits_minus_max.reshape(n * t, 100)
        s.logits_max_starts = np.arange(0, 100 * n * t, 100)
        s.logits_reshape = s.logits_exp.reshape(n * t, 100)
        s.ones_3 = np.ones((100,), dtype=np.float32)
        s.iota_5 = np.arange(n * t, dtype=np.int64)
        s.row_starts_2 = s.iota_5 * 100
        for b in s.feed_forward:
            b.norm_2_rows = b.norm_2.reshape(n * t, 128)
            b.z_rows = b.z.reshape(n * t, 512)
            b.h1_rows = b.h1.reshape(n * t, 512)
            b.h2_rows = b.h2.reshape(n * t, 128)

    def evaluate(self, x, y):
        """Returns loss.

        x: int64 (N, T)
        y: int64 (N, T)
        """
        s = self._evaluate_slots(x, y)
        loss = self._evaluate_body(s, x, y)
        return {"loss": loss}

    def _evaluate_body(self, s, x, y):
        """The computation of evaluate."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # gpt.characters: characters = W[x]                      (N, T, 128)   gpt.py:38
        np.take(p.gpt_characters_W, x, axis=0, out=s.characters, mode="clip")

        # gpt.blocks_1.norm_1                                                  gpt.py:40
        self._norm_forward(s.norm[0], p.norm[0])

        # gpt.blocks_1.attention                                               gpt.py:40
        self._attention_5_forward(s.attention_5[0], p.attention_5[0])

        # gpt.blocks_1: blocks_1 = characters + attention        (N, T, 128)   gpt.py:40
        np.add(s.characters, s.attention, out=s.blocks_1)

        # gpt.blocks_1.norm_2                                                  gpt.py:40
        self._norm_forward(s.norm[1], p.norm[1])

        # gpt.blocks_1.feed_forward                                            gpt.py:40
        self._feed_forward_forward_2(s.feed_forward[0], p.feed_forward[0])

        # gpt.blocks_1: blocks_1 = characters + attention + h2   (N, T, 128)   gpt.py:40
        np.add(s.blocks_1, s.h2, out=s.blocks_1)

        # gpt.blocks_2.norm_1                                                  gpt.py:40
        self._norm_forward(s.norm[2], p.norm[2])

        # gpt.blocks_2.attention                                               gpt.py:40
        self._attention_5_forward(s.attention_5[1], p.attention_5[1])

        # gpt.blocks_2: blocks_2 = blocks_1 + attention_2        (N, T, 128)   gpt.py:40
        np.add(s.blocks_1, s.attention_2, out=s.blocks_2)

        # gpt.blocks_2.norm_2                                                  gpt.py:40
        self._norm_forward(s.norm[3], p.norm[3])

        # gpt.blocks_2.feed_forward                                            gpt.py:40
        self._feed_forward_forward_2(s.feed_forward[1], p.feed_forward[1])

        # gpt.blocks_2: blocks_2 = blocks_1 + attention_2 + h4   (N, T, 128)   gpt.py:40
        np.add(s.blocks_2, s.h4, out=s.blocks_2)

        # gpt.blocks_3.norm_1                                                  gpt.py:40
        self._norm_forward(s.norm[4], p.norm[4])

        # gpt.blocks_3.attention                                               gpt.py:40
        self._attention_5_forward(s.attention_5[2], p.attention_5[2])

        # gpt.blocks_3: blocks_3 = blocks_2 + attention_3        (N, T, 128)   gpt.py:40
        np.add(s.blocks_2, s.attention_3, out=s.blocks_3)

        # gpt.blocks_3.norm_2                                                  gpt.py:40
        self._norm_forward(s.norm[5], p.norm[5])

        # gpt.blocks_3.feed_forward                                            gpt.py:40
        self._feed_forward_forward_2(s.feed_forward[2], p.feed_forward[2])

        # gpt.blocks_3: blocks_3 = blocks_2 + attention_3 + h6   (N, T, 128)   gpt.py:40
        np.add(s.blocks_3, s.h6, out=s.blocks_3)

        # gpt.blocks_4.norm_1                                                  gpt.py:40
        self._norm_forward(s.norm[6], p.norm[6])

        # gpt.blocks_4.attention                                               gpt.py:40
        self._attention_5_forward(s.attention_5[3], p.attention_5[3])

        # gpt.blocks_4: blocks_4 = blocks_3 + attention_4        (N, T, 128)   gpt.py:40
        np.add(s.blocks_3, s.attention_4, out=s.blocks_4)

        # gpt.blocks_4.norm_2                                                  gpt.py:40
        self._norm_forward(s.norm[7], p.norm[7])

        # gpt.blocks_4.feed_forward                                            gpt.py:40
        self._feed_forward_forward_2(s.feed_forward[3], p.feed_forward[3])

        # gpt.blocks_4: blocks_4 = blocks_3 + attention_4 + h8   (N, T, 128)   gpt.py:40
        np.add(s.blocks_4, s.h8, out=s.blocks_4)

        # gpt.norm                                                             gpt.py:51
        self._norm_forward(s.norm[8], p.norm[8])

        # gpt.scores: blocks_4_norm_rows_product = blocks_4_norm W    (N * T, 100)   :52
        np.dot(s.blocks_4_norm_rows, p.gpt_scores_W, out=s.blocks_4_norm_rows_product)

        # softmax_cross_entropy: loss = mean(-log_softmax(logits)[y])     ()   gpt.py:67
        _row_max(s.logits, s.logits_max_starts, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        np.dot(s.logits_reshape, s.ones_3, out=s.logits_row_sum)
        np.log(s.logits_log, out=s.logits_log)
        y_reshape = y.reshape(s.n * s.t)
        np.add(y_reshape, s.row_starts_2, out=s.y_position)
        np.take(s.logits_minus_max, s.y_position, out=s.logits_take, mode="clip")
        np.subtract(s.logits_reshape_2, s.logits_reshape_3, out=s.logits_minus)
        s.logits_minus.sum(out=s.loss)
        np.divide(s.loss, s.n * s.t, out=s.loss)

        return s.loss[()]

    def _evaluate_slots(self, x, y):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._evaluate[x.dtype, x.shape, y.dtype, y.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_evaluate(x, y)
        _check_range("x", x, 100)
        _check_range("y", y, 100)
        return s

    def _plan_evaluate(self, x, y):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.int64, ("N", "T"), sizes)
        _check("y", y, np.int64, ("N", "T"), sizes)
        n = sizes["N"]
        t = sizes["T"]
        s = SimpleNamespace(n=n, t=t)
        float32 = _buffers(np.float32)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.characters = s.blocks_1 = s.blocks_2 = float32(0, 120, (n, t, 128))
        s.attention = float32(20, 20, (n, t, 128))
        s.h2 = float32(29, 29, (n, t, 128))
        s.attention_2 = float32(49, 49, (n, t, 128))
        s.h4 = float32(58, 58, (n, t, 128))
        s.attention_3 = float32(78, 78, (n, t, 128))
        s.blocks_3 = s.characters
        s.h6 = float32(87, 87, (n, t, 128))
        s.attention_4 = float32(107, 107, (n, t, 128))
        s.blocks_4 = s.characters
        s.h8 = float32(116, 116, (n, t, 128))
        s.blocks_4_norm = s.characters
        s.logits_minus_max = s.logits = float32(120, 125, (n, t, 100))
        s.logits_max = float32(121, 121, (n, t, 1))
        s.logits_exp = float32(122, 123, (n, t, 100))
        s.logits_minus = s.logits_reshape_2 = float32(123, 126, (n, t))
        s.y_position = _Buffer(124, 125, np.int64, (n * t,))
        s.logits_take = float32(125, 125, (n * t,))
        s.loss = float32(126, 126, ())
        s.norm = [SimpleNamespace() for _ in range(9)]
        for b, at in zip(s.norm, _EVALUATE_NORM, strict=True):
            b.blocks = float32(0, 120, (n, t, 128))
            b.blocks_mean = float32(at.t, at.u, (n, t, 1))
            b.blocks_hat = b.blocks_hat_2 = float32(at.v, at.u + 3, (n, t, 128))
            b.blocks_hat_square = float32(at.u + 1, at.u + 2, (n, t, 128))
            b.blocks_var = b.blocks_inv_std = float32(at.u + 2, at.u + 2, (n, t, 1))
            b.blocks_inv_std_2 = b.blocks_var
            b.blocks_inv_std_3 = b.blocks_var
            b.blocks_norm = b.blocks_hat
        s.feed_forward = [SimpleNamespace() for _ in range(4)]
        for b, at in zip(s.feed_forward, _EVALUATE_FEED_FORWARD, strict=True):
            b.norm_2 = float32(at.t, at.t + 3, (n, t, 128))
            b.z = b.h1 = float32(at.t + 3, at.t + 7, (n, t, 512))
            b.z_clip = b.z_times_plus = float32(at.t + 4, at.t + 6, (n, t, 512))
            b.z_square = b.z_times_square = float32(at.t + 5, at.t + 5, (n, t, 512))
            b.z_plus = b.z_square
            b.z_exp = b.z_clip
            b.z_plus_exp = float32(at.t + 6, at.t + 6, (n, t, 512))
            b.z_over_plus_exp = b.z_clip
            b.h2 = float32(at.t + 7, at.t + 7, (n, t, 128))
        s.attention_5 = [SimpleNamespace() for _ in range(4)]
        for b, at in zip(s.attention_5, _EVALUATE_ATTENTION_5, strict=True):
            b.blocks_norm = float32(at.t, at.t + 3, (n, t, 128))
            b.qkv = float32(at.t + 3, at.t + 17, (n, t, 384))
            b.q_times = float32(at.t + 4, at.t + 6, (n, 4, t, 16))
            b.q_times_2 = float32(at.t + 5, at.t + 6, (n, 4, t, 16))
            b.q_concat = b.q_times_5 = float32(at.t + 6, at.t + 14, (n, 4, t, 32))
            b.q_times_3 = float32(at.t + 7, at.t + 8, (n, 4, t, 16))
            b.q_times_4 = float32(at.t + 8, at.t + 8, (n, 4, t, 16))
            b.k_times = float32(at.t + 9, at.t + 11, (n, 4, t, 16))
            b.k_times_2 = float32(at.t + 10, at.t + 11, (n, 4, t, 16))
            b.k_concat = float32(at.t + 11, at.t + 14, (n, 4, t, 32))
            b.k_times_3 = float32(at.t + 12, at.t + 13, (n, 4, t, 16))
            b.k_times_4 = float32(at.t + 13, at.t + 13, (n, 4, t, 16))
            b.scores = b.weights = float32(at.t + 14, at.t + 17, (n, 4, t, t))
            b.weights_max = float32(at.t + 15, at.t + 15, (n, 4, t, 1))
            b.weights_row_sum = float32(at.t + 16, at.t + 16, (4 * n * t,))
            b.attended_copy = float32(at.t + 17, at.t + 18, (n, t, 4, 32))
            b.attention = float32(at.t + 18, at.t + 18, (n, t, 128))
        self._lay_out(s)
        self._plan_common(s, n, t)
        s.logits_row_sum = s.logits_minus.reshape(n * t)
        s.logits_log = s.logits_row_sum.reshape(n, t, 1)
        s.logits_reshape_3 = s.logits_take.reshape(n, t)
        for b in s.norm:
            b.ones = s.ones
        for b in s.norm:
            b.blocks_reshape = b.blocks.reshape(n * t, 128)
            b.blocks_row_sum = b.blocks_mean.reshape(n * t)
            b.blocks_hat_reshape = b.blocks_hat_square.reshape(n * t, 128)
            b.blocks_hat_row_sum = b.blocks_var.reshape(n * t)
        for b in s.attention_5:
            b.iota_cos = s.iota_cos
            b.iota_sin = s.iota_sin
            b.iota_3_where = s.iota_3_where
            b.ones_2 = s.ones_2
        for b in s.attention_5:
            b.blocks_norm_rows = b.blocks_norm.reshape(n * t, 128)
            b.qkv_rows = b.qkv.reshape(n * t, 384)
            b.qkv_reshape = b.qkv.reshape(n, t, 12, 32)
            b.qkv_slice_2 = b.qkv_reshape[:, :, :4]
            b.q = b.qkv_slice_2.transpose(0, 2, 1, 3)
            b.q_slice = b.q[:, :, :, :16]
            b.q_slice_2 = b.q[:, :, :, 16:]
            b.qkv_slice_3 = b.qkv_reshape[:, :, 4:8]
            b.k = b.qkv_slice_3.transpose(0, 2, 1, 3)
            b.k_slice = b.k[:, :, :, :16]
            b.k_slice_2 = b.k[:, :, :, 16:]
            b.k_transpose = b.k_concat.transpose(0, 1, 3, 2)
            b.weights_max_starts = np.arange(0, 4 * n * t * t, t)
            b.weights_reshape = b.weights.reshape(4 * n * t, t)
            b.weights_reshape_2 = b.weights_row_sum.reshape(n, 4, t, 1)
            b.qkv_slice = b.qkv_reshape[:, :, 8:]
            b.v = b.qkv_slice.transpose(0, 2, 1, 3)
            b.heads_rows = b.attended_copy.reshape(n * t, 128)
            b.rows = b.attention.reshape(n * t, 128)
        self._evaluate[x.dtype, x.shape, y.dtype, y.shape] = s
        return s

    def step(
        self,
        x,
        start,
        keys_1,
        values_1,
        keys_2,
        values_2,
        keys_3,
        values_3,
        keys_4,
        values_4,
    ):
        """The logits of what follows, and the cache with these positions in it.

        x: int64 (N, T)
        start: int64 ()
        keys_1: float32 (N, 4, 128, 32)
        values_1: float32 (N, 4, 128, 32)
        keys_2: float32 (N, 4, 128, 32)
        values_2: float32 (N, 4, 128, 32)
        keys_3: float32 (N, 4, 128, 32)
        values_3: float32 (N, 4, 128, 32)
        keys_4: float32 (N, 4, 128, 32)
        values_4: float32 (N, 4, 128, 32)
        """
        s = self._step_slots(
            x,
            start,
            keys_1,
            values_1,
            keys_2,
            values_2,
            keys_3,
            values_3,
            keys_4,
            values_4,
        )
        out = self._step_body(
            s,
            x,
            start,
            keys_1,
            values_1,
            keys_2,
            values_2,
            keys_3,
            values_3,
            keys_4,
            values_4,
        )
        return {
            "logits": out[0].copy(),
            "keys_1": out[1].copy(),
            "values_1": out[2].copy(),
            "keys_2": out[3].copy(),
            "values_2": out[4].copy(),
            "keys_3": out[5].copy(),
            "values_3": out[6].copy(),
            "keys_4": out[7].copy(),
            "values_4": out[8].copy(),
        }

    def _step_body(
        self,
        s,
        x,
        start,
        keys_1,
        values_1,
        keys_2,
        values_2,
        keys_3,
        values_3,
        keys_4,
        values_4,
    ):
        """The computation of step."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # gpt.characters: characters = W[x]                      (N, T, 128)   gpt.py:38
        np.take(p.gpt_characters_W, x, axis=0, out=s.characters, mode="clip")

        # gpt.blocks_1.norm_1                                                  gpt.py:40
        self._norm_forward(s.norm[0], p.norm[0])

        # gpt.blocks_1.attention                                               gpt.py:40
        # qkv = characters_norm W_qkv + b_qkv                              (N, T, 384)
        # scores = q_concat * 0.176777 keys_1_transpose                 (N, 4, T, 128)
        # weights = softmax(scores + gpt_blocks_1_attention_where)      (N, 4, T, 128)
        # attended = weights values_1_2                                  (N, 4, T, 32)
        # attention = heads W_o + b_o                                      (N, T, 128)
        np.dot(s.characters_norm_rows, p.gpt_blocks_1_attention_W_qkv, out=s.qkv_rows)
        np.add(s.qkv, p.gpt_blocks_1_attention_b_qkv, out=s.qkv)
        np.add(s.iota, start, out=s.gpt_blocks_1_attention_plus)
        np.copyto(
            s.gpt_blocks_1_attention_cast,
            s.gpt_blocks_1_attention_plus,
            casting="unsafe",
        )
        np.multiply(
            s.gpt_blocks_1_attention_reshape,
            s.row_starts_exp,
            out=s.gpt_blocks_1_attention_times,
        )
        np.cos(s.gpt_blocks_1_attention_times, out=s.gpt_blocks_1_attention_cos)
        np.multiply(s.q_slice, s.gpt_blocks_1_attention_cos, out=s.q_times)
        np.sin(s.gpt_blocks_1_attention_times, out=s.gpt_blocks_1_attention_sin)
        np.multiply(s.q_slice_2, s.gpt_blocks_1_attention_sin, out=s.q_times_2)
        np.subtract(s.q_times, s.q_times_2, out=s.q_concat[..., :16])
        np.multiply(s.q_slice_2, s.gpt_blocks_1_attention_cos, out=s.q_times_3)
        np.multiply(s.q_slice, s.gpt_blocks_1_attention_sin, out=s.q_times_4)
        np.add(s.q_times_3, s.q_times_4, out=s.q_concat[..., 16:])
        np.multiply(s.q_concat, 0.17677669, out=s.q_times_5)
        np.multiply(start, 1, out=s.blocks_1_attention_position)
        np.greater_equal(
            s.iota_3,
            s.blocks_1_attention_position,
            out=s.gpt_blocks_1_attention_mask,
        )
        np.add(s.blocks_1_attention_position, s.t, out=s.gpt_blocks_1_attention_plus_2)
        np.less(
            s.iota_3,
            s.gpt_blocks_1_attention_plus_2,
            out=s.gpt_blocks_1_attention_mask_2,
        )
        np.logical_and(
            s.gpt_blocks_1_attention_mask,
            s.gpt_blocks_1_attention_mask_2,
            out=s.blocks_1_attention_logical_and,
        )
        np.multiply(s.k_slice, s.gpt_blocks_1_attention_cos, out=s.k_times)
        np.multiply(s.k_slice_2, s.gpt_blocks_1_attention_sin, out=s.k_times_2)
        np.subtract(s.k_times, s.k_times_2, out=s.k_concat[..., :16])
        np.multiply(s.k_slice_2, s.gpt_blocks_1_attention_cos, out=s.k_times_3)
        np.multiply(s.k_slice, s.gpt_blocks_1_attention_sin, out=s.k_times_4)
        np.add(s.k_times_3, s.k_times_4, out=s.k_concat[..., 16:])
        np.subtract(
            s.iota_3,
            s.blocks_1_attention_position,
            out=s.gpt_blocks_1_attention_minus,
        )
        np.maximum(
            s.gpt_blocks_1_attention_minus,
            0,
            out=s.gpt_blocks_1_attention_maximum,
        )
        np.minimum(
            s.gpt_blocks_1_attention_maximum,
            s.t - 1,
            out=s.gpt_blocks_1_attention_minimum,
        )
        np.take(
            s.k_concat,
            s.gpt_blocks_1_attention_minimum,
            axis=2,
            out=s.k_take,
            mode="clip",
        )
        np.copyto(s.keys_1_2, keys_1)
        np.copyto(s.keys_1_2, s.k_take, where=s.blocks_1_attention_reshape_2)
        np.matmul(s.q_times_5, s.keys_1_transpose, out=s.scores)
        np.add(
            s.blocks_1_attention_position,
            s.iota,
            out=s.gpt_blocks_1_attention_plus_3,
        )
        np.greater_equal(
            s.blocks_1_attention_reshape_3,
            s.iota_3,
            out=s.gpt_blocks_1_attention_mask_3,
        )
        np.copyto(s.gpt_blocks_1_attention_where, np.float32(-1.7014117e38))
        np.copyto(
            s.gpt_blocks_1_attention_where,
            np.float32(0.0),
            where=s.gpt_blocks_1_attention_mask_3,
        )
        np.add(s.scores, s.gpt_blocks_1_attention_where, out=s.weights)
        _row_max(s.weights, s.weights_max_starts, out=s.weights_max)
        np.subtract(s.weights, s.weights_max, out=s.weights)
        np.exp(s.weights, out=s.weights)
        np.dot(s.weights_reshape, s.ones, out=s.weights_row_sum)
        np.divide(s.weights, s.weights_reshape_2, out=s.weights)
        np.copyto(s.v_copy, s.v)
        np.take(
            s.v_copy,
            s.gpt_blocks_1_attention_minimum,
            axis=2,
            out=s.v_take,
            mode="clip",
        )
        np.copyto(s.values_1_2, values_1)
        np.copyto(s.values_1_2, s.v_take, where=s.blocks_1_attention_reshape_2)
        np.matmul(s.weights, s.values_1_2, out=s.attended)
        s.gpt_blocks_1_attention_mask_3.any(
            axis=1,
            keepdims=True,
            out=s.gpt_blocks_1_attention_any,
        )
        np.multiply(
            s.attended,
            s.gpt_blocks_1_attention_any,
            out=s.attended_copy.transpose(0, 2, 1, 3),
        )
        np.dot(s.heads_rows, p.gpt_blocks_1_attention_W_o, out=s.attention_rows)
        np.add(s.attention, p.gpt_blocks_1_attention_b_o, out=s.attention)

        # gpt.blocks_1: blocks_1 = characters + attention        (N, T, 128)   gpt.py:40
        np.add(s.characters, s.attention, out=s.blocks_1)

        # gpt.blocks_1.norm_2                                                  gpt.py:40
        self._norm_forward(s.norm[1], p.norm[1])

        # gpt.blocks_1.feed_forward                                            gpt.py:40
        self._feed_forward_forward_2(s.feed_forward[0], p.feed_forward[0])

        # gpt.blocks_1: blocks_1 = characters + attention + h2   (N, T, 128)   gpt.py:40
        np.add(s.blocks_1, s.h2, out=s.blocks_1)

        # gpt.blocks_2.norm_1                                                  gpt.py:40
        self._norm_forward(s.norm[2], p.norm[2])

        # gpt.blocks_2.attention                                               gpt.py:40
        self._attention_5_forward_2(
            s.attention_5[1],
            p.attention_5[1],
            keys_2,
            values_2,
        )

        # gpt.blocks_2: blocks_2 = blocks_1 + attention_2        (N, T, 128)   gpt.py:40
        np.add(s.blocks_1, s.attention_2, out=s.blocks_2)

        # gpt.blocks_2.norm_2                                                  gpt.py:40
        self._norm_forward(s.norm[3], p.norm[3])

        # gpt.blocks_2.feed_forward                                            gpt.py:40
        self._feed_forward_forward_2(s.feed_forward[1], p.feed_forward[1])

        # gpt.blocks_2: blocks_2 = blocks_1 + attention_2 + h4   (N, T, 128)   gpt.py:40
        np.add(s.blocks_2, s.h4, out=s.blocks_2)

        # gpt.blocks_3.norm_1                                                  gpt.py:40
        self._norm_forward(s.norm[4], p.norm[4])

        # gpt.blocks_3.attention                                               gpt.py:40
        self._attention_5_forward_2(
            s.attention_5[2],
            p.attention_5[2],
            keys_3,
            values_3,
        )

        # gpt.blocks_3: blocks_3 = blocks_2 + attention_3        (N, T, 128)   gpt.py:40
        np.add(s.blocks_2, s.attention_3, out=s.blocks_3)

        # gpt.blocks_3.norm_2                                                  gpt.py:40
        self._norm_forward(s.norm[5], p.norm[5])

        # gpt.blocks_3.feed_forward                                            gpt.py:40
        self._feed_forward_forward_2(s.feed_forward[2], p.feed_forward[2])

        # gpt.blocks_3: blocks_3 = blocks_2 + attention_3 + h6   (N, T, 128)   gpt.py:40
        np.add(s.blocks_3, s.h6, out=s.blocks_3)

        # gpt.blocks_4.norm_1                                                  gpt.py:40
        self._norm_forward(s.norm[6], p.norm[6])

        # gpt.blocks_4.attention                                               gpt.py:40
        self._attention_5_forward_2(
            s.attention_5[3],
            p.attention_5[3],
            keys_4,
            values_4,
        )

        # gpt.blocks_4: blocks_4 = blocks_3 + attention_4        (N, T, 128)   gpt.py:40
        np.add(s.blocks_3, s.attention_4, out=s.blocks_4)

        # gpt.blocks_4.norm_2                                                  gpt.py:40
        self._norm_forward(s.norm[7], p.norm[7])

        # gpt.blocks_4.feed_forward                                            gpt.py:40
        self._feed_forward_forward_2(s.feed_forward[3], p.feed_forward[3])

        # gpt.blocks_4: blocks_4 = blocks_3 + attention_4 + h8   (N, T, 128)   gpt.py:40
        np.add(s.blocks_4, s.h8, out=s.blocks_4)

        # gpt.norm                                                             gpt.py:51
        self._norm_forward(s.norm[8], p.norm[8])

        # gpt.scores: blocks_4_norm_rows_product = blocks_4_norm W    (N * T, 100)   :52
        np.dot(s.blocks_4_norm_rows, p.gpt_scores_W, out=s.blocks_4_norm_rows_product)

        return (
            s.logits,
            s.keys_1_2,
            s.values_1_2,
            s.keys_2_2,
            s.values_2_2,
            s.keys_3_2,
            s.values_3_2,
            s.keys_4_2,
            s.values_4_2,
        )

    def _step_slots(
        self,
        x,
        start,
        keys_1,
        values_1,
        keys_2,
        values_2,
        keys_3,
        values_3,
        keys_4,
        values_4,
    ):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                x.dtype,
                x.shape,
                start.dtype,
                start.shape,
                keys_1.dtype,
                keys_1.shape,
                values_1.dtype,
                values_1.shape,
                keys_2.dtype,
                keys_2.shape,
                values_2.dtype,
                values_2.shape,
                keys_3.dtype,
                keys_3.shape,
                values_3.dtype,
                values_3.shape,
                keys_4.dtype,
                keys_4.shape,
                values_4.dtype,
                values_4.shape,
            )
            s = self._step[key]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_step(
                x,
                start,
                keys_1,
                values_1,
                keys_2,
                values_2,
                keys_3,
                values_3,
                keys_4,
                values_4,
            )
        _check_range("x", x, 100)
        _check_range("start", start, -s.t + 129)
        return s

    def _plan_step(
        self,
        x,
        start,
        keys_1,
        values_1,
        keys_2,
        values_2,
        keys_3,
        values_3,
        keys_4,
        values_4,
    ):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("x", x, np.int64, ("N", "T"), sizes)
        _check("start", start, np.int64, (), sizes)
        _check("keys_1", keys_1, np.float32, ("N", 4, 128, 32), sizes)
        _check("values_1", values_1, np.float32, ("N", 4, 128, 32), sizes)
        _check("keys_2", keys_2, np.float32, ("N", 4, 128, 32), sizes)
        _check("values_2", values_2, np.float32, ("N", 4, 128, 32), sizes)
        _check("keys_3", keys_3, np.float32, ("N", 4, 128, 32), sizes)
        _check("values_3", values_3, np.float32, ("N", 4, 128, 32), sizes)
        _check("keys_4", keys_4, np.float32, ("N", 4, 128, 32), sizes)
        _check("values_4", values_4, np.float32, ("N", 4, 128, 32), sizes)
        n = sizes["N"]
        t = sizes["T"]
        s = SimpleNamespace(n=n, t=t)
        float32 = _buffers(np.float32)
        int64 = _buffers(np.int64)
        bool_ = _buffers(np.bool_)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.characters = s.blocks_1 = s.blocks_2 = float32(0, 157, (n, t, 128))
        s.characters_norm = float32(2, 5, (n, t, 128))
        s.qkv = float32(5, 33, (n, t, 384))
        s.gpt_blocks_1_attention_plus = int64(6, 7, (t,))
        s.gpt_blocks_1_attention_cast = float32(7, 8, (t,))
        s.gpt_blocks_1_attention_times = float32(8, 133, (t, 16))
        s.gpt_blocks_1_attention_cos = float32(9, 132, (t, 16))
        s.q_times = float32(10, 12, (n, 4, t, 16))
        s.gpt_blocks_1_attention_sin = s.gpt_blocks_1_attention_times
        s.q_times_2 = float32(11, 12, (n, 4, t, 16))
        s.q_times_3 = float32(13, 14, (n, 4, t, 16))
        s.q_times_4 = float32(14, 14, (n, 4, t, 16))
        s.q_concat = s.q_times_5 = float32(12, 27, (n, 4, t, 32))
        s.blocks_1_attention_position = int64(15, 28, ())
        s.gpt_blocks_1_attention_mask = bool_(16, 141, (128,))
        s.gpt_blocks_1_attention_plus_2 = int64(17, 18, ())
        s.gpt_blocks_1_attention_mask_2 = bool_(18, 18, (128,))
        s.blocks_1_attention_logical_and = s.gpt_blocks_1_attention_mask
        s.k_times = float32(19, 21, (n, 4, t, 16))
        s.k_times_2 = float32(20, 21, (n, 4, t, 16))
        s.k_times_3 = float32(22, 23, (n, 4, t, 16))
        s.k_times_4 = float32(23, 23, (n, 4, t, 16))
        s.k_concat = float32(21, 25, (n, 4, t, 32))
        s.gpt_blocks_1_attention_minus = int64(24, 140, (128,))
        s.gpt_blocks_1_attention_maximum = s.gpt_blocks_1_attention_minus
        s.gpt_blocks_1_attention_minimum = s.gpt_blocks_1_attention_minus
        s.k_take = float32(25, 26, (n, 4, 128, 32))
        s.keys_1_2 = float32(26, 157, (n, 4, 128, 32))
        s.scores = s.weights = float32(27, 36, (n, 4, t, 128))
        s.gpt_blocks_1_attention_plus_3 = int64(28, 29, (t,))
        s.gpt_blocks_1_attention_mask_3 = bool_(29, 37, (t, 128))
        s.gpt_blocks_1_attention_where = float32(30, 136, (t, 128))
        s.weights_max = float32(31, 31, (n, 4, t, 1))
        s.weights_row_sum = float32(32, 32, (4 * n * t,))
        s.v_copy = float32(33, 34, (n, 4, t, 32))
        s.v_take = float32(34, 35, (n, 4, 128, 32))
        s.values_1_2 = float32(35, 157, (n, 4, 128, 32))
        s.attended = float32(36, 38, (n, 4, t, 32))
        s.gpt_blocks_1_attention_any = bool_(37, 143, (t, 1))
        s.attended_copy = float32(38, 39, (n, t, 4, 32))
        s.attention = float32(39, 39, (n, t, 128))
        s.h2 = float32(48, 48, (n, t, 128))
        s.keys_2_2 = float32(65, 157, (n, 4, 128, 32))
        s.values_2_2 = float32(71, 157, (n, 4, 128, 32))
        s.attention_2 = float32(74, 74, (n, t, 128))
        s.h4 = float32(83, 83, (n, t, 128))
        s.keys_3_2 = float32(100, 157, (n, 4, 128, 32))
        s.values_3_2 = float32(106, 157, (n, 4, 128, 32))
        s.attention_3 = float32(109, 109, (n, t, 128))
        s.blocks_3 = s.characters
        s.h6 = float32(118, 118, (n, t, 128))
        s.keys_4_2 = float32(135, 157, (n, 4, 128, 32))
        s.values_4_2 = float32(141, 157, (n, 4, 128, 32))
        s.attention_4 = float32(144, 144, (n, t, 128))
        s.blocks_4 = s.characters
        s.h8 = float32(153, 153, (n, t, 128))
        s.blocks_4_norm = s.characters
        s.blocks_4_norm_rows_product = float32(157, 157, (n * t, 100))
        s.norm = [SimpleNamespace() for _ in range(9)]
        for b, at in zip(s.norm, _STEP_NORM, strict=True):
            b.blocks = float32(0, 157, (n, t, 128))
            b.blocks_mean = float32(at.t, at.u, (n, t, 1))
            b.blocks_hat = b.blocks_hat_2 = float32(at.v, at.u + 3, (n, t, 128))
            b.blocks_hat_square = float32(at.u + 1, at.u + 2, (n, t, 128))
            b.blocks_var = b.blocks_inv_std = float32(at.u + 2, at.u + 2, (n, t, 1))
            b.blocks_inv_std_2 = b.blocks_var
            b.blocks_inv_std_3 = b.blocks_var
            b.blocks_norm = b.blocks_hat
        s.feed_forward = [SimpleNamespace() for _ in range(4)]
        for b, at in zip(s.feed_forward, _STEP_FEED_FORWARD, strict=True):
            b.norm_2 = float32(at.t, at.t + 3, (n, t, 128))
            b.z = b.h1 = float32(at.t + 3, at.t + 7, (n, t, 512))
            b.z_clip = b.z_times_plus = float32(at.t + 4, at.t + 6, (n, t, 512))
            b.z_square = b.z_times_square = float32(at.t + 5, at.t + 5, (n, t, 512))
            b.z_plus = b.z_square
            b.z_exp = b.z_clip
            b.z_plus_exp = float32(at.t + 6, at.t + 6, (n, t, 512))
            b.z_over_plus_exp = b.z_clip
            b.h2 = float32(at.t + 7, at.t + 7, (n, t, 128))
        s.attention_5 = [SimpleNamespace() for _ in range(4)]
        for b in s.attention_5:
            b.gpt_blocks_1_attention_cos = s.gpt_blocks_1_attention_cos
            b.gpt_blocks_1_attention_sin = s.gpt_blocks_1_attention_sin
            b.gpt_blocks_1_attention_minimum = s.gpt_blocks_1_attention_minimum
            b.gpt_blocks_1_attention_where = s.gpt_blocks_1_attention_where
            b.gpt_blocks_1_attention_any = s.gpt_blocks_1_attention_any
        for k_5 in range(1, 4):
            b, at = s.attention_5[k_5], _STEP_ATTENTION_5[k_5]
            b.blocks_norm = float32(at.t, at.t + 3, (n, t, 128))
            b.qkv = float32(at.t + 3, at.t + 19, (n, t, 384))
            b.q_times = float32(at.t + 4, at.t + 6, (n, 4, t, 16))
            b.q_times_2 = float32(at.t + 5, at.t + 6, (n, 4, t, 16))
            b.q_concat = b.q_times_5 = float32(at.t + 6, at.t + 16, (n, 4, t, 32))
            b.q_times_3 = float32(at.t + 7, at.t + 8, (n, 4, t, 16))
            b.q_times_4 = float32(at.t + 8, at.t + 8, (n, 4, t, 16))
            b.k_times = float32(at.t + 9, at.t + 11, (n, 4, t, 16))
            b.k_times_2 = float32(at.t + 10, at.t + 11, (n, 4, t, 16))
            b.k_concat = float32(at.t + 11, at.t + 14, (n, 4, t, 32))
            b.k_times_3 = float32(at.t + 12, at.t + 13, (n, 4, t, 16))
            b.k_times_4 = float32(at.t + 13, at.t + 13, (n, 4, t, 16))
            b.scores = b.weights = float32(at.t + 16, at.t + 22, (n, 4, t, 128))
            b.weights_max = float32(at.t + 17, at.t + 17, (n, 4, t, 1))
            b.weights_row_sum = float32(at.t + 18, at.t + 18, (4 * n * t,))
            b.attended_copy = float32(at.t + 23, at.t + 24, (n, t, 4, 32))
            b.value = float32(at.t + 24, at.t + 24, (n, t, 128))
            b.k_take = float32(at.t + 14, at.t + 15, (n, 4, 128, 32))
            b.keys_2 = float32(at.t + 15, 157, (n, 4, 128, 32))
            b.v_copy = float32(at.t + 19, at.t + 20, (n, 4, t, 32))
            b.v_take = float32(at.t + 20, at.t + 21, (n, 4, 128, 32))
            b.values_2 = float32(at.t + 21, 157, (n, 4, 128, 32))
            b.attended = float32(at.t + 22, at.t + 23, (n, 4, t, 32))
        self._lay_out(s)
        s.ones = np.ones((128,), dtype=np.float32)
        s.characters_norm_rows = s.characters_norm.reshape(n * t, 128)
        s.qkv_rows = s.qkv.reshape(n * t, 384)
        s.qkv_reshape = s.qkv.reshape(n, t, 12, 32)
        s.qkv_slice = s.qkv_reshape[:, :, :4]
        s.q = s.qkv_slice.transpose(0, 2, 1, 3)
        s.q_slice = s.q[:, :, :, :16]
        s.iota = np.arange(t, dtype=np.int64)
        s.gpt_blocks_1_attention_reshape = s.gpt_blocks_1_attention_cast.reshape(t, 1)
        s.iota_2 = np.arange(16, dtype=np.float32)
        s.row_starts = s.iota_2 * -0.5756463
        s.row_starts_exp = np.exp(s.row_starts)
        s.q_slice_2 = s.q[:, :, :, 16:]
        s.iota_3 = np.arange(128, dtype=np.int64)
        s.blocks_1_attention_reshape_2 = s.blocks_1_attention_logical_and.reshape(
            128,
            1,
        )
        s.qkv_slice_2 = s.qkv_reshape[:, :, 4:8]
        s.k = s.qkv_slice_2.transpose(0, 2, 1, 3)
        s.k_slice = s.k[:, :, :, :16]
        s.k_slice_2 = s.k[:, :, :, 16:]
        s.keys_1_transpose = s.keys_1_2.transpose(0, 1, 3, 2)
        s.blocks_1_attention_reshape_3 = s.gpt_blocks_1_attention_plus_3.reshape(t, 1)
        s.weights_max_starts = np.arange(0, 512 * n * t, 128)
        s.weights_reshape = s.weights.reshape(4 * n * t, 128)
        s.weights_reshape_2 = s.weights_row_sum.reshape(n, 4, t, 1)
        s.qkv_slice_3 = s.qkv_reshape[:, :, 8:]
        s.v = s.qkv_slice_3.transpose(0, 2, 1, 3)
        s.heads_rows = s.attended_copy.reshape(n * t, 128)
        s.attention_rows = s.attention.reshape(n * t, 128)
        s.blocks_4_norm_rows = s.blocks_4_norm.reshape(n * t, 128)
        s.blocks_4_norm_rows_reshape = s.blocks_4_norm_rows_product.reshape(n, t, 100)
        s.logits = s.blocks_4_norm_rows_reshape[:, -1]
        for b in s.norm:
            b.ones = s.ones
        for b in s.norm:
            b.blocks_reshape = b.blocks.reshape(n * t, 128)
            b.blocks_row_sum = b.blocks_mean.reshape(n * t)
            b.blocks_hat_reshape = b.blocks_hat_square.reshape(n * t, 128)
            b.blocks_hat_row_sum = b.blocks_var.reshape(n * t)
        for b in s.feed_forward:
            b.norm_2_rows = b.norm_2.reshape(n * t, 128)
            b.z_rows = b.z.reshape(n * t, 512)
            b.h1_rows = b.h1.reshape(n * t, 512)
            b.h2_rows = b.h2.reshape(n * t, 128)
        for b in s.attention_5:
            b.blocks_1_attention_reshape_2 = s.blocks_1_attention_reshape_2
            b.ones = s.ones
        for k_5 in range(1, 4):
            b = s.attention_5[k_5]
            b.blocks_norm_rows = b.blocks_norm.reshape(n * t, 128)
            b.qkv_rows = b.qkv.reshape(n * t, 384)
            b.qkv_reshape = b.qkv.reshape(n, t, 12, 32)
            b.qkv_slice_2 = b.qkv_reshape[:, :, :4]
            b.q = b.qkv_slice_2.transpose(0, 2, 1, 3)
            b.q_slice = b.q[:, :, :, :16]
            b.q_slice_2 = b.q[:, :, :, 16:]
            b.qkv_slice_3 = b.qkv_reshape[:, :, 4:8]
            b.k = b.qkv_slice_3.transpose(0, 2, 1, 3)
            b.k_slice = b.k[:, :, :, :16]
            b.k_slice_2 = b.k[:, :, :, 16:]
            b.weights_max_starts = np.arange(0, 512 * n * t, 128)
            b.weights_reshape = b.weights.reshape(4 * n * t, 128)
            b.weights_reshape_2 = b.weights_row_sum.reshape(n, 4, t, 1)
            b.qkv_slice = b.qkv_reshape[:, :, 8:]
            b.v = b.qkv_slice.transpose(0, 2, 1, 3)
            b.heads_rows = b.attended_copy.reshape(n * t, 128)
            b.rows = b.value.reshape(n * t, 128)
            b.keys_transpose = b.keys_2.transpose(0, 1, 3, 2)
        key = (
            x.dtype,
            x.shape,
            start.dtype,
            start.shape,
            keys_1.dtype,
            keys_1.shape,
            values_1.dtype,
            values_1.shape,
            keys_2.dtype,
            keys_2.shape,
            values_2.dtype,
            values_2.shape,
            keys_3.dtype,
            keys_3.shape,
            values_3.dtype,
            values_3.shape,
            keys_4.dtype,
            keys_4.shape,
            values_4.dtype,
            values_4.shape,
        )
        self._step[key] = s
        return s

    def _blocks_backward(self, s, p, d):
        """Backward, one of 3: gpt.blocks_2 to gpt.blocks_4."""
        # feed_forward.down                                                    gpt.py:40
        # d_rows_product = d_blocks W^T                                     (N * T, 512)
        np.dot(s.d_rows, p.feed_forward_down_W.T, out=s.d_rows_product)

        # feed_forward.up                                                      gpt.py:40
        # d_z = d_h * z_slope                                                (N, T, 512)
        # d_z_rows_product = d_z W^T                                        (N * T, 128)
        np.multiply(s.d_h, s.z_slope, out=s.d_z)
        np.dot(s.d_z_rows, p.feed_forward_up_W.T, out=s.d_z_rows_product)

        # norm_2                                                               gpt.py:40
        # d_beta = sum over N * T of d_z gpt.blocks.feed_forward.up.W^T           (128,)
        # d_gamma = sum over N * T of norm_2.d_2 * norm_2.blocks_hat_2            (128,)
        np.dot(s.ones_4, s.norm_2.d_2_reshape, out=d.norm_2_beta)
        np.multiply(s.norm_2.d_2, s.norm_2.blocks_hat_2, out=s.d_norm_2_times)
        np.dot(s.ones_4, s.d_norm_2_reshape, out=d.norm_2_gamma)

        # feed_forward.down                                                    gpt.py:40
        # d_b = sum over N * T of d_blocks                                        (128,)
        # d_W = h^T d_blocks                                                  (512, 128)
        np.dot(s.ones_4, s.d_rows, out=d.feed_forward_down_b)
        np.dot(s.h_rows.T, s.d_rows, out=d.feed_forward_down_W)

        # feed_forward.up                                                      gpt.py:40
        # d_b = sum over N * T of d_z                                             (512,)
        # d_W = norm_2^T d_z                                                  (128, 512)
        np.dot(s.ones_4, s.d_z_rows, out=d.feed_forward_up_b)
        np.dot(s.norm_2_rows.T, s.d_z_rows, out=d.feed_forward_up_W)

        # norm_2                                                               gpt.py:40
        # d_attention = d_blocks + times_2                                   (N, T, 128)
        self._norm_backward(s.norm_2, p.norm_2)

        # attention                                                            gpt.py:40
        self._attention_5_backward(s.attention, p.attention)

        # norm_1                                                               gpt.py:40
        # d_beta = sum over N * T of d_qkv gpt.blocks.attention.W_qkv^T           (128,)
        # d_gamma = sum over N * T of norm_1.d_2 * norm_1.blocks_hat              (128,)
        np.dot(s.ones_4, s.d_norm_reshape, out=d.norm_1_beta)
        np.multiply(s.norm_1.d_2, s.norm_1.blocks_hat, out=s.d_norm_times)
        np.dot(s.ones_4, s.d_norm_reshape_2, out=d.norm_1_gamma)

        # attention                                                            gpt.py:40
        # d_b_o = sum over N * T of d_attention                                   (128,)
        # d_W_o = reshape(attended_copy, (N * T, 128))^T d_attention          (128, 128)
        # d_b_qkv = sum over N * T of reshape(d_q_concat, (N, T, 384))            (384,)
        # d_W_qkv = norm^T reshape(d_q_concat, (N * T, 384))                  (128, 384)
        np.dot(s.ones_4, s.attention.d_attention_rows, out=d.attention_b_o)
        np.dot(
            s.attention.heads_rows.T,
            s.attention.d_attention_rows,
            out=d.attention_W_o,
        )
        np.dot(s.ones_4, s.d_qkv_reshape, out=d.attention_b_qkv)
        np.dot(
            s.attention.blocks_norm_rows.T,
            s.attention.d_qkv_rows,
            out=d.attention_W_qkv,
        )

        # norm_1                                                               gpt.py:40
        self._norm_backward(s.norm_1, p.norm_1)

    def _attention_5_forward_2(self, s, p, keys, values):
        """Forward, one of 3: gpt.blocks_2.attention to gpt.blocks_4.attention."""
        # attention_5                                                          gpt.py:40
        # qkv = blocks_norm W_qkv + b_qkv                                    (N, T, 384)
        # scores = q_concat * 0.176777 keys_transpose                     (N, 4, T, 128)
        # weights = softmax(scores + gpt_blocks_1_attention_where)        (N, 4, T, 128)
        # attended = weights values_2                                      (N, 4, T, 32)
        # value = heads W_o + b_o                                            (N, T, 128)
        np.dot(s.blocks_norm_rows, p.W_qkv, out=s.qkv_rows)
        np.add(s.qkv, p.b_qkv, out=s.qkv)
        np.multiply(s.q_slice, s.gpt_blocks_1_attention_cos, out=s.q_times)
        np.multiply(s.q_slice_2, s.gpt_blocks_1_attention_sin, out=s.q_times_2)
        np.subtract(s.q_times, s.q_times_2, out=s.q_concat[..., :16])
        np.multiply(s.q_slice_2, s.gpt_blocks_1_attention_cos, out=s.q_times_3)
        np.multiply(s.q_slice, s.gpt_blocks_1_attention_sin, out=s.q_times_4)
        np.add(s.q_times_3, s.q_times_4, out=s.q_concat[..., 16:])
        np.multiply(s.q_concat, 0.17677669, out=s.q_times_5)
        np.multiply(s.k_slice, s.gpt_blocks_1_attention_cos, out=s.k_times)
        np.multiply(s.k_slice_2, s.gpt_blocks_1_attention_sin, out=s.k_times_2)
        np.subtract(s.k_times, s.k_times_2, out=s.k_concat[..., :16])
        np.multiply(s.k_slice_2, s.gpt_blocks_1_attention_cos, out=s.k_times_3)
        np.multiply(s.k_slice, s.gpt_blocks_1_attention_sin, out=s.k_times_4)
        np.add(s.k_times_3, s.k_times_4, out=s.k_concat[..., 16:])
        np.take(
            s.k_concat,
            s.gpt_blocks_1_attention_minimum,
            axis=2,
            out=s.k_take,
            mode="clip",
        )
        np.copyto(s.keys_2, keys)
        np.copyto(s.keys_2, s.k_take, where=s.blocks_1_attention_reshape_2)
        np.matmul(s.q_times_5, s.keys_transpose, out=s.scores)
        np.add(s.scores, s.gpt_blocks_1_attention_where, out=s.weights)
        _row_max(s.weights, s.weights_max_starts, out=s.weights_max)
        np.subtract(s.weights, s.weights_max, out=s.weights)
        np.exp(s.weights, out=s.weights)
        np.dot(s.weights_reshape, s.ones, out=s.weights_row_sum)
        np.divide(s.weights, s.weights_reshape_2, out=s.weights)
        np.copyto(s.v_copy, s.v)
        np.take(
            s.v_copy,
            s.gpt_blocks_1_attention_minimum,
            axis=2,
            out=s.v_take,
            mode="clip",
        )
        np.copyto(s.values_2, values)
        np.copyto(s.values_2, s.v_take, where=s.blocks_1_attention_reshape_2)
        np.matmul(s.weights, s.values_2, out=s.attended)
        np.multiply(
            s.attended,
            s.gpt_blocks_1_attention_any,
            out=s.attended_copy.transpose(0, 2, 1, 3),
        )
        np.dot(s.heads_rows, p.W_o, out=s.rows)
        np.add(s.value, p.b_o, out=s.value)

    def _attention_5_backward(self, s, p):
        """Backward, one of 4: gpt.blocks_1.attention to gpt.blocks_4.attention."""
        # attention_5                                                          gpt.py:40
        # d_weights = d_attended qkv_transpose                              (N, 4, T, T)
        # d_scores = weights * (d_weights - d_weights_reshape_2)            (N, 4, T, T)
        # d_q                                                              (N, 4, T, 32)
        # d_q[..., :16] = d_scores_times_2 + d_scores_times_3              (N, 4, T, 16)
        # d_q[..., 16:] = d_scores_times_4 + d_scores_times_5              (N, 4, T, 16)
        # d_k                                                              (N, 4, T, 32)
        # d_k[..., :16] = q_times_6 + q_times_7                            (N, 4, T, 16)
        # d_k[..., 16:] = q_times_8 + q_times_9                            (N, 4, T, 16)
        # d_v = transpose(weights, (0, 1, 3, 2)) d_attended                (N, 4, T, 32)
        np.dot(s.d_attention_rows, p.W_o.T, out=s.d_rows_product)
        np.matmul(s.d_attended, s.qkv_transpose, out=s.d_weights)
        np.multiply(s.d_weights, s.weights, out=s.d_weights_times)
        np.dot(s.d_weights_reshape, s.ones_2, out=s.d_weights_row_sum)
        np.subtract(s.d_weights, s.d_weights_reshape_2, out=s.d_scores)
        np.multiply(s.weights, s.d_scores, out=s.d_scores)
        np.matmul(s.d_scores, s.k_concat, out=s.d_scores_product)
        np.multiply(s.d_scores_product, 0.17677669, out=s.d_scores_times)
        np.multiply(s.d_scores_slice, s.iota_sin, out=s.d_scores_times_2)
        np.multiply(s.d_scores_slice_2, s.iota_cos, out=s.d_scores_times_3)
        np.add(s.d_scores_times_2, s.d_scores_times_3, out=s.d_q[..., :16])
        np.multiply(s.d_scores_slice, s.iota_cos, out=s.d_scores_times_4)
        np.negative(s.d_scores_slice_2, out=s.d_scores_negative)
        np.multiply(s.d_scores_negative, s.iota_sin, out=s.d_scores_times_5)
        np.add(s.d_scores_times_4, s.d_scores_times_5, out=s.d_q[..., 16:])
        np.matmul(s.q_transpose, s.d_scores, out=s.q_product)
        np.multiply(s.q_slice_3, s.iota_sin, out=s.q_times_6)
        np.multiply(s.q_slice_4, s.iota_cos, out=s.q_times_7)
        np.add(s.q_times_6, s.q_times_7, out=s.d_k[..., :16])
        np.multiply(s.q_slice_3, s.iota_cos, out=s.q_times_8)
        np.negative(s.q_slice_4, out=s.q_negative)
        np.multiply(s.q_negative, s.iota_sin, out=s.q_times_9)
        np.add(s.q_times_8, s.q_times_9, out=s.d_k[..., 16:])
        np.matmul(
            s.weights_transpose,
            s.d_attended,
            out=s.d_q_concat[:, :, 8:].transpose(0, 2, 1, 3),
        )
        np.copyto(s.d_q_concat[:, :, :4], s.d_q_transpose)
        np.copyto(s.d_q_concat[:, :, 4:8], s.d_k_transpose)
        np.dot(s.d_qkv_rows, p.W_qkv.T, out=s.d_qkv_rows_product)

    def _attention_5_forward(self, s, p):
        """Forward, one of 4: gpt.blocks_1.attention to gpt.blocks_4.attention."""
        # attention_5                                                          gpt.py:40
        # qkv = blocks_norm W_qkv + b_qkv                                    (N, T, 384)
        # scores = q_concat * 0.176777 k_transpose                          (N, 4, T, T)
        # weights = softmax(scores + iota_3_where)                          (N, 4, T, T)
        # attended = weights v                                             (N, 4, T, 32)
        # attention = heads W_o + b_o                                        (N, T, 128)
        np.dot(s.blocks_norm_rows, p.W_qkv, out=s.qkv_rows)
        np.add(s.qkv, p.b_qkv, out=s.qkv)
        np.multiply(s.q_slice, s.iota_cos, out=s.q_times)
        np.multiply(s.q_slice_2, s.iota_sin, out=s.q_times_2)
        np.subtract(s.q_times, s.q_times_2, out=s.q_concat[..., :16])
        np.multiply(s.q_slice_2, s.iota_cos, out=s.q_times_3)
        np.multiply(s.q_slice, s.iota_sin, out=s.q_times_4)
        np.add(s.q_times_3, s.q_times_4, out=s.q_concat[..., 16:])
        np.multiply(s.q_concat, 0.17677669, out=s.q_times_5)
        np.multiply(s.k_slice, s.iota_cos, out=s.k_times)
        np.multiply(s.k_slice_2, s.iota_sin, out=s.k_times_2)
        np.subtract(s.k_times, s.k_times_2, out=s.k_concat[..., :16])
        np.multiply(s.k_slice_2, s.iota_cos, out=s.k_times_3)
        np.multiply(s.k_slice, s.iota_sin, out=s.k_times_4)
        np.add(s.k_times_3, s.k_times_4, out=s.k_concat[..., 16:])
        np.matmul(s.q_times_5, s.k_transpose, out=s.scores)
        np.add(s.scores, s.iota_3_where, out=s.weights)
        _row_max(s.weights, s.weights_max_starts, out=s.weights_max)
        np.subtract(s.weights, s.weights_max, out=s.weights)
        np.exp(s.weights, out=s.weights)
        np.dot(s.weights_reshape, s.ones_2, out=s.weights_row_sum)
        np.divide(s.weights, s.weights_reshape_2, out=s.weights)
        np.matmul(s.weights, s.v, out=s.attended_copy.transpose(0, 2, 1, 3))
        np.dot(s.heads_rows, p.W_o, out=s.rows)
        np.add(s.attention, p.b_o, out=s.attention)

    def _feed_forward_forward_2(self, s, p):
        """Forward, one of 4: gpt.blocks_1.feed_forward to gpt.blocks_4.feed_for..."""
        # up                                                                   gpt.py:40
        # z = norm_2 W + b                                                   (N, T, 512)
        # h1 = gelu_tanh(z)                                                  (N, T, 512)
        np.dot(s.norm_2_rows, p.up_W, out=s.z_rows)
        np.add(s.z, p.up_b, out=s.z)
        np.clip(s.z, -30.0, 10.0, out=s.z_clip)
        np.square(s.z_clip, out=s.z_square)
        np.multiply(0.071354814, s.z_square, out=s.z_times_square)
        np.add(1.5957692, s.z_times_square, out=s.z_plus)
        np.multiply(s.z_clip, s.z_plus, out=s.z_times_plus)
        np.exp(s.z_times_plus, out=s.z_exp)
        np.add(1.0, s.z_exp, out=s.z_plus_exp)
        np.divide(s.z_exp, s.z_plus_exp, out=s.z_over_plus_exp)
        np.multiply(s.z, s.z_over_plus_exp, out=s.h1)

        # down: h2 = h1 W + b                                    (N, T, 128)   gpt.py:40
        np.dot(s.h1_rows, p.down_W, out=s.h2_rows)
        np.add(s.h2, p.down_b, out=s.h2)

    def _feed_forward_forward(self, s, p):
        """Forward, one of 4: gpt.blocks_1.feed_forward to gpt.blocks_4.feed_for..."""
        # up                                                                   gpt.py:40
        # z = norm_2 W + b                                                   (N, T, 512)
        # h1 = gelu_tanh(z)                                                  (N, T, 512)
        # z_slope = gelu_tanh_slope(z)                                       (N, T, 512)
        np.dot(s.norm_2_rows, p.up_W, out=s.z_rows)
        np.add(s.z, p.up_b, out=s.z)
        np.clip(s.z, -30.0, 10.0, out=s.z_clip)
        np.square(s.z_clip, out=s.z_square)
        np.multiply(0.071354814, s.z_square, out=s.z_times_square)
        np.add(1.5957692, s.z_times_square, out=s.z_plus)
        np.multiply(s.z_clip, s.z_plus, out=s.z_times_plus)
        np.exp(s.z_times_plus, out=s.z_exp)
        np.add(1.0, s.z_exp, out=s.z_plus_exp)
        np.divide(s.z_exp, s.z_plus_exp, out=s.z_over_plus_exp)
        np.multiply(s.z, s.z_over_plus_exp, out=s.h1)
        np.multiply(0.21406445, s.z_square, out=s.z_times_square_2)
        np.add(1.5957692, s.z_times_square_2, out=s.z_plus_2)
        np.multiply(s.z_clip, s.z_plus_2, out=s.z_times_plus_2)
        np.divide(s.z_times_plus_2, s.z_plus_exp, out=s.z_over_plus_exp_2)
        np.add(1.0, s.z_over_plus_exp_2, out=s.z_plus_3)
        np.multiply(s.z_over_plus_exp, s.z_plus_3, out=s.z_slope)

        # down: h2 = h1 W + b                                    (N, T, 128)   gpt.py:40
        np.dot(s.h1_rows, p.down_W, out=s.h2_rows)
        np.add(s.h2, p.down_b, out=s.h2)

    def _norm_backward(self, s, p):
        """Backward, one of 8: gpt.blocks_1.norm_1 to gpt.blocks_4.norm_2."""
        # norm                                                                 gpt.py:40
        # d_attention = d_blocks + blocks_times_2                            (N, T, 128)
        np.multiply(s.d_2, p.gamma, out=s.d_2_times)
        np.dot(s.d_2_reshape, s.ones, out=s.d_2_row_sum)
        np.divide(s.d_2_over, 128.0, out=s.d_2_over)
        np.subtract(s.d_2_times, s.d_2_over, out=s.d_2_minus_over)
        np.multiply(s.d_2_times, s.blocks_hat_2, out=s.d_2_times_2)
        np.dot(s.d_2_reshape, s.ones, out=s.d_2_row_sum_2)
        np.divide(s.d_2_over_2, 128.0, out=s.d_2_over_2)
        np.multiply(s.blocks_hat_2, s.d_2_over_2, out=s.blocks_times)
        np.subtract(s.d_2_minus_over, s.blocks_times, out=s.d_2_minus)
        np.multiply(s.blocks_inv_std_3, s.d_2_minus, out=s.blocks_times_2)
        np.add(s.d_blocks, s.blocks_times_2, out=s.d_attention)

    def _norm_forward(self, s, p):
        """Forward, one of 9: gpt.blocks_1.norm_1 to gpt.norm."""
        # norm                                                                 gpt.py:40
        # blocks_mean = mean(blocks, axis 2)                                   (N, T, 1)
        # blocks_var = mean(square(blocks - blocks_mean), axis 2)              (N, T, 1)
        # blocks_inv_std = 1 / sqrt(blocks_var + 1e-05)                        (N, T, 1)
        # blocks_hat = (blocks - mean) / sqrt(var + 1e-05)                   (N, T, 128)
        # blocks_norm = blocks_hat * gamma + beta                            (N, T, 128)
        np.dot(s.blocks_reshape, s.ones, out=s.blocks_row_sum)
        np.divide(s.blocks_mean, 128.0, out=s.blocks_mean)
        np.subtract(s.blocks, s.blocks_mean, out=s.blocks_hat)
        np.square(s.blocks_hat, out=s.blocks_hat_square)
        np.dot(s.blocks_hat_reshape, s.ones, out=s.blocks_hat_row_sum)
        np.divide(s.blocks_var, 128.0, out=s.blocks_var)
        np.add(s.blocks_var, 1e-05, out=s.blocks_inv_std)
        np.sqrt(s.blocks_inv_std, out=s.blocks_inv_std_2)
        np.divide(1.0, s.blocks_inv_std_2, out=s.blocks_inv_std_3)
        np.multiply(s.blocks_hat, s.blocks_inv_std_3, out=s.blocks_hat_2)
        np.multiply(s.blocks_hat_2, p.gamma, out=s.blocks_norm)
        np.add(s.blocks_norm, p.beta, out=s.blocks_norm)

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


def _ending(names, end, *others):
    """The names that end so, but for some others."""
    return [name for name in names if name.endswith(end) and name not in others]


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
