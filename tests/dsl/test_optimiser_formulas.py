"""Every optimiser over 50 steps: against its paper's formula in NumPy, and against torch's."""

import numpy as np
import optimiser_problems as known
import pytest
from optimiser_problems import PROBLEMS, STEPS, agree, by_formula, network, trained

from graphc import optim
from graphc.dsl import schedules

DECAY = 0.03
# name: (optimiser, formula, class in torch, its arguments)
RULES = {
    "sgd": (lambda **o: optim.SGD(1e-5, **o), known.sgd(1e-5), "SGD", {"lr": 1e-5}),
    "momentum": (
        lambda **o: optim.SGD(1e-5, momentum=0.9, **o),
        known.sgd(1e-5, 0.9),
        "SGD",
        {"lr": 1e-5, "momentum": 0.9},
    ),
    "nesterov": (
        lambda **o: optim.SGD(1e-5, momentum=0.9, nesterov=True, **o),
        known.sgd(1e-5, 0.9, nesterov=True),
        "SGD",
        {"lr": 1e-5, "momentum": 0.9, "nesterov": True},
    ),
    "adagrad": (optim.Adagrad, known.adagrad(1e-2), "Adagrad", {}),
    "adagrad, started": (
        lambda **o: optim.Adagrad(0.1, epsilon=1e-3, initial=0.5, **o),
        known.adagrad(0.1, 1e-3, 0.5),
        "Adagrad",
        {"lr": 0.1, "eps": 1e-3, "initial_accumulator_value": 0.5},
    ),
    "rmsprop": (optim.RMSProp, known.rmsprop(1e-2), "RMSprop", {}),
    "rmsprop, centred": (
        lambda **o: optim.RMSProp(1e-2, rho=0.9, centered=True, epsilon=1e-4, **o),
        known.rmsprop(1e-2, 0.9, 1e-4, centered=True),
        "RMSprop",
        {"lr": 1e-2, "alpha": 0.9, "centered": True, "eps": 1e-4},
    ),
    "rmsprop, momentum": (
        lambda **o: optim.RMSProp(1e-3, momentum=0.9, **o),
        known.rmsprop(1e-3, mu=0.9),
        "RMSprop",
        {"lr": 1e-3, "momentum": 0.9},
    ),
    "adadelta": (optim.Adadelta, known.adadelta(), "Adadelta", {}),
    "adadelta, slower": (
        lambda **o: optim.Adadelta(0.5, rho=0.8, epsilon=1e-4, **o),
        known.adadelta(0.5, 0.8, 1e-4),
        "Adadelta",
        {"lr": 0.5, "rho": 0.8, "eps": 1e-4},
    ),
    "adam": (optim.Adam, known.adam(1e-3), "Adam", {}),
    "amsgrad": (optim.AMSGrad, known.adam(1e-3, amsgrad=True), "Adam", {"amsgrad": True}),
    "nadam": (optim.NAdam, known.nadam(2e-3), "NAdam", {}),
    "nadam, other constants": (
        lambda **o: optim.NAdam(0.01, 0.8, 0.9, 1e-3, momentum_decay=0.1, **o),
        known.nadam(0.01, 0.8, 0.9, 1e-3, 0.1),
        "NAdam",
        {"lr": 0.01, "betas": (0.8, 0.9), "eps": 1e-3, "momentum_decay": 0.1},
    ),
    "adamax": (optim.AdaMax, known.adamax(2e-3), "Adamax", {}),
    "lion": (optim.Lion, known.lion(1e-4), None, {}),
    "lion, other constants": (
        lambda **o: optim.Lion(0.01, 0.5, 0.8, **o),
        known.lion(0.01, 0.5, 0.8),
        None,
        {},
    ),
}
DECAYED = {
    "adam, penalty": ("adam", {"weight_decay": DECAY}, known.with_penalty),
    "adam, decoupled": ("adam", {"weight_decay": DECAY, "decoupled": True}, known.with_decay),
    "momentum, decoupled": (
        "momentum",
        {"weight_decay": DECAY, "decoupled": True},
        known.with_decay,
    ),
    "lion": ("lion", {"weight_decay": DECAY}, known.with_decay),
    "lion, penalty": ("lion", {"weight_decay": DECAY, "decoupled": False}, known.with_penalty),
    "adagrad": ("adagrad", {"weight_decay": DECAY}, known.with_penalty),
    "rmsprop": ("rmsprop", {"weight_decay": DECAY}, known.with_penalty),
    "adadelta": ("adadelta", {"weight_decay": DECAY}, known.with_penalty),
    "nadam": ("nadam", {"weight_decay": DECAY}, known.with_penalty),
    "nadam, decoupled": ("nadam", {"weight_decay": DECAY, "decoupled": True}, known.with_decay),
    "adamax": ("adamax", {"weight_decay": DECAY}, known.with_penalty),
    "amsgrad": ("amsgrad", {"weight_decay": DECAY}, known.with_penalty),
}


def by_torch(kind, arguments, problem, steps=STEPS):
    """The parameters after each step of an optimiser of torch, with our gradients by hand."""
    torch = pytest.importorskip("torch")
    usual = torch.get_default_dtype()
    torch.set_default_dtype(torch.float64)  # also of NAdam's product of momenta
    try:
        return _by_torch(torch, kind, arguments, problem, steps)
    finally:
        torch.set_default_dtype(usual)


def _by_torch(torch, kind, arguments, problem, steps):
    tensors = {
        name: torch.nn.Parameter(torch.from_numpy(value.copy()))
        for name, value in problem.start.items()
    }
    optimizer = getattr(torch.optim, kind)(list(tensors.values()), **arguments)
    path = []

    def loss():
        gradients = problem.gradient({k: t.detach().numpy() for k, t in tensors.items()})
        for name, tensor in tensors.items():
            tensor.grad = torch.from_numpy(np.asarray(gradients[name]))
        return torch.tensor(0.0)

    for _ in range(steps):
        optimizer.step(loss)
        path.append({k: t.detach().numpy().copy() for k, t in tensors.items()})
    return path


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("name", RULES)
def test_an_optimiser_follows_the_formula_of_its_paper(name, problem):
    make, formula, _, _ = RULES[name]
    problem = PROBLEMS[problem]
    agree(trained(network(problem, make()).load(), problem), by_formula(formula, problem))


@pytest.mark.parametrize("problem", PROBLEMS)
@pytest.mark.parametrize("name", [name for name, rule in RULES.items() if rule[2]])
def test_an_optimiser_goes_where_torch_goes(name, problem):
    make, _, kind, arguments = RULES[name]
    problem = PROBLEMS[problem]
    expected = by_torch(kind, arguments, problem)
    agree(trained(network(problem, make()).load(), problem), expected)


@pytest.mark.parametrize("case", DECAYED)
def test_weight_decay_is_a_penalty_or_decoupled(case):
    name, options, variant = DECAYED[case]
    make, formula = RULES[name][:2]
    problem, optimizer = PROBLEMS["mlp"], make(**options)
    rate = (optimizer.learning_rate,) if variant is known.with_decay else ()
    expected = by_formula(variant(formula, *rate, DECAY), problem)
    agree(trained(network(problem, optimizer).load(), problem), expected)


TORCH_DECAYED = {
    "adamw": (optim.AdamW(decay_biases=True, weight_decay=DECAY), "AdamW", {}),
    "nadam": (
        optim.NAdam(weight_decay=DECAY, decoupled=True),
        "NAdam",
        {"decoupled_weight_decay": True},
    ),
    "sgd": (
        optim.SGD(0.01, momentum=0.5, weight_decay=DECAY),
        "SGD",
        {"lr": 0.01, "momentum": 0.5},
    ),
    "adagrad": (optim.Adagrad(weight_decay=DECAY), "Adagrad", {}),
    "rmsprop": (
        optim.RMSProp(centered=True, momentum=0.5, weight_decay=DECAY),
        "RMSprop",
        {"centered": True, "momentum": 0.5},
    ),
    "adadelta": (optim.Adadelta(weight_decay=DECAY), "Adadelta", {}),
    "adamax": (optim.AdaMax(weight_decay=DECAY), "Adamax", {}),
    "amsgradw": (
        optim.AMSGrad(weight_decay=DECAY, decoupled=True),
        "AdamW",
        {"amsgrad": True},
    ),
}


@pytest.mark.parametrize("name", TORCH_DECAYED)
def test_weight_decay_is_torch_s(name):
    optimizer, kind, arguments = TORCH_DECAYED[name]
    problem = PROBLEMS["mlp"]
    expected = by_torch(kind, {"weight_decay": DECAY, **arguments}, problem)
    agree(trained(network(problem, optimizer).load(), problem), expected)


# Without a line search long steps leave Rosenbrock's valley, and rounding decides where to.
@pytest.mark.parametrize(
    ("problem", "rate", "history"),
    [
        ("rosenbrock", 1e-2, 5),
        *((p, *steps) for p in ("quadratic", "mlp") for steps in ((1e-2, 5), (1.0, 10), (0.5, 1))),
    ],
)
def test_lbfgs_is_the_two_loop_recursion(problem, rate, history):
    problem = PROBLEMS[problem]
    found = trained(network(problem, optim.LBFGS(rate, history=history)).load(), problem, 30)
    agree(found, known.lbfgs(problem, rate, history, 30), rtol=1e-9)


@pytest.mark.parametrize(
    ("problem", "rate"), [("quadratic", 1.0), ("rosenbrock", 1e-2), ("mlp", 0.5)]
)
def test_lbfgs_goes_where_torch_goes(problem, rate):
    problem = PROBLEMS[problem]
    arguments = {
        "lr": rate,
        "max_iter": 1,
        "history_size": 10,
        "tolerance_grad": 0,
        "tolerance_change": 0,
    }
    expected = by_torch("LBFGS", arguments, problem)
    found = trained(network(problem, optim.LBFGS(rate)).load(), problem)
    agree(found, expected, rtol=1e-7)  # inner products are summed in another order


@pytest.mark.parametrize(
    ("make", "formula"),
    [
        (optim.Adam, known.adam),
        (optim.AMSGrad, lambda rate: known.adam(rate, amsgrad=True)),
    ],
)
def test_the_rate_of_a_schedule_enters_every_step(make, formula):
    problem = PROBLEMS["mlp"]
    found = trained(network(problem, make(schedules.exponential(0.1, 0.9))).load(), problem)
    agree(found, by_formula(formula(lambda done: 0.1 * 0.9**done), problem))


@pytest.mark.parametrize("name", [*RULES, "lbfgs"])
@pytest.mark.parametrize("style", ["planned", "plain"])
def test_a_saved_state_continues_in_the_same_bits(name, style):
    problem = PROBLEMS["mlp"]
    make = RULES[name][0] if name in RULES else optim.LBFGS
    net = network(problem, make(), style)
    whole, first, second = net.load(), net.load(), net.load()
    trained(whole, problem, 7)
    trained(first, problem, 4)
    second.load_state_dict(first.state_dict())
    trained(second, problem, 3)
    for key, value in whole.state_dict().items():
        np.testing.assert_array_equal(second.state_dict()[key], value, err_msg=key)
