"""The data dictionary."""

from __future__ import annotations

import pytest

from cpqbridge.sandbox.salesforce.catalogue import Field, standard_catalogue
from cpqbridge.sandbox.salesforce.catalogue.columns import expression, from_sql, quoted, scaled, to_sql
from cpqbridge.sandbox.salesforce.catalogue.dictionary import label_of, number, text

CATALOGUE = standard_catalogue(state_country_codes=True)

CHILDREN = [
    ("Account", "ChildAccounts", "Account"), ("Account", "Contacts", "Contact"), ("Account", "Orders", "Order"),
    ("Order", "OrderItems", "OrderItem"), ("Order", "SBQQ__Contracts__r", "Contract"),
    ("OrderItem", "SBQQ__OrderItems__r", "SBQQ__OrderItemConsumptionSchedule__c"),
    ("SBQQ__OrderItemConsumptionSchedule__c", "SBQQ__OrderItemConsumptionRates__r",
     "SBQQ__OrderItemConsumptionRate__c"),
    ("Contract", "SBQQ__Subscriptions__r", "SBQQ__Subscription__c"),
    ("SBQQ__Subscription__c", "SBQQ__Revisions__r", "SBQQ__Subscription__c"),
    ("SBQQ__Subscription__c", "SBQQ__SubscriptionOrderProducts__r", "OrderItem"),
    ("Product2", "PricebookEntries", "PricebookEntry"), ("SBQQ__Quote__c", "SBQQ__LineItems__r", "SBQQ__QuoteLine__c"),
]  # fmt: skip


@pytest.mark.parametrize(("parent", "relationship", "child"), CHILDREN)
def test_child_relationships(parent, relationship, child):
    link = CATALOGUE.require(parent).child(relationship.upper())
    assert link is not None
    assert link.child_sobject == child
    assert CATALOGUE.require(child).field(link.field).reference_to == (parent,)


def test_names_are_found_in_any_case():
    assert CATALOGUE.get("oRdEr").field("sbqq__QUOTE__c").name == "SBQQ__Quote__c"
    assert CATALOGUE.get("Nope") is None
    assert CATALOGUE.require("order").relationship("SBQQ__quote__R").name == "SBQQ__Quote__c"


def test_key_prefixes_are_three_characters_and_unique():
    prefixes = [sobject.key_prefix for sobject in CATALOGUE]
    assert all(len(prefix) == 3 for prefix in prefixes)
    assert len(set(prefixes)) == len(prefixes)
    assert CATALOGUE.by_key_prefix("801gK0000000001QAA").name == "Order"


def test_child_relationship_names_are_unique_in_their_parent():
    for sobject in CATALOGUE:
        names = [link.relationship_name for link in sobject.child_relationships if link.relationship_name]
        assert len(set(names)) == len(names), sobject.name


def test_every_reference_leads_to_an_object_and_every_formula_compiles():
    for sobject in CATALOGUE:
        for field in sobject.fields.values():
            assert all(CATALOGUE.get(target) for target in field.reference_to)
            assert "{" not in expression(CATALOGUE, sobject, field, "t")


def test_custom_fields_are_those_with_the_ending():
    for sobject in CATALOGUE:
        assert all(field.custom == field.name.endswith("__c") for field in sobject.fields.values())


@pytest.mark.parametrize(
    ("feature", "field"), [("multi_currency", "CurrencyIsoCode"), ("state_country_codes", "BillingStateCode")]
)
def test_optional_fields_exist_only_with_their_feature(feature, field):
    assert standard_catalogue(**{feature: True}).require("Account").field(field)
    assert standard_catalogue(**{feature: False}).require("Account").field(field) is None


def test_currency_type_exists_only_with_multi_currency():
    assert standard_catalogue().get("CurrencyType")
    assert standard_catalogue(multi_currency=False).get("CurrencyType") is None


def test_required_fields():
    order = CATALOGUE.require("Order")
    assert {field.name for field in order.fields.values() if field.required} == {
        "AccountId",
        "EffectiveDate",
        "Status",
    }
    assert not CATALOGUE.require("Contract").field("Status").required


def test_documented_lengths_and_scales():
    rate = CATALOGUE.require("SBQQ__OrderItemConsumptionRate__c").field("SBQQ__Price__c")
    assert (rate.precision, rate.scale) == (18, 7)
    multiplier = CATALOGUE.require("SBQQ__Subscription__c").field("SBQQ__ProrateMultiplier__c")
    assert (multiplier.precision, multiplier.scale) == (8, 4)
    assert CATALOGUE.require("Account").field("Description").length == 32000
    assert [
        CATALOGUE.require("Contact").field(f"Mailing{part}").length for part in ("City", "State", "PostalCode")
    ] == [40, 80, 20]


def test_address_parts():
    parts = [field.name for field in CATALOGUE.require("Order").parts("BillingAddress")]
    assert parts[:3] == ["BillingStreet", "BillingCity", "BillingState"]
    assert "BillingCountryCode" in parts


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("SBQQ__BillingTermUnit__c", "Billing Term Unit"),
        ("AccountId", "Account ID"),
        ("Z_Accounting_Code__c", "Z Accounting Code"),
    ],
)
def test_labels(name, label):
    assert label_of(name) == label


def test_added_field_is_linked_and_told():
    catalogue = standard_catalogue()
    told = []
    catalogue.subscribe(lambda sobject, field: told.append((sobject.name, field.name if field else None)))
    catalogue.add_field(
        "order", Field("Buyer__c", "Buyer", "reference", reference_to=("Contact",), child_relationship="Bought__r")
    )
    assert catalogue.require("Contact").child("Bought__r").field == "Buyer__c"
    assert catalogue.remove_field("Order", "buyer__C").name == "Buyer__c"
    assert catalogue.require("Contact").child("Bought__r") is None
    assert told == [("Order", "Buyer__c"), ("Order", None)]


@pytest.mark.parametrize(
    ("value", "scale", "stored", "shown"),
    [("1.005", 2, 101, "1.01"), ("-1.005", 2, -101, "-1.01"), ("0.1234567", 7, 1234567, "0.1234567"),
     ("5", 0, 5, "5.0"),
     ("99999999999.99", 7, 999999999999900000, "99999999999.99"), ("-0.5", 1, -5, "-0.5")],
)  # fmt: skip
def test_numbers_are_exact_and_rounded_half_away_from_zero(value, scale, stored, shown):
    field = number("N", 18, scale)
    assert scaled(value, scale) == to_sql(field, value) == stored
    assert str(from_sql(field, stored)) == shown


def test_empty_text_is_null():
    assert to_sql(text("T"), "  ") is None
    assert to_sql(text("T"), " a b ") == "a b"
    assert quoted("Order") == '"Order"'
