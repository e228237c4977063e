"""Orders that wait for a person, by reason, one at a time: whose order is it, what is missing, what can be done."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from http import HTTPStatus
from typing import Any, get_args

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from order_sync.console.acting import act
from order_sync.console.connections import account_at_infusionsoft
from order_sync.console.page import Page, Shop, back_with, database, fields_of, in_force, shop
from order_sync.console.services import in_infusionsoft
from order_sync.database.cache import cached_customers, customers_named, entries
from order_sync.database.cached_lists import find_customers
from order_sync.database.choices import choices, chosen_items, chosen_kinds, held_of_contact
from order_sync.database.history import order_history
from order_sync.database.order_lists import Tab, Wanted, list_orders
from order_sync.database.orders import orders_by_id, parties_by_id
from order_sync.database.overview import reasons
from order_sync.errors import ConfigurationError, RecordRefused
from order_sync.settings import Store
from order_sync.settings.payments import PaymentKind, folded
from order_sync.sync.company.lists import Lists
from order_sync.sync.company.products import Product, is_product, product_of
from order_sync.sync.company.reading import read_items
from order_sync.sync.customers.new_customer import can_be_named
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.decision import NEW_CUSTOMER, Choice
from order_sync.sync.orders.meaning import snapshot_of
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.status import UNFINISHED, Status
from order_sync.sync.review.actions import (
    KINDS_IN_WORDS,
    choose_customer,
    choose_item,
    choose_new_customer,
    choose_payment_kind,
    let_criteria_decide,
    let_settings_find_item,
    let_settings_say_kind,
    require_contact,
)
from order_sync.sync.review.candidates import candidates, named_in
from order_sync.sync.review.unknown import item_named, names_of_items, unknown_products, unknown_types

ABOUT_A_CUSTOMER = (Code.AMBIGUOUS, Code.CONTRADICTED, Code.INACTIVE, Code.NOT_FOUND, Code.NO_DETAILS)
"""The reasons that end where a person says whose the order is."""

ABOUT_A_PRODUCT = (Code.ITEM_UNKNOWN, Code.ITEM_AMBIGUOUS, Code.ITEM_INACTIVE, Code.ITEM_REFUSED)
"""The reasons that end where a person says which item a product is."""

DECIDED_IN_REVIEW = (*ABOUT_A_CUSTOMER, *ABOUT_A_PRODUCT, Code.PAYMENT_KIND)

_MOST = 200
"""So many orders of a reason can be stepped through; the list has them all."""

_MOST_ITEMS = 2000
"""So many items are offered by name; another one is written as QuickBooks shows it."""

_MOST_ALIKE = 5
"""So many customers are named where one is not found."""

_STATUSES = {Tab.NEEDS_A_PERSON: (Status.HELD,), Tab.FAILED: (Status.FAILED, Status.UNSETTLED)}


class ReviewPage(Page):
    path = "/{store}/review"
    route_name = "review"
    tab = "review"

    @route("")
    async def index(self, request: Request) -> Response:
        """The oldest order of a reason, or the one that is asked for."""
        return await run_in_threadpool(self._review, request)

    @route("/act", methods=["POST"], name="act_on_review")
    async def act(self, request: Request) -> Response:
        """Something is decided about an order."""
        form = await fields_of(request)
        return await run_in_threadpool(self._act, request, form)

    def _review(self, request: Request) -> Response:
        store, asked = request.path_params["store"], request.query_params
        here = shop(store)
        why = {
            tab: [(status, one) for status in of for one in reasons(database(), store, status)]
            for tab, of in _STATUSES.items()
        }
        every = [one for of_tab in why.values() for one in of_tab]
        order_id = asked.get("order", "").strip()
        row = next(iter(orders_by_id(database(), store, [order_id])), None) if order_id else None
        status, code = every[0][0] if every else Status.HELD, every[0][1].code if every else ""
        if row:
            status, code = row.status, row.code or ""
        elif "code" in asked:
            named = asked.get("status", Status.HELD)
            status, code = Status(named) if named in list(Status) else Status.HELD, asked["code"]
        queue = self._queue(store, status, code) if every else []
        if row is None and queue and not order_id:
            [row] = orders_by_id(database(), store, queue[:1])
        at = queue.index(row.order_id) if row and row.order_id in queue else None
        return self.show(
            request,
            "review.html",
            shop=here,
            reasons=why,
            not_there="" if row else order_id,
            code=code,
            of_status=status,
            row=row,
            queue=queue,
            at=at,
            **(known_of(store, here, row) if row else {}),
        )

    def _queue(self, store: str, status: Status, code: str) -> list[str]:
        tab = next((tab for tab, of in _STATUSES.items() if status in of), None)
        if tab is None:
            return []
        wanted = Wanted(tab=tab, status=status, code=code, ascending=True)
        return [one.order_id for one in list_orders(database(), store, wanted, _MOST).rows]

    def _act(self, request: Request, form: dict[str, str]) -> Response:
        store, who = request.path_params["store"], request.state.visitor.user.get_name()
        order_id = form.get("order", "")
        back, same = f"/{store}/review", {"code": form.get("code", "")}
        try:
            match form.get("what"):
                case "choose":
                    customer_id, name = _chosen(store, form)
                    require_contact(database(), store, order_id, form.get("contact", ""))
                    choose_customer(database(), store, order_id, (customer_id, name), who)
                    told = f"{name or 'The standard customer'} was chosen. {_follows(store, order_id)}"
                case "create":
                    require_contact(database(), store, order_id, form.get("contact", ""))
                    choose_new_customer(database(), in_force(shop(store)), order_id, who)
                    told = f"A new customer was chosen. {_follows(store, order_id)}"
                case "criteria":
                    let_criteria_decide(database(), store, form.get("contact", ""), who)
                    told = f"The settings decide about the customer of contact {form.get('contact', '')} again."
                case "item":
                    product, item = _product(store, form), _item(store, form)
                    choose_item(database(), store, order_id, product, item, who)
                    told = f"{item[1]} was chosen for {product.label}. The next run follows it, for this and all other orders."
                case "settings find":
                    let_settings_find_item(database(), store, form.get("product", ""), who)
                    told = "The settings find the product's item again."
                case "kind":
                    kind = _kind(form)
                    choose_payment_kind(database(), store, order_id, form.get("type", ""), kind, who)
                    are = f"Payments of the type {form['type']} are {KINDS_IN_WORDS[kind]}."
                    told = f"{are} The next run follows it, for this and all other orders."
                case "settings say":
                    let_settings_say_kind(database(), store, form.get("type", ""), who)
                    told = "The settings say again what payments of this type are."
                case "record all":
                    told_of = act(request, "record", _of_contact(store, order_id))
                    return back_with(request, back, *told_of, order=order_id)
                case "record" | "skip" as what:
                    words, ended = act(
                        request, what, [order_id], form.get("why", ""), {order_id: form.get("recorded", "")}
                    )
                    goes_on = what == "skip" and ended == "success"
                    return back_with(request, back, words, ended, **(same if goes_on else {"order": order_id}))
                case other:
                    raise HTTPException(HTTPStatus.BAD_REQUEST, f"Nothing can be decided by {other!r}.")
        except RecordRefused as error:
            return back_with(request, back, f"{error.message} {error.advice}", "warning", order=order_id)
        except (LookupError, ConfigurationError) as error:
            return back_with(request, back, str(error), "warning", order=order_id)
        return back_with(request, back, told, "success", order=order_id)


def known_of(store: str, here: Shop, row: OrderRow) -> dict[str, Any]:
    """What is known of an order, and what a person can say about it; `decided` is whether all was said, and the next run follows it."""
    party = parties_by_id(database(), store, [row.order_id]).get(row.order_id)
    named = named_in(row.decision)
    bodies = cached_customers(database(), here.realm_id, list(named)) if here.realm_id else {}
    is_held = row.status is Status.HELD
    about_a_customer = is_held and row.code in ABOUT_A_CUSTOMER
    waits = row.status in UNFINISHED and not row.document_id
    known: dict[str, Any] = {
        "party": party,
        "candidates": candidates(party, named, bodies) if party else [],
        "about_a_customer": about_a_customer,
        "waits": waits,
        "chosen": _choice_in_words(store, here, row),
        "contact_page": in_infusionsoft(account_at_infusionsoft(here), "contact", row.contact_id),
    }
    known["decided"] = about_a_customer and _is_news(store, row, known["chosen"])
    if row.contact_id and about_a_customer:
        others = held_of_contact(database(), store, row.contact_id, ABOUT_A_CUSTOMER)
        known["others"] = [order_id for order_id in others if order_id != row.order_id]
    try:
        settings = in_force(here)
    except ConfigurationError:  # nothing is decided by what cannot be read
        return known
    if not row.snapshot or not waits:
        return known
    snapshot = snapshot_of(row, settings)
    known |= {
        "standard": settings.customers.standard_customer,
        "can_be_made": bool(row.contact_id) and can_be_named(snapshot, settings.customers),
    }
    if row.code in ABOUT_A_PRODUCT:
        known |= _products(here, row, settings)
        known["decided"] = bool(known.get("chosen_items")) and not known["products"]
    if row.code == Code.PAYMENT_KIND:
        said = chosen_kinds(database(), store)
        types = dict.fromkeys(folded(one.method) for one in snapshot.payments if one.method)
        known |= {
            "types": [one for one in unknown_types(snapshot) if folded(one.type) not in said],
            "said": [said[type] for type in types if type in said],
        }
        # Who said that each order of a type is to be held looks at each of them.
        known["decided"] = (
            bool(known["said"]) and not known["types"] and all(one.kind != "hold" for one in known["said"])
        )
    return known


def _is_news(store: str, row: OrderRow, chosen: tuple[Choice, str] | None) -> bool:
    """Whether a customer was chosen since a run decided about the order last; else that run has followed it, and asks again."""
    decided = next((one.at for one in order_history(database(), store, row.order_id) if one.decision), None)
    return chosen is not None and (decided is None or chosen[0].at > decided)


def _choice_in_words(store: str, here: Shop, row: OrderRow) -> tuple[Choice, str] | None:
    """What a person chose for the order's contact, and who that is."""
    choice = choices(database(), store).get(row.contact_id or "")
    if choice is None:
        return None
    if choice.customer_id == NEW_CUSTOMER:
        return choice, "a new customer"
    if not choice.customer_id:
        return choice, "the standard customer"
    body = cached_customers(database(), here.realm_id, [choice.customer_id]).get(choice.customer_id, {})
    return choice, f"{body.get('DisplayName') or 'customer'} ({choice.customer_id})"


def _products(here: Shop, row: OrderRow, settings: Store) -> dict[str, Any]:
    """The products of an order that no item stands for, those that a person chose one for, and the items to choose from."""
    rows = entries(database(), here.realm_id, "Item")
    names, chosen = names_of_items(rows), chosen_items(database(), here.name)
    snapshot = snapshot_of(row, settings)
    try:
        items = read_items(settings, Lists(settings, partial(entries, database(), here.realm_id)), chosen)
    except ConfigurationError as error:
        return {"map_wrong": str(error)}
    own = {product_of(item).key: product_of(item) for item in filter(is_product, snapshot.order.items)}
    return {
        "products": unknown_products(snapshot, settings.products, items, rows),
        "items": list(names.values()) if len(names) <= _MOST_ITEMS else [],
        "chosen_items": [
            (product, chosen[key], names[chosen[key].item_id])
            for key, product in own.items()
            if key in chosen and chosen[key].item_id in names
        ],
    }


def _of_contact(store: str, order_id: str) -> list[str]:
    """An order, and the others of its contact that are held for their customer."""
    rows = orders_by_id(database(), store, [order_id])
    contact_id = rows[0].contact_id if rows else None
    others = held_of_contact(database(), store, contact_id, ABOUT_A_CUSTOMER) if contact_id else []
    return list(dict.fromkeys([order_id, *others]))


def _follows(store: str, order_id: str) -> str:
    more = len(_of_contact(store, order_id)) - 1
    also = f" and {more} more {'order' if more == 1 else 'orders'} of the contact" if more else ""
    return f"The next run follows it for order {order_id}{also}."


def _product(store: str, form: Mapping[str, str]) -> Product:
    """The product of the order that a form names by its key."""
    for row in orders_by_id(database(), store, [form.get("order", "")]):
        if row.snapshot:
            for item in filter(is_product, snapshot_of(row, in_force(shop(store))).order.items):
                if (product := product_of(item)).key == form.get("product"):
                    return product
    raise LookupError(f"Order {form.get('order', '')} has no product with the {form.get('product', '')}.")


def _item(store: str, form: Mapping[str, str]) -> tuple[str, str]:
    """Id and name of the item that a form names, by its id or its name."""
    rows = entries(database(), shop(store).realm_id, "Item")
    if name := form.get("name", ""):
        return item_named(name, rows)
    names = names_of_items(rows)
    if form.get("item") not in names:
        raise LookupError(f"Item {form.get('item', '')!r} is not among the active items of QuickBooks that were read.")
    return form["item"], names[form["item"]]


def _kind(form: Mapping[str, str]) -> PaymentKind:
    for kind in get_args(PaymentKind):
        if kind == form.get("kind"):
            return kind  # type: ignore[no-any-return]
    raise LookupError(f"Say what the payment is: {', '.join(get_args(PaymentKind))}.")


def _called(realm_id: str, name: str) -> tuple[str, str]:
    """Id and name of the active customer that QuickBooks shows by a name, in any capitals; LookupError names those alike."""
    active = [id for id, is_active in customers_named(database(), realm_id, name) if is_active]
    if len(active) == 1:
        return active[0], name
    found = cached_customers(database(), realm_id, find_customers(database(), realm_id, name))
    alike = {id: str(body.get("DisplayName")) for id, body in found.items() if body.get("Active", True)}
    same = [(id, shown) for id, shown in alike.items() if shown.casefold() == name.casefold()]
    if not active and len(same) == 1:
        return same[0]
    how_many = "no" if not active and not same else "more than one"
    named = ", ".join(f"{shown} ({id})" for id, shown in sorted(alike.items(), key=lambda one: one[1])[:_MOST_ALIKE])
    begin_so = f" Its name, e-mail address or id begins so: {named}." if named else " Look for it in Lists."
    raise LookupError(f"QuickBooks has {how_many} active customer that is called {name!r}.{begin_so}")


def _chosen(store: str, form: Mapping[str, str]) -> tuple[str, str]:
    """Id and name of the customer that a form names: by its id, by the name that QuickBooks shows, or none for the standard one."""
    realm_id = shop(store).realm_id
    if form.get("standard"):
        if not in_force(shop(store)).customers.standard_customer:
            raise LookupError("The settings name no standard customer.")
        return "", ""
    if name := form.get("name", ""):
        return _called(realm_id, name)
    found = cached_customers(database(), realm_id, [form.get("customer", "")])
    if not found:
        raise LookupError(
            f"Customer {form.get('customer', '')!r} is not among the customers of QuickBooks that were read."
        )
    [(id, body)] = found.items()
    return id, str(body.get("DisplayName") or id)
