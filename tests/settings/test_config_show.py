"""`config show`: rules beside settings, each with where it comes from; also without a readable store."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from agent.cli.app import app
from agent.sale.rules import KEYS
from agent.store.opening import FILE_NAME
from tests.rig.settings import SHOP

_PATTERN = """\
number_pattern = "ST.*"
"""


def settings(directory: Path) -> Path:
    file = directory / "agent.toml"
    file.write_text((SHOP + _PATTERN).format(directory=directory), "utf-8")
    return file


def test_a_till_that_never_pulled_shows_its_settings_and_the_defaults(tmp_path: Path) -> None:
    file = settings(tmp_path)
    done = CliRunner().invoke(app, ["config", "show", "--config", str(file), "--json"])
    rows = {row["key"]: row for row in json.loads(done.stdout)}
    assert done.exit_code == 0
    assert set(KEYS) <= set(rows)
    assert rows["CONF_CLIENT_BILL_NO_REGEX"]["value"] == "ST.*"
    assert rows["CONF_CLIENT_BILL_NO_REGEX"]["origin"] == f"this till's settings {file}"
    assert rows["CONF_POINTS_RETURN_ENABLED"]["origin"] == "default (documented)"
    assert rows["CONF_LOYALTY_MAX_BILL_AMOUNT"]["origin"] == "default (of this till)"


def test_a_store_that_cannot_be_read_hides_the_rules_and_not_the_settings(tmp_path: Path) -> None:
    file = settings(tmp_path)
    (tmp_path / "store").mkdir()
    (tmp_path / "store" / FILE_NAME).write_bytes(b"not a database at all, whatever its name" * 100)
    done = CliRunner().invoke(app, ["config", "show", "--config", str(file)])
    assert done.exit_code == 1
    assert "till.till_code = 'till01'" in done.stdout
    assert "rules are not shown" in done.stderr


def test_a_pull_without_an_agent_says_that_none_answers(tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["config", "pull", "--config", str(settings(tmp_path))])
    assert done.exit_code == 3
    assert "Is pos-agent running?" in done.stderr
