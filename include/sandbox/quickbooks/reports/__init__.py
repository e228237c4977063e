"""QuickBooks' Reports API over the general ledger."""

from include.sandbox.quickbooks.reports.routes import add_reports

__all__ = ["add_reports"]
