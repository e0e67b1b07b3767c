"""What an adoption compares: chains as Salesforce sold them, subscriptions as Zuora bills them.

The rate plan of a chain carries the id of the order product that began it; for usage, of its consumption schedule.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from cpqbridge.mapping.dates import ONE_DAY
from cpqbridge.mapping.rule import Problem, Record

USAGE = "Usage"
ONE_TIME = "OneTime"


@dataclass(frozen=True, slots=True)
class Part:
    """What one rate plan bills of a chain: the product itself, or one of its consumption schedules.

    Attributes:
        external_id: The id that the rate plan is to carry.
        catalog_id: The Salesforce id that its rate plan in the catalog may carry.
        name: Of the product or of the schedule.
        model: Charge model of usage, as Object Query writes it; None for the product itself.
        unit: Unit of measure of usage, as Zuora spells it.
    """

    external_id: str
    catalog_id: str | None
    name: str
    model: str | None = None
    unit: str | None = None

    @property
    def is_usage(self) -> bool:
        """Whether it is billed by usage."""
        return self.model is not None


@dataclass(frozen=True, slots=True)
class Deal:
    """A chain: what was sold once, with everything that changed or renewed it.

    Attributes:
        id: Id of its first `SBQQ__Subscription__c`.
        number: Number (name) of that.
        numbers: Numbers of the subscriptions of all its sales, the first one first.
        names: What people may call it by: numbers of all its subscriptions, ids of their order products.
        owner: Salesforce id of the account that owns the subscription.
        accounts: Salesforce ids of the accounts of its orders.
        product: The `Product2` row.
        currency: ISO code; None in an org with one currency.
        steps: Day and units from then on, by day.
        starts: Days on which its subscription in Zuora may start: those of its sales and of their contracts.
        end: Last day; None without end.
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
    owner: str
    product: Record
    currency: str | None
    steps: tuple[tuple[date, Decimal], ...]
    starts: tuple[date, ...]
    end: date | None
    parts: tuple[Part, ...] = ()
    later: frozenset[str] = frozenset()
    accounts: frozenset[str] = frozenset()
    orders: tuple[str, ...] = ()
    order_ids: tuple[str, ...] = ()
    over: bool = False
    problem: Problem | None = None

    @property
    def start(self) -> date:
        """First day."""
        return self.steps[0][0]

    @property
    def code(self) -> str:
        """Product code, or the name of a product that has none."""
        return str(self.product.get("ProductCode") or self.product.get("Name"))

    @property
    def ids(self) -> tuple[str, ...]:
        """Every id that its rate plans should carry, or may carry by mistake."""
        return (*(part.external_id for part in self.parts), *sorted(self.later))

    def quantity_on(self, day: date) -> Decimal:
        """Return the units that are sold on a day; before the first day those of the first."""
        return next((units for since, units in reversed(self.steps) if since <= day), self.steps[0][1])


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a charge of a subscription, with the spelling of Object Query; `end` is the day after the last."""

    charge: str
    type: str
    model: str
    unit: str | None
    quantity: Decimal | None
    start: date | None
    end: date | None

    def in_force(self, day: date) -> bool:
        """Return whether it is billed on a day; what is charged once stays."""
        if self.type == ONE_TIME:
            return True
        return (self.start is None or self.start <= day) and (self.end is None or day < self.end)


@dataclass(frozen=True, slots=True)
class Plan:
    """A rate plan of the latest version of a subscription.

    Attributes:
        id: Zuora id, which changes with every version.
        number: Subscription rate plan number, which does not.
        name: Its name.
        external_id: The externally managed plan id that it carries.
        sku: SKU of its product in the catalog.
        catalog_ids: Salesforce ids that its rate plan in the catalog carries.
        segments: Of all its charges.
    """

    id: str
    number: str
    name: str
    external_id: str | None
    sku: str | None
    catalog_ids: frozenset[str]
    segments: tuple[Segment, ...]

    @property
    def charges(self) -> tuple[str, ...]:
        """Numbers of its charges."""
        return tuple(dict.fromkeys(segment.charge for segment in self.segments))

    def bills(self, part: Part, product: Record) -> bool:
        """Return whether it bills this part of this product: by the catalog's link, else by product code."""
        kinds = [segment for segment in self.segments if (segment.type == USAGE) == part.is_usage]
        if not kinds:
            return False
        if part.catalog_id in self.catalog_ids:
            return True
        if not self.sku or self.sku != product.get("ProductCode"):
            return False
        return not part.is_usage or any((one.model, one.unit) == (part.model, part.unit) for one in kinds)


@dataclass(frozen=True, slots=True)
class Billed:
    """The latest version of a subscription in Zuora.

    Attributes:
        number: Subscription number.
        status: As Zuora writes it, such as `Active`.
        account_number: Number of the account that owns it.
        owner: Salesforce id that this account carries.
        currency: ISO code.
        start: First day.
        end: Day after the last one of its term; None for evergreen.
        plans: Its rate plans.
    """

    number: str
    status: str
    account_number: str
    owner: str | None
    currency: str | None
    start: date | None
    end: date | None
    plans: tuple[Plan, ...] = ()


def day_for(deal: Deal, billed: Billed, today: date) -> date:
    """Return the day on which the two are compared: today, or the nearest day that both know."""
    first = max(day for day in (deal.start, billed.start) if day)
    lasts = [day for day in (deal.end, billed.end - ONE_DAY if billed.end else None) if day]
    return max(min([today, *lasts]), first)
