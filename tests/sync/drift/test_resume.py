"""A run that was stopped goes on from its last page; what has expired is read anew, and says so."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from cpqbridge.errors import FixConfiguration
from cpqbridge.sandbox.server import LocalSandbox
from cpqbridge.sync.drift import sources
from cpqbridge.sync.drift.scope import Scope
from cpqbridge.sync.drift.work_file import WorkFile
from tests.sync.conftest import Both
from tests.sync.drift.looking import look

JOBS = ("/jobs/query", "/query/jobs")


class Killed(BaseException):
    """The process is killed."""


class Killer:
    """Kills the run at a step, and notes what is said."""

    def __init__(self, step: str = "", rows: int = 0) -> None:
        self.step_name, self.rows = step, rows
        self.said: list[str] = []
        self.steps: list[tuple[str, int]] = []

    def step(self, name: str, done: int, total: int | None) -> None:
        """Note a step."""
        del total
        self.steps.append((name, done))
        if name == self.step_name and done >= self.rows:
            raise Killed

    def say(self, text: str) -> None:
        """Note what is said."""
        self.said.append(text)


@pytest.fixture(scope="module")
def demo_systems() -> Iterator[Both]:
    with LocalSandbox("demo") as sandbox:
        yield Both(sandbox, "postgresql://nowhere")


@pytest.fixture(autouse=True)
def _small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sources, "PAGE", 10)


def _jobs(both: Both, system: str) -> int:
    """Count the jobs that were made."""
    return sum(one["method"] == "POST" and one["path"].endswith(JOBS) for one in both.requests(system))


def _kill(both: Both, folder: Path, step: str, rows: int) -> None:
    with pytest.raises(Killed):
        look(both, folder, progress=Killer(step, rows))


@pytest.mark.parametrize(
    ("step", "rows"),
    [("order products", 20), ("billing accounts", 1), ("comparing order products", 1), ("comparing accounts", 1)],
)
def test_a_killed_run_goes_on(demo_systems: Both, tmp_path: Path, step: str, rows: int) -> None:
    both = demo_systems
    whole = look(both, tmp_path / "whole")
    before = [_jobs(both, system) for system in ("salesforce", "zuora")]
    _kill(both, tmp_path, step, rows)
    again = Killer()
    assert look(both, tmp_path, progress=again) == whole
    made = [_jobs(both, system) - count for system, count in zip(("salesforce", "zuora"), before, strict=True)]
    assert all(count <= most for count, most in zip(made, (6, 5), strict=True)), (
        "a job is made again at most where it was"
    )
    assert not any("expired" in text for text in again.said)
    assert not list((tmp_path / "drift").iterdir())


def test_a_kill_between_pages_reads_no_page_twice(demo_systems: Both, tmp_path: Path) -> None:
    _kill(demo_systems, tmp_path, "order products", 30)
    again = Killer()
    look(demo_systems, tmp_path, progress=again)
    rows = [done for name, done in again.steps if name == "order products"]
    assert rows[0] == 40
    assert any("Salesforce: going on after" in text for text in again.said)


def test_restart_begins_anew(demo_systems: Both, tmp_path: Path) -> None:
    _kill(demo_systems, tmp_path, "comparing order products", 1)
    again = Killer()
    look(demo_systems, tmp_path, progress=again, restart=True)
    assert ("order products", 0) in again.steps
    assert again.said == []


def test_an_expired_result_is_read_anew(demo_systems: Both, tmp_path: Path) -> None:
    _kill(demo_systems, tmp_path, "order products", 20)
    [file] = (one for one in (tmp_path / "drift").iterdir() if one.suffix == ".sqlite")
    with sqlite3.connect(file) as work:
        work.execute("UPDATE part SET job = '750000000000000AAA' WHERE name = 'order products'")
    work.close()
    again = Killer()
    assert look(demo_systems, tmp_path, progress=again) == look(demo_systems, tmp_path / "whole")
    assert any("Salesforce: the result of the stopped run has expired" in text for text in again.said)


def test_other_fields_are_compared_without_reading_again(demo_systems: Both, tmp_path: Path) -> None:
    _kill(demo_systems, tmp_path, "comparing accounts", 1)
    jobs = _jobs(demo_systems, "salesforce")
    found = look(demo_systems, tmp_path, Scope(only=frozenset({"missing"})))
    assert _jobs(demo_systems, "salesforce") == jobs
    assert {one["field"] for one in found} == {"missing"}


def test_another_day_has_a_work_file_of_its_own(demo_systems: Both, tmp_path: Path) -> None:
    _kill(demo_systems, tmp_path, "comparing order products", 1)
    again = Killer()
    look(demo_systems, tmp_path, Scope(as_of=date(2026, 3, 1)), progress=again)
    assert ("order products", 0) in again.steps


def test_two_runs_do_not_share_a_work_file(tmp_path: Path) -> None:
    with WorkFile(tmp_path / "drift" / "one.sqlite"), pytest.raises(FixConfiguration, match="another run uses it"):
        WorkFile(tmp_path / "drift" / "one.sqlite")


def test_a_work_file_is_for_its_user_alone(tmp_path: Path) -> None:
    with WorkFile(tmp_path / "drift" / "one.sqlite") as work:
        assert work.path.stat().st_mode & 0o777 == 0o600
        assert work.path.parent.stat().st_mode & 0o777 == 0o700


def test_a_damaged_work_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "one.sqlite").write_text("this is no database, and long enough to be seen as none at all" * 20)
    with pytest.raises(FixConfiguration, match="damaged"):
        WorkFile(tmp_path / "one.sqlite")
    with WorkFile(tmp_path / "one.sqlite", anew=True) as work:
        assert work.count("item") == 0
