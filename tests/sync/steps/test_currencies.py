"""Who orders in two currencies has two customers in QuickBooks, which keeps one for each: made and found again by themselves."""

from __future__ import annotations

from typing import Any

import pytest

from order_sync.sync.recording.planned import plan_run
from order_sync.sync.steps.refresh_customers import refresh_lists
from tests.shop import runs
from tests.shop.counter import Json, ShopCounter

MODES = pytest.mark.parametrize("write_mode", ["single", "batch"])
INVOICES = {"post_as": "Invoice and payment"}
ANN = {"name": "Ann Lee", "email": "ann@lee.example"}
CRITERIA = {
    "name": {"source": "First Last", "destination": "DisplayName"},
    "e-mail": {"source": "Email", "destination": "PrimaryEmailAddr"},
    "telephone": {"source": "Phone", "destination": "PrimaryPhone"},
    "marker": {"source": "Email", "destination": "Notes marker"},
    "given and family name": {"source": "First Last", "destination": "GivenName + FamilyName"},
    "name on checks": {"source": "First Last", "destination": "PrintOnCheckName"},
    "resale number": {"source": "Phone", "destination": "ResaleNum"},
}


def foreign(
    counter: ShopCounter, *criteria: str, currency: str = "order", create: Json | None = None, **more: Any
) -> None:
    """A company of several currencies, whose customers the store finds by these criteria, else by name and e-mail."""
    counter.company(preferences={"CurrencyPrefs": {"MultiCurrencyEnabled": True}})
    counter.sandbox.put("/_sandbox/rates", {"EUR": {"every day": 1.08}, "GBP": {"every day": 1.3}})
    by = {"criteria": [CRITERIA[name] for name in criteria]} if criteria else {}
    customers = {"create": {"currency": currency, **(create or {})}, **by, **more.pop("customers", {})}
    counter.set(customers=customers, revenue=INVOICES, **more)
    refresh_lists(counter.engine, counter.quickbooks)


def sell(counter: ShopCounter, number: int, currency: str, day: int = 0, contact_id: str | None = None) -> None:
    """An order of Ann Lee's, by a contact of its own or the one that is named."""
    counter.sell(number, day=day, currency=currency, **ANN)
    [contact] = [one for one in counter.account.all("contact") if one["id"] == str(5000 + number)]
    phone = [{"field": "PHONE1", "number": "602 555 0100"}]
    id = contact_id or contact["id"]
    counter.account.put("contact", {**contact, "id": id, "phone_numbers": phone})
    order = counter.account.find(number)
    counter.account.put("order", {**order, "contact": {**order["contact"], "id": id}})


def customers(counter: ShopCounter) -> dict[str, str]:
    """The currency of each customer, by name."""
    return {
        one["DisplayName"]: one["CurrencyRef"]["value"]
        for one in counter.records("Customer")
        if one["Id"] != counter.ada
    }


def buyers(counter: ShopCounter) -> dict[int, str]:
    """The name of each invoice's customer, by order."""
    names = {one["Id"]: one["DisplayName"] for one in counter.records("Customer")}
    return {int(one["DocNumber"][3:]): names[one["CustomerRef"]["value"]] for one in counter.records("Invoice")}


@MODES
@pytest.mark.parametrize("by", CRITERIA)
def test_c21_a_second_customer_is_made_for_the_second_currency_and_found_again(
    counter: ShopCounter, by: str, write_mode: str
) -> None:
    foreign(counter, by, write_mode=write_mode)
    for number, currency in ((1, "USD"), (2, "EUR"), (3, "EUR"), (4, "USD")):
        sell(counter, number, currency, day=number)
        counter.run(number)
    assert set(counter.states().values()) == {"posted"}
    assert customers(counter) == {"Ann Lee": "USD", "Ann Lee (EUR)": "EUR"}
    assert buyers(counter) == {1: "Ann Lee", 2: "Ann Lee (EUR)", 3: "Ann Lee (EUR)", 4: "Ann Lee"}
    assert len(counter.writes("customer")) == 2
    counter.expect_quiet()


@MODES
@pytest.mark.parametrize("currencies", [("USD", "EUR"), ("EUR", "USD"), ("EUR", "GBP")], ids="-".join)
def test_c21_two_orders_of_one_new_person_in_one_run_make_two_customers(
    counter: ShopCounter, currencies: tuple[str, str], write_mode: str
) -> None:
    foreign(counter, write_mode=write_mode)
    for number, currency in enumerate(currencies, 1):
        sell(counter, number, currency)
    counter.run(0)
    assert set(counter.states().values()) == {"posted"}
    first, second = ("USD", "EUR") if "USD" in currencies else ("EUR", "GBP")
    assert customers(counter) == {"Ann Lee": first, f"Ann Lee ({second})": second}
    for number, currency in enumerate(currencies, 3):
        sell(counter, number, currency)
    counter.run(0)
    assert len(customers(counter)) == 2
    told = buyers(counter)
    assert (told[1], told[2]) == (told[3], told[4])
    counter.expect_quiet()


def test_c21_a_person_who_orders_in_one_foreign_currency_has_the_plain_name(counter: ShopCounter) -> None:
    foreign(counter)
    sell(counter, 1, "EUR")
    counter.run(0)
    sell(counter, 2, "USD")
    counter.run(0)
    assert customers(counter) == {"Ann Lee": "EUR", "Ann Lee (USD)": "USD"}
    assert buyers(counter) == {1: "Ann Lee", 2: "Ann Lee (USD)"}


def test_c21_of_customers_with_one_key_the_one_in_the_orders_currency_is_chosen(counter: ShopCounter) -> None:
    foreign(counter, currency="company")
    ann = {"PrimaryEmailAddr": {"Address": ANN["email"]}, "GivenName": "Ann", "FamilyName": "Lee"}
    for name, currency in (("Lee, dollars", "USD"), ("Lee, euros", "EUR")):
        counter.add("Customer", DisplayName=name, CurrencyRef={"value": currency}, **ann)
    sell(counter, 1, "USD")
    sell(counter, 2, "EUR")
    counter.run(0)
    assert buyers(counter) == {1: "Lee, dollars", 2: "Lee, euros"}
    assert len(customers(counter)) == 2


def test_c21_several_in_the_orders_currency_are_ambiguous_as_ever(counter: ShopCounter) -> None:
    foreign(counter, "e-mail")
    email = {"PrimaryEmailAddr": {"Address": ANN["email"]}}
    for name, currency in (("Lee 1", "USD"), ("Lee 2", "EUR"), ("Lee 3", "EUR")):
        counter.add("Customer", DisplayName=name, CurrencyRef={"value": currency}, **email)
    sell(counter, 1, "EUR")
    counter.run(0)
    assert counter.state() == "held AMBIGUOUS"
    assert "2 customers have this key" in counter.history()[0]


def test_c21_a_name_in_another_currency_does_not_hide_the_customer_that_the_e_mail_finds(counter: ShopCounter) -> None:
    foreign(counter, currency="company")
    counter.add("Customer", DisplayName="Ann Lee", PrimaryEmailAddr={"Address": ANN["email"]})
    euros = {"CurrencyRef": {"value": "EUR"}, "PrimaryEmailAddr": {"Address": ANN["email"]}}
    counter.add("Customer", DisplayName="Lee Europe", **euros)
    sell(counter, 1, "EUR")
    counter.run(0)
    assert (counter.state(), buyers(counter)) == ("posted", {1: "Lee Europe"})


@pytest.mark.parametrize("name", ["Ann Lee EUR", "Ann Lee (EUR)", "Ann Lee (eur)", "Ann Lee - EUR"])
def test_c21_a_customer_in_euros_of_whom_the_name_alone_is_known_is_no_namesake(
    counter: ShopCounter, name: str
) -> None:
    foreign(counter)
    counter.add("Customer", DisplayName="Ann Lee")
    counter.add("Customer", DisplayName=name, CurrencyRef={"value": "EUR"})
    for number, currency in ((1, "EUR"), (2, "USD")):
        sell(counter, number, currency)
    counter.run(0)
    assert buyers(counter) == {1: name, 2: "Ann Lee"}
    counter.add("Customer", DisplayName="Ann H. Lee", CurrencyRef={"value": "EUR"})
    for number, currency in ((3, "EUR"), (4, "USD")):
        sell(counter, number, currency)
    counter.run(0)
    assert (counter.state(3), counter.state(4)) == ("held CONTRADICTED", "posted")


def test_c21_the_second_customer_makes_no_namesake_of_the_first(counter: ShopCounter) -> None:
    foreign(counter)
    counter.add("Customer", DisplayName="Ann Lee")
    for number, currency in ((1, "EUR"), (2, "USD"), (3, "EUR")):
        sell(counter, number, currency, day=number)
        counter.run(number)
    assert buyers(counter) == {1: "Ann Lee (EUR)", 2: "Ann Lee", 3: "Ann Lee (EUR)"}


@pytest.mark.parametrize("known", [True, False], ids=["known in dollars", "new"])
@pytest.mark.parametrize("by", CRITERIA)
def test_c21_the_advice_leads_somewhere_when_it_is_followed_to_the_letter(
    counter: ShopCounter, by: str, known: bool
) -> None:
    foreign(counter, by, currency="company")
    if known:
        sell(counter, 1, "USD")
        counter.run(0)
    sell(counter, 2, "EUR")
    counter.run(0)
    assert counter.state(2) == "held CUSTOMER_CURRENCY"
    assert "with the currency behind its display name, as Name (EUR), and all else as" in counter.order(2).advice
    assert customers(counter) == ({"Ann Lee": "USD"} if known else {})

    there = next((one for one in counter.records("Customer") if one["DisplayName"] == "Ann Lee"), _filled(by))
    copied = ("GivenName", "FamilyName", "PrimaryEmailAddr", "PrimaryPhone", "PrintOnCheckName", "ResaleNum", "Notes")
    same = {name: there[name] for name in copied if name in there}
    counter.add("Customer", DisplayName="Ann Lee (EUR)", CurrencyRef={"value": "EUR"}, **same)
    counter.run(0)
    assert (counter.state(2), buyers(counter)[2]) == ("posted", "Ann Lee (EUR)")
    counter.expect_quiet()


def _filled(by: str) -> Json:
    """What a person enters of Ann Lee, of whom there is no customer yet."""
    return {
        "GivenName": "Ann",
        "FamilyName": "Lee",
        "PrimaryEmailAddr": {"Address": ANN["email"]},
        "PrimaryPhone": {"FreeFormNumber": "602 555 0100"},
        "PrintOnCheckName": "Ann Lee",
        "ResaleNum": "602 555 0100",
        "Notes": f"Infusionsoft customer: {ANN['email']}",
    }


def test_c21_its_other_way_leads_there_too(counter: ShopCounter) -> None:
    foreign(counter, currency="company")
    sell(counter, 1, "USD")
    counter.run(0)
    sell(counter, 2, "EUR")
    counter.run(0)
    assert counter.state(2) == "held CUSTOMER_CURRENCY"
    assert "set customers.create.currency to order" in counter.order(2).advice
    foreign(counter, currency="order")
    counter.run(0)
    assert buyers(counter) == {1: "Ann Lee", 2: "Ann Lee (EUR)"}


@pytest.mark.parametrize("not_found", ["hold", "standard"])
def test_c21_where_nobody_is_made_the_order_is_held_for_its_customers_currency(
    counter: ShopCounter, not_found: str
) -> None:
    foreign(counter, customers={"not_found": not_found, "standard_customer": "Ada Lovelace"})
    counter.add("Customer", DisplayName="Ann Lee", PrimaryEmailAddr={"Address": ANN["email"]})
    sell(counter, 1, "EUR")
    counter.run(0)
    assert counter.state() == "held CUSTOMER_CURRENCY"


def test_c21_what_the_standard_customer_cannot_take_is_entered_by_hand(counter: ShopCounter) -> None:
    foreign(counter, customers={"always_standard": True, "standard_customer": "Ada Lovelace"})
    sell(counter, 1, "EUR")
    counter.run(0)
    assert counter.state() == "held CUSTOMER_CURRENCY"
    assert "by hand" in counter.order(1).advice


@MODES
def test_c21_a_namesake_in_the_other_currency_is_neither_adopted_nor_matched(
    counter: ShopCounter, write_mode: str
) -> None:
    foreign(counter, "e-mail", write_mode=write_mode)
    counter.add("Customer", DisplayName="Ann Lee", PrimaryEmailAddr={"Address": "another@ann.example"})
    sell(counter, 1, "EUR")
    sell(counter, 2, "USD")
    counter.run(0)
    assert customers(counter) == {"Ann Lee": "USD", "Ann Lee (EUR)": "EUR", "Ann Lee (Infusionsoft 5002)": "USD"}
    assert buyers(counter) == {1: "Ann Lee (EUR)", 2: "Ann Lee (Infusionsoft 5002)"}


def test_c21_where_both_names_are_taken_the_contacts_suffix_comes_behind_the_currency(counter: ShopCounter) -> None:
    foreign(counter, "e-mail")
    counter.add("Customer", DisplayName="Ann Lee", PrimaryEmailAddr={"Address": "another@ann.example"})
    counter.add("Vendor", DisplayName="Ann Lee (EUR)")
    sell(counter, 1, "EUR")
    counter.run(0)
    assert buyers(counter) == {1: "Ann Lee (EUR) (Infusionsoft 5001)"}
    sell(counter, 2, "EUR")
    counter.run(0)
    assert buyers(counter)[2] == buyers(counter)[1]
    counter.expect_quiet()


def test_c21_a_vendors_name_gets_the_contacts_suffix_alone(counter: ShopCounter) -> None:
    foreign(counter)
    counter.add("Vendor", DisplayName="Ann Lee")
    sell(counter, 1, "EUR")
    counter.run(0)
    assert buyers(counter) == {1: "Ann Lee (Infusionsoft 5001)"}


def test_c21_a_name_that_differs_in_its_case_is_found_taken_by_quickbooks(counter: ShopCounter) -> None:
    foreign(counter, "e-mail")
    counter.add("Customer", DisplayName="ANN LEE", PrimaryEmailAddr={"Address": ANN["email"]})
    sell(counter, 1, "EUR")
    counter.run(0)
    assert customers(counter) == {"ANN LEE": "USD", "Ann Lee (EUR)": "EUR"}


def test_c21_the_guard_looks_at_the_customer_in_the_orders_currency(counter: ShopCounter) -> None:
    foreign(counter, "name")
    elsewhere = {
        "Line1": "77 Massachusetts Blvd",
        "City": "Cambridge",
        "CountrySubDivisionCode": "MA",
        "PostalCode": "02139",
    }
    other = {"PrimaryEmailAddr": {"Address": "another@ann.example"}, "BillAddr": elsewhere}
    counter.add("Customer", DisplayName="Ann Lee", PrimaryEmailAddr={"Address": ANN["email"]})
    counter.add("Customer", DisplayName="Ann Lee (EUR)", CurrencyRef={"value": "EUR"}, **other)
    sell(counter, 1, "EUR")
    [contact] = [one for one in counter.account.all("contact") if one["id"] == "5001"]
    home = {
        "field": "BILLING",
        "line1": "1 Main St",
        "locality": "Phoenix",
        "region_code": "US-AZ",
        "postal_code": "85001",
    }
    counter.account.put("contact", {**contact, "addresses": [home]})
    counter.run(0)
    assert counter.state() == "held CONTRADICTED"


@pytest.mark.parametrize("reactivate", [True, False])
def test_c21_an_inactive_customer_in_the_orders_currency_counts_before_an_active_one_in_another(
    counter: ShopCounter, reactivate: bool
) -> None:
    foreign(counter, customers={"reactivate_inactive": reactivate})
    email = {"PrimaryEmailAddr": {"Address": ANN["email"]}}
    counter.add("Customer", DisplayName="Ann Lee", **email)
    counter.add("Customer", DisplayName="Ann Lee (EUR)", CurrencyRef={"value": "EUR"}, Active=False, **email)
    sell(counter, 1, "EUR")
    counter.run(0)
    assert counter.state() == ("posted" if reactivate else "held INACTIVE")
    assert len(customers(counter)) == 2


@pytest.mark.parametrize("merged", ["EUR", "USD"])
def test_c21_who_was_merged_in_one_currency_is_the_survivor_there_and_who_it_was_in_the_other(
    counter: ShopCounter, merged: str
) -> None:
    foreign(counter)
    for number, currency in ((1, "USD"), (2, "EUR")):
        sell(counter, number, currency, contact_id="77")
    counter.run(0)
    survivor = counter.add("Customer", DisplayName="Annette", CurrencyRef={"value": merged})["Id"]
    counter.merge(counter.order(2 if merged == "EUR" else 1).customer_id, survivor)
    for number, currency in ((3, "USD"), (4, "EUR")):
        sell(counter, number, currency, day=1, contact_id="77")
    counter.run(1)
    assert set(counter.states().values()) == {"posted"}
    other = "Ann Lee (EUR)" if merged == "USD" else "Ann Lee"
    assert (buyers(counter)[3], buyers(counter)[4]) == ((other, "Annette") if merged == "EUR" else ("Annette", other))
    assert len(counter.writes("customer")) == 2


def test_c21_payments_and_refunds_stay_with_their_documents_customer(counter: ShopCounter) -> None:
    foreign(counter)
    sell(counter, 1, "USD")
    counter.run(0)
    sell(counter, 2, "EUR")
    counter.run(0)
    counter.pay(2, day=1)
    counter.run(1)
    counter.give_back(2, "40.00", day=2)
    counter.run(2)
    [euros] = [one["Id"] for one in counter.records("Customer") if one["DisplayName"] == "Ann Lee (EUR)"]
    moved = [*counter.payments(), *counter.records("RefundReceipt")]
    assert [(one["CustomerRef"]["value"], one["CurrencyRef"]["value"]) for one in moved] == [(euros, "EUR")] * 2


def test_c21_a_plan_shows_the_second_customer(counter: ShopCounter) -> None:
    foreign(counter)
    for number, currency in ((1, "EUR"), (2, "USD")):
        sell(counter, number, currency)
    run = counter.match(0)
    planned = plan_run(runs.context(counter.engine, run, counter.store), counter.quickbooks.exchange_rate)
    made = [row for row in planned if row.entity == "Customer"]
    assert {row.order_id: row.message for row in made} == {
        "1": "The customer Ann Lee (EUR) would be created.",
        "2": "The customer Ann Lee would be created.",
    }
    counter.create_customers(run)
    assert [write.payload for write in counter.writes("customer")] == [row.body for row in made]


def test_c21_a_lost_answer_makes_no_third(counter: ShopCounter) -> None:
    foreign(counter)
    sell(counter, 1, "USD")
    counter.run(0)
    sell(counter, 2, "EUR")
    counter.fail("quickbooks create Customer", "drop_after")
    counter.fail("quickbooks query Customer", "503", next=1000)
    counter.run(0)
    assert counter.state(2).startswith("unsettled")
    sell(counter, 3, "USD")
    counter.mend()
    counter.run(0)
    counter.run(0)
    assert customers(counter) == {"Ann Lee": "USD", "Ann Lee (EUR)": "EUR"}
    assert buyers(counter) == {1: "Ann Lee", 2: "Ann Lee (EUR)", 3: "Ann Lee"}


def test_c21_who_was_renamed_is_used_again_in_each_currency(counter: ShopCounter) -> None:
    foreign(counter, "name")
    for number, currency in ((1, "USD"), (2, "EUR")):
        sell(counter, number, currency, contact_id="77")
    counter.run(0)
    for one in counter.records("Customer"):
        body = {"Id": one["Id"], "SyncToken": one["SyncToken"], "sparse": True, "DisplayName": f"Renamed {one['Id']}"}
        counter.quickbooks.update("Customer", body, request_id=f"renamed {one['Id']}")
    for number, currency in ((3, "USD"), (4, "EUR")):
        sell(counter, number, currency, contact_id="77")
    counter.run(0)
    told = buyers(counter)
    assert (told[3], told[4]) == (told[1], told[2])
    assert len(customers(counter)) == 2
