"""Files that are whole or absent.

In: a path and its content (bytes, or a function that writes them). Out: a file at that path that
holds either all of the new content or what it held before, whenever the process or the machine
stops. Everything that the runtime saves goes through :func:`write_whole`.
"""

from __future__ import annotations

import contextlib
import os
import re
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO

try:
    import fcntl
except ImportError:  # Windows, where an open file can't be deleted: no lock is needed
    fcntl = None  # type: ignore[assignment]

# A temporary file is hidden, lies beside its target and carries the target's name.
_TEMPORARY = re.compile(r"\..+\.[0-9a-f]{12}\.tmp")


def write_whole(path: str | os.PathLike[str], content: bytes | Callable[[BinaryIO], None]) -> Path:
    """Write a file so that a reader sees the old content or the new, never a part of it.

    The content goes to a temporary file in the same folder, is flushed to the disk, and is then
    renamed over `path`; the folder is flushed too. Missing folders are made. A symbolic link is
    followed, so that its target is replaced and not the link.

    Args:
        path: where the file goes.
        content: its bytes, or a function that is given a binary file open for writing.

    Returns:
        The path that was written.

    Raises:
        OSError: the folder can't be written, or the disk is full. `path` is as it was before.
    """
    path = Path(os.path.realpath(path))
    path.parent.mkdir(parents=True, exist_ok=True)
    with _temporary_beside(path) as (temporary, file):
        if callable(content):
            content(file)
        else:
            file.write(content)
        file.flush()
        os.fsync(file.fileno())
        if fcntl is None:
            file.close()
        os.replace(temporary, path)
    _sync_folder(path.parent)
    return path


def remove_leftovers(folder: str | os.PathLike[str]) -> list[Path]:
    """Delete the temporary files that killed processes left in a folder.

    Those that a living process is still writing are locked, and stay.

    Args:
        folder: the folder to clean; it need not exist.

    Returns:
        The paths that were deleted.
    """
    folder = Path(folder)
    removed = []
    for path in sorted(folder.iterdir()) if folder.is_dir() else ():
        if _TEMPORARY.fullmatch(path.name) and _is_abandoned(path):
            with contextlib.suppress(OSError):
                path.unlink()
                removed.append(path)
    return removed


@contextlib.contextmanager
def _temporary_beside(path: Path) -> Iterator[tuple[Path, BinaryIO]]:
    """A new locked file in the folder of `path`; deleted if the block raises."""
    temporary = path.parent / f".{path.name}.{secrets.token_hex(6)}.tmp"
    with open(temporary, "xb") as file:
        try:
            if fcntl is not None:
                # Not every network file system has locks; without one the write is still whole.
                with contextlib.suppress(OSError):
                    fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            yield temporary, file
        except BaseException:
            with contextlib.suppress(OSError):
                file.close()
                temporary.unlink()
            raise


def _is_abandoned(path: Path) -> bool:
    """Whether no living process holds the lock of a temporary file."""
    if fcntl is None:
        return True
    try:
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _sync_folder(folder: Path) -> None:
    """Flush a folder's entries, so that a rename outlives a power cut (POSIX only)."""
    with contextlib.suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
