"""Describe as XML."""

from __future__ import annotations

from typing import Any
from xml.etree.ElementTree import XML, Element

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.conftest import ZuoraClient

RESOURCES = ("auth", "describe")


def read(zuora: ZuoraClient, path: str, status: int = 200) -> Element:
    response = zuora.get(f"/v1/describe{path}")
    assert response.status_code == status
    assert response.headers["content-type"].startswith("text/xml")
    assert response.text.startswith("<?xml version='1.0' encoding='UTF-8'?>")
    return XML(response.content)


def fields(root: Element) -> dict[str, dict[str, Any]]:
    found = {}
    for item in root.findall("fields/field"):
        leaves: dict[str, Any] = {leaf.tag: leaf.text for leaf in item if len(leaf) == 0}
        leaves["contexts"] = [leaf.text for leaf in item.findall("contexts/context")]
        leaves["options"] = [leaf.text for leaf in item.findall("options/option")]
        found[leaves["name"]] = leaves
    return found


def test_objects(zuora: ZuoraClient) -> None:
    root = read(zuora, "")
    names = [item.findtext("name") for item in root.findall("object")]
    assert root.tag == "objects"
    assert names == sorted(name for name in names if name)
    assert {"Account", "Contact", "Product", "ProductRatePlanCharge", "Subscription", "OrderLineItem"} <= set(names)


def test_fields_of_an_object_with_custom_fields(zuora: ZuoraClient) -> None:
    root = read(zuora, "/Contact")
    assert (root.tag, root.findtext("name"), root.findtext("label")) == ("object", "Contact", "Contact")
    known = fields(root)
    assert known["CrmId__c"]["custom"] == "true"
    assert known["CrmId__c"]["maxlength"] == "255"
    assert known["PostalCode"]["custom"] == "false"
    assert known["CreatedDate"]["createable"] == "false"
    assert known["CreatedDate"]["type"] == "datetime"
    assert known["FirstName"]["contexts"] == ["soap", "export"]


def test_picklists_lengths_and_locked_fields(zuora: ZuoraClient) -> None:
    known = fields(read(zuora, "/ProductRatePlanCharge"))
    assert known["TaxMode"]["type"] == "picklist"
    assert known["TaxMode"]["options"] == ["TaxInclusive", "TaxExclusive"]
    assert (known["Name"]["required"], known["Name"]["maxlength"]) == ("true", "100")
    assert (known["ChargeModel"]["createable"], known["ChargeModel"]["updateable"]) == ("true", "false")
    assert known["UOM"]["label"] == "UOM"


def test_orders_objects_are_for_export_only(zuora: ZuoraClient) -> None:
    known = fields(read(zuora, "/OrderLineItem"))
    assert known["ItemNumber"]["contexts"] == ["export"]


@pytest.mark.parametrize(
    ("query", "count"), [("", True), ("?showRelationships=true", True), ("?showRelationships=false", False)]
)
def test_relations(zuora: ZuoraClient, query: str, count: bool) -> None:
    related = read(zuora, f"/Account{query}").findall("related-objects/object")
    assert [item.findtext("name") for item in related] == (
        ["BillTo", "SoldTo", "ShipTo", "Subscription"] if count else []
    )


def test_custom_fields_follow_the_settings(zuora: ZuoraClient, tenant: Tenant) -> None:
    assert "Colour__c" not in fields(read(zuora, "/Account"))
    tenant.configure({"customFields": {"account": ["Colour__c"]}})
    assert "Colour__c" in fields(read(zuora, "/Account"))


def test_unknown_object(zuora: ZuoraClient) -> None:
    root = read(zuora, "/Nonsense", 404)
    assert "Nonsense" in (root.findtext("message") or "")
