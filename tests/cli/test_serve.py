"""The service as people start it: a process of its own, asked over HTTP and stopped by signals."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest

from cpqbridge.history.postgres import EmbeddedPostgres, server
from cpqbridge.sandbox.server import LocalSandbox

LONGEST = 60.0
"""Seconds that anything may take on a busy machine."""


def until(condition: Callable[[], Any]) -> Any:
    """Wait until a condition holds, and return what it gave."""
    end = time.monotonic() + LONGEST
    while not (held := condition()):
        assert time.monotonic() < end, "it did not come to that"
        time.sleep(0.05)
    return held


def touch(program: Program, sandbox: LocalSandbox) -> None:
    """Change every order, as soon as the service follows them."""
    until(lambda: 'cpqbridge_poll_age_seconds{connection="default",object="Order"}' in program.get("/metrics").text)
    store = sandbox.org.store
    for order in store.query("SELECT Id FROM Order").records:
        store.update("Order", order["Id"], {"Description": "touched"}, system=True)


class Program:
    """A process of cpqbridge, its log and its ready line."""

    def __init__(self, arguments: tuple[str, ...], folder: Path, environment: Mapping[str, str]) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "cpqbridge", *arguments],
            cwd=folder,
            env={**os.environ, **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self.lines: list[str] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self._process.stderr is not None
        self.lines += []
        for line in self._process.stderr:
            self.lines.append(line)

    @property
    def log(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.lines if line.startswith("{")]

    @property
    def text(self) -> str:
        return "".join(self.lines)

    def ready(self) -> dict[str, Any]:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        assert line, self.text
        document: dict[str, Any] = json.loads(line)
        self.address = document["address"]
        return document

    def get(self, path: str) -> httpx.Response:
        return httpx.get(self.address + path, timeout=LONGEST)

    def says(self, event: str) -> bool:
        return any(event in line for line in self.lines)

    def signal(self, number: int) -> None:
        self._process.send_signal(number)

    def ended(self) -> int:
        """Wait for its end, and return its exit status."""
        status = self._process.wait(LONGEST)
        self._reader.join(LONGEST)
        return status

    def close(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        self._reader.join(LONGEST)
        if self._process.stdout:
            self._process.stdout.close()
        if self._process.stderr:
            self._process.stderr.close()


Start = Callable[..., Any]


@pytest.fixture
def start(
    sandbox: LocalSandbox, tmp_path: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Program]]:
    """Give a function that starts the command line in an empty folder."""
    del sandbox
    monkeypatch.setenv("CPQBRIDGE_DATABASE_URL", database_url)
    monkeypatch.setenv("CPQBRIDGE_AUTO_SYNC_INTERVAL_SECONDS", "1")
    programs: list[tuple[Program, bool]] = []

    def call(*arguments: str, **environment: str) -> Program:
        program = Program(arguments, tmp_path, environment)
        programs.append((program, "-v" in arguments))
        return program

    yield call
    for program, verbose in programs:
        program.close()
        assert verbose or "Traceback" not in program.text  # `-v` asks for them


def test_it_says_when_it_is_ready_works_and_stops(start: Start, sandbox: LocalSandbox) -> None:
    program = start("serve", "--port", "0", "--json")
    ready = program.ready()
    assert (ready["kind"], ready["connections"]) == ("serve", {"default": "leads"})
    assert ready["database"].startswith("PostgreSQL at ")
    assert program.get("/healthz").json()["status"] == "ok"
    until(lambda: program.get("/readyz").status_code == 200)
    assert "cpqbridge_leads" in program.get("/metrics").text
    touch(program, sandbox)
    until(lambda: any(line.get("outcome") == "synced" for line in program.log))
    line = next(line for line in program.log if line.get("outcome") == "synced")
    assert {"time", "level", "event", "connection", "object", "record", "id", "run", "job", "account"} <= set(line)
    program.signal(signal.SIGTERM)
    assert program.ended() == 0
    assert program.says("Stopped: what was in flight is finished")


def test_stopped_during_work_it_gives_the_rest_back(start: Start, sandbox: LocalSandbox, database_url: str) -> None:
    slow = {"match": {"path": "/*"}, "times": 10_000, "fault": "delay", "delay_ms": 150}
    httpx.post(f"{sandbox.zuora_url}/_sandbox/faults", json=[slow]).raise_for_status()
    program = start("serve", "--port", "0", "--json", CPQBRIDGE_WORKER_CONCURRENCY="1")
    program.ready()
    touch(program, sandbox)
    until(lambda: any(line.get("outcome") == "synced" for line in program.log))
    program.signal(signal.SIGINT)
    assert program.ended() == 0
    with psycopg.connect(database_url) as connection:
        rows = connection.execute("SELECT begun, outcome FROM cpqbridge.due WHERE due_at <= now()").fetchall()
        assert rows
        assert {begun for begun, _ in rows} == {0}
        [doing] = connection.execute(
            "SELECT count(*) FROM cpqbridge_jobs.procrastinate_jobs WHERE status = 'doing'"
        ).fetchone() or (None,)
        assert doing == 0
        [open_records] = connection.execute(
            "SELECT count(*) FROM cpqbridge.record WHERE outcome IS NULL"
        ).fetchone() or (None,)
        assert open_records == 0


def test_a_second_signal_stops_at_once(start: Start, sandbox: LocalSandbox) -> None:
    slow = {"match": {"path": "/*"}, "times": 10_000, "fault": "delay", "delay_ms": 60_000}
    program = start("serve", "--port", "0", "--json")
    program.ready()
    httpx.post(f"{sandbox.zuora_url}/_sandbox/faults", json=[slow]).raise_for_status()
    before = len(httpx.get(f"{sandbox.zuora_url}/_sandbox/requests").json())
    touch(program, sandbox)
    until(lambda: len(httpx.get(f"{sandbox.zuora_url}/_sandbox/requests").json()) > before)
    program.signal(signal.SIGTERM)
    until(lambda: program.says("Stopping"))
    began = time.monotonic()
    program.signal(signal.SIGTERM)
    assert program.ended() == 130
    assert time.monotonic() - began < 20
    assert not program.says("in the loop"), program.text


def test_a_second_service_helps_and_a_worker_too(start: Start) -> None:
    first = start("serve", "--port", "0", "--json")
    assert first.ready()["connections"] == {"default": "leads"}
    second = start("serve", "--no-web", "--json")
    helped = second.ready()
    assert (helped["connections"], helped["address"]) == ({"default": "helps"}, None)
    until(lambda: second.says("this one only helps"))
    worker = start("worker", "--port", "0", "--json")
    assert worker.ready()["connections"] == {"default": "helps"}
    until(lambda: worker.get("/readyz").status_code == 200)
    assert worker.get("/readyz").json()["connections"]["default"]["role"] == "helper"
    until(lambda: "cpqbridge_processes 3.0" in first.get("/metrics").text)
    for program in (worker, second, first):
        program.signal(signal.SIGTERM)
        assert program.ended() == 0


def test_for_people_the_ready_line_is_a_sentence(start: Start) -> None:
    program = start("serve", "--port", "0")
    assert program._process.stdout is not None
    line = program._process.stdout.readline()
    assert "is ready · default (leads) · http://127.0.0.1:" in line
    assert "history in PostgreSQL at" in line


def test_the_database_goes_away_and_comes_back(start: Start, tmp_path: Path) -> None:
    with users_postgres(tmp_path / "postgres") as (its, address):
        program = start("serve", "--port", "0", "--json", CPQBRIDGE_DATABASE_URL=address)
        program.ready()
        until(lambda: program.get("/readyz").status_code == 200)
        pid = server.running_pid(its.home)
        assert pid is not None
        os.kill(pid, signal.SIGKILL)
        answer = until(lambda: (found := program.get("/readyz")).status_code == 503 and found)
        assert answer.json()["database"]["reachable"] is False
        assert program.get("/healthz").status_code == 200
        assert "cpqbridge_database_up 0.0" in program.get("/metrics").text
        until(lambda: revived(its))
        until(lambda: program.get("/readyz").status_code == 200)
        program.signal(signal.SIGTERM)
        assert program.ended() == 0
        assert {line["level"] for line in program.log} <= {"info", "warning"}
        assert len(program.log) == len(program.lines)  # nothing but lines of ours, whatever the libraries went through


@contextmanager
def users_postgres(folder: Path) -> Iterator[tuple[EmbeddedPostgres, str]]:
    """Give a server that stands for the user's own: cpqbridge does not start it again."""
    its = EmbeddedPostgres(folder)
    try:
        yield its, its.start()
    finally:
        its.release()


def revived(its: EmbeddedPostgres) -> bool:
    """Start a killed server again; what its backends still hold may hinder it for a moment."""
    try:
        its.revive()
    except Exception:  # noqa: BLE001 - it is tried again
        return False
    return True


def test_wrong_configuration_is_said_in_words(start: Start, tmp_path: Path) -> None:
    (tmp_path / "cpqbridge.yaml").write_text("version: 1\nworker:\n  concurrency: many\n")
    program = start("serve", "--port", "0")
    assert program.ended() == 2
    assert "CPQ-301" in program.text
    assert "concurrency" in program.text


@pytest.mark.parametrize(
    ("address", "code"),
    [("postgresql://nobody:hidden-word@127.0.0.1:1/none", "CPQ-306"), ("mysql://hidden-word", "CPQ-306")],
)
def test_a_database_that_cannot_be_used_is_said_at_the_start(start: Start, address: str, code: str) -> None:
    program = start("serve", "--port", "0", CPQBRIDGE_DATABASE_URL=address)
    assert program.ended() == 2
    assert code in program.text
    assert "hidden-word" not in program.text


def test_a_database_of_a_newer_cpqbridge_is_left_alone(start: Start, bare_database_url: str) -> None:
    with psycopg.connect(bare_database_url, autocommit=True) as connection:
        connection.execute("CREATE SCHEMA cpqbridge")
        connection.execute("CREATE TABLE cpqbridge.alembic_version AS SELECT '9999'::text AS version_num")
    program = start("serve", "--port", "0")
    assert program.ended() == 2
    assert "CPQ-308" in program.text


def test_a_port_that_is_taken_is_said(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        program = start("serve", "--port", str(taken.getsockname()[1]))
        assert program.ended() == 2
    assert "CPQ-307" in program.text
    assert "--port" in program.text


def test_other_machines_are_let_in_only_with_a_warning(start: Start) -> None:
    program = start("serve", "--host", "0.0.0.0", "--port", "0", "--json", "--log-format", "json")  # noqa: S104 - asked
    program.ready()
    assert program.says("without signing in")


def test_nothing_verbose_holds_a_secret(start: Start, sandbox: LocalSandbox, database_url: str) -> None:
    secret = "8f14e45f-ceea-467f-9575-6c2d1e3b7a10"
    with psycopg.connect(database_url, autocommit=True) as connection:
        connection.execute("DROP ROLE IF EXISTS keeper")
        connection.execute(f"CREATE ROLE keeper SUPERUSER LOGIN PASSWORD '{secret}'")
    host = database_url.partition("@")[2]
    program = start(
        "-v", "serve", "--port", "0", "--json", CPQBRIDGE_DATABASE_URL=f"postgresql://keeper:{secret}@{host}"
    )
    program.ready()
    touch(program, sandbox)
    until(lambda: program.says("Zuora POST /v1/orders"))
    shown = program.text + program.get("/metrics").text
    program.signal(signal.SIGTERM)
    assert program.ended() == 0
    for hidden in (secret, *_secrets()):
        assert hidden not in shown
    call = next(line for line in program.log if line["event"] == "Zuora POST /v1/orders")
    assert {"status", "seconds", "zuora_request_id", "zuora_track_id", "record", "run"} <= set(call)


def _secrets() -> list[str]:
    from cpqbridge.sandbox.credentials import credentials

    return [values["client_secret"] for values in credentials(1, 2).values() if "client_secret" in values]
