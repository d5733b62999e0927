"""The language examples reach their figures in shorter runs, and write without graphc."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


def example(name: str):
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


DOCUMENT = EXAMPLES.parent / "docs" / "attention.md"
PROGRAMS = re.findall(r"<!-- run -->\n```python\n(.*?)```", DOCUMENT.read_text(), re.S)


@pytest.mark.parametrize("number", range(len(PROGRAMS)))
def test_a_program_of_the_page_on_attention_runs(number, tmp_path):
    (tmp_path / "program.py").write_text(PROGRAMS[number])
    package = str(Path(gx.__file__).parents[1])
    code = f"import sys; sys.path.insert(0, {package!r}); import program"
    subprocess.run([sys.executable, "-c", code], cwd=tmp_path, check=True, capture_output=True)


def bigram_loss(train: np.ndarray, test: np.ndarray, size: int) -> float:
    """Nats a character of the best model that sees one character: counts, each plus a half."""
    counts = np.full((size, size), 0.5)
    np.add.at(counts, (train[:-1], train[1:]), 1)
    p = counts / counts.sum(axis=1, keepdims=True)
    return float(-np.log(p[test[:-1], test[1:]]).mean())


def test_the_language_model_beats_pairs_of_characters_and_writes_without_graphc(tmp_path):
    gpt = example("gpt")
    tokens = gpt.encode(gpt.load_text()[:300_000])
    cut = len(tokens) * 9 // 10
    seen, unseen = tokens[:cut], tokens[cut:]
    m = gpt.build(64, 4, 2, steps=400).load(seed=0)
    before = gpt.evaluate(m, unseen, 32)
    assert before == pytest.approx(np.log(len(gpt.CHARACTERS)), rel=0.02)  # it knows nothing
    gpt.train(m, seen, steps=400, length=32)
    assert gpt.evaluate(m, unseen, 32) < bigram_loss(seen, unseen, len(gpt.CHARACTERS))

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


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0, "zero"),
        (13, "thirteen"),
        (40, "forty"),
        (105, "one hundred five"),
        (40217, "forty thousand two hundred seventeen"),
        (99999, "ninety nine thousand nine hundred ninety nine"),
        (70000, "seventy thousand"),
    ],
)
def test_numbers_are_spelt_as_in_english(number, text):
    spelling = example("number_words")
    assert " ".join(spelling.words(number)) == text
    (row,) = spelling.targets(np.array([number]))
    assert " ".join(spelling.WORDS[w] for w in row[1:] if w) == f"{text} <stop>"


def test_numbers_that_were_not_seen_are_spelt_right_and_without_graphc(tmp_path):
    spelling = example("number_words")
    seen, unseen = spelling.split()
    assert not set(seen) & set(unseen)
    m = spelling.build(steps=700).load(seed=0)
    spelling.train(m, seen, steps=700)
    assert spelling.accuracy(m, unseen[:1000]) >= 0.99

    gx.export(m, tmp_path / "speller.py", functions=["step", "read"], sampler="step")
    source = spelling.sources(unseen[:3]).tolist()
    code = (
        "import sys; sys.modules['graphc'] = None; import numpy as np, speller; "
        f"context = speller.read(np.array({source})); "
        "print(speller.generate([[1]] * 3, 8, temperature=0, stop=2, context=context).tolist())"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    )
    rows = np.array(json.loads(done.stdout))
    spelt = [" ".join(spelling.WORDS[w] for w in row[1:] if w != 2) for row in rows]
    assert spelt == spelling.spell(m, unseen[:3])


class Base(nn.Module):
    """The base model of Vaswani et al., 2017: all sizes are in table 3, first row."""

    def __init__(self, vocabulary=37000):
        super().__init__("transformer")
        self.tokens = nn.Embedding(vocabulary, 512, scale=True)
        self.positions = nn.SinusoidalPositions()
        self.body = nn.Transformer(dropout=0.1)

    def forward(self, source, target):
        source, target = (self.positions(self.tokens(x)) for x in (source, target))
        return self.tokens.logits(self.body(source, target))


def test_the_base_transformer_has_the_published_size():
    x = gx.input("x", ("N", "S"), dtype="int64")
    y, z = (gx.input(name, ("N", "T"), dtype="int64") for name in "yz")
    logits = Base()(x, y)
    net = gx.compile(
        "base",
        inputs=[x, y],
        targets=[z],
        loss=losses.softmax_cross_entropy(logits, z, label_smoothing=0.1),
        outputs=logits,
        optimizer=optim.Adam(1e-4, beta2=0.98, epsilon=1e-9),
    )
    attention, feed_forward, norm = 4 * (512**2 + 512), 2 * 512 * 2048 + 2048 + 512, 2 * 512
    encoder, decoder = attention + feed_forward + 2 * norm, 2 * attention + feed_forward + 3 * norm
    expected = 6 * (encoder + decoder) + 37000 * 512
    assert net.report().parameters == expected == 63_082_496
    assert expected == pytest.approx(65e6, rel=0.03)  # table 3; "about 37000 tokens"
