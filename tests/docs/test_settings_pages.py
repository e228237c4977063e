"""The pages of the settings: every key and every value stands on the page of its tab, and the examples are files that can be used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args, get_origin

import pytest

from order_sync.settings import ROOT, Store, load_store, store_files
from order_sync.settings.values import NAME_FIELDS, NAME_FORMATS, Section
from tests.shop.stores import write_examples

INDEX = ROOT / "docs" / "settings.md"
TABS = ROOT / "docs" / "settings"
BUSINESSES = ROOT / "docs" / "businesses.md"


def page_of(tab: str) -> str:
    return (TABS / f"{tab}.md").read_text(encoding="utf-8")


def sections(kind: Any) -> Iterator[type[Section]]:
    """The sections that a key's type is, or holds."""
    if isinstance(kind, type) and issubclass(kind, Section):
        yield kind
    for part in get_args(kind):
        yield from sections(part)


def values(kind: Any) -> Iterator[str]:
    """The words that a key may have as its value."""
    if get_origin(kind) is Literal:
        yield from (one for one in get_args(kind) if isinstance(one, str))
    elif kind is not None and not isinstance(kind, type):
        for part in get_args(kind):
            yield from values(part)


def keys(section: type[Section], place: str = "") -> Iterator[tuple[str, Any]]:
    """Every key that may stand in a section or below it, with its place, and its type."""
    for name, field in section.model_fields.items():
        key = f"{place}{field.alias or name}"
        yield key, field.annotation
        for below in sections(field.annotation):
            yield from keys(below, f"{key}.")


KEYS = {key: kind for key, kind in keys(Store) if key != "name"}  # a store has its file's name


def tab_of(key: str) -> str:
    """The page that a key stands on: that of its section, or the store's."""
    tab = key.partition(".")[0]
    return tab if (TABS / f"{tab}.md").is_file() else "store"


def in_code(page: str) -> set[str]:
    """What stands on a page as code in its prose and tables."""
    return set(re.findall(r"`([^`\n]+)`", re.sub(r"^```.*?^```$", "", page, flags=re.MULTILINE | re.DOTALL)))


@pytest.mark.parametrize("key", [key for key, kind in KEYS.items() if tab_of(key) != key])
def test_each_key_is_documented_on_its_page(key):
    said = in_code(page_of(tab_of(key)))
    assert said & {key, key.rpartition(".")[2]}, f"{key} does not stand on docs/settings/{tab_of(key)}.md"


@pytest.mark.parametrize("key", [key for key, kind in KEYS.items() if set(values(kind))])
def test_each_value_is_documented_on_its_page(key):
    said = in_code(page_of(tab_of(key)))
    missing = [value for value in values(KEYS[key]) if not said & {value, f"{key.rpartition('.')[2]}: {value}"}]
    assert missing == []


def test_each_key_in_a_table_is_a_setting():
    known = {key.rpartition(".")[2] for key in KEYS} | set(KEYS)
    for page in TABS.glob("*.md"):
        tables = re.findall(
            r"^\| (?:Key|Switch|Condition) \|.*\n\|[-|]+\n((?:\|.*\n)+)", page.read_text(), re.MULTILINE
        )
        told = re.findall(r"^\| (?:… )?`([^`]+)`", "".join(tables), re.MULTILINE)
        assert tables or page.stem == "addresses", page.name
        assert set(told) <= known, page.name


def test_each_name_format_and_field_is_documented():
    page = page_of("customers")
    formats = dict(re.findall(r"^\| `([^`]+)` \|[^|]*\| `((?:[^`|]|\\\|)+)` \|$", page, re.MULTILINE))
    assert {name: template.replace("\\|", "|") for name, template in formats.items()} == NAME_FORMATS
    assert all(f"{{{name}}}" in page for name in NAME_FIELDS)


def test_the_index_leads_to_each_page():
    told = set(re.findall(r"\]\(settings/(\w+)\.md\)", INDEX.read_text(encoding="utf-8")))
    assert told == {page.stem for page in TABS.glob("*.md")}


def test_the_examples_of_the_pages(tmp_path):
    """Each is a whole file, or one section; the first line of a file that others extend, or that extends, is its name."""
    number = write_examples(tmp_path)
    stores = [load_store(file) for file in store_files(tmp_path)]
    assert len(stores) == number - len(list(tmp_path.glob("_*.yaml")))
    assert {"east", "west"} < {store.name for store in stores}
