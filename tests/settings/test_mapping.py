"""The `mapping:` section: its forms, its lines, and the schema that editors use."""

from __future__ import annotations

import textwrap
from decimal import Decimal
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from cpqbridge.settings import Settings, load
from cpqbridge.settings.mapping import MappingRule, MappingSettings
from cpqbridge.settings.schema import json_schema

CONNECTIONS = """\
salesforce: {login_url: "https://a.my.salesforce.com", client_id: a}
zuora: {base_url: "https://rest.zuora.com", client_id: b}
"""
ALL_FORMS = """\
mapping:
  account:
    notes: Customer_Notes__c
    taxInfo/VATId: [VAT__c, Parent.VAT__c]
    Segment__c: {value: Enterprise}
    Tier__c:
      expression: 'AnnualRevenue > 1000000 ? "A" : "B"'
      when: 'Type == "Customer"'
      record_type: [Partner, Reseller]
      on: create
    Region__c:
      - {source: Region__c, values: {EMEA: Europe}, when: 'Region__c != null'}
      - {source: [BillingCountry, ShippingCountry], default: Unknown, record_type: Customer}
    salesRep: {off: true}
    Discount__c: {value: 12.50}
    Vip__c: {value: false}
    Level__c: {value: 0}
  subscription_rate_plan_charge:
    price: Custom_Price__c
    billingPeriod: {source: SBQQ__BillingFrequency__c, values: billing_frequencies}
"""


def loaded(tmp_path: Path, text: str) -> Settings:
    file = tmp_path / "cpqbridge.yaml"
    file.write_text(CONNECTIONS + textwrap.dedent(text))
    return load(file, {})


def test_every_form_of_a_rule(tmp_path: Path) -> None:
    mapping = loaded(tmp_path, ALL_FORMS).mapping
    given = {
        target: [rule.model_dump(exclude_unset=True) for rule in rules] for target, rules in mapping.account.items()
    }
    assert given == {
        "notes": [{"source": ("Customer_Notes__c",)}],
        "taxInfo/VATId": [{"source": ("VAT__c",)}, {"source": ("Parent.VAT__c",)}],
        "Segment__c": [{"value": "Enterprise"}],
        "Tier__c": [
            {
                "expression": 'AnnualRevenue > 1000000 ? "A" : "B"',
                "when": 'Type == "Customer"',
                "record_type": ("Partner", "Reseller"),
                "on": "create",
            }
        ],
        "Region__c": [
            {"source": ("Region__c",), "values": {"EMEA": "Europe"}, "when": "Region__c != null"},
            {
                "source": ("BillingCountry", "ShippingCountry"),
                "default": "Unknown",
                "record_type": ("Customer",),
            },
        ],
        "salesRep": [{"off": True}],
        "Discount__c": [{"value": Decimal("12.50")}],
        "Vip__c": [{"value": False}],
        "Level__c": [{"value": 0}],
    }
    assert mapping.subscription_rate_plan_charge["billingPeriod"][0].values == "billing_frequencies"
    assert [name for name, _ in mapping.pairs()] == ["account", "subscription_rate_plan_charge"]


def test_what_is_not_given_is_empty() -> None:
    rule = MappingRule(off=True)
    assert (rule.source, rule.expression, rule.value, rule.values, rule.default) == ((), "", None, {}, None)
    assert (rule.when, rule.record_type, rule.on) == ("", (), "both")
    assert not list(MappingSettings().pairs())


@pytest.mark.parametrize(
    "spelling", ["order_item_consumption_schedule", "orderItemConsumptionSchedule", "Order Item Consumption Schedule"]
)
def test_pairs_in_other_spellings(tmp_path: Path, spelling: str) -> None:
    settings = loaded(tmp_path, f"mapping:\n  {spelling}:\n    Note__c: Note__c\n")
    assert settings.mapping.order_item_consumption_schedule["Note__c"][0].source == ("Note__c",)
    assert settings.line(("mapping", "order_item_consumption_schedule", "Note__c", 0, "source")) == 5


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (("mapping", "account", "notes", 0, "source"), 5),
        (("mapping", "account", "Tier__c", 0), 8),
        (("mapping", "account", "Tier__c", 0, "when"), 10),
        (("mapping", "account", "Region__c", 1, "default"), 15),
        (("mapping", "account", "Region__c", 0), 14),
        (("mapping", "subscription_rate_plan_charge", "price"), 21),
        (("mapping", "order", "X__c"), 3),
        (("options", "auto_renew"), 1),
    ],
)
def test_the_line_of_a_rule(tmp_path: Path, path: tuple[str | int, ...], line: int) -> None:
    assert loaded(tmp_path, ALL_FORMS).line(path) == line


def test_problems_found_above_the_settings_are_told_with_their_lines(tmp_path: Path) -> None:
    settings = loaded(tmp_path, ALL_FORMS)
    error = settings.wrong(
        [
            (("mapping", "account", "Region__c", 0, "when"), "is no expression"),
            (("mapping", "account", "Tier__c", 0, "expression"), "ends too early"),
        ]
    )
    file = tmp_path / "cpqbridge.yaml"
    assert error.code == "CPQ-301"
    assert error.message.splitlines() == [
        f"{file}:9: `mapping.account.Tier__c.expression` ends too early",
        f"{file}:14: `mapping.account.Region__c[0].when` is no expression",
    ]


def test_settings_from_no_file_have_no_lines(tmp_path: Path) -> None:
    settings = loaded(tmp_path, ALL_FORMS)
    made = Settings(salesforce=settings.salesforce, zuora=settings.zuora, mapping=settings.mapping)
    assert made.line(("mapping", "account")) is None
    assert made.wrong([(("mapping", "account"), "is odd")]).message == "`mapping.account` is odd"
    assert made == settings


def test_the_schema_takes_every_form() -> None:
    jsonschema.validate(_written(ALL_FORMS), json_schema())


@pytest.mark.parametrize(
    "wrong",
    [
        {"acount": {}},
        {"account": "Notes__c"},
        {"account": {"no tes": "A__c"}},
        {"account": {"notes": 5}},
        {"account": {"notes": []}},
        {"account": {"notes": {"sorce": "A__c"}}},
        {"account": {"notes": {"source": "A__c", "value": 1}}},
        {"account": {"notes": {"default": 1}}},
        {"account": {"notes": {"off": False}}},
        {"account": {"notes": {"off": True, "on": "create"}}},
        {"account": {"notes": {"source": "No field"}}},
        {"account": {"notes": {"source": "A__c", "values": "payment_term"}}},
        {"account": {"notes": {"source": "A__c", "values": {}}}},
        {"account": {"notes": {"value": "a", "default": "b"}}},
        {"account": {"notes": {"value": ["a"]}}},
        {"account": {"notes": {"source": "A__c", "on": "update"}}},
    ],
)
def test_the_schema_refuses(wrong: dict[str, Any]) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"mapping": wrong}, json_schema())


def test_editors_complete_pairs_and_keys_of_rules() -> None:
    parts = json_schema()["$defs"]
    assert set(parts["MappingSettings"]["properties"]) == set(MappingSettings.model_fields)
    assert set(parts["MappingRule"]["properties"]) == set(MappingRule.model_fields)
    assert {pair["$ref"] for pair in parts["MappingSettings"]["properties"].values()} == {"#/$defs/MappingPair"}


def _written(text: str) -> dict[str, Any]:
    """Read as an editor does: by YAML 1.2, in which `on` and `off` are texts."""
    loader = type(
        "Yaml12", (yaml.SafeLoader,), {"yaml_implicit_resolvers": yaml.SafeLoader.yaml_implicit_resolvers.copy()}
    )
    for first in "oO":
        loader.yaml_implicit_resolvers.pop(first, None)
    read: dict[str, Any] = yaml.load(text, Loader=loader)  # noqa: S506 - a SafeLoader
    return read
