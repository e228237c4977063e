"""The query language: what is found, in which order, and what is refused."""

from __future__ import annotations

import pytest

from include.sandbox.quickbooks import company
from include.sandbox.quickbooks.books import open_books
from include.sandbox.quickbooks.query import run_query


@pytest.fixture
def people(qbo):
    return [
        qbo.customer("Adam's Candy Shop", PrimaryEmailAddr={"Address": "Adam@Example.com"}, FamilyName="Adams"),
        qbo.customer("Béla 100%", FamilyName="Kun"),
        qbo.customer("C\\D_E", FamilyName="Kun"),
        qbo.customer("Gone", Active=False),
    ]


def names(response):
    return [found["DisplayName"] for found in response.get("Customer", [])]


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("", ["Adam's Candy Shop", "Béla 100%", "C\\D_E"]),
        (r"WHERE DisplayName = 'ADAM\'S candy shop'", ["Adam's Candy Shop"]),
        ("where DisplayName = 'BÉLA 100%'", ["Béla 100%"]),
        (r"WHERE DisplayName IN ('c\\d_e', 'nobody')", ["C\\D_E"]),
        ("WHERE PrimaryEmailAddr = 'adam@example.COM'", ["Adam's Candy Shop"]),
        ("WHERE PrimaryEmailAddr.Address LIKE '%@example.com'", ["Adam's Candy Shop"]),
        ("WHERE DisplayName LIKE '%bél%'", ["Béla 100%"]),
        ("WHERE DisplayName LIKE '%_e'", ["C\\D_E"]),
        ("WHERE DisplayName LIKE '_dam%'", []),
        ("WHERE Active = false", ["Gone (deleted)"]),
        ("WHERE Active IN (true, false) AND DisplayName > 'c' ORDERBY DisplayName DESC", ["Gone (deleted)", "C\\D_E"]),
        ("WHERE FamilyName = 'Kun' ORDER BY DisplayName desc", ["C\\D_E", "Béla 100%"]),
        ("WHERE MetaData.LastUpdatedTime > '2000-01-01T00:00:00-08:00' MAXRESULTS 1", ["Adam's Candy Shop"]),
        ("WHERE MetaData.CreateTime < '2000-01-01'", []),
        ("WHERE Balance = '0' STARTPOSITION 2 MAXRESULTS 1", ["Béla 100%"]),
        ("STARTPOSITION 4", []),
        ("WHERE Id IN ('1', '3')", ["Adam's Candy Shop", "C\\D_E"]),
        ("WHERE DisplayName = 'x'' OR 1=1'", None),
    ],
)
def test_a_condition_finds_what_it_says(qbo, people, where, expected):
    if expected is None:
        assert qbo.refusal(qbo.get("query", query=f"SELECT * FROM Customer {where}"))["code"] == "4000"
    else:
        assert names(qbo.query(f"SELECT * FROM Customer {where}")) == expected


def test_rows_say_where_they_start_and_an_empty_answer_has_no_entity(qbo, people):
    page = qbo.query("SELECT * FROM Customer STARTPOSITION 2 MAXRESULTS 5")
    assert (page["startPosition"], page["maxResults"], len(page["Customer"])) == (2, 2, 2)
    assert qbo.query("SELECT * FROM Customer WHERE DisplayName = 'nobody'") == {}
    assert qbo.query("select COUNT(*) from Customer where FamilyName = 'kun'") == {"totalCount": 2}


def test_a_selection_of_properties_gives_only_them(qbo, people):
    (row,) = qbo.query("SELECT Id, DisplayName FROM Customer WHERE Id = '1'")["Customer"]
    assert row == {"Id": "1", "DisplayName": "Adam's Candy Shop", "domain": "QBO", "sparse": False}
    assert qbo.query("SELECT *, Sku FROM Item WHERE Name = 'Sales'")["Item"][0]["Type"] == "Service"


def test_a_query_can_be_posted_as_text(qbo, people):
    headers = {"Authorization": f"Bearer {qbo.access_token}", "Content-Type": "application/text"}
    statement = "SELECT * FROM Customer WHERE DisplayName = 'Béla 100%'"
    url = "/quickbooks/v3/company/9341450000000001/query"
    response = qbo.client.post(url, content=statement.encode(), headers=headers)
    assert names(response.json()["QueryResponse"]) == ["Béla 100%"]


def test_documents_are_found_by_number_customer_date_and_total(qbo, people):
    body = {"CustomerRef": {"value": "2"}, "TxnDate": "2026-11-02", "Line": [qbo.item_line(19.99)]}
    saved = qbo.save("SalesReceipt", {**body, "DocNumber": "IS-7"})
    qbo.save("SalesReceipt", {**body, "TxnDate": "2026-11-03", "DocNumber": "IS-8", "Line": [qbo.item_line(20)]})

    for where in (
        "DocNumber = 'is-7'",
        "CustomerRef = '2' AND TxnDate <= '2026-11-02'",
        "TotalAmt = '19.99'",
        "TotalAmt < 20",
        "DocNumber LIKE 'IS-%' AND TxnDate = '2026-11-02' ORDERBY TxnDate",
    ):
        assert qbo.query(f"SELECT * FROM SalesReceipt WHERE {where}")["SalesReceipt"] == [saved], where


def test_more_than_a_hundred_rows_come_only_when_asked_for(qbo):
    for number in range(120):
        qbo.customer(f"Customer {number}")
    assert qbo.query("SELECT * FROM Customer")["maxResults"] == 100
    assert qbo.query("SELECT * FROM Customer MAXRESULTS 1000")["maxResults"] == 120
    assert qbo.query("SELECT * FROM Customer STARTPOSITION 101")["maxResults"] == 20


@pytest.mark.parametrize(
    ("statement", "code", "detail"),
    [
        ("", "4000", "<EOF>"),
        ("SELECT", "4000", "<EOF>"),
        ("DELETE FROM Customer", "4000", "DELETE"),
        ("SELECT * FROM Customer WHERE DisplayName = 'Adam's'", "4000", ""),
        ("SELECT * FROM Customer WHERE DisplayName = Adam", "4000", "Adam"),
        ("SELECT * FROM Customer WHERE Id = '1' OR Id = '2'", "4000", "OR"),
        ("SELECT * FROM Customer; DROP TABLE x", "4000", ";"),
        ("SELECT * FROM Order", "4001", "'Order'"),
        ("SELECT * FROM SalesReceipt WHERE PrivateNote = 'x'", "4001", "property 'PrivateNote' is not queryable"),
        ("SELECT * FROM Customer ORDERBY Notes", "4001", "'Notes'"),
        ("SELECT * FROM Customer WHERE Id > '1'", "4001", "Id"),
        ("SELECT * FROM Customer WHERE Balance LIKE '1%'", "4001", "Balance"),
        ("SELECT * FROM Customer WHERE Balance > 'much'", "4001", "Balance"),
        ("SELECT * FROM Customer WHERE Balance > '99999999999999999999'", "4001", "Balance"),
        ("SELECT * FROM Customer WHERE Active = 'yes'", "4001", "Active"),
        ("SELECT * FROM Customer WHERE MetaData.CreateTime > 'soon'", "4001", "MetaData.CreateTime"),
        ("SELECT * FROM Customer STARTPOSITION 0", "4001", "value 0 is too small. Min allowed value is 1"),
        ("SELECT * FROM Customer MAXRESULTS 1001", "4001", "value 1001 is too large. Max allowed value is 1000"),
    ],
)
def test_a_statement_that_the_service_does_not_take_is_refused(qbo, statement, code, detail):
    error = qbo.refusal(qbo.get("query", query=statement))
    assert error["code"] == code
    assert detail in error["Detail"]


def test_common_look_ups_use_an_index(qbo):
    """A look-up by name, e-mail, number, customer or time does not read a whole list of customers."""
    statements = {
        "qbo_names": "SELECT * FROM Customer WHERE DisplayName = 'x'",
        "qbo_by_primaryemailaddr": "SELECT * FROM Customer WHERE PrimaryEmailAddr = 'x'",
        "qbo_changes": "SELECT * FROM Customer WHERE MetaData.LastUpdatedTime > '2026-01-01'",
        "qbo_numbers": "SELECT * FROM SalesReceipt WHERE DocNumber = 'x'",
        "qbo_by_customerref": "SELECT * FROM Invoice WHERE CustomerRef = '1'",
    }
    connection = qbo.state.connection()
    seen = []
    connection.set_trace_callback(seen.append)
    for index, statement in statements.items():
        seen.clear()
        qbo_query_on(connection, statement)
        (sql,) = [text for text in seen if text.startswith("SELECT body")]
        plan = " ".join(row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}"))
        assert index in plan, plan
    connection.set_trace_callback(None)


def qbo_query_on(connection, statement):
    return run_query(open_books(connection, company.REALM_ID), statement)
