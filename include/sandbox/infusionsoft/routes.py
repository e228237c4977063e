"""The addresses of Infusionsoft's REST v2, as its own description and real answers show it.

The service's hosts have two spellings of them, so has the sandbox: `/rest/v2` and `/crm/rest/v2`.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from fastapi import APIRouter, Depends, Request, Response
from fastapi.routing import APIRoute

from include.sandbox.infusionsoft import account, contacts, oauth, records, refusals, resources
from include.sandbox.infusionsoft.answers import AnsweringRoute, RawBody, RecordResponse
from include.sandbox.infusionsoft.pages import page
from include.sandbox.infusionsoft.resources import Resource
from include.sandbox.infusionsoft.settings import current_settings
from include.sandbox.infusionsoft.sign_in import add_sign_in
from include.sandbox.state import State

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


def router(state: State) -> APIRouter:
    """Everything that the sandbox's Infusionsoft answers; mount it with a prefix in any app."""

    def authenticated(request: Request) -> None:
        oauth.check_key(state.connection(), request.headers)

    rest = APIRouter(route_class=AnsweringRoute)
    _add_sales(rest, state)
    _add_contacts(rest, state)
    _add_account(rest, state)
    _refuse_other_methods(rest)

    gateway = APIRouter(route_class=AnsweringRoute)
    add_sign_in(gateway, state)
    for prefix in ("/rest/v2", "/crm/rest/v2"):
        gateway.include_router(rest, prefix=prefix, dependencies=[Depends(authenticated)])

    @gateway.api_route("/{path:path}", methods=list(METHODS), dependencies=[Depends(authenticated)])
    def anywhere_else(request: Request) -> Response:
        raise refusals.no_such_path(request.url.path)

    return gateway


def _add_sales(rest: APIRouter, state: State) -> None:
    @rest.get("/orders")
    def list_orders(request: Request) -> Response:
        return _list(state, resources.ORDERS, request)

    @rest.get("/orders/{id}")
    def get_order(id: str) -> Response:
        return RecordResponse(records.read(state.connection(), "order", id))

    @rest.get("/orders/{id}/payments")
    def list_order_payments(id: str, request: Request) -> Response:
        records.read(state.connection(), "order", id)
        switches = current_settings(state.connection())
        scope = ("order_id = ?", int(id))
        found, following = page(state.connection(), resources.ORDER_PAYMENTS, request.query_params, scope)
        shown = [_with_amount(share, switches, in_cents=switches["shares_in_cents"]) for share in found]
        return _answer(resources.ORDER_PAYMENTS, shown, following)

    @rest.get("/sales/payments")
    def list_payments(request: Request) -> Response:
        switches = current_settings(state.connection())
        found, following = page(state.connection(), resources.PAYMENTS, request.query_params)
        return _answer(resources.PAYMENTS, [_with_amount(payment, switches) for payment in found], following)

    @rest.get("/sales/transactions")
    def list_transactions(request: Request) -> Response:
        found, following = page(state.connection(), resources.TRANSACTIONS, request.query_params)
        # A transaction has no id that the service would show.
        shown = [{name: value for name, value in transaction.items() if name != "id"} for transaction in found]
        return _answer(resources.TRANSACTIONS, shown, following)

    @rest.get("/products")
    def list_products(request: Request) -> Response:
        return _list(state, resources.PRODUCTS, request)

    @rest.get("/products/{id}")
    def get_product(id: str) -> Response:
        return RecordResponse(records.read(state.connection(), "product", id))


def _add_contacts(rest: APIRouter, state: State) -> None:
    @rest.get("/contacts")
    def list_contacts(request: Request) -> Response:
        fields = _fields(request)
        found, following = page(state.connection(), resources.CONTACTS, request.query_params)
        shown = [contacts.shown(contact, fields) for contact in found]
        return _answer(resources.CONTACTS, shown, following)

    @rest.get("/contacts/{id}")
    def get_contact(id: str, request: Request) -> Response:
        return RecordResponse(contacts.shown(records.read(state.connection(), "contact", id), _fields(request)))

    @rest.patch("/contacts/{id}")
    def update_contact(id: str, request: Request, raw: RawBody) -> Response:
        try:
            wanted = json.loads(raw)
        except ValueError:
            raise refusals.bad_request("The body is not JSON", "body") from None
        fields = _fields(request)
        with state.transaction() as connection:
            contact = records.read(connection, "contact", id)
            contact = contacts.changed(contact, wanted, request.query_params.getlist("update_mask"))
            now = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
            contact = records.put(connection, "contact", {**contact, "update_time": now})
        return RecordResponse(contacts.shown(contact, fields))


def _add_account(rest: APIRouter, state: State) -> None:
    @rest.get("/businessProfile")
    def get_business_profile() -> Response:
        profile = account.profile(state.connection())
        if profile is None:
            raise refusals.not_found("business profile", "of this account")
        return RecordResponse(profile)

    @rest.get("/oauth/connect/userinfo")
    def get_user_info() -> Response:
        return RecordResponse(
            {
                "email": "owner@example.com",
                "sub": "1",
                "id": "1",
                "keap_id": "owner@example.com",
                "given_name": "Olivia",
                "family_name": "Owner",
                "middle_name": None,
                "preferred_name": None,
                "is_admin": True,
                "tenant_id": account.tenant(state.connection()) or None,
            }
        )


def _refuse_other_methods(rest: APIRouter) -> None:
    allowed: dict[str, set[str]] = {}
    for route in rest.routes:
        if isinstance(route, APIRoute):
            allowed.setdefault(route.path, set()).update(route.methods)

    def refuse(request: Request) -> Response:
        raise refusals.method_not_allowed(request.method)

    for path, methods in allowed.items():
        rest.add_api_route(path, refuse, methods=list(METHODS - methods))


def _list(state: State, resource: Resource, request: Request) -> Response:
    return _answer(resource, *page(state.connection(), resource, request.query_params))


def _answer(resource: Resource, found: list[dict[str, Any]], following: str) -> Response:
    return RecordResponse({resource.name: found, "next_page_token": following})


def _with_amount(record: dict[str, Any], switches: dict[str, bool], *, in_cents: bool = False) -> dict[str, Any]:
    """A payment with its amount in the unit and with the sign that the account is set to; filters go by what is kept."""
    amount = record.get("amount")
    if not isinstance(amount, int | float):
        return record
    if switches["refunds_positive"]:
        amount = abs(amount)
    return {**record, "amount": round(amount * 100) if in_cents else amount}


def _fields(request: Request) -> str:
    return ",".join(request.query_params.getlist("fields"))
