"""The tenant's records: rows in memory with indexes, all-or-nothing transactions, one file for kept data.

A row is a plain ``dict``. Its field names are those of Object Query's rows; custom fields are ``name__c``,
money is ``Decimal``, dates are ``YYYY-MM-DD`` strings. Every row handed out is a copy: only `update` changes
the store. (The copy is shallow: a list or object inside a row is replaced, never changed in place.)
"""

from __future__ import annotations

import threading
import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

from cpqbridge.sandbox.zuora import organizations
from cpqbridge.sandbox.zuora.storefile import StoreFile

Row = dict[str, Any]

#: Fields that `Store.find` looks up without reading every row, by kind.
INDEXES: dict[str, tuple[str, ...]] = {
    "account": ("accountNumber", "crmId", "parentId"),
    "contact": ("accountId", "crmId__c", "crmOrderId__c"),
    "product": ("sKU", "productNumber", "name"),
    "productRatePlan": ("productId", "productRatePlanNumber"),
    "productRatePlanCharge": ("productRatePlanId", "productRatePlanChargeNumber"),
    "productRatePlanChargeTier": ("productRatePlanChargeId",),
    "externalProductRatePlan": ("externalProductRatePlanId", "ratePlanId"),
    "order": ("orderNumber", "accountId"),
    "orderAction": ("orderId", "subscriptionId", "subscriptionNumber"),
    "orderLineItem": (
        "orderId",
        "itemNumber",
        "relatedSubscriptionNumber",
        "originalOrderLineItemId",
        "invoiceOwnerAccountId",
    ),
    "subscription": ("name", "accountId", "invoiceOwnerId", "orderId"),
    "ramp": ("number", "orderId", "subscriptionNumber"),
    "ratePlan": ("subscriptionId", "productRatePlanId", "externallyManagedPlanId"),
    "ratePlanCharge": ("ratePlanId", "subscriptionId", "chargeNumber", "productRatePlanChargeId", "discountLevel"),
    "ratePlanChargeTier": ("ratePlanChargeId",),
    "billRun": ("billRunNumber",),
    "invoice": ("invoiceNumber", "accountId", "_billRunId"),
    "invoiceItem": ("invoiceId", "_subscription", "chargeNumber", "subscriptionId", "orderLineItemId"),
    "creditMemo": ("memoNumber", "accountId", "_billRunId"),
    "creditMemoItem": ("creditMemoId", "_subscription", "chargeNumber", "subscriptionId", "orderLineItemId"),
    "usage": ("accountId",),
}


class _Table:
    """Rows of one kind in insertion order, with hash indexes that do not regard case."""

    def __init__(self, indexed: tuple[str, ...]) -> None:
        self.rows: dict[str, Row] = {}
        self.order: dict[str, int] = {}
        self.indexes: dict[str, dict[Any, set[str]]] = {name: {} for name in indexed}
        self._next = 0

    def put(self, row_id: str, row: Row | None, order: int | None = None) -> None:
        """Set or (with None) remove a row; `order` puts a removed row back in its place."""
        old = self.rows.get(row_id)
        for name, index in self.indexes.items():
            if old is not None:
                index[_folded(old.get(name))].discard(row_id)
            if row is not None:
                index.setdefault(_folded(row.get(name)), set()).add(row_id)
        if row is None:
            self.rows.pop(row_id, None)
            self.order.pop(row_id, None)
            return
        self.rows[row_id] = row
        if old is None:
            self._place(row_id, order)

    def _place(self, row_id: str, order: int | None) -> None:
        self.order[row_id] = self._next if order is None else order
        self._next = max(self._next, self.order[row_id] + 1)
        if order is not None and order < self._next - 1:
            self.rows = {key: self.rows[key] for key in sorted(self.rows, key=self.order.__getitem__)}

    def matching(self, equals: Mapping[str, Any]) -> Iterator[Row]:
        """Rows whose fields equal all given values, in insertion order."""
        indexed = [name for name in equals if name in self.indexes]
        if indexed:
            candidates = min((self.alike(name, equals[name]) for name in indexed), key=len)
        else:
            candidates = list(self.rows.values())
        return (row for row in candidates if all(row.get(name) == value for name, value in equals.items()))

    def alike(self, name: str, value: Any) -> list[Row]:
        """Rows whose indexed field equals a value but for its case, in insertion order."""
        found = self.indexes[name].get(_folded(value), ())
        return [self.rows[key] for key in sorted(found, key=self.order.__getitem__)]


class Store:
    """All records of one tenant."""

    def __init__(self, clock: Callable[[], datetime], *, user_id: str, path: Path | None = None) -> None:
        """Open the store.

        Args:
            clock: Gives the present moment (aware) for audit fields.
            user_id: Id of the API user, for ``createdById`` and ``updatedById``.
            path: SQLite file that keeps the data; None keeps everything in memory.
        """
        self._clock = clock
        self._user_id = user_id
        self._lock = threading.RLock()
        self._tables: dict[str, _Table] = {}
        self._sequences: dict[str, int] = {}
        self._undo: list[tuple[str, str, Row | None, int | None]] = []
        self._depth = 0
        self._file = StoreFile(path) if path else None
        if self._file:
            self._load(self._file)

    def insert(self, kind: str, row: Mapping[str, Any]) -> Row:
        """Add a row and return it; ``id`` (32 hex) and the audit fields are made when absent.

        Raises:
            ValueError: A row with that id exists already.
        """
        now = self._now()
        audit = {
            "id": new_id(),
            "createdDate": now,
            "updatedDate": now,
            "createdById": self._user_id,
            "updatedById": self._user_id,
        }
        stored = {**audit, **row}
        with self.transaction():
            if stored["id"] in self._table(kind).rows:
                raise ValueError(f"{kind} {stored['id']} exists already")
            if organization := organizations.owner(kind, stored, lambda name: self._table(name).rows):
                stored[organizations.OWNER] = organization
            self._put(kind, stored["id"], stored)
        return dict(stored)

    def update(self, kind: str, row_id: str, changes: Mapping[str, Any]) -> Row:
        """Change fields of a row and return the whole row.

        Raises:
            KeyError: There is no such row.
        """
        with self.transaction():
            audit = {"updatedDate": self._now(), "updatedById": self._user_id}
            stored = {**self._table(kind).rows[row_id], **audit, **changes, "id": row_id}
            self._put(kind, row_id, stored)
        return dict(stored)

    def delete(self, kind: str, row_id: str) -> None:
        """Remove a row; nothing happens when it is gone already."""
        with self.transaction():
            if row_id in self._table(kind).rows:
                self._put(kind, row_id, None)

    def get(self, kind: str, row_id: str) -> Row | None:
        """The row with that id."""
        with self._lock:
            row = self._table(kind).rows.get(row_id)
            return next((dict(one) for one in organizations.seen([row])), None) if row else None

    def find(self, kind: str, **equals: Any) -> list[Row]:
        """Rows whose fields equal all given values (an absent field counts as None), in insertion order."""
        with self._lock:
            return [dict(row) for row in organizations.seen(self._table(kind).matching(equals))]

    def find_alike(self, kind: str, name: str, value: Any) -> list[Row]:
        """Rows whose indexed field equals a value but for its case, in insertion order.

        Raises:
            KeyError: The field is not one of the kind's `INDEXES`.
        """
        with self._lock:
            return [dict(row) for row in organizations.seen(self._table(kind).alike(name, value))]

    def rows(self, kind: str) -> Iterable[Row]:
        """All rows of a kind in insertion order, as they are now."""
        with self._lock:
            return [dict(row) for row in organizations.seen(self._table(kind).rows.values())]

    def next_number(self, sequence: str) -> int:
        """The next number of a named sequence, from 1; like a database sequence it is not rolled back."""
        with self._lock:
            number = self._sequences.get(sequence, 0) + 1
            self._sequences[sequence] = number
            if self._file:
                self._file.set_sequence(sequence, number)
            return number

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All writes inside happen or none; nestable. Never ``await`` inside: another request would join."""
        with self._lock:
            mark = len(self._undo)
            self._depth += 1
            try:
                yield
            except BaseException:
                self._roll_back(mark)
                raise
            finally:
                self._depth -= 1
                if self._depth == 0:
                    self._commit()

    def clear(self) -> None:
        """Forget every row and every sequence, in memory and in the file."""
        with self._lock:
            self._tables.clear()
            self._sequences.clear()
            self._undo.clear()
            if self._file:
                self._file.clear()

    def document(self, name: str) -> Any:
        """A named document kept in the file, or None."""
        return self._file.document(name) if self._file else None

    def set_document(self, name: str, value: Any) -> None:
        """Keep a named document in the file, if there is one."""
        if self._file:
            self._file.set_document(name, value)

    def is_empty(self) -> bool:
        """Whether no row of any kind is stored."""
        with self._lock:
            return not any(table.rows for table in self._tables.values())

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._file:
            self._file.close()

    def _table(self, kind: str) -> _Table:
        if kind not in self._tables:
            self._tables[kind] = _Table(INDEXES.get(kind, ()))
        return self._tables[kind]

    def _put(self, kind: str, row_id: str, row: Row | None) -> None:
        table = self._table(kind)
        self._undo.append((kind, row_id, table.rows.get(row_id), table.order.get(row_id)))
        table.put(row_id, row)

    def _roll_back(self, mark: int) -> None:
        while len(self._undo) > mark:
            kind, row_id, row, order = self._undo.pop()
            self._table(kind).put(row_id, row, order)

    def _commit(self) -> None:
        touched = {(kind, row_id) for kind, row_id, _, _ in self._undo}
        self._undo.clear()
        if self._file and touched:
            tables = self._tables
            self._file.write(
                (kind, row_id, tables[kind].order.get(row_id, 0), tables[kind].rows.get(row_id))
                for kind, row_id in touched
            )

    def _load(self, file: StoreFile) -> None:
        for kind, row_id, order, row in file.rows():
            self._table(kind).put(row_id, row, order)
        self._sequences.update(file.sequences())

    def _now(self) -> str:
        return self._clock().isoformat(timespec="seconds")


def _folded(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value


def new_id() -> str:
    """A fresh object id: 32 lowercase hexadecimal characters."""
    return "8a" + uuid.uuid4().hex[2:]
