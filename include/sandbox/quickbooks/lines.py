"""The lines of a sales document and of a payment: their checks, one line at a time."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from include.sandbox.quickbooks import refusals
from include.sandbox.quickbooks.books import Body, Books
from include.sandbox.quickbooks.fields import (
    Anything,
    Choice,
    Day,
    Flag,
    Kind,
    Number,
    Parts,
    Reference,
    Text,
    TrackedReference,
    clean_fields,
    half_up,
    reference_value,
)

DETAIL_TYPES = ("SalesItemLineDetail", "DiscountLineDetail", "DescriptionOnly", "SubTotalLineDetail")


@dataclass(frozen=True)
class LineTaxCode:
    """TAX or NON in a US company, else a tax code of the company."""

    def clean(self, value: Any, element: str, books: Books) -> Body | None:
        code = reference_value(value)
        if code is None:
            return None
        if books.country != "US":
            return Reference("TaxCode").clean(value, element, books)
        if code not in ("TAX", "NON"):
            detail = f"Valid line TaxCodes for US should be TAX or NON. Supplied value: {code}"
            raise refusals.invalid("6100", detail, element)
        return {"value": code}


SALES_ITEM = Parts(
    {
        "ItemRef": Reference("Item"),
        "Qty": Number(),
        "UnitPrice": Number(),
        "TaxCodeRef": LineTaxCode(),
        "ClassRef": TrackedReference("Class", "ClassTrackingPerTxnLine"),
        "ServiceDate": Day(),
        "DiscountRate": Number(),
        "DiscountAmt": Number(),
    },
    read_only=(
        "ItemAccountRef",
        "TaxInclusiveAmt",
        "MarkupInfo",
        "PriceLevelRef",
        "TaxClassificationRef",
        "DeferredRevenue",
    ),
)
DISCOUNT = Parts(
    {
        "PercentBased": Flag(),
        "DiscountPercent": Number(Decimal(0)),
        "DiscountAccountRef": Reference("Account"),
        "TaxCodeRef": LineTaxCode(),
        "ClassRef": TrackedReference("Class", "ClassTrackingPerTxnLine"),
    },
    read_only=("Discount", "ServiceDate"),
)
DESCRIPTION = Parts({"ServiceDate": Day(), "TaxCodeRef": LineTaxCode()})
SALES_LINE: dict[str, Kind] = {
    "Id": Text(20),
    "LineNum": Number(),
    "Description": Text(4000),
    "Amount": Number(),
    "DetailType": Choice(DETAIL_TYPES),
    "SalesItemLineDetail": SALES_ITEM,
    "DiscountLineDetail": DISCOUNT,
    "DescriptionLineDetail": DESCRIPTION,
    "SubTotalLineDetail": Anything(),
    "SubtotalLineDetail": Anything(),
    "CustomField": Anything(),
}
LINKED_TXN = Parts({"TxnId": Text(20), "TxnType": Text(50), "TxnLineId": Text(20)})
PAYMENT_LINE: dict[str, Kind] = {"Amount": Number(), "LinkedTxn": Anything()}


@dataclass(frozen=True)
class SalesLines:
    """Item, discount and description lines; a subtotal that comes back from a read is dropped, as it is computed."""

    def clean(self, value: Any, element: str, books: Books) -> list[Body] | None:
        lines = [_clean_sales_line(line, books) for line in _list_of_objects(value)]
        return [line for line in lines if line is not None] or None


def _clean_sales_line(line: Body, books: Books) -> Body | None:
    cleaned = clean_fields(line, SALES_LINE, ("LinkedTxn",), books, "Line.")
    detail_type = cleaned.get("DetailType")
    if detail_type is None:
        raise refusals.missing("Line.DetailType")
    if detail_type == "SubTotalLineDetail":
        return None
    if detail_type == "DiscountLineDetail":
        return _clean_discount({"DiscountLineDetail": {}, **cleaned}, books)
    if detail_type == "SalesItemLineDetail":
        if "SalesItemLineDetail" not in line:
            raise refusals.missing("SalesItemLineDetail")
        if "ItemRef" in cleaned.get("SalesItemLineDetail", {}):
            return _clean_item_line(cleaned, books)
    # An item line that names no item is documentation: the service drops its amount.
    kept: Body = {name: cleaned[name] for name in ("Id", "Description", "DescriptionLineDetail") if name in cleaned}
    return {**kept, "DetailType": "DescriptionOnly"} if "Description" in kept else None


def _clean_item_line(line: Body, books: Books) -> Body:
    amount = line.get("Amount")
    if amount is None:
        raise refusals.missing("Amount")
    if amount < 0 and not books.is_set("negative_lines"):
        _refuse_negative(amount)
    detail = line["SalesItemLineDetail"]
    quantity, price = detail.get("Qty"), detail.get("UnitPrice")
    # Both zero is how python-quickbooks says "neither".
    if quantity is not None and price is not None and (quantity or price) and half_up(quantity * price) != amount:
        detail_text = f"Amount is not equal to UnitPrice * Qty. Supplied value: {amount:,}"
        raise refusals.invalid("6070", detail_text, "Line.Amount")
    if not quantity and not price:
        detail = {name: value for name, value in detail.items() if name not in ("Qty", "UnitPrice")}
    if books.country == "US":
        detail = {"TaxCodeRef": {"value": "TAX"}, **detail}
    return {**line, "Amount": half_up(amount), "SalesItemLineDetail": detail}


def _clean_discount(line: Body, books: Books) -> Body:
    if not books.preferences()["SalesFormsPrefs"].get("AllowDiscount"):
        raise refusals.invalid("5030", "Discount lines need the preference SalesFormsPrefs.AllowDiscount", "Line")
    detail = line["DiscountLineDetail"]
    by_percent = detail.get("PercentBased", False)
    if (by_percent and "DiscountPercent" not in detail) or (not by_percent and "Amount" not in line):
        raise refusals.invalid("6090", "The discount line has neither a percentage nor an amount", "DiscountLineDetail")
    _refuse_negative(line.get("Amount", Decimal(0)))
    if by_percent:
        return line
    return {**line, "Amount": half_up(line["Amount"])}


def _refuse_negative(amount: Decimal) -> None:
    if amount < 0:
        raise refusals.invalid(
            "2290", f"Negative amounts aren't supported on transaction lines. Supplied value: {amount}"
        )


@dataclass(frozen=True)
class PaymentLines:
    """What a payment pays: an amount each for the invoices and credit memos that it is linked to."""

    def clean(self, value: Any, element: str, books: Books) -> list[Body] | None:
        return [_clean_payment_line(line, books) for line in _list_of_objects(value)] or None


def _clean_payment_line(line: Body, books: Books) -> Body:
    cleaned = clean_fields(line, PAYMENT_LINE, ("LineEx", "Id", "LineNum"), books, "Line.")
    if "Amount" not in cleaned:
        raise refusals.missing("Amount")
    _refuse_negative(cleaned["Amount"])
    linked = [LINKED_TXN.clean(link, "LinkedTxn", books) for link in _list_of_objects(cleaned.get("LinkedTxn", []))]
    if len(linked) != 1 or linked[0] is None or not linked[0].keys() >= {"TxnId", "TxnType"}:
        raise refusals.missing("LinkedTxn")
    return {"Amount": half_up(cleaned["Amount"]), "LinkedTxn": linked}


def _list_of_objects(value: Any) -> list[Body]:
    if not isinstance(value, list) or not all(isinstance(entry, dict) for entry in value):
        raise refusals.unsupported_property()
    return value
