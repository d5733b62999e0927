"""What holds of emitted modules on a GPU and on the stand-in for CuPy alike.

Each check takes the module `cupy`, which is the stand-in where there is no GPU.
"""

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim


def network(target="cupy", name="checked", rate=0.0, **options):
    """A classifier of vectors, with dropout if there is a rate."""
    x, y = gx.input("x", ("N", 12)), gx.input("y", ("N",), dtype="int64")
    dropout = [nn.Dropout(rate)] if rate else []
    layers = [nn.Dense(24, activation="tanh"), nn.LayerNorm(), *dropout, nn.Dense(5)]
    logits = nn.Sequential(layers, name="net")(x)
    return gx.compile(
        name,
        inputs=[x],
        targets=[y],
        loss=losses.softmax_cross_entropy(logits, y),
        outputs=gx.softmax(logits),
        optimizer=optim.Adam(1e-2),
        target=target,
        **options,
    )


def batch(seed=0, size=16):
    """Vectors, and classes that a network can learn."""
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(size, 12)).astype("float32")
    return x, x[:, :5].argmax(1)


def trained(m, steps=5):
    """The losses of some steps."""
    return [float(m.train_step(*batch(seed))) for seed in range(steps)]


def same(first, second):
    """Whether two models are the same to the last bit."""
    one, other = first.state_dict(), second.state_dict()
    assert list(one) == list(other)
    for name, value in one.items():
        np.testing.assert_array_equal(value, other[name], err_msg=name)


def replayed_steps_are_launched_ones(cp):
    """A CUDA graph computes what its kernels do one by one."""
    made = network(rate=0.3)
    replayed, launched = made.load(1), made.load(1)
    first = [trained(m, 1) for m in (replayed, launched)]
    (slots,) = launched._train.values()
    (step,) = slots.graphs.values()
    step.captures = False
    assert trained(replayed) == trained(launched) and first[0] == first[1]
    (slots,) = replayed._train.values()
    assert [g.graph is not None for g in slots.graphs.values()] == [True]
    assert step.graph is None
    same(replayed, launched)


def the_same_seed_gives_the_same_bits(cp):
    """Nothing depends on the order in which threads happen to run."""
    made = network(rate=0.3)
    first, second = made.load(7), made.load(7)
    assert trained(first, 8) == trained(second, 8)
    same(first, second)


def a_stream_of_the_caller_changes_nothing(cp):
    """Launches follow what is in the caller's stream, and what follows there waits for them."""
    made = network()
    plain, streamed = made.load(2), made.load(2)
    stream = cp.cuda.Stream(non_blocking=True)
    wanted = trained(plain)
    with stream:
        got = []
        for seed in range(5):
            x, y = map(cp.asarray, batch(seed))
            got.append(streamed.train_step(x * 0 + x, y))  # computed in the stream just before
        got = [float(loss) for loss in got]
        predicted = streamed.predict(batch()[0])
    stream.synchronize()
    assert got == wanted
    np.testing.assert_array_equal(predicted, plain.predict(batch()[0]))


def two_models_in_two_streams_keep_apart(cp):
    """Models whose launches are interleaved compute what they compute alone."""
    made = network(rate=0.3)
    alone = [trained(made.load(seed)) for seed in (3, 4)]
    models = [made.load(seed) for seed in (3, 4)]
    streams = [cp.cuda.Stream(non_blocking=True) for _ in models]
    found = [[], []]
    for seed in range(5):
        for m, stream, losses_ in zip(models, streams, found, strict=True):
            with stream:
                losses_.append(m.train_step(*batch(seed)))
    for stream in streams:
        stream.synchronize()
    assert [[float(loss) for loss in losses_] for losses_ in found] == alone


def without_memory_the_model_is_intact(cp, short_of_memory, size):
    """A batch for which there is no memory raises; before and after it all is well.

    Args:
        short_of_memory: takes the model; a context in which there is no memory for it, whose value is
            what is then raised.
        size: of the batch.
    """
    made = network()
    m, other = made.load(5), made.load(5)
    trained(m, 3), trained(other, 3)
    large = batch(size=size)
    with short_of_memory(m) as error, pytest.raises(error):
        m.train_step(*large)
    same(m, other)
    assert trained(m, 3) == trained(other, 3)
    assert float(m.train_step(*large)) == float(other.train_step(*large))
    same(m, other)


def weights_go_from_one_target_to_the_other(cp, folder):
    """Files of either target load into the other, and predict the same."""
    here, there = network("numpy").load(seed=1), network().load(seed=2)
    trained(there)
    there.save(folder / "device.npz")
    here.load(folder / "device.npz")
    np.testing.assert_allclose(here.predict(batch()[0]), there.predict(batch()[0]), atol=1e-6)
    np.testing.assert_allclose(trained(here), trained(there), rtol=1e-4)
    here.save(folder / "host.npz")
    there.load(folder / "host.npz")
    same(here, there)


def half_steps_are_near_those_in_float32(cp):
    """Mixed precision trains as float32 does, and leaves out the steps that overflow."""
    half, wide = network(precision="float16").load(1), network().load(1)
    np.testing.assert_allclose(trained(half), trained(wide), rtol=5e-3)
    before = half.state_dict()
    x, y = batch()
    x[0, 0] = np.inf
    half.train_step(x, y)
    for name, value in half.state_dict().items():
        if not name.startswith("loss_scale"):
            np.testing.assert_array_equal(value, before[name], err_msg=name)
    assert float(half.state_dict()["loss_scale"]) == float(before["loss_scale"]) / 2


def coarse_steps_are_near_those_in_float32(cp):
    """Products in bfloat16 and in TF32 train as those in float32 do, and are not the same."""
    wide = trained(network().load(1))
    for precision, name, tolerance in (("bfloat16", "bf16", 2e-2), ("tf32", "tf32", 5e-3)):
        m = network(precision=precision, name=f"checked_{name}").load(1)
        found = trained(m)
        np.testing.assert_allclose(found, wide, rtol=tolerance)
        assert found != wide
        (slots,) = m._train.values()
        assert [g.graph is not None for g in slots.graphs.values()] == [True]


def as_bfloat16(x):
    """The bits of an array in bfloat16, cut off."""
    return (x.astype(np.float32).view(np.uint32) >> 16).astype(np.uint16)


def products_are_those_of_numpy(cp):
    """cuBLAS is called rightly, whatever the types, and however operands lie."""
    module = network().load_module()
    rng = np.random.default_rng(3)
    shapes = [
        ((33, 17), (17, 40)),
        ((3, 5, 7), (3, 7, 9)),
        ((2, 3, 5, 7), (7, 4)),
        ((1, 7), (7, 1)),
    ]
    for first, second in shapes:
        for dtype, made, tolerance in (
            ("float32", "float32", 1e-4),
            ("float64", "float64", 1e-12),
            ("float16", "float16", 0.05),
            ("float16", "float32", 1e-3),
            ("bfloat16", "float32", 1e-3),
        ):
            for turned in (False, True):
                pair = []
                for shape in (first, second):
                    x = rng.normal(size=(*shape[:-2], *shape[:-3:-1]) if turned else shape)
                    x = as_bfloat16(x) if dtype == "bfloat16" else x.astype(dtype)
                    held = cp.asarray(x)
                    axes = (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2)
                    pair.append((x.swapaxes(-1, -2), held.transpose(axes)) if turned else (x, held))
                (a, on_a), (b, on_b) = pair
                if dtype == "bfloat16":
                    a, b = ((v.astype(np.uint32) << 16).view(np.float32) for v in (a, b))
                want = a.astype("float64") @ b.astype("float64")
                out = cp.empty(want.shape, dtype=made)
                module._matmul(on_a, on_b, out)
                np.testing.assert_allclose(out.get(), want, rtol=0, atol=tolerance)


def an_exported_file_predicts_the_same(cp, folder):
    """A file of its own computes what the model computes."""
    m = network(precision="bfloat16", name="exported_bf16").load(1)
    trained(m)
    path = gx.export(m, folder / "exported.py")
    scope = {"__name__": "exported", "__file__": str(path)}
    exec(compile(path.read_text(), str(path), "exec"), scope)
    np.testing.assert_array_equal(scope["predict"](batch()[0]), m.predict(batch()[0]))


CHECKS = [
    products_are_those_of_numpy,
    half_steps_are_near_those_in_float32,
    coarse_steps_are_near_those_in_float32,
    replayed_steps_are_launched_ones,
    the_same_seed_gives_the_same_bits,
    a_stream_of_the_caller_changes_nothing,
    two_models_in_two_streams_keep_apart,
]
