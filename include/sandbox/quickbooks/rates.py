"""QuickBooks' own exchange rates: how much of the home currency a unit of another one is on a day."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import Decimal

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.books import Body, Books
from include.sandbox.quickbooks.currencies import ISO_CODES

# What a unit was worth in US dollars in November 2026, near enough; every day, unless a rate is set.
IN_DOLLARS = {
    "USD": "1",
    "EUR": "1.08",
    "GBP": "1.27",
    "CAD": "0.72",
    "AUD": "0.65",
    "NZD": "0.59",
    "CHF": "1.12",
    "JPY": "0.0066",
    "SEK": "0.094",
    "NOK": "0.091",
    "DKK": "0.145",
    "MXN": "0.05",
    "INR": "0.0119",
    "ZAR": "0.055",
    "SGD": "0.74",
    "HKD": "0.128",
}
EVERY_DAY = "every day"
PLACES = Decimal("0.000001")


def read_rate(books: Books, currency: str | None, day: str | None) -> Body:
    """The `ExchangeRate` of a currency on a day, today where none is named; refuses where the service has none (610)."""
    if not currency:
        raise refusals.missing("sourcecurrencycode")
    try:
        as_of = date.fromisoformat(day).isoformat() if day else books.today().isoformat()
    except ValueError as error:
        raise refusals.invalid("2060", "asofdate is not a date: write it as YYYY-MM-DD", "asofdate") from error
    code = currency.upper()
    if code not in ISO_CODES:
        raise refusals.invalid("2500", f"Invalid Reference Id : Currency element id {currency} not found")
    if not books.preferences().get("CurrencyPrefs", {}).get("MultiCurrencyEnabled"):
        raise refusals.invalid("5030", "Exchange rates need the preference CurrencyPrefs.MultiCurrencyEnabled")
    rate = _rate_on(books, code, as_of)
    if rate is None:
        detail = f"Object Not Found : There is no exchange rate of {code} on {as_of}."
        raise refusals.invalid("610", detail, "sourcecurrencycode")
    return {
        "SyncToken": "0",
        "domain": "QBO",
        "sparse": False,
        "SourceCurrencyCode": code,
        "TargetCurrencyCode": books.currency,
        "Rate": rate,
        "AsOfDate": as_of,
        "MetaData": {"LastUpdatedTime": books.now().isoformat(timespec="seconds")},
    }


def _rate_on(books: Books, code: str, day: str) -> Decimal | None:
    if code == books.currency:
        return Decimal(1)
    rows = books.connection.execute(
        "SELECT rate FROM qbo_rates WHERE realm_id = ? AND currency = ? AND day IN (?, ?) ORDER BY day = ?",
        (books.realm_id, code, day, EVERY_DAY, EVERY_DAY),
    )
    row = rows.fetchone()
    if row:
        return None if row["rate"] is None else Decimal(row["rate"])
    if code not in IN_DOLLARS or books.currency not in IN_DOLLARS:
        return None
    return (Decimal(IN_DOLLARS[code]) / Decimal(IN_DOLLARS[books.currency])).quantize(PLACES).normalize()


def set_rates(books: Books, rates: Mapping[str, Mapping[str, Decimal | None]]) -> None:
    """Sets rates by currency and day (or `every day`); None says that the service has none."""
    rows = [
        (books.realm_id, currency, day, None if rate is None else str(rate))
        for currency, by_day in rates.items()
        for day, rate in by_day.items()
    ]
    books.connection.executemany("INSERT OR REPLACE INTO qbo_rates VALUES (?, ?, ?, ?)", rows)


def rates_set(books: Books) -> dict[str, dict[str, Decimal | None]]:
    """The rates that were set, as `set_rates` takes them."""
    found: dict[str, dict[str, Decimal | None]] = {}
    rows = books.connection.execute(
        "SELECT * FROM qbo_rates WHERE realm_id = ? ORDER BY currency, day", (books.realm_id,)
    )
    for row in rows:
        found.setdefault(row["currency"], {})[row["day"]] = None if row["rate"] is None else Decimal(row["rate"])
    return found
