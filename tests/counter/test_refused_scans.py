"""What was scanned and did nothing: each is kept, and nobody is named."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from pathlib import Path

import pytest

from agent.daemon.masked_log import MaskedFormatter
from agent.language.sentence import Sentence
from agent.sale import events as e
from tests.rig.label_desk import LabelDesk

GOODS = ["8900000000012", "8900000000029", "8900000000036"]


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[LabelDesk]:
    made = LabelDesk(tmp_path / "store", {f"ITEM-{number}": gtin for number, gtin in enumerate(GOODS)})
    yield made
    made.close()


def test_of_twenty_labels_the_three_bad_ones_are_all_told(
    desk: LabelDesk, caplog: pytest.LogCaptureFixture
) -> None:
    labels = [GOODS[number % 3] for number in range(20)]
    for place, bad in ((3, "8900000000037"), (9, "4006381333931"), (15, "NO-SUCH")):
        labels[place] = bad
    with caplog.at_level(logging.WARNING):
        for label in labels:
            desk.labels.scan(label, device="base")
    told = desk.board.part("refused_scans")
    assert [(one["label"], one["code"], one["scanner"]) for one in told] == [
        ("NO-SUCH", "unknown-item", "base"),
        ("4006381333931", "unknown-item", "base"),
        ("…0037", "check_digit", "base"),
    ]
    assert len(desk.sold) == 17
    logged = [record.getMessage() for record in caplog.records if "refused scan" in record.getMessage()]
    assert [line.split(": ")[1].split(" ")[0] for line in logged] == ["…0037", "4006381333931", "NO-SUCH"]


def test_what_is_scanned_while_money_is_taken_is_told_by_name(desk: LabelDesk) -> None:
    assert desk.scan(GOODS[0]).ok
    assert desk.open_sale.do(e.TenderBegun()).ok
    for number in range(9):
        assert desk.scan(GOODS[number % 3]).code == "not-now"
    told = desk.board.part("refused_scans")
    assert [one["item"] for one in told] == ["Item"] * 9
    assert {one["label"] for one in told} == set(GOODS)


@pytest.mark.parametrize("label", ["CARD:9876543210", "MEMBER:9876543210", "COUPON:9876543210", "9876543210"])
def test_what_may_name_a_customer_is_masked(
    desk: LabelDesk, label: str, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.INFO):
        desk.scan(label)
    told = desk.board.part("refused_scans")
    assert told
    assert "987654" not in str(told) + caplog.text
    assert told[0]["label"].endswith("3210")


@pytest.mark.parametrize(
    ("label", "symbology_id", "shown"),
    [
        ("0108900000000999172612311012345678", "]d2", "0108900000000999172612311012345678"),
        ("(01)08900000000999(10)1234567890", "", "(01)08900000000999(10)1234567890"),
        ("0108900000000999\x1d101234567890", "", "0108900000000999 101234567890"),
        ("8900000000013", "", "8900000000013"),
        ("8900000000037", "]E0", "8900000000037"),
        ("036000291453", "]E0", "036000291453"),
        ("18900000000038", "", "18900000000038"),
        (
            "https://gs1.org/01/08900000000999/21/1234567890",
            "",
            "https://gs1.org/01/08900000000999/21/1234567890",
        ),
        ("8900000000037", "", "…0037"),
        ("919876543210", "", "…3210"),
        ("4111111111111111", "", "…1111"),
        ("4111111111111111", "]C0", "…1111"),
        ("CUSTOMER-9876543210", "", "CUSTOMER-…3210"),
    ],
)
def test_what_can_only_be_goods_is_readable_and_what_may_be_a_person_is_not(
    desk: LabelDesk, label: str, symbology_id: str, shown: str
) -> None:
    """In what the cashier is told of it too."""
    log = io.StringIO()
    handler = logging.StreamHandler(log)
    handler.setFormatter(MaskedFormatter("%(message)s"))
    logging.getLogger("agent.counter").addHandler(handler)
    try:
        desk.labels.scan(label, symbology_id, device="base")
    finally:
        logging.getLogger("agent.counter").removeHandler(handler)
    told = desk.board.part("refused_scans")[0]
    assert told["label"] == shown
    assert f"refused scan from base: {shown} (" in log.getvalue()
    hidden = label != shown and "\x1d" not in label
    assert not (hidden and label in told["text"] + log.getvalue())


def test_each_is_told_from_the_one_before(desk: LabelDesk) -> None:
    for _ in range(3):
        desk.scan("NO-SUCH")
    assert [one["no"] for one in desk.board.part("refused_scans")] == [3, 2, 1]


def test_damaged_scans_are_kept_too_and_the_list_has_an_end(desk: LabelDesk) -> None:
    desk.labels.torn("the label is empty", "front", "8900")
    assert desk.board.part("refused_scans")[0]["code"] == "torn-scan"
    for number in range(60):
        desk.scan(f"X-{number}")
    told = desk.board.part("refused_scans")
    assert (len(told), told[0]["label"], told[-1]["label"]) == (50, "X-59", "X-10")


def test_a_command_label_is_never_kept_with_its_proof(desk: LabelDesk) -> None:
    desk.label_key.renew()
    desk.scan("CMD:PAY-CASH-EXACT:SECRETSECRET")
    assert "SECRET" not in str(desk.board.part("refused_scans"))


def test_the_proof_of_a_command_is_kept_on_no_way_that_a_label_is_refused(desk: LabelDesk) -> None:
    """Shown twice within a blink, torn, and while its scanner is being tried."""
    desk.label_key.renew()
    label = desk.command("PAY-CASH-EXACT")
    desk.labels.repeated(label, "counter")
    desk.labels.torn("the end never came", "counter", label[:-2])
    desk.labels.set_aside(label, "", "counter", Sentence("scan-tried"))
    told = [one["label"] for one in desk.board.part("refused_scans")]
    assert told == ["CMD:PAY-CASH-EXACT"] * 3
