"""A store's settings: as values, as the text of a file, and what is said about a wrong one."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path
from textwrap import dedent, indent
from typing import Any

import pytest

from order_sync.errors import ConfigurationError
from order_sync.settings import ROOT, Store, load_store

SMALLEST = """
time_zone: America/Phoenix
start_date: 2026-11-16
revenue:
  standard_item: Sales
  tax_item: Tax
  tip_item: Tips
  fee_item: Fees
"""

EMPTY = "is empty; write one value at least, or leave the key out"
QUOTES = "is not allowed; allowed is text; numbers and dates are text in quotes, and so are yes, no, on and off"
SECTION = "is not allowed; allowed is a section: its keys stand below it, indented"


def settings(**changes: Any) -> Store:
    """The settings of the store `demo`; sections are dicts of what differs from the usual ones."""
    revenue = {
        "standard_item": "Sales",
        "tax_item": "Sales Tax Collected",
        "tip_item": "Tips",
        "fee_item": "Fees",
        **changes.pop("revenue", {}),
    }
    given = {"name": "demo", "time_zone": "America/Phoenix", "start_date": date(2026, 1, 1), **changes}
    return Store.model_validate({**given, "revenue": revenue})


def written(folder: Path, text: str, name: str = "shop.yaml") -> Path:
    """A file of that text."""
    file = folder / name
    file.write_text(text, encoding="utf-8")
    return file


def refusal(folder: Path, text: str, name: str = "shop.yaml") -> str:
    """What is said about a file; always which file it is, and what to do."""
    file = written(folder, text, name)
    with pytest.raises(ConfigurationError) as caught:
        load_store(file)
    assert str(file) in caught.value.message
    assert caught.value.advice
    return caught.value.message


def write_examples(folder: Path) -> int:
    """Writes the files of the documentation into a folder, and gives their number."""
    docs = ROOT / "docs"
    pages = [docs / "settings.md", docs / "businesses.md", *sorted((docs / "settings").glob("*.md"))]
    texts = [page.read_text(encoding="utf-8") for page in pages]
    examples = [one for text in texts for one in re.findall(r"^```yaml\n(.*?)^```", text, re.MULTILINE | re.DOTALL)]
    for number, example in enumerate(examples):
        named = re.match(r"# (\w+\.yaml)\n", example)
        is_whole = named or re.search("^(time_zone|extends):", example, re.MULTILINE)
        written(
            folder,
            example if is_whole else _smallest_with(example),
            named[1] if named else f"example_{number}.yaml",
        )
    return len(examples)


def _smallest_with(section: str) -> str:
    """The smallest file with one section more, or with more of its own section."""
    head, revenue = SMALLEST.split("revenue:\n")
    return f"{head}{section}{revenue}" if section.startswith("revenue:\n") else SMALLEST + section


def whole(section: str, text: str) -> str:
    """The smallest file with these lines in one section."""
    if section == "revenue":
        return SMALLEST + indent(dedent(text), "  ") + "\n"
    return f"{SMALLEST}{section}:\n{indent(dedent(text), '  ')}\n"


def loaded(folder: Path, section: str, text: str) -> Store:
    """The store of the smallest file with these lines in one section."""
    return load_store(written(folder, whole(section, text)))


def value_of(store: Store, section: str, key: str) -> Any:
    """What a store has of a setting, as `create.type` of `products`."""
    found = store.model_dump()[section]
    for part in key.split("."):
        found = found[part]
    return found


def assert_the_only_fault(message: str, said: str) -> None:
    """A refusal tells this one fault, in our words."""
    assert said in message
    assert "1 wrong setting(s)" in message
    assert "pydantic" not in message
