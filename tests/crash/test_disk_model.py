"""The power-cut model itself: what a real program's calls leave on the modelled disk."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.crash.disk import Disk, Reading
from tests.crash.ops import NEVER, Op, Unmodelled
from tests.crash.trace import NoTracing, check_tracing, record
from tests.crash.trace_reader import parse

_PROGRAM = """
import os, pathlib, sys, threading
root = pathlib.Path(sys.argv[1])
root.mkdir()
directory = os.open(root, os.O_RDONLY)

def put(name, text, synced):
    number = os.open(root / name, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    os.write(number, text[:3])
    os.write(number, text[3:])
    if synced:
        os.fsync(number)
    os.close(number)

"""


@pytest.fixture(autouse=True, scope="module")
def tracing() -> None:
    try:
        check_tracing()
    except NoTracing as reason:
        pytest.skip(f"the power-cut model is not proven here: {reason}")


def _ran(tmp_path: Path, body: str) -> list[Op]:
    script = tmp_path / "program.py"
    script.write_text(_PROGRAM + body)
    command = [sys.executable, "-S", str(script), str(tmp_path / "disk")]
    ops, status, said = record(command, tmp_path / "disk", tmp_path / "trace", timeout_s=60, cwd=tmp_path)
    assert status == 0, said
    return ops


def _left(ops: list[Op], root: Path, target: Path, reading: Reading, label: str) -> dict[str, bytes]:
    """The files of the extreme image with this label after the last operation."""
    disk = Disk(reading)
    for op in ops:
        disk.apply(op)
    image = next(image for image in disk.cuts(random.Random(1), 0) if image.label == label)
    place = target / f"{reading}-{label.replace(' ', '-')}"
    disk.build(image, str(root), place)
    return {path.name: path.read_bytes() for path in place.iterdir()} if place.exists() else {}


def _worst(ops: list[Op], tmp_path: Path, reading: Reading) -> dict[str, bytes]:
    return _left(ops, tmp_path / "disk", tmp_path, reading, "nothing unsynced")


def _best(ops: list[Op], tmp_path: Path) -> dict[str, bytes]:
    return _left(ops, tmp_path / "disk", tmp_path, "strict", "everything")


def test_what_was_not_synced_is_gone_in_the_worst_case_and_there_in_the_best(tmp_path: Path) -> None:
    ops = _ran(tmp_path, "put('a', b'one two', False); os.fsync(directory)")
    assert _worst(ops, tmp_path, "strict") == {"a": b""}
    assert _worst(ops, tmp_path, "ext4") == {"a": b""}
    assert _best(ops, tmp_path) == {"a": b"one two"}


def test_what_was_synced_together_with_its_name_is_there_in_every_case(tmp_path: Path) -> None:
    ops = _ran(tmp_path, "put('a', b'one two', True); os.fsync(directory)")
    for reading in ("strict", "ext4"):
        assert _worst(ops, tmp_path, reading) == {"a": b"one two"}


def test_a_synced_file_has_no_name_until_its_directory_was_synced(tmp_path: Path) -> None:
    ops = _ran(tmp_path, "put('a', b'one two', True)")
    assert _worst(ops, tmp_path, "strict") == {}
    assert _worst(ops, tmp_path, "ext4") == {"a": b"one two"}


def test_a_rename_without_a_directory_sync_is_lost_in_the_strict_reading(tmp_path: Path) -> None:
    ops = _ran(
        tmp_path,
        "put('a', b'old', True); os.fsync(directory)\n"
        "put('b', b'new text', True); os.replace(root / 'b', root / 'a')\n"
        "put('c', b'last', True)",
    )
    assert _worst(ops, tmp_path, "strict") == {"a": b"old"}
    assert _worst(ops, tmp_path, "ext4") == {"a": b"new text", "c": b"last"}
    assert _best(ops, tmp_path) == {"a": b"new text", "c": b"last"}


def test_a_file_made_again_under_the_same_name_is_another_file(tmp_path: Path) -> None:
    ops = _ran(
        tmp_path,
        "put('a', b'first', True); os.fsync(directory)\nos.unlink(root / 'a'); put('a', b'second', True)",
    )
    assert _worst(ops, tmp_path, "strict") == {"a": b"first"}
    assert _worst(ops, tmp_path, "ext4") == {"a": b"second"}


def test_threads_appending_and_truncating_are_followed(tmp_path: Path) -> None:
    ops = _ran(
        tmp_path,
        "threads = [threading.Thread(target=put, args=(name, b'by a thread', True)) for name in 'ab']\n"
        "[thread.start() for thread in threads]; [thread.join() for thread in threads]\n"
        "with open(root / 'c', 'ab', buffering=0) as file: file.write(b'12345')\n"
        "with open(root / 'c', 'ab', buffering=0) as file:\n"
        "    file.write(b'678'); os.ftruncate(file.fileno(), 6); file.write(b'x'); os.fsync(file.fileno())\n"
        "os.fsync(directory)",
    )
    assert _worst(ops, tmp_path, "strict") == {"a": b"by a thread", "b": b"by a thread", "c": b"123456x"}


def test_words_are_heard_in_their_place(tmp_path: Path) -> None:
    ops = _ran(tmp_path, "put('a', b'1', True); os.write(1, b'ACK 1'); put('b', b'2', True)")
    kinds = [op.kind for op in ops if op.kind in ("sync", "said")]
    assert kinds == ["sync", "said", "sync"]


@pytest.mark.parametrize(
    "body",
    [
        "put('a', b'1', True); os.link(root / 'a', root / 'b')",
        "put('a', b'1', True); os.rename(root / 'a', root.parent / 'a')",
        "put('a', bytes(4096), True); import mmap; mmap.mmap(os.open(root / 'a', os.O_RDWR), 4096)",
        "os.chdir(root)",
    ],
)
def test_what_the_model_cannot_follow_it_refuses(tmp_path: Path, body: str) -> None:
    with pytest.raises(Unmodelled):
        _ran(tmp_path, body)


def _written(disk: Disk, offset: int, data: bytes, at: int) -> None:
    disk.apply(Op("write", at, at + 1, inode=1, offset=offset, data=data))


def test_a_torn_write_is_torn_at_sectors_and_nothing_durable_is_touched(tmp_path: Path) -> None:
    disk = Disk("strict")
    disk.apply(Op("create", 0, 0, inode=1, name="/r/a"))
    _written(disk, 0, b"d" * 1024, 1)
    disk.apply(Op("sync", 2, 3, inode=1))
    disk.apply(Op("sync-names", 3, 4, name="/r"))
    _written(disk, 700, b"n" * 1500, 4)
    seen = set()
    for number, image in enumerate(disk.cuts(random.Random(7), 300)):
        place = tmp_path / str(number)
        disk.build(image, "/r", place)
        data = (place / "a").read_bytes()
        assert data[:700] == b"d" * 700
        # From 700 the write covers part of sector 1, sectors 2 and 3, and part of sector 4.
        pieces = [data[700:1024], data[1024:1536], data[1536:2048], data[2048:2200]]
        assert all(set(piece) <= {old, ord("n")} for piece, old in zip(pieces, b"d\0\0\0", strict=True))
        assert all(len(set(piece)) <= 1 for piece in pieces)
        seen.add(data)
    assert len(seen) > 15


def test_a_sync_covers_no_word_that_is_said_before_it_is_done() -> None:
    """Another thread speaks while the sync is under way: at that moment nothing is durable yet."""

    def hexed(text: str) -> str:
        return "".join(f"\\x{byte:02x}" for byte in text.encode())

    file, name = f"3<{hexed('/r/a')}>", hexed("/r/a")
    lines = [
        f'1 openat(AT_FDCWD<{hexed("/")}>, "{name}", O_RDWR|O_CREAT, 0644) = {file}',
        f'1 pwrite64({file}, "{hexed("text")}", 4, 0) = 4',
        f"1 fdatasync({file} <unfinished ...>",
        f'2 write(1<{hexed("pipe:[1]")}>, "{hexed("ACK 1")}", 5) = 5',
        f'2 pwrite64(3<{hexed("/elsewhere")}>, "{hexed("x")}", 1, 0) = 1',
        "1 <... fdatasync resumed>) = 0",
    ]
    ops = list(parse((f"{line}\n".encode() for line in lines), Path("/r"), Path("/")))
    assert [op.kind for op in ops] == ["create", "write", "said", "sync"]


def test_a_sync_still_under_way_promises_nothing(tmp_path: Path) -> None:
    disk = Disk("strict")
    disk.apply(Op("create", 0, 0, inode=1, name="/r/a"))
    disk.apply(Op("sync-names", 1, 2, name="/r"))
    _written(disk, 0, b"text", 2)
    disk.apply(Op("sync", 3, NEVER, inode=1))
    worst = next(disk.cuts(random.Random(1), 0))
    disk.build(worst, "/r", tmp_path)
    assert (tmp_path / "a").read_bytes() == b""
