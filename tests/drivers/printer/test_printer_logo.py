"""A logo at the head of a ticket: on paper as in the file, and of a file that is none nothing is printed."""

from __future__ import annotations

import io
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from drivers.printer.logo import MOST_ROWS, NoPicture, drawn, is_stored_name, stored, storing
from drivers.printer.profile import PrinterProfile
from drivers.printer.ticket import build
from drivers.simulated.printer_firmware import Firmware
from drivers.simulated.printer_head import PrintHead
from tests.drivers.printer.printer_rig import EPSON, GENERIC_58, plain, strips

LOGO = {"kind": "logo"}


def file(picture: Image.Image, form: str = "PNG") -> bytes:
    out = io.BytesIO()
    picture.save(out, form)
    return out.getvalue()


def square(side: int = 100) -> Image.Image:
    """A black square in a white border of a quarter of its side."""
    picture = Image.new("L", (side * 3 // 2, side * 3 // 2), 255)
    picture.paste(0, (side // 4, side // 4, side // 4 + side, side // 4 + side))
    return picture


def ink(data: bytes) -> Image.Image:
    """What GS v 0 commands strike, one below the other; white is ink."""
    bands = list(strips(data))
    whole = Image.new("1", (bands[0].width, sum(band.height for band in bands)))
    y = 0
    for band in bands:
        whole.paste(band, (0, y))
        y += band.height
    return whole


def firmware(profile: PrinterProfile = EPSON) -> Firmware:
    return Firmware(
        PrintHead(profile.dots, 80 if profile.dots > 400 else 58),
        answer=lambda _: None,
        clock=lambda: 0.0,
        receive_buffer=1 << 24,
    )


@pytest.mark.parametrize("form", ["PNG", "JPEG", "BMP", "GIF"])
@pytest.mark.parametrize("profile", [EPSON, GENERIC_58], ids=["80", "58"])
def test_it_stands_in_the_middle_dot_for_dot(profile: PrinterProfile, form: str) -> None:
    struck = ink(drawn(file(square(), form), profile.dots))
    left = (profile.dots - 150) // 2 + 25
    assert (struck.width, struck.height) == (profile.dots, 150)
    assert struck.getbbox() == (left, 25, left + 100, 125)
    assert struck.crop((left, 25, left + 100, 125)).getextrema() == (255, 255)


@pytest.mark.parametrize("size", [(2000, 500), (300, 2000), (3999, 3999)])
def test_what_is_too_large_is_made_smaller_in_its_shape_and_nothing_is_made_larger(
    size: tuple[int, int],
) -> None:
    struck = ink(drawn(file(Image.new("L", size, 0)), EPSON.dots)).getbbox()
    assert struck is not None
    width, height = struck[2] - struck[0], struck[3] - struck[1]
    assert (width <= EPSON.dots, height <= MOST_ROWS) == (True, True)
    assert abs(width / height - size[0] / size[1]) < 0.05
    assert width == EPSON.dots or height == MOST_ROWS


def test_what_is_transparent_is_paper_and_grey_is_a_pattern() -> None:
    clear = Image.new("RGBA", (80, 80), (0, 0, 0, 0))
    assert ink(drawn(file(clear), EPSON.dots)).getbbox() is None
    grey = ink(drawn(file(Image.new("L", (80, 80), 128)), EPSON.dots)).crop((248, 0, 328, 80))
    assert 0.4 < sum(map(int.bit_count, grey.tobytes())) / 6400 < 0.6


def test_a_ticket_begins_with_the_logo_of_its_printer_and_without_one_as_ever() -> None:
    bare = build(plain("Bill"), EPSON)
    assert build([LOGO, *plain("Bill")], EPSON) == bare
    data = build([LOGO, *plain("Bill")], replace(EPSON, logo=file(square())))
    assert bare.removeprefix(data[: data.index(b"\x1dv0")]) == data[data.rindex(b"\x1bJ\x08") + 3 :]
    printer = firmware()
    printer.receive(data)
    assert printer.complaints == []
    assert printer.tickets[0].text.splitlines()[-1] == "Bill"


def test_no_dots_of_it_are_an_order_to_the_printer() -> None:
    """DLE EOT and its like are obeyed inside a picture too."""
    rows = Image.frombytes("1", (576, 3), b"\x10\x04\x10\x05\x10\x14" * 36)
    data = drawn(file(rows.point(lambda dot: 255 - dot)), EPSON.dots)
    assert b"\x10\x04" not in data and b"\x10\x05" not in data and b"\x10\x14" not in data


def test_one_that_the_printer_has_stored_is_called_up_by_its_letters() -> None:
    printer = firmware()
    dots = Image.new("1", (64, 16), 255).tobytes()
    body = b"\x30\x43\x30A1\x01" + (64).to_bytes(2, "little") + (16).to_bytes(2, "little") + b"\x31" + dots
    printer.receive(b"\x1d(L" + len(body).to_bytes(2, "little") + body)
    data = build([LOGO, *plain("Bill")], replace(EPSON, logo=b"never looked at", stored_logo="A1"))
    printer.receive(data)
    assert printer.complaints == []
    (shown,) = printer.tickets[0].pictures
    assert Image.open(io.BytesIO(shown)).size == (64, 16)
    assert printer.tickets[0].text.splitlines()[-1] == "Bill"
    printer.receive(build([LOGO, *plain("Bill")], replace(EPSON, stored_logo="ZZ")))
    assert printer.complaints == ["no picture is stored as ZZ"]


@pytest.mark.parametrize("profile", [EPSON, GENERIC_58], ids=["80", "58"])
def test_what_the_printer_is_given_to_store_stands_on_its_tickets(
    profile: PrinterProfile,
) -> None:
    """Dot for dot as it would be drawn, over a restart of the modes, and in the place of what it had."""
    logo = file(square())
    both = replace(profile, logo=logo, stored_logo="A1")
    printer = firmware(profile)
    for picture in (file(Image.new("L", (24, 24), 0)), logo):
        printer.receive(b"\x1b@" + storing("A1", picture, profile.dots))
    printer.receive(build([LOGO, *plain("Bill"), {"kind": "cut"}], both))
    drawn_one = firmware(profile)
    drawn_one.receive(build([LOGO, *plain("Bill"), {"kind": "cut"}], replace(profile, logo=logo)))
    assert printer.complaints == []
    if not profile.cutter:
        printer.tear_off()
        drawn_one.tear_off()
    boxes = []
    for one in (printer, drawn_one):
        paper = Image.open(io.BytesIO(one.tickets[0].png)).convert("L").point(lambda dot: 255 - dot)
        top = paper.getbbox()
        assert top
        boxes.append(paper.crop((0, top[1], paper.width, top[1] + 100)))
    assert boxes[0].tobytes() == boxes[1].tobytes()
    box = boxes[0].getbbox()
    assert box and (box[2] - box[0], box[3] - box[1]) == (100, 100)


def test_a_page_can_have_it_stored_and_show_it() -> None:
    printer = firmware()
    profile = replace(EPSON, logo=file(square()), stored_logo="A1")
    printer.receive(build([{"kind": "store-logo"}, LOGO, *plain("Logo"), {"kind": "cut"}], profile))
    assert printer.complaints == []
    assert len(printer.tickets[0].pictures) == 1
    with pytest.raises(ValueError, match="no picture, or no name"):
        build([{"kind": "store-logo"}], EPSON)


def test_what_is_given_to_store_is_no_order_to_the_printer() -> None:
    """Neither its dots nor its length; numbers of older makes are none of its ways."""
    rows = Image.frombytes("1", (576, 3), b"\x10\x04\x10\x05\x10\x14" * 36)
    for picture in (
        rows.point(lambda dot: 255 - dot),
        Image.new("L", (8, 1029), 0),
        Image.new("L", (64, 128), 0),
    ):
        data = storing("A1", file(picture), EPSON.dots)
        assert not any(bytes((0x10, second)) in data for second in (0x04, 0x05, 0x14))
        assert firmware().complaints == []
    with pytest.raises(ValueError, match="nv-1"):
        storing("nv-1", file(square()), EPSON.dots)


@given(st.integers(1, 576), st.integers(1, 400))
def test_of_any_size_it_is_stored_whole(width: int, height: int) -> None:
    printer = firmware()
    data = storing("ZZ", file(Image.new("1", (width, height), 0)), EPSON.dots)
    assert not any(bytes((0x10, second)) in data[:15] for second in (0x04, 0x05, 0x14))
    printer.receive(data + build([LOGO, *plain("x")], replace(EPSON, stored_logo="ZZ")))
    assert printer.complaints == []


def test_older_makes_number_theirs() -> None:
    assert stored("nv-1") == b"\x1cp\x01\x00"
    good, bad = (
        ("A1", "  ", "nv-1", "nv-255"),
        ("", "A", "A12", "é1", "A\n", "nv-0", "nv-256", "nv-", "nv-x", "nv-²", "nv-٣"),
    )
    assert [is_stored_name(name) for name in good + bad] == [True] * len(good) + [False] * len(bad)


@given(st.binary(max_size=300), st.booleans())
def test_what_is_no_picture_is_said_to_be_none(rubbish: bytes, headed: bool) -> None:
    with pytest.raises(NoPicture):
        drawn((file(square())[:60] if headed else b"") + rubbish, EPSON.dots)


def test_a_picture_that_unpacks_without_end_is_too_large() -> None:
    with pytest.raises(NoPicture, match=r"printer\.logo\.too-large"):
        drawn(file(Image.new("1", (30_000, 30_000))), EPSON.dots)


def test_one_that_is_long_and_thin_is_measured_by_its_longer_side() -> None:
    assert drawn(file(Image.new("1", (4000, 8))), EPSON.dots)
    with pytest.raises(NoPicture, match=r"printer\.logo\.too-large"):
        drawn(file(Image.new("1", (4001, 8))), EPSON.dots)
