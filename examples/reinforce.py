"""REINFORCE: learn to balance a pole from whole episodes, with a baseline.

The policy gives a probability to each action; after some episodes every action's log-probability is
pushed up or down by how much better it went from there on than a second network, the baseline,
expected (R. Williams, "Simple statistical gradient-following algorithms for connectionist
reinforcement learning", 1992, eq. 11; R. Sutton and A. Barto, "Reinforcement learning", 2nd edition,
section 13.4).  The pole is Gymnasium's CartPole-v1 (pip install graphc[rl]): one point for each step
that it stands, 500 at most.  Takes about twenty seconds:

    python examples/reinforce.py
"""

import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

UPDATES = 80
EPISODES = 8  # between two updates
DISCOUNT = 0.99
OBSERVED = 4  # position, velocity, angle, angular velocity
ACTIONS = 2  # push to the left, to the right


def build() -> gx.Program:
    """Two networks, each with an Adam of its own; actions drawn, and the best ones."""
    policy = nn.Sequential([nn.Dense(32, activation="tanh"), nn.Dense(ACTIONS)], name="policy")
    baseline = nn.Sequential([nn.Dense(32, activation="tanh"), nn.Dense(1)], name="baseline")

    observation = gx.input("observation", ("N", OBSERVED))
    action = gx.input("action", ("N",), dtype="int64")
    reward_to_go = gx.input("reward_to_go", ("N",))  # discounted, from that step on
    logits = policy(observation).named("logits")
    value = baseline(observation).named("value")
    expected = gx.squeeze(value, axis=1).named("expected")

    # Lowering this loss makes what went better than expected more probable.
    surprise = losses.softmax_cross_entropy(logits, action, reduction="none").named("surprise")
    advantage = gx.stop_gradient(reward_to_go - expected).named("advantage")
    policy_loss = gx.mean(advantage * surprise).named("policy_loss")
    baseline_loss = losses.squared_error(expected, reward_to_go).named("baseline_loss")
    updates = {}
    for network, loss in ((policy, policy_loss), (baseline, baseline_loss)):
        weights = network.parameters()
        adam = optim.Adam(1e-2, name=f"{network.name}_adam")
        updates |= adam.updates(weights, gx.grad(loss, weights))

    # An action is drawn where a uniform number falls between the sums of the probabilities.
    probs = gx.softmax(logits).named("probs")
    draw = gx.uniform((observation.shape[0], 1)).named("draw")
    drawn = gx.sum(gx.cumsum(probs, axis=1)[:, :-1] <= draw, axis=1)
    return gx.Program(
        "reinforce",
        learn=gx.function(
            [observation, action, reward_to_go],
            {"policy_loss": policy_loss, "baseline_loss": baseline_loss},
            updates,
        ),
        explore=gx.function([observation], {"action": drawn}),
        act=gx.function([observation], {"action": gx.argmax(logits, axis=1)}, training=False),
    )


def make_environment():
    """CartPole-v1, or the end of the program with a word on how to install it."""
    try:
        import gymnasium
    except ImportError:
        sys.exit("this example needs Gymnasium: pip install graphc[rl]")
    return gymnasium.make("CartPole-v1")


def play(choose, environment, seed: int | None = None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """One episode: observations (T, 4) float32, actions (T,) int64, rewards (T,) float32."""
    observations, actions, rewards = [], [], []
    observation, _ = environment.reset(seed=seed)
    ended = False
    while not ended:
        row = np.asarray(observation, dtype=np.float32)[None]
        action = int(choose(row)["action"][0])
        observations.append(row)
        actions.append(action)
        observation, reward, terminated, truncated, _ = environment.step(action)
        rewards.append(reward)
        ended = terminated or truncated
    return np.concatenate(observations), np.array(actions), np.array(rewards, dtype=np.float32)


def discounted(rewards: np.ndarray) -> np.ndarray:
    """The sum of what follows each step, later rewards counting less, scaled to 0 .. 1."""
    result, total = np.empty_like(rewards), 0.0
    for t in reversed(range(len(rewards))):
        total = rewards[t] + DISCOUNT * total
        result[t] = (1 - DISCOUNT) * total
    return result


def train(updates: int = UPDATES, seed: int = 0):
    """Learn from so many batches of episodes.

    Returns:
        An instance of the emitted class, and the return of each episode.
    """
    m, environment = build().load(seed), make_environment()
    environment.reset(seed=seed)
    returns: list[float] = []
    for update in range(1, updates + 1):
        episodes = [play(m.explore, environment) for _ in range(EPISODES)]
        observations, actions, rewards = zip(*episodes, strict=True)
        m.learn(
            np.concatenate(observations),
            np.concatenate(actions),
            np.concatenate([discounted(r) for r in rewards]),
        )
        returns += [float(r.sum()) for r in rewards]
        if update % 10 == 0:
            print(f"update {update:3}   {len(returns):4} episodes   {np.mean(returns[-80:]):5.1f}")
    return m, returns


def evaluate(m, episodes: int = 20) -> np.ndarray:
    """The return of each of several new episodes in which the most probable action is taken."""
    environment = make_environment()
    return np.array([play(m.act, environment, 10_000 + k)[2].sum() for k in range(episodes)])


def plot(returns: list[float], path: Path) -> None:
    """The return of each episode, and the mean over those between two updates."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    episodes = np.arange(1, len(returns) + 1)
    axes.plot(episodes, returns, ".", color="0.7", label="episodes")
    means = np.reshape(returns, (-1, EPISODES)).mean(axis=1)
    axes.plot(episodes[EPISODES - 1 :: EPISODES], means, label=f"mean of {EPISODES}, one update")
    axes.axhline(500, color="black", linestyle=":", linewidth=1, label="the most there is")
    axes.set(title="REINFORCE on CartPole", xlabel="episode", ylabel="return", ylim=(0, 520))
    axes.legend(loc="lower right")
    figure.savefig(path, dpi=150)


def main(folder: str = "output") -> None:
    """Learn, play new episodes, and draw how it went."""
    m, returns = train()
    found = evaluate(m)
    print(f"{len(found)} new episodes: mean return {found.mean():.1f}, lowest {found.min():.0f}")

    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    plot(returns, out / "reinforce_returns.png")
    gx.export(m, out / "reinforce_act.py", functions="act")
    print(f"wrote {out}/reinforce_returns.png and reinforce_act.py, which plays without graphc")


if __name__ == "__main__":
    main(*sys.argv[1:2])
