"""Contracts from before: people sold them in Salesforce, and entered them in Zuora by hand, at 10 a month."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cpqbridge.sync.connect import open_clients
from cpqbridge.sync.result import SyncResult
from cpqbridge.sync.service import SyncService
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.sync.contracts import sync
from tests.world import Line

START = "2026-02-01"
TRIGGERS = [{"name": name, "triggerDate": START} for name in ("ContractEffective", "ServiceActivation")]


@dataclass
class Legacy:
    """A customer of both systems, with products that Zuora has from the sale to another one.

    Attributes:
        both: Both systems.
        account: Salesforce id of the customer.
        products: Name to the Salesforce id of the product.
    """

    both: Both
    account: str = ""
    products: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, both: Both, *names: str) -> Legacy:
        """Return a customer without contracts, and products with these names, in both systems."""
        world = both.world
        products = {name: world.product(name) for name in names or ("Seat",)}
        first = world.order(world.account("First Customer"), [Line(one) for one in products.values()])
        assert sync(both, first)[0].outcome is Outcome.SYNCED
        made = cls(both, world.account("Acme"), products)
        assert made.sync_account().outcome is Outcome.SYNCED
        return made

    def sell(self, quantity: int = 10, *names: str, **days: str) -> tuple[str, str]:
        """Sell products in Salesforce alone; returns the numbers of order and contract."""
        lines = [Line(self.products[name], quantity) for name in names or self.products]
        order = self.both.world.order(self.account, lines, **days)
        return order, self.both.world.contract(order)

    def enter(
        self, number: str, quantity: int = 10, price: Any = 10, name: str = "Seat", months: int = 12
    ) -> dict[str, Any]:
        """Enter a subscription in Zuora under a number, with a price per month; returns Zuora's answer."""
        store = self.both.sandbox.tenant.store
        [account] = store.find("account", crmId=self.account)
        [product] = [row for row in store.rows("product") if row["name"] == name]
        [plan] = store.find("productRatePlan", productId=product["id"])
        [charge] = store.find("productRatePlanCharge", productRatePlanId=plan["id"])
        override = {
            "productRatePlanChargeId": charge["id"],
            "pricing": {"recurringPerUnit": {"quantity": quantity, "listPrice": price, "listPriceBase": "Per_Month"}},
        }
        created = {
            "subscriptionNumber": number,
            "terms": {
                "initialTerm": {"period": months, "periodType": "Month", "termType": "TERMED", "startDate": START},
                "renewalSetting": "RENEW_WITH_SPECIFIC_TERM",
                "renewalTerms": [{"period": 12, "periodType": "Month"}],
            },
            "subscribeToRatePlans": [{"productRatePlanId": plan["id"], "chargeOverrides": [override]}],
        }
        return self.order(
            account["accountNumber"],
            {"type": "CreateSubscription", "triggerDates": TRIGGERS, "createSubscription": created},
        )

    def raise_to(self, number: str, quantity: int, on: str) -> dict[str, Any]:
        """Change the quantity of a subscription in Zuora by hand from a day on."""
        row, charge = self.latest(number)
        triggers = [{"name": one["name"], "triggerDate": on} for one in TRIGGERS]
        store = self.both.sandbox.tenant.store
        plan = store.get("ratePlan", charge["ratePlanId"])
        account = store.get("account", row["accountId"])
        assert plan is not None
        assert account is not None
        update = {
            "subscriptionRatePlanNumber": plan["subscriptionRatePlanNumber"],
            "chargeUpdates": [
                {"chargeNumber": charge["chargeNumber"], "pricing": {"recurringPerUnit": {"quantity": quantity}}}
            ],
        }
        action = {"type": "UpdateProduct", "triggerDates": triggers, "updateProduct": update}
        return self.order(account["accountNumber"], action, number)

    def order(self, account: str, action: Mapping[str, Any], subscription: str | None = None) -> dict[str, Any]:
        """Make an order in Zuora as people do, under a number of Zuora's own."""
        entry = {"subscriptionNumber": subscription} if subscription else {}
        body = {
            "orderDate": START,
            "existingAccountNumber": account,
            "subscriptions": [{**entry, "orderActions": [action]}],
        }

        async def do() -> dict[str, Any]:
            async with open_clients(self.both.settings()) as clients:
                return dict(await clients.zuora.send("POST", "/v1/orders", body=body))

        return asyncio.run(do())

    def latest(self, number: str) -> tuple[Mapping[str, Any], Mapping[str, Any]]:
        """Return the latest version of a subscription with one rate plan, and the last segment of its charge."""
        store = self.both.sandbox.tenant.store
        [row] = [one for one in store.find("subscription", name=number) if one["isLatestVersion"]]
        [plan] = store.find("ratePlan", subscriptionId=row["id"])
        segments = store.find("ratePlanCharge", ratePlanId=plan["id"])
        return row, max(segments, key=lambda one: int(one["segment"]))

    def billed(self) -> dict[str, tuple[str, Decimal]]:
        """Return the subscriptions of the customer: number to the end of the term and the last quantity."""
        store = self.both.sandbox.tenant.store
        [account] = store.find("account", crmId=self.account)
        numbers = {row["name"] for row in store.find("subscription", accountId=account["id"])}
        found = {number: self.latest(number) for number in sorted(numbers)}
        return {number: (str(row["termEndDate"]), charge["quantity"]) for number, (row, charge) in found.items()}

    def sync_account(self) -> SyncResult:
        """Sync the customer with all orders."""
        return self._serve(lambda service: service.accounts([self.account]))[0]

    def _serve(self, work: Callable[[SyncService], Awaitable[list[SyncResult]]]) -> list[SyncResult]:
        async def do() -> list[SyncResult]:
            async with self.both.service() as service:
                return await work(service)

        return asyncio.run(do())

    def sent(self, *orders: str, **options: Any) -> list[tuple[str, list[str]]]:
        """Sync orders; return of each what became of it, and the types of the actions that Zuora got meanwhile."""
        return [(self._outcome(one, options), self.actions(one)) for one in orders]

    def _outcome(self, order: str, options: Mapping[str, Any]) -> str:
        [result] = [one for one in sync(self.both, order, **options) if one.record == order]
        assert result.outcome is not None
        return result.outcome.value if result.outcome is not Outcome.HELD else f"held {result.reasons}"

    def actions(self, order: str) -> list[str]:
        """Return the types of the actions of an order in Zuora; none where Zuora does not have it."""
        asked = [one["body"] for one in self.both.writes() if one["path"].startswith("/v1/orders")]
        bodies = [body for body in asked if body.get("orderNumber") == order]
        return [
            action["type"]
            for body in bodies[-1:]
            for entry in body.get("subscriptions", ())
            for action in entry["orderActions"]
        ]
