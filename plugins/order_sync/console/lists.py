"""What the pages of the cached QuickBooks lists have in common: search and filter, paging, export, and to have a list read anew."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any, ClassVar

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from order_sync.console import airflow
from order_sync.console.export import PORTION, attached
from order_sync.console.page import Page, Shop, address_with, asked_for, back_with, database, shop
from order_sync.database.cache import freshness
from order_sync.database.cached_lists import CachedRecord, Place, Wanted, count_records, list_records
from order_sync.database.cached_lists import Page as ListPart
from order_sync.errors import ConfigurationError

SIZE = 50

LISTS = {"": "Customers", "items": "Items", "accounts": "Accounts"}
"""The lists: the last part of each page's path, and its name."""


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a list: the cells by the page's columns, and what stands below the name."""

    id: str
    name: str
    active: bool
    state: str
    cells: Mapping[str, str]
    note: str = ""
    link: str = ""
    """Of the record in QuickBooks."""
    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """By which matching compares it: of each field, in words, its keys."""


class ListPage(Page):
    """A list; each is a module, and all share the template."""

    tab = "lists"
    entity: ClassVar[str]
    """What QuickBooks calls the records."""
    which: ClassVar[str]
    """A key of `LISTS`."""
    columns: ClassVar[Mapping[str, str]]
    """Beside name, id and state: what it is called in the export, and on the page."""
    figures: ClassVar[frozenset[str]] = frozenset()
    """Those that stand on the right."""
    unbroken: ClassVar[frozenset[str]] = frozenset()
    """Those that stay in one line."""
    searched: ClassVar[str]
    """By what it is searched."""

    @route("")
    async def index(self, request: Request) -> Response:
        """The list."""
        return await run_in_threadpool(self._list, request)

    @route("/export", name="export")
    async def export(self, request: Request) -> Response:
        """All that the list is about, as CSV or JSON."""
        return await run_in_threadpool(self._export, request)

    @route("/refresh", methods=["POST"], name="refresh")
    async def refresh(self, request: Request) -> Response:
        """Has the lists read anew."""
        return await run_in_threadpool(self._refresh, request)

    def wanted(self, asked: Mapping[str, str], realm_id: str) -> tuple[Wanted, str]:
        """What an address asks for, and what of it is too much."""
        return Wanted(active_of(asked), asked.get("q", "")), ""

    def part(self, realm_id: str, wanted: Wanted, size: int, after: Place | None) -> ListPart:
        """A page of the list."""
        return list_records(database(), realm_id, self.entity, wanted, size, after)

    def count(self, realm_id: str, wanted: Wanted) -> int:
        """How many are wanted."""
        return count_records(database(), realm_id, self.entity, wanted)

    def lines(self, here: Shop, records: Sequence[CachedRecord]) -> Sequence[Line]:
        """The lines of some records."""
        raise NotImplementedError

    def _list(self, request: Request) -> Response:
        here, asked = shop(request.path_params["store"]), asked_for(request)
        wanted, wrong = self.wanted(asked, here.realm_id)
        part = self.part(here.realm_id, wanted, SIZE, _place(asked.get("after")))
        return self.show(
            request,
            "list.html",
            shop=here,
            lists=LISTS,
            page=self,
            asked=asked,
            wrong=wrong,
            lines=self.lines(here, part.rows),
            read_at={record.id: record.fetched_at for record in part.rows},
            total=self.count(here.realm_id, wanted),
            state=freshness(database(), here.realm_id) if here.realm_id else None,
            following=address_with(asked, after=f"{part.following.name}~{part.following.id}")
            if part.following
            else None,
            exported=address_with(asked, after=None),
        )

    def _export(self, request: Request) -> Response:
        store, asked = request.path_params["store"], asked_for(request)
        here = shop(store)
        wanted, wrong = self.wanted(asked, here.realm_id)
        if wrong:
            raise HTTPException(HTTPStatus.BAD_REQUEST, wrong)
        names = ("id", "name", "full_name", "state", *self.columns, "keys", "read_at")
        file = f"{LISTS[self.which].lower()}-{store}"
        return attached(file, asked.get("as"), names, self._exported(here, wanted))

    def _exported(self, here: Shop, wanted: Wanted) -> Iterator[Sequence[str]]:
        after: Place | None = None
        while True:
            part = self.part(here.realm_id, wanted, PORTION, after)
            for record, line in zip(part.rows, self.lines(here, part.rows), strict=True):
                keys = "; ".join(f"{name}: {key}" for name, found in line.keys.items() for key in found)
                full = str(record.body.get("FullyQualifiedName") or line.name)
                cells = (line.cells[name] for name in self.columns)
                yield line.id, line.name, full, line.state, *cells, keys, record.fetched_at.isoformat()
            if part.following is None:
                return
            after = part.following

    def _refresh(self, request: Request) -> Response:
        store, visitor = request.path_params["store"], request.state.visitor
        back, dag = f"/{store}/lists/{self.which}".rstrip("/"), airflow.refresh_dag_of(store)
        if not airflow.may_refresh(visitor.user, store):
            told = f"To read the lists anew you need to be allowed to start the Dag {dag} in Airflow."
            return back_with(request, back, told, "error")
        try:
            run_id = airflow.start_refresh(visitor.user, store)
        except ConfigurationError as error:
            return back_with(request, back, str(error), "error")
        if airflow.is_switched_off(dag):
            told = f"Airflow run {run_id} waits: the Dag {dag} is switched off in Airflow. Switch it on, and it reads all lists."
            return back_with(request, back, told, "warning")
        return back_with(
            request, back, f"Airflow run {run_id} reads all lists of QuickBooks now; look again in a moment."
        )


def active_of(asked: Mapping[str, str]) -> bool | None:
    """Whether active records alone are asked for, or the others; None for both."""
    return {"yes": True, "no": False}.get(asked.get("active", ""))


def text_of(body: Mapping[str, Any], *path: str) -> str:
    """A text in what QuickBooks said of a record; empty where there is none."""
    value: Any = body
    for name in path:
        value = value.get(name) if isinstance(value, Mapping) else None
    return "" if value is None else str(value)


def _place(text: str | None) -> Place | None:
    if not text:
        return None
    name, _, id = text.rpartition("~")
    return Place(name, id)
