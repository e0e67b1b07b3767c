"""One stage for all lives of a worker."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from structlog.testing import capture_logs

from tests.emptying import empty
from tests.life.stage import Stage


@pytest.fixture(autouse=True)
def _silence() -> Iterator[None]:
    """Write no logs: those of a fault show everything that was read."""
    with capture_logs():
        yield


@pytest.fixture(scope="module")
def stage(worker_database: str) -> Iterator[Stage]:
    """Give the stage that lives are played on."""
    empty(worker_database)
    made = Stage(worker_database)
    yield made
    made.close()
