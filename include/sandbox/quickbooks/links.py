"""Which payment pays how much of which invoice or expense, and uses how much of which credit memo."""

from __future__ import annotations

from decimal import Decimal

from include.sandbox.quickbooks.books import Body, Books

TXN_TYPES = {"Invoice": "Invoice", "CreditMemo": "CreditMemo", "Expense": "Purchase"}
"""What a payment may be linked to: the records by the type that a link names."""


def txn_type_of(entity: str) -> str:
    """The type by which a link names records of an entity."""
    return next((name for name, of in TXN_TYPES.items() if of == entity), entity)


def linked_amount(books: Books, entity: str, txn_id: str) -> Decimal:
    """How much the payments apply to a document."""
    rows = books.connection.execute(
        "SELECT amount FROM qbo_links WHERE realm_id = ? AND entity = ? AND txn_id = ?",
        (books.realm_id, entity, txn_id),
    )
    return sum((Decimal(row["amount"]) for row in rows), Decimal(0))


def linked_transactions(books: Books, entity: str, txn_id: str) -> list[Body]:
    """The payments of a document as its `LinkedTxn` names them."""
    return [{"TxnId": payment, "TxnType": "Payment"} for payment in payments_of(books, entity, txn_id)]


def payments_of(books: Books, entity: str, txn_id: str) -> list[str]:
    """The ids of the payments that are linked to a document."""
    rows = books.connection.execute(
        "SELECT DISTINCT payment_id FROM qbo_links WHERE realm_id = ? AND entity = ? AND txn_id = ? ORDER BY rowid",
        (books.realm_id, entity, txn_id),
    )
    return [row["payment_id"] for row in rows]


def documents_of(books: Books, payment_id: str) -> set[tuple[str, str]]:
    """Type of link and id of the documents that a payment is linked to."""
    rows = books.connection.execute(
        "SELECT entity, txn_id FROM qbo_links WHERE realm_id = ? AND payment_id = ?", (books.realm_id, payment_id)
    )
    return {(row["entity"], row["txn_id"]) for row in rows}


def replace_links(books: Books, payment_id: str, lines: list[Body]) -> None:
    """Links a payment to what its lines name, and to nothing else."""
    books.connection.execute(
        "DELETE FROM qbo_links WHERE realm_id = ? AND payment_id = ?", (books.realm_id, payment_id)
    )
    books.connection.executemany(
        "INSERT INTO qbo_links VALUES (?, ?, ?, ?, ?)",
        [
            (books.realm_id, payment_id, link["TxnType"], link["TxnId"], str(line["Amount"]))
            for line in lines
            for link in line["LinkedTxn"]
        ],
    )
