"""Infusionsoft (Keap) on this machine: `SCHEMA` for the state, `router` for the web application."""

from include.sandbox.infusionsoft.routes import router
from include.sandbox.infusionsoft.tables import SCHEMA

__all__ = ["SCHEMA", "router"]
