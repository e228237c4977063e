"""Which field of the form each setting has, made from the models of `settings`: a new setting has its field without a line of code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin

from order_sync.console.labels import ENTITIES, EXAMPLES, GROUPS, LABELS, NAME_FORMATTED, UNFOLDS, WORDS
from order_sync.settings import Store
from order_sync.settings.values import Section
from order_sync.settings.versions import TABS

Kind = Literal["switch", "choice", "many", "lines", "text", "value", "list", "map"]
"""`value` is a text that YAML reads as a number or a date; `list` and `map` have rows of fields."""

NULL = "null"
"""What a file says where something that counts by itself counts no more."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form, or of a row of it."""

    key: str
    kind: Kind
    optional: bool
    """Whether it may be left out: then nothing stands in it."""
    usual: Any
    """What counts where nothing is said, as a file would say it."""
    help: str
    choices: tuple[str, ...] = ()
    parts: Mapping[str, Field] = field(default_factory=dict)
    """The fields of a row, by their place in it (`when.paid`); of a map `key` and `value`."""

    @property
    def label(self) -> str:
        return LABELS.get(self.key) or self.key.rpartition(".")[2].replace("_", " ").capitalize()

    @property
    def tab(self) -> str:
        return self.key.partition(".")[0]

    @property
    def entities(self) -> tuple[str, ...]:
        """The lists of the company that name its values."""
        return ENTITIES.get(self.key, ())

    @property
    def is_name_format(self) -> bool:
        return self.key in NAME_FORMATTED

    @property
    def example(self) -> str:
        return EXAMPLES.get(self.key, "")

    @property
    def unfolds(self) -> tuple[str, str] | None:
        return UNFOLDS.get(self.key)

    def word(self, choice: str) -> str:
        """What a choice is called."""
        return WORDS.get(self.key, {}).get(choice) or f"{choice[:1].upper()}{choice[1:]}"

    @property
    def conditions(self) -> dict[str, Field]:
        """Of a rule's parts those that say when it fits."""
        return {name: part for name, part in self.parts.items() if "." in name}


@cache
def fields() -> dict[str, Field]:
    """All fields of the form, by key."""
    return {field.key: field for tab in TABS for field in _fields_of(tab, _section(Store.model_fields[tab].annotation))}


@cache
def groups(tab: str) -> list[tuple[str, list[Field]]]:
    """The fields of a tab in groups, each with its heading."""
    named = [(heading, [fields()[f"{tab}.{key}"] for key in keys]) for heading, keys in GROUPS[tab]]
    told = {field.key for _heading, some in named for field in some}
    rest = [field for field in fields().values() if field.tab == tab and field.key not in told]
    return [*named, *([("Further settings", rest)] if rest else [])]


def label_of(key: str) -> str:
    """What a setting that changed is called; in a map with what it is of."""
    for setting in fields().values():
        if key == setting.key:
            return setting.label
        if setting.kind == "map" and key.startswith(f"{setting.key}."):
            return f"{setting.label}: {key.removeprefix(f'{setting.key}.')}"
    return key


def _fields_of(place: str, section: type[Section]) -> Iterator[Field]:
    for name, of in section.model_fields.items():
        key = f"{place}.{of.alias or name}"
        inner = _section(of.annotation)
        if inner is not None and not _is_many(of.annotation):
            yield from _fields_of(key, inner)
        else:
            usual = None if of.is_required() else _plain(of.default)
            help = (of.description or "").replace("`", "").replace("none:", "left blank:")
            yield _field(key, of.annotation, usual, help)


def _field(key: str, annotation: Any, usual: Any = None, help: str = "") -> Field:
    kind, choices = _kind(annotation)
    parts: list[Field] = []
    if kind == "list":
        parts += _fields_of(key, _section(annotation))
    elif kind == "map":
        parts += map(_field, (f"{key}.key", f"{key}.value"), get_args(_without_none(annotation)))
        if parts[1].optional:
            parts[1] = replace(parts[1], choices=(*parts[1].choices, NULL))
    named = {part.key.removeprefix(f"{key}."): part for part in parts}
    return Field(
        key, kind, NoneType in get_args(annotation), usual, f"{help[:1].upper()}{help[1:]}", choices, parts=named
    )


def _kind(annotation: Any) -> tuple[Kind, tuple[str, ...]]:
    choices = _choices(annotation)
    if _is_many(annotation):
        if get_origin(_without_none(annotation)) is dict:
            return "map", ()
        if _section(annotation) is not None:
            return "list", ()
        return ("many", choices) if choices else ("lines", ())
    if choices:
        return "choice", choices
    plain = _plain_type(annotation)
    if plain is bool:
        return ("choice", ("true", "false")) if NoneType in get_args(annotation) else ("switch", ())
    return ("value" if plain in (int, Decimal, date) else "text"), ()


def _choices(annotation: Any) -> tuple[str, ...]:
    """What a Literal allows, wherever in a type it stands; but for the values of a map."""
    if get_origin(annotation) is Literal:
        return tuple(str(one).lower() if isinstance(one, bool) else str(one) for one in get_args(annotation))
    if get_origin(annotation) is dict:
        return ()
    return tuple(choice for part in get_args(annotation) for choice in _choices(part))


def _section(annotation: Any) -> Any:
    if isinstance(annotation, type) and issubclass(annotation, Section):
        return annotation
    if get_origin(annotation) is dict:
        return None
    return next((found for part in get_args(annotation) if (found := _section(part)) is not None), None)


def _is_many(annotation: Any) -> bool:
    return get_origin(_without_none(annotation)) in (tuple, dict)


def _without_none(annotation: Any) -> Any:
    parts = [part for part in get_args(annotation) if part is not NoneType]
    if NoneType in get_args(annotation) and len(parts) == 1:
        return _without_none(parts[0])
    return get_args(annotation)[0] if hasattr(annotation, "__metadata__") else annotation


def _plain_type(annotation: Any) -> Any:
    inner = _without_none(annotation)
    return inner if inner is annotation else _plain_type(inner)


def _plain(value: Any) -> Any:
    """A default as a file would write it."""
    match value:
        case Section():
            return value.model_dump(mode="json", by_alias=True, exclude_defaults=True)
        case tuple() | list():
            return [_plain(one) for one in value]
        case Decimal():
            return str(value)
    return value
