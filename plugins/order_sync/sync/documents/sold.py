"""What an order's document sold, read from the document as it was recorded: its total, its tax, and what each line came to.

The document is read, and not the order with the settings of today: what is taken back must leave the accounts that it went to.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from order_sync.infusionsoft.records import Order
from order_sync.money import exponent, rounded, with_currency
from order_sync.sync.company.company import Company
from order_sync.sync.company.products import is_discount, is_product
from order_sync.sync.documents.bundle import item_lines, sold_item
from order_sync.sync.documents.lines import lines_total
from order_sync.sync.documents.tax import amount_of, charged_tax, computed_detail, tax_lines_of
from order_sync.sync.documents.tax_codes import discount_of
from order_sync.sync.orders.codes import SKIP_THE_ORDER, Code, refusal
from order_sync.sync.orders.payments import forgiven, total_of
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.tracked import TrackedOrder

_ZERO = Decimal(0)


class TaxKey(NamedTuple):
    """Where a tax stands in a document: a line on an item, a tax line of a rate, or only the document's tax."""

    place: str
    id: str = ""


ITEM, TIP, RATE, DOCUMENT = "item", "tip", "rate", "document"
ON_LINES = (ITEM, TIP)
"""Where it is a line of the document."""
Taxes = Mapping[TaxKey, Decimal]
"""Taxes, and tips with them: both are owed to others, and a part of a sale takes back its share of each."""


@dataclass(frozen=True, slots=True)
class SoldLine:
    """A line of a document: what it came to after its share of a discount, its share of each tax, and the code that it bears."""

    line: Mapping[str, Any]
    net: Decimal
    taxes: Taxes
    code: str

    @property
    def tax(self) -> Decimal:
        """Its share of all taxes."""
        return sum(self.taxes.values(), _ZERO)

    @property
    def item_id(self) -> str:
        """The item that it sells; of a bundle, the bundle."""
        return sold_item(self.line)

    @property
    def is_whole(self) -> bool:
        """Whether no discount is taken off it."""
        return self.net == lines_total([dict(self.line)])


@dataclass(frozen=True, slots=True)
class Sold:
    """What a document, or an order's part of a day's document, came to."""

    total: Decimal
    taxes: Taxes
    lines: tuple[SoldLine, ...]
    all_lines: tuple[dict[str, Any], ...]
    """Every line as it was sent: also those of tax and discount."""
    document: Mapping[str, Any]
    is_computed: bool
    """Whether QuickBooks computed the tax, and it is not known of which rates."""
    currency: str

    @property
    def tax(self) -> Decimal:
        """All of its tax, as a line or not."""
        return sum(self.taxes.values(), _ZERO)


def sold_of(tracked: TrackedOrder, company: Company) -> Sold:
    """What the recorded document of an order sold; of a day's document, what of it is this order's.

    RecordRefused where the order of a day's document was changed since, so that nobody knows what of the document is its own.
    """
    document, order = tracked.body(), charged_order(tracked.snapshot)
    recorded = tracked.document
    tax = (recorded.tax if recorded else None) or _ZERO
    if tracked.stands_alone:
        lines, total = list(document["Line"]), tracked.total
    else:
        lines, total = _own_lines(document["Line"], order), tracked.total
        tax = charged_tax(order) if "TxnTaxDetail" in document else _ZERO
    document = by_rates(document, lines, tax, company, order.currency)
    taxes = taxes_by_place(document, lines, tax, company)
    if not tracked.stands_alone:
        lines, taxes, document = _completed(lines, taxes, document, total, order, company)
    discount = sum((line["Amount"] for line in lines if line["DetailType"] == "DiscountLineDetail"), _ZERO)
    discount -= sum((line["Amount"] for line in item_lines(lines) if line["Amount"] < 0), _ZERO)
    is_computed = bool(tax) and not Decimal(document.get("TxnTaxDetail", {}).get("TotalTax", 0))
    found = _sold_lines(lines, discount, taxes, order, company)
    return Sold(total, taxes, found, tuple(lines), document, is_computed, order.currency)


def charged_order(snapshot: Snapshot) -> Order:
    """The order as a sales receipt shows it: with the tax that is left once its write-offs and credits took their share of it."""
    order, off = snapshot.order, total_of(forgiven(snapshot))
    tax = charged_tax(order)
    if not off or not tax:
        return order
    share = min(rounded(off * tax / order.total, order.currency), tax)
    taxes = tax_lines_of(order)
    shares = portions(share, [amount_of(item, order.currency) for item in taxes], order.currency)
    left = [
        replace(item, quantity=Decimal(1), price=amount_of(item, order.currency) - part)
        for item, part in zip(taxes, shares, strict=True)
    ]
    others = [item for item in order.items if item.item_type != "TAX"]
    return replace(order, total=order.total - share, items=(*others, *(item for item in left if item.price)))


def by_rates(
    document: Mapping[str, Any], lines: Sequence[dict[str, Any]], tax: Decimal, company: Company, currency: str
) -> dict[str, Any]:
    """A document whose tax QuickBooks computed outside the United States, with that tax by rate as it was computed.

    So a part of it is given back with the tax that was charged: what QuickBooks would compute of the part may be a cent off. As it is
    where its tax was given, or where the rates of today do not make it.
    """
    is_given = Decimal(document.get("TxnTaxDetail", {}).get("TotalTax", 0)) != 0
    if company.in_united_states or not tax or is_given:
        return dict(document)
    detail = computed_detail(tax, lines, company, currency)
    return {**document, **({"TxnTaxDetail": detail} if detail else {})}


def taxes_by_place(
    document: Mapping[str, Any], lines: Sequence[Mapping[str, Any]], tax: Decimal, company: Company
) -> dict[TaxKey, Decimal]:
    """The taxes of a document by where they stand; `tax` is what it comes to beside its lines."""
    found: defaultdict[TaxKey, Decimal] = defaultdict(Decimal)
    for line in lines:
        if is_owed_line(line, company):
            item_id = sold_item(line)
            found[TaxKey(TIP if item_id in _tip_items(company) else ITEM, item_id)] += line["Amount"]
    left = tax
    for line in document.get("TxnTaxDetail", {}).get("TaxLine", ()):
        found[TaxKey(RATE, line["TaxLineDetail"]["TaxRateRef"]["value"])] += line["Amount"]
        left -= line["Amount"]
    if left:
        found[TaxKey(DOCUMENT)] += left
    return dict(found)


def is_owed_line(line: Mapping[str, Any], company: Company) -> bool:
    """Whether a line books what the store collected for others: sales tax, a tip."""
    owed = {company.lines.tax, *company.taxes.items.values()} | _tip_items(company)
    return sold_item(line) in owed


def _tip_items(company: Company) -> set[str]:
    """The item of tips, unless it is that of something else too."""
    lines = company.lines
    others = {lines.standard, lines.tax, lines.fee, lines.finance_charge, lines.shipping, lines.refund}
    return {lines.tip} - others


def portions(amount: Decimal, weights: Sequence[Decimal], currency: str) -> list[Decimal]:
    """An amount in parts by weight, each whole in the currency's smallest unit; they make the amount exactly."""
    together, so_far, given, found = sum(weights, _ZERO), _ZERO, _ZERO, []
    for place, weight in enumerate(weights, 1):
        so_far += weight
        upto = amount if place == len(weights) or not together else rounded(amount * so_far / together, currency)
        found.append(upto - given)
        given = upto
    return found


def _own_lines(lines: Sequence[dict[str, Any]], order: Order) -> list[dict[str, Any]]:
    """The lines of a day's document that bear the order's number."""
    texts = ((line, str(line.get("Description", ""))) for line in lines)
    return [line for line, text in texts if text == order.id or text.startswith(f"{order.id}: ")]


def _completed(
    lines: list[dict[str, Any]],
    taxes: dict[TaxKey, Decimal],
    document: dict[str, Any],
    total: Decimal,
    order: Order,
    company: Company,
) -> tuple[list[dict[str, Any]], dict[TaxKey, Decimal], dict[str, Any]]:
    """The order's lines with its own discount, its own of the document's taxes, and the document with these taxes alone."""
    rates = {key: tax for key, tax in taxes.items() if key.place == RATE}
    percents = {key: _percent_of(key, document) for key in rates}
    of_day = [line for line in document["Line"] if line["DetailType"] == "DiscountLineDetail"]
    # As the store has it, before or with the tax as its prices are; beside negative lines there is none.
    own_off = _own_discount(order, total) if of_day else _ZERO
    allowed = _ZERO
    if rates and not charged_tax(order):
        charged = _tax_inside(total, lines, own_off, of_day, percents, order, company)
        if own_off and charged:
            taxed_off = _percent(_code_of_discount(of_day[0], company), percents, company)
            own_off = own_off * 100 / (100 + taxed_off)
            allowed = Decimal(1).scaleb(-exponent(order.currency)) * (len(lines) + 1)
    elif rates:
        charged = charged_tax(order)
    else:
        charged = sum((tax for key, tax in taxes.items() if key.place not in ON_LINES), _ZERO)
    off = lines_total(lines) + charged - total
    if not lines or abs(off - own_off) > allowed or off > sum((line["Amount"] for line in of_day), _ZERO):
        raise refusal(
            Code.REFUND_DISAGREES,
            "The order was recorded on a day's document, and what of that is its own is not known any more: it comes to "
            f"{with_currency(total, order.currency)} now, and its lines there, with its tax, to "
            f"{with_currency(lines_total(lines) + charged, order.currency)}. So the tax of what was given back is not known.",
            f"Enter the refund in QuickBooks by hand, and {SKIP_THE_ORDER}.",
        )
    lines = [*lines, {**of_day[0], "Amount": off}] if off else lines
    if rates:
        nets = {key: _taxed_at(key, lines, company) for key in rates}
        weights = [nets[key] * percents[key] for key in rates]
        shares = dict(zip(rates, portions(charged, weights, order.currency), strict=True))
        taxes = {key: tax for key, tax in taxes.items() if key.place in ON_LINES} | shares
        document = _with_taxes(document, shares, nets)
    return lines, taxes, document


def _own_discount(order: Order, total: Decimal) -> Decimal:
    """What an order's discounts take off, and what was forgiven of it."""
    discounts = (discount_of(item, order.currency) for item in order.items if is_discount(item))
    return sum(discounts, _ZERO) + order.total - total


def _tax_inside(
    total: Decimal,
    lines: Sequence[dict[str, Any]],
    off: Decimal,
    of_day: Sequence[dict[str, Any]],
    percents: Mapping[TaxKey, Decimal],
    order: Order,
    company: Company,
) -> Decimal:
    """The tax in prices that include it; zero where the prices are the lines' own, or the lines are not net of them.

    Without a discount (`off`) it is what the order is more than its net lines. With one, it is rounded once for each code, as when it was
    sold.
    """
    items = [item for item in order.items if not is_discount(item)]
    if off and len(items) == len(lines):
        gross = defaultdict[str, Decimal](Decimal, {_code_of_discount(of_day[0], company): -off})
        for item, line in zip(items, lines, strict=True):
            gross[_code_of(line, company)] += amount_of(item, order.currency)
        if sum(gross.values(), _ZERO) == lines_total(lines) - off:
            return _ZERO
        shares = ((of, _percent(code, percents, company)) for code, of in gross.items())
        return sum((rounded(of * percent / (100 + percent), order.currency) for of, percent in shares), _ZERO)
    inside = total - lines_total(lines)
    of_rates = sum((_taxed_at(key, lines, company) * percent / 100 for key, percent in percents.items()), _ZERO)
    allowed = Decimal(1).scaleb(-exponent(order.currency)) * len(percents)
    return inside if inside > 0 and abs(inside - of_rates) <= allowed else _ZERO


def _percent(code: str, percents: Mapping[TaxKey, Decimal], company: Company) -> Decimal:
    """What the rates of a code come to, of those that a document has."""
    return sum((percent for key, percent in percents.items() if _has_rate(code, key, company)), _ZERO)


def _percent_of(key: TaxKey, document: Mapping[str, Any]) -> Decimal:
    details = (line["TaxLineDetail"] for line in document["TxnTaxDetail"]["TaxLine"] if _rate_of(line) == key)
    percent: Decimal = next(details)["TaxPercent"]
    return percent


def _taxed_at(key: TaxKey, lines: Iterable[dict[str, Any]], company: Company) -> Decimal:
    """What of the lines, less their discount, bears the tax of a rate."""
    net = _ZERO
    for line in lines:
        if is_owed_line(line, company):
            continue
        is_off = line["DetailType"] == "DiscountLineDetail"
        code = _code_of_discount(line, company) if is_off else _code_of(line, company)
        if _has_rate(code, key, company):
            net += -line["Amount"] if is_off else lines_total([line])
    return net


def _with_taxes(
    document: Mapping[str, Any], taxes: Mapping[TaxKey, Decimal], nets: Mapping[TaxKey, Decimal]
) -> dict[str, Any]:
    """The document with so much tax of each rate, of so much net."""
    detail = document["TxnTaxDetail"]
    lines = [
        {
            **line,
            "Amount": taxes[key],
            "TaxLineDetail": {**line["TaxLineDetail"], "NetAmountTaxable": nets[key]},
        }
        for line in detail["TaxLine"]
        for key in [_rate_of(line)]
    ]
    return {**document, "TxnTaxDetail": {**detail, "TotalTax": sum(taxes.values(), _ZERO), "TaxLine": lines}}


def _rate_of(tax_line: Mapping[str, Any]) -> TaxKey:
    return TaxKey(RATE, tax_line["TaxLineDetail"]["TaxRateRef"]["value"])


def _sold_lines(
    lines: Sequence[dict[str, Any]], discount: Decimal, taxes: Taxes, order: Order, company: Company
) -> tuple[SoldLine, ...]:
    own = [line for line in lines if line["DetailType"] != "DiscountLineDetail" and not is_owed_line(line, company)]
    amounts = [lines_total([line]) for line in own]
    is_charge = [sold_item(line) in _charges(company) for line in own]
    # Discounts are taken off what is sold, and off charges only where nothing else is.
    bearing = [amount > 0 and not charge for amount, charge in zip(amounts, is_charge, strict=True)]
    if not any(bearing):
        bearing = [amount > 0 for amount in amounts]
    base = sum((amount for amount, bears in zip(amounts, bearing, strict=True) if bears), _ZERO)
    nets = [
        amount - (rounded(discount * amount / base, order.currency) if bears else _ZERO)
        for amount, bears in zip(amounts, bearing, strict=True)
    ]
    is_taxed = _taxed(own, is_charge, taxes, order, company)
    codes = [_code_of(line, company) for line in own]
    of_lines: list[dict[TaxKey, Decimal]] = [{} for _line in own]
    for key, tax in taxes.items():
        if key.place == TIP:  # nobody tips for one product
            continue
        bears = [
            amount > 0 and has and _has_rate(code, key, company)
            for amount, has, code in zip(amounts, is_taxed, codes, strict=True)
        ]
        taxed = sum((net for net, has in zip(nets, bears, strict=True) if has), _ZERO)
        for place, has in enumerate(bears):
            if has and taxed > 0:
                of_lines[place][key] = rounded(tax * nets[place] / taxed, order.currency)
    found = zip(own, nets, of_lines, codes, amounts, strict=True)
    return tuple(SoldLine(line, net, own_taxes, code) for line, net, own_taxes, code, amount in found if amount > 0)


def _has_rate(code: str, key: TaxKey, company: Company) -> bool:
    """Whether lines of a code bear a tax: one of a rate only where it is a rate of the code, as far as that is known."""
    rates = company.taxes.rates.get(code)
    return key.place != RATE or rates is None or any(rate.id == key.id for rate in rates)


def _taxed(
    own: Sequence[dict[str, Any]], is_charge: Sequence[bool], taxes: Taxes, order: Order, company: Company
) -> list[bool]:
    """Which lines bear the tax: by their codes; where tax is a line itself, the products that the order calls taxable."""
    if any(key.place not in ON_LINES for key in taxes):
        return [_code_of(line, company) != company.untaxed_lines for line in own]
    untaxed = {
        (amount_of(item, order.currency), text)
        for item in order.items
        if is_product(item) and item.taxable is False
        for text in (item.name, item.description, f"{order.id}: {item.name}", f"{order.id}: {item.description}")
    }
    products = [not charge for charge in is_charge]
    found = [
        product and (lines_total([line]), line.get("Description")) not in untaxed
        for line, product in zip(own, products, strict=True)
    ]
    return found if any(found) else products


def _charges(company: Company) -> set[str]:
    lines = company.lines
    return {lines.shipping, lines.tip, lines.fee, lines.finance_charge} - {lines.standard}


def _code_of(line: dict[str, Any], company: Company) -> str:
    codes = (one["SalesItemLineDetail"].get("TaxCodeRef", {}).get("value") for one in item_lines([line]))
    return next((code for code in codes if code), company.untaxed_lines)


def _code_of_discount(line: Mapping[str, Any], company: Company) -> str:
    code: str = line["DiscountLineDetail"].get("TaxCodeRef", {}).get("value", company.untaxed_lines)
    return code
