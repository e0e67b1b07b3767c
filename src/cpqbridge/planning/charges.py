"""Plans which catalog charges bill an order product: its product's own, those of its consumption schedules, or both.

Source: guide "Usage-based charge subscription"; orders sync, usage-based orders.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from cpqbridge.mapping.rule import Record
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.offer import by_usage_alone
from cpqbridge.planning.product import ensure_charge, ensure_usage_charge
from cpqbridge.planning.snapshot import Snapshot, children
from cpqbridge.planning.state import Charge


@dataclass(frozen=True, slots=True)
class UsageCharge:
    """One consumption schedule of an order product, its link to the product, and the charge of the link's rate plan."""

    schedule: Record
    link: Record
    charge: Charge


@dataclass(frozen=True, slots=True)
class ItemCharges:
    """The charges of one order product; `base` is None where it is billed by usage alone."""

    base: Charge | None
    usage: tuple[UsageCharge, ...] = ()


def charges_of(draft: Draft, order: Record, item: Record) -> ItemCharges | None:
    """Return an order product's charges, planning what the catalog lacks; None with the reason in the draft."""
    problems = len(draft.problems)
    if _lacks_schedules(draft, order, item):
        return None
    base = None if is_metered(item) else ensure_charge(draft, item["Product2"])
    usage = tuple(_usage(draft, order, item))
    _refuse_unsaid_price(draft, item)
    for charge in (base, *(used.charge for used in usage)):
        if charge is not None:
            _refuse_currency(draft, order, item, charge)
    return ItemCharges(base, usage) if len(draft.problems) == problems else None


def schedules_of(item: Record) -> list[Record]:
    """Return the consumption schedules of an order product, always in the same order."""
    return sorted(children(item, "SBQQ__OrderItems__r"), key=lambda schedule: str(schedule["Id"]))


def is_metered(item: Record) -> bool:
    """Return whether an order product is billed by its consumption schedules alone: its product has no other charge."""
    return bool(schedules_of(item)) and by_usage_alone(item.get("Product2") or {})


def links_of(snapshot: Snapshot, item: Record) -> Iterator[tuple[Record, Record | None]]:
    """Yield each schedule of an order product with the `ProductConsumptionSchedule` that links it to the product.

    The order product's schedule does not name the link, so it is found by product and consumption schedule.
    """
    links = {link["ConsumptionScheduleId"]: link for link in snapshot.schedules.get(item["Product2Id"], ())}
    for schedule in schedules_of(item):
        yield schedule, links.get(schedule.get("SBQQ__ConsumptionSchedule__c"))


def external_ids(snapshot: Snapshot, item: Record) -> Iterator[str]:
    """Yield the ids by which the catalog rate plans of an order product are found in Zuora."""
    if not is_metered(item):
        yield item["Product2Id"]
    for _, link in links_of(snapshot, item):
        if link is not None:
            yield link["Id"]


def _lacks_schedules(draft: Draft, order: Record, item: Record) -> bool:
    """Return whether an order product came without the schedules of its product; the reason is in the draft.

    CPQ copies those of the quote's currency only. Without any, the product would be made in Zuora with a price of its
    own for each unit, most likely 0. One that Zuora has with such a price is sold at it.
    """
    product = item["Product2"]
    if schedules_of(item) or not by_usage_alone(product) or not draft.state.lacks(product["Id"]):
        return False
    links = [link for link in draft.snapshot.schedules.get(product["Id"], ()) if _is_active(link)]
    if not links:
        return False
    message = (
        f"Order product {item.get('OrderItemNumber')} has no consumption schedule, but product {product.get('Name')} "
        "is sold by some"
    )
    wanted, known = order.get("CurrencyIsoCode"), {link.get("CurrencyIsoCode") for link in links} - {None}
    if wanted and known and wanted not in known:
        message += f": they are in {' and '.join(sorted(map(str, known)))}, the order in {wanted}"
        draft.refuse("CPQ-424", "OrderItem.SBQQ__OrderItems__r", message)
    else:
        remedy = "Quote and order the product again, so that CPQ copies its consumption schedules to the order."
        draft.refuse("CPQ-425", "OrderItem.SBQQ__OrderItems__r", message, remedy)
    return True


def _refuse_unsaid_price(draft: Draft, item: Record) -> None:
    """Refuse a price beside consumption schedules where no charge type says whether it is billed too."""
    product, subscription = item.get("Product2") or {}, item.get("SBQQ__Subscription__r") or {}
    if schedules_of(item) and not product.get("SBQQ__ChargeType__c") and subscription.get("SBQQ__NetPrice__c"):
        message = (
            f"Order product {item.get('OrderItemNumber')} has consumption schedules and a net price of "
            f"{subscription['SBQQ__NetPrice__c']}, and product {product.get('Name')} has no charge type"
        )
        remedy = "Set the product's charge type: Usage bills the schedules alone, One-Time and Recurring the price too."
        draft.refuse("CPQ-401", "OrderItem.Product2.SBQQ__ChargeType__c", message, remedy)


def _is_active(link: Record) -> bool:
    return (link.get("ConsumptionSchedule") or {}).get("IsActive") is not False


def _refuse_currency(draft: Draft, order: Record, item: Record, charge: Charge) -> None:
    """Refuse an order in a currency in which its product cannot be sold in Zuora."""
    wanted = order.get("CurrencyIsoCode")
    if wanted and charge.currencies and wanted not in charge.currencies:
        name = (item.get("Product2") or {}).get("Name")
        known = ", ".join(sorted(charge.currencies))
        message = (
            f"Product {name} has prices in {known} in Zuora, order product {item.get('OrderItemNumber')} is in {wanted}"
        )
        draft.refuse("CPQ-433", "Order.CurrencyIsoCode", message)


def _usage(draft: Draft, order: Record, item: Record) -> Iterator[UsageCharge]:
    number, product = item.get("OrderItemNumber"), item["Product2"]
    for schedule, link in links_of(draft.snapshot, item):
        if link is None:
            message = (
                f"The Order Product Consumption Schedule could not be found: {_name(schedule)} of order product "
                f"{number} is not linked to product {product.get('Name')} any more"
            )
            draft.refuse("CPQ-425", "OrderItemConsumptionSchedule.SBQQ__ConsumptionSchedule__c", message)
        elif _in_currency(draft, order, item, schedule, link):
            charge = ensure_usage_charge(draft, product, link)
            if charge is not None:
                yield UsageCharge(schedule, link, charge)


def _in_currency(draft: Draft, order: Record, item: Record, schedule: Record, link: Record) -> bool:
    """Return whether schedule, link and rates are in the order's currency; orders take one currency only."""
    wanted = order.get("CurrencyIsoCode")
    rates = children(schedule, "SBQQ__OrderItemConsumptionRates__r")
    found = {one.get("CurrencyIsoCode") for one in (schedule, link, *rates)} - {None, wanted}
    if wanted and found:
        message = (
            f"The consumption schedule {_name(schedule)} of order product {item.get('OrderItemNumber')} is in "
            f"{' and '.join(sorted(map(str, found)))}, the order in {wanted}"
        )
        draft.refuse("CPQ-424", "OrderItemConsumptionSchedule.CurrencyIsoCode", message)
        return False
    return True


def _name(schedule: Record) -> str:
    return str(schedule.get("Name") or schedule["Id"])
