"""The scale's settings: none without a path, and every error told."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.settings.config import Config, load
from agent.settings.ports import at_paths
from agent.settings.toml_sections import ConfigError

_SHOP = """
[shop]
name = "Corner Shop"

[till]
store_code = "S1"
till_code = "T1"
bill_prefix = "S1T1"
"""


def read(directory: Path, text: str) -> Config:
    file = directory / "agent.toml"
    file.write_text(_SHOP + text, "utf-8")
    return load(file, {})[0]


def test_a_till_has_no_scale_unless_one_is_named(tmp_path: Path) -> None:
    assert read(tmp_path, "").scale.path == ""
    found = read(tmp_path, '[scale]\npath = "/dev/pos/serial-1"\nprotocol = "cas"\nunit = "lb"\n').scale
    assert (found.path, found.protocol, found.unit, found.baudrate) == ("/dev/pos/serial-1", "cas", "lb", 0)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('protocol = "mettler-8271"', "nearest: mettler-8217"),
        ('unit = "stone"', "kg, g, lb, oz"),
        ("baudrate = 100", "300"),
        ("data_bits = 9", "7"),
        ("stop_bits = 3", "0"),
        ('parity = "evn"', "even"),
        ("max_milli = -1", "0"),
        ("wait_ms = 1", "200"),
        ('path = "tcp://here"', "scale.path"),
    ],
)
def test_what_cannot_be_meant_is_told(tmp_path: Path, line: str, told: str) -> None:
    path = "" if line.startswith("path") else 'path = "/dev/pos/serial-1"\n'
    with pytest.raises(ConfigError) as wrong:
        read(tmp_path, f"[scale]\n{path}{line}\n")
    assert len(wrong.value.problems) == 1
    assert told.rsplit(": ", maxsplit=1)[-1] in str(wrong.value)


def test_settings_of_a_scale_without_its_path_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"scale\.path"):
        read(tmp_path, '[scale]\nprotocol = "cas"\n')


def test_two_devices_at_one_path_are_told(tmp_path: Path) -> None:
    two = '[scale]\npath = "/dev/pos/serial-1"\n[display]\npath = "/dev/pos/serial-1"\n'
    with pytest.raises(ConfigError, match=r"display\.path.*that of scale") as wrong:
        read(tmp_path, two)
    assert len(wrong.value.problems) == 1
    apart = two.replace("serial-1", "serial-2", 1)
    assert [key for key, _, _ in at_paths(read(tmp_path, apart))] == ["scale", "display"]
