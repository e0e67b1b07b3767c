"""`docs/causes.md`: why Zuora bills another amount than CPQ quoted, made from the causes of the code."""

from __future__ import annotations

from cpqbridge.money.reconciliation.causes import CAUSES
from tools.pages.markdown import code, document, table

INTRODUCTION = """
A difference is taken apart in this order, from CPQ's way of counting to Zuora's; what a step changes is the part of its
cause. How amounts are compared, and when an order is held, is in [Proof to the cent](amounts.md).
"""


def page() -> str:
    """Return the whole page."""
    rows = ((code(cause.value), entry.title, entry.remedy) for cause, entry in CAUSES.items())
    return document("Causes of differences", INTRODUCTION, table(("Cause", "Means", "Mended by"), rows))
