"""The table of answer codes: complete against the documented classes, and safe where it is silent."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from agent.language.language import in_english
from agent.language.tools import files
from agent.loyalty.answers.codes import Klass, classify, listed, meaning
from agent.loyalty.outcomes import parked_reasons
from agent.sale.queue_terms import Op

from ..conftest import SAMPLES
from ..verdicts import ADD, coded

NOTED = {
    # Told apart in the notes of the documentation, not in its class column.
    ("customer", 1109): "retryable",
    ("customer", 1110): "retryable",
    ("transaction", 657): "retryable",
    ("points", 902): "needs-operator",
}


def documented() -> Iterator[tuple[str, int, str]]:
    table = SAMPLES.parent / "errors.csv"
    if not table.is_file():
        pytest.skip(f"the documented codes are not at {table}")
    for row in csv.DictReader(io.StringIO(table.read_text())):
        for part in row["code"].split(","):
            first, _, last = part.partition("-")
            for code in range(int(first), int(last or first) + 1):
                yield row["family"], code, row["class"]


def test_every_documented_code_has_its_documented_class() -> None:
    for family, code, klass in documented():
        assert classify(family, code) == NOTED.get((family, code), klass), (family, code)


@pytest.mark.parametrize("family", ["transaction", "points", "coupon", "customer", "otp", "http", "nonsense"])
@pytest.mark.parametrize("code", [0, -1, 777_777, None])
def test_an_unknown_code_needs_a_person(family: str, code: int | None) -> None:
    assert classify(family, code) is Klass.NEEDS_OPERATOR


def test_the_same_number_means_what_its_family_says() -> None:
    assert classify("coupon", 750) is Klass.NEEDS_OPERATOR
    assert classify("points", 750) is Klass.RETRYABLE
    assert classify("transaction", 604) is Klass.ALREADY_DONE
    assert classify("otp", 604) is Klass.PERMANENT


def test_codes_every_call_shares_are_found_from_each_family() -> None:
    for family in ("transaction", "points", "coupon", "customer", "otp"):
        assert meaning(family, 521).klass is Klass.RETRYABLE
        assert meaning(family, 401).sense == "hold"


def test_an_http_status_is_never_taken_for_a_code_of_a_body() -> None:
    """408 in a body is a machine the cloud does not know; as a status line it is a slow server."""
    assert classify("request", 408) is Klass.NEEDS_OPERATOR
    assert classify("http", 408) is Klass.RETRYABLE
    assert classify("http", 200) is Klass.NEEDS_OPERATOR


def test_every_documented_refusal_has_a_sentence() -> None:
    silent = [
        (family, code)
        for family, code, klass in documented()
        if klass not in ("success", "warning") and not meaning(family, code).sentence
    ]
    assert silent == []


def test_every_refusal_of_the_table_has_a_sentence() -> None:
    quiet = (Klass.SUCCESS, Klass.WARNING)
    assert [key for key in listed() if classify(*key) not in quiet and not meaning(*key).sentence] == []


@pytest.mark.parametrize("code", [626, 629, 633, 636, 639, 668, 673, 682, 1121, 9614])
def test_a_refused_return_is_explained(code: int) -> None:
    given_back = replace(ADD, op=Op.TRANSACTION_RETURN)
    told = in_english(parked_reasons.refusal(given_back, coded(given_back, code)))
    assert "which this till does not know" not in told
    assert told.startswith("The return of bill B-1 was refused: ")


def test_a_return_before_its_purchase_is_about_the_day_and_not_about_a_missing_bill() -> None:
    assert "day of purchase" in in_english(meaning("transaction", 624).sentence)


def test_sentences_are_sentences() -> None:
    for family, code in listed():
        text = in_english(meaning(family, code).sentence)
        assert text == "" or (text[0].isupper() and text.endswith(".")), (family, code)


def test_every_sentence_the_table_names_is_written_and_every_written_one_named() -> None:
    written = {ident for ident in files.texts(files.read(files.ENGLISH)) if ident.startswith("cloud.code.")}
    assert {f"cloud.code.{meaning(*key).says}" for key in listed() if meaning(*key).says} == written


def test_the_table_ships_with_the_code() -> None:
    assert Path(meaning.__code__.co_filename).with_name("codes.csv").is_file()
