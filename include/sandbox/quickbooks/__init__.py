"""QuickBooks Online on this machine: `SCHEMA` for the state, `router` for the web application."""

from include.sandbox.quickbooks.routes import router
from include.sandbox.quickbooks.tables import SCHEMA

__all__ = ["SCHEMA", "router"]
