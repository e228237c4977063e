"""QuickBooks Online on this machine: `SCHEMA` for the state, `router` for the web application, `company` for the seed."""

from include.sandbox.quickbooks.books import SCHEMA
from include.sandbox.quickbooks.routes import router

__all__ = ["SCHEMA", "router"]
