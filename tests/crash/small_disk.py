"""A real file system with little room, which a test can fill to the last byte."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest


def mount(*arguments: str) -> subprocess.CompletedProcess[str]:
    """mount(8), and what it said."""
    return subprocess.run(["mount", *arguments], capture_output=True, text=True, check=False)


@contextmanager
def small_disk(place: Path, size: int, files: int = 0) -> Iterator[Path]:
    """One of so many bytes at this directory, for so many files if any number; skips where mounting is not
    allowed."""
    place.mkdir(mode=0o700)
    done = mount("-t", "tmpfs", "-o", f"size={size},mode=700,nr_inodes={files}", "small", str(place))
    if done.returncode:
        pytest.skip(f"a full disk is not tried here, mounting one needs root: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


def fill(place: Path) -> Path:
    """Use up every byte that is left; the file that did."""
    filler = place / "filler"
    with pytest.raises(OSError, match="No space left"), filler.open("ab", buffering=0) as file:
        while True:
            file.write(bytes(4096))
    return filler


@contextmanager
def ext4_disk(place: Path, block: int = 4096) -> Iterator[Path]:
    """An ext4 of its own at this directory, of blocks of so many bytes, which turns read-only at its first
    error: see turns_read_only. Skips where there are no loop devices."""
    image = place.with_suffix(".img")
    with image.open("wb") as file:
        file.truncate(24 << 20)
    place.mkdir(mode=0o700)
    subprocess.run(["mkfs.ext4", "-q", "-m", "0", "-b", str(block), str(image)], check=True)
    done = mount("-o", "loop,errors=remount-ro", str(image), str(place))
    if done.returncode:
        pytest.skip(f"an ext4 is not tried here: {done.stderr.strip()}")
    try:
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)
        image.unlink()


def turns_read_only(place: Path) -> None:
    """What the kernel does to an ext4_disk when its card begins to die, files open for writing or not."""
    done = mount("-o", "remount,abort", str(place))
    assert done.returncode == 0, done.stderr
