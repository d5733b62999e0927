"""Fixtures that several folders of tests share."""

import os
import signal
from pathlib import Path

if "PYTEST_XDIST_WORKER" in os.environ:  # every core has a worker: threads would be in its way
    for threads in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS"):
        os.environ.setdefault(threads, "1")

# A shell's background jobs ignore Ctrl-C from the start, and so would the tests of it.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the repository."""
    return REPOSITORY


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of the data sets that the repository does not hold; without it, a skip."""
    folder = Path(os.environ.get("GRAPHC_DATA") or REPOSITORY.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("the data sets are not here: set GRAPHC_DATA to their folder")
    return folder
