"""The codes of the sync: used as the table has them, and explained to whoever meets one."""

from __future__ import annotations

import ast
import re

import pytest

from order_sync.errors import OrderSyncError, RecordRefused
from order_sync.settings import ROOT
from order_sync.sync.orders.codes import Code, refusal
from order_sync.sync.orders.trouble import Trouble, trouble_of

PLUGINS = ROOT / "plugins" / "order_sync"
TABLE = PLUGINS / "sync" / "orders" / "codes.py"


def used() -> set[str]:
    """The codes that the plugins use, as members or as text."""
    found = set[str]()
    for path in PLUGINS.rglob("*.py"):
        if path == TABLE or "migrations" in path.parts:
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "Code":
                found.add(node.attr)
            if isinstance(node, ast.keyword) and node.arg == "code" and isinstance(node.value, ast.Constant):
                found.add(str(node.value.value))
    return {code for code in found if re.fullmatch(r"[A-Z][A-Z_]+", code)}


def written_out() -> dict[str, list[str]]:
    """By file, the codes that stand in it as text."""
    found: dict[str, list[str]] = {}
    for path in PLUGINS.rglob("*.py"):
        if "migrations" in path.parts:  # they are history, and know the codes of their day
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Constant) and node.value in Code.__members__:
                found.setdefault(str(path.relative_to(PLUGINS)), []).append(str(node.value))
    return found


def documented() -> list[str]:
    """The codes of the page, each from the first column of its tables."""
    page = (ROOT / "docs" / "history-and-errors.md").read_text()
    section = page.partition("\n## Codes of an order\n")[2].partition("\n## ")[0]
    rows = [line.split("|")[1] for line in section.splitlines() if line.startswith("| `")]
    return [code for row in rows for code in re.findall(r"`([A-Z][A-Z_]+)`", row)]


def test_every_code_that_is_used_is_in_the_table_and_every_one_of_the_table_is_used():
    assert used() == set(Code.__members__)


def test_a_code_is_written_out_only_in_the_table():
    found = written_out()
    assert sorted(set(found.pop("sync/orders/codes.py"))) == sorted(Code)
    assert found == {}


def test_the_page_lists_each_code_and_no_other():
    assert set(documented()) == set(Code)


@pytest.mark.parametrize("code", Code)
def test_a_code_is_its_name_and_says_what_it_means_and_what_to_do(code: Code):
    assert (code.value, str(code)) == (code.name, code.name)
    assert len(code) <= 40
    for text in (code.means, code.advice):
        assert text[0].isupper()
        assert text.endswith(".")


@pytest.mark.parametrize("code", Code)
def test_a_warning_of_a_recorded_order_promises_no_run_that_records_it(code: Code):
    if code in WARNINGS:
        assert not re.search(r"next run (records (it|the order)|decides)|send the order", code.as_warning)
        assert code.as_warning.endswith(".")
    else:
        assert code.as_warning == code.advice


WARNINGS = {
    *(
        Code.ABROAD_WITHOUT_RULE,
        Code.ADDRESS_SHORTENED,
        Code.CHANGED,
        Code.CONTACT_GONE,
        Code.CONTRADICTED,
        Code.CUSTOMER_GONE,
    ),
    *(Code.DELETED, Code.EMAIL_LEFT_OUT, Code.FIELD_SHORTENED, Code.ITEM_UNKNOWN, Code.NAME_CHANGED, Code.NO_ITEMS),
    *(Code.REFERENCE_SHORTENED, Code.WRITE_OFF_BEYOND),
}
"""All that an order can be posted with."""


def test_a_refusal_has_the_advice_of_its_code_unless_it_has_its_own():
    assert refusal(Code.CURRENCY, "In CAD.").advice == Code.CURRENCY.advice
    assert refusal(Code.CURRENCY, "In CAD.", "Look.").advice == "Look."
    assert refusal(Code.CURRENCY, "In CAD.").code == "CURRENCY"


@pytest.mark.parametrize("missing", ["code", "message", "advice"])
def test_a_trouble_without_a_part_is_none(missing: str):
    with pytest.raises(ValueError, match="needs a code, words and advice"):
        Trouble(**{"code": "6000", "message": "Refused.", "advice": "Look.", missing: ""})


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (
            RecordRefused("No item.", code="2500", advice="Look.", trace_id="1-a"),
            ("2500", "No item.", "Look.", "1-a"),
        ),
        (RecordRefused("Who?", code="AMBIGUOUS"), ("AMBIGUOUS", "Who?", Code.AMBIGUOUS.advice, None)),
        (OrderSyncError("Lost."), ("REFUSED", "Lost.", Code.REFUSED.advice, None)),
        (OrderSyncError("", code="600"), ("600", Code.REFUSED.means, Code.REFUSED.advice, None)),
    ],
)
def test_whatever_an_error_leaves_out_is_filled_in(error: OrderSyncError, told: tuple[str, ...]):
    found = trouble_of(error)
    assert (found.code, found.message, found.advice, found.trace_id) == told
