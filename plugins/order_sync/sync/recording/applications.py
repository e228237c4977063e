"""Credit memos that QuickBooks applied to an invoice itself, as a company may have it set: nothing is left of them to apply."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from decimal import Decimal

from order_sync.quickbooks.client import QuickBooks
from order_sync.quickbooks.faults import ObjectNotFound
from order_sync.sync.orders.kinds import Entity
from order_sync.sync.orders.write import Intent

log = logging.getLogger(__name__)


def still_to_apply(quickbooks: QuickBooks, intents: Sequence[Intent]) -> list[Intent]:
    """The applications whose credit memo has so much left; reads each credit memo."""
    return [one for one in intents if _has_credit(quickbooks, one)]


def _has_credit(quickbooks: QuickBooks, application: Intent) -> bool:
    lines = json.loads(application.payload, parse_float=Decimal)["Line"]
    [(id, amount)] = [
        (line["LinkedTxn"][0]["TxnId"], line["Amount"])
        for line in lines
        if line["LinkedTxn"][0]["TxnType"] == Entity.CREDIT_MEMO
    ]
    try:
        memo = quickbooks.read(Entity.CREDIT_MEMO, id)
    except ObjectNotFound:
        return True  # QuickBooks says then what is wrong
    left = Decimal(str(memo.get("RemainingCredit", memo.get("Balance", amount))))
    if left < amount:
        log.info("order %s: credit memo %s has %s left: it is applied already.", application.order_ids[0], id, left)
    return bool(left >= amount)
