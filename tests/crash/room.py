"""A directory for stores that live for a moment: in memory if there is enough of it."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOM_BYTES = 48 * 1024 * 1024


@contextmanager
def room() -> Iterator[Path]:
    """An empty directory, gone afterwards. kill -9 takes nothing from the kernel's cache, and a power cut is
    modelled: neither needs a real disk under it."""
    memory = Path("/dev/shm")
    roomy = memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ROOM_BYTES
    with tempfile.TemporaryDirectory(prefix="crash-", dir=memory if roomy else None) as place:
        yield Path(place)
