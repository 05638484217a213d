"""The page of `printer test`: what stands on it is what the printer's profile is."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from agent.language.language import Language, english
from agent.language.sentence import Said, Sentence
from agent.printing.check_sheet import Checked, CheckSheet, document
from agent.printing.paper_picture import picture
from agent.printing.sheets import Sheet
from agent.settings.printer_profile import profile_of, values_of
from agent.settings.printer_section import PrinterSection
from drivers.message import Message
from drivers.printer.profile import PrinterProfile, profiles
from drivers.printer.ticket import build
from drivers.simulated.printer_firmware import Firmware
from drivers.simulated.printer_head import PrintHead
from drivers.simulated.printer_paper import PrintedTicket
from tests.drivers.printer.printer_rig import codes_in
from tests.rig.till import RigTill

AT = "2026-11-30T21:30:00+05:30"


def _page(section: PrinterSection, text_of: Callable[[Sentence], str]) -> list[dict[str, Any]]:
    checked = Checked("T1", section.url, section.profile, tuple(values_of(section)))
    return document(checked, profile_of(section), AT, text_of)


def _printed(section: PrinterSection, language: Language | None = None) -> tuple[PrintedTicket, Firmware]:
    """The one ticket a printer without complaints makes of it."""
    profile = profile_of(section)
    firmware = Firmware(
        PrintHead(profile.dots, 80 if profile.dots > 400 else 58),
        answer=lambda _: None,
        clock=lambda: 0.0,
        receive_buffer=1 << 24,
        tear=not profile.cutter,
    )
    firmware.receive(build(_page(section, (language or english()).text), profile))
    firmware.tear_off()
    assert (firmware.complaints, len(firmware.tickets)) == ([], 1)
    return firmware.tickets[0], firmware


def _section(**values: Any) -> PrinterSection:
    return PrinterSection("tcp://printer:9100", **values)


@pytest.mark.parametrize("name", list(profiles()))
@pytest.mark.parametrize("tag", ["en", "en-XA"])
def test_every_profile_prints_it_in_every_language_whole(name: str, tag: str) -> None:
    """One cut, no command that the printer does not know, no drawer, and no line that breaks."""
    section = _section(profile=name)
    ticket, firmware = _printed(section, Language(tag))
    assert firmware.counts.drawer_kicks == 0
    figures = "".join(str(at % 10) for at in range(1, profile_of(section).columns + 1))
    assert figures in ticket.text.splitlines()


def test_it_is_clearly_no_bill_and_says_what_of_the_printer_is_set_by_the_shop() -> None:
    ticket, _ = _printed(_section(profile="generic-80", columns=42, code_page=19, encoding="cp858"))
    lines = ticket.text.splitlines()
    assert [line for line in lines if "TEST, no bill" in line] == [lines[0], lines[-2]]
    words = " ".join(lines)
    assert "columns = 42 *, dots = 576," in words
    assert 'encoding = "cp858" *' in words
    assert "Printer tcp://printer:9100, profile generic-80:" in words
    assert "2026-11-30 21:30" in words


def test_the_printers_own_letters_stand_over_the_drawn_ones() -> None:
    """A printer that has another page than the settings say is seen: upper and lower line differ."""
    right, _ = _printed(_section(profile="generic-80", code_page=19, encoding="cp858"))
    assert "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûù" in right.text
    wrong = build(_page(_section(profile="generic-80", code_page=19, encoding="cp858"), english().text),
                  profile_of(_section(profile="generic-80", code_page=18, encoding="cp858")))  # fmt: skip
    head = Firmware(PrintHead(576, 80), answer=lambda _: None, clock=lambda: 0.0, receive_buffer=1 << 24)
    head.receive(wrong)
    assert "ÇüéâäàåçêëèïîìÄÅÉæÆôöòûù" not in head.tickets[0].text
    assert head.tickets[0].text.count("[picture") == right.text.count("[picture")


def test_a_printer_of_ascii_alone_shows_no_other_letters() -> None:
    ticket, _ = _printed(_section(profile="generic-58"))
    assert ticket.text.isascii()
    assert "all other letters are drawn" in " ".join(ticket.text.split())


@pytest.mark.parametrize(
    ("values", "codes"),
    [
        ({"profile": "epson-tm-t20"}, ("CODE128", "QR")),
        ({"profile": "generic-58"}, ()),
        ({"profile": "generic-58", "native_qr": True}, ("QR",)),
        ({"profile": "epson-tm-t20", "native_qr": False}, ("CODE128",)),
    ],
)
def test_each_code_is_drawn_and_where_the_printer_can_made_by_it(
    values: dict[str, Any], codes: tuple[str, ...], tmp_path: Path
) -> None:
    """All of them read the same."""
    ticket, _ = _printed(_section(**values))
    assert ticket.codes == tuple((kind, "TEST-PAGE") for kind in codes)
    assert codes_in(ticket.png, tmp_path) == {"CODE-128:TEST-PAGE", "QR-Code:TEST-PAGE"}


def test_the_bars_are_each_darker_and_the_black_one_is_whole_from_edge_to_edge() -> None:
    for profile in (profiles()["generic-80"], profiles()["generic-58"], PrinterProfile("odd", 30, 360)):
        paper = Image.open(io.BytesIO(picture([{"kind": "shades"}, {"kind": "cut"}], profile))).convert("L")
        left = (paper.width - profile.dots) // 2
        rows = [
            [paper.getpixel((left + x, y)) == 0 for x in range(profile.dots)] for y in range(paper.height)
        ]
        black = [row for row in rows if all(row)]
        assert len(black) == 16
        grey = [row for row in rows if any(row) and not all(row)]
        quarter = profile.dots // 8 // 4 * 8
        shares = [
            sum(sum(row[at * quarter : (at + 1) * quarter]) for row in grey) / len(grey) / quarter
            for at in range(4)
        ]
        assert shares == [0.25, 0.5, 0.75, 1.0]


@pytest.mark.parametrize(
    ("done", "said", "code", "words"),
    [
        (True, Message("printer.job.printed"), "check-sheet", "the printer has proved it"),
        (True, Message("printer.job.unprovable"), "check-sheet", "cannot confirm"),
        (False, Message("printer.job.no-proof"), "sheet", "not printed, or not wholly"),
    ],
)
def test_what_the_printer_proved_is_said_and_a_repeat_prints_nothing(
    tmp_path: Path, done: bool, said: Said, code: str, words: str
) -> None:
    rig, printed = RigTill(tmp_path), []

    def beside(page: Sheet, _: str) -> tuple[bool, Said]:
        printed.append(page(48))
        return done, said

    sheet = CheckSheet(rig.till, beside, lambda *_: [{"kind": "cut"}], ["printer"])
    answers = [sheet.print("key"), sheet.print("key")]
    assert [(answer.ok, answer.code) for answer in answers] == [(done, code)] * 2
    assert words in answers[0].text
    assert len(printed) == (1 if done else 2)
    rig.close()


def test_what_no_page_can_be_made_for_is_refused_in_words(tmp_path: Path) -> None:
    rig = RigTill(tmp_path)
    sheet = CheckSheet(
        rig.till, lambda *_: pytest.fail("printed"), lambda *_: Sentence("logo.unset"), ["one"]
    )
    for _ in range(2):
        assert (answer := sheet.print("key")).code == "logo"
        assert not answer.ok
    rig.close()


def test_of_several_printers_the_named_one_is_tested_and_an_unknown_name_is_refused(tmp_path: Path) -> None:
    rig, printed = RigTill(tmp_path), []

    def beside(page: Sheet, name: str) -> tuple[bool, Said]:
        printed.append((page(48)[0]["kind"], name))
        return True, Message("printer.job.printed")

    sheet = CheckSheet(rig.till, beside, lambda name, *_: [{"kind": name}], ["counter", "back"])
    assert sheet.print("first").ok and sheet.print("second", "back").ok
    assert printed == [("counter", "counter"), ("back", "back")]
    refused = sheet.print("third", "bakc")
    assert (refused.ok, refused.code) == (False, "no-such-printer")
    assert "counter, back" in refused.text
    rig.close()
