"""A part of what an order's document sold, taken back: by a refund, a write-off, a credit.

What is taken back is net and tax, as the document was. Whoever takes back part after part takes back all of it in the end, to the cent:
net, and each tax.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, Decimal
from typing import Any, NamedTuple

from order_sync.money import exponent, rounded
from order_sync.sync.company.company import Company
from order_sync.sync.documents.bundle import sold_item
from order_sync.sync.documents.lines import Lines, lines_total, single_line
from order_sync.sync.documents.sold import (
    ON_LINES,
    RATE,
    TIP,
    Sold,
    SoldLine,
    Taxes,
    TaxKey,
    by_rates,
    is_owed_line,
    portions,
    taxes_by_place,
)
from order_sync.sync.documents.tax import given_tax, without_gross
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.tracked import TrackedOrder
from order_sync.sync.orders.write import Write

_ZERO = Decimal(0)

TAKE_BACK = (Kind.REFUND, Kind.WRITE_OFF, Kind.REVERSAL)
"""The kinds of writes that take back what a document sold."""
_TAKING = (Entity.REFUND_RECEIPT, Entity.CREDIT_MEMO)


class Sum(NamedTuple):
    """What something comes to, and how much of that is tax."""

    total: Decimal
    tax: Decimal


@dataclass(frozen=True, slots=True)
class Part:
    """A part of what was sold, its taxes by where the document has them, and the one line that it is, where it is one."""

    amount: Decimal
    taxes: Taxes
    line: SoldLine | None = None

    @property
    def tax(self) -> Decimal:
        """All of its tax."""
        return sum(self.taxes.values(), _ZERO)


def tax_of_part(amount: Decimal, whole: Sum, left: Sum, currency: str) -> Decimal:
    """The tax in a part of a whole, of which so much is left: by its share of the whole, half up to the smallest unit.

    Never more than is left, and never so little that more tax than money would be left: so the last part has what rounding left.
    """
    share = rounded(amount * whole.tax / whole.total, currency) if whole.total > 0 else _ZERO
    least = left.tax - max(left.total - amount, _ZERO)
    return max(min(max(share, least), amount, left.tax), _ZERO)


def part_of(amount: Decimal, sold: Sold, taken: Sequence[Part]) -> Part:
    """What a part of an order's document takes back, after all that was taken back of it (`taken_of`, and what is planned since).

    One that comes to exactly one line and its tax is that line; any other has its share of the tax.
    """
    gone = Sum(sum((one.amount for one in taken), _ZERO), sum((one.tax for one in taken), _ZERO))
    left = Sum(sold.total - gone.total, sold.tax - gone.tax)
    lines = [one.line for one in taken if one.line]
    rest = Sum(sold.total - sum(one.net + one.tax for one in lines), sold.tax - sum(one.tax for one in lines))
    line = _line_of(amount, sold, lines)
    tax = line.tax if line else tax_of_part(amount, rest, left, sold.currency)
    if line and tax != tax_of_part(amount, Sum(amount, tax), left, sold.currency):
        line, tax = None, tax_of_part(amount, rest, left, sold.currency)
    if line:
        return Part(amount, line.taxes, line)
    open_taxes = {key: of - sum((one.taxes.get(key, _ZERO) for one in taken), _ZERO) for key, of in sold.taxes.items()}
    if tip := next((key for key, of in open_taxes.items() if key.place == TIP and of == amount), None):
        return Part(amount, {tip: amount})
    shares = portions(tax, [max(of, _ZERO) for of in open_taxes.values()], sold.currency)
    return Part(amount, dict(zip(open_taxes, shares, strict=True)))


def taken_of(tracked: TrackedOrder, sold: Sold, company: Company) -> tuple[Part, ...]:
    """What is recorded as taken back of an order's document, oldest first."""
    found: list[Part] = []
    for kind in TAKE_BACK:
        for write in tracked.recorded(kind).values():
            if write.entity in _TAKING:
                found.append(_taken(write, sold, company, [one.line for one in found if one.line]))
    return tuple(found)


def part_lines(
    part: Part,
    sold: Sold,
    company: Company,
    *,
    item_id: str,
    text: str,
    as_sold: bool = True,
) -> Lines:
    """The lines of a document that takes back a part, and its tax as the order's document has it.

    All of it in one has the lines of the document, one line of it is that line; any other is on `item_id`, a line for each tax code.
    `as_sold=False` puts each on that item: nothing is undone that was sold.
    """
    charged = {key: tax for key, tax in part.taxes.items() if key.place not in ON_LINES}
    tax = sum(charged.values(), _ZERO)
    if as_sold and part.amount == sold.total:
        lines = list(sold.all_lines)
    else:
        net = _of_line(part.line) if part.line and as_sold else _pro_rata(part, sold, company, item_id, text)
        # Of a cent or two all may be tax, and QuickBooks takes no document without a line.
        nothing = single_line(_ZERO, item_id, company, text, class_of(sold.all_lines))
        lines = without_gross([*net, *_tax_lines(part, sold, company)] or [nothing])
    return Lines(tuple(lines), lines_total(lines) + tax, tax, _tax_fields(part, sold, charged, lines, company))


def class_of(lines: Iterable[Mapping[str, Any]]) -> str | None:
    """The class that lines of a document bear, where they do."""
    details = (line.get("SalesItemLineDetail", {}) for line in lines)
    return next((detail["ClassRef"]["value"] for detail in details if "ClassRef" in detail), None)


def _line_of(amount: Decimal, sold: Sold, gone: Sequence[SoldLine]) -> SoldLine | None:
    """The line that comes to exactly so much with its tax; None where there is none, or where they are of several products."""
    left = list(sold.lines)
    for one in gone:
        left.remove(one)
    fitting = [
        one
        for one in left
        if one.net + one.tax == amount and (one.is_whole or one.line["DetailType"] == "SalesItemLineDetail")
    ]
    return fitting[0] if len({(one.item_id, one.tax, one.code) for one in fitting}) == 1 else None


def _taken(write: Write, sold: Sold, company: Company, gone: Sequence[SoldLine]) -> Part:
    body = json.loads(write.payload, parse_float=Decimal)
    body = by_rates(body, body["Line"], write.tax or _ZERO, company, sold.currency)
    taxes = taxes_by_place(body, body["Line"], write.tax or _ZERO, company)
    # What QuickBooks computed has no place of its own there, and one that a former version recorded has none at all.
    known = {key: tax for key, tax in taxes.items() if key in sold.taxes}
    amount, tax = write.total or _ZERO, sum(known.values(), _ZERO)
    if amount == sold.total:
        return Part(amount, sold.taxes)
    own = [line for line in body["Line"] if not is_owed_line(line, company)]
    left = list(sold.lines)
    for one in gone:
        left.remove(one)
    of_line = [
        one
        for one in left
        if len(own) == 1 and (one.net, one.tax) == (amount - tax, tax) and sold_item(own[0]) == one.item_id
    ]
    return Part(amount, known, of_line[0] if of_line else None)


def _of_line(sold: SoldLine) -> list[dict[str, Any]]:
    """The line as it was sold; without quantity and price where a discount was taken off it."""
    if sold.is_whole:
        return [dict(sold.line)]
    detail = {
        name: value for name, value in sold.line["SalesItemLineDetail"].items() if name not in ("Qty", "UnitPrice")
    }
    return [{**sold.line, "Amount": sold.net, "SalesItemLineDetail": detail}]


def _pro_rata(part: Part, sold: Sold, company: Company, item_id: str, text: str) -> list[dict[str, Any]]:
    """The net amount of a part, by the tax codes of what was sold."""
    by_code: dict[str, Decimal] = {}
    for one in sold.lines:
        by_code[one.code] = by_code.get(one.code, _ZERO) + one.net
    net = part.amount - part.tax
    amounts = dict(zip(by_code, portions(net, list(by_code.values()), sold.currency), strict=True))
    if sold.is_computed and not company.in_united_states:
        amounts = _as_computed(part, sold, company, amounts, by_code)
    class_id = class_of(sold.all_lines)
    lines = list[dict[str, Any]]()
    for code, amount in amounts.items():
        if amount:
            line = single_line(amount, item_id, company, text, class_id)
            line["SalesItemLineDetail"]["TaxCodeRef"] = {"value": code}
            lines.append(line)
    return lines


def _as_computed(
    part: Part, sold: Sold, company: Company, amounts: Mapping[str, Decimal], by_code: Mapping[str, Decimal]
) -> dict[str, Decimal]:
    """The amounts by code of which QuickBooks computes the part's tax: what rounding made of it is a few cents of the taxed amount.

    Its rate is only known as far as it made the whole tax: the taxed amount is one of which each such rate makes the part's. What is
    not taxed takes the cents.
    """
    taxed = [code for code in amounts if code != company.untaxed_lines]
    if len(taxed) != 1 or not by_code[taxed[0]]:
        return dict(amounts)
    code, cent = taxed[0], Decimal(1).scaleb(-exponent(sold.currency))
    whole, tax = _beside_lines(sold.taxes), _beside_lines(part.taxes)
    lowest, highest = (whole - cent / 2) / by_code[code], (whole + cent / 2) / by_code[code]
    least = ((tax - cent / 2) / lowest).quantize(cent, ROUND_CEILING) if lowest > 0 else _ZERO
    most = ((tax + cent / 2) / highest).quantize(cent, ROUND_CEILING) - cent
    base = min(max(amounts[code], least), most)
    others = amounts.get(company.untaxed_lines, _ZERO) + amounts[code] - base
    return {code: base, company.untaxed_lines: others} if others >= 0 else dict(amounts)


def _beside_lines(taxes: Taxes) -> Decimal:
    """What of taxes is none of the document's lines."""
    return sum((tax for key, tax in taxes.items() if key.place not in ON_LINES), _ZERO)


def _tax_lines(part: Part, sold: Sold, company: Company) -> list[dict[str, Any]]:
    """The lines of tax, on the items that the document has them on."""
    lines = []
    for key, tax in part.taxes.items():
        if key.place in ON_LINES and tax:
            texts = (line.get("Description") for line in sold.all_lines if sold_item(line) == key.id)
            lines.append(
                single_line(tax, key.id, company, next(texts, None) or key.place.title(), class_of(sold.all_lines))
            )
    return lines


def _tax_fields(
    part: Part, sold: Sold, charged: Mapping[TaxKey, Decimal], lines: Sequence[dict[str, Any]], company: Company
) -> dict[str, Any]:
    """What is said of the tax: as in the document that it is a part of, with the amounts of the part."""
    document = sold.document
    copied = ["GlobalTaxCalculation"]
    if part.amount == sold.total:
        copied.append("ShippingTaxIncludedInTotalTax")
    if any(line["DetailType"] == "DiscountLineDetail" for line in lines):
        copied.append("ApplyTaxAfterDiscount")
    if sold.is_computed:
        copied += ["BillAddr", "ShipAddr"]  # QuickBooks computes by them
    fields = {name: document[name] for name in copied if name in document}
    if part.amount != sold.total and "GlobalTaxCalculation" in fields:
        fields["GlobalTaxCalculation"] = "TaxExcluded"  # its lines are net
    if sold.is_computed and company.in_united_states:
        # What is given back is the tax that was charged, whatever QuickBooks would compute of a part, or today.
        fields |= given_tax(sum(charged.values(), _ZERO), lines)
    elif "TxnTaxDetail" in document and not sold.is_computed:
        fields["TxnTaxDetail"] = _tax_detail(part, sold, charged)
    return fields


def _tax_detail(part: Part, sold: Sold, charged: Mapping[TaxKey, Decimal]) -> dict[str, Any]:
    known, tax = sold.document["TxnTaxDetail"], sum(charged.values(), _ZERO)
    if not tax:
        return {"TotalTax": _ZERO}
    detail = {**known, "TotalTax": tax}
    if "TaxLine" in known:
        detail["TaxLine"] = [
            _tax_line(line, charged[key], part, sold)
            for line in known["TaxLine"]
            if charged.get(key := TaxKey(RATE, line["TaxLineDetail"]["TaxRateRef"]["value"]))
        ]
    return detail


def _tax_line(line: Mapping[str, Any], tax: Decimal, part: Part, sold: Sold) -> dict[str, Any]:
    """A tax line with the tax of the part, and the net amount that it is for."""
    detail = dict(line["TaxLineDetail"])
    if "NetAmountTaxable" in detail and (whole := sold.total - sold.tax) > 0:
        of_document = rounded(detail["NetAmountTaxable"] * (part.amount - part.tax) / whole, sold.currency)
        detail["NetAmountTaxable"] = part.line.net if part.line else of_document
    return {**line, "Amount": tax, "TaxLineDetail": detail}
