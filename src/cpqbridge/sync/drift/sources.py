"""What is read: Bulk queries of Salesforce, Data Queries of Zuora, and how their rows are kept."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import partial
from typing import Any

import msgspec

from cpqbridge.mapping.tables import Tables
from cpqbridge.planning.chain import REVISED, SEGMENT_KEY, SUBSCRIPTION
from cpqbridge.planning.numbers import sold_number
from cpqbridge.salesforce.bulk import bulk_query
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.literals import among
from cpqbridge.salesforce.select import Select
from cpqbridge.settings.options import Options
from cpqbridge.sync import wishes
from cpqbridge.sync.adoption.source import ORDERLESS
from cpqbridge.sync.drift.as_billed import ACCOUNT_DAY, ATTRIBUTES
from cpqbridge.sync.drift.billed import KEY, billed_query
from cpqbridge.sync.drift.columns import Columns, columns_of
from cpqbridge.sync.drift.fields import Kind, mapped
from cpqbridge.sync.drift.others import ACCOUNT_QUERY, LINE_ITEM_QUERY, TABLES, query, rules_of
from cpqbridge.sync.drift.reading import Reading, Side
from cpqbridge.sync.drift.work_file import Part, WorkFile
from cpqbridge.transport.pages import Page
from cpqbridge.zuora.client import ZuoraClient
from cpqbridge.zuora.data_query import data_query

SALESFORCE, ZUORA = "Salesforce", "Zuora"

_SCHEDULE, _RATE = "SBQQ__OrderItemConsumptionSchedule__c", "SBQQ__OrderItemConsumptionRate__c"
_S = "SBQQ__Subscription__r"
_MORE = (
    "Order.Account.Name",
    "Order.StatusCode",
    "Order.Status",
    "Order.SBQQ__Contracted__c",
    "Order.CurrencyIsoCode",
    "Order.Contract.StartDate",
    "Order.SystemModstamp",
    "SystemModstamp",
    f"{_S}.SystemModstamp",
    f"{_S}.SBQQ__Account__c",
)
"""Fields of order products that only drift reads."""

ORDER_QUERY = (
    "SELECT orders.id AS row_key, orders.ordernumber AS orders_ordernumber FROM orders WHERE orders.deleted = false"
)

_ORDERLESS = ("SystemModstamp", "SBQQ__Account__r.Name")
_KEYS_PER_QUERY = 200

PAGE = 10_000
"""Rows that are read, and kept, together."""

Row = Mapping[str, Any]


class Rows:
    """Rows of a Data Query in the short form that the work file keeps."""

    _encode = msgspec.json.Encoder(decimal_format="number").encode
    _decode = msgspec.json.Decoder(list[Any], float_hook=Decimal).decode

    def __init__(self, sql: str) -> None:
        listed = sql.removeprefix("SELECT ").partition(" FROM ")[0].split(", ")
        names = (column.rpartition(" AS ")[2] for column in listed if " AS " in column)
        self.names = tuple(name for name in names if name != KEY)

    def pack(self, row: Row) -> bytes:
        """Return a row in short."""
        return self._encode([row.get(name) for name in self.names])

    def unpack(self, packed: bytes) -> dict[str, Any]:
        """Return a kept row."""
        return dict(zip(self.names, self._decode(packed), strict=True))


@dataclass(frozen=True, slots=True)
class OrgColumns:
    """The queries of Salesforce; the last two are None in an org without usage."""

    items: Columns
    orderless: Columns
    customers: Columns
    schedules: Columns | None
    rates: Columns | None


@dataclass(frozen=True, slots=True)
class TenantRows:
    """The queries of Zuora."""

    billed: str
    accounts: str
    line_items: str
    orders: str = ORDER_QUERY

    @property
    def of_billed(self) -> Rows:
        """Rows of what is billed."""
        return Rows(self.billed)

    @property
    def of_accounts(self) -> Rows:
        """Rows of accounts."""
        return Rows(self.accounts)

    @property
    def of_line_items(self) -> Rows:
        """Rows of order line items."""
        return Rows(self.line_items)


async def org_columns(
    client: SalesforceClient, options: Options, tables: Tables, accounts: Sequence[str] = ()
) -> OrgColumns:
    """Return the queries of Salesforce, of what the org has of the fields that are wished for.

    Raises:
        FixConfiguration: CPQ-303, a field is hidden without which records would be misread.
    """
    items = wishes.sold(options, tables)
    compared = [rules_of(tables, kind) for kind in TABLES]
    of_orders = [path for table in (*compared, tables.price) for path in table.sources("Order", options)]
    more = (*_MORE, *(f"Order.{path}" for path in of_orders))
    items = replace(items, fields=wishes.unique(items.fields, more), children={}, order_by="")
    contracted = f"({SUBSCRIPTION} != null OR Order.SBQQ__Contracted__c = true)"
    orderless = replace(ORDERLESS, fields=wishes.unique(ORDERLESS.fields, _ORDERLESS), order_by="")
    customers = wishes.accounts(options, tables)
    described = await client.describe_many([_SCHEDULE, _RATE])
    usage = all(one is not None for one in described.values())
    schedules = wishes.schedules(options, tables)
    rates = schedules.children["SBQQ__OrderItemConsumptionRates__r"]
    rates = replace(rates, fields=wishes.unique(rates.fields, [_SCHEDULE]), order_by="")
    schedules = replace(schedules, children={}, order_by="")

    async def of(select: Select, where: str, *paths: str) -> Columns:
        return await columns_of(client, select, " AND ".join(filter(None, [where, _of_accounts(accounts, *paths)])))

    by_order, item, schedule = "Order.AccountId", "SBQQ__OrderItem__r", f"{_SCHEDULE[:-1]}r"
    return OrgColumns(
        items=await of(items, contracted, by_order, f"{_S}.SBQQ__Account__c"),
        orderless=await of(orderless, "", "SBQQ__Account__c"),
        customers=await of(replace(customers, fields=(*customers.fields, "SystemModstamp")), "", "Id"),
        schedules=await of(schedules, "", f"{item}.{by_order}") if usage else None,
        rates=await of(rates, "", f"{schedule}.{item}.{by_order}") if usage else None,
    )


def _of_accounts(accounts: Sequence[str], *paths: str) -> str:
    if not accounts:
        return ""
    return "(" + " OR ".join(among(path, accounts) for path in paths) + ")"


def tenant_rows(key_field: str, accounts: Sequence[str] = ()) -> TenantRows:
    """Return the queries of Zuora.

    Args:
        key_field: The field of the account that holds the Salesforce id.
        accounts: Salesforce ids; none for all.
    """
    key = key_field.lower()
    more = _more_billed()
    return TenantRows(
        billed=billed_query(key, more, _sql_among(f"owner.{key}", accounts)),
        accounts=query(ACCOUNT_QUERY, Kind.ACCOUNT, key, _sql_among(f"account.{key}", accounts)),
        line_items=query(LINE_ITEM_QUERY, Kind.LINE_ITEM, key, _sql_among(f"owner.{key}", accounts)),
    )


def _more_billed() -> list[str]:
    return [*ATTRIBUTES, ACCOUNT_DAY, *(one.zuora for one in mapped(Kind.SUBSCRIPTION))]


def _sql_among(column: str, values: Sequence[str]) -> str:
    texts = ("'" + value.replace("'", "''") + "'" for value in values)
    return f"{column} IN ({', '.join(texts)})" if values else ""


def org_side(client: SalesforceClient, columns: OrgColumns) -> Side:
    """Return what is read from Salesforce."""

    def reading(
        name: str, of: Columns, tables: tuple[str, ...], keep: Callable[[WorkFile, Sequence[Row]], None]
    ) -> Reading:
        return Reading(name, of.soql, tables, partial(_bulk, client, of.soql), keep)

    usage = []
    if columns.schedules and columns.rates:
        schedule = _keeper("schedule", columns.schedules, "Id", "SBQQ__OrderItem__c")
        rate = _keeper("rate", columns.rates, "Id", _SCHEDULE)
        usage = [
            reading("consumption schedules", columns.schedules, ("schedule",), schedule),
            reading("consumption rates", columns.rates, ("rate",), rate),
        ]
    return Side(
        SALESFORCE,
        [
            reading("order products", columns.items, ("item", "asset"), partial(_keep_items, columns.items)),
            *usage,
            reading(
                "subscriptions without order", columns.orderless, ("orderless",),
                _keeper("orderless", columns.orderless, "Id", "Name"),
            ),
            reading("accounts", columns.customers, ("customer",), _keeper("customer", columns.customers, "Id")),
        ],
    )  # fmt: skip


def tenant_side(client: ZuoraClient, rows: TenantRows) -> Side:
    """Return what is read from Zuora."""

    def reading(name: str, sql: str, table: str, keep: Callable[[WorkFile, Sequence[Row]], None]) -> Reading:
        return Reading(name, sql, (table,), partial(_data, client, sql), keep)

    return Side(
        ZUORA,
        [
            reading("billed charges", rows.billed, "billed", partial(keep_billed, rows.of_billed)),
            reading("billing accounts", rows.accounts, "account", partial(_keep_accounts, rows.of_accounts)),
            replace(
                reading(
                    "order line items", rows.line_items, "sold_once", partial(_keep_line_items, rows.of_line_items)
                ),
                optional=True,
            ),
            reading("orders", rows.orders, "sent", _keep_orders),
        ],
    )


def linked_side(client: ZuoraClient, key_field: str, external_ids: Iterable[str]) -> Side:
    """Return what is read from Zuora of rate plans by the ids that they carry, whoever owns them.

    Args:
        client: The tenant.
        key_field: The field of the account that holds the Salesforce id.
        external_ids: The ids.
    """
    ids = sorted(external_ids)
    readings = []
    for number, start in enumerate(range(0, len(ids), _KEYS_PER_QUERY), 1):
        some = ids[start : start + _KEYS_PER_QUERY]
        where = _sql_among("rateplan.externallymanagedplanid", some)
        sql = billed_query(key_field.lower(), _more_billed(), where)
        keep = partial(keep_billed, Rows(sql))
        readings.append(Reading(f"linked charges ({number})", sql, (), partial(_data, client, sql), keep))
    return Side(ZUORA, readings)


def _bulk(client: SalesforceClient, soql: str, part: Part) -> AsyncIterator[Page]:
    return bulk_query(client, soql, job=part.job or None, locator=part.locator, max_records=PAGE)


def _data(client: ZuoraClient, sql: str, part: Part) -> AsyncIterator[Page]:
    return data_query(client, sql, key=KEY, job=part.job or None, locator=part.locator, max_records=PAGE)


def _keeper(table: str, columns: Columns, *keys: str) -> Callable[[WorkFile, Sequence[Row]], None]:
    def keep(work: WorkFile, rows: Sequence[Row]) -> None:
        whole = (row for row in rows if all(row[key] for key in keys))  # one whose parent was deleted has lost it
        work.add(table, [(*(row[key] for key in keys), columns.pack(row)) for row in whole])

    return keep


_LINKS = (
    "Id", SUBSCRIPTION, REVISED, "SBQQ__QuoteLine__r.SBQQ__RenewedSubscription__c", "OrderId", SEGMENT_KEY,
    f"{_S}.SBQQ__Contract__c", "Product2Id", f"{_S}.SBQQ__StartDate__c",
)  # fmt: skip
"""What order products are joined to chains by."""

_ITEM = "(id, subscription, revised, renewed, order_id, segment, contract, product, start, record)"


def _keep_items(columns: Columns, work: WorkFile, rows: Sequence[Row]) -> None:
    sold = [row for row in rows if row[SUBSCRIPTION]]
    assets = [row for row in rows if not row[SUBSCRIPTION]]
    work.add("item", [(*(row.get(name) for name in _LINKS), columns.pack(row)) for row in sold], _ITEM)
    kept = [(row["Id"], row["Order.OrderNumber"], row["Product2Id"], columns.pack(row)) for row in assets]
    work.add("asset", kept, "(id, order_number, product, record)")


def keep_billed(packing: Rows, work: WorkFile, rows: Sequence[Row]) -> None:
    """Keep rows of what is billed."""
    kept = [
        (
            row["subscription_name"],
            row["rateplan_id"],
            row["rateplan_externallymanagedplanid"] or None,
            packing.pack(row),
        )
        for row in rows
    ]
    work.add("billed", kept, "(subscription, plan, external_id, record)")


def _keep_accounts(packing: Rows, work: WorkFile, rows: Sequence[Row]) -> None:
    work.add("account", [(row["account_id"], row["account_crmid"], packing.pack(row)) for row in rows])


def _keep_orders(work: WorkFile, rows: Sequence[Row]) -> None:
    work.add("sent", [(sold_number(row["orders_ordernumber"]),) for row in rows])


def _keep_line_items(packing: Rows, work: WorkFile, rows: Sequence[Row]) -> None:
    kept = [
        (
            row["orderlineitem_id"],
            sold_number(row["orders_ordernumber"]),
            row["orderlineitem_productcode"],
            packing.pack(row),
        )
        for row in rows
    ]
    work.add("sold_once", kept)
