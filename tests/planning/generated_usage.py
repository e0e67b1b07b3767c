"""Generated usage: consumption schedules of products, and what an order product agreed of them."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from hypothesis import strategies as st

from cpqbridge.planning.state import Charge, RatePlan

UNITS = {"Each": 0, "GB": 2}
"""Units of measure that the tenant knows, with their decimal places."""

MODELS = {"Slab": "Tiered Pricing", "Range": "Volume Pricing"}
PRICE = st.decimals(0, 1_000, places=7)
METHOD = st.sampled_from(["PerUnit", "FlatFee"])
FAULTS = st.sampled_from([None] * 9 + ["gap", "currency", "gone"])
"""What is wrong with a schedule; mostly nothing."""

SHARED = {"Id": "1cs000000000009AAA", "Name": "Shared", "Type": "Slab", "UnitOfMeasure": "GB"}
"""A consumption schedule that several products share."""


@st.composite
def heads(draw: st.DrawFn, number: int) -> dict[str, Any]:
    """Draw a consumption schedule of its own, or the shared one."""
    if draw(st.integers(0, 4)) == 0:
        return SHARED
    kind, unit = draw(st.sampled_from(["Slab", "Range"])), draw(st.sampled_from(["Each", "GB", None]))
    return {"Id": f"1cs0000000000{number:02}AAA", "Name": f"Schedule {number}", "Type": kind, "UnitOfMeasure": unit}


@st.composite
def links(draw: st.DrawFn, product: int) -> list[dict[str, Any]]:
    """Draw the consumption schedules of a product, as `ProductConsumptionSchedule` records; mostly none."""
    found = [draw(heads(product * 10 + position)) for position in range(draw(st.sampled_from([0, 0, 1, 2, 3])))]
    return [
        {
            "Id": f"1ps00000000{product}0{position}AAA",
            "ProductId": f"01t00000000000{product}AAA",
            "ConsumptionScheduleId": head["Id"],
            "CurrencyIsoCode": "USD",
            "ConsumptionSchedule": head,
        }
        for position, head in enumerate({head["Id"]: head for head in found}.values())
    ]


@st.composite
def bounds(draw: st.DrawFn) -> list[tuple[int, int | None]]:
    """Draw ranges that follow each other from 0 on; the last one is open or not."""
    edges = sorted(draw(st.sets(st.integers(1, 100_000), max_size=4)))
    open_end = not edges or draw(st.booleans())
    uppers: list[int | None] = [*edges, None] if open_end else [*edges]
    return list(zip([0, *edges], uppers, strict=False))


@st.composite
def agreed(draw: st.DrawFn, item: int, link: dict[str, Any], position: int) -> dict[str, Any]:
    """Draw an order product's consumption schedule with its rates, in any order."""
    fault = draw(FAULTS)
    head, ranges = link["ConsumptionSchedule"], draw(bounds())
    if fault == "gap" and ranges[0][1] is not None:
        ranges = [(lower + 1 if lower else 0, upper and upper + 1) for lower, upper in ranges]
        ranges[0] = (0, ranges[0][1] - 1 if ranges[0][1] else None)
    rates = [
        {
            "SBQQ__LowerBound__c": Decimal(lower),
            "SBQQ__UpperBound__c": None if upper is None else Decimal(upper),
            "SBQQ__Price__c": draw(PRICE),
            "SBQQ__PricingMethod__c": draw(METHOD),
            "CurrencyIsoCode": "USD",
            "Cap__c": draw(st.none() | st.just(Decimal(500))),
        }
        for lower, upper in ranges
    ]
    return {
        "Id": f"a2S00000000{item:02}{position:02}AAA",
        "Name": f"OCS-{item}-{position}",
        "CurrencyIsoCode": "EUR" if fault == "currency" else "USD",
        "SBQQ__ConsumptionSchedule__c": "1cs000000000099AAA" if fault == "gone" else head["Id"],
        "SBQQ__Type__c": head["Type"],
        "SBQQ__UnitOfMeasure__c": head["UnitOfMeasure"],
        "SBQQ__OrderItemConsumptionRates__r": {"records": draw(st.permutations(rates))},
    }


def catalog_plan(link: dict[str, Any]) -> RatePlan:
    """The rate plan of a consumption schedule that the tenant may have already."""
    head = link["ConsumptionSchedule"]
    charge = Charge(f"c{link['Id']:0>31}", "Usage", MODELS[head["Type"]], "Month", unit=head["UnitOfMeasure"] or "Each")
    return RatePlan(f"a{link['Id']:0>31}", (charge,))
