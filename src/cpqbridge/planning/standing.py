"""What Zuora holds of a chain: its subscription and rate plan, found by the id that the rate plan carries.

Found in whatever account it is: a subscription may have been transferred, an account merged. Source: orders sync,
linking rule for amendments; the vendor's errors 2 and 4.
"""

from __future__ import annotations

from dataclasses import dataclass

from cpqbridge.mapping.rule import Record
from cpqbridge.planning.chain import REVISED, Chain
from cpqbridge.planning.draft import Draft
from cpqbridge.planning.state import Charge, Row

REMOVED = "Remove"
_FIELD = f"OrderItem.{REVISED}"


@dataclass(frozen=True, slots=True)
class Standing:
    """A rate plan of a chain in Zuora.

    Attributes:
        subscription: As `GET /v1/subscriptions/{n}?charge-detail=all-segments` gives it, the latest version.
        plan: Its rate plan.
        linked: Whether the rate plan carries the id of the first order product.
    """

    subscription: Row
    plan: Row
    linked: bool = True

    @property
    def number(self) -> str:
        """The subscription's number."""
        return str(self.subscription["subscriptionNumber"])

    def charge(self, catalog: Charge, sku: str | None) -> Row | None:
        """Return the charge that was made of a catalog charge, or the only one of another rate plan of its product."""
        charges = self.plan.get("ratePlanCharges") or ()
        same = [one for one in charges if one.get("productRatePlanChargeId") == catalog.id]
        alike = len(charges) == 1 and sku is not None and self.plan.get("productSku") == sku
        found = same or (charges if alike else ())
        return found[0] if found else None

    def live(self) -> list[Row]:
        """Return the rate plans of the subscription that have not been removed."""
        return [plan for plan in self.subscription.get("ratePlans") or () if plan.get("lastChangeType") != REMOVED]


def standing(draft: Draft, chain: Chain, external_id: str, catalog_id: str, what: str, code: str) -> Standing | None:
    """Return the rate plan that carries an id, or None with the reason in the draft.

    Where none does, the subscription with the chain's number is taken if it has the only rate plan that can be meant.

    Args:
        draft: The plan being made.
        chain: Whose rate plan it is.
        external_id: The id of the first order product, or of its consumption schedule.
        catalog_id: The id that the rate plan of the catalog carries: of the product, or of its link to the schedule.
        what: What amends it, for messages.
        code: CPQ-426, or CPQ-427 for usage.
    """
    rows = {row["subscription"]["name"]: row for row in draft.state.subscribed.get(external_id, ())}
    if len(rows) > 1:
        message = (
            f"Several subscriptions have a rate plan with the external id {external_id}: {', '.join(sorted(rows))}"
        )
        draft.refuse("CPQ-440", _FIELD, message, "Keep the id on the right one; take it away from the others.")
        return None
    for number in rows:
        subscription = draft.state.subscriptions.get(number)
        plans = subscription.get("ratePlans") or () if subscription else ()
        for plan in plans:
            if plan.get("externallyManagedPlanId") == external_id and subscription is not None:
                return Standing(subscription, plan)
    return _by_number(draft, chain, external_id, catalog_id, what, code)


def _by_number(draft: Draft, chain: Chain, external_id: str, catalog_id: str, what: str, code: str) -> Standing | None:
    subscription = draft.state.subscriptions.get(chain.number)
    if subscription is None:
        message = f"Zuora has no rate plan with the external id {external_id}, which {what} amends"
        draft.refuse(code, _FIELD, message)
        return None
    plan = draft.state.plans.get(catalog_id)
    plans = Standing(subscription, {}).live()
    meant = [one for one in plans if plan is not None and one.get("productRatePlanId") == plan.id]
    if len(meant) == 1 and not meant[0].get("externallyManagedPlanId"):
        return Standing(subscription, meant[0], linked=False)
    message = (
        f"Subscription {chain.number} in Zuora has no rate plan with the external id {external_id}, which {what} amends"
    )
    names = ", ".join(f"{one.get('ratePlanName')} ({one.get('externallyManagedPlanId') or 'no id'})" for one in plans)
    remedy = (
        f"Its rate plans are: {names or 'none'}. Write {external_id} on the right one: "
        f"`cpqbridge adopt order {chain.orders[0]} --write`, or name it in a CSV file."
    )
    draft.refuse("CPQ-437", _FIELD, message, remedy)
    return None


def is_elsewhere(draft: Draft, found: Standing, owner: str) -> bool:
    """Return whether a subscription belongs to another account than that of a Salesforce account id."""
    account: Record | None = draft.state.accounts.get(owner)
    return account is None or found.subscription.get("accountNumber") != account["AccountNumber"]
