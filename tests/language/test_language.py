"""Sentences into text: places, plurals, sentences in sentences, and what a language lacks."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from babel.messages.pofile import PoFileError

from agent.language import language
from agent.language.language import Language, english, languages, page_words
from agent.language.sentence import Sentence
from agent.language.tools import files
from agent.language.tools.compiler import compile_all

ENGLISH = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "left"
msgid_plural "left"
msgstr[0] "Of {name}, {count} is left."
msgstr[1] "Of {name}, {count} are left."

msgid "later"
msgstr "{reason} Points come later."

msgid "page.ago"
msgid_plural "page.ago"
msgstr[0] "{count} day ago"
msgstr[1] "{count} days ago"

msgid "page.reasons"
msgstr "Damaged|Late"
"""
POLISH = """
msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"
"Plural-Forms: nplurals=3; plural=(n==1 ? 0 : n%10>=2 && n%10<=4 && (n%100<10 || n%100>=20) ? 1 : 2);\\n"

msgid "left"
msgid_plural "left"
msgstr[0] "{name}: {count} sztuka"
msgstr[1] "{name}: {count} sztuki"
msgstr[2] "{name}: {count} sztuk"

#, fuzzy
msgid "later"
msgstr "{reason} ?"

msgid "page.ago"
msgid_plural "page.ago"
msgstr[0] "{count} dzień temu"
msgstr[1] "{count} dni temu"
msgstr[2] "{count} dni temu"

msgid "page.reasons"
msgstr ""
"""


@pytest.fixture
def locale(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A house with two languages, compiled."""
    (tmp_path / "en.po").write_text(ENGLISH, "utf-8")
    (tmp_path / "pl.po").write_text(POLISH, "utf-8")
    compile_all(tmp_path, source=tmp_path)
    monkeypatch.setattr(language, "LOCALE", tmp_path)
    return tmp_path


@pytest.mark.parametrize(
    ("count", "text"), [(1, "Of Rice, 1 is left."), (2, "Of Rice, 2 are left."), (0, "Of Rice, 0 are left.")]
)
def test_a_number_chooses_the_form(locale: Path, count: int, text: str) -> None:
    assert Language("en").text(Sentence("left", name="Rice", count=count)) == text


@pytest.mark.parametrize(("count", "word"), [(1, "sztuka"), (3, "sztuki"), (5, "sztuk"), (22, "sztuki")])
def test_a_language_has_as_many_forms_as_it_needs(locale: Path, count: int, word: str) -> None:
    assert Language("pl").text(Sentence("left", name="Ryż", count=count)) == f"Ryż: {count} {word}"


def test_a_sentence_may_hold_another(locale: Path) -> None:
    told = Sentence("later", reason=Sentence("left", name="Rice", count=1))
    assert Language("en").text(told) == "Of Rice, 1 is left. Points come later."
    assert Language("en").params(told) == {"reason": "Of Rice, 1 is left."}


def test_braces_of_a_parameter_are_no_place(locale: Path) -> None:
    assert Language("en").text(Sentence("later", reason="{reason}{0}{")) == "{reason}{0}{ Points come later."


def test_a_slip_in_a_text_stops_nothing(locale: Path) -> None:
    assert Language("en").text(Sentence("left", count=1)) == "Of {name}, 1 is left."
    assert Language("en").text(Sentence("unheard-of", count=1)) == "unheard-of"


def test_english_stands_in_for_what_is_missing_or_doubtful(locale: Path) -> None:
    """Also on the page, and also where a text has plural forms."""
    assert Language("pl").text(Sentence("later", reason="Nie.")) == "Nie. Points come later."
    assert page_words("pl")["words"]["reasons"] == "Damaged|Late"


def test_the_page_gets_forms_by_the_names_its_browser_knows(locale: Path) -> None:
    forms = page_words("pl")["words"]["ago"]
    assert {"one", "few", "many", "other"} == set(forms)
    assert forms["one"] == "{count} dzień temu"
    assert page_words("en")["words"]["ago"] == {"one": "{count} day ago", "other": "{count} days ago"}


def test_what_the_page_alone_says_is_not_in_the_agents_memory(locale: Path) -> None:
    assert b"page.reasons" not in (locale / "en.mo").read_bytes()


def test_an_unknown_language_is_said_so(locale: Path) -> None:
    assert languages() == ("en", "en-XA", "pl")
    for look in (Language, page_words):
        with pytest.raises(LookupError, match="'xx'"):
            look("xx")


def test_a_language_is_made_anew_when_its_source_or_the_english_changed(locale: Path) -> None:
    assert compile_all(locale, source=locale) is False
    for changed in ("en.po", "pl.po"):
        file = locale / changed
        file.write_text(file.read_text("utf-8").replace("Rice", "Rye"), "utf-8")
        made = (locale / "pl.mo").stat().st_mtime_ns
        assert compile_all(locale, source=locale) is True
        assert (locale / "pl.mo").stat().st_mtime_ns > made


def test_pseudo_words_are_longer_and_keep_their_places(locale: Path) -> None:
    said = Language("en-XA").text(Sentence("left", name="Rice", count=1))
    assert said == "[Óf Rice, 1 ís léft.~~~~~]"
    assert page_words("en-XA")["words"]["reasons"] == "[Dámágéd~~]|[Láté~]"


def test_sentences_are_values() -> None:
    assert Sentence("a", left=2) == Sentence("a", left=2) != Sentence("a", left=3)
    assert len({Sentence("a", left=2), Sentence("a", left=2)}) == 1
    assert Sentence("other-customer.unproven").code == "other-customer"


def test_a_till_can_be_built_without_writing_to_its_source(tmp_path: Path) -> None:
    """The build compiles beside a source that it may only read."""
    shutil.copy(files.ENGLISH, tmp_path)
    assert compile_all(tmp_path / "made") is True
    assert {file.name for file in (tmp_path / "made").iterdir()} >= {"en.mo", "en-XA.mo", "en.page.json"}


def test_english_is_always_there() -> None:
    assert english().tag in languages()


@pytest.mark.parametrize("damage", [b"", b"\xde\x12\x04\x95\0\0", None])
def test_a_till_says_its_ids_when_its_texts_cannot_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, damage: bytes | None
) -> None:
    """A file that a full disk cut short must not keep a shop closed."""
    if damage is not None:
        (tmp_path / "en.mo").write_bytes(damage)
        (tmp_path / "en.page.json").write_bytes(damage)
    monkeypatch.setattr(language, "LOCALE", tmp_path)
    assert Language("en").text(Sentence("store-full")) == "store-full"
    assert language.page_words("en") == {"lang": "en", "words": {}}


def test_a_text_without_its_closing_quote_is_refused_with_its_line(tmp_path: Path) -> None:
    """It would be read, and lose its last letter."""
    file = tmp_path / "fr.po"
    file.write_text('msgid "a"\nmsgstr "{number} h\n', "utf-8")
    with pytest.raises(PoFileError, match=r"fr\.po:2"):
        files.read(file)


def test_what_has_no_source_any_more_is_taken_away(tmp_path: Path) -> None:
    shutil.copy(files.ENGLISH, tmp_path)
    shutil.copy(files.ENGLISH, tmp_path / "fr.po")
    compile_all(tmp_path, source=tmp_path)
    assert (tmp_path / "fr.mo").exists()
    (tmp_path / "fr.po").unlink()
    compile_all(tmp_path, source=tmp_path)
    assert sorted(file.name for file in tmp_path.glob("*.mo")) == ["en-XA.mo", "en.mo"]
