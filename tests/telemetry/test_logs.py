"""Lines of the log: their shape, what other libraries add, and that no secret is ever among them."""

from __future__ import annotations

import json
import logging
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any
from urllib.parse import quote

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cpqbridge.settings.secret import Secret
from cpqbridge.telemetry.logs import LogFormat
from cpqbridge.telemetry.sturdy import Sturdy
from cpqbridge.telemetry.working import in_run, working_on
from tests.telemetry.conftest import OpenLog

log = structlog.get_logger("tests")


def test_a_line_is_one_json_object_with_its_time_in_utc(open_log: OpenLog) -> None:
    written = open_log()
    log.info("Order 00000100: synced", outcome="synced", amount=Decimal("1.10"), day=datetime(2026, 1, 1, tzinfo=UTC))
    [line] = written.lines
    assert list(line)[:3] == ["time", "level", "event"]
    assert datetime.fromisoformat(line["time"]).utcoffset() is not None
    assert (line["level"], line["event"], line["amount"]) == ("info", "Order 00000100: synced", "1.10")


def test_a_line_names_what_is_worked_on(open_log: OpenLog) -> None:
    written = open_log()
    with working_on("job", connection="eu", job=7, account="001"), in_run(12), working_on("record", record="00000100"):
        log.info("inside")
    log.info("outside")
    inside, outside = written.lines
    assert {name: inside[name] for name in ("connection", "job", "account", "run", "record")} == {
        "connection": "eu",
        "job": 7,
        "account": "001",
        "run": 12,
        "record": "00000100",
    }
    assert set(outside) == {"time", "level", "event"}


def test_text_is_for_people(open_log: OpenLog) -> None:
    written = open_log(form=LogFormat.TEXT)
    log.warning("The database does not answer", code="CPQ-101")
    assert "[warning  ] The database does not answer" in written.text
    assert "code=CPQ-101" in written.text


def test_without_a_terminal_the_log_is_json(open_log: OpenLog) -> None:
    written = open_log(form=LogFormat.AUTO)
    log.info("said")
    assert written.lines[0]["event"] == "said"


@pytest.mark.parametrize(("level", "shown"), [(logging.INFO, False), (logging.DEBUG, True)])
def test_tracebacks_are_only_for_those_who_asked(open_log: OpenLog, level: int, shown: bool) -> None:
    written = open_log(level)
    try:
        raise ValueError("broken")
    except ValueError:
        log.warning("a fault", exc_info=True)
    [line] = written.lines
    assert ("Traceback" in written.text) is shown
    assert ("exception" in line) is shown
    assert line.get("fault") == (None if shown else "ValueError")


@pytest.mark.parametrize("name", ["procrastinate.worker", "psycopg.pool", "httpx", "uvicorn.error", "grpc._channel"])
def test_known_libraries_are_silent_but_for_those_who_asked(open_log: OpenLog, name: str) -> None:
    quiet = open_log()
    logging.getLogger(name).error("Job failed", exc_info=ValueError("x"))
    assert quiet.text == ""
    verbose = open_log(logging.DEBUG)
    logging.getLogger(name).error("Job %s failed", 7)
    [line] = verbose.lines
    assert (line["level"], line["event"], line["logger"]) == ("debug", "Job 7 failed", name)


def test_other_libraries_warn_without_a_traceback(open_log: OpenLog) -> None:
    written = open_log()
    other = logging.getLogger("somebody.else")
    other.info("chatter")
    other.error("it broke: %s", "why", exc_info=ValueError("secret=abcdefgh"))
    other.warning("badly formed %d", "text")
    broke, badly = written.lines
    assert (broke["level"], broke["event"], broke["fault"]) == ("error", "it broke: why", "ValueError")
    assert badly["event"] == "badly formed %d"
    assert "Traceback" not in written.text


def test_shapes_of_secrets_are_removed_wherever_they_stand(open_log: OpenLog) -> None:
    written = open_log(logging.DEBUG)
    token = "eyJhbGciOi.eyJzdWIiOiIx.c2lnbmF0dXJl"
    try:
        raise ValueError(f"Authorization: Bearer {token}")
    except ValueError:
        log.debug(f"sent {token}", client_secret="s3cr3t-of-mine", detail={"header": f"Bearer {token}"}, exc_info=True)
    assert token not in written.text
    assert "s3cr3t-of-mine" not in written.text


def test_a_secret_that_is_a_word_hides_no_name_from_the_net(open_log: OpenLog) -> None:
    Secret.of("secret").reveal()
    written = open_log()
    log.info("signed in", client_secret="s3cr3t-of-mine", detail={"store": {"client_secret": "also-mine"}})
    [line] = written.lines
    assert "mine" not in written.text
    assert "secret" not in written.text
    assert line["detail"] == {"store": {"client_[redacted]": "[redacted]"}}


def test_a_full_disk_ends_no_work() -> None:
    class Full:
        def write(self, _text: str) -> int:
            raise OSError(28, "No space left on device")

        def flush(self) -> None:
            raise BrokenPipeError

    stream: Any = Full()
    assert Sturdy(stream).write("lost\n") == 5
    Sturdy(stream).flush()


def _spellings(secret: str) -> list[str]:
    return [secret, quote(secret, safe=""), json.dumps(secret)[1:-1]]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
@given(st.text(st.characters(codec="ascii", categories=("L", "N", "P", "S")), min_size=8, max_size=40), st.data())
def test_a_secret_that_was_read_is_in_no_line(open_log: OpenLog, secret: str, data: st.DataObject) -> None:
    Secret.of(secret).reveal()
    written = open_log(logging.DEBUG, data.draw(st.sampled_from([LogFormat.JSON, LogFormat.TEXT])))
    for said in _spellings(secret):
        log.warning(f"Zuora refused x{said}y", answer=[{"said": (said, 1)}], error=ValueError(said))
        logging.getLogger("somebody").error("refused %s", said)
        try:
            raise ValueError(f"in a traceback {said}")
        except ValueError:
            log.debug("fault", exc_info=True)
    shown = written.text
    plain = " ".join(json.dumps(line, ensure_ascii=False) for line in written.lines) if shown[:1] == "{" else shown
    innocent = "[redacted]"
    if secret not in innocent:
        assert secret not in plain.replace(innocent, "")


@pytest.mark.parametrize("address", ["postgresql://me:pa%2Fss-word@host/db", "postgresql://me:plain-password@host/db"])
def test_the_password_of_an_address_is_in_no_line(open_log: OpenLog, address: str) -> None:
    Secret.of(address).reveal()
    written = open_log()
    log.warning("cannot sign in with pa/ss-word or pa%2Fss-word or plain-password")
    password = "pa/ss-word" if "%2F" in address else "plain-password"
    assert password not in written.text
    assert address not in written.text
