"""Several printers: each has a name, and something to print or somebody to stand in for."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.settings.config import Config, load
from agent.settings.printer_section import counted_printers, printer_names
from agent.settings.toml_sections import ConfigError

_SHOP = """
[shop]
name = "Corner Shop"

[till]
store_code = "S1"
till_code = "T1"
bill_prefix = "S1T1"
"""
_FIRST = '\n[[printer]]\nurl = "tcp://192.168.1.5:9100"\n'
_SECOND = '\n[[printer]]\nurl = "tcp://192.168.1.6:9100"\n'


def read(directory: Path, text: str) -> Config:
    file = directory / "agent.toml"
    file.write_text(_SHOP + text, "utf-8")
    return load(file, {})[0]


def wrong(directory: Path, text: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        read(directory, text)
    return {problem.key: problem.text for problem in caught.value.problems}


def test_printers_have_names_of_their_own_or_are_counted(tmp_path: Path) -> None:
    found = read(tmp_path, f'{_FIRST}stand_in = "printer-2"\n{_SECOND}').printer
    assert printer_names(found) == ["printer", "printer-2"]
    found = read(tmp_path, f'{_FIRST}name = "counter"\n{_SECOND}prints = ["labels", "copies"]\n').printer
    assert printer_names(found) == ["counter", "printer-2"]
    assert found[1].prints == ("labels", "copies")


def test_of_several_those_without_a_name_are_told(tmp_path: Path) -> None:
    """Tickets that wait stay with a name, and one that counts is another printer's once the order changes."""
    copies = 'prints = ["copies"]\n'
    assert counted_printers(read(tmp_path, _FIRST).printer) == [], "one alone is the printer"
    assert counted_printers(read(tmp_path, _FIRST + _SECOND + copies).printer) == ["printer", "printer-2"]
    one = read(tmp_path, f'{_FIRST}name = "counter"\n{_SECOND}{copies}').printer
    assert counted_printers(one) == ["printer-2"]
    both = read(tmp_path, f'{_FIRST}name = "counter"\n{_SECOND}name = "back"\n{copies}').printer
    assert counted_printers(both) == []


@pytest.mark.parametrize(
    ("first", "second", "key", "told"),
    [
        ("", "", "printer[1].prints", "nothing would come out of it"),
        ('name = "a"\n', 'name = "a"\nprints = ["labels"]\n', "printer[1].name", "found a again"),
        ('stand_in = "back"\n', 'name = "bock"\n', "printer[0].stand_in", "did you mean bock"),
        ('name = "a"\nstand_in = "a"\n', 'prints = ["labels"]\n', "printer[0].stand_in", "printer-2"),
        (
            'prints = ["copies"]\n',
            'prints = ["copies"]\n',
            "printer[1].prints",
            "copies comes out of printer",
        ),
        ("", 'prints = ["copies", "copies"]\n', "printer[1].prints", "copies comes out of printer-2"),
        ("", 'prints = ["receipts"]\n', "printer[1].prints", "bills, copies, labels"),
        ('stand_in = "printer-2"\nstand_in_after_s = 1\n', "", "printer[0].stand_in_after_s", "3600"),
    ],
)
def test_what_printers_cannot_be_together_is_an_error(
    tmp_path: Path, first: str, second: str, key: str, told: str
) -> None:
    assert told in wrong(tmp_path, _FIRST + first + _SECOND + second)[key]


def test_one_printer_stands_in_for_nobody(tmp_path: Path) -> None:
    assert "there is none" in wrong(tmp_path, f'{_FIRST}stand_in = "back"\n')["printer[0].stand_in"]


def test_two_printers_are_not_at_one_address(tmp_path: Path) -> None:
    found = wrong(tmp_path, f'{_FIRST}{_FIRST}prints = ["labels"]\n')
    assert "that of printer[0]" in found["printer[1].url"]


@pytest.mark.parametrize("other", ["10.0.0.5", "10.0.0.5:9100", "10.0.0.5:9100/", "10.0.0.5/"])
@pytest.mark.parametrize("one", ["10.0.0.5", "10.0.0.5:9100"])
def test_an_address_on_the_network_is_one_however_it_is_spelt(tmp_path: Path, one: str, other: str) -> None:
    tables = (f'[[printer]]\nurl = "tcp://{url}"\n' for url in (one, other))
    found = wrong(tmp_path, 'prints = ["labels"]\n'.join((*tables, "")))
    assert "that of printer[0]" in found["printer[1].url"]


def test_a_host_is_one_in_capitals_too(tmp_path: Path) -> None:
    tables = (f'[[printer]]\nurl = "tcp://{host}"\n' for host in ("Kitchen.lan", "kitchen.LAN"))
    found = wrong(tmp_path, 'prints = ["labels"]\n'.join((*tables, "")))
    assert "that of printer[0]" in found["printer[1].url"]


def test_a_printer_is_not_where_a_scale_or_a_scanner_is(tmp_path: Path) -> None:
    scale = '[scale]\npath = "/dev/ttyS1"\n'
    printer = '[[printer]]\nurl = "/dev/ttyS1?baudrate=19200"\n'
    assert wrong(tmp_path, scale + printer).keys() == {"scale.path"}
    scanner = '[[scanner]]\nkind = "serial"\npath = "/dev/ttyS1"\n'
    assert wrong(tmp_path, scanner + printer).keys() == {"printer[0].url"}
