"""Documents: from an order to the exact JSON, by golden files, and each of them posted to a sandbox.

`golden_file.py` says what stands in a file of `golden/`. After a change that is meant, `UPDATE_GOLDEN=1 pytest
tests/sync/documents/test_golden.py` writes documents and entries anew; then read the difference, line by line, as an accountant would. A
new file needs only `about`, the order's id and what differs. After a change of the files themselves, or of the usual order,
`python -m tests.sync.documents.same_golden <git-revision>` tells whether they mean what they meant.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from datetime import UTC, date, datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import make_url

from order_sync.database.database import migrate, open_database
from order_sync.errors import RecordRefused
from order_sync.infusionsoft.reading import contact_from, order_from, order_payment_from, payments_from
from order_sync.quickbooks.wire import encode
from order_sync.settings import Store
from order_sync.sync.company.company import ChargeItems, Company
from order_sync.sync.company.products import NOT_PRODUCTS, Items
from order_sync.sync.company.reading import read_company
from order_sync.sync.documents.due import due
from order_sync.sync.documents.fields import Document, Remark, document_number
from order_sync.sync.documents.payment import payment_intents
from order_sync.sync.documents.receivable import still_open
from order_sync.sync.documents.sale import intent, sale
from order_sync.sync.orders.eligibility import READY, judge
from order_sync.sync.orders.kinds import Kind
from order_sync.sync.orders.payment_kinds import with_kinds
from order_sync.sync.orders.payments import forgiven, needs_shares, total_of, with_shares
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.snapshot import Snapshot, from_text, to_text
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.tracked import Customer, TrackedOrder
from order_sync.sync.orders.treatment import treatment
from order_sync.sync.orders.write import Intent, Write, WriteStatus
from order_sync.sync.steps.refresh_customers import refresh_lists
from tests.docs.test_settings_pages import KEYS, values
from tests.shop import records, services, stores
from tests.shop.account import DECIMAL_PLACES
from tests.shop.companies import SampleCompany, cache, ids, sandbox_of, with_ids
from tests.shop.entries import in_words
from tests.sync.documents.golden_file import FILES, FOLDER, exact, golden, write_documents, write_entries
from tests.sync.documents.same_golden import differences

TODAY = date(2026, 11, 20)


def snapshot_of(content: dict[str, Any]) -> Snapshot:
    order = order_from(content["order"])
    contact = contact_from(content["contact"]) if content.get("contact") else None
    read = [payment for raw in content.get("payments", []) for payment in payments_from(raw)]
    payments = with_kinds([payment for payment in read if payment.order_id == order.id], settings_of(content))
    assert needs_shares(order, payments) == ("shares" in content)
    shares = [order_payment_from(raw, order.id) for raw in content.get("shares", [])]
    return Snapshot(order, contact, tuple(with_shares(order, payments, shares) if shares else payments))


def later_of(content: dict[str, Any], snapshot: Snapshot) -> Snapshot | None:
    """The order as it is read once its payments are gone that the file calls so; None where it names none."""
    if not (gone := content.get("gone")):
        return None
    payments = tuple(replace(one, status="VOIDED") if one.id in gone else one for one in snapshot.payments)
    left = sum((one.amount for one in payments if one.status != "VOIDED"), Decimal(0))
    return replace(snapshot, order=replace(snapshot.order, total_paid=left), payments=payments)


def settings_of(content: dict[str, Any]) -> Store:
    return stores.settings(**content.get("settings", {}))


def company_of(content: dict[str, Any]) -> SampleCompany:
    given = content.get("company", {})
    percent = given.get("sales_tax_percent")
    return SampleCompany(**{**given, "sales_tax_percent": None if percent is None else float(percent)})


def with_rates(company: Company, content: dict[str, Any]) -> Company:
    days = content.get("rates", {}).items()
    return replace(
        company, rates={(code, date.fromisoformat(day)): rate for code, of in days for day, rate in of.items()}
    )


def customer_of(snapshot: Snapshot, company: SampleCompany, id: str) -> Customer:
    is_foreign = snapshot.order.currency != company.currency
    return Customer(id, snapshot.order.currency if is_foreign else None)


def recorded(
    snapshot: Snapshot,
    store: Store,
    company: Company,
    customer: Customer,
    post: Callable[[Intent], str],
    later: Snapshot | None = None,
) -> tuple[list[Intent], tuple[Remark, ...]]:
    """All that an order becomes, each document posted before the next is made, and the remarks; `post` gives the id in QuickBooks.

    `later` is the order as it is read once all of that is recorded.
    """
    how = treatment(snapshot, store)
    known = {"customer_id": customer.id, "content_hash": "hash", "posted_hash": "hash", "posted_as": how.post_as}
    row = OrderRow("demo", snapshot.order.id, Status.MATCHED, **known)
    tracked = TrackedOrder(row, snapshot, (), customer)
    made, remarks = list[Intent](), tuple[Remark, ...]()
    while wanted := due([tracked], company, store, TODAY, {}):
        for error in wanted.refusals.values():
            raise error
        if not wanted.intents and later:
            tracked, later = replace(tracked, snapshot=later), None
            continue
        if not wanted.intents:
            break
        made += wanted.intents
        remarks += wanted.warnings.get(snapshot.order.id, ())
        tracked = replace(tracked, writes=(*tracked.writes, *(posted(one, post(one)) for one in wanted.intents)))
    return made, remarks


def posted(made: Intent, id: str) -> Write:
    """The ledger's row of a document that QuickBooks holds as it was sent."""
    values = {one.name: getattr(made, one.name, None) for one in fields(Write)}
    shows = made.payments_shown.get(made.subject)
    return Write(**values | {"status": WriteStatus.POSTED, "quickbooks_id": id, "shows": shows})


def came_to(body: dict[str, Any], currency: str, computed_tax: Decimal | None) -> Decimal:
    """What QuickBooks makes of a document: each line rounded half up, less the discount, and the tax."""
    total = Decimal(0)
    for line in flat(body["Line"]):
        amount, detail = line["Amount"], line.get("SalesItemLineDetail", {})
        if "Qty" in detail:
            assert amount == half_up(detail["Qty"] * detail["UnitPrice"], currency)
        assert amount == half_up(amount, currency)
        total += -amount if line["DetailType"] == "DiscountLineDetail" else amount
    return total + body.get("TxnTaxDetail", {}).get("TotalTax", computed_tax)


def flat(lines: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines that have an amount; those of a bundle in its place."""
    inside = (line.get("GroupLineDetail", {}).get("Line", [line]) for line in lines)
    return [line for some in inside for line in some]


def half_up(amount: Decimal, currency: str = "USD") -> Decimal:
    return Decimal(amount).quantize(Decimal(1).scaleb(-DECIMAL_PLACES.get(currency, 2)), ROUND_HALF_UP)


@pytest.fixture(scope="module")
def readable_books(tmp_path_factory):
    """The books of a golden file, whose ids say what they stand for."""
    path = tmp_path_factory.mktemp("golden") / "cache.sqlite"
    engine = open_database(make_url(f"sqlite:///{path}"))
    migrate(engine)
    cached: list[SampleCompany] = []

    def books(content: dict[str, Any]) -> Company:
        company = company_of(content)
        if company not in cached:
            cached.append(company)
            cache(engine, f"company {cached.index(company)}", company)
        return with_rates(read_company(engine, f"company {cached.index(company)}", settings_of(content)), content)

    yield books
    engine.dispose()


@pytest.fixture(autouse=True)
def map_of_products(monkeypatch):
    monkeypatch.setenv("ORDER_SYNC_STORES", str(FOLDER))


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_the_documents_of_an_order(file, readable_books):
    content = golden(file)
    snapshot, store, order = snapshot_of(content), settings_of(content), order_from(content["order"])
    assert judge(snapshot, store) == READY
    customer = customer_of(snapshot, company_of(content), "customer Ann Lee")

    made, remarks = recorded(
        snapshot, store, readable_books(content), customer, lambda one: f"the {one.entity}", later_of(content, snapshot)
    )

    documents = [{"entity": one.entity, "body": exact(one.payload), "total": one.total, "tax": one.tax} for one in made]
    found = {"documents": documents, "warnings": [list(warning) for warning in remarks]}
    if os.environ.get("UPDATE_GOLDEN"):
        write_documents(file, **json.loads(encode(found)))
        content = golden(file)
    assert exact(encode(found)) == {name: content[name] for name in found}
    off = total_of(forgiven(snapshot))
    sold = order.total - (off if made[0].entity == "SalesReceipt" else 0)
    assert came_to(documents[0]["body"], order.currency, made[0].tax) == documents[0]["total"] == sold
    refunds = [one for one in documents if one["entity"] in ("RefundReceipt", "CreditMemo")]
    assert all(came_to(one["body"], order.currency, one["tax"]) == one["total"] for one in refunds)
    assert sum(one.total for one in made if one.kind is Kind.WRITE_OFF) in (0, off)
    payments = [one["total"] for one in documents if one["entity"] == "Payment"]
    said = order.total_paid - off
    assert sum(payments) in (0, said, said + order.refund_total, said - order.total)
    assert sum(one.total for one in made if one.kind is Kind.REFUND) in (0, order.refund_total)


BY_COMPANY: dict[str, list[Path]] = {}
for file in FILES:
    BY_COMPANY.setdefault(encode(golden(file).get("company", {})), []).append(file)


@pytest.mark.parametrize("files", BY_COMPANY.values(), ids=BY_COMPANY.keys())
def test_quickbooks_takes_every_document_as_it_is_and_its_ledger_shows_the_entries(
    files, serve, tmp_path, vault, engine
):
    contents = {file.stem: golden(file) for file in files}
    company = company_of(next(iter(contents.values())))
    entered: dict[str, list[tuple[str, str]]] = {}
    sandbox = sandbox_of(company, serve, tmp_path / "sandbox.sqlite")
    known = ids(sandbox)
    with services.quickbooks(sandbox, vault) as client:
        refresh_lists(engine, client)
        for name, content in contents.items():
            snapshot, store = snapshot_of(content), settings_of(content)
            currency = snapshot.order.currency
            buyer = f"Buyer of {name}"
            body = {"DisplayName": buyer, "CurrencyRef": {"value": currency}}
            known["customer Ann Lee"] = client.create("Customer", body, request_id=buyer[:50])["Id"]
            customer = customer_of(snapshot, company, known["customer Ann Lee"])
            kept: list[dict[str, Any]] = []

            def post(one: Intent, kept: list[dict[str, Any]] = kept, content: Any = content) -> str:
                assert exact(one.payload) == with_ids(content["documents"][len(kept)]["body"], known)
                key = f"{one.subject} {one.entity}"
                kept.append(client.create(one.entity, exact(one.payload), request_id=key[:50]))
                assert_recorded(one, kept[-1])
                known[f"the {one.entity}"] = kept[-1]["Id"]
                return str(kept[-1]["Id"])

            books = with_rates(read_company(engine, services.REALM_ID, store), content)
            made, _remarks = recorded(snapshot, store, books, customer, post, later_of(content, snapshot))

            assert len(kept) == len(made) == len(content["documents"]), name
            entered[name] = [(intent.entity, one["Id"]) for intent, one in zip(made, kept, strict=True)]
            paid = sum(one.total for one in made if one.entity == "Payment")
            off = sum(one.total for one in made if one.kind is Kind.WRITE_OFF)
            if made[0].entity == "Invoice":
                assert client.read("Invoice", kept[0]["Id"])["Balance"] == max(snapshot.order.total - paid - off, 0), (
                    name
                )
    ledger = {(one["entity"], one["id"]): in_words(one["entries"]) for one in sandbox.get("/_sandbox/ledger")}
    entries = {name: [f"{one[0]}: {ledger[one] or 'nothing'}" for one in of] for name, of in entered.items()}
    if os.environ.get("UPDATE_GOLDEN"):
        for file in files:
            write_entries(file, entries[file.stem])
        contents = {file.stem: golden(file) for file in files}
    assert entries == {name: content.get("entries") for name, content in contents.items()}


def assert_recorded(sent: Intent, record: dict[str, Any]) -> None:
    """QuickBooks holds the document with everything that was sent, and comes to the same total and tax."""
    assert (record["TotalAmt"], sent.subject) == (sent.total, sent.subject)
    if sent.entity == "Payment":
        lines = [(line["LinkedTxn"][0]["TxnType"], line["Amount"]) for line in exact(sent.payload).get("Line", [])]
        paid = sum(-amount if kind == "CreditMemo" else amount for kind, amount in lines)
        assert record["UnappliedAmt"] == sent.total - paid
    elif sent.entity != "Purchase":
        assert record["TxnTaxDetail"]["TotalTax"] == sent.tax
        lines = [line for line in record["Line"] if line["DetailType"] != "SubTotalLineDetail"]
        assert sum(
            -one["Amount"] if one["DetailType"].startswith("Discount") else one["Amount"] for one in flat(lines)
        ) == (sent.total - sent.tax)
        record = {**record, "Line": lines}
    assert_holds(record, exact(sent.payload), sent.subject)


def assert_holds(kept: Any, sent: Any, path: str) -> None:
    if isinstance(sent, dict):
        for key, value in sent.items():
            # QuickBooks keeps no quantity and no price where both are zero.
            if key not in ("Qty", "UnitPrice") or sent["Qty"] or sent["UnitPrice"]:
                assert key in kept, f"{path}.{key}"
                assert_holds(kept[key], value, f"{path}.{key}")
    elif isinstance(sent, list):
        assert len(kept) == len(sent), path
        for number, value in enumerate(sent):
            assert_holds(kept[number], value, f"{path}.{number}")
    else:
        assert kept == sent, path


def test_a_file_says_in_one_line_what_it_shows():
    abouts = [golden(file)["about"] for file in FILES]
    assert len(set(abouts)) == len(FILES)
    assert [one for one in abouts if not one.endswith(".") or "\n" in one or len(one) > 112] == []


def test_what_differs_and_the_whole_order_are_told_to_be_the_same():
    short = FILES[0].read_text(encoding="utf-8")
    whole = json.dumps(golden(FILES[0]), default=float)
    assert differences(whole, short) == []
    assert differences(whole.replace("Widget", "Gadget"), short) == ["order", "documents"]
    assert differences(short, short.replace("85001-1234", "85001-1235")) == ["documents"]


def test_documents_are_written_below_what_a_person_wrote(tmp_path):
    file, told = tmp_path / "new.json", '{\n  "about": "A",\n  "settings": {"revenue": {"class": "Web"}}'
    file.write_text(f"{told}\n}}\n", encoding="utf-8")
    for warnings in ([["NO_ITEMS", "none"]], []):
        write_documents(file, [{"total": 1.5}], warnings)
        text = file.read_text(encoding="utf-8")
        assert text.startswith(f'{told},\n  "documents": [\n    {{\n      "total": 1.5\n')
        assert json.loads(text).get("warnings", []) == warnings
    for _ in range(2):
        write_entries(file, ["Invoice: nothing"])
        write_documents(file, [{"total": 2.5}], [])
        text = file.read_text(encoding="utf-8")
        assert text.startswith(f'{told},\n  "entries": [\n    "Invoice: nothing"\n  ],\n  "documents": [\n    {{\n')
        assert json.loads(text)["documents"] == [{"total": 2.5}]


DAILY = {"revenue.daily_customer"}  # test_daily.py
OF_THE_BOOKS = ("revenue.", "taxes.", "refunds.", "payments.", "orders.overpaid", "orders.without_items")
OF_RULES = "revenue.rules.when."  # which of them fits: test_treatment.py
OF_NO_DOCUMENT = {
    "payments.kinds": {"hold"},
    "orders.overpaid": {"hold"},  # an order that is held becomes no document …
    "orders.without_items": {"hold"},
    "taxes.if_differs": {"flag", "void and hold"},  # … and this is what becomes of one afterwards …
    "payments.reversals": {"flag", "void"},  # … as this: test_reversals.py.
}


def test_every_setting_and_every_kind_of_line_has_a_golden_file():
    contents = [golden(file) for file in FILES]
    used = [settings_of(content) for content in contents]
    for section in ("revenue", "payments", "taxes", "refunds"):
        for name in type(getattr(used[0], section)).model_fields:
            values = [getattr(getattr(store, section), name) for store in used]
            if f"{section}.{name}" not in DAILY | OF_NO_DOCUMENT.keys():
                assert any(value != values[0] for value in values), f"{section}.{name}"
    whens = [rule.when for store in used for rule in store.revenue.rules]
    of_taxes = [rule.when for store in used for rule in store.taxes.rules]
    for some in (whens, of_taxes):
        for condition in type(some[0]).model_fields:
            assert any(getattr(when, condition) not in ((), None) for when in some), condition
    kinds = {item["item_type"] for content in contents for item in content["order"]["order_items"]}
    assert kinds >= NOT_PRODUCTS | {"PRODUCT", "SERVICE", "OTHER"}
    assert len({content["order"]["id"] for content in contents}) == len(FILES) >= 90


CHOICES = [key for key, kind in KEYS.items() if key.startswith(OF_THE_BOOKS) and set(values(kind))]


@pytest.mark.parametrize("key", [key for key in CHOICES if not key.startswith(OF_RULES)])
def test_every_value_of_a_setting_that_touches_the_books_has_a_golden_file_with_entries(key):
    contents = [golden(file) for file in FILES]
    with_entries = [one for one in contents if any(not told.endswith(": nothing") for told in one["entries"])]
    shown = {
        value
        for content in with_entries
        for value in under(settings_of(content).model_dump(by_alias=True), key.split("."))
    }
    if key == "payments.kinds":  # most types are of a kind without being named
        shown = {payment.kind for content in with_entries for payment in snapshot_of(content).payments}
    assert set(values(KEYS[key])) - OF_NO_DOCUMENT.get(key, set()) - shown == set()


def under(found: Any, path: list[str]) -> Iterator[str]:
    """All that stands under a key; of lists and maps, under that of any member."""
    if isinstance(found, list | tuple):
        for member in found:
            yield from under(member, path)
    elif isinstance(found, dict) and path and path[0] in found:
        yield from under(found[path[0]], path[1:])
    elif isinstance(found, dict):
        for member in found.values():
            yield from under(member, path)
    elif not path and isinstance(found, str):
        yield found


BOOKS = Company(Items(), ChargeItems("standard", "tax", "tip", "fee", "finance charge", "SHIPPING_ITEM_ID", "refund"))
BUYER = Customer("7")


def sale_of(snapshot: Snapshot, customer: Customer = BUYER, **sections: Any) -> Document:
    store = stores.settings(**sections)
    return sale(snapshot, customer, BOOKS, store, treatment(snapshot, store), today=TODAY)


def test_a_method_that_the_company_has_not_is_refused():
    snapshot = records.snapshot(records.order(), None, records.payment("108.25", method="Barter"))
    with pytest.raises(RecordRefused, match="'Barter'") as caught:
        sale_of(snapshot, revenue={"payment_method": "as on store"})
    assert (caught.value.code, bool(caught.value.advice)) == ("PAYMENT_METHOD_UNKNOWN", True)


def test_numbers():
    assert document_number(records.order(id="1001"), stores.settings()) == "IS-1001"
    longest = records.order(id="1" * 18)
    assert len(document_number(longest, stores.settings())) == 21
    assert document_number(longest, stores.settings(revenue={"number_prefix": ""})) == "1" * 18


def test_number_and_day_of_a_document_that_was_there_before():
    snapshot, store = records.snapshot(), stores.settings()
    how = treatment(snapshot, store)
    body = sale(snapshot, BUYER, BOOKS, store, how, today=TODAY, number="IS-1001-2", day=date(2026, 11, 1)).body
    assert (body["DocNumber"], body["TxnDate"]) == ("IS-1001-2", "2026-11-01")


def test_a_payment_that_comes_later_is_recorded_alone():
    first, second = records.payment("40.00", "1"), records.payment("68.25", "2")
    store = stores.settings(revenue={"post_as": "Invoice and payment"})
    writes: list[Write] = []
    found = []
    for payments in ((), (first,), (first, second)):
        paid = records.order(total_paid=sum((one.amount for one in payments), Decimal(0)))
        snapshot = records.snapshot(paid, None, *payments)
        if not writes:
            document = sale_of(snapshot, revenue={"post_as": "Invoice and payment"})
            writes.append(posted(intent(document, paid, "hash"), "12"))
        row = OrderRow("demo", "1001", Status.MATCHED, posted_as="Invoice and payment")
        tracked = TrackedOrder(row, snapshot, tuple(writes))
        made = payment_intents(tracked, still_open(tracked), BOOKS, store, TODAY)
        writes += [posted(one, "13") for one in made]
        found.append([(one.subject, one.total) for one in made])
    assert found == [[], [("1001/1", Decimal("40.00"))], [("1001/2", Decimal("68.25"))]]


@pytest.mark.parametrize(("length", "kept"), [(100, True), (101, False)])
def test_a_long_address_of_e_mail_is_left_out(length, kept):
    email = "a" * (length - 6) + "@x.com"
    document = sale_of(records.snapshot(records.order(), records.contact(emails=(email,))))
    assert document.body.get("BillEmail") == ({"Address": email} if kept else None)


def test_a_stand_in_may_keep_its_own_addresses():
    own = sale_of(records.snapshot(), customer=Customer("7", own_addresses=False)).body
    assert own.keys() == sale_of(records.snapshot()).body.keys() - {"BillAddr", "ShipAddr"}


@pytest.mark.parametrize(
    ("ordered_at", "zone", "date"),
    [
        (datetime(2026, 11, 17, 6, 59, tzinfo=UTC), "America/Phoenix", "2026-11-16"),
        (datetime(2026, 11, 17, 7, 0, tzinfo=UTC), "America/Phoenix", "2026-11-17"),
        (datetime(2026, 11, 16, 23, 0, tzinfo=UTC), "Europe/Berlin", "2026-11-17"),
        (datetime(2026, 3, 29, 22, 30, tzinfo=UTC), "Europe/Berlin", "2026-03-30"),
        (datetime(2026, 12, 31, 23, 59, tzinfo=UTC), "Pacific/Auckland", "2027-01-01"),
    ],
)
def test_the_day_is_the_day_of_the_company(ordered_at, zone, date):
    snapshot = records.snapshot(records.order(ordered_at=ordered_at))
    assert sale_of(snapshot, time_zone=zone).body["TxnDate"] == date


def test_the_private_note_begins_with_the_line_by_which_the_document_is_known():
    memo = "{order_title}\nfor {first}" + "!" * 5000
    note = sale_of(records.snapshot(), revenue={"memo": memo}).body["PrivateNote"]
    assert note.split("!")[0] == "Infusionsoft order 1001 (store demo)\nOnline Order for Ann"
    assert len(note) == 4000


def test_the_intent_is_the_exact_text():
    snapshot = records.snapshot()
    document = sale_of(snapshot)

    wanted = intent(document, snapshot.order, "hash")

    assert (wanted.kind, wanted.subject, wanted.entity) == ("document", "1001", "SalesReceipt")
    assert (wanted.total, wanted.tax, wanted.currency) == (Decimal("108.25"), 0, "USD")
    assert wanted.payload == encode(document.body)
    assert intent(sale_of(from_text(to_text(snapshot))), snapshot.order, "hash") == wanted
