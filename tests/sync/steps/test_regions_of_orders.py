"""Where orders go: the region on a document is what stands on letters, and another reading of it is no change of the order."""

from __future__ import annotations

from typing import Any

import pytest

from tests.shop.counter import ShopCounter

TOKYO = {"line1": "1-1 Marunouchi", "locality": "Chiyoda", "postal_code": "100-0005", "country_code": "JPN"}


def to(**where: Any) -> dict[str, Any]:
    return {"shipping_information": {"address": {**TOKYO, **where}}}


@pytest.mark.parametrize(
    ("where", "region"),
    [
        ({"region_code": "JP-13", "region": "Tokyo"}, "Tokyo"),
        ({"region_code": "JP-13", "region": None}, None),
        ({"region_code": "US-AZ", "region": "Arizona", "country_code": "USA"}, "AZ"),
        ({"region_code": "GB-ENG", "region": "England", "country_code": "GBR"}, "England"),
        ({"region_code": "GB-ENG", "region": None, "country_code": "GBR"}, None),
        ({"region_code": None, "region": "JP-13"}, None),
        ({"region_code": None, "region": "13"}, None),
        ({"region_code": None, "region": "us-az", "country_code": "USA"}, "AZ"),
        ({"region_code": "us-az", "region": None, "country_code": None}, "AZ"),
        ({"region_code": "BY", "region": None, "country_code": "DEU"}, None),
    ],
)
def test_c22_the_region_of_a_document_and_of_its_customer(
    counter: ShopCounter, where: dict[str, Any], region: str | None
) -> None:
    counter.sell(1, name="Ann Lee", email="ann@example.com", **to(**where))
    counter.pay(1)
    counter.run(0)
    assert counter.state() == "posted"
    [made] = [one for one in counter.records("Customer") if one["DisplayName"] == "Ann Lee"]
    for record in (counter.document("SalesReceipt", "IS-1"), made):
        assert record["ShipAddr"].get("CountrySubDivisionCode") == region
    counter.expect_quiet()


def test_c22_a_recorded_order_whose_region_is_read_otherwise_by_now_has_not_changed(counter: ShopCounter) -> None:
    counter.sell(1, **to(region_code="JP-13", region="13"))
    counter.pay(1)
    counter.run(0)
    recorded = counter.order(1).posted_hash
    counter.change(1, **to(region_code="JP-13", region="Tokyo"))
    counter.run(0)
    assert (counter.state(), counter.order(1).content_hash) == ("posted", recorded)
    counter.change(1, **to(region_code=None, region="13"))
    counter.run(0)
    assert (counter.state(), counter.order(1).content_hash) == ("posted", recorded)
    counter.change(1, **to(region_code="JP-27", region="Osaka"))
    counter.run(0)
    assert counter.state() == "posted with warnings CHANGED"
