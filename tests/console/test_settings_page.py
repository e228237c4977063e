"""Sync settings: the form, what is said beside its fields, versions."""

from __future__ import annotations

import re
from decimal import Decimal
from html import unescape
from pathlib import Path
from typing import Any

import pytest
import yaml
from sqlalchemy import Engine
from starlette.datastructures import FormData

from order_sync.console.fields import fields, groups
from order_sync.console.form import entered, texts_of
from order_sync.console.labels import (
    ENTITIES,
    EXAMPLES,
    GROUPS,
    IN_REVIEW,
    LABELS,
    NAME_FORMATTED,
    NO_CONDITION,
    UNFOLDS,
    WORDS,
)
from order_sync.database.cache import Freshness, note_freshness, save_customers, save_entries
from order_sync.database.choices import note_choice, note_item, note_kind
from order_sync.database.history import Event
from order_sync.database.plans import Planned, save_plan
from order_sync.database.settings_drafts import keep_draft
from order_sync.database.settings_versions import settings_in_force, versions
from order_sync.database.stores import note_store
from order_sync.settings import ROOT, load_store, store_files
from order_sync.settings.files import merged, read_files
from order_sync.settings.revenue import Conditions
from order_sync.settings.versions import TABS, changes, tabs_of, with_tabs
from order_sync.sync.orders.decision import Choice, ItemChoice, KindChoice
from order_sync.sync.orders.identity import Identity
from tests.console.conftest import Browser, Doors
from tests.shop.records import NOON
from tests.shop.stores import SMALLEST, write_examples, written

pytestmark = pytest.mark.airflow

PAGE = "/demo/settings"
SAVE = f"{PAGE}/save"


@pytest.fixture
def file(browser: Browser, tmp_path: Path) -> Path:
    """The store's file, with all that it needs."""
    file = tmp_path / "stores" / "demo.yaml"
    file.write_text(SMALLEST)
    return file


def save(browser: Browser, base: int = 0, **fields: Any) -> Any:
    """Somebody changes these fields of the form and saves it; `__` stands for a dot."""
    return browser.post(SAVE, {"base": str(base), **{key.replace("__", "."): said for key, said in fields.items()}})


def rows(key: str, *of_rows: dict[str, Any]) -> dict[str, Any]:
    """Rows of the form as a browser sends them; a row is what stands in its fields."""
    sent = {f"{key}.{at}.{place}": said for at, row in enumerate(of_rows) for place, said in row.items()}
    return {key: "", **sent}


def beside(page: str, name: str) -> str:
    """What stands under a field, by its name in the form."""
    found = re.search(rf'<div id="f-{re.escape(name)}-said">((?:<div class="(?:wrong|when)">[^<]*</div>)*)</div>', page)
    return unescape(found[1]) if found else ""


def test_enter_in_a_field_saves_nothing(browser: Browser, file: Path) -> None:
    form = browser.get(PAGE).text.partition("data-settings>")[2]
    assert form.partition("<button")[2].startswith(" hidden disabled")  # Enter in a field presses the first


def test_every_setting_has_a_field_a_label_and_a_group() -> None:
    from order_sync.settings import Store

    for tab in TABS:
        said = {".".join(key.split(".")[1:]) for key in fields() if key.startswith(f"{tab}.")}
        assert said == {key for _heading, keys in GROUPS[tab] for key in keys}
        assert {key.partition(".")[0] for key in said} == {
            field.alias or name
            for name, field in Store.model_fields[tab].annotation.model_fields.items()  # type: ignore[union-attr]
        }
        assert [heading for heading, _some in groups(tab)] == [heading for heading, _keys in GROUPS[tab]]
    all_fields = {**fields(), **{part.key: part for field in fields().values() for part in field.parts.values()}}
    assert set(LABELS) == set(all_fields)
    assert {*UNFOLDS, *(key for key, _is in UNFOLDS.values()), *IN_REVIEW, *NO_CONDITION} <= set(fields())
    assert {*EXAMPLES, *ENTITIES, *NAME_FORMATTED} <= set(all_fields)
    for key, words in WORDS.items():
        assert set(words) == set(all_fields[key].choices), key


def test_the_page_shows_what_the_file_says(browser: Browser, file: Path) -> None:
    page = browser.get(PAGE)
    assert page.status_code == 200
    assert "The store&#39;s file is in force" in page.text or "The store's file is in force" in page.text
    for label in ("Post as", "If customer is NOT found, then", "Record sales tax as", "America/Phoenix"):
        assert label in page.text
    assert 'name="revenue.standard_item" value="Sales"' in page.text
    assert "Save as version 1" in page.text


def test_a_time_zone_that_is_read_from_the_account_is_not_called_none(browser: Browser, file: Path) -> None:
    zone = "<dt>Time zone of the Infusionsoft account</dt><dd>"
    assert f"{zone}as the account itself says</dd>" in browser.get(PAGE).text
    file.write_text(f"{SMALLEST}infusionsoft_time_zone: Europe/Paris\n")
    assert f"{zone}Europe/Paris</dd>" in browser.get(PAGE).text


def test_the_form_as_it_stands_changes_nothing(browser: Browser, file: Path, engine: Engine) -> None:
    file.write_text(
        f"{SMALLEST}  rules: [{{when: {{paid: in parts, tag: 91}}, post_as: Invoice}}, {{when: anything else, post_as: Invoice}}]\n"
        "  deposit_accounts: {PayPal: Checking}\n  number_prefix: ''\norders: {statuses: PAID, minimum_total: 5.00}\n"
        "customers: {guard: off, placeholders: none}\nproducts: {create: {taxable: false}}\n"
    )
    page = browser.get(PAGE).text
    sent = _sent(page)
    assert len(sent) > len(fields())
    answer = browser.post(SAVE, sent)
    assert answer.status_code == 409
    assert "Nothing would change" in answer.text
    assert versions(engine, "demo") == []


ODD = """
customers: {placeholders: [' n/a ', none], criteria: [{source: '{last}  {first}', destination: DisplayName}], equality: {phone_country: NO}}
revenue:
  memo: "Two\\nlines"
  sales_term: "Net  30 "
  deposit_accounts: {"Pay. Pal ": 'Assets:  Checking', Cash: null}
  rules:
    - {when: {order_status: PAID, tag: 91, currency: [USD, EUR], total_below: 10.00, payment_plan: false}, post_as: Invoice, class: null}
    - {when: anything else, post_as: Invoice}
  standard_item: Sales
  tax_item: Tax
  tip_item: Tips
  fee_item: Fees
taxes: {record_as: as charged, rules: [{when: {country: [NO, abroad], rate: 7.50, exempt: true}, code: NON}]}
payments: {kinds: {Adjustment: null, authorize.net: credit}}
"""


def test_what_nobody_changed_stays_as_every_example_writes_it(browser: Browser, tmp_path: Path) -> None:
    examples = tmp_path / "examples"
    examples.mkdir()
    write_examples(examples)
    written(examples, f"time_zone: UTC\nstart_date: 2026-11-16\n{ODD}", "odd.yaml")
    seen = set[str]()
    for path in [*store_files(examples), *store_files(ROOT / "include" / "config" / "stores")]:
        content = merged(read_files(path))
        (tmp_path / "stores" / "demo.yaml").write_text(yaml.safe_dump(content, sort_keys=False))
        page = browser.get(PAGE).text
        sent = [
            (name, one) for name, said in _sent(page).items() for one in (said if isinstance(said, list) else [said])
        ]
        tabs = tabs_of(content)
        made, texts, wrong = entered(tabs, FormData(sent))
        assert (made, wrong) == (tabs, []), path
        assert texts == texts_of(tabs)
        seen |= {key for key, said in texts.items() if fields()[key].parts and said}
    assert seen == {key for key, field in fields().items() if field.parts}, "an example of each kind of rows"


def _sent(page: str) -> dict[str, Any]:
    """What a browser sends of the form as it stands."""
    from html.parser import HTMLParser

    class Form(HTMLParser):
        def __init__(self) -> None:
            super().__init__()
            self.sent: dict[str, list[str]] = {}
            self.select, self.first, self.chosen = "", None, None
            self.area = ""

        def handle_starttag(self, tag: str, attrs: Any) -> None:
            of = dict(attrs)
            if tag == "input" and of.get("name") and of["name"] != "csrftoken":
                if of.get("type") != "checkbox" or "checked" in of:
                    self.sent.setdefault(of["name"], []).append((of.get("value") or "").replace("\n", ""))
            elif tag == "select" and of.get("name"):
                self.select, self.first, self.chosen = of["name"], None, None
            elif tag == "textarea":
                self.area = of["name"]
                self.sent[self.area] = [""]
            elif tag == "option" and self.select:
                self.option = of

        def handle_data(self, data: str) -> None:
            if self.area:
                self.sent[self.area][0] += data
            if self.select and getattr(self, "option", None) is not None:
                self._take(data)

        def _take(self, data: str) -> None:
            value = self.option.get("value")
            value = " ".join(data.split()) if value is None else value
            self.first = value if self.first is None else self.first
            if "selected" in self.option:
                self.chosen = value
            self.option = None

        def handle_endtag(self, tag: str) -> None:
            if tag == "option" and self.select and self.option is not None:
                self._take("")
            if tag == "select" and self.select:
                self.sent.setdefault(self.select, []).append(
                    self.chosen if self.chosen is not None else self.first or ""
                )
                self.select = ""
            if tag == "textarea":
                self.sent[self.area][0] = self.sent[self.area][0].removeprefix("\n").replace("\n", "\r\n")
                self.area = ""

    form = Form()
    form.feed(page)
    return form.sent


def test_what_is_saved_is_in_force_with_who_and_what_changed(browser: Browser, file: Path, engine: Engine) -> None:
    answer = save(browser, revenue__post_as="Invoice", orders__only_paid=["off", "on"], note="For the books of 2026")
    assert "Version 1 is in force: 2 changes." in browser.told(answer, SAVE)
    [saved] = versions(engine, "demo")
    assert (saved.number, saved.who, saved.note) == (1, "ann", "For the books of 2026")
    assert saved.changed == [["orders.only_paid", "false", "true"], ["revenue.post_as", "none", "Invoice"]]
    store, number = settings_in_force(engine, load_store(file))
    assert (number, store.revenue.post_as, store.orders.only_paid) == (1, "Invoice", True)
    assert yaml.safe_load(saved.content)["revenue"]["standard_item"] == "Sales"
    page = browser.get(PAGE).text
    assert "Version 1 in force" in page
    assert "by ann" in page


def test_each_kind_of_field_comes_into_the_settings(browser: Browser, file: Path, engine: Engine) -> None:
    answer = save(
        browser,
        orders__statuses=["", "PAID", "SENT"],
        orders__minimum_total="12.50",
        **rows(
            "customers.criteria",
            {"source": "Email", "destination": "PrimaryEmailAddr"},
            {"source": "{last}, {first}", "destination": "DisplayName"},
            {"source": "", "destination": ""},
        ),
        customers__placeholders="n/a\r\n nobody \r\n",
        customers__guard="off",
        revenue__number_prefix="",
        **rows(
            "revenue.rules",
            {
                "when.paid": "in parts",
                "when.payment_status": ["unpaid", "partly paid"],
                "when.payment_method": "PayPal\r\n Card \r\n",
                "when.payment_plan": "false",
                "when.tag": "91",
                "when.total_at_least": "10.50",
                "post_as": "Invoice",
                "class": "Web",
            },
            {"when.paid": "", "post_as": "Sales receipt", "class": ""},
            {"when.paid": "", "post_as": ""},
        ),
        **rows("revenue.deposit_accounts", {"key": "PayPal", "value": "Checking"}, {"key": "", "value": ""}),
        **rows("payments.kinds", {"key": "Barter", "value": "money"}, {"key": "Adjustment", "value": "null"}),
        revenue__class="Web",
        products__not_found="create",
        products__create__type="Inventory",
        products__create__income_account="Sales",
        products__create__expense_account="Cost",
        products__create__asset_account="Stock",
        products__create__inventory_start="2026-01-31",
        products__create__taxable="false",
    )
    assert answer.status_code == 303, answer.text
    store, _number = settings_in_force(engine, load_store(file))
    assert store.orders.statuses == ("SENT", "PAID")
    assert str(store.orders.minimum_total) == "12.5"
    assert [str(one) for one in store.customers.criteria] == [
        "Email → PrimaryEmailAddr",
        "{last}, {first} → DisplayName",
    ]
    assert store.customers.placeholders == ("n/a", "nobody")
    assert store.customers.guard == "off"
    assert store.revenue.number_prefix == ""
    assert [rule.post_as for rule in store.revenue.rules] == ["Invoice", "Sales receipt"]
    first, last = (rule.when for rule in store.revenue.rules)
    assert (first.paid, first.payment_status, first.payment_method) == (
        "in parts",
        ("unpaid", "partly paid"),
        ("PayPal", "Card"),
    )
    assert (first.payment_plan, first.tag, first.total_at_least) == (False, ("91",), Decimal("10.5"))
    assert last == Conditions()
    assert store.payments.kinds == {"Barter": "money", "Adjustment": None}
    assert store.revenue.deposit_accounts == {"PayPal": "Checking"}
    assert store.revenue.class_ == "Web"
    assert (store.products.create.taxable, str(store.products.create.inventory_start)) == (False, "2026-01-31")
    again = browser.post(SAVE, {**_sent(browser.get(PAGE).text), "base": "1"})
    assert "Nothing would change" in again.text


@pytest.mark.parametrize(
    ("key", "said", "told"),
    [
        ("orders.minimum_total", "a lot", "allowed is an amount"),
        ("customers.create.name", "First Lst", "did you mean 'First Last'?"),
        ("customers.equality.phone_country", "Utopia", "is not a country's code"),
        ("customers.not_found", "standard", ""),
        ("revenue.standard_item", " ", "is blank"),
        ("revenue.discount_item", "Discount", "discount_item is only for discounts: negative lines"),
        ("products.create.asset_account", "Stock", ""),
        ("products.map", "map.xlsx", "is not the name of a CSV file"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_the_draft_is_kept(
    browser: Browser, file: Path, engine: Engine, key: str, said: str, told: str
) -> None:
    answer = browser.post(SAVE, {"base": "0", key: said, "orders.changed": "update"})
    assert answer.status_code == 422
    assert versions(engine, "demo") == []
    page = answer.text
    assert "nothing was saved" in page
    if told:
        assert told in unescape(beside(page, key)), unescape(page[:6000])
    else:
        assert 'class="wrong"' in page
    assert said.strip() in unescape(page)
    assert '<option value="update" selected>' in page


PARTS = {"when.paid": "in parts", "post_as": "Invoice"}
ELSE = {"post_as": "Sales receipt"}


@pytest.mark.parametrize(
    ("key", "said", "name", "told"),
    [
        ("revenue.rules", [PARTS], "", "must be for `when: anything else`"),
        ("revenue.rules", [ELSE, PARTS], "", "the last rule, and no other"),
        ("revenue.rules", [PARTS, {"post_as": "Invoce"}], "1.post_as", "'Invoce' is not allowed"),
        ("revenue.rules", [{"when.paid": "in parts"}, ELSE], "0.post_as", "is required and missing"),
        ("revenue.rules", [{**PARTS, "when.tag": "91\nnew"}, ELSE], "0.when.tag", "2: 'new' is not the id of a tag"),
        (
            "revenue.rules",
            [{**PARTS, "when.total_at_least": "9", "when.total_below": "9"}, ELSE],
            "0",
            "total_below must be more",
        ),
        ("revenue.deposit_accounts", [{"key": "PayPal"}], "0.value", "is blank"),
        ("revenue.deposit_accounts", [{"key": "A.b", "value": "X"}, {"value": "Checking"}], "1.key", "is blank"),
        (
            "revenue.deposit_accounts",
            [{"key": "Cash", "value": "Till"}, {"key": "Cash ", "value": "Checking"}],
            "1.key",
            "'Cash' stands twice",
        ),
        (
            "revenue.deposit_accounts",
            [{"key": "Cash", "value": "Till"}, {"key": "CASH", "value": "Checking"}],
            "",
            "names a payment method twice, unlike",
        ),
        ("payments.kinds", [{"key": "Barter", "value": "coins"}], "0.value", "'coins' is not allowed"),
        ("payments.kinds", [{"key": "Barter"}], "0.value", "is not allowed; allowed is 'money'"),
        ("payments.kinds", [{"key": "-", "value": "money"}], "0.key", "holds no letter and no digit"),
        ("customers.criteria", [], "", "needs one criterion at least"),
        ("customers.criteria", [{"source": "First Lst"}], "0.source", "did you mean 'First Last'?"),
        ("customers.criteria", [{"source": "First Lst"}], "0.destination", "is required and missing"),
        ("products.identify", [{"source": "name", "destination": "Sku"}], "0", "a name is no SKU"),
        ("taxes.rules", [{"code": "NON"}], "0", "names no condition"),
    ],
)
def test_what_is_wrong_in_a_row_stands_beside_it(
    browser: Browser, file: Path, engine: Engine, key: str, said: list[dict[str, Any]], name: str, told: str
) -> None:
    answer = browser.post(SAVE, {"base": "0", "taxes.record_as": "as charged", **rows(key, *said)})
    assert answer.status_code == 422
    assert versions(engine, "demo") == []
    assert told in beside(answer.text, f"{key}.{name}".strip(".")), unescape(answer.text)
    sent = _sent(answer.text)
    for at, row in enumerate(said):
        for place, one in row.items():
            assert sent[f"{key}.{at}.{place}"] == [one.replace("\n", "\r\n")]


def test_rows_are_moved_added_and_removed_and_the_others_stay_as_they_are_written(
    browser: Browser, file: Path, engine: Engine
) -> None:
    file.write_text(
        f"{SMALLEST}  rules:\n  - {{when: {{tag: 91}}, post_as: Invoice}}\n  - {{when: {{paid: in parts}}, post_as: Invoice}}\n"
        "  - {when: anything else, post_as: Sales receipt}\n  deposit_accounts: {PayPal: Checking, Cash: Till}\n"
    )
    sent = _sent(browser.get(PAGE).text)
    first = {name: sent.pop(name) for name in list(sent) if name.startswith("revenue.rules.0.")}
    third = {name: sent.pop(name) for name in list(sent) if name.startswith("revenue.rules.2.")}
    new = {"revenue.rules.7.when.currency": "EUR", "revenue.rules.7.post_as": "Invoice and payment"}
    for name in ("revenue.deposit_accounts.0.key", "revenue.deposit_accounts.0.value"):
        del sent[name]
    answer = browser.post(SAVE, {**sent, **first, **new, **third})
    assert answer.status_code == 303
    [saved] = versions(engine, "demo")
    revenue = yaml.safe_load(saved.content)["revenue"]
    assert revenue["rules"] == [
        {"when": {"paid": "in parts"}, "post_as": "Invoice"},
        {"when": {"tag": 91}, "post_as": "Invoice"},
        {"when": {"currency": ["EUR"]}, "post_as": "Invoice and payment"},
        {"when": "anything else", "post_as": "Sales receipt"},
    ]
    assert revenue["deposit_accounts"] == {"Cash": "Till"}
    page = unescape(browser.get(f"{PAGE}/versions").text)
    assert "Deposit account by payment method: PayPal" in page
    assert "{when: {paid: in parts}, post_as: Invoice}\n{when: {tag: ['91']}, post_as: Invoice}" in page
    answer = save(browser, base=1, revenue__deposit_accounts="", revenue__rules="", revenue__post_as="Invoice")
    assert answer.status_code == 303
    store, _number = settings_in_force(engine, load_store(file))
    assert (store.revenue.rules, store.revenue.deposit_accounts) == ((), {})


def test_rows_choose_from_the_lists_of_the_company(browser: Browser, file: Path, engine: Engine) -> None:
    note_store(engine, Identity("demo", "ab103", "9341", None))
    for entity, names in (
        ("Account", ["Checking"]),
        ("Item", ["Sales"]),
        ("TaxRate", ["City"]),
        ("TaxCode", ["Tucson"]),
        ("Class", ["Web"]),
    ):
        save_entries(engine, "9341", entity, [{"Id": str(at), "Name": name} for at, name in enumerate(names)])
    note_freshness(engine, "9341", Freshness(NOON, NOON))
    page = browser.get(PAGE).text

    def choices(name: str) -> list[str]:
        [found] = re.findall(rf'<select[^>]* name="{re.escape(name)}"[^>]*>(.*?)</select>', page)
        return re.findall(r'<option value="([^"]*)"', found)

    assert choices("revenue.deposit_accounts.0.value") == ["", "Checking"]
    assert choices("taxes.by_name.0.value") == ["", "Sales", "City"]
    assert choices("revenue.rules.0.class") == ["", "Web"]
    assert choices("taxes.rules.0.code") == ["", "TAX", "NON"]
    assert choices("payments.kinds.0.value") == ["", "money", "write-off", "credit", "refund", "hold", "null"]
    assert choices("customers.criteria.0.destination")[:2] == ["", "DisplayName"]
    wrong = {
        **rows("revenue.deposit_accounts", {"key": "Cash", "value": "Till"}, {"key": "Cash desk", "value": "Cheking"}),
        **rows("revenue.rules", {"when.paid": "in parts", "post_as": "Invoice", "class": "Wep"}, ELSE),
    }
    answer = browser.post(SAVE, {"base": "0", **wrong})
    assert answer.status_code == 422
    assert "'Till' (revenue.deposit_accounts.Cash)" in beside(answer.text, "revenue.deposit_accounts.0.value")
    assert "The nearest that it has: Checking" in beside(answer.text, "revenue.deposit_accounts.1.value")
    assert "The nearest that it has: Web" in beside(answer.text, "revenue.rules.0.class")


def test_what_was_decided_in_review_is_told_beside_what_it_goes_before(
    browser: Browser, file: Path, engine: Engine
) -> None:
    assert "in Review, which goes before" not in browser.get(PAGE).text
    told = Event("7", "info", "Chosen by ann.")
    note_choice(engine, "demo", "12", Choice("31", "ann", NOON), told)
    note_item(engine, "demo", "sku A", ItemChoice("5", "ann", NOON, "7"), told)
    note_item(engine, "demo", "sku B", ItemChoice("5", "ann", NOON, "7"), told)
    note_kind(engine, "shop", KindChoice("Barter", "money", "ann", NOON, "7"), told)
    page = browser.get(PAGE).text
    assert "1 contact has a customer that was chosen in Review, which goes before these criteria." in page
    assert "2 items were chosen in Review, which goes before this map." in page
    assert "was said in Review" not in page
    assert 'href="../demo/review/choices"' in page or 'href="review/choices"' in page


def test_what_the_company_has_not_stands_beside_its_field_with_the_nearest(
    browser: Browser, file: Path, engine: Engine
) -> None:
    note_store(engine, Identity("demo", "ab103", "9341", None))
    names = ["Sales", "Tax", "Tips", "Fees"]
    save_entries(engine, "9341", "Item", [{"Id": str(at), "Name": name} for at, name in enumerate(names)])
    accounts = [{"Id": "1", "Name": "Checking", "AccountType": "Bank"}]
    accounts += [{"Id": "2", "Name": "Undeposited Funds", "AccountSubType": "UndepositedFunds"}]
    save_entries(engine, "9341", "Account", accounts)
    note_freshness(engine, "9341", Freshness(NOON, NOON))
    assert '<option value="Checking">Checking</option>' in browser.get(PAGE).text
    answer = save(browser, revenue__deposit_account="Cheking", customers__default_customer="Nobody")
    assert answer.status_code == 422
    page = unescape(answer.text)
    assert "The nearest that it has: Checking" in beside(answer.text, "revenue.deposit_account")
    assert "'Nobody' (customers.default_customer)" in beside(answer.text, "customers.default_customer")
    assert "2 settings are wrong" in page
    assert save(browser, revenue__deposit_account="Checking").status_code == 303


def test_two_people_do_not_save_over_each_other_unseen(browser: Browser, file: Path, engine: Engine) -> None:
    assert save(browser, orders__changed="update").status_code == 303
    answer = save(browser, orders__deleted="void")
    assert answer.status_code == 409
    assert "Version 1 of the settings was saved meanwhile by ann" in unescape(answer.text)
    assert 'name="base" value="1"' in answer.text
    assert '<option value="void" selected>' in answer.text
    assert save(browser, base=1, orders__deleted="void").status_code == 303
    store, number = settings_in_force(engine, load_store(file))
    assert (number, store.orders.changed, store.orders.deleted) == (2, "update", "void")


def test_versions_are_compared_restored_and_downloaded(browser: Browser, file: Path, engine: Engine) -> None:
    save(browser, revenue__post_as="Invoice")
    save(browser, base=1, revenue__post_as="Invoice and payment", orders__changed="update")
    page = unescape(browser.get(f"{PAGE}/versions").text)
    assert "Version 2 is in force" in page
    assert page.count("Invoice and payment") == 1
    compared = browser.get(f"{PAGE}/versions?from=0&to=2").text
    assert "From the file to version 2" in compared
    assert compared.count("Invoice and payment") == 2
    answer = browser.post(f"{PAGE}/restore", {"version": "1", "base": "2"})
    assert "Version 1 is in force again, as version 3." in browser.told(answer, f"{PAGE}/restore")
    assert [one.note for one in versions(engine, "demo")] == ["Restored: version 1.", "", ""]
    assert settings_in_force(engine, load_store(file))[0].revenue.post_as == "Invoice"
    text = browser.get(f"{PAGE}/download?version=2").text
    other = file.with_name("other.yaml")
    other.write_text(text)
    copied = load_store(other)
    assert (copied.revenue.post_as, copied.orders.changed, copied.time_zone) == (
        "Invoice and payment",
        "update",
        "America/Phoenix",
    )
    answer = browser.post(f"{PAGE}/restore", {"version": "0", "base": "3"})
    assert "as version 4" in browser.told(answer, f"{PAGE}/restore")
    store, number = settings_in_force(engine, load_store(file))
    assert number == 4
    assert changes(store, load_store(file)) == []
    for missing in ("9", "", "x", "-1", "9" * 30):
        assert browser.get(f"{PAGE}/download?version={missing}").status_code in (200, 404)
        assert browser.get(f"{PAGE}/versions?from={missing}&to=1").status_code == 200
    answer = browser.post(f"{PAGE}/restore", {"version": "9", "base": "4"})
    assert "There is no version 9" in browser.told(answer, f"{PAGE}/restore")


def test_a_store_of_git_is_not_changed_here(browser: Browser, file: Path, engine: Engine) -> None:
    save(browser, revenue__post_as="Invoice")
    file.write_text(f"settings: file\n{SMALLEST}")
    page = browser.get(PAGE).text
    assert "are changed in" in page
    assert "Save as version" not in page
    answer = save(browser, revenue__post_as="Invoice and payment")
    assert answer.status_code == 409
    assert "settings: file" in answer.text
    answer = browser.post(f"{PAGE}/restore", {"version": "1", "base": "0"})
    assert "are changed there alone" in unescape(browser.told(answer, f"{PAGE}/restore"))
    assert len(versions(engine, "demo")) == 1
    store, number = settings_in_force(engine, load_store(file))
    assert (number, store.revenue.post_as) == (0, None)


def test_a_viewer_sees_all_and_changes_nothing(browser: Browser, file: Path, engine: Engine, doors: Doors) -> None:
    doors.edits.clear()
    page = browser.get(PAGE).text
    assert "Post as" in page
    assert "Save as version" not in page
    assert "<fieldset disabled>" in page
    assert "data-blank" not in page
    assert "<button" not in page.partition("<main")[2]
    assert save(browser, revenue__post_as="Invoice").status_code == 403
    assert browser.post(f"{PAGE}/restore", {"version": "0", "base": "0"}).status_code == 403
    assert versions(engine, "demo") == []


@pytest.mark.parametrize(
    ("content", "told"), [("revenue: {post_ass: Invoice}", "did you mean post_as?"), ("- [", "is not readable as YAML")]
)
def test_a_version_that_cannot_be_read_any_more_says_so_and_another_is_restored(
    browser: Browser, file: Path, engine: Engine, content: str, told: str
) -> None:
    from sqlalchemy import text

    save(browser, revenue__post_as="Invoice")
    with engine.begin() as connection:
        connection.execute(text("UPDATE settings_versions SET content = :content"), {"content": content})
    page = unescape(browser.get(PAGE).text)
    assert "Version 1 is in force and cannot be used" in page
    assert told in page
    assert browser.get(f"{PAGE}/versions?from=0&to=1").status_code == 200
    answer = browser.post(f"{PAGE}/restore", {"version": "0", "base": "1"})
    assert "as version 2" in browser.told(answer, f"{PAGE}/restore")
    assert "Save as version 3" in browser.get(PAGE).text


def test_a_file_that_is_wrong_is_told_of(browser: Browser) -> None:
    page = browser.get(PAGE)  # the fixture's file has no revenue
    assert page.status_code == 200
    assert "revenue: is required and missing" in page.text
    assert browser.get(f"{PAGE}/versions").status_code == 200
    assert browser.post(SAVE, {"base": "0"}).status_code == 303


def test_a_file_that_is_wrong_in_what_a_version_goes_before_says_what_happens_and_a_version_takes_its_place(
    browser: Browser, file: Path, engine: Engine
) -> None:
    save(browser, revenue__post_as="Invoice")
    right = file.read_text()
    file.write_text(f"{right}  post_as: Invoce\n")
    for path in (PAGE, f"{PAGE}/versions"):
        page = unescape(browser.get(path).text)
        assert "'Invoce' is not allowed" in page
        assert "Version 1, which ann saved here, is kept." in page
        assert "wrong_settings__demo" in page
        assert re.search(r'href="[^"]*download\?version=1"', page)
    file.write_text(browser.get(f"{PAGE}/download?version=1").text)
    store = load_store(file)
    assert (store.revenue.post_as, store.time_zone) == ("Invoice", "America/Phoenix")
    file.write_text("- [")
    assert yaml.safe_load(browser.get(f"{PAGE}/download?version=1").text)["revenue"]["post_as"] == "Invoice"
    file.write_text(f"{right}  post_as: Invoce\nsettings: file\n")
    assert "Version 1" not in browser.get(PAGE).text


def test_what_people_write_is_escaped(browser: Browser, file: Path) -> None:
    nasty = "<script>alert(1)</script>"
    answer = save(
        browser,
        revenue__memo=nasty,
        note=nasty,
        customers__default_customer=nasty,
        **rows("revenue.rules", {"post_as": nasty, "when.product": nasty}),
    )
    assert nasty not in answer.text
    assert save(browser, revenue__memo=nasty, note=nasty).status_code == 303
    for path in (PAGE, f"{PAGE}/versions", f"{PAGE}/versions?from=0&to=1"):
        assert nasty not in browser.get(path).text


def test_fields_that_are_unknown_are_not_taken(browser: Browser, file: Path, engine: Engine) -> None:
    answer = save(
        browser, time_zone="Europe/Berlin", schedule="* * * * *", revenue__nothing="x", orders__changed="update"
    )
    assert answer.status_code == 303
    [saved] = versions(engine, "demo")
    assert [key for key, _before, _after in saved.changed] == ["orders.changed"]
    assert set(yaml.safe_load(saved.content)) == {"revenue", "orders"}


def test_texts_of_settings_make_the_same_settings_again(file: Path) -> None:
    store = load_store(file)
    assert changes(store, with_tabs(store, {"revenue": yaml.safe_load(SMALLEST)["revenue"]})) == []
    assert set(texts_of({})) == set(fields())


def tried(browser: Browser, **fields: Any) -> Any:
    """Somebody presses "Show what would change"."""
    return browser.post(
        f"{PAGE}/try", {"base": "0", "days": "30", **{key.replace("__", "."): of for key, of in fields.items()}}
    )


def test_what_would_change_is_planned_and_shown_beside_the_draft(
    browser: Browser, file: Path, engine: Engine, doors: Doors
) -> None:
    answer = tried(browser, revenue__post_as="Invoice", tab="revenue")
    number = int(answer.headers["location"].removeprefix("../settings?draft=").removesuffix("&tab=revenue&days=30"))
    assert doors.plans == [("demo", f"draft {number}")]
    assert versions(engine, "demo") == []
    page = browser.get(f"{PAGE}?draft={number}").text
    assert "are planned …" in page
    assert "data-again" in page
    assert '<option value="Invoice" selected>' in page
    assert 'name="tab" value="orders"' in page

    note_store(engine, Identity("demo", "ab103", "9341", None))
    save_entries(engine, "9341", "Item", [{"Id": "5", "Name": "Coat"}])
    save_customers(engine, "9341", [{"Id": "12", "DisplayName": "Web sales <b>"}])
    words = "Under the settings in force: nothing (UNPAID). Under these: create invoice over 10.00 USD. "
    of = {"entity": "Invoice", "total": Decimal("10.00"), "currency": "USD"}
    found = [["SalesReceipt", "10.00 USD", None], ["Invoice.CustomerRef.value", "11", "12"]]
    found += [
        ["Invoice.TxnDate", "2026-11-16", "2026-11-17"],
        ["code", "UNPAID", "BELOW_MINIMUM"],
        ["Payment[2]", None, "4.00 USD"],
    ]
    found += [["Invoice.Line[1].SalesItemLineDetail.ItemRef", None, '{"value":"5"}']]
    differs = Planned("7", "differs", f"{words}It is recorded already, and stays as it is.", difference=found, **of)
    save_plan(engine, "demo", "demo/manual__1", (NOON, NOON), [Planned("7", "create", "Sent.", **of), differs])
    doors.plan_state = "success"
    page = unescape(browser.get(f"{PAGE}?draft={number}").text)
    assert "data-again" not in page
    assert "1</strong> order" in page
    assert "10.00 USD" in page
    assert "create invoice over 10.00 USD" in page
    assert "nothing (Not paid in full)" in page
    assert "Web sales <b>" in page
    assert "Web sales <b>" not in browser.get(f"{PAGE}?draft={number}").text
    assert "recorded</div>" in page
    assert "Customer: 11 →" in page
    assert 'Txn date: 16 Nov 2026 → <span class="diff">17 Nov 2026</span>' in page
    assert 'Reason: Not paid in full → <span class="diff">Below the minimum</span>' in page
    assert "Sales receipt: 10.00 USD" not in page  # the words before it say so
    assert 'Line 2, Sales item line detail, Item: – → <span class="diff">Coat</span>' in page
    assert save(browser, revenue__post_as="Invoice").status_code == 303


def test_a_draft_that_changes_nothing_or_whose_plan_failed_says_so(browser: Browser, file: Path, doors: Doors) -> None:
    sent = tried(browser, revenue__post_as="Invoice").headers["location"]
    number = int(sent.partition("draft=")[2].partition("&")[0])
    for state, told in (
        ("success", "Nothing."),
        ("failed", "The plan failed"),
        (None, "Airflow knows nothing of this plan"),
    ):
        doors.plan_state = state
        assert told in browser.get(f"{PAGE}?draft={number}").text
    for missing in (str(number + 1), "x", "-1", "9" * 30):
        assert "There is no draft" in browser.get(f"{PAGE}?draft={missing}").text


def test_a_draft_is_of_its_store_alone(browser: Browser, file: Path, engine: Engine) -> None:
    number = keep_draft(engine, "shop", "revenue: {memo: Secret}", NOON.date(), NOON.date(), base=0, over="")
    page = browser.get(f"{PAGE}?draft={number}").text
    assert "There is no draft" in page
    assert "Secret" not in page


def test_settings_that_are_wrong_or_of_somebody_who_may_not_plan_are_not_tried(
    browser: Browser, file: Path, doors: Doors
) -> None:
    assert tried(browser, revenue__number_prefix="much too long for it").status_code == 422
    doors.starts.clear()
    answer = tried(browser, revenue__post_as="Invoice")
    assert answer.status_code == 403
    assert "start the Dag plan_orders__demo" in answer.text
    assert doors.plans == []


def test_a_draft_does_not_take_back_what_somebody_saved_meanwhile(browser: Browser, file: Path, engine: Engine) -> None:
    sent = tried(browser, orders__minimum_total="7").headers["location"]
    number = int(sent.partition("draft=")[2].partition("&")[0])
    assert save(browser, revenue__memo="Bob's").status_code == 303
    answer = browser.post(SAVE, _sent(browser.get(f"{PAGE}?draft={number}").text))
    assert answer.status_code == 409
    assert "Version 1 of the settings was saved meanwhile by ann." in answer.text
    assert [one.number for one in versions(engine, "demo")] == [1]


def test_a_form_does_not_take_back_what_changed_in_the_file_meanwhile(
    browser: Browser, file: Path, engine: Engine
) -> None:
    sent = {**_sent(browser.get(PAGE).text), "revenue.memo": ["Mine"]}
    file.write_text(f"{file.read_text()}orders: {{minimum_total: 5}}\n")
    answer = browser.post(SAVE, sent)
    assert answer.status_code == 409
    assert "The file of store demo was changed meanwhile." in answer.text
    assert versions(engine, "demo") == []
    assert browser.post(SAVE, _sent(answer.text)).status_code == 303
    [saved] = versions(engine, "demo")
    assert ["orders.minimum_total", "5", "0"] in saved.changed
