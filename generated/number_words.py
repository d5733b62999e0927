"""number_words: emitted by graphc 0.1.0, planned style.

It needs NumPy and nothing else.

Parameters 170,496 in 70 arrays

    from number_words import NumberWords

    m = NumberWords(seed=0)
    m.train(source, target, following)  # Returns loss; changes speller, adam.
    m.read(source)
    m.step(...)
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
adam.step=
"""
_PARAMS = """
speller.digits.W=11,64 speller.words.W=33,64 1,2:
  speller.~transformer_encoder_1.layers_#.attention.W_qkv=64,192
  speller.~transformer_encoder_1.layers_#.attention.b_qkv=192
  speller.~transformer_encoder_1.layers_#.attention.W_o=64,64
  speller.~transformer_encoder_1.layers_#.attention.b_o=64
  speller.~transformer_encoder_1.layers_#.norm_1.{gamma,beta}=64
  speller.~transformer_encoder_1.layers_#.feed_forward.up.W=64,128
  speller.~transformer_encoder_1.layers_#.feed_forward.up.b=128
  speller.transformer_~encoder_1.layers_#.feed_forward.down.W=128,64
  speller.transformer_~encoder_1.layers_#.feed_forward.down.b=64
  speller.~transformer_encoder_1.layers_#.norm_2.{gamma,beta}=64 ;
  speller.transformer_encoder_1.norm. {gamma,beta}=64 ; 1,2:
  speller.transformer_~decoder_1.layers_#.self_attention.W_qkv=64,192
  speller.transformer_~decoder_1.layers_#.self_attention.b_qkv=192
  speller.transformer_~decoder_1.layers_#.self_attention.W_o=64,64
  speller.transformer_~decoder_1.layers_#.self_attention.b_o=64
  speller.~transformer_decoder_1.layers_#.norm_1.{gamma,beta}=64
  speller.transformer_~decoder_1.layers_#.cross_attention.W_q=64,64
  speller.transformer_~decoder_1.layers_#.cross_attention.W_kv=64,128
  speller.transformer_~decoder_1.layers_#.cross_attention.b_q=64
  speller.transformer_~decoder_1.layers_#.cross_attention.b_kv=128
  speller.transformer_~decoder_1.layers_#.cross_attention.W_o=64,64
  speller.transformer_~decoder_1.layers_#.cross_attention.b_o=64
  speller.~transformer_decoder_1.layers_#.norm_2.{gamma,beta}=64
  speller.~transformer_decoder_1.layers_#.feed_forward.up.W=64,128
  speller.~transformer_decoder_1.layers_#.feed_forward.up.b=128
  speller.transformer_~decoder_1.layers_#.feed_forward.down.W=128,64
  speller.transformer_~decoder_1.layers_#.feed_forward.down.b=64
  speller.~transformer_decoder_1.layers_#.norm_3.{gamma,beta}=64 ;
  speller.transformer_decoder_1.norm. {gamma,beta}=64 ;
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
_TRAIN_FEED_FORWARD = _rows("t 41 61x5   u 223 204x5   v 79x3 112x3   w 170x3 139x3")
_TRAIN_NORM = _rows("""
t 1 13x5 75 82 94 108   u 21x3 37 44 57x5   v 241 186x5 173 166 155 142
w 246x3 226 219 207x5   x 194 183x5 170 163 152 139   y 235x3 223 216 204x5
z 193 181x5 169 162..138/-12
""")
_TRAIN_CROSS_ATTENTION_3 = _rows("t 174 143   u 68 101   v 19 100   w 196 195")
_TRAIN_SELF_ATTENTION_3 = _rows("""
t 5x3 86   u 194x3 163   v 25x2 48x2   w 235x2 216x2   x 35x2 55x2   y 241x3 166
z 246x2 219x2
""")
_READ_FEED_FORWARD = _rows("t 17 35x5")
_READ_NORM = _rows("t 1x3 16 22 34x5")
_STEP_FEED_FORWARD = _rows("t 48x5 84")
_STEP_NORM_4 = _rows("""
t 7x3 34 48 54 72 84 0   u 10x3 37 51 57 75 87 92   v 6x3 33 47 53 71 83 89
""")


class NumberWords:
    """The network: its parameters, and the methods that use and change them."""

    NAME = "number_words"
    FINGERPRINT = "05621143d63b7c95"
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
        self.params = _Views(_vector(170496, np.float32), _shapes(_PARAMS))
        self.grads = _Views(_vector(170496, np.float32), self.params.shapes)
        self.momentum = _Views(_vector(170496, np.float32), self.params.shapes)
        self.squares = _Views(_vector(170496, np.float32), self.params.shapes)
        self.state = SimpleNamespace(**_zeros(np.int64, _STATES_INT64))
        self.params.feed_forward = _named(
            self.params,
            up_W=[
                *_series("transformer_encoder_1_layers_#_feed_forward_up_W", "1 2"),
                *_series("transformer_decoder_1_layers_#_feed_forward_up_W", "1,2*2"),
            ],
            up_b=[
                *_series("transformer_encoder_1_layers_#_feed_forward_up_b", "1 2"),
                *_series("transformer_decoder_1_layers_#_feed_forward_up_b", "1,2*2"),
            ],
            down_W=[
                *_series("encoder_1_layers_#_feed_forward_down_W", "1 2"),
                *_series("decoder_1_layers_#_feed_forward_down_W", "1,2*2"),
            ],
            down_b=[
                *_series("encoder_1_layers_#_feed_forward_down_b", "1 2"),
                *_series("decoder_1_layers_#_feed_forward_down_b", "1,2*2"),
            ],
        )
        self.grads.feed_forward = _named(
            self.grads,
            down_b=[
                *_series("encoder_1_layers_#_feed_forward_down_b", "1 2"),
                *_series("decoder_1_layers_#_feed_forward_down_b", "1 2"),
                "",
                "",
            ],
            down_W=[
                *_series("encoder_1_layers_#_feed_forward_down_W", "1 2"),
                *_series("decoder_1_layers_#_feed_forward_down_W", "1 2"),
                "",
                "",
            ],
            up_b=[
                *_series("transformer_encoder_1_layers_#_feed_forward_up_b", "1 2"),
                *_series("transformer_decoder_1_layers_#_feed_forward_up_b", "1 2"),
                "",
                "",
            ],
            up_W=[
                *_series("transformer_encoder_1_layers_#_feed_forward_up_W", "1 2"),
                *_series("transformer_decoder_1_layers_#_feed_forward_up_W", "1 2"),
                "",
                "",
            ],
        )
        self.params.norm = _named(
            self.params,
            gamma=[
                *_series("transformer_decoder_1_layers_1_norm_#_gamma", "1 2"),
                *_series(
                    "transformer_encoder_1_layers_#_norm_#_gamma",
                    "1x2 2x2",
                    "1,2*2",
                ),
                *_series(
                    "transformer_decoder_1_layers_#_norm_#_gamma",
                    "1 2x3",
                    "3 1..3",
                ),
            ],
            beta=[
                *_series("transformer_decoder_1_layers_1_norm_#_beta", "1 2"),
                *_series(
                    "transformer_encoder_1_layers_#_norm_#_beta",
                    "1x2 2x2",
                    "1,2*2",
                ),
                *_series(
                    "transformer_decoder_1_layers_#_norm_#_beta",
                    "1 2x3",
                    "3 1..3",
                ),
            ],
        )
        self.grads.norm = _named(
            self.grads,
            beta=[
                *_series("transformer_decoder_1_layers_1_norm_#_beta", "1 2"),
                *_series(
                    "transformer_encoder_1_layers_#_norm_#_beta",
                    "1x2 2x2",
                    "1,2*2",
                ),
                *_series(
                    "transformer_decoder_1_layers_#_norm_#_beta",
                    "1 2x3",
                    "3 1..3",
                ),
            ],
            gamma=[
                *_series("transformer_decoder_1_layers_1_norm_#_gamma", "1 2"),
                *_series(
                    "transformer_encoder_1_layers_#_norm_#_gamma",
                    "1x2 2x2",
                    "1,2*2",
                ),
                *_series(
                    "transformer_decoder_1_layers_#_norm_#_gamma",
                    "1 2x3",
                    "3 1..3",
                ),
            ],
        )
        self.params.cross_attention_3 = _named(
            self.params,
            W_o=_series("decoder_1_layers_#_cross_attention_W_o", "1 2"),
            W_q=_series("decoder_1_layers_#_cross_attention_W_q", "1 2"),
        )
        self.grads.cross_attention_3 = _named(
            self.grads,
            b_o=_series("decoder_1_layers_#_cross_attention_b_o", "1 2"),
            W_o=_series("decoder_1_layers_#_cross_attention_W_o", "1 2"),
            b_kv=_series("decoder_1_layers_#_cross_attention_b_kv", "1 2"),
            b_q=_series("decoder_1_layers_#_cross_attention_b_q", "1 2"),
            W_kv=_series("decoder_1_layers_#_cross_attention_W_kv", "1 2"),
            W_q=_series("decoder_1_layers_#_cross_attention_W_q", "1 2"),
        )
        self.params.self_attention_3 = _named(
            self.params,
            W_qkv=[
                "decoder_1_layers_1_self_attention_W_qkv",
                *_series("transformer_encoder_1_layers_#_attention_W_qkv", "1 2"),
                "decoder_1_layers_2_self_attention_W_qkv",
            ],
            b_qkv=[
                "decoder_1_layers_1_self_attention_b_qkv",
                "",
                "",
                "decoder_1_layers_2_self_attention_b_qkv",
            ],
            W_o=[
                "decoder_1_layers_1_self_attention_W_o",
                *_series("transformer_encoder_1_layers_#_attention_W_o", "1 2"),
                "decoder_1_layers_2_self_attention_W_o",
            ],
            b_o=[
                "decoder_1_layers_1_self_attention_b_o",
                "",
                "",
                "decoder_1_layers_2_self_attention_b_o",
            ],
        )
        self.grads.self_attention_3 = _named(
            self.grads,
            b_o=[
                "decoder_1_layers_1_self_attention_b_o",
                *_series("transformer_encoder_1_layers_#_attention_b_o", "1 2"),
                "decoder_1_layers_2_self_attention_b_o",
            ],
            W_o=[
                "decoder_1_layers_1_self_attention_W_o",
                *_series("transformer_encoder_1_layers_#_attention_W_o", "1 2"),
                "decoder_1_layers_2_self_attention_W_o",
            ],
            b_qkv=[
                "decoder_1_layers_1_self_attention_b_qkv",
                *_series("transformer_encoder_1_layers_#_attention_b_qkv", "1 2"),
                "decoder_1_layers_2_self_attention_b_qkv",
            ],
            W_qkv=[
                "decoder_1_layers_1_self_attention_W_qkv",
                *_series("transformer_encoder_1_layers_#_attention_W_qkv", "1 2"),
                "decoder_1_layers_2_self_attention_W_qkv",
            ],
        )
        self.grads.norm_4 = _parts(
            self.grads,
            [
                "speller_transformer_encoder_1_norm",
                "speller_transformer_decoder_1_norm",
                *_series("transformer_decoder_1_layers_#_norm_#", "1x3 2x3", "1..3*2"),
                "transformer_decoder_1_norm",
            ],
        )
        self.params.norm_4 = _named(
            self.params,
            gamma=[
                "speller_transformer_encoder_1_norm_gamma",
                "speller_transformer_decoder_1_norm_gamma",
                *_series(
                    "transformer_decoder_1_layers_#_norm_#_gamma",
                    "1x3 2x3",
                    "1..3*2",
                ),
                "speller_transformer_decoder_1_norm_gamma",
            ],
            beta=[
                "speller_transformer_encoder_1_norm_beta",
                "speller_transformer_decoder_1_norm_beta",
                *_series(
                    "transformer_decoder_1_layers_#_norm_#_beta",
                    "1x3 2x3",
                    "1..3*2",
                ),
                "speller_transformer_decoder_1_norm_beta",
            ],
        )
        self._arena = np.empty(0, dtype=np.uint8)
        self._train = {}  # buffers by the arguments' shapes
        self._read = {}  # buffers by the arguments' shapes
        self._step = {}  # buffers by the arguments' shapes
        self.initialise(seed)

    def initialise(self, seed=0):
        """Give every parameter its first value; the same seed gives the same values."""
        rng = _generator(seed, 0)
        p = self.params
        noise = rng.standard_normal((11, 64), dtype=np.float32)
        p.speller_digits_W[...] = noise * 0.125
        noise = rng.standard_normal((33, 64), dtype=np.float32)
        p.speller_words_W[...] = noise * 0.125
        layers_1_attention_draw = rng.random((64, 64), dtype=np.float32)
        layers_1_attention_times = layers_1_attention_draw * 0.4330127
        layers_1_attention_plus = layers_1_attention_times + -0.21650635
        layers_1_attention_draw_2 = rng.random((64, 64), dtype=np.float32)
        layers_1_attention_times_2 = layers_1_attention_draw_2 * 0.4330127
        layers_1_attention_plus_2 = layers_1_attention_times_2 + -0.21650635
        layers_1_attention_draw_3 = rng.random((64, 64), dtype=np.float32)
        layers_1_attention_times_3 = layers_1_attention_draw_3 * 0.4330127
        layers_1_attention_plus_3 = layers_1_attention_times_3 + -0.21650635
        layers_1_attention_W_qkv = np.concatenate(
            (
                layers_1_attention_plus,
                layers_1_attention_plus_2,
                layers_1_attention_plus_3,
            ),
            axis=1,
        )
        p.transformer_encoder_1_layers_1_attention_W_qkv[...] = layers_1_attention_W_qkv
        layers_1_attention_draw = rng.random((64, 64), dtype=np.float32)
        layers_1_attention_times = layers_1_attention_draw * 0.4330127
        layers_1_attention_W_o = layers_1_attention_times + -0.21650635
        p.transformer_encoder_1_layers_1_attention_W_o[...] = layers_1_attention_W_o
        for name in _ending(p.shapes, "_gamma"):
            array = getattr(p, name)
            array[...] = 1.0
        layers_1_feed_forward_up_draw = rng.random((64, 128), dtype=np.float32)
        layers_1_feed_forward_up_times = layers_1_feed_forward_up_draw * 0.35355338
        layers_1_feed_forward_up_W = layers_1_feed_forward_up_times + -0.17677669
        np.copyto(
            p.transformer_encoder_1_layers_1_feed_forward_up_W,
            layers_1_feed_forward_up_W,
        )
        feed_forward_down_draw = rng.random((128, 64), dtype=np.float32)
        feed_forward_down_times = feed_forward_down_draw * 0.35355338
        layers_1_feed_forward_down_W = feed_forward_down_times + -0.17677669
        p.encoder_1_layers_1_feed_forward_down_W[...] = layers_1_feed_forward_down_W
        layers_2_attention_draw = rng.random((64, 64), dtype=np.float32)
        layers_2_attention_times = layers_2_attention_draw * 0.4330127
        layers_2_attention_plus = layers_2_attention_times + -0.21650635
        layers_2_attention_draw_2 = rng.random((64, 64), dtype=np.float32)
        layers_2_attention_times_2 = layers_2_attention_draw_2 * 0.4330127
        layers_2_attention_plus_2 = layers_2_attention_times_2 + -0.21650635
        layers_2_attention_draw_3 = rng.random((64, 64), dtype=np.float32)
        layers_2_attention_times_3 = layers_2_attention_draw_3 * 0.4330127
        layers_2_attention_plus_3 = layers_2_attention_times_3 + -0.21650635
        layers_2_attention_W_qkv = np.concatenate(
            (
                layers_2_attention_plus,
                layers_2_attention_plus_2,
                layers_2_attention_plus_3,
            ),
            axis=1,
        )
        p.transformer_encoder_1_layers_2_attention_W_qkv[...] = layers_2_attention_W_qkv
        layers_2_attention_draw = rng.random((64, 64), dtype=np.float32)
        layers_2_attention_times = layers_2_attention_draw * 0.4330127
        layers_2_attention_W_o = layers_2_attention_times + -0.21650635
        p.transformer_encoder_1_layers_2_attention_W_o[...] = layers_2_attention_W_o
        layers_2_feed_forward_up_draw = rng.random((64, 128), dtype=np.float32)
        layers_2_feed_forward_up_times = layers_2_feed_forward_up_draw * 0.35355338
        layers_2_feed_forward_up_W = layers_2_feed_forward_up_times + -0.17677669
        np.copyto(
            p.transformer_encoder_1_layers_2_feed_forward_up_W,
            layers_2_feed_forward_up_W,
        )
        feed_forward_down_draw = rng.random((128, 64), dtype=np.float32)
        feed_forward_down_times = feed_forward_down_draw * 0.35355338
        layers_2_feed_forward_down_W = feed_forward_down_times + -0.17677669
        p.encoder_1_layers_2_feed_forward_down_W[...] = layers_2_feed_forward_down_W
        layers_1_self_attention_draw = rng.random((64, 64), dtype=np.float32)
        layers_1_self_attention_times = layers_1_self_attention_draw * 0.4330127
        layers_1_self_attention_plus = layers_1_self_attention_times + -0.21650635
        layers_1_self_attention_draw_2 = rng.random((64, 64), dtype=np.float32)
        self_attention_times_2 = layers_1_self_attention_draw_2 * 0.4330127
        layers_1_self_attention_plus_2 = self_attention_times_2 + -0.21650635
        layers_1_self_attention_draw_3 = rng.random((64, 64), dtype=np.float32)
        self_attention_times_3 = layers_1_self_attention_draw_3 * 0.4330127
        layers_1_self_attention_plus_3 = self_attention_times_3 + -0.21650635
        layers_1_self_attention_W_qkv = np.concatenate(
            (
                layers_1_self_attention_plus,
                layers_1_self_attention_plus_2,
                layers_1_self_attention_plus_3,
            ),
            axis=1,
        )
        p.decoder_1_layers_1_self_attention_W_qkv[...] = layers_1_self_attention_W_qkv
        layers_1_self_attention_draw = rng.random((64, 64), dtype=np.float32)
        layers_1_self_attention_times = layers_1_self_attention_draw * 0.4330127
        layers_1_self_attention_W_o = layers_1_self_attention_times + -0.21650635
        p.decoder_1_layers_1_self_attention_W_o[...] = layers_1_self_attention_W_o
        layers_1_cross_attention_draw = rng.random((64, 64), dtype=np.float32)
        layers_1_cross_attention_times = layers_1_cross_attention_draw * 0.4330127
        layers_1_cross_attention_W_q = layers_1_cross_attention_times + -0.21650635
        p.decoder_1_layers_1_cross_attention_W_q[...] = layers_1_cross_attention_W_q
        layers_1_cross_attention_draw = rng.random((64, 64), dtype=np.float32)
        layers_1_cross_attention_times = layers_1_cross_attention_draw * 0.4330127
        layers_1_cross_attention_plus = layers_1_cross_attention_times + -0.21650635
        cross_attention_draw_2 = rng.random((64, 64), dtype=np.float32)
        cross_attention_plus_2 = cross_attention_draw_2 * 0.4330127 + -0.21650635
        layers_1_cross_attention_W_kv = np.concatenate(
            (layers_1_cross_attention_plus, cross_attention_plus_2),
            axis=1,
        )
        p.decoder_1_layers_1_cross_attention_W_kv[...] = layers_1_cross_attention_W_kv
        layers_1_cross_attention_draw = rng.random((64, 64), dtype=np.float32)
        layers_1_cross_attention_times = layers_1_cross_attention_draw * 0.4330127
        layers_1_cross_attention_W_o = layers_1_cross_attention_times + -0.21650635
        p.decoder_1_layers_1_cross_attention_W_o[...] = layers_1_cross_attention_W_o
        layers_1_feed_forward_up_draw = rng.random((64, 128), dtype=np.float32)
        layers_1_feed_forward_up_times = layers_1_feed_forward_up_draw * 0.35355338
        layers_1_feed_forward_up_W = layers_1_feed_forward_up_times + -0.17677669
        np.copyto(
            p.transformer_decoder_1_layers_1_feed_forward_up_W,
            layers_1_feed_forward_up_W,
        )
        feed_forward_down_draw = rng.random((128, 64), dtype=np.float32)
        feed_forward_down_times = feed_forward_down_draw * 0.35355338
        layers_1_feed_forward_down_W = feed_forward_down_times + -0.17677669
        p.decoder_1_layers_1_feed_forward_down_W[...] = layers_1_feed_forward_down_W
        layers_2_self_attention_draw = rng.random((64, 64), dtype=np.float32)
        layers_2_self_attention_times = layers_2_self_attention_draw * 0.4330127
        layers_2_self_attention_plus = layers_2_self_attention_times + -0.21650635
        layers_2_self_attention_draw_2 = rng.random((64, 64), dtype=np.float32)
        self_attention_times_2 = layers_2_self_attention_draw_2 * 0.4330127
        layers_2_self_attention_plus_2 = self_attention_times_2 + -0.21650635
        layers_2_self_attention_draw_3 = rng.random((64, 64), dtype=np.float32)
        self_attention_times_3 = layers_2_self_attention_draw_3 * 0.4330127
        layers_2_self_attention_plus_3 = self_attention_times_3 + -0.21650635
        layers_2_self_attention_W_qkv = np.concatenate(
            (
                layers_2_self_attention_plus,
                layers_2_self_attention_plus_2,
                layers_2_self_attention_plus_3,
            ),
            axis=1,
        )
        p.decoder_1_layers_2_self_attention_W_qkv[...] = layers_2_self_attention_W_qkv
        layers_2_self_attention_draw = rng.random((64, 64), dtype=np.float32)
        layers_2_self_attention_times = layers_2_self_attention_draw * 0.4330127
        layers_2_self_attention_W_o = layers_2_self_attention_times + -0.21650635
        p.decoder_1_layers_2_self_attention_W_o[...] = layers_2_self_attention_W_o
        layers_2_cross_attention_draw = rng.random((64, 64), dtype=np.float32)
        layers_2_cross_attention_times = layers_2_cross_attention_draw * 0.4330127
        layers_2_cross_attention_W_q = layers_2_cross_attention_times + -0.21650635
        p.decoder_1_layers_2_cross_attention_W_q[...] = layers_2_cross_attention_W_q
        layers_2_cross_attention_draw = rng.random((64, 64), dtype=np.float32)
        layers_2_cross_attention_times = layers_2_cross_attention_draw * 0.4330127
        layers_2_cross_attention_plus = layers_2_cross_attention_times + -0.21650635
        cross_attention_draw_2 = rng.random((64, 64), dtype=np.float32)
        cross_attention_plus_2 = cross_attention_draw_2 * 0.4330127 + -0.21650635
        layers_2_cross_attention_W_kv = np.concatenate(
            (layers_2_cross_attention_plus, cross_attention_plus_2),
            axis=1,
        )
        p.decoder_1_layers_2_cross_attention_W_kv[...] = layers_2_cross_attention_W_kv
        layers_2_cross_attention_draw = rng.random((64, 64), dtype=np.float32)
        layers_2_cross_attention_times = layers_2_cross_attention_draw * 0.4330127
        layers_2_cross_attention_W_o = layers_2_cross_attention_times + -0.21650635
        p.decoder_1_layers_2_cross_attention_W_o[...] = layers_2_cross_attention_W_o
        layers_2_feed_forward_up_draw = rng.random((64, 128), dtype=np.float32)
        layers_2_feed_forward_up_times = layers_2_feed_forward_up_draw * 0.35355338
        layers_2_feed_forward_up_W = layers_2_feed_forward_up_times + -0.17677669
        np.copyto(
            p.transformer_decoder_1_layers_2_feed_forward_up_W,
            layers_2_feed_forward_up_W,
        )
        feed_forward_down_draw = rng.random((128, 64), dtype=np.float32)
        feed_forward_down_times = feed_forward_down_draw * 0.35355338
        layers_2_feed_forward_down_W = feed_forward_down_times + -0.17677669
        p.decoder_1_layers_2_feed_forward_down_W[...] = layers_2_feed_forward_down_W

    def train(self, source, target, following):
        """Returns loss; changes speller, adam.

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
            least=62,
            keeps=["params"],
        )

    def _train_backward(self, s, source, target, following):
        """Forward and backward: the results; the gradients go to self.grads."""
        p, d = self.params, self.grads
        # ---- forward -----------------------------------------------------------------
        # speller.words: words = W[target] * 8           (N, T, 64)   number_words.py:69
        np.take(p.speller_words_W, target, axis=0, out=s.words, mode="clip")
        np.multiply(s.words, 8.0, out=s.words)

        # speller.positions: words_placed = words + iota_reshape_4      (N, T, 64)   :70
        np.add(s.words, s.iota_reshape_4, out=s.words_placed)

        # speller.transformer_decoder_1.layers_1.norm_1               number_words.py:71
        self._norm_forward(s.norm[0], p.norm[0])

        # speller.transformer_decoder_1.layers_1.self_attention       number_words.py:71
        self._self_attention_3_forward(s.self_attention_3[0], p.self_attention_3[0])

        # speller.transformer_decoder_1.layers_1                      number_words.py:71
        # layers_1 = words_placed + self_attention                          (N, T, 64)
        np.add(s.words_placed, s.self_attention, out=s.layers_1)

        # speller.transformer_decoder_1.layers_1.norm_2               number_words.py:71
        self._norm_forward(s.norm[1], p.norm[1])

        # speller.transformer_decoder_1.layers_1.cross_attention      number_words.py:71
        # q_2 = norm_2 W_q + b_q                                            (N, T, 64)
        # q_times_2 = q_3 * 0.25                                         (N, 4, T, 16)
        np.dot(s.norm_2_rows, p.decoder_1_layers_1_cross_attention_W_q, out=s.q_rows)
        np.add(s.q_2, p.decoder_1_layers_1_cross_attention_b_q, out=s.q_2)
        np.multiply(s.q_3, 0.25, out=s.q_times_2)

        # speller.digits: digits = W[source] * 8         (N, 5, 64)   number_words.py:68
        np.take(p.speller_digits_W, source, axis=0, out=s.digits, mode="clip")
        np.multiply(s.digits, 8.0, out=s.digits)

        # speller.positions                                           number_words.py:70
        # digits_placed = digits + iota_5_reshape_4                         (N, 5, 64)
        np.add(s.digits, s.iota_5_reshape_4, out=s.digits_placed)

        # speller.transformer_encoder_1.layers_1.norm_1               number_words.py:71
        self._norm_forward(s.norm[2], p.norm[2])

        # speller.transformer_encoder_1.layers_1.attention            number_words.py:71
        # qkv_2 = digits_placed_norm W_qkv + b_qkv                         (N, 5, 192)
        # scores_2 = q_4 * 0.25 qkv_transpose_2                           (N, 4, 5, 5)
        # q_times_3 = q_4 * 0.25                                         (N, 4, 5, 16)
        np.dot(
            s.digits_placed_norm_rows,
            p.transformer_encoder_1_layers_1_attention_W_qkv,
            out=s.qkv_rows_2,
        )
        np.add(s.qkv_2, p.transformer_encoder_1_layers_1_attention_b_qkv, out=s.qkv_2)
        np.multiply(s.q_4, 0.25, out=s.q_times_3)
        np.matmul(s.q_times_3, s.qkv_transpose_2, out=s.scores_2)

        # speller: source_mask = source > 0                  (N, 5)   number_words.py:76
        np.greater(source, 0, out=s.source_mask)

        # speller.transformer_encoder_1.layers_1.attention            number_words.py:71
        # weights_2 = softmax(scores + source_where)                      (N, 4, 5, 5)
        # attended_2 = weights_2 v_2                                     (N, 4, 5, 16)
        # attention = heads W_o + b_o                                       (N, 5, 64)
        # source_where = where(source_reshape, 0, -1.70141e+38)           (N, 1, 1, 5)
        np.copyto(s.source_where, np.float32(-1.7014117e38))
        np.copyto(s.source_where, np.float32(0.0), where=s.source_reshape)
        np.add(s.scores_2, s.source_where, out=s.weights_2)
        _row_max(s.weights_2, s.weights_max_2_starts, out=s.weights_max_2)
        np.subtract(s.weights_2, s.weights_max_2, out=s.weights_2)
        np.exp(s.weights_2, out=s.weights_2)
        s.weights_2.sum(axis=3, keepdims=True, out=s.weights_sum)
        np.divide(s.weights_2, s.weights_sum, out=s.weights_2)
        np.matmul(s.weights_2, s.v_2, out=s.attended_2)
        s.source_reshape.any(axis=3, keepdims=True, out=s.source_any)
        np.multiply(
            s.attended_2,
            s.source_any,
            out=s.attended_copy_2.transpose(0, 2, 1, 3),
        )
        np.dot(
            s.heads_rows_2,
            p.transformer_encoder_1_layers_1_attention_W_o,
            out=s.attention_rows,
        )
        np.add(
            s.attention,
            p.transformer_encoder_1_layers_1_attention_b_o,
            out=s.attention,
        )

        # speller.transformer_encoder_1.layers_1                      number_words.py:71
        # layers_1_2 = digits_placed + attention                            (N, 5, 64)
        np.add(s.digits_placed, s.attention, out=s.layers_1_2)

        # speller.transformer_encoder_1.layers_1.norm_2               number_words.py:71
        self._norm_forward(s.norm[3], p.norm[3])

        # speller.transformer_encoder_1.layers_1.feed_forward         number_words.py:71
        self._feed_forward_forward(s.feed_forward[0], p.feed_forward[0])

        # speller.transformer_encoder_1.layers_1                      number_words.py:71
        # layers_1_2 = digits_placed + attention + h2                       (N, 5, 64)
        np.add(s.layers_1_2, s.h2, out=s.layers_1_2)

        # speller.transformer_encoder_1.layers_2.norm_1               number_words.py:71
        self._norm_forward(s.norm[4], p.norm[4])

        # speller.transformer_encoder_1.layers_2.attention            number_words.py:71
        # qkv_3 = layers_1_norm W_qkv + b_qkv                              (N, 5, 192)
        # scores_3 = q_5 * 0.25 qkv_transpose_3                           (N, 4, 5, 5)
        # weights_3 = softmax(scores + source_where)                      (N, 4, 5, 5)
        # attended_3 = weights_3 v_3                                     (N, 4, 5, 16)
        # attention_2 = heads W_o + b_o                                     (N, 5, 64)
        np.dot(
            s.layers_1_norm_rows,
            p.transformer_encoder_1_layers_2_attention_W_qkv,
            out=s.qkv_rows_3,
        )
        np.add(s.qkv_3, p.transformer_encoder_1_layers_2_attention_b_qkv, out=s.qkv_3)
        np.multiply(s.q_5, 0.25, out=s.q_times_4)
        np.matmul(s.q_times_4, s.qkv_transpose_3, out=s.scores_3)
        np.add(s.scores_3, s.source_where, out=s.weights_3)
        _row_max(s.weights_3, s.weights_max_3_starts, out=s.weights_max_3)
        np.subtract(s.weights_3, s.weights_max_3, out=s.weights_3)
        np.exp(s.weights_3, out=s.weights_3)
        s.weights_3.sum(axis=3, keepdims=True, out=s.weights_sum_2)
        np.divide(s.weights_3, s.weights_sum_2, out=s.weights_3)
        np.matmul(s.weights_3, s.v_3, out=s.attended_3)
        np.multiply(
            s.attended_3,
            s.source_any,
            out=s.attended_copy_3.transpose(0, 2, 1, 3),
        )
        np.dot(
            s.heads_rows_3,
            p.transformer_encoder_1_layers_2_attention_W_o,
            out=s.attention_rows_2,
        )
        np.add(
            s.attention_2,
            p.transformer_encoder_1_layers_2_attention_b_o,
            out=s.attention_2,
        )

        # speller.transformer_encoder_1.layers_2                      number_words.py:71
        # layers_2 = layers_1_2 + attention_2                               (N, 5, 64)
        np.add(s.layers_1_2, s.attention_2, out=s.layers_2)

        # speller.transformer_encoder_1.layers_2.norm_2               number_words.py:71
        self._norm_forward(s.norm[5], p.norm[5])

        # speller.transformer_encoder_1.layers_2.feed_forward         number_words.py:71
        self._feed_forward_forward(s.feed_forward[1], p.feed_forward[1])

        # speller.transformer_encoder_1.layers_2                      number_words.py:71
        # layers_2 = layers_1_2 + attention_2 + h4                          (N, 5, 64)
        np.add(s.layers_2, s.h4, out=s.layers_2)

        # speller.transformer_encoder_1.norm                          number_words.py:71
        self._norm_4_forward(s.norm_4[0], p.norm_4[0])

        # speller.transformer_decoder_1.layers_1.cross_attention      number_words.py:71
        # kv = layers_2_norm W_kv + b_kv                                   (N, 5, 128)
        # scores_4 = q_times_2 kv_transpose                               (N, 4, T, 5)
        # weights_4 = softmax(scores + source_where)                      (N, 4, T, 5)
        # attended_4 = weights_4 v_4                                     (N, 4, T, 16)
        # cross_attention = heads W_o + b_o                                 (N, T, 64)
        np.dot(
            s.layers_2_norm_rows,
            p.decoder_1_layers_1_cross_attention_W_kv,
            out=s.kv_rows,
        )
        np.add(s.kv, p.decoder_1_layers_1_cross_attention_b_kv, out=s.kv)
        np.matmul(s.q_times_2, s.kv_transpose, out=s.scores_4)
        np.add(s.scores_4, s.source_where, out=s.weights_4)
        _row_max(s.weights_4, s.weights_max_4_starts, out=s.weights_max_4)
        np.subtract(s.weights_4, s.weights_max_4, out=s.weights_4)
        np.exp(s.weights_4, out=s.weights_4)
        s.weights_4.sum(axis=3, keepdims=True, out=s.weights_sum_3)
        np.divide(s.weights_4, s.weights_sum_3, out=s.weights_4)
        np.matmul(s.weights_4, s.v_4, out=s.attended_4)
        np.multiply(
            s.attended_4,
            s.source_any,
            out=s.attended_copy_4.transpose(0, 2, 1, 3),
        )
        np.dot(
            s.heads_rows_4,
            p.decoder_1_layers_1_cross_attention_W_o,
            out=s.cross_attention_rows,
        )
        np.add(
            s.cross_attention,
            p.decoder_1_layers_1_cross_attention_b_o,
            out=s.cross_attention,
        )

        # speller.transformer_decoder_1.layers_1                      number_words.py:71
        # layers_1 = words_placed + self_attention + cross_attention        (N, T, 64)
        np.add(s.layers_1, s.cross_attention, out=s.layers_1)

        # speller.transformer_decoder_1.layers_1.norm_3               number_words.py:71
        self._norm_forward(s.norm[6], p.norm[6])

        # speller.transformer_decoder_1.layers_1.feed_forward         number_words.py:71
        self._feed_forward_forward(s.feed_forward[2], p.feed_forward[2])

        # speller.transformer_decoder_1.layers_1                      number_words.py:71
        # layers_1 = words_placed + self_attention + cross_attention + h6   (N, T, 64)
        np.add(s.layers_1, s.h6, out=s.layers_1)

        # speller.transformer_decoder_1.layers_2.norm_1               number_words.py:71
        self._norm_forward(s.norm[7], p.norm[7])

        # speller.transformer_decoder_1.layers_2.self_attention       number_words.py:71
        self._self_attention_3_forward(s.self_attention_3[3], p.self_attention_3[3])

        # speller.transformer_decoder_1.layers_2                      number_words.py:71
        # layers_2_2 = layers_1 + self_attention_2                          (N, T, 64)
        np.add(s.layers_1, s.self_attention_2, out=s.layers_2_2)

        # speller.transformer_decoder_1.layers_2.norm_2               number_words.py:71
        self._norm_forward(s.norm[8], p.norm[8])

        # speller.transformer_decoder_1.layers_2.cross_attention      number_words.py:71
        # q_7 = norm_2 W_q + b_q                                            (N, T, 64)
        # kv_2 = layers_2_norm W_kv + b_kv                                 (N, 5, 128)
        # scores_6 = q_8 * 0.25 kv_transpose_2                            (N, 4, T, 5)
        # weights_6 = softmax(scores + source_where)                      (N, 4, T, 5)
        # attended_6 = weights_6 v_6                                     (N, 4, T, 16)
        # cross_attention_2 = heads W_o + b_o                               (N, T, 64)
        np.dot(
            s.norm_2_rows_4,
            p.decoder_1_layers_2_cross_attention_W_q,
            out=s.q_rows_2,
        )
        np.add(s.q_7, p.decoder_1_layers_2_cross_attention_b_q, out=s.q_7)
        np.multiply(s.q_8, 0.25, out=s.q_times_6)
        np.dot(
            s.layers_2_norm_rows,
            p.decoder_1_layers_2_cross_attention_W_kv,
            out=s.kv_rows_2,
        )
        np.add(s.kv_2, p.decoder_1_layers_2_cross_attention_b_kv, out=s.kv_2)
        np.matmul(s.q_times_6, s.kv_transpose_2, out=s.scores_6)
        np.add(s.scores_6, s.source_where, out=s.weights_6)
        _row_max(s.weights_6, s.weights_max_6_starts, out=s.weights_max_6)
        np.subtract(s.weights_6, s.weights_max_6, out=s.weights_6)
        np.exp(s.weights_6, out=s.weights_6)
        s.weights_6.sum(axis=3, keepdims=True, out=s.weights_sum_4)
        np.divide(s.weights_6, s.weights_sum_4, out=s.weights_6)
        np.matmul(s.weights_6, s.v_6, out=s.attended_6)
        np.multiply(
            s.attended_6,
            s.source_any,
            out=s.attended_copy_6.transpose(0, 2, 1, 3),
        )
        np.dot(
            s.heads_rows_6,
            p.decoder_1_layers_2_cross_attention_W_o,
            out=s.cross_attention_rows_2,
        )
        np.add(
            s.cross_attention_2,
            p.decoder_1_layers_2_cross_attention_b_o,
            out=s.cross_attention_2,
        )

        # speller.transformer_decoder_1.layers_2                      number_words.py:71
        # layers_2_2 = layers_1 + self_attention_2 + cross_attention_2      (N, T, 64)
        np.add(s.layers_2_2, s.cross_attention_2, out=s.layers_2_2)

        # speller.transformer_decoder_1.layers_2.norm_3               number_words.py:71
        self._norm_forward(s.norm[9], p.norm[9])

        # speller.transformer_decoder_1.layers_2.feed_forward         number_words.py:71
        self._feed_forward_forward(s.feed_forward[3], p.feed_forward[3])

        # speller.transformer_decoder_1.layers_2                      number_words.py:71
        # layers_2_2 = layers_1 + self_attention_2 + cross_attention_2      (N, T, 64)
        #     + h8
        np.add(s.layers_2_2, s.h8, out=s.layers_2_2)

        # speller.transformer_decoder_1.norm                          number_words.py:71
        self._norm_4_forward(s.norm_4[1], p.norm_4[1])

        # speller                                                     number_words.py:69
        # layers_2_norm_rows_product = layers_2_norm_2 words.W^T           (N * T, 33)
        np.dot(
            s.layers_2_norm_rows_2,
            p.speller_words_W.T,
            out=s.layers_2_norm_rows_product,
        )

        # softmax_cross_entropy                                      number_words.py:105
        # weight = sum((following != 0))                                            ()
        # loss = sum(logits_masked) / where(weight == 0, 1, weight)                 ()
        # logits_exp = exp(logits_minus_max)                                (N, T, 33)
        # logits_sum = sum(exp(logits_minus_max), axis 2)                    (N, T, 1)
        _row_max(s.logits, s.logits_max_starts, out=s.logits_max)
        np.subtract(s.logits, s.logits_max, out=s.logits_minus_max)
        np.exp(s.logits_minus_max, out=s.logits_exp)
        s.logits_exp.sum(axis=2, keepdims=True, out=s.logits_sum)
        np.log(s.logits_sum, out=s.logits_log)
        np.not_equal(following, 0, out=s.following_not_equal)
        np.multiply(following, s.following_not_equal, out=s.following_known_labels)
        np.add(s.following_reshape, s.row_starts_2, out=s.following_position)
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
        # softmax_cross_entropy                                      number_words.py:105
        # d_logits                                                          (N, T, 33)
        np.divide(s.logits_exp, s.logits_sum, out=s.d_logits)
        _add_elements(s.d_logits, s.following_position, s.minus_ones)
        np.divide(s.following_cast, s.weight_where, out=s.following_over)
        np.multiply(s.d_logits, s.following_reshape_2, out=s.d_logits)

        # speller: d_logits_rows_product = d_logits words.W            (N * T, 64)   :69
        np.dot(s.d_logits_rows, p.speller_words_W, out=s.d_logits_rows_product)

        # speller.transformer_decoder_1.norm                          number_words.py:71
        self._norm_4_backward(s.norm_4[1], p.norm_4[1], d.norm_4[1])

        # speller.transformer_decoder_1.layers_2.feed_forward         number_words.py:71
        self._feed_forward_backward(s.feed_forward[3], p.feed_forward[3])

        # speller.transformer_decoder_1.layers_2.norm_3               number_words.py:71
        self._norm_backward(s.norm[9], d.norm[9])

        # speller.transformer_decoder_1.layers_2.feed_forward         number_words.py:71
        self._feed_forward_backward_2(s.feed_forward[3], d.feed_forward[3])

        # speller.transformer_decoder_1.layers_2.norm_3               number_words.py:71
        self._norm_backward_2(s.norm[9], p.norm[9])

        # speller.transformer_decoder_1.layers_2.cross_attention      number_words.py:71
        self._cross_attention_3_backward(s.cross_attention_3[1], p.cross_attention_3[1])

        # speller.transformer_decoder_1.layers_2.norm_2               number_words.py:71
        self._norm_backward(s.norm[8], d.norm[8])

        # speller.transformer_decoder_1.layers_2.cross_attention      number_words.py:71
        self._cross_attention_3_backward_2(
            s.cross_attention_3[1],
            d.cross_attention_3[1],
        )

        # speller.transformer_decoder_1.layers_2.norm_2               number_words.py:71
        self._norm_backward_2(s.norm[8], p.norm[8])

        # speller.transformer_decoder_1.layers_2.self_attention       number_words.py:71
        self._self_attention_3_backward(s.self_attention_3[3], p.self_attention_3[3])

        # speller.transformer_decoder_1.layers_2.norm_1               number_words.py:71
        self._norm_backward(s.norm[7], d.norm[7])

        # speller.transformer_decoder_1.layers_2.self_attention       number_words.py:71
        self._self_attention_3_backward_2(s.self_attention_3[3], d.self_attention_3[3])

        # speller.transformer_decoder_1.layers_2.norm_1               number_words.py:71
        self._norm_backward_2(s.norm[7], p.norm[7])

        # speller.transformer_decoder_1.layers_1.feed_forward         number_words.py:71
        self._feed_forward_backward(s.feed_forward[2], p.feed_forward[2])

        # speller.transformer_decoder_1.layers_1.norm_3               number_words.py:71
        self._norm_backward(s.norm[6], d.norm[6])

        # speller.transformer_decoder_1.layers_1.feed_forward         number_words.py:71
        self._feed_forward_backward_2(s.feed_forward[2], d.feed_forward[2])

        # speller.transformer_decoder_1.layers_1.norm_3               number_words.py:71
        self._norm_backward_2(s.norm[6], p.norm[6])

        # speller.transformer_decoder_1.layers_1.cross_attention      number_words.py:71
        self._cross_attention_3_backward(s.cross_attention_3[0], p.cross_attention_3[0])

        # speller.transformer_decoder_1.layers_1.norm_2               number_words.py:71
        self._norm_backward(s.norm[1], d.norm[1])

        # speller.transformer_decoder_1.layers_1.cross_attention      number_words.py:71
        self._cross_attention_3_backward_2(
            s.cross_attention_3[0],
            d.cross_attention_3[0],
        )

        # speller.transformer_decoder_1.layers_1.norm_2               number_words.py:71
        self._norm_backward_2(s.norm[1], p.norm[1])

        # speller.transformer_decoder_1.layers_1.self_attention       number_words.py:71
        self._self_attention_3_backward(s.self_attention_3[0], p.self_attention_3[0])

        # speller.transformer_decoder_1.layers_1.norm_1               number_words.py:71
        self._norm_backward(s.norm[0], d.norm[0])

        # speller.transformer_decoder_1.layers_1.self_attention       number_words.py:71
        self._self_attention_3_backward_2(s.self_attention_3[0], d.self_attention_3[0])

        # speller.transformer_decoder_1.layers_2.cross_attention      number_words.py:71
        # d_kv_rows_product = reshape(q_concat, (5 * N, 128)) W_kv^T       (5 * N, 64)
        np.dot(
            s.d_kv_rows,
            p.decoder_1_layers_2_cross_attention_W_kv.T,
            out=s.d_kv_rows_product,
        )

        # speller.transformer_decoder_1.layers_1.cross_attention      number_words.py:71
        # d_layers_2_norm_2 = d_kv_rows_reshape + d_kv W_kv^T               (N, 5, 64)
        np.dot(
            s.d_kv_rows_2,
            p.decoder_1_layers_1_cross_attention_W_kv.T,
            out=s.d_kv_rows_product_2,
        )
        np.add(s.d_kv_rows_reshape, s.d_kv_rows_reshape_2, out=s.d_layers_2_norm_2)

        # speller.transformer_encoder_1.norm                          number_words.py:71
        self._norm_4_backward(s.norm_4[0], p.norm_4[0], d.norm_4[0])

        # speller.transformer_encoder_1.layers_2.feed_forward         number_words.py:71
        self._feed_forward_backward(s.feed_forward[1], p.feed_forward[1])

        # speller.transformer_encoder_1.layers_2.norm_2               number_words.py:71
        self._norm_backward(s.norm[5], d.norm[5])

        # speller.transformer_encoder_1.layers_2.feed_forward         number_words.py:71
        self._feed_forward_backward_2(s.feed_forward[1], d.feed_forward[1])

        # speller.transformer_encoder_1.layers_2.norm_2               number_words.py:71
        self._norm_backward_2(s.norm[5], p.norm[5])

        # speller.transformer_encoder_1.layers_2.attention            number_words.py:71
        self._self_attention_3_backward_3(s.self_attention_3[2], p.self_attention_3[2])

        # speller.transformer_encoder_1.layers_2.norm_1               number_words.py:71
        self._norm_backward(s.norm[4], d.norm[4])

        # speller.transformer_encoder_1.layers_2.attention            number_words.py:71
        self._self_attention_3_backward_2(s.self_attention_3[2], d.self_attention_3[2])

        # speller.transformer_encoder_1.layers_2.norm_1               number_words.py:71
        self._norm_backward_2(s.norm[4], p.norm[4])

        # speller.transformer_encoder_1.layers_1.feed_forward         number_words.py:71
        self._feed_forward_backward(s.feed_forward[0], p.feed_forward[0])

        # speller.transformer_encoder_1.layers_1.norm_2               number_words.py:71
        self._norm_backward(s.norm[3], d.norm[3])

        # speller.transformer_encoder_1.layers_1.feed_forward         number_words.py:71
        self._feed_forward_backward_2(s.feed_forward[0], d.feed_forward[0])

        # speller.transformer_encoder_1.layers_1.norm_2               number_words.py:71
        self._norm_backward_2(s.norm[3], p.norm[3])

        # speller.transformer_encoder_1.layers_1.attention            number_words.py:71
        self._self_attention_3_backward_3(s.self_attention_3[1], p.self_attention_3[1])

        # speller.transformer_encoder_1.layers_1.norm_1               number_words.py:71
        self._norm_backward(s.norm[2], d.norm[2])

        # speller.transformer_encoder_1.layers_1.attention            number_words.py:71
        self._self_attention_3_backward_2(s.self_attention_3[1], d.self_attention_3[1])

        # speller                                                     number_words.py:69
        # layers_2_norm_rows_product_2 = layers_2_norm_2^T d_logits           (64, 33)
        np.dot(
            s.layers_2_norm_rows_2.T,
            s.d_logits_rows,
            out=s.layers_2_norm_rows_product_2,
        )
        target_reshape = target.reshape(s.n * s.t, 1)

        # speller.words                                               number_words.py:69
        # target_plus_position = iota_7 + target_position                  (N * T, 64)
        np.multiply(target_reshape, 64, out=s.target_position)
        np.add(s.iota_7, s.target_position, out=s.target_plus_position)

        # speller.transformer_decoder_1.layers_1.norm_1               number_words.py:71
        self._norm_backward_2(s.norm[0], p.norm[0])

        # speller.words                                               number_words.py:69
        # d_W = layers_2_norm_rows_product_2^T                                (33, 64)
        #     + scatter_add(0, target, d_words_placed * 8)
        np.multiply(s.d_words_placed, 8.0, out=s.d_words_placed_times)
        d.speller_words_W.fill(0)
        _add_elements(
            d.speller_words_W,
            s.target_plus_position,
            s.d_words_placed_reshape,
        )
        np.add(
            s.layers_2_norm_rows_product_2.T,
            d.speller_words_W,
            out=d.speller_words_W,
        )
        source_reshape_2 = source.reshape(5 * s.n, 1)

        # speller.digits                                              number_words.py:68
        # source_plus_position = iota_7 + source_position                  (5 * N, 64)
        np.multiply(source_reshape_2, 64, out=s.source_position)
        np.add(s.iota_7, s.source_position, out=s.source_plus_position)

        # speller.transformer_encoder_1.layers_1.norm_1               number_words.py:71
        self._norm_backward_2(s.norm[2], p.norm[2])

        # speller.digits                                              number_words.py:68
        # d_W = scatter_add(0, source, d_digits_placed * 8)                   (11, 64)
        np.multiply(s.d_digits_placed, 8.0, out=s.d_digits_placed_times)
        d.speller_digits_W.fill(0)
        _add_elements(
            d.speller_digits_W,
            s.source_plus_position,
            s.d_digits_placed_reshape,
        )

        return s.loss[()]

    def _train_update(self, s):
        """Change the states by the gradients."""
        d = self.grads
        adam_step = int(self.state.adam_step)
        # ---- update ------------------------------------------------------------------
        # adam                                                       number_words.py:108
        #   momentum and squares are without the factor 1 - beta
        # gradient_norm = sqrt(sum of squares of grads)                             ()
        # clip_scale = minimum(1 / (gradient_norm + 1e-06), 1)                      ()
        # momentum' = 0.9 * momentum + grads * clip_scale                    (170496,)
        # squares' = 0.98 * squares + square(grads * clip_scale)             (170496,)
        # params' = params                                                   (170496,)
        #     - alpha_t * momentum' / (sqrt(squares') + epsilon_t)
        new_adam_step = adam_step + 1
        adam_step_cast = adam_step
        adam_step_times_minimum = 3.1415927 * min(adam_step_cast / 449.0, 1.0)
        adam_step_minus_cos = 1.0 - math.cos(adam_step_times_minimum)
        rise = 0.00012 + adam_step_minus_cos * 0.00144
        adam_step_minimum_2 = min((adam_step_cast - 449.0) / 1050.0, 1.0)
        adam_step_cos_2 = math.cos(3.1415927 * adam_step_minimum_2)
        adam_step_times_3 = (1.0 - adam_step_cos_2) * -0.001499994
        fall = 0.003 + adam_step_times_3
        learning_rate = rise if (adam_step_cast <= 449.0) else fall
        t_2 = adam_step_cast + 1.0
        c = math.sqrt((1.0 - 0.98**t_2) / 0.02)
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
                np.multiply(0.98, squares, out=squares)
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
        _check_range("target", target, 33)
        _check_range("source", source, 11)
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
        t = sizes["T"]
        s = SimpleNamespace(n=n, t=t)
        float32 = _buffers(np.float32)
        bool_ = _buffers(np.bool_)
        int64 = _buffers(np.int64)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.words = s.words_placed = s.layers_1 = float32(0, 135, (n, t, 64))
        s.self_attention = float32(12, 12, (n, t, 64))
        s.norm_2 = float32(17, 183, (n, t, 64))
        s.q_2 = float32(18, 19, (n, t, 64))
        s.q_times_2 = float32(19, 183, (n, 4, t, 16))
        s.digits = s.digits_placed = s.layers_1_2 = float32(20, 200, (n, 5, 64))
        s.digits_placed_norm = float32(25, 235, (n, 5, 64))
        s.qkv_2 = float32(26, 232, (n, 5, 192))
        s.q_times_3 = float32(27, 233, (n, 4, 5, 16))
        s.scores_2 = s.weights_2 = float32(28, 233, (n, 4, 5, 5))
        s.source_mask = bool_(29, 34, (n, 5))
        s.source_where = float32(30, 102, (n, 1, 1, 5))
        s.weights_max_2 = float32(31, 31, (n, 4, 5, 1))
        s.weights_sum = float32(32, 32, (n, 4, 5, 1))
        s.attended_2 = float32(33, 35, (n, 4, 5, 16))
        s.source_any = bool_(34, 228, (n, 1, 1, 1))
        s.attended_copy_2 = float32(35, 235, (n, 5, 4, 16))
        s.attention = float32(36, 36, (n, 5, 64))
        s.h2 = float32(43, 43, (n, 5, 64))
        s.layers_1_norm = float32(48, 216, (n, 5, 64))
        s.qkv_3 = float32(49, 213, (n, 5, 192))
        s.q_times_4 = float32(50, 214, (n, 4, 5, 16))
        s.scores_3 = s.weights_3 = float32(51, 214, (n, 4, 5, 5))
        s.weights_max_3 = float32(52, 52, (n, 4, 5, 1))
        s.weights_sum_2 = float32(53, 53, (n, 4, 5, 1))
        s.attended_3 = float32(54, 55, (n, 4, 5, 16))
        s.attended_copy_3 = float32(55, 216, (n, 5, 4, 16))
        s.attention_2 = float32(56, 56, (n, 5, 64))
        s.layers_2 = s.digits
        s.h4 = float32(63, 63, (n, 5, 64))
        s.layers_2_mean = float32(64, 64, (n, 5, 1))
        s.layers_2_hat_square = float32(65, 66, (n, 5, 64))
        s.layers_2_var = float32(66, 200, (n, 5, 1))
        s.layers_2_norm = float32(67, 183, (n, 5, 64))
        s.kv = float32(68, 179, (n, 5, 128))
        s.scores_4 = s.weights_4 = float32(69, 183, (n, 4, t, 5))
        s.weights_max_4 = float32(70, 70, (n, 4, t, 1))
        s.weights_sum_3 = float32(71, 71, (n, 4, t, 1))
        s.attended_4 = float32(72, 73, (n, 4, t, 16))
        s.attended_copy_4 = float32(73, 182, (n, t, 4, 16))
        s.cross_attention = float32(74, 74, (n, t, 64))
        s.h6 = float32(81, 81, (n, t, 64))
        s.self_attention_2 = float32(93, 93, (n, t, 64))
        s.layers_2_2 = s.words
        s.norm_2_4 = float32(98, 152, (n, t, 64))
        s.q_7 = float32(99, 100, (n, t, 64))
        s.q_times_6 = float32(100, 152, (n, 4, t, 16))
        s.kv_2 = float32(101, 148, (n, 5, 128))
        s.scores_6 = s.weights_6 = float32(102, 152, (n, 4, t, 5))
        s.weights_max_6 = float32(103, 103, (n, 4, t, 1))
        s.weights_sum_4 = float32(104, 104, (n, 4, t, 1))
        s.attended_6 = float32(105, 106, (n, 4, t, 16))
        s.attended_copy_6 = float32(106, 151, (n, t, 4, 16))
        s.cross_attention_2 = float32(107, 107, (n, t, 64))
        s.h8 = float32(114, 114, (n, t, 64))
        s.layers_2_mean_2 = float32(115, 115, (n, t, 1))
        s.layers_2_hat_square_2 = float32(116, 117, (n, t, 64))
        s.layers_2_var_2 = float32(117, 135, (n, t, 1))
        s.layers_2_norm_2 = float32(118, 236, (n, t, 64))
        s.logits_minus_max = s.logits = float32(119, 126, (n, t, 33))
        s.logits_max = float32(120, 120, (n, t, 1))
        s.logits_exp = s.d_logits = float32(121, 236, (n, t, 33))
        s.logits_sum = float32(122, 130, (n, t, 1))
        s.logits_minus = s.logits_reshape = s.logits_masked = float32(123, 127, (n, t))
        s.following_not_equal = bool_(124, 128, (n, t))
        s.following_position = s.following_reshape = int64(125, 130, (n * t,))
        s.logits_take = float32(126, 126, (n * t,))
        s.loss = float32(127, 246, ())
        s.following_cast = s.following_over = float32(128, 130, (n, t))
        s.weight = s.weight_where = float32(129, 130, ())
        s.weight_equal = bool_(130, 130, ())
        s.d_layers_2_hat = s.d_layers_2_norm = float32(131, 135, (n, t, 64))
        s.d_layers_2_norm_times = float32(132, 132, (n, t, 64))
        s.d_layers_2_hat_over = float32(133, 134, (n, t, 1))
        s.d_layers_2_hat_over_2 = float32(135, 135, (n, t, 1))
        s.d_cross_attention = s.d_self_attention = float32(134, 241, (n, t, 64))
        s.q_concat = float32(152, 195, (n, 5, 8, 16))
        s.q_concat_2 = float32(183, 196, (n, 5, 8, 16))
        s.d_layers_2_norm_2 = s.d_kv_rows_reshape = float32(195, 200, (n, 5, 64))
        s.d_kv_rows_product_2 = float32(196, 196, (5 * n, 64))
        s.d_layers_2_norm_times_2 = float32(197, 197, (n, 5, 64))
        s.d_layers_2_hat_2 = s.d_layers_2_norm_2
        s.d_layers_2_hat_over_3 = float32(198, 199, (n, 5, 1))
        s.d_layers_2_hat_over_4 = float32(200, 200, (n, 5, 1))
        s.d_attention = s.d_digits_placed = float32(199, 246, (n, 5, 64))
        s.layers_2_norm_rows_product_2 = float32(236, 241, (64, 33))
        s.target_position = int64(237, 238, (n * t, 1))
        s.target_plus_position = int64(238, 241, (n * t, 64))
        s.d_words_placed = s.d_cross_attention
        s.d_words_placed_times = s.d_cross_attention
        s.source_position = int64(242, 243, (5 * n, 1))
        s.source_plus_position = int64(243, 246, (5 * n, 64))
        s.d_digits_placed_times = s.d_attention
        s.gradient_norm = s.clip_scale = float32(247, 248, ())
        s.grads_times = float32(248, 248, (65536,))
        s.feed_forward = [SimpleNamespace() for _ in range(6)]
        for k_7 in range(2):
            b, at = s.feed_forward[k_7], _TRAIN_FEED_FORWARD[k_7]
            b.norm_2 = float32(at.t, at.u, (n, 5, 64))
            b.z = b.h1 = float32(at.t + 1, at.u, (n, 5, 128))
            b.h2 = float32(at.t + 2, at.t + 2, (n, 5, 64))
            b.h1_mask = bool_(at.u - 2, at.u - 2, (n, 5, 128))
            b.d_layers_2 = float32(199, 246, (n, 5, 64))
            b.d_z = b.d_h1 = float32(at.u - 3, at.u, (n, 5, 128))
            b.d_norm_2_times = float32(at.u - 1, at.u + 3, (n, 5, 64))
        for k_7 in range(2, 4):
            b, at = s.feed_forward[k_7], _TRAIN_FEED_FORWARD[k_7]
            b.norm_3 = float32(at.v, at.w, (n, t, 64))
            b.z = b.h1 = float32(at.v + 1, at.w, (n, t, 128))
            b.h2 = float32(at.v + 2, at.v + 2, (n, t, 64))
            b.h1_mask = bool_(at.w - 2, at.w - 2, (n, t, 128))
            b.d_layers = float32(134, 241, (n, t, 64))
            b.d_z = b.d_h1 = float32(at.w - 3, at.w, (n, t, 128))
            b.d_norm_3_times = float32(at.w - 1, at.w + 3, (n, t, 64))
        s.norm = [SimpleNamespace() for _ in range(10)]
        for k_7 in _numbers("0 1 6..9"):
            b, at = s.norm[k_7], _TRAIN_NORM[k_7]
            b.layers = float32(0, 135, (n, t, 64))
            b.layers_over = float32(at.t, at.t + 1, (n, t, 1))
            b.layers_minus_over = b.layers_times = float32(at.t + 1, at.v, (n, t, 64))
            b.layers_square = float32(at.t + 2, at.t + 3, (n, t, 64))
            b.layers_over_2 = b.layers_plus = float32(at.t + 3, at.v, (n, t, 1))
            b.layers_sqrt = b.layers_over_2
            b.layers_over_sqrt = b.layers_over_2
            b.norm = float32(at.t + 4, at.x, (n, t, 64))
            b.layers_times_2 = b.layers_minus_over
            b.layers_times_3 = b.d_minus_over = float32(at.v - 1, at.v, (n, t, 64))
            b.d_norm = b.d_times_2 = b.d_2 = float32(at.z, at.v, (n, t, 64))
            b.d_times = float32(at.z + 1, at.z + 1, (n, t, 64))
            b.d_over = float32(at.v - 2, at.v - 1, (n, t, 1))
            b.d_times_3 = b.d_norm
            b.d_over_2 = float32(at.v, at.v, (n, t, 1))
            b.d_minus = b.layers_times_3
            b.d_layers = b.d_cross_attention = float32(134, 241, (n, t, 64))
        for k_7 in range(2, 6):
            b, at = s.norm[k_7], _TRAIN_NORM[k_7]
            b.layers = float32(20, 200, (n, 5, 64))
            b.layers_over = float32(at.u, at.u + 1, (n, 5, 1))
            b.layers_minus_over = b.layers_times = float32(at.u + 1, at.w, (n, 5, 64))
            b.layers_square = float32(at.u + 2, at.u + 3, (n, 5, 64))
            b.layers_over_2 = b.layers_plus = float32(at.u + 3, at.w, (n, 5, 1))
            b.layers_sqrt = b.layers_over_2
            b.layers_over_sqrt = b.layers_over_2
            b.norm = float32(at.u + 4, at.y, (n, 5, 64))
            b.layers_times_2 = b.layers_minus_over
            b.layers_times_3 = b.d_minus_over = float32(at.w - 1, at.w, (n, 5, 64))
            b.d_norm = b.d_times_2 = b.d_2 = float32(at.y - 1, at.w, (n, 5, 64))
            b.d_times = float32(at.y, at.y, (n, 5, 64))
            b.d_over = float32(at.w - 2, at.w - 1, (n, 5, 1))
            b.d_times_3 = b.d_norm
            b.d_over_2 = float32(at.w, at.w, (n, 5, 1))
            b.d_minus = b.layers_times_3
            b.d_layers = b.d_cross_attention = float32(199, 246, (n, 5, 64))
        s.cross_attention_3 = [SimpleNamespace() for _ in range(2)]
        for b in s.cross_attention_3:
            b.source_any = s.source_any
        for b, at in zip(s.cross_attention_3, _TRAIN_CROSS_ATTENTION_3, strict=True):
            b.rows_product = float32(at.t, at.t + 1, (n * t, 64))
            b.kv = float32(at.u, at.t + 5, (n, 5, 128))
            b.weights = float32(at.u + 1, at.t + 9, (n, 4, t, 5))
            b.attended_copy = float32(at.u + 5, at.t + 8, (n, t, 4, 16))
            b.q_times = float32(at.v, at.t + 9, (n, 4, t, 16))
            b.q_concat = float32(at.t + 9, at.w, (n, 5, 8, 16))
            b.norm_2 = float32(at.v - 2, at.t + 9, (n, t, 64))
            b.d_attended = float32(at.t + 1, at.t + 9, (n, 4, t, 16))
            b.d_weights = b.d_scores = float32(at.t + 2, at.t + 9, (n, 4, t, 5))
            b.d_weights_times = float32(at.t + 3, at.t + 4, (n, 4, t, 5))
            b.d_weights_sum = float32(at.t + 4, at.t + 4, (n, 4, t, 1))
            b.d_scores_product = float32(at.t + 5, at.t + 6, (n, 4, t, 16))
            b.d_q_copy = float32(at.t + 6, at.t + 9, (n, t, 4, 16))
            b.d_norm_2_times = float32(at.t + 7, at.t + 12, (n, t, 64))
        s.self_attention_3 = [SimpleNamespace() for _ in range(4)]
        for b in s.self_attention_3:
            b.source_any = s.source_any
        for k_7 in _numbers("0 3"):
            b, at = s.self_attention_3[k_7], _TRAIN_SELF_ATTENTION_3[k_7]
            b.words_placed_norm = float32(at.t, at.u, (n, t, 64))
            b.qkv = float32(at.t + 1, at.u - 3, (n, t, 192))
            b.q_times = float32(at.t + 2, at.u - 2, (n, 4, t, 16))
            b.scores = b.weights = float32(at.t + 3, at.u - 2, (n, 4, t, t))
            b.weights_max = float32(at.t + 4, at.t + 4, (n, 4, t, 1))
            b.weights_row_sum = float32(at.t + 5, at.t + 5, (4 * n * t,))
            b.attended_copy = float32(at.t + 6, at.u, (n, t, 4, 16))
            b.self_attention = float32(at.t + 7, at.t + 7, (n, t, 64))
            b.rows_product = float32(at.u - 7, at.u - 2, (n * t, 64))
            b.d_weights = b.d_scores = float32(at.u - 6, at.u - 2, (n, 4, t, t))
            b.d_weights_times = float32(at.u - 5, at.u - 4, (n, 4, t, t))
            b.d_weights_row_sum = float32(at.u - 4, at.u - 4, (4 * n * t,))
            b.d_scores_product = float32(at.u - 3, at.u - 2, (n, 4, t, 16))
            b.d_q_concat = float32(at.u - 2, at.u, (n, t, 12, 16))
            b.d_words_placed_hat = float32(at.u - 1, at.y, (n, t, 64))
        for k_7 in range(1, 3):
            b, at = s.self_attention_3[k_7], _TRAIN_SELF_ATTENTION_3[k_7]
            b.digits_placed_norm = float32(at.v, at.w, (n, 5, 64))
            b.qkv = float32(at.v + 1, at.w - 3, (n, 5, 192))
            b.q_times = float32(at.v + 2, at.w - 2, (n, 4, 5, 16))
            b.weights = float32(at.v + 3, at.w - 2, (n, 4, 5, 5))
            b.attended_copy = float32(at.x, at.w, (n, 5, 4, 16))
            b.d_attended = float32(at.w - 7, at.w - 2, (n, 4, 5, 16))
            b.d_weights = b.d_scores = float32(at.w - 6, at.w - 2, (n, 4, 5, 5))
            b.d_weights_times = float32(at.w - 5, at.w - 4, (n, 4, 5, 5))
            b.d_scores_product = float32(at.w - 3, at.w - 2, (n, 4, 5, 16))
            b.d_q_concat = float32(at.w - 2, at.w, (n, 5, 12, 16))
            b.d_digits_placed_hat = float32(at.w - 1, at.z, (n, 5, 64))
            b.d_rows_product = float32(at.w - 8, at.w - 7, (5 * n, 64))
            b.d_weights_sum = float32(at.w - 4, at.w - 4, (n, 4, 5, 1))
        s.norm_4 = [SimpleNamespace() for _ in range(9)]
        b = s.norm_4[0]
        b.layers_2_hat_2 = b.layers_2_hat_times = float32(20, 200, (n, 5, 64))
        b.layers_2_inv_std_2 = b.layers_var = float32(66, 200, (n, 5, 1))
        b.layers_mean = float32(64, 64, (n, 5, 1))
        b.layers = b.layers_2_hat_2
        b.layers_hat_square = float32(65, 66, (n, 5, 64))
        b.layers_inv_std = b.layers_2_inv_std_2
        b.layers_inv_std_2 = b.layers_2_inv_std_2
        b.norm = b.norm_2 = float32(67, 183, (n, 5, 64))
        b.d_layers_2_norm = b.d_layers_2_hat = float32(195, 200, (n, 5, 64))
        b.d_layers_2_norm_times = float32(197, 197, (n, 5, 64))
        b.d_layers_2_hat_over = float32(198, 199, (n, 5, 1))
        b.d_layers_2 = float32(199, 246, (n, 5, 64))
        b.d_layers_2_hat_times = b.d_layers_2_norm
        b.d_layers_2_hat_over_2 = float32(200, 200, (n, 5, 1))
        b = s.norm_4[1]
        b.layers_2_hat_2 = b.layers_2_hat_times = b.layers = float32(0, 135, (n, t, 64))
        b.layers_2_inv_std_2 = b.layers_var = float32(117, 135, (n, t, 1))
        b.layers_mean = float32(115, 115, (n, t, 1))
        b.layers_hat_square = float32(116, 117, (n, t, 64))
        b.layers_inv_std = b.layers_2_inv_std_2
        b.layers_inv_std_2 = b.layers_2_inv_std_2
        b.norm = b.norm_2 = float32(118, 236, (n, t, 64))
        b.d_layers_2_norm = b.d_layers_2_hat = float32(131, 135, (n, t, 64))
        b.d_layers_2_norm_times = float32(132, 132, (n, t, 64))
        b.d_layers_2_hat_over = float32(133, 134, (n, t, 1))
        b.d_layers_2 = float32(134, 241, (n, t, 64))
        b.d_layers_2_hat_times = b.d_layers_2_norm
        b.d_layers_2_hat_over_2 = float32(135, 135, (n, t, 1))
        self._lay_out(s)
        self._plan_common(s, n)
        s.iota = np.arange(t, dtype=np.int64)
        s.iota_cast = s.iota.astype(np.float32)
        s.iota_reshape = s.iota_cast.reshape(t, 1)
        s.iota_times = s.iota_reshape * s.row_starts_exp
        s.iota_sin = np.sin(s.iota_times)
        s.iota_reshape_2 = s.iota_sin.reshape(t, 32, 1)
        s.iota_cos = np.cos(s.iota_times)
        s.iota_reshape_3 = s.iota_cos.reshape(t, 32, 1)
        s.iota_concat = np.concatenate((s.iota_reshape_2, s.iota_reshape_3), axis=2)
        s.iota_reshape_4 = s.iota_concat.reshape(t, 64)
        s.iota_3 = np.broadcast_to(np.arange(t, dtype=np.int64).reshape((t, 1)), (t, 1))
        s.iota_4 = np.broadcast_to(np.arange(t, dtype=np.int64), (1, t))
        s.iota_3_mask = s.iota_3 >= s.iota_4
        s.iota_3_where = np.where(s.iota_3_mask, np.float32(0.0), np.float32(-np.inf))
        s.ones_2 = np.ones((t,), dtype=np.float32)
        s.norm_2_rows = s.norm_2.reshape(n * t, 64)
        s.q_rows = s.q_2.reshape(n * t, 64)
        s.q_reshape = s.q_2.reshape(n, t, 4, 16)
        s.q_3 = s.q_reshape.transpose(0, 2, 1, 3)
        s.iota_5 = np.arange(5, dtype=np.int64)
        s.iota_5_cast = s.iota_5.astype(np.float32)
        s.iota_5_reshape = s.iota_5_cast.reshape(5, 1)
        s.iota_5_times = s.iota_5_reshape * s.row_starts_exp
        s.iota_5_sin = np.sin(s.iota_5_times)
        s.iota_5_reshape_2 = s.iota_5_sin.reshape(5, 32, 1)
        s.iota_5_cos = np.cos(s.iota_5_times)
        s.iota_5_reshape_3 = s.iota_5_cos.reshape(5, 32, 1)
        s.iota_5_concat = np.concatenate(
            (s.iota_5_reshape_2, s.iota_5_reshape_3),
            axis=2,
        )
        s.iota_5_reshape_4 = s.iota_5_concat.reshape(5, 64)
        s.q_4 = s.qkv_slice_4.transpose(0, 2, 1, 3)
        s.source_reshape = s.source_mask.reshape(n, 1, 1, 5)
        s.weights_max_2_starts = np.arange(0, 100 * n, 5)
        s.qkv_rows_3 = s.qkv_3.reshape(5 * n, 192)
        s.qkv_reshape_3 = s.qkv_3.reshape(n, 5, 12, 16)
        s.qkv_slice_7 = s.qkv_reshape_3[:, :, :4]
        s.q_5 = s.qkv_slice_7.transpose(0, 2, 1, 3)
        s.qkv_slice_8 = s.qkv_reshape_3[:, :, 4:8]
        s.qkv_transpose_3 = s.qkv_slice_8.transpose(0, 2, 3, 1)
        s.weights_max_3_starts = s.weights_max_2_starts
        s.qkv_slice_9 = s.qkv_reshape_3[:, :, 8:]
        s.v_3 = s.qkv_slice_9.transpose(0, 2, 1, 3)
        s.heads_rows_3 = s.attended_copy_3.reshape(5 * n, 64)
        s.kv_transpose = s.kv_slice.transpose(0, 2, 3, 1)
        s.weights_max_4_starts = np.arange(0, 20 * n * t, 5)
        s.v_4 = s.kv_slice_2.transpose(0, 2, 1, 3)
        s.heads_rows_4 = s.attended_copy_4.reshape(n * t, 64)
        s.cross_attention_rows = s.cross_attention.reshape(n * t, 64)
        s.norm_2_rows_4 = s.norm_2_4.reshape(n * t, 64)
        s.q_rows_2 = s.q_7.reshape(n * t, 64)
        s.q_reshape_2 = s.q_7.reshape(n, t, 4, 16)
        s.q_8 = s.q_reshape_2.transpose(0, 2, 1, 3)
        s.kv_transpose_2 = s.kv_slice_3.transpose(0, 2, 3, 1)
        s.weights_max_6_starts = s.weights_max_4_starts
        s.v_6 = s.kv_slice_4.transpose(0, 2, 1, 3)
        s.heads_rows_6 = s.attended_copy_6.reshape(n * t, 64)
        s.cross_attention_rows_2 = s.cross_attention_2.reshape(n * t, 64)
        s.layers_2_norm_rows_2 = s.layers_2_norm_2.reshape(n * t, 64)
        s.layers_2_norm_rows_product = s.logits_minus_max.reshape(n * t, 33)
        s.logits_max_starts = np.arange(0, 33 * n * t, 33)
        s.logits_log = s.logits_minus.reshape(n, t, 1)
        s.following_known_labels = s.following_position.reshape(n, t)
        s.iota_6 = np.arange(n * t, dtype=np.int64)
        s.row_starts_2 = s.iota_6 * 33
        s.logits_reshape_2 = s.logits_take.reshape(n, t)
        s.minus_ones = np.full((n * t,), -1.0, dtype=np.float32)
        s.following_reshape_2 = s.following_over.reshape(n, t, 1)
        s.d_logits_rows = s.d_logits.reshape(n * t, 33)
        s.d_logits_rows_product = s.d_layers_2_hat.reshape(n * t, 64)
        s.ones_3 = np.ones((n * t,), dtype=np.float32)
        s.d_cross_attention_rows = s.d_cross_attention.reshape(n * t, 64)
        s.ones_4 = np.ones((5 * n,), dtype=np.float32)
        s.d_kv_rows = s.q_concat.reshape(5 * n, 128)
        s.d_kv_rows_2 = s.q_concat_2.reshape(5 * n, 128)
        s.d_kv_rows_product = s.d_layers_2_norm_2.reshape(5 * n, 64)
        s.d_kv_rows_reshape_2 = s.d_kv_rows_product_2.reshape(n, 5, 64)
        s.iota_7 = np.broadcast_to(np.arange(64, dtype=np.int64), (1, 64))
        s.d_words_placed_reshape = s.d_words_placed_times.reshape(n * t, 64)
        s.d_digits_placed_reshape = s.d_digits_placed_times.reshape(5 * n, 64)
        s.adam_blocks = _blocks(
            d.flat,
            s.grads_times,
            self.momentum.flat,
            self.squares.flat,
            p.flat,
        )
        for k_7 in range(2):
            b = s.feed_forward[k_7]
            b.norm_rows = b.norm_2.reshape(5 * n, 64)
            b.z_rows = b.z.reshape(5 * n, 128)
            b.h1_rows = b.h1.reshape(5 * n, 128)
            b.h2_rows = b.h2.reshape(5 * n, 64)
            b.ones = np.ones((5 * n,), dtype=np.float32)
            b.d_layers_rows = b.d_layers_2.reshape(5 * n, 64)
            b.d_layers_rows_product = b.d_z.reshape(5 * n, 128)
            b.d_z_rows = b.d_z.reshape(5 * n, 128)
            b.d_z_rows_product = b.d_norm_2_times.reshape(5 * n, 64)
        for k_7 in range(2, 4):
            b = s.feed_forward[k_7]
            b.norm_rows = b.norm_3.reshape(n * t, 64)
            b.z_rows = b.z.reshape(n * t, 128)
            b.h1_rows = b.h1.reshape(n * t, 128)
            b.h2_rows = b.h2.reshape(n * t, 64)
            b.ones = np.ones((n * t,), dtype=np.float32)
            b.d_layers_rows = b.d_layers.reshape(n * t, 64)
            b.d_layers_rows_product = b.d_z.reshape(n * t, 128)
            b.d_z_rows = b.d_z.reshape(n * t, 128)
            b.d_z_rows_product = b.d_norm_3_times.reshape(n * t, 64)
        for b in s.norm:
            b.ones = s.ones
        for k_7 in _numbers("0 1 6..9"):
            b = s.norm[k_7]
            b.layers_reshape = b.layers.reshape(n * t, 64)
            b.layers_row_sum = b.layers_over.reshape(n * t)
            b.layers_reshape_2 = b.layers_square.reshape(n * t, 64)
            b.layers_row_sum_2 = b.layers_over_2.reshape(n * t)
            b.ones_2 = np.ones((n * t,), dtype=np.float32)
            b.d_reshape = b.d_norm.reshape(n * t, 64)
            b.d_reshape_2 = b.d_times.reshape(n * t, 64)
            b.d_reshape_3 = b.d_2.reshape(n * t, 64)
            b.d_row_sum = b.d_over.reshape(n * t)
            b.d_row_sum_2 = b.d_over_2.reshape(n * t)
        for k_7 in range(2, 6):
            b = s.norm[k_7]
            b.layers_reshape = b.layers.reshape(5 * n, 64)
            b.layers_row_sum = b.layers_over.reshape(5 * n)
            b.layers_reshape_2 = b.layers_square.reshape(5 * n, 64)
            b.layers_row_sum_2 = b.layers_over_2.reshape(5 * n)
            b.ones_2 = np.ones((5 * n,), dtype=np.float32)
            b.d_reshape = b.d_norm.reshape(5 * n, 64)
            b.d_reshape_2 = b.d_times.reshape(5 * n, 64)
            b.d_reshape_3 = b.d_2.reshape(5 * n, 64)
            b.d_row_sum = b.d_over.reshape(5 * n)
            b.d_row_sum_2 = b.d_over_2.reshape(5 * n)
        for b in s.cross_attention_3:
            b.ones_3 = s.ones_3
            b.ones_4 = s.ones_4
            b.layers_2_norm_rows = s.layers_2_norm_rows
            b.d_cross_attention_rows = s.d_cross_attention_rows
        for b in s.cross_attention_3:
            b.rows_reshape_2 = b.rows_product.reshape(n, t, 4, 16)
            b.rows_transpose = b.rows_reshape_2.transpose(0, 2, 1, 3)
            b.kv_reshape = b.kv.reshape(n, 5, 8, 16)
            b.kv_slice = b.kv_reshape[:, :, 4:]
            b.kv_transpose = b.kv_slice.transpose(0, 2, 3, 1)
            b.kv_slice_2 = b.kv_reshape[:, :, :4]
            b.k = b.kv_slice_2.transpose(0, 2, 1, 3)
            b.heads_rows = b.attended_copy.reshape(n * t, 64)
            b.q_transpose = b.q_times.transpose(0, 1, 3, 2)
            b.weights_transpose = b.weights.transpose(0, 1, 3, 2)
            b.norm_2_rows_4 = b.norm_2.reshape(n * t, 64)
            b.d_q_rows = b.d_q_copy.reshape(n * t, 64)
            b.d_q_rows_product = b.d_norm_2_times.reshape(n * t, 64)
            b.d_kv_2 = b.q_concat.reshape(n, 5, 128)
            b.d_kv_reshape = b.d_kv_2.reshape(5 * n, 128)
            b.d_q = b.d_q_copy.reshape(n, t, 64)
            b.d_kv_rows = b.q_concat.reshape(5 * n, 128)
        for b in s.self_attention_3:
            b.iota_3_where = s.iota_3_where
            b.ones_2 = s.ones_2
        for k_7 in _numbers("0 3"):
            b = s.self_attention_3[k_7]
            b.words_placed_norm_rows = b.words_placed_norm.reshape(n * t, 64)
            b.qkv_rows = b.qkv.reshape(n * t, 192)
            b.qkv_reshape = b.qkv.reshape(n, t, 12, 16)
            b.weights_max_starts = np.arange(0, 4 * n * t * t, t)
            b.weights_reshape = b.weights.reshape(4 * n * t, t)
            b.weights_reshape_2 = b.weights_row_sum.reshape(n, 4, t, 1)
            b.heads_rows = b.attended_copy.reshape(n * t, 64)
            b.rows = b.self_attention.reshape(n * t, 64)
            b.ones = np.ones((n * t,), dtype=np.float32)
            b.d_self_attention_rows = s.d_self_attention.reshape(n * t, 64)
            b.rows_reshape_2 = b.rows_product.reshape(n, t, 4, 16)
            b.d_attended = b.rows_reshape_2.transpose(0, 2, 1, 3)
            b.d_weights_reshape = b.d_weights_times.reshape(4 * n * t, t)
            b.d_weights_reshape_2 = b.d_weights_row_sum.reshape(n, 4, t, 1)
            b.d_qkv_rows = b.d_q_concat.reshape(n * t, 192)
            b.d_qkv_rows_product = b.d_words_placed_hat.reshape(n * t, 64)
            b.d_qkv_2 = b.d_q_concat.reshape(n, t, 192)
            b.d_qkv_reshape = b.d_qkv_2.reshape(n * t, 192)
        for k_7 in range(1, 3):
            b = s.self_attention_3[k_7]
            b.words_placed_norm_rows = b.digits_placed_norm.reshape(5 * n, 64)
            b.qkv_reshape = b.qkv.reshape(n, 5, 12, 16)
            b.qkv_slice_2 = b.qkv_reshape[:, :, 8:]
            b.heads_rows = b.attended_copy.reshape(5 * n, 64)
            b.ones = np.ones((5 * n,), dtype=np.float32)
            b.d_self_attention_rows = s.d_attention.reshape(5 * n, 64)
            b.d_qkv_rows = b.d_q_concat.reshape(5 * n, 192)
            b.d_qkv_rows_product = b.d_digits_placed_hat.reshape(5 * n, 64)
            b.d_qkv = b.d_q_concat.reshape(n, 5, 192)
            b.d_qkv_reshape = b.d_qkv.reshape(5 * n, 192)
            b.d_rows_reshape_2 = b.d_rows_product.reshape(n, 5, 4, 16)
            b.d_rows_transpose = b.d_rows_reshape_2.transpose(0, 2, 1, 3)
        for k_7 in _numbers("0 3"):
            b = s.self_attention_3[k_7]
            b.qkv_slice = b.qkv_reshape[:, :, :4]
            b.q = b.qkv_slice.transpose(0, 2, 1, 3)
            b.qkv_slice_2 = b.qkv_reshape[:, :, 4:8]
            b.qkv_slice_3 = b.qkv_reshape[:, :, 8:]
            b.v = b.qkv_slice_3.transpose(0, 2, 1, 3)
            b.qkv_transpose_2 = b.qkv_slice_3.transpose(0, 2, 3, 1)
        for b in s.self_attention_3:
            b.qkv_transpose = b.qkv_slice_2.transpose(0, 2, 3, 1)
            b.qkv_slice_4 = b.qkv_reshape[:, :, 4:8]
            b.k = b.qkv_slice_4.transpose(0, 2, 1, 3)
            b.q_transpose = b.q_times.transpose(0, 1, 3, 2)
            b.weights_transpose = b.weights.transpose(0, 1, 3, 2)
        for b in s.norm_4:
            b.ones_2 = s.ones
        b = s.norm_4[0]
        b.ones = np.ones((5 * n,), dtype=np.float32)
        b.layers_reshape = s.layers_2.reshape(5 * n, 64)
        b.layers_row_sum = s.layers_2_mean.reshape(5 * n)
        b.layers_hat_reshape = s.layers_2_hat_square.reshape(5 * n, 64)
        b.layers_hat_row_sum = s.layers_2_var.reshape(5 * n)
        b.d_layers_2_norm_reshape = s.d_layers_2_norm_2.reshape(5 * n, 64)
        b.d_layers_2_norm_reshape_2 = s.d_layers_2_norm_times_2.reshape(5 * n, 64)
        b.d_layers_2_hat_reshape = s.d_layers_2_hat_2.reshape(5 * n, 64)
        b.d_layers_2_hat_row_sum = s.d_layers_2_hat_over_3.reshape(5 * n)
        b.d_layers_2_hat_row_sum_2 = s.d_layers_2_hat_over_4.reshape(5 * n)
        b = s.norm_4[1]
        b.ones = np.ones((n * t,), dtype=np.float32)
        b.layers_reshape = s.layers_2_2.reshape(n * t, 64)
        b.layers_row_sum = s.layers_2_mean_2.reshape(n * t)
        b.layers_hat_reshape = s.layers_2_hat_square_2.reshape(n * t, 64)
        b.layers_hat_row_sum = s.layers_2_var_2.reshape(n * t)
        b.d_layers_2_norm_reshape = s.d_layers_2_norm.reshape(n * t, 64)
        b.d_layers_2_norm_reshape_2 = s.d_layers_2_norm_times.reshape(n * t, 64)
        b.d_layers_2_hat_reshape = s.d_layers_2_hat.reshape(n * t, 64)
        b.d_layers_2_hat_row_sum = s.d_layers_2_hat_over.reshape(n * t)
        b.d_layers_2_hat_row_sum_2 = s.d_layers_2_hat_over_2.reshape(n * t)
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

    def _plan_common(self, s, n):
        """The views that train and read have alike."""
        s.iota_2 = np.arange(32, dtype=np.float32)
        s.row_starts = s.iota_2 * -0.28782314
        s.row_starts_exp = np.exp(s.row_starts)
        s.ones = np.ones((64,), dtype=np.float32)
        s.digits_placed_norm_rows = s.digits_placed_norm.reshape(5 * n, 64)
        s.qkv_rows_2 = s.qkv_2.reshape(5 * n, 192)
        s.qkv_reshape_2 = s.qkv_2.reshape(n, 5, 12, 16)
        s.qkv_slice_4 = s.qkv_reshape_2[:, :, :4]
        s.qkv_slice_5 = s.qkv_reshape_2[:, :, 4:8]
        s.qkv_transpose_2 = s.qkv_slice_5.transpose(0, 2, 3, 1)
        s.qkv_slice_6 = s.qkv_reshape_2[:, :, 8:]
        s.v_2 = s.qkv_slice_6.transpose(0, 2, 1, 3)
        s.heads_rows_2 = s.attended_copy_2.reshape(5 * n, 64)
        s.attention_rows = s.attention.reshape(5 * n, 64)
        s.layers_1_norm_rows = s.layers_1_norm.reshape(5 * n, 64)
        s.attention_rows_2 = s.attention_2.reshape(5 * n, 64)
        s.layers_2_norm_rows = s.layers_2_norm.reshape(5 * n, 64)
        s.kv_rows = s.kv.reshape(5 * n, 128)
        s.kv_reshape = s.kv.reshape(n, 5, 8, 16)
        s.kv_slice = s.kv_reshape[:, :, :4]
        s.kv_slice_2 = s.kv_reshape[:, :, 4:]
        s.kv_rows_2 = s.kv_2.reshape(5 * n, 128)
        s.kv_reshape_2 = s.kv_2.reshape(n, 5, 8, 16)
        s.kv_slice_3 = s.kv_reshape_2[:, :, :4]
        s.kv_slice_4 = s.kv_reshape_2[:, :, 4:]

    def read(self, source):
        """Which digits there are, and their keys and values in each layer that...

        source: int64 (N, 5)
        """
        s = self._read_slots(source)
        out = self._read_body(s, source)
        return {
            "memory_keys_1": out[0].copy(),
            "memory_values_1": out[1].copy(),
            "memory_keys_2": out[2].copy(),
            "memory_values_2": out[3].copy(),
            "there": out[4].copy(),
        }

    def _read_body(self, s, source):
        """The computation of read."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # speller.digits: digits = W[source] * 8         (N, 5, 64)   number_words.py:68
        np.take(p.speller_digits_W, source, axis=0, out=s.digits, mode="clip")
        np.multiply(s.digits, 8.0, out=s.digits)

        # speller.positions: digits_placed = digits + iota_reshape_4    (N, 5, 64)   :70
        np.add(s.digits, s.iota_reshape_4, out=s.digits_placed)

        # speller.transformer_encoder_1.layers_1.norm_1               number_words.py:71
        self._norm_forward(s.norm[2], p.norm[2])

        # speller.transformer_encoder_1.layers_1.attention            number_words.py:71
        # qkv = digits_placed_norm W_qkv + b_qkv                           (N, 5, 192)
        # scores = q * 0.25 qkv_transpose                                 (N, 4, 5, 5)
        np.dot(
            s.digits_placed_norm_rows,
            p.transformer_encoder_1_layers_1_attention_W_qkv,
            out=s.qkv_rows,
        )
        np.add(s.qkv, p.transformer_encoder_1_layers_1_attention_b_qkv, out=s.qkv)
        np.multiply(s.q, 0.25, out=s.q_times)
        np.matmul(s.q_times, s.qkv_transpose, out=s.scores)

        # speller: there = source > 0                        (N, 5)   number_words.py:76
        np.greater(source, 0, out=s.there)

        # speller.transformer_encoder_1.layers_1.attention            number_words.py:71
        # weights = softmax(scores + there_where)                         (N, 4, 5, 5)
        # attended = weights v                                           (N, 4, 5, 16)
        # attention = heads W_o + b_o                                       (N, 5, 64)
        # there_where = where(there_reshape, 0, -1.70141e+38)             (N, 1, 1, 5)
        np.copyto(s.there_where, np.float32(-1.7014117e38))
        np.copyto(s.there_where, np.float32(0.0), where=s.there_reshape)
        np.add(s.scores, s.there_where, out=s.weights)
        _row_max(s.weights, s.weights_max_starts, out=s.weights_max)
        np.subtract(s.weights, s.weights_max, out=s.weights)
        np.exp(s.weights, out=s.weights)
        s.weights.sum(axis=3, keepdims=True, out=s.weights_sum)
        np.divide(s.weights, s.weights_sum, out=s.weights)
        np.matmul(s.weights, s.v, out=s.attended)
        s.there_reshape.any(axis=3, keepdims=True, out=s.there_any)
        np.multiply(s.attended, s.there_any, out=s.attended_copy.transpose(0, 2, 1, 3))
        np.dot(
            s.heads_rows,
            p.transformer_encoder_1_layers_1_attention_W_o,
            out=s.attention_rows,
        )
        np.add(
            s.attention,
            p.transformer_encoder_1_layers_1_attention_b_o,
            out=s.attention,
        )

        # speller.transformer_encoder_1.layers_1                      number_words.py:71
        # layers_1 = digits_placed + attention                              (N, 5, 64)
        np.add(s.digits_placed, s.attention, out=s.layers_1)

        # speller.transformer_encoder_1.layers_1.norm_2               number_words.py:71
        self._norm_forward(s.norm[3], p.norm[3])

        # speller.transformer_encoder_1.layers_1.feed_forward         number_words.py:71
        self._feed_forward_forward(s.feed_forward[0], p.feed_forward[0])

        # speller.transformer_encoder_1.layers_1                      number_words.py:71
        # layers_1 = digits_placed + attention + h2                         (N, 5, 64)
        np.add(s.layers_1, s.h2, out=s.layers_1)

        # speller.transformer_encoder_1.layers_2.norm_1               number_words.py:71
        self._norm_forward(s.norm[4], p.norm[4])

        # speller.transformer_encoder_1.layers_2.attention            number_words.py:71
        # qkv_2 = layers_1_norm W_qkv + b_qkv                              (N, 5, 192)
        # scores_2 = q_2 * 0.25 qkv_transpose_2                           (N, 4, 5, 5)
        # weights_2 = softmax(scores + there_where)                       (N, 4, 5, 5)
        # attended_2 = weights_2 v_2                                     (N, 4, 5, 16)
        # attention_2 = heads W_o + b_o                                     (N, 5, 64)
        np.dot(
            s.layers_1_norm_rows,
            p.transformer_encoder_1_layers_2_attention_W_qkv,
            out=s.qkv_rows_2,
        )
        np.add(s.qkv_2, p.transformer_encoder_1_layers_2_attention_b_qkv, out=s.qkv_2)
        np.multiply(s.q_2, 0.25, out=s.q_times_2)
        np.matmul(s.q_times_2, s.qkv_transpose_2, out=s.scores_2)
        np.add(s.scores_2, s.there_where, out=s.weights_2)
        _row_max(s.weights_2, s.weights_max_2_starts, out=s.weights_max_2)
        np.subtract(s.weights_2, s.weights_max_2, out=s.weights_2)
        np.exp(s.weights_2, out=s.weights_2)
        s.weights_2.sum(axis=3, keepdims=True, out=s.weights_sum_2)
        np.divide(s.weights_2, s.weights_sum_2, out=s.weights_2)
        np.matmul(s.weights_2, s.v_2, out=s.attended_2)
        np.multiply(
            s.attended_2,
            s.there_any,
            out=s.attended_copy_2.transpose(0, 2, 1, 3),
        )
        np.dot(
            s.heads_rows_2,
            p.transformer_encoder_1_layers_2_attention_W_o,
            out=s.attention_rows_2,
        )
        np.add(
            s.attention_2,
            p.transformer_encoder_1_layers_2_attention_b_o,
            out=s.attention_2,
        )

        # speller.transformer_encoder_1.layers_2                      number_words.py:71
        # layers_2 = layers_1 + attention_2                                 (N, 5, 64)
        np.add(s.layers_1, s.attention_2, out=s.layers_2)

        # speller.transformer_encoder_1.layers_2.norm_2               number_words.py:71
        self._norm_forward(s.norm[5], p.norm[5])

        # speller.transformer_encoder_1.layers_2.feed_forward         number_words.py:71
        self._feed_forward_forward(s.feed_forward[1], p.feed_forward[1])

        # speller.transformer_encoder_1.layers_2                      number_words.py:71
        # layers_2 = layers_1 + attention_2 + h4                            (N, 5, 64)
        np.add(s.layers_2, s.h4, out=s.layers_2)

        # speller.transformer_encoder_1.norm                          number_words.py:71
        self._norm_4_forward(s.norm_4[0], p.norm_4[0])

        # speller.transformer_decoder_1.layers_1.cross_attention      number_words.py:71
        # kv = layers_2_norm W_kv + b_kv                                   (N, 5, 128)
        np.dot(
            s.layers_2_norm_rows,
            p.decoder_1_layers_1_cross_attention_W_kv,
            out=s.kv_rows,
        )
        np.add(s.kv, p.decoder_1_layers_1_cross_attention_b_kv, out=s.kv)

        # speller.transformer_decoder_1.layers_2.cross_attention      number_words.py:71
        # kv_2 = layers_2_norm W_kv + b_kv                                 (N, 5, 128)
        np.dot(
            s.layers_2_norm_rows,
            p.decoder_1_layers_2_cross_attention_W_kv,
            out=s.kv_rows_2,
        )
        np.add(s.kv_2, p.decoder_1_layers_2_cross_attention_b_kv, out=s.kv_2)

        return s.k, s.v_3, s.k_2, s.v_4, s.there

    def _read_slots(self, source):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            s = self._read[source.dtype, source.shape]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_read(source)
        _check_range("source", source, 11)
        return s

    def _plan_read(self, source):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("source", source, np.int64, ("N", 5), sizes)
        n = sizes["N"]
        s = SimpleNamespace(n=n)
        float32 = _buffers(np.float32)
        bool_ = _buffers(np.bool_)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.digits = s.digits_placed = s.layers_1 = float32(0, 44, (n, 5, 64))
        s.digits_placed_norm = float32(2, 5, (n, 5, 64))
        s.qkv = float32(5, 12, (n, 5, 192))
        s.q_times = float32(6, 7, (n, 4, 5, 16))
        s.scores = s.weights = float32(7, 12, (n, 4, 5, 5))
        s.there = bool_(8, 44, (n, 5))
        s.there_where = float32(9, 28, (n, 1, 1, 5))
        s.weights_max = float32(10, 10, (n, 4, 5, 1))
        s.weights_sum = float32(11, 11, (n, 4, 5, 1))
        s.attended = float32(12, 14, (n, 4, 5, 16))
        s.there_any = bool_(13, 32, (n, 1, 1, 1))
        s.attended_copy = float32(14, 15, (n, 5, 4, 16))
        s.attention = float32(15, 15, (n, 5, 64))
        s.h2 = float32(21, 21, (n, 5, 64))
        s.layers_1_norm = float32(23, 26, (n, 5, 64))
        s.qkv_2 = float32(26, 31, (n, 5, 192))
        s.q_times_2 = float32(27, 28, (n, 4, 5, 16))
        s.scores_2 = s.weights_2 = float32(28, 31, (n, 4, 5, 5))
        s.weights_max_2 = float32(29, 29, (n, 4, 5, 1))
        s.weights_sum_2 = float32(30, 30, (n, 4, 5, 1))
        s.attended_2 = float32(31, 32, (n, 4, 5, 16))
        s.attended_copy_2 = float32(32, 33, (n, 5, 4, 16))
        s.attention_2 = float32(33, 33, (n, 5, 64))
        s.layers_2 = s.digits
        s.h4 = float32(39, 39, (n, 5, 64))
        s.layers_2_mean = float32(40, 40, (n, 5, 1))
        s.layers_2_hat = s.digits
        s.layers_2_hat_square = float32(41, 42, (n, 5, 64))
        s.layers_2_var = s.layers_2_inv_std = float32(42, 42, (n, 5, 1))
        s.layers_2_norm = s.digits
        s.kv = float32(43, 44, (n, 5, 128))
        s.kv_2 = float32(44, 44, (n, 5, 128))
        s.feed_forward = [SimpleNamespace() for _ in range(6)]
        for k_3 in range(2):
            b, at = s.feed_forward[k_3], _READ_FEED_FORWARD[k_3]
            b.norm_2 = float32(at.t, at.t + 3, (n, 5, 64))
            b.z = b.h1 = float32(at.t + 3, at.t + 4, (n, 5, 128))
            b.h2 = float32(at.t + 4, at.t + 4, (n, 5, 64))
        s.norm = [SimpleNamespace() for _ in range(10)]
        for k_3 in range(2, 6):
            b, at = s.norm[k_3], _READ_NORM[k_3]
            b.layers = float32(0, 44, (n, 5, 64))
            b.layers_over = float32(at.t, at.t + 1, (n, 5, 1))
            b.layers_minus_over = b.norm = float32(at.t + 1, at.t + 4, (n, 5, 64))
            b.layers_square = float32(at.t + 2, at.t + 3, (n, 5, 64))
            b.layers_over_2 = b.layers_plus = float32(at.t + 3, at.t + 3, (n, 5, 1))
            b.layers_sqrt = b.layers_over_2
            b.layers_over_sqrt = b.layers_over_2
            b.layers_times = b.layers_minus_over
        self._lay_out(s)
        self._plan_common(s, n)
        s.iota = np.arange(5, dtype=np.int64)
        s.iota_cast = s.iota.astype(np.float32)
        s.iota_reshape = s.iota_cast.reshape(5, 1)
        s.iota_times = s.iota_reshape * s.row_starts_exp
        s.iota_sin = np.sin(s.iota_times)
        s.iota_reshape_2 = s.iota_sin.reshape(5, 32, 1)
        s.iota_cos = np.cos(s.iota_times)
        s.iota_reshape_3 = s.iota_cos.reshape(5, 32, 1)
        s.iota_concat = np.concatenate((s.iota_reshape_2, s.iota_reshape_3), axis=2)
        s.iota_reshape_4 = s.iota_concat.reshape(5, 64)
        s.qkv_rows = s.qkv.reshape(5 * n, 192)
        s.qkv_reshape = s.qkv.reshape(n, 5, 12, 16)
        s.qkv_slice = s.qkv_reshape[:, :, :4]
        s.q = s.qkv_slice.transpose(0, 2, 1, 3)
        s.qkv_slice_2 = s.qkv_reshape[:, :, 4:8]
        s.qkv_transpose = s.qkv_slice_2.transpose(0, 2, 3, 1)
        s.there_reshape = s.there.reshape(n, 1, 1, 5)
        s.weights_max_starts = np.arange(0, 100 * n, 5)
        s.qkv_slice_3 = s.qkv_reshape[:, :, 8:]
        s.v = s.qkv_slice_3.transpose(0, 2, 1, 3)
        s.heads_rows = s.attended_copy.reshape(5 * n, 64)
        s.q_2 = s.qkv_slice_4.transpose(0, 2, 1, 3)
        s.weights_max_2_starts = s.weights_max_starts
        s.layers_2_reshape = s.layers_2.reshape(5 * n, 64)
        s.layers_2_row_sum_2 = s.layers_2_mean.reshape(5 * n)
        s.layers_2_hat_reshape = s.layers_2_hat_square.reshape(5 * n, 64)
        s.layers_2_hat_row_sum = s.layers_2_var.reshape(5 * n)
        s.k = s.kv_slice.transpose(0, 2, 1, 3)
        s.v_3 = s.kv_slice_2.transpose(0, 2, 1, 3)
        s.k_2 = s.kv_slice_3.transpose(0, 2, 1, 3)
        s.v_4 = s.kv_slice_4.transpose(0, 2, 1, 3)
        for k_3 in range(2):
            b = s.feed_forward[k_3]
            b.norm_rows = b.norm_2.reshape(5 * n, 64)
            b.z_rows = b.z.reshape(5 * n, 128)
            b.h1_rows = b.h1.reshape(5 * n, 128)
            b.h2_rows = b.h2.reshape(5 * n, 64)
        for b in s.norm:
            b.ones = s.ones
        for k_3 in range(2, 6):
            b = s.norm[k_3]
            b.layers_reshape = b.layers.reshape(5 * n, 64)
            b.layers_row_sum = b.layers_over.reshape(5 * n)
            b.layers_reshape_2 = b.layers_square.reshape(5 * n, 64)
            b.layers_row_sum_2 = b.layers_over_2.reshape(5 * n)
        s.norm_4 = [SimpleNamespace() for _ in range(9)]
        for b in s.norm_4:
            b.layers_2_hat_2 = s.layers_2_hat
            b.ones_2 = s.ones
            b.layers_2_inv_std_2 = s.layers_2_inv_std
            b.layers_reshape = s.layers_2_reshape
            b.layers_row_sum = s.layers_2_row_sum_2
            b.layers_mean = s.layers_2_mean
            b.layers = s.layers_2
            b.layers_hat_square = s.layers_2_hat_square
            b.layers_hat_reshape = s.layers_2_hat_reshape
            b.layers_hat_row_sum = s.layers_2_hat_row_sum
            b.layers_var = s.layers_2_var
            b.layers_inv_std = s.layers_2_inv_std
            b.layers_inv_std_2 = s.layers_2_inv_std
            b.norm = s.layers_2_norm
            b.norm_2 = s.layers_2_norm
        self._read[source.dtype, source.shape] = s
        return s

    def step(
        self,
        target,
        start,
        there,
        memory_keys_1,
        memory_values_1,
        memory_keys_2,
        memory_values_2,
        keys_1,
        values_1,
        keys_2,
        values_2,
    ):
        """The logits of the next word, and the cache with these words in it.

        target: int64 (N, T)
        start: int64 ()
        there: bool (N, 5)
        memory_keys_1: float32 (N, 4, 5, 16)
        memory_values_1: float32 (N, 4, 5, 16)
        memory_keys_2: float32 (N, 4, 5, 16)
        memory_values_2: float32 (N, 4, 5, 16)
        keys_1: float32 (N, 4, 9, 16)
        values_1: float32 (N, 4, 9, 16)
        keys_2: float32 (N, 4, 9, 16)
        values_2: float32 (N, 4, 9, 16)
        """
        s = self._step_slots(
            target,
            start,
            there,
            memory_keys_1,
            memory_values_1,
            memory_keys_2,
            memory_values_2,
            keys_1,
            values_1,
            keys_2,
            values_2,
        )
        out = self._step_body(
            s,
            target,
            start,
            there,
            memory_keys_1,
            memory_values_1,
            memory_keys_2,
            memory_values_2,
            keys_1,
            values_1,
            keys_2,
            values_2,
        )
        return {
            "logits": out[0].copy(),
            "keys_1": out[1].copy(),
            "values_1": out[2].copy(),
            "keys_2": out[3].copy(),
            "values_2": out[4].copy(),
        }

    def _step_body(
        self,
        s,
        target,
        start,
        there,
        memory_keys_1,
        memory_values_1,
        memory_keys_2,
        memory_values_2,
        keys_1,
        values_1,
        keys_2,
        values_2,
    ):
        """The computation of step."""
        p = self.params
        # ---- forward -----------------------------------------------------------------
        # speller.words: words = W[target] * 8           (N, T, 64)   number_words.py:69
        np.take(p.speller_words_W, target, axis=0, out=s.words, mode="clip")
        np.multiply(s.words, 8.0, out=s.words)

        # positions                                                   number_words.py:70
        # words_plus = words + positions_reshape_4                          (N, T, 64)
        np.add(s.iota, start, out=s.positions_plus)
        np.copyto(s.positions_cast, s.positions_plus, casting="unsafe")
        np.multiply(s.positions_reshape, s.row_starts_exp, out=s.positions_times)
        np.sin(s.positions_times, out=s.positions_sin)
        np.cos(s.positions_times, out=s.positions_cos)
        np.concatenate(
            (s.positions_reshape_2, s.positions_reshape_3),
            axis=2,
            out=s.positions_concat,
        )
        np.add(s.words, s.positions_reshape_4, out=s.words_plus)

        # transformer_decoder_1.layers_1.norm_1                       number_words.py:71
        self._norm_4_forward(s.norm_4[2], p.norm_4[2])

        # transformer_decoder_1.layers_1.self_attention               number_words.py:71
        # qkv                                                              (N, T, 192)
        # scores = q * 0.25 transpose(keys_1_2, (0, 1, 3, 2))             (N, 4, T, 9)
        # weights = softmax(scores + layers_1_self_attention_where)       (N, 4, T, 9)
        # attended = weights values_1_2                                  (N, 4, T, 16)
        # self_attention                                                    (N, T, 64)
        np.dot(s.norm_1_rows, p.decoder_1_layers_1_self_attention_W_qkv, out=s.qkv_rows)
        np.add(s.qkv, p.decoder_1_layers_1_self_attention_b_qkv, out=s.qkv)
        np.multiply(s.q, 0.25, out=s.q_times)
        np.multiply(start, 1, out=s.self_attention_position)
        np.greater_equal(
            s.iota_3,
            s.self_attention_position,
            out=s.layers_1_self_attention_mask,
        )
        np.add(s.self_attention_position, s.t, out=s.layers_1_self_attention_plus)
        np.less(
            s.iota_3,
            s.layers_1_self_attention_plus,
            out=s.layers_1_self_attention_mask_2,
        )
        np.logical_and(
            s.layers_1_self_attention_mask,
            s.layers_1_self_attention_mask_2,
            out=s.self_attention_logical_and,
        )
        np.copyto(s.k_copy, s.k)
        np.subtract(
            s.iota_3,
            s.self_attention_position,
            out=s.layers_1_self_attention_minus,
        )
        np.maximum(s.layers_1_self_attention_minus, 0, out=s.self_attention_maximum)
        np.minimum(s.self_attention_maximum, s.t - 1, out=s.self_attention_minimum)
        np.take(s.k_copy, s.self_attention_minimum, axis=2, out=s.k_take, mode="clip")
        np.copyto(s.keys_1_2, keys_1)
        np.copyto(s.keys_1_2, s.k_take, where=s.self_attention_reshape)
        np.matmul(s.q_times, s.keys_1_transpose, out=s.scores)
        np.add(s.self_attention_position, s.iota, out=s.layers_1_self_attention_plus_2)
        np.greater_equal(
            s.self_attention_reshape_2,
            s.iota_3,
            out=s.layers_1_self_attention_mask_3,
        )
        np.copyto(s.layers_1_self_attention_where, np.float32(-1.7014117e38))
        np.copyto(
            s.layers_1_self_attention_where,
            np.float32(0.0),
            where=s.layers_1_self_attention_mask_3,
        )
        np.add(s.scores, s.layers_1_self_attention_where, out=s.weights)
        _row_max(s.weights, s.weights_max_starts, out=s.weights_max)
        np.subtract(s.weights, s.weights_max, out=s.weights)
        np.exp(s.weights, out=s.weights)
        s.weights.sum(axis=3, keepdims=True, out=s.weights_sum)
        np.divide(s.weights, s.weights_sum, out=s.weights)
        np.copyto(s.v_copy, s.v)
        np.take(s.v_copy, s.self_attention_minimum, axis=2, out=s.v_take, mode="clip")
        np.copyto(s.values_1_2, values_1)
        np.copyto(s.values_1_2, s.v_take, where=s.self_attention_reshape)
        np.matmul(s.weights, s.values_1_2, out=s.attended)
        s.layers_1_self_attention_mask_3.any(
            axis=1,
            keepdims=True,
            out=s.layers_1_self_attention_any,
        )
        np.multiply(
            s.attended,
            s.layers_1_self_attention_any,
            out=s.attended_copy.transpose(0, 2, 1, 3),
        )
        np.dot(
            s.heads_rows,
            p.decoder_1_layers_1_self_attention_W_o,
            out=s.self_attention_rows,
        )
        np.add(
            s.self_attention,
            p.decoder_1_layers_1_self_attention_b_o,
            out=s.self_attention,
        )

        # transformer_decoder_1.layers_1                              number_words.py:71
        # layers_1 = words_plus + self_attention                            (N, T, 64)
        np.add(s.words_plus, s.self_attention, out=s.layers_1)

        # transformer_decoder_1.layers_1.norm_2                       number_words.py:71
        self._norm_4_forward(s.norm_4[3], p.norm_4[3])

        # transformer_decoder_1.layers_1.cross_attention              number_words.py:71
        # q_2                                                               (N, T, 64)
        # scores_2 = q_3 * 0.25 memory_keys_1_transpose                   (N, 4, T, 5)
        # weights_2 = softmax(scores + there_where)                       (N, 4, T, 5)
        # attended_2 = weights_2 memory_values_1                         (N, 4, T, 16)
        # cross_attention                                                   (N, T, 64)
        np.dot(s.norm_2_rows, p.decoder_1_layers_1_cross_attention_W_q, out=s.q_rows)
        np.add(s.q_2, p.decoder_1_layers_1_cross_attention_b_q, out=s.q_2)
        np.multiply(s.q_3, 0.25, out=s.q_times_2)
        memory_keys_1_transpose = memory_keys_1.transpose(0, 1, 3, 2)
        np.matmul(s.q_times_2, memory_keys_1_transpose, out=s.scores_2)
        there_reshape = there.reshape(s.n, 1, 1, 5)
        np.copyto(s.there_where, np.float32(-1.7014117e38))
        np.copyto(s.there_where, np.float32(0.0), where=there_reshape)
        np.add(s.scores_2, s.there_where, out=s.weights_2)
        _row_max(s.weights_2, s.weights_max_2_starts, out=s.weights_max_2)
        np.subtract(s.weights_2, s.weights_max_2, out=s.weights_2)
        np.exp(s.weights_2, out=s.weights_2)
        s.weights_2.sum(axis=3, keepdims=True, out=s.weights_sum_2)
        np.divide(s.weights_2, s.weights_sum_2, out=s.weights_2)
        np.matmul(s.weights_2, memory_values_1, out=s.attended_2)
        there_reshape.any(axis=3, keepdims=True, out=s.there_any)
        np.multiply(
            s.attended_2,
            s.there_any,
            out=s.attended_copy_2.transpose(0, 2, 1, 3),
        )
        np.dot(
            s.heads_rows_2,
            p.decoder_1_layers_1_cross_attention_W_o,
            out=s.cross_attention_rows,
        )
        np.add(
            s.cross_attention,
            p.decoder_1_layers_1_cross_attention_b_o,
            out=s.cross_attention,
        )

        # transformer_decoder_1.layers_1                              number_words.py:71
        # layers_1 = words_plus + self_attention + cross_attention          (N, T, 64)
        np.add(s.layers_1, s.cross_attention, out=s.layers_1)

        # transformer_decoder_1.layers_1.norm_3                       number_words.py:71
        self._norm_4_forward(s.norm_4[4], p.norm_4[4])

        # transformer_decoder_1.layers_1.feed_forward                 number_words.py:71
        self._feed_forward_forward(s.feed_forward[4], p.feed_forward[4])

        # transformer_decoder_1.layers_1                              number_words.py:71
        # layers_1 = words_plus + self_attention + cross_attention + h2     (N, T, 64)
        np.add(s.layers_1, s.h2, out=s.layers_1)

        # transformer_decoder_1.layers_2.norm_1                       number_words.py:71
        self._norm_4_forward(s.norm_4[5], p.norm_4[5])

        # transformer_decoder_1.layers_2.self_attention               number_words.py:71
        # qkv_2                                                            (N, T, 192)
        # scores_3 = q_4 * 0.25 transpose(keys_2_2, (0, 1, 3, 2))         (N, 4, T, 9)
        # weights_3 = softmax(scores + layers_1_self_attention_where)     (N, 4, T, 9)
        # attended_3 = weights_3 values_2_2                              (N, 4, T, 16)
        # self_attention_2                                                  (N, T, 64)
        np.dot(
            s.layers_1_norm_rows,
            p.decoder_1_layers_2_self_attention_W_qkv,
            out=s.qkv_rows_2,
        )
        np.add(s.qkv_2, p.decoder_1_layers_2_self_attention_b_qkv, out=s.qkv_2)
        np.multiply(s.q_4, 0.25, out=s.q_times_3)
        np.copyto(s.k_copy_2, s.k_2)
        np.take(
            s.k_copy_2,
            s.self_attention_minimum,
            axis=2,
            out=s.k_take_2,
            mode="clip",
        )
        np.copyto(s.keys_2_2, keys_2)
        np.copyto(s.keys_2_2, s.k_take_2, where=s.self_attention_reshape)
        np.matmul(s.q_times_3, s.keys_2_transpose, out=s.scores_3)
        np.add(s.scores_3, s.layers_1_self_attention_where, out=s.weights_3)
        _row_max(s.weights_3, s.weights_max_3_starts, out=s.weights_max_3)
        np.subtract(s.weights_3, s.weights_max_3, out=s.weights_3)
        np.exp(s.weights_3, out=s.weights_3)
        s.weights_3.sum(axis=3, keepdims=True, out=s.weights_sum_3)
        np.divide(s.weights_3, s.weights_sum_3, out=s.weights_3)
        np.copyto(s.v_copy_2, s.v_2)
        np.take(
            s.v_copy_2,
            s.self_attention_minimum,
            axis=2,
            out=s.v_take_2,
            mode="clip",
        )
        np.copyto(s.values_2_2, values_2)
        np.copyto(s.values_2_2, s.v_take_2, where=s.self_attention_reshape)
        np.matmul(s.weights_3, s.values_2_2, out=s.attended_3)
        np.multiply(
            s.attended_3,
            s.layers_1_self_attention_any,
            out=s.attended_copy_3.transpose(0, 2, 1, 3),
        )
        np.dot(
            s.heads_rows_3,
            p.decoder_1_layers_2_self_attention_W_o,
            out=s.self_attention_rows_2,
        )
        np.add(
            s.self_attention_2,
            p.decoder_1_layers_2_self_attention_b_o,
            out=s.self_attention_2,
        )

        # transformer_decoder_1.layers_2                              number_words.py:71
        # layers_2 = layers_1 + self_attention_2                            (N, T, 64)
        np.add(s.layers_1, s.self_attention_2, out=s.layers_2)

        # transformer_decoder_1.layers_2.norm_2                       number_words.py:71
        self._norm_4_forward(s.norm_4[6], p.norm_4[6])

        # transformer_decoder_1.layers_2.cross_attention              number_words.py:71
        # q_5                                                               (N, T, 64)
        # scores_4 = q_6 * 0.25 memory_keys_2_transpose                   (N, 4, T, 5)
        # weights_4 = softmax(scores + there_where)                       (N, 4, T, 5)
        # attended_4 = weights_4 memory_values_2                         (N, 4, T, 16)
        # cross_attention_2                                                 (N, T, 64)
        np.dot(
            s.norm_2_rows_2,
            p.decoder_1_layers_2_cross_attention_W_q,
            out=s.q_rows_2,
        )
        np.add(s.q_5, p.decoder_1_layers_2_cross_attention_b_q, out=s.q_5)
        np.multiply(s.q_6, 0.25, out=s.q_times_4)
        memory_keys_2_transpose = memory_keys_2.transpose(0, 1, 3, 2)
        np.matmul(s.q_times_4, memory_keys_2_transpose, out=s.scores_4)
        np.add(s.scores_4, s.there_where, out=s.weights_4)
        _row_max(s.weights_4, s.weights_max_4_starts, out=s.weights_max_4)
        np.subtract(s.weights_4, s.weights_max_4, out=s.weights_4)
        np.exp(s.weights_4, out=s.weights_4)
        s.weights_4.sum(axis=3, keepdims=True, out=s.weights_sum_4)
        np.divide(s.weights_4, s.weights_sum_4, out=s.weights_4)
        np.matmul(s.weights_4, memory_values_2, out=s.attended_4)
        np.multiply(
            s.attended_4,
            s.there_any,
            out=s.attended_copy_4.transpose(0, 2, 1, 3),
        )
        np.dot(
            s.heads_rows_4,
            p.decoder_1_layers_2_cross_attention_W_o,
            out=s.cross_attention_rows_2,
        )
        np.add(
            s.cross_attention_2,
            p.decoder_1_layers_2_cross_attention_b_o,
            out=s.cross_attention_2,
        )

        # transformer_decoder_1.layers_2                              number_words.py:71
        # layers_2 = layers_1 + self_attention_2 + cross_attention_2        (N, T, 64)
        np.add(s.layers_2, s.cross_attention_2, out=s.layers_2)

        # transformer_decoder_1.layers_2.norm_3                       number_words.py:71
        self._norm_4_forward(s.norm_4[7], p.norm_4[7])

        # transformer_decoder_1.layers_2.feed_forward                 number_words.py:71
        self._feed_forward_forward(s.feed_forward[5], p.feed_forward[5])

        # transformer_decoder_1.layers_2                              number_words.py:71
        # layers_2 = layers_1 + self_attention_2 + cross_attention_2 + h4   (N, T, 64)
        np.add(s.layers_2, s.h4, out=s.layers_2)

        # transformer_decoder_1.norm                                  number_words.py:71
        self._norm_4_forward(s.norm_4[8], p.norm_4[8])

        # layers_2_hat_product = layers_2_hat_plus speller.words.W^T   (N * T, 33)   :69
        np.dot(
            s.layers_2_hat_reshape_2,
            p.speller_words_W.T,
            out=s.layers_2_hat_product,
        )

        return s.logits, s.keys_1_2, s.values_1_2, s.keys_2_2, s.values_2_2

    def _step_slots(
        self,
        target,
        start,
        there,
        memory_keys_1,
        memory_values_1,
        memory_keys_2,
        memory_values_2,
        keys_1,
        values_1,
        keys_2,
        values_2,
    ):
        """The buffers for these shapes; planned, and checked, at their first use."""
        try:
            key = (
                target.dtype,
                target.shape,
                start.dtype,
                start.shape,
                there.dtype,
                there.shape,
                memory_keys_1.dtype,
                memory_keys_1.shape,
                memory_values_1.dtype,
                memory_values_1.shape,
                memory_keys_2.dtype,
                memory_keys_2.shape,
                memory_values_2.dtype,
                memory_values_2.shape,
                keys_1.dtype,
                keys_1.shape,
                values_1.dtype,
                values_1.shape,
                keys_2.dtype,
                keys_2.shape,
                values_2.dtype,
                values_2.shape,
            )
            s = self._step[key]
        except (AttributeError, KeyError, TypeError):
            s = self._plan_step(
                target,
                start,
                there,
                memory_keys_1,
                memory_values_1,
                memory_keys_2,
                memory_values_2,
                keys_1,
                values_1,
                keys_2,
                values_2,
            )
        _check_range("target", target, 33)
        _check_range("start", start, -s.t + 10)
        return s

    def _plan_step(
        self,
        target,
        start,
        there,
        memory_keys_1,
        memory_values_1,
        memory_keys_2,
        memory_values_2,
        keys_1,
        values_1,
        keys_2,
        values_2,
    ):
        """Check the arguments and lay out every buffer for their shapes."""
        sizes = {}
        _check("target", target, np.int64, ("N", "T"), sizes)
        _check("start", start, np.int64, (), sizes)
        _check("there", there, np.bool_, ("N", 5), sizes)
        _check("memory_keys_1", memory_keys_1, np.float32, ("N", 4, 5, 16), sizes)
        _check("memory_values_1", memory_values_1, np.float32, ("N", 4, 5, 16), sizes)
        _check("memory_keys_2", memory_keys_2, np.float32, ("N", 4, 5, 16), sizes)
        _check("memory_values_2", memory_values_2, np.float32, ("N", 4, 5, 16), sizes)
        _check("keys_1", keys_1, np.float32, ("N", 4, 9, 16), sizes)
        _check("values_1", values_1, np.float32, ("N", 4, 9, 16), sizes)
        _check("keys_2", keys_2, np.float32, ("N", 4, 9, 16), sizes)
        _check("values_2", values_2, np.float32, ("N", 4, 9, 16), sizes)
        n = sizes["N"]
        t = sizes["T"]
        s = SimpleNamespace(n=n, t=t)
        float32 = _buffers(np.float32)
        int64 = _buffers(np.int64)
        bool_ = _buffers(np.bool_)
        # The moments that each buffer is needed from and up to, its type, its shape.
        s.words = s.words_plus = s.layers_1 = s.layers_2 = float32(0, 92, (n, t, 64))
        s.positions_plus = int64(1, 2, (t,))
        s.positions_cast = float32(2, 3, (t,))
        s.positions_times = s.positions_cos = float32(3, 5, (t, 32))
        s.positions_sin = float32(4, 5, (t, 32))
        s.positions_concat = float32(5, 5, (t, 32, 2))
        s.norm_1 = float32(7, 10, (n, t, 64))
        s.qkv = float32(10, 26, (n, t, 192))
        s.q_times = float32(11, 20, (n, 4, t, 16))
        s.self_attention_position = int64(12, 21, ())
        s.layers_1_self_attention_mask = bool_(13, 67, (9,))
        s.layers_1_self_attention_plus = int64(14, 15, ())
        s.layers_1_self_attention_mask_2 = bool_(15, 15, (9,))
        s.self_attention_logical_and = s.layers_1_self_attention_mask
        s.k_copy = float32(16, 18, (n, 4, t, 16))
        s.layers_1_self_attention_minus = s.self_attention_maximum = int64(17, 66, (9,))
        s.self_attention_minimum = s.layers_1_self_attention_minus
        s.k_take = float32(18, 19, (n, 4, 9, 16))
        s.keys_1_2 = float32(19, 92, (n, 4, 9, 16))
        s.scores = s.weights = float32(20, 29, (n, 4, t, 9))
        s.layers_1_self_attention_plus_2 = int64(21, 22, (t,))
        s.layers_1_self_attention_mask_3 = bool_(22, 30, (t, 9))
        s.layers_1_self_attention_where = float32(23, 62, (t, 9))
        s.weights_max = float32(24, 24, (n, 4, t, 1))
        s.weights_sum = float32(25, 25, (n, 4, t, 1))
        s.v_copy = float32(26, 27, (n, 4, t, 16))
        s.v_take = float32(27, 28, (n, 4, 9, 16))
        s.values_1_2 = float32(28, 92, (n, 4, 9, 16))
        s.attended = float32(29, 31, (n, 4, t, 16))
        s.layers_1_self_attention_any = bool_(30, 69, (t, 1))
        s.attended_copy = float32(31, 32, (n, t, 4, 16))
        s.self_attention = float32(32, 32, (n, t, 64))
        s.norm_2 = float32(34, 37, (n, t, 64))
        s.q_2 = float32(37, 38, (n, t, 64))
        s.q_times_2 = float32(38, 39, (n, 4, t, 16))
        s.scores_2 = s.weights_2 = float32(39, 43, (n, 4, t, 5))
        s.there_where = float32(40, 77, (n, 1, 1, 5))
        s.weights_max_2 = float32(41, 41, (n, 4, t, 1))
        s.weights_sum_2 = float32(42, 42, (n, 4, t, 1))
        s.attended_2 = float32(43, 45, (n, 4, t, 16))
        s.there_any = bool_(44, 81, (n, 1, 1, 1))
        s.attended_copy_2 = float32(45, 46, (n, t, 4, 16))
        s.cross_attention = float32(46, 46, (n, t, 64))
        s.h2 = float32(52, 52, (n, t, 64))
        s.layers_1_norm = float32(54, 57, (n, t, 64))
        s.qkv_2 = float32(57, 65, (n, t, 192))
        s.q_times_3 = float32(58, 62, (n, 4, t, 16))
        s.k_copy_2 = float32(59, 60, (n, 4, t, 16))
        s.k_take_2 = float32(60, 61, (n, 4, 9, 16))
        s.keys_2_2 = float32(61, 92, (n, 4, 9, 16))
        s.scores_3 = s.weights_3 = float32(62, 68, (n, 4, t, 9))
        s.weights_max_3 = float32(63, 63, (n, 4, t, 1))
        s.weights_sum_3 = float32(64, 64, (n, 4, t, 1))
        s.v_copy_2 = float32(65, 66, (n, 4, t, 16))
        s.v_take_2 = float32(66, 67, (n, 4, 9, 16))
        s.values_2_2 = float32(67, 92, (n, 4, 9, 16))
        s.attended_3 = float32(68, 69, (n, 4, t, 16))
        s.attended_copy_3 = float32(69, 70, (n, t, 4, 16))
        s.self_attention_2 = float32(70, 70, (n, t, 64))
        s.norm_2_2 = float32(72, 75, (n, t, 64))
        s.q_5 = float32(75, 76, (n, t, 64))
        s.q_times_4 = float32(76, 77, (n, 4, t, 16))
        s.scores_4 = s.weights_4 = float32(77, 80, (n, 4, t, 5))
        s.weights_max_4 = float32(78, 78, (n, 4, t, 1))
        s.weights_sum_4 = float32(79, 79, (n, 4, t, 1))
        s.attended_4 = float32(80, 81, (n, 4, t, 16))
        s.attended_copy_4 = float32(81, 82, (n, t, 4, 16))
        s.cross_attention_2 = float32(82, 82, (n, t, 64))
        s.h4 = float32(88, 88, (n, t, 64))
        s.layers_2_hat_plus = s.words
        s.layers_2_hat_product = float32(92, 92, (n * t, 33))
        s.feed_forward = [SimpleNamespace() for _ in range(6)]
        for k_3 in range(4, 6):
            b, at = s.feed_forward[k_3], _STEP_FEED_FORWARD[k_3]
            b.norm_3 = float32(at.t, at.t + 3, (n, t, 64))
            b.z = b.h1 = float32(at.t + 3, at.t + 4, (n, t, 128))
            b.h2 = float32(at.t + 4, at.t + 4, (n, t, 64))
        s.norm_4 = [SimpleNamespace() for _ in range(9)]
        for k_3 in range(2, 9):
            b, at = s.norm_4[k_3], _STEP_NORM_4[k_3]
            b.layers_2_hat_2 = b.norm = b.norm_2 = float32(at.t, at.u, (n, t, 64))
            b.layers_2_inv_std_2 = b.layers_var = float32(at.u - 1, at.u - 1, (n, t, 1))
            b.layers = float32(0, 92, (n, t, 64))
            b.layers_mean = float32(at.v, at.u - 3, (n, t, 1))
            b.layers_hat_square = float32(at.u - 2, at.u - 1, (n, t, 64))
            b.layers_inv_std = b.layers_2_inv_std_2
            b.layers_inv_std_2 = b.layers_2_inv_std_2
        self._lay_out(s)
        s.iota = np.arange(t, dtype=np.int64)
        s.positions_reshape = s.positions_cast.reshape(t, 1)
        s.iota_2 = np.arange(32, dtype=np.float32)
        s.row_starts = s.iota_2 * -0.28782314
        s.row_starts_exp = np.exp(s.row_starts)
        s.positions_reshape_2 = s.positions_sin.reshape(t, 32, 1)
        s.positions_reshape_3 = s.positions_cos.reshape(t, 32, 1)
        s.positions_reshape_4 = s.positions_concat.reshape(t, 64)
        s.ones = np.ones((64,), dtype=np.float32)
        s.norm_1_rows = s.norm_1.reshape(n * t, 64)
        s.qkv_rows = s.qkv.reshape(n * t, 192)
        s.qkv_reshape = s.qkv.reshape(n, t, 12, 16)
        s.qkv_slice = s.qkv_reshape[:, :, :4]
        s.q = s.qkv_slice.transpose(0, 2, 1, 3)
        s.iota_3 = np.arange(9, dtype=np.int64)
        s.self_attention_reshape = s.self_attention_logical_and.reshape(9, 1)
        s.qkv_slice_2 = s.qkv_reshape[:, :, 4:8]
        s.k = s.qkv_slice_2.transpose(0, 2, 1, 3)
        s.keys_1_transpose = s.keys_1_2.transpose(0, 1, 3, 2)
        s.self_attention_reshape_2 = s.layers_1_self_attention_plus_2.reshape(t, 1)
        s.weights_max_starts = np.arange(0, 36 * n * t, 9)
        s.qkv_slice_3 = s.qkv_reshape[:, :, 8:]
        s.v = s.qkv_slice_3.transpose(0, 2, 1, 3)
        s.heads_rows = s.attended_copy.reshape(n * t, 64)
        s.self_attention_rows = s.self_attention.reshape(n * t, 64)
        s.norm_2_rows = s.norm_2.reshape(n * t, 64)
        s.q_rows = s.q_2.reshape(n * t, 64)
        s.q_reshape = s.q_2.reshape(n, t, 4, 16)
        s.q_3 = s.q_reshape.transpose(0, 2, 1, 3)
        s.weights_max_2_starts = np.arange(0, 20 * n * t, 5)
        s.heads_rows_2 = s.attended_copy_2.reshape(n * t, 64)
        s.cross_attention_rows = s.cross_attention.reshape(n * t, 64)
        s.layers_1_norm_rows = s.layers_1_norm.reshape(n * t, 64)
        s.qkv_rows_2 = s.qkv_2.reshape(n * t, 192)
        s.qkv_reshape_2 = s.qkv_2.reshape(n, t, 12, 16)
        s.qkv_slice_4 = s.qkv_reshape_2[:, :, :4]
        s.q_4 = s.qkv_slice_4.transpose(0, 2, 1, 3)
        s.qkv_slice_5 = s.qkv_reshape_2[:, :, 4:8]
        s.k_2 = s.qkv_slice_5.transpose(0, 2, 1, 3)
        s.keys_2_transpose = s.keys_2_2.transpose(0, 1, 3, 2)
        s.weights_max_3_starts = s.weights_max_starts
        s.qkv_slice_6 = s.qkv_reshape_2[:, :, 8:]
        s.v_2 = s.qkv_slice_6.transpose(0, 2, 1, 3)
        s.heads_rows_3 = s.attended_copy_3.reshape(n * t, 64)
        s.self_attention_rows_2 = s.self_attention_2.reshape(n * t, 64)
        s.norm_2_rows_2 = s.norm_2_2.reshape(n * t, 64)
        s.q_rows_2 = s.q_5.reshape(n * t, 64)
        s.q_reshape_2 = s.q_5.reshape(n, t, 4, 16)
        s.q_6 = s.q_reshape_2.transpose(0, 2, 1, 3)
        s.weights_max_4_starts = s.weights_max_2_starts
        s.heads_rows_4 = s.attended_copy_4.reshape(n * t, 64)
        s.cross_attention_rows_2 = s.cross_attention_2.reshape(n * t, 64)
        s.layers_2_hat_reshape_2 = s.layers_2_hat_plus.reshape(n * t, 64)
        s.layers_2_hat_reshape_3 = s.layers_2_hat_product.reshape(n, t, 33)
        s.logits = s.layers_2_hat_reshape_3[:, -1]
        for k_3 in range(4, 6):
            b = s.feed_forward[k_3]
            b.norm_rows = b.norm_3.reshape(n * t, 64)
            b.z_rows = b.z.reshape(n * t, 128)
            b.h1_rows = b.h1.reshape(n * t, 128)
            b.h2_rows = b.h2.reshape(n * t, 64)
        for b in s.norm_4:
            b.ones_2 = s.ones
        for k_3 in range(2, 9):
            b = s.norm_4[k_3]
            b.layers_reshape = b.layers.reshape(n * t, 64)
            b.layers_row_sum = b.layers_mean.reshape(n * t)
            b.layers_hat_reshape = b.layers_hat_square.reshape(n * t, 64)
            b.layers_hat_row_sum = b.layers_var.reshape(n * t)
        key = (
            target.dtype,
            target.shape,
            start.dtype,
            start.shape,
            there.dtype,
            there.shape,
            memory_keys_1.dtype,
            memory_keys_1.shape,
            memory_values_1.dtype,
            memory_values_1.shape,
            memory_keys_2.dtype,
            memory_keys_2.shape,
            memory_values_2.dtype,
            memory_values_2.shape,
            keys_1.dtype,
            keys_1.shape,
            values_1.dtype,
            values_1.shape,
            keys_2.dtype,
            keys_2.shape,
            values_2.dtype,
            values_2.shape,
        )
        self._step[key] = s
        return s

    def _norm_4_forward(self, s, p):
        """Forward, one of 9: speller.transformer_encoder_1.norm to transformer_..."""
        # norm_4                                                      number_words.py:71
        # layers_2_hat_2                                                      (N, T, 64)
        np.dot(s.layers_reshape, s.ones_2, out=s.layers_row_sum)
        np.divide(s.layers_mean, 64.0, out=s.layers_mean)
        np.subtract(s.layers, s.layers_mean, out=s.layers_2_hat_2)
        np.square(s.layers_2_hat_2, out=s.layers_hat_square)
        np.dot(s.layers_hat_reshape, s.ones_2, out=s.layers_hat_row_sum)
        np.divide(s.layers_var, 64.0, out=s.layers_var)
        np.add(s.layers_var, 1e-05, out=s.layers_2_inv_std_2)
        np.sqrt(s.layers_2_inv_std_2, out=s.layers_inv_std)
        np.divide(1.0, s.layers_inv_std, out=s.layers_inv_std_2)
        np.multiply(s.layers_2_hat_2, s.layers_inv_std_2, out=s.layers_2_hat_2)
        np.multiply(s.layers_2_hat_2, p.gamma, out=s.norm)
        np.add(s.norm, p.beta, out=s.norm_2)

    def _norm_4_backward(self, s, p, d):
        """Backward, one of 2: speller.transformer_encoder_1.norm to speller.tra..."""
        # norm_4                                                      number_words.py:71
        # d_beta = sum over N * T of d_logits speller.words.W                      (64,)
        # d_gamma = sum over N * T of d_layers_2_norm_times                        (64,)
        # d_layers_2_hat = d_logits speller.words.W * gamma                   (N, T, 64)
        # d_layers_2                                                          (N, T, 64)
        np.dot(s.ones, s.d_layers_2_norm_reshape, out=d.beta)
        np.multiply(s.d_layers_2_norm, s.layers_2_hat_2, out=s.d_layers_2_norm_times)
        np.dot(s.ones, s.d_layers_2_norm_reshape_2, out=d.gamma)
        np.multiply(s.d_layers_2_norm, p.gamma, out=s.d_layers_2_hat)
        np.dot(s.d_layers_2_hat_reshape, s.ones_2, out=s.d_layers_2_hat_row_sum)
        np.divide(s.d_layers_2_hat_over, 64.0, out=s.d_layers_2_hat_over)
        np.subtract(s.d_layers_2_hat, s.d_layers_2_hat_over, out=s.d_layers_2)
        np.multiply(s.d_layers_2_hat, s.layers_2_hat_2, out=s.d_layers_2_hat_times)
        np.dot(s.d_layers_2_hat_reshape, s.ones_2, out=s.d_layers_2_hat_row_sum_2)
        np.divide(s.d_layers_2_hat_over_2, 64.0, out=s.d_layers_2_hat_over_2)
        np.multiply(s.layers_2_hat_2, s.d_layers_2_hat_over_2, out=s.layers_2_hat_times)
        np.subtract(s.d_layers_2, s.layers_2_hat_times, out=s.d_layers_2)
        np.multiply(s.layers_2_inv_std_2, s.d_layers_2, out=s.d_layers_2)

    def _self_attention_3_backward_3(self, s, p):
        """Backward, one of 2: speller.transformer_encoder_1.layers_1.attention..."""
        # self_attention_3                                            number_words.py:71
        # d_attended = d_rows_transpose * source_any                       (N, 4, 5, 16)
        # d_weights = d_attended qkv_transpose                              (N, 4, 5, 5)
        # d_scores = weights * (d_weights - d_weights_sum)                  (N, 4, 5, 5)
        # d_q = d_scores k * 0.25                                          (N, 4, 5, 16)
        # d_v = transpose(weights, (0, 1, 3, 2)) d_attended                (N, 4, 5, 16)
        np.dot(s.d_self_attention_rows, p.W_o.T, out=s.d_rows_product)
        np.multiply(s.d_rows_transpose, s.source_any, out=s.d_attended)
        np.matmul(s.d_attended, s.qkv_transpose, out=s.d_weights)
        np.multiply(s.d_weights, s.weights, out=s.d_weights_times)
        s.d_weights_times.sum(axis=3, keepdims=True, out=s.d_weights_sum)
        np.subtract(s.d_weights, s.d_weights_sum, out=s.d_scores)
        np.multiply(s.weights, s.d_scores, out=s.d_scores)
        np.matmul(s.d_scores, s.k, out=s.d_scores_product)
        np.multiply(
            s.d_scores_product,
            0.25,
            out=s.d_q_concat[:, :, :4].transpose(0, 2, 1, 3),
        )
        np.matmul(
            s.q_transpose,
            s.d_scores,
            out=s.d_q_concat[:, :, 4:8].transpose(0, 2, 3, 1),
        )
        np.matmul(
            s.weights_transpose,
            s.d_attended,
            out=s.d_q_concat[:, :, 8:].transpose(0, 2, 1, 3),
        )
        np.dot(s.d_qkv_rows, p.W_qkv.T, out=s.d_qkv_rows_product)

    def _self_attention_3_backward_2(self, s, d):
        """Backward, one of 4: speller.transformer_decoder_1.layers_1.self_atten..."""
        # self_attention_3                                            number_words.py:71
        # d_b_o = sum over N * T of d_self_attention                               (64,)
        # d_W_o = reshape(attended_copy_5, (N * T, 64))^T d_self_attention      (64, 64)
        # d_b_qkv = sum over N * T of reshape(d_q_concat, (N, T, 192))            (192,)
        # d_W_qkv = layers_1_norm_2^T reshape(d_q_concat, (N * T, 192))        (64, 192)
        np.dot(s.ones, s.d_self_attention_rows, out=d.b_o)
        np.dot(s.heads_rows.T, s.d_self_attention_rows, out=d.W_o)
        np.dot(s.ones, s.d_qkv_reshape, out=d.b_qkv)
        np.dot(s.words_placed_norm_rows.T, s.d_qkv_rows, out=d.W_qkv)

    def _self_attention_3_backward(self, s, p):
        """Backward, one of 2: speller.transformer_decoder_1.layers_1.self_atten..."""
        # self_attention_3                                            number_words.py:71
        # d_weights = d_attended qkv_transpose_2                            (N, 4, T, T)
        # d_scores = weights                                                (N, 4, T, T)
        #     * (d_weights - d_weights_reshape_2)
        # d_q_3 = d_scores k * 0.25                                        (N, 4, T, 16)
        # d_v_2 = transpose(weights, (0, 1, 3, 2)) d_attended              (N, 4, T, 16)
        np.dot(s.d_self_attention_rows, p.W_o.T, out=s.rows_product)
        np.matmul(s.d_attended, s.qkv_transpose_2, out=s.d_weights)
        np.multiply(s.d_weights, s.weights, out=s.d_weights_times)
        np.dot(s.d_weights_reshape, s.ones_2, out=s.d_weights_row_sum)
        np.subtract(s.d_weights, s.d_weights_reshape_2, out=s.d_scores)
        np.multiply(s.weights, s.d_scores, out=s.d_scores)
        np.matmul(s.d_scores, s.k, out=s.d_scores_product)
        np.multiply(
            s.d_scores_product,
            0.25,
            out=s.d_q_concat[:, :, :4].transpose(0, 2, 1, 3),
        )
        np.matmul(
            s.q_transpose,
            s.d_scores,
            out=s.d_q_concat[:, :, 4:8].transpose(0, 2, 3, 1),
        )
        np.matmul(
            s.weights_transpose,
            s.d_attended,
            out=s.d_q_concat[:, :, 8:].transpose(0, 2, 1, 3),
        )
        np.dot(s.d_qkv_rows, p.W_qkv.T, out=s.d_qkv_rows_product)

    def _self_attention_3_forward(self, s, p):
        """Forward, one of 2: speller.transformer_decoder_1.layers_1.self_attent..."""
        # self_attention_3                                            number_words.py:71
        # qkv = words_placed_norm W_qkv + b_qkv                              (N, T, 192)
        # scores = q * 0.25 qkv_transpose                                   (N, 4, T, T)
        # weights = softmax(scores + iota_3_where)                          (N, 4, T, T)
        # attended = weights v                                             (N, 4, T, 16)
        # self_attention = heads W_o + b_o                                    (N, T, 64)
        np.dot(s.words_placed_norm_rows, p.W_qkv, out=s.qkv_rows)
        np.add(s.qkv, p.b_qkv, out=s.qkv)
        np.multiply(s.q, 0.25, out=s.q_times)
        np.matmul(s.q_times, s.qkv_transpose, out=s.scores)
        np.add(s.scores, s.iota_3_where, out=s.weights)
        _row_max(s.weights, s.weights_max_starts, out=s.weights_max)
        np.subtract(s.weights, s.weights_max, out=s.weights)
        np.exp(s.weights, out=s.weights)
        np.dot(s.weights_reshape, s.ones_2, out=s.weights_row_sum)
        np.divide(s.weights, s.weights_reshape_2, out=s.weights)
        np.matmul(s.weights, s.v, out=s.attended_copy.transpose(0, 2, 1, 3))
        np.dot(s.heads_rows, p.W_o, out=s.rows)
        np.add(s.self_attention, p.b_o, out=s.self_attention)

    def _cross_attention_3_backward_2(self, s, d):
        """Backward, one of 2: speller.transformer_decoder_1.layers_1.cross_atte..."""
        # cross_attention_3                                           number_words.py:71
        # d_b_o = sum over N * T of d_cross_attention                              (64,)
        # d_W_o = reshape(attended_copy, (N * T, 64))^T d_cross_attention       (64, 64)
        # d_v = transpose(weights, (0, 1, 3, 2)) d_attended                (N, 4, 5, 16)
        # d_b_kv = sum over 5 * N of d_kv                                         (128,)
        # d_b_q = sum(reshape(d_q_copy, (N, T, 64)), axes 0, 1)                    (64,)
        # d_W_kv = layers_2_norm^T d_kv_rows                                   (64, 128)
        # d_W_q = norm_2_4^T reshape(d_q_copy, (N * T, 64))                     (64, 64)
        np.dot(s.ones_3, s.d_cross_attention_rows, out=d.b_o)
        np.dot(s.heads_rows.T, s.d_cross_attention_rows, out=d.W_o)
        np.matmul(
            s.q_transpose,
            s.d_scores,
            out=s.q_concat[:, :, :4].transpose(0, 2, 3, 1),
        )
        np.matmul(
            s.weights_transpose,
            s.d_attended,
            out=s.q_concat[:, :, 4:].transpose(0, 2, 1, 3),
        )
        np.dot(s.ones_4, s.d_kv_reshape, out=d.b_kv)
        s.d_q.sum(axis=(0, 1), out=d.b_q)
        np.dot(s.layers_2_norm_rows.T, s.d_kv_rows, out=d.W_kv)
        np.dot(s.norm_2_rows_4.T, s.d_q_rows, out=d.W_q)

    def _cross_attention_3_backward(self, s, p):
        """Backward, one of 2: speller.transformer_decoder_1.layers_1.cross_atte..."""
        # cross_attention_3                                           number_words.py:71
        # d_attended = rows_transpose * source_any                         (N, 4, T, 16)
        # d_weights = d_attended kv_transpose                               (N, 4, T, 5)
        # d_scores = weights * (d_weights - d_weights_sum)                  (N, 4, T, 5)
        # d_q = d_scores k * 0.25                                          (N, 4, T, 16)
        np.dot(s.d_cross_attention_rows, p.W_o.T, out=s.rows_product)
        np.multiply(s.rows_transpose, s.source_any, out=s.d_attended)
        np.matmul(s.d_attended, s.kv_transpose, out=s.d_weights)
        np.multiply(s.d_weights, s.weights, out=s.d_weights_times)
        s.d_weights_times.sum(axis=3, keepdims=True, out=s.d_weights_sum)
        np.subtract(s.d_weights, s.d_weights_sum, out=s.d_scores)
        np.multiply(s.weights, s.d_scores, out=s.d_scores)
        np.matmul(s.d_scores, s.k, out=s.d_scores_product)
        np.multiply(s.d_scores_product, 0.25, out=s.d_q_copy.transpose(0, 2, 1, 3))
        np.dot(s.d_q_rows, p.W_q.T, out=s.d_q_rows_product)

    def _norm_backward_2(self, s, p):
        """Backward, one of 10: speller.transformer_decoder_1.layers_1.norm_1 to..."""
        # norm                                                        number_words.py:71
        # d_cross_attention = d_layers + layers_times_3                       (N, T, 64)
        np.multiply(s.d_norm, p.gamma, out=s.d_times_2)
        np.dot(s.d_reshape_3, s.ones, out=s.d_row_sum)
        np.divide(s.d_over, 64.0, out=s.d_over)
        np.subtract(s.d_times_2, s.d_over, out=s.d_minus_over)
        np.multiply(s.d_times_2, s.layers_times, out=s.d_times_3)
        np.dot(s.d_reshape_3, s.ones, out=s.d_row_sum_2)
        np.divide(s.d_over_2, 64.0, out=s.d_over_2)
        np.multiply(s.layers_times, s.d_over_2, out=s.layers_times_2)
        np.subtract(s.d_minus_over, s.layers_times_2, out=s.d_minus)
        np.multiply(s.layers_over_sqrt, s.d_minus, out=s.layers_times_3)
        np.add(s.d_layers, s.layers_times_3, out=s.d_cross_attention)

    def _norm_backward(self, s, d):
        """Backward, one of 10: speller.transformer_decoder_1.layers_1.norm_1 to..."""
        # norm                                                        number_words.py:71
        # d_beta = sum over N * T of d_norm                                        (64,)
        # d_gamma = sum over N * T of d_norm * layers_times                        (64,)
        np.dot(s.ones_2, s.d_reshape, out=d.beta)
        np.multiply(s.d_norm, s.layers_times, out=s.d_times)
        np.dot(s.ones_2, s.d_reshape_2, out=d.gamma)

    def _norm_forward(self, s, p):
        """Forward, one of 10: speller.transformer_decoder_1.layers_1.norm_1 to..."""
        # norm                                                        number_words.py:71
        # layers_over = mean(layers, axis 2)                                   (N, 5, 1)
        # layers_over_2 = mean(square(layers                                   (N, 5, 1)
        #     - layers_over), axis 2)
        # layers_plus = 1 / sqrt(layers_over_2 + 1e-05)                        (N, 5, 1)
        # layers_minus_over = (layers - mean) / sqrt(var + 1e-05)             (N, 5, 64)
        # norm = layers_minus_over * gamma + beta                             (N, 5, 64)
        np.dot(s.layers_reshape, s.ones, out=s.layers_row_sum)
        np.divide(s.layers_over, 64.0, out=s.layers_over)
        np.subtract(s.layers, s.layers_over, out=s.layers_minus_over)
        np.square(s.layers_minus_over, out=s.layers_square)
        np.dot(s.layers_reshape_2, s.ones, out=s.layers_row_sum_2)
        np.divide(s.layers_over_2, 64.0, out=s.layers_over_2)
        np.add(s.layers_over_2, 1e-05, out=s.layers_plus)
        np.sqrt(s.layers_plus, out=s.layers_sqrt)
        np.divide(1.0, s.layers_sqrt, out=s.layers_over_sqrt)
        np.multiply(s.layers_minus_over, s.layers_over_sqrt, out=s.layers_times)
        np.multiply(s.layers_times, p.gamma, out=s.norm)
        np.add(s.norm, p.beta, out=s.norm)

    def _feed_forward_backward_2(self, s, d):
        """Backward, one of 4: speller.transformer_encoder_1.layers_1.feed_forwa..."""
        # down                                                        number_words.py:71
        # d_b = sum over N * T of d_layers                                         (64,)
        # d_W = h1^T d_layers                                                  (128, 64)
        np.dot(s.ones, s.d_layers_rows, out=d.down_b)
        np.dot(s.h1_rows.T, s.d_layers_rows, out=d.down_W)

        # up                                                          number_words.py:71
        # d_b = sum over N * T of d_z                                             (128,)
        # d_W = norm_3_2^T d_z                                                 (64, 128)
        np.dot(s.ones, s.d_z_rows, out=d.up_b)
        np.dot(s.norm_rows.T, s.d_z_rows, out=d.up_W)

    def _feed_forward_backward(self, s, p):
        """Backward, one of 4: speller.transformer_encoder_1.layers_1.feed_forwa..."""
        # down                                                        number_words.py:71
        # d_layers_rows_product = d_layers W^T                              (N * T, 128)
        np.dot(s.d_layers_rows, p.down_W.T, out=s.d_layers_rows_product)

        # up                                                          number_words.py:71
        # d_z = d_h1 * (h1 > 0)                                              (N, T, 128)
        # d_z_rows_product = d_z W^T                                         (N * T, 64)
        np.greater(s.h1, 0.0, out=s.h1_mask)
        np.multiply(s.d_h1, s.h1_mask, out=s.d_z)
        np.dot(s.d_z_rows, p.up_W.T, out=s.d_z_rows_product)

    def _feed_forward_forward(self, s, p):
        """Forward, one of 6: speller.transformer_encoder_1.layers_1.feed_forwar..."""
        # up                                                          number_words.py:71
        # z = norm_2 W + b                                                   (N, 5, 128)
        # h1 = relu(z)                                                       (N, 5, 128)
        np.dot(s.norm_rows, p.up_W, out=s.z_rows)
        np.add(s.z, p.up_b, out=s.z)
        np.clip(s.z, 0.0, np.inf, out=s.h1)

        # down                                                        number_words.py:71
        # h2 = h1 W + b                                                       (N, 5, 64)
        np.dot(s.h1_rows, p.down_W, out=s.h2_rows)
        np.add(s.h2, p.down_b, out=s.h2)

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


def _buffers(dtype):
    """A function for buffers of that type."""

    def buffer(first, last, shape):
        return _Buffer(first, last, dtype, shape)

    return buffer


def _ending(names, end, *others):
    """The names that end so, but for some others."""
    return [name for name in names if name.endswith(end) and name not in others]


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


def _named(group, **names):
    """For each place, what has the names that stand in it, under names of its own."""
    parts = [SimpleNamespace() for _ in next(iter(names.values()))]
    for own, series in names.items():
        for part, name in zip(parts, series, strict=True):
            if name:
                setattr(part, own, getattr(group, name))
    return parts


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
