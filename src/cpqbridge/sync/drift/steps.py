"""The further steps: subscriptions as a whole, accounts, and order line items, each in the order of their keys."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

import msgspec

from cpqbridge.mapping.line_item import ROUNDING_ITEM
from cpqbridge.sync.drift.contracts import ContractComparison, modified
from cpqbridge.sync.drift.difference import About, Difference
from cpqbridge.sync.drift.fields import MISSING, Kind, named
from cpqbridge.sync.drift.others import CANCELED, MappedComparison, absent_account, is_line_item, strange_account
from cpqbridge.sync.drift.progress import Progress
from cpqbridge.sync.drift.rules import Bench
from cpqbridge.sync.drift.sold import Contract

_BATCH = 2_000
_ORDERLESS = "It was sold without an order: sell it by one, or change it in Zuora by hand"

_contract = msgspec.json.Decoder(Contract).decode


def compare_subscriptions(bench: Bench, progress: Progress) -> None:
    """Compare every subscription that Zuora has with what the chains on it say."""
    work, rules, rows = bench.work, bench.rules, bench.tenant.of_billed
    work.run("CREATE INDEX IF NOT EXISTS expected_subscription ON expected (subscription)")
    comparison = ContractComparison(rules.as_of, rules.options.auto_renew)
    sql = (
        "SELECT b.subscription, b.record, p.plan FROM billed b LEFT JOIN paired p ON p.plan = b.plan "
        "WHERE b.subscription > ? AND b.subscription <= ? ORDER BY b.subscription"
    )

    def batch(after: str, last: str) -> Iterator[Difference]:
        expected: dict[str, list[Contract]] = {}
        for number, packed in work.run(_EXPECTED, [after, last]):
            expected.setdefault(number, []).append(_contract(packed))
        for number, same in groupby(work.run(sql, [after, last]), key=lambda row: row[0]):
            found = list(same)
            held = [rows.unpack(record) for _, record, _ in found]
            contracts = expected.get(number, [])
            orderless = not contracts and work.run(_BY_NUMBER, [number]).fetchone()
            if not orderless and rules.counts(*modified(contracts, held)):
                yield from comparison.differences(contracts, held, {plan for _, _, plan in found if plan})

    _in_batches(bench, progress, "comparing subscriptions", ("billed", "subscription"), batch)


_EXPECTED = "SELECT subscription, contract FROM expected WHERE subscription > ? AND subscription <= ?"
_BY_NUMBER = "SELECT 1 FROM orderless WHERE number = ?"


def compare_orderless(bench: Bench, progress: Progress) -> None:
    """Look for the subscriptions that were made without an order."""
    work, rules = bench.work, bench.rules

    def batch(after: str, last: str) -> Iterator[Difference]:
        rows = work.run(
            "SELECT o.record FROM orderless o LEFT JOIN billed b ON b.subscription = o.number "
            "WHERE o.id > ? AND o.id <= ? AND b.n IS NULL ORDER BY o.id",
            [after, last],
        )
        for (packed,) in rows:
            row = bench.org.orderless.unpack(packed)
            end = row.get("SBQQ__EndDate__c")
            if end is not None and end < rules.as_of.isoformat():
                continue
            account = row["SBQQ__Account__c"] or ""
            name = (row.get("SBQQ__Account__r") or {}).get("Name") or ""
            product = (row.get("SBQQ__Product__r") or {}).get("Name") or ""
            if rules.counts(row.get("SystemModstamp")):
                about = About(account, name, row["Name"], "", product)
                yield Difference(named(Kind.SUBSCRIPTION, MISSING), about, row["Name"], None, _ORDERLESS)

    _in_batches(bench, progress, "looking for subscriptions without order", ("orderless", "id"), batch)


def compare_accounts(bench: Bench, progress: Progress) -> None:
    """Compare every account of Zuora that carries a Salesforce id, then look for those that contracts need."""
    work, rows, comparison = bench.work, bench.tenant.of_accounts, _mapping(bench)
    sql = (
        "SELECT a.crm_id, a.record, c.record FROM account a LEFT JOIN customer c ON c.id = a.crm_id "
        "WHERE a.crm_id > ? AND a.crm_id <= ? ORDER BY a.crm_id, a.id"
    )

    def billed(after: str, last: str) -> Iterator[Difference]:
        for _, same in groupby(work.run(sql, [after, last]), key=lambda row: row[0]):
            found = list(same)
            held = [row for row in (rows.unpack(record) for _, record, _ in found) if row["account_status"] != CANCELED]
            customer = None if found[0][2] is None else bench.org.customers.unpack(found[0][2])
            changed = [(customer or {}).get("SystemModstamp"), *(row["account_updateddate"] for row in held)]
            if not held or not bench.rules.counts(*changed):
                continue
            yield from [strange_account(held[0])] if customer is None else comparison.account(customer, held)

    def needed(after: str, last: str) -> Iterator[Difference]:
        query = (
            "SELECT p.id, p.about, c.record FROM party p LEFT JOIN account a ON a.crm_id = p.id "
            "LEFT JOIN customer c ON c.id = p.id WHERE p.id > ? AND p.id <= ? AND a.id IS NULL ORDER BY p.id"
        )
        for key, order, packed in work.run(query, [after, last]):
            if bench.accounts and key not in bench.accounts:
                continue  # nothing was read of it: whether Zuora has it is not known
            customer = bench.org.customers.unpack(packed) if packed else {"Id": key}
            yield absent_account(customer, order)

    _in_batches(bench, progress, "comparing accounts", ("account", "crm_id"), billed)
    _in_batches(bench, progress, "looking for accounts", ("party", "id"), needed)


def compare_line_items(bench: Bench, progress: Progress) -> None:
    """Compare what is sold without a subscription, by order and product; what rounding leaves was not sold."""
    work, rows, comparison, columns = bench.work, bench.tenant.of_line_items, _mapping(bench), bench.org.items

    def batch(after: str, last: str) -> Iterator[Difference]:
        sold = _keyed(work.run(_OF_ORDERS.format("asset"), [after, last]), columns.unpack)
        held = _keyed(work.run(_OF_ORDERS.format("sold_once"), [after, last]), rows.unpack)
        for key in sorted(sold.keys() | held.keys()):
            items = [item for item in sold.get(key, ()) if is_line_item(item)]
            there = [row for row in held.get(key, ()) if row["orderlineitem_itemname"] != ROUNDING_ITEM]
            changed = [item.get("SystemModstamp") for item in items]
            if bench.rules.counts(*changed, *(row["orderlineitem_updateddate"] for row in there)):
                yield from comparison.line_items(items, there)

    work.run(f"CREATE TABLE IF NOT EXISTS line_order AS {_ORDERS}")
    _in_batches(bench, progress, "comparing order line items", ("line_order", "order_number"), batch)


_ORDERS = "SELECT order_number FROM asset UNION SELECT order_number FROM sold_once"
_OF_ORDERS = "SELECT order_number, product, record FROM {} WHERE order_number > ? AND order_number <= ?"
Key = tuple[str, str]


def _keyed(rows: Iterable[tuple[Any, ...]], unpack: Callable[[bytes], Any]) -> dict[Key, list[Mapping[str, Any]]]:
    found: dict[Key, list[Mapping[str, Any]]] = {}
    for order, product, packed in rows:
        found.setdefault((order, product or ""), []).append(unpack(packed))
    return found


def _mapping(bench: Bench) -> MappedComparison:
    return MappedComparison(bench.rules.options, bench.rules.values, bench.rules.tables)


def _in_batches(
    bench: Bench,
    progress: Progress,
    name: str,
    key: tuple[str, str],
    batch: Callable[[str, str], Iterable[Difference]],
) -> None:
    """Do a step in the order of a column, a few thousand rows at a time.

    Args:
        bench: Where the comparison works.
        progress: Is told.
        name: Of the step.
        key: The table and the column.
        batch: Gives what differs in the rows behind one key, up to another one.
    """
    table, column = key
    work, total = bench.work, bench.work.count(table)
    after = work.mark(name) or ""
    done = 0
    following = f"SELECT {column} FROM {table} WHERE {column} > ? ORDER BY {column}"  # noqa: S608 - our names
    while True:
        found = work.run(f"{following} LIMIT 1 OFFSET ?", [after, _BATCH]).fetchone()
        last = found[0] if found else work.run(f"SELECT max({column}) FROM {table}").fetchone()[0]  # noqa: S608
        if last is None or last <= after:
            return
        differences: Sequence[Difference] = list(batch(after, last))
        with work.transaction():
            bench.note(differences)
            work.set_mark(name, last)
        after, done = last, min(done + _BATCH, total)
        progress.step(name, total if found is None else done, total)
