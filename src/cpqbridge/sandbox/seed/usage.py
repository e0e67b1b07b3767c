"""Demo consumption schedules: what a product that is sold by usage costs, in each currency it is sold in."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from cpqbridge.sandbox.salesforce.cpq.usage import Rate, make_schedule, sell_by

if TYPE_CHECKING:
    from collections.abc import Mapping

    from cpqbridge.sandbox.salesforce.org import Org


@dataclass(frozen=True, slots=True)
class Schedule:
    """A consumption schedule of one product in one currency.

    Attributes:
        product: Key of the product.
        name: Name of the schedule.
        type: `Slab` (each part at its own rate) or `Range` (all of it at the rate of the whole).
        unit: Unit of measure.
        currency: ISO code.
        rates: Its tiers.
    """

    product: str
    name: str
    type: str
    unit: str
    currency: str
    rates: tuple[Rate, ...]


def rates(table: str) -> tuple[Rate, ...]:
    """Read tiers such as `0-100 FlatFee 25, 100- PerUnit 0.0825`."""
    return tuple(_rate(*entry.split()) for entry in table.split(","))


def _rate(bounds: str, method: str, price: str) -> Rate:
    lower, _, upper = bounds.partition("-")
    return Rate(int(lower), int(upper) if upper else None, Decimal(price), method)


SCHEDULES: Final = tuple(
    Schedule("DATA-USE", name, kind, unit, currency, rates(table))
    for name, kind, unit, currency, table in (
        ("Data transfer", "Slab", "GB", "USD", "0-100 FlatFee 25, 100-1000 PerUnit 0.12, 1000- PerUnit 0.0825"),
        (
            "API calls",
            "Range",
            "Each",
            "USD",
            "0-10000 PerUnit 0.004, 10000-100000 PerUnit 0.003, 100000- PerUnit 0.0025",
        ),
        ("Data transfer (EUR)", "Slab", "GB", "EUR", "0-100 FlatFee 23, 100-1000 PerUnit 0.11, 1000- PerUnit 0.076"),
    )
)


def write_schedules(org: Org, products: Mapping[str, str]) -> None:
    """Write the schedules and give them to their products, whose ids come by the seed's keys."""
    for entry in SCHEDULES:
        head = {"Name": entry.name, "Type": entry.type, "UnitOfMeasure": entry.unit, "CurrencyIsoCode": entry.currency}
        sell_by(org, products[entry.product], make_schedule(org, head, entry.rates))
