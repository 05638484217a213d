"""What is no file, where the till's files lie: a pipe at which a reader waits for ever, a device that gives
bytes without end, a directory, a socket. The daemon ends with one sentence for a person, or it sells."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.daemon.page_key import KEY_FILE
from agent.store.beginning import WORD_NAME
from agent.store.catalogue import FILE_NAME as CATALOGUE
from agent.store.high_water import MARK_NAME
from agent.store.keys import KEY_NAME
from agent.store.opening import FILE_NAME, LOCK_NAME
from agent.store.room import BALLAST_NAME
from tests.rig.settings import SHOP
from tests.rig.till import RigTill

FOR_A_PERSON = 2
PATIENCE_S = 40


def pipe(place: Path) -> None:
    os.mkfifo(place)


def endless(place: Path) -> None:
    place.symlink_to("/dev/full")


def local_socket(place: Path) -> None:
    with socket.socket(socket.AF_UNIX) as made:
        made.bind(str(place))


def file(place: Path) -> None:
    place.write_text("")


def closed(place: Path) -> None:
    place.mkdir(mode=0)


def nowhere(place: Path) -> None:
    place.symlink_to("/no/such/place")


REFUSED: dict[str, tuple[Callable[[Path], None], ...]] = {
    f"store/{FILE_NAME}": (Path.mkdir, pipe, endless),
    f"store/{FILE_NAME}-wal": (pipe,),
    f"store/{FILE_NAME}-shm": (pipe,),
    f"store/{FILE_NAME}-journal": (Path.mkdir, pipe),
    f"store/{MARK_NAME}": (pipe, endless, local_socket),
    f"store/{KEY_NAME}": (pipe, endless, local_socket),
    f"store/{LOCK_NAME}": (local_socket,),
    "agent.toml": (pipe, endless),
    "conf.d/10-shop.toml": (pipe, endless),
    "conf.d": (file, closed, nowhere),
}
SOLD_WITHOUT = (
    *(f"store/{name}" for name in (CATALOGUE, BALLAST_NAME, KEY_FILE, WORD_NAME)),
    "run/short-runs",
)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A till that has sold."""
    directory = tmp_path_factory.mktemp("whole")
    for name in ("conf.d", "run"):
        (directory / name).mkdir()
    till = RigTill(directory / "store")
    till.sell()
    till.close()
    return directory


@contextmanager
def life(whole: Path, directory: Path, strange: dict[str, Callable[[Path], None]]) -> Iterator[list[str]]:
    """The command of a daemon in a copy with something else under these names."""
    shutil.copytree(whole, directory)
    settings = SHOP.format(directory=directory) + "[web]\nport = 0\n[disk]\nballast_mb = 1\n"
    (directory / "agent.toml").write_text(settings)
    for name, lay in strange.items():
        place = directory / name
        place.unlink(missing_ok=True) if not place.is_dir() else place.rmdir()
        lay(place)
    # Root is asked for no permission, unless it gives that up.
    given_up = ["setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all"]
    given_up = given_up if os.geteuid() == 0 and shutil.which("setpriv") else []
    try:
        yield [*given_up, sys.executable, "-m", "agent.daemon", "--config", str(directory / "agent.toml")]
    finally:
        (directory / "conf.d").chmod(0o700) if (directory / "conf.d").is_dir() else None


def refusal(whole: Path, directory: Path, name: str, lay: Callable[[Path], None]) -> str:
    """What is wrong with how the daemon ends there; "" if nothing is."""
    with life(whole, directory, {name: lay}) as command:
        try:
            done = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        except subprocess.TimeoutExpired:
            return f"{name} ({lay.__name__}): it hangs"
    said = done.stderr.splitlines()
    if done.returncode == FOR_A_PERSON and len(said) == 1 and name.partition("/")[2] in said[0]:
        return ""
    return f"{name} ({lay.__name__}): exit {done.returncode}: {said}"


@pytest.mark.timeout(600)
def test_what_is_no_file_ends_the_start_with_one_sentence_that_names_it(whole: Path, tmp_path: Path) -> None:
    each = [(name, lay) for name, laid in REFUSED.items() for lay in laid]
    with ThreadPoolExecutor(2) as two:
        found = [
            two.submit(refusal, whole, tmp_path / str(number), name, lay)
            for number, (name, lay) in enumerate(each)
        ]
        assert [one.result() for one in found if one.result()] == []


@pytest.mark.parametrize("command", ["store check", "bill list", "queue list"])
def test_a_command_does_not_wait_at_what_is_no_store(whole: Path, tmp_path: Path, command: str) -> None:
    with life(whole, tmp_path / "life", {f"store/{FILE_NAME}": pipe}):
        environment = os.environ | {"POS_AGENT_CONFIG": str(tmp_path / "life/agent.toml")}
        done = subprocess.run(
            [sys.executable, "-m", "agent.cli", *command.split()],
            capture_output=True,
            text=True,
            timeout=PATIENCE_S,
            env=environment | {"COLUMNS": "400"},
            check=False,
        )
    assert done.returncode == FOR_A_PERSON
    assert "cannot be a file of the store's" in done.stdout + done.stderr


@pytest.mark.parametrize("lay", [pipe, endless, local_socket, Path.mkdir])
def test_a_till_sells_without_what_it_can_do_without(
    whole: Path, tmp_path: Path, lay: Callable[[Path], None]
) -> None:
    """It is ready, answers, looks after its store and ends in order."""
    directory = tmp_path / "life"
    environment = os.environ | {"RUNTIME_DIRECTORY": str(directory / "run")}
    with life(whole, directory, dict.fromkeys(SOLD_WITHOUT, lay)) as command:
        agent = subprocess.Popen(command, stderr=subprocess.DEVNULL, env=environment)
        try:
            assert snapshot(directory / "store/agent.sock", agent)["badges"]["store"]["state"] == "ok"
            agent.send_signal(signal.SIGTERM)
            assert agent.wait(PATIENCE_S) == 0
        finally:
            agent.kill()
            agent.wait()


def snapshot(local: Path, agent: subprocess.Popen[bytes]) -> dict[str, dict[str, dict[str, str]]]:
    """What the page would show, a moment after the till has begun to serve it."""
    until = time.monotonic() + PATIENCE_S
    while time.monotonic() < until and agent.poll() is None:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(PATIENCE_S)
            try:
                line.connect(str(local))
            except OSError:
                time.sleep(0.1)
                continue
            time.sleep(1.5)
            line.sendall(b"GET /api/snapshot HTTP/1.1\r\nHost: agent\r\n\r\n")
            answer = http.client.HTTPResponse(line)
            answer.begin()
            return dict(json.loads(answer.read()))
    raise AssertionError(f"it is not served; exit {agent.poll()}")
