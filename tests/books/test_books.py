"""Two thousand random histories through the steps over HTTP, a run a day and one more: then QuickBooks' general ledger shows, order by
order and account by account, what an accountant's model (`include/local/books.py`) makes of them; and so do the trial balance, and what
the console derives of each order from what was sent.

The histories are the same each time, or others with another `BOOKS_SEED`. A failure says how it is met again.
"""

from __future__ import annotations

import itertools
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import requests
from sqlalchemy import Engine

from include.local.books import Balances, Line, Money, Sale, Way, balances, sum_of
from include.sandbox.infusionsoft import records
from include.sandbox.state import State
from order_sync.database.overview import totals_since
from order_sync.database.runs import Run
from order_sync.database.writes import writes_of_orders
from order_sync.sync.review.entries import booked
from order_sync.sync.steps.report import report
from order_sync.tokens import TokenVault
from tests.books.histories import DAYS, METHODS, PERCENT, Event, History, Regime, histories, regimes
from tests.shop import account, runs, services
from tests.shop.account import Account, Json
from tests.shop.counter import ShopCounter, line, moment
from tests.shop.entries import chart_in
from tests.shop.services import REALM_ID, Controls

COMPANIES, ORDERS = 20, 100
KINDS = frozenset(
    {
        "plan",
        "refund",
        "overpayment",
        "discount",
        "shipping",
        "euro",
        "refund in parts",
        "refund of what is owed",
        "refund beside an invoice",
        "accounts by method",
        "write-off",
        "write-off in parts",
        "several accounts",
        "discount before tax",
        "deletion",
        "void",
    }
)
"""The kinds of event that the histories have."""
RATES = {"2026-11-16": "1.08", "2026-11-17": "1.0937", "2026-11-18": "1.1021", "2026-11-19": "1.0754"}
ACCOUNTS = {
    "Widget": "Sales of Product Income",
    "Lesson": "Services",
    "Discount": "Discounts given",
    "Shipping": "Shipping Income",
    "Tip": "Tips Payable",
    "Fee": "Fee Income",
    "Tax": "Sales Tax Payable",
}
IN_PARTS = [
    {"when": {"paid": "in parts"}, "post_as": "Invoice and payment"},
    {"when": "anything else", "post_as": "Sales receipt"},
]
BAD_DEBT = "Bad Debt"
BUYERS = {"USD": ("Ada Lovelace", "ada@example.com"), "EUR": ("Emma Euro", "emma@example.com")}
WAYS: dict[str, Way] = {
    "Sales receipt": "receipt",
    "Invoice": "invoice",
    "Invoice and payment": "invoice and payments",
    "Invoice, payment if paid": "invoice, payments once paid",
}


@dataclass(frozen=True)
class Drawer(Account):
    """The account in memory, put into the sandbox in one piece: two thousand orders one by one take a minute."""

    path: Path
    kept: dict[tuple[str, str], Json] = field(default_factory=dict)
    changed: set[tuple[str, str]] = field(default_factory=set)
    there: set[tuple[str, str]] = field(default_factory=set)
    """What the sandbox has."""

    def find(self, order_id: int | str) -> Json:
        return dict(self.kept["order", str(order_id)])

    def all(self, kind: str) -> list[Json]:
        return [record for (of, _id), record in self.kept.items() if of == kind]

    def put(self, kind: str, record: Mapping[str, Any]) -> None:
        self.kept[kind, record["id"]] = dict(record)
        self.changed.add((kind, record["id"]))

    def remove(self, kind: str, id: str) -> None:
        """Somebody deletes a record."""
        del self.kept[kind, id]
        self.changed.add((kind, id))

    def write(self) -> None:
        """Puts what has changed into the sandbox."""
        with State(self.path).transaction() as connection:
            for kind, id in sorted(self.changed):
                if record := self.kept.get((kind, id)):
                    records.put(connection, kind, record)
                    self.there.add((kind, id))
                elif (kind, id) in self.there:
                    records.remove(connection, kind, id)
        self.changed.clear()


@dataclass
class Shop(ShopCounter):
    """A counter whose account is a drawer."""

    drawer: Drawer = field(kw_only=True)

    @property
    def account(self) -> Drawer:
        return self.drawer

    def open(self, regime: Regime) -> None:
        """The company and the store of a regime."""
        self.company(
            negative_lines=True,
            sales_tax_percent=float(PERCENT) if regime.tax == "automatic" else None,
            preferences={"CurrencyPrefs": {"MultiCurrencyEnabled": True}},
        )
        self.sandbox.put("/_sandbox/rates", {"EUR": {day: float(rate) for day, rate in RATES.items()}})
        for name, income_account in {
            "Lesson": ACCOUNTS["Lesson"],
            "Discount": ACCOUNTS["Discount"],
            BAD_DEBT: BAD_DEBT,
        }.items():
            income = {"value": self.listed("Account", income_account)}
            self.add("Item", Name=name, Sku=name, Type="Service", IncomeAccountRef=income)
        name, email = BUYERS["EUR"]
        buyer = {"DisplayName": name, "PrimaryEmailAddr": {"Address": email}, "CurrencyRef": {"value": "EUR"}}
        self.add("Customer", **buyer)
        posting = {"rules": IN_PARTS} if regime.way == "in parts" else {"post_as": regime.way}
        negative = {"discount_item": "Discount"} if regime.discounts == "negative lines" else {}
        self.set(
            write_mode=regime.write_mode,
            orders={"overpaid": regime.overpaid} | ({"deleted": regime.deleted} if "deletion" in KINDS else {}),
            revenue={
                **posting,
                **({"deposit_accounts": {"Cash": METHODS["Cash"]}} if "accounts by method" in KINDS else {}),
                "discounts": regime.discounts,
                **negative,
            },
            taxes={"record_as": regime.tax},
            **({"payments": {"write_off_item": BAD_DEBT}} if "write-off" in KINDS else {}),
        )

    def post(self, run: Run) -> Counter[str]:
        """The last steps of a run: what is due is recorded, and the run says what it came to."""
        found = super().post(run)
        report(runs.context(self.engine, run, self.store))
        return found

    def begin(self, history: History) -> None:
        """Somebody orders."""
        lines = [
            line(str(abs(one.amount / one.quantity)), one.name, one.kind, quantity=one.quantity, taxable=one.taxable)
            for one in history.sold
        ]
        name, email = BUYERS[history.currency]
        self.sell(history.number, *lines, day=history.day, name=name, email=email, currency=history.currency)

    def happen(self, history: History, day: int) -> None:
        """What happens to an order on a day."""
        for place, one in enumerate(history.events):
            if one.day != day:
                continue
            how = {"id": str(history.number * 100 + place), "day": day}
            match one.what:
                case "paid":
                    self.pay(history.number, str(one.amount), method=one.method, **how)
                case "written off":
                    self.pay(history.number, str(one.amount), method="Adjustment", **how)
                case "credited":
                    self.pay(history.number, str(one.amount), method="Credit", **how)
                case "refunded":
                    self.give_back(history.number, str(one.amount), of=str(history.number * 100 + one.of), **how)
                case "voided":
                    self.void(history.number, day)
                case "deleted":
                    self.drawer.remove("order", str(history.number))

    def void(self, number: int, day: int) -> None:
        """The last payment of an order is voided."""
        payment = [one for one in self.drawer.all("payment") if str(number) in one["order_ids"]][-1]
        self.drawer.put("payment", {**payment, "status": "VOIDED", "update_time": moment(day).isoformat()})
        paid = account.amount(self.drawer.find(number)["total_paid"]) - Decimal(str(payment["amount"]))
        self.change(number, day=day, status="SENT", total_paid=f"{paid:.2f}")


@pytest.fixture
def shop(sandbox: Controls, engine: Engine, vault: TokenVault, short_waits: None, tmp_path: Path) -> Iterator[Shop]:
    drawer = Drawer(sandbox, tmp_path / "sandbox.sqlite")
    with services.quickbooks(sandbox, vault) as quickbooks, services.infusionsoft(sandbox, vault) as infusionsoft:
        yield Shop(sandbox, engine, infusionsoft, quickbooks, drawer=drawer)


# As with the databases, CI takes every other one.
@pytest.mark.parametrize("company", range(0, COMPANIES, 2 if os.environ.get("DIVIDE_BY_DATABASE") else 1))
def test_the_books_of_random_histories_are_an_accountant_s(shop: Shop, vault: TokenVault, company: int) -> None:
    seed = int(os.environ.get("BOOKS_SEED", "2026"))
    regime = next(itertools.islice(regimes(random.Random(seed)), company, None))
    sold = histories(random.Random(f"{seed} {company}"), regime, ORDERS, KINDS)
    shop.open(regime)
    for day in range(DAYS):
        for one in sold:
            if one.day == day:
                shop.begin(one)
            shop.happen(one, day)
        if regime.cadence == "daily":
            shop.drawer.write()
            shop.run(day)
    shop.drawer.write()
    if regime.cadence == "daily":
        shop.run(DAYS)
    else:
        shop.post(shop.prepare(0, days=DAYS + 1))

    again = f"BOOKS_SEED={seed} pytest '{__file__}' -k {company} with {regime}"
    expected, found = {one.number: expected_of(one, regime) for one in sold}, by_order(shop)
    for one in sold:
        if found.get(one.number, {}) != expected[one.number]:
            state, told = shop.states().get(one.number), "\n".join(shop.history(one.number))
            pytest.fail(
                f"{one}\nis {state}\n{told}\n{differences(expected[one.number], found.get(one.number, {}))}\n{again}"
            )
    assert found.keys() <= expected.keys(), again
    assert derived(shop, list(found)) == found, again
    assert trial_balance(shop, vault) == sum_of(expected.values()), again
    assert summed_up(shop) == in_quickbooks(shop), again


def expected_of(history: History, regime: Regime) -> Balances:
    """What an accountant makes of a history."""
    paid, events, last = Decimal(0), [], DAYS
    for one in history.events:
        paid += one.amount if one.what == "paid" else 0
        if one.what == "voided" and has_recorded_payments(history, regime, one.day):
            break  # What is recorded stays; a person is told.
        if one.what == "voided":
            events.pop()
            continue
        if one.what == "deleted" and (regime.deleted == "void" or not runs_on(regime, range(history.day, one.day))):
            return {}
        if one.what == "deleted":
            break
        if paid > history.total and regime.overpaid == "hold" and regime.way != "Invoice":
            last = one.day  # From this day on a person decides.
            break
        events.append(one)
    known = [one for one in events if one.day < last]
    way = way_of(history, regime, known, range(history.day, last))
    if way is None:
        return {}
    return balances(
        Sale(
            day=moment(history.day).date().isoformat(),
            lines=[Line(ACCOUNTS[one.name], one.amount) for one in history.sold],
            money=[money_of(one, history, way) for one in known],
            way=way,
            returns=ACCOUNTS["Widget"],
            rates={day: Decimal(rate) for day, rate in RATES.items()} if history.currency == "EUR" else {},
        )
    )


def money_of(event: Event, history: History, way: Way) -> Money:
    """An event in the model's words."""
    credits = ACCOUNTS["Discount" if way == "receipt" else "Widget"]
    account = {"written off": BAD_DEBT, "credited": credits}.get(event.what, METHODS[event.method])
    what = "written off" if event.what == "credited" else event.what
    sold = () if event.line is None else (history.sold[event.line],)
    lines = tuple(Line(ACCOUNTS[one.name], one.amount) for one in sold)
    return Money(what, moment(event.day).date().isoformat(), event.amount, account, lines)  # type: ignore[arg-type]


def has_recorded_payments(history: History, regime: Regime, day: int) -> bool:
    """Whether the payments that came before a day were recorded before it, those of an order that is paid in full."""
    return way_of(history, regime, history.events, range(history.day, day)) not in (None, "invoice")


def way_of(history: History, regime: Regime, events: Sequence[Event], days: range) -> Way | None:
    """How an order is recorded by the first of the runs that can, by what happened to it until then; None where none can."""
    for day in runs_on(regime, days):
        so_far = [one for one in events if one.day <= day]
        came = [one.amount for one in so_far if one.what == "paid"]
        forgiven = [one.amount for one in so_far if one.what in ("written off", "credited")]
        is_settled = sum((*came, *forgiven), Decimal(0)) >= history.total
        in_parts = len(came) > 1 or bool(came and not is_settled)
        way = WAYS.get(regime.way, "invoice and payments" if in_parts else "receipt")
        if way == "receipt" and is_settled and came and exceeds_a_receipt(history, so_far, regime):
            return "invoice and payments"
        if way != "receipt" or is_settled:
            return way
    return None


def runs_on(regime: Regime, days: range) -> list[int]:
    """The days after which there is a run, of these."""
    return [day for day in days if regime.cadence == "daily" or day == DAYS - 1]


def exceeds_a_receipt(history: History, so_far: list[Event], regime: Regime) -> bool:
    """Whether the money of an order, or what is taken off it, goes to more than one account."""
    left, into, off = history.total, set(), set()
    for one in so_far:
        if one.what == "paid" and left > 0:
            into.add(METHODS[one.method])
            left -= one.amount
    for one in so_far:
        if one.what in ("written off", "credited") and left > 0:
            off.add(one.what)
            left -= one.amount
    if regime.discounts == "discount line" and any(one.kind == "DISCOUNT" for one in history.sold):
        off.add("credited")
    return len(into) > 1 or len(off) > 1


def by_order(shop: Shop) -> dict[int, Balances]:
    """What the general ledger shows of each order, by the note of its documents."""
    orders = {
        (entity, one["Id"]): int(one["PrivateNote"].split()[2])
        for entity in ("SalesReceipt", "Invoice", "Payment", "RefundReceipt", "CreditMemo", "Purchase")
        for one in shop.records(entity)
        if one["PrivateNote"].startswith("Infusionsoft")  # else it is voided, and has no entries
    }
    found: defaultdict[int, list[Balances]] = defaultdict(list)
    for one in shop.sandbox.get("/_sandbox/ledger"):
        for entry in one["entries"]:
            amount = Decimal(str(entry["debit"])) - Decimal(str(entry["credit"]))
            found[orders[one["entity"], one["id"]]].append({entry["account"]: amount})
    return {number: sum_of(entries) for number, entries in found.items()}


def derived(shop: Shop, numbers: Sequence[int]) -> dict[int, Balances]:
    """What the console shows of each order, which follows from what was sent."""
    ids, chart = [str(number) for number in numbers], chart_in(shop.engine, REALM_ID)
    found: dict[int, Balances] = {}
    for id, writes in writes_of_orders(shop.engine, realm_id=REALM_ID, store=shop.store.name, order_ids=ids).items():
        of = [entry for one in booked(writes, chart) for entry in one.entries]
        found[int(id)] = sum_of([{one.account: one.debit - one.credit} for one in of])
    return found


def summed_up(shop: Shop) -> dict[str, Decimal]:
    """What the runs together say that they added to the books, by currency; the store's side and QuickBooks' are the same."""
    found: defaultdict[str, list[Decimal]] = defaultdict(lambda: [Decimal(0), Decimal(0)])
    for run in totals_since(shop.engine, shop.store.name, moment(-9)):
        for currency, kinds in run.totals.items():
            for kind, of in kinds.items():
                sign = {"refunds": -1, "reversals": -1, "waiting": 0}.get(kind, 1)
                for place, side in enumerate(("in", "out")):
                    found[currency][place] += sign * Decimal(of[side])
    assert {came - went for came, went in found.values()} <= {Decimal(0)}
    return {currency: went for currency, (_came, went) in found.items() if went}


def in_quickbooks(shop: Shop) -> dict[str, Decimal]:
    """What stands in QuickBooks of sales and of money that came and went, by currency; what is written off is neither."""
    found: defaultdict[str, Decimal] = defaultdict(Decimal)
    signs = {"SalesReceipt": 1, "Invoice": 1, "Payment": 1, "RefundReceipt": -1, "CreditMemo": -1, "Purchase": -1}
    for entity, sign in signs.items():
        for one in shop.records(entity):
            if ", write-off " not in one["PrivateNote"]:
                found[one["CurrencyRef"]["value"]] += sign * Decimal(str(one["TotalAmt"]))
    return {currency: amount for currency, amount in found.items() if amount}


def trial_balance(shop: Shop, vault: TokenVault) -> Balances:
    """The company's trial balance, as QuickBooks' report tells it."""
    token = vault.load(f"quickbooks_{REALM_ID}")
    assert token
    answer = requests.get(
        f"{shop.sandbox.url}/quickbooks/v3/company/{REALM_ID}/reports/TrialBalance",
        params={"start_date": "2026-01-01", "end_date": "2026-12-31"},
        headers={"Authorization": f"Bearer {token.access_token}"},
        timeout=60,
    )
    cells = [[cell["value"] for cell in row["ColData"]] for row in answer.json()["Rows"]["Row"] if "ColData" in row]
    return {account: Decimal(debit or 0) - Decimal(credit or 0) for account, debit, credit in cells}


def differences(expected: Balances, found: Balances) -> str:
    """Account by account, what the model says and what the ledger shows."""
    return "\n".join(
        f"  {account}: right is {expected.get(account, 0)}, QuickBooks shows {found.get(account, 0)}"
        for account in sorted(expected.keys() | found.keys())
    )
