"""ZOQL over HTTP, its faults, and its conditions against a plain-Python oracle."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cpqbridge.sandbox.zuora.envelopes import QueryFault
from cpqbridge.sandbox.zuora.tenant import Tenant
from cpqbridge.sandbox.zuora.zoql.run import query
from tests.sandbox.zuora.catalogs import ONE_TIME, make_charge, make_plan, make_product
from tests.sandbox.zuora.conftest import ZuoraClient, zoql

RESOURCES = ("auth", "catalog", "zoql")

ACCOUNTS: list[dict[str, Any]] = [
    {
        "name": "Acme",
        "accountNumber": "A1",
        "crmId": "001A",
        "billCycleDay": 1,
        "autoPay": True,
        "status": "Active",
        "balance": Decimal("10.50"),
        "lastInvoiceDate": "2026-01-31",
    },
    {"name": "O'Hara \\ Söhne", "accountNumber": "A2", "crmId": "001B", "billCycleDay": 15, "autoPay": False},
    {"name": "abc4", "accountNumber": "A3", "billCycleDay": 31, "status": "Draft", "balance": Decimal(-3)},
]


@pytest.fixture
def accounts(tenant: Tenant) -> Tenant:
    for account in ACCOUNTS:
        tenant.store.insert("account", account)
    return tenant


def ask(zuora: ZuoraClient, text: str, **more: Any) -> Any:
    return zuora.call("POST", "/v1/action/query", {"queryString": text, **more})


def numbers(tenant: Tenant, condition: str) -> list[str]:
    found = query(tenant, zoql("AccountNumber", "Account", condition))
    return sorted(record["AccountNumber"] for record in found)


def test_records_have_the_id_and_no_empty_fields(zuora: ZuoraClient, accounts: Tenant) -> None:
    answer = ask(zuora, "select Name, CrmId, Balance from Account where AccountNumber = 'A2'")
    row = accounts.store.find("account", accountNumber="A2")[0]
    record = {"Id": row["id"], "Name": "O'Hara \\ Söhne", "CrmId": "001B"}
    assert answer == {"size": 1, "records": [record], "done": True}
    assert ask(zuora, "select Id from Account where CrmId = 'none'") == {"size": 0, "records": [], "done": True}


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("CrmId = '001A'", "A1"),
        ("CrmId = '001a'", ""),
        ("crmid = '001A' or CrmId = '001B'", "A1 A2"),
        ("CrmId = null", "A3"),
        ("CrmId != null", "A1 A2"),
        ("CrmId != '001A'", "A2"),
        ("Name = 'O\\'Hara \\\\ Söhne'", "A2"),
        ("Name like 'abc%'", "A3"),
        ("Name like '%cme'", "A1"),
        ("Name like 'abc_'", "A3"),
        ("Name like 'A___'", "A1"),
        ("Name like 'acme'", ""),
        ("AutoPay = true", "A1"),
        ("AutoPay != true", "A2"),
        ("BillCycleDay >= 15", "A2 A3"),
        ("BillCycleDay < 15", "A1"),
        ("Balance = 10.5", "A1"),
        ("Balance < 0", "A3"),
        ("LastInvoiceDate > '2026-01-30'", "A1"),
        ("LastInvoiceDate = 2026-01-31", "A1"),
        ("CreatedDate >= '2026-02-01T12:00:00Z'", "A1 A2 A3"),
        ("CreatedDate > '2026-02-01T13:00:00+01:00'", "A1 A2 A3"),
        ("Status > 'B'", "A3"),
        ("Name = 'Acme' or Status = 'Draft' and BillCycleDay = 1", "A1"),
        ("Status = 'Active' and BillCycleDay = 15 or Status = 'Draft'", "A3"),
    ],
)
def test_conditions(accounts: Tenant, condition: str, expected: str) -> None:
    assert numbers(accounts, condition) == expected.split()


@pytest.mark.parametrize(
    ("text", "fault", "word"),
    [
        ("select Nonsense from Account", "INVALID_FIELD", "Account.Nonsense"),
        ("select Id from Account where Nonsense = 'x'", "INVALID_FIELD", "Nonsense"),
        ("select Id from Nonsense", "INVALID_TYPE", "Nonsense"),
        ("select Id from Order", "INVALID_TYPE", "Order"),
        ("select Id from OrderLineItem", "INVALID_TYPE", "OrderLineItem"),
        ("select * from Account", "MALFORMED_QUERY", "*"),
        ("SELECT Id FROM Account", "MALFORMED_QUERY", "'select'"),
        ("select Id from Account WHERE Name = 'x'", "MALFORMED_QUERY", "WHERE"),
        ("select Id Account", "MALFORMED_QUERY", "'from'"),
        ("select Id, from Account", "MALFORMED_QUERY", "field name"),
        ("select Id from Account, Contact", "MALFORMED_QUERY", ","),
        ("select Id from Account where", "MALFORMED_QUERY", "field name"),
        ("select Id from Account where Name", "MALFORMED_QUERY", "operator"),
        ("select Id from Account where Name =", "MALFORMED_QUERY", "value"),
        ("select Id from Account where Name = Acme", "MALFORMED_QUERY", "quotation"),
        ("select Id from Account where Name = 'Acme", "MALFORMED_QUERY", "'Acme"),
        ("select Id from Account where Name = 'a\\qb'", "MALFORMED_QUERY", "escape"),
        ("select Id from Account where (Name = 'x')", "MALFORMED_QUERY", "("),
        ("select Id from Account where Name in ('x')", "MALFORMED_QUERY", "("),
        ("select Id from Account where Name = 'x' order by Name", "MALFORMED_QUERY", "order"),
        ("select Id from Account where Name = 'x' or", "MALFORMED_QUERY", "field name"),
        ("select Account.Id from Account", "MALFORMED_QUERY", "."),
        ("select Id from Account where Name like '%cm%'", "INVALID_VALUE", "%"),
        ("select Id from Account where Name like 'A%e'", "INVALID_VALUE", "%"),
        ("select Id from Account where BillCycleDay like '1%'", "INVALID_VALUE", "text"),
        ("select Id from Account where Name = 5", "INVALID_VALUE", "text"),
        ("select Id from Account where BillCycleDay = 'one'", "INVALID_VALUE", "one"),
        ("select Id from Account where AutoPay = 'true'", "INVALID_VALUE", "true"),
        ("select Id from Account where AutoPay > true", "INVALID_VALUE", "boolean"),
        ("select Id from Account where Name > null", "INVALID_VALUE", "null"),
        ("select Id from Account where LastInvoiceDate = '31.1.2026'", "INVALID_VALUE", "date"),
        ("select Id from Account where CreatedDate = 'today'", "INVALID_VALUE", "today"),
        ("select ActiveCurrencies from ProductRatePlan", "INVALID_VALUE", "one record"),
        (zoql("Id", "Account", *["Name = 'x'"] * 201), "MALFORMED_QUERY", "200"),
        (zoql("Id", "Account", f"Name = '{'x' * 10_000}'"), "MALFORMED_QUERY", "10000"),
    ],
)
def test_faults(tenant: Tenant, text: str, fault: str, word: str) -> None:
    with pytest.raises(QueryFault) as caught:
        query(tenant, text)
    assert caught.value.code == fault
    assert word in caught.value.message


def test_envelope_of_a_fault(zuora: ZuoraClient) -> None:
    response = zuora.json("POST", "/v1/action/query", {"queryString": "select Nonsense from Account"})
    message = "invalid field for query: Account.Nonsense"
    assert response.status_code == 400
    assert response.json() == {"FaultCode": "INVALID_FIELD", "FaultMessage": message}


@pytest.mark.parametrize("body", [{}, {"queryString": ""}, {"queryString": 5}])
def test_no_query(zuora: ZuoraClient, body: Any) -> None:
    response = zuora.json("POST", "/v1/action/query", body)
    assert (response.status_code, response.json()["FaultCode"]) == (400, "MALFORMED_QUERY")


def test_more_than_one_batch(zuora: ZuoraClient, tenant: Tenant) -> None:
    with tenant.store.transaction():
        for number in range(4321):
            tenant.store.insert("contact", {"lastName": f"N{number}", "firstName": "X"})
    answer = ask(zuora, "select LastName from Contact")
    names = [record["LastName"] for record in answer["records"]]
    sizes = [len(names)]
    while not answer["done"]:
        assert answer["size"] == 4321
        answer = zuora.call("POST", "/v1/action/queryMore", {"queryLocator": answer["queryLocator"]})
        sizes.append(len(answer["records"]))
        names += [record["LastName"] for record in answer["records"]]
    assert sizes == [2000, 2000, 321]
    assert names == [f"N{number}" for number in range(4321)]
    assert "queryLocator" not in answer


@pytest.mark.usefixtures("accounts")
def test_smaller_batches_and_lost_locators(zuora: ZuoraClient) -> None:
    first = ask(zuora, "select Id from Account", conf={"batchSize": 2})
    assert (first["size"], len(first["records"]), first["done"]) == (3, 2, False)
    again = {"queryLocator": first["queryLocator"]}
    assert zuora.call("POST", "/v1/action/queryMore", again) == zuora.call("POST", "/v1/action/queryMore", again)
    response = zuora.json("POST", "/v1/action/queryMore", {"queryLocator": "none"})
    assert (response.status_code, response.json()["FaultCode"]) == (400, "INVALID_QUERY_LOCATOR")
    response = zuora.json(
        "POST", "/v1/action/query", {"queryString": "select Id from Account", "conf": {"batchSize": 0}}
    )
    assert len(response.json()["records"]) == 3


def test_catalog_values_have_the_crud_spelling(zuora: ZuoraClient) -> None:
    plan_id = make_plan(zuora, make_product(zuora), ExternalRatePlanIds=["01t"])
    seats = make_charge(zuora, plan_id, BillingPeriod="Semi-Annual")
    setup = make_charge(zuora, plan_id, **ONE_TIME, Name="Setup")
    fields = "Id, Name, ChargeModel, ChargeType, BillingPeriod, UOM, UseDiscountSpecificAccountingCode"
    answer = ask(zuora, zoql(fields, "ProductRatePlanCharge", f"ProductRatePlanId = '{plan_id}'"))
    assert answer["records"][0] == {
        "Id": seats,
        "Name": "Seats",
        "ChargeModel": "Per Unit Pricing",
        "ChargeType": "Recurring",
        "BillingPeriod": "Semi-Annual",
        "UOM": "Each",
        "UseDiscountSpecificAccountingCode": False,
    }
    one_time = ask(zuora, "select Id from ProductRatePlanCharge where ChargeType = 'One-Time'")
    assert [record["Id"] for record in one_time["records"]] == [setup]
    prices = ask(zuora, zoql("Price, Currency", "ProductRatePlanChargeTier", f"ProductRatePlanChargeId = '{seats}'"))
    assert [(record["Currency"], record["Price"]) for record in prices["records"]] == [("USD", 10)]
    currencies = ask(zuora, zoql("ActiveCurrencies", "ProductRatePlan", f"Id = '{plan_id}'"))
    assert currencies["records"][0]["ActiveCurrencies"] == "USD,EUR"
    assert ask(zuora, "select SKU from Product where SKU = 'R-1'")["records"][0]["SKU"] == "R-1"


def test_custom_fields(tenant: Tenant) -> None:
    tenant.store.insert("contact", {"lastName": "Ada", "crmId__c": "003A"})
    found = query(tenant, "select LastName, CrmId__c from Contact where crmId__c = '003A'")
    assert [(record["LastName"], record["CrmId__c"]) for record in found] == [("Ada", "003A")]


def test_removed_rate_plans_are_left_out_unless_asked_for(tenant: Tenant) -> None:
    for name, kind in (("kept", None), ("added", "NewProduct"), ("gone", "RemoveProduct")):
        tenant.store.insert("ratePlan", {"name": name, "amendmentType": kind})
    plain = query(tenant, "select Name from RatePlan")
    asked = query(tenant, "select Name from RatePlan where AmendmentType = null or AmendmentType != null")
    assert [record["Name"] for record in plain] == ["kept", "added"]
    assert [record["Name"] for record in asked] == ["kept", "added", "gone"]


@pytest.mark.usefixtures("accounts")
def test_the_official_sdk_queries(sdk: Any) -> None:
    import zuora_sdk

    actions = zuora_sdk.ActionsApi(sdk.api_client)
    request = zuora_sdk.ProxyActionqueryRequest(query_string="select AccountNumber from Account where CrmId = '001A'")
    answer = actions.action_post_query(request)
    assert (answer.done, answer.size, answer.records[0]["AccountNumber"]) == (True, 1, "A1")


_FIELDS = {"Name": st.sampled_from(["a", "b", "c"]), "BillCycleDay": st.integers(1, 3), "CrmId": st.sampled_from("xy")}
_ROW_NAMES = {"Name": "name", "BillCycleDay": "billCycleDay", "CrmId": "crmId"}
_PYTHON = {
    "=": lambda a, b: a == b,
    "!=": lambda a, b: a != b,
    "<": lambda a, b: a < b,
    "<=": lambda a, b: a <= b,
    ">": lambda a, b: a > b,
    ">=": lambda a, b: a >= b,
}
_condition = st.sampled_from(sorted(_FIELDS)).flatmap(
    lambda name: st.one_of(
        st.tuples(st.just(name), st.sampled_from(sorted(_PYTHON)), _FIELDS[name]),
        st.tuples(st.just(name), st.sampled_from(["=", "!="]), st.none()),
    )
)
_rows = st.lists(
    st.fixed_dictionaries({_ROW_NAMES[name]: st.none() | values for name, values in _FIELDS.items()}), max_size=6
)


def _holds(row: dict[str, Any], name: str, sign: str, value: Any) -> bool:
    stored = row[_ROW_NAMES[name]]
    if value is None:
        return (stored is None) == (sign == "=")
    return stored is not None and bool(_PYTHON[sign](stored, value))


def _written(name: str, sign: str, value: Any) -> str:
    text = "null" if value is None else str(value) if isinstance(value, int) else f"'{value}'"
    return f"{name} {sign} {text}"


@settings(max_examples=150, deadline=None)
@given(rows=_rows, alternatives=st.lists(st.lists(_condition, min_size=1, max_size=3), min_size=1, max_size=3))
def test_conditions_against_python(rows: list[dict[str, Any]], alternatives: list[list[Any]]) -> None:
    tenant = Tenant.open()
    ids = [tenant.store.insert("account", row)["id"] for row in rows]
    conditions = [" and ".join(_written(*item) for item in group) for group in alternatives]
    found = {record["Id"] for record in query(tenant, zoql("Id", "Account", *conditions))}
    expected = {
        row_id
        for row_id, row in zip(ids, rows, strict=True)
        if any(all(_holds(row, *item) for item in group) for group in alternatives)
    }
    assert found == expected
