"""Augmented batches: what is done to images, determinism, epochs, resuming."""

import numpy as np
import pytest

import graphc as gx
from graphc import losses, nn, optim
from graphc.errors import DataError

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(12, 6, 5, 2)).astype(np.float32)
LABELS = np.arange(12)


def generator():
    return np.random.default_rng(3)


def test_shift_moves_each_image_by_whole_pixels_of_its_own():
    out = gx.augment.shift(2, fill=9.0)(IMAGES, generator())
    assert out.shape == IMAGES.shape and out.dtype == IMAGES.dtype
    places = set()
    for image, moved in zip(IMAGES, out, strict=True):
        wide = np.full((10, 9, 2), 9.0, np.float32)
        wide[2:8, 2:7] = image
        found = [
            (i, j)
            for i in range(5)
            for j in range(5)
            if np.array_equal(wide[i : i + 6, j : j + 5], moved)
        ]
        assert len(found) == 1
        places.update(found)
    assert len(places) > 4


def test_crop_cuts_windows():
    out = gx.augment.crop(4, 3)(IMAGES, generator())
    assert out.shape == (12, 4, 3, 2)
    for image, window in zip(IMAGES, out, strict=True):
        windows = [image[i : i + 4, j : j + 3] for i in range(3) for j in range(3)]
        assert sum(np.array_equal(w, window) for w in windows) == 1


@pytest.mark.parametrize(("vertical", "axis"), [(False, 1), (True, 0)])
def test_flip_mirrors_some_images(vertical, axis):
    out = gx.augment.flip(0.5, vertical)(IMAGES, generator())
    mirrored = [np.array_equal(o, np.flip(i, axis)) for o, i in zip(out, IMAGES, strict=True)]
    same = [np.array_equal(o, i) for o, i in zip(out, IMAGES, strict=True)]
    assert all(a != b for a, b in zip(mirrored, same, strict=True))
    assert 0 < sum(mirrored) < 12
    for p, want in ((0, IMAGES), (1, np.flip(IMAGES, axis + 1))):
        np.testing.assert_array_equal(gx.augment.flip(p, vertical)(IMAGES, generator()), want)


def test_noise_has_its_deviation():
    flat = np.zeros((100, 10, 10, 1), np.float32)
    out = gx.augment.noise(0.2)(flat, generator())
    assert out.dtype == np.float32 and not flat.any()
    assert out.std() == pytest.approx(0.2, rel=0.03) and abs(out.mean()) < 0.01


@pytest.mark.parametrize(
    ("shape", "image_shape"),
    [((6, 5, 2), None), ((6, 5), None), ((60,), (6, 5, 2)), ((30,), (6, 5))],
)
def test_images_keep_their_form(shape, image_shape):
    images = RNG.normal(size=(9, *shape)).astype(np.float32)
    data = gx.Augment(
        (images, np.arange(9)),
        [gx.augment.flip(1.0)],
        image_shape=image_shape,
        batch_size=4,
        shuffle=False,
    )
    batches = list(data)
    assert len(data) == 3 and [b[0].shape[1:] for b in batches] == [shape] * 3
    got = np.concatenate([b[0] for b in batches])
    form = image_shape or shape
    want = np.flip(images.reshape(9, *form), axis=2).reshape(images.shape)
    np.testing.assert_array_equal(got, want)
    np.testing.assert_array_equal(np.concatenate([b[1] for b in batches]), np.arange(9))


def epochs(data, count):
    return [[np.array(part) for part in b] for _ in range(count) for b in data]


TRANSFORMS = [gx.augment.shift(1), gx.augment.flip(), gx.augment.noise(0.1)]


def same(one, other):
    return all(
        np.array_equal(a, b)
        for x, y in zip(one, other, strict=True)
        for a, b in zip(x, y, strict=True)
    )


def test_the_seed_decides_every_batch_and_epochs_differ():
    def make(seed):
        return gx.Augment((IMAGES, LABELS), TRANSFORMS, seed, batch_size=5)

    before = IMAGES.copy()
    first = epochs(make(1), 2)
    assert same(first, epochs(make(1), 2))
    assert not same(first, epochs(make(2), 2))
    assert not same(first[:3], first[3:])
    np.testing.assert_array_equal(IMAGES, before)


def test_a_saved_state_continues_with_the_same_batches():
    data = gx.Augment((IMAGES, LABELS), TRANSFORMS, 1, batch_size=5)
    epochs(data, 1)
    state = data.state_dict()
    want = epochs(data, 2)
    other = gx.Augment((IMAGES, LABELS), TRANSFORMS, 1, batch_size=5)
    other.load_state_dict(state)
    assert same(want, epochs(other, 2))


def test_batches_may_be_dicts_lists_or_what_gx_batches_gives():
    flip = gx.augment.flip(1.0)
    want = IMAGES[:, :, ::-1]
    table = gx.Augment({"y": LABELS, "x": IMAGES}, flip, key="x", batch_size=12, shuffle=False)
    np.testing.assert_array_equal(next(iter(table))["x"], want)
    second = gx.Augment([(LABELS, IMAGES)], [flip], key=1)
    np.testing.assert_array_equal(next(iter(second))[1], want)
    alone = gx.Augment(gx.batches(IMAGES, 12, shuffle=False), [flip])
    np.testing.assert_array_equal(next(iter(alone)), want)


def network():
    x, y = gx.input("x", ("N", 30)), gx.input("y", ("N",), "int64")
    out = nn.Sequential([nn.Dense(8), nn.BatchNorm(), nn.Activation("relu"), nn.Dense(3)])(x)
    loss = losses.softmax_cross_entropy(out, y)
    return gx.compile("n", inputs=[x], targets=[y], loss=loss, outputs=out, optimizer=optim.Adam())


def test_fit_resumes_in_the_same_bits_in_the_middle_of_an_epoch(tmp_path):
    net = network()
    rows, labels = RNG.normal(size=(40, 30)).astype(np.float32), RNG.integers(0, 3, 40)

    def data():
        return gx.Augment((rows, labels), TRANSFORMS, 4, image_shape=(6, 5), batch_size=8)

    whole, part = net.load(seed=1), net.load(seed=1)
    gx.fit(whole, data(), epochs=4, progress=False)
    stop = gx.LambdaCallback(
        on_step=lambda run: run.stop("enough") if (run.epoch, run.step) == (2, 3) else None
    )
    saved = gx.Checkpoint(tmp_path / "run", every_steps=1)
    history = gx.fit(part, data(), epochs=4, progress=False, callbacks=[stop, saved])
    assert history.stop_reason == "enough" and len(history) == 1
    fresh = net.load(seed=9)
    gx.fit(fresh, data(), epochs=4, progress=False, resume=tmp_path / "run")
    for name, value in whole.state_dict().items():
        np.testing.assert_array_equal(fresh.state_dict()[name], value)


def test_bad_arguments_are_named():
    for make, text in [
        (lambda: gx.Augment(IMAGES, [3]), "a transform is a function, not 3"),
        (lambda: gx.Augment(iter([IMAGES]), []), "can't be gone through once an epoch"),
        (lambda: gx.Augment(IMAGES, [], seed=-1), "seed=-1"),
        (lambda: gx.Augment(IMAGES, [], image_shape=(3,)), "expected .H, W. or"),
        (lambda: gx.augment.shift(0), "pixels=0"),
        (lambda: gx.augment.flip(2), "p=2"),
        (lambda: gx.augment.noise(-1), "std=-1"),
        (lambda: list(gx.Augment(np.ones((4, 9)), [])), "give image_shape="),
        (lambda: list(gx.Augment(np.ones((4, 9)), [], image_shape=(2, 2))), "does not fit rows"),
        (lambda: list(gx.Augment(IMAGES, gx.augment.crop(9, 9))), "can't be cut out"),
        (lambda: list(gx.Augment((IMAGES,), [], key=3)), "has no 3"),
        (lambda: list(gx.Augment({"x": IMAGES}, [], key="z")), "has no 'z'"),
        (lambda: list(gx.Augment(IMAGES.astype(int), gx.augment.noise(1))), "images are int64"),
    ]:
        with pytest.raises(DataError, match=text):
            make()
