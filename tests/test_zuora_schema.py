"""The strict checks are checked: a check that lets everything pass proves nothing."""

from decimal import Decimal

import pytest

from tests.zuora_schema import check_request, check_response, known_calls

ORDER = {
    "orderDate": "2025-02-01",
    "existingAccountNumber": "A00000001",
    "orderNumber": "00000105",
    "category": "NewSales",
    "customFields": {"x__c": "y"},
    "subscriptions": [
        {
            "customFields": {},
            "quote": {"QuoteNumber__QT": "Q-1", "QuoteType__QT": "New Subscription", "QuoteBusinessType__QT": "New"},
            "orderActions": [
                {
                    "type": "CreateSubscription",
                    "triggerDates": [{"name": "ContractEffective", "triggerDate": "2025-02-01"}],
                    "createSubscription": {
                        "subscriptionNumber": "SUB-0001",
                        "terms": {
                            "initialTerm": {
                                "startDate": "2025-02-01",
                                "period": 12,
                                "periodType": "Month",
                                "termType": "TERMED",
                            },
                            "renewalSetting": "RENEW_WITH_SPECIFIC_TERM",
                            "renewalTerms": [{"period": 12, "periodType": "Month"}],
                            "autoRenew": False,
                        },
                        "subscribeToRatePlans": [
                            {
                                "externalCatalogPlanId": "01t",
                                "externallyManagedPlanId": "802",
                                "chargeOverrides": [
                                    {
                                        "productRatePlanChargeId": "c",
                                        "billing": {"billCycleType": "ChargeTriggerDay", "billingPeriod": "Month"},
                                        "pricing": {
                                            "recurringPerUnit": {
                                                "listPrice": Decimal("120.50"),
                                                "quantity": 5,
                                                "listPriceBase": "Per_Specific_Months",
                                                "specificListPriceBase": 12,
                                            }
                                        },
                                    }
                                ],
                            }
                        ],
                    },
                }
            ],
        }
    ],
}

CHARGE = {
    "Name": "Router",
    "ProductRatePlanId": "p",
    "ChargeModel": "Per Unit Pricing",
    "ChargeType": "Recurring",
    "BillCycleType": "DefaultFromCustomer",
    "BillingPeriod": "Month",
    "TriggerEvent": "ContractEffective",
    "UseDiscountSpecificAccountingCode": False,
    "ProductRatePlanChargeTierData": {"ProductRatePlanChargeTier": [{"Currency": "USD", "Price": 10}]},
}


def changed(body, path, value):
    """A deep copy with the value at a path replaced (or removed when it is None)."""
    if not path:
        return value
    head, *rest = path
    copy = list(body) if isinstance(body, list) else dict(body)
    if not rest and value is None:
        del copy[head]
    else:
        copy[head] = changed(copy.get(head) if isinstance(copy, dict) else copy[head], rest, value)
    return copy


ACTION = ["subscriptions", 0, "orderActions", 0]
TERM = [*ACTION, "createSubscription", "terms", "initialTerm"]
OVERRIDE = [*ACTION, "createSubscription", "subscribeToRatePlans", 0, "chargeOverrides", 0]


def test_good_requests_pass():
    check_request("POST", "/v1/orders", ORDER)
    check_request("POST", "/v1/orders?returnIds=true", ORDER)
    check_request("POST", "/v1/object/product-rate-plan-charge", CHARGE)
    check_request("GET", "/v1/orders/O-1", None)
    check_request("PUT", "/v1/orders/O-1/activate", {})
    check_request("POST", "/v1/action/query", {"queryString": "select Id from Account"})


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (["orderDate"], None),
        (["orderDate"], "2025-02-30"),
        (["orderNumber"], "x" * 101),
        (["orderNumber"], 105),
        (["nonsense"], 1),
        (["category"], "Sales"),
        ([*ACTION, "type"], "Create"),
        ([*ACTION, "triggerDates", 0, "name"], "Contract"),
        ([*TERM, "termType"], "Termed"),
        ([*TERM, "periodType"], "Months"),
        ([*TERM, "months"], 12),
        ([*OVERRIDE, "productRatePlanChargeId"], None),
        ([*OVERRIDE, "billing", "billingPeriod"], "Monthly"),
        ([*OVERRIDE, "pricing", "recurringPerUnit", "listPrice"], "120.50"),
        ([*OVERRIDE, "pricing", "recurringPerUnit", "listPriceBase"], "Per Month"),
    ],
)
def test_bad_orders_are_found(path, value):
    with pytest.raises(AssertionError):
        check_request("POST", "/v1/orders", changed(ORDER, path, value))


@pytest.mark.parametrize(
    ("path", "value"),
    [(["ChargeModel"], "PerUnit"), (["BillingPeriod"], None), (["BillingPeriod"], "Monthly"), (["Nonsense"], 1)],
)
def test_bad_charges_are_found(path, value):
    with pytest.raises(AssertionError):
        check_request("POST", "/v1/object/product-rate-plan-charge", changed(CHARGE, path, value))


def test_one_time_charge_needs_no_billing_period():
    one_time = changed(changed(CHARGE, ["ChargeType"], "OneTime"), ["BillingPeriod"], None)
    check_request("POST", "/v1/object/product-rate-plan-charge", one_time)


def test_failures():
    reasons = [{"code": 53100020, "message": "m"}]
    failure = {"success": False, "processId": "p", "requestId": "r", "reasons": reasons}
    check_response("POST", "/v1/orders", failure)
    check_response("POST", "/v1/orders", {**failure, "reasons": [{"code": "53100020", "message": "m"}]})
    check_response("POST", "/v1/object/product", {"Success": False, "Errors": [{"Code": "X", "Message": "m"}]})
    for bad in ({**failure, "reasons": []}, {"success": False}, {**failure, "extra": 1}):
        with pytest.raises(AssertionError):
            check_response("POST", "/v1/orders", bad)


def test_answers():
    check_response("GET", "/object-query/accounts", {"data": [{"id": "x", "crmId": "001", "own__c": 1}]})
    job = {
        "status": "Completed",
        "errors": None,
        "success": True,
        "result": {"orderNumber": "O-1", "jobType": "AsyncCreateOrder"},
    }
    check_response("GET", "/v1/async-jobs/1", job)
    with pytest.raises(AssertionError, match="accountNo"):
        check_response("GET", "/object-query/accounts", {"data": [{"accountNo": "x"}]})


def test_unknown_calls_are_refused():
    with pytest.raises(AssertionError, match="no such call"):
        check_request("POST", "/v1/order", {})
    with pytest.raises(AssertionError, match="no body"):
        check_request("GET", "/v1/orders/O-1", {"x": 1})
    assert ("POST", "/v1/orders") in known_calls()
