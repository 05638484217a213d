"""Commands of a user who may not look into the till's directories: the file is named, and nothing is called
absent that may be there."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli import barcodes
from agent.cli.app import app
from tests.rig.settings import SHOP, shop_in

STRANGER = 65534

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="only root can be somebody else for a moment")


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Settings that everybody may read, and a store that is root's alone."""
    with tempfile.TemporaryDirectory() as name:
        place = Path(name)
        place.chmod(0o755)
        shop_in(place)
        (place / "store").mkdir(mode=0o700)
        monkeypatch.setenv("POS_AGENT_CONFIG", str(place / "agent.toml"))
        yield place


@contextmanager
def a_stranger() -> Iterator[None]:
    os.seteuid(STRANGER)
    try:
        yield
    finally:
        os.seteuid(0)


def told(*words: str) -> str:
    CliRunner().invoke(app, [*words])  # imports what it needs, as root
    with a_stranger():
        done = CliRunner().invoke(app, [*words])
    assert done.exit_code == 2, (done.output, done.exception)
    assert "Errno" not in done.output
    return " ".join(done.output.split())


@pytest.mark.parametrize(
    "command", [("store", "check"), ("bill", "list"), ("bill", "show", "X")], ids=" ".join
)
def test_a_store_that_this_user_may_not_see_is_not_called_absent(
    place: Path, command: tuple[str, ...]
) -> None:
    assert told(*command).startswith(f"{place}/store/till.db: this user may not. Ask as root")


def test_labels_that_this_user_may_not_see_are_not_to_be_made_anew(place: Path) -> None:
    """New ones would withdraw those that hang at the counter."""
    assert CliRunner().invoke(app, ["labels", "new"]).exit_code == 0
    assert (
        told("labels", "print", str(place / "sheet.png"))
        == f"{place}/store/command-labels.key: this user may not."
    )


def test_rules_that_this_user_may_not_read_are_not_called_absent(
    place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("POS_AGENT_CONFIG")
    monkeypatch.setattr(barcodes, "DEFAULT_FILE", place / "store" / "agent.toml")
    (place / "store" / "agent.toml").write_text(SHOP.format(directory=place), "utf-8")
    assert told("barcode", "8900000000012").startswith(
        f"{place}/store/agent.toml: cannot be read: this user may not"
    )
