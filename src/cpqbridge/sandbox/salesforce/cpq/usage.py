"""Consumption schedules on their way: from the product to the quote line, the order product and the subscription.

The quote line's copies are what a deal may change: a rate overridden there goes on to the order and the subscription.
Custom fields of the same API name go with them, as the package's twin fields do.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from cpqbridge.sandbox.salesforce.cpq.records import add, copied

if TYPE_CHECKING:
    from cpqbridge.sandbox.salesforce.org import Org

Row = Mapping[str, Any]

_PACKAGE_NAME: Final = re.compile(r"SBQQ__(\w+)__c")


@dataclass(frozen=True, slots=True)
class Step:
    """The objects in which one step keeps schedules and rates, and the fields that link them.

    Attributes:
        schedule: Object of the schedules.
        rate: Object of the rates.
        owner: The schedule's link to what is sold.
        parent: The rate's link to its schedule.
    """

    schedule: str
    rate: str
    owner: str
    parent: str

    @classmethod
    def of(cls, name: str) -> Step:
        """Return the step that the package's objects are named after."""
        schedule = f"SBQQ__{name}ConsumptionSchedule__c"
        return cls(schedule, f"SBQQ__{name}ConsumptionRate__c", f"SBQQ__{name}__c", schedule)


class Rate(NamedTuple):
    """A tier of usage.

    Attributes:
        lower: First unit, inclusive.
        upper: First unit above it; None leaves it open.
        price: In the schedule's currency, up to seven decimals.
        method: `PerUnit` or `FlatFee`.
    """

    lower: int
    upper: int | None
    price: Decimal
    method: str

    def values(self, order: int, name: str) -> dict[str, Any]:
        """Return its fields, named by a format such as `SBQQ__{}__c`."""
        parts = zip(("LowerBound", "UpperBound", "Price", "PricingMethod"), self, strict=True)
        return {name.format(part): value for part, value in (("ProcessingOrder", order), *parts)}


QUOTE_LINE: Final = Step.of("QuoteLine")
ORDER_ITEM: Final = Step.of("OrderItem")
SUBSCRIPTION: Final = Step.of("Subscription")
_PRODUCT: Final = Step("ConsumptionSchedule", "ConsumptionRate", "", "ConsumptionScheduleId")


def attach(org: Org, line_id: str) -> list[str]:
    """Give a quote line its copies of the product's schedules, as saving the quote does; once only.

    Only active schedules in the quote line's currency are copied.

    Returns:
        Ids of the line's schedules.
    """
    line = org.store.get("SBQQ__QuoteLine__c", line_id)
    if line is None:
        raise KeyError(line_id)
    present = [str(row["Id"]) for row in org.store.find(QUOTE_LINE.schedule, QUOTE_LINE.owner, line["Id"])]
    if present:
        return present
    made = [_copy(org, _PRODUCT, schedule, QUOTE_LINE, line["Id"]) for schedule in _sold_by(org, line)]
    if made:
        org.store.update("SBQQ__QuoteLine__c", line["Id"], {"SBQQ__HasConsumptionSchedule__c": True}, system=True)
    return made


def agree_rates(org: Org, line_id: str, schedule: str, rates: Iterable[Rate]) -> None:
    """Agree other rates on a quote line than its schedule of that name has.

    Raises:
        LookupError: the line has no schedule of that name.
    """
    rows = [org.store.get(QUOTE_LINE.schedule, identifier) or {} for identifier in attach(org, line_id)]
    found = next((row for row in rows if row.get("Name") == schedule), None)
    if found is None:
        raise LookupError(f"The quote line has no consumption schedule '{schedule}'")
    for old in org.store.find(QUOTE_LINE.rate, QUOTE_LINE.parent, found["Id"]):
        org.store.delete(QUOTE_LINE.rate, old["Id"])
    for order, rate in enumerate(rates, 1):
        head = {"Name": f"Rate {order}", QUOTE_LINE.parent: found["Id"], **_currency(found)}
        add(org, QUOTE_LINE.rate, head | rate.values(order, "SBQQ__{}__c"))


def make_schedule(org: Org, values: Mapping[str, Any], rates: Iterable[Rate]) -> str:
    """Make an active consumption schedule with its rates and return its id."""
    schedule = add(org, _PRODUCT.schedule, {"IsActive": True, **values})
    for order, rate in enumerate(rates, 1):
        add(org, _PRODUCT.rate, {_PRODUCT.parent: schedule, **_currency(values), **rate.values(order, "{}")})
    return schedule


def sell_by(org: Org, product_id: str, schedule_id: str) -> str:
    """Have a product sold by a consumption schedule; returns the id of the product consumption schedule."""
    org.store.update("Product2", product_id, {"SBQQ__HasConsumptionSchedule__c": True}, system=True)
    schedule = org.store.get(_PRODUCT.schedule, schedule_id) or {}
    link = {"ProductId": product_id, "ConsumptionScheduleId": schedule_id, **_currency(schedule)}
    return add(org, "ProductConsumptionSchedule", link)


def carry(org: Org, source: Step, source_id: str, target: Step, target_id: str) -> None:
    """Copy the schedules and rates of a quote line or order product to what it becomes."""
    for schedule in org.store.find(source.schedule, source.owner, source_id):
        _copy(org, source, schedule, target, target_id)


def _sold_by(org: Org, line: Row) -> list[dict[str, Any]]:
    links = org.store.find("ProductConsumptionSchedule", "ProductId", line.get("SBQQ__Product__c"))
    rows = [org.store.get("ConsumptionSchedule", link["ConsumptionScheduleId"]) for link in links]
    currency = line.get("CurrencyIsoCode")
    return [
        row
        for row in rows
        if row and not row["IsDeleted"] and row["IsActive"] and row.get("CurrencyIsoCode") == currency
    ]


def _copy(org: Org, source: Step, schedule: Row, target: Step, owner: str) -> str:
    links = {target.owner: owner} | ({"SBQQ__ConsumptionSchedule__c": schedule["Id"]} if source is _PRODUCT else {})
    made = add(org, target.schedule, _twins(org, schedule, target.schedule) | links)
    rates = org.store.find(source.rate, source.parent, schedule["Id"])
    for rate in rates:
        origin = {"SBQQ__ConsumptionRate__c": rate["Id"]} if source is _PRODUCT else {}
        add(org, target.rate, _twins(org, rate, target.rate) | {target.parent: made} | origin)
    return made


def _currency(row: Row) -> dict[str, Any]:
    return copied(row, ("CurrencyIsoCode",))


def _twins(org: Org, source: Row, target: str) -> dict[str, Any]:
    """Return what a row has for the fields of another object, under the same name or the platform's name of it."""
    found = {}
    for field in org.store.catalogue.require(target).every:
        if not field.stored or not (field.custom or field.name in ("Name", "CurrencyIsoCode")):
            continue
        standard = _PACKAGE_NAME.fullmatch(field.name)
        value = source.get(field.name, source.get(standard[1]) if standard else None)
        if value is not None:
            found[field.name] = value
    return found
