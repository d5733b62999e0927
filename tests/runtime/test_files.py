from __future__ import annotations

import os
import subprocess
import sys

import pytest

from graphc.runtime.files import remove_leftovers, write_whole


def test_bytes_and_writers_reach_the_file_and_nothing_else_is_left(tmp_path):
    write_whole(tmp_path / "a", b"one")
    write_whole(tmp_path / "b", lambda file: file.write(b"two"))
    assert (tmp_path / "a").read_bytes() == b"one"
    assert (tmp_path / "b").read_bytes() == b"two"
    assert sorted(os.listdir(tmp_path)) == ["a", "b"]


def test_missing_folders_are_made(tmp_path):
    assert write_whole(tmp_path / "x" / "y" / "a", b"one").read_bytes() == b"one"


def test_a_writer_that_fails_leaves_the_old_content_and_no_temporary_file(tmp_path):
    path = write_whole(tmp_path / "a", b"old")

    def fail(file):
        file.write(b"half of the new")
        raise RuntimeError("disk on fire")

    with pytest.raises(RuntimeError, match="disk on fire"):
        write_whole(path, fail)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a"]


def test_a_symbolic_link_is_followed(tmp_path):
    (tmp_path / "target").write_bytes(b"old")
    (tmp_path / "link").symlink_to("target")
    write_whole(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "target").read_bytes() == b"new"


def test_the_permissions_are_those_of_any_new_file(tmp_path):
    (tmp_path / "plain").write_bytes(b"")
    mode = (tmp_path / "plain").stat().st_mode
    assert write_whole(tmp_path / "a", b"").stat().st_mode == mode


def test_a_killed_writer_leaves_the_old_content_and_a_leftover_that_is_removed(tmp_path):
    write_whole(tmp_path / "a", b"old")
    (tmp_path / "notes.tmp").write_bytes(b"the user's own")
    code = (
        "import os, signal\n"
        "from graphc.runtime.files import write_whole\n"
        "def die(file):\n"
        "    file.write(b'half'); file.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
        f"write_whole({str(tmp_path / 'a')!r}, die)\n"
    )
    subprocess.run([sys.executable, "-c", code], check=False)
    assert (tmp_path / "a").read_bytes() == b"old"
    leftovers = set(os.listdir(tmp_path)) - {"a", "notes.tmp"}
    assert len(leftovers) == 1
    assert {path.name for path in remove_leftovers(tmp_path)} == leftovers
    assert sorted(os.listdir(tmp_path)) == ["a", "notes.tmp"]


def test_a_file_that_is_being_written_is_no_leftover(tmp_path):
    removed = []

    def write(file):
        removed.extend(remove_leftovers(tmp_path))
        file.write(b"new")

    assert write_whole(tmp_path / "a", write).read_bytes() == b"new"
    assert removed == []


def test_cleaning_a_folder_that_does_not_exist_does_nothing(tmp_path):
    assert remove_leftovers(tmp_path / "none") == []
