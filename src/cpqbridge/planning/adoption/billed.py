"""What Zuora bills, as an adoption compares it: a subscription with its rate plans, in the words of Object Query."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from cpqbridge.mapping.rule import Record
from cpqbridge.planning.adoption.deal import Part

USAGE = "Usage"
ONE_TIME = "OneTime"


class Tier(NamedTuple):
    """A price tier of a charge, in the words of the Orders API; `end` is None where it is open."""

    start: Decimal
    end: Decimal | None
    price: Decimal
    format: str


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a charge of a subscription, with the spelling of Object Query.

    Attributes:
        charge: Charge number.
        type: Charge type.
        model: Charge model.
        unit: Unit of measure.
        quantity: Units; None for usage.
        start: First day.
        end: Day after the last one; None without end.
        period: Billing period.
        price_base: What the price is for, such as `Per Month`.
        base_months: Months that it is for, where that is `Per Specific Months`.
        tiers: Its price tiers; one where there is one price.
    """

    charge: str
    type: str
    model: str
    unit: str | None
    quantity: Decimal | None
    start: date | None
    end: date | None
    period: str | None = None
    price_base: str | None = None
    base_months: int | None = None
    tiers: tuple[Tier, ...] = ()

    @property
    def price(self) -> Decimal | None:
        """Its list price; None for usage, whose tiers have it, and where it has none."""
        return self.tiers[0].price if self.type != USAGE and len(self.tiers) == 1 else None

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
