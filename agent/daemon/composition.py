"""From settings to the values the rooms want; no thread starts here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from agent.counter.cashier import Cashier
from agent.counter.labels import Labels
from agent.counter.options import CounterOptions
from agent.counter.refused_scans import RefusedScans
from agent.devices.scanners import OnScan, OnState, Scanners
from agent.language.language import DEFAULT, Language, english
from agent.language.sentence import Sentence
from agent.printing.printers import Printers
from agent.printing.receipts import Receipts
from agent.printing.sheets import UNDRAWABLE
from agent.sale import currencies
from agent.sale.barcode import LabelRules
from agent.sale.basket import Bill, BillLine, Customer, Use
from agent.sale.rules import OrgRules
from agent.sale.totals import Pricing
from agent.settings.config import Config
from agent.settings.display_section import DisplaySection
from agent.settings.scale_section import ScaleSection
from agent.settings.scanner_section import ScannerSection, scanner_names
from agent.store import bills, outbox
from agent.store.catalogue import Catalogue
from agent.store.label_key import LabelKey
from agent.store.room import Room
from agent.till.board import Board
from agent.till.counters import Counters, named
from agent.till.rights import Right, Rights
from agent.till.till import Till
from drivers.scanner.label import unheard

if TYPE_CHECKING:
    from agent.daemon.cloud_side import CloudSide
    from agent.devices.customer_display import CustomerDisplay
    from agent.devices.scale import TillScale
    from agent.sale.invoice import Shop
    from drivers.display.serial_display import SerialDisplay
    from drivers.reconnect import OnState
    from drivers.scale.serial_scale import SerialScale
    from drivers.scanner.evdev_device import EvdevScanner
    from drivers.scanner.framing import Framing
    from drivers.scanner.hid_pos import HidPosScanner
    from drivers.scanner.keyboard import KeyOptions
    from drivers.scanner.label import OnRaw, OnScan
    from drivers.scanner.serial_port import SerialScanner


def counter_options(config: Config) -> CounterOptions:
    """The till as the counter knows it."""
    till = config.till
    return CounterOptions(
        store_code=till.store_code,
        till_code=till.till_code,
        cashier=till.cashier,
        prefix=till.bill_prefix,
        zone=ZoneInfo(till.timezone),
        currency=till.currency,
        fiscal_month=till.fiscal_month,
        number_pattern=till.number_pattern,
        pricing=Pricing(till.round_to_minor, till.interstate),
        coupon_use=Use(till.coupon_use),
        points_use=Use(till.points_use),
        default_reason=till.not_interested_reason,
        labels=label_rules(config),
        max_minor=till.max_bill_minor,
        has_printer=bool(config.printer),
        not_interested_returns=config.returns.not_interested,
        unknown_returns=config.returns.unknown_bills,
        undo_redemptions=config.returns.undo_redemptions,
        sell_outside=config.cloud.outside_limits == "sell",
        largest_note_minor=max(till.quick_cash_minor, default=50_000),
    )


_BILL = r"(?:BILL:|[0-9A-Z]{{0,15}}\|)?({prefix}[0-9]{{2}}[-C][0-9]{{6,13}})(?:\|.*)?"


def rights(config: Config, till: Till) -> Rights:
    """What needs a supervisor here."""
    pins = {one.name: one.pin for one in config.supervisor}
    free = [right for right in Right if getattr(config.rights, right, "") == "cashier"]
    return Rights(till, pins, free)


def label_rules(config: Config) -> LabelRules:
    """Which labels are what; the defaults of sale.barcode where nothing is set."""
    section, rules = config.labels, LabelRules()
    return replace(
        rules,
        # Only numbers of this till's own series are bills; another shop's code of that shape is an item.
        bill_pattern=_BILL.format(prefix=config.till.bill_prefix),
        masks=section.masks or rules.masks,
        member_pattern=section.member_pattern or rules.member_pattern,
        coupon_pattern=section.coupon_pattern or rules.coupon_pattern,
        currency_number=currencies.NUMBERS[config.till.currency],
    )


def room(config: Config) -> Room:
    """The disk under the store: how much room is little, and how much is kept back."""
    return Room(config.store, config.disk.low_free_mb << 20, config.disk.ballast_mb << 20)


def language(config: Config) -> Language:
    """The till's, which groups figures as its locale does."""
    known = english() if config.till.language == DEFAULT else Language(config.till.language)
    return known.grouping(indian=config.till.indian)


def shop(config: Config, language: Language) -> Shop:
    """What stands on the paper."""
    from agent.sale.invoice import Shop

    section = config.shop
    return Shop(
        name=section.name,
        address=section.address,
        gstin=section.gstin,
        state_code=section.state_code,
        phone=section.phone,
        footer=section.footer,
        title=language.text(Sentence("receipt.training")) if config.till.training else section.title,
        currency_symbol=currencies.sign(config.till.currency),
        indian=config.till.indian,
        text_of=language.text,
    )


def till_view(config: Config) -> dict[str, object]:
    """The part of the snapshot that never changes."""
    return {
        "store_code": config.till.store_code,
        "till_code": config.till.till_code,
        "store_name": config.shop.name,
        "currency": config.till.currency,
        "exponent": 2,
        "locale": config.till.locale,
        "training": config.till.training,
        "cashier": config.till.cashier,
        "quick_cash_minor": list(config.till.quick_cash_minor),
        "customer_fields": [
            {"name": one.name, "label": one.label, "kind": one.kind, "choices": list(one.choices)}
            for one in config.cloud.fields.all()
        ],
    }


def scale(config: Config, board: Board, counters: Counters) -> TillScale | None:
    """The till's scale, if it has one."""
    section = config.scale
    if not section.path:
        return None
    from agent.devices.scale import TillScale

    name, made = section.name or section.path, partial(_scale_driver, section)
    count = partial(counters.count, named("Scale", name))
    return TillScale(board, name, made, section.unit, section.wait_ms / 1000, count)


def _scale_driver(section: ScaleSection, on_state: OnState) -> SerialScale:
    from drivers.scale.serial_scale import ScaleOptions, SerialScale

    options = ScaleOptions(
        section.path,
        section.protocol,
        section.name,
        section.baudrate,
        section.data_bits,
        section.parity,
        section.stop_bits,
        section.unit,
        section.max_milli,
    )
    return SerialScale(options, on_state)


def customer_display(
    config: Config, board: Board, language: Language, counters: Counters
) -> CustomerDisplay | None:
    """The display of two lines that customers read, if there is one."""
    section = config.display
    if not section.path:
        return None
    from agent.devices.customer_display import CustomerDisplay

    name = section.name or section.path
    upper, lower, *_ = (*(section.idle or (config.shop.name,)), "", "")
    return CustomerDisplay(
        board,
        language,
        partial(_display_driver, section),
        name=name,
        protocol=section.protocol,
        columns=section.columns,
        idle=(upper, lower),
        keep_s=section.keep_s,
        indian=config.till.indian,
        count=partial(counters.count, named("LineDisplay", name)),
    )


def _display_driver(section: DisplaySection, on_state: OnState) -> SerialDisplay:
    from drivers.display.serial_display import DisplayOptions, SerialDisplay

    options = DisplayOptions(section.path, section.protocol, section.name, section.columns, section.baudrate)
    return SerialDisplay(options, on_state)


def labels(
    config: Config,
    till: Till,
    board: Board,
    cashier: Cashier,
    shelf: Catalogue,
    aside: Callable[[Callable[[], Any]], None],
) -> Labels:
    """What labels do at this till."""
    key = LabelKey(config.store, config.till.bill_prefix)
    return Labels(cashier, shelf, label_rules(config), aside, key, RefusedScans(board, till.stamp))


def scanners(config: Config, board: Board, labels: Labels, counters: Counters) -> Scanners:
    """The scanners of the settings, each with its name and how its driver is made."""
    makers = [
        (name, partial(scanner, section))
        for name, section in zip(scanner_names(config.scanner), config.scanner, strict=True)
    ]
    return Scanners(
        board,
        makers,
        label=labels.scan,
        torn=labels.torn,
        repeated=labels.repeated,
        set_aside=labels.set_aside,
        counters=counters,
        unread=_unread if any(one.kind == "keyboard" for one in config.scanner) else list,
        repeat_s=[section.repeat_ms / 1000 for section in config.scanner],
    )


def _unread() -> list[str]:
    from drivers.scanner.twins import held, unread

    return unread(held())


def scanner_framing(section: ScannerSection) -> Framing:
    """How a scanner marks its labels."""
    from drivers.scanner.framing import Framing

    return Framing(
        suffix=section.suffix,
        suffix_text=section.suffix_text,
        prefix=section.prefix,
        drop=section.drop,
        idle_s=section.idle_ms / 1000,
        stale_s=section.stale_ms / 1000,
        settle_s=section.settle_ms / 1000,
        max_length=section.max_length,
        encoding=section.encoding,
        gs_substitutes=section.gs_text,
        code_id=section.code_id,
        no_read=section.no_read,
    )


def key_options(section: ScannerSection) -> KeyOptions:
    """How a keyboard scanner types."""
    from drivers.scanner.keyboard import KeyOptions

    layout = "us" if section.layout == "in" else section.layout
    return KeyOptions(layout, section.gs_keys, scanner_framing(section))


def scanner(
    section: ScannerSection, on_scan: OnScan, on_state: OnState, on_raw: OnRaw = unheard
) -> SerialScanner | EvdevScanner | HidPosScanner:
    """The driver of a scanner: all kinds give the same labels."""
    if section.kind == "serial":
        from drivers.scanner.serial_port import SerialOptions, SerialScanner

        serial = SerialOptions(
            section.path,
            section.name,
            section.baudrate,
            section.data_bits,
            section.parity[0].upper(),
            section.stop_bits,
            framing=scanner_framing(section),
            protocol=section.protocol,
        )
        return SerialScanner(serial, on_scan, on_state, on_raw)
    if section.kind == "hid-pos":
        from drivers.scanner.hid_pos import HidPosOptions, HidPosScanner

        reports = HidPosOptions(section.path, section.name, scanner_framing(section))
        return HidPosScanner(reports, on_scan, on_state, on_raw=on_raw)
    from drivers.scanner.evdev_device import EvdevOptions, EvdevScanner

    keyboard = EvdevOptions(section.path, section.name, key_options(section))
    return EvdevScanner(keyboard, on_scan, on_state, on_raw=on_raw)


def nothing_queued(*_: Any) -> Sequence[outbox.Entry]:
    """What a till without a loyalty cloud has to tell of anything."""
    return ()


def write_ahead(
    cloud: CloudSide | None,
    receipts: Receipts,
    printers: Printers,
    lines: tuple[BillLine, ...],
    due_minor: int,
    customer: Customer | None,
) -> None:
    """While the customer looks for money: what hash, call and paper of the bill will say of each line."""
    for line in lines:
        bills.write_ahead(line)
    if cloud:
        cloud.entries.write_ahead([line for line in lines if not line.back], customer)
    if profile := printers.of_bills():
        with suppress(*UNDRAWABLE):  # met again, and told, when it is wanted
            receipts.paying(lines, due_minor, profile)


def may_retro(
    rules: Callable[[], OrgRules], bill: Bill, now: datetime, registered_at: str
) -> Sentence | None:
    """Why the organisation does not let a bill be given to a member enrolled at a moment, or None."""
    registered = datetime.fromisoformat(registered_at) if registered_at else None
    return rules().may_retro(datetime.fromisoformat(bill.at), now, registered)
