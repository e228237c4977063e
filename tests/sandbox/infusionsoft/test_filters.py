"""What each list lets through, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from include.sandbox.infusionsoft import records
from include.sandbox.infusionsoft.resources import CONTACTS, ORDERS, PAYMENTS, TRANSACTIONS


@pytest.fixture
def orders(put, order):
    """Six orders; 1003 is special in every way that can be asked for."""
    for number in range(6):
        put("order", order(number))
    address = {"locality": "Phoenix", "region_code": "US-AZ", "postal_code": "85001", "country_code": "USA"}
    special: dict[str, Any] = {
        "title": "Pens & Ink",
        "status": "SENT",
        "order_type": "OFFLINE",
        "contact": {"id": "78"},
        "shipping_information": {"address": address},
        "modification_time": "2026-11-17T09:30:00.000-07:00",
    }
    put("order", order(3, **special))


@pytest.mark.parametrize(
    ("filter", "numbers"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        ("id==1002", [2]),
        ("id!=1002;id<1004", [0, 1, 3]),
        ("id>=1004", [4, 5]),
        ("id<=1000", [0]),
        ("ids==1001,1005, 999", [1, 5]),
        ("product_id==11", [1, 3, 5]),
        ("product_id==11;contact_id==77", [1, 5]),
        ("invoice_id==5004", [4]),
        (f"invoice_xid=={records.invoice_xid('5004')}", [4]),
        ("paid==true", [0, 1, 2, 4, 5]),
        ("paid==false", [3]),
        ("created_since_time==2026-11-16T15:04:00.000Z", [4, 5]),
        ("created_since_time==2026-11-16T08:04:00.000-07:00", [4, 5]),
        ("created_until_time==2026-11-16T15:00:59.999Z", [0]),
        ("created_since_time==2026-11-16T15:01:00.001Z;created_until_time==2026-11-16T15:02:30.000+0000", [2]),
        ("modified_since_time==2026-11-17T16:30:00.000Z", [3]),
        ("modified_since_time==2026-11-17T16:30:00.001Z", []),
        ("modified_until_time==2026-11-17T00:00:00.000Z", [0, 1, 2, 4, 5]),
        ("title==Order 2", [2]),
        ("title==order*", [0, 1, 2, 4, 5]),
        ("title==Ord_r*", []),
        ("title==pens & ink", [3]),
        ("order_type==OFFLINE", [3]),
        ("shipping_locality==Phoenix", [3]),
        ("shipping_region_code==US-AZ;shipping_postal_code==85001;shipping_country_code==USA", [3]),
        ("TITLE==Order 2", [2]),
    ],
)
def test_orders_are_filtered(orders, ids, filter, numbers):
    assert ids("orders", filter) == [str(1000 + number) for number in numbers]


def test_all_seventeen_order_filters_are_known():
    assert len(ORDERS.filters) == 17


@pytest.mark.parametrize(
    "filter",
    [
        "colour==red",
        "update_time==2026-11-16T00:00:00.000Z",
        "id=1002",
        "id==",
        "id==abc",
        "id==1;;id==2",
        "id==1;",
        "id==99999999999999999999",
        "ids==1,,2",
        "title!=Order 2",
        "title==*",
        "contact_id>5",
        "paid==yes",
        "order_type==SOMEWHERE",
        "created_since_time==2026-11-16",
        "created_since_time==2026-11-16T00:00:00Z",
        "created_since_time==2026-11-16T00:00:00.000",
        "created_since_time==2026-13-16T00:00:00.000Z",
        "created_since_time==0001-01-01T00:00:00.000+14:00",
        "created_since_time>=2026-11-16T00:00:00.000Z",
        "_Custom0==1",
    ],
)
def test_a_filter_that_the_service_would_refuse_is_refused(orders, ask, filter):
    answer = ask("orders", filter=filter, status=400)
    assert (answer["code"], answer["status"]) == (400, "BAD_REQUEST")
    assert answer["message"]
    assert answer["details"] == [{"domain": "sandbox", "resource": "filter"}]


def test_an_unknown_parameter_is_ignored_and_everything_comes_back(orders, ids):
    assert len(ids("orders", email="nobody@example.com", since="2030-01-01")) == 6


def test_an_order_that_was_never_modified_is_in_no_window_of_modifications(put, order, ids):
    put("order", order(1, modification_time=None))
    assert ids("orders", "modified_since_time==1970-01-01T00:00:00.000Z") == []
    assert ids("orders", "modified_until_time==2100-01-01T00:00:00.000Z") == []
    assert ids("orders", "created_since_time==2026-11-16T15:00:00.000Z") == ["1001"]


@pytest.fixture
def contacts(put):
    billing = {
        "field": "BILLING",
        "line1": "1 Main",
        "locality": "Chandler",
        "region": "Arizona",
        "country_code": "USA",
    }
    shipping = {"field": "SHIPPING", "line1": "2 Side", "locality": "Boston", "postal_code": "02101"}
    both = [{"email": "ann@example.com", "field": "EMAIL1"}, {"email": "lee@example.org", "field": "EMAIL2"}]
    put(
        "contact",
        {
            "id": "1",
            "given_name": "Ann",
            "family_name": "Lee",
            "company": {"id": "5", "company_name": "Lee & Co"},
            "email_addresses": both,
            "phone_numbers": [{"field": "PHONE2", "number": "5551234"}],
            "addresses": [billing, shipping],
            "update_time": "2026-11-16T10:00:00.000+0000",
        },
    )
    put(
        "contact",
        {"id": "2", "given_name": "Anna", "email_addresses": [{"email": "ANN@example.com", "field": "EMAIL1"}]},
    )
    put("contact", {"id": "3", "given_name": None, "update_time": "2026-11-15T10:00:00.000Z"})


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ("email==ann@example.com", ["1", "2"]),
        ("email==lee@example.org", ["1"]),
        ("email==lee*", ["1"]),
        ("given_name==Ann", ["1"]),
        ("given_name==Ann*", ["1", "2"]),
        ("family_name==lee;given_name==ann", ["1"]),
        ("company_id==5", ["1"]),
        ("ids==1,3", ["1", "3"]),
        ("contact_ids==2", ["2"]),
        ("contact_id>1", ["2", "3"]),
        ("start_update_time==2026-11-16T00:00:00.000Z", ["1"]),
        ("end_update_time==2026-11-16T00:00:00.000Z", ["3"]),
        ("phone_number==555*;phone_fields==PHONE1,PHONE2", ["1"]),
        ("phone_fields==PHONE1;phone_number==555*", []),
        ("city==Chan*;state==Arizona", ["1"]),
        ("city==Boston", []),
        ("shipping_address_locality==Boston;billing_address_country_code==USA", ["1"]),
        ("shipping_address_line1==1 Main", []),
        ("lead_source_name==Google*", []),
    ],
)
def test_contacts_are_filtered(contacts, ids, filter, found):
    assert ids("contacts", filter) == found


@pytest.mark.parametrize(
    "filter",
    [
        "phone_number==555*",
        "phone_number==55*;phone_fields==PHONE1",
        "phone_number==5551234;phone_fields==FAX1",
        "shipping_address_locality!=Boston",
        "email_address==ann@example.com",
        "start_update_time==2026-11-16",
    ],
)
def test_contact_filters_that_are_refused(contacts, ask, filter):
    assert ask("contacts", filter=filter, status=400)["status"] == "BAD_REQUEST"


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ("order_id==1001", ["1", "2", "4"]),
        ("order_ids==1002,1009", ["3", "4"]),
        ("amount<0", ["2"]),
        ("amount==10.50", ["1"]),
        ("amount!=10.5;id<=3", ["2", "3"]),
        ("contact_id==78", ["3"]),
        ("since_time==2026-11-16T15:00:00.001Z", ["2"]),
        ("until_time==2026-11-16T15:00:00.000Z", ["1", "3", "4"]),
        ("merchant_account_type==paypal", ["3"]),
        ("merchant_account_id==1;ids==1,3", ["1"]),
    ],
)
def test_payments_are_filtered(put, payment, ids, filter, found):
    put("payment", payment("1", 10.5, "1001", refund_payment_id="2"))
    put("payment", payment("2", -3, "1001", payment_time="2026-11-17T15:00:00.000Z"))
    put("payment", payment("3", 7, "1002", contact_id="78", merchant_account_id="9", merchant_account_type="PAYPAL"))
    put("payment", payment("4", 9, "1001", "1002"))
    assert ids("sales/payments", filter) == found


def test_transactions_are_filtered_and_show_no_id(put, ask):
    for id, success in (("1", True), ("2", False)):
        put(
            "transaction",
            {
                "id": id,
                "amount": 12.25,
                "status": "APPROVED" if success else "FAILED",
                "transaction_method": "CAPTURE",
                "is_successful": success,
                "contact_id": "77",
                "order_ids": ["1001"],
                "transaction_time": f"2026-11-16T15:0{id}:00.000Z",
                "external_reference_id": f"txn_{id}",
            },
        )

    def references(filter: str) -> list[str]:
        found = ask("sales/transactions", filter=filter)["transactions"]
        assert not any("id" in transaction for transaction in found)
        return [transaction["external_reference_id"] for transaction in found]

    assert references("is_successful==false;order_id==1001") == ["txn_2"]
    assert references("status==APPROVED;transaction_method==CAPTURE;amount>12") == ["txn_1"]
    assert references("since_time==2026-11-16T15:01:30.000Z") == ["txn_2"]
    assert references("order_id==1002") == []
    assert ask("sales/transactions", filter="amount==lots", status=400)["code"] == 400


def test_products_are_filtered(put, ids):
    put("product", {"id": "9", "name": "Ink, Café", "sku": "INK-1"})
    put("product", {"id": "10", "name": "Ink, Blue", "sku": None})
    assert ids("products", "name==ink*") == ["9", "10"]
    assert ids("products", "sku==INK-1") == ["9"]
    assert ids("products", "product_id>9") == ["10"]
    assert ids("products", "product_ids==9,10", order_by="name asc") == ["10", "9"]


@pytest.mark.parametrize(
    ("filter", "found"),
    [
        ("payment_id==2", ["2"]),
        ("pay_status==REFUNDED", ["2"]),
        ("amount==10.5;skip_commission==false", ["1"]),
        ("invoice_id==5001", ["1", "2"]),
        ("invoice_id==5002", []),
    ],
)
def test_payments_of_an_order_are_filtered(put, order, payment, ids, filter, found):
    put("order", order(1))
    put("payment", payment("1", 10.5, "1001"))
    put("payment", payment("2", -3, "1001"))
    assert ids("orders/1001/payments", filter) == found


@pytest.mark.parametrize(
    ("resource", "path"),
    [(ORDERS, "orders"), (CONTACTS, "contacts"), (PAYMENTS, "sales/payments"), (TRANSACTIONS, "sales/transactions")],
)
def test_every_filter_and_every_order_runs(ask, resource, path):
    """Each field once, with a value that fits one of the kinds of value there are."""
    for field, needs in resource.filters.items():
        values = ("1", "true", "2026-11-16T00:00:00.000Z", "ONLINE", "PHONE1")
        others = f";{needs.companion}==PHONE1" if needs.companion else ""
        accepted = []
        for value in values:
            try:
                accepted.append(needs.read(value) is not None)
            except ValueError:
                continue
            ask(path, filter=f"{field}=={value}{others}")
        assert accepted, field
    for name in resource.orders:
        for direction in ("asc", "desc"):
            ask(path, order_by=f"{name} {direction}")
