"""The tab "Payments": which payments of Infusionsoft are money, and what becomes of those that are none."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from order_sync.settings.values import ListName, Section

PaymentKind = Literal["money", "write-off", "credit", "refund", "hold"]
"""What a payment is, by its type in Infusionsoft; `hold` is for a person to say."""

_MONEY = """
    ach, ach debit, ach payment, affirm, afterpay, alipay, amazon pay, amazon payments, american express, amex, apple pay,
    authorize.net, autopay, bacs, bank card, bank deposit, bank draft, bank transfer, bank wire, becs, bitcoin, bpay, braintree,
    card, card present, cash, cash app, cash app pay, cash on delivery, cashier's check, certified check, charge card, check,
    cheque, clearpay, coinbase, credit card, credit card (manual), credit or debit card, crypto, cryptocurrency, debit,
    debit card, deposit, diners, diners club, direct debit, direct deposit, discover, e-check, e-cheque, e-transfer, eft,
    electronic check, electronic funds transfer, electronic transfer, eway, gateway, giropay, gocardless, google pay, ideal,
    infusionsoft payments, interac, interac e-transfer, jcb, keap pay, keap payments, klarna, maestro, manual, manual payment,
    mastercard, mobile payment, money order, nmi, online payment, online transfer, payfast, paypal, paypal credit, paypal express,
    paypal express checkout, paystack, postal order, sepa, sepa direct debit, sezzle, shop pay, sofort, square, stripe,
    terminal, venmo, visa, wechat pay, wepay, wire, wire transfer, wise, worldpay, zelle
"""
_OTHER: Mapping[str, PaymentKind] = {
    "adjustment": "write-off",
    "price adjustment": "write-off",
    "write off": "write-off",
    "written off": "write-off",
    "bad debt": "write-off",
    "credit": "credit",
    "refund": "refund",
}


def folded(word: str) -> str:
    """A type as it is compared: upper and lower case, blanks, hyphens and other signs make no difference."""
    return re.sub(r"[\W_]+", "", word.casefold())


USUAL_KINDS: Mapping[str, PaymentKind] = {
    **{folded(word): "money" for word in _MONEY.split(",")},
    **{folded(word): kind for word, kind in _OTHER.items()},
}
"""The kinds of the types that are known, folded; a gift card is none of them: its money came when it was sold."""


def _each_type_once(kinds: dict[str, PaymentKind | None]) -> dict[str, PaymentKind | None]:
    if len({folded(word) for word in kinds}) < len(kinds):
        raise ValueError("names a type twice; upper and lower case, blanks and hyphens make no difference")
    return kinds


def _readable_type(word: str) -> str:
    if not folded(word):
        raise ValueError("holds no letter and no digit; write the type as Infusionsoft shows it")
    return word


PaymentType = Annotated[ListName, AfterValidator(_readable_type)]


class PaymentSettings(Section):
    """What the payments of an order are, by the type that Infusionsoft gives them."""

    reversals: Literal["flag", "refund receipt", "void"] = Field(
        default="flag",
        description="money that is recorded and goes away again: only told, given back, or its record voided",
    )
    kinds: Annotated[dict[PaymentType, PaymentKind | None], AfterValidator(_each_type_once)] = Field(
        default={},
        description="by the type as Infusionsoft names it, added to those that are known, and before them",
    )
    write_off_item: ListName | None = Field(
        default=None, description="of write-offs; none: as discounts, on credit memos as refunds"
    )
    several_accounts: Literal["invoice", "hold"] = Field(
        default="invoice", description="what becomes of an order whose money a sales receipt cannot show"
    )
