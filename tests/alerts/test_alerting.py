"""Which e-mails the runs of a sync bring about, through both systems of the sandbox."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import structlog

from cpqbridge.settings.mail import MailSettings
from cpqbridge.sync import alerting
from cpqbridge.sync.alerting import Alerts, trouble
from cpqbridge.sync.connect import open_history, open_service
from cpqbridge.sync.result import Reason, SyncResult
from cpqbridge.sync.run import Ended, Run
from cpqbridge.values import Outcome
from tests.alerts.conftest import MailServer, MakeMailServer
from tests.sync.conftest import Both
from tests.world import Line

OPS = "ops@example.com"
ORG = "https://a.my.salesforce.com"


def sync(both: Both, server: MailServer, *numbers: str, wanted: str | None = OPS) -> list[SyncResult]:
    async def do() -> list[SyncResult]:
        settings = both.settings(customer_alert_email=wanted)
        mail = MailSettings(port=server.port, timeout=20)
        async with open_service(settings.model_copy(update={"mail": mail})) as service:
            return await service.orders(numbers)

    return asyncio.run(do())


def change(both: Both, sobject: str, record: str, **values: Any) -> None:
    both.world.org.store.update(sobject, record, values, system=True)


def order(both: Both, **account: Any) -> tuple[str, str]:
    """Make an order; return its number and its account."""
    owner = both.world.account(**account)
    return both.world.order(owner, [Line(both.world.product(), 5)]), owner


def broken(both: Both) -> tuple[str, str]:
    """Make an order whose account has no country."""
    number, owner = order(both)
    change(both, "Account", owner, BillingCountry=None, BillingState=None)
    return number, owner


def told(server: MailServer) -> list[str]:
    return [message["Subject"] for message in server.messages]


def test_one_e_mail_for_a_run_with_held_records(both: Both, mail_server: MailServer) -> None:
    first, second, good = broken(both)[0], broken(both)[0], order(both)[0]
    results = sync(both, mail_server, first, second, good, "99999999")
    assert [result.outcome for result in results] == [Outcome.HELD, Outcome.HELD, Outcome.SYNCED, Outcome.FAILED]
    [message] = mail_server.messages
    assert message["Subject"].startswith("cpqbridge: 2 held, 1 failed (run ")
    for kind in ("plain", "html"):
        body = message.get_body((kind,))
        assert body is not None
        content = body.get_content()
        assert "1 synced, 2 held, 1 failed" in content
        for number in (first, second, "99999999"):
            assert number in content
        assert good not in content
        assert f"{both.sandbox.salesforce_url}/{results[0].id}" in content
        assert results[0].reasons[0].code in content


def test_nothing_is_sent_when_all_went_well_or_waits(both: Both, mail_server: MailServer) -> None:
    number, _ = order(both)
    [record] = both.world.org.store.find("Order", "OrderNumber", number)
    change(both, "Order", record["Id"], SBQQ__Contracted__c=False)
    assert sync(both, mail_server, number)[0].outcome is Outcome.WAITING
    change(both, "Order", record["Id"], SBQQ__Contracted__c=True)
    assert sync(both, mail_server, number)[0].outcome is Outcome.SYNCED
    assert told(mail_server) == []


def test_nothing_is_sent_with_the_option_off(both: Both, mail_server: MailServer) -> None:
    assert sync(both, mail_server, broken(both)[0], wanted=None)[0].outcome is Outcome.HELD
    assert told(mail_server) == []


def test_the_same_is_told_once_in_a_day(both: Both, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    number, _ = broken(both)
    sync(both, mail_server, number)
    sync(both, mail_server, number)
    assert len(told(mail_server)) == 1
    other, _ = broken(both)
    sync(both, mail_server, number, other)
    assert len(told(mail_server)) == 2
    content = mail_server.envelopes[1].content
    assert isinstance(content, bytes)
    assert b"1 more are as an earlier e-mail said" in content
    assert number.encode() not in content
    monkeypatch.setattr(alerting, "REPEAT", timedelta(0))
    sync(both, mail_server, number)
    assert len(told(mail_server)) == 3


def test_another_reason_is_told_at_once(both: Both, mail_server: MailServer) -> None:
    number, owner = broken(both)
    sync(both, mail_server, number)
    change(both, "Account", owner, BillingCountry="Atlantis")
    second = sync(both, mail_server, number)[0]
    assert second.outcome is Outcome.HELD
    change(both, "Account", owner, BillingCountry=None)
    sync(both, mail_server, number)
    assert len(told(mail_server)) == 3


def test_the_same_is_told_again_after_the_record_was_fine(both: Both, mail_server: MailServer) -> None:
    number, _ = order(both)
    [record] = both.world.org.store.find("Order", "OrderNumber", number)
    [item] = both.world.org.store.find("OrderItem", "OrderId", record["Id"])
    sync(both, mail_server, number)
    for _ in range(2):
        change(both, "OrderItem", item["Id"], Quantity=7)
        sync(both, mail_server, number)
        sync(both, mail_server, number)
        change(both, "OrderItem", item["Id"], Quantity=5)
        assert sync(both, mail_server, number)[0].outcome is Outcome.UNCHANGED
    assert told(mail_server) == [f"cpqbridge: Order {number} held: CPQ-416"] * 2


def test_an_e_mail_that_failed_is_no_alert(
    both: Both, make_mail_server: MakeMailServer, mail_server: MailServer
) -> None:
    number, _ = broken(both)
    refusing = make_mail_server()
    refusing.refused = {OPS}
    with structlog.testing.capture_logs() as logs:
        assert sync(both, refusing, number)[0].outcome is Outcome.HELD
    [warning] = [line for line in logs if line["log_level"] == "warning"]
    assert warning["event"].startswith("CPQ-108 No e-mail can be sent: localhost port ")
    assert "cpqbridge doctor" in warning["remedy"]
    sync(both, mail_server, number)
    assert len(told(mail_server)) == 1


def test_one_refused_recipient_is_a_warning(both: Both, mail_server: MailServer) -> None:
    mail_server.refused = {OPS}
    with structlog.testing.capture_logs() as logs:
        sync(both, mail_server, broken(both)[0], wanted=f"{OPS}, ada@example.com")
    assert mail_server.envelopes[0].rcpt_tos == ["ada@example.com"]
    assert [line["event"] for line in logs if line["log_level"] == "warning"] == [
        f"CPQ-108 The mail server refused some recipients of the e-mail: {OPS}: 550 5.1.1 no such user"
    ]


def test_a_fault_of_our_own_changes_no_outcome(
    both: Both, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fault(*_: object) -> None:
        raise KeyError("secret")

    monkeypatch.setattr(alerting, "compose", fault)
    with structlog.testing.capture_logs() as logs:
        assert sync(both, mail_server, broken(both)[0])[0].outcome is Outcome.HELD
    assert ["KeyError in the alert" in line["event"] for line in logs if line["log_level"] == "warning"] == [True]


def test_an_e_mail_has_an_end(both: Both, mail_server: MailServer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(alerting, "LISTED", 2)
    sync(both, mail_server, "1", "2", "3")
    sync(both, mail_server, "1", "2", "3")
    sync(both, mail_server, "1", "2", "3")
    assert [subject.partition(" (run")[0] for subject in told(mail_server)] == [
        "cpqbridge: 2 failed, 1 more",
        "cpqbridge: Order 3 failed: CPQ-419",
    ]


def test_when_nothing_could_be_read_that_is_told(both: Both, mail_server: MailServer) -> None:
    settings = both.settings(customer_alert_email=OPS)
    broken_zuora = settings.zuora.model_copy(update={"client_id": "nobody"})
    changes = {"zuora": broken_zuora, "mail": MailSettings(port=mail_server.port)}

    async def do() -> list[SyncResult]:
        async with open_service(settings.model_copy(update=changes)) as service:
            return await service.orders([order(both)[0]])

    assert asyncio.run(do())[0].outcome is Outcome.FAILED
    [subject] = told(mail_server)
    assert subject.endswith("failed: CPQ-201")


def test_an_outage_is_told_again_after_the_record_was_fine(both: Both, mail_server: MailServer) -> None:
    number, _ = order(both)
    settings = both.settings(customer_alert_email=OPS).model_copy(update={"mail": MailSettings(port=mail_server.port)})
    nobody = settings.model_copy(update={"zuora": settings.zuora.model_copy(update={"client_id": "nobody"})})

    async def do() -> None:
        for some in (nobody, nobody, settings, nobody):
            async with open_service(some) as service:
                await service.orders([number])

    asyncio.run(do())
    assert told(mail_server) == [f"cpqbridge: Order {number} failed: CPQ-201"] * 2


def test_products_that_share_a_code_are_told_apart(both: Both, mail_server: MailServer) -> None:
    reasons = [Reason("CPQ-429", f"{name} differs", "Name", "Set it back.") for name in ("Family", "Unit")]
    ids = ("01t000000000001AAA", "01t000000000002AAA")

    async def do() -> None:
        settings = both.settings(customer_alert_email=OPS)
        settings = settings.model_copy(update={"mail": MailSettings(port=mail_server.port)})
        async with open_history(settings) as history:
            for _ in range(2):
                run = Run(await history.start_run("sync products", {}), "sync products")
                for record, reason in zip(ids, reasons, strict=True):
                    attempt = await history.begin_record(run.id, f"Product2:{record}", "HAMMER")
                    result = SyncResult("HAMMER", "Product2", record, Outcome.HELD, (reason,))
                    run.ended.append(Ended(result, attempt))
                await Alerts(settings, history).tell(run)

    asyncio.run(do())
    [subject] = told(mail_server)
    assert subject.startswith("cpqbridge: 2 held (run ")


def test_the_history_keeps_what_was_told(both: Both, mail_server: MailServer) -> None:
    number, _ = broken(both)
    sync(both, mail_server, number)

    async def do() -> Any:
        async with open_history(both.settings()) as history:
            [row] = await history.list_records(limit=5)
            return await history.show(row.id)

    detail = asyncio.run(do())
    [operation] = detail.operations
    assert (operation.name, operation.method, operation.path) == ("send_alert", "MAIL", f"mailto:{OPS}")
    assert (operation.state, operation.status) == ("done", 250)


def test_secrets_are_not_told() -> None:
    reason = Reason("CPQ-420", "Zuora said password=hunter2", "Name", "Try Bearer abcdefghijk")
    said = trouble(SyncResult("1", "Order", None, Outcome.FAILED, (reason,)), ORG)
    assert "hunter2" not in said.causes[0].message
    assert "abcdefghijk" not in said.causes[0].remedy


@pytest.mark.parametrize(
    ("org", "record", "link"),
    [
        (ORG, "801000000000001AAA", f"{ORG}/801000000000001AAA"),
        (ORG, None, None),
        ("https://login.salesforce.com", "801000000000001AAA", None),
        ("https://test.salesforce.com", "801000000000001AAA", None),
    ],
)
def test_a_link_goes_to_the_record_where_its_place_is_known(org: str, record: str | None, link: str | None) -> None:
    assert trouble(SyncResult("1", "Order", record, Outcome.HELD), org).link == link


def test_what_another_run_has_taken_over_is_that_runs_to_tell(both: Both, mail_server: MailServer) -> None:
    reason = Reason("CPQ-401", "Name is empty", "Name", "Fill it.")
    mine, lost = (SyncResult(number, "Order", None, Outcome.HELD, (reason,)) for number in ("1", "2"))
    gone = SyncResult("3", "Order", None, Outcome.FAILED, (replace(reason, code="CPQ-107"),))

    async def do() -> None:
        settings = both.settings(customer_alert_email=OPS)
        settings = settings.model_copy(update={"mail": MailSettings(port=mail_server.port)})
        async with open_history(settings) as history:
            run = await history.start_run("sync order", {})
            attempts = await history.begin_records(run, {"Order:1": "1", "Order:2": "2"})
            await history.begin_record(run, "Order:2", "2")
            ended = [Ended(mine, attempts[0]), Ended(lost, attempts[1]), Ended(gone, None)]
            await Alerts(settings, history).tell(Run(run, "sync order", ended))

    asyncio.run(do())
    assert told(mail_server) == ["cpqbridge: Order 1 held: CPQ-401"]


def test_a_run_of_very_many_records_is_told_soon_enough(both: Both, mail_server: MailServer) -> None:
    numbers = [f"{number}" for number in range(450)]
    sync(both, mail_server, *numbers)
    [message] = mail_server.messages
    assert message["Subject"].startswith(f"cpqbridge: {alerting.LISTED} failed, 250 more (run ")
