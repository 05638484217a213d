"""What the cloud answers when it will not: a code of one family (API.md section 9) with a text."""

from __future__ import annotations

from typing import Literal

Family = Literal["request", "customer", "transaction", "points", "coupon", "otp"]

TEXTS: dict[str, dict[int, str]] = {
    "request": {
        200: "Success",
        201: "Some items failed",
        400: "The request cannot be read",
        401: "User name or password is wrong",
        403: "Not allowed",
        404: "No such resource",
        405: "This verb is not supported here",
        413: "The body is too large",
        415: "Only JSON is understood here",
        429: "Too many requests",
        500: "All items failed",
        521: "Another action for this customer is under way",
        1060: "Too many items in one call",
        4000: "Not authorised for this resource",
        4001: "Authorisation cannot be checked now",
        91021: "No such till to act for",
    },
    "customer": {
        1000: "Customer found",
        1001: "The mobile number is not valid",
        1002: "The e-mail address is not valid",
        1007: "No usable identifier",
        1011: "No customer has this identifier",
        1012: "No customer has this mobile, e-mail or external id",
        1015: "An identifier is needed",
        1016: "The e-mail address belongs to another customer",
        1032: "The mobile number belongs to another customer",
        1033: "The external id belongs to another customer",
        1034: "The date of registration is outside the limits",
        1046: "A loyalty customer cannot become a non-loyalty one",
        1047: "The card belongs to another customer",
        1051: "No transactions",
        1052: "Transactions found",
        8015: "No customer has these identifiers",
        10001: "The customer could not be added",
        10002: "The customer could not be updated",
    },
    "transaction": {
        600: "Transaction found",
        601: "Amount, quantity, rate or discount is not valid",
        602: "The bill number is not valid",
        603: "The transaction id is not valid",
        604: "The bill number exists already",
        605: "The transaction type is not valid",
        606: "A customer identifier is needed",
        614: "The transaction is cancelled already",
        615: "No transaction details",
        618: "The customer is marked as fraudulent",
        621: "The billing date is not valid",
        624: "A return must come after its purchase",
        625: "The bill to return does not exist",
        626: "More is returned than was bought",
        627: "A quantity cannot be negative",
        628: "The return type is not valid",
        629: "More is returned than is left to return",
        630: "The return amount is more than what is left of the bill",
        631: "The number of the bill to return is missing",
        632: "This bill is being returned by amount, not by line item",
        633: "The bill is returned completely already",
        635: "This bill is being returned by line item, not by amount",
        639: "Part of the bill is returned already, so it cannot be returned in full",
        643: "The billing date is too far in the future",
        644: "The billing date is too far in the past",
        661: "The amount of a line cannot be negative",
        662: "The value of a line cannot be negative",
        663: "The rate of a line cannot be negative",
        664: "The discount of a line cannot be negative",
        665: "The gross amount cannot be negative",
        666: "The discount cannot be negative",
        668: "This bill is not of this customer",
        678: "A line has no item code",
        682: "A bundle cannot be returned",
        685: "A field is too long",
        686: "The transaction could not be added",
        688: "No line of the bill matches",
        8015: "No customer has these identifiers",
        9614: "Several bills have this number; send the id",
        1624: "Too little is given to find a transaction",
        1635: "The lines to return are missing",
    },
    "points": {
        200: "Validation code sent",
        800: "Points can be redeemed",
        801: "The points are not valid",
        802: "An identifier is needed",
        807: "Points are redeemed in steps",
        808: "The validation code is wrong or has expired",
        811: "The transaction number is not valid",
        815: "Points cannot be redeemed just now",
        816: "The customer is not known here",
        818: "More points than are available",
        819: "More points than may be redeemed at once",
        820: "The customer is marked as fraudulent",
        821: "Fewer points than must be redeemed at once",
        824: "A validation code is needed",
        859: "The time of redemption is not valid",
        860: "The validation code cannot be sent",
        876: "Redeemable, but the validation code could not be sent",
        878: "Points have three decimals at most",
        881: "The customer is not in the loyalty programme",
        901: "The redemption or the points are not valid",
        3802: "The redemption is reversed already",
    },
    "coupon": {
        700: "Coupon accepted",
        701: "The customer is not known here",
        702: "The coupon code is not valid",
        703: "The coupon was issued to somebody else",
        705: "The validation code is wrong or has expired",
        706: "The coupon cannot be redeemed",
        711: "The coupon is used already",
        712: "The coupon series has expired",
        713: "The coupon has expired",
        716: "This customer cannot redeem the coupon again",
        718: "A transaction number is needed",
        725: "A validation code is needed",
        728: "The coupon has reached its number of redemptions",
        730: "The coupon could not be processed",
        733: "The bill amount is not valid for this coupon",
        735: "The coupon cannot be redeemed at this store",
        739: "The time of redemption is not valid",
        740: "The customer is marked as fraudulent",
        781: "A coupon code or id is needed",
        510: "The redemption ids are not valid",
    },
    "otp": {
        429: "No more codes for this customer today",
        600: "The action is missing",
        601: "The type of entity is missing",
        602: "The entity is missing",
        605: "The code is wrong or has expired",
        610: "The code is right",
    },
}

UNPUBLISHED_DUPLICATE = 8790
"""The vendor publishes no code for a repeated reference (API.md 12.2): this one is in no table on purpose."""


class Refusal(Exception):
    """The call, or one item of it, is not done; nothing of it has changed the ledger."""

    def __init__(self, family: Family, code: int, text: str = "") -> None:
        self.family = family
        self.code = code
        self.text = text or TEXTS[family].get(code, "Refused")
        super().__init__(f"{family} {code}: {self.text}")


def text_of(family: Family, code: int) -> str:
    """The sentence sent with a code."""
    return TEXTS[family].get(code, "")
