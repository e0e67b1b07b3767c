"""What is found wrong in a mapping before any record is read, and where."""

from __future__ import annotations

from typing import Any

import pytest

from cpqbridge.mapping.check import problems
from cpqbridge.settings.settings import Settings

CONNECTIONS = {
    "salesforce": {"login_url": "https://acme.my.salesforce.com", "client_id": "x", "client_secret": {"env": "S"}},
    "zuora": {"base_url": "https://rest.zuora.com", "client_id": "x", "client_secret": {"env": "S"}},
}


def found(pairs: dict[str, Any], **options: Any) -> list[tuple[tuple[str | int, ...], str]]:
    return problems(Settings.model_validate({**CONNECTIONS, "mapping": pairs, "options": options}))


def test_a_good_mapping_has_no_problems() -> None:
    assert found({}) == []
    good = {
        "account": {
            "notes": "Customer_Notes__c",
            "taxInfo/VATId": "VAT__c",
            "Segment__c": {"value": "Enterprise"},
            "Tier__c": {
                "expression": 'AnnualRevenue > 1000000 ? "A" : "B"',
                "when": 'Type == "Customer"',
                "record_type": ["Partner", "Reseller"],
                "on": "create",
            },
            "Region__c": [
                {"source": "Region__c", "values": {"EMEA": "Europe"}, "when": "Region__c != null"},
                {"source": "BillingCountry", "default": "Unknown"},
            ],
            "salesRep": {"off": True},
        },
        "subscription": {"InvoiceGroupNumber": "PO_Number__c"},
        "subscription_rate_plan_charge": {
            "price": "Custom_Price__c",
            "billingPeriod": {"source": "SBQQ__BillingFrequency__c", "values": "billing_frequencies"},
        },
        "order_item": {"itemState": "Zuora_Status__c"},
        "opportunity": {"Source__c": "LeadSource"},
    }
    assert found(good) == []


@pytest.mark.parametrize(
    ("pair", "rules", "where", "message"),
    [
        ("account", {"note": "X__c"}, "note", "Zuora's Account has no field `note`; did you mean `notes`?"),
        ("account", {"crmId": "X__c"}, "crmId", "cannot be mapped: it is the key by which"),
        ("account", {"Key__c": "X__c"}, "Key__c", "the option `account_key_field` makes it the key"),
        ("account", {"notes": "X__c", "Notes": "Y__c"}, "Notes", "is the same as `notes`, which is there too"),
        ("account", {"notes": {"expression": "Name +"}}, "notes.expression", "ends too early"),
        ("account", {"notes": {"expression": "$today"}}, "notes.expression", "$today is not there"),
        ("account", {"notes": {"expression": "upper(1 + Q)"}}, "notes.expression", "cannot write in capitals"),
        ("account", {"notes": {"source": "X__c", "when": "Name ="}}, "notes.when", "equality is written =="),
        ("account", {"notes": {"source": "X__c", "when": "Q + 1"}}, "notes.when", "it gives a number"),
        ("account", {"notes": {"source": "X__c", "when": "1 + Q > 'a'"}}, "notes.when", "cannot compare a number"),
        ("account", {"notes": ["X__c", {"expression": "("}]}, "notes.1.expression", "ends too early"),
        ("account", {"autoPay": {"expression": "Q + 1"}}, "autoPay.expression", "which does not suit `autoPay`"),
        ("account", {"autoPay": {"value": 3}}, "autoPay.value", "'3' is neither true nor false"),
        ("account", {"billCycleDay": {"source": "X__c", "default": "last"}}, "billCycleDay.default", "'last' is"),
        ("account", {"currency": {"value": "EURO"}}, "currency.value", "'EURO' has 4 characters, Zuora takes 3"),
        (
            "order_item",
            {"itemState": {"source": "S__c", "values": {"Done": "Finished"}}},
            "itemState.values",
            "Zuora knows no itemState 'Finished': it takes Executing",
        ),
        ("account", {"name": {"off": True}}, "name", "cannot be switched off: Zuora needs it"),
        ("product_rate_plan_charge", {"TriggerEvent": {"off": True}}, "TriggerEvent", "cannot be switched off"),
        ("contact", {"workPhone": {"off": True}}, "workPhone", "has nothing to switch off"),
        ("order", {"terms": "X__c"}, "terms", "Zuora's Order has no field `terms`"),
        ("subscription", {"terms": "X__c"}, "terms", "cpqbridge works it out from the whole order"),
    ],
)
def test_each_problem_names_its_place(pair: str, rules: dict[str, Any], where: str, message: str) -> None:
    (problem,) = found({pair: rules}, account_key_field="key__c")
    assert ".".join(map(str, problem[0])) == f"mapping.{pair}.{where}"
    assert message in problem[1]


def test_all_problems_at_once() -> None:
    wrong = {
        "account": {"note": "X__c", "autoPay": {"expression": "1 + Q", "when": "Name +"}},
        "order": {"description": "Why__c"},
        "opportunity": {"Description": "Name"},
    }
    assert [(place[1:], message) for place, message in found(wrong)] == [
        (("account", "note"), "Zuora's Account has no field `note`; did you mean `notes`?"),
        (("account", "autoPay", "when"), "ends too early"),
        (("account", "autoPay", "expression"), "gives a number, which does not suit `autoPay`"),
        (("opportunity", "Description"), "is mapped by `order` too: keep one of them"),
    ]
