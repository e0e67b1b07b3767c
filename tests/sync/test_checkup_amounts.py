"""The check of what decides amounts: each setting that CPQ's amounts cannot be met with is named, with its remedy."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import httpx
import pytest

from cpqbridge.cli.configure import sandbox_settings
from cpqbridge.money.cpq.precision import Precision
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.settings.amounts import BillingRuleOptions
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.settings.options import Options
from cpqbridge.settings.settings import Settings
from cpqbridge.sync.checkup import Finding, Grade, check
from cpqbridge.sync.checkup.amounts import check_amounts
from cpqbridge.sync.connect import open_clients
from tests.world import Line, World

PRECISION = "Salesforce CPQ Subscription Prorate Precision"
RULES = "Zuora billing rules"
CATALOG = "Zuora catalog charges"
DAYS = "Zuora bill cycle days"
TRIGGERS = "Zuora trigger conditions"


class Amounts:
    """A sandbox and what the check says of its amounts."""

    def __init__(self, sandbox: LocalSandbox) -> None:
        self.sandbox = sandbox

    def settings(self, **changes: Any) -> Settings:
        ports = (int(url.rpartition(":")[2]) for url in (self.sandbox.salesforce_url, self.sandbox.zuora_url))
        return sandbox_settings(*ports).model_copy(update=changes)

    def findings(self, **changes: Any) -> dict[str, Finding]:
        async def do() -> list[Finding]:
            settings = self.settings(**changes)
            async with open_clients(settings) as clients:
                return [finding async for finding in check_amounts(settings, clients)]

        return {one.check: one for one in asyncio.run(do())}

    def concerns(self, **changes: Any) -> dict[str, Finding]:
        """Return all findings that are not well."""
        return {name: one for name, one in self.findings(**changes).items() if one.grade is not Grade.OK}

    def fault(self, method: str, path: str, status: int, body: Any) -> None:
        match = {"method": method, "path": path}
        rule = {"match": match, "times": 1, "fault": "status", "status": status, "body": body}
        httpx.post(f"{self.sandbox.zuora_url}/_sandbox/faults", json=[rule], timeout=30).raise_for_status()

    def queries(self) -> list[str]:
        """Return the ZOQL queries that the tenant got."""
        log = httpx.get(f"{self.sandbox.zuora_url}/_sandbox/requests", timeout=30).json()
        return [one["body"]["queryString"] for one in log if one["path"] == "/v1/action/query"]

    def charge(self, name: str = "Seat", **values: Any) -> None:
        usual = {
            "chargeType": "Recurring",
            "billingPeriod": "Month",
            "billCycleType": "DefaultFromCustomer",
            "triggerEvent": "ContractEffective",
            "billingPeriodAlignment": "AlignToCharge",
        }
        self.sandbox.tenant.store.insert("productRatePlanCharge", {"name": name, **usual, **values})

    def sell(self, start: str, end: str, multiplier: str) -> None:
        world = World(self.sandbox.org)
        more = {"SBQQ__ProrateMultiplier__c": Decimal(multiplier)}
        world.order(world.account(), [Line(world.product(), more=more)], start=start, end=end, contracted=False)


@pytest.fixture(scope="module")
def running() -> Iterator[Amounts]:
    with LocalSandbox("empty") as sandbox:
        yield Amounts(sandbox)


@pytest.fixture
def amounts(running: Amounts) -> Iterator[Amounts]:
    """A sandbox as it comes."""
    yield running
    for url in (running.sandbox.salesforce_url, running.sandbox.zuora_url):
        httpx.post(f"{url}/_sandbox/reset", json={"seed": "empty"}, timeout=30).raise_for_status()
    running.sandbox.tenant.settings.restore()


def test_where_all_is_well_only_the_package_setting_is_left_to_look_at(amounts: Amounts) -> None:
    amounts.charge()
    findings = amounts.findings()
    assert [(name, one.grade) for name, one in findings.items()] == [
        (CATALOG, Grade.OK),
        (RULES, Grade.OK),
        (DAYS, Grade.OK),
        (TRIGGERS, Grade.OK),
        (PRECISION, Grade.OPTIONAL),
    ]
    assert "no API shows it" in findings[PRECISION].message
    assert "Installed Packages" in str(findings[PRECISION].remedy)


@pytest.mark.parametrize(
    ("rules", "names"),
    [
        ({"daysInMonth": "Assume30Days"}, ["daysInMonth"]),
        ({"daysInMonth": "Assume30DaysStrict"}, ["daysInMonth"]),
        ({"prorateRecurringMonthlyCharges": False}, ["prorateRecurringMonthlyCharges"]),
        (
            {"prorateRecurringMonthlyCharges": False, "proratePeriodOfRecurringCharge": False},
            ["prorateRecurringMonthlyCharges", "proratePeriodOfRecurringCharge"],
        ),
        ({"creditBasis": "EffectiveDateToPeriodEnd"}, ["creditBasis"]),
        ({"oneTimeCreditBack": True}, []),
    ],
)
def test_each_rule_of_the_tenant_is_named(amounts: Amounts, rules: dict[str, Any], names: list[str]) -> None:
    amounts.sandbox.tenant.configure({"billingRules": rules})
    concerns = {name: one for name, one in amounts.concerns().items() if name.startswith(RULES)}
    assert list(concerns) == [f"{RULES}: {name}" for name in names]
    for name, one in zip(names, concerns.values(), strict=True):
        assert (one.grade, one.field) == (Grade.OPTIONAL, name)
        assert "Define Billing Rules" in str(one.remedy)


def test_proration_by_day_concerns_longer_periods_only(amounts: Amounts) -> None:
    amounts.sandbox.tenant.configure({"billingRules": {"prorationUnit": "ProrateByDay"}})
    amounts.charge()
    amounts.charge("Term", billingPeriod="Subscription Term")
    amounts.charge("Week", billingPeriod="Week")
    assert f"{RULES}: prorationUnit" not in amounts.concerns()
    for name in ("Quarter", "Annual", "Specific Months"):
        amounts.charge(name, billingPeriod=name)
    unit = amounts.concerns()[f"{RULES}: prorationUnit"]
    assert unit.message.endswith("Annual, Quarter, Specific Months")
    amounts.sandbox.tenant.configure({"billingRules": {"prorationUnit": "ProrateByMonthFirst"}})
    assert f"{RULES}: prorationUnit" not in amounts.concerns()


@pytest.mark.parametrize(
    ("option", "names"),
    [
        (None, [RULES]),
        (BillingRuleOptions(), []),
        (BillingRuleOptions(days_in_month="Assume30Days"), [f"{RULES}: daysInMonth"]),
    ],
)
def test_rules_that_may_not_be_read_are_asked_of_the_user(
    amounts: Amounts, option: BillingRuleOptions | None, names: list[str]
) -> None:
    amounts.sandbox.tenant.configure({"billingRules": {"daysInMonth": "Assume30DaysStrict"}})
    amounts.fault("GET", "/settings/billing-rules", 403, {"message": "Forbidden"})
    found = [
        one for one in amounts.concerns(options=Options(billing_rules=option)).values() if one.check.startswith(RULES)
    ]
    assert [one.check for one in found] == names
    if option is None:
        assert "may not read them" in found[0].message
        assert found[0].field == "options.billing_rules"


def test_an_option_that_contradicts_the_tenant_is_told(amounts: Amounts) -> None:
    amounts.sandbox.tenant.configure({"billingRules": {"prorationUnit": "ProrateByDay"}})
    said = Options(billing_rules=BillingRuleOptions(proration_unit="ProrateByMonthFirst"))
    assert "says otherwise than the tenant" in amounts.concerns(options=said)[RULES].message
    amounts.sandbox.tenant.configure({"billingRules": {"prorationUnit": "ProrateByMonthFirst"}})
    assert RULES not in amounts.concerns(options=said)


@pytest.mark.parametrize(
    ("values", "field"),
    [
        ({"billCycleType": "ChargeTriggerDay"}, "BillCycleType"),
        ({"billCycleType": "SpecificDayofMonth", "billCycleDay": 15}, "BillCycleType"),
        ({"billingPeriodAlignment": "AlignToTermStart"}, "BillingPeriodAlignment"),
        ({"triggerEvent": "CustomerAcceptance"}, "TriggerEvent"),
        ({"prorationOption": "NoProration"}, "ProrationOption"),
        ({"prorationOption": "ChargeFullPeriod"}, "ProrationOption"),
    ],
)
def test_each_attribute_of_the_catalog_is_counted_with_examples(
    amounts: Amounts, values: dict[str, Any], field: str
) -> None:
    amounts.charge("Good")
    amounts.charge("Usage", chargeType="Usage", **values)
    for name in ("A", "B", "C", "D"):
        amounts.charge(name, **values)
    concerns = {name: one for name, one in amounts.concerns().items() if name.startswith(CATALOG)}
    [finding] = concerns.values()
    assert (list(concerns), finding.field, finding.grade) == ([f"{CATALOG}: {field}"], field, Grade.OPTIONAL)
    assert finding.message.startswith("4 (")
    assert ", …) of 5: " in finding.message
    assert "Product Catalog" in str(finding.remedy)


@pytest.mark.parametrize("option", ["DefaultFromTenantSetting", "TimeBasedProration", None])
def test_a_charge_that_prorates_is_well(amounts: Amounts, option: str | None) -> None:
    amounts.charge(prorationOption=option)
    assert not [name for name in amounts.concerns() if name.startswith(CATALOG)]


def test_a_tenant_without_the_proration_option_is_asked_without_it(amounts: Amounts) -> None:
    amounts.charge(triggerEvent="ServiceActivation")
    message = "invalid field for query: productrateplancharge.prorationoption"
    amounts.fault("POST", "/v1/action/query", 400, {"FaultCode": "INVALID_FIELD", "FaultMessage": message})
    assert f"{CATALOG}: TriggerEvent" in amounts.concerns()
    asked = [query for query in amounts.queries() if "ProductRatePlanCharge" in query]
    assert ["ProrationOption" in query for query in asked] == [True, False]


def test_accounts_of_salesforce_with_another_bill_cycle_day_are_counted(amounts: Amounts) -> None:
    insert = amounts.sandbox.tenant.store.insert
    usual = {"status": "Active", "crmId": "001", "billCycleDay": 1}
    for number, values in enumerate(({}, {"billCycleDay": 15}, {"billCycleDay": 31}), 1):
        insert("account", {"accountNumber": f"A{number}", **usual, **values})
    insert("account", {"accountNumber": "A8", **usual, "billCycleDay": 7, "status": "Canceled"})
    insert("account", {"accountNumber": "A9", **usual, "billCycleDay": 7, "crmId": None})
    finding = amounts.concerns()[DAYS]
    assert (finding.message[:10], finding.field) == ("2 (A2, A3)", "BillCycleDay")
    assert "Bill Cycle Day" in str(finding.remedy)


@pytest.mark.parametrize(
    ("mapping", "words"),
    [({"billCycleDay": "BillDay__c"}, "by your mapping"), ({"billCycleDay": {"off": True}}, "the tenant's default")],
)
def test_new_accounts_that_would_get_another_day_are_told(
    amounts: Amounts, mapping: dict[str, Any], words: str
) -> None:
    own = MappingSettings.model_validate({"account": mapping})
    finding = amounts.concerns(mapping=own)[f"{DAYS}: new accounts"]
    assert words in finding.message


def test_sold_charges_that_begin_otherwise_are_counted_once(amounts: Amounts) -> None:
    insert = amounts.sandbox.tenant.store.insert
    usual = {"chargeType": "Recurring", "isLastSegment": True, "triggerEvent": "ServiceActivation"}
    for number in ("C-1", "C-1", "C-2"):
        insert("ratePlanCharge", {"chargeNumber": number, **usual})
    for values in ({"chargeType": "OneTime"}, {"isLastSegment": False}, {"triggerEvent": "ContractEffective"}):
        insert("ratePlanCharge", {"chargeNumber": "C-3", **usual, **values})
    concerns = amounts.concerns(options=Options(trigger_dates_on_orders=True))
    assert concerns[TRIGGERS].message.startswith("2 (C-1, C-2) sold charges")
    assert concerns[f"{TRIGGERS}: orders"].field == "options.trigger_dates_on_orders"


@pytest.mark.parametrize(
    ("multiplier", "grade", "words"),
    [
        ("0.3575", Grade.OK, f'the last 1 prorated order products fit "{Precision.CALENDAR}"'),
        ("0.3589", Grade.OPTIONAL, f'fit "{Precision.DAY}": Zuora bills incomplete months in another way'),
        ("0.4167", Grade.OPTIONAL, f'fit "{Precision.MONTH}"'),
        ("0.3553", Grade.OPTIONAL, f'fit "{Precision.MONTHLY_DAILY}"'),
        ("0.3600", Grade.OPTIONAL, "fit no published formula"),
    ],
)
def test_the_package_setting_is_told_by_what_was_prorated(
    amounts: Amounts, multiplier: str, grade: Grade, words: str
) -> None:
    amounts.sell("2019-05-23", "2019-09-30", multiplier)
    amounts.sell("2025-01-01", "2026-12-31", "2")
    finding = amounts.findings()[PRECISION]
    assert finding.grade is grade
    assert words in finding.message
    assert (finding.remedy is None) is (grade is Grade.OK)


def test_whole_months_of_a_leap_year_leave_a_doubt(amounts: Amounts) -> None:
    amounts.sell("2024-01-01", "2025-12-31", "2.0000")
    finding = amounts.findings()[PRECISION]
    assert finding.grade is Grade.OPTIONAL
    assert all(f'"{one}"' in finding.message for one in Precision if one is not Precision.DAY)
    assert "Look whether it is" in str(finding.remedy)


def test_what_cannot_be_read_is_said_and_stops_nothing(amounts: Amounts) -> None:
    url = f"{amounts.sandbox.salesforce_url}/_sandbox/settings"
    httpx.post(url, json={"hiddenFields": ["OrderItem.SBQQ__ProrateMultiplier__c"]}, timeout=30).raise_for_status()
    try:
        finding = amounts.findings()[PRECISION]
    finally:
        httpx.post(url, json={"hiddenFields": []}, timeout=30).raise_for_status()
    assert finding.grade is Grade.OPTIONAL
    assert "cannot be told" in finding.message


def test_without_the_proof_nothing_is_looked_at(amounts: Amounts) -> None:
    assert amounts.findings(options=Options(amount_proof="off")) == {}


def test_the_doctor_tells_it_all(amounts: Amounts, worker_database: str) -> None:
    amounts.sandbox.tenant.configure({"billingRules": {"daysInMonth": "Assume30Days"}})
    settings = amounts.settings(database=DatabaseSettings.at(worker_database))

    async def do() -> list[Finding]:
        return [finding async for finding in check(settings)]

    findings = asyncio.run(do())
    assert f"{RULES}: daysInMonth" in [one.check for one in findings]
    assert not [one for one in findings if one.grade is Grade.PROBLEM]
