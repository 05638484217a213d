"""`printer show` and `printer test` with no agent running; the printer is on a wire."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from agent.cli.app import app
from agent.printing.known import Known
from agent.settings.config import load
from agent.store.opening import open_store
from drivers.simulated.printer import VirtualPrinter
from tests.rig.settings import shop_in


@pytest.fixture
def printer() -> Iterator[VirtualPrinter]:
    with VirtualPrinter() as running:
        yield running


def _settings(place: Path, url: str, more: str = "") -> Path:
    return shop_in(place, f'[[printer]]\nurl = "{url}"\n{more}')


def _run(file: Path, *command: str) -> Result:
    return CliRunner().invoke(app, [*command, "--config", str(file)])


def _values(shown: dict[str, Any]) -> dict[str, tuple[Any, str]]:
    return {one["setting"]: (one["value"], one["from"]) for one in shown["values"]}


def test_without_an_agent_show_says_what_it_is_taken_for_and_sends_nothing(
    tmp_path: Path, printer: VirtualPrinter
) -> None:
    file = _settings(tmp_path, printer.url, "columns = 40\n")
    done = _run(file, "printer", "show", "--json")
    assert done.exit_code == 0, done.output
    [shown] = json.loads(done.stdout)
    assert (shown["url"], shown["there"], shown["state"]) == (printer.url, None, None)
    assert _values(shown)["columns"] == (40, "settings")
    assert _values(shown)["dots"] == (576, "profile")
    assert "says" not in shown
    assert printer.status()["bytes"] == 0
    words = _run(file, "printer", "show").stdout
    assert "columns = 40                     settings" in words
    assert "printer show --ask" in words


def test_asked_the_printer_says_how_it_stands_and_what_it_is(tmp_path: Path, printer: VirtualPrinter) -> None:
    file = _settings(tmp_path, printer.url)
    [shown] = json.loads(_run(file, "printer", "show", "--ask", "--json").stdout)
    assert (shown["there"], shown["state"]) == (True, "ok")
    known = {"maker": "VIRTUAL", "model": "ROLL", "firmware": "1.00", "serial": "0001"}
    assert shown["says"] == known | {"pin-3": "high"}
    words = _run(file, "printer", "show", "--ask").stdout
    assert "maker VIRTUAL" in words
    assert "model ROLL" in words
    assert printer.tickets == [], "questions print nothing"


def test_one_that_does_not_answer_is_told_as_such(tmp_path: Path, printer: VirtualPrinter) -> None:
    printer.set_fault("silent")
    [shown] = json.loads(_run(_settings(tmp_path, printer.url), "printer", "show", "--ask", "--json").stdout)
    assert (shown["state"], shown["says"]) == ("unknown", {})


def test_a_device_that_is_unplugged_is_told(tmp_path: Path) -> None:
    file = _settings(tmp_path, "/dev/pos/printer-0000-0000")
    done = _run(file, "printer", "show")
    assert "Its device is not there" in done.stdout
    asked = _run(file, "printer", "show", "--ask")
    assert asked.exit_code == 2
    assert "/dev/pos/printer-0000-0000" in asked.stderr


def test_the_test_page_comes_out_and_what_was_proved_is_said(tmp_path: Path, printer: VirtualPrinter) -> None:
    done = _run(_settings(tmp_path, printer.url), "printer", "test")
    assert (done.exit_code, "has proved it" in done.stdout) == (0, True), done.output
    [ticket] = printer.tickets
    assert "TEST, no bill" in ticket.text
    assert "123456789012345678901234567890123456789012345678" in ticket.text
    assert printer.status()["drawer_kicks"] == 0


def test_a_printer_that_never_answers_gets_it_and_nothing_is_claimed(
    tmp_path: Path, printer: VirtualPrinter
) -> None:
    file = _settings(tmp_path, printer.url, 'fence = "none"\n')
    done = _run(file, "printer", "test", "--json")
    assert (done.exit_code, json.loads(done.stdout)["ok"]) == (0, True)
    assert "cannot confirm" in json.loads(done.stdout)["text"]


def test_the_drawer_is_opened_by_the_agent_alone_which_writes_it_down(
    tmp_path: Path, printer: VirtualPrinter
) -> None:
    done = _run(_settings(tmp_path, printer.url), "printer", "test", "--drawer")
    assert (done.exit_code, "Is pos-agent running?" in done.stderr) == (3, True)
    assert (printer.status()["drawer_kicks"], printer.tickets) == (0, [])


def test_a_logo_is_stored_in_the_printer_and_shown_by_it(tmp_path: Path, printer: VirtualPrinter) -> None:
    """And from then on called up by each ticket."""
    logo = tmp_path / "logo.png"
    Image.new("L", (80, 40), 0).save(logo)
    file = _settings(tmp_path, printer.url, f'logo = "{logo}"\nstored_logo = "A1"\n')
    done = _run(file, "printer", "logo", "--store")
    assert (done.exit_code, "has proved it" in done.stdout) == (0, True), done.output
    [ticket] = printer.tickets
    assert len(ticket.pictures) == 1
    assert "Above is the logo that this printer has stored as A1." in " ".join(ticket.text.split())
    assert "has stored as A1" in _run(file, "printer", "logo").stdout
    assert json.loads(_run(file, "printer", "logo", "--json").stdout)["stored_logo"] == "A1"


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ("", "printer.stored_logo"),
        ('stored_logo = "A1"\n', "printer.logo"),
        ('logo = "{logo}"\nstored_logo = "nv-1"\n', "written all at once"),
        ('logo = "/nowhere.png"\nstored_logo = "A1"\n', "/nowhere.png"),
    ],
    ids=["nothing", "no file", "older make", "gone"],
)
def test_what_cannot_be_stored_is_said_and_nothing_is_sent(
    tmp_path: Path, printer: VirtualPrinter, more: str, why: str
) -> None:
    logo = tmp_path / "logo.png"
    Image.new("L", (80, 40), 0).save(logo)
    file = _settings(tmp_path, printer.url, more.format(logo=logo))
    done = _run(file, "printer", "logo", "--store")
    assert (done.exit_code, why in " ".join(done.stderr.split())) == (2, True), done.output
    assert printer.status()["bytes"] == 0


def test_paper_out_is_told_and_nothing_is_printed(tmp_path: Path, printer: VirtualPrinter) -> None:
    printer.set_fault("paper-out")
    done = _run(_settings(tmp_path, printer.url), "printer", "test")
    assert (done.exit_code, "out of paper" in done.stderr) == (2, True)
    printer.clear()
    assert printer.tickets == []


@pytest.mark.parametrize("command", [("show",), ("test",)])
def test_a_till_without_a_printer_says_so(tmp_path: Path, command: tuple[str, ...]) -> None:
    done = _run(shop_in(tmp_path), "printer", *command)
    assert (done.exit_code, "[[printer]]" in done.stderr) == (2, True)


def test_what_earlier_runs_learnt_is_shown_while_no_agent_runs_and_a_setting_pins_it(tmp_path: Path) -> None:
    file = _settings(tmp_path, "/dev/pos/printer-0000-0000")
    store = open_store(load(file)[0].store)
    with store.transaction() as tx:
        known = Known("printer", lambda work: work(tx), lambda: "2026-11-23T10:00:00+05:30")
        known.met({"model": "TM-T20III", "serial": "X1"})
        known.learn(auto_status=True, fence="none")
        known.keep()
    store.close()
    [shown] = json.loads(_run(file, "printer", "show", "--json").stdout)
    at = "2026-11-23T10:00:00+05:30"
    assert shown["known"] == [
        {"what": "model", "value": "TM-T20III", "from": "kept", "at": at},
        {"what": "serial", "value": "X1", "from": "kept", "at": at},
    ]
    assert shown["learnt"] == ["cannot-confirm"]
    assert _values(shown)["auto_status"] == (True, "kept")
    assert _values(shown)["fence"] == ("process-id", "profile")
    words = _run(file, "printer", "show").stdout
    assert "model TM-T20III (kept; so on 2026-11-23 10:00)" in words
    assert "auto_status = true               kept; so on 2026-11-23 10:00" in words
    file.write_text(file.read_text("utf-8") + "auto_status = false\n", "utf-8")
    [pinned] = json.loads(_run(file, "printer", "show", "--json").stdout)
    assert _values(pinned)["auto_status"] == (False, "settings")


def test_the_check_of_the_settings_tells_which_of_several_printers_have_no_name(tmp_path: Path) -> None:
    second = '[[printer]]\nname = "back"\nurl = "tcp://192.0.2.6"\nprints = ["copies"]\n'
    checked = _run(_settings(tmp_path, "tcp://192.0.2.5", second), "config", "check")
    assert checked.exit_code == 0, checked.output
    assert "called by their places in the settings: printer." in checked.stdout
    named = _run(_settings(tmp_path, "tcp://192.0.2.5", f'name = "counter"\n{second}'), "config", "check")
    assert "by their places" not in named.stdout
