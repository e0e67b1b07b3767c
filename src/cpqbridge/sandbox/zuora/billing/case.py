"""One subscription while it is being billed: its charges, its terms, its rules, what it has on documents."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any

from cpqbridge.sandbox.zuora.billing import prices
from cpqbridge.sandbox.zuora.billing.cuts import ordinal, text
from cpqbridge.sandbox.zuora.billing.cycles import LAST, Frame, Zone, frame_of, zones
from cpqbridge.sandbox.zuora.billing.ledger import Ledger
from cpqbridge.sandbox.zuora.billing.prices import Rounding
from cpqbridge.sandbox.zuora.object_query.spelling import stored
from cpqbridge.sandbox.zuora.store import Row, Store, new_id
from cpqbridge.sandbox.zuora.tenant import Tenant

_NOTHING = Decimal(0)

#: Fields of a charge that its items repeat: item -> charge.
_COPIED = {
    "ratePlanChargeId": "id",
    "ratePlanId": "ratePlanId",
    "productRatePlanChargeId": "productRatePlanChargeId",
    "accountingCode": "accountingCode",
    "quantity": "quantity",
    "uOM": "uOM",
    "unitOfMeasure": "uOM",
    "taxCode": "taxCodeName",
    "taxMode": "taxModeOption",
    "revRecCode": "revRecCode",
    "revRecTriggerCondition": "revRecTriggerCondition",
    "revenueRecognitionRuleName": "revenueRecognitionRuleName",
    "excludeItemBillingFromRevenueAccounting": "excludeItemBillingFromRevenueAccounting",
}


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment of a charge, with its days as numbers.

    Attributes:
        row: Its row.
        tiers: Its tiers in order.
        start: First day.
        end: Last day (exclusive); `LAST` when it is open.
        content: What its price rests on.
    """

    row: Row
    tiers: list[Row]
    start: int
    end: int
    content: str


@dataclass(frozen=True, slots=True)
class Charge:
    """A charge: its segments in the order of days, and its rate plan."""

    segments: list[Segment]
    plan: Row

    @property
    def number(self) -> str:
        """Its number."""
        return str(self.row["chargeNumber"])

    @property
    def row(self) -> Row:
        """Row of its first segment."""
        return self.segments[0].row

    @property
    def first(self) -> int:
        """Its first day."""
        return self.segments[0].start

    @property
    def model(self) -> str:
        """Its charge model, in the spelling of the store."""
        return stored("chargeModel", self.row["chargeModel"]) or ""

    @property
    def discounts(self) -> bool:
        """Whether it is a discount."""
        return self.model.startswith("Discount")


@dataclass(slots=True)
class Case:
    """A version of a subscription that is billed up to a day.

    Attributes:
        tenant: Whose it is.
        subscription: Row of the version.
        account: Row of the account that is invoiced.
        frame: Its terms and its account's bill cycle day.
        charges: Its charges whose first day is known.
        ledger: What of it is on documents.
        target: Last day up to which it is billed.
        rounded: Rounding of its currency.
        items: The rows that fall due.
    """

    tenant: Tenant
    subscription: Row
    account: Row
    frame: Frame
    charges: list[Charge]
    ledger: Ledger
    target: int
    rounded: Rounding
    items: list[Row] = field(default_factory=list)

    @property
    def store(self) -> Store:
        """The tenant's records."""
        return self.tenant.store

    @property
    def rules(self) -> dict[str, Any]:
        """The tenant's billing rules."""
        return self.tenant.settings.billing_rules

    def zones(self, charge: Charge, segment: Segment) -> list[Zone]:
        """How the billing periods of a segment are cut."""
        return zones(self.frame, segment.row, charge.first)

    def ends_for_good(self, charge: Charge, segment: Segment) -> bool:
        """Whether the charge itself ends with a segment, and does not only change or pause."""
        paused = self.subscription.get("_suspendedOn")
        return segment is charge.segments[-1] and segment.end < LAST and segment.row["effectiveEndDate"] != paused

    def add(self, segment: Segment, kind: str, span: tuple[int, int], amount: Decimal, **fields: Any) -> Row:
        """Add an item that falls due, and return it.

        Args:
            segment: The segment that it bills.
            kind: Its kind in the ledger.
            span: First day and end (exclusive) of its service.
            amount: Signed amount.
            fields: Further fields of the row; ``suffix`` stands behind the charge's name, ``credits``, ``base``,
                ``period`` and ``usage`` are for the ledger, and so is ``keep``, the end (exclusive) of what a credit
                leaves when that is not the first day of its service.
        """
        own = {name: fields.pop(name, None) for name in ("credits", "base", "period", "usage")}
        row = item_row(self, segment, span, amount, fields.pop("suffix", ""))
        start = text(fields.pop("keep", span[0]))
        billed = {
            "kind": kind, "start": start, "end": text(span[1]), "amount": amount, "content": segment.content,
        }  # fmt: skip
        row |= {"_kind": kind, "_billed": billed | own, **fields}
        self.items.append(row)
        self.ledger.add(row)
        return row


def item_row(case: Case, segment: Segment, span: tuple[int, int], amount: Decimal, suffix: str) -> Row:
    """The fields of an item of a document that bills days of a segment."""
    charge, subscription, store = segment.row, case.subscription, case.store
    plan = store.get("ratePlan", charge["ratePlanId"]) or {}
    product = store.get("product", plan.get("productId") or "") or {}
    return {
        "id": new_id(),
        "chargeNumber": charge["chargeNumber"],
        "chargeName": charge["name"] + suffix,
        "chargeDate": case.tenant.clock().isoformat(timespec="seconds"),
        "chargeAmount": amount,
        "unitPrice": prices.unit_price(charge, segment.tiers, prices.quantity(charge)),
        "serviceStartDate": text(span[0]),
        "serviceEndDate": text(max(span[0], span[1] - 1)),
        "processingType": "Charge",
        "appliedToInvoiceItemId": None,
        "subscriptionId": subscription["id"],
        "subscriptionNumber": subscription["name"],
        "subscriptionOwnerId": subscription["accountId"],
        "accountId": subscription["invoiceOwnerId"],
        "productRatePlanId": plan.get("productRatePlanId"),
        "productId": plan.get("productId"),
        "sKU": product.get("sKU"),
        "taxAmount": _NOTHING,
        "sourceItemType": "SubscriptionComponent",
        "_subscription": subscription["name"],
        **{name: charge.get(source) for name, source in _COPIED.items()},
    }


def open_case(tenant: Tenant, subscription: Row, target: str, pending: list[Row] | None = None) -> Case:
    """Read all that the billing of a version needs.

    Args:
        tenant: Whose it is.
        subscription: Row of the version.
        target: Last day up to which it is billed.
        pending: Items of the same run that stand on no document yet.
    """
    store = tenant.store
    account = store.get("account", subscription["invoiceOwnerId"]) or {}
    charges = _charges(store, subscription)
    versions = store.find("subscription", name=subscription["name"])
    known = [row for row in versions if int(row["version"]) < int(subscription["version"])]
    return Case(
        tenant,
        subscription,
        account,
        frame_of([*known, subscription], _account_day(account, subscription, charges)),
        charges,
        Ledger.of(store, subscription["name"], pending or ()),
        ordinal(target),
        prices.rounding(tenant.settings, subscription["currency"]),
    )


def _account_day(account: Row, subscription: Row, charges: list[Charge]) -> int:
    """The account's bill cycle day; one that is set automatically is that of the first charge."""
    day = int(account.get("billCycleDay") or 0)
    first = min((charge.first for charge in charges), default=ordinal(subscription["subscriptionStartDate"]))
    return day or date.fromordinal(first).day


def _charges(store: Store, subscription: Row) -> list[Charge]:
    plans = {plan["id"]: plan for plan in store.find("ratePlan", subscriptionId=subscription["id"])}
    chains: dict[str, list[Row]] = {}
    for row in store.find("ratePlanCharge", subscriptionId=subscription["id"]):
        if row["effectiveStartDate"] is not None:
            chains.setdefault(row["chargeNumber"], []).append(row)
    return [
        Charge([_segment(store, row) for row in sorted(rows, key=lambda row: int(row["segment"]))], plan)
        for rows in chains.values()
        if (plan := plans.get(rows[0]["ratePlanId"])) and rows[0].get("isBillable") is not False
    ]


def _segment(store: Store, row: Row) -> Segment:
    tiers = sorted(store.find("ratePlanChargeTier", ratePlanChargeId=row["id"]), key=lambda tier: int(tier["tier"]))
    end = row["effectiveEndDate"]
    content = prices.content(row, tiers)
    return Segment(row, tiers, ordinal(row["effectiveStartDate"]), ordinal(end) if end else LAST, content)
