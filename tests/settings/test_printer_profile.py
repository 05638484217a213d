"""A printer that no profile fits is set key by key; what cannot work is refused, with the nearest right."""

from __future__ import annotations

from dataclasses import asdict, replace
from pathlib import Path

import pytest

from agent.daemon.printing_side import printer_options
from agent.settings.config import Config, load
from agent.settings.printer_profile import profile_of, values_of
from agent.settings.toml_sections import ConfigError
from drivers.printer.profile import profile_named, profiles

GOOD = """
[shop]
name = "Corner Shop"
[till]
store_code = "S1"
till_code = "T1"
bill_prefix = "S1T1"
[[printer]]
url = "tcp://192.168.1.5:9100"
"""


def _loaded(place: Path, text: str) -> Config:
    file = place / "agent.toml"
    file.write_text(GOOD + text, "utf-8")
    return load(file, {})[0]


def _problems(place: Path, text: str) -> dict[str, str]:
    with pytest.raises(ConfigError) as caught:
        _loaded(place, text)
    return {problem.key.partition(".")[2]: problem.text for problem in caught.value.problems}


def test_everything_of_a_profile_can_be_set_and_reaches_the_printers_thread(tmp_path: Path) -> None:
    """Each to another value than the profile's: none is forgotten on the way."""
    [section] = _loaded(
        tmp_path,
        """
        profile = "generic-58"
        columns = 30
        dots = 360
        code_page = 19
        encoding = "cp858"
        cutter = true
        feed_before_cut = 9
        native_qr = true
        native_barcode = true
        fence = "gs-r"
        auto_status = true
        drawer_pin = 5
        drawer_pulse = "real-time"
        drawer_pulse_ms = 200
        """,
    ).printer
    named, made = asdict(profile_named("generic-58")), asdict(printer_options(section).profile)
    assert {name for name in named if named[name] == made[name]} == {
        *("name", "drawer_open_level", "cancel_kanji", "logo", "stored_logo")
    }
    assert (made["columns"], made["dots"], made["encoding"], made["fence"]) == (30, 360, "cp858", "gs-r")
    assert all(own for _, _, own in values_of(section))


@pytest.mark.parametrize("name", list(profiles()))
def test_a_profile_alone_is_as_it_always_was_and_no_value_is_of_the_settings(
    tmp_path: Path, name: str
) -> None:
    [section] = _loaded(tmp_path, f'profile = "{name}"\n').printer
    assert profile_of(section) == replace(profile_named(name), drawer_pin=2, drawer_ms=100)
    assert not any(own for _, _, own in values_of(section))


@pytest.mark.parametrize(
    ("text", "key", "words"),
    [
        (
            "columns = 64\n",
            "columns",
            "64 columns of 12 dots need 768 dots, and the head has 576: at",
        ),
        ("dots = 384\n", "dots", "the head has 384: at most 32 columns"),
        ('profile = "generic-58"\ncolumns = 42\n', "columns", "at most 32"),
        ("dots = 580\n", "dots", "such as 576"),
        ("columns = 20\n", "columns", "from 24 to 104"),
        ("code_page = 256\n", "code_page", "from 0 to 255"),
        ("code_page = 19\n", "code_page", "page 19 is 'cp858'"),
        ("code_page = 200\n", "code_page", "needs printer.encoding as well"),
        ("code_page = 1\n", "code_page", "needs printer.encoding as well, the letters of that page: the"),
        ('encoding = "Windows-1252"\n', "encoding", "is page 16"),
        ('encoding = "mac_roman"\n', "encoding", "needs printer.code_page as well, the number"),
        ('code_page = 19\nencoding = "PC858"\n', "encoding", "did you mean 'cp858'"),
        ('code_page = 19\nencoding = "mine"\n', "encoding", "expected one of ascii, cp1125"),
        ('code_page = 19\nencoding = ""\n', "encoding", "expected one of ascii"),
        ('code_page = 0\nencoding = "utf-8"\n', "encoding", "a byte for each"),
        ('code_page = 0\nencoding = "gb18030"\n', "encoding", "a byte for each"),
        ('code_page = 0\nencoding = "shift_jis"\n', "encoding", "a byte for each"),
        ('code_page = 0\nencoding = "cp037"\n', "encoding", "ASCII as it is"),
        ('code_page = 0\nencoding = "rot13"\n', "encoding", "ASCII as it is"),
        ("feed_before_cut = 31\n", "feed_before_cut", "from 0 to 30"),
        ('fence = "gsr"\n', "fence", "did you mean gs-r"),
        ('cutter = "yes"\n', "cutter", "expected true or false"),
        ("density = 3\n", "density", "there is no such setting"),
        ('profile = "star-tsp143"\n', "profile", "can be switched to ESC/POS"),
        ('profile = "mC-Print3"\n', "profile", "choose generic-80"),
        ('profile = "label-zpl"\n', "profile", "no ZPL"),
        ('profile = "clone-80-no-replys"\n', "profile", "did you mean 'clone-80-no-replies'"),
    ],
)
def test_what_cannot_work_is_refused_in_words(tmp_path: Path, text: str, key: str, words: str) -> None:
    problems = _problems(tmp_path, text)
    assert list(problems) == [key]
    assert words in problems[key]


@pytest.mark.parametrize(
    "text",
    [
        'profile = "epson-tm-t88"\ncolumns = 36\n',
        "dots = 832\ncolumns = 69\n",
        'dots = 384\ncolumns = 32\ncutter = false\nfence = "none"\n',
        'profile = "epson-tm-t20"\nencoding = "ascii"\n',
        'code_page = 73\nencoding = "cp1251"\n',
    ],
)
def test_what_printers_are_can_be_set(tmp_path: Path, text: str) -> None:
    """Also a clone's page under a number of its own."""
    assert _loaded(tmp_path, text).printer
