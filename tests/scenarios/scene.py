"""The stage of a scenario: customers and contracts made by the sandbox's CPQ functions, synced by the real service."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from inspect import cleandoc
from typing import Any

import msgspec

from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.scenarios import golden
from tests.scenarios.naming import Names, Row, named, names_of, records
from tests.scenarios.person import Person
from tests.scenarios.words import describe_line_item, describe_subscription
from tests.sync.conftest import READS, Both
from tests.world import Line, World
from tests.zuora_schema import check_request

TODAY = datetime(2026, 1, 15, 9, tzinfo=UTC)
"""When all that happens in Salesforce is done."""

PRICE = Decimal(120)
"""Net price of a unit for the year that `Scene.sell` sells."""

_BILLING = re.compile(r"/v1/(async/)?orders|/v1/order-line-items|/v1/subscriptions|/v1/action/update")
"""Requests that golden files show; accounts, contacts and the catalog are the guide's matter."""

_wire = msgspec.json.Encoder(decimal_format="number")


class Scene:
    """Both systems, a customer Acme with a product Seat, and what a scenario does with them.

    Attributes:
        world: Makes records in Salesforce.
        account: Id of Acme.
        seat: Id of the product Seat.
        person: Works in Zuora by hand.
    """

    def __init__(self, both: Both, name: str, about: str) -> None:
        self.both = both
        org = both.sandbox.org
        org.clock = org.store.clock = lambda: TODAY
        self.world: World = both.world
        self.account = self.world.account()
        self.seat = self.world.product()
        self.person = Person(both.sandbox)
        self._name = name
        self._about = about
        self._options: dict[str, Any] = {}
        self._carried: set[str] = set()

    # What happens in Salesforce

    def sell(self, *lines: Line, **more: Any) -> str:
        """Sell to Acme from February 2026 for a year, 10 seats unless told otherwise; returns the contract's number."""
        order = self.world.order(more.pop("account", self.account), lines or [self.ten_seats], **more)
        return self.world.contract(order)

    @property
    def ten_seats(self) -> Line:
        """Ten seats at 120 for the year."""
        return Line(self.seat, 10, PRICE)

    @property
    def five_evergreen(self) -> Line:
        """Five evergreen licences at 10 a month."""
        sold_as: Row = {"SBQQ__SubscriptionType__c": "Evergreen", "SBQQ__SubscriptionTerm__c": 1}
        tap = self.world.product("Tap", **sold_as)
        return Line(tap, 5, Decimal(10), more={"SBQQ__DefaultSubscriptionTerm__c": 1})

    def number_of(self, position: int) -> str:
        """Return the number of the order that was made at a place, counted from 1."""
        return str(self.orders()[position - 1])

    def orders(self) -> list[str]:
        """Return the numbers of all orders, in the order in which they were made."""
        return [row["OrderNumber"] for row in records(self.world.org, "Order", "OrderNumber") if not row["IsDeleted"]]

    # What the connector does

    def sync(self, *orders: str, **options: Any) -> list[SyncResult]:
        """Sync the orders named, or all; each must be carried over, or be there already."""
        results = self.run(*orders, **options)
        refused = [_why(one) for one in results if one.outcome not in (Outcome.SYNCED, Outcome.UNCHANGED)]
        assert not refused, "; ".join(refused)
        self._carried |= {result.record for result in results}
        return results

    def account_in_zuora(self, name: str) -> tuple[str, str]:
        """Make an account and carry it over; returns its id in Salesforce and its number in Zuora."""
        account = self.world.account(name)

        async def go() -> list[SyncResult]:
            async with self.both.service() as service:
                return await service.accounts([account])

        [result] = asyncio.run(go())
        assert result.outcome is Outcome.SYNCED, _why(result)
        return account, str(result.zuora["accountNumber"])

    def run(self, *orders: str, **options: Any) -> list[SyncResult]:
        """Sync the orders named, or all, whatever comes of it."""
        self._options = options

        async def go() -> list[SyncResult]:
            async with self.both.service(**options) as service:
                return await service.orders(orders or self.orders())

        return asyncio.run(go())

    def held(self, order: str, code: str, cause: str, **options: Any) -> None:
        """Sync an order that must be held for a reason, with nothing written about it."""
        before = len(self.requests())
        [result] = [one for one in self.run(order, **options) if one.record == order]
        assert result.outcome is Outcome.HELD, _why(result)
        assert [reason.code for reason in result.reasons] == [code], _why(result)
        assert cause in result.reasons[0].message, _why(result)
        assert result.reasons[0].remedy
        assert [one for one in self.requests()[before:] if order in str(one["body"])] == []

    # What must be seen

    def ends_as(self, state: str, *, whole: bool = False) -> None:
        """Check what was sent and what Zuora then holds, and that a repeat finds all of it unchanged.

        Args:
            state: What Zuora holds, in the words of `words`.
            whole: Show the first order's request in the golden file too, where there are others.
        """
        self._check_requests()
        golden.check(self._name, golden.text_of(self._about, self._shown(whole=whole)))
        assert self.state().splitlines() == cleandoc(state).splitlines()
        self._check_repeat()

    def state(self) -> str:
        """Return in words what Zuora holds."""
        names = self._names()
        lines = [line for name, row in self._subscriptions(names) for line in describe_subscription(name, row)]
        return "\n".join([*lines, *self._line_items(names)])

    def requests(self) -> list[Row]:
        """Return the writes that make or change subscriptions and line items, with exact numbers."""
        return [one for one in self._writes() if _BILLING.match(one["path"])]

    def _writes(self) -> list[Row]:
        found: list[Row] = self.person.read("/_sandbox/requests")
        mine = (one for one in found if one["headers"].get("user-agent") == "cpqbridge")
        return [one for one in mine if one["method"] != "GET" and not one["path"].startswith(READS)]

    def _check_requests(self) -> None:
        for one in self._writes():
            body = msgspec.json.decode(_wire.encode(one["body"])) if one["body"] is not None else None
            check_request(one["method"], one["path"], body)

    def _shown(self, *, whole: bool) -> list[Row]:
        names = self._names()
        requests = self.requests()
        return [
            {"request": named_path(one, names), "body": named(one["body"], names)}
            for one in (requests if whole or len(requests) == 1 else requests[1:])
        ]

    def _check_repeat(self) -> None:
        before = len(self._writes())
        outcomes = {result.record: result.outcome for result in self.run(*sorted(self._carried), **self._options)}
        assert set(outcomes.values()) == {Outcome.UNCHANGED}, outcomes
        assert len(self._writes()) == before

    def _names(self) -> Names:
        return names_of(self.world.org, self.both.sandbox.tenant)

    def _subscriptions(self, names: Names) -> Iterable[tuple[str, Row]]:
        numbers = sorted({row["name"] for row in self.both.sandbox.tenant.store.rows("subscription")})
        for number in numbers:
            row = self.person.read(f"/v1/subscriptions/{number}?charge-detail=all-segments")
            yield names.get(number, number).strip("<>"), row

    def _line_items(self, names: Names) -> Iterable[str]:
        owners = {row["accountNumber"]: row["name"] for row in self.both.sandbox.tenant.store.rows("account")}
        for number in sorted({row["orderNumber"] for row in self.both.sandbox.tenant.store.rows("order")}):
            order = self.person.read(f"/v1/orders/{number}")["order"]
            for line in order.get("orderLineItems") or ():
                owner = owners.get(line.get("ownerAccountNumber") or order["existingAccountNumber"])
                yield describe_line_item(names.get(number, number).strip("<>"), line | {"ownerAccountName": owner})


def named_path(request: Row, names: Names) -> str:
    """Return method and path of a request, with numbers replaced by their names."""
    parts = (str(named(part, names)) for part in request["path"].split("/"))
    return f"{request['method']} {'/'.join(parts)}"


def _why(result: SyncResult) -> str:
    reasons = "; ".join(f"{one.code} {one.message} ({one.field})" for one in result.reasons)
    return f"order {result.record} is {result.outcome}: {reasons}"
