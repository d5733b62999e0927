"""The examples with recurrent networks reach their figures in shorter runs, and write without graphc."""

import importlib.util
import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import graphc as gx

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture
def example(monkeypatch):
    """Loads an example by name; examples import one another."""
    monkeypatch.syspath_prepend(str(EXAMPLES))

    def load(name: str):
        spec = importlib.util.spec_from_file_location(f"recurrent_{name}", EXAMPLES / f"{name}.py")
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        return module

    return load


def pairs_loss(train: np.ndarray, test: np.ndarray, size: int) -> float:
    """Nats a character of the best model that sees one character: counts, each plus a half."""
    counts = np.full((size, size), 0.5)
    np.add.at(counts, (train[:-1], train[1:]), 1)
    p = counts / counts.sum(axis=1, keepdims=True)
    return float(-np.log(p[test[:-1], test[1:]]).mean())


@pytest.mark.parametrize("cell", ["rnn", "lstm", "gru"])
def test_a_memory_of_characters_beats_pairs_of_them_and_writes_without_graphc(
    cell, example, tmp_path
):
    char_rnn, gpt = example("char_rnn"), example("gpt")
    tokens = gpt.encode(gpt.load_text()[:300_000])
    cut = len(tokens) * 9 // 10
    seen, unseen = tokens[:cut], tokens[cut:]
    m = char_rnn.build(cell, units=64, steps=350).load(seed=0)
    assert char_rnn.evaluate(m, unseen, cell) == pytest.approx(np.log(100), rel=0.05)
    char_rnn.train(m, seen, cell, steps=350, length=32)
    assert char_rnn.evaluate(m, unseen, cell) < pairs_loss(seen, unseen, 100)

    prompt = unseen[:20]
    written = gx.sampler(m).generate(prompt, 60, temperature=0)
    gx.export(m, tmp_path / "writer.py", sampler="step")
    code = (
        "import sys; sys.modules['graphc'] = None; import writer; "
        f"print(writer.generate({prompt.tolist()}, 60, temperature=0).tolist())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == str(written.tolist())


def test_the_state_is_carried_from_window_to_window(example):
    char_rnn = example("char_rnn")
    m = char_rnn.build("gru", units=16).load(seed=0)
    text = char_rnn.streams(np.random.default_rng(0).integers(100, size=32 * 41), 32)
    state = char_rnn.zero_state(m, "gru")
    whole, last = char_rnn.read(m.evaluate, text, state, 0, 40)
    first, state = char_rnn.read(m.evaluate, text, state, 0, 24)
    second, state = char_rnn.read(m.evaluate, text, state, 24, 16)
    assert (24 * first + 16 * second) / 40 == pytest.approx(whole, rel=1e-5)
    np.testing.assert_allclose(state["h"], last["h"], rtol=1e-4, atol=1e-6)


def test_an_aligner_spells_numbers_not_seen_and_looks_at_the_digits_it_spells(example):
    aligner, spelling = example("number_alignment"), example("number_words")
    assert len(spelling.WORDS) == aligner.WORDS and spelling.DIGITS == aligner.DIGITS
    seen, unseen = spelling.split()
    m = aligner.build(steps=500).load(seed=0)
    spelling.train(m, seen, steps=500)
    assert spelling.accuracy(m, unseen[:1000]) >= 0.97

    words, weights = aligner.look(m, 40217)
    assert words == [*spelling.words(40217), "<stop>"]
    assert weights.shape == (len(words), 5)
    np.testing.assert_allclose(weights.sum(axis=1), 1, rtol=1e-5)
    _, short = aligner.look(m, 42)
    assert not short[:, 2:].any()  # there is nothing to look at


def test_strips_show_the_digits_that_their_captions_name(example):
    captions = example("digit_captions")
    digits = np.stack([np.full((8, 8), k + 1.0, np.float32) for k in range(10)])
    pictures, words = captions.strips(digits, np.arange(10), 50, np.random.default_rng(0))
    for picture, caption in zip(pictures[..., 0], words, strict=True):
        columns = picture.max(axis=0)
        inked = columns[columns > 0]
        assert inked[::8].astype(int).tolist() == [
            captions.NAMES.index(w) + 1 for w in captions.text(caption).split()
        ]
        assert picture.sum() == 8 * inked.sum()


def test_digits_not_seen_are_named_in_their_order_and_without_graphc(example, tmp_path):
    captions = example("digit_captions")
    seen, unseen = captions.load_digits()
    m = captions.build(steps=600).load(seed=0)
    captions.train(m, *seen, steps=600)
    pictures, words = captions.strips(*unseen, 500, np.random.default_rng(1))
    share = captions.share_right(m, pictures, words)
    assert share[1] >= 0.9 and share[2] >= 0.75

    gx.export(m, tmp_path / "captioner.py", functions=["step", "see"], sampler="step")
    np.save(tmp_path / "pictures.npy", pictures[:4])
    code = (
        "import sys; sys.modules['graphc'] = None; import numpy as np, captioner; "
        "context = captioner.see(np.load('pictures.npy')); "
        "print(captioner.generate([[1]] * 4, 5, temperature=0, stop=2, context=context).tolist())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    rows = np.array(json.loads(done.stdout))
    np.testing.assert_array_equal(rows, captions.describe(m, pictures[:4])[:, : rows.shape[1]])


def test_a_wavenet_gives_images_not_seen_more_probability_than_a_bound_or_independent_pixels(
    example,
):
    wavenet, vae = example("wavenet"), example("vae")
    images, unseen, _ = vae.load_data()
    m = wavenet.build(12 * 45).load(seed=0)
    wavenet.train(m, images, epochs=12)
    found = float(m.likelihood(unseen)["likelihood"].mean())
    assert found > -19 > vae.independent_pixels(images, unseen) + 5  # vae.py's bound is -19.7

    # Probabilities are those of a chain: over all 2^8 endings of one image they sum to its beginning's.
    endings = (np.arange(256)[:, None] >> np.arange(8)) & 1
    all_ways = np.concatenate([np.repeat(unseen[:1, :56], 256, axis=0), endings], axis=1)
    all_ways = all_ways.astype(np.float32)
    total = np.logaddexp.reduce(m.likelihood(all_ways)["likelihood"].astype(np.float64))
    black = m.predict(unseen[:1])["black"][0, :56].astype(np.float64)
    start = unseen[0, :56]
    assert total == pytest.approx(np.log(np.where(start, black, 1 - black)).sum(), abs=1e-3)


def test_a_pixel_of_the_wavenet_depends_on_every_one_before_it_and_on_no_other(example):
    wavenet = example("wavenet")
    m = wavenet.build().load(seed=0)
    image = np.zeros((1, 64), np.float32)
    changed = np.where(np.eye(64), 1, image).astype(np.float32)
    differs = m.predict(changed)["black"] != m.predict(np.repeat(image, 64, 0))["black"]
    assert not np.tril(differs).any()
    assert differs[:, 63][:63].all()

    halves = wavenet.go_on(m, changed, 32, seed=0)
    np.testing.assert_array_equal(halves[:, :32], changed[:, :32])
    assert set(np.unique(halves)) == {0, 1} and halves[:, 32:].mean() > 0.2


def test_letters_tell_prose_from_verse_and_padding_tells_nothing(example, data_dir):
    prose = example("prose_or_verse")
    texts, verse = prose.load_data(data_dir)
    assert len(set(texts)) == len(texts) and verse.mean() == 0.5
    assert all(len(text.split()) == prose.WORDS for text in texts)
    texts, verse = texts[:8000], verse[:8000]
    m = prose.build(units=48, epochs=2).load(seed=0)
    data = (*prose.encode(texts[:6000]), verse[:6000])
    gx.fit(m, data, epochs=6, batch_size=64)
    shares = prose.shares_right(m, texts, verse, cut=6000)
    assert shares["letters"] > 0.83 and shares["both"] > 0.9

    letters, there = prose.encode(["be all my sins", "to be or not"])
    padded = np.where(there, letters, 5)
    np.testing.assert_array_equal(
        m.predict(letters, there)["logit"], m.predict(padded, there)["logit"]
    )


def test_naive_bayes_is_that_of_scikit_learn(example, data_dir):
    text = pytest.importorskip("sklearn.feature_extraction.text")
    from sklearn.naive_bayes import MultinomialNB

    prose = example("prose_or_verse")
    texts, verse = prose.load_data(data_dir)
    count = text.CountVectorizer(token_pattern=r"\S+")
    model = MultinomialNB(fit_prior=False).fit(count.fit_transform(texts[:3000]), verse[:3000])
    p = model.predict_log_proba(count.transform(texts[3000:3300]))
    ours = prose.naive_bayes(texts[:3000], verse[:3000], texts[3000:3300])
    np.testing.assert_allclose(ours, p[:, 1] - p[:, 0], rtol=1e-9, atol=1e-9)
