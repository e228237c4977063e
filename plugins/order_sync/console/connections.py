"""The connections of a store: whether both services answer and who, when tokens end, and to let the sync in at the service's own page.

The service sends the browser back to one address for all stores (`/sign-in/…`, in `home`), which is what its app has to know. The
answer is bound to the browser and the person who asked, and changes nothing before they say so here.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from http import HTTPStatus
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin.cookies import SignedCookie
from starlette_admin.routing import route

from order_sync.connections import consent
from order_sync.connections.fields import (
    INFUSIONSOFT,
    QUICKBOOKS,
    SERVICES,
    Fields,
    Service,
    as_used,
    infusionsoft_connection,
    quickbooks_connection,
)
from order_sync.connections.state import Quota, Standing, calls_of_day, reads_of_month, standing
from order_sync.connections.trial import try_connection
from order_sync.console import airflow
from order_sync.console.gate import SIGN_IN
from order_sync.console.page import Page, Shop, back_with, database, form_of, shop
from order_sync.database.cache import entries
from order_sync.database.connections import Known, known_connection
from order_sync.database.overview import calls_since
from order_sync.database.runs import last_success
from order_sync.errors import ConfigurationError, OrderSyncError
from order_sync.hosts import is_own
from order_sync.tokens import Consent

MINUTES = 10
"""So long somebody may take at the service's page."""

_COOKIE = "order_sync_sign_in"


@dataclass(frozen=True, slots=True)
class Seen:
    """A connection as it is filled in, without its secrets, and as it stands."""

    known: Known
    standing: Standing
    wrong: str
    """What is missing or wrong in its fields; empty where nothing is."""
    way: str
    """How it signs in: `key`, `consent`, or `entered` where a refresh token was entered by hand."""
    host: str
    can_ask: bool
    """Whether its fields hold a client that can ask for consent."""


@dataclass(frozen=True, slots=True)
class Card:
    """A connection as the page shows it."""

    service: Service
    id: str
    seen: Seen
    name: str
    number: str
    redirect: str


class ConnectionsPage(Page):
    path = "/{store}/connections"
    route_name = "connections"
    tab = "connections"

    @route("")
    async def index(self, request: Request) -> Response:
        """Both connections."""
        return await run_in_threadpool(self._show, request)

    @route("/test", methods=["POST"], name="test_connection")
    async def test(self, request: Request) -> Response:
        """Asks a service who it is."""
        form = await form_of(request)
        return await run_in_threadpool(self._test, request, _service(str(form.get("service", ""))))

    @route("/{service}/ask", name="ask_for_consent")
    async def ask(self, request: Request) -> Response:
        """To the service's own page, where somebody lets the sync in."""
        return await run_in_threadpool(self._ask, request, _service(request.path_params["service"]))

    @route("/{service}/answer", name="answer_of_consent")
    async def answer(self, request: Request) -> Response:
        """Back from there: what was chosen, and whether it is to be kept."""
        return await run_in_threadpool(self._answer, request, _service(request.path_params["service"]))

    @route("/{service}/keep", methods=["POST"], name="keep_consent")
    async def keep(self, request: Request) -> Response:
        """It is."""
        form = await form_of(request)
        given = {name: str(form.get(name, "")) for name in ("code", "state", "realmId")}
        return await run_in_threadpool(self._keep, request, _service(request.path_params["service"]), given)

    def _show(self, request: Request) -> Response:
        here = shop(request.path_params["store"])
        cards = [_card(request, here, service) for service in (QUICKBOOKS, INFUSIONSOFT)]
        may = {card.id: airflow.may_connect(request.state.visitor.user, card.id) for card in cards}
        return self.show(request, "connections.html", shop=here, cards=cards, may=may, standings=Standing)

    def _test(self, request: Request, service: Service) -> Response:
        told, kind = _tried(request, service)
        return back_with(request, _page(request), told, kind)

    def _ask(self, request: Request, service: Service) -> Response:
        _require_rights(request, service)
        try:
            fields = airflow.connection(_id(request, service))
            verifier = secrets.token_urlsafe(48) if consent.asks_for_proof(fields) else ""
            state = secrets.token_urlsafe(24)
            where = consent.address(service, fields, _redirect(request, service), _bound(request, state), verifier)
        except ConfigurationError as error:
            return back_with(request, _page(request), str(error), "error")
        answer = RedirectResponse(where, HTTPStatus.SEE_OTHER)
        asked = {"state": state, "verifier": verifier, "user": request.state.visitor.user.get_name()}
        answer.set_cookie(
            _COOKIE,
            _signed().dumps(asked),
            max_age=MINUTES * 60,
            path=_cookie_path(request),
            httponly=True,
            samesite="lax",
            secure=request.url.scheme == "https",
        )
        return answer

    def _answer(self, request: Request, service: Service) -> Response:
        _require_rights(request, service)
        given = request.query_params
        if _asked(request, given.get("state", "")) is None:
            return back_with(request, _page(request), _STRANGE, "error")
        if not given.get("code"):
            told = f"{service.name} was not connected: nobody let the sync in there. What was kept before is as it was."
            return back_with(request, _page(request), told, "warning")
        fields = {name: given.get(name, "") for name in ("code", "state", "realmId")}
        return self.show(
            request,
            "consent.html",
            service=service,
            given=fields,
            company=_company(fields["realmId"]),
            id=_id(request, service),
        )

    def _keep(self, request: Request, service: Service, given: dict[str, str]) -> Response:
        _require_rights(request, service)
        asked = _asked(request, given["state"])
        if asked is None:
            return back_with(request, _page(request), _STRANGE, "error")
        realm_id = given["realmId"] if service is QUICKBOOKS else ""
        agreed = Consent(given["code"], _redirect(request, service), asked["verifier"], realm_id)
        store, who = request.path_params["store"], request.state.visitor.user.get_name()
        try:
            consent.connect(database(), store, service, airflow.connection(_id(request, service)), agreed, who)
        except OrderSyncError as error:
            return back_with(request, _page(request), str(error), "error")
        told, kind = _tried(request, service)
        done = back_with(request, _page(request), f"{service.name} is connected. {told}", kind)
        done.delete_cookie(_COOKIE, path=_cookie_path(request))
        return done


_STRANGE = (
    f"This answer was not asked for from this browser, or more than {MINUTES} minutes ago; nothing was kept. "
    "Begin again on the page Connections."
)


@dataclass(frozen=True, slots=True)
class Line:
    """A connection in a line: who is there, what is known of it, how it stands, and how much of its quota is used, in which time."""

    service: str
    name: str
    known: Known
    standing: Standing
    quota: Quota
    time: str


def in_lines(here: Shop) -> list[Line]:
    """Both connections, as the overview has them."""
    store = here.name
    day = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    quickbooks, infusionsoft = (_seen(here, service) for service in (QUICKBOOKS, INFUSIONSOFT))
    reads = reads_of_month(calls_since(database(), store, day.replace(day=1))["QuickBooks"])
    calls = calls_of_day(calls_since(database(), store, day)["Infusionsoft"], infusionsoft.known)

    def line(service: Service, seen: Seen, quota: Quota, time: str) -> Line:
        name = seen.known.name or next(filter(None, _noted(here, service)), "")
        return Line(service.name, name, seen.known, seen.standing, quota, time)

    return [
        line(QUICKBOOKS, quickbooks, reads, "reads this month"),
        line(INFUSIONSOFT, infusionsoft, calls, "calls today"),
    ]


def _seen(here: Shop, service: Service) -> Seen:
    id = service.connection_of(here.name)
    known = known_connection(database(), id)
    wrong, way, host, can_ask = "", "", "", False
    try:
        fields = airflow.connection(id)
        known = known if service is QUICKBOOKS else as_used(fields, known)
        way, host, can_ask = _way(service, fields, known), fields.host, bool(fields.login)
        (quickbooks_connection if service is QUICKBOOKS else infusionsoft_connection)(fields, known)
    except ConfigurationError as error:
        wrong = str(error)
    stands = standing(
        known,
        datetime.now(UTC),
        has_run=bool(here.realm_id),  # which its first run notes
        succeeded_at=last_success(database(), here.name),
        is_filled_in=not wrong,
    )
    return Seen(known, stands, wrong, way, host, can_ask)


def _card(request: Request, here: Shop, service: Service) -> Card:
    seen = _seen(here, service)
    name, number = seen.known.name or "", seen.known.number or ""
    if not name:
        name, number = _noted(here, service)
    return Card(service, service.connection_of(here.name), seen, name, number, _redirect(request, service))


def _way(service: Service, fields: Fields, known: Known) -> str:
    if known.connected_at and (service is QUICKBOOKS or fields.login):
        return "consent"
    return "entered" if fields.refresh_token or service is QUICKBOOKS else "key"


def _noted(here: Shop, service: Service) -> tuple[str, str]:
    """Name and id of the company or account that the store's runs have met."""
    if service is INFUSIONSOFT:
        return "", here.account
    return _company(here.realm_id), here.realm_id


def account_at_infusionsoft(here: Shop) -> str:
    """The store's account where its connection leads to Infusionsoft itself; empty elsewhere: records of a sandbox have no pages there."""
    try:
        host = airflow.connection(INFUSIONSOFT.connection_of(here.name)).host
    except ConfigurationError:
        return ""
    return here.account if is_own(host, INFUSIONSOFT.api) else ""


def _company(realm_id: str) -> str:
    """What a company is called, as its lists say; empty where none of them were read."""
    info: dict[str, Any] = next(iter(entries(database(), realm_id, "CompanyInfo")), {})
    return str(info.get("CompanyName") or "")


def _tried(request: Request, service: Service) -> tuple[str, str]:
    """Asks a service who it is, and gives what somebody is told, with its kind."""
    store, who, id = request.path_params["store"], request.state.visitor.user.get_name(), _id(request, service)
    try:
        answered = try_connection(database(), store, service, airflow.connection(id), who)
    except OrderSyncError as error:
        return str(error), "error"
    number = f" ({answered.number})" if answered.number else ""
    return f"{service.name} answers: it is {answered.name}{number}.", "success"


def _require_rights(request: Request, service: Service) -> None:
    """403 for whom may not edit the Dag, and the connection in Airflow: who connects says where the orders go."""
    visitor, id = request.state.visitor, _id(request, service)
    if not (visitor.may_edit and airflow.may_connect(visitor.user, id)):
        dag = airflow.dag_of(visitor.store)
        told = f"To connect a service you need to be allowed to edit the Dag {dag} and the connection {id} in Airflow."
        raise HTTPException(HTTPStatus.FORBIDDEN, told)


def _asked(request: Request, state: str) -> dict[str, str] | None:
    """What this browser asked for, if the answer is to that and to this person; else None."""
    asked = _signed().loads(request.cookies.get(_COOKIE, ""))
    if not asked or asked["user"] != request.state.visitor.user.get_name():
        return None
    return dict(asked) if secrets.compare_digest(state.encode(), _bound(request, asked["state"]).encode()) else None


def _bound(request: Request, state: str) -> str:
    """The state as the service gives it back: for which store it is, too."""
    return f"{request.path_params['store']}.{state}"


@cache
def _signed() -> SignedCookie:
    return SignedCookie(airflow.signing_key(), salt="order-sync-sign-in", timed=True, max_age=MINUTES * 60)


def _redirect(request: Request, service: Service) -> str:
    return f"{airflow.public_address(request)}/{SIGN_IN}/{service.key}"


def _id(request: Request, service: Service) -> str:
    return service.connection_of(request.path_params["store"])


def _cookie_path(request: Request) -> str:
    return str(request.scope.get("root_path", "")) or "/"


def _page(request: Request) -> str:
    return f"/{request.path_params['store']}/connections"


def _service(key: str) -> Service:
    if key not in SERVICES:
        raise HTTPException(HTTPStatus.NOT_FOUND, f"There is no service {key!r}.")
    return SERVICES[key]
