"""Object Query over HTTP: fields, filters, sorting, cursors, expansion, and what is refused."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.datastructures import QueryParams

from cpqbridge.sandbox.zuora.envelopes import PlainError
from cpqbridge.sandbox.zuora.object_query.request import parse
from cpqbridge.sandbox.zuora.object_query.run import page
from cpqbridge.sandbox.zuora.object_query.tables import BY_KIND, BY_PATH, ENTITIES
from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.catalogs import make_charge, make_plan, make_product
from tests.sandbox.zuora.conftest import Clock, ZuoraClient

RESOURCES = ("auth", "catalog", "object_query")

ACCOUNTS: list[dict[str, Any]] = [
    {"name": "Acme", "accountNumber": "A1", "crmId": "001Aa", "currency": "USD", "balance": Decimal("10.50")},
    {"name": "acorn", "accountNumber": "A2", "crmId": "001B", "currency": "CAD", "balance": Decimal(0)},
    {"name": "Zeta", "accountNumber": "A3", "currency": "GBP", "billCycleDay": 31, "lastInvoiceDate": "2026-01-31"},
]


@pytest.fixture
def accounts(tenant: Tenant, clock: Clock) -> Tenant:
    for account in ACCOUNTS:
        contact = tenant.store.insert("contact", {"firstName": "Ann", "lastName": account["name"]})
        row = tenant.store.insert("account", {**account, "billToId": contact["id"]})
        tenant.store.update("contact", contact["id"], {"accountId": row["id"]})
        clock.move(timedelta(seconds=5))
    return tenant


def ask(zuora: ZuoraClient, path: str, *pairs: tuple[str, Any]) -> Any:
    address = str(zuora.build_request("GET", f"/object-query/{path}", params=list(pairs)).url)
    return zuora.call("GET", address.removeprefix(str(zuora.base_url).rstrip("/")))


def run(tenant: Tenant, pairs: list[tuple[str, str]]) -> Any:
    return page(tenant.store, parse(QueryParams(pairs), BY_PATH["accounts"], tenant))


def numbers(answer: Any) -> list[str]:
    return [record["accountNumber"] for record in answer["data"]]


def test_all_fields_without_the_empty_ones_newest_first(zuora: ZuoraClient, accounts: Tenant) -> None:
    answer = ask(zuora, "accounts")
    assert numbers(answer) == ["A3", "A2", "A1"]
    assert "nextPage" not in answer
    row = accounts.store.find("account", accountNumber="A1")[0]
    assert answer["data"][2] == row


@pytest.mark.usefixtures("accounts")
def test_chosen_fields_in_any_case(zuora: ZuoraClient) -> None:
    for name in ("fields[]", "account.fields[]"):
        answer = ask(zuora, "accounts", (name, "accountnumber, Balance"), ("sort[]", "accountNumber.asc"))
        assert answer["data"] == [
            {"accountNumber": "A1", "balance": Decimal("10.5")},
            {"accountNumber": "A2", "balance": 0},
            {"accountNumber": "A3"},
        ]
    with_null = ask(zuora, "accounts/A3", ("fields[]", "accountNumber,balance"), ("includeNullFields", "true"))
    assert with_null == {"accountNumber": "A3", "balance": None}


@pytest.mark.parametrize(
    ("filters", "expected"),
    [
        (["currency.EQ:CAD"], "A2"),
        (["currency.eq:cad"], "A2"),
        (["Currency.NE:CAD"], "A1 A3"),
        (["name.SW:AC"], "A1 A2"),
        (["accountnumber.IN:[A1,a3]"], "A1 A3"),
        (["crmId.EQ:001aA"], "A1"),
        (["crmId.EQ:null"], "A3"),
        (["crmId.NE:null"], "A1 A2"),
        (["balance.GT:0"], "A1"),
        (["balance.GE:0"], "A1 A2"),
        (["balance.LT:10.51", "name.EQ:Acme"], "A1"),
        (["balance.LE:10.5", "currency.IN:[CAD,GBP]"], "A2"),
        (["lastInvoiceDate.EQ:2026-01-31"], "A3"),
        (["lastInvoiceDate.LT:2026-01-31"], ""),
        (["updatedDate.GT:2026-02-01T12:00:34Z"], "A2 A3"),
        (["updatedDate.GE:2026-02-01T04:00:35-08:00"], "A2 A3"),
        (["name.EQ:Nobody"], ""),
    ],
)
def test_filters(accounts: Tenant, filters: list[str], expected: str) -> None:
    pairs = [*(("filter[]", text) for text in filters), ("sort[]", "accountnumber.ASC")]
    assert numbers(run(accounts, pairs)) == expected.split()


def test_filter_by_indexed_custom_field_only(zuora: ZuoraClient, accounts: Tenant) -> None:
    accounts.configure({"customFields": {"contact": ["crmId__c", "colour__c"]}})
    contact = accounts.store.insert("contact", {"lastName": "Ada", "crmId__c": "003A", "colour__c": "red"})
    answer = ask(zuora, "contacts", ("filter[]", "crmId__c.EQ:003A"), ("fields[]", "id,crmId__c,colour__c"))
    assert answer["data"] == [{"id": contact["id"], "crmId__c": "003A", "colour__c": "red"}]
    refused = zuora.json("GET", "/object-query/contacts?filter[]=colour__c.EQ:red")
    assert refused.status_code == 400


@pytest.mark.parametrize(
    ("pair", "word"),
    [
        (("filter[]", "currency"), "form"),
        (("filter[]", "nonsense.EQ:1"), "nonsense"),
        (("filter[]", "notes.EQ:x"), "not filterable"),
        (("filter[]", "currency.HAS:x"), "HAS"),
        (("filter[]", "name.GT:A"), "numbers and dates"),
        (("filter[]", "balance.SW:1"), "text"),
        (("filter[]", "balance.EQ:many"), "many"),
        (("filter[]", "lastInvoiceDate.EQ:31.1.2026"), "31.1.2026"),
        (("filter[]", "updatedDate.GT:today"), "today"),
        (("filter[]", "currency.IN:USD,CAD"), "brackets"),
        (("sort[]", "notes.ASC"), "not sortable"),
        (("sort[]", "name.UP"), "ASC or DESC"),
        (("sort[]", "name.ASC,currency.ASC"), "one"),
        (("expand[]", "nonsense"), "nonsense"),
        (("expand[]", "billto.account"), "billto.account"),
        (("fields[]", "name,nonsense"), "nonsense"),
        (("pageSize", "0"), "99"),
        (("pageSize", "100"), "99"),
        (("pageSize", "x"), "99"),
        (("cursor", "none"), "cursor"),
        (("cursor", "e30="), "cursor"),
        (("includeNullFields", "maybe"), "includeNullFields"),
    ],
)
def test_refused(tenant: Tenant, pair: tuple[str, str], word: str) -> None:
    with pytest.raises(PlainError) as caught:
        run(tenant, [pair])
    assert (caught.value.status, caught.value.code) == (400, 50000027)
    assert word in caught.value.message


def test_envelope_of_a_refusal(zuora: ZuoraClient) -> None:
    response = zuora.get("/object-query/accounts?pageSize=100")
    assert response.status_code == 400
    assert response.json() == {"code": 50000027, "message": "pageSize must be between 1 and 99."}


def test_pages_by_cursor_do_not_lose_or_repeat_records(zuora: ZuoraClient, tenant: Tenant) -> None:
    """Even when a record of the page before is deleted meanwhile."""
    with tenant.store.transaction():
        for number in range(23):
            tenant.store.insert("account", {"accountNumber": f"A{number:02d}", "name": f"N{number % 3}"})
    for order, names in (("ASC", sorted), ("DESC", lambda rows: sorted(rows, reverse=True))):
        seen: list[str] = []
        pairs: list[tuple[str, Any]] = [
            ("sort[]", f"name.{order}"),
            ("pageSize", 5),
            ("fields[]", "id,name,accountNumber"),
        ]
        answer = ask(zuora, "accounts", *pairs)
        while True:
            seen += [record["name"] for record in answer["data"]]
            if "nextPage" not in answer:
                break
            assert len(answer["data"]) == 5
            answer = ask(zuora, "accounts", *pairs, ("cursor", answer["nextPage"]))
        assert seen == names(seen)
        assert len(seen) == 23
    first = ask(zuora, "accounts", ("pageSize", 5))
    tenant.store.delete("account", first["data"][-1]["id"])
    second = ask(zuora, "accounts", ("pageSize", 99), ("cursor", first["nextPage"]))
    assert len(second["data"]) == 18
    wrong = zuora.get("/object-query/accounts", params=[("cursor", first["nextPage"]), ("sort[]", "name.ASC")])
    assert wrong.status_code == 400


def test_single_record_by_id_or_number(zuora: ZuoraClient, accounts: Tenant) -> None:
    row = accounts.store.find("account", accountNumber="A2")[0]
    assert ask(zuora, f"accounts/{row['id']}") == ask(zuora, "accounts/A2") == row
    missing = zuora.json("GET", "/object-query/accounts/none")
    assert (missing.status_code, missing.json()["code"]) == (404, 50000040)
    assert zuora.json("GET", "/object-query/nonsense").status_code == 404


def test_single_subscription_by_name_is_the_latest_version(zuora: ZuoraClient, tenant: Tenant) -> None:
    for version in (1, 2):
        tenant.store.insert("subscription", {"name": "S-1", "version": version, "QuoteNumber__QT": "Q-7"})
    assert ask(zuora, "subscriptions/S-1")["version"] == 2
    assert len(ask(zuora, "subscriptions", ("filter[]", "name.EQ:s-1"))["data"]) == 2
    assert len(ask(zuora, "subscriptions", ("filter[]", "quotenumber__qt.EQ:Q-7"))["data"]) == 2


@pytest.mark.usefixtures("accounts")
def test_expansion_with_chosen_fields(zuora: ZuoraClient) -> None:
    pairs = [("expand[]", "billTo"), ("billto.fields[]", "firstname,lastname"), ("fields[]", "name")]
    answer = ask(zuora, "accounts/A1", *pairs)
    assert answer == {"name": "Acme", "billTo": {"firstName": "Ann", "lastName": "Acme"}}


def test_deep_expansion_is_cut_at_the_page_size(zuora: ZuoraClient, tenant: Tenant) -> None:
    account = tenant.store.insert("account", {"accountNumber": "A1"})
    order = tenant.store.insert("order", {"orderNumber": "O-1", "accountId": account["id"]})
    subscription = tenant.store.insert("subscription", {"name": "S-1", "accountId": account["id"]})
    reference = {"orderId": order["id"], "subscriptionId": subscription["id"]}
    tenant.store.insert("orderAction", {"type": "CreateSubscription", **reference})
    for number in range(12):
        plan = tenant.store.insert("ratePlan", {"name": f"P{number}", "subscriptionId": subscription["id"]})
        charge = {"ratePlanId": plan["id"], "chargeNumber": f"C{number}", "chargeModel": "PerUnit"}
        tenant.store.insert("ratePlanCharge", {**charge, "listPriceBase": "Per_Month"})
    path = "orderactions.subscription.rateplans.rateplancharges"
    pairs = [("expand[]", path), ("expand[]", "account"), ("account.fields[]", "accountNumber")]
    answer = ask(zuora, "orders/O-1", *pairs)
    assert answer["account"] == {"accountNumber": "A1"}
    plans = answer["orderActions"][0]["subscription"]["ratePlans"]
    assert [plan["name"] for plan in plans] == [f"P{number}" for number in range(10)]
    charge = plans[3]["ratePlanCharges"][0]
    assert (charge["chargeNumber"], charge["chargeModel"], charge["listPriceBase"]) == (
        "C3",
        "Per Unit Pricing",
        "Per Month",
    )
    wider = ask(zuora, "orders/O-1", ("expand[]", path), ("pageSize", 99))
    assert len(wider["orderActions"][0]["subscription"]["ratePlans"]) == 12


def test_catalog_with_external_ids_and_tiers(zuora: ZuoraClient) -> None:
    plan_id = make_plan(zuora, make_product(zuora), ExternalRatePlanIds=["01t1", "01t2"])
    make_charge(zuora, plan_id)
    expand = [("expand[]", "externalproductrateplans,productrateplancharges.productrateplanchargetiers")]
    answer = ask(zuora, f"product-rate-plans/{plan_id}", *expand)
    assert [link["externalProductRatePlanId"] for link in answer["externalProductRatePlans"]] == ["01t1", "01t2"]
    charge = answer["productRatePlanCharges"][0]
    assert (charge["uOM"], charge["chargeModel"]) == ("Each", "Per Unit Pricing")
    assert charge["productRatePlanChargeTiers"][0]["price"] == 10
    found = ask(zuora, "products", ("filter[]", "sku.EQ:r-1"), ("expand[]", "productrateplans"))
    assert found["data"][0]["productRatePlans"][0]["id"] == plan_id


@pytest.mark.usefixtures("accounts")
def test_the_official_sdk_queries(sdk: Any) -> None:
    import zuora_sdk

    queries = zuora_sdk.ObjectQueriesApi(sdk.api_client)
    answer = queries.query_accounts(
        filter=["currency.EQ:CAD"], expand=["billto"], fields=["accountNumber"], page_size=5
    )
    assert [(item.account_number, item.bill_to.last_name) for item in answer.data] == [("A2", "acorn")]
    first = queries.query_accounts(page_size=2, sort=["accountnumber.ASC"])
    second = queries.query_accounts(page_size=2, sort=["accountnumber.ASC"], cursor=first.next_page)
    assert [item.account_number for item in first.data + second.data] == ["A1", "A2", "A3"]
    with pytest.raises(zuora_sdk.exceptions.BadRequestException):
        queries.query_accounts(filter=["notes.EQ:x"])


def test_every_relation_and_filter_of_the_tables_exists() -> None:
    for entity in ENTITIES:
        assert entity.filterable <= set(entity.fields)
        assert entity.unsortable <= entity.filterable
        for path in entity.expands:
            current = entity
            for step in path.split("."):
                relations = {name.lower(): relation for name, relation in current.relations.items()}
                assert relations[step].local in current.fields
                current = BY_KIND[relations[step].kind]
                assert relations[step].remote in current.fields


_values = st.fixed_dictionaries(
    {
        "name": st.none() | st.sampled_from(["ab", "AB", "b", "12"]),
        "billCycleDay": st.none() | st.integers(1, 4),
        "lastInvoiceDate": st.none() | st.sampled_from(["2026-01-01", "2026-01-02", "2026-02-01"]),
    }
)
_texts = {"name": ["ab", "B", "12"], "billCycleDay": ["2", "3"], "lastInvoiceDate": ["2026-01-02"]}
_conditions = st.sampled_from(sorted(_texts)).flatmap(
    lambda name: st.tuples(
        st.just(name),
        st.sampled_from(["EQ", "NE", "SW"] if name == "name" else ["EQ", "NE", "LT", "LE", "GT", "GE"]),
        st.sampled_from(_texts[name]),
    )
)


def _holds(row: dict[str, Any], name: str, sign: str, text: str) -> bool:
    if row[name] is None:
        return False
    left, right = str(row[name]).lower(), text.lower()
    checks = {"EQ": left == right, "NE": left != right, "SW": left.startswith(right)}
    order = {"LT": left < right, "LE": left <= right, "GT": left > right, "GE": left >= right}
    return {**checks, **order}[sign]


@settings(max_examples=150, deadline=None)
@given(rows=st.lists(_values, max_size=8), wanted=st.lists(_conditions, max_size=2), size=st.integers(1, 4))
def test_filters_and_pages_against_python(rows: list[dict[str, Any]], wanted: list[Any], size: int) -> None:
    tenant = Tenant.open()
    ids = [tenant.store.insert("account", row)["id"] for row in rows]
    pairs = [("filter[]", f"{name}.{sign}:{text}") for name, sign, text in wanted]
    pairs += [("pageSize", str(size)), ("sort[]", "name.ASC"), ("fields[]", "id")]
    found: list[str] = []
    cursor: list[tuple[str, str]] = []
    while True:
        answer = run(tenant, pairs + cursor)
        found += [record["id"] for record in answer["data"]]
        if "nextPage" not in answer:
            break
        cursor = [("cursor", answer["nextPage"])]
    expected = [key for key, row in zip(ids, rows, strict=True) if all(_holds(row, *item) for item in wanted)]
    assert sorted(found) == sorted(expected)
