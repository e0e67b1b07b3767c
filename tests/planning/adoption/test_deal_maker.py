"""What an adoption makes of order products: chains with quantities, owners and the ids that they are linked by."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from cpqbridge.planning.adoption.deal import Deal, Part
from cpqbridge.planning.adoption.deal_maker import DealMaker

OWNER = "001000000000001AAA"
TODAY = date(2026, 7, 1)
SEAT = {"Id": "01t1", "Name": "Seat", "ProductCode": "SEAT", "SBQQ__ChargeType__c": "Recurring"}


def item(number: str, start: str | None = "2026-02-01", quantity: int = 10, **changes: Any) -> dict[str, Any]:
    subscription = {
        "Name": f"SUB-{number}",
        "CreatedDate": f"2026-01-0{number}",
        "SBQQ__StartDate__c": start,
        "SBQQ__EndDate__c": changes.pop("end", "2027-01-31"),
        "SBQQ__Contract__r": {"StartDate": "2026-01-15"},
        "SBQQ__RevisedSubscription__c": None,
        "SBQQ__SubscriptionType__c": "Renewable",
    }
    order = {"OrderNumber": f"O-{number}", "AccountId": OWNER, "SubscriptionOwner__c": changes.pop("owner", None)}
    base = {
        "Id": f"802-{number}",
        "OrderId": f"801-{number}",
        "Order": {**order, "CurrencyIsoCode": "USD"},
        "Quantity": quantity,
        "Product2Id": "01t1",
        "Product2": SEAT,
        "SBQQ__Subscription__c": f"a0-{number}",
        "SBQQ__Subscription__r": subscription,
    }
    return {**base, **changes}


def revision(number: str, of: str, start: str, quantity: int, **changes: Any) -> dict[str, Any]:
    return item(number, start, quantity, SBQQ__RevisedOrderProduct__c=f"802-{of}", **changes)


def renewal(number: str, of: str, start: str, quantity: int, **changes: Any) -> dict[str, Any]:
    line = {"SBQQ__RenewedSubscription__c": f"a0-{of}"}
    return item(number, start, quantity, SBQQ__QuoteLine__r=line, **{"end": "2028-01-31", **changes})


def deals(*items: dict[str, Any], **links: Any) -> list[Deal]:
    return list(DealMaker(links.get("links", {}), {"Gigabyte": "GB"}, TODAY).deals(items))


def steps(deal: Deal) -> list[tuple[str, int]]:
    return [(str(day), int(units)) for day, units in deal.stages[0].steps]


def test_a_chain_adds_up_and_renewals_take_over() -> None:
    [deal] = deals(
        revision("2", "1", "2026-05-01", -4),
        renewal("4", "2", "2027-02-01", 7),
        item("1"),
        revision("3", "1", "2026-09-01", 2),
        revision("5", "4", "2027-03-01", 1, end="2028-01-31"),
    )
    assert steps(deal) == [
        ("2026-02-01", 10),
        ("2026-05-01", 6),
        ("2026-09-01", 8),
        ("2027-02-01", 7),
        ("2027-03-01", 8),
    ]
    assert (deal.id, deal.number, deal.numbers) == ("a0-1", "SUB-1", ("SUB-1", "SUB-4"))
    assert (deal.end, deal.over, deal.orders) == (date(2028, 1, 31), False, ("O-1", "O-2", "O-3", "O-4", "O-5"))
    assert [part.external_id for part in deal.parts] == ["802-1"]
    assert deal.later == {"802-2", "802-3", "802-4", "802-5"}
    assert {"SUB-3", "802-5"} <= deal.names
    assert deal.starts == (date(2026, 1, 15), date(2026, 2, 1), date(2027, 2, 1))


def test_stages_are_what_it_came_to_by_its_orders_the_last_one_first() -> None:
    [deal] = deals(item("1"), revision("2", "1", "2026-05-01", -4, owner="001-new"), renewal("3", "1", "2027-02-01", 7))
    found = [(stage.missing, stage.owner, stage.term_end, len(stage.steps)) for stage in deal.stages]
    assert found == [
        ((), "001-new", date(2028, 1, 31), 3),
        (("O-3",), "001-new", date(2027, 1, 31), 2),
        (("O-2", "O-3"), OWNER, date(2027, 1, 31), 1),
    ]
    assert deal.owners == {OWNER, "001-new"}


def test_what_is_amended_to_nothing_has_ended() -> None:
    [deal] = deals(item("1"), revision("2", "1", "2026-06-01", -10))
    assert (deal.end, deal.over) == (date(2026, 5, 31), True)


def test_what_is_taken_back_before_it_begins() -> None:
    [deal] = deals(item("1"), revision("2", "1", "2026-02-01", -10))
    assert steps(deal) == [("2026-02-01", 0)]


def test_a_product_that_takes_the_place_of_another_is_a_deal_of_its_own() -> None:
    other = renewal("2", "1", "2027-02-01", 10, Product2Id="01t2", Product2={**SEAT, "Id": "01t2"})
    assert [deal.number for deal in deals(item("1"), other)] == ["SUB-1", "SUB-2"]


def test_segments_of_a_multi_dimensional_quote_are_one_deal() -> None:
    def segment(number: str, start: str, end: str, quantity: int) -> dict[str, Any]:
        one = item(number, start, quantity, OrderId="801-1", SBQQ__SegmentKey__c="key", end=end)
        one["SBQQ__Subscription__r"] |= {"SBQQ__SegmentStartDate__c": start, "SBQQ__SegmentEndDate__c": end}
        return one

    [deal] = deals(segment("1", "2026-02-01", "2027-01-31", 10), segment("2", "2027-02-01", "2028-01-31", 15))
    assert (deal.number, steps(deal)) == ("SUB-1", [("2026-02-01", 10), ("2027-02-01", 15)])


def test_the_last_owner_that_an_order_names() -> None:
    moved = revision("2", "1", "2026-05-01", 1, owner="001-new")
    [deal] = deals(item("1"), moved, revision("3", "1", "2026-06-01", 1))
    assert deal.owner == "001-new"
    assert deals(item("1"))[0].owner == OWNER


@pytest.mark.parametrize(("kind", "parts"), [("Usage", ["a0K1"]), ("Recurring", ["802-1", "a0K1"])])
def test_usage_is_billed_by_schedule(kind: str, parts: list[str]) -> None:
    schedule = {
        "Id": "a0K1",
        "Name": "Data",
        "SBQQ__ConsumptionSchedule__c": "0gN1",
        "SBQQ__Type__c": "Slab",
        "SBQQ__UnitOfMeasure__c": "Gigabyte",
    }
    links = {"01t1": [{"Id": "0gP1", "ConsumptionScheduleId": "0gN1"}]}
    metered = item("1", Product2={**SEAT, "SBQQ__ChargeType__c": kind}, SBQQ__OrderItems__r={"records": [schedule]})
    [deal] = deals(metered, links=links)
    assert [part.external_id for part in deal.parts] == parts
    assert deal.parts[-1] == Part("a0K1", "0gP1", "Data", "Tiered Pricing", "GB", "0gN1")


def test_what_cannot_be_linked() -> None:
    items = [item("1"), item("2", None), revision("3", "0", "2026-05-01", 1)]
    orderless = {"Id": "a0-9", "Name": "SUB-9", "SBQQ__Account__c": OWNER, "SBQQ__EndDate__c": "2025-01-31"}
    assert [deal.number for deal in deals(*items)] == ["SUB-1"]
    maker = DealMaker({}, {}, TODAY)
    found = list(maker.unlinkable([orderless, {**orderless, "Id": "a0-1"}], items))
    problems = [(deal.number, deal.problem.code, deal.over) for deal in found if deal.problem]
    assert problems == [("SUB-9", "CPQ-401", True), ("SUB-2", "CPQ-405", False), ("SUB-3", "CPQ-408", False)]
