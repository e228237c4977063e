"""The entries that the pages promise are those of golden files: what a choice does to the books is said, and is so.

A cell of a table that says entries names its golden file in a comment, which readers do not see, and where need be which of its documents:
`Dr Undeposited Funds 100.00, Cr Sales 100.00 <!-- golden: sales_receipt.json -->`, `<!-- golden: invoice_if_paid.json 2-3 -->`.
Where the table's first column is headed by a key, in full or one of the page's section, the row's value is the one that the file has in
its settings.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, NamedTuple

import pytest

from tests.docs.test_settings_pages import BUSINESSES, TABS
from tests.shop import stores
from tests.sync.documents.golden_file import FOLDER, golden

COMMENT = re.compile(r"<!-- golden: (\w+\.json)(?: (\d+)(?:-(\d+))?)? -->")
ENTRY = re.compile(r"\b(Dr|Cr) ([A-Z][\w/'() ]*?) ([\d,]+\.\d\d)\b")
SHORT = {"Sales": "Sales of Product Income", "Accounts Receivable": "Accounts Receivable (A/R)"}
"""How the pages call accounts of the sandbox."""


class Cell(NamedTuple):
    """What one cell of a table says; `key` (in full) and `value` are those of its row, where the table is one of values."""

    page: str
    key: str
    value: str
    text: str


def cells() -> Iterator[Cell]:
    """Every cell of every table."""
    for page in [*sorted(TABS.glob("*.md")), BUSINESSES]:
        key = ""
        for before, row in zip(["", *page.read_text().splitlines()], page.read_text().splitlines(), strict=False):
            if not row.startswith("|"):
                continue
            first, *others = [cell.strip() for cell in re.split(r"(?<!\\)\|", row)[1:-1]]
            if not before.startswith("|"):
                key = in_full(first.strip("`"), page.stem) if re.fullmatch(r"`[\w.]+`", first) else ""
            value = first.strip("`") if key and re.fullmatch(r"`[^`]+`", first) else ""
            yield from (Cell(page.stem, key, value, text) for text in others)


def in_full(key: str, section: str) -> str:
    """A key with its section, which is that of the page where none stands before it."""
    return key if "." in key else f"{section}.{key}"


CELLS = [cell for cell in cells() if ENTRY.search(cell.text)]
TOLD = [cell for cell in CELLS if COMMENT.search(cell.text)]


def in_short(texts: list[str]) -> Counter[tuple[str, str, Decimal]]:
    """Entries, whatever their order, with the accounts by the names of the sandbox."""
    found = [entry for text in texts for entry in ENTRY.findall(text)]
    return Counter((side, SHORT.get(name, name), Decimal(amount.replace(",", ""))) for side, name, amount in found)


@pytest.mark.parametrize("cell", TOLD, ids=lambda cell: f"{cell.page}: {COMMENT.search(cell.text)[0][12:-4]}")
def test_what_a_page_says_is_what_the_golden_file_shows(cell: Cell) -> None:
    [(name, first, last)] = COMMENT.findall(cell.text)
    content = golden(FOLDER / name)
    start, end = (int(first) - 1, int(last or first)) if first else (0, len(content["entries"]))
    assert in_short([cell.text]) == in_short(content["entries"][start:end])
    if cell.value:
        store = stores.settings(**content.get("settings", {}))
        assert said(stores.value_of(store, *cell.key.split(".", 1))) == cell.value


def said(value: Any) -> str:
    """A value as settings are written."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def test_each_cell_that_says_entries_names_its_golden_file() -> None:
    assert [f"{cell.page}.md: {cell.text}" for cell in CELLS if cell not in TOLD] == []


@pytest.mark.parametrize("page", ["revenue", "taxes", "orders", "payments", "refunds", "businesses"])
def test_there_are_such_tables(page: str) -> None:
    assert any(cell.page == page for cell in TOLD)
