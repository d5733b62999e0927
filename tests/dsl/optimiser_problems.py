"""Problems with gradients by hand, and the optimisers' formulas as the papers have them.

Everything here is NumPy alone: it is what graphc is held against.
"""

import math
from dataclasses import dataclass

import numpy as np

import graphc as gx

STEPS = 50


@dataclass(frozen=True)
class Problem:
    """Where the parameters start, the gradient of the loss, and the loss as a graph."""

    start: dict
    gradient: object
    loss: object


def _quadratic():
    rng = np.random.default_rng(0)
    H, T = np.logspace(0, 4, 6).reshape(3, 2), rng.normal(size=(3, 2))
    k = np.array([1.0, 100.0])

    def gradient(p):
        return {"W": H * (p["W"] - T), "b": k * p["b"]}

    def loss(p):
        return 0.5 * gx.sum(H * gx.square(p["W"] - T)) + 0.5 * gx.sum(k * gx.square(p["b"]))

    return Problem({"W": rng.normal(size=(3, 2)), "b": rng.normal(size=2)}, gradient, loss)


def _rosenbrock():
    def gradient(p):
        a, b = p["p"]
        return {"p": np.array([-2 * (1 - a) - 400 * a * (b - a**2), 200 * (b - a**2)])}

    def loss(p):
        a, b = p["p"][0], p["p"][1]
        return gx.square(1 - a) + 100 * gx.square(b - gx.square(a))

    return Problem({"p": np.array([-1.2, 1.0])}, gradient, loss)


def _mlp():
    rng = np.random.default_rng(1)
    X, Y = rng.normal(size=(16, 3)), rng.normal(size=(16, 2))
    shapes = {"W1": (3, 5), "b1": (5,), "W2": (5, 2), "b2": (2,)}

    def gradient(p):
        h = np.tanh(X @ p["W1"] + p["b1"])
        d_out = 2 * (h @ p["W2"] + p["b2"] - Y) / Y.size
        d_z = (d_out @ p["W2"].T) * (1 - h**2)
        return {"W1": X.T @ d_z, "b1": d_z.sum(0), "W2": h.T @ d_out, "b2": d_out.sum(0)}

    def loss(p):
        out = gx.tanh(X @ p["W1"] + p["b1"]) @ p["W2"] + p["b2"]
        return gx.mean(gx.square(out - Y))

    return Problem({k: rng.normal(size=s) for k, s in shapes.items()}, gradient, loss)


PROBLEMS = {"quadratic": _quadratic(), "rosenbrock": _rosenbrock(), "mlp": _mlp()}


def network(problem, optimizer, style="planned"):
    """The problem as a compiled network without inputs."""
    parameters = {name: gx.parameter(name, value) for name, value in problem.start.items()}
    return gx.compile(
        "problem", inputs=[], loss=problem.loss(parameters), optimizer=optimizer, style=style
    )


def trained(m, problem, steps=STEPS):
    """The parameters after each step of an emitted module."""
    path = []
    for _ in range(steps):
        m.train_step()
        state = m.state_dict()
        path.append({name: state[name] for name in problem.start})
    return path


def by_formula(formula, problem, steps=STEPS):
    """The parameters after each step of ``formula(p, g, t, memory) -> p``."""
    p, path = dict(problem.start), []
    memory = {name: {} for name in p}
    for t in range(1, steps + 1):
        g = problem.gradient(p)
        p = {name: formula(p[name], g[name], t, memory[name]) for name in p}
        path.append(p)
    return path


def agree(found, expected, rtol=1e-10):
    """Whether two paths are the same to `rtol`, element by element, relative to its size."""
    for step, (mine, theirs) in enumerate(zip(found, expected, strict=True), 1):
        for name, value in theirs.items():
            np.testing.assert_allclose(
                mine[name], value, rtol=rtol, atol=1e-13, err_msg=f"{name}, step {step}"
            )


# ---- formulas: one parameter, its gradient, the step from 1, and what is kept ---------------------


def sgd(lr, mu=0.0, nesterov=False):
    def step(p, g, t, m):
        m["v"] = v = mu * m.get("v", 0) + g
        return p - lr * (g + mu * v if nesterov else v)

    return step


def adagrad(lr, eps=1e-10, initial=0.0):
    def step(p, g, t, m):
        m["s"] = m.get("s", initial) + g * g
        return p - lr * g / (np.sqrt(m["s"]) + eps)

    return step


def rmsprop(lr, rho=0.99, eps=1e-8, mu=0.0, centered=False):
    def step(p, g, t, m):
        m["v"] = rho * m.get("v", 0) + (1 - rho) * g * g
        m["g"] = rho * m.get("g", 0) + (1 - rho) * g
        root = np.sqrt(m["v"] - m["g"] ** 2 if centered else m["v"]) + eps
        m["b"] = mu * m.get("b", 0) + g / root
        return p - lr * m["b"]

    return step


def adadelta(lr=1.0, rho=0.9, eps=1e-6):
    def step(p, g, t, m):
        m["v"] = rho * m.get("v", 0) + (1 - rho) * g * g
        delta = np.sqrt(m.get("d", 0) + eps) / np.sqrt(m["v"] + eps) * g
        m["d"] = rho * m.get("d", 0) + (1 - rho) * delta**2
        return p - lr * delta

    return step


def _moments(m, g, beta1, beta2):
    m["m"] = beta1 * m.get("m", 0) + (1 - beta1) * g
    m["v"] = beta2 * m.get("v", 0) + (1 - beta2) * g * g
    return m["m"], m["v"]


def adam(lr, beta1=0.9, beta2=0.999, eps=1e-8, amsgrad=False):
    def step(p, g, t, m):
        mean, variance = _moments(m, g, beta1, beta2)
        m["max"] = np.maximum(m.get("max", 0), variance)
        variance = (m["max"] if amsgrad else variance) / (1 - beta2**t)
        rate = lr(t - 1) if callable(lr) else lr
        return p - rate * mean / (1 - beta1**t) / (np.sqrt(variance) + eps)

    return step


def nadam(lr, beta1=0.9, beta2=0.999, eps=1e-8, psi=4e-3):
    def mu(t):
        return beta1 * (1 - 0.5 * 0.96 ** (t * psi))

    def step(p, g, t, m):
        mean, variance = _moments(m, g, beta1, beta2)
        product = math.prod(mu(i) for i in range(1, t + 1))
        ahead = mu(t + 1) * mean / (1 - product * mu(t + 1)) + (1 - mu(t)) * g / (1 - product)
        return p - lr * ahead / (np.sqrt(variance / (1 - beta2**t)) + eps)

    return step


def adamax(lr, beta1=0.9, beta2=0.999, eps=1e-8):
    def step(p, g, t, m):
        mean, _ = _moments(m, g, beta1, beta2)
        m["u"] = np.maximum(beta2 * m.get("u", 0), np.abs(g) + eps)
        return p - lr / (1 - beta1**t) * mean / m["u"]

    return step


def lion(lr, beta1=0.9, beta2=0.99):
    def step(p, g, t, m):
        direction = np.sign(beta1 * m.get("m", 0) + (1 - beta1) * g)
        m["m"] = beta2 * m.get("m", 0) + (1 - beta2) * g
        return p - lr * direction

    return step


def with_penalty(formula, decay):
    """The L2 penalty in the gradient."""
    return lambda p, g, t, m: formula(p, g + decay * p, t, m)


def with_decay(formula, lr, decay):
    """Decoupled weight decay."""
    return lambda p, g, t, m: formula(p * (1 - lr * decay), g, t, m)


def lbfgs(problem, lr, history, steps=STEPS):
    """Algorithm 7.4 of Nocedal and Wright over one long vector, pairs in lists."""
    names, shapes = list(problem.start), {k: v.shape for k, v in problem.start.items()}

    def split(x):
        parts = np.split(x, np.cumsum([np.prod(shapes[n], dtype=int) for n in names])[:-1])
        return {n: part.reshape(shapes[n]) for n, part in zip(names, parts, strict=True)}

    x = np.concatenate([problem.start[n].ravel() for n in names])
    pairs, path, previous, s, scale = [], [], None, None, 1.0
    for t in range(steps):
        gradient = problem.gradient(split(x))
        g = np.concatenate([gradient[n].ravel() for n in names])
        if previous is not None and (g - previous) @ s > 1e-10:
            y = g - previous
            pairs = [*pairs, (s, y, 1 / (y @ s))][-history:]
            scale = (y @ s) / (y @ y)
        q, a = g.copy(), []
        for s_i, y_i, rho in reversed(pairs):
            a.append(rho * (s_i @ q))
            q -= a[-1] * y_i
        r = scale * q
        for (s_i, y_i, rho), a_i in zip(pairs, reversed(a), strict=True):
            r += (a_i - rho * (y_i @ r)) * s_i
        s = -lr * (min(1, 1 / np.abs(g).sum()) if t == 0 else 1) * r
        x, previous = x + s, g
        path.append(split(x))
    return path
