"""Deep Q-learning: learn to balance a pole from remembered steps, with a target network.

The network estimates what each action is worth from here on.  It learns from random steps out of a
memory, towards the reward and what a slowly following copy of itself, the target network, makes of
the next observation (V. Mnih et al., "Human-level control through deep reinforcement learning", 2015,
algorithm 1; the target follows by a share at each step, as in T. Lillicrap et al., "Continuous
control with deep reinforcement learning", 2016).  The online network chooses the next action and the
target network values it (H. van Hasselt et al., "Deep reinforcement learning with double
Q-learning", 2016, eq. 4).

The pole is Gymnasium's CartPole-v1 (pip install graphc[rl]): one point for each step that it stands,
500 at most.  Takes about ten seconds:

    python examples/dqn.py
"""

import sys
from pathlib import Path

import numpy as np

import graphc as gx
from graphc import losses, nn, optim

STEPS = 30_000
WARM_UP = 500  # steps before learning begins
TRIAL = 1_000  # steps between trials of the network without random actions
BATCH = 128
DISCOUNT = 0.99
FOLLOW = 0.01  # the share of the way that the target network goes at each step
OBSERVED = 4  # position, velocity, angle, angular velocity
ACTIONS = 2  # push to the left, to the right


def build() -> gx.Program:
    """The network and its target: a step of learning, a step of following, and the best action."""

    def network(name: str) -> nn.Sequential:
        layers = [nn.Dense(64, activation="relu"), nn.Dense(64, activation="relu")]
        return nn.Sequential([*layers, nn.Dense(ACTIONS)], name=name)

    online, target = network("online"), network("target")
    observation = gx.input("observation", ("N", OBSERVED))
    action = gx.input("action", ("N",), dtype="int64")
    reward = gx.input("reward", ("N",))
    following = gx.input("following", ("N", OBSERVED))  # the observation after the action
    goes_on = gx.input("goes_on", ("N",))  # 0 where the pole fell, else 1

    values = online(observation).named("values")
    value = gx.pick(values, action).named("value")
    best = gx.argmax(online(following).named("next_values"), axis=1).named("best")
    next_value = gx.pick(target(following), best).named("next_value")
    goal = gx.stop_gradient(reward + DISCOUNT * goes_on * next_value).named("goal")
    loss = losses.huber(value, goal).named("loss")

    weights, copies = online.parameters(), target.parameters()
    rate = optim.schedules.cosine(1e-3, steps=STEPS, floor=1e-4)
    adam = optim.Adam(rate)
    pairs = list(zip(weights, copies, strict=True))
    return gx.Program(
        "dqn",
        learn=gx.function(
            [observation, action, reward, following, goes_on],
            {"loss": loss},
            updates=adam.updates(weights, gx.grad(loss, weights)),
        ),
        follow=gx.function([], updates={c: c + FOLLOW * (w - c) for w, c in pairs}),
        copy=gx.function([], updates={c: w for w, c in pairs}),
        act=gx.function(
            [observation], {"action": gx.argmax(values, axis=1), "values": values}, training=False
        ),
    )


class Memory:
    """The steps that were made, the oldest forgotten first."""

    def __init__(self, capacity: int = 20_000) -> None:
        self.columns = [
            np.zeros((capacity, OBSERVED), dtype=np.float32),
            np.zeros(capacity, dtype=np.int64),
            np.zeros(capacity, dtype=np.float32),
            np.zeros((capacity, OBSERVED), dtype=np.float32),
            np.zeros(capacity, dtype=np.float32),
        ]
        self.count = 0

    def add(self, *step) -> None:
        """Keep an observation, an action, a reward, the observation after it, and whether it goes on."""
        for column, value in zip(self.columns, step, strict=True):
            column[self.count % len(column)] = value
        self.count += 1

    def sample(self, rng: np.random.Generator) -> list[np.ndarray]:
        """A batch of random steps, as the arguments of ``learn``."""
        rows = rng.integers(min(self.count, len(self.columns[0])), size=BATCH)
        return [column[rows] for column in self.columns]


def make_environment():
    """CartPole-v1, or the end of the program with a word on how to install it."""
    try:
        import gymnasium
    except ImportError:
        sys.exit("this example needs Gymnasium: pip install graphc[rl]")
    return gymnasium.make("CartPole-v1")


def best_action(m, observation: np.ndarray) -> int:
    """What the network thinks best."""
    return int(m.act(np.asarray(observation, dtype=np.float32)[None])["action"][0])


def train(steps: int = STEPS, seed: int = 0):
    """Learn until the pole stays up in every trial, or for so many steps.

    Returns:
        An instance of the emitted class with the weights of the best trial, the return of each
        episode, and the mean return of each trial with the number of episodes before it.
    """
    m, memory, environment = build().load(seed), Memory(), make_environment()
    m.copy()
    rng = np.random.default_rng(seed)
    observation, _ = environment.reset(seed=seed)
    returns, trials, best, total = [], [], m.state_dict(), 0.0
    for step in range(1, steps + 1):
        exploring = rng.random() < max(0.1, 1 - step / (STEPS / 4))
        action = int(rng.integers(ACTIONS)) if exploring else best_action(m, observation)
        following, reward, fell, out_of_time, _ = environment.step(action)
        memory.add(observation, action, reward, following, not fell)
        observation, total = following, total + float(reward)
        if fell or out_of_time:
            returns.append(total)
            observation, _ = environment.reset()
            total = 0.0
        if step > WARM_UP:
            m.learn(*memory.sample(rng))
            m.follow()
        if step % TRIAL == 0:
            mean = evaluate(m, episodes=10, first=50_000).mean()
            if mean > max((earlier for _, earlier in trials), default=0):
                best = m.state_dict()
            trials.append((len(returns), mean))
            print(f"step {step:6,}   {len(returns):4} episodes   trial {mean:5.1f}")
            if mean == 500:
                break
    m.load_state_dict(best)
    return m, returns, trials


def evaluate(m, episodes: int = 20, first: int = 10_000) -> np.ndarray:
    """The return of each of several new episodes without random actions."""
    environment = make_environment()
    returns = np.zeros(episodes)
    for k in range(episodes):
        observation, _ = environment.reset(seed=first + k)
        ended = False
        while not ended:
            observation, reward, fell, out_of_time, _ = environment.step(
                best_action(m, observation)
            )
            returns[k] += float(reward)
            ended = fell or out_of_time
    return returns


def plot(returns: list[float], trials: list[tuple[int, float]], path: Path) -> None:
    """The return of each episode, and of the trials between them."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7, 4), layout="constrained")
    axes = figure.subplots()
    axes.plot(range(1, len(returns) + 1), returns, ".", color="0.7", label="episodes, exploring")
    axes.plot(*zip(*trials, strict=True), marker="o", label="trials, mean of 10 without exploring")
    axes.axhline(500, color="black", linestyle=":", linewidth=1, label="the most there is")
    axes.set(title="deep Q-learning on CartPole", xlabel="episode", ylabel="return", ylim=(0, 520))
    axes.legend(loc="upper left")
    figure.savefig(path, dpi=150)


def main(folder: str = "output") -> None:
    """Learn, try the best network on new episodes, and draw how it went."""
    m, returns, trials = train()
    found = evaluate(m)
    print(f"{len(found)} new episodes: mean return {found.mean():.1f}, lowest {found.min():.0f}")

    out = Path(folder)
    out.mkdir(parents=True, exist_ok=True)
    plot(returns, trials, out / "dqn_returns.png")
    gx.export(m, out / "dqn_act.py", functions="act")
    print(f"wrote {out / 'dqn_returns.png'}, and {out / 'dqn_act.py'}: it plays without graphc")


if __name__ == "__main__":
    main(*sys.argv[1:2])
