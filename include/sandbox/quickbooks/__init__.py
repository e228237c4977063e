"""QuickBooks Online on this machine: `SCHEMA` for the state, `router` for the web application, `company` for the seed."""

from .books import SCHEMA
from .routes import router

__all__ = ["SCHEMA", "router"]
