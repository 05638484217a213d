"""A file of settings that a command changes: tried first, whole or not at all, and what it was is kept."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.settings.adding import (
    BEFORE,
    NotInPlace,
    changed_text,
    replace_text,
    section_text,
    try_settings,
)
from agent.settings.config import load
from agent.settings.toml_sections import ConfigError

GOOD = """\
# Ours.
[shop]
name = "Corner Shop"   # of the corner
[till]
store_code = "S1"
till_code = "T1"
bill_prefix = "S1T1"
"""
SECTION = section_text("scanner", {"kind": "serial", "path": '/dev/pos/a"b\\c'})


def test_a_section_is_read_as_it_was_meant(tmp_path: Path) -> None:
    file = tmp_path / "agent.toml"
    file.write_text(f"{GOOD}\n{SECTION}")
    assert [(one.kind, one.path) for one in load(file, {})[0].scanner] == [("serial", '/dev/pos/a"b\\c')]


def test_what_would_be_wrong_is_told_of_the_real_file_and_nothing_is_written(tmp_path: Path) -> None:
    """A wrong section, and one behind a list in one line, which TOML does not take."""
    file, other = tmp_path / "agent.toml", tmp_path / "conf.d" / "10-devices.toml"
    other.parent.mkdir()
    file.write_text(GOOD)
    other.write_text('scanner = [{ kind = "serial", path = "/dev/ttyS0" }]\n')
    try_settings(file, file, GOOD)
    for changed, text in (
        (file, f'{GOOD}\n[[printer]]\nurl = "x"\n'),
        (other, f"{other.read_text()}\n{SECTION}"),
    ):
        with pytest.raises(ConfigError) as caught:
            try_settings(file, changed, text)
        assert {problem.file for problem in caught.value.problems} == {str(changed)}
    assert file.read_text() == GOOD
    assert sorted(one.name for one in tmp_path.rglob("*")) == ["10-devices.toml", "agent.toml", "conf.d"]


def test_a_file_is_replaced_with_its_rights_and_kept_as_it_was(tmp_path: Path) -> None:
    file, link = tmp_path / "agent.toml", tmp_path / "link.toml"
    file.write_text(GOOD)
    file.chmod(0o640)
    link.symlink_to(file)
    replace_text(link, f"{GOOD}\n{SECTION}")
    assert link.is_symlink()
    assert file.read_text() == f"{GOOD}\n{SECTION}"
    assert file.stat().st_mode & 0o777 == 0o640
    kept = tmp_path / f"agent.toml{BEFORE}"
    assert (kept.read_text(), kept.stat().st_mode & 0o777) == (GOOD, 0o640)
    replace_text(file, GOOD)
    assert kept.read_text() == f"{GOOD}\n{SECTION}", "the one before, not the first"
    assert not kept.match("*.toml"), "no file of settings, in conf.d neither"
    assert sorted(one.name for one in tmp_path.iterdir()) == [
        "agent.toml",
        f"agent.toml{BEFORE}",
        "link.toml",
    ]


def test_a_new_file_can_be_read_by_all_and_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    replace_text(tmp_path / "61-shop.rules", "# none\n")
    assert (tmp_path / "61-shop.rules").stat().st_mode & 0o777 == 0o644
    with pytest.raises(OSError, match="No such file"):
        replace_text(tmp_path / "none" / "61-shop.rules", "")
    assert [one.name for one in tmp_path.iterdir()] == ["61-shop.rules"]


TWO = """\
title = "[[scanner]]"   # no table
[[scanner]] # at the counter
kind = "serial"
path = "/dev/x"   # there
suffix = 'cr' # as it came
gs_text = ["a", "b"]

# the other one
[[ scanner ]]
kind = "keyboard"
path = "y"
# its end

[till]
suffix = "not this one"
"""


def test_a_setting_is_changed_in_its_place_and_all_else_stays() -> None:
    made = changed_text(TWO, "scanner", 0, {"suffix": "tab", "gs_text": ("{GS}",), "prefix": '#"'})
    assert made == TWO.replace("'cr' #", '"tab" #').replace(
        'gs_text = ["a", "b"]\n', 'gs_text = ["{GS}"]\nprefix = "#\\""\n'
    )
    made = changed_text(TWO, "scanner", 1, {"layout": "de"})
    assert made == TWO.replace('path = "y"\n', 'path = "y"\nlayout = "de"\n')
    assert changed_text(TWO, "scanner", 0, {}) == TWO
    assert changed_text("[[scanner]]\na = 1", "scanner", 0, {"b": "c"}) == '[[scanner]]\na = 1\nb = "c"\n'


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ('scanner = [{ kind = "serial" }]\n', 0),
        ('[[scanner]]\nsuffix = """\ncr"""\n', 0),
        ('[[scanner]]\nsuffix = [\n  "cr",\n]\n', 0),
        ('[[scanner]]\n"suffix" = "cr"\n', 0),
        (TWO, 2),
        ("", 0),
    ],
)
def test_what_cannot_be_changed_in_its_place_is_not_changed(text: str, number: int) -> None:
    with pytest.raises(NotInPlace):
        changed_text(text, "scanner", number, {"suffix": "tab"})


@given(
    st.dictionaries(
        st.sampled_from(["suffix", "prefix", "gs_text", "layout"]),
        st.text("a\"'\\\r\n\t\x00\x7f#é₹ ]=", max_size=6)
        | st.lists(st.text('a"\\\r\x7f'), max_size=2).map(tuple),
    ),
    st.sampled_from([0, 1]),
)
def test_any_value_is_written_as_it_was_meant(values: dict[str, str | tuple[str, ...]], number: int) -> None:
    made = tomllib.loads(changed_text(TWO, "scanner", number, values))
    for key, value in values.items():
        assert made["scanner"][number][key] == (list(value) if isinstance(value, tuple) else value)
    assert made["till"] == {"suffix": "not this one"}
