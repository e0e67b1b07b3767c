"""All that a tenant and an org hold, in a form in which two of them can be compared: without ids and times.

Rows are told apart by what they hold and by what they point to: each id stands for the row that has it, to the depth of
three steps. So a contact on the wrong account shows, although ids are random.
"""

from __future__ import annotations

import re
from collections import Counter
from hashlib import blake2b
from typing import Any

from cpqbridge.sandbox.salesforce.org import Org
from cpqbridge.sandbox.zuora.idempotency import KIND as KEPT_ANSWERS
from cpqbridge.sandbox.zuora.tenant import Tenant

Books = Counter[str]

ID = re.compile(r"8a[0-9a-f]{30}")
TIME = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(?:\.\d+)?(?:[+-]\d\d:?\d\d|Z)?")
STEPS = 3

STAMPS = {"LastModifiedDate", "SystemModstamp", "_n"}
WRITTEN_BACK = ("Account", "Order")
"""Objects of Salesforce that the connector writes to, in any case where the order that brought them is carried over."""


def tenant_books(tenant: Tenant) -> Books:
    """Return every row of the tenant but kept answers, each as often as it is there."""
    generated = re.compile(rf"'(?:{'|'.join(map(re.escape, tenant.settings.number_prefixes.values()))})\d{{8}}'")
    rows = {
        row_id: f"{kind} {generated.sub('#', TIME.sub('T', repr(sorted(_own(row).items()))))}"
        for kind, table in tenant.store._tables.items()
        if kind != KEPT_ANSWERS
        for row_id, row in table.rows.items()
    }
    labels = dict.fromkeys(rows, "…")
    for _ in range(STEPS):
        labels = {row_id: _digest(_with(labels, text)) for row_id, text in rows.items()}
    return Counter(f"{_with(dict.fromkeys(rows, '…'), text)} = {labels[row_id]}" for row_id, text in rows.items())


def _own(row: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name != "id"}


def _with(labels: dict[str, str], text: str) -> str:
    return ID.sub(lambda found: labels.get(found[0], "?"), text)


def _digest(text: str) -> str:
    return blake2b(text.encode(), digest_size=8).hexdigest()


def org_books(org: Org) -> Books:
    """Return every record of the org that the connector may write to."""
    return Counter(
        f"{kind} {TIME.sub('T', repr([(name, value) for name, value in row.items() if name not in STAMPS]))}"
        for kind in WRITTEN_BACK
        for row in (org.store.get(kind, row_id) for (row_id,) in org.store.fetch(f'SELECT "Id" FROM "{kind}"', ()))  # noqa: S608 - a constant
        if row is not None
    )


def differences(wanted: Books, found: Books) -> list[str]:
    """Return what one has and the other has not, as lines for people; nothing when they are alike."""
    missing = [f"missing ×{count}: {text}" for text, count in (wanted - found).items()]
    return missing + [f"too much ×{count}: {text}" for text, count in (found - wanted).items()]
