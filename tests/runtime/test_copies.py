"""Copies and pickles of emitted models: the state travels, and training goes on in the same bits."""

import copy
import pickle
import subprocess
import sys
from functools import cache

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim
from graphc.errors import ExportError

RNG = np.random.default_rng(5)
X, Y = RNG.normal(size=(16, 6)).astype(np.float32), RNG.integers(0, 3, size=16)


@cache
def network(style="planned", kind="adam"):
    x = gx.input("x", ("N", 6))
    y = gx.input("y", ("N",), dtype="int64")
    layers = [nn.Dense(8), nn.BatchNorm(), nn.Dropout(0.3), nn.Dense(3)]
    logits = nn.Sequential(layers)(x)
    optimizers = {"adam": optim.Adam(0.01), "sgd": optim.SGD(0.1), "none": None}
    return gx.compile(
        "small",
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs=gx.softmax(logits),
        optimizer=optimizers[kind],
        style=style,
    )


@cache
def written(folder):
    """The class of a module that was written to a file and imported."""
    network().write(folder)
    sys.path.insert(0, str(folder))
    import small

    return small.Small


def trained(m, steps=3):
    for _ in range(steps):
        m.train_step(X, Y)
    return m


def same(a, b):
    mine, theirs = a.state_dict(), b.state_dict()
    assert mine.keys() == theirs.keys()
    for name, value in mine.items():
        np.testing.assert_array_equal(theirs[name], value, err_msg=name)
    return True


COPIES = {
    "deepcopy": copy.deepcopy,
    "copy": copy.copy,
    **{
        f"pickle {k}": lambda m, k=k: pickle.loads(pickle.dumps(m, protocol=k))
        for k in range(pickle.HIGHEST_PROTOCOL + 1)
    },
}


@pytest.mark.parametrize("style", ["planned", "plain"])
@pytest.mark.parametrize("how", COPIES)
def test_a_copy_goes_on_like_its_original_and_shares_nothing_with_it(how, style):
    m = trained(network(style).load(seed=3))
    before = m.state_dict()
    other = COPIES[how](m)
    assert type(other) is type(m) and other.network is m.network and same(m, other)
    losses_there = [other.train_step(X, Y) for _ in range(3)]
    for name, value in m.state_dict().items():
        np.testing.assert_array_equal(value, before[name])
    assert [m.train_step(X, Y) for _ in range(3)] == losses_there and same(m, other)
    np.testing.assert_array_equal(m.predict(X), other.predict(X))
    a, b = m.gradients(X, Y), other.gradients(X, Y)
    for name, value in a.items():
        np.testing.assert_array_equal(b[name], value)


@pytest.mark.parametrize("kind", ["sgd", "none"])
def test_models_of_every_kind_can_be_copied(kind):
    m = network(kind=kind).load(seed=1)
    assert same(m, copy.deepcopy(m)) and same(m, pickle.loads(pickle.dumps(m)))


def test_a_model_of_an_imported_file_can_be_copied(tmp_path_factory):
    folder = tmp_path_factory.mktemp("written")
    m = trained(written(folder)(seed=2))
    for other in (copy.deepcopy(m), pickle.loads(pickle.dumps(m))):
        assert same(m, other) and type(other) is type(m)
        twin = copy.deepcopy(m)
        assert other.train_step(X, Y) == twin.train_step(X, Y) and same(other, twin)
    # Where the file can be imported and graphc can't.
    code = (
        "import sys, pickle; sys.modules['graphc'] = None; sys.path.insert(0, sys.argv[1])\n"
        "m, x, y = pickle.load(sys.stdin.buffer)\n"
        "pickle.dump((m.train_step(x, y), m), sys.stdout.buffer)\n"
    )
    loss, there = _elsewhere(code, (m, X, Y), str(folder))
    assert loss == m.train_step(X, Y) and same(m, there)


def test_a_loaded_model_can_be_sent_to_another_process_and_back():
    m = trained(network().load(seed=4))
    code = (
        "import sys, pickle\n"
        "m, x, y = pickle.load(sys.stdin.buffer)\n"
        "assert not hasattr(m, 'network') and 'graphc.compiler' not in sys.modules\n"
        "pickle.dump((m.train_step(x, y), m), sys.stdout.buffer)\n"
    )
    loss, there = _elsewhere(code, (m, X, Y))
    assert loss == m.train_step(X, Y) and same(m, there)
    assert there.network is m.network


def _elsewhere(code, given, *arguments):
    """What a fresh interpreter makes of something, both of them pickled."""
    command = [sys.executable, "-c", code, *arguments]
    done = subprocess.run(command, input=pickle.dumps(given), capture_output=True, check=True)
    return pickle.loads(done.stdout)


def test_a_list_of_copies_keeps_the_best_weights():
    m = network().load(seed=0)
    kept = [copy.deepcopy(trained(m, 1)) for _ in range(4)]
    assert len({k.loss(X, Y) for k in kept}) == 4
    assert same(m, kept[-1])


def test_a_model_without_its_network_says_how_it_is_exported(tmp_path):
    m = network().load()
    del m.network
    with pytest.raises(ExportError, match=r"unpickled, load_state_dict what its state_dict gives"):
        gx.export(m, tmp_path / "model.py")


def test_a_damaged_state_is_refused():
    m = network().load()
    with pytest.raises(ValueError, match=r"missing \['adam.step'"):
        m.__setstate__({k: v for k, v in m.state_dict().items() if not k.startswith("adam")})
