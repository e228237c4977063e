"""The cached lists, through the sandbox: in full, by their changes, and when changes are not enough."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from order_sync.database import cache
from order_sync.database.cache import Freshness, cached_customers, entries, freshness, note_freshness
from order_sync.database.customer_keys import look_up, prepare_keys
from order_sync.errors import OrderSyncError, RetryLater, Stop
from order_sync.quickbooks.client import QuickBooks
from order_sync.settings import CustomerSettings
from order_sync.sync.steps import refresh_customers as refresh
from order_sync.sync.steps.refresh_customers import refresh_changes, refresh_lists
from tests.conftest import FileVault
from tests.shop import services
from tests.shop.services import REALM_ID

SETTINGS = CustomerSettings()


@pytest.fixture
def client(sandbox, vault, engine) -> Iterator[QuickBooks]:
    prepare_keys(engine, REALM_ID, SETTINGS)
    with services.quickbooks(sandbox, vault) as opened:
        yield opened


def customer(client, name: str, email: str | None = None, **more: Any) -> dict[str, Any]:
    contact = {"PrimaryEmailAddr": {"Address": email}} if email else {}
    return client.create("Customer", {"DisplayName": name, **contact, **more}, request_id=f"create {name}")


def change(client, record: dict[str, Any], entity: str = "Customer", **values: Any) -> dict[str, Any]:
    body = {"Id": record["Id"], "SyncToken": record["SyncToken"], "sparse": True, **values}
    return client.update(entity, body, request_id=f"{record['Id']} {record['SyncToken']}")


def found(engine, field: str, key: str) -> list[tuple[str, bool]]:
    rows = zip(*look_up(engine, REALM_ID, field, SETTINGS.equality, [key]), strict=True)
    return [(id, active) for _at, id, _name, active, *_rest in rows]


def calls_of(client, step) -> dict[str, int]:
    before = client.calls.copy()
    step()
    return dict(client.calls - before)


def test_everything_is_read_in_full(sandbox, client, engine):
    ann, old = customer(client, "Ann Lee", "ann@x.com"), customer(client, "Old Man")
    change(client, old, Active=False)

    counts = refresh_lists(engine, client)

    assert found(engine, "DisplayName", "ann lee") == [(ann["Id"], True)]
    assert found(engine, "PrimaryEmailAddr", "ann@x.com") == [(ann["Id"], True)]
    assert [active for _id, active in candidates_of(engine, old)] == [False]
    summary = sandbox.get("/_sandbox/summary")["quickbooks"]
    for entity in ("Customer", "Item", "Account", "Term", "PaymentMethod", "Class", "Department", "TaxCode"):
        assert counts[entity] == summary[entity] > 0, entity
        assert entity == "Customer" or len(entries(engine, REALM_ID, entity)) == summary[entity]
    assert entries(engine, REALM_ID, "Preferences")[0]["SalesFormsPrefs"]["AllowShipping"] is True
    assert entries(engine, REALM_ID, "CompanyInfo")[0]["CompanyName"] == "Sandbox Company"


def candidates_of(engine, record: dict[str, Any]) -> list[tuple[str, bool]]:
    """What is cached of a customer, whatever QuickBooks made of its name."""
    body = cached_customers(engine, REALM_ID, [record["Id"]])[record["Id"]]
    return found(engine, "DisplayName", body["DisplayName"].removesuffix(" (deleted)").casefold())


def test_every_page_is_read(client, engine, monkeypatch):
    monkeypatch.setattr("order_sync.quickbooks.client.PAGE_SIZE", 4)
    ids = {customer(client, f"Customer {number}")["Id"] for number in range(11)}

    assert refresh_lists(engine, client)["Customer"] == 11
    assert set(cached_customers(engine, REALM_ID, sorted(ids))) == ids


def test_the_first_time_everything_is_read(client, engine):
    customer(client, "Ann Lee")
    began = datetime.now(UTC)

    calls = calls_of(client, lambda: refresh_changes(engine, client))

    assert ("cdc" in calls, calls["query Customer"]) == (False, 2)
    state = freshness(engine, REALM_ID)
    assert began <= state.changes_since == state.full_at <= datetime.now(UTC)


def test_then_one_call_brings_the_changes(client, engine):
    ann, bob = customer(client, "Ann Lee", "ann@x.com"), customer(client, "Bob Roy", "bob@x.com")
    refresh_lists(engine, client)
    full = freshness(engine, REALM_ID)
    change(client, ann, DisplayName="Ann Orr", PrimaryEmailAddr={"Address": "orr@x.com"})
    change(client, bob, Active=False)
    new = customer(client, "Cy Fox", "cy@x.com")
    [tips] = [item for item in entries(engine, REALM_ID, "Item") if item["Name"] == "Tips"]
    change(client, tips, "Item", Name="Gratuities")

    calls = calls_of(client, lambda: refresh_changes(engine, client))

    assert calls == {"cdc": 1, "read Preferences": 1}
    assert found(engine, "DisplayName", "ann lee") == found(engine, "PrimaryEmailAddr", "ann@x.com") == []
    assert found(engine, "DisplayName", "ann orr") == [(ann["Id"], True)]
    assert found(engine, "PrimaryEmailAddr", "orr@x.com") == [(ann["Id"], True)]
    assert candidates_of(engine, bob) == [(bob["Id"], False)]
    assert found(engine, "DisplayName", "cy fox") == [(new["Id"], True)]
    assert [item["Name"] for item in entries(engine, REALM_ID, "Item") if item["Id"] == tips["Id"]] == ["Gratuities"]
    after = freshness(engine, REALM_ID)
    assert after.changes_since > full.changes_since
    assert after.full_at == full.full_at


def test_preferences_are_as_they_were_last_set(sandbox, client, engine):
    refresh_lists(engine, client)
    sandbox.put("/_sandbox/company", {"preferences": {"SalesFormsPrefs": {"AllowShipping": False}}})

    refresh_changes(engine, client)

    [preferences] = entries(engine, REALM_ID, "Preferences")
    assert preferences["SalesFormsPrefs"]["AllowShipping"] is False


def test_only_what_changed_since_is_counted(client, engine, monkeypatch):
    monkeypatch.setattr(refresh, "OVERLAP", timedelta(0))
    ann = customer(client, "Ann Lee")
    refresh_lists(engine, client)
    # The service's clock has whole seconds, and nothing may fall between two of them.
    later = datetime.now(UTC) + timedelta(seconds=60)
    note_freshness(engine, REALM_ID, Freshness(later, later))

    assert refresh_changes(engine, client) == {}

    note_freshness(engine, REALM_ID, Freshness(datetime.now(UTC) - timedelta(minutes=1), later))
    assert refresh_changes(engine, client)["Customer"] == 1
    assert found(engine, "DisplayName", "ann lee") == [(ann["Id"], True)]


def test_what_was_changed_while_lists_were_read_comes_with_the_next_changes(client, engine, monkeypatch):
    ann = customer(client, "Ann Lee")
    read = QuickBooks.company_info

    def renamed_meanwhile(self: QuickBooks) -> dict[str, Any]:
        change(client, ann, DisplayName="Ann Orr")
        return read(self)

    monkeypatch.setattr(QuickBooks, "company_info", renamed_meanwhile)
    refresh_lists(engine, client)
    assert found(engine, "DisplayName", "ann lee") == [(ann["Id"], True)]

    refresh_changes(engine, client)
    assert found(engine, "DisplayName", "ann lee") == []
    assert found(engine, "DisplayName", "ann orr") == [(ann["Id"], True)]


def test_more_changes_than_one_answer_holds(client, engine, monkeypatch):
    refresh_lists(engine, client)
    monkeypatch.setattr("include.sandbox.quickbooks.changes.MOST_OBJECTS", 5)
    monkeypatch.setattr("order_sync.quickbooks.client.CHANGES_CEILING", 5)
    ids = [customer(client, f"Customer {number}")["Id"] for number in range(12)]

    calls = calls_of(client, lambda: refresh_changes(engine, client))

    assert (calls["cdc"], calls["query Customer"]) == (1, 2)
    assert len(cached_customers(engine, REALM_ID, ids)) == 12


@pytest.mark.parametrize(("age", "calls"), [(28, {"cdc": 1}), (30, {"query Customer": 2})])
def test_changes_are_asked_for_as_far_back_as_they_are_told(client, engine, age, calls):
    customer(client, "Ann Lee")
    refresh_lists(engine, client)
    past = datetime.now(UTC) - timedelta(days=age)
    note_freshness(engine, REALM_ID, Freshness(past, past))

    found_calls = calls_of(client, lambda: refresh_changes(engine, client))

    assert {kind: found_calls.get(kind) for kind in calls} == calls
    assert ("cdc" in found_calls) == ("cdc" in calls)


def test_what_is_not_there_any_more_is_forgotten(sandbox, client, engine, tmp_path):
    former = [customer(client, name)["Id"] for name in ("Ann Lee", "Bob Roy")]
    refresh_lists(engine, client)
    sandbox.post("/_sandbox/reset")
    with services.quickbooks(sandbox, FileVault(tmp_path)) as again:  # the sign-in went with the former company
        new = customer(again, "Cy Fox")
        refresh_lists(engine, again)

    assert set(cached_customers(engine, REALM_ID, [*former, new["Id"]])) == {new["Id"]}
    assert found(engine, "DisplayName", "cy fox") == [(new["Id"], True)]
    assert found(engine, "DisplayName", "ann lee") == found(engine, "DisplayName", "bob roy") == []


def test_what_quickbooks_says_was_deleted_is_forgotten(stand_in, vault, engine):
    now = datetime.now(UTC)
    prepare_keys(engine, REALM_ID, SETTINGS)
    note_freshness(engine, REALM_ID, Freshness(now, now))
    rows = [{"Id": "1", "DisplayName": "Ann Lee"}, {"Id": "2", "DisplayName": "Ann Lee (2)"}]
    cache.save_customers(engine, REALM_ID, rows)
    merged = {"Customer": [{"Id": "2", "status": "Deleted", "domain": "QBO"}]}
    stand_in.reply({"CDCResponse": [{"QueryResponse": [merged, *[{}] * 6]}]})
    stand_in.reply({"Preferences": PREFERENCES})

    with services.quickbooks_at(stand_in.url, f"{stand_in.url}/token", vault) as client:
        assert refresh_changes(engine, client) == {"Customer": 1}

    assert found(engine, "DisplayName", "ann lee") == [("1", True)]
    assert found(engine, "DisplayName", "ann lee (2)") == []


PREFERENCES = {
    "SalesFormsPrefs": {"AllowShipping": True},
    "AccountingInfoPrefs": {"TrackDepartments": False},
    "CurrencyPrefs": {"MultiCurrencyEnabled": False, "HomeCurrency": {"value": "USD"}},
}
NO_CHANGES = [
    {},
    {"time": "now"},
    {"CDCResponse": None},
    {"CDCResponse": {}},
    {"CDCResponse": []},
    {"CDCResponse": [{}]},
    {"CDCResponse": [{"QueryResponse": []}]},
    {"CDCResponse": [{"QueryResponse": [{}] * 6}]},
    {"CDCResponse": [{"QueryResponse": [{"Customer": []}, {"Vendor": [{"Id": "1"}]}, *[{}] * 5]}]},
    {"CDCResponse": [{"QueryResponse": [{"Customer": "none"}, *[{}] * 6]}]},
    {"QueryResponse": [{}] * 7},
]


@pytest.mark.parametrize("answer", NO_CHANGES)
def test_r7_changes_that_do_not_speak_of_each_list_are_refused_and_move_no_mark(stand_in, vault, engine, answer):
    mark = Freshness(datetime.now(UTC), datetime.now(UTC))
    note_freshness(engine, REALM_ID, mark)
    stand_in.reply(answer)
    stand_in.reply({"Preferences": PREFERENCES})
    with services.quickbooks_at(stand_in.url, f"{stand_in.url}/token", vault) as client, pytest.raises(Stop):
        refresh_changes(engine, client)
    assert freshness(engine, REALM_ID) == mark


@pytest.mark.parametrize("lacking", [{}, {"CurrencyPrefs": {}}, {"CurrencyPrefs": None}, {"SalesFormsPrefs": {}}])
def test_r7_preferences_that_say_nothing_of_what_is_needed_are_refused(stand_in, vault, engine, lacking):
    mark = Freshness(datetime.now(UTC), datetime.now(UTC))
    note_freshness(engine, REALM_ID, mark)
    stand_in.reply({"CDCResponse": [{"QueryResponse": [{}] * 7}]})
    stand_in.reply({"Preferences": {**PREFERENCES, **lacking} if lacking else {}})
    with (
        services.quickbooks_at(stand_in.url, f"{stand_in.url}/token", vault) as client,
        pytest.raises(Stop, match="SalesFormsPrefs" if "SalesFormsPrefs" in lacking else "CurrencyPrefs"),
    ):
        refresh_changes(engine, client)
    assert freshness(engine, REALM_ID) == mark
    assert entries(engine, REALM_ID, "Preferences") == []


def test_r7_customers_that_a_page_lacks_are_not_taken_for_deleted(client, engine, short_waits, monkeypatch):
    ids = [customer(client, name)["Id"] for name in ("Ann Lee", "Bob Roy")]
    refresh_lists(engine, client)
    mark = freshness(engine, REALM_ID)
    send = QuickBooks._rows
    monkeypatch.setattr(
        QuickBooks, "_rows", lambda self, statement: send(self, statement)[: 1 if "Customer" in statement else None]
    )
    with pytest.raises(RetryLater, match="counted 2 customers and gave 1"):
        refresh_lists(engine, client)
    assert set(cached_customers(engine, REALM_ID, ids)) == set(ids)
    assert freshness(engine, REALM_ID) == mark


def test_r2_a_customer_of_odd_form_stays_known_without_what_cannot_be_read(stand_in, vault, engine, caplog):
    prepare_keys(engine, REALM_ID, SETTINGS)
    note_freshness(engine, REALM_ID, Freshness(datetime.now(UTC), datetime.now(UTC)))
    odd = [
        {
            "Id": "1",
            "DisplayName": "Ann Lee",
            "Balance": "n/a",
            "CurrencyRef": "USD",
            "PrimaryEmailAddr": "ann@x.example",
        },
        {"Id": "2", "DisplayName": "B\0ob\ud83d Roy", "MetaData": []},
        {"Id": None, "DisplayName": "Nobody"},
        {"Id": "9" * 60, "DisplayName": "Nobody either"},
        "n/a",
    ]
    parts = [{"Customer": odd}, {"Item": [{"Id": "7", "Name": "Mug", "UnitPrice": "n/a"}]}, *[{}] * 5]
    stand_in.reply({"CDCResponse": [{"QueryResponse": parts}]})
    stand_in.reply({"Preferences": PREFERENCES})
    with services.quickbooks_at(stand_in.url, f"{stand_in.url}/token", vault) as client:
        assert refresh_changes(engine, client) == {"Customer": 2, "Item": 1}
    assert found(engine, "DisplayName", "ann lee") == [("1", True)]
    assert found(engine, "DisplayName", "bob roy") == [("2", True)]
    assert [row["Name"] for row in entries(engine, REALM_ID, "Item")] == ["Mug"]
    assert "Customer 1 of QuickBooks is taken without what cannot be read of it: ['Balance'" in caplog.text
    assert "ann@x.example" not in caplog.text


def test_r2_a_tax_rate_without_its_percentage_is_none(stand_in, vault, caplog):
    stand_in.reply({"QueryResponse": {"TaxRate": [{"Id": "3", "RateValue": "n/a"}, {"Id": "4", "RateValue": 20}]}})
    with services.quickbooks_at(stand_in.url, f"{stand_in.url}/token", vault) as client:
        assert [[row["Id"] for row in page] for page in client.query_all("TaxRate", whole=False)] == [["4"]]
    assert "TaxRate 3 of QuickBooks is left out" in caplog.text


@pytest.mark.parametrize("kind", ["query Account", "read CompanyInfo", "cdc"])
def test_a_reading_that_breaks_off_is_done_again(sandbox, client, engine, kind):
    refresh_lists(engine, client)
    before = freshness(engine, REALM_ID)
    ann = customer(client, "Ann Lee")
    sandbox.post("/_sandbox/faults", {"kind": f"quickbooks {kind}", "next": 1, "what": "fault", "status": 403})

    with pytest.raises(OrderSyncError):
        (refresh_changes if kind == "cdc" else refresh_lists)(engine, client)

    assert freshness(engine, REALM_ID) == before
    refresh_changes(engine, client)
    assert found(engine, "DisplayName", "ann lee") == [(ann["Id"], True)]


def test_tax_rates_that_a_former_version_did_not_read_are_read(client, engine):
    refresh_lists(engine, client)
    rates = entries(engine, REALM_ID, "TaxRate")
    assert rates
    cache.drop_entries(engine, REALM_ID, "TaxRate", fetched_before=datetime.now(UTC))
    refresh_changes(engine, client)
    assert entries(engine, REALM_ID, "TaxRate") == rates
