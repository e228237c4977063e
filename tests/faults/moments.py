"""The moments at which a process may die, each as the function after which it does, in the module that calls it.

One table, because a test names these functions by text: what is moved or renamed in the code is corrected here and nowhere else.
"""

from __future__ import annotations

_SYNC = "order_sync.sync"

PLANNED = f"{_SYNC}.recording.sending.plan_writes"
"""The intents are committed, nothing is sent."""
CUSTOMERS_PLANNED = f"{_SYNC}.recording.customers.plan_writes"
COURIER_OPENED = f"{_SYNC}.recording.sending.open_courier"
CLAIMED = f"{_SYNC}.outbox.single.claim_write"
"""`sent_at` is committed, the request has not left."""
BATCH_CLAIMED = f"{_SYNC}.outbox.batch.claim_writes"
SETTLED = f"{_SYNC}.outbox.settling.settle_write"
"""The ledger knows how it ended, the order does not."""
CUSTOMERS_CACHED = f"{_SYNC}.recording.customers.save_customers"
CUSTOMERS_TOLD = f"{_SYNC}.recording.customers.assign_customer"
ITEMS_CACHED = f"{_SYNC}.recording.items.save_entries"
DOCUMENTS_TOLD = f"{_SYNC}.steps.post_orders.mark_posted"
"""The order knows it too."""
ADDITIONS_TOLD = f"{_SYNC}.recording.sending.tell_orders"
CHANGES_TOLD = f"{_SYNC}.recording.changes.follow_order"
VOIDS_TOLD = f"{_SYNC}.recording.voids.unpost_orders"
VOIDS_REJECTED = f"{_SYNC}.recording.voids.reject_posted"
DOCUMENT_RECORDED = f"{_SYNC}.steps.post_orders._record"
DIFFERING_VOIDED = f"{_SYNC}.steps.post_orders.void_differing"


def answered(method: str) -> str:
    """QuickBooks has answered `create`, `update`, `void` or `batch`, and nobody has noted it."""
    return f"order_sync.quickbooks.client.QuickBooks.{method}"
