"""Every option of the vendor's under every spelling, on and off, and the combinations that act on each other."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from cpqbridge.mapping.custom import tables_for
from cpqbridge.planning.order import plan_order
from cpqbridge.planning.state import ZuoraState
from cpqbridge.settings import Settings, WrongSettings, load
from cpqbridge.settings.options import SPELLINGS
from tests.guide.making import (
    ABSENT,
    CHARGE,
    DATES,
    EVERGREEN,
    LINK_ID,
    PER_UNIT,
    TERMS,
    TIERS,
    metered_order,
    metered_snapshot,
    rate,
    schedule,
    usage_plan,
    usage_state,
)
from tests.guide.test_rows import at
from tests.planning import records as r

CONNECTIONS = {
    "salesforce": {"login_url": "https://example.my.salesforce.com", "client_id": "3MVG9"},
    "zuora": {"base_url": "https://rest.apisandbox.zuora.com", "client_id": "0c9f3a52"},
}
MAPPING = {"opportunity": {"Stage__c": "StageName"}}
OPPORTUNITY = {"Opportunity": {"Id": "006000000000001AAA", "StageName": "Closed Won"}}
LATER = {"SBQQ__StartDate__c": "2026-03-01"}
CAPPED = [schedule([rate(0, None, "1", Cap__c=Decimal(500))])]


class Effect(NamedTuple):
    """What an option changes: an order, the place in its request, and what stands there with it off and on."""

    order: dict[str, Any]
    place: str
    off: Any
    on: Any
    also: tuple[tuple[str, Any], ...] = ()


EFFECTS: dict[str, Effect] = {
    "sync_opportunity_fields": Effect(r.order(**OPPORTUNITY), "/customFields/Stage__c", ABSENT, "Closed Won"),
    "sfdc_use_list_price_base": Effect(r.order(), f"{PER_UNIT}/listPriceBase", ABSENT, "Per_Specific_Months"),
    "use_subscription_start_date": Effect(
        r.order(r.item(subscription=LATER)), f"{TERMS}/initialTerm/startDate", date(2026, 2, 1), date(2026, 3, 1)
    ),
    "increment_tier_upper_bound": Effect(metered_order(), f"{TIERS}/0/endingUnit", Decimal("99.99"), 100),
    "subscription_term_in_days": Effect(
        r.order(), f"{TERMS}/initialTerm/periodType", "Month", "Day", (("sfdc_use_list_price_base", False),)
    ),
    "trigger_dates_on_orders": Effect(
        r.order(CompanyAuthorizedDate="2026-02-03"),
        f"{DATES}/1",
        ABSENT,
        {"name": "ServiceActivation", "triggerDate": date(2026, 2, 3)},
    ),
}
SPELT = [(name, spelling) for name in SPELLINGS for spelling in dict.fromkeys((name, *SPELLINGS[name], name.upper()))]


def configured(folder: Path, options: dict[str, Any]) -> Settings:
    file = folder / "cpqbridge.yaml"
    file.write_text(yaml.safe_dump({**CONNECTIONS, "options": options, "mapping": MAPPING}), encoding="utf-8")
    return load(file, {})


def sent(settings: Settings, order: dict[str, Any], state: ZuoraState | None = None) -> dict[str, Any]:
    """Return the request of an order under the settings."""
    state = state or usage_state(plans={LINK_ID: usage_plan(), r.PRODUCT_ID: r.plan_row()})
    draft = r.draft(state, metered_snapshot())
    draft.options, draft.tables = settings.options, tables_for(settings.mapping, settings.values)
    plan = plan_order(draft, order)
    assert plan.problems == ()
    body: dict[str, Any] = {**plan.operations[-1].body}
    return body


@pytest.mark.parametrize("on", [False, True], ids=["off", "on"])
@pytest.mark.parametrize(("name", "spelling"), [one for one in SPELT if one[0] in EFFECTS])
def test_an_option_changes_its_place(tmp_path: Path, name: str, spelling: str, on: bool) -> None:
    effect = EFFECTS[name]
    settings = configured(tmp_path, {**dict(effect.also), spelling: on})
    assert getattr(settings.options, name) is on
    assert at(sent(settings, effect.order), effect.place) == (effect.on if on else effect.off)


def test_every_option_of_the_vendors_has_an_effect_here_or_below() -> None:
    assert set(SPELLINGS) - set(EFFECTS) == {"amend_subscriptions", "customer_alert_email"}


def test_nobody_is_told_unless_an_address_is_given(tmp_path: Path) -> None:
    assert configured(tmp_path, {}).options.customer_alert_email is None
    given = configured(tmp_path, {"Customer_Alert_Email": "ops@example.com, cfo@example.com"})
    assert given.options.customer_alert_email == "ops@example.com, cfo@example.com"


def test_amendments_are_held_with_the_option_off(tmp_path: Path) -> None:
    amendment = r.order(r.item(SBQQ__RevisedOrderProduct__c="802000000000009AAA"))
    draft = r.draft()
    draft.options = configured(tmp_path, {"amend_subscriptions": False}).options
    (problem,) = plan_order(draft, amendment).problems
    assert problem.code == "CPQ-413"
    assert "amend_subscriptions is off" in problem.message
    assert problem.remedy


def test_an_opportunity_without_a_mapped_field_changes_nothing(tmp_path: Path) -> None:
    order = r.order(Opportunity={"Id": "006000000000001AAA"})
    assert "customFields" not in sent(configured(tmp_path, {"sync_opportunity_fields": True}), order)


def test_the_quotes_opportunity_stands_in(tmp_path: Path) -> None:
    quote = {"Name": "Q-1", "SBQQ__Type__c": "Quote", "SBQQ__Opportunity2__r": {"StageName": "Won"}}
    order = r.order(SBQQ__Quote__r=quote)
    assert sent(configured(tmp_path, {"sync_opportunity_fields": True}), order)["customFields"] == {"Stage__c": "Won"}


@pytest.mark.parametrize(("field", "cap"), [("Cap__c", 500), (None, ABSENT)])
def test_the_field_of_a_tiers_cap(tmp_path: Path, field: str | None, cap: Any) -> None:
    settings = configured(tmp_path, {"tier_cap_field": field} if field else {})
    assert at(sent(settings, metered_order(CAPPED)), f"{TIERS}/0/cap") == cap


# Combinations


def test_prices_for_the_term_and_terms_in_days_exclude_each_other(tmp_path: Path) -> None:
    with pytest.raises(WrongSettings, match="sfdc_use_list_price_base: false"):
        configured(tmp_path, {"subscription_term_in_days": True, "sfdc_use_list_price_base": True})


ODD = {"SBQQ__EndDate__c": "2026-08-15"}
KINDS = {"Month": r.plan_row(), "one-time": r.plan_row("OneTime", "Per Unit Pricing", None)}


class Priced(NamedTuple):
    """Terms and options that decide the price base; `base` and `cycle` are what is sent, or the code of a refusal."""

    subscription: dict[str, Any]
    options: dict[str, Any]
    kind: str
    base: Any
    cycle: Any = ABSENT


TERM_PRICE, PERIOD_PRICE = "Per_Specific_Months", "Per_Billing_Period"
OFF, STRICT = {"sfdc_use_list_price_base": False}, {"allow_per_period_price": False}
PRICES = {
    "whole months": Priced({}, {}, "Month", TERM_PRICE, "ChargeTriggerDay"),
    "whole months, strict": Priced({}, STRICT, "Month", TERM_PRICE, "ChargeTriggerDay"),
    "whole months, option off": Priced({}, OFF, "Month", ABSENT),
    "an incomplete month": Priced(ODD, {}, "Month", PERIOD_PRICE),
    "an incomplete month, strict": Priced(ODD, STRICT, "Month", "CPQ-417"),
    "an incomplete month, option off": Priced(ODD, OFF, "Month", ABSENT),
    "an incomplete month, option off, strict": Priced(ODD, OFF | STRICT, "Month", ABSENT),
    "evergreen": Priced(EVERGREEN, {}, "Month", TERM_PRICE, "ChargeTriggerDay"),
    "evergreen, strict": Priced(EVERGREEN, STRICT, "Month", TERM_PRICE, "ChargeTriggerDay"),
    "evergreen, option off": Priced(EVERGREEN, OFF, "Month", ABSENT),
    "one-time": Priced({}, {}, "one-time", ABSENT),
    "one-time in an incomplete month, strict": Priced(ODD, STRICT, "one-time", ABSENT),
    "one-time, option off": Priced({}, OFF, "one-time", ABSENT),
}


@pytest.mark.parametrize("case", PRICES)
def test_which_price_base_is_sent(case: str) -> None:
    subscription, options, kind, base, cycle = PRICES[case]
    draft = r.draft(r.known_state(plans={r.PRODUCT_ID: KINDS[kind]}), **options)
    plan = plan_order(draft, r.order(r.item(subscription=subscription)))
    if plan.problems:
        assert [problem.code for problem in plan.problems] == [base]
    else:
        body = plan.operations[-1].body
        [pricing] = at(body, f"{CHARGE}/pricing").values()
        assert (pricing.get("listPriceBase", ABSENT), at(body, f"{CHARGE}/billing/billCycleType")) == (base, cycle)


ORDERED, CONTRACT, OWN = "2026-01-20", "2026-01-15", "2026-02-01"
ALL_DATES = [("ServiceActivation", "2026-02-03"), ("CustomerAcceptance", "2026-02-04")]


@pytest.mark.parametrize(
    ("own_start", "by_order", "same_day"), list(product([True, False], [True, False], [True, False]))
)
def test_the_matrix_of_dates(own_start: bool, by_order: bool, same_day: bool) -> None:
    """Term start by one option, trigger dates by the other, for contract and subscription on one day or on two."""
    contract = OWN if same_day else CONTRACT
    subscription = {"SBQQ__StartDate__c": OWN, "SBQQ__Contract__r": {"StartDate": contract}}
    order = r.order(
        r.item(subscription=subscription),
        EffectiveDate=ORDERED,
        CompanyAuthorizedDate="2026-02-03",
        CustomerAuthorizedDate="2026-02-04",
    )
    options: dict[str, Any] = {"use_subscription_start_date": own_start, "trigger_dates_on_orders": by_order}
    body = plan_order(r.draft(**options), order).operations[-1].body
    effective = ORDERED if by_order else contract
    dates = [(one["name"], one["triggerDate"].isoformat()) for one in at(body, DATES)]
    assert dates == [("ContractEffective", effective), *(ALL_DATES if by_order else [])]
    assert at(body, f"{TERMS}/initialTerm/startDate").isoformat() == (OWN if own_start else contract)
    start = {"triggerEvent": "SpecificDate", "specificTriggerDate": date.fromisoformat(OWN)}
    assert at(body, f"{CHARGE}/startDate") == (ABSENT if effective == OWN else start)


SOLD = [rate(0, 185, "2"), rate(185, 999, "1")]


@pytest.mark.parametrize(
    ("unit", "raised", "expected"),
    [
        ("Each", False, [("0", "184"), ("185", "999")]),
        ("Each", True, [("0", "185"), ("186", "999")]),
        ("GB", False, [("0", "184.99"), ("185", "999")]),
        ("GB", True, [("0", "185"), ("185.01", "999")]),
    ],
)
def test_bounds_of_tiers_by_precision(unit: str, raised: bool, expected: list[tuple[str, str]]) -> None:
    state = usage_state(plans={LINK_ID: usage_plan(unit=unit)})
    draft = r.draft(state, metered_snapshot(), increment_tier_upper_bound=raised)
    order = metered_order([schedule(SOLD, SBQQ__UnitOfMeasure__c=unit)])
    tiers = at(plan_order(draft, order).operations[-1].body, TIERS)
    assert [(str(tier["startingUnit"]), str(tier["endingUnit"])) for tier in tiers] == expected
