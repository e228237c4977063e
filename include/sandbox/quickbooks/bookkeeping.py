"""The general ledger of a company, read from its books: its accounts, and what each recorded document does to them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal

from include.sandbox.quickbooks.books import Body, Books, from_json
from include.sandbox.quickbooks.entities import TRANSACTIONS
from include.sandbox.quickbooks.ledger import Applied, Chart, Entry, entries, rate_of
from include.sandbox.quickbooks.links import TXN_TYPES
from include.sandbox.quickbooks.tax_lists import AGENCY_ACCOUNTS, SALES_TAX_PAYABLE, agencies


@dataclass(frozen=True)
class Account:
    id: str
    name: str
    kind: str


@dataclass(frozen=True)
class Transaction:
    """A recorded document with its entries."""

    entity: str
    document: Body
    entries: list[Entry]

    @property
    def day(self) -> str:
        return str(self.document["TxnDate"])

    @property
    def number(self) -> str:
        return str(self.document.get("DocNumber") or self.document.get("PaymentRefNum") or "")


def read_accounts(books: Books) -> list[Account]:
    """Every account, inactive ones too, by id."""
    return [
        Account(body["Id"], body.get("FullyQualifiedName") or body["Name"], body.get("AccountType", ""))
        for body in _bodies(books, "Account")
    ]


def read_chart(books: Books) -> Chart:
    """Which account everything goes to."""
    names = {account.id: account.name for account in read_accounts(books)}
    ids = {name: id for id, name in names.items()}
    forms = books.preferences().get("SalesFormsPrefs", {})
    sales_tax = ids.get(AGENCY_ACCOUNTS[agencies(books.country)[0]]) or ids.get(SALES_TAX_PAYABLE, SALES_TAX_PAYABLE)
    of_agencies = {
        body["Id"]: ids.get(AGENCY_ACCOUNTS.get(body["DisplayName"], ""), sales_tax)
        for body in _bodies(books, "TaxAgency")
    }

    def named(name: str) -> str:
        return ids.get(name, name)

    def preferred(preference: str, name: str) -> str:
        chosen = str(forms.get(preference))
        return chosen if chosen in names else named(name)

    return Chart(
        names=names,
        income_of_items={
            body["Id"]: body["IncomeAccountRef"]["value"]
            for body in _bodies(books, "Item")
            if "IncomeAccountRef" in body
        },
        tax_of_rates={
            body["Id"]: of_agencies.get(body.get("AgencyRef", {}).get("value"), sales_tax)
            for body in _bodies(books, "TaxRate")
        },
        income=named("Sales of Product Income"),
        shipping=preferred("DefaultShippingAccount", "Shipping Income"),
        gratuity=named("Tips Payable"),
        discounts=preferred("DefaultDiscountAccount", "Discounts given"),
        sales_tax=sales_tax,
        receivable=named("Accounts Receivable (A/R)"),
        receivable_abroad={
            body["CurrencyRef"]["value"]: body["Id"]
            for body in _bodies(books, "Account")
            if body.get("AccountType") == "Accounts Receivable"
            and body.get("CurrencyRef", {}).get("value") != books.currency
            and "CurrencyRef" in body
        },
        undeposited=named("Undeposited Funds"),
        exchange=named("Exchange Gain or Loss"),
    )


def entries_of(books: Books, chart: Chart, entity: str, document: Body) -> list[Entry]:
    """The entries of one document."""
    applied = _applied(books, document) if entity == "Payment" else []
    return entries(entity, document, chart, applied)


def transactions(books: Books, until: str | None = None) -> Iterator[Transaction]:
    """Every document that is not deleted, by date and then by id; `until` is the last day."""
    chart = read_chart(books)
    rows = books.connection.execute(
        f"SELECT entity, body FROM qbo_records WHERE realm_id = ? AND entity IN ({', '.join('?' * len(TRANSACTIONS))})"
        " AND deleted = 0 AND json_extract(body, '$.TxnDate') <= ? ORDER BY json_extract(body, '$.TxnDate'), id",
        (books.realm_id, *TRANSACTIONS, until or "9999-12-31"),
    )
    for row in rows.fetchall():
        document = from_json(row["body"])
        yield Transaction(row["entity"], document, entries_of(books, chart, row["entity"], document))


def _applied(books: Books, payment: Body) -> list[Applied]:
    """For each line of a payment the rate of what it is linked to, and what of that was settled before it."""
    found: list[Applied] = []
    taken: dict[tuple[str, str], int] = {}
    for line in payment.get("Line", []):
        link = line["LinkedTxn"][0]
        key = (link["TxnType"], link["TxnId"])
        record = books.find(TXN_TYPES[key[0]], key[1])
        rate = rate_of(record.body) if record else Decimal(1)
        before = _settled_before(books, payment["Id"], *key)[taken.get(key, 0)]
        taken[key] = taken.get(key, 0) + 1
        deposit = Decimal(record.body.get("Deposit", 0)) if record else Decimal(0)
        found.append(Applied(rate, deposit + before))
    return found


def _settled_before(books: Books, payment_id: str, entity: str, txn_id: str) -> list[Decimal]:
    """How much of a document was settled before each link of a payment to it."""
    rows = books.connection.execute(
        "SELECT payment_id, amount FROM qbo_links WHERE realm_id = ? AND entity = ? AND txn_id = ? ORDER BY rowid",
        (books.realm_id, entity, txn_id),
    )
    before, found = Decimal(0), []
    for row in rows:
        if row["payment_id"] == payment_id:
            found.append(before)
        before += Decimal(row["amount"])
    return found


def _bodies(books: Books, entity: str) -> Iterator[Body]:
    rows = books.connection.execute(
        "SELECT body FROM qbo_records WHERE realm_id = ? AND entity = ? AND deleted = 0 ORDER BY id",
        (books.realm_id, entity),
    )
    for row in rows:
        yield from_json(row["body"])
