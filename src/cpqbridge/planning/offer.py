"""What a product needs in the catalog: for each rate plan the records, the decisions and the tables that make it.

A product has one rate plan with one charge; a usage product has such a pair for each of its consumption schedules.
Source: guide "Non-usage-based products" and "Usage-based products".
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from cpqbridge.mapping.rule import Context, Record, Table, apply
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.snapshot import children


@dataclass(frozen=True, slots=True)
class Offer:
    """One rate plan that a product needs in Zuora, and how it and its charge are mapped.

    Attributes:
        external_id: The Salesforce id that the rate plan carries: of the product, or of the link to a schedule.
        product: The whole `Product2`.
        context: Records and decisions for the tables.
        rate_plan: Table of the rate plan.
        charge: Table of its charge.
        currencies: Those that the rate plan needs; none in an org with one currency.
    """

    external_id: str
    product: Record
    context: Context
    rate_plan: Table
    charge: Table
    currencies: tuple[str, ...]


def offers_of(draft: Draft, product: Record) -> Iterator[Offer]:
    """Yield the rate plans that a product needs: its own, unless it is sold by usage alone, and one per schedule."""
    schedules = draft.snapshot.schedules.get(product["Id"], ())
    if not schedules or not by_usage_alone(product):
        yield base_offer(draft, product)
    for schedule in schedules:
        yield usage_offer(draft, product, schedule)


def by_usage_alone(product: Record) -> bool:
    """Return whether a product that has consumption schedules is billed by nothing else."""
    return product.get("SBQQ__ChargeType__c") in (None, "", "Usage")


def base_offer(draft: Draft, product: Record) -> Offer:
    """Return the rate plan that a product has for itself."""
    entries = children(product, "PricebookEntries")
    roots = {"Product2": product, "PricebookEntry": entries[0] if entries else {}}
    prices = _prices(draft, product)
    several = bool(entries) and entries[0].get("CurrencyIsoCode") is not None
    plan, charge = draft.tables.product_rate_plan, draft.tables.product_charge
    return Offer(product["Id"], product, _context(draft, roots, prices, charge), plan, charge, tuple(prices) * several)


def usage_offer(draft: Draft, product: Record, schedule: Record) -> Offer:
    """Return the rate plan that a product has for one of its consumption schedules."""
    rates = draft.snapshot.rates.get(schedule["ConsumptionScheduleId"], ())
    roots = {"Product2": product, "ProductConsumptionSchedule": schedule, "ConsumptionRate": rates[0] if rates else {}}
    known = schedule.get("CurrencyIsoCode")
    currency = known or draft.options.default_currency
    prices = {currency: _prices(draft, product).get(currency, Decimal(0))}
    plan, charge = draft.tables.usage_rate_plan, draft.tables.usage_charge
    context = _context(draft, roots, prices, charge)
    return Offer(schedule["Id"], product, context, plan, charge, (known,) if known else ())


_DECIDING = frozenset({"/ChargeType", "/ChargeModel", "/Taxable"})


def _context(draft: Draft, roots: Mapping[str, Record], prices: Mapping[str, Any], charge: Table) -> Context:
    """Return the context of an offer, with what the values of some rows decide for others."""
    context = draft.context(roots, prices=prices)
    deciding = Table(charge.name, tuple(rule for rule in charge.rules if rule.target in _DECIDING))
    decided = apply(deciding, context).body
    return context.decided(
        one_time=decided.get("ChargeType") == "OneTime",
        taxable=bool(decided.get("Taxable")),
        measured=decided.get("ChargeModel") not in (None, "Flat Fee Pricing"),
    )


def _prices(draft: Draft, record: Record) -> Mapping[str, Any]:
    """Return the price per currency, the standard price book's first; orders override them."""
    prices: dict[str, Any] = {}
    for entry in children(record, "PricebookEntries"):
        currency = entry.get("CurrencyIsoCode") or draft.options.default_currency
        standard = (entry.get("Pricebook2") or {}).get("IsStandard")
        if currency not in prices or standard:
            prices[currency] = entry.get("UnitPrice") or Decimal(0)
    return dict(sorted(prices.items())) or {draft.options.default_currency: 0}
