"""What was saved of a store's settings: what a version holds, how it goes together with the store's file, and what changed in it.

A version holds the sections that are tabs of the console. All else (the schedule, the time zone …) Airflow needs where it reads the Dag,
so it is the file's alone, and a change of it there counts at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from order_sync.errors import ConfigurationError
from order_sync.settings.files import merged, read_files, read_yaml
from order_sync.settings.revenue import ANYTHING_ELSE
from order_sync.settings.store import Problem, Store, problems_of
from order_sync.settings.values import Section

TABS = ("orders", "customers", "revenue", "products", "taxes", "payments", "refunds")
"""The sections that are edited in the console, in its order."""

Change = list[str | None]
"""`[key, before, after]`; None for a key of a map that is not there."""


class WrongSettings(ConfigurationError):
    """Settings that cannot be used, with each problem by itself."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)), advice="Correct them; nothing was saved.")
        self.problems = problems


def tabs_of(content: Mapping[str, Any]) -> dict[str, Any]:
    """Of the values of a whole file, what a version holds."""
    return {tab: content[tab] for tab in TABS if tab in content}


def tabs_of_file(path: Path) -> dict[str, Any]:
    """What a version would hold that is the same as a store's file; raises ConfigurationError."""
    return tabs_of(merged(read_files(path)))


def as_text(tabs: Mapping[str, Any]) -> str:
    """The YAML of a version, or of a file."""
    return yaml.safe_dump(dict(tabs), sort_keys=False, allow_unicode=True, width=120)


def tabs_in(text: str, what: str) -> dict[str, Any]:
    """The tabs of a version from its YAML; ConfigurationError that names `what` where it cannot be read."""
    tabs = read_yaml(text, what)
    if not isinstance(tabs, dict):
        raise ConfigurationError(f"{what} holds no settings.", advice="Restore another version.")
    return tabs


def with_tabs(store: Store, tabs: Mapping[str, Any]) -> Store:
    """A store whose tabs are these, and all else as its file has it; raises WrongSettings."""
    of_file = {name: getattr(store, name) for name in Store.model_fields if name not in TABS}
    try:
        return Store.model_validate({**tabs, **of_file})
    except ValidationError as error:
        raise WrongSettings(problems_of(error)) from None


def read_version(store: Store, number: int, text: str) -> Store:
    """A store under a version that was saved; ConfigurationError where it cannot be read (any more), with what to do."""
    try:
        return with_tabs(store, tabs_in(text, "It"))
    except ConfigurationError as error:
        wrong = "\n".join(f"  {line}" for line in error.message.splitlines())
        raise ConfigurationError(
            f"Version {number} of the settings of store {store.name} is in force and cannot be used:\n{wrong}\n",
            advice=f"Save or restore another version: in the console (Sync settings, Versions), or by `python -m order_sync settings "
            f"{store.name} --restore 0`, which takes those of the store's file. Nothing was sent.",
        ) from None


def whole_file(path: Path, tabs: Mapping[str, Any]) -> str:
    """A version together with what the store's file says beside it, as a file that can stand in its place.

    Of a file that cannot be read it has nothing: then `time_zone` and `start_date` are to be written into it.
    """
    try:
        of_file = merged(read_files(path))
    except ConfigurationError:
        of_file = {}
    return as_text({**{key: value for key, value in of_file.items() if key not in TABS}, **tabs})


def changes(before: Store, after: Store) -> list[Change]:
    """Each setting of the tabs that is not the same in two settings, by its place."""
    was, becomes = _flat(before), _flat(after)
    return [
        [key, was.get(key), becomes.get(key)] for key in sorted({*was, *becomes}) if was.get(key) != becomes.get(key)
    ]


def fingerprint(store: Store) -> str:
    """What tells whether the sections that are tabs say something else by now (64 hexadecimal digits)."""
    return sha256(store.model_dump_json(include=set(TABS)).encode()).hexdigest()


def _flat(store: Store) -> dict[str, str]:
    found: dict[str, str] = {}
    for tab in TABS:
        _flatten(tab, getattr(store, tab), found)
    return found


def _flatten(place: str, value: Any, found: dict[str, str]) -> None:
    if isinstance(value, Section):
        for name, field in type(value).model_fields.items():
            _flatten(f"{place}.{field.alias or name}", getattr(value, name), found)
    elif isinstance(value, dict):
        for key, one in value.items():
            _flatten(f"{place}.{key}", one, found)
    else:
        found[place] = in_words(value)


def in_words(value: Any) -> str:
    """A value in one line, as a file has it."""
    match value:
        case None:
            return "none"
        case bool():
            return str(value).lower()
        case tuple():
            return "; ".join(map(in_words, value)) or "none"
        case Section():
            said = value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
            if said.get("when") == {}:
                said["when"] = ANYTHING_ELSE
            return yaml.safe_dump(
                said, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000
            ).strip()
    return str(value) if str(value) else '""'
