"""What is read whole is a file, and not without end."""

from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from agent.files import regular_file


def test_a_file_is_read_and_so_is_one_that_a_link_leads_to(tmp_path: Path) -> None:
    (tmp_path / "key").write_bytes(b"secret")
    (tmp_path / "link").symlink_to("key")
    assert regular_file.read(tmp_path / "key") == regular_file.read(tmp_path / "link") == b"secret"


def test_what_is_not_there_is_no_trouble_until_it_is_read(tmp_path: Path) -> None:
    regular_file.check(tmp_path / "key")
    with pytest.raises(FileNotFoundError):
        regular_file.read(tmp_path / "key")


def test_nobody_waits_at_a_pipe_nor_reads_a_device_or_a_directory(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "device").symlink_to("/dev/zero")
    for name, number in (("pipe", errno.EMEDIUMTYPE), ("device", errno.EMEDIUMTYPE), ("", errno.EISDIR)):
        with pytest.raises(OSError, match=r".") as refused:
            regular_file.read(tmp_path / name)
        assert refused.value.errno == number


def test_a_file_larger_than_any_of_ours_is_not_read_into_memory(tmp_path: Path) -> None:
    with (tmp_path / "mark").open("wb") as file:
        file.truncate(regular_file.MOST_BYTES)
        assert len(regular_file.read(tmp_path / "mark")) == regular_file.MOST_BYTES
        file.truncate(1 << 40)
    with pytest.raises(OSError, match=r".") as refused:
        regular_file.read(tmp_path / "mark")
    assert refused.value.errno == errno.EOVERFLOW
