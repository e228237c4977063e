"""What can go wrong, grouped by what the caller does about it.

    OrderSyncError
    ├── ConfigurationError      a person corrects a file, a connection or a setting; nothing was sent
    ├── RetryLater              the same call may succeed later; it was certainly not executed, or it was only a read
    │   ├── LeaseTaken          another process owns the company, and this one has not begun
    │   └── LeaseLost           another process owns the company now; nothing more may be written by this one
    ├── SignInAgain             the credential is refused; a person connects the service again
    ├── RecordRefused           this one record is wrong; park it with its code and words, go on with the others
    ├── Stop                    nothing can work until something outside changes (budget, locked company, broken contract)
    └── OutcomeUnknown          a write was sent and nobody knows whether it was executed; look before sending again

Each message is one sentence or two for the person on call: which file, key, order or connection, what is wrong. `advice` says
what to do about it. Neither ever holds a secret or a person's data.
"""

from __future__ import annotations


class OrderSyncError(Exception):
    """Base of every error that this package raises on purpose.

    `advice` is what a person does about it; `code` is the service's own code where it gave one; `trace_id` is the service's own id of
    the call (QuickBooks' `intuit_tid`).
    """

    def __init__(self, message: str, *, advice: str = "", code: str = "", trace_id: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.advice = advice
        self.code = code
        self.trace_id = trace_id

    def __str__(self) -> str:
        parts = [self.message]
        if self.advice:
            parts.append(self.advice)
        if self.trace_id:
            parts.append(f"(intuit_tid {self.trace_id})")
        return " ".join(parts)


class ConfigurationError(OrderSyncError):
    """A settings file, a connection or an environment variable is missing or wrong."""


class RetryLater(OrderSyncError):
    """The call was not executed (or only read) and may succeed later; `retry_after` is seconds where the service said so."""

    def __init__(
        self, message: str, *, retry_after: float | None = None, advice: str = "", code: str = "", trace_id: str = ""
    ) -> None:
        super().__init__(message, advice=advice, code=code, trace_id=trace_id)
        self.retry_after = retry_after


class LeaseTaken(RetryLater):
    """Another process holds the lease that this one waited for."""


class LeaseLost(RetryLater):
    """The company's lease is no longer ours: another process writes to it now."""


class SignInAgain(OrderSyncError):
    """The service refuses the credential and no refresh helps; `advice` says how to connect again."""


class RecordRefused(OrderSyncError):
    """The service refuses this one record for what it says; `element` is the field at fault where the service named one."""

    def __init__(
        self, message: str, *, element: str = "", advice: str = "", code: str = "", trace_id: str = ""
    ) -> None:
        super().__init__(message, advice=advice, code=code, trace_id=trace_id)
        self.element = element


class Stop(OrderSyncError):
    """Nothing can work until something outside changes: the monthly budget, a locked company, a broken contract."""


class OutcomeUnknown(OrderSyncError):
    """A write was sent and its answer was lost, unreadable or a 5xx: it may have been executed, or may still be."""
