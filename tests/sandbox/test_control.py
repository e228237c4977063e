"""The controls, over real HTTP, and what they do to the services."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from include.sandbox.infusionsoft.oauth import SERVICE_ACCOUNT_KEY
from include.sandbox.quickbooks.company import REALM_ID
from include.sandbox.quickbooks.oauth import CLIENT_ID, CLIENT_SECRET, FIRST_REFRESH_TOKEN

KEY = {"X-Keap-API-Key": SERVICE_ACCOUNT_KEY}
CONTACT = {"id": "7", "given_name": "Ana", "family_name": "Lee"}
CREATE = "quickbooks create Customer"


@pytest.fixture
def token(sandbox: Any) -> dict[str, str]:
    """An Authorization header for QuickBooks."""
    return {"Authorization": f"Bearer {_refresh(sandbox, FIRST_REFRESH_TOKEN)['access_token']}"}


def _refresh(sandbox: Any, refresh_token: str) -> dict[str, Any]:
    form = {"grant_type": "refresh_token", "refresh_token": refresh_token}
    url = sandbox.url + "/quickbooks/oauth2/v1/tokens/bearer"
    answer = requests.post(url, data=form, auth=(CLIENT_ID, CLIENT_SECRET), timeout=5)
    answer.raise_for_status()
    return answer.json()


def _create(sandbox: Any, token: dict[str, str], name: str) -> requests.Response:
    url = f"{sandbox.url}/quickbooks/v3/company/{REALM_ID}/customer"
    return requests.post(url, json={"DisplayName": name}, headers=token, timeout=5)


def _names(sandbox: Any) -> list[str]:
    return [customer["DisplayName"] for customer in sandbox.get("/_sandbox/quickbooks/Customer")]


def _contacts(sandbox: Any) -> requests.Response:
    return requests.get(sandbox.url + "/infusionsoft/rest/v2/contacts", headers=KEY, timeout=5)


def test_records_that_were_put_are_served_and_removed_ones_are_not(sandbox: Any) -> None:
    sandbox.put("/_sandbox/infusionsoft/contact", CONTACT)
    assert [contact["id"] for contact in _contacts(sandbox).json()["contacts"]] == ["7"]
    sandbox.put("/_sandbox/infusionsoft/contact", CONTACT | {"given_name": "Anna"})
    assert [contact["given_name"] for contact in sandbox.get("/_sandbox/infusionsoft/contact")] == ["Anna"]
    sandbox.delete("/_sandbox/infusionsoft/contact/7")
    assert _contacts(sandbox).json()["contacts"] == []


def test_an_unknown_kind_of_record_is_named(sandbox: Any) -> None:
    answer = requests.put(sandbox.url + "/_sandbox/infusionsoft/invoice", json={}, timeout=5)
    assert answer.status_code == 404
    assert "'invoice'" in answer.json()["detail"]


def test_a_quickbooks_record_is_added_under_the_rules_of_the_service(sandbox: Any) -> None:
    added = sandbox.post("/_sandbox/quickbooks/Customer", {"DisplayName": "Ana Lee"})
    assert added["Id"]
    assert _names(sandbox) == ["Ana Lee"]
    again = requests.post(sandbox.url + "/_sandbox/quickbooks/Customer", json={"DisplayName": "ANA LEE"}, timeout=5)
    assert again.status_code == 400
    assert again.json()["Fault"]["Error"][0]["code"] == "6240"
    assert sandbox.get("/_sandbox/summary")["quickbooks"]["Customer"] == 1


def test_a_customer_type_is_added_as_any_other_row(sandbox: Any) -> None:
    added = sandbox.post("/_sandbox/quickbooks/CustomerType", {"Name": "Club"})
    wanted = {"DisplayName": "Ana Lee", "CustomerTypeRef": {"value": added["Id"]}}
    assert sandbox.post("/_sandbox/quickbooks/Customer", wanted)["CustomerTypeRef"]["name"] == "Club"


def test_customers_keep_their_names_when_told_until_the_reset(sandbox: Any) -> None:
    gone = {"DisplayName": "Ana Lee", "Active": False}
    assert sandbox.put("/_sandbox/company", {"keep_inactive_names": True})["keep_inactive_names"] is True
    assert sandbox.post("/_sandbox/quickbooks/Customer", gone)["DisplayName"] == "Ana Lee"
    sandbox.post("/_sandbox/reset")
    assert sandbox.post("/_sandbox/quickbooks/Customer", gone)["DisplayName"] == "Ana Lee (deleted)"


def test_expired_access_tokens_are_refused_and_refresh_tokens_stay_good(sandbox: Any, token: dict[str, str]) -> None:
    assert _create(sandbox, token, "One").status_code == 200
    sandbox.post("/_sandbox/tokens/expire")
    assert _create(sandbox, token, "Two").status_code == 401
    fresh = _refresh(sandbox, FIRST_REFRESH_TOKEN)["access_token"]
    assert _create(sandbox, {"Authorization": f"Bearer {fresh}"}, "Two").status_code == 200


def test_refresh_tokens_rotate_at_each_refresh_when_told(sandbox: Any) -> None:
    assert _refresh(sandbox, FIRST_REFRESH_TOKEN)["refresh_token"] == FIRST_REFRESH_TOKEN
    sandbox.put("/_sandbox/tokens", {"quickbooks_rotates_always": True})
    assert _refresh(sandbox, FIRST_REFRESH_TOKEN)["refresh_token"] != FIRST_REFRESH_TOKEN


def test_a_posted_fault_strikes_and_is_gone(sandbox: Any, token: dict[str, str]) -> None:
    sandbox.post("/_sandbox/faults", {"kind": CREATE, "next": 2, "what": "drop_after"})
    with pytest.raises(requests.ConnectionError):
        _create(sandbox, token, "Lost answer")
    assert _names(sandbox) == ["Lost answer"]
    (standing,) = sandbox.get("/_sandbox/faults")
    assert standing == {"rule": {"kind": CREATE, "next": 2, "what": "drop_after"}, "seen": 1}
    sandbox.delete("/_sandbox/faults")
    assert _create(sandbox, token, "Answered").status_code == 200


@pytest.mark.parametrize(
    "rule",
    [
        {"kind": CREATE, "what": "500"},
        {"kind": CREATE, "next": 0, "what": "500"},
        {"kind": CREATE, "next": 1, "what": "explode"},
        {"kind": CREATE, "next": 1, "what": "500", "secnds": 3},
    ],
)
def test_a_rule_that_makes_no_sense_is_refused(sandbox: Any, rule: dict[str, Any]) -> None:
    assert requests.post(sandbox.url + "/_sandbox/faults", json=rule, timeout=5).status_code == 422
    assert sandbox.get("/_sandbox/faults") == []


def test_calls_are_counted_by_kind_and_outcome(sandbox: Any, token: dict[str, str]) -> None:
    sandbox.delete("/_sandbox/calls")
    for name in ("One", "one", "Two"):
        _create(sandbox, token, name)
    _contacts(sandbox)
    assert sandbox.get("/_sandbox/calls") == {
        "infusionsoft list contacts": {"200": 1},
        CREATE: {"200": 2, "400": 1},
    }
    sandbox.delete("/_sandbox/calls")
    assert sandbox.get("/_sandbox/calls") == {}


def test_limits_are_switched_on_with_ceilings_of_ones_own(sandbox: Any, token: dict[str, str]) -> None:
    assert sandbox.get("/_sandbox/limits")["enabled"] is False
    sandbox.put("/_sandbox/limits", {"quickbooks_per_minute": 2, "infusionsoft_per_day": 1})
    assert [_create(sandbox, token, name).status_code for name in ("One", "Two", "Three")] == [200, 200, 429]
    assert [_contacts(sandbox).status_code for _ in range(2)] == [200, 429]
    sandbox.put("/_sandbox/limits", {"enabled": False})
    assert _create(sandbox, token, "Three").status_code == 200


def test_a_used_up_month_of_reads_lasts_until_it_is_set_anew(sandbox: Any, token: dict[str, str]) -> None:
    sandbox.put("/_sandbox/limits", {"quickbooks_reads_per_month": 1})
    url = f"{sandbox.url}/quickbooks/v3/company/{REALM_ID}/companyinfo/{REALM_ID}"
    assert [requests.get(url, headers=token, timeout=5).status_code for _ in range(3)] == [200, 429, 429]
    sandbox.put("/_sandbox/limits", {"quickbooks_reads_per_month": 1})
    assert requests.get(url, headers=token, timeout=5).status_code == 200


def test_reset_empties_both_services_and_forgets_the_traffic(sandbox: Any, token: dict[str, str]) -> None:
    sandbox.put("/_sandbox/infusionsoft/contact", CONTACT)
    _create(sandbox, token, "Ana Lee")
    sandbox.post("/_sandbox/faults", {"kind": "*", "next": 9, "what": "500"})
    sandbox.put("/_sandbox/latency", {"seconds": 30})
    counts = sandbox.post("/_sandbox/reset")
    assert counts["infusionsoft"] == {"order": 0, "contact": 0, "product": 0, "payment": 0, "transaction": 0}
    assert "Customer" not in counts["quickbooks"]
    assert counts["quickbooks"]["Account"] > 0
    assert sandbox.get("/_sandbox/calls") == {}
    assert sandbox.get("/_sandbox/faults") == []
    assert _create(sandbox, token, "Old token").status_code == 401
    fresh = _refresh(sandbox, FIRST_REFRESH_TOKEN)["access_token"]
    assert _create(sandbox, {"Authorization": f"Bearer {fresh}"}, "Ana Lee").status_code == 200


def test_seed_fills_both_services_anew(sandbox: Any) -> None:
    sandbox.put("/_sandbox/infusionsoft/contact", CONTACT)
    wanted = {"customers": 12, "orders": 20, "days": 2, "start": "2026-11-16"}
    counts = sandbox.post("/_sandbox/seed", wanted)
    assert counts["infusionsoft"]["order"] == 20
    assert counts["infusionsoft"]["contact"] == 12
    assert sandbox.post("/_sandbox/seed", wanted) == counts


def test_customers_are_merged_by_a_control(sandbox: Any) -> None:
    robert, bob = (
        sandbox.post("/_sandbox/quickbooks/Customer", {"DisplayName": name})["Id"] for name in ("Robert", "Bob")
    )
    left = sandbox.post(f"/_sandbox/quickbooks/Customer/{robert}/merge", {"into": bob})
    assert (left["Active"], left["DisplayName"]) == (False, "Robert (deleted)")
    url = f"{sandbox.url}/_sandbox/quickbooks/Customer/{robert}/merge"
    again = requests.post(url, json={"into": bob}, timeout=5)
    assert again.status_code == 400
    assert again.json()["Fault"]["Error"][0]["code"] == "6000"
