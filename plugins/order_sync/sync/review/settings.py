"""What a person does about a store's settings: saves a version, restores an older one."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import partial
from typing import Any

from sqlalchemy import Engine

from order_sync.database.cache import cached_customers, customer_names, customers_named, formerly_named, freshness
from order_sync.database.merges import survivors
from order_sync.database.settings_versions import (
    OF_FILE,
    Version,
    newest_version,
    save_version,
    settings_in_force,
    version,
)
from order_sync.errors import ConfigurationError
from order_sync.settings import Store
from order_sync.settings.versions import as_text, changes, fingerprint, tabs_in, with_tabs
from order_sync.sync.company.reading import new_customer_defaults, read_company
from order_sync.sync.customers.stand_ins import Names, find_stand_ins


def save_settings(
    engine: Engine, store: Store, tabs: Mapping[str, Any], *, base: int, over: str = "", who: str, note: str = ""
) -> Version:
    """Makes the tabs the settings in force of a store (given as its file has it), if they can be used.

    `base` is the version over which they were entered, `over` the fingerprint of what it said then: version 0 is a file, which changes.
    Raises WrongSettings; LookupError where they change nothing, or where something else is in force by now;
    ConfigurationError where the store's file alone counts.
    """
    if store.settings == "file":
        raise ConfigurationError(
            f"The file of store {store.name} says settings: file, so its settings are changed there alone.",
            advice="Change the file; or take the line out, to change them in the console.",
        )
    becomes = with_tabs(store, tabs)
    newest = newest_version(engine, store)
    number = newest.number if newest else OF_FILE
    if number != base:
        raise LookupError(
            f"Version {number} of the settings was saved meanwhile by {newest.who if newest else 'somebody'}. Look at what it changed; "
            "if yours shall count all the same, save once more."
        )
    try:
        was, _number = settings_in_force(engine, store)
        if number == OF_FILE and over and over != fingerprint(was):
            raise LookupError(
                f"The file of store {store.name} was changed meanwhile. Look at what it says now; if what you entered shall count all "
                "the same, save once more."
            )
        changed = changes(was, becomes)
        if not changed:
            raise LookupError("Nothing would change: these are the settings in force.")
    except ConfigurationError:  # the one in force cannot be read any more: this one takes its place
        changed = changes(store, becomes)
    new = Version(number + 1, as_text(tabs), changed, who, datetime.now(UTC), note)
    save_version(engine, store.name, new)
    return new


def restore_settings(
    engine: Engine, store: Store, of_file: Mapping[str, Any], number: int, *, base: int, who: str
) -> Version:
    """Makes an older version the settings in force, as a version of its own; 0 is the store's file, whose tabs are given.

    Raises as `save_settings` does, and LookupError where there is no such version.
    """
    tabs = of_file if number == OF_FILE else tabs_in(version(engine, store.name, number).content, f"Version {number}")
    what = "the settings of the file" if number == OF_FILE else f"version {number}"
    return save_settings(engine, store, tabs, base=base, who=who, note=f"Restored: {what}.")


def not_in_company(engine: Engine, realm_id: str, store: Store) -> list[str]:
    """What settings name or need that the cached lists of the company have not, each in a line with its key and the nearest names.

    A run would stop for it before anything is sent. Nothing is found where the lists were never read.
    """
    if freshness(engine, realm_id) is None:
        return []
    ours = (engine, realm_id)
    customers = Names(
        named=partial(customers_named, *ours),
        formerly=partial(formerly_named, *ours),
        merged=partial(survivors, *ours),
        bodies=partial(cached_customers, *ours),
        all=partial(customer_names, *ours),
    )
    found: list[str] = []
    for check in (
        lambda: read_company(engine, realm_id, store),
        lambda: new_customer_defaults(engine, realm_id, store),
        lambda: find_stand_ins(store, customers),
    ):
        try:
            check()
        except ConfigurationError as error:
            found += str(error).splitlines()
    return found
