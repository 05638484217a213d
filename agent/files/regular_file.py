"""A file of the till's that is read whole. Whatever else lies under its name, a pipe keeps nobody waiting for
ever, and a device gives no bytes without end."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

MOST_BYTES = 16 << 20
"""Settings, keys and marks are far smaller."""


def check(path: Path) -> None:
    """Raises OSError where something lies that is no file, or the disk does not tell. Nothing at all may."""
    try:
        mode = path.stat().st_mode
    except FileNotFoundError:
        return
    if not stat.S_ISREG(mode):
        number = errno.EISDIR if stat.S_ISDIR(mode) else errno.EMEDIUMTYPE
        raise OSError(number, os.strerror(number), str(path))


def read(path: Path) -> bytes:
    """All of it. Raises OSError, also for what is no file, or is larger than MOST_BYTES."""
    check(path)
    # What took its place since then keeps nobody waiting either.
    with open(path, "rb", opener=at_once) as file:
        content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise OSError(errno.EOVERFLOW, os.strerror(errno.EOVERFLOW), str(path))
    return content


def at_once(file: str, flags: int) -> int:
    """An opener that does not wait for whoever would write into a pipe."""
    return os.open(file, flags | os.O_NONBLOCK | os.O_CLOEXEC)
