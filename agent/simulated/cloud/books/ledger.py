"""The cloud's books: customers, points, coupons, bills and codes, changed only in whole transactions."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from threading import RLock
from typing import Any, TypeVar

from agent.simulated.cloud.books.ledger_file import LedgerFile
from agent.simulated.cloud.books.ledger_rows import (
    TABLES,
    Balance,
    Bill,
    Coupon,
    CouponUse,
    Customer,
    Movement,
    Otp,
    OtpDay,
    PointsRedemption,
    Product,
    Record,
    Series,
)

R = TypeVar("R", bound=Record)
FIRST_ID = 100_000_001
"""Ids look like the vendor's: nine digits, one counter for all tables."""

_BALANCE_FIELD = {
    "earned": "lifetime_milli",
    "redeemed": "redeemed_milli",
    "expired": "expired_milli",
    "returned": "returned_milli",
    "reversed": "redeemed_milli",
    "adjusted": "adjusted_milli",
}


class _Index:
    """Ids by key, in the order they came."""

    def __init__(self, keys: Callable[[Any], tuple[Hashable, ...]]) -> None:
        self._keys = keys
        self._ids: dict[Hashable, dict[int, None]] = {}

    def change(self, old: Record | None, new: Record | None) -> None:
        for key in self._keys(old) if old else ():
            self._ids[key].pop(old.id if old else 0, None)
        for key in self._keys(new) if new else ():
            self._ids.setdefault(key, {})[new.id if new else 0] = None

    def of(self, key: Hashable) -> list[int]:
        return list(self._ids.get(key, ()))


def _identifiers(row: Customer) -> tuple[Hashable, ...]:
    if row.merged_into:
        return ()
    pairs = (
        ("mobile", row.mobile),
        ("email", row.email),
        ("external_id", row.external_id),
        ("card_number", row.card),
    )
    return tuple(pair for pair in pairs if pair[1])


class Ledger:
    """All rows in memory, optionally mirrored to a file that a restart reads back.

    Reading and changing both happen under `lock`; every change inside `transaction()`, which commits as
    a whole or leaves nothing behind.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.lock = RLock()
        self.revision = 0
        self.committed: Callable[[list[Record]], None] | None = None
        """Hears the rows of each commit."""
        self._tables: dict[type[Any], dict[int, Any]] = {cls: {} for cls in TABLES.values()}
        self._indexes: dict[str, tuple[type[Any], _Index]] = {
            "identifier": (Customer, _Index(_identifiers)),
            "trace": (Customer, _Index(lambda row: tuple(row.traces))),
            "bill_number": (Bill, _Index(lambda row: () if row.retro_into else (row.number,))),
            "bills_of": (Bill, _Index(lambda row: (row.customer_id,))),
            "returns_of": (Bill, _Index(lambda row: (row.parent_id,) if row.parent_id else ())),
            "movements_of": (Movement, _Index(lambda row: (row.customer_id,))),
            "reference": (PointsRedemption, _Index(lambda row: (row.reference,) if row.reference else ())),
            "redemption_code": (PointsRedemption, _Index(lambda row: (row.code,))),
            "redemptions_of": (PointsRedemption, _Index(lambda row: (row.customer_id,))),
            "coupon_code": (Coupon, _Index(lambda row: (row.code,))),
            "coupons_of": (Coupon, _Index(lambda row: (row.customer_id,) if row.customer_id else ())),
            "uses_of_coupon": (CouponUse, _Index(lambda row: (row.coupon_id,))),
            "uses_of": (CouponUse, _Index(lambda row: (row.customer_id,))),
            "product": (Product, _Index(lambda row: (row.code,))),
            "otp": (Otp, _Index(lambda row: ((row.entity, row.action),))),
            "otp_day": (OtpDay, _Index(lambda row: ((row.entity, row.day),))),
        }
        self._open: list[tuple[Record | None, Record]] | None = None
        self._next = FIRST_ID
        self._file = self._read_back(path) if path else None

    def _read_back(self, path: Path) -> LedgerFile:
        with ExitStack() as failing:
            file = LedgerFile(path)
            failing.callback(file.close)
            for row in file.rows():
                self._place(self._tables[type(row)].get(row.id), row)
            file.replace(row for table in self._tables.values() for row in table.values())
            failing.pop_all()
            return file

    def close(self) -> None:
        """Release the file, if there is one; the ledger stays readable."""
        if self._file:
            self._file.close()

    def copy(self) -> Ledger:
        """The same rows in memory, which go their own way from here."""
        found = Ledger()
        with self.lock:
            for table in self._tables.values():
                for row in table.values():
                    found._place(None, row)
            found._next = self._next
        return found

    # --- reading

    def get(self, kind: type[R], row_id: int) -> R | None:
        """One row, or None."""
        return self._tables[kind].get(row_id)

    def all(self, kind: type[R]) -> list[R]:
        """Every row of a table in the order of its ids."""
        with self.lock:
            return [row for _, row in sorted(self._tables[kind].items())]

    def find(self, kind: type[R], index: str, key: Hashable) -> list[R]:
        """Rows under a key of an index, oldest first."""
        owner, entries = self._indexes[index]
        if owner is not kind:
            raise KeyError(f"{index} does not list {kind.__name__}")
        with self.lock:
            return [self._tables[kind][row_id] for row_id in entries.of(key)]

    def balance(self, customer_id: int) -> Balance:
        """The customer's account, all zero for one without movements."""
        return self.get(Balance, customer_id) or Balance(customer_id)

    def series_of(self, coupon: Coupon) -> Series:
        """The series a coupon belongs to; it always exists."""
        series = self.get(Series, coupon.series_id)
        if series is None:
            raise KeyError(f"coupon {coupon.code} has no series")
        return series

    def coupon_of(self, use: CouponUse) -> Coupon:
        """The coupon that was used; it always exists."""
        coupon = self.get(Coupon, use.coupon_id)
        if coupon is None:
            raise KeyError(f"use {use.id} has no coupon")
        return coupon

    # --- changing

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All puts inside become one commit; an exception, a full disk too, takes every one of them back."""
        with self.lock:
            if self._open is not None:
                raise RuntimeError("transactions do not nest")
            changes: list[tuple[Record | None, Record]] = []
            self._open = changes
            try:
                with ExitStack() as undo:
                    undo.callback(self._undo, changes)
                    yield
                    self._keep(changes)
                    undo.pop_all()
            finally:
                self._open = None

    def new_id(self) -> int:
        """The next id; a rolled-back one is not given out again."""
        with self.lock:
            self._next += 1
            return self._next - 1

    def put(self, row: R) -> R:
        """Add the row, or put it in place of the one with its id."""
        if self._open is None:
            raise RuntimeError("a ledger is changed inside a transaction only")
        old = self._tables[type(row)].get(row.id)
        self._place(old, row)
        self._open.append((old, row))
        return row

    def move(
        self,
        customer_id: int,
        kind: str,
        points_milli: int,
        at: str,
        bill_number: str = "",
        reference: str = "",
    ) -> Movement:
        """Write one signed movement of points and carry it to the balance."""
        account = self.balance(customer_id)
        name = _BALANCE_FIELD[kind]
        change = points_milli if name in {"lifetime_milli", "adjusted_milli"} else -points_milli
        self.put(
            replace(
                account,
                available_milli=account.available_milli + points_milli,
                **{name: getattr(account, name) + change},
            )
        )
        return self.put(Movement(self.new_id(), customer_id, kind, points_milli, at, bill_number, reference))

    def purchase(self, customer_id: int, amount_minor: int) -> None:
        """Carry a bill (positive) or a return (negative) to the customer's lifetime purchases."""
        account = self.balance(customer_id)
        self.put(replace(account, purchases_minor=account.purchases_minor + amount_minor))

    def _place(self, old: Record | None, row: Record) -> None:
        self._tables[type(row)][row.id] = row
        self._reindex(old, row)
        self._next = max(self._next, row.id + 1)

    def _reindex(self, old: Record | None, new: Record | None) -> None:
        kind = type(new or old)
        for owner, entries in self._indexes.values():
            if owner is kind:
                entries.change(old, new)

    def _undo(self, changes: list[tuple[Record | None, Record]]) -> None:
        for old, row in reversed(changes):
            self._reindex(row, old)
            if old is None:
                del self._tables[type(row)][row.id]
            else:
                self._tables[type(row)][row.id] = old

    def _keep(self, changes: list[tuple[Record | None, Record]]) -> None:
        if changes and self._file:
            self._file.append([row for _, row in changes])
        self.revision += bool(changes)
        if changes and self.committed:
            self.committed([row for _, row in changes])
