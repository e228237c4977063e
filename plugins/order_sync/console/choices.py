"""What people decided, who and when: to be taken back, or taken over into the settings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Any

import yaml
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from order_sync.console.acting import act
from order_sync.console.export import as_csv
from order_sync.console.page import Page, Shop, back_with, database, fields_of, in_force, shop
from order_sync.database.cache import cached_customers, entries
from order_sync.database.choices import (
    choices,
    chosen_items,
    chosen_kinds,
    chosen_orders,
    newest_of_contacts,
)
from order_sync.database.orders import known_orders
from order_sync.database.writes import recorded_documents
from order_sync.errors import ConfigurationError
from order_sync.settings import stores_folder
from order_sync.sync.company.reading import read_map
from order_sync.sync.orders.decision import NEW_CUSTOMER, OrderChoice
from order_sync.sync.orders.status import Status
from order_sync.sync.review.actions import let_criteria_decide, let_settings_find_item, let_settings_say_kind
from order_sync.sync.review.unknown import as_map, names_of_items


@dataclass(frozen=True, slots=True)
class ChosenCustomer:
    """A customer that was chosen for a contact, in words, with the contact's newest order."""

    contact_id: str
    customer: str
    order_id: str
    who: str
    at: datetime


class ChoicesPage(Page):
    path = "/{store}/review/choices"
    route_name = "choices"
    tab = "review"
    add_to_menu = False

    @route("")
    async def index(self, request: Request) -> Response:
        """All that was decided, the newest first."""
        return await run_in_threadpool(self._choices, request)

    @route("/products.csv", name="map_of_products")
    async def products(self, request: Request) -> Response:
        """The map of products of the settings, with what was chosen."""
        return await run_in_threadpool(_as_map, request.path_params["store"])

    @route("/payments.yaml", name="kinds_of_payments")
    async def payments(self, request: Request) -> Response:
        """The kinds of payments of the settings, with what was said."""
        return await run_in_threadpool(_as_settings, request.path_params["store"])

    @route("/act", methods=["POST"], name="act_on_choices")
    async def act(self, request: Request) -> Response:
        """Something is taken back."""
        form = await fields_of(request)
        return await run_in_threadpool(self._act, request, form)

    def _choices(self, request: Request) -> Response:
        store = request.path_params["store"]
        here = shop(store)
        names = names_of_items(entries(database(), here.realm_id, "Item"))
        items, kinds = chosen_items(database(), store), chosen_kinds(database(), store)
        return self.show(
            request,
            "choices.html",
            shop=here,
            customers=_customers(store, here),
            products=[
                (key, one, names.get(one.item_id, ""))
                for key, one in sorted(items.items(), key=lambda pair: pair[1].at, reverse=True)
            ],
            kinds=sorted(kinds.values(), key=lambda one: one.at, reverse=True),
            orders=_orders(store),
        )

    def _act(self, request: Request, form: dict[str, str]) -> Response:
        store, who = request.path_params["store"], request.state.visitor.user.get_name()
        back = f"/{store}/review/choices"
        try:
            match form.get("what"):
                case "criteria":
                    let_criteria_decide(database(), store, form.get("contact", ""), who)
                    told = "The settings decide about the contact's customer again, from the next run on."
                case "settings find":
                    let_settings_find_item(database(), store, form.get("product", ""), who)
                    told = "The settings find the product's item again, from the next run on."
                case "settings say":
                    let_settings_say_kind(database(), store, form.get("type", ""), who)
                    told = "The settings say again what payments of this type are, from the next run on."
                case "leave out":
                    return back_with(request, back, *act(request, "leave out", [form.get("order", "")]))
                case other:
                    raise HTTPException(HTTPStatus.BAD_REQUEST, f"Nothing can be taken back by {other!r}.")
        except LookupError as error:
            return back_with(request, back, str(error), "warning")
        return back_with(request, back, told)


def _customers(store: str, here: Shop) -> list[ChosenCustomer]:
    made = choices(database(), store)
    bodies = cached_customers(database(), here.realm_id, [one.customer_id for one in made.values()])
    orders = newest_of_contacts(database(), store, list(made))

    def called(customer_id: str) -> str:
        if customer_id == NEW_CUSTOMER:
            return "a new one, which the next run makes"
        if not customer_id:
            return "the standard customer"
        body = bodies.get(customer_id)
        if body is None:
            return f"customer {customer_id}, not there any more"
        return f"{body.get('DisplayName')} ({customer_id}{'' if body.get('Active', True) else ', inactive'})"

    found = [
        ChosenCustomer(contact_id, called(one.customer_id), orders.get(contact_id, ""), one.who, one.at)
        for contact_id, one in made.items()
    ]
    return sorted(found, key=lambda one: one.at, reverse=True)


def _orders(store: str) -> list[tuple[str, OrderChoice, Status, bool]]:
    """The orders that are posted anyway, the newest first; how each stands now, and whether it is recorded."""
    made = chosen_orders(database(), store)
    known, there = known_orders(database(), store, list(made)), recorded_documents(database(), store, list(made))
    found = [(order_id, one, known[order_id].status, order_id in there) for order_id, one in made.items()]
    return sorted(found, key=lambda one: one[1].at, reverse=True)


def _as_map(store: str) -> Response:
    here = shop(store)
    names = names_of_items(entries(database(), here.realm_id, "Item"))
    chosen = {key: names[one.item_id] for key, one in chosen_items(database(), store).items() if one.item_id in names}
    try:
        kept = in_force(here).products.map
        known = read_map(stores_folder() / kept) if kept else {}
        found = known | as_map(chosen)
    except (ConfigurationError, LookupError) as error:
        raise HTTPException(HTTPStatus.CONFLICT, str(error)) from None
    return _file("".join(as_csv(("product", "item"), iter(sorted(found.items())))), "text/csv", "products.csv")


def _as_settings(store: str) -> Response:
    try:
        kinds: dict[str, Any] = dict(in_force(shop(store)).payments.kinds)
    except ConfigurationError as error:
        raise HTTPException(HTTPStatus.CONFLICT, str(error)) from None
    return _file(
        yaml.safe_dump({"payments": {"kinds": kinds}}, allow_unicode=True, sort_keys=False),
        "application/yaml",
        "payments.yaml",
    )


def _file(content: str, kind: str, name: str) -> Response:
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=f"{kind}; charset=utf-8", headers=disposition)
