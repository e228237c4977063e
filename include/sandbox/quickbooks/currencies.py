"""Currencies: the home currency alone, or with multicurrency the one that each customer has for good."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.books import Body, Books, Record
from include.sandbox.quickbooks.fields import half_up, reference_value

CODES = (
    "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CLP CNY "
    "COP CRC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR "
    "IQD IRR ISK JMD JOD JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR "
    "MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD "
    "SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD TWD TZS UAH UGX USD UYU UZS VED VES VND VUV WST XAF XCD "
    "XCG XOF XPF YER ZAR ZMW ZWG"
)
ISO_CODES = frozenset(CODES.split())


@dataclass(frozen=True)
class Currency:
    """`{"value": "USD"}`; without multicurrency it can only be the home currency."""

    def clean(self, value: Any, element: str, books: Books) -> Body | None:
        currency = reference_value(value)
        if currency is None:
            return None
        if currency != books.currency and not _has_many(books):
            raise refusals.business(f"Multicurrency is not enabled: the currency can only be {books.currency}.")
        if currency not in ISO_CODES:
            raise refusals.invalid("2500", f"Invalid Reference Id : Currency element id {currency} not found", element)
        return {"value": currency}


def _has_many(books: Books) -> bool:
    return bool(books.preferences().get("CurrencyPrefs", {}).get("MultiCurrencyEnabled"))


def keep_currency(fields: Body, old: Record | None) -> Body:
    """The fields of a person or an account with the currency that it was made with; refuses another (6000)."""
    if old is None or "CurrencyRef" not in old.body:
        return fields
    held = old.body["CurrencyRef"]
    wanted = fields.get("CurrencyRef") or held
    if wanted["value"] != held["value"]:
        raise refusals.business("The currency cannot be changed once it is set.")
    return {**fields, "CurrencyRef": held}


def check_currency(books: Books, fields: Body) -> None:
    """Refuses a transaction in another currency than its customer (6000)."""
    customer = books.find("Customer", fields["CustomerRef"]["value"]) if "CustomerRef" in fields else None
    wanted = customer.body.get("CurrencyRef", {}).get("value") if customer else None
    if fields["CurrencyRef"]["value"] != (wanted or books.currency):
        raise refusals.business("Currency of the transaction is invalid for customer / vendor / account.")


def home_amounts(books: Books, fields: Body) -> Body:
    """The rate of a foreign transaction, 1 where none was sent, and what its total is in the home currency."""
    if fields["CurrencyRef"]["value"] == books.currency:
        return {}
    if "ExchangeRate" not in fields and books.is_set("exchange_rate_required"):
        detail = "The currency and exchange rate are required for transaction in foreign currency."
        raise refusals.invalid("2410", detail, "ExchangeRate")
    rate = fields.get("ExchangeRate", Decimal(1))
    return {"ExchangeRate": rate, "HomeTotalAmt": half_up(fields["TotalAmt"] * rate)}
