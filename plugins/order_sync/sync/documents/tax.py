"""The tax of a sale: what the store charged, what the codes of lines come to, and what QuickBooks is told.

That of a part of one, as of a refund or write-off, is made in `part`, of the document as it was recorded.

In the United States the tax of a document is one amount. Elsewhere QuickBooks makes it of the codes of the lines, rate by rate, and takes
another amount only with the rate that it is of.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from order_sync.infusionsoft.records import Order, OrderItem
from order_sync.money import exponent, rounded, with_currency
from order_sync.settings import Store
from order_sync.settings.taxes import folded_tax
from order_sync.sync.company.company import SHIPPING_ITEM, Company, TaxRate
from order_sync.sync.documents.bundle import item_lines, sold_item
from order_sync.sync.orders.codes import Code, refusal

TAX_FIELDS = ("GlobalTaxCalculation", "ApplyTaxAfterDiscount", "TxnTaxDetail", "ShippingTaxIncludedInTotalTax")
"""The fields of a document that say how it is taxed; its lines have their codes beside."""

_ZERO, _HUNDRED = Decimal(0), Decimal(100)


@dataclass(frozen=True, slots=True)
class RateTax:
    """The tax of one rate, and the net amount that it is of."""

    rate: TaxRate
    net: Decimal
    tax: Decimal


def amount_of(item: OrderItem, currency: str) -> Decimal:
    """What a line of an order comes to; the total check answers for the sum."""
    return rounded(item.price * item.quantity, currency)


def charged_tax(order: Order) -> Decimal:
    """The sales tax that the store charged."""
    return sum((amount_of(item, order.currency) for item in tax_lines_of(order)), _ZERO)


def tax_lines_of(order: Order) -> list[OrderItem]:
    """The lines of an order that are its tax."""
    return [item for item in order.items if item.item_type == "TAX"]


def tax_fields(
    tax: Decimal,
    lines: Sequence[dict[str, Any]],
    company: Company,
    store: Store,
    currency: str,
    by_rate: Mapping[str, Decimal] | None = None,
) -> tuple[Decimal | None, dict[str, Any]]:
    """The tax that a document of these lines must come to, and what is said of it (`TAX_FIELDS`).

    `tax` is that of the store, less what write-offs took of it; `by_rate` is what of it is known to be of a rate,
    by the rate's id. RecordRefused where the settings record none.
    """
    how = store.taxes.record_as
    if how == "none" and tax:
        raise refusal(
            Code.TAX_CHARGED,
            f"The store charged {with_currency(tax, currency)} of sales tax, and the settings record none (taxes.record_as).",
        )
    expected = tax if store.taxes.on_lines else _ZERO
    if not company.in_united_states:
        is_gross = any("TaxInclusiveAmt" in line[line["DetailType"]] for line in _bearing(lines))
        fields: dict[str, Any] = {"GlobalTaxCalculation": "TaxInclusive" if is_gross else "TaxExcluded"}
        if how == "as charged":
            made = _as_charged(tax, taxes_by_rate(shares_of(lines), company, currency), by_rate or {})
            fields["TxnTaxDetail"] = _detail(tax, company) | (
                {"TaxLine": [_tax_line(one) for one in made]} if made else {}
            )
        return expected, fields
    fields = {"ApplyTaxAfterDiscount": True} if _taxed_after_discount(expected, lines, company, currency) else {}
    if how == "as charged":
        fields |= given_tax(tax, lines) | {"TxnTaxDetail": _detail(tax, company)}
    return expected, fields


def computed_detail(
    tax: Decimal, lines: Sequence[dict[str, Any]], company: Company, currency: str
) -> dict[str, Any] | None:
    """What is said of a tax outside the United States that QuickBooks computed of these lines, by rate; None where no rates make it."""
    found = taxes_by_rate(shares_of(lines), company, currency)
    allowed = tolerance(len(list(_bearing(lines))), len(found), currency)
    if not found or abs(tax - sum((one.tax for one in found), _ZERO)) > allowed:
        return None
    return {"TotalTax": tax, "TaxLine": [_tax_line(one) for one in _as_charged(tax, found, {}) if one.tax]}


def given_tax(tax: Decimal | None, lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What is said of a tax in the United States that QuickBooks is not to compute."""
    fields: dict[str, Any] = {"TxnTaxDetail": {"TotalTax": tax or _ZERO}}
    if any(sold_item(line) == SHIPPING_ITEM for line in item_lines(lines)):
        fields["ShippingTaxIncludedInTotalTax"] = True  # else QuickBooks adds the tax of shipping
    return fields


def tax_fields_together(of: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The tax fields of a document that holds several: their tax summed, and by rate."""
    fields: dict[str, Any] = {name: value for one in of for name, value in one.items()}
    if "GlobalTaxCalculation" in fields:
        fields["GlobalTaxCalculation"] = "TaxExcluded"  # with lines as `without_gross` gives them
    details: list[dict[str, Any]] = [one["TxnTaxDetail"] for one in of if "TxnTaxDetail" in one]
    if not details:
        return fields
    by_rate: dict[str, dict[str, Any]] = {}
    for line in (line for detail in details for line in detail.get("TaxLine", ())):
        own = line["TaxLineDetail"]
        before = by_rate.setdefault(
            own["TaxRateRef"]["value"], {**line, "Amount": _ZERO, "TaxLineDetail": {**own, "NetAmountTaxable": _ZERO}}
        )
        before["Amount"] += line["Amount"]
        before["TaxLineDetail"]["NetAmountTaxable"] += own["NetAmountTaxable"]
    lines = {"TaxLine": list(by_rate.values())} if by_rate else {}
    codes = {name: value for detail in details for name, value in detail.items() if name == "TxnTaxCodeRef"}
    total = sum((detail["TotalTax"] for detail in details), _ZERO)
    fields["TxnTaxDetail"] = {**codes, "TotalTax": total, **lines}
    return fields


def check_rates(order: Order, tax: Decimal, lines: Sequence[dict[str, Any]], company: Company) -> None:
    """RecordRefused where the tax of an order is not what the codes of its lines come to, beyond rounding.

    Outside the United States, and for lines that bear the codes of taxed ones: there a tax of another rate would be a wrong return.
    """
    found = taxes_by_rate(shares_of(lines), company, order.currency)
    allowed = tolerance(len(list(_bearing(lines))), len(found), order.currency)
    together = sum((one.tax for one in found), _ZERO)
    if abs(tax - together) > allowed:
        raise _differs(order, f"{with_currency(tax, order.currency)} of tax", together, found)
    own = {one.rate.id: one for one in found}
    for rate_id, amount in named_rates(order, company).items():
        one = own.get(rate_id)
        if one is None and amount:
            told = f"{with_currency(amount, order.currency)} of a tax whose rate none of its lines has"
            raise _differs(order, told, together, found)
        if one is not None and abs(amount - one.tax) > allowed:
            raise _differs(order, f"{with_currency(amount, order.currency)} of {one.rate.name}", one.tax, [one])


def _differs(order: Order, charged: str, computed: Decimal, found: Sequence[RateTax]) -> Exception:
    rates = [
        f"{_percent(one.rate)} % of {with_currency(one.net, order.currency)} ({one.rate.name})"
        for one in found
        if one.net
    ]
    return refusal(
        Code.TAX_RATE_DIFFERS,
        f"The store charged {charged}, and by the tax codes of its lines it is {with_currency(computed, order.currency)}: "
        f"{', '.join(rates) or 'they have no rate'}.",
    )


def named_rates(order: Order, company: Company) -> dict[str, Decimal]:
    """What the store charged of each rate that the settings name for a tax line, by the rate's id."""
    found: dict[str, Decimal] = {}
    for item in tax_lines_of(order):
        rate_id = company.taxes.by_name.get(folded_tax(item.name))
        if rate_id:
            found[rate_id] = found.get(rate_id, _ZERO) + amount_of(item, order.currency)
    return found


def check_taxes(order: Order, company: Company, store: Store) -> None:
    """RecordRefused where an order's tax lines are not such as the settings say.

    There may be none where prices include the tax; and of several, each must be named where one is (`taxes.by_name`).
    """
    taxes = [item for item in tax_lines_of(order) if amount_of(item, order.currency)]
    names = company.taxes.items or company.taxes.by_name
    if store.taxes.prices == "with tax" and (tax := charged_tax(order)):
        raise refusal(
            Code.TAX_TWICE,
            f"The prices include the tax by the settings (taxes.prices), and the order has "
            f"{with_currency(tax, order.currency)} of tax beside them.",
        )
    missing = [item.name or "without a name" for item in taxes if folded_tax(item.name) not in names]
    if names and missing and len(taxes) > 1:
        raise refusal(
            Code.TAX_UNKNOWN,
            f"The order has {len(taxes)} taxes, and of them taxes.by_name does not name {', '.join(map(repr, missing))}.",
        )


def tolerance(lines: int, rates: int, currency: str) -> Decimal:
    """How far a tax may be from what it is of, by rounding alone: half a cent for each line and rate, and half for the sum."""
    return Decimal(5).scaleb(-exponent(currency) - 1) * (lines * max(rates, 1) + 1)


def shares_of(lines: Sequence[dict[str, Any]]) -> list[tuple[str, Decimal]]:
    """The code and net amount of each line; a discount is below zero."""
    signs = {"DiscountLineDetail": -1}
    return [(_code_of(line), line["Amount"] * signs.get(line["DetailType"], 1)) for line in _bearing(lines)]


def taxes_by_rate(shares: Sequence[tuple[str, Decimal]], company: Company, currency: str) -> list[RateTax]:
    """The tax by rate, each half up over the net of a code, as QuickBooks computes it outside the United States."""
    nets: dict[str, Decimal] = {}
    for code, amount in shares:
        nets[code] = nets.get(code, _ZERO) + amount
    found: dict[str, RateTax] = {}
    for code, net in nets.items():
        for rate in company.taxes.rates.get(code, ()):
            before = found.get(rate.id, RateTax(rate, _ZERO, _ZERO))
            tax = before.tax + rounded(net * rate.percent / _HUNDRED, currency)
            found[rate.id] = RateTax(rate, before.net + net, tax)
    return list(found.values())


def net_of_tax(
    lines: Sequence[dict[str, Any]], company: Company, currency: str
) -> tuple[list[dict[str, Any]], Decimal]:
    """Lines whose amounts include their tax, as QuickBooks takes them: net with the gross beside (`TaxInclusiveAmt`); and that tax.

    The tax of a code is rounded once, over all its lines, so that net and tax come to the gross to the cent.
    """
    bearing = list(_bearing(lines))
    nets, tax = [line["Amount"] for line in bearing], _ZERO
    for code in dict.fromkeys(map(_code_of, bearing)):
        percent = sum((rate.percent for rate in company.taxes.rates.get(code, ())), _ZERO)
        places = [place for place, line in enumerate(bearing) if _code_of(line) == code]
        # A discount is taken off, so that what is left is taxed.
        signs = [-1 if bearing[place]["DetailType"] == "DiscountLineDetail" else 1 for place in places]
        gross = [bearing[place]["Amount"] * sign for place, sign in zip(places, signs, strict=True)]
        inside = rounded(sum(gross, _ZERO) * percent / (_HUNDRED + percent), currency)
        exact = [amount * _HUNDRED / (_HUNDRED + percent) for amount in gross]
        for place, sign, net in zip(places, signs, spread(exact, sum(gross, _ZERO) - inside, currency), strict=True):
            nets[place] = net * sign
        tax += inside
    new = iter(nets)
    return [_net_line(line, new, currency) for line in lines], tax


def without_gross(lines: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The lines without the gross amounts that `net_of_tax` put beside: net as they are, for a document of `TaxExcluded`.

    So a document of several orders, or of a part of one, comes to net and tax as they were rounded.
    """
    found = []
    for line in lines:
        kind = line["DetailType"]
        detail = {name: value for name, value in line[kind].items() if name != "TaxInclusiveAmt"}
        if "Line" in detail:
            detail["Line"] = without_gross(detail["Line"])
        found.append({**line, kind: detail})
    return found


def spread(exact: Sequence[Decimal], total: Decimal, currency: str) -> list[Decimal]:
    """Amounts rounded so that they come to a total: what is left goes where rounding took most."""
    whole = [rounded(amount, currency) for amount in exact]
    unit = Decimal(1).scaleb(-exponent(currency))
    left = total - sum(whole, _ZERO)
    step = unit.copy_sign(left)
    order = sorted(range(len(exact)), key=lambda place: (exact[place] - whole[place]) * step, reverse=True)
    for turn in range(int(abs(left) / unit)):
        whole[order[turn % len(order)]] += step
    return whole


def _net_line(line: dict[str, Any], nets: Iterator[Decimal], currency: str) -> dict[str, Any]:
    kind = line["DetailType"]
    if kind == "GroupLineDetail":
        inside = [_net_line(one, nets, currency) for one in line[kind]["Line"]]
        return {**line, kind: {**line[kind], "Line": inside}}
    net, detail = next(nets), {**line[kind], "TaxInclusiveAmt": line["Amount"]}
    if quantity := detail.get("Qty"):
        price = (net / quantity).quantize(Decimal("1E-7"))
        if rounded(price * quantity, currency) == net:
            detail["UnitPrice"] = price
        else:
            del detail["Qty"], detail["UnitPrice"]
    return {**line, "Amount": net, kind: detail}


def _as_charged(tax: Decimal, found: Sequence[RateTax], by_rate: Mapping[str, Decimal]) -> list[RateTax]:
    """The tax by rate as the store charged it: what it named no rate of, and rounding, is in the largest of the other rates."""
    named = [replace(one, tax=by_rate.get(one.rate.id, one.tax)) for one in found]
    left = tax - sum((one.tax for one in named), _ZERO)
    if not left:
        return named
    free = [place for place, one in enumerate(named) if one.rate.id not in by_rate] or list(range(len(named)))
    if not free:
        return named
    largest = max(free, key=lambda place: abs(named[place].tax))
    return [replace(one, tax=one.tax + left) if place == largest else one for place, one in enumerate(named)]


def _taxed_after_discount(tax: Decimal, lines: Sequence[dict[str, Any]], company: Company, currency: str) -> bool:
    """Whether the store took the discount line off before it computed the tax, as is usual; not where only the full price fits a rate."""
    off = sum((line["Amount"] for line in lines if line["DetailType"] == "DiscountLineDetail"), _ZERO)
    if not off or not tax:
        return False
    sold = list(item_lines(lines))
    taxed = sum((line["Amount"] for line in sold if _code_of(line) == company.taxed_lines), _ZERO)
    whole = sum((line["Amount"] for line in sold), _ZERO)
    left = taxed - off * taxed / whole if whole else taxed
    allowed = tolerance(len(sold), 1, currency)
    rates = company.taxes.rates
    of_codes = [rates.get(company.tax_code, ())] if company.tax_code else list(rates.values())
    percents = [sum((rate.percent for rate in some), _ZERO) for some in of_codes]

    def fits(base: Decimal) -> bool:
        return any(abs(tax - base * percent / _HUNDRED) <= allowed for percent in percents)

    return fits(left) or not fits(taxed)


def _detail(tax: Decimal, company: Company) -> dict[str, Any]:
    detail: dict[str, Any] = {"TotalTax": tax}
    return {"TxnTaxCodeRef": {"value": company.tax_code}, **detail} if company.tax_code and tax else detail


def _tax_line(one: RateTax) -> dict[str, Any]:
    detail = {
        "TaxRateRef": {"value": one.rate.id},
        "PercentBased": True,
        "TaxPercent": one.rate.percent,
        "NetAmountTaxable": one.net,
    }
    return {"DetailType": "TaxLineDetail", "Amount": one.tax, "TaxLineDetail": detail}


def _bearing(lines: Sequence[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The lines that have an amount, those of bundles too, and discounts."""
    for line in lines:
        if line["DetailType"] == "DiscountLineDetail":
            yield line
        else:
            yield from item_lines([line])


def _code_of(line: dict[str, Any]) -> str:
    return str((line[line["DetailType"]].get("TaxCodeRef") or {}).get("value", ""))


def _percent(rate: TaxRate) -> str:
    text = format(rate.percent, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
