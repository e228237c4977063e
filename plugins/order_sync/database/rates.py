"""The cached exchange rates of a company: QuickBooks' own, by currency and day, exact to the digit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime
from decimal import Decimal

from sqlalchemy import Connection, Engine, delete, select

from order_sync.database.database import chunks, insert_into, reading, transaction
from order_sync.database.tables import ExchangeRate

CurrencyDay = tuple[str, date]


def cached_rates(engine: Engine, realm_id: str, wanted: Iterable[CurrencyDay]) -> dict[CurrencyDay, Decimal]:
    """Those of the wanted rates that were read before."""
    pairs, found = set(wanted), dict[CurrencyDay, Decimal]()
    days, of = sorted({day for _currency, day in pairs}), ExchangeRate.__table__.c
    with reading(engine) as connection:
        for some in chunks(days):
            on_days = select(of.currency, of.day, of.rate).where(of.realm_id == realm_id, of.day.in_(some))
            rows = connection.execute(on_days)
            found |= {(row.currency, row.day): Decimal(row.rate) for row in rows}
    return {pair: rate for pair, rate in found.items() if pair in pairs}


@transaction
def save_rate(connection: Connection, realm_id: str, pair: CurrencyDay, rate: Decimal) -> None:
    """Caches a rate; the newest counts."""
    currency, day = pair
    row = {"rate": format(rate, "f"), "fetched_at": datetime.now(UTC)}
    connection.execute(
        insert_into(connection, ExchangeRate)
        .values(realm_id=realm_id, currency=currency, day=day, **row)
        .on_conflict_do_update(index_elements=["realm_id", "currency", "day"], set_=row)
    )


@transaction
def drop_rates(connection: Connection, realm_id: str) -> None:
    """Forgets the rates of a company: what somebody corrects there is read anew where it is needed."""
    connection.execute(delete(ExchangeRate).where(ExchangeRate.realm_id == realm_id))
