"""A disk that fails while the agent starts: one sentence, and another try, since it may pass."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from agent.store.high_water import MARK_NAME
from agent.store.keys import KEY_NAME
from agent.store.opening import FILE_NAME, LOCK_NAME, open_store
from tests.crash.trace import NoTracing, check_tracing
from tests.rig.settings import SHOP


@pytest.mark.parametrize(
    ("name", "call"),
    [(FILE_NAME, "newfstatat"), (MARK_NAME, "read"), (KEY_NAME, "read"), (LOCK_NAME, "openat")],
)
def test_what_the_disk_does_not_give_is_told_in_one_sentence_and_tried_again(
    tmp_path: Path, name: str, call: str
) -> None:
    try:
        check_tracing()
    except NoTracing as reason:
        pytest.skip(f"a failing disk is not tried here: {reason}")
    config = tmp_path / "agent.toml"
    config.write_text(SHOP.format(directory=tmp_path) + "[web]\nport = 0\n", "utf-8")
    open_store(tmp_path / "store").close()
    fails = ["-P", str(tmp_path / "store" / name), "-e", f"trace={call}", "-e", f"inject={call}:error=EIO"]
    agent = [sys.executable, "-m", "agent.daemon", "--config", str(config)]
    done = subprocess.run(
        ["strace", "-f", "-qq", "-o", "/dev/null", *fails, *agent],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    said = done.stderr.splitlines()
    assert done.returncode == 1, said
    assert len(said) == 1
    assert said[0].startswith("ERROR agent.daemon store: ")
    assert "the disk failed" in said[0]
    assert "begin" not in said[0]
