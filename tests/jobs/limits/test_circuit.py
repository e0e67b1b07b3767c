"""When a system is taken to be down, and when it is only a record that is broken."""

from __future__ import annotations

from collections.abc import Hashable

import pytest

from cpqbridge.errors import CpqBridgeError, FixData, RetryLater, SignInRefused
from cpqbridge.jobs.limits.cause import CREDENTIALS, DNS, FAULT, GATEWAY, SILENT, TLS, UNREACHABLE, Cause, cause_of
from cpqbridge.jobs.limits.circuit import Circuit, CircuitState, probing

FAULT_500 = RetryLater("CPQ-104", "Zuora: a fault", detail={"status": "500"})
UNREACHED = RetryLater("CPQ-101", "Zuora cannot be reached at https://z: All connection attempts failed")
LOCKED = RetryLater("CPQ-105", "locked")
LIMITED = RetryLater("CPQ-103", "too many")
BROKEN = FixData("CPQ-420", "refused")
WRONG_SECRET = SignInRefused("CPQ-201", "Zuora refused to sign in")


def heard(*ends: tuple[Hashable | None, CpqBridgeError | None], down_after: int | None = 5) -> Circuit:
    circuit = Circuit("Zuora", down_after, "client app")
    for request, error in ends:
        circuit.heard(request, error)
    return circuit


def test_failures_of_different_requests_in_a_row_open_it() -> None:
    failures = [(number, FAULT_500) for number in range(5)]
    assert not heard(*failures[:4]).open
    opened = heard(*failures)
    assert opened.open
    assert opened.opening is not None
    assert (opened.opening.failures, opened.opening.cause) == (5, FAULT)
    assert not opened.settled()


def test_a_broken_record_does_not_however_often_it_fails() -> None:
    assert not heard(*[("the same order", FAULT_500)] * 500).open


@pytest.mark.parametrize("answer", [None, LOCKED, LIMITED, BROKEN])
def test_any_answer_in_between_begins_the_count_anew(answer: CpqBridgeError | None) -> None:
    failures = [(number, FAULT_500) for number in range(4)]
    assert not heard(*failures, ("good", answer), *failures, ("good", answer)).open


def test_what_no_request_is_to_blame_for_counts_each_time() -> None:
    assert not heard(*[(None, UNREACHED)] * 4).open
    assert heard(*[(None, UNREACHED)] * 5).open


def test_two_refused_sign_ins_open_it_and_are_probed_rarely() -> None:
    assert not heard(("token", WRONG_SECRET)).open
    circuit = heard(*[("token", WRONG_SECRET)] * 2)
    assert circuit.open
    assert circuit.state.message == "client app: CPQ-201: Zuora refused to sign in"
    assert circuit.state.cause is CREDENTIALS
    assert (circuit.first_probe(), circuit.probe_pause()) == (60, 60)
    refused = circuit.refusal()
    assert refused is not None
    assert refused.remedy == CREDENTIALS.remedy


def test_a_persons_command_never_gives_up_by_itself() -> None:
    assert not heard(*[(number, UNREACHED) for number in range(50)], down_after=None).open


def test_while_it_is_open_only_probes_go_through_and_the_first_answer_closes_it() -> None:
    circuit = heard(*[(number, UNREACHED) for number in range(5)])
    refused = circuit.refusal()
    assert refused is not None
    assert refused.code == "CPQ-111"
    assert "no connection comes about" in refused.message
    with probing():
        assert circuit.refusal() is None
    circuit.heard("probe", None)
    assert circuit.refusal() is None
    assert circuit.closing
    assert circuit.opening is None


def test_another_process_closes_it() -> None:
    circuit = heard(*[(number, UNREACHED) for number in range(5)])
    circuit.opening = None
    circuit.see(CircuitState())
    circuit.heard("one", FAULT_500)
    assert not circuit.open


@pytest.mark.parametrize(("age", "pause"), [(0, 5), (12, 6), (40, 20), (3600, 30)])
def test_probes_grow_rarer_up_to_half_a_minute(age: float, pause: float) -> None:
    circuit = Circuit("Zuora", 5)
    circuit.see(CircuitState(open=True, cause=GATEWAY, age=age))
    assert circuit.probe_pause() == pause
    circuit.see(CircuitState(open=True, cause=CREDENTIALS, age=age))
    assert circuit.probe_pause() == min(600, max(60, age / 2))


@pytest.mark.parametrize(
    ("code", "message", "status", "cause"),
    [
        ("CPQ-101", "cannot be reached: [Errno -2] Name or service not known", None, DNS),
        ("CPQ-101", "cannot be reached: [Errno 8] nodename nor servname provided, or not known", None, DNS),
        ("CPQ-101", "cannot be reached: [Errno 11001] getaddrinfo failed", None, DNS),
        ("CPQ-101", "cannot be reached: [SSL: CERTIFICATE_VERIFY_FAILED] certificate has expired", None, TLS),
        ("CPQ-101", "cannot be reached: [SSL: WRONG_VERSION_NUMBER] wrong version number", None, TLS),
        ("CPQ-101", "cannot be reached: All connection attempts failed", None, UNREACHABLE),
        ("CPQ-101", "cannot be reached: ConnectTimeout", None, UNREACHABLE),
        ("CPQ-102", "gave no answer to POST /v1/orders (ReadTimeout)", None, SILENT),
        ("CPQ-104", "Zuora: HTTP 503", "503", GATEWAY),
        ("CPQ-104", "Zuora: HTTP 502", "502", GATEWAY),
        ("CPQ-104", "Zuora: a fault", "500", FAULT),
    ],
)
def test_outages_are_told_apart(code: str, message: str, status: str | None, cause: Cause) -> None:
    assert cause_of(RetryLater(code, message, detail={"status": status} if status else None)) is cause
