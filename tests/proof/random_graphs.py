"""Random typed graphs: the same seed gives the same graph, with values for its inputs.

Each new tensor is computed at once by the reference evaluator and kept only if it is finite and
small, so that what follows is well conditioned and any two ways to compute it agree closely.
"""

import random
from dataclasses import dataclass, field

import numpy as np

import graphc as gx
from graphc.errors import DataError, ShapeError
from graphc.ir import dims
from graphc.ir.evaluate import concrete, evaluate
from graphc.ir.node import state_of

SIZE = 5  # what N is while a graph grows
LARGEST = 100.0
MOST_ELEMENTS = 600


@dataclass
class Program:
    """A random function with what its inputs and states hold.

    Attributes:
        inputs, outputs, updates: what `gx.function` takes.
        states: the states that it reads or changes.
        loss: a number that depends on most of what is computed; it is among the outputs.
        gradients: its derivative by some inputs and states; they are among the outputs.
    """

    seed: int
    inputs: list
    outputs: list
    updates: dict
    states: list
    loss: gx.Tensor
    gradients: dict

    def arrays(self, size):
        """Values for the inputs, N being `size`."""
        rng = np.random.default_rng([self.seed, size])
        return [_values(t, size, rng) for t in self.inputs]

    def state_values(self):
        """What the states start from."""
        return {state_of(t): evaluate([state_of(t).initial])[0] for t in self.states}


def _values(tensor, size, rng):
    shape = concrete(tensor.shape, {"N": size})
    if tensor.dtype == "float64":
        return rng.normal(size=shape)
    return rng.integers(0, 3, shape)


@dataclass
class Generator:
    """A graph under construction: `pool` has each tensor with its value."""

    seed: int
    rng: random.Random = field(init=False)
    pool: dict = field(default_factory=dict)

    def __post_init__(self):
        self.rng = random.Random(self.seed)
        self.noise = np.random.default_rng(self.seed)

    # ---- choosing ---------------------------------------------------------------------------

    def any_float(self, rank=None, least=0):
        """A floating tensor, the newer the likelier."""
        found = [
            t
            for t in self.pool
            if t.dtype == "float64" and t.ndim >= least and (rank is None or t.ndim == rank)
        ]
        if not found:
            raise LookupError
        return found[max(self.rng.randrange(len(found)), self.rng.randrange(len(found)))]

    def partner(self, x):
        """Something that broadcasts with x: a tensor, a part of one, an array, or a number."""
        fitting = []
        for t in self.pool:
            if t.dtype == "float64":
                try:
                    gx.add(t, x)
                except ShapeError:
                    continue
                fitting.append(t)
        kind = self.rng.random()
        if kind < 0.15:
            return self.number()
        if kind < 0.3 and x.ndim and isinstance(x.shape[-1], int):
            return self.noise.normal(size=x.shape[-1])
        return self.rng.choice(fitting)

    def number(self):
        """A constant: one that rules know, or any."""
        return self.rng.choice([0, 1, -1, 2, 0.5, -0.3, 1.7])

    def condition(self, x):
        """A condition that no rounding error turns over."""
        threshold = self.rng.choice([-0.7321, 0.1237, 0.5731])
        compare = self.rng.choice([gx.greater, gx.less, gx.greater_equal, gx.less_equal])
        return compare(x, threshold)

    def axis(self, x):
        return self.rng.randrange(x.ndim)

    def axes(self, x):
        """Some axes, or None for all."""
        count = self.rng.randint(0, x.ndim)
        return None if count == 0 else tuple(self.rng.sample(range(x.ndim), count))

    # ---- one step -----------------------------------------------------------------------------

    def step(self):
        """Try one op; keep what it gives if that is well conditioned."""
        kind = self.rng.choice(STEPS)
        try:
            results = kind(self)
        except LookupError:
            return  # nothing in the pool fits
        for tensor in results if isinstance(results, list) else [results]:
            self.keep(gx.constant(tensor))

    def keep(self, tensor):
        """Put a tensor into the pool if its value is finite and small."""
        if tensor in self.pool or not tensor.node.rooted:
            return
        known = {t: v for t, v in self.pool.items() if v is not None}
        try:
            with np.errstate(all="ignore"):
                (value,) = evaluate([tensor], known)
        except DataError:
            return  # an index out of range
        if value.size > MOST_ELEMENTS or value.size == 0:
            return
        if tensor.dtype == "float64" and not (np.abs(value) < LARGEST).all():
            return
        if tensor.ndim <= 4:
            self.pool[tensor] = value

    def program(self):
        """Inputs, then random steps, then a loss over the leaves, gradients and updates."""
        rng = self.rng
        inputs = [
            gx.input(name, shape, dtype)
            for name, shape, dtype in (
                ("x", ("N", 4), "float64"),
                ("y", ("N", 1), "float64"),
                ("z", (3, 4), "float64"),
                ("v", ("N",), "float64"),
                ("w", (4,), "float64"),
                ("u", (2, "N", 3), "float64"),
                ("a", (), "float64"),
                ("k", ("N",), "int64"),
                ("m", (2, 3), "int64"),
            )
            if name in "xk" or rng.random() < 0.5
        ]
        held = [
            gx.state(name, self.noise.normal(size=shape))
            for name, shape in (("s", (4, 3)), ("t", (3,)), ("r", (4, 4)), ("c", ()))
            if rng.random() < 0.35
        ]
        values = np.random.default_rng([self.seed, SIZE])
        for tensor in inputs:
            self.pool[tensor] = _values(tensor, SIZE, values)
        for tensor in held:
            (self.pool[tensor],) = evaluate([state_of(tensor).initial])
        known = len(self.pool)
        for _ in range(rng.randint(4, 22)):
            self.step()
        made = list(self.pool)[known:] or list(self.pool)
        floats = [t for t in made if t.dtype == "float64"] or [inputs[0]]
        loss = gx.constant(0.0, "float64")
        for t in floats[-8:]:
            loss = loss + gx.mean(gx.sin(t) * rng.choice([1.0, 0.7]))
        starts = [t for t in (*inputs, *held) if t.dtype == "float64"]
        wrt = rng.sample(starts, min(len(starts), rng.randint(1, 3)))
        gradients = gx.grad(loss, wrt, unconnected="zeros")
        outputs = rng.sample(made, min(len(made), rng.randint(1, 3)))
        outputs += [loss, *gradients]
        updates = {}
        slopes = dict(zip(wrt, gradients, strict=True))
        for t in held:
            if rng.random() < 0.8:
                updates[t] = self.update(t, slopes.get(t), held)
        rng.shuffle(outputs)
        return Program(self.seed, inputs, outputs, updates, held, loss, slopes)

    def update(self, state, gradient, held):
        """A new value of the state's own type."""
        rng = self.rng
        same = [t for t in (*self.pool, *held) if t.type == state.type and t is not state]
        if gradient is not None and rng.random() < 0.5:
            return state - 0.1 * gradient
        if same and rng.random() < 0.5:
            return rng.choice(same)
        if same and rng.random() < 0.5:
            return 0.9 * state + rng.choice(same)
        return gx.tanh(state) + (state.T if state.shape == (4, 4) else 1.0)


# ---- the kinds of step --------------------------------------------------------------------------


def unary(g):
    x = g.any_float()
    function = g.rng.choice(
        [
            gx.exp,
            gx.sin,
            gx.cos,
            gx.tanh,
            gx.sigmoid,
            gx.softplus,
            gx.log_sigmoid,
            gx.relu,
            gx.abs,
            gx.square,
            gx.erf,
            gx.expm1,
            gx.negative,
            gx.sign,
            gx.floor,
            gx.stop_gradient,
            lambda t: gx.log(gx.abs(t) + 0.3),
            lambda t: gx.log1p(gx.square(t)),
            lambda t: gx.sqrt(gx.square(t) + 0.1),
            lambda t: gx.rsqrt(gx.square(t) + 0.5),
            lambda t: gx.clip(t, -0.9, 1.1),
            lambda t: gx.dropout(t, 0.5),
            lambda t: t**3,
            lambda t: gx.negative(gx.negative(t)),
        ]
    )
    return function(x)


def unstable(g):
    """What is written naively on purpose, so that the rules for stability have work."""
    x = g.any_float(least=1)
    if np.abs(g.pool[x]).max() > 8:
        raise LookupError  # there the naive forms are inaccurate, which is what the rules are for
    axis = g.axis(x)
    function = g.rng.choice(
        [
            lambda t: gx.log(gx.softmax(t, axis)),
            lambda t: gx.log(gx.sigmoid(t)),
            lambda t: gx.log(1 - gx.sigmoid(t)),
            lambda t: gx.log(1 + gx.exp(t)),
            lambda t: gx.log1p(gx.exp(t)),
            lambda t: gx.exp(t) - 1,
            lambda t: gx.log(gx.exp(t)),
            lambda t: gx.log(gx.sum(gx.exp(t), axis)),
            lambda t: gx.exp(t) / gx.sum(gx.exp(t), axis, keepdims=True),
            lambda t: 1 / (1 + gx.exp(-t)),
            lambda t: 1 / (1 + gx.exp(t)),
            lambda t: gx.exp(t) / (1 + gx.exp(t)),
            lambda t: gx.where(g.condition(t), t, 0) * gx.cos(t),
            lambda t: gx.where(g.condition(t), 0, t) / (2 + gx.sin(t)),
        ]
    )
    return function(x)


def binary(g):
    x = g.any_float()
    y = g.partner(x)
    function = g.rng.choice(
        [
            gx.add,
            gx.subtract,
            gx.multiply,
            gx.maximum,
            gx.minimum,
            lambda a, b: b - a,
            lambda a, b: a / (gx.square(b) + 0.5),
            lambda a, b: gx.power(gx.square(a) + 0.2, gx.tanh(b)),
            lambda a, b: gx.where(g.condition(a), a, b),
            lambda a, b: gx.remainder(a, gx.square(b) + 0.77),
            lambda a, b: a * 0 + b,
            lambda a, b: -a * -b,
            lambda a, b: a * 2 * 0.5 * b,
        ]
    )
    return function(x, y)


def by_size(g):
    """With the symbolic size as a number."""
    size = gx.dimension(g.rng.choice(["N", "2*N + 1"]), "float64")
    return g.rng.choice([lambda t: t / size, lambda t: t + 1 / size, lambda t: t * (size - 1)])(
        g.any_float()
    )


def reduction(g):
    x = g.any_float(least=1)
    function = g.rng.choice([gx.sum, gx.mean, gx.max, gx.min, gx.prod, gx.var, gx.logsumexp])
    return function(x, g.axes(x), keepdims=g.rng.random() < 0.4)


def truth(g):
    x = g.any_float(least=1)
    condition = g.condition(x)
    kind = g.rng.randrange(4)
    if kind == 0:
        return g.rng.choice([gx.any, gx.all])(condition, g.axes(x))
    if kind == 1:
        return (condition & g.condition(x)).astype("float64")
    if kind == 2:
        return gx.sum(condition, g.axes(x)).astype("float64")
    return x * (~condition).astype("float64")


def reshaping(g):
    x = g.any_float(least=1)
    kind = g.rng.randrange(9)
    axis = g.axis(x)
    if kind == 0:
        return gx.reshape(x, -1)
    if kind == 1 and x.ndim > 1:
        a = g.rng.randrange(x.ndim - 1)
        return gx.reshape(x, (*x.shape[:a], x.shape[a] * x.shape[a + 1], *x.shape[a + 2 :]))
    if kind == 2:
        order = list(range(x.ndim))
        g.rng.shuffle(order)
        return gx.transpose(x, order)
    if kind == 3:
        return gx.broadcast_to(x, (g.rng.choice([2, "N"]), *x.shape))
    if kind == 4:
        return gx.expand_dims(x, g.rng.randint(0, x.ndim))
    if kind == 5:
        return gx.squeeze(x)
    if kind == 6:
        return gx.repeat(x, 2, axis)
    if kind == 7:
        return gx.tile(x, g.rng.choice([2, (2, 1), (3, 1, 2)]))
    return gx.moveaxis(x, axis, g.axis(x))


def slicing(g):
    x = g.any_float(least=1)
    index = []
    for size in x.shape:
        if isinstance(size, int):
            choices = [slice(None), slice(None, None, -1), 0, -1, slice(None, None, 2)]
            choices += [slice(1, None)] * (size > 1) + [slice(-2, None)]
        elif size == dims.symbol("N"):
            choices = [slice(None), slice(None, None, -1), 0, -1, slice(None, None, 2)]
            choices += [slice(1, None), slice(None, -1), slice(1, -1), slice(-3, None), slice(0, 3)]
            choices += [slice(None, 0, -2)]
        else:
            choices = [slice(None), slice(None, None, -1), slice(None, None, 2)]
        index.append(g.rng.choice(choices))
    if g.rng.random() < 0.2:
        index.insert(g.rng.randint(0, len(index)), None)
    return x[tuple(index)]


def joining(g):
    x = g.any_float(least=1)
    axis = g.axis(x)
    like = [t for t in g.pool if t.type == x.type]
    kind = g.rng.randrange(5)
    if kind == 0:
        return gx.concat([x, g.rng.choice(like), gx.sin(x)], axis)
    if kind == 1:
        return gx.stack([g.rng.choice(like), x], g.rng.randint(0, x.ndim))
    if kind == 2:
        width = g.rng.choice([1, (0, 2), (1, 0)])
        return gx.pad(x, width, g.rng.choice([0, 0, 0.5]))
    if kind == 3:
        return gx.split(x, [1], axis)
    return gx.flip(x, g.rng.choice([None, axis]))


def product(g):
    x = g.any_float(least=1)
    inner = x.shape[-1]
    kind = g.rng.randrange(4)
    if kind == 0 and isinstance(inner, int):
        return x @ (g.noise.normal(size=(inner, 3)) / inner)
    if kind == 1 and x.ndim > 1:
        return x @ gx.swapaxes(x, -1, -2)
    if kind == 2 and x.ndim > 1:
        return gx.swapaxes(x, -1, -2) @ x
    fitting = [
        t
        for t in g.pool
        if t.dtype == "float64" and t.ndim in (1, 2) and t.shape[-min(2, t.ndim)] == inner
    ]
    return x @ g.rng.choice(fitting) if fitting else gx.tanh(x)


def summation(g):
    """Einstein's."""
    x = g.any_float(least=1)
    y = gx.cos(g.any_float(least=1))
    terms = {1: ["i"], 2: ["ij", "ji"], 3: ["bij", "bji"]}
    left, right = (g.rng.choice(terms.get(t.ndim, ["abcd"])) for t in (x, y))
    letters = sorted(set(left) | set(right))
    kept = "".join(g.rng.sample(letters, g.rng.randint(0, len(letters))))
    try:
        return gx.einsum(f"{left},{right}->{kept}", x, y)
    except ShapeError:
        alone = "".join(g.rng.sample(left, g.rng.randint(0, len(left))))
        return gx.einsum(f"{left}->{alone}", x)


def along(g):
    x = g.any_float(least=1)
    axis = g.axis(x)
    return g.rng.choice([gx.softmax, gx.log_softmax, gx.cumsum])(x, axis)


def indexing(g):
    """By labels from 0 to 2, which the inputs k and m hold, by constants, or by argmax."""
    rng = g.rng
    labels = [t for t in g.pool if t.node.op.name == "input" and t.dtype == "int64"]
    chosen = rng.choice(labels)
    kind = rng.randrange(8)
    if kind == 0:
        return gx.one_hot(chosen, rng.choice([3, 4]), "float64")
    if kind == 1:
        wide = [
            t
            for t in g.pool
            if t.dtype == "float64"
            and t.shape[:-1] == chosen.shape
            and isinstance(t.shape[-1], int)
            and t.shape[-1] >= 3
        ]
        if not wide:
            raise LookupError
        x = rng.choice(wide)
        return gx.pick(rng.choice([x, gx.log_softmax(x), gx.log(gx.softmax(x))]), chosen)
    x = g.any_float(least=1)
    axis = g.axis(x)
    size = x.shape[axis]
    known = isinstance(size, int)
    at = [rng.randrange(min(size, 3) if known else 3) for _ in range(rng.randint(1, 4))]
    if kind == 2:
        return gx.take(x, np.array(at), axis)
    if kind == 3 and known and size >= 3:
        return gx.take(x, chosen, axis)
    if kind == 4:
        rows = gx.take(gx.cos(x), np.array(at), axis)
        return gx.scatter_add(x, np.array(at), rows, axis)
    if kind == 5 and x.ndim == 2 and known and size >= 3:
        place = gx.argmax(x, axis)
        return gx.take(gx.sin(x), place, axis)
    if kind == 6:
        shape = [1] * x.ndim
        shape[axis] = len(at)
        return gx.gather(x, np.array(at).reshape(shape), axis)
    return gx.sum(gx.argmin(x, axis)).astype("float64") / 7.3 + gx.mean(x)


@gx.custom_gradient
def straight_through(x):
    """The sign, with the derivative of tanh."""
    return gx.sign(x), lambda ct: ct * (1 - gx.square(gx.tanh(x)))


def custom(g):
    return straight_through(g.any_float())


STEPS = [unary] * 4 + [binary] * 5 + [reduction] * 2 + [slicing] * 2 + [reshaping] * 2
STEPS += [unstable, joining, product, product, summation, along, indexing, indexing, truth]
STEPS += [by_size, custom]


def random_program(seed):
    """The program of a seed."""
    return Generator(seed).program()
