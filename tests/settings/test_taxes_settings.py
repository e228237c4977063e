"""The tab Taxes: every value that is accepted, and how a wrong one is told."""

from __future__ import annotations

import pytest

from order_sync.settings import load_store
from tests.shop.stores import (
    QUOTES,
    SECTION,
    SMALLEST,
    assert_the_only_fault,
    loaded,
    refusal,
    value_of,
    whole,
    written,
)


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("record_as: line item", "record_as", "line item"),
        ("record_as: as charged", "record_as", "as charged"),
        ("record_as: automatic", "record_as", "automatic"),
        ("record_as: none", "record_as", "none"),
        ("record_as: as charged\ntax_code: Maricopa", "tax_code", "Maricopa"),
        ("taxed_lines: 20.0% S", "taxed_lines", "20.0% S"),
        ("untaxed_lines: Exempt", "untaxed_lines", "Exempt"),
        ("record_as: automatic\nprices: with tax", "prices", "with tax"),
        ("record_as: as charged\nshipping: as goods", "shipping", "as goods"),
        ("record_as: as charged\nfees: untaxed", "fees", "untaxed"),
        ("by_name: {GST: Tax, QST: null}", "by_name", {"GST": "Tax"}),
        ("if_differs: flag", "if_differs", "flag"),
        ("if_differs: void and hold", "if_differs", "void and hold"),
    ],
)
def test_every_value(tmp_path, text, key, value):
    assert value_of(loaded(tmp_path, "taxes", text), "taxes", key) == value


def test_what_a_file_without_the_section_means(tmp_path):
    taxes = load_store(written(tmp_path, SMALLEST)).taxes

    assert taxes.model_dump(exclude_none=True) == {
        "record_as": "line item",
        "prices": "without tax",
        "rules": (),
        "shipping": "auto",
        "fees": "auto",
        "by_name": {},
        "if_differs": "flag",
    }


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("record: automatic", "taxes.record: there is no such setting; did you mean record_as?"),
        (
            "record_as: line",
            "taxes.record_as: 'line' is not allowed; allowed is 'line item', 'as charged', 'automatic' or 'none'",
        ),
        (
            "record_as: off",
            "taxes.record_as: False is not allowed; allowed is 'line item', 'as charged', 'aut",
        ),
        (
            "record_as:",
            "taxes.record_as: None is not allowed; allowed is 'line item', 'as charged', 'automati",
        ),
        ("tax_code: AZ", "taxes: tax_code is only for record_as: as charged; set that, or take the code out"),
        ("record_as: automatic\ntax_code: AZ", "taxes: tax_code is only for record_as: as charged; set that,"),
        (
            "prices: with tax",
            "taxes: prices is only for record_as: as charged or automatic; set one of them, or take it out",
        ),
        ("shipping: taxed", "taxes: shipping is only for record_as: as charged or automatic"),
        ("record_as: none\nby_name: {GST: Tax}", "taxes: by_name is only for record_as: line item or as charged"),
        ("by_name: {GST: Tax, gst : Tax}", "taxes.by_name: names a tax twice"),
        (
            "record_as: automatic\nrules: [{when: {country: Untied Kingdom}, code: Z}]",
            "taxes.rules.0.when.country.0: 'Untied Kingdom' is no country; write its code or its English name",
        ),
        ("record_as: automatic\nrules: [{when: {}, code: Z}]", "taxes.rules.0.when: names no condition; write one"),
        (
            "record_as: automatic\nrules: [{when: {rate: 5}, code: Z}, {when: {rate: 5}, code: Y}]",
            "taxes.rules: two rules have the same conditions; no line would reach the second",
        ),
        (
            "record_as: automatic\nprices: with tax\nrules: [{when: {rate: 5}, code: Z}]",
            "taxes: a rule has a rate, and with prices: with tax the store's rate is not known",
        ),
        ("taxed_lines: 20", f"taxes.taxed_lines: 20 {QUOTES}"),
        ("untaxed_lines: NO", f"taxes.untaxed_lines: False {QUOTES}"),
        ("if_differs: void", "taxes.if_differs: 'void' is not allowed; allowed is 'flag' or 'void and hold'"),
    ],
)
def test_a_wrong_value(tmp_path, text, said):
    assert_the_only_fault(refusal(tmp_path, whole("taxes", text)), said)


def test_a_section_that_is_none(tmp_path):
    assert f"taxes: None {SECTION}" in refusal(tmp_path, f"{SMALLEST}taxes:\n")
    assert f"taxes: 'ignore' {SECTION}" in refusal(tmp_path, f"{SMALLEST}taxes: ignore\n")
