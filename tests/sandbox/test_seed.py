"""The seed's data: every kind of dirt is there, the money adds up, and the same arguments make the same records."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from keap_core_v2_client import Contact, InvoiceOrderPayment, OrderV2, Payment, RestV2ProductList, TransactionV2

from include.sandbox import infusionsoft, services
from include.sandbox.infusionsoft import oauth
from include.sandbox.infusionsoft.records import KINDS
from include.sandbox.seeding.people import ODD, folded, odd_of
from include.sandbox.seeding.seed import seed
from include.sandbox.state import State

START = date(2026, 11, 16)
PHOENIX = ZoneInfo("America/Phoenix")
Records = list[dict[str, Any]]


def seeded(path: Path, **changed: Any) -> State:
    state = services.open_state(path)
    seed(state, **{"customers": 300, "orders": 500, "days": 3, "start": START, **changed})
    return state


def infusionsoft_records(state: State) -> dict[str, Records]:
    return {kind: list(services.infusionsoft_records(state, kind)) for kind in KINDS}


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> State:
    return seeded(tmp_path_factory.mktemp("seed") / "sandbox.sqlite")


@pytest.fixture(scope="module")
def records(shop) -> dict[str, Records]:
    return infusionsoft_records(shop)


@pytest.fixture(scope="module")
def books(shop) -> dict[str, Records]:
    return {
        name: list(services.quickbooks_records(shop, name)) for name in ("Customer", "Vendor", "Item", "SalesReceipt")
    }


@pytest.fixture(scope="module")
def payments_of(records) -> dict[str, Records]:
    found = defaultdict(list)
    for payment in records["payment"]:
        for order_id in payment["order_ids"]:
            found[order_id].append(payment)
    return found


def full_name(contact: dict[str, Any]) -> str:
    return f"{contact['given_name'] or ''} {contact['family_name'] or ''}".strip()


def emails(contact: dict[str, Any]) -> list[str]:
    return [entry["email"] for entry in contact["email_addresses"]]


def customer_email(customer: dict[str, Any]) -> str | None:
    return customer.get("PrimaryEmailAddr", {}).get("Address")


def local(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(PHOENIX)


def item_types(order: dict[str, Any]) -> set[str]:
    return {item["item_type"] for item in order["order_items"]}


def test_there_is_as_much_as_was_asked_for(records, books):
    assert (len(records["contact"]), len(records["order"])) == (300, 500)
    known = sum(1 for contact in records["contact"] if _is_known(contact, books))
    assert 230 <= known <= 250


def _is_known(contact, books) -> bool:
    names = {customer["DisplayName"].casefold() for customer in books["Customer"]}
    addresses = {customer_email(customer) for customer in books["Customer"]}
    return (
        full_name(contact).casefold() in names
        or any(email in addresses for email in emails(contact))
        or (f"{full_name(contact)} (deleted)".casefold() in names)
    )


def test_orders_fill_the_days_of_the_account_to_their_first_and_last_second(records):
    moments = [local(order["creation_time"]) for order in records["order"]]
    assert {moment.date() for moment in moments} == {START + timedelta(days=day) for day in range(3)}
    assert {f"{moment:%H:%M:%S}" for moment in (min(moments), max(moments))} == {"00:00:00", "23:59:59"}
    assert moments == sorted(moments)
    assert all(order["creation_time"].endswith(".000Z") for order in records["order"])


def test_each_total_is_the_sum_of_its_lines(records):
    for order in records["order"]:
        total = 0
        for item in order["order_items"]:
            if item["item_type"].startswith("DISCOUNT"):
                assert abs(item["price_per_unit"]["amount"]) == item["discount"]["amount"]
                total -= item["discount"]["amount"] * item["quantity"]
            else:
                total += item["price_per_unit"]["amount"] * item["quantity"]
        assert (order["id"], order["total"]["amount"]) == (order["id"], total)
        assert total >= 0


def test_what_was_paid_and_given_back_is_what_the_payments_say(records, payments_of):
    for order in records["order"]:
        cents = [round(payment["amount"] * 100) for payment in payments_of[order["id"]]]
        assert order["total_paid"]["amount"] == sum(one for one in cents if one > 0)
        assert order["refund_total"]["amount"] == -sum(one for one in cents if one < 0)
        assert (order["status"] == "PAID") == (order["total_paid"]["amount"] >= order["total"]["amount"])


def test_most_orders_are_paid_and_every_other_outcome_is_there(records, payments_of):
    paid = sum(order["status"] == "PAID" for order in records["order"])
    assert 400 <= paid <= 440
    open_orders = [order for order in records["order"] if order["status"] != "PAID"]
    failed = {id for one in records["transaction"] if one["status"] == "FAILED" for id in one["order_ids"]}
    assert any(order["total_paid"]["amount"] for order in open_orders)
    assert any(order["id"] in failed for order in open_orders)
    assert any(not order["total_paid"]["amount"] and order["id"] not in failed for order in open_orders)
    assert any(order["status"] == "PAID" and order["id"] in failed for order in records["order"])
    assert any(len({payment["type"] for payment in of}) > 1 for of in payments_of.values())


def test_of_a_plan_of_three_payments_two_have_come(records, payments_of):
    plans = [order for order in records["order"] if order["payment_plan"]]
    assert {order["payment_plan"]["number_of_payments"] for order in plans} == {3}
    running = [order for order in plans if {one["type"] for one in payments_of[order["id"]]} == {"Credit Card"}]
    assert len(running) >= 10
    for order in running:
        assert len(payments_of[order["id"]]) == 2
        assert order["status"] != "PAID"


def test_what_is_met_now_and_then_is_there_twice_and_a_type_that_nobody_knows_once(records, payments_of):
    def told(order) -> str:
        kinds = (one["type"] for one in payments_of[order["id"]])
        return " ".join(("plan:", *kinds) if order["payment_plan"] else kinds)

    found = Counter(told(order) for order in records["order"])
    assert {kinds: number for kinds, number in found.items() if number < 4} == {
        "Adjustment": 2,
        "plan: Credit Card Credit Card Adjustment": 2,
        "Credit Card PayPal": 2,
        "plan: Credit Card Credit": 2,
        "Credit Card Refund Credit": 2,
        "Credit Card Refund Refund": 2,
        "plan: Credit Card Refund": 2,
        "plan: Credit Card Refund Credit": 2,
        "Credit Card Credit": 2,
        "Barter": 1,
    }
    assert found["Credit Card Adjustment"] == 4  # two of them are discounted, too


def test_what_brought_no_money_has_no_transaction(records):
    no_money = {one["id"] for one in records["payment"] if one["type"] in ("Adjustment", "Credit")}
    assert no_money
    assert not no_money & {one["payment_id"] for one in records["transaction"]}


def test_refunds_are_full_and_partial_and_linked(records):
    assert {order["refund_status"] for order in records["order"]} == {"NONE", "PARTIAL", "FULL"}
    payments = {payment["id"]: payment for payment in records["payment"]}
    refunds = [payment for payment in payments.values() if payment["amount"] < 0]
    origins = {payment["refund_payment_id"]: payment for payment in payments.values() if payment["refund_payment_id"]}
    assert refunds
    seen = set()
    for refund in refunds:
        if (order_id := refund["order_ids"][0]) in seen:
            continue  # A payment has room for one refund; a second one is linked to none.
        seen.add(order_id)
        origin = origins[refund["id"]]
        assert origin["order_ids"] == refund["order_ids"]
        assert origin["amount"] >= -refund["amount"]
        assert local(refund["payment_time"]) - local(origin["payment_time"]) >= timedelta(hours=23)


def test_payments_by_hand_are_stamped_with_midnight_and_some_were_entered_a_day_later(records):
    manual = [payment for payment in records["payment"] if not payment["merchant_account_type"]]
    assert {f"{local(payment['payment_time']):%H:%M:%S}" for payment in manual} == {"00:00:00"}
    late = [
        payment
        for payment in manual
        if local(payment["update_time"]) - local(payment["payment_time"]) >= timedelta(hours=24)
    ]
    assert late
    orders = {order["id"]: order for order in records["order"]}
    for payment in late:
        assert orders[payment["order_ids"][0]]["modification_time"] == payment["update_time"]


def test_merchants_methods_and_numbers_are_there(records):
    merchants = Counter(payment["merchant_account_type"] for payment in records["payment"])
    assert merchants.keys() == {None, "STRIPE", "AUTHORIZE", "KEAP_PAY", "PAYPAL"}
    numbers = [one["external_transaction_id"] for one in records["payment"] if one["merchant_account_type"]]
    assert len(set(numbers)) == len(numbers) > 300
    assert {one["transaction_method"] for one in records["transaction"]} == {"CAPTURE", "MANUAL", "REFUND"}


def test_every_kind_of_line_is_there(records):
    assert {item_type for order in records["order"] for item_type in item_types(order)} == {
        "PRODUCT",
        "SHIPPING",
        "TAX",
        "TIP",
        "FEE",
        "SERVICE",
        "UPSELL",
        "SUBSCRIPTION",
        "FINANCE_CHARGE",
        "OTHER",
        "DISCOUNT",
        "DISCOUNT_ORDER_TOTAL",
        "DISCOUNT_PRODUCT",
    }


ODD_ORDERS = {
    "no items": lambda order: not order["order_items"],
    "free product": lambda order: order["order_items"] and not order["total"]["amount"],
    "free by discount": lambda order: "DISCOUNT_ORDER_TOTAL" in item_types(order) and not order["total"]["amount"],
    "from QuickBooks": lambda order: order["source_type"] == "QUICKBOOKS" and order["total"]["amount"],
    "price that does not divide": lambda order: any(
        item["quantity"] == 3 and item["price_per_unit"]["amount"] == 333 for item in order["order_items"]
    ),
    "no SKU": lambda order: any(item["product"] and not item["product"]["sku"] for item in order["order_items"]),
    "no product": lambda order: any(
        item["item_type"] == "PRODUCT" and not item["product"] for item in order["order_items"]
    ),
    "emoji": lambda order: "🎉" in order["title"],
    "never modified": lambda order: order["modification_time"] is None,
    "dated at midnight": lambda order: local(order["order_time"]) < local(order["creation_time"]),
    "no shipping information": lambda order: order["shipping_information"] is None,
    "ships to no address": lambda order: (order["shipping_information"] or {"address": 1})["address"] is None,
    "nameless": lambda order: order["contact"]["given_name"] is None,
    "no e-mail": lambda order: order["contact"]["email"] is None,
    "very long name": lambda order: len(f"{order['contact']['given_name']} {order['contact']['family_name']}") == 600,
    'the word "null"': lambda order: '"line1": "null"' in json.dumps(order),
}


@pytest.mark.parametrize("kind", ODD_ORDERS)
def test_every_kind_of_odd_order_is_there(records, kind):
    assert any(ODD_ORDERS[kind](order) for order in records["order"])


def test_some_orders_ship_elsewhere_than_their_contact(records):
    shipping = {
        contact["id"]: [one for one in contact["addresses"] if one["field"] == "SHIPPING"]
        for contact in records["contact"]
    }
    elsewhere = [
        order
        for order in records["order"]
        if order["shipping_information"]
        and order["shipping_information"]["address"] not in shipping[order["contact"]["id"]]
    ]
    assert 20 <= len(elsewhere) <= 100


def test_odd_contacts_are_there(records):
    contacts = records["contact"]
    names = [full_name(contact) for contact in contacts]
    assert any(set(name) & set("éèëüöñóçŁØ") for name in names)
    assert any(" & " in name for name in names)
    assert any("  " in name for name in names)
    assert any("🌵" in name for name in names)
    assert [len(name) for name in names].count(600) == 1
    assert any(not name and emails(contact) for name, contact in zip(names, contacts, strict=True))
    assert any(not emails(contact) for contact in contacts)
    assert any(not contact["addresses"] for contact in contacts)
    assert any(contact["middle_name"] == "" for contact in contacts)
    assert any(address["line1"] == "null" for contact in contacts for address in contact["addresses"])
    shared = Counter(email for contact in contacts for email in emails(contact))
    assert max(times for email, times in shared.items() if email not in ("n/a", "noemail@noemail.com")) == 2
    assert {"n/a", "noemail@noemail.com"} < shared.keys()
    assert any(";" in email for email in shared)
    assert max(Counter(name for name in names if name).values()) == 2
    assert any("&#39;" in name for name in names)
    assert any(contact["suffix"] == "Jr." for contact in contacts)
    assert any([one["field"] for one in contact["addresses"]] == ["OTHER"] for contact in contacts)
    assert any(one.get("region_code") == "JP-13" for contact in contacts for one in contact["addresses"])
    assert any("ask for" in contact["phone_numbers"][0]["number"] for contact in contacts)
    assert any((contact["company"] or {}).get("company_name") == "N/A" for contact in contacts)


def test_each_odd_contact_has_a_paid_order_that_would_be_posted(records):
    odd = {
        odd_of(int(order["contact"]["id"]) - 101)
        for order in records["order"]
        if order["status"] == "PAID" and order["total"]["amount"] and order["source_type"] != "QUICKBOOKS"
    }
    assert odd == {*ODD, "known", "stranger"}


def test_the_books_spell_some_customers_differently(records, books):
    names = {customer["DisplayName"] for customer in books["Customer"]}
    contacts = [full_name(contact) for contact in records["contact"]]
    assert any(name not in names and name.upper() in names for name in contacts)
    assert any("&" in name and name.replace("&", "and") in names for name in contacts)
    assert any("  " in name and " ".join(name.split()) in names for name in contacts)
    assert any(name.replace(" ", "  ") in names for name in contacts)
    accented = [name for name in contacts if set(name) & set("éèëüöñóçŁØåÅğÇâïš")]
    assert any(name in names for name in accented)
    assert any(folded(name).title() in names for name in accented)


def test_some_customers_are_found_by_email_only_and_some_by_an_email_of_two(records, books):
    names = {customer["DisplayName"].casefold() for customer in books["Customer"]}
    addresses = Counter(customer_email(customer) for customer in books["Customer"] if customer_email(customer))
    by_email = [
        addresses[email]
        for contact in records["contact"]
        for email in emails(contact)
        if full_name(contact).isascii()
        and "  " not in full_name(contact)
        and "&" not in full_name(contact)
        and full_name(contact)
        and full_name(contact).casefold() not in names
        and f"{full_name(contact)} (deleted)".casefold() not in names
    ]
    assert {1, 2} <= set(by_email)


def test_a_customer_is_inactive_and_a_vendor_has_a_customers_name(records, books):
    contacts = {full_name(contact) for contact in records["contact"]}
    inactive = [customer for customer in books["Customer"] if not customer["Active"]]
    assert {customer["DisplayName"].removesuffix(" (deleted)") for customer in inactive} <= contacts
    assert len(inactive) == 6  # three were merged
    vendors = {vendor["DisplayName"] for vendor in books["Vendor"]}
    assert len(vendors & contacts) == 3
    assert not vendors & {customer["DisplayName"] for customer in books["Customer"]}


def test_jobs_bear_their_parent_s_address_and_most_addresses_have_no_country(books):
    jobs = [one for one in books["Customer"] if one.get("Job")]
    parents = {one["Id"]: one for one in books["Customer"]}
    assert jobs
    assert all(customer_email(one) == customer_email(parents[one["ParentRef"]["value"]]) for one in jobs)
    countries = Counter(one["BillAddr"].get("Country") for one in books["Customer"] if "BillAddr" in one)
    assert 0 < countries["USA"] < countries[None] / 10


def test_some_addresses_in_the_books_are_out_of_date(records, books):
    customers = {customer["DisplayName"]: customer for customer in books["Customer"]}
    pairs = [
        (contact["addresses"][0]["line1"], customers[full_name(contact)]["BillAddr"]["Line1"])
        for contact in records["contact"]
        if contact["addresses"] and contact["addresses"][0]["line1"] != "null" and full_name(contact) in customers
        if "BillAddr" in customers[full_name(contact)]
    ]
    moved = sum(ours != theirs for ours, theirs in pairs)
    assert 10 <= moved <= len(pairs) // 4


def test_items_are_in_the_books_by_sku_by_name_or_not_at_all(records, books):
    skus = {item.get("Sku") for item in books["Item"]}
    names = {item["Name"] for item in books["Item"]}
    products = records["product"]
    assert sum(bool(product["sku"]) and product["sku"] in skus for product in products) > len(products) / 2
    by_name = [product for product in products if product["sku"] not in skus - {None} and product["name"] in names]
    assert {bool(product["sku"]) for product in by_name} == {True, False}
    missing = [product for product in products if product["name"] not in names]
    assert {bool(product["sku"]) for product in missing} == {True, False}


def test_the_books_hold_documents_that_are_not_ours(books):
    receipts = books["SalesReceipt"]
    assert len(receipts) >= 20
    assert not any(receipt["DocNumber"].startswith("IS-") for receipt in receipts)
    assert all(receipt["TotalAmt"] > 0 for receipt in receipts)


def test_the_same_arguments_make_the_same_records(tmp_path, records, books):
    again = seeded(tmp_path / "again.sqlite")
    assert infusionsoft_records(again) == records
    for name in books:
        found = [_without_times(record) for record in services.quickbooks_records(again, name)]
        assert found == [_without_times(record) for record in books[name]]
    other = infusionsoft_records(seeded(tmp_path / "other.sqlite", random_seed=2))
    assert other["order"] != records["order"]


def _without_times(record: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "MetaData"}


@pytest.mark.parametrize(
    ("customers", "orders", "days"), [(0, 0, 1), (1, 0, 1), (1, 1, 1), (5, 3, 2), (30, 12, 40), (2, 70, 1)]
)
def test_small_seeds_keep_what_fits(tmp_path, customers, orders, days):
    state = seeded(tmp_path / "small.sqlite", customers=customers, orders=orders, days=days)
    counts = services.summary(state)["infusionsoft"]
    assert (counts["contact"], counts["order"]) == (customers, orders)


@pytest.mark.parametrize("changed", [{"customers": 0}, {"days": 0}])
def test_orders_need_somebody_and_some_day(tmp_path, changed):
    with pytest.raises(ValueError, match="at least one customer and one day"):
        seeded(tmp_path / "none.sqlite", **changed)
    assert services.is_untouched(services.open_state(tmp_path / "none.sqlite"))


@pytest.mark.parametrize(
    ("path", "name", "model"),
    [
        ("orders", "orders", OrderV2),
        ("contacts", "contacts", Contact),
        ("products", "products", RestV2ProductList),
        ("sales/payments", "payments", Payment),
        ("sales/transactions", "transactions", TransactionV2),
    ],
)
def test_the_makers_strict_models_read_every_record(shop, path, name, model):
    app = FastAPI()
    app.include_router(infusionsoft.router(shop))
    client = TestClient(app, headers={"X-Keap-API-Key": oauth.SERVICE_ACCOUNT_KEY})
    seen, token = 0, ""
    while True:
        page = client.get(f"/rest/v2/{path}", params={"page_size": 200, "page_token": token}).json()
        for record in page[name]:
            assert model.from_dict(record) is not None
        seen += len(page[name])
        token = page["next_page_token"]
        if not token:
            break
    kind = {"sales/payments": "payment", "sales/transactions": "transaction"}.get(path, path.rstrip("s"))
    assert seen == services.summary(shop)["infusionsoft"][kind]


def test_the_makers_strict_model_reads_the_payments_of_orders(shop, records):
    app = FastAPI()
    app.include_router(infusionsoft.router(shop))
    client = TestClient(app, headers={"X-Keap-API-Key": oauth.SERVICE_ACCOUNT_KEY})
    statuses = set()
    for order in records["order"][:120]:
        for record in client.get(f"/rest/v2/orders/{order['id']}/payments").json()["invoice_order_payments"]:
            statuses.add(InvoiceOrderPayment.from_dict(record).pay_status)
    assert statuses == {"APPROVED", "MANUAL_PAID", "PAYPAL_PAID", "REFUNDED"}
