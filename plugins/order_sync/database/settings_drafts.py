"""Drafts of settings that somebody tries before they save them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update

from order_sync.database.database import reading, transaction
from order_sync.database.tables import Plan, SettingsDraft
from order_sync.errors import ConfigurationError
from order_sync.settings import Store
from order_sync.settings.versions import tabs_in, with_tabs

KEPT = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Draft:
    """A draft: its content (YAML, as that of a version), the days that are planned under it, the key of the plan, and over which settings
    it was entered: their version's number, and their fingerprint."""

    number: int
    content: str
    first: date
    last: date
    run_key: str | None
    base: int
    over: str

    @property
    def name(self) -> str:
        """As the plan's Dag takes it in the place of a file."""
        return f"draft {self.number}"


@transaction
def keep_draft(
    connection: Connection, store: str, content: str, first: date, last: date, *, base: int, over: str
) -> int:
    """Keeps a draft and gives its number; what is older than a month goes."""
    now = datetime.now(UTC)
    connection.execute(delete(SettingsDraft).where(SettingsDraft.made_at < now - KEPT))
    row = {"store": store, "content": content, "first": first, "last": last, "made_at": now, "base": base, "over": over}
    return int(connection.execute(insert(SettingsDraft).values(row).returning(SettingsDraft.id)).scalar_one())


@transaction
def note_plan(connection: Connection, number: int, run_key: str) -> None:
    """Records which plan is made under a draft."""
    connection.execute(update(SettingsDraft).where(SettingsDraft.id == number).values(run_key=run_key))


def draft(engine: Engine, store: str, number: int) -> Draft:
    """A draft of a store; LookupError where there is none (any more)."""
    wanted = (SettingsDraft.store == store, SettingsDraft.id == number)
    with reading(engine) as connection:
        row = connection.execute(select(SettingsDraft.__table__).where(*wanted)).one_or_none()
    if row is None:
        raise LookupError(f"There is no draft {number} of the settings of store {store}; drafts are kept for a month.")
    return Draft(row.id, row.content, row.first, row.last, row.run_key, row.base, row.over)


def drafted(engine: Engine, store: Store, number: int) -> Store:
    """A store under a draft; ConfigurationError where there is none, or it cannot be used."""
    try:
        return with_tabs(store, tabs_in(draft(engine, store.name, number).content, f"Draft {number}"))
    except LookupError as error:
        raise ConfigurationError(str(error), advice="Try the settings again in the console.") from None


@dataclass(frozen=True, slots=True)
class Trial:
    """What a draft would record otherwise: the orders with their rows of `plans`, at most so many, and of all the number and the sums."""

    rows: Sequence[Any]
    number: int
    sums: dict[str, int]


def trial(engine: Engine, run_key: str, most: int) -> Trial:
    """What a plan under a draft found."""
    differing = (Plan.run_key == run_key, Plan.action == "differs")
    with reading(engine) as connection:
        rows = connection.execute(select(Plan.__table__).where(*differing).order_by(Plan.id).limit(most)).all()
        counted = connection.execute(
            select(Plan.currency, func.count(), func.sum(Plan.total_minor)).where(*differing).group_by(Plan.currency)
        ).all()
    sums = {currency: int(total) for currency, _number, total in counted if currency and total is not None}
    return Trial(rows, sum(number for _currency, number, _total in counted), sums)
