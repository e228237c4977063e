"""QuickBooks' own exchange rates."""

from __future__ import annotations

from decimal import Decimal

import pytest

from include.sandbox.quickbooks import company
from include.sandbox.quickbooks.rates import set_rates

MANY = {"preferences": {"CurrencyPrefs": {"MultiCurrencyEnabled": True}}}


@pytest.fixture
def books(qbo):
    qbo.settle(**MANY)
    return company.books_of(qbo.state.connection(), qbo.realm_id)


def rate(qbo, currency, day="2026-11-16"):
    response = qbo.get("exchangerate", sourcecurrencycode=currency, asofdate=day)
    return response.json()["ExchangeRate"]["Rate"] if response.status_code == 200 else qbo.refusal(response)["code"]


def test_a_rate_is_home_currency_per_unit(qbo, books):
    found = qbo.get("exchangerate", sourcecurrencycode="EUR", asofdate="2026-11-16").json()["ExchangeRate"]
    assert found.pop("MetaData")["LastUpdatedTime"]
    assert found == {
        "SyncToken": "0",
        "domain": "QBO",
        "sparse": False,
        "SourceCurrencyCode": "EUR",
        "TargetCurrencyCode": "USD",
        "Rate": 1.08,
        "AsOfDate": "2026-11-16",
    }
    assert rate(qbo, "USD") == 1


def test_rates_are_those_of_the_home_currency(company_in):
    uk = company_in("GB", "GBP")
    uk.settle(**MANY)
    assert rate(uk, "EUR") == 0.850394


def test_a_rate_can_be_set_for_a_day_for_every_day_and_taken_away(qbo, books):
    set_rates(books, {"EUR": {"every day": Decimal("1.1"), "2026-11-16": Decimal("1.2"), "2026-11-17": None}})
    assert [rate(qbo, "EUR", f"2026-11-{day}") for day in (15, 16, 17)] == [1.1, 1.2, "610"]
    set_rates(books, {"GBP": {"every day": None}, "TRY": {"2026-11-16": Decimal("0.03")}})
    assert (rate(qbo, "GBP"), rate(qbo, "TRY"), rate(qbo, "TRY", "2026-11-17")) == ("610", 0.03, "610")


def test_without_a_day_it_is_todays(qbo, books):
    found = qbo.get("exchangerate", sourcecurrencycode="EUR").json()["ExchangeRate"]
    assert found["AsOfDate"] == books.today().isoformat()


def test_what_cannot_be_asked_is_refused(qbo):
    assert rate(qbo, "EUR") == "5030"
    qbo.settle(**MANY)
    assert qbo.refusal(qbo.get("exchangerate"))["code"] == "2020"
    assert rate(qbo, "euro") == "2500"
    assert rate(qbo, "EUR", "soon") == "2060"


def test_a_company_may_want_the_rate_of_every_foreign_document(qbo, books):
    buyer = {"CustomerRef": {"value": qbo.customer("Zoë", CurrencyRef={"value": "EUR"})["Id"]}}
    sale = {**buyer, "CurrencyRef": {"value": "EUR"}, "Line": [qbo.item_line(10)]}
    qbo.settle(exchange_rate_required=True)
    assert qbo.refusal(qbo.post("invoice", sale))["code"] == "2410"
    assert qbo.save("Invoice", {**sale, "ExchangeRate": 1.1})["HomeTotalAmt"] == 11
    assert qbo.save("SalesReceipt", {"Line": [qbo.item_line(10)]})["TotalAmt"] == 10
