"""The sync's own database: what each table holds.

Instants are kept as naive UTC and come back aware; money is kept in the currency's smallest unit (`*_minor`, exact in every database);
payloads are kept as the text that is sent. Everything belongs to a store (one Infusionsoft account) or to a realm (one QuickBooks company).
"""

from order_sync.database.tables.base import Base, BigId, Instant
from order_sync.database.tables.cache import (
    IS_MERGED,
    CacheState,
    Customer,
    CustomerBody,
    CustomerKey,
    ExchangeRate,
    KeySet,
    ListEntry,
)
from order_sync.database.tables.choices import (
    ChosenCustomer,
    ChosenItem,
    ChosenOrder,
    ChosenPaymentKind,
    SettingsDraft,
    SettingsVersion,
)
from order_sync.database.tables.connections import Lease, ServiceConnection, Token
from order_sync.database.tables.ledger import Plan, Write, WriteOrder
from order_sync.database.tables.orders import (
    TOTAL,
    MergedContact,
    MissedUpdate,
    Order,
    OrderEvent,
    OrderReading,
    RefusedRecord,
    Run,
    RunOrder,
    Store,
)

__all__ = [
    "IS_MERGED",
    "TOTAL",
    "Base",
    "BigId",
    "CacheState",
    "ChosenCustomer",
    "ChosenItem",
    "ChosenOrder",
    "ChosenPaymentKind",
    "Customer",
    "CustomerBody",
    "CustomerKey",
    "ExchangeRate",
    "Instant",
    "KeySet",
    "Lease",
    "ListEntry",
    "MergedContact",
    "MissedUpdate",
    "Order",
    "OrderEvent",
    "OrderReading",
    "Plan",
    "RefusedRecord",
    "Run",
    "RunOrder",
    "ServiceConnection",
    "SettingsDraft",
    "SettingsVersion",
    "Store",
    "Token",
    "Write",
    "WriteOrder",
]
