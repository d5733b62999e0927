from __future__ import annotations

import numpy as np
import pytest

from graphc.errors import DataError
from graphc.runtime.data import batches, train_test_split

A = np.arange(20).reshape(10, 2)
B = np.arange(10)


def test_batches_come_as_what_the_arrays_came_as():
    (a, b), *_ = batches((A, B), 4, shuffle=False)
    assert a.tolist() == A[:4].tolist() and b.tolist() == B[:4].tolist()
    assert next(iter(batches({"a": A, "b": B}, 4, shuffle=False)))["b"].tolist() == [0, 1, 2, 3]
    assert next(iter(batches(B, 4, shuffle=False))).tolist() == [0, 1, 2, 3]


def test_the_last_batch_is_smaller_or_dropped():
    assert [len(b) for b in batches(B, 4)] == [4, 4, 2]
    assert [len(b) for b in batches(B, 4, drop_last=True)] == [4, 4]
    assert (len(batches(B, 4)), len(batches(B, 4, drop_last=True)), len(batches(B, 5))) == (3, 2, 2)


def test_each_iteration_is_a_new_order_that_the_seed_decides():
    def order(loader):
        return np.concatenate(list(loader)).tolist()

    loader, again = batches(B, 3, rng=1), batches(B, 3, rng=1)
    first, second = order(loader), order(loader)
    assert sorted(first) == sorted(second) == B.tolist()
    assert first != second
    assert [order(again), order(again)] == [first, second]


def test_unshuffled_batches_are_views_and_shuffled_ones_are_copies():
    assert all(np.shares_memory(b, B) for b in batches(B, 4, shuffle=False))
    assert not any(np.shares_memory(b, B) for b in batches(B, 4))


def test_a_state_gives_the_same_order_again():
    loader = batches(B, 3, rng=1)
    list(loader)
    state = loader.state_dict()
    expected = np.concatenate(list(loader)).tolist()
    other = batches(B, 3, rng=9)
    other.load_state_dict(state)
    assert np.concatenate(list(other)).tolist() == expected


def test_memory_mapped_files_are_cut_without_being_read(tmp_path):
    np.save(tmp_path / "a.npy", A)
    mapped = np.load(tmp_path / "a.npy", mmap_mode="r")
    assert sum(len(a) for a in batches(mapped, 3)) == 10


@pytest.mark.parametrize(
    ("arrays", "size", "message"),
    [
        ((A, B[:9]), 4, "differ in length: array 1 has 10, array 2 has 9"),
        ({"a": A, "b": B[:9]}, 4, "differ in length: a has 10, b has 9"),
        ((A[:0],), 4, "no examples"),
        ((), 4, "there are no arrays"),
        (np.float32(3), 4, "array 1 is a single number"),
        (B, 0, "batch_size=0; expected at least 1"),
        (B, True, "batch_size=True; expected a whole number"),
    ],
)
def test_bad_arguments_are_refused(arrays, size, message):
    with pytest.raises(DataError, match=message):
        batches(arrays, size)


def test_a_split_has_every_example_once_and_keeps_rows_together():
    a_train, a_test, b_train, b_test = train_test_split(A, B, test=0.25)
    assert (len(a_train), len(a_test)) == (7, 3)
    assert sorted([*b_train, *b_test]) == B.tolist()
    assert np.array_equal(a_train[:, 0], 2 * b_train) and np.array_equal(a_test[:, 0], 2 * b_test)


def test_the_seed_decides_the_split():
    assert np.array_equal(train_test_split(B, rng=3)[1], train_test_split(B, rng=3)[1])
    assert len({tuple(train_test_split(B, rng=seed)[1]) for seed in range(5)}) > 1


def test_sizes_are_shares_rounded_up_or_numbers():
    assert len(train_test_split(np.zeros(1797), test=0.2)[1]) == 360
    assert len(train_test_split(np.zeros(100), test=0.07)[1]) == 7
    assert len(train_test_split(B, test=4)[1]) == 4


def test_a_stratified_split_keeps_the_proportions():
    labels = np.repeat([0, 1, 2], [60, 30, 10])
    train, test = train_test_split(labels, test=0.2, stratify=labels)
    assert np.bincount(train).tolist() == [48, 24, 8]
    assert np.bincount(test).tolist() == [12, 6, 2]
    uneven = np.repeat(["a", "b", "c"], [33, 33, 34])
    assert len(train_test_split(uneven, test=10, stratify=uneven)[1]) == 10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"test": 0}, "test=0 of 10 examples leaves a part empty"),
        ({"test": 10}, "leaves a part empty"),
        ({"test": 1.5}, "leaves a part empty"),
        ({"stratify": B}, "class 0 has one example"),
        ({"stratify": B[:5]}, r"stratify has shape \(5,\), expected \(10,\)"),
    ],
)
def test_bad_splits_are_refused(arguments, message):
    with pytest.raises(DataError, match=message):
        train_test_split(B, **arguments)
