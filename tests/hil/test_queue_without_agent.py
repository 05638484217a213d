"""The queue's commands where no agent runs: what waits is seen and saved, and nothing is changed."""

from __future__ import annotations

import contextlib
import json
import shutil
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from agent.simulated.world import World
from agent.store import delivery, outbox
from agent.store.opening import open_store
from tests.hil.conftest import MEMBER, RICE, run, scan_in, sell

STOPPED = "The agent is not running. This is the state of its store"
KEY = "store.key"


@pytest.fixture(scope="module")
def dead(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """A till that was killed with a member's bill parked, and another's call on its way to the cloud."""
    with World(tmp_path_factory.mktemp("world"), with_printer=False) as world:
        world.start()
        world.until(lambda: world.snapshot()["rules"]["pulled_at"], "the rules, which know of no limit")
        world.cloud("options", bill_max_minor=100)
        scan_in(world, RICE)
        world.press("customer/search", kind="mobile", value=MEMBER)
        sell(world)
        world.until(lambda: world.snapshot()["badges"]["queue"]["parked"] == 1, "the refusal", 60)
        world.cloud("fault", kind="away")
        sell(world, RICE)
        world.kill_agent()
        _as_if_being_sent(world)
        yield world


def _as_if_being_sent(world: World) -> None:
    store = open_store(world.directory / "store")
    with store.transaction() as tx:
        row = outbox.rows(tx)[1]
        tx.execute("UPDATE outbox SET attempts = 0 WHERE id = ?", (row.id,))
        delivery.begin(tx, [row], 1)
    store.close()


@contextmanager
def sealed(world: World) -> Iterator[None]:
    """The key is somewhere else."""
    key = world.directory / "store" / KEY
    away = key.rename(world.directory / "away.key")
    try:
        yield
    finally:
        away.rename(key)


def ids(world: World) -> list[int]:
    return [row["id"] for row in json.loads(run(world, "queue", "list", "--json").stdout)]


def test_the_list_is_the_stores_and_says_so(dead: World) -> None:
    done = run(dead, "queue", "list")
    assert (done.returncode, STOPPED in done.stderr) == (1, True)
    assert "needs a person" in done.stdout
    assert "outcome unknown" in done.stdout, "nothing is being sent by an agent that is dead"
    assert "being sent" not in done.stdout
    rows = json.loads(run(dead, "queue", "list", "--json").stdout)
    assert [row["state"] for row in rows] == ["parked", "unknown"]
    assert [row["choices"] for row in rows] == [[], []]


def test_a_call_is_shown_whole_and_masked_with_what_to_do_first(dead: World) -> None:
    first, second = ids(dead)
    assert "tried once, next" in run(dead, "queue", "show", str(second)).stdout
    done = run(dead, "queue", "show", str(first))
    assert (done.returncode, STOPPED in done.stderr) == (0, True)
    assert "First start the agent" in done.stdout
    assert "  type " not in done.stdout
    assert '"billAmount"' in done.stdout
    assert MEMBER[-4:] in done.stdout
    assert MEMBER not in done.stdout


def test_a_call_that_is_not_there_is_said_not_to_be_there(dead: World) -> None:
    done = run(dead, "queue", "show", "4711")
    assert (done.returncode, "There is no call 4711" in done.stderr) == (2, True)


def test_everything_is_saved_masked(dead: World) -> None:
    done = run(dead, "queue", "export")
    assert (done.returncode, STOPPED in done.stderr) == (0, True)
    rows = [json.loads(line) for line in done.stdout.splitlines()]
    assert [row["id"] for row in rows] == ids(dead)
    assert all("billAmount" in str(row["request"]) for row in rows)
    assert MEMBER not in done.stdout
    table = run(dead, "queue", "export", "--csv")
    assert [line.partition(",")[0] for line in table.stdout.splitlines()] == ["id", *map(str, ids(dead))]


def test_unmasked_is_the_agents_alone_since_it_is_written_down(dead: World) -> None:
    done = run(dead, "queue", "export", "--with-identifiers", "--reason", "for the office")
    assert (done.returncode, "journal" in done.stderr, done.stdout) == (3, True, "")


def test_without_the_key_all_but_the_requests_is_shown(dead: World) -> None:
    first = str(ids(dead)[0])
    with sealed(dead):
        listed, shown = run(dead, "queue", "list"), run(dead, "queue", "show", first)
        saved = run(dead, "queue", "export")
    assert (listed.returncode, "needs a person" in listed.stdout) == (1, True)
    assert (shown.returncode, "  request  sealed" in shown.stdout) == (1, True)
    assert "key that opens them is not here" in shown.stderr
    assert "transaction_add of ST01T1" in shown.stdout
    assert saved.returncode == 1
    assert [json.loads(line)["request"] for line in saved.stdout.splitlines()] == [{"sealed": True}] * 2


def test_the_key_is_taken_from_where_the_agent_takes_it(
    dead: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = str(ids(dead)[0])
    with sealed(dead):
        shutil.copy(dead.directory / "away.key", tmp_path / "store-key")
        monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
        as_credential = run(dead, "queue", "show", first)
        monkeypatch.delenv("CREDENTIALS_DIRECTORY")
        named = tmp_path / "agent.toml"
        settings = dead.config.read_text("utf-8")
        named.write_text(f'store_key_file = "{tmp_path}/store-key"\n{settings}', "utf-8")
        as_file = run(dead, "queue", "show", first, "--config", str(named))
    for done in (as_credential, as_file):
        assert (done.returncode, '"billAmount"' in done.stdout) == (0, True), done.stderr


def test_a_foreign_key_opens_nothing_and_harms_nothing(dead: World, tmp_path: Path) -> None:
    (tmp_path / "store-key").write_text("b3RoZXJvdGhlcm90aGVyb3RoZXJvdGhlcm90aGVyb3Q=\n")
    named = tmp_path / "agent.toml"
    named.write_text(f'store_key_file = "{tmp_path}/store-key"\n{dead.config.read_text("utf-8")}', "utf-8")
    done = run(dead, "queue", "show", str(ids(dead)[0]), "--config", str(named))
    assert (done.returncode, "sealed" in done.stdout) == (1, True)


@pytest.mark.parametrize(
    "words",
    [
        ("retry", "1"),
        ("retry", "--all"),
        ("settle", "1"),
        ("waive", "1", "--reason", "x", "--supervisor", "M"),
    ],
)
def test_what_changes_the_queue_says_that_it_needs_the_agent_and_what_to_do(
    dead: World, words: tuple[str, ...]
) -> None:
    done = run(dead, "queue", *words)
    assert (done.returncode, done.stdout) == (3, "")
    assert "Only the running agent changes the queue. Start it (systemctl start pos-agent)" in done.stderr
    assert "PIN" not in done.stderr, "nobody types a PIN in vain"


@pytest.fixture
def hanging(dead: World, tmp_path: Path) -> Iterator[Path]:
    """Settings of the same till with an agent that takes every question and answers none."""
    place = tmp_path / "agent.sock"
    settings = tmp_path / "agent.toml"
    # The last table of a world's settings is [web].
    settings.write_text(f'{dead.config.read_text("utf-8")}socket = "{place}"\n', "utf-8")
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(place))
        listening.listen(4)

        def hang_up() -> None:
            with contextlib.suppress(OSError):
                while True:
                    listening.accept()[0].close()

        thread = threading.Thread(target=hang_up)
        thread.start()
        yield settings
        listening.shutdown(socket.SHUT_RDWR)
        thread.join()


def test_of_an_agent_that_does_not_answer_nobody_says_that_it_did_nothing(dead: World, hanging: Path) -> None:
    listed = run(dead, "queue", "list", "--config", str(hanging))
    assert (listed.returncode, "does not answer" in listed.stderr) == (1, True)
    assert "This is the state of its store." in listed.stderr
    done = run(dead, "queue", "retry", "--all", "--config", str(hanging))
    assert (done.returncode, done.stdout) == (3, "")
    assert "Whether it was done is not known" in done.stderr


def test_looking_leaves_the_store_as_it_is(dead: World) -> None:
    store = dead.directory / "store"
    before = {path.name: path.read_bytes() for path in store.glob("till.db*") if "shm" not in path.name}
    run(dead, "queue", "list")
    run(dead, "queue", "export")
    after = {path.name: path.read_bytes() for path in store.glob("till.db*") if "shm" not in path.name}
    assert before["till.db"] == after["till.db"]
    assert not after.get("till.db-wal")


def test_without_a_store_there_is_nothing_to_show(tmp_path: Path) -> None:
    with World(tmp_path, with_printer=False) as silent:
        silent.write_settings()
        for verb in (("list",), ("show", "1"), ("export",)):
            done = run(silent, "queue", *verb)
            assert (done.returncode, "There is no store" in done.stderr) == (2, True), done.stderr
