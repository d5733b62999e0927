"""Tokens one after another, from a function that computes what comes next.

In: a step function and what its arguments are. Out: sequences. An exported file carries the class
and the function after it, so they need NumPy alone, and have no types, as what is emitted.
"""

# mypy: allow-untyped-defs, allow-untyped-calls

from __future__ import annotations

import inspect
from typing import Any

import numpy as np

from graphc.codegen.program import Method
from graphc.errors import DataError
from graphc.network import Network


class Sampler:
    """Extends sequences of tokens by a step function, a token at a time.

    The function's first argument are tokens, integers (N, T), and its first result the
    logits of what follows them, (N, V) or (N, T, V). An argument called `start` is told how
    many tokens went before. Arguments that a result shares its name with are carried from
    step to step: a cache, a hidden state; they begin as `context` says, by name, or as
    zeros. All others are the same at each step, and `context` has each. What has a row for
    each prompt there may have one row for all.

    Args:
        step: the function.
        arguments: for each argument its name, element type and shape, symbolic sizes as
            text.
        results: the names of its results.
    """

    def __init__(self, step, arguments, results):
        self.step = step
        self.results = list(results)
        (self.tokens, self.dtype, (self.rows, *_)), *rest = arguments
        self.order = [name for name, _, _ in arguments]
        self.shapes = {name: shape for name, _, shape in rest}
        self.carried = {n: d for n, d, _ in rest if n in self.results}
        self.given = [n for n, _, _ in rest if n not in self.carried and n != "start"]

    def generate(
        self,
        prompt,
        length,
        temperature=1.0,
        top_k=None,
        stop=None,
        seed=None,
        context=None,
    ):
        """Draw tokens from softmax(logits / temperature).

        Args:
            prompt: tokens to begin with, (N, T), T at least 1; or (T,), for one sequence.
            length: how many tokens to add.
            temperature: below 1 sharpens, above 1 flattens; 0 takes the largest logit.
            top_k: draw from this many of the largest logits only.
            stop: a token after which a sequence ends; what follows it is `stop` again.
            seed: of the draws, or a numpy.random.Generator; by default they differ.
            context: further arguments of the step and first states, by name.

        Returns:
            The prompt and what was drawn, (N, T + length) or (T + length,); less if every
            sequence has ended.

        Raises:
            ValueError: when something is out of range, or an argument is missing.
        """
        tokens = self._prompt(prompt, length)
        if not temperature >= 0:
            raise ValueError(f"temperature: expected 0 or above, got {temperature}")
        if top_k is not None and top_k < 1:
            raise ValueError(f"top_k: expected 1 or above, got {top_k}")
        rng = np.random.default_rng(seed)
        new, state = tokens, self._begin(len(tokens), context)
        ended = np.zeros(len(tokens), bool)
        for _ in range(length):
            logits, state = self._advance(new, state)
            drawn = self._draw(logits, temperature, top_k, rng)
            if stop is not None:
                drawn = np.where(ended, stop, drawn)
                ended |= drawn == stop
            new = drawn[:, None].astype(self.dtype)
            tokens = np.concatenate((tokens, new), axis=1)
            if ended.all():
                break
        return tokens if np.ndim(prompt) == 2 else tokens[0]

    def beam_search(
        self,
        prompt,
        length,
        beams=4,
        stop=None,
        length_penalty=0.0,
        context=None,
    ):
        """The most probable continuation found by keeping the best few at each step.

        Args:
            prompt: tokens to begin with, (T,).
            length: how many tokens to add at most.
            beams: how many sequences are kept.
            stop: a token after which a sequence ends.
            length_penalty: the a in Y. Wu et al. (2016), eq. 14: sequences of n new tokens
                are compared by log p / ((5 + n) / 6)**a.
            context: further arguments of the step and first states, by name, with one row.

        Returns:
            The prompt and the tokens added, and the log-probability of these.

        Raises:
            ValueError: when something is out of range, or an argument is missing.
        """
        if np.ndim(prompt) != 1 or beams < 1:
            raise ValueError("beam_search: expected one prompt (T,) and beams above 0")
        tokens = self._prompt(prompt, length)
        start = tokens.shape[1]
        new, state = tokens, self._begin(1, context)
        scores, finished = np.zeros(1), []
        for _ in range(length):
            logits, state = self._advance(new, state)
            totals = scores[:, None] + _log_softmax(logits)
            best = np.argsort(-totals, axis=None, kind="stable")[: 2 * beams]
            rows, drawn = np.divmod(best, totals.shape[1])
            scores = totals.flat[best]
            ends = drawn == (-1 if stop is None else stop)
            for row, score in zip(rows[ends], scores[ends], strict=True):
                finished.append((np.append(tokens[row], stop), score))
            going = np.flatnonzero(~ends)[:beams]
            if len(finished) >= beams or not going.size:
                break
            rows, drawn, scores = rows[going], drawn[going], scores[going]
            new = drawn[:, None].astype(self.dtype)
            tokens = np.concatenate((tokens[rows], new), axis=1)
            state = self._rows(state, rows)
        else:
            finished += zip(tokens, scores, strict=True)

        def value(pair):
            return pair[1] / ((5 + len(pair[0]) - start) / 6) ** length_penalty

        found, score = max(finished, key=value)
        return found.astype(self.dtype), float(score)

    def prefill(self, prompt, context=None):
        """What the step carries after a prompt, as the context for what follows it.

        A beginning that many prompts share is read once: of one row, it serves them all.

        Args:
            prompt: tokens, (N, T) or (T,), T at least 1.
            context: further arguments of the step and first states, by name.

        Returns:
            A context: for `generate`, `beam_search` or `prefill` of the tokens after these.

        Raises:
            ValueError: when something is out of range, or an argument is missing.
        """
        tokens = self._prompt(prompt, 0)
        return self._advance(tokens, self._begin(len(tokens), context))[1]

    def _prompt(self, prompt, length):
        tokens = np.atleast_2d(np.asarray(prompt))
        if tokens.ndim != 2 or tokens.shape[1] < 1 or tokens.dtype.kind not in "iu":
            raise ValueError(
                "prompt: expected integers of shape (T,) or (N, T), T at least 1, got "
                f"{tokens.dtype} {np.shape(prompt)}"
            )
        if length < 0:
            raise ValueError(f"length: expected 0 or above, got {length}")
        return tokens.astype(self.dtype)

    def _begin(self, rows, context):
        """What the step is given besides tokens, before the first of them."""
        state = {name: np.asarray(array) for name, array in (context or {}).items()}
        if not set(self.given) <= set(state) <= {*self.given, *self.carried, "start"}:
            expected, got = (", ".join(n) or "nothing" for n in (self.given, state))
            if self.carried:
                expected += f" (and first states: {', '.join(self.carried)})"
            raise ValueError(f"context: expected {expected}, got {got}")
        state.setdefault("start", np.zeros((), np.int64))
        for name, shape in self.shapes.items():
            sizes = [rows if isinstance(size, str) else size for size in shape]
            if name not in state:
                state[name] = np.zeros(sizes, self.carried[name])
            elif self._by_row(name) and state[name].shape[:1] != (rows,):
                if state[name].shape[:1] != (1,):
                    raise ValueError(
                        f"context: {name}: expected a row for each of {rows} prompts, "
                        f"or one for all, got {state[name].shape}"
                    )
                state[name] = np.repeat(state[name], rows, axis=0)
        return state

    def _by_row(self, name):
        """Whether an argument has a row for each prompt."""
        symbolic = isinstance(self.rows, str)
        return symbolic and self.shapes.get(name, ())[:1] == (self.rows,)

    def _advance(self, tokens, state):
        """The logits of what follows tokens, (N, V), and the state after them."""
        given = {**state, self.tokens: tokens}
        found = self.step(*[given[name] for name in self.order])
        if not isinstance(found, dict):
            found = dict(zip(self.results, found, strict=True))
        logits = np.asarray(found[self.results[0]], np.float64)
        carried = {name: np.asarray(found[name]) for name in self.carried}
        start = np.asarray(state["start"] + tokens.shape[1])
        logits = logits if logits.ndim == 2 else logits[:, -1]
        return logits, {**state, **carried, "start": start}

    def _rows(self, state, rows):
        """The state of other sequences: those that a beam goes on with."""
        return {k: v[rows] if self._by_row(k) else v for k, v in state.items()}

    @staticmethod
    def _draw(logits, temperature, top_k, rng):
        if temperature == 0:
            return logits.argmax(axis=1)
        if top_k is not None and top_k < logits.shape[1]:
            least = np.partition(logits, -top_k, axis=1)[:, -top_k, None]
            logits = np.where(logits < least, -np.inf, logits)
        total = np.exp(_log_softmax(logits / temperature)).cumsum(axis=1)
        drawn = rng.random((len(total), 1)) * total[:, -1:]
        return (total <= drawn).sum(axis=1)


def _log_softmax(logits):
    shifted = logits - logits.max(axis=1, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))


def sampler(m: Any, function: str = "step") -> Sampler:
    """A sampler over a function of a loaded program.

    Args:
        m: an instance that ``net.load()`` returned.
        function: the name of its step function; see :class:`Sampler`.

    Raises:
        DataError: `m` is no such instance, has no such function, or the function takes no tokens.
    """
    network = getattr(m, "network", None)
    if isinstance(m, Network) or not isinstance(network, Network):
        raise DataError(f"sampler: expected an instance that net.load() returned, not {m!r}")
    methods = {method.name: method for f in network.unit.families for method in f.methods}
    if function not in methods:
        raise DataError(f"sampler: '{network.name}' has no '{function}', only {', '.join(methods)}")
    return Sampler(getattr(m, function), *described(methods[function]))


def described(
    method: Method,
) -> tuple[list[tuple[str, str, tuple[int | str, ...]]], list[str]]:
    """What a :class:`Sampler` is told of a step function: its arguments, and its results' names.

    Raises:
        DataError: the function has no logits, or its first argument are no tokens.
    """
    if not method.inputs or not method.outputs:
        raise DataError(f"'{method.name}' is no step function: it has no arguments or no results")
    tokens, logits = method.inputs[0], method.outputs[0][1]
    if (
        tokens.ndim != 2
        or not tokens.dtype.startswith(("int", "uint"))
        or logits.ndim not in (2, 3)
    ):
        raise DataError(
            f"'{method.name}' is no step function: its first argument are tokens, integers (N, T), "
            f"and its first result logits, (N, V) or (N, T, V), not {tokens.type} and {logits.type}"
        )
    arguments = [
        (t.name, t.dtype, tuple(d if isinstance(d, int) else str(d) for d in t.shape))
        for t in method.inputs
    ]
    return arguments, [name for name, _ in method.outputs]


def carried_source() -> str:
    """The source of what an exported file needs to sample."""
    return f"{inspect.getsource(Sampler)}\n\n{inspect.getsource(_log_softmax)}"
