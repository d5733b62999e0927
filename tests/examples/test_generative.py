"""The generative and the reinforcement learning examples reach their figures, in shorter runs."""

import builtins
import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import graphc as gx

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
PLAYERS = ["dqn", "reinforce"]


def example(name: str):
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def autoencoder():
    pytest.importorskip("sklearn", reason="the digits come with scikit-learn")
    vae = example("vae")
    x, x_test, labels = vae.load_data()
    return vae, vae.train(x, epochs=30), x, x_test, labels


def test_the_autoencoder_gains_three_nats_over_independent_pixels(autoencoder):
    vae, m, x, x_test, _ = autoencoder
    assert vae.held_out_bound(m, x_test) >= vae.independent_pixels(x, x_test) + 3


def test_the_bound_is_that_of_the_paper(autoencoder):
    """By the densities themselves, in float64: E log p(x|z) + log p(z) - log q(z|x)."""
    _, m, _, x_test, _ = autoencoder
    code = m.encode(x_test)
    mean, std = code["mean"].astype(float), np.exp(code["log_var"] / 2).astype(float)
    rng = np.random.default_rng(0)
    estimates = []
    for _ in range(60):
        z = mean + std * rng.standard_normal(mean.shape)
        p = m.decode(z.astype(np.float32))["images"].astype(float).clip(1e-9, 1 - 1e-7)
        likelihood = np.sum(np.where(x_test == 1, np.log(p), np.log1p(-p)), axis=1)
        prior = np.sum(-(z**2) / 2 - np.log(2 * np.pi) / 2, axis=1)
        found = -(((z - mean) / std) ** 2) / 2 - np.log(std) - np.log(2 * np.pi) / 2
        estimates.append(np.mean(likelihood + prior - np.sum(found, axis=1)))
    drawn = [float(m.bound(x_test)["elbo"]) for _ in range(60)]
    assert np.mean(drawn) == pytest.approx(np.mean(estimates), abs=0.15)


def test_images_of_a_digit_lie_together_in_latent_space(autoencoder):
    _, m, _, x_test, labels = autoencoder
    mean = m.encode(x_test)["mean"]
    distances = np.linalg.norm(mean[:, None] - mean, axis=-1)
    np.fill_diagonal(distances, np.inf)
    assert np.mean(labels[distances.argmin(axis=1)] == labels) >= 0.5


def test_encoding_draws_nothing(autoencoder):
    _, m, _, x_test, _ = autoencoder
    assert np.array_equal(m.encode(x_test)["mean"], m.encode(x_test)["mean"])
    assert m.bound(x_test)["elbo"] != m.bound(x_test)["elbo"]


def test_an_autoencoder_of_mnist_beats_independent_pixels(data_dir):
    vae = example("vae")
    x, x_test, _ = vae.load_data(str(data_dir))
    m = vae.train(x, epochs=2)
    assert vae.held_out_bound(m, x_test, draws=5) >= vae.independent_pixels(x, x_test) + 25


@pytest.fixture(scope="module")
def adversaries():
    pytest.importorskip("sklearn", reason="the digits come with scikit-learn")
    gan = example("gan")
    data = gan.load_data()
    judge = gan.build_judge().load(seed=0)
    gx.fit(judge, data["train"], epochs=40)
    return gan, gan.train(data["train"][0], steps=6000), judge, data


def test_samples_are_digits_to_a_classifier_and_all_ten_of_them(adversaries):
    gan, m, judge, data = adversaries
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((1000, gan.NOISE), dtype=np.float32)
    samples = m.sample(noise)["images"]
    found = gan.evaluate(samples, judge, data["test"][0])
    assert found["classes"] == 10
    assert found["confidence"] >= 0.8
    assert found["distance"] <= 1.0
    untrained = gan.build().load(seed=0).sample(noise)["images"]
    assert gan.frechet_distance(untrained, data["test"][0]) >= 5
    unsure = gan.evaluate(untrained, judge, data["test"][0])
    assert unsure["confidence"] <= found["confidence"] - 0.1


def test_the_distance_between_normal_distributions_is_as_in_closed_form():
    """Of diagonal ones: the squared distances of the means and of the standard deviations."""
    gan = example("gan")
    rng = np.random.default_rng(0)
    a = rng.standard_normal((200_000, 3)) * [1, 2, 3]
    b = rng.standard_normal((200_000, 3)) * [2, 2, 1] + [1, 0, -1]
    assert gan.frechet_distance(a, b) == pytest.approx(1 + 1 + 1 + 0 + 4, abs=0.1)
    assert gan.frechet_distance(a, a) == pytest.approx(0, abs=1e-9)


def test_the_same_seed_trains_to_the_same_bits(adversaries):
    gan, _, _, data = adversaries
    first, second = (gan.train(data["train"][0], steps=50, seed=4).state_dict() for _ in range(2))
    assert all(first[name].tobytes() == second[name].tobytes() for name in first)


def test_deep_q_learning_balances_the_pole():
    pytest.importorskip("gymnasium")
    dqn = example("dqn")
    m, _, _ = dqn.train(steps=12_000)
    assert dqn.evaluate(m).mean() >= 150


def test_reinforce_balances_the_pole():
    pytest.importorskip("gymnasium")
    reinforce = example("reinforce")
    m, _ = reinforce.train(updates=45)
    assert reinforce.evaluate(m).mean() >= 150


def test_the_target_goes_towards_the_network_and_is_not_learned():
    dqn = example("dqn")
    m = dqn.build().load(seed=0)
    rng = np.random.default_rng(0)
    rows = rng.standard_normal((8, dqn.OBSERVED), dtype=np.float32)
    m.copy()
    start = m.state_dict()
    m.learn(rows, rng.integers(2, size=8), rows[:, 0].copy(), rows, np.ones(8, np.float32))
    after = m.state_dict()
    for name in (k for k in start if k.startswith("target.")):
        source = name.replace("target", "online")
        assert np.array_equal(start[name], start[source])
        assert np.array_equal(start[name], after[name])
    assert not np.array_equal(start["online.dense_1.W"], after["online.dense_1.W"])
    m.follow()
    moved = m.state_dict()["target.dense_1.W"]
    share = dqn.FOLLOW
    wanted = (1 - share) * after["target.dense_1.W"] + share * after["online.dense_1.W"]
    np.testing.assert_allclose(moved, wanted, rtol=1e-5, atol=1e-7)


def test_actions_are_drawn_by_their_probabilities():
    reinforce = example("reinforce")
    m = reinforce.build().load(seed=0)
    m.params.policy_dense_2_W[...] = 0
    m.params.policy_dense_2_b[...] = np.log([0.3, 0.7])
    actions = m.explore(np.zeros((20_000, reinforce.OBSERVED), np.float32))["action"]
    assert set(actions.tolist()) == {0, 1}
    assert np.mean(actions) == pytest.approx(0.7, abs=0.02)


def test_rewards_to_go_are_those_of_the_definition():
    reinforce = example("reinforce")
    rewards = np.array([1.0, 2.0, 4.0], dtype=np.float32)
    gamma = reinforce.DISCOUNT
    wanted = (1 - gamma) * np.array([1 + 2 * gamma + 4 * gamma**2, 2 + 4 * gamma, 4])
    np.testing.assert_allclose(reinforce.discounted(rewards), wanted, rtol=1e-6)


@pytest.mark.parametrize("name", PLAYERS)
def test_without_gymnasium_an_example_says_how_to_install_it(name, monkeypatch):
    imported = builtins.__import__

    def refuse(module, *rest):
        if module == "gymnasium":
            raise ImportError(module)
        return imported(module, *rest)

    monkeypatch.setattr(builtins, "__import__", refuse)
    with pytest.raises(SystemExit, match=r"pip install graphc\[rl\]"):
        example(name).main()


CASES = [
    ("dqn", "STEPS", 1200, ["dqn_act.py", "dqn_returns.png"], "gymnasium"),
    ("reinforce", "UPDATES", 3, ["reinforce_act.py", "reinforce_returns.png"], "gymnasium"),
    ("gan", "STEPS", 60, ["gan_sample.py", "gan_samples.png"], "sklearn"),
    ("vae", "EPOCHS", 1, ["vae_inference.py", "vae_latent_map.png", "vae_samples.png"], "sklearn"),
]


@pytest.mark.parametrize(("name", "length", "value", "files", "needs"), CASES)
def test_an_example_draws_and_exports_what_it_says(name, length, value, files, needs, tmp_path):
    pytest.importorskip(needs)
    pytest.importorskip("matplotlib")
    text = (EXAMPLES / f"{name}.py").read_text()
    shorter, count = re.subn(rf"^{length} = .*$", f"{length} = {value}", text, flags=re.M)
    assert count == 1
    (tmp_path / f"{name}.py").write_text(shorter)
    done = subprocess.run(
        [sys.executable, f"{name}.py"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(Path(gx.__file__).resolve().parents[1])},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert sorted(p.name for p in (tmp_path / "output").iterdir() if p.is_file()) == files
    for path in (tmp_path / "output").glob("*.png"):
        assert path.read_bytes().startswith(b"\x89PNG"), path
    for path in (tmp_path / "output").glob("*.py"):
        alone = [sys.executable, "-c", f"import {path.stem} as m; m.load()"]
        environment = {"PYTHONPATH": str(path.parent)}
        assert subprocess.run(alone, env=environment, cwd=tmp_path).returncode == 0
