"""`scan decode`: a technician finds a scanner's settings by a recording, without editing a file."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from agent.cli.app import app
from drivers.scanner.ssi import DECODE_DATA, DECODER, packet
from drivers.simulated.hid_pos_scanner import reports
from drivers.simulated.keyboard_scanner import evemu_lines, key_events
from tests.rig.settings import shop_in

SCANNERS = """
[[scanner]]
kind = "serial"
path = "/dev/pos/front"
name = "front"
prefix = "*"
[[scanner]]
kind = "serial"
path = "/dev/pos/side"
name = "side"
suffix = "text"
suffix_text = "#"
"""


def decoded(*words: str) -> tuple[int, str]:
    done = CliRunner().invoke(app, ["scan", "decode", *words])
    return done.exit_code, done.output


def labels(*words: str) -> list[str | None]:
    done = CliRunner().invoke(app, ["scan", "decode", *words, "--json"])
    return [row.get("label") for row in json.loads(done.stdout)]


@pytest.fixture
def recording(tmp_path: Path) -> str:
    file = tmp_path / "line.txt"
    file.write_text(f"+0 {b'A8901030867569#K10LOT{GS}21X#NOREAD#'.hex()}\n")
    return str(file)


def test_settings_are_tried_one_by_one_until_the_labels_are_right(recording: str) -> None:
    assert decoded(recording)[0] == 1, "no end of a label is known"
    tried = ["--with", "suffix=text", "--with", "suffix_text=#"]
    assert labels(recording, *tried) == ["A8901030867569", "K10LOT{GS}21X", "NOREAD"]
    tried += ["--with", "code_id=zebra", "--with", 'gs_text=["{GS}"]', "--with", "no_read=NOREAD"]
    assert labels(recording, *tried) == ["8901030867569", "10LOT\x1d21X", None]
    code, words = decoded(recording, *tried)
    assert code == 0
    assert "]E0" in words
    assert "nothing could be read" in words


def test_reports_of_a_hid_pos_scanner_are_tried_as_such(tmp_path: Path) -> None:
    file = tmp_path / "reports.txt"
    some = [*reports("]E08901030867569"), *reports("]Q1" + "A" * 100), reports("A")[0][:20]]
    file.write_text("\n".join(one.hex(" ") for one in some))
    code, words = decoded(str(file), "--with", "kind=hid-pos")
    assert code == 1, "the last report is short"
    assert "8901030867569  ]E0" in words
    assert labels(str(file), "--with", "kind=hid-pos") == ["8901030867569", "A" * 100, None]
    settings = shop_in(tmp_path, '[[scanner]]\nkind = "hid-pos"\npath = "/dev/pos/hidpos"\n')
    assert labels(str(file), "--config", str(settings)) == ["8901030867569", "A" * 100, None]


def test_a_keyboards_recording_is_tried_with_another_country(tmp_path: Path) -> None:
    file = tmp_path / "keys.txt"
    file.write_text("\n".join(evemu_lines(key_events("ZY-1", layout="de"))))
    assert labels(str(file)) != ["ZY-1"]
    assert labels(str(file), "--with", "layout=de") == ["ZY-1"]


@pytest.mark.parametrize(
    ("tried", "words"),
    [
        ("suffix=crlff", "did you mean crlf?"),
        ("sufix=cr", "did you mean scanner.suffix?"),
        ("suffix", "expected one of any, cr"),
        ("max_length=many", "expected a whole number"),
        ("layout=de", "scanner.layout: is for keyboard scanners"),
        ("suffix_text=#", "scanner.suffix_text"),
    ],
)
def test_a_setting_that_cannot_be_is_told(recording: str, tried: str, words: str) -> None:
    code, output = decoded(recording, "--with", tried)
    assert (code, words in output) == (2, True), output


def test_the_scanner_of_the_settings_is_chosen_by_its_name(tmp_path: Path, recording: str) -> None:
    of = ["--config", str(shop_in(tmp_path, SCANNERS))]
    assert labels(recording, *of, "--scanner", "side") == ["A8901030867569", "K10LOT{GS}21X", "NOREAD"]
    assert labels(recording, *of) == [None]
    code, output = decoded(recording, *of, "--scanner", "back")
    assert (code, "front, side" in output) == (2, True)


def test_packets_are_tried_like_any_other_setting(tmp_path: Path) -> None:
    file = tmp_path / "packets.txt"
    sent = packet(DECODE_DATA, b"\x0b8901030867569", source=DECODER)
    file.write_text(f"+0 {sent.hex()}\n")
    assert labels(str(file)) == [None]
    assert labels(str(file), "--with", "protocol=ssi") == ["8901030867569"]
    code, output = decoded(str(file), "--with", "protocol=ssi", "--with", "suffix=tab")
    assert (code, "end by themselves" in output) == (2, True)
