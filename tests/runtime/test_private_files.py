"""Files that only their owner may read: made, replaced as a whole, and no link followed."""

from __future__ import annotations

import os
import stat
from typing import TYPE_CHECKING

import pytest

from runtime.private_files import make_private_folder, read_private, replace_private

if TYPE_CHECKING:
    from pathlib import Path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_a_folder_and_those_above_it(tmp_path: Path) -> None:
    umask = os.umask(0o022)
    try:
        make_private_folder(tmp_path / "above" / "state")
    finally:
        os.umask(umask)
    assert mode(tmp_path / "above") == 0o755
    assert mode(tmp_path / "above" / "state") == 0o700


def test_a_folder_that_is_there_is_left_as_it_is(tmp_path: Path) -> None:
    tmp_path.chmod(0o750)
    make_private_folder(tmp_path)
    assert mode(tmp_path) == 0o750


def test_what_was_written_is_read(tmp_path: Path) -> None:
    path = tmp_path / "file"
    for data in (b"one", b"two"):
        replace_private(path, data)
        assert read_private(path) == data
    assert mode(path) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["file"]


def test_no_link_is_followed(tmp_path: Path) -> None:
    other, path = tmp_path / "other", tmp_path / "file"
    other.write_bytes(b"of somebody else")
    path.symlink_to(other)
    with pytest.raises(OSError, match="symbolic links"):
        read_private(path)
    replace_private(path, b"mine")
    assert (read_private(path), other.read_bytes()) == (b"mine", b"of somebody else")


def test_what_a_killed_writer_left_is_not_written_to(tmp_path: Path) -> None:
    path = tmp_path / "file"
    left = tmp_path / "file.new"
    left.write_bytes(b"half")
    left.chmod(0o644)
    replace_private(path, b"whole")
    assert (mode(path), read_private(path)) == (0o600, b"whole")
    assert not left.exists()


def test_what_cannot_be_replaced_stays(tmp_path: Path) -> None:
    path = tmp_path / "folder"
    path.mkdir()
    with pytest.raises(IsADirectoryError):
        replace_private(path, b"data")
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
