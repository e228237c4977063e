"""The settings of a store as a form, by the tabs that accountants know; each saving makes a version, to be compared and restored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from http import HTTPStatus
from itertools import chain
from operator import attrgetter
from pathlib import Path
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette_admin.routing import route

from order_sync.console import airflow
from order_sync.console.fields import Field, fields, groups, label_of
from order_sync.console.form import Texts, beside_fields, blank, entered, texts_of
from order_sync.console.labels import (
    ENTITIES,
    IF_LEFT_OUT,
    IN_REVIEW,
    LINE_TAX_CODE,
    LIST_NAMES,
    NO_CONDITION,
    OF_FILE,
    TAB_NAMES,
)
from order_sync.console.page import Page, above, back_with, database, form_of, link, shop
from order_sync.console.trial import named, sides
from order_sync.database.cache import entries
from order_sync.database.choices import count_choices
from order_sync.database.settings_drafts import Draft, draft, keep_draft, note_plan, trial
from order_sync.database.settings_versions import OF_FILE as FILE
from order_sync.database.settings_versions import Version, newest_version, version, versions
from order_sync.errors import ConfigurationError
from order_sync.settings import NAME_FORMATS, Store, load_store, stores_folder
from order_sync.settings.files import merged, read_files
from order_sync.settings.store import Problem
from order_sync.settings.versions import (
    Change,
    WrongSettings,
    as_text,
    changes,
    fingerprint,
    in_words,
    tabs_in,
    tabs_of_file,
    whole_file,
    with_tabs,
)
from order_sync.sync.company.company import is_united_states
from order_sync.sync.company.lists import Lists
from order_sync.sync.company.reading import home_country
from order_sync.sync.company.taxes import IN_THE_STATES
from order_sync.sync.review.settings import not_in_company, restore_settings, save_settings

PERIODS = {"7": "the last 7 days", "30": "the last 30 days", "90": "the last 90 days"}
"""Over which days settings are tried, by their number."""

MOST_ORDERS = 100
"""So many orders are shown that would be recorded otherwise."""

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

    @property
    def over(self) -> str:
        """The fingerprint of what is in force; empty where that cannot be read any more."""
        try:
            return fingerprint(with_tabs(self.store, self.tabs) if self.newest else self.store)
        except ConfigurationError:
            return ""

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
        form = await form_of(request)
        return await run_in_threadpool(self._save, request, form)

    @route("/try", methods=["POST"], name="try_settings")
    async def try_out(self, request: Request) -> Response:
        """What was entered is planned, to show what it would record otherwise."""
        form = await form_of(request)
        return await run_in_threadpool(self._try, request, form)

    @route("/versions", name="settings_versions")
    async def versions(self, request: Request) -> Response:
        """All versions, and what two of them have otherwise."""
        return await run_in_threadpool(self._versions, request)

    @route("/restore", methods=["POST"], name="restore_settings")
    async def restore(self, request: Request) -> Response:
        """An older version becomes the newest."""
        form = {name: str(value) for name, value in (await form_of(request)).items()}
        return await run_in_threadpool(self._restore, request, form)

    @route("/download", name="download_settings")
    async def download(self, request: Request) -> Response:
        """A version as a file that can stand in the place of the store's."""
        return await run_in_threadpool(self._download, request)

    def _index(self, request: Request) -> Response:
        try:
            known = _known(request.path_params["store"])
        except ConfigurationError:  # the frame says what is wrong with the file
            return self._of_wrong_file(request)
        if known.newest:
            try:
                with_tabs(known.store, _tabs(known.newest))
            except ConfigurationError as error:
                return self.show(request, "settings_wrong.html", wrong=error.message, number=known.number)
        if asked := request.query_params.get("draft"):
            try:
                tried = draft(database(), known.store.name, _number(asked))
            except LookupError as error:
                return self._form(request, known, texts_of(known.tabs), told=str(error))
            tabs = tabs_in(tried.content, "The draft")
            return self._form(request, known, texts_of(tabs), tried=tried)
        return self._form(request, known, texts_of(known.tabs))

    def _of_wrong_file(self, request: Request) -> Response:
        """What to do about a file that stops the store, with the newest version, which would count but for it."""
        name = request.path_params["store"]
        newest = None
        with suppress(ConfigurationError):
            newest = next(iter(versions(database(), name)), None)
            if merged(read_files(_path(name))).get("settings") == "file":
                newest = None
        return self.show(request, "settings_wrong.html", wrong="", newest=newest)

    def _form(
        self,
        request: Request,
        known: Settings,
        texts: Texts,
        problems: Sequence[Problem] = (),
        told: str = "",
        note: str = "",
        tab: str = "",
        status: int = HTTPStatus.OK,
        tried: Draft | None = None,
    ) -> Response:
        here, wrong = shop(known.store.name), beside_fields(problems, texts)
        was = texts_of(known.tabs)
        names = _names(known.store, here.realm_id)
        wrong_fields = {key for key in fields() if any(place == key or place.startswith(f"{key}.") for place in wrong)}
        wrong_of = Counter(place.partition(".")[0] for place in wrong)
        at_first = next((tab for tab in TAB_NAMES if tab in wrong_of), None)
        chosen = at_first or tab or request.query_params.get("tab")
        return self.show(
            request,
            "settings.html",
            status=status,
            shop=here,
            known=known,
            base=(tried.base, tried.over) if tried else (known.number, known.over),
            tab_names=TAB_NAMES,
            chosen=chosen if chosen in TAB_NAMES else next(iter(TAB_NAMES)),
            groups=groups,
            texts=texts,
            was=was,
            blank=blank,
            no_condition=NO_CONDITION,
            wrong=wrong,
            wrong_of=wrong_of,
            kept=wrong_fields | {key for key in fields() if texts[key] != was[key]},
            in_review=_in_review(known.store.name),
            told=told,
            note=note,
            named=partial(_named, names),
            has_lists=any(names.values()),
            list_names=LIST_NAMES,
            long_lists={
                "-".join(lists): all
                for lists in set(ENTITIES.values())
                if len(all := [name for one in lists for name in names[one]]) > MOST_CHOICES
            },
            most_choices=MOST_CHOICES,
            name_formats=NAME_FORMATS,
            may_edit=request.state.visitor.may_edit and known.store.settings == "console",
            periods=PERIODS,
            days_chosen=request.query_params.get("days"),
            tried=tried,
            state=airflow.state_of_plan(here.name, _run_id(tried)) if tried and tried.run_key else None,
            trial=trial(database(), tried.run_key, MOST_ORDERS) if tried and tried.run_key else None,
            plan_page=lambda key: above(request) + airflow.plan_page(here.name, key),
            sides=partial(sides, named=partial(named, database(), here.realm_id)),
            of_file={label: _said(name, attrgetter(name)(known.store)) for name, label in OF_FILE.items()},
        )

    def _checked(
        self, request: Request, known: Settings, form: Any
    ) -> tuple[dict[str, Any], Callable[..., Response], Response | None]:
        """What was entered, the form with it as a function of what is told, and the form itself where something is wrong."""
        tabs, texts, wrong = entered(known.tabs, form)
        again: Callable[..., Response] = partial(
            self._form, request, known, texts, note=str(form.get("note", "")), tab=str(form.get("tab", ""))
        )
        try:
            becomes = with_tabs(known.store, tabs)
        except WrongSettings as error:
            wrong += [one for one in error.problems if one.place not in {other.place for other in wrong}]
        else:
            realm_id = shop(known.store.name).realm_id
            wrong += [Problem((), line) for line in not_in_company(database(), realm_id, becomes)]
        if not wrong:
            return tabs, again, None
        told = f"{len(wrong)} {'setting is' if len(wrong) == 1 else 'settings are'} wrong; nothing was saved."
        return tabs, again, again(problems=wrong, told=told, status=HTTPStatus.UNPROCESSABLE_ENTITY)

    def _save(self, request: Request, form: Any) -> Response:
        name, who = request.path_params["store"], request.state.visitor.user.get_name()
        try:
            known = _known(name)
        except ConfigurationError as error:
            return back_with(request, f"/{name}/settings", str(error), "error")
        tabs, again, refused = self._checked(request, known, form)
        if refused:
            return refused
        base, over = _base(form)
        try:
            saved = save_settings(
                database(),
                known.store,
                tabs,
                base=base,
                over=over,
                who=who,
                note=str(form.get("note", "")).strip()[:500],
            )
        except (LookupError, ConfigurationError) as error:
            return again(told=str(error), status=HTTPStatus.CONFLICT)
        number = len(saved.changed)
        told = f"Version {saved.number} is in force: {number} {'change' if number == 1 else 'changes'}. The next run works with it."
        return back_with(request, f"/{name}/settings", told, tab=str(form.get("tab", "")))

    def _try(self, request: Request, form: Any) -> Response:
        name, user, back = request.path_params["store"], request.state.visitor.user, "/{}/settings"
        try:
            known = _known(name)
        except ConfigurationError as error:
            return back_with(request, back.format(name), str(error), "error")
        tabs, again, refused = self._checked(request, known, form)
        if refused:
            return refused
        if not airflow.may_plan(user, name):
            told = f"To try settings you need to be allowed to start the Dag {airflow.plan_dag_of(name)} in Airflow."
            return again(told=told, status=HTTPStatus.FORBIDDEN)
        asked = str(form.get("days", ""))
        last = datetime.now(known.store.zone).date()
        first = max(
            last - timedelta(int(asked) if asked in PERIODS else int(next(iter(PERIODS)))), known.store.start_date
        )
        base, over = _base(form)
        number = keep_draft(database(), name, as_text(tabs), first, max(first, last), base=base, over=over)
        try:
            run_id = airflow.start_plan(user, name, str(first), str(max(first, last)), f"draft {number}")
        except ConfigurationError as error:
            return again(told=str(error), status=HTTPStatus.CONFLICT)
        note_plan(database(), number, f"{name}/{run_id}")
        return RedirectResponse(
            link(request, back.format(name), draft=number, tab=str(form.get("tab", "")), days=asked),
            HTTPStatus.SEE_OTHER,
        )

    def _versions(self, request: Request) -> Response:
        name, asked = request.path_params["store"], request.query_params
        here = shop(name)
        try:
            known = _known(name)
        except ConfigurationError:
            return self._of_wrong_file(request)
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
            label_of=label_of,
            may_edit=request.state.visitor.may_edit and known.store.settings == "console",
        )

    def _restore(self, request: Request, form: dict[str, str]) -> Response:
        name, who = request.path_params["store"], request.state.visitor.user.get_name()
        number, base = _number(form.get("version", "")), _number(form.get("base", ""))
        back = f"/{name}/settings/versions"
        if min(number, base) < 0:
            raise HTTPException(HTTPStatus.BAD_REQUEST, "Name the version that is to be restored.")
        try:
            known = _known(name)
            saved = restore_settings(database(), known.store, known.of_file, number, base=base, who=who)
        except (LookupError, ConfigurationError) as error:
            return back_with(request, back, str(error), "warning")
        return back_with(request, back, f"Version {number} is in force again, as version {saved.number}.")

    def _download(self, request: Request) -> Response:
        name, number = request.path_params["store"], request.query_params.get("version", "0")
        path = _path(name)
        try:
            tabs = tabs_of_file(path) if number == str(FILE) else _tabs(version(database(), name, _number(number)))
            text = whole_file(path, tabs)
        except (LookupError, ConfigurationError) as error:
            raise HTTPException(HTTPStatus.NOT_FOUND, str(error)) from None
        headers = {"Content-Disposition": f'attachment; filename="{name}-version-{int(number)}.yaml"'}
        return Response(text, media_type="application/yaml", headers=headers)


def _path(name: str) -> Path:
    return stores_folder() / f"{name}.yaml"


def _number(text: str) -> int:
    """The number of a version; one that none has where the text is no number."""
    return int(text) if text.isdecimal() and len(text) < 19 else -1


def _base(form: Any) -> tuple[int, str]:
    """Over which settings a form was filled in: their version's number, and their fingerprint."""
    return _number(str(form.get("base", ""))), str(form.get("over", ""))[:64]


def _known(name: str) -> Settings:
    """A store's settings; ConfigurationError where its file is wrong."""
    path = _path(name)
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
    names = {entity: lists.names(entity) if realm_id else [] for entity in {*chain(*ENTITIES.values())}}
    at_home = realm_id and is_united_states(home_country(database(), realm_id))
    return {**names, LINE_TAX_CODE: list(IN_THE_STATES) if at_home else names["TaxCode"]}


def _named(names: Mapping[str, list[str]], field: Field) -> dict[str, list[str]]:
    """The names that may stand in a field, by list, without those lists that are empty."""
    return {entity: names[entity] for entity in field.entities if names[entity]}


def _in_review(store: str) -> dict[str, str]:
    """What was decided in Review and goes before a setting, by the setting's field."""
    counted = zip(IN_REVIEW.items(), count_choices(database(), store), strict=True)
    return {key: (one if number == 1 else more).format(number) for (key, (one, more)), number in counted if number}


def _run_id(tried: Draft) -> str:
    return (tried.run_key or "").partition("/")[2]


def _said(name: str, value: Any) -> str:
    return IF_LEFT_OUT[name] if value is None and name in IF_LEFT_OUT else in_words(value)
