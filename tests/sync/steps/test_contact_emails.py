"""What a contact has for an e-mail address: compared and sent where it is one, left out with one warning where it is none."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shop import account
from tests.shop.counter import ShopCounter, refusal

NONE = ["n/a", "Kim Carter", "ann@example", "ann@example..com", "josé@example.com", "x" * 95 + "@example.com"]
WRITE_MODES = ["single", "batch"]


def sell(counter: ShopCounter, number: int, *emails: str, name: str = "Kim Carter", **contact: Any) -> None:
    """A paid order of somebody who has these e-mail fields."""
    given, _, family = name.partition(" ")
    counter.sell(number, name=name, email=emails[0] if emails else "")
    fields = [{"field": f"EMAIL{place}", "email": email} for place, email in enumerate(emails, 1)]
    who = {"given_name": given, "family_name": family, "email_addresses": fields}
    counter.account.put("contact", account.contact(id=str(5000 + number), **{**who, **contact}))
    counter.pay(number)


def customers(counter: ShopCounter) -> dict[str, str | None]:
    """The e-mail address of each customer but Ada Lovelace, by name."""
    return {
        one["DisplayName"]: (one.get("PrimaryEmailAddr") or {}).get("Address")
        for one in counter.records("Customer")
        if one["Id"] != counter.ada
    }


def billed(counter: ShopCounter) -> list[str | None]:
    """The e-mail address of each sales receipt and invoice."""
    documents = counter.records("SalesReceipt") + counter.records("Invoice")
    return [(one.get("BillEmail") or {}).get("Address") for one in documents]


def warnings(counter: ShopCounter, number: int = 1) -> list[str]:
    return [words for words in counter.history(number) if "e-mail" in words]


@pytest.mark.parametrize("email", NONE)
@pytest.mark.parametrize("mode", WRITE_MODES)
@pytest.mark.parametrize("post_as", ["Sales receipt", "Invoice and payment"])
def test_c1_what_is_no_address_is_left_out_with_one_warning(
    counter: ShopCounter, email: str, mode: str, post_as: str
) -> None:
    counter.set(write_mode=mode, revenue={"post_as": post_as})
    sell(counter, 1, email)
    assert counter.run(0)["posted with warnings"] == 1
    assert (customers(counter), billed(counter)) == ({"Kim Carter": None}, [None])
    [told] = warnings(counter)
    assert "is none that QuickBooks takes: it was left out, and there is no other." in told
    assert email not in told
    counter.expect_quiet()


def test_c1_a_refund_of_such_an_order_is_recorded_too(counter: ShopCounter) -> None:
    sell(counter, 1, "n/a")
    counter.run(0)
    counter.give_back(1, day=1)
    counter.run(1)
    assert [one["TotalAmt"] for one in counter.records("RefundReceipt")] == [100]
    assert counter.state(1) == "posted with warnings"


def test_c1_the_document_of_a_day_bears_no_address_and_leaves_none_out(counter: ShopCounter) -> None:
    counter.set(revenue={"consolidate": True, "daily_customer": "Ada Lovelace"})
    sell(counter, 1, "n/a")
    assert counter.run(0) == {"posted": 1}
    assert billed(counter) == [None]


def test_c1_nobody_is_found_by_what_is_no_address(counter: ShopCounter) -> None:
    counter.set(customers={"criteria": [{"source": "Email", "destination": "PrimaryEmailAddr"}]})
    sell(counter, 1, "n/a")
    sell(counter, 2, "n/a", name="Jo Park")
    counter.run(0)
    assert counter.states() == {1: "held NO_DETAILS", 2: "held NO_DETAILS"}


def test_c1_an_address_that_only_quickbooks_refuses_is_left_out_too(counter: ShopCounter) -> None:
    sell(counter, 1, "kim@example.com")
    run = counter.prepare(0)
    counter.fail("quickbooks create SalesReceipt", **refusal("2210", "Invalid Email Address"))
    assert counter.post(run) == {"posted with warnings": 1}
    assert billed(counter) == [None]
    assert warnings(counter) == ["QuickBooks refused the contact's e-mail address: it was left out."]


@pytest.mark.parametrize(
    "field",
    [
        "ann@example.com; bob@example.com",
        "ann@example.com,bob@example.com",
        "ann@example.com|bob@example.com",
        "Ann: ann@example.com Bob: <bob@example.com>",
        "ann@example.com/bob@example.com",
        "ann@example.com bob@example.com",
        "Ann<ann@example.com>, Bob<bob@example.com>",
        "E-Mail:ann@example.com; mailto:bob@example.com?subject=hi",
    ],
)
def test_c2_of_several_in_one_field_the_first_is_sent_and_all_are_compared(counter: ShopCounter, field: str) -> None:
    sell(counter, 1, field)
    assert counter.run(0) == {"posted": 1}
    assert (customers(counter), billed(counter)) == ({"Kim Carter": "ann@example.com"}, ["ann@example.com"])

    counter.set(customers={"criteria": [{"source": "Any email", "destination": "PrimaryEmailAddr"}]})
    bob = counter.add("Customer", DisplayName="Robert", PrimaryEmailAddr={"Address": "BOB@example.com"})["Id"]
    sell(counter, 2, field.replace("ann@", "new@"), name="Bob Ray")
    counter.match(0)
    assert counter.order(2).customer_id == bob


@pytest.mark.parametrize(
    "field",
    [
        "Kim<kim@example.com>",
        '"Kim" <kim@example.com>',
        "“kim@example.com”",
        "mailto:kim@example.com?subject=hi",
        "E-Mail:kim@example.com",
        "kim@example.com.",
        "kim@example.com)",
        "kim＠example.com",
        "kim@\u200bexample.com",
    ],
)
def test_c1_an_address_is_found_whatever_stands_around_it(counter: ShopCounter, field: str) -> None:
    known = counter.add("Customer", DisplayName="Kimberly", PrimaryEmailAddr={"Address": "KIM@example.com"})["Id"]
    sell(counter, 1, field)
    assert counter.run(0) == {"posted": 1}
    assert counter.order(1).customer_id == known
    assert billed(counter) == ["kim@example.com"]


def test_c2_a_customer_of_quickbooks_is_found_by_each_of_its_addresses(counter: ShopCounter) -> None:
    known = counter.add(
        "Customer", DisplayName="The Carters", PrimaryEmailAddr={"Address": "a@example.com,kim@example.com"}
    )
    sell(counter, 1, "KIM@example.com")
    counter.match(0)
    assert counter.order(1).customer_id == known["Id"]


@pytest.mark.parametrize("first", ["", "n/a", "ann@example"])
def test_c3_the_second_field_is_used_and_compared_where_the_first_holds_none(counter: ShopCounter, first: str) -> None:
    known = counter.add("Customer", DisplayName="Kimberly", PrimaryEmailAddr={"Address": "kim@example.com"})
    sell(counter, 1, first, "kim@example.com")
    sell(counter, 2, first, "jo@example.com", name="Jo Park")
    counter.run(0)
    assert counter.order(1).customer_id == known["Id"]
    assert customers(counter) == {"Kimberly": "kim@example.com", "Jo Park": "jo@example.com"}
    assert sorted(filter(None, billed(counter))) == ["jo@example.com", "kim@example.com"]
    status = "posted with warnings" if first else "posted"
    assert counter.states() == {1: status, 2: status}


def test_any_email_that_points_to_several_customers_is_ambiguous(counter: ShopCounter) -> None:
    counter.set(customers={"criteria": [{"source": "Any email", "destination": "PrimaryEmailAddr"}]})
    one, two = (
        counter.add("Customer", DisplayName=name, PrimaryEmailAddr={"Address": f"{name}@example.com"})["Id"]
        for name in ("ann", "bob")
    )
    sell(counter, 1, "ann@example.com", "bob@example.com")
    sell(counter, 2, "ann@example.com", "else@example.com")
    sell(counter, 3, "else@example.com", "bob@example.com", "BOB@example.com")
    sell(counter, 4, "new@example.com", "newer@example.com", name="Jo Park")
    counter.match(0)
    found = {number: (counter.order(number).customer_id, counter.order(number).code) for number in (1, 2, 3, 4)}
    assert found == {1: (None, "AMBIGUOUS"), 2: (one, None), 3: (two, None), 4: (None, None)}


def test_any_email_makes_one_customer_of_a_person_s_orders(counter: ShopCounter) -> None:
    counter.set(customers={"criteria": [{"source": "Any email", "destination": "PrimaryEmailAddr"}]})
    sell(counter, 1, "kim@example.com", "kc@example.com")
    sell(counter, 2, "office@example.com", "kim@example.com", name="K. Carter")
    sell(counter, 3, "jo@example.com", name="Jo Park")
    counter.run(0)
    assert len(customers(counter)) == 2
    assert counter.order(1).customer_id == counter.order(2).customer_id != counter.order(3).customer_id


def test_c1_a_customer_whose_address_only_quickbooks_refuses_is_made_without_it(counter: ShopCounter) -> None:
    sell(counter, 1, "kim@example.com")
    run = counter.match(0)
    counter.fail("quickbooks create Customer", **refusal("2210", "Invalid Email Address"))
    assert counter.create_customers(run) == {"created": 1}
    assert customers(counter) == {"Kim Carter": None}
    assert "PrimaryEmailAddr.Address was left out: QuickBooks refused it." in counter.history(1)
