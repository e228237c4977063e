"""The settings as a form: what stands in its fields, what somebody's entries make of the settings, and where what is wrong stands."""

from __future__ import annotations

import copy
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import yaml

from order_sync.console.fields import NULL, Field, fields
from order_sync.console.labels import NO_CONDITION
from order_sync.settings.store import Problem
from order_sync.settings.versions import in_words

ON, OFF = "on", "off"

Text = list[Any]
"""What stands in a field: one text; of `many` those that are ticked; of `list` and `map` the `Texts` of each row."""

Texts = dict[str, Text]
"""What stands in the fields: in those of the form by key, in those of a row by their place in it."""


def texts_of(tabs: Mapping[str, Any]) -> Texts:
    """What stands in the fields under some settings."""
    return _texts(fields(), tabs)


def blank(field: Field) -> Texts:
    """What stands in a row that nobody has filled."""
    return {name: [] if part.kind == "many" else [""] for name, part in field.parts.items()}


def entered(tabs: Mapping[str, Any], form: Any) -> tuple[dict[str, Any], Texts, list[Problem]]:
    """The settings with what somebody entered (a multi-dict) in them, what stands in the fields then, and what no settings can say.

    A field that is as it was, or is not in the form, leaves its setting as the file or version writes it; so does a row.
    """
    made, texts, wrong = copy.deepcopy(dict(tabs)), texts_of(tabs), list[Problem]()
    for field in fields().values():
        said = _said(field, form, field.key)
        if said is None or said == texts[field.key]:
            continue
        texts[field.key] = said
        _put(made, field.key, _value(field, said, _at(tabs, field.key, None)))
        wrong += _twice(field, said)
    return made, texts, wrong


def beside_fields(problems: Sequence[Problem], texts: Texts) -> dict[str, list[str]]:
    """What is wrong, by what it stands beside: a field's key, in rows with the row's number and the place in it
    (`revenue.rules.0.post_as`); under an empty key what belongs to none."""
    found: dict[str, list[str]] = {}
    for problem in problems:
        place, within = _place(problem, texts)
        numbers = ", ".join(str(int(part) + 1) if str(part).isdecimal() else str(part) for part in within)
        wrong = re.sub(r"^' *' is blank", "is blank", problem.wrong)
        found.setdefault(place, []).append(f"{numbers}: {wrong}" if numbers else wrong)
    return found


def _texts(of: Mapping[str, Field], content: Mapping[str, Any]) -> Texts:
    return {name: _text(field, _at(content, name, field.usual)) for name, field in of.items()}


def _at(content: Any, place: str, usual: Any) -> Any:
    for part in place.split("."):
        if not isinstance(content, Mapping) or part not in content:
            return usual
        content = content[part]
    return content


def _put(content: dict[str, Any], place: str, value: Any) -> None:
    *sections, last = place.split(".")
    for part in sections:
        if not isinstance(content.get(part), dict):
            content[part] = {}
        content = content[part]
    if value is None:
        content.pop(last, None)
    else:
        content[last] = value


def _rows(value: Any) -> list[Mapping[str, Any]]:
    """The rows of a list, or of a map."""
    if isinstance(value, Mapping):
        return [{"key": key, "value": of} for key, of in value.items()]
    return [row for row in value or [] if isinstance(row, Mapping)]


def _text(field: Field, value: Any) -> Text:
    match field.kind:
        case "switch":
            return [ON if value is True else OFF]
        case "many":
            return _in_order(field, list(map(str, value)) if isinstance(value, list) else [str(value)])
        case "list" | "map":
            return [_texts(field.parts, row) for row in _rows(value)]
        case "lines":
            lines = value if isinstance(value, list) else [] if value is None else [value]
            return ["\n".join(_word(field, one) for one in lines).strip()]
    if value is None:
        return [NULL if NULL in field.choices else ""]
    return [_word(field, value)]


def _word(field: Field, value: Any) -> str:
    """One value; YAML reads a plain `off` as false, and Norway's `NO`."""
    if value is False and "false" not in field.choices:
        return OFF if field.choices else "NO"
    if isinstance(value, float):
        return str(value).removesuffix(".0")
    return in_words(value) if isinstance(value, bool) else str(value)


def _in_order(field: Field, ticked: list[str]) -> list[str]:
    """As the boxes stand."""
    return sorted(ticked, key=lambda one: field.choices.index(one) if one in field.choices else len(field.choices))


def _said(field: Field, form: Any, name: str) -> Text | None:
    """What somebody entered under a name; None where the form has no such field."""
    said = [str(one).replace("\r\n", "\n") for one in form.getlist(name)]
    if field.parts:
        row_names = re.compile(rf"{re.escape(name)}\.\d+(?=\.)")
        there = [found[0] for one, _said in form.multi_items() if (found := row_names.match(one))]
        if not there and said != [""]:  # which stands before the rows, so that none can be said
            return None
        rows = [_row(field, form, row) for row in dict.fromkeys(there)]  # their order is that of the page
        return [row for row in rows if any(map(any, row.values()))]
    if not said:
        return None
    if field.kind == "many":
        return _in_order(field, [one for one in said if one])
    last = said[-1]  # before a box stands what counts where it is not ticked
    return [last if field.kind == "text" else last.strip()]


def _row(field: Field, form: Any, name: str) -> Texts:
    """A row; what the form does not have of it is blank."""
    return blank(field) | {
        part: said for part, of in field.parts.items() if (said := _said(of, form, f"{name}.{part}")) is not None
    }


def _value(field: Field, said: Text, was: Any = None) -> Any:
    """What a file would have of it; None where it would say nothing."""
    text = said[0] if len(said) == 1 else ""
    match field.kind:
        case "switch":
            return text == ON
        case "many":
            return said if said or field.usual else None
        case "list" | "map":
            return _value_of_rows(field, said, was)
        case "lines":
            return [line.strip() for line in text.splitlines() if line.strip()] or None
        case "value":
            return _scalar(text) if text else None
        case "choice":
            return {"true": True, "false": False, NULL: None}.get(text, text or None)
    if field.optional:
        return text.strip() or None
    return text


def _value_of_rows(field: Field, said: list[Texts], was: Any) -> Any:
    """The rows, each that is as it was as it was written."""
    written = [(_texts(field.parts, row), copy.deepcopy(row)) for row in _rows(was)]
    rows = [next((row for texts, row in written if texts == one), _made(field, one)) for one in said]
    if not rows and not field.usual:
        return None
    if field.kind == "map":
        made: dict[str, Any] = {}
        for row in rows:
            made.setdefault(row["key"], row["value"])  # of the second one `_twice` tells
        return made
    return rows


def _made(field: Field, said: Texts) -> Mapping[str, Any]:
    if field.kind == "map":
        return {name: _value(part, said[name]) if any(said[name]) else "" for name, part in field.parts.items()}
    row: dict[str, Any] = {}
    for name, part in field.parts.items():
        _put(row, name, _value(part, said[name]) if any(said[name]) else None)
    for section, words in NO_CONDITION.get(field.key, {}).items():
        row[section] = row[section] or words
    return row


def _twice(field: Field, said: Text) -> list[Problem]:
    """The rows of a map whose key stands in one before them."""
    keys = [row["key"][0].strip() for row in said] if field.kind == "map" else []
    return [
        Problem((*field.key.split("."), at, "[key]"), f"{key!r} stands twice; take one of them out")
        for at, key in enumerate(keys)
        if key in keys[:at]
    ]


def _scalar(text: str) -> Any:
    try:
        value = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError):  # the settings say what is allowed in its place
        return text
    return value if isinstance(value, int | float | date) else text


def _place(problem: Problem, texts: Texts) -> tuple[str, Sequence[Any]]:
    """What a problem stands beside, and where within it."""
    for key in sorted(fields(), key=len, reverse=True):
        sections = tuple(key.split("."))
        if problem.location[: len(sections)] == sections:
            return _in_row(fields()[key], problem.location[len(sections) :], texts[key])
    # Of settings that do not fit together, or not the company: the words name the keys, from the section on.
    head = f"{problem.place}." if problem.place else ""
    told = [
        (at.start(), key, problem.wrong[at.end() :])
        for key in fields()
        if key.startswith(head)
        and (at := re.search(rf"(?<![\w.]){re.escape(key.removeprefix(head))}(?!\w)", problem.wrong))
    ]
    if not told:
        return "", ()
    _at, key, rest = min(told)
    place, _within = _in_row(fields()[key], _location(fields()[key], rest, texts[key]), texts[key])
    return place, ()


def _in_row(field: Field, location: Sequence[Any], rows: Text) -> tuple[str, Sequence[Any]]:
    """What a problem stands beside whose location goes on behind the key of a field; and where within that."""
    if not field.parts or not location:
        return field.key, location
    first, *rest = location
    keys = [row["key"] for row in rows] if field.kind == "map" else []
    number = first if isinstance(first, int) else keys.index([first]) if [first] in keys else None
    if number is None:
        return field.key, location
    if field.kind == "map":
        return f"{field.key}.{number}.{'key' if rest == ['[key]'] else 'value'}", ()
    for name in field.parts:
        sections = name.split(".")
        if rest[: len(sections)] == sections:
            return f"{field.key}.{number}.{name}", rest[len(sections) :]
    return f"{field.key}.{number}", ()


def _location(field: Field, words: str, rows: Text) -> Sequence[Any]:
    """The location that words go on with behind the key of a field: `.0.class`, or `.PayPal` in a map."""
    if field.kind == "map":
        keys = sorted((row["key"][0] for row in rows), key=len, reverse=True)
        return [key for key in keys if words.startswith(f".{key}")][:1]
    found = re.match(r"\.(\d+)((?:\.\w+)*)", words)
    return [int(found[1]), *found[2].split(".")[1:]] if found else ()
