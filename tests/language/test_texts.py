"""Code and language files say the same: an id has a text, a text a user, a place its parameter."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.language.tools import extractor, files
from agent.language.tools.checks import ID, faults, of_code, of_translation
from agent.language.tools.extractor import AGENT, DRIVERS, Unclear, in_page, in_python
from agent.language.tools.updating import translation, update_all

# Rooms that say everything by id; a room joins when it is done.
CONVERTED = (
    "language", "sale", "settings", "cli", "till", "counter", "printing", "devices", "web", "daemon",
    "drivers", "loyalty", "store", "cloud", "outbox_desk", "files",
)  # fmt: skip
# For who builds, not for who sells.
TOOLS = {"tools", "build_page.py"}
# For trainers, in English on purpose: docs/languages.md says why.
ENGLISH_ONLY = (AGENT / "simulated", DRIVERS / "simulated")

ENGLISH = """
msgid ""
msgstr ""
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "left"
msgid_plural "left"
msgstr[0] "Of {name}, {count} is left."
msgstr[1] "Of {name}, {count} are left."

msgid "set.whole"
msgstr "{name} is a set."

msgid "page.price.now"
msgstr "now {price}"
"""
SAID = """
raise Refused("left", name=name, count=2)
Sentence("set.whole", name=one.name)
"""
SHOWN = "html`${t('price.now', { price: money(line.price, till.value) })}`"


def found(tmp_path: Path, code: str = SAID, page: str = SHOWN, english: str = ENGLISH) -> list[str]:
    """The faults of a house of one module and one script."""
    (tmp_path / "en.po").write_text(english, "utf-8")
    (tmp_path / "room.py").write_text(code, "utf-8")
    (tmp_path / "page.js").write_text(page, "utf-8")
    uses = [*in_python(tmp_path / "room.py"), *in_page(tmp_path / "page.js")]
    told = of_code(uses, files.read(tmp_path / "en.po"))
    return [line.replace(f"{tmp_path}/", "") for line in told]


@pytest.fixture(autouse=True)
def _names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extractor, "AGENT", tmp_path / "agent")


def test_the_house_has_no_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extractor, "AGENT", AGENT)
    assert faults() == []


def test_the_references_are_up_to_date(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """en.po is as `make texts-update` writes it."""
    monkeypatch.setattr(extractor, "AGENT", AGENT)
    fresh = tmp_path / "en.po"
    fresh.write_bytes(files.ENGLISH.read_bytes())
    update_all(tmp_path)
    assert fresh.read_text("utf-8") == files.ENGLISH.read_text("utf-8"), "run make texts-update"


def test_a_house_where_all_is_well(tmp_path: Path) -> None:
    assert found(tmp_path) == []


@pytest.mark.parametrize(
    ("code", "fault"),
    [
        (SAID + "Sentence('gone')", "room.py:4: gone has no text"),
        (SAID + "Sentence('gone' if x else 'left', name=n, count=1)", "room.py:4: gone has no text"),
        (SAID + "Sentence(f'kind.{x}')", "room.py:4: no text has an id that begins with kind."),
        (SAID + "Sentence('set.whole')", "room.py:4: set.whole lacks the parameter name"),
        (SAID + "Sentence('set.whole', name=n, left=1)", "room.py:4: set.whole has no place for left"),
        (SAID + "Sentence('left', name=n)", "room.py:4: left lacks the parameter count"),
        (
            SAID + "Sentence('set.whole', name=n, count=1)",
            "room.py:4: set.whole is given a count, but its text has no plural",
        ),
        ("raise Refused('left', name=name, count=2)", "en.po: set.whole is said nowhere"),
    ],
)
def test_a_fault_of_the_code_is_told_with_its_place(tmp_path: Path, code: str, fault: str) -> None:
    assert fault in found(tmp_path, code)


@pytest.mark.parametrize(
    ("page", "fault"),
    [
        (SHOWN + "t('gone')", "page.js:1: page.gone has no text"),
        (SHOWN + "\nt('price.now')", "page.js:2: page.price.now lacks the parameter price"),
        (SHOWN + "t('price.now', { price, of })", "page.js:1: page.price.now has no place for of"),
        ("", "en.po: page.price.now is said nowhere"),
    ],
)
def test_a_fault_of_the_page_is_told_with_its_place(tmp_path: Path, page: str, fault: str) -> None:
    assert fault in found(tmp_path, page=page)


def test_the_page_is_read_as_it_is_written(tmp_path: Path) -> None:
    """Two ids behind a condition, a plural, the beginning of several, an object over two lines."""
    said = (
        "t(a === 'X' ? 'one.x' : 'one.y'); tn('many', list.length, { of: f(1, 2) }); t(`kind.${x}`);\n"
        "t(b() ? 'two.x' : 'two.y',\n  { date: day(x), last }); known('op', row.op)"
    )
    (tmp_path / "page.js").write_text(said, "utf-8")
    uses = list(in_page(tmp_path / "page.js"))
    assert {ident for use in uses for ident in use.idents} == {
        "page.one.x", "page.one.y", "page.many", "page.two.x", "page.two.y",
    }  # fmt: skip
    assert {begin for use in uses for begin in use.begins} == {"page.kind.", "page.op."}
    params = {ident: use.params for use in uses for ident in use.idents}
    assert params["page.many"] == {"count", "of"}
    assert params["page.two.x"] == {"date", "last"}


def test_parameters_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(Unclear, match=r"room\.py:4"):
        found(tmp_path, SAID + "Sentence('left', **given)")


TRANSLATED = ENGLISH.replace("is a set", "est un lot").replace("Of {name}", "De {name}")


@pytest.mark.parametrize(
    ("english", "french", "fault"),
    [
        ("{name} est un lot", "{nom} est un lot", "fr.po: set.whole has an unknown place nom"),
        ("{name} est un lot", "Un lot", "fr.po: set.whole lacks the place name"),
        ('"set.whole"', '"set.hole"', "fr.po: set.hole is not in en.po"),
    ],
)
def test_a_fault_of_a_translation_is_told(tmp_path: Path, english: str, french: str, fault: str) -> None:
    (tmp_path / "en.po").write_text(ENGLISH, "utf-8")
    (tmp_path / "fr.po").write_text(TRANSLATED.replace(english, french), "utf-8")
    told = of_translation("fr.po", files.read(tmp_path / "fr.po"), files.read(tmp_path / "en.po"))
    assert fault in list(told)


def test_a_translation_follows_the_english(tmp_path: Path) -> None:
    """New texts come with their English, changed ones become fuzzy, lost ones obsolete."""
    (tmp_path / "en.po").write_text(ENGLISH, "utf-8")
    (tmp_path / "fr.po").write_text(TRANSLATED, "utf-8")
    english = files.read(tmp_path / "en.po")
    first = translation(files.read(tmp_path / "fr.po"), english)
    files.write(tmp_path / "fr.po", first)
    settled = (tmp_path / "fr.po").read_text("utf-8").replace("#, fuzzy\n", "")
    assert "#. English: {name} is a set.\n" in settled
    (tmp_path / "fr.po").write_text(settled, "utf-8")
    (tmp_path / "en.po").write_text(
        ENGLISH.replace("is a set", "is one set").replace("price", "cost"), "utf-8"
    )
    files.write(
        tmp_path / "fr.po", translation(files.read(tmp_path / "fr.po"), files.read(tmp_path / "en.po"))
    )
    after = (tmp_path / "fr.po").read_text("utf-8")
    assert '#, fuzzy\nmsgid "set.whole"' in after
    assert '#, fuzzy\nmsgid "left"' not in after
    assert 'msgid "page.cost.now"\nmsgstr ""' in after
    assert '#~ msgid "page.price.now"' in after


# --- no English is left in the code -----------------------------------------------------------------

_WORDS = re.compile(r"[A-Za-z][a-z']+ [a-z']+| [a-z]+\.$|[a-z]{2,}[.!?:;,] ")
_FOR_PROGRAMMERS = {
    "ValueError",
    "TypeError",
    "AssertionError",
    "LookupError",
    "KeyError",
    "RuntimeError",
    "ImportError",
    "OSError",
    "_wrong",  # makes the ValueError of a document
    "ArgumentParser",
    "TimeoutError",
    "SealBroken",
    "__init__",
}
# What stands in the books, or is the name of a standard: no sentence of the till.
_NAMES = {
    "EAN-13 or UPC with add-on",
    "Customer not interested",  # sent to the cloud as a reason, unless the settings give another
    "settle {} --tender cash",
    "code {0}; pos-agent queue retry {0} --otp …",
    "pos-agent queue ",
    "Thank you. Please visit again.",  # the shop's own, unless its settings say something else
    "default-src 'self'; frame-ancestors 'none'; base-uri 'none'",
    "text/plain; version=0.0.4",
    "Money back on bill ",  # the product's name on a line of money; paper says it by id
    "Customer named afterwards at till ",  # sent to the cloud as a reason
    "gzip, deflate",
    "outbox text:",  # where a sealed text stands
}
# What a programmer gave wrong; all of it is raised as one ValueError.
_PROGRAMMERS = ("loyalty/calls/options.py",)
_SQL = re.compile(
    r"^\s*(SELECT|INSERT|UPDATE|DELETE|WITH|CREATE|instr)\b| (SELECT|FROM|ORDER BY|RETURNING|WHERE) "
    r"|^[ ,a-z]*_[ ,a-z_]*$"
)
"""Statements, and names of columns: no word of English has an underscore."""
_LOGS = {"notify", "debug", "info", "warning", "error", "exception", "log", "critical"}


def _is_id(node: ast.AST) -> bool:
    return isinstance(node, ast.Constant) and bool(ID.fullmatch(str(node.value)))


def english_in(file: Path) -> Iterator[str]:
    """Texts of a module that read like a sentence. Docstrings, logs, patterns and errors of a programmer are
    none: nobody at a till reads them."""
    tree = ast.parse(file.read_text("utf-8"))
    exempt: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            exempt.add(id(node.value))
        if isinstance(node, ast.Call) and extractor.name_of(node.func) in _FOR_PROGRAMMERS | _LOGS | {
            "compile",
            "_table",
        }:
            exempt |= {id(inner) for inner in ast.walk(node)}
        if isinstance(node, ast.Call) and extractor.name_of(node.func) in extractor.MAKERS and node.args:
            exempt |= {id(inner) for inner in ast.walk(node.args[-1]) if _is_id(inner)}
        if isinstance(node, ast.keyword) and node.arg == "help":
            exempt.add(id(node.value))  # of commands and options: English, as the commands are
        if isinstance(node, ast.Assert) and node.msg:
            exempt |= {id(inner) for inner in ast.walk(node.msg)}
    for node in ast.walk(tree):
        text = node.value if isinstance(node, ast.Constant) and id(node) not in exempt else None
        if isinstance(text, str) and _WORDS.search(text) and text not in _NAMES and not _SQL.search(text):
            yield f"{file.name}:{node.lineno}: {text!r}"


def modules(room: str) -> list[Path]:
    """The files of a room, but for those that stay English."""
    place = DRIVERS if room == "drivers" else AGENT / room
    return [file for file in sorted(place.rglob("*.py")) if not any(map(file.is_relative_to, ENGLISH_ONLY))]


def test_every_room_is_converted_or_named_as_english() -> None:
    rooms = {path.relative_to(AGENT).parts[0] for path in AGENT.glob("*/*.py")}
    assert set(CONVERTED) | {"simulated"} == rooms | {"drivers"}


@pytest.mark.parametrize("room", CONVERTED)
def test_a_converted_room_holds_no_english(room: str) -> None:
    files = [file for file in modules(room) if not TOOLS & set(file.parts)]
    read = [file for file in files if not file.as_posix().endswith(_PROGRAMMERS)]
    assert read
    assert [line for file in read for line in english_in(file)] == []


@pytest.mark.parametrize("place", ENGLISH_ONLY, ids=lambda place: place.parent.name)
def test_what_stays_english_is_named_with_the_reason(place: Path) -> None:
    """And says nothing by id: half a page in another language would help nobody."""
    modules_of = sorted(place.rglob("*.py"))
    assert any(line for file in modules_of for line in english_in(file))
    assert [use for file in modules_of for use in in_python(file)] == []
    assert f"`{place.relative_to(AGENT.parent)}/`" in (AGENT.parent / "docs" / "languages.md").read_text(
        "utf-8"
    )


@pytest.mark.parametrize(
    ("code", "left"),
    [
        ("x = 'The bill is gone.'", 1),
        ("x = f'There is no line {no} on this bill.'", 2),
        ("x = 'Scan again.'", 1),
        ('"""The bill is gone."""', 0),
        ("log.error('The bill is gone.')", 0),
        ("raise ValueError(f'no text fits {limit} columns')", 0),
        ("x = 'other-customer'", 0),
        ("x = 'receipt.total'", 0),
        ("x = 'SELECT id FROM bill WHERE number = ?'", 0),
        ("x = 'id, bill_id, number'", 0),
    ],
)
def test_what_counts_as_english(tmp_path: Path, code: str, left: int) -> None:
    (tmp_path / "room.py").write_text(code, "utf-8")
    assert len(list(english_in(tmp_path / "room.py"))) == left
