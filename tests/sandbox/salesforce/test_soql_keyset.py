"""Reading in the order of (`SystemModstamp`, `Id`), as connectors do: ids are ordered as they are compared."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from cpqbridge.sandbox.salesforce.soql import SoqlError
from cpqbridge.sandbox.salesforce.store import Store

FIELDS = "SELECT Id, IsDeleted FROM Account"
NOW = datetime(2026, 3, 10, 2, 30, tzinfo=UTC)


def test_pages_by_key_hold_every_record_once() -> None:
    store = Store(clock=lambda: NOW)
    made = {store.insert("Account", {"Name": f"Account {number}"}) for number in range(70)}
    deleted = sorted(made)[40]
    store.delete("Account", deleted)
    found: list[str] = []
    stamp, last = "2026-03-10T02:30:00.000Z", ""
    while True:
        after = f"AND (SystemModstamp > {stamp} OR Id > '{last}')" if last else ""
        conditions = f"WHERE SystemModstamp >= {stamp} {after} ORDER BY SystemModstamp, Id LIMIT 9"
        page = store.query(f"{FIELDS} {conditions}", all_rows=True).records
        if not page:
            break
        found += [row["Id"] for row in page]
        last = found[-1]
    assert len(found) == len(made)
    assert set(found) == made


def test_an_id_is_compared_with_an_id_only() -> None:
    store = Store(clock=lambda: NOW)
    with pytest.raises(SoqlError, match="invalid ID field"):
        store.query("SELECT Id FROM Account WHERE Id > '001'")
    with pytest.raises(SoqlError, match="invalid operator on id field"):
        store.query("SELECT Id FROM Account WHERE Id LIKE '001%'")
