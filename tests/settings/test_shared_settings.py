"""Settings that stores share: what a file takes over from the one that it extends, and what it may change."""

from __future__ import annotations

from pathlib import Path
from textwrap import dedent

import pytest

from order_sync.settings import Conditions, Rule, Store, load_store
from tests.shop.stores import QUOTES, refusal, written

SHARED = """
time_zone: America/Phoenix
start_date: 2026-11-16
write_mode: single
orders: {only_paid: true, statuses: [SENT, PAID]}
revenue:
  standard_item: Sales
  tax_item: Tax
  tip_item: Tips
  fee_item: Fees
  class: Web
  rules:
    - {when: {tag: [91, 107]}, post_as: Invoice, class: Wholesale}
    - {when: anything else, post_as: Sales receipt}
  deposit_accounts: {Cash: Till, Check: Safe}
products: {not_found: create, create: {income_account: Sales, type: Service}}
taxes: {record_as: as charged, tax_code: Maricopa}
"""


def extending(folder: Path, own: str) -> Store:
    written(folder, SHARED, "_shared.yaml")
    return load_store(written(folder, f"extends: _shared\n{dedent(own)}"))


def test_a_shared_file_is_taken_over(tmp_path):
    store = extending(tmp_path, "write_mode: batch\n")

    assert (store.write_mode, store.orders.only_paid, store.revenue.class_) == ("batch", True, "Web")
    assert [(one.when.tag, one.post_as, one.class_) for one in store.revenue.rules] == [
        (("91", "107"), "Invoice", "Wholesale"),
        ((), "Sales receipt", None),
    ]


def test_sections_are_merged_and_lists_come_whole(tmp_path):
    own = """
    orders: {statuses: PAID}
    revenue:
      rules: [{when: anything else, post_as: Invoice}]
      deposit_accounts: {Cash: Drawer}
      class: null
    products: {create: {type: NonInventory}}
    """
    store = extending(tmp_path, own)

    assert (store.orders.statuses, store.orders.only_paid) == (("PAID",), True)
    assert store.revenue.rules == (Rule(when=Conditions(), post_as="Invoice"),)
    assert (store.revenue.deposit_accounts, store.revenue.class_) == ({"Cash": "Drawer", "Check": "Safe"}, None)
    assert (store.products.create.type, store.products.create.income_account) == ("NonInventory", "Sales")


def test_what_is_shared_can_be_taken_away(tmp_path):
    own = """
    revenue: {rules: [], post_as: Invoice, deposit_accounts: {Cash: null}}
    taxes: {record_as: automatic, tax_code: null}
    """
    store = extending(tmp_path, own)

    assert (store.revenue.rules, store.revenue.post_as) == ((), "Invoice")
    assert store.revenue.deposit_accounts == {"Check": "Safe"}
    assert store.taxes.tax_code is None
    assert extending(tmp_path, "revenue: {deposit_accounts: null}\n").revenue.deposit_accounts == {}


@pytest.mark.parametrize(
    ("own", "said"),
    [
        ("revenue: {post_as: Invoice}\n", "revenue: has both post_as and rules; leave one of them out"),
        ("taxes: {record_as: line item}\n", "taxes: tax_code is only for record_as: as charged; set that, or"),
        ("products: {create: {income_account: null}}\n", "products: not_found: create needs create.income_account"),
        ("revenue: {standard_item: null}\n", f"revenue.standard_item: None {QUOTES}"),
    ],
)
def test_two_files_that_contradict_each_other(tmp_path, own, said):
    written(tmp_path, SHARED, "_shared.yaml")
    assert said in refusal(tmp_path, f"extends: _shared\n{own}")


def test_a_wrong_rule_of_a_shared_file_is_told_with_its_file(tmp_path):
    written(tmp_path, SHARED.replace("tag: [91, 107]", "tag: [91, VIP]"), "_shared.yaml")

    said = "revenue.rules.0.when.tag.1: 'VIP' is not the id of a tag; write its number, as 91 (in _shared.yaml)"
    assert said in refusal(tmp_path, "extends: _shared\n")
