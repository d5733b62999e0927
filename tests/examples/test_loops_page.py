"""The programs of docs/loops.md run, and the code that it shows is what they emit."""

import re
import textwrap
from pathlib import Path

import numpy as np

TEXT = (Path(__file__).resolve().parents[2] / "docs" / "loops.md").read_text()


def test_the_programs_run_and_emit_what_the_page_shows():
    names = {}
    for program in re.findall(r"```python\n(.*?)```", TEXT, re.S):
        exec(program, names)
    shown = re.findall(r"```text\n(.*?)```", TEXT, re.S)
    *code, told = shown
    for name, part in zip(("gated", "elman", "elman"), code, strict=True):
        assert textwrap.indent(part, " " * 8) in names[name].source
    (line,) = [f"{k}   {v}" for k, v in names["long"].report().loops.items() if "backward" in k]
    varies = re.compile(r" at \S+:\d+|[\d,]+ bytes")
    assert varies.sub("", line) == varies.sub("", " ".join(told.split("\n")).strip())
    rng = np.random.default_rng(1)
    ids, y = rng.integers(0, 1000, (5, 4)), rng.integers(0, 2, 4)
    m = names["net"].load(seed=0)
    before = m.train_step(ids, y)
    for _ in range(20):
        after = m.train_step(ids, y)
    assert after < before
