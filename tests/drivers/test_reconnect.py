"""A device that comes back is read soon, and one that does not is not asked for more often."""

from __future__ import annotations

import errno
import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

import pytest

from drivers.message import Message
from drivers.reconnect import DeviceGone, States, Waits, keep_reading
from drivers.scale.serial_scale import ScaleOptions, SerialScale
from drivers.scanner.evdev_device import EvdevOptions, EvdevScanner
from drivers.scanner.hid_pos import HidPosOptions, HidPosScanner
from drivers.scanner.serial_port import SerialOptions, SerialScanner
from drivers.simulated.scanner import VirtualScanner

_WAITS = Waits(5.0, 5.0)


class Attempts:
    """Sessions of a device that can be opened once its name is there; when each began."""

    def __init__(self, name: Path) -> None:
        self.name = name
        self.at: list[float] = []
        self.opened = threading.Event()

    def session(self, stop: threading.Event) -> None:
        self.at.append(time.monotonic())
        if not self.name.exists() or self.name.stat().st_mode & 0o777 == 0:
            raise DeviceGone("device.gone.absent", name="it")
        self.opened.set()
        stop.wait()


@contextmanager
def reading(name: Path, told: str | None = None) -> Iterator[Attempts]:
    """A thread that waits for five seconds between two attempts, unless the name brings it to one."""
    attempts, stop = Attempts(name), threading.Event()
    states = States(lambda *_: None)
    path = str(name) if told is None else told
    thread = threading.Thread(target=keep_reading, args=(attempts.session, stop, states, _WAITS, path))
    thread.start()
    try:
        deadline = time.monotonic() + 10
        while not attempts.at and time.monotonic() < deadline:
            time.sleep(0.01)
        yield attempts
    finally:
        stop.set()
        thread.join(10)
        assert not thread.is_alive()


def test_a_name_that_turns_up_is_opened_long_before_the_wait_is_over(tmp_path: Path) -> None:
    """As udev does it: the link of a new node, in a directory that was not there either."""
    name = tmp_path / "pos" / "scanner"
    with reading(name) as attempts:
        time.sleep(0.3)
        name.parent.mkdir()
        (tmp_path / "node").touch()
        name.symlink_to(tmp_path / "node")
        at = time.monotonic()
        assert attempts.opened.wait(4.0)
        assert attempts.at[-1] - at < 4.0
    assert len(attempts.at) == 2, "it was not asked for more often"


def test_a_node_whose_rights_come_later_is_opened_when_it_has_them(tmp_path: Path) -> None:
    """The first attempt fails, and nothing but the rights changes."""
    name = tmp_path / "node"
    name.touch(0)
    name.chmod(0)
    with reading(name) as attempts:
        time.sleep(0.3)
        assert len(attempts.at) == 1
        name.chmod(0o660)
        assert attempts.opened.wait(4.0)


@pytest.mark.parametrize("kind", ["serial", "hid-pos", "keyboard", "scale"])
def test_every_kind_of_device_is_looked_for_by_its_name(tmp_path: Path, kind: str) -> None:
    name, stop, ready = tmp_path / "scanner", threading.Event(), threading.Event()

    def on_state(state: str, message: Message) -> None:
        if state != "missing" or message.id == "device.gone.held":
            ready.set()

    def held(path: str) -> NoReturn:
        number = errno.EBUSY if Path(path).exists() else errno.ENOENT
        raise OSError(number, os.strerror(number), path)

    driver: SerialScanner | HidPosScanner | EvdevScanner | SerialScale
    if kind == "serial":
        driver = SerialScanner(SerialOptions(str(name), waits=_WAITS), lambda _: None, on_state)
    elif kind == "hid-pos":
        driver = HidPosScanner(HidPosOptions(str(name), waits=_WAITS), lambda _: None, on_state)
    elif kind == "scale":
        driver = SerialScale(ScaleOptions(str(name), "cas", waits=_WAITS), on_state)
    else:
        driver = EvdevScanner(EvdevOptions(str(name), waits=_WAITS), lambda _: None, on_state, held)
    thread = threading.Thread(target=driver.run, args=(stop,))
    thread.start()
    try:
        time.sleep(0.3)
        with VirtualScanner(name):
            assert ready.wait(4.0)
    finally:
        stop.set()
        thread.join(10)
    assert driver.progress >= 2


@pytest.mark.parametrize("told", ["", "socket://127.0.0.1:4001", "/dev/null\0"])
def test_what_has_no_name_or_the_same_one_waits_its_time(tmp_path: Path, told: str) -> None:
    with reading(tmp_path / "none", told) as attempts:
        time.sleep(0.6)
        assert len(attempts.at) == 1
    (tmp_path / "closed").touch(0)
    (tmp_path / "closed").chmod(0)
    with reading(tmp_path / "closed") as attempts:
        time.sleep(0.6)
        assert len(attempts.at) == 1
