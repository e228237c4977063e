"""What a contact lacks, and a contact that Infusionsoft does not give: the order says so, and nothing that is known gets lost."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shop import account
from tests.shop.account import PLACES
from tests.shop.counter import ShopCounter

ANN: dict[str, Any] = {"name": "Ann Lee", "email": "ann@example.com"}
OTHER = [account.address("Phoenix", "OTHER")]
PHONE = [{"field": "PHONE1", "number": "602 555 0100"}]
BY_ID = {"source": "Contact id", "destination": "Notes marker"}


def contact(number: int, **fields: Any) -> dict[str, Any]:
    return account.contact(id=str(5000 + number), bill=None, **fields)


def sell(counter: ShopCounter, number: int, day: int = 0, of: int | None = None, **fields: Any) -> None:
    """A paid order of Ann's, or of the contact of another order; with these fields of the contact."""
    counter.sell(number, day=day, **ANN)
    if of:
        order = counter.account.find(number)
        counter.change(number, day=day, contact={**order["contact"], "id": str(5000 + of)})
        counter.sandbox.delete(f"/_sandbox/infusionsoft/contact/{5000 + number}")
    else:
        counter.account.put("contact", contact(number, **fields))
    counter.pay(number, day=day)


def delete(counter: ShopCounter, number: int) -> None:
    counter.sandbox.delete(f"/_sandbox/infusionsoft/contact/{5000 + number}")


def run(counter: ShopCounter, day: int = 0) -> None:
    """All steps of a day."""
    begun = counter.prepare(day)
    counter.update_addresses(begun)
    counter.post(begun)


def customer(counter: ShopCounter, name: str = "Ann Lee") -> dict[str, Any]:
    [found] = [one for one in counter.records("Customer") if one["DisplayName"] == name]
    return found


def told(counter: ShopCounter, number: int, words: str) -> int:
    return sum(words in text for text in counter.history(number))


NO_BILLING = "The contact has no billing address: its other address is taken as one."


@pytest.mark.parametrize("billing", [[], [{"field": "BILLING", "line1": "", "country_code": "USA"}]])
def test_c24_the_other_address_stands_in_for_billing(counter: ShopCounter, billing: list[dict[str, Any]]) -> None:
    sell(counter, 1, addresses=[*billing, *OTHER])
    run(counter)
    assert counter.state() == "posted"
    for record in (customer(counter), counter.document("SalesReceipt", "IS-1")):
        assert record["BillAddr"]["Line1"] == PLACES["Phoenix"]["line1"]
        assert "ShipAddr" not in record
    run(counter)
    assert told(counter, 1, NO_BILLING) == 1
    counter.expect_quiet()


def test_c24_it_follows_to_the_customer_and_only_where_there_is_no_billing(counter: ShopCounter) -> None:
    sell(counter, 1, addresses=OTHER)
    run(counter)
    sell(counter, 2, day=1, addresses=[account.address("Tucson", "OTHER")])
    run(counter, 1)
    assert customer(counter)["BillAddr"]["Line1"] == PLACES["Tucson"]["line1"]
    sell(counter, 3, day=2, addresses=[account.address("new", "BILLING"), *OTHER])
    run(counter, 2)
    assert customer(counter)["BillAddr"]["Line1"] == PLACES["new"]["line1"]
    assert [told(counter, number, NO_BILLING) for number in (1, 2, 3)] == [1, 1, 0]


def test_c24_of_several_the_first_that_says_something_is_taken(counter: ShopCounter) -> None:
    blank = {"field": "OTHER", "line1": "", "locality": None, "country_code": "USA"}
    sell(counter, 1, addresses=[blank, *OTHER, account.address("Tucson", "OTHER"), blank])
    run(counter)
    assert customer(counter)["BillAddr"]["Line1"] == PLACES["Phoenix"]["line1"]


def test_c24_the_order_s_own_shipping_address_stays_beside_it(counter: ShopCounter) -> None:
    sell(counter, 1, addresses=OTHER)
    counter.change(1, shipping_information={"address": account.address("Tucson", "SHIPPING")})
    run(counter)
    for record in (customer(counter), counter.document("SalesReceipt", "IS-1")):
        assert record["BillAddr"]["Line1"] == PLACES["Phoenix"]["line1"]
        assert record["ShipAddr"]["Line1"] == PLACES["Tucson"]["line1"]
    assert told(counter, 1, NO_BILLING) == 1


TOO_LONG = {"line1": "9 Oak Ave " * 60, "locality": "Tucson", "postal_code": "85701" * 7, "country_code": "USA"}


@pytest.mark.parametrize("post_as", ["Sales receipt", "Invoice and payment"])
def test_c24_an_address_that_the_document_has_not_whole_is_told(counter: ShopCounter, post_as: str) -> None:
    counter.set(customers={"update_addresses": "off"}, revenue={"post_as": post_as})
    counter.add("Customer", DisplayName="Ann Lee", PrimaryEmailAddr={"Address": "ann@example.com"})
    sell(counter, 1, addresses=[{**TOO_LONG, "field": "BILLING"}])
    run(counter)
    assert counter.state() == "posted with warnings"
    words = "Billing address of the document: first line, postal code shortened to what QuickBooks takes."
    assert told(counter, 1, words) == 1
    counter.expect_quiet()


@pytest.mark.parametrize("line1", [None, "n/a", "-"])
def test_c23_an_address_without_a_street_takes_none_away(counter: ShopCounter, line1: str | None) -> None:
    there = {"Line1": "7 Elm Rd", "City": "Mesa"}
    counter.set(customers={"update_addresses": "Billing with Billing", "guard": "off"})
    counter.add("Customer", DisplayName="Ann Lee", PrimaryEmailAddr={"Address": "ann@example.com"}, BillAddr=there)
    town = {**account.address("Phoenix"), "line1": line1}
    sell(counter, 1, addresses=[town])
    run(counter)
    found = customer(counter)["BillAddr"]
    assert (found["Line1"], found["City"]) == ("7 Elm Rd", "Mesa")
    document = counter.document("SalesReceipt", "IS-1")["BillAddr"]
    assert (document.get("Line1"), document["City"]) == (None, "Phoenix")


def test_c24_a_namesake_is_told_by_it(counter: ShopCounter) -> None:
    sell(counter, 1, email="ann@phoenix.example", addresses=OTHER)
    run(counter)
    counter.sell(2, day=1, name="Ann Lee", email="lee@boston.example")
    counter.account.put("contact", contact(2, email="lee@boston.example", addresses=[account.address("old", "OTHER")]))
    counter.pay(2, day=1)
    run(counter, 1)
    assert counter.state(2) == "held CONTRADICTED"


GONE = "Infusionsoft did not give the order's contact"


def test_c25_a_contact_that_nobody_knows_is_told(counter: ShopCounter) -> None:
    sell(counter, 1)
    delete(counter, 1)
    run(counter)
    assert counter.state() == "posted with warnings"
    made = customer(counter)
    assert (made["GivenName"], made["PrimaryEmailAddr"]["Address"]) == ("Ann", "ann@example.com")
    assert told(counter, 1, f"{GONE} 5001; the customer and the document have only what the order itself says") == 1
    run(counter)
    assert told(counter, 1, GONE) == 1
    counter.expect_quiet()


def test_c25_a_contact_is_taken_as_it_was_last_read(counter: ShopCounter) -> None:
    counter.set(customers={"criteria": [BY_ID, {"source": "First Last", "destination": "DisplayName"}]})
    sell(counter, 1, addresses=[account.address("Phoenix")], phone_numbers=PHONE, company={"company_name": "Acme"})
    counter.match(0)
    delete(counter, 1)
    run(counter)
    assert counter.state() == "posted with warnings"
    made, document = customer(counter), counter.document("SalesReceipt", "IS-1")
    assert (made["CompanyName"], made["PrimaryPhone"]["FreeFormNumber"]) == ("Acme", "602 555 0100")
    assert made["BillAddr"]["Line1"] == document["BillAddr"]["Line1"] == PLACES["Phoenix"]["line1"]
    assert told(counter, 1, f"{GONE} 5001; it is taken as it was last read, with order 1.") == 1


def test_c25_it_may_have_been_read_with_another_order_and_moves_nobody(counter: ShopCounter) -> None:
    sell(counter, 1, addresses=[account.address("Phoenix")])
    run(counter)
    ann = customer(counter)
    body = {"Id": ann["Id"], "SyncToken": ann["SyncToken"], "sparse": True, "BillAddr": {"Line1": "7 Elm Rd"}}
    counter.quickbooks.update("Customer", body, request_id="by hand")

    sell(counter, 2, day=1, of=1)
    delete(counter, 1)
    run(counter, 1)
    assert counter.state(2) == "posted with warnings"
    assert counter.document("SalesReceipt", "IS-2")["BillAddr"]["Line1"] == PLACES["Phoenix"]["line1"]
    assert customer(counter)["BillAddr"]["Line1"] == "7 Elm Rd"
    assert told(counter, 2, f"{GONE} 5001; it is taken as it was last read, with order 1.") == 1

    sell(counter, 3, day=2, of=1)
    run(counter, 2)
    assert told(counter, 3, "with order 1.") == 1
    assert len({counter.order(number).customer_id for number in (1, 2, 3)}) == 1


def test_c25_a_contact_that_is_back_is_taken_as_it_is(counter: ShopCounter) -> None:
    sell(counter, 1, addresses=[account.address("Phoenix")])
    counter.change(1, status="SENT")
    counter.match(0)
    kept = next(one for one in counter.account.all("contact") if one["id"] == "5001")
    delete(counter, 1)
    counter.match(0)
    counter.account.put("contact", {**kept, "addresses": [account.address("Tucson")]})
    run(counter)
    assert counter.document("SalesReceipt", "IS-1")["BillAddr"]["Line1"] == PLACES["Tucson"]["line1"]


def test_c25_a_contact_that_a_list_lacks_is_asked_for_by_its_id(counter: ShopCounter) -> None:
    sell(counter, 1, addresses=[account.address("Phoenix")])
    empty = {"what": "fault", "status": 200, "body": '{"contacts": []}', "next": 1}
    counter.fail("infusionsoft list contacts", **empty)
    run(counter)
    assert counter.state() == "posted"
    assert told(counter, 1, GONE) == 0
