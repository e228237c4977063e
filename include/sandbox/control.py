"""The controls under `/_sandbox`: what the sandbox's user, and the tests, do to it from behind the services' backs."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from decimal import Decimal
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, HTTPException
from fastapi.responses import JSONResponse
from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    NonNegativeFloat,
    NonNegativeInt,
    PositiveFloat,
    PositiveInt,
    field_validator,
)

from include.sandbox import services
from include.sandbox.faults import Rule
from include.sandbox.infusionsoft import account, records
from include.sandbox.infusionsoft import oauth as infusionsoft_oauth
from include.sandbox.infusionsoft import settings as infusionsoft_settings
from include.sandbox.infusionsoft.answers import RecordResponse
from include.sandbox.limits import Ceilings
from include.sandbox.quickbooks import company
from include.sandbox.quickbooks import oauth as quickbooks_oauth
from include.sandbox.quickbooks import settings as quickbooks_settings
from include.sandbox.quickbooks.bookkeeping import transactions
from include.sandbox.quickbooks.books import Books
from include.sandbox.quickbooks.merges import merge_customers
from include.sandbox.quickbooks.rates import rates_set, set_rates
from include.sandbox.quickbooks.refusals import Refusal
from include.sandbox.quickbooks.reports.shape import Period
from include.sandbox.quickbooks.reports.tax_summary import sales_tax
from include.sandbox.seeding.seed import seed
from include.sandbox.state import State
from include.sandbox.traffic import Traffic

Record = Annotated[dict[str, Any], Body()]


class Latency(BaseModel):
    """Seconds that every call to a service takes longer."""

    model_config = ConfigDict(extra="forbid")

    seconds: NonNegativeFloat


class Rotation(BaseModel):
    """Whether each refresh at QuickBooks hands out a new refresh token, not only one a day."""

    model_config = ConfigDict(extra="forbid")

    quickbooks_rotates_always: bool


class Company(BaseModel):
    """How the company in QuickBooks is set; what is not named stays as it is. In `preferences` null takes a key away."""

    model_config = ConfigDict(extra="forbid")

    keep_inactive_names: bool = False
    sales_tax_percent: Annotated[float, Field(ge=0, le=100)] | None = None
    compute_tax_always: bool = False
    negative_lines: bool = False
    inclusive_amounts_are_net: bool = False
    exchange_rate_required: bool = False
    text_limits: dict[str, PositiveInt] = {}
    text_spelling: Literal["path", "field", "label", "entity", "name", "none"] = "path"
    preferences: dict[str, dict[str, Any]] = {}

    @field_validator("preferences")
    @classmethod
    def _has_known_sections(cls, sections: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        for name in sections.keys() - set(quickbooks_settings.SECTIONS):
            raise ValueError(
                f"{name} is no section of the preferences: there are {', '.join(quickbooks_settings.SECTIONS)}"
            )
        return sections


class Merge(BaseModel):
    """Which customer another one is merged into; `new_versions` says whether the transactions become new versions by that."""

    model_config = ConfigDict(extra="forbid")

    into: str
    new_versions: bool = True


Day = Annotated[str, Field(pattern=r"^(\d{4}-\d{2}-\d{2}|every day)$")]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
Rates = dict[Currency, dict[Day, PositiveFloat | None]]


class Account(BaseModel):
    """Which account the keys are of, and how Infusionsoft tells of payments; what is not named stays as it is."""

    model_config = ConfigDict(extra="forbid")

    tenant: Annotated[str, Field(pattern=r"^([a-z0-9]+\.infusionsoft\.com)?$")] = account.TENANT
    shares_in_cents: bool = False
    refunds_positive: bool = False


class Seed(BaseModel):
    """What `seed` is asked for; `start` is the first of the days, in the account's time zone."""

    model_config = ConfigDict(extra="forbid")

    customers: NonNegativeInt
    orders: NonNegativeInt
    days: PositiveInt
    start: date
    random_seed: int = 1


def router(state: State, traffic: Traffic) -> APIRouter:
    """All controls. The ones that touch the traffic are coroutines, so that they run on the event loop as the traffic does."""
    routes = APIRouter()
    _add_traffic(routes, traffic)
    _add_records(routes, state)
    _add_ledger(routes, state)
    _add_rates(routes, state)

    @routes.post("/reset")
    async def reset() -> dict[str, dict[str, int]]:
        """Empties both services and forgets rules, latency, counts and used quotas. Ceilings stay."""
        traffic.forget()
        services.empty(state)
        services.open_books(state)
        return services.summary(state)

    @routes.post("/seed")
    def sow(wanted: Seed) -> dict[str, dict[str, int]]:
        """Empties both services and seeds them; what cannot be seeded leaves them as they were."""
        try:
            with state.transaction():
                services.empty(state)
                seed(state, **wanted.model_dump())
        except ValueError as error:
            raise HTTPException(422, str(error)) from None
        return services.summary(state)

    @routes.get("/summary")
    def summary() -> dict[str, dict[str, int]]:
        return services.summary(state)

    @routes.post("/tokens/expire")
    def expire_access_tokens() -> dict[str, str]:
        """Every access token of both services answers 401 from now on; refresh tokens stay good."""
        with state.transaction() as connection:
            infusionsoft_oauth.expire_access_tokens(connection)
            quickbooks_oauth.expire_access_tokens(connection)
        return {"access_tokens": "expired"}

    @routes.put("/tokens")
    def set_rotation(rotation: Rotation) -> Rotation:
        with state.transaction() as connection:
            quickbooks_oauth.set_rotate_always(connection, rotation.quickbooks_rotates_always)
        return rotation

    @routes.put("/company")
    def set_company(wanted: Company) -> Company:
        """Changes what is named, and answers the whole."""
        changes = wanted.model_dump(exclude_unset=True)
        if changes.get("sales_tax_percent") is not None:
            changes["sales_tax_percent"] = Decimal(str(changes["sales_tax_percent"]))
        with state.transaction() as connection:
            return Company(**quickbooks_settings.change_settings(connection, company.REALM_ID, changes))

    @routes.put("/infusionsoft")
    def set_account(wanted: Account) -> Account:
        """Changes what is named, and answers the whole."""
        changes = wanted.model_dump(exclude_unset=True)
        with state.transaction() as connection:
            if (tenant := changes.pop("tenant", None)) is not None:
                account.set_tenant(connection, tenant)
            switches = infusionsoft_settings.change_settings(connection, changes)
            return Account(tenant=account.tenant(connection), **switches)

    return routes


def _add_traffic(routes: APIRouter, traffic: Traffic) -> None:
    @routes.get("/limits")
    async def ceilings() -> Ceilings:
        return traffic.limits.ceilings

    @routes.put("/limits")
    async def set_ceilings(ceilings: Ceilings) -> Ceilings:
        """Sets the ceilings; one that is not named gets its usual value. What was used so far is forgotten."""
        traffic.limits.ceilings = ceilings
        traffic.limits.forget()
        return ceilings

    @routes.get("/faults")
    async def faults() -> list[dict[str, Any]]:
        return [
            {"rule": standing.rule.model_dump(exclude_defaults=True), "seen": standing.seen}
            for standing in traffic.faults.standing
        ]

    @routes.post("/faults", status_code=201)
    async def add_fault(rule: Rule) -> Rule:
        traffic.faults.add(rule)
        return rule

    @routes.delete("/faults", status_code=204)
    async def clear_faults() -> None:
        """Clears the rules and the latency."""
        traffic.faults.clear()

    @routes.put("/latency")
    async def set_latency(latency: Latency) -> Latency:
        traffic.faults.latency = latency.seconds
        return latency

    @routes.get("/calls")
    async def calls() -> dict[str, dict[str, int]]:
        """How many calls, by kind and outcome."""
        counted: dict[str, dict[str, int]] = {}
        for (kind, outcome), number in sorted(traffic.calls.items()):
            counted.setdefault(kind, {})[outcome] = number
        return counted

    @routes.delete("/calls", status_code=204)
    async def forget_calls() -> None:
        traffic.calls.clear()


def _add_records(routes: APIRouter, state: State) -> None:
    @routes.get("/infusionsoft/{kind}")
    def infusionsoft_records(kind: str) -> RecordResponse:
        return RecordResponse(list(services.infusionsoft_records(state, _known(kind))))

    @routes.put("/infusionsoft/{kind}")
    def put_infusionsoft_record(kind: str, record: Record) -> RecordResponse:
        """Adds or replaces one record, in the shape of the service's v2."""
        with state.transaction() as connection:
            return RecordResponse(records.put(connection, _known(kind), record))

    @routes.delete("/infusionsoft/{kind}/{id}", status_code=204)
    def remove_infusionsoft_record(kind: str, id: str) -> None:
        with state.transaction() as connection:
            records.remove(connection, _known(kind), id)

    @routes.get("/quickbooks/{entity}")
    def quickbooks_records(entity: str) -> list[dict[str, Any]]:
        return list(services.quickbooks_records(state, entity))

    @routes.post("/quickbooks/{entity}", response_model=None, status_code=201)
    def add_quickbooks_record(entity: str, record: Record) -> dict[str, Any] | JSONResponse:
        """Creates one record under the rules of the service; a refusal is answered as the service words it."""
        try:
            with state.transaction() as connection:
                return company.add(connection, company.REALM_ID, entity, record)
        except Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status)

    @routes.post("/quickbooks/Customer/{id}/merge", response_model=None)
    def merge(id: str, wanted: Merge) -> dict[str, Any] | JSONResponse:
        """Merges a customer into another one, as a person can on QuickBooks' pages; answers what is left of it."""
        try:
            with state.transaction() as connection:
                kept = company.books_of(connection, company.REALM_ID)
                return merge_customers(kept, id, wanted.into, new_versions=wanted.new_versions)
        except Refusal as refusal:
            return JSONResponse(refusal.body, refusal.status)


def _add_ledger(routes: APIRouter, state: State) -> None:
    """What the company's general ledger says, unmetered."""

    def books() -> Books:
        return company.books_of(state.connection(), company.REALM_ID)

    @routes.get("/ledger")
    def ledger() -> list[dict[str, Any]]:
        """Every document with its entries, by date."""
        return [
            {
                "entity": one.entity,
                "id": one.document["Id"],
                "number": one.number,
                "date": one.day,
                "entries": [
                    {"account": entry.account, "debit": float(entry.debit), "credit": float(entry.credit)}
                    for entry in one.entries
                ],
            }
            for one in transactions(books())
        ]

    @routes.get("/balances")
    def balances(end_date: date | None = None) -> dict[str, float]:
        """What stands in each account at the end of a day, above zero for a debit."""
        end = (end_date or date.max).isoformat()
        found: defaultdict[str, Decimal] = defaultdict(Decimal)
        for one in transactions(books(), until=end):
            for entry in one.entries:
                found[entry.account] += entry.amount
        return {account: float(amount) for account, amount in sorted(found.items()) if amount}

    @routes.get("/sales_tax")
    def sales_of(start_date: date = date.min, end_date: date = date.max) -> dict[str, float]:
        """What was sold between two days, what of it was taxable, and the tax."""
        found = sales_tax(books(), Period(start_date.isoformat(), end_date.isoformat()))
        return {"sales": float(found.sales), "taxable": float(found.taxable), "tax": float(found.tax)}


def _add_rates(routes: APIRouter, state: State) -> None:
    @routes.put("/rates")
    def put_rates(wanted: Rates) -> Rates:
        """Sets the rates that are named, and answers all that were set; null: QuickBooks has none."""
        with state.transaction() as connection:
            kept = company.books_of(connection, company.REALM_ID)
            set_rates(
                kept,
                {
                    currency: {day: None if rate is None else Decimal(str(rate)) for day, rate in days.items()}
                    for currency, days in wanted.items()
                },
            )
            return {
                currency: {day: None if rate is None else float(rate) for day, rate in days.items()}
                for currency, days in rates_set(kept).items()
            }


def _known(kind: str) -> str:
    if kind not in records.KINDS:
        raise HTTPException(404, f"Infusionsoft has no {kind!r} here; there are {', '.join(records.KINDS)}.")
    return kind
