"""The tab Revenue: every value that is accepted, the rules, and how a wrong one is told."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from order_sync.settings import Conditions, Rule, load_store
from tests.shop.stores import (
    EMPTY,
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

LAST = "{when: anything else, post_as: Sales receipt}"


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ("post_as: Sales receipt", "post_as", "Sales receipt"),
        ("post_as: Invoice", "post_as", "Invoice"),
        ("post_as: Invoice and payment", "post_as", "Invoice and payment"),
        ("post_as: Invoice, payment if paid", "post_as", "Invoice, payment if paid"),
        ("post_as: null", "post_as", None),
        ("rules: []", "rules", ()),
        ("number_from: store", "number_from", "store"),
        ("number_from: QuickBooks", "number_from", "QuickBooks"),
        ("number_prefix: ''", "number_prefix", ""),
        ("number_prefix: 'WEB 2026-'", "number_prefix", "WEB 2026-"),
        ("transaction_date: order date", "transaction_date", "order date"),
        ("transaction_date: payment date", "transaction_date", "payment date"),
        ("transaction_date: date of posting", "transaction_date", "date of posting"),
        ("ship_date: none", "ship_date", "none"),
        ("ship_date: null", "ship_date", "none"),
        ("ship_date:", "ship_date", "none"),
        ("ship_date: order date", "ship_date", "order date"),
        ("sales_term: ' Net 30 '", "sales_term", "Net 30"),
        ("memo: 'Order {order_id}: {order_title}'", "memo", "Order {order_id}: {order_title}"),
        ("memo: |-\n  two\n  lines", "memo", "two\nlines"),
        ("message: 'Thank you, {first}'", "message", "Thank you, {first}"),
        ("line_description: item name", "line_description", "item name"),
        ("line_description: order's own", "line_description", "order's own"),
        ("line_description: QuickBooks' description", "line_description", "QuickBooks' description"),
        ("reference: none", "reference", "none"),
        ("reference: ~", "reference", "none"),
        ("reference: order id", "reference", "order id"),
        ("reference: payment's transaction id", "reference", "payment's transaction id"),
        ("deposit_account: Checking", "deposit_account", "Checking"),
        (
            "deposit_accounts: {Credit Card: 'Bank:Clearing', ' Cash ': ' Till '}",
            "deposit_accounts",
            {"Credit Card": "Bank:Clearing", "Cash": "Till"},
        ),
        ("deposit_accounts: {Cash: null, Check: Till}", "deposit_accounts", {"Check": "Till"}),
        ("deposit_accounts: {'1': Till}", "deposit_accounts", {"1": "Till"}),
        ("deposit_accounts: null", "deposit_accounts", {}),
        ("payment_method: Visa", "payment_method", "Visa"),
        ("payment_method: as on store", "payment_method", "as on store"),
        (
            "payment_method: as on store\npayment_methods: {Credit Card: Visa}",
            "payment_methods",
            {"Credit Card": "Visa"},
        ),
        ("class: Web", "class_", "Web"),
        ("class: 'NO'", "class_", "NO"),
        ("class: null", "class_", None),
        ("location: 'West:Phoenix'", "location", "West:Phoenix"),
        ("finance_charge_item: Interest", "finance_charge_item", "Interest"),
        ("shipping_item: Freight", "shipping_item", "Freight"),
        ("discounts: discount line", "discounts", "discount line"),
        ("discount_account: Discounts given", "discount_account", "Discounts given"),
        ("discounts: negative lines\ndiscount_item: Discount", "discounts", "negative lines"),
        ("discounts: negative lines\ndiscount_item: Discount", "discount_item", "Discount"),
        ("consolidate: true", "consolidate", True),
        ("consolidate: true\npost_as: Sales receipt", "consolidate", True),
        ("consolidate: true\ndaily_customer: Web", "daily_customer", "Web"),
    ],
)
def test_every_value(tmp_path, text, key, value):
    assert value_of(loaded(tmp_path, "revenue", text), "revenue", key) == value


def test_what_the_smallest_section_means(tmp_path):
    chosen = load_store(written(tmp_path, SMALLEST)).revenue.model_dump(exclude_none=True)
    assert chosen == {
        "rules": (),
        "number_from": "store",
        "number_prefix": "IS-",
        "transaction_date": "payment date",
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


@pytest.mark.parametrize(
    ("when", "conditions"),
    [
        ("{order_status: SENT}", {"order_status": ("SENT",)}),
        ("{order_status: [DRAFT, SENT, VIEWED, PAID]}", {"order_status": ("DRAFT", "SENT", "VIEWED", "PAID")}),
        ("{payment_status: [unpaid, partly paid]}", {"payment_status": ("unpaid", "partly paid")}),
        ("{payment_status: paid}", {"payment_status": ("paid",)}),
        ("{paid: in parts}", {"paid": "in parts"}),
        ("{paid: at once}", {"paid": "at once"}),
        ("{payment_plan: true}", {"payment_plan": True}),
        ("{payment_plan: false}", {"payment_plan": False}),
        ("{paid: at once, payment_plan: false}", {"paid": "at once", "payment_plan": False}),
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


@pytest.mark.parametrize(
    ("text", "said"),
    [
        # what an order becomes
        ("x: 1", "revenue.x: there is no such setting; allowed are post_as, rules, number_from, number_pre"),
        ("x: 1", ", payment_methods, class, location, standard_item, "),
        ("class_: Web", "revenue.class_: there is no such setting; did you mean class?"),
        (
            "post_as: invoice",
            "revenue.post_as: 'invoice' is not allowed; allowed is 'Sales receipt', 'Invoice', 'Invoice and payment' or "
            "'Invoice, payment if paid'",
        ),
        (f"post_as: Invoice\nrules: [{LAST}]", "revenue: has both post_as and rules; leave one of them out"),
        # rules
        ("rules: null", "revenue.rules: None is not allowed; allowed is a list"),
        ("rules: by type", "revenue.rules: 'by type' is not allowed; allowed is a list"),
        (
            f"rules: {LAST}",
            "revenue.rules: {'when': 'anything else', 'post_as': 'Sales receipt'} is not all",
        ),
        ("rules: [Invoice]", f"revenue.rules.0: 'Invoice' {SECTION}"),
        ("rules: [{when: {tag: 1}, post_as: Invoice}]", ANYTHING_ELSE_IS_LAST),
        (f"rules: [{LAST}, {{when: {{tag: 1}}, post_as: Invoice}}]", ANYTHING_ELSE_IS_LAST),
        (f"rules: [{LAST}, {LAST}]", ANYTHING_ELSE_IS_LAST),
        (
            f"rules: [{{when: {{tag: 1}}, post_as: Invoice}}, {{when: {{tag: '1'}}, post_as: Sales receipt}}, {LAST}]",
            "revenue.rules: two rules have the same conditions; no order would reach the second",
        ),
        ("rules: [{post_as: Invoice}]", "revenue.rules.0.when: is required and missing"),
        ("rules: [{when: anything else}]", "revenue.rules.0.post_as: is required and missing"),
        (rule("{}"), f"revenue.rules.0.when: {NO_CONDITION}"),
        (rule("null"), f"revenue.rules.0.when: None {NO_CONDITION}"),
        (rule("everything"), f"revenue.rules.0.when: 'everything' {NO_CONDITION}"),
        (rule("[unpaid]"), f"revenue.rules.0.when: ['unpaid'] {SECTION}"),
        (
            rule("{tag: 1}", ", clas: Web"),
            "revenue.rules.0.clas: there is no such setting; did you mean cla",
        ),
        (
            rule("{tag: 1}", ", class_: Web"),
            "revenue.rules.0.class_: there is no such setting; did you mean",
        ),
        (rule("{tag: 1}", ", x: 1"), "revenue.rules.0.x: there is no such setting; allowed are when, post_"),
        (rule("{tag: 1}", ", class: NO"), f"revenue.rules.0.class: False {QUOTES}"),
        (rule("{tag: 1}", ", location: ' '"), "revenue.rules.0.location: ' ' is blank"),
        (rule("{tags: 1}"), "revenue.rules.0.when.tags: there is no such setting; did you mean tag?"),
        (rule("{x: 1}"), "revenue.rules.0.when.x: there is no such setting; allowed are order_status, paym"),
        (
            rule("{order_status: OPEN}"),
            "revenue.rules.0.when.order_status.0: 'OPEN' is not allowed; allowed",
        ),
        (rule("{order_status: []}"), f"revenue.rules.0.when.order_status: {EMPTY}"),
        (
            rule("{payment_status: open}"),
            "revenue.rules.0.when.payment_status.0: 'open' is not allowed; allowed is 'unpaid', 'partly paid' or 'paid'",
        ),
        (
            rule("{paid: monthly}"),
            "revenue.rules.0.when.paid: 'monthly' is not allowed; allowed is 'at once' or 'in parts'",
        ),
        (rule("{paid: [in parts]}"), "revenue.rules.0.when.paid: ['in parts'] is not allowed; allowed is 'at once' or"),
        (
            rule("{payment_plan: monthly}"),
            "revenue.rules.0.when.payment_plan: 'monthly' is not allowed; allowed is true",
        ),
        (rule("{payment_method: ''}"), "revenue.rules.0.when.payment_method.0: '' is blank"),
        (rule("{order_type: online}"), "revenue.rules.0.when.order_type.0: 'online' is not allowed; allowe"),
        (
            rule("{currency: usd}"),
            "revenue.rules.0.when.currency.0: 'usd' is not a currency's code; write three capital letters, as USD",
        ),
        (rule("{product: 7}"), f"revenue.rules.0.when.product.0: 7 {QUOTES}"),
        (rule("{product: }"), "revenue.rules.0.when.product: None is not allowed; allowed is a list"),
        (
            rule("{tag: [1, VIP]}"),
            "revenue.rules.0.when.tag.1: 'VIP' is not the id of a tag; write its number, as 91",
        ),
        (rule("{tag: -1}"), "revenue.rules.0.when.tag.0: -1 is not the id of a tag; write its number"),
        (
            rule("{tag: '091'}"),
            "revenue.rules.0.when.tag.0: '091' is not the id of a tag; write its number, ",
        ),
        (rule("{tag: true}"), f"revenue.rules.0.when.tag.0: True {QUOTES}"),
        (rule("{total_at_least: much}"), "revenue.rules.0.when.total_at_least: 'much' is not allowed; allo"),
        (rule("{total_below: -1}"), "revenue.rules.0.when.total_below: -1 is not allowed; input should be "),
        (
            rule("{total_at_least: 10, total_below: 10}"),
            "revenue.rules.0.when: total_below must be more than total_at_least; no order's total fits both",
        ),
        # numbers, dates, texts
        ("number_from: quickbooks", "revenue.number_from: 'quickbooks' is not allowed; allowed is 'store' "),
        ("number_prefix: 2026", f"revenue.number_prefix: 2026 {QUOTES}"),
        ("number_prefix: null", f"revenue.number_prefix: None {QUOTES}"),
        ("number_prefix: NO", f"revenue.number_prefix: False {QUOTES}"),
        ("number_prefix: ' IS'", "revenue.number_prefix: ' IS' cannot begin with a space, or hold tabs or "),
        ('number_prefix: "IS\\n"', "revenue.number_prefix: 'IS\\n' cannot begin with a space, or hold tabs"),
        ("number_prefix: 0123456789", "revenue.number_prefix: '0123456789' is not allowed; string should h"),
        (
            "transaction_date: today",
            "revenue.transaction_date: 'today' is not allowed; allowed is 'order date', 'payment date' or 'date of post",
        ),
        ("ship_date: off", "revenue.ship_date: False is not allowed; allowed is 'none' or 'order date'"),
        ("ship_date: 2026-11-16", "revenue.ship_date: datetime.date(2026, 11, 16) is not allowed; allowed "),
        ("sales_term: 30", f"revenue.sales_term: 30 {QUOTES}"),
        ("memo: '{order}'", "revenue.memo: '{order}' is not a readable template; it may hold {prefix}, {fir"),
        ("memo: '{order}'", "{shipping_company}, {order_id}, {order_title}"),
        ("memo: '{order_id'", "revenue.memo: '{order_id' is not a readable template; it may hold {prefix}"),
        ("memo: {order_id}", "revenue.memo: {'order_id': None} is not allowed; allowed is text; numbers an"),
        ("message: 7", f"revenue.message: 7 {QUOTES}"),
        (
            "line_description: own",
            "revenue.line_description: 'own' is not allowed; allowed is 'item name', \"order's own\" or \"QuickBooks' desc",
        ),
        (
            "reference: order",
            "revenue.reference: 'order' is not allowed; allowed is 'none', 'order id' or \"payment's transaction id\"",
        ),
        # accounts, methods, classes, items
        ("deposit_account: 1010", f"revenue.deposit_account: 1010 {QUOTES}"),
        ("deposit_account: ''", "revenue.deposit_account: '' is blank"),
        ("deposit_accounts: Till", f"revenue.deposit_accounts: 'Till' {SECTION}"),
        ("deposit_accounts: [Till]", f"revenue.deposit_accounts: ['Till'] {SECTION}"),
        ("deposit_accounts: {1: Till}", f"revenue.deposit_accounts.1: 1 {QUOTES}"),
        ("deposit_accounts: {No: Till}", f"revenue.deposit_accounts.0: False {QUOTES}"),
        ("deposit_accounts: {' ': Till}", "revenue.deposit_accounts. : ' ' is blank"),
        ("deposit_accounts: {Cash: 1010}", f"revenue.deposit_accounts.Cash: 1010 {QUOTES}"),
        ("deposit_accounts: {Cash: ''}", "revenue.deposit_accounts.Cash: '' is blank"),
        (
            "deposit_accounts: {Cash: Till, CASH: Safe}",
            "revenue.deposit_accounts: names a payment method twice, unlike; upper and lower case, blanks and hyphens make no difference",
        ),
        (
            "payment_methods: {Cash: Cash}",
            "revenue: payment_methods is only for payment_method: as on store; set that, or take them out",
        ),
        (
            "payment_method: Visa\npayment_methods: {Cash: Cash}",
            "revenue: payment_methods is only for payment",
        ),
        ("class: off", f"revenue.class: False {QUOTES}"),
        ("shipping_item: ' '", "revenue.shipping_item: ' ' is blank"),
        ("finance_charge_item: 9", f"revenue.finance_charge_item: 9 {QUOTES}"),
        ("discounts: none", "revenue.discounts: 'none' is not allowed; allowed is 'discount line' or 'nega"),
        ("discounts: negative lines", "revenue: discount_item is required where discounts is negative line"),
        (
            "discount_item: Discount",
            "revenue: discount_item is only for discounts: negative lines; set that, or take the item out",
        ),
        (
            "discounts: negative lines\ndiscount_item: Discount\ndiscount_account: Given",
            "revenue: discount_account is only for discounts: discount line; set that, or take the account out",
        ),
        # one document a day
        (
            f"consolidate: true\nrules: [{LAST}]",
            "revenue: consolidate cannot be combined with rules; leave one of them out",
        ),
        (
            "consolidate: true\npost_as: Invoice and payment",
            "revenue: consolidate makes sales receipts; leave post_as out",
        ),
        ("consolidate: daily", "revenue.consolidate: 'daily' is not allowed; allowed is true or false"),
        (
            "daily_customer: Web",
            "revenue: daily_customer is only for consolidate: true; set that, or take the customer out",
        ),
    ],
)
def test_a_wrong_value(tmp_path, text, said):
    assert_the_only_fault(refusal(tmp_path, whole("revenue", text)), said)


def test_consolidation_and_automatic_taxes(tmp_path):
    said = "revenue.consolidate cannot be combined with taxes.record_as: automatic, because tax depends on each order's"
    assert said in refusal(tmp_path, whole("revenue", "consolidate: true") + "taxes: {record_as: automatic}\n")


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


@pytest.mark.parametrize("key", ["deposit_accounts", "payment_methods"])
def test_a_method_may_stand_in_several_spellings_that_mean_the_same(tmp_path, key):
    text = f"payment_method: as on store\n{key}: {{Apple Pay: Till, ApplePay: Till, APPLE_PAY: Till}}"
    assert len(value_of(loaded(tmp_path, "revenue", text), "revenue", key)) == 3
    assert "twice, unlike" in refusal(tmp_path, whole("revenue", text.replace("APPLE_PAY: Till", "APPLE_PAY: Safe")))
