"""The rules of sales receipts, invoices, credit memos and refund receipts: numbers, totals, tax, balances."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.books import Body, Books, Record
from include.sandbox.quickbooks.currencies import check_currency, home_amounts
from include.sandbox.quickbooks.entities import SALES, Entity
from include.sandbox.quickbooks.fields import Reference, half_up
from include.sandbox.quickbooks.links import linked_amount, linked_transactions

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
    fields = _with_tax_rules(books, fields)
    fields = _with_number(books, fields, old, allow_duplicate_number)
    lines, subtotal, discount = _settle_lines(books, fields["Line"])
    detail = _tax_detail(books, fields, lines, discount)
    total = subtotal - discount + detail["TotalTax"]
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


def _settle_lines(books: Books, lines: list[Body]) -> tuple[list[Body], Decimal, Decimal]:
    """The lines as the service answers them, with their subtotal and the discount."""
    discounts = [line for line in lines if line["DetailType"] == "DiscountLineDetail"]
    others = [line for line in lines if line["DetailType"] not in ("DiscountLineDetail", "SubTotalLineDetail")]
    if len(discounts) > 1:
        raise refusals.business("A transaction can have one discount line only.")
    if not others:
        raise refusals.missing("Line")
    subtotal = sum((line["Amount"] for line in others if "Amount" in line), ZERO)
    settled = [{**line, "Id": str(number), "LineNum": number} for number, line in enumerate(others, 1)]
    settled.append({"Amount": subtotal, "DetailType": "SubTotalLineDetail", "SubTotalLineDetail": {}})
    if not discounts:
        return settled, subtotal, ZERO
    discount = _settle_discount(books, discounts[0], subtotal)
    return [*settled, {**discount, "Id": str(len(settled))}], subtotal, discount["Amount"]


def _settle_discount(books: Books, line: Body, subtotal: Decimal) -> Body:
    detail = line["DiscountLineDetail"]
    account = books.preferences()["SalesFormsPrefs"].get("DefaultDiscountAccount")
    if account and "DiscountAccountRef" not in detail:
        detail = {**detail, "DiscountAccountRef": Reference("Account").clean({"value": account}, "Line", books)}
    if detail.get("PercentBased"):
        return {**line, "Amount": half_up(subtotal * detail["DiscountPercent"] / 100), "DiscountLineDetail": detail}
    return {**line, "DiscountLineDetail": detail}


def _with_tax_rules(books: Books, fields: Body) -> Body:
    """What a company outside the United States must be told of a document's tax, and one inside need not be."""
    if books.country == "US":
        return {name: value for name, value in fields.items() if name != "GlobalTaxCalculation"}
    if "GlobalTaxCalculation" not in fields:
        raise refusals.missing("GlobalTaxCalculation")
    if fields["GlobalTaxCalculation"] != "NotApplicable" and not all(map(_tax_code, _item_lines(fields["Line"]))):
        raise refusals.business("Make sure all your transactions have a tax rate before you save.")
    return fields


def _tax_detail(books: Books, fields: Body, lines: list[Body], discount: Decimal) -> Body:
    """The tax that was sent; without one the company's percentage of the taxable lines, or always where it is so set."""
    detail = fields.get("TxnTaxDetail", {})
    sent = detail.get("TotalTax")
    if sent is not None and sent < 0:
        raise refusals.invalid("2290", f"Negative amounts aren't supported. Supplied value: {sent}", "TotalTax")
    if sent is None or books.is_set("compute_tax_always"):
        # The lines of a tax that was overwritten say nothing any more.
        kept = {name: value for name, value in detail.items() if sent is None or name != "TaxLine"}
        return {**kept, "TotalTax": _computed_tax(books, fields, lines, discount)}
    return {**detail, "TotalTax": half_up(sent)}


def _computed_tax(books: Books, fields: Body, lines: list[Body], discount: Decimal) -> Decimal:
    if books.sales_tax_percent is None:
        return ZERO
    items = _item_lines(lines)
    taxable = sum((line["Amount"] for line in items if _is_taxed(books, line)), ZERO)
    subtotal = sum((line["Amount"] for line in items), ZERO)
    if fields.get("ApplyTaxAfterDiscount") and subtotal:
        taxable -= discount * taxable / subtotal
    return max(half_up(taxable * books.sales_tax_percent / 100), ZERO)


def _item_lines(lines: list[Body]) -> list[Body]:
    return [line for line in lines if line["DetailType"] == "SalesItemLineDetail"]


def _tax_code(line: Body) -> str | None:
    code: str | None = line["SalesItemLineDetail"].get("TaxCodeRef", {}).get("value")
    return code


def _is_taxed(books: Books, line: Body) -> bool:
    code = _tax_code(line)
    found = books.find("TaxCode", code) if code else None
    return found is not None and bool(found.body.get("Taxable"))


def open_amount(books: Books, entity: str, record_id: str, fields: Body) -> Body:
    """What is still to be paid, or still to be used of a credit, after the payments that are linked to it."""
    if entity not in ("Invoice", "CreditMemo"):
        return {"Balance": ZERO}
    balance = fields["TotalAmt"] - fields.get("Deposit", ZERO) - linked_amount(books, entity, record_id)
    found: Body = {"Balance": balance, "LinkedTxn": linked_transactions(books, entity, record_id)}
    return found | ({"RemainingCredit": balance} if entity == "CreditMemo" else {})


def voided_sale(record: Record) -> Body:
    """The document with every amount zero; its number and its lines stay."""
    lines = [
        {**line, "Amount": ZERO, "SalesItemLineDetail": {**line["SalesItemLineDetail"], "Qty": ZERO, "UnitPrice": ZERO}}
        if line["DetailType"] == "SalesItemLineDetail"
        else {**line, **({"Amount": ZERO} if "Amount" in line else {})}
        for line in record.body["Line"]
    ]
    zeros = dict.fromkeys(("TotalAmt", "Balance"), ZERO)
    zeros |= dict.fromkeys(record.body.keys() & {"Deposit", "HomeTotalAmt"}, ZERO)
    return {**record.body, **zeros, "Line": lines, "TxnTaxDetail": {"TotalTax": ZERO}, "PrivateNote": "Voided"}
