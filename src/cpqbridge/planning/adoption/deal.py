"""What Salesforce sold, as an adoption compares it: a chain of order products, and what its rate plans must carry.

The rate plan of a chain carries the id of the order product that began it; for usage, of its consumption schedule.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal

from cpqbridge.mapping.rule import Problem, Record
from cpqbridge.mapping.usage_product import SCHEDULE_MODELS
from cpqbridge.planning.chain import Chain
from cpqbridge.planning.charges import is_metered, schedules_of


@dataclass(frozen=True, slots=True)
class Part:
    """What one rate plan bills of a chain: the product itself, or one of its consumption schedules.

    Attributes:
        external_id: The id that the rate plan is to carry.
        catalog_id: The Salesforce id that its rate plan in the catalog may carry.
        name: Of the product or of the schedule.
        model: Charge model of usage, as Object Query writes it; None for the product itself.
        unit: Unit of measure of usage, as Zuora spells it.
        schedule: Id of its consumption schedule, which all order products of the chain have.
        link: Its `ProductConsumptionSchedule`; None where the product has it no more.
    """

    external_id: str
    catalog_id: str | None
    name: str
    model: str | None = None
    unit: str | None = None
    schedule: str | None = None
    link: Record | None = field(default=None, compare=False)

    @property
    def is_usage(self) -> bool:
        """Whether it is billed by usage."""
        return self.model is not None


def parts_of(first: Record, links: Iterable[Record], units: Mapping[str, str]) -> Iterator[Part]:
    """Yield what the rate plans of a chain carry: ids of its first order product, and of its schedules.

    Args:
        first: The order product.
        links: `ProductConsumptionSchedule` rows of its product.
        units: The user's table of units of measure.
    """
    if not is_metered(first):
        yield product_part(first)
    known = {link["ConsumptionScheduleId"]: link for link in links}
    for schedule in schedules_of(first):
        unit, key = schedule.get("SBQQ__UnitOfMeasure__c"), schedule.get("SBQQ__ConsumptionSchedule__c")
        link = known.get(key)
        yield Part(
            external_id=schedule["Id"],
            catalog_id=link["Id"] if link else None,
            name=schedule.get("Name") or "",
            model=SCHEDULE_MODELS.get(schedule.get("SBQQ__Type__c") or "", ""),
            unit=units.get(unit, unit) if unit else None,
            schedule=key,
            link=link,
        )


def product_part(item: Record) -> Part:
    """Return what the rate plan of an order product itself carries."""
    return Part(item["Id"], item["Product2Id"], (item.get("Product2") or {}).get("Name") or "")


@dataclass(frozen=True, slots=True)
class Stage:
    """What a deal comes to by its orders until one of them: Zuora may not have the later ones yet.

    Attributes:
        owner: Salesforce id of the account that owns the subscription.
        steps: Day and units from then on, by day.
        end: Last day on which anything is active; None without end.
        term_end: Last day of the term, even if all is cancelled before; None without end.
        missing: Numbers of the later orders.
        chain: The same orders of the chain; None where prices are not compared.
    """

    owner: str
    steps: tuple[tuple[date, Decimal], ...]
    end: date | None
    term_end: date | None
    missing: tuple[str, ...] = ()
    chain: Chain | None = None

    def quantity_on(self, day: date) -> Decimal:
        """Return the units that are sold on a day; before the first day those of the first."""
        return next((units for since, units in reversed(self.steps) if since <= day), self.steps[0][1])


@dataclass(frozen=True, slots=True)
class Deal:
    """A chain: what was sold once, with everything that changed or renewed it.

    Attributes:
        id: Id of its first `SBQQ__Subscription__c`.
        number: Number (name) of that.
        numbers: Numbers of the subscriptions of all its sales, the first one first.
        names: What people may call it by: numbers of all its subscriptions, ids of their order products.
        accounts: Salesforce ids of the accounts of its orders.
        product: The `Product2` row.
        currency: ISO code; None in an org with one currency.
        stages: What it comes to: first with all its orders, last with the first one alone.
        starts: Days on which its subscription in Zuora may start: those of its sales and of their contracts.
        parts: What its rate plans must carry.
        later: Ids of later order products of the chain; none of them belongs on a rate plan.
        orders: Numbers of its orders, the first one first.
        order_ids: Ids of the same orders.
        over: Whether it has ended.
        problem: Why it cannot be linked, whatever Zuora holds.
    """

    id: str
    number: str
    numbers: tuple[str, ...]
    names: frozenset[str]
    product: Record
    currency: str | None
    stages: tuple[Stage, ...]
    starts: tuple[date, ...]
    parts: tuple[Part, ...] = ()
    later: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    orders: tuple[str, ...] = ()
    order_ids: tuple[str, ...] = ()
    over: bool = False
    problem: Problem | None = None

    @property
    def owner(self) -> str:
        """Salesforce id of the account that owns the subscription, after all orders."""
        return self.stages[0].owner

    @property
    def owners(self) -> frozenset[str]:
        """Salesforce ids of the accounts that have owned it."""
        return frozenset(stage.owner for stage in self.stages)

    @property
    def start(self) -> date:
        """First day."""
        return self.stages[0].steps[0][0]

    @property
    def end(self) -> date | None:
        """Last day, after all orders; None without end."""
        return self.stages[0].end

    @property
    def code(self) -> str:
        """Product code, or the name of a product that has none."""
        return str(self.product.get("ProductCode") or self.product.get("Name"))

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id that its rate plans should carry, or may carry by mistake."""
        return (*(part.external_id for part in self.parts), *sorted(self.later))
