"""What the profiles say of printers, wherever they have it from."""

from __future__ import annotations

import pytest

from drivers.printer.profile import profile_named, profiles


@pytest.mark.parametrize(
    ("name", "columns", "dots", "code_page", "encoding"),
    [
        ("epson-tm-t20", 48, 576, 16, "cp1252"),
        # 180 dots an inch: 42 columns use 504 of the 512 dots.
        ("epson-tm-t88", 42, 512, 16, "cp1252"),
        ("generic-80", 48, 576, 0, "ascii"),
        ("generic-58", 32, 384, 0, "ascii"),
    ],
)
def test_paper_and_letters_are_those_of_the_printers(
    name: str, columns: int, dots: int, code_page: int, encoding: str
) -> None:
    """python-escpos lists the Epson printers: an upgrade of it that changes one is seen here."""
    found = profile_named(name)
    assert (found.columns, found.dots, found.code_page, found.encoding) == (
        columns,
        dots,
        code_page,
        encoding,
    )


def test_every_profile_goes_by_its_own_name() -> None:
    assert [profile.name for profile in profiles().values()] == list(profiles())


def test_an_unknown_profile_names_the_nearest() -> None:
    with pytest.raises(ValueError, match=r"did you mean 'epson-tm-t88'\? Known: generic-80, "):
        profile_named("epson-tm-88")
