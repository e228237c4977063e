"""The tabs Orders, Revenue, Products, Taxes and Refunds: every value that is accepted, and how a wrong one is told."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from textwrap import dedent, indent

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from order_sync.settings import Conditions, Identification, Rule, Store, load_store
from order_sync.settings.values import Amount
from tests.settings_text import SMALLEST, refusal, written

LAST = "{when: anything else, post_as: Sales receipt}"


def whole(section: str, text: str) -> str:
    """The smallest file with these lines in one section."""
    if section == "revenue":
        return SMALLEST + indent(dedent(text), "  ") + "\n"
    return f"{SMALLEST}{section}:\n{indent(dedent(text), '  ')}\n"


def loaded(folder: Path, section: str, text: str) -> Store:
    return load_store(written(folder, whole(section, text)))


@pytest.mark.parametrize(
    ("section", "text", "key", "value"),
    [
        ("orders", "statuses: PAID", "statuses", ("PAID",)),
        ("orders", "statuses: [DRAFT, SENT]", "statuses", ("DRAFT", "SENT")),
        ("orders", "statuses: [VIEWED, PAID]", "statuses", ("VIEWED", "PAID")),
        ("orders", "only_paid: true", "only_paid", True),
        ("orders", "only_paid: no", "only_paid", False),
        ("orders", "minimum_total: 0", "minimum_total", Decimal(0)),
        ("orders", "minimum_total: 12.50", "minimum_total", Decimal("12.5")),
        ("orders", "minimum_total: 0.1", "minimum_total", Decimal("0.1")),
        ("orders", "minimum_total: '0.125'", "minimum_total", Decimal("0.125")),
        ("orders", "skip_zero_totals: false", "skip_zero_totals", False),
        ("orders", "skip_zero_totals: true", "skip_zero_totals", True),
        ("orders", "without_items: standard item", "without_items", "standard item"),
        ("orders", "without_items: hold", "without_items", "hold"),
        ("orders", "changed: flag", "changed", "flag"),
        ("orders", "changed: update", "changed", "update"),
        ("orders", "changed: ignore", "changed", "ignore"),
        ("revenue", "post_as: Sales receipt", "post_as", "Sales receipt"),
        ("revenue", "post_as: Invoice", "post_as", "Invoice"),
        ("revenue", "post_as: Invoice and payment", "post_as", "Invoice and payment"),
        ("revenue", "post_as: Invoice, payment if paid", "post_as", "Invoice, payment if paid"),
        ("revenue", "post_as: null", "post_as", None),
        ("revenue", "rules: []", "rules", ()),
        ("revenue", "number_from: store", "number_from", "store"),
        ("revenue", "number_from: QuickBooks", "number_from", "QuickBooks"),
        ("revenue", "number_prefix: ''", "number_prefix", ""),
        ("revenue", "number_prefix: 'WEB 2026-'", "number_prefix", "WEB 2026-"),
        ("revenue", "transaction_date: order date", "transaction_date", "order date"),
        ("revenue", "transaction_date: payment date", "transaction_date", "payment date"),
        ("revenue", "transaction_date: date of posting", "transaction_date", "date of posting"),
        ("revenue", "ship_date: none", "ship_date", "none"),
        ("revenue", "ship_date: null", "ship_date", "none"),
        ("revenue", "ship_date:", "ship_date", "none"),
        ("revenue", "ship_date: order date", "ship_date", "order date"),
        ("revenue", "sales_term: ' Net 30 '", "sales_term", "Net 30"),
        ("revenue", "memo: 'Order {order_id}: {order_title}'", "memo", "Order {order_id}: {order_title}"),
        ("revenue", "memo: |-\n  two\n  lines", "memo", "two\nlines"),
        ("revenue", "message: 'Thank you, {first}'", "message", "Thank you, {first}"),
        ("revenue", "line_description: item name", "line_description", "item name"),
        ("revenue", "line_description: order's own", "line_description", "order's own"),
        ("revenue", "line_description: QuickBooks' description", "line_description", "QuickBooks' description"),
        ("revenue", "reference: none", "reference", "none"),
        ("revenue", "reference: ~", "reference", "none"),
        ("revenue", "reference: order id", "reference", "order id"),
        ("revenue", "reference: payment's transaction id", "reference", "payment's transaction id"),
        ("revenue", "deposit_account: Checking", "deposit_account", "Checking"),
        (
            "revenue",
            "deposit_accounts: {Credit Card: 'Bank:Clearing', ' Cash ': ' Till '}",
            "deposit_accounts",
            {"Credit Card": "Bank:Clearing", "Cash": "Till"},
        ),
        ("revenue", "deposit_accounts: {Cash: null, Check: Till}", "deposit_accounts", {"Check": "Till"}),
        ("revenue", "deposit_accounts: {'1': Till}", "deposit_accounts", {"1": "Till"}),
        ("revenue", "deposit_accounts: null", "deposit_accounts", {}),
        ("revenue", "payment_method: Visa", "payment_method", "Visa"),
        ("revenue", "payment_method: as on store", "payment_method", "as on store"),
        (
            "revenue",
            "payment_method: as on store\npayment_methods: {Credit Card: Visa}",
            "payment_methods",
            {"Credit Card": "Visa"},
        ),
        ("revenue", "class: Web", "class_", "Web"),
        ("revenue", "class: 'NO'", "class_", "NO"),
        ("revenue", "class: null", "class_", None),
        ("revenue", "location: 'West:Phoenix'", "location", "West:Phoenix"),
        ("revenue", "finance_charge_item: Interest", "finance_charge_item", "Interest"),
        ("revenue", "shipping_item: Freight", "shipping_item", "Freight"),
        ("revenue", "discounts: discount line", "discounts", "discount line"),
        ("revenue", "discount_account: Discounts given", "discount_account", "Discounts given"),
        ("revenue", "discounts: negative lines\ndiscount_item: Discount", "discounts", "negative lines"),
        ("revenue", "discounts: negative lines\ndiscount_item: Discount", "discount_item", "Discount"),
        ("revenue", "consolidate: true", "consolidate", True),
        ("revenue", "consolidate: true\npost_as: Sales receipt", "consolidate", True),
        ("revenue", "consolidate: true\ndaily_customer: Web", "daily_customer", "Web"),
        ("products", "map: products.csv", "map", "products.csv"),
        ("products", "map: Our products-2.csv", "map", "Our products-2.csv"),
        ("products", "map: null", "map", None),
        ("products", "not_found: standard", "not_found", "standard"),
        ("products", "not_found: hold", "not_found", "hold"),
        ("products", "not_found: create\ncreate: {income_account: Sales}", "not_found", "create"),
        ("products", "create: {type: NonInventory}", "create.type", "NonInventory"),
        ("products", "create: {type: Service}", "create.type", "Service"),
        ("products", "create: {type: Inventory}", "create.type", "Inventory"),
        ("products", "create: {income_account: 'Income:Web'}", "create.income_account", "Income:Web"),
        ("products", "create: {expense_account: Cost}", "create.expense_account", "Cost"),
        ("products", "create: {type: Inventory, asset_account: Stock}", "create.asset_account", "Stock"),
        (
            "products",
            "create: {type: Inventory, inventory_start: 2026-01-01}",
            "create.inventory_start",
            date(2026, 1, 1),
        ),
        ("products", "create: {taxable: as on store}", "create.taxable", "as on store"),
        ("products", "create: {taxable: yes}", "create.taxable", True),
        ("products", "create: {taxable: false}", "create.taxable", False),
        ("products", "create: {description: false}", "create.description", False),
        ("products", "reactivate_inactive: true", "reactivate_inactive", True),
        ("taxes", "record_as: line item", "record_as", "line item"),
        ("taxes", "record_as: as charged", "record_as", "as charged"),
        ("taxes", "record_as: automatic", "record_as", "automatic"),
        ("taxes", "record_as: none", "record_as", "none"),
        ("taxes", "record_as: as charged\ntax_code: Maricopa", "tax_code", "Maricopa"),
        ("taxes", "taxed_lines: 20.0% S", "taxed_lines", "20.0% S"),
        ("taxes", "untaxed_lines: Exempt", "untaxed_lines", "Exempt"),
        ("taxes", "if_differs: flag", "if_differs", "flag"),
        ("taxes", "if_differs: void and hold", "if_differs", "void and hold"),
        ("refunds", "record_as: refund receipt", "record_as", "refund receipt"),
        ("refunds", "record_as: credit memo", "record_as", "credit memo"),
        ("refunds", "record_as: ignore", "record_as", "ignore"),
        ("refunds", "account: Checking", "account", "Checking"),
        ("refunds", "item: Refunds", "item", "Refunds"),
    ],
)
def test_every_value(tmp_path, section, text, key, value):
    found = loaded(tmp_path, section, text).model_dump()[section]
    for part in key.split("."):
        found = found[part]

    assert found == value


@pytest.mark.parametrize("mode", ["auto", "single", "batch"])
def test_every_write_mode(tmp_path, mode):
    assert load_store(written(tmp_path, f"{SMALLEST}write_mode: {mode}\n")).write_mode == mode


SKU_SKU, SKU_NAME, NAME_NAME = (
    Identification(source=source, destination=destination)
    for source, destination in (("SKU", "Sku"), ("SKU", "Name"), ("name", "Name"))
)


@pytest.mark.parametrize(
    ("ways", "found"),
    [
        ("[{source: SKU, destination: Sku}]", (SKU_SKU,)),
        ("[{source: SKU, destination: Name}, {source: name, destination: Name}]", (SKU_NAME, NAME_NAME)),
        ("[{source: name, destination: Name}, {source: SKU, destination: Sku}]", (NAME_NAME, SKU_SKU)),
    ],
)
def test_every_way_to_identify_a_product(tmp_path, ways, found):
    assert loaded(tmp_path, "products", f"identify: {ways}").products.identify == found


def test_what_a_file_without_these_sections_means(tmp_path):
    store = load_store(written(tmp_path, SMALLEST))

    assert store.write_mode == "auto"
    assert store.orders.model_dump() == {
        "statuses": ("DRAFT", "SENT", "VIEWED", "PAID"),
        "only_paid": False,
        "minimum_total": 0,
        "skip_zero_totals": True,
        "without_items": "standard item",
        "changed": "flag",
    }
    chosen = store.revenue.model_dump(exclude_none=True)
    assert chosen == {
        "rules": (),
        "number_from": "store",
        "number_prefix": "IS-",
        "transaction_date": "order date",
        "ship_date": "none",
        "memo": "",
        "message": "",
        "line_description": "item name",
        "reference": "none",
        "deposit_accounts": {},
        "payment_methods": {},
        "standard_item": "Sales",
        "tax_item": "Tax",
        "tip_item": "Tips",
        "fee_item": "Fees",
        "discounts": "discount line",
        "consolidate": False,
    }
    assert store.products.identify == (SKU_SKU, NAME_NAME)
    assert [str(way) for way in store.products.identify] == ["SKU → Sku", "name → Name"]
    assert (store.products.not_found, store.products.map, store.products.reactivate_inactive) == (
        "standard",
        None,
        False,
    )
    assert store.taxes.model_dump(exclude_none=True) == {"record_as": "line item", "if_differs": "flag"}
    assert store.refunds.model_dump(exclude_none=True) == {"record_as": "refund receipt"}


@pytest.mark.parametrize(
    ("when", "conditions"),
    [
        ("{order_status: SENT}", {"order_status": ("SENT",)}),
        ("{order_status: [DRAFT, SENT, VIEWED, PAID]}", {"order_status": ("DRAFT", "SENT", "VIEWED", "PAID")}),
        ("{payment_status: [unpaid, partly paid]}", {"payment_status": ("unpaid", "partly paid")}),
        ("{payment_status: paid}", {"payment_status": ("paid",)}),
        ("{payment_method: [Credit Card, ' PayPal ']}", {"payment_method": ("Credit Card", "PayPal")}),
        ("{order_type: ONLINE}", {"order_type": ("ONLINE",)}),
        ("{order_type: [ONLINE, OFFLINE]}", {"order_type": ("ONLINE", "OFFLINE")}),
        ("{currency: EUR}", {"currency": ("EUR",)}),
        ("{currency: [EUR, GBP]}", {"currency": ("EUR", "GBP")}),
        ("{product: ['007', Red kettle]}", {"product": ("007", "Red kettle")}),
        ("{tag: 91}", {"tag": ("91",)}),
        ("{tag: [91, ' 107 ']}", {"tag": ("91", "107")}),
        ("{total_at_least: 500}", {"total_at_least": Decimal(500)}),
        ("{total_below: 0.5}", {"total_below": Decimal("0.5")}),
        (
            "{total_at_least: 10, total_below: 10.01, tag: 1}",
            {"total_at_least": Decimal(10), "total_below": Decimal("10.01"), "tag": ("1",)},
        ),
    ],
)
def test_every_condition_of_a_rule(tmp_path, when, conditions):
    rules = loaded(tmp_path, "revenue", f"rules: [{{when: {when}, post_as: Invoice}}, {LAST}]").revenue.rules

    assert [rule.when for rule in rules] == [Conditions(**conditions), Conditions()]
    assert rules[0].when.model_dump(exclude_defaults=True) == conditions


def test_what_a_rule_chooses(tmp_path):
    rules = """
    rules:
      - when: {payment_status: unpaid}
        post_as: Invoice
        class: Wholesale
        location: West
      - when: {payment_status: partly paid}
        post_as: Invoice and payment
      - when: {order_type: OFFLINE}
        post_as: Invoice, payment if paid
      - when: anything else
        post_as: Sales receipt
    class: Web
    """
    revenue = loaded(tmp_path, "revenue", rules).revenue

    assert [(rule.post_as, rule.class_, rule.location) for rule in revenue.rules] == [
        ("Invoice", "Wholesale", "West"),
        ("Invoice and payment", None, None),
        ("Invoice, payment if paid", None, None),
        ("Sales receipt", None, None),
    ]
    assert (revenue.post_as, revenue.class_) == (None, "Web")


def rule(when: str, more: str = "") -> str:
    return f"rules: [{{when: {when}, post_as: Invoice{more}}}, {LAST}]"


ANYTHING_ELSE_IS_LAST = "revenue.rules: the last rule, and no other, must be for `when: anything else`"
NO_CONDITION = "names no condition; write one, as {payment_status: paid}, or `when: anything else`"
EMPTY = "is empty; write one value at least, or leave the key out"
QUOTES = "is not allowed; allowed is text; numbers and dates are text in quotes, and so are yes, no, on and off"
SECTION = "is not allowed; allowed is a section: its keys stand below it, indented"
CSV = "is not the name of a CSV file that stands beside the settings; write it as products.csv"
ONE_OR_TWO = "products.identify: holds one way to identify a product, or two different ones"


@pytest.mark.parametrize(
    ("section", "text", "said"),
    [
        # which orders
        ("orders", "status: PAID", "orders.status: there is no such setting; did you mean statuses?"),
        ("orders", "x: 1", "orders.x: there is no such setting; allowed are statuses, only_paid, minimum_total, skip_"),
        ("orders", "statuses: []", f"orders.statuses: {EMPTY}"),
        ("orders", "statuses: null", "orders.statuses: None is not allowed; allowed is a list"),
        (
            "orders",
            "statuses: paid",
            "orders.statuses.0: 'paid' is not allowed; allowed is 'DRAFT', 'SENT', 'VIEWED' or 'PAID'",
        ),
        ("orders", "statuses: [PAID, OPEN]", "orders.statuses.1: 'OPEN' is not allowed; allowed is 'DRAFT', 'SENT',"),
        ("orders", "statuses: {PAID: 1}", "orders.statuses.0: {'PAID': 1} is not allowed; allowed is 'DRAFT', 'SENT',"),
        ("orders", "only_paid: mostly", "orders.only_paid: 'mostly' is not allowed; allowed is true or false"),
        ("orders", "only_paid:", "orders.only_paid: None is not allowed; allowed is true or false"),
        ("orders", "minimum_total: ten", "orders.minimum_total: 'ten' is not allowed; allowed is an amount, as 12.50"),
        ("orders", "minimum_total: 12,50", "orders.minimum_total: '12,50' is not allowed; allowed is an amount, as"),
        ("orders", "minimum_total: $5", "orders.minimum_total: '$5' is not allowed; allowed is an amount, as 12.50"),
        ("orders", "minimum_total: true", "orders.minimum_total: True is not allowed; allowed is an amount, as 12.50"),
        ("orders", "minimum_total: [5]", "orders.minimum_total: [5] is not allowed; allowed is an amount, as 12.50"),
        ("orders", "minimum_total:", "orders.minimum_total: None is not allowed; allowed is an amount, as 12.50"),
        ("orders", "minimum_total: -1", "orders.minimum_total: -1 is not allowed; input should be greater than or equ"),
        ("orders", "minimum_total: 0.0001", "orders.minimum_total: 0.0001 is not allowed; decimal input should have n"),
        ("orders", "minimum_total: .inf", "orders.minimum_total: inf is not allowed; input should be a finite number"),
        ("orders", "minimum_total: .nan", "orders.minimum_total: nan is not allowed; input should be a finite number"),
        ("orders", f"minimum_total: {'9' * 16}", "no more than 15 digits in total"),
        ("orders", "skip_zero_totals: 2", "orders.skip_zero_totals: 2 is not allowed; allowed is true or false"),
        ("orders", "without_items: skip", "orders.without_items: 'skip' is not allowed; allowed is 'standard item' or"),
        (
            "orders",
            "changed: off",
            "orders.changed: False is not allowed; allowed is 'flag', 'update' or 'ignore'",
        ),
        # what an order becomes
        ("revenue", "x: 1", "revenue.x: there is no such setting; allowed are post_as, rules, number_from, number_pre"),
        ("revenue", "x: 1", ", payment_methods, class, location, standard_item, "),
        ("revenue", "class_: Web", "revenue.class_: there is no such setting; did you mean class?"),
        (
            "revenue",
            "post_as: invoice",
            "revenue.post_as: 'invoice' is not allowed; allowed is 'Sales receipt', 'Invoice', 'Invoice and payment' or "
            "'Invoice, payment if paid'",
        ),
        ("revenue", f"post_as: Invoice\nrules: [{LAST}]", "revenue: has both post_as and rules; leave one of them out"),
        # rules
        ("revenue", "rules: null", "revenue.rules: None is not allowed; allowed is a list"),
        ("revenue", "rules: by type", "revenue.rules: 'by type' is not allowed; allowed is a list"),
        (
            "revenue",
            f"rules: {LAST}",
            "revenue.rules: {'when': 'anything else', 'post_as': 'Sales receipt'} is not all",
        ),
        ("revenue", "rules: [Invoice]", f"revenue.rules.0: 'Invoice' {SECTION}"),
        ("revenue", "rules: [{when: {tag: 1}, post_as: Invoice}]", ANYTHING_ELSE_IS_LAST),
        ("revenue", f"rules: [{LAST}, {{when: {{tag: 1}}, post_as: Invoice}}]", ANYTHING_ELSE_IS_LAST),
        ("revenue", f"rules: [{LAST}, {LAST}]", ANYTHING_ELSE_IS_LAST),
        (
            "revenue",
            f"rules: [{{when: {{tag: 1}}, post_as: Invoice}}, {{when: {{tag: '1'}}, post_as: Sales receipt}}, {LAST}]",
            "revenue.rules: two rules have the same conditions; no order would reach the second",
        ),
        ("revenue", "rules: [{post_as: Invoice}]", "revenue.rules.0.when: is required and missing"),
        ("revenue", "rules: [{when: anything else}]", "revenue.rules.0.post_as: is required and missing"),
        ("revenue", rule("{}"), f"revenue.rules.0.when: {NO_CONDITION}"),
        ("revenue", rule("null"), f"revenue.rules.0.when: None {NO_CONDITION}"),
        ("revenue", rule("everything"), f"revenue.rules.0.when: 'everything' {NO_CONDITION}"),
        ("revenue", rule("[unpaid]"), f"revenue.rules.0.when: ['unpaid'] {SECTION}"),
        (
            "revenue",
            rule("{tag: 1}", ", clas: Web"),
            "revenue.rules.0.clas: there is no such setting; did you mean cla",
        ),
        (
            "revenue",
            rule("{tag: 1}", ", class_: Web"),
            "revenue.rules.0.class_: there is no such setting; did you mean",
        ),
        ("revenue", rule("{tag: 1}", ", x: 1"), "revenue.rules.0.x: there is no such setting; allowed are when, post_"),
        ("revenue", rule("{tag: 1}", ", class: NO"), f"revenue.rules.0.class: False {QUOTES}"),
        ("revenue", rule("{tag: 1}", ", location: ' '"), "revenue.rules.0.location: ' ' is blank"),
        ("revenue", rule("{tags: 1}"), "revenue.rules.0.when.tags: there is no such setting; did you mean tag?"),
        ("revenue", rule("{x: 1}"), "revenue.rules.0.when.x: there is no such setting; allowed are order_status, paym"),
        (
            "revenue",
            rule("{order_status: OPEN}"),
            "revenue.rules.0.when.order_status.0: 'OPEN' is not allowed; allowed",
        ),
        ("revenue", rule("{order_status: []}"), f"revenue.rules.0.when.order_status: {EMPTY}"),
        (
            "revenue",
            rule("{payment_status: open}"),
            "revenue.rules.0.when.payment_status.0: 'open' is not allowed; allowed is 'unpaid', 'partly paid' or 'paid'",
        ),
        ("revenue", rule("{payment_method: ''}"), "revenue.rules.0.when.payment_method.0: '' is blank"),
        ("revenue", rule("{order_type: online}"), "revenue.rules.0.when.order_type.0: 'online' is not allowed; allowe"),
        (
            "revenue",
            rule("{currency: usd}"),
            "revenue.rules.0.when.currency.0: 'usd' is not a currency's code; write three capital letters, as USD",
        ),
        ("revenue", rule("{product: 7}"), f"revenue.rules.0.when.product.0: 7 {QUOTES}"),
        ("revenue", rule("{product: }"), "revenue.rules.0.when.product: None is not allowed; allowed is a list"),
        (
            "revenue",
            rule("{tag: [1, VIP]}"),
            "revenue.rules.0.when.tag.1: 'VIP' is not the id of a tag; write its number, as 91",
        ),
        ("revenue", rule("{tag: -1}"), "revenue.rules.0.when.tag.0: -1 is not the id of a tag; write its number"),
        (
            "revenue",
            rule("{tag: '091'}"),
            "revenue.rules.0.when.tag.0: '091' is not the id of a tag; write its number, ",
        ),
        ("revenue", rule("{tag: true}"), f"revenue.rules.0.when.tag.0: True {QUOTES}"),
        ("revenue", rule("{total_at_least: much}"), "revenue.rules.0.when.total_at_least: 'much' is not allowed; allo"),
        ("revenue", rule("{total_below: -1}"), "revenue.rules.0.when.total_below: -1 is not allowed; input should be "),
        (
            "revenue",
            rule("{total_at_least: 10, total_below: 10}"),
            "revenue.rules.0.when: total_below must be more than total_at_least; no order's total fits both",
        ),
        # numbers, dates, texts
        ("revenue", "number_from: quickbooks", "revenue.number_from: 'quickbooks' is not allowed; allowed is 'store' "),
        ("revenue", "number_prefix: 2026", f"revenue.number_prefix: 2026 {QUOTES}"),
        ("revenue", "number_prefix: null", f"revenue.number_prefix: None {QUOTES}"),
        ("revenue", "number_prefix: NO", f"revenue.number_prefix: False {QUOTES}"),
        ("revenue", "number_prefix: ' IS'", "revenue.number_prefix: ' IS' cannot begin with a space, or hold tabs or "),
        ("revenue", 'number_prefix: "IS\\n"', "revenue.number_prefix: 'IS\\n' cannot begin with a space, or hold tabs"),
        ("revenue", "number_prefix: 0123456789", "revenue.number_prefix: '0123456789' is not allowed; string should h"),
        (
            "revenue",
            "transaction_date: today",
            "revenue.transaction_date: 'today' is not allowed; allowed is 'order date', 'payment date' or 'date of post",
        ),
        ("revenue", "ship_date: off", "revenue.ship_date: False is not allowed; allowed is 'none' or 'order date'"),
        ("revenue", "ship_date: 2026-11-16", "revenue.ship_date: datetime.date(2026, 11, 16) is not allowed; allowed "),
        ("revenue", "sales_term: 30", f"revenue.sales_term: 30 {QUOTES}"),
        ("revenue", "memo: '{order}'", "revenue.memo: '{order}' is not a readable template; it may hold {first}, {mid"),
        ("revenue", "memo: '{order}'", "{shipping_company}, {order_id}, {order_title}"),
        ("revenue", "memo: '{order_id'", "revenue.memo: '{order_id' is not a readable template; it may hold {first}"),
        ("revenue", "memo: {order_id}", "revenue.memo: {'order_id': None} is not allowed; allowed is text; numbers an"),
        ("revenue", "message: 7", f"revenue.message: 7 {QUOTES}"),
        (
            "revenue",
            "line_description: own",
            "revenue.line_description: 'own' is not allowed; allowed is 'item name', \"order's own\" or \"QuickBooks' desc",
        ),
        (
            "revenue",
            "reference: order",
            "revenue.reference: 'order' is not allowed; allowed is 'none', 'order id' or \"payment's transaction id\"",
        ),
        # accounts, methods, classes, items
        ("revenue", "deposit_account: 1010", f"revenue.deposit_account: 1010 {QUOTES}"),
        ("revenue", "deposit_account: ''", "revenue.deposit_account: '' is blank"),
        ("revenue", "deposit_accounts: Till", f"revenue.deposit_accounts: 'Till' {SECTION}"),
        ("revenue", "deposit_accounts: [Till]", f"revenue.deposit_accounts: ['Till'] {SECTION}"),
        ("revenue", "deposit_accounts: {1: Till}", f"revenue.deposit_accounts.1: 1 {QUOTES}"),
        ("revenue", "deposit_accounts: {No: Till}", f"revenue.deposit_accounts.0: False {QUOTES}"),
        ("revenue", "deposit_accounts: {' ': Till}", "revenue.deposit_accounts. : ' ' is blank"),
        ("revenue", "deposit_accounts: {Cash: 1010}", f"revenue.deposit_accounts.Cash: 1010 {QUOTES}"),
        ("revenue", "deposit_accounts: {Cash: ''}", "revenue.deposit_accounts.Cash: '' is blank"),
        (
            "revenue",
            "deposit_accounts: {Cash: Till, CASH: Safe}",
            "revenue.deposit_accounts: names a payment method twice; upper and lower case make no difference",
        ),
        (
            "revenue",
            "payment_methods: {Cash: Cash}",
            "revenue: payment_methods is only for payment_method: as on store; set that, or take them out",
        ),
        (
            "revenue",
            "payment_method: Visa\npayment_methods: {Cash: Cash}",
            "revenue: payment_methods is only for payment",
        ),
        ("revenue", "class: off", f"revenue.class: False {QUOTES}"),
        ("revenue", "shipping_item: ' '", "revenue.shipping_item: ' ' is blank"),
        ("revenue", "finance_charge_item: 9", f"revenue.finance_charge_item: 9 {QUOTES}"),
        ("revenue", "discounts: none", "revenue.discounts: 'none' is not allowed; allowed is 'discount line' or 'nega"),
        ("revenue", "discounts: negative lines", "revenue: discount_item is required where discounts is negative line"),
        (
            "revenue",
            "discount_item: Discount",
            "revenue: discount_item is only for discounts: negative lines; set that, or take the item out",
        ),
        (
            "revenue",
            "discounts: negative lines\ndiscount_item: Discount\ndiscount_account: Given",
            "revenue: discount_account is only for discounts: discount line; set that, or take the account out",
        ),
        # one document a day
        (
            "revenue",
            f"consolidate: true\nrules: [{LAST}]",
            "revenue: consolidate cannot be combined with rules; leave one of them out",
        ),
        (
            "revenue",
            "consolidate: true\npost_as: Invoice and payment",
            "revenue: consolidate makes sales receipts; leave post_as out",
        ),
        ("revenue", "consolidate: daily", "revenue.consolidate: 'daily' is not allowed; allowed is true or false"),
        (
            "revenue",
            "daily_customer: Web",
            "revenue: daily_customer is only for consolidate: true; set that, or take the customer out",
        ),
        # products
        (
            "products",
            "x: 1",
            "products.x: there is no such setting; allowed are map, identify, not_found, create, reac",
        ),
        ("products", "map: products", f"products.map: 'products' {CSV}"),
        ("products", "map: ../products.csv", f"products.map: '../products.csv' {CSV}"),
        ("products", "map: .csv", f"products.map: '.csv' {CSV}"),
        ("products", "map: ''", f"products.map: '' {CSV}"),
        ("products", "map: [products.csv]", "products.map: ['products.csv'] is not allowed; allowed is text"),
        ("products", "identify: SKU", "products.identify: 'SKU' is not allowed; allowed is a list"),
        ("products", "identify: []", ONE_OR_TWO),
        ("products", f"identify: [{', '.join(['{source: SKU, destination: Sku}'] * 2)}]", ONE_OR_TWO),
        (
            "products",
            "identify:\n  - {source: SKU, destination: Sku}\n  - {source: SKU, destination: Name}\n"
            "  - {source: name, destination: Name}",
            ONE_OR_TWO,
        ),
        ("products", "identify: [SKU]", f"products.identify.0: 'SKU' {SECTION}"),
        ("products", "identify: [{source: SKU}]", "products.identify.0.destination: is required and missing"),
        (
            "products",
            "identify: [{source: sku, destination: Sku}]",
            "products.identify.0.source: 'sku' is not allowed; allowed is 'SKU' or 'name'",
        ),
        (
            "products",
            "identify: [{source: SKU, destination: SKU}]",
            "products.identify.0.destination: 'SKU' is not allowed; allowed is 'Sku' or 'Name'",
        ),
        (
            "products",
            "identify: [{source: name, destination: Sku}]",
            "products.identify.0: a name is no SKU; use name with Name",
        ),
        (
            "products",
            "identify: [{source: name, destination: Name, sorce: name}]",
            "products.identify.0.sorce: there is no such setting; did you mean source?",
        ),
        (
            "products",
            "not_found: skip",
            "products.not_found: 'skip' is not allowed; allowed is 'standard', 'create' or",
        ),
        ("products", "not_found: create", "products: not_found: create needs create.income_account"),
        (
            "products",
            "not_found: create\ncreate: {type: Inventory}",
            "products: not_found: create needs create.income_account, create.expense_account, create.asset_account, "
            "create.inventory_start",
        ),
        (
            "products",
            "not_found: create\ncreate: {type: Inventory, income_account: A, expense_account: B, asset_account: C}",
            "products: not_found: create needs create.inventory_start",
        ),
        (
            "products",
            "create: {asset_account: Stock}",
            "products.create: asset_account and inventory_start are only for type: Inventory; set that, or take them out",
        ),
        (
            "products",
            "create: {type: Service, inventory_start: 2026-01-01}",
            "products.create: asset_account and invent",
        ),
        (
            "products",
            "create: {type: Bundle}",
            "products.create.type: 'Bundle' is not allowed; allowed is 'NonInventory",
        ),
        (
            "products",
            "create: {account: A}",
            "products.create.account: there is no such setting; did you mean asset_acc",
        ),
        ("products", "create: {income_account: 4000}", f"products.create.income_account: 4000 {QUOTES}"),
        (
            "products",
            "create: {taxable: maybe}",
            "products.create.taxable: 'maybe' is not allowed; allowed is 'as on store', true or false",
        ),
        (
            "products",
            "create: {description: long}",
            "products.create.description: 'long' is not allowed; allowed is tru",
        ),
        (
            "products",
            "create: {type: Inventory, inventory_start: soon}",
            "products.create.inventory_start: 'soon' is not allowed; allowed is a date, as 2026-11-16",
        ),
        ("products", "create: null", f"products.create: None {SECTION}"),
        (
            "products",
            "reactivate_inactive: ask",
            "products.reactivate_inactive: 'ask' is not allowed; allowed is true o",
        ),
        # taxes
        ("taxes", "record: automatic", "taxes.record: there is no such setting; did you mean record_as?"),
        (
            "taxes",
            "record_as: line",
            "taxes.record_as: 'line' is not allowed; allowed is 'line item', 'as charged', 'automatic' or 'none'",
        ),
        (
            "taxes",
            "record_as: off",
            "taxes.record_as: False is not allowed; allowed is 'line item', 'as charged', 'aut",
        ),
        (
            "taxes",
            "record_as:",
            "taxes.record_as: None is not allowed; allowed is 'line item', 'as charged', 'automati",
        ),
        ("taxes", "tax_code: AZ", "taxes: tax_code is only for record_as: as charged; set that, or take the code out"),
        ("taxes", "record_as: automatic\ntax_code: AZ", "taxes: tax_code is only for record_as: as charged; set that,"),
        ("taxes", "taxed_lines: 20", f"taxes.taxed_lines: 20 {QUOTES}"),
        ("taxes", "untaxed_lines: NO", f"taxes.untaxed_lines: False {QUOTES}"),
        ("taxes", "if_differs: void", "taxes.if_differs: 'void' is not allowed; allowed is 'flag' or 'void and hold'"),
        # refunds
        ("refunds", "receipt: true", "refunds.receipt: there is no such setting; allowed are record_as, account, item"),
        (
            "refunds",
            "record_as: off",
            "refunds.record_as: False is not allowed; allowed is 'refund receipt', 'credit memo' or 'ignore'",
        ),
        (
            "refunds",
            "record_as: credit memo\naccount: Checking",
            "refunds: account is only for record_as: refund receipt; set that, or take the account out",
        ),
        (
            "refunds",
            "record_as: ignore\naccount: Checking",
            "refunds: account is only for record_as: refund receipt; se",
        ),
        ("refunds", "item: ''", "refunds.item: '' is blank"),
    ],
)
def test_a_wrong_value(tmp_path, section, text, said):
    message = refusal(tmp_path, whole(section, text))

    assert said in message
    assert "1 wrong setting(s)" in message
    assert "pydantic" not in message


def test_consolidation_and_automatic_taxes(tmp_path):
    said = "revenue.consolidate cannot be combined with taxes.record_as: automatic, because tax depends on each order's"
    assert said in refusal(tmp_path, whole("revenue", "consolidate: true") + "taxes: {record_as: automatic}\n")


def test_a_section_that_is_none(tmp_path):
    for section in ("orders", "products", "taxes", "refunds"):
        assert f"{section}: None {SECTION}" in refusal(tmp_path, f"{SMALLEST}{section}:\n")
        assert f"{section}: 'ignore' {SECTION}" in refusal(tmp_path, f"{SMALLEST}{section}: ignore\n")


def test_the_customer_of_consolidated_documents(tmp_path):
    plain = loaded(tmp_path, "customers", "standard_customer: Web")
    assert plain.daily_customer is None
    assert plain.matching == plain.customers

    named = loaded(tmp_path, "revenue", "consolidate: true\ndaily_customer: Daily")
    assert (named.daily_customer, named.matching.standard_customer) == ("Daily", "Daily")

    store = loaded(tmp_path, "revenue", "consolidate: true")
    assert store.daily_customer == "shop daily sales"
    assert (store.matching.always_standard, store.matching.standard_customer, store.matching.update_addresses) == (
        True,
        "shop daily sales",
        "off",
    )


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


CENTS = st.integers(0, 10**11).map(lambda cents: Decimal(cents).scaleb(-2))
AMOUNT = TypeAdapter(Amount)


@given(CENTS)
def test_an_amount_is_what_was_written_to_the_cent(amount):
    for text in (f"{amount:.2f}", f"'{amount:.2f}'", str(amount.normalize())):
        assert AMOUNT.validate_python(yaml.safe_load(text)) == amount


VALUES = {
    "order_status": st.sampled_from(["DRAFT", "SENT", "VIEWED", "PAID"]),
    "payment_status": st.sampled_from(["unpaid", "partly paid", "paid"]),
    "order_type": st.sampled_from(["ONLINE", "OFFLINE"]),
    "currency": st.text("ABCDEFGHIJKLMNOPQRSTUVWXYZ", min_size=3, max_size=3),
    "payment_method": st.text(min_size=1).filter(str.strip),
    "product": st.text(min_size=1).filter(str.strip),
    "tag": st.integers(1, 10**9),
}


@given(
    st.fixed_dictionaries({}, optional={key: st.lists(one, min_size=1) | one for key, one in VALUES.items()}).filter(
        len
    )
)
def test_one_value_is_a_list_of_one(when):
    listed = {key: value if isinstance(value, list) else [value] for key, value in when.items()}
    found = Rule.model_validate({"when": when, "post_as": "Invoice"}).when

    assert found == Rule.model_validate({"when": listed, "post_as": "Invoice"}).when
    assert found.model_dump(exclude_defaults=True) == {
        key: tuple(str(value).strip() for value in values) for key, values in listed.items()
    }
