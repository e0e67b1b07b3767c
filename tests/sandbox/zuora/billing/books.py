"""A tenant with one account whose subscriptions are sold, changed and billed in a line each.

Everything goes through orders and bill runs; only the catalog is written straight into the store.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

from cpqbridge.sandbox.zuora.billing.documents import Documents
from cpqbridge.sandbox.zuora.billing.run import bill
from cpqbridge.sandbox.zuora.orders.create import create_order
from cpqbridge.sandbox.zuora.store import Row
from cpqbridge.sandbox.zuora.tenant import Tenant

Body = dict[str, Any]

#: Service start, service end (inclusive) and signed amount of an item.
Line = tuple[str, str, str]

_NOW = datetime(2026, 2, 1, 12, tzinfo=UTC)


@dataclass(frozen=True)
class Item:
    """An item of an invoice, or of a credit memo with its amount negative."""

    row: Row
    amount: Decimal

    @property
    def line(self) -> Line:
        return self.row["serviceStartDate"], self.row["serviceEndDate"], f"{self.amount:.2f}"


class Books:
    """One tenant and its account."""

    def __init__(self, *, cycle_day: int = 1, path: Path | None = None, **settings: Any) -> None:
        self.tenant = Tenant.open(path, clock=lambda: _NOW)
        self.tenant.configure(settings)
        self.store = self.tenant.store
        self._numbers = count(1)
        self.account = self.add_account(cycle_day)
        self.product = self.store.insert("product", {"name": "Router", "sKU": "R-1"})

    def reopen(self, path: Path) -> None:
        """Close the tenant and open its kept data."""
        self.tenant.close()
        self.tenant = Tenant.open(path, clock=lambda: _NOW)
        self.store = self.tenant.store

    def add_account(self, cycle_day: int = 1) -> Row:
        fields = {"accountNumber": f"A{next(self._numbers)}", "currency": "USD", "status": "Active", "name": "Acme"}
        return self.store.insert("account", fields | {"billCycleDay": cycle_day, "paymentTerm": "Net 30"})

    def charge(
        self, price: str | int = 0, tiers: list[Body] | None = None, plan: str | None = None, **fields: Any
    ) -> str:
        """A charge of the catalog in a plan of its own or a given one; returns the plan's id."""
        plan = plan or self.store.insert("productRatePlan", {"name": "Plan", "productId": self.product["id"]})["id"]
        recurring = fields.get("chargeType", "Recurring") == "Recurring"
        defaults: Body = {
            "productRatePlanId": plan,
            "name": "Seats",
            "chargeType": "Recurring",
            "chargeModel": "FlatFee",
            "billCycleType": "DefaultFromCustomer",
            "triggerEvent": "ContractEffective",
            "billingPeriod": "Month" if recurring or fields.get("chargeType") == "Usage" else None,
            "listPriceBase": "Per_Billing_Period" if recurring else None,
            "billingTiming": "IN_ADVANCE" if recurring else None,
            "billingPeriodAlignment": "AlignToCharge" if fields.get("chargeType") != "OneTime" else None,
        }
        charge = self.store.insert("productRatePlanCharge", defaults | fields)
        for number, tier in enumerate(tiers or [{"price": Decimal(price)}], 1):
            exact = {name: Decimal(value) for name, value in tier.items() if name != "priceFormat"}
            row = {"productRatePlanChargeId": charge["id"], "currency": "USD", "tier": number, "startingUnit": 0}
            self.store.insert("productRatePlanChargeTier", row | exact | {"priceFormat": tier.get("priceFormat")})
        return str(plan)

    def discount(self, percent: str | None = None, amount: str | None = None, **fields: Any) -> str:
        model = "DiscountPercentage" if percent else "DiscountFixedAmount"
        tier = {"discountPercentage": percent} if percent else {"discountAmount": amount}
        level = {"discountLevel": "subscription", "applyDiscountTo": "ONETIMERECURRINGUSAGE", "name": "Discount"}
        return self.charge(tiers=[tier], chargeModel=model, **(level | fields))

    def sell(self, *plans: str | Body, start: str, end: str | None = None, on: str | None = None, **create: Any) -> str:
        """A subscription from a day until the day before another (None: evergreen); returns its number."""
        term: Body = {"termType": "EVERGREEN"}
        if end:
            days = (date.fromisoformat(end) - date.fromisoformat(start)).days
            term = {"termType": "TERMED", "period": days, "periodType": "Day"}
        terms: Body = {"initialTerm": {"startDate": start, **term}}
        if end:
            terms["renewalTerms"] = [{"period": 12, "periodType": "Month"}]
        number = f"S{next(self._numbers)}"
        chosen = [{"productRatePlanId": plan} if isinstance(plan, str) else plan for plan in plans]
        body = {"subscriptionNumber": number, "terms": terms, "subscribeToRatePlans": chosen, **create}
        self.order({"orderActions": [_action("CreateSubscription", body, on or start)]}, on=start)
        return number

    def change(self, number: str, kind: str, body: Body | None = None, *, on: str) -> None:
        """Change a subscription from a day on."""
        self.order({"subscriptionNumber": number, "orderActions": [_action(kind, body or {}, on)]}, on=on)

    def update(
        self, number: str, *, on: str, plan: str | None = None, pricing: Body | None = None, **more: Any
    ) -> None:
        """Give the charge of the first rate plan (or of one of the catalog) another quantity or price."""
        row = self.plan(number, plan)
        charge = self.store.find("ratePlanCharge", ratePlanId=row["id"])[0]
        update = {"chargeNumber": charge["chargeNumber"], **({"pricing": pricing} if pricing else {}), **more}
        body = {"ratePlanId": row["id"], "chargeUpdates": [update]}
        self.change(number, "UpdateProduct", body, on=on)

    def cancel(self, number: str, on: str) -> None:
        """Cancel a subscription on a day."""
        body = {"cancellationPolicy": "SpecificDate", "cancellationEffectiveDate": on}
        start = self.subscription(number)["subscriptionStartDate"]
        self.change(number, "CancelSubscription", body, on=max(start, on))

    def order(self, *entries: Body, on: str = "2026-02-01", **fields: Any) -> Row:
        number = self.account["accountNumber"]
        body = {"orderDate": on, "existingAccountNumber": number, "subscriptions": list(entries), **fields}
        return create_order(self.tenant, body)

    def subscription(self, number: str) -> Row:
        return self.store.find("subscription", name=number, isLatestVersion=True)[0]

    def plan(self, number: str, plan: str | None = None) -> Row:
        rows = self.store.find("ratePlan", subscriptionId=self.subscription(number)["id"])
        return next(row for row in rows if plan in {None, row["productRatePlanId"]})

    def upload(self, number: str | None, day: str, quantity: int, unit: str = "GB") -> None:
        """Usage of a day, as the usage call stores it."""
        fields = {"accountId": self.account["id"], "subscriptionNumber": number, "uOM": unit, "quantity": quantity}
        self.store.insert("usage", fields | {"startDateTime": f"{day}T00:00:00+00:00", "rbeStatus": "Pending"})

    def segments(self, number: str) -> list[Row]:
        return self.store.find("ratePlanCharge", subscriptionId=self.subscription(number)["id"])

    def run(self, target: str, **options: Any) -> Documents:
        return bill(self.tenant, None, target=target, **options)

    def items(self, target: str, **options: Any) -> list[Item]:
        """The items of a bill run, invoices before credit memos."""
        made = self.run(target, **options)
        found = [Item(row, row["chargeAmount"]) for document in made.invoices for row in made.items[document["id"]]]
        return found + [
            Item(row, -row["amount"]) for document in made.credit_memos for row in made.items[document["id"]]
        ]

    def bill(self, target: str) -> list[Line]:
        """Service days and signed amount of the items of a bill run."""
        return [item.line for item in self.items(target)]

    def everything(self) -> list[Item]:
        """All items that stand on documents."""
        rows = [Item(row, row["chargeAmount"]) for row in self.store.rows("invoiceItem") if not row.get("_void")]
        memos = [row for row in self.store.rows("creditMemoItem") if not row.get("_void")]
        return rows + [Item(row, -row["amount"]) for row in memos]

    def total(self) -> Decimal:
        return sum((item.amount for item in self.everything()), Decimal(0))


def rules(**changed: Any) -> Body:
    """Billing rules as a tenant's setting."""
    return {"billingRules": changed}


def usd(mode: str = "HalfUp", increment: str = "0.01") -> Body:
    """The rounding of the currency as a tenant's setting."""
    return {"currencies": {"USD": {"mode": mode, "increment": increment}}}


def override(books: Books, plan: str, pricing: Body | None = None, **fields: Any) -> Body:
    """A rate plan whose only charge differs from the catalog."""
    charge = books.store.find("productRatePlanCharge", productRatePlanId=plan)[0]
    changed: Mapping[str, Any] = {"productRatePlanChargeId": charge["id"], **fields}
    return {"productRatePlanId": plan, "chargeOverrides": [dict(changed) | ({"pricing": pricing} if pricing else {})]}


def next_day(text: str) -> str:
    """The day after, for an end that is written inclusive."""
    return (date.fromisoformat(text) + timedelta(1)).isoformat()


def _action(kind: str, body: Body, on: str) -> Body:
    key = kind[0].lower() + kind[1:]
    return {"type": kind, "triggerDates": [{"name": "ContractEffective", "triggerDate": on}], key: body}
