"""Who may read what a running till writes, whatever was allowed to files where it was started."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

from tests.daemon.heard import Heard

SETTINGS = """
store = "{directory}/store"
[till]
store_code = "S01"
till_code = "T1"
bill_prefix = "S01T1"
[shop]
name = "A shop"
state_code = "29"
[disk]
ballast_mb = 1
[web]
port = 0
"""
FOR_THE_GROUP = {"page-key": 0o640, "page.html": 0o640, "agent.sock": 0o660}


def test_nobody_else_reads_the_store_in_a_directory_that_is_open(tmp_path: Path) -> None:
    """Such as one that was made by hand; the service's own is closed."""
    (tmp_path / "agent.toml").write_text(SETTINGS.format(directory=tmp_path), "utf-8")
    store = tmp_path / "store"
    store.mkdir()
    store.chmod(0o755)
    command = [sys.executable, "-m", "agent.daemon", "--config", str(tmp_path / "agent.toml")]
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as line:
        line.bind(str(tmp_path / "notify"))
        environment = os.environ | {"NOTIFY_SOCKET": str(tmp_path / "notify")}
        with subprocess.Popen(command, env=environment, umask=0, stderr=subprocess.DEVNULL) as daemon:
            Heard(line).until("READY=1")
            modes = {file.name: file.stat().st_mode & 0o777 for file in store.iterdir()}
            daemon.send_signal(signal.SIGTERM)
    assert {"till.db", "till.db-wal", "till.db-shm", "till.mark", "store.key"} <= set(modes)
    assert {name: mode for name, mode in modes.items() if mode != 0o600} == {
        name: mode for name, mode in FOR_THE_GROUP.items() if name in modes
    }
