"""Every call of this room, one builder each."""

from agent.loyalty.calls.bill_calls import calls_of_bill, transaction_add, transaction_get
from agent.loyalty.calls.call import Call
from agent.loyalty.calls.customer_calls import (
    customer_add,
    customer_get,
    customer_redemptions,
    customer_transactions,
    customer_update,
)
from agent.loyalty.calls.organisation_calls import organisation_configs, organisation_tenders
from agent.loyalty.calls.otp_calls import otp_generate, otp_validate
from agent.loyalty.calls.redemption_calls import (
    coupon_get,
    coupon_isredeemable,
    coupon_redeem,
    points_isredeemable,
    points_redeem,
    points_redeem_anew,
    points_reference,
    points_validationcode,
)
from agent.loyalty.calls.retro_call import retro
from agent.loyalty.calls.return_calls import return_calls
from agent.loyalty.calls.undo_calls import coupon_reactivate, points_reverse
from agent.sale.queue_terms import Op

__all__ = [
    "Call",
    "Op",
    "calls_of_bill",
    "coupon_get",
    "coupon_isredeemable",
    "coupon_reactivate",
    "coupon_redeem",
    "customer_add",
    "customer_get",
    "customer_redemptions",
    "customer_transactions",
    "customer_update",
    "organisation_configs",
    "organisation_tenders",
    "otp_generate",
    "otp_validate",
    "points_isredeemable",
    "points_redeem",
    "points_redeem_anew",
    "points_reference",
    "points_reverse",
    "points_validationcode",
    "retro",
    "return_calls",
    "transaction_add",
    "transaction_get",
]
