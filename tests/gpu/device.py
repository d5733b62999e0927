"""The GPU to test on, if there is one."""

import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
for folder in (ROOT, ROOT / "tests" / "cupy"):
    sys.path.insert(0, str(folder))

from benchmarks.gpu import missing  # noqa: E402

WHY = missing()
ON_A_GPU = [pytest.mark.gpu, pytest.mark.skipif(bool(WHY), reason=f"there is no GPU here: {WHY}")]
