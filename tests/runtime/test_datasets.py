from __future__ import annotations

import gzip
import hashlib
import os
import struct
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import numpy as np
import pytest

from graphc.errors import DataError
from graphc.runtime import datasets

DATA = Path(os.environ.get("GRAPHC_DATA") or Path(__file__).parents[3] / "shared" / "data")


def real(name):
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"{path} is not here (GRAPHC_DATA names the folder)")
    return path


def idx(array, code=0x08):
    shape = struct.pack(f">{array.ndim}I", *array.shape)
    return bytes([0, 0, code, array.ndim]) + shape + array.tobytes()


IMAGES = np.arange(5 * 28 * 28, dtype=np.uint32).reshape(5, 28, 28).astype(np.uint8)
LABELS = np.array([3, 1, 4, 1, 5], np.uint8)


def small_mnist(folder, pack=gzip.compress, suffix=".gz"):
    folder.mkdir(exist_ok=True)
    for split in ("train", "t10k"):
        (folder / f"{split}-images-idx3-ubyte{suffix}").write_bytes(pack(idx(IMAGES)))
        (folder / f"{split}-labels-idx1-ubyte{suffix}").write_bytes(pack(idx(LABELS)))
    return folder


# ---- real data -----------------------------------------------------------------------------------


def test_the_digits_are_scaled_and_complete():
    pytest.importorskip("sklearn", reason="scikit-learn has the digits")
    X, y = datasets.digits()
    assert (X.shape, X.dtype, y.shape, y.dtype) == ((1797, 64), np.float32, (1797,), np.int64)
    assert X.min() == 0 and X.max() == 1
    assert sorted(set(y.tolist())) == list(range(10))


def test_without_scikit_learn_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.datasets", None)
    with pytest.raises(ImportError, match=r"pip install graphc\[examples\]"):
        datasets.digits()


def test_the_real_mnist_test_files_are_read():
    folder = real("t10k-images-idx3-ubyte.gz").parent
    X, y = datasets.mnist(folder, "test")
    assert (X.shape, X.dtype, y.shape, y.dtype) == ((10000, 784), np.float32, (10000,), np.int64)
    assert X.min() == 0 and X.max() == 1
    assert y[:5].tolist() == [7, 2, 1, 0, 4]
    assert np.bincount(y).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]
    images, _ = datasets.mnist(folder, "test", flat=False)
    assert images.shape == (10000, 28, 28) and np.array_equal(images.reshape(10000, -1), X)


def test_the_checksums_are_those_of_the_real_files():
    for name in ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"):
        content = real(f"{name}.gz").read_bytes()
        assert hashlib.sha256(content).hexdigest() == datasets.MNIST_SHA256[name]


def test_the_real_power_plant_table_is_read_despite_its_byte_order_mark():
    X, y, names = datasets.read_csv(real("ccpp.csv"), target="energy", dtype="float64")
    assert names == ["temperature", "vacuum", "pressure", "humidity"]
    assert (X.shape, y.shape) == ((9568, 4), (9568,))
    assert X[0].tolist() == [8.34, 40.77, 1010.84, 90.01] and y[0] == 480.48


# ---- IDX and MNIST -------------------------------------------------------------------------------


@pytest.mark.parametrize(("pack", "suffix"), [(gzip.compress, ".gz"), (bytes, "")])
def test_a_folder_may_hold_plain_or_gzipped_files(tmp_path, pack, suffix):
    X, y = datasets.mnist(small_mnist(tmp_path / "m", pack, suffix))
    assert np.array_equal(X, IMAGES.reshape(5, 784).astype(np.float32) / np.float32(255))
    assert y.tolist() == [3, 1, 4, 1, 5]


@pytest.mark.parametrize(
    ("code", "dtype"),
    [(0x08, "u1"), (0x09, "i1"), (0x0B, ">i2"), (0x0C, ">i4"), (0x0D, ">f4"), (0x0E, ">f8")],
)
def test_every_idx_type_is_read_in_native_order(tmp_path, code, dtype):
    array = np.array([[1, 2, 3], [4, 5, 6]], dtype)
    (tmp_path / "a").write_bytes(idx(array, code))
    read = datasets.read_idx(tmp_path / "a")
    assert np.array_equal(read, array) and read.dtype.isnative and read.flags.writeable


GOOD = idx(LABELS)
BAD_IDX = {
    "empty": (b"", "starts with nothing; an IDX file starts with 00 00"),
    "text": (b"hello world", "starts with 68 65 6c 6c; an IDX file"),
    "an unknown type": (b"\0\0\x07\x01" + GOOD[4:], "starts with 00 00 07 01"),
    "truncated": (GOOD[:-1], r"holds 12 bytes, but its header says uint8\[5\], which takes 13"),
    "truncated header": (GOOD[:6], r"holds 6 bytes, but its header says"),
    "too long": (GOOD + b"x", "holds 14 bytes"),
    "truncated gzip": (gzip.compress(GOOD)[:-5], "damaged or cut short"),
    "damaged gzip": (gzip.compress(GOOD)[:-6] + b"abcdef", "damaged or cut short"),
    "huge header": (b"\0\0\x08\x03" + b"\xff" * 12, "holds 16 bytes"),
}


@pytest.mark.parametrize("case", BAD_IDX)
def test_a_file_that_is_not_whole_idx_is_refused_by_name(tmp_path, case):
    content, message = BAD_IDX[case]
    (tmp_path / "a.idx").write_bytes(content)
    with pytest.raises(DataError, match=f"a\\.idx: {message}"):
        datasets.read_idx(tmp_path / "a.idx")


def test_missing_swapped_and_uneven_files_are_refused(tmp_path):
    with pytest.raises(DataError, match="nothing: can't be read: No such file"):
        datasets.read_idx(tmp_path / "nothing")
    with pytest.raises(DataError, match=r"neither train-images-idx3-ubyte\.gz nor train-images"):
        datasets.mnist(tmp_path)
    folder = small_mnist(tmp_path / "m", bytes, "")
    images, labels = folder / "train-images-idx3-ubyte", folder / "train-labels-idx1-ubyte"
    labels.write_bytes(idx(LABELS[:4]))
    with pytest.raises(DataError, match=r"has 5 images, but .*labels-idx1-ubyte has 4 labels"):
        datasets.mnist(folder)
    images.write_bytes(idx(LABELS))
    with pytest.raises(DataError, match="images-idx3-ubyte: uint8 of rank 1, not uint8 of 3"):
        datasets.mnist(folder)
    with pytest.raises(DataError, match="split='valid'; expected 'train' or 'test'"):
        datasets.mnist(folder, "valid")


# ---- downloads -----------------------------------------------------------------------------------


@pytest.fixture
def server(tmp_path):
    """A local web server of a small MNIST; yields its address, its folder and what was asked."""
    folder, asked = small_mnist(tmp_path / "served"), []

    class Handler(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            asked.append(self.path)

    httpd = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=str(folder)))
    thread = threading.Thread(target=httpd.serve_forever, args=(0.02,))
    thread.start()
    yield f"http://127.0.0.1:{httpd.server_port}/", folder, asked
    httpd.shutdown()
    thread.join()
    httpd.server_close()


def checksums(folder):
    return {
        path.name.removesuffix(".gz"): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.iterdir()
    }


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("GRAPHC_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("no_proxy", "*")
    return tmp_path / "cache" / "mnist"


def test_mnist_is_downloaded_once_and_checked(server, cache):
    url, folder, asked = server
    for _ in range(2):
        X, y = datasets.mnist(split="test", url=url, sha256=checksums(folder))
        assert X.shape == (5, 784) and y.tolist() == LABELS.tolist()
    assert len(asked) == 2
    assert sorted(os.listdir(cache)) == ["t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"]


def test_a_file_address_works_too(tmp_path, cache):
    folder = small_mnist(tmp_path / "served")
    X, _ = datasets.mnist(url=folder.as_uri(), sha256=checksums(folder))
    assert X.shape == (5, 784)


def test_a_damaged_file_in_the_cache_is_downloaded_again(server, cache):
    url, folder, asked = server
    cache.mkdir(parents=True)
    (cache / "train-images-idx3-ubyte.gz").write_bytes(b"half")
    datasets.mnist(url=url, sha256=checksums(folder))
    assert len(asked) == 2


def test_a_download_with_another_checksum_is_refused_and_not_kept(server, cache):
    url, *_ = server
    with pytest.raises(
        DataError, match=r"train-images.*: its SHA-256 checksum is [0-9a-f]{64}, expected 440fcabf"
    ):
        datasets.mnist(url=url)
    assert os.listdir(cache) == []


def test_a_download_that_fails_says_what_to_do_instead(server, cache):
    url, folder, _ = server
    (folder / "train-images-idx3-ubyte.gz").unlink()
    with pytest.raises(DataError, match=r"404.*without a network, give the files' folder"):
        datasets.mnist(url=url)
    with pytest.raises(DataError, match="without a network"):
        datasets.mnist(url="http://127.0.0.1:1/")
    with pytest.raises(DataError, match="without a network"):
        datasets.mnist(url="file:///nowhere/at/all")
    assert os.listdir(cache) == []


def test_the_cache_folder_follows_the_environment(monkeypatch):
    monkeypatch.delenv("GRAPHC_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/x")
    assert datasets.cache_folder() == Path("/x/graphc")
    monkeypatch.setenv("GRAPHC_CACHE", "/y")
    assert datasets.cache_folder() == Path("/y")


# ---- tables --------------------------------------------------------------------------------------


def table(tmp_path, text, encoding="utf-8"):
    path = tmp_path / "t.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_a_table_splits_into_inputs_and_target(tmp_path):
    path = table(tmp_path, 'a,"b, c",k\r\n1,2.5,0\r\n\r\n-3,4e2,1\r\n')
    X, y, names = datasets.read_csv(path, "k", target_dtype="int64")
    assert X.tolist() == [[1, 2.5], [-3, 400]] and X.dtype == np.float32
    assert y.tolist() == [0, 1] and y.dtype == np.int64
    assert names == ["a", "b, c"]
    X, y, names = datasets.read_csv(path, [0, -1])
    assert X.tolist() == [[2.5], [400]] and y.tolist() == [[1, 0], [-3, 1]]


def test_a_table_may_have_no_header_and_another_delimiter(tmp_path):
    X, y, names = datasets.read_csv(table(tmp_path, "1;2\n3;4\n"), -1, header=False, delimiter=";")
    assert (X.tolist(), y.tolist(), names) == ([[1], [3]], [2, 4], ["column_0"])


BAD_TABLES = {
    "a missing value": ("a,b\n1,2\n3,\n", {}, r"line 3, column 'b': the value is missing \(''\)"),
    "NA": ("a,b\n1,NA\n", {}, r"line 2, column 'b': the value is missing \('NA'\)"),
    "text": ("a,b\n1,two\n", {}, "line 2, column 'b': 'two' is no number"),
    "a line that lies after a quoted line break": (
        '"a\nz",b\n1,x\n',
        {},
        "line 3, column 'b': 'x' is no number",
    ),
    "a short line": ("a,b\n1,2\n3\n", {}, "line 3: 1 cells, expected 2"),
    "a long line": ("a,b\n1,2,3\n", {}, "line 2: 3 cells, expected 2"),
    "no rows": ("a,b\n", {}, "there are no rows"),
    "nothing": ("", {}, "there are no rows"),
    "no header": ("1,2\n3,4\n", {}, "the first line has numbers, no names: give header=False"),
    "one name twice": ("a,b,a\n1,2,3\n", {}, "two columns are named 'a'"),
    "no such target": ("a,c\n1,2\n", {}, "there is no column 'b', only a, c"),
    "no such number": ("a,b\n1,2\n", {"target": 2}, "there is no column 2, only a, b"),
    "nothing but the target": ("b\n1\n", {}, "at least one target and one input column"),
    "no target": ("a,b\n1,2\n", {"target": []}, "at least one target and one input column"),
    "too large": ("a,b\n1e39,2\n", {}, "line 2, column 'a': 1e[+]39 does not fit float32"),
    "infinite": ("a,b\n1,2\ninf,2\n", {}, "line 3, column 'a': inf does not fit float32"),
    "a fraction of a class": (
        "a,b\n1,2.5\n",
        {"target_dtype": "int64"},
        "line 2, column 'b': 2.5 does not fit int64",
    ),
}


@pytest.mark.parametrize("case", BAD_TABLES)
def test_bad_tables_are_refused_with_line_and_column(tmp_path, case):
    text, arguments, message = BAD_TABLES[case]
    with pytest.raises(DataError, match=rf"t\.csv.*{message}"):
        datasets.read_csv(table(tmp_path, text), **({"target": "b"} | arguments))


def test_a_table_in_another_encoding_is_refused(tmp_path):
    with pytest.raises(DataError, match=r"not UTF-8 text \(byte 0\)"):
        datasets.read_csv(table(tmp_path, "\u00e9,b\n1,2\n", "latin-1"), "b")


# ---- .npz ----------------------------------------------------------------------------------------


def test_npz_files_are_read_by_name(tmp_path):
    np.savez(tmp_path / "a.npz", X=np.eye(2), y=np.arange(2))
    read = datasets.read_npz(tmp_path / "a.npz")
    assert read.keys() == {"X", "y"} and np.array_equal(read["X"], np.eye(2))


def test_npz_files_that_are_damaged_or_hold_objects_are_refused(tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, X=np.zeros(1000))
    whole = path.read_bytes()
    altered = bytearray(whole)
    altered[500] ^= 1
    for content in (b"", b"hello", whole[: len(whole) // 2], bytes(altered)):
        path.write_bytes(content)
        with pytest.raises(DataError, match=r"a\.npz: "):
            datasets.read_npz(path)
    np.savez(path, X=np.array([object()]))
    with pytest.raises(DataError, match=r"a\.npz: Object arrays cannot be loaded"):
        datasets.read_npz(path)
    with pytest.raises(DataError, match=r"b\.npz: can't be read"):
        datasets.read_npz(tmp_path / "b.npz")
