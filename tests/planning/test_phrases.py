"""Differences between an order and what Zuora holds of it, in words."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.planning.compare import Difference
from cpqbridge.planning.phrases import phrase

CREATED = "/subscriptions/0/orderActions/0/createSubscription"
PLAN = f"{CREATED}/subscribeToRatePlans/0"
CHANGED = "/subscriptions/1/orderActions/0"
PRODUCTS = {"SUB-1": "Seat", "SUB-2": "Seat", "SUB-9": "Traffic", "802B": "Support", "SRP-2": "Support"}
DATES = [
    {"name": "ContractEffective", "triggerDate": date(2026, 6, 1)},
    {"name": "ServiceActivation", "triggerDate": date(2026, 6, 3)},
]
BODY: dict[str, Any] = {
    "description": "First",
    "subscriptions": [
        {
            "orderActions": [
                {
                    "type": "CreateSubscription",
                    "triggerDates": DATES,
                    "createSubscription": {
                        "subscriptionNumber": "SUB-1",
                        "subscribeToRatePlans": [{"externallyManagedPlanId": "802A"}],
                    },
                }
            ]
        },
        {
            "subscriptionNumber": "SUB-2",
            "orderActions": [
                {
                    "type": "UpdateProduct",
                    "triggerDates": DATES,
                    "updateProduct": {"subscriptionRatePlanNumber": "SRP-2"},
                }
            ],
        },
    ],
    "orderLineItems": [{"itemName": "Router", "productCode": "01t"}],
}


@pytest.mark.parametrize(
    ("target", "ours", "theirs", "words"),
    [
        ("/description", "New text", None, "description: Salesforce New text, Zuora nothing"),
        ("/orderDate", date(2026, 2, 1), "2026-02-02", "order date: Salesforce 2026-02-01, Zuora 2026-02-02"),
        ("/customFields/Region__c", "", "East", "Region__c: Salesforce nothing, Zuora East"),
        (
            f"{PLAN}/chargeOverrides/0/pricing/recurringPerUnit/listPrice",
            Decimal("99.00"),
            Decimal("120.5"),
            "subscription SUB-1 (Seat), list price: Salesforce 99, Zuora 120.5",
        ),
        (
            f"{PLAN}/chargeOverrides/0/pricing/usageTieredPricing/tiers/2/endingUnit",
            None,
            Decimal("1E+3"),
            "subscription SUB-1 (Seat), tier 3 ending unit: Salesforce nothing, Zuora 1000",
        ),
        (f"{PLAN}/x/tiers/2", None, 3, "subscription SUB-1 (Seat), tier: Salesforce nothing, Zuora 3"),
        (
            f"{CREATED}/terms/initialTerm/period",
            12,
            24,
            "subscription SUB-1 (Seat), initial term period: Salesforce 12, Zuora 24",
        ),
        (
            f"{CREATED}/terms/initialTerm/termType",
            "TERMED",
            "EVERGREEN",
            "subscription SUB-1 (Seat), initial term type: Salesforce TERMED, Zuora EVERGREEN",
        ),
        (
            f"{CREATED}/terms/autoRenew",
            True,
            False,
            "subscription SUB-1 (Seat), auto renew: Salesforce true, Zuora false",
        ),
        (
            "/subscriptions/0/orderActions/0/triggerDates/1/triggerDate",
            date(2026, 6, 3),
            "2026-06-04",
            "subscription SUB-1 (Seat), service activation date: Salesforce 2026-06-03, Zuora 2026-06-04",
        ),
        (
            f"{CREATED}/subscribeToRatePlans/1",
            None,
            "802B",
            "subscription SUB-1 (Seat), rate plan: Salesforce nothing, Zuora Support",
        ),
        (
            f"{CHANGED}/updateProduct/chargeUpdates/0/pricing/recurringPerUnit/quantity",
            Decimal("7.0"),
            5,
            "subscription SUB-2 (Support), UpdateProduct on 2026-06-01, quantity: Salesforce 7, Zuora 5",
        ),
        (
            "/subscriptions/1/orderActions/1",
            None,
            "CancelSubscription",
            "subscription SUB-2 (Seat), action: Salesforce nothing, Zuora CancelSubscription",
        ),
        ("/subscriptions/1/customFields/A__c", "a", "b", "subscription SUB-2 (Seat), A__c: Salesforce a, Zuora b"),
        ("/subscriptions", 2, 0, "subscriptions: Salesforce 2, Zuora 0"),
        ("/orderLineItems/0/quantity", 2, 3, "line item Router, quantity: Salesforce 2, Zuora 3"),
        ("/orderLineItems/0", "01t", None, "line item: Salesforce Router, Zuora nothing"),
    ],
)
def test_each_difference_is_one_phrase(target: str, ours: Any, theirs: Any, words: str) -> None:
    assert phrase(Difference(target, ours, theirs), BODY, PRODUCTS) == words


def test_a_missing_subscription_names_the_one_that_zuora_has_instead() -> None:
    there = {"subscriptionNumber": "SUB-9", "orderActions": []}
    found = phrase(Difference("/subscriptions/0", "SUB-1", "SUB-9", there), BODY, PRODUCTS)
    assert found == "subscription: Salesforce SUB-1 (Seat), Zuora SUB-9 (Traffic)"


def test_what_only_zuora_has_is_named_by_what_it_has_there() -> None:
    there = {"itemName": "Cable", "productCode": "01u"}
    found = phrase(Difference("/orderLineItems/1", None, "01u", there), BODY, PRODUCTS)
    assert found == "line item: Salesforce nothing, Zuora Cable"


def test_a_subscription_whose_product_is_not_known_is_named_by_its_number_alone() -> None:
    found = phrase(Difference(f"{CREATED}/currency", "USD", "EUR"), BODY, {})
    assert found == "subscription SUB-1, currency: Salesforce USD, Zuora EUR"


def test_a_long_text_is_shortened() -> None:
    found = phrase(Difference("/description", "word " * 100, None), BODY, {})
    assert len(found) < 110
    assert " …, Zuora nothing" in found
