"""The commands: one POST a verb, each carrying an idempotency key."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request

from agent.counter.cashier import discount
from agent.language.sentence import Sentence
from agent.sale import events as e
from agent.sale.basket import TenderType
from agent.web import forms
from agent.web.answers import not_done, said
from agent.web.backend import Backend
from agent.web.claims import claim_of
from agent.web.descriptions import ROWS, TOLD
from agent.web.door import over_tcp

# The same key sent again gets the same answer and does nothing twice.
Key = Annotated[str, Header(alias="Idempotency-Key", max_length=128)]

# The sale that is meant, as the snapshot names it: in another one the command does nothing.
Meant = Annotated[str, Header(alias="Sale-Id", max_length=128)]


def command_routes(backend: Backend) -> APIRouter:
    """All of /api that changes something. 200 done, 409 refused with a sentence, 422 malformed."""
    routes = APIRouter(prefix="/api", responses=TOLD)
    _lines(routes, backend)
    _sale(routes, backend)
    _customers(routes, backend)
    _redemptions(routes, backend)
    _payment(routes, backend)
    _paper(routes, backend)
    _scanners(routes, backend)
    _organisation(routes, backend)
    return routes


def _lines(routes: APIRouter, backend: Backend) -> None:
    cashier = backend.cashier

    @routes.post("/scan")
    def scan(form: forms.Scan, request: Request, key: Key = "", meant: Meant = "") -> Any:
        priced = partial(backend.overrides.typed_price, key, claim_of(form, request.scope))
        return said(backend.labels.scan(form.label, form.symbology_id, key, sale_id=meant, priced=priced))

    @routes.post("/item/add")
    def item_add(form: forms.ItemPick, key: Key = "", meant: Meant = "") -> Any:
        picked = partial(cashier.add_item, form.sku, form.qty_milli, key)
        added = partial(picked, sure=form.sure, question=form.question)
        return said(cashier.in_sale(meant, key, added))

    @routes.post("/item/times")
    def item_times(form: forms.Times, key: Key = "", meant: Meant = "") -> Any:
        return said(cashier.in_sale(meant, key, lambda: cashier.times(form.qty_milli, key, sure=form.sure)))

    @routes.post("/line/quantity")
    def line_quantity(form: forms.Quantity, request: Request, key: Key = "", meant: Meant = "") -> Any:
        event = e.QuantitySet(form.line, form.qty_milli)
        typed = partial(cashier.typed, event, key, sure=form.sure)
        return said(backend.overrides.do(event, key, claim_of(form, request.scope), typed, meant))

    @routes.post("/line/price")
    def line_price(form: forms.Price, request: Request, key: Key = "", meant: Meant = "") -> Any:
        event = e.PriceSet(form.line, form.price_minor, form.reason)
        typed = partial(cashier.typed, event, key, sure=form.sure)
        return said(backend.overrides.do(event, key, claim_of(form, request.scope), typed, meant))

    @routes.post("/line/discount")
    def line_discount(form: forms.LineDiscount, request: Request, key: Key = "", meant: Meant = "") -> Any:
        event = e.LineDiscounted(form.line, discount(form.minor, form.bp, form.reason))
        return said(backend.overrides.do(event, key, claim_of(form, request.scope), sale_id=meant))

    @routes.post("/line/void")
    def line_void(form: forms.LineNumber, request: Request, key: Key = "", meant: Meant = "") -> Any:
        return said(
            backend.overrides.do(e.LineVoided(form.line), key, claim_of(form, request.scope), sale_id=meant)
        )

    @routes.post("/line/restore")
    def line_restore(form: forms.LineNumber, request: Request, key: Key = "", meant: Meant = "") -> Any:
        return said(
            backend.overrides.do(e.LineRestored(form.line), key, claim_of(form, request.scope), sale_id=meant)
        )


def _sale(routes: APIRouter, backend: Backend) -> None:
    cashier = backend.cashier

    @routes.post("/sale/discount")
    def sale_discount(form: forms.DiscountForm, request: Request, key: Key = "", meant: Meant = "") -> Any:
        event = e.BillDiscounted(discount(form.minor, form.bp, form.reason))
        return said(backend.overrides.do(event, key, claim_of(form, request.scope), sale_id=meant))

    @routes.post("/sale/cancel")
    def sale_cancel(form: forms.Reason, key: Key = "", meant: Meant = "") -> Any:
        return said(cashier.in_sale(meant, key, lambda: cashier.do(e.Cancelled(form.reason), key)))

    @routes.post("/sale/not-interested")
    def sale_not_interested(form: forms.Reason, key: Key = "", meant: Meant = "") -> Any:
        return said(cashier.in_sale(meant, key, lambda: cashier.do(e.NotInterested(form.reason), key)))

    @routes.post("/sale/complete")
    def sale_complete(form: forms.Nothing, key: Key = "", meant: Meant = "") -> Any:  # noqa: ARG001 - must be empty
        return said(cashier.in_sale(meant, key, lambda: cashier.do(e.Completed(), key)))


def _customers(routes: APIRouter, backend: Backend) -> None:
    cashier = backend.cashier

    @routes.post("/customer/search")
    def customer_search(form: forms.CustomerSearch, key: Key = "", meant: Meant = "") -> Any:
        return said(cashier.search(form.kind, form.value, key, meant))

    @routes.post("/customer/clear")
    def customer_clear(form: forms.Nothing, key: Key = "", meant: Meant = "") -> Any:  # noqa: ARG001
        return said(cashier.in_sale(meant, key, lambda: cashier.do(e.CustomerCleared(), key)))

    @routes.post("/customer/enrol")
    def customer_enrol(form: forms.EnrolForm, key: Key = "", meant: Meant = "") -> Any:
        consents = {"loyalty": form.loyalty is not False, "sms": bool(form.sms), "mail": bool(form.mail)}
        return said(cashier.enrol(form.model_dump() | consents, key, meant))

    @routes.post("/customer/update")
    def customer_update(form: forms.CustomerForm, key: Key = "", meant: Meant = "") -> Any:
        return said(cashier.update(form.model_dump(), key, meant))


def _redemptions(routes: APIRouter, backend: Backend) -> None:
    cashier = backend.cashier

    @routes.post("/coupon/apply")
    def coupon_apply(form: forms.Coupon, key: Key = "", meant: Meant = "") -> Any:
        return said(cashier.coupon(form.code, key, form.otp, meant))

    @routes.post("/coupon/remove")
    def coupon_remove(form: forms.Nothing, key: Key = "", meant: Meant = "") -> Any:  # noqa: ARG001
        return said(cashier.in_sale(meant, key, lambda: cashier.do(e.CouponRemoved(), key)))

    @routes.post("/points/otp")
    def points_otp(form: forms.PointsAmount, meant: Meant = "") -> Any:
        return said(cashier.points_otp(form.points_milli, meant))

    @routes.post("/points/apply")
    def points_apply(form: forms.Points, key: Key = "", meant: Meant = "") -> Any:
        return said(cashier.points(form.points_milli, form.otp, key, meant))

    @routes.post("/points/remove")
    def points_remove(form: forms.Nothing, key: Key = "", meant: Meant = "") -> Any:  # noqa: ARG001
        return said(cashier.in_sale(meant, key, lambda: cashier.do(e.PointsRemoved(), key)))


def _payment(routes: APIRouter, backend: Backend) -> None:
    cashier = backend.cashier

    @routes.post("/tender/begin")
    def tender_begin(form: forms.Nothing, key: Key = "", meant: Meant = "") -> Any:  # noqa: ARG001
        return said(cashier.in_sale(meant, key, lambda: cashier.do(e.TenderBegun(), key)))

    @routes.post("/tender/back")
    def tender_back(form: forms.Nothing, key: Key = "", meant: Meant = "") -> Any:  # noqa: ARG001
        return said(cashier.in_sale(meant, key, lambda: cashier.do(e.TenderBack(), key)))

    @routes.post("/tender/add")
    def tender_add(form: forms.TenderForm, key: Key = "", meant: Meant = "") -> Any:
        event = e.TenderAdded(TenderType(form.type), form.amount_minor, form.reference)
        return said(cashier.in_sale(meant, key, lambda: cashier.typed(event, key, sure=form.sure)))

    @routes.post("/tender/remove")
    def tender_remove(form: forms.TenderNumber, key: Key = "", meant: Meant = "") -> Any:
        return said(cashier.in_sale(meant, key, lambda: cashier.do(e.TenderRemoved(form.no), key)))


def _paper(routes: APIRouter, backend: Backend) -> None:
    @routes.post("/bill/print")
    def bill_print(form: forms.BillNumber, key: Key = "") -> Any:
        return said(backend.cashier.print_copy(form.number, key))

    @routes.post("/print/resolve")
    def print_resolve(form: forms.Resolved, key: Key = "") -> Any:
        return said(backend.resolve_print(form.job, form.printed, key))

    @routes.post("/print/late")
    def print_late(form: forms.Late, key: Key = "") -> Any:
        return said(backend.late_print(form.jobs, form.wanted, key))

    @routes.post("/drawer/open")
    def drawer_open(form: forms.NoSale, request: Request, key: Key = "") -> Any:
        return said(backend.open_drawer(form.reason, key, claim_of(form, request.scope)))

    @routes.post("/labels/print")
    def labels_print(form: forms.CommandLabels, key: Key = "") -> Any:
        return said(backend.print_labels(form.proofs, key))

    @routes.post("/printer/roll")
    def printer_roll(form: forms.PrinterName) -> Any:
        return said(backend.new_roll(form.printer))

    @routes.post("/printer/test")
    def printer_test(form: forms.PrinterName, key: Key = "") -> Any:
        return said(backend.print_test(key, form.printer))

    @routes.post("/printer/logo")
    def printer_logo(form: forms.PrinterName, key: Key = "") -> Any:
        return said(backend.store_logo(key, form.printer))

    @routes.post("/printer/ask")
    def printer_ask(form: forms.PrinterName) -> Any:
        return said(backend.ask_printer(form.printer))


def _scanners(routes: APIRouter, backend: Backend) -> None:
    @routes.post("/scanner/try", responses=ROWS)
    def scanner_try(form: forms.Tried, request: Request) -> Any:
        if over_tcp(request.scope):
            return not_done(backend.language, Sentence("socket-only"), 403)
        rows = backend.try_scanner(form.scanner, form.after)
        if rows is None:
            return not_done(backend.language, Sentence("no-such-scanner", scanner=form.scanner), 409)
        return {"rows": rows}

    @routes.post("/scanner/codes/print")
    def codes_print(form: forms.Nothing, key: Key = "") -> Any:  # noqa: ARG001
        return said(backend.codes.print(key))


def _organisation(routes: APIRouter, backend: Backend) -> None:
    @routes.post("/organisation/pull")
    def organisation_pull(form: forms.Nothing) -> Any:  # noqa: ARG001
        return said(backend.pull_rules())
