"""The lines of a sales document and of a payment: their checks, one line at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
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

DETAIL_TYPES = (
    "SalesItemLineDetail",
    "GroupLineDetail",
    "DiscountLineDetail",
    "DescriptionOnly",
    "SubTotalLineDetail",
)


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


@dataclass(frozen=True)
class SoldItem:
    """An item that can be sold: no category, and a bundle only where a bundle stands."""

    bundle: bool = False

    def clean(self, value: Any, element: str, books: Books) -> Body | None:
        found: Body | None = Reference("Item").clean(value, element, books)
        if found is None:
            return None
        record = books.find("Item", found["value"])
        kind = record.body.get("Type") if record else None
        if kind == "Category":
            raise refusals.invalid("2500", "Invalid Reference Id : Categories cannot be used in transactions.", element)
        if (kind == "Group") != self.bundle:
            raise refusals.invalid("2500", f"Invalid Reference Id : {element}", element)
        return found


SALES_ITEM = Parts(
    {
        "ItemRef": SoldItem(),
        "Qty": Number(),
        "UnitPrice": Number(),
        "TaxCodeRef": LineTaxCode(),
        "ClassRef": TrackedReference("Class", "ClassTrackingPerTxnLine"),
        "ServiceDate": Day(),
        "DiscountRate": Number(),
        "DiscountAmt": Number(),
        "TaxInclusiveAmt": Number(),
    },
    read_only=(
        "ItemAccountRef",
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
        "TaxInclusiveAmt": Number(),
    },
    read_only=("Discount", "ServiceDate"),
)
BUNDLE = Parts(
    {"GroupItemRef": SoldItem(bundle=True), "Quantity": Number(Decimal(0)), "Line": Anything()},
    read_only=("ServiceDate",),
)
DESCRIPTION = Parts({"ServiceDate": Day(), "TaxCodeRef": LineTaxCode()})
SALES_LINE: dict[str, Kind] = {
    "Id": Text(20),
    "LineNum": Number(),
    "Description": Text(4000),
    "Amount": Number(),
    "DetailType": Choice(DETAIL_TYPES),
    "SalesItemLineDetail": SALES_ITEM,
    "GroupLineDetail": BUNDLE,
    "DiscountLineDetail": DISCOUNT,
    "DescriptionLineDetail": DESCRIPTION,
    "SubTotalLineDetail": Anything(),
    "SubtotalLineDetail": Anything(),
    "CustomField": Anything(),
}
EXPENSE = Parts(
    {
        "AccountRef": Reference("Account"),
        "CustomerRef": Reference("Customer"),
        "ClassRef": TrackedReference("Class", "ClassTrackingPerTxnLine"),
        "TaxCodeRef": LineTaxCode(),
        "TaxAmount": Number(),
        "BillableStatus": Choice(("Billable", "NotBillable", "HasBeenBilled")),
    },
    read_only=("MarkupInfo", "TaxInclusiveAmt"),
)
EXPENSE_LINE: dict[str, Kind] = {
    "Id": Text(20),
    "LineNum": Number(),
    "Description": Text(4000),
    "Amount": Number(),
    "DetailType": Choice(("AccountBasedExpenseLineDetail",)),
    "AccountBasedExpenseLineDetail": EXPENSE,
}
LINKED_TXN = Parts({"TxnId": Text(20), "TxnType": Text(50), "TxnLineId": Text(20)})
PAYMENT_LINE: dict[str, Kind] = {"Amount": Number(), "LinkedTxn": Anything()}


@dataclass(frozen=True)
class ExpenseLines:
    """Lines on accounts; the sandbox has no rules for those on items."""

    def clean(self, value: Any, element: str, books: Books) -> list[Body] | None:
        lines = [clean_fields(line, EXPENSE_LINE, ("LinkedTxn",), books, "Line.") for line in _list_of_objects(value)]
        for line in lines:
            for name in ("DetailType", "Amount", "AccountBasedExpenseLineDetail"):
                if name not in line:
                    raise refusals.missing(f"Line.{name}")
            if "AccountRef" not in line["AccountBasedExpenseLineDetail"]:
                raise refusals.missing("AccountRef")
        return lines or None


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
    if detail_type == "GroupLineDetail":
        return _clean_bundle(cleaned, books)
    # An item line that names no item is documentation: the service drops its amount.
    kept: Body = {name: cleaned[name] for name in ("Id", "Description", "DescriptionLineDetail") if name in cleaned}
    return {**kept, "DetailType": "DescriptionOnly"} if "Description" in kept else None


def _clean_bundle(line: Body, books: Books) -> Body:
    """A bundle has no amount of its own; without lines it is sold as its item is put together."""
    detail = line.get("GroupLineDetail", {})
    if "GroupItemRef" not in detail:
        raise refusals.missing("GroupItemRef")
    quantity = detail.get("Quantity", Decimal(1))
    sent = _list_of_objects(detail.get("Line", [])) or _put_together(books, detail["GroupItemRef"]["value"], quantity)
    if not sent or any(component.get("DetailType") != "SalesItemLineDetail" for component in sent):
        raise refusals.missing("GroupLineDetail.Line")
    components = [_clean_sales_line(component, books) for component in sent]
    if any(component is None or "Amount" not in component for component in components):
        raise refusals.missing("GroupLineDetail.Line.ItemRef")
    kept: Body = {name: line[name] for name in ("Id", "Description") if name in line}
    detail = {**detail, "Quantity": quantity, "Line": components}
    return {**kept, "DetailType": "GroupLineDetail", "GroupLineDetail": detail}


def _put_together(books: Books, item_id: str, quantity: Decimal) -> list[Body]:
    bundle = books.find("Item", item_id)
    lines = []
    for part in bundle.body.get("ItemGroupDetail", {}).get("ItemGroupLine", []) if bundle else []:
        item = books.find("Item", part.get("ItemRef", {}).get("value", ""))
        if item is None:
            continue
        price, number = Decimal(item.body.get("UnitPrice", 0)), part.get("Qty", Decimal(1)) * quantity
        detail = {"ItemRef": {"value": item.id}, "Qty": number, "UnitPrice": price}
        if "SalesTaxCodeRef" in item.body:
            detail["TaxCodeRef"] = item.body["SalesTaxCodeRef"]
        line = {"DetailType": "SalesItemLineDetail", "Amount": half_up(price * number), "SalesItemLineDetail": detail}
        lines.append(line)
    return lines


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


def item_lines(lines: Iterable[Body]) -> Iterator[Body]:
    """The lines that sell something, those inside bundles too, in their order."""
    for line in lines:
        if line["DetailType"] == "SalesItemLineDetail":
            yield line
        elif line["DetailType"] == "GroupLineDetail":
            yield from item_lines(line["GroupLineDetail"]["Line"])


def with_new_lines(lines: Iterable[Body], new: Iterator[Body]) -> list[Body]:
    """The lines with those that `item_lines` gives replaced, one by one, by new ones."""
    renewed = []
    for line in lines:
        if line["DetailType"] == "SalesItemLineDetail":
            renewed.append(next(new))
        elif line["DetailType"] == "GroupLineDetail":
            detail = line["GroupLineDetail"]
            renewed.append({**line, "GroupLineDetail": {**detail, "Line": with_new_lines(detail["Line"], new)}})
        else:
            renewed.append(line)
    return renewed


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
