"""Inactive customers made active again ("Update inactive customers and make them active when posting orders")."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from order_sync.errors import OutcomeUnknown, RetryLater
from order_sync.keys import former_name
from order_sync.quickbooks.faults import DuplicateName, StaleObject

if TYPE_CHECKING:
    from order_sync.quickbooks.client import QuickBooks


def reactivate(quickbooks: QuickBooks, customer: Mapping[str, Any], distinct: Callable[[str], str]) -> dict[str, Any]:
    """The customer, active again under its former name, or under `distinct` of it where the name has gone to somebody else.

    `customer` is it as last known; one that somebody else made active meanwhile is given as it is. Raises RecordRefused where
    QuickBooks refuses it, and OutcomeUnknown where the answer was lost and the customer is still inactive: trying again is harmless.
    """
    try:
        return _make_active(quickbooks, customer, former_name)
    except DuplicateName:
        return _make_active(quickbooks, customer, lambda current: distinct(former_name(current)))


def _make_active(
    quickbooks: QuickBooks, customer: Mapping[str, Any], name: Callable[[Mapping[str, Any]], str]
) -> dict[str, Any]:
    if customer.get("Active", True):
        return dict(customer)
    try:
        return _send(quickbooks, customer, name(customer))
    except StaleObject:
        # Somebody changed the customer since it was cached; perhaps it is active already.
        current = quickbooks.read("Customer", str(customer["Id"]))
        return current if current.get("Active", True) else _send(quickbooks, current, name(current))
    except OutcomeUnknown:
        with suppress(RetryLater):
            current = quickbooks.read("Customer", str(customer["Id"]))
            if current.get("Active", True):
                return current
        raise


def _send(quickbooks: QuickBooks, customer: Mapping[str, Any], name: str) -> dict[str, Any]:
    return quickbooks.change("Customer", customer, {"Active": True, "DisplayName": name})
