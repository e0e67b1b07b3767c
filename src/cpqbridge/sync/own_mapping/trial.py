"""Use cases of trying a mapping: plans beside those of the guide, and cases recorded for tests. Nothing is written.

Everything is read once, with what both the own mapping and the guide alone look at; then two pure plans are made.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from enum import StrEnum
from typing import Any

from cpqbridge.mapping.custom import tables_for
from cpqbridge.mapping.rule import Lineage
from cpqbridge.mapping.tables import GUIDE, Tables
from cpqbridge.planning.plan import Operation, SyncPlan
from cpqbridge.salesforce.ids import to_18
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.batch import Batch
from cpqbridge.sync.connect import Clients, batch_reader
from cpqbridge.sync.own_mapping.cases import Case, asked_for, document, leaves
from cpqbridge.sync.result import SyncResult, planned, printable, unknown


class Mark(StrEnum):
    """What the own mapping does to a value of the guide's plan."""

    SAME = "same"
    CHANGED = "changed"
    ADDED = "added"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Value:
    """One value of a request.

    Attributes:
        target: JSON pointer into the body.
        mark: What the own mapping does to it.
        own: The value that would be written.
        guide: The guide's value.
        source: Salesforce path that the value (a removed one: the guide's) came from; None for a default.
        rule: The rule that gave it.
    """

    target: str
    mark: Mark
    own: Any
    guide: Any
    source: str | None
    rule: str | None


@dataclass(frozen=True, slots=True)
class TriedOperation:
    """One operation in both plans; in the guide's alone when its mark is `removed`."""

    operation: Operation
    mark: Mark
    values: tuple[Value, ...]

    def as_dict(self) -> dict[str, Any]:
        """Return the operation for JSON output."""
        return {
            "operation": self.operation.name,
            "key": self.operation.key,
            "method": self.operation.method,
            "path": self.operation.path,
            "mark": self.mark.value,
            "targets": [
                {
                    "target": one.target,
                    "mark": one.mark.value,
                    "value": one.own,
                    "guide": one.guide,
                    "source": one.source,
                    "rule": one.rule,
                }
                for one in self.values
            ],
        }


@dataclass(frozen=True, slots=True)
class Tried:
    """One record planned twice.

    Attributes:
        own: The result of the plan with the own mapping.
        guide: The result of the plan of the guide alone.
        operations: Both plans' operations, value by value.
    """

    own: SyncResult
    guide: SyncResult
    operations: tuple[TriedOperation, ...] = ()

    @property
    def counts(self) -> dict[str, int]:
        """How many values have each mark."""
        marks = [value.mark for operation in self.operations for value in operation.values]
        return {mark.value: marks.count(mark) for mark in Mark}

    def as_dict(self) -> dict[str, Any]:
        """Return the comparison for JSON output."""
        own, guide = self.own.as_dict(lineage=False), self.guide.as_dict(lineage=False)
        shown = {name: own[name] for name in own if name not in ("operations", "zuora")}
        shown["guide"] = {name: guide[name] for name in guide if name in ("outcome", "reasons")}
        shown["values"] = self.counts
        shown["operations"] = [operation.as_dict() for operation in self.operations]
        return shown


class MappingTrial:
    """Plans records with the mapping of the settings, and beside it as the guide says.

    Args:
        settings: Options, value tables and mapping.
        clients: Both systems.
    """

    def __init__(self, settings: Settings, clients: Clients) -> None:
        self._settings = settings
        self.tables = tables_for(settings.mapping, settings.values)
        self._read = both(self.tables, GUIDE)
        self._reader = batch_reader(settings, clients, self._read)

    async def orders(self, numbers: Sequence[str]) -> list[Tried]:
        """Return both plans of each order."""
        batch = await self._reader.orders(list(dict.fromkeys(numbers)))
        found = batch.orders()
        return [
            self._tried(batch, "Order", found[name]) if name in found else _unknown("Order", name) for name in numbers
        ]

    async def accounts(self, ids: Sequence[str]) -> list[Tried]:
        """Return both plans of each account, without its orders."""
        names = list(dict.fromkeys(to_18(name) or name for name in ids))
        batch = await self._reader.accounts(names)
        found = batch.snapshot.accounts
        return [
            self._tried(batch, "Account", found[name]) if name in found else _unknown("Account", name) for name in names
        ]

    async def products(self, codes: Sequence[str]) -> list[Tried]:
        """Return both plans of each product."""
        batch = await self._reader.products(list(dict.fromkeys(codes)))
        found = {code: batch.products(code) for code in codes}
        return [
            tried
            for code, rows in found.items()
            for tried in ([self._tried(batch, "Product2", row) for row in rows] or [_unknown("Product2", code)])
        ]

    async def record_orders(self, numbers: Sequence[str]) -> list[Case | SyncResult]:
        """Return a case of each order; the result `failed` for one that is not there."""
        cases: list[Case | SyncResult] = []
        for number in dict.fromkeys(numbers):
            batch = await self._reader.orders([number])
            order = batch.orders().get(number)
            cases.append(self._case(batch, "Order", order) if order else unknown("Order", number))
        return cases

    async def record_accounts(self, ids: Sequence[str]) -> list[Case | SyncResult]:
        """Return a case of each account without its orders; the result `failed` for one that is not there."""
        cases: list[Case | SyncResult] = []
        for name in dict.fromkeys(to_18(name) or name for name in ids):
            batch = await self._reader.accounts([name])
            account = batch.snapshot.accounts.get(name)
            cases.append(self._case(batch, "Account", account) if account else unknown("Account", name))
        return cases

    def _tried(self, batch: Batch, name: str, record: Mapping[str, Any]) -> Tried:
        own, guide = (_plan(batch, name, record, tables) for tables in (self.tables, GUIDE))
        return Tried(planned(own), planned(guide), tuple(_compared(own, guide)))

    def _case(self, batch: Batch, name: str, record: Mapping[str, Any]) -> Case:
        plan = document(_plan(batch, name, record, self.tables))
        asked = asked_for(self._settings.options, self._read)
        if name == "Order":
            return Case("Order", record["OrderNumber"], asked, batch.snapshot, batch.state, plan)
        snapshot = replace(batch.snapshot, orders={}, products={}, schedules={}, rates={})
        state = replace(batch.state, orders={}, plans={}, products={}, units={})
        return Case("Account", record["Id"], asked, snapshot, state, plan)


def both(one: Tables, other: Tables) -> Tables:
    """Return tables that read what either reads; they are good for reading only."""
    parts = {part.name: (getattr(one, part.name), getattr(other, part.name)) for part in fields(Tables)}
    return Tables(
        **{name: replace(a, rules=(*a.rules, *b.rules)) if a is not b else a for name, (a, b) in parts.items()}
    )


def _plan(batch: Batch, name: str, record: Mapping[str, Any], tables: Tables) -> SyncPlan:
    with_tables = replace(batch, tables=tables)
    plans = {"Order": with_tables.plan_order, "Account": with_tables.plan_account, "Product2": with_tables.plan_product}
    return plans[name](record)


def _unknown(name: str, record: str) -> Tried:
    result = unknown(name, record)
    return Tried(result, result)


def _compared(own: SyncPlan, guide: SyncPlan) -> Iterator[TriedOperation]:
    """Yield the operations of both plans; a held plan has none, so the guide's then are all removed."""
    before = {operation.key: operation for operation in guide.operations}
    after = {operation.key: operation for operation in own.operations}
    for key in dict.fromkeys((*after, *before)):
        old, new = before.get(key), after.get(key)
        values = tuple(_values(new, old))
        mark = Mark.ADDED if old is None else Mark.REMOVED if new is None else _mark_of(values)
        shown = new or old
        if shown is not None:
            yield TriedOperation(shown, mark, values)


def _mark_of(values: Sequence[Value]) -> Mark:
    return Mark.SAME if all(value.mark is Mark.SAME for value in values) else Mark.CHANGED


def _values(new: Operation | None, old: Operation | None) -> Iterator[Value]:
    after, before = _leaves(new), _leaves(old)
    origins, earlier = _origins(new), _origins(old)
    for target in dict.fromkeys((*after, *before)):
        value, was = after.get(target), before.get(target)
        mark = Mark.ADDED if target not in before else Mark.REMOVED if target not in after else _compare(value, was)
        origin = origins.get(target) or (earlier.get(target) if mark is Mark.REMOVED else None)
        yield Value(target, mark, value, was, origin.source if origin else None, origin.rule if origin else None)


def _compare(value: Any, was: Any) -> Mark:
    return Mark.SAME if value == was and isinstance(value, bool) == isinstance(was, bool) else Mark.CHANGED


def _leaves(operation: Operation | None) -> dict[str, Any]:
    return dict(leaves(printable(operation.body))) if operation else {}


def _origins(operation: Operation | None) -> dict[str, Lineage]:
    return {line.target: line for line in operation.lineage} if operation else {}
