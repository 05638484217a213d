"""What root's commands write into the till's directory, whose owner is not root and may lay links there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from agent.cli.app import app
from agent.cli.catalogues import LIST_NAME
from agent.store import beginning
from tests.rig.settings import shop_in

TILLS = 12345

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """The directory of a till that runs as a user of its own."""
    shop_in(tmp_path)
    (tmp_path / "items.csv").write_text("sku,name,price,tax_rate\nA,Rice,10,5\n", "utf-8")
    (tmp_path / "store").mkdir(mode=0o700)
    os.chown(tmp_path / "store", TILLS, TILLS)
    return tmp_path / "store"


@pytest.fixture
def roots(tmp_path: Path) -> Path:
    """A file that is root's alone."""
    file = tmp_path / "shadow"
    file.write_text("root's")
    file.chmod(0o600)
    return file


def command(store: Path, *words: str) -> Result:
    return CliRunner().invoke(app, [*words, "--config", str(store.parent / "agent.toml")])


def untouched(file: Path) -> bool:
    return (file.read_text(), file.stat().st_uid) == ("root's", 0)


@pytest.mark.parametrize("options", [[], ["--json"]])
def test_an_import_gives_away_what_it_wrote_and_nothing_that_a_link_leads_to(
    store: Path, roots: Path, options: list[str]
) -> None:
    (store / LIST_NAME).symlink_to(roots)
    assert command(store, "catalogue", "import", str(store.parent / "items.csv"), *options).exit_code == 0
    assert untouched(roots)
    assert (store / "catalogue.db").stat().st_uid == TILLS


def test_a_word_for_the_next_start_is_written_through_no_link(store: Path, roots: Path) -> None:
    (store / "till.begin.new").symlink_to(roots)
    beginning.say(store, beginning.Word("2026-11-30T10:00:00+05:30", "root"))
    assert untouched(roots)
    said = beginning.said(store)
    assert said is not None
    assert said.by == "root"
