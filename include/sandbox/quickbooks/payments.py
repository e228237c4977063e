"""The rules of a payment: what it may be linked to, what of it is unapplied, and the balances that it changes."""

from __future__ import annotations

from decimal import Decimal

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.books import Body, Books, Record
from include.sandbox.quickbooks.currencies import check_currency, home_amounts
from include.sandbox.quickbooks.documents import check_open_period, open_amount, undeposited_funds
from include.sandbox.quickbooks.expenses import owed
from include.sandbox.quickbooks.fields import half_up
from include.sandbox.quickbooks.links import (
    TXN_TYPES,
    documents_of,
    linked_amount,
    linked_transactions,
    payments_of,
    replace_links,
)
from include.sandbox.quickbooks.versions import rewrite

ZERO = Decimal(0)


def settle_payment(books: Books, fields: Body, old: Record | None) -> Body:
    """The whole payment from its checked fields; 620 for a link to another customer's document."""
    total = half_up(fields["TotalAmt"])
    if total < 0:
        raise refusals.invalid("2290", f"Negative amounts aren't supported. Supplied value: {total}", "TotalAmt")
    fields = {
        "TxnDate": books.today().isoformat(),
        "CurrencyRef": {"value": books.currency},
        **undeposited_funds(books),
        **fields,
        "TotalAmt": total,
        "ProcessPayment": False,
    }
    check_open_period(books, fields["TxnDate"], old)
    check_currency(books, fields)
    lines = fields.get("Line", [])
    _check_links(books, lines, fields, old)
    unapplied = total - _applied_amount(lines)
    if unapplied < 0:
        raise refusals.business("The amounts that are applied are more than the amount of the payment.")
    return {**fields, "UnappliedAmt": unapplied, **home_amounts(books, fields)}


def _applied_amount(lines: list[Body]) -> Decimal:
    """What the lines take from the payment: invoices and expenses take, credits that are used give."""
    signs = {"Invoice": 1, "Expense": 1, "CreditMemo": -1}
    return sum((signs[line["LinkedTxn"][0]["TxnType"]] * line["Amount"] for line in lines), ZERO)


def _check_links(books: Books, lines: list[Body], payment: Body, old: Record | None) -> None:
    already = _amounts_by_document(old.body.get("Line", []) if old else [])
    for (entity, txn_id), amount in _amounts_by_document(lines).items():
        document = books.find(TXN_TYPES[entity], txn_id) if entity in TXN_TYPES else None
        owner = document and not document.deleted and _customer_of(document)
        if document is None or owner != payment["CustomerRef"]["value"]:
            detail = f"Transaction ID {txn_id} of type {entity} cannot be linked"
            raise refusals.invalid("620", detail, "LinkedTxn")
        if document.body["CurrencyRef"] != payment["CurrencyRef"]:
            raise refusals.business("The payment is in another currency than the transaction that it is linked to.")
        if amount > _still_open(books, document) + already.get((entity, txn_id), ZERO):
            raise refusals.business("The amount that is applied is more than the open balance of the transaction.")


def _customer_of(document: Record) -> str | None:
    who = document.body.get("EntityRef" if document.entity == "Purchase" else "CustomerRef", {})
    found: str | None = who.get("value") if who.get("type", "Customer") == "Customer" else None
    return found


def _still_open(books: Books, document: Record) -> Decimal:
    if document.entity == "Purchase":
        return owed(books, document.body) - linked_amount(books, "Expense", document.id)
    return Decimal(document.body["Balance"])


def _amounts_by_document(lines: list[Body]) -> dict[tuple[str, str], Decimal]:
    amounts: dict[tuple[str, str], Decimal] = {}
    for line in lines:
        key = (line["LinkedTxn"][0]["TxnType"], line["LinkedTxn"][0]["TxnId"])
        amounts[key] = amounts.get(key, ZERO) + line["Amount"]
    return amounts


def apply_payment(books: Books, payment_id: str, lines: list[Body]) -> None:
    """Brings the balances of the documents in step with a payment that was written, voided or deleted."""
    before = documents_of(books, payment_id)
    replace_links(books, payment_id, lines)
    for entity, txn_id in sorted(before | documents_of(books, payment_id)):
        document = books.find(TXN_TYPES[entity], txn_id)
        if document and not document.deleted:
            links = {"LinkedTxn": linked_transactions(books, entity, txn_id)}
            left = links if entity == "Expense" else open_amount(books, entity, txn_id, document.body)
            rewrite(books, document, left)


def release_payments(books: Books, entity: str, txn_id: str) -> None:
    """Takes a document that is voided or deleted out of its payments: their amounts become unapplied."""
    for payment_id in payments_of(books, entity, txn_id):
        payment = books.find("Payment", payment_id)
        if payment is None or payment.deleted:
            continue
        kept = [line for line in payment.body["Line"] if line["LinkedTxn"][0]["TxnId"] != txn_id]
        replace_links(books, payment_id, kept)
        rewrite(books, payment, {"Line": kept, "UnappliedAmt": payment.body["TotalAmt"] - _applied_amount(kept)})


def voided_payment(record: Record) -> Body:
    """The payment with every amount zero, applied to nothing."""
    zeros = dict.fromkeys(("TotalAmt", "UnappliedAmt", *(record.body.keys() & {"HomeTotalAmt"})), ZERO)
    return {**record.body, **zeros, "Line": [], "PrivateNote": "Voided"}
