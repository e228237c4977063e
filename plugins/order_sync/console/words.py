"""How amounts, moments, statuses and reasons read on the pages."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta, tzinfo
from decimal import Decimal

from markupsafe import Markup, escape

from order_sync.database.order_lists import MOST_COUNTED
from order_sync.money import from_minor, is_whole, rounded
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.kinds import Entity
from order_sync.sync.orders.status import Status
from order_sync.sync.orders.write import Write

LOOKS = {
    Status.EXTRACTED: ("Read", "waiting"),
    Status.MATCHED: ("Customer found", "waiting"),
    Status.WAITING: ("Waiting", "waiting"),
    Status.HELD: ("Held", "held"),
    Status.FAILED: ("Failed", "failed"),
    Status.UNSETTLED: ("Unsettled", "failed"),
    Status.SKIPPED: ("Skipped", "skipped"),
    Status.POSTED: ("Posted", "posted"),
    Status.POSTED_WITH_WARNINGS: ("Posted with warnings", "warn"),
}
"""Of each status the word, and the class that gives its dot a colour."""

SHORT = {
    Code.AMBIGUOUS: "Several customers to choose from",
    Code.CONTRADICTED: "It may be another person",
    Code.INACTIVE: "Only an inactive customer",
    Code.NOT_FOUND: "No customer was found",
    Code.NO_DETAILS: "The contact says nothing of who it is",
    Code.PAYMENT_KIND: "Unknown kind of payment",
    Code.ITEM_UNKNOWN: "Product without an item",
    Code.ITEM_AMBIGUOUS: "Several items to choose from",
    Code.ITEM_INACTIVE: "Only an inactive item",
    Code.TOTAL_DIFFERS: "The lines do not make the total",
    Code.OVERPAID: "Paid too much",
    Code.PERIOD_CLOSED: "The books are closed for its day",
    Code.UNPAID: "Not paid in full",
    Code.STATUS: "Not in a status that is recorded",
    Code.BEFORE_START: "Before the first day",
    Code.ZERO_TOTAL: "Total of zero",
    Code.BELOW_MINIMUM: "Below the minimum",
    Code.FROM_QUICKBOOKS: "Came from QuickBooks",
    Code.WRITTEN_OFF: "Written off",
    Code.AS_INVOICE: "An invoice instead of a sales receipt",
    Code.SEVERAL_ACCOUNTS: "Money of several accounts",
    Code.PAYMENTS_DISAGREE: "Its payments disagree",
    Code.REFUND_DISAGREES: "Its refunds disagree",
    Code.TAX_UNKNOWN: "A tax without a place",
    Code.EMAIL_LEFT_OUT: "The e-mail address was left out",
    Code.PLAN_DIFFERS: "Otherwise than in the plan",
    Code.BY_PERSON: "Ended by a person",
    Code.ANYWAY: "To be posted anyway",
}
"""Of the commonest codes what a list has room for; of all others the meaning stands there."""

SHORT_OF_QUICKBOOKS = {
    **dict.fromkeys(("610", "2500"), "Something that it refers to is gone or inactive"),
    "620": "A payment that cannot be applied",
    "2020": "A field is missing",
    **dict.fromkeys(("2040", "2050"), "A text that QuickBooks does not take"),
    "2210": "The e-mail address is none",
    "2290": "A line below zero",
    "5010": "Changed in QuickBooks at the same time",
    "6000": "A rule of the company",
    "6070": "Quantity, price and amount disagree",
    **dict.fromkeys(("6100", "6160", "6170", "6230"), "Sales tax"),
    "6140": "The number is taken",
    **dict.fromkeys(("6200", "6210"), SHORT[Code.PERIOD_CLOSED]),
    "6240": "The name is taken",
    "6430": "An account of a type that cannot be",
}
"""The same of QuickBooks' own codes that orders meet most often."""

LEVELS = {"info": "posted", "warning": "warn", "error": "failed"}


def amount(minor: int | None, currency: str | None) -> str:
    """`1,250.00 USD` of an amount in the smallest unit; a dash for none."""
    return "–" if minor is None or not currency else f"{from_minor(minor, currency):,f} {currency}"


def figure(value: Decimal | str | None, currency: str = "") -> str:
    """`1,250.00` of an amount as it is; with the decimal places of its currency where that is named."""
    if value is None:
        return ""
    amount = Decimal(value)
    return f"{rounded(amount, currency) if currency and is_whole(amount, currency) else amount:,f}"


def sums(by_currency: Mapping[str, int]) -> str:
    """`767.23 USD, 25.00 EUR`."""
    return ", ".join(amount(minor, currency) for currency, minor in sorted(by_currency.items()))


def day(at: datetime | None, zone: tzinfo) -> str:
    """`16 Nov 2026`, in a time zone."""
    return "–" if at is None else f"{at.astimezone(zone):%-d %b %Y}"


def days(since: datetime | None, until: datetime | None, zone: tzinfo) -> str:
    """`16 Nov 2026`, or `1 Nov 2026 to 30 Nov 2026`: the days of an interval, whose end belongs to none of them, in a time zone.

    One of a day at most is called by the day on which it begins, also where that is at five in the morning.
    """
    if since is None or until is None:
        return day(since, zone)
    begins, ends = (at.astimezone(zone) for at in (since, until))
    if ends.replace(tzinfo=None) - begins.replace(tzinfo=None) <= timedelta(1):
        return day(begins, zone)
    return f"{day(begins, zone)} to {day(ends - timedelta(microseconds=1), zone)}"


def moment(at: datetime | None, zone: tzinfo) -> str:
    """`17 Nov 2026 05:02:11`, in a time zone."""
    return "–" if at is None else f"{at.astimezone(zone):%-d %b %Y %H:%M:%S}"


def duration(since: datetime, until: datetime | None) -> str:
    """`53 s`, `2 min 5 s`; up to now where there is no end yet."""
    seconds = int(((until or datetime.now(UTC)) - since).total_seconds())
    minutes, rest = divmod(seconds, 60)
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"


def number(counted: int, most: int = MOST_COUNTED) -> str:
    """`1,234`; beyond what is counted, `more than 100,000`."""
    return f"more than {most:,}" if counted > most else f"{counted:,}"


def status_word(status: Status) -> str:
    """What a status is called."""
    return LOOKS[Status(status)][0]


def status_look(status: Status) -> str:
    """The class of a status."""
    return LOOKS[Status(status)][1]


def reason(code: str | None) -> str:
    """What a code means, in few words: ours as the table of codes says, a service's own that few orders meet by its number."""
    if not code:
        return ""
    known = Code.__members__.get(code)
    if known in SHORT:
        return SHORT[known]
    refused = SHORT_OF_QUICKBOOKS.get(code) or f"The service refused it (code {code})"
    return known.means.rstrip(".") if known else refused


def document(entity: str | None) -> str:
    """`Sales receipt`, of an entity of QuickBooks."""
    if entity is None:
        return ""
    return Entity(entity).words.capitalize() if entity in set(Entity) else entity


def record(write: Write) -> str:
    """`Sales receipt IS-1001`, of what a write made; by its id where it has no number."""
    number = json.loads(write.payload).get("DocNumber") or write.quickbooks_id
    return f"{document(write.entity)} {number}" if number else document(write.entity)


def on(day: date | str | None) -> str:
    """`16 Nov 2026`, of a calendar day."""
    day = date.fromisoformat(day) if isinstance(day, str) else day
    return "–" if day is None else f"{day:%-d %b %Y}"


def spaced(name: str) -> str:
    """`Sales of product income`, of a name as QuickBooks' data has it (`SalesOfProductIncome`)."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).capitalize()


def breakable(text: str | None) -> Markup:
    """A text that a line may break before its `@`, rather than anywhere."""
    return escape(text or "").replace("@", Markup("<wbr>@"))


FILTERS = {
    "breakable": breakable,
    "record": record,
    "on": on,
    "amount": amount,
    "figure": figure,
    "sums": sums,
    "day": day,
    "days": days,
    "moment": moment,
    "number": number,
    "status_word": status_word,
    "status_look": status_look,
    "reason": reason,
    "document": document,
    "duration": duration,
    "level": LEVELS.__getitem__,
}
