"""Single records, the payments of an order, changes to a contact, and the envelopes of refusals."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from include.sandbox.infusionsoft import oauth, records

KEY = {"X-Keap-API-Key": oauth.SERVICE_ACCOUNT_KEY}


def test_an_order_comes_back_as_it_was_put(put, order, ask):
    body = order(1, title="Grüße & Thanks 🎉", notes=None)
    put("order", body)
    assert ask("orders/1001") == body
    assert ask("orders")["orders"] == [body]


@pytest.mark.parametrize(
    ("kind", "list", "body"),
    [
        ("order", "orders", {"id": "7", "title": "half \ud83d, and \0", "creation_time": None, "order_items": None}),
        ("payment", "sales/payments", {"id": "7", "amount": "much", "order_ids": [None, "1", 5]}),
        ("payment", "sales/payments", {"id": "7", "amount": None, "order_ids": "1"}),
    ],
)
def test_what_the_service_should_never_have_sent_can_be_put(put, ask, kind, list, body):
    put(kind, body)
    [(_, [found]), *_] = ask(list).items()
    assert found == body


@pytest.mark.parametrize(
    "path", ["orders/9", "orders/9/payments", "contacts/9", "products/9", "orders/model", "orders/%20"]
)
def test_what_is_not_there_answers_the_v2_envelope(ask, path):
    answer = ask(path, status=404)
    assert (answer["code"], answer["status"]) == (404, "NOT_FOUND")
    assert answer["details"][0].keys() == {"domain", "resource"}


def test_a_removed_order_is_gone(state, put, order, ask, ids):
    put("order", order(1))
    with state.transaction() as connection:
        records.remove(connection, "order", "1001")
    assert ask("orders/1001", status=404)["code"] == 404
    assert ids("orders", "product_id==11") == []
    with pytest.raises(ValueError, match="no order 1001"), state.transaction() as connection:
        records.remove(connection, "order", "1001")


def test_v1_answers_its_own_envelope(client):
    for path in ("rest/v1/orders", "crm/rest/v1/orders/1"):
        answer = client.get(path, headers=KEY)
        assert answer.status_code == 404
        assert list(answer.json()) == ["message"]


@pytest.mark.parametrize("prefix", ["rest/v2", "crm/rest/v2"])
def test_a_method_that_a_path_does_not_have_is_refused(client, put, order, ask, prefix):
    put("order", order(1))
    answer = client.delete(f"{prefix}/orders/1001", headers=KEY)
    assert (answer.status_code, answer.json()["status"]) == (405, "METHOD_NOT_ALLOWED")
    assert ask("orders/1001")["id"] == "1001"


def test_the_payments_of_an_order_show_their_share_and_what_was_refunded(put, order, payment, ask):
    put("order", order(1))
    put("order", order(2))
    put("payment", payment("7", 15.5, "1001", "1002", refund_payment_id="8"))
    put("payment", payment("8", -2.25, "1002", type="Refund"))
    put("payment", payment("9", 1, "1002", merchant_account_id=None, merchant_account_type=None))

    (first,) = ask("orders/1001/payments")["invoice_order_payments"]
    assert (first["amount"], first["payment_id"], first["invoice_id"]) == (10, "7", "5001")
    rest, refund, manual = ask("orders/1002/payments", order_by="id asc")["invoice_order_payments"]
    assert [one["amount"] for one in (rest, refund, manual)] == [5.5, -2.25, 1]
    assert [one["pay_status"] for one in (rest, refund, manual)] == ["APPROVED", "REFUNDED", "MANUAL_PAID"]
    assert refund["refund_invoice_payment_id"] == rest["id"]
    assert rest["refund_invoice_payment_id"] is None
    assert rest["pay_time"] == "2026-11-16T15:00:00.000Z"


def test_a_payment_that_is_put_again_keeps_the_ids_of_its_shares(put, order, payment, ask):
    put("order", order(1))
    put("payment", payment("7", 15.5, "1001"))
    (before,) = ask("orders/1001/payments")["invoice_order_payments"]
    put("payment", payment("7", 12, "1001"))
    (after,) = ask("orders/1001/payments")["invoice_order_payments"]
    assert (after["id"], after["amount"]) == (before["id"], 12)
    put("payment", payment("7", 12, "1002"))
    assert ask("orders/1001/payments")["invoice_order_payments"] == []


@pytest.fixture
def contact(put):
    return put(
        "contact",
        {
            "given_name": "Ann",
            "family_name": "Lee",
            "addresses": [{"field": "BILLING", "line1": "1 Main", "country_code": "USA"}],
            "email_addresses": [{"email": "ann@example.com", "field": "EMAIL1"}],
            "job_title": "Owner",
            "update_time": "2020-01-01T00:00:00.000Z",
        },
    )


def test_a_contact_shows_the_fields_that_are_asked_for(contact, ask):
    assert "job_title" not in ask("contacts/1")
    assert ask("contacts/1", fields="id,job_title") == {"id": "1", "job_title": "Owner"}
    assert ask("contacts", fields="family_name")["contacts"] == [{"family_name": "Lee"}]
    assert ask("contacts", fields="id,shoe_size", status=400)["details"][0]["resource"] == "fields"


def test_a_mask_says_what_a_patch_changes(client, contact, ask):
    body = {"given_name": "Eve", "family_name": "Lo", "job_title": None}
    query = {"update_mask": ["family_name", "job_title"], "fields": "given_name,family_name,job_title,update_time"}
    answer = client.patch("rest/v2/contacts/1", params=query, json=body, headers=KEY)
    assert answer.status_code == 200
    changed = answer.json()
    updated = datetime.fromisoformat(changed.pop("update_time"))
    assert changed == {"given_name": "Ann", "family_name": "Lo", "job_title": None}
    assert datetime.now(UTC) - updated < timedelta(minutes=5)
    assert ask("contacts/1")["family_name"] == "Lo"


def test_without_a_mask_a_patch_changes_what_it_brings_and_replaces_lists(client, contact, ids, ask):
    addresses = [{"field": "SHIPPING", "line1": "2 Side", "country_code": "USA"}]
    emails = [{"email": "new@example.com", "field": "EMAIL1"}]
    body = {"addresses": addresses, "email_addresses": emails}
    assert client.patch("rest/v2/contacts/1", json=body, headers=KEY).status_code == 200
    after = ask("contacts/1")
    assert (after["addresses"], after["given_name"]) == (addresses, "Ann")
    assert ids("contacts", "email==new@example.com") == ["1"]
    assert ids("contacts", "email==ann@example.com") == []
    assert ids("contacts", "start_update_time==2026-01-01T00:00:00.000Z") == ["1"]


@pytest.mark.parametrize(
    ("body", "mask"),
    [
        ({"given_name": "A" * 41}, []),
        ({"given_name": 5}, []),
        ({"price": 5}, []),
        ({"id": "2"}, []),
        ({"given_name": "Eve"}, ["shoe_size"]),
        ({"addresses": [{"line1": "1 Main"}]}, []),
        ({"addresses": [{"field": "BILLING", "line1": "x" * 76}]}, []),
        ({"addresses": [{"field": "BILLING", "country_code": "US"}]}, []),
        ({"addresses": [{"field": "SHIPPING", "postal_code": "x" * 21}]}, []),
        ({"addresses": [{"field": "OTHER", "zip_four": "x" * 11}]}, []),
        ({"addresses": [{"field": "OTHER", "region": "x" * 51}]}, []),
        ({"addresses": [{"field": "OTHER", "region_code": "AZ"}]}, []),
        ({"addresses": ["1 Main"]}, []),
        ({"addresses": "1 Main"}, []),
        ({"email_addresses": [{"field": "EMAIL1", "email": f"{'x' * 70}@x.org"}]}, []),
        ({"email_addresses": 5}, []),
        ([], []),
    ],
)
def test_a_patch_that_the_service_would_refuse_changes_nothing(client, contact, ask, body, mask):
    before = ask("contacts/1")
    answer = client.patch("rest/v2/contacts/1", params={"update_mask": mask}, json=body, headers=KEY)
    assert (answer.status_code, answer.json()["status"]) == (400, "BAD_REQUEST")
    assert ask("contacts/1") == before


def test_a_body_that_is_not_json_is_refused(client, contact):
    answer = client.patch("rest/v2/contacts/1", content=b"{'given_name'", headers=KEY)
    assert (answer.status_code, answer.json()["details"][0]["resource"]) == (400, "body")


def test_the_profile_and_the_user(ask):
    assert ask("businessProfile")["currency_code"] == "USD"
    assert ask("oauth/connect/userinfo")["is_admin"] is True


@pytest.mark.parametrize("kind", ["invoice", "account", "value"])
def test_only_known_kinds_can_be_put(put, kind):
    with pytest.raises(ValueError, match="unknown kind"):
        put(kind, {"id": "1"})


@pytest.mark.parametrize("id", [5, "", "x1", "1.0", "-1"])
def test_ids_are_strings_of_digits(put, id):
    with pytest.raises(ValueError, match="string of digits"):
        put("order", {"id": id})


def test_a_record_without_id_gets_the_next(put):
    assert put("product", {"name": "Pen"})["id"] == "1"
    assert put("product", {"id": "41", "name": "Ink"})["id"] == "41"
    assert put("product", {"name": "Mat"})["id"] == "42"


def test_a_refund_of_several_orders_is_shared_out_as_the_payment_was(put, order, payment, ask):
    put("order", order(1))
    put("order", order(2))
    put("payment", payment("7", 15.5, "1001", "1002", refund_payment_id="8", merchant_account_type="PAYPAL"))
    put("payment", payment("8", -15.5, "1001", "1002", type="Refund"))
    for id, amount in (("1001", 10), ("1002", 5.5)):
        paid, refund = ask(f"orders/{id}/payments")["invoice_order_payments"]
        assert (paid["amount"], paid["payment_id"], paid["pay_status"]) == (amount, "7", "PAYPAL_PAID")
        assert (refund["amount"], refund["payment_id"], refund["pay_status"]) == (-amount, "8", "REFUNDED")
        assert refund["refund_invoice_payment_id"] == paid["id"]
