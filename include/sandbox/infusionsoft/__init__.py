"""Infusionsoft (Keap) on this machine: REST v2 as its own description and real answers show it."""

from include.sandbox.infusionsoft.routes import router
from include.sandbox.infusionsoft.tables import SCHEMA

__all__ = ["SCHEMA", "router"]
