"""Which of the agent's own forms reads the body of which command."""

from __future__ import annotations

from agent.web import forms, queue_routes, return_routes

BODIES: dict[str, type[forms.Form]] = {
    "/api/scan": forms.Scan,
    "/api/item/add": forms.ItemPick,
    "/api/line/quantity": forms.Quantity,
    "/api/line/price": forms.Price,
    "/api/line/discount": forms.LineDiscount,
    "/api/line/void": forms.LineNumber,
    "/api/line/restore": forms.LineNumber,
    "/api/sale/discount": forms.DiscountForm,
    "/api/sale/cancel": forms.Reason,
    "/api/sale/not-interested": forms.Reason,
    "/api/sale/complete": forms.Nothing,
    "/api/customer/search": forms.CustomerSearch,
    "/api/customer/clear": forms.Nothing,
    "/api/customer/enrol": forms.EnrolForm,
    "/api/customer/update": forms.CustomerForm,
    "/api/coupon/apply": forms.Coupon,
    "/api/coupon/remove": forms.Nothing,
    "/api/points/otp": forms.PointsAmount,
    "/api/points/apply": forms.Points,
    "/api/points/remove": forms.Nothing,
    "/api/tender/begin": forms.Nothing,
    "/api/tender/back": forms.Nothing,
    "/api/tender/add": forms.TenderForm,
    "/api/tender/remove": forms.TenderNumber,
    "/api/return/whole": return_routes.WholeReturn,
    "/api/return/lines": return_routes.LinesReturn,
    "/api/return/money": return_routes.MoneyReturn,
    "/api/return/unknown": return_routes.UnknownReturn,
    "/api/bill/tag": return_routes.Tag,
    "/api/bill/print": forms.BillNumber,
    "/api/print/resolve": forms.Resolved,
    "/api/drawer/open": forms.NoSale,
    "/api/queue/retry": queue_routes.Retry,
    "/api/queue/code": queue_routes.Which,
    "/api/queue/waive": queue_routes.Waive,
    "/api/queue/settle": queue_routes.Settle,
}
