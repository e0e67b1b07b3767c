"""Compares accounts, and order line items: fields whose value rules of the mapping make."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from typing import Any

from cpqbridge.mapping.rule import Context, Record, Table, apply
from cpqbridge.mapping.tables import GUIDE, Tables
from cpqbridge.planning.gate import ACTIVATED, is_contractable, is_linked
from cpqbridge.planning.numbers import sold_number
from cpqbridge.settings.options import Options
from cpqbridge.sync.drift.billed import KEY
from cpqbridge.sync.drift.difference import About, Difference, shown
from cpqbridge.sync.drift.fields import LINK, MISSING, Kind, alias, differing, mapped, named

Row = Mapping[str, Any]

CANCELED = "Canceled"
"""State of an account that Zuora has closed."""

RETURN = "Return"
"""Category of an order line item that takes back."""

TABLES: Mapping[Kind, str] = {Kind.ACCOUNT: "account", Kind.SUBSCRIPTION: "subscription", Kind.LINE_ITEM: "line_item"}
"""Which table of the mapping makes the values of a kind of thing."""


def rules_of(tables: Tables, kind: Kind) -> Table:
    """Return those rules of the mapping that make values which are compared."""
    table: Table = getattr(tables, TABLES[kind])
    targets = {one.target for one in mapped(kind)}
    return Table(table.name, tuple(rule for rule in table.rules if rule.target in targets))


@dataclass(frozen=True)
class MappedComparison:
    """Compares what the mapping makes.

    Attributes:
        options: The user's.
        values: The user's value tables.
        tables: The user's mapping.
    """

    options: Options = field(default_factory=Options)
    values: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tables: Tables = GUIDE

    @cached_property
    def _rules(self) -> Mapping[Kind, Table]:
        return {kind: rules_of(self.tables, kind) for kind in TABLES}

    def sold(self, kind: Kind, roots: Mapping[str, Record], **given: Any) -> dict[str, Any]:
        """Return what the mapping makes of records, by the name of the field; what it leaves empty is left out."""
        context = Context(roots, self.options, {"values": self.values, "account_key": "crmId", **given})
        body = apply(self._rules[kind], context).body
        found = {one.name: _at(body, one.target) for one in mapped(kind)}
        return {name: value for name, value in found.items() if value is not None}

    def account(self, customer: Record, rows: Sequence[Row]) -> Iterator[Difference]:
        """Yield what differs between an account and those in Zuora that carry its id."""
        row, about = rows[0], About(customer["Id"], customer.get("Name") or "", record=rows[0]["account_accountnumber"])
        if len(rows) > 1:
            numbers = ", ".join(sorted(one["account_accountnumber"] for one in rows))
            yield Difference(named(Kind.ACCOUNT, LINK), about, "one account", numbers)
        sold = self.sold(Kind.ACCOUNT, {"Account": customer}, parent=customer.get("ParentId"))
        held = {one.name: row.get(one.column) for one in mapped(Kind.ACCOUNT)} | {"parent": row.get("parent_crmid")}
        for one in differing(Kind.ACCOUNT, sold, held):
            yield Difference(one, about, shown(sold[one.name]), shown(held[one.name]))

    def line_items(self, items: Sequence[Record], rows: Sequence[Row]) -> Iterator[Difference]:
        """Yield what differs between the order products of one product of an order, and its order line items."""
        wanted = [(item, self._item(item)) for item in items]
        found = [(row, _held(row)) for row in rows]
        for sold in [*wanted]:
            same = next((one for one in found if not any(differing(Kind.LINE_ITEM, sold[1], one[1]))), None)
            if same is not None:
                wanted = [one for one in wanted if one is not sold]
                found = [one for one in found if one is not same]
        for left, right in zip_longest(wanted, found):
            yield from self._line_item(left, right)

    def _line_item(
        self, left: tuple[Record, dict[str, Any]] | None, right: tuple[Row, dict[str, Any]] | None
    ) -> Iterator[Difference]:
        missing = named(Kind.LINE_ITEM, MISSING)
        if left is None:
            if right is not None:
                row = right[0]
                order = sold_number(row["orders_ordernumber"])
                about = About(
                    row["owner_crmid"] or "", row["owner_name"] or "", "", order, row["orderlineitem_itemname"]
                )
                yield Difference(missing, about, None, str(row["orderlineitem_itemnumber"]))
            return
        item, sold = left
        if right is None:
            yield Difference(missing, _about(item), str(item["OrderItemNumber"]), None)
            return
        for one in differing(Kind.LINE_ITEM, sold, right[1]):
            yield Difference(one, _about(item), shown(sold[one.name]), shown(right[1][one.name]))

    def _item(self, item: Record) -> dict[str, Any]:
        back = (item.get("Quantity") or 0) < 0
        sold = self.sold(Kind.LINE_ITEM, {"Order": item["Order"], "OrderItem": item})
        return {**sold, "quantity": -abs(sold["quantity"]) if back and "quantity" in sold else sold.get("quantity")}


def absent_account(customer: Record, why: str) -> Difference:
    """Return that Zuora lacks an account which a contract needs."""
    about = About(customer["Id"], customer.get("Name") or "", "", why, customer.get("Name") or "")
    return Difference(named(Kind.ACCOUNT, MISSING), about, customer["Id"], None)


def strange_account(row: Row) -> Difference:
    """Return that Salesforce lacks an account whose id one in Zuora carries."""
    about = About(row["account_crmid"], row["account_name"] or "", record=row["account_accountnumber"])
    return Difference(named(Kind.ACCOUNT, MISSING), about, None, row["account_accountnumber"])


def is_line_item(item: Record) -> bool:
    """Return whether an order product without a subscription is carried as an order line item."""
    order = item["Order"]
    ready = (order.get("StatusCode") or order.get("Status")) == ACTIVATED and order.get("SBQQ__Contracted__c")
    return bool(ready and item.get("Quantity") and (is_linked(item) or not is_contractable(item)))


def columns(kind: Kind) -> Iterable[str]:
    """Return the columns of Data Query that the mapped fields of a kind of thing take."""
    return [one.zuora for one in mapped(kind)]


ACCOUNT_QUERY = (
    "SELECT account.id AS {row}, account.id AS account_id, account.accountnumber AS account_accountnumber, "
    "account.status AS account_status, account.updateddate AS account_updateddate, "
    "account.{key} AS account_crmid, parent.{key} AS parent_crmid, {columns} "
    "FROM account LEFT JOIN account parent ON parent.id = account.parentid WHERE account.deleted = false"
)
LINE_ITEM_QUERY = (
    "SELECT orderlineitem.id AS {row}, orderlineitem.id AS orderlineitem_id, "
    "orderlineitem.itemnumber AS orderlineitem_itemnumber, orderlineitem.itemname AS orderlineitem_itemname, "
    "orderlineitem.productcode AS orderlineitem_productcode, "
    "orderlineitem.itemcategory AS orderlineitem_itemcategory, orders.ordernumber AS orders_ordernumber, "
    "orderlineitem.updateddate AS orderlineitem_updateddate, "
    "owner.{key} AS owner_crmid, owner.name AS owner_name, {columns} "
    "FROM orderlineitem JOIN orders ON orders.id = orderlineitem.orderid "
    "LEFT JOIN account owner ON owner.id = orders.accountid WHERE orderlineitem.deleted = false"
)


def query(template: str, kind: Kind, key: str, where: str = "") -> str:
    """Return a query with the columns of the fields that are compared."""
    listed = ", ".join(f"{column} AS {alias(column)}" for column in columns(kind))
    return template.format(row=KEY, key=key, columns=listed) + (f" AND {where}" if where else "")


def _held(row: Row) -> dict[str, Any]:
    held = {one.name: row.get(one.column) for one in mapped(Kind.LINE_ITEM)}
    if row["orderlineitem_itemcategory"] == RETURN and held["quantity"] is not None:
        held["quantity"] = -abs(held["quantity"])
    return held


def _about(item: Record) -> About:
    order = item["Order"]
    name = (item.get("Product2") or {}).get("Name") or ""
    return About(order["AccountId"], (order.get("Account") or {}).get("Name") or "", "", order["OrderNumber"], name)


def _at(body: Any, target: str) -> Any:
    for key in target.strip("/").split("/"):
        if isinstance(body, list):
            body = body[int(key)] if len(body) > int(key) else None
        else:
            body = body.get(key) if isinstance(body, Mapping) else None
    return body
