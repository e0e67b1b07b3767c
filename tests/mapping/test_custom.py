"""The user's mapping in the guide's tables: sources, conditions, record types, tables of values, defaults, lineage."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.mapping.custom import tables_for
from cpqbridge.mapping.rule import Context, Mapped, Problem, apply
from cpqbridge.mapping.subscription import S
from cpqbridge.mapping.tables import GUIDE, Tables
from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.settings.options import Options
from cpqbridge.settings.values import ValueTables

ACCOUNT: dict[str, Any] = {
    "Id": "001",
    "Name": "Acme",
    "OwnerId": "005",
    "Description": "a customer",
    "Notes__c": "call first",
    "Revenue__c": Decimal(1500000),
    "Region__c": "EMEA",
    "BillingCountry": "Germany",
    "Owner": {"Name": "Bob"},
    "RecordType": {"DeveloperName": "Partner"},
}


def tables(values: ValueTables | None = None, **pairs: dict[str, Any]) -> Tables:
    return tables_for(MappingSettings.model_validate(pairs), values or ValueTables())


def account(rules: dict[str, Any], *, creating: bool = True, **fields: Any) -> Mapped:
    context = Context({"Account": {**ACCOUNT, **fields}}, Options(), {"account_key": "crmId"})
    return apply(tables(account=rules).account, context, creating=creating)


def lineage(mapped: Mapped, pointer: str) -> tuple[str | None, str]:
    return next((one.source, one.rule) for one in mapped.lineage if one.pointer == pointer)


def test_no_mapping_is_the_guide_itself() -> None:
    assert tables() is GUIDE
    assert tables(account={}) is GUIDE


def test_tables_of_other_pairs_stay_the_same_objects() -> None:
    made = tables(account={"notes": "Notes__c"})
    assert made.account is not GUIDE.account
    assert made.order is GUIDE.order
    assert made.contact is GUIDE.contact


def test_a_rule_takes_the_place_of_the_guides() -> None:
    mapped = account({"notes": "Notes__c"})
    assert mapped.body["notes"] == "call first"
    assert lineage(mapped, "/notes") == ("Account.Notes__c", "Account / Description (own mapping)")
    assert list(mapped.body) == list(account({}).body)


@pytest.mark.parametrize(
    "rule",
    [
        "Missing__c",
        {"source": "Notes__c", "when": 'Region__c == "APAC"'},
        {"source": "Notes__c", "record_type": "Customer"},
        {"expression": "null"},
        {"source": ["Missing__c", "Parent.Name"]},
    ],
)
def test_where_a_rule_gives_nothing_the_guide_goes_on(rule: Any) -> None:
    mapped = account({"notes": rule})
    assert mapped.body["notes"] == "a customer"
    assert lineage(mapped, "/notes") == ("Account.Description", "Account / Description")


@pytest.mark.parametrize(
    ("rule", "value", "source"),
    [
        ("Owner.Name", "Bob", "Account.Owner.Name"),
        ({"value": "Enterprise"}, "Enterprise", None),
        ({"value": 7}, 7, None),
        ({"expression": 'Revenue__c > 1000000 ? "A" : "B"'}, "A", "Account.Revenue__c"),
        ({"expression": "concat(Name, Region__c)"}, "AcmeEMEA", "Account.Name, Account.Region__c"),
        ({"expression": '"x"', "when": "Revenue__c > 1", "record_type": ["Partner", "Reseller"]}, "x", None),
        ({"source": ["Missing__c", "Region__c"]}, "EMEA", "Account.Region__c"),
        ({"source": "Region__c", "values": {"EMEA": "Europe"}}, "Europe", "Account.Region__c"),
        ({"source": "Missing__c", "values": {"EMEA": "Europe"}, "default": "World"}, "World", None),
        ({"source": "Name", "values": {"EMEA": "Europe"}, "default": "World"}, "World", None),
        ({"source": "Revenue__c"}, 1500000, "Account.Revenue__c"),
        (
            [{"source": "Region__c", "when": 'Region__c == "APAC"'}, {"source": "BillingCountry"}],
            "Germany",
            "Account.BillingCountry",
        ),
        (["Missing__c", {"source": "Missing__c", "default": "Unknown"}], "Unknown", None),
    ],
)
def test_new_targets(rule: Any, value: Any, source: str | None) -> None:
    mapped = account({"Segment__c": rule})
    assert mapped.problems == []
    assert mapped.body["Segment__c"] == value
    assert lineage(mapped, "/Segment__c") == (source, "Account / Segment__c (own mapping)")


def test_nested_targets_and_spellings() -> None:
    assert account({"TAXINFO/vatid": {"value": "DE123"}}).body["taxInfo"] == {"VATId": "DE123"}


def test_default_stands_in_before_the_guide_but_not_where_the_condition_fails() -> None:
    assert account({"notes": {"source": "Missing__c", "default": "none"}}).body["notes"] == "none"
    unmet = {"source": "Missing__c", "default": "none", "when": "false"}
    assert account({"notes": unmet}).body["notes"] == "a customer"


def test_off_takes_the_guides_rule_out() -> None:
    assert "salesRep" not in account({"salesRep": {"off": True}}).body
    assert account({"salesRep": {"off": True}}).problems == []


def test_what_only_a_create_writes_is_never_overwritten() -> None:
    once = {"name": {"source": "Notes__c", "on": "create"}, "notes": {"source": "Missing__c", "on": "create"}}
    assert account(once).body["name"] == "call first"
    updated = account(once, creating=False)
    assert updated.problems == []
    assert "name" not in updated.body
    assert updated.body["notes"] == "a customer", "it gave nothing, so that the guide's rule goes on"


def test_what_zuora_cannot_update_is_written_by_a_create_only() -> None:
    rules = {"accountNumber": "Region__c"}
    assert account(rules).body["accountNumber"] == "EMEA"
    assert "accountNumber" not in account(rules, creating=False).body


def test_an_update_does_not_fail_for_what_only_a_create_writes() -> None:
    rules = {"Tier__c": {"expression": "Name + Revenue__c", "on": "create"}}
    assert [problem.code for problem in account(rules).problems] == ["CPQ-402"]
    assert account(rules, creating=False).problems == []


@pytest.mark.parametrize(
    ("target", "rule", "field", "message"),
    [
        ("Tier__c", {"expression": "Name + Revenue__c"}, "Name, Account.Revenue__c", "cannot add a text and a number"),
        ("Tier__c", {"source": "Notes__c", "when": "Name > 3"}, "Name", "cannot compare a text and a number"),
        ("Tier__c", {"source": "Notes__c", "when": "Name"}, "Name", "a condition must be true or false, not a text"),
        ("Tier__c", {"source": "Region__c", "values": {"APAC": "Asia"}}, "Region__c", "'EMEA' is not in the rule's"),
        ("billCycleDay", "Name", "Name", "'Acme' is no number"),
        ("autoPay", "Region__c", "Region__c", "'EMEA' is neither true nor false"),
        ("taxInfo/VATId", {"expression": "concat(Notes__c, Notes__c, Notes__c)"}, "Notes__c", "has 30 characters"),
        ("taxInfo/exemptStatus", "Region__c", "Region__c", "Zuora knows no taxInfo/exemptStatus 'EMEA'"),
        ("Tier__c", "Owner", "Owner", "is a related record: name one of its fields"),
        ("Tier__c", "Name.First", "Name.First", "is no related record"),
    ],
)
def test_what_cannot_be_mapped_is_a_problem_on_its_field(target: str, rule: Any, field: str, message: str) -> None:
    mapped = account({target: rule})
    (problem,) = mapped.problems
    assert (problem.code, problem.field) == ("CPQ-402", f"Account.{field}")
    assert message in problem.message


def test_every_path_that_the_rules_look_at_is_read() -> None:
    made = tables(
        account={
            "notes": {"source": ["Notes__c", "Owner.Name"], "when": "Revenue__c > 1", "record_type": "Partner"},
            "Tier__c": [{"expression": "left(Region__c, 2)"}, {"value": "none"}],
        },
        subscription={"InvoiceGroupNumber": "PO_Number__c"},
        order_item={"X__c": "Product2.Family"},
    )
    paths = set(made.sources("Account", Options())) - set(GUIDE.sources("Account", Options()))
    assert paths == {"Notes__c", "Owner.Name", "Revenue__c", "RecordType.DeveloperName", "Region__c"}
    items = set(made.sources("OrderItem", Options())) - set(GUIDE.sources("OrderItem", Options()))
    assert items == {"SBQQ__Subscription__r.PO_Number__c", "Product2.Family"}


def test_columns_for_comparing() -> None:
    made = tables(
        account={
            "paymentTerm": "Term__c",
            "segment__c": "Region__c",
            "taxInfo/VATId": "Vat__c",
            "billCycleDay": "Day__c",
        }
    )
    columns = {rule.target: rule.column for rule in made.account.rules if rule.own}
    assert columns["/paymentTerm"] == "PaymentTerm"
    assert columns["/segment__c"] == "Segment__c"
    assert columns["/billCycleDay"] == "BillCycleDay"


def test_special_targets() -> None:
    subscription = {
        "Custom_Price__c": Decimal("9.90"),
        "SBQQ__NetPrice__c": Decimal(10),
        "SBQQ__BillingFrequency__c": "Semiannual",
    }
    context = Context({"OrderItem": {"SBQQ__Subscription__r": subscription}}, Options(), {})
    made = tables(
        subscription_rate_plan_charge={
            "Price": "Custom_Price__c",
            "billingPeriod": {"source": "SBQQ__BillingFrequency__c", "values": "billing_frequencies"},
        }
    )
    assert apply(made.price, context).body == {"price": Decimal("9.9")}
    assert apply(made.billing_period, context).body == {"billingPeriod": "Semi_Annual"}
    empty = Context({"OrderItem": {"SBQQ__Subscription__r": {"SBQQ__NetPrice__c": Decimal(10)}}}, Options(), {})
    assert apply(made.price, empty).body == apply(GUIDE.price, empty).body


def test_a_pair_without_its_record_gives_nothing() -> None:
    made = tables(opportunity={"Source__c": {"value": "web"}})
    roots = {"Order": {"OrderNumber": "1", "EffectiveDate": "2026-02-01"}}
    context = Context(roots, Options(), {"order_number": "1", "account_number": "A1"})
    assert "customFields" not in apply(made.order, context).body
    with_one = Context({**roots, "Opportunity": {"Id": "006"}}, Options(), context.given)
    assert apply(made.order, with_one).body["customFields"] == {"Source__c": "web"}


def test_of_two_pairs_that_write_one_body_the_nearer_goes_first() -> None:
    made = tables(order_item={"X__c": {"value": "item"}}, order_item_consumption_schedule={"X__c": "Code__c"})
    schedule = {"OrderItem": {"Id": "802"}, "OrderItemConsumptionSchedule": {"Id": "a01", "Code__c": "schedule"}}
    item = {**schedule, "OrderItemConsumptionSchedule": {"Id": "a01"}}
    for roots, value in ((schedule, "schedule"), (item, "item")):
        body = apply(made.usage_plan_subscribed, Context(roots, Options(), {})).body
        assert body["customFields"] == {"X__c": value}
    assert apply(made.line_item, Context({"OrderItem": {"Id": "802"}}, Options(), {})).body["customFields"] == {
        "X__c": "item"
    }


def test_the_tables_of_values_of_the_settings() -> None:
    own = ValueTables(payment_terms={"30 Tage": "Net 30"})
    made = tables(own, account={"paymentTerm": {"source": "Term__c", "values": "payment_terms"}})
    for term, wanted in (("30 Tage", "Net 30"), ("Net 60", "Net 60")):
        context = Context({"Account": {**ACCOUNT, "Term__c": term}}, Options(), {"account_key": "crmId"})
        assert apply(made.account, context).body["paymentTerm"] == wanted


def test_a_required_field_stays_required() -> None:
    problems = account({"name": "Missing__c"}, Name=None).problems
    assert problems == [Problem("CPQ-401", "Account.Name", "Account Name is empty")]
    assert account({"name": {"source": "Missing__c", "default": "nobody"}}, Name=None).problems == []


def test_the_root_of_subscriptions() -> None:
    made = tables(subscription={"Region__c": "SBQQ__Contract__r.Region__c"})
    (rule,) = (rule for rule in made.subscription.rules if rule.own)
    assert rule.target == "/customFields/Region__c"
    assert rule.own is not None
    assert rule.own.reads == (f"{S}.SBQQ__Contract__r.Region__c",)
