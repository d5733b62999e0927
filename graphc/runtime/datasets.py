"""Data sets: loaders for files, and for two collections of handwritten digits.

In: a file, a folder or nothing. Out: NumPy arrays, ready for `fit`. What is not as it should be is
refused with the file's name and what was expected; nothing is ever unpickled.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import math
import os
import zlib
from array import array
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import BinaryIO

import numpy as np

from graphc.errors import DataError, GraphcError
from graphc.runtime.files import write_whole

AnyPath = str | os.PathLike[str]

MNIST_URL = "https://storage.googleapis.com/cvdf-datasets/mnist/"
MNIST_SHA256 = {
    "train-images-idx3-ubyte": "440fcabf73cc546fa21475e81ea370265605f56be210a4024d2ca8f203523609",
    "train-labels-idx1-ubyte": "3552534a0a558bbed6aed32b30c495cca23d567ec52cac8be1a0730e8010255c",
    "t10k-images-idx3-ubyte": "8d422c7b0a1c1c79245a5bcf07fe86e33eeafee792b84584aec276f5a2dbc4e6",
    "t10k-labels-idx1-ubyte": "f7ae60f92e00ec6debd23a6088c31dbd2371eca3ffa0defaefb259924204aec6",
}
_SPLITS = {"train": "train", "test": "t10k"}
_IDX_TYPES = {0x08: "u1", 0x09: "i1", 0x0B: ">i2", 0x0C: ">i4", 0x0D: ">f4", 0x0E: ">f8"}
_MISSING = {"", "na", "n/a", "nan", "null", "none", "?"}


class MissingPackageError(GraphcError, ImportError):
    """A data set that needs a package which is not installed."""


def digits() -> tuple[np.ndarray, np.ndarray]:
    """The 1,797 handwritten digits that come with scikit-learn; nothing is downloaded.

    Returns:
        X (1797, 64) float32, 8 x 8 pixels in [0, 1], and y (1797,) int64 in 0 ... 9.

    Raises:
        MissingPackageError: scikit-learn is not installed.
    """
    try:
        from sklearn.datasets import load_digits
    except ImportError as error:
        raise MissingPackageError(
            "the digits come with scikit-learn: pip install graphc[examples]"
        ) from error
    X, y = load_digits(return_X_y=True)
    return (X / 16).astype(np.float32), y.astype(np.int64)


def mnist(
    folder: AnyPath | None = None,
    split: str = "train",
    *,
    flat: bool = True,
    url: str = MNIST_URL,
    sha256: Mapping[str, str] = MNIST_SHA256,
) -> tuple[np.ndarray, np.ndarray]:
    """Images and labels in the files of MNIST, or of a data set in its format (Fashion-MNIST).

    Args:
        folder: where the files lie, plain or as .gz, under MNIST's names. None downloads MNIST
            once, to the folder that :func:`cache_folder` names.
        split: "train" (60,000 images) or "test" (10,000).
        flat: give images as rows, (N, 784), rather than as (N, 28, 28).
        url: where to download from: an address that a file's name completes.
        sha256: the checksum of each .gz file that is downloaded, by the name before .gz.

    Returns:
        X (N, 784) float32 in [0, 1], and y (N,) int64.

    Raises:
        DataError: a file that is missing, damaged or not what its checksum says; images and labels
            that differ in number; a download that failed.
    """
    if split not in _SPLITS:
        raise DataError(f"split={split!r}; expected 'train' or 'test'")
    names = [f"{_SPLITS[split]}-{kind}-ubyte" for kind in ("images-idx3", "labels-idx1")]
    if folder is None:
        paths = [_downloaded(name, url, sha256) for name in names]
    else:
        paths = [_present(Path(folder), name) for name in names]
    images, labels = map(read_idx, paths)
    for path, values, dims in ((paths[0], images, 3), (paths[1], labels, 1)):
        if values.ndim != dims or values.dtype != np.uint8:
            raise DataError(f"{path}: {values.dtype} of rank {values.ndim}, not uint8 of {dims}")
    if len(images) != len(labels):
        raise DataError(
            f"{paths[0]} has {len(images)} images, but {paths[1]} has {len(labels)} labels"
        )
    X = images.reshape(len(images), math.prod(images.shape[1:])) if flat else images
    return X.astype(np.float32) / np.float32(255), labels.astype(np.int64)


def cache_folder() -> Path:
    """Where downloads are kept: `$GRAPHC_CACHE`, or `graphc` in the user's cache folder."""
    if chosen := os.environ.get("GRAPHC_CACHE"):
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "graphc"


def download(url: str, path: AnyPath, sha256: str) -> Path:
    """Download a file, whole or not at all, unless it is there with the right checksum.

    Args:
        url: its address.
        path: where it goes.
        sha256: its checksum, in hexadecimal.

    Raises:
        DataError: it can't be had, or it is another file.
    """
    from http.client import HTTPException  # imported late, for they take long
    from urllib.error import URLError
    from urllib.request import urlopen

    path = Path(path)
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
        return path

    def fetch(file: BinaryIO) -> None:
        digest = hashlib.sha256()
        with urlopen(url, timeout=60) as response:
            while chunk := response.read(1 << 16):
                digest.update(chunk)
                file.write(chunk)
        if digest.hexdigest() != sha256:
            raise DataError(
                f"{url}: its SHA-256 checksum is {digest.hexdigest()}, expected {sha256}"
            )

    try:
        return write_whole(path, fetch)
    except (URLError, HTTPException, TimeoutError, ConnectionError) as error:
        raise DataError(f"{url}: {error}; without a network, give the files' folder") from error


def read_idx(path: AnyPath) -> np.ndarray:
    """Read a file in the IDX format of MNIST (LeCun et al.), plain or gzipped.

    Returns:
        The array, in native byte order.

    Raises:
        DataError: the file is missing, is not IDX, or holds more or less than its header says.
    """
    data = _read(path)
    if data[:2] == b"\x1f\x8b":
        try:
            data = gzip.decompress(data)
        except (EOFError, OSError, zlib.error) as error:
            raise DataError(f"{path}: damaged or cut short: {error}") from error
    if len(data) < 4 or data[:2] != b"\0\0" or data[2] not in _IDX_TYPES:
        raise DataError(
            f"{path}: starts with {data[:4].hex(' ') or 'nothing'}; an IDX file starts with 00 00,"
            " a type (08, 09, 0b ... 0e) and the number of dimensions"
        )
    dtype, ndim = np.dtype(_IDX_TYPES[data[2]]), data[3]
    head = 4 + 4 * ndim
    shape = tuple(int.from_bytes(data[at : at + 4], "big") for at in range(4, head, 4))
    expected = head + dtype.itemsize * math.prod(shape)
    if len(data) != expected:
        raise DataError(
            f"{path}: holds {len(data)} bytes, but its header says {dtype.name}{list(shape)},"
            f" which takes {expected}"
        )
    return np.frombuffer(data, dtype, offset=head).reshape(shape).astype(dtype.newbyteorder("="))


def read_csv(
    path: AnyPath,
    target: str | int | Sequence[str | int],
    dtype: str = "float32",
    *,
    target_dtype: str | None = None,
    header: bool = True,
    delimiter: str = ",",
) -> tuple[np.ndarray, np.ndarray, list[str]]:
    """Read a table of numbers: every column but the target is an input.

    Args:
        path: a UTF-8 file, with or without a byte order mark.
        target: the target column's name or its number from 0 (negative from the end); several of
            them give a y with as many columns.
        dtype: of X, and of y too unless `target_dtype` is given ("int64" for class numbers).
        target_dtype: of y.
        header: whether the first line has names; else they are "column_0", ...
        delimiter: what separates the cells.

    Returns:
        X (rows, inputs), y (rows,) or (rows, targets), and the names of X's columns.

    Raises:
        DataError: names the line and the column of a cell that is missing, no number or too large
            for its dtype; unknown or repeated names; lines of different lengths; no rows.
    """
    names, lines, values = _table(path, header, delimiter)
    several = [target] if isinstance(target, (str, int)) else list(target)
    targets = [_column(path, names, one) for one in several]
    inputs = [number for number in range(len(names)) if number not in targets]
    if not targets or not inputs:
        raise DataError(f"{path}: expected at least one target and one input column")
    X = _converted(path, values, inputs, names, lines, dtype)
    y = _converted(path, values, targets, names, lines, target_dtype or dtype)
    return X, y[:, 0] if isinstance(target, (str, int)) else y, [names[number] for number in inputs]


def read_npz(path: AnyPath) -> dict[str, np.ndarray]:
    """Read the arrays of an .npz file, by name.

    Raises:
        DataError: the file is missing, damaged, no .npz, or holds pickled objects.
    """
    import zipfile  # imported late: nothing else needs it

    data = _read(path)
    if not zipfile.is_zipfile(io.BytesIO(data)):
        raise DataError(f"{path}: damaged, or no .npz file (a zip archive of arrays)")
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as file:
            return {name: file[name] for name in file.files}
    except (ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        raise DataError(f"{path}: {error}") from error


def _read(path: AnyPath) -> bytes:
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise DataError(f"{path}: can't be read: {error.strerror}") from error


def _present(folder: Path, name: str) -> Path:
    for path in (folder / f"{name}.gz", folder / name):
        if path.is_file():
            return path
    raise DataError(f"{folder}: holds neither {name}.gz nor {name}")


def _downloaded(name: str, url: str, sha256: Mapping[str, str]) -> Path:
    if name not in sha256:
        raise DataError(f"no checksum was given for {name}")
    address = f"{url.rstrip('/')}/{name}.gz"
    return download(address, cache_folder() / "mnist" / f"{name}.gz", sha256[name])


def _table(path: AnyPath, header: bool, delimiter: str) -> tuple[list[str], list[int], np.ndarray]:
    """The names of the columns, each row's line in the file, and the values (rows, columns)."""
    try:
        text = _read(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{path}: not UTF-8 text (byte {error.start})") from error
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
    names: list[str] = []
    lines: list[int] = []
    values = array("d")
    try:
        for cells in reader:
            if not any(cell.strip() for cell in cells):
                continue
            if not names:
                names = _names(path, cells, header)
                if header:
                    continue
            if len(cells) != len(names):
                where = f"{path}, line {reader.line_num}"
                raise DataError(f"{where}: {len(cells)} cells, expected {len(names)}")
            lines.append(reader.line_num)
            values.extend(
                _number(path, reader.line_num, name, cell)
                for name, cell in zip(names, cells, strict=True)
            )
    except csv.Error as error:
        raise DataError(f"{path}, line {reader.line_num}: {error}") from error
    if not lines:
        raise DataError(f"{path}: there are no rows")
    return names, lines, np.array(values).reshape(len(lines), len(names))


def _names(path: AnyPath, cells: list[str], header: bool) -> list[str]:
    if not header:
        return [f"column_{number}" for number in range(len(cells))]
    names = [cell.strip() for cell in cells]
    if all(map(_is_number, names)):
        raise DataError(f"{path}: the first line has numbers, no names: give header=False")
    for name in names:
        if names.count(name) > 1:
            raise DataError(f"{path}: two columns are named '{name}'")
    return names


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True


def _number(path: AnyPath, line: int, name: str, cell: str) -> float:
    cell = cell.strip()
    if cell.lower() in _MISSING:
        raise DataError(f"{path}, line {line}, column '{name}': the value is missing ({cell!r})")
    try:
        return float(cell)
    except ValueError:
        raise DataError(f"{path}, line {line}, column '{name}': {cell!r} is no number") from None


def _column(path: AnyPath, names: list[str], target: str | int) -> int:
    if isinstance(target, str) and target in names:
        return names.index(target)
    if isinstance(target, int) and -len(names) <= target < len(names):
        return target % len(names)
    raise DataError(f"{path}: there is no column {target!r}, only {', '.join(names)}")


def _converted(
    path: AnyPath,
    values: np.ndarray,
    columns: list[int],
    names: list[str],
    lines: list[int],
    dtype: str,
) -> np.ndarray:
    """Those columns in a dtype that holds their values: no infinity, no lost fraction."""
    given = values[:, columns]
    with np.errstate(over="ignore", invalid="ignore"):
        result = given.astype(dtype)
        bad = ~np.isfinite(result) if result.dtype.kind == "f" else result != given
    if bad.any():
        row, column = np.argwhere(bad)[0]
        raise DataError(
            f"{path}, line {lines[row]}, column '{names[columns[column]]}':"
            f" {given[row, column]} does not fit {dtype}"
        )
    return result
