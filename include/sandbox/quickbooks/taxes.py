"""The tax of a sale, by the rules of the company's country: what was sent, what it computes, what it ignores."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from include.sandbox.quickbooks import refusals, tax_codes
from include.sandbox.quickbooks.books import Body, Books
from include.sandbox.quickbooks.fields import half_up
from include.sandbox.quickbooks.lines import item_lines, with_new_lines
from include.sandbox.quickbooks.tax_codes import Codes, Rate, Share, Taxed

ZERO = Decimal(0)
NO_CODE = "Make sure all your transactions have a tax rate before you save."


def with_tax_rules(books: Books, fields: Body) -> Body:
    """What a company outside the United States must be told of a document's tax, and one inside need not be."""
    if books.country == "US":
        return {name: value for name, value in fields.items() if name != "GlobalTaxCalculation"}
    if "GlobalTaxCalculation" not in fields:
        raise refusals.missing("GlobalTaxCalculation")
    if fields["GlobalTaxCalculation"] == "NotApplicable":
        if fields.get("TxnTaxDetail", {}).get("TaxLine"):
            detail = "TxnTaxDetail is not allowed when GlobalTaxCalculation is NotApplicable"
            raise refusals.invalid("6170", detail, "TxnTaxDetail")
        return fields
    if not all(map(_code_of, [*item_lines(fields["Line"]), *_discounts(fields["Line"])])):
        raise refusals.business(NO_CODE)
    return fields


def as_entered(books: Books, fields: Body) -> list[Body]:
    """The lines with the amounts that a person would enter, in a document whose prices bear their tax the gross ones.

    There a line keeps a `TaxInclusiveAmt` if its amount is gross, and has none if it is net.
    """
    lines: list[Body] = fields["Line"]
    if not _is_inclusive(books, fields):
        return _mapped(lines, _without_gross)
    codes = _codes_of(books, lines)
    bare_is_net = books.is_set("inclusive_amounts_are_net")
    return _mapped(lines, lambda line: _with_gross(line, codes, bare_is_net))


def _with_gross(line: Body, codes: Codes, bare_is_net: bool) -> Body:
    name = line["DetailType"]
    sent, amount = line[name].get("TaxInclusiveAmt"), line.get("Amount")
    if amount is None:
        return line
    # A gross amount that is not the net one with its tax is ignored: the service then adds the tax to the other.
    fits = bool(sent) and tax_codes.fits(amount, sent, codes[_code_of(line) or ""])
    if name == "SalesItemLineDetail" and not fits and (sent or bare_is_net):
        return _without_gross(line)
    gross = half_up(sent) if fits else amount
    return {**line, "Amount": gross, name: {**line[name], "TaxInclusiveAmt": gross}}


def _without_gross(line: Body) -> Body:
    name = line["DetailType"]
    return {**line, name: {key: value for key, value in line[name].items() if key != "TaxInclusiveAmt"}}


def _mapped(lines: list[Body], change: Callable[[Body], Body]) -> list[Body]:
    """The lines with those that bear an amount changed."""
    renewed = with_new_lines(lines, map(change, item_lines(lines)))
    return [change(line) if line["DetailType"] == "DiscountLineDetail" else line for line in renewed]


def settle_tax(books: Books, fields: Body, lines: list[Body]) -> tuple[list[Body], Body]:
    """The lines with their net amounts, and the document's `TxnTaxDetail`; `lines` come from `as_entered`."""
    if not books.computes_tax_from_codes:
        return lines, _tax_as_sent(books, fields, lines)
    if fields["GlobalTaxCalculation"] == "NotApplicable":
        return lines, {"TotalTax": ZERO}
    taxed = [*item_lines(lines), *_discounts(lines)]
    codes = _codes_of(books, lines)
    inclusive = _is_inclusive(books, fields)
    shares = [_share_of(line, inclusive) for line in taxed]
    found = tax_codes.taxes(shares, codes)
    nets = tax_codes.net_amounts(shares, codes)
    sent = fields.get("TxnTaxDetail", {}).get("TaxLine")
    if sent:
        tax_lines = _sent_lines(sent, found)
        nets = _with_difference(nets, shares, _total(found) - sum((line["Amount"] for line in tax_lines), ZERO))
    else:
        tax_lines = [_tax_line(one) for one in found]
    if inclusive:
        lines = _with_nets(lines, taxed, nets, tax_codes.gross_amounts(shares, codes))
    kept = {name: value for name, value in fields.get("TxnTaxDetail", {}).items() if name == "TxnTaxCodeRef"}
    total = sum((line["Amount"] for line in tax_lines), ZERO)
    return lines, {**kept, "TotalTax": total, **({"TaxLine": tax_lines} if tax_lines else {})}


def _tax_as_sent(books: Books, fields: Body, lines: list[Body]) -> Body:
    """The tax that was sent; without one the company's percentage of the taxable lines, or always where it is so set."""
    detail = fields.get("TxnTaxDetail", {})
    sent = detail.get("TotalTax")
    if sent is not None and sent < 0:
        raise refusals.invalid("2290", f"Negative amounts aren't supported. Supplied value: {sent}", "TotalTax")
    if detail.get("TaxLine"):
        sent = sum((half_up(line.get("Amount", ZERO)) for line in detail["TaxLine"]), ZERO)
    if sent is None or books.is_set("compute_tax_always"):
        # The lines of a tax that was overwritten say nothing any more.
        kept = {name: value for name, value in detail.items() if name != "TaxLine"}
        return {**kept, "TotalTax": _computed_tax(books, fields, lines)}
    return {**detail, "TotalTax": half_up(sent)}


def _computed_tax(books: Books, fields: Body, lines: list[Body]) -> Decimal:
    if books.sales_tax_percent is None:
        return ZERO
    sold = list(item_lines(lines))
    taxable = sum((line["Amount"] for line in sold if is_taxed(books, line)), ZERO)
    subtotal = sum((line["Amount"] for line in sold), ZERO)
    if fields.get("ApplyTaxAfterDiscount") and subtotal:
        taxable -= sum((line["Amount"] for line in _discounts(lines)), ZERO) * taxable / subtotal
    return max(half_up(taxable * books.sales_tax_percent / 100), ZERO)


def is_taxed(books: Books, line: Body) -> bool:
    """Whether the code of a line is a taxable one."""
    code = _code_of(line)
    found = books.find("TaxCode", code) if code else None
    return found is not None and bool(found.body.get("Taxable"))


def _is_inclusive(books: Books, fields: Body) -> bool:
    return books.computes_tax_from_codes and fields["GlobalTaxCalculation"] == "TaxInclusive"


def _codes_of(books: Books, lines: list[Body]) -> Codes:
    """The rates of the codes that lines and discount have, "" being none."""
    used = dict.fromkeys(_code_of(line) or "" for line in (*item_lines(lines), *_discounts(lines)))
    return {code: _rates_of(books, code) for code in used}


def _rates_of(books: Books, code: str) -> tuple[Rate, ...]:
    record = books.find("TaxCode", code) if code else None
    details = (record.body.get("SalesTaxRateList") or {}).get("TaxRateDetail", []) if record else []
    found = [books.find("TaxRate", detail["TaxRateRef"]["value"]) for detail in details]
    return tuple(Rate(one.id, one.body["Name"], Decimal(one.body.get("RateValue", 0))) for one in found if one)


def _share_of(line: Body, inclusive: bool) -> Share:
    name = line["DetailType"]
    if name == "DiscountLineDetail":
        return Share(_code_of(line) or "", -line["Amount"], gross=inclusive)
    return Share(_code_of(line) or "", line["Amount"], gross=inclusive and "TaxInclusiveAmt" in line[name])


def _sent_lines(sent: list[Body], found: list[Taxed]) -> list[Body]:
    """The tax lines of a request as they were sent; each names a rate of a code of the lines, and no rate twice."""
    by_rate = {one.rate.id: one for one in found}
    lines = []
    for line in sent:
        rate_id = line.get("TaxLineDetail", {}).get("TaxRateRef", {}).get("value")
        if rate_id is None or "Amount" not in line:
            raise refusals.missing("TaxLine.Amount" if rate_id else "TaxLine.TaxLineDetail.TaxRateRef")
        if rate_id not in by_rate:
            raise refusals.invalid("2500", "Invalid Reference Id : Invalid tax rate id", "TaxRateRef")
        usual = _tax_line(by_rate.pop(rate_id))
        detail = {**usual["TaxLineDetail"], **line["TaxLineDetail"]}
        lines.append({**usual, "Amount": half_up(line["Amount"]), "TaxLineDetail": detail})
    return lines


def _tax_line(one: Taxed) -> Body:
    detail = {
        "TaxRateRef": {"value": one.rate.id},
        "PercentBased": True,
        "TaxPercent": one.rate.percent,
        "NetAmountTaxable": one.net,
    }
    return {"Amount": one.tax, "DetailType": "TaxLineDetail", "TaxLineDetail": detail}


def _with_difference(nets: list[Decimal], shares: list[Share], difference: Decimal) -> list[Decimal]:
    """With prices that bear their tax the total stands: where other tax is sent, the income is another."""
    gross = [place for place, share in enumerate(shares) if share.gross]
    if not gross or not difference:
        return nets
    largest = max(gross, key=lambda place: abs(shares[place].amount))
    return [net + difference if place == largest else net for place, net in enumerate(nets)]


def _with_nets(lines: list[Body], taxed: list[Body], nets: list[Decimal], grosses: list[Decimal]) -> list[Body]:
    """The lines as the service answers them: net, with the gross amount beside."""
    new = map(_answered, taxed, nets, grosses)
    return _mapped(lines, lambda _line: next(new))


def _answered(line: Body, net: Decimal, gross: Decimal) -> Body:
    name = line["DetailType"]
    sign = -1 if name == "DiscountLineDetail" else 1
    detail = {**line[name], "TaxInclusiveAmt": gross * sign}
    if detail.get("Qty") and net != line["Amount"]:
        detail["UnitPrice"] = (net / detail["Qty"]).quantize(Decimal("1E-7"))
    return {**line, "Amount": net * sign, name: detail}


def _total(found: list[Taxed]) -> Decimal:
    return sum((one.tax for one in found), ZERO)


def _discounts(lines: Iterable[Body]) -> list[Body]:
    return [line for line in lines if line["DetailType"] == "DiscountLineDetail"]


def _code_of(line: Body) -> str | None:
    code: str | None = line[line["DetailType"]].get("TaxCodeRef", {}).get("value")
    return code
