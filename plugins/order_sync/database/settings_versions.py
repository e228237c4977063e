"""The versions of a store's settings that were saved in the console, and which settings are in force."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy import Connection, Engine, func, insert, select

from order_sync.database.database import reading, transaction
from order_sync.database.runs import Run
from order_sync.database.tables import SettingsVersion
from order_sync.errors import ConfigurationError
from order_sync.settings import Store
from order_sync.settings.versions import Change, read_version

OF_FILE = 0
"""The version that is the store's file."""


@dataclass(frozen=True, slots=True)
class Version:
    """What somebody saved of a store's settings."""

    number: int
    content: str
    """YAML of the sections that are tabs."""
    changed: Sequence[Change]
    who: str
    saved_at: datetime
    note: str


def versions(engine: Engine, store: str) -> list[Version]:
    """All that were saved, newest first."""
    of_store = select(SettingsVersion.__table__).where(SettingsVersion.store == store)
    with reading(engine) as connection:
        rows = connection.execute(of_store.order_by(SettingsVersion.version.desc()))
        return [Version(row.version, row.content, row.changed, row.who, row.saved_at, row.note or "") for row in rows]


def version(engine: Engine, store: str, number: int) -> Version:
    """One that was saved; LookupError where there is none of that number."""
    found = next((one for one in versions(engine, store) if one.number == number), None)
    if found is None:
        raise LookupError(f"There is no version {number} of the settings of store {store}.")
    return found


def newest_version(engine: Engine, store: Store) -> Version | None:
    """The one in force; None where it is the store's file: nobody has saved one, or the file says `settings: file`."""
    if store.settings == "file":
        return None
    return next(iter(versions(engine, store.name)), None)


@transaction
def save_version(connection: Connection, store: str, new: Version) -> None:
    """Keeps a version as the newest; LookupError where somebody else has saved one since the one before it was read."""
    newest = (
        connection.scalar(select(func.max(SettingsVersion.version)).where(SettingsVersion.store == store)) or OF_FILE
    )
    if newest != new.number - 1:
        raise LookupError(f"Version {newest} of the settings was saved meanwhile. Look at it before you save yours.")
    connection.execute(
        insert(SettingsVersion).values(
            store=store,
            version=new.number,
            content=new.content,
            changed=list(new.changed),
            who=new.who,
            saved_at=new.saved_at.astimezone(UTC),
            note=new.note or None,
        )
    )


def settings_in_force(engine: Engine, store: Store) -> tuple[Store, int]:
    """A store, given as its file has it, as its settings are now, and the number of their version.

    ConfigurationError where that version cannot be read any more: the file never takes its place in silence.
    """
    newest = newest_version(engine, store)
    return (read_version(store, newest.number, newest.content), newest.number) if newest else (store, OF_FILE)


def settings_of_run(engine: Engine, store: Store, run: Run) -> Store:
    """A store as its settings were when the run began, whatever was saved since; ConfigurationError as above."""
    if not run.settings_version:
        return store
    try:
        return read_version(store, run.settings_version, version(engine, store.name, run.settings_version).content)
    except LookupError as error:
        raise ConfigurationError(str(error), advice="Clear the run from its first task.") from None
