"""A store's settings as text, and what is said about a wrong one."""

from __future__ import annotations

from pathlib import Path

import pytest

from order_sync.errors import ConfigurationError
from order_sync.settings import load_store

SMALLEST = """
time_zone: America/Phoenix
start_date: 2026-11-16
revenue:
  standard_item: Sales
  tax_item: Tax
  tip_item: Tips
  fee_item: Fees
"""


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
