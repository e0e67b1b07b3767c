"""SQL over the tenant's tables: what it gives, and what Trino refuses."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from cpqbridge.sandbox.zuora.tenant import Tenant
from tests.sandbox.zuora.data_query.conftest import Ask

pytestmark = pytest.mark.usefixtures("rows")

Table = Callable[[str], list[dict[str, Any]]]


def test_tables_are_joined_over_all_versions(table: Table) -> None:
    found = table(
        "SELECT s.Name, s.version, c.chargenumber, t.price, c.billingperiod, c.chargemodel, s.islatestversion\n"
        "FROM Subscription s JOIN RatePlan p ON p.subscriptionid = s.id JOIN rateplancharge c ON c.rateplanid = p.id\n"
        "LEFT OUTER JOIN rateplanchargetier t ON t.rateplanchargeid = c.id -- the price\n"
        "WHERE s.islatestversion = true AND c.effectivestartdate >= DATE '2026-02-01' ORDER BY c.chargenumber"
    )
    assert found == [
        {
            "name": "A-S1", "version": 2, "chargenumber": "C-2", "price": Decimal("0.200000000"),
            "billingperiod": "Semi-Annual", "chargemodel": "Flat Fee Pricing", "islatestversion": True,
        }
    ]  # fmt: skip
    versions = table("select name, version from subscription order by name, version desc")
    assert [(row["name"], row["version"]) for row in versions] == [("A-S1", 2), ("A-S1", 1), ("A-S2", 1)]


def test_a_table_is_joined_with_itself(table: Table) -> None:
    query = (
        "select a.accountnumber, pa.accountnumber as parentnumber "
        "from account a left join account pa on a.parentid = pa.id order by 1"
    )
    assert table(query) == [
        {"accountnumber": "A1", "parentnumber": None},
        {"accountnumber": "A2", "parentnumber": "A1"},
    ]


def test_sums_of_money_are_exact(table: Table) -> None:
    query = "select sum(price), count(*) as n, avg(price) as mean, max(tier) as top from rateplanchargetier"
    row = {"_col0": Decimal("0.3"), "n": 2, "mean": Decimal("0.15"), "top": 1}
    assert table(query) == [row]


def test_sums_by_group_and_window(table: Table) -> None:
    grouped = table(
        "select a.name, count(s.id) as subs from account a left join subscription s on a.id = s.accountid "
        "group by a.name having count(s.id) > 0 order by subs desc limit 3"
    )
    assert grouped == [{"name": "Acme", "subs": 3}]
    running = table("select tier, sum(price) over (order by price) as total from rateplanchargetier order by total")
    assert [row["total"] for row in running] == [Decimal("0.1"), Decimal("0.3")]


@pytest.mark.parametrize(
    "query",
    [
        "select upper(a.name), count(*) from account a group by a.name",
        "select name, count(*) from account a group by a.name",
        "select a.name, count(*) from account a group by name",
        "select year(termenddate) as y, count(*) as n from subscription group by year(termenddate) order by y",
        "select status, 1, 'x' \"kind\", count(*) from subscription group by 1",
        "select concat(name, '-', cast(version as varchar)), max(updateddate) from subscription group by name, version",
        "select x.n as n from (select name as n from account) x where n = 'Acme'",
        "select distinct status from subscription where status in (select status from subscription)",
        'select a.name as "Name" from account a order by "Name"',
        "select coalesce(t.id, c.id) as row_id from rateplancharge c left join rateplanchargetier t on t.id = c.id",
    ],
)
def test_what_trino_takes_is_taken(ask: Ask, query: str) -> None:
    job = ask(query)
    assert job["queryStatus"] == "completed", job["errorMessage"]


def test_dates_moments_and_functions(table: Table, tenant: Tenant) -> None:
    query = (
        "select current_date as today, year(termenddate) as y, month(date('2026-07-31')) as m, "
        "concat(name, '-', status) as both, coalesce(status, 'none') as status from subscription "
        "where updateddate <= current_timestamp and updateddate > timestamp '2020-01-01 00:00:00.000 -07:00' "
        "and current_date <= termenddate and name like 'A-%' and not (name like 'a-%') and version in (2, 3)"
    )
    row = {"today": tenant.today(), "y": 2027, "m": 7, "both": "A-S1-Active", "status": "Active"}
    assert table(query) == [row]
    assert table("select updateddate from account limit 1")[0]["updateddate"] == "2026-02-01T12:00:30+00:00"


def test_subqueries_ctes_and_unions(table: Table) -> None:
    inner = "select s.name, s.version from subscription s where s.version = (select max(version) from subscription)"
    outer = " ".join(["select w.* from (", inner, ") w where w.name > 'A' order by w.name"])
    assert table(outer) == [{"name": "A-S1", "version": 2}]
    assert table("with big as (select name from account where balance > 10) select * from big") == [{"name": "Acme"}]
    union = "select 'one' as kind, name from account union all select 'two' as kind, name from rateplan order by 1, 2"
    assert [row["kind"] for row in table(union)] == ["one", "one", "two"]
    assert table("select count(*) as n from account where id in (select accountid from subscription)") == [{"n": 1}]


def test_columns_of_the_same_name_become_a_list(table: Table) -> None:
    query = "select a.name, s.name, a.accountnumber from account a join subscription s on s.accountid = a.id"
    assert table(f"{query} order by s.name limit 1") == [{"name": ["Acme", "A-S1"], "accountnumber": "A1"}]


def test_all_columns_are_those_that_are_shown(table: Table) -> None:
    shown = table("SHOW COLUMNS FROM Account")
    assert {"Column": "crmid", "Type": "varchar", "Extra": "", "Comment": "CrmId"} in shown
    assert table("desc account") == table("describe account") == shown
    assert list(table("select * from account")[0]) == [row["Column"] for row in shown]
    types = {row["Column"]: row["Type"] for row in table("describe rateplancharge")}
    assert types["quantity"] == "decimal(22,9)"
    assert types["effectivestartdate"] == "date"
    assert types["segment"] == "bigint"
    assert types["islastsegment"] == "boolean"
    assert types["updateddate"] == "timestamp with time zone"


def test_tables_follow_the_features(table: Table, tenant: Tenant, ask: Ask) -> None:
    names = {row["Table"] for row in table("show tables")}
    assert {"account", "orders", "orderlineitem", "rateplanchargetier", "invoiceitem", "creditmemo"} <= names
    assert "order" not in names
    tenant.configure({"orderLineItems": False})
    assert "orderlineitem" not in {row["Table"] for row in table("show tables")}
    assert ask("select id from orderlineitem")["queryStatus"] == "failed"


def test_custom_fields_are_columns(table: Table, tenant: Tenant) -> None:
    tenant.configure({"customFields": {"account": ["Tier__c", {"name": "Seats__c", "type": "Integer"}]}})
    tenant.store.insert("account", {"name": "Gold", "Tier__c": "Gold", "Seats__c": 7})
    assert table("select tier__c, seats__c from account where tier__c = 'Gold' and seats__c > 6") == [
        {"tier__c": "Gold", "seats__c": 7}
    ]


def test_nothing_is_deleted(table: Table, ask: Ask) -> None:
    assert table("select name, deleted from account where deleted = true") == []
    assert table("select count(*) as n from account where deleted = false") == [{"n": 2}]
    assert ask("select name from account", readDeleted=True)["outputRows"] == 0


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("select nix from account", "line 1:8: Column 'nix' cannot be resolved"),
        ("select a.name,\n  a.nix__c from account a", "line 2:3: Column 'a.nix__c' cannot be resolved"),
        ('select "nix" from account', "line 1:8: Column 'nix' cannot be resolved"),
        ("select rowid from account", "line 1:8: Column 'rowid' cannot be resolved"),
        ("select id from acccount", "line 1:16: Table 'owl.data.acccount' does not exist"),
        ("describe acccount", "line 1:10: Table 'owl.data.acccount' does not exist"),
        ("select id from dataqueryjob", "line 1:16: Table 'owl.data.dataqueryjob' does not exist"),
        ("select id from sqlite_master", "line 1:16: Table 'owl.data.sqlite_master' does not exist"),
        ("select id from account a, subscription s", "line 1:8: Column 'id' is ambiguous"),
        ("select ifnull(name, '') from account", "line 1:8: Function 'ifnull' not registered"),
        ("select name, count(*) from account", "line 1:8: 'name' must be an aggregate expression or appear"),
        ("select a.name, a.id from account a group by a.name", "line 1:16: 'a.id' must be an aggregate expression"),
        ("select termenddate, 1 from subscription group by year(termenddate)", "'termenddate' must be an aggregate"),
        ("select name as n from account where n = 'x'", "line 1:37: Column 'n' cannot be resolved"),
        ("select id from account where name == 'x'", "line 1:35: mismatched input '=='"),
        ("select id from account;", "line 1:23: mismatched input ';'"),
        ("select id from `account`", "line 1:16: mismatched input '`'"),
        ("select id account name from", "mismatched input"),
        ("delete from account", "line 1:1: mismatched input 'delete'"),
        ("update account set name = 'x'", "line 1:1: mismatched input 'update'"),
        ("attach database 'x' as y", "line 1:1: mismatched input 'attach'"),
        ("pragma table_info(account)", "line 1:1: mismatched input 'pragma'"),
        ("select load_extension('x')", "line 1:8: Function 'load_extension' not registered"),
        ("select id from account where updateddate > timestamp 'x'", "line 1:44: 'x' is not a valid timestamp literal"),
        ("select id from product where effectivestartdate = date '2026-02-30'", "'2026-02-30' is not a valid date"),
    ],
)  # fmt: skip
def test_what_trino_refuses_fails(ask: Ask, query: str, said: str) -> None:
    job = ask(query)
    assert job["queryStatus"] == "failed"
    assert said in job["errorMessage"]
    assert "dataFile" not in job


@pytest.mark.parametrize(
    ("condition", "types"),
    [
        ("termenddate < '2026-01-01'", "date < varchar(10)"),
        ("s.termenddate = '2026-01-01'", "date = varchar(10)"),
        ("'2026-01-01' <= termenddate", "varchar(10) <= date"),
        ("updateddate >= '2026-01-01'", "timestamp with time zone >= varchar(10)"),
        ("version = '1'", "bigint = varchar(1)"),
        ("name = 1", "varchar = integer"),
        ("islatestversion = 'true'", "boolean = varchar(4)"),
        ("islatestversion = 1", "boolean = integer"),
        ("termenddate between '2026-01-01' and '2026-12-31'", "date between varchar(10)"),
        ("version not in ('1', '2')", "bigint in varchar(1)"),
        ("name = termenddate", "varchar = date"),
    ],
)
def test_values_of_different_types_are_not_compared(ask: Ask, condition: str, types: str) -> None:
    job = ask(" ".join(["select id from subscription s where", condition]))
    assert job["queryStatus"] == "failed"
    assert f"Cannot apply operator: {types}" in job["errorMessage"]


@pytest.mark.parametrize(
    "condition",
    [
        "termenddate < date '2026-01-01'",
        "updateddate >= date '2026-01-01'",
        "termenddate between date '2026-01-01' and date '2026-12-31'",
        "cmrr > 1 and cmrr < 2.5 and version = 1",
        "name || '1' = 'x1' and version + 1 = 2",
        "date(updateddate) = date '2026-01-01'",
        "cast(version as varchar) = '1'",
        "case when islatestversion then 'a' else 'b' end = 'a'",
        "status is not null and name in ('a', 'b') and not islatestversion",
    ],
)
def test_values_of_one_type_are_compared(ask: Ask, condition: str) -> None:
    job = ask(" ".join(["select id from subscription where", condition]))
    assert job["queryStatus"] == "completed", job["errorMessage"]


def test_too_many_rows_fail(ask: Ask, tenant: Tenant) -> None:
    tenant.configure({"dataQueryLimits": {"outputRows": 2}})
    assert ask("select id from account")["queryStatus"] == "completed"
    assert "output records: 2" in ask("select id from subscription")["errorMessage"]
    tenant.configure({"dataQueryLimits": {"inputRows": 2}})
    assert "input records for table subscription: 2" in ask("select count(*) from subscription")["errorMessage"]
