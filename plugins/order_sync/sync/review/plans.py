"""Whether a plan is one that a person can have recorded."""

from __future__ import annotations

from order_sync.database.plans import PlanHead


def why_not_recorded(head: PlanHead) -> str:
    """Why a plan is not recorded, whoever asks; empty where it can be."""
    if head.settings:
        return f"It was made under settings that are not in force ({head.settings}): a run records under those in force alone."
    if not any(sort.action in ("create", "update") for sort in head.sorts):
        return "It has nothing that would be recorded."
    return ""
