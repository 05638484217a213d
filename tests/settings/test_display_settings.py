"""The customer's display: none without a path, and every error told."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.settings.toml_sections import ConfigError
from tests.settings.test_scale_settings import read


def test_a_till_has_no_display_unless_one_is_named(tmp_path: Path) -> None:
    assert read(tmp_path, "").display.path == ""
    found = read(tmp_path, '[display]\npath = "/dev/pos/serial-1"\nidle = ["Hello"]\n').display
    assert (found.protocol, found.columns, found.idle) == ("escpos", 20, ("Hello",))


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('protocol = "cd522"', "cd5220"),
        ("columns = 4", "16"),
        ("baudrate = 0", "300"),
        ('idle = ["a", "b", "c"]', "two lines"),
        ("keep_s = -1", "0"),
    ],
)
def test_what_cannot_be_meant_is_told(tmp_path: Path, line: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        read(tmp_path, f'[display]\npath = "/dev/pos/serial-1"\n{line}\n')


def test_settings_of_a_display_without_its_path_are_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"display\.path"):
        read(tmp_path, "[display]\ncolumns = 40\n")
