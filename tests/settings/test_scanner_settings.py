"""What a scanner can be set to, its driver can be told; what cannot be meant together is said."""

from __future__ import annotations

import queue
import threading
import time
from dataclasses import fields, replace
from pathlib import Path

import pytest

from agent.daemon.composition import key_options, scanner, scanner_framing
from agent.settings.config import Config, load
from agent.settings.toml_sections import ConfigError
from drivers.scanner.code_ids import CODE_IDS
from drivers.scanner.framing import SUFFIXES, Framing
from drivers.scanner.keyboard import KeyOptions
from drivers.scanner.label import Scan, ScannedLabel
from drivers.simulated.hid_pos_scanner import reports
from drivers.simulated.scanner import VirtualScanner

GOOD = """
[shop]
name = "Corner Shop"
[till]
store_code = "S1"
till_code = "T1"
bill_prefix = "S1T1"
[[scanner]]
path = "/dev/pos/front"
"""


def _loaded(place: Path, text: str) -> Config:
    file = place / "agent.toml"
    file.write_text(GOOD + text, "utf-8")
    return load(file, {})[0]


def _problems(place: Path, text: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        _loaded(place, text)
    return {problem.key.partition(".")[2]: problem.text for problem in caught.value.problems}


def test_everything_a_driver_knows_of_labels_can_be_set(tmp_path: Path) -> None:
    """Each to another value than its default: none is forgotten on the way to the driver."""
    [section] = _loaded(
        tmp_path,
        """
        kind = "keyboard"
        layout = "de"
        gs_keys = ["f8", "down"]
        gs_text = ["{GS}", "|"]
        prefix = "*"
        suffix = "text"
        suffix_text = "--"
        code_id = "honeywell"
        no_read = "NR"
        drop = "\\u0000"
        max_length = 100
        settle_ms = 10
        idle_ms = 200
        stale_ms = 900
        """,
    ).scanner
    keys = key_options(section)
    assert keys == KeyOptions("de", ("f8", "down"), scanner_framing(section))
    same = {
        field.name
        for field in fields(Framing)
        if getattr(keys.framing, field.name) == getattr(Framing(), field.name)
    }
    assert same == {"encoding"}, "of keys, which have none"
    [serial] = _loaded(tmp_path, 'kind = "serial"\nencoding = "cp1252"\n').scanner
    assert scanner_framing(serial).encoding == "cp1252"


def test_a_line_of_seven_bits_is_opened_as_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: dict[str, object] = {}
    stop = threading.Event()

    def open_line(url: str, **how: object) -> None:
        opened.update(how, url=url)
        stop.set()
        raise FileNotFoundError(2, "it is only looked at how it is opened")

    monkeypatch.setattr("serial.serial_for_url", open_line)
    text = 'kind = "serial"\nbaudrate = 1200\ndata_bits = 7\nparity = "even"\nstop_bits = 2\n'
    scanner(_loaded(tmp_path, text).scanner[0], lambda _: None, lambda *_: None).run(stop)
    wanted = {"url": "/dev/pos/front", "baudrate": 1200, "bytesize": 7, "parity": "E", "stopbits": 2}
    assert {name: opened[name] for name in wanted} == wanted


def test_the_words_of_the_settings_are_those_of_the_drivers(tmp_path: Path) -> None:
    for suffix in set(SUFFIXES) - {"text"}:
        assert _loaded(tmp_path, f'kind = "serial"\nsuffix = "{suffix}"').scanner[0].suffix == suffix
    for code_id in CODE_IDS:
        assert _loaded(tmp_path, f'kind = "serial"\ncode_id = "{code_id}"').scanner[0].code_id == code_id


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        ('suffix = "crlff"', "suffix", "crlf"),
        ('sufix = "cr"', "sufix", "did you mean"),
        ('suffix = "text"', "suffix_text", "go together"),
        ('suffix_text = "#"', "suffix_text", "go together"),
        ('encoding = "utf-16"', "encoding", "utf-8"),
        ('encoding = "rot13"', "encoding", "utf-8"),
        ('encoding = "latin-9000"', "encoding", "utf-8"),
        ('gs_text = [""]', "gs_text", "not empty"),
        ('gs_keys = ["f8"]', "gs_keys", "keyboard scanners"),
        ('layout = "de"', "layout", "keyboard scanners"),
        ("data_bits = 9", "data_bits", "from 7 to 8"),
        ('parity = "E"', "parity", "even"),
        ('drop = "\\r"', "drop", "ends a label"),
        ('prefix = "*"\ndrop = "*"', "drop", "prefix"),
        ('suffix = "none"\nidle_ms = 800', "stale_ms", "800"),
        ('code_id = "datalogic"', "code_id", "honeywell"),
    ],
)
def test_what_cannot_work_is_told(tmp_path: Path, text: str, key: str, words: str) -> None:
    assert words in _problems(tmp_path, f'kind = "serial"\n{text}\n')[key]


def test_a_scanner_that_sends_reports_is_set_up_by_its_kind(tmp_path: Path) -> None:
    """From the settings to a label: the simulated one at the path that stands there."""
    link, stop = tmp_path / "hidpos", threading.Event()
    heard: queue.Queue[Scan] = queue.Queue()
    text = 'kind = "hid-pos"\nname = "desk"\nencoding = "cp1252"\ngs_text = ["|"]\n'
    section = _loaded(tmp_path, text).scanner[0]
    section = replace(section, path=str(link))
    with VirtualScanner(link) as wire:
        ready = threading.Event()
        driver = scanner(section, heard.put, lambda *_: ready.set())
        thread = threading.Thread(target=driver.run, args=(stop,))
        thread.start()
        try:
            assert ready.wait(10)
            time.sleep(0.1)
            for one in reports("]C1é|10L", "cp1252"):
                wire.send_bytes(one)
            assert heard.get(timeout=10) == ScannedLabel("é\x1d10L", "]C1", "desk", b"\xe9|10L")
        finally:
            stop.set()
            thread.join(10)


def test_what_a_report_has_not_is_told(tmp_path: Path) -> None:
    wrong = 'baudrate = 1200\nprotocol = "ssi"\nlayout = "de"\nsuffix = "cr"\nsettle_ms = 5\nidle_ms = 50\n'
    found = _problems(tmp_path, f'kind = "hid-pos"\n{wrong}')
    assert set(found) == {"baudrate", "protocol", "layout", "suffix", "settle_ms", "idle_ms"}
    file = tmp_path / "other"
    file.mkdir()
    with pytest.raises(ConfigError) as caught:
        text = GOOD.replace("/dev/pos/front", "socket://127.0.0.1:4001")
        (file / "agent.toml").write_text(f'{text}kind = "hid-pos"\n', "utf-8")
        load(file / "agent.toml", {})
    assert [problem.key for problem in caught.value.problems] == ["scanner[0].path"]


def test_a_keyboard_has_neither_speed_nor_encoding(tmp_path: Path) -> None:
    found = _problems(
        tmp_path, 'kind = "keyboard"\nbaudrate = 1200\nencoding = "cp1252"\ngs_keys = ["ctrl+q"]\n'
    )
    assert set(found) == {"gs_keys"}
    found = _problems(tmp_path, 'kind = "keyboard"\nbaudrate = 1200\nencoding = "cp1252"\n')
    assert set(found) == {"baudrate", "encoding"}


@pytest.mark.parametrize(
    ("first", "second", "key"),
    [
        ("front", "front", "scanner[2].name"),
        ("scanner-3", "", "scanner[2].name"),
        ("", "scanner-1", "scanner[2].name"),
    ],
)
def test_two_scanners_are_not_called_the_same(tmp_path: Path, first: str, second: str, key: str) -> None:
    """What is set up, tried and counted by a name would be that of the first."""
    text = "".join(
        f'[[scanner]]\nkind = "serial"\npath = "/dev/pos/{at}"\nname = "{name}"\n'
        for at, name in enumerate((first, second))
    )
    with pytest.raises(ConfigError) as refused:
        _loaded(tmp_path, f'kind = "serial"\n{text}')
    assert [(one.key, "each name once" in str(one)) for one in refused.value.problems] == [(key, True)]
