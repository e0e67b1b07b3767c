"""Reads the records that a contract's life leaves, for the tests of amend, renew and cancel."""

from __future__ import annotations

from typing import Any

from tests.world import Line, World


def order(world: World, number: str) -> dict[str, Any]:
    """Return the order of a number."""
    [row] = world.org.store.find("Order", "OrderNumber", number)
    return row


def items(world: World, number: str) -> list[dict[str, Any]]:
    """Return the order products of an order."""
    found = world.org.store.find("OrderItem", "OrderId", order(world, number)["Id"])
    return sorted(found, key=lambda row: str(row["OrderItemNumber"]))


def lines(world: World, number: str) -> list[dict[str, Any]]:
    """Return the quote lines of an order's quote."""
    found = world.org.store.find("SBQQ__QuoteLine__c", "SBQQ__Quote__c", order(world, number)["SBQQ__Quote__c"])
    return sorted(found, key=lambda row: row["SBQQ__Number__c"])


def subscriptions(world: World, number: str) -> list[dict[str, Any]]:
    """Return the subscriptions that an order made."""
    found = [
        world.org.store.get("SBQQ__Subscription__c", item["SBQQ__Subscription__c"] or "")
        for item in items(world, number)
    ]
    return [row for row in found if row]


def quote(world: World, number: str) -> dict[str, Any]:
    """Return the quote of an order."""
    row = world.org.store.get("SBQQ__Quote__c", order(world, number)["SBQQ__Quote__c"])
    assert row is not None
    return row


def opportunity(world: World, number: str) -> dict[str, Any]:
    """Return the opportunity of an order."""
    row = world.org.store.get("Opportunity", order(world, number)["OpportunityId"])
    assert row is not None
    return row


def sold(world: World, *what: Line, start: str = "2026-01-01", end: str = "2026-12-31", **more: Any) -> tuple[str, str]:
    """Sell something for a year; returns the numbers of the order and of its contract, activated."""
    number = world.order(world.account(), what, start=start, end=end, **more)
    return number, world.contract(number)
