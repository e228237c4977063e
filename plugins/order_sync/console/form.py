"""The settings as a form: which field each setting has, what stands in it, and what somebody's entries make of the settings.

All of it is made from the models of `settings`: a new setting has its field here without a line of code.
"""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Any, Literal, get_args, get_origin

import yaml

from order_sync.console.labels import ENTITIES, EXAMPLES, GROUPS, LABELS, TAB_NAMES, UNFOLDS, WORDS
from order_sync.errors import ConfigurationError
from order_sync.settings import Store
from order_sync.settings.files import read_yaml
from order_sync.settings.store import Problem
from order_sync.settings.values import NAME_FORMATS, Section
from order_sync.settings.versions import TABS, in_words

ON, OFF = "on", "off"

Texts = dict[str, list[str]]
"""What stands in the fields, by key: one text; of `many` those that are ticked, of `pairs` source and destination in turn."""


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the form."""

    key: str
    kind: Literal["switch", "choice", "many", "pairs", "lines", "yaml", "text", "value"]
    """`value` is a text that YAML reads as a number or a date."""
    optional: bool
    """Whether it may be left out: then nothing stands in it."""
    usual: Any
    """What counts where nothing is said, as a file would say it."""
    help: str
    choices: tuple[str, ...] = ()
    columns: tuple[tuple[str, tuple[str, ...], bool], ...] = ()
    """Of pairs: the name of each part, what may stand there, and whether something else may too."""

    @property
    def label(self) -> str:
        return LABELS.get(self.key) or self.key.rpartition(".")[2].replace("_", " ").capitalize()

    @property
    def tab(self) -> str:
        return self.key.partition(".")[0]

    @property
    def entity(self) -> str:
        """The list of the company that names its values; empty for none."""
        return ENTITIES.get(self.key, "")

    @property
    def example(self) -> str:
        return EXAMPLES.get(self.key, "")

    @property
    def unfolds(self) -> tuple[str, str] | None:
        return UNFOLDS.get(self.key)

    @property
    def words(self) -> Mapping[str, str]:
        return WORDS.get(self.key, {})


@cache
def fields() -> dict[str, Field]:
    """All fields, by key."""
    return {field.key: field for tab in TABS for field in _fields_of(tab, _section(Store.model_fields[tab].annotation))}


@cache
def groups(tab: str) -> list[tuple[str, list[Field]]]:
    """The fields of a tab in groups, each with its heading."""
    named = [(heading, [fields()[f"{tab}.{key}"] for key in keys]) for heading, keys in GROUPS[tab]]
    told = {field.key for _heading, some in named for field in some}
    rest = [field for field in fields().values() if field.tab == tab and field.key not in told]
    return [*named, *([("Further settings", rest)] if rest else [])]


def texts_of(tabs: Mapping[str, Any]) -> Texts:
    """What stands in the fields under some settings."""
    return {field.key: _text(field, _at(tabs, field)) for field in fields().values()}


def entered(tabs: Mapping[str, Any], form: Any) -> tuple[dict[str, Any], Texts, list[Problem]]:
    """The settings with what somebody entered (a multi-dict) in them, what stands in the fields then, and what is no YAML.

    A field that is as it was, or is not in the form, leaves its setting as the file or version writes it.
    """
    made, texts, wrong = copy.deepcopy(dict(tabs)), texts_of(tabs), list[Problem]()
    for field in fields().values():
        said = _said(field, form)
        if said is None or said == texts[field.key]:
            continue
        texts[field.key] = said
        try:
            _put(made, field.key, _value(field, said))
        except ConfigurationError as error:
            wrong.append(Problem(tuple(field.key.split(".")), error.message))
    return made, texts, wrong


def beside_fields(problems: Sequence[Problem]) -> dict[str, list[str]]:
    """What is wrong, by the field that it stands beside; under an empty key what belongs to none."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        key, rest = _field_of(problem)
        found.setdefault(key, []).append(f"{rest}: {problem.wrong}" if rest else problem.wrong)
    return found


def _field_of(problem: Problem) -> tuple[str, str]:
    """The field of a problem, and where in it."""
    place = problem.place
    for key in sorted(fields(), key=len, reverse=True):
        if place == key or place.startswith(f"{key}."):
            numbered = re.sub(r"(?<![^.])(\d+)(?![^.])", lambda found: str(int(found[1]) + 1), place[len(key) + 1 :])
            return key, numbered.replace(".", ", ")
    # Of settings that do not fit together: the words begin with the keys, from the section on.
    head = f"{place}." if place else ""
    within = {key.removeprefix(head): key for key in fields() if key.startswith(head)}
    told = {
        at.start(): key
        for name, key in within.items()
        if (at := re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", problem.wrong))
    }
    return (told[min(told)] if told else ""), ""


def _fields_of(place: str, section: type[Section]) -> Iterator[Field]:
    for name, of in section.model_fields.items():
        key = f"{place}.{of.alias or name}"
        inner = _section(of.annotation)
        if inner is not None and not _is_many(of.annotation):
            yield from _fields_of(key, inner)
            continue
        usual = None if of.is_required() else _plain(of.default)
        optional = NoneType in get_args(of.annotation)
        help = (of.description or "").replace("`", "")
        kind, choices, columns = _kind(of.annotation)
        yield Field(key, kind, optional, usual, f"{help[:1].upper()}{help[1:]}", choices, columns)


def _kind(annotation: Any) -> Any:
    if _is_many(annotation):
        inner = _section(annotation)
        if inner is not None:
            parts = ((name, _choices(of.annotation)) for name, of in inner.model_fields.items())
            pair = tuple((name, choices or tuple(NAME_FORMATS), not choices) for name, choices in parts)
            return ("pairs", (), pair) if set(inner.model_fields) == {"source", "destination"} else ("yaml", (), ())
        if get_origin(_without_none(annotation)) is dict:
            return "yaml", (), ()
        choices = _choices(annotation)
        return ("many", choices, ()) if choices else ("lines", (), ())
    if choices := _choices(annotation):
        return "choice", choices, ()
    plain = _plain_type(annotation)
    if plain is bool:
        return "switch", (), ()
    return ("value" if plain in (int, Decimal, date) else "text"), (), ()


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


def _at(tabs: Mapping[str, Any], field: Field) -> Any:
    found: Any = tabs
    for part in field.key.split("."):
        if not isinstance(found, Mapping) or part not in found:
            return field.usual
        found = found[part]
    return found


def _put(tabs: dict[str, Any], key: str, value: Any) -> None:
    *sections, last = key.split(".")
    for part in sections:
        if not isinstance(tabs.get(part), dict):
            tabs[part] = {}
        tabs = tabs[part]
    if value is None:
        tabs.pop(last, None)
    else:
        tabs[last] = value


def _text(field: Field, value: Any) -> list[str]:
    match field.kind:
        case "switch":
            return [ON if value is True else OFF]
        case "many":
            return _in_order(field, list(map(str, value)) if isinstance(value, list) else [str(value)])
        case "pairs":
            rows = [one for one in value or [] if isinstance(one, dict)]
            return [str(one.get(name, "")) for one in rows for name, *_ in field.columns]
        case "lines":
            return ["\n".join(map(str, value)) if isinstance(value, list) else str(value or "")]
        case "yaml":
            return [_yaml(value)]
    if value is False and field.choices and "false" not in field.choices:
        return [OFF]  # a plain `off`
    return ["" if value is None else in_words(value) if isinstance(value, bool) else str(value)]


def _in_order(field: Field, ticked: list[str]) -> list[str]:
    """As the boxes stand."""
    return sorted(ticked, key=lambda one: field.choices.index(one) if one in field.choices else len(field.choices))


def _yaml(value: Any) -> str:
    if not value:
        return ""
    if isinstance(value, list):  # a rule a line
        rows = [
            yaml.safe_dump(one, default_flow_style=True, sort_keys=False, allow_unicode=True, width=10_000)
            for one in value
        ]
        return "\n".join(f"- {row.strip()}" for row in rows)
    return yaml.safe_dump(value, sort_keys=False, allow_unicode=True, width=10_000).strip()


def _said(field: Field, form: Any) -> list[str] | None:
    """What somebody entered; None where the form has no such field."""
    if field.kind == "pairs":
        columns = [form.getlist(f"{field.key}.{name}") for name, *_ in field.columns]
        if not columns[0]:
            return None
        return [
            str(part).strip()
            for row in zip(*columns, strict=False)
            if any(map(str.strip, map(str, row)))
            for part in row
        ]
    said = [str(one).replace("\r\n", "\n") for one in form.getlist(field.key)]
    if not said:
        return None
    if field.kind == "many":
        return _in_order(field, [one for one in said if one])
    last = said[-1]  # before a box stands what counts where it is not ticked
    return [last if field.kind == "text" else last.strip()]


def _value(field: Field, said: list[str]) -> Any:
    """What a file would have of it; None where it would say nothing."""
    [text] = said if len(said) == 1 else [""]
    match field.kind:
        case "switch":
            return text == ON
        case "many":
            return said
        case "pairs":
            names = [name for name, *_ in field.columns]
            rows = (said[at : at + len(names)] for at in range(0, len(said), len(names)))
            return [dict(zip(names, row, strict=True)) for row in rows]
        case "lines":
            return [line.strip() for line in text.splitlines() if line.strip()] or None
        case "yaml":
            return read_yaml(text, field.label) if text else None
        case "value":
            return _scalar(text) if text else None
        case "choice":
            return {"true": True, "false": False}.get(text, text or None)
    if field.optional:
        return text.strip() or None
    return text


def _scalar(text: str) -> Any:
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):  # the settings say what is allowed in its place
        return text
    return value if isinstance(value, int | float | date) else text


assert set(TAB_NAMES) == set(TABS), "each tab has a name"
