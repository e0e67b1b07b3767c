"""The recycle bin: what goes with a record, what forgets it, and what comes back with it.

Details go with their master. Lookups to what is deleted are cleared, and are set again when it comes back, unless they
were given another value meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from cpqbridge.sandbox.salesforce.catalogue.model import SObject
from cpqbridge.sandbox.salesforce.errors import SalesforceError

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org


def remove(org: Org, sobject: str, record_id: str) -> None:
    """Move a record to the recycle bin, with its details."""
    store = org.store
    with store.transaction():
        gone = list(_with_details(org, store.catalogue.require(sobject), record_id))
        lost = list(_lookups(org, gone))
        for child, child_id, field, _ in lost:
            store.update(child, child_id, {field: None}, system=True)
        store.delete(sobject, record_id)
        store.note(f"lookups {record_id}", lost)


def restore(org: Org, sobject: str, record_id: str) -> None:
    """Bring a record back from the recycle bin, with its details and the lookups to them.

    Raises:
        SalesforceError: 400 `UNDELETE_FAILED`: it is not there.
    """
    store = org.store
    row = store.get(sobject, record_id)
    if row is None or not row["IsDeleted"] or row.get("MasterRecordId"):
        message = "Entity is not in the recycle bin"
        raise SalesforceError(400, "UNDELETE_FAILED", message, ())
    with store.transaction():
        store.undelete(sobject, row["Id"])
        for child, child_id, field, target in store.noted(f"lookups {row['Id']}") or []:
            if (store.get(child, child_id) or {}).get(field) is None:
                store.update(child, child_id, {field: target}, system=True)


def _with_details(org: Org, kind: SObject, record_id: str) -> Iterator[tuple[SObject, str]]:
    yield kind, record_id
    for link in kind.links:
        if link.cascade_delete:
            child = org.store.catalogue.require(link.child_sobject)
            for row in org.store.find(child.name, link.field, record_id):
                yield from _with_details(org, child, row["Id"])


def _lookups(org: Org, gone: list[tuple[SObject, str]]) -> Iterator[tuple[str, str, str, str]]:
    """Yield object, record, field and value of each lookup to what is deleted, from what is not."""
    doomed = {record_id for _, record_id in gone}
    for kind, record_id in gone:
        for link in kind.links:
            field = org.store.catalogue.require(link.child_sobject).field(link.field, hidden=True)
            if link.cascade_delete or field is None or not field.nillable or link.field == "AccountId":
                continue
            for row in org.store.find(link.child_sobject, link.field, record_id):
                if row["Id"] not in doomed:
                    yield link.child_sobject, row["Id"], link.field, record_id
