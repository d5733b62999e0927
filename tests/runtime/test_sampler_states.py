"""Sampling from first states: of an encoder, of a prompt read before, given; and from a cached memory."""

import subprocess
import sys

import numpy as np
import pytest

import graphc as gx
from graphc import nn
from graphc.errors import GraphError, ShapeError

V, SOURCE, WIDTH, ROOM = 5, 4, 8, 12


class Translator(nn.Module):
    """A recurrent encoder whose last state a recurrent decoder begins with."""

    def __init__(self, kind):
        super().__init__("translator")
        options = {"return_sequences": True, "return_state": True, "axis": 1}
        self.words = nn.Embedding(V, WIDTH, init="normal")
        self.encoder = getattr(nn, kind)(WIDTH, **options)
        self.decoder = getattr(nn, kind)(WIDTH, **options)
        self.scores = nn.Dense(V, init=gx.init.normal(std=1.5))

    def encode(self, source):
        return self.encoder(self.words(source))[1]

    def decode(self, tokens, state):
        h, state = self.decoder(self.words(tokens), state)
        return self.scores(h), state


class Attentive(nn.Module):
    """A transformer, and a second look at the memory by additive and inner-product scores."""

    def __init__(self):
        super().__init__("attentive")
        self.words = nn.Embedding(V, WIDTH, init="normal")
        self.body = nn.Transformer(WIDTH, 2, 16, 1, 2, dropout=0.0, norm_first=True)
        self.looks = [nn.AdditiveAttention(6), nn.DotAttention(general=True), nn.DotAttention()]
        self.scores = nn.Dense(V, init=gx.init.normal(std=1.5))

    def encode(self, source):
        return self.body.encoder(self.words(source))

    def decode(self, tokens, memory, there, cache=None):
        h = self.body.decoder(self.words(tokens), memory, memory_key_mask=there, cache=cache)
        for look in self.looks:
            h = h + look(h, memory, key_mask=there)
        return self.scores(h)


def recurrent(kind):
    """Reading, a step, and both as one function of everything."""
    model = Translator(kind)
    source, tokens = (
        gx.input(n, ("N", s), dtype="int64") for n, s in (("source", "S"), ("tokens", "T"))
    )
    names = ["h", "c"] if kind == "LSTM" else ["h"]
    first = model.encode(source)
    whole, _ = model.decode(tokens, first)
    state = [gx.input(name, ("N", WIDTH)) for name in names]
    logits, after = model.decode(tokens, state)
    flat = [t if isinstance(t, (list, tuple)) else [t] for t in (first, after)]
    first, after = (dict(zip(names, t, strict=True)) for t in flat)
    return gx.Program(
        "translator",
        whole=gx.function([source, tokens], {"logits": whole}, training=False),
        read=gx.function([source], first, training=False),
        step=gx.function([tokens, *state], {"logits": logits[:, -1], **after}, training=False),
    )


def attentive():
    model = Attentive()
    source, tokens = (
        gx.input(n, ("N", s), dtype="int64") for n, s in (("source", SOURCE), ("tokens", "T"))
    )
    there = gx.input("there", ("N", SOURCE), dtype="bool")
    whole = model.decode(tokens, model.encode(source), source > 0)
    cache, memory = nn.KeyValueCache(ROOM), nn.MemoryCache(model.encode(source))
    logits = model.decode(tokens, memory, there, cache)
    return gx.Program(
        "attentive",
        whole=gx.function([source, tokens], {"logits": whole}, training=False),
        read=gx.function([source], {"there": source > 0, **memory.outputs}, training=False),
        step=gx.function(
            [tokens, cache.start, there, *memory.inputs, *cache.inputs],
            {"logits": logits[:, -1], **cache.outputs},
            training=False,
        ),
    )


PROGRAMS = {
    "RNN": lambda: recurrent("RNN"),
    "LSTM": lambda: recurrent("LSTM"),
    "GRU": lambda: recurrent("GRU"),
    "attention": attentive,
}
SOURCES = np.array([[1, 3, 2, 4], [4, 4, 0, 0], [2, 1, 3, 0]])


@pytest.fixture(scope="module", params=PROGRAMS)
def m(request):
    return PROGRAMS[request.param]().load(seed=3)


@pytest.fixture(scope="module")
def translator():
    return recurrent("LSTM").load(seed=3)


def log_probs(m, sources, tokens):
    """Of what follows each token, by the whole computation."""
    logits = m.whole(np.atleast_2d(sources), np.atleast_2d(tokens))["logits"].astype(np.float64)
    return logits - np.log(np.exp(logits).sum(-1, keepdims=True))


def greedy(m, sources, tokens, length):
    for _ in range(length):
        following = log_probs(m, sources, tokens)[:, -1].argmax(-1)
        tokens = np.concatenate([tokens, following[:, None]], axis=1)
    return tokens


def test_the_first_states_are_what_the_encoder_ended_with(m):
    tokens = np.array([[1], [2], [3]])
    got = gx.sampler(m).generate(tokens, 6, temperature=0, context=m.read(SOURCES))
    np.testing.assert_array_equal(got, greedy(m, SOURCES, tokens, 6))
    other = gx.sampler(m).generate(tokens, 6, temperature=0, context=m.read(SOURCES[[1, 2, 0]]))
    assert (got != other).any()


@pytest.mark.parametrize(("temperature", "top_k"), [(1.0, None), (1.5, 2)])
def test_draws_follow_the_softmax_after_the_source(m, temperature, top_k):
    count = 3000
    prompt = np.tile([[2, 4]], (count, 1))
    context = m.read(SOURCES[:1])  # one row for all prompts
    drawn = gx.sampler(m).generate(prompt, 1, temperature, top_k, seed=0, context=context)[:, -1]
    p = np.exp(log_probs(m, SOURCES[0], [2, 4])[0, -1] / temperature)
    if top_k:
        p[np.argsort(p)[:-top_k]] = 0
    p /= p.sum()
    found = np.bincount(drawn, minlength=V) / count
    assert np.all(np.abs(found - p) <= 4.5 * np.sqrt(p * (1 - p) / count))


def test_a_beam_goes_on_from_the_first_states(m):
    prompt, length = [1, 3], 2
    best = max(
        (log_probs(m, SOURCES[0], [*prompt, a, b])[0, [1, 2], [a, b]].sum(), (a, b))
        for a in range(V)
        for b in range(V)
    )
    context = m.read(SOURCES[:1])
    found, score = gx.sampler(m).beam_search(prompt, length, beams=V**2, context=context)
    assert tuple(found[2:]) == best[1] and score == pytest.approx(best[0], rel=1e-4)
    narrow, _ = gx.sampler(m).beam_search(prompt, 5, beams=1, context=context)
    assert narrow.tolist() == greedy(m, SOURCES[:1], np.array([prompt]), 5)[0].tolist()


def test_what_was_read_once_serves_many(m):
    sampler, beginning = gx.sampler(m), [[1, 3, 0]]
    context = sampler.prefill(beginning, context=m.read(SOURCES[:1]))
    got = sampler.generate([[2], [4]], 5, temperature=0, context=context)
    whole = np.array([[1, 3, 0, 2], [1, 3, 0, 4]])
    wanted = greedy(m, SOURCES[[0, 0]], whole, 5)
    np.testing.assert_array_equal(got, wanted[:, 3:])
    again = sampler.prefill([[2]], context=context)
    np.testing.assert_array_equal(
        sampler.generate([[1]], 3, temperature=0, context=again)[0],
        greedy(m, SOURCES[:1], np.array([[1, 3, 0, 2, 1]]), 3)[0, 4:],
    )


def test_states_of_ones_own_are_first_states_and_zeros_unless_given(translator):
    rng = np.random.default_rng(0)
    state = {name: rng.normal(size=(2, WIDTH)).astype("float32") for name in "hc"}
    sampler, prompt = gx.sampler(translator), np.array([[1, 2], [3, 3]])

    def by_steps(h, c, tokens=prompt):
        given = tokens
        for _ in range(4):
            found = translator.step(given, h, c)
            given, h, c = found["logits"].argmax(1)[:, None], found["h"].copy(), found["c"].copy()
            tokens = np.concatenate([tokens, given], axis=1)
        return tokens

    got = sampler.generate(prompt, 4, temperature=0, context=state)
    np.testing.assert_array_equal(got, by_steps(**state))
    zeros = np.zeros((2, WIDTH), np.float32)
    got = sampler.generate(prompt, 4, temperature=0, context={"h": state["h"]})
    np.testing.assert_array_equal(got, by_steps(state["h"], zeros))
    got = sampler.generate(prompt, 4, temperature=0)
    np.testing.assert_array_equal(got, by_steps(zeros, zeros))


def test_an_exported_file_reads_and_samples_the_same_without_graphc(m, tmp_path):
    gx.export(m, tmp_path / "writer.py", functions=["step", "read"], sampler="step")
    code = f"""
import sys; sys.modules['graphc'] = None
import numpy as np, writer
context = writer.read(np.array({SOURCES.tolist()}))
print(writer.generate([[1], [2], [3]], 6, temperature=0, context=context).tolist())
print(writer.generate([[1], [2], [3]], 6, seed=5, top_k=3, context=context).tolist())
one = writer.read(np.array({SOURCES[:1].tolist()}))
print(writer.beam_search([1, 2], 4, beams=3, context=one)[0].tolist())
print(writer.generate([[1], [2]], 4, seed=1, context=writer.prefill([3, 1], one)).tolist())
"""
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    sampler, prompt = gx.sampler(m), [[1], [2], [3]]
    context, one = m.read(SOURCES), m.read(SOURCES[:1])
    wanted = [
        sampler.generate(prompt, 6, temperature=0, context=context),
        sampler.generate(prompt, 6, seed=5, top_k=3, context=context),
        sampler.beam_search([1, 2], 4, beams=3, context=one)[0],
        sampler.generate([[1], [2]], 4, seed=1, context=sampler.prefill([3, 1], one)),
    ]
    assert done.stdout == "".join(f"{tokens.tolist()}\n" for tokens in wanted)


def test_a_step_with_a_cached_memory_computes_no_keys_of_it(tmp_path):
    """An exported file holds the weights that its functions read: keys and values are not the step's."""
    m, held = attentive().load(seed=0), {}
    for name in ("read", "step"):
        path = gx.export(m, tmp_path / f"{name}.py", functions=name, weights="npz")
        held[name] = set(np.load(path.with_suffix(".npz")))
    ends = ("cross_attention.W_kv", "additive_attention_1.W_k")
    made = {name for name in held["read"] if name.endswith(ends)}
    assert len(made) == 3 and not made & held["step"]


@pytest.mark.parametrize(
    ("context", "text"),
    [
        ({"h": np.zeros((3, WIDTH), "float32")}, "h: expected a row for each of 2 prompts"),
        ({"h": np.zeros((2, 3), "float32")}, r"h: .* axis 1 has 3, not 8"),
        ({"h": np.float32(0)}, r"h: expected a row .* got \(\)"),
        ({"x": np.zeros(2)}, r"expected nothing \(and first states: h, c\), got x"),
    ],
)
def test_first_states_that_do_not_fit_are_refused(translator, context, text):
    with pytest.raises(ValueError, match=text):
        gx.sampler(translator).generate([[1], [2]], 1, context=context)


def test_misuse_of_a_memory_is_explained():
    x = gx.input("x", ("N", 3, WIDTH))
    with pytest.raises(ShapeError, match=r"a memory \(N, S, features\) is expected, not \(N, 3\)"):
        nn.MemoryCache(x[:, :, 0])
    with pytest.raises(GraphError, match="takes a MemoryCache alone"):
        nn.MultiHeadAttention(WIDTH, 2, rotary=True)(x, nn.MemoryCache(x))
    with pytest.raises(GraphError, match="takes a MemoryCache alone"):
        nn.MultiHeadAttention(WIDTH, 2)(x, nn.MemoryCache(x), x)


@pytest.mark.parametrize(
    "layer", [nn.AdditiveAttention(4), nn.DotAttention(general=True)], ids=["additive", "general"]
)
def test_weights_to_look_at_need_a_layer_that_was_called(layer):
    x = gx.input("x", ("N", 3, WIDTH))
    with pytest.raises(GraphError, match=r"no parameters yet, .* call the layer on a query and a"):
        layer.attention_weights(x, x)
    layer(x, x)
    assert layer.attention_weights(x, x).shape == (gx.dim("N"), 3, 3)
