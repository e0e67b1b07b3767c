"""A product sold at CPQ's own prorated price, and what Zuora invoices of it from the first day to the last."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.salesforce.cpq.pricing import multiplier_of, price_line
from cpqbridge.sync.result import SyncResult
from cpqbridge.values import Outcome
from tests.scenarios.naming import Row, records
from tests.scenarios.scene import Scene
from tests.world import Line

CALENDAR = "Calendar Monthly + Daily"
DAY = "Day"
PERIODS = {"Month": "Monthly", "Quarter": "Quarterly", "Semi_Annual": "Semiannual", "Annual": "Annual"}
"""Billing frequencies in CPQ by billing periods in Zuora."""

TERMS = {
    "whole months": ("2026-02-01", "2027-01-31"),
    "eleven months": ("2026-02-01", "2026-12-31"),
    "incomplete beginning and end": ("2026-05-23", "2027-02-10"),
    "incomplete beginning": ("2026-05-23", "2026-09-30"),
    "two years from the middle of a month": ("2026-05-16", "2028-05-15"),
    "less than a month": ("2026-05-10", "2026-05-20"),
}
"""First and last days."""

AFTER = "2032-12-31"
"""A day by which everything is billed."""

_HALF_CENT = Decimal("0.005")
"""By how much rounding moves the price of one unit in CPQ, and one item of a document in Zuora."""


class Deal:
    """What is sold, and what is billed of it.

    Attributes:
        scene: Both systems.
        product: Id of the product.
        contract: Number of the contract, once it is sold.
    """

    def __init__(self, scene: Scene, period: str = "Month", precision: str = CALENDAR) -> None:
        self.scene, self.contract = scene, ""
        self._precision = precision
        scene.both.sandbox.org.settings.prorate_precision = precision
        self.product = scene.world.product("Licence", SBQQ__BillingFrequency__c=PERIODS[period])

    # What both systems are set to

    def catalog(self, **values: Any) -> None:
        """Carry the product over, and set what its catalog charge does not have from CPQ."""
        self._carry(product=self.product)
        store = self.scene.both.sandbox.tenant.store
        for row in list(store.rows("productRatePlanCharge")):
            store.update("productRatePlanCharge", row["id"], values)

    def account_day(self, day: int) -> None:
        """Carry the customer over, and have it billed on another day of the month."""
        self._carry(account=self.scene.account)
        store = self.scene.both.sandbox.tenant.store
        for row in list(store.rows("account")):
            store.update("account", row["id"], {"billCycleDay": day})

    def _carry(self, *, product: str = "", account: str = "") -> None:
        async def go() -> list[SyncResult]:
            async with self.scene.both.service() as service:
                return await (service.products([product]) if product else service.accounts([account]))

        [result] = asyncio.run(go())
        assert result.outcome is Outcome.SYNCED, result

    def rules(self, **values: Any) -> None:
        """Set Zuora's billing rules."""
        self.scene.both.configure(billingRules=values)

    # What is sold

    def sell(
        self,
        start: str,
        end: str,
        *,
        listed: str = "1200",
        quantity: int = 1,
        more: Row | None = None,
        **order: Any,
    ) -> str:
        """Sell the product for some days at its list price for a year; returns the number of the contract."""
        multiplier = multiplier_of(self._precision, date.fromisoformat(start), date.fromisoformat(end), 12)
        worked = price_line(Decimal(listed), Decimal(quantity), multiplier)
        fields = {
            "SBQQ__ListPrice__c": Decimal(listed),
            "SBQQ__UnproratedNetPrice__c": Decimal(listed),
            "SBQQ__ProrateMultiplier__c": worked.multiplier,
        }
        line = Line(self.product, quantity, worked.net, more={**fields, **(more or {})})
        self.contract = self.scene.sell(line, start=start, end=end, **order)
        return self.contract

    def quoted(self) -> Decimal:
        """Return what CPQ sold in all orders: net price of the subscription times quantity of the order product."""
        org = self.scene.world.org
        found = Decimal(0)
        for item in records(org, "OrderItem"):
            subscription = org.store.get("SBQQ__Subscription__c", item["SBQQ__Subscription__c"] or "")
            if subscription:
                found += Decimal(subscription["SBQQ__NetPrice__c"]) * Decimal(item["Quantity"])
        return found

    # What Zuora bills

    def bill(self, until: str = AFTER) -> list[Row]:
        """Have a bill run made; return the items of its invoices and, negative, of its credit memos."""
        made = self.scene.person.write("POST", "/_sandbox/bill-run", {"targetDate": until})
        return [*_items(made["invoices"], 1), *_items(made["creditMemos"], -1)]

    def billed(self) -> Decimal:
        """Have everything billed that is not; return what all documents come to."""
        self.bill()
        store = self.scene.both.sandbox.tenant.store
        invoiced = sum((Decimal(row["chargeAmount"]) for row in store.rows("invoiceItem")), Decimal(0))
        return invoiced - sum((Decimal(row["amount"]) for row in store.rows("creditMemoItem")), Decimal(0))

    def subscriptions(self) -> int:
        """Return how many subscriptions Zuora has."""
        return len({row["name"] for row in self.scene.both.sandbox.tenant.store.rows("subscription")})

    def _items(self) -> int:
        """Return of how many items all documents consist."""
        store = self.scene.both.sandbox.tenant.store
        return sum(1 for kind in ("invoiceItem", "creditMemoItem") for _ in store.rows(kind))

    # What must be seen

    def matches(self, results: list[SyncResult], *, units: int = 0) -> None:
        """Check that what was proved is what is billed, and what was quoted, but for rounding.

        Args:
            results: Of all orders, each when it was carried over.
            units: Units whose price CPQ rounded by itself; none where it is whole cents.
        """
        proofs = [proof for result in results for proof in result.proofs]
        explained = [proof.explained for proof in proofs if proof.explained]
        assert len(explained) == len(proofs) > 0, [proof.unknown for proof in proofs]
        assert [proof.by_others for proof in proofs] == [0] * len(proofs)
        quoted, billed = self.quoted(), self.billed()
        assert sum((one.quoted for one in explained), Decimal(0)) == quoted
        assert sum((one.billed for one in explained), Decimal(0)) == billed
        assert abs(billed - quoted) <= _HALF_CENT * (units + self._items())

    def held(self, cause: str, **options: Any) -> Row:
        """Check that the last order is held with a cause's remedy, with nothing in Zuora; return its proof."""
        [*_, number] = self.scene.orders()
        [result] = [one for one in self.scene.run(number, **options) if one.record == number]
        assert result.outcome is Outcome.HELD, result
        assert {reason.code for reason in result.reasons} == {"CPQ-451"}
        assert cause in result.reasons[0].remedy
        assert [one for one in self.scene.requests() if number in str(one["body"])] == []
        [shown] = result.as_dict()["amounts"]
        assert sum(Decimal(one["amount"]) for one in shown["causes"]) == Decimal(shown["difference"])
        return dict(shown)


def _items(documents: list[Row], sign: int) -> Iterator[Row]:
    for document in documents:
        for item in document["items"]:
            yield {**item, "amount": sign * Decimal(item["amount"])}
