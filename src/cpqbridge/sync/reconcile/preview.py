"""Asks Zuora what an order would bill: its own preview of the body that would be sent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cpqbridge.errors import FixData
from cpqbridge.mapping.rule import Record
from cpqbridge.planning.chain import SUBSCRIPTION
from cpqbridge.planning.plan import SyncPlan, references
from cpqbridge.planning.state import ZuoraState
from cpqbridge.sync.batch import Batch
from cpqbridge.sync.reconcile.periods import Billed
from cpqbridge.zuora.client import ZuoraClient
from cpqbridge.zuora.documents import DocumentItem, billing_preview, order_preview

ORDER = "create_order"
Body = Mapping[str, Any]

_CATALOG_ID = "externalCatalogPlanId"
_UNKNOWN_TO_PREVIEWS = frozenset({"externallyManagedPlanId", "clearingCustomFields", "notes"})


@dataclass(frozen=True, slots=True)
class Preview:
    """What an order would bill.

    Attributes:
        by_charge: Number of a charge to its items; those of charges that are there already are what the order changes.
        by_catalog: Id of a catalog charge to the items of order line items of it.
        charges: Order product to the number of the charge that would be made of it.
        line_items: Product of Salesforce to the catalog charge of its order line item.
        asked: Whether Zuora was asked, and answered.
        refusal: Why Zuora would refuse the order.
    """

    by_charge: Mapping[str, Sequence[DocumentItem]] = field(default_factory=dict)
    by_catalog: Mapping[str, Sequence[DocumentItem]] = field(default_factory=dict)
    charges: Mapping[str, str] = field(default_factory=dict)
    line_items: Mapping[str, str] = field(default_factory=dict)
    asked: bool = False
    refusal: FixData | None = None

    def of(self, item: Record, charge: str | None) -> list[Billed] | None:
        """Return what would be billed for an order product; None where that is not known.

        Args:
            item: The order product.
            charge: The number of its charge, where that is there already.
        """
        if not self.asked:
            return None
        number = charge or self.charges.get(item["Id"])
        if item.get(SUBSCRIPTION):
            return _billed(self.by_charge.get(number, ())) if number else None
        catalog = self.line_items.get(item["Product2Id"])
        return _billed(self.by_catalog.get(catalog, ())) if catalog else None


def _billed(items: Iterable[DocumentItem]) -> list[Billed]:
    return [Billed(one.start, one.end, one.amount, one.standing.value) for one in items]


async def preview(zuora: ZuoraClient, batch: Batch, plan: SyncPlan, until: date | None) -> Preview:
    """Return what the orders of a plan would bill until a day; nothing where they cannot be previewed yet.

    That is so where something must be made first: an account, a contact, a product.
    """
    bodies = [one.body for one in plan.operations if one.name == ORDER]
    if until is None or not bodies or any(True for body in bodies for _ in references(body)):
        return Preview()
    items: list[DocumentItem] = []
    try:
        for body in bodies:
            found = await order_preview(zuora, as_preview(body, batch.state), until)
            if found is None:
                return Preview()
            items += found
    except FixData as refusal:
        return Preview(refusal=refusal)
    there = await _without(zuora, batch.state, bodies, until)
    if there is None:
        return Preview()
    return _sorted(bodies, items, there)


def as_preview(value: Any, state: ZuoraState) -> Any:
    """Return a body as a preview takes it: it knows rate plans of the catalog by their ids in Zuora only."""
    if isinstance(value, Mapping):
        found = {name: as_preview(one, state) for name, one in value.items() if name not in _UNKNOWN_TO_PREVIEWS}
        external = found.pop(_CATALOG_ID, None)
        plan = state.plans.get(str(external)) if external else None
        return found | ({"productRatePlanId": plan.id} if plan else {})
    if isinstance(value, list | tuple):
        return [as_preview(one, state) for one in value]
    return value


async def _without(
    zuora: ZuoraClient, state: ZuoraState, bodies: Sequence[Body], until: date
) -> list[DocumentItem] | None:
    """Return what would be billed without the orders for the subscriptions that they change."""
    numbers = {one.get("subscriptionNumber") for body in bodies for one in body.get("subscriptions", ())} - {None}
    rows = [state.subscriptions[number] for number in numbers if number in state.subscriptions]
    items: list[DocumentItem] = []
    for account in {str(row.get("invoiceOwnerAccountNumber") or row.get("accountNumber")) for row in rows}:
        found = await billing_preview(zuora, account, until)
        if found is None:
            return None
        items += [one for one in found if one.subscription in numbers]
    return items


def _sorted(bodies: Sequence[Body], items: Sequence[DocumentItem], there: Sequence[DocumentItem]) -> Preview:
    by_charge: dict[str, list[DocumentItem]] = {}
    by_catalog: dict[str, list[DocumentItem]] = {}
    left = list(there)
    for one in items:
        same = next((other for other in left if _days(other) == _days(one)), None)
        if same is not None:
            left.remove(same)
        elif one.charge:
            by_charge.setdefault(one.charge, []).append(one)
        elif one.subscription is None:
            by_catalog.setdefault(one.catalog_charge or "", []).append(one)
    for one in left:
        by_charge.setdefault(one.charge or "", []).append(one.reversed)
    lines = [line for body in bodies for line in body.get("orderLineItems", ())]
    codes = [line.get("productCode") for line in lines]
    once = {
        str(line["productCode"]): str(line["productRatePlanChargeId"])
        for line in lines
        if codes.count(line.get("productCode")) == 1 and line.get("productCode")
    }
    return Preview(by_charge, by_catalog, dict(_charges(bodies)), once, asked=True)


def _days(item: DocumentItem) -> tuple[object, ...]:
    return item.charge, item.subscription, item.start, item.end, item.amount


def _charges(bodies: Iterable[Body]) -> Iterable[tuple[str, str]]:
    """Yield the order product behind each rate plan that would be made, and the number of its charge."""
    actions = (one for body in bodies for entry in body.get("subscriptions", ()) for one in entry["orderActions"])
    for action in actions:
        created = (action.get("createSubscription") or {}).get("subscribeToRatePlans") or ()
        for plan in (*created, *([action["addProduct"]] if action.get("addProduct") else ())):
            overrides = plan.get("chargeOverrides") or ()
            if plan.get("externallyManagedPlanId") and overrides and overrides[0].get("chargeNumber"):
                yield str(plan["externallyManagedPlanId"]), str(overrides[0]["chargeNumber"])
