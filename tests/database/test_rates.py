"""The cached exchange rates: exact, by company, currency and day."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from sqlalchemy import Engine

from order_sync.database.rates import cached_rates, drop_rates, save_rate

REALM = "9341"
MONDAY = date(2026, 11, 16)
TUESDAY = date(2026, 11, 17)


def test_a_rate_is_kept_to_the_digit_and_known_by_company_currency_and_day(engine: Engine) -> None:
    save_rate(engine, REALM, ("EUR", MONDAY), Decimal("1.0800050"))
    save_rate(engine, REALM, ("EUR", TUESDAY), Decimal("1.1"))
    save_rate(engine, REALM, ("JPY", MONDAY), Decimal("0.0000066"))
    save_rate(engine, "another", ("EUR", MONDAY), Decimal(2))

    found = cached_rates(engine, REALM, [("EUR", MONDAY), ("GBP", MONDAY), ("JPY", MONDAY), ("JPY", TUESDAY)])

    assert {pair: str(rate) for pair, rate in found.items()} == {
        ("EUR", MONDAY): "1.0800050",
        ("JPY", MONDAY): "0.0000066",
    }
    assert cached_rates(engine, REALM, []) == {}


def test_the_newest_of_a_day_counts_and_a_company_forgets_its_own(engine: Engine) -> None:
    pair = ("EUR", MONDAY)
    for rate in ("1.08", "1.09"):
        save_rate(engine, REALM, pair, Decimal(rate))
    save_rate(engine, "another", pair, Decimal(2))
    assert cached_rates(engine, REALM, [pair]) == {pair: Decimal("1.09")}
    drop_rates(engine, REALM)
    assert cached_rates(engine, REALM, [pair]) == {}
    assert cached_rates(engine, "another", [pair]) == {pair: Decimal(2)}


def test_the_days_of_years_are_found_in_portions(engine: Engine) -> None:
    pairs = [("EUR", MONDAY + timedelta(days=day)) for day in range(1100)]
    for pair in (pairs[0], pairs[-1]):
        save_rate(engine, REALM, pair, Decimal("1.08"))
    assert set(cached_rates(engine, REALM, pairs)) == {pairs[0], pairs[-1]}
