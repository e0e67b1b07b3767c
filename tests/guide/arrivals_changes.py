"""For each addition to the guide about later changes: where its value is read in the tenant, and what must be there."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from tests.guide.arrivals import Arrival, Read, contact_id, line, number, subscription
from tests.guide.story import Row, Story

KINDS: Mapping[str, tuple[str, int, str, str]] = {
    "update": ("amended", 0, "UpdateProduct", "2026-09-01"),
    "addition": ("added", 0, "AddProduct", "2026-09-01"),
    "removal": ("removed", 0, "RemoveProduct", "2026-12-01"),
    "cancellation": ("cancelled", 0, "CancelSubscription", "2026-12-01"),
    "terms": ("renewed", 0, "TermsAndConditions", "2026-08-01"),
    "extent": ("renewed by Zuora", 0, "TermsAndConditions", "2027-02-01"),
    "stop": ("half renewed", -1, "TermsAndConditions", "2027-02-01"),
    "renewal": ("renewed", 1, "RenewSubscription", "2026-08-01"),
    "transfer": ("transferred", 0, "OwnerTransfer", "2026-09-01"),
}
"""Word of an action in the names of rows: an order with it, its place, its type and its day."""


def action(name: str, place: int = 0) -> Any:
    """An action of an order, counted over all its subscriptions."""
    return lambda story: [one for entry in story.order(name)["subscriptions"] for one in entry["orderActions"]][place]


def part(word: str, *path: str) -> Read:
    """A value below the key of an action's own body."""
    name, place, kind, _ = KINDS[word]

    def found(story: Story) -> Any:
        value = action(name, place)(story)[kind[0].lower() + kind[1:]]
        for key in path:
            value = value[0] if key == "0" else value[key]
        return value

    return found


def segments(name: str, field: str) -> Read:
    """A field of each segment of the only charge of an order's first subscription."""
    return lambda story: [one[field] for one in _segments(story, name)]


def _segments(story: Story, name: str) -> list[Row]:
    view = story.tenant.get(
        f"/v1/subscriptions/{story.subscription(name)['subscriptionNumber']}?charge-detail=all-segments"
    )
    found = [
        one for plan in view["ratePlans"] for charge in plan["ratePlanCharges"] for one in charge["chargeSegments"]
    ]
    return sorted(found, key=lambda one: str(one["effectiveStartDate"]))


def plan_of(name: str, field: str) -> Read:
    return lambda story: story.plan(name)[field]


def removed_plan(name: str) -> Read:
    """The number of the one rate plan of an order's subscription that was removed."""

    def found(story: Story) -> Any:
        [plan] = [one for one in story.subscription(name)["ratePlans"] if one["lastChangeType"] == "Remove"]
        return plan["subscriptionRatePlanNumber"]

    return found


def quote(name: str, field: str) -> Read:
    return lambda story: story.record("SBQQ__Quote__c", story.sold(name)["SBQQ__Quote__c"])[field]


def _own(word: str) -> dict[str, Arrival]:
    name, place, kind, day = KINDS[word]

    def dates(story: Story) -> Any:
        return [one["triggerDate"] for one in action(name, place)(story)["triggerDates"]]

    return {
        f"{word} Order Action": Arrival(lambda story: action(name, place)(story)["type"], kind),
        f"{word} Trigger Dates": Arrival(dates, [day] * 3),
    }


CHANGES: Mapping[str, Arrival] = {
    "Subscription: plan Unique Token": Arrival(segments("in segments", "quantity"), [10, 20]),
    "Subscription: charge Charge Unique Token": Arrival(segments("in segments", "price"), [100, 110]),
    "Order line item: Original Order Number": Arrival(
        line("returned", "originalOrderNumber"), lambda story: story.numbers["boxes"]
    ),
    "Order line item: Original Order Line Item Number": Arrival(
        line("returned", "originalOrderLineItemNumber"), line("boxes", "itemNumber")
    ),
    **{
        f"Change: {name}": arrival
        for name, arrival in {
            **{key: arrival for word in KINDS for key, arrival in _own(word).items()},
            "subscription Subscription Number": Arrival(
                lambda story: story.order("amended")["subscriptions"][0]["subscriptionNumber"],
                subscription("chairs", "subscriptionNumber"),
            ),
            "subscription Quote Number": Arrival(subscription("cars", "QuoteNumber__QT"), quote("transferred", "Name")),
            "subscription Quote Business Type": Arrival(subscription("cars", "QuoteBusinessType__QT"), "Amendment"),
            "subscription Quote Type": Arrival(subscription("cars", "QuoteType__QT"), "Amendment"),
            "subscription Contract ID": Arrival(
                subscription("rooms", "SFDC_Contract__c"),
                lambda story: story.record("SBQQ__Subscription__c", story.items("renewed")[0]["SBQQ__Subscription__c"])[
                    "SBQQ__Contract__c"
                ],
            ),
            "update Subscription Rate Plan Number": Arrival(
                part("update", "subscriptionRatePlanNumber"), plan_of("chairs", "subscriptionRatePlanNumber")
            ),
            "update Unique Token": Arrival(
                lambda story: action("in segments", 1)(story)["updateProduct"]["uniqueToken"],
                lambda story: f"segments-{story.items('in segments')[0]['Id']}",
            ),
            "update Specific Update Date": Arrival(
                segments("chairs", "effectiveStartDate"), ["2026-02-01", "2026-06-01", "2026-09-01"]
            ),
            "update Charge Number": Arrival(
                part("update", "chargeUpdates", "0", "chargeNumber"),
                lambda story: story.items("chairs")[0]["OrderItemNumber"],
            ),
            "update Charge Unique Token": Arrival(
                lambda story: action("in segments", 1)(story)["updateProduct"]["chargeUpdates"][0]["uniqueToken"],
                lambda story: f"segments-{story.items('in segments')[0]['Id']}-charge",
            ),
            "update Quantity": Arrival(segments("chairs", "quantity"), [10, 7, 12]),
            "update List Price": Arrival(segments("lamps", "price"), [120, 96]),
            "update Tiers": Arrival(
                lambda story: [[tier["price"] for tier in one["tiers"]] for one in _segments(story, "water")],
                [[Decimal("0.10"), Decimal("0.05")], [Decimal("0.02"), Decimal("0.01")]],
            ),
            "removal Subscription Rate Plan Number": Arrival(
                part("removal", "subscriptionRatePlanNumber"), removed_plan("desks")
            ),
            "cancellation Cancellation Policy": Arrival(part("cancellation", "cancellationPolicy"), "SpecificDate"),
            "cancellation Cancellation Effective Date": Arrival(
                lambda story: [
                    story.subscription("chairs")["status"],
                    story.subscription("chairs")["subscriptionEndDate"],
                ],
                ["Cancelled", "2026-12-01"],
            ),
            "terms Term Type": Arrival(subscription("rooms", "termType"), "TERMED"),
            "terms Term End Date": Arrival(subscription("rooms", "termStartDate"), "2026-08-01"),
            "terms Renewal Setting": Arrival(subscription("rooms", "renewalSetting"), "RENEW_WITH_SPECIFIC_TERM"),
            "terms Renewal Term": Arrival(subscription("rooms", "renewalTerm"), 12),
            "terms Renewal Period Type": Arrival(subscription("rooms", "renewalTermPeriodType"), "Month"),
            "extent Term Type": Arrival(subscription("tents", "termType"), "TERMED"),
            "extent Term End Date": Arrival(
                lambda story: [story.subscription("tents")[name] for name in ("termStartDate", "termEndDate")],
                ["2027-02-01", "2029-02-01"],
            ),
            "stop Auto Renew": Arrival(
                lambda story: [story.subscription("half renewed before", place)["autoRenew"] for place in (0, 1)],
                [True, False],
            ),
            "renewal Bill To Contact": Arrival(part("renewal", "billToContactId"), contact_id("renewer")),
            "renewal Sold To Contact": Arrival(part("renewal", "soldToContactId"), contact_id("renewer")),
            "renewal Payment Term": Arrival(part("renewal", "paymentTerm"), "Net 30"),
            "transfer Subscription Owner Account": Arrival(subscription("cars", "accountNumber"), number("Owner")),
            "transfer Invoice Owner Account": Arrival(
                subscription("cars", "invoiceOwnerAccountNumber"), number("Payer")
            ),
            "transfer Bill To Contact": Arrival(
                lambda story: story.subscription("cars")["billToContact"]["id"], contact_id("payer's buyer")
            ),
            "transfer Sold To Contact": Arrival(
                lambda story: story.subscription("cars")["soldToContact"]["id"], contact_id("owner's buyer")
            ),
        }.items()
    },
}
"""Key of an addition to its check."""
