"""The rules of sales receipts, invoices, credit memos and refund receipts: numbers, lines, totals, balances."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.books import Body, Books, Record
from include.sandbox.quickbooks.currencies import check_currency, home_amounts
from include.sandbox.quickbooks.entities import SALES, Entity
from include.sandbox.quickbooks.fields import Reference, half_up
from include.sandbox.quickbooks.lines import item_lines, with_new_lines
from include.sandbox.quickbooks.links import linked_amount, linked_transactions
from include.sandbox.quickbooks.taxes import as_entered, settle_tax, with_tax_rules

LABELS = {
    "SalesReceipt": "Sales Receipt",
    "Invoice": "Invoice",
    "CreditMemo": "Credit Memo",
    "RefundReceipt": "Refund Receipt",
}
ZERO = Decimal(0)


def settle_sale(
    books: Books, entity: Entity, fields: Body, old: Record | None, *, allow_duplicate_number: bool
) -> Body:
    """The whole document from its checked fields: what QuickBooks fills in and computes."""
    fields = {**_sale_defaults(books, entity, fields, old), **fields}
    check_open_period(books, fields["TxnDate"], old)
    if fields.get("EmailStatus") == "NeedToSend" and "BillEmail" not in fields:
        raise refusals.invalid("6420", "BillEmail is required when EmailStatus is NeedToSend", "BillEmail")
    check_currency(books, fields)
    fields = with_tax_rules(books, fields)
    fields = _with_number(books, fields, old, allow_duplicate_number)
    lines, detail = settle_tax(books, fields, _settle_lines(books, as_entered(books, fields)))
    lines, total = _with_subtotal(lines)
    total += detail["TotalTax"]
    if total < 0:
        raise refusals.business("Transaction amount must be 0 or greater.")
    fields = {**fields, "Line": lines, "TxnTaxDetail": detail, "TotalAmt": total}
    left = open_amount(books, entity.name, old.id if old else "", fields)
    if left["Balance"] < 0:
        raise refusals.business("The total is less than what is paid or used of the transaction already.")
    return {**fields, **left, **home_amounts(books, fields)}


def _sale_defaults(books: Books, entity: Entity, fields: Body, old: Record | None) -> Body:
    found: Body = {
        "TxnDate": books.today().isoformat(),
        "CurrencyRef": {"value": books.currency},
        "ApplyTaxAfterDiscount": False,
        "PrintStatus": "NotSet",
        "EmailStatus": "NotSet",
    }
    if entity.name == "SalesReceipt":
        found |= undeposited_funds(books)
    if entity.name == "Invoice":
        found["DueDate"] = _due_date(books, fields)
    customer = books.find("Customer", fields["CustomerRef"]["value"]) if "CustomerRef" in fields else None
    if old is None and customer:
        found |= {name: customer.body[name] for name in ("BillAddr", "ShipAddr") if name in customer.body}
    return found


def undeposited_funds(books: Books) -> Body:
    """The account in which money waits that names none; nothing where the company has no such account."""
    account = books.holder_of_name("Account", "undeposited funds")
    return {"DepositToAccountRef": {"value": account.id, "name": account.body["Name"]}} if account else {}


def _due_date(books: Books, fields: Body) -> str:
    start = date.fromisoformat(fields.get("TxnDate") or books.today().isoformat())
    term = books.find("Term", fields["SalesTermRef"]["value"]) if "SalesTermRef" in fields else None
    return (start + timedelta(days=int(term.body.get("DueDays", 0)) if term else 0)).isoformat()


def check_open_period(books: Books, txn_date: str, old: Record | None) -> None:
    """Refuses what would change a closed period (6200), by the new date or by the old one."""
    closed = str(books.preferences().get("AccountingInfoPrefs", {}).get("BookCloseDate") or "")
    if closed and min(txn_date, old.body["TxnDate"] if old else txn_date) <= closed:
        detail = f"The account period has closed and the account books cannot be updated through {closed}."
        raise refusals.invalid("6200", f"Account Period Closed, Cannot Update Through Services : {detail}", "TxnDate")


def _with_number(books: Books, fields: Body, old: Record | None, allow_duplicate: bool) -> Body:
    if "DocNumber" not in fields:
        if books.preferences()["SalesFormsPrefs"].get("CustomTxnNumbers"):
            return fields
        return {**fields, "DocNumber": _next_free_number(books)}
    number = fields["DocNumber"]
    if allow_duplicate or not books.warns_of_duplicate_numbers:
        return fields
    others = [
        record
        for record in books.holders_of_number(SALES, number)
        if old is None or (record.entity, record.id) != (old.entity, old.id)
    ]
    if others:
        raise refusals.invalid(
            "6140",
            "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
            f"DocNumber={number} is assigned to TxnType={LABELS[others[0].entity]} with TxnId={others[0].id}",
        )
    return fields


def _next_free_number(books: Books) -> str:
    while books.holders_of_number(SALES, number := str(1000 + books.next_number("document numbers"))):
        continue
    return number


def _settle_lines(books: Books, lines: list[Body]) -> list[Body]:
    """The lines numbered, with their discount in money; at most one discount, and last."""
    discounts = [line for line in lines if line["DetailType"] == "DiscountLineDetail"]
    others = [line for line in lines if line["DetailType"] not in ("DiscountLineDetail", "SubTotalLineDetail")]
    if len(discounts) > 1:
        raise refusals.business("A transaction can have one discount line only.")
    if not others:
        raise refusals.missing("Line")
    settled = _numbered(others, itertools.count(1))
    number = str(len(settled) + 1)
    return settled + [{**_settle_discount(books, line, _sum_of(settled)), "Id": number} for line in discounts]


def _numbered(lines: list[Body], numbers: Iterator[int]) -> list[Body]:
    numbered = []
    for line in lines:
        number = next(numbers)
        line = {**line, "Id": str(number), "LineNum": number}
        if line["DetailType"] == "GroupLineDetail":
            detail = line["GroupLineDetail"]
            line = {**line, "GroupLineDetail": {**detail, "Line": _numbered(detail["Line"], numbers)}}
        numbered.append(line)
    return numbered


def _with_subtotal(lines: list[Body]) -> tuple[list[Body], Decimal]:
    """The lines with their subtotal before the discount, and what they come to without tax."""
    discounts = [line for line in lines if line["DetailType"] == "DiscountLineDetail"]
    others = [line for line in lines if line["DetailType"] != "DiscountLineDetail"]
    subtotal = _sum_of(others)
    line = {"Amount": subtotal, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}}
    return [*others, line, *discounts], subtotal - sum((one["Amount"] for one in discounts), ZERO)


def _sum_of(lines: list[Body]) -> Decimal:
    return sum((line["Amount"] for line in item_lines(lines)), ZERO)


def _settle_discount(books: Books, line: Body, subtotal: Decimal) -> Body:
    detail = line["DiscountLineDetail"]
    account = books.preferences()["SalesFormsPrefs"].get("DefaultDiscountAccount")
    if account and "DiscountAccountRef" not in detail:
        detail = {**detail, "DiscountAccountRef": Reference("Account").clean({"value": account}, "Line", books)}
    if detail.get("PercentBased"):
        return {**line, "Amount": half_up(subtotal * detail["DiscountPercent"] / 100), "DiscountLineDetail": detail}
    return {**line, "DiscountLineDetail": detail}


def open_amount(books: Books, entity: str, record_id: str, fields: Body) -> Body:
    """What is still to be paid, or still to be used of a credit, after the payments that are linked to it."""
    if entity not in ("Invoice", "CreditMemo"):
        return {"Balance": ZERO}
    balance = fields["TotalAmt"] - fields.get("Deposit", ZERO) - linked_amount(books, entity, record_id)
    found: Body = {"Balance": balance, "LinkedTxn": linked_transactions(books, entity, record_id)}
    return found | ({"RemainingCredit": balance} if entity == "CreditMemo" else {})


def voided_sale(record: Record) -> Body:
    """The document with every amount zero; its number and its lines stay."""
    kept: list[Body] = record.body["Line"]
    lines = with_new_lines(kept, map(_voided_line, item_lines(kept)))
    lines = [{**line, **({"Amount": ZERO} if "Amount" in line else {})} for line in lines]
    zeros = dict.fromkeys(("TotalAmt", "Balance"), ZERO)
    zeros |= dict.fromkeys(record.body.keys() & {"Deposit", "HomeTotalAmt"}, ZERO)
    return {**record.body, **zeros, "Line": lines, "TxnTaxDetail": {"TotalTax": ZERO}, "PrivateNote": "Voided"}


def _voided_line(line: Body) -> Body:
    detail = line["SalesItemLineDetail"]
    zeros = dict.fromkeys(("Qty", "UnitPrice", *(detail.keys() & {"TaxInclusiveAmt"})), ZERO)
    return {**line, "Amount": ZERO, "SalesItemLineDetail": {**detail, **zeros}}
