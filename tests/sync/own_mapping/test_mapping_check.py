"""A mapping that does not fit the two systems: each way it can be wrong has its own message, line and remedy."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import httpx
import pytest
import yaml

from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.settings.load import load
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.own_mapping.check import MappingFinding, MappingReport, check_mapping

ORG_FIELDS: dict[str, list[dict[str, Any]]] = {
    "Account": [
        {"name": "VAT__c", "type": "string", "length": 40},
        {"name": "Tier__c", "type": "picklist", "values": ["Gold", "Silver"]},
        {"name": "Staff__c", "type": "double", "precision": 18, "scale": 2},
        {"name": "Key__c", "type": "boolean"},
        {"name": "Since__c", "type": "date"},
        {"name": "Boss__c", "type": "reference", "referenceTo": "User"},
    ],
    "SBQQ__Subscription__c": [{"name": "Custom_Price__c", "type": "currency"}],
}
TENANT_FIELDS = {
    "account": [
        {"name": "Short__c", "type": "Text", "maxlength": 5},
        {"name": "Level__c", "type": "Picklist", "options": ["G", "S"]},
        {"name": "Key__c", "type": "Boolean"},
        {"name": "Count__c", "type": "Integer"},
        {"name": "Amount__c", "type": "Number"},
        {"name": "Day__c", "type": "Date"},
        "Text__c",
    ],
    "orderLineItem": ["Memo__c"],
}


@pytest.fixture(scope="module")
def sandbox() -> Iterator[LocalSandbox]:
    with LocalSandbox("empty") as running:
        for sobject, definitions in ORG_FIELDS.items():
            for definition in definitions:
                running.org.add_custom_field(sobject, **definition)
        running.tenant.configure({"customFields": TENANT_FIELDS})
        yield running


def settings_of(sandbox: LocalSandbox, folder: Path, mapping: str, options: str = "") -> Settings:
    known = sandbox.credentials
    head = {
        "allow_clear_secrets": True,
        "salesforce": {key: known["salesforce"][key] for key in ("login_url", "client_id", "client_secret")},
        "zuora": {key: known["zuora"][key] for key in ("base_url", "client_id", "client_secret")},
    }
    file = folder / "cpqbridge.yaml"
    file.write_text(f"mapping:\n{mapping}\n{options}\n{yaml.safe_dump(head)}", encoding="utf-8")
    return load(file, {})


def hide(sandbox: LocalSandbox, *fields: str) -> None:
    url = f"{sandbox.salesforce_url}/_sandbox/settings"
    httpx.post(url, json={"hiddenFields": fields}, timeout=30).raise_for_status()


def report(sandbox: LocalSandbox, folder: Path, mapping: str, options: str = "") -> MappingReport:
    return asyncio.run(check_mapping(settings_of(sandbox, folder, mapping, options)))


class Wrong(NamedTuple):
    """A rule of the pair `account`, and what must be said of it."""

    rule: str
    code: str
    message: str
    remedy: str
    grade: str = "problem"


WRONG = [
    Wrong("notes: Nmae", "CPQ-303", "Account shows no field Nmae", "Did you mean Name?"),
    Wrong("notes: Parnet.Name", "CPQ-303", "Account shows no relationship Parnet", "Did you mean Parent?"),
    Wrong("notes: Parent.VTA__c", "CPQ-303", "Account shows no field VTA__c", "Did you mean VAT__c?"),
    Wrong("notes: P.P.P.P.P.P.Name".replace("P.", "Parent."), "CPQ-303", "over 6 parents", "formula field of Account"),
    Wrong("notes: [Name, Nope__c]", "CPQ-303", "no field Nope__c", "Create it in Salesforce on Account"),
    Wrong("notes: {expression: 'upper(Nope__c)'}", "CPQ-303", "no field Nope__c", "Create it"),
    Wrong("notes: {source: Name, when: 'Nope__c == null'}", "CPQ-303", "no field Nope__c", "Create it"),
    Wrong("notes: BillingAddress", "CPQ-309", "a compound of several fields", "BillingCity"),
    Wrong("Lost__c: Staff__c", "CPQ-305", "no custom field Lost__c", "label Lost, API name Lost__c, type Number"),
    Wrong(
        "Lost_Day__c: Since__c",
        "CPQ-305",
        "no custom field Lost_Day__c",
        "label Lost Day, API name Lost_Day__c, type Date",
    ),
    Wrong("Lost__c: VAT__c", "CPQ-305", "no custom field", "type Text, 40 characters"),
    Wrong("Short__c: VAT__c", "CPQ-309", "may have 40 characters, Account.Short__c takes 5", "left(VAT__c, 5)"),
    Wrong("Short__c: Boss__c", "CPQ-309", "may have 18 characters", "left(Boss__c, 5)"),
    Wrong("Amount__c: VAT__c", "CPQ-309", "gives a text, Account.Amount__c takes a number", "number(VAT__c)"),
    Wrong("Count__c: Staff__c", "CPQ-309", "a number with decimals", "round(Staff__c, 0)"),
    Wrong("Key__c: Staff__c", "CPQ-309", "takes true or false", "expression"),
    Wrong("Day__c: VAT__c", "CPQ-309", "takes a date", "date(VAT__c)"),
    Wrong("Text__c: Staff__c", "CPQ-309", "gives a number", "text(Staff__c)"),
    Wrong("Text__c: {value: 5}", "CPQ-309", "the constant gives '5'", "`values`"),
    Wrong("Level__c: Tier__c", "CPQ-309", "gives 'Gold', 'Silver'", "G, S"),
    Wrong("Level__c: {source: Tier__c, values: {Gold: G, Silver: X}}", "CPQ-309", "gives 'X'", "G, S"),
    Wrong("Level__c: {source: Tier__c, values: {Gold: G}}", "CPQ-309", "the table lacks 'Silver'", "`default`"),
    Wrong(
        "Level__c: {source: Tier__c, values: {Gold: G, Silver: S, Bronze: S}}",
        "CPQ-309",
        "the table has 'Bronze'",
        "take them out",
        "warning",
    ),
    Wrong(
        "Level__c: {source: Tier__c, values: {Gold: G}, default: Other}", "CPQ-309", "the default gives 'Other'", "G, S"
    ),
    Wrong("notes: {expression: 'Staff__c + Name'}", "CPQ-309", "cannot add a number and a text", "Mend the expression"),
    Wrong("notes: {source: Name, when: Staff__c}", "CPQ-309", "the condition gives a number", "Write a comparison"),
    Wrong(
        "notes: {source: Name, record_type: Buisness_Account}",
        "CPQ-309",
        "no record type",
        "Did you mean Business_Account?",
    ),
    Wrong("billCycleDay: Name", "CPQ-309", "takes a whole number", "number(Name)"),
    Wrong("purchaseOrderNumber: Name", "CPQ-309", "takes 100", "left(Name, 100)"),
]


@pytest.mark.parametrize("wrong", WRONG, ids=lambda wrong: wrong.rule)
def test_each_way_to_be_wrong_is_told_with_its_line(sandbox: LocalSandbox, tmp_path: Path, wrong: Wrong) -> None:
    found = report(sandbox, tmp_path, f"  account:\n    {wrong.rule}")
    [finding] = found.findings
    assert (finding.code, finding.grade) == (wrong.code, wrong.grade)
    assert wrong.message in finding.message
    assert wrong.remedy in finding.remedy
    assert (finding.pair, finding.line) == ("account", 3)
    assert finding.key
    assert finding.key.startswith(f"mapping.account.{finding.target}")
    assert bool(found.problems) is (wrong.grade == "problem")


GOOD = """
  account:
    notes: {expression: 'concat("VAT ", VAT__c)'}
    taxInfo/VATId: {expression: 'left(VAT__c, 25)'}
    Short__c: {expression: 'left(VAT__c, 5)'}
    Level__c: {source: Tier__c, values: {Gold: G, Silver: S}}
    Key__c: {source: Key__c, when: 'Staff__c > 5', record_type: Business_Account}
    Count__c: {expression: 'round(Staff__c, 0)'}
    Amount__c: [{source: Staff__c, when: 'Key__c'}, {value: 0}]
    Day__c: Since__c
    Text__c: {expression: 'text(Staff__c)'}
    salesRep: Boss__r.Name
  subscription_rate_plan_charge:
    price: Custom_Price__c
    billingPeriod: {source: SBQQ__BillingFrequency__c, values: billing_frequencies}
  order:
    description: Owner.Name
"""


def test_a_mapping_that_fits_has_no_findings(sandbox: LocalSandbox, tmp_path: Path) -> None:
    found = report(sandbox, tmp_path, GOOD)
    assert found.findings == ()
    assert (found.rules, found.as_dict()["fits"]) == (14, True)
    assert found.sources > 100


def test_fields_of_the_guide_that_the_org_lacks_are_listed_and_no_problem(
    sandbox: LocalSandbox, tmp_path: Path
) -> None:
    found = report(sandbox, tmp_path, "  account: {notes: Name}")
    assert "Order.BillingStateCode" in found.absent
    assert found.findings == ()


def test_every_object_that_is_written_must_have_the_custom_field(sandbox: LocalSandbox, tmp_path: Path) -> None:
    found = report(sandbox, tmp_path, "  order_item:\n    Memo__c: Description")
    [finding] = found.findings
    assert (finding.code, finding.message) == ("CPQ-305", "Zuora's RatePlan has no custom field Memo__c")


def test_the_place_in_a_list_of_rules_has_its_line(sandbox: LocalSandbox, tmp_path: Path) -> None:
    found = report(sandbox, tmp_path, "  account:\n    notes:\n      - {source: Name, when: 'Key__c'}\n      - Nope__c")
    [finding] = found.findings
    assert (finding.line, finding.key) == (5, "mapping.account.notes[1].source")


def test_a_pair_without_effect_is_a_warning(sandbox: LocalSandbox, tmp_path: Path) -> None:
    mapping = "  opportunity:\n    reasonCode: StageName"
    off = report(sandbox, tmp_path, mapping)
    [finding] = off.findings
    assert (finding.grade, finding.key) == ("warning", "mapping.opportunity")
    assert "sync_opportunity_fields" in finding.remedy
    assert report(sandbox, tmp_path, mapping, "options: {sync_opportunity_fields: true}").findings == ()


def test_what_is_hidden_from_the_user_is_told_even_for_the_guide(sandbox: LocalSandbox, tmp_path: Path) -> None:
    hide(sandbox, "Account.VAT__c", "Order.AccountId")
    try:
        found = report(sandbox, tmp_path, "  account:\n    notes: VAT__c")
    finally:
        hide(sandbox)
    assert [(one.code, one.line) for one in found.findings] == [("CPQ-303", None), ("CPQ-303", 3)]
    guide: MappingFinding = found.findings[0]
    assert guide.source == "Order.AccountId"


def test_a_field_over_several_objects_gives_its_name_only(sandbox: LocalSandbox, tmp_path: Path) -> None:
    found = report(sandbox, tmp_path, "  order:\n    description: Owner.Department")
    assert all("Owner" in finding.message for finding in found.findings)
