"""Four processes of the service over two connections: killed, frozen, and without their database; nothing is lost.

The whole end state of both tenants is compared with the one without any harm, row by row. The full harm, 500 orders and
ten deaths, and a database of the user's own, is part of `make soak`.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.chaos.service.harm import Came, Harm, suffer

LONGEST_TAKEOVER = 90.0
"""Seconds from a death to the next attempt at what was in work then, on a machine that has much else to do; how long it
takes otherwise, the full harm measures."""


@pytest.fixture
def folder() -> Iterator[Path]:
    """Give a folder that the user of the embedded database may enter, with a short name for its socket."""
    made = Path(tempfile.mkdtemp(prefix="cpqbridge-harm-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made)


def say(came: Came, harm: Harm, capsys: pytest.CaptureFixture[str]) -> None:
    with capsys.disabled():
        print(f"\n{came.summary(harm)}")  # noqa: T201 - the numbers are what is asked


QUICK = Harm(orders=60, takeover_seconds=3, latency_ms=150, concurrency=1, longest=240)


def test_killed_and_frozen_processes_lose_and_double_nothing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    harm = replace(QUICK, kills=3, frozen=6, postgres=1)
    came = suffer(folder, harm)
    say(came, harm, capsys)
    assert not came.wrong, "\n".join([*came.wrong, came.said[-4000:]])
    assert len(came.deaths) == 4
    assert max(came.takeovers, default=0) < LONGEST_TAKEOVER
