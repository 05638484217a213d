"""What the code calls things on the disk is pinned: nothing is renamed, and no default changes, unnoticed."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import dataclass, field, make_dataclass
from typing import Any

import pytest

from agent.sale import events, plain_data
from agent.sale.plain_data import from_plain, to_full, to_plain
from tests.store import names_on_disk


def test_the_code_names_everything_as_it_is_pinned() -> None:
    told = list(names_on_disk.differences(names_on_disk.pinned(), names_on_disk.found()))
    assert not told, "\n".join(told)


@pytest.mark.parametrize(
    ("where", "new_name", "told"),
    [
        (("events", "TenderBegun"), "PaymentBegun", "events.TenderBegun is gone"),
        (("events", "ItemAdded", "label"), "barcode", "events.ItemAdded.label is gone"),
        (("fields", "Customer", "card"), "card_number", "fields.Customer.card is gone"),
    ],
)
def test_a_rename_without_an_alias_is_told_by_name(where: tuple[str, ...], new_name: str, told: str) -> None:
    code = names_on_disk.found()
    holder: dict[str, Any] = code
    for step in where[:-1]:
        holder = holder[step]
    holder[new_name] = holder.pop(where[-1])
    gone, new = sorted(names_on_disk.differences(names_on_disk.pinned(), code), key=lambda one: "new" in one)
    assert gone.startswith(told)
    assert "alias" in gone
    assert f"{new_name} is new" in new


def test_another_default_op_or_kind_is_told_by_name() -> None:
    code = deepcopy(names_on_disk.found())
    code["fields"]["Product"]["tax_inclusive"] = "bool = False"
    code["values"]["op"].remove("points_redeem")
    code["values"]["journal kind"].append("no-sale")
    told = sorted(names_on_disk.differences(names_on_disk.pinned(), code))
    assert [line.partition(" is ")[0] for line in told] == [
        "fields.Product.tax_inclusive",
        "values.journal kind: 'no-sale'",
        "values.op: 'points_redeem'",
    ]


# --- a rename with an alias -----------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Weighed:
    """An event as it was first written."""

    grams: int
    scale: str = "left"


@dataclass(frozen=True, slots=True)
class PutOnScale:
    """The same, renamed."""

    weight_g: int
    scale: str = "left"


@pytest.fixture
def _aliased(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(plain_data.NAMES_ON_DISK, "PutOnScale", {"weight_g": "grams"})
    monkeypatch.setitem(events.KINDS_ON_DISK, "PutOnScale", "Weighed")
    monkeypatch.setitem(events.KINDS, "Weighed", PutOnScale)  # type: ignore[arg-type]


@pytest.mark.usefixtures("_aliased")
def test_with_an_alias_old_rows_are_read_and_new_ones_written_under_the_name_on_the_disk() -> None:
    old = {"kind": "Weighed", **to_plain(Weighed(250))}
    event: Any = events.event_from_plain(old)
    assert event == PutOnScale(250)
    assert events.event_to_plain(event) == old
    assert to_full(event) == {"grams": 250, "scale": "left"}
    assert from_plain(PutOnScale, to_full(event)) == event
    assert names_on_disk.fields_of(PutOnScale) == names_on_disk.fields_of(Weighed)


def test_without_one_an_old_row_is_not_taken_for_another() -> None:
    renamed = make_dataclass("Renamed", [("weight_g", int), ("scale", str, field(default="left"))])
    with pytest.raises(TypeError):
        from_plain(renamed, to_plain(Weighed(250)))
