"""Change data capture and the replay of requests."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
import requests

from include.sandbox.quickbooks import company


def since(**ago):
    return (datetime.now(UTC) - timedelta(**ago)).isoformat(timespec="seconds")


def captured(qbo, entities, **ago):
    response = qbo.get("cdc", entities=entities, changedSince=since(**ago))
    assert response.status_code == 200, response.text
    (answer,) = response.json()["CDCResponse"]
    return answer["QueryResponse"]


def test_changes_come_entity_by_entity_with_tombstones(qbo):
    customer = qbo.customer()
    kept, gone = (qbo.save("SalesReceipt", {"Line": [qbo.item_line(1)]}) for _ in range(2))
    qbo.post("salesreceipt", {"Id": gone["Id"], "SyncToken": "0"}, operation="delete")

    customers, receipts, invoices = captured(qbo, "Customer,SalesReceipt,Invoice", minutes=5)

    assert customers == {"Customer": [customer], "startPosition": 1, "maxResults": 1}
    assert receipts["SalesReceipt"][0] == kept
    tombstone = receipts["SalesReceipt"][1]
    assert (tombstone["Id"], tombstone["status"]) == (gone["Id"], "Deleted")
    assert tombstone["MetaData"]["LastUpdatedTime"]
    assert invoices == {}


def test_inactivated_customers_are_among_the_changes_and_old_ones_are_not(qbo):
    inactive = qbo.customer(Active=False)
    old = qbo.customer("Old")
    qbo.state.connection().execute("UPDATE qbo_records SET updated_at = updated_at - 7200 WHERE id = ?", (old["Id"],))
    (customers,) = captured(qbo, "Customer", hours=1)
    assert customers["Customer"] == [inactive]


def test_an_answer_ends_at_a_thousand_objects(qbo):
    with qbo.state.transaction() as connection:
        for number in range(1010):
            company.add(connection, company.REALM_ID, "Customer", {"DisplayName": f"Customer {number}"})
    (customers, items) = captured(qbo, "Customer,Item", minutes=5)
    assert customers["maxResults"] == 1000
    assert items == {}


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"entities": "Customer"}, "2020"),
        ({"changedSince": since(days=1)}, "2020"),
        ({"entities": "TaxCode", "changedSince": since(days=1)}, "2000"),
        ({"entities": "Customer", "changedSince": "lately"}, "2060"),
        ({"entities": "Customer", "changedSince": since(days=31)}, "2060"),
    ],
)
def test_a_wrong_question_is_refused(qbo, params, code):
    assert qbo.refusal(qbo.get("cdc", **params))["code"] == code


def test_a_repeated_request_id_gives_the_first_answer_and_does_nothing(qbo):
    body = {"DisplayName": "Ann Lee"}
    first = qbo.post("customer", body, requestid="r-1").json()
    assert qbo.post("customer", body, requestid="r-1").json() == first
    assert qbo.post("customer", {"DisplayName": "Someone else"}, requestid="r-1").json() == first
    assert qbo.query("SELECT count(*) FROM Customer") == {"totalCount": 1}

    update = {"Id": first["Customer"]["Id"], "SyncToken": "0", "sparse": True, "Notes": "x"}
    answers = [qbo.post("customer", update, requestid="r-2").json() for _ in range(2)]
    assert answers[0] == answers[1]
    assert qbo.read("Customer", update["Id"])["SyncToken"] == "1"

    receipt = qbo.save("SalesReceipt", {"Line": [qbo.item_line(1)]})
    delete = {"Id": receipt["Id"], "SyncToken": "0"}
    answers = [qbo.post("salesreceipt", delete, operation="delete", requestid="r-3") for _ in range(2)]
    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].json() == answers[1].json()


def test_the_same_request_at_the_same_time_is_executed_once(qbo, live):
    url = f"{live}/v3/company/{company.REALM_ID}/salesreceipt"
    headers = {"Authorization": f"Bearer {qbo.access_token}"}

    def post(number):
        body = {"DocNumber": f"IS-{number % 5}", "Line": [qbo.item_line(1)]}
        return requests.post(url, json=body, params={"requestid": f"r-{number % 10}"}, headers=headers, timeout=30)

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(post, range(40)))

    saved = {answer.json()["SalesReceipt"]["Id"] for answer in answers if answer.status_code == 200}
    assert len(saved) == 5
    assert {qbo.refusal(answer)["code"] for answer in answers if answer.status_code != 200} == {"6140"}
    assert qbo.query("SELECT count(*) FROM SalesReceipt") == {"totalCount": 5}


def test_a_refused_request_is_executed_when_it_comes_again(qbo):
    holder = qbo.customer("Ann Lee")
    assert qbo.refusal(qbo.post("customer", {"DisplayName": "Ann Lee"}, requestid="r-1"))["code"] == "6240"
    qbo.save("Customer", {"Id": holder["Id"], "SyncToken": "0", "sparse": True, "Active": False})
    assert qbo.save("Customer", {"DisplayName": "Ann Lee"}, requestid="r-1")["DisplayName"] == "Ann Lee"


def test_a_request_id_has_at_most_50_characters(qbo):
    assert qbo.refusal(qbo.post("customer", {"DisplayName": "x"}, requestid="r" * 51))["code"] == "2130"
    assert qbo.save("Customer", {"DisplayName": "x"}, requestid="r" * 50)["Id"]
