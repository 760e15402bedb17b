"""Tenants whose tables are not what the template's are: somebody has changed them by hand, or a rollout went wrong."""

from config.reconciling.findings import Difference
from tenants import drift, progress


def unlike() -> list[Difference]:
    """One for each such tenant (I15); none while migrations are under way, when they may differ. 40 ms a tenant."""
    if progress.summary().behind:
        return []
    return [
        Difference(schema, "tables", schema, "tables, constraints, indexes or triggers are not the template's", False)
        for schema in drift.drifted()
    ]
