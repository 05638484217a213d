"""From a covered sale to its bill: the one place where a sale becomes final."""

from __future__ import annotations

from dataclasses import dataclass, replace

from agent.sale.basket import Bill, BillLine, Phase, Sale, TenderType
from agent.sale.numbering import bill_number
from agent.sale.totals import LineTotal, Pricing, Totals, Worked, totals


@dataclass(frozen=True, slots=True)
class Closing:
    """What the sale does not know of itself. at: ISO 8601 with offset; business_date: ISO date."""

    series: str
    seq: int
    at: str
    business_date: str
    store_code: str
    till_code: str
    cashier: str
    currency: str = "INR"
    clock_state: str = "ok"
    default_reason: str = "Customer not interested"
    earns: bool = True
    points_kept: bool = False
    loyalty: bool = True


def close(sale: Sale, closing: Closing, pricing: Pricing, worked: Worked | None = None) -> Bill:
    """The bill of a covered sale. Without a customer it is not-interested, with a reason (seeds). worked: of
    earlier looks at the sale."""
    if sale.phase is not Phase.COVERED:
        raise ValueError(f"a sale that is {sale.phase.value} has no bill")
    worked = worked or Worked()
    worth = totals(sale, pricing, worked)
    reason = "" if sale.customer else sale.not_interested_reason or closing.default_reason
    customer = sale.customer
    if customer and (customer.bills or customer.coupons):
        customer = replace(customer, bills=(), coupons=())
    return Bill(
        number=bill_number(closing.series, closing.seq),
        series=closing.series,
        seq=closing.seq,
        sale_id=sale.id,
        at=closing.at,
        business_date=closing.business_date,
        store_code=closing.store_code,
        till_code=closing.till_code,
        cashier=closing.cashier,
        kind=kind_of(sale),
        lines=bill_lines(worth, worked),
        tenders=worth.tenders,
        gross_minor=worth.gross_minor,
        discount_minor=worth.discount_minor,
        taxable_minor=worth.taxable_minor,
        tax_minor=worth.tax_minor,
        rounding_minor=worth.rounding_minor,
        due_minor=worth.due_minor,
        change_minor=worth.change_minor,
        currency=closing.currency,
        customer=customer,
        not_interested_reason=reason,
        # The customer's one-time codes go to the cloud with the redemptions and nowhere else.
        coupon=replace(sale.coupon, otp="") if sale.coupon else None,
        coupon_value_minor=worth.coupon_minor,
        points=replace(sale.points, otp="") if sale.points else None,
        clock_state=closing.clock_state,
        undos=sale.undos,
        earns=closing.earns and closing.loyalty,
        loyalty=closing.loyalty,
        points_kept=closing.points_kept and bool(sale.returns),
    )


def kind_of(sale: Sale) -> str:
    """sale, return (nothing but lines that come back) or mixed."""
    if not sale.returns:
        return "sale"
    return "return" if len(sale.returns) == len(sale.live_lines) else "mixed"


def bill_lines(worth: Totals, worked: Worked) -> tuple[BillLine, ...]:
    """The lines that the bill of a sale will have, the same objects as long as nothing changes."""
    return worked.billed(worth.lines, _bill_line)


def _bill_line(no: int, line: LineTotal) -> BillLine:
    product = line.line.product
    sign = -1 if line.line.back else 1
    return BillLine(
        no=no,
        sku=product.sku,
        gtin=product.gtin,
        name=product.name,
        hsn=product.hsn,
        unit=product.unit,
        qty_milli=sign * line.line.qty_milli,
        unit_price_minor=line.line.unit_price_minor,
        gross_minor=line.gross_minor,
        discount_minor=line.discount_minor,
        amount_minor=line.amount_minor,
        taxable_minor=line.tax.taxable_minor,
        tax_bp=product.tax_bp,
        cgst_minor=line.tax.cgst_minor,
        sgst_minor=line.tax.sgst_minor,
        igst_minor=line.tax.igst_minor,
        tax_inclusive=product.tax_inclusive,
        variant=product.variant,
        parent_sku=product.parent_sku,
        parts=product.parts,
        back=line.line.back,
        given_minor=line.given_minor,
        entry=line.line.entry,
        later_minor=-line.line.worth.later_minor if line.line.worth else 0,
        told_minor=line.told_minor,
        kept_coupon_minor=line.kept.get(TenderType.COUPON, 0),
        kept_points_minor=line.kept.get(TenderType.POINTS, 0),
    )
