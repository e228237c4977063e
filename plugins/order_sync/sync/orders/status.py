"""The statuses of an order, and which of them each step may leave.

    read ───┬─▶ extracted ──match──▶ matched ──post──▶ posted | posted with warnings
            ├─▶ waiting                 └───────▶ held | failed | unsettled
            └─▶ held | failed | skipped

    Read again, whatever is unfinished or skipped starts anew. What has its document never does: the next run that sees it looks only
    for changes, payments and refunds, which may hold or fail it (`hold`, `fail`, `unsettle`), and posts it again once that is over
    (`mend`). Only where the document was taken out of the books, because its money is gone, the order waits anew (`await`). What
    became of something that was sent is noted wherever the order stands by then: it is a fact.

    A run that records a plan leaves out what is otherwise than in it (`leave`): it waits, and the next run reads it anew.

    A person ends an order (`skip`): it is skipped, or posted with warnings, with the code BY_PERSON, and no step leaves that. What is left
    out, by the settings or by a person, a person lets wait for the next run all the same (`overrule`), and takes that back (`restore`).

In the database (`orders.status`, with `code`, `message` and `advice` beside it) held, failed and unsettled always say why, with code
and advice; waiting and skipped with a code.
"""

from __future__ import annotations

from enum import Enum, StrEnum

from order_sync.sync.orders.codes import Code


class Status(StrEnum):
    """Where an order stands."""

    EXTRACTED = "extracted"
    MATCHED = "matched"
    WAITING = "waiting"
    """For its payment, or for a status that is recorded."""
    HELD = "held"
    """For a person."""
    FAILED = "failed"
    """A service refused it, or something of it."""
    UNSETTLED = "unsettled"
    """It was sent, and nobody knows yet whether it was recorded."""
    SKIPPED = "skipped"
    POSTED = "posted"
    POSTED_WITH_WARNINGS = "posted with warnings"


ON_ITS_WAY = (Status.EXTRACTED, Status.MATCHED, Status.WAITING)

IN_TROUBLE = (Status.HELD, Status.FAILED, Status.UNSETTLED)

UNFINISHED = (*ON_ITS_WAY, *IN_TROUBLE)
"""No document or person has ended them: they join later runs."""

RECORDED = (Status.POSTED, Status.POSTED_WITH_WARNINGS)

MAY_HAVE_DOCUMENT = (*RECORDED, *IN_TROUBLE)


def recorded_as(*, warned: bool) -> Status:
    """What an order is that has its document: `posted`, or `posted with warnings` where something of it is worth a look.

    That is: its history has a warning of this run (of its address, its new customer, its items), its customer was decided with a code
    (the guard doubts it), its document was made with a remark, or the order has changed since and its document does not follow.
    `steps/post_orders` gathers that.
    """
    return Status.POSTED_WITH_WARNINGS if warned else Status.POSTED


class Move(Enum):
    """What is done with an order: the statuses that it leaves, and what it may make of them."""

    READ = (
        (*UNFINISHED, Status.SKIPPED),
        (Status.EXTRACTED, Status.MATCHED, Status.WAITING, *IN_TROUBLE, Status.SKIPPED, *RECORDED),
    )
    READ_RECORDED = (RECORDED, (*RECORDED, Status.FAILED))
    MATCH = ((Status.EXTRACTED, Status.MATCHED), (Status.MATCHED, Status.HELD))
    LEAVE = ((Status.MATCHED,), (Status.WAITING,))
    ASSIGN = ((Status.MATCHED,), (Status.MATCHED,))
    HOLD = ((Status.MATCHED, *MAY_HAVE_DOCUMENT), (Status.HELD,))
    FAIL = (tuple(Status), (Status.FAILED,))
    UNSETTLE = (tuple(Status), (Status.UNSETTLED,))
    POST = (tuple(Status), RECORDED)
    FOLLOW = (RECORDED, RECORDED)
    WARN = ((Status.POSTED,), (Status.POSTED_WITH_WARNINGS,))
    AWAIT = (MAY_HAVE_DOCUMENT, (Status.WAITING,))
    FLAG = (MAY_HAVE_DOCUMENT, (Status.POSTED_WITH_WARNINGS,))
    MEND = (IN_TROUBLE, RECORDED)
    SKIP = (
        (*ON_ITS_WAY, Status.HELD, Status.FAILED, Status.SKIPPED),
        (Status.SKIPPED, Status.POSTED_WITH_WARNINGS),
    )
    OVERRULE = ((Status.WAITING, Status.SKIPPED), (Status.WAITING,))
    RESTORE = ((*ON_ITS_WAY, Status.HELD, Status.FAILED, Status.SKIPPED), (Status.WAITING, Status.SKIPPED))

    def __init__(self, leaves: tuple[Status, ...], becomes: tuple[Status, ...]) -> None:
        self.leaves = leaves
        self.becomes = becomes


def may(move: Move, status: str, code: str | None) -> bool:
    """Whether an order of this status and code may be moved so."""
    return code != Code.BY_PERSON and status in move.leaves
