"""A disk that fails or stalls under a process that runs: the kernel refuses its calls, or makes them wait."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.crash.trace import NoTracing, check_tracing


@contextmanager
def fails(pid: int, call: str, what: str) -> Iterator[None]:
    """From here on each such system call of this process is tampered with, as strace's inject= says it
    ("error=EIO", "delay_enter=5000000"); skips where processes may not be traced."""
    try:
        check_tracing()
    except NoTracing as reason:
        pytest.skip(f"a failing disk is not tried here: {reason}")
    options = ["-f", "-p", str(pid), "-o", "/dev/null", "-e", "signal=none"]
    tracer = subprocess.Popen(
        ["strace", *options, "-e", f"trace={call}", "-e", f"inject={call}:{what}"], stderr=subprocess.PIPE
    )
    assert tracer.stderr is not None
    threads = len(list(Path(f"/proc/{pid}/task").iterdir()))
    # It says so for each thread, or once for all of them.
    assert b"attached" in tracer.stderr.readline(), f"strace did not attach to {threads} threads"
    try:
        yield
    finally:
        tracer.terminate()
        tracer.wait()
        tracer.stderr.close()
