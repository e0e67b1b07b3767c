"""Use case: the lives of the subscriptions behind an order, a contract or a subscription, as Zuora holds them.

A subscription in Zuora has the number of the subscription that CPQ made at the first sale, through amendments and
renewals. From any later record the way leads back there over revised and renewed subscriptions.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cpqbridge.errors import FixData
from cpqbridge.mapping.rule import Record
from cpqbridge.planning.timeline.history import transferring
from cpqbridge.planning.timeline.timeline import Timeline, timeline_of
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.literals import chunks
from cpqbridge.salesforce.select import Select, build
from cpqbridge.sync.connect import Clients
from cpqbridge.transport.together import together
from cpqbridge.zuora.client import Row, ZuoraClient, part
from cpqbridge.zuora.lookups import get_order, subscribed_rate_plans
from cpqbridge.zuora.subscriptions import subscription_versions

Kind = Literal["order", "contract", "subscription"]

SUBSCRIPTION = "SBQQ__Subscription__c"
_ORDER = "SBQQ__OrderProduct__r.Order.OrderNumber"
_CONTRACT = "SBQQ__Contract__r.ContractNumber"
_REVISED = "SBQQ__RevisedSubscription__c"
_RENEWED = "SBQQ__QuoteLine__r"
_FIELDS = (
    "Id",
    "Name",
    "SBQQ__OrderProduct__c",
    _ORDER,
    _CONTRACT,
    _REVISED,
    f"{_RENEWED}.SBQQ__RenewedSubscription__c",
)
_SUBSCRIPTIONS = Select(SUBSCRIPTION, _FIELDS, order_by="Id", needed=(_REVISED,))

_BY: Mapping[Kind, tuple[Select, str]] = {
    "order": (Select("Order", ("Id", "OrderNumber")), "OrderNumber"),
    "contract": (Select("Contract", ("Id", "ContractNumber")), "ContractNumber"),
    "subscription": (_SUBSCRIPTIONS, "Name"),
}
"""What a number may be, in the order in which it is tried, with where it stands."""

_WAYS: Mapping[Kind, str] = {"order": _ORDER, "contract": _CONTRACT, "subscription": "Name"}


@dataclass(frozen=True, slots=True)
class Found:
    """What a number leads to.

    Attributes:
        number: As it was given.
        kind: What it is the number of.
        others: What else has that number; empty where it was said what it is.
        timelines: Its subscriptions in Zuora.
        missing: Numbers of those that Zuora does not have.
    """

    number: str
    kind: Kind
    others: tuple[Kind, ...]
    timelines: tuple[Timeline, ...]
    missing: tuple[str, ...]


async def timelines(clients: Clients, numbers: Sequence[str], kind: Kind | None = None) -> list[Found]:
    """Return the lives behind each number.

    Args:
        clients: Both systems.
        numbers: Of orders, contracts or subscriptions, of Salesforce or of Zuora.
        kind: What they are; by default what is found first.

    Raises:
        FixData: CPQ-419, neither system has such a number.
    """
    return [await _find(clients, number, kind) for number in dict.fromkeys(numbers)]


async def read_timeline(zuora: ZuoraClient, versions: Sequence[Row]) -> Timeline:
    """Return the life of a subscription, having read the orders that gave it to other accounts, if any."""
    orders = list(dict.fromkeys(transferring(versions)))
    found = await together(get_order(zuora, number) for number in orders)
    return timeline_of(versions, dict(zip(orders, found, strict=True)))


async def _find(clients: Clients, number: str, kind: Kind | None) -> Found:
    kinds = await _kinds(clients.salesforce, number)
    wanted = [one for one in kinds if kind in (None, one)]
    if not wanted:
        return await _only_in_zuora(clients.zuora, number, kind)
    roots = await _first_sales(clients.salesforce, wanted[0], number)
    lives, missing = await _read(clients.zuora, roots)
    others = () if kind else tuple(one for one in kinds if one != wanted[0])
    return Found(number, wanted[0], others, lives, missing)


async def _kinds(salesforce: SalesforceClient, number: str) -> list[Kind]:
    """Return what Salesforce has with a number."""
    queries = [await build(salesforce, select, field, [number]) for select, field in _BY.values()]
    answers = await salesforce.query_many(queries)
    return [kind for kind, rows in zip(_BY, answers, strict=True) if rows]


async def _first_sales(salesforce: SalesforceClient, kind: Kind, number: str) -> dict[str, str | None]:
    """Return the subscriptions of the first sales behind a number, by name, each with its order product."""
    rows = await _rows(salesforce, _WAYS[kind], [number])
    known = {row["Id"]: row for row in rows}
    while wanted := {parent for row in known.values() if (parent := _parent(row))} - set(known):
        found = await _rows(salesforce, "Id", sorted(wanted))
        known |= {row["Id"]: row for row in found}
        if wanted - set(known):  # deleted meanwhile: what is left of the way counts
            known |= {lost: {"Id": lost} for lost in wanted - set(known)}
    roots = [_root(row, known) for row in rows]
    return {row["Name"]: row.get("SBQQ__OrderProduct__c") for row in roots}


async def _rows(salesforce: SalesforceClient, field: str, keys: Sequence[str]) -> list[Record]:
    queries = [await build(salesforce, _SUBSCRIPTIONS, field, some) for some in chunks(keys)]
    return [row for query in queries for row in await salesforce.query(query)]


def _parent(row: Record) -> str | None:
    """Return the subscription that one amends or renews."""
    return row.get(_REVISED) or (row.get(_RENEWED) or {}).get("SBQQ__RenewedSubscription__c")


def _root(row: Record, known: Mapping[str, Record]) -> Record:
    """Return the first sale of a subscription, as far as the way leads back."""
    seen: set[str] = set()
    while (parent := known.get(_parent(row) or "")) and parent.get("Name") and parent["Id"] not in seen:
        seen.add(parent["Id"])
        row = parent
    return row


async def _read(zuora: ZuoraClient, roots: Mapping[str, str | None]) -> tuple[tuple[Timeline, ...], tuple[str, ...]]:
    """Return the lives of first sales, found by number, else by the id that their rate plan carries."""
    versions = dict(zip(roots, await together(subscription_versions(zuora, name) for name in roots), strict=True))
    items = {item: name for name, item in roots.items() if item and not versions[name]}
    named = {
        items[plan["externallyManagedPlanId"]]: (plan.get("subscription") or {}).get("name")
        for plan in (await subscribed_rate_plans(zuora, items) if items else ())
    }
    for name, held in named.items():
        versions[name] = await subscription_versions(zuora, held) if held else []
    return await _lives(zuora, versions.values()), tuple(name for name, rows in versions.items() if not rows)


async def _lives(zuora: ZuoraClient, histories: Iterable[Sequence[Row]]) -> tuple[Timeline, ...]:
    """Return the lives of histories that are not empty, each subscription once."""
    once = {rows[-1]["subscriptionNumber"]: rows for rows in histories if rows}
    return tuple(await together(read_timeline(zuora, rows) for rows in once.values()))


async def _only_in_zuora(zuora: ZuoraClient, number: str, kind: Kind | None) -> Found:
    """Return what Zuora alone has with a number: an order of its own, or a subscription from before."""
    if kind != "contract":
        order = await zuora.get_or_none(f"/v1/orders/{part(number)}") if kind != "subscription" else None
        entries: Collection[Row] = ((order or {}).get("order") or {}).get("subscriptions") or ()
        names = [entry["subscriptionNumber"] for entry in entries] if order else [number]
        histories = await together(subscription_versions(zuora, name) for name in names if kind != "order" or order)
        if order or any(histories):
            lives = await _lives(zuora, histories)
            return Found(number, "order" if order else "subscription", (), lives, ())
    message = f"Neither Salesforce nor Zuora has an order, contract or subscription with the number {number}"
    raise FixData("CPQ-419", message, record=number)
