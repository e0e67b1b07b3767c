"""Makes what an adoption compares of what was read from Salesforce: one deal for each chain of order products."""

from __future__ import annotations

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cpqbridge.mapping.dates import ONE_DAY, parse
from cpqbridge.mapping.rule import Problem, Record
from cpqbridge.planning.adoption.deal import Deal, Stage, parts_of
from cpqbridge.planning.chain import REVISED, SUBSCRIPTION, Chain, stretches
from cpqbridge.planning.owners import owners
from cpqbridge.planning.sold import Sold

_S = "SBQQ__Subscription__c"


@dataclass(frozen=True, slots=True)
class DealMaker:
    """Makes deals.

    Attributes:
        links: Product id to its `ProductConsumptionSchedule` rows.
        units: The user's table of units of measure.
        today: Today.
        rebooked: Whether a product that an amendment cancels and sells again goes on as the same subscription.
    """

    links: Mapping[str, Sequence[Record]]
    units: Mapping[str, str]
    today: date
    rebooked: bool = False

    def deals(self, items: Iterable[Record]) -> Iterator[Deal]:
        """Yield the chains of contracted order products, each with its `Order`; all of each chain must be there."""
        sold = Sold({item["Id"]: item for item in items}, rebooked=self.rebooked)
        for chain in sold.chains():
            yield self._deal(chain)

    def _deal(self, chain: Chain) -> Deal:
        items = [piece.item for sale in chain.sales for piece in sale.pieces]
        first, stages = chain.first, tuple(_stages(chain))
        end = stages[0].end
        return Deal(
            id=first[SUBSCRIPTION],
            number=chain.number,
            numbers=tuple(sale.item["SBQQ__Subscription__r"]["Name"] for sale in chain.sales),
            names=frozenset(name for item in items for name in (item["SBQQ__Subscription__r"]["Name"], item["Id"])),
            product=first.get("Product2") or {"Id": first["Product2Id"]},
            currency=first["Order"].get("CurrencyIsoCode"),
            stages=stages,
            starts=tuple(sorted(set(_starts(chain)))),
            parts=tuple(parts_of(first, self.links.get(first["Product2Id"], ()), self.units)),
            later=frozenset(item["Id"] for item in items) - {first["Id"]},
            accounts=frozenset(item["Order"]["AccountId"] for item in items),
            orders=chain.orders,
            order_ids=tuple(dict.fromkeys(item["OrderId"] for item in items)),
            over=end is not None and end < self.today,
        )

    def unlinkable(self, subscriptions: Iterable[Record], items: Iterable[Record]) -> Iterator[Deal]:
        """Yield what cannot be linked: subscriptions without order product, without start, or of unread originals."""
        sold = {item[SUBSCRIPTION]: item for item in items}
        for row in subscriptions:
            if row["Id"] not in sold:
                message = f"Subscription {row['Name']} was made without an order: it has no order product id to link by"
                remedy = "Change it in Zuora by hand, or sell it anew by an order."
                problem = Problem("CPQ-401", f"{_S}.SBQQ__OrderProduct__c", message, remedy)
                yield self._stub(row["Id"], row["Name"], row["SBQQ__Account__c"], row, problem)
        read = {item["Id"] for item in sold.values()}
        for key, item in sold.items():
            problem_of_item = _problem(item, read)
            if problem_of_item is not None:
                row = item["SBQQ__Subscription__r"]
                yield self._stub(key, row["Name"], item["Order"]["AccountId"], row, problem_of_item, item)

    def _stub(
        self, key: str, number: str, owner: str, row: Record, problem: Problem, item: Record | None = None
    ) -> Deal:
        start, end = (row.get(f"SBQQ__{name}Date__c") for name in ("Start", "End"))
        last = parse(end) if end else None
        steps = ((parse(start) if start else self.today, Decimal(row.get("SBQQ__Quantity__c") or 0)),)
        return Deal(
            id=key,
            number=number,
            numbers=(number,),
            names=frozenset((number, item["Id"]) if item else (number,)),
            product=(item.get("Product2") if item else row.get("SBQQ__Product__r")) or {},
            currency=None,
            stages=(Stage(owner, steps, last, last),),
            starts=(),
            accounts=frozenset((owner,)),
            orders=(item["Order"]["OrderNumber"],) if item else (),
            over=last is not None and last < self.today,
            problem=problem,
        )


def _start(item: Record) -> str | None:
    return (item.get("SBQQ__Subscription__r") or {}).get("SBQQ__StartDate__c")


def _problem(item: Record, read: Container[str]) -> Problem | None:
    """Return why an order product is in no chain that can be compared."""
    name = item["SBQQ__Subscription__r"]["Name"]
    if not _start(item):
        return Problem("CPQ-405", f"{_S}.SBQQ__StartDate__c", f"Subscription {name} has no start date")
    if item.get(REVISED) and item[REVISED] not in read:
        message = f"The order product {item[REVISED]}, which subscription {name} revises, cannot be read"
        return Problem("CPQ-408", f"OrderItem.{REVISED}", message)
    return None


def _stages(chain: Chain) -> Iterator[Stage]:
    """Yield what a chain comes to with all its orders, without the last one, and so on to the first one alone."""
    for count in range(len(chain.orders), 0, -1):
        part = chain.of(frozenset(chain.orders[:count]))
        if not part.sales:
            continue
        after = part.sales[-1].end
        last = after - ONE_DAY if after else None
        yield Stage(owners(part)[0], _steps(part), _end(part), last, chain.orders[count:], part)


def _steps(chain: Chain) -> tuple[tuple[date, Decimal], ...]:
    found = {stretch.start: stretch.quantity for stretch in stretches(chain)}
    return tuple(sorted(found.items())) or ((chain.sales[0].start, Decimal(0)),)


def _end(chain: Chain) -> date | None:
    """Return the last day on which anything of a chain is active; None without end."""
    every = stretches(chain)
    active = [one for one in every if one.quantity] or every
    end = active[-1].end if active else chain.sales[-1].end
    return end - ONE_DAY if end else None


def _starts(chain: Chain) -> Iterator[date]:
    for sale in chain.sales:
        yield sale.start
        contract = (sale.item["SBQQ__Subscription__r"].get("SBQQ__Contract__r") or {}).get("StartDate")
        if contract:
            yield parse(contract)
