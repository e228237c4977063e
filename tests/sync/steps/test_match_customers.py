"""The step: the run's orders are decided in portions, and each keeps its decision and its history."""

from __future__ import annotations

from typing import Any

import pytest

from order_sync.database.cache import save_customers
from order_sync.database.customer_keys import prepare_keys
from order_sync.database.history import order_history
from order_sync.database.orders import orders_of_run
from order_sync.database.orders_read import save_orders
from order_sync.errors import ConfigurationError
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.decision import Decision
from order_sync.sync.orders.snapshot import reading
from order_sync.sync.steps import match_customers as match
from order_sync.sync.steps.match_customers import match_again, match_customers
from tests.shop import records, runs, services, stores

STORE = stores.settings()
ANN = {"Id": "1", "DisplayName": "Ann Lee", "Active": True, "PrimaryEmailAddr": {"Address": "ann@x.com"}}
ANNE = {
    "Id": "2",
    "DisplayName": "Anne Orr",
    "BillAddr": {"Line1": "1 Main St", "City": "Phoenix", "PostalCode": "85001"},
}


@pytest.fixture
def keyed(engine):
    prepare_keys(engine, services.REALM_ID, STORE.customers)
    return engine


def read(engine, run, *people: tuple[str, str | None, str | None, str | None]) -> None:
    """Orders as step 2 leaves them: (order id, given name, family name, e-mail)."""
    for order_id, given, family, email in people:
        contact = records.contact(given_name=given, family_name=family, emails=(email,) if email else ())
        snapshot = records.snapshot(records.order(id=order_id, contact_email=None), contact)
        row = {"order_id": order_id, "status": "extracted", "reading": reading(snapshot)}
        save_orders(engine, "demo", run.run_key, [row], [])


def rows_of(engine, run) -> dict[str, Any]:
    return {row.order_id: row for row in orders_of_run(engine, "demo", run.run_key)}


def test_the_decision_is_kept_with_the_order(keyed):
    run = runs.begun(keyed)
    read(keyed, run, ("1", "Ann", "Lee", None), ("2", "Cy", "Orr", "cy@x.com"), ("3", None, None, None))
    save_orders(keyed, "demo", run.run_key, [{"order_id": "4", "status": "waiting"}], [])
    save_customers(keyed, services.REALM_ID, [ANN])

    # Twice, as after a kill: the same decisions, and nothing new in the history.
    for counted in ({"matched": 1, "create": 1, "held": 1}, {"matched": 1, "create": 1}):
        assert match_customers(runs.context(keyed, run, STORE)) == counted
        rows = rows_of(keyed, run)
        assert {id: (row.status, row.customer_id, row.code) for id, row in rows.items()} == {
            "1": ("matched", "1", None),
            "2": ("matched", None, None),
            "3": ("held", None, "NO_DETAILS"),
            "4": ("waiting", None, None),
        }
        assert rows["1"].decision == Decision(
            "matched",
            criterion="First Last → DisplayName",
            key="ann lee",
            customer_id="1",
            candidates=[{"id": "1", "name": "Ann Lee"}],
        )
        assert rows["2"].decision.keys == {
            "First Last → DisplayName": "cy orr",
            "Email → PrimaryEmailAddr": "cy@x.com",
        }
        [told] = order_history(keyed, "demo", "1")
        assert told.event == "matched"
        assert told.message == "First Last → DisplayName: one customer has this key, Ann Lee (1)."
    assert "Complete the contact in Infusionsoft" in rows["3"].advice


def test_look_alikes_are_suggested_where_nobody_was_found(keyed):
    run = runs.begun(keyed)
    save_customers(keyed, services.REALM_ID, [ANN, ANNE])
    read(keyed, run, ("1", "Ann", "Orr", "new@x.com"), ("2", "Ann", "Lee", None))
    store = stores.settings(customers={"not_found": "hold"})
    match_customers(runs.context(keyed, run, store))
    rows = rows_of(keyed, run)
    [suggested] = rows["1"].decision.suggestions
    assert (suggested["id"], suggested["name"]) == ("2", "Anne Orr")
    assert suggested["score"] >= 60
    assert f"Look-alikes: Anne Orr (2, {suggested['reason']})." in rows["1"].message
    assert (rows["1"].status, rows["1"].customer_id) == ("held", None)
    assert rows["2"].decision.suggestions == []


def test_a_match_with_a_doubt_is_told_in_the_history(keyed):
    run = runs.begun(keyed)
    elsewhere = {"Line1": "77 Elmwood Crescent", "City": "Boston", "PostalCode": "02110"}
    save_customers(keyed, services.REALM_ID, [ANN | {"BillAddr": elsewhere}])
    read(keyed, run, ("1", "Ann", "Lee", "other@y.com"))
    match_customers(runs.context(keyed, run, stores.settings(customers={"guard": "warn"})))
    row = rows_of(keyed, run)["1"]
    assert (row.status, row.customer_id, row.code, row.decision.code) == ("matched", "1", None, "CONTRADICTED")
    [event] = order_history(keyed, "demo", "1")
    assert (event.level, event.code, event.advice) == ("warning", "CONTRADICTED", Code.CONTRADICTED.as_warning)
    assert "another person" in event.message


def test_portions_are_decided_like_the_whole(keyed, monkeypatch):
    monkeypatch.setattr(match, "PORTION", 3)
    run = runs.begun(keyed)
    save_customers(keyed, services.REALM_ID, [ANN | {"PrimaryEmailAddr": {}}])
    people = [(str(number), "Ann" if number % 2 else "Cy", "Lee", f"{number}@x.com") for number in range(10)]
    read(keyed, run, *people)
    assert match_customers(runs.context(keyed, run, STORE)) == {"matched": 5, "create": 5}
    assert {row.order_id for row in rows_of(keyed, run).values() if row.customer_id} == {"1", "3", "5", "7", "9"}


def test_deciding_again_finds_whom_another_run_made(keyed):
    run = runs.begun(keyed)
    read(keyed, run, ("1", "Ann", "Lee", None), ("2", "Cy", "Orr", None), ("3", "Dee", "Fox", None))
    match_customers(runs.context(keyed, run, STORE))
    runs.put(keyed, "3", customer_id="77")
    save_customers(keyed, services.REALM_ID, [ANN])
    assert match_again(runs.context(keyed, run, STORE)) == {"matched": 1, "create": 1}
    rows = rows_of(keyed, run)
    assert {id: row.customer_id for id, row in rows.items()} == {"1": "1", "2": None, "3": "77"}
    assert [event.event for event in order_history(keyed, "demo", "1")] == ["matched", "matched"]


@pytest.mark.parametrize(
    ("customers", "words"),
    [
        ({"standard_customer": "Counter", "not_found": "standard"}, "customers.standard_customer"),
        ({"default_customer": "Walk-in"}, "customers.default_customer"),
        ({"create": {"sales_term": "Net 45"}}, "customers.create.sales_term"),
        ({"create": {"customer_type": "Retail"}}, "customers.create.customer_type"),
    ],
)
def test_what_the_company_has_not_is_refused_before_anything_is_written(keyed, customers, words):
    run = runs.begun(keyed)
    read(keyed, run, ("1", "Ann", "Lee", None))
    with pytest.raises(ConfigurationError, match=words):
        match_customers(runs.context(keyed, run, stores.settings(customers=customers)))
    assert rows_of(keyed, run)["1"].status == "extracted"


def test_settings_that_changed_since_the_keys_were_made_decide_nothing(keyed):
    run = runs.begun(keyed)
    read(keyed, run, ("1", "Ann", "Lee", None))
    with pytest.raises(ConfigurationError, match="no keys for the rule"):
        match_customers(runs.context(keyed, run, stores.settings(customers={"equality": {"ignore_accents": False}})))
    assert rows_of(keyed, run)["1"].status == "extracted"
