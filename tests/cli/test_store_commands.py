"""`pos-agent store`: what a person says and asks about the store, without an agent."""

from __future__ import annotations

import json
import sqlite3
import subprocess
import sys
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from typer.testing import CliRunner, Result

from agent.cli.app import app
from agent.sale.numbering import financial_year
from agent.store import checking
from agent.store.errors import StoreLost
from agent.store.high_water import BLOCK, MARK_NAME
from agent.store.keys import KEY_NAME, readers_vault
from agent.store.opening import FILE_NAME, open_store
from tests.rig import stores
from tests.rig.papers import SERIES

SETTINGS = """
store = "{directory}/store"
[till]
store_code = "S01"
till_code = "T1"
bill_prefix = "S01T1"
[shop]
name = "A shop"
state_code = "29"
[web]
port = 0
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """The settings of a till that has sold once."""
    file = tmp_path / "agent.toml"
    file.write_text(SETTINGS.format(directory=tmp_path).lstrip(), "utf-8")
    store = open_store(tmp_path / "store")
    stores.complete(store, stores.covered_sale("one"))
    store.close()
    return file


def command(config: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--config", str(config)])


def agent(config: Path) -> tuple[int, list[str]]:
    """How the agent ends, and the lines it says."""
    ran = subprocess.run(
        [sys.executable, "-m", "agent.daemon", "--config", str(config)],
        capture_output=True,
        text=True,
        timeout=100,
        check=False,
    )
    return ran.returncode, ran.stderr.splitlines()


def opened(config: Path, series: str = SERIES) -> int:
    """The number of the next bill."""
    store = open_store(config.parent / "store")
    seq = stores.complete(store, stores.covered_sale("next"), series=series).bill.seq
    store.close()
    return seq


def test_a_till_whose_store_is_whole_does_not_begin_again(config: Path) -> None:
    done = command(config, "store", "begin")
    assert done.exit_code == 2
    assert "nothing to begin again" in done.stderr
    assert opened(config) == 2


def test_a_lost_store_is_refused_by_the_agent_in_one_sentence_until_a_person_says_the_word(
    config: Path,
) -> None:
    (config.parent / "store" / FILE_NAME).unlink()
    code, said = agent(config)
    assert code == 2
    assert len(said) == 1
    assert "This till has sold before" in said[0]
    done = command(config, "store", "begin")
    assert done.exit_code == 0, done.output
    assert opened(config) == BLOCK + 1


def test_a_till_whose_own_directory_tells_of_sales_on_a_disk_that_is_not_mounted_waits_for_a_person(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home, directory = tmp_path / "home", tmp_path / "store"
    home.mkdir()
    store = open_store(directory, home=home)
    assert store.look_beside() is None
    store.close()
    directory.rename(tmp_path / "unmounted")
    monkeypatch.setenv("STATE_DIRECTORY", str(home))
    code, said = agent(config)
    assert code == 2
    assert len(said) == 1
    assert "may not be mounted" in said[0]
    done = command(config, "store", "begin", "--none-after")
    assert done.exit_code == 0, done.output


@pytest.mark.parametrize("table", ["outbox", "event", "journal", "bill", "fact", "sqlite_schema"])
def test_a_damaged_file_ends_the_agent_in_one_sentence_and_is_not_tried_again(
    config: Path, table: str
) -> None:
    path = config.parent / "store" / FILE_NAME
    connection = sqlite3.connect(path)
    found = connection.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    connection.close()
    with path.open("r+b") as file:
        file.seek((found[0] - 1) * 4096 if found else 100)
        file.write(b"\xa5" * 3900)
    code, said = agent(config)
    assert code == 2
    assert "The store's file is damaged" in said[-1]
    # What its badge would show is told before, where the till had begun to read.
    assert all("ERROR agent.till store: " in line for line in said[:-1])
    assert len(said) <= 2


def test_a_whole_store_is_said_to_be_whole(config: Path) -> None:
    done = command(config, "store", "check")
    assert done.exit_code == 0, done.output
    assert "Store ok. Bills: 1." in done.stdout
    told = json.loads(command(config, "store", "check", "--json").stdout)
    assert told == {"ok": True, "bills": 1, "entries": 1, "sealed": True, "problems": []}


def test_a_whole_store_with_which_no_till_starts_is_no_plain_ok(config: Path) -> None:
    mark = config.parent / "store" / MARK_NAME
    kept = mark.rename(mark.with_name("kept"))
    done = command(config, "store", "check")
    assert done.exit_code == 1
    assert "Store ok. Bills: 1." in done.stdout
    assert "nobody knows how far its numbers went" in done.stderr
    mark.mkdir()
    assert "cannot be read: it is a directory" in command(config, "store", "check").stderr
    mark.rmdir()
    kept.rename(mark)
    assert command(config, "store", "check").exit_code == 0


def test_a_changed_bill_is_found_while_the_store_is_open_elsewhere(config: Path) -> None:
    store = open_store(config.parent / "store")
    store.connection.execute("DROP TRIGGER bill_stays")
    store.connection.execute("UPDATE bill SET due_minor = due_minor + 1")
    done = command(config, "store", "check", "--json")
    store.close()
    assert done.exit_code == 2
    told = json.loads(done.stdout)
    assert not told["ok"]
    assert len(told["problems"]) == 1


def test_without_the_key_the_seals_are_said_to_be_left_out(config: Path) -> None:
    (config.parent / "store" / KEY_NAME).unlink()
    done = command(config, "store", "check")
    assert done.exit_code == 1
    assert "not looked at" in done.stderr


def test_without_a_mark_the_last_number_on_paper_must_be_named(config: Path) -> None:
    (config.parent / "store" / MARK_NAME).unlink()
    (config.parent / "store" / FILE_NAME).unlink()
    done = command(config, "store", "begin")
    assert done.exit_code == 2
    assert "--after" in done.stderr
    with pytest.raises(StoreLost):
        opened(config)
    assert command(config, "store", "begin", "--after", "RICE").exit_code == 2
    year = f"S01T1{financial_year(datetime.now(ZoneInfo('Asia/Kolkata')).date()) % 100:02d}"
    bills, credits_ = f"{year}-000412", f"{year}C000007"
    assert command(config, "store", "begin", "--after", bills).exit_code == 2
    assert command(config, "store", "begin", "--after", bills, "--after", "S01T226C000007").exit_code == 2
    assert command(config, "store", "begin", "--after", bills, "--after", credits_).exit_code == 0
    assert opened(config, year) == 413


def test_a_till_under_a_new_prefix_may_begin_at_one(config: Path) -> None:
    (config.parent / "store" / MARK_NAME).unlink()
    (config.parent / "store" / FILE_NAME).unlink()
    done = command(config, "store", "begin", "--none-after")
    assert done.exit_code == 0, done.output
    assert opened(config) == 1


def test_a_till_whose_key_is_lost_for_good_sells_on_after_its_last_number(config: Path) -> None:
    """What is sealed is given up by a person's word alone; the old store is read should the key be found."""
    store = config.parent / "store"
    assert command(config, "store", "begin", "--key-lost").exit_code == 2, "the key is there"
    key = store / KEY_NAME
    key.rename(config.parent / "found")
    code, said = agent(config)
    assert code == 2
    assert said[-1].endswith("pos-agent store begin --key-lost")
    assert command(config, "bill", "list").exit_code == 0
    assert command(config, "store", "begin").exit_code == 2, "without the option nothing is given up"
    assert command(config, "store", "begin", "--key-lost").exit_code == 0
    assert opened(config) == BLOCK + 1
    assert key.exists()
    old = config.parent / "old"
    old.mkdir()
    for aside in store.glob("till.db.aside-*"):
        aside.rename(old / (FILE_NAME + ("-wal" if aside.name.endswith("-wal") else "")))
    (config.parent / "found").rename(old / KEY_NAME)
    found = checking.check(old / FILE_NAME, readers_vault(old), old / "catalogue.db")
    assert (found.problems, found.bills, found.sealed) == ((), 1, True)


def test_a_key_that_is_found_before_the_start_gives_nothing_up(config: Path) -> None:
    key = config.parent / "store" / KEY_NAME
    key.rename(config.parent / "found")
    assert command(config, "store", "begin", "--key-lost").exit_code == 0
    (config.parent / "found").rename(key)
    opened(config)
    assert not [*(config.parent / "store").glob("till.db.aside-*")]


def test_a_word_that_cannot_be_read_does_not_stay(config: Path) -> None:
    word = config.parent / "store" / "till.begin"
    word.write_text("{")
    assert opened(config) == 2
    assert not word.exists()
    word.write_text("{")
    (config.parent / "store" / FILE_NAME).unlink()
    with pytest.raises(StoreLost):
        opened(config)
    assert command(config, "store", "begin").exit_code == 0
    assert opened(config) > 2
    assert not word.exists()


def test_a_store_that_cannot_be_written_is_for_a_person(config: Path) -> None:
    """A file where the directory should be: nothing that passes by itself."""
    (config.parent / "a-file").write_text("")
    text = config.read_text("utf-8").replace('/store"', '/a-file"')
    config.write_text(text, "utf-8")
    code, said = agent(config)
    assert code == 2
    assert "cannot be used" in said[-1]
