"""What systemd is told and asks for, and that no till ends because it cannot be told."""

from __future__ import annotations

import socket
from pathlib import Path

import pytest

from agent.daemon.systemd import notify, watchdog_interval_s


def test_systemd_hears_what_it_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        notify("READY=1")
        assert systemd.recv(100) == b"READY=1"


@pytest.mark.parametrize(
    "address", ["/no/such/socket", "@nobody-listens-here", "/" + "x" * 200, "/etc/hostname"]
)
def test_a_systemd_that_cannot_be_told_ends_no_till(
    address: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("NOTIFY_SOCKET", address)
    notify("READY=1")
    [said] = caplog.messages
    assert said.startswith("systemd cannot be told 'READY=1': ")


def test_a_systemd_that_does_not_read_is_not_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(tmp_path / "notify"))
        monkeypatch.setenv("NOTIFY_SOCKET", str(tmp_path / "notify"))
        for _ in range(1000):
            notify("WATCHDOG=1")
            if caplog.messages:
                break
    assert "timed out" in caplog.text


@pytest.mark.parametrize(
    ("told", "interval_s"),
    [("30000000", 15.0), ("0", 0.0), ("", 0.0), ("abc", 0.0), ("-1", 0.0), (None, 0.0)],
)
def test_how_often_systemd_wants_to_hear(
    told: str | None, interval_s: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    if told is None:
        monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    else:
        monkeypatch.setenv("WATCHDOG_USEC", told)
    assert watchdog_interval_s() == interval_s
