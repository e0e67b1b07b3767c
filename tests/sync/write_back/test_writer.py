"""Outcomes are written onto the records of the org, over real HTTP; nothing that goes wrong there changes one."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
import structlog.testing

from cpqbridge.errors import RetryLater, SignInRefused
from cpqbridge.sandbox.salesforce.cpq.records import add
from cpqbridge.sync.result import Reason
from cpqbridge.sync.write_back.outbox import Filling
from cpqbridge.sync.write_back.writer import PAUSES, Flushed
from cpqbridge.values import Outcome
from tests.sync.conftest import Both
from tests.sync.write_back.conftest import HELD, Parts, Time, ended, parts_of

pytestmark = pytest.mark.anyio

LINK = "https://billing.example.com/{order_number}"


def orders(both: Both, count: int = 1) -> list[str]:
    """Return the ids of new draft orders of one account."""
    account = both.world.account()
    values = {"AccountId": account, "EffectiveDate": "2026-02-01", "Status": "Draft", "Pricebook2Id": both.world.book}
    return [add(both.sandbox.org, "Order", {**values, "Name": f"Order {number}"}) for number in range(count)]


def sold(both: Both) -> str:
    """Return the id of an activated order."""
    from tests.world import Line

    number = both.world.order(both.world.account(), [Line(both.world.product())])
    [row] = both.sandbox.org.store.find("Order", "OrderNumber", number)
    return str(row["Id"])


def said(logs: list[Any]) -> list[str]:
    return [entry["event"] for entry in logs if entry["log_level"] in ("warning", "error")]


# What is written


async def test_an_activated_order_takes_its_outcome(org: Both) -> None:
    order = sold(org)
    async with parts_of(org, order_link=LINK) as parts:
        await parts.told(ended(order))
        assert await parts.writer.flush() == Flushed(written=1, calls=1)
        row = parts.row(order)
    assert row["Zuora_Sync_Status__c"] == "Synced"
    assert row["Zuora_Sync_Message__c"] is None
    assert row["Zuora_Order_Number__c"] == "O-1"
    assert row["Zuora_Account_Number__c"] == "A1"
    assert row["Zuora_Subscription_Numbers__c"] == "A-S1, A-S2"
    assert row["Zuora_Link__c"] == "https://billing.example.com/O-1"
    at = datetime.fromisoformat(row["Zuora_Synced_At__c"])
    assert abs((at - datetime.now(UTC)).total_seconds()) < 60


async def test_a_held_order_says_why_and_keeps_its_numbers(parts: Parts) -> None:
    [order] = orders(parts.both)
    await parts.told(ended(order))
    await parts.writer.flush()
    await parts.told(ended(order, Outcome.HELD, attempt=2, reasons=[HELD]))
    await parts.writer.flush()
    row = parts.row(order)
    assert (row["Zuora_Sync_Status__c"], row["Zuora_Order_Number__c"]) == ("Held", "O-1")
    assert row["Zuora_Sync_Message__c"] == (
        "CPQ-416: Order 00000100 is in Zuora with other content Next: Look at the difference."
    )


async def test_accounts_are_written_too(parts: Parts) -> None:
    account = parts.both.world.account()
    await parts.told(ended(account, sobject="Account"))
    await parts.writer.flush()
    row = parts.row(account, "Account")
    assert (row["Zuora_Sync_Status__c"], row["Zuora_Account_Number__c"]) == ("Synced", "A1")


async def test_a_long_message_is_cut_to_its_field(org: Both) -> None:
    org.sandbox.org.add_custom_field("Order", name="Short__c", type="string", length=100)
    [order] = orders(org)
    reason = Reason("CPQ-901", "x" * 5000, None, "Ask for help.")
    async with parts_of(org, order={"message": "Short__c"}) as parts:
        await parts.told(ended(order, Outcome.FAILED, reasons=[reason]))
        assert (await parts.writer.flush()).written == 1
        text = parts.row(order)["Short__c"]
    assert (len(text), text.endswith("x… Next: Ask for help.")) == (100, True)


async def test_a_thousand_orders_take_five_calls(parts: Parts) -> None:
    made = orders(parts.both, 1000)
    account = parts.row(made[0])["AccountId"]
    before = len(parts.both.requests("salesforce"))
    await parts.told(*(ended(order) for order in made), ended(account, sobject="Account"))
    assert await parts.writer.flush() == Flushed(written=1001, calls=6)
    made_calls = parts.both.requests("salesforce")[before:]
    assert len(parts.writes()) == 6
    assert len([one for one in made_calls if one["path"].endswith("/composite")]) == 1, (
        "one call describes both objects"
    )
    assert len([one for one in made_calls if "/oauth2/" not in one["path"]]) == 7
    statuses = [parts.row(order)["Zuora_Sync_Status__c"] for order in (made[0], made[-1])]
    assert statuses == ["Synced", "Synced"]


async def test_own_writes_name_their_client(parts: Parts) -> None:
    await parts.told(ended(orders(parts.both)[0]))
    await parts.writer.flush()
    [write] = parts.writes()
    assert write["headers"]["sforce-call-options"] == "client=cpqbridge"


# What is not written


async def test_the_same_is_not_written_twice(parts: Parts) -> None:
    first, second = orders(parts.both, 2)
    await parts.told(ended(first), ended(second, Outcome.HELD, reasons=[HELD]))
    await parts.writer.flush()
    await parts.told(ended(first, Outcome.UNCHANGED, attempt=2), ended(second, Outcome.HELD, attempt=2, reasons=[HELD]))
    assert await parts.writer.flush() == Flushed(same=2)
    assert len(parts.writes()) == 1
    assert await parts.writer.flush() == Flushed()


async def test_only_the_newest_of_several_is_written(parts: Parts) -> None:
    [order] = orders(parts.both)
    await parts.told(ended(order, Outcome.WAITING, attempt=1, reasons=[HELD]))
    await parts.told(ended(order, attempt=3))
    await parts.told(ended(order, Outcome.FAILED, attempt=2, reasons=[HELD]))
    assert await parts.writer.flush() == Flushed(written=1, calls=1)
    assert parts.row(order)["Zuora_Sync_Status__c"] == "Synced", "what an older attempt tells later does not count"


async def test_absent_hidden_and_locked_fields_are_skipped_and_said_once(both: Both) -> None:
    both.sandbox.org.add_custom_field("Order", name="Zuora_Sync_Status__c", type="string", length=20)
    first, second = orders(both, 2)
    async with parts_of(both) as parts:
        with structlog.testing.capture_logs() as logs:
            for order in (first, second):
                await parts.told(ended(order))
                assert (await parts.writer.flush()).written == 1
        assert parts.row(first)["Zuora_Sync_Status__c"] == "Synced"
    warnings = said(logs)
    assert len(warnings) == len(set(warnings)) == 7
    assert "not written back: Order has no field Zuora_Link__c, or hides it from the integration user" in warnings
    assert any(line.startswith("not written back: Account has none of the fields") for line in warnings)


async def test_without_any_field_nothing_is_called(both: Both) -> None:
    [order] = orders(both)
    async with parts_of(both) as parts:
        await parts.told(ended(order))
        assert await parts.writer.flush() == Flushed(same=1)
        assert parts.writes() == []


async def test_a_field_hidden_by_field_level_security_is_skipped(parts: Parts) -> None:
    [order] = orders(parts.both)
    parts.post("settings", {"hiddenFields": ["Order.Zuora_Sync_Message__c"]})
    await parts.told(ended(order, Outcome.HELD, reasons=[HELD]))
    assert (await parts.writer.flush()).written == 1
    [write] = parts.writes()
    assert "Zuora_Sync_Message__c" not in write["body"]["records"][0]


async def test_a_value_that_the_picklist_lacks_is_skipped(org: Both) -> None:
    [order] = orders(org)
    async with parts_of(org, statuses={"held": "Needs work"}) as parts:
        await parts.told(ended(order, Outcome.HELD, reasons=[HELD]))
        with structlog.testing.capture_logs() as logs:
            assert (await parts.writer.flush()).written == 1
        row = parts.row(order)
    assert (row["Zuora_Sync_Status__c"], row["Zuora_Sync_Message__c"][:7]) == (None, "CPQ-416")
    assert said(logs) == ["not written back: the picklist Order.Zuora_Sync_Status__c has no value Needs work: add it"]


# What goes wrong


async def test_a_lost_answer_only_repeats_the_same(org: Both) -> None:
    [order] = orders(org)
    async with parts_of(org, clock=Time().clock) as parts:
        parts.fault("drop_response")
        await parts.told(ended(order))
        assert (await parts.writer.flush()).written == 1
        first, second = parts.writes()
    assert first["body"] == second["body"]


async def test_an_ended_session_is_renewed(parts: Parts) -> None:
    first, second = orders(parts.both, 2)
    await parts.told(ended(first))
    await parts.writer.flush()
    parts.post("settings", {"expireSessions": True})
    await parts.told(ended(second))
    assert (await parts.writer.flush()).written == 1
    assert [one["status"] for one in parts.writes()] == [200, 401, 200]


async def test_while_salesforce_is_down_nothing_counts_as_an_attempt(org: Both) -> None:
    [order] = orders(org)
    async with parts_of(org, clock=Time().clock) as parts:
        parts.fault("status", times=50, status=503, body="<html>down</html>")
        await parts.told(ended(order))
        with pytest.raises(RetryLater):
            await parts.writer.flush()
        filling = await parts.outbox.filling()
        assert (filling.waiting, filling.given_up) == (1, 0)
        [waiting] = await parts.outbox.take("Order", 10)
        assert (waiting.attempts, waiting.written) == (0, {})
        parts.post("reset", {"seed": "empty"})


async def test_a_refused_sign_in_leaves_all_in_the_outbox(org: Both) -> None:
    [order] = orders(org)
    async with parts_of(org) as parts:
        parts.post("settings", {"clientCredentialsFlow": False})
        await parts.told(ended(order))
        with pytest.raises(SignInRefused):
            await parts.writer.flush()
        assert (await parts.outbox.filling()).waiting == 1
        parts.post("settings", {"clientCredentialsFlow": True})
        assert (await parts.writer.flush()).written == 1


async def test_locked_rows_are_tried_again_and_the_others_are_written(org: Both) -> None:
    first, second = orders(org, 2)
    time = Time()
    async with parts_of(org, clock=time.clock) as parts:
        parts.post("locks", {"ids": [first], "times": 2})
        await parts.told(ended(first), ended(second))
        assert await parts.writer.flush() == Flushed(written=2, calls=1)
        assert [len(one["body"]["records"]) for one in parts.writes()] == [2, 1, 1]
    assert time.slept


async def test_a_row_that_stays_locked_waits_without_end(org: Both) -> None:
    [order] = orders(org)
    async with parts_of(org, clock=Time().clock) as parts:
        parts.post("locks", {"ids": [order]})
        await parts.told(ended(order))
        for _ in range(len(PAUSES) + 2):
            assert (await parts.writer.flush()).refused == 1
            await parts.make_due()
        assert parts.given_up == []
        parts.post("locks", {"ids": [order], "times": 0})
        assert (await parts.writer.flush()).written == 1


RULE = {
    "sobject": "Order",
    "condition": "Zuora_Sync_Status__c = 'Held'",
    "message": "Nobody holds orders here",
    "field": "Zuora_Sync_Status__c",
}


async def test_a_validation_rule_refuses_one_record_and_not_the_others(parts: Parts) -> None:
    first, second = orders(parts.both, 2)
    parts.post("validation-rules", [RULE])
    await parts.told(ended(first, Outcome.HELD, reasons=[HELD]), ended(second))
    with structlog.testing.capture_logs() as logs:
        assert await parts.writer.flush() == Flushed(written=1, refused=1, calls=1)
    [warning] = said(logs)
    assert warning.startswith(
        "CPQ-114 1 Order record was not written back, tried again later: Salesforce: Nobody holds"
    )
    assert parts.row(first)["Zuora_Sync_Status__c"] is None
    assert await parts.writer.flush() == Flushed(), "not before its pause is over"
    parts.post("validation-rules", [])
    await parts.make_due()
    assert (await parts.writer.flush()).written == 1


async def test_what_is_refused_again_and_again_is_given_up_and_told(parts: Parts) -> None:
    first, second = orders(parts.both, 2)
    parts.post("validation-rules", [RULE])
    await parts.told(*(ended(order, Outcome.HELD, reasons=[HELD]) for order in (first, second)))
    for _ in PAUSES:
        assert (await parts.writer.flush()).refused == 2
        await parts.make_due()
    with structlog.testing.capture_logs() as logs:
        assert await parts.writer.flush() == Flushed(given_up=2, calls=1)
    assert said(logs)[0].startswith("CPQ-114 2 Order records were not written back, and not tried again")
    [told] = parts.given_up
    assert (told.object, sorted(told.ids)) == ("Order", sorted([first, second]))
    assert "validation rule" in told.remedy
    await parts.make_due()
    assert await parts.writer.flush() == Flushed()
    assert await parts.outbox.filling() == Filling(0, None, 2)
    parts.post("validation-rules", [])
    await parts.told(ended(first, Outcome.HELD, attempt=2, reasons=[HELD]))
    assert (await parts.writer.flush()).written == 1, "what is told again is tried again"


async def test_without_the_right_to_edit_activated_orders_the_remedy_names_it(org: Both) -> None:
    order = sold(org)
    async with parts_of(org) as parts:
        parts.post("settings", {"editActivatedOrders": False})
        await parts.told(ended(order))
        with structlog.testing.capture_logs() as logs:
            assert (await parts.writer.flush()).refused == 1
    [entry] = [entry for entry in logs if entry["log_level"] == "warning"]
    assert "Edit Activated Orders" in entry["remedy"]


async def test_a_record_in_an_approval_is_tried_later(parts: Parts) -> None:
    [order] = orders(parts.both)
    parts.post("locks", {"ids": [order], "approval": True})
    await parts.told(ended(order))
    assert (await parts.writer.flush()).refused == 1
    parts.post("locks", {"ids": [order], "times": 0})
    await parts.make_due()
    assert (await parts.writer.flush()).written == 1


async def test_a_deleted_record_is_forgotten(parts: Parts) -> None:
    first, second = orders(parts.both, 2)
    parts.both.sandbox.org.store.delete("Order", first)
    await parts.told(ended(first), ended(second), ended("801000000000999AAA"))
    assert await parts.writer.flush() == Flushed(written=1, gone=2, calls=1)
    assert await parts.outbox.filling() == Filling(0, None, 0)


async def test_a_field_that_is_gone_since_is_noticed(parts: Parts) -> None:
    first, second = orders(parts.both, 2)
    await parts.told(ended(first))
    await parts.writer.flush()
    parts.post("settings", {"hiddenFields": ["Order.Zuora_Link__c", "Order.Zuora_Sync_Message__c"]})
    await parts.told(ended(second))
    assert (await parts.writer.flush()).refused == 1
    await parts.make_due()
    assert (await parts.writer.flush()).written == 1


async def test_a_call_that_is_refused_as_a_whole_is_a_refusal_of_each_record(parts: Parts) -> None:
    first, second = orders(parts.both, 2)
    refusal = [{"message": "No such column 'Zuora_Link__c' on sobject of type Order", "errorCode": "INVALID_FIELD"}]
    parts.fault("status", status=400, body=refusal)
    await parts.told(ended(first), ended(second))
    assert await parts.writer.flush() == Flushed(refused=2, calls=1)
    await parts.make_due()
    assert (await parts.writer.flush()).written == 2


async def test_a_used_up_org_is_left_alone(org: Both) -> None:
    [order] = orders(org)
    async with parts_of(org, clock=Time().clock) as parts:
        refusal = [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}]
        parts.fault("status", times=50, status=403, body=refusal)
        await parts.told(ended(order))
        with pytest.raises(RetryLater) as refused:
            await parts.writer.flush()
        assert refused.value.code == "CPQ-103"
        assert (await parts.outbox.filling()).waiting == 1


async def test_the_org_is_asked_again_which_fields_there_are(both: Both) -> None:
    time = Time()
    [order] = orders(both)
    async with parts_of(both, clock=time.clock) as parts:
        await parts.told(ended(order))
        assert await parts.writer.flush() == Flushed(same=1)
        both.sandbox.org.add_custom_field("Order", name="Zuora_Sync_Status__c", type="string", length=20)
        time.at += 3601
        await parts.told(ended(order, Outcome.UNCHANGED, attempt=2))
        assert (await parts.writer.flush()).written == 1
        assert parts.row(order)["Zuora_Sync_Status__c"] == "Synced"


# Crashes and several processes


class Killed(BaseException):
    """The process dies here."""


async def test_a_kill_between_the_call_and_its_note_only_repeats(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    [order] = orders(parts.both)
    await parts.told(ended(order))
    update = parts.clients.salesforce.update_collection

    async def die(*arguments: Any) -> Any:
        await update(*arguments)
        raise Killed

    monkeypatch.setattr(parts.clients.salesforce, "update_collection", die)
    with pytest.raises(Killed):
        await parts.writer.flush()
    monkeypatch.undo()
    assert parts.row(order)["Zuora_Sync_Status__c"] == "Synced"
    assert await parts.writer.flush() == Flushed(written=1, calls=1)
    first, second = parts.writes()
    assert first["body"] == second["body"]


async def test_after_a_kill_nothing_is_taken_to_be_there(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    """The call of one status is cut off, unknown whether it was done; the status from before comes again."""
    [order] = orders(parts.both)
    await parts.told(ended(order))
    await parts.writer.flush()
    await parts.told(ended(order, Outcome.HELD, attempt=2, reasons=[HELD]))
    update = parts.clients.salesforce.update_collection

    async def die(*arguments: Any) -> Any:
        await update(*arguments)
        raise Killed

    monkeypatch.setattr(parts.clients.salesforce, "update_collection", die)
    with pytest.raises(Killed):
        await parts.writer.flush()
    monkeypatch.undo()
    await parts.told(ended(order, Outcome.UNCHANGED, attempt=3))
    assert (await parts.writer.flush()).written == 1
    assert parts.row(order)["Zuora_Sync_Status__c"] == "Synced"


async def test_what_comes_in_during_the_call_is_written_next(parts: Parts, monkeypatch: pytest.MonkeyPatch) -> None:
    [order] = orders(parts.both)
    await parts.told(ended(order, Outcome.HELD, reasons=[HELD]))
    update = parts.clients.salesforce.update_collection

    async def slowly(*arguments: Any) -> Any:
        results = await update(*arguments)
        await parts.told(ended(order, attempt=2))
        return results

    with monkeypatch.context() as patched:
        patched.setattr(parts.clients.salesforce, "update_collection", slowly)
        assert (await parts.writer.flush()).written == 1
    assert parts.row(order)["Zuora_Sync_Status__c"] == "Held"
    assert (await parts.writer.flush()).written == 1
    assert parts.row(order)["Zuora_Sync_Status__c"] == "Synced"


async def test_two_processes_write_one_after_the_other(org: Both) -> None:
    import asyncio

    made = orders(org, 300)
    async with parts_of(org) as one, parts_of(org) as other:
        await one.told(*(ended(order) for order in made))
        done = await asyncio.gather(one.writer.flush(), other.writer.flush())
        assert sum(flushed.written for flushed in done) == 300
        assert sum(len(write["body"]["records"]) for write in one.writes()) == 300
