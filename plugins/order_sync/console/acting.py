"""What a person does with orders, one or many at once: recorded now, skipped, posted anyway, left out again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus

from starlette.exceptions import HTTPException
from starlette.requests import Request

from order_sync.console.gate import Visitor
from order_sync.console.page import database, shop
from order_sync.console.starting import start
from order_sync.errors import ConfigurationError
from order_sync.sync.review.actions import Done, ended_by_person, leave_out_again, post_anyway, refusals, skip_orders


def act(
    request: Request, what: str, order_ids: Sequence[str], why: str = "", recorded: Mapping[str, str] | None = None
) -> tuple[str, str]:
    """Does it, in the visitor's name, and gives what they are told, with its kind (`success`, `warning`, `error`).

    `recorded` are the ids of the documents that stood on these orders on the page, by order id.
    """
    store, visitor = request.path_params["store"], request.state.visitor
    who = visitor.user.get_name()
    match what:
        case "record":
            return _record(visitor, store, order_ids)
        case "skip" if why:
            return _told(skip_orders(database(), store, order_ids, why, who, recorded or {}))
        case "skip":
            return "Say why: the reason stands in the order's history.", "warning"
        case "anyway":
            return _post_anyway(store, order_ids, who)
        case "leave out":
            return _told(leave_out_again(database(), store, order_ids, who))
    raise HTTPException(HTTPStatus.BAD_REQUEST, f"Nothing can be done with orders by {what!r}.")


def _record(visitor: Visitor, store: str, order_ids: Sequence[str]) -> tuple[str, str]:
    ended = ended_by_person(database(), store, order_ids)
    others = [order_id for order_id in order_ids if order_id not in ended]
    told, kind = start(visitor, store, others) if others else ("No run was started.", "warning")
    return f"{told} {refusals(ended)}".rstrip(), "warning" if ended and kind == "success" else kind


def _post_anyway(store: str, order_ids: Sequence[str], who: str) -> tuple[str, str]:
    settings = shop(store).settings
    if settings is None:
        return "The settings of this store are wrong: correct them first.", "error"
    try:
        return _told(post_anyway(database(), settings, order_ids, who))
    except ConfigurationError as error:
        return str(error), "error"


def _told(done: Done) -> tuple[str, str]:
    return done.words, "warning" if done.refused else "success"
