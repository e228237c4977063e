"""Orders that a person has recorded although the settings leave them out ("post anyway"): which may be, and why not the others.

What the settings choose to leave out could be recorded rightly, and so could what a person skipped. What would make the books wrong, or
what nobody knows yet, is overruled by nobody.
"""

from __future__ import annotations

from collections.abc import Mapping

from order_sync.settings import Store
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.eligibility import judge
from order_sync.sync.orders.row import OrderRow
from order_sync.sync.orders.snapshot import Snapshot
from order_sync.sync.orders.status import RECORDED, Move, Status

MAY_BE_OVERRULED = frozenset(
    {
        Code.STATUS,  # says how far the store is with the sale, not whether it is one
        Code.BEFORE_START,  # is where the sync takes over the books; a closed period is minded all the same
        Code.BELOW_MINIMUM,  # is too little to bother
        Code.ZERO_TOTAL,  # the same: QuickBooks takes a document over nothing, and it moves no account
        Code.UNPAID,  # by orders.only_paid: an invoice may be owed. What would be a sales receipt stays so
        Code.BY_PERSON,  # may have been an error
    }
)
"""The reasons that a person may overrule."""


def may_be_overruled(row: OrderRow) -> bool:
    """Whether an order is left out for a reason that a person may overrule, and has no document."""
    return row.code in MAY_BE_OVERRULED and row.status in Move.OVERRULE.leaves and not row.document_id


def refusal_to_overrule(row: OrderRow, snapshot: Snapshot | None, store: Store) -> str | None:
    """Why an order cannot be posted anyway, and what to do instead; None where it can. `snapshot` is None where it was never read."""
    if not may_be_overruled(row):
        return _why_not(row)
    verdict = judge(snapshot, store, anyway=True) if snapshot else None
    if verdict and verdict.status in (Status.SKIPPED, Status.WAITING):  # which no run would record either
        return f"{verdict.message} {_instead(verdict.code or '', verdict.advice)}"
    return None


def _why_not(row: OrderRow) -> str:
    if row.status in RECORDED or row.document_id:
        return "It is recorded already, and nothing is recorded twice."
    if row.status in (Status.EXTRACTED, Status.MATCHED):
        return "Nothing leaves it out: the next run records it."
    if row.status is Status.FAILED:
        return f"Nothing leaves it out, it failed: {row.message} {row.advice}"
    return f"{row.message} {_instead(row.code or '', row.advice)}"


def _instead(code: str, advice: str | None) -> str:
    """Why a reason is overruled by nobody, and what to do about it."""
    known = Code.__members__.get(code)
    if known and known in _INSTEAD:
        return _INSTEAD[known]
    return f"Recorded so, it would make the books wrong. {advice or (known.advice if known else '')}".rstrip()


_WHOSE = "It is not known whose order it is: say it in Review."
_WHICH_ITEM = "It is not known which item its product is: say it in Review."
_INSTEAD: Mapping[Code, str] = {
    Code.FROM_QUICKBOOKS: "It is in the books already, and would be there twice.",
    Code.GONE: "Nothing of it is left to record. If it was sold all the same, enter it in QuickBooks by hand.",
    Code.UNPAID: "A sales receipt says that the money came. Wait for the rest; or, if the customer is to owe it, have such orders recorded "
    "as invoices (revenue.post_as, revenue.rules).",
    Code.WRITTEN_OFF: "A sales receipt shows what was paid, and nothing was. To have such orders in the books, have them recorded as "
    "invoices (revenue.post_as, revenue.rules).",
    Code.UNSETTLED: "Wait: nothing is sent before it is known whether it is there.",
    Code.ANYWAY: "The next run records it, or at once Record now.",
    Code.PLAN_DIFFERS: "The next run that is not of a plan records it as it is now, or at once Record now.",
    Code.NO_ITEMS: "It is not known what was sold. Add its items in Infusionsoft, or set orders.without_items to standard item.",
    Code.PAYMENT_KIND: "It is not known whether that is money: say it in Review.",
    **dict.fromkeys((Code.AMBIGUOUS, Code.CONTRADICTED, Code.INACTIVE, Code.NOT_FOUND, Code.NO_DETAILS), _WHOSE),
    **dict.fromkeys((Code.ITEM_UNKNOWN, Code.ITEM_AMBIGUOUS, Code.ITEM_INACTIVE, Code.ITEM_REFUSED), _WHICH_ITEM),
}
