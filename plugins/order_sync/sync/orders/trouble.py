"""Why an order cannot go on, or is worth a look."""

from __future__ import annotations

from dataclasses import dataclass

from order_sync.errors import OrderSyncError, RecordRefused
from order_sync.quickbooks.reading import Unreadable
from order_sync.sync.orders.codes import Code
from order_sync.sync.orders.write import Write


@dataclass(frozen=True, slots=True)
class Trouble:
    """Code, words and advice, none of them empty: nobody shall stand before an order without knowing what to do."""

    code: str
    message: str
    advice: str
    trace_id: str | None = None
    """The service's own id of the call."""

    def __post_init__(self) -> None:
        if not (self.code and self.message and self.advice):
            raise ValueError(f"a trouble needs a code, words and advice: {self}")


def trouble(code: Code, message: str) -> Trouble:
    """A trouble of ours, with the code's own advice."""
    return Trouble(code, message, code.advice)


def trouble_of(error: OrderSyncError, message: str = "", *, otherwise: Code = Code.REFUSED) -> Trouble:
    """What an error says; `message` where the caller has more to say, `otherwise` where the service gave no code or no advice."""
    code = error.code or (Code.ANSWER_UNREADABLE if isinstance(error, Unreadable) else otherwise)
    known = Code.__members__.get(code, otherwise)
    return Trouble(code, message or error.message or known.means, error.advice or known.advice, error.trace_id or None)


def trouble_noted(write: Write) -> Trouble:
    """What the ledger says about a write that is not as it was sent."""
    noted = RecordRefused(write.message or "", advice=write.advice or "", code=write.code or "")
    return trouble_of(noted, otherwise=Code.RECORDED_OTHERWISE)
