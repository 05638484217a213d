"""till.language: one there is, the nearest named; what is wrong with settings is told in it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.language.language import Language
from agent.settings.config import load
from agent.settings.toml_sections import ConfigError
from tests.settings.test_config import GOOD


def _refused(place: Path, text: str) -> ConfigError:
    (place / "agent.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigError) as caught:
        load(place / "agent.toml", {})
    return caught.value


def test_a_till_speaks_english_until_told_otherwise(tmp_path: Path) -> None:
    (tmp_path / "agent.toml").write_text(GOOD, "utf-8")
    assert load(tmp_path / "agent.toml", {})[0].till.language == "en"
    (tmp_path / "agent.toml").write_text(f'{GOOD}language = "en-XA"', "utf-8")
    assert load(tmp_path / "agent.toml", {})[0].till.language == "en-XA"


def test_a_language_there_is_not_is_refused_with_the_nearest(tmp_path: Path) -> None:
    error = _refused(tmp_path, f'{GOOD}language = "en-xa"')
    assert error.problems[0].text == "found 'en-xa'; did you mean en-XA? Known: en, en-XA"
    assert "did you mean" not in _refused(tmp_path, f'{GOOD}language = "qqq"').problems[0].text


@pytest.mark.parametrize("language", ['"en-XA"', '"qqq"', "5"])
def test_errors_are_told_in_the_language_if_it_is_one(tmp_path: Path, language: str) -> None:
    error = _refused(tmp_path, f"{GOOD}language = {language}\nfiscal_month = 13\ntimezone = 5")
    told = {problem.key: problem.told(Language(error.language).text) for problem in error.problems}
    accented = language == '"en-XA"'
    assert ("éxpéçtéd á ñúmbér fróm 1 tó 12" in told["till.fiscal_month"]) is accented
    assert ("á whólé ñúmbér" in told["till.timezone"]) is accented
    assert "found a whole number (5); expected text" in str(error)
