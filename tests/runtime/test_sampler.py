"""Sampling step by step: against the whole computation, counting, and every sequence there is."""

import itertools
import subprocess
import sys

import numpy as np
import pytest

import graphc as gx
from graphc import nn
from graphc.errors import DataError, ExportError, GraphError

V, WIDTH, ROOM = 5, 8, 12


class Model(nn.Module):
    """Two causal blocks, by positions that are learned and by rotary ones."""

    def __init__(self):
        super().__init__("lm")
        self.tokens = nn.Embedding(V, WIDTH, init="normal")
        self.positions = nn.LearnedPositions(ROOM, init=gx.init.normal(std=0.3))
        self.blocks = [
            nn.TransformerEncoderLayer(WIDTH, 2, dropout=0.1, causal=True, rotary=rotary)
            for rotary in (False, True)
        ]
        self.scores = nn.Dense(V, init=gx.init.normal(std=1.0))

    def forward(self, tokens, cache=None):
        start = 0 if cache is None else cache.start
        h = self.positions(self.tokens(tokens), start)
        for block in self.blocks:
            h = block(h, cache=cache)
        return self.scores(h)


def program():
    model, tokens = Model(), gx.input("tokens", ("N", "T"), dtype="int64")
    logits = model(tokens)
    cache = nn.KeyValueCache(ROOM)
    step = {"logits": model(tokens, cache=cache), **cache.outputs}
    return gx.Program(
        "lm",
        whole=gx.function([tokens], {"logits": logits}, training=False),
        step=gx.function([tokens, cache.start, *cache.inputs], step, training=False),
    )


@pytest.fixture(scope="module")
def m():
    return program().load(seed=1)


def log_probs(m, tokens):
    logits = m.whole(np.atleast_2d(tokens))["logits"].astype(np.float64)
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


@pytest.mark.parametrize("cuts", [(), (1, 2, 3, 4, 5, 6), (3,), (2, 5)])
def test_steps_with_a_cache_are_the_whole_computation(m, cuts):
    tokens = np.random.default_rng(0).integers(V, size=(3, 7))
    whole = m.whole(tokens)["logits"]
    found, state = [], {}
    for a, b in itertools.pairwise((0, *cuts, 7)):
        zeros = np.zeros((3, 2, ROOM, WIDTH // 2), np.float32)
        caches = [state.get(f"{k}_{i}", zeros) for i in (1, 2) for k in ("keys", "values")]
        state = m.step(tokens[:, a:b], np.asarray(a), *caches)
        found.append(state["logits"])
    np.testing.assert_allclose(np.concatenate(found, axis=1), whole, rtol=1e-5, atol=1e-5)


def test_the_largest_logit_is_taken_at_temperature_zero(m):
    tokens = np.array([[1, 2], [3, 0]])
    got = gx.sampler(m).generate(tokens, 6, temperature=0)
    for _ in range(6):
        following = log_probs(m, tokens)[:, -1].argmax(-1)
        tokens = np.concatenate([tokens, following[:, None]], axis=1)
    np.testing.assert_array_equal(got, tokens)
    np.testing.assert_array_equal(gx.sampler(m).generate(tokens, 3, top_k=1)[:, :8], tokens)


@pytest.mark.parametrize(("temperature", "top_k"), [(1.0, None), (0.5, None), (2.0, 3)])
def test_draws_follow_the_softmax(m, temperature, top_k):
    count = 4000
    prompt = np.tile([[2, 4]], (count, 1))
    drawn = gx.sampler(m).generate(prompt, 1, temperature, top_k, seed=0)[:, -1]
    p = np.exp(log_probs(m, [2, 4])[0, -1] / temperature)
    if top_k:
        p[np.argsort(p)[:-top_k]] = 0
    p /= p.sum()
    found = np.bincount(drawn, minlength=V) / count
    assert np.all(np.abs(found - p) <= 4.5 * np.sqrt(p * (1 - p) / count))


def test_a_seed_gives_the_same_draws_and_a_sequence_ends_at_stop(m):
    sampler, prompt = gx.sampler(m), np.array([[1], [2], [3]])
    first, again = (sampler.generate(prompt, 9, seed=3, stop=0) for _ in range(2))
    np.testing.assert_array_equal(first, again)
    for row in first[:, 1:]:
        ends = np.flatnonzero(row == 0)
        assert not ends.size or not row[ends[0] :].any()
    one = sampler.generate([1, 2], 4, seed=0)
    assert one.shape == (6,) and one.dtype == np.int64


@pytest.mark.parametrize("penalty", [0.0, 0.6])
def test_a_beam_as_wide_as_the_tree_finds_the_best_sequence_of_all(m, penalty):
    prompt, length, stop = [1, 3], 3, 0
    best = (-np.inf, None)
    for tail in itertools.product(range(V), repeat=length):
        if stop in tail:
            tail = tail[: tail.index(stop) + 1]
        tokens = np.array([*prompt, *tail])
        at = np.arange(len(tail))
        score = log_probs(m, tokens)[0, at + 1, tokens[at + 2]].sum()
        best = max(best, (score / ((5 + len(tail)) / 6) ** penalty, tuple(tokens)))
    tokens, score = gx.sampler(m).beam_search(
        prompt, length, beams=V**length, stop=stop, length_penalty=penalty
    )
    assert tuple(tokens) == best[1]
    assert score / ((5 + len(tokens) - 2) / 6) ** penalty == pytest.approx(best[0], rel=1e-5)
    narrow, value = gx.sampler(m).beam_search(prompt, length, beams=1)
    np.testing.assert_array_equal(narrow, gx.sampler(m).generate(prompt, length, temperature=0))
    assert value <= score + 1e-6 or penalty


def test_an_exported_file_samples_the_same_without_graphc(m, tmp_path):
    path = gx.export(m, tmp_path / "writer.py", sampler="step")
    code = (
        "import sys; sys.modules['graphc'] = None; import writer; "
        "print(writer.generate([[1, 2], [4, 4]], 6, seed=5, top_k=3).tolist()); "
        "print(writer.beam_search([1, 2], 4, beams=3)[0].tolist())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    sampler = gx.sampler(m)
    drawn = sampler.generate([[1, 2], [4, 4]], 6, seed=5, top_k=3).tolist()
    assert done.stdout == f"{drawn}\n{sampler.beam_search([1, 2], 4, beams=3)[0].tolist()}\n"
    for width in ("88", "100"):
        subprocess.run(
            [
                sys.executable,
                "-m",
                "ruff",
                "format",
                "--isolated",
                "--check",
                f"--line-length={width}",
                path,
            ],
            check=True,
        )


def test_what_a_step_remembers_can_be_a_hidden_state_and_contexts_are_handed_on():
    """Any function will do: here one that adds up the tokens that it saw."""
    calls = []

    def step(tokens, total, offset):
        calls.append(tokens.copy())
        total = total + tokens.sum(axis=1, keepdims=True)
        return [np.eye(V)[(total[:, 0] + offset[:, 0]) % V] * 9.0, total]

    arguments = [
        ("x", "int32", ("N", "T")),
        ("total", "int64", ("N", 1)),
        ("offset", "int64", ("N", 1)),
    ]
    sampler = gx.Sampler(step, arguments, ["logits", "total"])
    context = {"offset": np.array([[1], [2]])}
    got = sampler.generate([[1, 1], [0, 3]], 3, temperature=0, context=context)
    assert got.tolist() == [[1, 1, 3, 1, 2], [0, 3, 0, 0, 0]]
    assert [c.shape for c in calls] == [(2, 2), (2, 1), (2, 1)] and calls[0].dtype == np.int32
    with pytest.raises(ValueError, match=r"expected offset .*: total.*, got nothing"):
        sampler.generate([[1]], 1)


BAD = [
    (lambda s: s.generate([[0.5]], 1), "prompt: expected integers"),
    (lambda s: s.generate(np.zeros((1, 0), int), 1), "T at least 1"),
    (lambda s: s.generate([1], -1), "length: expected 0 or above"),
    (lambda s: s.generate([1], 1, temperature=-1), "temperature: expected 0 or above"),
    (lambda s: s.generate([1], 1, top_k=0), "top_k: expected 1 or above"),
    (lambda s: s.generate([1, V], 1), "values must lie in 0 .. 4, got 5"),
    (lambda s: s.generate([1], ROOM + 1), r"start: values must lie in 0 .. 11, got 12"),
    (lambda s: s.beam_search([[1]], 1), "expected one prompt"),
]


@pytest.mark.parametrize(("call", "text"), BAD)
def test_what_can_not_be_sampled_is_refused(m, call, text):
    with pytest.raises(ValueError, match=text):
        call(gx.sampler(m))


def test_functions_that_are_no_step_are_refused(m, tmp_path):
    with pytest.raises(DataError, match="has no 'walk', only whole, step"):
        gx.sampler(m, "walk")
    x = gx.input("x", ("N", 3))
    other = gx.Program("p", f=gx.function([x], {"y": x * 2.0})).load()
    with pytest.raises(DataError, match="'f' is no step function"):
        gx.sampler(other, "f")
    with pytest.raises(ExportError, match="'f' is no step function"):
        gx.export(other, tmp_path / "f.py", sampler="f")
    with pytest.raises(ExportError, match="sampler='step' is not among the functions: whole"):
        gx.export(m, tmp_path / "f.py", functions="whole", sampler="step")


def test_a_cache_is_for_causal_self_attention_and_has_its_length():
    x = gx.input("x", ("N", 4, WIDTH))
    with pytest.raises(GraphError, match="causal self-attention without masks only"):
        nn.MultiHeadAttention(WIDTH, 2)(x, cache=nn.KeyValueCache(9))
    with pytest.raises(GraphError, match="room for 3 positions, not for 4"):
        nn.MultiHeadAttention(WIDTH, 2, causal=True)(x, cache=nn.KeyValueCache(3))
