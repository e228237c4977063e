"""The page of the sandbox company, as a browser gets it."""

from __future__ import annotations

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient

from include.sandbox.app import create_app
from include.sandbox.quickbooks import company
from include.sandbox.services import open_state, quickbooks_records
from include.sandbox.state import State

Add = Callable[[str, dict[str, Any]], dict[str, Any]]


@pytest.fixture
def state(tmp_path: Path) -> State:
    return open_state(tmp_path / "sandbox.sqlite")


@pytest.fixture
def client(state: State) -> TestClient:
    return TestClient(create_app(state.path), base_url="http://localhost")


@pytest.fixture
def add(client: TestClient, state: State) -> Add:
    def add(entity: str, body: dict[str, Any]) -> dict[str, Any]:
        with state.transaction() as connection:
            return company.add(connection, company.REALM_ID, entity, body)

    return add


def _receipt(state: State, customer: dict[str, Any], number: str, amount: float, note: str = "") -> dict[str, Any]:
    item = next(item for item in quickbooks_records(state, "Item") if item["Name"] == "Sales")
    detail = {"ItemRef": {"value": item["Id"]}, "TaxCodeRef": {"value": "NON"}, "Qty": 2, "UnitPrice": amount / 2}
    line = {
        "DetailType": "SalesItemLineDetail",
        "Amount": amount,
        "Description": "Blue pen",
        "SalesItemLineDetail": detail,
    }
    return {"CustomerRef": {"value": customer["Id"]}, "DocNumber": number, "Line": [line], "PrivateNote": note}


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []

    def handle_data(self, data: str) -> None:
        self.words += data.split()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))


def _read(client: TestClient, path: str) -> str:
    """What a page says, white space collapsed."""
    answer = client.get(path)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    reader = _Text()
    reader.feed(answer.text)
    return " ".join(reader.words)


def test_an_empty_company_says_so(client: TestClient) -> None:
    assert "No documents yet." in _read(client, "/")
    assert "No customers yet." in _read(client, "/customers")


def test_a_document_shows_its_number_customer_lines_and_total(client: TestClient, state: State, add: Add) -> None:
    receipt = add("SalesReceipt", _receipt(state, add("Customer", {"DisplayName": "Zoë & Söhne"}), "IS-1001", 1234.5))
    said = _read(client, "/")
    for words in (
        "Sales receipt IS-1001",
        receipt["TxnDate"],
        "Zoë & Söhne",
        "Sales Blue pen 2 × 617.25",
        "Subtotal 1,234.50",
        "1,234.50",
        "Total 1,234.50 USD",
        "Documents 1",
        "Customers 1",
    ):
        assert words in said


def test_every_kind_of_document_shows_its_number_customer_total_and_balance(
    client: TestClient, state: State, add: Add
) -> None:
    customer = add("Customer", {"DisplayName": "Ana Lee"})
    bank = next(one for one in quickbooks_records(state, "Account") if one["Name"] == "Checking")
    add("CreditMemo", _receipt(state, customer, "IS-1", 30))
    refund = _receipt(state, customer, "IS-2", 40)
    add("RefundReceipt", {**refund, "DepositToAccountRef": {"value": bank["Id"]}})
    invoice = add("Invoice", _receipt(state, customer, "IS-3", 100))
    line = {"Amount": 60, "LinkedTxn": [{"TxnId": invoice["Id"], "TxnType": "Invoice"}]}
    paid = {"CustomerRef": {"value": customer["Id"]}, "TotalAmt": 70, "PaymentRefNum": "IS-4", "Line": [line]}
    add("Payment", paid)

    said = _read(client, "/")
    for kind, number, total, left in (
        ("Credit memo", "IS-1", "30.00", "Not used yet 30.00"),
        ("Refund receipt", "IS-2", "40.00", "Balance 0.00"),
        ("Invoice", "IS-3", "100.00", "Balance 40.00"),
        ("Payment", "IS-4", "70.00", "Unapplied 10.00"),
    ):
        shown = rf"{kind} {number} \S+ · id \d+ Ana Lee [^·]*?Total {total} USD {left}"
        assert re.search(shown, said), (kind, said)
    assert f"Invoice id {invoice['Id']} 60.00" in said
    assert "None" not in said


def test_a_document_shows_its_entries_and_its_order(client: TestClient, state: State, add: Add) -> None:
    order = {
        "id": "77",
        "status": "PAID",
        "total": {"amount": 12_345, "currency_code": "USD"},
        "total_paid": {"amount": 12_345},
        "order_items": [{"name": "Blue <pen>", "quantity": 3, "price_per_unit": {"amount": 4115}}],
    }
    client.put("/_sandbox/infusionsoft/order", json=order)
    customer = add("Customer", {"DisplayName": "Ana"})
    add("SalesReceipt", _receipt(state, customer, "IS-77", 123.45, note="Infusionsoft order 77 (store demo)"))
    said = _read(client, "/")
    assert "Entries, USD Debit Credit Undeposited Funds 123.45 Sales of Product Income 123.45" in said
    assert "Order 77 in Infusionsoft PAID 3 × Blue <pen> 41.15 Total 123.45 USD Paid 123.45" in said

    add("SalesReceipt", _receipt(state, customer, "IS-78", 0, note="Infusionsoft order 78 (store demo)"))
    assert "No entries" in _read(client, "/")
    assert "Order 78 in" not in _read(client, "/")


def test_an_order_has_the_decimal_places_of_its_currency_and_its_discounts_are_below_zero(
    client: TestClient, state: State, add: Add
) -> None:
    client.put("/_sandbox/company", json={"preferences": {"CurrencyPrefs": {"MultiCurrencyEnabled": True}}})
    customer = add("Customer", {"DisplayName": "Yoko", "CurrencyRef": {"value": "JPY"}})
    for place, (discount, words) in enumerate(
        (
            ({"price_per_unit": None, "discount": {"amount": 33}}, "-33"),
            ({"price_per_unit": {"amount": -33}}, "-33"),
            ({"special": {"amount": 10, "discount_method": "PERCENT"}}, "10 percent"),
            ({}, ""),
        )
    ):
        items = [{"name": "Fan", "quantity": 3, "price_per_unit": {"amount": 1111}}]
        items.append({"name": "Off", "quantity": 1, "item_type": "DISCOUNT", **discount})
        total = {"amount": 3300, "currency_code": "JPY"}
        order = {"id": str(place), "status": "PAID", "total": total, "total_paid": total, "order_items": items}
        client.put("/_sandbox/infusionsoft/order", json=order)
        receipt = _receipt(state, customer, f"IS-{place}", 3300, note=f"Infusionsoft order {place}")
        add("SalesReceipt", {**receipt, "CurrencyRef": {"value": "JPY"}, "ExchangeRate": 0.0066})
        said = _read(client, "/")
        assert "Total 3,300.00 JPY" in said
        assert "Entries, USD at 0.0066 for 1 JPY Debit Credit Undeposited Funds 21.78" in said
        shown = f"PAID 3 × Fan 1,111 1 × Off {words}".strip()
        assert f"Order {place} in Infusionsoft {shown} Total 3,300 JPY Paid 3,300" in said


def test_a_bundle_shows_what_is_in_it(client: TestClient, state: State, add: Add) -> None:
    cup = add("Item", {"Name": "Cup", "Type": "Service", "UnitPrice": 4, "IncomeAccountRef": {"value": "1"}})
    inside = {"ItemGroupLine": [{"ItemRef": {"value": cup["Id"]}, "Qty": 2}]}
    bundle = add("Item", {"Name": "Tea set", "Type": "Group", "ItemGroupDetail": inside})
    detail = {"GroupItemRef": {"value": bundle["Id"]}, "Quantity": 3}
    receipt = _receipt(state, add("Customer", {"DisplayName": "Ana"}), "IS-1", 1)
    line = {"DetailType": "GroupLineDetail", "GroupLineDetail": detail}
    add("SalesReceipt", {**receipt, "Line": [line, {"DetailType": "DiscountLineDetail", "Amount": 1}]})
    said = _read(client, "/")
    assert "Tea set 3 × Cup 6 × 4 24.00 Subtotal 24.00 Discount -1.00 Total 23.00 USD" in said


def test_the_trial_balance_is_that_of_a_day(client: TestClient, state: State, add: Add) -> None:
    assert "Nothing stands in any account." in _read(client, "/balances")
    receipt = _receipt(state, add("Customer", {"DisplayName": "Ana"}), "IS-1", 1234.5)
    add("SalesReceipt", {**receipt, "TxnDate": "2026-11-16"})
    said = _read(client, "/balances?end=2026-11-16")
    assert "Undeposited Funds 1,234.50 Sales of Product Income 1,234.50 Total 1,234.50 1,234.50" in said
    assert "Nothing stands in any account." in _read(client, "/balances?end=2026-11-15")
    assert client.get("/balances?end=soon").status_code == 422


def test_the_newest_documents_come_first_in_pages_of_fifty(client: TestClient, state: State, add: Add) -> None:
    customer = add("Customer", {"DisplayName": "Ana"})
    for number in range(52):
        add("SalesReceipt", _receipt(state, customer, f"IS-{number}", 1))
    numbers = [re.findall(r"receipt (IS-\d+)", _read(client, path)) for path in ("/", "/?page=2")]
    assert numbers == [[f"IS-{n}" for n in range(51, 1, -1)], ["IS-1", "IS-0"]]
    assert 'href="?q=&amp;page=2"' in client.get("/").text
    assert "Next" not in _read(client, "/?page=2")


def test_customers_are_found_by_name_company_and_e_mail(client: TestClient, add: Add) -> None:
    add("Customer", {"DisplayName": "Ana Lee", "PrimaryEmailAddr": {"Address": "ana@example.com"}})
    add("Customer", {"DisplayName": "Bo", "CompanyName": "Äpfel AG", "BillAddr": {"Line1": "1 Main", "City": "Mesa"}})
    for q, found in (("ana l", "Ana"), ("ANA@EXAMPLE", "Ana"), ("äpfel", "Bo"), ("ÄPFEL", "Bo")):
        said = _read(client, f"/customers?q={q}")
        assert ("Ana Lee" in said, "1 Main, Mesa" in said) == (found == "Ana", found == "Bo"), q
    assert "Nobody is called that." in _read(client, "/customers?q=DisplayName")


def test_customers_come_in_pages_that_keep_the_search(client: TestClient, add: Add) -> None:
    for number in range(51):
        add("Customer", {"DisplayName": f"R&D {number:02}"})
    first = client.get("/customers", params={"q": "r&d"}).text
    assert 'href="?q=r%26d&amp;page=2"' in first
    assert "R&D 50" in _read(client, "/customers?q=r%26d&page=2")
    assert "R&D 49" not in _read(client, "/customers?q=r%26d&page=2")


def test_everything_that_people_wrote_is_escaped(client: TestClient, state: State, add: Add) -> None:
    evil = "<script>alert(1)</script>\"'<b>"
    customer = add("Customer", {"DisplayName": evil, "CompanyName": f"C {evil}", "BillAddr": {"Line1": evil}})
    add("SalesReceipt", _receipt(state, customer, "IS-1", 1, note=evil))
    for path in ("/", "/customers", "/customers?q=<script>"):
        page = client.get(path).text
        assert "<script" not in page
        assert "&lt;script&gt;" in page


def test_nothing_is_loaded_from_elsewhere(client: TestClient) -> None:
    for path in ("/", "/balances", "/customers"):
        page = client.get(path).text
        reader = _Text()
        reader.feed(page)
        loaded = [attributes.get("src") or attributes.get("href") for _, attributes in reader.tags]
        assert all(url.startswith(("/", "?", "data:")) for url in loaded if url)
        assert "url(" not in page
        assert "@import" not in page


@pytest.mark.parametrize("page", ["0", "-1", "x", "99999999999999999999"])
def test_a_page_that_cannot_be_is_refused(client: TestClient, page: str) -> None:
    assert client.get("/", params={"page": page}).status_code == 422


def test_a_seeded_company_can_be_read_to_the_end(client: TestClient) -> None:
    wanted = {"customers": 120, "orders": 60, "days": 3, "start": "2026-11-16"}
    counts = client.post("/_sandbox/seed", json=wanted).json()["quickbooks"]
    last = -(-counts["Customer"] // 50)
    pages = [_read(client, f"/customers?page={number}") for number in range(1, last + 1)]
    assert all("Next" in said for said in pages[:-1])
    assert "Next" not in pages[-1]
    assert "None" not in " ".join(pages) + _read(client, "/")


def test_two_customers_are_merged_on_the_page(client: TestClient, state: State, add: Add) -> None:
    robert, bob = (add("Customer", {"DisplayName": name})["Id"] for name in ("Robert Smith", "Bob Smith"))
    form = {"duplicate": robert, "survivor": bob}
    answer = client.post("/customers/merge", data=form)
    assert (answer.status_code, answer.url.path) == (200, "/customers")
    kept = {one["Id"]: one["Active"] for one in quickbooks_records(state, "Customer")}
    assert kept == {robert: False, bob: True}
    refused = client.post("/customers/merge", data=form)
    assert refused.status_code == 400
    assert "make it active first" in refused.text
    assert client.post("/customers/merge", data=form, headers={"Origin": "http://evil.example"}).status_code == 403
