"""Units of measure: ZOQL, describe, and the settings they come from."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import XML

import pytest

from cpqbridge.sandbox.zuora.envelopes import QueryFault
from cpqbridge.sandbox.zuora.settings import TenantSettings
from cpqbridge.sandbox.zuora.tenant import Tenant
from cpqbridge.sandbox.zuora.zoql.run import query
from tests.sandbox.zuora.conftest import ZuoraClient, zoql

RESOURCES = ("auth", "zoql", "describe")

ALL = "select Id, UomName, DisplayedAs, DecimalPlaces, RoundingMode, Active from UnitOfMeasure"


def ask(zuora: ZuoraClient, text: str) -> dict[str, Any]:
    answer: dict[str, Any] = zuora.call("POST", "/v1/action/query", {"queryString": text})
    return answer


def test_the_units_of_a_new_tenant(zuora: ZuoraClient) -> None:
    answer = ask(zuora, ALL)
    places = {record["UomName"]: record["DecimalPlaces"] for record in answer["records"]}
    assert places == {"Each": 0, "User": 0, "License": 0, "Hour": 2, "GB": 2, "API Call": 0, "Minute": 0}
    gigabyte = next(record for record in answer["records"] if record["UomName"] == "GB")
    assert (gigabyte["DisplayedAs"], gigabyte["RoundingMode"], gigabyte["Active"]) == ("GB", "Up", True)
    assert len(gigabyte["Id"]) == 32
    assert answer["done"] is True


def test_conditions_and_ids_that_stay(zuora: ZuoraClient) -> None:
    [one] = ask(zuora, "select UomName from UnitOfMeasure where UomName = 'API Call' and Active = true")["records"]
    [again] = ask(zuora, zoql("UomName", "UnitOfMeasure", f"Id = '{one['Id']}'"))["records"]
    assert again == one == {"Id": one["Id"], "UomName": "API Call"}
    fine = ask(zuora, "select UomName from UnitOfMeasure where DecimalPlaces > 0")["records"]
    assert {record["UomName"] for record in fine} == {"Hour", "GB"}


def test_units_follow_the_settings(tenant: Tenant) -> None:
    tenant.configure({"unitsOfMeasure": {"Kilo": 3}})
    assert [record["DecimalPlaces"] for record in query(tenant, ALL)] == [3]


@pytest.mark.parametrize("field", ["Name", "Precision", "UsageLogFileLabel"])
def test_a_field_that_units_have_not(tenant: Tenant, field: str) -> None:
    with pytest.raises(QueryFault, match=f"UnitOfMeasure.{field}"):
        query(tenant, zoql(field, "UnitOfMeasure"))


def test_describe(zuora: ZuoraClient) -> None:
    root = XML(zuora.get("/v1/describe/UnitOfMeasure").content)
    known = {item.findtext("name"): item for item in root.findall("fields/field")}
    assert known["UomName"].findtext("required") == "true"
    assert known["DecimalPlaces"].findtext("type") == "integer"
    assert [option.text for option in known["RoundingMode"].findall("options/option")] == ["Up", "Down"]
    listed = XML(zuora.get("/v1/describe").content)
    assert "UnitOfMeasure" in [item.findtext("name") for item in listed.findall("object")]


@pytest.mark.parametrize("places", [-1, 10])
def test_decimal_places_that_no_unit_has(places: int) -> None:
    with pytest.raises(ValueError, match="between 0 and 9"):
        TenantSettings().change({"unitsOfMeasure": {"Each": places}})
