"""That the search of the logs finds what it is for; it runs after each test of this folder."""

from __future__ import annotations

import pytest

from tests.faults.logs import leaks, people_of
from tests.shop.fault_shop import Shop
from tests.shop.records import sale


@pytest.mark.parametrize(
    "line",
    [
        "the key KeapAK-sandbox-service-account-key is refused",
        "Basic sandbox-client-secret",
        "the-key-of-the-vault",
        "Bearer eyJ" + "x" * 40,
        "refresh_token=AB11" + "y" * 30,
        "customer Ada Lovelace is inactive",
        "sent to person17@example.com",
        "Person No17",
        "ships to 9 Oak Ave, Tucson",
        "Grace Hopper bought it",
    ],
)
def test_r23_a_secret_or_a_person_in_a_log_is_found(line: str) -> None:
    assert leaks(f"order 1001: fine\n{line}\n", {"Grace Hopper"}, ["the-key-of-the-vault"])


def test_r23_what_may_be_said_is_not_taken_for_one() -> None:
    log = "POST create SalesReceipt 200 12 ms intuit_tid=1-2\nThe order 1001 of store demo is held (TAX_DIFFERS).\n"
    assert leaks(log, {"Grace Hopper", "1001 Elm St"}, ["secret"]) == []


def test_r23_the_people_of_both_services_are_looked_for(shop: Shop) -> None:
    shop.read([sale(1)])
    assert "Ada Lovelace" in people_of(shop.sandbox)
