"""Use case: the lives of the subscriptions behind an order, a contract or a subscription, as Zuora holds them.

A subscription of CPQ is part of a chain, and the chain is one subscription in Zuora: the same chains as in a sync lead
there. It is found as a sync finds it, by the ids that rate plans carry, else by the number of the chain.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from cpqbridge.errors import FixData
from cpqbridge.mapping.rule import Record
from cpqbridge.planning.chain import SUBSCRIPTION
from cpqbridge.planning.sold import Sold
from cpqbridge.planning.timeline.history import transferring
from cpqbridge.planning.timeline.sales import Prices, all_sold, prices_sold
from cpqbridge.planning.timeline.timeline import Timeline, timeline_of
from cpqbridge.salesforce.client import SalesforceClient
from cpqbridge.salesforce.select import Select, build
from cpqbridge.settings.options import Options
from cpqbridge.sync.connect import Clients
from cpqbridge.sync.source import CpqSource
from cpqbridge.sync.target import linked_ids
from cpqbridge.transport.together import together
from cpqbridge.zuora.client import Row, ZuoraClient, part
from cpqbridge.zuora.lookups import get_order, subscribed_rate_plans
from cpqbridge.zuora.subscriptions import subscription_versions

Kind = Literal["order", "contract", "subscription"]

_ORDER = "SBQQ__OrderProduct__r.Order"
_FIELDS = ("Id", "Name", "SBQQ__OrderProduct__c", f"{_ORDER}.OrderNumber")
_SUBSCRIPTIONS = Select(SUBSCRIPTION, _FIELDS, order_by="Id", needed=("SBQQ__OrderProduct__c",))

_BY: Mapping[Kind, tuple[Select, str]] = {
    "order": (Select("Order", ("Id", "OrderNumber")), "OrderNumber"),
    "contract": (Select("Contract", ("Id", "ContractNumber")), "ContractNumber"),
    "subscription": (_SUBSCRIPTIONS, "Name"),
}
"""What a number may be, in the order in which it is tried, with where it stands."""

_WAYS: Mapping[Kind, str] = {
    "order": f"{_ORDER}.OrderNumber",
    "contract": "SBQQ__Contract__r.ContractNumber",
    "subscription": "Name",
}
"""Where the number stands on the subscriptions that it leads to."""


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


@dataclass(frozen=True, slots=True)
class _Root:
    """Where a subscription of CPQ is in Zuora: by what rate plans carry, else by number."""

    ids: Sequence[str]
    number: str


@dataclass(frozen=True, slots=True)
class _Systems:
    """Both systems."""

    salesforce: SalesforceClient
    source: CpqSource
    zuora: ZuoraClient


async def timelines(
    clients: Clients, options: Options, numbers: Sequence[str], kind: Kind | None = None
) -> list[Found]:
    """Return the lives behind each number.

    Args:
        clients: Both systems.
        options: Which subscription goes on as which.
        numbers: Of orders, contracts or subscriptions, of Salesforce or of Zuora.
        kind: What they are; by default what is found first.

    Raises:
        FixData: CPQ-419, neither system has such a number.
    """
    systems = _Systems(clients.salesforce, CpqSource(clients.salesforce, options), clients.zuora)
    return [await _find(systems, number, kind) for number in dict.fromkeys(numbers)]


async def read_timeline(zuora: ZuoraClient, versions: Sequence[Row], prices: Prices | None = None) -> Timeline:
    """Return the life of a subscription, having read the orders that gave it to other accounts, if any.

    Args:
        zuora: The tenant.
        versions: All its versions with all segments, the first first.
        prices: For what Salesforce sold it, as far as that is known.
    """
    orders = list(dict.fromkeys(transferring(versions)))
    found = await together(get_order(zuora, number) for number in orders)
    return timeline_of(versions, dict(zip(orders, found, strict=True)), prices)


async def _find(systems: _Systems, number: str, kind: Kind | None) -> Found:
    kinds = await _kinds(systems.salesforce, number)
    wanted = [one for one in kinds if kind in (None, one)]
    if not wanted:
        return await _only_in_zuora(systems, number, kind)
    roots = await _roots(systems, wanted[0], number)
    histories = await _histories(systems.zuora, roots)
    others = () if kind else tuple(one for one in kinds if one != wanted[0])
    missing = dict.fromkeys(root.number for root, held in zip(roots, histories, strict=True) if not held)
    lives = await _lives(systems, (rows for held in histories for rows in held))
    return Found(number, wanted[0], others, lives, tuple(missing))


async def _kinds(salesforce: SalesforceClient, number: str) -> list[Kind]:
    """Return what Salesforce has with a number."""
    queries = [await build(salesforce, select, field, [number]) for select, field in _BY.values()]
    answers = await salesforce.query_many(queries)
    return [kind for kind, rows in zip(_BY, answers, strict=True) if rows]


async def _roots(systems: _Systems, kind: Kind, number: str) -> list[_Root]:
    """Return where the subscriptions that a number leads to are in Zuora, each once."""
    rows = await systems.salesforce.query(await build(systems.salesforce, _SUBSCRIPTIONS, _WAYS[kind], [number]))
    orders = dict.fromkeys(order for row in rows if (order := _order(row)))
    sold = all_sold(await systems.source.orders(list(orders)))
    roots = [_root(sold, row) for row in rows]
    return list({(root.number, *root.ids): root for root in roots}.values())


def _order(subscription: Record) -> str | None:
    item = subscription.get("SBQQ__OrderProduct__r") or {}
    number: str | None = (item.get("Order") or {}).get("OrderNumber")
    return number


def _root(sold: Sold, subscription: Record) -> _Root:
    """Return where a subscription is; one that no order product is known of has its own number."""
    key = subscription.get("SBQQ__OrderProduct__c")
    item = sold.items.get(key or "")
    chain = sold.chain(item) if item else None
    if item is None or chain is None:
        return _Root([key] if key else [], subscription["Name"])
    return _Root(linked_ids(chain), (sold.host(item) or chain).number)


async def _histories(zuora: ZuoraClient, roots: Sequence[_Root]) -> list[list[Sequence[Row]]]:
    """Return all versions of the subscriptions that each root is in."""
    ids = dict.fromkeys(one for root in roots for one in root.ids)
    carrying: dict[str, list[str]] = {}
    for plan in await subscribed_rate_plans(zuora, ids) if ids else ():
        carrying.setdefault(plan["externallyManagedPlanId"], []).append(plan["subscription"]["name"])
    named = [[name for one in root.ids for name in carrying.get(one, ())] or [root.number] for root in roots]
    wanted = list(dict.fromkeys(name for names in named for name in names))
    found = dict(zip(wanted, await together(subscription_versions(zuora, name) for name in wanted), strict=True))
    return [[found[name] for name in dict.fromkeys(names) if found[name]] for names in named]


async def _lives(systems: _Systems, histories: Iterable[Sequence[Row]]) -> tuple[Timeline, ...]:
    """Return the lives of histories that are not empty, each subscription once, with the prices of their orders."""
    once = {rows[-1]["subscriptionNumber"]: rows for rows in histories if rows}
    prices = prices_sold(await systems.source.orders(list(dict.fromkeys(_orders(once.values())))))
    return tuple(await together(read_timeline(systems.zuora, rows, prices) for rows in once.values()))


def _orders(histories: Iterable[Sequence[Row]]) -> Iterator[str]:
    yield from (number for rows in histories for row in rows if (number := row.get("orderNumber")))


async def _only_in_zuora(systems: _Systems, number: str, kind: Kind | None) -> Found:
    """Return what Zuora alone has with a number: an order of its own, or a subscription from before."""
    if kind != "contract":
        zuora = systems.zuora
        order = await zuora.get_or_none(f"/v1/orders/{part(number)}") if kind != "subscription" else None
        entries: Collection[Row] = ((order or {}).get("order") or {}).get("subscriptions") or ()
        names = [entry["subscriptionNumber"] for entry in entries] if order else [number]
        histories = await together(subscription_versions(zuora, name) for name in names if kind != "order" or order)
        if order or any(histories):
            lives = await _lives(systems, histories)
            return Found(number, "order" if order else "subscription", (), lives, ())
    message = f"Neither Salesforce nor Zuora has an order, contract or subscription with the number {number}"
    raise FixData("CPQ-419", message, record=number)
