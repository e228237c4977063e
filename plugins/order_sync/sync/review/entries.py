"""What the records of an order did to the books: debits and credits by account, from what was sent and the company's cached lists.

No service is asked. What QuickBooks does not tell of itself (which account it takes where a record names none, how it splits a tax) is said
to be assumed, with the reason; where the figures themselves cannot be known, a sentence stands in their place.

Amounts are signed while they are added up: a debit is above zero, a credit below.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

from order_sync.money import with_currency
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.kinds import Entity, Kind
from order_sync.sync.orders.write import Write, WriteStatus

Body = Mapping[str, Any]

_ZERO, _ONE, _HUNDRED, _CENT = Decimal(0), Decimal(1), Decimal(100), Decimal("0.01")
_SALES = {Entity.SALES_RECEIPT: 1, Entity.INVOICE: 1, Entity.REFUND_RECEIPT: -1, Entity.CREDIT_MEMO: -1}
"""A sale brings money, or a claim, and income; what goes back takes both away."""
_ON_ACCOUNT = (Entity.INVOICE, Entity.CREDIT_MEMO)
_BOOKED = (*_SALES, Entity.PAYMENT, Entity.EXPENSE)
_LINKED = {"Invoice": Entity.INVOICE, "CreditMemo": Entity.CREDIT_MEMO, "Expense": Entity.EXPENSE}
_OTHERWISE = (Code.TAX_DIFFERS, Code.RECORDED_OTHERWISE, Code.FOUND_TWICE)


@dataclass(frozen=True, slots=True)
class Entry:
    """One account's part of a record, in the home currency; one of the two is zero."""

    account: str
    debit: Decimal
    credit: Decimal


@dataclass(frozen=True, slots=True)
class Booked:
    """What one record did to the books; `told` says it in words where it has no entries."""

    write: Write
    """What made the record, or last changed it."""
    day: date | None
    entries: tuple[Entry, ...] = ()
    told: str = ""
    assumed: Mapping[str, str] = field(default_factory=dict)
    """The accounts that no record names, each with why it is taken to be this one."""
    not_known: str = ""
    """What it did besides, and by how much is not known."""


@dataclass(frozen=True, slots=True)
class Chart:
    """The company's cached lists, by id, and what of its preferences says where things go."""

    accounts: Mapping[str, Body]
    items: Mapping[str, Body]
    codes: Mapping[str, Body]
    rates: Mapping[str, Body]
    forms: Body
    home: str
    """The currency in which the books are kept."""


def chart_of(
    accounts: Iterable[Body], items: Iterable[Body], codes: Iterable[Body], rates: Iterable[Body], preferences: Body
) -> Chart:
    """The chart of a company, from its cached lists and preferences."""

    def by_id(rows: Iterable[Body]) -> dict[str, Body]:
        return {str(row["Id"]): row for row in rows}

    home = ((preferences.get("CurrencyPrefs") or {}).get("HomeCurrency") or {}).get("value", "USD")
    forms = preferences.get("SalesFormsPrefs") or {}
    return Chart(by_id(accounts), by_id(items), by_id(codes), by_id(rates), forms, home)


def booked(writes: Sequence[Write], chart: Chart) -> list[Booked]:
    """What each record that an order made did to the books, in their order; `writes` are all that was written for it, oldest first.

    A document that was changed is as it is now; one that was taken out of the books says so.
    """
    done = [one for one in writes if one.status is WriteStatus.POSTED and not one.code]
    voided = {one.subject for one in done if one.kind is Kind.VOID}
    # A receipt that was given back as a whole counts as not recorded any more; both it and what gave it back stand.
    given_back = {one.subject.partition("/")[0] for one in done if one.kind is Kind.REVERSAL}
    standing = _standing(writes, voided, given_back)
    settled = _Settled({_key(one): _rate(body, chart) for one, body in standing.values()})
    # Which payment has the cent that is left depends on which of them QuickBooks recorded last.
    in_turn = sorted((one for one in writes if one.id in standing), key=_turn)
    there = {made.id: _booked(made, *standing[made.id], chart, settled) for made in in_turn}
    found = []
    for made in writes:
        if made.entity not in _BOOKED or made.operation != "create":
            continue
        if made.id in there:
            found.append(there[made.id])
        elif made.quickbooks_id or made.status.is_uncertain:
            found.append(Booked(made, _day(json.loads(made.payload)), told=_gone(made, voided)))
    return found


def items_of(writes: Iterable[Write]) -> set[str]:
    """The ids of the items, and bundles, that the lines of these records sell."""
    found = set[str]()
    for write in writes:
        if write.entity in _SALES:
            lines = list(json.loads(write.payload).get("Line", ()))
            bundles = [line["GroupLineDetail"] for line in lines if "GroupLineDetail" in line]
            found |= {_id_of(one.get("GroupItemRef")) for one in bundles}
            found |= {
                _id_of(line["SalesItemLineDetail"]["ItemRef"])
                for line in _lines(lines)
                if "SalesItemLineDetail" in line
            }
    return found - {""}


class _Account(NamedTuple):
    name: str
    why: str = ""
    """Why it is taken to be this one, where the record names none."""


_Legs = list[tuple[_Account, Decimal]]


@dataclass(frozen=True, slots=True)
class _Settled:
    """What payments pay: at which rate it was recorded, and how much of it earlier ones have settled; by entity and id."""

    rates: Mapping[tuple[str, str], Decimal]
    before: dict[tuple[str, str], Decimal] = field(default_factory=dict)


class _NotKnown(Exception):
    """Something does not follow from what the console has; its words are shown."""


def _standing(
    writes: Sequence[Write], voided: set[str], given_back: set[str]
) -> dict[int, tuple[Write, dict[str, Any]]]:
    """The records that are in QuickBooks, by the row that made them: what last changed each, and how it is now."""
    found: dict[int, tuple[Write, dict[str, Any]]] = {}
    for write in writes:
        is_there = write.status is WriteStatus.POSTED or str(write.id) in given_back
        if write.entity not in _BOOKED or not is_there or str(write.id) in voided:
            continue
        body = json.loads(write.payload, parse_float=Decimal)
        if write.operation == "create":
            found[write.id] = write, body
        elif write.operation == "update":
            for id, (last, known) in found.items():
                if _key(last) == _key(write):
                    found[id] = write, {**known, **body} if body.get("sparse") else body
    return found


def _booked(made: Write, write: Write, body: dict[str, Any], chart: Chart, settled: _Settled) -> Booked:
    day = _day(body)
    try:
        legs = _legs(write, body, chart, settled)
        sums = _by_account(legs)
        if sum(sums.values(), _ZERO):
            raise _NotKnown("Its debits and credits do not come to the same by what was sent, so no figures are shown.")
    except _NotKnown as reason:
        return Booked(write, day, told=str(reason))
    entries = [Entry(name, max(amount, _ZERO), max(-amount, _ZERO)) for name, amount in sums.items() if amount]
    assumed = {account.name: account.why for account, amount in legs if account.why and sums[account.name]}
    told = ""
    if not entries:
        told = (
            "It applies a credit memo, which moves nothing." if made.kind is Kind.APPLICATION else "It moves nothing."
        )
    return Booked(
        write, day, tuple(sorted(entries, key=lambda one: not one.debit)), told, assumed, _cost_of_goods(body, chart)
    )


def _gone(write: Write, voided: set[str]) -> str:
    if write.status.is_uncertain:
        return "It was sent, and nobody knows yet whether it is in the books: the next run finds out."
    if str(write.id) in voided:
        return "It was voided: nothing of it is in the books any more."
    return "It is in the books no more: it was deleted or voided in QuickBooks."


def _legs(write: Write, body: Body, chart: Chart, settled: _Settled) -> _Legs:
    if write.code in _OTHERWISE and not (write.code == Code.TAX_DIFFERS and _tax_is_the_rest(write, body)):
        raise _NotKnown(
            f"QuickBooks recorded it otherwise than it was sent, and its entries are not known here. {write.message}"
        )
    if write.entity in _SALES:
        return _of_sale(write, body, chart)
    if write.entity is Entity.PAYMENT:
        return _of_payment(body, chart, settled)
    return _of_expense(body, chart)


def _tax_is_the_rest(write: Write, body: Body) -> bool:
    """Whether another tax than was sent follows from the total: prices that bear their tax would be other prices then."""
    inclusive = body.get("GlobalTaxCalculation") == "TaxInclusive"
    return write.entity in _SALES and write.recorded is not None and not inclusive


def _of_sale(write: Write, body: Body, chart: Chart) -> _Legs:
    sold = [*_income(body, chart)]
    net = sum((amount for _account, amount in sold), _ZERO)
    total = write.recorded if write.recorded is not None else write.total
    if total is None:
        raise _NotKnown("What it came to in QuickBooks is not known here.")
    if write.total is not None and total != write.total and write.code != Code.TAX_DIFFERS:
        currency = write.currency or ""
        raise _NotKnown(
            f"It was sent over {with_currency(write.total, currency)} and recorded over {with_currency(total, currency)}; which of its "
            "lines is another is not known here."
        )
    sold += _tax(body, total - net, chart)
    rate = _rate(body, chart)
    home = _cents(total * rate)
    parts = {name: _cents(amount * rate) for name, amount in _by_account(sold).items()}
    if parts:
        # Each account is converted by itself; what that leaves is in the largest.
        parts[max(parts, key=lambda name: abs(parts[name]))] += home - sum(parts.values(), _ZERO)
    where = _receivable(body, chart) if write.entity in _ON_ACCOUNT else _deposit(body, chart)
    whys = {account.name: account.why for account, _amount in sold}
    sign = _SALES[write.entity]
    return [(where, sign * home), *((_Account(name, whys[name]), -sign * amount) for name, amount in parts.items())]


def _income(body: Body, chart: Chart) -> Iterator[tuple[_Account, Decimal]]:
    """What is sold by account, in the document's currency; a discount is below zero."""
    for line in _lines(body.get("Line", ())):
        if line["DetailType"] == "DiscountLineDetail":
            detail = line["DiscountLineDetail"]
            account = _named(detail.get("DiscountAccountRef"), chart) or _preferred(
                "DefaultDiscountAccount", ("DiscountsRefundsGiven",), "Discounts given", chart
            )
            yield account, -Decimal(line["Amount"])
        else:
            yield _income_account(line["SalesItemLineDetail"], chart), Decimal(line["Amount"])


def _lines(lines: Iterable[Body]) -> Iterator[Body]:
    """The lines that have an amount; those of a bundle in its place."""
    for line in lines:
        kind = line.get("DetailType")
        if kind == "GroupLineDetail":
            yield from _lines(line[kind].get("Line", ()))
        elif kind == "DiscountLineDetail" or (kind == "SalesItemLineDetail" and _id_of(line[kind].get("ItemRef"))):
            yield line


def _income_account(detail: Body, chart: Chart) -> _Account:
    item_id = _id_of(detail["ItemRef"])
    if item_id == "SHIPPING_ITEM_ID":
        return _preferred("DefaultShippingAccount", (), "Shipping Income", chart)
    item = chart.items.get(item_id)
    if item is None:
        return _Account(
            f"Income of item {item_id}",
            "the item is not among the company's cached lists, and so its account is not known",
        )
    account = _named(item.get("IncomeAccountRef"), chart)
    return account or _Account(
        f"Income of {_name(item)}", "the item names no income account in the company's cached lists"
    )


def _tax(body: Body, tax: Decimal, chart: Chart) -> _Legs:
    """The tax by the account of what is owed to its agency, in the document's currency."""
    if tax < 0:
        raise _NotKnown("By what was sent its tax would be below zero: what QuickBooks recorded is not known here.")
    sent = (body.get("TxnTaxDetail") or {}).get("TaxLine") or ()
    of_rates = [(_id_of(line["TaxLineDetail"].get("TaxRateRef")), Decimal(line["Amount"])) for line in sent]
    if not of_rates and "GlobalTaxCalculation" in body and tax:
        of_rates = _computed(body, chart)
    legs = [(_payable(chart.rates.get(id), body, chart), amount) for id, amount in of_rates if amount]
    rest = tax - sum((amount for _account, amount in legs), _ZERO)
    if not rest:
        return legs
    accounts = {account for account, _amount in legs} or {_payable(_rate_of_code(body, chart), body, chart)}
    if len(accounts) > 1:
        raise _NotKnown("How QuickBooks split its tax between the tax agencies is not known here.")
    return [(accounts.pop(), tax)]


def _computed(body: Body, chart: Chart) -> list[tuple[str, Decimal]]:
    """What the codes of the lines come to by rate, where QuickBooks computes the tax."""
    nets: defaultdict[str, Decimal] = defaultdict(Decimal)
    for line in _lines(body["Line"]):
        kind = line["DetailType"]
        nets[_id_of(line[kind].get("TaxCodeRef"))] += Decimal(line["Amount"]) * (-1 if kind.startswith("Disc") else 1)
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for code, net in nets.items():
        for rate_id in _rates_of(chart.codes.get(code)):
            percent = Decimal(str((chart.rates.get(rate_id) or {}).get("RateValue") or 0))
            found[rate_id] += _cents(net * percent / _HUNDRED)
    return list(found.items())


def _rate_of_code(body: Body, chart: Chart) -> Body | None:
    """The only rate of the transaction's tax code."""
    code = chart.codes.get(_id_of((body.get("TxnTaxDetail") or {}).get("TxnTaxCodeRef")))
    rates = [chart.rates[id] for id in _rates_of(code) if id in chart.rates]
    return rates[0] if len(rates) == 1 else None


def _rates_of(code: Body | None) -> list[str]:
    details = ((code or {}).get("SalesTaxRateList") or {}).get("TaxRateDetail") or ()
    return [_id_of(one.get("TaxRateRef")) for one in details]


def _payable(rate: Body | None, body: Body, chart: Chart) -> _Account:
    """Where the tax of a rate is owed. QuickBooks tells of no agency which account is its own."""
    kinds = ("GlobalTaxPayable", "SalesTaxPayable") if "GlobalTaxCalculation" in body else ("SalesTaxPayable",)
    for kind in kinds:
        rows = [row for row in chart.accounts.values() if row.get("AccountSubType") == kind and row.get("Active", True)]
        if len(rows) == 1:
            return _Account(_name(rows[0]), "it is the company's account of sales tax that is owed")
        word = next(iter(_words(rate)), None)
        named = [row for row in rows if word in _words(row)]
        if word and len(named) == 1:
            return _Account(_name(named[0]), f"of the company's accounts of tax it is the one that says {word.upper()}")
        if rows:
            break
    return _Account(
        "Sales tax payable", "which of the company's accounts QuickBooks takes for its tax agency is not known here"
    )


def _words(row: Body | None) -> list[str]:
    return [word for word in re.split(r"[\W_]+", _name(row).casefold()) if word] if row else []


def _of_payment(body: Body, chart: Chart, settled: _Settled) -> _Legs:
    """Money in at the rate of its day, what it pays at the rate of its own; what is between them is gained or lost by exchange."""
    rate = _rate(body, chart)
    receivable = _named(body.get("ARAccountRef"), chart) or _receivable(body, chart)
    money = Decimal(body["TotalAmt"])
    legs: _Legs = [(_deposit(body, chart), _cents(money * rate))]
    for line in body.get("Line", ()):
        [link] = line["LinkedTxn"]
        amount, sign = Decimal(line["Amount"]), -1 if link["TxnType"] == "CreditMemo" else 1
        key = (str(_LINKED.get(link["TxnType"], link["TxnType"])), str(link["TxnId"]))
        own = settled.rates.get(key, None if _is_foreign(body, chart) else _ONE)
        if own is None:
            raise _NotKnown(
                f"It pays {link['TxnType']} {link['TxnId']}, which is none of this order's that is in the books, and the rate at "
                "which that was recorded is not known here."
            )
        # Parts are differences of what is settled in all, so that the last leaves no cent.
        before = settled.before.get(key, _ZERO)
        settled.before[key] = before + amount
        legs.append((receivable, -sign * (_cents((before + amount) * own) - _cents(before * own))))
        money -= sign * amount
    legs.append((receivable, -_cents(money * rate)))
    between = -sum((amount for _account, amount in legs), _ZERO)
    return [*legs, (_of_kind(("ExchangeGainOrLoss",), "Exchange Gain or Loss", "", chart), between)]


def _of_expense(body: Body, chart: Chart) -> _Legs:
    rate, legs = _rate(body, chart), _Legs()
    for line in body["Line"]:
        account = _named(line["AccountBasedExpenseLineDetail"].get("AccountRef"), chart)
        legs.append((account or _Account("An account that is not known here"), _cents(Decimal(line["Amount"]) * rate)))
    left = -sum((amount for _account, amount in legs), _ZERO)
    return [*legs, (_named(body.get("AccountRef"), chart) or _Account("An account that is not known here"), left)]


def _deposit(body: Body, chart: Chart) -> _Account:
    why = "no account is named for the money, and there QuickBooks puts it then"
    return _named(body.get("DepositToAccountRef"), chart) or _of_kind(
        ("UndepositedFunds",), "Undeposited Funds", why, chart
    )


def _receivable(body: Body, chart: Chart) -> _Account:
    """What customers owe in the record's currency: the first account of it, which is QuickBooks' own."""
    currency = _currency(body, chart)
    rows = sorted(
        (row for row in chart.accounts.values() if row.get("AccountType") == "Accounts Receivable"),
        key=lambda row: not row.get("Active", True),
    )
    own = [row for row in rows if (_id_of(row.get("CurrencyRef")) or chart.home) == currency]
    if own:
        why = f"of several such accounts in {currency} it is the first" if len(own) > 1 else ""
        return _Account(_name(own[0]), why)
    why = f"the company's cached lists have no account of what customers owe in {currency}"
    return _Account(_name(rows[0]) if rows else "Accounts Receivable (A/R)", why)


def _preferred(preference: str, kinds: Sequence[str], usual: str, chart: Chart) -> _Account:
    """The account that the company's preferences name, else the usual one."""
    chosen = chart.forms.get(preference)
    chosen = chosen if isinstance(chosen, Mapping) else {"value": str(chosen)}
    if found := chart.accounts.get(_id_of(chosen)):
        return _Account(_name(found))
    return _of_kind(kinds, usual, "the company's preferences name none, and this is the usual one", chart)


def _of_kind(kinds: Sequence[str], usual: str, why: str, chart: Chart) -> _Account:
    """The company's account of a detail type, else of the name that QuickBooks gives it."""
    rows = [row for row in chart.accounts.values() if row.get("AccountSubType") in kinds or _name(row) == usual]
    rows.sort(key=lambda row: (not row.get("Active", True), _name(row) != usual))
    return _Account(_name(rows[0]), why) if rows else _Account(usual, why or "so QuickBooks calls it")


def _named(ref: Any, chart: Chart) -> _Account | None:
    """The account of a reference; None where there is no reference."""
    id = _id_of(ref)
    if not id:
        return None
    found = chart.accounts.get(id)
    return _Account(_name(found)) if found else _Account(f"Account {id}", "it is not among the company's cached lists")


def _cost_of_goods(body: Body, chart: Chart) -> str:
    items = (
        _id_of(line["SalesItemLineDetail"]["ItemRef"])
        for line in _lines(body.get("Line", ()))
        if "SalesItemLineDetail" in line
    )
    if any((chart.items.get(id) or {}).get("Type") == "Inventory" for id in items):
        return "QuickBooks also books the cost of the goods out of the inventory; how much that is, is not known here."
    return ""


def _rate(body: Body, chart: Chart) -> Decimal:
    """Home currency per unit of the record's; QuickBooks takes 1 where none was sent."""
    return Decimal(body.get("ExchangeRate") or 1) if _is_foreign(body, chart) else _ONE


def _is_foreign(body: Body, chart: Chart) -> bool:
    return _currency(body, chart) != chart.home


def _currency(body: Body, chart: Chart) -> str:
    return _id_of(body.get("CurrencyRef")) or chart.home


def _by_account(legs: Iterable[tuple[_Account, Decimal]]) -> dict[str, Decimal]:
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    for account, amount in legs:
        found[account.name] += amount
    return dict(found)


def _turn(write: Write) -> tuple[int, int]:
    """When a record was made: QuickBooks numbers its records as it makes them, and what is sent side by side or again arrives as it may."""
    id = write.quickbooks_id or ""
    return (int(id) if id.isdecimal() else 0, write.id)


def _key(write: Write) -> tuple[str, str]:
    return str(write.entity), write.quickbooks_id or ""


def _id_of(ref: Any) -> str:
    return str((ref or {}).get("value") or "")


def _name(row: Body) -> str:
    return str(row.get("FullyQualifiedName") or row.get("Name"))


def _day(body: Body) -> date | None:
    return date.fromisoformat(body["TxnDate"]) if body.get("TxnDate") else None


def _cents(amount: Decimal) -> Decimal:
    return amount.quantize(_CENT, ROUND_HALF_UP)
