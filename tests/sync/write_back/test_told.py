"""What is told of a record, and the form that its fields take it in."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from cpqbridge.planning.plan import Operation, Ref
from cpqbridge.salesforce.describe import Describe
from cpqbridge.settings.settings import Settings
from cpqbridge.settings.write_back import WriteBackSettings
from cpqbridge.sync.result import Reason
from cpqbridge.sync.run import Ended
from cpqbridge.sync.write_back import written_fields
from cpqbridge.sync.write_back.fields import Fitted, alike, fitted, listed, message, target
from cpqbridge.sync.write_back.link import interface, link
from cpqbridge.sync.write_back.marks import Marks
from cpqbridge.sync.write_back.told import Telling, tellings
from cpqbridge.values import Outcome
from tests.sync.write_back.conftest import HELD, ended

AT = datetime(2026, 3, 1, 12, 30, 15, 250_000, tzinfo=UTC)
ORDER = "801000000000001AAA"
ACCOUNT = "001000000000001AAA"


def told(*results: Any, **more: Any) -> list[Telling]:
    return tellings(results, AT, **more)


def settings(base_url: str = "https://rest.apisandbox.zuora.com", **section: Any) -> Settings:
    made: Settings = Settings.model_validate(
        {
            "salesforce": {"login_url": "https://a.my.salesforce.com", "client_id": "a"},
            "zuora": {"base_url": base_url, "client_id": "b"},
            "write_back": section,
        }
    )
    return made


def described(**fields: dict[str, Any]) -> Describe:
    entries = [
        {"name": name, "type": "string", "length": 80, "updateable": True} | more for name, more in fields.items()
    ]
    return Describe.of({"name": "Order", "fields": entries})


def fit(values: dict[str, Any], describe: Describe, known: dict[str, Any] | None = None, **section: Any) -> Fitted:
    own = settings(**section)
    names = own.write_back.fields()["Order"]
    return fitted("Order", values, target("Order", names, describe), own, known or {})


# What is told


def test_a_synced_order_has_status_numbers_and_time_and_no_message() -> None:
    [one] = told(ended(ORDER))
    assert (one.object, one.record_id, one.attempt) == ("Order", ORDER, 1)
    assert one.values == {
        "status": "synced",
        "message": None,
        "account_number": "A1",
        "order_number": "O-1",
        "subscriptions": ["A-S1", "A-S2"],
        "carried_at": "2026-03-01T12:30:15.250+00:00",
    }


def test_an_unchanged_order_was_only_found() -> None:
    [one] = told(ended(ORDER, Outcome.UNCHANGED))
    assert (one.values["status"], "carried_at" in one.values, "found_at" in one.values) == ("synced", False, True)


def test_what_was_written_before_stays_where_nothing_new_is_known() -> None:
    [one] = told(ended(ORDER, Outcome.HELD, reasons=[HELD, HELD]))
    assert one.values == {
        "status": "held",
        "message": [
            "CPQ-416: Order 00000100 is in Zuora with other content (1 more reason)",
            "Look at the difference.",
        ],
    }


def test_secrets_are_taken_out_of_messages() -> None:
    reason = Reason("CPQ-901", "Zuora said Bearer abcdef123456", None, "Ask with password=hunter2 again.")
    [one] = told(ended(ORDER, Outcome.FAILED, reasons=[reason]))
    assert one.values["message"] == ["CPQ-901: Zuora said Bearer [redacted]", "Ask with password=[redacted] again."]


def passing(code: str) -> Any:
    return ended(ORDER, Outcome.FAILED, reasons=[Reason(code, "not now", None, "wait")])


def test_a_passing_failure_is_told_only_where_nobody_tries_again_by_himself() -> None:
    assert [one.values["status"] for one in told(passing("CPQ-104"))] == ["failed"]
    assert told(passing("CPQ-104"), retried=True) == []
    assert [one.values["status"] for one in told(passing("CPQ-901"), retried=True)] == ["failed"]


@pytest.mark.parametrize("code", ["CPQ-105", "CPQ-107", "CPQ-110", "CPQ-111"])
def test_what_says_nothing_of_the_record_is_not_told(code: str) -> None:
    assert told(passing(code)) == []


def test_unknown_records_products_and_those_taken_over_are_not_told() -> None:
    taken_over = Ended(ended(ORDER).result, None)
    assert told(ended(None), ended("01t000000000001AAA", sobject="Product2"), taken_over) == []


def test_the_last_result_of_a_record_counts() -> None:
    [one] = told(ended(ORDER, Outcome.WAITING), ended(ORDER, attempt=2))
    assert (one.values["status"], one.attempt) == ("synced", 2)


def operation(name: str, account: str, path: str = "/v1/accounts", **body: Any) -> Operation:
    return Operation(name, f"account:{account}", "POST", path, body, known={"crm_id": account})


def test_accounts_that_an_order_made_or_changed_are_told_too() -> None:
    other = ACCOUNT.replace("1AAA", "2AAA")
    order = Operation(
        "create_order",
        "order:1",
        "POST",
        "/v1/orders",
        {"existingAccountNumber": Ref(f"account:{ACCOUNT}", "accountNumber")},
    )
    made = [
        operation("create_account", ACCOUNT),
        operation("update_account", other, "/v1/accounts/A7"),
        operation("create_account", other.replace("2AAA", "3AAA")),
        order,
    ]
    numbers = {one.record_id: one.values.get("account_number") for one in told(ended(ORDER, operations=made))}
    assert numbers == {ACCOUNT: "A1", other: "A7", other.replace("2AAA", "3AAA"): None, ORDER: "A1"}
    assert len(told(ended(ORDER, Outcome.FAILED, operations=made))) == 1


# Fields


def test_fields_that_are_absent_or_locked_or_of_the_wrong_type_are_skipped() -> None:
    names = {"status": "A__c", "message": "B__c", "order_number": "C__c", "synced_at": "D__c", "link": "E__c"}
    to = target(
        "Order",
        names,
        described(A__c={}, B__c={"updateable": False}, C__c={"type": "double"}, D__c={"type": "picklist"}),
    )
    assert list(to.fields) == ["status"]
    assert [line.split(",")[0] for line in to.skipped] == [
        "Order.B__c may not be edited by the integration user",
        "Order.C__c is of the type double",
        "Order.D__c is of the type picklist",
        "Order has no field E__c",
    ]
    assert not target("Order", names, None).fields


def test_an_unknown_value_of_a_picklist_is_left_out() -> None:
    picklist = {"type": "picklist", "picklistValues": [{"value": "Synced"}, {"value": "Held", "active": False}]}
    describe = described(Zuora_Sync_Status__c=picklist)
    assert fit({"status": "synced"}, describe).values == {"Zuora_Sync_Status__c": "Synced"}
    refused = fit({"status": "held"}, describe)
    assert (refused.values, refused.misfits) == (
        {},
        ["the picklist Order.Zuora_Sync_Status__c has no value Held: add it"],
    )
    own = fit({"status": "held"}, described(Zuora_Sync_Status__c={}), statuses={"held": "Needs work"})
    assert own.values == {"Zuora_Sync_Status__c": "Needs work"}


def test_a_number_that_does_not_fit_is_left_out_not_cut() -> None:
    made = fit({"order_number": "O-" + "1" * 90}, described(Zuora_Order_Number__c={}))
    assert (made.values, len(made.misfits)) == ({}, 1)


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("datetime", "2026-03-01T12:30:15.250+0000"),
        ("date", "2026-03-01"),
        ("string", "2026-03-01T12:30:15+00:00"),
    ],
)
def test_times_take_the_form_of_their_field(kind: str, expected: str) -> None:
    describe = described(Zuora_Synced_At__c={"type": kind})
    assert fit({"carried_at": AT.isoformat()}, describe).values == {"Zuora_Synced_At__c": expected}


def test_a_record_that_was_only_found_keeps_the_time_it_has() -> None:
    describe = described(Zuora_Synced_At__c={"type": "datetime"})
    found = {"found_at": AT.isoformat()}
    assert fit(found, describe).values
    assert not fit(found, describe, {"Zuora_Synced_At__c": "2026-01-01T00:00:00.000+0000"}).values


def test_a_message_keeps_its_next_step() -> None:
    said, remedy = "CPQ-416: " + "x" * 300, "Look at the difference."
    assert message("CPQ-416: short", remedy, most=255) == "CPQ-416: short Next: Look at the difference."
    cut = message(said, remedy, most=255)
    assert (len(cut), cut.startswith("CPQ-416: xxx"), cut.endswith("x… Next: Look at the difference.")) == (
        255,
        True,
        True,
    )
    assert message(said, remedy, most=60).endswith("xx…")
    assert message("two\n  lines", "", most=255) == "two lines"
    assert message("€" + "😀" * 200, "", most=21) == "€" + "😀" * 9 + "…"


def test_failures_that_differ_in_ids_only_are_alike() -> None:
    one = "CPQ-901: Zuora answered 500 after 30.2 s, request 8a8082e5-7d2c Next: Ask for help."
    assert alike(one, one.replace("30.2", "7").replace("8a8082e5-7d2c", "9b1-0"))
    assert not alike(one, one.replace("answered", "refused"))
    assert not alike(one, None)


def test_a_failure_told_before_keeps_its_words_and_a_held_record_gets_the_new_ones() -> None:
    describe, known = described(Zuora_Sync_Message__c={}), {"Zuora_Sync_Message__c": "CPQ-901: request a1"}
    failed = fit({"status": "failed", "message": ["CPQ-901: request b2", ""]}, describe, known)
    held = fit({"status": "held", "message": ["CPQ-901: request b2", ""]}, describe, known)
    assert (failed.values, held.values) == (known, {"Zuora_Sync_Message__c": "CPQ-901: request b2"})


def test_numbers_are_listed_as_far_as_they_fit() -> None:
    assert listed(["A-S1", "A-S2"], most=20) == "A-S1, A-S2"
    assert listed(["A-S1", "A-S2", "A-S3"], most=14) == "A-S1, A-S2…"


# Links


@pytest.mark.parametrize(
    ("base_url", "expected"),
    [
        ("https://rest.zuora.com", "https://www.zuora.com"),
        ("https://rest.na.zuora.com", "https://na.zuora.com"),
        ("https://rest.apisandbox.zuora.com", "https://apisandbox.zuora.com"),
        ("https://rest.test.eu.zuora.com", "https://test.eu.zuora.com"),
        ("http://127.0.0.1:8102", None),
        ("https://rest.example.com", None),
    ],
)
def test_the_interface_beside_the_rest_address(base_url: str, expected: str | None) -> None:
    assert interface(base_url) == expected


def test_links_are_made_of_known_numbers_only() -> None:
    template = settings().write_back.order_link
    assert link(template, "https://rest.zuora.com", {"order_number": "O 1"}) == (
        "https://www.zuora.com/platform/apps/search?searchTerm=O%201&searchObjectType=order"
    )
    assert link(template, "https://rest.zuora.com", {"order_number": None}) is None
    assert link(template, "http://127.0.0.1:8102", {"order_number": "O-1"}) is None
    own = "https://billing.example.com/{account_number}/{order_number}"
    numbers = {"order_number": "O-1", "account_number": "A1"}
    assert link(own, "http://127.0.0.1:8102", numbers) == "https://billing.example.com/A1/O-1"


def test_the_fingerprint_learns_which_fields_are_ours() -> None:
    fields = written_fields(settings(order={"status": "My_Status__c", "link": None}))
    assert {"My_Status__c", "Zuora_Sync_Message__c"} <= fields["Order"]
    assert "Zuora_Link__c" not in fields["Order"]
    assert fields["Account"] == set(WriteBackSettings().account.names().values())


# Marks


def marked(one: Ended, **read: Any) -> dict[str, str | None]:
    known = {"order": ORDER, "account": ACCOUNT}
    records = {known[name]: record for name, record in read.items()}
    made = tellings([replace(one, read=records)], AT, mark_of=lambda sobject, record: f"{sobject} {record}")
    return {telling.object: telling.mark for telling in made}


def test_what_a_sync_has_read_marks_the_record_and_the_account_that_it_made() -> None:
    operation = Operation("create_account", f"account:{ACCOUNT}", "POST", "/v1/accounts", {}, known={"crm_id": ACCOUNT})
    one = ended(ORDER, operations=[operation])
    assert marked(one, order={"a": 1}, account={"b": 2}) == {"Order": "Order {'a': 1}", "Account": "Account {'b': 2}"}
    assert marked(ended(ORDER, Outcome.HELD, reasons=[HELD]), order={}) == {"Order": "Order {}"}


def test_an_account_that_an_order_has_not_carried_is_not_marked() -> None:
    """What has changed of it meanwhile is still to be carried."""
    one = replace(ended(ORDER), account=ACCOUNT)
    assert marked(one, order={}, account={}) == {"Order": "Order {}", "Account": None}


def test_what_was_read_by_nobody_knows_is_not_marked() -> None:
    assert marked(ended(ORDER)) == {"Order": None}


def test_a_mark_is_that_of_what_is_read_and_not_written() -> None:
    marks = Marks(settings())
    record = {"Id": ORDER, "Status": "Activated", "OrderItems": [1], "SystemModstamp": "a", "Account": {"Name": "Acme"}}
    mark = marks.of("Order", record)
    same = {"OrderItems": [], "SystemModstamp": "b", "Zuora_Sync_Status__c": "Synced", "Notes__c": "x"}
    assert marks.of("Order", record | same) == mark
    for name, value in (("Status", "Draft"), ("EffectiveDate", "2026-01-01"), ("Account", {"Name": "Other"})):
        assert marks.of("Order", record | {name: value}) != mark
