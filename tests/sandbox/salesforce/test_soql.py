"""What statements mean: the rules of SOQL that plain SQL gets wrong, paths, children, pages, aggregates, errors."""

# ruff: noqa: E501, S608  Cases are read as tables of whole statements; SOQL is what is tested here, not SQL.

from __future__ import annotations

import re
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

from cpqbridge.sandbox.salesforce.catalogue.dictionary import field, text
from cpqbridge.sandbox.salesforce.soql import SoqlError
from cpqbridge.sandbox.salesforce.store import Store

NOW = datetime(2026, 3, 10, 2, 30, tzinfo=UTC)


@pytest.fixture(scope="module")
def store():
    made = Store(clock=lambda: NOW)
    made.insert("User", {"LastName": "Admin", "Username": "admin@example.com", "Alias": "adm"}, system=True)
    made.add_field("Account", field("Colors__c", "multipicklist", length=255))
    made.add_field("Account", text("Code__c", 20, case_sensitive=True))
    for values in (
        {
            "Name": "alpha",
            "Site": "North",
            "NumberOfEmployees": 5,
            "AnnualRevenue": 100,
            "Colors__c": "red;green",
            "Code__c": "aB",
        },
        {
            "Name": "Beta",
            "Site": None,
            "NumberOfEmployees": None,
            "AnnualRevenue": 200,
            "Colors__c": "red",
            "Code__c": "AB",
        },
        {"Name": "GAMMA", "Site": "south", "NumberOfEmployees": 10, "Rating": "Cold"},
        {"Name": "Ärger", "Site": "", "NumberOfEmployees": 10, "Rating": "Hot"},
        {"Name": "50%_off\\", "Site": "NORTH", "NumberOfEmployees": 7, "Rating": "Warm"},
    ):
        made.insert("Account", values)
    first, second = (row["Id"] for row in made.find("Account", "IsDeleted", False)[:2])
    made.update("Account", second, {"ParentId": first})
    for name, owner in (("One", first), ("Two", first), ("Three", second)):
        made.insert("Contact", {"LastName": name, "AccountId": owner})
    gone = made.insert("Contact", {"LastName": "Gone", "AccountId": first})
    made.delete("Contact", gone)
    return made


def names(store, condition, **options):
    return [row["Name"] for row in store.query(f"SELECT Name FROM Account WHERE {condition}", **options).records]


def records(store, statement, **options):
    return store.query(statement, **options).records


def refusal(store, statement):
    with pytest.raises(SoqlError) as caught:
        store.query(statement).page()
    return caught.value.error_code, caught.value.message


# Null, case, types


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ("Site != 'North'", ["Beta", "GAMMA", "Ärger"]),
        ("Site NOT IN ('north')", ["Beta", "GAMMA", "Ärger"]),
        ("NumberOfEmployees != 10", ["alpha", "Beta", "50%_off\\"]),
        ("NumberOfEmployees NOT IN (5, 7)", ["Beta", "GAMMA", "Ärger"]),
        ("NumberOfEmployees < 6", ["alpha"]),
        ("NumberOfEmployees <= 6.9", ["alpha"]),
        ("NumberOfEmployees > 6.9", ["GAMMA", "Ärger", "50%_off\\"]),
        ("NumberOfEmployees = 5.0", ["alpha"]),
        ("NumberOfEmployees = 5.5", []),
        ("NumberOfEmployees < 1e400", ["alpha", "GAMMA", "Ärger", "50%_off\\"]),
        ("(NOT NumberOfEmployees > 6)", ["alpha", "Beta"]),
        ("Site = null", ["Beta", "Ärger"]),
        ("Site = ''", ["Beta", "Ärger"]),
        ("Site != null", ["alpha", "GAMMA", "50%_off\\"]),
        ("Site IN ('north', null)", ["alpha", "Beta", "Ärger", "50%_off\\"]),
        ("Name = 'ALPHA'", ["alpha"]),
        ("Name IN ('gamma', 'BETA')", ["Beta", "GAMMA"]),
        ("Name LIKE 'G%'", ["GAMMA"]),
        ("Name = 'ärGER'", ["Ärger"]),
        ("Name LIKE 'äR%'", ["Ärger"]),
        ("Name IN ('ÄRGER', 'alpha')", ["alpha", "Ärger"]),
        ("Name > 'beta'", ["GAMMA", "Ärger"]),
        ("Name LIKE '50\\%\\_%'", ["50%_off\\"]),
        ("Name LIKE '%\\\\'", ["50%_off\\"]),
        ("Name LIKE '____'", ["Beta"]),
        ("Name = '50%_off\\\\'", ["50%_off\\"]),
        ("Code__c = 'aB'", ["alpha"]),
        ("Code__c LIKE 'A%'", ["Beta"]),
        ("Colors__c INCLUDES ('green;red')", ["alpha"]),
        ("Colors__c INCLUDES ('green', 'RED')", ["alpha", "Beta"]),
        ("Colors__c EXCLUDES ('green')", ["Beta", "GAMMA", "Ärger", "50%_off\\"]),
        ("Parent.Name = 'alpha'", ["Beta"]),
        ("Parent.Name != 'alpha'", ["alpha", "GAMMA", "Ärger", "50%_off\\"]),
        ("Parent.Name = null", ["alpha", "GAMMA", "Ärger", "50%_off\\"]),
        ("IsDeleted = FALSE AND AnnualRevenue >= USD100.00", ["alpha", "Beta"]),
        ("Id IN (SELECT AccountId FROM Contact WHERE LastName LIKE 'T%')", ["alpha", "Beta"]),
        ("Id NOT IN (SELECT AccountId FROM Contact) AND Site = null", ["Ärger"]),
        ("toLabel(Rating) = 'cold'", ["GAMMA"]),
    ],
)
def test_conditions(store, condition, expected):
    assert names(store, condition) == expected


@pytest.mark.parametrize(
    ("order", "expected"),
    [
        ("Name", ["50%_off\\", "alpha", "Beta", "GAMMA", "Ärger"]),
        ("NumberOfEmployees, Name", ["Beta", "alpha", "50%_off\\", "GAMMA", "Ärger"]),
        ("NumberOfEmployees DESC, Name", ["Beta", "GAMMA", "Ärger", "50%_off\\", "alpha"]),
        ("NumberOfEmployees DESC NULLS LAST, Name DESC", ["Ärger", "GAMMA", "50%_off\\", "alpha", "Beta"]),
        ("Rating NULLS LAST, Name", ["Ärger", "50%_off\\", "GAMMA", "alpha", "Beta"]),
        ("Parent.Name NULLS LAST, Name LIMIT 2 OFFSET 1", ["50%_off\\", "alpha"]),
    ],
)
def test_ordering(store, order, expected):
    assert [row["Name"] for row in records(store, f"SELECT Name FROM Account ORDER BY {order}")] == expected


# Shapes


def test_field_names_come_back_in_catalogue_spelling_with_attributes(store):
    row = records(store, "select NAME, parent.name, PARENT.owner.NAME from ACCOUNT where name = 'beta'")[0]
    assert list(row) == ["attributes", "Name", "Parent"]
    assert row["attributes"]["type"] == "Account"
    assert re.fullmatch(r"/services/data/v67\.0/sobjects/Account/001\w{15}", row["attributes"]["url"])
    assert list(row["Parent"]) == ["attributes", "Name", "Owner"]
    assert row["Parent"]["Owner"]["attributes"]["type"] == "User"
    assert row["Parent"]["Owner"]["Name"] == "Admin"


def test_null_parent_is_null_and_the_row_stays(store):
    rows = records(store, "SELECT Name, Parent.Owner.Name FROM Account WHERE Name = 'alpha'")
    assert rows[0]["Parent"] is None


def test_children_carry_their_own_size_and_none_are_null(store):
    rows = records(store, "SELECT Name, (SELECT LastName FROM contacts ORDER BY LastName DESC) FROM Account LIMIT 3")
    assert [row["Contacts"] and [c["LastName"] for c in row["Contacts"]["records"]] for row in rows] == [
        ["Two", "One"],
        ["Three"],
        None,
    ]
    assert rows[0]["Contacts"]["totalSize"] == 2
    assert rows[0]["Contacts"]["done"] is True


def test_child_limit_and_offset_count_for_each_parent(store):
    rows = records(
        store, "SELECT (SELECT LastName FROM Contacts ORDER BY LastName LIMIT 1 OFFSET 1) FROM Account LIMIT 2"
    )
    assert rows[0]["Contacts"]["records"][0]["LastName"] == "Two"
    assert rows[1]["Contacts"] is None


def test_recycle_bin_is_seen_by_query_all_only(store):
    assert store.query("SELECT COUNT() FROM Contact").total_size == 3
    assert store.query("SELECT COUNT() FROM Contact", all_rows=True).total_size == 4


def test_datetimes_are_printed_in_utc_with_milliseconds(store):
    assert records(store, "SELECT CreatedDate FROM Account LIMIT 1")[0]["CreatedDate"] == "2026-03-10T02:30:00.000+0000"


def test_aliases_of_objects(store):
    rows = records(store, "SELECT c.LastName, a.Name FROM Contact c, c.Account a WHERE a.Name = 'beta'")
    assert (rows[0]["LastName"], rows[0]["Account"]["Name"]) == ("Three", "Beta")


def test_all_fields_of_a_kind(store):
    standard = records(store, "SELECT FIELDS(STANDARD) FROM Account LIMIT 1")[0]
    custom = records(store, "SELECT FIELDS(CUSTOM) FROM Account LIMIT 1")[0]
    assert "Name" in standard
    assert not [name for name in standard if name.endswith("__c")]
    assert {name.endswith("__c") for name in custom if name != "attributes"} == {True}


def test_type_of_picks_the_case_of_the_parent(store):
    row = records(store, "SELECT TYPEOF Owner WHEN User THEN Name, Alias ELSE Id END FROM Account LIMIT 1")[0]
    assert (row["Owner"]["Name"], row["Owner"]["Alias"]) == ("Admin", "adm")


def test_scope_mine(store):
    assert store.query("SELECT Id FROM Account USING SCOPE mine").total_size == 5
    assert refusal(store, "SELECT Id FROM Account USING SCOPE team")[0] == "INVALID_QUERY_SCOPE"


# Date literals


@pytest.mark.parametrize(
    ("literal", "zone", "found"),
    [("TODAY", "UTC", True), ("TODAY", "America/Los_Angeles", True), ("2026-03-10T02:30:00Z", "UTC", True),
     ("2026-03-09T18:30:00-08:00", "UTC", True), ("YESTERDAY", "UTC", False), ("THIS_WEEK", "UTC", True),
     ("LAST_N_DAYS:1", "UTC", True), ("NEXT_WEEK", "UTC", False), ("THIS_FISCAL_YEAR", "UTC", True)],
)  # fmt: skip
def test_datetime_literals(store, literal, zone, found):
    assert bool(names(store, f"CreatedDate = {literal}", time_zone=zone)) is found


def test_days_begin_at_the_users_midnight(store):
    # At 02:30 UTC it is still the evening of 9 March in California, whose day began at 07:00 UTC.
    assert names(store, "CreatedDate < TODAY", time_zone="UTC") == []
    assert len(names(store, "DAY_ONLY(CreatedDate) = 2026-03-10", time_zone="America/Los_Angeles")) == 5
    assert (
        len(names(store, "DAY_ONLY(convertTimezone(CreatedDate)) = 2026-03-09", time_zone="America/Los_Angeles")) == 5
    )
    assert len(names(store, "HOUR_IN_DAY(convertTimezone(CreatedDate)) = 19", time_zone="America/Los_Angeles")) == 5


DAYS = [
    ("TODAY", "2026-03-10", "2026-03-10"), ("YESTERDAY", "2026-03-09", "2026-03-09"), ("TOMORROW", "2026-03-11", "2026-03-11"),
    ("LAST_WEEK", "2026-03-01", "2026-03-07"), ("THIS_WEEK", "2026-03-08", "2026-03-14"), ("NEXT_WEEK", "2026-03-15", "2026-03-21"),
    ("LAST_MONTH", "2026-02-01", "2026-02-28"), ("NEXT_MONTH", "2026-04-01", "2026-04-30"),
    ("LAST_90_DAYS", "2025-12-10", "2026-03-10"), ("NEXT_90_DAYS", "2026-03-11", "2026-06-08"),
    ("LAST_N_DAYS:3", "2026-03-07", "2026-03-10"), ("NEXT_N_DAYS:3", "2026-03-11", "2026-03-13"),
    ("N_DAYS_AGO:3", "2026-03-07", "2026-03-07"), ("LAST_N_WEEKS:2", "2026-02-22", "2026-03-07"),
    ("LAST_N_MONTHS:2", "2026-01-01", "2026-02-28"), ("NEXT_N_MONTHS:2", "2026-04-01", "2026-05-31"),
    ("THIS_QUARTER", "2026-01-01", "2026-03-31"), ("LAST_QUARTER", "2025-10-01", "2025-12-31"),
    ("THIS_YEAR", "2026-01-01", "2026-12-31"), ("LAST_N_YEARS:2", "2024-01-01", "2025-12-31"),
    ("N_MONTHS_AGO:1", "2026-02-01", "2026-02-28"), ("NEXT_N_QUARTERS:1", "2026-04-01", "2026-06-30"),
    ("THIS_FISCAL_QUARTER", "2026-02-01", "2026-04-30"), ("THIS_FISCAL_YEAR", "2026-02-01", "2027-01-31"),
    ("LAST_FISCAL_QUARTER", "2025-11-01", "2026-01-31"),
]  # fmt: skip


@pytest.mark.parametrize(("literal", "first", "last"), DAYS)
def test_ranges_of_days(calendar, literal, first, last):
    def days(condition):
        return [row["SBQQ__StartDate__c"] for row in records(calendar, f"SELECT SBQQ__StartDate__c FROM SBQQ__Quote__c WHERE SBQQ__StartDate__c {condition} ORDER BY SBQQ__StartDate__c NULLS LAST")]  # fmt: skip

    inside = days(f"= {literal}")
    assert (inside[0], inside[-1]) == (first, last)
    assert days(f">= {literal}")[0] == first
    assert days(f"> {literal}") == [day for day in days("!= null") if day > last]
    assert days(f"<= {literal}")[-1] == last
    assert days(f"< {literal}") == [day for day in days("!= null") if day < first]
    assert days(f"!= {literal}")[-1] is None


@pytest.fixture(scope="module")
def calendar():
    made = Store(clock=lambda: NOW)
    made.insert("Organization", {"Name": "Org", "FiscalYearStartMonth": 2}, system=True)
    start = date(2024, 1, 1).toordinal()
    made.insert("SBQQ__Quote__c", {})
    with made.transaction():
        for day in range(start, start + 4 * 366):
            made.insert("SBQQ__Quote__c", {"SBQQ__StartDate__c": date.fromordinal(day).isoformat()})
    return made


# Aggregates


def test_bare_count_has_a_size_and_no_records(store):
    assert store.query("SELECT COUNT() FROM Account").page() == {"totalSize": 5, "done": True, "records": []}
    assert store.query("SELECT COUNT() FROM Account LIMIT 2").total_size == 2


def test_aggregates_are_named_or_numbered_and_skip_nulls(store):
    statement = "SELECT COUNT(Id), COUNT(NumberOfEmployees) n, SUM(AnnualRevenue), AVG(NumberOfEmployees), COUNT_DISTINCT(Site) FROM Account"
    assert records(store, statement) == [
        {"attributes": {"type": "AggregateResult"}, "expr0": 5, "n": 4, "expr1": Decimal("300.0"), "expr2": Decimal("8.0"), "expr3": 2}
    ]  # fmt: skip


def test_groups_ignore_case_and_can_be_filtered(store):
    rows = records(
        store,
        "SELECT Site s, COUNT(Id) n FROM Account GROUP BY Site HAVING COUNT(Id) > 1 ORDER BY COUNT(Id), Site NULLS LAST",
    )
    assert [(row["s"] and row["s"].lower(), row["n"]) for row in rows] == [("north", 2), (None, 2)]


def test_groups_of_a_parents_field_and_of_a_function(store):
    rows = records(store, "SELECT Account.Name, COUNT(Id) FROM Contact GROUP BY Account.Name ORDER BY Account.Name")
    assert [(row["Name"], row["expr0"]) for row in rows] == [("alpha", 2), ("Beta", 1)]
    rows = records(
        store, "SELECT CALENDAR_MONTH(CreatedDate), COUNT(Id) n FROM Contact GROUP BY CALENDAR_MONTH(CreatedDate)"
    )
    assert (rows[0]["expr0"], rows[0]["n"]) == (3, 3)


def test_rollup_adds_subtotals(store):
    rows = records(
        store,
        "SELECT Rating, GROUPING(Rating) g, COUNT(Id) n FROM Account GROUP BY ROLLUP(Rating) ORDER BY GROUPING(Rating), Rating",
    )
    assert [(row["Rating"], row["g"], row["n"]) for row in rows] == [
        (None, 0, 2),
        ("Hot", 0, 1),
        ("Warm", 0, 1),
        ("Cold", 0, 1),
        (None, 1, 5),
    ]


def test_functions_that_only_show(store):
    row = records(
        store,
        "SELECT FORMAT(AnnualRevenue) f, toLabel(Site), convertCurrency(AnnualRevenue) FROM Account WHERE Name = 'alpha'",
    )[0]
    assert (row["f"], row["Site"], row["AnnualRevenue"]) == ("USD 100", "North", Decimal("100.0"))


# Errors


@pytest.mark.parametrize(
    ("statement", "code", "fragment"),
    [
        ("SELECT Id FROM Nope", "INVALID_TYPE", "\nSELECT Id FROM Nope\n               ^\nERROR at Row:1:Column:16\nsObject type 'Nope' is not supported."),
        ("SELECT Foo FROM Account", "INVALID_FIELD", "ERROR at Row:1:Column:8\nNo such column 'Foo' on entity 'Account'."),
        ("SELECT Id FROM Account WHERE Foo = 1", "INVALID_FIELD", "No such column 'Foo'"),
        ("SELECT Foo.Name FROM Account", "INVALID_FIELD", "Didn't understand relationship 'Foo' in field path."),
        ("SELECT (SELECT Id FROM Foos) FROM Account", "INVALID_TYPE", "Didn't understand relationship 'Foos' in FROM part"),
        ("SELECT Id, id FROM Account", "INVALID_FIELD", "duplicate field selected"),
        ("SELECT Name n FROM Account", "MALFORMED_QUERY", "only aggregate expressions use field aliasing"),
        ("SELECT Name, COUNT(Id) FROM Account", "MALFORMED_QUERY", "Field must be grouped or aggregated: Name"),
        ("SELECT COUNT(Id) FROM Account LIMIT 1", "MALFORMED_QUERY", "cannot also use LIMIT"),
        ("SELECT SUM(Name) FROM Account", "MALFORMED_QUERY", "does not support aggregate operator SUM"),
        ("SELECT Id FROM Account WHERE COUNT(Id) > 1", "MALFORMED_QUERY", "not allowed"),
        ("SELECT FIELDS(ALL) FROM Account", "MALFORMED_QUERY", "LIMIT of at most 200"),
        ("SELECT FIELDS(CUSTOM) FROM Account LIMIT 201", "MALFORMED_QUERY", "LIMIT of at most 200"),
        ("SELECT Id FROM Account WHERE Name = 5", "INVALID_FIELD", "must be of type string and should be enclosed in quotes"),
        ("SELECT Id FROM Account WHERE AnnualRevenue = '5'", "INVALID_FIELD", "must be of type double and should not be enclosed in quotes"),
        ("SELECT Id FROM Account WHERE CreatedDate = '2026-01-01'", "INVALID_FIELD", "must be of type dateTime"),
        ("SELECT Id FROM Account WHERE CreatedDate = 2026-01-01", "INVALID_FIELD", "must be of type dateTime"),
        ("SELECT Id FROM Order WHERE EffectiveDate = 2026-01-01T00:00:00Z", "INVALID_FIELD", "must be of type date"),
        ("SELECT Id FROM Order WHERE EffectiveDate = 2026-02-30", "INVALID_FIELD", "Invalid date"),
        ("SELECT Id FROM Account WHERE Id = 'x'", "INVALID_QUERY_FILTER_OPERATOR", "invalid ID field: x"),
        ("SELECT Id FROM Account WHERE NumberOfEmployees LIKE '5'", "INVALID_QUERY_FILTER_OPERATOR", "invalid operator on int field"),
        ("SELECT Id FROM Account WHERE Name INCLUDES ('x')", "INVALID_QUERY_FILTER_OPERATOR", "multi-select"),
        ("SELECT Id FROM Account WHERE Description = 'x'", "INVALID_FIELD", "can not be filtered in a query call"),
        ("SELECT Id FROM Account ORDER BY Description", "INVALID_FIELD", "can not be sorted in a query call"),
        ("SELECT Description, COUNT(Id) FROM Account GROUP BY Description", "MALFORMED_QUERY", "can not be grouped"),
        ("SELECT Id FROM Account WHERE Name IN (SELECT AccountId FROM Contact)", "MALFORMED_QUERY", "should be an id field"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT LastName FROM Contact)", "MALFORMED_QUERY", "must be an id"),
        ("SELECT Id FROM Account WHERE Id IN (SELECT Id FROM Contact)", "MALFORMED_QUERY", "should point to the same object type"),
        ("SELECT Id FROM Account WHERE Name = 'x' OR Id IN (SELECT AccountId FROM Contact)", "MALFORMED_QUERY", "only allowed at the top level"),
        ("SELECT Id FROM Account OFFSET 2001", "NUMBER_OUTSIDE_VALID_RANGE", "2000"),
        ("SELECT Parent.Parent.Parent.Parent.Parent.Parent.Name FROM Account", "MALFORMED_QUERY", "levels"),
        ("SELECT NOPE(Id) FROM Account", "MALFORMED_QUERY", "unknown function"),
    ],
)  # fmt: skip
def test_refusals(store, statement, code, fragment):
    found = refusal(store, statement)
    assert found[0] == code
    assert fragment in found[1]


def nested(levels):
    inner = "SELECT Id FROM ChildAccounts"
    for _ in range(levels - 1):
        inner = f"SELECT Id, ({inner}) FROM ChildAccounts"
    return f"SELECT Id, ({inner}) FROM Account"


def test_parents_five_up_and_children_five_down_are_allowed(store):
    assert store.query("SELECT Parent.Parent.Parent.Parent.Parent.Name FROM Account").total_size == 5
    assert store.query(nested(5)).page()["totalSize"] == 5
    assert refusal(store, nested(6))[0] == "MALFORMED_QUERY"


def test_at_most_twenty_child_queries(store):
    links = [link.relationship_name for link in store.catalogue.require("Account").child_relationships]
    first = ", ".join(f"(SELECT Id FROM {name})" for name in links if name)
    second = f"(SELECT Id, {first} FROM ChildAccounts)"
    many = first.replace("(SELECT Id FROM ChildAccounts)", second)
    third = f"(SELECT Id, {first.replace('(SELECT Id FROM ChildAccounts)', second)} FROM ChildAccounts)"
    assert store.query(f"SELECT Id, {many} FROM Account").total_size == 5
    too_many = first.replace("(SELECT Id FROM ChildAccounts)", third)
    assert "20 child queries" in refusal(store, f"SELECT Id, {too_many} FROM Account")[1]


# Pages


@pytest.fixture(scope="module")
def crowd():
    made = Store(clock=lambda: NOW)
    with made.transaction():
        parents = [made.insert("Account", {"Name": f"A{n:04}"}) for n in range(450)]
        for n in range(250):
            made.insert("Contact", {"LastName": f"C{n:04}", "AccountId": parents[0]})
    return made


def test_pages_of_records_and_of_children(crowd):
    page = crowd.query(
        "SELECT Name, (SELECT LastName FROM Contacts ORDER BY LastName) FROM Account ORDER BY Name",
        batch_size=200,
        version="64.0",
    ).page()
    children = page["records"][0]["Contacts"]
    seen = [row["Name"] for row in page["records"]]
    assert (page["totalSize"], page["done"], len(seen)) == (450, False, 200)
    assert re.fullmatch(r"/services/data/v64\.0/query/0r8\w{15}-200", page["nextRecordsUrl"])
    while not page["done"]:
        page = crowd.cursors.resume(page["nextRecordsUrl"].rpartition("/")[2])
        seen += [row["Name"] for row in page["records"]]
    assert seen == [f"A{n:04}" for n in range(450)]
    assert (children["totalSize"], children["done"], len(children["records"])) == (250, False, 200)
    rest = crowd.cursors.resume(children["nextRecordsUrl"].rpartition("/")[2])
    assert rest["done"] is True
    assert rest["totalSize"] == 250
    assert [row["LastName"] for row in rest["records"]] == [f"C{n:04}" for n in range(200, 250)]


@pytest.mark.parametrize("size", [1, 199])
def test_batches_are_never_smaller_than_two_hundred(crowd, size):
    assert len(crowd.query("SELECT Id FROM Account", batch_size=size).page()["records"]) == 200


@pytest.mark.parametrize("locator", ["", "nonsense", "0r8gK0000000999QAA-200"])
def test_unknown_locators(crowd, locator):
    with pytest.raises(SoqlError) as caught:
        crowd.cursors.resume(locator)
    assert caught.value.error_code == "INVALID_QUERY_LOCATOR"


def test_too_many_groups_cannot_be_paged():
    made = Store(clock=lambda: NOW)
    with made.transaction():
        for n in range(2001):
            made.insert("Account", {"Name": f"A{n}"})
    assert refusal(made, "SELECT Name, COUNT(Id) FROM Account GROUP BY Name")[0] == "EXCEEDED_ID_LIMIT"
    assert made.query("SELECT Name, COUNT(Id) FROM Account GROUP BY Name LIMIT 2000").total_size == 2000
