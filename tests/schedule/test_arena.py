"""The arena: no two live blocks share memory, and the height is close to the lower bound."""

import csv
import hashlib
import os
import random
import subprocess
import sys
from itertools import permutations
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graphc.schedule import arena
from graphc.schedule.arena import Block, Packing, check, lower_bound, pack

REPOSITORY = Path(__file__).resolve().parents[2]
DATA = Path(os.environ.get("GRAPHC_DATA", REPOSITORY.parent / "shared" / "data"))


@st.composite
def block_lists(draw: st.DrawFn, most: int = 24, smallest: int = 0) -> list[Block]:
    shapes = draw(
        st.lists(
            st.tuples(st.integers(smallest, 40), st.integers(-3, 12), st.integers(1, 9)),
            max_size=most,
        )
    )
    return [
        Block(i if i % 2 else f"b{i}", size, first, first + length)
        for i, (size, first, length) in enumerate(shapes)
    ]


def tiling(count: int, seed: int, height: int = 1 << 16) -> list[Block]:
    """A rectangle cut into blocks at random: it can be packed without a gap, but not easily."""
    rng = random.Random(seed)
    pieces = [(0, 200, 0, height)]
    while len(pieces) < count:
        piece = max(
            rng.sample(pieces, min(4, len(pieces))), key=lambda p: (p[1] - p[0]) * (p[3] - p[2])
        )
        first, last, low, high = piece
        if rng.random() < 0.55 and last - first > 1:
            cut = rng.randrange(first + 1, last)
            halves = [(first, cut, low, high), (cut, last, low, high)]
        elif high - low > 1:
            cut = rng.randrange(low + 1, high)
            halves = [(first, last, low, cut), (first, last, cut, high)]
        else:
            continue
        pieces.remove(piece)
        pieces += halves
    rng.shuffle(pieces)
    return [
        Block(f"t{i}", high - low, first, last) for i, (first, last, low, high) in enumerate(pieces)
    ]


def training_step(layers: int, seed: int) -> list[Block]:
    """Activations that live until the backward pass, gradients and workspaces that do not."""
    rng = random.Random(seed)
    end = 2 * layers
    blocks = []
    for layer in range(layers):
        size = rng.choice([10, 64, 100, 128, 256, 512])
        backward = end - 1 - layer
        blocks += [
            Block(f"h{layer}", size, layer, backward + 1),
            Block(f"a{layer}", size, layer, layer + rng.randint(1, 4)),
            Block(f"d{layer}", size, backward - 1, backward + rng.randint(1, 2)),
            Block(f"w{layer}", rng.choice([size, 9 * size]), backward, backward + 1),
        ]
    return blocks


def optimal_height(blocks: list[Block]) -> int:
    """Some order of dropping the blocks from above gives every lowest packing."""
    best = sum(block.size for block in blocks)
    for order in permutations(blocks):
        placed: list[tuple[Block, int]] = []
        for block in order:
            top = max(
                (t for b, t in placed if b.first < block.last and block.first < b.last), default=0
            )
            placed.append((block, top + block.size))
        best = min(best, max((top for _, top in placed), default=0))
    return best


# ---- what every packing keeps ------------------------------------------------------------------


@given(block_lists(), st.integers(1, 16), st.sampled_from([0.0, 0.2, 1.0]))
@settings(max_examples=150, deadline=None)
def test_no_two_blocks_that_are_live_together_overlap(
    blocks: list[Block], alignment: int, effort: float
) -> None:
    packing = pack(blocks, alignment=alignment, effort=effort)
    assert set(packing.offsets) == {block.id for block in blocks}
    for i, a in enumerate(blocks):
        for b in blocks[:i]:
            start_a, start_b = packing.offsets[a.id], packing.offsets[b.id]
            assert (
                a.last <= b.first
                or b.last <= a.first
                or start_a + a.size <= start_b
                or start_b + b.size <= start_a
                or not a.size
                or not b.size
            )
    check(blocks, packing)


@given(block_lists(), st.integers(1, 16))
@settings(max_examples=100, deadline=None)
def test_offsets_are_multiples_of_the_alignment(blocks: list[Block], alignment: int) -> None:
    packing = pack(blocks, alignment=alignment)
    assert all(o >= 0 and o % alignment == 0 for o in packing.offsets.values())


@given(block_lists(), st.integers(1, 16))
@settings(max_examples=100, deadline=None)
def test_the_height_is_the_end_of_the_highest_block_and_not_below_the_bound(
    blocks: list[Block], alignment: int
) -> None:
    packing = pack(blocks, alignment=alignment)
    assert packing.height == max((packing.offsets[b.id] + b.size for b in blocks), default=0)
    assert packing.height >= packing.lower_bound == lower_bound(blocks)


@given(block_lists())
@settings(max_examples=100, deadline=None)
def test_the_lower_bound_is_the_most_live_at_one_time(blocks: list[Block]) -> None:
    times = range(-3, 22)
    assert lower_bound(blocks) == max(
        sum(b.size for b in blocks if b.first <= time < b.last) for time in times
    )


@given(block_lists())
@settings(max_examples=50, deadline=None)
def test_packing_again_gives_the_same_offsets(blocks: list[Block]) -> None:
    assert pack(blocks) == pack(blocks)


def test_offsets_do_not_depend_on_the_hash_seed() -> None:
    blocks = tiling(104, seed=1)
    code = (
        "import hashlib\nfrom graphc.schedule.arena import Block, pack\n"
        f"packing = pack({blocks!r}, effort=0.1)\n"
        "print(hashlib.sha256(repr(packing).encode()).hexdigest())"
    )
    here = hashlib.sha256(repr(pack(blocks, effort=0.1)).encode()).hexdigest()
    for seed in ("1", "2"):
        path = str(Path(arena.__file__).parents[2])
        result = subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            text=True,
            check=True,
        )
        assert result.stdout.strip() == here


# ---- how low it gets ---------------------------------------------------------------------------


@given(block_lists(most=5, smallest=1))
@settings(max_examples=100, deadline=None)
def test_a_handful_of_blocks_is_packed_nearly_as_low_as_possible(blocks: list[Block]) -> None:
    assert pack(blocks).height <= 1.05 * optimal_height(blocks)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("layers", [3, 25, 100])
def test_a_training_step_meets_the_lower_bound(layers: int, seed: int) -> None:
    packing = pack(training_step(layers, seed))
    assert packing.height == packing.lower_bound


def test_more_effort_packs_a_hard_problem_lower() -> None:
    blocks = tiling(110, seed=3)
    heights = [pack(blocks, effort=effort).height for effort in (0, 0.1, 1)]
    assert heights == sorted(heights, reverse=True)
    assert heights[-1] < heights[0]


def test_alignment_costs_no_more_than_rounding_every_size_up() -> None:
    blocks = training_step(25, seed=1)
    packing = pack(blocks, alignment=64)
    rounded = [Block(b.id, -(-b.size // 64) * 64, b.first, b.last) for b in blocks]
    assert packing.height <= lower_bound(rounded)


def test_sizes_beyond_64_bits_are_packed_exactly() -> None:
    small = tiling(60, seed=2)
    large = [Block(b.id, b.size * 10**30, b.first, b.last) for b in small]
    packing = pack(large)
    check(large, packing)
    assert packing.height < 1.2 * packing.lower_bound


@pytest.mark.parametrize("name", ["A.1048576", "D.1048576", "G.1048576"])
def test_a_minimalloc_instance_fits_its_capacity(name: str) -> None:
    path = DATA / "minimalloc" / f"{name}.csv"
    if not path.exists():
        pytest.skip(f"no MiniMalloc instance {path.name} in {path.parent}")
    with path.open(newline="") as file:
        blocks = [
            Block(row["id"], int(row["size"]), int(row["lower"]), int(row["upper"]))
            for row in csv.DictReader(file)
        ]
    packing = pack(blocks)
    check(blocks, packing)
    assert packing.height <= int(name.split(".")[1])


# ---- edges -------------------------------------------------------------------------------------


def test_nothing_to_pack_takes_no_memory() -> None:
    assert pack([]) == Packing({}, 0, 0)
    check([], Packing({}, 0, 0))


def test_one_block_lies_at_the_bottom() -> None:
    assert pack([Block("x", 7, 3, 9)], alignment=4) == Packing({"x": 0}, 7, 7)


def test_blocks_of_no_size_take_no_memory() -> None:
    blocks = [Block(0, 0, 0, 5), Block(1, 8, 0, 5), Block(2, 0, 2, 3)]
    assert pack(blocks) == Packing({0: 0, 1: 0, 2: 0}, 8, 8)


def test_equal_live_ranges_are_stacked() -> None:
    packing = pack([Block(i, 3, 0, 4) for i in range(10)])
    assert sorted(packing.offsets.values()) == list(range(0, 30, 3))


def test_a_block_takes_the_place_of_one_that_ends_as_it_starts() -> None:
    assert pack([Block("a", 5, 0, 2), Block("b", 5, 2, 4)]).offsets == {"a": 0, "b": 0}


@pytest.mark.parametrize(
    ("blocks", "message"),
    [
        ([Block("x", -1, 0, 1)], "'x' has negative size -1"),
        ([Block("x", 1, 4, 4)], r"'x' is never live: \[4, 4\)"),
        ([Block(7, 1, 5, 4)], r"7 is never live: \[5, 4\)"),
        ([Block("x", 1, 0, 1), Block("x", 2, 3, 4)], "'x' is used twice"),
    ],
)
def test_a_bad_block_is_named(blocks: list[Block], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        pack(blocks)


@pytest.mark.parametrize("options", [{"alignment": 0}, {"effort": -1}, {"effort": float("nan")}])
def test_a_bad_option_is_refused(options: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        pack([Block("x", 1, 0, 1)], **options)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("offsets", "height", "message"),
    [
        ({"a": 0, "b": 3}, 9, "'a' at .* and 'b' at .* overlap: both are live at 1"),
        ({"a": 4, "b": 4}, 9, "'a' at .* and 'b' at .* overlap"),
        ({"a": 0}, 9, "'b' has no offset"),
        ({"a": -1, "b": 4}, 9, "'a' at .* leaves the arena"),
        ({"a": 0, "b": 4}, 8, "'b' at .* leaves the arena"),
    ],
)
def test_check_names_the_blocks_at_fault(
    offsets: dict[int | str, int], height: int, message: str
) -> None:
    blocks = [Block("a", 4, 0, 2), Block("b", 5, 1, 3)]
    with pytest.raises(ValueError, match=message):
        check(blocks, Packing(offsets, height, 9))


def test_check_accepts_neighbours_in_time_and_in_space() -> None:
    blocks = [Block("a", 4, 0, 2), Block("b", 5, 2, 3), Block("c", 1, 0, 3)]
    check(blocks, Packing({"a": 0, "b": 0, "c": 5}, 6, 6))
