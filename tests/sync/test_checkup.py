"""The check before the first sync: it looks for exactly what a sync needs, tells the remedy, and writes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from cpqbridge.cli.configure import sandbox_settings
from cpqbridge.mapping.tables import GUIDE
from cpqbridge.salesforce.select import Select
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.settings.database import DatabaseSettings
from cpqbridge.settings.mail import MailSettings
from cpqbridge.settings.mapping import MappingSettings
from cpqbridge.settings.options import Options
from cpqbridge.settings.settings import Settings
from cpqbridge.settings.values import ValueTables
from cpqbridge.sync import wishes
from cpqbridge.sync.checkup import Finding, Grade, check

PARENTS = {
    "ConsumptionSchedule": "ConsumptionSchedule",
    "Product2": "Product2",
    "Pricebook2": "Pricebook2",
    "SBQQ__Contract__r": "Contract",
    "SBQQ__Quote__r": "SBQQ__Quote__c",
    "SBQQ__QuoteLine__r": "SBQQ__QuoteLine__c",
    "SBQQ__Subscription__r": "SBQQ__Subscription__c",
}
CHILDREN = {"OrderItems", "SBQQ__OrderItems__r", "SBQQ__OrderItemConsumptionRates__r"}


def needed(select: Select) -> Iterator[str]:
    """Yield the needed fields of a wish list and of those below it, as `Object.Field`."""
    for path in select.needed:
        *parents, name = path.split(".")
        if name not in CHILDREN:
            yield f"{PARENTS[parents[-1]] if parents else select.sobject}.{name}"
    for child in select.children.values():
        yield from needed(child)


NEEDED = sorted({field for wish in wishes.ALL for field in needed(wish(Options(), GUIDE))})
FOR_USAGE = tuple(f"{name}." for name in ("ProductConsumptionSchedule", "ConsumptionSchedule", "ConsumptionRate"))


class Checked:
    """A sandbox and what the check says of it."""

    def __init__(self, sandbox: LocalSandbox, database_url: str) -> None:
        self.sandbox = sandbox
        self._database_url = database_url

    def settings(self, **changes: Any) -> Settings:
        ports = (int(url.rpartition(":")[2]) for url in (self.sandbox.salesforce_url, self.sandbox.zuora_url))
        changes = {"database": DatabaseSettings.at(self._database_url), **changes}
        return sandbox_settings(*ports).model_copy(update=changes)

    def findings(self, **changes: Any) -> list[Finding]:
        async def do() -> list[Finding]:
            return [finding async for finding in check(self.settings(**changes))]

        return asyncio.run(do())

    def problems(self, **changes: Any) -> list[Finding]:
        return [finding for finding in self.findings(**changes) if finding.grade is Grade.PROBLEM]

    def hide(self, *fields: str) -> None:
        url = f"{self.sandbox.salesforce_url}/_sandbox/settings"
        httpx.post(url, json={"hiddenFields": fields}, timeout=30).raise_for_status()


@pytest.fixture(scope="module")
def running(worker_database: str) -> Iterator[Checked]:
    with LocalSandbox("empty") as sandbox:
        yield Checked(sandbox, worker_database)


@pytest.fixture
def checked(running: Checked) -> Iterator[Checked]:
    """A sandbox as it comes."""
    yield running
    url = f"{running.sandbox.salesforce_url}/_sandbox/reset"
    httpx.post(url, json={"seed": "empty"}, timeout=30).raise_for_status()
    running.sandbox.tenant.settings.restore()
    running.hide()


def test_all_is_well_and_nothing_is_written(checked: Checked) -> None:
    findings = checked.findings()
    assert [one.check for one in findings if one.grade is Grade.PROBLEM] == []
    requests = httpx.get(f"{checked.sandbox.zuora_url}/_sandbox/requests", timeout=30).json()
    reads = ("/oauth/", "/v1/action/query")
    assert [one["path"] for one in requests if one["method"] != "GET" and not one["path"].startswith(reads)] == []


@pytest.mark.parametrize("field", [field for field in NEEDED if not field.startswith(FOR_USAGE)])
def test_every_field_without_which_no_sync_reads_is_looked_for(checked: Checked, field: str) -> None:
    checked.hide(field)
    problems = checked.problems()
    assert {(one.code, one.field) for one in problems} == {("CPQ-303", field)}
    assert all(field in (one.remedy or "") for one in problems)


def test_an_organization_that_cannot_be_read_is_a_matter_of_permission(checked: Checked) -> None:
    checked.hide("Organization.Id")
    [problem] = checked.problems()
    assert (problem.code, problem.field) == ("CPQ-303", "Organization.Id")
    assert "read access to Organization.Id" in (problem.remedy or "")


def test_trigger_dates_are_needed_where_the_option_sends_them(checked: Checked) -> None:
    checked.hide("Order.CustomerAuthorizedDate")
    assert not checked.problems()
    [problem] = checked.problems(options=Options(trigger_dates_on_orders=True))
    assert (problem.code, problem.field) == ("CPQ-303", "Order.CustomerAuthorizedDate")


@pytest.mark.parametrize("field", [field for field in NEEDED if field.startswith(FOR_USAGE)])
def test_what_only_usage_products_need_stops_nobody_else(checked: Checked, field: str) -> None:
    checked.hide(field)
    findings = checked.findings()
    assert not [one for one in findings if one.grade is Grade.PROBLEM]
    assert any(field in one.message for one in findings if one.grade is Grade.OPTIONAL)


@pytest.mark.parametrize(
    ("kind", "fields", "field"),
    [
        ("contact", ["crmId__c"], "CrmOrderId__c"),
        ("contact", ["crmOrderId__c"], "CrmId__c"),
        ("subscription", [], "SFDC_Contract__c"),
    ],
)
def test_a_custom_field_of_the_guide_is_described_for_creating(
    checked: Checked, kind: str, fields: list[str], field: str
) -> None:
    checked.sandbox.tenant.configure({"customFields": {kind: fields}})
    [problem] = checked.problems()
    assert (problem.code, problem.field) == ("CPQ-305", field)
    assert problem.remedy
    assert "type Text, 18 characters or more" in problem.remedy
    assert problem.remedy.startswith(f"Create the custom field {field[0].lower() if field[0] == 'C' else field[0]}")


@pytest.mark.parametrize(
    "definition",
    [{"name": "crmId__c", "type": "Number"}, {"name": "crmId__c", "type": "Text", "maxlength": 15}],
    ids=["number", "too short"],
)
def test_a_custom_field_that_cannot_hold_an_id_is_a_problem(checked: Checked, definition: dict[str, Any]) -> None:
    checked.sandbox.tenant.configure({"customFields": {"contact": [definition, "crmOrderId__c"]}})
    [problem] = checked.problems()
    assert (problem.code, problem.field) == ("CPQ-305", "CrmId__c")
    assert "must take a Salesforce id" in problem.message


def test_the_own_key_of_accounts_is_a_custom_field_too(checked: Checked) -> None:
    options = Options(account_key_field="CRMAccountId__c")
    [problem] = checked.problems(options=options)
    assert (problem.code, problem.field) == ("CPQ-305", "CRMAccountId__c")
    checked.sandbox.tenant.configure({"customFields": {"account": ["CRMAccountId__c"]}})
    assert checked.problems(options=options) == []


@pytest.mark.parametrize(
    ("feature", "field"), [("orderLineItems", None), ("flexibleBillingAttributes", "Subscription.PaymentTerm")]
)
def test_a_tenant_feature_that_is_off_is_a_problem(checked: Checked, feature: str, field: str | None) -> None:
    checked.sandbox.tenant.configure({feature: False})
    [problem] = checked.problems()
    assert (problem.code, problem.field) == ("CPQ-304", field)
    assert problem.remedy


def test_without_flexible_billing_the_remedy_works(checked: Checked) -> None:
    checked.sandbox.tenant.configure({"flexibleBillingAttributes": False})
    [problem] = checked.problems()
    targets = ("billToContactId", "invoiceGroupNumber", "paymentTerm", "soldToContactId")
    assert all(f"{target}: {{off: true}}" in str(problem.remedy) for target in targets)
    mapping = MappingSettings.model_validate({"subscription": {target: {"off": True} for target in targets}})
    findings = {one.check: one for one in checked.findings(mapping=mapping)}
    assert findings["Zuora Flexible Billing Attributes"].grade is Grade.OPTIONAL
    assert not [one for one in findings.values() if one.grade is Grade.PROBLEM]


def test_a_tenant_without_units_is_told_of(checked: Checked) -> None:
    checked.sandbox.tenant.settings.units_of_measure.clear()
    [units] = [one for one in checked.findings() if one.check == "Zuora units of measure"]
    assert (units.grade, "CPQ-430" in units.message, bool(units.remedy)) == (Grade.OPTIONAL, True, True)


@pytest.mark.parametrize(
    ("option", "field"),
    [("tier_cap_field", "Capp__c"), ("account_description_source", "Sitee"), ("purchase_order_source", "Nope__c")],
)
def test_a_field_that_an_option_names_is_looked_for(checked: Checked, option: str, field: str) -> None:
    [problem] = checked.problems(options=Options.model_validate({option: field}))
    assert (problem.code, problem.field) == ("CPQ-303", f"options.{option}")
    assert f"Correct `options.{option}`" in str(problem.remedy)
    good = {"tier_cap_field": "Cap__c", "account_description_source": "Site", "purchase_order_source": "PoNumber"}
    assert checked.problems(options=Options.model_validate(good)) == []


def test_the_own_mapping_is_checked_with_its_types(checked: Checked) -> None:
    mapping = MappingSettings.model_validate({"account": {"notes": "Nope__c", "Tier__c": "Name"}})
    problems = checked.problems(mapping=mapping)
    assert [(one.check, one.code) for one in problems] == [
        ("own mapping mapping.account.notes.source", "CPQ-303"),
        ("own mapping mapping.account.Tier__c", "CPQ-305"),
    ]
    good = MappingSettings.model_validate({"account": {"notes": "Name"}})
    [fits] = [one for one in checked.findings(mapping=good) if one.check == "own mapping"]
    assert (fits.grade, fits.message) == (Grade.OK, "1 rules fit both systems")


def test_opportunities_are_looked_at_only_with_their_option(checked: Checked) -> None:
    checked.hide("Order.OpportunityId", "SBQQ__Quote__c.SBQQ__Opportunity2__c")
    assert checked.problems() == []
    [problem] = checked.problems(options=Options(sync_opportunity_fields=True))
    assert (problem.code, problem.field) == ("CPQ-303", "Order.OpportunityId")
    checked.hide()
    assert checked.problems(options=Options(sync_opportunity_fields=True)) == []


def test_what_no_api_shows_is_said_and_stops_nothing(checked: Checked) -> None:
    httpx.post(f"{checked.sandbox.salesforce_url}/_sandbox/settings", json={"multiCurrency": True}, timeout=30)
    findings = checked.findings(
        options=Options(tier_cap_field="Cap__c"), values=ValueTables(payment_terms={"30 days": "Net 30"})
    )
    unseen = {one.check: one for one in findings if one.grade is Grade.OPTIONAL and one.check.startswith("Zuora")}
    assert set(unseen) >= {
        "Zuora list price base Per Specific Months",
        "Zuora capping of usage tiers",
        "Zuora payment terms",
        "Zuora currencies",
    }
    assert "Net 30" in unseen["Zuora payment terms"].message
    assert all(one.remedy for one in unseen.values())


def test_prices_per_billing_period_are_never_advised_without_a_warning(checked: Checked) -> None:
    name = "options.sfdc_use_list_price_base"
    [on] = [one for one in checked.findings() if one.field == name]
    assert "only where CPQ's net prices are for one billing period" in str(on.remedy)
    [off] = [one for one in checked.findings(options=Options(sfdc_use_list_price_base=False)) if one.field == name]
    assert (off.grade, "billed anew in every billing period" in off.message) == (Grade.OPTIONAL, True)


def test_the_mail_server_is_tried_when_alerts_are_wanted(checked: Checked) -> None:
    mail = MailSettings(host="127.0.0.1", port=1, timeout=5)
    assert "mail" not in {one.check for one in checked.findings(mail=mail)}
    options = Options.model_validate({"customer_alert_email": "ops@example.com"})
    [problem] = checked.problems(mail=mail, options=options)
    assert (problem.check, problem.code) == ("mail", "CPQ-108")


@pytest.mark.parametrize(
    ("system", "address", "check"),
    [("zuora", "base_url", "Zuora sign-in and Orders"), ("salesforce", "login_url", "Salesforce sign-in")],
)
def test_a_system_that_cannot_be_reached_ends_its_part_only(
    checked: Checked, system: str, address: str, check: str
) -> None:
    gone = getattr(checked.settings(), system).model_copy(update={address: "http://127.0.0.1:1"})
    mapping = MappingSettings.model_validate({"account": {"notes": "Nope__c"}})
    findings = checked.findings(**{system: gone, "mapping": mapping})
    problems = [one for one in findings if one.grade is Grade.PROBLEM]
    assert [(one.check, one.code) for one in problems] == [(check, "CPQ-101")]
    assert {"database", "clock"} <= {one.check for one in findings}
