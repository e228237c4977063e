"""Names in the settings against the company's cached lists: each found once, or remembered as a problem with the nearest names."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from order_sync.errors import ConfigurationError
from order_sync.settings import Store
from order_sync.sync.orders.treatment import UNDEPOSITED_FUNDS

NO_LINE_TAKES = ("Category", "Group")  # a category only holds items, a bundle has a kind of line of its own

_WORDS = {"Category": "category", "Group": "bundle"}


class Lists:
    """A company's lists, `read` when they are first needed, and what of the settings is not in them; `raise_problems` tells all of that."""

    def __init__(self, store: Store, read: Callable[[str], Iterable[dict[str, Any]]]) -> None:
        self._store = store
        self._read = read
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._problems: list[tuple[str, str]] = []

    def active(self, entity: str) -> list[dict[str, Any]]:
        """The active rows of a list; of items, those that a line takes."""
        return [row for row in self.all(entity) if row.get("Active", True) and row.get("Type") not in NO_LINE_TAKES]

    def all(self, entity: str) -> list[dict[str, Any]]:
        """The rows of a list, inactive ones too."""
        if entity not in self._rows:
            self._rows[entity] = list(self._read(entity))
        return self._rows[entity]

    def names(self, entity: str) -> list[str]:
        """The names of the active rows of a list."""
        return sorted({_full_name(row) for row in self.active(entity)})

    def item(self, key: str, name: str | None) -> str | None:
        """The id of the item that a setting names."""
        return self.find(key, name, "item", "Item")

    def account(self, key: str, name: str | None) -> str | None:
        """The id of the account that a setting names; Undeposited Funds is that also where the company calls it otherwise."""
        own = [str(row["Id"]) for row in self.active("Account") if row.get("AccountSubType") == "UndepositedFunds"]
        if name == UNDEPOSITED_FUNDS and own and not any(row["Name"] == name for row in self.active("Account")):
            return own[0]
        return self.find(key, name, "account", "Account")

    def find(self, key: str, name: str | None, what: str, entity: str) -> str | None:
        """The id of the row that a setting names; None where it names none, or where that is a problem."""
        if name is None:
            return None
        rows = self.active(entity)
        for field in ("FullyQualifiedName", "Name"):
            found = {str(row["Id"]): _full_name(row) for row in rows if row.get(field) == name}
            if len(found) == 1:
                return next(iter(found))
            if found:
                self._note(
                    f"The settings of store {self._store.name} name the {what} '{name}' ({key}), and the QuickBooks company "
                    f"has {len(found)} of that name.",
                    f"Write it in full: {' or '.join(sorted(found.values()))}.",
                )
                return None
        self._note(
            f"The settings of store {self._store.name} name the {what} '{name}' ({key}), which {self._why_not(name, entity)}.",
            f"The nearest that it has: {', '.join(nearest(name, rows)) or 'none'}. Correct the settings or add it in "
            f"QuickBooks; then run refresh_quickbooks__{self._store.name}.",
        )
        return None

    def _why_not(self, name: str, entity: str) -> str:
        for row in self.all(entity):
            if name in (row.get("FullyQualifiedName"), row.get("Name")) and row.get("Type") in NO_LINE_TAKES:
                return f"is a {_WORDS[row['Type']]} of the QuickBooks company, and no item"
        return "could not be found among those of the QuickBooks company that are active"

    def object_to(self, key: str, why: str, advice: str) -> None:
        """Remembers that a setting does not fit the company."""
        self._note(f"The settings of store {self._store.name}: {key} {why}.", advice)

    def raise_problems(self) -> None:
        """ConfigurationError with all that was found wrong."""
        if self._problems:
            *others, (message, advice) = dict.fromkeys(self._problems)
            raise ConfigurationError("\n".join([*(" ".join(one) for one in others), message]), advice=advice)

    def _note(self, message: str, advice: str) -> None:
        self._problems.append((message, advice))


def nearest(name: str, rows: Collection[Mapping[str, Any]]) -> list[str]:
    """The names of a list that are most like one, three at most; upper and lower case make no difference."""
    names = sorted({_full_name(row) for row in rows})
    folded = {one.casefold(): one for one in names}
    return [folded[one] for one in difflib.get_close_matches(name.casefold(), folded, n=3, cutoff=0.4)] or names[:3]


def _full_name(row: Mapping[str, Any]) -> str:
    return str(row.get("FullyQualifiedName") or row.get("Name"))
