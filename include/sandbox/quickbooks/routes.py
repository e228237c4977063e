"""The addresses of QuickBooks' Accounting API v3, and the router that holds them with those of the sign-in."""

from __future__ import annotations

from collections.abc import Mapping
from sqlite3 import Connection
from typing import Any

from fastapi import APIRouter, Request, Response

from include.sandbox.quickbooks import oauth, refusals
from include.sandbox.quickbooks.answers import AnsweringRoute, RawBody, json_answer, read_object
from include.sandbox.quickbooks.batch import run_batch
from include.sandbox.quickbooks.books import Body, Books, open_books
from include.sandbox.quickbooks.changes import captured_changes
from include.sandbox.quickbooks.entities import BY_PATH, Entity
from include.sandbox.quickbooks.query import run_query
from include.sandbox.quickbooks.rates import read_rate
from include.sandbox.quickbooks.records import change, read
from include.sandbox.quickbooks.replay import check_request_id, once
from include.sandbox.quickbooks.reports import add_reports
from include.sandbox.quickbooks.sign_in import add_sign_in
from include.sandbox.state import State

EVERY_METHOD = ["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"]
COMPANY = "/v3/company/{realm_id}"


def router(state: State) -> APIRouter:
    """Every address of the service, to be included under a prefix; throttling and lost answers are not its matter."""
    routes = APIRouter(route_class=AnsweringRoute)
    add_sign_in(routes, state)
    _add_reading(routes, state)
    _add_accounting(routes, state)
    return routes


def _add_reading(routes: APIRouter, state: State) -> None:
    add_reports(routes, COMPANY, lambda request, realm_id: _signed_in(state.connection(), request, realm_id))

    @routes.get(COMPANY + "/exchangerate")
    def exchange_rate(request: Request, realm_id: str) -> Response:
        books = _signed_in(state.connection(), request, realm_id)
        asked = request.query_params
        found = read_rate(books, asked.get("sourcecurrencycode"), asked.get("asofdate"))
        return json_answer({"ExchangeRate": found, "time": books.stamp()})


def _add_accounting(routes: APIRouter, state: State) -> None:
    @routes.get(COMPANY + "/query")
    def query_by_get(request: Request, realm_id: str) -> Response:
        books = _signed_in(state.connection(), request, realm_id)
        return _query_answer(books, request.query_params.get("query", ""))

    @routes.post(COMPANY + "/query")
    def query_by_post(request: Request, realm_id: str, raw: RawBody) -> Response:
        books = _signed_in(state.connection(), request, realm_id)
        return _query_answer(books, raw.decode(errors="replace"))

    @routes.get(COMPANY + "/cdc")
    def changes(request: Request, realm_id: str) -> Response:
        books = _signed_in(state.connection(), request, realm_id)
        asked = request.query_params
        return json_answer(captured_changes(books, asked.get("entities"), asked.get("changedSince")))

    @routes.post(COMPANY + "/batch")
    def batch(request: Request, realm_id: str, raw: RawBody) -> Response:
        with state.transaction() as connection:
            books = _signed_in(connection, request, realm_id)
            return json_answer(run_batch(books, read_object(raw), request.query_params.get("requestid")))

    @routes.get(COMPANY + "/preferences")
    def preferences(request: Request, realm_id: str) -> Response:
        return _record_answer(_signed_in(state.connection(), request, realm_id), "preferences", "1")

    @routes.get(COMPANY + "/companyinfo/{company_id}")
    def company_info(request: Request, realm_id: str, company_id: str) -> Response:
        books = _signed_in(state.connection(), request, realm_id)
        return _record_answer(books, "companyinfo", "1" if company_id == realm_id else company_id)

    @routes.get(COMPANY + "/{entity}/{record_id}")
    def read_record(request: Request, realm_id: str, entity: str, record_id: str) -> Response:
        return _record_answer(_signed_in(state.connection(), request, realm_id), entity, record_id)

    @routes.post(COMPANY + "/{entity}")
    def change_record(request: Request, realm_id: str, entity: str, raw: RawBody) -> Response:
        with state.transaction() as connection:
            books = _signed_in(connection, request, realm_id)
            return json_answer(_changed(books, _entity_of(entity), read_object(raw), request.query_params))

    @routes.api_route(COMPANY + "/{rest:path}", methods=EVERY_METHOD)
    def nothing_in_the_company(request: Request, realm_id: str, rest: str) -> Response:
        _signed_in(state.connection(), request, realm_id)
        raise _no_such_address(request)

    @routes.api_route("/{rest:path}", methods=EVERY_METHOD)
    def nothing(request: Request, rest: str) -> Response:
        raise _no_such_address(request)


def _signed_in(connection: Connection, request: Request, realm_id: str) -> Books:
    oauth.check_bearer(connection, request.headers.get("authorization"), realm_id)
    books = open_books(connection, realm_id)
    if books is None:
        raise refusals.not_authorized()
    return books


def _query_answer(books: Books, statement: str) -> Response:
    return json_answer({"QueryResponse": run_query(books, statement), "time": books.stamp()})


def _record_answer(books: Books, path: str, record_id: str) -> Response:
    entity = _entity_of(path)
    return json_answer({entity.name: read(books, entity, record_id), "time": books.stamp()})


def _changed(books: Books, entity: Entity, body: Body, asked: Mapping[str, str]) -> Body:
    request_id = asked.get("requestid")
    check_request_id(request_id)
    options = frozenset(asked.get("include", "").lower().split(","))
    operation = _operation_of(asked.get("operation"), options, body)

    def act() -> dict[str, Any]:
        return {entity.name: change(books, entity, operation, body, options), "time": books.stamp()}

    return once(books, request_id, act)


def _operation_of(operation: str | None, options: frozenset[str], body: Body) -> str:
    """QuickBooks creates and updates by one address: an id in the body makes it an update."""
    if operation == "void" or (operation == "update" and "void" in options):
        return "void"
    if operation == "delete":
        return operation
    if operation not in (None, "", "update", "create"):
        raise refusals.unsupported_operation(operation)
    return "update" if body.get("Id") else "create"


def _entity_of(path: str) -> Entity:
    entity = BY_PATH.get(path)
    if entity is None:
        raise refusals.unsupported_operation(path)
    return entity


def _no_such_address(request: Request) -> refusals.Refusal:
    return refusals.unsupported_operation(
        f"Could not find resource for relative : {request.url.path} of method {request.method}"
    )
