"""Where buffers lie once sizes are known: the emitted function and the one that reports use."""

from dataclasses import replace
from itertools import combinations
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_arena import tiling
from test_plan import NETWORKS

import graphc as gx
from graphc.codegen import templates
from graphc.ir import dims
from graphc.schedule import plan as planning
from graphc.schedule.arena import Block, check, pack
from graphc.schedule.places import places
from graphc.schedule.plan import arena

MODULE = {"np": np}
exec("\n".join(templates.helpers("numpy", ["places"])), MODULE)


def emitted(rows, order=None):
    """What the function of emitted modules finds for rows of first and last step, bytes, alignment."""
    names = ("first", "last", "nbytes", "alignment")
    starts, total = MODULE["_places"](
        [SimpleNamespace(**dict(zip(names, row, strict=True))) for row in rows], order
    )
    return starts.tolist(), total


def reported(rows, order=None):
    starts, total = places(*np.array(rows, np.int64).T, order)
    return starts.tolist(), total


def apart(rows, starts, total):
    """Whether all lie inside, aligned, and no two that share a step overlap."""
    placed = list(zip(rows, starts, strict=True))
    inside = all(s >= 0 and s % r[3] == 0 and s + r[2] <= total for r, s in placed)
    return inside and all(
        a[1] < b[0] or b[1] < a[0] or s + a[2] <= t or t + b[2] <= s
        for (a, s), (b, t) in combinations(placed, 2)
    )


@st.composite
def buffers(draw):
    """Rows as plans have them: each step begins with another buffer."""
    count = draw(st.integers(1, 25))
    sizes = draw(
        st.lists(
            st.one_of(st.integers(0, 40), st.integers(0, 10**6)), min_size=count, max_size=count
        )
    )
    lengths = draw(st.lists(st.integers(0, count), min_size=count, max_size=count))
    return [
        (
            k,
            min(k + length, count - 1),
            size,
            64 if size >= 4096 else draw(st.sampled_from([1, 4, 8])),
        )
        for k, (length, size) in enumerate(zip(lengths, sizes, strict=True))
    ]


@given(buffers(), st.randoms(use_true_random=False))
@settings(max_examples=150, deadline=None)
def test_buffers_that_share_a_step_lie_apart_and_reports_say_where(rows, random):
    order = random.sample(range(len(rows)), len(rows))
    for tried in (None, order):
        starts, total = emitted(rows, tried)
        assert apart(rows, starts, total)
        assert (starts, total) == reported(rows, tried)
        most = max(sum(r[2] for r in rows if r[0] <= k <= r[1]) for k in range(len(rows)))
        assert total >= most


def test_the_check_notices_an_overlap():
    rows = [(0, 1, 64, 1), (1, 1, 64, 1)]
    assert apart(rows, [0, 64], 128)
    assert not apart(rows, [0, 63], 128) and not apart(rows, [0, 64], 127)


@given(st.sampled_from(sorted(NETWORKS)), st.integers(1, 3000))
@settings(max_examples=40, deadline=None)
def test_no_batch_size_lets_buffers_overlap(name, size):
    if name not in PLANS:
        PLANS[name] = list(NETWORKS[name]().plans.values())
    for plan in PLANS[name]:
        sizes = dict.fromkeys(plan.symbols(), size)
        starts, total = arena([plan], sizes)
        packing = SimpleNamespace(
            offsets={p.first: s for p, s in zip(plan.pieces, starts, strict=True)}, height=total
        )
        check(plan.blocks(sizes), packing)
        for piece in plan.pieces:  # steps are counted anew: the same pieces overlap as before
            for other in plan.pieces:
                before = piece.live[0] <= other.live[1] and other.live[0] <= piece.live[1]
                assert before == (piece.first <= other.last and other.first <= piece.last)


PLANS = {}


def steps_of(blocks):
    """Blocks whose live ranges are counted in steps that each begin with another block."""
    blocks = sorted(blocks, key=lambda block: block.first)
    return [
        Block(k, b.size, k, sum(other.first < b.last for other in blocks))
        for k, b in enumerate(blocks)
    ]


@pytest.mark.parametrize("seed", range(3))
def test_an_order_that_was_searched_for_is_followed_where_it_packs_lower(seed):
    blocks = steps_of(tiling(110, seed))
    rows = [(b.first, b.last - 1, b.size, 1) for b in blocks]
    packing = pack(blocks)
    order = sorted(range(len(blocks)), key=lambda k: packing.offsets[k])
    _, greedy = emitted(rows)
    starts, total = emitted(rows, order)
    assert apart(rows, starts, total)
    assert packing.lower_bound <= total <= packing.height < greedy
    assert (starts, total) == reported(rows, order)


@pytest.mark.parametrize("name", ["dropout", "residual"])
def test_a_module_with_an_order_of_its_own_computes_the_same(name, monkeypatch):
    rng = np.random.default_rng(0)
    plain = NETWORKS[name]()
    monkeypatch.setattr(
        planning, "_order", lambda plan: tuple(rng.permutation(len(plan.pieces)).tolist())
    )
    ordered = NETWORKS[name]()
    assert "_numbers(order)" in ordered.source and "_numbers(order)" not in plain.source
    a, b = plain.load(seed=1), ordered.load(seed=1)
    for count in (7, 16, 7):
        sizes = {"N": count}
        given = [
            abs(rng.normal(size=[dims.evaluate(d, sizes) for d in t.shape])).astype(t.dtype)
            for t in (*plain.unit.inputs, *plain.unit.targets)
        ]
        assert a.train_step(*given) == b.train_step(*given)
    assert a._arena.size == plain.report(N=16).planned_bytes + 64
    assert b._arena.size == ordered.report(N=16).planned_bytes + 64


def test_a_search_is_made_where_the_usual_orders_miss_the_lower_bound(monkeypatch):
    """Sizes that a graph has, live ranges that are hard to pack."""
    x = gx.input("x", ("N", 8))
    h = x
    for _ in range(110):
        h = gx.sin(h @ np.ones((8, 8), "float32"))
    (plan,) = gx.function([x], [h]).network.plans.values()
    blocks = steps_of(tiling(len(plan.pieces), seed=3))
    assert len(blocks) >= 100 and planning._order(plan) == ()
    for piece, block in zip(plan.pieces, blocks, strict=False):
        piece.first, piece.last = block.first, block.last - 1
        piece.type = piece.type.with_shape((block.size, 16))
    order = planning._order(plan)
    assert sorted(order) == list(range(len(plan.pieces)))
    assert replace(plan, order=order).planned_bytes({}) < plan.planned_bytes({})
