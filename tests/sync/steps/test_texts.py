"""Texts that are not what they seem: encoded by a web form, written where there is nothing to write, too long, or more than a number."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest

from tests.shop import account
from tests.shop.counter import ShopCounter, line

STREET = {
    "line1": "1 Main St",
    "locality": "Phoenix",
    "region_code": "US-AZ",
    "postal_code": "85001",
    "country_code": "USA",
}


def sell(counter: ShopCounter, number: int = 1, *lines: Any, bill: Any = None, **contact: Any) -> None:
    """A paid order of a contact with these fields."""
    who = {"given_name": "Kim", "family_name": "Carter", "email": "kim@example.com", **contact}
    counter.sell(number, *lines, name="Kim Carter", email=who["email"])
    counter.account.put("contact", account.contact(id=str(5000 + number), email=who.pop("email"), bill=bill, **who))
    counter.pay(number)


def customer(counter: ShopCounter) -> dict[str, Any]:
    """The one that is not Ada Lovelace."""
    [found] = [one for one in counter.records("Customer") if one["Id"] != counter.ada]
    return found


def updated(counter: ShopCounter) -> Counter[str]:
    """A run up to the addresses of its customers; what it counted of them."""
    return counter.update_addresses(counter.prepare(0))


def phones(*numbers: str, **first: str) -> list[dict[str, str]]:
    listed = [{"field": f"PHONE{place}", "number": number} for place, number in enumerate(numbers, 1)]
    return [{**listed[0], **first}, *listed[1:]]


# Encoded texts.


def test_c9_encoded_texts_are_what_they_stand_for_everywhere(counter: ShopCounter) -> None:
    counter.set(
        customers={"criteria": [{"source": "Company", "destination": "DisplayName"}]},
        products={"not_found": "create", "create": {"income_account": "Sales of Product Income", "description": True}},
        revenue={"message": "{company}: {order_title}"},
    )
    sell(
        counter,
        1,
        {**line("100.00", "Tea &amp;amp; Cup"), "description": "Ann&#39;s &quot;best&quot;"},
        company={"company_name": "Smith &amp; Sons"},
        family_name="O&#39;Brien",
        bill={**STREET, "line1": "1 Main &AMP; 2nd", "line2": "AT&T &nbsp; R&D; x"},
    )
    assert counter.run(0) == {"posted": 1}
    made, [receipt] = customer(counter), counter.records("SalesReceipt")
    assert (made["DisplayName"], made["CompanyName"], made["FamilyName"]) == ("Smith & Sons",) * 2 + ("O'Brien",)
    assert made["BillAddr"]["Line1"] == receipt["BillAddr"]["Line1"] == "1 Main & 2nd"
    assert receipt["BillAddr"]["Line2"].split() == ["AT&T", "R&D;", "x"]
    [item] = [item for item in counter.records("Item") if item["Name"] == "Tea & Cup"]
    assert item["Description"] == 'Ann\'s "best"'
    assert receipt["CustomerMemo"]["value"] == "Smith & Sons: Order 1"
    counter.expect_quiet()


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Dvo&rcaron;&aacute;k", "Dvořák"),
        ("O&amp;amp;#39;Brien", "O'Brien"),
        ("O&#39Brien", "O'Brien"),
        ("Jos&eacute", "José"),
        ("O\\'Brien", "O'Brien"),
    ],
)
def test_c9_a_name_is_decoded_whole(counter: ShopCounter, text: str, meant: str) -> None:
    known = counter.add("Customer", DisplayName=f"Kim {meant}")["Id"]
    counter.set(customers={"criteria": [{"source": "First Last", "destination": "DisplayName"}], "guard": "off"})
    sell(counter, 1, family_name=text)
    assert counter.run(0) == {"posted": 1}
    assert counter.order(1).customer_id == known


def test_c9_what_was_made_before_texts_were_decoded_is_found_still(counter: ShopCounter) -> None:
    counter.set(
        customers={"criteria": [{"source": "Company", "destination": "DisplayName"}], "guard": "off"},
        products={"not_found": "create", "create": {"income_account": "Sales of Product Income"}},
    )
    known = counter.add("Customer", DisplayName="Smith &amp; Sons")["Id"]
    counter.add_item("Tea &amp; Cup")
    items = len(counter.records("Item"))
    sell(
        counter,
        1,
        {"price": "100.00", "name": "Tea &amp; Cup", "product": None},
        company={"company_name": "Smith &amp; Sons"},
    )
    counter.run(0)
    assert counter.order(1).customer_id == known
    assert len(counter.records("Item")) == items


@pytest.mark.parametrize("changed", ["flag", "update"])
def test_c9_an_order_that_was_recorded_before_is_not_told_as_changed(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    counter.set(orders={"changed": changed})
    with monkeypatch.context() as before:
        before.setattr("order_sync.sync.orders.meaning.decoded", lambda text: text)
        sell(counter, 1, line("100.00", "Widget"), family_name="O&#39;Brien")
        counter.change(1, {**line("100.00"), "description": "Ann&#39;s"}, total_paid="100.00", status="PAID")
        counter.run(0)
    assert customer(counter)["FamilyName"] == "O&#39;Brien"
    assert counter.run(0) == {}
    assert counter.state(1) == "posted"
    assert "update SalesReceipt" not in counter.sent()


# Placeholders.


@pytest.mark.parametrize("nothing", ["N/A", "none", "-", ".", "null", "Unknown", "(not applicable)"])
def test_c10_a_placeholder_is_blank(counter: ShopCounter, nothing: str) -> None:
    counter.set(customers={"criteria": [{"source": "Company, else First Last", "destination": "DisplayName"}]})
    bill = {**STREET, "line1": nothing, "line2": nothing, "locality": "Phoenix"}
    sell(counter, company={"company_name": nothing}, phone_numbers=phones(nothing), bill=bill)
    assert counter.run(0) == {"posted": 1}
    made = customer(counter)
    assert (made["DisplayName"], made.get("CompanyName"), made.get("PrimaryPhone")) == ("Kim Carter", None, None)
    assert made["BillAddr"].keys() & {"Line1", "Line2", "City"} == {"City"}


@pytest.mark.parametrize("email", ["noemail@noemail.com", "NoEmail@gmail.com", "none@none.com", "na@na.com"])
def test_c10_a_placeholder_for_an_e_mail_address_is_blank(counter: ShopCounter, email: str) -> None:
    other = counter.add("Customer", DisplayName="Somebody", PrimaryEmailAddr={"Address": email})["Id"]
    sell(counter, email=email)
    assert counter.run(0) == {"posted": 1}
    assert counter.order(1).customer_id != other
    assert "BillEmail" not in counter.records("SalesReceipt")[0]
    [made] = [one for one in counter.records("Customer") if one["Id"] not in (counter.ada, other)]
    assert "PrimaryEmailAddr" not in made


def test_c10_no_real_address_is_replaced_by_a_placeholder(counter: ShopCounter) -> None:
    sell(counter, 1, bill=STREET)
    counter.run(0)
    sell(counter, 2, bill={**dict.fromkeys(("line1", "locality", "postal_code"), "n/a"), "country_code": "USA"})
    assert updated(counter) == {"unchanged": 1}
    assert customer(counter)["BillAddr"]["Line1"] == "1 Main St"


def test_c10_who_has_only_placeholders_has_no_details(counter: ShopCounter) -> None:
    nobody = {"given_name": "n/a", "family_name": "none", "company": {"company_name": "-"}}
    sell(counter, email="noemail@noemail.com", **nobody)
    counter.run(0)
    assert counter.state(1) == "held NO_DETAILS"


@pytest.mark.parametrize(("given", "family"), [("Na", "Li"), ("Jennifer", "Null"), ("Sung", "No"), ("Bob", "None")])
def test_c10_a_word_that_may_be_a_name_is_one_beside_another_name(
    counter: ShopCounter, given: str, family: str
) -> None:
    sell(counter, given_name=given, family_name=family)
    counter.run(0)
    assert customer(counter)["DisplayName"] == f"{given} {family}"


@pytest.mark.parametrize(
    ("given", "family", "name"),
    [("Kim", "N/A", "Kim"), ("Kim", "-", "Kim"), (".", "Carter", "Carter"), ("None", "None", "kim@example.com")],
)
def test_c10_a_placeholder_for_a_name_is_no_name(counter: ShopCounter, given: str, family: str, name: str) -> None:
    sell(counter, given_name=given, family_name=family)
    counter.run(0)
    assert customer(counter)["DisplayName"] == name


def test_c10_the_settings_add_placeholders(counter: ShopCounter) -> None:
    counter.set(customers={"placeholders": ["Web  customer", "nobody@*"]})
    sell(counter, given_name="web CUSTOMER", email="nobody@shop.example")
    counter.run(0)
    assert customer(counter)["DisplayName"] == "Carter"
    assert "PrimaryEmailAddr" not in customer(counter)


PLACEHOLDERS = ["N/A", "n/a", "-", "none", "NONE", "null", "No SKU", "#N/A", "N/A N/A", "\uff2e\uff0f\uff21"]


@pytest.mark.parametrize("nothing", PLACEHOLDERS)
def test_c10_products_whose_sku_is_a_placeholder_are_told_apart_by_name(counter: ShopCounter, nothing: str) -> None:
    counter.set(products={"not_found": "create", "create": {"income_account": "Sales of Product Income"}})
    for number, name in enumerate(("Tea", "Cup"), 1):
        product = {"id": str(number), "name": name, "sku": nothing}
        counter.sell(number, {"price": "100.00", "name": name, "product": product})
        counter.pay(number)
    assert counter.run(0) == {"posted": 2}
    assert [counter.sold("SalesReceipt", f"IS-{number}") for number in (1, 2)] == [
        ["Tea 100.00 NON"],
        ["Cup 100.00 NON"],
    ]
    assert [item.get("Sku") for item in counter.records("Item") if item["Name"] in ("Tea", "Cup")] == [None, None]
    counter.expect_quiet()


def test_c10_an_item_whose_sku_in_quickbooks_is_a_placeholder_is_found_by_name_alone(counter: ShopCounter) -> None:
    income = {"value": counter.listed("Account", "Sales of Product Income")}
    counter.add("Item", Name="Other", Sku="N/A", Type="NonInventory", IncomeAccountRef=income)
    product = {"id": "1", "name": "Widget", "sku": "N/A"}
    counter.sell(1, {"price": "100.00", "name": "Widget", "product": product})
    counter.pay(1)
    assert counter.run(0) == {"posted": 1}
    assert counter.sold("SalesReceipt", "IS-1") == ["Widget 100.00 NON"]


def test_c10_a_product_whose_name_is_a_placeholder_is_called_as_its_line(counter: ShopCounter) -> None:
    counter.set(products={"not_found": "create", "create": {"income_account": "Sales of Product Income"}})
    counter.sell(1, {"price": "100.00", "name": "Widget", "product": {"id": "1", "name": "N/A", "sku": "-"}})
    counter.sell(2, {"price": "100.00", "name": "none", "product": {"id": "2", "name": "N/A", "sku": "-"}})
    counter.pay(1)
    counter.pay(2)
    counter.run(0)
    assert counter.sold("SalesReceipt", "IS-1") == ["Widget 100.00 NON"]
    assert counter.sold("SalesReceipt", "IS-2") == ["Sales 100.00 NON"]  # the standard item
    assert counter.state(2) == "posted with warnings"


@pytest.mark.parametrize("changed", ["flag", "update"])
def test_c10_an_order_that_was_recorded_before_is_not_told_as_changed_and_is_taken_back_as_it_was(
    counter: ShopCounter, monkeypatch: pytest.MonkeyPatch, changed: str
) -> None:
    counter.set(
        orders={"changed": changed},
        products={"not_found": "create", "create": {"income_account": "Sales of Product Income"}},
    )
    with monkeypatch.context() as before:
        before.setattr("order_sync.sync.orders.meaning._item", lambda item: item)
        for number, name in enumerate(("Tea", "Cup"), 1):
            product = {"id": str(number), "name": name, "sku": "N/A"}
            counter.sell(number, {"price": "100.00", "name": name, "product": product})
            counter.pay(number)
        counter.run(0)
    assert counter.sold("SalesReceipt", "IS-2") == ["Tea 100.00 NON"]
    counter.expect_quiet()
    counter.give_back(2, day=1)
    counter.run(1)
    assert counter.states() == {1: "posted", 2: "posted"}
    [refund] = counter.records("RefundReceipt")
    [tea] = [item["Id"] for item in counter.records("Item") if item["Name"] == "Tea"]
    assert refund["Line"][0]["SalesItemLineDetail"]["ItemRef"]["value"] == tea


@pytest.mark.parametrize(
    ("bill", "kept"),
    [
        ({"country_code": "N/A", "country": "n/a"}, {"Line1", "City", "CountrySubDivisionCode", "PostalCode"}),
        ({"country_code": None, "country": "NA"}, {"Line1", "City", "CountrySubDivisionCode", "PostalCode"}),
        ({"locality": "none"}, {"Line1", "CountrySubDivisionCode", "PostalCode", "Country"}),
        ({"locality": "None"}, {"Line1", "CountrySubDivisionCode", "PostalCode", "Country"}),
        ({"region_code": None, "region": "-"}, {"Line1", "City", "PostalCode", "Country"}),
        ({"region_code": "NA", "region": "n/a"}, {"Line1", "City", "PostalCode", "Country"}),
        ({"postal_code": "none"}, {"Line1", "City", "CountrySubDivisionCode", "Country"}),
    ],
)
def test_c10_no_part_of_an_address_is_a_placeholder(counter: ShopCounter, bill: dict[str, Any], kept: set[str]) -> None:
    sell(counter, bill={**STREET, **bill})
    assert counter.run(0) == {"posted": 1}
    made, [receipt] = customer(counter), counter.records("SalesReceipt")
    parts = {"Line1", "Line2", "City", "CountrySubDivisionCode", "PostalCode", "Country"}
    assert made["BillAddr"].keys() & parts == receipt["BillAddr"].keys() & parts == kept


def test_c10_what_quickbooks_has_for_nothing_contradicts_nothing(counter: ShopCounter) -> None:
    counter.set(customers={"criteria": [{"source": "First Last", "destination": "DisplayName"}]})
    known = counter.add(
        "Customer",
        DisplayName="Kim Carter",
        CompanyName="N/A",
        PrimaryEmailAddr={"Address": "noemail@noemail.com"},
        PrimaryPhone={"FreeFormNumber": "000-000-0000"},
        BillAddr={"Line1": "n/a", "City": "none"},
    )["Id"]
    sell(counter, bill=STREET, phone_numbers=phones("602 555 0100"))
    counter.run(0)
    assert counter.order(1).customer_id == known


def test_c10_no_real_town_is_replaced_by_a_placeholder(counter: ShopCounter) -> None:
    sell(counter, 1, bill=STREET)
    counter.run(0)
    sell(counter, 2, bill={**STREET, "locality": "None", "region_code": "NA", "country_code": "n/a"})
    assert updated(counter) == {"unchanged": 1}
    assert customer(counter)["BillAddr"]["City"] == "Phoenix"


def test_c10_a_reference_and_a_title_that_say_nothing_are_not_sent(counter: ShopCounter) -> None:
    counter.set(revenue={"reference": "payment's transaction id", "memo": "{order_title}", "message": "{order_title}"})
    counter.sell(1, {**line("100.00"), "description": "n/a"}, title="N/A")
    counter.pay(1, external_transaction_id="N/A")
    counter.run(0)
    receipt = counter.document("SalesReceipt", "IS-1")
    assert receipt["PrivateNote"] == "Infusionsoft order 1 (store demo)"
    assert not receipt.keys() & {"PaymentRefNum", "CustomerMemo"}
    assert receipt["Line"][0].get("Description") != "n/a"


# Length faults.


SPELLINGS = ["path", "field", "label", "entity", "name", "none"]


@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("mode", ["single", "batch"])
def test_c12_the_text_that_is_too_long_is_shortened_however_the_fault_names_it(
    counter: ShopCounter, spelling: str, mode: str
) -> None:
    counter.set(write_mode=mode)
    counter.company(text_limits={"GivenName": 25, "BillAddr.Line1": 41}, text_spelling=spelling)
    given, street = "Wolfeschlegelsteinhausenbergerdorff", "1 " + "Long " * 10 + "Street"
    sell(counter, given_name=given, bill={**STREET, "line1": street})
    assert counter.run(0) == {"posted with warnings": 1}
    made, [receipt] = customer(counter), counter.records("SalesReceipt")
    assert (made["GivenName"], made["FamilyName"], made["DisplayName"]) == (given[:25], "Carter", f"{given} Carter")
    assert made["BillAddr"]["Line1"] == receipt["BillAddr"]["Line1"] == street[:41].rstrip()
    assert made["BillAddr"]["City"] == "Phoenix"
    counter.expect_quiet()


def test_c11_a_limit_of_thousands_is_read_whole(counter: ShopCounter) -> None:
    counter.set(customers={"create": {"notes": "x" * 1300}})
    counter.company(text_limits={"Notes": 1024}, text_spelling="none")
    sell(counter)
    assert counter.run(0) == {"posted with warnings": 1}
    assert customer(counter)["Notes"] == "x" * 1024


def test_c12_an_address_that_is_too_long_is_brought_up_to_date_shortened(counter: ShopCounter) -> None:
    counter.company(text_limits={"Line1": 41}, text_spelling="none")
    sell(counter, 1, bill=STREET)
    counter.run(0)
    street = "2 " + "Long " * 10 + "Street"
    sell(counter, 2, bill={**STREET, "line1": street})
    assert updated(counter) == {"updated": 1}
    assert "Billing address of customer 2: Line1 shortened to what QuickBooks takes." in counter.history(2)
    assert customer(counter)["BillAddr"]["Line1"] == street[:41].rstrip()


def test_c12_an_item_that_is_too_long_is_made_shortened(counter: ShopCounter) -> None:
    counter.set(products={"not_found": "create", "create": {"income_account": "Sales of Product Income"}})
    counter.company(text_limits={"Name": 31}, text_spelling="none")
    sell(counter, 1, {"price": "100.00", "name": "Tea " * 20, "product": None})
    assert counter.run(0)["posted"] == 1
    assert ("Tea " * 20)[:31].rstrip() in [item["Name"] for item in counter.records("Item")]


def test_c12_a_refund_whose_text_is_too_long_is_recorded_shortened_by_the_next_run(counter: ShopCounter) -> None:
    counter.set(revenue={"line_description": "order's own"})
    sell(counter, 1, {**line("100.00"), "description": "Tea " * 20})
    counter.run(0)
    counter.company(text_limits={"Description": 31}, text_spelling="none")
    counter.give_back(1, day=1)
    counter.run(1)
    assert counter.state(1) == "failed 2050"
    counter.run(1)
    [refund] = counter.records("RefundReceipt")
    assert refund["Line"][0]["Description"] == ("Tea " * 20)[:31].rstrip()
    assert counter.state(1) == "posted with warnings"


def test_c12_a_fault_that_says_nothing_of_use_ends_with_the_order_and_not_never(counter: ShopCounter) -> None:
    counter.company(text_limits={"DisplayName": 1}, text_spelling="none")
    sell(counter)
    counter.run(0)
    assert counter.state(1) in ("failed 2050", "posted with warnings")
    assert counter.sent()["create Customer"] < 20


@pytest.mark.parametrize("spelling", ["path", "label", "none"])
@pytest.mark.parametrize("mode", ["single", "batch"])
def test_c12_a_document_number_that_is_too_long_is_held_until_it_is_shorter(
    counter: ShopCounter, spelling: str, mode: str
) -> None:
    counter.set(write_mode=mode, revenue={"number_prefix": "INFUSION-"})
    counter.company(text_limits={"DocNumber": 8}, text_spelling=spelling)
    sell(counter, 1, bill={**STREET, "line1": "12 Long Street"})
    counter.run(0)
    assert counter.state(1) == "held NUMBER_LENGTH"
    told = "QuickBooks takes no more than 8 characters of a document number, and INFUSION-1 has 10."
    assert told in " ".join(counter.history(1))
    counter.expect_quiet()
    counter.set(write_mode=mode, revenue={"number_prefix": "IS-"})
    assert counter.run(0) == {"posted": 1}
    [receipt] = counter.records("SalesReceipt")
    assert (receipt["DocNumber"], receipt["BillAddr"]["Line1"]) == ("IS-1", "12 Long Street")
    counter.expect_quiet()


def test_c12_a_number_of_quickbooks_own_is_a_way_out_too(counter: ShopCounter) -> None:
    counter.set(revenue={"number_prefix": "INFUSION-"})
    counter.company(text_limits={"DocNumber": 8}, text_spelling="none")
    sell(counter, 1)
    counter.run(0)
    counter.company(preferences={"SalesFormsPrefs": {"CustomTxnNumbers": False}})
    counter.set(revenue={"number_from": "QuickBooks"})
    assert counter.run(0) == {"posted": 1}
    assert len(counter.records("SalesReceipt")) == 1
    counter.expect_quiet()


def test_c12_the_number_of_a_refund_that_is_too_long_is_held_until_it_is_shorter(counter: ShopCounter) -> None:
    counter.set(revenue={"number_prefix": "INFUS-"})
    counter.company(text_limits={"DocNumber": 8}, text_spelling="none")
    sell(counter, 1)
    assert counter.run(0) == {"posted": 1}
    counter.give_back(1, "40.00", day=1)
    counter.run(1)
    counter.run(1)
    assert counter.state(1) == "held NUMBER_LENGTH"
    counter.set(revenue={"number_prefix": "IS-"})
    counter.run(1)
    assert counter.state(1) == "posted"
    [refund] = counter.records("RefundReceipt")
    assert (refund["DocNumber"], refund["TotalAmt"]) == ("IS-1-R1", 40)
    counter.expect_quiet()


def test_c12_a_note_without_room_for_the_marker_says_so_until_there_is_some(counter: ShopCounter) -> None:
    counter.set(revenue={"memo": "Thank you very much for your order, come again"})
    counter.company(text_limits={"PrivateNote": 20}, text_spelling="path")
    sell(counter, 1)
    counter.run(0)
    assert counter.state(1) == "failed NOTE_LENGTH"
    assert counter.records("SalesReceipt") == []
    counter.company(text_limits={"PrivateNote": 50})
    counter.run(0)
    [receipt] = counter.records("SalesReceipt")
    assert receipt["PrivateNote"].startswith("Infusionsoft order 1 (store demo)\n")
    assert counter.state(1) == "posted with warnings"
    counter.expect_quiet()


# Telephone numbers.


@pytest.mark.parametrize(
    ("number", "extension", "kept"),
    [
        ("+1 (602) 555-0100 (office, ask for Jo)", None, "+1 (602) 555-0100"),
        ("+1 (602) 555-0100 (office, ask for Jo)", "7", "+1 (602) 555-0100 x7"),
        ("602 555 0100", "", "602 555 0100"),
        ("602 555 0100", "ext 12", "602 555 0100 x12"),
        ("602.555.0100 x12", "12", "602.555.0100 x12"),
        ("Jo: 602-555-0100, or 602-555-0199 after five o'clock", None, "602-555-0100"),
        ("call me, please: I have no telephone here", None, None),
        ("see notes", "12", None),
        ("n/a", "12", None),
        ("602-555-0100/0199", None, "602-555-0100"),
        ("602-555-0100 480-555-0199", None, "602-555-0100"),
        ("602-555-0100 / 480-555-0199", "7", "602-555-0100 x7"),
        ("602-555-0100", "000", "602-555-0100"),
        ("1-800-FLOWERS", None, "1-800-FLOWERS"),
        ("000-000-0000", "12", None),
    ],
)
def test_c13_a_telephone_number_is_whole_and_nothing_else(
    counter: ShopCounter, number: str, extension: str | None, kept: str | None
) -> None:
    given = {"extension": extension} if extension is not None else {}
    sell(counter, phone_numbers=phones(number, **given))
    counter.run(0)
    assert (customer(counter).get("PrimaryPhone") or {}).get("FreeFormNumber") == kept


@pytest.mark.parametrize("known", ["(602) 555-0100", "+1 (602) 555-0100 (office, ask", "602 555 0100 ext. 9"])
def test_c13_somebody_is_found_by_the_number_alone(counter: ShopCounter, known: str) -> None:
    counter.set(customers={"criteria": [{"source": "Phone", "destination": "PrimaryPhone"}], "guard": "off"})
    jo = counter.add("Customer", DisplayName="Jo", PrimaryPhone={"FreeFormNumber": known})["Id"]
    sell(counter, phone_numbers=phones("+1 (602) 555-0100 (office, ask for Jo)", extension="7"))
    counter.match(0)
    assert counter.order(1).customer_id == jo
