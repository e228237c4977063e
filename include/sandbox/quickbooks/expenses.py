"""The rules of an expense (`Purchase`): the account that the money leaves, whom it goes to, and the accounts that it is for."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.books import Body, Books, Record
from include.sandbox.quickbooks.currencies import check_currency, home_amounts
from include.sandbox.quickbooks.documents import check_open_period
from include.sandbox.quickbooks.fields import half_up
from include.sandbox.quickbooks.links import linked_amount

ZERO = Decimal(0)
RECEIVABLE = "Accounts Receivable"
PAYS_FROM = {"Cash": ("Bank", "Other Current Asset"), "Check": ("Bank",), "CreditCard": ("Credit Card",)}
"""The types of accounts that money may leave, by `PaymentType`."""


def settle_expense(books: Books, fields: Body, old: Record | None) -> Body:
    """The whole expense from its checked fields."""
    fields = {
        "TxnDate": books.today().isoformat(),
        "CurrencyRef": {"value": books.currency},
        "Credit": False,
        "PrintStatus": "NotSet",
        **fields,
    }
    check_open_period(books, fields["TxnDate"], old)
    _check_number(books, fields, old)
    if _type_of(books, fields["AccountRef"]) not in PAYS_FROM[fields["PaymentType"]]:
        raise refusals.business(f"An account of this type cannot be used for a payment by {fields['PaymentType']}.")
    payee = fields.get("EntityRef", {})
    customer = {"CustomerRef": payee} if payee.get("type") == "Customer" else {}
    check_currency(books, {**customer, "CurrencyRef": fields["CurrencyRef"]})
    lines = [
        {**line, "Id": str(number), "Amount": half_up(line["Amount"])} for number, line in enumerate(fields["Line"], 1)
    ]
    for line in receivable_lines(books, lines):
        _check_receivable(books, line, fields, customer)
    total = sum((line["Amount"] for line in lines), ZERO)
    if total < 0:
        raise refusals.business("Transaction amount must be 0 or greater.")
    fields = {**fields, "Line": lines, "TotalAmt": total}
    if old and owed(books, fields) < linked_amount(books, "Expense", old.id):
        raise refusals.business("The total is less than what is paid or used of the transaction already.")
    return {**fields, **home_amounts(books, fields)}


def owed(books: Books, expense: Body) -> Decimal:
    """What the customer owes by an expense."""
    return sum((line["Amount"] for line in receivable_lines(books, expense["Line"])), ZERO)


def receivable_lines(books: Books, lines: Iterable[Body]) -> list[Body]:
    """The lines on what customers owe."""
    detail = "AccountBasedExpenseLineDetail"
    return [line for line in lines if _type_of(books, line[detail]["AccountRef"]) == RECEIVABLE]


def _check_receivable(books: Books, line: Body, fields: Body, customer: Body) -> None:
    if not customer:
        raise refusals.business("When you use Accounts Receivable, you must choose a customer in the Name field.")
    account = books.find("Account", line["AccountBasedExpenseLineDetail"]["AccountRef"]["value"])
    currency = (account.body.get("CurrencyRef") if account else None) or {"value": books.currency}
    if currency["value"] != fields["CurrencyRef"]["value"]:
        raise refusals.business("Currency of the transaction is invalid for customer / vendor / account.")


def _check_number(books: Books, fields: Body, old: Record | None) -> None:
    if "DocNumber" not in fields or not books.warns_of_duplicate_numbers:
        return
    others = books.holders_of_number(("Purchase",), fields["DocNumber"])
    if any(old is None or one.id != old.id for one in others):
        raise refusals.invalid(
            "6140",
            "Duplicate Document Number Error : You must specify a different number. This number has already been used. "
            f"DocNumber={fields['DocNumber']} is assigned to TxnType=Expense with TxnId={others[0].id}",
        )


def _type_of(books: Books, reference: Body) -> str | None:
    account = books.find("Account", reference["value"])
    return account.body.get("AccountType") if account else None
