"""The settings of a store as a form, by the tabs that accountants know; each saving makes a version, to be compared and restored."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from http import HTTPStatus
from operator import attrgetter
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette_admin.routing import route

from order_sync.console.form import Texts, beside_fields, entered, fields, groups, texts_of
from order_sync.console.labels import ENTITIES, LABELS, OF_FILE, TAB_NAMES
from order_sync.console.page import Page, back_with, database, shop
from order_sync.database.cache import entries
from order_sync.database.settings_versions import OF_FILE as FILE
from order_sync.database.settings_versions import Version, newest_version, version, versions
from order_sync.errors import ConfigurationError
from order_sync.settings import NAME_FORMATS, Store, load_store, stores_folder
from order_sync.settings.store import Problem
from order_sync.settings.versions import (
    Change,
    WrongSettings,
    changes,
    in_words,
    tabs_in,
    tabs_of_file,
    whole_file,
    with_tabs,
)
from order_sync.sync.company.lists import Lists
from order_sync.sync.review.settings import not_in_company, restore_settings, save_settings

MOST_CHOICES = 200
"""A list of so many names is a drop-down; a longer one is searched while somebody types."""


@dataclass(frozen=True, slots=True)
class Settings:
    """A store's settings as the pages have them: the store as its file says it, and what is in force."""

    store: Store
    of_file: Mapping[str, Any]
    tabs: Mapping[str, Any]
    newest: Version | None

    @property
    def number(self) -> int:
        return self.newest.number if self.newest else FILE

    def of(self, name: str, number: int) -> Mapping[str, Any]:
        """The tabs of a version; LookupError where there is none."""
        return self.of_file if number == FILE else _tabs(version(database(), name, number))


class SettingsPage(Page):
    path = "/{store}/settings"
    route_name = "settings"
    tab = "settings"

    @route("")
    async def index(self, request: Request) -> Response:
        """The settings in force."""
        return await run_in_threadpool(self._index, request)

    @route("/save", methods=["POST"], name="save_settings")
    async def save(self, request: Request) -> Response:
        """What was entered becomes the newest version."""
        form = await request.form()
        return await run_in_threadpool(self._save, request, form)

    @route("/versions", name="settings_versions")
    async def versions(self, request: Request) -> Response:
        """All versions, and what two of them have otherwise."""
        return await run_in_threadpool(self._versions, request)

    @route("/restore", methods=["POST"], name="restore_settings")
    async def restore(self, request: Request) -> Response:
        """An older version becomes the newest."""
        form = {name: str(value) for name, value in (await request.form()).items()}
        return await run_in_threadpool(self._restore, request, form)

    @route("/download", name="download_settings")
    async def download(self, request: Request) -> Response:
        """A version as a file that can stand in the place of the store's."""
        return await run_in_threadpool(self._download, request)

    def _index(self, request: Request) -> Response:
        try:
            known = _known(request.path_params["store"])
        except ConfigurationError:  # the frame says what is wrong with the file
            return self.show(request, "settings_wrong.html", wrong="")
        if known.newest:
            try:
                with_tabs(known.store, _tabs(known.newest))
            except ConfigurationError as error:
                return self.show(request, "settings_wrong.html", wrong=error.message, number=known.number)
        return self._form(request, known, texts_of(known.tabs))

    def _form(
        self,
        request: Request,
        known: Settings,
        texts: Texts,
        problems: Sequence[Problem] = (),
        told: str = "",
        note: str = "",
        status: int = HTTPStatus.OK,
    ) -> Response:
        here, wrong = shop(known.store.name), beside_fields(problems)
        was = texts_of(known.tabs)
        at_first = next((fields()[key].tab for key in fields() if key in wrong), None)
        chosen = at_first or request.query_params.get("tab")
        return self.show(
            request,
            "settings.html",
            status=status,
            shop=here,
            known=known,
            tab_names=TAB_NAMES,
            chosen=chosen if chosen in TAB_NAMES else next(iter(TAB_NAMES)),
            groups=groups,
            texts=texts,
            was=was,
            wrong=wrong,
            wrong_of={tab: sum(key.startswith(f"{tab}.") for key in wrong) for tab in TAB_NAMES},
            told=told,
            note=note,
            names=_names(known.store, here.realm_id),
            most_choices=MOST_CHOICES,
            name_formats=NAME_FORMATS,
            may_edit=request.state.visitor.may_edit and known.store.settings == "console",
            of_file={label: in_words(attrgetter(name)(known.store)) for name, label in OF_FILE.items()},
        )

    def _save(self, request: Request, form: Any) -> Response:
        name, who = request.path_params["store"], request.state.visitor.user.get_name()
        try:
            known = _known(name)
        except ConfigurationError as error:
            return back_with(request, f"/{name}/settings", str(error), "error")
        tabs, texts, wrong = entered(known.tabs, form)
        again = partial(self._form, request, known, texts, note=str(form.get("note", "")))
        try:
            becomes = with_tabs(known.store, tabs)
        except WrongSettings as error:
            wrong += [one for one in error.problems if one.place not in {other.place for other in wrong}]
        else:
            realm_id = shop(name).realm_id
            wrong += [Problem((), line) for line in not_in_company(database(), realm_id, becomes)]
        if wrong:
            number = len(wrong)
            told = f"{number} {'setting is' if number == 1 else 'settings are'} wrong; nothing was saved."
            return again(problems=wrong, told=told, status=HTTPStatus.UNPROCESSABLE_ENTITY)
        base = str(form.get("base", ""))
        try:
            saved = save_settings(
                database(),
                known.store,
                tabs,
                base=int(base) if base.isdecimal() else -1,
                who=who,
                note=str(form.get("note", "")).strip()[:500],
            )
        except (LookupError, ConfigurationError) as error:
            return again(told=str(error), status=HTTPStatus.CONFLICT)
        number = len(saved.changed)
        told = f"Version {saved.number} is in force: {number} {'change' if number == 1 else 'changes'}. The next run works with it."
        return back_with(request, f"/{name}/settings", told, tab=str(form.get("tab", "")))

    def _versions(self, request: Request) -> Response:
        name, asked = request.path_params["store"], request.query_params
        here = shop(name)
        try:
            known = _known(name)
        except ConfigurationError:
            return self.show(request, "settings_wrong.html", shop=here, wrong="")
        saved = versions(database(), name)
        pair = [int(one) for one in (asked.get("from", ""), asked.get("to", "")) if one.isdecimal() and len(one) < 9]
        between, wrong = None, ""
        if len(pair) == 2:
            try:
                between = _between(known, *pair)
            except (LookupError, ConfigurationError) as error:
                wrong = str(error)
        return self.show(
            request,
            "settings_versions.html",
            shop=here,
            known=known,
            versions=saved,
            pair=pair if len(pair) == 2 else [max(known.number - 1, 0), known.number],
            between=between,
            wrong=wrong,
            labels=LABELS,
            may_edit=request.state.visitor.may_edit and known.store.settings == "console",
        )

    def _restore(self, request: Request, form: dict[str, str]) -> Response:
        name, who = request.path_params["store"], request.state.visitor.user.get_name()
        number, base = form.get("version", ""), form.get("base", "")
        back = f"/{name}/settings/versions"
        if not (number.isdecimal() and base.isdecimal()):
            raise HTTPException(HTTPStatus.BAD_REQUEST, "Name the version that is to be restored.")
        try:
            known = _known(name)
            saved = restore_settings(database(), known.store, known.of_file, int(number), base=int(base), who=who)
        except (LookupError, ConfigurationError) as error:
            return back_with(request, back, str(error), "warning")
        return back_with(request, back, f"Version {number} is in force again, as version {saved.number}.")

    def _download(self, request: Request) -> Response:
        name, number = request.path_params["store"], request.query_params.get("version", "0")
        try:
            known = _known(name)
            text = whole_file(known.store, known.of(name, int(number) if number.isdecimal() else -1))
        except (LookupError, ConfigurationError) as error:
            raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from None
        headers = {"Content-Disposition": f'attachment; filename="{name}-version-{int(number)}.yaml"'}
        return Response(text, media_type="application/yaml", headers=headers)


def _known(name: str) -> Settings:
    """A store's settings; ConfigurationError where its file is wrong."""
    path = stores_folder() / f"{name}.yaml"
    store, of_file = load_store(path), tabs_of_file(path)
    newest = newest_version(database(), store)
    tabs: Mapping[str, Any] = of_file
    if newest:
        with suppress(ConfigurationError):  # whoever shows the settings says that these cannot be read
            tabs = _tabs(newest)
    return Settings(store, of_file, tabs, newest)


def _tabs(one: Version) -> dict[str, Any]:
    return tabs_in(one.content, f"Version {one.number}")


def _between(known: Settings, first: int, second: int) -> list[Change]:
    """What one version has otherwise than another."""
    made = [with_tabs(known.store, known.of(known.store.name, number)) for number in (first, second)]
    return changes(*made)


def _names(store: Store, realm_id: str) -> dict[str, list[str]]:
    """The names of the company's lists, as far as they were read."""
    lists = Lists(store, partial(entries, database(), realm_id))
    return {entity: lists.names(entity) if realm_id else [] for entity in set(ENTITIES.values())}
