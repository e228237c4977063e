"""What the accountant chose: the settings of a store, a section a tab.

values      names, templates and name formats       sales      orders, payments, revenue, products, taxes, refunds
customers   how customers are found and made        files      the YAML, and what it extends
store       a whole store, read with errors that a person can act on
"""

from order_sync.settings.customers import (
    AddressRule,
    Criterion,
    CustomerField,
    CustomerSettings,
    Equality,
    NewCustomer,
)
from order_sync.settings.orders import OrderSettings
from order_sync.settings.payments import PaymentSettings
from order_sync.settings.products import Identification, NewItem, ProductSettings
from order_sync.settings.refunds import RefundSettings
from order_sync.settings.revenue import AS_ON_STORE, Conditions, PostAs, RevenueSettings, Rule
from order_sync.settings.store import ROOT, ReportSettings, Store, load_store, store_files, stores_folder
from order_sync.settings.taxes import TaxConditions, TaxRule, TaxSettings
from order_sync.settings.values import NAME_FIELDS, NAME_FORMATS

__all__ = [
    "AS_ON_STORE",
    "NAME_FIELDS",
    "NAME_FORMATS",
    "ROOT",
    "AddressRule",
    "Conditions",
    "Criterion",
    "CustomerField",
    "CustomerSettings",
    "Equality",
    "Identification",
    "NewCustomer",
    "NewItem",
    "OrderSettings",
    "PaymentSettings",
    "PostAs",
    "ProductSettings",
    "RefundSettings",
    "ReportSettings",
    "RevenueSettings",
    "Rule",
    "Store",
    "TaxConditions",
    "TaxRule",
    "TaxSettings",
    "load_store",
    "store_files",
    "stores_folder",
]
