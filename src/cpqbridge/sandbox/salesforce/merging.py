"""Merge: several accounts or contacts become one, as by the SOAP call `merge()`.

What belonged to a duplicate belongs to the master; the duplicate goes to the recycle bin, with the master's id in
`MasterRecordId`, and cannot be brought back alone. The master keeps its own values.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from cpqbridge.sandbox.salesforce.errors import SalesforceError
from cpqbridge.sandbox.salesforce.records import live_row, require_sobject

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

MERGED: Final = ("Account", "Contact")
"""Objects whose records can be merged here."""

MOST: Final = 2
"""Duplicates of one merge."""


def merge(org: Org, sobject: str, master: str, duplicates: Sequence[str]) -> dict[str, Any]:
    """Merge duplicates into a master.

    Args:
        org: The org.
        sobject: `Account` or `Contact`.
        master: Id of the record that stays.
        duplicates: Ids of one or two records that go.

    Returns:
        `{"id", "success", "mergedRecordIds", "updatedRelatedIds", "errors"}`, as the real call does.

    Raises:
        SalesforceError: Another object, too many records, one that is not there, or a hierarchy that would turn back
            on itself; nothing is written then.
    """
    kind = require_sobject(org, sobject)
    if kind.name not in MERGED:
        raise SalesforceError(400, "INVALID_TYPE", f"merge is not supported for {kind.name}")
    if not 1 <= len(duplicates) <= MOST:
        raise SalesforceError(400, "INVALID_INPUT", f"A merge takes one or {MOST} duplicates.")
    kept = live_row(org, kind, master)["Id"]
    gone = [str(live_row(org, kind, one)["Id"]) for one in duplicates]
    if kept in gone or len(set(gone)) < len(gone):
        raise SalesforceError(400, "INVALID_INPUT", "A record cannot be merged with itself.")
    if set(gone) & set(_ancestors(org, kind.name, kept)):
        message = "attempt to violate hierarchy constraints"
        raise SalesforceError(400, "CIRCULAR_DEPENDENCY", message, ("ParentId",))
    with org.store.transaction():
        moved = [identifier for one in gone for identifier in _hand_over(org, kind.name, one, kept)]
    return {"id": kept, "success": True, "mergedRecordIds": gone, "updatedRelatedIds": moved, "errors": []}


def _hand_over(org: Org, sobject: str, duplicate: str, master: str) -> list[str]:
    moved = []
    for link in org.store.catalogue.require(sobject).links:
        for row in org.store.find(link.child_sobject, link.field, duplicate):
            org.store.update(link.child_sobject, row["Id"], {link.field: master}, system=True)
            moved.append(str(row["Id"]))
    org.store.update(sobject, duplicate, {"MasterRecordId": master}, system=True)
    org.store.delete(sobject, duplicate)
    return list(dict.fromkeys(moved))


def _ancestors(org: Org, sobject: str, record_id: str) -> list[str]:
    field = {"Account": "ParentId", "Contact": "ReportsToId"}[sobject]
    found: list[str] = []
    parent = (org.store.get(sobject, record_id) or {}).get(field)
    while parent and parent not in found:
        found.append(str(parent))
        parent = (org.store.get(sobject, parent) or {}).get(field)
    return found
